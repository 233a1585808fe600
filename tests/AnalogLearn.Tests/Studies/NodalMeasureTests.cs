using AnalogLearn.Circuits;
using AnalogLearn.Studies;

namespace AnalogLearn.Tests.Studies;

/// <summary>What measures name of the nodal engine's analyses, against closed forms.</summary>
public sealed class NodalMeasureTests
{
    [Fact]
    public void SensitivitiesAndImpedancesOfADivider()
    {
        // v(b) = 2 R2/(R1 + R2), R1 = 1k, R2 = 3k.
        Dictionary<string, double> found = Run("""
            divider
            V1 a 0 2
            R1 a b 1k tc1=1m
            R2 b 0 3k
            .sens v(b)
            .tf v(b) V1
            .measure sens byr1 param='sens(R1,r)'
            .measure sens byr1too param='sens(R1)'
            .measure sens byr2 param='sens(R2,r)'
            .measure sens bym param='sens(R1,m)'
            .measure sens byv1 param='sens(V1,dc)'
            .measure tf gain param='transfer_function'
            .measure tf rin param='input_impedance'
            .measure tf rout param='output_impedance'
            """);
        Assert.Equal(-2 * 3e3 / 16e6, found["byr1"], 1e-15);
        Assert.Equal(found["byr1"], found["byr1too"]);
        Assert.Equal(2 * 1e3 / 16e6, found["byr2"], 1e-15);
        Assert.Equal(2 * 3e3 * 1e3 / 16e6, found["bym"], 1e-12);
        Assert.Equal(0.75, found["byv1"], 1e-12);
        Assert.Equal(0.75, found["gain"], 1e-12);
        Assert.Equal(4e3, found["rin"], 1e-6);
        Assert.Equal(750, found["rout"], 1e-6);
    }

    [Fact]
    public void TheNumberOnAModelCardIsFoundByTheInstance()
    {
        // A diode fed by a current: v = n Vt ln(1 + I/is), dv/dis = −n Vt/is nearly.
        Dictionary<string, double> found = Run("diode\nI1 0 a 1u\nD1 a 0 d\n.model d d(is=1e-14 n=2)\n.sens v(a)\n.measure sens byis param='sens(D1,is)'\n.measure sens byn param='sens(D1,n)'\n.options gmin=0\n");
        double thermal = 1.380649e-23 * 300.15 / 1.602176634e-19;
        Assert.Equal(1, found["byis"] / (-2 * thermal / 1e-14), 1e-6);
        Assert.Equal(1, found["byn"] / (thermal * Math.Log(1 + (1e-6 / 1e-14))), 1e-6);
    }

    [Fact]
    public void NoiseOfAResistorIntoACapacitorIsKtOverC()
    {
        Dictionary<string, double> found = Run("kT/C\nV1 a 0 0 ac 1\nR1 a b 1meg\nC1 b 0 1p\n.noise v(b) V1 dec 100 1 1e11\n.measure noise total param='onoise_total'\n.measure noise low find onoise_spectrum at=1\n.save v(a)\n");
        Assert.Equal(Math.Sqrt(1.380649e-23 * 300.15 / 1e-12), found["total"], 1e-7);
        Assert.Equal(Math.Sqrt(4 * 1.380649e-23 * 300.15 * 1e6), found["low"], 1e-11);
    }

    [Fact]
    public void SweepsThatFallOrComeInRowsAreMeasured()
    {
        Dictionary<string, double> falling = Run("falls\nI1 0 a 1\nR1 a 0 2\n.dc I1 1 -1 -0.25\n.measure dc top max v(a)\n.measure dc where max_at v(a)\n.measure dc mean avg v(a) from=0 to=1\n.measure dc at find v(a) at=0.3\n.measure dc when when v(a)=-1\n");
        Assert.Equal(2, falling["top"], 1e-9);
        Assert.Equal(1, falling["where"], 1e-9);
        Assert.Equal(1, falling["mean"], 1e-9);
        Assert.Equal(0.6, falling["at"], 1e-9);
        Assert.Equal(-0.5, falling["when"], 1e-9);

        // v(a) = (v1 + v2)/2; a value at a place of the inner axis is that of the first row, as in ngspice.
        Dictionary<string, double> rows = Run("rows\nV1 b 0 0\nV2 c 0 0\nR1 b a 1\nR2 c a 1\n.dc V1 0 2 0.5 V2 -1 1 1\n.measure dc top max v(a)\n.measure dc at find v(a) at=1.25\n.measure dc mean avg v(a)\n.measure dc swing pp v(a)\n.measure dc up when v(a)=0.5 rise=2\n");
        Assert.Equal(1.5, rows["top"], 1e-9);
        Assert.Equal(0.125, rows["at"], 1e-9);
        Assert.Equal(0.5, rows["mean"], 1e-9);
        Assert.Equal(2, rows["swing"], 1e-9);
        Assert.Equal(1, rows["up"], 1e-9);
    }

    [Fact]
    public void ASineThatBeginsAtTheLevelCrossesItThere()
    {
        Dictionary<string, double> found = Run("sine\nV1 a 0 sin(0 1 1k)\nR1 a 0 1k\n.tran 5u 2.2m\n.measure tran first when v(a)=0 rise=1\n.measure tran period trig v(a) val=0 rise=1 targ v(a) val=0 rise=2\n.measure tran down when v(a)=0 fall=1\n");
        Assert.Equal(0, found["first"], 1e-12);
        Assert.Equal(1e-3, found["period"], 1e-8);
        Assert.Equal(0.5e-3, found["down"], 1e-8);
    }

    [Theory]
    [InlineData("B1 b 0 v=1/v(a)\nV1 a 0 0\n.op", "'1/v(a)' has no finite value at this solution: division by zero (0)")]
    [InlineData("B1 b 0 i=log(v(a)+1)*1u\nV1 a 0 -2\n.tf v(b) V1", "'log(v(a)+1)' has no finite value")]
    public void AnExpressionWithoutAValueAtTheSolutionIsAnError(string lines, string message)
    {
        var run = DeckRun.Of(DeckReader.Parse($"fault\n{lines}\nR1 a 0 1k\nR2 b 0 1k\n").Deck!);
        Assert.True(run.Bind(), string.Join('\n', run.Diagnostics));
        AnalogLearn.Simulation.Nodal.AnalysisFailure? failure = run.Nodal!.Run(run.Deck!.Cards[0], run.Results);
        Assert.StartsWith(message, failure?.Message, StringComparison.Ordinal);
        Assert.True(failure!.Span.IsWritten);
    }

    [Fact]
    public void AComparatorWithoutCapacitanceFallsFromOneStateIntoTheOther()
    {
        // A relaxation oscillator: thresholds ±2.5 V, rails ±5 V, T = 2 RC ln 3. At a threshold the comparator's own equations lose their solution.
        Dictionary<string, double> found = Run("relaxation\nB1 o 0 v=5*tanh(1e3*(v(p)-v(n)))\nR1 o p 10k\nR2 p 0 10k\nR3 o n 10k\nC1 n 0 10n\n.ic v(n)=-1\n.tran 1u 1m\n.measure tran period trig v(n) val=0 rise=1 targ v(n) val=0 rise=2\n");
        Assert.Equal(1, found["period"] / (2 * 1e-4 * Math.Log(3)), 5e-3);

        // A trigger of two transistors without any charge.
        Dictionary<string, double> trigger = Run("""
            trigger
            vcc vc 0 10
            vin in 0 pwl(0 0 1m 8 2m 0)
            r1 in b1 1k
            q1 c1 b1 e qm
            q2 out b2 e qm
            rc1 vc c1 2k
            rc2 vc out 1k
            re e 0 500
            r2 c1 b2 10k
            r3 b2 0 10k
            .model qm npn(is=1e-15 bf=100)
            .tran 2u 2m
            .measure tran up find v(in) when v(out)=9 rise=1
            .measure tran down find v(in) when v(out)=9 fall=1
            """);
        Assert.InRange(trigger["up"] - trigger["down"], 0.3, 3);
    }

    [Theory]
    [InlineData("R1 1k 3k 1k", "0.5 0.3333333 0.25")]
    [InlineData("R1[value] 1k 3k 2k", "0.5 0.25")]
    [InlineData("dd[is] 1e-20 3e-20 1e-20", "0.5")]
    public void ResistorsAndNumbersOnCardsAreSwept(string sweep, string expected)
    {
        var run = DeckRun.Of(DeckReader.Parse($"sweep\nV1 a 0 1\nR1 a b 1k\nR2 b 0 1k\nD1 0 b dd\n.model dd d(is=1e-20)\n.dc {sweep}\n").Deck!);
        Assert.True(run.Bind(), string.Join('\n', run.Diagnostics));
        Assert.Null(run.Nodal!.Run(run.Deck!.Cards[0], run.Results));
        Assert.Equal(expected, string.Join(' ', run.Results.Table("dc")!.Column("v(b)")!.Values.Select(v => v.ToString("g7", System.Globalization.CultureInfo.InvariantCulture)).Distinct()));
    }

    [Fact]
    public void WhatCannotBeSweptIsToldByName()
    {
        DeckResult result = DeckReader.Parse("sweep\nV1 a 0 1\nR1 a 0 1k\n.dc d9[is] 0 1 1\n");
        Assert.Contains(result.Diagnostics, d => d.Message.Contains("no element and no model 'd9'", StringComparison.Ordinal));
    }

    [Fact]
    public void ACircuitThatLearnsNothingIsExported()
    {
        using var folder = new TemporaryFolder();
        string deck = Path.Combine(folder.Path, "deck.cir");
        File.WriteAllText(deck, "t\nV1 a 0 1\nR1 a 0 1k\n.op\n.export spice file=flat.cir\n");
        Assert.Equal(RunStatus.Done, DeckRun.Open(deck, new RunSettings { Folder = Path.Combine(folder.Path, "out") }).Run());
        Assert.Contains("1k", File.ReadAllText(Path.Combine(folder.Path, "out", "flat.cir")).Replace("1000", "1k", StringComparison.Ordinal), StringComparison.Ordinal);
    }

    [Fact]
    public void ALearningCircuitIsExportedWithTheConductancesItHas()
    {
        using var folder = new TemporaryFolder();
        string path = Path.Combine(folder.Path, "flat.cir");
        var run = DeckRun.Of(DeckReader.Parse("""
            t
            .model wr r(r=1k learn=1 init=uniform(1u,9u))
            Vx x[0:1] 0 DATA
            Rw x y[0:1] wr dense
            Rl y 0 100k
            .dataset d inline(x=[[1,0],[0,1]] y=[[0.1,0],[0,0.1]]) input=x target=y
            .learn eqprop(beta=1u) out=y
            .train epochs=2 seed=5
            """).Deck!);
        run.Train();
        Assert.NotNull(run.Export("spice", path));
        Circuit again = DeckReader.Read(path).Deck!.Circuit;
        double[] learned = run.Parameters.Blocks[0];
        Assert.Equal(learned[1], 1 / again.Element("rw_1_0")!.Parameter("value"), 1e-18);
        Assert.Equal(learned[2], 1 / again.Element("rw_0_1")!.Parameter("value"), 1e-18);
        Assert.NotEqual(learned[1], learned[2]);
    }

    [Fact]
    public void OptionsThatWouldChangeTheAnswerInSpiceAreWarnedOf()
    {
        var run = DeckRun.Of(DeckReader.Parse("t\nV1 a 0 1\nR1 a 0 1k\n.op\n.options cshunt=1p acct klu\n").Deck!);
        Assert.True(run.Bind());
        Assert.Contains("cshunt", Assert.Single(run.Diagnostics).Message, StringComparison.Ordinal);
    }

    private static Dictionary<string, double> Run(string text)
    {
        using var folder = new TemporaryFolder();
        string deck = Path.Combine(folder.Path, "deck.cir");
        File.WriteAllText(deck, text);
        DeckRun run = DeckRun.Open(deck, new RunSettings { Folder = Path.Combine(folder.Path, "out") });
        Assert.True(run.Run() == RunStatus.Done, string.Join('\n', run.Diagnostics));
        return run.Results.Measures.ToDictionary(m => m.Name, m => m.Value);
    }
}
