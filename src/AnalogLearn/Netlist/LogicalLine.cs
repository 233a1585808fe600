using System.Buffers;

namespace AnalogLearn.Netlist;

/// <summary>
/// Joins physical lines to logical ones: leaves out comment lines (<c>*</c>), inline comments (<c>;</c> and <c>$ </c>) and line
/// ends, and follows <c>+</c> continuations, also across comment and blank lines. The text is never copied: a logical line is a row of
/// stretches of the source, so that every place in it is a place in the file.
/// </summary>
internal sealed class LogicalLineReader
{
    private static readonly SearchValues<char> Marks = SearchValues.Create(";$\"");
    private static readonly SearchValues<char> Control = SearchValues.Create(
        "\0\u0001\u0002\u0003\u0004\u0005\u0006\u0007\b\u000e\u000f\u0010\u0011\u0012\u0013\u0014\u0015\u0016\u0017\u0018\u0019\u001a\u001b\u001c\u001d\u001e\u001f\u007f");

    private static readonly SearchValues<char> Plain = SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.+-#: \t");

    private readonly SourceText _source;
    private readonly DiagnosticBag _diagnostics;
    private readonly string _text;
    private int _next;

    public LogicalLineReader(SourceText source, DiagnosticBag diagnostics)
    {
        _source = source;
        _text = source.Text;
        _diagnostics = diagnostics;
        _next = _text.Length > 0 && _text[0] == '\ufeff' ? 1 : 0;
    }

    /// <summary>How many physical lines were read so far.</summary>
    public int LineCount { get; private set; }

    /// <summary>The stretches of the current logical line: first and one past the last character.</summary>
    public List<(int Start, int End)> Segments { get; } = [];

    /// <summary>Reads the next physical line as it is.</summary>
    public string? ReadTitle()
    {
        if (!NextPhysical(out int start, out int end))
            return null;
        return _text[start..end].Trim();
    }

    /// <summary>The physical line that would be read next, not consumed.</summary>
    public ReadOnlySpan<char> PeekPhysical()
    {
        int end = _text.AsSpan(_next).IndexOf('\n');
        return _text.AsSpan(_next, end < 0 ? _text.Length - _next : end);
    }

    /// <summary>
    /// Reads the next physical line when it is, for certain, a logical line by itself that holds nothing but words and blanks and begins with a letter.
    /// </summary>
    public bool TryReadPlain(out int start, out int end)
    {
        start = end = _next;
        if (_next >= _text.Length || !char.IsAsciiLetter(_text[_next]))
            return false;
        int length = _text.AsSpan(_next).IndexOfAnyExcept(Plain);
        if (length < 0)
            return false;
        int stop = _next + length;
        end = stop;
        if (_text[stop] == '\r')
            stop++;
        if (stop >= _text.Length || _text[stop] != '\n')
            return false;

        // Where the next line begins with a letter or a dot, it does not continue this one; behind blank lines and comments it might.
        stop++;
        if (stop < _text.Length && !char.IsAsciiLetter(_text[stop]) && _text[stop] != '.')
            return false;
        while (_text[end - 1] is ' ' or '\t')
            end--;
        _next = stop;
        LineCount++;
        return true;
    }

    /// <summary>Fills <see cref="Segments"/> with the next logical line; false at the end of the file.</summary>
    public bool Read()
    {
        Segments.Clear();
        while (true)
        {
            int before = _next;
            int linesBefore = LineCount;
            if (!NextPhysical(out int start, out int end))
                break;
            while (start < end && _text[start] is ' ' or '\t' or '\f' or '\v' or '\u00a0')
                start++;
            if (start == end || _text[start] == '*')
                continue;
            end = WithoutComment(start, end);
            if (start >= end)
                continue;
            int bad = _text.AsSpan(start, end - start).IndexOfAny(Control);
            if (bad >= 0)
            {
                _diagnostics.Error(Codes.ControlCharacter, new(_source, start + bad, 1), $"the line holds a control character (U+{(int)_text[start + bad]:X4})", "remove it; the line is ignored");
                continue;
            }

            if (_text[start] == '+')
            {
                if (Segments.Count == 0)
                {
                    _diagnostics.Error(Codes.StrayContinuation, new(_source, start, 1), "a continuation line, but there is no line before it to continue", "remove the + or the line");
                    continue;
                }

                start++;
                while (start < end && char.IsWhiteSpace(_text[start]))
                    start++;
                if (start < end)
                    Segments.Add((start, end));
                continue;
            }

            if (Segments.Count > 0)
            {
                // The next logical line begins here. It is looked at again by the next call.
                _next = before;
                LineCount = linesBefore;
                return true;
            }

            Segments.Add((start, end));
        }

        return Segments.Count > 0;
    }

    private bool NextPhysical(out int start, out int end)
    {
        start = _next;
        end = _next;
        if (_next >= _text.Length)
            return false;
        int length = _text.AsSpan(_next).IndexOf('\n');
        end = length < 0 ? _text.Length : _next + length;
        _next = length < 0 ? _text.Length : end + 1;
        LineCount++;
        while (end > start && char.IsWhiteSpace(_text[end - 1]))
            end--;
        return true;
    }

    private int WithoutComment(int start, int end)
    {
        int k = start;
        bool quoted = false;
        while (k < end)
        {
            int found = _text.AsSpan(k, end - k).IndexOfAny(Marks);
            if (found < 0)
                break;
            k += found;
            char c = _text[k];
            if (c == '"')
            {
                quoted = !quoted;
            }
            else if (!quoted && (c == ';' || ((k + 1 == end || char.IsWhiteSpace(_text[k + 1])) && (k == start || char.IsWhiteSpace(_text[k - 1])))))
            {
                end = k;
                break;
            }

            k++;
        }

        while (end > start && char.IsWhiteSpace(_text[end - 1]))
            end--;
        return end;
    }
}
