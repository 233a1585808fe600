using System.Collections.Immutable;

namespace AnalogLearn.Netlist;

/// <summary>The operators of expressions.</summary>
public enum Operator
{
    /// <summary><c>+</c>.</summary>
    Add,

    /// <summary><c>-</c>.</summary>
    Subtract,

    /// <summary><c>*</c>.</summary>
    Multiply,

    /// <summary><c>/</c>.</summary>
    Divide,

    /// <summary><c>%</c>: the remainder, with the sign of the dividend.</summary>
    Remainder,

    /// <summary><c>\</c>: the quotient without its fraction.</summary>
    IntegerDivide,

    /// <summary><c>**</c> or <c>^</c>: |x| to the power y, as ngspice takes it.</summary>
    Power,

    /// <summary><c>==</c>.</summary>
    Equal,

    /// <summary><c>!=</c> or <c>&lt;&gt;</c>.</summary>
    NotEqual,

    /// <summary><c>&lt;</c>.</summary>
    Less,

    /// <summary><c>&lt;=</c>.</summary>
    LessOrEqual,

    /// <summary><c>&gt;</c>.</summary>
    Greater,

    /// <summary><c>&gt;=</c>.</summary>
    GreaterOrEqual,

    /// <summary><c>&amp;&amp;</c>.</summary>
    And,

    /// <summary><c>||</c>.</summary>
    Or,

    /// <summary>Unary <c>-</c>.</summary>
    Negate,

    /// <summary><c>!</c>.</summary>
    Not,
}

/// <summary>An expression: the tree of what stands in <c>{…}</c> or <c>'…'</c>.</summary>
/// <param name="Span">Where it stands.</param>
public abstract record ExpressionSyntax(SourceSpan Span)
{
    /// <summary>Pushes what this expression is made of, in its order, for walks that cannot overflow the stack.</summary>
    /// <param name="open">What is still to be looked at.</param>
    internal void PushParts(Stack<ExpressionSyntax> open)
    {
        switch (this)
        {
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

/// <summary>A number.</summary>
/// <param name="Value">The number, suffix applied.</param>
/// <param name="Span">Where it stands.</param>
public sealed record NumberExpression(double Value, SourceSpan Span) : ExpressionSyntax(Span);

/// <summary>A name: a parameter, a constant, an argument of a function.</summary>
/// <param name="Name">Lower case.</param>
/// <param name="Span">Where it stands.</param>
public sealed record NameExpression(string Name, SourceSpan Span) : ExpressionSyntax(Span);

/// <summary>A sign or a negation.</summary>
/// <param name="Operator"><see cref="Operator.Negate"/> or <see cref="Operator.Not"/>.</param>
/// <param name="Operand">What it works on.</param>
/// <param name="Span">Where it stands.</param>
public sealed record UnaryExpression(Operator Operator, ExpressionSyntax Operand, SourceSpan Span) : ExpressionSyntax(Span);

/// <summary>Two operands and an operator.</summary>
/// <param name="Operator">The operator.</param>
/// <param name="Left">The left operand.</param>
/// <param name="Right">The right operand.</param>
/// <param name="Span">Where it stands.</param>
public sealed record BinaryExpression(Operator Operator, ExpressionSyntax Left, ExpressionSyntax Right, SourceSpan Span) : ExpressionSyntax(Span);

/// <summary><c>condition ? whenTrue : whenFalse</c>.</summary>
/// <param name="Condition">True when it is not zero.</param>
/// <param name="WhenTrue">The value then.</param>
/// <param name="WhenFalse">The value otherwise.</param>
/// <param name="Span">Where it stands.</param>
public sealed record ConditionalExpression(ExpressionSyntax Condition, ExpressionSyntax WhenTrue, ExpressionSyntax WhenFalse, SourceSpan Span) : ExpressionSyntax(Span);

/// <summary>A function of some arguments.</summary>
/// <param name="Name">Lower case.</param>
/// <param name="Arguments">The arguments.</param>
/// <param name="NameSpan">Where the name stands.</param>
/// <param name="Span">Where the whole stands.</param>
public sealed record CallExpression(string Name, ImmutableArray<ExpressionSyntax> Arguments, SourceSpan NameSpan, SourceSpan Span) : ExpressionSyntax(Span);

/// <summary>A node, or an element, inside <c>v(…)</c> or <c>i(…)</c>, as written.</summary>
/// <param name="Reference">The word: <c>out</c>, <c>h[3]</c>, <c>x1.n</c>.</param>
/// <param name="Span">Where it stands.</param>
public sealed record ReferenceExpression(ValueSyntax Reference, SourceSpan Span) : ExpressionSyntax(Span);
