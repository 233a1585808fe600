using AnalogLearn.Circuits;
using AnalogLearn.Numerics;
using AnalogLearn.Simulation;

namespace AnalogLearn.Benchmarks;

/// <summary>The network of Scellier et al.: 784-512-512-10, hard sigmoid, states between 0 and 1, free feedback weights.</summary>
internal sealed class PaperNetwork
{
    public PaperNetwork(int batch)
    {
        NeuronBank x = Bank("x", 784) with { IsInput = true }, h1 = Bank("h1", 512), h2 = Bank("h2", 512), y = Bank("y", 10);
        Network = RateNetwork.Compile(new Circuit
        {
            Banks = [x, h1, h2, y],
            Arrays = [Array("yx1", x, h1), Array("y12", h1, h2), Array("y21", h2, h1), Array("y2y", h2, y), Array("yy2", y, h2)],
        });
        Field = new RateField<float>(Network, Network.InitialParameters(1).To<float>());
        Batch = batch;
        var random = new Random(1);
        var input = new Batch<float>(batch, 784);
        foreach (ref float v in input.Span)
            v = Math.Max(0, (3 * random.NextSingle()) - 2);
        Field.SetInput(0, input);
        State = new Batch<float>(batch, Network.StateCount);
        Targets = new Batch<float>(batch, 10);
        for (int e = 0; e < batch; e++)
            Targets[e, random.Next(10)] = 1;
    }

    /// <summary>Floating-point operations of one step of one example.</summary>
    public static double StepOperations => 2.0 * ((2 * 512 * 512) + (2 * 512 * 10));

    public int Batch { get; }

    public RateNetwork Network { get; }

    public RateField<float> Field { get; }

    public Batch<float> State { get; }

    public Batch<float> Targets { get; }

    private static NeuronBank Bank(string bus, int width) => new()
    {
        Name = "n" + bus,
        Bus = new Bus(bus, 0, width),
        Activation = Activation.HardSigmoid,
        ClipLow = 0,
        ClipHigh = 1,
        Bias = [.. new double[width]],
    };

    private static SynapseArray Array(string name, NeuronBank pre, NeuronBank post) => new() { Name = name, Pre = pre.Bus, Post = post.Bus };
}
