using AnalogLearn.Circuits;
using AnalogLearn.Netlist;
using AnalogLearn.Simulation.Nodal;

namespace AnalogLearn.Tests.Simulation.Nodal;

/// <summary>Tables in Cases were made by ngspice 39 from the decks beside them.</summary>
public sealed class SmallSignalAnalysisTests
{
    [Theory]
    [InlineData("spice", "ac_rc", 1e-10)]
    [InlineData("spice", "ac_neuron_lin", 1e-9)]
    [InlineData("small_signal", "ac_tank", 2e-8)]
    [InlineData("small_signal", "ac_bjt", 1e-6)]
    [InlineData("small_signal", "ac_mos", 1e-6)]
    public void ResponsesAreNgspices(string folder, string name, double tolerance)
    {
        NodalCase circuit = NodalDecks.Open("Cases", folder, name + ".cir");
        Assert.True(circuit.Solve().IsConverged);
        var diagnostics = new DiagnosticBag();
        AnalysisResult? result = SmallSignalAnalysis.Run(circuit.System, circuit.X, circuit.Deck.All<SmallSignalCard>().Single(), circuit.Options, diagnostics, out AnalysisFailure? failure);
        Assert.Null(failure);
        Assert.Empty(diagnostics);
        AgreesWith(result!, tolerance, 1, "Cases", folder, name + ".csv");
    }

    [Theory]
    [InlineData("spice", "noise_rc")]
    [InlineData("small_signal", "noise_diode")]
    [InlineData("small_signal", "noise_divider")]
    [InlineData("small_signal", "noise_bjt")]
    [InlineData("small_signal", "noise_mos")]
    public void NoiseIsNgspices(string folder, string name)
    {
        NodalCase circuit = NodalDecks.Open("Cases", folder, name + ".cir");
        Assert.True(circuit.Solve().IsConverged);
        var diagnostics = new DiagnosticBag();
        NoiseResult? result = NoiseAnalysis.Run(circuit.System, circuit.X, circuit.Deck.All<NoiseCard>().Single(), circuit.Options, diagnostics, out AnalysisFailure? failure);
        Assert.Null(failure);
        Assert.Empty(diagnostics);
        AgreesWith(result!.Spectrum, 2e-6, 0.5, "Cases", folder, name + ".noise0.csv");
        AgreesWith(result.Totals, 2e-6, 0.5, "Cases", folder, name + ".integrated1.csv");
        double total = result.Totals.Find("v(onoise_total)")!.Values[0];
        Assert.Equal(total * total, result.Contributions.Sum(c => c.OutputPower), total * total * 1e-12);
    }

    [Fact]
    public void TheNoiseOfAResistorInACapacitorIsKTOverC()
    {
        NodalCase circuit = NodalDecks.Read("rc\nV1 in 0 dc 0 ac 1\nR1 in out 10k\nC1 out 0 1p\n.noise v(out) v1 dec 40 1k 1e14\n");
        circuit.Solve();
        NoiseResult result = NoiseAnalysis.Run(circuit.System, circuit.X, circuit.Deck.All<NoiseCard>().Single(), circuit.Options, new DiagnosticBag(), out _)!;
        double expected = 1.38064852e-23 * 300.15 / 1e-12;
        Assert.Equal(expected, result.Contributions.Single().OutputPower, expected * 1e-3);
        Assert.Equal(("r1", "thermal"), (result.Contributions[0].Element, result.Contributions[0].Kind));
    }

    [Theory]
    [InlineData("tf_bridge")]
    public void TransferFunctionsAreNgspices(string name)
    {
        NodalCase circuit = NodalDecks.Open("Cases", "small_signal", name + ".cir");
        OperatingPointReport report = circuit.Solve();
        Assert.True(report.IsConverged, report.ToString());
        AnalysisResult? result = TransferFunctionAnalysis.Run(circuit.System, circuit.X, circuit.Deck.All<TransferFunctionCard>().Single(), circuit.Options, new DiagnosticBag(), out AnalysisFailure? failure);
        Assert.Null(failure);
        (string[] names, double[][] columns) = NodalDecks.Table("Cases", "small_signal", name + ".csv");
        Assert.Equal(["transfer_function", "i1#input_impedance", "output_impedance_at_v(out,b)"], result!.Columns.Select(c => c.Name));
        for (int k = 0; k < names.Length; k++)
            Assert.Equal(columns[k][0], result.Columns[k].Values[0], Math.Abs(columns[k][0]) * 1e-8);
    }

    [Fact]
    public void TransferFunctionsOfAnAmplifierAreItsFormulas()
    {
        NodalCase circuit = NodalDecks.Read("amplifier\nV1 in 0 1\nR1 in 0 5k\nE1 a 0 in 0 -10\nR2 a out 100\nR3 out b 900\nV2 b 0 0\n.tf v(out) v1\n.tf i(v2) v1\n");
        circuit.Solve();
        TransferFunctionCard[] cards = [.. circuit.Deck.All<TransferFunctionCard>()];
        AnalysisResult voltage = TransferFunctionAnalysis.Run(circuit.System, circuit.X, cards[0], circuit.Options, new DiagnosticBag(), out _)!;
        Assert.Equal(-9, voltage.Find("transfer_function")!.Values[0], 1e-12);
        Assert.Equal(5000, voltage.Find("v1#input_impedance")!.Values[0], 1e-9);
        Assert.Equal(90, voltage.Find("output_impedance_at_v(out)")!.Values[0], 1e-12);
        AnalysisResult current = TransferFunctionAnalysis.Run(circuit.System, circuit.X, cards[1], circuit.Options, new DiagnosticBag(), out _)!;
        Assert.Equal(-0.01, current.Find("transfer_function")!.Values[0], 1e-15);
        Assert.Equal(1000, current.Find("v2#output_impedance")!.Values[0], 1e-9);
    }

    [Fact]
    public void WhatIsNotThereIsNamed()
    {
        NodalCase circuit = NodalDecks.Read("rc\nV1 in 0 1\nR1 in out 1k\nR2 out 0 1k\n.tf i(r1) v1\n");
        circuit.Solve();
        var diagnostics = new DiagnosticBag();
        Assert.Null(TransferFunctionAnalysis.Run(circuit.System, circuit.X, circuit.Deck.All<TransferFunctionCard>().Single(), circuit.Options, diagnostics, out _));
        Assert.Contains(diagnostics, d => d.Message.Contains("'r1'", StringComparison.Ordinal));
    }

    [Fact]
    public void ElementsThatReadHertzAreNamed()
    {
        NodalCase circuit = NodalDecks.Read("filter\nV1 in 0 ac 1\nR1 in out 1k\nB1 out 0 I=v(out)*hertz*1n\n.ac lin 1 1 1\n");
        circuit.Solve();
        var diagnostics = new DiagnosticBag();
        Assert.Null(SmallSignalAnalysis.Run(circuit.System, circuit.X, circuit.Deck.All<SmallSignalCard>().Single(), circuit.Options, diagnostics, out _));
        Assert.Contains(diagnostics, d => d.Message.Contains("'b1' reads hertz", StringComparison.Ordinal));
    }

    [Fact]
    public void ANodeThatNothingHoldsIsNamed()
    {
        NodalCase circuit = NodalDecks.Read("floating\nV1 in 0 ac 1\nR1 in 0 1k\nL1 a 0 1u\nC1 a 0 1u\nC2 b c 1n\n.ac lin 1 1 1\n");
        AnalysisResult? result = SmallSignalAnalysis.Run(circuit.System, circuit.X, circuit.Deck.All<SmallSignalCard>().Single(), circuit.Options, new DiagnosticBag(), out AnalysisFailure? failure);
        Assert.Null(result);
        Assert.Matches(@"v\((b|c)\)", failure!.Message);
    }

    /// <summary>Every column of the table is there, and differs by no more than a part of its largest value.</summary>
    internal static void AgreesWith(AnalysisResult result, double tolerance, double share, params string[] path)
    {
        (string[] names, double[][] columns) = NodalDecks.Table(path);
        var unlike = new List<string>();
        int compared = 0;
        for (int c = 0; c < names.Length; c++)
        {
            bool real = names[c].EndsWith(".re", StringComparison.Ordinal);
            bool imaginary = names[c].EndsWith(".im", StringComparison.Ordinal);
            string name = real || imaginary ? names[c][..^3] : names[c];
            AnalysisColumn? column = name == "frequency" ? result.Axis : result.Find(name);
            if (column is null)
                continue;
            compared++;
            double[] values = imaginary ? column.Imaginary! : column.Values;
            Assert.Equal(columns[c].Length, values.Length);
            double largest = Enumerable.Range(0, values.Length).Max(k => Math.Max(column.At(k).Magnitude, Math.Abs(columns[c][k])));
            for (int k = 0; k < values.Length; k++)
            {
                if (!(Math.Abs(values[k] - columns[c][k]) <= tolerance * largest))
                {
                    unlike.Add($"{names[c]} at {k}: {values[k]:r} instead of {columns[c][k]:r}");
                    break;
                }
            }
        }

        Assert.True(unlike.Count == 0, string.Join('\n', unlike));
        Assert.True(compared >= share * names.Length, $"{compared} of {names.Length} compared");
    }
}
