using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace AnalogLearn.Numerics;

/// <summary>
/// The last columns of an irreducible block, where fill has made the matrix nearly dense: gathered column by column and factored with dense kernels. Each
/// factorisation chooses its pivots anew, by columns (rows of the transpose that is stored).
/// </summary>
/// <typeparam name="T">Scalar.</typeparam>
/// <param name="size">Columns.</param>
internal sealed class DenseTail<T>(int size)
    where T : struct, INumberBase<T>
{
    private readonly T[] _matrix = GC.AllocateArray<T>(size * size, pinned: true);
    private readonly T[] _inverse = new T[typeof(T) == typeof(double) ? 0 : size];
    private readonly int[] _pivots = new int[typeof(T) == typeof(double) ? 0 : size];
    private readonly DenseLu? _dense = typeof(T) == typeof(double) ? new DenseLu() : null;

    /// <summary>Row of the block, counted from its first dense one, where the smallest pivot stood.</summary>
    public int SmallestPivotAt { get; private set; }

    /// <summary>Magnitude of the smallest pivot.</summary>
    public double SmallestPivot { get; private set; }

    /// <summary>A column to be filled before <see cref="Factor"/>.</summary>
    /// <param name="column">Which, counted from the first dense one.</param>
    public Span<T> Column(int column) => _matrix.AsSpan(column * size, size);

    /// <summary>Factors what <see cref="Column"/> was given.</summary>
    /// <param name="tolerance">Pivots up to here count as zero.</param>
    /// <returns>Whether all pivots were larger.</returns>
    public bool Factor(double tolerance)
    {
        if (_dense != null)
        {
            bool done = _dense.Factor(Unsafe.As<double[]>(_matrix), size);
            SmallestPivot = _dense.SmallestPivot;
            SmallestPivotAt = _dense.SmallestPivotAt;
            return done && SmallestPivot > tolerance;
        }

        SmallestPivot = double.PositiveInfinity;
        for (int k = 0; k < size; k++)
        {
            int pivot = k;
            double largest = 0;
            for (int i = k; i < size; i++)
            {
                double candidate = SparseKernels.Magnitude(_matrix[(i * size) + k]);
                if (candidate > largest)
                {
                    largest = candidate;
                    pivot = i;
                }
            }

            if (!(largest >= SmallestPivot))
            {
                SmallestPivot = largest;
                SmallestPivotAt = k;
            }

            if (!(largest > tolerance) || !double.IsFinite(largest))
                return false;
            _pivots[k] = pivot;
            Span<T> row = _matrix.AsSpan(k * size, size);
            if (pivot != k)
            {
                Span<T> other = _matrix.AsSpan(pivot * size, size);
                for (int j = 0; j < size; j++)
                    (row[j], other[j]) = (other[j], row[j]);
            }

            T inverse = T.One / row[k];
            _inverse[k] = inverse;
            for (int i = k + 1; i < size; i++)
            {
                Span<T> target = _matrix.AsSpan(i * size, size);
                T factor = target[k] * inverse;
                target[k] = factor;
                if (!T.IsZero(factor))
                    SparseKernels.SubtractScaled(factor, row[(k + 1)..], target[(k + 1)..]);
            }
        }

        return true;
    }

    /// <summary>Solves with the tail.</summary>
    /// <param name="b">Right-hand side; receives the solution.</param>
    public void Solve(Span<T> b)
    {
        // What is stored is the transpose.
        if (_dense != null)
        {
            _dense.SolveTransposed(MemoryMarshal.Cast<T, double>(b));
            return;
        }

        for (int i = 0; i < size; i++)
        {
            b[i] *= _inverse[i];
            SparseKernels.SubtractScaled(b[i], _matrix.AsSpan((i * size) + i + 1, size - i - 1), b[(i + 1)..size]);
        }

        for (int i = size - 1; i > 0; i--)
            SparseKernels.SubtractScaled(b[i], _matrix.AsSpan(i * size, i), b[..i]);
        for (int k = size - 1; k >= 0; k--)
            (b[k], b[_pivots[k]]) = (b[_pivots[k]], b[k]);
    }

    /// <summary>Solves with the transpose of the tail.</summary>
    /// <param name="b">Right-hand side; receives the solution.</param>
    public void SolveTransposed(Span<T> b)
    {
        if (_dense != null)
        {
            _dense.Solve(MemoryMarshal.Cast<T, double>(b));
            return;
        }

        for (int k = 0; k < size; k++)
            (b[k], b[_pivots[k]]) = (b[_pivots[k]], b[k]);
        for (int i = 1; i < size; i++)
            b[i] -= Dot(_matrix.AsSpan(i * size, i), b);
        for (int i = size - 1; i >= 0; i--)
            b[i] = (b[i] - Dot(_matrix.AsSpan((i * size) + i + 1, size - i - 1), b[(i + 1)..])) * _inverse[i];
    }

    private static T Dot(ReadOnlySpan<T> x, ReadOnlySpan<T> y)
    {
        T sum = T.Zero;
        for (int i = 0; i < x.Length; i++)
            sum += x[i] * y[i];
        return sum;
    }
}
