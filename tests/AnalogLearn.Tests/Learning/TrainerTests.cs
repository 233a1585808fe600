using AnalogLearn.Circuits;
using AnalogLearn.Data;
using AnalogLearn.Learning;
using AnalogLearn.Simulation;

namespace AnalogLearn.Tests.Learning;

public class TrainerTests
{
    [Fact]
    public void Learns_xor_with_a_local_rule()
    {
        Trainer<double> trainer = Xor<double>(epochs: 1500);
        Assert.Equal(TrainingEnd.ConditionMet, trainer.Run());
        Assert.Equal(0, trainer.Evaluate(trainer.Data.Test).Error);
        Assert.True(trainer.History[0].TestError > 0, "it knew xor before it learned anything");
    }

    [Theory]
    [InlineData("adam", false)]
    [InlineData("momentum", true)]
    public void A_run_that_was_interrupted_ends_in_the_same_bits(string optimizer, bool remember)
    {
        Trainer<float> whole = Xor<float>(epochs: 6, optimizer, remember, batch: 3);
        whole.Run();

        byte[] saved = [];
        int batches = 0;
        Trainer<float> first = Xor<float>(epochs: 6, optimizer, remember, batch: 3);
        using var stop = new CancellationTokenSource();
        first.CheckpointHook = t =>
        {
            if (++batches != 9)
                return;
            using var stream = new MemoryStream();
            using (var writer = new BinaryWriter(stream))
                t.Save(writer);
            saved = stream.ToArray();
            stop.Cancel();
        };
        Assert.Equal(TrainingEnd.Interrupted, first.Run(stop.Token));

        Trainer<float> second = Xor<float>(epochs: 6, optimizer, remember, batch: 3);
        using (var reader = new BinaryReader(new MemoryStream(saved)))
            second.Load(reader);
        Assert.NotEqual(0, second.Epoch + second.Batch);
        second.Run();
        for (int b = 0; b < whole.Field.Theta.Blocks.Length; b++)
            Assert.Equal(whole.Field.Theta.Blocks[b], second.Field.Theta.Blocks[b]);
        Assert.Equal(whole.History.Select(h => (h.Epoch, h.TrainCost, h.TestCost, h.FreeResidual)), second.History.Select(h => (h.Epoch, h.TrainCost, h.TestCost, h.FreeResidual)));
    }

    [Fact]
    public void Bits_do_not_depend_on_the_thread_count()
    {
        Trainer<float> one = Xor<float>(epochs: 5, threads: 1);
        Trainer<float> many = Xor<float>(epochs: 5, threads: 5);
        one.Run();
        many.Run();
        for (int b = 0; b < one.Field.Theta.Blocks.Length; b++)
            Assert.Equal(one.Field.Theta.Blocks[b], many.Field.Theta.Blocks[b]);
    }

    [Fact]
    public void Divergence_is_noticed_and_told()
    {
        Trainer<float> trainer = Xor<float>(epochs: 200, optimizer: "momentum", rate: 3e38);
        Assert.Equal(TrainingEnd.Diverged, trainer.Run());
        Assert.Contains("Smaller rates", trainer.Trouble, StringComparison.Ordinal);
    }

    private static Trainer<T> Xor<T>(int epochs, string optimizer = "adam", bool remember = false, int batch = 4, int threads = 1, double rate = 0.02)
        where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T>
    {
        Bus x = new("x", 0, 2);
        Bus h = new("h", 0, 8);
        Bus y = new("y", 0, 1);
        NeuronBank Bank(Bus bus) => new() { Name = "n" + bus.Name, Bus = bus, Activation = Activation.Tanh, Bias = [.. new double[bus.Width]] };
        var circuit = new Circuit
        {
            Buses = [x, h, y],
            Banks = [new NeuronBank { Name = "nx", Bus = x, IsInput = true }, Bank(h), Bank(y)],
            Arrays =
            [
                new SynapseArray { Name = "yxh", Pre = x, Post = h },
                new SynapseArray { Name = "yhy", Pre = h, Post = y },
                new SynapseArray { Name = "yyh", Pre = y, Post = h, TiedTo = "yhy" },
            ],
        };
        RateNetwork network = RateNetwork.Compile(circuit);
        var field = new RateField<T>(network, network.InitialParameters(4).To<T>());
        var readout = new Readout(network.Bank("y"), 0, 1, Cost.Quadratic, CostOn.Rates);
        var settle = new SettleOptions { StepOverTau = 0.5, MaximumSteps = 60, Tolerance = 1e-6, ThreadCount = threads };
        var learner = new EquilibriumPropagation<T>(field, readout, new EquilibriumPropagationOptions { Beta = 0.1, Centred = true, Rule = new RateRule(), Free = settle, Nudged = settle });
        IOptimizer<T> step = optimizer == "adam" ? new Adam<T>(field.Parameters) : new GradientDescent<T>(field.Parameters, 0.9);
        DataSet data = DataSources.Load(new DataRequest("xor") { InputWidth = 2, TargetWidth = 1 }).Data!;
        var plan = new TrainingPlan
        {
            Epochs = epochs,
            BatchSize = batch,
            Seed = 9,
            Rates = [.. field.Parameters.Blocks.Select(_ => rate)],
            Remember = remember,
            Evaluation = settle,
            Until = new StopCondition("test_cost", true, 0.001),
        };
        return new Trainer<T>(field, readout, learner, step, data, plan);
    }
}
