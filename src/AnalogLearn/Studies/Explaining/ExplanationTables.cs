using System.Globalization;
using System.Text;
using AnalogLearn.Gradients;
using AnalogLearn.Netlist;

namespace AnalogLearn.Studies.Explaining;

/// <summary>What the studies that explain have found, as csv files and as text.</summary>
internal static class ExplanationTables
{
    private const int MostRows = 24;

    /// <summary>The csv files.</summary>
    public static IEnumerable<(string Name, string Text)> Csv(ExplanationRecord record)
    {
        if (record.Corners.Length > 0)
        {
            string[] measures = [.. record.Corners.SelectMany(c => c.Measures.Keys).Distinct(StringComparer.OrdinalIgnoreCase)];
            yield return ("corners.csv", Table(
                record.Corners.Select(c => c.Step), ["corner", "sigma", .. measures, "status"], record.Corners.Select(c => (object[])[c.Name, c.Sigma, .. measures.Select(m => (object)c.Measures.GetValueOrDefault(m, double.NaN)), c.Status])));
        }

        if (record.Predictions.Length > 0)
        {
            yield return ("prediction.csv", Table(
                record.Predictions.Select(p => p.Step),
                ["measure", "method", "nominal", "predicted", "found", "low", "high", "mean", "chips"],
                record.Predictions.Select(p => (object[])[p.Measure, p.Method, p.Nominal, p.Predicted, p.Found, p.Low, p.High, p.Mean, (double)p.Chips])));
            var contributions = record.Predictions.SelectMany(p => p.Draws.Select(d => (Of: p, Draw: d))).ToArray();
            yield return ("contributions.csv", Table(
                contributions.Select(c => c.Of.Step), ["measure", "draw", "spread", "derivative", "share"], contributions.Select(c => (object[])[c.Of.Measure, c.Draw.Name, c.Draw.Spread, c.Draw.Derivative, c.Draw.Share])));
        }

        if (record.Ablations.Length > 0)
        {
            yield return ("ablation.csv", Table(
                record.Ablations.Select(a => a.Step),
                ["non_ideality", "way", "measure", "mean", "change", "low", "high", "chips"],
                record.Ablations.Select(a => (object[])[a.NonIdeality, a.Way, a.Measure, a.Mean, a.Change, a.Low, a.High, (double)a.Chips])));
        }

        if (record.Variances.Length > 0)
        {
            yield return ("variance.csv", Table(
                record.Variances.Select(v => v.Step),
                ["measure", "spread", "first", "first_low", "first_high", "total", "total_low", "total_high", "deviation", "chips"],
                record.Variances.Select(v => (object[])[v.Measure, v.Spread, v.First, v.FirstLow, v.FirstHigh, v.Total, v.TotalLow, v.TotalHigh, v.Deviation, (double)v.Chips])));
        }

        if (record.Tolerances.Length > 0)
        {
            yield return ("tolerance.csv", Table(
                record.Tolerances.Select(_ => new Dictionary<string, double>()), ["parameter", "yield", "value", "low", "high", "chips"], record.Tolerances.Select(t => (object[])[t.Parameter, t.Yield, t.Value, t.Low, t.High, (double)t.Chips])));
            yield return ("tolerance-points.csv", Table(
                record.Tolerances[0].Points.Select(_ => new Dictionary<string, double>()),
                ["parameter", "value", "yield", "low", "high"],
                record.Tolerances.DistinctBy(t => t.Parameter).SelectMany(t => t.Points.Select(p => (object[])[t.Parameter, p.Value, p.Yield, p.Low, p.High]))));
        }
    }

    /// <summary>The tables that people read.</summary>
    public static string Text(ExplanationRecord record)
    {
        var text = new StringBuilder();
        foreach (IGrouping<string, CornerRecord> point in record.Corners.GroupBy(c => StepSweep.Describe(c.Step), StringComparer.Ordinal))
        {
            string[] measures = [.. point.SelectMany(c => c.Measures.Keys).Distinct(StringComparer.OrdinalIgnoreCase)];
            Heading(text, string.Create(CultureInfo.InvariantCulture, $"corners at {point.Max(c => c.Sigma):g3} σ"), point.Key);
            TextTable.Write(text, [(string[])["corner", .. measures], .. point.Take(2 * MostRows).Select(c => (string[])[c.Name, .. measures.Select(m => Short(c.Measures.GetValueOrDefault(m, double.NaN)))])]);
        }

        foreach (PredictionRecord p in record.Predictions)
        {
            string found = double.IsNaN(p.Found) ? string.Empty : string.Create(CultureInfo.InvariantCulture, $"; {Amount.Of(p.Chips, "chip")} {p.Found:g4} ({p.Low:g4} to {p.High:g4})");
            Heading(text, string.Create(CultureInfo.InvariantCulture, $"{p.Measure}: nominal {p.Nominal:g6}, σ to first order {p.Predicted:g4} ({p.Method}){found}"), StepSweep.Describe(p.Step));
            TextTable.Write(text, [(string[])["spread", "σ from it", "share"], .. p.Spreads.Take(MostRows).Select(s => (string[])[s.Name, Short(s.Derivative), Percent(s.Share)])]);
        }

        foreach (var group in record.Ablations.GroupBy(a => (a.Measure, Step: StepSweep.Describe(a.Step))))
        {
            double whole = group.First(a => a is { NonIdeality: "all", Way: "reference" }).Mean, none = group.First(a => a is { NonIdeality: "none", Way: "reference" }).Mean;
            Heading(text, string.Create(CultureInfo.InvariantCulture, $"{group.Key.Measure}: {whole:g6} with all, {none:g6} without any; changes with their 95 % intervals"), group.Key.Step);
            TextTable.Write(
                text,
                [
                    (string[])["non-ideality", "alone", "interval", "with all others", "interval"],
                    .. group.Where(a => a.Way != "reference").GroupBy(a => a.NonIdeality, StringComparer.Ordinal).Take(MostRows).Select(g =>
                    {
                        AblationRecord? only = g.FirstOrDefault(a => a.Way == "only"), without = g.FirstOrDefault(a => a.Way == "without");
                        return (string[])[g.Key, Short(only?.Change ?? double.NaN), Interval(only?.Low, only?.High), Short(without?.Change ?? double.NaN), Interval(without?.Low, without?.High)];
                    }),
                ]);
        }

        foreach (var group in record.Variances.GroupBy(v => (v.Measure, Step: StepSweep.Describe(v.Step))))
        {
            VarianceRecord any = group.First();
            Heading(text, string.Create(CultureInfo.InvariantCulture, $"{group.Key.Measure}: σ {any.Deviation:g4}; shares of its variance from {Amount.Of(any.Chips, "pair")} of chips"), group.Key.Step);
            TextTable.Write(
                text,
                [
                    (string[])["spread", "first order", "interval", "total", "interval"],
                    .. group.OrderByDescending(v => v.Total).Take(MostRows).Select(v => (string[])[v.Spread, Percent(v.First), $"{Percent(v.FirstLow)} … {Percent(v.FirstHigh)}", Percent(v.Total), $"{Percent(v.TotalLow)} … {Percent(v.TotalHigh)}"]),
                ]);
        }

        foreach (ToleranceRecord t in record.Tolerances)
        {
            text.Append('\n').Append(
                double.IsNaN(t.Value)
                    ? string.Create(CultureInfo.InvariantCulture, $"the yield does not cross {100 * t.Yield:0.#} % between {t.Points[0].Value:g4} (yield {100 * t.Points[0].Yield:0.#} %) and {t.Points[^1].Value:g4} ({100 * t.Points[^1].Yield:0.#} %) of {t.Parameter}")
                    : string.Create(CultureInfo.InvariantCulture, $"the yield crosses {100 * t.Yield:0.#} % at {t.Parameter}={t.Value:g4} ({t.Low:g4} to {t.High:g4}; {Amount.Of(t.Chips, "chip")})")).Append('\n');
        }

        return text.ToString();
    }

    private static void Heading(StringBuilder text, string heading, string step) => text.Append('\n').Append(step.Length > 0 ? step + ": " : string.Empty).Append(heading).Append('\n');

    private static string Short(double value) => double.IsNaN(value) ? "-" : value.ToString("g5", CultureInfo.InvariantCulture);

    private static string Interval(double? low, double? high) => low is { } a && high is { } b && double.IsFinite(a) ? $"{Short(a)} … {Short(b)}" : "-";

    private static string Percent(double share) => string.Create(CultureInfo.InvariantCulture, $"{100 * share:0.0} %");

    private static string Table(IEnumerable<IReadOnlyDictionary<string, double>> steps, string[] heading, IEnumerable<object[]> rows)
    {
        IReadOnlyDictionary<string, double>[] points = [.. steps];
        string[] stepped = [.. points.SelectMany(p => p.Keys).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        var text = new StringBuilder();
        text.AppendJoin(',', stepped.Concat(heading)).Append('\n');
        int k = 0;
        foreach (object[] row in rows)
        {
            IReadOnlyDictionary<string, double>? point = k < points.Length ? points[k] : null;
            k++;
            text.AppendJoin(',', stepped.Select(s => (object)(point?.GetValueOrDefault(s, double.NaN) ?? double.NaN)).Concat(row).Select(v => v is double number ? number.ToString("R", CultureInfo.InvariantCulture) : (string)v)).Append('\n');
        }

        return text.ToString();
    }
}
