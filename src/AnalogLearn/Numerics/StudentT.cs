namespace AnalogLearn.Numerics;

/// <summary>
/// Student's t distribution: P(|T| ≤ t) = 1 − I_x(ν/2, ½) with x = ν/(ν + t²), I the regularized incomplete beta function (NIST Digital Library of Mathematical Functions, 8.17), here by its continued fraction 8.17.22.
/// </summary>
internal static class StudentT
{
    /// <summary>t with P(|T| ≤ t) = share: half the width of a two-sided interval in standard errors.</summary>
    /// <param name="degrees">ν, at least 1.</param>
    /// <param name="share">The share, between 0 and 1.</param>
    public static double TwoSided(double degrees, double share)
    {
        double low = 0, high = 1;
        while (Within(high, degrees) < share && high < 1e12)
            high *= 2;
        while (high - low > 1e-14 * high)
        {
            double middle = 0.5 * (low + high);
            if (middle <= low || middle >= high)
                break;
            if (Within(middle, degrees) < share)
                low = middle;
            else
                high = middle;
        }

        return 0.5 * (low + high);
    }

    /// <summary>P(|T| ≤ t).</summary>
    public static double Within(double t, double degrees) => 1 - Beta(degrees / (degrees + (t * t)), 0.5 * degrees, 0.5);

    private static double Beta(double x, double a, double b)
    {
        if (x <= 0 || x >= 1)
            return x <= 0 ? 0 : 1;
        return x < (a + 1) / (a + b + 2) ? Fraction(x, a, b) : 1 - Fraction(1 - x, b, a);
    }

    private static double Fraction(double x, double a, double b)
    {
        const double tiny = 1e-300;
        double front = Math.Exp((a * Math.Log(x)) + (b * Math.Log(1 - x)) + LogGamma(a + b) - LogGamma(a) - LogGamma(b)) / a;
        double c = 1, d = 1 / Away(1 - ((a + b) * x / (a + 1))), f = d;
        for (int m = 1; m < 500; m++)
        {
            double even = m * (b - m) * x / ((a + (2 * m) - 1) * (a + (2 * m)));
            d = 1 / Away(1 + (even * d));
            c = Away(1 + (even / c));
            f *= c * d;
            double odd = -(a + m) * (a + b + m) * x / ((a + (2 * m)) * (a + (2 * m) + 1));
            d = 1 / Away(1 + (odd * d));
            c = Away(1 + (odd / c));
            f *= c * d;
            if (Math.Abs((c * d) - 1) < 1e-15)
                break;
        }

        return front * f;

        static double Away(double v) => Math.Abs(v) < tiny ? tiny : v;
    }

    /// <summary>ln Γ(z) by Stirling's series after raising the argument (NIST 5.11.1).</summary>
    private static double LogGamma(double z)
    {
        double shift = 0;
        while (z < 12)
            shift -= Math.Log(z++);
        double w = 1 / (z * z);
        return shift + ((z - 0.5) * Math.Log(z)) - z + (0.5 * Math.Log(2 * Math.PI))
            + ((1.0 / 12 - (w * (1.0 / 360 - (w * (1.0 / 1260 - (w * (1.0 / 1680 - (w / 1188)))))))) / z);
    }
}
