using AnalogLearn.Numerics;

namespace AnalogLearn.Studies.Explaining;

/// <summary>
/// Sobol's indices (Sobol 1993) from two independent samples A and B, and A with the draws of one group taken from B: first order S = E[f_B (f_AB − f_A)]/V (Saltelli et al. 2010, DOI 10.1016/j.cpc.2009.09.018),
/// total T = E[(f_A − f_AB)²]/2V (Jansen 1999, DOI 10.1016/S0010-4655(98)00154-4), V the variance of f over both. f is taken about its mean, which lowers the error of S. Intervals: percentiles of bootstrap samples of rows.
/// </summary>
internal static class VarianceIndices
{
    private const int Resamples = 1000;

    /// <summary>An index and its interval.</summary>
    internal readonly record struct Index(double Value, double Low, double High);

    /// <summary>The indices of one group.</summary>
    /// <param name="a">f of sample A, a number a row.</param>
    /// <param name="b">f of sample B.</param>
    /// <param name="mixed">f of A with the group from B.</param>
    /// <param name="random">Numbers of the bootstrap.</param>
    public static (Index First, Index Total) Of(double[] a, double[] b, double[] mixed, CounterRandom random)
    {
        int n = a.Length;
        double mean = (a.Sum() + b.Sum()) / (2 * n);
        var place = new int[n];
        for (int k = 0; k < n; k++)
            place[k] = k;
        (double first, double total) = Estimate(place);
        double[] firsts = new double[Resamples], totals = new double[Resamples];
        for (int r = 0; r < Resamples; r++)
        {
            for (int k = 0; k < n; k++)
                place[k] = random.NextInt32(n);
            (firsts[r], totals[r]) = Estimate(place);
        }

        Array.Sort(firsts);
        Array.Sort(totals);
        const int low = Resamples / 40;
        return (new Index(first, firsts[low], firsts[^(low + 1)]), new Index(total, totals[low], totals[^(low + 1)]));

        (double First, double Total) Estimate(int[] rows)
        {
            double product = 0, difference = 0, sum = 0, squares = 0;
            foreach (int k in rows)
            {
                double fa = a[k] - mean, fb = b[k] - mean, fm = mixed[k] - mean;
                product += fb * (fm - fa);
                difference += (fa - fm) * (fa - fm);
                sum += fa + fb;
                squares += (fa * fa) + (fb * fb);
            }

            double own = sum / (2 * n);
            double variance = (squares / (2 * n)) - (own * own);
            return (product / n / variance, difference / n / (2 * variance));
        }
    }
}
