using System.Globalization;
using System.Text.RegularExpressions;
using AnalogLearn.Circuits;
using AnalogLearn.Gradients;
using AnalogLearn.Learning;
using AnalogLearn.Netlist;
using AnalogLearn.Numerics;
using AnalogLearn.Simulation;
using AnalogLearn.Simulation.Nodal;
using AnalogLearn.Studies;

namespace AnalogLearn.Tests.Learning;

public sealed partial class LearningMemristorsTests
{
    private const string Models = """
        .model ion iondrift(ron=5k roff=100k learn=1 init=uniform(0.2,0.8))
        .model vt vteam(ron=5k roff=100k learn=1 init=uniform(0.2,0.8))
        .model yak yakopcic(a1=2e-4 a2=1e-4 b=0.8 learn=1 init=uniform(0.2,0.8))
        .model pk pku(i0=3e-5 learn=1 init=uniform(0.3n,0.8n))
        .model pot digipot(rab=40k learn=1 init=uniform(40,200))
        """;

    private static readonly string[] s_kinds = ["ion", "vt", "yak", "pk", "pot"];

    [Theory]
    [InlineData("ion")]
    [InlineData("vt")]
    [InlineData("yak")]
    [InlineData("pk")]
    [InlineData("pot")]
    [InlineData("all")]
    public void TheAdjointAgreesWithCentralDifferences(string kind)
    {
        LearningCase circuit = LearningCase.Of(Deck(3, kind), 3, 3, 2);
        GradientResult differences = new FiniteDifferenceGradient { Step = 1e-4 }.Gradient(circuit.Problem);
        Assert.Equal(3, differences.Used);
        ComparisonResult result = GradientComparison.Compare(differences.Gradient, circuit.Exact());
        Assert.All(result.Arrays, a => Assert.True(Math.Abs(a.NormRatio - 1) < 1e-6 || a.GradientNorm < 1e-9, $"{a.Name}: {a.NormRatio - 1:e2} of {a.GradientNorm:e2}"));
        double distance = LearningCase.Distance(circuit.Exact(), differences.Gradient, -1);
        Assert.True(distance < 1e-6, $"{distance:e2}");
    }

    [Theory]
    [InlineData("ion", 1)]
    [InlineData("vt", 2)]
    [InlineData("yak", 3)]
    [InlineData("pk", 4)]
    [InlineData("pot", 5)]
    [InlineData("all", 6)]
    public void UpdatesBecomeTheGradientAsTheNudgeVanishes(string kind, ulong seed)
    {
        LearningCase circuit = LearningCase.Of(Deck(seed, kind), seed, 3, 2);
        ParameterSet<double> exact = circuit.Exact();
        ParameterSet<double> near = circuit.Update(1e-7, centred: true);
        ParameterSet<double> far = circuit.Update(2e-7, centred: true);
        double large = LearningCase.Distance(circuit.Update(8e-7, true), exact);
        double small = LearningCase.Distance(circuit.Update(2e-7, true), exact);
        Assert.InRange(Math.Log(large / small) / Math.Log(4), 1.9, 2.1);
        for (int b = 0; b < near.Blocks.Length; b++)
        {
            for (int k = 0; k < near.Blocks[b].Length; k++)
                near.Blocks[b][k] = ((4 * near.Blocks[b][k]) - far.Blocks[b][k]) / 3;
        }

        ComparisonResult result = GradientComparison.Compare(exact, near);
        Assert.All(result.Arrays, a => Assert.True(Math.Abs(a.NormRatio - 1) < 1e-4 || a.GradientNorm < 1e-9, $"{a.Name}: {a.NormRatio - 1:e2} of {a.GradientNorm:e2}"));
        double distance = LearningCase.Distance(near, exact);
        Assert.True(distance < 1e-6, $"{distance:e2}");
    }

    [Theory]
    [InlineData("ion")]
    [InlineData("vt")]
    [InlineData("pot")]
    public void PowersComparedAreTheGradientOfLinearElementsToo(string kind)
    {
        LearningCase circuit = LearningCase.Of(Deck(2, kind), 2, 3, 2);
        double distance = LearningCase.Distance(circuit.Update(1e-7, true, new SquaredRule()), circuit.Exact());
        Assert.True(distance < 1e-4, $"{distance:e2}");
    }

    [Theory]
    [InlineData("yak")]
    [InlineData("pk")]
    public void PowersOfElementsThatBendAreRefused(string kind)
    {
        DeckResult read = DeckReader.Parse(Deck(2, kind).Replace("eqprop(beta=1u)", "eqprop(beta=1u rule=squared)", StringComparison.Ordinal), "test.cir");
        DeckRun run = DeckRun.Of(read.Deck!);
        Assert.False(run.Bind());
        Assert.Contains(run.Diagnostics, d => d.Code == "AL0935");
    }

    [Fact]
    public void StatesStayInTheDevice()
    {
        LearningCase circuit = LearningCase.Of(Deck(3, "all"), 3, 2, 2);
        NodalField field = circuit.Circuit.Equations;
        for (int b = 0; b < field.Blocks.Length; b++)
        {
            LearningBlock block = field.Blocks[b];
            Assert.False(block.IsConductance);
            field.Move(b, [1], 1e6);
            Assert.Equal(block.High, field.Theta.Blocks[b][0]);
            field.Move(b, [-1], 1e6);
            Assert.Equal(block.Low, field.Theta.Blocks[b][0]);
        }

        field.ParametersChanged();
        Assert.Equal(0, circuit.Circuit.Settle(circuit.State, new SettleOptions(), CancellationToken.None).Unsettled);

        // At its bound a state still sees how its current would change.
        ParameterSet<double> update = circuit.Update(1e-7, centred: true);
        Assert.Contains(Enumerable.Range(0, update.Blocks.Length), b => field.Blocks[b].ElementName == "ion drift memristor" && update.Blocks[b][0] != 0);
        int pot = Enumerable.Range(0, field.Blocks.Length).First(b => field.Blocks[b].ElementName == "digital potentiometer");
        field.Move(pot, [2.6], 1);
        Assert.Equal(3, field.Theta.Blocks[pot][0]);
        Assert.Equal(256, field.Blocks[pot].High);
    }

    [Fact]
    public void TwoFieldsOnOneCircuitKeepTheirOwnStates()
    {
        NodalExperiment experiment = LearningCase.Bind(Deck(4, "all"));
        LearningCircuit one = experiment.Create(experiment.InitialParameters(), experiment.Rule!.Readout);
        double[] before = Solve(one);
        ParameterSet<double> other = experiment.InitialParameters();
        for (int b = 0; b < other.Blocks.Length; b++)
            other.Blocks[b][0] = experiment.Blocks[b].Low + (0.3 * (experiment.Blocks[b].High - experiment.Blocks[b].Low));
        double[] between = Solve(experiment.Create(other, experiment.Rule.Readout));
        Assert.NotEqual(before, between);
        double[] after = Solve(one);
        for (int k = 0; k < before.Length; k++)
            Assert.Equal(before[k], after[k], 1e-12);

        static double[] Solve(LearningCircuit circuit)
        {
            circuit.Clamp(new Batch<double>(1, circuit.InputCount));
            var state = new Batch<double>(1, circuit.Equations.StateCount);
            circuit.RestingState(state.Row(0));
            Assert.Equal(0, circuit.Settle(state, new SettleOptions(), CancellationToken.None).Unsettled);
            return state.Row(0).ToArray();
        }
    }

    [Theory]
    [InlineData("iondrift(ron=10k roff=500k learn=1 init=uniform(0.7,1))")]
    [InlineData("vteam(ron=10k roff=500k learn=1 init=uniform(0,0.3))")]
    public void CrossbarsOfMemristorsLearnXor(string model)
    {
        DeckRun run = DeckRun.Of(DeckReader.Parse(Xor(model)).Deck!);
        Assert.True(run.Bind(), string.Join('\n', run.Diagnostics));
        NodalExperiment experiment = run.Nodal!.Learning!;
        Assert.Equal((8, 2), (experiment.Blocks[0].Description.Rows, experiment.Blocks[0].Description.Columns));
        Trainer<double> trainer = experiment.StartTrainer<double>(run.Parameters);
        TrainingEnd end = trainer.Run();
        Assert.True(end == TrainingEnd.ConditionMet, $"cost {trainer.LastTest!.Cost} after {trainer.History.Count}");
        Assert.Equal(0, trainer.LastTest!.Error);

        // The circuit exports with the states that it has learned.
        run.Nodal.Take(trainer.Field.Theta);
        using var room = new MemoryStream();
        Assert.True(run.Nodal.WriteSpice(room, new DiagnosticBag()));
        string text = System.Text.Encoding.UTF8.GetString(room.ToArray());
        Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"x0={trainer.Field.Theta.Blocks[0][0]:R}"), text.Replace(" = ", "=", StringComparison.Ordinal), StringComparison.OrdinalIgnoreCase);
    }

    private static string Deck(ulong seed, string kind)
    {
        int count = 0;
        string deck = ResistorLine().Replace(LearningCase.RandomDeck(seed), line =>
        {
            int number = count++;
            string model = kind == "all" ? s_kinds[number % 5] : kind;
            return model == "pot" ? $"P{number} {line.Groups[1].Value} {line.Groups[2].Value} b pot" : $"U{number} {line.Groups[1].Value} {line.Groups[2].Value} {model}";
        });
        return deck.Replace(".model dm", Models + "\n.model dm", StringComparison.Ordinal);
    }

    private static string Xor(string model) => $"""
        XOR by a crossbar of memristors
        .model wr {model}
        .model dio d(is=1e-8 n=1.1)
        Vx  x[0:1] 0 DATA
        Ex  xn[0:1] 0 x 0 -1
        Vb  b 0 1
        Vbn bn 0 -1
        Uxh  x  h[0:7] wr dense
        Unh  xn h      wr dense
        Ubh  b  h      wr dense
        Ubnh bn h      wr dense
        Dp  h  vp dio
        Dn  vn h  dio
        Vp  vp 0  0.1
        Vn  vn 0 -0.1
        Ea  a[0:7] 0 h 0 4
        Va  a u[0:7] 0
        Fa  h 0 Va 0.25
        Uuy  u  y  wr dense
        Uuz  u  z  wr dense
        Uby  b  y  wr
        Ubz  b  z  wr
        .dataset d xor(lo=-1 hi=1) input=x target=y
        .learn eqprop(beta=1u centred=1 scale=4) out=y minus=z
        .train epochs=600 batch=4 seed=3 optimizer=adam rate=0.02 until="test_cost<0.02"
        .end
        """;

    [GeneratedRegex(@"^R\d+ (\S+) (\S+) \S+ learn=1$", RegexOptions.Multiline)]
    private static partial Regex ResistorLine();
}
