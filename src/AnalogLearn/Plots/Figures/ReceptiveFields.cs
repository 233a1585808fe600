using System.Globalization;
using AnalogLearn.Netlist;

namespace AnalogLearn.Plots;

public static partial class Figures
{
    /// <summary>The weights into each neuron drawn as an image, 784 weights as 28 × 28.</summary>
    /// <param name="weights">neurons × (width · height) weights, one row per neuron.</param>
    /// <param name="neurons">Number of rows.</param>
    /// <param name="width">Pixels of the input image across.</param>
    /// <param name="height">Pixels of the input image down.</param>
    /// <param name="most">Neurons shown, from the first.</param>
    /// <param name="label">The array's name.</param>
    /// <param name="subtitle">A line below the heading.</param>
    /// <param name="name">The figure's name.</param>
    public static Figure ReceptiveFields(IReadOnlyList<double> weights, int neurons, int width, int height, int most = 64, string label = "", string subtitle = "", string name = "receptive-fields")
    {
        int shown = Math.Clamp(neurons, 0, most);
        int pixels = width * height;
        var tiles = new List<IReadOnlyList<double>>(shown);
        for (int k = 0; k < shown; k++)
            tiles.Add([.. weights.Skip(k * pixels).Take(pixels)]);
        string which = shown < neurons ? string.Create(CultureInfo.InvariantCulture, $"the first {shown} of {Amount.Of(neurons, "neuron")}, each on its own scale") : "each neuron on its own scale";
        return new(name, label.Length > 0 ? "Receptive fields of " + label : "Receptive fields")
        {
            Subtitle = subtitle.Length > 0 ? $"{subtitle}; {which}" : which,
            PanelWidth = 520,
            PanelHeight = 520,
            Panels = [new() { Series = [new ImageGridSeries(tiles, width, height) { Scale = ColourScale.Diverging, ScaleEachTile = true, GridColumns = Math.Min(10, (int)Math.Ceiling(Math.Sqrt(Math.Max(1, shown)))) }] }],
        };
    }

    /// <summary>Images as the network sees them, black on white, with a text under each.</summary>
    /// <param name="images">One image each: width × height numbers, row after row.</param>
    /// <param name="width">Pixels across.</param>
    /// <param name="height">Pixels down.</param>
    /// <param name="labels">A text per image, or empty.</param>
    /// <param name="title">The heading.</param>
    /// <param name="subtitle">A line below the heading.</param>
    /// <param name="name">The figure's name.</param>
    public static Figure Images(IReadOnlyList<IReadOnlyList<double>> images, int width, int height, IReadOnlyList<string> labels, string title = "Examples", string subtitle = "", string name = "examples") => new(name, title)
    {
        Subtitle = subtitle,
        PanelWidth = 520,
        PanelHeight = 520,
        Panels = [new() { Series = [new ImageGridSeries(images, width, height) { TileLabels = labels, GridColumns = Math.Min(10, Math.Max(1, images.Count)) }] }],
    };
}
