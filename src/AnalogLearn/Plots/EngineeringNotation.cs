using System.Globalization;

namespace AnalogLearn.Plots;

/// <summary>Numbers with SI prefixes: 0.01 s is <c>10 ms</c>.</summary>
public static class EngineeringNotation
{
    private static readonly string[] s_prefixes = ["q", "r", "y", "z", "a", "f", "p", "n", "µ", "m", "", "k", "M", "G", "T", "P", "E", "Z", "Y", "R", "Q"];

    private static readonly HashSet<string> s_prefixable = new(StringComparer.Ordinal) { "s", "V", "A", "S", "Ω", "F", "H", "Hz", "W", "J", "C", "K", "m", "T", "Wb", "eV", "B" };

    /// <summary>Whether a unit takes prefixes; %, °, dB, 1 and free texts do not.</summary>
    /// <param name="unit">The unit, such as <c>s</c>.</param>
    public static bool TakesPrefix(string unit) => s_prefixable.Contains(unit);

    /// <summary>The prefix of a power of a thousand: <c>m</c> for −3.</summary>
    /// <param name="exponent">A multiple of 3 from −30 to 30.</param>
    public static string Prefix(int exponent) => s_prefixes[(exponent / 3) + 10];

    /// <summary>The power of ten, a multiple of 3 from −30 to 30, that brings a magnitude into [1, 1000).</summary>
    /// <param name="magnitude">The magnitude; 0 gives 0.</param>
    public static int Exponent(double magnitude)
    {
        magnitude = Math.Abs(magnitude);
        if (magnitude == 0 || !double.IsFinite(magnitude))
            return 0;
        int power = (int)Math.Floor(Math.Log10(magnitude) + 1e-9);
        return Math.Clamp((int)Math.Floor(power / 3.0) * 3, -30, 30);
    }

    /// <summary>A number with its unit and prefix: <c>4.7 kΩ</c>. Units that take no prefix, and texts without unit, use plain or scientific notation.</summary>
    /// <param name="value">The number in the plain unit.</param>
    /// <param name="unit">The unit, or empty.</param>
    /// <param name="digits">Significant digits.</param>
    public static string Format(double value, string unit = "", int digits = 3)
    {
        if (!double.IsFinite(value))
            return double.IsNaN(value) ? "–" : value > 0 ? "∞" : "−∞";
        if (!TakesPrefix(unit))
        {
            string plain = Significant(value, digits);
            return unit.Length == 0 ? plain : unit is "°" ? plain + unit : plain + " " + unit;
        }

        int exponent = Exponent(value);
        double scaled = value / Math.Pow(10, exponent);
        if (Math.Abs(double.Parse(scaled.ToString("G" + digits.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture), CultureInfo.InvariantCulture)) >= 1000 && exponent < 30)
        {
            exponent += 3;
            scaled /= 1000;
        }

        return Significant(scaled, digits) + " " + Prefix(exponent) + unit;
    }

    /// <summary>A number with a true minus sign and so many significant digits, trailing zeros left out; ×10ⁿ outside [10⁻⁴, 10⁶).</summary>
    /// <param name="value">The number.</param>
    /// <param name="digits">Significant digits.</param>
    public static string Significant(double value, int digits = 3)
    {
        if (!double.IsFinite(value))
            return double.IsNaN(value) ? "–" : value > 0 ? "∞" : "−∞";
        if (value == 0)
            return "0";
        double magnitude = Math.Abs(value);
        string text;
        if (magnitude is >= 1e-4 and < 1e6)
        {
            int decimals = Math.Clamp(digits - 1 - (int)Math.Floor(Math.Log10(magnitude)), 0, 15);
            text = Trim(magnitude.ToString("F" + decimals.ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture));
        }
        else
        {
            string[] parts = magnitude.ToString("E" + (digits - 1).ToString(CultureInfo.InvariantCulture), CultureInfo.InvariantCulture).Split('E');
            text = $"{Trim(parts[0])}×10^{{{Minus(int.Parse(parts[1], CultureInfo.InvariantCulture).ToString(CultureInfo.InvariantCulture))}}}";
        }

        return value < 0 ? "−" + text : text;
    }

    /// <summary>The text with the typographic minus sign in place of the hyphen.</summary>
    internal static string Minus(string number) => number.Replace('-', '−');

    private static string Trim(string number) => number.Contains('.', StringComparison.Ordinal) ? number.TrimEnd('0').TrimEnd('.') : number;
}
