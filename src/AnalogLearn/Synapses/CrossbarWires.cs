using System.Numerics.Tensors;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace AnalogLearn.Synapses;

/// <summary>
/// The wires of a crossbar, solved: what the columns of an array collect when every piece of wire has a resistance (IR drop). Rows are presynaptic nodes, driven at their left ends; every postsynaptic node has two
/// columns side by side, of G⁺ and of G⁻, that end at virtual ground below the last row. From each source to the first crossing, from crossing to crossing and from the last crossing to virtual ground lies one segment.
/// With r the voltages of the row wire and k those of the column wire at each crossing, g one over the segment's resistance and D the devices,
///     R r − D k = g V (at the first crossing of the rows),   C k − D r = 0,   I = g k (at the last crossing of the columns),   R = D + g·(Laplacian of the row wires), C likewise,
/// so that I = M V; without wires M is G⁺ or G⁻. Each column of M is the solution of (C − D R⁻¹ D) k = D R⁻¹ g V by conjugate gradients with the preconditioner C⁻¹: both R and C are tridiagonal, a line of wire at a time, and
/// solved exactly, so that only the coupling of rows with columns is left to iterate on: the factor of an iteration is about G r n²/4 as long as that is small. Eight sources travel together. By reciprocity M can as well be had from
/// voltages at the ends of the columns and currents into the sources, which is done when there are fewer columns than rows.
/// </summary>
/// <remarks>
/// The network is the one that IR-drop studies solve by nodal analysis (A. Chen, IEEE Trans. Electron Devices 60, 1318 (2013), doi:10.1109/TED.2013.2246791). Iterations stop when the preconditioned residual of every source is
/// 10⁻¹² of that of its right side; the tests hold M to 10⁻⁹ of nodal analysis. One object for one array: it keeps its working space, and what wires took away the last time.
/// </remarks>
internal sealed class CrossbarWires
{
    private const int Lanes = 8;

    private const double Tolerance = 1e-12;

    private const int MostIterations = 2000;

    private readonly int _post;
    private readonly int _pre;
    private readonly double _resistance;
    private readonly double _segment;
    private readonly bool _reversed;
    private readonly int _lines;
    private readonly int _length;
    private readonly double[] _devices;
    private readonly double[] _rowStep;
    private readonly double[] _rowInverse;
    private readonly double[] _columnStep;
    private readonly double[] _columnInverse;
    private readonly double[] _transfer;
    private readonly double[] _keptPlus;
    private readonly double[] _keptMinus;
    private readonly List<Work> _works = [];
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

        // The side with fewer wires has the sources: rows, or the columns read from their ends.
        _reversed = 2 * post < pre;
        (_lines, _length) = _reversed ? (2 * post, pre) : (pre, 2 * post);
        int crossings = _lines * _length;
        _devices = new double[crossings];
        _rowStep = new double[crossings];
        _rowInverse = new double[crossings];
        _columnStep = new double[crossings];
        _columnInverse = new double[crossings];
        _transfer = new double[crossings];
        _keptPlus = new double[post * pre];
        _keptMinus = new double[post * pre];
    }

    /// <summary>Iterations of the last solution, of those sources that took the most.</summary>
    public int Iterations { get; private set; }

    /// <summary>The largest preconditioned residual of any source in the last solution, relative to that of its right side; above 10⁻¹² when the limit of iterations was met.</summary>
    public double Residual { get; private set; }

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
        Iterations = 0;
        Residual = 0;
        _isSolved = true;
        if (_resistance == 0)
        {
            plus.CopyTo(effectivePlus);
            minus.CopyTo(effectiveMinus);
        }
        else
        {
            for (int i = 0; i < _post; i++)
            {
                for (int j = 0; j < _pre; j++)
                {
                    _devices[Place(j, 2 * i)] = plus[(i * _pre) + j];
                    _devices[Place(j, (2 * i) + 1)] = minus[(i * _pre) + j];
                }
            }

            Factor();
            int batches = (_lines + Lanes - 1) / Lanes;
            int workers = Math.Min(batches, threads > 0 ? threads : Environment.ProcessorCount);
            while (_works.Count < workers)
                _works.Add(new Work(_lines * _length));
            if (workers == 1)
                Run(_works[0], 0, 1, batches);
            else
                Parallel.For(0, workers, new ParallelOptions { MaxDegreeOfParallelism = workers }, w => Run(_works[w], w, workers, batches));
            for (int w = 0; w < workers; w++)
            {
                Iterations = Math.Max(Iterations, _works[w].Iterations);
                Residual = Math.Max(Residual, _works[w].Residual);
            }

            for (int i = 0; i < _post; i++)
            {
                for (int j = 0; j < _pre; j++)
                {
                    effectivePlus[(i * _pre) + j] = _transfer[Place(j, 2 * i)];
                    effectiveMinus[(i * _pre) + j] = _transfer[Place(j, (2 * i) + 1)];
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

    /// <summary>The place of a crossing: line by line from the sources' side, with the lines' far ends where the currents are collected.</summary>
    private int Place(int row, int column) => _reversed
        ? (((2 * _post) - 1 - column) * _length) + (_pre - 1 - row)
        : (row * _length) + column;

    /// <summary>Thomas's elimination of every line. Of row wires along a line of places, of column wires across them.</summary>
    private void Factor()
    {
        double g = _segment;
        for (int a = 0; a < _lines; a++)
        {
            for (int b = 0; b < _length; b++)
            {
                int at = (a * _length) + b;
                double row = _devices[at] + g + (b + 1 < _length ? g : 0) - (b > 0 ? g * _rowStep[at - 1] : 0);
                double column = _devices[at] + g + (a > 0 ? g : 0) - (a > 0 ? g * _columnStep[at - _length] : 0);
                _rowInverse[at] = 1 / row;
                _rowStep[at] = g / row;
                _columnInverse[at] = 1 / column;
                _columnStep[at] = g / column;
            }
        }
    }

    private void Run(Work work, int worker, int workers, int batches)
    {
        work.Iterations = 0;
        work.Residual = 0;
        for (int batch = worker; batch < batches; batch += workers)
            Solve(work, batch * Lanes);
    }

    /// <summary>Conjugate gradients for eight sources.</summary>
    private void Solve(Work work, int first)
    {
        int count = Math.Min(Lanes, _lines - first);
        Span<Vector512<double>> x = work.Solution, r = work.Residuals, p = work.Direction, z = work.Other;
        x.Clear();
        r.Clear();

        // The right side D R⁻¹ g V stands in the sources' own lines.
        for (int lane = 0; lane < count; lane++)
        {
            Span<Vector512<double>> line = r.Slice((first + lane) * _length, _length);
            line[0] = Vector512<double>.Zero.WithElement(lane, _segment);
            SolveRow(first + lane, line);
            ScaleByDevices(first + lane, line);
        }

        SolveColumns(r, z);
        z.CopyTo(p);
        Vector512<double> now = Dot(r, z), start = now;
        Vector512<double> limit = start * (Tolerance * Tolerance);
        int iteration = 0;
        while (iteration < MostIterations && Vector512.GreaterThanAny(now, limit))
        {
            Apply(p, z);
            Vector512<double> curvature = Dot(p, z);

            // A source that is done stands still.
            Vector512<double> step = Vector512.ConditionalSelect(Vector512.GreaterThan(now, limit), now / curvature, Vector512<double>.Zero);
            for (int k = 0; k < x.Length; k++)
            {
                x[k] += step * p[k];
                r[k] -= step * z[k];
            }

            SolveColumns(r, z);
            Vector512<double> next = Dot(r, z);
            Vector512<double> turn = Vector512.ConditionalSelect(Vector512.GreaterThan(now, limit), next / now, Vector512<double>.Zero);
            for (int k = 0; k < p.Length; k++)
                p[k] = z[k] + (turn * p[k]);
            now = next;
            iteration++;
        }

        work.Iterations = Math.Max(work.Iterations, iteration);
        int end = (_lines - 1) * _length;
        for (int lane = 0; lane < count; lane++)
        {
            work.Residual = Math.Max(work.Residual, start[lane] > 0 ? Math.Sqrt(Math.Max(0, now[lane]) / start[lane]) : 0);
            Span<double> into = _transfer.AsSpan((first + lane) * _length, _length);
            for (int b = 0; b < into.Length; b++)
                into[b] = _segment * x[end + b][lane];
        }
    }

    /// <summary>q = (C − D R⁻¹ D) p.</summary>
    private void Apply(ReadOnlySpan<Vector512<double>> p, Span<Vector512<double>> q)
    {
        double g = _segment;
        for (int a = 0; a < _lines; a++)
        {
            int from = a * _length;
            Span<Vector512<double>> line = q.Slice(from, _length);
            ReadOnlySpan<Vector512<double>> own = p.Slice(from, _length);
            ReadOnlySpan<double> d = _devices.AsSpan(from, _length);
            for (int b = 0; b < line.Length; b++)
                line[b] = d[b] * own[b];
            SolveRow(a, line);
            ReadOnlySpan<Vector512<double>> above = a > 0 ? p.Slice(from - _length, _length) : own;
            ReadOnlySpan<Vector512<double>> below = a + 1 < _lines ? p.Slice(from + _length, _length) : own;
            double diagonal = (a > 0 ? g : 0) + g, up = a > 0 ? g : 0, down = a + 1 < _lines ? g : 0;
            for (int b = 0; b < line.Length; b++)
                line[b] = ((d[b] + diagonal) * own[b]) - (up * above[b]) - (down * below[b]) - (d[b] * line[b]);
        }
    }

    /// <summary>R⁻¹ of one line of a row wire, in place.</summary>
    private void SolveRow(int a, Span<Vector512<double>> line)
    {
        ReadOnlySpan<double> step = _rowStep.AsSpan(a * _length, _length), inverse = _rowInverse.AsSpan(a * _length, _length);
        Vector512<double> last = line[0];
        for (int b = 1; b < line.Length; b++)
        {
            last = line[b] + (step[b - 1] * last);
            line[b] = last;
        }

        last = inverse[^1] * line[^1];
        line[^1] = last;
        for (int b = line.Length - 2; b >= 0; b--)
        {
            last = (inverse[b] * line[b]) + (step[b] * last);
            line[b] = last;
        }
    }

    private void ScaleByDevices(int a, Span<Vector512<double>> line)
    {
        ReadOnlySpan<double> d = _devices.AsSpan(a * _length, _length);
        for (int b = 0; b < line.Length; b++)
            line[b] *= d[b];
    }

    /// <summary>z = C⁻¹ r: all column wires side by side.</summary>
    private void SolveColumns(ReadOnlySpan<Vector512<double>> r, Span<Vector512<double>> z)
    {
        r[.._length].CopyTo(z);
        for (int a = 1; a < _lines; a++)
        {
            int from = a * _length;
            ReadOnlySpan<Vector512<double>> right = r.Slice(from, _length), above = z.Slice(from - _length, _length);
            ReadOnlySpan<double> step = _columnStep.AsSpan(from - _length, _length);
            Span<Vector512<double>> line = z.Slice(from, _length);
            for (int b = 0; b < line.Length; b++)
                line[b] = right[b] + (step[b] * above[b]);
        }

        int last = (_lines - 1) * _length;
        for (int b = 0; b < _length; b++)
            z[last + b] *= _columnInverse[last + b];
        for (int a = _lines - 2; a >= 0; a--)
        {
            int from = a * _length;
            ReadOnlySpan<Vector512<double>> below = z.Slice(from + _length, _length);
            ReadOnlySpan<double> step = _columnStep.AsSpan(from, _length), inverse = _columnInverse.AsSpan(from, _length);
            Span<Vector512<double>> line = z.Slice(from, _length);
            for (int b = 0; b < line.Length; b++)
                line[b] = (inverse[b] * line[b]) + (step[b] * below[b]);
        }
    }

    private static Vector512<double> Dot(ReadOnlySpan<Vector512<double>> u, ReadOnlySpan<Vector512<double>> v)
    {
        Vector512<double> even = Vector512<double>.Zero, odd = Vector512<double>.Zero;
        int k = 0;
        for (; k + 1 < u.Length; k += 2)
        {
            even += u[k] * v[k];
            odd += u[k + 1] * v[k + 1];
        }

        return k < u.Length ? even + odd + (u[k] * v[k]) : even + odd;
    }

    private sealed class Work(int crossings)
    {
        public Vector512<double>[] Solution { get; } = new Vector512<double>[crossings];

        public Vector512<double>[] Residuals { get; } = new Vector512<double>[crossings];

        public Vector512<double>[] Direction { get; } = new Vector512<double>[crossings];

        public Vector512<double>[] Other { get; } = new Vector512<double>[crossings];

        public int Iterations { get; set; }

        public double Residual { get; set; }
    }
}
