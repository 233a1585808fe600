using AnalogLearn.Learning;

namespace AnalogLearn.Studies;

/// <summary>Told what a run does while it does it. Called from the thread that runs.</summary>
public interface IRunObserver
{
    /// <summary>A line of news.</summary>
    /// <param name="text">The line.</param>
    void Say(string text)
    {
    }

    /// <summary>A training run begins, or goes on.</summary>
    /// <param name="start">Where and how far.</param>
    void TrainingBegins(TrainingStart start)
    {
    }

    /// <summary>A batch is learned.</summary>
    /// <param name="progress">Where the run stands.</param>
    void BatchDone(TrainingProgress progress)
    {
    }

    /// <summary>An epoch is done; epoch 0 is the state before training.</summary>
    /// <param name="epoch">How it went.</param>
    void EpochDone(EpochRecord epoch)
    {
    }

    /// <summary>A training run has ended or was interrupted.</summary>
    /// <param name="outcome">How.</param>
    void TrainingEnds(TrainingOutcome outcome)
    {
    }

    /// <summary>Chips of a study are done. Called from the thread that writes them down.</summary>
    /// <param name="progress">How far it is.</param>
    void StudyProgress(StudyProgress progress)
    {
    }
}

/// <summary>How far a study is.</summary>
/// <param name="Done">Chips that are done, at all points of its sweep.</param>
/// <param name="Total">Chips that it wants, as far as is known.</param>
/// <param name="SecondsLeft">Time left, from the chips so far [s].</param>
/// <param name="Yield">The yield of the chips so far, or null without a specification.</param>
public sealed record StudyProgress(int Done, int Total, double SecondsLeft, YieldRecord? Yield);

/// <summary>Where a training run begins.</summary>
/// <param name="Rule">The rule's name.</param>
/// <param name="Epoch">Epochs that are done.</param>
/// <param name="Batch">Batches of the next one that are done.</param>
/// <param name="Epochs">Epochs in all.</param>
/// <param name="BatchCount">Batches of an epoch.</param>
/// <param name="ExampleCount">Training examples.</param>
public sealed record TrainingStart(string Rule, int Epoch, int Batch, int Epochs, int BatchCount, int ExampleCount);

/// <summary>An observer that hears nothing.</summary>
public sealed class SilentObserver : IRunObserver
{
    /// <summary>The one instance.</summary>
    public static SilentObserver Instance { get; } = new();
}
