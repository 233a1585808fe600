using System.Runtime.CompilerServices;

namespace AnalogLearn.Devices;

/// <summary>A number.</summary>
/// <param name="Value">Its value.</param>
public readonly record struct Real(double Value) : IReal<Real>
{
    /// <inheritdoc/>
    public static implicit operator Real(double value) => new(value);

    /// <inheritdoc/>
    public static Real operator +(Real left, Real right) => new(left.Value + right.Value);

    /// <inheritdoc/>
    public static Real operator -(Real left, Real right) => new(left.Value - right.Value);

    /// <inheritdoc/>
    public static Real operator *(Real left, Real right) => new(left.Value * right.Value);

    /// <inheritdoc/>
    public static Real operator /(Real left, Real right) => new(left.Value / right.Value);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Real operator +(Real left, double right) => new(left.Value + right);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Real operator -(Real left, double right) => new(left.Value - right);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Real operator *(Real left, double right) => new(left.Value * right);

    /// <inheritdoc/>
    public static Real operator -(Real value) => new(-value.Value);

    /// <inheritdoc/>
    public static Real Exp(Real x) => new(Math.Exp(x.Value));

    /// <inheritdoc/>
    public static Real Log(Real x) => new(Math.Log(x.Value));

    /// <inheritdoc/>
    public static Real Sqrt(Real x) => new(Math.Sqrt(x.Value));

    /// <inheritdoc/>
    public static Real Tanh(Real x) => new(Math.Tanh(x.Value));

    /// <inheritdoc/>
    public static Real Logistic(Real x) => new(1 / (1 + Math.Exp(-x.Value)));

    /// <inheritdoc/>
    public static Real Softplus(Real x)
    {
        // log(1 + u) without the digits that 1 + u loses (Kahan): the platform's LogP1 is log(1 + u) as it stands.
        double u = Math.Exp(-Math.Abs(x.Value));
        double sum = 1 + u;
        return new(Math.Max(x.Value, 0) + (sum == 1 ? u : Math.Log(sum) * u / (sum - 1)));
    }

    /// <inheritdoc/>
    public static Real Atan(Real x) => new(Math.Atan(x.Value));

    /// <inheritdoc/>
    public static Real Sin(Real x) => new(Math.Sin(x.Value));

    /// <inheritdoc/>
    public static Real Cos(Real x) => new(Math.Cos(x.Value));

    /// <inheritdoc/>
    public static Real Power(Real x, Real y) => new(Math.Pow(x.Value, y.Value));

    /// <inheritdoc/>
    public static Real Power(Real x, double y) => new(Math.Pow(x.Value, y));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Real WhereLess(Real a, Real b, Real whenTrue, Real whenFalse) => a.Value < b.Value ? whenTrue : whenFalse;
}
