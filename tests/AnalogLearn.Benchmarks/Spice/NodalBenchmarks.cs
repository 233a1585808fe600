using System.Diagnostics;
using AnalogLearn.Circuits;
using AnalogLearn.Devices;
using AnalogLearn.Learning;
using AnalogLearn.Numerics;
using AnalogLearn.Simulation;
using AnalogLearn.Simulation.Nodal;
using AnalogLearn.Studies;
using BenchmarkDotNet.Attributes;

namespace AnalogLearn.Benchmarks.Spice;

/// <summary>
/// The parts of the nodal engine, one by one, on a resistive network 100-50-10: evaluating all devices, refactoring the Jacobian, a whole Newton iteration, operating points, and one
/// example of equilibrium propagation: two equilibria and the change of 5,560 conductances.
/// </summary>
public class NodalBenchmarks
{
    private const string Instances = "4096";

    /// <summary>Devices with nonlinear equations: name, model, and the line of a bus of instances.</summary>
    private static readonly (string Name, string Model, string Line)[] Devices =
    [
        ("diode", ".model m d(is=1e-14 rs=0 cjo=1p tt=1n)", "D1 a[0:4095] 0 m"),
        ("bipolar transistor", ".model m npn(is=1e-15 bf=100 vaf=50 ikf=10m cje=1p cjc=1p tf=0.1n)", "Q1 a[0:4095] b 0 m"),
        ("MOS level 1", ".model m nmos(vto=0.5 kp=100u lambda=0.02 gamma=0.4 phi=0.7)", "M1 a[0:4095] b 0 0 m w=10u l=1u"),
        ("MOS EKV", ".model m nmos(level=ekv)", "M1 a[0:4095] b 0 0 m w=10u l=1u"),
        ("VTEAM memristor", ".model m vteam()", "U1 a[0:4095] 0 m"),
    ];

    private NodalSession _session = null!;
    private NodalSystem _system = null!;
    private OperatingPointSolver _solver = null!;
    private SparseLu<double> _lu = null!;
    private double[] _x = null!;
    private double[] _step = null!;
    private bool _other;
    private Example _example = null!;

    /// <summary>Compiles both circuits and solves them once.</summary>
    [GlobalSetup]
    public void Setup()
    {
        _session = Bind(BenchmarkDecks.ResistiveNetwork(100, 50, 10));
        _system = new NodalSystem(_session.Circuit);
        _solver = new OperatingPointSolver(_system, _session.Options);
        _x = new double[_session.Circuit.UnknownCount + 1];
        _step = new double[_session.Circuit.UnknownCount];
        if (_solver.Solve(_x).Failure is { } failure)
            throw new InvalidOperationException(failure.Message);
        _system.Load(_x, Restraint.Accepted);
        _lu = new SparseLu<double>(_session.Circuit.Pattern);
        _lu.Factor(Jacobian);
        _example = new Example(Bind(BenchmarkDecks.Learning()));
    }

    private ReadOnlySpan<double> Jacobian => _system.Conductances.AsSpan(0, _session.Circuit.Pattern.Count);

    /// <summary>f and its Jacobian, all devices.</summary>
    [Benchmark]
    public int Load() => _system.Load(_x, Restraint.Limited);

    /// <summary>Numeric factorisation along the known pattern.</summary>
    [Benchmark]
    public bool Refactor() => _lu.Refactor(Jacobian).IsDone;

    /// <summary>Load, refactor, solve.</summary>
    [Benchmark]
    public double NewtonIteration()
    {
        _system.Load(_x, Restraint.Limited);
        _lu.Refactor(Jacobian);
        _system.Flow.AsSpan(0, _step.Length).CopyTo(_step);
        _lu.Solve(_step);
        return _step[0];
    }

    /// <summary>From nothing: the analysis of the pattern, pivots, all iterations, and the certificate.</summary>
    [Benchmark]
    public int ColdOperatingPoint() => new OperatingPointSolver(_system, _session.Options).Solve(new double[_x.Length]).Iterations;

    /// <summary>From the last one, after all inputs have changed by a tenth.</summary>
    [Benchmark]
    public int WarmOperatingPoint()
    {
        _other = !_other;
        for (int k = 0; k < _session.Circuit.Sources.Length; k++)
            _system.SourceValues[k] = _session.Circuit.Sources[k].Constant * (_other ? 1.1 : 1);
        return _solver.Solve(_x, warm: true).Iterations;
    }

    /// <summary>One example of equilibrium propagation, each after another one: its free equilibrium begins at that of the one before.</summary>
    [Benchmark]
    public double EquilibriumPropagation() => _example.Next();

    /// <summary>The quick form: the least of some runs.</summary>
    internal static void Quick()
    {
        var nodal = new NodalBenchmarks();
        nodal.Setup();
        NodalCircuit circuit = nodal._session.Circuit;
        Console.WriteLine($"resistive network 100-50-10: {circuit.UnknownCount} unknowns, {circuit.Pattern.Count} entries, {nodal._lu.FactorCount} in the factors; least of many runs on one thread");
        Report("evaluate all devices (Load)", nodal.Load);
        Report("refactor", nodal.Refactor);
        Report("Newton iteration", nodal.NewtonIteration);
        Report("operating point, cold", nodal.ColdOperatingPoint, () => $"{nodal.ColdOperatingPoint()} iterations");
        Report("operating point, warm", nodal.WarmOperatingPoint, () => $"{nodal.WarmOperatingPoint()} iterations");
        Report("one EP example", nodal.EquilibriumPropagation, () => $"{nodal._example.Iterations:F0} + {nodal._example.NudgedIterations:F0} iterations, {nodal._example.Conductances} conductances");
        Console.WriteLine();
        Console.WriteLine($"one device with its Jacobian, {Instances} at once");
        foreach ((string name, string model, string line) in Devices)
            ReportDevice(name, model, line);
    }

    private static void ReportDevice(string name, string model, string line)
    {
        NodalSession session = Bind($"Devices\n{model}\nVa c 0 0.6\nVb b 0 0.8\nR1 c a[0:4095] 1k\n{line}\n.op\n.end\n");
        DeviceBank bank = session.Circuit.Banks.First(b => !b.IsLinear);
        var x = new double[session.Circuit.UnknownCount + 1];
        for (int k = 0; k < x.Length - 1; k++)
            x[k] = 0.4 + (0.2 * k / x.Length);
        double[] flow = new double[x.Length], charge = new double[x.Length], memory = new double[bank.MemorySize];
        double[] conductances = new double[session.Circuit.Pattern.Count + 1], capacitances = new double[conductances.Length];
        double seconds = Least(() => bank.Load(
            session.Circuit.Conditions, x, new Stamp { Flow = flow, Charge = charge, Conductances = conductances, Capacitances = capacitances, Memory = memory }));
        Console.WriteLine(FormattableString.Invariant($"  {name,-28} {1e9 * seconds / bank.Count,8:F0} ns"));
    }

    private static NodalSession Bind(string text)
    {
        DeckResult read = DeckReader.Parse(text);
        return (read.Deck is null ? null : NodalSession.Bind(read.Deck, read.Diagnostics)) ?? throw new InvalidOperationException(string.Join('\n', read.Diagnostics));
    }

    private static void Report<T>(string name, Func<T> work, Func<string>? remark = null) =>
        Console.WriteLine(FormattableString.Invariant($"  {name,-28} {1e3 * Least(() => work()),8:F3} ms  {remark?.Invoke()}"));

    private static double Least(Action work)
    {
        double least = double.PositiveInfinity;
        long begin = Stopwatch.GetTimestamp();
        for (int run = 0; run < 30 || (run < 3000 && Stopwatch.GetElapsedTime(begin).TotalSeconds < 0.7); run++)
        {
            long start = Stopwatch.GetTimestamp();
            work();
            least = Math.Min(least, Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        return least;
    }

    /// <summary>A circuit that learns one example after another.</summary>
    private sealed class Example
    {
        private readonly LearningCircuit _circuit;
        private readonly ILearner<double> _learner;
        private readonly GradientDescent<double> _optimizer;
        private readonly ParameterSet<double> _direction;
        private readonly NodalExperiment _experiment;
        private readonly double[] _rates;
        private readonly Batch<double> _state;
        private readonly Batch<double> _inputs;
        private readonly Batch<double> _targets;
        private readonly int[] _row = new int[1];

        public Example(NodalSession session)
        {
            _experiment = session.Learning!;
            _circuit = _experiment.Create(_experiment.InitialParameters(), _experiment.Rule!.Readout);
            _learner = _experiment.Rule.Create(_circuit);
            _optimizer = new GradientDescent<double>(_experiment.Layout);
            _direction = new ParameterSet<double>(_experiment.Layout);
            _rates = [.. _experiment.Plan!.Rates];
            _state = new Batch<double>(1, _circuit.Field.StateCount);
            _inputs = new Batch<double>(1, _circuit.InputCount);
            _targets = new Batch<double>(1, _circuit.OutputCount);
            _circuit.RestingState(_state.Row(0));
        }

        public double Iterations { get; private set; }

        public double NudgedIterations { get; private set; }

        public int Conductances => _direction.Blocks.Sum(b => b.Length);

        public double Next()
        {
            _experiment.Data!.Train.Gather(_row, _inputs, _targets);
            _row[0] = (_row[0] + 1) % _experiment.Data.Train.Count;
            _circuit.Clamp(_inputs);
            BatchOutcome outcome = _learner.Learn(_state, _targets, default, _direction);
            _optimizer.Step(_circuit.Field, _direction, _rates);
            if (outcome.Unsettled > 0)
                throw new InvalidOperationException("no equilibrium");
            Iterations = outcome.FreeSteps;
            NudgedIterations = outcome.NudgedSteps;
            return outcome.Cost;
        }
    }
}
