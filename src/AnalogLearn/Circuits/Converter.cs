using System.Numerics;

namespace AnalogLearn.Circuits;

/// <summary>
/// A converter between voltages and codes of some bits, mid-tread: 0 V is a code wherever it is in the range. Codes are
///     lo + k Δ, Δ = (hi − lo)/(2^bits − 1), when the range does not go through 0 V: 2^bits of them, both ends among them;
///     k Δ, |k| ≤ 2^(bits−1) − 1, Δ = max(hi, −lo)/(2^(bits−1) − 1), when it does: sign and magnitude, as far as they are in the range.
/// Beyond the last code it saturates. A symmetric range of 7 bits has steps of 1/63 of its half, 1/126 of its whole (aihwkit's <c>inp_res</c> of 7 bits).
/// </summary>
/// <param name="Bits">Number of bits; two at least when the range goes through 0 V.</param>
/// <param name="Low">Lower end of the range [V].</param>
/// <param name="High">Upper end of the range [V].</param>
public sealed record Converter(int Bits, double Low, double High)
{
    /// <summary>Whether the range goes through 0 V.</summary>
    public bool IsSigned => Low < 0 && High > 0;

    /// <summary>Δ, the distance of neighbouring codes [V].</summary>
    public double Step => IsSigned ? Math.Max(High, -Low) / (Math.ScaleB(1, Bits - 1) - 1) : (High - Low) / (Math.ScaleB(1, Bits) - 1);

    /// <summary>The voltage of the code that a voltage is converted to.</summary>
    /// <param name="voltage">The voltage [V].</param>
    public double Convert(double voltage)
    {
        (double origin, double step, double first, double last) = Codes();
        return origin + (step * Math.Clamp(Math.Round((voltage - origin) / step), first, last));
    }

    /// <summary>Converts voltages in place.</summary>
    /// <typeparam name="T">float or double.</typeparam>
    /// <param name="voltages">The voltages [V]; replaced by those of their codes.</param>
    public void Convert<T>(Span<T> voltages)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        (double origin, double step, double first, double last) = Codes();
        foreach (ref T v in voltages)
            v = T.CreateChecked(origin + (step * Math.Clamp(Math.Round((double.CreateChecked(v) - origin) / step), first, last)));
    }

    /// <summary>The voltage of code 0, the step, and the first and the last code.</summary>
    private (double Origin, double Step, double First, double Last) Codes()
    {
        double step = Step;

        // An end that is a code but for rounding is one.
        return IsSigned
            ? (0, step, Math.Ceiling((Low / step) - 1e-9), Math.Floor((High / step) + 1e-9))
            : (Low, step, 0, Math.ScaleB(1, Bits) - 1);
    }
}
