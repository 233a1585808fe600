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
