using System.Numerics;

namespace AnalogLearn.Devices;

/// <summary>
/// The arithmetic in which a device writes its equation, once. The same text runs on numbers (<see cref="Real"/>), on four instances at a time
/// (<see cref="RealLanes"/>), on numbers with exact partial derivatives (<see cref="Dual{R,P}"/>), and on marks that only track what depends on what
/// (<see cref="Dependency"/>). No one derives a Jacobian by hand.
/// </summary>
/// <remarks>
/// There are no comparisons that yield a truth value, since lanes may differ: branches are chosen by <see cref="WhereLess"/>, and both sides are evaluated. Keep the
/// side not taken free of costs, not of infinities: what is not chosen does not reach value or derivative.
/// </remarks>
/// <typeparam name="T">The implementing type.</typeparam>
public interface IReal<T> :
    IAdditionOperators<T, T, T>, ISubtractionOperators<T, T, T>, IMultiplyOperators<T, T, T>, IDivisionOperators<T, T, T>, IUnaryNegationOperators<T, T>
    where T : unmanaged, IReal<T>
{
    /// <summary>A constant.</summary>
    /// <param name="value">Its value.</param>
    static abstract implicit operator T(double value);

    /// <summary>Adds a constant.</summary>
    /// <param name="left">The number.</param>
    /// <param name="right">The constant.</param>
    static abstract T operator +(T left, double right);

    /// <summary>Subtracts a constant.</summary>
    /// <param name="left">The number.</param>
    /// <param name="right">The constant.</param>
    static abstract T operator -(T left, double right);

    /// <summary>Multiplies by a constant.</summary>
    /// <param name="left">The number.</param>
    /// <param name="right">The constant.</param>
    static abstract T operator *(T left, double right);

    /// <summary>eˣ.</summary>
    /// <param name="x">x.</param>
    static abstract T Exp(T x);

    /// <summary>ln x.</summary>
    /// <param name="x">x, above 0.</param>
    static abstract T Log(T x);

    /// <summary>√x.</summary>
    /// <param name="x">x, not below 0.</param>
    static abstract T Sqrt(T x);

    /// <summary>tanh x.</summary>
    /// <param name="x">x.</param>
    static abstract T Tanh(T x);

    /// <summary>1/(1 + e⁻ˣ).</summary>
    /// <param name="x">x.</param>
    static abstract T Logistic(T x);

    /// <summary>ln(1 + eˣ).</summary>
    /// <param name="x">x.</param>
    static abstract T Softplus(T x);

    /// <summary>arctan x.</summary>
    /// <param name="x">x.</param>
    static abstract T Atan(T x);

    /// <summary>sin x.</summary>
    /// <param name="x">x [rad].</param>
    static abstract T Sin(T x);

    /// <summary>cos x.</summary>
    /// <param name="x">x [rad].</param>
    static abstract T Cos(T x);

    /// <summary>xʸ for x above 0.</summary>
    /// <param name="x">x.</param>
    /// <param name="y">y.</param>
    static abstract T Power(T x, T y);

    /// <summary>xʸ with a fixed exponent, for x above 0.</summary>
    /// <param name="x">x.</param>
    /// <param name="y">y.</param>
    static abstract T Power(T x, double y);

    /// <summary>One of two values, lane by lane: the first where a &lt; b, the second elsewhere.</summary>
    /// <param name="a">Left of the comparison.</param>
    /// <param name="b">Right of the comparison.</param>
    /// <param name="whenTrue">The value where a &lt; b.</param>
    /// <param name="whenFalse">The value elsewhere.</param>
    static abstract T WhereLess(T a, T b, T whenTrue, T whenFalse);
}

/// <summary>Functions that follow from those of <see cref="IReal{T}"/>.</summary>
public static class RealFunctions
{
    /// <summary>The smaller; its derivative is that of the one taken.</summary>
    /// <param name="a">One.</param>
    /// <param name="b">The other.</param>
    /// <typeparam name="T">The arithmetic.</typeparam>
    public static T Min<T>(T a, T b)
        where T : unmanaged, IReal<T> => T.WhereLess(a, b, a, b);

    /// <summary>The larger; its derivative is that of the one taken.</summary>
    /// <param name="a">One.</param>
    /// <param name="b">The other.</param>
    /// <typeparam name="T">The arithmetic.</typeparam>
    public static T Max<T>(T a, T b)
        where T : unmanaged, IReal<T> => T.WhereLess(a, b, b, a);

    /// <summary>|x|.</summary>
    /// <param name="x">x.</param>
    /// <typeparam name="T">The arithmetic.</typeparam>
    public static T Abs<T>(T x)
        where T : unmanaged, IReal<T> => T.WhereLess(x, 0.0, -x, x);

    /// <summary>x².</summary>
    /// <param name="x">x.</param>
    /// <typeparam name="T">The arithmetic.</typeparam>
    public static T Square<T>(T x)
        where T : unmanaged, IReal<T> => x * x;
}
