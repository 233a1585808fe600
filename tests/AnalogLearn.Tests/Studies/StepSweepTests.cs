using AnalogLearn.Circuits;
using AnalogLearn.Netlist;
using AnalogLearn.Studies;

namespace AnalogLearn.Tests.Studies;

public sealed class StepSweepTests
{
    private const string Divider = "divider\n.param r=1k g=2\n.step param r list 1k 3k\n.step param g lin 1 2 2\nV1 in 0 {g}\nR1 in out {r}\nR2 out 0 1k\n.op\n.measure op vout param='v(out)'\n";

    [Fact]
    public void CardsAreNestedAndTheFirstVariesFastest()
    {
        StepSweep sweep = StepSweep.Of(DeckReader.Parse(Divider).Deck!)!;
        Assert.Equal("r g", string.Join(" ", sweep.Names));
        Assert.Equal([(1e3, 1.0), (3e3, 1.0), (1e3, 2.0), (3e3, 2.0)], sweep.Points.Select(p => (p["r"], p["g"])));
    }

    [Fact]
    public void EveryPointIsARunOfItsOwn()
    {
        using var folder = new TemporaryFolder();
        string deck = Path.Combine(folder.Path, "divider.cir");
        File.WriteAllText(deck, Divider);
        DeckRun run = DeckRun.Open(deck, new RunSettings { Folder = Path.Combine(folder.Path, "out") });
        Assert.Equal(RunStatus.Done, run.Run());
        Assert.Equal([0.5, 0.25, 1.0, 0.5], run.Results.Steps.Select(s => Math.Round(s.Measures["vout"], 12)));
        Assert.Equal(4, run.Results.Record.Chips.Count);
        string[] rows = File.ReadAllLines(Path.Combine(folder.Path, "out", "steps.csv"));
        Assert.Equal("r,g,vout,status", rows[0]);
        Assert.Equal(5, rows.Length);
        Assert.True(File.Exists(Path.Combine(folder.Path, "out", "plots", "step-vout.svg")));
    }

    [Theory]
    [InlineData("dec 1 100 1", new[] { 1.0, 10, 100 })]
    [InlineData("oct 1 9 1", new[] { 1.0, 2, 4, 8 })]
    [InlineData("oct 8 1 1", new[] { 8.0, 4, 2, 1 })]
    [InlineData("dec 1k 1 1", new[] { 1e3, 1e2, 1e1, 1.0 })]
    [InlineData("lin 2 1 3", new[] { 2.0, 1.5, 1 })]
    [InlineData("lin 3 7 1", new[] { 3.0 })]
    public void DecadesAndOctavesAreExactAndSweepsMayFall(string how, double[] values)
    {
        StepSweep sweep = StepSweep.Of(DeckReader.Parse($"sweep\n.param g=1\n.step param g {how}\nR1 a 0 {{g}}\nV1 a 0 1\n.op\n").Deck!)!;
        Assert.Equal(values, sweep.Points.Select(p => p["g"]));
    }

    [Theory]
    [InlineData("lin 1 2 0.25", "0.25 points", "steps of 0.25 make 5 points")]
    [InlineData("lin 1 2 0", "0 points", "lin|dec|oct start stop n")]
    [InlineData("dec 1 10 2.5", "how many points there are in each decade", "lin|dec|oct start stop n")]
    [InlineData("dec 0 10 5", "from one number above 0 to another", "lin|dec|oct start stop n")]
    [InlineData("oct 1 -8 1", "from one number above 0 to another", "lin|dec|oct start stop n")]
    public void SweepsThatCannotBeAreSaidSo(string how, string message, string help)
    {
        DeckResult result = DeckReader.Parse($"sweep\n.param g=1\n.step param g {how}\nR1 a 0 {{g}}\nV1 a 0 1\n.op\n");
        Assert.Contains(result.Diagnostics, d => d.Severity == Severity.Error && d.Message.Contains(message, StringComparison.Ordinal) && d.Fix!.Contains(help, StringComparison.Ordinal));
    }

    [Fact]
    public void TheTemperatureIsStepped()
    {
        using var folder = new TemporaryFolder();
        string deck = Path.Combine(folder.Path, "t.cir");
        File.WriteAllText(deck, "t\n.step param temp list 27 127\nI1 0 a 1m\nR1 a 0 1k tc1=1m\n.op\n.measure op va param='v(a)'\n");
        DeckRun run = DeckRun.Open(deck, new RunSettings { Folder = Path.Combine(folder.Path, "out") });
        Assert.Equal(RunStatus.Done, run.Run());
        Assert.Equal([1.0, 1.1], run.Results.Steps.Select(s => Math.Round(s.Measures["va"], 12)));
    }
}
