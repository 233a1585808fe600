using System.Globalization;
using AnalogLearn.Circuits;
using AnalogLearn.Netlist;
using AnalogLearn.Simulation.Nodal;

namespace AnalogLearn.Tests.Simulation.Nodal;

public sealed class DirectSweepTests
{
    [Theory]
    [InlineData("dc_diode_iv")]
    [InlineData("dc_ep_neuron")]
    [InlineData("dc_bsource_tanh")]
    [InlineData("dc_mos_ota")]
    [InlineData("dc_bjt_diffpair")]
    public void CasesOfNgspiceAreMet(string name)
    {
        NodalCase circuit = NodalDecks.Open("Cases", "spice", name + ".cir");
        (string[] names, double[][] columns) = NodalDecks.Table("Golden", "spice", name + ".csv");
        AnalysisResult result = Run(circuit);
        Assert.Equal(names[0], $"v({result.Axis!.Name})");
        for (int c = 0; c < names.Length; c++)
        {
            double[] ours = c == 0 ? result.Axis.Values : result.Find(names[c])!.Values;
            Assert.Equal(columns[c].Length, ours.Length);
            double largest = columns[c].Max(Math.Abs);
            for (int p = 0; p < ours.Length; p++)
                Assert.True(Math.Abs(ours[p] - columns[c][p]) <= 1e-6 * largest, string.Create(CultureInfo.InvariantCulture, $"{names[c]} at {columns[0][p]}: {ours[p]} and {columns[c][p]}"));
        }
    }

    [Fact]
    public void SweepsNest()
    {
        NodalCase circuit = NodalDecks.Read("nested\nV1 a 0 1\nI1 0 b 1m\nR1 a b 1k\nR2 b 0 2k\n.dc V1 0 2 1 I1 0 2m 1m\n");
        AnalysisResult result = Run(circuit);
        Assert.Equal("v-sweep", result.Axis!.Name);
        Assert.Equal([0, 1, 2, 0, 1, 2, 0, 1, 2], result.Axis.Values);
        double[] b = result.Find("v(b)")!.Values;
        for (int k = 0; k < 9; k++)
            Assert.Equal(((k % 3 * 1e-3) + (k / 3 * 1e-3)) / 1.5e-3, b[k], 12);
        Assert.Equal(1, circuit.System.SourceValues[0]);
    }

    [Fact]
    public void ResistancesTemperaturesAndCardsCanBeSwept()
    {
        const string lines = "V1 a 0 1\nR1 a b 1k tc1=1m\nR2 b 0 1k\nD1 b 0 dm\n.model dm D(is=1e-30)\n.dc V1 0 1 1\n";
        NodalCase circuit = NodalDecks.Read("sweeps\n" + lines);
        AnalysisResult resistance = Run(circuit, new SweepDimension("r2", 1e3, 3e3, 1e3));
        Assert.Equal("res-sweep", resistance.Axis!.Name);
        Assert.Equal([0.5, 2.0 / 3, 0.75], resistance.Find("v(b)")!.Values, (a, b) => Math.Abs(a - b) < 1e-9);
        AnalysisResult temperature = Run(circuit, new SweepDimension("temp", 27, 127, 100));
        Assert.Equal("temp-sweep", temperature.Axis!.Name);
        Assert.Equal([0.5, 1 / 2.1], temperature.Find("v(b)")!.Values, (a, b) => Math.Abs(a - b) < 1e-9);
        AnalysisResult card = Run(circuit, new SweepDimension("dm[is]", 1e-14, 1e-9, 1e-9 - 1e-14));
        Assert.True(card.Find("v(b)")!.Values[1] < card.Find("v(b)")!.Values[0]);
        Assert.Equal(0.5, circuit.Solve().IsConverged ? circuit["v(b)"] : 0, 9);
    }

    [Fact]
    public void WhatIsNotThereIsNamed()
    {
        NodalCase circuit = NodalDecks.Read("none\nV1 a 0 1\nR1 a 0 1k\n.op\n");
        var diagnostics = new DiagnosticBag();
        var card = new DirectSweepCard(new SweepDimension("v9", 0, 1, 1), null, SourceSpan.None);
        Assert.Null(DirectSweep.Run(circuit.System, card, circuit.Options, diagnostics, out _));
        Assert.Contains("v9", Assert.Single(diagnostics).Message, StringComparison.Ordinal);
    }

    private static AnalysisResult Run(NodalCase circuit, SweepDimension? dimension = null)
    {
        DirectSweepCard card = circuit.Deck.All<DirectSweepCard>().Single();
        if (dimension is not null)
            card = card with { Inner = dimension };
        var diagnostics = new DiagnosticBag();
        AnalysisResult? result = DirectSweep.Run(circuit.System, card, circuit.Options, diagnostics, out AnalysisFailure? failure);
        Assert.True(result is not null && failure is null, failure?.Message + string.Join('\n', diagnostics));
        return result;
    }
}
