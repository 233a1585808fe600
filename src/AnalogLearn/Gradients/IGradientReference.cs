using System.Collections.Immutable;
using AnalogLearn.Numerics;
using AnalogLearn.Simulation;

namespace AnalogLearn.Gradients;

/// <summary>Why an example has no gradient.</summary>
public enum Unusable
{
    /// <summary>Its state is no fixed point; the number is max |μ| [V].</summary>
    Unsettled,

    /// <summary>Its Jacobian is singular to working precision; the number is the smallest pivot over the largest entry.</summary>
    Singular,

    /// <summary>The solution does not satisfy its equation; the number is the relative residual.</summary>
    Unsolved,
}

/// <summary>An example that was left out of a gradient.</summary>
/// <param name="Example">Its row.</param>
/// <param name="Reason">Why.</param>
/// <param name="Value">The number that shows it.</param>
public sealed record UnusableExample(int Example, Unusable Reason, double Value)
{
    /// <inheritdoc/>
    public override string ToString() => Reason switch
    {
        Unusable.Unsettled => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"example {Example}: not settled, max |μ| = {Value:E2} V"),
        Unusable.Singular => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"example {Example}: singular Jacobian, pivot ratio {Value:E2}"),
        _ => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"example {Example}: linear system not solved, relative residual {Value:E2}"),
    };
}

/// <summary>A gradient and how it was come by.</summary>
/// <param name="Gradient">dJ/dθ, the mean over the examples used; NaN where it was not asked for.</param>
/// <param name="Cost">Mean cost of the examples used, NaN when there are none.</param>
/// <param name="Used">Number of examples used.</param>
/// <param name="LeftOut">The examples left out, in order.</param>
/// <param name="SolveResidual">The largest relative residual of the linear solves, 0 without any.</param>
/// <param name="Iterations">Products or steps spent (the mean over examples of an iterative solve), 0 for a direct one.</param>
/// <param name="Adjoint">λ with dJ/dθ = mean of λᵀ∂μ/∂θ, examples × states, zero for examples left out; null for a reference without one.</param>
public sealed record GradientResult(
    ParameterSet<double> Gradient,
    double Cost,
    int Used,
    ImmutableArray<UnusableExample> LeftOut,
    double SolveResidual,
    double Iterations,
    Batch<double>? Adjoint);

/// <summary>An exact gradient of the cost at the fixed point: what local rules are held against, and what can train in their place.</summary>
public interface IGradientReference
{
    /// <summary>The name in a deck.</summary>
    string Name { get; }

    /// <summary>dJ/dθ, the mean over the problem's examples that can be used.</summary>
    /// <param name="problem">The field, its fixed points and the cost.</param>
    /// <param name="cancellation">Stops early.</param>
    GradientResult Gradient(FixedPointProblem problem, CancellationToken cancellation = default);
}
