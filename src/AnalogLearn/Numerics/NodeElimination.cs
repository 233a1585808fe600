using System.Runtime.Intrinsics;

namespace AnalogLearn.Numerics;

/// <summary>
/// Nodes eliminated from a network of conductances: P ← P − K S⁻¹ Kᵀ with S, symmetric and positive definite, between the nodes that go, and K from those that stay to those that go. Cholesky's factors S = Uᵀ U and V = U⁻ᵀ Kᵀ by
/// block rows, then P − Vᵀ V, by the kernel of all dense products: h m²/2 fused multiply-adds for h nodes that go and m that stay. Every number is its own chain in increasing order of k, so that no bit depends on the number of threads.
/// </summary>
internal sealed unsafe class NodeElimination : IParallelJob
{
    private const int BlockRows = 48;

    /// <summary>Columns that are updated and solved together: a block of them stays near the processor.</summary>
    private const int PanelColumns = 64;

    private const int StripRows = 12;

    /// <summary>Fewer nodes that stay than this are not worth the bookkeeping of symmetry.</summary>
    private const int LeastSymmetric = 64;

    private const int LeastWorkToShare = 4_000_000;

    private static readonly RegisterWidth s_width = PackedProduct.Resolve(RegisterWidth.Widest);

    private static readonly int s_tileRows = PackedProduct.TileRows(s_width);

    private readonly AlignedBuffer<double> _front = new(0);
    private readonly AlignedBuffer<double> _left = new(0);
    private readonly double[] _inverse = new double[BlockRows];
    private double* _kept;
    private int _gone;
    private int _stay;
    private int _goneWidth;
    private int _stayWidth;
    private int _rowStride;
    private int _firstRow;
    private Step _step;

    private enum Step
    {
        SolvePanels,
        Subtract,
    }

    /// <summary>Distance from one row of [S | Kᵀ] to the next; Kᵀ starts at <see cref="AlignedBuffer{T}.Padded"/> of the number of nodes that go.</summary>
    /// <param name="gone">Nodes that go.</param>
    /// <param name="stay">Nodes that stay.</param>
    public static int Stride(int gone, int stay)
    {
        int stride = AlignedBuffer<double>.Padded(gone) + AlignedBuffer<double>.Padded(stay);

        // Rows whose distance is a large power of two share a few lines of the cache.
        return stride % 256 == 0 ? stride + 8 : stride;
    }

    /// <summary>Room for [S | Kᵀ], cleared, row by row.</summary>
    /// <param name="gone">Nodes that go.</param>
    /// <param name="stay">Nodes that stay.</param>
    public Span<double> Front(int gone, int stay)
    {
        nint count = (nint)gone * Stride(gone, stay);
        _front.Reserve(count);
        Span<double> front = new(_front.Pointer, checked((int)count));
        front.Clear();
        return front;
    }

    /// <summary>Eliminates.</summary>
    /// <param name="gone">Nodes that go.</param>
    /// <param name="stay">Nodes that stay.</param>
    /// <param name="kept">P, rows padded to whole cache lines, all of it; receives what is left, all of it.</param>
    /// <param name="threads">Threads, 0 for all cores.</param>
    public void Eliminate(int gone, int stay, AlignedBuffer<double> kept, int threads)
    {
        (_gone, _stay) = (gone, stay);
        (_goneWidth, _stayWidth) = (AlignedBuffer<double>.Padded(gone), AlignedBuffer<double>.Padded(stay));
        _rowStride = Stride(gone, stay);
        _kept = kept.Pointer;
        int workers = (long)gone * stay * stay < LeastWorkToShare ? 1 : WorkerPool.Shared.Limit(threads);
        _left.Reserve((nint)Math.Max(gone, BlockRows) * (Math.Max(stay, BlockRows) + StripRows));
        for (int k = 0; k < gone; k += BlockRows)
        {
            _firstRow = k;
            int rows = Math.Min(BlockRows, gone - k);
            if (k > 0)
                PackNegated(k, k, rows);
            Update(k, k + AlignedBuffer<double>.Padded(rows));
            FactorDiagonal(k, rows);
            Share(Step.SolvePanels, workers);
        }

        PackNegated(gone, _goneWidth, stay);
        Share(Step.Subtract, workers);
        if (stay >= LeastSymmetric)
            Mirror();
    }

    /// <inheritdoc/>
    public void Execute(int worker, int workers)
    {
        if (_step == Step.SolvePanels)
        {
            int rows = Math.Min(BlockRows, _gone - _firstRow), first = _firstRow + AlignedBuffer<double>.Padded(rows), end = _goneWidth + _stayWidth;
            for (int at = first + (worker * PanelColumns); at < end; at += workers * PanelColumns)
            {
                int to = Math.Min(at + PanelColumns, end);
                Update(at, to);
                SolvePanel(rows, at, to);
            }

            return;
        }

        int strips = (_stay + StripRows - 1) / StripRows, width = _stayWidth;
        bool isHalf = _stay >= LeastSymmetric;
        for (int j = 0; j < width; j += 16)
        {
            int columns = Math.Min(16, width - j);
            for (int strip = worker; strip < strips; strip += workers)
            {
                int i = strip * StripRows;
                if (isHalf && i >= j + columns)
                    break;
                Add(_gone, Math.Min(StripRows, _stay - i), columns, _left.Pointer + ((nint)strip * StripRows * _gone), _front.Pointer + _goneWidth + j, _kept + ((nint)i * width) + j, width);
            }
        }
    }

    private void Share(Step step, int workers)
    {
        _step = step;
        if (workers == 1)
            Execute(0, 1);
        else
            WorkerPool.Shared.Run(this, workers);
    }

    /// <summary>result += left · right, left in strips of twelve.</summary>
    private void Add(int depth, int rows, int columns, double* left, double* right, double* result, int stride)
    {
        for (int r = 0; r < rows; r += s_tileRows)
            PackedProduct.AnyColumns(s_width, Math.Min(s_tileRows, rows - r), columns, depth, left + r, 1, StripRows, right, _rowStride, result + ((nint)r * stride), stride, result + ((nint)r * stride), stride);
    }

    /// <summary>Columns of the rows 0 to depth of the front, negated, in strips of twelve: the left factor of a product.</summary>
    private void PackNegated(int depth, int column, int count)
    {
        double* to = _left.Pointer;
        for (int i = 0; i < count; i += StripRows)
        {
            int rows = Math.Min(StripRows, count - i);
            double* from = _front.Pointer + column + i;
            for (int k = 0; k < depth; k++, to += StripRows, from += _rowStride)
            {
                for (int r = 0; r < rows; r++)
                    to[r] = -from[r];
            }
        }
    }

    /// <summary>Takes the rows above from a block of columns of the present rows.</summary>
    private void Update(int column, int end)
    {
        if (_firstRow == 0)
            return;
        int rows = Math.Min(BlockRows, _gone - _firstRow);
        for (int i = 0; i < rows; i += StripRows)
            Add(_firstRow, Math.Min(StripRows, rows - i), end - column, _left.Pointer + ((nint)i * _firstRow), _front.Pointer + column, _front.Pointer + ((nint)(_firstRow + i) * _rowStride) + column, _rowStride);
    }

    /// <summary>U of the present rows' own block, in place; its columns beyond the rows are those of the next block.</summary>
    private void FactorDiagonal(int k, int rows)
    {
        int columns = AlignedBuffer<double>.Padded(rows);
        double* block = _front.Pointer + ((nint)k * _rowStride) + k;
        for (int r = 0; r < rows; r++)
        {
            double* row = block + ((nint)r * _rowStride);
            for (int l = 0; l < r; l++)
            {
                double* above = block + ((nint)l * _rowStride);
                double factor = above[r];
                for (int c = r; c < columns; c++)
                    row[c] = Math.FusedMultiplyAdd(-factor, above[c], row[c]);
            }

            double inverse = 1 / Math.Sqrt(row[r]);
            for (int c = r; c < columns; c++)
                row[c] *= inverse;
            _inverse[r] = inverse;
        }
    }

    /// <summary>V of a block of columns: forward substitution with the present rows' own block.</summary>
    private void SolvePanel(int rows, int column, int end)
    {
        double* own = _front.Pointer + ((nint)_firstRow * _rowStride);
        for (int r = 0; r < rows; r++)
        {
            double* row = own + ((nint)r * _rowStride);
            var inverse = Vector512.Create(_inverse[r]);
            int c = column;
            for (; c + 32 <= end; c += 32)
            {
                Vector512<double> a0 = Vector512.Load(row + c), a1 = Vector512.Load(row + c + 8), a2 = Vector512.Load(row + c + 16), a3 = Vector512.Load(row + c + 24);
                double* above = own;
                for (int l = 0; l < r; l++, above += _rowStride)
                {
                    var factor = Vector512.Create(-above[_firstRow + r]);
                    a0 = Vector512.FusedMultiplyAdd(factor, Vector512.Load(above + c), a0);
                    a1 = Vector512.FusedMultiplyAdd(factor, Vector512.Load(above + c + 8), a1);
                    a2 = Vector512.FusedMultiplyAdd(factor, Vector512.Load(above + c + 16), a2);
                    a3 = Vector512.FusedMultiplyAdd(factor, Vector512.Load(above + c + 24), a3);
                }

                (a0 * inverse).Store(row + c);
                (a1 * inverse).Store(row + c + 8);
                (a2 * inverse).Store(row + c + 16);
                (a3 * inverse).Store(row + c + 24);
            }

            for (; c < end; c += 8)
            {
                Vector512<double> a = Vector512.Load(row + c);
                double* above = own;
                for (int l = 0; l < r; l++, above += _rowStride)
                    a = Vector512.FusedMultiplyAdd(Vector512.Create(-above[_firstRow + r]), Vector512.Load(above + c), a);
                (a * inverse).Store(row + c);
            }
        }
    }

    /// <summary>The lower half from the upper one.</summary>
    private void Mirror()
    {
        const int Block = 16;
        for (int i = 0; i < _stay; i += Block)
        {
            int rows = Math.Min(Block, _stay - i);
            for (int j = 0; j <= i; j += Block)
            {
                int columns = Math.Min(Block, _stay - j);
                for (int r = i; r < i + rows; r++)
                {
                    double* to = _kept + ((nint)r * _stayWidth);
                    int most = Math.Min(j + columns, r);
                    for (int c = j; c < most; c++)
                        to[c] = _kept[((nint)c * _stayWidth) + r];
                }
            }
        }
    }
}
