using AnalogLearn.Circuits;

namespace AnalogLearn.Devices;

/// <summary>
/// Subthreshold transconductance amplifier as a block: i_out = I_b tanh(κ (v₊ − v₋ + vos)/(2 Vt)) out of its output, less (v_out − vref) I_b/va
/// (Mead 1989, chapter 5; Liu et al. 2002, section 5.3). Its inputs take no current.
/// </summary>
/// <remarks>
/// I_b is ibias, or i0 e^(κ v_b/Vt) of a fourth node, the gate of the bias transistor. Noise: <c>sources</c> transistors with shot noise of I_b/2 each, S = sources · q I_b, so that a
/// follower on C has v² = sources · q (2 Vt/κ)/(4 C); and gm² kf/f. Valid below threshold, with the output between its rails.
/// </remarks>
public readonly struct TransconductanceAmplifier : IDeviceModel
{
    /// <inheritdoc/>
    public static DeviceShape Shape { get; } = new(
        "transconductance amplifier",
        2,
        [
            new("ibias", "A", 1e-9, "bias current"),
            new("i0", "A", double.NaN, "current of the bias transistor at 0 V on its gate; given when there is a bias node"),
            new("kappa", "", 0.7, "1/slope factor"),
            new("vos", "V", 0, "input offset"),
            new("va", "V", double.NaN, "Early voltage; none when not given"),
            new("vref", "V", 0, "output voltage without Early current"),
            new("sources", "", 4, "how many transistors make noise"),
            new("kf", "V²", 0, "flicker noise at the input at 1 Hz"),
            new("af", "", 1, "exponent of its frequency"),
            new("m", "", 1, "how many in parallel"),
        ],
        9)
    {
        ControlPairs = 2,
    };

    /// <inheritdoc/>
    public static bool Limits => true;

    /// <inheritdoc/>
    public static void Derive<T>(in DeviceConditions conditions, ReadOnlySpan<T> card, Span<T> derived)
        where T : unmanaged, IReal<T>
    {
        T vt = Silicon.ThermalVoltage((T)conditions.Temperature);
        derived[0] = card[9] * Given.Or(card[1], card[0]);
        derived[1] = Given.Is(card[1], card[2] / vt, 0.0);
        derived[2] = card[2] / (vt * 2.0);
        derived[3] = card[3];
        derived[4] = Given.Is(card[4], (T)1.0 / card[4], 0.0);
        derived[5] = card[5];
        derived[6] = card[6];
        derived[7] = card[7];
        derived[8] = card[8];
    }

    /// <inheritdoc/>
    public static void Evaluate<T>(in DeviceConditions conditions, ReadOnlySpan<T> p, ReadOnlySpan<T> u, Span<T> flow, Span<T> charge)
        where T : unmanaged, IReal<T> => flow[0] = p[0] * T.Exp(p[1] * u[2]) * ((p[4] * (u[0] - p[5])) - T.Tanh(p[2] * (u[1] + p[3])));

    /// <inheritdoc/>
    public static bool Limit(ReadOnlySpan<double> p, ReadOnlySpan<double> previous, Span<double> u) =>
        p[1] != 0 && Junction.Limit(ref u[2], previous[2], 1 / p[1], Math.Log(1e-3 / p[0]) / p[1]);

    /// <inheritdoc/>
    public static void Noise(in DeviceConditions conditions, ReadOnlySpan<double> p, ReadOnlySpan<double> u, INoiseReceiver noise)
    {
        ArgumentNullException.ThrowIfNull(noise);
        double bias = p[0] * Math.Exp(p[1] * u[2]);
        noise.Current("shot", 0, 1, p[6] * PhysicalConstants.ElementaryCharge * bias);
        double tanh = Math.Tanh(p[2] * (u[1] + p[3]));
        double transconductance = bias * p[2] * (1 - (tanh * tanh));
        if (p[7] != 0)
            noise.Current("flicker", 0, 1, 0, p[7] * transconductance * transconductance, p[8]);
    }
}

/// <summary>Makes amplifiers of A elements: out, non-inverting, inverting, and perhaps the gate of the bias transistor.</summary>
internal sealed class TransconductanceAmplifierFactory : IDeviceFactory
{
    public bool Makes(Element element, Model? model) => element.Kind == 'a' && model is not null;

    public void Make(Element element, Model? model, ICircuitBuilder builder)
    {
        double[] card = DeviceCard.Fill(TransconductanceAmplifier.Shape, element, model);
        bool hasGate = element.Nodes.Length > 3;
        if (hasGate != !double.IsNaN(card[1]))
        {
            builder.Diagnostics.Error(
                Netlist.Codes.BadValue,
                element.Span,
                hasGate ? $"'{element.Name}' has a bias node, but its model has no i0" : $"the model of '{element.Name}' has i0, but there is no bias node",
                "give both, or neither and ibias");
            return;
        }

        int gate = hasGate ? builder.Node(element, 3) : -1;
        builder.Add<TransconductanceAmplifier>(new(
            element.Name, [builder.Node(element, 0), -1, builder.Node(element, 1), builder.Node(element, 2), gate, -1], card, DeviceCard.Temperature(element, builder.Conditions.Temperature)));
    }
}
