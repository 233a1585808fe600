using System.Globalization;

namespace AnalogLearn.Netlist;

/// <summary>
/// Numbers as SPICE writes them: digits, a decimal point, an exponent, one of the suffixes <c>f p n u m k meg g t mil</c> or
/// <c>%</c>, and the letters of a unit, which are ignored: <c>10kOhm</c>, <c>500mOhm</c>, <c>0.003MEGohm</c>, <c>10V</c>.
/// As in SPICE, <c>m</c> and <c>M</c> are both milli and <c>F</c> behind a bare number is femto.
/// </summary>
public static class NumberLiteral
{
    private static readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>> Units = new HashSet<string>(
    [
        "v", "volt", "volts", "a", "amp", "amps", "ampere", "amperes", "ohm", "ohms", "r", "f", "farad", "farads", "h", "henry", "henries",
        "s", "sec", "secs", "second", "seconds", "siemens", "mho", "mhos", "hz", "hertz", "w", "watt", "watts", "c", "coulomb", "coulombs", "deg",
        "degree", "degrees", "rad", "j", "joule", "ev", "m", "meter", "metre", "db", "bit", "bits", "vrms", "vpp", "rthz",
    ], StringComparer.OrdinalIgnoreCase).GetAlternateLookup<ReadOnlySpan<char>>();

    /// <summary>Whether a word begins as a number does: with a digit, or a sign or point before one.</summary>
    /// <param name="word">The word.</param>
    public static bool LooksNumeric(ReadOnlySpan<char> word)
    {
        int k = 0;
        if (k < word.Length && word[k] is '+' or '-')
            k++;
        if (k < word.Length && word[k] == '.')
            k++;
        return k < word.Length && char.IsAsciiDigit(word[k]);
    }

    /// <summary>Reads a whole word as a number.</summary>
    /// <param name="word">The word, sign included.</param>
    /// <param name="value">The number, suffix applied.</param>
    /// <param name="error">When it is not one: the place of the first character that is wrong.</param>
    /// <returns>Whether the word is a number.</returns>
    public static bool TryParse(ReadOnlySpan<char> word, out double value, out int error)
    {
        int digits = Mantissa(word);
        value = 0;
        error = 0;
        if (digits == 0)
            return false;
        int end = digits;
        while (end < word.Length && (char.IsAsciiLetter(word[end]) || word[end] == '%'))
            end++;
        if (!TrySuffix(word[digits..end], out double scale))
        {
            error = digits;
            return false;
        }

        if (end != word.Length)
        {
            error = end;
            return false;
        }

        return TryScale(word[..digits], scale, out value);
    }

    /// <summary>The length of the number that a text begins with, its suffix and unit letters included; 0 when it begins with none.</summary>
    /// <param name="text">The text.</param>
    public static int Length(ReadOnlySpan<char> text)
    {
        int end = Mantissa(text);
        if (end == 0)
            return 0;
        while (end < text.Length && (char.IsAsciiLetterOrDigit(text[end]) || text[end] is '_' or '.'))
            end++;
        return end;
    }

    private static bool TryScale(ReadOnlySpan<char> digits, double scale, out double value)
    {
        if (!double.TryParse(digits, NumberStyles.Float, CultureInfo.InvariantCulture, out value))
            return false;
        if (scale != 1)
        {
            // A power of ten below one divides exactly: 1u is the double nearest to 1e-6, as if it had been written so.
            value = scale < 1 && scale is not 25.4e-6 ? value / Math.Round(1 / scale) : value * scale;
        }

        return true;
    }

    private static int Mantissa(ReadOnlySpan<char> text)
    {
        int k = 0;
        if (k < text.Length && text[k] is '+' or '-')
            k++;
        int first = k;
        while (k < text.Length && char.IsAsciiDigit(text[k]))
            k++;
        int digits = k - first;
        if (k < text.Length && text[k] == '.')
        {
            int point = k++;
            while (k < text.Length && char.IsAsciiDigit(text[k]))
                k++;
            digits += k - point - 1;
        }

        if (digits == 0)
            return 0;
        if (k < text.Length && text[k] is 'e' or 'E')
        {
            int exponent = k + 1;
            if (exponent < text.Length && text[exponent] is '+' or '-')
                exponent++;
            if (exponent < text.Length && char.IsAsciiDigit(text[exponent]))
            {
                while (exponent < text.Length && char.IsAsciiDigit(text[exponent]))
                    exponent++;
                k = exponent;
            }
        }

        return k;
    }

    private static bool TrySuffix(ReadOnlySpan<char> letters, out double scale)
    {
        scale = 1;
        if (letters.Length == 0)
            return true;
        if (letters is "%")
        {
            scale = 1e-2;
            return true;
        }

        ReadOnlySpan<char> rest;
        if (letters.StartsWith("meg", StringComparison.OrdinalIgnoreCase))
        {
            scale = 1e6;
            rest = letters[3..];
        }
        else if (letters.StartsWith("mil", StringComparison.OrdinalIgnoreCase))
        {
            scale = 25.4e-6;
            rest = letters[3..];
        }
        else
        {
            scale = char.ToLowerInvariant(letters[0]) switch
            {
                'f' => 1e-15,
                'p' => 1e-12,
                'n' => 1e-9,
                'u' => 1e-6,
                'm' => 1e-3,
                'k' => 1e3,
                'g' => 1e9,
                't' => 1e12,
                _ => 1,
            };
            rest = scale != 1 ? letters[1..] : letters;
        }

        // What begins with a suffix is read as one, as in SPICE: 5farad would be 5 femto-arad, and so is refused.
        return rest.Length == 0 || Units.Contains(rest);
    }
}
