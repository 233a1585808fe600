using AnalogLearn.Circuits;

namespace AnalogLearn.Synapses;

/// <summary>
/// <c>endurance endurance_shape</c>: a device takes N pulses and then stays where it is. N has Weibull's distribution, P(N ≤ n) = 1 − e^(−(n/η)^k): η = <c>endurance</c> is what 63 % of devices do not outlive, k the shape; N = η (−ln(1 − u))^(1/k).
/// Mean η Γ(1 + 1/k), variance η² (Γ(1 + 2/k) − Γ(1 + 1/k)²). Without a shape every device takes exactly η pulses.
/// Source: W. Weibull, J. Appl. Mech. 18, 293 (1951), the usual law of dielectric wear-out.
/// </summary>
public static class Endurance
{
    /// <summary>N of a device, at least 1; +∞ without wear.</summary>
    /// <param name="card">The card.</param>
    /// <param name="numbers">The device's numbers.</param>
    /// <param name="uniform">u, 0 ≤ u &lt; 1, drawn once for the device.</param>
    public static double Pulses(SynapseCard card, ReadOnlySpan<double> numbers, double uniform)
    {
        ArgumentNullException.ThrowIfNull(card);
        double scale = numbers[(int)SynapseParameter.Endurance];
        double shape = card[SynapseParameter.EnduranceShape];
        return double.IsInfinity(scale) || double.IsInfinity(shape) ? scale : Math.Max(1, scale * Math.Pow(-Math.Log(1 - uniform), 1 / shape));
    }
}
