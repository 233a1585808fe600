using System.Collections.Immutable;
using System.Globalization;
using AnalogLearn.Circuits;
using AnalogLearn.Netlist;

namespace AnalogLearn.Studies.Explaining;

/// <summary>
/// A specification as limits: a&lt;b is the margin b − a, a&gt;b the margin a − b, abs(a)&lt;b the two margins b − a and b + a, and several joined by &amp;&amp; are all of theirs. A chip fails when any of its margins is negative.
/// </summary>
internal static class SpecMargins
{
    /// <summary>How the measures of margins are called.</summary>
    public const string Prefix = "margin#";

    /// <summary>The deck with a measure for each margin of its specification.</summary>
    /// <param name="deck">The deck, with its specification as a measure.</param>
    /// <param name="diagnostics">Receives why there are none.</param>
    /// <returns>The deck and the measures' names, or null when the specification has no margins.</returns>
    public static (Deck Deck, ImmutableArray<string> Names)? Add(Deck deck, DiagnosticBag diagnostics)
    {
        Deck with = MonteCarlo.WithMeasures(deck);
        if (with.All<MeasureCard>().LastOrDefault(m => m.Name == MonteCarlo.SpecName) is not { } spec || spec.Words.FirstOrDefault(w => w.Name is "param") is not { } written)
            return null;
        if (MeasureExpression.Read(written.Value, diagnostics) is not { } expression)
            return null;
        var texts = new List<string>();
        if (!Read(expression.Tree, texts))
        {
            diagnostics.Error(
                Codes.BadCard, written.Span, $"importance=shift wants a specification with a margin, and '{expression.Text}' has none", "write comparisons with < or >, joined by &&; or take importance=scale, which needs no margin");
            return null;
        }

        MeasureCard[] cards =
        [
            .. texts.Select((t, k) => new MeasureCard(
                spec.Analysis, string.Create(CultureInfo.InvariantCulture, $"{Prefix}{k + 1}"), [new Argument("param", new TextValue(t, SourceSpan.None), SourceSpan.None)], spec.Span)),
        ];
        return (with with { Cards = [.. with.Cards, .. cards] }, [.. cards.Select(c => c.Name)]);
    }

    private static bool Read(ExpressionSyntax tree, List<string> texts)
    {
        switch (tree)
        {
            case BinaryExpression { Operator: Operator.And } both:
                return Read(both.Left, texts) && Read(both.Right, texts);
            case BinaryExpression { Operator: Operator.Less or Operator.LessOrEqual } less:
                Add(less.Left, less.Right, texts);
                return true;
            case BinaryExpression { Operator: Operator.Greater or Operator.GreaterOrEqual } greater:
                Add(greater.Right, greater.Left, texts);
                return true;
            default:
                return false;
        }
    }

    private static void Add(ExpressionSyntax smaller, ExpressionSyntax larger, List<string> texts)
    {
        if (smaller is CallExpression { Name: "abs", Arguments: [var inside] })
        {
            texts.Add($"({Text(larger)})-({Text(inside)})");
            texts.Add($"({Text(larger)})+({Text(inside)})");
            return;
        }

        texts.Add($"({Text(larger)})-({Text(smaller)})");
    }

    private static string Text(ExpressionSyntax part) => part.Span.Text.ToString();
}
