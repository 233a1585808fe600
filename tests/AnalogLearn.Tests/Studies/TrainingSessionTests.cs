using AnalogLearn.Circuits;
using AnalogLearn.Learning;
using AnalogLearn.Netlist;
using AnalogLearn.Simulation;
using AnalogLearn.Studies;

namespace AnalogLearn.Tests.Studies;

public class TrainingSessionTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(10)]
    [InlineData(23)]
    public void ARunThatIsInterruptedAndResumedEndsInTheSameBits(int stopAfter)
    {
        using var room = new TemporaryFolder();
        Deck deck = SmallDecks.Digits(epochs: 3).Build();
        TrainingOutcome whole = Run(deck, Path.Combine(room.Path, "whole"), CancellationToken.None);
        Assert.Equal(TrainingEnd.Done, whole.End);

        using var interrupt = new CancellationTokenSource();
        string folder = Path.Combine(room.Path, "parts");
        TrainingOutcome first = Run(deck, folder, interrupt.Token, new StopAfter(stopAfter, interrupt));
        Assert.Equal(TrainingEnd.Interrupted, first.End);
        var heard = new Hears();
        TrainingOutcome second = Run(deck, folder, CancellationToken.None, heard);
        Assert.Equal(TrainingEnd.Done, second.End);
        Assert.Equal(((stopAfter - 1) / 10, ((stopAfter - 1) % 10) + 1), second.ResumedAt);
        Assert.Contains(heard.Lines, l => l.StartsWith("resumed at epoch", StringComparison.Ordinal));
        Same(whole.Parameters, second.Parameters);
        Assert.Equal(whole.History.Select(e => e with { Seconds = 0 }).Select(Text), second.History.Select(e => e with { Seconds = 0 }).Select(Text));
    }

    [Fact]
    public void ACheckpointOfAnotherSeedIsLeftAside()
    {
        using var room = new TemporaryFolder();
        using var interrupt = new CancellationTokenSource();
        Run(SmallDecks.Digits(2).Build(), room.Path, interrupt.Token, new StopAfter(3, interrupt));
        Assert.True(File.Exists(Path.Combine(room.Path, CheckpointStore.FileName)));
        var heard = new Hears();
        TrainingOutcome other = Run(SmallDecks.Digits(2).Build(), room.Path, CancellationToken.None, heard, seed: 99);
        Assert.Null(other.ResumedAt);
        Assert.Contains(heard.Lines, l => l.Contains("another run", StringComparison.Ordinal));
    }

    [Fact]
    public void ADamagedCheckpointIsLeftAside()
    {
        using var room = new TemporaryFolder();
        using var interrupt = new CancellationTokenSource();
        Run(SmallDecks.Digits(2).Build(), room.Path, interrupt.Token, new StopAfter(3, interrupt));
        string path = Path.Combine(room.Path, CheckpointStore.FileName);
        byte[] bytes = File.ReadAllBytes(path);
        bytes[bytes.Length / 2] ^= 1;
        File.WriteAllBytes(path, bytes);
        var heard = new Hears();
        Assert.Null(Run(SmallDecks.Digits(2).Build(), room.Path, CancellationToken.None, heard).ResumedAt);
        Assert.Contains(heard.Lines, l => l.Contains("cannot be read", StringComparison.Ordinal));
    }

    [Fact]
    public void FreshLeavesACheckpointAside()
    {
        using var room = new TemporaryFolder();
        using var interrupt = new CancellationTokenSource();
        Deck deck = SmallDecks.Digits(2).Build();
        Run(deck, room.Path, interrupt.Token, new StopAfter(3, interrupt));
        Assert.Null(Run(deck, room.Path, CancellationToken.None, fresh: true).ResumedAt);
    }

    [Fact]
    public void ARunStopsWhenItsConditionIsMetAlsoAfterACheckpoint()
    {
        using var room = new TemporaryFolder();
        Deck deck = SmallDecks.Digits(0).Card(new TrainCard(
            [
                new Argument("epochs", new NumberValue(50, SourceSpan.None), SourceSpan.None),
                new Argument("seed", new NumberValue(3, SourceSpan.None), SourceSpan.None),
                new Argument("until", new TextValue("train_cost<10", SourceSpan.None), SourceSpan.None),
            ],
            SourceSpan.None)).Build();
        TrainingOutcome first = Run(deck, room.Path, CancellationToken.None);
        Assert.Equal(TrainingEnd.ConditionMet, first.End);
        Assert.Equal(1, first.Last!.Epoch);
        TrainingOutcome again = Run(deck, room.Path, CancellationToken.None);
        Assert.Equal(TrainingEnd.ConditionMet, again.End);
        Assert.Equal(1, again.Last!.Epoch);
        Same(first.Parameters, again.Parameters);
    }

    private static TrainingOutcome Run(Deck deck, string folder, CancellationToken cancellation, IRunObserver? observer = null, ulong? seed = null, bool fresh = false)
    {
        var diagnostics = new DiagnosticBag();
        Experiment? experiment = Experiment.Bind(deck, new ExperimentSettings { Seed = seed, ThreadCount = 2 }, diagnostics);
        Assert.True(experiment is not null, string.Join("\n", diagnostics));
        var store = new CheckpointStore(new RunFolder(folder), RunFingerprint.Of(deck, experiment.Data, experiment.Seed));
        return new TrainingSession(experiment, store, observer) { CheckpointSeconds = 0, Fresh = fresh }.Run(experiment.Network.InitialParameters(experiment.Seed), cancellation);
    }

    private static void Same(ParameterSet<double> a, ParameterSet<double> b)
    {
        for (int k = 0; k < a.Blocks.Length; k++)
            Assert.Equal(a.Blocks[k], b.Blocks[k]);
    }

    private static string Text(EpochRecord record) => System.Text.Json.JsonSerializer.Serialize(record, TrainingJson.Options);

    private sealed class StopAfter(int batches, CancellationTokenSource interrupt) : IRunObserver
    {
        private int _seen;

        public void BatchDone(TrainingProgress progress)
        {
            if (++_seen == batches)
                interrupt.Cancel();
        }
    }

    private sealed class Hears : IRunObserver
    {
        public List<string> Lines { get; } = [];

        public void Say(string text) => Lines.Add(text);
    }
}
