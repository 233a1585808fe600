using System.Globalization;
using AnalogLearn.Devices;

namespace AnalogLearn.Simulation.Nodal;

/// <summary>
/// Finds x with f(x) = 0: Newton's method first, as SPICE does it; where that fails, gmin stepping, source stepping (Nagel 1975, section 5.4; ngspice manual, section 11.1.2), Newton's method with
/// damping, and pseudo-transient continuation, in this order, so that a circuit with several solutions usually comes to the one that ngspice gives. The solution is polished to rounding and
/// certified by its residuals. One object serves one thread; repeated solves reuse the analysis and the pivots of the Jacobian.
/// </summary>
public sealed class OperatingPointSolver
{
    private const int MostCorrections = 3;
    private const double AtRounding = 4e-16;

    private readonly SolverOptions _options;
    private readonly NodalCircuit _circuit;
    private readonly int _n;
    private readonly double[] _good;
    private readonly double[] _start;
    private readonly double[] _magnitude;
    private readonly Clamp[] _nodeSets;
    private readonly Clamp[] _initialConditions;
    private readonly List<OperatingPointAttempt> _attempts = [];
    private int _iterations;
    private NewtonOutcome _last;

    /// <summary>Prepares for a circuit.</summary>
    /// <param name="system">The circuit's equations; their sources and conditions are those at which it is solved.</param>
    /// <param name="options">Tolerances and limits.</param>
    public OperatingPointSolver(NodalSystem system, SolverOptions options)
    {
        ArgumentNullException.ThrowIfNull(system);
        ArgumentNullException.ThrowIfNull(options);
        System = system;
        _options = options;
        _circuit = system.Circuit;
        _n = _circuit.UnknownCount;
        _good = new double[_n + 1];
        _start = new double[_n + 1];
        _magnitude = new double[_n + 1];
        Newton = new NewtonIteration(system, options);
        _nodeSets = Clamps(_circuit.Circuit.NodeSets);
        _initialConditions = Clamps(_circuit.Circuit.InitialConditions);
    }

    /// <summary>The equations.</summary>
    public NodalSystem System { get; }

    /// <summary>Whether nodes with an initial condition (<c>.ic</c>) are held at it: the operating point that a transient starts from.</summary>
    public bool HoldsInitialConditions { get; set; }

    /// <summary>Whether the residuals of each operating point are measured; without them the report has NaN there.</summary>
    public bool Certifies { get; set; } = true;

    /// <summary>The iteration, whose factors are those of the Jacobian near the solution.</summary>
    internal NewtonIteration Newton { get; }

    /// <summary>Finds an operating point.</summary>
    /// <param name="x">The unknowns and ground, which is 0; with <paramref name="warm"/>, the point to start from. Receives the operating point.</param>
    /// <param name="warm">Whether x is near a solution, such as that of the last point of a sweep.</param>
    /// <param name="cancellation">Stops it.</param>
    public OperatingPointReport Solve(Span<double> x, bool warm = false, CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(x.Length, _n + 1);
        if (_n == 0)
            return new() { Iterations = 0, Attempts = [], KirchhoffResidual = 0, CurrentResidual = 0 };
        DeviceConditions conditions = System.Conditions;
        System.Conditions = conditions with { HoldStates = true, SourceScale = 1 };
        Newton.ChargeRate = 0;
        Newton.History = null;
        Newton.NodeConductance = 0;
        Newton.Anchor = null;
        Clamp[] held = HoldsInitialConditions ? _initialConditions : [];
        Newton.Clamps = held;
        _attempts.Clear();
        _iterations = 0;
        x[_n] = 0;
        if (!warm && held.Length == 0 && _nodeSets.Length == 0 && RateStart.Fill(System, x, cancellation))
            warm = true;
        bool found = warm && Warm(x, cancellation);
        if (!found && !cancellation.IsCancellationRequested)
            found = Cold(x, held, cancellation);
        OperatingPointReport report = Report(x, found, cancellation);
        System.Conditions = conditions;
        return report;
    }

    private Clamp[] Clamps(IReadOnlyDictionary<string, double> values)
    {
        var clamps = new List<Clamp>(values.Count);
        foreach ((string node, double value) in values)
        {
            int unknown = _circuit.NodeUnknown(node);
            if (unknown >= 0 && unknown < _n)
                clamps.Add(new Clamp(unknown, value));
        }

        return [.. clamps.OrderBy(c => c.Unknown)];
    }

    private bool Warm(Span<double> x, CancellationToken cancellation)
    {
        x.CopyTo(_start);
        NewtonOutcome outcome = Run(x, Restraint.Accepted, _options.SweepIterations, NewtonGoal.Rounding, cancellation);
        if (outcome.IsConverged)
            return true;
        Tell("Newton's method from the last point", false);
        x.Clear();
        return false;
    }

    private bool Cold(Span<double> x, Clamp[] held, CancellationToken cancellation)
    {
        x.Clear();
        foreach ((int unknown, double value) in _circuit.InitialStates)
            x[unknown] = value;
        x.CopyTo(_start);
        if (!_options.SkipsDirectIteration && Direct(x, held, cancellation))
            return true;
        Newton.Clamps = held;
        if (_last.Status == NewtonStatus.StructurallySingular)
            return false;
        NewtonOutcome direct = _last;
        if (Homotopies(x, cancellation))
            return true;

        // What made the plain iteration singular is what to tell.
        if (direct.Status == NewtonStatus.Singular && _last.Status != NewtonStatus.Cancelled)
            _last = direct;
        return false;
    }

    private bool Homotopies(Span<double> x, CancellationToken cancellation)
    {
        if (_last.Status != NewtonStatus.Cancelled && _options.ConductanceSteps > 0 && ConductanceStepping(x, cancellation))
            return true;
        if (_last.Status != NewtonStatus.Cancelled && _options.SourceSteps > 0 && SourceStepping(x, cancellation))
            return true;
        return _last.Status != NewtonStatus.Cancelled && (Damped(x, cancellation) || PseudoTransient(x, cancellation));
    }

    /// <summary>Newton's method; nodes with a <c>.nodeset</c> are held near it at first, then released.</summary>
    private bool Direct(Span<double> x, Clamp[] held, CancellationToken cancellation)
    {
        NewtonOutcome outcome;
        if (_nodeSets.Length > 0)
        {
            Newton.Clamps = [.. held, .. _nodeSets];
            outcome = Run(x, Restraint.Start, _options.ColdIterations, NewtonGoal.Rough, cancellation);
            Newton.Clamps = held;
            if (outcome.IsConverged)
                outcome = Run(x, Restraint.Limited, _options.ColdIterations, NewtonGoal.Rounding, cancellation);
        }
        else
        {
            outcome = Run(x, Restraint.Start, _options.ColdIterations, NewtonGoal.Rounding, cancellation);
        }

        Tell("Newton's method", outcome.IsConverged);
        return outcome.IsConverged;
    }

    /// <summary>A conductance from every node to ground, at first so large that any circuit is tame, then less and less.</summary>
    private bool ConductanceStepping(Span<double> x, CancellationToken cancellation)
    {
        _start.CopyTo(x);
        double factor = 10;
        double reached = double.PositiveInfinity;
        double conductance = 1e-2;
        double smallest = Math.Max(1e-13, 0.1 * _options.JunctionConductance);
        while (true)
        {
            Newton.NodeConductance = conductance;
            NewtonOutcome outcome = Run(x, double.IsFinite(reached) ? Restraint.Limited : Restraint.Start, _options.ColdIterations, NewtonGoal.Rough, cancellation);
            if (outcome.Status == NewtonStatus.Cancelled)
                break;
            if (outcome.IsConverged)
            {
                x.CopyTo(_good);
                System.KeepMemories();
                reached = conductance;
                if (conductance <= smallest)
                {
                    Newton.NodeConductance = 0;
                    if (Run(x, Restraint.Limited, _options.ColdIterations, NewtonGoal.Rounding, cancellation).IsConverged)
                    {
                        Tell("gmin stepping", true);
                        return true;
                    }

                    break;
                }

                if (outcome.Iterations <= _options.ColdIterations / 4)
                    factor = Math.Min(factor * Math.Sqrt(factor), 1e3);
                else if (outcome.Iterations > 3 * _options.ColdIterations / 4)
                    factor = Math.Max(Math.Sqrt(factor), 1.0001);
                conductance = Math.Max(smallest, conductance / factor);
                continue;
            }

            if (!double.IsFinite(reached))
            {
                // Not even with the first conductance: a larger one.
                if (conductance > 1e5)
                    break;
                conductance *= 100;
                _start.CopyTo(x);
                continue;
            }

            factor = Math.Sqrt(Math.Sqrt(factor));
            if (factor < 1.0005)
                break;
            _good.AsSpan().CopyTo(x);
            System.RecallMemories();
            conductance = Math.Max(smallest, reached / factor);
        }

        Newton.NodeConductance = 0;
        Tell("gmin stepping", false, double.IsFinite(reached) ? string.Create(CultureInfo.InvariantCulture, $"down to {reached:e1} S") : "not even a first step");
        return false;
    }

    /// <summary>All independent sources from nothing to their values.</summary>
    private bool SourceStepping(Span<double> x, CancellationToken cancellation)
    {
        DeviceConditions conditions = System.Conditions;
        _start.CopyTo(x);
        double reached = -1;
        double scale = 0;
        double rise = 0.01;
        bool done = false;
        while (true)
        {
            System.Conditions = conditions with { SourceScale = scale };
            NewtonOutcome outcome = Run(x, reached < 0 ? Restraint.Start : Restraint.Limited, _options.ColdIterations, scale >= 1 ? NewtonGoal.Rounding : NewtonGoal.Rough, cancellation);
            if (outcome.Status == NewtonStatus.Cancelled)
                break;
            if (outcome.IsConverged)
            {
                if (scale >= 1)
                {
                    done = true;
                    break;
                }

                x.CopyTo(_good);
                System.KeepMemories();
                reached = scale;
                if (outcome.Iterations <= _options.ColdIterations / 4)
                    rise *= 1.8;
                else if (outcome.Iterations > 3 * _options.ColdIterations / 4)
                    rise *= 0.5;
            }
            else
            {
                if (reached < 0)
                    break;
                rise *= 0.2;
                if (rise < 1e-7)
                    break;
                _good.AsSpan().CopyTo(x);
                System.RecallMemories();
            }

            scale = Math.Min(1, reached + rise);
        }

        System.Conditions = conditions;
        Tell("source stepping", done, done ? null : reached < 0 ? "not even without sources" : string.Create(CultureInfo.InvariantCulture, $"up to {100 * reached:f2} % of the sources"));
        return done;
    }

    private bool Damped(Span<double> x, CancellationToken cancellation)
    {
        _start.CopyTo(x);
        NewtonOutcome outcome = _last = Newton.SolveDamped(x, 2 * _options.ColdIterations, cancellation);
        _iterations += outcome.Iterations;
        Tell("damped Newton iteration", outcome.IsConverged);
        return outcome.IsConverged;
    }

    /// <summary>Each node with a capacitor to ground, integrated by backward Euler with steps as long as Newton's method can take.</summary>
    private bool PseudoTransient(Span<double> x, CancellationToken cancellation)
    {
        _start.CopyTo(x);
        _start.CopyTo(_good, 0);
        Newton.Anchor = _good;
        double conductance = 1;
        double largest = 1e9;
        bool done = false;
        bool first = true;
        for (int step = 0; step < 400; step++)
        {
            Newton.NodeConductance = conductance;
            NewtonOutcome outcome = Run(x, first ? Restraint.Start : Restraint.Limited, 30, NewtonGoal.Rough, cancellation);
            if (outcome.Status == NewtonStatus.Cancelled)
                break;
            if (outcome.IsConverged)
            {
                first = false;
                x.CopyTo(_good);
                System.KeepMemories();
                conductance *= outcome.Iterations <= 6 ? 0.25 : outcome.Iterations <= 12 ? 0.6 : 1;
                if (conductance < 1e-14)
                {
                    Newton.NodeConductance = 0;
                    done = Run(x, Restraint.Limited, _options.ColdIterations, NewtonGoal.Rounding, cancellation).IsConverged;
                    if (done)
                        break;
                    conductance = 1e-9;
                    _good.AsSpan().CopyTo(x);
                    System.RecallMemories();
                }

                continue;
            }

            conductance *= 10;
            if (conductance > largest)
                break;
            _good.AsSpan().CopyTo(x);
            if (!first)
                System.RecallMemories();
        }

        double at = Newton.NodeConductance;
        Newton.NodeConductance = 0;
        Newton.Anchor = null;
        Tell("pseudo-transient continuation", done, done ? null : string.Create(CultureInfo.InvariantCulture, $"to steps of {1 / at:e1} s on 1 F at each node"));
        return done;
    }

    private NewtonOutcome Run(Span<double> x, Restraint first, int limit, NewtonGoal goal, CancellationToken cancellation)
    {
        _last = Newton.Solve(x, first, limit, goal, cancellation);
        _iterations += _last.Iterations;
        return _last;
    }

    private void Tell(string method, bool succeeded, string? remark = null)
    {
        int before = 0;
        for (int k = 0; k < _attempts.Count; k++)
            before += _attempts[k].Iterations;
        remark ??= _last.Status switch
        {
            _ when succeeded => null,
            NewtonStatus.Singular or NewtonStatus.StructurallySingular => $"singular at {Name(_last.Worst)}",
            NewtonStatus.NotFinite => $"not a number at {Name(_last.Worst)}",
            _ => null,
        };
        _attempts.Add(new(method, _iterations - before, succeeded, remark));
    }

    private OperatingPointReport Report(Span<double> x, bool found, CancellationToken cancellation)
    {
        if (found && _attempts.Count == 0 && !Certifies)
            return new() { Iterations = _iterations, Attempts = [] };
        if (!found && (cancellation.IsCancellationRequested || _last.Status == NewtonStatus.Cancelled))
            return new() { Iterations = _iterations, Attempts = [.. _attempts], IsCancelled = true };
        if (found && !Certifies)
            return new() { Iterations = _iterations, Attempts = [.. _attempts] };
        if (!found && _last.Status == NewtonStatus.Exhausted)
        {
            // Newton's own last word names the node better than what some homotopy left behind.
            _start.CopyTo(x);
            Newton.Solve(x, Restraint.Start, _options.ColdIterations, NewtonGoal.Rough, cancellation);
        }

        (double relative, double absolute, int row, int node) = Residuals(x);

        // The last step of the iteration was taken for good; corrections with its factors take what it left, as long as the residual falls.
        for (int correction = 0; found && correction < MostCorrections && relative > AtRounding; correction++)
        {
            x.CopyTo(_start);
            Newton.Correct(x);
            (double better, double current, int worst, int at) = Residuals(x);
            if (!(better < 0.5 * relative))
            {
                _start.CopyTo(x);
                break;
            }

            (relative, absolute, row, node) = (better, current, worst, at);
        }

        AnalysisFailure? failure = found ? null : Failure(relative, absolute, row, node);
        if (found && !(relative < 1e-6))
        {
            failure = new(
                string.Create(CultureInfo.InvariantCulture, $"the operating point does not satisfy the equation of {Name(row)}: {relative:e1} of what adds up in it is left over"),
                "the circuit is too stiff for 16 digits: look for conductances or gains that differ by more than 1e13 around that node");
        }

        return new()
        {
            Iterations = _iterations,
            Attempts = [.. _attempts],
            KirchhoffResidual = relative,
            CurrentResidual = absolute,
            WorstNode = node < 0 ? string.Empty : _circuit.Unknowns[node].Name,
            Failure = failure,
        };
    }

    /// <summary>Residuals, each against what adds up in its row: the currents of devices, and the products of the Jacobian and the unknowns, whose rounding no solver can undercut.</summary>
    private (double Relative, double Absolute, int Row, int Node) Residuals(ReadOnlySpan<double> x)
    {
        System.LoadMagnitudes(x, _magnitude);
        double shunt = double.IsFinite(_options.ShuntResistance) ? 1 / _options.ShuntResistance : 0;
        double[] products = _good;
        Array.Clear(products);
        ReadOnlySpan<int> starts = _circuit.Pattern.ColumnStarts;
        ReadOnlySpan<int> rows = _circuit.Pattern.RowIndices;
        ReadOnlySpan<double> jacobian = System.Conductances;
        for (int j = 0; j < _n; j++)
        {
            // Unknowns below the tolerances are as good as zero, and so is what they leave.
            double size = Math.Max(Math.Abs(x[j]), _circuit.Unknowns[j].Kind == UnknownKind.Branch ? _options.CurrentTolerance : _options.VoltageTolerance);
            for (int p = starts[j]; p < starts[j + 1]; p++)
                products[rows[p]] += Math.Abs(jacobian[p]) * size;
        }

        Span<double> residual = System.Flow;
        for (int k = 0; shunt > 0 && k < _n; k++)
            residual[k] += _circuit.Unknowns[k].Kind is UnknownKind.Node or UnknownKind.InternalNode ? shunt * x[k] : 0;
        foreach (Clamp clamp in Newton.Clamps)
            residual[clamp.Unknown] = 0;
        double relative = 0;
        double absolute = -1;
        int row = 0;
        int node = -1;
        for (int k = 0; k < _n; k++)
        {
            bool isNode = _circuit.Unknowns[k].Kind is UnknownKind.Node or UnknownKind.InternalNode;
            double left = Math.Abs(residual[k]);
            double scale = Math.Max(_magnitude[k], products[k]);
            double ratio = left == 0 ? 0 : left / scale;
            if (!(ratio <= relative))
            {
                relative = ratio;
                row = k;
            }

            if (isNode && !(left <= absolute))
            {
                absolute = left;
                node = k;
            }
        }

        return (relative, Math.Max(absolute, 0), row, node);
    }

    private AnalysisFailure Failure(double relative, double absolute, int row, int node)
    {
        string tried = string.Join(", ", _attempts.Select(a => a.Remark is null ? string.Create(CultureInfo.InvariantCulture, $"{a.Method} ({a.Iterations} iterations)") : string.Create(CultureInfo.InvariantCulture, $"{a.Method} ({a.Iterations} iterations, {a.Remark})")));
        switch (_last.Status)
        {
            case NewtonStatus.Singular or NewtonStatus.StructurallySingular:
                return new(
                    $"no operating point: nothing determines {Name(_last.Worst)} (the equations are singular there); tried {tried}",
                    $"give {Owner(_last.Worst)} a path for direct current to ground, or break the loop of voltage sources that it is in");
            case NewtonStatus.NotFinite:
                return new(
                    $"no operating point: the equation of {Name(_last.Worst)} is not a number; tried {tried}",
                    $"look for a division by zero, or a logarithm or root of something negative, in the expressions around {Owner(_last.Worst)}");
            default:
                string where = node < 0 ? Name(row) : Name(node);
                return new(
                    string.Create(CultureInfo.InvariantCulture, $"no operating point: at {where} the currents do not cancel, {absolute:e2} A are left (relative {relative:e1} at {Name(row)}); tried {tried}"),
                    $"give a guess with .nodeset {where}=…, or .options rshunt=1e12 gmin=1e-10, or more iterations with .options itl1=500; look at models and signs around {where}");
        }
    }

    private string Name(int unknown) => _circuit.Unknowns[Math.Clamp(unknown, 0, _n - 1)].Name;

    private string Owner(int unknown)
    {
        Unknown at = _circuit.Unknowns[Math.Clamp(unknown, 0, _n - 1)];
        return at.Kind == UnknownKind.Node ? $"node '{at.Owner}'" : $"'{at.Owner}'";
    }
}
