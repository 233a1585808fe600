using AnalogLearn.Circuits;

namespace AnalogLearn.Synapses;

/// <summary>
/// <c>update=nl</c>, NeuroSim's exponential curves: after P of P_max pulses G(P) = gmin + B (1 − e^(−P/A)), B = (gmax − gmin)/(1 − e^(−P_max/A)), one curve for each direction, on which pulses up count P upwards and pulses down count it downwards. At a
/// conductance G this is ΔG₊ = (gmin + B − G)(1 − e^(−1/A)) and ΔG₋ = (gmin + B − G)(1 − e^(1/A)).
/// The labels <c>nl_up nl_down</c> give A (<see cref="NonlinearityLabel"/>): a positive one bends the curve so that steps are largest near gmin, a negative one so that they are largest near gmax. Potentiation that saturates is positive,
/// depression that saturates is negative, and 0 is a straight line.
/// Source: P.-Y. Chen, X. Peng, S. Yu, "NeuroSim: a circuit-level macro model…", IEEE TCAD 37, 3067 (2018), eqs 8–10, doi:10.1109/TCAD.2018.2789723. Curves stretch with the device's own range.
/// n pulses: gmin + B − G_n = (gmin + B − G₀) e^(∓n/A).
/// </summary>
internal readonly record struct LabelledStep : IPulseLaw
{
    /// <summary>Shape: ±1/A; Second: gmin + B [S]; Scale, Shift: 1 − e^(−1/A), 1 − e^(1/A); for a straight line Shape is 0 and the steps are (gmax − gmin)/P_max.</summary>
    public PulsedDevice Device(SynapseCard card, ReadOnlySpan<double> numbers)
    {
        // The common step is of no use here: it needs neither pulses nor step.
        PulsedDevice device = PulsedDevice.Common(card, numbers);
        (double up, double endUp, double stepUp) = Curve(device, numbers[(int)SynapseParameter.LabelUp], Count(card, numbers, SynapseParameter.PulsesUp));
        (double down, double endDown, double stepDown) = Curve(device, numbers[(int)SynapseParameter.LabelDown], Count(card, numbers, SynapseParameter.PulsesDown));
        return device with
        {
            ShapeUp = up,
            ShapeDown = -down,
            SecondUp = endUp,
            SecondDown = endDown,
            StepUp = stepUp,
            StepDown = stepDown,
            Scale = -NonlinearityLabel.ExpM1(-up),
            Shift = -NonlinearityLabel.ExpM1(down),
        };
    }

    public double Up(in PulsedDevice device, double conductance) =>
        device.ShapeUp == 0 ? device.StepUp : Math.Max(0, (device.SecondUp - conductance) * device.Scale);

    public double Down(in PulsedDevice device, double conductance) =>
        device.ShapeDown == 0 ? -device.StepDown : Math.Min(0, (device.SecondDown - conductance) * device.Shift);

    public bool TryMany(in PulsedDevice device, double conductance, int pulses, bool up, out double reached)
    {
        (double rate, double end, double step) = up ? (device.ShapeUp, device.SecondUp, device.StepUp) : (device.ShapeDown, device.SecondDown, -device.StepDown);
        reached = rate == 0 ? conductance + (pulses * step) : conductance - ((end - conductance) * NonlinearityLabel.ExpM1(-rate * pulses));
        return true;
    }

    /// <summary>P_max of a direction; where only <c>pulses</c> is written, a spread of it spreads both.</summary>
    private static double Count(SynapseCard card, ReadOnlySpan<double> numbers, SynapseParameter own) =>
        Math.Max(1, numbers[(int)(card.Has(own) ? own : SynapseParameter.Pulses)]);

    private static (double Rate, double End, double Step) Curve(in PulsedDevice device, double label, double pulses)
    {
        double total = NonlinearityLabel.Exponent(label);
        double mean = device.Range / pulses;
        return total == 0 ? (0, 0, mean) : (total / pulses, device.Minimum - (device.Range / NonlinearityLabel.ExpM1(-total)), mean);
    }
}
