using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using System.Numerics;
using AnalogLearn.Learning;
using AnalogLearn.Netlist;
using AnalogLearn.Simulation;

namespace AnalogLearn.Studies;

/// <summary>What training did.</summary>
/// <param name="End">How it ended.</param>
/// <param name="Parameters">θ where it ended, exact in double precision.</param>
/// <param name="History">The epochs; the first record is the state before training.</param>
/// <param name="Test">The test set at the end, or null when the run did not reach one.</param>
/// <param name="ResumedAt">Epochs and batches that a checkpoint had brought, or null when the run began at the beginning.</param>
/// <param name="Trouble">What went wrong, when it diverged.</param>
public sealed record TrainingOutcome(
    TrainingEnd End,
    ParameterSet<double> Parameters,
    ImmutableArray<EpochRecord> History,
    Evaluation? Test,
    (int Epochs, int Batches)? ResumedAt,
    string? Trouble)
{
    /// <summary>The last epoch, or null when not even the state before training was evaluated.</summary>
    public EpochRecord? Last => History.IsEmpty ? null : History[^1];
}

/// <summary>Measures angles between the rule's updates and the exact gradient.</summary>
/// <param name="parameters">θ at that moment, in double precision.</param>
public delegate ImmutableArray<AngleRecord> AngleProbe(ParameterSet<double> parameters);

/// <summary>What a training session knows of its experiment.</summary>
public interface ITrainingExperiment
{
    /// <summary>The name of the rule, or null.</summary>
    string? RuleName { get; }

    /// <summary>Whether it trains in double precision.</summary>
    bool DoublePrecision { get; }

    /// <summary>A trainer at the start of its run.</summary>
    /// <typeparam name="T">float or double, as <see cref="DoublePrecision"/> says.</typeparam>
    /// <param name="start">θ to start from; copied.</param>
    Trainer<T> StartTrainer<T>(ParameterSet<double> start)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>;
}

/// <summary>
/// Trains an experiment's network, with checkpoints: one every so many seconds and after every epoch (of more than a second), between batches, so that a run that was cut off
/// goes on from the last one and ends in the same bits.
/// </summary>
/// <param name="experiment">The experiment.</param>
/// <param name="store">Where checkpoints lie, or null for none.</param>
/// <param name="observer">Told of the progress.</param>
public sealed class TrainingSession(ITrainingExperiment experiment, CheckpointStore? store = null, IRunObserver? observer = null)
{
    private readonly IRunObserver _observer = observer ?? SilentObserver.Instance;
    private Action? _keep;

    /// <summary>Seconds between checkpoints; 0 for one after every batch.</summary>
    public double CheckpointSeconds { get; init; } = 60;

    /// <summary>Seconds since the last checkpoint for which the end of an epoch is worth one; epochs of milliseconds would do little else than write to the disk.</summary>
    internal double EpochSeconds { get; init; } = 1;

    /// <summary>Whether to leave a checkpoint aside.</summary>
    public bool Fresh { get; init; }

    /// <summary>Measures angles to the exact gradient after every epoch, or null.</summary>
    public AngleProbe? Probe { get; init; }

    /// <summary>Trains to the end of the plan, in the precision that the deck asks for.</summary>
    /// <param name="start">θ to start from.</param>
    /// <param name="cancellation">Interrupts after the running batch; a checkpoint is left.</param>
    public TrainingOutcome Run(ParameterSet<double> start, CancellationToken cancellation = default) =>
        experiment.DoublePrecision ? Run<double>(start, cancellation) : Run<float>(start, cancellation);

    /// <summary>Saves a training that has ended: for a run that is interrupted in what comes after it.</summary>
    internal void Keep() => _keep?.Invoke();

    private TrainingOutcome Run<T>(ParameterSet<double> start, CancellationToken cancellation)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Trainer<T> trainer = experiment.StartTrainer<T>(start);
        (int, int)? resumed = null;
        bool finished = false;
        if (Resume(trainer))
        {
            resumed = (trainer.Epoch, trainer.Batch);
            finished = trainer.Batch == 0 && trainer.History.Count > 1 && trainer.Plan.Until?.IsMet(trainer.History[^1]) == true;
        }

        int batches = (trainer.Data.Train.Count + trainer.Plan.BatchSize - 1) / trainer.Plan.BatchSize;
        _observer.TrainingBegins(new(experiment.RuleName ?? trainer.Learner.Name, trainer.Epoch, trainer.Batch, trainer.Plan.Epochs, batches, trainer.Data.Train.Count));
        trainer.Progress = _observer.BatchDone;
        trainer.EpochDone = _observer.EpochDone;
        if (Probe is not null)
            trainer.AngleProbe = _ => Probe(trainer.Field.Theta.To<double>());
        var since = Stopwatch.StartNew();
        if (store is not null)
        {
            trainer.CheckpointHook = t =>
            {
                if (since.Elapsed.TotalSeconds < (t.Batch > 0 ? CheckpointSeconds : Math.Min(EpochSeconds, CheckpointSeconds)))
                    return;
                store.Save(t);
                since.Restart();
            };
        }

        TrainingEnd end = TrainingEnd.ConditionMet;
        try
        {
            if (!finished)
                end = trainer.Run(cancellation);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            end = TrainingEnd.Interrupted;
        }

        Evaluation? test = null;
        bool hasBegun = trainer.History.Count > 0 && trainer.Plan.Epochs > 0;
        if (end == TrainingEnd.Interrupted)
        {
            if (hasBegun)
                store?.Save(trainer);
        }
        else if (end != TrainingEnd.Diverged)
        {
            // The last epoch was evaluated in any case, unless a checkpoint brought it.
            test = trainer.LastTest ?? trainer.Evaluate(trainer.Data.Test, CancellationToken.None);
            if (store is not null && hasBegun)
                _keep = () => store.Save(trainer);
        }

        var outcome = new TrainingOutcome(end, trainer.Field.Theta.To<double>(), [.. trainer.History], test, resumed, trainer.Trouble);
        _observer.TrainingEnds(outcome);
        return outcome;
    }

    private bool Resume<T>(Trainer<T> trainer)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (store is null)
            return false;
        if (Fresh)
        {
            store.Delete();
            return false;
        }

        switch (store.Load(trainer))
        {
            case CheckpointState.Taken:
                _observer.Say(
                    trainer.Epoch == trainer.Plan.Epochs
                        ? string.Create(CultureInfo.InvariantCulture, $"resumed: training was done, all {Amount.Of(trainer.Epoch, "epoch")}")
                        : string.Create(CultureInfo.InvariantCulture, $"resumed at epoch {trainer.Epoch + 1}, batch {trainer.Batch}"));
                return true;
            case CheckpointState.Stale:
                _observer.Say("the folder holds a checkpoint of another run (the deck, its data, the seed, a setting or the version has changed): starting from the beginning");
                store.Delete();
                return false;
            case CheckpointState.Damaged:
                _observer.Say("the folder holds a checkpoint that cannot be read: starting from the beginning");
                store.Delete();
                return false;
            default:
                return false;
        }
    }
}
