namespace AnalogLearn.Plots;

public static partial class Figures
{
    /// <summary>Images in rows: what was given, and below it what came out, a row for each way of learning. All have one scale.</summary>
    /// <param name="rows">A name and images, each width × height numbers, row after row.</param>
    /// <param name="width">Pixels across.</param>
    /// <param name="height">Pixels down.</param>
    /// <param name="subtitle">A line below the heading.</param>
    /// <param name="name">The figure's name.</param>
    public static Figure Reconstructions(IReadOnlyList<(string Label, IReadOnlyList<double[]> Images)> rows, int width, int height, string subtitle = "", string name = "reconstructions") => new(name, "Reconstructed images")
    {
        Subtitle = subtitle,
        Columns = 1,
        PanelWidth = 560,
        PanelHeight = 64,
        Panels =
        [
            .. rows.Select(row => new Panel { Title = row.Label, Series = [new ImageGridSeries([.. row.Images], width, height) { GridColumns = Math.Max(1, row.Images.Count) }] }),
        ],
    };
}
