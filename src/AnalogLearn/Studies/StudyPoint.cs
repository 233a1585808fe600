using System.Diagnostics;
using AnalogLearn.Circuits;
using AnalogLearn.Netlist;

namespace AnalogLearn.Studies;

/// <summary>A deck at one point of a sweep, read and elaborated once; its chips share the deck and the data set.</summary>
/// <param name="design">The deck.</param>
/// <param name="settings">What the study was told.</param>
/// <param name="work">What is done with a chip.</param>
/// <param name="chips">Where chips come from.</param>
internal sealed class StudyPoint(Deck design, RunSettings settings, ChipWork work, IChipSource chips)
{
    private readonly RunSettings _settings = settings with { ThreadCount = 1, IsOneOfMany = true, Fresh = true, ChipFile = null };

    /// <summary>The deck.</summary>
    public Deck Design => design;

    /// <summary>The chip of an item, made ready to run; what is wrong with it stands in its diagnostics.</summary>
    /// <param name="item">The item.</param>
    public DeckRun Open(StudyItem item) => DeckRun.Of(design, _settings with { Chip = item.Chip, MakeChip = d => chips.Make(d, item) });

    /// <summary>Does an item.</summary>
    /// <param name="item">The item.</param>
    /// <param name="checkpoint">Where it keeps how far its training is, or null.</param>
    /// <param name="cancellation">Stops early.</param>
    /// <returns>Its row, or null when it was interrupted.</returns>
    public StudyRow? Run(StudyItem item, CheckpointStore? checkpoint, CancellationToken cancellation) => RunOpen(item, checkpoint, cancellation).Row;

    /// <summary>Does an item, and gives the run as well.</summary>
    /// <param name="item">The item.</param>
    /// <param name="checkpoint">Where it keeps how far its training is, or null.</param>
    /// <param name="cancellation">Stops early.</param>
    public (DeckRun Run, StudyRow? Row) RunOpen(StudyItem item, CheckpointStore? checkpoint, CancellationToken cancellation)
    {
        long begin = Stopwatch.GetTimestamp();
        DeckRun run = Open(item);
        run.Checkpoint = checkpoint;
        RunStatus status = work(run, item, cancellation);

        // A solver that was told to stop leaves numbers of no solution: what was at work then has no row, and goes on from where its training is.
        if (cancellation.IsCancellationRequested)
        {
            run.KeepTraining();
            return (run, null);
        }

        return (run, status == RunStatus.Interrupted ? null : RowOf(run, item, status, Stopwatch.GetElapsedTime(begin).TotalSeconds));
    }

    /// <summary>The row of a run.</summary>
    public static StudyRow RowOf(DeckRun run, StudyItem item, RunStatus status, double seconds)
    {
        // A state that did not settle may lie inside the limits by chance: a chip that could not be simulated meets nothing.
        bool isSimulated = status is RunStatus.Done or RunStatus.CheckNotMet;
        IEnumerable<(string Name, double Value)> measures = run.Results.Measures.Select(m => (m.Name, !isSimulated && m.Name == MonteCarlo.SpecName ? 0 : m.Value));
        return new(item, RunJson.Snake(status.ToString()), run.Chip?.LogWeight is { } weight
            ? [.. measures, (MonteCarlo.WeightName, Math.Exp(weight))]
            : [.. measures, .. LearningCurve.Entries(run.Results.Training)])
        {
            Draws = run.Chip?.Digest(),
            Seconds = seconds,
            Error = run.Diagnostics.FirstOrDefault(d => d.Severity == Severity.Error)?.Message,
        };
    }
}
