using System.Collections.Immutable;
using System.Globalization;
using AnalogLearn.Circuits;
using AnalogLearn.Netlist;

namespace AnalogLearn.Devices;

/// <summary>q = m C v, C = C0 · scale · (1 + tc1 ΔT + tc2 ΔT²) (ngspice manual, section 3.3.6). The parameter <c>value</c> is C0 [F].</summary>
public readonly struct Capacitor : IDeviceModel
{
    /// <inheritdoc/>
    public static DeviceShape Shape { get; } = new(
        "capacitor",
        2,
        [
            new("value", "F", double.NaN, "capacitance"),
            new("tc1", "1/K", 0, "linear temperature coefficient"),
            new("tc2", "1/K²", 0, "quadratic temperature coefficient"),
            new("scale", "", 1, "factor on the capacitance"),
            new("m", "", 1, "how many in parallel"),
            new("tnom", "°C", double.NaN, "temperature at which the capacitance is given"),
        ],
        1);

    /// <inheritdoc/>
    public static void Derive<T>(in DeviceConditions conditions, ReadOnlySpan<T> card, Span<T> derived)
        where T : unmanaged, IReal<T>
    {
        T rise = (T)(conditions.Temperature - PhysicalConstants.ZeroCelsius) - Given.Or(card[5], conditions.NominalTemperature - PhysicalConstants.ZeroCelsius);
        derived[0] = card[4] * card[0] * card[3] * ((T)1.0 + (rise * (card[1] + (rise * card[2]))));
    }

    /// <inheritdoc/>
    public static void Evaluate<T>(in DeviceConditions conditions, ReadOnlySpan<T> p, ReadOnlySpan<T> u, Span<T> flow, Span<T> charge)
        where T : unmanaged, IReal<T>
    {
        flow[0] = 0.0;
        charge[0] = p[0] * u[0];
    }
}

/// <summary>Makes capacitors of C elements whose capacitance is a number, or follows from an area.</summary>
internal sealed class CapacitorFactory : IDeviceFactory
{
    public bool Makes(Element element, Model? model) => element.Kind == 'c' && element.Expressions.IsEmpty;

    public void Make(Element element, Model? model, ICircuitBuilder builder)
    {
        double[] card = DeviceCard.Fill(Capacitor.Shape, element, model);
        ImmutableArray<CardOrigin> origins = [];
        if (double.IsNaN(card[0]) && model is not null)
        {
            // A plate with an edge: C = cj l w + 2 cjsw (l + w).
            double length = element.Parameter("l", model.Number("defl", 0)) - model.Number("short", 0);
            double width = element.Parameter("w", model.Number("defw", 1e-5)) - model.Number("narrow", 0);
            double area = model.Number("cj", 0);
            double edge = 2 * model.Number("cjsw", 0);
            card[0] = (area * length * width) + (edge * (length + width));
            origins =
            [
                new(0, element.Name, "cj", true, length * width),
                new(0, element.Name, "cjsw", true, 2 * (length + width)),
                new(0, element.Name, "l", false, (area * width) + edge),
                new(0, element.Name, "w", false, (area * length) + edge),
                new(0, element.Name, "short", true, -((area * width) + edge)),
                new(0, element.Name, "narrow", true, -((area * length) + edge)),
            ];
        }

        if (!(card[0] >= 0) || !double.IsFinite(card[0]))
        {
            builder.Diagnostics.Error(Codes.BadValue, element.Span, string.Create(CultureInfo.InvariantCulture, $"the capacitance of '{element.Name}' is {card[0]} F"), "give it a value, or a model with cj and a length l");
            return;
        }

        int plus = builder.Node(element, 0);
        int minus = builder.Node(element, 1);
        builder.Add<Capacitor>(new(element.Name, [plus, minus], card, DeviceCard.Temperature(element, builder.Conditions.Temperature)) { Origins = origins });
        if (element.TryParameter("ic", out double initial))
            builder.InitialCondition(plus, minus, initial);
    }
}
