using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using AnalogLearn.Circuits;
using AnalogLearn.Plots;

namespace AnalogLearn.Studies;

/// <summary>
/// The points of a deck's <c>.step</c> cards, <c>.step [param] name list a b c</c>, <c>lin start stop n</c>, <c>dec</c> or <c>oct start stop points</c>. Several cards are nested: the first one varies
/// fastest.
/// </summary>
/// <param name="Names">The stepped parameters, in order of the cards.</param>
/// <param name="Points">Every point: a value of each.</param>
public sealed record StepSweep(ImmutableArray<string> Names, ImmutableArray<ImmutableDictionary<string, double>> Points)
{
    /// <summary>The name of a stepped parameter that repeats: figures show the median over it, and a band.</summary>
    internal const string Seed = "seed";

    /// <summary>The sweep of a deck, or null when it has no <c>.step</c> card.</summary>
    /// <param name="deck">The deck.</param>
    public static StepSweep? Of(Deck deck)
    {
        ArgumentNullException.ThrowIfNull(deck);
        (string Name, double[] Values)[] cards = [.. deck.All<OtherCard>().Where(c => c.Name == "step").Select(Read)];
        if (cards.Length == 0)
            return null;
        ImmutableArray<ImmutableDictionary<string, double>> points = [ImmutableDictionary<string, double>.Empty];
        foreach ((string name, double[] values) in cards.Reverse())
            points = [.. points.SelectMany(p => values.Select(v => p.SetItem(name, v)))];
        return new StepSweep([.. cards.Select(c => c.Name)], points);
    }

    /// <summary>A point with its parameters in order of the cards; the order of an immutable dictionary is another one in every process.</summary>
    /// <param name="names">The parameters.</param>
    /// <param name="point">The point.</param>
    internal static IReadOnlyDictionary<string, double> InOrder(ImmutableArray<string> names, ImmutableDictionary<string, double> point) =>
        new Dictionary<string, double>(names.Distinct(StringComparer.Ordinal).Select(n => KeyValuePair.Create(n, point[n])), StringComparer.Ordinal);

    /// <summary>A point in words.</summary>
    /// <param name="point">The point.</param>
    public static string Describe(IReadOnlyDictionary<string, double> point) =>
        string.Join(", ", point.OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => string.Create(CultureInfo.InvariantCulture, $"{p.Key}={p.Value:g6}")));

    /// <summary>A point and a mode in words, what there is of them.</summary>
    /// <param name="point">The point, or null.</param>
    /// <param name="mode">The mode, or null.</param>
    /// <param name="words">Names of values that choose a rule, told behind the number; or null.</param>
    public static string Describe(IReadOnlyDictionary<string, double>? point, string? mode, IReadOnlyDictionary<string, IReadOnlyDictionary<double, string>>? words = null) =>
        string.Join(", ", new[] { point is null ? null : words is not { Count: > 0 } ? Describe(point) : Named(point, words), mode }.Where(w => !string.IsNullOrEmpty(w)));

    /// <summary>The points with their measures, a row each.</summary>
    /// <param name="chips">What came of each point.</param>
    public string ToCsv(IReadOnlyList<ChipRecord> chips)
    {
        ArgumentNullException.ThrowIfNull(chips);
        string[] measures = MeasuresOf(chips);
        var text = new StringBuilder();
        text.AppendJoin(',', Names.Concat(measures).Append("status")).Append('\n');
        foreach (ChipRecord chip in chips)
        {
            text.AppendJoin(',', Names.Select(n => chip.Step[n]).Concat(measures.Select(m => chip.Measures.TryGetValue(m, out double v) ? v : double.NaN)).Select(v => v.ToString("R", CultureInfo.InvariantCulture)))
                .Append(',').Append(chip.Status).Append('\n');
        }

        return text.ToString();
    }

    /// <summary>The points with their measures, in aligned columns of seven digits.</summary>
    /// <param name="chips">What came of each point.</param>
    /// <param name="words">Names of values that choose a rule (<c>choose({k}, …)</c>), each in a column behind its number; or null.</param>
    public string ToTable(IReadOnlyList<ChipRecord> chips, IReadOnlyDictionary<string, IReadOnlyDictionary<double, string>>? words = null)
    {
        ArgumentNullException.ThrowIfNull(chips);
        string[] measures = MeasuresOf(chips);
        var rows = new List<string[]> { (string[])[.. Names.SelectMany(n => words?.ContainsKey(n) is true ? [n, "rule"] : (string[])[n]), .. measures, "status"] };
        foreach (ChipRecord chip in chips)
        {
            IEnumerable<string> point = Names.SelectMany(n => words?.ContainsKey(n) is true ? [Cell(chip.Step[n]), Word(n, chip.Step[n], words) ?? string.Empty] : (string[])[Cell(chip.Step[n])]);
            rows.Add([.. point, .. measures.Select(m => Cell(chip.Measures.TryGetValue(m, out double v) ? v : double.NaN)), chip.Status]);
        }

        var text = new StringBuilder();
        Gradients.TextTable.Write(text, rows);
        return text.ToString();

        static string Cell(double value) => double.IsNaN(value) ? "failed" : value.ToString("g7", CultureInfo.InvariantCulture);
    }

    /// <summary>A point with its numbers, and behind those that choose a rule the rule.</summary>
    private static string Named(IReadOnlyDictionary<string, double> point, IReadOnlyDictionary<string, IReadOnlyDictionary<double, string>> words) =>
        string.Join(", ", point.OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => string.Create(CultureInfo.InvariantCulture, $"{p.Key}={p.Value:g6}{(Word(p.Key, p.Value, words) is { } word ? " " + word : string.Empty)}")));

    /// <summary>The rule that a value chooses, or null. Where figures tell rules of one name apart by the number, the number stands beside it here.</summary>
    private static string? Word(string name, double value, IReadOnlyDictionary<string, IReadOnlyDictionary<double, string>> words)
    {
        if (!words.TryGetValue(name, out IReadOnlyDictionary<double, string>? of) || !of.TryGetValue(value, out string? word))
            return null;
        string number = string.Create(CultureInfo.InvariantCulture, $" ({name}={value:g6})");
        return word.EndsWith(number, StringComparison.Ordinal) ? word[..^number.Length] : word;
    }

    /// <summary>One figure a measure, over the first stepped parameter; a curve for each value of the others.</summary>
    /// <param name="chips">What came of each point.</param>
    /// <param name="subtitle">The deck's title.</param>
    /// <param name="describe">A point in words, but one parameter; by default its numbers.</param>
    /// <param name="unit">The unit of a measure; empty for a bare number.</param>
    /// <param name="choices">Parameters whose numbers mean nothing but a choice, such as that of a rule: their values are curves, or points with a name each, and never a line from one to the next.</param>
    public IEnumerable<Figure> Draw(IReadOnlyList<ChipRecord> chips, string subtitle, Func<IReadOnlyDictionary<string, double>, string, string>? describe = null, Func<string, string>? unit = null, IEnumerable<string>? choices = null)
    {
        ArgumentNullException.ThrowIfNull(chips);
        describe ??= static (step, but) => Describe(step.Where(s => s.Key != but && s.Key != Seed).ToDictionary(s => s.Key, s => s.Value));
        string[] chosen = [.. choices ?? []];
        string first = Names.FirstOrDefault(n => n != Seed && !chosen.Contains(n, StringComparer.Ordinal) && chips.Select(c => c.Step[n]).Distinct().Skip(1).Any()) ?? Names.FirstOrDefault(n => n != Seed) ?? Names[0];
        bool choice = chosen.Contains(first, StringComparer.Ordinal);
        double[] positions = [.. chips.Select(c => c.Step[first]).Distinct()];
        if (positions.Length < 2)
            yield break;
        bool decades = positions.All(p => p > 0) && positions.Max() / positions.Min() >= 50;
        foreach (string measure in MeasuresOf(chips))
        {
            double[] values = [.. chips.Select(c => c.Measures.GetValueOrDefault(measure, double.NaN)).Where(double.IsFinite)];
            bool wide = values.Length > 0 && values.All(v => v > 0) && values.Max() / values.Min() >= 200;
            yield return new Figure("step-" + measure, choice ? $"{measure} of each {first}" : $"{measure} over {first}")
            {
                Subtitle = subtitle,
                Panels =
                [
                    new Panel
                    {
                        X = Axis.Number(first) with { Scale = decades ? AxisScale.Logarithmic : AxisScale.Linear, WholeNumbers = choice },
                        Y = Axis.Of(measure, unit?.Invoke(measure) ?? string.Empty) with { Scale = wide ? AxisScale.Logarithmic : AxisScale.Linear },
                        Series =
                        [
                            .. chips.GroupBy(c => describe(c.Step, choice ? string.Empty : first), StringComparer.Ordinal).Select(g => Over(g, g.Key.Length > 0 ? g.Key : measure)).Select((c, k) => choice ? c.ToSeriesAmong(k) : c.ToSeries()),
                        ],
                    },
                ],
            };

            // Repetitions at one place are a median and a band.
            Curve Over(IEnumerable<ChipRecord> row, string label)
            {
                IGrouping<double, double>[] at = [.. row.GroupBy(c => c.Step[first], c => c.Measures.TryGetValue(measure, out double v) ? v : double.NaN)];
                double[] x = [.. at.Select(p => p.Key)];
                return at.Any(p => p.Skip(1).Any()) ? Curve.OfQuantiles(label, x, [.. at.Select(p => (IReadOnlyList<double>)[.. p])]) : new Curve(label, x, [.. at.Select(p => p.First())]);
            }
        }
    }

    private static string[] MeasuresOf(IReadOnlyList<ChipRecord> chips) => [.. chips.SelectMany(c => c.Measures.Keys).Distinct(StringComparer.OrdinalIgnoreCase)];

    private static (string Name, double[] Values) Read(OtherCard card)
    {
        int at = card.Arguments[0].Value is TextValue { Text: var first } && first.Equals("param", StringComparison.OrdinalIgnoreCase) ? 1 : 0;
        string name = ((TextValue)card.Arguments[at].Value).Text.ToLowerInvariant();
        string kind = ((TextValue)card.Arguments[at + 1].Value).Text.ToLowerInvariant();
        double[] numbers = [.. card.Arguments.Skip(at + 2).Select(a => ((NumberValue)a.Value).Number)];
        if (kind == "list")
            return (name, numbers);
        (double start, double stop, int points) = (numbers[0], numbers[1], (int)numbers[2]);
        if (kind == "lin")
            return (name, new FrequencySweep(kind, points, start, stop).Frequencies());

        // Whole decades and octaves are exact, so that one may say spec="g<=8" of a sweep that ends there.
        double ratio = kind == "dec" ? 10 : 2, span = points * Math.Log(stop / start) / Math.Log(ratio);
        return (name, [.. Enumerable.Range(0, (int)Math.Floor(Math.Abs(span) + 1e-6) + 1).Select(k => start * Math.Pow(ratio, (double)(Math.Sign(span) * k) / points))]);
    }
}
