using AnalogLearn.Circuits;
using AnalogLearn.Netlist;
using AnalogLearn.Simulation.Nodal;

namespace AnalogLearn.Tests.Simulation.Nodal;

public sealed class NoiseCurrentsTests
{
    private const double Boltzmann = 1.38064852e-23;

    [Fact]
    public void ACapacitorHoldsKTOverC()
    {
        // 1 kΩ and 1 pF: τ = 1 ns, steps of τ/20; 20000 of them hold 1000 independent values.
        double[] values = Run("rc\nR1 out 0 1k\nC1 out 0 1p\n.options trnoise=1 noisefmax=10g seed=3\n.op\n", "v(out)", 0.05e-9, 2000e-9, 5e-9);
        double expected = Boltzmann * 300.15 / 1e-12;
        Assert.Equal(1, Variance(values) / expected, 0.12);
    }

    [Fact]
    public void AResistorsNoiseIs4KTRB()
    {
        // At the samples themselves the current's variance is S B: 4kTRB of voltage across the resistor alone.
        double[] values = Run("r\nR1 out 0 10k\nC1 x 0 1p\nR2 x 0 1k\n.options trnoise=1 noisefmax=1meg seed=4\n.op\n", "v(out)", 0.5e-6, 5e-3, 1e-6);
        double expected = 4 * Boltzmann * 300.15 * 1e4 * 1e6;
        Assert.Equal(1, Variance(values) / expected, 0.05);
        Assert.Equal(0, values.Average() / Math.Sqrt(expected), 0.04);
        double neighbours = 0;
        for (int k = 1; k < values.Length; k++)
            neighbours += values[k] * values[k - 1] / expected;
        Assert.Equal(0, neighbours / values.Length, 0.05);
    }

    [Fact]
    public void ADiodesShotNoiseIsWhatTheNoiseAnalysisSays()
    {
        const string Deck = "shot\nV1 in 0 1 ac 1\nR1 in out 100k\nD1 out 0 dm\nC1 out 0 10p\n.model dm D(is=1e-14)\n.options trnoise=1 noisefmax=100meg seed=7\n.noise v(out) v1 dec 20 10 100g\n";
        NodalCase circuit = NodalDecks.Read(Deck);
        Assert.True(circuit.Solve().IsConverged);
        double expected = NoiseAnalysis.Run(circuit.System, circuit.X, circuit.Deck.All<NoiseCard>().Single(), circuit.Options, new DiagnosticBag(), out _)!.Contributions.Sum(c => c.OutputPower);
        double[] values = Run(Deck, "v(out)", 5e-9, 100e-6, 1e-6);
        Assert.Equal(1, Variance(values) / expected, 0.15);
    }

    [Fact]
    public void NoiseDependsOnTheSeedAndTheNameAlone()
    {
        const string Alone = "r\nR1 out 0 10k\nC1 x 0 1p\nR2 x 0 1k\n";
        const string Among = "r\nR5 y 0 7k\nR2 x 0 1k\nC1 x 0 1p\nR1 out 0 10k\n";
        double[] first = Run(Alone + ".options trnoise=1 noisefmax=1meg seed=4\n.op\n", "v(out)", 0.5e-6, 20e-6, 0);
        double[] second = Run(Among + ".options trnoise=1 noisefmax=1meg seed=4\n.op\n", "v(out)", 0.5e-6, 20e-6, 0);
        double[] other = Run(Alone + ".options trnoise=1 noisefmax=1meg seed=5\n.op\n", "v(out)", 0.5e-6, 20e-6, 0);
        double[] quiet = Run(Alone + ".options noisefmax=1meg seed=4\n.op\n", "v(out)", 0.5e-6, 20e-6, 0);
        Assert.Equal(first.Length, second.Length);
        for (int k = 0; k < first.Length; k++)
            Assert.Equal(first[k], second[k], 1e-12 * Math.Abs(first[k]));
        Assert.NotEqual(first[^1], other[^1]);
        Assert.All(quiet, v => Assert.Equal(0, v));
    }

    private static double Variance(double[] values)
    {
        double mean = values.Average();
        return values.Sum(v => (v - mean) * (v - mean)) / (values.Length - 1);
    }

    private static double[] Run(string deck, string name, double step, double stop, double from)
    {
        NodalCase circuit = NodalDecks.Read(deck);
        var recorder = new TransientRecorder(circuit.Circuit);
        TransientReport report = new TransientSolver(circuit.System, circuit.Options).Run(new TransientSpan(step, stop) { MaximumStep = step }, recorder);
        Assert.True(report.IsFinished, report.Failure?.Message);
        AnalysisResult result = recorder.Result();
        int first = Array.FindIndex(result.Axis!.Values, t => t > from);
        return result.Find(name)!.Values[first..];
    }
}
