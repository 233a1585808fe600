using System.Text;

namespace AnalogLearn.Plots;

/// <summary>Which way something runs.</summary>
public enum Direction
{
    /// <summary>Across: at one Y.</summary>
    Horizontal,

    /// <summary>Upright: at one X.</summary>
    Vertical,
}

/// <summary>Where the legend of a panel stands.</summary>
public enum LegendPlacement
{
    /// <summary>In an empty corner of the plot if there is one, else above the plot.</summary>
    Automatic,

    /// <summary>Above the plot.</summary>
    Above,

    /// <summary>Right of the plot.</summary>
    Right,

    /// <summary>Nowhere.</summary>
    None,
}

/// <summary>How several bar series share a position.</summary>
public enum BarArrangement
{
    /// <summary>Side by side.</summary>
    Grouped,

    /// <summary>On each other; negative ones downwards.</summary>
    Stacked,
}

/// <summary>A straight line through the whole panel at one number.</summary>
/// <param name="Direction">Horizontal: at a number of the Y axis. Vertical: of the X axis.</param>
/// <param name="Value">The number.</param>
/// <param name="Label">A text beside it, or empty.</param>
public sealed record ReferenceLine(Direction Direction, double Value, string Label = "")
{
    /// <summary>The colour.</summary>
    public Colour Colour { get; init; } = Palette.Grey;

    /// <summary>The stroke.</summary>
    public Dash Dash { get; init; } = Dash.Dashed;
}

/// <summary>A shaded stretch behind the data, such as one phase of learning.</summary>
/// <param name="Direction">Vertical: a stretch of the X axis, over the full height. Horizontal: a stretch of the Y axis.</param>
/// <param name="From">Its start.</param>
/// <param name="To">Its end.</param>
/// <param name="Label">A text at its top, or empty.</param>
public sealed record BackgroundSpan(Direction Direction, double From, double To, string Label = "")
{
    /// <summary>The colour, drawn pale.</summary>
    public Colour Colour { get; init; } = Palette.Sky;
}

/// <summary>One plot: axes and what is drawn between them.</summary>
public sealed record Panel
{
    /// <summary>A heading, or empty.</summary>
    public string Title { get; init; } = string.Empty;

    /// <summary>The X axis.</summary>
    public Axis X { get; init; } = new();

    /// <summary>The Y axis.</summary>
    public Axis Y { get; init; } = new();

    /// <summary>A second Y axis at the right, or null.</summary>
    public Axis? SecondY { get; init; }

    /// <summary>What is drawn, the first at the back.</summary>
    public IReadOnlyList<Series> Series { get; init; } = [];

    /// <summary>Lines across the panel.</summary>
    public IReadOnlyList<ReferenceLine> ReferenceLines { get; init; } = [];

    /// <summary>Shaded stretches behind the data.</summary>
    public IReadOnlyList<BackgroundSpan> Spans { get; init; } = [];

    /// <summary>Where the legend stands.</summary>
    public LegendPlacement Legend { get; init; }

    /// <summary>How several bar series share a position.</summary>
    public BarArrangement Bars { get; init; }

    /// <summary>Whether one unit across is as long as one unit upright: null for matrices that are not too elongated.</summary>
    public bool? EqualUnits { get; init; }
}

/// <summary>A picture, described as data; <see cref="IFigureBackend"/>s draw it.</summary>
public sealed record Figure
{
    /// <summary>A figure.</summary>
    /// <param name="name">Its short name, from which file names are made; see <see cref="Name"/>.</param>
    /// <param name="title">Its heading, or empty.</param>
    public Figure(string name, string title = "")
    {
        Name = SafeName(name);
        Title = title;
    }

    /// <summary>The name that files get: letters, digits, <c>-</c>, <c>_</c> and <c>.</c> only, never empty.</summary>
    public string Name { get; }

    /// <summary>The heading.</summary>
    public string Title { get; init; }

    /// <summary>A line below the heading: settings, seeds, the number that matters.</summary>
    public string Subtitle { get; init; } = string.Empty;

    /// <summary>A sentence below the picture; also what a screen reader says.</summary>
    public string Caption { get; init; } = string.Empty;

    /// <summary>The plots, row after row of the grid.</summary>
    public IReadOnlyList<Panel> Panels { get; init; } = [];

    /// <summary>Plots in a row of the grid.</summary>
    public int Columns { get; init; } = 1;

    /// <summary>Width of one cell of the grid in CSS pixels (1/96 inch), axes and labels included.</summary>
    public double PanelWidth { get; init; } = 480;

    /// <summary>Height of one cell of the grid in CSS pixels, axes and labels included; matrices with square cells take what they need.</summary>
    public double PanelHeight { get; init; } = 300;

    /// <summary>Relative heights of the rows of the grid; all equal when empty.</summary>
    public IReadOnlyList<double> RowHeights { get; init; } = [];

    /// <summary>Turns any text into a name that every file system takes.</summary>
    /// <param name="name">The text.</param>
    public static string SafeName(string name)
    {
        var safe = new StringBuilder(name.Length);
        foreach (char c in name)
        {
            if (char.IsAsciiLetterOrDigit(c) || c is '_' or '.' or '-')
                safe.Append(c);
            else if (safe.Length > 0 && safe[^1] != '-')
                safe.Append('-');
        }

        string trimmed = safe.ToString().Trim('.', '-');
        return trimmed.Length == 0 ? "figure" : trimmed;
    }
}
