using AnalogLearn.Circuits;

namespace AnalogLearn.Synapses;

/// <summary>
/// How a change that is asked for, a = ΔG/step pulses, becomes a whole number n. <c>stochastic</c>: ⌊a⌋ + 1 with the probability of the fraction and ⌊a⌋ otherwise, so that ⟨n⟩ = a and var n = f (1 − f). <c>nearest</c>: small updates vanish.
/// <c>carry</c>: n is the nearest number to a + r, and r = a + r − n, at most half a pulse, waits for the next update: a digital accumulator for each device. At most <c>most_pulses</c> either way; what is beyond is lost.
/// Source of the first: T. Gokmen and Y. Vlasov, Front. Neurosci. 10:333 (2016); of the last: S. R. Nandakumar et al., "Mixed-precision deep learning…", Front. Neurosci. 14:406 (2020), doi:10.3389/fnins.2020.00406.
/// </summary>
public static class PulseRounding
{
    /// <summary>n, below 0 for pulses down.</summary>
    /// <param name="kind">How.</param>
    /// <param name="asked">a.</param>
    /// <param name="most">The most pulses of an update.</param>
    /// <param name="uniform">u, 0 ≤ u &lt; 1; only stochastic rounding looks at it.</param>
    /// <param name="carried">r; only <c>carry</c> uses and changes it.</param>
    public static int Whole(PulseRoundingKind kind, double asked, int most, double uniform, ref double carried)
    {
        double whole;
        switch (kind)
        {
            case PulseRoundingKind.Stochastic:
                double floor = Math.Floor(asked);
                whole = uniform < asked - floor ? floor + 1 : floor;
                break;
            case PulseRoundingKind.Nearest:
                whole = Math.Round(asked, MidpointRounding.AwayFromZero);
                break;
            default:
                double wanted = asked + carried;
                whole = Math.Round(wanted, MidpointRounding.AwayFromZero);
                carried = wanted - whole;
                break;
        }

        return double.IsNaN(whole) ? 0 : (int)Math.Clamp(whole, -most, most);
    }
}
