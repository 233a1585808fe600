using System.Globalization;
using AnalogLearn.Plots;

namespace AnalogLearn.Studies.Explaining;

/// <summary>What the studies that explain have found, as pictures: bars with intervals, the yield over a parameter, σ over a sweep.</summary>
internal static class ExplanationFigures
{
    private const int MostBars = 24;

    /// <summary>The figures.</summary>
    /// <param name="record">What was found.</param>
    /// <param name="title">The deck's title.</param>
    /// <param name="unit">The unit of a measure; empty for a bare number.</param>
    public static IEnumerable<Figure> Of(ExplanationRecord record, string title, Func<string, string> unit)
    {
        foreach (Figure figure in Corners(record, title, unit).Concat(Predictions(record, title, unit)).Concat(Ablations(record, title, unit)).Concat(Variances(record, title)))
            yield return figure;
        foreach (IGrouping<string, ToleranceRecord> parameter in record.Tolerances.GroupBy(t => t.Parameter, StringComparer.Ordinal))
        {
            TolerancePoint[] points = [.. parameter.First().Points];
            if (points.Length < 2)
                continue;
            bool decades = points[0].Value > 0 && points[^1].Value / points[0].Value >= 20;
            yield return Figures.YieldCurve(
                [new Curve("yield", [.. points.Select(p => p.Value)], [.. points.Select(p => p.Yield)]) { Lower = [.. points.Select(p => p.Low)], Upper = [.. points.Select(p => p.High)] }],
                Axis.Number(parameter.Key) with { Scale = decades ? AxisScale.Logarithmic : AxisScale.Linear },
                title,
                "tolerance-" + parameter.Key);
        }
    }

    private static IEnumerable<Figure> Corners(ExplanationRecord record, string title, Func<string, string> unit)
    {
        foreach (IGrouping<string, CornerRecord> point in record.Corners.GroupBy(c => StepSweep.Describe(c.Step), StringComparer.Ordinal))
        {
            CornerRecord nominal = point.First();
            string[] names = [.. point.Where(c => c.Name.EndsWith(" +", StringComparison.Ordinal)).Select(c => c.Name[..^2]).Take(MostBars)];
            foreach (string measure in nominal.Measures.Keys.Where(m => m != MonteCarlo.SpecName))
            {
                double At(string name) => (point.FirstOrDefault(c => c.Name == name)?.Measures.GetValueOrDefault(measure, double.NaN) ?? double.NaN) - nominal.Measures[measure];
                yield return Figures.Ablation(
                    [(Sign('+'), [.. names.Select(n => new Effect(n, At(n + " +")))]), (Sign('−'), [.. names.Select(n => new Effect(n, At(n + " -")))])],
                    Axis.Of("change of " + measure, unit(measure)),
                    "Corners",
                    Subtitle(title, point.Key),
                    Name("corners", measure, point.Key));
            }

            string Sign(char sign) => string.Create(CultureInfo.InvariantCulture, $"{sign}{point.Max(c => c.Sigma):g3} σ");
        }
    }

    private static IEnumerable<Figure> Predictions(ExplanationRecord record, string title, Func<string, string> unit)
    {
        foreach (PredictionRecord p in record.Predictions.Where(p => p.Predicted > 0))
        {
            string step = StepSweep.Describe(p.Step);
            yield return Figures.Ablation(
                [("share", [.. p.Spreads.Take(MostBars).Select(s => new Effect(s.Name, 100 * s.Share))])], new Axis($"share of the variance of {p.Measure}", "%"), "First-order prediction", Subtitle(title, step), Name("contributions", p.Measure, step));
        }

        // Over a sweep of one parameter: σ predicted and found.
        foreach (IGrouping<string, PredictionRecord> measure in record.Predictions.GroupBy(p => p.Measure, StringComparer.OrdinalIgnoreCase))
        {
            PredictionRecord[] all = [.. measure];
            if (all.Length < 2 || all[0].Step.Count != 1)
                continue;
            string name = all[0].Step.Keys.Single();
            double[] x = [.. all.Select(p => p.Step[name])];
            bool decades = x.All(v => v > 0) && x.Max() / x.Min() >= 4 && all.All(p => p.Predicted > 0);
            yield return new Figure("prediction-" + measure.Key, $"σ of {measure.Key} over {name}")
            {
                Subtitle = title,
                Caption = "Line: first order, from sensitivities alone. Points: the chips, with 95 % intervals.",
                Panels =
                [
                    new Panel
                    {
                        X = Axis.Number(name) with { Scale = decades ? AxisScale.Logarithmic : AxisScale.Linear },
                        Y = Axis.Of("σ of " + measure.Key, unit(measure.Key)) with { Scale = decades ? AxisScale.Logarithmic : AxisScale.Linear },
                        Series =
                        [
                            new LineSeries(x, [.. all.Select(p => p.Predicted)]) { Label = "first order" },
                            new IntervalSeries(x, [.. all.Select(p => p.Found)], [.. all.Select(p => p.Low)], [.. all.Select(p => p.High)]) { Label = "chips" },
                        ],
                    },
                ],
            };
        }
    }

    private static IEnumerable<Figure> Ablations(ExplanationRecord record, string title, Func<string, string> unit)
    {
        foreach (var group in record.Ablations.GroupBy(a => (a.Measure, Step: StepSweep.Describe(a.Step))))
        {
            string[] names = [.. group.Where(a => a.Way != "reference").Select(a => a.NonIdeality).Distinct(StringComparer.Ordinal).Take(MostBars)];
            if (names.Length == 0)
                continue;
            Effect At(string name, string way) => group.FirstOrDefault(a => a.NonIdeality == name && a.Way == way) is { } found ? new Effect(name, found.Change, found.Low, found.High) : new Effect(name, double.NaN);
            yield return Figures.Ablation(
                [("alone", [.. names.Select(n => At(n, "only"))]), ("on top of all others", [.. names.Select(n => At(n, "without"))])],
                Axis.Of("change of " + group.Key.Measure, unit(group.Key.Measure)),
                subtitle: Subtitle(title, group.Key.Step),
                name: Name("ablation", group.Key.Measure, group.Key.Step));
        }
    }

    private static IEnumerable<Figure> Variances(ExplanationRecord record, string title)
    {
        foreach (var group in record.Variances.GroupBy(v => (v.Measure, Step: StepSweep.Describe(v.Step))))
        {
            VarianceRecord[] all = [.. group.OrderByDescending(v => v.Total).Take(MostBars)];
            yield return Figures.Ablation(
                [("first order", [.. all.Select(v => new Effect(v.Spread, 100 * v.First, 100 * v.FirstLow, 100 * v.FirstHigh))]), ("total", [.. all.Select(v => new Effect(v.Spread, 100 * v.Total, 100 * v.TotalLow, 100 * v.TotalHigh))])],
                new Axis($"share of the variance of {group.Key.Measure}", "%"),
                "Variance-based sensitivity",
                Subtitle(title, group.Key.Step),
                Name("variance", group.Key.Measure, group.Key.Step));
        }
    }

    private static string Subtitle(string title, string step) => step.Length > 0 ? $"{title} ({step})" : title;

    private static string Name(string kind, string measure, string step) => step.Length > 0 ? $"{kind}-{measure}-{step}" : $"{kind}-{measure}";
}
