namespace AnalogLearn.Netlist;

/// <summary>
/// A place in a logical line. Between two physical lines of it the cursor sees one blank; at the end it sees <see cref="End"/>.
/// </summary>
internal sealed class LineCursor(SourceText source, List<(int Start, int End)> segments)
{
    /// <summary>What <see cref="Peek"/> returns when nothing is left.</summary>
    public const char End = '\0';

    private readonly string _text = source.Text;
    private int _segment;
    private int _stop = segments[0].End;

    public SourceText Source { get; } = source;

    /// <summary>The place in the file.</summary>
    public int Position { get; private set; } = segments[0].Start;

    /// <summary>One past the last character that was consumed and is not blank.</summary>
    public int LastEnd { get; private set; } = segments[0].Start;

    /// <summary>One past the last character of the line.</summary>
    public int LineEnd => segments[^1].End;

    public bool AtEnd => Position >= _stop && _segment == segments.Count - 1;

    /// <summary>What is left of the current physical line.</summary>
    public ReadOnlySpan<char> Rest => _text.AsSpan(Position, _stop - Position);

    /// <summary>The character here; a blank between physical lines; <see cref="End"/> at the end.</summary>
    public char Peek() => Position < _stop ? _text[Position] : _segment < segments.Count - 1 ? ' ' : End;

    /// <summary>The character some places further on the same physical line, or <see cref="End"/>.</summary>
    public char PeekAt(int ahead) => Position + ahead < _stop ? _text[Position + ahead] : End;

    /// <summary>How many characters were consumed so far, those read twice counted twice: what bounds the work on a line.</summary>
    public long Steps { get; private set; }

    public void Advance(int count = 1)
    {
        Steps += count;
        if (Position + count <= _stop)
        {
            Position += count;
            int last = Position;
            while (last > Position - count && char.IsWhiteSpace(_text[last - 1]))
                last--;
            if (last > Position - count)
                LastEnd = last;
            return;
        }

        for (; count > 0; count--)
        {
            if (Position < _stop)
            {
                if (!char.IsWhiteSpace(_text[Position]))
                    LastEnd = Position + 1;
                Position++;
            }
            else if (_segment < segments.Count - 1)
            {
                _segment++;
                (int start, int end) = segments[_segment];
                Position = start;
                _stop = end;
            }
        }
    }

    public void SkipBlanks()
    {
        while (!AtEnd && char.IsWhiteSpace(Peek()))
            Advance();
    }

    /// <summary>The span from a place to the end of what was consumed.</summary>
    public SourceSpan Since(int start) => new(Source, start, Math.Max(0, LastEnd - start));

    /// <summary>The span of the character here; at the end, an empty one behind the last character.</summary>
    public SourceSpan Here => AtEnd ? new(Source, LineEnd, 0) : new(Source, Position, 1);

    public (int Position, int Segment, int LastEnd) Save() => (Position, _segment, LastEnd);

    public void Restore((int Position, int Segment, int LastEnd) saved)
    {
        Position = saved.Position;
        _segment = saved.Segment;
        LastEnd = saved.LastEnd;
        _stop = segments[_segment].End;
    }
}
