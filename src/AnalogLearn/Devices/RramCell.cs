namespace AnalogLearn.Devices;

/// <summary>
/// Stanford–PKU RRAM cell: i = i0 e^(−g/g0) sinh(v/v0), dg/dt = −vel0 e^(−Ea/kT) sinh(γ a0 q v/(tox kT)), γ = gamma − beta (g/1 nm)³, T = Tcircuit + rth |v i|
/// (Jiang et al. 2016, doi:10.1109/TED.2016.2545412; Guan, Yu and Wong 2012). The state is the gap g [nm] between gapmin and gapmax; in an operating point it is gap0.
/// </summary>
/// <remarks>
/// Below the field fmin, |γ v/tox|, the gap stands still; over the next 2 % the rate sets in along a straight line, so that the equation has no jump. The heat of one cell warms only itself.
/// </remarks>
public readonly struct RramCell : IDeviceModel
{
    /// <inheritdoc/>
    public static DeviceShape Shape { get; } = new(
        "Stanford–PKU RRAM cell",
        2,
        [
            new("i0", "A", 1e-3, "current's amplitude"),
            new("g0", "m", 0.25e-9, "how the current falls with the gap"),
            new("v0", "V", 0.25, "how the current bends"),
            new("vel0", "m/s", 10, "speed of the gap"),
            new("ea", "eV", 0.6, "activation energy"),
            new("a0", "m", 0.25e-9, "atoms' spacing"),
            new("tox", "m", 12e-9, "oxide thickness"),
            new("gamma", "", 16, "field's local enhancement"),
            new("beta", "", 0.8, "how it falls with the gap"),
            new("rth", "K/W", 2.1e3, "thermal resistance"),
            new("fmin", "V/m", 1.4e9, "least field that moves the gap"),
            new("gapmin", "m", 0.2e-9, "least gap"),
            new("gapmax", "m", 1.7e-9, "largest gap"),
            new("gap0", "m", 0.2e-9, "initial gap"),
            new("m", "", 1, "how many in parallel"),
        ],
        16)
    {
        States = 1,
    };

    /// <inheritdoc/>
    public static void Derive<T>(in DeviceConditions conditions, ReadOnlySpan<T> card, Span<T> derived)
        where T : unmanaged, IReal<T>
    {
        derived[0] = card[0];
        derived[1] = (T)1e-9 / card[1];
        derived[2] = (T)1.0 / card[2];
        derived[3] = card[3] * 1e9;
        derived[4] = card[4];
        derived[5] = card[5] / card[6];
        derived[6] = (T)1.0 / card[6];
        derived[7] = card[7];
        derived[8] = card[8];
        derived[9] = card[9];
        derived[10] = T.WhereLess(0.0, card[10], (T)1.0 / card[10], 0.0);
        derived[11] = card[11] * 1e9;
        derived[12] = card[12] * 1e9;
        derived[13] = card[13] * 1e9;
        derived[14] = card[14];
        derived[15] = conditions.Temperature;
    }

    /// <inheritdoc/>
    public static void Evaluate<T>(in DeviceConditions conditions, ReadOnlySpan<T> p, ReadOnlySpan<T> u, Span<T> flow, Span<T> charge)
        where T : unmanaged, IReal<T>
    {
        T v = u[0];
        T gap = RealFunctions.Min(RealFunctions.Max(u[1], p[11]), p[12]);
        T current = p[0] * T.Exp(-(p[1] * gap)) * MemristorWindow.Sinh(v * p[2]);
        flow[0] = p[14] * current;
        T vt = Silicon.ThermalVoltage(p[15] + (p[9] * RealFunctions.Abs(v * current)));
        T gamma = p[7] - (p[8] * gap * gap * gap);
        T speed = p[3] * T.Exp(-(p[4] / vt)) * MemristorWindow.Sinh(gamma * p[5] * v / vt);
        T field = RealFunctions.Abs(gamma * v) * p[6] * p[10];
        T moving = T.WhereLess(0.0, p[10], MemristorWindow.Clamp((field - 1.0) * 50.0), 1.0);
        T edge = MemristorWindow.Clamp(T.WhereLess(0.0, speed, u[1] - p[11], p[12] - u[1]) * 1e3);
        flow[1] = conditions.HoldStates ? u[1] - p[13] : speed * moving * edge;
        charge[1] = u[1];
    }
}
