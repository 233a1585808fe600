using System.Globalization;

namespace AnalogLearn.Plots;

/// <summary>What one quantity came to on many chips.</summary>
/// <param name="Label">What it is.</param>
/// <param name="Values">A number for each chip; what is not finite is passed over.</param>
public sealed record Distribution(string Label, IReadOnlyList<double> Values)
{
    /// <summary>Its unit without prefix, or empty.</summary>
    public string Unit { get; init; } = string.Empty;

    /// <summary>What the nominal design gives, or null.</summary>
    public double? Nominal { get; init; }

    /// <summary>What a chip has to reach or stay below, or null.</summary>
    public double? Limit { get; init; }

    /// <summary>Whether chips above <see cref="Limit"/> pass; otherwise those below.</summary>
    public bool PassesAbove { get; init; } = true;
}

public static partial class Figures
{
    private const int MostDistributions = 12;

    /// <summary>How quantities are distributed over chips, a panel each: counts, the nominal value, the limit of the specification; chips that miss it in another colour.</summary>
    /// <param name="distributions">The quantities; the first twelve are drawn.</param>
    /// <param name="subtitle">A line below the heading.</param>
    /// <param name="name">The figure's name.</param>
    public static Figure Distributions(IReadOnlyList<Distribution> distributions, string subtitle = "", string name = "distributions")
    {
        Panel[] panels = [.. distributions.Take(MostDistributions).Select(Histogram)];
        int columns = panels.Length switch { 1 => 1, 2 or 4 => 2, _ => 3 };
        return new(name, panels.Length == 1 ? "Distribution over chips" : "Distributions over chips")
        {
            Subtitle = subtitle,
            Panels = panels,
            Columns = columns,
            PanelWidth = columns switch { 1 => 540, 2 => 420, _ => 340 },
            PanelHeight = panels.Length == 1 ? 330 : 270,
        };
    }

    private static Panel Histogram(Distribution distribution)
    {
        double[] sorted = Quantiles.Sorted(distribution.Values);
        double[] edges = Edges(sorted, distribution.Limit);
        double[] passing = new double[edges.Length - 1];
        double[] failing = new double[edges.Length - 1];
        foreach (double v in sorted)
        {
            bool passes = distribution.Limit is not { } limit || (distribution.PassesAbove ? v > limit : v < limit);
            (passes ? passing : failing)[Bin(edges, v, passes == distribution.PassesAbove)]++;
        }

        var lines = new List<ReferenceLine>();
        if (distribution.Nominal is { } nominal && double.IsFinite(nominal))
            lines.Add(new(Direction.Vertical, nominal, "nominal") { Colour = Palette.Ink, Dash = Dash.Solid });
        if (distribution.Limit is { } at)
            lines.Add(new(Direction.Vertical, at, (distribution.PassesAbove ? "> " : "< ") + EngineeringNotation.Format(at, distribution.Unit)) { Colour = Palette.Vermillion });
        if (sorted.Length > 1 && sorted[^1] > sorted[0] && lines.Count == 0)
            lines.Add(new(Direction.Vertical, Quantiles.Of(sorted, 0.5), "median") { Dash = Dash.Dotted });
        bool both = failing.Any(static n => n > 0) && passing.Any(static n => n > 0);
        return new()
        {
            Title = sorted.Length == 0
                ? distribution.Label + ": no chip"
                : string.Create(CultureInfo.InvariantCulture, $"{distribution.Label}: {EngineeringNotation.Format(Quantiles.Of(sorted, 0.5), distribution.Unit)} ({EngineeringNotation.Format(Quantiles.Of(sorted, 0.05), distribution.Unit)} … {EngineeringNotation.Format(Quantiles.Of(sorted, 0.95), distribution.Unit)})"),
            X = Axis.Of(distribution.Label, distribution.Unit),
            Y = Axis.Number("chips") with { WholeNumbers = true, Minimum = 0, Maximum = sorted.Length == 0 ? 1 : null },
            Series =
            [
                .. failing.Any(static n => n > 0) ? [new HistogramSeries(edges, failing) { Colour = Palette.Vermillion, Label = both ? "miss the specification" : string.Empty }] : Array.Empty<Series>(),
                .. passing.Any(static n => n > 0) || sorted.Length == 0 ? [new HistogramSeries(edges, passing) { Colour = Palette.Blue, Label = both ? "meet it" : string.Empty }] : Array.Empty<Series>(),
            ],
            ReferenceLines = lines,
        };
    }

    /// <summary>Edges of equal intervals, as <see cref="HistogramSeries.Of"/> chooses them, shifted so that the limit, where it lies among the samples, is one of them.</summary>
    private static double[] Edges(double[] sorted, double? limit)
    {
        double[] edges = [.. HistogramSeries.Of(sorted).Edges];
        if (limit is not { } at || sorted.Length == 0 || !(at > edges[0] && at < edges[^1]))
            return edges;
        double width = (edges[^1] - edges[0]) / (edges.Length - 1);
        int below = (int)Math.Ceiling(((at - edges[0]) / width) - 1e-9);
        int above = (int)Math.Ceiling(((edges[^1] - at) / width) - 1e-9);
        return [.. Enumerable.Range(-below, below + above + 1).Select(k => at + (k * width))];
    }

    /// <summary>The interval of a sample; one that lies on an edge belongs to the upper one or the lower one.</summary>
    private static int Bin(double[] edges, double value, bool upper)
    {
        int n = edges.Length - 1;
        double place = (value - edges[0]) / (edges[^1] - edges[0]) * n;
        double nearest = Math.Round(place);
        int bin = Math.Abs(place - nearest) < 1e-9 ? (int)nearest - (upper ? 0 : 1) : (int)Math.Floor(place);
        return Math.Clamp(bin, 0, n - 1);
    }
}
