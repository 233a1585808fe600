using System.Globalization;
using AnalogLearn.Netlist;
using AnalogLearn.Plots;

namespace AnalogLearn.Studies;

/// <summary><c>report.html</c> of a run: its numbers, its figures, what was told about the deck, and the deck itself.</summary>
public static class RunReport
{
    private const int MostNodes = 60;

    /// <summary>Writes the page.</summary>
    /// <param name="record">The run's record.</param>
    /// <param name="figures">Its figures.</param>
    /// <param name="diagnostics">What was told.</param>
    /// <param name="deckText">The deck's text, or null.</param>
    public static string Write(RunRecord record, IReadOnlyList<Figure> figures, IEnumerable<Diagnostic> diagnostics, string? deckText) => Write(record, figures, diagnostics, deckText, []);

    /// <summary>Writes the page of a run that was explained.</summary>
    internal static string Write(RunRecord record, IReadOnlyList<Figure> figures, IEnumerable<Diagnostic> diagnostics, string? deckText, IReadOnlyList<Figure> explained)
    {
        var report = new HtmlReport(record.Title.Length > 0 ? record.Title : record.Deck);
        report.Subtitle(string.Create(CultureInfo.InvariantCulture, $"{record.Deck}, seed {record.ChipSeed ?? record.Seed}, {record.Engine} engine, {record.Precision} precision"));
        report.Highlights(Highlights(record));
        if (record.Checks.Length > 0)
        {
            report.Section("Measures");
            report.Table(new ReportTable(
                [new("measure", IsNumber: false), new("value"), new("check", IsNumber: false)],
                [.. record.Checks.Select(m => (IReadOnlyList<string>)[m.Name, ReportTable.Cell(m.Value, 8), m.Met ? "met" : m.Complaint ?? "not met"])]));
        }

        Points(report, record);
        if (record.Train is { } training)
            Training(report, record, training);
        Comparisons(report, record);
        if (figures.Count > 0)
        {
            report.Section("Figures");
            foreach (Figure figure in figures)
                report.Figure(figure);
        }

        if (record.Explanation is { } explanation)
            Explaining.ExplanationReport.Write(report, explanation, explained);
        if (record.Op is { } point)
        {
            report.Section("Operating point");
            report.Prose(string.Create(CultureInfo.InvariantCulture, $"Inputs: {point.Inputs}. Residual {point.Residual:0.0E+00} V after {Amount.Of(point.Steps, "step")}."));
            report.Table(new ReportTable([new("node", IsNumber: false), new("voltage", "V")], [.. point.Voltages.Take(MostNodes).Select(v => (IReadOnlyList<string>)[v.Key, ReportTable.Cell(v.Value, 8)])]));
        }

        Circuit(report, record);
        Diagnostic[] told = [.. diagnostics];
        if (told.Length > 0)
        {
            report.Section("Remarks");
            report.Diagnostics(told);
        }

        report.Section("Run");
        report.KeyValues(Settings(record));
        if (deckText is not null)
            report.Listing(record.Deck, deckText);
        report.Footer(string.Create(CultureInfo.InvariantCulture, $"analoglearn {record.Version}; {record.Machine?.Runtime}; {record.Started:yyyy-MM-dd HH:mm:ss zzz}"));
        return report.ToHtml();
    }

    private static string Percent(double share) => double.IsFinite(share) ? string.Create(CultureInfo.InvariantCulture, $"{100 * share:0.00} %") : "-";

    private static List<(string Name, string Value, string Remark)> Highlights(RunRecord record)
    {
        var tiles = new List<(string, string, string)>();
        if (record.Train is { } training && training.Epochs.Length > 0)
        {
            var last = training.Epochs[^1];
            if (double.IsFinite(last.TestError))
                tiles.Add(("test error", Percent(last.TestError), string.Create(CultureInfo.InvariantCulture, $"after {Amount.Of(last.Epoch, "epoch")}; before training {Percent(training.Epochs[0].TestError)}")));
            if (training.Seconds > 0)
                tiles.Add(("time of learning", string.Create(CultureInfo.InvariantCulture, $"{training.Seconds:0.0} s"), training.Rule));
        }

        if (record.Compare is { } comparison && comparison.Arrays.TryGetValue("all", out ArrayComparisonRecord? all) && double.IsFinite(all.Angle))
            tiles.Add(("angle to the gradient", string.Create(CultureInfo.InvariantCulture, $"{all.Angle:0.00}°"), $"{comparison.Rule} against {comparison.Reference}"));
        if (record.Explanation is { } explanation)
            tiles.AddRange(Explaining.ExplanationReport.Highlights(explanation));
        if (record.Circuit is { Neurons: 0 } bare)
        {
            tiles.Add(("nodes", bare.Nodes.ToString(CultureInfo.InvariantCulture), string.Empty));
        }
        else if (record.Circuit is { } circuit)
        {
            tiles.Add(("neurons", circuit.Neurons.ToString(CultureInfo.InvariantCulture), string.Create(CultureInfo.InvariantCulture, $"{Amount.Of(circuit.Nodes, "node")}")));
            tiles.Add(("synapses", circuit.Synapses.ToString(CultureInfo.InvariantCulture), string.Create(CultureInfo.InvariantCulture, $"{Amount.Of(circuit.Arrays.Length, "array")}")));
        }

        return tiles;
    }

    private static void Training(HtmlReport report, RunRecord record, TrainingRecord training)
    {
        report.Section("Training");
        report.Prose($"Rule {training.Rule}, optimizer {training.Optimizer}; {record.Data}. The run ended: {training.End.Replace('_', ' ')}.{(training.Trouble is null ? string.Empty : " " + training.Trouble)}");
        int step = Math.Max(1, training.Epochs.Length / 40);
        report.Table(new ReportTable(
            [new("epoch"), new("training error"), new("test error"), new("training cost"), new("test cost"), new("free residual", "V"), new("free steps"), new("not settled"), new("time", "s")],
            [
                .. training.Epochs.Where((_, k) => k % step == 0 || k == training.Epochs.Length - 1).Select(e => (IReadOnlyList<string>)
                [
                    e.Epoch.ToString(CultureInfo.InvariantCulture),
                    Percent(e.TrainError),
                    Percent(e.TestError),
                    ReportTable.Cell(e.TrainCost),
                    ReportTable.Cell(e.TestCost),
                    ReportTable.Cell(e.FreeResidual, 2),
                    ReportTable.Cell(e.FreeSteps, 3),
                    e.Unsettled.ToString(CultureInfo.InvariantCulture),
                    ReportTable.Cell(e.Seconds, 3),
                ]),
            ]));
    }

    /// <summary>The points of a sweep, a row each.</summary>
    private static void Points(HtmlReport report, RunRecord record)
    {
        if (record.Chips.Count == 0)
            return;
        string[] names = [.. record.Chips.SelectMany(c => c.Step.Keys).Distinct(StringComparer.Ordinal)];
        string[] measures = [.. record.Chips.SelectMany(c => c.Measures.Keys).Distinct(StringComparer.OrdinalIgnoreCase)];
        IReadOnlyList<string>[] columns =
        [
            .. names.Select(n => ReportTable.Column([.. record.Chips.Select(c => c.Step.GetValueOrDefault(n, double.NaN))], 4)),
            .. measures.Select(m => ReportTable.Column([.. record.Chips.Select(c => c.Measures.GetValueOrDefault(m, double.NaN))], 5)),
            [.. record.Chips.Select(c => c.Status.Replace('_', ' '))],
        ];
        report.Section("Points of the sweep");
        report.Table(new ReportTable(
            [.. names.Concat(measures).Select(n => new ReportColumn(n)), new("status", IsNumber: false)],
            [.. record.Chips.Select((_, k) => (IReadOnlyList<string>)[.. columns.Select(c => c[k])])]));
    }

    private static void Comparisons(HtmlReport report, RunRecord record)
    {
        foreach (ComparisonRecord comparison in record.Comparisons)
        {
            report.Section($"{comparison.Rule} against {comparison.Reference}");
            report.Prose(string.Create(CultureInfo.InvariantCulture, $"Mean over {Amount.Of(comparison.Examples, "example")}; largest residual {comparison.Residual:0.0E+00} V.{(comparison.LeftOut.Length > 0 ? $" Left out: {string.Join("; ", comparison.LeftOut)}." : string.Empty)}"));
            report.Table(new ReportTable(
                [new("array", IsNumber: false), new("cosine"), new("angle", "°"), new("|update|/|gradient|"), new("relative error"), new("right sign", "%")],
                [
                    .. comparison.Arrays.Select(a => (IReadOnlyList<string>)
                    [
                        a.Key,
                        ReportTable.Cell(a.Value.Cosine, 6),
                        ReportTable.Cell(a.Value.Angle, 4),
                        ReportTable.Cell(a.Value.NormRatio),
                        ReportTable.Cell(a.Value.RelError, 3),
                        ReportTable.Cell(100 * a.Value.SignAgreement),
                    ]),
                ]));
        }
    }

    private static void Circuit(HtmlReport report, RunRecord record)
    {
        if (record.Circuit is not { } circuit || (circuit.Buses.Length == 0 && circuit.Arrays.Length == 0))
            return;
        report.Section("Circuit");
        report.Table(new ReportTable(
            [new("bus", IsNumber: false), new("nodes"), new("what", IsNumber: false)],
            [.. circuit.Buses.Select(b => (IReadOnlyList<string>)[b.Name, b.Width.ToString(CultureInfo.InvariantCulture), b.What])]));
        report.Table(new ReportTable(
            [new("array", IsNumber: false), new("from", IsNumber: false), new("to", IsNumber: false), new("synapses"), new("tied to", IsNumber: false)],
            [.. circuit.Arrays.Select(a => (IReadOnlyList<string>)[a.Name, a.From, a.To, a.Synapses.ToString(CultureInfo.InvariantCulture), a.TiedTo ?? string.Empty])]));
    }

    private static IEnumerable<(string, string)> Settings(RunRecord record)
    {
        yield return ("command", record.Command);
        yield return ("status", record.Status.Replace('_', ' '));
        foreach ((string name, double value) in record.Parameters.OrderBy(p => p.Key, StringComparer.Ordinal))
            yield return (".param " + name, value.ToString("R", CultureInfo.InvariantCulture));
        foreach ((string name, string value) in record.Options.OrderBy(p => p.Key, StringComparer.Ordinal))
            yield return (".options " + name, value);
        foreach (FileRecord file in record.Files.Concat(record.DataFiles))
            yield return (file.Path, "SHA-256 " + file.Sha256);
        if (record.Machine is { } machine)
            yield return ("machine", string.Create(CultureInfo.InvariantCulture, $"{machine.System}, {machine.Architecture}, {Amount.Of(machine.Threads, "thread")}, {machine.VectorBits}-bit vectors"));
        foreach ((string part, double seconds) in record.Seconds)
            yield return ("time of " + part, string.Create(CultureInfo.InvariantCulture, $"{seconds:0.00} s"));
    }
}
