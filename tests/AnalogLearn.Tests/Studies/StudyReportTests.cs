using AnalogLearn.Studies;

namespace AnalogLearn.Tests.Studies;

/// <summary>What a study and a sweep leave behind.</summary>
public sealed class StudyReportTests : IDisposable
{
    private readonly TemporaryFolder _room = new();

    public void Dispose() => _room.Dispose();

    [Fact]
    public void A_study_tells_its_yield_its_worst_chips_and_how_to_run_them()
    {
        (RunRecord record, string report) = Run("divider\nV1 a 0 1\nR1 a b 1k DEV=5%\nR2 b 0 1k DEV=5%\n.op\n.measure op vb param='v(b)'\n.mc 60 seed=7 spec=\"v(b)>0.49\"\n");
        Assert.Equal("report.html", record.Report);
        Assert.Equal(["chips.csv"], record.Tables.ToArray());
        Assert.Contains("plots/distributions.svg", record.Plots);
        ChipRecord worst = record.Chips.MinBy(c => c.Measures["vb"])!;
        Assert.Contains($"--chip {worst.Chip}", report, StringComparison.Ordinal);
        Assert.Contains("The worst and the best chips", report, StringComparison.Ordinal);
        Assert.Contains("nominal", report, StringComparison.Ordinal);
        string histogram = File.ReadAllText(Path.Combine(_room.Path, "plots", "distributions.svg"));
        Assert.Contains("490 mV", histogram, StringComparison.Ordinal);
    }

    [Fact]
    public void A_study_of_distances_ranks_chips_by_them_and_says_its_own_seed()
    {
        (RunRecord record, string report) = Run("divider\nV1 a 0 1\nR1 a b 1k DEV=5%\nR2 b 0 1k DEV=5%\n.op\n.measure op vb param='v(b)'\n.mc 60 seed=7 spec=\"abs(vb-0.5)<0.02\"\n");
        ChipRecord best = record.Chips.MinBy(c => Math.Abs(c.Measures["vb"] - 0.5))!, worst = record.Chips.MaxBy(c => Math.Abs(c.Measures["vb"] - 0.5))!;
        Assert.InRange(report.IndexOf($"--chip {worst.Chip}<", StringComparison.Ordinal), 0, report.IndexOf($"--chip {best.Chip}<", StringComparison.Ordinal));
        Assert.Contains("By how far vb is from 0.5", report, StringComparison.Ordinal);
        Assert.Contains("seed 7", report, StringComparison.Ordinal);
        Assert.Contains("60 chips; 60 done", report, StringComparison.Ordinal);
    }

    [Fact]
    public void A_study_over_two_parameters_has_curves_and_maps()
    {
        (RunRecord record, string report) = Run(
            "divider\n.param r=1k v=1\nV1 a 0 {v}\nR1 a b {r} DEV=5%\nR2 b 0 1k DEV=5%\n.op\n.measure op vb param='v(b)'\n.step param r list 500 1k 2k\n.step param v list 1 2\n.mc 20 seed=7 spec=\"v(b)>0.5\"\n");
        Assert.Equal(120, record.Chips.Count);
        Assert.Equal(["chips.csv", "steps.csv"], record.Tables.ToArray());
        foreach (string plot in new[] { "yield", "step-vb", "map-vb", "map-yield" })
            Assert.Contains($"plots/{plot}.svg", record.Plots);
        Assert.Contains("<h2>Yield</h2>", report, StringComparison.Ordinal);
        Assert.Contains("--set r=", report, StringComparison.Ordinal);
    }

    [Fact]
    public void Failures_are_grouped_by_their_first_error()
    {
        (RunRecord record, string report) = Run("divider\nV1 a 0 1\nR1 a b 1k DEV=60%\nR2 b 0 1k\n.op\n.measure op vb param='v(b)'\n.mc 60 seed=7 spec=\"v(b)>0.4\"\n");
        Assert.Contains(record.Chips, c => c.Status == "bad_input");
        Assert.Contains("Chips that were not simulated", report, StringComparison.Ordinal);
    }

    [Fact]
    public void A_sweep_without_chips_has_a_report_too()
    {
        (RunRecord record, string report) = Run("divider\n.param r=1k\nV1 a 0 1\nR1 a b {r}\nR2 b 0 1k\n.op\n.measure op vb param='v(b)'\n.step param r list 500 1k 2k\n");
        Assert.Equal("report.html", record.Report);
        Assert.Equal(["steps.csv"], record.Tables.ToArray());
        Assert.Contains("Points of the sweep", report, StringComparison.Ordinal);
    }

    private (RunRecord Record, string Report) Run(string text)
    {
        string deck = Path.Combine(_room.Path, "deck.cir");
        File.WriteAllText(deck, text);
        DeckRun run = DeckRun.Open(deck, new RunSettings { Folder = _room.Path });
        RunStatus status = run.Run();
        Assert.True(status is RunStatus.Done or RunStatus.CheckNotMet, string.Join('\n', run.Diagnostics.Select(d => d.Message)));
        return (run.Results.Record, File.ReadAllText(Path.Combine(_room.Path, "report.html")));
    }
}
