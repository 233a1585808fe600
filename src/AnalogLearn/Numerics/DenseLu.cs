using System.Numerics;
using System.Runtime.CompilerServices;

namespace AnalogLearn.Numerics;

/// <summary>
/// P A = L U of a dense real matrix, with partial pivoting: for direct solves with a Jacobian and with its transpose. Blocked (right-looking), so nearly all of the
/// 2n³/3 operations are done in registers.
/// </summary>
/// <remarks>
/// Source: Golub and Van Loan, Matrix Computations, 4th edition, section 3.4. Backward stable for every matrix met in practice. One object holds one
/// factorisation and its working space; it is not safe for use by two threads at once.
/// </remarks>
public sealed class DenseLu
{
    /// <summary>Columns of a panel.</summary>
    private const int Panel = 48;

    /// <summary>Rows of a register tile.</summary>
    private const int TileRows = 4;

    private static readonly int TileColumns = 2 * Vector<double>.Count;

    private double[] _packed = [];
    private double[] _matrix = [];
    private int[] _pivots = [];

    /// <summary>n, or 0 before the first factorisation.</summary>
    public int Size { get; private set; }

    /// <summary>Smallest pivot over largest entry of the matrix, both by magnitude: near n·2⁻⁵³ or below, the matrix is singular to working precision.</summary>
    public double PivotRatio { get; private set; }

    /// <summary>Magnitude of the smallest pivot.</summary>
    public double SmallestPivot { get; private set; }

    /// <summary>Step of the smallest pivot: the matrix column it stands in. After a failure, the step that found none.</summary>
    public int SmallestPivotAt { get; private set; }

    /// <summary>Factors a matrix in place.</summary>
    /// <param name="matrix">A, n × n, row-major; receives the factors and must be left alone while they are used.</param>
    /// <param name="n">Rows and columns.</param>
    /// <returns>Whether every pivot was a number other than zero; if not, the factors cannot be used.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public bool Factor(double[] matrix, int n)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(matrix.Length, n * n);
        Size = n;
        _matrix = matrix;
        if (_pivots.Length < n)
            _pivots = new int[n];
        double largest = 0;
        foreach (double a in matrix.AsSpan(0, n * n))
            largest = Math.Max(largest, Math.Abs(a));
        double smallest = double.PositiveInfinity;
        for (int from = 0; from < n; from += Panel)
        {
            int to = Math.Min(from + Panel, n);
            for (int k = from; k < to; k++)
            {
                int pivot = k;
                double size = Math.Abs(matrix[(k * n) + k]);
                for (int i = k + 1; i < n; i++)
                {
                    double candidate = Math.Abs(matrix[(i * n) + k]);
                    if (candidate > size)
                    {
                        size = candidate;
                        pivot = i;
                    }
                }

                _pivots[k] = pivot;
                if (!(size > 0) || !double.IsFinite(size))
                {
                    PivotRatio = 0;
                    SmallestPivot = 0;
                    SmallestPivotAt = k;
                    return false;
                }

                if (size < smallest)
                {
                    smallest = size;
                    SmallestPivotAt = k;
                }

                if (pivot != k)
                    Swap(matrix.AsSpan(k * n, n), matrix.AsSpan(pivot * n, n));
                double inverse = 1 / matrix[(k * n) + k];
                ReadOnlySpan<double> row = matrix.AsSpan((k * n) + k + 1, to - k - 1);
                for (int i = k + 1; i < n; i++)
                {
                    double factor = matrix[(i * n) + k] * inverse;
                    matrix[(i * n) + k] = factor;
                    if (factor != 0)
                        AddScaled(-factor, row, matrix.AsSpan((i * n) + k + 1, row.Length));
                }
            }

            if (to == n)
                break;

            // U of the block row: L₁₁⁻¹ A₁₂.
            for (int i = from + 1; i < to; i++)
            {
                Span<double> target = matrix.AsSpan((i * n) + to, n - to);
                for (int k = from; k < i; k++)
                    AddScaled(-matrix[(i * n) + k], matrix.AsSpan((k * n) + to, n - to), target);
            }

            Update(matrix, n, from, to);
        }

        SmallestPivot = smallest;
        PivotRatio = n == 0 ? 1 : smallest / largest;
        return true;
    }

    /// <summary>Solves A x = b.</summary>
    /// <param name="b">b; receives x.</param>
    public void Solve(Span<double> b)
    {
        int n = Size;
        for (int k = 0; k < n; k++)
            (b[k], b[_pivots[k]]) = (b[_pivots[k]], b[k]);
        for (int i = 1; i < n; i++)
            b[i] -= Dot(_matrix.AsSpan(i * n, i), b[..i]);
        for (int i = n - 1; i >= 0; i--)
            b[i] = (b[i] - Dot(_matrix.AsSpan((i * n) + i + 1, n - i - 1), b[(i + 1)..n])) / _matrix[(i * n) + i];
    }

    /// <summary>Solves Aᵀ x = b.</summary>
    /// <param name="b">b; receives x.</param>
    public void SolveTransposed(Span<double> b)
    {
        int n = Size;
        for (int i = 0; i < n; i++)
        {
            b[i] /= _matrix[(i * n) + i];
            AddScaled(-b[i], _matrix.AsSpan((i * n) + i + 1, n - i - 1), b[(i + 1)..n]);
        }

        for (int i = n - 1; i > 0; i--)
            AddScaled(-b[i], _matrix.AsSpan(i * n, i), b[..i]);
        for (int k = n - 1; k >= 0; k--)
            (b[k], b[_pivots[k]]) = (b[_pivots[k]], b[k]);
    }

    /// <summary>A₂₂ ← A₂₂ − L₂₁ U₁₂, tile by tile.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private unsafe void Update(double[] matrix, int n, int from, int to)
    {
        int depth = to - from;
        int lanes = Vector<double>.Count;
        if (_packed.Length < Panel * TileColumns)
            _packed = GC.AllocateArray<double>(Panel * TileColumns, pinned: true);
        int wide = to + ((n - to) / TileColumns * TileColumns);
        int tall = to + ((n - to) / TileRows * TileRows);
        fixed (double* a = matrix)
        fixed (double* packed = _packed)
        {
            for (int column = to; column < wide; column += TileColumns)
            {
                for (int k = 0; k < depth; k++)
                    new ReadOnlySpan<double>(a + ((long)(from + k) * n) + column, TileColumns).CopyTo(new Span<double>(packed + (k * TileColumns), TileColumns));
                for (int row = to; row < tall; row += TileRows)
                {
                    double* l0 = a + ((long)row * n) + from;
                    double* l1 = l0 + n;
                    double* l2 = l1 + n;
                    double* l3 = l2 + n;
                    Vector<double> c00 = default, c01 = default, c10 = default, c11 = default;
                    Vector<double> c20 = default, c21 = default, c30 = default, c31 = default;
                    double* u = packed;
                    for (int k = 0; k < depth; k++, u += TileColumns)
                    {
                        Vector<double> u0 = Vector.Load(u);
                        Vector<double> u1 = Vector.Load(u + lanes);
                        var f0 = new Vector<double>(l0[k]);
                        c00 = Vector.FusedMultiplyAdd(f0, u0, c00);
                        c01 = Vector.FusedMultiplyAdd(f0, u1, c01);
                        var f1 = new Vector<double>(l1[k]);
                        c10 = Vector.FusedMultiplyAdd(f1, u0, c10);
                        c11 = Vector.FusedMultiplyAdd(f1, u1, c11);
                        var f2 = new Vector<double>(l2[k]);
                        c20 = Vector.FusedMultiplyAdd(f2, u0, c20);
                        c21 = Vector.FusedMultiplyAdd(f2, u1, c21);
                        var f3 = new Vector<double>(l3[k]);
                        c30 = Vector.FusedMultiplyAdd(f3, u0, c30);
                        c31 = Vector.FusedMultiplyAdd(f3, u1, c31);
                    }

                    double* r = a + ((long)row * n) + column;
                    Subtract(r, c00, c01, lanes);
                    Subtract(r + n, c10, c11, lanes);
                    Subtract(r + (2L * n), c20, c21, lanes);
                    Subtract(r + (3L * n), c30, c31, lanes);
                }
            }
        }

        for (int i = to; i < n; i++)
        {
            int column = i < tall ? wide : to;
            if (column == n)
                continue;
            Span<double> target = matrix.AsSpan((i * n) + column, n - column);
            for (int k = from; k < to; k++)
                AddScaled(-matrix[(i * n) + k], matrix.AsSpan((k * n) + column, n - column), target);
        }
    }

    private static unsafe void Subtract(double* from, Vector<double> first, Vector<double> second, int lanes)
    {
        (Vector.Load(from) - first).Store(from);
        (Vector.Load(from + lanes) - second).Store(from + lanes);
    }

    private static void Swap(Span<double> one, Span<double> other)
    {
        for (int i = 0; i < one.Length; i++)
            (one[i], other[i]) = (other[i], one[i]);
    }

    private static void AddScaled(double factor, ReadOnlySpan<double> x, Span<double> y)
    {
        int i = 0;
        int lanes = Vector<double>.Count;
        var f = new Vector<double>(factor);
        for (; i <= x.Length - lanes; i += lanes)
            Vector.FusedMultiplyAdd(f, new Vector<double>(x[i..]), new Vector<double>(y[i..])).CopyTo(y[i..]);
        for (; i < x.Length; i++)
            y[i] = Math.FusedMultiplyAdd(factor, x[i], y[i]);
    }

    private static double Dot(ReadOnlySpan<double> x, ReadOnlySpan<double> y)
    {
        int i = 0;
        int lanes = Vector<double>.Count;
        Vector<double> sum = default;
        for (; i <= x.Length - lanes; i += lanes)
            sum = Vector.FusedMultiplyAdd(new Vector<double>(x[i..]), new Vector<double>(y[i..]), sum);
        double total = Vector.Sum(sum);
        for (; i < x.Length; i++)
            total = Math.FusedMultiplyAdd(x[i], y[i], total);
        return total;
    }
}
