using System.Collections.Immutable;
using AnalogLearn.Circuits;
using AnalogLearn.Interchange;
using AnalogLearn.Netlist;
using AnalogLearn.Numerics;
using AnalogLearn.Simulation;
using Google.Protobuf;

namespace AnalogLearn.Tests.Interchange;

public class OnnxExportTests
{
    /// <summary>Field by field of a message on the wire, read with nothing of the exporter's.</summary>
    private sealed class Wire
    {
        private readonly List<(int Field, object Value)> _fields = [];

        public Wire(byte[] bytes)
        {
            var input = new CodedInputStream(bytes);
            for (uint tag = input.ReadTag(); tag != 0; tag = input.ReadTag())
            {
                object value = WireFormat.GetTagWireType(tag) switch
                {
                    WireFormat.WireType.Varint => input.ReadInt64(),
                    WireFormat.WireType.LengthDelimited => input.ReadBytes(),
                    WireFormat.WireType.Fixed32 => input.ReadFloat(),
                    _ => throw new InvalidDataException("unexpected wire type"),
                };
                _fields.Add((WireFormat.GetTagFieldNumber(tag), value));
            }
        }

        public IEnumerable<long> Numbers(int field) => _fields.Where(f => f.Field == field).Select(f => (long)f.Value);

        public IEnumerable<string> Texts(int field) => _fields.Where(f => f.Field == field).Select(f => ((ByteString)f.Value).ToStringUtf8());

        public IEnumerable<Wire> Messages(int field) => _fields.Where(f => f.Field == field).Select(f => new Wire(((ByteString)f.Value).ToByteArray()));

        public byte[] Bytes(int field) => _fields.Where(f => f.Field == field).Select(f => ((ByteString)f.Value).ToByteArray()).Single();

        /// <summary>name: dimensions of a ValueInfoProto.</summary>
        public string Port => $"{Texts(1).Single()}: {string.Join(" x ", Messages(2).Single().Messages(1).Single().Messages(2).SelectMany(s => s.Messages(1)).Select(d => d.Texts(2).FirstOrDefault() ?? $"{d.Numbers(1).Single()}"))}";
    }

    private static byte[] Export(Circuit circuit, ParameterSet<double> parameters, OnnxExportOptions? options = null)
    {
        using var stream = new MemoryStream();
        var diagnostics = new DiagnosticBag();
        Assert.True(OnnxExport.Write(circuit, parameters.To<float>(), options ?? new(), stream, diagnostics), string.Join('\n', diagnostics));
        Assert.Empty(diagnostics);
        return stream.ToArray();
    }

    private static OnnxNetwork Describe(byte[] model)
    {
        var diagnostics = new DiagnosticBag();
        OnnxNetwork? network = OnnxNetwork.Read(model, "model.onnx", diagnostics);
        Assert.Empty(diagnostics);
        return network!;
    }

    private static NeuronBank Cells(string bus, int width, NeuronForm form = NeuronForm.Voltage) => new()
    {
        Name = "n" + bus,
        Bus = new Bus(bus, 0, width),
        Form = form,
        Bias = [.. Enumerable.Range(0, width).Select(k => 0.1 * k)],
    };

    private static NeuronBank Input(string bus, int width) => new() { Name = "n" + bus, Bus = new Bus(bus, 0, width), IsInput = true };

    private static Circuit Loop() => new()
    {
        Title = "a loop, tied",
        Banks = [Input("x", 4), Cells("h", 3), Cells("y", 2)],
        Arrays =
        [
            new SynapseArray { Name = "yxh", Pre = new("x", 0, 4), Post = new("h", 0, 3) },
            new SynapseArray { Name = "yhy", Pre = new("h", 0, 3), Post = new("y", 0, 2) },
            new SynapseArray { Name = "yyh", Pre = new("y", 0, 2), Post = new("h", 0, 3), TiedTo = "yhy" },
        ],
    };

    private static ParameterSet<double> Initial(Circuit circuit) => RateNetwork.Compile(circuit).InitialParameters(3);

    [Fact]
    public void A_loop_is_a_Loop_with_inputs_and_outputs_named_after_buses()
    {
        Circuit circuit = Loop();
        var model = new Wire(Export(circuit, Initial(circuit), new OnnxExportOptions { OutputBuses = ["y"] }));
        Assert.Equal(8, model.Numbers(1).Single());
        Assert.Equal("AnalogLearn", model.Texts(2).Single());
        Wire set = model.Messages(8).Single();
        Assert.Empty(set.Texts(1));
        Assert.Equal(17, set.Numbers(2).Single());

        Wire graph = model.Messages(7).Single();
        Assert.Equal(["x: N x 4"], graph.Messages(11).Select(p => p.Port));
        Assert.Equal(["y: N x 2", "y_rate: N x 2", "residual: N", "steps: N"], graph.Messages(12).Select(p => p.Port));
        Wire loop = Assert.Single(graph.Messages(1), n => n.Texts(4).Single() == "Loop");
        Wire body = loop.Messages(5).Single().Messages(6).Single();
        Assert.Equal(2 + 2 + 2, body.Messages(11).Count()); // iteration, condition; two banks; residual, steps
        Assert.Equal(1 + 2 + 2, body.Messages(12).Count());
        Assert.Equal(loop.Texts(1).Count(), body.Messages(11).Count());
        Assert.Equal(loop.Texts(2).Count() + 1, body.Messages(12).Count());

        // The tied array has no constant of its own: x's drive once outside, the pair of arrays inside the loop from one constant, once transposed.
        Dictionary<string, Wire> constants = graph.Messages(5).ToDictionary(c => c.Texts(8).Single());
        Assert.Equal([3L, 4], constants["yxh"].Numbers(1));
        Assert.Equal([2L, 3], constants["yhy"].Numbers(1));
        Assert.DoesNotContain("yyh", constants.Keys);
        Assert.Single(graph.Messages(1), n => n.Texts(4).Single() == "Gemm");
        List<Wire> products = [.. body.Messages(1).Where(n => n.Texts(4).Single() == "Gemm")];
        Assert.Equal(["yhy", "yhy"], products.Select(p => p.Texts(1).ElementAt(1)));
        Assert.Equal([0, 1], products.Select(p => p.Messages(5).Count()).Order());

        // Every value has one maker, across both graphs, and every value used is made or given.
        List<string> made = [.. constants.Keys, .. graph.Messages(11).Select(p => p.Texts(1).Single()), .. body.Messages(11).Select(p => p.Texts(1).Single())];
        made.AddRange(graph.Messages(1).Concat(body.Messages(1)).SelectMany(n => n.Texts(2)));
        Assert.Equal(made.Count, made.Distinct().Count());
        Assert.All(graph.Messages(1).Concat(body.Messages(1)).SelectMany(n => n.Texts(1)), name => Assert.Contains(name, made));
    }

    [Fact]
    public void A_network_without_a_loop_is_plain_layers()
    {
        Circuit loop = Loop();
        Circuit circuit = loop with { Arrays = loop.Arrays.RemoveAt(2) };
        var model = new Wire(Export(circuit, Initial(circuit)));
        Wire graph = model.Messages(7).Single();
        Assert.DoesNotContain(graph.Messages(1), n => n.Texts(4).Single() == "Loop");
        Assert.Equal(["h: N x 3", "h_rate: N x 3", "y: N x 2", "y_rate: N x 2"], graph.Messages(12).Select(p => p.Port));
    }

    [Fact]
    public void Weights_stand_post_by_pre_with_zeros_where_no_synapse_is()
    {
        Circuit loop = Loop();
        Circuit circuit = loop with { Arrays = loop.Arrays.SetItem(0, loop.Arrays[0] with { Mask = [.. Enumerable.Range(0, 12).Select(k => k % 5 != 0)] }) };
        ParameterSet<double> parameters = Initial(circuit);
        parameters["yxh"].AsSpan().Fill(0.25);
        Wire constant = new Wire(Export(circuit, parameters)).Messages(7).Single().Messages(5).Single(c => c.Texts(8).Single() == "yxh");
        float[] values = new float[12];
        Buffer.BlockCopy(constant.Bytes(9), 0, values, 0, 48);
        Assert.Equal(Enumerable.Range(0, 12).Select(k => k % 5 != 0 ? 0.25f : 0), values);
    }

    [Fact]
    public void The_same_network_gives_the_same_bytes_and_reads_back()
    {
        for (int seed = 0; seed < 20; seed++)
        {
            RandomNetwork drawn = RandomNetwork.Draw(seed, examples: 1);
            var options = new OnnxExportOptions { Tolerance = 3e-6, MaximumSteps = 77, StepOverTau = 0.25, Metadata = ImmutableSortedDictionary<string, string>.Empty.Add("origin", "a test") };
            byte[] bytes = Export(drawn.Circuit, drawn.Parameters, options);
            Assert.Equal(bytes, Export(RandomNetwork.Draw(seed, examples: 1).Circuit, drawn.Parameters, options));
            OnnxNetwork read = Describe(bytes);
            Assert.Equal(drawn.Circuit.Title, read.Circuit.Title);
            Assert.Equal((0.25, 3e-6, 77), (read.StepOverTau, read.Tolerance, read.MaximumSteps));
            Assert.Equal(bytes, Export(read.Circuit, read.Parameters.To<double>(), options));
        }
    }

    [Fact]
    public void Metadata_carries_the_quantities_of_the_circuit()
    {
        Circuit loop = Loop();
        Circuit circuit = loop with { Banks = loop.Banks.SetItem(1, loop.Banks[1] with { Gain = 4, Center = 0.5, ClipLow = 0, ClipHigh = 1, Capacitance = 2e-9, Model = "cell" }), InitialConditions = ImmutableDictionary<string, double>.Empty.Add("h_1", 0.3) };
        OnnxNetwork read = Describe(Export(circuit, Initial(circuit), new OnnxExportOptions { OutputBuses = ["y"] }));
        NeuronBank h = read.Circuit.BankOn("h")!;
        Assert.Equal((4.0, 0.5, 0.0, 1.0, 2e-9, "cell"), (h.Gain, h.Center, h.ClipLow, h.ClipHigh, h.Capacitance, h.Model));
        Assert.Equal(0.3, read.Circuit.InitialConditions["h_1"]);
        Assert.Equal("yhy", read.Circuit.Array("yyh")!.TiedTo);
        Assert.Equal(["y"], read.OutputBuses.AsEnumerable());
        Assert.True(read.IsRecurrent);
    }

    [Fact]
    public void What_cannot_be_exported_is_diagnosed()
    {
        Circuit circuit = Loop();
        void Fails(string code, Circuit of, OnnxExportOptions options)
        {
            using var stream = new MemoryStream();
            var diagnostics = new DiagnosticBag();
            Assert.False(OnnxExport.Write(of, Initial(circuit).To<float>(), options, stream, diagnostics));
            Assert.Equal(code, Assert.Single(diagnostics).Code);
            Assert.Equal(0, stream.Length);
        }

        Fails("AL0701", circuit with { Elements = [new Element { Kind = 'r', Name = "r1", Nodes = ["a", "0"] }] }, new());
        Fails("AL0702", circuit, new() { OutputBuses = ["z"] });
        Fails("AL0702", circuit, new() { OutputBuses = ["x"] });
        Fails("AL0703", circuit, new() { StepOverTau = 0 });
        Fails("AL0703", circuit, new() { MaximumSteps = 0 });
        Fails("AL0703", circuit, new() { Tolerance = double.NaN });
    }

    [Fact]
    public void What_is_no_exported_network_is_diagnosed()
    {
        string Code(byte[] bytes)
        {
            var diagnostics = new DiagnosticBag();
            Assert.Null(OnnxNetwork.Read(bytes, "model.onnx", diagnostics));
            return Assert.Single(diagnostics).Code;
        }

        Circuit circuit = Loop();
        byte[] good = Export(circuit, Initial(circuit));
        Assert.Equal("AL0710", Code([0xff, 1, 2, 3]));
        Assert.Equal("AL0711", Code([]));
        Assert.Equal("AL0710", Code(good[..(good.Length / 2)]));
    }

    [Fact]
    public void Outputs_that_differ_or_are_missing_are_seen()
    {
        Circuit circuit = Loop();
        OnnxNetwork network = Describe(Export(circuit, Initial(circuit), new OnnxExportOptions { OutputBuses = ["y"] }));
        var diagnostics = new DiagnosticBag();
        var inputs = new Dictionary<string, Batch<float>> { ["x"] = new(3, 4) };
        IReadOnlyDictionary<string, Batch<float>> expected = OnnxVerification.Simulate(network, inputs, diagnostics)!;
        Dictionary<string, OnnxTensor> found = expected.ToDictionary(e => e.Key, e => new OnnxTensor([e.Value.Rows, e.Value.Width], [.. e.Value.Values.Select(v => (double)v)]));
        Assert.Equal(0, OnnxVerification.Compare(network, expected, found, "test").LargestDifference);
        found["y"].Values[4] += 0.5;
        Assert.Equal(0.5, OnnxVerification.Compare(network, expected, found, "test").LargestDifference, 1e-6);
        found.Remove("y_rate");
        Assert.True(double.IsNaN(OnnxVerification.Compare(network, expected, found, "test").LargestDifference));

        Assert.Null(OnnxVerification.Simulate(network, new Dictionary<string, Batch<float>> { ["x"] = new(3, 5) }, diagnostics));
        Assert.Equal("AL0714", Assert.Single(diagnostics).Code);
    }

    [OnnxRuntimeFact]
    public void Random_networks_give_in_ONNX_Runtime_what_the_simulator_gives()
    {
        var drawn = new List<RandomNetwork>();
        foreach (NeuronForm form in Enum.GetValues<NeuronForm>())
        {
            foreach (Activation activation in Enum.GetValues<Activation>())
            {
                foreach (bool recurrent in new[] { false, true })
                    drawn.Add(RandomNetwork.Draw(1000 + drawn.Count, examples: 5, bank => bank with { Form = form, Activation = activation }, recurrent));
            }
        }

        for (int seed = 0; seed < 32; seed++)
            drawn.Add(RandomNetwork.Draw(seed, examples: 1 + (seed % 9), largestWidth: 4 + seed));

        var options = new OnnxExportOptions { Tolerance = 1e-6, MaximumSteps = 3000 };
        List<(byte[] Model, IReadOnlyDictionary<string, Batch<float>> Inputs)> jobs = [.. drawn.Select(d => (Export(d.Circuit, d.Parameters, options), (IReadOnlyDictionary<string, Batch<float>>)d.FloatInputs()))];
        (string version, List<Dictionary<string, OnnxTensor>> results) = OnnxRuntimeNode.Run(jobs);

        int recurrentCount = 0;
        for (int k = 0; k < drawn.Count; k++)
        {
            OnnxNetwork network = Describe(jobs[k].Model);
            var diagnostics = new DiagnosticBag();
            OnnxVerification report = OnnxVerification.Compare(network, OnnxVerification.Simulate(network, jobs[k].Inputs, diagnostics)!, results[k], version);
            Assert.True(report.LargestDifference < 1e-5, $"network {k}: {report}");
            Assert.Equal(0, report.UnsettledCount);
            recurrentCount += network.IsRecurrent ? 1 : 0;
            Assert.Equal(network.IsRecurrent, results[k].ContainsKey("residual"));

            // And against the fixed point itself, in double precision.
            Batch<double> settled = drawn[k].FixedPoint();
            foreach (RateBank bank in drawn[k].Layout.Banks)
            {
                OnnxTensor found = results[k][bank.Description.Bus.Name];
                for (int e = 0; e < settled.Rows; e++)
                {
                    for (int i = 0; i < bank.Width; i++)
                        Assert.InRange(found.Values[(e * bank.Width) + i] - settled[e, bank.Offset + i], -2e-5, 2e-5);
                }
            }
        }

        Assert.InRange(recurrentCount, 14, drawn.Count - 14);
    }

    [OnnxRuntimeFact]
    public void An_example_settles_alike_in_any_batch_and_stops_at_the_limit()
    {
        RandomNetwork drawn = RandomNetwork.Draw(5, examples: 6, b => b with { Activation = Activation.Tanh, Bias = [.. new double[b.Bus.Width]], Rest = 0, Center = 0, Offset = 0 }, recurrent: true);
        var options = new OnnxExportOptions { Tolerance = 1e-3, MaximumSteps = 500 };
        byte[] model = Export(drawn.Circuit, drawn.Parameters, options);
        Dictionary<string, Batch<float>> all = drawn.FloatInputs();
        foreach (Batch<float> values in all.Values)
        {
            for (int k = 0; k < values.Values.Length; k++)
                values.Values[k] *= MathF.Pow(8, k / values.Width) / 100;
        }

        Dictionary<string, Batch<float>> Only(int e) => all.ToDictionary(p => p.Key, p =>
        {
            var one = new Batch<float>(1, p.Value.Width);
            p.Value.Row(e).CopyTo(one.Row(0));
            return one;
        });
        byte[] short_ = Export(drawn.Circuit, drawn.Parameters, options with { MaximumSteps = 2, Tolerance = 0 });
        var jobs = new List<(byte[], IReadOnlyDictionary<string, Batch<float>>)> { (model, all), (short_, all) };
        for (int e = 0; e < 6; e++)
            jobs.Add((model, Only(e)));
        List<Dictionary<string, OnnxTensor>> results = OnnxRuntimeNode.Run(jobs).Results;

        OnnxNetwork network = Describe(model);
        string bus = network.OutputBuses[0];
        int width = network.Circuit.BankOn(bus)!.Bus.Width;
        Assert.True(results[0]["steps"].Values.Distinct().Count() > 1, $"All examples took {results[0]["steps"].Values[0]} steps: the test shows nothing.");
        for (int e = 0; e < 6; e++)
        {
            Assert.Equal(results[0]["steps"].Values[e], results[2 + e]["steps"].Values[0]);
            for (int i = 0; i < width; i++)
                Assert.Equal(results[0][bus].Values[(e * width) + i], results[2 + e][bus].Values[i], 1e-6);
        }

        Assert.All(results[1]["steps"].Values, s => Assert.Equal(2, s));
        Assert.All(results[1]["residual"].Values, r => Assert.True(r > 0));
        OnnxNetwork stopped = Describe(short_);
        var diagnostics = new DiagnosticBag();
        OnnxVerification report = OnnxVerification.Compare(stopped, OnnxVerification.Simulate(stopped, all, diagnostics)!, results[1], "test");
        Assert.True(report.LargestDifference < 1e-5, $"{report}");
        Assert.Equal(6, report.UnsettledCount);
    }
}
