using System.Numerics;

namespace AnalogLearn.Simulation;

/// <summary>
/// A further term of τ ds/dt on a stretch of the states: a nudge −β ∂C/∂s, a test current. It must depend on nothing but the example and its own
/// stretch of the state.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
public interface IStateForce<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>The first state it acts on.</summary>
    int Offset { get; }

    /// <summary>Number of states it acts on.</summary>
    int Length { get; }

    /// <summary>Adds the term [V].</summary>
    /// <param name="example">The example's row in the batch.</param>
    /// <param name="state">The stretch of its state [V].</param>
    /// <param name="drive">The stretch of τ ds/dt [V] to add to.</param>
    void Add(int example, ReadOnlySpan<T> state, Span<T> drive);

    /// <summary>Adds the derivative of the term along a direction (or of its transpose), for Newton's method.</summary>
    /// <param name="example">The example's row in the batch.</param>
    /// <param name="state">The stretch of its state [V].</param>
    /// <param name="direction">The stretch of the direction.</param>
    /// <param name="result">The stretch to add to.</param>
    /// <param name="transposed">Whether the transposed derivative is wanted.</param>
    void AddJacobian(int example, ReadOnlySpan<T> state, ReadOnlySpan<T> direction, Span<T> result, bool transposed);
}
