using AnalogLearn.Circuits;

namespace AnalogLearn.Synapses;

/// <summary>
/// What a conductance is when it is read: G (1 + σ ξ), ξ ~ N(0, 1) once for each reading, with σ² = σ_white² + σ_flicker². White: <c>read_noise</c>, a number or a function of x = G/gmax. 1/f: <c>flicker</c> Q(x),
/// σ_flicker = Q(x) √ln((t + t_r)/(2 t_r)), what 1/f noise of that strength has between the frequencies 1/t and 1/(2 t_r); t_r is the time of one reading (<c>flicker_t</c>) and t the time over which readings are spread
/// (<c>read_time</c>; the time since programming when it is not written).
/// Source: S. R. Nandakumar et al., ICECS 2019, doi:10.1109/ICECS46596.2019.8964852, with Q = min(0.0088/x^0.65, 0.2), t_r = 250 ns. For t ≤ t_r there is none. A reading is never below 0.
/// </summary>
public static class ReadNoise
{
    /// <summary>σ relative to G.</summary>
    /// <param name="card">The card.</param>
    /// <param name="numbers">The device's numbers.</param>
    /// <param name="conductance">G [S].</param>
    public static double Deviation(SynapseCard card, ReadOnlySpan<double> numbers, double conductance)
    {
        ArgumentNullException.ThrowIfNull(card);
        double x = conductance / numbers[(int)SynapseParameter.Maximum];
        double white = Math.Max(0, card.Value(SynapseParameter.ReadNoise, x, numbers[(int)SynapseParameter.ReadNoise]));
        double flicker = card.Functions[(int)SynapseParameter.Flicker] is null
            ? 0
            : Math.Max(0, card.Value(SynapseParameter.Flicker, x, numbers[(int)SynapseParameter.Flicker])) * FlickerFactor(card[SynapseParameter.ReadTime], card[SynapseParameter.FlickerTime]);
        return flicker == 0 ? white : Math.Sqrt((white * white) + (flicker * flicker));
    }

    /// <summary>√ln((t + t_r)/(2 t_r)), 0 for t ≤ t_r.</summary>
    /// <param name="time">t [s].</param>
    /// <param name="reading">t_r [s].</param>
    public static double FlickerFactor(double time, double reading) => time > reading ? Math.Sqrt(Math.Log((time + reading) / (2 * reading))) : 0;

    /// <summary>A reading [S].</summary>
    /// <param name="conductance">G [S].</param>
    /// <param name="deviation">σ relative to G.</param>
    /// <param name="z">A standard normal number.</param>
    public static double Read(double conductance, double deviation, double z) => Math.Max(0, conductance * (1 + (deviation * z)));
}
