using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace AnalogLearn.Devices.Behavioural;

/// <summary>The truth of comparisons as numbers: 1 where it holds, 0 elsewhere, not a number where an operand is none.</summary>
internal static class Truth
{
    /// <summary>Of one operand.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> Of(Vector256<double> holds, Vector256<double> x) =>
        Vector256.ConditionalSelect(Vector256.Equals(x, x), holds & Vector256.Create(1.0), x);

    /// <summary>Of two.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> Of(Vector256<double> holds, Vector256<double> x, Vector256<double> y) =>
        Vector256.ConditionalSelect(Vector256.Equals(x, x) & Vector256.Equals(y, y), holds & Vector256.Create(1.0), Vector256.Create(double.NaN));
}
