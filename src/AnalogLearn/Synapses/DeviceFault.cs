using AnalogLearn.Circuits;

namespace AnalogLearn.Synapses;

/// <summary>What a device may be instead of a device.</summary>
public enum DeviceFault
{
    /// <summary>It works.</summary>
    None,

    /// <summary>It stands at gmax.</summary>
    StuckOn,

    /// <summary>It stands at gmin.</summary>
    StuckOff,

    /// <summary>It does not conduct.</summary>
    Open,

    /// <summary>It stands anywhere between gmin and gmax.</summary>
    Stuck,
}

/// <summary>
/// Faults of fabrication, <c>p_stuck_on p_stuck_off p_open p_stuck</c>: each device has at most one. One uniform number u in [0, 1) chooses, by the cumulated probabilities in this order, so that raising a probability leaves broken what was broken; a second
/// one says where a device is stuck that is stuck anywhere. Writing does not move a broken device.
/// Source: C.-Y. Chen et al., "RRAM defect modeling and failure analysis…", IEEE Trans. Comput. 64, 180 (2015), doi:10.1109/TC.2014.12.
/// </summary>
public static class DeviceFaults
{
    /// <summary>The fault of a device.</summary>
    /// <param name="card">The card.</param>
    /// <param name="uniform">u, 0 ≤ u &lt; 1.</param>
    public static DeviceFault Of(SynapseCard card, double uniform)
    {
        ArgumentNullException.ThrowIfNull(card);
        double sum = card[SynapseParameter.StuckOn];
        if (uniform < sum)
            return DeviceFault.StuckOn;
        if (uniform < (sum += card[SynapseParameter.StuckOff]))
            return DeviceFault.StuckOff;
        if (uniform < (sum += card[SynapseParameter.Open]))
            return DeviceFault.Open;
        return uniform < sum + card[SynapseParameter.Stuck] ? DeviceFault.Stuck : DeviceFault.None;
    }
}
