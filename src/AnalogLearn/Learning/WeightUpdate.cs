using System.Numerics;
using System.Numerics.Tensors;
using AnalogLearn.Simulation;

namespace AnalogLearn.Learning;

/// <summary>Writes changes into a field's parameters, inside the conductance range of each array.</summary>
internal static class WeightUpdate
{
    /// <summary>θ ← clamp(θ + rate · change) of one block.</summary>
    /// <typeparam name="T">float or double.</typeparam>
    /// <param name="field">The field.</param>
    /// <param name="block">The block's place.</param>
    /// <param name="change">The change for a rate of one.</param>
    /// <param name="rate">The rate.</param>
    public static void Apply<T>(RateField<T> field, int block, ReadOnlySpan<T> change, double rate)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (!field.Parameters.Blocks[block].Learn)
            return;
        Span<T> theta = field.Theta.Blocks[block];
        TensorPrimitives.MultiplyAdd(change, T.CreateChecked(rate), theta, theta);
        foreach (RateConnection c in field.Network.Connections)
        {
            if (c.Block == block && !c.IsTied && (double.IsFinite(c.Description.WeightLow) || double.IsFinite(c.Description.WeightHigh)))
            {
                T low = T.CreateChecked(c.Description.WeightLow);
                T high = T.CreateChecked(c.Description.WeightHigh);
                for (int k = 0; k < theta.Length; k++)
                    theta[k] = T.Clamp(theta[k], low, high);
            }
        }
    }
}
