namespace AnalogLearn.Plots;

public static partial class Figures
{
    /// <summary>The share of chips that meet the specification over a stepped parameter, with the interval that so many chips leave.</summary>
    /// <param name="yields">Yield from 0 to 1 over the parameter, with <see cref="Curve.Lower"/> and <see cref="Curve.Upper"/>; one curve for each value of whatever else is stepped.</param>
    /// <param name="x">The axis of the parameter.</param>
    /// <param name="subtitle">A line below the heading: the specification.</param>
    /// <param name="name">The figure's name.</param>
    public static Figure YieldCurve(IReadOnlyList<Curve> yields, Axis x, string subtitle = "", string name = "yield") => new(name, "Yield over " + x.Label)
    {
        Subtitle = subtitle,
        Caption = "Bands: 95 % intervals of Wilson.",
        PanelWidth = 560,
        PanelHeight = 350,
        Panels =
        [
            new()
            {
                X = x,
                Y = new("yield", "%") { Minimum = 0, Maximum = 102 },
                Series =
                [
                    .. yields.Select(static (c, k) => c.ToSeries(100, Palette.SeriesMarker(k)) with { Colour = c.Colour ?? Palette.Series(k), Dash = c.Dash ?? (Dash)(k % 4) }),
                    .. yields.Select(static (c, k) => new IntervalSeries(c.X, Percent(c.Y), Percent(c.Lower), Percent(c.Upper)) { Colour = c.Colour ?? Palette.Series(k), Marker = Marker.None, Width = 1.1, Cap = 6 }),
                ],
                ReferenceLines = [new(Direction.Horizontal, 90, "90 %") { Dash = Dash.Dotted }, new(Direction.Horizontal, 50, "50 %") { Dash = Dash.Dotted }],
            },
        ],
    };

    private static double[] Percent(IReadOnlyList<double> shares) => [.. shares.Select(static v => 100 * v)];
}
