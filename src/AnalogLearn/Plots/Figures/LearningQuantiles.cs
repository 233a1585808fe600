namespace AnalogLearn.Plots;

public static partial class Figures
{
    /// <summary>How many chips learn: the median over chips at each epoch, and the band that holds all but the worst and the best twentieth.</summary>
    /// <param name="curves">Median with band over epochs, such as <see cref="Curve.OfQuantiles"/> gives; one for each way of learning.</param>
    /// <param name="y">The axis of what is measured.</param>
    /// <param name="subtitle">A line below the heading.</param>
    /// <param name="name">The figure's name.</param>
    /// <param name="over">What the median is taken over; empty where every curve is one run.</param>
    public static Figure LearningQuantiles(IReadOnlyList<Curve> curves, Axis y, string subtitle = "", string name = "learning", string over = "chips") => new(name, over == "chips" ? "Learning on many chips" : "Learning")
    {
        Subtitle = subtitle,
        Caption = over.Length == 0 ? string.Empty : $"Lines: median over the {over}. Bands: from the 5 % to the 95 % quantile.",
        PanelWidth = 560,
        PanelHeight = 350,
        Panels =
        [
            new()
            {
                X = Axis.Number("epoch") with { WholeNumbers = true },
                Y = y,
                Series = [.. curves.Select(static (c, k) => c.ToSeriesAmong(k))],
            },
        ],
    };
}
