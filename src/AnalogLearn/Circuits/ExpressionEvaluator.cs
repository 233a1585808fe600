using System.Globalization;
using System.Runtime.CompilerServices;
using AnalogLearn.Netlist;

namespace AnalogLearn.Circuits;

/// <summary>
/// Evaluates expressions to numbers. Derived classes say what names and unknown functions stand for. A division by zero and every result
/// that is not a finite number is an error at the expression that gave it; only the branch of <c>?:</c> that counts is evaluated.
/// </summary>
/// <param name="diagnostics">Receives what is wrong.</param>
public abstract class ExpressionEvaluator(DiagnosticBag diagnostics)
{
    private const int StepLimit = 200_000_000;

    private int _steps;

    /// <summary>Receives what is wrong.</summary>
    protected DiagnosticBag Diagnostics { get; } = diagnostics;

    /// <summary>Evaluates an expression.</summary>
    /// <param name="expression">The expression.</param>
    /// <param name="value">Its value.</param>
    /// <returns>Whether there is one; when not, a diagnostic says why.</returns>
    public bool TryEvaluate(ExpressionSyntax expression, out double value)
    {
        ArgumentNullException.ThrowIfNull(expression);
        value = double.NaN;
        if (!Step(expression))
            return false;
        switch (expression)
        {
            case NumberExpression number:
                value = number.Value;
                return true;
            case NameExpression name:
                return TryName(name, out value);
            case UnaryExpression unary:
                if (!TryEvaluate(unary.Operand, out double operand))
                    return false;
                value = unary.Operator == Operator.Not ? Truth(operand == 0) : -operand;
                return true;
            case BinaryExpression binary:
                return TryChain(binary, out value);
            case ConditionalExpression conditional:
                return TryEvaluate(conditional.Condition, out double condition) && TryEvaluate(condition != 0 ? conditional.WhenTrue : conditional.WhenFalse, out value);
            case CallExpression call:
                return TryCall(call, out value);
            default:
                Diagnostics.Error(Codes.BadExpression, expression.Span, $"'{expression.Span.Text}' has no value here", "expressions are of numbers, parameters and functions");
                return false;
        }
    }

    /// <summary>The value of a name.</summary>
    /// <param name="name">The name.</param>
    /// <param name="value">Its value.</param>
    /// <returns>Whether there is one; when not, it has been diagnosed.</returns>
    protected abstract bool TryName(NameExpression name, out double value);

    /// <summary>The value of a function that is not one of the language.</summary>
    /// <param name="call">The call.</param>
    /// <param name="value">Its value.</param>
    /// <returns>True or false, having diagnosed; null when there is no such function.</returns>
    protected virtual bool? TryForeignCall(CallExpression call, out double value)
    {
        value = double.NaN;
        return null;
    }

    /// <summary>The names of functions beyond those of the language, for suggestions.</summary>
    protected virtual IEnumerable<string> ForeignFunctions => [];

    /// <summary>The value of <c>agauss gauss aunif unif</c> and the two-argument <c>limit</c>; the nominal one unless a derived class draws it.</summary>
    /// <param name="call">The call.</param>
    /// <param name="arguments">Its arguments.</param>
    protected virtual double Random(CallExpression call, ReadOnlySpan<double> arguments) => Functions.Apply(call.Name, arguments);

    /// <summary>Applies an operator to two numbers.</summary>
    /// <param name="binary">The expression, for its place.</param>
    /// <param name="left">The left operand.</param>
    /// <param name="right">The right operand.</param>
    /// <param name="value">The result.</param>
    protected bool TryApply(BinaryExpression binary, double left, double right, out double value)
    {
        ArgumentNullException.ThrowIfNull(binary);
        if (right == 0 && binary.Operator is Operator.Divide or Operator.Remainder or Operator.IntegerDivide)
        {
            value = double.NaN;
            Diagnostics.Error(Codes.NotANumber, binary.Span, $"division by zero: '{Short(binary.Right.Span)}' is 0", "guard it, for instance {x == 0 ? 0 : 1/x}");
            return false;
        }

        if (binary.Operator == Operator.Power && left < 0 && right == Math.Floor(right) && Math.Abs(right % 2) == 1)
        {
            Diagnostics.Warning(
                Codes.NegativeBase,
                binary.Span,
                "the power of a negative number is taken of its magnitude, as ngspice does",
                "write pwr(x, y) for sgn(x)·|x|^y, or multiply");
        }

        value = Functions.Apply(binary.Operator, left, right);
        return Finite(binary.Span, value);
    }

    private bool TryChain(BinaryExpression binary, out double value)
    {
        // A chain a + b + c … leans to the left and may be as long as a line: walked down in a loop, not by recursion.
        var chain = new Stack<BinaryExpression>();
        ExpressionSyntax first = binary;
        while (first is BinaryExpression inner)
        {
            chain.Push(inner);
            first = inner.Left;
        }

        if (!TryEvaluate(first, out value))
            return false;
        while (chain.TryPop(out BinaryExpression? next))
        {
            if (!Step(next))
                return false;
            if (next.Operator is Operator.And or Operator.Or)
            {
                bool decided = next.Operator == Operator.And ? value == 0 : value != 0;
                if (decided)
                {
                    value = Truth(value != 0);
                    continue;
                }

                if (!TryEvaluate(next.Right, out double other))
                    return false;
                value = Truth(other != 0);
                continue;
            }

            if (!TryEvaluate(next.Right, out double right) || !TryApply(next, value, right, out value))
                return false;
        }

        return true;
    }

    private bool TryCall(CallExpression call, out double value)
    {
        value = double.NaN;
        if (TryForeignCall(call, out value) is { } answer)
            return answer && Finite(call.Span, value);
        value = double.NaN;
        if (!Functions.TryArity(call.Name, out int least, out int most))
        {
            Diagnostics.Error(
                Codes.UnknownFunction,
                call.NameSpan,
                $"there is no function {call.Name}()",
                NameSuggestion.Nearest(call.Name, Functions.Names.Concat(ForeignFunctions)) is { } near ? $"did you mean '{near}'?" : "a function of your own is defined by .func name(x) {…}");
            return false;
        }

        if (!HasArity(call, least, most))
            return false;
        if (call.Name == "if")
            return TryEvaluate(call.Arguments[0], out double condition) && TryEvaluate(call.Arguments[condition != 0 ? 1 : 2], out value);
        double[] arguments = new double[call.Arguments.Length];
        for (int k = 0; k < arguments.Length; k++)
        {
            if (!TryEvaluate(call.Arguments[k], out arguments[k]))
                return false;
        }

        if (call.Name is "table" or "pwl" && !TableIsSound(call, arguments))
            return false;
        if (call.Name is "agauss" or "gauss" && arguments.Length == 3 && !(arguments[2] > 0))
        {
            Diagnostics.Error(Codes.BadValue, call.Arguments[2].Span, $"the third number of {call.Name}() says how many standard deviations the second one is, so it is above 0", $"write {call.Name}({(call.Name == "gauss" ? "1k,0.1,3" : "1k,100,3")}): a mean, a spread and what of σ it is");
            return false;
        }

        value = Functions.IsRandom(call.Name, arguments.Length) ? Random(call, arguments) : Functions.Apply(call.Name, arguments);
        return Finite(call.Span, value);
    }

    /// <summary>Checks the number of arguments of a call.</summary>
    /// <param name="call">The call.</param>
    /// <param name="least">The smallest number.</param>
    /// <param name="most">The largest.</param>
    protected bool HasArity(CallExpression call, int least, int most)
    {
        ArgumentNullException.ThrowIfNull(call);
        int given = call.Arguments.Length;
        if (given >= least && given <= most && !(call.Name is "table" or "pwl" && given % 2 == 0))
            return true;
        string wanted = call.Name is "table" or "pwl" ? "x and pairs of numbers"
            : least == most ? string.Create(CultureInfo.InvariantCulture, $"{least} argument{(least == 1 ? string.Empty : "s")}")
            : most == int.MaxValue ? string.Create(CultureInfo.InvariantCulture, $"{least} or more arguments")
            : string.Create(CultureInfo.InvariantCulture, $"{least} to {most} arguments");
        Diagnostics.Error(Codes.WrongArgumentCount, call.Span, string.Create(CultureInfo.InvariantCulture, $"{call.Name}() takes {wanted}, not {given}"), "netlists/README.md, section 2, lists the functions with their arguments");
        return false;
    }

    private bool TableIsSound(CallExpression call, double[] arguments)
    {
        for (int k = 3; k < arguments.Length; k += 2)
        {
            if (!(arguments[k] > arguments[k - 2]))
            {
                Diagnostics.Error(Codes.BadValue, call.Arguments[k].Span, $"the points of {call.Name}() must rise in x", $"write {call.Name}(x, x1,y1, x2,y2, …) with x1 < x2 < …");
                return false;
            }
        }

        return true;
    }

    private bool Finite(SourceSpan span, double value)
    {
        if (double.IsFinite(value))
            return true;
        Diagnostics.Error(
            Codes.NotANumber,
            span,
            double.IsNaN(value) ? $"'{Short(span)}' is not a number" : $"'{Short(span)}' is infinite",
            "the arguments are outside the range of the function or of double precision");
        return false;
    }

    private bool Step(ExpressionSyntax at)
    {
        if (++_steps > StepLimit)
        {
            if (_steps == StepLimit + 1)
                Diagnostics.Error(Codes.TooDeep, at.Span, "the expressions of this deck take too many steps to evaluate", "look for functions that call others many times over");
            return false;
        }

        if (RuntimeHelpers.TryEnsureSufficientExecutionStack())
            return true;
        Diagnostics.Error(Codes.TooDeep, at.Span, "the definitions behind this expression are nested too deeply", "look for parameters and functions that go through many others");
        return false;
    }

    private static double Truth(bool value) => value ? 1 : 0;

    private static string Short(SourceSpan span) => span.Length <= 40 ? span.Text.ToString() : string.Concat(span.Text[..37], "…");
}

/// <summary>Evaluates expressions whose names and further functions are given by delegates: measures, specifications, conditions.</summary>
/// <param name="diagnostics">Receives what is wrong.</param>
/// <param name="names">The value of a name (lower case), or null when it stands for nothing.</param>
/// <param name="calls">The value of a function that is not one of the language (<c>cosine(Yxh)</c>, <c>v(y[0])</c>), or null when there is none.</param>
/// <param name="candidates">The names in reach, for suggestions.</param>
public sealed class SymbolEvaluator(DiagnosticBag diagnostics, Func<string, double?> names, Func<CallExpression, double?>? calls = null, IEnumerable<string>? candidates = null)
    : ExpressionEvaluator(diagnostics)
{
    /// <inheritdoc/>
    protected override bool TryName(NameExpression name, out double value)
    {
        ArgumentNullException.ThrowIfNull(name);
        double? found = names(name.Name) ?? Functions.Constant(name.Name);
        value = found ?? double.NaN;
        if (found is null)
            Diagnostics.Error(Codes.UnknownName, name.Span, $"'{name.Name}' stands for nothing here", NameSuggestion.Help(name.Name, candidates ?? [], "names in reach"));
        return found is not null;
    }

    /// <inheritdoc/>
    protected override bool? TryForeignCall(CallExpression call, out double value)
    {
        double? found = calls?.Invoke(call);
        value = found ?? double.NaN;
        return found is null ? null : true;
    }
}
