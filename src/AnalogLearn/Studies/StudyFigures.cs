using System.Collections.Immutable;
using System.Globalization;
using System.Text.RegularExpressions;
using AnalogLearn.Netlist;
using AnalogLearn.Plots;

namespace AnalogLearn.Studies;

/// <summary>The pictures of a study, from its rows: distributions, yields, measures over what is stepped, maps, learning, modes.</summary>
/// <param name="plan">The study.</param>
/// <param name="outcome">What its rows say.</param>
/// <param name="title">The deck's title.</param>
/// <param name="about">What the deck says of its measures.</param>
internal sealed class StudyFigures(StudyPlan plan, StudyOutcome outcome, string title, StudyMeasures about)
{
    private const int MostCurves = 10;
    private const int MostMeasures = 6;
    private const int MostValues = 100_000;
    private const int LongestMap = 40;

    /// <summary>Draws everything there is something to draw for.</summary>
    /// <param name="modes">The comparison of modes.</param>
    /// <param name="contrasts">What several rules make of the same chips.</param>
    public ImmutableArray<Figure> Draw(ImmutableArray<ModeComparison> modes, ImmutableArray<RuleContrast> contrasts)
    {
        var figures = ImmutableArray.CreateBuilder<Figure>();
        string[] measures = about.Order(outcome.Rows);
        foreach (ModeComparison comparison in modes.Where(m => measures.Take(2).Contains(m.Measure, StringComparer.OrdinalIgnoreCase)).Take(MostMeasures))
            figures.Add(comparison.Draw(about.UnitOf(comparison.Measure), "comparison-" + comparison.Measure + (comparison.Step.Count > 0 ? "-" + StepSweep.Describe(comparison.Step) : string.Empty)));
        AddYields(figures);
        figures.AddRange(RuleContrast.Draw([.. contrasts.Where(c => measures.Take(MostMeasures).Contains(c.Measure, StringComparer.OrdinalIgnoreCase))], plan.Names, title, about.UnitOf));
        AddSteps(measures, figures);
        AddMaps(measures, figures);
        if (plan.Points.Length == 1 && plan.Modes.Length == 1 && measures.Length > 0 && plan.Chips > 1)
            figures.Add(Figures.Distributions([.. measures.Select(Distribution)], outcome.Rows.Any(r => r.Measures.ContainsKey(MonteCarlo.WeightName)) ? Chips() + ", drawn about the points of failure, before they are weighted" : Chips()));
        figures.AddRange(Learning(outcome.Rows, Chips(), about));
        return figures.ToImmutable();
    }

    private string Chips() => string.Create(CultureInfo.InvariantCulture, $"{title}; {Amount.Of(plan.Chips, "chip")}");

    private Distribution Distribution(string measure)
    {
        (double? limit, bool above) = about.LimitOf(measure, plan.Spec);
        int every = Math.Max(1, outcome.Rows.Count / MostValues);
        return new Distribution(measure, [.. outcome.Rows.Where((_, k) => k % every == 0).Select(r => r.Measures.GetValueOrDefault(measure, double.NaN))])
        {
            Unit = about.UnitOf(measure),
            Nominal = about.Nominal.TryGetValue(measure, out double nominal) ? nominal : null,
            Limit = limit,
            PassesAbove = above,
        };
    }

    /// <summary>The yield over the first parameter that is stepped, a curve for each value of the others and each mode.</summary>
    private void AddYields(ImmutableArray<Figure>.Builder figures)
    {
        if (plan.Spec is null || plan.Names.IsEmpty || !HasMany(plan.Names[0]))
            return;
        string first = plan.Names[0];
        IGrouping<string, (ChipRecord Means, YieldRecord? Yield)>[] groups = [.. outcome.Summaries.Where(s => s.Yield is not null).GroupBy(s => Rest(s.Means, first, about), StringComparer.Ordinal)];
        Curve[] curves =
        [
            .. groups.Take(MostCurves).Select(g => new Curve(
                g.Key, [.. g.Select(s => s.Means.Step[first])], [.. g.Select(s => s.Yield!.Fraction)]) { Lower = [.. g.Select(s => s.Yield!.Low)], Upper = [.. g.Select(s => s.Yield!.High)] }),
        ];
        figures.Add(Figures.YieldCurve(curves, AxisOf(first), string.Create(CultureInfo.InvariantCulture, $"{plan.Spec}; {Amount.Of(plan.Chips, "chip")} at each point{NotDrawn(groups.Length)}"), "yield"));
    }

    /// <summary>Each measure over the first stepped parameter: its median and the band of most chips.</summary>
    private void AddSteps(string[] measures, ImmutableArray<Figure>.Builder figures)
    {
        if (plan.Names.IsEmpty || !HasMany(plan.Names[0]))
            return;
        string first = plan.Names[0];
        IGrouping<string, ChipRecord>[] groups = [.. outcome.Rows.GroupBy(r => Rest(r, first, about), StringComparer.Ordinal)];
        foreach (string measure in measures.Take(MostMeasures))
        {
            Curve[] curves =
            [
                .. groups.Take(MostCurves).Select(g =>
                {
                    IGrouping<double, ChipRecord>[] at = [.. g.GroupBy(r => r.Step[first])];
                    return Curve.OfQuantiles(g.Key, [.. at.Select(p => p.Key)], [.. at.Select(p => (IReadOnlyList<double>)[.. p.Select(r => r.Measures.GetValueOrDefault(measure, double.NaN))])]);
                }),
            ];
            figures.Add(new Figure("step-" + measure, $"{measure} over {first}")
            {
                Subtitle = title + NotDrawn(groups.Length),
                Caption = plan.Chips > 1 ? "Lines: median over the chips. Bands: from the 5 % to the 95 % quantile." : string.Empty,
                PanelWidth = 560,
                PanelHeight = 350,
                Panels = [new() { X = AxisOf(first), Y = Axis.Of(measure, about.UnitOf(measure)), Series = [.. curves.Select((c, k) => c.ToSeriesAmong(k))] }],
            });
        }
    }

    private void AddMaps(string[] measures, ImmutableArray<Figure>.Builder figures)
    {
        if (plan.Modes.Length == 1)
            figures.AddRange(Maps(plan.Names, [.. outcome.Summaries.Select(s => s.Means)], plan.Spec is null ? measures : ["yield", .. measures], title, about.UnitOf));
    }

    /// <summary>Maps over two stepped parameters.</summary>
    /// <param name="names">The stepped parameters.</param>
    /// <param name="points">A number of each measure at each point.</param>
    /// <param name="measures">The measures.</param>
    /// <param name="title">The deck's title.</param>
    /// <param name="unit">The unit of a measure; empty for a bare number.</param>
    public static IEnumerable<Figure> Maps(ImmutableArray<string> names, IReadOnlyList<ChipRecord> points, IReadOnlyList<string> measures, string title, Func<string, string> unit)
    {
        names = names.Remove(StepSweep.Seed);
        if (names.Length != 2)
            yield break;
        double[] x = [.. points.Select(p => p.Step[names[0]]).Distinct().Order()], y = [.. points.Select(p => p.Step[names[1]]).Distinct().Order()];
        if (x.Length < 2 || y.Length < 2 || x.Length > LongestMap || y.Length > LongestMap)
            yield break;
        foreach (string measure in measures.Take(MostMeasures))
        {
            double[] values = new double[x.Length * y.Length];
            Array.Fill(values, double.NaN);
            foreach (ChipRecord p in points)
                values[(Array.IndexOf(y, p.Step[names[1]]) * x.Length) + Array.IndexOf(x, p.Step[names[0]])] = p.Measures.GetValueOrDefault(measure, double.NaN);
            if (!values.Any(double.IsFinite))
                continue;
            bool share = measure is "yield" || (measure.Contains("acc", StringComparison.OrdinalIgnoreCase) && values.Where(double.IsFinite).All(v => v is >= 0 and <= 1));
            yield return Figures.StepMap((Axis.Number(names[0]), x), (Axis.Number(names[1]), y), values, measure, share ? "%" : unit(measure), title, "map-" + measure);
        }
    }

    /// <summary>How rows learned: at each epoch the median over chips and repetitions, and their band; a curve for each mode and each value of what is stepped.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="subtitle">What is below the heading.</param>
    /// <param name="about">What the deck says.</param>
    public static IEnumerable<Figure> Learning(IReadOnlyList<ChipRecord> rows, string subtitle, StudyMeasures about)
    {
        foreach (string measure in new[] { "test_error", "test_cost", "train_cost" })
        {
            bool percent = measure == "test_error";
            bool repeated = false;
            IGrouping<string, ChipRecord>[] groups = [.. rows.Where(r => r.Learning.Any(p => p.Measure == measure)).GroupBy(r => Rest(r, string.Empty, about), StringComparer.Ordinal)];
            Curve[] curves =
            [
                .. groups.Take(MostCurves).Select(g =>
                {
                    IGrouping<int, LearningPoint>[] epochs = [.. g.SelectMany(r => r.Learning).Where(p => p.Measure == measure).GroupBy(p => p.Epoch).OrderBy(e => e.Key)];
                    double[] x = [.. epochs.Select(e => (double)e.Key)];
                    if (epochs.All(e => !e.Skip(1).Any()))
                        return new Curve(g.Key, x, [.. epochs.Select(e => percent ? 100 * e.First().Value : e.First().Value)]);
                    repeated = true;
                    return Curve.OfQuantiles(g.Key, x, [.. epochs.Select(e => (IReadOnlyList<double>)[.. e.Select(p => percent ? 100 * p.Value : p.Value)])]);
                }),
            ];
            if (curves.Length == 0 || !curves.Any(c => c.X.Count > 1) || !curves.Any(c => c.Y.Any(v => v != 0)))
                continue;
            double[] values = [.. curves.SelectMany(c => c.Y).Where(double.IsFinite)];
            bool wide = !percent && values.All(v => v > 0) && values.Max() > 30 * values.Min();
            yield return Figures.LearningQuantiles(
                curves,
                percent ? new Axis("test error", "%") { IncludeZero = true } : Axis.Number(measure == "test_cost" ? "mean cost of held-out examples" : "mean cost") with { Scale = wide ? AxisScale.Logarithmic : AxisScale.Linear },
                subtitle + NotDrawn(groups.Length),
                "learning-" + measure.Replace('_', '-'),
                !repeated ? string.Empty : rows.Any(r => r.Chip > 1) ? "chips" : "repetitions");
        }
    }

    /// <summary>What a figure says of curves for which it has no room; all of them are in the tables.</summary>
    private static string NotDrawn(int curves) => curves > MostCurves ? string.Create(CultureInfo.InvariantCulture, $"; the first {MostCurves} of {curves} curves") : string.Empty;

    private bool HasMany(string name) => plan.Points.Select(p => p[name]).Distinct().Skip(1).Any();

    private Axis AxisOf(string name)
    {
        double[] values = [.. plan.Points.Select(p => p[name]).Distinct()];
        bool decades = values.All(v => v > 0) && values.Max() / values.Min() >= 50;
        return Axis.Number(name) with { Scale = decades ? AxisScale.Logarithmic : AxisScale.Linear, WholeNumbers = values.All(v => v == Math.Floor(v)) && values.Max() < 1000 };
    }

    /// <summary>A row's mode and its stepped parameters but one, and but the seed, which repeats.</summary>
    private static string Rest(ChipRecord row, string but, StudyMeasures about)
    {
        string steps = about.Describe(row.Step, but);
        return row.Mode is null ? steps : steps.Length == 0 ? row.Mode : $"{row.Mode}, {steps}";
    }
}

/// <summary>What a deck says of its measures.</summary>
internal sealed partial record StudyMeasures
{
    /// <summary>What the nominal design gives.</summary>
    public IReadOnlyDictionary<string, double> Nominal { get; init; } = ImmutableDictionary<string, double>.Empty;

    /// <summary>The seed of the chips, where it is known.</summary>
    public ulong? Seed { get; init; }

    /// <summary>What measures are of, by name: <c>test_accuracy</c>, <c>v(out)</c>.</summary>
    public IReadOnlyDictionary<string, string> Quantities { get; init; } = ImmutableDictionary<string, string>.Empty;

    /// <summary>Words for the values of a stepped parameter that chooses between rules.</summary>
    public IReadOnlyDictionary<string, IReadOnlyDictionary<double, string>> Words { get; init; } = ImmutableDictionary<string, IReadOnlyDictionary<double, string>>.Empty;

    /// <summary>The same without what the nominal design gives: it is shown beside chips that were simulated.</summary>
    public StudyMeasures WithoutNominal() => this with { Nominal = ImmutableDictionary<string, double>.Empty };

    /// <summary>As text, for the study's store.</summary>
    public string ToJson() => System.Text.Json.JsonSerializer.Serialize(
        new StudyMeasuresText(
            [.. Nominal.Select(n => new NamedNumber(n.Key, n.Value))],
            [.. Quantities.Select(q => new NamedText(q.Key, q.Value))],
            [.. Words.Select(w => new NamedWords(w.Key, [.. w.Value.Select(v => new NumberWord(v.Key, v.Value))]))],
            Seed),
        StudyJson.Default.StudyMeasuresText);

    /// <summary>Reads what <see cref="ToJson"/> wrote; a store that has none says nothing of its measures.</summary>
    /// <param name="json">The text, or null.</param>
    public static StudyMeasures FromJson(string? json)
    {
        if (json is null || System.Text.Json.JsonSerializer.Deserialize(json, StudyJson.Default.StudyMeasuresText) is not { } text)
            return new StudyMeasures();
        return new StudyMeasures
        {
            Seed = text.Seed,
            Nominal = text.Nominal.ToDictionary(n => n.Name, n => n.Value, StringComparer.OrdinalIgnoreCase),
            Quantities = text.Quantities.ToDictionary(q => q.Name, q => q.Text, StringComparer.OrdinalIgnoreCase),
            Words = text.Words.ToDictionary(w => w.Name, w => (IReadOnlyDictionary<double, string>)w.Words.ToDictionary(v => v.Value, v => v.Word), StringComparer.Ordinal),
        };
    }

    /// <summary>Stepped parameters in words, but one and but the seed.</summary>
    /// <param name="step">Their values.</param>
    /// <param name="but">What is left out.</param>
    public string Describe(IReadOnlyDictionary<string, double> step, string but = "")
    {
        Dictionary<string, double> shown = step.Where(s => s.Key != but && s.Key != StepSweep.Seed).ToDictionary(s => s.Key, s => s.Value);
        string[] words = [.. shown.OrderBy(s => s.Key, StringComparer.Ordinal).Select(s => Words.TryGetValue(s.Key, out var of) && of.TryGetValue(s.Value, out string? word) ? word : string.Empty).Where(w => w.Length > 0)];
        string rest = StepSweep.Describe(shown.Where(s => !(Words.TryGetValue(s.Key, out var of) && of.ContainsKey(s.Value))).ToDictionary(s => s.Key, s => s.Value));
        return string.Join(", ", words.Append(rest).Where(w => w.Length > 0));
    }

    /// <summary>The rule's name in place of the number that chooses it (<c>choose({k}, …)</c>), where one stepped parameter decides the rule.</summary>
    /// <param name="names">What is stepped.</param>
    /// <param name="points">The points, each with its deck.</param>
    public static IReadOnlyDictionary<string, IReadOnlyDictionary<double, string>> WordsOf(ImmutableArray<string> names, IReadOnlyList<(IReadOnlyDictionary<string, double> Step, Circuits.Deck Deck)> points)
    {
        var words = new Dictionary<string, IReadOnlyDictionary<double, string>>(StringComparer.Ordinal);
        Circuits.Call?[] rules = [.. points.Select(p => p.Deck.All<Circuits.LearnCard>().LastOrDefault()?.Rule)];
        if (rules.Any(r => r is null))
            return words;
        foreach (string name in names.Where(n => n != StepSweep.Seed))
        {
            // What all points of a value have: other parameters may be stepped beside it, and stand in the rule too.
            var byValue = points.Zip(rules, (p, r) => (Value: p.Step[name], Rule: r!)).GroupBy(p => p.Value, p => p.Rule).ToArray();
            if (byValue.Any(g => g.DistinctBy(r => r.Name).Skip(1).Any()))
                continue;
            string[] rule = [.. byValue.Select(g => g.First().Name)];
            string[][] shared = [.. byValue.Select(g => g.Select(r => r.Arguments.Where(a => a.Name is not null && a.Value is Circuits.NumberValue or Circuits.TextValue).Select(Written)).Aggregate((x, y) => x.Intersect(y, StringComparer.Ordinal)).ToArray())];

            // A number that only sets a number of one rule is a quantity, and chooses nothing.
            if (byValue.Select(g => Kind(g.First())).Distinct(StringComparer.Ordinal).Count() < 2)
                continue;

            // What tells a rule from those of the same name; a name that only one rule has needs nothing beside it.
            string[] Own(int k) => [.. shared[k].Where(a => !shared.Where((_, other) => rule[other] == rule[k]).All(others => others.Contains(a, StringComparer.Ordinal)))];
            string[] texts = [.. rule.Select((r, k) => Own(k) is { Length: > 0 } own ? $"{r}({string.Join(' ', own)})" : r)];
            words[name] = byValue.Select((g, k) => (Value: g.Key, Text: texts[k])).ToDictionary(
                v => v.Value, v => texts.Count(t => t == v.Text) == 1 ? v.Text : string.Create(CultureInfo.InvariantCulture, $"{v.Text} ({name}={v.Value:g6})"));
        }

        return words;

        static string Kind(Circuits.Call rule) => rule.Name + " " + string.Join(' ', rule.Arguments.Select(a => a.Value is Circuits.TextValue ? Written(a) : a.Name).Order(StringComparer.Ordinal));

        static string Written(Circuits.Argument argument) =>
            string.Create(CultureInfo.InvariantCulture, $"{argument.Name}={(argument.Value is Circuits.NumberValue number ? number.Number.ToString("g6", CultureInfo.InvariantCulture) : ((Circuits.TextValue)argument.Value).Text)}");
    }

    /// <summary>The measures of a deck.</summary>
    public static StudyMeasures Of(Circuits.Deck deck) => new()
    {
        Quantities = deck.All<Circuits.MeasureCard>().DistinctBy(m => m.Name).ToDictionary(m => m.Name, m => m.Words.FirstOrDefault(w => w.Name is "param") is { } param ? Text(param.Value) : string.Empty, StringComparer.OrdinalIgnoreCase),
    };

    /// <summary>The measures of rows: what the specification is about first, then in order of the deck.</summary>
    public string[] Order(IReadOnlyList<ChipRecord> rows) =>
        [.. rows.Take(50).SelectMany(r => r.Measures.Keys).Distinct(StringComparer.OrdinalIgnoreCase).Where(m => m != MonteCarlo.SpecName && m != MonteCarlo.WeightName && !m.Contains('#', StringComparison.Ordinal))];

    /// <summary>The limit that a specification of one comparison sets a measure, and whether larger is better.</summary>
    public (double? Limit, bool Above) LimitOf(string measure, string? spec)
    {
        if (spec is null || Comparison().Match(spec.Trim('"')) is not { Success: true } match || !double.TryParse(match.Groups[3].Value, NumberStyles.Float, CultureInfo.InvariantCulture, out double limit))
            return (null, true);
        string what = match.Groups[1].Value.Trim();
        bool same = what.Equals(measure, StringComparison.OrdinalIgnoreCase) || (Quantities.GetValueOrDefault(measure) is { Length: > 0 } of && of.Equals(what, StringComparison.OrdinalIgnoreCase));
        return same ? (limit, match.Groups[2].Value[0] == '>') : (null, true);
    }

    /// <summary>Where a measure should be when the specification limits its distance from there: 1 of <c>abs(copy-1)&lt;0.05</c>. Null for any other.</summary>
    public double? AimOf(string measure, string? spec)
    {
        if (spec is null || Distance().Match(spec.Trim('"')) is not { Success: true } match)
            return null;
        string what = match.Groups[1].Value.Trim();
        if (!what.Equals(measure, StringComparison.OrdinalIgnoreCase) && !what.Equals(Quantities.GetValueOrDefault(measure), StringComparison.OrdinalIgnoreCase))
            return null;
        return match.Groups[3].Success ? (match.Groups[2].Value == "-" ? 1 : -1) * double.Parse(match.Groups[3].Value, CultureInfo.InvariantCulture) : 0;
    }

    /// <summary>Whether more of a measure is better.</summary>
    public bool IsBetterHigh(string measure, string? spec)
    {
        (double? limit, bool above) = LimitOf(measure, spec);
        if (limit is not null)
            return above;
        string of = measure + " " + Quantities.GetValueOrDefault(measure);
        return !(of.Contains("error", StringComparison.OrdinalIgnoreCase) || of.Contains("cost", StringComparison.OrdinalIgnoreCase) || of.Contains("loss", StringComparison.OrdinalIgnoreCase) || of.Contains("angle", StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>The unit of a measure that is a voltage, a current, sums and differences of voltages or of currents alone, or an angle; else empty.</summary>
    public string UnitOf(string measure)
    {
        return UnitOfQuantity(Quantities.GetValueOrDefault(measure) ?? string.Empty);
    }

    /// <summary>The unit of a quantity as decks write it, when it is a voltage, a current, sums and differences of voltages or of currents alone, or an angle; else empty.</summary>
    /// <param name="of">The quantity.</param>
    public static string UnitOfQuantity(string of)
    {
        if (Angle().IsMatch(of))
            return "°";
        return Sum().Match(of) is { Success: true } match ? (match.Groups[1].Value.ToLowerInvariant() is "v" ? "V" : "A") : string.Empty;
    }

    private static string Text(Circuits.Value value) => value is Circuits.TextValue text ? text.Text : value.Span.IsWritten ? value.Span.Text.ToString().Trim('\'', '{', '}') : string.Empty;

    [GeneratedRegex(@"^\s*([^<>=&|]+?)\s*([<>])=?\s*([0-9.eE+-]+)\s*$", RegexOptions.CultureInvariant)]
    private static partial Regex Comparison();

    [GeneratedRegex(@"^\s*abs\(\s*(.+?)\s*(?:([-+])\s*([0-9.]+(?:[eE][-+]?[0-9]+)?))?\s*\)\s*<=?[^<>&|]+$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Distance();

    [GeneratedRegex(@"^\s*(?:abs\()?\s*-?\s*(v|i)\([^()]*\)(?:\s*[-+]\s*\1\([^()]*\))*\s*\)?\s*$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Sum();

    [GeneratedRegex(@"^\s*(?:bias_)?angle\([^()]*\)\s*$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Angle();
}
