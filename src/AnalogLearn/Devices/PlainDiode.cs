namespace AnalogLearn.Devices;

/// <summary>
/// i = Is (e^(v/nVt) − 1) + gmin v and nothing else: <see cref="Diode"/> for cards that give is, n, eg, xti and tnom alone, as networks of many diodes do. The same numbers in a
/// fraction of the time.
/// </summary>
public readonly struct PlainDiode : IDeviceModel
{
    /// <inheritdoc/>
    public static DeviceShape Shape { get; } = new(
        "plain diode",
        2,
        [
            new("is", "A", 1e-14, "saturation current") { Synonyms = ["js"] },
            new("n", "", 1, "emission coefficient"),
            new("area", "", 1, "factor on the junction's area"),
            new("m_", "", 1, "how many in parallel"),
            new("eg", "eV", 1.11, "energy gap"),
            new("xti", "", 3, "exponent of the saturation current's temperature dependence"),
            new("tnom", "°C", double.NaN, "temperature at which the card is given") { Synonyms = ["tref"] },
            new("off", "", 0, "whether the first guess is 0 V") { IsChoice = true },
        ],
        4);

    /// <inheritdoc/>
    public static bool Limits => true;

    /// <inheritdoc/>
    public static void Derive<T>(in DeviceConditions conditions, ReadOnlySpan<T> card, Span<T> derived)
        where T : unmanaged, IReal<T>
    {
        T nominal = Given.Or(card[6], conditions.NominalTemperature - PhysicalConstants.ZeroCelsius) + PhysicalConstants.ZeroCelsius;
        T thermal = card[1] * PhysicalConstants.ThermalVoltage(conditions.Temperature);
        derived[0] = Diode.Saturation(card[0] * card[2] * card[3], card[4], card[5], card[1], nominal, conditions.Temperature);
        derived[1] = thermal;
        derived[2] = Junction.Critical(derived[0], thermal);
        derived[3] = T.WhereLess(0.5, card[7], 0.0, derived[2]);
    }

    /// <inheritdoc/>
    public static void Evaluate<T>(in DeviceConditions conditions, ReadOnlySpan<T> p, ReadOnlySpan<T> u, Span<T> flow, Span<T> charge)
        where T : unmanaged, IReal<T> => flow[0] = Junction.Current(u[0], p[0], p[1]) + (u[0] * conditions.JunctionConductance);

    /// <inheritdoc/>
    public static bool Limit(ReadOnlySpan<double> p, ReadOnlySpan<double> previous, Span<double> u) => Junction.Limit(ref u[0], previous[0], p[1], p[2]);

    /// <inheritdoc/>
    public static void Start(ReadOnlySpan<double> p, Span<double> u) => u[0] = p[3];

    /// <inheritdoc/>
    public static void Noise(in DeviceConditions conditions, ReadOnlySpan<double> p, ReadOnlySpan<double> u, INoiseReceiver noise)
    {
        ArgumentNullException.ThrowIfNull(noise);
        double current = Junction.Current<Real>(u[0], p[0], p[1]).Value + (u[0] * conditions.JunctionConductance);
        noise.Current("shot", 0, 1, 2 * PhysicalConstants.ElementaryCharge * Math.Abs(current));
    }
}
