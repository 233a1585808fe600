using AnalogLearn.Circuits;
using AnalogLearn.Netlist;
using AnalogLearn.Simulation;
using AnalogLearn.Variation;

namespace AnalogLearn.Tests.Variation;

/// <summary>Chips: keyed by names alone, no draw shared, chip 0 the design, laws in the right places, mistakes told.</summary>
public sealed class FabricationTests
{
    private const string Mixed =
        "mixed\n.param rs={agauss(1k,30,3)}\n.model rm r(r=1k DEV=2% LOT=5%)\n.model cell neuron(c=1n DEV=10%/lognormal g=1u DEV=5% vos=0 DEV=5m rho=tanh)\n.model w synapse(gmin=1u gmax=25u DEV=5% LOT=10%/lognormal)\n"
        + ".model nm nmos(vto=0.5 kp=100u avt=3.36m sigma_basis=device)\n"
        + "Nx x[0:2] input\nNh h[0:3] cell\nYxh x h w init=0.5\nYhh h h w init=0.1 mask=diag0\n"
        + "R1 a 0 rm\nR2 a b rm 2k\nR3 b 0 {rs}\nR4 b 0 {agauss(1k,100,1)}\nR5 b 0 {agauss(1k,100,1)}\nV1 a 0 1\nM1 a b 0 0 nm w=10u l=1u\n";

    [Fact]
    public void ChipZeroIsTheDesignBitForBit()
    {
        Deck deck = Read(Mixed);
        Assert.Same(deck.Circuit, deck.Circuit.Fabricate(7, 0).Circuit);
        Assert.Same(deck, deck.Fabricate(7, 0).Deck);
        Assert.Empty(deck.Fabricate(7, 0).Draws);

        // Decks whose spreads are all nothing are the design too, on every chip.
        Deck still = Read("still\n.model cell neuron(c=1n DEV=0% g=1u LOT=0)\nNx x[0:1] input\nNh h[0:1] cell\n.model w synapse(gmax=20u DEV=0%)\nYxh x h w init=glorot\n");
        Chip chip = still.Fabricate(7, 5);
        Assert.True(chip.IsSound);
        Assert.Empty(chip.Draws);
        RateNetwork nominal = RateNetwork.Compile(still.Circuit), made = RateNetwork.Compile(chip.Circuit);
        Assert.Equal(nominal.Tau, made.Tau);
        Assert.Equal(nominal.InitialParameters(3).Blocks[1], made.InitialParameters(3).Blocks[1]);
    }

    [Fact]
    public void OrderOfLinesAndOtherDevicesChangeNothing()
    {
        Dictionary<(string, string), double[]> first = Values(Read(Mixed).Fabricate(11, 3));
        string[] lines = Mixed.TrimEnd('\n').Split('\n');
        for (int seed = 1; seed <= 10; seed++)
        {
            var random = new Random(seed);
            List<string> body = [.. lines.Skip(1).OrderBy(_ => random.Next())];
            body.Insert(random.Next(body.Count), "R0 q 0 {agauss(5k,1,1)}");
            body.Insert(random.Next(body.Count), "R9 q b rm");
            body.Insert(random.Next(body.Count), "Ny y[0:4] cell");
            body.Insert(random.Next(body.Count), "Yhy h y w");
            body.Insert(random.Next(body.Count), ".param unused={gauss(1,0.1,1)}");
            Dictionary<(string, string), double[]> shuffled = Values(Read(lines[0] + "\n" + string.Join('\n', body) + "\n").Fabricate(11, 3));
            Assert.True(shuffled.Count > first.Count);
            foreach (((string, string) key, double[] values) in first)
                Assert.Equal(values, shuffled[key]);
        }
    }

    [Fact]
    public void ThreadsChangeNothingAndChipsDiffer()
    {
        Deck deck = Read(Mixed);
        string[] alone = [.. Enumerable.Range(1, 40).Select(k => deck.Fabricate(11, k).ToJson())];
        string[] together = new string[40];
        Parallel.For(0, 40, k => together[k] = deck.Fabricate(11, k + 1).ToJson());
        Assert.Equal(alone, together);
        Assert.Equal(40, alone.Distinct(StringComparer.Ordinal).Count());
        Assert.NotEqual(alone[0], deck.Fabricate(12, 1).ToJson());
    }

    [Fact]
    public void NoTwoDevicesShareADraw()
    {
        Deck deck = Read("many\n.model rm r(r=1k DEV=1%)\n.model cell neuron(c=1n DEV=1% g=1u DEV=1%)\n.model w synapse(gmax=1u DEV=1% gmin=1n DEV=1%)\nRa a[0:999] 0 rm\nRb b[0:999] 0 rm\nV1 a[0] b[0] 1\nNx x[0:19] input\nNh h[0:99] cell\nYxh x h w\n");
        Chip chip = deck.Fabricate(1, 1);
        double[] deviations = [.. chip.Draws.SelectMany(d => d.Values.Select(v => (v / d.Nominal[0]) - 1))];
        Assert.Equal(2000 + 200 + 8000, deviations.Length);
        Assert.Equal(deviations.Length, deviations.Distinct().Count());
        double mean = deviations.Average();
        double variance = deviations.Average(d => (d - mean) * (d - mean));
        Assert.InRange(Math.Sqrt(variance), 0.0096, 0.0104);
        foreach (int lag in new[] { 1, 2, 1000 })
        {
            double together = deviations.Skip(lag).Zip(deviations, (a, b) => (a - mean) * (b - mean)).Average() / variance;
            Assert.InRange(together, -5 / Math.Sqrt(deviations.Length), 5 / Math.Sqrt(deviations.Length));
        }

        // Nor does a device share one with itself on the next chip.
        double[] next = [.. deck.Fabricate(1, 2).Draws.SelectMany(d => d.Values.Select(v => (v / d.Nominal[0]) - 1))];
        Assert.Empty(next.Intersect(deviations));
        double between = deviations.Zip(next, (a, b) => a * b).Average() / variance;
        Assert.InRange(between, -5 / Math.Sqrt(deviations.Length), 5 / Math.Sqrt(deviations.Length));
    }

    [Fact]
    public void LotIsSharedByAModelAndDeviceIsNot()
    {
        Deck deck = Read("lot\n.model a r(r=1k LOT=5%)\n.model b r(r=1k LOT=5%)\nR1 x 0 a\nR2 x 0 a 3k\nR3 x 0 b\nR4 y[0:3] 0 1k LOT=2%\nV1 x 0 1\nRx x y[0] 1k\n");
        Circuit chip = Sound(deck.Fabricate(4, 9)).Circuit;
        double R(string name) => chip.Element(name)!.Value;
        Assert.NotEqual(1e3, R("r1"));
        Assert.Equal(3, R("r2") / R("r1"), 12);
        Assert.NotEqual(R("r1"), R("r3"));
        Assert.Equal(R("r4_0"), R("r4_3"));
        double[] many = [.. Enumerable.Range(1, 2000).Select(k => (deck.Fabricate(4, k).Circuit.Element("r1")!.Value / 1e3) - 1)];
        Assert.InRange(Math.Sqrt(many.Average(x => x * x)), 0.05 * (1 - (5 / Math.Sqrt(4000))), 0.05 * (1 + (5 / Math.Sqrt(4000))));
    }

    [Fact]
    public void InstancesOfASubcircuitAreOneLotAndSeparateDevices()
    {
        Deck deck = Read(
            "cells\n.subckt cell a\n.model rm r(r=1k LOT=5%)\n.model rd r(r=1k DEV=5%)\nR1 a 0 rm\nR2 a 0 rd\nR3 a 0 2k LOT=5%\n.ends\n.subckt other a\n.model rm r(r=1k LOT=5%)\nR1 a 0 rm\nX1 a cell\n.ends\n"
            + "X1 x cell\nX2 x cell\nX3 x other\nX4 x other\nV1 x 0 1\n");
        Circuit chip = Sound(deck.Fabricate(4, 9)).Circuit;
        double R(string name) => chip.Element(name)!.Value;
        Assert.NotEqual(1e3, R("x1.r1"));
        Assert.Equal(R("x1.r1"), R("x2.r1"));
        Assert.Equal(R("x1.r1"), R("x3.x1.r1"));
        Assert.Equal(R("x3.r1"), R("x4.r1"));
        Assert.NotEqual(R("x1.r1"), R("x3.r1"));
        Assert.NotEqual(R("x1.r2"), R("x2.r2"));
        Assert.NotEqual(2e3, R("x1.r3"));
        Assert.Equal(R("x1.r3"), R("x2.r3"));
    }

    [Fact]
    public void NeuronsOfABankHaveDrawsOfTheirOwn()
    {
        Deck deck = Read("bank\n.model cell neuron(c=1n g=1u)\nNx x[0:1] input\nNh h[3:1002] cell bias={agauss(0.5,0.1,1)} c={agauss(1n,0.1n,1)} gain={1+0*agauss(1,1,1)} vos={agauss(0,10m,1)} DEV=5m\nNk k[3:6] cell bias={agauss(0.5,0.1,1)}\nNo o[0:1] cell bias=0.25\n");
        Assert.Null(deck.Circuit.BankOn("h")!.Each);
        Chip made = Sound(deck.Fabricate(4, 9));
        NeuronBank h = made.Circuit.BankOn("h")!, k = made.Circuit.BankOn("k")!;
        Assert.Equal(1000, h.Bias.Distinct().Count());
        Assert.Equal(1000, h.Each!.Capacitance.Distinct().Count());
        Assert.Empty(h.Each.Gain);
        Assert.Equal(4, k.Bias.Distinct().Count());
        Assert.Empty(k.Bias.Intersect(h.Bias));
        double Deviation(IEnumerable<double> x, double mean) => Math.Sqrt(x.Average(v => (v - mean) * (v - mean)));
        Assert.InRange(Deviation(h.Bias, 0.5), 0.1 * 0.88, 0.1 * 1.12);
        Assert.InRange(Deviation(h.Each.Capacitance, 1e-9), 1e-10 * 0.88, 1e-10 * 1.12);
        Assert.InRange(Deviation(h.Each.Offset, 0), 0.01118 * 0.88, 0.01118 * 1.12);

        // A wider bank has the same neurons, and a saved chip is that chip.
        Deck wider = Read("bank\n.model cell neuron(c=1n g=1u)\nNx x[0:1] input\nNk k[3:9] cell bias={agauss(0.5,0.1,1)}\n");
        Assert.Equal(k.Bias, Sound(wider.Fabricate(4, 9)).Circuit.BankOn("k")!.Bias.Take(4));
        Chip replayed = Sound(deck.Replay(ChipFile.FromJson(made.ToJson())!));
        Assert.Equal(h.Bias.AsEnumerable(), replayed.Circuit.BankOn("h")!.Bias);
        Assert.Equal(h.Each.Offset.AsEnumerable(), replayed.Circuit.BankOn("h")!.Each!.Offset);
    }

    [Fact]
    public void GroupsCorrelateParametersOfADeviceAndLotsOfModels()
    {
        Deck deck = Read("groups\n.model cell neuron(c=1n DEV=5%/group:size g=1u DEV=5%/group:size gain=1 DEV=5%/normal/group:size/rho:0.5)\n.model a r(r=1k LOT=5%/group:film)\n.model b r(r=2k LOT=5%/group:film)\nNx x[0:1] input\nNh h[0:1999] cell\nR1 q 0 a\nR2 q 0 b\nV1 q 0 1\n");
        Chip chip = Sound(deck.Fabricate(4, 9));
        Dictionary<(string, string), double[]> values = Values(chip);
        double[] c = values[("nh", "c")], g = values[("nh", "g")], gain = values[("nh", "gain")];
        for (int k = 0; k < c.Length; k++)
            Assert.Equal(c[k] * 1e3, g[k], 15);
        double correlation = c.Zip(gain, (x, y) => ((x / 1e-9) - 1) * (y - 1)).Average() / (0.05 * 0.05);
        Assert.InRange(correlation, Math.Sqrt(0.5) - 0.15, Math.Sqrt(0.5) + 0.15);
        Assert.Equal(2, chip.Circuit.Element("r2")!.Value / chip.Circuit.Element("r1")!.Value, 12);
        Assert.Equal(c.Length, c.Distinct().Count());
    }

    [Theory]
    [InlineData("{agauss(1k,30,3)}", 10)]
    [InlineData("{agauss(1k,30)}", 30)]
    [InlineData("{gauss(1k,0.06,3)}", 20)]
    [InlineData("{aunif(1k,30)}", 17.320508075688775)]
    [InlineData("{unif(1k,0.05)}", 28.867513459481287)]
    [InlineData("{limit(1k,25)}", 25)]
    public void RandomFunctionsHaveTheDeviationOfTheirArguments(string value, double deviation)
    {
        Deck deck = Read($"random\nR1 a[0:9999] 0 {value}\nV1 a[0] 0 1\n");
        Assert.Equal(1000, deck.Circuit.Elements[0].Value);
        double[] x = [.. Sound(deck.Fabricate(3, 1)).Circuit.Elements.Where(e => e.Kind == 'r').Select(e => e.Value - 1000)];
        Assert.Equal(10_000, x.Length);
        Assert.InRange(x.Average(), -5 * deviation / 100, 5 * deviation / 100);
        double variance = x.Average(v => v * v);
        double error = Math.Sqrt(Math.Max(0, x.Average(v => v * v * v * v) - (variance * variance)) / x.Length);
        Assert.InRange(variance - (deviation * deviation), (-5 * error) - 1e-9, (5 * error) + 1e-9);
    }

    [Fact]
    public void ARandomFunctionIsDrawnOncePerInstanceAndNotAtEachUse()
    {
        Deck deck = Read(
            "once\n.param p={agauss(1k,100,1)} q={p}\n.func f(x) {x*gauss(1,0.1,1)}\n.subckt s a b r={agauss(1k,100,1)}\n.param inner={agauss(1k,100,1)}\nR1 a b {r}\nR2 a b {r}\nR3 a b {inner}\nR4 a b {inner}\n.ends\n"
            + "R1 a 0 {p}\nR2 a 0 {q}\nR3 a 0 {f(1k)+f(1k)}\nR4 a 0 {agauss(1k,100,1)-agauss(1k,100,1)+1k}\nX1 a 0 s\nX2 a 0 s\nX3 a 0 s r={agauss(1k,100,1)}\nB1 b 0 V={agauss(1k,100,1)*v(a)+f(2)-f(2)}\nV1 a 0 1\nRb b 0 1k\n");
        Assert.Equal(1e3, deck.Circuit.Element("r1")!.Value);
        Chip chip = Sound(deck.Fabricate(3, 8));
        double R(string name) => chip.Circuit.Element(name)!.Value;
        Assert.NotEqual(1e3, R("r1"));
        Assert.Equal(R("r1"), R("r2"));
        Assert.Equal(R("r1"), chip.Deck!.Parameters["p"]);
        foreach (string x in new[] { "x1", "x2", "x3" })
        {
            Assert.Equal(R(x + ".r1"), R(x + ".r2"));
            Assert.Equal(R(x + ".r3"), R(x + ".r4"));
            Assert.NotEqual(R(x + ".r1"), R(x + ".r3"));
        }

        double[] all = [R("r1"), R("x1.r1"), R("x2.r1"), R("x3.r1"), R("x1.r3"), R("x2.r3"), R("x3.r3"), R("r4")];
        Assert.Equal(all.Length, all.Distinct().Count());
        Assert.DoesNotContain(1000.0, all);

        // Each place that calls a function has a draw of its own: two calls spread by √2 and not by 2.
        double[] sums = [.. Enumerable.Range(1, 1000).Select(k => deck.Fabricate(3, k).Circuit.Element("r3")!.Value - 2000)];
        Assert.InRange(Math.Sqrt(sums.Average(v => v * v)), 100 * Math.Sqrt(2) * 0.88, 100 * Math.Sqrt(2) * 1.12);
        Assert.Contains(chip.Draws, d => d is { Path: "b1", Parameter: "agauss#0" });
        Assert.Equal(2, chip.Draws.Count(d => d.Path == "b1" && d.Parameter.StartsWith("gauss#", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("device", 1)]
    [InlineData("pair", 2)]
    public void AreaLaw(string basis, double pair)
    {
        double expected = 5e-3 / Math.Sqrt(pair * 8);
        Deck deck = Read(
            $"area\n.model cell neuron(c=1n g=1u avt=5m w=4 l=2 sigma_basis={basis})\n.model o ota(ibias=1n avt=5m sigma_basis={basis} w=4 l=2)\n.model n nmos(vto=0.4 kp=100u avt=5m sigma_basis={basis})\n.model p pmos(vto=-0.4 kp=50u avt=5m sigma_basis={basis})\n"
            + "Nx x[0:1] input\nNh h[0:4999] cell\nA1 a[0:4999] b 0 o\nM1 a[0:4999] b 0 0 n w=4u l=2u\nM2 a[0:4999] b 0 0 p w=2u l=1u m=4\nV1 b 0 1\n");
        Chip chip = Sound(deck.Fabricate(5, 1));
        Check(chip.Circuit.BankOn("h")!.Each!.Offset, 0);
        Check(chip.Circuit.Elements.Where(e => e.Kind == 'a').Select(e => e.Parameter("vos")), 0);
        Check(chip.Circuit.Elements.Where(e => e.Model is { } m && m.StartsWith("n#", StringComparison.Ordinal)).Select(e => chip.Circuit.Models[e.Model!].Number("vto", 9)), 0.4);
        Check(chip.Circuit.Elements.Where(e => e.Model is { } m && m.StartsWith("p#", StringComparison.Ordinal)).Select(e => chip.Circuit.Models[e.Model!].Number("vto", 9)), -0.4);

        void Check(IEnumerable<double> found, double mean)
        {
            double[] x = [.. found.Select(v => v - mean)];
            Assert.Equal(5000, x.Length);
            Assert.InRange(x.Average(), -5 * expected / Math.Sqrt(5000), 5 * expected / Math.Sqrt(5000));
            Assert.InRange(Math.Sqrt(x.Average(v => v * v)) / expected, 1 - (5 / Math.Sqrt(10_000)), 1 + (5 / Math.Sqrt(10_000)));
        }
    }

    [Theory]
    [InlineData(".model cell neuron(avt=5m w=4)\nNh h[0:1] cell", "l= is missing", "write avt=3.36m w=10 l=1, both in µm")]
    [InlineData(".model cell neuron(avt=5m)\nNh h[0:1] cell", "w= and l= are missing", "write avt=3.36m w=10 l=1, both in µm")]
    [InlineData(".model cell neuron(avt=5m w=4u l=2u)\nNh h[0:1] cell", "no size of a device", "in µm")]
    [InlineData(".model cell neuron(w=4 l=2)\nNh h[0:1] cell", "w= of 'nh' is of no use without avt=", "avt=3.36m")]
    [InlineData(".model cell neuron(avt=5m w=4 l=2 sigma_basis=both)\nNh h[0:1] cell", "sigma_basis is device or pair", "")]
    [InlineData(".model n nmos(vto=0.4 avt=5m)\nM1 a b 0 0 n\nV1 a b 1\nV2 b 0 1", "w= and l= are missing", "write w=10u l=1u on the transistor's line")]
    [InlineData(".model cell neuron(rho=tanh DEV=5%)\nNh h[0:1] cell", "'rho' of 'nh' cannot differ", "c g gain center vrest bias vos a0 slew flicker_corner and adc_noise")]
    [InlineData(".model cell neuron(vos=0 DEV=5%)\nNh h[0:1] cell", "a share of 0 is 0", "DEV=5m instead of DEV=5%")]
    [InlineData(".model cell neuron(vos=0 DEV=5m/lognormal)\nNh h[0:1] cell", "has no logarithm", "DEV=5m")]
    [InlineData(".model cell neuron()\n.model w synapse(learn=0 DEV=5%)\nNh h[0:1] cell\nYhh h h w", "'learn' of 'yhh' cannot differ", "gmin gmax and g0")]
    [InlineData(".model cell neuron()\n.model w synapse(g0=1u DEV=5%)\nNh h[0:1] cell\nYhh h h w", "'g0' of 'yhh' cannot differ", "LOT=")]
    [InlineData("V1 a 0 1 DEV=5%\nR1 a 0 1k", "cannot differ", "test bench")]
    [InlineData("V1 a 0 1\nR1 a 0 R={1k+v(a)} DEV=5%", "'value' of 'r1' cannot differ", "agauss")]
    [InlineData(".model m nmos(level=1 DEV=5% vto=1)\nM1 a a 0 0 m w=1u l=1u\nV1 a 0 1", "'level' of 'm1' cannot differ", "number of the device")]
    public void MistakesAreTold(string body, string message, string fix)
    {
        Deck deck = Read("mistakes\n" + body + "\n");
        var bag = new DiagnosticBag();
        Fabrication.Diagnose(deck.Circuit, bag);
        Diagnostic told = Assert.Single(bag);
        Assert.Contains(message, told.Message, StringComparison.Ordinal);
        Assert.Contains(fix, told.Fix ?? string.Empty, StringComparison.Ordinal);
        Assert.True(told.Span.IsWritten);
        Assert.False(deck.Fabricate(1, 1).IsSound);
    }

    [Theory]
    [InlineData(".model w synapse(gmax=1u avt=5m)", "'avt' is a declared parameter that no equation of synapse uses")]
    [InlineData(".model d d(avt=5m)", "'avt' is a declared parameter that no equation of d uses")]
    [InlineData(".model w synapse(gmax=1u DEV=5%/group)", "there is no distribution 'group'")]
    [InlineData(".model w synapse(gmax=1u DEV=5%/rho:2)", "rho is a share")]
    [InlineData(".model w synapse(gmax=1u DEV=5%/truncnormal/at:0)", "standard deviations above 0")]
    [InlineData(".model w synapse(gmax=1u DEV=5%/lot:2)", "nothing called 'lot:2'")]
    [InlineData(".param a={agauss(1,1,0)}", "above 0")]
    public void MistakesOfWritingAreTold(string line, string message)
    {
        DeckResult result = DeckReader.Parse("mistakes\n" + line + "\nV1 a 0 1\nR1 a 0 1\n");
        Assert.Contains(result.Diagnostics, d => d.Severity == Severity.Error && d.Message.Contains(message, StringComparison.Ordinal));
    }

    [Fact]
    public void ImpossibleDevicesAreToldAndNotClipped()
    {
        Deck deck = Read("impossible\n.model cell neuron(c=1n DEV=50%)\nNh h[0:99] cell\n");
        Chip chip = deck.Fabricate(1, 1);
        Diagnostic told = Assert.Single(chip.Problems);
        Assert.Equal(Codes.ImpossibleDevice, told.Code);
        Assert.Contains("on chip 1 'c' of 'nh', device", told.Message, StringComparison.Ordinal);
        Assert.Contains("lognormal", told.Fix!, StringComparison.Ordinal);
        Assert.True(Read("possible\n.model cell neuron(c=1n DEV=50%/lognormal)\nNh h[0:99] cell\n").Fabricate(1, 1).IsSound);
    }

    [Fact]
    public void AChipIsSavedAndMadeAgainFromItsDrawsAlone()
    {
        Deck deck = Read(Mixed);
        Chip chip = Sound(deck.Fabricate(11, 3));
        ChipFile file = ChipFile.FromJson(chip.ToJson())!;
        Chip again = Sound(deck.Replay(file));
        Assert.Equal(chip.ToJson(), again.ToJson());
        Assert.Equal(chip.Digest(), again.Digest());
        Assert.Equal(chip.Circuit.Elements.Select(e => e.Value), again.Circuit.Elements.Select(e => e.Value));
        Assert.Equal(chip.Circuit.Arrays[0].Devices!.Plus.Length, again.Circuit.Arrays[0].Devices!.Plus.Length);
        for (int k = 0; k < 12; k++)
            Assert.Equal(chip.Circuit.Arrays[0].Devices!.Plus[k], again.Circuit.Arrays[0].Devices!.Plus[k]);

        // The draws are what counts: with another seed in the file nothing changes.
        Assert.Equal(chip.Digest(), deck.Replay(file with { Seed = 99 }).Digest());
        Assert.False(Read(Mixed + "R7 b 0 rm\n").Replay(file).IsSound);
        Assert.False(Read(Mixed.Replace("R2 a b rm 2k", "R2 a b 2k", StringComparison.Ordinal)).Replay(file).IsSound);
        Assert.Null(ChipFile.FromJson("{}"));
        Assert.Null(ChipFile.FromJson("no"));
    }

    [Fact]
    public void SpreadsOnALineReplaceThoseOfTheCard()
    {
        Deck deck = Read("line\n.model cell neuron(c=1n DEV=10% g=1u)\nNa a[0:1999] cell c=2n DEV=1%\nNb b[0:1999] cell\n");
        Chip chip = Sound(deck.Fabricate(2, 2));
        Assert.InRange(Deviation(chip.Circuit.BankOn("a")!.Each!.Capacitance, 2e-9), 0.009, 0.011);
        Assert.InRange(Deviation(chip.Circuit.BankOn("b")!.Each!.Capacitance, 1e-9), 0.09, 0.11);

        static double Deviation(IEnumerable<double> values, double nominal) => Math.Sqrt(values.Average(v => Math.Pow((v / nominal) - 1, 2)));
    }

    private static Dictionary<(string, string), double[]> Values(Chip chip) => Sound(chip).Draws.ToDictionary(d => (d.Path, d.Parameter), d => d.Values.ToArray());

    private static Chip Sound(Chip chip)
    {
        Assert.Empty(chip.Problems.Select(p => p.ToString()));
        return chip;
    }

    private static Deck Read(string text)
    {
        DeckResult result = DeckReader.Parse(text);
        Assert.True(result.Deck is not null, string.Join('\n', result.Diagnostics.Select(d => d.ToString())));
        return result.Deck;
    }
}
