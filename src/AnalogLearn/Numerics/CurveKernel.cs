using System.Numerics;
using System.Runtime.Intrinsics;
using AnalogLearn.Circuits;

namespace AnalogLearn.Numerics;

/// <summary>The non-linearities of neurons on rows, the same bits whatever the row's length and the machine's registers. Softmax is not among them.</summary>
internal static unsafe class CurveKernel
{
    /// <summary>target ← ρ(gain (source + shift)) on rows of any length.</summary>
    /// <typeparam name="T">float or double.</typeparam>
    /// <param name="activation">ρ.</param>
    /// <param name="source">v [V].</param>
    /// <param name="gain">Gains [1/V].</param>
    /// <param name="shift">vos − center [V].</param>
    /// <param name="target">Receives ρ.</param>
    public static void Apply<T>(Activation activation, ReadOnlySpan<T> source, ReadOnlySpan<T> gain, ReadOnlySpan<T> shift, Span<T> target)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        int whole = Vector256.IsHardwareAccelerated ? source.Length / Vector256<T>.Count * Vector256<T>.Count : 0;
        fixed (T* s = source, g = gain, d = shift, t = target)
        {
            if (whole > 0)
                Apply<T, Vector256<T>, Lanes256<T>>(activation, s, t, whole, new NeuronLanes<T> { Gain = g, Shift = d });
            if (whole < source.Length)
                Apply<T, T, ScalarLane<T>>(activation, s + whole, t + whole, source.Length - whole, new NeuronLanes<T> { Gain = g + whole, Shift = d + whole });
        }
    }

    /// <summary>target ← ρ(gain (source + shift)) on whole registers.</summary>
    public static void Apply<T, TVector, TLanes>(Activation activation, T* source, T* target, int columns, in NeuronLanes<T> lanes)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
        where TVector : unmanaged
        where TLanes : ILanes<T, TVector>
    {
        switch (activation)
        {
            case Activation.Linear:
                NeuronTail<T, TVector, TLanes, LinearCurve>.Curve(source, target, columns, lanes);
                break;
            case Activation.Relu:
                NeuronTail<T, TVector, TLanes, ReluCurve>.Curve(source, target, columns, lanes);
                break;
            case Activation.Logistic:
                NeuronTail<T, TVector, TLanes, LogisticCurve>.Curve(source, target, columns, lanes);
                break;
            case Activation.Tanh:
                NeuronTail<T, TVector, TLanes, TanhCurve>.Curve(source, target, columns, lanes);
                break;
            case Activation.HardSigmoid:
                NeuronTail<T, TVector, TLanes, HardSigmoidCurve>.Curve(source, target, columns, lanes);
                break;
            case Activation.Softplus:
                NeuronTail<T, TVector, TLanes, SoftplusCurve>.Curve(source, target, columns, lanes);
                break;
            default:
                throw new ArgumentOutOfRangeException(nameof(activation), activation, "This non-linearity needs its whole bank.");
        }
    }
}
