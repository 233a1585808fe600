using System.Collections.Immutable;
using System.Globalization;
using AnalogLearn.Circuits;
using AnalogLearn.Netlist;

namespace AnalogLearn.Devices;

/// <summary>
/// i = m v / R, R = R0 · scale · (1 + tc1 ΔT + tc2 ΔT²), ΔT = T − Tnom; with tce instead, R0 · 1.01^(tce ΔT) (ngspice manual, section 3.3.1). Thermal noise 4kT/R.
/// The parameter <c>value</c> is R0 [Ω].
/// </summary>
public readonly struct Resistor : IDeviceModel
{
    /// <inheritdoc/>
    public static DeviceShape Shape { get; } = new(
        "resistor",
        2,
        [
            new("value", "Ω", double.NaN, "resistance"),
            new("tc1", "1/K", 0, "linear temperature coefficient"),
            new("tc2", "1/K²", 0, "quadratic temperature coefficient"),
            new("tce", "%/K", double.NaN, "exponential temperature coefficient"),
            new("scale", "", 1, "factor on the resistance"),
            new("m", "", 1, "how many in parallel"),
            new("tnom", "°C", double.NaN, "temperature at which the resistance is given"),
            new("noisy", "", 1, "0 for a resistor without noise"),
        ],
        2);

    /// <inheritdoc/>
    public static void Derive<T>(in DeviceConditions conditions, ReadOnlySpan<T> card, Span<T> derived)
        where T : unmanaged, IReal<T>
    {
        // What was not given is NaN, and NaN is less than nothing and not less than anything: both orders say so.
        T nominal = Given.Or(card[6], conditions.NominalTemperature - PhysicalConstants.ZeroCelsius);
        T rise = (T)(conditions.Temperature - PhysicalConstants.ZeroCelsius) - nominal;
        T polynomial = (T)1.0 + (rise * (card[1] + (rise * card[2])));
        T factor = Given.Is(card[3], T.Exp(Given.Or(card[3], 0) * rise * Math.Log(1.01)), polynomial);
        derived[0] = card[5] / (card[0] * card[4] * factor);
        derived[1] = card[7];
    }

    /// <inheritdoc/>
    public static void Evaluate<T>(in DeviceConditions conditions, ReadOnlySpan<T> p, ReadOnlySpan<T> u, Span<T> flow, Span<T> charge)
        where T : unmanaged, IReal<T> => flow[0] = p[0] * u[0];

    /// <inheritdoc/>
    public static void Noise(in DeviceConditions conditions, ReadOnlySpan<double> p, ReadOnlySpan<double> u, INoiseReceiver noise)
    {
        ArgumentNullException.ThrowIfNull(noise);
        if (p[1] != 0)
            noise.Current("thermal", 0, 1, 4 * PhysicalConstants.Boltzmann * conditions.Temperature * Math.Abs(p[0]));
    }
}

/// <summary>Makes resistors of R elements whose resistance is a number, or follows from a sheet resistance.</summary>
internal sealed class ResistorFactory : IDeviceFactory
{
    public bool Makes(Element element, Model? model) => element.Kind == 'r' && element.Expressions.IsEmpty;

    public void Make(Element element, Model? model, ICircuitBuilder builder)
    {
        double[] card = DeviceCard.Fill(Resistor.Shape, element, model);
        ImmutableArray<CardOrigin> origins = [];
        if (double.IsNaN(card[0]) && model is not null)
        {
            // A film: R = rsh (l − dl)/(w − dw).
            double length = element.Parameter("l") - model.Number("short", 0) - model.Number("dlr", 0);
            double width = element.Parameter("w", model.Number("defw", 1e-5)) - model.Number("narrow", 0) - model.Number("dw", 0);
            card[0] = model.Number("rsh", 0) * length / width;
            origins =
            [
                new(0, element.Name, "rsh", true, length / width),
                new(0, element.Name, "l", false, card[0] / length),
                new(0, element.Name, "w", false, -card[0] / width),
                new(0, element.Name, "narrow", true, card[0] / width),
                new(0, element.Name, "short", true, -card[0] / length),
            ];
        }

        if (!(Math.Abs(card[0]) > 0) || !double.IsFinite(card[0]))
        {
            builder.Diagnostics.Error(Codes.BadValue, element.Span, string.Create(CultureInfo.InvariantCulture, $"the resistance of '{element.Name}' is {card[0]} Ω"), "give it a value other than 0, or a model with rsh and a length l");
            return;
        }

        builder.Add<Resistor>(new(element.Name, [builder.Node(element, 0), builder.Node(element, 1)], card, DeviceCard.Temperature(element, builder.Conditions.Temperature)) { Origins = origins });
    }
}
