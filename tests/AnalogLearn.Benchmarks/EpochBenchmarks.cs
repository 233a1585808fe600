using AnalogLearn.Circuits;
using AnalogLearn.Learning;
using AnalogLearn.Netlist;
using AnalogLearn.Studies;
using BenchmarkDotNet.Attributes;

namespace AnalogLearn.Benchmarks;

/// <summary>
/// Whole epochs of equilibrium propagation on drawn digits, 784-256-10: settling, nudging, local updates, weight packing and batching together, with phases of fixed
/// length and with phases that end when an example has settled.
/// </summary>
[SimpleJob(warmupCount: 1, iterationCount: 5)]
public class EpochBenchmarks
{
    private Experiment _experiment = null!;

    /// <summary>Tolerance of both phases [V]; 0 runs all 30 + 12 steps.</summary>
    [Params("0", "1m")]
    public string Tolerance { get; set; } = "0";

    /// <summary>Reads the deck and draws the digits.</summary>
    [GlobalSetup]
    public void Setup()
    {
        string text = $"""
            An epoch of drawn digits
            .model cell neuron(c=1n g=1u rho=hardsigmoid clip=0,1)
            .model w synapse(init=glorot)
            Nx x[0:783] input
            Nh h[0:255] cell
            Ny y[0:9] cell
            Yxh x h w
            Yhy h y w
            Yyh y h w
            .dataset digits digits() input=x target=y train=10000 test=20
            .learn eqprop(beta=0.5 free=15m nudge=6m tol={Tolerance}) out=y rate Yxh=0.3 Yhy=0.1 Yyh=0.01
            .train epochs=1 batch=20 seed=1
            """;
        var diagnostics = new DiagnosticBag();
        _experiment = Experiment.Bind(DeckReader.Parse(text).Deck!, new ExperimentSettings(), diagnostics)
            ?? throw new InvalidOperationException(string.Join('\n', diagnostics));
    }

    /// <summary>10,000 examples, batches of 20, from fresh weights.</summary>
    [Benchmark(OperationsPerInvoke = 10000)]
    public TrainingEnd Example() => _experiment.CreateTrainer<float>().Run();
}
