using AnalogLearn.Circuits;
using AnalogLearn.Data;
using AnalogLearn.Interchange;
using AnalogLearn.Learning;
using AnalogLearn.Netlist;
using AnalogLearn.Numerics;
using AnalogLearn.Studies;

namespace AnalogLearn.Tests.Interchange;

public class OnnxDigitsTests
{
    private const string Deck = """
        Drawn digits, learned a little
        .model cell neuron(c=1n g=1u rho=hardsigmoid clip=0,1)
        .model w    synapse(init=glorot)
        Nx  x[0:195] input
        Nh  h[0:63] cell
        Ny  y[0:9]   cell
        Yxh x h w
        Yhy h y w
        Yyh y h w
        .dataset digits digits(size=14) input=x target=y train=1000 test=200
        .learn eqprop(beta=0.5 free=15m nudge=6m) out=y rate Yxh=0.2 Yhy=0.1 Yyh=0.02
        .train epochs=6 batch=20 seed=1
        """;

    [OnnxRuntimeFact]
    public void A_trained_network_reads_held_out_digits_alike_in_ONNX_Runtime()
    {
        DeckResult deck = DeckReader.Parse(Deck, "digits.cir");
        Experiment experiment = Experiment.Bind(deck.Deck!, new ExperimentSettings { Seed = 1 }, deck.Diagnostics)!;
        Assert.False(deck.Diagnostics.HasErrors, string.Join('\n', deck.Diagnostics));
        Trainer<float> trainer = experiment.CreateTrainer<float>();
        Assert.Equal(TrainingEnd.Done, trainer.Run());

        var diagnostics = new DiagnosticBag();
        using var stream = new MemoryStream();
        Assert.True(OnnxExport.Write(experiment.Network.Circuit, trainer.Field.Theta, new OnnxExportOptions { OutputBuses = ["y"], Tolerance = 1e-6, MaximumSteps = 2000 }, stream, diagnostics));
        Examples test = experiment.Data!.Test;
        var pixels = new Batch<float>(test.Count, 196);
        test.Inputs.CopyTo(pixels.Span);
        var inputs = new Dictionary<string, Batch<float>> { ["x"] = pixels };
        OnnxNetwork network = OnnxNetwork.Read(stream.ToArray(), "digits.onnx", diagnostics)!;
        (string version, List<Dictionary<string, OnnxTensor>> results) = OnnxRuntimeNode.Run([(stream.ToArray(), inputs)]);
        IReadOnlyDictionary<string, Batch<float>> simulated = OnnxVerification.Simulate(network, inputs, diagnostics)!;
        OnnxVerification report = OnnxVerification.Compare(network, simulated, results[0], version);
        Assert.Empty(diagnostics);
        Assert.Equal(0, report.UnsettledCount);
        Assert.True(report.LargestDifference < 1e-5, $"{report}");

        // It has learned something, so that its outputs differ from digit to digit.
        double[] y = results[0]["y"].Values;
        int right = Enumerable.Range(0, test.Count).Count(e => y.AsSpan(e * 10, 10).IndexOf(y.AsSpan(e * 10, 10).ToArray().Max()) == test.Labels[e]);
        Assert.True(right > test.Count / 2, $"{right} of {test.Count}");
    }
}
