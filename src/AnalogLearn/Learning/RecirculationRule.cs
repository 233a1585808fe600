using System.Numerics;
using System.Numerics.Tensors;

namespace AnalogLearn.Learning;

/// <summary>
/// ΔW_ij ∝ O_j(n) (O_i(n) − O_i(m)): presynaptic activity in one cycle times what the postsynaptic activity lost until a later cycle (Baldi and Sadowski 2018, eqs. 15 and 23; Hinton and McClelland 1988). Nothing else is at hand at a synapse,
/// and no second channel. The cycle n is where the comparison starts, m where it ends.
/// </summary>
public sealed class RecirculationRule : ILocalRule
{
    /// <inheritdoc/>
    public string Name => "recirculation";

    /// <inheritdoc/>
    public int TermCount => 1;

    /// <inheritdoc/>
    public void Presynaptic<T>(int term, in EndTrace<T> end, Span<T> factor)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => end.FromActivity.CopyTo(factor);

    /// <inheritdoc/>
    public void Postsynaptic<T>(int term, in EndTrace<T> end, Span<T> factor)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => TensorPrimitives.Subtract(end.FromActivity, end.ToActivity, factor);
}
