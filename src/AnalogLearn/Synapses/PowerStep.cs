using AnalogLearn.Circuits;

namespace AnalogLearn.Synapses;

/// <summary>
/// <c>update=powstep</c>: with ω = (gmax − G)/(gmax − gmin), ΔG₊ = step (1 + β) ω^power_up, ΔG₋ = −step (1 − β) (1 − ω)^power_down.
/// Source: S. Fusi and L. F. Abbott, Nat. Neurosci. 10, 485 (2007), doi:10.1038/nn1859. A power of 0 is a constant step, of 1 a soft bound that is nominal at the far end of the range. There is no closed form for many pulses.
/// </summary>
internal readonly record struct PowerStep : IPulseLaw
{
    /// <summary>Shape: the powers.</summary>
    public PulsedDevice Device(SynapseCard card, ReadOnlySpan<double> numbers) => PulsedDevice.Common(card, numbers) with
    {
        ShapeUp = Math.Max(0, numbers[(int)SynapseParameter.PowerUp]),
        ShapeDown = Math.Max(0, numbers[(int)SynapseParameter.PowerDown]),
    };

    public double Up(in PulsedDevice device, double conductance) => device.StepUp * Math.Pow(Share(device, device.Maximum - conductance), device.ShapeUp);

    public double Down(in PulsedDevice device, double conductance) => -device.StepDown * Math.Pow(Share(device, conductance - device.Minimum), device.ShapeDown);

    private static double Share(in PulsedDevice device, double distance) => device.Range > 0 ? Math.Max(0, distance / device.Range) : 0;
}
