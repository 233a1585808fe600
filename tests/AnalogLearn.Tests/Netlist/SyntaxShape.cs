using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using AnalogLearn.Netlist;

namespace AnalogLearn.Tests.Netlist;

/// <summary>Writes the shape of a tree, places apart: two trees are the same when their shapes are.</summary>
internal static class SyntaxShape
{
    public static string Of(SyntaxTree tree)
    {
        var text = new StringBuilder(tree.Title).Append('\n');
        Write(tree.Statements, text);
        return text.ToString();
    }

    private static void Write(ImmutableArray<StatementSyntax> statements, StringBuilder text)
    {
        foreach (StatementSyntax s in statements)
        {
            text.Append(s.GetType().Name).Append(s.IsBroken ? "!" : string.Empty).Append(' ');
            switch (s)
            {
                case ElementSyntax e:
                    text.Append(e.Name.Text);
                    Write(e.Items, text);
                    break;
                case CardSyntax c:
                    text.Append(c.Name);
                    Write(c.Items, text);
                    break;
                case ModelSyntax m:
                    text.Append(m.Name.Text).Append(' ').Append(m.Type.Text);
                    Write(m.Items, text);
                    break;
                case ParameterCardSyntax p:
                    Write([.. p.Items], text);
                    break;
                case FunctionSyntax f:
                    text.Append(f.Name.Text).AppendJoin(',', f.Parameters.Select(x => x.Text.ToString()));
                    Write([f.Body], text);
                    break;
                case IncludeSyntax i:
                    text.Append(i.Path).Append(' ').Append(i.Section?.Span.Text.ToString());
                    break;
                case LibrarySectionSyntax l:
                    text.Append(l.Name.Text).Append('{');
                    Write(l.Body, text);
                    text.Append('}');
                    break;
                case SubcircuitSyntax x:
                    text.Append(x.Name.Text);
                    Write(x.Ports, text);
                    Write([.. x.Parameters], text);
                    text.Append('{');
                    Write(x.Body, text);
                    text.Append('}');
                    break;
            }

            text.Append('\n');
        }
    }

    private static void Write(ImmutableArray<ValueSyntax> items, StringBuilder text)
    {
        foreach (ValueSyntax item in items)
        {
            text.Append(" <");
            switch (item)
            {
                case BusSyntax b:
                    text.Append("bus ").Append(b.Name.Text);
                    Write(b.Last is null ? [b.First] : [b.First, b.Last], text);
                    break;
                case ExpressionValueSyntax e:
                    Write(e.Expression, text);
                    break;
                case ListSyntax l:
                    text.Append("list").Append(l.Open == '\0' ? ',' : l.Open);
                    Write(l.Items, text);
                    break;
                case CallSyntax c:
                    text.Append("call ").Append(c.Name.Text);
                    Write(c.Items, text);
                    break;
                case NamedSyntax n:
                    text.Append("named");
                    Write([n.Key, n.Value], text);
                    break;
                default:
                    text.Append(item.GetType().Name).Append(' ').Append(item.Span.Text);
                    break;
            }

            text.Append('>');
        }
    }

    private static void Write(ExpressionSyntax e, StringBuilder text)
    {
        text.Append('(');
        switch (e)
        {
            case NumberExpression n:
                text.Append(n.Value.ToString("R", CultureInfo.InvariantCulture));
                break;
            case NameExpression n:
                text.Append(n.Name);
                break;
            case UnaryExpression u:
                text.Append(u.Operator);
                Write(u.Operand, text);
                break;
            case BinaryExpression b:
                text.Append(b.Operator);
                Write(b.Left, text);
                Write(b.Right, text);
                break;
            case ConditionalExpression c:
                text.Append('?');
                Write(c.Condition, text);
                Write(c.WhenTrue, text);
                Write(c.WhenFalse, text);
                break;
            case CallExpression c:
                text.Append(c.Name);
                foreach (ExpressionSyntax a in c.Arguments)
                    Write(a, text);
                break;
            case ReferenceExpression r:
                Write([r.Reference], text);
                break;
        }

        text.Append(')');
    }
}
