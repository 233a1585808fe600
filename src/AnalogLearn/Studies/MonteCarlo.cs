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
    /// <summary>What was done with the chips, in a study that does several things with each; else null.</summary>
    [System.Text.Json.Serialization.JsonIgnore(Condition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull)]
    public string? Mode { get; init; }

    /// <summary>What importance sampling says, where chips are not drawn as they are fabricated; the fraction and its interval are then of it. Else null.</summary>
    [System.Text.Json.Serialization.JsonIgnore(Condition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull)]
    public Explaining.ImportanceRecord? Importance { get; init; }

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

    /// <summary>The yield with the weights of its chips; itself when they have none.</summary>
    /// <param name="weights">A weight a chip.</param>
    /// <param name="fails">Whether it misses the specification.</param>
    internal YieldRecord Weighted(IReadOnlyList<double> weights, IReadOnlyList<bool> fails)
    {
        if (weights.Count == 0)
            return this;
        Explaining.ImportanceRecord importance = Explaining.ImportanceSampling.Estimate("importance", weights, fails, 0, 0);
        return this with { Fraction = 1 - importance.FailureProbability, Low = 1 - importance.High, High = 1 - importance.Low, Importance = importance };
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
    private const int UsualLeast = 50;

    /// <summary>The name of the measure that says whether a chip meets the specification: 1 or 0.</summary>
    internal const string SpecName = "spec";

    /// <summary>The name that a chip's weight has among its measures, where chips are not drawn as they are fabricated.</summary>
    internal const string WeightName = "weight";

    /// <summary>The study of a deck, or null when it has no <c>.mc</c> card.</summary>
    /// <param name="deck">The deck.</param>
    public static MonteCarlo? Of(Deck deck)
    {
        ArgumentNullException.ThrowIfNull(deck);
        if (Card(deck) is not { Arguments: [{ Value: NumberValue chips }, ..] } card)
            return null;
        Value? Given(string name) => card.Arguments.LastOrDefault(a => a.Name == name)?.Value;
        double? halfWidth = Given("until") is { } until ? YieldStop.HalfWidthOf(until) : (Given("halfwidth") as NumberValue)?.Number;
        return new MonteCarlo((int)chips.Number, Given("spec") is { } spec ? Text(spec) : null)
        {
            Stop = halfWidth is { } width ? new StopRule(width, (Given("least") as NumberValue)?.Number is { } least ? (int)least : UsualLeast) : null,
        };
    }

    /// <summary>When there are enough chips, or null for all n.</summary>
    internal StopRule? Stop { get; init; }

    /// <summary>
    /// The deck with its specification as a measure of its last analysis, so that it is read, checked and evaluated like one, and behind the deck's own measures those that rows of a study would miss: the quantities that the
    /// specification names; what training ends with, where the deck measures nothing.
    /// </summary>
    /// <param name="deck">The deck.</param>
    internal static Deck WithMeasures(Deck deck)
    {
        OtherCard? card = Card(deck);
        if ((card is null && !deck.All<OtherCard>().Any(c => c.Name == "step")) || deck.All<MeasureCard>().Any(m => m.Name == SpecName))
            return deck;
        Argument? spec = card?.Arguments.LastOrDefault(a => a.Name is "spec");
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
        MeasureCard[] own = [.. deck.All<MeasureCard>()];
        IEnumerable<string> missed = spec is not null ? SpecQuantities.Of(spec.Value, QuantityTable.Find(analysis)!)
            : own.Length == 0 && analysis == "train" ? ["test_accuracy", "test_cost", "train_cost"]
            : [];
        IEnumerable<MeasureCard> more = missed
            .Where(q => !own.Any(m => string.Equals(m.Name, q, StringComparison.OrdinalIgnoreCase) || (m.Analysis == analysis && m.Words is [{ Name: "param", Value: var written }] && SpecQuantities.IsJust(written, q))))
            .Select(q => new MeasureCard(analysis, q.Replace(',', ' '), [new Argument("param", new TextValue(q, SourceSpan.None), SourceSpan.None)], spec?.Span ?? SourceSpan.None));
        if (spec is not null)
            more = more.Append(new MeasureCard(analysis, SpecName, [new Argument("param", spec.Value, spec.Span), new Argument("min", new NumberValue(1, SourceSpan.None), SourceSpan.None)], spec.Span));
        return deck with { Cards = [.. deck.Cards, .. more] };
    }

    /// <summary>What came of chips, a row each.</summary>
    /// <param name="chips">The chips.</param>
    public static string ToCsv(IReadOnlyList<ChipRecord> chips)
    {
        using var writer = new StringWriter(CultureInfo.InvariantCulture) { NewLine = "\n" };
        WriteCsv(writer, chips);
        return writer.ToString();
    }

    /// <summary>Writes what came of chips, a row each.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="chips">The chips; passed over twice.</param>
    public static void WriteCsv(TextWriter writer, IReadOnlyList<ChipRecord> chips)
    {
        ArgumentNullException.ThrowIfNull(writer);
        ArgumentNullException.ThrowIfNull(chips);
        var steps = new List<string>();
        var measures = new List<string>();
        bool hasModes = false;
        foreach (ChipRecord chip in chips)
        {
            hasModes |= chip.Mode is not null;
            steps.AddRange(chip.Step.Keys.Where(s => !steps.Contains(s, StringComparer.Ordinal)));
            measures.AddRange(chip.Measures.Keys.Where(m => !measures.Contains(m, StringComparer.OrdinalIgnoreCase)));
        }

        writer.Write("chip");
        foreach (string column in steps.Prepend("mode").Skip(hasModes ? 0 : 1).Concat(measures).Append("status"))
        {
            writer.Write(',');
            writer.Write(column);
        }

        writer.Write('\n');
        foreach (ChipRecord chip in chips)
        {
            writer.Write(chip.Chip.ToString(CultureInfo.InvariantCulture));
            if (hasModes)
            {
                writer.Write(',');
                writer.Write(chip.Mode);
            }

            foreach (double value in steps.Select(s => chip.Step.GetValueOrDefault(s, double.NaN)).Concat(measures.Select(m => chip.Measures.GetValueOrDefault(m, double.NaN))))
            {
                writer.Write(',');
                writer.Write(value.ToString("R", CultureInfo.InvariantCulture));
            }

            writer.Write(',');
            writer.Write(chip.Status);
            writer.Write('\n');
        }
    }

    /// <summary>Mean, standard deviation and extremes of every measure over the chips, at each point of a sweep and in each mode.</summary>
    /// <param name="chips">The chips.</param>
    /// <param name="words">Names of values that choose a rule, told behind the number; or null.</param>
    public static string ToTable(IReadOnlyList<ChipRecord> chips, IReadOnlyDictionary<string, IReadOnlyDictionary<double, string>>? words = null)
    {
        ArgumentNullException.ThrowIfNull(chips);
        const int most = 60;
        var names = new Dictionary<(object Step, string Mode), string>();
        string Where(ChipRecord chip)
        {
            (object Step, string Mode) key = (chip.Step, chip.Mode ?? string.Empty);
            if (!names.TryGetValue(key, out string? name))
                names.Add(key, name = StepSweep.Describe(chip.Step, key.Mode, words));
            return name;
        }

        var rows = new List<string[]>();
        foreach (string measure in MeasuresOf(chips).Where(m => m is not (SpecName or WeightName)))
        {
            foreach (IGrouping<string, (double Value, double Weight)> point in chips
                .Where(c => double.IsFinite(c.Measures.GetValueOrDefault(measure, double.NaN)))
                .GroupBy(Where, c => (c.Measures[measure], c.Measures.GetValueOrDefault(WeightName, 1)), StringComparer.Ordinal))
            {
                rows.Add([measure, point.Key, .. Statistics(ChipStatistics.Of(point, chips[0].Measures.ContainsKey(WeightName)))]);
            }
        }

        if (rows.Count == 0)
            return string.Empty;
        if (rows.Count > most)
            return string.Create(CultureInfo.InvariantCulture, $"{rows.Count} means are in steps.csv\n");
        bool hasPoints = rows.Any(r => r[1].Length > 0);
        rows.Insert(0, ["measure", string.Empty, "mean", "deviation", "least", "median", "most", "chips"]);
        var text = new StringBuilder();
        Gradients.TextTable.Write(text, hasPoints ? rows : [.. rows.Select(r => (string[])[r[0], .. r[2..]])]);
        return text.ToString();
    }

    /// <summary>Mean, standard deviation, least, median and greatest value, and how many there are.</summary>
    private static IEnumerable<string> Statistics(ChipStatistics of) =>
        new[] { of.Mean, of.Deviation, of.Least, of.Quantile(0.5), of.Most }.Select(v => double.IsNaN(v) ? "-" : v.ToString("g6", CultureInfo.InvariantCulture)).Append(of.Count.ToString(CultureInfo.InvariantCulture));

    /// <summary>The yield of chips, or null when the study has no specification. A chip that could not be made or simulated does not meet it; an interrupted one does not count.</summary>
    /// <param name="chips">The chips.</param>
    public YieldRecord? YieldOf(IReadOnlyList<ChipRecord> chips)
    {
        ArgumentNullException.ThrowIfNull(chips);
        return YieldOf(Spec, chips);
    }

    /// <summary>The yield of chips, or null without a specification.</summary>
    /// <param name="spec">The specification.</param>
    /// <param name="chips">The chips.</param>
    internal static YieldRecord? YieldOf(string? spec, IReadOnlyList<ChipRecord> chips)
    {
        if (spec is null)
            return null;
        int passed = 0;
        var weights = new List<double>();
        var fails = new List<bool>();
        foreach (ChipRecord chip in chips)
        {
            bool passes = chip.Measures.GetValueOrDefault(SpecName) == 1;
            passed += passes ? 1 : 0;
            if (chip.Measures.TryGetValue(WeightName, out double weight))
            {
                weights.Add(weight);
                fails.Add(!passes);
            }
        }

        return YieldRecord.Of(spec, chips.Count, passed).Weighted(weights, fails);
    }

    /// <summary>The mean of every measure over the chips of each point of a sweep (and each mode), with its yield.</summary>
    /// <param name="plan">The study.</param>
    /// <param name="chips">Its chips, point by point.</param>
    internal static List<(ChipRecord Means, YieldRecord? Yield)> Summaries(StudyPlan plan, IReadOnlyList<ChipRecord> chips)
    {
        var summaries = new List<(ChipRecord, YieldRecord?)>();
        var sums = new Dictionary<string, Dictionary<string, (double Sum, double Count)>>(StringComparer.Ordinal);
        var counts = new Dictionary<string, (int Chips, int Passed)>(StringComparer.Ordinal);
        var weights = new Dictionary<string, (List<double> Weights, List<bool> Fails)>(StringComparer.Ordinal);
        IReadOnlyDictionary<string, double>? point = null;
        foreach (ChipRecord chip in chips)
        {
            if (point is not null && !ReferenceEquals(point, chip.Step))
                Finish();
            point = chip.Step;
            string mode = chip.Mode ?? string.Empty;
            (int seen, int passed) = counts.GetValueOrDefault(mode);
            bool passes = chip.Measures.GetValueOrDefault(SpecName) == 1;
            counts[mode] = (seen + 1, passed + (passes ? 1 : 0));
            double weight = chip.Measures.GetValueOrDefault(WeightName, 1);
            if (chip.Measures.ContainsKey(WeightName))
            {
                if (!weights.TryGetValue(mode, out (List<double> Weights, List<bool> Fails) kept))
                    weights.Add(mode, kept = ([], []));
                kept.Weights.Add(weight);
                kept.Fails.Add(!passes);
            }

            if (!sums.TryGetValue(mode, out Dictionary<string, (double Sum, double Count)>? own))
                sums.Add(mode, own = new(StringComparer.OrdinalIgnoreCase));
            foreach ((string measure, double value) in chip.Measures)
            {
                (double sum, double count) = own.GetValueOrDefault(measure);
                own[measure] = double.IsFinite(value) ? (sum + (weight * value), count + weight) : (sum, count);
            }
        }

        if (point is not null)
            Finish();
        return summaries;

        void Finish()
        {
            foreach (string mode in plan.Modes.Where(counts.ContainsKey))
            {
                var means = new Dictionary<string, double>(StringComparer.OrdinalIgnoreCase);
                YieldRecord? yield = plan.Spec is null ? null : YieldRecord.Of(plan.Spec, counts[mode].Chips, counts[mode].Passed) with { Step = point, Mode = mode.Length > 0 ? mode : null };
                if (weights.TryGetValue(mode, out (List<double> Weights, List<bool> Fails) drawn))
                    yield = yield?.Weighted(drawn.Weights, drawn.Fails);
                if (yield is not null)
                    means["yield"] = yield.Fraction;
                foreach ((string measure, (double sum, double count)) in sums[mode].Where(m => m.Key is not (SpecName or WeightName)))
                    means[measure] = count == 0 ? double.NaN : sum / count;
                summaries.Add((new ChipRecord(0, point!, means, "done") { Mode = mode.Length > 0 ? mode : null }, yield));
            }

            sums.Clear();
            counts.Clear();
            weights.Clear();
        }
    }

    internal static OtherCard? Card(Deck deck) => deck.All<OtherCard>().LastOrDefault(c => c.Name is "mc");

    private static string Text(Value value) => value is TextValue text ? text.Text : value.Span.IsWritten ? value.Span.Text.ToString() : value.ToString();

    private static string[] MeasuresOf(IReadOnlyList<ChipRecord> chips) => [.. chips.SelectMany(c => c.Measures.Keys).Distinct(StringComparer.OrdinalIgnoreCase)];
}
