using System.Numerics;
using AnalogLearn.Numerics;
using AnalogLearn.Simulation;

namespace AnalogLearn.Learning;

/// <summary>
/// Back-propagation: δ^h = F′ ⊙ A^{h+1}ᵀ δ^{h+1}, ΔA^h = δ^h O^{h−1}ᵀ (Baldi and Sadowski 2018, eqs. 6 to 8): minus the exact gradient of the mean cost.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
/// <param name="field">The field.</param>
/// <param name="layers">Its layers.</param>
/// <param name="readout">The outputs and their cost.</param>
/// <param name="threads">Threads, 0 for all cores.</param>
public sealed class Backpropagation<T>(RateField<T> field, LayeredNetwork layers, Readout readout, int threads = 1) : LayeredLearner<T>(field, layers, readout, threads)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <inheritdoc/>
    public override string Name => "backprop";

    /// <inheritdoc/>
    protected override void Propagate(Batch<T> state, Batch<T> targets, ParameterSet<T> direction)
    {
        for (int h = Layers.Depth; h >= 1; h--)
        {
            AddLayer(h, state, direction);
            if (h == 1)
                break;
            Maps.Backward(Delta, h - 1);
            Maps.ApplySlope(state, Delta, h - 1);
        }
    }
}
