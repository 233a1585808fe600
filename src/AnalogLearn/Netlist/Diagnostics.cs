using System.Collections;
using System.Globalization;
using System.Text;

namespace AnalogLearn.Netlist;

/// <summary>How serious a diagnostic is.</summary>
public enum Severity
{
    /// <summary>Worth knowing.</summary>
    Note,

    /// <summary>Probably not meant.</summary>
    Warning,

    /// <summary>The deck cannot be used as it stands.</summary>
    Error,
}

/// <summary>One source file's text, with its line starts.</summary>
/// <param name="path">The path as the user would type it; also what diagnostics print.</param>
/// <param name="text">The whole text.</param>
public sealed class SourceText(string path, string text)
{
    private int[]? _lineStarts;

    /// <summary>The text of a deck that did not come from a file.</summary>
    public static SourceText Empty { get; } = new("<none>", string.Empty);

    /// <summary>The path as the user would type it.</summary>
    public string Path { get; } = path;

    /// <summary>The whole text.</summary>
    public string Text { get; } = text;

    /// <summary>Line and column, both counted from 1, of an offset.</summary>
    /// <param name="offset">An offset into <see cref="Text"/>.</param>
    public (int Line, int Column) Locate(int offset)
    {
        int[] starts = LineStarts();
        int k = Array.BinarySearch(starts, Math.Clamp(offset, 0, Text.Length));
        if (k < 0)
            k = ~k - 1;
        return (k + 1, Math.Clamp(offset, 0, Text.Length) - starts[k] + 1);
    }

    /// <summary>The text of a line, counted from 1, without its line end.</summary>
    /// <param name="line">The line's number, from 1.</param>
    public ReadOnlySpan<char> Line(int line)
    {
        int[] starts = LineStarts();
        if (line < 1 || line > starts.Length)
            return [];
        int from = starts[line - 1];
        int to = line < starts.Length ? starts[line] : Text.Length;
        return Text.AsSpan(from, to - from).TrimEnd("\r\n");
    }

    private int[] LineStarts()
    {
        if (_lineStarts is { } known)
            return known;
        var starts = new List<int> { 0 };
        for (int k = 0; k < Text.Length; k++)
        {
            if (Text[k] == '\n')
                starts.Add(k + 1);
        }

        return _lineStarts = [.. starts];
    }
}

/// <summary>A stretch of source text: where something stands that a user wrote.</summary>
/// <param name="Source">The file.</param>
/// <param name="Start">Offset of the first character.</param>
/// <param name="Length">Number of characters.</param>
public readonly record struct SourceSpan(SourceText Source, int Start, int Length)
{
    /// <summary>The span of something that no one wrote (built in code).</summary>
    public static SourceSpan None { get; } = new(SourceText.Empty, 0, 0);

    /// <summary>Whether a user wrote this.</summary>
    public bool IsWritten => Source is not null && !ReferenceEquals(Source, SourceText.Empty);

    /// <summary>The text of the span.</summary>
    public ReadOnlySpan<char> Text => Source is null ? [] : Source.Text.AsSpan(Start, Length);

    /// <summary>The span from the start of this one to the end of another in the same file.</summary>
    /// <param name="end">The span to end with.</param>
    public SourceSpan To(SourceSpan end) => end.Start + end.Length >= Start ? this with { Length = end.Start + end.Length - Start } : this;
}

/// <summary>Something to tell the user about what they wrote: what was found, what was expected, what to do.</summary>
/// <param name="Code">A stable short code, such as <c>AL0102</c>.</param>
/// <param name="Severity">How serious it is.</param>
/// <param name="Span">Where it stands.</param>
/// <param name="Message">What was found and what was expected.</param>
/// <param name="Fix">What to do, or null.</param>
public sealed record Diagnostic(string Code, Severity Severity, SourceSpan Span, string Message, string? Fix = null)
{
    /// <summary>The first line alone: <c>file:line:column: error: message</c>.</summary>
    public string Headline
    {
        get
        {
            string word = Severity switch { Severity.Error => "error", Severity.Warning => "warning", _ => "note" };
            if (!Span.IsWritten)
                return $"{word}: {Message}";
            (int line, int column) = Span.Source.Locate(Span.Start);
            return string.Create(CultureInfo.InvariantCulture, $"{Span.Source.Path}:{line}:{column}: {word}: {Message}");
        }
    }

    /// <summary>The headline, the offending line with a caret below it, and what to do.</summary>
    public override string ToString()
    {
        var text = new StringBuilder(Headline);
        if (Span.IsWritten)
        {
            (int line, int column) = Span.Source.Locate(Span.Start);
            string shown = Span.Source.Line(line).ToString();
            const int widest = 160;
            int from = column > widest - 20 ? column - 60 : 0;
            string window = shown.Length - from > widest ? string.Concat(shown.AsSpan(from, widest), "…") : shown[Math.Min(from, shown.Length)..];
            int caret = column - 1 - from;
            int room = Math.Max(1, Math.Min(Span.Length, Math.Min(shown.Length, from + widest) - (column - 1)));
            var pad = new StringBuilder(caret);
            for (int k = 0; k < caret; k++)
                pad.Append(k < window.Length && window[k] == '\t' ? '\t' : ' ');
            text.Append(CultureInfo.InvariantCulture, $"\n    {window}\n    {pad}^{new string('~', room - 1)}");
        }

        if (Fix is not null)
            text.Append("\n    help: ").Append(Fix);
        return text.ToString();
    }
}

/// <summary>Collects diagnostics; nothing that a user wrote wrong is ever thrown.</summary>
public sealed class DiagnosticBag : IReadOnlyCollection<Diagnostic>
{
    private readonly List<Diagnostic> _all = [];
    private readonly HashSet<(string Code, SourceText? Source, int Start, string Message)> _told = [];
    private int _errors;

    /// <inheritdoc/>
    public int Count => _all.Count;

    /// <summary>Errors beyond this many are counted in <see cref="Suppressed"/> and not kept.</summary>
    public int MaximumErrors { get; init; } = int.MaxValue;

    /// <summary>Whether a further error would not be kept: then it need not be worded with care.</summary>
    public bool IsFull => _errors >= MaximumErrors;

    /// <summary>How many errors were not kept.</summary>
    public int Suppressed { get; private set; }

    /// <summary>Whether any of them is an error.</summary>
    public bool HasErrors { get; private set; }

    /// <summary>How many of them are errors.</summary>
    public int ErrorCount => _errors;

    /// <summary>Adds one.</summary>
    /// <param name="diagnostic">What to tell.</param>
    public void Add(Diagnostic diagnostic)
    {
        // A line inside a subcircuit is read once per instance: the same thing is told once.
        if (!_told.Add((diagnostic.Code, diagnostic.Span.Source, diagnostic.Span.Start, diagnostic.Message)))
            return;
        bool error = diagnostic.Severity == Severity.Error;
        HasErrors |= error;
        if (error && ++_errors > MaximumErrors)
            Suppressed++;
        else if (error || _all.Count - _errors < MaximumErrors)
            _all.Add(diagnostic);
    }

    /// <summary>The same diagnostics sorted by place: files in the order in which they were first named, then lines. A last note tells how many are not shown.</summary>
    public DiagnosticBag InOrder()
    {
        var files = new Dictionary<SourceText, int>();
        foreach (Diagnostic diagnostic in _all)
        {
            if (diagnostic.Span.Source is { } source)
                files.TryAdd(source, files.Count);
        }

        var sorted = new DiagnosticBag { _errors = _errors, HasErrors = HasErrors, Suppressed = Suppressed };
        sorted._all.AddRange(_all.OrderBy(d => d.Span.Source is { } source ? files[source] : -1).ThenBy(d => d.Span.Start));
        if (Suppressed > 0)
            sorted._all.Add(new("AL0999", Severity.Note, SourceSpan.None, string.Create(CultureInfo.InvariantCulture, $"{Suppressed} further errors are not shown"), "correct the first ones and try again"));
        return sorted;
    }

    /// <summary>Adds an error.</summary>
    /// <param name="code">Its stable code.</param>
    /// <param name="span">Where it stands.</param>
    /// <param name="message">What was found and what was expected.</param>
    /// <param name="fix">What to do, or null.</param>
    public void Error(string code, SourceSpan span, string message, string? fix = null) => Add(new(code, Severity.Error, span, message, fix));

    /// <summary>Adds a warning.</summary>
    /// <param name="code">Its stable code.</param>
    /// <param name="span">Where it stands.</param>
    /// <param name="message">What was found and what was expected.</param>
    /// <param name="fix">What to do, or null.</param>
    public void Warning(string code, SourceSpan span, string message, string? fix = null) => Add(new(code, Severity.Warning, span, message, fix));

    /// <inheritdoc/>
    public IEnumerator<Diagnostic> GetEnumerator() => _all.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
