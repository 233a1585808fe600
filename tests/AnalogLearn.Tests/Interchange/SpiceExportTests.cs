using System.Collections.Immutable;
using System.Globalization;
using AnalogLearn.Circuits;
using AnalogLearn.Interchange;
using AnalogLearn.Netlist;
using AnalogLearn.Numerics;
using AnalogLearn.Simulation;

namespace AnalogLearn.Tests.Interchange;

public class SpiceExportTests
{
    /// <summary>Runs a deck in ngspice's batch mode and reads its raw file.</summary>
    internal static RawFile Ngspice(string deck)
    {
        string work = Directory.CreateTempSubdirectory("analoglearn-ngspice-").FullName;
        try
        {
            File.WriteAllText(Path.Combine(work, "deck.cir"), deck);
            (int status, string output) = Programs.Run(Programs.Find("ngspice")!, work, TimeSpan.FromMinutes(1), "-b", "-n", "-r", "out.raw", "deck.cir");
            Assert.True(status == 0 && File.Exists(Path.Combine(work, "out.raw")), $"ngspice ended with status {status}: {output}\n{deck}");
            var diagnostics = new DiagnosticBag();
            RawFile? read = RawFile.Read(File.ReadAllBytes(Path.Combine(work, "out.raw")), "out.raw", diagnostics);
            Assert.Empty(diagnostics);
            return read!;
        }
        finally
        {
            Directory.Delete(work, recursive: true);
        }
    }

    private static string Export(RandomNetwork drawn, SpiceExportOptions options)
    {
        using var writer = new StringWriter(CultureInfo.InvariantCulture);
        var diagnostics = new DiagnosticBag();
        Dictionary<string, double[]> inputs = drawn.Layout.Inputs.ToDictionary(i => i.Description.Bus.Name, i => drawn.Inputs[i.Index].Row(0).ToArray());
        Assert.True(SpiceExport.Write(drawn.Circuit, drawn.Parameters, inputs, options, writer, diagnostics), string.Join('\n', diagnostics));
        return writer.ToString();
    }

    /// <summary>Runge and Kutta's fourth-order steps of τ ds/dt = μ, no longer than a limit, clipped at the rails.</summary>
    private static void Integrate(RateField<double> field, Batch<double> state, double time, double longest)
    {
        int steps = Math.Max(1, (int)Math.Ceiling(time / longest));
        double h = time / steps;
        int n = field.StateCount;
        Batch<double> k1 = new(1, n), k2 = new(1, n), k3 = new(1, n), k4 = new(1, n), at = new(1, n);
        double[] tau = field.TimeConstants.ToArray();
        void Stage(Batch<double> k, double factor, Batch<double> into)
        {
            for (int i = 0; i < n; i++)
                at.Values[i] = state.Values[i] + (factor * h * k.Values[i] / tau[i]);
            Evaluate(at, into);
        }

        void Evaluate(Batch<double> where, Batch<double> mu)
        {
            field.Evaluate(where, mu);
            for (int i = 0; i < n; i++)
                mu.Values[i] = Math.Clamp(mu.Values[i], -tau[i] * field.Network.SlewRate[i], tau[i] * field.Network.SlewRate[i]);
        }

        for (int s = 0; s < steps; s++)
        {
            Evaluate(state, k1);
            Stage(k1, 0.5, k2);
            Stage(k2, 0.5, k3);
            Stage(k3, 1, k4);
            for (int i = 0; i < n; i++)
            {
                double next = state.Values[i] + (h / tau[i] / 6 * (k1.Values[i] + (2 * k2.Values[i]) + (2 * k3.Values[i]) + k4.Values[i]));
                state.Values[i] = Math.Min(Math.Max(next, field.Network.ClipLow[i]), field.Network.ClipHigh[i]);
            }
        }
    }

    private static (double Transient, double FixedPoint) LargestDifferences(RandomNetwork drawn, SpiceExportOptions options)
    {
        RawFile found = Ngspice(Export(drawn, options));
        WaveformTable point = found.Tables.Single(t => t.PlotName == "Operating Point");
        WaveformTable transient = found.Tables.Single(t => t.PlotName == "Transient Analysis");
        var columns = new (double Static, double[] Waveform)[drawn.Layout.StateCount];
        foreach (RateBank bank in drawn.Layout.Banks)
        {
            for (int k = 0; k < bank.Width; k++)
            {
                string name = $"v({bank.Description.Bus.NodeName(k)})";
                columns[bank.Offset + k] = (point.Column(name)!.Values.Single(), transient.Column(name)!.Values);
            }
        }

        Batch<double> settled = drawn.FixedPoint();
        double fixedPoint = Enumerable.Range(0, columns.Length).Max(i => Math.Abs(columns[i].Static - settled.Values[i]));

        RateField<double> field = drawn.Field();
        var state = new Batch<double>(1, columns.Length);
        double[] time = transient.Column("time")!.Values;
        double largest = 0;
        double now = 0;
        for (int t = 0; t < time.Length; t++)
        {
            if (time[t] > now)
                Integrate(field, state, time[t] - now, drawn.Layout.Tau.Min() / 200);
            now = time[t];
            for (int i = 0; i < columns.Length; i++)
                largest = Math.Max(largest, Math.Abs(columns[i].Waveform[t] - state.Values[i]));
        }

        Assert.True(time.Length > 100);
        Assert.InRange(time[^1], 0.999 * (options.StopTime ?? 10 * drawn.Layout.Tau.Max()), double.MaxValue);
        return (largest, fixedPoint);
    }

    private static RandomNetwork Draw(int seed, NeuronForm form, Activation activation, bool clipped) => RandomNetwork.Draw(
        seed,
        examples: 1,
        bank => bank with { Form = form, Activation = activation, ClipLow = clipped ? 0 : double.NegativeInfinity, ClipHigh = clipped ? 0.3 : double.PositiveInfinity },
        recurrent: true,
        largestWidth: 5);

    public static TheoryData<NeuronForm, Activation, bool> Kinds()
    {
        var kinds = new TheoryData<NeuronForm, Activation, bool>();
        foreach (NeuronForm form in Enum.GetValues<NeuronForm>())
        {
            foreach (Activation activation in Enum.GetValues<Activation>())
            {
                kinds.Add(form, activation, false);
                kinds.Add(form, activation, true);
            }
        }

        return kinds;
    }

    [NgspiceTheory]
    [MemberData(nameof(Kinds))]
    public void Ngspice_gives_the_waveforms_and_the_fixed_point_of_the_field(NeuronForm form, Activation activation, bool clipped)
    {
        RandomNetwork drawn = Draw(7 + (int)activation, form, activation, clipped);
        SpiceSynapses synapses = clipped ? SpiceSynapses.Expressions : SpiceSynapses.Sources;
        (double transient, double fixedPoint) = LargestDifferences(drawn, new SpiceExportOptions { Synapses = synapses });
        // The trapezoidal rule with steps of τ/50 leaves (1/50)²/12 = 3e-5 of the state's scale; the corner where a state meets its rail leaves more.
        Assert.InRange(transient, 0, clipped ? 5e-4 : 1e-4);
        Assert.InRange(fixedPoint, 0, 1e-6);
    }

    /// <summary>Devices whose current is bent: ngspice against the field, which the nodal engine's own tests are held against.</summary>
    [NgspiceTheory]
    [InlineData(NeuronForm.Voltage, Activation.Tanh)]
    [InlineData(NeuronForm.Rate, Activation.Logistic)]
    [InlineData(NeuronForm.Voltage, Activation.Softmax)]
    public void Ngspice_sees_the_current_of_devices(NeuronForm form, Activation activation)
    {
        RandomNetwork drawn = Draw(21 + (int)activation, form, activation, clipped: false), bent = drawn.WithCurve(1, 0.3, -0.2, 0.1);
        Assert.True(bent.FixedPoint().Values.Zip(drawn.FixedPoint().Values, (a, b) => Math.Abs(a - b)).Max() > 1e-3);
        foreach (SpiceSynapses synapses in Enum.GetValues<SpiceSynapses>())
        {
            (double transient, double fixedPoint) = LargestDifferences(bent, new SpiceExportOptions { Synapses = synapses });
            Assert.InRange(transient, 0, 1e-4);
            Assert.InRange(fixedPoint, 0, 1e-6);
        }
    }

    [NgspiceTheory]
    [InlineData(NeuronForm.Voltage, Activation.Tanh)]
    [InlineData(NeuronForm.Rate, Activation.Logistic)]
    public void Ngspice_sees_slew_limits(NeuronForm form, Activation activation)
    {
        RandomNetwork drawn = RandomNetwork.Draw(31 + (int)activation, 1, b => b with { Form = form, Activation = activation, ClipLow = double.NegativeInfinity, ClipHigh = double.PositiveInfinity, SlewRate = 100 }, recurrent: true, largestWidth: 5);
        (double transient, double fixedPoint) = LargestDifferences(drawn, new SpiceExportOptions());
        Assert.InRange(transient, 0, 3e-4);
        Assert.InRange(fixedPoint, 0, 1e-6);
    }

    [NgspiceFact]
    public void Both_ways_of_writing_synapses_agree_and_shorter_steps_agree_better()
    {
        RandomNetwork drawn = Draw(11, NeuronForm.Voltage, Activation.Tanh, clipped: true);
        (double coarse, double atRest) = LargestDifferences(drawn, new SpiceExportOptions());
        (double expressions, double atRestToo) = LargestDifferences(drawn, new SpiceExportOptions { Synapses = SpiceSynapses.Expressions });
        Assert.Equal(coarse, expressions, 1e-7);
        Assert.Equal(atRest, atRestToo, 1e-9);
        RandomNetwork free = Draw(11, NeuronForm.Voltage, Activation.Tanh, clipped: false);
        (coarse, _) = LargestDifferences(free, new SpiceExportOptions());
        (double fine, _) = LargestDifferences(free, new SpiceExportOptions { MaximumStep = free.Layout.Tau.Min() / 200, RelativeTolerance = 1e-8 });
        Assert.True(fine < coarse / 8, $"{coarse} {fine}");
    }

    [Fact]
    public void A_deck_names_every_part_after_its_bus()
    {
        Bus x = new("x", 0, 2), h = new("h", 3, 1);
        var circuit = new Circuit
        {
            Title = "one neuron",
            Banks =
            [
                new NeuronBank { Name = "nx", Bus = x, IsInput = true },
                new NeuronBank { Name = "nh", Bus = h, Bias = [0.25], Capacitance = 2e-9, LeakConductance = 1e-6, Activation = Activation.Tanh, ClipHigh = 0.5 },
            ],
            Arrays =
            [
                new SynapseArray { Name = "yxh", Pre = x, Post = h, Mask = [true, false] },
                new SynapseArray { Name = "yhh", Pre = h, Post = h },
            ],
            InitialConditions = ImmutableDictionary<string, double>.Empty.Add("h_3", 0.125),
        };
        var parameters = new ParameterSet<double>(RateNetwork.Compile(circuit).Layout);
        parameters["nh"][0] = 0.25;
        parameters["yxh"][0] = 2;
        parameters["yxh"][1] = 9; // no synapse there
        parameters["yhh"][0] = -1;
        using var writer = new StringWriter(CultureInfo.InvariantCulture);
        Assert.True(SpiceExport.Write(circuit, parameters, new Dictionary<string, double[]> { ["x"] = [1, 0.5] }, new(), writer, []));
        string[] wanted =
        [
            "one neuron",
            "Vx_0 x_0 0 dc 1", "Vx_1 x_1 0 dc 0.5",
            "Ch_3 h_3 0 2E-09 ic=0.125", "Rh_3 h_3 0 1000000", "Ih_3 0 h_3 dc 2.5E-07",
            "Gyxh_0_0 0 h_3 x_0 0 2E-06", "Gyhh_0_0 0 h_3 h_3.rate 0 -1E-06",
            "Bh_3.clamp h_3 0 i=10*(max(v(h_3)-(0.5),0))", "Bh_3.rate h_3.rate 0 v=tanh(v(h_3))",
            ".save v(h_3)", ".op", ".tran 4E-05 0.02 0 4E-05 uic", ".end",
        ];
        string[] lines = [.. writer.ToString().Split('\n').Where(l => l.Length > 0 && !l.StartsWith('*') && !l.StartsWith(".temp", StringComparison.Ordinal) && !l.StartsWith(".options", StringComparison.Ordinal))];
        Assert.Equal(wanted, lines);
    }

    [NgspiceFact]
    public void Sources_of_the_circuit_keep_their_waveforms()
    {
        Waveform[] waveforms =
        [
            new ConstantWaveform(0.5),
            new PulseWaveform(0.1, 0.9, 1e-4, 2e-5, 3e-5, 2e-4, 7e-4),
            new PulseWaveform(0, 1, 3e-4, 1e-5, 1e-5, 5e-4, double.PositiveInfinity),
            new SineWaveform(0.1, 0.4, 1500, 1e-4, 300, 30),
            new ExponentialWaveform(0, 1, 1e-4, 2e-4, 1e-3, 1e-4),
            new PiecewiseLinearWaveform([0, 1e-4, 5e-4, 2e-3], [0, 1, -1, 0.25]),
            new FrequencyModulatedWaveform(0, 1, 2000, 3, 400),
        ];
        Bus x = new("x", 0, waveforms.Length + 1), h = new("h", 0, 1);
        var circuit = new Circuit
        {
            Banks = [new NeuronBank { Name = "nx", Bus = x, IsInput = true }, new NeuronBank { Name = "nh", Bus = h, Bias = [0] }],
            Arrays = [new SynapseArray { Name = "yxh", Pre = x, Post = h }],
            InputSources = [.. waveforms.Select((w, k) => new InputSource($"vx{k}", x, k, w, SourceSpan.None)), new InputSource("vdata", x, waveforms.Length, new DataWaveform(), SourceSpan.None)],
            NodeSets = ImmutableDictionary<string, double>.Empty.Add("h_0", 0.5),
        };
        double[] values = [.. Enumerable.Repeat(9.0, waveforms.Length), -0.75]; // only the node of the data set takes its value from here
        using var writer = new StringWriter(CultureInfo.InvariantCulture);
        Assert.True(SpiceExport.Write(circuit, new(RateNetwork.Compile(circuit).Layout), new Dictionary<string, double[]> { ["x"] = values }, new() { SavedBuses = ["x"], StopTime = 2e-3, MaximumStep = 1e-5 }, writer, []));
        Assert.Contains("\n.nodeset v(h_0)=0.5\n", writer.ToString(), StringComparison.Ordinal);
        WaveformTable transient = Ngspice(writer.ToString()).Tables.Single(t => t.PlotName == "Transient Analysis");
        double[] time = transient.Column("time")!.Values;
        for (int t = 0; t < time.Length; t++)
        {
            for (int k = 0; k < waveforms.Length; k++)
                Assert.Equal(waveforms[k].At(time[t]), transient.Column($"v(x_{k})")!.Values[t], 1e-6);
            Assert.Equal(-0.75, transient.Column($"v(x_{waveforms.Length})")!.Values[t], 1e-12);
        }
    }

    [Fact]
    public void What_cannot_be_exported_is_diagnosed()
    {
        RandomNetwork drawn = RandomNetwork.Draw(1, examples: 1);
        string bus = drawn.Layout.Inputs[0].Description.Bus.Name;
        Dictionary<string, double[]> inputs = drawn.Layout.Inputs.ToDictionary(i => i.Description.Bus.Name, i => new double[i.Width]);
        void Fails(string code, Circuit circuit, Dictionary<string, double[]> values, SpiceExportOptions options)
        {
            using var writer = new StringWriter(CultureInfo.InvariantCulture);
            var diagnostics = new DiagnosticBag();
            Assert.False(SpiceExport.Write(circuit, drawn.Parameters, values, options, writer, diagnostics));
            Assert.Equal(code, Assert.Single(diagnostics).Code);
            Assert.Empty(writer.ToString());
        }

        Fails("AL0731", drawn.Circuit, new(inputs) { [bus] = [double.NaN, .. inputs[bus][1..]] }, new());
        Fails("AL0731", drawn.Circuit, new(inputs) { [bus] = [1, .. inputs[bus]] }, new());
        inputs.Remove(bus, out double[]? removed);
        Fails("AL0731", drawn.Circuit, inputs, new());
        inputs[bus] = removed!;
        Fails("AL0732", drawn.Circuit, inputs, new() { SavedBuses = ["nowhere"] });
    }
}
