using System.Collections.Immutable;
using System.Globalization;
using AnalogLearn.Netlist;
using AnalogLearn.Plots;

namespace AnalogLearn.Studies;

/// <summary>What a study's rows say together. It is read from the store, so that a study that ran at once, one that was cut off a hundred times and one that was merged from shards say the same.</summary>
internal sealed record StudyOutcome
{
    private const int MostErrors = 3;

    /// <summary>The rows in order.</summary>
    public required IReadOnlyList<ChipRecord> Rows { get; init; }

    /// <summary>The yield over all rows, or null without a specification.</summary>
    public required YieldRecord? Yield { get; init; }

    /// <summary>Means and yield of each point of the sweep and each mode; empty in a study that has neither.</summary>
    public required ImmutableArray<(ChipRecord Means, YieldRecord? Yield)> Summaries { get; init; }

    /// <summary>Some of the errors that chips had.</summary>
    public required ImmutableArray<string> Errors { get; init; }

    /// <summary>How many chips had an error.</summary>
    public required int Failed { get; init; }

    /// <summary>Reads a store.</summary>
    /// <param name="path">The store, which no one writes any more.</param>
    /// <param name="plan">Its study.</param>
    /// <exception cref="IOException">The store is gone.</exception>
    public static StudyOutcome Of(string path, StudyPlan plan)
    {
        using StudyStore store = StudyStore.Read(path, new DiagnosticBag()) ?? throw new IOException($"the study's store '{path}' is gone");
        IReadOnlyList<ChipRecord> rows = StoredRows.Of(store, plan);
        (ImmutableArray<string> errors, int failed) = store.Errors(MostErrors);
        return new StudyOutcome
        {
            Rows = rows,
            Yield = MonteCarlo.YieldOf(plan.Spec, rows),
            Summaries = plan.Names.IsEmpty && plan.Modes.Length == 1 ? [] : [.. MonteCarlo.Summaries(plan, rows)],
            Errors = errors,
            Failed = failed,
        };
    }

    /// <summary>Says what kept chips from being simulated.</summary>
    public IEnumerable<Diagnostic> Warnings() => Errors.Select(error => new Diagnostic(
        "AL0975",
        Severity.Warning,
        SourceSpan.None,
        string.Create(CultureInfo.InvariantCulture, $"{Failed} of {Rows.Count} chips could not be simulated: {error}"),
        null));

    /// <summary>How the study ended.</summary>
    /// <param name="isWhole">Whether all rows are there.</param>
    public RunStatus StatusOf(bool isWhole) => !isWhole ? RunStatus.Interrupted : Failed > 0 && Failed == Rows.Count ? RunStatus.NotSimulated : RunStatus.Done;

    /// <summary>Writes <c>chips.csv</c> and, of a sweep, <c>steps.csv</c> with its figures.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="plan">The study.</param>
    /// <param name="title">The deck's title.</param>
    /// <returns>The figures' files.</returns>
    public ImmutableArray<string> Write(RunFolder folder, StudyPlan plan, string title)
    {
        folder.Write("chips.csv", stream =>
        {
            using var writer = new StreamWriter(stream, leaveOpen: true) { NewLine = "\n" };
            MonteCarlo.WriteCsv(writer, Rows);
        });
        if (plan.Names.IsEmpty || plan.Modes.Length > 1)
            return [];
        var sweep = new StepSweep(plan.Names, plan.Points);
        ChipRecord[] points = [.. Summaries.Select(s => s.Means)];
        folder.WriteText("steps.csv", sweep.ToCsv(points));
        Figure[] figures = [.. sweep.Draw(points, title)];
        return [.. figures.SelectMany(f => FigureFiles.Save(folder, f))];
    }
}
