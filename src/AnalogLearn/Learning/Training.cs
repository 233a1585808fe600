using System.Collections.Immutable;
using AnalogLearn.Simulation;

namespace AnalogLearn.Learning;

/// <summary>What a training run is to do.</summary>
public sealed record TrainingPlan
{
    /// <summary>Times that every training example is seen.</summary>
    public int Epochs { get; init; } = 1;

    /// <summary>Examples a batch.</summary>
    public int BatchSize { get; init; } = 20;

    /// <summary>Seed of the order of examples and of every draw of the learner.</summary>
    public ulong Seed { get; init; }

    /// <summary>Rate of each block of θ.</summary>
    public ImmutableArray<double> Rates { get; init; } = [];

    /// <summary>Factor on all rates after each epoch.</summary>
    public double RateDecay { get; init; } = 1;

    /// <summary>Start the free phase from the last state of the same example instead of from rest.</summary>
    public bool Remember { get; init; }

    /// <summary>How examples settle when they are only evaluated.</summary>
    public SettleOptions Evaluation { get; init; } = new() { MaximumSteps = 200, Tolerance = 1e-3 };

    /// <summary>Examples that are evaluated together.</summary>
    public int EvaluationBatch { get; init; } = 200;

    /// <summary>Evaluate the test set after each so many epochs (always after the last).</summary>
    public int EvaluateEvery { get; init; } = 1;

    /// <summary>When to stop early, or null.</summary>
    public StopCondition? Until { get; init; }
}

/// <summary>Stop when a quantity of an epoch is below or above a value.</summary>
/// <param name="Quantity">test_error, test_accuracy, train_error, train_accuracy, train_cost or test_cost.</param>
/// <param name="Below">Whether below (or above).</param>
/// <param name="Value">The value.</param>
public sealed record StopCondition(string Quantity, bool Below, double Value)
{
    /// <summary>Names of the quantities.</summary>
    public static ImmutableArray<string> Quantities { get; } = ["train_error", "train_accuracy", "train_cost", "test_error", "test_accuracy", "test_cost"];

    /// <summary>Whether the condition is met.</summary>
    /// <param name="epoch">The epoch that just ended.</param>
    public bool IsMet(EpochRecord epoch)
    {
        double value = epoch.Quantity(Quantity);
        return Below ? value < Value : value > Value;
    }
}

/// <summary>Alignment of a pair of arrays that connect two banks both ways.</summary>
/// <param name="Forward">The array W_ij's name.</param>
/// <param name="Backward">The array W_ji's name.</param>
/// <param name="Cosine">cos(W_ij, W_jiᵀ) = tr(W_ij W_ji)/(‖W_ij‖ ‖W_ji‖).</param>
/// <param name="Trace">tr(W_ij W_ji).</param>
public sealed record AlignmentRecord(string Forward, string Backward, double Cosine, double Trace);

/// <summary>How far the local update was from the exact gradient.</summary>
/// <param name="Array">The array's or bank's name, or <c>all</c>.</param>
/// <param name="Cosine">Cosine between the update and minus the gradient.</param>
/// <param name="Degrees">The angle [°].</param>
public sealed record AngleRecord(string Array, double Cosine, double Degrees);

/// <summary>One epoch of training.</summary>
public sealed record EpochRecord
{
    /// <summary>The epoch, from 1; 0 is the state before training.</summary>
    public int Epoch { get; init; }

    /// <summary>Mean cost over the training examples, each when it was learned from.</summary>
    public double TrainCost { get; init; }

    /// <summary>Fraction of wrong predictions over the training examples, each when it was learned from.</summary>
    public double TrainError { get; init; }

    /// <summary>Mean cost over the test examples, or NaN when not evaluated.</summary>
    public double TestCost { get; init; } = double.NaN;

    /// <summary>Fraction of wrong predictions over the test examples, or NaN when not evaluated.</summary>
    public double TestError { get; init; } = double.NaN;

    /// <summary>Largest residual after a free phase [V].</summary>
    public double FreeResidual { get; init; }

    /// <summary>Largest residual after a nudged phase [V].</summary>
    public double NudgedResidual { get; init; }

    /// <summary>Mean steps of an example's free phase.</summary>
    public double FreeSteps { get; init; }

    /// <summary>Mean steps of an example's nudged phases.</summary>
    public double NudgedSteps { get; init; }

    /// <summary>Training examples that had not settled.</summary>
    public long Unsettled { get; init; }

    /// <summary>Largest residual over the test examples [V].</summary>
    public double TestResidual { get; init; }

    /// <summary>Seconds of learning, summed over sessions; the one number here that is not reproducible.</summary>
    public double Seconds { get; init; }

    /// <summary>Alignment of each pair of arrays.</summary>
    public ImmutableArray<AlignmentRecord> Alignments { get; init; } = [];

    /// <summary>Angles to the exact gradient, when they were asked for.</summary>
    public ImmutableArray<AngleRecord> Angles { get; init; } = [];

    /// <summary>A quantity by the name a deck uses.</summary>
    /// <param name="name">One of <see cref="StopCondition.Quantities"/>.</param>
    public double Quantity(string name) => name switch
    {
        "train_error" => TrainError,
        "train_accuracy" => 1 - TrainError,
        "train_cost" => TrainCost,
        "test_error" => TestError,
        "test_accuracy" => 1 - TestError,
        "test_cost" => TestCost,
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, "No such quantity of an epoch."),
    };
}

/// <summary>How an evaluation went.</summary>
/// <param name="Cost">Mean cost.</param>
/// <param name="Error">Fraction of wrong predictions.</param>
/// <param name="LargestResidual">Largest residual [V].</param>
/// <param name="MeanSteps">Mean steps of an example.</param>
/// <param name="Unsettled">Examples that had not settled.</param>
/// <param name="Confusion">Examples by true class (row) and predicted class (column), classes × classes.</param>
public sealed record Evaluation(double Cost, double Error, double LargestResidual, double MeanSteps, int Unsettled, int[,] Confusion);

/// <summary>Where a training run stands.</summary>
/// <param name="Epoch">The running epoch, from 1.</param>
/// <param name="Batch">Batches of it that are done.</param>
/// <param name="BatchCount">Batches of an epoch.</param>
/// <param name="Examples">Examples learned from in this session.</param>
/// <param name="RunningError">Fraction wrong so far in this epoch.</param>
/// <param name="RunningCost">Mean cost so far in this epoch.</param>
public readonly record struct TrainingProgress(int Epoch, int Batch, int BatchCount, long Examples, double RunningError, double RunningCost);

/// <summary>How a training run ended.</summary>
public enum TrainingEnd
{
    /// <summary>All epochs are done.</summary>
    Done,

    /// <summary>The stop condition was met.</summary>
    ConditionMet,

    /// <summary>It was interrupted; a checkpoint can take it up again.</summary>
    Interrupted,

    /// <summary>A cost, a residual or a weight was no longer a number.</summary>
    Diverged,
}
