using System.Globalization;

namespace AnalogLearn.Netlist;

/// <summary>A number of things in words: <c>1 chip</c>, <c>2 chips</c>.</summary>
public static class Amount
{
    /// <summary>A number and what it is of.</summary>
    /// <param name="count">How many.</param>
    /// <param name="one">One of them.</param>
    /// <param name="several">Several of them; with an s when not given.</param>
    public static string Of(long count, string one, string? several = null) => string.Create(CultureInfo.InvariantCulture, $"{count} {Noun(count, one, several)}");

    /// <summary>What a number is of, without the number.</summary>
    /// <param name="count">How many.</param>
    /// <param name="one">One of them.</param>
    /// <param name="several">Several of them; with an s when not given.</param>
    public static string Noun(long count, string one, string? several = null) => count == 1 ? one : several ?? one + "s";
}
