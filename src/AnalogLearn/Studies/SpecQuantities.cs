using System.Collections.Immutable;
using AnalogLearn.Circuits;
using AnalogLearn.Netlist;

namespace AnalogLearn.Studies;

/// <summary>The quantities of an analysis that a specification names, so that a chip's row tells by how much it met or missed it: <c>test_accuracy</c> of <c>test_accuracy&gt;0.9</c>.</summary>
internal static class SpecQuantities
{
    /// <summary>The quantities, each once, in lower case.</summary>
    /// <param name="spec">The specification.</param>
    /// <param name="table">What its analysis offers.</param>
    public static ImmutableArray<string> Of(Value spec, QuantityTable table)
    {
        if (MeasureExpression.Read(spec, new DiagnosticBag()) is not { } expression)
            return [];
        var found = new List<string>();
        var open = new Stack<ExpressionSyntax>();
        open.Push(expression.Tree);
        while (open.TryPop(out ExpressionSyntax? next))
        {
            switch (next)
            {
                case NameExpression name when table.Names.Contains(name.Name):
                case CallExpression call when table.Functions.Any(f => f.Name == call.Name):
                    found.Add(Text(next));
                    break;
                default:
                    next.PushParts(open);
                    break;
            }
        }

        found.Reverse();
        return [.. found.Distinct(StringComparer.OrdinalIgnoreCase)];
    }

    /// <summary>Whether an expression is this quantity and nothing else.</summary>
    /// <param name="value">The expression.</param>
    /// <param name="quantity">The quantity, as <see cref="Of"/> gives it.</param>
    public static bool IsJust(Value value, string quantity) =>
        MeasureExpression.Read(value, new DiagnosticBag()) is { } expression && string.Equals(Text(expression.Tree), quantity, StringComparison.OrdinalIgnoreCase);

    private static string Text(ExpressionSyntax tree) => string.Concat(tree.Span.Text.ToString().Where(c => !char.IsWhiteSpace(c))).ToLowerInvariant();
}
