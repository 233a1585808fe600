using AnalogLearn.Circuits;
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
