using System.Collections.Immutable;

namespace AnalogLearn.Studies.Explaining;

/// <summary>
/// Where the yield crosses levels as a parameter moves from one value to another: bisection with the same chips at every value, so that the yield is as smooth a function of the parameter as it can be. The yield is taken to
/// be monotonic between the ends; its direction is that of the ends. The interval is where the ends of Wilson's interval of the yield cross the level.
/// </summary>
/// <param name="from">One end.</param>
/// <param name="to">The other end.</param>
/// <param name="isLogarithmic">Whether values are halved in their logarithm.</param>
/// <param name="isWhole">Whether only whole numbers are values, such as bits.</param>
/// <param name="yieldAt">Chips and those that pass at a value.</param>
internal sealed class ToleranceSearch(double from, double to, bool isLogarithmic, bool isWhole, Func<double, (int Chips, int Passed)> yieldAt)
{
    /// <summary>Halvings of the interval between the ends: to 2⁻⁷ of it.</summary>
    private const int Halvings = 7;

    private readonly SortedDictionary<double, (int Chips, int Passed)> _known = [];

    /// <summary>The values tried, in order.</summary>
    public ImmutableArray<TolerancePoint> Points =>
    [
        .. _known.Select(p =>
        {
            (double low, double high) = YieldRecord.Wilson(p.Value.Chips, p.Value.Passed);
            return new TolerancePoint(p.Key, (double)p.Value.Passed / Math.Max(1, p.Value.Chips), low, high);
        }),
    ];

    /// <summary>Where the yield crosses a level.</summary>
    /// <param name="level">The level.</param>
    /// <returns>The value, and where the ends of the yield's interval cross; NaN where they do not between the ends.</returns>
    public (double Value, double Low, double High) Find(double level)
    {
        double middle = Cross(v => At(v).Fraction, level), lower = Cross(v => At(v).Low, level), upper = Cross(v => At(v).High, level);
        (double low, double high) = lower <= upper ? (lower, upper) : (upper, lower);
        return (middle, double.IsNaN(lower) || double.IsNaN(upper) ? double.NaN : low, double.IsNaN(lower) || double.IsNaN(upper) ? double.NaN : high);
    }

    private double Cross(Func<double, double> share, double level)
    {
        double a = from, b = to;
        bool first = share(a) >= level;
        if (first == share(b) >= level)
            return double.NaN;
        for (int k = 0; k < (isWhole ? 64 : Halvings); k++)
        {
            double half = Half(a, b);
            if (half == a || half == b)
                break;
            if (share(half) >= level == first)
                a = half;
            else
                b = half;
        }

        // Of whole numbers the one that still reaches the level; else a straight line between the last two.
        if (isWhole)
            return first ? a : b;
        double ya = share(a), yb = share(b), t = ya == yb ? 0.5 : (level - ya) / (yb - ya);
        return isLogarithmic ? a * Math.Pow(b / a, t) : a + (t * (b - a));
    }

    private double Half(double a, double b)
    {
        double half = isLogarithmic ? Math.Sqrt(a * b) : 0.5 * (a + b);
        return isWhole ? Math.Floor(half) : half;
    }

    private (double Fraction, double Low, double High) At(double value)
    {
        if (!_known.TryGetValue(value, out (int Chips, int Passed) found))
            _known.Add(value, found = yieldAt(value));
        (double low, double high) = YieldRecord.Wilson(found.Chips, found.Passed);
        return (found.Chips == 0 ? double.NaN : (double)found.Passed / found.Chips, low, high);
    }
}
