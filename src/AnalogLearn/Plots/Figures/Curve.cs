namespace AnalogLearn.Plots;

/// <summary>A named curve, as measured: what the ready-made figures of <see cref="Figures"/> are given.</summary>
/// <param name="Label">Its name in the legend.</param>
/// <param name="X">Positions.</param>
/// <param name="Y">Values, as many; NaN is a gap.</param>
public sealed record Curve(string Label, IReadOnlyList<double> X, IReadOnlyList<double> Y)
{
    /// <summary>Lower edge of a band (a quantile over seeds, mean minus a standard error), as many as Y, or empty.</summary>
    public IReadOnlyList<double> Lower { get; init; } = [];

    /// <summary>Upper edge of the band, as many as Y, or empty.</summary>
    public IReadOnlyList<double> Upper { get; init; } = [];

    /// <summary>The colour; the palette's next one when null.</summary>
    public Colour? Colour { get; init; }

    /// <summary>The stroke; solid when null.</summary>
    public Dash? Dash { get; init; }

    /// <summary>The median of samples at each position, with a band between two quantiles.</summary>
    /// <param name="label">The curve's name.</param>
    /// <param name="x">Positions.</param>
    /// <param name="samples">At each position, what came of every chip; what is not finite is passed over.</param>
    /// <param name="low">Lower edge of the band, as a share.</param>
    /// <param name="high">Upper edge of the band, as a share.</param>
    public static Curve OfQuantiles(string label, IReadOnlyList<double> x, IReadOnlyList<IReadOnlyList<double>> samples, double low = 0.05, double high = 0.95)
    {
        double[][] sorted = [.. samples.Select(Quantiles.Sorted)];
        return new(label, x, [.. sorted.Select(static s => Quantiles.Of(s, 0.5))])
        {
            Lower = [.. sorted.Select(s => Quantiles.Of(s, low))],
            Upper = [.. sorted.Select(s => Quantiles.Of(s, high))],
        };
    }

    /// <summary>The curve as a series, with markers when it has few points.</summary>
    /// <param name="factor">What values are multiplied by, such as 100 for percentages.</param>
    /// <param name="marker">The marker when points are few.</param>
    public LineSeries ToSeries(double factor = 1, Marker marker = Marker.Circle) => new(X, Scaled(Y, factor))
    {
        Label = Label,
        Lower = Scaled(Lower, factor),
        Upper = Scaled(Upper, factor),
        Colour = Colour,
        Dash = Dash,
        Marker = X.Count <= 40 ? marker : Marker.None,
    };

    /// <summary>The k-th of several curves that may lie on each other: dash and marker tell them apart where colour cannot.</summary>
    /// <param name="k">The number of the curve, from 0.</param>
    internal LineSeries ToSeriesAmong(int k) => ToSeries(marker: Palette.SeriesMarker(k)) with { Dash = Dash ?? (Dash)(k % 4) };

    private static IReadOnlyList<double> Scaled(IReadOnlyList<double> values, double factor) => factor == 1 ? values : [.. values.Select(v => v * factor)];
}
