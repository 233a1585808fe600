using System.Collections.Immutable;
using AnalogLearn.Circuits;
using AnalogLearn.Netlist;

namespace AnalogLearn.Devices;

/// <summary>
/// i = m G v (1 + k2 v + k3 v² + … + k6 v⁵): a resistor that learns whose current is no straight line, <c>iv=poly(1,k2,k3,…)</c> on its model, the polynomial that <c>fit iv</c> finds in measurements. G is what it learns;
/// ∂i/∂G = i/G is known whatever G. With two terminals the circuit's Jacobian stays symmetric. Holds where it was measured: a curve that falls again beyond has several operating points.
/// Thermal noise by the slope, 4kT |di/dv|, which is Johnson's at 0 V.
/// </summary>
public readonly struct BentConductance : IDeviceModel
{
    /// <summary>How many of k2, k3 … there can be.</summary>
    private const int Most = 5;

    /// <inheritdoc/>
    public static DeviceShape Shape { get; } = new(
        "bent conductance",
        2,
        [
            new("g", "S", double.NaN, "conductance at small voltages"),
            new("m", "", 1, "how many in parallel"),
            new("k2", "1/V", 0, "what the current has of v²"),
            new("k3", "1/V²", 0, "what it has of v³"),
            new("k4", "1/V³", 0, "what it has of v⁴"),
            new("k5", "1/V⁴", 0, "what it has of v⁵"),
            new("k6", "1/V⁵", 0, "what it has of v⁶"),
        ],
        1 + Most);

    /// <inheritdoc/>
    public static void Derive<T>(in DeviceConditions conditions, ReadOnlySpan<T> card, Span<T> derived)
        where T : unmanaged, IReal<T>
    {
        derived[0] = card[0] * card[1];
        card[2..].CopyTo(derived[1..]);
    }

    /// <inheritdoc/>
    public static void Evaluate<T>(in DeviceConditions conditions, ReadOnlySpan<T> p, ReadOnlySpan<T> u, Span<T> flow, Span<T> charge)
        where T : unmanaged, IReal<T>
    {
        T v = u[0];
        T sum = p[Most];
        for (int k = Most - 1; k > 0; k--)
            sum = p[k] + (v * sum);
        flow[0] = p[0] * v * ((T)1.0 + (v * sum));
    }

    /// <inheritdoc/>
    public static void Noise(in DeviceConditions conditions, ReadOnlySpan<double> p, ReadOnlySpan<double> u, INoiseReceiver noise)
    {
        ArgumentNullException.ThrowIfNull(noise);
        double slope = 0;
        for (int k = Most; k > 0; k--)
            slope = u[0] * (((k + 1) * p[k]) + slope);
        noise.Current("thermal", 0, 1, 4 * PhysicalConstants.Boltzmann * conditions.Temperature * Math.Abs(p[0] * (1 + slope)));
    }

    /// <summary>Where the curve stands, for a resistor that learns.</summary>
    /// <param name="element">An element.</param>
    /// <param name="model">Its model, or null.</param>
    internal static Argument? CurveOf(Element element, Model? model) =>
        model is not null && element.Expressions.IsEmpty && ConductanceCard.Learns(element, model) ? model.Parameters.LastOrDefault(p => p.Name is "iv") : null;

    /// <summary>k2, k3 … of a curve, or null when it is none.</summary>
    /// <param name="curve">What the card says.</param>
    internal static ImmutableArray<double>? Coefficients(Argument curve) =>
        curve.Value is CallValue { Call: { Name: "poly", Arguments: { Length: > 1 and <= Most + 1 } given } } && given.All(a => a.Value is NumberValue) && given[0].Value is NumberValue { Number: 1 }
            ? [.. given[1..].Select(a => ((NumberValue)a.Value).Number)]
            : null;
}

/// <summary>Makes bent conductances of R elements that learn and have a curve.</summary>
internal sealed class BentConductanceFactory : IDeviceFactory
{
    public bool Makes(Element element, Model? model) => BentConductance.CurveOf(element, model) is not null;

    public void Make(Element element, Model? model, ICircuitBuilder builder)
    {
        Argument curve = BentConductance.CurveOf(element, model)!;
        if (BentConductance.Coefficients(curve) is not { } coefficients)
        {
            builder.Diagnostics.Error(Codes.BadValue, curve.Value.Span, "the curve of a resistor that learns is a polynomial of up to six numbers that begins with 1", "I = G V (1 + k2 V + k3 V² + …): write iv=poly(1,k2,k3)");
            return;
        }

        if (Array.Find(["tc1", "tc2", "tce", "scale", "rsh"], n => element.TryParameter(n, out double own) ? own != 0 && !(n == "scale" && own == 1) : model!.Number(n, 0) != 0) is { } unused)
        {
            builder.Diagnostics.Error(Codes.UnusedParameter, curve.Span, $"'{unused}' and 'iv' of '{element.Name}': a resistor with a curve has its resistance alone", $"leave {unused} out, or iv");
            return;
        }

        double resistance = element.Parameter("value", model!.Number("r", double.NaN));
        if (!(resistance > 0) || !double.IsFinite(resistance))
        {
            builder.Diagnostics.Error(Codes.BadValue, element.Span, $"the resistance of '{element.Name}' has to be above 0", "give it a value, or its model r=");
            return;
        }

        double[] card = [.. BentConductance.Shape.Parameters.Select(p => p.Default)];
        card[0] = 1 / resistance;
        card[1] = element.Parameter("m", 1);
        coefficients.CopyTo(card, 2);
        builder.Add<BentConductance>(new(element.Name, [builder.Node(element, 0), builder.Node(element, 1)], card, DeviceCard.Temperature(element, builder.Conditions.Temperature)));
    }
}
