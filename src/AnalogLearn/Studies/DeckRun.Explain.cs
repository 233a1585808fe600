using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using AnalogLearn.Circuits;
using AnalogLearn.Netlist;
using AnalogLearn.Studies.Explaining;
using AnalogLearn.Variation;

namespace AnalogLearn.Studies;

/// <content>The studies that explain: corners, first-order prediction, ablation, variance-based sensitivity, tolerances.</content>
public sealed partial class DeckRun
{
    /// <summary>Writes the report of what ran before, with what was explained and its figures; null when nothing did.</summary>
    private Func<RunRecord, IReadOnlyList<Plots.Figure>, string>? _page;

    /// <summary>Runs what the deck asks for, and then its studies that explain, at every point of its sweep.</summary>
    private RunStatus RunExplaining(ImmutableArray<ExplanationCard> cards, StepSweep? sweep, string command, RunParts parts, CancellationToken cancellation)
    {
        RunStatus status = RunStatus.Done;

        // Before the chips of .mc: what is refused is refused before anything long begins.
        using ExplanationStore? store = ExplanationStore.Open(Folder.PathOf(ExplanationStore.FileName), ExplanationFingerprint(parts), _settings.Fresh, Diagnostics);
        if (store is null)
        {
            Conclude(command, RunStatus.BadInput);
            return RunStatus.BadInput;
        }

        var checkpoints = new ChipCheckpoints(ChipCheckpoints.FolderOfExplanations(Folder), ExplanationFingerprint(parts));
        if (_settings.Fresh)
            checkpoints.TakeUp(_ => false);
        store.Rows.Checkpoints = checkpoints;

        // What is trained once is trained before what explains it, and is there for whoever goes on with that.
        _isExplaining = true;
        bool ran = ExplanationCard.WantsChips(command) && (Study is not null || command == "run");
        if (ran)
            status = RunPlain(sweep, command, parts, cancellation);
        if (status is not (RunStatus.Done or RunStatus.CheckNotMet))
        {
            if (status != RunStatus.Interrupted && Study is null)
                DeleteCheckpoints(sweep);
            return status;
        }

        RunRecord? before = ran ? Results.Record : null;
        long begin = Stopwatch.GetTimestamp();
        if (store.Rows.Count > 0)
            Observer.Say(string.Create(CultureInfo.InvariantCulture, $"resumed, done of studies that explain: {Amount.Of(store.Rows.Count, "run")}"));
        var known = new Lazy<HashSet<string>>(() => new(store.Rows.CheckpointKeys(), StringComparer.Ordinal));
        if (checkpoints.TakeUp(key => !known.Value.Contains(key)) is > 0 and var inTraining)
            Observer.Say(ChipCheckpoints.Describe(inTraining));
        store.Begin();
        var all = new ExplanationRecord();
        try
        {
            foreach (ImmutableDictionary<string, double> point in sweep?.Points ?? [ImmutableDictionary<string, double>.Empty])
            {
                DeckRun nominal = sweep is null ? this : Open(Deck!.Path, SettingsAt(point) with { Chip = null, Data = Data });
                if (!nominal.Bind())
                {
                    Conclude(command, RunStatus.BadInput);
                    return RunStatus.BadInput;
                }

                if (sweep is not null)
                    Observer.Say($"explaining {StepSweep.Describe(point)}");
                all = nominal.Explained(all, cards, command, parts, point, Results.Steps, Diagnostics, Observer, store.Rows, cancellation);
            }

            foreach (ExplanationCard card in cards.Where(c => c.Kind == "tolerance"))
                all = all with { Tolerances = [.. all.Tolerances, .. Tolerances(card, command, parts, store.Rows, cancellation)] };
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            status = RunStatus.Interrupted;
            Observer.Say(string.Create(CultureInfo.InvariantCulture, $"interrupted after {Amount.Of(store.Rows.Count, "run")} of studies that explain"));
        }

        (string Error, int Rows, int Chips, int AllRows, int AllChips)[] failures = [.. store.Rows.Failures()];
        store.Close(status != RunStatus.Interrupted);
        checkpoints.Close(status != RunStatus.Interrupted);
        if (ran && status != RunStatus.Interrupted && Study is null)
            DeleteCheckpoints(sweep);
        foreach ((string error, int rows, int chips, int allRows, int allChips) in failures)
            Diagnostics.Warning("AL0975", Netlist.SourceSpan.None, string.Create(CultureInfo.InvariantCulture, $"{chips} of {Amount.Of(allChips, "chip")} could not be simulated, in {rows} of {Amount.Of(allRows, "run")}: {error}"), "report.html shows what the other chips say; analoglearn run DECK --chip K runs one of them alone");
        Results.Explanation = all;
        Results.Status = status;
        Took("explain", begin);
        WriteExplanation(all, before ?? NewRecord(command));
        return status;
    }

    /// <summary>Writes tables and figures of what was explained, and the report with all that the run found before.</summary>
    private void WriteExplanation(ExplanationRecord all, RunRecord before)
    {
        Plots.Figure[] figures = [.. ExplanationFigures.Of(all, Deck!.Circuit.Title, StudyMeasures.Of(Deck).UnitOf)];
        var tables = new List<string>();
        foreach ((string name, string text) in ExplanationTables.Csv(all))
        {
            Folder.WriteText(name, text);
            tables.Add(name);
        }

        RunRecord record = before with
        {
            Explanation = all,
            ChipSeed = before.ChipSeed ?? ChipSeed(_design!),
            Status = RunJson.Snake(Results.Status.ToString()),
            ExitCode = (int)Results.Status,
            Diagnostics = [.. Diagnostics.Select(DiagnosticRecord.Of)],
            Seconds = new Dictionary<string, double>(_seconds),
            Tables = [.. before.Tables, .. tables],
            Plots = [.. before.Plots, .. figures.SelectMany(f => FigureFiles.Save(Folder, f))],
            Report = "report.html",
        };
        Folder.WriteText("report.html", _page is { } page ? page(record, figures) : RunReport.Write(record, [], Diagnostics, File.Exists(Deck!.Path) ? File.ReadAllText(Deck.Path) : null, figures));
        Results.Record = record;
        Folder.Write("run.json", record.WriteFile, lasting: true);
    }

    /// <summary>What identifies the deck's studies that explain: deck, data, seed, <c>--set</c>, engine, version.</summary>
    private string ExplanationFingerprint(RunParts parts) => ExplanationKey(this, parts, "explain");

    /// <summary>What the rows of a design belong to: everything that their numbers depend on but what is evaluated.</summary>
    private string ExplanationKey(DeckRun nominal, RunParts parts, string basis)
    {
        string step = string.Join(',', (nominal._settings.Step ?? ImmutableDictionary<string, double>.Empty).OrderBy(s => s.Key, StringComparer.Ordinal).Select(s => string.Create(CultureInfo.InvariantCulture, $"{s.Key}={s.Value:R}")));
        string text = string.Create(CultureInfo.InvariantCulture, $"{nominal.DesignFingerprint()}\n{ChipSeed(_design!)}\n{nominal.Engine}\n{parts & ~RunParts.Export}\n{step}\n{basis}\n");
        return Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(text)));
    }

    /// <summary>What the cards say at one point.</summary>
    private ExplanationRecord Explained(
        ExplanationRecord all,
        ImmutableArray<ExplanationCard> cards,
        string command,
        RunParts parts,
        ImmutableDictionary<string, double> point,
        IReadOnlyList<ChipRecord> rows,
        Netlist.DiagnosticBag diagnostics,
        IRunObserver observer,
        EvaluationTable table,
        CancellationToken cancellation)
    {
        const int usual = 200;
        Deck design = _design!;
        ulong seed = ChipSeed(design);
        MonteCarlo? study = MonteCarlo.Of(design);
        var runner = new VariantRunner(design, _settings with { Data = Data, Step = point }, seed, command, parts) { Observer = observer, Table = table, DesignKey = ExplanationKey(this, parts, StudySampling.Of(design).ToString()) };
        var explainer = new Explainer(runner, study?.Spec, study?.Chips ?? usual, BasisOf(design), point, diagnostics);
        foreach (ExplanationCard card in cards)
        {
            if (card.Kind is "ablate" or "variance")
                observer.Say(string.Create(CultureInfo.InvariantCulture, $"{card.Kind}: the same chips in several variants"));
            all = card.Kind switch
            {
                "corner" => all with { Corners = [.. all.Corners, .. explainer.Corners(card, cancellation)] },
                "ablate" => all with { Ablations = [.. all.Ablations, .. explainer.Ablate(card, cancellation)] },
                "variance" => all with { Variances = [.. all.Variances, .. explainer.Variances(card, cancellation)] },
                "predict" => all with
                {
                    Predictions =
                    [
                        .. all.Predictions,
                        .. explainer.Predict(
                            card,
                            StudySampling.Of(design).Importance == "none" ? [.. rows.Where(r => r.Mode is null && StepSweep.Describe(r.Step) == StepSweep.Describe(point))] : [],
                            space => AdjointOfMeasures.Of(this, design, seed, space),
                            cancellation),
                    ],
                },
                _ => all,
            };
        }

        return all;
    }

    /// <summary>How the chips of the deck's study are drawn, its importance sampling apart.</summary>
    private ChipSampling? BasisOf(Deck design) => StudySampling.Of(design) is { Importance: "none" } sampling ? sampling.Make(design, ChipSeed(design)) : null;

    /// <summary><c>.tolerance param=p from=a to=b [log] [integer] [yield=[0.9,0.5]] [chips=n]</c>.</summary>
    private ImmutableArray<ToleranceRecord> Tolerances(ExplanationCard card, string command, RunParts parts, EvaluationTable table, CancellationToken cancellation)
    {
        string parameter = card.Word("param")!;
        int chips = (int)card.Number("chips", MonteCarlo.Of(_design!)?.Chips ?? 200);
        var search = new ToleranceSearch(card.Number("from", 0), card.Number("to", 1), card.Has("log"), card.Has("integer"), value =>
        {
            DeckRun nominal = Open(Deck!.Path, _settings with { Parameters = _settings.Parameters.SetItem(parameter, value.ToString("R", CultureInfo.InvariantCulture)), Data = Data });
            if (!nominal.Bind())
            {
                foreach (Netlist.Diagnostic diagnostic in nominal.Diagnostics.Where(d => !Diagnostics.Any(known => known.ToString() == d.ToString())))
                    Diagnostics.Add(diagnostic);
                return (0, 0);
            }

            var runner = new VariantRunner(nominal._design!, _settings with { Data = nominal.Data }, ChipSeed(_design!), command, parts)
            {
                Observer = Observer,
                TellsEnd = false,
                Table = table,
                DesignKey = ExplanationKey(nominal, parts, StudySampling.Of(nominal._design!).ToString()),
            };
            ChipRecord[] rows = runner.Run(string.Create(CultureInfo.InvariantCulture, $"tolerance {parameter}={value:R}"), [new Variant(parameter, BasisOf(nominal._design!))], chips, cancellation)[0];
            int passed = rows.Count(r => r.Measures.GetValueOrDefault(MonteCarlo.SpecName) == 1);
            Observer.Say(string.Create(CultureInfo.InvariantCulture, $"{parameter}={value:g6}: {passed} of {Amount.Of(chips, "chip")}"));
            return (chips, passed);
        });
        (double Level, (double Value, double Low, double High) Found)[] found = [.. card.Numbers("yield", 0.9, 0.5).Select(level => (level, search.Find(level)))];
        return [.. found.Select(f => new ToleranceRecord(parameter, f.Level, f.Found.Value, f.Found.Low, f.Found.High, chips) { Points = search.Points })];
    }

    /// <summary>The measures of one analysis on given results.</summary>
    internal Dictionary<string, double> MeasuresOf(RunResults results, string analysis) =>
        new MeasureEvaluator(_names!, results).Evaluate(_measures.Where(m => m.Table.Analysis == analysis), new Netlist.DiagnosticBag()).ToDictionary(m => m.Name, m => m.Value, StringComparer.OrdinalIgnoreCase);

    /// <summary>The field of the rate engine on a chip that is drawn in a given way, its inputs held as at the operating point; of the design itself for null. Null when it cannot be made.</summary>
    internal Simulation.RateField<double>? FieldOf(Variation.ChipSampling? sampling)
    {
        DeckRun run = sampling is null ? this : Of(_design!, _settings with { Chip = 1, MakeChip = d => d.Fabricate(ChipSeed(_design!), 1, sampling), IsOneOfMany = true, ThreadCount = 1, Data = Data, ChipFile = null });
        if (!run.Bind() || run.Experiment is null)
            return null;
        var field = new Simulation.RateField<double>(run.Experiment.Network, run.Parameters);
        OperatingPoint.Clamp(field, run._drive!.AtStart());
        return field;
    }
}
