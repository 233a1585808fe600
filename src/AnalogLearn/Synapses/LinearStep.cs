using AnalogLearn.Circuits;

namespace AnalogLearn.Synapses;

/// <summary>
/// <c>update=linear</c>: ΔG₊ = step (1 + β) (1 − γ₊ (G − gref)/(gmax − gref)), ΔG₋ = −step (1 − β) (1 − γ₋ (gref − G)/(gref − gmin)), neither below 0: the step is what the card says at gref and has lost the share γ at the bound.
/// These bounds are those of the card: what a siemens takes from a step does not depend on where a device's own range ends. <c>update=softbounds</c> is γ₊ = γ₋ = 1 with the device's own bounds, at which its steps vanish. Bounds nearer to gref than a
/// twentieth of the range count as that far away.
/// Source: the linear-step model of IBM's analog hardware toolkit, M. J. Rasch et al., AICAS 2021, doi:10.1109/AICAS51828.2021.9458494; soft bounds: S. Fusi and L. F. Abbott, Nat. Neurosci. 10, 485 (2007), doi:10.1038/nn1859.
/// n pulses approach the point where the step is nothing geometrically: G_n = G* + (G₀ − G*) (1 − step γ/(gmax − gref))ⁿ.
/// Symmetry point: gref + (a₊ − a₋)/(a₊ γ₊/(gmax − gref) + a₋ γ₋/(gref − gmin)) with a± = step (1 ± β).
/// </summary>
/// <param name="IsSoft">Whether γ is 1.</param>
internal readonly record struct LinearStep(bool IsSoft) : IPulseLaw
{
    /// <summary>ShapeUp and ShapeDown: γ₊/(gmax − gref) and γ₋/(gref − gmin) [1/S].</summary>
    public PulsedDevice Device(SynapseCard card, ReadOnlySpan<double> numbers)
    {
        PulsedDevice device = PulsedDevice.Common(card, numbers);
        if (!(device.Range > 0))
            return device;
        if (IsSoft)
        {
            double near = 0.05 * device.Range;
            double origin = Math.Clamp(device.Origin, device.Minimum + near, device.Maximum - near);
            return device with { Origin = origin, ShapeUp = 1 / (device.Maximum - origin), ShapeDown = 1 / (origin - device.Minimum) };
        }

        double least = 0.05 * card.Range;
        return device with
        {
            ShapeUp = Math.Max(0, numbers[(int)SynapseParameter.SlopeUp]) / Math.Max(least, card.Maximum - card.Reference),
            ShapeDown = Math.Max(0, numbers[(int)SynapseParameter.SlopeDown]) / Math.Max(least, card.Reference - card.Minimum),
        };
    }

    public double Up(in PulsedDevice device, double conductance) => device.StepUp * Math.Max(0, 1 - (device.ShapeUp * (conductance - device.Origin)));

    public double Down(in PulsedDevice device, double conductance) => -device.StepDown * Math.Max(0, 1 - (device.ShapeDown * (device.Origin - conductance)));

    public bool TryMany(in PulsedDevice device, double conductance, int pulses, bool up, out double reached)
    {
        (double step, double slope) = up ? (device.StepUp, device.ShapeUp) : (device.StepDown, device.ShapeDown);
        double direction = up ? 1 : -1;
        double contraction = step * slope;
        if (slope == 0)
        {
            reached = conductance + (direction * pulses * step);
            return true;
        }

        // Beyond the point where the step is nothing it stays nothing; a step that jumps over that point is no geometric series.
        double rest = device.Origin + (direction / slope);
        reached = conductance;
        if (direction * (conductance - rest) >= 0)
            return true;
        if (contraction >= 1)
            return false;
        reached = rest + ((conductance - rest) * Math.Pow(1 - contraction, pulses));
        return true;
    }
}
