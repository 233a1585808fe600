using AnalogLearn.Circuits;
using AnalogLearn.Learning;
using AnalogLearn.Netlist;
using AnalogLearn.Numerics;
using AnalogLearn.Simulation;
using AnalogLearn.Studies;
using AnalogLearn.Variation;

namespace AnalogLearn.Tests.Learning;

/// <summary>Noise and converters in what learning reads of settled states.</summary>
public sealed class StateSamplerTests
{
    private const string Deck =
        "xor\n.model cell neuron(rho=tanh noise=3n a0=100 DEV=20% slew=1meg DEV=10% flicker_corner=1k DEV=5% adc=12 range=-4,4 adc_noise=1m DEV=30%)\n.model out neuron(rho=linear noise=3n adc=3 range=-0.2,1.2)\n.model w synapse()\n"
        + "Nx x[0:1] input dac=2 range=0,1\nNh h[0:5] cell\nNy y out\nYxh x h w\nYhy h y w\nYyh y h w tied=Yhy\n.dataset d xor() input=x target=y\n.learn eqprop(beta=0.5 free=10m nudge=5m)\n"
        + ".train epochs=3 batch=4 rate=0.05 seed=3\n.options settle_noise=1 precision=double\n";

    [Theory]
    [InlineData("eqprop(beta=0.5 free=10m nudge=5m)")]
    [InlineData("eqprop(beta=0.5 free=10m nudge=5m centered=1)")]
    [InlineData("stdp(beta=0.5 free=10m nudge=3m)")]
    public void NoiseIsAFunctionOfSeedAndChipAndNotOfThreads(string rule)
    {
        string deck = Deck.Replace("eqprop(beta=0.5 free=10m nudge=5m)", rule, StringComparison.Ordinal);
        double[] one = Train(deck, threads: 1);
        Assert.Equal(one, Train(deck, threads: 2));
        Assert.NotEqual(one, Train(deck, threads: 1, seed: 4));
        Assert.NotEqual(one, Train(deck.Replace("settle_noise=1", "settle_noise=0", StringComparison.Ordinal), threads: 1));
        Assert.NotEqual(one, Train(deck.Replace("adc=3", "adc=4", StringComparison.Ordinal), threads: 1));

        // The same devices, but another chip's noise.
        Circuit circuit = Read(deck).Circuit;
        double[] first = Train(Read(deck) with { Circuit = circuit with { Chip = new ChipKey(1, 1) } }, 1, null), second = Train(Read(deck) with { Circuit = circuit with { Chip = new ChipKey(1, 2) } }, 1, null);
        Assert.NotEqual(first, second);
        Assert.All(one, w => Assert.True(double.IsFinite(w)));
    }

    [Fact]
    public void ScoringSeesCodesAndTheCircuitDoesNot()
    {
        // One bit at the output: costs of ½ (0 or 1)² alone.
        string deck = Deck.Replace("adc=3 range=-0.2,1.2", "adc=1 range=0,1", StringComparison.Ordinal);
        Experiment experiment = Bind(Read(deck), 1, null);
        Trainer<double> trainer = experiment.CreateTrainer<double>();
        double cost = trainer.Evaluate(experiment.Data!.Test).Cost;
        Assert.Equal(Math.Round(8 * cost), 8 * cost, 1e-12);

        RateNetwork network = experiment.Network;
        Batch<double> state = new(5, network.StateCount);
        CounterRandom.ForPath(1, "states").FillUniform(state.Span);
        Batch<double>? room = null;
        double[] before = [.. state.Values];
        Batch<double> read = new StateSampler<double>(network).Read(state, "free", new BatchPlace(1, 0, 0), ref room);
        Assert.Equal(before, state.Values);
        RateBank output = network.Bank("y");
        for (int e = 0; e < 5; e++)
        {
            Assert.Contains(read[e, output.Offset], new[] { 0.0, 1 });
            Assert.NotEqual(state[e, 0], read[e, 0]);
        }
    }

    [Fact]
    public void EachNeuronOfAChipHasItsOwn()
    {
        Chip chip = Read(Deck).Fabricate(1, 2);
        Assert.Empty(chip.Problems);
        RateNetwork network = RateNetwork.Compile(chip.Circuit);
        foreach (double[] numbers in new[] { network.LeakFactor, network.SlewRate, network.FlickerCorner, network.AdcNoise })
            Assert.Equal(6, numbers.Take(6).Distinct().Count());
        Assert.All(network.LeakFactor.Take(6), k => Assert.InRange(k, 1.002, 1.05));
        Assert.Equal(1, network.LeakFactor[6]);
        Assert.Equal(double.PositiveInfinity, network.SlewRate[6]);
    }

    private static double[] Train(string deck, int threads, ulong? seed = null) => Train(Read(deck), threads, seed);

    private static double[] Train(Deck deck, int threads, ulong? seed)
    {
        Trainer<double> trainer = Bind(deck, threads, seed).CreateTrainer<double>();
        Assert.Equal(TrainingEnd.Done, trainer.Run());
        return [.. trainer.Field.Theta.Blocks.SelectMany(b => b)];
    }

    private static Experiment Bind(Deck deck, int threads, ulong? seed)
    {
        var diagnostics = new DiagnosticBag();
        Experiment? experiment = Experiment.Bind(deck, new ExperimentSettings { ThreadCount = threads, Seed = seed }, diagnostics);
        Assert.Empty(diagnostics);
        return experiment!;
    }

    private static Deck Read(string text)
    {
        DeckResult result = DeckReader.Parse(text);
        Assert.Empty(result.Diagnostics);
        return result.Deck!;
    }
}
