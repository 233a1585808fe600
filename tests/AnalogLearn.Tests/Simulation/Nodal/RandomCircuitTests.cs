using System.Globalization;
using System.Text;
using AnalogLearn.Circuits;
using AnalogLearn.Devices;
using AnalogLearn.Netlist;
using AnalogLearn.Simulation.Nodal;
using MathNet.Numerics.LinearAlgebra;

namespace AnalogLearn.Tests.Simulation.Nodal;

/// <summary>
/// Small circuits that a random generator writes: sensible ones, singular ones, ones without a solution. Each either gets an operating point that an independent evaluation of Kirchhoff's laws confirms (and for
/// linear circuits a dense solve of independently written equations), or a failure that says what is wrong.
/// </summary>
public sealed class RandomCircuitTests
{
    private const double ThermalVoltage = 1.38064852e-23 * 300.15 / 1.6021766208e-19;

    [Fact]
    public void AThousandCircuits() => Run(1, 1_000);

    /// <summary>The property test of the nodal engine, run once in full: about two minutes.</summary>
    [Fact]
    [Trait("Category", "Long")]
    public void AHundredThousandCircuits() => Run(1_000, 100_000);

    private static void Run(int firstSeed, int count)
    {
        int solved = 0;
        int refused = 0;
        int failed = 0;
        for (int seed = firstSeed; seed < firstSeed + count; seed++)
        {
            string text = new Generator(seed).Write();
            switch (Check(text, seed))
            {
                case Outcome.Solved:
                    solved++;
                    break;
                case Outcome.Refused:
                    refused++;
                    break;
                default:
                    failed++;
                    break;
            }
        }

        // The generator makes mostly sound circuits; if hardly any were solved the test would prove nothing.
        Assert.True(solved > 0.6 * count, string.Create(CultureInfo.InvariantCulture, $"{solved} solved, {refused} refused, {failed} failed"));
        // Some have no solution of this world: a diode straight across a source of 5 V would carry 1e76 A.
        Assert.True(failed < 0.05 * count, string.Create(CultureInfo.InvariantCulture, $"{solved} solved, {refused} refused, {failed} failed"));
    }

    private enum Outcome
    {
        Solved,
        Refused,
        Failed,
    }

    private static Outcome Check(string text, int seed)
    {
        DeckResult read = DeckReader.Parse(text, "random.cir");
        Assert.True(read.Deck is not null, $"seed {seed}\n{text}\n{string.Join("\n", read.Diagnostics)}");
        var diagnostics = new DiagnosticBag();
        Circuit deck = read.Deck!.Circuit;
        NodalCircuit circuit = NodalCircuit.Compile(deck, new DeviceConditions(), diagnostics)!;
        Assert.Empty(diagnostics);
        if (!TopologyCheck.Passes(deck, TopologyUse.DirectCurrent, diagnostics))
        {
            Assert.All(diagnostics, d => Assert.False(string.IsNullOrWhiteSpace(d.Message)));
            return Outcome.Refused;
        }

        var x = new double[circuit.UnknownCount + 1];
        OperatingPointReport report = new OperatingPointSolver(new NodalSystem(circuit), new SolverOptions()).Solve(x);
        if (report.Failure is { } failure)
        {
            Assert.False(string.IsNullOrWhiteSpace(failure.Message), $"seed {seed}\n{text}");
            Assert.False(string.IsNullOrWhiteSpace(failure.Fix), $"seed {seed}\n{text}");
            return Outcome.Failed;
        }


        // Where a source drives its current through a junction's gmin alone the answer is billions of volts, as in ngspice, and where it drives a diode by volts it is billions of amperes; a run warns of it, and rounding leaves nothing to compare.
        if (x.Any(v => Math.Abs(v) > 1e6))
            return Outcome.Failed;
        Assert.True(report.KirchhoffResidual < 1e-9, $"seed {seed}: residual {report.KirchhoffResidual}\n{text}");
        Confirm(circuit, deck, x, seed, text);
        return Outcome.Solved;
    }

    /// <summary>Kirchhoff's current law at every node and every element's own equation, written anew here.</summary>
    private static void Confirm(NodalCircuit circuit, Circuit deck, double[] x, int seed, string text)
    {
        int n = circuit.UnknownCount;
        var sum = new double[n + 1];
        var size = new double[n + 1];
        var rounding = new double[n + 1];
        bool linear = true;
        Matrix<double> matrix = Matrix<double>.Build.Dense(n, n);
        Vector<double> right = Vector<double>.Build.Dense(n);

        foreach (Element e in deck.Elements)
        {
            int[] at = [.. e.Nodes.Select(circuit.NodeUnknown)];
            double value = e.Parameters.GetValueOrDefault("value");
            int own = circuit.BranchUnknown(e.Name);
            switch (e.Kind)
            {
                case 'r':
                    Current(at[0], at[1], (x[at[0]] - x[at[1]]) / value, (Math.Abs(x[at[0]]) + Math.Abs(x[at[1]])) / Math.Abs(value));
                    Set(at[0], at[0], 1 / value);
                    Set(at[1], at[1], 1 / value);
                    Set(at[0], at[1], -1 / value);
                    Set(at[1], at[0], -1 / value);
                    break;
                case 'i':
                    Current(at[0], at[1], value);
                    Right(at[0], -value);
                    Right(at[1], value);
                    break;
                case 'g':
                    Current(at[0], at[1], value * (x[at[2]] - x[at[3]]), Math.Abs(value) * (Math.Abs(x[at[2]]) + Math.Abs(x[at[3]])));
                    Set(at[0], at[2], value);
                    Set(at[0], at[3], -value);
                    Set(at[1], at[2], -value);
                    Set(at[1], at[3], value);
                    break;
                case 'f':
                    int sensed = circuit.BranchUnknown(e.References[0]);
                    Current(at[0], at[1], value * x[sensed]);
                    Set(at[0], sensed, value);
                    Set(at[1], sensed, -value);
                    break;
                case 'd':
                    linear = false;
                    double v = x[at[0]] - x[at[1]];
                    double cube = 3 * ThermalVoltage / (v * Math.E);
                    Current(at[0], at[1], (1e-12 * v) + (v < -3 * ThermalVoltage ? -1e-14 * (1 + (cube * cube * cube)) : 1e-14 * (Math.Exp(v / ThermalVoltage) - 1)), DiodeSize(v, x[at[0]], x[at[1]]));
                    break;
                case 'c':
                    break;
                case 'v':
                    Branch(own, at, [], value);
                    break;
                case 'l':
                    Branch(own, at, [], 0);
                    break;
                case 'e':
                    Branch(own, at, [(at[2], value), (at[3], -value)], 0);
                    break;
                case 'h':
                    Branch(own, at, [(circuit.BranchUnknown(e.References[0]), value)], 0);
                    break;
                default:
                    throw new InvalidOperationException($"no equation for {e.Kind}");
            }
        }

        for (int k = 0; k < n; k++)
            Assert.True(Math.Abs(sum[k]) <= (1e-9 * size[k]) + (1e-13 * rounding[k]) + 1e-18, string.Create(CultureInfo.InvariantCulture, $"seed {seed}: {circuit.Unknowns[k].Name} has a residual of {sum[k]} against {size[k]}\n{text}"));
        if (!linear)
            return;
        Vector<double> dense = matrix.Solve(right);
        double condition = matrix.ConditionNumber();
        double scale = dense.AbsoluteMaximum();
        for (int k = 0; k < n && condition < 1e12; k++)
            Assert.True(Math.Abs(dense[k] - x[k]) <= 1e-14 * condition * Math.Max(scale, 1e-12), string.Create(CultureInfo.InvariantCulture, $"seed {seed}: {circuit.Unknowns[k].Name} is {x[k]}, dense {dense[k]}, condition {condition}\n{text}"));

        void Current(int from, int to, double amount, double magnitude = 0)
        {
            rounding[from] += magnitude;
            rounding[to] += magnitude;
            sum[from] += amount;
            sum[to] -= amount;
            size[from] += Math.Abs(amount);
            size[to] += Math.Abs(amount);
        }

        void Set(int row, int column, double amount)
        {
            if (row < n && column < n)
                matrix[row, column] += amount;
        }

        void Right(int row, double amount)
        {
            if (row < n)
                right[row] += amount;
        }

        void Branch(int own, int[] at, (int Unknown, double Gain)[] controls, double value)
        {
            Current(at[0], at[1], x[own]);
            Set(at[0], own, 1);
            Set(at[1], own, -1);
            Set(own, at[0], 1);
            Set(own, at[1], -1);
            Right(own, value);
            sum[own] += x[at[0]] - x[at[1]] - value;
            size[own] += Math.Abs(x[at[0]]) + Math.Abs(x[at[1]]) + Math.Abs(value);
            foreach ((int unknown, double gain) in controls)
            {
                Set(own, unknown, -gain);
                sum[own] -= gain * x[unknown];
                size[own] += Math.Abs(gain * x[unknown]);
            }
        }
    }

    /// <summary>What a rounding of the node voltages by one unit does to a diode's current, against that unit.</summary>
    private static double DiodeSize(double v, double a, double b) => (1e-12 + (1e-14 / ThermalVoltage * Math.Exp(Math.Min(v / ThermalVoltage, 300)))) * (Math.Abs(a) + Math.Abs(b));

    /// <summary>Writes a circuit of 2 to 8 nodes: a tree of resistors and sources to ground, so that most are sound, and random elements anywhere.</summary>
    private sealed class Generator(int seed)
    {
        private readonly Random _random = new(seed);
        private readonly StringBuilder _text = new("random\n.model dm d(is=1e-14)\n");
        private int _count;

        public string Write()
        {
            int nodes = _random.Next(2, 9);
            var voltageSources = new List<string>();
            for (int node = 1; node <= nodes; node++)
            {
                int other = _random.Next(node);
                switch (_random.Next(8))
                {
                    case 0:
                        voltageSources.Add(Line('V', node, other, Value(-3, 1)));
                        break;
                    case 1:
                        Line('D', node, other, "dm");
                        Line('R', node, _random.Next(node), Value(0, 6));
                        break;
                    case 2 when _random.Next(4) == 0:
                        // Only a capacitor leads here: must be refused unless something else connects.
                        Line('C', node, other, "1n");
                        break;
                    case 3 when _random.Next(4) == 0:
                        Line('L', node, other, "1m");
                        break;
                    default:
                        Line('R', node, other, Value(0, 7));
                        break;
                }
            }

            int extras = _random.Next(1, nodes + 3);
            for (int k = 0; k < extras; k++)
            {
                int a = _random.Next(nodes + 1);
                int b = _random.Next(nodes + 1);
                if (a == b)
                    continue;
                switch (_random.Next(11))
                {
                    case 0 or 1:
                        Line('R', a, b, Value(0, 7));
                        break;
                    case 2 or 3:
                        Line('I', a, b, Signed(-6, -2));
                        break;
                    case 4:
                        voltageSources.Add(Line('V', a, b, Signed(-2, 1)));
                        break;
                    case 5 or 6:
                        Line('D', a, b, "dm");
                        break;
                    case 7:
                        Line('G', a, b, Pair(nodes) + Signed(-7, -3));
                        break;
                    case 8:
                        Line('E', a, b, Pair(nodes) + Signed(-1, 1));
                        break;
                    case 9 when voltageSources.Count > 0:
                        Line('F', a, b, voltageSources[_random.Next(voltageSources.Count)] + " " + Signed(-1, 0));
                        break;
                    case 10 when voltageSources.Count > 0:
                        Line('H', a, b, voltageSources[_random.Next(voltageSources.Count)] + " " + Signed(1, 4));
                        break;
                    default:
                        Line('C', a, b, "1p");
                        break;
                }
            }

            return _text.Append(".op\n").ToString();
        }

        private string Line(char letter, int a, int b, string rest)
        {
            string name = string.Create(CultureInfo.InvariantCulture, $"{letter}{++_count}");
            _text.Append(CultureInfo.InvariantCulture, $"{name} {a} {b} {rest}\n");
            return name;
        }

        private string Pair(int nodes) => string.Create(CultureInfo.InvariantCulture, $"{_random.Next(nodes + 1)} {_random.Next(nodes + 1)} ");

        private string Value(double low, double high) => Math.Pow(10, low + ((high - low) * _random.NextDouble())).ToString("g6", CultureInfo.InvariantCulture);

        private string Signed(double low, double high) => (_random.Next(2) == 0 ? "-" : string.Empty) + Value(low, high);
    }
}
