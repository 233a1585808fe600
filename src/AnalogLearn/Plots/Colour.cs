using System.Globalization;

namespace AnalogLearn.Plots;

/// <summary>An opaque sRGB colour.</summary>
/// <param name="R">Red, 0 to 255.</param>
/// <param name="G">Green, 0 to 255.</param>
/// <param name="B">Blue, 0 to 255.</param>
public readonly record struct Colour(byte R, byte G, byte B)
{
    /// <summary>A colour from its number as web pages write it, such as 0x0072B2.</summary>
    /// <param name="rgb">The colour as 0xRRGGBB.</param>
    public Colour(int rgb)
        : this((byte)(rgb >> 16), (byte)(rgb >> 8), (byte)rgb)
    {
    }

    /// <summary>Relative luminance of WCAG 2.1: 0 for black, 1 for white.</summary>
    public double Luminance => (0.2126 * Linear(R)) + (0.7152 * Linear(G)) + (0.0722 * Linear(B));

    /// <summary>Mixes with another colour in sRGB.</summary>
    /// <param name="other">The colour reached at <paramref name="share"/> = 1.</param>
    /// <param name="share">Share of the other colour, 0 to 1.</param>
    public Colour Towards(Colour other, double share) => new(Mix(R, other.R, share), Mix(G, other.G, share), Mix(B, other.B, share));

    /// <summary>The colour as <c>#rrggbb</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"#{R:x2}{G:x2}{B:x2}");

    /// <summary>The linear-light intensity of one sRGB channel (IEC 61966-2-1).</summary>
    internal static double Linear(byte channel)
    {
        double c = channel / 255.0;
        return c <= 0.04045 ? c / 12.92 : Math.Pow((c + 0.055) / 1.055, 2.4);
    }

    /// <summary>The sRGB channel of a linear-light intensity.</summary>
    internal static byte Encode(double linear)
    {
        double c = linear <= 0.0031308 ? 12.92 * linear : (1.055 * Math.Pow(linear, 1 / 2.4)) - 0.055;
        return (byte)Math.Round(255 * Math.Clamp(c, 0, 1));
    }

    private static byte Mix(byte a, byte b, double share) => (byte)Math.Round(a + ((b - a) * Math.Clamp(share, 0, 1)));
}
