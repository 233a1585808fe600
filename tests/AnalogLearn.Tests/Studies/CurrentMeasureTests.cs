using AnalogLearn.Netlist;
using AnalogLearn.Studies;

namespace AnalogLearn.Tests.Studies;

public sealed class CurrentMeasureTests
{
    [Theory]
    [InlineData("r1", false)]
    [InlineData("v1", true)]
    [InlineData("l1", true)]
    [InlineData("e1", true)]
    public void OnlyCurrentsThatAreUnknownsCanBeMeasured(string element, bool can)
    {
        using var folder = new TemporaryFolder();
        string deck = Path.Combine(folder.Path, "c.cir");
        File.WriteAllText(deck, $"c\nV1 in 0 2\nR1 in a 1k\nL1 a 0 1m\nE1 b 0 in 0 2\nR2 b 0 1k\n.op\n.measure op current param='i({element})'\n");
        DeckRun run = DeckRun.Open(deck, new RunSettings { Folder = Path.Combine(folder.Path, "out") });
        Assert.Equal(can ? RunStatus.Done : RunStatus.BadInput, run.Run());
        if (can)
        {
            Assert.True(double.IsFinite(Assert.Single(run.Results.Measures).Value));
        }
        else
        {
            Diagnostic told = Assert.Single(run.Diagnostics);
            Assert.Equal((8, 30), told.Span.Source.Locate(told.Span.Start));
        }
    }
}
