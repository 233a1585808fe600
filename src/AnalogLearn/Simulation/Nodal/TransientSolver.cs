using System.Globalization;
using AnalogLearn.Devices;
using AnalogLearn.Numerics;

namespace AnalogLearn.Simulation.Nodal;

/// <summary>
/// Integrates f(x, t) + dq(x)/dt = 0. Charges are what is integrated, not capacitances times voltages, so that charge is conserved. With q̇ the derivative that the formula gives at the new point,
/// trapezoidal: q̇₁ = (2/h)(q₁ − q₀) − q̇₀; Gear 2 with ω = h/h₋: h q̇₁ = (1 + 2ω)/(1 + ω) q₁ − (1 + ω) q₀ + ω²/(1 + ω) q₋; TR-BDF2 with γ = 2 − √2: a trapezoidal
/// step of γh, then Gear 2 through both ends (Bank et al. 1985, doi:10.1109/T-ED.1985.22232; Hosea and Shampine 1996, doi:10.1016/0168-9274(95)00115-8).
/// </summary>
/// <remarks>
/// The error of a step is that of the formula in the charges, taken through the step's own Jacobian to voltages and currents: J δx = a δq. It is kept below <c>reltol</c> of the
/// largest magnitude so far and <c>vntol</c> (<c>abstol</c> for currents of inductors), times 0.3 <c>trtol</c>/7. Sources' corners are met exactly; behind each, a very short step of backward Euler
/// finds what jumped, and the formula begins anew.
/// </remarks>
public sealed class TransientSolver
{
    /// <summary>γ of TR-BDF2.</summary>
    private const double Gamma = 0.58578643762690495;

    /// <summary>Length of the step behind a corner against the one that follows it.</summary>
    private const double Onset = 1e-3;

    /// <summary>The part of the tolerance that one step may use: errors of steps add up over what the circuit remembers.</summary>
    private const double ErrorShare = 0.3;

    /// <summary>The part of <c>reltol</c> by which a straight line between two points may miss the waveform: results are drawn and read off along such lines.</summary>
    private const double ChordShare = 0.2;

    /// <summary>The part of what noise moves an unknown by in one of its cells that a step may err by: a path is not smooth, and its law does not hang on it.</summary>
    private const double NoiseShare = 0.1;

    private readonly SolverOptions _options;
    private readonly NodalSystem _system;
    private readonly NodalCircuit _circuit;
    private readonly OperatingPointSolver _operatingPoint;
    private readonly NewtonIteration _newton;
    private readonly int _n;
    private readonly double[] _history;
    private readonly double[] _error;
    private readonly double[] _scale;
    private readonly double[] _tolerance;
    private readonly bool[] _isDynamic;
    private readonly int[] _alternations;
    private readonly double[] _lastChange;
    private readonly double[] _moved;
    private readonly double[] _mostMoved;
    private readonly double[] _trial;
    private readonly double[] _stageCharge;
    private readonly double[] _stageRate;

    // Unknowns, charges and rates at the last points; the newest first.
    private double[] _x0, _x1, _x2;
    private double[] _q0, _q1, _q2;
    private double[] _newCharge, _rate, _newRate;
    private double[] _stage = [];
    private double _t0, _t1, _t2;
    private int _points;
    private int _dampedSteps;
    private bool _anyDynamic;
    private int _iterations;

    /// <summary>Prepares for a circuit.</summary>
    /// <param name="system">The circuit's equations.</param>
    /// <param name="options">Method, tolerances and limits.</param>
    public TransientSolver(NodalSystem system, SolverOptions options)
    {
        ArgumentNullException.ThrowIfNull(system);
        ArgumentNullException.ThrowIfNull(options);
        _system = system;
        _options = options;
        _circuit = system.Circuit;
        _n = _circuit.UnknownCount;
        _operatingPoint = new OperatingPointSolver(system, options);
        _newton = _operatingPoint.Newton;
        _history = new double[_n];
        _error = new double[_n];
        _scale = new double[_n];
        _tolerance = _newton.AbsoluteTolerances;
        _isDynamic = new bool[_n];
        _alternations = new int[_n];
        _lastChange = new double[_n];
        _moved = new double[_n + 1];
        _mostMoved = new double[_n];
        _trial = new double[_n + 1];
        _stageCharge = new double[_n];
        _stageRate = new double[_n];
        _x0 = new double[_n + 1];
        _x1 = new double[_n + 1];
        _x2 = new double[_n + 1];
        _q0 = new double[_n];
        _q1 = new double[_n];
        _q2 = new double[_n];
        _newCharge = new double[_n];
        _rate = new double[_n];
        _newRate = new double[_n];
    }

    /// <summary>Receives every step for an adjoint that goes back along them, or null.</summary>
    internal SensitivityTape? Tape { get; init; }

    /// <summary>Integrates from 0 to the end.</summary>
    /// <param name="span">From when to when, how the start is found, and the longest step.</param>
    /// <param name="observer">Is told of every point.</param>
    /// <param name="cancellation">Stops it; what was finished stays with the observer.</param>
    /// <returns>How it went.</returns>
    public TransientReport Run(TransientSpan span, ITransientObserver observer, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(span);
        ArgumentNullException.ThrowIfNull(observer);
        DeviceConditions conditions = _system.Conditions;
        _iterations = 0;
        _t0 = 0;
        _points = 1;
        _dampedSteps = 0;
        Array.Clear(_scale);
        Array.Clear(_mostMoved);
        Array.Clear(_rate);
        double longest = span.LongestStep;
        _system.StartNoise(_options.Seed);
        if (_options.DeviceNoise)
        {
            // Noise is not smooth: steps follow its samples instead of an error.
            double bandwidth = _options.NoiseBandwidth ?? 0.5 / longest;
            _system.DeviceNoise = new NoiseCurrents(_circuit, NeuronNoiseAmplitudes.Seed(_options.Seed, _circuit.Circuit), bandwidth);
            longest = Math.Min(longest, _system.DeviceNoise.Step);
            span = span with { FixedStep = true, MaximumStep = longest };
        }

        _system.SetSourcesAt(0);
        TransientReport report = Begin(span, longest, new TransientReport(), cancellation);
        if (report.Failure is null && !report.IsCancelled)
        {
            if (span.Start <= 0)
                observer.Accept(0, _x0);
            _system.DeviceNoise?.Measure(_system.Conditions, _x0);
            if (_options.NeuronNoise)
                _system.NeuronNoise = NeuronNoiseCurrents.Of(_system, _options.Seed, longest, span.Stop, _options.NoiseBandwidth);
            report = March(span, longest, observer, report, cancellation);
        }

        _newton.History = null;
        _newton.ChargeRate = 0;
        _system.DeviceNoise = null;
        _system.NeuronNoise = null;
        _system.Conditions = conditions;
        return report with { Iterations = _iterations, Factorisations = _newton.Factorisations, Pivotings = _newton.Pivotings };
    }

    private TransientReport Begin(TransientSpan span, double longest, TransientReport report, CancellationToken cancellation)
    {
        if (!span.UseInitialConditions)
        {
            _operatingPoint.HoldsInitialConditions = true;
            OperatingPointReport found = _operatingPoint.Solve(_x0, warm: false, cancellation);
            _newton.Clamps = [];
            report = report with { OperatingPoint = found, Failure = found.Failure, IsCancelled = found.IsCancelled };
            if (!found.IsConverged)
                return report;
            _system.Load(_x0, Restraint.Accepted);
            _system.Charge.AsSpan(0, _n).CopyTo(_q0);
            FindDynamic();
            Tape?.Start(_x0);
            return report;
        }

        // The charges are what is given; voltages follow from them by a step that is too short to move charge.
        InitialCharges();
        // Between nodes that only capacitors hold, their conductances C/h hide the currents that decide: where rounding keeps the iteration from its end, a longer step shows them.
        _newton.Clamps = [];
        _newton.NodeConductance = 0;
        _newton.History = _history;
        NewtonOutcome outcome = default;
        for (double share = 1e-9; share < 1e-5; share *= 10)
        {
            double shortest = share * longest;
            _newton.ChargeRate = 1 / shortest;
            for (int k = 0; k < _n; k++)
                _history[k] = -_q0[k] / shortest;
            outcome = _newton.Solve(_x0, Restraint.Start, _options.ColdIterations, NewtonGoal.Rounding, cancellation);
            _iterations += outcome.Iterations;
            if (outcome.IsConverged || outcome.Status == NewtonStatus.Cancelled)
                break;
            outcome = _newton.SolveDamped(_x0, _options.ColdIterations, cancellation);
            _iterations += outcome.Iterations;
            if (outcome.IsConverged || outcome.Status == NewtonStatus.Cancelled)
                break;
        }

        if (outcome.Status == NewtonStatus.Cancelled)
            return report with { IsCancelled = true };
        if (!outcome.IsConverged)
        {
            string at = _circuit.Unknowns[Math.Clamp(outcome.Worst, 0, _n - 1)].Name;
            return report with { Failure = new($"the initial conditions cannot be met: the equations are {(outcome.Status == NewtonStatus.Singular ? "singular" : "not solved")} at {at}", $"look for a loop of voltage sources and capacitors with contradicting values around {at}, or leave uic away") };
        }

        _system.Load(_x0, Restraint.Accepted);
        _system.Charge.AsSpan(0, _n).CopyTo(_q0);
        FindDynamic();
        return report;
    }

    /// <summary>Charges at the initial conditions: <c>.ic</c> for nodes, else 0 V; <c>ic=</c> for capacitors and inductors wins over both, as in ngspice.</summary>
    private void InitialCharges()
    {
        Array.Clear(_x0);
        foreach ((int unknown, double value) in _circuit.InitialStates)
            _x0[unknown] = value;
        foreach ((string node, double value) in _circuit.Circuit.InitialConditions)
        {
            int unknown = _circuit.NodeUnknown(node);
            if (unknown >= 0 && unknown < _n)
                _x0[unknown] = value;
        }

        var given = new Dictionary<(int, int), double>();
        foreach ((int plus, int minus, double value) in _circuit.ElementInitialConditions)
        {
            if (minus == _n && plus < _n && _circuit.Unknowns[plus].Kind is UnknownKind.Branch or UnknownKind.State)
                _x0[plus] = value;
            else
                given[(plus, minus)] = value;
        }

        _system.LoadFlows(_x0);
        _system.Charge.AsSpan(0, _n).CopyTo(_q0);
        if (given.Count == 0)
            return;
        var unit = new double[_n + 1];
        var covector = new double[_n + 1];
        foreach (DeviceBank bank in _circuit.Banks)
        {
            if (bank is not ModelBank<Capacitor>)
                continue;
            int value = Capacitor.Shape.IndexOf("value");
            for (int k = 0; k < bank.Count; k++)
            {
                ReadOnlySpan<int> at = bank.Connections(k);
                int plus = at[0];
                int minus = at[1];
                if (plus == minus || !given.TryGetValue((plus, minus), out double voltage))
                    continue;

                // ∂q/∂C at 1 V is the factor between the card's capacitance and the device's.
                int measured = plus == _n ? minus : plus;
                unit[measured] = 1;
                covector[measured] = 1;
                double capacitance = bank.ParameterGradient(_system.Conditions, k, value, unit, covector).Charge * bank.Parameter(k, value);
                unit[measured] = 0;
                covector[measured] = 0;
                double missing = capacitance * (voltage - (_x0[plus] - _x0[minus]));
                if (plus < _n)
                    _q0[plus] += missing;
                if (minus < _n)
                    _q0[minus] -= missing;
            }
        }
    }

    private void FindDynamic()
    {
        SparsePattern pattern = _circuit.Pattern;
        _anyDynamic = false;
        for (int j = 0; j < _n; j++)
        {
            for (int p = pattern.ColumnStarts[j]; p < pattern.ColumnStarts[j + 1]; p++)
                _isDynamic[j] |= _system.Capacitances[p] != 0;
            _anyDynamic |= _isDynamic[j];
        }
    }

    private TransientReport March(TransientSpan span, double longest, ITransientObserver observer, TransientReport report, CancellationToken cancellation)
    {
        double stop = span.Stop;
        double shortest = 1e-11 * longest;
        double slack = Math.Max(4e-16 * stop, 1e-3 * shortest);
        double[] corners = Corners(stop, slack);
        int corner = 0;
        double h = longest;
        NeuronNoiseCurrents? noise = _system.NeuronNoise;
        bool onset = true;
        double lastFall = double.NegativeInfinity;
        int accepted = 0;
        int rejected = 0;
        for (int k = 0; k < _n; k++)
            _scale[k] = Math.Abs(_x0[k]);
        while (_t0 < stop - slack)
        {
            if (cancellation.IsCancellationRequested)
                return report with { Points = accepted, Rejected = rejected, IsCancelled = true };
            while (corner < corners.Length && corners[corner] <= _t0 + slack)
                corner++;
            double end = corner < corners.Length ? corners[corner] : stop;
            if (noise is not null)
            {
                bool enters = false;
                for (; noise.Next <= _t0 + slack; enters = true)
                    noise.Enter();
                end = noise.Next < end - slack ? noise.Next : end;
                if (enters && !onset && Jolt(Math.Max(Onset * (end - _t0), 1e-10 * _t0), cancellation))
                    accepted++;
            }

            if (onset)
            {
                // Behind a corner: a step so short that only what jumps moves.
                _points = 1;
                double first = Math.Min(span.FixedStep ? longest : 0.02 * longest, span.FixedStep ? end - _t0 : 0.1 * (end - _t0));
                double tiny = Math.Max(Onset * first, 1e-10 * _t0);
                bool found = false;
                for (int attempt = 0; attempt < 8 && !found && _anyDynamic; attempt++, tiny *= 0.1)
                {
                    NewtonOutcome outcome = Step(Formula.Euler, tiny, _t0 + tiny, cancellation);
                    if (outcome.Status == NewtonStatus.Cancelled)
                        return report with { Points = accepted, Rejected = rejected, IsCancelled = true };
                    found = outcome.IsConverged;
                    if (found)
                        Accept(_t0 + tiny, Formula.Euler);
                }

                h = first;
                onset = false;
                if (found)
                {
                    accepted++;
                    if (_t0 >= span.Start)
                        observer.Accept(_t0, _x0);
                }

                continue;
            }

            double left = end - _t0;
            bool hits = h >= left - slack;
            double length = hits ? left : span.FixedStep || 2 * h <= left ? h : 0.5 * left;
            double time = hits ? end : _t0 + length;
            Formula formula = Choose();
            NewtonOutcome solved = Step(formula, length, time, cancellation);
            if (solved.Status == NewtonStatus.Cancelled)
                return report with { Points = accepted, Rejected = rejected, IsCancelled = true };
            if (!solved.IsConverged)
            {
                rejected++;
                h = length / 8;
                if (h < shortest)
                {
                    // Just behind the threshold the way is long, for little drives it: then from a little later.
                    double instant = Math.Max(Onset * longest, 1e-10 * _t0);
                    bool found = false;
                    if (_t0 - lastFall >= 1e3 * instant)
                    {
                        for (int attempt = 0; attempt < 3 && instant <= left && !found; attempt++)
                        {
                            instant *= attempt > 0 ? 10 : 1;
                            found = Falls(instant, cancellation);
                        }
                    }

                    lastFall = _t0;
                    if (cancellation.IsCancellationRequested)
                        return report with { Points = accepted, Rejected = rejected, IsCancelled = true };
                    if (!found)
                        return report with { Points = accepted, Rejected = rejected, Failure = Stuck(solved) };
                    Accept(_t0 + instant, Formula.Euler);
                    accepted++;
                    if (_t0 >= span.Start)
                        observer.Accept(_t0, _x0);
                    onset = true;
                    continue;
                }

                // Back to where it last stood, with what devices remembered there.
                _system.SetSourcesAt(_t0);
                _system.Load(_x0, Restraint.Accepted);
                continue;
            }

            double ratio = _anyDynamic && !span.FixedStep ? ErrorRatio(formula, length, time, out double order) : Free(out order);
            double factor = ratio > 0 ? 0.9 * Math.Pow(ratio, -1 / order) : 4;
            if (ratio > 1 && length > 100 * shortest)
            {
                rejected++;
                h = length * Math.Clamp(factor, 0.1, 0.7);
                continue;
            }

            bool jumped = ratio > 1;
            double straight = span.FixedStep ? double.PositiveInfinity : StraightLength(length);
            Accept(time, formula);
            accepted++;
            if (_t0 >= span.Start)
                observer.Accept(_t0, _x0);
            if (jumped)
            {
                // A discontinuity that no source announced.
                onset = true;
                continue;
            }

            // A step that stays has its factors at hand; it grows when it is worth new ones.
            if (span.FixedStep)
                h = longest;
            else if (factor >= 1.4)
                h = Math.Min(longest, Math.Max(h, length) * Math.Min(factor, 2.5));
            else if (factor < 1)
                h = Math.Min(h, length * factor);
            h = Math.Min(h, Math.Max(straight, 0.2 * length));
            onset = hits && corner < corners.Length && end >= corners[corner];
        }

        return report with { Points = accepted, Rejected = rejected };
    }

    /// <summary>
    /// Behind the border between two cells of noise: a step as behind a corner finds what the other currents do to what jumps, those of rails and sources among it. Rates are what the equations leave, not differences of
    /// charges, in which noise of a microvolt would drown; the steps before tell as much of the next one's length as ever.
    /// </summary>
    /// <param name="length">A step so short that only what jumps moves [s].</param>
    /// <param name="cancellation">Stops it.</param>
    /// <returns>Whether there is such a step.</returns>
    private bool Jolt(double length, CancellationToken cancellation)
    {
        for (int attempt = 0; attempt < 8; attempt++, length *= 0.1)
        {
            _points = 1;
            NewtonOutcome outcome = Step(Formula.Euler, length, _t0 + length, cancellation);
            if (outcome.Status == NewtonStatus.Cancelled)
                return false;
            if (!outcome.IsConverged)
                continue;
            _newton.LeaveRates(_trial, _newRate);
            Accept(_t0 + length, Formula.Euler);
            return true;
        }

        return false;
    }

    /// <summary>
    /// Where no step is short enough, what no capacitance holds has lost the state that it stood in: a comparator that feeds itself at its threshold. Charges stay, and the rest falls into
    /// another state on the way that equal small capacitances at all nodes would let it take, so many implicit steps of theirs.
    /// </summary>
    /// <param name="h">A step so short that no charge moves [s].</param>
    /// <param name="cancellation">Stops it.</param>
    private bool Falls(double h, CancellationToken cancellation)
    {
        _system.SetSourcesAt(_t0 + h);
        _system.Load(_x0, Restraint.Accepted);
        _x0.CopyTo(_trial, 0);
        double[] last = [.. _x0];
        double rate = 1 / h;
        for (int k = 0; k < _n; k++)
            _history[k] = -(rate * _q0[k]);
        _newton.ChargeRate = rate;
        _newton.History = _history;
        _newton.Anchor = last;
        double conductance = 1e-3;
        bool done = false;
        for (int step = 0; step < 400 && !done && conductance < 1e9; step++)
        {
            _newton.NodeConductance = conductance;
            NewtonOutcome outcome = _newton.Solve(_trial, Restraint.Limited, 30, NewtonGoal.Rough, cancellation);
            _iterations += outcome.Iterations;
            if (outcome.Status == NewtonStatus.Cancelled)
                break;
            if (!outcome.IsConverged)
            {
                conductance *= 10;
                last.CopyTo(_trial, 0);
                _system.Load(_trial, Restraint.Accepted);
                continue;
            }

            _trial.CopyTo(last, 0);
            conductance *= outcome.Iterations <= 6 ? 0.25 : outcome.Iterations <= 12 ? 0.6 : 1;
            if (conductance > 1e-14)
                continue;
            _newton.NodeConductance = 0;
            outcome = _newton.Solve(_trial, Restraint.Limited, _options.ColdIterations, NewtonGoal.Step, cancellation);
            _iterations += outcome.Iterations;
            done = outcome.IsConverged;
            conductance = 1e-9;
        }

        _newton.NodeConductance = 0;
        _newton.Anchor = null;
        if (!done)
            return false;
        _system.LoadFlows(_trial);
        _system.Charge.AsSpan(0, _n).CopyTo(_newCharge);
        for (int k = 0; k < _n; k++)
            _newRate[k] = (rate * _newCharge[k]) + _history[k];
        return true;
    }

    /// <summary>How long a step may be whose ends a straight line joins well enough, by the curvature between the last two points and the new one.</summary>
    private double StraightLength(double h)
    {
        double before = _t0 - _t1;
        if (_points < 2 || !(before > 0))
            return double.PositiveInfinity;
        double worst = 0;
        for (int k = 0; k < _n; k++)
        {
            double second = 2 * (((_trial[k] - _x0[k]) / h) - ((_x0[k] - _x1[k]) / before)) / (h + before);
            double allowed = (ChordShare * _options.RelativeTolerance * Math.Max(_scale[k], Math.Abs(_trial[k]))) + _tolerance[k] + (NoiseShare * _mostMoved[k]);
            worst = Math.Max(worst, Math.Abs(second) / allowed);
        }

        return Math.Sqrt(8 / worst);
    }

    private static double Free(out double order)
    {
        order = 2;
        return 0;
    }

    private Formula Choose()
    {
        if (_options.MaximumOrder < 2)
            return Formula.Euler;
        if (_dampedSteps > 0 && _points >= 3)
        {
            _dampedSteps--;
            return Formula.Gear;
        }

        // Behind an onset Gear 2 has no two points that are apart enough; the trapezoidal rule is what it becomes there.
        return _options.Method switch
        {
            IntegrationMethod.Gear => _points >= 3 ? Formula.Gear : Formula.Trapezoidal,
            IntegrationMethod.TrBdf2 => Formula.TrBdf2,
            _ => Formula.Trapezoidal,
        };
    }

    /// <summary>One step from the last point; the new one is in <see cref="_trial"/>, <see cref="_newCharge"/> and <see cref="_newRate"/>.</summary>
    private NewtonOutcome Step(Formula formula, double h, double time, CancellationToken cancellation)
    {
        if (formula == Formula.TrBdf2)
        {
            double middle = _t0 + (Gamma * h);
            Predict(middle);
            double first = 2 / (Gamma * h);
            for (int k = 0; k < _n; k++)
                _history[k] = -(first * _q0[k]) - _rate[k];
            NewtonOutcome stage = Solve(first, middle, cancellation);
            if (!stage.IsConverged)
                return stage;
            _newCharge.CopyTo(_stageCharge, 0);
            if (Tape is not null)
                _stage = _trial.AsSpan().ToArray();
            _newRate.CopyTo(_stageRate, 0);

            // On from the stage: a straight line through both points.
            for (int k = 0; k < _n; k++)
                _trial[k] = _x0[k] + ((_trial[k] - _x0[k]) / Gamma);
            double second = (2 - Gamma) / ((1 - Gamma) * h);
            double ofStage = 1 / (Gamma * (2 - Gamma));
            double ofStart = (1 - Gamma) * (1 - Gamma) / (Gamma * (2 - Gamma));
            for (int k = 0; k < _n; k++)
                _history[k] = -second * ((ofStage * _stageCharge[k]) - (ofStart * _q0[k]));
            return Solve(second, time, cancellation);
        }

        double rate;
        switch (formula)
        {
            case Formula.Trapezoidal:
                double mu = Math.Clamp(_options.Damping, 0, 0.5);
                rate = 1 / (h * (1 - mu));
                double carried = mu / (1 - mu);
                for (int k = 0; k < _n; k++)
                    _history[k] = -(rate * _q0[k]) - (carried * _rate[k]);
                break;
            case Formula.Gear:
                double omega = h / (_t0 - _t1);
                rate = (1 + (2 * omega)) / ((1 + omega) * h);
                double ofLast = (1 + omega) / h;
                double ofOlder = omega * omega / ((1 + omega) * h);
                for (int k = 0; k < _n; k++)
                    _history[k] = (ofOlder * _q1[k]) - (ofLast * _q0[k]);
                break;
            default:
                rate = 1 / h;
                for (int k = 0; k < _n; k++)
                    _history[k] = -(rate * _q0[k]);
                break;
        }

        Predict(time);
        return Solve(rate, time, cancellation);
    }

    private NewtonOutcome Solve(double rate, double time, CancellationToken cancellation)
    {
        _system.SetSourcesAt(time);
        _newton.ChargeRate = rate;
        _newton.History = _history;
        NewtonOutcome outcome = _newton.Solve(_trial, Restraint.Limited, Math.Max(_options.StepIterations, 3) + 10, NewtonGoal.Step, cancellation);
        _iterations += outcome.Iterations;
        if (!outcome.IsConverged)
            return outcome;

        // Charges at the solution itself: what the next step starts from is what this one came to.
        _system.LoadFlows(_trial);
        ReadOnlySpan<double> charge = _system.Charge.AsSpan(0, _n);
        charge.CopyTo(_newCharge);
        for (int k = 0; k < _newRate.Length; k++)
            _newRate[k] = (rate * charge[k]) + _history[k];
        return outcome;
    }

    /// <summary>A first guess: the polynomial through the last points.</summary>
    private void Predict(double time)
    {
        if (_points < 3)
        {
            _x0.CopyTo(_trial, 0);
            return;
        }

        double slope = (time - _t0) / (_t0 - _t1);
        if (_points < 4 || _newton.Linear)
        {
            for (int k = 0; k < _n; k++)
                _trial[k] = _x0[k] + (slope * (_x0[k] - _x1[k]));
            return;
        }

        double l0 = (time - _t1) * (time - _t2) / ((_t0 - _t1) * (_t0 - _t2));
        double l1 = (time - _t0) * (time - _t2) / ((_t1 - _t0) * (_t1 - _t2));
        double l2 = (time - _t0) * (time - _t1) / ((_t2 - _t0) * (_t2 - _t1));
        for (int k = 0; k < _n; k++)
            _trial[k] = (l0 * _x0[k]) + (l1 * _x1[k]) + (l2 * _x2[k]);
    }

    /// <summary>The step's error against what is allowed, and how it falls with the step.</summary>
    private double ErrorRatio(Formula formula, double h, double time, out double order)
    {
        double[] error = _error;
        double rate = _newton.ChargeRate;
        if (formula == Formula.TrBdf2)
        {
            // k h³ q‴, k = (−3γ² + 4γ − 2)/(12 (2 − γ)), q‴ from the three rates of the step.
            order = 3;
            double k3 = Math.Abs((-3 * Gamma * Gamma) + (4 * Gamma) - 2) / (12 * (2 - Gamma)) * h * 2 * rate;
            for (int k = 0; k < _n; k++)
                error[k] = k3 * ((_rate[k] / Gamma) - (_stageRate[k] / (Gamma * (1 - Gamma))) + (_newRate[k] / (1 - Gamma)));
        }
        else if (formula == Formula.Euler || _points < 3)
        {
            // h²/2 q″ from the change of the rate: what backward Euler would err by.
            order = 2;
            double half = 0.5 * h * rate;
            for (int k = 0; k < _n; k++)
                error[k] = half * (_newRate[k] - _rate[k]);
        }
        else
        {
            order = 3;
            double d01 = time - _t0, d12 = _t0 - _t1, d23 = _t1 - _t2, d02 = time - _t1, d13 = _t0 - _t2, d03 = time - _t2;
            double omega = h / (_t0 - _t1);
            double factor = formula == Formula.Gear ? (1 + omega) * (1 + omega) / (6 * omega * (1 + (2 * omega))) : 1.0 / 12;
            factor *= 6 * h * h * h * rate;
            for (int k = 0; k < _n; k++)
            {
                double first = ((_newCharge[k] - _q0[k]) / d01) - ((_q0[k] - _q1[k]) / d12);
                double second = ((_q0[k] - _q1[k]) / d12) - ((_q1[k] - _q2[k]) / d23);
                error[k] = factor * ((first / d02) - (second / d13)) / d03;
            }
        }

        _newton.Factors.Solve(error);
        if (_system.NeuronNoise is { } noise)
        {
            // The step's own Jacobian: half of what the current of a cell does to the unknowns until its end.
            Array.Clear(_moved);
            noise.AddTo(_moved, []);
            _newton.Factors.Solve(_moved.AsSpan(0, _n));
            for (int k = 0; k < _n; k++)
                _mostMoved[k] = Math.Max(_mostMoved[k], 2 * Math.Abs(_moved[k]));
        }

        double worst = 0;
        double relative = _options.RelativeTolerance;
        for (int k = 0; k < _n; k++)
        {
            if (!_isDynamic[k])
                continue;
            double allowed = (relative * Math.Max(_scale[k], Math.Abs(_trial[k]))) + _tolerance[k] + (NoiseShare * _mostMoved[k]);
            double ratio = Math.Abs(error[k]) / allowed;
            worst = Math.Max(worst, ratio);
        }

        return worst * 7 / (_options.TruncationFactor * ErrorShare);
    }

    private void Accept(double time, Formula formula)
    {
        if (formula == Formula.Trapezoidal && _points >= 3)
            Watch();
        if (Tape is not null)
            Record(Tape, time, formula);
        (_x2, _x1, _x0) = (_x1, _x0, _x2);
        (_q2, _q1, _q0) = (_q1, _q0, _q2);
        _trial.CopyTo(_x0, 0);
        (_q0, _newCharge) = (_newCharge, _q0);
        (_rate, _newRate) = (_newRate, _rate);
        (_t2, _t1, _t0) = (_t1, _t0, time);
        _points++;
        _system.DeviceNoise?.Measure(_system.Conditions, _x0);
        for (int k = 0; k < _n; k++)
            _scale[k] = Math.Max(_scale[k], Math.Abs(_x0[k]));
    }

    /// <summary>Writes down the step that is being accepted, with the factors of <see cref="Step"/>.</summary>
    private void Record(SensitivityTape tape, double time, Formula formula)
    {
        double h = time - _t0;
        switch (formula)
        {
            case Formula.TrBdf2:
                double first = 2 / (Gamma * h);
                double second = (2 - Gamma) / ((1 - Gamma) * h);
                tape.Add(new IntegrationStep(_t0 + (Gamma * h), first, -first, 0, -1, IsStage: true), _stage);
                tape.Add(new IntegrationStep(time, second, -second / (Gamma * (2 - Gamma)), second * (1 - Gamma) * (1 - Gamma) / (Gamma * (2 - Gamma)), 0), _trial);
                break;
            case Formula.Trapezoidal:
                double mu = Math.Clamp(_options.Damping, 0, 0.5);
                double rate = 1 / (h * (1 - mu));
                tape.Add(new IntegrationStep(time, rate, -rate, 0, -mu / (1 - mu)), _trial);
                break;
            case Formula.Gear:
                double omega = h / (_t0 - _t1);
                tape.Add(new IntegrationStep(time, (1 + (2 * omega)) / ((1 + omega) * h), -(1 + omega) / h, omega * omega / ((1 + omega) * h), 0), _trial);
                break;
            default:
                tape.Add(new IntegrationStep(time, 1 / h, -1 / h, 0, 0), _trial);
                break;
        }
    }

    /// <summary>The trapezoidal rule answers to a jump in a stiff part with a current that changes its sign at every step and does not die out: then two steps of Gear 2 damp it.</summary>
    private void Watch()
    {
        double relative = _options.RelativeTolerance;
        for (int k = 0; k < _n; k++)
        {
            double change = _newRate[k] - _rate[k];
            bool swings = change * _lastChange[k] < 0 && Math.Abs(change) > 0.5 * Math.Abs(_lastChange[k])
                && Math.Abs(change) > (relative * Math.Max(Math.Abs(_rate[k]), Math.Abs(_newRate[k]))) + _options.CurrentTolerance;
            _alternations[k] = swings ? _alternations[k] + 1 : 0;
            _lastChange[k] = change;
            if (_alternations[k] >= 4 && _options.Method == IntegrationMethod.Trapezoidal)
            {
                _dampedSteps = 2;
                _alternations[k] = 0;
            }
        }
    }

    private double[] Corners(double stop, double slack)
    {
        var all = new List<double>();
        for (int k = 0; k < _circuit.Sources.Length; k++)
            all.AddRange(_system.Breakpoints(k, stop));
        all.Sort();
        var kept = new List<double>(all.Count);
        foreach (double time in all)
        {
            if (time > slack && time < stop - slack && (kept.Count == 0 || time > kept[^1] + slack))
                kept.Add(time);
        }

        return [.. kept];
    }

    private AnalysisFailure Stuck(NewtonOutcome outcome)
    {
        string at = _circuit.Unknowns[Math.Clamp(outcome.Worst, 0, _n - 1)].Name;
        string why = outcome.Status switch
        {
            NewtonStatus.Singular => "the equations are singular there",
            NewtonStatus.NotFinite => "its equation is not a number",
            _ => "Newton's method does not converge",
        };
        return new(
            string.Create(CultureInfo.InvariantCulture, $"the time step became too small at {_t0:g6} s, at {at}: {why}"),
            $"give {at} a small capacitance to ground, or use .options method=gear, or itl4=50; look for jumps in expressions around {at}");
    }

    private enum Formula
    {
        Euler,
        Trapezoidal,
        Gear,
        TrBdf2,
    }
}
