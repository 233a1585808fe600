namespace AnalogLearn.Plots;

/// <summary>An axis with its range known: maps numbers to shares of its length.</summary>
internal sealed class ScaledAxis
{
    private readonly double _start;
    private readonly double _length;

    private ScaledAxis(Axis axis, double minimum, double maximum)
    {
        Axis = axis;
        Minimum = minimum;
        Maximum = maximum;
        _start = Transform(minimum);
        _length = Transform(maximum) - _start;
    }

    /// <summary>What the axis was described as.</summary>
    public Axis Axis { get; }

    /// <summary>Where it starts.</summary>
    public double Minimum { get; }

    /// <summary>Where it ends; above <see cref="Minimum"/>.</summary>
    public double Maximum { get; }

    /// <summary>Finds the range of an axis that shows some numbers.</summary>
    /// <param name="axis">The axis.</param>
    /// <param name="values">What it has to show; what the scale cannot show is passed over.</param>
    /// <param name="pad">Share of the length left free at either end that is not given.</param>
    /// <param name="floor">A number that needs no free space beyond it (the foot of bars), or null.</param>
    public static ScaledAxis Find(Axis axis, IEnumerable<double> values, double pad, double? floor = null)
    {
        if (axis.Categories.Count > 0)
            return new(axis, axis.Minimum ?? -0.5, axis.Maximum ?? (axis.Categories.Count - 0.5));
        bool logarithmic = axis.Scale == AxisScale.Logarithmic;
        double low = double.PositiveInfinity;
        double high = double.NegativeInfinity;
        foreach (double v in values)
        {
            if (!double.IsFinite(v) || (logarithmic && v <= 0))
                continue;
            low = Math.Min(low, v);
            high = Math.Max(high, v);
        }

        if (low > high)
            (low, high) = logarithmic ? (0.1, 10) : (0, 1);
        if (axis.IncludeZero && !logarithmic)
            (low, high) = (Math.Min(low, 0), Math.Max(high, 0));
        double? given0 = logarithmic && axis.Minimum <= 0 ? null : axis.Minimum;
        double? given1 = logarithmic && axis.Maximum <= 0 ? null : axis.Maximum;
        low = Math.Min(given0 ?? low, given1 ?? double.PositiveInfinity);
        high = Math.Max(given1 ?? high, given0 ?? double.NegativeInfinity);
        if (high - low <= 1e-12 * Math.Max(Math.Abs(low), Math.Abs(high)))
        {
            double half = low == 0 ? 1 : 0.1 * Math.Abs(low);
            (double centre, bool fixed0, bool fixed1) = (low, given0 is not null, given1 is not null);
            low = fixed0 && !fixed1 ? centre : logarithmic ? centre / 3 : centre - half;
            high = fixed1 && !fixed0 ? centre : logarithmic ? centre * 3 : centre + half;
        }

        var tight = new ScaledAxis(axis, low, high);
        double free = pad * tight._length;
        double start = given0 is not null || low == floor ? low : tight.Inverse(tight._start - free);
        double end = given1 is not null || high == floor ? high : tight.Inverse(tight._start + tight._length + free);
        if (!logarithmic && given0 is null && low >= 0 && start < 0)
            start = 0;
        if (!logarithmic && given1 is null && high <= 0 && end > 0)
            end = 0;
        return new(axis, start, end);
    }

    /// <summary>The share of the axis's length at which a number stands: 0 at its left or lower end, 1 at the other; NaN if the scale cannot show it.</summary>
    public double Share(double value)
    {
        double share = (Transform(value) - _start) / _length;
        share = Math.Clamp(share, -1000, 1001);
        return Axis.Reversed ? 1 - share : share;
    }

    private double Transform(double value) => Axis.Scale switch
    {
        AxisScale.Logarithmic => value > 0 ? Math.Log10(value) : double.NaN,
        AxisScale.SymmetricLogarithmic => Math.CopySign(Math.Log10(1 + (Math.Abs(value) / Axis.LinearWithin)), value),
        _ => value,
    };

    private double Inverse(double transformed) => Axis.Scale switch
    {
        AxisScale.Logarithmic => Math.Pow(10, transformed),
        AxisScale.SymmetricLogarithmic => Math.CopySign((Math.Pow(10, Math.Abs(transformed)) - 1) * Axis.LinearWithin, transformed),
        _ => transformed,
    };
}
