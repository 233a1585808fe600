using System.Collections.Immutable;
using System.Globalization;
using AnalogLearn.Netlist;
using AnalogLearn.Plots;
using AnalogLearn.Studies.Explaining;

namespace AnalogLearn.Studies;

/// <summary><c>report.html</c> of a study: how many chips work, how they are distributed, which are the worst and how to run one alone, why others failed.</summary>
/// <param name="record">The study's record.</param>
/// <param name="plan">The study.</param>
/// <param name="outcome">What its rows say.</param>
/// <param name="about">What the deck says of its measures.</param>
internal sealed class StudyReport(RunRecord record, StudyPlan plan, StudyOutcome outcome, StudyMeasures about)
{
    private const int Ends = 5;

    /// <summary>Writes the page.</summary>
    /// <param name="figures">Its figures.</param>
    /// <param name="diagnostics">What was told.</param>
    /// <param name="deckText">The deck's text, or null.</param>
    /// <param name="explained">The figures of what explains the study.</param>
    public string Write(IReadOnlyList<Figure> figures, IEnumerable<Diagnostic> diagnostics, string? deckText, IReadOnlyList<Figure> explained)
    {
        string[] measures = about.Order(outcome.Rows);
        var report = new HtmlReport(record.Title.Length > 0 ? record.Title : record.Deck);
        report.Subtitle(string.Create(CultureInfo.InvariantCulture, $"{record.Deck}, {outcome.Rows.Count} of {Amount.Of(plan.Count, "row")}, {record.Engine} engine"));
        report.Highlights(Highlights(measures));
        Yields(report);
        Modes(report);
        Measures(report, measures);
        if (figures.Count > 0)
        {
            report.Section("Figures");
            foreach (Figure figure in figures)
                report.Figure(figure, figure.Caption.Length > 0 ? $"{figure.Title}. {figure.Caption}" : string.Empty);
        }

        if (measures.Length > 0)
            BestAndWorst(report, measures[0]);
        Failures(report);
        if (record.Explanation is { } explanation)
            ExplanationReport.Write(report, explanation, explained);
        Diagnostic[] told = [.. diagnostics];
        if (told.Length > 0)
        {
            report.Section("Remarks");
            report.Diagnostics(told);
        }

        report.Section("Study");
        report.KeyValues(Settings());
        if (deckText is not null)
            report.Listing(record.Deck, deckText);
        report.Footer(string.Create(CultureInfo.InvariantCulture, $"analoglearn {record.Version}; {record.Machine?.Runtime}; {record.Started:yyyy-MM-dd HH:mm:ss zzz}"));
        return report.ToHtml();
    }

    private static string Percent(double share) => double.IsFinite(share) ? string.Create(CultureInfo.InvariantCulture, $"{100 * share:0.0} %") : "-";

    private static string Interval(double low, double high) => double.IsFinite(low) ? string.Create(CultureInfo.InvariantCulture, $"{100 * low:0.0} to {100 * high:0.0}") : "-";

    private List<(string, string, string)> Highlights(string[] measures)
    {
        var tiles = new List<(string, string, string)>();
        if (record.Yield is { } yield && plan.Points.Length == 1 && plan.Modes.Length == 1)
            tiles.Add(yield.Importance is { } rare
                ? ("a chip fails", EngineeringNotation.Significant(rare.FailureProbability, 3), $"of 1, 95 %: {EngineeringNotation.Significant(rare.Low, 3)} to {EngineeringNotation.Significant(rare.High, 3)}; {yield.Spec}")
                : ("yield", Percent(yield.Fraction), $"95 %: {Interval(yield.Low, yield.High)} %; {yield.Spec}"));
        foreach (ModeComparison comparison in record.Modes.Where(m => measures.Length > 0 && m.Measure == measures[0]).Take(1))
        {
            foreach ((string mode, Estimate gap) in comparison.Recovered.Where(r => double.IsFinite(r.Value.Low)))
                tiles.Add(($"{mode} recovers", string.Create(CultureInfo.InvariantCulture, $"{100 * gap.Value:0} %"), string.Create(CultureInfo.InvariantCulture, $"of the gap in {comparison.Measure}; 95 %: {100 * gap.Low:0} to {100 * gap.High:0} %")));
        }

        tiles.Add(("chips", plan.Chips.ToString(CultureInfo.InvariantCulture), plan.Points.Length > 1 ? string.Create(CultureInfo.InvariantCulture, $"at each of {Amount.Of(plan.Points.Length, "point")}") : about.Seed is { } seed ? $"seed {seed}" : string.Empty));
        if (plan.Points.Length == 1 && plan.Modes.Length == 1 && measures.Length > 0 && !HasWeights)
        {
            double[] sorted = Sorted(outcome.Rows, measures[0]);
            tiles.Add((measures[0], EngineeringNotation.Format(Quantiles.Of(sorted, 0.5), about.UnitOf(measures[0])), $"median; {EngineeringNotation.Format(Quantiles.Of(sorted, 0.05), about.UnitOf(measures[0]))} to {EngineeringNotation.Format(Quantiles.Of(sorted, 0.95), about.UnitOf(measures[0]))} for nine of ten chips"));
        }

        if (record.Explanation is { } explanation)
            tiles.AddRange(ExplanationReport.Highlights(explanation));
        if (outcome.Failed > 0)
            tiles.Add(("not simulated", outcome.Failed.ToString(CultureInfo.InvariantCulture), "they count as not meeting the specification"));
        return tiles;
    }

    private void Yields(HtmlReport report)
    {
        YieldRecord[] yields = record.Yields.IsEmpty ? record.Yield is { } only ? [only] : [] : [.. record.Yields];
        if (yields.Length == 0)
            return;
        report.Section("Yield");
        if (yields.Any(y => y.Importance is not null))
        {
            Failing(report, yields);
            return;
        }

        report.Prose($"Chips that meet {plan.Spec}, with the 95 % interval of Wilson.");
        report.Table(new ReportTable(
            [.. plan.Names.Select(n => new ReportColumn(n)), .. plan.Modes.Length > 1 ? [new ReportColumn("mode", IsNumber: false)] : Array.Empty<ReportColumn>(), new("yield", "%"), new("95 % interval", "%"), new("passed"), new("chips")],
            [
                .. yields.Select(y => (IReadOnlyList<string>)
                [
                    .. plan.Names.Select(n => ReportTable.Cell(y.Step?.GetValueOrDefault(n, double.NaN) ?? double.NaN)),
                    .. plan.Modes.Length > 1 ? [y.Mode ?? string.Empty] : Array.Empty<string>(),
                    ReportTable.Cell(100 * y.Fraction), Interval(y.Low, y.High), y.Passed.ToString(CultureInfo.InvariantCulture), y.Chips.ToString(CultureInfo.InvariantCulture),
                ]),
            ]));
    }

    private bool HasWeights => outcome.Rows.Any(r => r.Measures.ContainsKey(MonteCarlo.WeightName));

    /// <summary>Chips that are drawn about the points of failure: how often fabricated ones fail.</summary>
    private void Failing(HtmlReport report, YieldRecord[] yields)
    {
        report.Prose($"How often a fabricated chip misses {plan.Spec}: most chips are drawn about the points of failure and count with their weights. The last column says how many chips drawn as they are fabricated would tell as much.");
        report.Table(new ReportTable(
            [.. plan.Names.Select(n => new ReportColumn(n)), new("probability of failure"), new("95 % interval"), new("as beyond", "σ"), new("chips"), new("of them beyond the limit"), new("plain chips for that")],
            [
                .. yields.Where(y => y.Importance is not null).Select(y => (IReadOnlyList<string>)
                [
                    .. plan.Names.Select(n => ReportTable.Cell(y.Step?.GetValueOrDefault(n, double.NaN) ?? double.NaN)),
                    ReportTable.Cell(y.Importance!.FailureProbability), $"{ReportTable.Cell(y.Importance.Low, 3)} to {ReportTable.Cell(y.Importance.High, 3)}", ReportTable.Cell(y.Importance.Sigma),
                    y.Chips.ToString(CultureInfo.InvariantCulture), (y.Chips - y.Passed).ToString(CultureInfo.InvariantCulture), ReportTable.Cell(y.Importance.PlainChips, 2),
                ]),
            ]));
    }

    private void Modes(HtmlReport report)
    {
        if (record.Modes.IsEmpty)
            return;
        report.Section("The same chips in each mode");
        report.Prose("Chip k has the same draws in every mode. Means with Student's 95 % interval; differences chip by chip; the recovered gap is (mode − transfer)/(ideal − transfer), a ratio of means over the chips, with its bootstrap interval.");
        foreach (ModeComparison c in record.Modes)
        {
            var none = new Estimate(double.NaN, double.NaN, double.NaN);
            report.Table(new ReportTable(
                [new("mode", IsNumber: false), new("mean"), new("95 % interval"), new("more than transfer"), new("95 % interval"), new("of the gap", "%"), new("95 % interval", "%")],
                [
                    .. c.Means.Select(m =>
                    {
                        Estimate more = c.Differences.GetValueOrDefault($"{m.Key}-{StudyModes.Transfer}") ?? none, gap = c.Recovered.GetValueOrDefault(m.Key) ?? none;
                        return (IReadOnlyList<string>)[m.Key, ReportTable.Cell(m.Value.Value), Range(m.Value), ReportTable.Cell(more.Value), Range(more), ReportTable.Cell(100 * gap.Value, 3), Interval(gap.Low, gap.High)];
                    }),
                ])
            { Caption = string.Create(CultureInfo.InvariantCulture, $"{c.Measure}{(c.Step.Count > 0 ? ", " + StepSweep.Describe(c.Step) : string.Empty)}, {Amount.Of(c.Chips, "chip")}") });
        }

        static string Range(Estimate e) => double.IsFinite(e.Low) ? $"{ReportTable.Cell(e.Low)} to {ReportTable.Cell(e.High)}" : "-";
    }

    private void Measures(HtmlReport report, string[] measures)
    {
        if (measures.Length == 0)
            return;
        report.Section("Measures");
        foreach (string mode in outcome.Rows.Select(r => r.Mode ?? string.Empty).Distinct(StringComparer.Ordinal).ToArray())
        {
            // Read from the store for each measure: a study's rows need not fit into memory.
            IEnumerable<ChipRecord> group = outcome.Rows.Where(r => (r.Mode ?? string.Empty) == mode);
            report.Table(new ReportTable(
                [new("measure", IsNumber: false), new("unit", IsNumber: false), new("nominal"), new("mean"), new("deviation"), new("least"), new("5 %"), new("median"), new("95 %"), new("most"), new("chips")],
                [
                    .. measures.Select(m =>
                    {
                        ChipStatistics v = ChipStatistics.Of(group, m, HasWeights);
                        return (IReadOnlyList<string>)
                        [
                            m, about.UnitOf(m), .. new[] { about.Nominal.TryGetValue(m, out double n) ? n : double.NaN, v.Mean, v.Deviation, v.Least, v.Quantile(0.05), v.Quantile(0.5), v.Quantile(0.95), v.Most }.Select(x => ReportTable.Cell(x)),
                            v.Count.ToString(CultureInfo.InvariantCulture),
                        ];
                    }),
                ])
            { Caption = mode });
        }
    }

    private void BestAndWorst(HtmlReport report, string measure)
    {
        double? aim = about.AimOf(measure, plan.Spec);
        bool high = aim is null && about.IsBetterHigh(measure, plan.Spec);
        var worst = new PriorityQueue<ChipRecord, (double, int)>(Comparer<(double, int)>.Create((a, b) => b.CompareTo(a)));
        var best = new PriorityQueue<ChipRecord, (double, int)>();
        int count = 0;
        foreach (ChipRecord row in outcome.Rows.Where(r => r.Mode is not StudyModes.Ideal && double.IsFinite(r.Measures.GetValueOrDefault(measure, double.NaN))))
        {
            (double, int) rank = (aim is { } centre ? -Math.Abs(row.Measures[measure] - centre) : (high ? 1 : -1) * row.Measures[measure], count++);
            Keep(worst, row, rank);
            Keep(best, row, rank);
        }

        if (count < 2)
            return;
        report.Section("The worst and the best chips");
        report.Prose($"By {(aim is { } there ? $"how far {measure} is from {ReportTable.Cell(there)}" : measure)}. A chip runs alone, with all that a run leaves, by the command in its row{(plan.Modes.Length > 1 ? "; what transferring or fine-tuning made of it is kept in the study's rows" : string.Empty)}.");
        int ends = Math.Min(Ends, count / 2);
        report.Table(new ReportTable(
            [new(string.Empty, IsNumber: false), new("chip"), .. plan.Names.Select(n => new ReportColumn(n)), new("mode", IsNumber: false), new(measure, about.UnitOf(measure)), new("alone", IsNumber: false)],
            [.. Outwards(worst).Take(ends).Select(r => Row("worst", r)), .. Outwards(best).Take(ends).Select(r => Row("best", r))]));

        static void Keep(PriorityQueue<ChipRecord, (double, int)> queue, ChipRecord row, (double, int) rank)
        {
            if (queue.Count < Ends)
                queue.Enqueue(row, rank);
            else
                queue.EnqueueDequeue(row, rank);
        }

        // The last to leave a queue is the outermost.
        static IEnumerable<ChipRecord> Outwards(PriorityQueue<ChipRecord, (double, int)> queue)
        {
            var rows = new Stack<ChipRecord>();
            while (queue.TryDequeue(out ChipRecord? row, out _))
                rows.Push(row);
            return rows;
        }

        IReadOnlyList<string> Row(string end, ChipRecord r)
        {
            string set = string.Concat(r.Step.OrderBy(s => s.Key, StringComparer.Ordinal).Select(s => string.Create(CultureInfo.InvariantCulture, $" --set {s.Key}={s.Value:R}")));
            return
            [
                end, r.Chip.ToString(CultureInfo.InvariantCulture), .. plan.Names.Select(n => ReportTable.Cell(r.Step.GetValueOrDefault(n, double.NaN))), r.Mode ?? string.Empty, ReportTable.Cell(r.Measures[measure], 5),
                string.Create(CultureInfo.InvariantCulture, $"analoglearn run {record.Deck} --chip {r.Chip}{set}"),
            ];
        }
    }

    private void Failures(HtmlReport report)
    {
        if (outcome.Failures.IsEmpty)
            return;
        report.Section("Chips that were not simulated");
        report.Table(new ReportTable(
            [new("chips"), new("first one"), new("because", IsNumber: false)],
            [.. outcome.Failures.Select(f => (IReadOnlyList<string>)[f.Count.ToString(CultureInfo.InvariantCulture), f.FirstChip.ToString(CultureInfo.InvariantCulture), f.Error])]));
    }

    private IEnumerable<(string, string)> Settings()
    {
        yield return ("status", record.Status.Replace('_', ' '));
        yield return ("rows", string.Create(CultureInfo.InvariantCulture, $"{(plan.Points.Length > 1 ? $"{Amount.Of(plan.Points.Length, "point")} × " : string.Empty)}{plan.Chips} chip{(plan.Chips == 1 ? string.Empty : "s")}{(plan.Modes.Length > 1 ? $" × {Amount.Of(plan.Modes.Length, "mode")}" : string.Empty)}; {outcome.Rows.Count} done"));
        if (plan.Stop is { } stop)
            yield return ("stops when", string.Create(CultureInfo.InvariantCulture, $"half of the interval of the yield is below {stop.HalfWidth:R}"));
        foreach ((string name, double value) in record.Parameters.OrderBy(p => p.Key, StringComparer.Ordinal))
            yield return (".param " + name, value.ToString("R", CultureInfo.InvariantCulture));
        foreach (FileRecord file in record.Files.Concat(record.DataFiles))
            yield return (file.Path, "SHA-256 " + file.Sha256);
        if (record.Machine is { } machine)
            yield return ("machine", string.Create(CultureInfo.InvariantCulture, $"{machine.System}, {machine.Architecture}, {Amount.Of(machine.Threads, "thread")}, {machine.VectorBits}-bit vectors"));
        foreach ((string part, double seconds) in record.Seconds)
            yield return ("time of " + part, string.Create(CultureInfo.InvariantCulture, $"{seconds:0.00} s"));
    }

    private static double[] Sorted(IEnumerable<ChipRecord> rows, string measure) => Quantiles.Sorted(rows.Select(r => r.Measures.GetValueOrDefault(measure, double.NaN)));
}
