using AnalogLearn.Circuits;
using AnalogLearn.Netlist;

namespace AnalogLearn.Tests.Circuits;

/// <summary>Decks that ngspice runs (written for this project) must be read in full.</summary>
public sealed class SpiceDecksTests
{
    public static string Folder => Path.Combine(AppContext.BaseDirectory, "Cases", "spice");

    public static TheoryData<string> Decks
    {
        get
        {
            var data = new TheoryData<string>();
            foreach (string path in Directory.GetFiles(Folder, "*.cir").Order(StringComparer.Ordinal))
                data.Add(Path.GetFileName(path));
            return data;
        }
    }

    private static Deck Read(string name)
    {
        DeckResult result = DeckReader.Read(Path.Combine(Folder, name));
        Assert.True(result.Deck is not null, string.Join("\n", result.Diagnostics));
        return result.Deck!;
    }

    [Theory]
    [MemberData(nameof(Decks))]
    public void EveryDeckIsReadAndNeedsTheNodalEngine(string name)
    {
        Deck deck = Read(name);
        Assert.NotEmpty(deck.Circuit.Elements);
        Assert.All(deck.Circuit.Elements, e => Assert.True(e.Parameters.Count + e.Expressions.Count + (e.Model is null ? 0 : 1) > 0, e.Name));
        Assert.Equal(Engine.Nodal, EngineSelection.Choose(deck));
        Assert.Empty(EngineSelection.Diagnose(deck));
        Assert.NotEmpty(EngineSelection.Diagnose(deck, Engine.Rate));
    }

    [Fact]
    public void SuffixesContinuationsAndComments()
    {
        Deck deck = Read("op_divider_lex.cir");
        double Value(string name) => deck.Circuit.Elements.Single(e => e.Name == name).Parameters["value"];
        Assert.Equal(10, Value("v1"));
        Assert.Equal(1e3, Value("r1"));
        Assert.Equal(3e3, Value("r2"), 9);
        Assert.Equal(0.5, Value("r3"));
        Assert.Equal(1e3, Value("r4"));
        Assert.Equal(1500, Value("r5"));
        Assert.Equal(["in", "mid"], deck.Circuit.Elements.Single(e => e.Name == "r1").Nodes.AsEnumerable());
        Assert.Single(deck.All<OperatingPointCard>());
    }

    [Fact]
    public void ParametersAndFunctionsAsNgspiceHasThem()
    {
        Deck deck = Read("op_param_funcs.cir");
        double Value(string name) => deck.Circuit.Elements.Single(e => e.Name == name).Parameters["value"];
        // ngspice: v(1)=8, v(2)=d+e=3+3, v(3)=hyp(3,4)*f=5*4; R3 by a ternary.
        Assert.Equal(8, Value("v1"));
        Assert.Equal(3000, Value("r1"), 9);
        Assert.Equal(6, Value("v2"), 9);
        Assert.Equal(20, Value("v3"), 9);
        Assert.Equal(1000, Value("r3"));
    }

    [Fact]
    public void SubcircuitsAreFlattenedWithPaths()
    {
        Deck deck = Read("tran_hopfield3.cir");
        Element b = deck.Circuit.Elements.Single(e => e.Name == "x2.i1");
        Assert.Equal(-0.1e-6, b.Parameters["value"], 15);
        Assert.Equal(["0", "n2"], b.Nodes.AsEnumerable());
        Element tanh = deck.Circuit.Elements.Single(e => e.Name == "x3.b1");
        var call = Assert.IsType<CallExpression>(tanh.Expressions["v"]);
        Assert.Equal("n3", Assert.IsType<VoltageExpression>(Assert.Single(call.Arguments)).Plus);
        Assert.Equal(-0.4e-6, deck.Circuit.Elements.Single(e => e.Name == "g13").Parameters["value"], 15);
        Assert.Equal(3, deck.Circuit.InitialConditions.Count);
        Assert.True(deck.All<TransientCard>().Single().UseInitialConditions);
    }

    [Fact]
    public void ModelsArriveWithTheirNumbers()
    {
        Deck deck = Read("dc_mos_ota.cir");
        Element m3 = deck.Circuit.Elements.Single(e => e.Name == "m3");
        Model model = deck.Circuit.Models[m3.Model!];
        Assert.Equal(("pmos", -0.4, 80e-6), (model.Type, model.Number("vto", 0), model.Number("kp", 0)));
        Assert.Equal(20e-6, m3.Parameters["w"], 15);
        Assert.Equal(["x", "x", "vdd", "vdd"], m3.Nodes.AsEnumerable());
    }

    [Fact]
    public void BehaviouralSourcesAreBound()
    {
        Deck deck = Read("tran_ep_update.cir");
        Element n = deck.Circuit.Elements.Single(e => e.Name == "bn");
        var names = new List<string>();
        var open = new Stack<ExpressionSyntax>([n.Expressions["i"]]);
        while (open.TryPop(out ExpressionSyntax? next))
        {
            switch (next)
            {
                case BinaryExpression binary:
                    open.Push(binary.Right);
                    open.Push(binary.Left);
                    break;
                case VoltageExpression voltage:
                    names.Add(voltage.Plus);
                    break;
                case NumberExpression number:
                    names.Add(number.Value.ToString(System.Globalization.CultureInfo.InvariantCulture));
                    break;
                default:
                    Assert.Fail(next.GetType().Name);
                    break;
            }
        }

        Assert.Equal(["ph", "2E-06", "0.3", "o"], names);
    }
}
