using System.Numerics;
using System.Numerics.Tensors;

namespace AnalogLearn.Learning;

/// <summary>
/// ΔW_ij ∝ ρ(s_j) Δρ(s_i), with the cost and its nudge on the activities. For symmetric weights and any smooth ρ this is minus the gradient as β → 0
/// (the leaky network has the energy Σ∫ρ′s − ½ρᵀWρ − bᵀρ in the activities), where <see cref="StateRule"/> is not, because W diag ρ′ is not symmetric.
/// </summary>
public sealed class RateRule : ILocalRule
{
    /// <inheritdoc/>
    public string Name => "rate";

    /// <inheritdoc/>
    public int TermCount => 1;

    /// <inheritdoc/>
    public void Presynaptic<T>(int term, in EndTrace<T> end, Span<T> factor)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => end.FreeActivity.CopyTo(factor);

    /// <inheritdoc/>
    public void Postsynaptic<T>(int term, in EndTrace<T> end, Span<T> factor)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        TensorPrimitives.Subtract(end.ToActivity, end.FromActivity, factor);
        TensorPrimitives.Multiply(factor, end.Sensitivity, factor);
    }
}
