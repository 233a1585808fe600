using AnalogLearn.Circuits;

namespace AnalogLearn.Synapses;

/// <summary>
/// <c>persistent_noise</c>: G = max(0, G̃ + σ step z). Pulses move a hidden state G̃; what circuits see is that state with an error that stays until the device is pulsed again, z ~ N(0, 1) once for each update.
/// Source: <c>write_noise_std</c> of the device models in N. Gong, M. J. Rasch et al., IEDM 2022, doi:10.1109/IEDM45625.2022.10019569. The visible conductance may lie outside gmin…gmax, never below 0.
/// </summary>
public static class PersistentNoise
{
    /// <summary>σ · step [S]; the step is that of the card, halfway between up and down.</summary>
    /// <param name="card">The card.</param>
    /// <param name="numbers">The device's numbers.</param>
    public static double Deviation(SynapseCard card, ReadOnlySpan<double> numbers)
    {
        ArgumentNullException.ThrowIfNull(card);
        double share = Math.Max(0, numbers[(int)SynapseParameter.PersistentNoise]);
        return share == 0 ? 0 : share * 0.5 * (card.NominalStep(true) + card.NominalStep(false));
    }

    /// <summary>The visible conductance [S].</summary>
    /// <param name="hidden">G̃ [S].</param>
    /// <param name="deviation">σ · step [S].</param>
    /// <param name="z">A standard normal number.</param>
    public static double Visible(double hidden, double deviation, double z) => Math.Max(0, hidden + (deviation * z));
}
