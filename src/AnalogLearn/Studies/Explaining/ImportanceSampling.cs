using System.Collections.Immutable;
using System.Globalization;
using AnalogLearn.Variation;

namespace AnalogLearn.Studies.Explaining;

/// <summary>A place where chips fail, as near as any to the design.</summary>
/// <param name="Distance">Its distance from the design [σ].</param>
/// <param name="Coordinates">The draws that lead there, largest first [σ].</param>
public sealed record FailurePoint(double Distance, IReadOnlyDictionary<string, double> Coordinates);

/// <summary>What importance sampling found of a rare failure.</summary>
/// <param name="Method">shift or scale.</param>
/// <param name="FailureProbability">The probability that a chip fails.</param>
/// <param name="StandardError">Its standard error.</param>
/// <param name="Low">Lower end of its 95 % interval.</param>
/// <param name="High">Upper end of its 95 % interval.</param>
/// <param name="Sigma">Where a normal distribution has that tail, −Φ⁻¹(p).</param>
/// <param name="EffectiveFailures">(Σw)²/Σw² of the chips that failed: how many equal ones they are worth.</param>
/// <param name="EffectiveChips">(Σw)²/Σw² of all chips.</param>
/// <param name="PlainChips">How many chips plain Monte Carlo would need for the same standard error.</param>
/// <param name="Dimensions">How many draws are shifted or scaled.</param>
/// <param name="PilotChips">Simulations that the search for the points of failure took.</param>
public sealed record ImportanceRecord(
    string Method, double FailureProbability, double StandardError, double Low, double High, double Sigma, double EffectiveFailures, double EffectiveChips, double PlainChips, int Dimensions, int PilotChips)
{
    /// <summary>The points of failure, nearest first.</summary>
    public ImmutableArray<FailurePoint> Points { get; init; } = [];
}

/// <summary>
/// Rare failures. Chips are drawn from q in place of the standard normal φ of their coordinates z and weighted by w = φ(z)/q(z): p = Σ w 1(fails)/n, with the standard error of that mean (Kahn and Marshall 1953,
/// DOI 10.1287/opre.1.5.263). Shift: q = Σ α_k φ(z − μ_k), a mixture about the origin (a tenth) and the most probable point of failure of every limit of the specification. That point is sought by the iteration of
/// Hasofer, Lind, Rackwitz and Fiessler (1978, DOI 10.1016/0045-7949(78)90046-9), z ← (∇g·z − g)∇g/|∇g|², halving steps that do not help, with derivatives from central differences. Scale: every z times s.
/// </summary>
/// <remarks>
/// Valid where failures lie about the points that were found. A limit of which several distant regions fail, symmetric ones apart that <c>abs</c> names, has points that this search does not see: compare with
/// importance=scale then, which supposes nothing, but needs many chips beyond some ten draws.
/// </remarks>
internal static class ImportanceSampling
{
    private const int MostIterations = 12;
    private const double Difference = 0.05;
    private const double FarthestStep = 4;
    private const double Farthest = 12;
    private const double PlainShare = 0.1;

    /// <summary>The parts that chips are drawn from.</summary>
    /// <param name="runner">Runs chips of the deck with its margins.</param>
    /// <param name="margins">The measures of the margins.</param>
    /// <param name="space">The coordinates.</param>
    /// <param name="cancellation">Stops early.</param>
    public static (ImmutableArray<ShiftedPart> Parts, ImmutableArray<FailurePoint> Points) Find(VariantRunner runner, ImmutableArray<string> margins, DrawSpace space, CancellationToken cancellation)
    {
        var found = new List<(double Distance, double[] Point)>();
        foreach (string margin in margins)
        {
            if (Search(runner, margin, space, cancellation) is { } point && Norm(point) is > 0 and < Farthest && !found.Exists(f => Norm([.. f.Point.Zip(point, (a, b) => a - b)]) < 0.5))
                found.Add((Norm(point), point));
        }

        found.Sort((a, b) => a.Distance.CompareTo(b.Distance));
        int n = space.Coordinates.Length;
        ImmutableArray<double> origin = [.. new double[n]];
        if (found.Count == 0)
            return ([new ShiftedPart(1, origin)], []);

        // Near points get their share of failures; far ones enough to be seen.
        double most = StandardDraw.Cumulative(-found[0].Distance);
        double[] shares = [.. found.Select(f => Math.Max(StandardDraw.Cumulative(-f.Distance), 0.1 * most))];
        double sum = shares.Sum();
        return (
            [new ShiftedPart(PlainShare, origin), .. found.Select((f, k) => new ShiftedPart((1 - PlainShare) * shares[k] / sum, [.. f.Point]))],
            [.. found.Select(f => new FailurePoint(f.Distance, Largest(f.Point, space)))]);
    }

    /// <summary>What the chips of a study say of the probability that one fails.</summary>
    /// <param name="method">How chips were drawn.</param>
    /// <param name="weights">The weight of each chip.</param>
    /// <param name="fails">Whether it fails.</param>
    /// <param name="dimensions">How many draws are shifted or scaled.</param>
    /// <param name="pilot">Simulations of the search.</param>
    public static ImportanceRecord Estimate(string method, IReadOnlyList<double> weights, IReadOnlyList<bool> fails, int dimensions, int pilot)
    {
        const double quantile = 1.959963984540054;
        int n = weights.Count;
        double sum = 0, squares = 0, all = 0, allSquares = 0;
        for (int k = 0; k < n; k++)
        {
            double w = weights[k];
            all += w;
            allSquares += w * w;
            if (!fails[k])
                continue;
            sum += w;
            squares += w * w;
        }

        double p = sum / n;
        double error = n < 2 ? double.NaN : Math.Sqrt(Math.Max(0, (squares / n) - (p * p)) / (n - 1));

        // The interval is one of the logarithm: a probability is not negative, and errors of rare ones are relative.
        double factor = Math.Exp(quantile * error / p);
        return new ImportanceRecord(
            method,
            p,
            error,
            p > 0 ? p / factor : 0,
            p > 0 ? Math.Min(1, p * factor) : double.NaN,
            p is > 0 and < 1 ? -Numerics.NormalQuantile.At(p) : double.NaN,
            squares > 0 ? sum * sum / squares : 0,
            all * all / allSquares,
            error > 0 ? p * (1 - p) / (error * error) : double.NaN,
            dimensions,
            pilot);
    }

    private static double[]? Search(VariantRunner runner, string margin, DrawSpace space, CancellationToken cancellation)
    {
        int n = space.Coordinates.Length;
        var z = new double[n];
        double g = Margins(runner, "start", margin, space, [z], cancellation)[0];
        if (!double.IsFinite(g) || g <= 0)
            return null;
        double start = g;
        for (int iteration = 0; iteration < MostIterations; iteration++)
        {
            // Forward and backward along every coordinate.
            double[][] points = [.. Enumerable.Range(0, 2 * n).Select(k => Moved(z, k / 2, (k & 1) == 0 ? Difference : -Difference))];
            double[] values = Margins(runner, string.Create(CultureInfo.InvariantCulture, $"differences {iteration + 1}"), margin, space, points, cancellation);
            double[] gradient = [.. Enumerable.Range(0, n).Select(d => (values[2 * d] - values[(2 * d) + 1]) / (2 * Difference)).Select(v => double.IsFinite(v) ? v : 0)];
            double square = gradient.Sum(v => v * v);
            if (square == 0)
                return null;
            double along = gradient.Zip(z, (a, b) => a * b).Sum();
            double[] target = [.. gradient.Select(v => v * (along - g) / square)];
            double[] step = [.. target.Zip(z, (a, b) => a - b)];
            double length = Norm(step);
            double share = Math.Min(1, FarthestStep / length);

            // Of a whole step, a half and a quarter, the one with the least merit |g|/|∇g| + |z|/10: failure first, then nearness.
            double[][] tried = [.. new[] { 1, 0.5, 0.25 }.Select(s => z.Zip(step, (a, b) => a + (s * share * b)).ToArray())];
            double[] found = Margins(runner, string.Create(CultureInfo.InvariantCulture, $"steps {iteration + 1}"), margin, space, tried, cancellation);
            double scale = Math.Sqrt(square);
            int best = -1;
            for (int k = 0; k < tried.Length; k++)
            {
                if (double.IsFinite(found[k]) && (best < 0 || Merit(k) < Merit(best) - 1e-12))
                    best = k;
            }

            if (best < 0)
                return null;
            bool stands = Norm([.. tried[best].Zip(z, (a, b) => a - b)]) < 0.02;
            (z, g) = (tried[best], found[best]);
            if (stands || (Math.Abs(g) < 1e-3 * start && length < 0.1))
                break;

            double Merit(int k) => (Math.Abs(found[k]) / scale) + (0.1 * Norm(tried[k]));
        }

        return Math.Abs(g) < 0.2 * start ? z : null;
    }

    private static double[] Moved(double[] z, int d, double by)
    {
        double[] moved = [.. z];
        moved[d] += by;
        return moved;
    }

    private static double[] Margins(VariantRunner runner, string what, string margin, DrawSpace space, double[][] points, CancellationToken cancellation) =>
        [.. runner.Once($"search {margin} {what}", [.. points.Select(p => new Variant(string.Empty, new ChipSampling { Space = space, Held = p.Select((v, k) => KeyValuePair.Create(k, v)).ToImmutableDictionary() }))], cancellation)
            .Select(r => r.Measures.GetValueOrDefault(margin, double.NaN))];

    private static double Norm(double[] z) => Math.Sqrt(z.Sum(v => v * v));

    private static Dictionary<string, double> Largest(double[] z, DrawSpace space)
    {
        const int most = 12;
        return z.Select((v, k) => (Value: v, space.Coordinates[k].Name)).OrderByDescending(p => Math.Abs(p.Value)).Take(most).Where(p => Math.Abs(p.Value) > 1e-3).ToDictionary(p => p.Name, p => p.Value);
    }
}
