using AnalogLearn.Circuits;
using AnalogLearn.Netlist;

namespace AnalogLearn.Devices;

/// <summary>
/// MOS transistor, level 1: I = β (1 + λ vds) · vds (vgs − von − vds/2) below saturation, β/2 (1 + λ vds)(vgs − von)² above, von = vbi + γ √(φ − vbs)
/// (Shichman and Hodges 1968; SPICE3 mos1; Massobrio and Antognetti, section 4.2). Where vds &lt; 0, drain and source change places. Junctions from bulk to drain and to source, overlaps.
/// </summary>
/// <remarks>
/// <para>
/// Gate charge. Meyer's three capacitances are not the derivatives of any charge, so integrating them loses charge. Here the charges are written down and the capacitances follow:
/// Q_S = −C (2/15)(3a³ + 6a²b + 4ab² + 2b³)/(a + b)², Q_D with a and b exchanged (Ward and Dutton 1978), a and b being the overdrives at source and drain; the sum of the two is
/// Meyer's channel charge, so the gate's capacitance to the channel is Meyer's in saturation (2/3 C) and without a drain voltage (1/2 C each). An overdrive sets in as Meyer's
/// does, linearly in capacitance over φ/2 below threshold: h(v) = φ/4 (1 + 2v/φ)². Below that the gate sees the bulk, C clamp((vto − vgb)/φ, 0, 1).
/// </para>
/// <para>Noise: 8/3 kT gm, and kf |I|^af/(Cox² W L f), as SPICE3 has it.</para>
/// </remarks>
public readonly struct Mosfet : IDeviceModel
{
    private const int Bottom = 22;
    private const int Side = Bottom + Junction.DepletionCount;

    /// <inheritdoc/>
    public static DeviceShape Shape { get; } = new(
        "mosfet",
        4,
        [
            new("polarity", "", 1, "1 for n channels, −1 for p channels") { IsChoice = true },
            new("w", "m", 1e-4, "width"),
            new("l", "m", 1e-4, "length"),
            new("ad", "m²", 0, "area of the drain's junction"),
            new("as", "m²", 0, "area of the source's junction"),
            new("pd", "m", 0, "perimeter of the drain's junction"),
            new("ps", "m", 0, "perimeter of the source's junction"),
            new("m", "", 1, "how many in parallel"),
            new("vto", "V", double.NaN, "threshold without bulk voltage; 0, or from nsub and tox") { Synonyms = ["vt0"] },
            new("kp", "A/V²", double.NaN, "transconductance factor; 20 µA/V², or uo · Cox when tox is given"),
            new("gamma", "√V", double.NaN, "body effect; 0, or from nsub and tox"),
            new("phi", "V", double.NaN, "surface potential; 0.6, or from nsub"),
            new("lambda", "1/V", 0, "channel length modulation"),
            new("cbd", "F", double.NaN, "capacitance bulk to drain at 0 V; cj · ad when not given"),
            new("cbs", "F", double.NaN, "capacitance bulk to source at 0 V; cj · as when not given"),
            new("is", "A", 1e-14, "saturation current of a junction"),
            new("pb", "V", 0.8, "junction potential"),
            new("cgso", "F/m", 0, "overlap gate to source, a metre of width"),
            new("cgdo", "F/m", 0, "overlap gate to drain, a metre of width"),
            new("cgbo", "F/m", 0, "overlap gate to bulk, a metre of length"),
            new("cj", "F/m²", 0, "capacitance of a junction's bottom at 0 V"),
            new("mj", "", 0.5, "its grading coefficient"),
            new("cjsw", "F/m", 0, "capacitance of a junction's edge at 0 V"),
            new("mjsw", "", 0.5, "its grading coefficient"),
            new("js", "A/m²", 0, "saturation current of a square metre; is when 0, or when ad or as is"),
            new("tox", "m", double.NaN, "oxide thickness; no gate charge when not given"),
            new("nsub", "1/cm³", double.NaN, "doping of the bulk"),
            new("nss", "1/cm²", 0, "surface states"),
            new("tpg", "", 1, "gate: 1 unlike the bulk, −1 like it, 0 aluminium") { IsChoice = true },
            new("ld", "m", 0, "how far the junctions reach under the gate, each"),
            new("wd", "m", 0, "how much narrower the channel is, each side"),
            new("uo", "cm²/Vs", 600, "mobility") { Synonyms = ["u0"] },
            new("kf", "", 0, "flicker noise coefficient"),
            new("af", "", 1, "flicker noise exponent"),
            new("fc", "", 0.5, "where, in pb, depletion capacitances go over into straight lines"),
            new("tnom", "°C", double.NaN, "temperature at which the card is given"),
            new("off", "", 0, "whether the first guess is 0 V") { IsChoice = true },
        ],
        Side + Junction.DepletionCount);

    /// <inheritdoc/>
    public static bool Limits => true;

    /// <inheritdoc/>
    public static void Derive<T>(in DeviceConditions conditions, ReadOnlySpan<T> card, Span<T> derived)
        where T : unmanaged, IReal<T>
    {
        T one = 1.0;
        T temperature = conditions.Temperature;
        T nominal = Given.Or(card[35], conditions.NominalTemperature - PhysicalConstants.ZeroCelsius) + PhysicalConstants.ZeroCelsius;
        T vt = Silicon.ThermalVoltage(temperature);
        T vtNominal = Silicon.ThermalVoltage(nominal);
        T gap = Silicon.Gap(temperature);
        T gapNominal = Silicon.Gap(nominal);
        T ratio = temperature / nominal;
        T sign = card[0];
        T multiple = card[7];

        // Process numbers that the card leaves out follow from doping and oxide, where those are given (SPICE3 mos1temp).
        T oxide = Given.Is(card[25], (T)PhysicalConstants.OxidePermittivity / Given.Or(card[25], 1.0), 0.0);
        T safeOxide = Given.Is(card[25], oxide, 1.0);
        T kp = Given.Or(card[9], Given.Is(card[25], card[31] * oxide * 1e-4, 2e-5));
        T doping = Given.Or(card[26], 1e15) * 1e6;
        T process = Given.Is(card[26], Given.Is(card[25], one, double.NaN), double.NaN);
        T phi = Given.Or(card[11], Given.Is(process, RealFunctions.Max(vtNominal * 2.0 * T.Log(doping / 1.45e16), 0.1), 0.6));
        T gamma = Given.Or(card[10], Given.Is(process, T.Sqrt(doping * (2 * PhysicalConstants.SiliconPermittivity * PhysicalConstants.ElementaryCharge)) / safeOxide, 0.0));
        T gate = T.WhereLess(RealFunctions.Abs(card[28]), 0.5, 3.2, (T)3.25 + (gapNominal * 0.5) - (sign * card[28] * 0.5 * gapNominal));
        T workFunctions = gate - ((T)3.25 + (gapNominal * 0.5) + (sign * 0.5 * phi));
        T flatBand = workFunctions - (card[27] * (1e4 * PhysicalConstants.ElementaryCharge) / safeOxide);
        T root = T.Sqrt(phi);
        T vto = Given.Or(card[8], Given.Is(process, flatBand + (sign * ((gamma * root) + phi)), 0.0));

        T phiNow = Silicon.Potential(phi, nominal, temperature);
        T rootNow = T.Sqrt(phiNow);
        T builtIn = vto - (sign * gamma * root) + ((gapNominal - gap) * 0.5) + (sign * 0.5 * (phiNow - phi));
        T length = card[2] - (card[29] * 2.0);
        T width = card[1] - (card[30] * 2.0);
        derived[0] = sign;
        derived[1] = sign * builtIn;
        derived[2] = gamma;
        derived[3] = phiNow;
        derived[4] = rootNow;
        derived[5] = kp / (ratio * T.Sqrt(ratio)) * multiple * width / length;
        derived[6] = card[12];
        T growth = T.Exp((gapNominal / vtNominal) - (gap / vt));
        T byArea = T.WhereLess(0.0, card[24] * card[3] * card[4], one, 0.0);
        T single = card[15] * growth * multiple * (one - byArea);
        T density = card[24] * growth * multiple * byArea;
        derived[7] = single + (density * card[3]);
        derived[8] = single + (density * card[4]);
        derived[9] = vt;
        derived[10] = Junction.Critical(RealFunctions.Max(derived[7], 1e-60), vt);
        derived[11] = oxide * width * length * multiple;
        derived[12] = card[18] * card[1] * multiple;
        derived[13] = card[17] * card[1] * multiple;
        derived[14] = card[19] * length * multiple;
        T bottom = multiple * Silicon.CapacitanceFactor(card[16], card[21], nominal, temperature);
        T side = multiple * Silicon.CapacitanceFactor(card[16], card[23], nominal, temperature);
        derived[15] = bottom * Given.Or(card[13], card[20] * card[3]);
        derived[16] = bottom * Given.Or(card[14], card[20] * card[4]);
        derived[17] = side * card[22] * card[5];
        derived[18] = side * card[22] * card[6];
        T noiseOxide = Given.Is(card[25], oxide, PhysicalConstants.OxidePermittivity / 1e-7);
        derived[19] = card[32] / (noiseOxide * noiseOxide * width * length * multiple);
        derived[20] = card[33];
        derived[21] = card[36];
        T potential = Silicon.Potential(card[16], nominal, temperature);
        Junction.Depletion(one, potential, card[21], card[34], derived.Slice(Bottom, Junction.DepletionCount));
        Junction.Depletion(one, potential, card[23], card[34], derived.Slice(Side, Junction.DepletionCount));
    }

    /// <inheritdoc/>
    public static void Evaluate<T>(in DeviceConditions conditions, ReadOnlySpan<T> p, ReadOnlySpan<T> u, Span<T> flow, Span<T> charge)
        where T : unmanaged, IReal<T>
    {
        T sign = p[0];
        T drain = sign * u[0];
        T gate = sign * u[1];
        T source = sign * u[2];
        T channel = Channel(p, drain, gate, source);
        T gmin = conditions.JunctionConductance;
        T drainJunction = Junction.Current(-drain, p[7], p[9]) - (drain * gmin);
        T sourceJunction = Junction.Current(-source, p[8], p[9]) - (source * gmin);
        flow[0] = sign * (channel - drainJunction);
        flow[1] = 0.0;
        flow[2] = -(sign * (channel + sourceJunction));

        // Channel charge, from the overdrives at its two ends.
        T a = Overdrive(gate - source - Threshold(p, source), p[3]);
        T b = Overdrive(gate - drain - Threshold(p, drain), p[3]);
        T sum = (T)1.0 / (a + b + 1e-12);
        T scale = p[11] * (2.0 / 15.0) * sum * sum;
        T aa = a * a;
        T bb = b * b;
        T atSource = scale * ((a * ((aa * 3.0) + (bb * 4.0))) + (b * ((aa * 6.0) + (bb * 2.0))));
        T atDrain = scale * ((b * ((bb * 3.0) + (aa * 4.0))) + (a * ((bb * 6.0) + (aa * 2.0))));
        T depth = (p[1] + (p[2] * p[4]) - gate) / p[3];
        T clamped = RealFunctions.Min(RealFunctions.Max(depth, 0.0), 1.0);
        T accumulated = p[11] * p[3] * clamped * (depth - (clamped * 0.5));

        T toDrain = p[12] * (gate - drain);
        T toSource = p[13] * (gate - source);
        T drainStored = (p[15] * Junction.DepletionCharge(-drain, p.Slice(Bottom, Junction.DepletionCount))) + (p[17] * Junction.DepletionCharge(-drain, p.Slice(Side, Junction.DepletionCount)));
        T sourceStored = (p[16] * Junction.DepletionCharge(-source, p.Slice(Bottom, Junction.DepletionCount))) + (p[18] * Junction.DepletionCharge(-source, p.Slice(Side, Junction.DepletionCount)));
        charge[0] = -(sign * (atDrain + toDrain + drainStored));
        charge[1] = sign * (atSource + atDrain - accumulated + toDrain + toSource + (p[14] * gate));
        charge[2] = -(sign * (atSource + toSource + sourceStored));
    }

    /// <inheritdoc/>
    public static bool Limit(ReadOnlySpan<double> p, ReadOnlySpan<double> previous, Span<double> u)
    {
        double end = Math.Min(p[0] * previous[0], p[0] * previous[2]);
        double root = end >= 0 ? Math.Sqrt(p[3] + end) : Math.Max(p[4] + (end / (2 * p[4])), 0);
        return MosLimits.Limit(p[1] + (p[2] * root), p[9], p[10], p[0], previous, u);
    }

    /// <inheritdoc/>
    public static void Start(ReadOnlySpan<double> p, Span<double> u)
    {
        if (p[21] != 0)
            return;
        u[0] = p[0];
        u[1] = p[0] * (1 + p[1] + (p[2] * p[4]));
        u[2] = p[0];
    }

    /// <inheritdoc/>
    public static void Noise(in DeviceConditions conditions, ReadOnlySpan<double> p, ReadOnlySpan<double> u, INoiseReceiver noise)
    {
        ArgumentNullException.ThrowIfNull(noise);
        Span<Dual<Real, Partials1<Real>>> derived = stackalloc Dual<Real, Partials1<Real>>[Side + Junction.DepletionCount];
        for (int k = 0; k < derived.Length; k++)
            derived[k] = p[k];
        Dual<Real, Partials1<Real>> channel = Channel<Dual<Real, Partials1<Real>>>(
            derived, p[0] * u[0], Dual<Real, Partials1<Real>>.Variable(p[0] * u[1], 0), p[0] * u[2]);
        double transconductance = Math.Abs(channel.Derivatives.A.Value);
        double current = Math.Abs(channel.Value.Value);
        noise.Current("thermal", 0, 2, 8.0 / 3 * PhysicalConstants.Boltzmann * conditions.Temperature * transconductance);
        if (p[19] != 0)
            noise.Current("flicker", 0, 2, 0, p[19] * Math.Pow(current, p[20]));
    }

    private static T Channel<T>(ReadOnlySpan<T> p, T drain, T gate, T source)
        where T : unmanaged, IReal<T>
    {
        T low = RealFunctions.Min(drain, source);
        T across = RealFunctions.Max(drain, source) - low;
        T overdrive = RealFunctions.Max(gate - low - Threshold(p, low), 0.0);
        T effective = RealFunctions.Min(across, overdrive);
        T current = p[5] * ((T)1.0 + (p[6] * across)) * effective * (overdrive - (effective * 0.5));
        return T.WhereLess(drain, source, -current, current);
    }

    /// <summary>The threshold against one end of the channel; its voltage against bulk is −vbs.</summary>
    private static T Threshold<T>(ReadOnlySpan<T> p, T end)
        where T : unmanaged, IReal<T>
    {
        T reverse = T.Sqrt(p[3] + RealFunctions.Max(end, 0.0));
        T forward = RealFunctions.Max(p[4] + (end / (p[4] * 2.0)), 0.0);
        return p[1] + (p[2] * T.WhereLess(end, 0.0, forward, reverse));
    }

    private static T Overdrive<T>(T excess, T phi)
        where T : unmanaged, IReal<T>
    {
        T part = RealFunctions.Min(RealFunctions.Max((T)1.0 + (excess * 2.0 / phi), 0.0), 1.0);
        return (phi * 0.25 * part * part) + RealFunctions.Max(excess, 0.0);
    }
}

/// <summary>Makes MOS transistors of level 1.</summary>
internal sealed class MosfetFactory : IDeviceFactory
{
    public bool Makes(Element element, Model? model) => element.Kind == 'm' && model is not null && model.Number("level", 1) == 1;

    public void Make(Element element, Model? model, ICircuitBuilder builder)
    {
        DeviceShape shape = Mosfet.Shape;
        double[] card = DeviceCard.Fill(shape, element, model);
        card[0] = model!.Type == "pmos" ? -1 : 1;
        if (!(card[2] > 2 * card[29]) || !(card[1] > 2 * card[30]))
        {
            builder.Diagnostics.Error(Codes.BadValue, element.Span, $"the channel of '{element.Name}' has no length or no width left", "l must be above 2 ld and w above 2 wd");
            return;
        }

        if (card[26] * 1e6 <= 1.45e16)
        {
            builder.Diagnostics.Error(Codes.BadValue, model.Span, $"nsub of '{model.Name}' is below the intrinsic density of silicon, 1.45e10/cm³", "nsub is in 1/cm³: write nsub=1e16");
            return;
        }

        double temperature = DeviceCard.Temperature(element, builder.Conditions.Temperature);
        (int drain, int source) = Ends(element, model, builder, temperature, card[7]);
        builder.Add<Mosfet>(new(element.Name, [drain, builder.Node(element, 1), source, builder.Node(element, 3)], card, temperature));
    }

    /// <summary>The ends of the channel, behind the resistances of drain and source: rd and rs, or rsh times their squares.</summary>
    internal static (int Drain, int Source) Ends(Element element, Model model, ICircuitBuilder builder, double temperature, double multiple)
    {
        return (End("drain", 0, "rd", "nrd"), End("source", 2, "rs", "nrs"));

        int End(string name, int terminal, string parameter, string squares)
        {
            double own = model.Number(parameter, double.NaN);
            int outer = builder.Node(element, terminal);
            if (!double.IsNaN(own))
                return SeriesResistance.Add(builder, element, model, name, outer, own, parameter, 1, 1, multiple, temperature);
            double count = element.Parameter(squares, 1);
            return SeriesResistance.Add(builder, element, model, name, outer, model.Number("rsh", 0) * count, "rsh", count, 1, multiple, temperature);
        }
    }
}
