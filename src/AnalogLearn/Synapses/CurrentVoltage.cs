namespace AnalogLearn.Synapses;

/// <summary>
/// <c>iv=poly(1,k2,k3,…)</c>: I = G V (1 + k2 V + k3 V² + …). At V = vread times the activity, a synapse passes the share f(V) = 1 + k2 V + k3 V² + … of what a resistor of its conductance would.
/// Source: V. Milo et al. 2021, as CrossSim has it (second and third order, |V| ≤ 0.5 V). k2 makes the device rectify; only even powers of V in f keep it symmetric. Valid where it was fitted.
/// </summary>
public static class CurrentVoltage
{
    /// <summary>f(V).</summary>
    /// <param name="polynomial">1, k2 [1/V], k3 [1/V²] …; empty for a straight line.</param>
    /// <param name="voltage">V [V].</param>
    public static double Factor(ReadOnlySpan<double> polynomial, double voltage)
    {
        if (polynomial.IsEmpty)
            return 1;
        double sum = polynomial[^1];
        for (int k = polynomial.Length - 2; k >= 0; k--)
            sum = (sum * voltage) + polynomial[k];
        return sum;
    }

    /// <summary>d(V f(V))/dV, the differential conductance over G.</summary>
    /// <param name="polynomial">1, k2, k3 ….</param>
    /// <param name="voltage">V [V].</param>
    public static double Slope(ReadOnlySpan<double> polynomial, double voltage)
    {
        if (polynomial.IsEmpty)
            return 1;
        double sum = polynomial.Length * polynomial[^1];
        for (int k = polynomial.Length - 2; k >= 0; k--)
            sum = (sum * voltage) + ((k + 1) * polynomial[k]);
        return sum;
    }
}
