using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;
using AnalogLearn.Numerics;

namespace AnalogLearn.Devices;

/// <summary>Four numbers, one of each of four instances.</summary>
/// <param name="Value">The numbers.</param>
public readonly record struct RealLanes(Vector256<double> Value) : IReal<RealLanes>
{
    /// <summary>How many instances go together.</summary>
    public const int Count = 4;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static implicit operator RealLanes(double value) => new(Vector256.Create(value));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RealLanes operator +(RealLanes left, RealLanes right) => new(left.Value + right.Value);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RealLanes operator -(RealLanes left, RealLanes right) => new(left.Value - right.Value);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RealLanes operator *(RealLanes left, RealLanes right) => new(left.Value * right.Value);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RealLanes operator /(RealLanes left, RealLanes right) => new(left.Value / right.Value);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RealLanes operator +(RealLanes left, double right) => new(left.Value + Vector256.Create(right));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RealLanes operator -(RealLanes left, double right) => new(left.Value - Vector256.Create(right));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RealLanes operator *(RealLanes left, double right) => new(left.Value * Vector256.Create(right));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RealLanes operator -(RealLanes value) => new(-value.Value);

    /// <inheritdoc/>
    public static RealLanes Exp(RealLanes x) => new(LaneFunctions<double, Vector256<double>, Lanes256<double>>.Exponential(x.Value));

    /// <inheritdoc/>
    public static RealLanes Log(RealLanes x) => new(Vector256.Log(x.Value));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RealLanes Sqrt(RealLanes x) => new(Vector256.Sqrt(x.Value));

    /// <inheritdoc/>
    public static RealLanes Tanh(RealLanes x) => new(LaneFunctions<double, Vector256<double>, Lanes256<double>>.Tanh(x.Value));

    /// <inheritdoc/>
    public static RealLanes Logistic(RealLanes x) => new(LaneFunctions<double, Vector256<double>, Lanes256<double>>.Logistic(x.Value));

    /// <inheritdoc/>
    public static RealLanes Softplus(RealLanes x) => new(LaneFunctions<double, Vector256<double>, Lanes256<double>>.Softplus(x.Value));

    /// <inheritdoc/>
    public static RealLanes Atan(RealLanes x) => Each(x, Math.Atan);

    /// <inheritdoc/>
    public static RealLanes Sin(RealLanes x) => new(Vector256.Sin(x.Value));

    /// <inheritdoc/>
    public static RealLanes Cos(RealLanes x) => new(Vector256.Cos(x.Value));

    /// <inheritdoc/>
    public static RealLanes Power(RealLanes x, RealLanes y) => new(Vector256.Create(
        Math.Pow(x.Value[0], y.Value[0]), Math.Pow(x.Value[1], y.Value[1]), Math.Pow(x.Value[2], y.Value[2]), Math.Pow(x.Value[3], y.Value[3])));

    /// <inheritdoc/>
    public static RealLanes Power(RealLanes x, double y) => Power(x, (RealLanes)y);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static RealLanes WhereLess(RealLanes a, RealLanes b, RealLanes whenTrue, RealLanes whenFalse) =>
        new(Vector256.ConditionalSelect(Vector256.LessThan(a.Value, b.Value), whenTrue.Value, whenFalse.Value));

    private static RealLanes Each(RealLanes x, Func<double, double> function) =>
        new(Vector256.Create(function(x.Value[0]), function(x.Value[1]), function(x.Value[2]), function(x.Value[3])));
}
