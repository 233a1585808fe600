using System.Numerics;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace AnalogLearn.Numerics;

/// <summary>
/// Writes changes into the devices of a fabricated array (<see cref="Circuits.SynapseDevices"/>): what was written, x = (w − o)/f±, moves by rate · change, stays in its range, and becomes w = f± x + o again, f⁺ where x ≥ 0 and f⁻
/// elsewhere. Every synapse is computed by itself, in double precision, so that no bit depends on registers.
/// </summary>
internal static unsafe class DeviceWrite
{
    /// <summary>Moves the weights.</summary>
    /// <typeparam name="T">float or double.</typeparam>
    /// <param name="weights">w; replaced.</param>
    /// <param name="change">What each is asked to change for a rate of one.</param>
    /// <param name="rate">The rate.</param>
    /// <param name="plus">f⁺ of each synapse.</param>
    /// <param name="minus">f⁻ of each synapse.</param>
    /// <param name="offset">o of each synapse, or empty where it is 0.</param>
    /// <param name="low">The least that can be written.</param>
    /// <param name="high">The most.</param>
    /// <param name="mask">Which synapses exist, or empty for all; the others stay as they are.</param>
    public static void Move<T>(
        Span<T> weights, ReadOnlySpan<T> change, double rate, ReadOnlySpan<double> plus, ReadOnlySpan<double> minus, ReadOnlySpan<double> offset, double low, double high, ReadOnlySpan<bool> mask)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int count = weights.Length;
        if (change.Length != count || plus.Length != count || minus.Length != count || (offset.Length != count && !offset.IsEmpty) || (mask.Length != count && !mask.IsEmpty))
            throw new ArgumentException("The numbers do not have the array's shape.", nameof(weights));
        int whole = Avx.IsSupported && mask.IsEmpty ? count / 4 * 4 : 0;
        fixed (T* w = weights, c = change)
        fixed (double* p = plus, m = minus, o = offset)
        {
            if (whole > 0)
                MoveFours(w, c, whole, Vector256.Create(rate), p, m, o, Vector256.Create(low), Vector256.Create(high));
            for (int k = whole; k < count; k++)
            {
                if (!mask.IsEmpty && !mask[k])
                    continue;
                double own = o is null ? 0 : o[k], x = double.CreateTruncating(w[k]) - own;
                x = Math.Clamp((x / (x >= 0 ? p[k] : m[k])) + (rate * double.CreateTruncating(c[k])), low, high);
                w[k] = T.CreateTruncating((x * (x >= 0 ? p[k] : m[k])) + own);
            }
        }
    }

    private static void MoveFours<T>(T* w, T* c, int count, Vector256<double> rate, double* p, double* m, double* o, Vector256<double> low, Vector256<double> high)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (int k = 0; k < count; k += 4)
        {
            Vector256<double> plus = Vector256.Load(p + k), minus = Vector256.Load(m + k), own = o is null ? Vector256<double>.Zero : Vector256.Load(o + k);
            Vector256<double> x = Widen(w + k) - own;
            x = (x / Vector256.ConditionalSelect(Vector256.GreaterThanOrEqual(x, Vector256<double>.Zero), plus, minus)) + (rate * Widen(c + k));
            x = Vector256.ConditionalSelect(Vector256.LessThan(x, low), low, Vector256.ConditionalSelect(Vector256.GreaterThan(x, high), high, x));
            Narrow((x * Vector256.ConditionalSelect(Vector256.GreaterThanOrEqual(x, Vector256<double>.Zero), plus, minus)) + own, w + k);
        }
    }

    private static Vector256<double> Widen<T>(T* source)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
        Format<T>.IsSingle ? Avx.ConvertToVector256Double(Vector128.Load((float*)source)) : Vector256.Load((double*)source);

    private static void Narrow<T>(Vector256<double> value, T* target)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (Format<T>.IsSingle)
            Avx.ConvertToVector128Single(value).Store((float*)target);
        else
            value.Store((double*)target);
    }
}
