namespace AnalogLearn.Plots;

/// <summary>What one cause does to a quantity.</summary>
/// <param name="Label">The cause.</param>
/// <param name="Change">The change.</param>
/// <param name="Low">Lower end of its interval; NaN for none.</param>
/// <param name="High">Upper end of its interval; NaN for none.</param>
public sealed record Effect(string Label, double Change, double Low = double.NaN, double High = double.NaN);

public static partial class Figures
{
    private const double BarHalf = 0.34;

    /// <summary>What each of several causes does, as bars that lie, with intervals; in the order given, the first at the top.</summary>
    /// <param name="groups">Names and effects: one group for each way of asking (each cause alone, all but each); all with the same labels in the same order.</param>
    /// <param name="x">The axis of the change.</param>
    /// <param name="title">The heading.</param>
    /// <param name="subtitle">A line below the heading.</param>
    /// <param name="name">The figure's name.</param>
    public static Figure Ablation(IReadOnlyList<(string Label, IReadOnlyList<Effect> Effects)> groups, Axis x, string title = "What each non-ideality costs", string subtitle = "", string name = "ablation")
    {
        string[] labels = groups.Count == 0 ? [] : [.. groups[0].Effects.Select(static e => e.Label)];
        var series = new List<Series>();
        double height = 2 * BarHalf / Math.Max(1, groups.Count);
        for (int g = 0; g < groups.Count; g++)
        {
            Effect[] effects = [.. groups[g].Effects];
            double Top(int k) => k - BarHalf + (g * height);
            series.Add(new RectangleSeries([.. effects.Select((e, k) => new Rectangle(0, Top(k), e.Change, Top(k) + (0.94 * height)))]) { Label = groups[g].Label, Colour = Palette.Series(g), Opacity = 0.8 });
            if (effects.Any(static e => double.IsFinite(e.Low)))
            {
                double[] middle = [.. effects.Select((_, k) => Top(k) + (0.47 * height))];
                series.Add(new IntervalSeries([.. effects.Select(static e => e.Change)], middle, [.. effects.Select(static e => e.Low)], [.. effects.Select(static e => e.High)])
                {
                    Direction = Direction.Horizontal,
                    Marker = Marker.None,
                    Colour = Palette.Ink,
                    Width = 1.1,
                    Cap = Math.Min(7, 14 * height),
                });
            }
        }

        return new(name, title)
        {
            Subtitle = subtitle,
            PanelWidth = 620,
            PanelHeight = 100 + (Math.Max(1, labels.Length) * Math.Max(26, 15 * groups.Count)),
            Panels =
            [
                new()
                {
                    X = x with { IncludeZero = true },
                    Y = new() { Categories = labels.Length == 0 ? ["nothing"] : labels, Reversed = true },
                    Series = series,
                    ReferenceLines = [new(Direction.Vertical, 0) { Colour = Palette.AxisLine, Dash = Dash.Solid }],
                    Legend = LegendPlacement.Above,
                },
            ],
        };
    }
}
