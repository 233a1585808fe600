using System.Runtime.CompilerServices;

namespace AnalogLearn.Devices;

/// <summary>Derivatives by one variable.</summary>
/// <param name="A">By variable 0.</param>
/// <typeparam name="R">The numbers they are made of.</typeparam>
public readonly record struct Partials1<R>(R A) : IPartials<R, Partials1<R>>
    where R : unmanaged, IReal<R>
{
    /// <inheritdoc/>
    public static int Count => 1;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Partials1<R> Unit(int variable) => new(variable == 0 ? 1.0 : 0.0);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Partials1<R> Combine(R a, Partials1<R> x, R b, Partials1<R> y) => new((a * x.A) + (b * y.A));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Partials1<R> Scale(R a, Partials1<R> x) => new(a * x.A);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Partials1<R> Add(Partials1<R> x, Partials1<R> y) => new(x.A + y.A);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Partials1<R> Subtract(Partials1<R> x, Partials1<R> y) => new(x.A - y.A);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Partials1<R> WhereLess(R a, R b, Partials1<R> whenTrue, Partials1<R> whenFalse) =>
        new(R.WhereLess(a, b, whenTrue.A, whenFalse.A));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static R Get(in Partials1<R> x, int variable) => x.A;
}

/// <summary>Derivatives by two variables.</summary>
/// <param name="A">By variable 0.</param>
/// <param name="B">By variable 1.</param>
/// <typeparam name="R">The numbers they are made of.</typeparam>
public readonly record struct Partials2<R>(R A, R B) : IPartials<R, Partials2<R>>
    where R : unmanaged, IReal<R>
{
    /// <inheritdoc/>
    public static int Count => 2;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Partials2<R> Unit(int variable) => new(variable == 0 ? 1.0 : 0.0, variable == 1 ? 1.0 : 0.0);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Partials2<R> Combine(R a, Partials2<R> x, R b, Partials2<R> y) => new((a * x.A) + (b * y.A), (a * x.B) + (b * y.B));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Partials2<R> Scale(R a, Partials2<R> x) => new(a * x.A, a * x.B);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Partials2<R> Add(Partials2<R> x, Partials2<R> y) => new(x.A + y.A, x.B + y.B);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Partials2<R> Subtract(Partials2<R> x, Partials2<R> y) => new(x.A - y.A, x.B - y.B);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Partials2<R> WhereLess(R a, R b, Partials2<R> whenTrue, Partials2<R> whenFalse) =>
        new(R.WhereLess(a, b, whenTrue.A, whenFalse.A), R.WhereLess(a, b, whenTrue.B, whenFalse.B));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static R Get(in Partials2<R> x, int variable) => variable switch
    {
        0 => x.A,
        _ => x.B,
    };
}

/// <summary>Derivatives by three variables.</summary>
/// <param name="A">By variable 0.</param>
/// <param name="B">By variable 1.</param>
/// <param name="C">By variable 2.</param>
/// <typeparam name="R">The numbers they are made of.</typeparam>
public readonly record struct Partials3<R>(R A, R B, R C) : IPartials<R, Partials3<R>>
    where R : unmanaged, IReal<R>
{
    /// <inheritdoc/>
    public static int Count => 3;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Partials3<R> Unit(int variable) => new(variable == 0 ? 1.0 : 0.0, variable == 1 ? 1.0 : 0.0, variable == 2 ? 1.0 : 0.0);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Partials3<R> Combine(R a, Partials3<R> x, R b, Partials3<R> y) => new((a * x.A) + (b * y.A), (a * x.B) + (b * y.B), (a * x.C) + (b * y.C));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Partials3<R> Scale(R a, Partials3<R> x) => new(a * x.A, a * x.B, a * x.C);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Partials3<R> Add(Partials3<R> x, Partials3<R> y) => new(x.A + y.A, x.B + y.B, x.C + y.C);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Partials3<R> Subtract(Partials3<R> x, Partials3<R> y) => new(x.A - y.A, x.B - y.B, x.C - y.C);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Partials3<R> WhereLess(R a, R b, Partials3<R> whenTrue, Partials3<R> whenFalse) =>
        new(R.WhereLess(a, b, whenTrue.A, whenFalse.A), R.WhereLess(a, b, whenTrue.B, whenFalse.B), R.WhereLess(a, b, whenTrue.C, whenFalse.C));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static R Get(in Partials3<R> x, int variable) => variable switch
    {
        0 => x.A,
        1 => x.B,
        _ => x.C,
    };
}

/// <summary>Derivatives by four variables.</summary>
/// <param name="A">By variable 0.</param>
/// <param name="B">By variable 1.</param>
/// <param name="C">By variable 2.</param>
/// <param name="D">By variable 3.</param>
/// <typeparam name="R">The numbers they are made of.</typeparam>
public readonly record struct Partials4<R>(R A, R B, R C, R D) : IPartials<R, Partials4<R>>
    where R : unmanaged, IReal<R>
{
    /// <inheritdoc/>
    public static int Count => 4;

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Partials4<R> Unit(int variable) => new(variable == 0 ? 1.0 : 0.0, variable == 1 ? 1.0 : 0.0, variable == 2 ? 1.0 : 0.0, variable == 3 ? 1.0 : 0.0);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Partials4<R> Combine(R a, Partials4<R> x, R b, Partials4<R> y) => new((a * x.A) + (b * y.A), (a * x.B) + (b * y.B), (a * x.C) + (b * y.C), (a * x.D) + (b * y.D));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Partials4<R> Scale(R a, Partials4<R> x) => new(a * x.A, a * x.B, a * x.C, a * x.D);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Partials4<R> Add(Partials4<R> x, Partials4<R> y) => new(x.A + y.A, x.B + y.B, x.C + y.C, x.D + y.D);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Partials4<R> Subtract(Partials4<R> x, Partials4<R> y) => new(x.A - y.A, x.B - y.B, x.C - y.C, x.D - y.D);

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Partials4<R> WhereLess(R a, R b, Partials4<R> whenTrue, Partials4<R> whenFalse) =>
        new(R.WhereLess(a, b, whenTrue.A, whenFalse.A), R.WhereLess(a, b, whenTrue.B, whenFalse.B), R.WhereLess(a, b, whenTrue.C, whenFalse.C), R.WhereLess(a, b, whenTrue.D, whenFalse.D));

    /// <inheritdoc/>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static R Get(in Partials4<R> x, int variable) => variable switch
    {
        0 => x.A,
        1 => x.B,
        2 => x.C,
        _ => x.D,
    };
}
