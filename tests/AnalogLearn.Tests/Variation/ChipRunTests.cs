using AnalogLearn.Circuits;
using AnalogLearn.Netlist;
using AnalogLearn.Simulation;
using AnalogLearn.Studies;
using AnalogLearn.Tests.Studies;
using AnalogLearn.Variation;

namespace AnalogLearn.Tests.Variation;

/// <summary>Runs of one chip: both engines see its devices, training writes through them, the run's folder says which chip it was.</summary>
public sealed class ChipRunTests : IDisposable
{
    private const string Network =
        "a network\n.model cell neuron(c=1n DEV=20% g=1u DEV=10% a0=20 DEV=10% rho=tanh gain=1.2 DEV=5% center=0.1 DEV=10m vrest=0.05 DEV=5m vos=0 DEV=20m)\n.model out neuron(c=1n g=1u avt=20m w=4 l=2)\n.model w synapse(gmin=0.1u DEV=20% gmax=3u DEV=10% LOT=10%)\n"
        + "Nx x[0:1] input\nNh h[0:3] cell bias=0.2 DEV=10m\nNy y[0:1] out\nYxh x h w init=uniform(-1,1)\nYhh h h w init=uniform(-0.2,0.2) mask=diag0\nYhy h y w init=uniform(-1,1)\nYyh y h w tied=Yhy\nV0 x[0] 0 0.3\nV1 x[1] 0 -0.5\n.op\n.options settle_tol=1e-12 settle_steps=5000 mismatch=1\n";

    private readonly TemporaryFolder _room = new();

    public void Dispose() => _room.Dispose();

    [Fact]
    public void BothEnginesSeeTheSameChip()
    {
        Dictionary<string, double> nominal = Voltages(Engine.Rate, 0);
        foreach (int chip in new[] { 0, 1, 7 })
        {
            Dictionary<string, double> rate = Voltages(Engine.Rate, chip), nodal = Voltages(Engine.Nodal, chip);
            foreach ((string node, double volts) in rate.Where(v => v.Key[0] is 'h' or 'y'))
                Assert.Equal(volts, nodal[node], 9);
            if (chip > 0)
                Assert.True(rate.Max(v => Math.Abs(v.Value - nominal[v.Key])) > 1e-3);
        }
    }

    [Fact]
    public void TheSwitchIsOffUnlessSomeoneTurnsItOn()
    {
        Deck on = Read(Network);
        Assert.Equal(1, Run(on, new()).Results.Record.Chip);
        Assert.Equal(0, Run(on, new() { Chip = 0 }).Results.Record.Chip);
        Deck off = Read(Network.Replace(" mismatch=1", string.Empty, StringComparison.Ordinal));
        DeckRun nominal = Run(off, new());
        Assert.Equal((0, null, null), (nominal.Results.Record.Chip, nominal.Results.Record.ChipSeed, nominal.Results.Record.ChipFile));
        Assert.False(File.Exists(Path.Combine(_room.Path, "chip.json")));
        DeckRun third = Run(off, new() { Chip = 3, Seed = 5 });
        Assert.Equal((3, 5ul, "chip.json"), (third.Results.Record.Chip, third.Results.Record.ChipSeed, third.Results.Record.ChipFile));
        Assert.Equal(third.Results.Record.Op!.Voltages, Run(off, new() { Chip = 3, Seed = 5, ThreadCount = 1 }).Results.Record.Op!.Voltages);
        Assert.NotEqual(third.Results.Record.Op!.Voltages, Run(off, new() { Chip = 4, Seed = 5 }).Results.Record.Op!.Voltages);
        Assert.Equal(nominal.Results.Record.Op!.Voltages, Run(off, new() { Chip = 0, Seed = 1 }).Results.Record.Op!.Voltages);
    }

    [Fact]
    public void ASavedChipRunsAgainFromItsFile()
    {
        Deck deck = Read(Network);
        RunRecord first = Run(deck, new() { Chip = 9, Seed = 2 }).Results.Record;
        string saved = Path.Combine(_room.Path, "saved.json");
        File.Copy(Path.Combine(_room.Path, "chip.json"), saved);
        RunRecord again = Run(deck, new() { ChipFile = saved, Seed = 2 }).Results.Record;
        Assert.Equal(9, again.Chip);
        Assert.Equal(first.Op!.Voltages, again.Op!.Voltages);
        DeckRun wrong = DeckRun.Of(deck, new RunSettings { ChipFile = Path.Combine(_room.Path, "run.json"), Folder = _room.Path });
        Assert.False(wrong.Bind());
        Assert.Equal(Codes.BadChipFile, wrong.Diagnostics.Last().Code);
    }

    [Fact]
    public void DevicesOfTheNodalEngineAreTheChips()
    {
        Deck deck = Read("divider\n.model rm r(r=1k DEV=5%)\n.model d d(is=1e-14 DEV=20%/lognormal)\n.model n nmos(vto=0.5 kp=200u avt=20m)\nV1 a 0 1\nR1 a b rm\nR2 b 0 rm\nI1 0 c 1u\nD1 c 0 d\nI2 0 q 10u\nM1 q q 0 0 n w=2u l=1u\n.op\n");
        Chip chip = deck.Fabricate(1, 5);
        IReadOnlyDictionary<string, double> v = Run(deck, new() { Chip = 5, Seed = 1 }).Results.Record.Op!.Voltages;
        double r1 = chip.Circuit.Element("r1")!.Value, r2 = chip.Circuit.Element("r2")!.Value;
        Assert.Equal(r2 / (r1 + r2), v["b"], 9);
        double saturation = chip.Circuit.Models["d#d1"].Number("is", 0);
        Assert.Equal(0.02586491 * Math.Log(1e-6 / saturation), v["c"], 4);
        Assert.Equal(chip.Circuit.Models["n#m1"].Number("vto", 0) + Math.Sqrt(2 * 10e-6 / (200e-6 * 2)), v["q"], 6);
    }

    [Theory]
    [InlineData("V1 a 0 1\nE1 b 0 a 0 2 DEV=5%\nRb b 0 1k", "b")]
    [InlineData("V1 a 0 1\nG1 0 b a 0 2m DEV=5%\nRb b 0 1k", "b")]
    [InlineData("V1 a 0 1\nRa a 0 1k\nF1 0 b V1 2 DEV=5%\nRb b 0 1k", "b")]
    [InlineData("V1 a 0 1\nRa a 0 1k\nH1 b 0 V1 2k DEV=5%\nRb b 0 1k", "b")]
    [InlineData(".model q npn(bf=100 DEV=5% is=1e-16)\nV1 a 0 1\nI1 0 q 1u\nQ1 b q 0 q\nRb a b 1k", "b")]
    [InlineData(".model s sw(vt=0.5 ron=1k DEV=5%)\nV1 a 0 1\nS1 a b a 0 s\nRb b 0 1k", "b")]
    [InlineData(".model o ota(ibias=1n DEV=5% kappa=0.7)\nV1 a 0 10m\nA1 b a 0 o\nRb b 0 1meg", "b")]
    [InlineData(".model p digipot(rab=100k taps=257 position=128 rw=100 DEV=5%)\nV1 a 0 1\nP1 a b 0 p\nRb b 0 100k", "b")]
    [InlineData(".model m iondrift(ron=100 DEV=5% roff=16k d=10n mu=1e-14 x0=0.5)\nV1 a 0 1\nU1 a b m\nRb b 0 1k", "b")]
    [InlineData(".model rr r(rsh=100 DEV=5%)\nV1 a 0 1\nR1 a b rr l=10u w=1u\nRb b 0 1k", "b")]
    [InlineData("V1 a 0 1\nR1 a b 1k tc1=1m DEV=5% temp=80\nRb b 0 1k", "b")]
    public void EveryDeviceTakesItsSpread(string body, string node)
    {
        Deck deck = Read("spread\n" + body + "\n.op\n");
        double nominal = Run(deck, new() { Chip = 0 }).Results.Record.Op!.Voltages[node];
        double[] chips = [.. Enumerable.Range(1, 3).Select(k => Run(deck, new() { Chip = k }).Results.Record.Op!.Voltages[node])];
        Assert.All(chips, v => Assert.InRange(Math.Abs((v / nominal) - 1), 1e-6, 0.25));
        Assert.Equal(3, chips.Distinct().Count());
    }

    [Fact]
    public void WeightsAreWrittenThroughTheDevices()
    {
        Deck deck = Read(Network);
        Chip chip = deck.Fabricate(1, 2);
        RateNetwork nominal = RateNetwork.Compile(deck.Circuit with { Elements = [] }), made = RateNetwork.Compile(chip.Circuit with { Elements = [] });
        ParameterSet<double> asked = nominal.InitialParameters(4), theta = made.InitialParameters(4);
        SynapseDevices devices = chip.Circuit.Array("yxh")!.Devices!;
        int block = made.Connections.First(c => c.Description.Name == "yxh").Block;
        Dictionary<string, double[]> drawn = chip.Draws.Where(d => d.Path == "yxh").ToDictionary(d => d.Parameter, d => d.Values.ToArray(), StringComparer.Ordinal);
        for (int k = 0; k < asked.Blocks[block].Length; k++)
        {
            double w = asked.Blocks[block][k];
            double fraction = Math.Abs(w) / 2.9;
            string sign = w >= 0 ? "+" : "-", other = w >= 0 ? "-" : "+";
            double active = drawn["gmin" + sign][k] + (fraction * (drawn["gmax" + sign][k] - drawn["gmin" + sign][k]));
            double expected = Math.Sign(w) * (active - drawn["gmin" + other][k]) / 1e-6;
            Assert.Equal(expected, theta.Blocks[block][k], 12);
            Assert.Equal(w, devices.Written(k, theta.Blocks[block][k]), 12);
        }

        // What learning asks for is what is written: the same change moves a wider device further, and the range of what is written is the design's.
        var field = new RateField<double>(made, theta);
        double[] before = [.. theta.Blocks[block]];
        var change = new double[before.Length];
        change.AsSpan().Fill(1);
        field.Move(block, change, 0.01);
        for (int k = 0; k < before.Length; k++)
            Assert.Equal(devices.Weight(k, asked.Blocks[block][k] + 0.01), theta.Blocks[block][k], 12);
        field.Move(block, change, 1e3);
        for (int k = 0; k < before.Length; k++)
            Assert.Equal(devices.Weight(k, 2.9), theta.Blocks[block][k], 12);

        // Where a mask leaves a synapse out, no device is.
        int masked = made.Connections.First(c => c.Description.Name == "yhh").Block;
        Assert.Equal(0, theta.Blocks[masked][0]);
        double[] ones = [.. Enumerable.Repeat(1.0, 16)];
        field.Move(masked, ones, 0.1);
        Assert.Equal(0, theta.Blocks[masked][5]);
    }

    [Fact]
    public void AChipLearns()
    {
        Deck deck = Read(
            "xor on a chip\n.model cell neuron(c=1n g=1u DEV=10% rho=tanh vos=0 DEV=30m)\n.model w synapse(gmax=8u DEV=20%)\nNx x[0:1] input\nNh h[0:7] cell\nNy y[0:0] cell clip=-2,2\nYxh x h w init=glorot\nYhy h y w init=glorot\nYyh y h w tied=Yhy\n"
            + ".dataset d inline(x=[[0,0],[0,1],[1,0],[1,1]] y=[[-0.5],[0.5],[0.5],[-0.5]]) input=x target=y\n.learn eqprop(beta=0.1 centered=1) out=y\n.train epochs=200 batch=4 rate=0.3 seed=3\n.measure train cost param='train_cost'\n");
        double nominal = Cost(0), first = Cost(1), again = Cost(1), second = Cost(2);
        Assert.Equal(first, again);
        Assert.NotEqual(first, nominal);
        Assert.NotEqual(first, second);

        // The trained weights of a chip are its own: taken up again they are what they were, and written into another chip they come out differently.
        DeckRun run = Run(deck, new() { Chip = 1 });
        double[] trained = [.. run.Parameters["yxh"]];
        DeckRun same = DeckRun.Of(deck, new RunSettings { Chip = 1, Folder = _room.Path });
        Assert.True(same.Bind() && same.LoadTrained());
        Assert.Equal(trained.Select(w => (float)w), same.Parameters["yxh"].Select(w => (float)w));
        DeckRun other = DeckRun.Of(deck, new RunSettings { Chip = 2, Folder = _room.Path });
        Assert.True(other.Bind());
        Assert.False(other.LoadTrained());
        Assert.True(other.LoadWeights(Path.Combine(_room.Path, "weights.npz")));
        Assert.NotEqual(trained.Select(w => (float)w), other.Parameters["yxh"].Select(w => (float)w));

        double Cost(int chip) => Run(deck, new() { Chip = chip, Fresh = true }).Results.Measures.Single(m => m.Name == "cost").Value;
    }

    private Dictionary<string, double> Voltages(Engine engine, int chip) => new(
        Run(Read(Network), new() { Chip = chip, Engine = engine == Engine.Rate ? EngineChoice.Rate : EngineChoice.Nodal, Seed = 1 }).Results.Record.Op!.Voltages, StringComparer.Ordinal);

    private DeckRun Run(Deck deck, RunSettings settings)
    {
        DeckRun run = DeckRun.Of(deck, settings with { Folder = _room.Path });
        RunStatus status = run.Run();
        Assert.True(status == RunStatus.Done, string.Join('\n', run.Diagnostics.Select(d => d.ToString())));
        return run;
    }

    private static Deck Read(string text)
    {
        DeckResult result = DeckReader.Parse(text);
        Assert.True(result.Deck is not null, string.Join('\n', result.Diagnostics.Select(d => d.ToString())));
        return result.Deck;
    }
}
