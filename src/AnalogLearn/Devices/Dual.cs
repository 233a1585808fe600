using System.Runtime.CompilerServices;

namespace AnalogLearn.Devices;

/// <summary>A number with its partial derivatives by a few variables: forward-mode differentiation, exact to rounding (Clifford's dual numbers, one ε for each variable).</summary>
/// <param name="Value">The number.</param>
/// <param name="Derivatives">Its partial derivatives.</param>
/// <typeparam name="R">The numbers: <see cref="Real"/>, <see cref="RealLanes"/>, or duals again for second derivatives.</typeparam>
/// <typeparam name="P">The partial derivatives, as many as there are variables.</typeparam>
public readonly record struct Dual<R, P>(R Value, P Derivatives) : IReal<Dual<R, P>>
    where R : unmanaged, IReal<R>
    where P : unmanaged, IPartials<R, P>
{
    /// <summary>A variable.</summary>
    /// <param name="value">Its value.</param>
    /// <param name="variable">Which of the variables it is.</param>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Dual<R, P> Variable(R value, int variable) => new(value, P.Unit(variable));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static implicit operator Dual<R, P>(double value) => new(value, default);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Dual<R, P> operator +(Dual<R, P> left, Dual<R, P> right) => new(left.Value + right.Value, P.Add(left.Derivatives, right.Derivatives));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Dual<R, P> operator -(Dual<R, P> left, Dual<R, P> right) => new(left.Value - right.Value, P.Subtract(left.Derivatives, right.Derivatives));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Dual<R, P> operator *(Dual<R, P> left, Dual<R, P> right) =>
        new(left.Value * right.Value, P.Combine(right.Value, left.Derivatives, left.Value, right.Derivatives));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Dual<R, P> operator /(Dual<R, P> left, Dual<R, P> right)
    {
        R inverse = (R)1.0 / right.Value;
        R value = left.Value / right.Value;
        return new(value, P.Combine(inverse, left.Derivatives, -(value * inverse), right.Derivatives));
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Dual<R, P> operator +(Dual<R, P> left, double right) => new(left.Value + right, left.Derivatives);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Dual<R, P> operator -(Dual<R, P> left, double right) => new(left.Value - right, left.Derivatives);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Dual<R, P> operator *(Dual<R, P> left, double right) => new(left.Value * right, P.Scale(right, left.Derivatives));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Dual<R, P> operator -(Dual<R, P> value) => new(-value.Value, P.Scale(-1.0, value.Derivatives));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Dual<R, P> Exp(Dual<R, P> x)
    {
        R value = R.Exp(x.Value);
        return Chain(value, value, x);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Dual<R, P> Log(Dual<R, P> x) => Chain(R.Log(x.Value), (R)1.0 / x.Value, x);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Dual<R, P> Sqrt(Dual<R, P> x)
    {
        R value = R.Sqrt(x.Value);
        return Chain(value, (R)0.5 / value, x);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Dual<R, P> Tanh(Dual<R, P> x)
    {
        R value = R.Tanh(x.Value);
        return Chain(value, (R)1.0 - (value * value), x);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Dual<R, P> Logistic(Dual<R, P> x)
    {
        R value = R.Logistic(x.Value);
        return Chain(value, value * ((R)1.0 - value), x);
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Dual<R, P> Softplus(Dual<R, P> x) => Chain(R.Softplus(x.Value), R.Logistic(x.Value), x);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Dual<R, P> Atan(Dual<R, P> x) => Chain(R.Atan(x.Value), (R)1.0 / ((R)1.0 + (x.Value * x.Value)), x);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Dual<R, P> Sin(Dual<R, P> x) => Chain(R.Sin(x.Value), R.Cos(x.Value), x);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Dual<R, P> Cos(Dual<R, P> x) => Chain(R.Cos(x.Value), -R.Sin(x.Value), x);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Dual<R, P> Power(Dual<R, P> x, Dual<R, P> y)
    {
        R value = R.Power(x.Value, y.Value);
        return new(value, P.Combine(y.Value * R.Power(x.Value, y.Value - 1.0), x.Derivatives, value * R.Log(x.Value), y.Derivatives));
    }

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Dual<R, P> Power(Dual<R, P> x, double y) => Chain(R.Power(x.Value, y), (R)y * R.Power(x.Value, y - 1), x);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Dual<R, P> WhereLess(Dual<R, P> a, Dual<R, P> b, Dual<R, P> whenTrue, Dual<R, P> whenFalse) =>
        new(R.WhereLess(a.Value, b.Value, whenTrue.Value, whenFalse.Value), P.WhereLess(a.Value, b.Value, whenTrue.Derivatives, whenFalse.Derivatives));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Dual<R, P> Chain(R value, R slope, Dual<R, P> x) => new(value, P.Scale(slope, x.Derivatives));
}
