namespace AnalogLearn.Plots;

/// <summary>Quantiles of samples: h = (n − 1)p, linear between the order statistics about h (type 7 of R. J. Hyndman and Y. Fan, 1996, DOI 10.1080/00031305.1996.10473566).</summary>
internal static class Quantiles
{
    /// <summary>The finite samples, ascending.</summary>
    public static double[] Sorted(IEnumerable<double> samples) => [.. samples.Where(double.IsFinite).Order()];

    /// <summary>A quantile; NaN of nothing.</summary>
    /// <param name="sorted">Samples, ascending.</param>
    /// <param name="share">p, 0 to 1.</param>
    public static double Of(double[] sorted, double share)
    {
        if (sorted.Length == 0)
            return double.NaN;
        double h = (sorted.Length - 1) * Math.Clamp(share, 0, 1);
        int below = Math.Min((int)h, sorted.Length - 1);
        int above = Math.Min(below + 1, sorted.Length - 1);
        return sorted[below] + ((h - below) * (sorted[above] - sorted[below]));
    }
}
