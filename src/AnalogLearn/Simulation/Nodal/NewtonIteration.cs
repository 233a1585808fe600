using System.Runtime.InteropServices;
using AnalogLearn.Devices;
using AnalogLearn.Numerics;

namespace AnalogLearn.Simulation.Nodal;

/// <summary>How a Newton iteration ended.</summary>
internal enum NewtonStatus
{
    /// <summary>The unknowns stand at a solution.</summary>
    Converged,

    /// <summary>The limit on iterations was reached.</summary>
    Exhausted,

    /// <summary>The Jacobian is singular.</summary>
    Singular,

    /// <summary>The Jacobian is singular whatever its values: some unknown is in no equation, or some equations are about too few.</summary>
    StructurallySingular,

    /// <summary>An equation gives something that is not a number, however short the step.</summary>
    NotFinite,

    /// <summary>The user does not want to wait.</summary>
    Cancelled,
}

/// <summary>How far a Newton iteration goes.</summary>
internal enum NewtonGoal
{
    /// <summary>As far as SPICE: on the way through a homotopy.</summary>
    Rough,

    /// <summary>A thousandth of the tolerances: a time step, whose own error is larger.</summary>
    Step,

    /// <summary>To rounding.</summary>
    Rounding,
}

/// <summary>How a Newton iteration ended, after how many iterations, and which row or unknown was worst.</summary>
/// <param name="Status">How.</param>
/// <param name="Iterations">Loads of all devices.</param>
/// <param name="Worst">The unknown that moved most, the row that is not a number, or the column without a pivot.</param>
internal readonly record struct NewtonOutcome(NewtonStatus Status, int Iterations, int Worst)
{
    public bool IsConverged => Status == NewtonStatus.Converged;
}

/// <summary>A term G (x_k − value) in the row of unknown k that holds it near a value.</summary>
/// <param name="Unknown">k.</param>
/// <param name="Value">The value.</param>
internal readonly record struct Clamp(int Unknown, double Value);

/// <summary>
/// Newton's method for f(x) + a q(x) + b + G (x − x̂) = 0: operating points with a = 0, each step of an implicit integration with a and b of its formula, homotopies with a
/// conductance G from every node. Devices restrain their own steps (SPICE's junction limiting); the iteration halves steps that lead where an equation is not
/// a number, and damps cycles. Convergence is quadratic, so it goes to rounding: one or two iterations more than SPICE's test asks for.
/// </summary>
/// <remarks>The last way out, <see cref="SolveDamped"/>, is the affine-invariant method with natural monotonicity test of Deuflhard, Newton Methods for Nonlinear Problems, section 3.3.</remarks>
internal sealed class NewtonIteration
{
    /// <summary>Conductance of a clamp [S], as in ngspice: beside any circuit's own, an ideal source.</summary>
    public const double ClampConductance = 1e10;

    /// <summary>A step that is this small against the largest unknown of its kind is rounding.</summary>
    private const double Rounding = 1e-13;

    private readonly NodalSystem _system;
    private readonly NodalCircuit _circuit;
    private readonly SolverOptions _options;
    private readonly SparseLu<double> _lu;
    private readonly int _n;
    private readonly int _entries;
    private readonly double[] _matrix;
    private readonly double[] _factored;
    private double[] _jacobian = [];
    private readonly double[] _step;
    private readonly double[] _trialStep;
    private readonly double[] _previous;
    private readonly bool[] _isCurrent;
    private readonly int[] _nodes;
    private readonly int[] _diagonals;
    private readonly int _nonlinearDevices;
    private bool _hasFactors;
    private double _factoredRate;
    private double _contraction = 1;

    public NewtonIteration(NodalSystem system, SolverOptions options)
    {
        _system = system;
        _circuit = system.Circuit;
        _options = options;
        _n = _circuit.UnknownCount;
        _entries = _circuit.Pattern.Count;
        _lu = new SparseLu<double>(_circuit.Pattern);
        _matrix = new double[_entries];
        _step = new double[_n];
        _trialStep = new double[_n];
        _previous = new double[_n + 1];
        _isCurrent = new bool[_n];
        var nodes = new List<int>(_n);
        for (int k = 0; k < _n; k++)
        {
            UnknownKind kind = _circuit.Unknowns[k].Kind;
            _isCurrent[k] = kind == UnknownKind.Branch;
            if (kind is UnknownKind.Node or UnknownKind.InternalNode)
                nodes.Add(k);
        }

        AbsoluteTolerances = new double[_n];
        for (int k = 0; k < _n; k++)
            AbsoluteTolerances[k] = _isCurrent[k] ? options.CurrentTolerance : options.VoltageTolerance;

        // A state may be a pure number, or a length of nanometres: its own beginning tells.
        foreach ((int unknown, double initial) in _circuit.InitialStates)
            AbsoluteTolerances[unknown] = options.VoltageTolerance * (initial != 0 ? Math.Min(1, Math.Abs(initial)) : _circuit.Unknowns[unknown].Unit.Length == 0 ? 1 : 1e-9);

        _nodes = [.. nodes];
        _diagonals = new int[_n];
        Array.Fill(_diagonals, -1);
        foreach (int k in _nodes)
            _diagonals[k] = _circuit.Pattern.SlotOf(k, k);
        Linear = _circuit.Banks.All(b => b.IsLinear);
        _factored = new double[Linear ? _entries : 0];
        _nonlinearDevices = _circuit.Banks.Sum(b => b.IsLinear ? 0 : b.Count);
        ShuntConductance = double.IsFinite(options.ShuntResistance) ? 1 / options.ShuntResistance : 0;
    }

    /// <summary>Below which an unknown does not matter, by unknown.</summary>
    public double[] AbsoluteTolerances { get; }

    /// <summary>Whether all devices are linear.</summary>
    public bool Linear { get; }

    /// <summary>a [1/s].</summary>
    public double ChargeRate { get; set; }

    /// <summary>b by row; null for none.</summary>
    public double[]? History { get; set; }

    /// <summary>G [S], beside the user's own shunts.</summary>
    public double NodeConductance { get; set; }

    /// <summary>x̂, towards which G pulls; null for ground.</summary>
    public double[]? Anchor { get; set; }

    /// <summary>Unknowns that are held.</summary>
    public Clamp[] Clamps { get; set; } = [];

    /// <summary>The factors of the last Jacobian, for whoever has a use for them.</summary>
    public SparseLu<double> Factors => _lu;

    /// <summary>How many factorisations there were, those along known pivots included.</summary>
    public int Factorisations { get; private set; }

    /// <summary>Factorisations that had to choose pivots.</summary>
    public int Pivotings { get; private set; }

    private double ShuntConductance { get; }

    /// <summary>Iterates with the devices' own restraint.</summary>
    /// <param name="x">The unknowns and ground; receives the solution.</param>
    /// <param name="first">How devices are evaluated at first.</param>
    /// <param name="limit">Most iterations.</param>
    /// <param name="goal">How far to go.</param>
    /// <param name="cancellation">Stops it.</param>
    public NewtonOutcome Solve(Span<double> x, Restraint first, int limit, NewtonGoal goal, CancellationToken cancellation)
    {
        double last = double.PositiveInfinity;
        double older = double.PositiveInfinity;
        bool lastWasFree = false;
        double damping = 1;
        int halvings = 0;
        bool keeps = goal == NewtonGoal.Step && KeepsFactors();
        int worst = 0;
        x.CopyTo(_previous);
        for (int iteration = 1; iteration <= limit; iteration++)
        {
            if (cancellation.IsCancellationRequested)
                return new(NewtonStatus.Cancelled, iteration - 1, worst);
            int restrained = _system.Load(x, iteration == 1 ? first : Restraint.Limited);
            Assemble(x, _step);
            keeps &= restrained == 0 && _hasFactors;
            LuOutcome factored = keeps ? LuOutcome.Done : Factor();
            if (factored.IsDone)
                _lu.Solve(_step);
            if (!factored.IsDone || !Measure(x, _step, out double size, out double voltage, out double spice, out worst))
            {
                int bad = NotANumber();
                if (bad < 0 && !factored.IsDone)
                    return new(factored.Structural ? NewtonStatus.StructurallySingular : NewtonStatus.Singular, iteration, factored.Column);
                if (iteration == 1 || ++halvings > 40)
                    return new(NewtonStatus.NotFinite, iteration, Math.Max(bad, 0));
                for (int k = 0; k < _n; k++)
                    x[k] = 0.5 * (x[k] + _previous[k]);
                lastWasFree = false;
                keeps = false;
                continue;
            }

            // A cycle of two or more points: half steps break it.
            bool free = restrained == 0;
            if (iteration > 16)
                damping = free && size > 0.6 * older ? Math.Max(0.5 * damping, 0.03) : Math.Min(1, 2 * damping);
            x.CopyTo(_previous);
            for (int k = 0; k < _n; k++)
                x[k] -= damping * _step[k];
            if (keeps && size > 1e-12)
            {
                // With an old Jacobian errors shrink by a factor that is about the same at every iteration, and from step to step.
                if (iteration > 1)
                    _contraction = Math.Max(size / last, 0.3 * _contraction);
                if (_contraction < 0.3 && spice * _contraction <= 5e-4)
                    return new(NewtonStatus.Converged, iteration, worst);
                keeps = iteration == 1 || _contraction < 0.3;
            }
            else if (free && damping == 1)
            {
                bool done = goal switch
                {
                    NewtonGoal.Rough => spice <= 1 && (iteration > 1 || Linear),
                    NewtonGoal.Step => Linear || spice <= 1e-4 || (lastWasFree && spice <= 1 && size < 0.5 * last && spice * (size / last) <= 1e-3),

                    // At rounding, no longer becoming smaller, or the next step will be at rounding since steps fall quadratically.
                    _ => size <= Rounding
                        || (lastWasFree && spice <= 1e-3 && voltage <= 1e-9 && size >= 0.3 * last)
                        || (lastWasFree && spice <= 1e-3 && 10 * size * (size / last) * (size / last) <= Rounding)
                        || (iteration == limit && spice <= 1),
                };
                if (done || (lastWasFree && voltage <= 10 * Rounding && StandsAtRounding(x)))
                    return new(NewtonStatus.Converged, iteration, worst);
            }

            older = last;
            last = size;
            lastWasFree = free && damping == 1;
        }

        return new(NewtonStatus.Exhausted, limit, worst);
    }

    /// <summary>Iterates without the devices' restraint, each step as long as the next simplified step becomes shorter by it.</summary>
    /// <param name="x">The unknowns and ground; receives the solution, or the best point.</param>
    /// <param name="limit">Most iterations.</param>
    /// <param name="cancellation">Stops it.</param>
    public NewtonOutcome SolveDamped(Span<double> x, int limit, CancellationToken cancellation)
    {
        double length = 1;
        int worst = 0;
        for (int iteration = 1; iteration <= limit; iteration++)
        {
            if (cancellation.IsCancellationRequested)
                return new(NewtonStatus.Cancelled, iteration - 1, worst);
            _system.Load(x, Restraint.Accepted);
            Assemble(x, _step);
            LuOutcome factored = Factor();
            if (factored.IsDone)
                _lu.Solve(_step);
            if (!factored.IsDone || !Measure(x, _step, out double size, out _, out double spice, out worst))
                return new(factored.IsDone || NotANumber() >= 0 ? NewtonStatus.NotFinite : NewtonStatus.Singular, iteration, factored.IsDone ? worst : Math.Max(0, factored.Column));
            x.CopyTo(_previous);
            double before = Norm(_step, _previous);
            length = Math.Min(1, 4 * length);
            while (true)
            {
                for (int k = 0; k < _n; k++)
                    x[k] = _previous[k] - (length * _step[k]);
                if (length == 1 && size <= Rounding)
                    return new(NewtonStatus.Converged, iteration, worst);
                _system.LoadFlows(x);
                Residual(x, _trialStep);
                _lu.Solve(_trialStep);
                double after = Norm(_trialStep, _previous);
                if (after <= (1 - (0.25 * length)) * before)
                    break;
                if (length == 1 && spice <= 1e-3)
                {
                    // Rounding keeps it from becoming shorter.
                    return new(NewtonStatus.Converged, iteration, worst);
                }

                length *= 0.5;
                if (length < 1e-9)
                {
                    _previous.AsSpan().CopyTo(x);
                    return new(NewtonStatus.Exhausted, iteration, worst);
                }
            }
        }

        return new(NewtonStatus.Exhausted, limit, worst);
    }

    /// <summary>One evaluation of the residual, and one solution with the factors at hand: iterative refinement of a linear circuit, or a simplified Newton step.</summary>
    /// <param name="x">The unknowns and ground; receives the corrected ones.</param>
    /// <returns>The step's size against SPICE's tolerances.</returns>
    public double Correct(Span<double> x)
    {
        _system.LoadFlows(x);
        Residual(x, _step);
        _lu.Solve(_step);
        if (!Measure(x, _step, out _, out _, out double spice, out _))
            return double.PositiveInfinity;
        for (int k = 0; k < _n; k++)
            x[k] -= _step[k];
        return spice;
    }

    /// <summary>q̇ by row as the currents of the last load leave it, q̇ = −f.</summary>
    /// <param name="x">The unknowns and ground at that load.</param>
    /// <param name="rates">Receives q̇.</param>
    public void LeaveRates(ReadOnlySpan<double> x, Span<double> rates)
    {
        for (int k = 0; k < rates.Length; k++)
            rates[k] = -_system.Flow[k];
        if (ShuntConductance > 0)
        {
            foreach (int k in _nodes)
                rates[k] -= ShuntConductance * x[k];
        }
    }

    /// <summary>
    /// Whether the factors of an earlier time step serve once more: where a factorisation costs many evaluations, and the step's length is about the same. The operations of a factorisation are taken
    /// for the square of the number of its entries over that of unknowns; no clock decides, so that a run can be repeated to the bit.
    /// </summary>
    private bool KeepsFactors()
    {
        if (Linear || !_hasFactors)
            return false;
        double entries = _lu.FactorCount;
        double factoring = entries * entries / _n;
        double evaluating = (2 * entries) + (3.0 * _entries) + (60.0 * _nonlinearDevices);
        return factoring > 6 * evaluating && Math.Abs(ChargeRate - _factoredRate) <= 0.05 * _factoredRate;
    }

    /// <summary>Chooses pivots by a matrix, whatever was chosen before: from there on the same equations give the same bits.</summary>
    /// <param name="values">The matrix by slot.</param>
    /// <returns>Whether it is regular.</returns>
    public bool ChoosePivots(ReadOnlySpan<double> values)
    {
        // Factored twice, so that these factors too are those along known pivots, to the last bit.
        if (Linear)
            values.CopyTo(_factored);
        return _hasFactors = _lu.Factor(values).IsDone && _lu.Refactor(values).IsDone;
    }

    /// <summary>Forgets the pivots: the Jacobian has become another.</summary>
    public void ForgetFactors() => _hasFactors = false;

    private void Residual(ReadOnlySpan<double> x, Span<double> residual)
    {
        ReadOnlySpan<double> flow = _system.Flow.AsSpan(0, _n);
        flow.CopyTo(residual);
        if (ChargeRate != 0)
        {
            ReadOnlySpan<double> charge = _system.Charge.AsSpan(0, _n);
            for (int k = 0; k < residual.Length; k++)
                residual[k] += ChargeRate * charge[k];
        }

        if (History is { } history)
        {
            for (int k = 0; k < residual.Length; k++)
                residual[k] += history[k];
        }

        double shunt = ShuntConductance;
        if (shunt > 0)
        {
            foreach (int k in _nodes)
                residual[k] += shunt * x[k];
        }

        double conductance = NodeConductance;
        if (conductance > 0)
        {
            double[]? anchor = Anchor;
            foreach (int k in _nodes)
                residual[k] += conductance * (anchor is null ? x[k] : x[k] - anchor[k]);
        }

        foreach (Clamp clamp in Clamps)
            residual[clamp.Unknown] += ClampConductance * (x[clamp.Unknown] - clamp.Value);
    }

    private void Assemble(ReadOnlySpan<double> x, Span<double> residual)
    {
        Residual(x, residual);
        _jacobian = _matrix;
        ReadOnlySpan<double> conductances = _system.Conductances.AsSpan(0, _entries);
        Span<double> matrix = _matrix;
        double diagonal = NodeConductance + ShuntConductance;
        if (ChargeRate == 0 && !(diagonal > 0) && Clamps.Length == 0)
        {
            // Nothing is added: the system's own numbers serve.
            _jacobian = _system.Conductances;
            return;
        }

        if (ChargeRate == 0)
        {
            conductances.CopyTo(matrix);
        }
        else
        {
            ReadOnlySpan<double> capacitances = _system.Capacitances.AsSpan(0, _entries);
            double rate = ChargeRate;
            for (int k = 0; k < matrix.Length; k++)
                matrix[k] = conductances[k] + (rate * capacitances[k]);
        }

        if (diagonal > 0)
        {
            foreach (int k in _nodes)
                matrix[_diagonals[k]] += diagonal;
        }

        foreach (Clamp clamp in Clamps)
            matrix[_diagonals[clamp.Unknown]] += ClampConductance;
    }

    private LuOutcome Factor()
    {
        // A linear circuit's Jacobian comes again and again: then its factors are at hand.
        ReadOnlySpan<double> matrix = _jacobian.AsSpan(0, _entries);
        if (_hasFactors && Linear && MemoryMarshal.AsBytes(matrix).SequenceEqual(MemoryMarshal.AsBytes(_factored.AsSpan())))
            return LuOutcome.Done;
        Factorisations++;
        LuOutcome outcome = _hasFactors ? _lu.Refactor(matrix) : new LuOutcome(LuStatus.Unstable, -1, -1, false);
        if (!outcome.IsDone)
        {
            Pivotings++;
            outcome = _lu.Factor(matrix);
        }

        _hasFactors = outcome.IsDone;
        _factoredRate = ChargeRate;
        _contraction = 0.3;
        if (_hasFactors && Linear)
            matrix.CopyTo(_factored);
        return outcome;
    }

    /// <summary>A step's size against the largest unknown of its kind, that of voltages alone, and the size against SPICE's tolerances; false when it is not a number.</summary>
    private bool Measure(ReadOnlySpan<double> x, ReadOnlySpan<double> step, out double size, out double voltageSize, out double spice, out int worst)
    {
        double voltage = 1e-3;
        double current = 1e-12;
        double voltageStep = 0;
        double currentStep = 0;
        double relative = _options.RelativeTolerance;
        spice = 0;
        worst = 0;
        bool finite = true;
        for (int k = 0; k < step.Length; k++)
        {
            double change = Math.Abs(step[k]);
            double magnitude = Math.Max(Math.Abs(x[k]), Math.Abs(x[k] - step[k]));
            finite &= change <= double.MaxValue;
            if (_isCurrent[k])
            {
                currentStep = Math.Max(currentStep, change);
                current = Math.Max(current, magnitude);
            }
            else
            {
                voltageStep = Math.Max(voltageStep, change);
                voltage = Math.Max(voltage, magnitude);
            }

            double ratio = change / ((relative * magnitude) + AbsoluteTolerances[k]);
            if (ratio > spice)
            {
                spice = ratio;
                worst = k;
            }
        }

        voltageSize = voltageStep / voltage;
        size = Math.Max(voltageSize, currentStep / current);
        return finite;
    }

    /// <summary>
    /// Whether currents move by no more than the rounding of the nodes that they enter. A branch carries what a node's other currents leave, and these are differences of large products: 5 V behind 10 Ω
    /// round to 10⁻¹⁶ A, whatever abstol asks for.
    /// </summary>
    private bool StandsAtRounding(ReadOnlySpan<double> x)
    {
        const double unit = 64 * 2.220446049250313e-16;
        ReadOnlySpan<int> starts = _circuit.Pattern.ColumnStarts;
        ReadOnlySpan<int> rows = _circuit.Pattern.RowIndices;
        Array.Clear(_trialStep);
        for (int j = 0; j < _n; j++)
        {
            double magnitude = Math.Abs(x[j]);
            for (int p = starts[j]; p < starts[j + 1]; p++)
                _trialStep[rows[p]] = Math.Max(_trialStep[rows[p]], Math.Abs(_jacobian[p]) * magnitude);
        }

        for (int k = 0; k < _n; k++)
        {
            if (!_isCurrent[k])
                continue;
            double largest = 0;
            for (int p = starts[k]; p < starts[k + 1]; p++)
            {
                if (!_isCurrent[rows[p]])
                    largest = Math.Max(largest, _trialStep[rows[p]]);
            }

            if (Math.Abs(_step[k]) > (1e-3 * AbsoluteTolerances[k]) + (unit * largest))
                return false;
        }

        return true;
    }

    private double Norm(ReadOnlySpan<double> step, ReadOnlySpan<double> at)
    {
        double sum = 0;
        for (int k = 0; k < step.Length; k++)
        {
            double ratio = step[k] / (Math.Abs(at[k]) + (_isCurrent[k] ? 1e-6 : 1e-3));
            sum += ratio * ratio;
        }

        return double.IsFinite(sum) ? Math.Sqrt(sum) : double.PositiveInfinity;
    }

    private int NotANumber()
    {
        for (int k = 0; k < _n; k++)
        {
            if (!double.IsFinite(_system.Flow[k]) || !double.IsFinite(_system.Charge[k]))
                return k;
        }

        for (int j = 0; j < _n; j++)
        {
            for (int p = _circuit.Pattern.ColumnStarts[j]; p < _circuit.Pattern.ColumnStarts[j + 1]; p++)
            {
                if (!double.IsFinite(_jacobian[p]))
                    return _circuit.Pattern.RowIndices[p];
            }
        }

        return -1;
    }
}
