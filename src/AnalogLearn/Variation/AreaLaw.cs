using System.Globalization;
using AnalogLearn.Circuits;
using AnalogLearn.Netlist;

namespace AnalogLearn.Variation;

/// <summary>
/// σ(V_T) = A_VT/√(W L) of one device (<c>sigma_basis=device</c>), or of the difference of a pair, where one device has A_VT/√(2 W L) (<c>sigma_basis=pair</c>, Pelgrom, Duinmaijer and Welbers 1989,
/// DOI 10.1109/JSSC.1989.572629). avt in V·µm, w and l in µm; m devices in parallel have √m less. It is the law of what a threshold shifts: vos of neurons and amplifiers, vto of transistors.
/// </summary>
internal static class AreaLaw
{
    /// <summary>Smallest length that is taken for one in µm; smaller ones were meant in metres.</summary>
    private const double SmallestMicrometre = 1e-3;

    /// <summary>The standard deviation of one device [V], or null when there is no area law or something is wrong with it, which is then diagnosed.</summary>
    /// <param name="name">The element.</param>
    /// <param name="span">Where the element stands.</param>
    /// <param name="given">What its card and line give.</param>
    /// <param name="size">w and l [µm] of elements that have them on their lines, NaN for one that is missing; null when they stand with avt.</param>
    /// <param name="parallel">How many devices are in parallel.</param>
    /// <param name="diagnostics">Receives what is wrong.</param>
    public static double? Deviation(string name, SourceSpan span, IEnumerable<Argument> given, (double Width, double Length)? size, double parallel, DiagnosticBag diagnostics)
    {
        Argument? avt = null, basis = null, width = null, length = null;
        foreach (Argument argument in given)
        {
            switch (argument.Name)
            {
                case "avt":
                    avt = argument;
                    break;
                case "sigma_basis":
                    basis = argument;
                    break;
                case "w":
                    width = argument;
                    break;
                case "l":
                    length = argument;
                    break;
            }
        }

        if (avt is null)
        {
            if ((basis ?? width ?? length) is { } useless)
                diagnostics.Error(Codes.BadAreaLaw, useless.Span, $"{useless.Name}= of '{name}' is of no use without avt=", "give the area law whole: avt=3.36m w=10 l=1 sigma_basis=device, or leave it out");
            return null;
        }

        if (avt.Value is not NumberValue { Number: >= 0 } coefficient)
        {
            diagnostics.Error(Codes.BadAreaLaw, avt.Value.Span, "avt is a number of V·µm that is not negative", "write avt=3.36m for 3.36 mV·µm");
            return null;
        }

        double pair = 1;
        if (basis is not null)
        {
            string? word = (basis.Value as TextValue)?.Text.ToLowerInvariant();
            if (word is not ("device" or "pair"))
            {
                diagnostics.Error(Codes.BadAreaLaw, basis.Value.Span, "sigma_basis is device or pair: what avt is the deviation of", "the difference of a matched pair deviates √2 as much as one device");
                return null;
            }

            pair = word is "pair" ? 2 : 1;
        }

        (double w, double l) = size ?? (Micrometres(width), Micrometres(length));
        if (double.IsNaN(w) || double.IsNaN(l))
        {
            string missing = double.IsNaN(w) && double.IsNaN(l) ? "w= and l= are" : double.IsNaN(w) ? "w= is" : "l= is";
            diagnostics.Error(
                Codes.BadAreaLaw,
                size is null ? avt.Span : span,
                $"{missing} missing: the area law of '{name}' needs the size of the device",
                size is null ? "write avt=3.36m w=10 l=1, both in µm" : "write w=10u l=1u on the transistor's line");
            return null;
        }

        if (!(w > 0) || !(l > 0) || (size is null && (w < SmallestMicrometre || l < SmallestMicrometre)))
        {
            Argument wrong = (w < SmallestMicrometre ? width : length) ?? avt;
            diagnostics.Error(Codes.BadAreaLaw, wrong.Value.Span, string.Create(CultureInfo.InvariantCulture, $"w={w} l={l} µm is no size of a device"), "beside avt= lengths are in µm: w=10 for 10 µm");
            return null;
        }

        return coefficient.Number / Math.Sqrt(pair * w * l * parallel);
    }

    private static double Micrometres(Argument? argument) => argument?.Value is NumberValue number ? number.Number : double.NaN;
}
