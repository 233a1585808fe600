using System.Collections.Immutable;
using System.Globalization;
using AnalogLearn.Netlist;

namespace AnalogLearn.Circuits;

/// <content>Syntax to values: numbers, words, lists and calls, expressions evaluated.</content>
internal sealed partial class Elaborator
{
    /// <summary>A number: a literal or an expression.</summary>
    private bool TryNumber(ValueSyntax syntax, Scope scope, out double value)
    {
        value = double.NaN;
        switch (syntax)
        {
            case WordSyntax word:
                if (NumberLiteral.TryParse(word.Text, out value, out int error))
                {
                    if (double.IsFinite(value))
                        return true;
                    _diagnostics.Error(Codes.NotANumber, word.Span, $"'{Short(word.Span)}' is too large for a number", "the largest number is about 1.8e308");
                    return false;
                }

                if (NumberLiteral.LooksNumeric(word.Text))
                {
                    string rest = word.Text[error..].ToString();
                    _diagnostics.Error(
                        Codes.BadNumber,
                        word.Span,
                        LineParser.BadNumberMessage(word.Text, error),
                        rest.AsSpan().IndexOfAny("*/+^") >= 0 ? $"write an expression in braces: {{{Short(word.Span)}}}" : LineParser.BadNumberFix);
                    return false;
                }

                string name = word.Text.ToString().ToLowerInvariant();
                _diagnostics.Error(
                    Codes.NumberExpected,
                    word.Span,
                    $"a number was expected, not '{Short(word.Span)}'",
                    scope.Parameter(name) is not null ? $"write {{{name}}} for the value of the parameter"
                        : name is "nan" or "inf" or "-inf" or "infinity" ? "every number must be finite"
                        : name.AsSpan().IndexOfAny("*/+-^") >= 0 ? $"write an expression in braces: {{{Short(word.Span)}}}"
                        : Nearest(name, scope.Reach(s => s.Parameters.Keys)) is { } near ? $"did you mean {{{near}}}?" : "an expression goes in braces: {2*a}");
                return false;
            case ExpressionValueSyntax expression:
                return _evaluator.TryEvaluate(expression.Expression, scope, out value);
            case ListSyntax { Open: '(', Items.Length: 1 } group:
                return TryNumber(group.Items[0], scope, out value);
            default:
                _diagnostics.Error(Codes.NumberExpected, syntax.Span, $"a number was expected, not '{Short(syntax.Span)}'", "an expression goes in braces: {2*a}");
                return false;
        }
    }

    /// <summary>How the words of a card are taken.</summary>
    private enum Reading
    {
        /// <summary>Expressions are evaluated; what begins like a number must be one.</summary>
        Strict,

        /// <summary>Expressions with names that only a run knows stay text.</summary>
        Late,
    }

    private Value? ToValue(ValueSyntax syntax, Scope scope, Reading reading = Reading.Strict)
    {
        switch (syntax)
        {
            case WordSyntax word:
                if (!NumberLiteral.LooksNumeric(word.Text))
                    return new TextValue(word.Text.ToString(), word.Span);
                if (NumberLiteral.TryParse(word.Text, out double literal, out _))
                    return new NumberValue(literal, word.Span);
                if (reading == Reading.Late || LooksLikeFile(word.Text))
                    return new TextValue(word.Text.ToString(), word.Span);
                TryNumber(word, scope, out _);
                return null;
            case QuotedSyntax quoted:
                return new TextValue(quoted.Text, quoted.Span);
            case BusSyntax bus:
                return new TextValue(bus.Span.Text.ToString(), bus.Span);
            case ExpressionValueSyntax expression:
                if (reading == Reading.Late && !IsFixed(expression.Expression, scope))
                    return new TextValue(expression.Text, expression.Span);
                return _evaluator.TryEvaluate(expression.Expression, scope, out double value) ? new NumberValue(value, expression.Span) : null;
            case ListSyntax list:
                var items = ImmutableArray.CreateBuilder<Value>(list.Items.Length);
                foreach (ValueSyntax item in list.Items)
                {
                    if (item is NamedSyntax named)
                    {
                        _diagnostics.Error(Codes.UnexpectedText, named.Span, "a name in a list", "lists hold values: [1, 2, 3]");
                        return null;
                    }

                    if (ToValue(item, scope, reading) is not { } element)
                        return null;
                    items.Add(element);
                }

                return new ListValue(items.DrainToImmutable(), list.Span);
            case CallSyntax call:
                return ToCall(call, scope, reading) is { } result ? new CallValue(result, call.Span) : null;
            default:
                _diagnostics.Error(Codes.UnexpectedText, syntax.Span, $"a value was expected, not '{Short(syntax.Span)}'", "a value is a number, a word, a list [1,2] or an expression {2*a}");
                return null;
        }
    }

    private Call? ToCall(CallSyntax call, Scope scope, Reading reading) =>
        TryArguments(call.Items, scope, reading, out ImmutableArray<Argument> arguments) ? new Call(Name(call.Name), arguments, call.Span) : null;

    /// <summary>A word or a call, as a call.</summary>
    private Call? ToCall(ValueSyntax syntax, Scope scope, string what)
    {
        switch (syntax)
        {
            case WordSyntax word when !NumberLiteral.LooksNumeric(word.Text):
                return new Call(Name(word.Span), [], word.Span);
            case CallSyntax call:
                return ToCall(call, scope, Reading.Strict);
            default:
                _diagnostics.Error(Codes.BadCard, syntax.Span, $"{what} was expected, not '{Short(syntax.Span)}'", "write name(…)");
                return null;
        }
    }

    private bool TryArguments(ImmutableArray<ValueSyntax> items, Scope scope, Reading reading, out ImmutableArray<Argument> arguments)
    {
        var builder = ImmutableArray.CreateBuilder<Argument>(items.Length);
        bool sound = true;
        foreach (ValueSyntax item in items)
        {
            if (ToArgument(item, scope, reading) is { } argument)
                builder.Add(argument);
            else
                sound = false;
        }

        arguments = builder.DrainToImmutable();
        return sound;
    }

    private Argument? ToArgument(ValueSyntax item, Scope scope, Reading reading)
    {
        if (item is not NamedSyntax named)
            return ToValue(item, scope, reading) is { } value ? new Argument(null, value, item.Span) : null;
        string name = named.Key is WordSyntax word ? Name(word.Span) : Name(string.Concat(named.Key.Span.Text.ToString().Where(c => !char.IsWhiteSpace(c))));
        if (name is "until" or "spec" or "param" or "when" or "check")
            reading = Reading.Late;
        return ToValue(named.Value, scope, reading) is { } own ? new Argument(name, own, named.Span) : null;
    }

    /// <summary>Named arguments may stand only once.</summary>
    private void CheckRepeated(ImmutableArray<Argument> arguments)
    {
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (Argument argument in arguments)
        {
            if (argument.Name is { } name && !names.Add(name))
                _diagnostics.Error(Codes.RepeatedParameter, argument.Span, $"'{name}' is given twice", "leave one of them out");
        }
    }

    /// <summary>Whether an expression holds nothing but numbers, parameters and functions that are known before a run.</summary>
    private static bool IsFixed(ExpressionSyntax expression, Scope scope)
    {
        var open = new Stack<ExpressionSyntax>();
        open.Push(expression);
        while (open.TryPop(out ExpressionSyntax? next))
        {
            switch (next)
            {
                case NameExpression name:
                    if (scope.Parameter(name.Name) is null && !Functions.Constants.Contains(name.Name))
                        return false;
                    break;
                case CallExpression call:
                    if (scope.Function(call.Name) is null && !Functions.TryArity(call.Name, out _, out _))
                        return false;
                    next.PushParts(open);
                    break;
                case ReferenceExpression:
                    return false;
                default:
                    next.PushParts(open);
                    break;
            }
        }

        return true;
    }

    private static bool LooksLikeFile(ReadOnlySpan<char> word)
    {
        if (word.IndexOfAny("/\\") >= 0)
            return true;
        int point = word.LastIndexOf('.');
        return point > 0 && point + 1 < word.Length && char.IsAsciiLetter(word[point + 1]);
    }

    /// <summary>Numbers of an array: inline, or from a file; with their shape.</summary>
    private bool TryMatrix(Value value, Scope scope, out double[] numbers, out int rows, out int columns)
    {
        numbers = [];
        rows = columns = 0;
        switch (value)
        {
            case TextValue text:
                return TryFile(text, out numbers, out rows, out columns);
            case ListValue list when list.Items.Length > 0 && list.Items[0] is ListValue:
                var all = new List<double>();
                foreach (Value row in list.Items)
                {
                    if (row is not ListValue inner)
                    {
                        _diagnostics.Error(Codes.ShapeMismatch, row.Span, "a row was expected", "write [[1, 2], [3, 4]]");
                        return false;
                    }

                    if (rows > 0 && inner.Items.Length != columns)
                    {
                        _diagnostics.Error(Codes.ShapeMismatch, inner.Span, string.Create(CultureInfo.InvariantCulture, $"a row of {inner.Items.Length} numbers below one of {columns}"), "all rows are equally long");
                        return false;
                    }

                    columns = inner.Items.Length;
                    rows++;
                    if (!TryNumbers(inner, all))
                        return false;
                }

                numbers = [.. all];
                return true;
            case ListValue list:
                var single = new List<double>();
                if (!TryNumbers(list, single))
                    return false;
                numbers = [.. single];
                rows = 1;
                columns = numbers.Length;
                return true;
            default:
                _diagnostics.Error(Codes.BadValue, value.Span, "a list or a file was expected", "write [[1,0],[0,1]], or the name of a file in quotes");
                return false;
        }
    }

    private bool TryNumbers(ListValue list, List<double> into)
    {
        foreach (Value item in list.Items)
        {
            if (item is not NumberValue number)
            {
                _diagnostics.Error(Codes.NumberExpected, item.Span, $"a number was expected, not '{Short(item.Span)}'", "an expression goes in braces: {2*a}");
                return false;
            }

            into.Add(number.Number);
        }

        return true;
    }
}
