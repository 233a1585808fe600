using System.Numerics;
using AnalogLearn.Circuits;

namespace AnalogLearn.Numerics;

/// <summary>
/// One layer of a feed-forward map on some rows of a batch: result[b, i] = ρ(gain_i (bias_i + Σ_j left[b, j] weights[i, j] + shift_i)). The sums start from the biases, and the non-linearity follows
/// while a worker's rows are in its cache. The sums are those of <see cref="PackedProduct"/>, bit for bit.
/// </summary>
internal static unsafe class LayerKernel
{
    /// <summary>Computes the layer.</summary>
    /// <typeparam name="T">float or double.</typeparam>
    /// <param name="left">Activities of the layer below, examples × any width; a single row stands for all examples.</param>
    /// <param name="leftStart">Their first column.</param>
    /// <param name="weights">The packed weights.</param>
    /// <param name="bias">One bias a neuron, padded.</param>
    /// <param name="neurons">Gain and shift of each neuron, padded; null where the layer is the plain sum.</param>
    /// <param name="activation">ρ, not softmax.</param>
    /// <param name="result">Receives the activities, examples × any width.</param>
    /// <param name="resultStart">Their first column.</param>
    /// <param name="first">The first row.</param>
    /// <param name="rows">How many rows.</param>
    public static void Apply<T>(
        Batch<T> left,
        int leftStart,
        PackedWeights<T> weights,
        AlignedBuffer<T> bias,
        (AlignedBuffer<T> Gain, AlignedBuffer<T> Shift)? neurons,
        Activation activation,
        Batch<T> result,
        int resultStart,
        int first,
        int rows)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (leftStart + weights.Pre > left.Width || resultStart + weights.Post > result.Width || first + rows > result.Rows || (left.Rows != 1 && first + rows > left.Rows))
            throw new ArgumentException("The shapes of the factors and of the result do not fit.", nameof(result));
        RegisterWidth width = PackedProduct.Resolve(RegisterWidth.Widest);
        int groups = PackedProduct.Groups(rows, PackedProduct.TileRows(width));
        int lanes = PackedWeights<T>.PanelWidth;
        nint leftRow = left.Rows == 1 ? 0 : left.Width;
        T* tile = stackalloc T[12 * lanes];
        fixed (T* factors = left.Values, sums = result.Values)
        {
            for (int panel = 0; panel < weights.PanelCount; panel++)
            {
                int columns = weights.WidthOf(panel), column = panel * lanes, real = Math.Min(columns, weights.Post - column);
                for (int g = 0; g < groups; g++)
                {
                    int r0 = first + (rows * g / groups), count = first + (rows * (g + 1) / groups) - r0;
                    T* from = factors + (r0 * leftRow) + leftStart, to = sums + ((nint)r0 * result.Width) + resultStart + column;
                    if (real < columns && PackedProduct.FitsNarrowRegisters<T>(real))
                    {
                        PackedProduct.AnyColumns(width, count, real, weights.Pre, from, leftRow, 1, weights.Panel(panel), columns, bias.Pointer + column, 0, to, result.Width);
                        continue;
                    }

                    bool ragged = real < columns;
                    PackedProduct.Tile(
                        width, count, columns, weights.Pre, from, leftRow, 1, weights.Panel(panel), columns, bias.Pointer + column, 0, ragged ? tile : to, ragged ? lanes : result.Width);
                    for (int r = 0; r < count && ragged; r++)
                        new ReadOnlySpan<T>(tile + (r * lanes), real).CopyTo(new Span<T>(to + ((nint)r * result.Width), real));
                }
            }
        }

        if (neurons is not { } own)
            return;
        ReadOnlySpan<T> gain = own.Gain.Span[..weights.Post], shift = own.Shift.Span[..weights.Post];
        for (int r = first; r < first + rows; r++)
        {
            Span<T> row = result.Row(r).Slice(resultStart, weights.Post);
            CurveKernel.Apply<T>(activation, row, gain, shift, row);
        }
    }
}
