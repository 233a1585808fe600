using System.Collections.Immutable;
using System.Runtime.InteropServices;

namespace AnalogLearn.Interchange;

/// <summary>The element types of NumPy arrays that are read and written, little endian.</summary>
public enum NumpyType
{
    /// <summary>Single precision, <c>&lt;f4</c>.</summary>
    Float32,

    /// <summary>Double precision, <c>&lt;f8</c>.</summary>
    Float64,

    /// <summary>32-bit integers, <c>&lt;i4</c>.</summary>
    Int32,

    /// <summary>64-bit integers, <c>&lt;i8</c>.</summary>
    Int64,

    /// <summary>Bytes, <c>|u1</c>.</summary>
    UInt8,

    /// <summary>Truth values, one byte each, <c>|b1</c>.</summary>
    Bool,
}

/// <summary>An array as NumPy knows it: a shape, an element type, and the elements in C order (last index fastest).</summary>
public sealed class NumpyArray
{
    internal NumpyArray(NumpyType type, ImmutableArray<int> shape, Array elements)
    {
        Type = type;
        Shape = shape;
        Elements = elements;
    }

    /// <summary>The element type.</summary>
    public NumpyType Type { get; }

    /// <summary>Length of each axis; empty for a single number.</summary>
    public ImmutableArray<int> Shape { get; }

    /// <summary>Number of elements.</summary>
    public int Count => Elements.Length;

    /// <summary>The elements, an array of the .NET type that <see cref="Type"/> names, in C order.</summary>
    internal Array Elements { get; }

    /// <summary>An array over elements, which it owns from here on.</summary>
    /// <typeparam name="T">float, double, int, long, byte or bool.</typeparam>
    /// <param name="elements">The elements in C order.</param>
    /// <param name="shape">Length of each axis; none given means one axis of all elements.</param>
    public static NumpyArray Of<T>(T[] elements, params ReadOnlySpan<int> shape)
        where T : unmanaged
    {
        ImmutableArray<int> axes = shape.IsEmpty ? [elements.Length] : [.. shape];
        if (axes.Aggregate(1L, (a, b) => a * b) != elements.Length)
            throw new ArgumentException("The shape does not hold as many elements as are given.", nameof(shape));
        return new(TypeOf<T>(), axes, elements);
    }

    /// <summary>A single number (shape <c>()</c>).</summary>
    /// <typeparam name="T">float, double, int, long, byte or bool.</typeparam>
    /// <param name="value">The number.</param>
    public static NumpyArray Scalar<T>(T value)
        where T : unmanaged => new(TypeOf<T>(), [], new[] { value });

    /// <summary>The elements in C order.</summary>
    /// <typeparam name="T">The .NET type that <see cref="Type"/> names.</typeparam>
    public ReadOnlySpan<T> Values<T>()
        where T : unmanaged
    {
        return Elements as T[] ?? throw new InvalidOperationException($"The array holds {Type}, not {typeof(T).Name}.");
    }

    /// <summary>The elements in C order as double precision numbers; truth values become 0 and 1.</summary>
    /// <returns>A new array.</returns>
    public double[] ToDoubles()
    {
        return Elements switch
        {
            double[] v => (double[])v.Clone(),
            float[] v => Array.ConvertAll(v, x => (double)x),
            int[] v => Array.ConvertAll(v, x => (double)x),
            long[] v => Array.ConvertAll(v, x => (double)x),
            byte[] v => Array.ConvertAll(v, x => (double)x),
            _ => Array.ConvertAll((bool[])Elements, x => x ? 1.0 : 0.0),
        };
    }

    /// <summary>The elements in C order as single precision numbers; truth values become 0 and 1.</summary>
    /// <returns>A new array.</returns>
    public float[] ToSingles()
    {
        return Elements switch
        {
            double[] v => Array.ConvertAll(v, x => (float)x),
            float[] v => (float[])v.Clone(),
            int[] v => Array.ConvertAll(v, x => (float)x),
            long[] v => Array.ConvertAll(v, x => (float)x),
            byte[] v => Array.ConvertAll(v, x => (float)x),
            _ => Array.ConvertAll((bool[])Elements, x => x ? 1f : 0f),
        };
    }

    /// <summary>The elements as raw little-endian bytes in C order (in the machine's order, which <see cref="NumpyFormat"/> accounts for).</summary>
    internal Span<byte> Bytes => Elements switch
    {
        double[] v => MemoryMarshal.AsBytes(v.AsSpan()),
        float[] v => MemoryMarshal.AsBytes(v.AsSpan()),
        int[] v => MemoryMarshal.AsBytes(v.AsSpan()),
        long[] v => MemoryMarshal.AsBytes(v.AsSpan()),
        byte[] v => v,
        _ => MemoryMarshal.AsBytes(((bool[])Elements).AsSpan()),
    };

    internal static int SizeOf(NumpyType type) => type switch
    {
        NumpyType.Float64 or NumpyType.Int64 => 8,
        NumpyType.Float32 or NumpyType.Int32 => 4,
        _ => 1,
    };

    internal static Array Allocate(NumpyType type, int count) => type switch
    {
        NumpyType.Float64 => new double[count],
        NumpyType.Float32 => new float[count],
        NumpyType.Int32 => new int[count],
        NumpyType.Int64 => new long[count],
        NumpyType.UInt8 => new byte[count],
        _ => new bool[count],
    };

    private static NumpyType TypeOf<T>()
    {
        return typeof(T) == typeof(float) ? NumpyType.Float32
            : typeof(T) == typeof(double) ? NumpyType.Float64
            : typeof(T) == typeof(int) ? NumpyType.Int32
            : typeof(T) == typeof(long) ? NumpyType.Int64
            : typeof(T) == typeof(byte) ? NumpyType.UInt8
            : typeof(T) == typeof(bool) ? NumpyType.Bool
            : throw new NotSupportedException($"NumPy arrays of {typeof(T).Name} are not written.");
    }
}
