using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using AnalogLearn.Plots;

namespace AnalogLearn.Studies;

/// <summary>
/// What several rules make of the same chips, where a stepped parameter chooses the rule (<c>choose({k}, …)</c>): the mean of a measure over the chips under each rule, and the mean of the differences chip by chip from the first
/// rule, both with Student's 95 % interval.
/// </summary>
/// <param name="Measure">The measure.</param>
/// <param name="Point">The other stepped parameters, in words.</param>
/// <param name="Chips">Chips that have the measure under every rule.</param>
/// <param name="Rules">Each rule, its mean, and how much more it has than the first.</param>
internal sealed record RuleContrast(string Measure, string Point, int Chips, ImmutableArray<(string Rule, Estimate Mean, Estimate? More)> Rules)
{
    private const int MostPoints = 4;

    /// <summary>The other stepped parameters.</summary>
    public ImmutableSortedDictionary<string, double> Step { get; init; } = ImmutableSortedDictionary<string, double>.Empty;

    /// <summary>The way in which the chips were used, or null.</summary>
    public string? Mode { get; init; }

    /// <summary>The contrasts of a study; none where no stepped parameter chooses a rule, or where there is one chip.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="about">What the deck says of its points.</param>
    public static ImmutableArray<RuleContrast> Of(IReadOnlyList<ChipRecord> rows, StudyMeasures about)
    {
        var found = ImmutableArray.CreateBuilder<RuleContrast>();
        foreach ((string name, IReadOnlyDictionary<double, string> words) in about.Words.Take(1))
        {
            foreach (IGrouping<string, ChipRecord> point in rows.GroupBy(r => Rest(r, name), StringComparer.Ordinal))
            {
                double[] rules = [.. point.Select(r => r.Step[name]).Distinct()];
                Dictionary<double, Dictionary<int, ChipRecord>> byRule = rules.ToDictionary(k => k, k => point.Where(r => r.Step[name] == k).DistinctBy(r => r.Chip).ToDictionary(r => r.Chip));
                foreach (string measure in point.SelectMany(r => r.Measures.Keys).Distinct(StringComparer.OrdinalIgnoreCase).Where(m => m is not (MonteCarlo.SpecName or MonteCarlo.WeightName)))
                {
                    double Value(double rule, int chip) => byRule[rule].TryGetValue(chip, out ChipRecord? row) ? row.Measures.GetValueOrDefault(measure, double.NaN) : double.NaN;
                    int[] chips = [.. byRule[rules[0]].Keys.Order().Where(c => Array.TrueForAll(rules, k => double.IsFinite(Value(k, c))))];
                    if (chips.Length < 2 || rules.Length < 2)
                        continue;
                    found.Add(new RuleContrast(
                        measure,
                        point.Key,
                        chips.Length,
                        [
                            .. rules.Select(k => (words.GetValueOrDefault(k, string.Empty), Estimate.OfMean([.. chips.Select(c => Value(k, c))]),
                                k == rules[0] ? null : Estimate.OfMean([.. chips.Select(c => Value(k, c) - Value(rules[0], c))]))),
                        ])
                    {
                        Step = point.First().Step.Where(s => s.Key != name).ToImmutableSortedDictionary(StringComparer.Ordinal),
                        Mode = point.First().Mode,
                    });
                }
            }
        }

        return found.ToImmutable();

        static string Rest(ChipRecord row, string name)
        {
            string steps = StepSweep.Describe(row.Step.Where(s => s.Key != name).ToDictionary(s => s.Key, s => s.Value));
            return row.Mode is null ? steps : steps.Length == 0 ? row.Mode : $"{row.Mode}, {steps}";
        }
    }

    /// <summary>
    /// A figure of each measure over the first stepped parameter that has several values: above, each rule's mean; below, how much more it has than the first rule, chip by chip, as a share of the first rule's mean. Both with
    /// their intervals; a column for each value of what else is stepped.
    /// </summary>
    /// <param name="contrasts">The contrasts.</param>
    /// <param name="names">The stepped parameters, in order of the cards.</param>
    /// <param name="title">The deck's title.</param>
    /// <param name="unit">The unit of a measure; empty for a bare number.</param>
    public static IEnumerable<Figure> Draw(IReadOnlyList<RuleContrast> contrasts, IEnumerable<string> names, string title, Func<string, string> unit)
    {
        string? over = names.FirstOrDefault(n => n != StepSweep.Seed && contrasts.Select(c => c.Step.TryGetValue(n, out double v) ? v : double.NaN).Where(double.IsFinite).Distinct().Skip(1).Any());
        if (over is null)
            yield break;
        double[] positions = [.. contrasts.Select(c => c.Step[over]).Distinct()];
        Axis x = Axis.Number(over) with
        {
            Scale = positions.All(p => p > 0) && positions.Max() / positions.Min() >= 50 ? AxisScale.Logarithmic : AxisScale.Linear,
            WholeNumbers = positions.All(p => p == Math.Floor(p)) && positions.Max() < 1000,
        };
        foreach (IGrouping<string, RuleContrast> measure in contrasts.GroupBy(c => c.Measure, StringComparer.Ordinal))
        {
            var points = measure.GroupBy(c => c.Others(over), StringComparer.Ordinal).Select(g => (Point: g.Key, Rows: g.OrderBy(c => c.Step[over]).ToArray())).ToArray();
            (string Point, RuleContrast[] Rows)[] drawn = [.. points.Take(MostPoints)];
            RuleContrast[] rows = [.. drawn.SelectMany(p => p.Rows)];
            string first = rows[0].Rules[0].Rule;
            double[] means = [.. rows.SelectMany(c => c.Rules).Select(r => r.Mean.Value)];
            double[] shares = [.. rows.SelectMany(c => c.Rules.Skip(1).Select(r => Math.Abs(Share(c, r.More!).Value))).Where(double.IsFinite)];
            Axis mean = Axis.Of(measure.Key, unit(measure.Key)) with { Scale = means.All(v => v > 0) && means.Max() > 10 * means.Min() ? AxisScale.Logarithmic : AxisScale.Linear };
            Axis more = new($"more than {first}", "%") { Scale = shares.DefaultIfEmpty().Max() > 100 ? AxisScale.SymmetricLogarithmic : AxisScale.Linear, LinearWithin = 5 };
            yield return new Figure("rules-" + measure.Key, $"{measure.Key} of each rule on the same chips")
            {
                Subtitle = string.Create(CultureInfo.InvariantCulture, $"{title}; {rows.Max(c => c.Chips)} chips"),
                Caption = $"Above: means over the chips. Below: differences from {first} chip by chip, as a share of its mean. Bars: 95 % intervals{(points.Length > drawn.Length ? $"; the first {drawn.Length} of {points.Length} columns" : string.Empty)}.",
                Columns = drawn.Length,
                PanelWidth = 460,
                PanelHeight = 300,
                Panels =
                [
                    .. drawn.Select((p, k) => new Panel { Title = p.Point, X = x, Y = mean, Legend = k == 0 ? LegendPlacement.Above : LegendPlacement.None, Series = Curves(p.Rows, static (_, r) => r.Mean) }),
                    .. drawn.Select(p => new Panel { X = x, Y = more, Legend = LegendPlacement.None, Series = Curves(p.Rows, static (c, r) => r.More is { } m ? Share(c, m) : null), ReferenceLines = [new(Direction.Horizontal, 0)] }),
                ],
            };
        }

        // A rule keeps its colour in both rows; bars of different rules stand beside each other.
        Series[] Curves(RuleContrast[] rows, Func<RuleContrast, (string Rule, Estimate Mean, Estimate? More), Estimate?> of)
        {
            double step = x.Scale == AxisScale.Linear ? 0.012 * (positions.Max() - positions.Min()) : 0;
            var curves = new List<Series>();
            for (int k = 0; k < rows[0].Rules.Length; k++)
            {
                RuleContrast[] at = [.. rows.Where(c => k < c.Rules.Length && of(c, c.Rules[k]) is { Value: var v } && double.IsFinite(v))];
                if (at.Length == 0)
                    continue;
                Estimate[] estimates = [.. at.Select(c => of(c, c.Rules[k])!)];
                double[] places = [.. at.Select(c => c.Step[over] + (step * (k - (0.5 * (rows[0].Rules.Length - 1)))))];
                curves.Add(new Curve(rows[0].Rules[k].Rule, places, [.. estimates.Select(e => e.Value)]) { Colour = Palette.Series(k) }.ToSeriesAmong(k));
                curves.Add(new IntervalSeries(places, [.. estimates.Select(e => e.Value)], [.. estimates.Select(e => e.Low)], [.. estimates.Select(e => e.High)]) { Colour = Palette.Series(k), Marker = Marker.None, Width = 1.1, Cap = 6 });
            }

            return [.. curves];
        }

        static Estimate Share(RuleContrast c, Estimate more)
        {
            double scale = 100 / Math.Abs(c.Rules[0].Mean.Value);
            return new Estimate(scale * more.Value, scale * more.Low, scale * more.High);
        }
    }

    /// <summary>The mode and the other stepped parameters but one, in words.</summary>
    private string Others(string but)
    {
        string steps = StepSweep.Describe(Step.Remove(but));
        return Mode is null ? steps : steps.Length == 0 ? Mode : $"{Mode}, {steps}";
    }

    /// <summary>Contrasts as comma-separated values.</summary>
    /// <param name="contrasts">The contrasts.</param>
    public static string ToCsv(IEnumerable<RuleContrast> contrasts)
    {
        var text = new StringBuilder("measure,point,rule,chips,mean,low,high,more,more_low,more_high\n");
        foreach (RuleContrast c in contrasts)
        {
            foreach ((string rule, Estimate mean, Estimate? more) in c.Rules)
                text.Append(CultureInfo.InvariantCulture, $"{c.Measure},\"{c.Point}\",\"{rule}\",{c.Chips},{mean.Value:R},{mean.Low:R},{mean.High:R},{more?.Value ?? 0:R},{more?.Low ?? 0:R},{more?.High ?? 0:R}\n");
        }

        return text.ToString();
    }

    /// <summary>A table for each measure.</summary>
    /// <param name="contrasts">The contrasts.</param>
    public static ImmutableArray<string> ToTables(ImmutableArray<RuleContrast> contrasts) => [.. contrasts.GroupBy(c => c.Measure, StringComparer.Ordinal).Select(ToTable)];

    /// <summary>The contrasts of one measure in aligned columns.</summary>
    /// <param name="contrasts">The contrasts.</param>
    public static string ToTable(IEnumerable<RuleContrast> contrasts)
    {
        var rows = new List<string[]>();
        foreach (RuleContrast c in contrasts)
        {
            if (rows.Count == 0)
                rows.Add([c.Measure, "rule", "mean", "95 % interval", "more than " + c.Rules[0].Rule, "95 % interval", "chips"]);
            foreach ((string rule, Estimate mean, Estimate? more) in c.Rules)
                rows.Add([c.Point, rule, Cell(mean.Value), Interval(mean), more is null ? "-" : Cell(more.Value), more is null ? "-" : Interval(more), c.Chips.ToString(CultureInfo.InvariantCulture)]);
        }

        var text = new StringBuilder();
        Gradients.TextTable.Write(text, rows);
        return text.ToString();

        static string Cell(double v) => v.ToString("g4", CultureInfo.InvariantCulture);
        static string Interval(Estimate e) => $"{Cell(e.Low)} to {Cell(e.High)}";
    }
}
