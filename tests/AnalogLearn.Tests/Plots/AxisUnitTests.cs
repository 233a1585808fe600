using AnalogLearn.Netlist;
using AnalogLearn.Plots;
using AnalogLearn.Studies;
using AnalogLearn.Tests.Studies;

namespace AnalogLearn.Tests.Plots;

/// <summary>Every axis of numbers has a unit, or is declared to be of a pure number.</summary>
public sealed class AxisUnitTests
{
    public static TheoryData<string> Names => [.. SampleFigures.Built.Select(f => f.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void AxesOfBuiltFiguresHaveUnits(string name) => Check(SampleFigures.ByName(name));

    [Fact]
    public void WhatNudgesACircuitIsAConductance()
    {
        Curve[] curves = [new("one-sided", [1e-6, 1e-5], [1, 10])];
        Assert.Equal("S", Figures.NudgeSweep(curves, unit: "S").Panels[0].X.Unit);
        Check(Figures.NudgeSweep(curves));
        Check(Figures.NudgeError(curves, unit: "S"));
        Assert.Equal("V", Figures.AnglesAndAlignment([], [], curves).Panels[0].Y.Unit);
    }

    /// <summary>What a deck plots has the unit of what it is: a current is no voltage, and a frequency is in Hz.</summary>
    [Theory]
    [InlineData(".tran 1u 10u\n.plot tran i(v1)", "time [", "current [A]")]
    [InlineData(".tran 1u 10u\n.plot tran v(b)", "time [", "voltage [V]")]
    [InlineData(".tran 1u 10u\n.plot tran v(a)-v(b)", "time [", "voltage [V]")]
    [InlineData(".tran 1u 10u\n.plot tran v(b) i(v1)", "time [", "[V, A]")]
    [InlineData(".dc V1 0 1 0.1\n.plot dc i(v1)", "[V]", "current [A]")]
    public void PlotsOfADeckHaveUnits(string cards, string x, string y)
    {
        using var folder = new TemporaryFolder();
        string deck = folder.File("divider.cir", $"divider\nV1 a 0 1\nR1 a b 1\nR2 b 0 1\n{cards}\n"), place = Path.Combine(folder.Path, "out");
        DeckRun run = DeckRun.Open(deck, new RunSettings { Folder = place });
        Assert.Equal(RunStatus.Done, run.Run());
        string[] plots = [.. Directory.GetFiles(Path.Combine(place, "plots"), "*.svg").Select(File.ReadAllText)];
        Assert.Contains(plots, p => Shown(p).Contains(y, StringComparison.Ordinal) && (x.EndsWith('[') || Shown(p).Contains(x, StringComparison.Ordinal)));

        static string Shown(string svg) => System.Text.RegularExpressions.Regex.Replace(svg, "<[^>]*>", "|", System.Text.RegularExpressions.RegexOptions.None, TimeSpan.FromSeconds(1));
    }

    /// <summary>The curves of all cards of the device libraries.</summary>
    [Fact]
    public void SheetsOfDevicesHaveUnits()
    {
        var diagnostics = new DiagnosticBag();
        DeviceEntry[] entries = [.. DeviceCatalog.Read(DeviceCatalog.Find()!, diagnostics)];
        Assert.NotEmpty(entries);
        foreach (DeviceEntry entry in entries)
            Assert.All(DeviceSheet.Draw(entry), Check);
    }

    private static void Check(Figure figure)
    {
        foreach (Panel panel in figure.Panels)
        {
            foreach ((string which, Axis axis) in new[] { ("x", panel.X), ("y", panel.Y) })
            {
                bool drawsNumbers = !axis.Hidden && axis.Categories.Count == 0 && !panel.Series.Any(s => s is ImageGridSeries);
                Assert.True(!drawsNumbers || axis.Unit.Length > 0 || axis.IsPureNumber, $"the {which} axis '{axis.Label}' of {figure.Name}, {panel.Title}, has no unit");
            }
        }
    }
}
