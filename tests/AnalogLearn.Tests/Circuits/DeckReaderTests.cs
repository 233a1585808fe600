using AnalogLearn.Circuits;

namespace AnalogLearn.Tests.Circuits;

public sealed class DeckReaderTests
{
    private const string Xor = """
        XOR by a single recurrent layer
        .model cell neuron(c=1n g=1u rho=logistic form=rate)
        .model w    synapse()
        Nx  x[0:1] input
        Ny  y[0:1] cell bias=0
        Yq  x y w init=uniform(-0.5,0.5)
        Yw  y y w init=0
        .dataset d xor() input=x target=y[0]
        .learn implicit() out=y[0]
        .train epochs=2000 optimizer=adam rate=0.01 seed=1
        .compare implicit against=eqprop(beta=0.01)
        .export onnx file=xor.onnx
        """;

    private const string Generalised = """
        Generalised equilibrium propagation on hardware with 5-bit HfOx cells
        .lib "../devices/rram.lib" hfox
        .model cell neuron(c=1n g=1u DEV=10% rho=hardsigmoid clip=0,1)
        Nx x[0:783] input
        Nh h[0:511] cell
        Ny y[0:9]   cell
        .param bits=5
        Yxh x h hfox init=glorot bits={bits}
        Yhy h y hfox init=glorot bits={bits}
        Yyh y h hfox init=glorot bits={bits}    ; feedback, not tied to Yhy
        .dataset mnist idx(mnist) input=x target=y
        .learn eqprop(beta=0.5 free=20m nudge=10m) out=y rate Yxh=0.1 Yhy=0.05 Yyh=0.05
        .train epochs=5 batch=50 seed=7
        .mc 200 seed=11 spec="test_accuracy>0.9"
        .step param bits list 3 4 5 6 8
        """;

    private static Deck Sound(string text, DeckReadOptions? options = null)
    {
        DeckResult result = DeckReader.Parse(text, "deck.cir", options);
        Assert.True(result.Deck is not null, string.Join("\n", result.Diagnostics));
        Assert.False(result.Diagnostics.HasErrors);
        return result.Deck!;
    }

    [Fact]
    public void TheXorDeckOfTheReference()
    {
        Deck deck = Sound(Xor);
        Assert.Equal("XOR by a single recurrent layer", deck.Circuit.Title);
        NeuronBank x = deck.Circuit.BankOn("x")!;
        NeuronBank y = deck.Circuit.BankOn("y")!;
        Assert.True(x.IsInput);
        Assert.Equal((2, Activation.Logistic, NeuronForm.Rate, 1e-9, 1e-6), (y.Bus.Width, y.Activation, y.Form, y.Capacitance, y.LeakConductance));
        Assert.Equal([0.0, 0.0], y.Bias.AsEnumerable());
        Assert.Equal(new WeightInit.Uniform(-0.5, 0.5), deck.Circuit.Array("Yq")!.Init);
        Assert.Equal(new WeightInit.Constant(0), deck.Circuit.Array("yw")!.Init);
        DataSetCard data = Assert.Single(deck.All<DataSetCard>());
        Assert.Equal(("d", "xor", "x", 0, 1), (data.Name, data.Kind.Name, data.Input[0].Bus.Name, data.Target.Start, data.Target.Count));
        LearnCard learn = Assert.Single(deck.All<LearnCard>());
        Assert.Equal(("implicit", "y", 1), (learn.Rule.Name, learn.Output!.Bus.Name, learn.Output.Count));
        TrainCard train = Assert.Single(deck.All<TrainCard>());
        Assert.Equal(["epochs", "optimizer", "rate", "seed"], train.Arguments.Select(a => a.Name));
        Assert.Equal(0.01, Assert.IsType<NumberValue>(train.Arguments[2].Value).Number);
        CompareCard compare = Assert.Single(deck.All<CompareCard>());
        Assert.Equal(("implicit", "eqprop"), (compare.Reference.Name, compare.Against!.Name));
        ExportCard export = Assert.Single(deck.All<ExportCard>());
        Assert.Equal(("onnx", "xor.onnx"), (export.Kind, export.File));
        Assert.Equal(Engine.Rate, EngineSelection.Choose(deck));
        Assert.Empty(EngineSelection.Diagnose(deck));
    }

    [Fact]
    public void TheHardwareDeckOfTheReferenceCanRun()
    {
        var options = new DeckReadOptions
        {
            ReadFile = path => path.Replace('\\', '/').EndsWith("../devices/rram.lib", StringComparison.Ordinal)
                ? ".lib hfox\n.model hfox synapse(gmin=1u gmax=25u DEV=5% LOT=10%/lognormal source=\"doi:10/x\")\n.endl\n"u8.ToArray()
                : null,
        };
        Deck deck = Sound(Generalised, options);
        SynapseArray yxh = deck.Circuit.Array("yxh")!;
        Assert.Equal((512, 784), (yxh.Post.Width, yxh.Pre.Width));
        Assert.Equal(24, yxh.WeightHigh, 12);
        Assert.Equal(("gmax", true, 0.05, true, "normal"), (yxh.Spreads[0].Parameter, yxh.Spreads[0].PerDevice, yxh.Spreads[0].Amount, yxh.Spreads[0].Relative, yxh.Spreads[0].Distribution));
        Assert.Equal(("gmax", false, 0.10, "lognormal"), (yxh.Spreads[1].Parameter, yxh.Spreads[1].PerDevice, yxh.Spreads[1].Amount, yxh.Spreads[1].Distribution));
        NeuronBank h = deck.Circuit.BankOn("h")!;
        Assert.Equal((0.0, 1.0), (h.ClipLow, h.ClipHigh));
        Assert.Equal("g", Assert.Single(h.Spreads).Parameter);
        LearnCard learn = Assert.Single(deck.All<LearnCard>());
        Assert.Equal(0.05, Assert.IsType<NumberValue>(learn.Rates["yhy"].Value).Number);
        Assert.Equal(0.02, Assert.IsType<NumberValue>(learn.Rule.Arguments.Single(a => a.Name == "free").Value).Number);
        Assert.Equal(2, deck.Files.Length);
        Assert.Empty(EngineSelection.Diagnose(deck));
    }

    [Fact]
    public void ErrorsCarryTheirPlace()
    {
        DeckResult result = DeckReader.Parse("t\n.model cell neuron(c=-1n)\nNx x[0:1] input\nNh h[0:3] cel\nYxh x\n+ h w\n");
        Assert.Null(result.Deck);
        string[] heads = [.. result.Diagnostics.Select(d => d.Headline)];
        Assert.Contains(heads, h => h.StartsWith("deck.cir:2:22: error: a capacitance of", StringComparison.Ordinal));
        Assert.Contains(heads, h => h.StartsWith("deck.cir:4:11: error: there is no model 'cel'", StringComparison.Ordinal));
        Assert.Contains(heads, h => h.StartsWith("deck.cir:6:5: error: there is no model 'w'", StringComparison.Ordinal));
    }
}
