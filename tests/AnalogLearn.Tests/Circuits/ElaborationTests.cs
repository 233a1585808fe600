using System.Collections.Immutable;
using AnalogLearn.Circuits;
using AnalogLearn.Interchange;
using AnalogLearn.Netlist;

namespace AnalogLearn.Tests.Circuits;

public sealed class ElaborationTests
{
    private const string Net = """
        t
        .model cell neuron(c=2n g=4u rho=tanh)
        .model w synapse()
        Nx x[0:1] input
        Nh h[0:2] cell
        Yxh x h w

        """;

    private static Deck Sound(string text, DeckReadOptions? options = null)
    {
        DeckResult result = DeckReader.Parse(text, "d.cir", options);
        Assert.True(result.Deck is not null, string.Join("\n", result.Diagnostics));
        return result.Deck!;
    }

    private static DeckReadOptions Files(params (string Path, byte[] Content)[] files) => new()
    {
        ReadFile = path => files.FirstOrDefault(f => f.Path == path.Replace('\\', '/')).Content,
    };

    private static byte[] Npy(double[] values, params int[] shape)
    {
        using var stream = new MemoryStream();
        NumpyFormat.Write(stream, NumpyArray.Of(values, shape));
        return stream.ToArray();
    }

    [Fact]
    public void EveryParameterOfANeuron()
    {
        Deck deck = Sound("""
            t
            .param tau=1m
            .model cell neuron(c=1n g={1n/tau} rho=softplus gain=2 center=0.1 vrest=0.2 vos=1m noise=3p form=voltage)
            Nh h[1:3] cell bias=[0.1, 0.2, 0.3] clip=-1,{2*0.75} learn=0 g=5u noise=thermal
            """);
        NeuronBank h = deck.Circuit.BankOn("h")!;
        Assert.Equal((1, 3, "h_3"), (h.Bus.Low, h.Bus.Width, h.Bus.NodeName(2)));
        Assert.Equal((1e-9, 5e-6, Activation.Softplus, 2.0, 0.1, 0.2, 1e-3), (h.Capacitance, h.LeakConductance, h.Activation, h.Gain, h.Center, h.Rest, h.Offset));
        Assert.Equal([0.1, 0.2, 0.3], h.Bias.AsEnumerable());
        Assert.Equal((-1.0, 1.5, false, NeuronForm.Voltage), (h.ClipLow, h.ClipHigh, h.LearnBias, h.Form));
        Assert.Equal(new NeuronNoise(true, 0), h.Noise);
        Assert.Equal("nh", h.Name);
        Assert.Equal((4, 1), h.Span.Source.Locate(h.Span.Start));
    }

    [Fact]
    public void DefaultsAreThoseOfTheRecords()
    {
        Deck deck = Sound("t\n.model cell neuron()\n.model w synapse()\nNh h[0:1] cell\nYh h h w\n");
        NeuronBank h = deck.Circuit.Banks[0];
        var plain = new NeuronBank { Name = "nh", Bus = h.Bus };
        Assert.Equal((plain.Capacitance, plain.LeakConductance, plain.Activation, plain.Form, plain.Gain, plain.LearnBias), (h.Capacitance, h.LeakConductance, h.Activation, h.Form, h.Gain, h.LearnBias));
        Assert.Equal([0.0, 0.0], h.Bias.AsEnumerable());
        Assert.IsType<WeightInit.Glorot>(deck.Circuit.Arrays[0].Init);
        Assert.Equal(double.PositiveInfinity, deck.Circuit.Arrays[0].WeightHigh);
    }

    [Theory]
    [InlineData("init=0.5")]
    [InlineData("init=uniform(-1,2)")]
    [InlineData("init=normal(0, 0.1)")]
    [InlineData("init=glorot(0.5)")]
    [InlineData("init=[[1,2],[3,4],[5,6]]")]
    [InlineData("init=\"w.npy\"")]
    public void WeightsStartAsWritten(string init)
    {
        WeightInit expected = init switch
        {
            "init=0.5" => new WeightInit.Constant(0.5),
            "init=uniform(-1,2)" => new WeightInit.Uniform(-1, 2),
            "init=normal(0, 0.1)" => new WeightInit.Normal(0, 0.1),
            "init=glorot(0.5)" => new WeightInit.Glorot(0.5),
            _ => new WeightInit.Matrix([1, 2, 3, 4, 5, 6]),
        };
        Deck deck = Sound(Net.Replace("Yxh x h w", "Yxh x h w " + init), Files(("w.npy", Npy([1, 2, 3, 4, 5, 6], 3, 2))));
        WeightInit read = deck.Circuit.Array("yxh")!.Init;
        if (expected is WeightInit.Matrix matrix)
            Assert.Equal(matrix.Values.AsEnumerable(), Assert.IsType<WeightInit.Matrix>(read).Values);
        else
            Assert.Equal(expected, read);
    }

    [Fact]
    public void TheUnitConductanceIsTheLeakBehindTheSynapse()
    {
        SynapseArray array = Sound(Net.Replace("synapse()", "synapse(gmin=1u gmax=9u)")).Circuit.Array("yxh")!;
        Assert.Equal((4e-6, 2.0, -2.0), (array.UnitConductance, array.WeightHigh, array.WeightLow));
        array = Sound(Net.Replace("synapse()", "synapse(gmin=1u gmax=9u g0=1u)")).Circuit.Array("yxh")!;
        Assert.Equal((1e-6, 8.0), (array.UnitConductance, Math.Round(array.WeightHigh, 12)));
    }

    [Fact]
    public void MasksTiesAndTransposes()
    {
        Deck deck = Sound(Net + """
            Ny y[0:0] cell
            Yhh h h w mask=diag0
            Yhy h y w mask=[[1,0,1]]
            Yyh y h w tied=YHY
            Yyh2 y h w init=transpose(Yhy, 90)
            """);
        Assert.Equal([false, true, true, true, false, true, true, true, false], deck.Circuit.Array("yhh")!.Mask.AsEnumerable());
        Assert.Equal([true, false, true], deck.Circuit.Array("yhy")!.Mask.AsEnumerable());
        Assert.Equal("yhy", deck.Circuit.Array("yyh")!.TiedTo);
        Assert.Equal(new WeightInit.NearTranspose("yhy", 90), deck.Circuit.Array("yyh2")!.Init);
    }

    [Fact]
    public void BiasesFromAFileStandBesideTheFileThatNamesThem()
    {
        Deck deck = Sound("t\n.include lib/n.lib\n", Files(("lib/n.lib", "Nh h[0:2] cell bias=\"b.npy\"\n.model cell neuron()\n"u8.ToArray()), ("lib/b.npy", Npy([1, 2, 3], 3))));
        Assert.Equal([1.0, 2, 3], deck.Circuit.Banks[0].Bias.AsEnumerable());
        Assert.Equal(["d.cir", "lib/n.lib", "lib/b.npy"], deck.Files.Select(f => f.Path.Replace('\\', '/')));
        Assert.All(deck.Files, f => Assert.Equal(64, f.Sha256.Length));
    }

    [Fact]
    public void NanInAFileIsFound()
    {
        DeckResult result = DeckReader.Parse(Net.Replace("Yxh x h w", "Yxh x h w init=\"w.npy\""), "d.cir", Files(("w.npy", Npy([1, 2, 3, double.NaN, 5, 6], 3, 2))));
        Diagnostic nan = Assert.Single(result.Diagnostics);
        Assert.Contains("NaN at [1, 1]", nan.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void WidthsMayBeParametersAndOverridden()
    {
        const string text = "t\n.param n=4 m={n*2}\n.model cell neuron()\nNh h[0:{m-1}] cell\n";
        Assert.Equal(8, Sound(text).Circuit.Banks[0].Bus.Width);
        var options = new DeckReadOptions { Parameters = ImmutableDictionary<string, string>.Empty.Add("N", "2k/1k + 1") };
        Assert.Equal(6, Sound(text, options).Circuit.Banks[0].Bus.Width);
        Assert.Equal(3, Sound(text, options).Parameters["n"]);
    }

    [Fact]
    public void AnOverrideOfNothingIsAnError()
    {
        var options = new DeckReadOptions { Parameters = ImmutableDictionary<string, string>.Empty.Add("widht", "2") };
        DeckResult result = DeckReader.Parse("t\n.param width=4\n", "d.cir", options);
        Diagnostic error = Assert.Single(result.Diagnostics);
        Assert.Equal((Codes.UnknownOverride, true), (error.Code, error.Fix!.Contains("did you mean 'width'?", StringComparison.Ordinal)));
        options = new DeckReadOptions { Parameters = ImmutableDictionary<string, string>.Empty.Add("width", "2*") };
        Assert.StartsWith("--set width:1:3: error:", Assert.Single(DeckReader.Parse("t\n.param width=4\n", "d.cir", options).Diagnostics).Headline, StringComparison.Ordinal);
    }

    [Fact]
    public void ElementsOnBusesAreParallel()
    {
        Deck deck = Sound("t\n.param k=2\nRload h[0:2] 0 {k*5k}\nCx h 0 1p\nRs h[1] out 1k\nVm h q[0:2] 0\nFm 0 out Vs 2\nVs s 0 1\nB1 q 0 I=v(h)*v(out)+i(Vm)\n");
        Assert.Equal(["rload_0", "rload_1", "rload_2", "cx_0", "cx_1", "cx_2", "rs"], deck.Circuit.Elements.Take(7).Select(e => e.Name));
        Assert.Equal(["h_1", "out"], deck.Circuit.Elements[6].Nodes.AsEnumerable());
        Assert.All(deck.Circuit.Elements.Take(3), e => Assert.Equal(10e3, e.Parameters["value"]));
        var bound = Assert.IsType<BinaryExpression>(deck.Circuit.Elements.Single(e => e.Name == "b1_1").Expressions["i"]);
        Assert.Equal("vm_1", Assert.IsType<CurrentExpression>(bound.Right).Element);
        Assert.Equal("h_1", Assert.IsType<VoltageExpression>(Assert.IsType<BinaryExpression>(bound.Left).Left).Plus);
    }

    [Fact]
    public void DenseConnectsEveryPair()
    {
        Deck deck = Sound("t\n.model wr r(r=10k learn=1 gmin=10u gmax=1m)\nRw x[0:1] h[0:2] wr dense\n");
        Assert.Equal(6, deck.Circuit.Elements.Length);
        Element last = deck.Circuit.Elements[5];
        Assert.Equal(("rw_1_2", "x_1", "h_2", 10e3), (last.Name, last.Nodes[0], last.Nodes[1], last.Parameters["value"]));
    }

    [Fact]
    public void SourcesOnInputBanksKeepTheRateEngine()
    {
        Deck deck = Sound(Net + "Va x[0] 0 DC 0.5\nVb x[1] 0 PULSE(0 1 1m 0.1m 0.1m 2m)\n.tran 10u 5m\n");
        Assert.Equal(Engine.Rate, EngineSelection.Choose(deck));
        Assert.Empty(EngineSelection.Diagnose(deck));
        Assert.Equal([(0, 0.5), (1, 0.0)], deck.Circuit.InputSources.Select(s => (s.Index, s.Waveform.At(0))));
        Assert.Equal(1, deck.Circuit.InputSources[1].Waveform.At(2e-3));
        Deck all = Sound(Net + "Vx x 0 DATA\n");
        Assert.Equal(2, all.Circuit.InputSources.Length);
        Assert.IsType<DataWaveform>(all.Circuit.InputSources[1].Waveform);
    }

    [Theory]
    [InlineData("Va h[0] 0 DC 0.5")]
    [InlineData("Va x[0] x[1] DC 0.5")]
    [InlineData("Va x[0] 0 TRNOISE(1m 1u)")]
    [InlineData("Ra x[0] 0 1k")]
    public void AnythingElseNeedsTheNodalEngine(string line)
    {
        Deck deck = Sound(Net + line + "\n");
        Assert.Equal(Engine.Nodal, EngineSelection.Choose(deck));
        Diagnostic needed = Assert.Single(EngineSelection.Diagnose(deck, Engine.Rate));
        Assert.Equal((Codes.NeedsNodalEngine, 7, 1), (needed.Code, needed.Span.Source.Locate(needed.Span.Start).Line, needed.Span.Source.Locate(needed.Span.Start).Column));
    }

    [Fact]
    public void SubcircuitsHaveScopesDefaultsOverridesAndBuses()
    {
        Deck deck = Sound("""
            t
            .param g=2
            .global vdd
            .subckt layer in[0:1] out[0:{n-1}] n=3 scale={g*10}
            .param half={scale/2}
            .model cell neuron(gain={half})
            Nl q[0:2] cell
            Yl q q w init={scale}
            R1 in[0] mid {half}
            R2 mid out[0:{n-1}] 1k
            R3 vdd in[1] 1k
            .ends
            .model w synapse()
            X1 a[0:1] b[0:2] layer
            X2 a b[0:1] layer n=2 scale=6
            R9 vdd 0 1
            """);
        Assert.Equal(["x1.nl", "x2.nl"], deck.Circuit.Banks.Select(b => b.Name));
        Assert.Equal([10.0, 3.0], deck.Circuit.Banks.Select(b => b.Gain));
        Assert.Equal("x1.q", deck.Circuit.Banks[0].Bus.Name);
        Assert.Equal("x2.cell", deck.Circuit.Banks[1].Model);
        Assert.Equal(new WeightInit.Constant(6), deck.Circuit.Array("x2.yl")!.Init);
        Element r1 = deck.Circuit.Elements.Single(e => e.Name == "x2.r1");
        Assert.Equal(["a_0", "x2.mid"], r1.Nodes.AsEnumerable());
        Assert.Equal(3, r1.Parameters["value"]);
        Assert.Equal(["x1.mid", "b_2"], deck.Circuit.Elements.Single(e => e.Name == "x1.r2_2").Nodes.AsEnumerable());
        Assert.Equal("vdd", deck.Circuit.Elements.Single(e => e.Name == "x1.r3").Nodes[0]);
        Assert.DoesNotContain(deck.Circuit.Elements, e => e.Name == "x2.r2_2");
    }

    [Fact]
    public void ASubcircuitOnABusIsSeveralInstances()
    {
        Deck deck = Sound("t\n.subckt cell n r\nR1 n r 1k\n.ends\nXc h[0:2] 0 cell\n");
        Assert.Equal(["xc_0.r1", "xc_1.r1", "xc_2.r1"], deck.Circuit.Elements.Select(e => e.Name));
        Assert.Equal("h_2", deck.Circuit.Elements[2].Nodes[0]);
    }

    [Fact]
    public void LibrariesGiveOneSection()
    {
        DeckReadOptions files = Files(
            ("devices/rram.lib", ".lib typical\n.param r=1k\n.lib \"rram.lib\" common\n.endl\n.lib fast\n.param r=2k\n.endl\n.lib common\n.model rm r(r={r} tc1=1m)\n.endl\n"u8.ToArray()));
        Deck deck = Sound("t\n.lib \"devices/rram.lib\" FAST\nR1 a 0 {r}\n", files);
        Assert.Equal(2e3, deck.Circuit.Elements[0].Parameters["value"]);
        deck = Sound("t\n.lib devices/rram.lib typical\nR1 a 0 rm\n", files);
        Assert.Equal(1e3, deck.Circuit.Elements[0].Parameters["value"]);
    }

    [Fact]
    public void ErrorsInIncludedFilesStandThere()
    {
        DeckResult result = DeckReader.Parse("t\n.include a.inc\n", "dir/d.cir", Files(("dir/a.inc", "* x\nR1 a\n+ b 1q\n"u8.ToArray())));
        Assert.StartsWith("dir/a.inc:3:5: error: '1q' is not a number", Assert.Single(result.Diagnostics).Headline.Replace('\\', '/'), StringComparison.Ordinal);
    }

    [Fact]
    public void ErrorsInSubcircuitsAreToldOnce()
    {
        DeckResult result = DeckReader.Parse("t\n.subckt s a\nR1 a 0 {x}\n.ends\nX1 a s\nX2 a s\nX3 a s\n");
        Assert.Single(result.Diagnostics);
    }

    [Fact]
    public void InitialConditionsByNode()
    {
        Deck deck = Sound(Net + ".ic v(h[0:1])=0.5,{1/4} v(h[2])=1\n.nodeset v(h)=0.1\n");
        Assert.Equal([0.5, 0.25, 1], new[] { "h_0", "h_1", "h_2" }.Select(n => deck.Circuit.InitialConditions[n]));
        Assert.Equal(3, deck.Circuit.NodeSets.Count);
    }

    [Fact]
    public void MeasuresKeepWhatOnlyARunKnows()
    {
        Deck deck = Sound(Net + """
            .param scale=2
            .measure op y0 param='v(h[0])'
            .measure train acc param='test_accuracy'
            .measure tran late find v(h[0]) at={scale*1m}
            .measure tran t1 TRIG v(h[0]) VAL=0.5 RISE=1 TARG v(h[1]) VAL=0.5 FALL=2
            .measure tran rise when v(h[0])=0.5
            """);
        MeasureCard[] all = [.. deck.All<MeasureCard>()];
        Assert.Equal("v(h[0])", Assert.IsType<TextValue>(all[0].Words[0].Value).Text);
        Assert.Equal("test_accuracy", Assert.IsType<TextValue>(all[1].Words[0].Value).Text);
        Assert.Equal(2e-3, Assert.IsType<NumberValue>(all[2].Words[2].Value).Number);
        Assert.Equal(8, all[3].Words.Length);
        Assert.Equal("v(h[0])", all[4].Words[1].Name);
    }

    [Fact]
    public void PolynomialsTablesAndControlledSources()
    {
        Deck deck = Sound("""
            t
            V1 a 0 1
            V2 b 0 2
            E1 p 0 POLY(2) a 0 b 0 1 2 3 4 5 6
            E2 q 0 TABLE {v(a)} = (0,0) (2,10)
            G1 r 0 value={2*v(a,b)}
            F1 s 0 POLY(1) V1 0 3
            E3 u 0 (a,0) 4
            """);
        double At(string element)
        {
            var bag = new DiagnosticBag();
            double Value(ExpressionSyntax e) => e switch
            {
                NumberExpression n => n.Value,
                VoltageExpression v => (v.Plus == "a" ? 1 : 2) - (v.Minus == "b" ? 2 : 0),
                CurrentExpression => 0.5,
                BinaryExpression b => Functions.Apply(b.Operator, Value(b.Left), Value(b.Right)),
                CallExpression c => Functions.Apply(c.Name, c.Arguments.Select(Value).ToArray()),
                _ => throw new InvalidOperationException(e.GetType().Name),
            };
            Assert.Empty(bag);
            return Value(deck.Circuit.Elements.Single(e => e.Name == element).Expressions["value"]);
        }

        // 1 + 2a + 3b + 4a² + 5ab + 6b² at a = 1, b = 2.
        Assert.Equal(1 + 2 + 6 + 4 + 10 + 24, At("e1"));
        Assert.Equal(5, At("e2"));
        Assert.Equal(-2, At("g1"));
        Assert.Equal(1.5, At("f1"));
        Assert.Equal(4, deck.Circuit.Elements.Single(e => e.Name == "e3").Parameters["value"]);
    }

    [Fact]
    public void NodesOfSubcircuitsCanBeNamedFromOutside()
    {
        Deck deck = Sound("t\n.subckt s a\nR1 a m 1k\nR2 m 0 1k\nR3 b[0:1] m 1\n.ends\nX1 in s\n.print tran v(x1.m) v(x1.b[1]) v(x1.b_0)\n.ic v(x1.b)=1\n");
        Assert.Equal(["v(x1.m)", "v(x1.b[1])", "v(x1.b_0)"], deck.All<OutputCard>().Single().Quantities.Select(q => q.Text));
        Assert.Equal(1, deck.Circuit.InitialConditions["x1.b_1"]);
    }

    [Fact]
    public void AnUnknownOptionIsToldAndHasNoEffect()
    {
        DeckResult result = DeckReader.Parse(Net + ".options settle_tl=1e-3 reltol=1e-4\n");
        Diagnostic warning = Assert.Single(result.Diagnostics);
        Assert.Equal((Codes.UnknownOption, Severity.Warning, "did you mean 'settle_tol'?"), (warning.Code, warning.Severity, warning.Fix));
    }

    [Theory]
    [InlineData("Nx x[0:1] input", "Nx x[1:0] input")]
    [InlineData("Nh h[0:2] cell", "Nh h[0:2] cell bias={1+")]
    [InlineData("Yxh x h w", "Yxh x h w init=")]
    [InlineData(".param a=1 b=2", ".param a=1q b=2")]
    [InlineData(".model cell neuron(c=2n", ".model cell neuron(c=2q")]
    [InlineData(".func f(x) {x+a}", ".func f(x) {x+}")]
    public void OneMistakeIsOneError(string sound, string broken)
    {
        string text = "t\n.param a=1 b=2\n.func f(x) {x+a}\n" + Net[2..] + """
            Yhx h h w tied=Yxh2
            Yxh2 h h w init={f(b)}
            Yhh h h w init=transpose(Yxh2, 10)
            .dataset d xor() input=x target=h[0:1]
            .learn eqprop(beta={b}) out=h rate Yxh=0.1
            .print tran v(x) v(h[1])
            .ic v(h)=0
            """;
        Sound(text);
        Assert.Contains(sound, text, StringComparison.Ordinal);
        DeckResult result = DeckReader.Parse(text.Replace(sound, broken));
        Assert.True(result.Diagnostics.Count == 1, string.Join("\n", result.Diagnostics));
    }
}
