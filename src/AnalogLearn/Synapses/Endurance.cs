namespace AnalogLearn.Synapses;

/// <summary>
/// <c>endurance endurance_shape</c>: a device takes N pulses and then stays where it is. N has Weibull's distribution, P(N ≤ n) = 1 − e^(−(n/η)^k): η = <c>endurance</c> is what 63 % of devices do not outlive, k the shape; N = η (−ln u)^(1/k).
/// Mean η Γ(1 + 1/k), variance η² (Γ(1 + 2/k) − Γ(1 + 1/k)²). Without a shape every device takes exactly η pulses.
/// Source: W. Weibull, J. Appl. Mech. 18, 293 (1951), the usual law of dielectric wear-out.
/// </summary>
public static class Endurance
{
    /// <summary>N/η of a device.</summary>
    /// <param name="shape">k, above 0; +∞ for 1.</param>
    /// <param name="uniform">u, 0 &lt; u &lt; 1, drawn once for the device.</param>
    public static double Lifetime(double shape, double uniform) => double.IsInfinity(shape) ? 1 : Math.Pow(-Math.Log(uniform), 1 / shape);
}
