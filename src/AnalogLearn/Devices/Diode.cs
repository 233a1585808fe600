using System.Collections.Immutable;
using AnalogLearn.Circuits;

namespace AnalogLearn.Devices;

/// <summary>
/// Junction diode: i = Is (e^(v/nVt) − 1) + gmin v above v = −3 n Vt, i = −Is (1 + (3 n Vt/(e v))³) + gmin v below (ngspice's reverse branch), with depletion and diffusion charge
/// (SPICE3; Massobrio and Antognetti, chapter 1). Series resistance is a resistor at the anode.
/// </summary>
public readonly struct Diode : IDeviceModel
{
    /// <inheritdoc/>
    public static DeviceShape Shape { get; } = new(
        "diode",
        2,
        [
            new("is", "A", 1e-14, "saturation current") { Synonyms = ["js"] },
            new("n", "", 1, "emission coefficient"),
            new("area", "", 1, "factor on the junction's area"),
            new("m_", "", 1, "how many in parallel"),
            new("eg", "eV", 1.11, "energy gap"),
            new("xti", "", 3, "exponent of the saturation current's temperature dependence"),
            new("tnom", "°C", double.NaN, "temperature at which the card is given") { Synonyms = ["tref"] },
            new("cjo", "F", 0, "junction capacitance at 0 V") { Synonyms = ["cj0", "cj"] },
            new("vj", "V", 1, "junction potential") { Synonyms = ["pb"] },
            new("m", "", 0.5, "grading coefficient") { Synonyms = ["mj"] },
            new("fc", "", 0.5, "where the depletion capacitance goes over into a straight line"),
            new("tt", "s", 0, "transit time"),
        ],
        8);

    /// <inheritdoc/>
    public static bool Limits => true;

    /// <inheritdoc/>
    public static void Derive<T>(in DeviceConditions conditions, ReadOnlySpan<T> card, Span<T> derived)
        where T : unmanaged, IReal<T>
    {
        double vt = PhysicalConstants.ThermalVoltage(conditions.Temperature);
        T nominal = Given.Or(card[6], conditions.NominalTemperature - PhysicalConstants.ZeroCelsius) + PhysicalConstants.ZeroCelsius;
        T ratio = (T)conditions.Temperature / nominal;
        T saturation = card[0] * T.Exp(((ratio - 1.0) * card[4] / (card[1] * vt)) + (card[5] / card[1] * T.Log(ratio)));
        T size = card[2] * card[3];
        derived[0] = saturation * size;
        derived[1] = card[1] * vt;
        derived[2] = card[7] * size;
        derived[3] = card[8];
        derived[4] = card[9];
        derived[5] = card[10] * card[8];
        derived[6] = card[11];
        derived[7] = derived[1] * T.Log(derived[1] / (saturation * Math.Sqrt(2)));
    }

    /// <inheritdoc/>
    public static void Evaluate<T>(in DeviceConditions conditions, ReadOnlySpan<T> p, ReadOnlySpan<T> u, Span<T> flow, Span<T> charge)
        where T : unmanaged, IReal<T>
    {
        T v = u[0];
        T forward = p[0] * (T.Exp(v / p[1]) - 1.0);
        T cube = (T)3.0 * p[1] / (v * Math.E);
        T reverse = -(p[0] * ((T)1.0 + (cube * cube * cube)));
        T junction = T.WhereLess(v, (T)(-3.0) * p[1], reverse, forward);
        flow[0] = junction + (v * conditions.JunctionConductance);
        charge[0] = (p[6] * junction) + Junction.DepletionCharge(v, p[2], p[3], p[4], p[5]);
    }

    /// <inheritdoc/>
    public static bool Limit(ReadOnlySpan<double> p, ReadOnlySpan<double> previous, Span<double> u) => Junction.Limit(ref u[0], previous[0], p[1], p[7]);

    /// <inheritdoc/>
    public static void Start(ReadOnlySpan<double> p, Span<double> u) => u[0] = p[7];

    /// <inheritdoc/>
    public static void Noise(in DeviceConditions conditions, ReadOnlySpan<double> p, ReadOnlySpan<double> u, INoiseReceiver noise)
    {
        ArgumentNullException.ThrowIfNull(noise);
        noise.Current("shot", 0, 1, 2 * PhysicalConstants.ElementaryCharge * Math.Abs(p[0] * (Math.Exp(u[0] / p[1]) - 1)));
    }
}

/// <summary>Makes diodes of D elements.</summary>
internal sealed class DiodeFactory : IDeviceFactory
{
    public bool Makes(Element element, Model? model) => element.Kind == 'd';

    public void Make(Element element, Model? model, ICircuitBuilder builder)
    {
        double[] card = DeviceCard.Fill(Diode.Shape, element, model);
        double multiple = element.Parameter("m", 1);
        card[Diode.Shape.IndexOf("m_")] = multiple;
        card[Diode.Shape.IndexOf("m")] = model?.Number("m", model.Number("mj", 0.5)) ?? 0.5;
        double temperature = DeviceCard.Temperature(element, builder.Conditions.Temperature);
        int anode = builder.Node(element, 0);
        int cathode = builder.Node(element, 1);
        double series = model?.Number("rs", 0) ?? 0;
        if (series > 0)
        {
            int inner = builder.InternalNode(element.Name, "internal");
            double[] resistance = DeviceCard.Fill(Resistor.Shape, new Element { Kind = 'r', Name = element.Name, Nodes = [] }, null);
            resistance[Resistor.Shape.IndexOf("value")] = series / card[Diode.Shape.IndexOf("area")];
            resistance[Resistor.Shape.IndexOf("m")] = multiple;
            builder.Add<Resistor>(new(element.Name, [anode, inner], resistance, temperature) { Origins = SeriesOrigins(element, series, card[Diode.Shape.IndexOf("area")]) });
            anode = inner;
        }

        // On an instance's line m is how many in parallel, on the model card the grading coefficient.
        builder.Add<Diode>(new(element.Name, [anode, cathode], card, temperature)
        {
            Origins = [new(Diode.Shape.IndexOf("m_"), element.Name, "m", false, 1), new(Diode.Shape.IndexOf("m"), element.Name, "m", true, 1)],
        });
        if (element.TryParameter("ic", out double initial))
            builder.InitialCondition(anode, cathode, initial);
    }

    private static ImmutableArray<CardOrigin> SeriesOrigins(Element element, double series, double area)
    {
        int value = Resistor.Shape.IndexOf("value");
        return
        [
            new(value, element.Name, "rs", true, 1 / area),
            new(value, element.Name, "area", false, -series / (area * area)),
            new(Resistor.Shape.IndexOf("m"), element.Name, "m", false, 1),
        ];
    }
}
