using System.Collections.Immutable;
using System.Globalization;
using System.Text;

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
                        ]));
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
