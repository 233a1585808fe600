using AnalogLearn.Circuits;
using AnalogLearn.Learning;
using AnalogLearn.Netlist;
using AnalogLearn.Studies;
using AnalogLearn.Tests.Learning;

namespace AnalogLearn.Tests.Studies;

public sealed class CircuitTrainingTests
{
    [Fact]
    public void ACircuitLearnsXorAndSaysHow()
    {
        using var folder = new TemporaryFolder();
        DeckRun run = DeckRun.Open(Netlist("kendall-xor.cir"), new RunSettings { Folder = folder.Path });
        RunStatus status = run.Run();
        Assert.True(status == RunStatus.Done, string.Join('\n', run.Diagnostics));
        Assert.Equal(1, run.Results.Record!.Measures["accuracy"]);
        Assert.Equal(1, run.Results.Record.Measures["cosine"], 1e-6);
        Assert.Equal(TrainingEnd.ConditionMet, run.Results.Training!.End);
        Assert.True(File.Exists(Path.Combine(folder.Path, "weights.npz")));
        Assert.True(File.Exists(Path.Combine(folder.Path, "kendall-xor.npz")));
        Assert.True(File.Exists(Path.Combine(folder.Path, "compare-sweep.csv")));
        Assert.Contains(run.Results.Record.Plots, p => p.Contains("nudge-error", StringComparison.Ordinal));

        // A later run finds the conductances as trained.
        DeckRun later = DeckRun.Open(Netlist("kendall-xor.cir"), new RunSettings { Folder = folder.Path });
        Assert.True(later.LoadTrained());
        for (int b = 0; b < run.Parameters.Blocks.Length; b++)
            Assert.Equal(run.Parameters.Blocks[b], later.Parameters.Blocks[b]);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    public void ACircuitLearnsXorFromOtherConductancesToo(ulong seed)
    {
        DeckRun run = DeckRun.Open(Netlist("kendall-xor.cir"), new RunSettings { Seed = seed });
        Assert.True(run.Bind(), string.Join('\n', run.Diagnostics));
        Trainer<double> trainer = run.Nodal!.Learning!.StartTrainer<double>(run.Parameters);
        Assert.Equal(TrainingEnd.ConditionMet, trainer.Run());
        Assert.Equal(0, trainer.LastTest!.Error);
    }

    [Fact]
    [Trait("Category", "Long")]
    public void ACircuitLearnsDrawnDigits()
    {
        using var folder = new TemporaryFolder();
        DeckRun run = DeckRun.Open(Netlist("kendall-digits.cir"), new RunSettings { Folder = folder.Path });
        RunStatus status = run.Run();
        Assert.True(status == RunStatus.Done, string.Join('\n', run.Diagnostics));
        Assert.InRange(run.Results.Record!.Measures["accuracy"], 0.96, 1);
        Assert.Equal(1, run.Results.Record.Measures["hidden"], 1e-9);
    }

    [Fact]
    public void ARunTakenUpFromACheckpointEndsInTheSameBits()
    {
        NodalExperiment experiment = LearningCase.Bind(Text("remember=1 "));
        Trainer<double> whole = experiment.StartTrainer<double>(experiment.InitialParameters());
        whole.Run();
        Trainer<double> first = experiment.StartTrainer<double>(experiment.InitialParameters());
        using var stop = new CancellationTokenSource();
        first.Progress = p =>
        {
            if (p is { Epoch: 2, Batch: 3 })
                stop.Cancel();
        };
        Assert.Equal(TrainingEnd.Interrupted, first.Run(stop.Token));
        using var room = new MemoryStream();
        using (var writer = new BinaryWriter(room, System.Text.Encoding.UTF8, leaveOpen: true))
            first.Save(writer);
        room.Position = 0;
        Trainer<double> second = experiment.StartTrainer<double>(experiment.InitialParameters());
        using (var reader = new BinaryReader(room))
            second.Load(reader);
        Assert.Equal(TrainingEnd.Done, second.Run());
        for (int b = 0; b < whole.Field.Theta.Blocks.Length; b++)
            Assert.Equal(whole.Field.Theta.Blocks[b], second.Field.Theta.Blocks[b]);
    }

    [Fact]
    public void TheExactGradientTrainsACircuit()
    {
        NodalExperiment experiment = LearningCase.Bind(Text(string.Empty).Replace("eqprop(beta=1u)", "implicit()", StringComparison.Ordinal));
        Trainer<double> trainer = experiment.StartTrainer<double>(experiment.InitialParameters());
        trainer.Run();
        Assert.True(trainer.History[^1].TestCost < 0.75 * trainer.History[0].TestCost, $"{trainer.History[0].TestCost} {trainer.History[^1].TestCost}");
    }

    [Theory]
    [InlineData(".learn eqprop(beta=1u) out=o", ".learn stdp() out=o", "AL0931")]
    [InlineData("Vx x[0:3] 0 DATA", "Vx x[0:3] 0 1", "AL0933")]
    [InlineData("learn=1 gmin=1u", "gmin=1u", "AL0932")]
    [InlineData("gmin=1u gmax=1m", "gmin=1m gmax=1u", Codes.BadValue)]
    [InlineData("init=uniform(5u,50u)", "init=glorot", Codes.BadValue)]
    [InlineData(".learn eqprop(beta=1u) out=o", ".learn eqprop(beta=1u) out=o minus=h", Codes.WidthMismatch)]
    public void MistakesAreNamed(string what, string instead, string code)
    {
        string text = Text(string.Empty);
        Assert.Contains(what, text, StringComparison.Ordinal);
        DeckRun run = DeckRun.Of(DeckReader.Parse(text.Replace(what, instead, StringComparison.Ordinal)).Deck!);
        Assert.False(run.Bind());
        Assert.Contains(run.Diagnostics, d => d.Code == code);
    }

    private static string Text(string train) => LearningCase.Amplified(4, 0.25)
        .Replace(".dataset d inline(x=[[0,0,1,1]] y=[[0,1,0]])", ".dataset d inline(x=[[0,0,1,1],[2,-1,1,0],[1,2,-2,1],[-1,-1,1,2],[2,2,0,-1],[0,1,2,-2]] y=[[0,0.2,0],[0.1,0.3,0],[0,0.2,0.2],[0.1,0,0.3],[0.2,0,0],[0,0,0.1]])", StringComparison.Ordinal)
        .Replace(".end", $".train {train}epochs=5 batch=2 optimizer=adam rate=1u seed=4\n.end", StringComparison.Ordinal);

    private static string Netlist(string name) => Path.Combine(AppContext.BaseDirectory, "netlists", name);
}
