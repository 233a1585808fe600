using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using Fn = AnalogLearn.Devices.Behavioural.LaneElementary;

namespace AnalogLearn.Devices.Behavioural;

/// <summary>
/// Runs a tape on four instances at once: forward for the value, backward for ∂/∂control of all controls in one sweep
/// (reverse-mode differentiation; Griewank and Walther, Evaluating Derivatives, 2008, section 3.2), in time proportional to the tape.
/// <para>
/// Two arithmetics. <see cref="Plain"/> is IEEE's: an overflow is infinite, a logarithm of −1 is not a number, and what a choice does not
/// take cannot harm, as an adjoint of 0 stays 0 whatever it is multiplied by. <see cref="Guarded"/> gives a finite number for every
/// input, near the plain one where that exists: divisors, and arguments of logarithms, roots and powers, stay at least 10⁻³² from 0 (ngspice
/// shifts every divisor by gmin·10⁻²⁰ = 10⁻³²), eˣ stops at e²³⁰ (ngspice: at 10⁹⁹), every result and adjoint is bounded by 10¹⁰⁰. Newton's method goes on from there.
/// </para>
/// </summary>
internal static class BehaviouralTape
{
    private const double Floor = 1e-32;
    private const double Bound = 1e100;
    private const double LargestExponent = 230;

    /// <summary>Which arithmetic.</summary>
    internal interface IArithmetic
    {
        static abstract bool IsGuarded { get; }
    }

    private static Vector256<double> One => Vector256.Create(1.0);

    private static Vector256<double> Zero => Vector256<double>.Zero;

    /// <summary>Bounds a number; not a number becomes 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<double> Bounded(Vector256<double> x) =>
        Vector256.Min(Vector256.Max(x & Vector256.Equals(x, x), Vector256.Create(-Bound)), Vector256.Create(Bound));

    /// <summary>Computes every register behind the environment's from those before.</summary>
    /// <typeparam name="TArithmetic">Plain or guarded.</typeparam>
    /// <param name="structure">The tape.</param>
    /// <param name="registers">At least as many as the structure says.</param>
    /// <param name="constants">The constants of the block, those of its tables included.</param>
    public static void Forward<TArithmetic>(BehaviouralStructure structure, Span<Vector256<double>> registers, ReadOnlySpan<Vector256<double>> constants)
        where TArithmetic : struct, IArithmetic
    {
        ReadOnlySpan<Instruction> instructions = structure.Instructions;
        ref Vector256<double> r = ref MemoryMarshal.GetReference(registers[..structure.RegisterCount]);
        ref Vector256<double> target = ref Unsafe.Add(ref r, structure.FirstResult);
        foreach (ref readonly Instruction step in instructions)
        {
            Vector256<double> x = Unsafe.Add(ref r, step.A);
            Vector256<double> y;
            Vector256<double> result;
            switch (step.Operation)
            {
                case Operation.Add:
                    result = x + Unsafe.Add(ref r, step.B);
                    break;
                case Operation.Subtract:
                    result = x - Unsafe.Add(ref r, step.B);
                    break;
                case Operation.Multiply:
                    result = x * Unsafe.Add(ref r, step.B);
                    break;
                case Operation.MultiplyAdd:
                    result = Unsafe.Add(ref r, step.C) + (x * Unsafe.Add(ref r, step.B));
                    break;
                case Operation.Divide:
                    y = Unsafe.Add(ref r, step.B);
                    result = x / (TArithmetic.IsGuarded ? AwayFromZero(y) : y);
                    break;
                case Operation.Remainder:
                    y = Unsafe.Add(ref r, step.B);
                    result = Fn.Map<Fn.Remainder>(x, TArithmetic.IsGuarded ? AwayFromZero(y) : y);
                    break;
                case Operation.IntegerDivide:
                    y = Unsafe.Add(ref r, step.B);
                    result = Vector256.Truncate(x / (TArithmetic.IsGuarded ? AwayFromZero(y) : y));
                    break;
                case Operation.Negate:
                    result = -x;
                    break;
                case Operation.Power:
                    result = Fn.Map<Fn.Power>(TArithmetic.IsGuarded ? AwayFromZero(x) : x, Unsafe.Add(ref r, step.B));
                    break;
                case Operation.SignedPower:
                    result = Fn.Map<Fn.SignedPower>(TArithmetic.IsGuarded ? AwayFromZero(x) : x, Unsafe.Add(ref r, step.B));
                    break;
                case Operation.Equal:
                    y = Unsafe.Add(ref r, step.B);
                    result = Truth(Vector256.Equals(x, y), x, y);
                    break;
                case Operation.NotEqual:
                    y = Unsafe.Add(ref r, step.B);
                    result = Truth(~Vector256.Equals(x, y), x, y);
                    break;
                case Operation.Less:
                    y = Unsafe.Add(ref r, step.B);
                    result = Truth(Vector256.LessThan(x, y), x, y);
                    break;
                case Operation.LessOrEqual:
                    y = Unsafe.Add(ref r, step.B);
                    result = Truth(Vector256.LessThanOrEqual(x, y), x, y);
                    break;
                case Operation.And:
                    y = Unsafe.Add(ref r, step.B);
                    result = Vector256.AndNot(Truth(~Vector256.Equals(y, Zero), x, y), Vector256.Equals(x, Zero));
                    break;
                case Operation.Or:
                    y = Unsafe.Add(ref r, step.B);
                    result = Vector256.ConditionalSelect(Vector256.LessThan(x, Zero) | Vector256.GreaterThan(x, Zero), One, Truth(~Vector256.Equals(y, Zero), x, y));
                    break;
                case Operation.Not:
                    result = Truth(Vector256.Equals(x, Zero), x, x);
                    break;
                case Operation.Step:
                    result = Truth(Vector256.GreaterThan(x, Zero), x, x);
                    break;
                case Operation.Select:
                    result = Vector256.ConditionalSelect(Vector256.Equals(x, Zero), Unsafe.Add(ref r, step.C), Unsafe.Add(ref r, step.B));
                    result = Vector256.ConditionalSelect(Vector256.Equals(x, x), result, x);
                    break;
                case Operation.Minimum:
                    result = Vector256.Min(x, Unsafe.Add(ref r, step.B));
                    break;
                case Operation.Maximum:
                    result = Vector256.Max(x, Unsafe.Add(ref r, step.B));
                    break;
                case Operation.Ramp:
                    result = Vector256.Max(x, Zero);
                    break;
                case Operation.Absolute:
                    result = Vector256.Abs(x);
                    break;
                case Operation.Sign:
                    result = Vector256.ConditionalSelect(Vector256.Equals(x, Zero), Zero, Vector256.CopySign(One, x));
                    result = Vector256.ConditionalSelect(Vector256.Equals(x, x), result, x);
                    break;
                case Operation.Floor:
                    result = Vector256.Floor(x);
                    break;
                case Operation.Ceiling:
                    result = Vector256.Ceiling(x);
                    break;
                case Operation.Truncate:
                    result = Vector256.Truncate(x);
                    break;
                case Operation.RoundToEven:
                    result = Fn.Map<Fn.RoundToEven>(x);
                    break;
                case Operation.RoundAway:
                    result = Fn.Map<Fn.RoundAway>(x);
                    break;
                case Operation.SquareRoot:
                    result = Vector256.Sqrt(TArithmetic.IsGuarded ? Vector256.Max(x, Vector256.Create(Floor)) : x);
                    break;
                case Operation.Exponential:
                    result = Fn.Exponential(TArithmetic.IsGuarded ? Vector256.Min(x, Vector256.Create(LargestExponent)) : x);
                    break;
                case Operation.Logarithm:
                    result = Fn.Logarithm(TArithmetic.IsGuarded ? Vector256.Max(x, Vector256.Create(Floor)) : x);
                    break;
                case Operation.Logarithm10:
                    result = Fn.Map<Fn.Log10>(TArithmetic.IsGuarded ? Vector256.Max(x, Vector256.Create(Floor)) : x);
                    break;
                case Operation.Sine:
                    result = Fn.Map<Fn.Sin>(x);
                    break;
                case Operation.Cosine:
                    result = Fn.Map<Fn.Cos>(x);
                    break;
                case Operation.Tangent:
                    result = Fn.Map<Fn.Tan>(x);
                    break;
                case Operation.ArcSine:
                    result = Fn.Map<Fn.Asin>(TArithmetic.IsGuarded ? Clamp(x, One) : x);
                    break;
                case Operation.ArcCosine:
                    result = Fn.Map<Fn.Acos>(TArithmetic.IsGuarded ? Clamp(x, One) : x);
                    break;
                case Operation.ArcTangent:
                    result = Fn.Map<Fn.Atan>(x);
                    break;
                case Operation.ArcTangent2:
                    result = Fn.Map<Fn.Atan2>(x, Unsafe.Add(ref r, step.B));
                    break;
                case Operation.HyperbolicSine:
                    result = Fn.Map<Fn.Sinh>(TArithmetic.IsGuarded ? Clamp(x, Vector256.Create(LargestExponent)) : x);
                    break;
                case Operation.HyperbolicCosine:
                    result = Fn.Map<Fn.Cosh>(TArithmetic.IsGuarded ? Clamp(x, Vector256.Create(LargestExponent)) : x);
                    break;
                case Operation.HyperbolicTangent:
                    result = Fn.HyperbolicTangent(x);
                    break;
                case Operation.AreaSine:
                    result = Fn.Map<Fn.Asinh>(x);
                    break;
                case Operation.AreaCosine:
                    result = Fn.Map<Fn.Acosh>(TArithmetic.IsGuarded ? Vector256.Max(x, One) : x);
                    break;
                case Operation.AreaTangent:
                    result = Fn.Map<Fn.Atanh>(TArithmetic.IsGuarded ? Clamp(x, Vector256.Create(Math.BitDecrement(1.0))) : x);
                    break;
                default:
                    result = TableLookup.Values(x, constants.Slice(step.B, 2 * step.C));
                    break;
            }

            target = TArithmetic.IsGuarded ? Bounded(result) : result;
            target = ref Unsafe.Add(ref target, 1);
        }
    }

    /// <summary>∂result/∂control of every control, after <see cref="Forward{TArithmetic}"/>.</summary>
    /// <typeparam name="TArithmetic">The same.</typeparam>
    /// <param name="structure">The tape.</param>
    /// <param name="registers">As <see cref="Forward{TArithmetic}"/> left them.</param>
    /// <param name="adjoints">As many; the first become the derivatives by the controls.</param>
    /// <param name="constants">The constants of the block.</param>
    public static void Reverse<TArithmetic>(BehaviouralStructure structure, ReadOnlySpan<Vector256<double>> registers, Span<Vector256<double>> adjoints, ReadOnlySpan<Vector256<double>> constants)
        where TArithmetic : struct, IArithmetic
    {
        ReadOnlySpan<Instruction> instructions = structure.Instructions;
        adjoints = adjoints[..structure.RegisterCount];
        adjoints.Clear();
        if (!structure.ResultIsActive)
            return;
        ref Vector256<double> r = ref MemoryMarshal.GetReference(registers[..structure.RegisterCount]);
        ref Vector256<double> s = ref MemoryMarshal.GetReference(adjoints);
        Unsafe.Add(ref s, structure.ResultRegister) = One;
        for (int k = instructions.Length - 1; k >= 0; k--)
        {
            ref readonly Instruction step = ref instructions[k];
            int active = step.Active;
            if (active == 0)
                continue;
            Vector256<double> d = Unsafe.Add(ref s, structure.FirstResult + k);
            if (TArithmetic.IsGuarded)
                d = Bounded(d);

            // An adjoint of 0 (a branch that was not taken) must not meet an infinite derivative: every contribution is masked.
            Vector256<double> some = ~Vector256.Equals(d, Zero);
            if (some == Zero)
                continue;
            Vector256<double> x = Unsafe.Add(ref r, step.A);
            Vector256<double> y;
            Vector256<double> result = Unsafe.Add(ref r, structure.FirstResult + k);
            Vector256<double> slope;
            switch (step.Operation)
            {
                case Operation.Add:
                    if ((active & 1) != 0)
                        Unsafe.Add(ref s, step.A) += d;
                    if ((active & 2) != 0)
                        Unsafe.Add(ref s, step.B) += d;
                    continue;
                case Operation.Subtract:
                    if ((active & 1) != 0)
                        Unsafe.Add(ref s, step.A) += d;
                    if ((active & 2) != 0)
                        Unsafe.Add(ref s, step.B) -= d;
                    continue;
                case Operation.Negate:
                    Unsafe.Add(ref s, step.A) -= d;
                    continue;
                case Operation.MultiplyAdd:
                    if ((active & 4) != 0)
                        Unsafe.Add(ref s, step.C) += d;
                    if ((active & 1) != 0)
                        Unsafe.Add(ref s, step.A) += d * Unsafe.Add(ref r, step.B) & some;
                    if ((active & 2) != 0)
                        Unsafe.Add(ref s, step.B) += d * x & some;
                    continue;
                case Operation.Multiply:
                    if ((active & 1) != 0)
                        Unsafe.Add(ref s, step.A) += d * Unsafe.Add(ref r, step.B) & some;
                    if ((active & 2) != 0)
                        Unsafe.Add(ref s, step.B) += d * x & some;
                    continue;
                case Operation.Divide:
                    y = Unsafe.Add(ref r, step.B);
                    slope = d / (TArithmetic.IsGuarded ? AwayFromZero(y) : y) & some;
                    if ((active & 1) != 0)
                        Unsafe.Add(ref s, step.A) += slope;
                    if ((active & 2) != 0)
                        Unsafe.Add(ref s, step.B) -= slope * result & ~Vector256.Equals(slope, Zero);
                    continue;
                case Operation.Remainder:
                    y = Unsafe.Add(ref r, step.B);
                    if ((active & 1) != 0)
                        Unsafe.Add(ref s, step.A) += d;
                    if ((active & 2) != 0)
                        Unsafe.Add(ref s, step.B) -= d * Vector256.Truncate(x / (TArithmetic.IsGuarded ? AwayFromZero(y) : y)) & some;
                    continue;
                case Operation.Power:
                case Operation.SignedPower:
                    y = Unsafe.Add(ref r, step.B);
                    if (TArithmetic.IsGuarded)
                        x = AwayFromZero(x);
                    if ((active & 1) != 0)
                        Unsafe.Add(ref s, step.A) += d * PowerSlope(x, y, result, step.Operation == Operation.SignedPower) & some;
                    if ((active & 2) != 0)
                        Unsafe.Add(ref s, step.B) += d * (result * Fn.Logarithm(Vector256.Abs(x))) & some & ~Vector256.Equals(result, Zero);
                    continue;
                case Operation.Select:
                    Vector256<double> whenFalse = Vector256.Equals(x, Zero);
                    if ((active & 2) != 0)
                        Unsafe.Add(ref s, step.B) += Vector256.AndNot(d, whenFalse);
                    if ((active & 4) != 0)
                        Unsafe.Add(ref s, step.C) += d & whenFalse;
                    continue;
                case Operation.Minimum:
                case Operation.Maximum:
                    y = Unsafe.Add(ref r, step.B);
                    Vector256<double> first = step.Operation == Operation.Minimum ? Vector256.LessThanOrEqual(x, y) : Vector256.GreaterThanOrEqual(x, y);
                    if ((active & 1) != 0)
                        Unsafe.Add(ref s, step.A) += d & first;
                    if ((active & 2) != 0)
                        Unsafe.Add(ref s, step.B) += Vector256.AndNot(d, first);
                    continue;
                case Operation.ArcTangent2:
                    y = Unsafe.Add(ref r, step.B);
                    Vector256<double> square = (x * x) + (y * y);
                    if (TArithmetic.IsGuarded)
                        square = Vector256.Max(square, Vector256.Create(Floor));
                    if ((active & 1) != 0)
                        Unsafe.Add(ref s, step.A) += d * (y / square) & some;
                    if ((active & 2) != 0)
                        Unsafe.Add(ref s, step.B) -= d * (x / square) & some;
                    continue;

                // What follows has one operand and gives its slope.
                case Operation.Ramp:
                    slope = One & Vector256.GreaterThan(x, Zero);
                    break;
                case Operation.Absolute:
                    slope = Vector256.ConditionalSelect(Vector256.LessThan(x, Zero), -One, One);
                    break;
                case Operation.SquareRoot:
                    slope = Vector256.Create(0.5) / result;
                    break;
                case Operation.Exponential:
                    slope = result;
                    break;
                case Operation.Logarithm:
                    slope = One / (TArithmetic.IsGuarded ? Vector256.Max(x, Vector256.Create(Floor)) : x);
                    break;
                case Operation.Logarithm10:
                    slope = Vector256.Create(0.4342944819032518) / (TArithmetic.IsGuarded ? Vector256.Max(x, Vector256.Create(Floor)) : x);
                    break;
                case Operation.Sine:
                    slope = Fn.Map<Fn.Cos>(x);
                    break;
                case Operation.Cosine:
                    slope = -Fn.Map<Fn.Sin>(x);
                    break;
                case Operation.Tangent:
                    slope = One + (result * result);
                    break;
                case Operation.ArcSine:
                    slope = One / Vector256.Sqrt(LessSquare<TArithmetic>(x));
                    break;
                case Operation.ArcCosine:
                    slope = -One / Vector256.Sqrt(LessSquare<TArithmetic>(x));
                    break;
                case Operation.ArcTangent:
                    slope = One / (One + (x * x));
                    break;
                case Operation.HyperbolicSine:
                    slope = Vector256.Sqrt(One + (result * result));
                    break;
                case Operation.HyperbolicCosine:
                    slope = Fn.Map<Fn.Sinh>(TArithmetic.IsGuarded ? Clamp(x, Vector256.Create(LargestExponent)) : x);
                    break;
                case Operation.HyperbolicTangent:
                    slope = (One - result) * (One + result);
                    break;
                case Operation.AreaSine:
                    slope = One / Vector256.Sqrt(One + (x * x));
                    break;
                case Operation.AreaCosine:
                    Vector256<double> excess = (x - One) * (x + One);
                    slope = One / Vector256.Sqrt(TArithmetic.IsGuarded ? Vector256.Max(excess, Vector256.Create(Floor)) : excess);
                    break;
                case Operation.AreaTangent:
                    slope = One / LessSquare<TArithmetic>(x);
                    break;
                default:
                    slope = TableLookup.Slopes(x, constants.Slice(step.B, 2 * step.C));
                    break;
            }

            Unsafe.Add(ref s, step.A) += d * slope & some;
        }

        if (TArithmetic.IsGuarded)
        {
            foreach (ref Vector256<double> derivative in adjoints[..structure.ControlCount])
                derivative = Bounded(derivative);
        }
    }

    /// <summary>1 where it holds, 0 elsewhere, not a number where either operand is none.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<double> Truth(Vector256<double> holds, Vector256<double> x, Vector256<double> y)
    {
        Vector256<double> ordered = Vector256.Equals(x, x) & Vector256.Equals(y, y);
        return Vector256.ConditionalSelect(ordered, holds & One, Vector256.Create(double.NaN));
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<double> AwayFromZero(Vector256<double> x) =>
        Vector256.ConditionalSelect(Vector256.LessThan(Vector256.Abs(x), Vector256.Create(Floor)), Vector256.CopySign(Vector256.Create(Floor), x), x);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<double> Clamp(Vector256<double> x, Vector256<double> bound) => Vector256.Min(Vector256.Max(x, -bound), bound);

    /// <summary>1 − x².</summary>
    private static Vector256<double> LessSquare<TArithmetic>(Vector256<double> x)
        where TArithmetic : struct, IArithmetic
    {
        Vector256<double> less = (One - x) * (One + x);
        return TArithmetic.IsGuarded ? Vector256.Max(less, Vector256.Create(Floor)) : less;
    }

    /// <summary>∂|x|^y/∂x = y|x|^y/x, or ∂(sgn x |x|^y)/∂x = y|x|^(y−1); at 0 their limits from the right.</summary>
    private static Vector256<double> PowerSlope(Vector256<double> x, Vector256<double> y, Vector256<double> power, bool signed)
    {
        Vector256<double> slope = y * power / x;
        Vector256<double> atZero = Vector256.ConditionalSelect(Vector256.GreaterThan(y, One), Zero, Vector256.ConditionalSelect(Vector256.Equals(y, One), One, y * Vector256.Create(double.PositiveInfinity)));
        atZero = Vector256.ConditionalSelect(Vector256.Equals(y, Zero), Zero, atZero);
        slope = Vector256.ConditionalSelect(Vector256.Equals(x, Zero), atZero, slope);
        return signed ? Vector256.Abs(slope) | (y & Vector256.Create(-0.0)) : slope;
    }

    /// <summary>IEEE's.</summary>
    internal readonly struct Plain : IArithmetic
    {
        public static bool IsGuarded
        {
            [MethodImpl(MethodImplOptions.AggressiveInlining)]
            get => false;
        }
    }

    /// <summary>Finite for every input.</summary>
    internal readonly struct Guarded : IArithmetic
    {
        public static bool IsGuarded
        {
            [MethodImpl(MethodImplOptions.AggressiveInlining)]
            get => true;
        }
    }
}
