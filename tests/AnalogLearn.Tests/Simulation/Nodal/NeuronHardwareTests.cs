using AnalogLearn.Circuits;
using AnalogLearn.Interchange;
using AnalogLearn.Simulation.Nodal;
using AnalogLearn.Studies;
using AnalogLearn.Tests.Studies;

namespace AnalogLearn.Tests.Simulation.Nodal;

/// <summary>Slew limits, bent currents of synapses and input converters by Kirchhoff's laws: closed forms, orders, and what the rate engine does.</summary>
public sealed class NeuronHardwareTests
{
    private const double Tau = 1e-3;
    private const string Ramp = "ramp\n.model cell neuron(rho=linear g=1u c=1n slew=200)\nNy y cell bias=1\n";

    /// <summary>1 V to go at 0.2 V/τ: a ramp until 0.2 V are left, after 4 τ, then e^(−t/τ).</summary>
    [Theory]
    [InlineData("trap")]
    [InlineData("gear")]
    [InlineData("trbdf2")]
    public void AStepIsARampAndThenAnExponential(string method)
    {
        NodalCase circuit = NodalDecks.Read($"{Ramp}.options method={method} reltol=1e-5\n.op\n");
        Assert.True(circuit.Solve().IsConverged);
        Assert.Equal(1, circuit["v(y)"], 1e-12);
        Assert.Equal(0, circuit["i(ny#y#c)"]);
        (double[] Times, double[] Values) run = Run(circuit, new TransientSpan(Tau / 20, 8 * Tau) { MaximumStep = Tau / 20, UseInitialConditions = true });
        for (int k = 0; k < run.Times.Length; k++)
            Assert.True(Math.Abs(run.Values[k] - Exact(run.Times[k])) < 1e-4, $"{run.Times[k]}: {run.Values[k]} for {Exact(run.Times[k])}");
        Assert.True(run.Times.Length > 40);
    }

    /// <summary>The order of each method on the ramp, the corner and the exponential together; the corner is met by a step of every length.</summary>
    [Theory]
    [InlineData("trap", 2)]
    [InlineData("gear", 2)]
    [InlineData("trbdf2", 2)]
    [InlineData("trap maxord=1", 1)]
    public void MethodsKeepTheirOrderAcrossTheCorner(string method, double order)
    {
        NodalCase circuit = NodalDecks.Read($"{Ramp}.options method={method}\n.op\n");
        var errors = new double[3];
        for (int k = 0; k < 3; k++)
        {
            int steps = 400 << k;
            double h = 8 * Tau / steps;
            (double[] Times, double[] Values) run = Run(circuit, new TransientSpan(h, 8 * Tau) { MaximumStep = h, UseInitialConditions = true, FixedStep = true });
            for (int p = 0; p < run.Times.Length; p++)
                errors[k] = Math.Max(errors[k], Math.Abs(run.Values[p] - Exact(run.Times[p])));
        }

        Assert.InRange(Math.Log2(errors[0] / errors[1]), order - 0.15, order + 0.5);
        Assert.InRange(Math.Log2(errors[1] / errors[2]), order - 0.15, order + 0.5);
    }

    /// <summary>A current that is too small to matter at the limit, and an equilibrium that it moves: the limit is on the voltage, whatever stands on the node.</summary>
    [Fact]
    public void TheLimitIsOnTheVoltageAndNotOnTheCurrent()
    {
        NodalCase circuit = NodalDecks.Read("loaded\n.model cell neuron(rho=linear g=1u c=1n slew=50)\nNy y cell bias=1\nI1 0 y 3u\n.op\n");
        Assert.True(circuit.Solve().IsConverged);
        Assert.Equal(4, circuit["v(y)"], 1e-12);
        (double[] Times, double[] Values) run = Run(circuit, new TransientSpan(Tau, 20 * Tau) { MaximumStep = Tau, UseInitialConditions = true });
        for (int k = 1; k < run.Times.Length; k++)
            Assert.Equal(50, (run.Values[k] - run.Values[k - 1]) / (run.Times[k] - run.Times[k - 1]), 1e-6);
    }

    /// <summary>A limit that does not hold changes nothing: small signals and noise.</summary>
    [Fact]
    public void SmallSignalsDoNotSeeTheLimit()
    {
        const string Text = "small\n.model cell neuron(rho=tanh g=1u c=1n noise=thermal slew=300)\n.model w synapse()\nNx x input\nNy y cell bias=0.1\nY1 x y w init=0.6\nY2 y y w init=-0.5\nVx x 0 0.3 AC 1\n.ac dec 5 1 100k\n.noise v(y) Vx dec 5 1 100k\n.tf v(y) Vx\n";
        RunResults limited = Results(Text, EngineChoice.Nodal), free = Results(Text.Replace(" slew=300", string.Empty, StringComparison.Ordinal), EngineChoice.Nodal);
        Assert.True(free.Analyses.Count >= 3);
        for (int a = 0; a < free.Analyses.Count; a++)
        {
            foreach (WaveformColumn column in free.Analyses[a].Table.Columns)
            {
                WaveformColumn same = limited.Analyses[a].Table.Column(column.Name)!;
                for (int k = 0; k < column.Values.Length; k++)
                    Assert.True(Math.Abs(column.Values[k] - same.Values[k]) <= 1e-9 * Math.Abs(column.Values[k]), $"{free.Analyses[a].Analysis} {column.Name}: {column.Values[k]} and {same.Values[k]}");
            }
        }
    }

    /// <summary>A deck that both engines run: bent currents, slew limits, finite gain, rails and a converter before the inputs, at rest and on the way there.</summary>
    [Theory]
    [InlineData("rho=tanh")]
    [InlineData("rho=softmax gain=2 form=rate")]
    [InlineData("rho=hardsigmoid a0=40 clip=0,0.6")]
    public void BothEnginesRunTheSameDeck(string cell)
    {
        string text = $"both\n.model cell neuron({cell} bias=0.1 slew=120)\n.model out neuron(rho=tanh c=2n)\n.model w synapse(iv=poly(1,0.3,0.6) vread=0.8 init=uniform(-0.4,0.4))\n"
            + "Nx x[0:2] input dac=4 range=-1,1\nNh h[0:4] cell\nNy y[0:1] out\nYxh x h w\nYhh h h w mask=diag0\nYhy h y w\nYyh y h w tied=Yhy\n"
            + "V0 x[0] 0 PULSE(0.33 0.95 1m 1u 1u 3m 20m)\nV1 x[1] 0 -0.77\nV2 x[2] 0 PWL(0 0.21 4m 0.21 4.001m -0.4)\n.op\n.tran 50u 8m uic\n.options precision=double settle_tol=1e-10 settle_steps=5000 reltol=1e-5 vntol=1e-8\n";
        RunResults rate = Results(text, EngineChoice.Rate), nodal = Results(text, EngineChoice.Nodal);
        Dictionary<string, double> point = new(nodal.Record.Op!.Voltages, StringComparer.Ordinal);
        foreach ((string node, double volts) in rate.Record.Op!.Voltages)
            Assert.Equal(volts, point[node], 1e-7);
        Assert.Equal(2.0 / 7, point["x_0"], 1e-12);
        Assert.Equal(-5.0 / 7, point["x_1"], 1e-12);
        double fastest = 0;
        foreach (string node in new[] { "h_0", "h_3", "y_0", "y_1" })
        {
            WaveformTable a = rate.Table("tran")!, b = nodal.Table("tran")!;
            double[] at = a.Columns[0].Values, va = a.Column($"v({node})")!.Values, tb = b.Columns[0].Values, vb = b.Column($"v({node})")!.Values;
            for (int k = 1; k < at.Length; k++)
            {
                double other = Between(tb, vb, at[k]);
                Assert.True(Math.Abs(va[k] - other) < 5e-4, $"{node} at {at[k]}: {va[k]} and {other}");
                if (node[0] == 'h')
                    fastest = Math.Max(fastest, Math.Abs((va[k] - va[k - 1]) / (at[k] - at[k - 1])));
            }
        }

        Assert.InRange(fastest, 115, 121);
    }

    /// <summary>The current of a synapse against its polynomial, and a sweep of an input through its converter.</summary>
    [Fact]
    public void ASweepIsAStaircaseThroughTheCurve()
    {
        NodalCase circuit = NodalDecks.Read("sweep\n.model cell neuron(rho=linear)\n.model w synapse(iv=poly(1,-0.2,0.7) vread=0.4)\nNx x input dac=3 range=-1,1\nNy y cell\nY1 x y w init=0.8\nVx x 0 0\n.op\n");
        int source = circuit.Circuit.InputSourceIndices("x")[0];
        for (int k = -12; k <= 12; k++)
        {
            circuit.System.SourceValues[source] = 0.1 * k;
            Assert.True(circuit.Solve().IsConverged);
            double x = Math.Clamp(Math.Round(0.3 * k), -3, 3) / 3, v = 0.4 * x;
            Assert.Equal(x, circuit["v(x)"], 1e-14);
            Assert.Equal(0.8 * x * (1 - (0.2 * v) + (0.7 * v * v)), circuit["v(y)"], 1e-13);
        }
    }

    private static double Exact(double time) => time < 4 * Tau ? 200 * time : 1 - (0.2 * Math.Exp(4 - (time / Tau)));

    private static double Between(double[] times, double[] values, double time)
    {
        int after = Math.Max(1, Array.FindIndex(times, t => t >= time * (1 - 1e-12)));
        return values[after - 1] + ((time - times[after - 1]) / (times[after] - times[after - 1]) * (values[after] - values[after - 1]));
    }

    private static (double[] Times, double[] Values) Run(NodalCase circuit, TransientSpan span)
    {
        var recorder = new TransientRecorder(circuit.Circuit, circuit.Circuit.NodeUnknown("y"));
        TransientReport report = new TransientSolver(circuit.System, circuit.Options).Run(span, recorder);
        Assert.True(report.IsFinished, report.Failure?.Message);
        return (recorder.Times.ToArray(), recorder.Result().Columns[0].Values);
    }

    private static RunResults Results(string text, EngineChoice engine)
    {
        using var room = new TemporaryFolder();
        DeckResult read = DeckReader.Parse(text);
        Assert.True(read.Deck is not null, string.Join('\n', read.Diagnostics));
        var run = DeckRun.Of(read.Deck, new RunSettings { Folder = room.Path, Engine = engine, Seed = 1 });
        Assert.True(run.Run() == RunStatus.Done, string.Join('\n', run.Diagnostics));
        return run.Results;
    }
}
