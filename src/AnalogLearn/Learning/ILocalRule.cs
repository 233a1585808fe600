using System.Numerics;

namespace AnalogLearn.Learning;

/// <summary>
/// What the neurons at one end of a synapse array did in an example: all that a local rule is ever shown. The pre end and the post end are handed over
/// apart, so a rule cannot see another synapse, another layer or the cost.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
/// <param name="freeActivity">Activity at the free fixed point.</param>
/// <param name="fromState">State where the comparison starts: at the free fixed point, or nudged by −β [V].</param>
/// <param name="fromActivity">Activity there.</param>
/// <param name="toState">State where it ends: nudged by +β [V].</param>
/// <param name="toActivity">Activity there.</param>
/// <param name="sensitivity">How much the neuron's own state would follow its summed input at the free fixed point: 1 in voltage form, ρ′ in rate form.</param>
public readonly ref struct EndTrace<T>(
    ReadOnlySpan<T> freeActivity,
    ReadOnlySpan<T> fromState,
    ReadOnlySpan<T> fromActivity,
    ReadOnlySpan<T> toState,
    ReadOnlySpan<T> toActivity,
    ReadOnlySpan<T> sensitivity)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Activity at the free fixed point.</summary>
    public ReadOnlySpan<T> FreeActivity { get; } = freeActivity;

    /// <summary>State where the comparison starts [V].</summary>
    public ReadOnlySpan<T> FromState { get; } = fromState;

    /// <summary>Activity where the comparison starts.</summary>
    public ReadOnlySpan<T> FromActivity { get; } = fromActivity;

    /// <summary>State where the comparison ends [V].</summary>
    public ReadOnlySpan<T> ToState { get; } = toState;

    /// <summary>Activity where the comparison ends.</summary>
    public ReadOnlySpan<T> ToActivity { get; } = toActivity;

    /// <summary>1 in voltage form, ρ′ in rate form.</summary>
    public ReadOnlySpan<T> Sensitivity { get; } = sensitivity;
}

/// <summary>
/// A local rule: the change of a weight is a sum of products, each of something that its presynaptic end did and something that its postsynaptic end
/// did. That is all the hardware of a synapse can form, and all that this signature allows.
/// </summary>
public interface ILocalRule
{
    /// <summary>The name in a deck.</summary>
    string Name { get; }

    /// <summary>Number of products.</summary>
    int TermCount { get; }

    /// <summary>The presynaptic factors of a term.</summary>
    /// <typeparam name="T">float or double.</typeparam>
    /// <param name="term">The product, from 0.</param>
    /// <param name="end">What the presynaptic neurons did.</param>
    /// <param name="factor">Receives one factor a neuron.</param>
    void Presynaptic<T>(int term, in EndTrace<T> end, Span<T> factor)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>;

    /// <summary>The postsynaptic factors of a term; they are also the change of the neurons' biases.</summary>
    /// <typeparam name="T">float or double.</typeparam>
    /// <param name="term">The product, from 0.</param>
    /// <param name="end">What the postsynaptic neurons did.</param>
    /// <param name="factor">Receives one factor a neuron.</param>
    void Postsynaptic<T>(int term, in EndTrace<T> end, Span<T> factor)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>;
}
