using System.Globalization;

namespace AnalogLearn.Data;

/// <summary>One field of a line: where it stands and its text.</summary>
/// <param name="start">Offset in the line of its first character, quotes included.</param>
/// <param name="text">Its text without surrounding blanks and quotes.</param>
internal readonly ref struct CsvField(int start, ReadOnlySpan<char> text)
{
    public int Start { get; } = start;

    public ReadOnlySpan<char> Text { get; } = text;

    /// <summary>The field as a number; NaN and infinities are numbers here, so that they can be reported as what they are.</summary>
    public bool TryNumber(out double number) => TryNumber(Text, out number);

    /// <summary>A text as a number, <c>nan</c> and <c>inf</c> included.</summary>
    public static bool TryNumber(ReadOnlySpan<char> text, out double number)
    {
        if (double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out number))
            return true;
        if (!text.TrimStart("+-").Equals("inf", StringComparison.OrdinalIgnoreCase))
            return false;
        number = text[0] == '-' ? double.NegativeInfinity : double.PositiveInfinity;
        return true;
    }
}

/// <summary>
/// The fields of one line of separated values (RFC 4180 without line breaks inside quotes). The separator is a character, or a blank for any run
/// of blanks and tabs.
/// </summary>
/// <param name="line">The line without its end.</param>
/// <param name="separator">The separator.</param>
internal ref struct CsvFields(ReadOnlySpan<char> line, char separator)
{
    private readonly ReadOnlySpan<char> _line = separator == ' ' ? line.TrimEnd() : line;
    private int _next;

    /// <summary>Offset of a quote that is never closed, or −1.</summary>
    public int OpenQuote { get; private set; } = -1;

    /// <summary>The next field.</summary>
    /// <param name="field">The field.</param>
    /// <returns>False at the line's end.</returns>
    public bool TryNext(out CsvField field)
    {
        field = default;
        int at = _next;
        if (at > _line.Length)
            return false;
        while (at < _line.Length && (_line[at] == ' ' || (separator != '\t' && _line[at] == '\t')))
        {
            at++;
        }

        if (separator == ' ' && at == _line.Length)
        {
            _next = _line.Length + 1;
            return false;
        }

        if (at < _line.Length && _line[at] == '"')
            return Quoted(at, out field);
        int length = separator == ' ' ? _line[at..].IndexOfAny(' ', '\t') : _line[at..].IndexOf(separator);
        int end = length < 0 ? _line.Length : at + length;
        field = new(at, _line[at..end].TrimEnd());
        _next = end + 1;
        return true;
    }

    private bool Quoted(int at, out CsvField field)
    {
        int end = at + 1;
        bool doubled = false;
        while (end < _line.Length)
        {
            if (_line[end] == '"')
            {
                if (end + 1 == _line.Length || _line[end + 1] != '"')
                    break;
                doubled = true;
                end++;
            }

            end++;
        }

        if (end >= _line.Length)
        {
            OpenQuote = at;
            field = default;
            _next = _line.Length + 1;
            return false;
        }

        ReadOnlySpan<char> text = _line[(at + 1)..end];
        field = new(at, doubled ? text.ToString().Replace("\"\"", "\"", StringComparison.Ordinal) : text);
        int after = end + 1;
        while (after < _line.Length && _line[after] != separator && !(separator == ' ' && _line[after] == '\t'))
        {
            after++;
        }

        _next = after + 1;
        return true;
    }
}

/// <summary>The lines of a text that hold data: neither blank nor opened by <c>#</c>.</summary>
/// <param name="text">The whole text.</param>
internal ref struct CsvLines(ReadOnlySpan<char> text)
{
    private readonly ReadOnlySpan<char> _text = text;
    private int _next;

    /// <summary>The current line without its end.</summary>
    public ReadOnlySpan<char> Current { get; private set; }

    /// <summary>The current line's number, from 1, blank lines and comments counted.</summary>
    public int Number { get; private set; }

    /// <summary>Goes to the next line that holds data.</summary>
    /// <returns>False at the end of the text.</returns>
    public bool MoveNext()
    {
        while (_next < _text.Length)
        {
            ReadOnlySpan<char> rest = _text[_next..];
            int end = rest.IndexOf('\n');
            ReadOnlySpan<char> line = end < 0 ? rest : rest[..end];
            _next += end < 0 ? rest.Length : end + 1;
            Number++;
            line = line.TrimEnd('\r');
            ReadOnlySpan<char> seen = line.TrimStart();
            if (seen.IsEmpty || seen[0] == '#')
                continue;
            Current = line;
            return true;
        }

        return false;
    }

    /// <summary>Number of fields of a line.</summary>
    /// <param name="line">The line.</param>
    /// <param name="separator">The separator.</param>
    public static int CountFields(ReadOnlySpan<char> line, char separator)
    {
        var fields = new CsvFields(line, separator);
        int count = 0;
        while (fields.TryNext(out _))
        {
            count++;
        }

        return count;
    }
}
