using System.Collections.Immutable;
using System.Globalization;
using AnalogLearn.Netlist;
using AnalogLearn.Numerics;
using AnalogLearn.Variation;

namespace AnalogLearn.Studies.Explaining;

/// <summary>The studies that explain, at one point of a sweep. All of them run the chips of the deck's study, so that what differs is what was changed and not the luck of the draw.</summary>
/// <param name="runner">Runs chips.</param>
/// <param name="spec">The specification, or null.</param>
/// <param name="chips">The chips of the deck's study, or of these when the card says none.</param>
/// <param name="basis">How the study draws its chips, or null for the generator alone.</param>
/// <param name="step">The point.</param>
/// <param name="diagnostics">Receives what cannot be explained.</param>
internal sealed class Explainer(VariantRunner runner, string? spec, int chips, ChipSampling? basis, IReadOnlyDictionary<string, double> step, DiagnosticBag diagnostics)
{
    private const double Quantile = 1.959963984540054;
    private const int UsualBase = 512;

    /// <summary>The name that the specification has among measures.</summary>
    private const string Yield = "yield";

    /// <summary>
    /// <c>.corner sigma=3 of=lot|dev|all</c>: the nominal design, all draws of that kind k standard deviations up, all down, and one at a time. What is not moved is nominal; a uniform draw goes to the same quantile, a
    /// truncated one not beyond its end.
    /// </summary>
    public ImmutableArray<CornerRecord> Corners(ExplanationCard card, CancellationToken cancellation)
    {
        double sigma = card.Number("sigma", 3);
        string of = card.Word("of") ?? "lot";
        var space = DrawSpace.Of(runner.Design);
        int[] moved = [.. Enumerable.Range(0, space.Coordinates.Length).Where(k => of == "all" || (of == "lot") == IsLot(space.Coordinates[k]))];
        if (moved.Length == 0)
        {
            diagnostics.Warning(Codes.NotExplained, card.Span, $"nothing is at a corner: no draw is of={of}", "there are of=lot, dev and all; LOT=5% behind a parameter of a model makes a draw of the lot");
            return [];
        }

        var variants = new List<Variant>
        {
            new("nominal", Held([])),
            new("all +", Held(moved.Select(k => (k, sigma)))),
            new("all -", Held(moved.Select(k => (k, -sigma)))),
        };
        foreach (int k in moved)
        {
            variants.Add(new(space.Coordinates[k].Name + " +", Held([(k, sigma)])));
            variants.Add(new(space.Coordinates[k].Name + " -", Held([(k, -sigma)])));
        }

        ChipRecord[] rows = runner.Once(string.Create(CultureInfo.InvariantCulture, $"corner sigma={sigma:R} of={of}"), variants, cancellation);
        return [.. rows.Select((r, k) => new CornerRecord(variants[k].Name, k == 0 ? 0 : sigma, WithYield(r), r.Status, step))];

        ChipSampling Held(IEnumerable<(int Place, double Value)> values) => new() { Space = space, Held = values.ToImmutableDictionary(v => v.Place, v => v.Value) };
    }

    /// <summary><c>.ablate [chips=n]</c>: the same chips with each non-ideality alone, and with all but it.</summary>
    public ImmutableArray<AblationRecord> Ablate(ExplanationCard card, CancellationToken cancellation)
    {
        int n = (int)card.Number("chips", chips);
        ImmutableArray<NonIdeality> all = SwitchableNonIdealities.Of(runner.Design);
        if (all.IsEmpty)
        {
            diagnostics.Warning(Codes.NotExplained, card.Span, "nothing in the deck keeps chips from being the design", "write DEV=5% behind a parameter");
            return [];
        }

        var variants = new List<Variant?> { SwitchableNonIdealities.Without("all", runner.Design, [], basis), SwitchableNonIdealities.Without("none", runner.Design, all, basis) };
        foreach (NonIdeality one in all)
        {
            variants.Add(SwitchableNonIdealities.Without(one.Name, runner.Design, [.. all.Where(o => o != one && !o.Overlaps(one))], basis));
            variants.Add(SwitchableNonIdealities.Without(one.Name, runner.Design, [one], basis));
        }

        foreach (NonIdeality one in all.Where((_, k) => variants[2 + (2 * k)] is null || variants[3 + (2 * k)] is null))
            diagnostics.Warning(Codes.NotExplained, card.Span, $"the deck cannot be read without '{one.Name}', which is left out", "it is part of what makes the circuit one: give its other parameters a value that stands without it");
        Variant[] sound = [.. variants.OfType<Variant>()];
        ChipRecord[][] found = runner.Run("ablate", sound, n, cancellation);
        ChipRecord[]? Rows(int k) => variants[k] is { } v ? found[Array.IndexOf(sound, v)] : null;
        if (Rows(0) is not { } whole || Rows(1) is not { } nothing)
            return [];
        var records = ImmutableArray.CreateBuilder<AblationRecord>();
        string[] measures = [.. VariantRunner.MeasuresOf(whole.Concat(nothing)), .. spec is null ? Array.Empty<string>() : [Yield]];
        foreach (string measure in measures)
        {
            records.Add(new AblationRecord("all", "reference", measure, Mean(whole, measure), double.NaN, double.NaN, double.NaN, n, step));
            records.Add(new AblationRecord("none", "reference", measure, Mean(nothing, measure), double.NaN, double.NaN, double.NaN, n, step));
            for (int k = 0; k < all.Length; k++)
            {
                if (Rows(2 + (2 * k)) is { } only)
                    records.Add(Compared(all[k].Name, "only", measure, only, only, nothing));
                if (Rows(3 + (2 * k)) is { } without)
                    records.Add(Compared(all[k].Name, "without", measure, without, whole, without));
            }
        }

        return records.DrainToImmutable();
    }

    /// <summary><c>.variance [chips=n]</c>: Sobol's indices of every spread, from n pairs of chips; n (spreads + 2) are simulated.</summary>
    public ImmutableArray<VarianceRecord> Variances(ExplanationCard card, CancellationToken cancellation)
    {
        int n = (int)card.Number("chips", UsualBase);
        string[] spreads = [.. DrawSpace.Of(runner.Design).Spreads];
        if (spreads.Length == 0)
        {
            diagnostics.Warning(Codes.NotExplained, card.Span, "nothing in the deck varies", "write DEV=5% behind a parameter");
            return [];
        }

        Variant[] variants =
        [
            new("A", new ChipSampling()),
            new("B", new ChipSampling { Source = (_, chip) => chip + n }),
            .. spreads.Select(own => new Variant(own, new ChipSampling { Source = (spread, chip) => spread == own ? chip + n : chip })),
        ];
        ChipRecord[][] rows = runner.Run(string.Create(CultureInfo.InvariantCulture, $"variance chips={n}"), variants, n, cancellation);
        var records = ImmutableArray.CreateBuilder<VarianceRecord>();
        foreach (string measure in VariantRunner.MeasuresOf(rows[0]))
        {
            double[][] values = [.. rows.Select(r => r.Select(c => Value(c, measure)).ToArray())];
            int[] whole = [.. Enumerable.Range(0, n).Where(k => values.All(v => double.IsFinite(v[k])))];
            if (whole.Length < 2)
                continue;
            double[] a = [.. whole.Select(k => values[0][k])], b = [.. whole.Select(k => values[1][k])];
            double deviation = Deviation([.. a, .. b]);
            if (deviation == 0)
                continue;
            for (int s = 0; s < spreads.Length; s++)
            {
                (VarianceIndices.Index first, VarianceIndices.Index total) = VarianceIndices.Of(a, b, [.. whole.Select(k => values[2 + s][k])], CounterRandom.ForPath(runner.Seed, "*bootstrap", measure, spreads[s]));
                records.Add(new VarianceRecord(measure, spreads[s], first.Value, first.Low, first.High, total.Value, total.Low, total.High, deviation, whole.Length, step));
            }
        }

        return records.DrainToImmutable();
    }

    /// <summary>
    /// <c>.predict</c>: σ of every measure to first order, √Σ (∂m/∂z)² over all draws z, beside that of the chips. Derivatives come from the adjoint where there is one (<see cref="AdjointOfMeasures"/>), else from central
    /// differences of half a standard deviation along every draw.
    /// </summary>
    /// <param name="card">The card.</param>
    /// <param name="rows">The chips of the study, or none.</param>
    /// <param name="adjoint">Gives derivatives of measures by the draws, or nothing for those that have no adjoint.</param>
    /// <param name="cancellation">Stops early.</param>
    public ImmutableArray<PredictionRecord> Predict(ExplanationCard card, IReadOnlyList<ChipRecord> rows, Func<DrawSpace, IReadOnlyDictionary<string, double[]>> adjoint, CancellationToken cancellation)
    {
        const double difference = 0.5;
        var space = DrawSpace.Of(runner.Design);
        int n = space.Coordinates.Length;
        if (n == 0)
        {
            diagnostics.Warning(Codes.NotExplained, card.Span, space.Beyond == 0 ? "nothing in the deck varies" : "all draws are those of large arrays, which have no first-order prediction", "write DEV=5% behind a parameter; .ablate and .variance take whole arrays");
            return [];
        }

        ChipRecord nominal = runner.Once("nominal", [new Variant("nominal", new ChipSampling { Source = (_, _) => 0 })], cancellation)[0];
        string[] measures = VariantRunner.MeasuresOf([nominal]);
        IReadOnlyDictionary<string, double[]> exact = adjoint(space);
        ChipRecord[] moved = measures.All(exact.ContainsKey) ? [] : runner.Once(
            "predict",
            [
                .. Enumerable.Range(0, 2 * n).Select(k => new Variant(
                    space.Coordinates[k / 2].Name + ((k & 1) == 0 ? " +" : " -"), new ChipSampling { Space = space, Held = ImmutableDictionary<int, double>.Empty.Add(k / 2, (k & 1) == 0 ? difference : -difference) })),
            ],
            cancellation);
        var records = ImmutableArray.CreateBuilder<PredictionRecord>();
        foreach (string measure in measures)
        {
            bool isExact = exact.TryGetValue(measure, out double[]? derivatives);
            derivatives ??= [.. Enumerable.Range(0, n).Select(k => (Value(moved[2 * k], measure) - Value(moved[(2 * k) + 1], measure)) / (2 * difference))];
            double variance = derivatives.Where(double.IsFinite).Sum(d => d * d);
            double Share(double square) => variance > 0 ? square / variance : 0;
            double[] found = [.. rows.Select(r => Value(r, measure)).Where(double.IsFinite)];
            double deviation = found.Length < 2 ? double.NaN : Deviation(found);

            // χ² of n − 1 degrees of freedom, after Wilson and Hilferty, with the kurtosis of the chips in place of that of a normal distribution.
            double relative = found.Length < 2 ? double.NaN : Quantile * Math.Sqrt(Math.Max(0.1, Kurtosis(found) - 1) / (4 * found.Length));
            records.Add(new PredictionRecord(
                measure,
                isExact ? "adjoint" : "differences",
                Value(nominal, measure),
                Math.Sqrt(variance),
                deviation,
                deviation * Math.Exp(-relative),
                deviation * Math.Exp(relative),
                found.Length == 0 ? double.NaN : found.Average(),
                found.Length,
                step)
            {
                Draws =
                [
                    .. derivatives.Select((d, k) => new ContributionRecord(space.Coordinates[k].Name, space.Coordinates[k].Spread, d, Share(d * d))).OrderByDescending(c => c.Share).ThenBy(c => c.Name, StringComparer.Ordinal),
                ],
                Spreads =
                [
                    .. derivatives.Select((d, k) => (space.Coordinates[k].Spread, Square: d * d)).GroupBy(d => d.Spread, StringComparer.Ordinal)
                        .Select(g => new ContributionRecord(g.Key, g.Key, Math.Sqrt(g.Sum(d => d.Square)), Share(g.Sum(d => d.Square)))).OrderByDescending(c => c.Share).ThenBy(c => c.Name, StringComparer.Ordinal),
                ],
                LeftOut = space.Beyond,
            });
        }

        if (space.Beyond > 0)
            diagnostics.Warning(Codes.NotExplained, card.Span, string.Create(CultureInfo.InvariantCulture, $"{space.Beyond} draws of large arrays are not in the first-order prediction"), ".ablate and .variance take them as a whole");
        return records.DrainToImmutable();
    }

    private static bool IsLot(DrawCoordinate coordinate) => coordinate.Path[0] is "*lot" or "*lot group" || (coordinate.Path[0] is "*expression" && coordinate.Path[1].StartsWith('.'));

    private AblationRecord Compared(string name, string way, string measure, ChipRecord[] of, ChipRecord[] with, ChipRecord[] without)
    {
        double[] changes = [.. with.Zip(without, (a, b) => Value(a, measure) - Value(b, measure)).Where(double.IsFinite)];
        double mean = changes.Length == 0 ? double.NaN : changes.Average();
        double half = changes.Length < 2 ? double.NaN : Quantile * Deviation(changes) / Math.Sqrt(changes.Length);
        return new AblationRecord(name, way, measure, Mean(of, measure), mean, mean - half, mean + half, changes.Length, step);
    }

    private static double Mean(ChipRecord[] rows, string measure)
    {
        double[] values = [.. rows.Select(r => Value(r, measure)).Where(double.IsFinite)];
        return values.Length == 0 ? double.NaN : values.Average();
    }

    /// <summary>A measure of a chip. A chip that could not be simulated does not meet the specification.</summary>
    private static double Value(ChipRecord row, string measure) =>
        measure == Yield && !row.Measures.ContainsKey(Yield) ? row.Measures.GetValueOrDefault(MonteCarlo.SpecName) == 1 ? 1 : 0 : row.Measures.GetValueOrDefault(measure, double.NaN);

    private static double Deviation(double[] values)
    {
        double mean = values.Average();
        return Math.Sqrt(values.Sum(v => (v - mean) * (v - mean)) / Math.Max(1, values.Length - 1));
    }

    private static double Kurtosis(double[] values)
    {
        double mean = values.Average(), square = values.Average(v => (v - mean) * (v - mean));
        return square == 0 ? 3 : values.Average(v => Math.Pow(v - mean, 4)) / (square * square);
    }

    private Dictionary<string, double> WithYield(ChipRecord row)
    {
        var measures = row.Measures.Where(m => m.Key != MonteCarlo.SpecName).ToDictionary(m => m.Key, m => m.Value, StringComparer.OrdinalIgnoreCase);
        if (spec is not null)
            measures[MonteCarlo.SpecName] = row.Measures.GetValueOrDefault(MonteCarlo.SpecName);
        return measures;
    }
}
