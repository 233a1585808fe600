using AnalogLearn.Circuits;
using AnalogLearn.Netlist;
using AnalogLearn.Studies;

namespace AnalogLearn.Tests.Studies;

/// <summary><c>.plot tran … vs …</c>.</summary>
public sealed class PhasePlaneTests
{
    private const string Oscillator = "oscillator\nC1 a 0 1\nL1 a 0 1\n.ic v(a)=1\n.tran 10m 6 uic\n";

    [Fact]
    public void QuantitiesAreDrawnAgainstQuantities()
    {
        using var folder = new TemporaryFolder();
        var run = DeckRun.Of(DeckReader.Parse(Oscillator + ".plot tran v(a) vs i(l1)\n").Deck!, new RunSettings { Folder = folder.Path });
        Assert.Equal(RunStatus.Done, run.Run());
        string figure = File.ReadAllText(Path.Combine(folder.Path, "plots", "plot-1.svg"));
        Assert.Contains("v(a) against i(l1)", figure, StringComparison.Ordinal);
    }

    /// <summary>Which way a trajectory runs is seen from the mark at its start, one for each.</summary>
    [Fact]
    public void TrajectoriesHaveMarksAtTheirStarts()
    {
        using var folder = new TemporaryFolder();
        const string lanes = "decays\nCa a[0:2] 0 1\nRa a[0:2] 0 1\nCb b[0:2] 0 1\nRb b[0:2] 0 2\n.ic v(a[0])=1 v(a[1])=-1 v(a[2])=2 v(b[0])=1 v(b[1])=2 v(b[2])=-1\n.tran 0.1 4 uic\n";
        Assert.Equal((3, true), Marks(lanes + ".plot tran v(b[0:2]) vs v(a[0:2])\n", "starts"));
        Assert.Equal((1, true), Marks(Oscillator + ".plot tran v(a) vs i(l1)\n", "start"));

        (int, bool) Marks(string text, string label)
        {
            string place = Path.Combine(folder.Path, label);
            var run = DeckRun.Of(DeckReader.Parse(text).Deck!, new RunSettings { Folder = place });
            Assert.Equal(RunStatus.Done, run.Run());
            string figure = File.ReadAllText(Path.Combine(place, "plots", "plot-1.svg"));

            // One mark more than there are trajectories: that of the legend.
            return (figure.Split("a2.5 2.5 0 1 0 5 0").Length - 2, figure.Contains($">{label}<", StringComparison.Ordinal));
        }
    }

    [Theory]
    [InlineData(".plot tran v(a) vs")]
    [InlineData(".plot tran vs v(a)")]
    [InlineData(".plot tran v(a) v(a) v(a) vs v(a) i(l1)")]
    public void WhatDoesNotPairIsAnError(string card)
    {
        var run = DeckRun.Of(DeckReader.Parse(Oscillator + card + "\n").Deck!, new RunSettings { Folder = "unused" });
        Assert.False(run.Bind());
        Assert.Contains(run.Diagnostics, d => d.Severity == Severity.Error && d.Message.Contains("plotted against", StringComparison.Ordinal));
    }
}
