using AnalogLearn.Circuits;

namespace AnalogLearn.Synapses;

/// <summary>
/// <c>write_noise</c>: closed-loop programming of a target G_T leaves G = max(0, G_T + σ(G_T/gmax) z), z ~ N(0, 1) for each programming. σ [S] is a function of the target, or a share of gmax − gmin.
/// Sources are those of the cards: for phase-change memory V. Joshi et al., Nat. Commun. 11, 2473 (2020), doi:10.1038/s41467-020-16108-9, σ = 0.26348 + 1.9650 x − 1.1731 x² µS at gmax = 25 µS.
/// The measured spread around a target at an end of the range is on both sides of it: a programmed conductance may exceed gmax, and falls below gmin where that is above 0.
/// </summary>
public static class WriteNoise
{
    /// <summary>σ [S].</summary>
    /// <param name="card">The card.</param>
    /// <param name="numbers">The device's numbers.</param>
    /// <param name="target">G_T [S].</param>
    public static double Deviation(SynapseCard card, ReadOnlySpan<double> numbers, double target)
    {
        ArgumentNullException.ThrowIfNull(card);
        return Math.Max(0, card.Value(SynapseParameter.WriteNoise, target / numbers[(int)SynapseParameter.Maximum], numbers[(int)SynapseParameter.WriteNoise]));
    }

    /// <summary>What programming leaves [S].</summary>
    /// <param name="card">The card.</param>
    /// <param name="numbers">The device's numbers.</param>
    /// <param name="target">G_T, a level [S].</param>
    /// <param name="z">A standard normal number.</param>
    public static double Programmed(SynapseCard card, ReadOnlySpan<double> numbers, double target, double z) => Math.Max(0, target + (Deviation(card, numbers, target) * z));
}
