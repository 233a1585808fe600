namespace AnalogLearn.Devices;

/// <summary>
/// Yakopcic's generalised memristor: i = a₁,₂ x sinh(b v), dx/dt = η g(v) f(x); g = ap (e^v − e^vp) above vp, −an (e^−v − e^vn) below −vn; f = 1 up to xp (down to 1 − xn), then
/// e^(−alphap (x − xp)) ((xp − x)/(1 − xp) + 1), and the like on the way down (Yakopcic, Taha, Subramanyam, Pino and Rogers 2011, doi:10.1109/LED.2011.2163292). In an operating point x = x0.
/// </summary>
public readonly struct YakopcicMemristor : IDeviceModel
{
    /// <inheritdoc/>
    public static DeviceShape Shape { get; } = new(
        "Yakopcic memristor",
        2,
        [
            new("a1", "A", 0.17, "current's amplitude, v above 0"),
            new("a2", "A", 0.17, "current's amplitude, v below 0"),
            new("b", "1/V", 0.05, "how the current bends"),
            new("vp", "V", 0.16, "positive threshold"),
            new("vn", "V", 0.15, "negative threshold, above 0"),
            new("ap", "1/s", 4000, "speed upwards"),
            new("an", "1/s", 4000, "speed downwards"),
            new("xp", "", 0.3, "where motion upwards begins to slow"),
            new("xn", "", 0.5, "1 − where motion downwards begins to slow"),
            new("alphap", "", 1, "how it slows upwards"),
            new("alphan", "", 5, "how it slows downwards"),
            new("x0", "", 0.11, "initial state"),
            new("eta", "", 1, "1 or −1: the state's direction") { IsChoice = true },
            new("m", "", 1, "how many in parallel"),
        ],
        14)
    {
        States = 1,
    };

    /// <inheritdoc/>
    public static void Derive<T>(in DeviceConditions conditions, ReadOnlySpan<T> card, Span<T> derived)
        where T : unmanaged, IReal<T>
    {
        for (int k = 0; k < 14; k++)
            derived[k] = card[k];
        derived[3] = T.Exp(card[3]);
        derived[4] = T.Exp(card[4]);
    }

    /// <inheritdoc/>
    public static void Evaluate<T>(in DeviceConditions conditions, ReadOnlySpan<T> p, ReadOnlySpan<T> u, Span<T> flow, Span<T> charge)
        where T : unmanaged, IReal<T>
    {
        T one = 1.0;
        T v = u[0];
        T x = MemristorWindow.Clamp(u[1]);
        flow[0] = p[13] * T.WhereLess(v, 0.0, p[1], p[0]) * x * MemristorWindow.Sinh(p[2] * v);
        T within = RealFunctions.Min(RealFunctions.Max(v, -200.0), 200.0);
        T up = p[5] * RealFunctions.Max(T.Exp(within) - p[3], 0.0);
        T down = p[6] * RealFunctions.Max(T.Exp(-within) - p[4], 0.0);
        T rate = p[12] * (up - down);
        T slowUp = T.WhereLess(p[7], x, T.Exp(-(p[9] * (x - p[7]))) * (((p[7] - x) / (one - p[7])) + one), one);
        T slowDown = T.WhereLess(x, one - p[8], T.Exp(p[10] * (x + p[8] - one)) * (x / (one - p[8])), one);
        T slowing = T.WhereLess(0.0, rate, slowUp, slowDown);

        // The slowing reaches zero at either bound; nothing moves outwards beyond them.
        flow[1] = conditions.HoldStates ? u[1] - p[11] : -(rate * slowing);
        charge[1] = u[1];
    }
}
