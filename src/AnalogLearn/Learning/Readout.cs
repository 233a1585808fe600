using System.Numerics;
using AnalogLearn.Simulation;

namespace AnalogLearn.Learning;

/// <summary>What of an output node the cost sees.</summary>
public enum CostOn
{
    /// <summary>The state s itself (a voltage).</summary>
    States,

    /// <summary>The activity ρ(s).</summary>
    Rates,
}

/// <summary>Which nodes are the outputs, and what the cost sees of them.</summary>
/// <param name="Bank">The bank that holds them.</param>
/// <param name="Start">The first one's place in the bank.</param>
/// <param name="Count">How many.</param>
/// <param name="Cost">The cost.</param>
/// <param name="On">States or activities.</param>
public sealed record Readout(RateBank Bank, int Start, int Count, Cost Cost, CostOn On)
{
    /// <summary>The first output's place in the state vector.</summary>
    public int Offset => Bank.Offset + Start;

    /// <summary>Copies what the cost sees of one example.</summary>
    /// <typeparam name="T">float or double.</typeparam>
    /// <param name="field">The field.</param>
    /// <param name="state">The example's whole state [V].</param>
    /// <param name="output">Receives the outputs, <see cref="Count"/> of them.</param>
    public void Read<T>(RateField<T> field, ReadOnlySpan<T> state, Span<T> output)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ReadOnlySpan<T> s = state.Slice(Bank.Offset, Bank.Width);
        if (On == CostOn.States || Bank.ActivityIsState)
        {
            s.Slice(Start, Count).CopyTo(output);
            return;
        }

        Span<T> activity = stackalloc T[Bank.Width];
        field.Curve(Bank, s, activity);
        activity.Slice(Start, Count).CopyTo(output);
    }

    /// <summary>∂C/∂s of one example over the whole state.</summary>
    /// <typeparam name="T">float or double.</typeparam>
    /// <param name="field">The field.</param>
    /// <param name="state">The example's whole state [V].</param>
    /// <param name="target">y.</param>
    /// <param name="gradient">Receives ∂C/∂s, as long as the state.</param>
    public void StateGradient<T>(RateField<T> field, ReadOnlySpan<T> state, ReadOnlySpan<T> target, Span<T> gradient)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        gradient.Clear();
        Span<T> output = stackalloc T[Count];
        Read(field, state, output);
        Cost.AddGradient(output, target, T.One, gradient.Slice(Offset, Count));
        if (On == CostOn.Rates && !Bank.ActivityIsState)
            field.ApplyCurveSlope(Bank, state.Slice(Bank.Offset, Bank.Width), gradient.Slice(Bank.Offset, Bank.Width));
    }
}
