using System.Numerics;
using System.Runtime.Intrinsics;

namespace AnalogLearn.Numerics;

/// <summary>
/// The binary cross-entropy of logistic outputs o = 1/(1 + e⁻ˢ) and its descent, in one pass: −y log o − (1 − y) log(1 − o) = max(s, 0) − y s + log(1 + e^−|s|), and 1 + e^−|s| = 1/max(o, 1 − o). The logarithms of many
/// outputs are one logarithm of their product, which cannot underflow: every factor is between ½ and 1.
/// </summary>
internal static class BinaryEntropy
{
    /// <summary>Factors of one product: 2⁻⁶⁴ is far from the smallest number of either precision.</summary>
    private const int Stretch = 64;

    /// <summary>Σ max(s, 0) − y s.</summary>
    /// <typeparam name="T">float or double.</typeparam>
    /// <param name="input">s, what the logistic function sees.</param>
    /// <param name="target">y.</param>
    public static double Linear<T>(ReadOnlySpan<T> input, ReadOnlySpan<T> target)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Vector256<T> sums = Vector256<T>.Zero;
        int lanes = Vector256<T>.Count, whole = input.Length / lanes * lanes;
        for (int k = 0; k < whole; k += lanes)
        {
            Vector256<T> s = Vector256.Create(input.Slice(k, lanes)), y = Vector256.Create(target.Slice(k, lanes));
            sums += Vector256.Max(s, Vector256<T>.Zero) - (y * s);
        }

        double total = Total(sums);
        for (int k = whole; k < input.Length; k++)
            total += double.CreateChecked(T.Max(input[k], T.Zero) - (target[k] * input[k]));
        return total;
    }

    /// <summary>Σ log(1 + e^−|s|), and (y − o) · scale.</summary>
    /// <typeparam name="T">float or double.</typeparam>
    /// <param name="output">o.</param>
    /// <param name="target">y.</param>
    /// <param name="scale">The factor of the difference.</param>
    /// <param name="difference">Receives (y − o) · scale.</param>
    public static double Curved<T>(ReadOnlySpan<T> output, ReadOnlySpan<T> target, T scale, Span<T> difference)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        double total = 0;
        int lanes = Vector256<T>.Count, whole = output.Length / lanes * lanes;
        Vector256<T> factor = Vector256.Create(scale), product = Vector256<T>.One;
        for (int k = 0, factors = 0; k < whole; k += lanes)
        {
            Vector256<T> o = Vector256.Create(output.Slice(k, lanes)), y = Vector256.Create(target.Slice(k, lanes));
            product *= Vector256.Max(o, Vector256<T>.One - o);
            ((y - o) * factor).CopyTo(difference.Slice(k, lanes));
            if (++factors == Stretch)
            {
                total -= Logarithms(product);
                (product, factors) = (Vector256<T>.One, 0);
            }
        }

        total -= Logarithms(product);
        for (int k = whole; k < output.Length; k++)
        {
            total -= Math.Log(double.CreateChecked(T.Max(output[k], T.One - output[k])));
            difference[k] = (target[k] - output[k]) * scale;
        }

        return total;
    }

    private static double Logarithms<T>(Vector256<T> products)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        // Down to 2⁻⁶⁴ each; eight of them fit into a double.
        double product = 1;
        for (int k = 0; k < Vector256<T>.Count; k++)
            product *= double.CreateChecked(products[k]);
        return Math.Log(product);
    }

    private static double Total<T>(Vector256<T> sums)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        double total = 0;
        for (int k = 0; k < Vector256<T>.Count; k++)
            total += double.CreateChecked(sums[k]);
        return total;
    }
}
