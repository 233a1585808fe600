using System.Globalization;
using AnalogLearn.Circuits;
using AnalogLearn.Numerics;

namespace AnalogLearn.Variation;

/// <summary>The shapes that a parameter's draws can have.</summary>
public enum DrawShape
{
    /// <summary>p + σ z.</summary>
    Normal,

    /// <summary>p e^(s z − s²/2), s² = ln(1 + (σ/p)²): mean p and standard deviation σ, like the normal one, and never of the other sign.</summary>
    Lognormal,

    /// <summary>p + σ z with z between −k and k, as if draws outside were drawn again; σ is that of the normal law before it is cut.</summary>
    TruncatedNormal,

    /// <summary>Anything between p − a and p + a alike; the standard deviation is a/√3.</summary>
    Uniform,
}

/// <summary>
/// How a parameter p differs: a shape and an amount, σ (of a uniform law the half-width a), which is a fraction of |p| when it is relative and in the parameter's own unit otherwise.
/// In every law but the truncated one the mean is the nominal value and the amount means the same; a truncated law is narrower by its factor
/// √(1 − 2kφ(k)/(2Φ(k) − 1)), 0.987 at k = 3.
/// </summary>
/// <param name="Shape">The shape.</param>
/// <param name="Amount">σ, or the half-width of a uniform law.</param>
/// <param name="IsRelative">Whether the amount is a fraction of the nominal value.</param>
/// <param name="Truncation">k of a truncated law.</param>
public sealed record DrawLaw(DrawShape Shape, double Amount, bool IsRelative, double Truncation = 3)
{
    /// <summary>The law that <c>DEV=</c> or <c>LOT=</c> says.</summary>
    /// <param name="spread">The spread.</param>
    public static DrawLaw Of(ParameterSpread spread)
    {
        ArgumentNullException.ThrowIfNull(spread);
        DrawShape shape = spread.Distribution switch
        {
            "lognormal" => DrawShape.Lognormal,
            "truncnormal" => DrawShape.TruncatedNormal,
            "uniform" => DrawShape.Uniform,
            _ => DrawShape.Normal,
        };
        return new DrawLaw(shape, spread.Amount, spread.Relative, spread.Truncation);
    }

    /// <summary>The value that a draw gives.</summary>
    /// <param name="nominal">p.</param>
    /// <param name="draw">The draw.</param>
    public double Apply(double nominal, in StandardDraw draw)
    {
        if (draw.IsAbsent)
            return nominal;
        double amount = IsRelative ? Amount * Math.Abs(nominal) : Amount;
        switch (Shape)
        {
            case DrawShape.Normal:
                return nominal + (amount * draw.Normal);
            case DrawShape.Lognormal:
                double ratio = amount / nominal;
                double variance = Math.Log(1 + (ratio * ratio));
                return nominal * Math.Exp((Math.Sqrt(variance) * draw.Normal) - (0.5 * variance));
            case DrawShape.TruncatedNormal:
                double outside = StandardDraw.Cumulative(-Truncation);
                return nominal + (amount * NormalQuantile.At(outside + ((1 - (2 * outside)) * draw.Uniform)));
            default:
                return nominal + (amount * ((2 * draw.Uniform) - 1));
        }
    }

    /// <summary>The law as a deck writes it: <c>5%</c>, <c>0.1u/uniform</c>.</summary>
    public override string ToString()
    {
        string amount = IsRelative ? string.Create(CultureInfo.InvariantCulture, $"{100 * Amount:0.######}%") : string.Create(CultureInfo.InvariantCulture, $"{Amount:R}");
        return Shape switch
        {
            DrawShape.Lognormal => amount + "/lognormal",
            DrawShape.TruncatedNormal => string.Create(CultureInfo.InvariantCulture, $"{amount}/truncnormal/at:{Truncation:R}"),
            DrawShape.Uniform => amount + "/uniform",
            _ => amount,
        };
    }
}
