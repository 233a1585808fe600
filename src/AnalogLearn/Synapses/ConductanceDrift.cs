using AnalogLearn.Circuits;

namespace AnalogLearn.Synapses;

/// <summary>
/// <c>nu</c>: G(t) = G₀ ((t + t0)/t0)^(−ν), t the time since programming. The exponent of a device is ν = |μ(x) + σ(x) z| with x = G₀/gmax, <c>nu</c> μ, <c>nu_sd</c> σ, and z ~ N(0, 1) drawn once for the device.
/// Source: S. R. Nandakumar et al., ICECS 2019, doi:10.1109/ICECS46596.2019.8964852: μ = clip(−0.0155 ln x + 0.0244, 0.049, 0.1), σ = clip(−0.0125 ln x − 0.0059, 0.008, 0.045), t0 = 20 s for phase-change memory.
/// For times from t0 to months; the law keeps G₀ at t = 0.
/// </summary>
public static class ConductanceDrift
{
    /// <summary>ν of a device.</summary>
    /// <param name="card">The card.</param>
    /// <param name="numbers">The device's numbers.</param>
    /// <param name="programmed">G₀ [S].</param>
    /// <param name="z">The device's standard normal number.</param>
    public static double Exponent(SynapseCard card, ReadOnlySpan<double> numbers, double programmed, double z)
    {
        ArgumentNullException.ThrowIfNull(card);
        double x = programmed / numbers[(int)SynapseParameter.Maximum];
        double mean = card.Value(SynapseParameter.Drift, x, numbers[(int)SynapseParameter.Drift]);
        double deviation = card.Value(SynapseParameter.DriftDeviation, x, numbers[(int)SynapseParameter.DriftDeviation]);
        return Math.Abs(mean + (deviation * z));
    }

    /// <summary>G(t) [S].</summary>
    /// <param name="programmed">G₀ [S].</param>
    /// <param name="exponent">ν.</param>
    /// <param name="time">t [s].</param>
    /// <param name="origin">t0 [s].</param>
    public static double At(double programmed, double exponent, double time, double origin) => programmed * Math.Pow((time + origin) / origin, -exponent);
}
