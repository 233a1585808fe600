using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using AnalogLearn.Circuits;
using AnalogLearn.Netlist;

namespace AnalogLearn.Studies;

/// <summary>How many of a study's chips meet its specification, with the 95 % interval of Wilson (1927), DOI 10.1080/01621459.1927.10502953.</summary>
/// <param name="Spec">The specification as written.</param>
/// <param name="Chips">Chips that were run to their end.</param>
/// <param name="Passed">Chips that meet it.</param>
/// <param name="Fraction">Passed/Chips.</param>
/// <param name="Low">Lower end of the interval.</param>
/// <param name="High">Upper end of the interval.</param>
/// <param name="Step">The stepped parameters that it belongs to, or null for all rows.</param>
public sealed record YieldRecord(string Spec, int Chips, int Passed, double Fraction, double Low, double High, IReadOnlyDictionary<string, double>? Step = null)
{
    /// <summary>z of 95 %.</summary>
    private const double Quantile = 1.959963984540054;

    /// <summary>The yield of some chips.</summary>
    /// <param name="spec">The specification.</param>
    /// <param name="chips">Chips that were run.</param>
    /// <param name="passed">Chips that meet it.</param>
    public static YieldRecord Of(string spec, int chips, int passed)
    {
        (double low, double high) = Wilson(chips, passed);
        return new YieldRecord(spec, chips, passed, chips == 0 ? double.NaN : (double)passed / chips, low, high);
    }

    /// <summary>(p + z²/2n ± z √(p(1 − p)/n + z²/4n²))/(1 + z²/n).</summary>
    /// <param name="count">n.</param>
    /// <param name="passed">p n.</param>
    public static (double Low, double High) Wilson(int count, int passed)
    {
        if (count == 0)
            return (0, 1);
        double n = count, p = passed / n, z2 = Quantile * Quantile / n;
        double middle = p + (0.5 * z2), half = Math.Sqrt((z2 * p * (1 - p)) + (0.25 * z2 * z2));
        return (passed == 0 ? 0 : (middle - half) / (1 + z2), passed == count ? 1 : (middle + half) / (1 + z2));
    }
}

/// <summary><c>.mc chips [seed=n] [spec="test_accuracy>0.9"]</c>: the deck's parts once for each of the chips 1 to n.</summary>
/// <param name="Chips">n.</param>
/// <param name="Spec">What a chip has to meet, as written, or null.</param>
public sealed record MonteCarlo(int Chips, string? Spec)
{
    /// <summary>The name of the measure that says whether a chip meets the specification: 1 or 0.</summary>
    internal const string SpecName = "spec";

    /// <summary>The study of a deck, or null when it has no <c>.mc</c> card.</summary>
    /// <param name="deck">The deck.</param>
    public static MonteCarlo? Of(Deck deck)
    {
        ArgumentNullException.ThrowIfNull(deck);
        return Card(deck) is { Arguments: [{ Value: NumberValue chips }, ..] } card
            ? new MonteCarlo((int)chips.Number, card.Arguments.LastOrDefault(a => a.Name is "spec")?.Value is { } spec ? Text(spec) : null)
            : null;
    }

    /// <summary>The deck with its specification as a measure of its last analysis, so that it is read, checked and evaluated like one.</summary>
    /// <param name="deck">The deck.</param>
    internal static Deck WithSpec(Deck deck)
    {
        if (Card(deck)?.Arguments.LastOrDefault(a => a.Name is "spec") is not { } spec || deck.All<MeasureCard>().Any(m => m.Name == SpecName))
            return deck;
        string analysis = deck.All<TrainCard>().Any() ? "train"
            : deck.All<CompareCard>().Any() ? "compare"
            : deck.Cards.LastOrDefault(NodalSession.IsAnalysis) switch
            {
                TransientCard => "tran",
                DirectSweepCard => "dc",
                SmallSignalCard => "ac",
                NoiseCard => "noise",
                TransferFunctionCard => "tf",
                SensitivityCard => "sens",
                _ => "op",
            };
        return deck with { Cards = [.. deck.Cards, new MeasureCard(analysis, SpecName, [new Argument("param", spec.Value, spec.Span), new Argument("min", new NumberValue(1, SourceSpan.None), SourceSpan.None)], spec.Span)] };
    }

    /// <summary>What came of chips, a row each.</summary>
    /// <param name="chips">The chips.</param>
    public static string ToCsv(IReadOnlyList<ChipRecord> chips)
    {
        ArgumentNullException.ThrowIfNull(chips);
        string[] steps = [.. chips.SelectMany(c => c.Step.Keys).Distinct(StringComparer.Ordinal)];
        string[] measures = MeasuresOf(chips);
        var text = new StringBuilder();
        text.AppendJoin(',', new[] { "chip" }.Concat(steps).Concat(measures).Append("status")).Append('\n');
        foreach (ChipRecord chip in chips)
        {
            text.Append(CultureInfo.InvariantCulture, $"{chip.Chip},")
                .AppendJoin(',', steps.Select(s => chip.Step.GetValueOrDefault(s, double.NaN)).Concat(measures.Select(m => chip.Measures.GetValueOrDefault(m, double.NaN))).Select(v => v.ToString("R", CultureInfo.InvariantCulture)))
                .Append(steps.Length + measures.Length > 0 ? "," : string.Empty).Append(chip.Status).Append('\n');
        }

        return text.ToString();
    }

    /// <summary>Mean, standard deviation and extremes of every measure over the chips.</summary>
    /// <param name="chips">The chips.</param>
    public static string ToTable(IReadOnlyList<ChipRecord> chips)
    {
        ArgumentNullException.ThrowIfNull(chips);
        var rows = new List<string[]> { (string[])["measure", "mean", "deviation", "least", "median", "most", "chips"] };
        foreach (string measure in MeasuresOf(chips).Where(m => m != SpecName))
        {
            double[] values = [.. chips.Select(c => c.Measures.GetValueOrDefault(measure, double.NaN)).Where(double.IsFinite).Order()];
            if (values.Length == 0)
                continue;
            double mean = values.Average();
            double deviation = values.Length < 2 ? 0 : Math.Sqrt(values.Sum(v => (v - mean) * (v - mean)) / (values.Length - 1));
            double median = 0.5 * (values[(values.Length - 1) / 2] + values[values.Length / 2]);
            rows.Add([measure, .. new[] { mean, deviation, values[0], median, values[^1] }.Select(v => v.ToString("g6", CultureInfo.InvariantCulture)), values.Length.ToString(CultureInfo.InvariantCulture)]);
        }

        var text = new StringBuilder();
        Gradients.TextTable.Write(text, rows);
        return text.ToString();
    }

    /// <summary>The yield of chips, or null when the study has no specification. A chip that could not be made or simulated does not meet it; an interrupted one does not count.</summary>
    /// <param name="chips">The chips.</param>
    public YieldRecord? YieldOf(IReadOnlyList<ChipRecord> chips)
    {
        ArgumentNullException.ThrowIfNull(chips);
        return Spec is null ? null : YieldRecord.Of(Spec, chips.Count, chips.Count(c => c.Measures.GetValueOrDefault(SpecName) == 1));
    }

    /// <summary>The mean of every measure over the chips of one point of a sweep, and its yield.</summary>
    /// <param name="point">The point.</param>
    /// <param name="chips">Its chips.</param>
    internal ChipRecord Summary(IReadOnlyDictionary<string, double> point, IReadOnlyList<ChipRecord> chips)
    {
        var means = new Dictionary<string, double>(StringComparer.OrdinalIgnoreCase);
        if (YieldOf(chips) is { } yield)
            means["yield"] = yield.Fraction;
        foreach (string measure in MeasuresOf(chips).Where(m => m != SpecName))
            means[measure] = chips.Select(c => c.Measures.GetValueOrDefault(measure, double.NaN)).Where(double.IsFinite).DefaultIfEmpty(double.NaN).Average();
        return new ChipRecord(0, point, means, "done");
    }

    private static OtherCard? Card(Deck deck) => deck.All<OtherCard>().LastOrDefault(c => c.Name is "mc");

    private static string Text(Value value) => value is TextValue text ? text.Text : value.Span.IsWritten ? value.Span.Text.ToString() : value.ToString();

    private static string[] MeasuresOf(IReadOnlyList<ChipRecord> chips) => [.. chips.SelectMany(c => c.Measures.Keys).Distinct(StringComparer.OrdinalIgnoreCase)];
}
