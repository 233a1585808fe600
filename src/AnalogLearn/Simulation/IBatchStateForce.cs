using System.Numerics;
using AnalogLearn.Numerics;

namespace AnalogLearn.Simulation;

/// <summary>A force that is cheaper for many examples at once. Its bits must not depend on which examples come together.</summary>
/// <typeparam name="T">float or double.</typeparam>
public interface IBatchStateForce<T> : IStateForce<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Adds the term for several examples. May be called by several threads at once.</summary>
    /// <param name="examples">The examples' rows in the batch.</param>
    /// <param name="states">The stretches of their states [V]; as many rows as examples count, in their order.</param>
    /// <param name="drive">The stretches of τ ds/dt [V] to add to, in the same order.</param>
    void Add(ReadOnlySpan<int> examples, Batch<T> states, Batch<T> drive);
}
