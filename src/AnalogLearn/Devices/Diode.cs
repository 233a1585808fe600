using AnalogLearn.Circuits;

namespace AnalogLearn.Devices;

/// <summary>
/// Junction diode: i = Is (e^(v/nVt) − 1) of bottom and sidewall, ngspice's cubic branch below −3 n Vt, breakdown −Is e^(−(v + BV)/(nbv Vt)), recombination
/// Isr (e^(v/nr Vt) − 1) ((1 − v/φ)² + 0.005)^(m/2), high injection i/(1 + √(|i|/ik)), and gmin v; depletion charges of bottom and sidewall, and tt · i
/// (SPICE3; Massobrio and Antognetti, chapter 1; ngspice manual, section 7.2). Unlike ngspice, ikr holds for every negative current, so that nothing jumps at −3 n Vt. Series resistance is a resistor at the anode. Noise: 2qI and kf I^af/f.
/// </summary>
public readonly struct Diode : IDeviceModel
{
    private const int Is = 0;
    private const int N = 1;
    private const int Area = 2;
    private const int Multiple = 3;
    private const int Gap = 4;
    private const int Exponent = 5;
    private const int Nominal = 6;
    private const int Off = 7;
    private const int Cjo = 8;
    private const int Vj = 9;
    private const int M = 10;
    private const int Fc = 11;
    private const int Tt = 12;
    private const int Bv = 13;
    private const int Ibv = 14;
    private const int Nbv = 15;
    private const int Tcv = 16;
    private const int Jsw = 17;
    private const int Ns = 18;
    private const int Cjsw = 19;
    private const int Vjsw = 20;
    private const int Mjsw = 21;
    private const int Fcs = 22;
    private const int Pj = 23;
    private const int Ikf = 24;
    private const int Ikr = 25;
    private const int Isr = 26;
    private const int Nr = 27;
    private const int Kf = 28;
    private const int Af = 29;

    /// <inheritdoc/>
    public static DeviceShape Shape { get; } = new(
        "diode",
        2,
        [
            .. PlainDiode.Shape.Parameters,
            new("cjo", "F", 0, "junction capacitance at 0 V") { Synonyms = ["cj0", "cj"] },
            new("vj", "V", 1, "junction potential") { Synonyms = ["pb"] },
            new("m", "", 0.5, "grading coefficient") { Synonyms = ["mj"] },
            new("fc", "", 0.5, "where, in vj, the depletion capacitance goes over into a straight line"),
            new("tt", "s", 0, "transit time"),
            new("bv", "V", double.NaN, "breakdown voltage; none when not given"),
            new("ibv", "A", 1e-3, "current at bv"),
            new("nbv", "", double.NaN, "emission coefficient of breakdown; n when not given"),
            new("tcv", "V/K", 0, "temperature coefficient of bv"),
            new("jsw", "A", 0, "saturation current of the sidewall, a unit of pj"),
            new("ns", "", double.NaN, "emission coefficient of the sidewall; n when not given"),
            new("cjsw", "F", 0, "sidewall capacitance at 0 V, a unit of pj") { Synonyms = ["cjp"] },
            new("vjsw", "V", 1, "sidewall potential") { Synonyms = ["php"] },
            new("mjsw", "", 0.33, "sidewall grading coefficient"),
            new("fcs", "", 0.5, "fc of the sidewall"),
            new("pj", "", 0, "perimeter"),
            new("ikf", "A", double.NaN, "forward knee current; none when not given") { Synonyms = ["ik"] },
            new("ikr", "A", double.NaN, "reverse knee current; none when not given"),
            new("isr", "A", 0, "recombination current"),
            new("nr", "", 2, "emission coefficient of recombination"),
            new("kf", "", 0, "flicker noise coefficient"),
            new("af", "", 1, "flicker noise exponent"),
        ],
        28);

    /// <inheritdoc/>
    public static bool Limits => true;

    /// <inheritdoc/>
    public static void Derive<T>(in DeviceConditions conditions, ReadOnlySpan<T> card, Span<T> derived)
        where T : unmanaged, IReal<T>
    {
        T temperature = conditions.Temperature;
        T nominal = Given.Or(card[Nominal], conditions.NominalTemperature - PhysicalConstants.ZeroCelsius) + PhysicalConstants.ZeroCelsius;
        T vt = Silicon.ThermalVoltage(temperature);
        T size = card[Area] * card[Multiple];
        T edge = card[Pj] * card[Multiple];
        T sideEmission = Given.Or(card[Ns], card[N]);
        T thermal = card[N] * vt;
        T bottom = Saturation(card[Is] * size, card[Gap], card[Exponent], card[N], nominal, temperature);
        T side = Saturation(card[Jsw] * edge, card[Gap], card[Exponent], sideEmission, nominal, temperature);
        T total = bottom + side;
        T critical = Junction.Critical(total, thermal);
        derived[0] = bottom;
        derived[1] = thermal;
        derived[2] = critical;
        derived[3] = T.WhereLess(0.5, card[Off], 0.0, critical);
        derived[4] = side;
        derived[5] = sideEmission * vt;

        // The exponential of breakdown takes over where the reverse current at bv is ibv.
        T breakdownThermal = Given.Or(card[Nbv], card[N]) * vt;
        T voltage = card[Bv] - (card[Tcv] * (temperature - nominal));
        T current = card[Ibv] * card[Multiple];
        T matched = voltage - (breakdownThermal * T.Log((T)1.0 + (current / total)));
        for (int iteration = 0; iteration < 10; iteration++)
            matched = voltage - (breakdownThermal * T.Log((current / total) + 1.0 - (matched / vt)));
        T onset = T.WhereLess(current, total * voltage / vt, voltage, matched);
        derived[6] = Given.Is(card[Bv], onset, 1e6);
        derived[7] = breakdownThermal;
        derived[8] = Saturation(card[Isr] * size, card[Gap], card[Exponent], card[Nr], nominal, temperature);
        derived[9] = card[Nr] * vt;
        derived[10] = Given.Is(card[Ikf], (T)1.0 / (card[Ikf] * size), 0.0);
        derived[11] = Given.Is(card[Ikr], (T)1.0 / (card[Ikr] * size), 0.0);
        derived[12] = card[Tt];
        T potential = Silicon.Potential(card[Vj], nominal, temperature);
        derived[13] = card[M] * 0.5;
        derived[14] = card[Kf];
        derived[15] = card[Af];
        T capacitance = card[Cjo] * size * Silicon.CapacitanceFactor(card[Vj], card[M], nominal, temperature);
        Junction.Depletion(capacitance, potential, card[M], card[Fc], derived.Slice(16, Junction.DepletionCount));
        T sidePotential = Silicon.Potential(card[Vjsw], nominal, temperature);
        T sideCapacitance = card[Cjsw] * edge * Silicon.CapacitanceFactor(card[Vjsw], card[Mjsw], nominal, temperature);
        Junction.Depletion(sideCapacitance, sidePotential, card[Mjsw], card[Fcs], derived.Slice(22, Junction.DepletionCount));
    }

    /// <inheritdoc/>
    public static void Evaluate<T>(in DeviceConditions conditions, ReadOnlySpan<T> p, ReadOnlySpan<T> u, Span<T> flow, Span<T> charge)
        where T : unmanaged, IReal<T>
    {
        T v = u[0];
        T one = 1.0;
        T corner = p[1] * -3.0;

        // Recombination in the depletion layer; it stays where it is beyond the corner.
        T recombining = RealFunctions.Max(v, corner);
        T depth = one - (recombining * p[16]);
        T recombination = p[8] * (T.Exp(recombining / p[9]) - one) * T.Exp(p[13] * T.Log((depth * depth) + 0.005));

        T bottom = Junction.Current(v, p[0], p[1]) + recombination;
        T side = Junction.Current(v, p[4], p[5]);
        T avalanche = T.Exp((RealFunctions.Min(v, -p[6]) + p[6]) / -p[7]);
        T isBroken = -p[6];
        bottom = T.WhereLess(v, isBroken, recombination - (p[0] * avalanche), bottom);
        side = T.WhereLess(v, isBroken, -(p[4] * avalanche), side);
        bottom = bottom / (one + SafeRoot(bottom * p[10]) + SafeRoot(-(bottom * p[11])));
        T current = bottom + side + (v * conditions.JunctionConductance);
        flow[0] = current;
        charge[0] = (p[12] * current) + Junction.DepletionCharge(v, p.Slice(16, Junction.DepletionCount)) + Junction.DepletionCharge(v, p.Slice(22, Junction.DepletionCount));
    }

    /// <inheritdoc/>
    public static bool Limit(ReadOnlySpan<double> p, ReadOnlySpan<double> previous, Span<double> u)
    {
        // Near breakdown it is the distance to it that is restrained.
        double onset = p[6];
        if (!(u[0] < Math.Min(0, (10 * p[7]) - onset)))
            return Junction.Limit(ref u[0], previous[0], p[1], p[2]);
        double beyond = -(u[0] + onset);
        bool limited = Junction.Limit(ref beyond, -(previous[0] + onset), p[7], p[2]);
        u[0] = -(beyond + onset);
        return limited;
    }

    /// <inheritdoc/>
    public static void Start(ReadOnlySpan<double> p, Span<double> u) => u[0] = p[3];

    /// <inheritdoc/>
    public static void Noise(in DeviceConditions conditions, ReadOnlySpan<double> p, ReadOnlySpan<double> u, INoiseReceiver noise)
    {
        ArgumentNullException.ThrowIfNull(noise);
        double current = Math.Abs(CurrentAt(conditions, p, u[0]));
        noise.Current("shot", 0, 1, 2 * PhysicalConstants.ElementaryCharge * current);
        if (p[14] != 0)
            noise.Current("flicker", 0, 1, 0, p[14] * Math.Exp(p[15] * Math.Log(Math.Max(current, 1e-38))));
    }

    /// <summary>Is(T) = Is · exp((T/Tnom − 1) Eg/(n Vt) + xti/n · ln(T/Tnom)).</summary>
    internal static T Saturation<T>(T saturation, T gap, T exponent, T emission, T nominal, T temperature)
        where T : unmanaged, IReal<T>
    {
        T ratio = temperature / nominal;
        return saturation * T.Exp(((ratio - 1.0) * gap / (emission * Silicon.ThermalVoltage(temperature))) + (exponent / emission * T.Log(ratio)));
    }

    private static T SafeRoot<T>(T x)
        where T : unmanaged, IReal<T> => T.WhereLess(1e-30, x, T.Sqrt(RealFunctions.Max(x, 1e-30)), 0.0);

    private static double CurrentAt(in DeviceConditions conditions, ReadOnlySpan<double> p, double v)
    {
        Span<Real> derived = stackalloc Real[28];
        for (int k = 0; k < p.Length; k++)
            derived[k] = p[k];
        Span<Real> u = [v];
        Span<Real> flow = [0.0];
        Span<Real> charge = [0.0];
        Evaluate<Real>(conditions, derived, u, flow, charge);
        return flow[0].Value;
    }
}

/// <summary>Makes diodes of D elements.</summary>
internal sealed class DiodeFactory : IDeviceFactory
{
    private static readonly string[] Plain = ["is", "js", "n", "eg", "xti", "tnom", "tref", "rs", "trs", "trs1", "trs2", "level"];

    public bool Makes(Element element, Model? model) => element.Kind == 'd' && model is not null;

    public void Make(Element element, Model? model, ICircuitBuilder builder)
    {
        // The name m is the grading on a model's card and the number of devices on an element's line.
        bool isMultiple = element.TryParameter("m", out double multiple);
        Element without = isMultiple ? element with { Parameters = element.Parameters.Remove("m") } : element;
        if (!isMultiple)
            multiple = 1;
        bool plain = !element.TryParameter("pj", out _) && model!.Parameters.All(p => p.Name is { } name && Plain.Contains(name));
        DeviceShape shape = plain ? PlainDiode.Shape : Diode.Shape;
        double[] card = DeviceCard.Fill(shape, without, model);
        card[shape.IndexOf("m_")] = multiple;
        double temperature = DeviceCard.Temperature(element, builder.Conditions.Temperature);
        double area = card[shape.IndexOf("area")];
        double series = model!.Number("rs", 0);
        int anode = SeriesResistance.Add(builder, element, model, "internal", builder.Node(element, 0), series, "rs", 1, area, multiple, temperature);
        int cathode = builder.Node(element, 1);
        if (plain)
        {
            builder.Add<PlainDiode>(new(element.Name, [anode, cathode], card, temperature) { Origins = [new(shape.IndexOf("m_"), element.Name, "m", false, 1)] });
        }
        else
        {
            builder.Add<Diode>(new(element.Name, [anode, cathode], card, temperature)
            {
                Origins = [new(shape.IndexOf("m_"), element.Name, "m", false, 1), new(shape.IndexOf("m"), element.Name, "m", true, 1)],
            });
        }

        if (element.TryParameter("ic", out double initial))
            builder.InitialCondition(anode, cathode, initial);
    }
}
