using AnalogLearn.Studies;

namespace AnalogLearn.Tests.Studies;

/// <summary>Statistics of a measure over chips, with and without weights.</summary>
public sealed class ChipStatisticsTests
{
    [Fact]
    public void WithoutWeightsTheyAreTheUsualOnes()
    {
        var of = ChipStatistics.Of([(4, 9), (1, 9), (double.NaN, 9), (2, 9), (3, 9)], isWeighted: false);
        Assert.Equal((4, 2.5, 1, 4), (of.Count, of.Mean, of.Least, of.Most));
        Assert.Equal(Math.Sqrt(5.0 / 3), of.Deviation, 1e-14);
        Assert.Equal((1.75, 2.5, 4), (of.Quantile(0.25), of.Quantile(0.5), of.Quantile(1)));
    }

    /// <summary>A chip of weight 3 is three chips of weight 1, but for how many there are to spread.</summary>
    [Fact]
    public void AWeightIsThatManyChips()
    {
        var weighted = ChipStatistics.Of([(1, 3), (5, 1), (2, 2)], isWeighted: true);
        var repeated = ChipStatistics.Of([(1, 1), (1, 1), (1, 1), (2, 1), (2, 1), (5, 1)], isWeighted: true);
        Assert.Equal(repeated.Mean, weighted.Mean, 1e-14);
        Assert.Equal(repeated.Deviation * repeated.Deviation * 5 / 6, weighted.Deviation * weighted.Deviation * 2 / 3, 1e-13);
        foreach (double share in new[] { 0.05, 0.3, 0.5, 0.6, 0.9, 1 })
            Assert.Equal(repeated.Quantile(share), weighted.Quantile(share));
        Assert.Equal((1, 5), (weighted.Least, weighted.Most));
    }

    [Fact]
    public void OfOneChipThereIsNoDeviationAndOfNoneNothing()
    {
        var one = ChipStatistics.Of([(2, 1)], isWeighted: true);
        Assert.Equal((2, 2), (one.Mean, one.Quantile(0.5)));
        Assert.True(double.IsNaN(one.Deviation));
        var none = ChipStatistics.Of([(double.NaN, 1)], isWeighted: false);
        Assert.True(double.IsNaN(none.Mean) && double.IsNaN(none.Least) && double.IsNaN(none.Quantile(0.5)) && none.Count == 0);
    }

    /// <summary>The screen and the report of a study whose chips have weights say the same of them.</summary>
    [Fact]
    public void TheScreenAndTheReportSayTheSame()
    {
        using var folder = new TemporaryFolder();
        string place = Path.Combine(folder.Path, "out"), deck = folder.File(
            "rare.cir", "rare\n.model rs r(r=1k DEV=5%)\nV1 a 0 1\nR1 a b rs\nR2 b 0 rs\n.op\n.measure op out param='v(b)'\n.mc 40 seed=1 importance=scale scale=2 spec=\"abs(out-0.5)<0.03\"\n");
        DeckRun run = DeckRun.Open(deck, new RunSettings { Folder = place });
        run.Run("mc");
        string[] screen = MonteCarlo.ToTable(run.Results.Steps).Split('\n')[2].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var of = ChipStatistics.Of(run.Results.Steps, "out", isWeighted: true);
        Assert.Equal(of.Mean, double.Parse(screen[1], System.Globalization.CultureInfo.InvariantCulture), 1e-6);
        Assert.Equal(of.Deviation, double.Parse(screen[2], System.Globalization.CultureInfo.InvariantCulture), 1e-6);
        string report = File.ReadAllText(Path.Combine(place, "report.html"));
        foreach (double number in new[] { of.Mean, of.Deviation, of.Quantile(0.5) })
            Assert.Contains($">{AnalogLearn.Plots.ReportTable.Cell(number)}<", report, StringComparison.Ordinal);
    }
}
