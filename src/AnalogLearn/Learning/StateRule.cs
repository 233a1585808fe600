using System.Numerics;
using System.Numerics.Tensors;

namespace AnalogLearn.Learning;

/// <summary>
/// ΔW_ij ∝ ρ(s_j) Δs_i, the presynaptic factor from the free fixed point (Scellier et al., eqs. 2 and 56). In general ΔW = (∂μ/∂W)ᵀ Δs; in rate form
/// ∂μ_i/∂W_ij = ρ′_i a_j, and the neuron's own slope comes in. Equals minus the gradient as β → 0 where ∂μ/∂s is symmetric, and for any weights
/// when the nudged phase carries the asymmetric term (<see cref="AsymmetricForce{T}"/>).
/// </summary>
public sealed class StateRule : ILocalRule
{
    /// <inheritdoc/>
    public string Name => "state";

    /// <inheritdoc/>
    public int TermCount => 1;

    /// <inheritdoc/>
    public void Presynaptic<T>(int term, in EndTrace<T> end, Span<T> factor)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => end.FreeActivity.CopyTo(factor);

    /// <inheritdoc/>
    public void Postsynaptic<T>(int term, in EndTrace<T> end, Span<T> factor)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        TensorPrimitives.Subtract(end.ToState, end.FromState, factor);
        TensorPrimitives.Multiply(factor, end.Sensitivity, factor);
    }
}
