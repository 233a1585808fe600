namespace AnalogLearn.Devices;

/// <summary>
/// Linear ion drift: v = (ron x + roff (1 − x)) i, dx/dt = μ ron/d² · i · window(x) (Strukov, Snider, Stewart and Williams 2008, doi:10.1038/nature06932, equations 5–6). In an operating point x = x0.
/// </summary>
public readonly struct IonDriftMemristor : IDeviceModel
{
    /// <inheritdoc/>
    public static DeviceShape Shape { get; } = new(
        "ion drift memristor",
        2,
        [
            new("ron", "Ω", 100, "resistance at x = 1"),
            new("roff", "Ω", 16e3, "resistance at x = 0"),
            new("mu", "m²/Vs", 1e-14, "mobility of the ions"),
            new("d", "m", 10e-9, "thickness"),
            new("x0", "", 0.5, "initial state"),
            new("window", "", 1, "none, joglekar, biolek or prodromakis") { IsChoice = true },
            new("p", "", 1, "the window's exponent"),
            new("j", "", 1, "the height of Prodromakis's window"),
            new("m", "", 1, "how many in parallel"),
        ],
        8)
    {
        States = 1,
    };

    /// <inheritdoc/>
    public static void Derive<T>(in DeviceConditions conditions, ReadOnlySpan<T> card, Span<T> derived)
        where T : unmanaged, IReal<T>
    {
        derived[0] = card[0];
        derived[1] = card[1];
        derived[2] = card[2] * card[0] / (card[3] * card[3]);
        for (int k = 3; k < 8; k++)
            derived[k] = card[k + 1];
    }

    /// <inheritdoc/>
    public static void Evaluate<T>(in DeviceConditions conditions, ReadOnlySpan<T> p, ReadOnlySpan<T> u, Span<T> flow, Span<T> charge)
        where T : unmanaged, IReal<T>
    {
        T x = MemristorWindow.Clamp(u[1]);
        T current = u[0] / (p[1] + ((p[0] - p[1]) * x));
        flow[0] = p[7] * current;
        flow[1] = conditions.HoldStates ? u[1] - p[3] : -(p[2] * current * MemristorWindow.At(p[4], p[5], p[6], u[1], current));
        charge[1] = u[1];
    }

    /// <inheritdoc/>
    public static void Noise(in DeviceConditions conditions, ReadOnlySpan<double> p, ReadOnlySpan<double> u, INoiseReceiver noise)
    {
        ArgumentNullException.ThrowIfNull(noise);
        noise.Current("thermal", 0, 1, 4 * PhysicalConstants.Boltzmann * conditions.Temperature * p[7] / (p[1] + ((p[0] - p[1]) * Math.Clamp(u[1], 0, 1))));
    }
}
