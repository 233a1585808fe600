using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using AnalogLearn.Circuits;
using AnalogLearn.Studies.Explaining;
using AnalogLearn.Variation;

namespace AnalogLearn.Studies;

/// <content>The studies that explain: corners, first-order prediction, ablation, variance-based sensitivity, tolerances.</content>
public sealed partial class DeckRun
{
    private (StudyPlan Plan, StudyOutcome Outcome, StudyMeasures About)? _studied;

    /// <summary>Runs what the deck asks for, and then its studies that explain, at every point of its sweep.</summary>
    private RunStatus RunExplaining(ImmutableArray<ExplanationCard> cards, StepSweep? sweep, string command, RunParts parts, CancellationToken cancellation)
    {
        RunStatus status = RunStatus.Done;
        if (ExplanationCard.WantsChips(command) && (Study is not null || command == "run"))
            status = RunPlain(sweep, command, parts, cancellation);
        if (status is not (RunStatus.Done or RunStatus.CheckNotMet))
            return status;
        long begin = Stopwatch.GetTimestamp();
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
                all = nominal.Explained(all, cards, command, parts, point, Results.Steps, Diagnostics, Observer, cancellation);
            }

            foreach (ExplanationCard card in cards.Where(c => c.Kind == "tolerance"))
                all = all with { Tolerances = [.. all.Tolerances, .. Tolerances(card, command, parts, cancellation)] };
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            status = RunStatus.Interrupted;
        }

        Results.Explanation = all;
        Results.Status = status;
        Took("explain", begin);
        StudyMeasures about = StudyMeasures.Of(Deck!);
        Plots.Figure[] figures = [.. ExplanationFigures.Of(all, Deck!.Circuit.Title, about.UnitOf)];
        string[] files = [.. figures.SelectMany(f => FigureFiles.Save(Folder, f))];
        (string Name, string Text)[] tables = [.. ExplanationTables.Csv(all)];
        foreach ((string name, string text) in tables)
            Folder.WriteText(name, text);
        RunRecord before = Results.Record;
        bool hasPage = figures.Length > 0 || before.Report is not null;
        Results.Record = NewRecord(command) with
        {
            Plots = [.. before.Plots, .. files],
            Measures = before.Measures,
            Modes = before.Modes,
            Tables = [.. before.Tables, .. tables.Select(t => t.Name)],
            Report = hasPage ? "report.html" : null,
        };
        if (hasPage)
        {
            string? deck = File.Exists(Deck.Path) ? File.ReadAllText(Deck.Path) : null;
            Folder.WriteText("report.html", _studied is { } study
                ? new StudyReport(Results.Record, study.Plan, study.Outcome, study.About) { Explanation = all }.Write([.. new StudyFigures(study.Plan, study.Outcome, Deck.Circuit.Title, study.About).Draw(Results.Record.Modes), .. figures], Diagnostics, deck)
                : RunReport.Write(Results.Record, figures, Diagnostics, deck));
        }

        Folder.Write("run.json", Results.Record.WriteFile, lasting: true);
        return status;
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
        CancellationToken cancellation)
    {
        const int usual = 200;
        Deck design = _design!;
        ulong seed = ChipSeed(design);
        MonteCarlo? study = MonteCarlo.Of(design);
        var runner = new VariantRunner(design, _settings with { Data = Data, Step = point }, seed, command, parts) { Say = observer.Say };
        var explainer = new Explainer(runner, study?.Spec, study?.Chips ?? usual, BasisOf(design), point, diagnostics);
        foreach (ExplanationCard card in cards)
        {
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
    private ImmutableArray<ToleranceRecord> Tolerances(ExplanationCard card, string command, RunParts parts, CancellationToken cancellation)
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

            var runner = new VariantRunner(nominal._design!, _settings with { Data = nominal.Data }, ChipSeed(_design!), command, parts);
            ChipRecord[] rows = runner.Run([new Variant(parameter, BasisOf(nominal._design!))], chips, cancellation)[0];
            int passed = rows.Count(r => r.Measures.GetValueOrDefault(MonteCarlo.SpecName) == 1);
            Observer.Say(string.Create(CultureInfo.InvariantCulture, $"{parameter}={value:g6}: {passed} of {chips} chips"));
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
