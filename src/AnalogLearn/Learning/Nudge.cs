using System.Numerics;
using AnalogLearn.Numerics;
using AnalogLearn.Simulation;

namespace AnalogLearn.Learning;

/// <summary>
/// The nudge of equilibrium propagation (Scellier et al., eqs. 12 to 15): τ ds/dt = μ − β ∂C/∂s on the outputs. When the cost sees activities, the
/// nudging current is −β ∂C/∂ρ, which a synapse at the output can inject without knowing the slope of ρ.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
/// <param name="field">The field.</param>
/// <param name="readout">The outputs and the cost.</param>
public sealed class Nudge<T>(RateField<T> field, Readout readout) : IStateForce<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>β, the strength of the nudge; one for all examples unless <see cref="Signs"/> is set.</summary>
    public T Beta { get; set; }

    /// <summary>A factor on β for each example (random signs), or null.</summary>
    public T[]? Signs { get; set; }

    /// <summary>The targets, examples × outputs.</summary>
    public Batch<T>? Targets { get; set; }

    /// <inheritdoc/>
    public int Offset => readout.Bank.Offset;

    /// <inheritdoc/>
    public int Length => readout.Bank.Width;

    private bool OnRates => readout.On == CostOn.Rates && !readout.Bank.ActivityIsState;

    /// <inheritdoc/>
    public void Add(int example, ReadOnlySpan<T> state, Span<T> drive)
    {
        Span<T> activity = stackalloc T[OnRates ? state.Length : 0];
        if (OnRates)
            field.Curve(readout.Bank, state, activity);
        ReadOnlySpan<T> seen = OnRates ? activity : state;
        readout.Cost.AddGradient(seen.Slice(readout.Start, readout.Count), Target(example), -Strength(example), drive.Slice(readout.Start, readout.Count));
    }

    /// <inheritdoc/>
    public void AddJacobian(int example, ReadOnlySpan<T> state, ReadOnlySpan<T> direction, Span<T> result, bool transposed)
    {
        if (!OnRates)
        {
            readout.Cost.AddCurvature(state.Slice(readout.Start, readout.Count), Target(example), direction.Slice(readout.Start, readout.Count), -Strength(example), result.Slice(readout.Start, readout.Count));
            return;
        }

        // −β C″ ρ′ u, or its transpose −β ρ′ᵀ C″ u.
        Span<T> activity = stackalloc T[state.Length];
        Span<T> work = stackalloc T[state.Length];
        field.Curve(readout.Bank, state, activity);
        ReadOnlySpan<T> seen = activity.Slice(readout.Start, readout.Count);
        if (transposed)
        {
            work.Clear();
            readout.Cost.AddCurvature(seen, Target(example), direction.Slice(readout.Start, readout.Count), -Strength(example), work.Slice(readout.Start, readout.Count));
            field.ApplyCurveSlope(readout.Bank, state, work);
            for (int i = 0; i < work.Length; i++)
                result[i] += work[i];
        }
        else
        {
            direction.CopyTo(work);
            field.ApplyCurveSlope(readout.Bank, state, work, transposed: false);
            readout.Cost.AddCurvature(seen, Target(example), (ReadOnlySpan<T>)work.Slice(readout.Start, readout.Count), -Strength(example), result.Slice(readout.Start, readout.Count));
        }
    }

    private T Strength(int example) => Signs is { } signs ? Beta * signs[example] : Beta;

    private ReadOnlySpan<T> Target(int example) => (Targets ?? throw new InvalidOperationException("The nudge has no targets.")).Row(example);
}
