using System.Collections.Immutable;

namespace AnalogLearn.Netlist;

/// <content>
/// Expressions, from the loosest to the tightest: <c>?:</c>, <c>||</c>, <c>&amp;&amp;</c>, <c>== != &lt;&gt;</c>, <c>&lt; &lt;= &gt; &gt;=</c>, <c>+ -</c>,
/// <c>* / % \</c>, signs and <c>!</c>, <c>** ^</c>. All of two operands associate to the left, the power included (2**3**2 is 64), and a
/// sign binds less than a power (−2**2 is −4): so does ngspice.
/// </content>
internal sealed partial class LineParser
{
    private const int TightestLevel = 5;

    private const int PowerLevel = 6;

    private static readonly HashSet<string> NodeFunctions = new(
        ["v", "i", "vm", "vp", "vr", "vi", "vdb", "im", "ip", "ir", "ii", "idb"], StringComparer.Ordinal);

    private bool _quoted;

    /// <summary>An expression in braces or quotes.</summary>
    public ExpressionValueSyntax? Enclosed(char open)
    {
        int start = cursor.Position;
        char close = open == '{' ? '}' : '\'';
        if (!Enter(start))
            return null;
        cursor.Advance();
        cursor.SkipBlanks();
        if (cursor.Peek() == close && !cursor.AtEnd)
        {
            Fail(Codes.BadExpression, new(cursor.Source, start, cursor.Position - start + 1), "an empty expression", "write a number or an expression between the " + (open == '{' ? "braces" : "quotes"));
            return null;
        }

        if (!HasClose(close))
        {
            Fail(Codes.NeverClosed, new(cursor.Source, start, 1), $"this {open} is never closed", $"write the missing {close}");
            return null;
        }

        bool outer = _quoted;
        _quoted = open == '\'';
        ExpressionSyntax? expression = Conditional();
        _quoted = outer;
        _depth--;
        if (expression is null)
            return null;
        cursor.SkipBlanks();
        if (cursor.Peek() != close)
        {
            Unexpected(close);
            return null;
        }

        cursor.Advance();
        return new ExpressionValueSyntax(expression, open, cursor.Since(start));
    }

    /// <summary>An expression without braces: it ends where no operator follows.</summary>
    public ExpressionValueSyntax? BareExpressionValue()
    {
        int start = cursor.Position;
        ExpressionSyntax? expression = Conditional();
        return expression is null ? null : new ExpressionValueSyntax(expression, '\0', cursor.Since(start));
    }

    private bool HasClose(char close)
    {
        (int, int, int) here = cursor.Save();
        int depth = 0;
        bool found = false;
        while (!cursor.AtEnd)
        {
            char c = cursor.Peek();
            if (c == close && depth == 0)
            {
                found = true;
                break;
            }

            if (close == '}' && c == '{')
                depth++;
            else if (close == '}' && c == '}')
                depth--;
            cursor.Advance();
        }

        cursor.Restore(here);
        return found;
    }

    private void Unexpected(char close)
    {
        SourceSpan here = cursor.Here;
        if (cursor.AtEnd)
        {
            Fail(Codes.BadExpression, here, "the expression ends too early", "write what is behind the last sign");
            return;
        }

        int length = 1;
        ReadOnlySpan<char> rest = cursor.Rest;
        if (IsNameStart(rest.Length > 0 ? rest[0] : ' '))
        {
            while (length < rest.Length && IsNamePart(rest[length]))
                length++;
        }

        SourceSpan span = here with { Length = length };
        Fail(
            Codes.BadExpression,
            span,
            $"unexpected '{span.Text}' in an expression{(close is '\0' ? string.Empty : $": an operator or {close} was expected")}",
            span.Text is "=" ? "to compare, write =="
                : span.Text is "&" or "|" ? $"write {span.Text[0]}{span.Text[0]}"
                : char.IsAsciiLetterOrDigit(span.Text.Length > 0 ? span.Text[0] : ' ') ? "write the operator before it: * for a product"
                : "leave it out, or write what is missing beside it");
    }

    private ExpressionSyntax? Conditional()
    {
        int start = cursor.Position;
        if (!Enter(start))
            return null;
        ExpressionSyntax? condition = Binary(0);
        if (condition is not null)
        {
            cursor.SkipBlanks();
            if (cursor.Peek() == '?')
            {
                cursor.Advance();
                cursor.SkipBlanks();
                ExpressionSyntax? yes = Conditional();
                cursor.SkipBlanks();
                if (yes is null)
                {
                    condition = null;
                }
                else if (cursor.Peek() != ':')
                {
                    Fail(Codes.BadExpression, cursor.Here, "a ':' was expected: condition ? value : value", "write condition ? value : value");
                    condition = null;
                }
                else
                {
                    cursor.Advance();
                    cursor.SkipBlanks();
                    ExpressionSyntax? no = Conditional();
                    condition = no is null ? null : new ConditionalExpression(condition, yes, no, condition.Span.To(no.Span));
                }
            }
        }

        _depth--;
        return condition;
    }

    private ExpressionSyntax? Binary(int level)
    {
        ExpressionSyntax? left = level == TightestLevel ? Unary() : Binary(level + 1);
        while (left is not null && BinaryOperator(level) is { } op)
        {
            ExpressionSyntax? right = level == TightestLevel ? Unary() : Binary(level + 1);
            left = right is null ? null : new BinaryExpression(op, left, right, left.Span.To(right.Span));
        }

        return left;
    }

    private Operator? BinaryOperator(int level)
    {
        (int, int, int) here = cursor.Save();
        cursor.SkipBlanks();
        char c = cursor.Peek();
        char d = cursor.PeekAt(1);
        (Operator Operator, int Level, int Length)? found = (c, d) switch
        {
            ('|', '|') => (Operator.Or, 0, 2),
            ('&', '&') => (Operator.And, 1, 2),
            ('=', '=') => (Operator.Equal, 2, 2),
            ('!', '=') => (Operator.NotEqual, 2, 2),
            ('<', '>') => (Operator.NotEqual, 2, 2),
            ('<', '=') => (Operator.LessOrEqual, 3, 2),
            ('>', '=') => (Operator.GreaterOrEqual, 3, 2),
            ('<', _) => (Operator.Less, 3, 1),
            ('>', _) => (Operator.Greater, 3, 1),
            ('+', _) => (Operator.Add, 4, 1),
            ('-', _) => (Operator.Subtract, 4, 1),
            ('*', '*') => (Operator.Power, PowerLevel, 2),
            ('^', _) => (Operator.Power, PowerLevel, 1),
            ('*', _) => (Operator.Multiply, 5, 1),
            ('/', _) => (Operator.Divide, 5, 1),
            ('%', _) => (Operator.Remainder, 5, 1),
            ('\\', _) => (Operator.IntegerDivide, 5, 1),
            _ => null,
        };
        if (found is not { } match || match.Level != level)
        {
            cursor.Restore(here);
            return null;
        }

        cursor.Advance(match.Length);
        cursor.SkipBlanks();
        return match.Operator;
    }

    private ExpressionSyntax? Unary() => Signed(Power);

    /// <summary>Any number of signs and negations before an operand.</summary>
    private ExpressionSyntax? Signed(Func<ExpressionSyntax?> operand)
    {
        cursor.SkipBlanks();
        char c = cursor.Peek();
        if (c is not ('-' or '+' or '!'))
            return operand();
        int start = cursor.Position;
        if (!Enter(start))
            return null;
        cursor.Advance();
        ExpressionSyntax? inner = Signed(operand);
        _depth--;
        if (inner is null || c == '+')
            return inner;
        return new UnaryExpression(c == '-' ? Operator.Negate : Operator.Not, inner, new SourceSpan(cursor.Source, start, 1).To(inner.Span));
    }

    private ExpressionSyntax? Power()
    {
        ExpressionSyntax? left = Primary();
        while (left is not null && BinaryOperator(PowerLevel) is not null)
        {
            ExpressionSyntax? right = Signed(Primary);
            left = right is null ? null : new BinaryExpression(Operator.Power, left, right, left.Span.To(right.Span));
        }

        return left;
    }

    private ExpressionSyntax? Primary()
    {
        cursor.SkipBlanks();
        int start = cursor.Position;
        char c = cursor.Peek();
        if (c is '(' or '{' || (c == '\'' && !_quoted))
            return Group(c, start);
        int number = NumberLiteral.Length(cursor.Rest);
        if (number > 0)
        {
            SourceSpan span = new(cursor.Source, start, number);
            if (!NumberLiteral.TryParse(span.Text, out double value, out int error))
            {
                Fail(Codes.BadNumber, span, BadNumberMessage(span.Text, error), BadNumberFix);
                return null;
            }

            if (!double.IsFinite(value))
            {
                Fail(Codes.BadNumber, span, $"'{span.Text}' is too large for a number", "the largest number is about 1.8e308");
                return null;
            }

            cursor.Advance(number);
            if (cursor.Peek() == '%' && EndsAfterPercent())
            {
                cursor.Advance();
                return new NumberExpression(value / 100, cursor.Since(start));
            }

            return new NumberExpression(value, span);
        }

        if (!IsNameStart(c))
        {
            Unexpected('\0');
            return null;
        }

        ReadOnlySpan<char> rest = cursor.Rest;
        int length = 1;
        while (length < rest.Length && IsNamePart(rest[length]))
            length++;
        SourceSpan name = new(cursor.Source, start, length);
        string text = name.Text.ToString().ToLowerInvariant();
        cursor.Advance(length);
        (int, int, int) here = cursor.Save();
        cursor.SkipBlanks();
        if (cursor.Peek() != '(')
        {
            cursor.Restore(here);
            return new NameExpression(text, name);
        }

        int open = cursor.Position;
        if (!Enter(open))
            return null;
        cursor.Advance();
        var arguments = ImmutableArray.CreateBuilder<ExpressionSyntax>();
        cursor.SkipBlanks();
        bool nodes = NodeFunctions.Contains(text);
        while (cursor.Peek() != ')')
        {
            ExpressionSyntax? argument = nodes ? NodeArgument() : Conditional();
            if (argument is null)
                return null;
            arguments.Add(argument);
            cursor.SkipBlanks();
            if (cursor.Peek() == ',')
            {
                cursor.Advance();
                cursor.SkipBlanks();
            }
            else if (cursor.Peek() != ')')
            {
                if (cursor.AtEnd || cursor.Peek() is '}' or '\'')
                    Fail(Codes.NeverClosed, new(cursor.Source, open, 1), "this ( is never closed", "write the missing )");
                else
                    Unexpected(')');
                return null;
            }
        }

        cursor.Advance();
        _depth--;
        return new CallExpression(text, arguments.DrainToImmutable(), name, cursor.Since(start));
    }

    /// <summary>Whether the % here is a percentage and not a remainder: nothing follows that it could divide by.</summary>
    private bool EndsAfterPercent()
    {
        (int, int, int) here = cursor.Save();
        cursor.Advance();
        cursor.SkipBlanks();
        bool ends = cursor.AtEnd || cursor.Peek() is '}' or ')' or ',' or '\'';
        cursor.Restore(here);
        return ends;
    }

    private ExpressionSyntax? Group(char open, int start)
    {
        char close = open == '(' ? ')' : open == '{' ? '}' : '\'';
        cursor.Advance();
        bool outer = _quoted;
        _quoted |= open == '\'';
        ExpressionSyntax? inner = Conditional();
        _quoted = outer;
        if (inner is null)
            return null;
        cursor.SkipBlanks();
        if (cursor.Peek() != close)
        {
            if (cursor.AtEnd || cursor.Peek() is '}' or '\'')
                Fail(Codes.NeverClosed, new(cursor.Source, start, 1), $"this {open} is never closed", $"write the missing {close}");
            else
                Unexpected(close);
            return null;
        }

        cursor.Advance();
        return inner;
    }

    private ReferenceExpression? NodeArgument()
    {
        cursor.SkipBlanks();
        if (cursor.Peek() is ',' or ')' || cursor.AtEnd)
        {
            Fail(Codes.Missing, cursor.Here, "the name of a node or element is missing", "write v(a), v(a,b) or i(Vname)");
            return null;
        }

        return Simple() is { } reference ? new ReferenceExpression(reference, reference.Span) : null;
    }

    internal static string BadNumberMessage(ReadOnlySpan<char> word, int error) =>
        error > 0 && error < word.Length && char.IsAsciiLetter(word[error])
            ? $"'{word}' is not a number: '{word[error..]}' is neither a suffix nor a unit"
            : $"'{word}' is not a number";

    internal const string BadNumberFix = "suffixes are f p n u m k meg g t mil and %, and a unit such as V, A, Ohm, F, H, s, Hz, S(iemens) may follow";

    private static bool IsNameStart(char c) => char.IsLetter(c) || c is '_' or '@';

    private static bool IsNamePart(char c) => char.IsLetterOrDigit(c) || c is '_' or '.' or '#' or '$' or '@';
}
