using System.Numerics;
using System.Runtime.CompilerServices;

namespace AnalogLearn.Numerics;

/// <summary>
/// Where the nonzeros of an n × n matrix stand: compressed columns, rows ascending in each column. Values are kept apart, one for each slot, so that one pattern
/// serves many matrices (the Jacobian at each Newton iteration, the admittance matrix at each frequency).
/// </summary>
public sealed class SparsePattern
{
    private readonly int[] _starts;
    private readonly int[] _rows;

    private SparsePattern(int size, int[] starts, int[] rows)
    {
        Size = size;
        _starts = starts;
        _rows = rows;
    }

    /// <summary>Rows, and columns.</summary>
    public int Size { get; }

    /// <summary>Slots: structural nonzeros.</summary>
    public int Count => _rows.Length;

    /// <summary>Column j owns the slots from entry j up to entry j + 1: n + 1 entries.</summary>
    public ReadOnlySpan<int> ColumnStarts => _starts;

    /// <summary>Row of each slot.</summary>
    public ReadOnlySpan<int> RowIndices => _rows;

    /// <summary>Builds a pattern from entries in any order; entries at the same place share a slot. Two counting sorts: time proportional to entries and size.</summary>
    /// <param name="size">Rows, and columns.</param>
    /// <param name="rows">Row of each entry.</param>
    /// <param name="columns">Column of each entry.</param>
    /// <param name="slots">Receives the slot of each entry.</param>
    /// <returns>The pattern.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public static SparsePattern FromEntries(int size, ReadOnlySpan<int> rows, ReadOnlySpan<int> columns, Span<int> slots)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(size);
        ArgumentOutOfRangeException.ThrowIfNotEqual(columns.Length, rows.Length);
        ArgumentOutOfRangeException.ThrowIfNotEqual(slots.Length, rows.Length);
        int count = rows.Length;
        var next = new int[size + 1];
        for (int k = 0; k < count; k++)
        {
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)rows[k], (uint)size);
            ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual((uint)columns[k], (uint)size);
            next[rows[k] + 1]++;
        }

        for (int i = 0; i < size; i++)
            next[i + 1] += next[i];
        var byRow = new int[count];
        for (int k = 0; k < count; k++)
            byRow[next[rows[k]]++] = k;

        // Entries taken by ascending row and dealt to their columns leave every column sorted.
        var starts = new int[size + 1];
        var last = new int[size];
        Array.Fill(last, -1);
        for (int at = 0; at < count; at++)
        {
            int k = byRow[at];
            if (last[columns[k]] == rows[k])
                continue;
            last[columns[k]] = rows[k];
            starts[columns[k] + 1]++;
        }

        for (int j = 0; j < size; j++)
            starts[j + 1] += starts[j];
        var kept = new int[starts[size]];
        Array.Copy(starts, next, size);
        for (int at = 0; at < count; at++)
        {
            int k = byRow[at];
            int column = columns[k];
            int place = next[column];
            if (place > starts[column] && kept[place - 1] == rows[k])
            {
                slots[k] = place - 1;
                continue;
            }

            kept[place] = rows[k];
            slots[k] = place;
            next[column] = place + 1;
        }

        return new SparsePattern(size, starts, kept);
    }

    /// <summary>Slot of a place, by bisection.</summary>
    /// <param name="row">Row.</param>
    /// <param name="column">Column.</param>
    /// <returns>The slot, or −1 where the matrix is structurally zero.</returns>
    public int SlotOf(int row, int column)
    {
        int start = _starts[column];
        int found = _rows.AsSpan(start, _starts[column + 1] - start).BinarySearch(row);
        return found < 0 ? -1 : start + found;
    }

    /// <summary>y = A x.</summary>
    /// <typeparam name="T">Scalar.</typeparam>
    /// <param name="values">A, one value for each slot.</param>
    /// <param name="x">x, n entries.</param>
    /// <param name="result">Receives y; must not overlap x.</param>
    public void Multiply<T>(ReadOnlySpan<T> values, ReadOnlySpan<T> x, Span<T> result)
        where T : struct, INumberBase<T>
    {
        result[..Size].Clear();
        MultiplyAdd(values, x, result);
    }

    /// <summary>y ← y + A x.</summary>
    /// <typeparam name="T">Scalar.</typeparam>
    /// <param name="values">A, one value for each slot.</param>
    /// <param name="x">x, n entries.</param>
    /// <param name="result">y; must not overlap x.</param>
    public void MultiplyAdd<T>(ReadOnlySpan<T> values, ReadOnlySpan<T> x, Span<T> result)
        where T : struct, INumberBase<T>
    {
        for (int j = 0; j < Size; j++)
        {
            T factor = x[j];
            for (int p = _starts[j]; p < _starts[j + 1]; p++)
                result[_rows[p]] += values[p] * factor;
        }
    }

    /// <summary>y = Aᵀ x (complex values are not conjugated).</summary>
    /// <typeparam name="T">Scalar.</typeparam>
    /// <param name="values">A, one value for each slot.</param>
    /// <param name="x">x, n entries.</param>
    /// <param name="result">Receives y; must not overlap x.</param>
    public void MultiplyTransposed<T>(ReadOnlySpan<T> values, ReadOnlySpan<T> x, Span<T> result)
        where T : struct, INumberBase<T>
    {
        result[..Size].Clear();
        MultiplyTransposedAdd(values, x, result);
    }

    /// <summary>y ← y + Aᵀ x (complex values are not conjugated).</summary>
    /// <typeparam name="T">Scalar.</typeparam>
    /// <param name="values">A, one value for each slot.</param>
    /// <param name="x">x, n entries.</param>
    /// <param name="result">y; must not overlap x.</param>
    public void MultiplyTransposedAdd<T>(ReadOnlySpan<T> values, ReadOnlySpan<T> x, Span<T> result)
        where T : struct, INumberBase<T>
    {
        for (int j = 0; j < Size; j++)
        {
            T sum = result[j];
            for (int p = _starts[j]; p < _starts[j + 1]; p++)
                sum += values[p] * x[_rows[p]];
            result[j] = sum;
        }
    }
}
