using System.Runtime.CompilerServices;
using System.Runtime.Intrinsics;

namespace AnalogLearn.Devices.Behavioural;

/// <summary>
/// Which arithmetic the tape runs in. <see cref="Plain"/> is IEEE's: an overflow is infinite, a logarithm of −1 is not a number.
/// <see cref="Guarded"/> gives a finite number for every input, near the plain one where that exists: each function first moves its
/// argument into where it is finite (<see cref="IUnary.Guard"/>), every result and adjoint is bounded by 10¹⁰⁰, and not a number becomes 0.
/// </summary>
internal interface IArithmetic
{
    static abstract bool IsGuarded { get; }
}

/// <summary>IEEE's arithmetic.</summary>
internal readonly struct Plain : IArithmetic
{
    public static bool IsGuarded
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => false;
    }
}

/// <summary>Arithmetic that is finite for every input.</summary>
internal readonly struct Guarded : IArithmetic
{
    /// <summary>How near to 0 divisors and arguments of logarithms, roots and powers come; ngspice shifts every divisor by gmin·10⁻²⁰ = 10⁻³².</summary>
    public const double Floor = 1e-32;

    /// <summary>Where the exponential stops; in ngspice its value stops at 10⁹⁹, x = 228.</summary>
    public const double LargestExponent = 228;

    private const double Bound = 1e100;

    public static bool IsGuarded
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => true;
    }

    /// <summary>At most 10¹⁰⁰ in magnitude; not a number becomes 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> Bounded(Vector256<double> x) =>
        Vector256.Min(Vector256.Max(x & Vector256.Equals(x, x), Vector256.Create(-Bound)), Vector256.Create(Bound));

    /// <summary>At least <see cref="Floor"/> in magnitude.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> AwayFromZero(Vector256<double> x) =>
        Vector256.ConditionalSelect(Vector256.LessThan(Vector256.Abs(x), Vector256.Create(Floor)), Vector256.CopySign(Vector256.Create(Floor), x), x);

    /// <summary>At least <see cref="Floor"/>.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> Positive(Vector256<double> x) => Vector256.Max(x, Vector256.Create(Floor));

    /// <summary>−bound ∨ x ∧ bound.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> Within(Vector256<double> x, double bound) => Vector256.Min(Vector256.Max(x, Vector256.Create(-bound)), Vector256.Create(bound));
}
