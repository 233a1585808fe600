using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using AnalogLearn.Numerics;

namespace AnalogLearn.Devices.Behavioural;

/// <summary>
/// The elementary functions on four lanes of double, each lane alone: its bits never depend on its neighbours. eˣ and tanh are polynomials
/// on the whole register (<see cref="LaneFunctions{T, TVector, TLanes}"/>), the logarithm is the runtime's; the others go lane by lane.
/// Kept out of line, so that the loop over the tape stays small.
/// </summary>
internal static class LaneElementary
{
    /// <summary>A function of one number.</summary>
    internal interface IFunction
    {
        static abstract double At(double x);
    }

    /// <summary>A function of two numbers.</summary>
    internal interface IFunction2
    {
        static abstract double At(double x, double y);
    }

    /// <summary>eˣ, with overflow to infinity and gradual underflow.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static Vector256<double> Exponential(Vector256<double> x)
    {
        Vector256<double> result = LaneFunctions<double, Vector256<double>, Lanes256<double>>.Exponential(x);
        Vector256<double> beyond = Vector256.GreaterThan(Vector256.Abs(x), Vector256.Create(708.0));
        return beyond == Vector256<double>.Zero ? result : Vector256.ConditionalSelect(beyond, Map<Exp>(x), result);
    }

    /// <summary>tanh x.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static Vector256<double> HyperbolicTangent(Vector256<double> x) => LaneFunctions<double, Vector256<double>, Lanes256<double>>.Tanh(x);

    /// <summary>ln x.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static Vector256<double> Logarithm(Vector256<double> x) => Vector256.Log(x);

    /// <summary>A function applied to each lane.</summary>
    /// <typeparam name="TFunction">The function.</typeparam>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static Vector256<double> Map<TFunction>(Vector256<double> x)
        where TFunction : struct, IFunction =>
        Vector256.Create(TFunction.At(x.GetElement(0)), TFunction.At(x.GetElement(1)), TFunction.At(x.GetElement(2)), TFunction.At(x.GetElement(3)));

    /// <summary>A function of two numbers applied to each lane.</summary>
    /// <typeparam name="TFunction">The function.</typeparam>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public static Vector256<double> Map<TFunction>(Vector256<double> x, Vector256<double> y)
        where TFunction : struct, IFunction2 =>
        Vector256.Create(
            TFunction.At(x.GetElement(0), y.GetElement(0)),
            TFunction.At(x.GetElement(1), y.GetElement(1)),
            TFunction.At(x.GetElement(2), y.GetElement(2)),
            TFunction.At(x.GetElement(3), y.GetElement(3)));

    internal readonly struct Exp : IFunction
    {
        public static double At(double x) => Math.Exp(x);
    }

    internal readonly struct Log10 : IFunction
    {
        public static double At(double x) => Math.Log10(x);
    }

    internal readonly struct Sin : IFunction
    {
        public static double At(double x) => Math.Sin(x);
    }

    internal readonly struct Cos : IFunction
    {
        public static double At(double x) => Math.Cos(x);
    }

    internal readonly struct Tan : IFunction
    {
        public static double At(double x) => Math.Tan(x);
    }

    internal readonly struct Asin : IFunction
    {
        public static double At(double x) => Math.Asin(x);
    }

    internal readonly struct Acos : IFunction
    {
        public static double At(double x) => Math.Acos(x);
    }

    internal readonly struct Atan : IFunction
    {
        public static double At(double x) => Math.Atan(x);
    }

    internal readonly struct Sinh : IFunction
    {
        public static double At(double x) => Math.Sinh(x);
    }

    internal readonly struct Cosh : IFunction
    {
        public static double At(double x) => Math.Cosh(x);
    }

    internal readonly struct Asinh : IFunction
    {
        public static double At(double x) => Math.Asinh(x);
    }

    internal readonly struct Acosh : IFunction
    {
        public static double At(double x) => Math.Acosh(x);
    }

    internal readonly struct Atanh : IFunction
    {
        public static double At(double x) => Math.Atanh(x);
    }

    internal readonly struct RoundToEven : IFunction
    {
        public static double At(double x) => Math.Round(x, MidpointRounding.ToEven);
    }

    internal readonly struct RoundAway : IFunction
    {
        public static double At(double x) => Math.Round(x, MidpointRounding.AwayFromZero);
    }

    internal readonly struct Remainder : IFunction2
    {
        public static double At(double x, double y) => x % y;
    }

    internal readonly struct Power : IFunction2
    {
        public static double At(double x, double y) => Math.Pow(Math.Abs(x), y);
    }

    internal readonly struct SignedPower : IFunction2
    {
        public static double At(double x, double y) => double.IsNaN(x) ? x : Math.Sign(x) * Math.Pow(Math.Abs(x), y);
    }

    internal readonly struct Atan2 : IFunction2
    {
        public static double At(double x, double y) => Math.Atan2(x, y);
    }
}
