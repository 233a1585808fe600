using System.Globalization;
using System.Text;
using AnalogLearn.Circuits;
using AnalogLearn.Netlist;
using AnalogLearn.Numerics;
using AnalogLearn.Simulation;
using AnalogLearn.Simulation.Nodal;
using AnalogLearn.Studies;
using AnalogLearn.Tests.Studies;

namespace AnalogLearn.Tests.Simulation.Nodal;

/// <summary>The noise of neurons in transients of the nodal engine. Seeds are fixed: bounds are four standard errors or more of what they are about.</summary>
public sealed class NeuronNoiseCurrentsTests
{
    private const double Boltzmann = 1.380649e-23;
    private const double Kelvin = 300.15;
    private const double Tau = 1e-9;
    private const string Cell = ".model cell neuron(c=1f g=1u noise=thermal)\n";

    /// <summary>kT/C of 1 fF [V²].</summary>
    private const double Thermal = Boltzmann * Kelvin / 1e-15;

    [Theory]
    [InlineData(0.05)]
    [InlineData(0.5)]
    [InlineData(2)]
    public void EachCellIsAStepOfTheTrapezoidalRuleWhoseVarianceIsKTOverC(double d)
    {
        const int Cells = 200;
        double cell = d * Tau;
        NodalCase circuit = NodalDecks.Read(string.Create(CultureInfo.InvariantCulture, $"exact\n{Cell}Nv v[0:1] cell\n.options seed=6 noisefmax={0.5 / cell:r}\n.op\n"));
        (double[] time, double[][] v, _) = Run(circuit, cell, Cells * cell, fixedStep: true);

        // Behind the border of a cell a thousandth of it by backward Euler, then the rule itself.
        double onset = 1e-3 * cell, h = cell - onset, half = h / (2 * Tau);
        var path = new CounterBrownianPath(6, 1, 2, i => $"v_{i}");
        var moves = new Batch<double>(1, 2);
        var expected = new double[2];
        for (int k = 0; k < Cells; k++)
        {
            path.Increments(k, cell, moves);
            for (int i = 0; i < 2; i++)
            {
                double slope = Math.Sqrt(2 * Boltzmann * Kelvin * 1e-6) * moves[0, i] / cell / 1e-15;
                double behind = (expected[i] + (onset * slope)) / (1 + (onset / Tau));
                expected[i] = ((behind * (1 - half)) + (h * slope)) / (1 + half);
                Assert.Equal(expected[i], v[i][At(time, (k + 1) * cell)], 1e-6 * Math.Sqrt(Thermal));
            }
        }

        // x ← a x + b ΔW leaves b² Δ/(1 − a²).
        double a = (1 - half) / (1 + half) / (1 + (onset / Tau));
        double b = Math.Sqrt(2 * Boltzmann * Kelvin * 1e-6) / 1e-15 / cell * ((onset / (1 + (onset / Tau)) * (1 - half)) + h) / (1 + half);
        Assert.Equal(1, b * b * cell / (1 - (a * a)) / Thermal, 2.1e-3 * d);
    }

    [Theory]
    [InlineData("", 1)]
    [InlineData("method=gear", 1)]
    [InlineData("method=trbdf2", 1)]
    [InlineData("reltol=1e-6 vntol=1n", 1)]
    [InlineData("maxord=1", 1 / 1.025)]
    public void ANeuronHoldsKTOverCForATime(string options, double share)
    {
        const int Width = 200;
        (double[] time, double[][] v, _) = Run(NodalDecks.Read($"kT/C\n{Cell}Nv v[0:{Width - 1}] cell\n.options {options} seed=3\n.op\n"), 0.05 * Tau, 40 * Tau);
        double variance = 0, later = 0, among = 0;
        int count = 0;
        for (double t = 5 * Tau; t < 38.9 * Tau; t += 0.05 * Tau, count++)
        {
            int now = At(time, t), then = At(time, t + Tau);
            for (int i = 0; i < Width; i++)
            {
                variance += v[i][now] * v[i][now];
                later += v[i][now] * v[i][then];
                among += v[i][now] * v[(i + 1) % Width][now];
            }
        }

        variance /= count * Width;

        // 200 times 34 τ: 1.7 % of the variance, since squares forget within τ/2; a correlation by about as much.
        Assert.InRange(variance / (share * Thermal), 0.93, 1.07);
        Assert.InRange(later / (count * Width) / variance, Math.Exp(-1) - 0.07, Math.Exp(-1) + 0.07);
        Assert.InRange(among / (count * Width) / variance, -0.05, 0.05);
    }

    [Fact]
    public void TheSpectrumIsThatOfTheCardWithItsCorner()
    {
        // 48 neurons of 1 nF and 1 µS, 4096 cells of τ/20; the corner lies above the pole, 300 lines from 0.
        const int Width = 48, Cells = 4096;
        const double Density = 1e-12, Pole = 1e-3;
        double cell = Pole / 20, corner = 300 / (Cells * cell);
        (double[] time, double[][] v, _) = Run(
            NodalDecks.Read(string.Create(CultureInfo.InvariantCulture, $"1/f\n.model cell neuron(c=1n g=1u noise={Density:r} flicker_corner={corner:r})\nNv v[0:{Width - 1}] cell\nR1 x 0 1k\n.options seed=2\n.op\n")), cell, Cells * cell);
        int[] lines = [4, 8, 16, 32, 64, 128];
        var found = new double[lines.Length];
        var window = new double[Cells];
        for (int k = 0; k < Cells; k++)
            window[k] = (1 - Math.Cos(2 * Math.PI * k / Cells)) / 2;
        int[] at = [.. Enumerable.Range(1, Cells).Select(k => At(time, k * cell))];
        for (int f = 0; f < lines.Length; f++)
        {
            int reach = lines[f] / 8;
            for (int line = lines[f] - reach; line <= lines[f] + reach; line++)
            {
                double frequency = line / (Cells * cell);
                double power = 0;
                for (int i = 0; i < Width; i++)
                {
                    double re = 0, im = 0;
                    for (int k = 0; k < Cells; k++)
                    {
                        (double sin, double cos) = Math.SinCos(2 * Math.PI * line * k / Cells);
                        re += window[k] * v[i][at[k]] * cos;
                        im += window[k] * v[i][at[k]] * sin;
                    }

                    power += 2 * cell * ((re * re) + (im * im)) / (0.375 * Cells) / Width;
                }

                double response = 1e12 / (1 + Math.Pow(2 * Math.PI * frequency * Pole, 2));
                found[f] += power / (Density * Density * (1 + (corner / frequency)) * response) / ((2 * reach) + 1);
            }
        }

        // Squares of 48 neurons and more lines: 14 % at the lowest one, falling with the root of the lines.
        for (int f = 0; f < lines.Length; f++)
            Assert.InRange(found[f], 1 - (0.5 / Math.Sqrt(1 + (lines[f] / 8))), 1 + (0.5 / Math.Sqrt(1 + (lines[f] / 8))));

        // S f_c/f carries all but a hundredth to a third here: its exponent is −1 when what is found over what is expected does not slope.
        double meanX = lines.Average(l => Math.Log(l)), meanY = found.Average(Math.Log);
        double slope = lines.Zip(found, (l, y) => (Math.Log(l) - meanX) * (Math.Log(y) - meanY)).Sum() / lines.Sum(l => Math.Pow(Math.Log(l) - meanX, 2));
        Assert.InRange(slope, -0.1, 0.1);
    }

    [Fact]
    public void BothEnginesFollowTheSamePathAndHaveTheCovarianceOfTheCircuit()
    {
        // Pairs of neurons that drive each other: 2 P = W P + P Wᵀ + 2 kT/C.
        const int Pairs = 60;
        const double A = 0.6, B = -0.9;
        var deck = new StringBuilder("pairs\n.model cell neuron(rho=linear c=1f g=1u noise=thermal)\n.model w synapse()\n");
        for (int p = 0; p < Pairs; p++)
            deck.Append(CultureInfo.InvariantCulture, $"Nu{p} u{p} cell\nNv{p} v{p} cell\nYu{p} u{p} v{p} w init={B}\nYv{p} v{p} u{p} w init={A}\n");
        deck.Append(".options seed=9\n.op\n");
        double cell = 0.05 * Tau;
        NodalCase circuit = NodalDecks.Read(deck.ToString());
        (double[] time, double[][] v, string[] names) = Run(circuit, cell, 40 * Tau);
        RateNetwork network = circuit.Circuit.Network!;
        var field = new RateField<double>(network, network.InitialParameters(1));
        double[] times = [.. Enumerable.Range(0, 801).Select(k => k * cell)];
        Waveforms rate = Transient.Run(
            field, new Batch<double>(1, field.StateCount), times, new StochasticHeun(), null, new IntegrationOptions { MaximumStep = cell, Seed = 9 }, NeuronNoiseAmplitudes.Of(network));
        double p12 = (A + B) / 2 / (1 - (A * B)) * Thermal, p11 = Thermal + (A * p12), p22 = Thermal + (B * p12);
        var nodal = new double[3];
        var other = new double[3];
        double apart = 0;
        int count = 0;
        for (int k = 100; k < times.Length; k += 4)
        {
            int at = At(time, times[k]);
            for (int p = 0; p < Pairs; p++, count++)
            {
                double u1 = v[Array.IndexOf(names, $"v(u{p})")][at], v1 = v[Array.IndexOf(names, $"v(v{p})")][at], u2 = rate.Of($"u{p}")![k], v2 = rate.Of($"v{p}")![k];
                nodal[0] += u1 * u1;
                nodal[1] += v1 * v1;
                nodal[2] += u1 * v1;
                other[0] += u2 * u2;
                other[1] += v2 * v2;
                other[2] += u2 * v2;
                apart += ((u1 - u2) * (u1 - u2)) + ((v1 - v2) * (v1 - v2));
            }
        }

        // Sixty times 35 τ: 3 %; the same draws, so that the two differ by what the methods do alone.
        double[] exact = [p11, p22, p12];
        for (int k = 0; k < 3; k++)
        {
            Assert.InRange(nodal[k] / count, exact[k] - (0.12 * Thermal), exact[k] + (0.12 * Thermal));
            Assert.InRange(nodal[k] / count, (other[k] / count) - (0.003 * Thermal), (other[k] / count) + (0.003 * Thermal));
        }

        Assert.InRange(Math.Sqrt(apart / count / (p11 + p22)), 0, 0.005);
    }

    [Fact]
    public void AmongOtherElementsTheVarianceIsThatOfTheNoiseAnalysis()
    {
        // A neuron through 200 kΩ on a diode that is biased, twenty-four times; in .tran only the neurons make noise.
        const int Copies = 24;
        string Deck(int copies)
        {
            var deck = new StringBuilder($"mixed\n.model cell neuron(c=1p g=1u noise=thermal bias=0.5)\n.model dm D(is=1e-12)\nNv v[0:{copies - 1}] cell\nVb b 0 1 ac 1\n");
            for (int k = 0; k < copies; k++)
                deck.Append(CultureInfo.InvariantCulture, $"R{k} v[{k}] x{k} 200k\nC{k} x{k} 0 0.4p\nRb{k} b x{k} 2meg\nD{k} x{k} 0 dm\n");
            return deck.Append(".options seed=4\n.noise v(x0) Vb dec 20 10 100g\n").ToString();
        }

        NodalCase one = NodalDecks.Read(Deck(1));
        Assert.True(one.Solve().IsConverged);
        double expected = NoiseAnalysis.Run(one.System, one.X, one.Deck.All<NoiseCard>().Single(), one.Options, new DiagnosticBag(), out _)!.Contributions.Where(c => c.Element == "nv").Sum(c => c.OutputPower);
        (double[] time, double[][] v, string[] names) = Run(NodalDecks.Read(Deck(Copies)), 50e-9, 20e-6);
        double variance = 0;
        int count = 0;
        for (int k = 0; k < Copies; k++)
        {
            double[] x = v[Array.IndexOf(names, $"v(x{k})")];
            for (int t = At(time, 2e-6); t < time.Length; t++, count++)
                variance += (x[t] - x[0]) * (x[t] - x[0]);
        }

        // Correlation times of a quarter of a microsecond: some 24 · 18 µs/0.25 µs squares, 4 %.
        Assert.InRange(variance / count / expected, 0.86, 1.14);
    }

    [Theory]
    [InlineData("R1 v[0] 0 20k", 51, 1)]
    [InlineData("C1 v[0] 0 9f", 1, 10)]
    public void CellsFollowWhatIsConnectedToTheNode(string load, double conductance, double capacitance)
    {
        NodalCase circuit = NodalDecks.Read($"load\n{Cell}Nv v[0:0] cell\n{load}\n.options seed=8\n.op\n");
        double tau = Tau * capacitance / conductance;
        (double[] time, double[][] v, _) = Run(circuit, 0.04 * Tau, 400 * tau);
        double variance = 0;
        int first = Array.FindIndex(time, t => t > 5 * tau);
        for (int k = first; k < time.Length; k++)
            variance += v[0][k] * v[0][k];

        // 400 τ: 7 %.
        Assert.InRange(variance / (time.Length - first) / (Thermal / conductance / capacitance), 0.72, 1.28);
        Assert.InRange(time.Length / (400 * tau), 19 / tau, double.PositiveInfinity);
    }

    [Fact]
    public void DrawsHangOnSeedChipAndNodeAlone()
    {
        const string Alone = "alone\n" + Cell + "Nv v[0:2] cell\nNw w[0:1] cell2\n.model cell2 neuron(c=1f g=1u noise=1p flicker_corner=1meg)\nR1 v[1] 0 1meg\n.op\n";
        const string Among = "among\nR9 z 0 1k\nNa a[0:4] fast\n.model fast neuron(c=1f g=7u noise=thermal flicker_corner=1k)\nR1 v[1] 0 1meg\n.model cell2 neuron(c=1f g=1u noise=1p flicker_corner=1meg)\n"
            + "Nw w[0:1] cell2\nC9 z 0 1p\nNv v[0:2] cell\n" + Cell + ".op\n";
        string[] nodes = ["v_0", "v_1", "v_2", "w_0", "w_1"];
        double[] alone = Currents(Alone, 5, 0);
        Assert.Equal(alone, Currents(Among, 5, 0));
        Assert.Equal(alone.Length, alone.Distinct().Count());
        Assert.Empty(alone.Intersect(Currents(Alone, 6, 0)));
        Assert.Empty(alone.Intersect(Currents(Alone, 5, 1)));
        Assert.Empty(Currents(Alone, 5, 1).Intersect(Currents(Alone, 5, 2)));

        double[] Currents(string text, ulong seed, int chip)
        {
            Deck deck = DeckReader.Parse(text).Deck!;
            NodalCircuit circuit = NodalCircuit.Compile(deck.Circuit with { Chip = chip == 0 ? null : new ChipKey(1, chip) }, new SolverOptions().Conditions, new DiagnosticBag())!;
            var system = new NodalSystem(circuit);
            system.Load(new double[circuit.UnknownCount + 1]);
            NeuronNoiseCurrents noise = NeuronNoiseCurrents.Of(system, seed, 0.05 * Tau, 10 * Tau, null)!;
            var currents = new List<double>();
            for (int k = 0; k < 20; k++)
            {
                while (noise.Next <= 0.05 * Tau * k)
                    noise.Enter();
                var flow = new double[circuit.UnknownCount + 1];
                noise.AddTo(flow, []);
                currents.AddRange(nodes.Select(n => flow[circuit.NodeUnknown(n)]));
            }

            return [.. currents];
        }
    }

    /// <summary>Two chips whose neurons are alike have different noise, on either engine, and each its own again.</summary>
    [Theory]
    [InlineData(EngineChoice.Rate)]
    [InlineData(EngineChoice.Nodal)]
    public void EachChipHasItsOwnNoise(EngineChoice engine)
    {
        double[] ends = [.. new[] { 0, 1, 2, 1 }.Select(End)];
        Assert.Equal(ends[1], ends[3]);
        Assert.Equal(3, ends.Distinct().Count());

        double End(int chip)
        {
            using var room = new TemporaryFolder();
            Deck deck = DeckReader.Parse($"chips\n{Cell}Nv v[0:0] cell\n.tran 0.05n 1n uic\n").Deck!;
            DeckRun run = DeckRun.Of(deck with { Circuit = deck.Circuit with { Chip = chip == 0 ? null : new ChipKey(3, chip) } }, new RunSettings { Folder = room.Path, Engine = engine, Seed = 1 });
            Assert.True(run.Run() == RunStatus.Done, string.Join('\n', run.Diagnostics));
            return run.Results.Table("tran")!.Column("v(v_0)")!.Values[^1];
        }
    }

    [Fact]
    public void TheSameDeckGivesTheSameBitsAndOtherDevicesHardlyMoveThem()
    {
        const string Line = Cell + "Nv v[0:2] cell\n";
        const string Others = "R9 z 0 1k\nC9 z 0 0.1p\nI9 0 z PULSE(0 1m 1n 1p 1p 2n 4n)\nNa a[0:1] fast\n.model fast neuron(c=1f g=30u noise=thermal)\n";
        (double[] time, double[][] v, _) = Run(NodalDecks.Read("a\n" + Line + ".options seed=5\n.op\n"), 0.05 * Tau, 10 * Tau);
        (_, double[][] again, _) = Run(NodalDecks.Read("a\n" + Line + ".options seed=5\n.op\n"), 0.05 * Tau, 10 * Tau);
        Assert.Equal(v, again);
        (double[] finer, double[][] w, string[] names) = Run(NodalDecks.Read("b\n" + Others + Line + ".options seed=5\n.op\n"), 0.05 * Tau, 10 * Tau);
        for (int k = 1; k < 200; k++)
        {
            for (int i = 0; i < 3; i++)
                Assert.Equal(v[i][At(time, k * 0.05 * Tau)], w[Array.IndexOf(names, $"v(v_{i})")][At(finer, k * 0.05 * Tau)], 5e-3 * Math.Sqrt(Thermal));
        }

        // Noise does not loosen what is computed beside it: 1 mA into 1 kΩ and 0.1 ns.
        double[] z = w[Array.IndexOf(names, "v(z)")];
        for (double t = 1.1e-9; t < 2.9e-9; t += 0.05 * Tau)
            Assert.Equal(1 - Math.Exp(-(t - 1.0005e-9) / 1e-10), z[At(finer, t)], 3e-3);
    }

    [Fact]
    public void SourcesAndRailsTakeTheNoiseUp()
    {
        const int Cells = 4000;
        double cell = 0.05 * Tau;
        NodalCase circuit = NodalDecks.Read(
            $"held\n{Cell}.model bound neuron(c=1f g=1u noise=thermal clip=0,1)\n.model slow neuron(c=1f g=1u noise=thermal slew=1e9)\nNv v[0:0] cell\nV1 v[0] 0 0.3\nNr r[0:19] bound\nNs s[0:19] slow\n.options seed=12\n.op\n");
        (double[] time, double[][] v, string[] names) = Run(circuit, cell, Cells * cell, all: true);
        int[] ends = [.. Enumerable.Range(100, Cells - 99).Select(k => At(time, k * cell))];

        // What the source carries is the noise of each cell by itself, S/(2Δ), and no memory of it.
        double[] current = v[Array.IndexOf(names, "i(v1)")];
        double mean = ends.Average(k => current[k]), variance = ends.Average(k => (current[k] - mean) * (current[k] - mean)), neighbours = 0;
        for (int k = 1; k < ends.Length; k++)
            neighbours += (current[ends[k]] - mean) * (current[ends[k - 1]] - mean) / ends.Length;
        Assert.InRange(variance / (2 * Boltzmann * Kelvin * 1e-6 / cell), 0.9, 1.1);
        Assert.InRange(neighbours / variance, -0.07, 0.07);

        // A neuron that rests at its rail is reflected: |v| of one without, less what a cell cuts off.
        double reflected = 0, limited = 0;
        for (int i = 0; i < 20; i++)
        {
            double[] r = v[Array.IndexOf(names, $"v(r_{i})")], s = v[Array.IndexOf(names, $"v(s_{i})")];
            Assert.All(r, x => Assert.InRange(x, -1e-12, 1));
            reflected += ends.Average(k => r[k]) / 20;
            limited += ends.Average(k => s[k] * s[k]) / 20;
        }

        Assert.InRange(reflected / Math.Sqrt(2 * Thermal / Math.PI), 0.7, 1);

        // A limit of 1 V/ns lets all of it through.
        Assert.InRange(limited / Thermal, 0.92, 1.08);
    }

    [Fact]
    public void TheOptionTakesItAwayAndAddsThatOfOtherDevices()
    {
        const string Text = "options\n" + Cell + "Nv v[0:2] cell\nR1 x 0 1meg\nC1 x 0 1f\n";
        double[][] Of(string options) => Run(NodalDecks.Read($"{Text}.options {options} seed=5\n.op\n"), 0.05 * Tau, 10 * Tau).Values;
        double[][] usual = Of("reltol=1e-3"), none = Of("trnoise=0"), all = Of("trnoise=1");
        Assert.All(none, column => Assert.All(column, x => Assert.Equal(0, x)));
        Assert.All(usual[..3], column => Assert.NotEqual(0, column[^1]));
        Assert.All(usual[3], x => Assert.Equal(0, x));
        for (int i = 0; i < 3; i++)
            Assert.Equal(usual[i][^1], all[i][^1], 5e-3 * Math.Sqrt(Thermal));
        Assert.NotEqual(0, all[3][^1]);
    }

    /// <summary>The point at a time.</summary>
    private static int At(double[] time, double t)
    {
        int k = Array.BinarySearch(time, t);
        if (k < 0)
            k = ~k < time.Length && (~k == 0 || time[~k] - t < t - time[~k - 1]) ? ~k : ~k - 1;
        Assert.Equal(t, time[k], 1e-6 * t);
        return k;
    }

    private static (double[] Time, double[][] Values, string[] Names) Run(NodalCase circuit, double step, double stop, bool fixedStep = false, bool all = false)
    {
        var recorder = new TransientRecorder(circuit.Circuit);
        TransientReport report = new TransientSolver(circuit.System, circuit.Options).Run(new TransientSpan(step, stop) { MaximumStep = step, FixedStep = fixedStep }, recorder);
        Assert.True(report.IsFinished, report.Failure?.Message);
        AnalysisResult result = recorder.Result();
        AnalysisColumn[] columns = [.. result.Columns.Where(c => all || c.Unit == "V")];
        return (result.Axis!.Values, [.. columns.Select(c => c.Values)], [.. columns.Select(c => c.Name)]);
    }
}
