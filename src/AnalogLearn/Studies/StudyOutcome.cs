using System.Collections.Immutable;
using System.Globalization;
using AnalogLearn.Netlist;
using AnalogLearn.Plots;

namespace AnalogLearn.Studies;

/// <summary>What a study's rows say together. It is read from the store, so that a study that ran at once, one that was cut off a hundred times and one that was merged from shards say the same.</summary>
internal sealed record StudyOutcome
{
    private const int MostErrors = 3;
    private const int MostFailures = 20;

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

    /// <summary>Errors, how many rows had each as their first one, and the first chip that had it.</summary>
    public ImmutableArray<(string Error, int Count, int FirstChip)> Failures { get; init; } = [];

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
            Failures = store.Failures(MostFailures),
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

    /// <summary>
    /// Writes <c>chips.csv</c> (a row for each chip, mode and point), <c>learning.csv</c> (chip, epoch, measure, value) where chips learned, of a sweep <c>steps.csv</c>, of several modes <c>comparison.csv</c>, all figures, and
    /// <c>report.html</c>.
    /// </summary>
    /// <param name="folder">The folder.</param>
    /// <param name="plan">The study.</param>
    /// <param name="record">The study's record so far.</param>
    /// <param name="about">What the deck says of its measures.</param>
    /// <param name="diagnostics">What was told.</param>
    /// <returns>The record with what was written.</returns>
    public RunRecord Write(RunFolder folder, StudyPlan plan, RunRecord record, StudyMeasures about, IEnumerable<Diagnostic> diagnostics)
    {
        ImmutableArray<ModeComparison> modes = plan.Modes.Length > 1 ? ModeComparison.Of(Rows) : [];
        var tables = new List<string> { "chips.csv" };
        Write(folder, "chips.csv", writer => MonteCarlo.WriteCsv(writer, Rows));
        if (Rows.Take(1).Any(r => !r.Learning.IsDefaultOrEmpty) || Rows.Any(r => !r.Learning.IsDefaultOrEmpty))
        {
            tables.Add("learning.csv");
            Write(folder, "learning.csv", writer => LearningCurve.WriteCsv(writer, plan.Names, Rows));
        }

        if (!plan.Names.IsEmpty && plan.Modes.Length == 1)
        {
            tables.Add("steps.csv");
            folder.WriteText("steps.csv", new StepSweep(plan.Names, plan.Points).ToCsv([.. Summaries.Select(s => s.Means)]));
        }

        if (!modes.IsEmpty)
        {
            tables.Add("comparison.csv");
            folder.WriteText("comparison.csv", ModeComparison.ToCsv(modes));
        }

        ImmutableArray<Figure> figures = new StudyFigures(plan, this, record.Title, about).Draw(modes);
        record = record with { Measures = Means(plan), Modes = modes, Tables = [.. tables], Plots = [.. figures.SelectMany(f => FigureFiles.Save(folder, f))], Report = "report.html" };
        folder.WriteText("report.html", new StudyReport(record, plan, this, about).Write(figures, diagnostics, File.Exists(record.Deck) ? File.ReadAllText(record.Deck) : null));
        return record;
    }

    /// <summary>The mean of every measure over the chips, of a sweep at its last point, as a sweep of one design has it.</summary>
    private Dictionary<string, double> Means(StudyPlan plan)
    {
        IReadOnlyList<(ChipRecord Means, YieldRecord? Yield)> all = Summaries.IsEmpty ? MonteCarlo.Summaries(plan, Rows) : Summaries;
        return all.Count == 0 ? [] : all[^1].Means.Measures.Where(m => m.Key != "yield").ToDictionary(m => m.Key, m => m.Value, StringComparer.OrdinalIgnoreCase);
    }

    private static void Write(RunFolder folder, string name, Action<TextWriter> write) => folder.Write(name, stream =>
    {
        using var writer = new StreamWriter(stream, leaveOpen: true) { NewLine = "\n" };
        write(writer);
    });
}
