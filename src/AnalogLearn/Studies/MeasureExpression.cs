using System.Text;
using AnalogLearn.Circuits;
using AnalogLearn.Netlist;

namespace AnalogLearn.Studies;

/// <summary>
/// An expression of a measure or of a <c>.print</c> card. It is read from its own text, and what is wrong with it is told at its place in the deck.
/// </summary>
public sealed class MeasureExpression
{
    private readonly SourceText _local;
    private readonly SourceSpan _span;

    private MeasureExpression(ExpressionSyntax tree, SourceText local, SourceSpan span)
    {
        Tree = tree;
        _local = local;
        _span = span;
    }

    /// <summary>The expression.</summary>
    public ExpressionSyntax Tree { get; }

    /// <summary>The expression as written.</summary>
    public string Text => _local.Text.Trim();

    /// <summary>Reads a value of a card as an expression.</summary>
    /// <param name="value">The value: a number, a quoted or braced text, a call.</param>
    /// <param name="diagnostics">Receives what is wrong.</param>
    /// <returns>The expression, or null when it cannot be read.</returns>
    public static MeasureExpression? Read(Value value, DiagnosticBag diagnostics)
    {
        if (value.Span.IsWritten)
            return Read(value.Span, diagnostics);
        return value switch
        {
            TextValue text => Read(text.Text, diagnostics),
            NumberValue number => new(new NumberExpression(number.Number, SourceSpan.None), SourceText.Empty, SourceSpan.None),
            _ => throw new ArgumentException($"No expression can be made of a {value.GetType().Name}.", nameof(value)),
        };
    }

    /// <summary>Reads an expression that stands nowhere in a deck.</summary>
    /// <param name="text">The expression.</param>
    /// <param name="diagnostics">Receives what is wrong.</param>
    /// <returns>The expression, or null when it cannot be read.</returns>
    public static MeasureExpression? Read(string text, DiagnosticBag diagnostics) => Read(text, SourceSpan.None, diagnostics);

    /// <summary>Reads a stretch of a deck as an expression.</summary>
    /// <param name="span">The stretch, with or without braces or quotes around it.</param>
    /// <param name="diagnostics">Receives what is wrong.</param>
    /// <returns>The expression, or null when it cannot be read.</returns>
    public static MeasureExpression? Read(SourceSpan span, DiagnosticBag diagnostics)
    {
        if (span.Length >= 2 && (span.Text[0], span.Text[^1]) is ('{', '}') or ('\'', '\'') or ('"', '"'))
            span = span with { Start = span.Start + 1, Length = span.Length - 2 };
        return Read(Joined(span.Text), span, diagnostics);
    }

    /// <summary>Tells at its place in the deck what was found in the expression's own text.</summary>
    /// <param name="found">What was found.</param>
    /// <param name="diagnostics">Receives it.</param>
    public void Tell(IEnumerable<Diagnostic> found, DiagnosticBag diagnostics) => Tell(found, _local, _span, diagnostics);

    private static MeasureExpression? Read(string text, SourceSpan span, DiagnosticBag diagnostics)
    {
        var local = new SourceText(span.IsWritten ? span.Source.Path : "<expression>", text);
        var found = new DiagnosticBag();
        ExpressionSyntax? tree = NetlistParser.ParseExpression(local, found);
        Tell(found, local, span, diagnostics);
        return tree is null ? null : new(tree, local, span);
    }

    private static void Tell(IEnumerable<Diagnostic> found, SourceText local, SourceSpan span, DiagnosticBag diagnostics)
    {
        foreach (Diagnostic diagnostic in found)
        {
            diagnostics.Add(
                span.IsWritten && ReferenceEquals(diagnostic.Span.Source, local)
                    ? diagnostic with { Span = new SourceSpan(span.Source, span.Start + diagnostic.Span.Start, diagnostic.Span.Length) }
                    : diagnostic);
        }
    }

    /// <summary>The text with continuation lines joined, every character at its place.</summary>
    private static string Joined(ReadOnlySpan<char> text)
    {
        if (text.IndexOf('\n') < 0)
            return text.ToString();
        var joined = new StringBuilder(text.Length);
        bool lineStart = false;
        foreach (char c in text)
        {
            bool blank = c is '\r' or '\n' || (lineStart && c == '+');
            joined.Append(blank ? ' ' : c);
            lineStart = c == '\n' || (lineStart && char.IsWhiteSpace(c));
        }

        return joined.ToString();
    }
}
