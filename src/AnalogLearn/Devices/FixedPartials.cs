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
