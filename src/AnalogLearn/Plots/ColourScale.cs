namespace AnalogLearn.Plots;

/// <summary>
/// A colour for every number of an interval, interpolated in the perceptual space OKLab (B. Ottosson, 2020), so that equal steps of the
/// number look like equal steps of colour.
/// </summary>
public sealed class ColourScale
{
    private readonly Colour[] _table;

    private ColourScale(string name, bool diverging, params int[] stops)
    {
        Name = name;
        IsDiverging = diverging;
        Stops = Array.ConvertAll(stops, static rgb => new Colour(rgb));
        _table = new Colour[Levels];
        for (int k = 0; k < Levels; k++)
        {
            double at = k / (double)(Levels - 1) * (stops.Length - 1);
            int left = Math.Min((int)at, stops.Length - 2);
            _table[k] = Between(Stops[left], Stops[left + 1], at - left);
        }
    }

    /// <summary>Blue below zero, white at zero, vermillion above: for weights and other signed numbers. Its range is made symmetric.</summary>
    public static ColourScale Diverging { get; } = new("diverging", true, 0x08306B, 0x0072B2, 0x8CC3E3, 0xF7F7F7, 0xF2B083, 0xD55E00, 0x7A2A00);

    /// <summary>White to dark blue: for counts and other numbers that start at zero.</summary>
    public static ColourScale Sequential { get; } = new("sequential", false, 0xFFFFFF, 0xC6DDEE, 0x6FB1DA, 0x0072B2, 0x08306B);

    /// <summary>Dark blue through green to yellow, each step lighter than the last: for magnitudes whose low end matters too.</summary>
    public static ColourScale Perceptual { get; } = new("perceptual", false, 0x1B1E4B, 0x0A4F86, 0x00808B, 0x2BA869, 0xA3C644, 0xF7E94F);

    /// <summary>White to black, as ink on paper: for images.</summary>
    public static ColourScale Ink { get; } = new("ink", false, 0xFFFFFF, 0x000000);

    /// <summary>Black to white, as light on a screen: for images.</summary>
    public static ColourScale Light { get; } = new("light", false, 0x000000, 0xFFFFFF);

    /// <summary>Number of different colours of a scale.</summary>
    public static int Levels => 255;

    /// <summary>A short name.</summary>
    public string Name { get; }

    /// <summary>Whether the middle of the scale means zero.</summary>
    public bool IsDiverging { get; }

    /// <summary>The colours that the scale passes through, at equal distances.</summary>
    public IReadOnlyList<Colour> Stops { get; }

    /// <summary>The colour of a level.</summary>
    /// <param name="level">From 0 to <see cref="Levels"/> − 1; others are clamped.</param>
    public Colour this[int level] => _table[Math.Clamp(level, 0, Levels - 1)];

    /// <summary>The level of a number; −1 when it is not a number.</summary>
    /// <param name="value">The number.</param>
    /// <param name="minimum">The number at the scale's start.</param>
    /// <param name="maximum">The number at its end.</param>
    public static int Level(double value, double minimum, double maximum)
    {
        if (double.IsNaN(value))
            return -1;
        double share = maximum > minimum ? (value - minimum) / (maximum - minimum) : 0.5;
        return (int)Math.Round(Math.Clamp(share, 0, 1) * (Levels - 1));
    }

    /// <summary>The colour of a number; grey when it is not a number.</summary>
    /// <param name="value">The number.</param>
    /// <param name="minimum">The number at the scale's start.</param>
    /// <param name="maximum">The number at its end.</param>
    public Colour At(double value, double minimum, double maximum)
    {
        int level = Level(value, minimum, maximum);
        return level < 0 ? Palette.Missing : _table[level];
    }

    /// <summary>The range that a scale spans for some numbers when the caller gives none: symmetric about zero when diverging.</summary>
    /// <param name="values">The numbers; what is not finite is passed over.</param>
    /// <param name="minimum">The start, when known.</param>
    /// <param name="maximum">The end, when known.</param>
    public (double Minimum, double Maximum) Range(IEnumerable<double> values, double? minimum = null, double? maximum = null)
    {
        if (minimum is { } lowest && maximum is { } highest)
            return (lowest, highest);
        double low = double.PositiveInfinity;
        double high = double.NegativeInfinity;
        foreach (double v in values)
        {
            if (!double.IsFinite(v))
                continue;
            low = Math.Min(low, v);
            high = Math.Max(high, v);
        }

        if (low > high)
            (low, high) = (0, 1);
        if (IsDiverging)
        {
            double reach = Math.Max(Math.Abs(minimum ?? low), Math.Abs(maximum ?? high));
            reach = reach > 0 ? reach : 1;
            return (minimum ?? -reach, maximum ?? reach);
        }

        low = minimum ?? low;
        high = maximum ?? high;
        return high > low ? (low, high) : (low, low + (low == 0 ? 1 : Math.Abs(low)));
    }

    private static Colour Between(Colour a, Colour b, double share)
    {
        (double l1, double a1, double b1) = ToLab(a);
        (double l2, double a2, double b2) = ToLab(b);
        double l = l1 + ((l2 - l1) * share);
        double m = a1 + ((a2 - a1) * share);
        double n = b1 + ((b2 - b1) * share);
        double x = Cube(l + (0.3963377774 * m) + (0.2158037573 * n));
        double y = Cube(l - (0.1055613458 * m) - (0.0638541728 * n));
        double z = Cube(l - (0.0894841775 * m) - (1.2914855480 * n));
        return new(
            Colour.Encode((4.0767416621 * x) - (3.3077115913 * y) + (0.2309699292 * z)),
            Colour.Encode((-1.2684380046 * x) + (2.6097574011 * y) - (0.3413193965 * z)),
            Colour.Encode((-0.0041960863 * x) - (0.7034186147 * y) + (1.7076147010 * z)));
    }

    private static double Cube(double v) => v * v * v;

    private static (double L, double A, double B) ToLab(Colour c)
    {
        double r = Colour.Linear(c.R);
        double g = Colour.Linear(c.G);
        double b = Colour.Linear(c.B);
        double x = Math.Cbrt((0.4122214708 * r) + (0.5363325363 * g) + (0.0514459929 * b));
        double y = Math.Cbrt((0.2119034982 * r) + (0.6806995451 * g) + (0.1073969566 * b));
        double z = Math.Cbrt((0.0883024619 * r) + (0.2817188376 * g) + (0.6299787005 * b));
        return (
            (0.2104542553 * x) + (0.7936177850 * y) - (0.0040720468 * z),
            (1.9779984951 * x) - (2.4285922050 * y) + (0.4505937099 * z),
            (0.0259040371 * x) + (0.7827717662 * y) - (0.8086757660 * z));
    }
}
