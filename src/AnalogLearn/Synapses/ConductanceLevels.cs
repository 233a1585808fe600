namespace AnalogLearn.Synapses;

/// <summary>
/// <c>bits</c>, <c>levels</c>: the conductances that a device can be programmed to, G_k = gmin + x_k (gmax − gmin) with the shares x_k = k/(L − 1), k = 0 … L − 1; b bits are L = 2^b. The error of a share that is anything alike is uniform within
/// half a level, with standard deviation 1/(L − 1)/√12.
/// </summary>
public static class ConductanceLevels
{
    /// <summary>The level nearest to a share of the range; halfway, the upper one.</summary>
    /// <param name="share">What is asked for, cut to 0 … 1.</param>
    /// <param name="levels">L, at least 2.</param>
    public static int Nearest(double share, int levels) => (int)Math.Floor((Math.Clamp(share, 0, 1) * (levels - 1)) + 0.5);

    /// <summary>The share of the range that a level is.</summary>
    /// <param name="level">k.</param>
    /// <param name="levels">L, at least 2.</param>
    public static double Share(int level, int levels) => (double)level / (levels - 1);
}
