using System.Numerics;
using System.Runtime.Intrinsics;

namespace AnalogLearn.Numerics;

/// <summary>
/// a ← a (1 + q2 a + q3 a² + …) on activities: the current of devices that are no straight line (<c>iv</c>), with q_k = k_k vread^(k−1), by Horner's scheme with fused steps, so that every register width has the same bits.
/// </summary>
internal static unsafe class ConductionKernel
{
    /// <summary>Applies a curve in place.</summary>
    /// <typeparam name="T">float or double.</typeparam>
    /// <param name="activity">The activities.</param>
    /// <param name="curve">1, q2, q3 …; an empty one changes nothing.</param>
    public static void Apply<T>(Span<T> activity, ReadOnlySpan<T> curve)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (curve.IsEmpty)
            return;
        int whole = Vector256.IsHardwareAccelerated ? activity.Length / Vector256<T>.Count * Vector256<T>.Count : 0;
        fixed (T* a = activity)
        {
            if (whole > 0)
                Apply<T, Vector256<T>, Lanes256<T>>(a, whole, curve);
        }

        for (int i = whole; i < activity.Length; i++)
        {
            T sum = curve[^1];
            for (int k = curve.Length - 2; k >= 0; k--)
                sum = T.FusedMultiplyAdd(sum, activity[i], curve[k]);
            activity[i] *= sum;
        }
    }

    /// <summary>Applies a curve in place, on whole registers.</summary>
    public static void Apply<T, TVector, TLanes>(T* activity, int count, ReadOnlySpan<T> curve)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged
        where TLanes : ILanes<T, TVector>
    {
        for (int i = 0; i < count; i += TLanes.Count)
        {
            TVector a = TLanes.Load(activity + i), sum = TLanes.Broadcast(curve[^1]);
            for (int k = curve.Length - 2; k >= 0; k--)
                sum = TLanes.FusedMultiplyAdd(sum, a, TLanes.Broadcast(curve[k]));
            TLanes.Store(activity + i, TLanes.Multiply(a, sum));
        }
    }

    /// <summary>Replaces activities by the slopes 1 + 2 q2 a + 3 q3 a² + ….</summary>
    /// <typeparam name="T">float or double.</typeparam>
    /// <param name="activity">The activities; replaced.</param>
    /// <param name="curve">1, q2, q3 …; not empty.</param>
    public static void Slopes<T>(Span<T> activity, ReadOnlySpan<T> curve)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        foreach (ref T a in activity)
        {
            T sum = T.CreateChecked(curve.Length) * curve[^1];
            for (int k = curve.Length - 2; k >= 0; k--)
                sum = (sum * a) + (T.CreateChecked(k + 1) * curve[k]);
            a = sum;
        }
    }

    /// <summary>Replaces activities by the second derivatives 2 q2 + 6 q3 a + ….</summary>
    /// <typeparam name="T">float or double.</typeparam>
    /// <param name="activity">The activities; replaced.</param>
    /// <param name="curve">1, q2, q3 …; not empty.</param>
    public static void Curvatures<T>(Span<T> activity, ReadOnlySpan<T> curve)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        foreach (ref T a in activity)
        {
            T sum = T.Zero;
            for (int k = curve.Length - 1; k >= 1; k--)
                sum = (sum * a) + (T.CreateChecked(k * (k + 1)) * curve[k]);
            a = sum;
        }
    }
}
