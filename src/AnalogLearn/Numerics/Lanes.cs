using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace AnalogLearn.Numerics;

/// <summary>
/// Arithmetic on a vector register of any width, one lane to begin with. A kernel written over lanes exists once for float and double and for every
/// register width; as each operation acts on every lane alone and is correctly rounded, its bits are those of the scalar program.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
/// <typeparam name="TVector">The register.</typeparam>
internal unsafe interface ILanes<T, TVector>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
    where TVector : unmanaged
{
    /// <summary>Numbers in a register.</summary>
    static abstract int Count { get; }

    static abstract TVector Load(T* source);

    static abstract void Store(T* target, TVector value);

    static abstract TVector Broadcast(T value);

    static abstract TVector Add(TVector a, TVector b);

    static abstract TVector Subtract(TVector a, TVector b);

    static abstract TVector Multiply(TVector a, TVector b);

    static abstract TVector Divide(TVector a, TVector b);

    /// <summary>a·b + c, rounded once.</summary>
    static abstract TVector FusedMultiplyAdd(TVector a, TVector b, TVector c);

    /// <summary>The smaller number; <paramref name="b"/> when either is not a number, so that a NaN in <paramref name="b"/> survives.</summary>
    static abstract TVector Minimum(TVector a, TVector b);

    /// <summary>The larger number; <paramref name="b"/> when either is not a number, so that a NaN in <paramref name="b"/> survives.</summary>
    static abstract TVector Maximum(TVector a, TVector b);

    static abstract TVector And(TVector a, TVector b);

    static abstract TVector Or(TVector a, TVector b);

    static abstract TVector AndNot(TVector a, TVector b);

    /// <summary>The larger of two as integers of the same size: for numbers without sign it is their order, and every NaN is above infinity.</summary>
    static abstract TVector MaximumOfBits(TVector a, TVector b);

    /// <summary>2ⁿ of an integer n that stands in the low bits of the mantissa.</summary>
    static abstract TVector PowerOfTwo(TVector integer);

    /// <summary>The largest lane, compared as integers.</summary>
    static abstract T LargestBits(TVector value);
}

/// <summary>Constants of the two number formats.</summary>
/// <typeparam name="T">float or double.</typeparam>
internal static class Format<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Whether T is float; folded by the compiler.</summary>
    public static bool IsSingle
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => typeof(T) == typeof(float);
    }

    /// <summary>The larger of two as integers of the same size.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T MaximumOfBits(T a, T b)
    {
        if (IsSingle)
            return Unsafe.BitCast<int, T>(Math.Max(Unsafe.BitCast<T, int>(a), Unsafe.BitCast<T, int>(b)));
        return Unsafe.BitCast<long, T>(Math.Max(Unsafe.BitCast<T, long>(a), Unsafe.BitCast<T, long>(b)));
    }
}

/// <summary>Registers of 512 bits.</summary>
/// <typeparam name="T">float or double.</typeparam>
[StructLayout(LayoutKind.Auto)]
internal readonly unsafe struct Lanes512<T> : ILanes<T, Vector512<T>>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public static int Count
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Vector512<T>.Count;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Load(T* source) => Vector512.Load(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(T* target, Vector512<T> value) => value.Store(target);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Broadcast(T value) => Vector512.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Add(Vector512<T> a, Vector512<T> b) => a + b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Subtract(Vector512<T> a, Vector512<T> b) => a - b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Multiply(Vector512<T> a, Vector512<T> b) => a * b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Divide(Vector512<T> a, Vector512<T> b) => a / b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> FusedMultiplyAdd(Vector512<T> a, Vector512<T> b, Vector512<T> c) => Format<T>.IsSingle
        ? Vector512.FusedMultiplyAdd(a.AsSingle(), b.AsSingle(), c.AsSingle()).As<float, T>()
        : Vector512.FusedMultiplyAdd(a.AsDouble(), b.AsDouble(), c.AsDouble()).As<double, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Minimum(Vector512<T> a, Vector512<T> b) => Vector512.MinNative(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Maximum(Vector512<T> a, Vector512<T> b) => Vector512.MaxNative(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> And(Vector512<T> a, Vector512<T> b) => a & b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> Or(Vector512<T> a, Vector512<T> b) => a | b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> AndNot(Vector512<T> a, Vector512<T> b) => Vector512.AndNot(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> MaximumOfBits(Vector512<T> a, Vector512<T> b) => Format<T>.IsSingle
        ? Vector512.Max(a.AsInt32(), b.AsInt32()).As<int, T>()
        : Vector512.Max(a.AsInt64(), b.AsInt64()).As<long, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector512<T> PowerOfTwo(Vector512<T> integer) => Format<T>.IsSingle
        ? (Vector512.ShiftLeft(integer.AsInt32(), 23) + Vector512.Create(0x3F800000)).As<int, T>()
        : (Vector512.ShiftLeft(integer.AsInt64(), 52) + Vector512.Create(0x3FF0000000000000L)).As<long, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T LargestBits(Vector512<T> value) => Lanes256<T>.LargestBits(Lanes256<T>.MaximumOfBits(value.GetLower(), value.GetUpper()));
}

/// <summary>Registers of 256 bits.</summary>
/// <typeparam name="T">float or double.</typeparam>
[StructLayout(LayoutKind.Auto)]
internal readonly unsafe struct Lanes256<T> : ILanes<T, Vector256<T>>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public static int Count
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Vector256<T>.Count;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> Load(T* source) => Vector256.Load(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(T* target, Vector256<T> value) => value.Store(target);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> Broadcast(T value) => Vector256.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> Add(Vector256<T> a, Vector256<T> b) => a + b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> Subtract(Vector256<T> a, Vector256<T> b) => a - b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> Multiply(Vector256<T> a, Vector256<T> b) => a * b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> Divide(Vector256<T> a, Vector256<T> b) => a / b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> FusedMultiplyAdd(Vector256<T> a, Vector256<T> b, Vector256<T> c) => Format<T>.IsSingle
        ? Vector256.FusedMultiplyAdd(a.AsSingle(), b.AsSingle(), c.AsSingle()).As<float, T>()
        : Vector256.FusedMultiplyAdd(a.AsDouble(), b.AsDouble(), c.AsDouble()).As<double, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> Minimum(Vector256<T> a, Vector256<T> b) => Vector256.MinNative(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> Maximum(Vector256<T> a, Vector256<T> b) => Vector256.MaxNative(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> And(Vector256<T> a, Vector256<T> b) => a & b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> Or(Vector256<T> a, Vector256<T> b) => a | b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> AndNot(Vector256<T> a, Vector256<T> b) => Vector256.AndNot(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> MaximumOfBits(Vector256<T> a, Vector256<T> b) => Format<T>.IsSingle
        ? Vector256.Max(a.AsInt32(), b.AsInt32()).As<int, T>()
        : Vector256.Max(a.AsInt64(), b.AsInt64()).As<long, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector256<T> PowerOfTwo(Vector256<T> integer) => Format<T>.IsSingle
        ? (Vector256.ShiftLeft(integer.AsInt32(), 23) + Vector256.Create(0x3F800000)).As<int, T>()
        : (Vector256.ShiftLeft(integer.AsInt64(), 52) + Vector256.Create(0x3FF0000000000000L)).As<long, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T LargestBits(Vector256<T> value) => Lanes128<T>.LargestBits(Lanes128<T>.MaximumOfBits(value.GetLower(), value.GetUpper()));
}

/// <summary>Registers of 128 bits: the machines without wider ones.</summary>
/// <typeparam name="T">float or double.</typeparam>
[StructLayout(LayoutKind.Auto)]
internal readonly unsafe struct Lanes128<T> : ILanes<T, Vector128<T>>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public static int Count
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => Vector128<T>.Count;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> Load(T* source) => Vector128.Load(source);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(T* target, Vector128<T> value) => value.Store(target);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> Broadcast(T value) => Vector128.Create(value);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> Add(Vector128<T> a, Vector128<T> b) => a + b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> Subtract(Vector128<T> a, Vector128<T> b) => a - b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> Multiply(Vector128<T> a, Vector128<T> b) => a * b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> Divide(Vector128<T> a, Vector128<T> b) => a / b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> FusedMultiplyAdd(Vector128<T> a, Vector128<T> b, Vector128<T> c) => Format<T>.IsSingle
        ? Vector128.FusedMultiplyAdd(a.AsSingle(), b.AsSingle(), c.AsSingle()).As<float, T>()
        : Vector128.FusedMultiplyAdd(a.AsDouble(), b.AsDouble(), c.AsDouble()).As<double, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> Minimum(Vector128<T> a, Vector128<T> b) => Vector128.MinNative(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> Maximum(Vector128<T> a, Vector128<T> b) => Vector128.MaxNative(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> And(Vector128<T> a, Vector128<T> b) => a & b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> Or(Vector128<T> a, Vector128<T> b) => a | b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> AndNot(Vector128<T> a, Vector128<T> b) => Vector128.AndNot(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> MaximumOfBits(Vector128<T> a, Vector128<T> b) => Format<T>.IsSingle
        ? Vector128.Max(a.AsInt32(), b.AsInt32()).As<int, T>()
        : Vector128.Max(a.AsInt64(), b.AsInt64()).As<long, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static Vector128<T> PowerOfTwo(Vector128<T> integer) => Format<T>.IsSingle
        ? (Vector128.ShiftLeft(integer.AsInt32(), 23) + Vector128.Create(0x3F800000)).As<int, T>()
        : (Vector128.ShiftLeft(integer.AsInt64(), 52) + Vector128.Create(0x3FF0000000000000L)).As<long, T>();

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T LargestBits(Vector128<T> value)
    {
        T largest = value.GetElement(0);
        for (int k = 1; k < Vector128<T>.Count; k++)
            largest = Format<T>.MaximumOfBits(largest, value.GetElement(k));
        return largest;
    }
}

/// <summary>One number at a time: the remainder of a row.</summary>
/// <typeparam name="T">float or double.</typeparam>
[StructLayout(LayoutKind.Auto)]
internal readonly unsafe struct ScalarLane<T> : ILanes<T, T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public static int Count
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        get => 1;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Load(T* source) => *source;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static void Store(T* target, T value) => *target = value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Broadcast(T value) => value;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Add(T a, T b) => a + b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Subtract(T a, T b) => a - b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Multiply(T a, T b) => a * b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Divide(T a, T b) => a / b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T FusedMultiplyAdd(T a, T b, T c) => T.FusedMultiplyAdd(a, b, c);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Minimum(T a, T b) => a < b ? a : b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Maximum(T a, T b) => a > b ? a : b;

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T And(T a, T b) => Format<T>.IsSingle
        ? Unsafe.BitCast<int, T>(Unsafe.BitCast<T, int>(a) & Unsafe.BitCast<T, int>(b))
        : Unsafe.BitCast<long, T>(Unsafe.BitCast<T, long>(a) & Unsafe.BitCast<T, long>(b));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T Or(T a, T b) => Format<T>.IsSingle
        ? Unsafe.BitCast<int, T>(Unsafe.BitCast<T, int>(a) | Unsafe.BitCast<T, int>(b))
        : Unsafe.BitCast<long, T>(Unsafe.BitCast<T, long>(a) | Unsafe.BitCast<T, long>(b));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T AndNot(T a, T b) => Format<T>.IsSingle
        ? Unsafe.BitCast<int, T>(Unsafe.BitCast<T, int>(a) & ~Unsafe.BitCast<T, int>(b))
        : Unsafe.BitCast<long, T>(Unsafe.BitCast<T, long>(a) & ~Unsafe.BitCast<T, long>(b));

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T MaximumOfBits(T a, T b) => Format<T>.MaximumOfBits(a, b);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T PowerOfTwo(T integer) => Format<T>.IsSingle
        ? Unsafe.BitCast<int, T>((Unsafe.BitCast<T, int>(integer) << 23) + 0x3F800000)
        : Unsafe.BitCast<long, T>((Unsafe.BitCast<T, long>(integer) << 52) + 0x3FF0000000000000L);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public static T LargestBits(T value) => value;
}
