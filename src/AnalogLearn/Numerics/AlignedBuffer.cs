using System.Numerics;
using System.Runtime.CompilerServices;

namespace AnalogLearn.Numerics;

/// <summary>Zeroed memory for kernels that neither moves nor straddles cache lines at its start.</summary>
/// <typeparam name="T">float or double.</typeparam>
internal sealed unsafe class AlignedBuffer<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Bytes of a cache line, and of the widest register.</summary>
    public const int Line = 64;

    private T[] _values = [];

    /// <summary>Zeroed memory.</summary>
    /// <param name="count">How many numbers.</param>
    public AlignedBuffer(nint count)
    {
        Reserve(count);
    }

    /// <summary>Numbers that fit.</summary>
    public nint Count { get; private set; }

    /// <summary>The first number.</summary>
    public T* Pointer { get; private set; }

    /// <summary>All numbers.</summary>
    public Span<T> Span => new(Pointer, checked((int)Count));

    /// <summary>Makes room for so many numbers; when that needs new memory its contents are zeros.</summary>
    /// <param name="count">How many numbers.</param>
    public void Reserve(nint count)
    {
        if (count <= Count && _values.Length > 0)
            return;
        int spare = Line / Unsafe.SizeOf<T>();
        _values = GC.AllocateArray<T>(checked((int)(count + spare)), pinned: true);
        nuint start = (nuint)Unsafe.AsPointer(ref _values[0]);
        Pointer = (T*)((start + Line - 1) & ~(nuint)(Line - 1));
        Count = count;
    }

    /// <summary>A width rounded up to whole registers.</summary>
    /// <param name="width">Numbers in a row.</param>
    public static int Padded(int width)
    {
        int lanes = Line / Unsafe.SizeOf<T>();
        return (width + lanes - 1) / lanes * lanes;
    }
}
