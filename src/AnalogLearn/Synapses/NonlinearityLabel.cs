namespace AnalogLearn.Synapses;

/// <summary>
/// NeuroSim's label of a curve's bend and the exponent k = P_max/A of the curve y(p) = (1 − e^(−kp))/(1 − e^(−k)), 0 ≤ p ≤ 1: NL = 10.101525 · max_p (y(p) − p), with the sign of k. The deviation is largest at
/// p* = ln(k/c)/k, c = 1 − e^(−k), where it is 1/c − 1/k − p*.
/// Source: the factor is derived from the published table of labels and A, which it reproduces in all 900 entries to 10.10151…10.10155; the curve: P.-Y. Chen, X. Peng, S. Yu, IEEE TCAD 37, 3067 (2018), doi:10.1109/TCAD.2018.2789723.
/// Valid for |NL| ≤ 10; NL → 0 is the straight line, k ≈ 8 NL/10.101525.
/// </summary>
public static class NonlinearityLabel
{
    /// <summary>NL of a deviation of one.</summary>
    public const double Scale = 10.101525;

    /// <summary>The largest deviation of the normalised curve from the straight line.</summary>
    /// <param name="exponent">k ≥ 0.</param>
    public static double Deviation(double exponent)
    {
        double k = exponent;

        // The terms cancel for small k; their series does not: k/8 − k³/576 + k⁵/25920 − …
        if (k < 0.02)
            return (k / 8) - (k * k * k / 576) + (Math.Pow(k, 5) / 25920);
        double c = -ExpM1(-k);
        return (1 / c) - (1 / k) - (Math.Log(k / c) / k);
    }

    /// <summary>Where the deviation is largest, as a share of P_max.</summary>
    /// <param name="exponent">k above 0.</param>
    public static double Place(double exponent) => Math.Log(exponent / -ExpM1(-exponent)) / exponent;

    /// <summary>The label of an exponent.</summary>
    /// <param name="exponent">k = P_max/A, of either sign.</param>
    public static double Of(double exponent) => Math.CopySign(Scale * Deviation(Math.Abs(exponent)), exponent);

    /// <summary>k = P_max/A of a label, by bisection to rounding.</summary>
    /// <param name="label">NL, between −10 and 10.</param>
    public static double Exponent(double label)
    {
        double target = Math.Abs(label) / Scale;
        if (target == 0)
            return 0;
        double low = 0;
        double high = 1;
        while (Deviation(high) < target && high < 1e6)
            (low, high) = (high, 4 * high);
        while (true)
        {
            double middle = 0.5 * (low + high);
            if (middle <= low || middle >= high)
                return Math.CopySign(middle, label);
            if (Deviation(middle) < target)
                low = middle;
            else
                high = middle;
        }
    }

    /// <summary>eˣ − 1, exact to rounding near 0 too (W. Kahan's form: (u − 1) x/ln u with u = eˣ).</summary>
    /// <param name="x">Any number.</param>
    internal static double ExpM1(double x)
    {
        double u = Math.Exp(x);
        if (u == 1)
            return x;
        double v = u - 1;
        return v == -1 || double.IsInfinity(u) ? v : v * x / Math.Log(u);
    }
}
