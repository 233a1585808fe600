using AnalogLearn.Circuits;
using AnalogLearn.Gradients;
using AnalogLearn.Numerics;
using AnalogLearn.Studies;
using AnalogLearn.Tests.Studies;
using AnalogLearn.Variation;

namespace AnalogLearn.Tests.Gradients;

/// <summary>An update's difference from the exact gradient, split into what averaging removes and what it does not.</summary>
public sealed class UpdateNoiseTests : IDisposable
{
    private readonly TemporaryFolder _room = new();

    public void Dispose() => _room.Dispose();

    [Fact]
    public void Bias_and_noise_of_known_updates_are_found()
    {
        // m lies 30° from −g; normal noise of σ in each of n numbers has E|u − m|² = n σ².
        const int n = 200, repeats = 400;
        double[] gradient = new double[n];
        gradient[0] = -2;
        double[][] updates = new double[repeats][];
        CounterRandom random = CounterRandom.ForPath(3, "test");
        for (int r = 0; r < repeats; r++)
        {
            updates[r] = new double[n];
            for (int k = 0; k < n; k++)
                updates[r][k] = 0.3 * StandardDraw.Of(random.UInt64At((ulong)((r * n) + k))).Normal;
            updates[r][0] += Math.Cos(Math.PI / 6);
            updates[r][1] += Math.Sin(Math.PI / 6);
        }

        ArrayNoise noise = UpdateNoise.Of("w", gradient, updates);
        Assert.InRange(noise.BiasAngle, 27.5, 32.5);
        Assert.InRange(noise.NoiseRatio, 0.97 * n * 0.09, 1.03 * n * 0.09);
        Assert.True(noise.Angle > 70);
        Assert.Equal(30, UpdateNoise.Of("w", [-1, 0], [[Math.Cos(Math.PI / 6), 0.5], [Math.Cos(Math.PI / 6), 0.5]]).BiasAngle, 1e-9);
    }

    [Fact]
    public void Without_noise_the_bias_is_the_angle()
    {
        RunRecord record = Run(string.Empty, "repeats=3");
        Assert.Equal(record.Measures["angle"], record.Measures["bias"], 1e-6);
        Assert.Equal(0, record.Measures["noise"], 1e-20);
        Assert.True(File.Exists(Path.Combine(_room.Path, "compare-noise.csv")));
    }

    [Fact]
    public void Noise_of_readings_is_noise_and_grows_as_its_square()
    {
        RunRecord quiet = Run("read_noise=0.1%", "repeats=60"), loud = Run("read_noise=0.2%", "repeats=60");
        Assert.True(quiet.Measures["noise"] > 0);
        Assert.InRange(loud.Measures["noise"] / quiet.Measures["noise"], 2.5, 6.5);
        RunRecord ideal = Run(string.Empty, "repeats=3");
        Assert.InRange(quiet.Measures["bias"] - ideal.Measures["bias"], -15, 15);
    }

    [Fact]
    public void Coarse_devices_add_the_noise_of_their_steps()
    {
        const string pulses = "update=constant pulses=200";
        Assert.True(Run(pulses, "repeats=20 write=1").Measures["noise"] > 100 * Math.Max(1e-6, Run(pulses, "repeats=20").Measures["noise"]));
    }

    /// <summary>The nodal engine repeats the same updates under the same draws.</summary>
    [Theory]
    [InlineData("", "repeats=3")]
    [InlineData("read_noise=0.2%", "repeats=20")]
    [InlineData("update=constant pulses=200", "repeats=20 write=1")]
    [InlineData("update=softbounds pulses=200 pulse_noise=0.5 pair=onesided", "repeats=10 write=1")]
    public void BothEnginesRepeatTheSameUpdates(string devices, string comparison)
    {
        RunRecord rate = Run(devices, comparison), nodal = Run(devices, comparison, EngineChoice.Nodal);
        foreach (string measure in new[] { "angle", "bias", "noise" })
            Assert.Equal(rate.Measures[measure], nodal.Measures[measure], 1e-4 * Math.Max(1, Math.Abs(rate.Measures[measure])));
        Assert.True(File.Exists(Path.Combine(_room.Path, "compare-noise.csv")));
    }

    [Fact]
    public void ACircuitOfResistorsRepeatsItsUpdateToo()
    {
        string text = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "netlists", "kendall-xor.cir"));
        string[] lines = [.. text.Split('\n').Where(l => !l.StartsWith(".compare", StringComparison.Ordinal) && !l.StartsWith(".measure", StringComparison.Ordinal) && !l.StartsWith(".end", StringComparison.Ordinal))];
        double Noise(string card, string comparison)
        {
            string deck = string.Join('\n', lines).Replace("gmin=0.1u gmax=1m", card, StringComparison.Ordinal) + $"\n.compare implicit examples=4 {comparison}\n.measure compare noise param='noise_ratio(all)'\n.end\n";
            DeckRun run = DeckRun.Of(DeckReader.Parse(deck).Deck!, new RunSettings { Folder = _room.Path, Fresh = true });
            Assert.True(run.Run("compare", RunParts.Comparison) == RunStatus.Done, string.Join('\n', run.Diagnostics.Select(d => d.Message)));
            return run.Results.Record.Measures["noise"];
        }

        Assert.Equal(0, Noise("gmin=0.1u gmax=1m", "repeats=3"), 1e-15);
        double quiet = Noise("gmin=0.1u gmax=1m read_noise=0.01%", "repeats=20"), loud = Noise("gmin=0.1u gmax=1m read_noise=0.02%", "repeats=20");
        Assert.InRange(loud / quiet, 2, 8);
    }

    private RunRecord Run(string devices, string comparison, EngineChoice engine = EngineChoice.Rate)
    {
        string text =
            $"noise\n.options precision=double\n.model cell neuron(c=1n g=1u rho=tanh)\n.model w synapse(gmin=0 gmax=30u g0=10u {devices})\nNx x[0:1] input\nNh h[0:5] cell bias=0.2\nNy y cell\nYxh x h w init=uniform(-1,1)\n"
            + "Yhy h y w init=uniform(-1,1)\nYyh y h w init=uniform(-0.5,0.5)\n.dataset d xor() input=x target=y\n.learn eqprop(beta=0.1 free=80m nudge=80m tol=1e-10) out=y\n.train epochs=1 batch=4 rate=0.05 seed=4\n"
            + $".compare implicit examples=4 {comparison}\n.measure compare angle param='angle(Yhy)'\n.measure compare bias param='bias_angle(Yhy)'\n.measure compare noise param='noise_ratio(Yhy)'\n";
        DeckResult read = DeckReader.Parse(engine == EngineChoice.Nodal ? text.Replace("beta=0.1 free=80m nudge=80m tol=1e-10", "beta=0.1u", StringComparison.Ordinal) : text);
        Assert.True(read.Deck is not null, string.Join('\n', read.Diagnostics));
        DeckRun run = DeckRun.Of(read.Deck, new RunSettings { Folder = _room.Path, Fresh = true, Engine = engine });
        RunStatus status = run.Run("compare", RunParts.Comparison);
        Assert.True(status == RunStatus.Done, string.Join('\n', run.Diagnostics.Select(d => d.Message)));
        return run.Results.Record;
    }
}
