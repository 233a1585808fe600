using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace AnalogLearn.Devices.Behavioural;

/// <summary>
/// Runs a tape on n blocks of four instances at once: forward for the value, backward for ∂/∂control of all controls in one sweep
/// (reverse-mode differentiation; Griewank and Walther, Evaluating Derivatives, 2008, section 3.2), in time proportional to the tape.
/// Register k of block j stands at k·n + j, so that each instruction, or run of like instructions, is chosen once and then goes along a row.
/// <para>
/// The rows are compiled at full optimisation when first met: most decks are done before the runtime would have found them hot.
/// What a choice does not take cannot harm: an adjoint of 0 stays 0 whatever it is multiplied by.
/// </para>
/// </summary>
internal static class BehaviouralTape
{
    /// <summary>Computes every register behind the environment's from those before.</summary>
    /// <typeparam name="TArithmetic">Plain or guarded.</typeparam>
    /// <param name="structure">The tape.</param>
    /// <param name="registers">n for each register of the structure.</param>
    /// <param name="constants">The constants of the blocks, n for each, those of the tables included.</param>
    /// <param name="n">How many blocks.</param>
    public static void Forward<TArithmetic>(BehaviouralStructure structure, Span<Vector256<double>> registers, ReadOnlySpan<Vector256<double>> constants, int n)
        where TArithmetic : struct, IArithmetic
    {
        ref Vector256<double> r = ref MemoryMarshal.GetReference(registers[..(structure.RegisterCount * n)]);
        ReadOnlySpan<Instruction> instructions = structure.Instructions;
        foreach (ref readonly InstructionRun run in structure.Runs.AsSpan())
        {
            ref readonly Instruction step = ref instructions[run.First];
            int target = structure.FirstResult + run.First;
            int length = run.Count * n;
            switch (step.Operation)
            {
                case Operation.MultiplyAdd when run.IsChain:
                    Chain<TArithmetic>(ref r, step, target, n, run.Count);
                    break;
                case Operation.MultiplyAdd:
                    MultiplyAdd<TArithmetic>(ref r, step, target, n, length);
                    break;
                case Operation.Select:
                    Select(ref r, step, target, n, length);
                    break;
                case Operation.Negate:
                    Unary<UnaryFunctions.Negate, TArithmetic>(ref r, step, target, n, length);
                    break;
                case Operation.Absolute:
                    Unary<UnaryFunctions.Absolute, TArithmetic>(ref r, step, target, n, length);
                    break;
                case Operation.Ramp:
                    Unary<UnaryFunctions.Ramp, TArithmetic>(ref r, step, target, n, length);
                    break;
                case Operation.Not:
                    Unary<UnaryFunctions.Not, TArithmetic>(ref r, step, target, n, length);
                    break;
                case Operation.Step:
                    Unary<UnaryFunctions.Step, TArithmetic>(ref r, step, target, n, length);
                    break;
                case Operation.Sign:
                    Unary<UnaryFunctions.Sign, TArithmetic>(ref r, step, target, n, length);
                    break;
                case Operation.Floor:
                    Unary<UnaryFunctions.Floor, TArithmetic>(ref r, step, target, n, length);
                    break;
                case Operation.Ceiling:
                    Unary<UnaryFunctions.Ceiling, TArithmetic>(ref r, step, target, n, length);
                    break;
                case Operation.Truncate:
                    Unary<UnaryFunctions.Truncate, TArithmetic>(ref r, step, target, n, length);
                    break;
                case Operation.RoundToEven:
                    Unary<UnaryFunctions.RoundToEven, TArithmetic>(ref r, step, target, n, length);
                    break;
                case Operation.RoundAway:
                    Unary<UnaryFunctions.RoundAway, TArithmetic>(ref r, step, target, n, length);
                    break;
                case Operation.SquareRoot:
                    Unary<UnaryFunctions.SquareRoot, TArithmetic>(ref r, step, target, n, length);
                    break;
                case Operation.Exponential:
                    Unary<UnaryFunctions.Exponential, TArithmetic>(ref r, step, target, n, length);
                    break;
                case Operation.Logarithm:
                    Unary<UnaryFunctions.Logarithm, TArithmetic>(ref r, step, target, n, length);
                    break;
                case Operation.Logarithm10:
                    Unary<UnaryFunctions.Logarithm10, TArithmetic>(ref r, step, target, n, length);
                    break;
                case Operation.Sine:
                    Unary<UnaryFunctions.Sine, TArithmetic>(ref r, step, target, n, length);
                    break;
                case Operation.Cosine:
                    Unary<UnaryFunctions.Cosine, TArithmetic>(ref r, step, target, n, length);
                    break;
                case Operation.Tangent:
                    Unary<UnaryFunctions.Tangent, TArithmetic>(ref r, step, target, n, length);
                    break;
                case Operation.ArcSine:
                    Unary<UnaryFunctions.ArcSine, TArithmetic>(ref r, step, target, n, length);
                    break;
                case Operation.ArcCosine:
                    Unary<UnaryFunctions.ArcCosine, TArithmetic>(ref r, step, target, n, length);
                    break;
                case Operation.ArcTangent:
                    Unary<UnaryFunctions.ArcTangent, TArithmetic>(ref r, step, target, n, length);
                    break;
                case Operation.HyperbolicSine:
                    Unary<UnaryFunctions.HyperbolicSine, TArithmetic>(ref r, step, target, n, length);
                    break;
                case Operation.HyperbolicCosine:
                    Unary<UnaryFunctions.HyperbolicCosine, TArithmetic>(ref r, step, target, n, length);
                    break;
                case Operation.HyperbolicTangent:
                    Unary<UnaryFunctions.HyperbolicTangent, TArithmetic>(ref r, step, target, n, length);
                    break;
                case Operation.AreaSine:
                    Unary<UnaryFunctions.AreaSine, TArithmetic>(ref r, step, target, n, length);
                    break;
                case Operation.AreaCosine:
                    Unary<UnaryFunctions.AreaCosine, TArithmetic>(ref r, step, target, n, length);
                    break;
                case Operation.AreaTangent:
                    Unary<UnaryFunctions.AreaTangent, TArithmetic>(ref r, step, target, n, length);
                    break;
                case Operation.Add:
                    Binary<BinaryFunctions.Add, TArithmetic>(ref r, step, target, n, length);
                    break;
                case Operation.Subtract:
                    Binary<BinaryFunctions.Subtract, TArithmetic>(ref r, step, target, n, length);
                    break;
                case Operation.Multiply:
                    Binary<BinaryFunctions.Multiply, TArithmetic>(ref r, step, target, n, length);
                    break;
                case Operation.Divide:
                    Binary<BinaryFunctions.Divide, TArithmetic>(ref r, step, target, n, length);
                    break;
                case Operation.Remainder:
                    Binary<BinaryFunctions.Remainder, TArithmetic>(ref r, step, target, n, length);
                    break;
                case Operation.IntegerDivide:
                    Binary<BinaryFunctions.IntegerDivide, TArithmetic>(ref r, step, target, n, length);
                    break;
                case Operation.Minimum:
                    Binary<BinaryFunctions.Minimum, TArithmetic>(ref r, step, target, n, length);
                    break;
                case Operation.Maximum:
                    Binary<BinaryFunctions.Maximum, TArithmetic>(ref r, step, target, n, length);
                    break;
                case Operation.Power:
                    Binary<BinaryFunctions.Power, TArithmetic>(ref r, step, target, n, length);
                    break;
                case Operation.SignedPower:
                    Binary<BinaryFunctions.SignedPower, TArithmetic>(ref r, step, target, n, length);
                    break;
                case Operation.ArcTangent2:
                    Binary<BinaryFunctions.ArcTangent2, TArithmetic>(ref r, step, target, n, length);
                    break;
                case Operation.Equal:
                    Binary<BinaryFunctions.Equal, TArithmetic>(ref r, step, target, n, length);
                    break;
                case Operation.NotEqual:
                    Binary<BinaryFunctions.NotEqual, TArithmetic>(ref r, step, target, n, length);
                    break;
                case Operation.Less:
                    Binary<BinaryFunctions.Less, TArithmetic>(ref r, step, target, n, length);
                    break;
                case Operation.LessOrEqual:
                    Binary<BinaryFunctions.LessOrEqual, TArithmetic>(ref r, step, target, n, length);
                    break;
                case Operation.And:
                    Binary<BinaryFunctions.And, TArithmetic>(ref r, step, target, n, length);
                    break;
                case Operation.Or:
                    Binary<BinaryFunctions.Or, TArithmetic>(ref r, step, target, n, length);
                    break;
                default:
                    Table(registers, constants, step, target, n);
                    break;
            }
        }
    }

    /// <summary>∂result/∂control of every control, after <see cref="Forward{TArithmetic}"/>.</summary>
    /// <typeparam name="TArithmetic">The same.</typeparam>
    /// <param name="structure">The tape.</param>
    /// <param name="registers">As <see cref="Forward{TArithmetic}"/> left them.</param>
    /// <param name="adjoints">As many; the first become the derivatives by the controls.</param>
    /// <param name="constants">The constants of the blocks.</param>
    /// <param name="n">How many blocks.</param>
    public static void Reverse<TArithmetic>(BehaviouralStructure structure, Span<Vector256<double>> registers, Span<Vector256<double>> adjoints, ReadOnlySpan<Vector256<double>> constants, int n)
        where TArithmetic : struct, IArithmetic
    {
        ReadOnlySpan<Instruction> instructions = structure.Instructions;
        adjoints = adjoints[..(structure.RegisterCount * n)];
        adjoints.Clear();
        if (!structure.ResultIsActive)
            return;
        adjoints.Slice(structure.ResultRegister * n, n).Fill(Vector256.Create(1.0));
        ref Vector256<double> r = ref MemoryMarshal.GetReference(registers[..(structure.RegisterCount * n)]);
        ref Vector256<double> s = ref MemoryMarshal.GetReference(adjoints);
        InstructionRun[] runs = structure.Runs;
        for (int k = runs.Length - 1; k >= 0; k--)
        {
            ref readonly InstructionRun run = ref runs[k];
            ref readonly Instruction step = ref instructions[run.First];
            if (step.Active == 0)
                continue;
            int target = structure.FirstResult + run.First;
            int length = run.Count * n;
            if (TArithmetic.IsGuarded)
                Bound(adjoints.Slice(target * n, length));
            switch (step.Operation)
            {
                case Operation.MultiplyAdd when run.IsChain:
                    PullChain<TArithmetic>(ref r, ref s, step, target, n, run.Count);
                    break;
                case Operation.MultiplyAdd:
                    PullMultiplyAdd(ref r, ref s, step, target, n, length);
                    break;
                case Operation.Select:
                    PullSelect(ref r, ref s, step, target, n, length);
                    break;
                case Operation.Negate:
                    PullUnary<UnaryFunctions.Negate, TArithmetic>(ref r, ref s, step, target, n, length);
                    break;
                case Operation.Absolute:
                    PullUnary<UnaryFunctions.Absolute, TArithmetic>(ref r, ref s, step, target, n, length);
                    break;
                case Operation.Ramp:
                    PullUnary<UnaryFunctions.Ramp, TArithmetic>(ref r, ref s, step, target, n, length);
                    break;
                case Operation.SquareRoot:
                    PullUnary<UnaryFunctions.SquareRoot, TArithmetic>(ref r, ref s, step, target, n, length);
                    break;
                case Operation.Exponential:
                    PullUnary<UnaryFunctions.Exponential, TArithmetic>(ref r, ref s, step, target, n, length);
                    break;
                case Operation.Logarithm:
                    PullUnary<UnaryFunctions.Logarithm, TArithmetic>(ref r, ref s, step, target, n, length);
                    break;
                case Operation.Logarithm10:
                    PullUnary<UnaryFunctions.Logarithm10, TArithmetic>(ref r, ref s, step, target, n, length);
                    break;
                case Operation.Sine:
                    PullUnary<UnaryFunctions.Sine, TArithmetic>(ref r, ref s, step, target, n, length);
                    break;
                case Operation.Cosine:
                    PullUnary<UnaryFunctions.Cosine, TArithmetic>(ref r, ref s, step, target, n, length);
                    break;
                case Operation.Tangent:
                    PullUnary<UnaryFunctions.Tangent, TArithmetic>(ref r, ref s, step, target, n, length);
                    break;
                case Operation.ArcSine:
                    PullUnary<UnaryFunctions.ArcSine, TArithmetic>(ref r, ref s, step, target, n, length);
                    break;
                case Operation.ArcCosine:
                    PullUnary<UnaryFunctions.ArcCosine, TArithmetic>(ref r, ref s, step, target, n, length);
                    break;
                case Operation.ArcTangent:
                    PullUnary<UnaryFunctions.ArcTangent, TArithmetic>(ref r, ref s, step, target, n, length);
                    break;
                case Operation.HyperbolicSine:
                    PullUnary<UnaryFunctions.HyperbolicSine, TArithmetic>(ref r, ref s, step, target, n, length);
                    break;
                case Operation.HyperbolicCosine:
                    PullUnary<UnaryFunctions.HyperbolicCosine, TArithmetic>(ref r, ref s, step, target, n, length);
                    break;
                case Operation.HyperbolicTangent:
                    PullUnary<UnaryFunctions.HyperbolicTangent, TArithmetic>(ref r, ref s, step, target, n, length);
                    break;
                case Operation.AreaSine:
                    PullUnary<UnaryFunctions.AreaSine, TArithmetic>(ref r, ref s, step, target, n, length);
                    break;
                case Operation.AreaCosine:
                    PullUnary<UnaryFunctions.AreaCosine, TArithmetic>(ref r, ref s, step, target, n, length);
                    break;
                case Operation.AreaTangent:
                    PullUnary<UnaryFunctions.AreaTangent, TArithmetic>(ref r, ref s, step, target, n, length);
                    break;
                case Operation.Add:
                    PullBinary<BinaryFunctions.Add, TArithmetic>(ref r, ref s, step, target, n, length);
                    break;
                case Operation.Subtract:
                    PullBinary<BinaryFunctions.Subtract, TArithmetic>(ref r, ref s, step, target, n, length);
                    break;
                case Operation.Multiply:
                    PullBinary<BinaryFunctions.Multiply, TArithmetic>(ref r, ref s, step, target, n, length);
                    break;
                case Operation.Divide:
                    PullBinary<BinaryFunctions.Divide, TArithmetic>(ref r, ref s, step, target, n, length);
                    break;
                case Operation.Remainder:
                    PullBinary<BinaryFunctions.Remainder, TArithmetic>(ref r, ref s, step, target, n, length);
                    break;
                case Operation.Minimum:
                    PullBinary<BinaryFunctions.Minimum, TArithmetic>(ref r, ref s, step, target, n, length);
                    break;
                case Operation.Maximum:
                    PullBinary<BinaryFunctions.Maximum, TArithmetic>(ref r, ref s, step, target, n, length);
                    break;
                case Operation.Power:
                    PullBinary<BinaryFunctions.Power, TArithmetic>(ref r, ref s, step, target, n, length);
                    break;
                case Operation.SignedPower:
                    PullBinary<BinaryFunctions.SignedPower, TArithmetic>(ref r, ref s, step, target, n, length);
                    break;
                case Operation.ArcTangent2:
                    PullBinary<BinaryFunctions.ArcTangent2, TArithmetic>(ref r, ref s, step, target, n, length);
                    break;
                default:
                    PullTable(registers, adjoints, constants, step, target, n);
                    break;
            }
        }

        if (TArithmetic.IsGuarded)
            Bound(adjoints[..(structure.ControlCount * n)]);
    }

    /// <summary>Bounds numbers in place.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static void Bound(Span<Vector256<double>> numbers)
    {
        foreach (ref Vector256<double> number in numbers)
            number = Guarded.Bounded(number);
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static void Unary<TFunction, TArithmetic>(ref Vector256<double> r, in Instruction step, int target, int n, int length)
        where TFunction : struct, IUnary
        where TArithmetic : struct, IArithmetic
    {
        ref Vector256<double> x = ref Unsafe.Add(ref r, step.A * n);
        ref Vector256<double> t = ref Unsafe.Add(ref r, target * n);
        for (int j = 0; j < length; j++)
        {
            Unsafe.Add(ref t, j) = TArithmetic.IsGuarded
                ? Guarded.Bounded(TFunction.At(TFunction.Guard(Unsafe.Add(ref x, j))))
                : TFunction.At(Unsafe.Add(ref x, j));
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static void Binary<TFunction, TArithmetic>(ref Vector256<double> r, in Instruction step, int target, int n, int length)
        where TFunction : struct, IBinary
        where TArithmetic : struct, IArithmetic
    {
        ref Vector256<double> x = ref Unsafe.Add(ref r, step.A * n);
        ref Vector256<double> y = ref Unsafe.Add(ref r, step.B * n);
        ref Vector256<double> t = ref Unsafe.Add(ref r, target * n);
        for (int j = 0; j < length; j++)
        {
            Unsafe.Add(ref t, j) = TArithmetic.IsGuarded
                ? Guarded.Bounded(TFunction.At(TFunction.GuardX(Unsafe.Add(ref x, j)), TFunction.GuardY(Unsafe.Add(ref y, j))))
                : TFunction.At(Unsafe.Add(ref x, j), Unsafe.Add(ref y, j));
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static void MultiplyAdd<TArithmetic>(ref Vector256<double> r, in Instruction step, int target, int n, int length)
        where TArithmetic : struct, IArithmetic
    {
        ref Vector256<double> x = ref Unsafe.Add(ref r, step.A * n);
        ref Vector256<double> y = ref Unsafe.Add(ref r, step.B * n);
        ref Vector256<double> z = ref Unsafe.Add(ref r, step.C * n);
        ref Vector256<double> t = ref Unsafe.Add(ref r, target * n);
        for (int j = 0; j < length; j++)
        {
            Vector256<double> result = Unsafe.Add(ref z, j) + (Unsafe.Add(ref x, j) * Unsafe.Add(ref y, j));
            Unsafe.Add(ref t, j) = TArithmetic.IsGuarded ? Guarded.Bounded(result) : result;
        }
    }

    /// <summary>z + x₀y₀ + x₁y₁ + …, the running sum kept in a register.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static void Chain<TArithmetic>(ref Vector256<double> r, in Instruction step, int target, int n, int count)
        where TArithmetic : struct, IArithmetic
    {
        for (int j = 0; j < n; j++)
        {
            ref Vector256<double> x = ref Unsafe.Add(ref r, (step.A * n) + j);
            ref Vector256<double> y = ref Unsafe.Add(ref r, (step.B * n) + j);
            ref Vector256<double> t = ref Unsafe.Add(ref r, (target * n) + j);
            Vector256<double> sum = Unsafe.Add(ref r, (step.C * n) + j);
            for (int k = 0; k < count * n; k += n)
            {
                sum += Unsafe.Add(ref x, k) * Unsafe.Add(ref y, k);
                if (TArithmetic.IsGuarded)
                    sum = Guarded.Bounded(sum);
                Unsafe.Add(ref t, k) = sum;
            }
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static void Select(ref Vector256<double> r, in Instruction step, int target, int n, int length)
    {
        ref Vector256<double> condition = ref Unsafe.Add(ref r, step.A * n);
        ref Vector256<double> y = ref Unsafe.Add(ref r, step.B * n);
        ref Vector256<double> z = ref Unsafe.Add(ref r, step.C * n);
        ref Vector256<double> t = ref Unsafe.Add(ref r, target * n);
        for (int j = 0; j < length; j++)
        {
            Vector256<double> x = Unsafe.Add(ref condition, j);
            Vector256<double> chosen = Vector256.ConditionalSelect(Vector256.Equals(x, Vector256<double>.Zero), Unsafe.Add(ref z, j), Unsafe.Add(ref y, j));
            Unsafe.Add(ref t, j) = Vector256.ConditionalSelect(Vector256.Equals(x, x), chosen, x);
        }
    }

    private static void Table(Span<Vector256<double>> registers, ReadOnlySpan<Vector256<double>> constants, in Instruction step, int target, int n)
    {
        for (int j = 0; j < n; j++)
            registers[(target * n) + j] = TableLookup.Values(registers[(step.A * n) + j], constants[(step.B * n)..], step.C, j, n);
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static void PullUnary<TFunction, TArithmetic>(ref Vector256<double> r, ref Vector256<double> s, in Instruction step, int target, int n, int length)
        where TFunction : struct, IUnary
        where TArithmetic : struct, IArithmetic
    {
        ref Vector256<double> operand = ref Unsafe.Add(ref r, step.A * n);
        ref Vector256<double> result = ref Unsafe.Add(ref r, target * n);
        ref Vector256<double> adjoint = ref Unsafe.Add(ref s, target * n);
        ref Vector256<double> to = ref Unsafe.Add(ref s, step.A * n);
        for (int j = 0; j < length; j++)
        {
            Vector256<double> d = Unsafe.Add(ref adjoint, j);
            Vector256<double> x = Unsafe.Add(ref operand, j);
            if (TArithmetic.IsGuarded)
                x = TFunction.Guard(x);
            Unsafe.Add(ref to, j) += Masked(d * TFunction.Slope(x, Unsafe.Add(ref result, j)), d);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static void PullBinary<TFunction, TArithmetic>(ref Vector256<double> r, ref Vector256<double> s, in Instruction step, int target, int n, int length)
        where TFunction : struct, IBinary
        where TArithmetic : struct, IArithmetic
    {
        ref Vector256<double> left = ref Unsafe.Add(ref r, step.A * n);
        ref Vector256<double> right = ref Unsafe.Add(ref r, step.B * n);
        ref Vector256<double> result = ref Unsafe.Add(ref r, target * n);
        ref Vector256<double> adjoint = ref Unsafe.Add(ref s, target * n);
        ref Vector256<double> toLeft = ref Unsafe.Add(ref s, step.A * n);
        ref Vector256<double> toRight = ref Unsafe.Add(ref s, step.B * n);
        bool first = (step.Active & 1) != 0;
        bool second = (step.Active & 2) != 0;
        for (int j = 0; j < length; j++)
        {
            Vector256<double> d = Unsafe.Add(ref adjoint, j);
            Vector256<double> x = Unsafe.Add(ref left, j);
            Vector256<double> y = Unsafe.Add(ref right, j);
            if (TArithmetic.IsGuarded)
                (x, y) = (TFunction.GuardX(x), TFunction.GuardY(y));
            if (first)
                Unsafe.Add(ref toLeft, j) += Masked(TFunction.PullX(d, x, y, Unsafe.Add(ref result, j)), d);
            if (second)
                Unsafe.Add(ref toRight, j) += Masked(TFunction.PullY(d, x, y, Unsafe.Add(ref result, j)), d);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static void PullMultiplyAdd(ref Vector256<double> r, ref Vector256<double> s, in Instruction step, int target, int n, int length)
    {
        ref Vector256<double> x = ref Unsafe.Add(ref r, step.A * n);
        ref Vector256<double> y = ref Unsafe.Add(ref r, step.B * n);
        ref Vector256<double> adjoint = ref Unsafe.Add(ref s, target * n);
        bool first = (step.Active & 1) != 0;
        bool second = (step.Active & 2) != 0;
        bool third = (step.Active & 4) != 0;
        for (int j = 0; j < length; j++)
        {
            Vector256<double> d = Unsafe.Add(ref adjoint, j);
            if (first)
                Unsafe.Add(ref s, (step.A * n) + j) += Masked(d * Unsafe.Add(ref y, j), d);
            if (second)
                Unsafe.Add(ref s, (step.B * n) + j) += Masked(d * Unsafe.Add(ref x, j), d);
            if (third)
                Unsafe.Add(ref s, (step.C * n) + j) += d;
        }
    }

    /// <summary>All links of a chain have the adjoint of its end, as nothing else uses those before.</summary>
    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static void PullChain<TArithmetic>(ref Vector256<double> r, ref Vector256<double> s, in Instruction step, int target, int n, int count)
        where TArithmetic : struct, IArithmetic
    {
        bool first = (step.Active & 1) != 0;
        bool second = (step.Active & 2) != 0;
        for (int j = 0; j < n; j++)
        {
            Vector256<double> d = Unsafe.Add(ref s, ((target + count - 1) * n) + j);
            if (TArithmetic.IsGuarded)
                d = Guarded.Bounded(d);
            ref Vector256<double> x = ref Unsafe.Add(ref r, (step.A * n) + j);
            ref Vector256<double> y = ref Unsafe.Add(ref r, (step.B * n) + j);
            ref Vector256<double> toX = ref Unsafe.Add(ref s, (step.A * n) + j);
            ref Vector256<double> toY = ref Unsafe.Add(ref s, (step.B * n) + j);
            for (int k = 0; k < count * n; k += n)
            {
                if (first)
                    Unsafe.Add(ref toX, k) += Masked(d * Unsafe.Add(ref y, k), d);
                if (second)
                    Unsafe.Add(ref toY, k) += Masked(d * Unsafe.Add(ref x, k), d);
            }

            if ((step.Active & 4) != 0)
                Unsafe.Add(ref s, (step.C * n) + j) += d;
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining | MethodImplOptions.AggressiveOptimization)]
    private static void PullSelect(ref Vector256<double> r, ref Vector256<double> s, in Instruction step, int target, int n, int length)
    {
        ref Vector256<double> condition = ref Unsafe.Add(ref r, step.A * n);
        ref Vector256<double> adjoint = ref Unsafe.Add(ref s, target * n);
        bool second = (step.Active & 2) != 0;
        bool third = (step.Active & 4) != 0;
        for (int j = 0; j < length; j++)
        {
            Vector256<double> d = Unsafe.Add(ref adjoint, j);
            Vector256<double> whenFalse = Vector256.Equals(Unsafe.Add(ref condition, j), Vector256<double>.Zero);
            if (second)
                Unsafe.Add(ref s, (step.B * n) + j) += Vector256.AndNot(d, whenFalse);
            if (third)
                Unsafe.Add(ref s, (step.C * n) + j) += d & whenFalse;
        }
    }

    private static void PullTable(ReadOnlySpan<Vector256<double>> registers, Span<Vector256<double>> adjoints, ReadOnlySpan<Vector256<double>> constants, in Instruction step, int target, int n)
    {
        for (int j = 0; j < n; j++)
        {
            Vector256<double> d = adjoints[(target * n) + j];
            adjoints[(step.A * n) + j] += Masked(d * TableLookup.Slopes(registers[(step.A * n) + j], constants[(step.B * n)..], step.C, j, n), d);
        }
    }

    /// <summary>A contribution where the adjoint is not 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static Vector256<double> Masked(Vector256<double> contribution, Vector256<double> adjoint) =>
        Vector256.AndNot(contribution, Vector256.Equals(adjoint, Vector256<double>.Zero));
}
