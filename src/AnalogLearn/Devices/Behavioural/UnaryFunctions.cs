using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using AnalogLearn.Numerics;

namespace AnalogLearn.Devices.Behavioural;

/// <summary>
/// The functions of one operand. eˣ and tanh are polynomials on the whole register (<see cref="LaneFunctions{T, TVector, TLanes}"/>), the
/// logarithm is the runtime's; the others go lane by lane. Where a comparison decides, not a number stays not a number.
/// </summary>
internal static class UnaryFunctions
{
    private const double BelowOne = 1 - 1.1102230246251565e-16;
    private const double AboveOne = 1 + 2.220446049250313e-16;

    private static Vector256<double> One => Vector256.Create(1.0);

    private static Vector256<double> Zero => Vector256<double>.Zero;

    /// <summary>−x.</summary>
    internal readonly struct Negate : IUnary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<double> At(Vector256<double> x) =>
            -x;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<double> Slope(Vector256<double> x, Vector256<double> r) =>
            Vector256.Create(-1.0);
    }

    /// <summary>|x|, its slope at 0 that of x ≥ 0.</summary>
    internal readonly struct Absolute : IUnary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<double> At(Vector256<double> x) =>
            Vector256.Abs(x);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<double> Slope(Vector256<double> x, Vector256<double> r) =>
            Vector256.ConditionalSelect(Vector256.LessThan(x, Zero), Vector256.Create(-1.0), One);
    }

    /// <summary>max(0, x).</summary>
    internal readonly struct Ramp : IUnary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<double> At(Vector256<double> x) =>
            Vector256.Max(x, Zero);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<double> Slope(Vector256<double> x, Vector256<double> r) =>
            One & Vector256.GreaterThan(x, Zero);
    }

    /// <summary>1 where x = 0.</summary>
    internal readonly struct Not : IUnary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<double> At(Vector256<double> x) =>
            Truth.Of(Vector256.Equals(x, Zero), x);
    }

    /// <summary>1 where x > 0.</summary>
    internal readonly struct Step : IUnary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<double> At(Vector256<double> x) =>
            Truth.Of(Vector256.GreaterThan(x, Zero), x);
    }

    /// <summary>sgn x.</summary>
    internal readonly struct Sign : IUnary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<double> At(Vector256<double> x) =>
            Vector256.ConditionalSelect(Vector256.LessThan(x, Zero) | Vector256.GreaterThan(x, Zero), Vector256.CopySign(One, x), x * Zero);
    }

    /// <summary>⌊x⌋.</summary>
    internal readonly struct Floor : IUnary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<double> At(Vector256<double> x) =>
            Vector256.Floor(x);
    }

    /// <summary>⌈x⌉.</summary>
    internal readonly struct Ceiling : IUnary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<double> At(Vector256<double> x) =>
            Vector256.Ceiling(x);
    }

    /// <summary>x without its fraction.</summary>
    internal readonly struct Truncate : IUnary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<double> At(Vector256<double> x) =>
            Vector256.Truncate(x);
    }

    /// <summary>the nearest integer, halves to the even one.</summary>
    internal readonly struct RoundToEven : IUnary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<double> At(Vector256<double> x) =>
            Vector256.Create(Math.Round(x.GetElement(0), MidpointRounding.ToEven), Math.Round(x.GetElement(1), MidpointRounding.ToEven), Math.Round(x.GetElement(2), MidpointRounding.ToEven), Math.Round(x.GetElement(3), MidpointRounding.ToEven));
    }

    /// <summary>the nearest integer, halves away from 0.</summary>
    internal readonly struct RoundAway : IUnary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<double> At(Vector256<double> x) =>
            Vector256.Create(Math.Round(x.GetElement(0), MidpointRounding.AwayFromZero), Math.Round(x.GetElement(1), MidpointRounding.AwayFromZero), Math.Round(x.GetElement(2), MidpointRounding.AwayFromZero), Math.Round(x.GetElement(3), MidpointRounding.AwayFromZero));
    }

    /// <summary>√x.</summary>
    internal readonly struct SquareRoot : IUnary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<double> At(Vector256<double> x) =>
            Vector256.Sqrt(x);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<double> Slope(Vector256<double> x, Vector256<double> r) =>
            Vector256.Create(0.5) / r;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<double> Guard(Vector256<double> x) => Guarded.Positive(x);
    }

    /// <summary>eˣ, with overflow to infinity and gradual underflow.</summary>
    internal readonly struct Exponential : IUnary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<double> At(Vector256<double> x)
        {
            Vector256<double> result = LaneFunctions<double, Vector256<double>, Lanes256<double>>.Exponential(x);
            Vector256<double> beyond = Vector256.GreaterThan(Vector256.Abs(x), Vector256.Create(708.0));
            return Vector256.EqualsAll(beyond, Zero) ? result : Vector256.ConditionalSelect(beyond, EachLane(x), result);
        }

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<double> Slope(Vector256<double> x, Vector256<double> r) =>
            r;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<double> Guard(Vector256<double> x) => Vector256.Min(x, Vector256.Create(Guarded.LargestExponent));

        [MethodImpl(MethodImplOptions.NoInlining)]
        private static Vector256<double> EachLane(Vector256<double> x) =>
            Vector256.Create(Math.Exp(x.GetElement(0)), Math.Exp(x.GetElement(1)), Math.Exp(x.GetElement(2)), Math.Exp(x.GetElement(3)));
    }

    /// <summary>ln x.</summary>
    internal readonly struct Logarithm : IUnary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<double> At(Vector256<double> x) =>
            Vector256.Log(x);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<double> Slope(Vector256<double> x, Vector256<double> r) =>
            One / x;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<double> Guard(Vector256<double> x) => Guarded.Positive(x);
    }

    /// <summary>log₁₀ x.</summary>
    internal readonly struct Logarithm10 : IUnary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<double> At(Vector256<double> x) =>
            Vector256.Create(Math.Log10(x.GetElement(0)), Math.Log10(x.GetElement(1)), Math.Log10(x.GetElement(2)), Math.Log10(x.GetElement(3)));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<double> Slope(Vector256<double> x, Vector256<double> r) =>
            Vector256.Create(0.4342944819032518) / x;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<double> Guard(Vector256<double> x) => Guarded.Positive(x);
    }

    /// <summary>sin x.</summary>
    internal readonly struct Sine : IUnary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<double> At(Vector256<double> x) =>
            Vector256.Create(Math.Sin(x.GetElement(0)), Math.Sin(x.GetElement(1)), Math.Sin(x.GetElement(2)), Math.Sin(x.GetElement(3)));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<double> Slope(Vector256<double> x, Vector256<double> r) =>
            Vector256.Create(Math.Cos(x.GetElement(0)), Math.Cos(x.GetElement(1)), Math.Cos(x.GetElement(2)), Math.Cos(x.GetElement(3)));
    }

    /// <summary>cos x.</summary>
    internal readonly struct Cosine : IUnary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<double> At(Vector256<double> x) =>
            Vector256.Create(Math.Cos(x.GetElement(0)), Math.Cos(x.GetElement(1)), Math.Cos(x.GetElement(2)), Math.Cos(x.GetElement(3)));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<double> Slope(Vector256<double> x, Vector256<double> r) =>
            -Vector256.Create(Math.Sin(x.GetElement(0)), Math.Sin(x.GetElement(1)), Math.Sin(x.GetElement(2)), Math.Sin(x.GetElement(3)));
    }

    /// <summary>tan x.</summary>
    internal readonly struct Tangent : IUnary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<double> At(Vector256<double> x) =>
            Vector256.Create(Math.Tan(x.GetElement(0)), Math.Tan(x.GetElement(1)), Math.Tan(x.GetElement(2)), Math.Tan(x.GetElement(3)));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<double> Slope(Vector256<double> x, Vector256<double> r) =>
            One + (r * r);
    }

    /// <summary>arcsin x.</summary>
    internal readonly struct ArcSine : IUnary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<double> At(Vector256<double> x) =>
            Vector256.Create(Math.Asin(x.GetElement(0)), Math.Asin(x.GetElement(1)), Math.Asin(x.GetElement(2)), Math.Asin(x.GetElement(3)));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<double> Slope(Vector256<double> x, Vector256<double> r) =>
            One / Vector256.Sqrt((One - x) * (One + x));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<double> Guard(Vector256<double> x) => Guarded.Within(x, BelowOne);
    }

    /// <summary>arccos x.</summary>
    internal readonly struct ArcCosine : IUnary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<double> At(Vector256<double> x) =>
            Vector256.Create(Math.Acos(x.GetElement(0)), Math.Acos(x.GetElement(1)), Math.Acos(x.GetElement(2)), Math.Acos(x.GetElement(3)));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<double> Slope(Vector256<double> x, Vector256<double> r) =>
            -(One / Vector256.Sqrt((One - x) * (One + x)));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<double> Guard(Vector256<double> x) => Guarded.Within(x, BelowOne);
    }

    /// <summary>arctan x.</summary>
    internal readonly struct ArcTangent : IUnary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<double> At(Vector256<double> x) =>
            Vector256.Create(Math.Atan(x.GetElement(0)), Math.Atan(x.GetElement(1)), Math.Atan(x.GetElement(2)), Math.Atan(x.GetElement(3)));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<double> Slope(Vector256<double> x, Vector256<double> r) =>
            One / (One + (x * x));
    }

    /// <summary>sinh x.</summary>
    internal readonly struct HyperbolicSine : IUnary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<double> At(Vector256<double> x) =>
            Vector256.Create(Math.Sinh(x.GetElement(0)), Math.Sinh(x.GetElement(1)), Math.Sinh(x.GetElement(2)), Math.Sinh(x.GetElement(3)));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<double> Slope(Vector256<double> x, Vector256<double> r) =>
            Vector256.Sqrt(One + (r * r));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<double> Guard(Vector256<double> x) => Guarded.Within(x, Guarded.LargestExponent);
    }

    /// <summary>cosh x.</summary>
    internal readonly struct HyperbolicCosine : IUnary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<double> At(Vector256<double> x) =>
            Vector256.Create(Math.Cosh(x.GetElement(0)), Math.Cosh(x.GetElement(1)), Math.Cosh(x.GetElement(2)), Math.Cosh(x.GetElement(3)));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<double> Slope(Vector256<double> x, Vector256<double> r) =>
            Vector256.Create(Math.Sinh(x.GetElement(0)), Math.Sinh(x.GetElement(1)), Math.Sinh(x.GetElement(2)), Math.Sinh(x.GetElement(3)));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<double> Guard(Vector256<double> x) => Guarded.Within(x, Guarded.LargestExponent);
    }

    /// <summary>tanh x.</summary>
    internal readonly struct HyperbolicTangent : IUnary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<double> At(Vector256<double> x) =>
            LaneFunctions<double, Vector256<double>, Lanes256<double>>.Tanh(x);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<double> Slope(Vector256<double> x, Vector256<double> r) =>
            (One - r) * (One + r);
    }

    /// <summary>arsinh x.</summary>
    internal readonly struct AreaSine : IUnary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<double> At(Vector256<double> x) =>
            Vector256.Create(Math.Asinh(x.GetElement(0)), Math.Asinh(x.GetElement(1)), Math.Asinh(x.GetElement(2)), Math.Asinh(x.GetElement(3)));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<double> Slope(Vector256<double> x, Vector256<double> r) =>
            One / Vector256.Sqrt(One + (x * x));
    }

    /// <summary>arcosh x.</summary>
    internal readonly struct AreaCosine : IUnary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<double> At(Vector256<double> x) =>
            Vector256.Create(Math.Acosh(x.GetElement(0)), Math.Acosh(x.GetElement(1)), Math.Acosh(x.GetElement(2)), Math.Acosh(x.GetElement(3)));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<double> Slope(Vector256<double> x, Vector256<double> r) =>
            One / Vector256.Sqrt((x - One) * (x + One));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<double> Guard(Vector256<double> x) => Vector256.Max(x, Vector256.Create(AboveOne));
    }

    /// <summary>artanh x.</summary>
    internal readonly struct AreaTangent : IUnary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<double> At(Vector256<double> x) =>
            Vector256.Create(Math.Atanh(x.GetElement(0)), Math.Atanh(x.GetElement(1)), Math.Atanh(x.GetElement(2)), Math.Atanh(x.GetElement(3)));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<double> Slope(Vector256<double> x, Vector256<double> r) =>
            One / ((One - x) * (One + x));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<double> Guard(Vector256<double> x) => Guarded.Within(x, BelowOne);
    }
}
