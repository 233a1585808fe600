using System.Globalization;
using AnalogLearn.Netlist;
using AnalogLearn.Plots;

namespace AnalogLearn.Studies.Explaining;

/// <summary>The sections of <c>report.html</c> for what the studies that explain have found: tables with intervals, each kind with its figures.</summary>
internal static class ExplanationReport
{
    private const int MostRows = 60;

    /// <summary>Adds the sections.</summary>
    /// <param name="report">The page.</param>
    /// <param name="all">What was found.</param>
    /// <param name="figures">Its figures (<see cref="ExplanationFigures"/>).</param>
    public static void Write(HtmlReport report, ExplanationRecord all, IReadOnlyList<Figure> figures)
    {
        Tolerances(report, all);
        Show("tolerance-");
        Ablations(report, all);
        Show("ablation-");
        Variances(report, all);
        Show("variance-");
        Predictions(report, all);
        Show("contributions-", "prediction-");
        Corners(report, all);
        Show("corners-");

        void Show(params string[] kinds)
        {
            foreach (Figure figure in figures.Where(f => kinds.Any(k => f.Name.StartsWith(k, StringComparison.Ordinal))))
                report.Figure(figure, $"{figure.Title}{(figure.Panels[0].X.Label is { Length: > 0 } label && !figure.Title.Contains(label, StringComparison.Ordinal) ? ": " + label : string.Empty)}.{(figure.Caption.Length > 0 ? " " + figure.Caption : string.Empty)}");
        }
    }

    /// <summary>What is worth a tile: where the yield crosses its levels, what the whole and the bare design give.</summary>
    /// <param name="all">What was found.</param>
    public static IEnumerable<(string Name, string Value, string Remark)> Highlights(ExplanationRecord all)
    {
        foreach (ToleranceRecord t in all.Tolerances.Where(t => double.IsFinite(t.Value)))
            yield return (string.Create(CultureInfo.InvariantCulture, $"yield of {100 * t.Yield:0.#} %"), $"{t.Parameter} = {ReportTable.Cell(t.Value, 3)}", $"95 %: {Interval(t.Low, t.High)}");
        foreach (AblationRecord with in all.Ablations.Where(a => a is { NonIdeality: "all", Way: "reference" } && a.Step.Count == 0).TakeLast(1))
        {
            double without = all.Ablations.First(a => a is { NonIdeality: "none", Way: "reference" } && a.Measure == with.Measure && a.Step.Count == 0).Mean;
            yield return (with.Measure, ReportTable.Cell(with.Mean, 3), $"with all non-idealities; {ReportTable.Cell(without, 3)} without any");
        }
    }

    private static void Tolerances(HtmlReport report, ExplanationRecord all)
    {
        if (all.Tolerances.IsEmpty)
            return;
        report.Section("Tolerances");
        report.Prose("Where the yield falls to a level as a parameter moves, the same chips at every value. The interval is where the ends of Wilson's 95 % interval of the yield cross the level.");
        report.Table(new ReportTable(
            [new("parameter", IsNumber: false), new("yield", "%"), new("at"), new("95 % interval"), new("chips")],
            [.. all.Tolerances.Select(t => (IReadOnlyList<string>)[t.Parameter, ReportTable.Cell(100 * t.Yield), double.IsNaN(t.Value) ? "not between the ends" : ReportTable.Cell(t.Value), Interval(t.Low, t.High), Count(t.Chips)])]));
        foreach (ToleranceRecord t in all.Tolerances.DistinctBy(t => t.Parameter))
        {
            report.Table(new ReportTable(
                [new(t.Parameter), new("yield", "%"), new("95 % interval", "%")],
                [.. t.Points.Select(p => (IReadOnlyList<string>)[ReportTable.Cell(p.Value), ReportTable.Cell(100 * p.Yield, 3), Interval(100 * p.Low, 100 * p.High)])])
            { Caption = $"Values of {t.Parameter} that were tried" });
        }
    }

    private static void Ablations(HtmlReport report, ExplanationRecord all)
    {
        if (all.Ablations.IsEmpty)
            return;
        report.Section("What each non-ideality costs");
        report.Prose("The same chips with each non-ideality alone, and with all but it: changes chip by chip, with 95 % intervals. Alone: with it, less without any. On top of all others: with all, less with all but it.");
        foreach (var group in all.Ablations.GroupBy(a => (a.Measure, Step: StepSweep.Describe(a.Step))))
        {
            double whole = group.First(a => a is { NonIdeality: "all", Way: "reference" }).Mean, none = group.First(a => a is { NonIdeality: "none", Way: "reference" }).Mean;
            report.Table(new ReportTable(
                [new("non-ideality", IsNumber: false), new("alone"), new("95 % interval"), new("on top of all others"), new("95 % interval"), new("chips")],
                [
                    .. group.Where(a => a.Way != "reference").GroupBy(a => a.NonIdeality, StringComparer.Ordinal).Take(MostRows).Select(g =>
                    {
                        AblationRecord? only = g.FirstOrDefault(a => a.Way == "only"), without = g.FirstOrDefault(a => a.Way == "without");
                        return (IReadOnlyList<string>)
                        [
                            g.Key, ReportTable.Cell(only?.Change ?? double.NaN), Interval(only?.Low ?? double.NaN, only?.High ?? double.NaN), ReportTable.Cell(without?.Change ?? double.NaN),
                            Interval(without?.Low ?? double.NaN, without?.High ?? double.NaN), Count(g.Max(a => a.Chips)),
                        ];
                    }),
                ])
            { Caption = $"{Heading(group.Key.Measure, group.Key.Step)}: {ReportTable.Cell(whole, 5)} with all, {ReportTable.Cell(none, 5)} without any" });
        }
    }

    private static void Variances(HtmlReport report, ExplanationRecord all)
    {
        if (all.Variances.IsEmpty)
            return;
        report.Section("Shares of the variance");
        report.Prose("Sobol's indices: the share of a measure's variance that a spread has alone (first order) and with all its interactions (total), with 95 % intervals of the bootstrap.");
        foreach (var group in all.Variances.GroupBy(v => (v.Measure, Step: StepSweep.Describe(v.Step))))
        {
            VarianceRecord any = group.First();
            report.Table(new ReportTable(
                [new("spread", IsNumber: false), new("first order", "%"), new("95 % interval", "%"), new("total", "%"), new("95 % interval", "%")],
                [
                    .. group.OrderByDescending(v => v.Total).Take(MostRows).Select(v => (IReadOnlyList<string>)
                    [
                        v.Spread, ReportTable.Cell(100 * v.First, 3), Interval(100 * v.FirstLow, 100 * v.FirstHigh), ReportTable.Cell(100 * v.Total, 3), Interval(100 * v.TotalLow, 100 * v.TotalHigh),
                    ]),
                ])
            { Caption = $"{Heading(group.Key.Measure, group.Key.Step)}: σ {ReportTable.Cell(any.Deviation)}, {Count(any.Chips)} {Amount.Noun(any.Chips, "pair")} of chips" });
        }
    }

    private static void Predictions(HtmlReport report, ExplanationRecord all)
    {
        if (all.Predictions.IsEmpty)
            return;
        report.Section("Predicted from sensitivities");
        report.Prose("σ of a measure from its sensitivities to all draws alone, √Σ(∂m/∂z)², beside that of the chips with its 95 % interval.");
        string[] steps = [.. all.Predictions.SelectMany(p => p.Step.Keys).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        report.Table(new ReportTable(
            [.. steps.Select(s => new ReportColumn(s)), new("measure", IsNumber: false), new("method", IsNumber: false), new("nominal"), new("σ predicted"), new("σ of the chips"), new("95 % interval"), new("chips")],
            [
                .. all.Predictions.Select(p => (IReadOnlyList<string>)
                [
                    .. steps.Select(s => ReportTable.Cell(p.Step.GetValueOrDefault(s, double.NaN))), p.Measure, p.Method, ReportTable.Cell(p.Nominal, 5), ReportTable.Cell(p.Predicted), ReportTable.Cell(p.Found), Interval(p.Low, p.High), Count(p.Chips),
                ]),
            ]));
        foreach (PredictionRecord p in all.Predictions.Where(p => p.Predicted > 0))
        {
            report.Table(new ReportTable(
                [new("spread", IsNumber: false), new("σ from it"), new("share", "%")],
                [.. p.Spreads.Take(MostRows).Select(s => (IReadOnlyList<string>)[s.Name, ReportTable.Cell(s.Derivative), ReportTable.Cell(100 * s.Share, 3)])])
            { Caption = Heading(p.Measure, StepSweep.Describe(p.Step)) });
        }
    }

    private static void Corners(HtmlReport report, ExplanationRecord all)
    {
        if (all.Corners.IsEmpty)
            return;
        report.Section("Corners");
        foreach (IGrouping<string, CornerRecord> point in all.Corners.GroupBy(c => StepSweep.Describe(c.Step), StringComparer.Ordinal))
        {
            string[] measures = [.. point.SelectMany(c => c.Measures.Keys).Distinct(StringComparer.OrdinalIgnoreCase)];
            report.Table(new ReportTable(
                [new("corner", IsNumber: false), .. measures.Select(m => new ReportColumn(m == MonteCarlo.SpecName ? "meets the specification" : m)), new("status", IsNumber: false)],
                [
                    .. point.Take(MostRows).Select(c => (IReadOnlyList<string>)
                    [
                        c.Name, .. measures.Select(m => m == MonteCarlo.SpecName ? c.Measures.GetValueOrDefault(m) == 1 ? "yes" : "no" : ReportTable.Cell(c.Measures.GetValueOrDefault(m, double.NaN), 5)), c.Status.Replace('_', ' '),
                    ]),
                ])
            { Caption = string.Create(CultureInfo.InvariantCulture, $"Draws moved by {point.Max(c => c.Sigma):g3} σ, all others nominal{(point.Key.Length > 0 ? ", " + point.Key : string.Empty)}") });
        }
    }

    private static string Heading(string measure, string step) => step.Length > 0 ? $"{measure}, {step}" : measure;

    private static string Interval(double low, double high) => double.IsFinite(low) && double.IsFinite(high) ? $"{ReportTable.Cell(low, 3)} to {ReportTable.Cell(high, 3)}" : "-";

    private static string Count(int count) => count.ToString(CultureInfo.InvariantCulture);
}
