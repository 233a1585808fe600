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
                case CallExpression call:
                    foreach (ExpressionSyntax argument in call.Arguments)
                        open.Push(argument);
                    break;
                case UnaryExpression unary:
                    open.Push(unary.Operand);
                    break;
                case BinaryExpression binary:
                    open.Push(binary.Left);
                    open.Push(binary.Right);
                    break;
                case ConditionalExpression conditional:
                    open.Push(conditional.Condition);
                    open.Push(conditional.WhenTrue);
                    open.Push(conditional.WhenFalse);
                    break;
            }
        }
    }
}
