using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using AnalogLearn.Circuits;
using AnalogLearn.Devices;
using AnalogLearn.Gradients;
using AnalogLearn.Learning;
using AnalogLearn.Netlist;
using AnalogLearn.Simulation;
using AnalogLearn.Simulation.Nodal;
using AnalogLearn.Studies;
using AnalogLearn.Tests.Devices;
using AnalogLearn.Tests.Simulation.Nodal;
using AnalogLearn.Variation;

namespace AnalogLearn.Tests.Learning;

/// <summary>Resistors that learn with a curve, <c>iv=poly(1,k2,k3,…)</c>.</summary>
public sealed partial class LearningBentConductancesTests
{
    private const string Curve = "iv=poly(1,0.3,0.8,-0.05,0.4)";

    [Theory]
    [InlineData(-1.3)]
    [InlineData(-0.2)]
    [InlineData(0)]
    [InlineData(0.7)]
    public void TheCurrentIsThePolynomial(double v)
    {
        double[] card = DeviceCheck.Card(BentConductance.Shape, ("g", 2e-5), ("m", 3), ("k2", 0.3), ("k3", 0.8), ("k4", -0.05), ("k5", 0.4), ("k6", 0.1));
        double expected = 6e-5 * v * (1 + (0.3 * v) + (0.8 * v * v) - (0.05 * Math.Pow(v, 3)) + (0.4 * Math.Pow(v, 4)) + (0.1 * Math.Pow(v, 5)));
        double slope = 6e-5 * (1 + (0.6 * v) + (2.4 * v * v) - (0.2 * Math.Pow(v, 3)) + (2 * Math.Pow(v, 4)) + (0.6 * Math.Pow(v, 5)));
        ModelBank<BentConductance> bank = DeviceCheck.Bank<BentConductance>(card);
        (double[] flow, _, double[,] jacobian, _) = DeviceCheck.Load(bank, [v, 0], new());
        Assert.Equal(expected, flow[0], 1e-18);
        Assert.Equal(-expected, flow[1], 1e-18);
        Assert.Equal(slope, jacobian[0, 0], 1e-17);
        DeviceCheck.Jacobian<BentConductance>(card, [v, 0]);
        DeviceCheck.Sensitivities<BentConductance>(card, [v, 0]);
        var noise = new NoiseList();
        bank.Noise(new DeviceConditions(), 0, [v, 0, 0], noise);
        Assert.Equal(1, noise.White["thermal"] / (4 * PhysicalConstants.Boltzmann * new DeviceConditions().Temperature * slope), 1e-12);
    }

    [Theory]
    [InlineData(3)]
    [InlineData(7)]
    public void TheAdjointAgreesWithCentralDifferences(ulong seed)
    {
        LearningCase circuit = LearningCase.Of(Deck(seed, Curve), seed, 3, 2);
        GradientResult differences = new FiniteDifferenceGradient { Step = 1e-4 }.Gradient(circuit.Problem);
        Assert.Equal(3, differences.Used);
        double distance = LearningCase.Distance(circuit.Exact(), differences.Gradient, -1);
        Assert.True(distance < 1e-6, $"{distance:e2}");
    }

    [Theory]
    [InlineData(1)]
    [InlineData(4)]
    public void UpdatesBecomeTheGradientAsTheNudgeVanishes(ulong seed)
    {
        LearningCase circuit = LearningCase.Of(Deck(seed, Curve), seed, 3, 2);
        ParameterSet<double> exact = circuit.Exact();
        double large = LearningCase.Distance(circuit.Update(8e-7, true), exact);
        double small = LearningCase.Distance(circuit.Update(2e-7, true), exact);
        Assert.InRange(Math.Log(large / small) / Math.Log(4), 1.9, 2.1);
        Assert.True(small < 1e-3, $"{small:e2}");
    }

    [Fact]
    public void AStraightCurveIsAResistor()
    {
        LearningCase straight = LearningCase.Of(LearningCase.RandomDeck(5), 5, 3, 2), curved = LearningCase.Of(Deck(5, "iv=poly(1,0)"), 5, 3, 2);
        Assert.All(straight.Experiment.Blocks, b => Assert.True(b.IsConductance && b.IsLinear));
        Assert.All(curved.Experiment.Blocks, b => Assert.False(b.IsConductance || b.IsLinear));
        Assert.Equal(straight.Experiment.Blocks.Select(b => b.Description), curved.Experiment.Blocks.Select(b => b.Description));
        Assert.Equal(0, LearningCase.Distance(curved.Exact(), straight.Exact(), -1), 1e-9);
        Assert.Equal(0, LearningCase.Distance(curved.Update(1e-6, true), straight.Update(1e-6, true), -1), 1e-6);
        Assert.True(LearningCase.Distance(LearningCase.Of(Deck(5, Curve), 5, 3, 2).Exact(), straight.Exact(), -1) > 0.01);
    }

    [Theory]
    [InlineData("", 0.7)]
    [InlineData("bits=6 write_noise=0.5%", 0.7)]
    [InlineData("update=constant pulses=200 pulse_noise=0.3 read_noise=1%", 0.97)]
    public void TheyLearnXorAsTheirHardwareLets(string hardware, double share)
    {
        DeckRun run = DeckRun.Of(DeckReader.Parse(Xor("iv=poly(1,0.05,0.2) " + hardware)).Deck!);
        Assert.True(run.Bind(), string.Join('\n', run.Diagnostics));
        NodalExperiment experiment = run.Nodal!.Learning!;
        Trainer<double> trainer = experiment.StartTrainer<double>(run.Parameters);
        double before = trainer.Evaluate(trainer.Data.Test).Cost;
        trainer.Run();
        Assert.True(trainer.LastTest!.Cost < share * before, $"{before} {trainer.LastTest.Cost}");
        Assert.All(trainer.Field.Theta.Blocks.SelectMany(b => b), g => Assert.InRange(g, 0, 2.1e-4));
    }

    [Fact]
    public void ADeckExportsWithItsCurves()
    {
        const string Text = "export\n.model wr r(r=20k learn=1 iv=poly(1,0.3,0.8) gmin=1u gmax=1m init=uniform(20u,200u))\nV1 a 0 1.2\nRq a b wr m=2\nRr b c wr\nRs 0 c wr\nR9 b 0 47k\nE1 d 0 b c 2\nRd d 0 1k\n.dataset q xor() input=a target=b\n.op\n";
        NodalSession session = NodalSession.Bind(DeckReader.Parse(Text.Replace(".dataset q xor() input=a target=b\n", string.Empty, StringComparison.Ordinal)).Deck!, new DiagnosticBag())!;
        using var room = new MemoryStream();
        Assert.True(session.WriteSpice(room, new DiagnosticBag()));
        NodalCase original = NodalDecks.Read(Text.Replace(".dataset q xor() input=a target=b\n", string.Empty, StringComparison.Ordinal)), again = NodalDecks.Read(Encoding.UTF8.GetString(room.ToArray()));
        Assert.True(original.Solve().IsConverged && again.Solve().IsConverged);
        foreach (string node in new[] { "v(b)", "v(c)", "v(d)" })
            Assert.Equal(original[node], again[node], 1e-12);
        Assert.True(Math.Abs(original["v(b)"]) > 0.1);
    }

    [Theory]
    [InlineData("learn=1 iv=poly(2,1)", "a polynomial of up to six numbers that begins with 1")]
    [InlineData("learn=1 iv=poly(1,1,1,1,1,1,1)", "a polynomial of up to six numbers that begins with 1")]
    [InlineData("learn=1 iv=0.2", "a polynomial of up to six numbers that begins with 1")]
    [InlineData("learn=1 iv=poly(1,0.1) tc1=1m", "'tc1' and 'iv'")]
    [InlineData("iv=poly(1,0.1)", "hardware of resistors that learn")]
    [InlineData("learn=1 vread=0.2", "vread")]
    public void MistakesAreTold(string card, string message)
    {
        DeckResult read = DeckReader.Parse($"wrong\n.model wr r(r=20k {card})\nV1 a 0 1\nR1 a b wr\nR2 b 0 1k\n.op\n");
        var diagnostics = new DiagnosticBag();
        if (read.Deck is { } deck)
            NodalSession.Bind(deck, diagnostics);
        Assert.Contains(read.Diagnostics.Concat(diagnostics), d => d.Severity == Severity.Error && d.Message.Contains(message, StringComparison.Ordinal));
    }

    [Fact]
    public void PowersAreRefusedAndAnIdealDesignIsStraight()
    {
        DeckRun run = DeckRun.Of(DeckReader.Parse(Deck(2, Curve).Replace("eqprop(beta=1u)", "eqprop(beta=1u rule=squared)", StringComparison.Ordinal), "test.cir").Deck!);
        Assert.False(run.Bind());
        Assert.Contains(run.Diagnostics, d => d.Code == "AL0935" && d.Message.Contains("bent conductance", StringComparison.Ordinal));
        Deck ideal = DeckReader.Parse(Deck(2, Curve)).Deck!.Without(NonIdealities.Curvature);
        Assert.All(LearningBlock.Of(NodalCircuit.Compile(ideal.Circuit, new SolverOptions().Conditions, new DiagnosticBag())!, new DiagnosticBag()), b => Assert.True(b.IsLinear));
    }

    private static string Deck(ulong seed, string curve) => ResistorLine().Replace(LearningCase.RandomDeck(seed), $"R$1 $2 $3 $4 wb")
        .Replace(".model dm", string.Create(CultureInfo.InvariantCulture, $".model wb r(learn=1 {curve})\n.model dm"), StringComparison.Ordinal);

    private static string Xor(string hardware) => $"""
        XOR by a crossbar of resistors with a curve
        .model wr r(r=20k learn=1 gmin=1u gmax=200u init=uniform(5u,60u) {hardware})
        .model dio d(is=1e-8 n=1.1)
        Vx  x[0:1] 0 DATA
        Ex  xn[0:1] 0 x 0 -1
        Vb  b 0 1
        Vbn bn 0 -1
        Rxh  x  h[0:7] wr dense
        Rnh  xn h      wr dense
        Rbh  b  h      wr dense
        Rbnh bn h      wr dense
        Dp  h  vp dio
        Dn  vn h  dio
        Vp  vp 0  0.1
        Vn  vn 0 -0.1
        Ea  a[0:7] 0 h 0 4
        Va  a u[0:7] 0
        Fa  h 0 Va 0.25
        Ruy  u  y  wr dense
        Ruz  u  z  wr dense
        Rby  b  y  wr
        Rbz  b  z  wr
        .dataset d xor(lo=-1 hi=1) input=x target=y
        .learn eqprop(beta=1u centred=1 scale=4) out=y minus=z
        .train epochs=60 batch=4 seed=3 optimizer=adam rate=1u
        .end
        """;

    [GeneratedRegex(@"^R(\d+) (\S+) (\S+) (\S+) learn=1$", RegexOptions.Multiline)]
    private static partial Regex ResistorLine();
}
