using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using AnalogLearn.Circuits;
using AnalogLearn.Netlist;
using AnalogLearn.Studies.Explaining;

namespace AnalogLearn.Studies;

/// <content>A deck's study of many chips: its points, its plan, its store and what becomes of its rows.</content>
public sealed partial class DeckRun
{
    /// <summary>Makes a study ready: the deck at each point of its sweep, with what a chip is to do.</summary>
    /// <param name="command">The command, for the record.</param>
    /// <param name="parts">Which parts of the deck each chip runs.</param>
    /// <param name="modes">What is done with each chip; one mode without a name when it is one thing only.</param>
    /// <param name="work">Does it; by default the deck's parts.</param>
    /// <param name="chips">Where chips come from; by default fabrication with the deck's seed.</param>
    /// <param name="count">How many chips; by default those of the deck's <c>.mc</c>.</param>
    /// <param name="kind">What <see cref="StudyKinds"/> knows it by.</param>
    /// <returns>The study, or null when the deck cannot run at some point; <see cref="Diagnostics"/> says why.</returns>
    internal PreparedStudy? PrepareStudy(string command, RunParts parts, ImmutableArray<string> modes = default, ChipWork? work = null, IChipSource? chips = null, int? count = null, string kind = StudyKinds.MonteCarlo)
    {
        if (!Bind())
            return null;
        MonteCarlo? study = Study ?? MonteCarlo.Of(_design!);
        StepSweep? sweep = _settings.Step is null ? StepSweep.Of(Deck!) : null;
        if (Modes is { } several && modes.IsDefaultOrEmpty && work is null && chips is null)
        {
            var inModes = new ModeStudy(several, ChipSeed(_design!), _settings, Folder, Observer, (run, cancellation) => run.Run(command, parts & ~RunParts.Export, cancellation));
            (modes, work, chips) = (several.Names, inModes.Work, inModes);
        }

        chips ??= ChipsOf(_design!);
        work ??= (run, _, cancellation) => run.Run(command, parts & ~RunParts.Export, cancellation);
        var plan = new StudyPlan
        {
            Names = sweep?.Names ?? [],
            Points = sweep?.Points ?? [ImmutableDictionary<string, double>.Empty],
            Chips = count ?? study?.Chips ?? 1,
            Modes = modes.IsDefaultOrEmpty ? [string.Empty] : modes,
            Spec = study?.Spec,
            Stop = study?.Stop,
            Shard = _settings.Shard,
        };
        if ((double)plan.Points.Length * plan.Chips * plan.Modes.Length > StudyPlan.Most)
        {
            Diagnostics.Error(Codes.BadStudyStore, SourceSpan.None, string.Create(CultureInfo.InvariantCulture, $"{plan.Points.Length} points of {plan.Chips} chips are too many for one study"), "at most 1e9 chips in all");
            return null;
        }

        var data = new SharedData();
        var points = ImmutableArray.CreateBuilder<StudyPoint>(plan.Points.Length);
        var prints = new StringBuilder();
        foreach (ImmutableDictionary<string, double> point in plan.Points)
        {
            DeckRun nominal = sweep is null ? this : Open(Deck!.Path, SettingsAt(point) with { SharedData = data, Chip = null, ChipFile = null });
            bool isBound = nominal.Bind();
            if (sweep is not null)
            {
                foreach (Diagnostic diagnostic in nominal.Diagnostics.Where(d => !Diagnostics.Any(known => known.ToString() == d.ToString())))
                    Diagnostics.Add(diagnostic);
            }

            if (!isBound || nominal.Diagnostics.HasErrors)
                return null;
            prints.Append(nominal.DesignFingerprint()).Append('\n');
            points.Add(new StudyPoint(nominal._design!, nominal._settings with { Data = nominal.Data, Step = point }, work, chips));
        }

        string text = string.Create(CultureInfo.InvariantCulture, $"{prints}{plan.Describe()}\n{chips.Description}\n{Engine}\n{kind} {parts & ~RunParts.Export}\n");
        var identity = new Dictionary<string, string>(StringComparer.Ordinal)
        {
            ["fingerprint"] = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text))),
            ["version"] = ProductVersion.Text,
            ["kind"] = kind,
            ["deck"] = File.Exists(Deck!.Path) ? Path.GetFullPath(Deck.Path) : Deck.Path,
            ["title"] = Deck.Circuit.Title,
            ["chips"] = plan.Chips.ToString(CultureInfo.InvariantCulture),
            ["draws"] = chips.Description,
            ["modes"] = string.Join(',', plan.Modes),
            ["parts"] = (parts & ~RunParts.Export).ToString(),
            ["shard"] = string.Create(CultureInfo.InvariantCulture, $"{plan.Shard.Index}/{plan.Shard.Count}"),
            ["settings"] = StudySettings.Of(_settings).ToJson(),
        };
        if (plan.Spec is not null)
            identity["spec"] = plan.Spec;
        if (plan.Stop is { } stop)
        {
            identity["halfwidth"] = stop.HalfWidth.ToString("R", CultureInfo.InvariantCulture);
            identity["least"] = stop.Least.ToString(CultureInfo.InvariantCulture);
        }

        identity["record"] = (NewRecord(command) with { Out = null }).ToJson();
        return new PreparedStudy(plan, points.DrainToImmutable(), identity) { Sampled = chips as SampledChips };
    }

    /// <summary>What identifies the deck's study: rows of the same fingerprint belong together.</summary>
    /// <returns>64 lower-case hexadecimal digits, or null when the deck cannot run; <see cref="Diagnostics"/> says why.</returns>
    public string? FingerprintOfStudy() => PrepareStudy("mc", RunParts.All)?.Identity["fingerprint"];

    /// <summary>Runs the deck once for each of the chips 1 to n, at every point of its sweep.</summary>
    private RunStatus RunStudy(string command, RunParts parts, CancellationToken cancellation)
    {
        long begin = Stopwatch.GetTimestamp();
        if (PrepareStudy(command, parts) is not { } study)
        {
            Conclude(command, RunStatus.BadInput);
            return RunStatus.BadInput;
        }

        return RunStudy(study, command, begin, cancellation);
    }

    /// <summary>Runs a study that was made ready, and writes what came of it.</summary>
    /// <param name="study">The study.</param>
    /// <param name="command">The command, for the record.</param>
    /// <param name="begin">When it began.</param>
    /// <param name="cancellation">Interrupts; the rows that are there are kept.</param>
    internal RunStatus RunStudy(PreparedStudy study, string command, long begin, CancellationToken cancellation)
    {
        StudyPlan plan = study.Plan;
        string path = Folder.PathOf(plan.Shard.FileName);
        var checkpoints = new ChipCheckpoints(ChipCheckpoints.FolderOf(Folder, plan.Shard), study.Identity["fingerprint"]);
        study = study with { Checkpoints = checkpoints };
        bool isWhole;
        StudyMeasures about;
        using (StudyStore? store = StudyStore.Open(path, plan, study.Identity, _settings.Fresh, Diagnostics))
        {
            if (store is null)
            {
                Conclude(command, RunStatus.BadInput);
                return RunStatus.BadInput;
            }

            IRunObserver observer = plan.Shard.Count > 1 ? new ShardObserver(Observer, Folder, plan.Shard) : Observer;
            if (plan.Shard.Count > 1 && plan.Stop is { } stop)
                Observer.Say(string.Create(CultureInfo.InvariantCulture, $"a shard cannot know when all chips together are enough (half of the yield's interval below {stop.HalfWidth:R}): this one runs all of its {plan.Mine}, and merge leaves out those beyond"));
            if (plan.Shard.Count > 1 && !ExplanationCard.Of(Deck!, command).IsEmpty)
                Observer.Say($"a shard does chips of .mc only: {string.Join(", ", ExplanationCard.Of(Deck!, command).Select(c => "." + c.Kind).Distinct(StringComparer.Ordinal))} run without --shard, once they are merged");
            if (_settings.Fresh)
                checkpoints.TakeUp(_ => false);
            if (plan.Shard.Count == 1)
                new RunFolder(Folder.PathOf(ModeStudy.Folder)).RemoveUnfinished();
            store.Evaluations.Checkpoints = checkpoints;
            isWhole = (study.Sampled is not { } sampled || Sample(study, sampled, store, cancellation)) && new ChipStudy(plan, store, study.Run, observer) { ThreadCount = _settings.ThreadCount, Checkpoints = checkpoints }.Run(cancellation);
            about = About(study, ref isWhole, cancellation);
            store.Remember(StudyStore.MeasuresName, about.ToJson());
            store.Close(isWhole);
            checkpoints.Close(isWhole);
        }

        StudyOutcome outcome = StudyOutcome.Of(path, plan);
        if (!isWhole)
            Observer.Say(string.Create(CultureInfo.InvariantCulture, $"interrupted after {outcome.Rows.Count} of {Amount.Of(plan.Mine, "chip")}"));
        Take(outcome, isWhole);
        Took("chips", begin);
        if (plan.Shard.Count > 1)
        {
            Results.Record = NewRecord(command);
            return Results.Status;
        }

        WriteChip();
        Results.Words = about.Words;
        if (Results.Status != RunStatus.Done)
            about = about.WithoutNominal();
        ImmutableArray<RuleContrast> contrasts = RuleContrast.Of(outcome.Rows, about);
        Results.Record = outcome.Write(Folder, plan, NewRecord(command), about, contrasts, Diagnostics, out _page);
        Results.Printed.AddRange(RuleContrast.ToTables(contrasts));
        Folder.Write("run.json", Results.Record.WriteFile, lasting: true);
        return Results.Status;
    }

    /// <summary>How chips are drawn at every point of the sweep: as the store remembers, else sought, with the search's own chips kept as they end, and remembered.</summary>
    /// <returns>False when it was interrupted.</returns>
    private bool Sample(PreparedStudy study, SampledChips sampled, StudyStore store, CancellationToken cancellation)
    {
        try
        {
            for (int step = 0; step < study.Plan.Points.Length; step++)
            {
                if (SamplingRecord.Of(store, step) is { } known)
                {
                    sampled.Take(study.Points[step].Design, step, known);
                    continue;
                }

                if (sampled.Seeks)
                    Observer.Say($"seeking where chips fail{(study.Plan.Names.IsEmpty ? string.Empty : ", " + StepSweep.Describe(study.Plan.Steps[step]))}");
                store.Remember(
                    string.Create(CultureInfo.InvariantCulture, $"{StudyStore.SamplingPrefix}{step}"),
                    sampled.Seek(study.Points[step].Design, step, Observer, store.Evaluations, cancellation).ToJson());
            }

            return true;
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return false;
        }
    }

    private void Take(StudyOutcome outcome, bool isWhole)
    {
        Results.Steps = outcome.Rows;
        Results.Yield = outcome.Yield;
        Results.Yields.AddRange(outcome.Summaries.Select(s => s.Yield).OfType<YieldRecord>());
        foreach (Diagnostic warning in outcome.Warnings())
            Diagnostics.Add(warning);
        Results.Status = outcome.StatusOf(isWhole);
    }

    /// <summary>The settings of a run at one point of the sweep.</summary>
    private RunSettings SettingsAt(ImmutableDictionary<string, double> point) => _settings with
    {
        Step = point,
        Parameters = _settings.Parameters.SetItems(point.Where(p => p.Key != "temp").Select(p => KeyValuePair.Create(p.Key, p.Value.ToString("R", CultureInfo.InvariantCulture)))),
    };

    /// <summary>What the deck says of its measures; in a study of one thing at one point also what the nominal design gives.</summary>
    /// <param name="study">The study.</param>
    /// <param name="isWhole">Whether all its rows are there; false from here on when the nominal design was interrupted.</param>
    /// <param name="cancellation">Stops early.</param>
    private StudyMeasures About(PreparedStudy study, ref bool isWhole, CancellationToken cancellation)
    {
        StudyMeasures about = StudyMeasures.Of(MonteCarlo.WithMeasures(_design!)) with
        {
            Seed = ChipSeed(_design!),
            Words = StudyMeasures.WordsOf(study.Plan.Names, [.. study.Plan.Points.Select((p, k) => ((IReadOnlyDictionary<string, double>)p, study.Points[k].Design))]),
        };
        if (study.Plan.Points.Length > 1 || study.Plan.Modes.Length > 1 || !isWhole)
            return about;
        DeckRun nominal = Of(_design!, _settings with { Chip = 0, ChipFile = null, MakeChip = null, IsOneOfMany = true, Fresh = true, Data = Data });
        nominal.Checkpoint = study.Checkpoints?.Of(ChipStudy.NominalKey);
        RunParts parts = Enum.Parse<RunParts>(study.Identity["parts"]);
        RunStatus status = nominal.Run("run", parts, cancellation);
        if (cancellation.IsCancellationRequested)
        {
            nominal.KeepTraining();
            isWhole = false;
            return about;
        }

        return status is RunStatus.Done or RunStatus.CheckNotMet ? about with { Nominal = nominal.Results.Measures.ToDictionary(m => m.Name, m => m.Value, StringComparer.OrdinalIgnoreCase) } : about;
    }

    private string DesignFingerprint() => RunFingerprint.Of(_design!, Data, Experiment?.Seed ?? Nodal?.Learning?.Seed ?? _settings.Seed ?? 0);
}

/// <summary>A study made ready: its plan, the deck at each point, and what identifies it.</summary>
/// <param name="Plan">The plan.</param>
/// <param name="Points">The points of its sweep.</param>
/// <param name="Identity">What its store says of it.</param>
internal sealed record PreparedStudy(StudyPlan Plan, ImmutableArray<StudyPoint> Points, IReadOnlyDictionary<string, string> Identity)
{
    /// <summary>Where its chips come from when they are not drawn as they are fabricated, else null.</summary>
    public SampledChips? Sampled { get; init; }

    /// <summary>Where its chips keep how far their training is, or null.</summary>
    public ChipCheckpoints? Checkpoints { get; init; }

    /// <summary>Does an item.</summary>
    public StudyRow? Run(StudyItem item, CancellationToken cancellation) => Points[item.Step].Run(item, Checkpoints?.Of(ChipStudy.KeyOf(Plan, item)), cancellation);
}
