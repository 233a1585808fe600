using System.Numerics;
using System.Runtime.CompilerServices;

namespace AnalogLearn.Numerics;

/// <summary>
/// Direct solver for a square sparse matrix whose pattern stays while its values change: P S A Q = L U on each diagonal block of a block triangular form, S a row
/// scaling by powers of two. Made for circuits: nearly symmetric patterns, thousands of blocks of one entry, many refactorisations for one factorisation.
/// </summary>
/// <remarks>
/// Sources: T. A. Davis, E. Palamadai Natarajan, Algorithm 907: KLU, ACM TOMS 37 (2010) 36, doi:10.1145/1824801.1824814 (the whole); J. R. Gilbert, T. Peierls, SIAM J.
/// Sci. Stat. Comput. 9 (1988) 862, doi:10.1137/0909058 (columns of L and U by reachability); S. C. Eisenstat, J. W. H. Liu, SIAM J. Matrix Anal. Appl. 13 (1992)
/// 202, doi:10.1137/0613013 (symmetric pruning). Beyond KLU, the last, nearly dense columns of a block are factored by dense kernels, and refactorisations take
/// columns of equal structure together. One object serves one thread.
/// </remarks>
/// <typeparam name="T">Scalar: <see cref="double"/> or <see cref="Complex"/>.</typeparam>
public sealed class SparseLu<T>
    where T : struct, INumberBase<T>
{
    /// <summary>Cost of an operation of the dense kernels against one of the sparse ones.</summary>
    private const double DenseCost = 0.12;

    /// <summary>Sparse columns a block must have for the attempt with diagonal pivots to be worth while.</summary>
    private const int LeastSparseColumns = 50;

    /// <summary>Entries beside the diagonal up to which minimum degree alone serves a controlled source as well.</summary>
    private const int SubstitutedFrom = 4;

    /// <summary>The part of the largest candidate that the diagonal must have where the usual one let entries grow.</summary>
    private const double CautiousThreshold = 0.2;

    private readonly SparseLuOptions _options;
    private readonly BlockTriangularForm _form;
    private readonly int _n;
    private readonly int[] _blocks;

    // First column of each block that is left to dense kernels, and these.
    private readonly int[] _tailStart;
    private readonly DenseTail<T>?[] _tails;

    // Blocks of nearly symmetric pattern, whose factors by diagonal pivots are as good as any, and the entries of L expected of each block.
    private readonly bool[] _symmetric;
    private readonly int[] _expected;

    // Rows and columns of the given matrix at each place of the block triangular form, before pivoting.
    private readonly int[] _rowAt;
    private readonly int[] _columnAt;

    // Entries within diagonal blocks by column: row place before pivoting and after, slot. The same for entries above the blocks, and their values.
    private readonly int[] _inStart;
    private readonly int[] _inRow;
    private readonly int[] _inPivot;
    private readonly int[] _inSlot;
    private readonly int[] _offStart;
    private readonly int[] _offRow;
    private readonly int[] _offPivot;
    private readonly int[] _offSlot;
    private readonly T[] _offValue;

    // What pivoting chose: place before → after, after → before, after → row of the given matrix.
    private readonly int[] _pivotOf;
    private readonly int[] _pivotRow;
    private readonly int[] _rowOfPivot;
    private readonly T[] _scale;
    private readonly T[] _scaleOfPivot;
    private readonly double[] _columnSize;

    private readonly int[] _lStart;
    private readonly int[] _uStart;
    private readonly T[] _inverse;
    private readonly int[] _superEnd;
    private int[] _lRow;
    private T[] _lValue;
    private int[] _uRow;
    private T[] _uValue;

    private readonly T[] _x;
    private readonly T[] _sum;
    private readonly T[] _permuted;
    private readonly int[] _flag;
    private readonly int[] _order;
    private readonly int[] _path;
    private readonly int[] _next;
    private readonly int[] _pruned;
    private readonly int[] _diagonalRow;
    private readonly int[] _diagonalColumn;
    private int[] _sortRow = [];
    private T[] _sortValue = [];
    private bool _ready;
    private bool _pivoted;

    /// <summary>Analyses a pattern: block triangular form, fill-reducing order of each block, where its dense part begins.</summary>
    /// <param name="pattern">Pattern of every matrix to be factored.</param>
    /// <param name="options">Tolerances, or null for the usual ones.</param>
    public SparseLu(SparsePattern pattern, SparseLuOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(pattern);
        Pattern = pattern;
        _options = options ?? new SparseLuOptions();
        _form = new BlockTriangularForm(pattern);
        _n = pattern.Size;
        int n = _form.Rows.Length;
        _blocks = _form.Starts;
        _rowAt = _form.Rows;
        _columnAt = _form.Columns;
        int blocks = _blocks.Length - 1;
        _tailStart = new int[blocks];
        _tails = new DenseTail<T>?[blocks];
        _symmetric = new bool[blocks];
        _expected = new int[blocks];
        int fill = OrderBlocks();

        var place = new int[n];
        for (int k = 0; k < n; k++)
            place[_rowAt[k]] = k;
        _inStart = new int[n + 1];
        _offStart = new int[n + 1];
        ReadOnlySpan<int> starts = pattern.ColumnStarts;
        ReadOnlySpan<int> rows = pattern.RowIndices;
        int inside = 0, off = 0;
        for (int b = 0; b < blocks; b++)
        {
            for (int k = _blocks[b]; k < _blocks[b + 1]; k++)
            {
                int column = _columnAt[k];
                for (int p = starts[column]; p < starts[column + 1]; p++)
                {
                    if (place[rows[p]] >= _blocks[b])
                        inside++;
                    else
                        off++;
                }

                _inStart[k + 1] = inside;
                _offStart[k + 1] = off;
            }
        }

        _inRow = new int[inside];
        _inPivot = new int[inside];
        _inSlot = new int[inside];
        _offRow = new int[off];
        _offPivot = new int[off];
        _offSlot = new int[off];
        _offValue = new T[off];
        for (int k = 0; k < n; k++)
        {
            int i = _inStart[k], o = _offStart[k];
            int first = n;
            int column = _columnAt[k];
            bool split = _offStart[k + 1] > o;
            if (split)
                first = _blocks[BlockOf(k)];
            for (int p = starts[column]; p < starts[column + 1]; p++)
            {
                int row = place[rows[p]];
                if (split && row < first)
                {
                    _offRow[o] = row;
                    _offSlot[o++] = p;
                }
                else
                {
                    _inRow[i] = row;
                    _inSlot[i++] = p;
                }
            }
        }

        _pivotOf = new int[n];
        _pivotRow = new int[n];
        _rowOfPivot = new int[n];
        _scale = new T[n];
        _scaleOfPivot = new T[n];
        _columnSize = new double[n];
        _lStart = new int[n + 1];
        _uStart = new int[n + 1];
        _inverse = new T[n];
        _superEnd = new int[n];
        _lRow = new int[fill];
        _lValue = new T[fill];
        _uRow = new int[fill];
        _uValue = new T[fill];
        _x = new T[n];
        _sum = new T[n];
        _permuted = new T[n];
        _flag = new int[n];
        _order = new int[n];
        _path = new int[n];
        _next = new int[n + 1];
        _pruned = new int[n];
        _diagonalRow = new int[n];
        _diagonalColumn = new int[n];
    }

    /// <summary>Pattern of the matrices.</summary>
    public SparsePattern Pattern { get; }

    /// <summary>Diagonal blocks of the block triangular form; 0 if the pattern is singular.</summary>
    public int BlockCount => _blocks.Length - 1;

    /// <summary>Most pivots that any values of this pattern can give: n, unless the pattern alone is singular.</summary>
    public int StructuralRank => _form.StructuralRank;

    /// <summary>Entries of L and U together, the diagonal once, dense parts whole, and of the blocks above the diagonal.</summary>
    public int FactorCount { get; private set; }

    /// <summary>
    /// Smallest ratio of the largest entry of a column of the scaled matrix to the largest of that column of U: near 1 is good, near 2⁻⁵³ the factors are worthless.
    /// Computed when asked for; of the dense part, what elimination had left of it counts.
    /// </summary>
    public double ReciprocalGrowth => _ready ? 1 / Growth(0, _inverse.Length) : 0;

    /// <summary>Factors with threshold pivoting that prefers the diagonal.</summary>
    /// <param name="values">A, one value for each slot.</param>
    /// <returns>Done, or Singular with the row and column where it stopped.</returns>
    public LuOutcome Factor(ReadOnlySpan<T> values)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(values.Length, Pattern.Count);
        _ready = false;
        _pivoted = false;
        if (_form.StructuralRank < _n)
            return new LuOutcome(LuStatus.Singular, _form.UnmatchedRow, _form.UnmatchedColumn, true);
        for (int b = 0; b < _tails.Length; b++)
        {
            int k = _blocks[b];
            if (_blocks[b + 1] - k == 1)
            {
                _scale[k] = T.One;
                _pivotOf[k] = k;
                _pivotRow[k] = k;
                _rowOfPivot[k] = _rowAt[k];
                if (!Single(values, k))
                    return Singular(k, k);
                _lStart[k + 1] = _lStart[k];
                _uStart[k + 1] = _uStart[k];
                continue;
            }

            ScaleRows(values, k, _blocks[b + 1]);
            if (FactorOnDiagonal(values, b))
                continue;

            // A preferred diagonal that is small may be followed by another, and so on: then larger pivots are asked for.
            LuOutcome outcome = FactorBlock(values, b, _options.PivotThreshold, out double growth);
            if (outcome.IsDone && growth > _options.GrowthLimit && _options.PivotThreshold < CautiousThreshold)
                outcome = FactorBlock(values, b, CautiousThreshold, out growth);
            if (!outcome.IsDone)
            {
                Array.Clear(_x);
                return outcome;
            }

            NumberPivots(b);
            for (int p = _lStart[k]; p < _lStart[_blocks[b + 1]]; p++)
                _lRow[p] = _pivotOf[_lRow[p]];
            Sort(_lStart, _lRow, _lValue, k, _blocks[b + 1]);
            Sort(_uStart, _uRow, _uValue, k, _blocks[b + 1]);
            FindSupernodes(b);
        }

        for (int p = 0; p < _offRow.Length; p++)
            _offPivot[p] = _pivotOf[_offRow[p]];
        CountFactors();
        GatherOff(values);
        _ready = true;
        _pivoted = true;
        return LuOutcome.Done;
    }

    /// <summary>Factors along the pattern and pivots of the last <see cref="Factor"/>; the first call factors. Nothing is allocated.</summary>
    /// <param name="values">A, one value for each slot.</param>
    /// <returns>Done, Singular or Unstable; after Unstable, call <see cref="Factor"/>, which may still succeed.</returns>
    public LuOutcome Refactor(ReadOnlySpan<T> values)
    {
        if (!_pivoted)
            return Factor(values);
        ArgumentOutOfRangeException.ThrowIfLessThan(values.Length, Pattern.Count);
        _ready = false;
        for (int b = 0; b < _tails.Length; b++)
        {
            int first = _blocks[b];
            if (_blocks[b + 1] - first == 1)
            {
                if (!Single(values, first))
                    return Singular(first, first);
                continue;
            }

            int failed = RefactorBlock(values, b, _options.RefactorThreshold);
            if (failed >= 0)
            {
                Array.Clear(_x);
                return new LuOutcome(LuStatus.Unstable, _rowOfPivot[failed], _columnAt[failed], false);
            }
        }

        GatherOff(values);
        _ready = true;
        return LuOutcome.Done;
    }

    /// <summary>Solves A x = b.</summary>
    /// <param name="rightHandSide">b; receives x.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Solve(Span<T> rightHandSide)
    {
        if (!_ready)
            throw new InvalidOperationException("There is no factorisation to solve with.");
        T[] y = _permuted;
        for (int k = 0; k < y.Length; k++)
            y[k] = rightHandSide[_rowOfPivot[k]];
        for (int b = _tails.Length - 1; b >= 0; b--)
        {
            int first = _blocks[b];
            int end = _blocks[b + 1];
            if (end - first == 1)
            {
                y[first] *= _inverse[first];
            }
            else
            {
                int tail = _tailStart[b];
                for (int k = first; k < end; k++)
                    y[k] *= _scaleOfPivot[k];
                for (int k = first; k < tail; k++)
                    SparseKernels.SubtractColumn(Rows(_lRow, _lStart, k), Values(_lValue, _lStart, k), y[k], y);
                if (_tails[b] is { } dense)
                {
                    dense.Solve(y.AsSpan(tail, end - tail));
                    for (int k = end - 1; k >= tail; k--)
                        SparseKernels.SubtractColumn(Rows(_uRow, _uStart, k), Values(_uValue, _uStart, k), y[k], y);
                }

                for (int k = tail - 1; k >= first; k--)
                {
                    y[k] *= _inverse[k];
                    SparseKernels.SubtractColumn(Rows(_uRow, _uStart, k), Values(_uValue, _uStart, k), y[k], y);
                }
            }

            for (int k = first; k < end; k++)
            {
                if (_offStart[k + 1] > _offStart[k])
                    SparseKernels.SubtractColumn(Rows(_offPivot, _offStart, k), Values(_offValue, _offStart, k), y[k], y);
            }
        }

        for (int k = 0; k < y.Length; k++)
            rightHandSide[_columnAt[k]] = y[k];
    }

    /// <summary>Solves Aᵀ x = b (complex values are not conjugated).</summary>
    /// <param name="rightHandSide">b; receives x.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void SolveTransposed(Span<T> rightHandSide)
    {
        if (!_ready)
            throw new InvalidOperationException("There is no factorisation to solve with.");
        T[] y = _permuted;
        for (int k = 0; k < y.Length; k++)
            y[k] = rightHandSide[_columnAt[k]];
        for (int b = 0; b < _tails.Length; b++)
        {
            int first = _blocks[b];
            int end = _blocks[b + 1];
            for (int k = first; k < end; k++)
            {
                if (_offStart[k + 1] > _offStart[k])
                    y[k] -= SparseKernels.DotColumn(Rows(_offPivot, _offStart, k), Values(_offValue, _offStart, k), y);
            }

            if (end - first == 1)
            {
                y[first] *= _inverse[first];
                continue;
            }

            int tail = _tailStart[b];
            for (int k = first; k < tail; k++)
                y[k] = (y[k] - SparseKernels.DotColumn(Rows(_uRow, _uStart, k), Values(_uValue, _uStart, k), y)) * _inverse[k];
            if (_tails[b] is { } dense)
            {
                for (int k = tail; k < end; k++)
                    y[k] -= SparseKernels.DotColumn(Rows(_uRow, _uStart, k), Values(_uValue, _uStart, k), y);
                dense.SolveTransposed(y.AsSpan(tail, end - tail));
            }

            for (int k = tail - 1; k >= first; k--)
                y[k] -= SparseKernels.DotColumn(Rows(_lRow, _lStart, k), Values(_lValue, _lStart, k), y);
            for (int k = first; k < end; k++)
                y[k] *= _scaleOfPivot[k];
        }

        for (int k = 0; k < y.Length; k++)
            rightHandSide[_rowOfPivot[k]] = y[k];
    }

    /// <summary>Estimates ‖A‖₁ ‖A⁻¹‖₁ with a few solves; a lower bound, rarely below a third of the truth.</summary>
    /// <remarks>Source: W. W. Hager, Condition estimates, SIAM J. Sci. Stat. Comput. 5 (1984) 311, doi:10.1137/0905023.</remarks>
    /// <param name="values">The matrix that was factored, one value for each slot.</param>
    /// <returns>The estimate; infinite if there is no factorisation.</returns>
    public double EstimateCondition(ReadOnlySpan<T> values)
    {
        if (!_ready)
            return double.PositiveInfinity;
        if (_n == 0)
            return 1;
        double norm = 0;
        ReadOnlySpan<int> starts = Pattern.ColumnStarts;
        for (int j = 0; j < _n; j++)
        {
            double sum = 0;
            for (int p = starts[j]; p < starts[j + 1]; p++)
                sum += SparseKernels.Modulus(values[p]);
            norm = Math.Max(norm, sum);
        }

        var x = new T[_n];
        Array.Fill(x, T.CreateTruncating(1.0 / _n));
        double inverse = 0;
        int unit = -1;
        for (int step = 0; step < 5; step++)
        {
            Solve(x);
            double size = 0;
            for (int i = 0; i < _n; i++)
            {
                double modulus = SparseKernels.Modulus(x[i]);
                size += modulus;

                // The conjugate of y/|y|: with the plain transpose it gives the conjugate of A⁻ᴴ y/|y|, of equal moduli.
                x[i] = modulus > 0 ? SparseKernels.Conjugate(x[i]) * T.CreateTruncating(1 / modulus) : T.One;
            }

            if (size <= inverse)
                break;
            inverse = size;
            SolveTransposed(x);
            int largest = 0;
            for (int i = 1; i < _n; i++)
            {
                if (SparseKernels.Modulus(x[i]) > SparseKernels.Modulus(x[largest]))
                    largest = i;
            }

            if (largest == unit)
                break;
            unit = largest;
            Array.Clear(x);
            x[unit] = T.One;
        }

        return norm * inverse;
    }

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ReadOnlySpan<int> Rows(int[] rows, int[] starts, int k) => rows.AsSpan(starts[k], starts[k + 1] - starts[k]);

    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static ReadOnlySpan<T> Values(T[] values, int[] starts, int k) => values.AsSpan(starts[k], starts[k + 1] - starts[k]);

    private int BlockOf(int place)
    {
        int found = Array.BinarySearch(_blocks, place);
        return found >= 0 ? found : ~found - 1;
    }

    private LuOutcome Singular(int rowPlace, int columnPlace) => new(LuStatus.Singular, _rowAt[rowPlace], _columnAt[columnPlace], false);

    /// <summary>Orders the inside of every block and returns what L, and U, are expected to need.</summary>
    private int OrderBlocks()
    {
        int n = _rowAt.Length;
        var place = new int[n];
        Array.Fill(place, -1);
        var blockOrder = new int[n];
        var counts = new int[n];
        var oldRow = new int[n];
        var oldColumn = new int[n];
        double fill = 16;
        for (int b = 0; b < _tails.Length; b++)
        {
            int first = _blocks[b];
            int size = _blocks[b + 1] - first;
            _tailStart[b] = first + size;
            if (size == 1)
                continue;

            int last = first + size;
            for (int k = first; k < last; k++)
                place[_rowAt[k]] = k - first;
            int substituted = OrderBlock(first, size, place, blockOrder, counts, out double symmetry);
            for (int k = first; k < last; k++)
                place[_rowAt[k]] = -1;
            Array.Copy(_rowAt, first, oldRow, 0, size);
            Array.Copy(_columnAt, first, oldColumn, 0, size);
            for (int k = 0; k < size; k++)
            {
                _rowAt[first + k] = oldRow[blockOrder[k]];
                _columnAt[first + k] = oldColumn[blockOrder[k]];
            }

            int tail = TailSize(counts.AsSpan(substituted, size - substituted));
            _tailStart[b] = first + size - tail;
            if (tail > 0)
                _tails[b] = new DenseTail<T>(tail);
            double entries = 0;
            for (int k = 0; k < size - tail; k++)
                entries += counts[k];
            _expected[b] = (int)Math.Min(entries, 1 << 28);
            _symmetric[b] = size - tail >= LeastSparseColumns && symmetry > 0.9;
            fill += entries;
        }

        return (int)Math.Min(fill * 1.1, 1 << 28);
    }

    /// <summary>
    /// Minimum degree on A + Aᵀ of a block, after the controlled sources: a row with a single entry beside its diagonal (an output that follows one unknown, read by
    /// many equations) is substituted at a cost that A + Aᵀ, where the reading equations become neighbours of each other, does not see. Likewise a column
    /// with a single entry beside its diagonal.
    /// </summary>
    /// <param name="first">First place of the block.</param>
    /// <param name="size">Places.</param>
    /// <param name="place">Place in the block of each row of the matrix, or −1.</param>
    /// <param name="order">Receives the place that comes first, second, …</param>
    /// <param name="counts">Receives the expected entries of L in each column.</param>
    /// <param name="symmetry">Receives the entries off the diagonal against those that A + Aᵀ would have: 1 for a symmetric pattern, ½ for a triangular one.</param>
    /// <returns>How many were substituted.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private int OrderBlock(int first, int size, int[] place, Span<int> order, Span<int> counts, out double symmetry)
    {
        ReadOnlySpan<int> starts = Pattern.ColumnStarts;
        ReadOnlySpan<int> rows = Pattern.RowIndices;
        var rowCount = new int[size];
        var columnCount = new int[size];
        var inRow = new int[size];
        var inColumn = new int[size];
        for (int j = 0; j < size; j++)
        {
            int column = _columnAt[first + j];
            for (int p = starts[column]; p < starts[column + 1]; p++)
            {
                int i = place[rows[p]];
                if (i < 0 || i == j)
                    continue;
                rowCount[i]++;
                columnCount[j]++;
                inRow[i] = j;
                inColumn[j] = i;
            }
        }

        // Where the entries of a substituted column, and row, go.
        var columnInto = new int[size];
        var rowInto = new int[size];
        var substituted = new bool[size];
        var target = new bool[size];
        for (int k = 0; k < size; k++)
            columnInto[k] = rowInto[k] = k;
        int placed = 0;
        for (int k = 0; k < size; k++)
        {
            if (rowCount[k] != 1 || columnCount[k] <= SubstitutedFrom || Follow(columnInto, inRow[k]) == k)
                continue;
            columnInto[k] = inRow[k];
            substituted[k] = true;
            target[inRow[k]] = true;
            counts[placed] = columnCount[k];
            order[placed++] = k;
        }

        for (int k = 0; k < size; k++)
        {
            int into = inColumn[k];
            if (columnCount[k] != 1 || rowCount[k] <= SubstitutedFrom || substituted[k] || target[k] || substituted[into])
                continue;
            rowInto[k] = into;
            substituted[k] = true;
            target[into] = true;
            counts[placed] = 1;
            order[placed++] = k;
        }

        int left = size - placed;
        long entries = 0, both = 0;
        for (int k = 0; k < size; k++)
        {
            entries += rowCount[k];
            if (substituted[k])
                both += 2 * Math.Max(rowCount[k], columnCount[k]);
        }

        var name = new int[size];
        var kept = new int[left];
        for (int k = 0, next = 0; k < size; k++)
        {
            name[k] = substituted[k] ? -1 : next;
            if (!substituted[k])
                kept[next++] = k;
        }

        // A + Aᵀ without its diagonal. What stands on both sides, or came twice, is entered twice and removed below.
        var ends = new int[left + 1];
        int[] lists = [];
        for (int pass = 0; pass < 2; pass++)
        {
            for (int j = 0; j < size; j++)
            {
                int to = name[Follow(columnInto, j)];
                if (to < 0)
                    continue;
                int column = _columnAt[first + j];
                for (int p = starts[column]; p < starts[column + 1]; p++)
                {
                    int i = place[rows[p]];
                    if (i < 0)
                        continue;
                    int from = name[Follow(rowInto, i)];
                    if (from < 0 || from == to)
                        continue;
                    if (pass == 0)
                    {
                        ends[from]++;
                        ends[to]++;
                    }
                    else
                    {
                        lists[--ends[from]] = to;
                        lists[--ends[to]] = from;
                    }
                }
            }

            if (pass == 1)
                break;
            for (int k = 1; k <= left; k++)
                ends[k] += ends[k - 1];
            lists = new int[ends[left]];
        }

        // Filled from their ends, the lists now begin where `ends` points.
        var seen = new int[left];
        Array.Fill(seen, -1);
        int count = 0;
        for (int k = 0; k < left; k++)
        {
            int from = ends[k];
            ends[k] = count;
            for (int p = from; p < ends[k + 1]; p++)
            {
                int i = lists[p];
                if (seen[i] == k)
                    continue;
                seen[i] = k;
                lists[count++] = i;
            }
        }

        ends[left] = count;
        symmetry = entries / Math.Max(count + both, 1.0);
        MinimumDegree.Order(left, ends, lists, order.Slice(placed, left), counts.Slice(placed, left));
        for (int k = placed; k < size; k++)
            order[k] = kept[order[k]];
        return placed;
    }

    private static int Follow(int[] into, int k)
    {
        while (into[k] != k)
            k = into[k];
        return k;
    }

    /// <summary>How many last columns are cheaper as a dense matrix, zeros and all, than as sparse columns.</summary>
    private static int TailSize(ReadOnlySpan<int> counts)
    {
        int n = counts.Length;
        int best = 0;
        double least = 0, cost = 0, entries = 0;
        for (int m = 1; m <= n; m++)
        {
            double below = Math.Min(counts[n - m], m - 1);

            // Against the sparse treatment of these columns: left-looking updates, and traversal of the entries in solves.
            cost -= (below * below) + (8 * below) + 20;
            entries += (2 * below) + 1;
            double dense = (DenseCost * m * m * m / 3) + (2.0 * m * m) + 200;
            if (cost + dense < least && entries > 0.4 * m * m)
            {
                least = cost + dense;
                best = m;
            }
        }

        return best;
    }

    private bool Single(ReadOnlySpan<T> values, int k)
    {
        T pivot = values[_inSlot[_inStart[k]]];
        double size = SparseKernels.Magnitude(pivot);
        _columnSize[k] = size;
        if (!(size > 0) || !double.IsFinite(size))
            return false;
        _inverse[k] = T.One / pivot;
        return true;
    }

    private void GatherOff(ReadOnlySpan<T> values)
    {
        for (int p = 0; p < _offSlot.Length; p++)
            _offValue[p] = values[_offSlot[p]];
    }

    /// <summary>Powers of two that bring the largest entry of each row of a block to [1, 2).</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void ScaleRows(ReadOnlySpan<T> values, int first, int end)
    {
        Span<double> largest = _columnSize.AsSpan();
        largest[first..end].Clear();
        for (int p = _inStart[first]; p < _inStart[end]; p++)
        {
            int i = _inRow[p];
            largest[i] = Math.Max(largest[i], SparseKernels.Magnitude(values[_inSlot[p]]));
        }

        for (int k = first; k < end; k++)
        {
            double size = largest[k];
            _scale[k] = size > 0 && double.IsFinite(size) ? T.CreateTruncating(Math.ScaleB(1, -Math.ILogB(size))) : T.One;
        }
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private LuOutcome FactorBlock(ReadOnlySpan<T> values, int b, double threshold, out double growth)
    {
        growth = 1;
        int first = _blocks[b];
        int end = _blocks[b + 1];
        int tail = _tailStart[b];
        for (int k = first; k < end; k++)
        {
            _pivotOf[k] = -1;
            _flag[k] = -1;
            _pruned[k] = -1;
            _diagonalRow[k] = k;
            _diagonalColumn[k] = k;
        }

        int lEnd = _lStart[first];
        int uEnd = _uStart[first];
        for (int k = first; k < tail; k++)
        {
            Grow(ref _lRow, ref _lValue, lEnd + end - first);
            Grow(ref _uRow, ref _uValue, uEnd + k - first);
            _lStart[k] = lEnd;
            int top = Reach(k, end, tail, ref lEnd);
            double size = Load(values, k);
            uEnd = Eliminate(top, end, uEnd, out double largestAbove);
            int[] lRow = _lRow;
            T[] x = _x;
            double largest = 0;
            int chosen = -1;
            for (int p = _lStart[k]; p < lEnd; p++)
            {
                double candidate = SparseKernels.Magnitude(x[lRow[p]]);
                if (candidate > largest)
                {
                    largest = candidate;
                    chosen = p;
                }
            }

            _columnSize[k] = size;
            int diagonal = _diagonalRow[k];
            if (!(largest > _options.SingularTolerance * size) || !double.IsFinite(largest))
                return Singular(diagonal, k);
            int row = lRow[chosen];
            growth = Math.Max(growth, Math.Max(largest, largestAbove) / size);
            if (row != diagonal && SparseKernels.Magnitude(x[diagonal]) >= threshold * largest)
            {
                row = diagonal;
                chosen = Array.IndexOf(lRow, row, _lStart[k], lEnd - _lStart[k]);
            }

            lRow[chosen] = lRow[--lEnd];
            T inverse = T.One / x[row];
            x[row] = T.Zero;
            _inverse[k] = inverse;
            for (int p = _lStart[k]; p < lEnd; p++)
            {
                int i = lRow[p];
                _lValue[p] = x[i] * inverse;
                x[i] = T.Zero;
            }

            _pivotOf[row] = k;
            _pivotRow[k] = row;
            if (row != diagonal)
            {
                // The column whose diagonal was taken gets this one's.
                int other = _diagonalColumn[row];
                _diagonalRow[other] = diagonal;
                _diagonalColumn[diagonal] = other;
            }

            _lStart[k + 1] = lEnd;
            _uStart[k + 1] = uEnd;
            Prune(k, row);
        }

        if (_tails[b] is not { } dense)
            return LuOutcome.Done;
        for (int k = tail; k < end; k++)
        {
            _pivotOf[_diagonalRow[k]] = k;
            _pivotRow[k] = _diagonalRow[k];
        }

        for (int k = tail; k < end; k++)
        {
            Grow(ref _uRow, ref _uValue, uEnd + tail - first);
            int ignored = lEnd;
            int top = Reach(k, end, tail, ref ignored);
            _columnSize[k] = Load(values, k);
            uEnd = Eliminate(top, end, uEnd, out double largest);
            _lStart[k + 1] = lEnd;
            _uStart[k + 1] = uEnd;
            _inverse[k] = T.Zero;
            Span<T> column = dense.Column(k - tail);
            for (int i = 0; i < column.Length; i++)
            {
                int row = _pivotRow[tail + i];
                column[i] = _x[row];
                _x[row] = T.Zero;
                largest = Math.Max(largest, SparseKernels.Magnitude(column[i]));
            }

            if (_columnSize[k] > 0)
                growth = Math.Max(growth, largest / _columnSize[k]);
        }

        if (dense.Factor(_options.SingularTolerance))
            return LuOutcome.Done;
        int stopped = tail + dense.SmallestPivotAt;
        return Singular(_pivotRow[stopped], stopped);
    }

    /// <summary>
    /// Symbolic part of a column: the columns of L it must be reduced by, in an order in which each comes before those it changes, from the returned place of
    /// <see cref="_order"/> to the end of the block; rows without a pivot go to the column of L.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private int Reach(int k, int end, int tail, ref int lEnd)
    {
        int[] flag = _flag, pivotOf = _pivotOf, lRow = _lRow, path = _path, next = _next, lStart = _lStart, pruned = _pruned;
        bool sparse = k < tail;
        int top = end;
        for (int q = _inStart[k]; q < _inStart[k + 1]; q++)
        {
            int root = _inRow[q];
            if (flag[root] == k)
                continue;
            flag[root] = k;
            int j = pivotOf[root];
            if (j < 0)
            {
                lRow[lEnd++] = root;
                continue;
            }

            if (j >= tail)
                continue;
            int depth = 0;
            path[0] = j;
            next[0] = lStart[j];
            while (depth >= 0)
            {
                j = path[depth];
                int p = next[depth];
                int stop = pruned[j] >= 0 ? pruned[j] : lStart[j + 1];
                int child = -1;
                while (p < stop)
                {
                    int i = lRow[p++];
                    if (flag[i] == k)
                        continue;
                    flag[i] = k;
                    int c = pivotOf[i];
                    if (c < 0)
                    {
                        lRow[lEnd++] = i;
                    }
                    else if (sparse || c < tail)
                    {
                        child = c;
                        break;
                    }
                }

                if (child >= 0)
                {
                    next[depth] = p;
                    path[++depth] = child;
                    next[depth] = lStart[child];
                }
                else
                {
                    _order[--top] = j;
                    depth--;
                }
            }
        }

        return top;
    }

    /// <summary>Scatters a column of the scaled matrix and returns its largest entry.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private double Load(ReadOnlySpan<T> values, int k)
    {
        double size = 0;
        for (int q = _inStart[k]; q < _inStart[k + 1]; q++)
        {
            int row = _inRow[q];
            T value = values[_inSlot[q]] * _scale[row];
            _x[row] = value;
            size = Math.Max(size, SparseKernels.Magnitude(value));
        }

        return size;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private int Eliminate(int top, int end, int uEnd, out double largest)
    {
        largest = 0;
        for (; top < end; top++)
        {
            int j = _order[top];
            int row = _pivotRow[j];
            T u = _x[row];
            _x[row] = T.Zero;
            _uRow[uEnd] = j;
            _uValue[uEnd++] = u;
            largest = Math.Max(largest, SparseKernels.Magnitude(u));
            if (!T.IsZero(u))
                SparseKernels.SubtractColumn(Rows(_lRow, _lStart, j), Values(_lValue, _lStart, j), u, _x);
        }

        return uEnd;
    }

    /// <summary>
    /// If column k depends on j and the pivot row of k stands in column j of L, whatever j leads to is also reached through k: later searches pass over the rest of j.
    /// </summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Prune(int k, int pivotRow)
    {
        for (int q = _uStart[k]; q < _uStart[k + 1]; q++)
        {
            int j = _uRow[q];
            if (_pruned[j] >= 0)
                continue;
            int head = _lStart[j];
            int tail = _lStart[j + 1];
            if (Array.IndexOf(_lRow, pivotRow, head, tail - head) < 0)
                continue;
            while (head < tail)
            {
                if (_pivotOf[_lRow[head]] >= 0)
                {
                    head++;
                    continue;
                }

                tail--;
                (_lRow[head], _lRow[tail]) = (_lRow[tail], _lRow[head]);
                (_lValue[head], _lValue[tail]) = (_lValue[tail], _lValue[head]);
            }

            _pruned[j] = tail;
        }
    }

    private static void Grow(ref int[] rows, ref T[] values, int needed)
    {
        if (needed <= rows.Length)
            return;
        int length = Math.Max(needed, rows.Length + (rows.Length / 2));
        Array.Resize(ref rows, length);
        Array.Resize(ref values, length);
    }

    /// <summary>Rows of a block by the order of their pivots.</summary>
    private void NumberPivots(int b)
    {
        int first = _blocks[b];
        int end = _blocks[b + 1];
        for (int p = _inStart[first]; p < _inStart[end]; p++)
            _inPivot[p] = _pivotOf[_inRow[p]];
        for (int k = first; k < end; k++)
        {
            _rowOfPivot[k] = _rowAt[_pivotRow[k]];
            _scaleOfPivot[k] = _scale[_pivotRow[k]];
        }
    }

    /// <summary>Finds neighbouring columns of L with equal structure.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void FindSupernodes(int b)
    {
        int tail = _tailStart[b];
        for (int k = tail - 1; k >= _blocks[b]; k--)
        {
            _superEnd[k] = k;
            int count = _lStart[k + 1] - _lStart[k] - 1;
            if (k + 1 < tail && count == _lStart[k + 2] - _lStart[k + 1] && _lRow[_lStart[k]] == k + 1
                && _lRow.AsSpan(_lStart[k] + 1, count).SequenceEqual(_lRow.AsSpan(_lStart[k + 1], count)))
            {
                _superEnd[k] = _superEnd[k + 1];
            }
        }
    }

    private void CountFactors()
    {
        int n = _inverse.Length;
        int count = _lStart[n] + _uStart[n] + n + _offSlot.Length;
        for (int b = 0; b < _tails.Length; b++)
        {
            int dense = _blocks[b + 1] - _tailStart[b];
            count += dense * (dense - 1) * (_blocks[b + 1] - _blocks[b] == 1 ? 0 : 1);
        }

        FactorCount = count;
    }

    /// <summary>Sorts the rows of each column of a block by transposing twice.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Sort(int[] starts, int[] rows, T[] values, int first, int end)
    {
        int begin = starts[first];
        int count = starts[end] - begin;
        Reserve(count);
        int[] next = _next;
        next.AsSpan(first, end - first + 1).Clear();
        for (int p = begin; p < begin + count; p++)
            next[rows[p] + 1]++;
        for (int i = first; i < end; i++)
            next[i + 1] += next[i];
        for (int k = first; k < end; k++)
        {
            for (int p = starts[k]; p < starts[k + 1]; p++)
            {
                int at = next[rows[p]]++;
                _sortRow[at] = k;
                _sortValue[at] = values[p];
            }
        }

        // After the deal, row i ends where next[i] stands.
        starts.AsSpan(first, end - first).CopyTo(_path.AsSpan(first));
        int from = 0;
        for (int i = first; i < end; i++)
        {
            for (; from < next[i]; from++)
            {
                int to = _path[_sortRow[from]]++;
                rows[to] = i;
                values[to] = _sortValue[from];
            }
        }
    }

    private void Reserve(int count)
    {
        if (_sortRow.Length >= count)
            return;
        _sortRow = new int[count + (count / 8)];
        _sortValue = new T[count + (count / 8)];
    }

    /// <summary>
    /// An attempt with the pivots on the diagonal in a block of nearly symmetric pattern: then the factors have the pattern of the Cholesky factor of A + Aᵀ, which takes
    /// no search, and the kernels of refactorisation serve. It fails where threshold pivoting would have left the diagonal.
    /// </summary>
    /// <remarks>Source for the pattern: J. W. H. Liu, The role of elimination trees in sparse factorization, SIAM J. Matrix Anal. Appl. 11 (1990) 134, doi:10.1137/0611010.</remarks>
    private bool FactorOnDiagonal(ReadOnlySpan<T> values, int b)
    {
        if (!_symmetric[b])
            return false;
        int first = _blocks[b];
        int end = _blocks[b + 1];
        for (int k = first; k < end; k++)
            _pivotOf[k] = _pivotRow[k] = k;
        NumberPivots(b);
        if (CholeskyPattern(b))
        {
            FindSupernodes(b);
            if (RefactorBlock(values, b, _options.PivotThreshold) < 0 && Growth(first, end) <= _options.GrowthLimit)
                return true;
        }

        // Once refused, it is not tried again.
        Array.Clear(_x);
        _symmetric[b] = false;
        return false;
    }

    /// <summary>
    /// Row i of L holds what lies on the paths up the elimination tree from the entries of row i of A to i. It is column i of U; transposed twice, both are sorted.
    /// </summary>
    /// <returns>Whether the factors stay about as small as the ordering promised.</returns>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private bool CholeskyPattern(int b)
    {
        int first = _blocks[b];
        int end = _blocks[b + 1];
        int tail = _tailStart[b];
        int[] flag = _flag, parent = _path, next = _next, uStart = _uStart, lStart = _lStart;

        // Entries by row, for what stands left of the diagonal.
        int entries = _inStart[end] - _inStart[first];
        Reserve(entries);
        next.AsSpan(first, end - first + 1).Clear();
        for (int p = _inStart[first]; p < _inStart[end]; p++)
            next[_inRow[p]]++;
        for (int i = first, sum = 0; i < end; i++)
            next[i] = sum += next[i];
        for (int k = end - 1; k >= first; k--)
        {
            for (int p = _inStart[k]; p < _inStart[k + 1]; p++)
                _sortRow[--next[_inRow[p]]] = k;
        }

        next[end] = entries;
        int uBegin = uStart[first];
        int uEnd = uBegin;
        int limit = uBegin + _expected[b] + (_expected[b] / 3) + end - first;
        int[] lCount = _order;
        for (int i = first; i < end; i++)
        {
            Grow(ref _uRow, ref _uValue, uEnd + i - first);
            uStart[i] = uEnd;
            flag[i] = i;
            parent[i] = -1;
            lCount[i] = 0;
            int left = next[i + 1] - next[i];
            int count = left + _inStart[i + 1] - _inStart[i];
            for (int q = 0; q < count; q++)
            {
                int j = q < left ? _sortRow[next[i] + q] : _inRow[_inStart[i] + q - left];
                if (j >= i)
                    continue;
                while (j < tail && flag[j] != i)
                {
                    flag[j] = i;
                    _uRow[uEnd++] = j;
                    lCount[j]++;
                    if (parent[j] < 0)
                        parent[j] = i;
                    j = parent[j];
                }
            }

            uStart[i + 1] = uEnd;
            if (uEnd > limit)
                return false;
        }

        Grow(ref _lRow, ref _lValue, lStart[first] + uEnd - uBegin);
        for (int k = first; k < end; k++)
        {
            lStart[k + 1] = lStart[k] + lCount[k];
            next[k] = lStart[k];
        }

        int[] lRow = _lRow, uRow = _uRow;
        for (int i = first; i < end; i++)
        {
            for (int p = uStart[i]; p < uStart[i + 1]; p++)
                lRow[next[uRow[p]]++] = i;
        }

        uStart.AsSpan(first, end - first).CopyTo(next.AsSpan(first));
        for (int j = first; j < tail; j++)
        {
            for (int p = lStart[j]; p < lStart[j + 1]; p++)
                uRow[next[lRow[p]]++] = j;
        }

        return true;
    }

    /// <summary>Largest ratio of the largest entry of a column of U to that of the column it came from.</summary>
    private double Growth(int first, int end)
    {
        double most = 1;
        for (int k = first; k < end; k++)
        {
            double largest = T.IsZero(_inverse[k]) ? 0 : 1 / SparseKernels.Magnitude(_inverse[k]);
            for (int p = _uStart[k]; p < _uStart[k + 1]; p++)
                largest = Math.Max(largest, SparseKernels.Magnitude(_uValue[p]));
            if (largest > 0)
                most = Math.Max(most, largest / _columnSize[k]);
        }

        return most;
    }

    /// <summary>Returns −1, or the place where a pivot was too small.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private int RefactorBlock(ReadOnlySpan<T> values, int b, double threshold)
    {
        int first = _blocks[b];
        int end = _blocks[b + 1];
        int tail = _tailStart[b];
        T[] x = _x;
        for (int k = first; k < end; k++)
        {
            double size = 0;
            for (int q = _inStart[k]; q < _inStart[k + 1]; q++)
            {
                int row = _inPivot[q];
                T value = values[_inSlot[q]] * _scaleOfPivot[row];
                x[row] = value;
                size = Math.Max(size, SparseKernels.Magnitude(value));
            }

            _columnSize[k] = size;
            int uEnd = _uStart[k + 1];
            for (int p = _uStart[k]; p < uEnd;)
            {
                int j = _uRow[p];
                int last = Math.Min(_superEnd[j], j + uEnd - p - 1);
                last = Math.Min(last, k - 1);
                if (typeof(T) == typeof(double) && last > j)
                {
                    SparseKernels.SubtractSupernode(_lStart, _lRow, Unsafe.As<double[]>(_lValue), j, last, Unsafe.As<double[]>(x), Unsafe.As<double[]>(_sum));
                    for (; j <= last; j++, p++)
                    {
                        _uValue[p] = x[j];
                        x[j] = T.Zero;
                    }
                }
                else
                {
                    T u = x[j];
                    x[j] = T.Zero;
                    _uValue[p++] = u;
                    SparseKernels.SubtractColumn(Rows(_lRow, _lStart, j), Values(_lValue, _lStart, j), u, x);
                }
            }

            if (k >= tail)
            {
                _inverse[k] = T.Zero;
                Span<T> column = x.AsSpan(tail, end - tail);
                column.CopyTo(_tails[b]!.Column(k - tail));
                column.Clear();
                continue;
            }

            T pivot = x[k];
            x[k] = T.Zero;
            double magnitude = SparseKernels.Magnitude(pivot);
            T inverse = T.One / pivot;
            double largest = 0;
            for (int p = _lStart[k]; p < _lStart[k + 1]; p++)
            {
                int row = _lRow[p];
                T value = x[row];
                x[row] = T.Zero;
                largest = Math.Max(largest, SparseKernels.Magnitude(value));
                _lValue[p] = value * inverse;
            }

            if (!(magnitude >= threshold * largest) || !(magnitude > _options.SingularTolerance * size) || !double.IsFinite(magnitude))
                return k;
            _inverse[k] = inverse;
        }

        if (_tails[b] is { } dense && !dense.Factor(_options.SingularTolerance))
            return tail + dense.SmallestPivotAt;
        return -1;
    }
}
