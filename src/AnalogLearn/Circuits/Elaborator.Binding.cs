using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.CompilerServices;
using AnalogLearn.Netlist;

namespace AnalogLearn.Circuits;

/// <content>
/// Behavioural expressions bound to the circuit: parameters replaced by their numbers, functions of the deck by their bodies, nodes and
/// elements by their full names. What is left holds numbers, operators, functions of the language, <see cref="VoltageExpression"/>,
/// <see cref="CurrentExpression"/> and <see cref="AnalysisVariableExpression"/>, and nothing that could be unknown.
/// </content>
internal sealed partial class Elaborator
{
    private const int MostBoundNodes = 5_000_000;

    private int _boundNodes;

    private sealed record Binding(Scope Scope, int Lane, int Lanes, Dictionary<string, ExpressionSyntax>? Arguments);

    private ExpressionSyntax? Bind(ExpressionSyntax expression, Scope scope, int lane, int lanes) => Bind(expression, new Binding(scope, lane, lanes, null));

    private ExpressionSyntax? Bind(ExpressionSyntax expression, Binding binding)
    {
        if (++_boundNodes > MostBoundNodes || !RuntimeHelpers.TryEnsureSufficientExecutionStack())
        {
            _diagnostics.Error(Codes.TooDeep, expression.Span, "the functions behind this expression grow too large", "write out a part of it as a source of its own: B1 a 0 v={…}");
            return null;
        }

        switch (expression)
        {
            case NumberExpression:
                return expression;
            case NameExpression name:
                return Bind(name, binding);
            case UnaryExpression unary:
                return Bind(unary.Operand, binding) is { } operand ? Fold(unary with { Operand = operand }, operand) : null;
            case BinaryExpression binary:
                return BindChain(binary, binding);
            case ConditionalExpression conditional:
                if (Bind(conditional.Condition, binding) is not { } condition)
                    return null;
                if (condition is NumberExpression fixedCondition)
                    return Bind(fixedCondition.Value != 0 ? conditional.WhenTrue : conditional.WhenFalse, binding);
                return Bind(conditional.WhenTrue, binding) is { } yes && Bind(conditional.WhenFalse, binding) is { } no
                    ? new ConditionalExpression(condition, yes, no, conditional.Span)
                    : null;
            case CallExpression call:
                return Bind(call, binding);
            default:
                _diagnostics.Error(Codes.BadExpression, expression.Span, $"'{Short(expression.Span)}' has no value here", "expressions are of numbers, parameters, v(node) and i(element)");
                return null;
        }
    }

    private ExpressionSyntax? BindChain(BinaryExpression binary, Binding binding)
    {
        var chain = new Stack<BinaryExpression>();
        ExpressionSyntax first = binary;
        while (first is BinaryExpression inner)
        {
            chain.Push(inner);
            first = inner.Left;
        }

        ExpressionSyntax? left = Bind(first, binding);
        while (left is not null && chain.TryPop(out BinaryExpression? next))
        {
            if (Bind(next.Right, binding) is not { } right)
                return null;
            left = Fold(next with { Left = left, Right = right }, left, right);
        }

        return left;
    }

    /// <summary>A number instead of an expression of numbers.</summary>
    private ExpressionSyntax? Fold(ExpressionSyntax expression, params ReadOnlySpan<ExpressionSyntax> parts)
    {
        foreach (ExpressionSyntax part in parts)
        {
            if (part is not NumberExpression)
                return expression;
        }

        return _evaluator.TryEvaluate(expression, _root, out double value) ? new NumberExpression(value, expression.Span) : null;
    }

    private ExpressionSyntax? Bind(NameExpression name, Binding binding)
    {
        if (binding.Arguments is not null && binding.Arguments.TryGetValue(name.Name, out ExpressionSyntax? argument))
            return argument;
        if (binding.Scope.Parameter(name.Name) is { } entry)
            return _evaluator.TryParameter(entry, out double value) ? new NumberExpression(value, name.Span) : null;
        if (name.Name is "time" or "hertz")
            return new AnalysisVariableExpression(name.Name, name.Span);
        if (name.Name == "temper")
            return new NumberExpression(_evaluator.Temperature, name.Span);
        if (Functions.Constant(name.Name) is { } constant)
            return new NumberExpression(constant, name.Span);
        _diagnostics.Error(
            Codes.UnknownName,
            name.Span,
            $"there is no parameter '{name.Name}'",
            binding.Scope.Nodes.ContainsKey(name.Name) ? $"for the voltage of the node write v({name.Name})" : ScopeEvaluator.UnknownHelp(name.Name, binding.Scope));
        return null;
    }

    private ExpressionSyntax? Bind(CallExpression call, Binding binding)
    {
        if (binding.Scope.Function(call.Name) is { } function)
            return Inline(call, function, binding);
        if (call.Name == "v")
            return Voltage(call, binding);
        if (call.Name == "i")
            return Current(call, binding);
        if (!Functions.TryArity(call.Name, out int least, out int most))
        {
            _diagnostics.Error(
                Codes.UnknownFunction,
                call.NameSpan,
                $"there is no function {call.Name}()",
                Nearest(call.Name, Functions.Names.Concat(binding.Scope.Reach(s => s.Functions.Keys))) is { } near ? $"did you mean '{near}'?" : "a function of your own is defined by .func name(x) {…}");
            return null;
        }

        if (!HasArity(call, least, most))
            return null;
        var arguments = ImmutableArray.CreateBuilder<ExpressionSyntax>(call.Arguments.Length);
        foreach (ExpressionSyntax argument in call.Arguments)
        {
            if (Bind(argument, binding) is not { } bound)
                return null;
            arguments.Add(bound);
        }

        if (call.Name is "table" or "pwl")
        {
            for (int k = 3; k < arguments.Count; k += 2)
            {
                if (arguments[k] is NumberExpression x && arguments[k - 2] is NumberExpression before && !(x.Value > before.Value))
                {
                    _diagnostics.Error(Codes.BadValue, call.Arguments[k].Span, $"the points of {call.Name}() must rise in x", $"write {call.Name}(x, x1,y1, x2,y2, …) with x1 < x2 < …");
                    return null;
                }
            }
        }

        var result = call with { Arguments = arguments.DrainToImmutable() };
        if (_evaluator.Draws is not null && Functions.IsRandom(call.Name, result.Arguments.Length) && result.Arguments.FirstOrDefault(a => a is not NumberExpression) is { } running)
        {
            _diagnostics.Error(Codes.BadExpression, running.Span, $"{call.Name}() is drawn when the chip is made, so what stands in it cannot depend on the running circuit", "multiply instead: agauss(1,0.1,1)*v(a)");
            return null;
        }

        return Fold(result, result.Arguments.AsSpan());
    }

    private bool HasArity(CallExpression call, int least, int most)
    {
        int given = call.Arguments.Length;
        bool pairs = call.Name is "table" or "pwl";
        if (given >= least && given <= most && !(pairs && given % 2 == 0))
            return true;
        string wanted = pairs ? "x and pairs of numbers"
            : least == most ? string.Create(CultureInfo.InvariantCulture, $"{least} argument{(least == 1 ? string.Empty : "s")}")
            : most == int.MaxValue ? string.Create(CultureInfo.InvariantCulture, $"{least} or more arguments")
            : string.Create(CultureInfo.InvariantCulture, $"{least} to {most} arguments");
        _diagnostics.Error(Codes.WrongArgumentCount, call.Span, string.Create(CultureInfo.InvariantCulture, $"{call.Name}() takes {wanted}, not {given}"), "netlists/README.md, section 2, lists the functions with their arguments");
        return false;
    }

    private ExpressionSyntax? Inline(CallExpression call, FunctionEntry function, Binding binding)
    {
        if (function.Syntax.IsBroken || !HasArity(call, function.Parameters.Length, function.Parameters.Length))
            return null;
        if (function.InProgress)
        {
            _diagnostics.Error(Codes.CyclicDefinition, function.Syntax.Name, $"the function {call.Name}() calls itself", "functions are written out where they are used: write it without itself");
            return null;
        }

        var arguments = new Dictionary<string, ExpressionSyntax>(function.Parameters.Length, StringComparer.Ordinal);
        for (int k = 0; k < call.Arguments.Length; k++)
        {
            if (Bind(call.Arguments[k], binding) is not { } bound)
                return null;
            arguments[function.Parameters[k]] = bound;
        }

        CallSite? site = _evaluator.Site;
        _evaluator.Site = new CallSite(site, call.Span.Source, call.Span.Start);
        function.InProgress = true;
        ExpressionSyntax? body = Bind(function.Syntax.Body.Expression, binding with { Scope = function.Scope, Arguments = arguments });
        function.InProgress = false;
        _evaluator.Site = site;
        return body;
    }

    private ExpressionSyntax? Voltage(CallExpression call, Binding binding)
    {
        if (call.Arguments.Length is < 1 or > 2)
        {
            _diagnostics.Error(Codes.WrongArgumentCount, call.Span, string.Create(CultureInfo.InvariantCulture, $"v() takes 1 or 2 nodes, not {call.Arguments.Length}"), "write v(a), or v(a,b) for the difference");
            return null;
        }

        string[] nodes = ["0", "0"];
        for (int k = 0; k < call.Arguments.Length; k++)
        {
            if (call.Arguments[k] is not ReferenceExpression reference || !TryKnownNode(reference.Reference, binding.Scope, out NodeSlice slice))
                return null;
            if (slice.Count != 1 && slice.Count != binding.Lanes)
            {
                _diagnostics.Error(
                    Codes.WidthMismatch,
                    reference.Span,
                    string.Create(CultureInfo.InvariantCulture, $"'{reference.Span.Text}' is {slice.Count} nodes, and one was expected"),
                    "name one of them, as in h[3], or put the element on buses of the same width");
                return null;
            }

            nodes[k] = slice.Node(slice.Count == 1 ? 0 : binding.Lane);
        }

        return new VoltageExpression(nodes[0], nodes[1], call.Span);
    }

    private ExpressionSyntax? Current(CallExpression call, Binding binding)
    {
        if (call.Arguments is not [ReferenceExpression { Reference: WordSyntax word }])
        {
            _diagnostics.Error(Codes.WrongArgumentCount, call.Span, "i() takes the name of one element", "write i(Vname)");
            return null;
        }

        return FindElement(Name(word.Span), word.Span, binding.Scope, binding.Lane, binding.Lanes, "vehlb") is { } full ? new CurrentExpression(full, call.Span) : null;
    }
}
