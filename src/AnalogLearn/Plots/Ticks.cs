using System.Globalization;

namespace AnalogLearn.Plots;

/// <summary>A labelled place on an axis.</summary>
/// <param name="Value">The number there, in the axis's plain unit.</param>
/// <param name="Label">Its text; <c>^{…}</c> sets a superscript.</param>
public readonly record struct Tick(double Value, string Label);

/// <summary>Ticks of one axis together with the label that their prefix calls for.</summary>
/// <param name="Major">Labelled ticks, ascending.</param>
/// <param name="Minor">Numbers of the unlabelled ticks between, ascending; on logarithmic axes only.</param>
/// <param name="AxisLabel">The axis label with unit and prefix: <c>time [ms]</c>.</param>
public sealed record AxisTicks(IReadOnlyList<Tick> Major, IReadOnlyList<double> Minor, string AxisLabel);

/// <summary>
/// Where ticks stand: multiples of 1, 2 or 5 times a power of ten on linear axes (P. Heckbert, "Nice numbers for graph labels", Graphics Gems, 1990);
/// powers of ten on logarithmic ones.
/// </summary>
public static class Ticks
{
    // One number says nothing of a scale: short axes then get a few more than they asked for.
    private const int Fewest = 2, MostWhereFew = 5;

    /// <summary>Multiples of the smallest step of 1, 2, 5 × 10ⁿ that gives no more ticks than wanted, or up to five where that would leave less than two.</summary>
    /// <param name="minimum">Start of the axis.</param>
    /// <param name="maximum">End of the axis.</param>
    /// <param name="most">Largest number of ticks, at least 2.</param>
    /// <param name="wholeNumbers">Whether the step is a whole number.</param>
    /// <returns>Numbers within the axis, ascending; empty when the axis has no length.</returns>
    public static IReadOnlyList<double> Linear(double minimum, double maximum, int most, bool wholeNumbers = false) => Multiples(minimum, maximum, most, wholeNumbers).Values;

    /// <summary>
    /// Powers of ten within the axis, thinned to every second, third, … power when too many; 1, 2, 5 multiples when there are fewer than two powers.
    /// </summary>
    /// <param name="minimum">Start of the axis, positive.</param>
    /// <param name="maximum">End of the axis.</param>
    /// <param name="most">Largest number of ticks, at least 2.</param>
    public static IReadOnlyList<double> Logarithmic(double minimum, double maximum, int most)
    {
        if (!(minimum > 0) || !(maximum > minimum) || double.IsInfinity(maximum))
            return [];
        const double slack = 1e-9;
        int first = (int)Math.Ceiling(Math.Log10(minimum) - slack);
        int last = (int)Math.Floor(Math.Log10(maximum) + slack);
        if (last - first + 1 >= 2)
        {
            int stride = 1;
            while (Math.Floor(last / (double)stride) - Math.Ceiling(first / (double)stride) + 1 > Math.Max(2, most))
                stride++;
            var powers = new List<double>();
            for (int p = (int)Math.Ceiling(first / (double)stride) * stride; p <= last; p += stride)
                powers.Add(Power(p));
            return powers;
        }

        var some = new List<double>();
        for (int p = first - 1; p <= last; p++)
        {
            foreach (int m in (ReadOnlySpan<int>)[1, 2, 5])
            {
                double v = Times(m, p);
                if (v >= minimum * (1 - slack) && v <= maximum * (1 + slack))
                    some.Add(v);
            }
        }

        return some.Count >= 2 && some.Count <= Math.Max(3, most) ? some : Linear(minimum, maximum, most);
    }

    /// <summary>The unlabelled ticks of a logarithmic axis: 2 to 9 times each power of ten, or the powers themselves when labels skip some.</summary>
    /// <param name="minimum">Start of the axis, positive.</param>
    /// <param name="maximum">End of the axis.</param>
    /// <param name="major">The labelled ticks.</param>
    public static IReadOnlyList<double> LogarithmicMinor(double minimum, double maximum, IReadOnlyList<double> major)
    {
        if (!(minimum > 0) || !(maximum > minimum) || double.IsInfinity(maximum))
            return [];
        int first = (int)Math.Floor(Math.Log10(minimum));
        int last = (int)Math.Ceiling(Math.Log10(maximum));
        bool powersOnly = last - first > 12;
        var minor = new List<double>();
        for (int p = first; p <= last; p++)
        {
            for (int m = 1; m <= (powersOnly ? 1 : 9); m++)
            {
                double v = Times(m, p);
                if (v >= minimum && v <= maximum && !major.Any(t => Math.Abs(t - v) <= 1e-9 * v))
                    minor.Add(v);
            }
        }

        return minor;
    }

    /// <summary>Zero and powers of ten of either sign, none closer to zero than where the scale is linear.</summary>
    /// <param name="minimum">Start of the axis.</param>
    /// <param name="maximum">End of the axis.</param>
    /// <param name="within">Where the scale is nearly linear; positive.</param>
    /// <param name="most">Largest number of ticks, at least 3.</param>
    public static IReadOnlyList<double> SymmetricLogarithmic(double minimum, double maximum, double within, int most)
    {
        if (!(maximum > minimum) || !(within > 0))
            return [];
        int first = (int)Math.Ceiling(Math.Log10(within) - 1e-9);
        double reach = Math.Max(Math.Abs(minimum), Math.Abs(maximum));
        int last = Math.Max(first, (int)Math.Floor(Math.Log10(reach) + 1e-9));
        List<double> found = [];
        for (int stride = 1; ; stride++)
        {
            // Powers are counted from the outermost one inwards, so that none crowds about zero.
            found.Clear();
            for (int p = last; p >= first; p -= stride)
            {
                double v = Power(p);
                if (-v >= minimum && -v <= maximum)
                    found.Add(-v);
                if (v >= minimum && v <= maximum)
                    found.Add(v);
            }

            if (minimum <= 0 && maximum >= 0)
                found.Add(0);
            if (found.Count > Math.Max(3, most) && stride <= last - first)
                continue;
            found.Sort();
            return found.Count >= 2 ? found : Linear(minimum, maximum, most);
        }
    }

    /// <summary>Ticks, their labels and the axis label for an axis over a range.</summary>
    /// <param name="axis">The axis.</param>
    /// <param name="minimum">Where it starts.</param>
    /// <param name="maximum">Where it ends.</param>
    /// <param name="most">Largest number of labelled ticks.</param>
    public static AxisTicks For(Axis axis, double minimum, double maximum, int most)
    {
        most = Math.Max(2, most);
        if (axis.Categories.Count > 0)
        {
            var named = new List<Tick>();
            for (int k = 0; k < axis.Categories.Count; k++)
            {
                if (k >= minimum && k <= maximum)
                    named.Add(new(k, axis.Categories[k]));
            }

            return new(named, [], WithUnit(axis.Label, axis.Unit));
        }

        return axis.Scale switch
        {
            AxisScale.Logarithmic => Powers(axis, Logarithmic(minimum, maximum, most), minimum, maximum),
            AxisScale.SymmetricLogarithmic => Powers(axis, SymmetricLogarithmic(minimum, maximum, axis.LinearWithin, most), minimum, maximum),
            _ => Scaled(axis, minimum, maximum, most),
        };
    }

    /// <summary>A label with its unit in brackets.</summary>
    /// <param name="label">The label.</param>
    /// <param name="unit">The unit with its prefix, or empty.</param>
    public static string WithUnit(string label, string unit) => unit.Length == 0 ? label : label.Length == 0 ? $"[{unit}]" : $"{label} [{unit}]";

    private static AxisTicks Scaled(Axis axis, double minimum, double maximum, int most)
    {
        bool degrees = axis.Unit is "°" && maximum - minimum >= 25;
        (double[] values, double step) = degrees ? Degrees(minimum, maximum, most) : Multiples(minimum, maximum, most, axis.WholeNumbers);
        double reach = Math.Max(Math.Abs(minimum), Math.Abs(maximum));
        int exponent = 0;
        string unit = axis.Unit;
        if (EngineeringNotation.TakesPrefix(axis.Unit))
        {
            exponent = EngineeringNotation.Exponent(values.Length > 0 ? values.Max(Math.Abs) : reach);
            unit = EngineeringNotation.Prefix(exponent) + axis.Unit;
        }
        else if (reach >= 1e5 || (reach < 1e-3 && reach > 0))
        {
            exponent = EngineeringNotation.Exponent(values.Length > 0 ? values.Max(Math.Abs) : reach);
            string factor = $"×10^{{{EngineeringNotation.Minus(exponent.ToString(CultureInfo.InvariantCulture))}}}";
            unit = exponent == 0 ? axis.Unit : axis.Unit.Length == 0 ? factor : factor + " " + axis.Unit;
        }

        double factorOf = Math.Pow(10, -exponent);
        int decimals = Decimals(step * factorOf);
        string format = "F" + decimals.ToString(CultureInfo.InvariantCulture);
        Tick[] ticks = Array.ConvertAll(values, v => new Tick(v, v == 0 ? "0" : EngineeringNotation.Minus((v * factorOf).ToString(format, CultureInfo.InvariantCulture))));
        return new(ticks, [], WithUnit(axis.Label, unit));
    }

    private static AxisTicks Powers(Axis axis, IReadOnlyList<double> values, double minimum, double maximum)
    {
        bool prefixed = EngineeringNotation.TakesPrefix(axis.Unit);
        bool plain = values.All(static v => v == 0 || Math.Abs(v) is >= 0.999e-3 and < 1.001e4);
        Tick[] ticks = [.. values.Select(v => new Tick(v, Label(v)))];
        IReadOnlyList<double> minor = axis.Scale == AxisScale.Logarithmic ? LogarithmicMinor(minimum, maximum, values) : [];
        return new(ticks, minor, prefixed ? axis.Label : WithUnit(axis.Label, axis.Unit));

        string Label(double v)
        {
            if (v == 0)
                return "0";
            if (prefixed)
                return EngineeringNotation.Format(v, axis.Unit);
            if (plain)
                return EngineeringNotation.Significant(v, 6);
            double magnitude = Math.Abs(v);
            int power = (int)Math.Floor(Math.Log10(magnitude) + 1e-9);
            double mantissa = magnitude / Power(power);
            string exponent = EngineeringNotation.Minus(power.ToString(CultureInfo.InvariantCulture));
            string text = Math.Abs(mantissa - 1) < 1e-6 ? $"10^{{{exponent}}}" : $"{EngineeringNotation.Significant(mantissa)}×10^{{{exponent}}}";
            return v < 0 ? "−" + text : text;
        }
    }

    private static (double[] Values, double Step) Multiples(double minimum, double maximum, int most, bool wholeNumbers)
    {
        double length = maximum - minimum;
        if (!(length > 0) || !double.IsFinite(length))
            return ([], 1);
        most = Math.Max(2, most);
        int power = (int)Math.Floor(Math.Log10(length / most)) - 1;
        if (wholeNumbers)
            power = Math.Max(power, 0);
        for (; ; power++)
        {
            foreach (int m in (ReadOnlySpan<int>)[1, 2, 5])
            {
                double step = Times(m, power);
                double slack = step * 1e-9;
                double first = Math.Ceiling((minimum - slack) / step);
                double last = Math.Floor((maximum + slack) / step);
                if (last - first + 1 > most)
                    continue;
                if (last - first + 1 < Fewest && most < MostWhereFew)
                    return Multiples(minimum, maximum, most + 1, wholeNumbers);
                double[] values = new double[Math.Max(0, (int)(last - first + 1))];
                for (int k = 0; k < values.Length; k++)
                    values[k] = Times((first + k) * m, power);
                return (values, step);
            }
        }
    }

    private static (double[] Values, double Step) Degrees(double minimum, double maximum, int most)
    {
        foreach (double step in (ReadOnlySpan<double>)[1, 2, 5, 10, 15, 30, 45, 90, 180, 360])
        {
            double first = Math.Ceiling((minimum / step) - 1e-9);
            double last = Math.Floor((maximum / step) + 1e-9);
            if (last - first + 1 > Math.Max(2, most))
                continue;
            if (last - first + 1 < Fewest && most < MostWhereFew)
                return Degrees(minimum, maximum, most + 1);
            double[] values = new double[Math.Max(0, (int)(last - first + 1))];
            for (int k = 0; k < values.Length; k++)
                values[k] = (first + k) * step;
            return (values, step);
        }

        return Multiples(minimum, maximum, most, wholeNumbers: true);
    }

    /// <summary>Decimals that a multiple of this step needs.</summary>
    private static int Decimals(double step)
    {
        for (int d = 0; d < 15; d++)
        {
            double scaled = step * Power(d);
            if (scaled > 0.5 && Math.Abs(scaled - Math.Round(scaled)) < 1e-6 * scaled)
                return d;
        }

        return 15;
    }

    private static double Power(int exponent) => double.Parse(string.Create(CultureInfo.InvariantCulture, $"1E{exponent}"), CultureInfo.InvariantCulture);

    private static double Times(double m, int exponent) => exponent >= 0 ? m * Power(exponent) : m / Power(-exponent);
}
