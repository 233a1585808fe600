using AnalogLearn.Netlist;

namespace AnalogLearn.Circuits;

/// <summary>Walks over expressions.</summary>
internal static class ExpressionBinder
{
    /// <summary>Every node or element that an expression names in <c>v(…)</c> or <c>i(…)</c>.</summary>
    public static IEnumerable<ReferenceExpression> References(ExpressionSyntax expression)
    {
        var open = new Stack<ExpressionSyntax>();
        open.Push(expression);
        while (open.TryPop(out ExpressionSyntax? next))
        {
            switch (next)
            {
                case ReferenceExpression reference:
                    yield return reference;
                    break;
                default:
                    next.PushParts(open);
                    break;
            }
        }
    }
}
