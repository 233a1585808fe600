using System.Numerics;

namespace AnalogLearn.Numerics;

/// <summary>A matrix of numbers, one example a row: examples × width, row-major, without padding.</summary>
/// <typeparam name="T">float or double.</typeparam>
public sealed class Batch<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>A batch of zeros.</summary>
    /// <param name="rows">Examples.</param>
    /// <param name="width">Numbers an example.</param>
    public Batch(int rows, int width)
    {
        Rows = rows;
        Width = width;
        Values = GC.AllocateArray<T>(checked(rows * width), pinned: true);
    }

    /// <summary>Examples.</summary>
    public int Rows { get; }

    /// <summary>Numbers an example.</summary>
    public int Width { get; }

    /// <summary>All numbers, row after row. Pinned, so kernels may take its address.</summary>
    public T[] Values { get; }

    /// <summary>All numbers, row after row.</summary>
    public Span<T> Span => Values;

    /// <summary>One number.</summary>
    /// <param name="row">The example.</param>
    /// <param name="column">Its place in the example.</param>
    public ref T this[int row, int column] => ref Values[(row * Width) + column];

    /// <summary>The numbers of one example.</summary>
    /// <param name="row">The example.</param>
    public Span<T> Row(int row) => Values.AsSpan(row * Width, Width);

    /// <summary>A copy.</summary>
    public Batch<T> Clone()
    {
        var copy = new Batch<T>(Rows, Width);
        Values.CopyTo(copy.Values, 0);
        return copy;
    }

    /// <summary>Copies all numbers from a batch of the same shape.</summary>
    /// <param name="other">The batch to copy from.</param>
    public void CopyFrom(Batch<T> other)
    {
        if (other.Rows != Rows || other.Width != Width)
            throw new ArgumentException("The batches differ in shape.", nameof(other));
        other.Values.CopyTo(Values, 0);
    }
}
