using System.Globalization;

namespace AnalogLearn.Plots;

/// <summary>One way in which every chip was used.</summary>
/// <param name="Label">Its name.</param>
/// <param name="Values">A number for each chip, in the same order in every mode; NaN where there is none.</param>
/// <param name="Mean">Their mean.</param>
/// <param name="Low">Lower end of the mean's interval.</param>
/// <param name="High">Upper end of the mean's interval.</param>
public sealed record PairedMode(string Label, IReadOnlyList<double> Values, double Mean, double Low, double High)
{
    /// <summary>Whether the number is one for all chips (a reference without variation); it is drawn as a line across.</summary>
    public bool IsReference { get; init; }
}

public static partial class Figures
{
    private const int MostPaired = 200;

    /// <summary>The same chips in several modes: a line for each chip, a box from quartile to quartile, the mean with its interval.</summary>
    /// <param name="modes">The modes.</param>
    /// <param name="y">The axis of what is compared.</param>
    /// <param name="subtitle">A line below the heading: the number that matters.</param>
    /// <param name="name">The figure's name.</param>
    public static Figure PairedComparison(IReadOnlyList<PairedMode> modes, Axis y, string subtitle = "", string name = "comparison")
    {
        PairedMode[] across = [.. modes.Where(static m => !m.IsReference)];
        int chips = across.Length == 0 ? 0 : across.Max(static m => m.Values.Count);
        int every = Math.Max(1, (chips + MostPaired - 1) / MostPaired);
        var x = new List<double>();
        var lines = new List<double>();
        for (int chip = 0; chip < chips; chip += every)
        {
            for (int m = 0; m < across.Length; m++)
            {
                x.Add(m);
                lines.Add(chip < across[m].Values.Count ? across[m].Values[chip] : double.NaN);
            }

            x.Add(across.Length);
            lines.Add(double.NaN);
        }

        var series = new List<Series> { new LineSeries(x, lines) { Colour = Palette.White.Towards(Palette.Grey, 0.35), Width = 0.6, Dash = Dash.Solid } };
        const double half = 0.17;
        for (int m = 0; m < across.Length; m++)
        {
            double[] sorted = Quantiles.Sorted(across[m].Values);
            double median = Quantiles.Of(sorted, 0.5);
            Colour colour = Palette.Series(m);
            series.Add(new RectangleSeries([new(m - half, Quantiles.Of(sorted, 0.25), m + half, Quantiles.Of(sorted, 0.75))]) { Colour = colour, Opacity = 0.25, Outlined = true });
            series.Add(new LineSeries([m - half, m + half], [median, median]) { Colour = colour, Width = 2, Dash = Dash.Solid });
            series.Add(new ScatterSeries([.. Enumerable.Repeat((double)m, across[m].Values.Count)], across[m].Values) { Colour = colour, Size = 3.2 });
        }

        if (across.Length > 0)
        {
            series.Add(new IntervalSeries([.. across.Select(static (_, m) => m + half + 0.09)], [.. across.Select(static m => m.Mean)], [.. across.Select(static m => m.Low)], [.. across.Select(static m => m.High)])
            {
                Colour = Palette.Ink,
                Marker = Marker.Diamond,
                Size = 7,
            });
        }

        return new(name, "The same chips, used in different ways")
        {
            Subtitle = subtitle,
            Caption = string.Create(CultureInfo.InvariantCulture, $"Grey lines: one chip each{(every > 1 ? $", one of {every} drawn" : string.Empty)}. Boxes: quartiles and median. Diamonds: mean with its 95 % interval."),
            PanelWidth = Math.Clamp(180 + (120 * across.Length), 420, 760),
            PanelHeight = 380,
            Panels =
            [
                new()
                {
                    X = new() { Categories = across.Length == 0 ? ["no mode"] : [.. across.Select(static m => m.Label)] },
                    Y = y,
                    Series = series,
                    ReferenceLines = [.. modes.Where(static m => m.IsReference).Select(static m => new ReferenceLine(Direction.Horizontal, m.Mean, m.Label) { Colour = Palette.Green })],
                },
            ],
        };
    }
}
