using System.Collections.Immutable;
using System.Globalization;
using AnalogLearn.Netlist;
using AnalogLearn.Plots;
using AnalogLearn.Studies.Explaining;

namespace AnalogLearn.Studies;

/// <summary>What a study's rows say together. It is read from the store, so that a study that ran at once, one that was cut off a hundred times and one that was merged from shards say the same.</summary>
internal sealed record StudyOutcome
{
    private const int MostErrors = 3;
    private const int MostFailures = 20;
    private const int FewestFailures = 30;

    /// <summary>The rows in order.</summary>
    public required IReadOnlyList<ChipRecord> Rows { get; init; }

    /// <summary>The yield over all rows, or null without a specification.</summary>
    public required YieldRecord? Yield { get; init; }

    /// <summary>Means and yield of each point of the sweep and each mode; empty in a study that has neither.</summary>
    public required ImmutableArray<(ChipRecord Means, YieldRecord? Yield)> Summaries { get; init; }

    /// <summary>Some of the errors that chips had.</summary>
    public required ImmutableArray<string> Errors { get; init; }

    /// <summary>How many rows had an error: a chip has a row at each point and in each mode.</summary>
    public required int Failed { get; init; }

    /// <summary>How many chips had an error in any of their rows.</summary>
    public required int FailedChips { get; init; }

    /// <summary>How many chips there are.</summary>
    public required int Chips { get; init; }

    /// <summary>Errors, how many rows had each as their first one, and the first chip that had it.</summary>
    public ImmutableArray<(string Error, int Count, int FirstChip)> Failures { get; init; } = [];

    /// <summary>How chips are drawn at each point, where that is not as they are fabricated; else empty.</summary>
    public ImmutableArray<SamplingRecord?> Samplings { get; init; } = [];

    /// <summary>Reads a store.</summary>
    /// <param name="path">The store, which no one writes any more.</param>
    /// <param name="plan">Its study.</param>
    /// <exception cref="IOException">The store is gone.</exception>
    public static StudyOutcome Of(string path, StudyPlan plan)
    {
        using StudyStore store = StudyStore.Read(path, new DiagnosticBag()) ?? throw new IOException($"the study's store '{path}' is gone");
        IReadOnlyList<ChipRecord> rows = StoredRows.Of(store, plan);
        (ImmutableArray<string> errors, int failed) = store.Errors(MostErrors);
        ImmutableArray<SamplingRecord?> samplings = [.. Enumerable.Range(0, plan.Points.Length).Select(step => SamplingRecord.Of(store, step))];
        YieldRecord? Told(YieldRecord? yield, int step) => yield is { Importance: { } importance } && step >= 0 && samplings[step] is { } sampling ? yield with { Importance = sampling.In(importance) } : yield;
        YieldRecord? yield = MonteCarlo.YieldOf(plan.Spec, rows);
        return new StudyOutcome
        {
            Rows = rows,
            Yield = plan.Points.Length == 1 ? Told(yield, 0) : yield,
            Summaries = plan.Names.IsEmpty && plan.Modes.Length == 1 ? [] : [.. MonteCarlo.Summaries(plan, rows).Select(s => (s.Means, Told(s.Yield, plan.Steps.IndexOf(s.Means.Step))))],
            Samplings = samplings,
            Errors = errors,
            Failed = failed,
            FailedChips = store.FailedChips,
            Chips = store.Chips,
            Failures = store.Failures(MostFailures),
        };
    }

    /// <summary>Says what kept chips from being simulated, and from being drawn where they fail.</summary>
    public IEnumerable<Diagnostic> Warnings()
    {
        foreach (string trouble in Samplings.Select(s => s?.Trouble).OfType<string>())
            yield return new Diagnostic(Codes.NoFailurePoint, Severity.Warning, SourceSpan.None, trouble, "importance=scale scale=2 supposes nothing of where chips fail");
        if (Yield?.Importance is { EffectiveFailures: < FewestFailures } few)
        {
            yield return new Diagnostic(
                Codes.FewFailures,
                Severity.Warning,
                SourceSpan.None,
                string.Create(CultureInfo.InvariantCulture, $"the chips that failed are worth {few.EffectiveFailures:0.#} equal ones: the interval of so few is too sure of itself"),
                "take more chips, or the other importance= (shift, scale)");
        }

        // Chips of different draws fail with different words: how many there are is said once.
        string count = string.Create(CultureInfo.InvariantCulture, $"{FailedChips} of {Amount.Of(Chips, "chip")} could not be simulated{(Rows.Count == Chips ? string.Empty : string.Create(CultureInfo.InvariantCulture, $", in {Failed} of {Amount.Of(Rows.Count, "run")}"))}");
        if (Errors.Length > 1)
            yield return new Diagnostic("AL0975", Severity.Warning, SourceSpan.None, count + "; the first reasons follow, report.html has more", null);
        foreach (string error in Errors)
            yield return new Diagnostic("AL0975", Severity.Warning, SourceSpan.None, Errors.Length == 1 ? $"{count}: {error}" : error, null);
    }

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
    /// <param name="contrasts">What several rules make of the same chips; of them <c>rules.csv</c> and its figures.</param>
    /// <param name="diagnostics">What was told.</param>
    /// <param name="page">Writes the report again, of the record with what was explained besides, and its figures.</param>
    /// <returns>The record with what was written.</returns>
    public RunRecord Write(
        RunFolder folder, StudyPlan plan, RunRecord record, StudyMeasures about, ImmutableArray<RuleContrast> contrasts, IEnumerable<Diagnostic> diagnostics, out Func<RunRecord, IReadOnlyList<Figure>, string> page)
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

        if (!contrasts.IsEmpty)
        {
            tables.Add("rules.csv");
            folder.WriteText("rules.csv", RuleContrast.ToCsv(contrasts));
        }

        ImmutableArray<Figure> figures = new StudyFigures(plan, this, record.Title, about).Draw(modes, contrasts);
        record = record with { Measures = Means(plan), Modes = modes, Tables = [.. tables], Plots = [.. figures.SelectMany(f => FigureFiles.Save(folder, f))], Report = "report.html" };
        page = (whole, more) => new StudyReport(whole, plan, this, about).Write(figures, diagnostics, File.Exists(whole.Deck) ? File.ReadAllText(whole.Deck) : null, more);
        folder.WriteText("report.html", page(record, []));
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
