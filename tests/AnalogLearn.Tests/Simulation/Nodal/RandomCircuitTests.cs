using System.Globalization;
using System.Text;
using AnalogLearn.Circuits;
using AnalogLearn.Devices;
using AnalogLearn.Netlist;
using AnalogLearn.Numerics;
using AnalogLearn.Simulation.Nodal;

namespace AnalogLearn.Tests.Simulation.Nodal;

/// <summary>Small circuits drawn at random: each has an operating point whose residuals are at rounding, or a failure that is named; where all is linear, a dense solution agrees.</summary>
public sealed class RandomCircuitTests
{
    [Fact]
    public void EachIsSolvedOrItsFailureIsNamed() => Run(1, 400);

    [Fact]
    [Trait("Category", "Long")]
    public void AHundredThousandAreSolvedOrTheirFailuresAreNamed() => Run(1000, 100_000);

    private static void Run(ulong seed, int count)
    {
        int solved = 0;
        int singular = 0;
        int failed = 0;
        for (int k = 0; k < count; k++)
        {
            string text = Draw(new CounterRandom(seed, (ulong)k));
            DeckResult read = DeckReader.Parse(text, "random.cir");
            if (read.Deck is null)
                continue;
            var diagnostics = new DiagnosticBag();
            SolverOptions options = SolverOptions.From(read.Deck, diagnostics);
            NodalCircuit? circuit = NodalCircuit.Compile(read.Deck.Circuit, options.Conditions, diagnostics);
            Assert.True(circuit is not null, $"{text}\n{string.Join('\n', diagnostics)}");
            bool sound = TopologyCheck.Passes(read.Deck.Circuit, TopologyUse.DirectCurrent, diagnostics);
            var system = new NodalSystem(circuit);
            var x = new double[circuit.UnknownCount + 1];
            OperatingPointReport report = new OperatingPointSolver(system, options).Solve(x);
            if (report.IsConverged)
            {
                solved++;
                Assert.True(report.KirchhoffResidual < 1e-6, $"{k}: {report}\n{text}");
                if (sound && circuit.Banks.All(b => b.IsLinear))
                    Agree(circuit, system, x, text);
            }
            else
            {
                Assert.NotNull(report.Failure);
                Assert.NotEmpty(report.Failure.Message);
                if (sound && !report.Failure.Message.Contains("nothing determines", StringComparison.Ordinal))
                    failed++;
                else
                    singular++;
            }
        }

        Assert.True(failed <= 0.01 * count, string.Create(CultureInfo.InvariantCulture, $"{solved} solved, {singular} singular, {failed} failed"));
    }

    private static void Agree(NodalCircuit circuit, NodalSystem system, double[] x, string text)
    {
        int n = circuit.UnknownCount;
        var zero = new double[n + 1];
        system.Load(zero);
        var matrix = new double[n * n];
        for (int j = 0; j < n; j++)
        {
            for (int p = circuit.Pattern.ColumnStarts[j]; p < circuit.Pattern.ColumnStarts[j + 1]; p++)
                matrix[(circuit.Pattern.RowIndices[p] * n) + j] = system.Conductances[p];
        }

        // What the matrix makes of the solution is the sources, in every row.
        for (int i = 0; i < n; i++)
        {
            double sum = system.Flow[i];
            double size = Math.Abs(sum);
            for (int j = 0; j < n; j++)
            {
                sum += matrix[(i * n) + j] * x[j];
                size += Math.Abs(matrix[(i * n) + j] * x[j]);
            }

            Assert.True(Math.Abs(sum) <= (1e-10 * size) + 1e-25, text);
        }
    }

    private static string Draw(CounterRandom random)
    {
        var text = new StringBuilder("random\n.model dm D(is=1e-14 rs=1)\n.model dz D(is=1e-9 n=1.8)\n");
        int nodes = 2 + random.NextInt32(6);
        int elements = nodes + random.NextInt32(8);
        text.Append(CultureInfo.InvariantCulture, $"V0 1 0 {random.Uniform(-5, 5):g6}\n");
        string Node() => random.NextInt32(nodes + 1).ToString(CultureInfo.InvariantCulture);
        for (int k = 0; k < elements; k++)
        {
            string a = Node();
            string b = Node();
            double size = Math.Pow(10, random.Uniform(0, 7));
            switch (random.NextInt32(14))
            {
                case 0:
                    text.Append(CultureInfo.InvariantCulture, $"I{k} {a} {b} {random.Uniform(-1, 1) * 1e-3:g6}\n");
                    break;
                case 1:
                    text.Append(CultureInfo.InvariantCulture, $"V{k} {a} {b} {random.Uniform(-3, 3):g6}\n");
                    break;
                case 2:
                    text.Append(CultureInfo.InvariantCulture, $"E{k} {a} {b} {Node()} {Node()} {random.Uniform(-20, 20):g6}\n");
                    break;
                case 3:
                    text.Append(CultureInfo.InvariantCulture, $"G{k} {a} {b} {Node()} {Node()} {random.Uniform(-1, 1) * 1e-3:g6}\n");
                    break;
                case 4:
                    text.Append(CultureInfo.InvariantCulture, $"F{k} {a} {b} V0 {random.Uniform(-3, 3):g6}\n");
                    break;
                case 5:
                    text.Append(CultureInfo.InvariantCulture, $"C{k} {a} {b} 1n\n");
                    break;
                case 6:
                    text.Append(CultureInfo.InvariantCulture, $"L{k} {a} {b} 1u\n");
                    break;
                case 7 or 8:
                    text.Append(CultureInfo.InvariantCulture, $"D{k} {a} {b} {(random.Chance(0.5) ? "dm" : "dz")}\n");
                    break;
                case 9:
                    text.Append(CultureInfo.InvariantCulture, $"B{k} {a} {b} i=1m*tanh({random.Uniform(-3, 3):g4}*v({Node()}))\n");
                    break;
                default:
                    text.Append(CultureInfo.InvariantCulture, $"R{k} {a} {b} {size:g6}\n");
                    break;
            }
        }

        return text.Append(".op\n").ToString();
    }
}
