using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace AnalogLearn.Netlist;

/// <summary>
/// Prints a syntax tree back to text: one line a statement, comments gone, expressions in braces with the parentheses they need. Parsing
/// the text gives the same tree, places apart.
/// </summary>
public static class SyntaxPrinter
{
    /// <summary>Prints a tree.</summary>
    /// <param name="tree">The tree.</param>
    public static string Print(SyntaxTree tree)
    {
        ArgumentNullException.ThrowIfNull(tree);
        var text = new StringBuilder();
        if (tree.Title is not null)
            text.Append(tree.Title).Append('\n');
        Print(tree.Statements, text);
        return text.ToString();
    }

    /// <summary>Prints an expression, without braces.</summary>
    /// <param name="expression">The expression.</param>
    public static string Print(ExpressionSyntax expression) => Print(expression, null);

    /// <summary>Prints an expression, without braces, that has parts which are no syntax, such as bound voltages.</summary>
    /// <param name="expression">The expression.</param>
    /// <param name="foreign">The text of such a part, or null where it stands for what is written at its place.</param>
    internal static string Print(ExpressionSyntax expression, Func<ExpressionSyntax, string?>? foreign)
    {
        var text = new StringBuilder();
        Print(expression, text, 0, foreign);
        return text.ToString();
    }

    private static void Print(ImmutableArray<StatementSyntax> statements, StringBuilder text)
    {
        foreach (StatementSyntax statement in statements)
        {
            switch (statement)
            {
                case ElementSyntax element:
                    text.Append(element.Name.Text);
                    Print(element.Items, text, ' ');
                    break;
                case CardSyntax card:
                    text.Append('.').Append(card.Name);
                    Print(card.Items, text, ' ');
                    break;
                case ModelSyntax model:
                    text.Append(".model ").Append(model.Name.Text).Append(' ').Append(model.Type.Text);
                    Print(model.Items, text, ' ');
                    break;
                case ParameterCardSyntax parameters:
                    text.Append(".param");
                    Print(ImmutableArray<ValueSyntax>.CastUp(parameters.Items), text, ' ');
                    break;
                case FunctionSyntax function:
                    text.Append(".func ").Append(function.Name.Text).Append('(').AppendJoin(", ", function.Parameters.Select(p => p.Text.ToString())).Append(") ");
                    Print(function.Body, text);
                    break;
                case IncludeSyntax include:
                    text.Append(include.Section is null ? ".include " : ".lib ");
                    Print(include.File, text);
                    if (include.Section is not null)
                    {
                        text.Append(' ');
                        Print(include.Section, text);
                    }

                    break;
                case LibrarySectionSyntax section:
                    text.Append(".lib ").Append(section.Name.Text).Append('\n');
                    Print(section.Body, text);
                    text.Append(".endl");
                    break;
                case SubcircuitSyntax subcircuit:
                    text.Append(".subckt ").Append(subcircuit.Name.Text);
                    Print(subcircuit.Ports, text, ' ');
                    Print(ImmutableArray<ValueSyntax>.CastUp(subcircuit.Parameters), text, ' ');
                    text.Append('\n');
                    Print(subcircuit.Body, text);
                    text.Append(".ends");
                    break;
            }

            text.Append('\n');
        }
    }

    private static void Print(ImmutableArray<ValueSyntax> items, StringBuilder text, char before)
    {
        foreach (ValueSyntax item in items)
        {
            text.Append(before);
            Print(item, text);
        }
    }

    private static void Print(ValueSyntax value, StringBuilder text)
    {
        switch (value)
        {
            case WordSyntax or QuotedSyntax:
                text.Append(value.Span.Text);
                break;
            case BusSyntax bus:
                text.Append(bus.Name.Text).Append('[');
                Print(bus.First, text);
                if (bus.Last is not null)
                {
                    text.Append(':');
                    Print(bus.Last, text);
                }

                text.Append(']');
                break;
            case ExpressionValueSyntax expression:
                text.Append('{');
                Print(expression.Expression, text, 0, null);
                text.Append('}');
                break;
            case ListSyntax list:
                if (list.Open != '\0')
                    text.Append(list.Open);
                for (int k = 0; k < list.Items.Length; k++)
                {
                    if (k > 0)
                        text.Append(", ");
                    Print(list.Items[k], text);
                }

                if (list.Open != '\0')
                    text.Append(list.Open == '[' ? ']' : ')');
                break;
            case CallSyntax call:
                text.Append(call.Name.Text).Append('(');
                for (int k = 0; k < call.Items.Length; k++)
                {
                    if (k > 0)
                        text.Append(' ');
                    Print(call.Items[k], text);
                }

                text.Append(')');
                break;
            case NamedSyntax named:
                Print(named.Key, text);
                text.Append('=');
                Print(named.Value, text);
                break;
        }
    }

    private static void Print(ExpressionSyntax expression, StringBuilder text, int outer, Func<ExpressionSyntax, string?>? foreign)
    {
        int level = Level(expression);
        bool grouped = level < outer;
        if (grouped)
            text.Append('(');
        switch (expression)
        {
            case NumberExpression number:
                text.Append(number.Value.ToString("R", CultureInfo.InvariantCulture));
                break;
            case NameExpression name:
                text.Append(name.Name);
                break;
            case ReferenceExpression reference:
                Print(reference.Reference, text);
                break;
            case UnaryExpression unary:
                text.Append(unary.Operator == Operator.Negate ? '-' : '!');
                Print(unary.Operand, text, level, foreign);
                break;
            case BinaryExpression binary:
                Chain(binary, text, level, foreign);
                break;
            case ConditionalExpression conditional:
                Print(conditional.Condition, text, level + 1, foreign);
                text.Append(" ? ");
                Print(conditional.WhenTrue, text, level, foreign);
                text.Append(" : ");
                Print(conditional.WhenFalse, text, level, foreign);
                break;
            case CallExpression call:
                text.Append(call.Name).Append('(');
                for (int k = 0; k < call.Arguments.Length; k++)
                {
                    if (k > 0)
                        text.Append(", ");
                    Print(call.Arguments[k], text, 0, foreign);
                }

                text.Append(')');
                break;
            default:
                text.Append(foreign?.Invoke(expression) ?? expression.Span.Text.ToString());
                break;
        }

        if (grouped)
            text.Append(')');
    }

    private static void Chain(BinaryExpression binary, StringBuilder text, int level, Func<ExpressionSyntax, string?>? foreign)
    {
        // Chains lean to the left and may be long: no recursion along them.
        var chain = new Stack<BinaryExpression>();
        ExpressionSyntax first = binary;
        while (first is BinaryExpression inner && Level(inner) == level)
        {
            chain.Push(inner);
            first = inner.Left;
        }

        Print(first, text, level, foreign);
        while (chain.TryPop(out BinaryExpression? next))
        {
            text.Append(' ').Append(Symbol(next.Operator)).Append(' ');
            Print(next.Right, text, level + 1, foreign);
        }
    }

    private static int Level(ExpressionSyntax expression) => expression switch
    {
        ConditionalExpression => 1,
        BinaryExpression { Operator: Operator.Or } => 2,
        BinaryExpression { Operator: Operator.And } => 3,
        BinaryExpression { Operator: Operator.Equal or Operator.NotEqual } => 4,
        BinaryExpression { Operator: Operator.Less or Operator.LessOrEqual or Operator.Greater or Operator.GreaterOrEqual } => 5,
        BinaryExpression { Operator: Operator.Add or Operator.Subtract } => 6,
        BinaryExpression { Operator: Operator.Multiply or Operator.Divide or Operator.Remainder or Operator.IntegerDivide } => 7,
        UnaryExpression => 8,
        BinaryExpression => 9,
        NumberExpression { Value: < 0 } => 8,
        _ => 10,
    };

    private static string Symbol(Operator op) => op switch
    {
        Operator.Add => "+",
        Operator.Subtract => "-",
        Operator.Multiply => "*",
        Operator.Divide => "/",
        Operator.Remainder => "%",
        Operator.IntegerDivide => "\\",
        Operator.Power => "**",
        Operator.Equal => "==",
        Operator.NotEqual => "!=",
        Operator.Less => "<",
        Operator.LessOrEqual => "<=",
        Operator.Greater => ">",
        Operator.GreaterOrEqual => ">=",
        Operator.And => "&&",
        _ => "||",
    };
}
