using AnalogLearn.Circuits;
using AnalogLearn.Studies;
using AnalogLearn.Tests.Studies;

namespace AnalogLearn.Tests.Learning;

/// <summary>Rules of layers, and the ring, learn through synapse devices: weights stand on levels, pulses are counted, readings are noisy, chips differ.</summary>
public sealed class LayeredHardwareTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    public static TheoryData<string> Rules => new("recirculation()", "recirculation(cycles=2)", "recirculation(circuit=1 settle=6 cycle=6)", "backprop()", "fa()", "arbp()", "top()");

    [Theory]
    [MemberData(nameof(Rules))]
    public void WeightsStandOnLevels(string rule)
    {
        TrainingOutcome trained = Train(rule, "gmin=0 gmax=15u g0=15u bits=4 update=constant pulses=15 rounding=carry", 3);
        foreach (string array in new[] { "y1", "y2" })
        {
            Assert.All(trained.Parameters[array], w => Assert.Equal(0, Math.IEEERemainder(w, 1.0 / 15), 1e-6));
            Assert.True(trained.Parameters[array].Distinct().Count() > 3);
        }

        Assert.True(trained.Parameters.Devices!.Banks.Sum(b => b.PulseCount) > 20);
        Assert.True(trained.Last!.TestCost < trained.History[0].TestCost);
    }

    [Theory]
    [MemberData(nameof(Rules))]
    public void ReadingsAndChipsDifferAndNothingElseDoes(string rule)
    {
        const string card = "gmin=0 gmax=20u DEV=5% g0=10u update=softbounds pulses=500 pulse_noise=20%";
        TrainingOutcome one = Train(rule, card, 1, 1, 1), two = Train(rule, card, 1, 1, 2), other = Train(rule, card, 1, 2), noisy = Train(rule, card + " read_noise=5%", 1, 1);
        Assert.Equal(one.Parameters["y2"], two.Parameters["y2"]);
        Assert.NotEqual(one.Parameters["y2"], other.Parameters["y2"]);
        Assert.NotEqual(one.Last!.TestCost, noisy.Last!.TestCost);
        Assert.Equal(noisy.Last.TestCost, Train(rule, card + " read_noise=5%", 1, 1).Last!.TestCost);
    }

    [Theory]
    [InlineData("a0=100", "", "finite gain")]
    [InlineData("", "iv=poly(1,0.1) vread=1 gmin=0 gmax=10u", "straight line")]
    public void WhatMapsDoNotKnowIsRefused(string neuron, string synapse, string word)
    {
        Assert.Contains(Run("backprop()", synapse, 1, neuron: neuron).Diagnostics, d => d.Code == "AL0913" && d.Message.Contains(word, StringComparison.Ordinal));
        Assert.DoesNotContain(Run("recirculation(circuit=1)", synapse, 1, neuron: neuron).Diagnostics, d => d.Code == "AL0913");
    }

    private TrainingOutcome Train(string rule, string card, int epochs, int chip = 0, int threads = 2)
    {
        DeckRun run = Run(rule, card, epochs, chip, threads);
        Assert.False(run.Diagnostics.HasErrors, string.Join('\n', run.Diagnostics));
        return run.Train();
    }

    private DeckRun Run(string rule, string card, int epochs, int chip = 0, int threads = 2, string neuron = "")
    {
        string text = $"layers\n.model n neuron(form=rate rho=tanh c=1 g=1 {neuron})\n.model lin neuron(form=rate rho=linear c=1 g=1)\n.model w synapse(init=glorot {card})\nNx x[0:5] input\nNh h[0:3] n\nNy y[0:5] lin\nY1 x h w\nY2 h y w\n"
            + $".dataset d lowrank(d=6 r=3) input=x target=x train=60 test=20\n.learn {rule} out=y\n.train epochs={epochs} batch=10 rate=0.05\n";
        DeckResult read = DeckReader.Parse(text);
        Assert.NotNull(read.Deck);
        DeckRun run = DeckRun.Of(read.Deck, new RunSettings { Chip = chip, ThreadCount = threads, Folder = _folder.Path });
        run.Bind();
        return run;
    }
}
