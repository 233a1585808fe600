using System.Numerics;
using AnalogLearn.Simulation;

namespace AnalogLearn.Learning;

/// <summary>Writes changes into a field's parameters, where they learn.</summary>
internal static class WeightUpdate
{
    /// <summary>θ ← θ + rate · change of one block, as far as its devices can be written.</summary>
    /// <typeparam name="T">float or double.</typeparam>
    /// <param name="field">The field.</param>
    /// <param name="block">The block's place.</param>
    /// <param name="change">The change for a rate of one.</param>
    /// <param name="rate">The rate.</param>
    public static void Apply<T>(IParametrizedField<T> field, int block, ReadOnlySpan<T> change, double rate)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (field.Parameters.Blocks[block].Learn)
            field.Move(block, change, rate);
    }
}
