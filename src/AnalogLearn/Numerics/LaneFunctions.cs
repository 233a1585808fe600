using System.Numerics;
using System.Runtime.CompilerServices;

namespace AnalogLearn.Numerics;

/// <summary>
/// eˣ, tanh x, 1/(1 + e⁻ˣ) and log(1 + eˣ) on whole registers, to about one unit in the last place. eˣ: x = n ln 2 + r with |r| ≤ ½ ln 2 (Cody and Waite, 1980),
/// a Taylor polynomial of r, then the exponent n. Only fused multiply-adds, divisions and integer shifts: the same bits at every register width.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
/// <typeparam name="TVector">The register.</typeparam>
/// <typeparam name="TLanes">Its arithmetic.</typeparam>
internal static class LaneFunctions<T, TVector, TLanes>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where TVector : unmanaged
    where TLanes : ILanes<T, TVector>
{
    /// <summary>A constant in every lane.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Constant(double value) => Format<T>.IsSingle
        ? TLanes.Broadcast(Unsafe.BitCast<float, T>((float)value))
        : TLanes.Broadcast(Unsafe.BitCast<double, T>(value));

    /// <summary>eˣ for x within the range of normal numbers; beyond it the nearest normal number. NaN stays NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Exponential(TVector x)
    {
        x = Format<T>.IsSingle ? Clamp(x, -87.33, 88.37) : Clamp(x, -708.39, 709.4);
        (TVector power, TVector remainder) = Reduce(x);
        return TLanes.FusedMultiplyAdd(power, ExponentialLessOne(remainder), power);
    }

    /// <summary>tanh x = (e²ˣ − 1)/(e²ˣ + 1).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Tanh(TVector x)
    {
        // Beyond these the result rounds to ±1.
        x = Format<T>.IsSingle ? Clamp(x, -9.5, 9.5) : Clamp(x, -19.5, 19.5);
        (TVector power, TVector remainder) = Reduce(TLanes.Add(x, x));
        TVector less = TLanes.FusedMultiplyAdd(power, ExponentialLessOne(remainder), TLanes.Subtract(power, Constant(1)));
        return TLanes.Divide(less, TLanes.Add(less, Constant(2)));
    }

    /// <summary>1/(1 + e⁻ˣ).</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Logistic(TVector x) =>
        TLanes.Divide(Constant(1), TLanes.Add(Constant(1), Exponential(TLanes.Subtract(Constant(0), x))));

    /// <summary>log(1 + eˣ) = max(x, 0) + log(1 + u), u = e^−|x|; log(1 + u) = 2 artanh(w), w = u/(2 + u) ≤ 1/3.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Softplus(TVector x)
    {
        TVector u = Exponential(TLanes.Or(x, Constant(-0.0)));
        TVector w = TLanes.Divide(u, TLanes.Add(u, Constant(2)));
        TVector w2 = TLanes.Multiply(w, w);
        TVector series;
        if (Format<T>.IsSingle)
        {
            series = Constant(1.0 / 17);
        }
        else
        {
            series = Constant(1.0 / 35);
            series = TLanes.FusedMultiplyAdd(series, w2, Constant(1.0 / 33));
            series = TLanes.FusedMultiplyAdd(series, w2, Constant(1.0 / 31));
            series = TLanes.FusedMultiplyAdd(series, w2, Constant(1.0 / 29));
            series = TLanes.FusedMultiplyAdd(series, w2, Constant(1.0 / 27));
            series = TLanes.FusedMultiplyAdd(series, w2, Constant(1.0 / 25));
            series = TLanes.FusedMultiplyAdd(series, w2, Constant(1.0 / 23));
            series = TLanes.FusedMultiplyAdd(series, w2, Constant(1.0 / 21));
            series = TLanes.FusedMultiplyAdd(series, w2, Constant(1.0 / 19));
            series = TLanes.FusedMultiplyAdd(series, w2, Constant(1.0 / 17));
        }

        series = TLanes.FusedMultiplyAdd(series, w2, Constant(1.0 / 15));
        series = TLanes.FusedMultiplyAdd(series, w2, Constant(1.0 / 13));
        series = TLanes.FusedMultiplyAdd(series, w2, Constant(1.0 / 11));
        series = TLanes.FusedMultiplyAdd(series, w2, Constant(1.0 / 9));
        series = TLanes.FusedMultiplyAdd(series, w2, Constant(1.0 / 7));
        series = TLanes.FusedMultiplyAdd(series, w2, Constant(1.0 / 5));
        series = TLanes.FusedMultiplyAdd(series, w2, Constant(1.0 / 3));
        series = TLanes.FusedMultiplyAdd(series, w2, Constant(1));
        return TLanes.FusedMultiplyAdd(TLanes.Add(w, w), series, TLanes.Maximum(Constant(0), x));
    }

    /// <summary>low ∨ x ∧ high; NaN stays NaN.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static TVector Clamp(TVector x, double low, double high) => TLanes.Minimum(Constant(high), TLanes.Maximum(Constant(low), x));

    /// <summary>2ⁿ and r of x = n ln 2 + r.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static (TVector Power, TVector Remainder) Reduce(TVector x)
    {
        // Adding 1.5·2^(mantissa bits) rounds to an integer and leaves it in the low bits.
        TVector shifter = Format<T>.IsSingle ? Constant(12582912.0) : Constant(6755399441055744.0);
        TVector integer = TLanes.FusedMultiplyAdd(x, Constant(1.4426950408889634), shifter);
        TVector n = TLanes.Subtract(integer, shifter);
        TVector r = TLanes.FusedMultiplyAdd(n, Format<T>.IsSingle ? Constant(-0.693145751953125) : Constant(-0.6931471803691238), x);
        r = TLanes.FusedMultiplyAdd(n, Format<T>.IsSingle ? Constant(-1.428606820309417e-6) : Constant(-1.9082149292705877e-10), r);
        return (TLanes.PowerOfTwo(integer), r);
    }

    /// <summary>eʳ − 1 for |r| ≤ ½ ln 2.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static TVector ExponentialLessOne(TVector r)
    {
        TVector p;
        if (Format<T>.IsSingle)
        {
            p = Constant(1.0 / 5040);
        }
        else
        {
            p = Constant(1.0 / 6227020800);
            p = TLanes.FusedMultiplyAdd(p, r, Constant(1.0 / 479001600));
            p = TLanes.FusedMultiplyAdd(p, r, Constant(1.0 / 39916800));
            p = TLanes.FusedMultiplyAdd(p, r, Constant(1.0 / 3628800));
            p = TLanes.FusedMultiplyAdd(p, r, Constant(1.0 / 362880));
            p = TLanes.FusedMultiplyAdd(p, r, Constant(1.0 / 40320));
            p = TLanes.FusedMultiplyAdd(p, r, Constant(1.0 / 5040));
        }

        p = TLanes.FusedMultiplyAdd(p, r, Constant(1.0 / 720));
        p = TLanes.FusedMultiplyAdd(p, r, Constant(1.0 / 120));
        p = TLanes.FusedMultiplyAdd(p, r, Constant(1.0 / 24));
        p = TLanes.FusedMultiplyAdd(p, r, Constant(1.0 / 6));
        p = TLanes.FusedMultiplyAdd(p, r, Constant(0.5));
        return TLanes.FusedMultiplyAdd(TLanes.Multiply(r, r), p, r);
    }
}
