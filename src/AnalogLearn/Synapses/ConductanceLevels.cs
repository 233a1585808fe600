namespace AnalogLearn.Synapses;

/// <summary>
/// <c>bits</c>, <c>levels</c>: the conductances that a device can be programmed to, G_k = gmin + k (gmax − gmin)/(L − 1), k = 0 … L − 1; b bits are L = 2^b. The error of a conductance that is anything alike is uniform within half a level,
/// with standard deviation (gmax − gmin)/(L − 1)/√12.
/// </summary>
public static class ConductanceLevels
{
    /// <summary>The nearest level [S]; halfway, the upper one.</summary>
    /// <param name="conductance">What is asked for [S].</param>
    /// <param name="least">gmin [S].</param>
    /// <param name="most">gmax [S].</param>
    /// <param name="levels">L; 0 or 1 for any conductance in the range.</param>
    public static double Nearest(double conductance, double least, double most, int levels)
    {
        if (!(most > least))
            return least;
        conductance = Math.Clamp(conductance, least, most);
        if (levels < 2)
            return conductance;
        double k = Math.Floor(((conductance - least) / (most - least) * (levels - 1)) + 0.5);
        return k >= levels - 1 ? most : least + (k / (levels - 1) * (most - least));
    }
}
