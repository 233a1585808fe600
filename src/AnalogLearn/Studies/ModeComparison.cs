using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using AnalogLearn.Netlist;
using AnalogLearn.Numerics;
using AnalogLearn.Plots;

namespace AnalogLearn.Studies;

/// <summary>A number with its 95 % interval.</summary>
/// <param name="Value">The number.</param>
/// <param name="Low">Lower end; NaN where there is no interval.</param>
/// <param name="High">Upper end.</param>
public sealed record Estimate(double Value, double Low, double High)
{
    /// <summary>The mean of samples with Student's interval: m ± t s/√n, t of n − 1 degrees.</summary>
    /// <param name="samples">The samples, all finite.</param>
    public static Estimate OfMean(IReadOnlyList<double> samples)
    {
        ArgumentNullException.ThrowIfNull(samples);
        int n = samples.Count;
        if (n == 0)
            return new Estimate(double.NaN, double.NaN, double.NaN);
        double mean = samples.Average();
        if (n == 1)
            return new Estimate(mean, double.NaN, double.NaN);
        double deviation = Math.Sqrt(samples.Sum(v => (v - mean) * (v - mean)) / (n - 1));
        double half = StudentT.TwoSided(n - 1, 0.95) * deviation / Math.Sqrt(n);
        return new Estimate(mean, mean - half, mean + half);
    }

    /// <summary>The ratio of two means over the same chips, with the interval between the 2.5 % and the 97.5 % quantile of its bootstrap: chips are drawn with replacement, 4000 times, with a fixed seed.</summary>
    /// <param name="above">Numerator of each chip.</param>
    /// <param name="below">Denominator of each chip.</param>
    /// <returns>The ratio; without an interval where the mean below has no clear sign.</returns>
    public static Estimate OfRatio(IReadOnlyList<double> above, IReadOnlyList<double> below)
    {
        ArgumentNullException.ThrowIfNull(above);
        ArgumentNullException.ThrowIfNull(below);
        const int draws = 4000;
        const double tail = 0.025;
        int n = above.Count;
        double top = above.Sum(), bottom = below.Sum();
        var none = new Estimate(bottom == 0 ? double.NaN : top / bottom, double.NaN, double.NaN);
        if (n < 2 || bottom == 0)
            return none;
        CounterRandom random = CounterRandom.ForPath(1, "*bootstrap");
        double[] ratios = new double[draws];
        int turned = 0;
        for (int d = 0; d < draws; d++)
        {
            double a = 0, b = 0;
            for (int k = 0; k < n; k++)
            {
                int chip = Math.Min(n - 1, (int)(random.UniformAt((ulong)(((long)d * n) + k)) * n));
                a += above[chip];
                b += below[chip];
            }

            turned += b == 0 || (b > 0) != (bottom > 0) ? 1 : 0;
            ratios[d] = a / b;
        }

        if (turned > tail * draws)
            return none;
        Array.Sort(ratios);
        return new Estimate(top / bottom, Quantiles.Of(ratios, tail), Quantiles.Of(ratios, 1 - tail));
    }
}

/// <summary>One measure on the same chips in several modes.</summary>
/// <param name="Measure">The measure.</param>
/// <param name="Step">The point of the sweep.</param>
/// <param name="Chips">Chips that have the measure in every mode.</param>
/// <param name="Means">Its mean over the chips in each mode.</param>
/// <param name="Differences">By <c>mode-other</c>: the mean of the differences chip by chip, of every mode from transfer.</param>
/// <param name="Recovered">By mode: the share of what transferring loses that the mode gets back, (mode − transfer)/(ideal − transfer), a ratio of means.</param>
public sealed record ModeComparison(
    string Measure,
    IReadOnlyDictionary<string, double> Step,
    int Chips,
    IReadOnlyDictionary<string, Estimate> Means,
    IReadOnlyDictionary<string, Estimate> Differences,
    IReadOnlyDictionary<string, Estimate> Recovered)
{
    /// <summary>What each mode gave on each of the chips, in the same order, for figures.</summary>
    internal ImmutableArray<(string Mode, double[] Values)> Values { get; init; } = [];

    /// <summary>Compares the modes of a study, measure by measure, point by point.</summary>
    /// <param name="rows">The rows.</param>
    internal static ImmutableArray<ModeComparison> Of(IReadOnlyList<ChipRecord> rows)
    {
        var found = ImmutableArray.CreateBuilder<ModeComparison>();
        foreach (IGrouping<string, ChipRecord> point in rows.GroupBy(r => StepSweep.Describe(r.Step), StringComparer.Ordinal))
        {
            string[] modes = [.. StudyModes.All.Where(m => point.Any(r => r.Mode == m))];
            Dictionary<string, Dictionary<int, ChipRecord>> byMode = modes.ToDictionary(m => m, m => point.Where(r => r.Mode == m).ToDictionary(r => r.Chip), StringComparer.Ordinal);
            foreach (string measure in point.SelectMany(r => r.Measures.Keys).Distinct(StringComparer.OrdinalIgnoreCase).Where(m => m != MonteCarlo.SpecName))
            {
                double Value(string mode, int chip) => byMode[mode].TryGetValue(chip, out ChipRecord? row) ? row.Measures.GetValueOrDefault(measure, double.NaN) : double.NaN;
                int[] chips = [.. byMode[modes[0]].Keys.Order().Where(c => Array.TrueForAll(modes, m => double.IsFinite(Value(m, c))))];
                if (chips.Length > 0)
                    found.Add(Of(measure, point.First().Step, [.. modes.Select(m => (m, Array.ConvertAll(chips, c => Value(m, c))))]));
            }
        }

        return found.ToImmutable();
    }

    /// <summary>Compares the modes of one measure.</summary>
    internal static ModeComparison Of(string measure, IReadOnlyDictionary<string, double> step, ImmutableArray<(string Mode, double[] Values)> modes)
    {
        double[]? Values(string mode) => modes.FirstOrDefault(m => m.Mode == mode).Values;
        var differences = new Dictionary<string, Estimate>(StringComparer.Ordinal);
        var recovered = new Dictionary<string, Estimate>(StringComparer.Ordinal);
        double[]? transfer = Values(StudyModes.Transfer), ideal = Values(StudyModes.Ideal);
        foreach ((string mode, double[] values) in transfer is null ? [] : modes.Where(m => m.Mode != StudyModes.Transfer))
        {
            double[] gained = [.. values.Zip(transfer!, (v, t) => v - t)];
            differences.Add($"{mode}-{StudyModes.Transfer}", Estimate.OfMean(gained));
            if (ideal is not null && mode != StudyModes.Ideal)
                recovered.Add(mode, Estimate.OfRatio(gained, [.. ideal.Zip(transfer!, (v, t) => v - t)]));
        }

        return new ModeComparison(measure, step, modes[0].Values.Length, modes.ToDictionary(m => m.Mode, m => Estimate.OfMean(m.Values), StringComparer.Ordinal), differences, recovered) { Values = modes };
    }

    /// <summary>Comparisons as comma-separated values, a number a line.</summary>
    /// <param name="comparisons">The comparisons.</param>
    internal static string ToCsv(IReadOnlyList<ModeComparison> comparisons)
    {
        string[] steps = [.. comparisons.SelectMany(c => c.Step.Keys).Distinct(StringComparer.Ordinal)];
        var text = new StringBuilder();
        text.AppendJoin(',', steps.Concat(["measure", "quantity", "mode", "value", "low", "high", "chips"])).Append('\n');
        foreach (ModeComparison c in comparisons)
        {
            foreach ((string quantity, IReadOnlyDictionary<string, Estimate> estimates) in new[] { ("mean", c.Means), ("difference", c.Differences), ("recovered", c.Recovered) })
            {
                foreach ((string mode, Estimate e) in estimates)
                {
                    foreach (string step in steps)
                        text.Append(CultureInfo.InvariantCulture, $"{c.Step.GetValueOrDefault(step, double.NaN):R},");
                    text.Append(CultureInfo.InvariantCulture, $"{c.Measure},{quantity},{mode},{e.Value:R},{e.Low:R},{e.High:R},{c.Chips}\n");
                }
            }
        }

        return text.ToString();
    }

    /// <summary>Comparisons in aligned columns: mean, difference from transfer and recovered gap of every mode, with 95 % intervals.</summary>
    /// <param name="comparisons">The comparisons.</param>
    public static string ToTable(IReadOnlyList<ModeComparison> comparisons)
    {
        ArgumentNullException.ThrowIfNull(comparisons);
        var text = new StringBuilder();
        foreach (ModeComparison c in comparisons)
        {
            var rows = new List<string[]> { (string[])[c.Measure, "mean", "95 % interval", "more than transfer", "95 % interval", "of the gap", "95 % interval"] };
            foreach ((string mode, Estimate mean) in c.Means)
            {
                Estimate none = new(double.NaN, double.NaN, double.NaN);
                Estimate more = c.Differences.GetValueOrDefault($"{mode}-{StudyModes.Transfer}") ?? none, gap = c.Recovered.GetValueOrDefault(mode) ?? none;
                rows.Add([mode, Cell(mean.Value), Interval(mean), Cell(more.Value), Interval(more), Share(gap.Value), double.IsNaN(gap.Low) ? "-" : $"{Share(gap.Low)} to {Share(gap.High)}"]);
            }

            text.Append(CultureInfo.InvariantCulture, $"\n{(c.Step.Count > 0 ? StepSweep.Describe(c.Step) + ": " : string.Empty)}the same {Amount.Of(c.Chips, "chip")} in each mode\n");
            Gradients.TextTable.Write(text, rows);
        }

        return text.ToString();

        static string Cell(double v) => double.IsNaN(v) ? "-" : v.ToString("g5", CultureInfo.InvariantCulture);
        static string Interval(Estimate e) => double.IsNaN(e.Low) ? "-" : $"{Cell(e.Low)} to {Cell(e.High)}";
        static string Share(double v) => double.IsNaN(v) ? "-" : string.Create(CultureInfo.InvariantCulture, $"{100 * v:0.0} %");
    }

    /// <summary>The recovered gaps in words.</summary>
    internal string Summary()
    {
        var parts = new List<string>();
        foreach ((string mode, Estimate e) in Recovered)
        {
            parts.Add(double.IsFinite(e.Low)
                ? string.Create(CultureInfo.InvariantCulture, $"{mode} recovers {100 * e.Value:0} % of the gap (95 %: {100 * e.Low:0} to {100 * e.High:0} %)")
                : $"{mode}: transfer loses nothing that could be recovered");
        }

        parts.Add(string.Create(CultureInfo.InvariantCulture, $"{Amount.Of(Chips, "chip")}"));
        return string.Join("; ", parts);
    }

    /// <summary>The chips in their modes.</summary>
    /// <param name="unit">The unit of the measure; empty for a bare number.</param>
    /// <param name="name">The figure's name.</param>
    internal Figure Draw(string unit, string name) => Figures.PairedComparison(
        [
            .. Values.Select(m => new PairedMode(Label(m.Mode), m.Values, Means[m.Mode].Value, Means[m.Mode].Low, Means[m.Mode].High) { IsReference = m.Mode == StudyModes.Ideal }),
        ],
        Axis.Of(Measure, unit),
        (Step.Count > 0 ? StepSweep.Describe(Step) + "; " : string.Empty) + Summary(),
        name);

    private static string Label(string mode) => mode switch
    {
        StudyModes.InPlace => "in place",
        StudyModes.Finetune => "transfer, then in place",
        StudyModes.Aware => "hardware-aware",
        _ => mode,
    };
}
