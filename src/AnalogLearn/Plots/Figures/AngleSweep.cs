namespace AnalogLearn.Plots;

public static partial class Figures
{
    /// <summary>Angle to the exact gradient against anything that is swept: degree of symmetry of the weights, settling time, noise.</summary>
    /// <param name="curves">Angle [°] against the swept quantity, one curve per form of the rule; with bands over random networks if they have any.</param>
    /// <param name="x">The axis of the swept quantity.</param>
    /// <param name="title">The heading.</param>
    /// <param name="subtitle">A line below the heading.</param>
    /// <param name="name">The figure's name.</param>
    public static Figure AngleSweep(IReadOnlyList<Curve> curves, Axis x, string title = "Angle to the exact gradient", string subtitle = "", string name = "angle-sweep")
    {
        double steepest = curves.SelectMany(static c => c.Y.Concat(c.Upper)).Where(double.IsFinite).DefaultIfEmpty(90).Max();
        return new(name, title)
        {
            Subtitle = subtitle,
            PanelWidth = 540,
            PanelHeight = 340,
            Panels =
            [
                new()
                {
                    X = x,
                    Y = new("angle", "°") { Minimum = 0 },
                    Series = [.. curves.Select(static (c, k) => c.ToSeriesAmong(k))],
                    ReferenceLines = steepest > 75 ? [new(Direction.Horizontal, 90, "90°: no better than chance")] : [],
                },
            ],
        };
    }
}
