using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace AnalogLearn.Devices;

/// <summary>
/// Four numbers with their partial derivatives by a few variables: what <see cref="Dual{R,P}"/> of <see cref="RealLanes"/> is, in one flat structure. The compiler keeps its registers
/// apart and inlines each operation whole, which it does not do for structures of structures of structures; Newton iterations spend most of their time here.
/// </summary>
/// <typeparam name="T">The implementing type.</typeparam>
internal interface ILaneDual<T> : IReal<T>
    where T : unmanaged, ILaneDual<T>
{
    /// <summary>How many variables.</summary>
    static abstract int Count { get; }

    /// <summary>The numbers.</summary>
    Vector256<double> Value { get; set; }

    /// <summary>A variable.</summary>
    /// <param name="value">Its values.</param>
    /// <param name="variable">Which it is.</param>
    static abstract T Variable(Vector256<double> value, int variable);

    /// <summary>The derivatives by a variable.</summary>
    /// <param name="variable">Which.</param>
    Vector256<double> Partial(int variable);
}

/// <summary>Four numbers and their derivatives by one variable.</summary>
internal record struct LaneDual1(Vector256<double> Value, Vector256<double> A) : ILaneDual<LaneDual1>
{
    public static int Count => 1;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static implicit operator LaneDual1(double value) => new(Vector256.Create(value), default);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LaneDual1 operator +(LaneDual1 left, LaneDual1 right) => new(left.Value + right.Value, left.A + right.A);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LaneDual1 operator -(LaneDual1 left, LaneDual1 right) => new(left.Value - right.Value, left.A - right.A);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LaneDual1 operator *(LaneDual1 left, LaneDual1 right) => new(
        left.Value * right.Value,
        Vector256.FusedMultiplyAdd(left.A, right.Value, left.Value * right.A));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LaneDual1 operator /(LaneDual1 left, LaneDual1 right)
    {
        Vector256<double> inverse = Vector256<double>.One / right.Value;
        Vector256<double> value = left.Value / right.Value;
        Vector256<double> slope = -(value * inverse);
        return new(value, Vector256.FusedMultiplyAdd(left.A, inverse, slope * right.A));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LaneDual1 operator +(LaneDual1 left, double right) => left with { Value = left.Value + Vector256.Create(right) };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LaneDual1 operator -(LaneDual1 left, double right) => left with { Value = left.Value - Vector256.Create(right) };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LaneDual1 operator *(LaneDual1 left, double right) => Scale(left.Value * Vector256.Create(right), Vector256.Create(right), left);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LaneDual1 operator -(LaneDual1 value) => new(-value.Value, -value.A);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LaneDual1 Exp(LaneDual1 x)
    {
        Vector256<double> value = RealLanes.Exp(new RealLanes(x.Value)).Value;
        return Scale(value, value, x);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LaneDual1 Log(LaneDual1 x) => Scale(RealLanes.Log(new RealLanes(x.Value)).Value, Vector256<double>.One / x.Value, x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LaneDual1 Sqrt(LaneDual1 x)
    {
        Vector256<double> value = Vector256.Sqrt(x.Value);
        return Scale(value, Vector256.Create(0.5) / value, x);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LaneDual1 Tanh(LaneDual1 x)
    {
        Vector256<double> value = RealLanes.Tanh(new RealLanes(x.Value)).Value;
        return Scale(value, Vector256<double>.One - (value * value), x);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LaneDual1 Logistic(LaneDual1 x)
    {
        Vector256<double> value = RealLanes.Logistic(new RealLanes(x.Value)).Value;
        return Scale(value, value * (Vector256<double>.One - value), x);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LaneDual1 Softplus(LaneDual1 x) => Scale(RealLanes.Softplus(new RealLanes(x.Value)).Value, RealLanes.Logistic(new RealLanes(x.Value)).Value, x);

    public static LaneDual1 Atan(LaneDual1 x) => Scale(RealLanes.Atan(new RealLanes(x.Value)).Value, Vector256<double>.One / (Vector256<double>.One + (x.Value * x.Value)), x);

    public static LaneDual1 Sin(LaneDual1 x) => Scale(Vector256.Sin(x.Value), Vector256.Cos(x.Value), x);

    public static LaneDual1 Cos(LaneDual1 x) => Scale(Vector256.Cos(x.Value), -Vector256.Sin(x.Value), x);

    public static LaneDual1 Power(LaneDual1 x, LaneDual1 y)
    {
        var number = new RealLanes(x.Value);
        var exponent = new RealLanes(y.Value);
        RealLanes value = RealLanes.Power(number, exponent);
        Vector256<double> ofBase = (exponent * RealLanes.Power(number, exponent - 1.0)).Value;
        Vector256<double> ofExponent = (value * RealLanes.Log(number)).Value;
        return new(value.Value, (ofBase * x.A) + (ofExponent * y.A));
    }

    public static LaneDual1 Power(LaneDual1 x, double y)
    {
        var number = new RealLanes(x.Value);
        return Scale(RealLanes.Power(number, y).Value, ((RealLanes)y * RealLanes.Power(number, y - 1)).Value, x);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LaneDual1 WhereLess(LaneDual1 a, LaneDual1 b, LaneDual1 whenTrue, LaneDual1 whenFalse)
    {
        Vector256<double> less = Vector256.LessThan(a.Value, b.Value);
        return new(
            Vector256.ConditionalSelect(less, whenTrue.Value, whenFalse.Value),
            Vector256.ConditionalSelect(less, whenTrue.A, whenFalse.A));
    }

    public static LaneDual1 Variable(Vector256<double> value, int variable) => new(value, Vector256.Create(variable == 0 ? 1.0 : 0.0));

    public readonly Vector256<double> Partial(int variable) => A;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static LaneDual1 Scale(Vector256<double> value, Vector256<double> slope, LaneDual1 x) => new(value, slope * x.A);
}

/// <summary>Four numbers and their derivatives by two variables.</summary>
internal record struct LaneDual2(Vector256<double> Value, Vector256<double> A, Vector256<double> B) : ILaneDual<LaneDual2>
{
    public static int Count => 2;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static implicit operator LaneDual2(double value) => new(Vector256.Create(value), default, default);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LaneDual2 operator +(LaneDual2 left, LaneDual2 right) => new(left.Value + right.Value, left.A + right.A, left.B + right.B);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LaneDual2 operator -(LaneDual2 left, LaneDual2 right) => new(left.Value - right.Value, left.A - right.A, left.B - right.B);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LaneDual2 operator *(LaneDual2 left, LaneDual2 right) => new(
        left.Value * right.Value,
        Vector256.FusedMultiplyAdd(left.A, right.Value, left.Value * right.A),
        Vector256.FusedMultiplyAdd(left.B, right.Value, left.Value * right.B));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LaneDual2 operator /(LaneDual2 left, LaneDual2 right)
    {
        Vector256<double> inverse = Vector256<double>.One / right.Value;
        Vector256<double> value = left.Value / right.Value;
        Vector256<double> slope = -(value * inverse);
        return new(value, Vector256.FusedMultiplyAdd(left.A, inverse, slope * right.A), Vector256.FusedMultiplyAdd(left.B, inverse, slope * right.B));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LaneDual2 operator +(LaneDual2 left, double right) => left with { Value = left.Value + Vector256.Create(right) };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LaneDual2 operator -(LaneDual2 left, double right) => left with { Value = left.Value - Vector256.Create(right) };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LaneDual2 operator *(LaneDual2 left, double right) => Scale(left.Value * Vector256.Create(right), Vector256.Create(right), left);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LaneDual2 operator -(LaneDual2 value) => new(-value.Value, -value.A, -value.B);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LaneDual2 Exp(LaneDual2 x)
    {
        Vector256<double> value = RealLanes.Exp(new RealLanes(x.Value)).Value;
        return Scale(value, value, x);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LaneDual2 Log(LaneDual2 x) => Scale(RealLanes.Log(new RealLanes(x.Value)).Value, Vector256<double>.One / x.Value, x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LaneDual2 Sqrt(LaneDual2 x)
    {
        Vector256<double> value = Vector256.Sqrt(x.Value);
        return Scale(value, Vector256.Create(0.5) / value, x);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LaneDual2 Tanh(LaneDual2 x)
    {
        Vector256<double> value = RealLanes.Tanh(new RealLanes(x.Value)).Value;
        return Scale(value, Vector256<double>.One - (value * value), x);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LaneDual2 Logistic(LaneDual2 x)
    {
        Vector256<double> value = RealLanes.Logistic(new RealLanes(x.Value)).Value;
        return Scale(value, value * (Vector256<double>.One - value), x);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LaneDual2 Softplus(LaneDual2 x) => Scale(RealLanes.Softplus(new RealLanes(x.Value)).Value, RealLanes.Logistic(new RealLanes(x.Value)).Value, x);

    public static LaneDual2 Atan(LaneDual2 x) => Scale(RealLanes.Atan(new RealLanes(x.Value)).Value, Vector256<double>.One / (Vector256<double>.One + (x.Value * x.Value)), x);

    public static LaneDual2 Sin(LaneDual2 x) => Scale(Vector256.Sin(x.Value), Vector256.Cos(x.Value), x);

    public static LaneDual2 Cos(LaneDual2 x) => Scale(Vector256.Cos(x.Value), -Vector256.Sin(x.Value), x);

    public static LaneDual2 Power(LaneDual2 x, LaneDual2 y)
    {
        var number = new RealLanes(x.Value);
        var exponent = new RealLanes(y.Value);
        RealLanes value = RealLanes.Power(number, exponent);
        Vector256<double> ofBase = (exponent * RealLanes.Power(number, exponent - 1.0)).Value;
        Vector256<double> ofExponent = (value * RealLanes.Log(number)).Value;
        return new(value.Value, (ofBase * x.A) + (ofExponent * y.A), (ofBase * x.B) + (ofExponent * y.B));
    }

    public static LaneDual2 Power(LaneDual2 x, double y)
    {
        var number = new RealLanes(x.Value);
        return Scale(RealLanes.Power(number, y).Value, ((RealLanes)y * RealLanes.Power(number, y - 1)).Value, x);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LaneDual2 WhereLess(LaneDual2 a, LaneDual2 b, LaneDual2 whenTrue, LaneDual2 whenFalse)
    {
        Vector256<double> less = Vector256.LessThan(a.Value, b.Value);
        return new(
            Vector256.ConditionalSelect(less, whenTrue.Value, whenFalse.Value),
            Vector256.ConditionalSelect(less, whenTrue.A, whenFalse.A),
            Vector256.ConditionalSelect(less, whenTrue.B, whenFalse.B));
    }

    public static LaneDual2 Variable(Vector256<double> value, int variable) => new(value, Vector256.Create(variable == 0 ? 1.0 : 0.0), Vector256.Create(variable == 1 ? 1.0 : 0.0));

    public readonly Vector256<double> Partial(int variable) => variable switch
    {
        0 => A,
        _ => B,
    };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static LaneDual2 Scale(Vector256<double> value, Vector256<double> slope, LaneDual2 x) => new(value, slope * x.A, slope * x.B);
}

/// <summary>Four numbers and their derivatives by three variables.</summary>
internal record struct LaneDual3(Vector256<double> Value, Vector256<double> A, Vector256<double> B, Vector256<double> C) : ILaneDual<LaneDual3>
{
    public static int Count => 3;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static implicit operator LaneDual3(double value) => new(Vector256.Create(value), default, default, default);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LaneDual3 operator +(LaneDual3 left, LaneDual3 right) => new(left.Value + right.Value, left.A + right.A, left.B + right.B, left.C + right.C);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LaneDual3 operator -(LaneDual3 left, LaneDual3 right) => new(left.Value - right.Value, left.A - right.A, left.B - right.B, left.C - right.C);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LaneDual3 operator *(LaneDual3 left, LaneDual3 right) => new(
        left.Value * right.Value,
        Vector256.FusedMultiplyAdd(left.A, right.Value, left.Value * right.A),
        Vector256.FusedMultiplyAdd(left.B, right.Value, left.Value * right.B),
        Vector256.FusedMultiplyAdd(left.C, right.Value, left.Value * right.C));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LaneDual3 operator /(LaneDual3 left, LaneDual3 right)
    {
        Vector256<double> inverse = Vector256<double>.One / right.Value;
        Vector256<double> value = left.Value / right.Value;
        Vector256<double> slope = -(value * inverse);
        return new(value, Vector256.FusedMultiplyAdd(left.A, inverse, slope * right.A), Vector256.FusedMultiplyAdd(left.B, inverse, slope * right.B), Vector256.FusedMultiplyAdd(left.C, inverse, slope * right.C));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LaneDual3 operator +(LaneDual3 left, double right) => left with { Value = left.Value + Vector256.Create(right) };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LaneDual3 operator -(LaneDual3 left, double right) => left with { Value = left.Value - Vector256.Create(right) };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LaneDual3 operator *(LaneDual3 left, double right) => Scale(left.Value * Vector256.Create(right), Vector256.Create(right), left);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LaneDual3 operator -(LaneDual3 value) => new(-value.Value, -value.A, -value.B, -value.C);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LaneDual3 Exp(LaneDual3 x)
    {
        Vector256<double> value = RealLanes.Exp(new RealLanes(x.Value)).Value;
        return Scale(value, value, x);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LaneDual3 Log(LaneDual3 x) => Scale(RealLanes.Log(new RealLanes(x.Value)).Value, Vector256<double>.One / x.Value, x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LaneDual3 Sqrt(LaneDual3 x)
    {
        Vector256<double> value = Vector256.Sqrt(x.Value);
        return Scale(value, Vector256.Create(0.5) / value, x);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LaneDual3 Tanh(LaneDual3 x)
    {
        Vector256<double> value = RealLanes.Tanh(new RealLanes(x.Value)).Value;
        return Scale(value, Vector256<double>.One - (value * value), x);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LaneDual3 Logistic(LaneDual3 x)
    {
        Vector256<double> value = RealLanes.Logistic(new RealLanes(x.Value)).Value;
        return Scale(value, value * (Vector256<double>.One - value), x);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LaneDual3 Softplus(LaneDual3 x) => Scale(RealLanes.Softplus(new RealLanes(x.Value)).Value, RealLanes.Logistic(new RealLanes(x.Value)).Value, x);

    public static LaneDual3 Atan(LaneDual3 x) => Scale(RealLanes.Atan(new RealLanes(x.Value)).Value, Vector256<double>.One / (Vector256<double>.One + (x.Value * x.Value)), x);

    public static LaneDual3 Sin(LaneDual3 x) => Scale(Vector256.Sin(x.Value), Vector256.Cos(x.Value), x);

    public static LaneDual3 Cos(LaneDual3 x) => Scale(Vector256.Cos(x.Value), -Vector256.Sin(x.Value), x);

    public static LaneDual3 Power(LaneDual3 x, LaneDual3 y)
    {
        var number = new RealLanes(x.Value);
        var exponent = new RealLanes(y.Value);
        RealLanes value = RealLanes.Power(number, exponent);
        Vector256<double> ofBase = (exponent * RealLanes.Power(number, exponent - 1.0)).Value;
        Vector256<double> ofExponent = (value * RealLanes.Log(number)).Value;
        return new(value.Value, (ofBase * x.A) + (ofExponent * y.A), (ofBase * x.B) + (ofExponent * y.B), (ofBase * x.C) + (ofExponent * y.C));
    }

    public static LaneDual3 Power(LaneDual3 x, double y)
    {
        var number = new RealLanes(x.Value);
        return Scale(RealLanes.Power(number, y).Value, ((RealLanes)y * RealLanes.Power(number, y - 1)).Value, x);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LaneDual3 WhereLess(LaneDual3 a, LaneDual3 b, LaneDual3 whenTrue, LaneDual3 whenFalse)
    {
        Vector256<double> less = Vector256.LessThan(a.Value, b.Value);
        return new(
            Vector256.ConditionalSelect(less, whenTrue.Value, whenFalse.Value),
            Vector256.ConditionalSelect(less, whenTrue.A, whenFalse.A),
            Vector256.ConditionalSelect(less, whenTrue.B, whenFalse.B),
            Vector256.ConditionalSelect(less, whenTrue.C, whenFalse.C));
    }

    public static LaneDual3 Variable(Vector256<double> value, int variable) => new(value, Vector256.Create(variable == 0 ? 1.0 : 0.0), Vector256.Create(variable == 1 ? 1.0 : 0.0), Vector256.Create(variable == 2 ? 1.0 : 0.0));

    public readonly Vector256<double> Partial(int variable) => variable switch
    {
        0 => A,
        1 => B,
        _ => C,
    };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static LaneDual3 Scale(Vector256<double> value, Vector256<double> slope, LaneDual3 x) => new(value, slope * x.A, slope * x.B, slope * x.C);
}

/// <summary>Four numbers and their derivatives by four variables.</summary>
internal record struct LaneDual4(Vector256<double> Value, Vector256<double> A, Vector256<double> B, Vector256<double> C, Vector256<double> D) : ILaneDual<LaneDual4>
{
    public static int Count => 4;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static implicit operator LaneDual4(double value) => new(Vector256.Create(value), default, default, default, default);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LaneDual4 operator +(LaneDual4 left, LaneDual4 right) => new(left.Value + right.Value, left.A + right.A, left.B + right.B, left.C + right.C, left.D + right.D);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LaneDual4 operator -(LaneDual4 left, LaneDual4 right) => new(left.Value - right.Value, left.A - right.A, left.B - right.B, left.C - right.C, left.D - right.D);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LaneDual4 operator *(LaneDual4 left, LaneDual4 right) => new(
        left.Value * right.Value,
        Vector256.FusedMultiplyAdd(left.A, right.Value, left.Value * right.A),
        Vector256.FusedMultiplyAdd(left.B, right.Value, left.Value * right.B),
        Vector256.FusedMultiplyAdd(left.C, right.Value, left.Value * right.C),
        Vector256.FusedMultiplyAdd(left.D, right.Value, left.Value * right.D));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LaneDual4 operator /(LaneDual4 left, LaneDual4 right)
    {
        Vector256<double> inverse = Vector256<double>.One / right.Value;
        Vector256<double> value = left.Value / right.Value;
        Vector256<double> slope = -(value * inverse);
        return new(value, Vector256.FusedMultiplyAdd(left.A, inverse, slope * right.A), Vector256.FusedMultiplyAdd(left.B, inverse, slope * right.B), Vector256.FusedMultiplyAdd(left.C, inverse, slope * right.C), Vector256.FusedMultiplyAdd(left.D, inverse, slope * right.D));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LaneDual4 operator +(LaneDual4 left, double right) => left with { Value = left.Value + Vector256.Create(right) };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LaneDual4 operator -(LaneDual4 left, double right) => left with { Value = left.Value - Vector256.Create(right) };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LaneDual4 operator *(LaneDual4 left, double right) => Scale(left.Value * Vector256.Create(right), Vector256.Create(right), left);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LaneDual4 operator -(LaneDual4 value) => new(-value.Value, -value.A, -value.B, -value.C, -value.D);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LaneDual4 Exp(LaneDual4 x)
    {
        Vector256<double> value = RealLanes.Exp(new RealLanes(x.Value)).Value;
        return Scale(value, value, x);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LaneDual4 Log(LaneDual4 x) => Scale(RealLanes.Log(new RealLanes(x.Value)).Value, Vector256<double>.One / x.Value, x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LaneDual4 Sqrt(LaneDual4 x)
    {
        Vector256<double> value = Vector256.Sqrt(x.Value);
        return Scale(value, Vector256.Create(0.5) / value, x);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LaneDual4 Tanh(LaneDual4 x)
    {
        Vector256<double> value = RealLanes.Tanh(new RealLanes(x.Value)).Value;
        return Scale(value, Vector256<double>.One - (value * value), x);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LaneDual4 Logistic(LaneDual4 x)
    {
        Vector256<double> value = RealLanes.Logistic(new RealLanes(x.Value)).Value;
        return Scale(value, value * (Vector256<double>.One - value), x);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LaneDual4 Softplus(LaneDual4 x) => Scale(RealLanes.Softplus(new RealLanes(x.Value)).Value, RealLanes.Logistic(new RealLanes(x.Value)).Value, x);

    public static LaneDual4 Atan(LaneDual4 x) => Scale(RealLanes.Atan(new RealLanes(x.Value)).Value, Vector256<double>.One / (Vector256<double>.One + (x.Value * x.Value)), x);

    public static LaneDual4 Sin(LaneDual4 x) => Scale(Vector256.Sin(x.Value), Vector256.Cos(x.Value), x);

    public static LaneDual4 Cos(LaneDual4 x) => Scale(Vector256.Cos(x.Value), -Vector256.Sin(x.Value), x);

    public static LaneDual4 Power(LaneDual4 x, LaneDual4 y)
    {
        var number = new RealLanes(x.Value);
        var exponent = new RealLanes(y.Value);
        RealLanes value = RealLanes.Power(number, exponent);
        Vector256<double> ofBase = (exponent * RealLanes.Power(number, exponent - 1.0)).Value;
        Vector256<double> ofExponent = (value * RealLanes.Log(number)).Value;
        return new(value.Value, (ofBase * x.A) + (ofExponent * y.A), (ofBase * x.B) + (ofExponent * y.B), (ofBase * x.C) + (ofExponent * y.C), (ofBase * x.D) + (ofExponent * y.D));
    }

    public static LaneDual4 Power(LaneDual4 x, double y)
    {
        var number = new RealLanes(x.Value);
        return Scale(RealLanes.Power(number, y).Value, ((RealLanes)y * RealLanes.Power(number, y - 1)).Value, x);
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static LaneDual4 WhereLess(LaneDual4 a, LaneDual4 b, LaneDual4 whenTrue, LaneDual4 whenFalse)
    {
        Vector256<double> less = Vector256.LessThan(a.Value, b.Value);
        return new(
            Vector256.ConditionalSelect(less, whenTrue.Value, whenFalse.Value),
            Vector256.ConditionalSelect(less, whenTrue.A, whenFalse.A),
            Vector256.ConditionalSelect(less, whenTrue.B, whenFalse.B),
            Vector256.ConditionalSelect(less, whenTrue.C, whenFalse.C),
            Vector256.ConditionalSelect(less, whenTrue.D, whenFalse.D));
    }

    public static LaneDual4 Variable(Vector256<double> value, int variable) => new(value, Vector256.Create(variable == 0 ? 1.0 : 0.0), Vector256.Create(variable == 1 ? 1.0 : 0.0), Vector256.Create(variable == 2 ? 1.0 : 0.0), Vector256.Create(variable == 3 ? 1.0 : 0.0));

    public readonly Vector256<double> Partial(int variable) => variable switch
    {
        0 => A,
        1 => B,
        2 => C,
        _ => D,
    };

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static LaneDual4 Scale(Vector256<double> value, Vector256<double> slope, LaneDual4 x) => new(value, slope * x.A, slope * x.B, slope * x.C, slope * x.D);
}
