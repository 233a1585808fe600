using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using AnalogLearn.Numerics;

namespace AnalogLearn.Synapses;

/// <summary>
/// The wires of a crossbar, solved: what the columns of an array collect when every piece of wire has a resistance (IR drop). Rows are presynaptic nodes, driven at their left ends; every postsynaptic node has two
/// columns side by side, of G⁺ and of G⁻, that end at virtual ground below the last row. From each source to the first crossing, from crossing to crossing and from the last crossing to virtual ground lies one segment.
/// I = M V, without wires M is G⁺ or G⁻; with them M is minus the block between grounds and sources of the network's admittance once every other node is eliminated (Kron reduction). That is done by dissection: a
/// rectangle of crossings is known by the admittance between the nodes on its edge; two neighbours are put together and the nodes that they share eliminated, until the whole array has no nodes left but its sources
/// and grounds. Each crossing brings the segments on its left and below it; rows have nothing behind their last crossing, columns nothing above their first. For n × n crossings that takes some 30 n³ multiply-adds, nearly
/// all of them dense products, where every source by itself takes n² times the iterations of a solver.
/// </summary>
/// <remarks>
/// The network is the one that IR-drop studies solve by nodal analysis (A. Chen, IEEE Trans. Electron Devices 60, 1318 (2013), doi:10.1109/TED.2013.2246791); dissection: A. George, SIAM J. Numer. Anal. 10, 345 (1973),
/// doi:10.1137/0710032. Nothing is iterated: M is right to rounding, tests hold it to 10⁻⁹ of nodal analysis and of conjugate gradients. One object for one array: it keeps its working space, and what wires took away the last time.
/// </remarks>
internal sealed class CrossbarWires
{
    /// <summary>Crossings from which parts of the array are worth a thread of their own.</summary>
    private const int LeastShared = 1024;

    /// <summary>Depth of the parts that threads take: 16 of them, so that the last ones cost little.</summary>
    private const int SharedDepth = 4;

    private readonly int _post;
    private readonly int _pre;
    private readonly double _resistance;
    private readonly double _segment;
    private readonly double[] _devices;
    private readonly double[] _keptPlus;
    private readonly double[] _keptMinus;
    private readonly List<Work> _works = [];
    private readonly Cell _whole = new();
    private readonly List<(Part Part, Cell Cell)> _shared = [];
    private bool _isSolved;

    /// <summary>The wires of an array.</summary>
    /// <param name="post">Number of postsynaptic nodes.</param>
    /// <param name="pre">Number of presynaptic nodes.</param>
    /// <param name="resistance">Resistance of a segment [Ω], at least 0.</param>
    public CrossbarWires(int post, int pre, double resistance)
    {
        _post = post;
        _pre = pre;
        _resistance = resistance;
        _segment = 1 / resistance;
        _devices = new double[2 * post * pre];
        _keptPlus = new double[post * pre];
        _keptMinus = new double[post * pre];
    }

    /// <summary>M of an array, post × pre row-major.</summary>
    /// <param name="plus">G⁺ [S], post × pre.</param>
    /// <param name="minus">G⁻ [S], post × pre.</param>
    /// <param name="post">Number of postsynaptic nodes.</param>
    /// <param name="resistance">Resistance of a segment [Ω].</param>
    /// <returns>What the columns of G⁺ and of G⁻ collect per volt [S].</returns>
    public static (double[] Plus, double[] Minus) Effective(ReadOnlySpan<double> plus, ReadOnlySpan<double> minus, int post, double resistance)
    {
        (double[] p, double[] m) = (plus.ToArray(), minus.ToArray());
        new CrossbarWires(post, plus.Length / post, resistance).Solve(plus, minus, p, m);
        return (p, m);
    }

    /// <summary>Solves the network.</summary>
    /// <param name="plus">G⁺ [S], post × pre row-major.</param>
    /// <param name="minus">G⁻ [S], post × pre row-major.</param>
    /// <param name="effectivePlus">Receives M of the columns of G⁺ [S].</param>
    /// <param name="effectiveMinus">Receives M of the columns of G⁻ [S].</param>
    /// <param name="threads">Threads, 0 for all cores; no bit depends on it.</param>
    public void Solve(ReadOnlySpan<double> plus, ReadOnlySpan<double> minus, Span<double> effectivePlus, Span<double> effectiveMinus, int threads = 0)
    {
        _isSolved = true;
        if (_resistance == 0)
        {
            plus.CopyTo(effectivePlus);
            minus.CopyTo(effectiveMinus);
        }
        else
        {
            int columns = 2 * _post;
            for (int i = 0; i < _post; i++)
            {
                for (int j = 0; j < _pre; j++)
                {
                    _devices[(j * columns) + (2 * i)] = plus[(i * _pre) + j];
                    _devices[(j * columns) + (2 * i) + 1] = minus[(i * _pre) + j];
                }
            }

            // Rows of the admittance are the sources, then the grounds.
            Cell whole = Reduce(threads);
            for (int j = 0; j < _pre; j++)
            {
                ReadOnlySpan<double> source = whole.Row(j)[_pre..];
                for (int i = 0; i < _post; i++)
                {
                    effectivePlus[(i * _pre) + j] = -source[2 * i];
                    effectiveMinus[(i * _pre) + j] = -source[(2 * i) + 1];
                }
            }
        }

        Keep(plus, effectivePlus, _keptPlus);
        Keep(minus, effectiveMinus, _keptMinus);
    }

    /// <summary>
    /// M after a small change of the devices, without a solution: each device with the share of its current that wires left of it when the network was solved last. Those shares depend on all other devices, so that they change slowly.
    /// </summary>
    /// <param name="plus">G⁺ [S].</param>
    /// <param name="minus">G⁻ [S].</param>
    /// <param name="effectivePlus">Receives M of the columns of G⁺ [S].</param>
    /// <param name="effectiveMinus">Receives M of the columns of G⁻ [S].</param>
    /// <exception cref="InvalidOperationException">Nothing was solved yet.</exception>
    public void Follow(ReadOnlySpan<double> plus, ReadOnlySpan<double> minus, Span<double> effectivePlus, Span<double> effectiveMinus)
    {
        if (!_isSolved)
            throw new InvalidOperationException("The wires were not solved yet.");
        TensorPrimitives.Multiply(plus, _keptPlus, effectivePlus);
        TensorPrimitives.Multiply(minus, _keptMinus, effectiveMinus);
    }

    /// <summary>The same wires with the same shares.</summary>
    public CrossbarWires Copy()
    {
        var copy = new CrossbarWires(_post, _pre, _resistance) { _isSolved = _isSolved };
        _keptPlus.CopyTo(copy._keptPlus, 0);
        _keptMinus.CopyTo(copy._keptMinus, 0);
        return copy;
    }

    /// <summary>Writes the shares.</summary>
    /// <param name="writer">Where to.</param>
    public void Save(BinaryWriter writer)
    {
        writer.Write(_isSolved);
        writer.Write(MemoryMarshal.AsBytes(_keptPlus.AsSpan()));
        writer.Write(MemoryMarshal.AsBytes(_keptMinus.AsSpan()));
    }

    /// <summary>Restores what <see cref="Save"/> wrote.</summary>
    /// <param name="reader">Where from.</param>
    public void Load(BinaryReader reader)
    {
        _isSolved = reader.ReadBoolean();
        reader.BaseStream.ReadExactly(MemoryMarshal.AsBytes(_keptPlus.AsSpan()));
        reader.BaseStream.ReadExactly(MemoryMarshal.AsBytes(_keptMinus.AsSpan()));
    }

    /// <summary>The share of each device's current that is left; of no device all.</summary>
    private static void Keep(ReadOnlySpan<double> devices, ReadOnlySpan<double> effective, double[] shares)
    {
        for (int k = 0; k < shares.Length; k++)
            shares[k] = devices[k] > 0 ? effective[k] / devices[k] : 1;
    }

    /// <summary>The admittance between sources and grounds.</summary>
    private Cell Reduce(int threads)
    {
        var whole = new Part(0, _pre, 0, 2 * _post, 0, 1);
        int workers = _devices.Length < LeastShared ? 1 : WorkerPool.Shared.Limit(threads);
        while (_works.Count < workers)
            _works.Add(new Work());
        if (workers == 1)
        {
            Build(whole, _whole, _works[0]);
            return _whole;
        }

        if (_shared.Count == 0)
            Divide(whole);
        var job = new SharedJob(this);
        WorkerPool.Shared.Run(ref job, workers);
        return Assemble(whole, _whole, threads);
    }

    private void Divide(Part part)
    {
        if (part.Depth == SharedDepth || part.IsSmall)
        {
            _shared.Add((part, new Cell()));
            return;
        }

        (Part first, Part second, _) = part.Halves();
        Divide(first);
        Divide(second);
    }

    /// <summary>A part by one thread.</summary>
    private void Build(Part part, Cell into, Work work)
    {
        if (part.IsSmall)
        {
            Crossings(part, into);
            return;
        }

        (Part first, Part second, bool isSideBySide) = part.Halves();
        Cell a = work.Room(first), b = work.Room(second);
        Build(first, a, work);
        Build(second, b, work);
        Join(a, b, isSideBySide, into, work.Elimination, 1);
    }

    /// <summary>What is left to do of a part when the shared ones are there: few joints, each by all threads.</summary>
    private Cell Assemble(Part part, Cell room, int threads)
    {
        foreach ((Part known, Cell cell) in _shared)
        {
            if (known.Name == part.Name)
                return cell;
        }

        (Part first, Part second, bool isSideBySide) = part.Halves();
        Work work = _works[0];
        Cell a = Assemble(first, work.Room(first), threads), b = Assemble(second, work.Room(second), threads);
        Join(a, b, isSideBySide, room, work.Elimination, threads);
        return room;
    }

    /// <summary>
    /// Up to two by two crossings, each with the segment on its left, its device and the segment below it. Nodes of the right edge are those of the last crossings' rows, of the upper edge those of the first crossings' columns; at the
    /// array's own right and upper edge nothing follows, so that these nodes are eliminated like those inside.
    /// </summary>
    private void Crossings(in Part part, Cell cell)
    {
        const int Most = 16;
        int height = part.Bottom - part.Top, width = part.Right - part.Left, columns = 2 * _post;
        int right = part.Right < columns ? height : 0, top = part.Top > 0 ? width : 0;
        cell.Shape(height, right, top, width);
        int stay = cell.Count, inside = stay;
        Span<double> matrix = stackalloc double[Most * Most];
        matrix.Clear();
        Span<int> rows = stackalloc int[height * width], below = stackalloc int[height * width];
        for (int a = 0; a < height; a++)
        {
            for (int b = 0; b < width; b++)
            {
                rows[(a * width) + b] = right > 0 && b == width - 1 ? height + a : inside++;
                below[(a * width) + b] = top > 0 && a == 0 ? height + right + b : inside++;
            }
        }

        for (int a = 0; a < height; a++)
        {
            for (int b = 0; b < width; b++)
            {
                int at = (a * width) + b;
                Connect(matrix, b == 0 ? a : rows[at - 1], rows[at], _segment);
                Connect(matrix, rows[at], below[at], _devices[((part.Top + a) * columns) + part.Left + b]);
                Connect(matrix, below[at], a == height - 1 ? stay - width + b : below[at + width], _segment);
            }
        }

        for (int p = inside - 1; p >= stay; p--)
        {
            Span<double> pivot = matrix.Slice(p * Most, Most);
            double inverse = -1 / pivot[p];
            Vector512<double> low = Vector512.Create<double>(pivot), high = Vector512.Create<double>(pivot[8..]);
            for (int i = 0; i < p; i++)
            {
                Span<double> row = matrix.Slice(i * Most, Most);
                if (row[p] == 0)
                    continue;
                var factor = Vector512.Create(row[p] * inverse);
                Vector512.FusedMultiplyAdd(factor, low, Vector512.Create<double>(row)).CopyTo(row);
                Vector512.FusedMultiplyAdd(factor, high, Vector512.Create<double>(row[8..])).CopyTo(row[8..]);
            }
        }

        for (int i = 0; i < stay; i++)
        {
            Span<double> row = cell.Row(i);
            row.Clear();
            matrix.Slice(i * Most, stay).CopyTo(row);
        }

        static void Connect(Span<double> matrix, int i, int j, double conductance)
        {
            matrix[(i * Most) + i] += conductance;
            matrix[(j * Most) + j] += conductance;
            matrix[(i * Most) + j] -= conductance;
            matrix[(j * Most) + i] -= conductance;
        }
    }

    /// <summary>Two neighbours as one: the left one's right nodes are the right one's left nodes, the upper one's lower nodes the lower one's upper nodes.</summary>
    private static void Join(Cell a, Cell b, bool isSideBySide, Cell into, NodeElimination elimination, int threads)
    {
        if (isSideBySide)
            into.Shape(a.Left, b.Right, a.Top + b.Top, a.Bottom + b.Bottom);
        else
            into.Shape(a.Left + b.Left, a.Right + b.Right, a.Top, b.Bottom);
        int shared = isSideBySide ? a.Right : a.Bottom, atA = isSideBySide ? a.Left : a.Left + a.Right + a.Top, atB = isSideBySide ? 0 : b.Left + b.Right;

        // The edge of the whole, piece by piece: whose it is, where it stands there, how long it is.
        ReadOnlySpan<(Cell Of, int At, int Count)> pieces = isSideBySide
            ?
            [
                (a, 0, a.Left), (b, b.Left, b.Right), (a, a.Left + a.Right, a.Top), (b, b.Left + b.Right, b.Top), (a, a.Left + a.Right + a.Top, a.Bottom), (b, b.Left + b.Right + b.Top, b.Bottom),
            ]
            :
            [
                (a, 0, a.Left), (b, 0, b.Left), (a, a.Left, a.Right), (b, b.Left, b.Right), (a, a.Left + a.Right, a.Top), (b, b.Left + b.Right + b.Top, b.Bottom),
            ];
        Span<double> front = elimination.Front(shared, into.Count);
        int stride = NodeElimination.Stride(shared, into.Count), start = AlignedBuffer<double>.Padded(shared);
        for (int k = 0; k < shared; k++)
        {
            ReadOnlySpan<double> rowA = a.Row(atA + k), rowB = b.Row(atB + k);
            Span<double> row = front.Slice(k * stride, stride);
            TensorPrimitives.Add(rowA.Slice(atA, shared), rowB.Slice(atB, shared), row);
            int place = start;
            foreach ((Cell of, int at, int count) in pieces)
            {
                (ReferenceEquals(of, a) ? rowA : rowB).Slice(at, count).CopyTo(row[place..]);
                place += count;
            }
        }

        int from = 0;
        foreach ((Cell own, int at, int count) in pieces)
        {
            for (int k = 0; k < count; k++)
            {
                Span<double> row = into.Row(from + k);
                ReadOnlySpan<double> old = own.Row(at + k);
                row.Clear();
                int place = 0;
                foreach ((Cell of, int other, int width) in pieces)
                {
                    if (ReferenceEquals(of, own))
                        old.Slice(other, width).CopyTo(row[place..]);
                    place += width;
                }
            }

            from += count;
        }

        elimination.Eliminate(shared, into.Count, into.Admittance, threads);
    }

    /// <summary>A rectangle of crossings: rows from the top, columns from the left.</summary>
    private readonly record struct Part(int Top, int Bottom, int Left, int Right, int Depth, int Name)
    {
        public bool IsSmall => Bottom - Top <= 2 && Right - Left <= 2;

        /// <summary>Its halves, across the longer side; whether they stand side by side.</summary>
        public (Part First, Part Second, bool IsSideBySide) Halves()
        {
            if (Bottom - Top > Right - Left)
            {
                int middle = (Top + Bottom) / 2;
                return (this with { Bottom = middle, Depth = Depth + 1, Name = 2 * Name }, this with { Top = middle, Depth = Depth + 1, Name = (2 * Name) + 1 }, false);
            }

            int between = (Left + Right) / 2;
            return (this with { Right = between, Depth = Depth + 1, Name = 2 * Name }, this with { Left = between, Depth = Depth + 1, Name = (2 * Name) + 1 }, true);
        }
    }

    /// <summary>Threads take parts in turn.</summary>
    private readonly struct SharedJob(CrossbarWires wires) : IParallelJob
    {
        public void Execute(int worker, int workers)
        {
            for (int k = worker; k < wires._shared.Count; k += workers)
                wires.Build(wires._shared[k].Part, wires._shared[k].Cell, wires._works[worker]);
        }
    }

    /// <summary>What is known of a rectangle: the admittance between the nodes of its left, right, upper and lower edge, in this order.</summary>
    private sealed class Cell
    {
        public AlignedBuffer<double> Admittance { get; } = new(0);

        public int Left { get; private set; }

        public int Right { get; private set; }

        public int Top { get; private set; }

        public int Bottom { get; private set; }

        public int Count => Left + Right + Top + Bottom;

        private int Stride => AlignedBuffer<double>.Padded(Count);

        public Span<double> Row(int k) => Admittance.Span.Slice(k * Stride, Stride);

        public void Shape(int left, int right, int top, int bottom)
        {
            (Left, Right, Top, Bottom) = (left, right, top, bottom);
            Admittance.Reserve((nint)Count * Stride);
        }
    }

    /// <summary>One thread's room: at each depth two cells, as a cell is done with once its parent is made.</summary>
    private sealed class Work
    {
        private readonly List<Cell[]> _cells = [];

        public NodeElimination Elimination { get; } = new();

        public Cell Room(Part part)
        {
            while (_cells.Count <= part.Depth)
                _cells.Add([new Cell(), new Cell()]);
            return _cells[part.Depth][part.Name & 1];
        }
    }
}
