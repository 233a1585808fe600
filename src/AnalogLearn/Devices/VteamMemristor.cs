namespace AnalogLearn.Devices;

/// <summary>
/// VTEAM: dw/dt = koff (v/voff − 1)^aoff window above voff, kon (v/von − 1)^aon window below von, 0 between; R = ron + (roff − ron) x, or ron (roff/ron)^x, x = (w − won)/(woff − won)
/// (Kvatinsky, Ramadan, Friedman and Kolodny 2015, doi:10.1109/TCSII.2015.2433536). The state is x, 0 on, 1 off; in an operating point it is x0.
/// </summary>
public readonly struct VteamMemristor : IDeviceModel
{
    /// <inheritdoc/>
    public static DeviceShape Shape { get; } = new(
        "VTEAM memristor",
        2,
        [
            new("ron", "Ω", 50, "resistance at x = 0"),
            new("roff", "Ω", 1000, "resistance at x = 1"),
            new("kon", "m/s", -10, "speed towards on, below 0"),
            new("koff", "m/s", 5e-4, "speed towards off"),
            new("aon", "", 3, "exponent towards on"),
            new("aoff", "", 1, "exponent towards off"),
            new("von", "V", -0.2, "threshold towards on, below 0"),
            new("voff", "V", 0.02, "threshold towards off"),
            new("won", "m", 0, "w when on"),
            new("woff", "m", 3e-9, "w when off"),
            new("exponential", "", 0, "1 when the resistance is exponential in x") { IsChoice = true },
            new("x0", "", 0.5, "initial state"),
            new("window", "", 0, "none, joglekar, biolek or prodromakis") { IsChoice = true },
            new("p", "", 1, "the window's exponent"),
            new("j", "", 1, "the height of Prodromakis's window"),
            new("m", "", 1, "how many in parallel"),
        ],
        15)
    {
        States = 1,
    };

    /// <inheritdoc/>
    public static void Derive<T>(in DeviceConditions conditions, ReadOnlySpan<T> card, Span<T> derived)
        where T : unmanaged, IReal<T>
    {
        T span = card[9] - card[8];
        derived[0] = card[0];
        derived[1] = card[1] - card[0];
        derived[2] = card[2] / span;
        derived[3] = card[3] / span;
        for (int k = 4; k < 8; k++)
            derived[k] = card[k];
        derived[8] = card[10];
        derived[9] = T.Log(card[1] / card[0]);
        for (int k = 10; k < 15; k++)
            derived[k] = card[k + 1];
    }

    /// <inheritdoc/>
    public static void Evaluate<T>(in DeviceConditions conditions, ReadOnlySpan<T> p, ReadOnlySpan<T> u, Span<T> flow, Span<T> charge)
        where T : unmanaged, IReal<T>
    {
        T v = u[0];
        T x = MemristorWindow.Clamp(u[1]);
        T resistance = T.WhereLess(0.5, p[8], p[0] * T.Exp(p[9] * x), p[0] + (p[1] * x));
        flow[0] = p[14] * v / resistance;
        T towardsOff = T.WhereLess(p[7], v, p[3] * MemristorWindow.Power((v / p[7]) - 1.0, p[5]), 0.0);
        T towardsOn = T.WhereLess(v, p[6], p[2] * MemristorWindow.Power((v / p[6]) - 1.0, p[4]), 0.0);
        T rate = towardsOff + towardsOn;
        flow[1] = conditions.HoldStates ? u[1] - p[10] : -(rate * MemristorWindow.At(p[11], p[12], p[13], u[1], rate));
        charge[1] = u[1];
    }

    /// <inheritdoc/>
    public static void Noise(in DeviceConditions conditions, ReadOnlySpan<double> p, ReadOnlySpan<double> u, INoiseReceiver noise)
    {
        ArgumentNullException.ThrowIfNull(noise);
        double x = Math.Clamp(u[1], 0, 1);
        double resistance = p[8] > 0.5 ? p[0] * Math.Exp(p[9] * x) : p[0] + (p[1] * x);
        noise.Current("thermal", 0, 1, 4 * PhysicalConstants.Boltzmann * conditions.Temperature * p[14] / resistance);
    }
}
