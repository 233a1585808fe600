using System.Numerics;
using System.Numerics.Tensors;

namespace AnalogLearn.Numerics;

/// <summary>
/// A largest Euclidean norm c of the weights into one neuron (G. E. Hinton et al., arXiv:1207.0580, 2012; of numbers, w ← w c/‖w‖ where ‖w‖ > c). Weights that are devices are not scaled: the change
///     Δw = (c/‖w‖ − 1) w
/// is asked of them, as any other update is, and comes out as they follow.
/// </summary>
internal static class NormLimit
{
    /// <summary>The change that takes rows back to the norm.</summary>
    /// <typeparam name="T">float or double.</typeparam>
    /// <param name="weights">w, a row for each neuron.</param>
    /// <param name="columns">Weights into one neuron.</param>
    /// <param name="largest">c.</param>
    /// <param name="change">Receives Δw, 0 for rows that are not beyond.</param>
    /// <returns>Whether any row is beyond.</returns>
    public static bool Ask<T>(ReadOnlySpan<T> weights, int columns, double largest, Span<T> change)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        bool isAsked = false;
        for (int start = 0; start < weights.Length; start += columns)
        {
            ReadOnlySpan<T> row = weights.Slice(start, columns);
            Span<T> asked = change.Slice(start, columns);
            double norm = Math.Sqrt(double.CreateChecked(TensorPrimitives.SumOfSquares(row)));
            if (norm > largest)
            {
                TensorPrimitives.Multiply(row, T.CreateChecked((largest / norm) - 1), asked);
                isAsked = true;
            }
            else
            {
                asked.Clear();
            }
        }

        return isAsked;
    }
}
