using AnalogLearn.Circuits;
using AnalogLearn.Netlist;
using AnalogLearn.Studies;
using AnalogLearn.Tests.Studies;
using AnalogLearn.Variation;

namespace AnalogLearn.Tests.Variation;

/// <summary>Studies of many chips: the same as their chips one by one, whatever the threads; yields as theory has them.</summary>
public sealed class MonteCarloTests : IDisposable
{
    private const string Divider = "divider\n.param limit=0.02\nV1 a 0 1\nR1 a b 1k DEV=5%\nR2 b 0 1k DEV=5%\n.op\n.measure op vb param='v(b)'\n.mc 400 seed=7 spec=\"abs(vb-0.5)<0.02\"\n";

    private readonly TemporaryFolder _room = new();

    public void Dispose() => _room.Dispose();

    [Fact]
    public void AStudyIsItsChipsWhateverTheThreads()
    {
        Deck deck = Read(Divider);
        RunRecord two = Run(deck, new() { ThreadCount = 2 }, RunStatus.Done).Results.Record;
        RunRecord one = Run(deck, new() { ThreadCount = 1, Fresh = true }, RunStatus.Done).Results.Record;
        Assert.Equal(400, two.Chips.Count);
        Assert.Equal(Enumerable.Range(1, 400), two.Chips.Select(c => c.Chip));
        Assert.Equal(one.Chips.Select(c => c.Measures["vb"]), two.Chips.Select(c => c.Measures["vb"]));
        foreach (int k in new[] { 1, 17, 400 })
        {
            Circuit chip = deck.Fabricate(7, k).Circuit;
            double r1 = chip.Element("r1")!.Value, r2 = chip.Element("r2")!.Value;
            Assert.Equal(r2 / (r1 + r2), two.Chips[k - 1].Measures["vb"], 12);
            DeckRun alone = Run(deck, new() { Chip = k }, two.Chips[k - 1].Measures["spec"] == 1 ? RunStatus.Done : RunStatus.CheckNotMet);
            Assert.Equal(two.Chips[k - 1].Measures["vb"], alone.Results.Record.Measures["vb"]);
            Assert.Equal(7ul, alone.Results.Record.ChipSeed);
        }

        // σ(v) = 0.5 · 5 %/√2 · … : v = R2/(R1 + R2) deviates by √2 · 0.05/4.
        double deviation = Math.Sqrt(2) * 0.05 / 4;
        double found = Math.Sqrt(two.Chips.Average(c => Math.Pow(c.Measures["vb"] - 0.5, 2)));
        Assert.InRange(found / deviation, 1 - (5 / Math.Sqrt(800)), 1 + (5 / Math.Sqrt(800)));
        double expected = (2 * StandardDraw.Cumulative(0.02 / deviation)) - 1;
        YieldRecord yield = two.Yield!;
        Assert.Equal(two.Chips.Count(c => Math.Abs(c.Measures["vb"] - 0.5) < 0.02), yield.Passed);
        Assert.InRange(expected, yield.Low, yield.High);
        Assert.True(File.Exists(Path.Combine(_room.Path, "chips.csv")));
        RunRecord saved = RunRecord.FromJson(two.ToJson())!;
        Assert.Equal(yield.Passed, saved.Yield!.Passed);
    }

    [Fact]
    public void ARowHasWhatItsSpecificationNames()
    {
        Deck deck = Read(Divider.Replace(".measure op vb param='v(b)'", ".measure op ia param='i(v1)'", StringComparison.Ordinal).Replace("abs(vb-0.5)<0.02", "abs(V(b) - 0.5)<limit && i(v1)<0 && v(a,b)<2", StringComparison.Ordinal));
        RunRecord record = Run(deck, new(), RunStatus.Done).Results.Record;
        Assert.Equal(["ia", "v(a b)", "v(b)", "spec"], record.Chips[0].Measures.Keys.OrderBy(k => k == "spec" ? 1 : 0).ThenBy(k => k, StringComparer.Ordinal));
        Assert.All(record.Chips, c => Assert.Equal(Math.Abs(c.Measures["v(b)"] - 0.5) < 0.02 ? 1 : 0, c.Measures["spec"]));
        Assert.All(record.Chips, c => Assert.Equal(1, c.Measures["v(b)"] + c.Measures["v(a b)"], 1e-12));
    }

    [Fact]
    public void TheTableHasEachPointOfASweepByItself()
    {
        static ChipRecord Row(int chip, double q, double value) => new(chip, new Dictionary<string, double> { ["q"] = q }, new Dictionary<string, double> { ["m"] = value }, "done");
        string[] lines = MonteCarlo.ToTable([Row(1, 1, 10), Row(2, 1, 12), Row(1, 2, 30), Row(2, 2, 34)]).Split('\n');
        Assert.Equal(["m", "q=1", "11", "1.41421", "10", "11", "12", "2"], lines[2].Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal(["m", "q=2", "32", "2.82843", "30", "32", "34", "2"], lines[3].Split(' ', StringSplitOptions.RemoveEmptyEntries));
        ChipRecord alone = Row(1, 1, 10) with { Step = new Dictionary<string, double>() };
        Assert.Equal(["measure", "mean", "deviation", "least", "median", "most", "chips"], MonteCarlo.ToTable([alone]).Split('\n')[0].Split(' ', StringSplitOptions.RemoveEmptyEntries));
    }

    [Fact]
    public void AStudyThatMeasuresNothingSaysSo()
    {
        Deck deck = Read(Divider.Replace(".measure op vb param='v(b)'\n", string.Empty, StringComparison.Ordinal).Replace(" spec=\"abs(vb-0.5)<0.02\"", string.Empty, StringComparison.Ordinal));
        DeckRun run = Run(deck, new(), RunStatus.Done);
        Assert.Contains(run.Diagnostics, d => d.Severity == Severity.Warning && d.Message.Contains("nothing is measured", StringComparison.Ordinal) && d.Span.IsWritten);
    }

    [Theory]
    [InlineData("inline(x=[[0,0,1,1],[1,1,0,0]] y=[[0,1],[1,0]]) input=x target=y", 2, "test_accuracy test_cost train_cost")]
    [InlineData("lowrank(d=4 r=2) input=x target=x train=40 test=20", 4, "test_cost train_cost")]
    public void ChipsThatLearnAreMeasuredWithoutACard(string data, int outputs, string measures)
    {
        Deck deck = Read($"learn\n.model cell neuron(c=1n g=1u gain=1 DEV=10% form=rate)\n.model w synapse()\nNx x[0:3] input\nNy y[0:{outputs - 1}] cell\nYq x y w init=glorot\n.dataset d {data}\n"
            + ".learn backprop() out=y\n.train epochs=1 batch=2 rate=0.01 seed=1\n.mc 3 seed=2\n");
        RunRecord record = Run(deck, new(), RunStatus.Done).Results.Record;
        Assert.All(record.Chips, c => Assert.Equal(measures.Split(' '), c.Measures.Keys.Order(StringComparer.Ordinal)));
    }

    /// <summary>Where a network oscillates there is no operating point; wherever it happened to stand, it does not meet the specification.</summary>
    [Fact]
    public void AChipThatCouldNotBeSimulatedDoesNotMeetTheSpecification()
    {
        Deck deck = Read("oscillator\n.model cell neuron(c=1n g=1u rho=tanh gain=1.35 DEV=10%)\n.model w synapse()\nNh h[0:1] cell bias=0\nYhh h h w init=[[1,-4],[4,1]]\nNx x[0:0] input\nVx x[0] 0 0.3\nYxh x h w init=[[1],[0]]\n"
            + ".options settle_step=0.5 settle_steps=300\n.op\n.measure op h param='v(h[0])'\n.mc 3 seed=1 spec=\"abs(h)<10\"\n");
        RunRecord record = Run(deck, new(), RunStatus.NotSimulated).Results.Record;
        Assert.All(record.Chips, c => Assert.Equal(("not_simulated", 0.0), (c.Status, c.Measures["spec"])));
        Assert.Equal(0, record.Yield!.Passed);
    }

    [Fact]
    public void TheMeasuresOfAStudyAreTheMeansOverItsChips()
    {
        RunRecord study = Run(Read(Divider), new() { ThreadCount = 2 }, RunStatus.Done).Results.Record;
        Assert.Equal(["vb"], study.Measures.Keys);
        Assert.Equal(study.Chips.Average(c => c.Measures["vb"]), study.Measures["vb"], 14);
    }

    /// <summary>Chips that learn, through devices that round and make noise, have the same bits whatever the order of the lines: every sum has one order, that of names.</summary>
    [Fact]
    public void ChipsThatLearnDoNotKnowTheOrderOfTheLines()
    {
        string[] lines =
        [
            ".model cell neuron(c=1n DEV=10%/lognormal g=1u gain=1 DEV=5% rho=tanh)", ".model w synapse(gmin=1u gmax=25u DEV=5% LOT=10% write_noise=1% g0=10u bits=5 read_noise=1%)",
            "Nx x[0:1] input", "Nh h[0:4] cell", "Ny y[0:0] cell", "Yxh x h w", "Yhy h y w", "Yyh y h w tied=Yhy", "Yhh h h w init=uniform(-0.1,0.1)", "Yxy x y w init=0.1",
            ".dataset d xor() input=x target=y", ".learn eqprop(rule=rate beta=0.1 centred=1 free=8m nudge=4m) out=y", ".train epochs=4 batch=2 seed=4 rate=0.1",
        ];
        const string asked = ".compare implicit against=eqprop(beta=0.01 rule=rate)\n.measure train c param='test_cost'\n.measure train w param='weight(Yhh,2,1)'\n.measure compare g param='gradient(Yxh,1,1)'\n.measure compare u param='update(Yhh,1,3)'\n.mc 3 seed=11\n";
        string Text(IEnumerable<string> order) => "order\n" + string.Join('\n', order) + "\n" + asked;
        RunRecord first = Run(Read(Text(lines)), new() { ThreadCount = 1 }, RunStatus.Done).Results.Record;
        foreach (int seed in new[] { 1, 2, 3 })
        {
            string[] shuffled = [.. lines];
            new Random(seed).Shuffle(shuffled);
            RunRecord other = Run(Read(Text(shuffled)), new() { ThreadCount = 1, Fresh = true }, RunStatus.Done).Results.Record;
            foreach (string measure in new[] { "c", "w", "g", "u" })
                Assert.Equal(first.Chips.Select(c => c.Measures[measure]), other.Chips.Select(c => c.Measures[measure]));
        }
    }

    [Fact]
    public void StepsAndChipsNest()
    {
        string path = Path.Combine(_room.Path, "deck.cir");
        File.WriteAllText(path, Divider.Replace("R2 b 0 1k DEV=5%", "R2 b 0 1k DEV={spread}\n.param spread=0.01", StringComparison.Ordinal).Replace(".mc 400", ".step param spread list 0.01 0.05 0.2\n.mc 50", StringComparison.Ordinal));
        DeckRun run = DeckRun.Open(path, new RunSettings { Folder = Path.Combine(_room.Path, "out") });
        Assert.Equal(RunStatus.Done, run.Run());
        RunRecord record = run.Results.Record;
        Assert.Equal(150, record.Chips.Count);
        Assert.Equal([0.01, 0.05, 0.2], record.Yields.Select(y => y.Step!["spread"]));
        Assert.True(record.Yields[0].Fraction > record.Yields[2].Fraction);
        Assert.Equal(record.Yields.Sum(y => y.Passed), record.Yield!.Passed);

        // The same chip at every step: R1 is the same resistor.
        double First(double spread) => record.Chips.First(c => c.Chip == 3 && c.Step["spread"] == spread).Measures["vb"];
        double r1 = DeckReader.Read(path).Deck!.Fabricate(7, 3).Circuit.Element("r1")!.Value;
        double small = ((First(0.01) * r1 / (1 - First(0.01))) / 1e3) - 1, large = ((First(0.2) * r1 / (1 - First(0.2))) / 1e3) - 1;
        Assert.Equal(20, large / small, 6);
    }

    [Fact]
    public void ChipsLearnInAStudy()
    {
        Deck deck = Read(
            "lines\n.model cell neuron(c=1n g=1u rho=linear gain=1 DEV=20%)\n.model w synapse(gmax=8u DEV=20%)\nNx x[0:1] input\nNy y[0:0] cell\nYxy x y w init=0\n"
            + ".dataset d inline(x=[[0,1],[1,0],[1,1]] y=[[0.5],[-0.25],[0.25]]) input=x target=y\n.learn eqprop(beta=0.1 centered=1) out=y\n.train epochs=200 batch=3 rate=0.3 seed=3\n.mc 8 spec=\"train_cost<1e-4\"\n");
        DeckRun run = Run(deck, new() { ThreadCount = 2 }, RunStatus.Done);
        Assert.Equal(8, run.Results.Record.Yield!.Passed);
        Assert.False(File.Exists(Path.Combine(_room.Path, "weights.npz")));
        Assert.False(File.Exists(Path.Combine(_room.Path, "checkpoint.bin")));
    }

    [Fact]
    public void ChipsThatCannotBeAreCountedAndTold()
    {
        DeckRun run = Run(Read(Divider.Replace("DEV=5%\nR2", "DEV=60%\nR2", StringComparison.Ordinal)), new(), RunStatus.Done);
        ChipRecord[] bad = [.. run.Results.Record.Chips.Where(c => c.Status == "bad_input")];
        Assert.InRange(bad.Length, 5, 40);
        Assert.All(bad, c => Assert.Empty(c.Measures));
        Assert.Equal(400, run.Results.Record.Yield!.Chips);
        Assert.Contains(run.Diagnostics, d => d.Message.Contains("of 400 chips could not be simulated", StringComparison.Ordinal));
    }

    [Fact]
    public void AMistakeInTheSpecificationStandsAtItsPlace()
    {
        DeckRun run = DeckRun.Of(Read(Divider.Replace("abs(vb-", "abs(vq-", StringComparison.Ordinal)), new RunSettings { Folder = _room.Path });
        Assert.Equal(RunStatus.BadInput, run.Run());
        Assert.Contains(run.Diagnostics, d => d.Severity == Severity.Error && d.Headline.StartsWith("deck.cir:8:26: error:", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(10, 10, 0.7224672, 1)]
    [InlineData(10, 0, 0, 0.2775328)]
    [InlineData(100, 90, 0.8256343, 0.9447708)]
    [InlineData(1000, 500, 0.4690696, 0.5309304)]
    public void WilsonInterval(int count, int passed, double low, double high)
    {
        (double Low, double High) found = YieldRecord.Wilson(count, passed);
        Assert.Equal(low, found.Low, 6);
        Assert.Equal(high, found.High, 6);
    }

    private DeckRun Run(Deck deck, RunSettings settings, RunStatus expected)
    {
        DeckRun run = DeckRun.Of(deck, settings with { Folder = _room.Path });
        RunStatus status = run.Run();
        Assert.True(status == expected, status + "\n" + string.Join('\n', run.Diagnostics.Select(d => d.ToString())));
        return run;
    }

    private static Deck Read(string text)
    {
        DeckResult result = DeckReader.Parse(text);
        Assert.True(result.Deck is not null, string.Join('\n', result.Diagnostics.Select(d => d.ToString())));
        return result.Deck;
    }
}
