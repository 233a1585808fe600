using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace AnalogLearn.Devices.Behavioural;

/// <summary>The functions of two operands. Where a comparison decides, not a number stays not a number.</summary>
internal static class BinaryFunctions
{
    private static Vector256<double> One => Vector256.Create(1.0);

    private static Vector256<double> Zero => Vector256<double>.Zero;

    private static double Signed(double x, double y) => double.IsNaN(x) ? x : Math.Sign(x) * Math.Pow(Math.Abs(x), y);

    /// <summary>∂|x|^y/∂x = y|x|^y/x; at 0 its limit from the right.</summary>
    private static Vector256<double> PowerSlope(Vector256<double> x, Vector256<double> y, Vector256<double> power)
    {
        Vector256<double> atZero = Vector256.ConditionalSelect(
            Vector256.GreaterThan(y, One),
            Zero,
            Vector256.ConditionalSelect(Vector256.Equals(y, One), One, y * Vector256.Create(double.PositiveInfinity)));
        atZero = Vector256.ConditionalSelect(Vector256.Equals(y, Zero), Zero, atZero);
        return Vector256.ConditionalSelect(Vector256.Equals(x, Zero), atZero, y * power / x);
    }

    /// <summary>d · r ln|x|; 0 where r is.</summary>
    private static Vector256<double> PullExponent(Vector256<double> d, Vector256<double> x, Vector256<double> r) =>
        Vector256.AndNot(d * (r * Vector256.Log(Vector256.Abs(x))), Vector256.Equals(r, Zero));

    /// <summary>x + y.</summary>
    internal readonly struct Add : IBinary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<double> At(Vector256<double> x, Vector256<double> y) =>
            x + y;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<double> PullX(Vector256<double> d, Vector256<double> x, Vector256<double> y, Vector256<double> r) => d;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<double> PullY(Vector256<double> d, Vector256<double> x, Vector256<double> y, Vector256<double> r) => d;
    }

    /// <summary>x − y.</summary>
    internal readonly struct Subtract : IBinary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<double> At(Vector256<double> x, Vector256<double> y) =>
            x - y;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<double> PullX(Vector256<double> d, Vector256<double> x, Vector256<double> y, Vector256<double> r) => d;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<double> PullY(Vector256<double> d, Vector256<double> x, Vector256<double> y, Vector256<double> r) => -d;
    }

    /// <summary>x·y.</summary>
    internal readonly struct Multiply : IBinary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<double> At(Vector256<double> x, Vector256<double> y) =>
            x * y;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<double> PullX(Vector256<double> d, Vector256<double> x, Vector256<double> y, Vector256<double> r) => d * y;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<double> PullY(Vector256<double> d, Vector256<double> x, Vector256<double> y, Vector256<double> r) => d * x;
    }

    /// <summary>x/y.</summary>
    internal readonly struct Divide : IBinary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<double> At(Vector256<double> x, Vector256<double> y) =>
            x / y;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<double> PullX(Vector256<double> d, Vector256<double> x, Vector256<double> y, Vector256<double> r) => d / y;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<double> PullY(Vector256<double> d, Vector256<double> x, Vector256<double> y, Vector256<double> r) => -(d / y * r);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<double> GuardY(Vector256<double> y) => Guarded.AwayFromZero(y);
    }

    /// <summary>what is left of x, with its sign, when y is taken off a whole number of times.</summary>
    internal readonly struct Remainder : IBinary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<double> At(Vector256<double> x, Vector256<double> y) =>
            Vector256.Create(x.GetElement(0) % y.GetElement(0), x.GetElement(1) % y.GetElement(1), x.GetElement(2) % y.GetElement(2), x.GetElement(3) % y.GetElement(3));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<double> PullX(Vector256<double> d, Vector256<double> x, Vector256<double> y, Vector256<double> r) => d;

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<double> PullY(Vector256<double> d, Vector256<double> x, Vector256<double> y, Vector256<double> r) => -(d * Vector256.Truncate(x / y));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<double> GuardY(Vector256<double> y) => Guarded.AwayFromZero(y);
    }

    /// <summary>x/y without its fraction.</summary>
    internal readonly struct IntegerDivide : IBinary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<double> At(Vector256<double> x, Vector256<double> y) =>
            Vector256.Truncate(x / y);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<double> GuardY(Vector256<double> y) => Guarded.AwayFromZero(y);
    }

    /// <summary>the smaller; at a tie x counts.</summary>
    internal readonly struct Minimum : IBinary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<double> At(Vector256<double> x, Vector256<double> y) =>
            Vector256.Min(x, y);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<double> PullX(Vector256<double> d, Vector256<double> x, Vector256<double> y, Vector256<double> r) => d & Vector256.LessThanOrEqual(x, y);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<double> PullY(Vector256<double> d, Vector256<double> x, Vector256<double> y, Vector256<double> r) => Vector256.AndNot(d, Vector256.LessThanOrEqual(x, y));
    }

    /// <summary>the larger; at a tie x counts.</summary>
    internal readonly struct Maximum : IBinary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<double> At(Vector256<double> x, Vector256<double> y) =>
            Vector256.Max(x, y);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<double> PullX(Vector256<double> d, Vector256<double> x, Vector256<double> y, Vector256<double> r) => d & Vector256.GreaterThanOrEqual(x, y);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<double> PullY(Vector256<double> d, Vector256<double> x, Vector256<double> y, Vector256<double> r) => Vector256.AndNot(d, Vector256.GreaterThanOrEqual(x, y));
    }

    /// <summary>|x|^y.</summary>
    internal readonly struct Power : IBinary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<double> At(Vector256<double> x, Vector256<double> y) =>
            Vector256.Create(Math.Pow(Math.Abs(x.GetElement(0)), y.GetElement(0)), Math.Pow(Math.Abs(x.GetElement(1)), y.GetElement(1)), Math.Pow(Math.Abs(x.GetElement(2)), y.GetElement(2)), Math.Pow(Math.Abs(x.GetElement(3)), y.GetElement(3)));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<double> PullX(Vector256<double> d, Vector256<double> x, Vector256<double> y, Vector256<double> r) => d * PowerSlope(x, y, r);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<double> PullY(Vector256<double> d, Vector256<double> x, Vector256<double> y, Vector256<double> r) => PullExponent(d, x, r);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<double> GuardX(Vector256<double> x) => Guarded.AwayFromZero(x);
    }

    /// <summary>sgn x · |x|^y.</summary>
    internal readonly struct SignedPower : IBinary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<double> At(Vector256<double> x, Vector256<double> y) =>
            Vector256.Create(Signed(x.GetElement(0), y.GetElement(0)), Signed(x.GetElement(1), y.GetElement(1)), Signed(x.GetElement(2), y.GetElement(2)), Signed(x.GetElement(3), y.GetElement(3)));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<double> PullX(Vector256<double> d, Vector256<double> x, Vector256<double> y, Vector256<double> r) => d * (Vector256.Abs(PowerSlope(x, y, r)) | (y & Vector256.Create(-0.0)));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<double> PullY(Vector256<double> d, Vector256<double> x, Vector256<double> y, Vector256<double> r) => PullExponent(d, x, r);

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<double> GuardX(Vector256<double> x) => Guarded.AwayFromZero(x);
    }

    /// <summary>the angle of the point (y, x).</summary>
    internal readonly struct ArcTangent2 : IBinary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<double> At(Vector256<double> x, Vector256<double> y) =>
            Vector256.Create(Math.Atan2(x.GetElement(0), y.GetElement(0)), Math.Atan2(x.GetElement(1), y.GetElement(1)), Math.Atan2(x.GetElement(2), y.GetElement(2)), Math.Atan2(x.GetElement(3), y.GetElement(3)));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<double> PullX(Vector256<double> d, Vector256<double> x, Vector256<double> y, Vector256<double> r) => d * (y / ((x * x) + (y * y)));

        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<double> PullY(Vector256<double> d, Vector256<double> x, Vector256<double> y, Vector256<double> r) => -(d * (x / ((x * x) + (y * y))));
    }

    /// <summary>1 where x = y.</summary>
    internal readonly struct Equal : IBinary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<double> At(Vector256<double> x, Vector256<double> y) =>
            Truth.Of(Vector256.Equals(x, y), x, y);
    }

    /// <summary>1 where x ≠ y.</summary>
    internal readonly struct NotEqual : IBinary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<double> At(Vector256<double> x, Vector256<double> y) =>
            Truth.Of(~Vector256.Equals(x, y), x, y);
    }

    /// <summary>1 where x &lt; y.</summary>
    internal readonly struct Less : IBinary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<double> At(Vector256<double> x, Vector256<double> y) =>
            Truth.Of(Vector256.LessThan(x, y), x, y);
    }

    /// <summary>1 where x ≤ y.</summary>
    internal readonly struct LessOrEqual : IBinary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<double> At(Vector256<double> x, Vector256<double> y) =>
            Truth.Of(Vector256.LessThanOrEqual(x, y), x, y);
    }

    /// <summary>1 where neither is 0; where x is 0, y does not matter.</summary>
    internal readonly struct And : IBinary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<double> At(Vector256<double> x, Vector256<double> y) =>
            Vector256.AndNot(Truth.Of(~Vector256.Equals(y, Zero), x, y), Vector256.Equals(x, Zero));
    }

    /// <summary>1 where either is not 0; where x is not, y does not matter.</summary>
    internal readonly struct Or : IBinary
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector256<double> At(Vector256<double> x, Vector256<double> y) =>
            Vector256.ConditionalSelect(Vector256.LessThan(x, Zero) | Vector256.GreaterThan(x, Zero), One, Truth.Of(~Vector256.Equals(y, Zero), x, y));
    }
}
