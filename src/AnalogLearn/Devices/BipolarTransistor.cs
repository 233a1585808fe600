using AnalogLearn.Circuits;
using AnalogLearn.Netlist;

namespace AnalogLearn.Devices;

/// <summary>
/// Bipolar transistor: I_C = (I_f − I_r)/q_b − I_r/br − leak, I_B = I_f/bf + I_r/br + leaks, with I_f = Is (e^(vbe/nf Vt) − 1), I_r = Is (e^(vbc/nr Vt) − 1) and the base charge
/// q_b = q₁ (1 + √(1 + 4 q₂))/2, q₁ = 1/(1 − vbc/vaf − vbe/var), q₂ = I_f/ikf + I_r/ikr (Gummel and Poon 1970; SPICE3; Massobrio and Antognetti, chapter 2).
/// </summary>
/// <remarks>
/// Terminals: collector and base behind their resistances, base, substrate, emitter behind its resistance. The base resistance belongs to the equation, since it depends on the base current:
/// rbm + (rb − rbm)/q_b, or rbm + 3 (rb − rbm)(tan z − z)/(z tan² z) when irb is given. Charges: tf I_f (1 + xtf (I_f/(I_f + itf))² e^(vbc/1.44 vtf))/q_b, tr I_r, and depletion charges, the
/// collector's split by xcjc between inner and outer base. Noise: 2q I_C, 2q I_B + kf I_B^af/f, 4kT of the base resistance.
/// </remarks>
public readonly struct BipolarTransistor : IDeviceModel
{
    private const int Emitter = 29;
    private const int Collector = Emitter + Junction.DepletionCount;
    private const int Substrate = Collector + Junction.DepletionCount;
    private const int Count = Substrate + Junction.DepletionCount;

    /// <inheritdoc/>
    public static DeviceShape Shape { get; } = new(
        "bipolar transistor",
        5,
        [
            new("polarity", "", 1, "1 for npn, −1 for pnp") { IsChoice = true },
            new("area", "", 1, "factor on the emitter's area"),
            new("areab", "", double.NaN, "factor on the base's area; area when not given"),
            new("areac", "", double.NaN, "factor on the collector's area; area when not given"),
            new("m", "", 1, "how many in parallel"),
            new("is", "A", 1e-16, "saturation current"),
            new("bf", "", 100, "forward current gain"),
            new("nf", "", 1, "forward emission coefficient"),
            new("vaf", "V", 0, "forward Early voltage; none when 0") { Synonyms = ["va"] },
            new("ikf", "A", 0, "forward knee current; none when 0") { Synonyms = ["ik"] },
            new("ise", "A", 0, "leakage of the emitter junction"),
            new("ne", "", 1.5, "its emission coefficient"),
            new("br", "", 1, "reverse current gain"),
            new("nr", "", 1, "reverse emission coefficient"),
            new("var", "V", 0, "reverse Early voltage; none when 0") { Synonyms = ["vb"] },
            new("ikr", "A", 0, "reverse knee current; none when 0"),
            new("isc", "A", 0, "leakage of the collector junction"),
            new("nc", "", 2, "its emission coefficient"),
            new("rb", "Ω", 0, "base resistance without current"),
            new("irb", "A", 0, "base current at which it is half way to rbm; by base charge when 0"),
            new("rbm", "Ω", double.NaN, "base resistance at high currents; rb when not given"),
            new("cje", "F", 0, "emitter capacitance at 0 V"),
            new("vje", "V", 0.75, "its potential") { Synonyms = ["pe"] },
            new("mje", "", 0.33, "its grading coefficient") { Synonyms = ["me"] },
            new("tf", "s", 0, "forward transit time"),
            new("xtf", "", 0, "how much tf grows with current"),
            new("vtf", "V", 0, "voltage that governs its dependence on vbc; none when 0"),
            new("itf", "A", 0, "current that governs its growth"),
            new("cjc", "F", 0, "collector capacitance at 0 V"),
            new("vjc", "V", 0.75, "its potential") { Synonyms = ["pc"] },
            new("mjc", "", 0.33, "its grading coefficient") { Synonyms = ["mc"] },
            new("xcjc", "", 1, "part of it at the inner base"),
            new("tr", "s", 0, "reverse transit time"),
            new("cjs", "F", 0, "substrate capacitance at 0 V") { Synonyms = ["ccs"] },
            new("vjs", "V", 0.75, "its potential") { Synonyms = ["ps"] },
            new("mjs", "", 0, "its grading coefficient") { Synonyms = ["ms"] },
            new("fc", "", 0.5, "where, in potentials, depletion capacitances go over into straight lines"),
            new("xtb", "", 0, "exponent of the gains' temperature dependence"),
            new("eg", "eV", 1.11, "energy gap"),
            new("xti", "", 3, "exponent of the saturation current's temperature dependence"),
            new("tnom", "°C", double.NaN, "temperature at which the card is given") { Synonyms = ["tref"] },
            new("kf", "", 0, "flicker noise coefficient"),
            new("af", "", 1, "flicker noise exponent"),
            new("subs", "", double.NaN, "1: substrate at the collector (default of npn); −1: at the base (of pnp)") { IsChoice = true },
            new("off", "", 0, "whether the first guess is 0 V") { IsChoice = true },
        ],
        Count);

    /// <inheritdoc/>
    public static bool Limits => true;

    /// <inheritdoc/>
    public static void Derive<T>(in DeviceConditions conditions, ReadOnlySpan<T> card, Span<T> derived)
        where T : unmanaged, IReal<T>
    {
        T one = 1.0;
        T temperature = conditions.Temperature;
        T nominal = Given.Or(card[40], conditions.NominalTemperature - PhysicalConstants.ZeroCelsius) + PhysicalConstants.ZeroCelsius;
        T vt = Silicon.ThermalVoltage(temperature);
        T ratio = temperature / nominal;
        T logarithm = T.Log(ratio);
        T growth = ((ratio - one) * card[38] / vt) + (card[39] * logarithm);
        T gains = T.Exp(logarithm * card[37]);
        T size = card[1] * card[4];
        T lateral = T.WhereLess(Given.Or(card[43], card[0]), 0.0, one, 0.0);
        T baseSize = Given.Or(card[2], card[1]) * card[4];
        T collectorSize = (lateral * Given.Or(card[3], card[1]) * card[4]) + ((one - lateral) * baseSize);
        T substrateSize = (lateral * baseSize) + ((one - lateral) * Given.Or(card[3], card[1]) * card[4]);
        derived[0] = card[0];
        derived[1] = card[5] * size * T.Exp(growth);
        derived[2] = card[7] * vt;
        derived[3] = one / (card[6] * gains);
        derived[4] = card[10] * size * T.Exp(growth / card[11]) / gains;
        derived[5] = card[11] * vt;
        derived[6] = one / (card[12] * gains);
        derived[7] = card[16] * collectorSize * T.Exp(growth / card[17]) / gains;
        derived[8] = card[17] * vt;
        derived[9] = card[13] * vt;
        derived[10] = Inverse(card[8]);
        derived[11] = Inverse(card[14]);
        derived[12] = Inverse(card[9] * size);
        derived[13] = Inverse(card[15] * size);
        derived[14] = Given.Or(card[20], card[18]) / size;
        derived[15] = (card[18] / size) - derived[14];
        derived[16] = Inverse(card[19] * size);
        derived[17] = card[24];
        derived[18] = card[25];
        derived[19] = Inverse(card[26] * 1.44);
        derived[20] = card[27] * size;
        derived[21] = card[32];
        derived[22] = Junction.Critical(derived[1], vt);
        derived[23] = vt;
        derived[24] = card[44];
        derived[25] = card[41];
        derived[26] = card[42];
        derived[27] = card[31];
        derived[28] = lateral;
        Depletion(card[21] * size, card[22], card[23], card[36], nominal, temperature, derived.Slice(Emitter, Junction.DepletionCount));
        Depletion(card[28] * collectorSize, card[29], card[30], card[36], nominal, temperature, derived.Slice(Collector, Junction.DepletionCount));
        Depletion(card[33] * substrateSize, card[34], card[35], 0.0, nominal, temperature, derived.Slice(Substrate, Junction.DepletionCount));
    }

    /// <inheritdoc/>
    public static void Evaluate<T>(in DeviceConditions conditions, ReadOnlySpan<T> p, ReadOnlySpan<T> u, Span<T> flow, Span<T> charge)
        where T : unmanaged, IReal<T>
    {
        T sign = p[0];
        T vbe = sign * u[1];
        T vbc = sign * (u[1] - u[0]);
        T vbx = sign * (u[2] - u[0]);
        Currents(conditions, p, vbe, vbc, out T collector, out T atBase, out T forward, out T reverse, out T baseCharge);
        T throughBase = (u[2] - u[1]) * BaseConductance(p, atBase, baseCharge);

        // The substrate's junction ends at the collector of a vertical transistor, at the base of a lateral one, and points the other way there.
        T lateral = p[28];
        T junction = u[3] - u[0] + (lateral * (u[0] - u[1]));
        T direction = sign * ((T)1.0 - (lateral * 2.0));
        T leak = junction * conditions.JunctionConductance;
        flow[0] = (sign * collector) - leak + (lateral * leak);
        flow[1] = (sign * atBase) - throughBase - (lateral * leak);
        flow[2] = throughBase;
        flow[3] = leak;

        T saturating = T.WhereLess(0.0, p[20], forward / (forward + RealFunctions.Max(p[20], 1e-30)), 1.0);
        T slowing = p[18] * T.Exp(vbc * p[19]) * saturating * saturating;
        T atEmitter = (p[17] * forward * ((T)1.0 + slowing) / baseCharge) + Junction.DepletionCharge(vbe, p.Slice(Emitter, Junction.DepletionCount));
        T inner = (p[21] * reverse) + (p[27] * Junction.DepletionCharge(vbc, p.Slice(Collector, Junction.DepletionCount)));
        T outer = ((T)1.0 - p[27]) * Junction.DepletionCharge(vbx, p.Slice(Collector, Junction.DepletionCount));
        T stored = direction * Junction.DepletionCharge(direction * junction, p.Slice(Substrate, Junction.DepletionCount));
        charge[0] = -(sign * (inner + outer)) - stored + (lateral * stored);
        charge[1] = (sign * (atEmitter + inner)) - (lateral * stored);
        charge[2] = sign * outer;
        charge[3] = stored;
    }

    /// <inheritdoc/>
    public static bool Limit(ReadOnlySpan<double> p, ReadOnlySpan<double> previous, Span<double> u)
    {
        double sign = p[0];
        double emitter = sign * u[1];
        double collector = sign * (u[1] - u[0]);
        bool limited = Junction.Limit(ref emitter, sign * previous[1], p[23], p[22]);
        limited |= Junction.Limit(ref collector, sign * (previous[1] - previous[0]), p[23], p[22]);
        if (!limited)
            return false;
        double across = u[2] - u[1];
        u[1] = sign * emitter;
        u[0] = u[1] - (sign * collector);
        u[2] = u[1] + across;
        return true;
    }

    /// <inheritdoc/>
    public static void Start(ReadOnlySpan<double> p, Span<double> u)
    {
        if (p[24] == 0)
            u[..3].Fill(p[0] * p[22]);
    }

    /// <inheritdoc/>
    public static void Noise(in DeviceConditions conditions, ReadOnlySpan<double> p, ReadOnlySpan<double> u, INoiseReceiver noise)
    {
        ArgumentNullException.ThrowIfNull(noise);
        Span<Real> derived = stackalloc Real[Count];
        for (int k = 0; k < derived.Length; k++)
            derived[k] = p[k];
        Currents<Real>(conditions, derived, p[0] * u[1], p[0] * (u[1] - u[0]), out Real collector, out Real atBase, out _, out _, out Real baseCharge);
        double current = Math.Abs(atBase.Value);
        noise.Current("collector shot", 0, 4, 2 * PhysicalConstants.ElementaryCharge * Math.Abs(collector.Value));
        noise.Current("base shot", 1, 4, 2 * PhysicalConstants.ElementaryCharge * current);
        if (p[25] != 0)
            noise.Current("flicker", 1, 4, 0, p[25] * Math.Pow(current, p[26]));
        double conductance = BaseConductance<Real>(derived, atBase, baseCharge).Value;
        if (conductance != 0)
            noise.Current("base thermal", 2, 1, 4 * PhysicalConstants.Boltzmann * conditions.Temperature * conductance);
    }

    private static void Currents<T>(
        in DeviceConditions conditions, ReadOnlySpan<T> p, T vbe, T vbc, out T collector, out T atBase, out T forward, out T reverse, out T baseCharge)
        where T : unmanaged, IReal<T>
    {
        T one = 1.0;
        T gmin = conditions.JunctionConductance;
        forward = Junction.Current(vbe, p[1], p[2]);
        reverse = Junction.Current(vbc, p[1], p[9]);
        T leakEmitter = Junction.Current(vbe, p[4], p[5]) + (vbe * gmin);
        T leakCollector = Junction.Current(vbc, p[7], p[8]) + (vbc * gmin);
        T early = one / (one - (p[10] * vbc) - (p[11] * vbe));
        T injection = RealFunctions.Max(one + (((p[12] * forward) + (p[13] * reverse)) * 4.0), 1e-30);
        baseCharge = early * (one + T.Sqrt(injection)) * 0.5;
        collector = ((forward - reverse) / baseCharge) - (p[6] * reverse) - leakCollector;
        atBase = (p[3] * forward) + leakEmitter + (p[6] * reverse) + leakCollector;
    }

    private static T BaseConductance<T>(ReadOnlySpan<T> p, T atBase, T baseCharge)
        where T : unmanaged, IReal<T>
    {
        T one = 1.0;
        T ratio = RealFunctions.Max(atBase * p[16], 1e-9);
        T z = (T.Sqrt(one + (ratio * 14.59025)) - one) / (T.Sqrt(ratio) * 2.4317);
        T tangent = T.Sin(z) / T.Cos(z);
        T square = z * z;

        // (tan z − z)/(z tan² z), by its series where the difference would lose digits.
        T crowding = T.WhereLess(z, 0.02, (one - (square * (4.0 / 15)) - (square * square * (4.0 / 105))) * (1.0 / 3), (tangent - z) / (z * tangent * tangent));
        T resistance = p[14] + T.WhereLess(0.0, p[16], p[15] * 3.0 * crowding, p[15] / baseCharge);
        return T.WhereLess(0.0, p[14] + p[15], one / RealFunctions.Max(resistance, 1e-6), 0.0);
    }

    private static void Depletion<T>(T capacitance, T potential, T grading, T forward, T nominal, T temperature, Span<T> derived)
        where T : unmanaged, IReal<T> =>
        Junction.Depletion(
            capacitance * Silicon.CapacitanceFactor(potential, grading, nominal, temperature), Silicon.Potential(potential, nominal, temperature), grading, forward, derived);

    private static T Inverse<T>(T value)
        where T : unmanaged, IReal<T> => T.WhereLess(0.0, RealFunctions.Abs(value), (T)1.0 / value, 0.0);
}

/// <summary>Makes bipolar transistors of Q elements.</summary>
internal sealed class BipolarTransistorFactory : IDeviceFactory
{
    public bool Makes(Element element, Model? model) => element.Kind == 'q' && model is not null;

    public void Make(Element element, Model? model, ICircuitBuilder builder)
    {
        DeviceShape shape = BipolarTransistor.Shape;
        double[] card = DeviceCard.Fill(shape, element, model);
        card[0] = model!.Type == "pnp" ? -1 : 1;
        if (!(card[5] > 0) || !(card[6] > 0) || !(card[12] > 0))
        {
            builder.Diagnostics.Error(Codes.BadValue, model.Span, $"is, bf and br of '{model.Name}' must be above 0", "is is a current in A, bf and br are gains");
            return;
        }

        double temperature = DeviceCard.Temperature(element, builder.Conditions.Temperature);
        double multiple = card[4];
        int collector = SeriesResistance.Add(builder, element, model, "collector", builder.Node(element, 0), model.Number("rc", 0), "rc", 1, card[1], multiple, temperature);
        int atBase = builder.Node(element, 1);
        int inner = card[18] > 0 || card[20] > 0 ? builder.InternalNode(element.Name, "base") : atBase;
        int emitter = SeriesResistance.Add(builder, element, model, "emitter", builder.Node(element, 2), model.Number("re", 0), "re", 1, card[1], multiple, temperature);
        int substrate = element.Nodes.Length > 3 ? builder.Node(element, 3) : -1;
        builder.Add<BipolarTransistor>(new(element.Name, [collector, inner, atBase, substrate, emitter], card, temperature));
    }
}
