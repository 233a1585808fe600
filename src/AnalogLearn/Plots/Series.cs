namespace AnalogLearn.Plots;

/// <summary>The stroke of a line.</summary>
public enum Dash
{
    /// <summary>Unbroken.</summary>
    Solid,

    /// <summary>Long dashes.</summary>
    Dashed,

    /// <summary>Dots.</summary>
    Dotted,

    /// <summary>Dash, dot, dash.</summary>
    DashDotted,
}

/// <summary>The shape that marks a point.</summary>
public enum Marker
{
    /// <summary>No marker.</summary>
    None,

    /// <summary>Filled circle.</summary>
    Circle,

    /// <summary>Filled square.</summary>
    Square,

    /// <summary>Filled square on its corner.</summary>
    Diamond,

    /// <summary>Filled triangle.</summary>
    Triangle,

    /// <summary>Diagonal cross.</summary>
    Cross,

    /// <summary>Upright cross.</summary>
    Plus,
}

/// <summary>Where within its interval a step changes.</summary>
public enum StepAt
{
    /// <summary>The value holds from its own position to the next.</summary>
    After,

    /// <summary>The value holds from the position before to its own.</summary>
    Before,

    /// <summary>The value changes half-way between positions.</summary>
    Middle,
}

/// <summary>Something drawn in a panel. Each kind is data alone; back ends decide how it looks.</summary>
public abstract record Series
{
    /// <summary>The name in the legend; no entry when empty. <c>_{…}</c> and <c>^{…}</c> set sub- and superscripts.</summary>
    public string Label { get; init; } = string.Empty;

    /// <summary>The colour; the palette's next one when null.</summary>
    public Colour? Colour { get; init; }

    /// <summary>Whether it belongs to the panel's second Y axis.</summary>
    public bool OnSecondAxis { get; init; }
}

/// <summary>A polyline, with or without markers and a band about it. NaN breaks it.</summary>
/// <param name="X">Positions, in the unit of the X axis.</param>
/// <param name="Y">Values, as many, in the unit of the Y axis.</param>
public sealed record LineSeries(IReadOnlyList<double> X, IReadOnlyList<double> Y) : Series
{
    /// <summary>The stroke; the palette's when null.</summary>
    public Dash? Dash { get; init; }

    /// <summary>Stroke width in CSS pixels (1/96 inch).</summary>
    public double Width { get; init; } = 1.6;

    /// <summary>What marks the points.</summary>
    public Marker Marker { get; init; }

    /// <summary>Lower edge of a shaded band (a quantile, mean minus a standard error), as long as Y, or empty.</summary>
    public IReadOnlyList<double> Lower { get; init; } = [];

    /// <summary>Upper edge of the band, as long as Y, or empty.</summary>
    public IReadOnlyList<double> Upper { get; init; } = [];
}

/// <summary>Points without a line.</summary>
/// <param name="X">Positions, in the unit of the X axis.</param>
/// <param name="Y">Values, as many, in the unit of the Y axis.</param>
public sealed record ScatterSeries(IReadOnlyList<double> X, IReadOnlyList<double> Y) : Series
{
    /// <summary>What marks the points.</summary>
    public Marker Marker { get; init; } = Marker.Circle;

    /// <summary>Diameter of the marker in CSS pixels.</summary>
    public double Size { get; init; } = 5;
}

/// <summary>Points, each with an interval about it that need not be symmetric: means with confidence intervals, yields.</summary>
/// <param name="X">Positions, in the unit of the X axis.</param>
/// <param name="Y">Values, as many, in the unit of the Y axis.</param>
/// <param name="Lower">Lower ends of the intervals, as many; NaN for none.</param>
/// <param name="Upper">Upper ends of the intervals, as many; NaN for none.</param>
public sealed record IntervalSeries(IReadOnlyList<double> X, IReadOnlyList<double> Y, IReadOnlyList<double> Lower, IReadOnlyList<double> Upper) : Series
{
    /// <summary>Vertical: the intervals are of Y. Horizontal: of X.</summary>
    public Direction Direction { get; init; } = Direction.Vertical;

    /// <summary>What marks the points.</summary>
    public Marker Marker { get; init; } = Marker.Circle;

    /// <summary>Diameter of the marker in CSS pixels.</summary>
    public double Size { get; init; } = 6;

    /// <summary>Width of the strokes of the intervals in CSS pixels.</summary>
    public double Width { get; init; } = 1.4;

    /// <summary>Length of the caps at the ends of the intervals in CSS pixels.</summary>
    public double Cap { get; init; } = 7;
}

/// <summary>One rectangle of a <see cref="RectangleSeries"/>, in the units of the axes.</summary>
/// <param name="X0">One end across.</param>
/// <param name="Y0">One end upright.</param>
/// <param name="X1">The other end across.</param>
/// <param name="Y1">The other end upright.</param>
public readonly record struct Rectangle(double X0, double Y0, double X1, double Y1);

/// <summary>Rectangles anywhere between the axes: bars that lie, boxes between quartiles. One with a corner that is not a number is left out.</summary>
/// <param name="Rectangles">The rectangles.</param>
public sealed record RectangleSeries(IReadOnlyList<Rectangle> Rectangles) : Series
{
    /// <summary>How much of what lies behind is hidden, 0 to 1.</summary>
    public double Opacity { get; init; } = 0.85;

    /// <summary>Whether they are outlined in their colour.</summary>
    public bool Outlined { get; init; }
}

/// <summary>A staircase: a value that holds until the next. NaN breaks it.</summary>
/// <param name="X">Positions, in the unit of the X axis.</param>
/// <param name="Y">Values, as many, in the unit of the Y axis.</param>
public sealed record StepSeries(IReadOnlyList<double> X, IReadOnlyList<double> Y) : Series
{
    /// <summary>Where the value changes.</summary>
    public StepAt At { get; init; }

    /// <summary>The stroke; the palette's when null.</summary>
    public Dash? Dash { get; init; }

    /// <summary>Stroke width in CSS pixels.</summary>
    public double Width { get; init; } = 1.6;
}

/// <summary>Bars at the positions 0, 1, 2, … of the X axis, usually one of categories. Several bar series of a panel stand side by side or on each other.</summary>
/// <param name="Values">One height per position; NaN leaves a gap.</param>
public sealed record BarSeries(IReadOnlyList<double> Values) : Series
{
    /// <summary>Half-lengths of error bars, as many as values, or empty.</summary>
    public IReadOnlyList<double> Errors { get; init; } = [];
}

/// <summary>Counts over intervals, drawn as touching bars.</summary>
/// <param name="Edges">Edges of the intervals, ascending, one more than counts.</param>
/// <param name="Counts">What falls in each interval.</param>
public sealed record HistogramSeries(IReadOnlyList<double> Edges, IReadOnlyList<double> Counts) : Series
{
    /// <summary>Counts samples in intervals of equal width.</summary>
    /// <param name="samples">The samples; what is not finite is passed over.</param>
    /// <param name="bins">Number of intervals; chosen by D. Freedman and P. Diaconis's rule (width 2 IQR n^(−1/3)), between 5 and 80, when not given.</param>
    public static HistogramSeries Of(IReadOnlyList<double> samples, int? bins = null)
    {
        double[] sorted = [.. samples.Where(double.IsFinite).Order()];
        if (sorted.Length == 0)
            return new([0, 1], [0]);
        double low = sorted[0];
        double high = sorted[^1];
        if (high <= low)
            (low, high) = (low - (low == 0 ? 0.5 : Math.Abs(low) / 20), high + (high == 0 ? 0.5 : Math.Abs(high) / 20));
        double quartiles = sorted[Math.Min(sorted.Length - 1, 3 * sorted.Length / 4)] - sorted[sorted.Length / 4];
        double width = 2 * quartiles / Math.Cbrt(sorted.Length);
        int n = Math.Max(1, bins ?? (width > 0 ? (int)Math.Clamp(Math.Ceiling((high - low) / width), 5, 80) : 10));
        double[] counts = new double[n];
        foreach (double v in sorted)
            counts[Math.Min(n - 1, (int)((v - low) / (high - low) * n))]++;
        double[] edges = new double[n + 1];
        for (int k = 0; k <= n; k++)
            edges[k] = low + ((high - low) * k / n);
        return new(edges, counts);
    }
}

/// <summary>A matrix as coloured cells; row 0 is at the top. Cell (r, c) is centred at X = c, Y = r.</summary>
/// <param name="Values">Rows × columns numbers, row after row; NaN is grey.</param>
/// <param name="Rows">Number of rows.</param>
/// <param name="Columns">Number of columns.</param>
public sealed record HeatMapSeries(IReadOnlyList<double> Values, int Rows, int Columns) : Series
{
    /// <summary>The colours.</summary>
    public ColourScale Scale { get; init; } = ColourScale.Sequential;

    /// <summary>Number at the scale's start; from the data when null.</summary>
    public double? Minimum { get; init; }

    /// <summary>Number at the scale's end; from the data when null.</summary>
    public double? Maximum { get; init; }

    /// <summary>The power of the share (v − minimum) / (maximum − minimum) that is coloured: below 1, small values get more of the colours.</summary>
    public double Exponent { get; init; } = 1;

    /// <summary>A text per cell, as many as values, shown where it fits; or empty.</summary>
    public IReadOnlyList<string> CellTexts { get; init; } = [];

    /// <summary>Whether a colour bar stands at the right.</summary>
    public bool ColourBar { get; init; } = true;

    /// <summary>What the colours mean.</summary>
    public string ValueLabel { get; init; } = string.Empty;

    /// <summary>The unit of the values, without prefix.</summary>
    public string ValueUnit { get; init; } = string.Empty;

    /// <summary>The range of the colours, given or found.</summary>
    public (double Minimum, double Maximum) ValueRange() => Scale.Range(Values, Minimum, Maximum);

    /// <summary>The place of a value in the colours, from 0 to 1; NaN stays NaN.</summary>
    /// <param name="value">The value.</param>
    /// <param name="range">What <see cref="ValueRange"/> gave.</param>
    internal double ColourShare(double value, (double Minimum, double Maximum) range)
    {
        double share = Math.Clamp((value - range.Minimum) / (range.Maximum - range.Minimum), 0, 1);
        return Exponent == 1 ? share : Math.Pow(share, Exponent);
    }
}

/// <summary>Small images of equal size side by side, such as receptive fields of 784 weights drawn 28 × 28. It fills its panel; axes are not drawn.</summary>
/// <param name="Tiles">One image each: height × width numbers, row after row.</param>
/// <param name="TileWidth">Pixels of a tile across.</param>
/// <param name="TileHeight">Pixels of a tile down.</param>
public sealed record ImageGridSeries(IReadOnlyList<IReadOnlyList<double>> Tiles, int TileWidth, int TileHeight) : Series
{
    /// <summary>Tiles in a row; 0 chooses so that the grid is about as wide as high.</summary>
    public int GridColumns { get; init; }

    /// <summary>The colours.</summary>
    public ColourScale Scale { get; init; } = ColourScale.Ink;

    /// <summary>Number at the scale's start; from the data when null.</summary>
    public double? Minimum { get; init; }

    /// <summary>Number at the scale's end; from the data when null.</summary>
    public double? Maximum { get; init; }

    /// <summary>Whether each tile spans the whole scale by itself.</summary>
    public bool ScaleEachTile { get; init; }

    /// <summary>A text under each tile, or empty.</summary>
    public IReadOnlyList<string> TileLabels { get; init; } = [];

    /// <summary>Columns and rows of the grid as it is drawn.</summary>
    public (int Columns, int Rows) GridSize()
    {
        int n = Math.Max(1, Tiles.Count);
        int columns = GridColumns > 0 ? Math.Min(GridColumns, n) : (int)Math.Ceiling(Math.Sqrt(n * TileHeight / (double)Math.Max(1, TileWidth)));
        columns = Math.Clamp(columns, 1, n);
        return (columns, (n + columns - 1) / columns);
    }

    /// <summary>The range of the colours of one tile, given or found.</summary>
    /// <param name="tile">The number of the tile.</param>
    public (double Minimum, double Maximum) ValueRange(int tile) =>
        Scale.Range(ScaleEachTile ? Tiles[tile] : Tiles.SelectMany(static t => t), Minimum, Maximum);
}
