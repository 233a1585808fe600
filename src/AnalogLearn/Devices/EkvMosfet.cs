using AnalogLearn.Circuits;
using AnalogLearn.Netlist;

namespace AnalogLearn.Devices;

/// <summary>
/// MOS transistor from weak to strong inversion: I = 2 n β Vt² (F((vp − vs)/Vt) − F((vp − vd)/Vt)), F(v) = ln²(1 + e^(v/2)), all voltages against bulk
/// (Enz, Krummenacher and Vittoz 1995, doi:10.1007/BF01239381, equations 29–33). Levels 44 and <c>ekv</c>.
/// </summary>
/// <remarks>
/// <para>
/// Pinch-off voltage and slope: with y = vg − vto + φ + γ√φ, not below 0, and r = √(y + γ²/4) − γ/2: vp = r² − φ, n = 1 + γ/(2 √(vp + φ + 4 Vt)); when the card gives n, vp = (vg − vto)/n.
/// The current is exactly antisymmetric in drain and source; channel length modulation keeps that: a factor 1 + λ (√(vds² + 16 Vt²) − 4 Vt). No velocity saturation: long channels.
/// </para>
/// <para>
/// Charges are those of the same paper, section 5, with x = √(1/4 + F): q_I = −n (4/3 (xf² + xf xr + xr²)/(xf + xr) − 1) and its parts at drain and source, times Cox W L Vt; the bulk's charge is
/// −γ r Cox W L − (n − 1)/n q_I, and the accumulated layer's below. Noise: 4kT β Vt |q_I|, which is 2qI in weak inversion, and kf gm²/(Cox W L f^af).
/// </para>
/// </remarks>
public readonly struct EkvMosfet : IDeviceModel
{
    /// <inheritdoc/>
    public static DeviceShape Shape { get; } = new(
        "EKV mosfet",
        4,
        [
            new("polarity", "", 1, "1 for n channels, −1 for p channels") { IsChoice = true },
            new("w", "m", 1e-4, "width"),
            new("l", "m", 1e-4, "length"),
            new("m", "", 1, "how many in parallel"),
            new("vto", "V", 0.5, "threshold; negative for p channels") { Synonyms = ["vt0"] },
            new("kp", "A/V²", 5e-5, "transconductance factor"),
            new("gamma", "√V", 0.7, "body effect"),
            new("phi", "V", 0.7, "surface potential"),
            new("n", "", double.NaN, "slope factor; from gamma and phi when not given"),
            new("lambda", "1/V", 0, "channel length modulation"),
            new("cox", "F/m²", 0, "gate oxide capacitance; no charge when 0"),
            new("cgso", "F/m", 0, "overlap gate to source, a metre of width"),
            new("cgdo", "F/m", 0, "overlap gate to drain, a metre of width"),
            new("cgbo", "F/m", 0, "overlap gate to bulk, a metre of length"),
            new("ld", "m", 0, "how far the junctions reach under the gate, each"),
            new("wd", "m", 0, "how much narrower the channel is, each side"),
            new("tcv", "V/K", 1e-3, "how vto falls with temperature"),
            new("bex", "", -1.5, "exponent of kp's temperature dependence"),
            new("kf", "", 0, "flicker noise coefficient"),
            new("af", "", 1, "exponent of the frequency in flicker noise"),
            new("tnom", "°C", double.NaN, "temperature at which the card is given"),
            new("off", "", 0, "whether the first guess is 0 V") { IsChoice = true },
        ],
        17);

    /// <inheritdoc/>
    public static bool Limits => true;

    /// <inheritdoc/>
    public static void Derive<T>(in DeviceConditions conditions, ReadOnlySpan<T> card, Span<T> derived)
        where T : unmanaged, IReal<T>
    {
        T temperature = conditions.Temperature;
        T nominal = Given.Or(card[20], conditions.NominalTemperature - PhysicalConstants.ZeroCelsius) + PhysicalConstants.ZeroCelsius;
        T width = card[1] - (card[15] * 2.0);
        T length = card[2] - (card[14] * 2.0);
        T ratio = temperature / nominal;
        T phi = Silicon.Potential(card[7], nominal, temperature);
        derived[0] = card[0];
        derived[1] = (card[0] * card[4]) - (card[16] * (temperature - nominal));
        derived[2] = card[6];
        derived[3] = phi;
        derived[4] = T.Sqrt(phi);
        derived[5] = Silicon.ThermalVoltage(temperature);
        derived[6] = card[5] * T.Exp(card[17] * T.Log(ratio)) * card[3] * width / length;
        derived[7] = card[9];
        derived[8] = card[10] * width * length * card[3];
        derived[9] = card[12] * card[1] * card[3];
        derived[10] = card[11] * card[1] * card[3];
        derived[11] = card[13] * length * card[3];
        derived[12] = Given.Is(card[8], (T)1.0 / card[8], 0.0);
        derived[13] = Given.Is(card[8], card[8], 0.0);
        derived[14] = T.WhereLess(0.0, card[10], card[18] / (card[10] * width * length * card[3]), 0.0);
        derived[15] = card[19];
        derived[16] = card[21];
    }

    /// <inheritdoc/>
    public static void Evaluate<T>(in DeviceConditions conditions, ReadOnlySpan<T> p, ReadOnlySpan<T> u, Span<T> flow, Span<T> charge)
        where T : unmanaged, IReal<T>
    {
        T one = 1.0;
        T sign = p[0];
        T drain = sign * u[0];
        T gate = sign * u[1];
        T source = sign * u[2];
        T current = Channel(p, drain, gate, source, out T forward, out T reverse, out T slope, out T root, out T beyond);
        flow[0] = sign * current;
        flow[1] = 0.0;
        flow[2] = -flow[0];

        // Inversion charge in units of Cox W L Vt, as much of it at each end as Ward and Dutton's partition says.
        T xf = T.Sqrt(forward + 0.25);
        T xr = T.Sqrt(reverse + 0.25);
        T sum = one / (xf + xr);
        T square = sum * sum * (4.0 / 15);
        T ff = xf * xf;
        T rr = xr * xr;
        T unit = p[8] * p[5];
        T atSource = slope * ((square * ((xf * ((ff * 3.0) + (rr * 4.0))) + (xr * ((ff * 6.0) + (rr * 2.0))))) - 0.5);
        T atDrain = slope * ((square * ((xr * ((rr * 3.0) + (ff * 4.0))) + (xf * ((rr * 6.0) + (ff * 2.0))))) - 0.5);
        T inversion = atSource + atDrain;
        T bulk = (p[8] * ((p[2] * root) + beyond)) - (unit * inversion * ((slope - one) / slope));
        T toDrain = p[9] * (gate - drain);
        T toSource = p[10] * (gate - source);
        charge[0] = -(sign * ((unit * atDrain) + toDrain));
        charge[1] = sign * ((unit * inversion) + bulk + toDrain + toSource + (p[11] * gate));
        charge[2] = -(sign * ((unit * atSource) + toSource));
    }

    /// <inheritdoc/>
    public static bool Limit(ReadOnlySpan<double> p, ReadOnlySpan<double> previous, Span<double> u) => MosLimits.Limit(p[1], p[5], 1e6, p[0], previous, u);

    /// <inheritdoc/>
    public static void Start(ReadOnlySpan<double> p, Span<double> u)
    {
        if (p[16] == 0)
            u[1] = p[0] * p[1];
    }

    /// <inheritdoc/>
    public static void Noise(in DeviceConditions conditions, ReadOnlySpan<double> p, ReadOnlySpan<double> u, INoiseReceiver noise)
    {
        ArgumentNullException.ThrowIfNull(noise);
        Span<Dual<Real, Partials1<Real>>> derived = stackalloc Dual<Real, Partials1<Real>>[17];
        for (int k = 0; k < derived.Length; k++)
            derived[k] = p[k];
        Dual<Real, Partials1<Real>> channel = Channel<Dual<Real, Partials1<Real>>>(
            derived, p[0] * u[0], Dual<Real, Partials1<Real>>.Variable(p[0] * u[1], 0), p[0] * u[2], out var forward, out var reverse, out var slope, out _, out _);
        double xf = Math.Sqrt(forward.Value.Value + 0.25);
        double xr = Math.Sqrt(reverse.Value.Value + 0.25);
        double inversion = slope.Value.Value * ((4.0 / 3 * ((xf * xf) + (xf * xr) + (xr * xr)) / (xf + xr)) - 1);
        noise.Current("thermal", 0, 2, 4 * PhysicalConstants.Boltzmann * conditions.Temperature * p[6] * p[5] * inversion);
        double transconductance = channel.Derivatives.A.Value;
        if (p[14] != 0)
            noise.Current("flicker", 0, 2, 0, p[14] * transconductance * transconductance, p[15]);
    }

    private static T Channel<T>(ReadOnlySpan<T> p, T drain, T gate, T source, out T forward, out T reverse, out T slope, out T root, out T beyond)
        where T : unmanaged, IReal<T>
    {
        T above = gate - p[1] + p[3] + (p[2] * p[4]);
        T half = p[2] * 0.5;
        root = T.Sqrt(RealFunctions.Max(above, 0.0) + (half * half) + 1e-12) - half;
        beyond = RealFunctions.Min(above, 0.0);
        T pinchOff = T.WhereLess(0.0, p[12], (gate - p[1]) * p[12], (root * root) - p[3]);
        slope = T.WhereLess(0.0, p[13], p[13], (T)1.0 + (half / T.Sqrt((root * root) + (p[5] * 4.0))));
        forward = Interpolation((pinchOff - source) / p[5]);
        reverse = Interpolation((pinchOff - drain) / p[5]);
        T across = drain - source;
        T modulation = p[7] * (T.Sqrt((across * across) + (p[5] * p[5] * 16.0)) - (p[5] * 4.0));
        return slope * p[6] * 2.0 * p[5] * p[5] * (forward - reverse) * ((T)1.0 + modulation);
    }

    /// <summary>F(v) = ln²(1 + e^(v/2)).</summary>
    private static T Interpolation<T>(T v)
        where T : unmanaged, IReal<T>
    {
        T root = T.Softplus(v * 0.5);
        return root * root;
    }
}

/// <summary>Makes EKV transistors of M elements, each with two diodes to its bulk when the card gives them.</summary>
internal sealed class EkvMosfetFactory : IDeviceFactory
{
    public bool Makes(Element element, Model? model) => element.Kind == 'm' && model is not null && model.Number("level", 1) != 1;

    public void Make(Element element, Model? model, ICircuitBuilder builder)
    {
        DeviceShape shape = EkvMosfet.Shape;
        double[] card = DeviceCard.Fill(shape, element, model);
        bool isP = model!.Type == "pmos";
        card[0] = isP ? -1 : 1;
        if (double.IsNaN(model.Number("vto", model.Number("vt0", double.NaN))))
            card[4] *= card[0];
        if (!(card[2] > 2 * card[14]) || !(card[1] > 2 * card[15]))
        {
            builder.Diagnostics.Error(Codes.BadValue, element.Span, $"the channel of '{element.Name}' has no length or no width left", "l must be above 2 ld and w above 2 wd");
            return;
        }

        double temperature = DeviceCard.Temperature(element, builder.Conditions.Temperature);
        (int drain, int source) = MosfetFactory.Ends(element, model, builder, temperature, card[3]);
        int bulk = builder.Node(element, 3);
        builder.Add<EkvMosfet>(new(element.Name, [drain, builder.Node(element, 1), source, bulk], card, temperature));
        AddJunction(element, model, builder, drain, bulk, "ad", "pd", "cbd", isP, card[3], temperature);
        AddJunction(element, model, builder, source, bulk, "as", "ps", "cbs", isP, card[3], temperature);
    }

    private static void AddJunction(Element element, Model model, ICircuitBuilder builder, int end, int bulk, string area, string edge, string capacitance, bool isP, double multiple, double temperature)
    {
        double size = element.Parameter(area);
        double perimeter = element.Parameter(edge);
        bool byArea = size > 0 && model.Number("js", 0) > 0;
        double saturation = byArea ? model.Number("js", 0) * size : model.Number("is", 0);
        double own = model.Number(capacitance, double.NaN);
        double bottom = double.IsNaN(own) ? model.Number("cj", 0) * size : own;
        double side = model.Number("cjsw", 0) * perimeter;
        if (saturation <= 0 && bottom <= 0 && side <= 0)
            return;
        DeviceShape shape = Diode.Shape;
        double[] card = [.. shape.Parameters.Select(p => p.Default)];
        card[shape.IndexOf("is")] = Math.Max(saturation, 1e-30);
        card[shape.IndexOf("m_")] = multiple;
        card[shape.IndexOf("cjo")] = bottom;
        card[shape.IndexOf("vj")] = card[shape.IndexOf("vjsw")] = model.Number("pb", 0.8);
        card[shape.IndexOf("m")] = model.Number("mj", 0.5);
        card[shape.IndexOf("mjsw")] = model.Number("mjsw", 0.33);
        card[shape.IndexOf("fc")] = card[shape.IndexOf("fcs")] = model.Number("fc", 0.5);
        card[shape.IndexOf("cjsw")] = side;
        card[shape.IndexOf("pj")] = 1;
        card[shape.IndexOf("tnom")] = model.Number("tnom", double.NaN);
        builder.Add<Diode>(new(element.Name, isP ? [end, bulk] : [bulk, end], card, temperature)
        {
            Origins =
            [
                new(shape.IndexOf("is"), element.Name, byArea ? "js" : "is", true, byArea ? size : 1),
                new(shape.IndexOf("cjo"), element.Name, double.IsNaN(own) ? "cj" : capacitance, true, double.IsNaN(own) ? size : 1),
                new(shape.IndexOf("cjsw"), element.Name, "cjsw", true, perimeter),
                new(shape.IndexOf("vj"), element.Name, "pb", true, 1),
                new(shape.IndexOf("vjsw"), element.Name, "pb", true, 1),
                new(shape.IndexOf("m"), element.Name, "mj", true, 1),
                new(shape.IndexOf("mjsw"), element.Name, "mjsw", true, 1),
                new(shape.IndexOf("fc"), element.Name, "fc", true, 1),
                new(shape.IndexOf("fcs"), element.Name, "fc", true, 1),
                new(shape.IndexOf("m_"), element.Name, "m", false, 1),
            ],
        });
    }
}
