using AnalogLearn.Circuits;

namespace AnalogLearn.Synapses;

/// <summary>
/// <c>relax_mean relax_sd</c>: after programming a conductance shifts and spreads with the logarithm of time, G(t) = max(0, G₀ + m ln t + σ(ln t) z), t in seconds, z ~ N(0, 1) once for each device. Before 1 s it is as at 1 s; at t = 0 there is none.
/// Source: D. F. Falcone et al., conductive metal oxide on HfOx: m = −0.08900206 µS, σ = 0.04201137 ln t + 0.41183342 µS, for 9…88.2 µS, as IBM's analog hardware toolkit has it.
/// </summary>
public static class Relaxation
{
    /// <summary>m ln t + σ(ln t) z [S].</summary>
    /// <param name="card">The card.</param>
    /// <param name="numbers">The device's numbers.</param>
    /// <param name="time">t [s].</param>
    /// <param name="z">The device's standard normal number.</param>
    public static double Shift(SynapseCard card, ReadOnlySpan<double> numbers, double time, double z)
    {
        ArgumentNullException.ThrowIfNull(card);
        if (!(time > 0))
            return 0;
        double logarithm = Math.Max(0, Math.Log(time));
        double deviation = Math.Max(0, card.Value(SynapseParameter.RelaxationDeviation, logarithm, numbers[(int)SynapseParameter.RelaxationDeviation]));
        return (numbers[(int)SynapseParameter.RelaxationMean] * logarithm) + (deviation * z);
    }

    /// <summary>G(t) [S].</summary>
    /// <param name="programmed">G₀ [S].</param>
    /// <param name="shift">The shift [S].</param>
    public static double At(double programmed, double shift) => Math.Max(0, programmed + shift);
}
