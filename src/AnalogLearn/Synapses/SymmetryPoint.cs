namespace AnalogLearn.Synapses;

/// <summary>
/// The symmetry point of a device: the conductance G* where the mean steps up and down are equal and opposite, ΔG₊(G*) + ΔG₋(G*) = 0. Pulses that alternate, or whose signs are random, drive the device there, so that weights that are written by
/// noise alone drift to (G* − gref)/g0 and not to 0.
/// Source: T. Gokmen and W. Haensch, Front. Neurosci. 14:103 (2020), doi:10.3389/fnins.2020.00103. Exact in the limit of small steps; of <c>linear</c> and <c>softbounds</c> the closed form is in their file.
/// </summary>
public static class SymmetryPoint
{
    /// <summary>G* of a device.</summary>
    /// <param name="law">The law.</param>
    /// <param name="device">The device.</param>
    /// <returns>G* [S], to rounding; NaN when one direction is stronger at every conductance, or when both are equal everywhere.</returns>
    public static double Of(UpdateLaw law, in PulsedDevice device)
    {
        ArgumentNullException.ThrowIfNull(law);
        (double low, double high) = (device.Minimum, device.Maximum);
        double atLow = Drift(law, device, low);
        double atHigh = Drift(law, device, high);
        if (atLow == 0 || atHigh == 0)
            return atLow == atHigh ? double.NaN : atLow == 0 ? low : high;
        if (atLow > 0 == atHigh > 0)
            return double.NaN;
        while (true)
        {
            double middle = 0.5 * (low + high);
            if (middle <= low || middle >= high)
                return middle;
            double drift = Drift(law, device, middle);
            if (drift == 0)
                return middle;
            if (drift > 0 == atLow > 0)
                low = middle;
            else
                high = middle;
        }
    }

    /// <summary>The mean change by a pulse up and a pulse down, of which each sees the same conductance [S].</summary>
    /// <param name="law">The law.</param>
    /// <param name="device">The device.</param>
    /// <param name="conductance">The conductance [S].</param>
    public static double Drift(UpdateLaw law, in PulsedDevice device, double conductance)
    {
        ArgumentNullException.ThrowIfNull(law);
        return law.Step(device, conductance, true) + law.Step(device, conductance, false);
    }
}
