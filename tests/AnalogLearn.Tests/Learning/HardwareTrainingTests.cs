using AnalogLearn.Circuits;
using AnalogLearn.Learning;
using AnalogLearn.Netlist;
using AnalogLearn.Simulation;
using AnalogLearn.Studies;
using AnalogLearn.Synapses;
using AnalogLearn.Tests.Studies;

namespace AnalogLearn.Tests.Learning;

/// <summary>Decks that learn through synapse devices: what is learned, and that nothing but the deck, the seed and the chip decides it.</summary>
public class HardwareTrainingTests
{
    private const string Everything =
        "gmin=0.1u DEV=3% gmax=20u DEV=5% update=softbounds pulses=2000 DEV=10% pulse_noise=30% write_noise=1% read_noise=1% nu=0.02 nu_sd=0.005 t0=1 t_read=100 p_stuck=1% endurance=2000 endurance_shape=2 persistent_noise=1";

    [Fact]
    public void FinePulsesLearnAsExactChangesDo()
    {
        TrainingOutcome ideal = Xor("gmax=5u", 60), fine = Xor("gmax=5u update=constant pulses=20meg", 60), coarse = Xor("gmax=5u update=constant pulses=2000", 60);
        Assert.Equal(ideal.Last!.TestCost, fine.Last!.TestCost, 1e-5);
        double near = Distance(ideal.Parameters, fine.Parameters), far = Distance(ideal.Parameters, coarse.Parameters);
        Assert.True(near < 1e-4 && near < 0.01 * far, $"{near} {far}");
        Assert.Equal(0, Xor("gmax=5u update=constant pulses=2000", 150).Last!.TestError);
    }

    [Fact]
    public void ALevelOfManyIsAsGoodAsAnyConductance()
    {
        TrainingOutcome ideal = Train("gmin=0 gmax=1u", 1), fine = Train("gmin=0 gmax=1u bits=20", 1), coarse = Train("gmin=0 gmax=1u bits=4", 1);
        Assert.Equal(ideal.Last!.TestCost, fine.Last!.TestCost, 1e-3);
        const double step = 1.0 / 15;
        Assert.All(coarse.Parameters["yxh"], w => Assert.Equal(0, Math.IEEERemainder(w, step), 1e-6));
        Assert.True(coarse.Parameters["yxh"].Distinct().Count() > 2);
    }

    /// <summary>A largest norm is asked of devices as any other update: fine pulses follow as numbers do, coarse ones and levels as near as a step, at the cost of pulses.</summary>
    [Theory]
    [InlineData("update=constant pulses=20meg", 1e-5)]
    [InlineData("update=softbounds pulses=2000 pulse_noise=30%", 0.05)]
    [InlineData("bits=9", 0.1)]
    [InlineData("pair=onesided update=constant pulses=20000 refresh=5", 0.02)]
    [InlineData("pair=reference update=constant pulses=20000", 0.02)]
    [InlineData("write_noise=0.1%", 1e-6)]
    [InlineData("DEV=5%", 0.03)]
    public void NormsOfDevicesAreKeptNearTheirLimit(string card, double beyond)
    {
        const double most = 0.8;
        TrainingOutcome free = Xor("gmax=5u " + card, 60), limited = Xor($"gmax=5u {card} max_norm={most}", 60);
        Assert.True(Largest(free) > most + 0.2, $"{Largest(free)}");
        Assert.InRange(Largest(limited), most - 0.15, most + beyond);
        if (card.StartsWith("update=constant", StringComparison.Ordinal))
        {
            TrainingOutcome ideal = Xor($"gmax=5u max_norm={most}", 60);
            Assert.True(Distance(ideal.Parameters, limited.Parameters) < 1e-3, $"{Distance(ideal.Parameters, limited.Parameters)}");
            Assert.Equal(most, Largest(ideal), 1e-9);
        }

        static double Largest(TrainingOutcome outcome) => outcome.Parameters["yxh"].Chunk(2).Max(w => Math.Sqrt((w[0] * w[0]) + (w[1] * w[1])));
    }

    [Theory]
    [InlineData(4)]
    [InlineData(10)]
    [InlineData(17)]
    public void AnInterruptedRunEndsInTheSameBits(int stopAfter)
    {
        using var room = new TemporaryFolder();
        TrainingOutcome whole = Train(Everything, 2, chip: 3);
        using var interrupt = new CancellationTokenSource();
        string folder = Path.Combine(room.Path, "parts");
        TrainingOutcome first = Train(Everything, 2, chip: 3, folder: folder, interrupt: interrupt, stopAfter: stopAfter);
        Assert.Equal(TrainingEnd.Interrupted, first.End);
        TrainingOutcome second = Train(Everything, 2, chip: 3, folder: folder);
        Assert.NotNull(second.ResumedAt);
        Same(whole, second);

        // A run that was done is taken up again, and says the same of its test set.
        Same(whole, Train(Everything, 2, chip: 3, folder: folder));
    }

    [Fact]
    public void ThreadsAndOrderOfLinesChangeNothing()
    {
        TrainingOutcome one = Train(Everything, 1, chip: 2, threads: 1);
        Same(one, Train(Everything, 1, chip: 2, threads: 2));
        TrainingOutcome turned = Train(Everything, 1, chip: 2, isTurned: true);
        Assert.Equal(one.Parameters["yxh"], turned.Parameters["yxh"]);
        Assert.Equal(one.Last!.TestCost, turned.Last!.TestCost);
        Assert.NotEqual(one.Parameters["yxh"], Train(Everything, 1, chip: 4).Parameters["yxh"]);
    }

    [Fact]
    public void ChipZeroHasTheNoiseOfCyclesAndNoFaults()
    {
        TrainingOutcome design = Train(Everything, 1);
        Assert.Equal(0, design.Parameters.Devices!.Banks.Sum(b => b.StuckCount));
        Assert.True(design.Parameters.Devices.Banks.Sum(b => b.PulseCount) > 0);
        Same(design, Train(Everything, 1));
        Assert.NotEqual(design.Parameters["yxh"], Train(Everything.Replace("read_noise=1%", "read_noise=0", StringComparison.Ordinal), 1).Parameters["yxh"]);
    }

    [Fact]
    public void TheRunTellsPulsesAndKeepsConductances()
    {
        using var room = new TemporaryFolder();
        Deck deck = Read(Text(Everything, 1, false) + ".measure train sent param='pulses(Yxh)'\n.measure train all param='pulses(all)'\n.measure train bad param='stuck(Yxh)'\n");
        var run = DeckRun.Of(deck, new RunSettings { Chip = 2, Folder = room.Path, ThreadCount = 2 });
        Assert.Equal(RunStatus.Done, run.Run());
        SynapseHardware devices = run.Parameters.Devices!;
        SynapseBank bank = devices[run.Experiment!.Network.Layout.IndexOf("yxh")]!;
        Assert.Equal(bank.PulseCount, run.Results.Measures[0].Value);
        Assert.True(run.Results.Measures[1].Value > run.Results.Measures[0].Value);
        Assert.Equal(bank.StuckCount, run.Results.Measures[2].Value);
        double[] weights = [.. run.Parameters["yxh"]], plus = [.. bank.Plus];

        // The run's own weights come back as they were, another chip is programmed with them.
        var again = DeckRun.Of(deck, new RunSettings { Chip = 2, Folder = room.Path, ThreadCount = 2 });
        Assert.True(again.LoadTrained());
        Assert.Equal(plus, again.Parameters.Devices![run.Experiment.Network.Layout.IndexOf("yxh")]!.Plus.ToArray());
        for (int k = 0; k < weights.Length; k++)
            Assert.Equal(weights[k], again.Parameters["yxh"][k], 1e-5);
        var other = DeckRun.Of(deck, new RunSettings { Chip = 5, Folder = Path.Combine(room.Path, "other"), ThreadCount = 2 });
        Assert.True(other.LoadWeights(Path.Combine(room.Path, "weights.npz")), string.Join('\n', other.Diagnostics));
        double[] moved = other.Parameters["yxh"];
        Assert.True(Enumerable.Range(0, moved.Length).Count(k => Math.Abs(moved[k] - weights[k]) > 1e-3) > 0.9 * moved.Length);
        Assert.DoesNotContain(other.Diagnostics, d => d.Code == "AL0744");
    }

    /// <summary>Devices, their draws, pulses and bent currents, converters before and behind the neurons, and the noise of reading them are the same on both engines, to the rounding of their solvers.</summary>
    [Theory]
    [InlineData("", "", "")]
    [InlineData("a0=50 slew=500", "iv=poly(1,0.2,0.3) vread=0.7", "dac=5 range=-1,1")]
    [InlineData("", "pair=onesided refresh=2 refresh_at=0.1 refresh_least=0.001", "")]
    [InlineData("", "max_norm=0.9", "")]
    [InlineData("noise=thermal adc=9 range=-2,2 adc_noise=3m", "read_noise=1%", "dac=5 range=-1,1")]
    public void BothEnginesHaveTheSameDevices(string neurons, string synapses, string inputs)
    {
        string text =
            $"two engines\n.model cell neuron(c=1n g=1u rho=tanh {neurons})\n.model w synapse(gmin=0.1u gmax=5u DEV=5% update=softbounds pulses=500 pulse_noise=20% write_noise=1% p_stuck_off=5% init=uniform(-1,1) {synapses})\nNx x[0:2] input {inputs}\nNh h[0:3] cell\nNy y[0:1] cell\n"
            + "Yxh x h w\nYhy h y w\nYyh y h w\n.dataset d inline(x=[[1,0,1],[0,1,1],[1,1,0]] y=[[1,0],[0,1],[0.5,0.5]]) input=x target=y\n.options precision=double settle_tol=1e-12 settle_steps=3000 settle_noise=1\n.learn eqprop(beta=0.1 free=3000 nudge=3000 tol=1e-12) out=y\n.train epochs=4 batch=3 rate=0.1\n";
        TrainingOutcome rate = Outcome(text, Engine.Rate), nodal = Outcome(text.Replace("beta=0.1 free=3000 nudge=3000 tol=1e-12", "beta=0.1u", StringComparison.Ordinal), Engine.Nodal);
        Assert.True(rate.Parameters.Devices!.Banks.Sum(b => b.PulseCount) > 20);
        Assert.Equal(rate.Parameters.Devices.Banks.Select(b => b.PulseCount), nodal.Parameters.Devices!.Banks.Select(b => b.PulseCount));
        foreach (string array in new[] { "yxh", "yhy", "yyh" })
        {
            for (int k = 0; k < rate.Parameters[array].Length; k++)
                Assert.Equal(rate.Parameters[array][k], nodal.Parameters[array][k], 1e-9);
        }

        Assert.Equal(rate.Test!.Cost, nodal.Test!.Cost, 1e-8);
    }

    [Fact]
    public void ResistorsStandOnLevels()
    {
        TrainingOutcome trained = Resistors("gmin=0 gmax=63u bits=6", 3);
        foreach (double g in trained.Parameters.Blocks.SelectMany(b => b))
            Assert.Equal(0, Math.IEEERemainder(Math.Max(g, 1e-12) - (g <= 1e-12 ? 1e-12 : 0), 1e-6), 1e-15);
        Assert.True(trained.Parameters.Blocks[0].Distinct().Count() > 5);
    }

    [Fact]
    public void ResistorsLearnByPulsesOnTheirChips()
    {
        const string card = "gmin=0.1u DEV=5% gmax=80u DEV=5% update=softbounds pulses=500 pulse_noise=20% write_noise=1% read_noise=1% p_stuck_off=10% nu=0.01 nu_sd=0.005 t_read=10";
        TrainingOutcome one = Resistors(card, 2, chip: 1, threads: 1), two = Resistors(card, 2, chip: 1, threads: 2), start = Resistors(card, 0, chip: 1);
        Assert.Equal(one.Parameters.Blocks.SelectMany(b => b), two.Parameters.Blocks.SelectMany(b => b));
        Assert.True(one.Parameters.Devices!.Banks.Sum(b => b.PulseCount) > 100);
        int stuck = one.Parameters.Devices.Banks.Sum(b => b.StuckCount);
        Assert.InRange(stuck, 1, one.Parameters.Blocks.Sum(b => b.Length) / 3);
        Assert.Equal(stuck, one.Parameters.Blocks.SelectMany(b => b).Zip(start.Parameters.Blocks.SelectMany(b => b)).Count(p => p.First == p.Second && p.First < 0.15e-6));
        Assert.All(one.Parameters.Devices.Banks, b => Assert.Empty(b.Minus.ToArray()));
        TrainingOutcome design = Resistors(card, 2);
        Assert.Equal(0, design.Parameters.Devices!.Banks.Sum(b => b.StuckCount));
    }

    private static TrainingOutcome Resistors(string card, int epochs, int chip = 0, int threads = 2)
    {
        string text = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "netlists", "kendall-xor.cir"));
        text = text.Replace("gmin=0.1u gmax=1m", card, StringComparison.Ordinal).Replace("epochs=400", $"epochs={epochs}", StringComparison.Ordinal).Replace(".compare", "*", StringComparison.Ordinal).Replace(".measure", "*", StringComparison.Ordinal);
        using var room = new TemporaryFolder();
        var run = DeckRun.Of(Read(text), new RunSettings { Chip = chip, Folder = room.Path, ThreadCount = threads });
        Assert.True(run.Bind(), string.Join('\n', run.Diagnostics));
        return run.Train();
    }

    private static TrainingOutcome Outcome(string text, Engine engine)
    {
        using var room = new TemporaryFolder();
        var run = DeckRun.Of(Read(text), new RunSettings { Chip = 1, Folder = room.Path, Engine = engine == Engine.Rate ? EngineChoice.Rate : EngineChoice.Nodal });
        Assert.True(run.Bind(), string.Join('\n', run.Diagnostics));
        return run.Train();
    }

    private static TrainingOutcome Xor(string card, int epochs) => Outcome(
        $"xor\n.model cell neuron(c=1n g=1u rho=tanh)\n.model w synapse(init=glorot {card})\nNx x[0:1] input\nNh h[0:7] cell\nNy y[0:0] cell\nYxh x h w\nYhy h y w\nYyh y h w tied=Yhy\n.options settle_tol=1e-6 precision=double\n"
        + ".dataset xor xor() input=x target=y\n.learn eqprop(rule=rate beta=0.1 centred=1 free=60m nudge=60m) out=y\n.train epochs=" + epochs + " batch=4 seed=4 optimizer=adam rate=0.02\n",
        Engine.Rate);

    private static void Same(TrainingOutcome a, TrainingOutcome b)
    {
        for (int k = 0; k < a.Parameters.Blocks.Length; k++)
            Assert.Equal(a.Parameters.Blocks[k], b.Parameters.Blocks[k]);
        Assert.Equal(a.Parameters.Devices!.Banks.Select(d => d.PulseCount), b.Parameters.Devices!.Banks.Select(d => d.PulseCount));
        Assert.Equal(a.Parameters.Devices!.Banks.SelectMany(d => d.Plus.ToArray()), b.Parameters.Devices!.Banks.SelectMany(d => d.Plus.ToArray()));
        Assert.Equal(a.History.Select(e => (e.TrainCost, e.TestCost, e.TestError)), b.History.Select(e => (e.TrainCost, e.TestCost, e.TestError)));
        Assert.Equal((a.Test!.Cost, a.Test.Error), (b.Test!.Cost, b.Test.Error));
    }

    private static double Distance(ParameterSet<double> a, ParameterSet<double> b) => Math.Sqrt(a["yxh"].Zip(b["yxh"], (x, y) => (x - y) * (x - y)).Sum());

    private static TrainingOutcome Train(string card, int epochs, int chip = 0, string? folder = null, CancellationTokenSource? interrupt = null, int stopAfter = 0, int threads = 2, bool isTurned = false)
    {
        using var room = new TemporaryFolder();
        var run = DeckRun.Of(
            Read(Text(card, epochs, isTurned)),
            new RunSettings { Chip = chip, Folder = folder ?? room.Path, ThreadCount = threads, CheckpointSeconds = 0 },
            interrupt is null ? null : new StopAfter(stopAfter, interrupt));
        Assert.True(run.Bind(), string.Join('\n', run.Diagnostics));
        return run.Train(interrupt?.Token ?? CancellationToken.None);
    }

    private static string Text(string card, int epochs, bool isTurned)
    {
        string text = SmallDecks.DigitsText(epochs).Replace("synapse(init=glorot)", $"synapse(init=glorot {card})", StringComparison.Ordinal).Replace(".end", string.Empty, StringComparison.Ordinal);
        return isTurned ? text.Replace("Yhy h y w\n", string.Empty, StringComparison.Ordinal).Replace("Nx x[0:195] input\n", "Yhy h y w\nNx x[0:195] input\n", StringComparison.Ordinal) : text;
    }

    private static Deck Read(string text)
    {
        DeckResult result = DeckReader.Parse(text);
        Assert.True(result.Deck is not null && !result.Diagnostics.Any(d => d.Severity == Severity.Error), string.Join('\n', result.Diagnostics.Select(d => d.ToString())));
        return result.Deck;
    }

    private sealed class StopAfter(int batches, CancellationTokenSource interrupt) : IRunObserver
    {
        private int _seen;

        public void BatchDone(TrainingProgress progress)
        {
            if (++_seen == batches)
                interrupt.Cancel();
        }
    }
}
