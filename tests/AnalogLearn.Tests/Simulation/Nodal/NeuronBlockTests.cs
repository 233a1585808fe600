using AnalogLearn.Circuits;
using AnalogLearn.Devices;
using AnalogLearn.Netlist;
using AnalogLearn.Numerics;
using AnalogLearn.Simulation;
using AnalogLearn.Simulation.Nodal;
using AnalogLearn.Studies;
using AnalogLearn.Tests.Interchange;

namespace AnalogLearn.Tests.Simulation.Nodal;

/// <summary>Rate networks by Kirchhoff's laws: what the rate engine computes.</summary>
public sealed class NeuronBlockTests
{
    [Theory]
    [InlineData(false, 120)]
    [InlineData(true, 60)]
    public void RandomNetworksStandWhereTheRateEngineSettles(bool isHardware, int count)
    {
        for (int seed = 0; seed < count; seed++)
        {
            RandomNetwork network = Network(seed, 2, isHardware);
            Batch<double> settled = network.FixedPoint();
            NodalCircuit circuit = Compile(network.Circuit, network.Parameters);
            var system = new NodalSystem(circuit);
            var solver = new OperatingPointSolver(system, new SolverOptions());
            var x = new double[circuit.UnknownCount + 1];
            for (int example = 0; example < 2; example++)
            {
                Show(network, system, example);

                // Newton's method from 0 V, without the rate engine's help.
                OperatingPointReport report = solver.Solve(x, warm: true);
                Assert.True(report.IsConverged, $"{seed}: {report} {report.Attempts.Length}");
                Assert.True(report.Attempts.Length <= 1 && report.KirchhoffResidual < 1e-13, $"{seed}: {report} {report.Attempts.Length}");
                foreach (RateBank bank in network.Layout.Banks)
                {
                    for (int k = 0; k < bank.Width; k++)
                        Assert.Equal(settled[example, bank.Offset + k], x[circuit.NodeUnknown(bank.Description.Bus.NodeName(k))], 1e-9);
                }
            }
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void JacobiansAreThoseOfTheRateField(bool isHardware)
    {
        for (int seed = 0; seed < 60; seed++)
        {
            RandomNetwork network = Network(seed, 1, isHardware, b => b with { ClipLow = double.NegativeInfinity, ClipHigh = double.PositiveInfinity });
            RateField<double> field = network.Field();
            Batch<double> state = TestNetworks.Draw<double>(seed, 1, network.Layout.StateCount, -0.5, 1);
            int n = state.Width;
            var dense = new double[n * n];
            field.Jacobian(0, state.Row(0), dense);
            NodalCircuit circuit = Compile(network.Circuit, network.Parameters);
            var system = new NodalSystem(circuit);
            Show(network, system, 0);
            double[] x = Point(network, circuit, state.Row(0));
            system.Load(x);
            int[] nodes = Nodes(network, circuit);
            for (int i = 0; i < n; i++)
            {
                for (int j = 0; j < n; j++)
                {
                    int slot = circuit.Pattern.SlotOf(nodes[i], nodes[j]);
                    Assert.Equal(dense[(i * n) + j], slot < 0 ? 0 : -1e6 * system.Conductances[slot], 1e-12);
                }
            }
        }
    }

    [Fact]
    public void MaskedSynapsesHaveNoEntries()
    {
        NeuronBank h = TestNetworks.Bank("h", 2);
        var circuit = new Circuit { Buses = [h.Bus], Banks = [h], Arrays = [new SynapseArray { Name = "yhh", Pre = h.Bus, Post = h.Bus, Mask = [true, false, true, true] }] };
        NodalCircuit nodal = Compile(circuit, null);
        Assert.True(nodal.Pattern.SlotOf(0, 1) < 0);
        Assert.True(nodal.Pattern.SlotOf(1, 0) >= 0);
    }

    /// <summary>Flows and charges against their Jacobians, where slew limits hold and where they do not.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void JacobiansAreThoseOfCentralDifferences(bool isHardware)
    {
        bool limited = false, free = false;
        for (int seed = 0; seed < 40; seed++)
        {
            RandomNetwork network = Network(seed, 1, isHardware);
            NodalCircuit circuit = Compile(network.Circuit, network.Parameters);
            var system = new NodalSystem(circuit);
            Show(network, system, 0);
            var random = new Random(seed);
            int n = circuit.UnknownCount;
            double[] x = [.. Enumerable.Range(0, n).Select(k => IsCapacitor(circuit, k) ? 4e-7 * (random.NextDouble() - 0.5) : random.NextDouble() - 0.5), 0];
            double[] direction = [.. Enumerable.Range(0, n).Select(k => circuit.Unknowns[k].Kind == UnknownKind.Node ? random.NextDouble() - 0.5 : IsCapacitor(circuit, k) ? 1e-6 * (random.NextDouble() - 0.5) : 0), 0];
            system.Load(x);
            var ofFlow = new double[n];
            var ofCharge = new double[n];
            circuit.Pattern.MultiplyAdd<double>(system.Conductances.AsSpan(0, circuit.Pattern.Count), direction.AsSpan(0, n), ofFlow);
            circuit.Pattern.MultiplyAdd<double>(system.Capacitances.AsSpan(0, circuit.Pattern.Count), direction.AsSpan(0, n), ofCharge);
            for (int k = 0; k < n; k++)
            {
                if (!IsCapacitor(circuit, k))
                    continue;
                double slope = system.Conductances[circuit.Pattern.SlotOf(k, k)];
                limited |= slope == 0;
                free |= slope == 1;
            }

            (double[] f, double[] q) = At(1e-5);
            (double[] f0, double[] q0) = At(-1e-5);
            for (int k = 0; k < n; k++)
            {
                Assert.Equal((f[k] - f0[k]) / 2e-5, ofFlow[k], 1e-8 * (circuit.Unknowns[k].Kind == UnknownKind.Node ? 1e-3 : 1));
                Assert.Equal((q[k] - q0[k]) / 2e-5, ofCharge[k], 1e-15);
            }

            (double[] Flow, double[] Charge) At(double along)
            {
                double[] moved = [.. x.Zip(direction, (a, b) => a + (along * b))];
                system.LoadFlows(moved);
                return ([.. system.Flow], [.. system.Charge]);
            }
        }

        Assert.Equal(isHardware, limited);
        Assert.Equal(isHardware, free);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void GradientsAreThoseOfCentralDifferences(bool isHardware)
    {
        for (int seed = 0; seed < 40; seed++)
        {
            RandomNetwork network = Network(seed, 1, isHardware);
            NodalCircuit circuit = Compile(network.Circuit, network.Parameters);
            var system = new NodalSystem(circuit);
            Show(network, system, 0);
            var random = new Random(seed);
            int n = circuit.UnknownCount;
            double[] x = Draw();
            double[] covector = Draw();
            double[] direction = Draw();
            const double h = 1e-5;

            // By numbers of neurons, of f, q, and of their Jacobians.
            foreach (NeuronBlock block in circuit.Banks.OfType<NeuronBlock>())
            {
                for (int p = 0; p < block.Parameters.Length; p++)
                {
                    int instance = random.Next(block.Count);
                    double value = block.Parameter(instance, p);
                    double step = p is < 2 or 4 ? h * value : h;
                    block.SetParameter(instance, p, value + step);
                    (double f, double q, double jf, double jq) = Sums();
                    block.SetParameter(instance, p, value - step);
                    (double f0, double q0, double jf0, double jq0) = Sums();
                    block.SetParameter(instance, p, value);
                    (double ofFlow, double ofCharge) = block.ParameterGradient(system.Conditions, instance, p, x, covector);
                    (double ofConductance, double ofCapacitance) = block.JacobianParameterGradient(system.Conditions, instance, p, x, direction, covector);
                    Close((f - f0) / (2 * step), ofFlow, p);
                    Close((q - q0) / (2 * step), ofCharge, p);
                    Close((jf - jf0) / (2 * step), ofConductance, p);
                    Close((jq - jq0) / (2 * step), ofCapacitance, p);
                }
            }

            // By weights, tied ones included.
            var gradient = new ParameterSet<double>(network.Layout.Layout);
            foreach (NeuronBlock block in circuit.Banks.OfType<NeuronBlock>())
                block.AddWeightGradient(x, covector, gradient);
            for (int b = 0; b < gradient.Blocks.Length; b++)
            {
                int k = random.Next(gradient.Blocks[b].Length);
                if (network.Layout.Connections.FirstOrDefault(c => c.Block == b && !c.IsTied)?.Description.Mask is { IsEmpty: false } mask && !mask[k])
                    continue;
                ref double w = ref network.Parameters.Blocks[b][k];
                double at = w;
                w = at + h;
                double f = Sums().F;
                w = at - h;
                Close((f - Sums().F) / (2 * h), gradient.Blocks[b][k], 3);
                w = at;
            }

            // By unknowns, of the Jacobian.
            double[] ofUnknown = new double[n + 1];
            foreach (NeuronBlock block in circuit.Banks.OfType<NeuronBlock>())
                block.JacobianStateGradient(system.Conditions, x, direction, covector, ofUnknown, new double[n + 1]);
            for (int k = 0; k < n; k++)
            {
                double at = x[k];
                if (circuit.Unknowns[k].Kind != UnknownKind.Node)
                {
                    // Of currents everything is piecewise linear.
                    Assert.Equal(0, ofUnknown[k]);
                    continue;
                }

                x[k] = at + h;
                double jf = Sums().Jf;
                x[k] = at - h;
                Close((jf - Sums().Jf) / (2 * h), ofUnknown[k], 3);
                x[k] = at;
            }

            double[] Draw() => [.. Enumerable.Range(0, n).Select(k => circuit.Unknowns[k].Kind == UnknownKind.Node ? (random.NextDouble() * 0.8) - 0.4 : IsCapacitor(circuit, k) ? 4e-7 * (random.NextDouble() - 0.5) : 0), 0];

            void Close(double expected, double actual, int parameter) => Assert.Equal(expected, actual, (parameter < 2 ? 1e-6 : 1e-11) * Math.Max(1, Math.Abs(expected)));

            (double F, double Q, double Jf, double Jq) Sums()
            {
                system.Load(x);
                double[] f = new double[n];
                double[] q = new double[n];
                circuit.Pattern.MultiplyAdd<double>(system.Conductances.AsSpan(0, circuit.Pattern.Count), direction.AsSpan(0, n), f);
                circuit.Pattern.MultiplyAdd<double>(system.Capacitances.AsSpan(0, circuit.Pattern.Count), direction.AsSpan(0, n), q);
                return (Dot(system.Flow), Dot(system.Charge), Dot(f), Dot(q));
            }

            double Dot(double[] values) => values.Take(n).Zip(covector, (a, b) => a * b).Sum();
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void TransientsAreThoseOfTheRateField(bool isHardware)
    {
        double[] times = [0, 1e-4, 5e-4, 1e-3, 3e-3];
        for (int seed = 0; seed < 12; seed++)
        {
            RandomNetwork network = Network(seed, 1, isHardware);
            RateField<double> field = network.Field();
            Waveforms rate = Transient.Run(field, new Batch<double>(1, network.Layout.StateCount), times, new ExponentialEulerMethod(), options: new IntegrationOptions { MaximumStep = 2e-7 });
            NodalCircuit circuit = Compile(network.Circuit, network.Parameters);
            var system = new NodalSystem(circuit);
            Show(network, system, 0);
            var recorder = new TransientRecorder(circuit, Nodes(network, circuit));
            var span = new TransientSpan(1e-5, times[^1]) { UseInitialConditions = true, MaximumStep = 1e-5 };
            TransientReport report = new TransientSolver(system, new SolverOptions { RelativeTolerance = 1e-5, VoltageTolerance = 1e-8 }).Run(span, recorder);
            Assert.True(report.IsFinished, $"{seed}: {report.Failure?.Message}");
            AnalysisResult nodal = recorder.Result();
            for (int i = 0; i < network.Layout.StateCount; i++)
            {
                for (int k = 1; k < times.Length; k++)
                {
                    int after = Array.FindIndex(nodal.Axis!.Values, t => t >= times[k] * (1 - 1e-12));
                    double before = nodal.Axis.Values[after - 1];
                    double share = (times[k] - before) / (nodal.Axis.Values[after] - before);
                    double value = nodal.Columns[i].Values[after - 1] + (share * (nodal.Columns[i].Values[after] - nodal.Columns[i].Values[after - 1]));
                    Assert.True(Math.Abs(rate.Values[i][k] - value) < 2e-4, $"{seed}: state {i} at {times[k]}: {rate.Values[i][k]} and {value}");
                }
            }
        }
    }

    [Theory]
    [InlineData("fixed-point.cir")]
    [InlineData("gradient-angle.cir")]
    [InlineData("xor-eqprop.cir")]
    [InlineData("mnist-eqprop-tied.cir")]
    [InlineData("mnist-stdp.cir")]
    public void RateDecksHaveOneOperatingPointOnBothEngines(string name)
    {
        DeckResult read = DeckReader.Read(Path.Combine(AppContext.BaseDirectory, "netlists", name));
        RateNetwork network = RateNetwork.Compile(read.Deck!.Circuit);
        ParameterSet<double> theta = network.InitialParameters(1);
        double[] inputs = InputDrive.Of(network, read.Deck, null, new DiagnosticBag()).AtStart();
        var random = new Random(1);
        for (int k = 0; k < inputs.Length; k++)
            inputs[k] = inputs[k] == 0 ? Math.Round(random.NextDouble(), 3) : inputs[k];
        OperatingPoint settled = OperatingPoint.Solve(network, theta, inputs, new SettleOptions { ThreadCount = 1 });
        NodalCircuit circuit = Compile(read.Deck.Circuit, theta);
        var system = new NodalSystem(circuit);
        foreach (RateInput input in network.Inputs)
        {
            int k = input.Offset;
            foreach (int source in circuit.InputSourceIndices(input.Description.Bus.Name))
                system.SourceValues[source] = inputs[k++];
        }

        var x = new double[circuit.UnknownCount + 1];
        OperatingPointReport report = new OperatingPointSolver(system, new SolverOptions()).Solve(x);
        Assert.True(report.IsConverged, report.ToString());
        for (int k = 0; k < settled.Nodes.Length; k++)
            Assert.Equal(settled.Voltages[k], x[circuit.NodeUnknown(settled.Nodes[k])], 1e-9);
    }

    /// <summary>The deck's own seed, and an example of its data set, as the rate engine takes them.</summary>
    [Fact]
    public void ADecksSeedAndExampleAreThoseOfTheRateEngine()
    {
        DeckResult read = DeckReader.Read(Path.Combine(AppContext.BaseDirectory, "netlists", "xor-eqprop.cir"));
        var diagnostics = new DiagnosticBag();
        Experiment experiment = Experiment.Bind(read.Deck!, new ExperimentSettings(), diagnostics)!;
        NodalSession session = NodalSession.Bind(read.Deck!, diagnostics)!;
        Assert.False(diagnostics.HasErrors, string.Join('\n', diagnostics));
        Assert.Equal(experiment.Network.InitialParameters(experiment.Seed)["yxh"], session.Circuit.Weights!["yxh"]);
        double[] shown = InputDrive.Of(experiment.Network, read.Deck!, experiment.Data, diagnostics).AtStart();
        var system = new NodalSystem(session.Circuit);
        Assert.Equal(shown, session.Circuit.InputSourceIndices("x").Select(k => system.SourceValues[k]));
    }

    [Fact]
    public void ElementsOnANeuronsNodeAddTheirCurrents()
    {
        NodalCase deck = NodalDecks.Read("mixed\n.model m neuron(rho=linear g=1u c=1n)\nNh h[0:1] m bias=0.5\nR1 h[0] 0 1meg\nV1 s 0 1\nR2 s h[1] 1meg\n.end");
        Assert.True(deck.Solve().IsConverged);
        Assert.Equal(0.25, deck["v(h_0)"], 1e-12);
        Assert.Equal(0.75, deck["v(h_1)"], 1e-12);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void NothingIsAllocatedByALoad(bool isHardware)
    {
        Circuit tangled = TestNetworks.Tangled(Activation.Softmax, NeuronForm.Voltage);
        NodalCircuit circuit = Compile(isHardware ? Network(3, 1, true).Circuit : tangled with { Buses = [.. tangled.Banks.Select(b => b.Bus)] }, null);
        var system = new NodalSystem(circuit);
        var x = new double[circuit.UnknownCount + 1];
        system.Load(x);
        system.LoadFlows(x);
        long before = GC.GetAllocatedBytesForCurrentThread();
        system.Load(x);
        system.LoadFlows(x);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    /// <summary>A random network; as hardware, through devices whose current is bent, of neurons that slew.</summary>
    private static RandomNetwork Network(int seed, int examples, bool isHardware, Func<NeuronBank, NeuronBank>? choose = null)
    {
        RandomNetwork network = RandomNetwork.Draw(seed, examples, b => (choose?.Invoke(b) ?? b) with { SlewRate = isHardware ? 60 + (30 * (seed % 4)) : double.PositiveInfinity });
        return isHardware ? network.WithCurve(1, 0.05, -0.04, 0.01) : network;
    }

    private static bool IsCapacitor(NodalCircuit circuit, int unknown) => circuit.Unknowns[unknown].Name.EndsWith("#c)", StringComparison.Ordinal);

    private static NodalCircuit Compile(Circuit circuit, ParameterSet<double>? weights)
    {
        var diagnostics = new DiagnosticBag();
        NodalCircuit? nodal = NodalCircuit.Compile(circuit, new DeviceConditions(), diagnostics, weights);
        Assert.Empty(diagnostics);
        return nodal!;
    }

    private static void Show(RandomNetwork network, NodalSystem system, int example)
    {
        foreach (RateInput input in network.Layout.Inputs)
        {
            int k = 0;
            foreach (int source in system.Circuit.InputSourceIndices(input.Description.Bus.Name))
                system.SourceValues[source] = network.Inputs[input.Index][example, k++];
        }
    }

    private static int[] Nodes(RandomNetwork network, NodalCircuit circuit) =>
        [.. network.Layout.Banks.SelectMany(b => Enumerable.Range(0, b.Width).Select(k => circuit.NodeUnknown(b.Description.Bus.NodeName(k))))];

    private static double[] Point(RandomNetwork network, NodalCircuit circuit, ReadOnlySpan<double> state)
    {
        var x = new double[circuit.UnknownCount + 1];
        int[] nodes = Nodes(network, circuit);
        for (int k = 0; k < nodes.Length; k++)
            x[nodes[k]] = state[k];
        foreach (RateInput input in network.Layout.Inputs)
        {
            for (int k = 0; k < input.Width; k++)
                x[circuit.NodeUnknown(input.Description.Bus.NodeName(k))] = network.Inputs[input.Index][0, k];
        }

        return x;
    }
}
