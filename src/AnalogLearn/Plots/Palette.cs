namespace AnalogLearn.Plots;

/// <summary>
/// The colours of lines and bars: those of M. Okabe and K. Ito, "Color Universal Design" (2008), which readers with any of the
/// common colour-vision deficiencies can tell apart, in an order that puts the ones with most contrast on white first. Their yellow is too pale for
/// thin lines on paper and is replaced by a neutral grey.
/// </summary>
public static class Palette
{
    /// <summary>Blue.</summary>
    public static readonly Colour Blue = new(0x0072B2);

    /// <summary>Vermillion.</summary>
    public static readonly Colour Vermillion = new(0xD55E00);

    /// <summary>Bluish green.</summary>
    public static readonly Colour Green = new(0x009E73);

    /// <summary>Orange.</summary>
    public static readonly Colour Orange = new(0xE69F00);

    /// <summary>Reddish purple.</summary>
    public static readonly Colour Purple = new(0xCC79A7);

    /// <summary>Sky blue.</summary>
    public static readonly Colour Sky = new(0x56B4E9);

    /// <summary>Yellow; for areas, not for lines.</summary>
    public static readonly Colour Yellow = new(0xF0E442);

    /// <summary>Black.</summary>
    public static readonly Colour Black = new(0x000000);

    /// <summary>Neutral grey, for what is not the point of the picture.</summary>
    public static readonly Colour Grey = new(0x7A7A7A);

    /// <summary>White.</summary>
    public static readonly Colour White = new(0xFFFFFF);

    /// <summary>Text.</summary>
    internal static readonly Colour Ink = new(0x1F1F1F);

    /// <summary>Secondary text.</summary>
    internal static readonly Colour SoftInk = new(0x555555);

    /// <summary>Axis lines and ticks.</summary>
    internal static readonly Colour AxisLine = new(0x4D4D4D);

    /// <summary>Grid lines.</summary>
    internal static readonly Colour Grid = new(0xE4E4E4);

    /// <summary>Where a matrix holds no number.</summary>
    internal static readonly Colour Missing = new(0xBDBDBD);

    private static readonly Colour[] s_series = [Blue, Vermillion, Green, Orange, Purple, Sky, Black, Grey];

    private static readonly Dash[] s_dashes = [Dash.Solid, Dash.Dashed, Dash.Dotted, Dash.DashDotted];

    private static readonly Marker[] s_markers = [Marker.Circle, Marker.Square, Marker.Diamond, Marker.Triangle, Marker.Cross, Marker.Plus];

    /// <summary>The colour of the k-th series of a panel; after eight the colours repeat.</summary>
    /// <param name="k">The number of the series, from 0.</param>
    public static Colour Series(int k) => s_series[k % s_series.Length];

    /// <summary>The dash of the k-th series: solid for the first eight, so that colour and dash together tell 32 series apart.</summary>
    /// <param name="k">The number of the series, from 0.</param>
    public static Dash SeriesDash(int k) => s_dashes[k / s_series.Length % s_dashes.Length];

    /// <summary>The marker of the k-th series, for printing without colour.</summary>
    /// <param name="k">The number of the series, from 0.</param>
    public static Marker SeriesMarker(int k) => s_markers[k % s_markers.Length];
}
