using System.Numerics;

namespace AnalogLearn.Simulation;

/// <summary>A field that can write down the Jacobian of one example at once, which is cheaper than its products with all unit vectors.</summary>
/// <typeparam name="T">float or double.</typeparam>
public interface IDenseJacobian<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>∂μ/∂s of one example. May be called for several examples at once.</summary>
    /// <param name="example">The example's row in the batch that the inputs hold.</param>
    /// <param name="state">Its states [V].</param>
    /// <param name="jacobian">Receives the matrix, row-major: entry i·n + j is ∂μ_i/∂s_j.</param>
    void Jacobian(int example, ReadOnlySpan<T> state, Span<T> jacobian);
}
