using AnalogLearn.Circuits;

namespace AnalogLearn.Synapses;

/// <summary>
/// <c>update=expstep</c>: with z = 2 a (G − gref)/(gmax − gmin) + b, ΔG₊ = step (1 + β) max(0, 1 − A₊ e^(γ₊ z)), ΔG₋ = −step (1 − β) max(0, 1 − A₋ e^(−γ₋ z)).
/// Source: N. Gong et al., Nat. Commun. 9, 2102 (2018), doi:10.1038/s41467-018-04485-1, fitted to RRAM; the form is that of IBM's analog hardware toolkit. Fits of the measured mean response, valid inside the range that was measured.
/// A below 0 makes steps larger than nominal. There is no closed form for many pulses.
/// </summary>
internal readonly record struct ExponentialStep : IPulseLaw
{
    /// <summary>Shape: A; Second: γ; Scale: 2a/(gmax − gmin) [1/S]; Shift: b.</summary>
    public PulsedDevice Device(SynapseCard card, ReadOnlySpan<double> numbers)
    {
        PulsedDevice device = PulsedDevice.Common(card, numbers);
        return device with
        {
            ShapeUp = numbers[(int)SynapseParameter.AmplitudeUp],
            ShapeDown = numbers[(int)SynapseParameter.AmplitudeDown],
            SecondUp = numbers[(int)SynapseParameter.ExponentUp],
            SecondDown = numbers[(int)SynapseParameter.ExponentDown],
            Scale = device.Range > 0 ? 2 * numbers[(int)SynapseParameter.ExponentialScale] / device.Range : 0,
            Shift = numbers[(int)SynapseParameter.ExponentialShift],
        };
    }

    public double Up(in PulsedDevice device, double conductance) =>
        device.StepUp * Math.Max(0, 1 - (device.ShapeUp * Math.Exp(device.SecondUp * ((device.Scale * (conductance - device.Origin)) + device.Shift))));

    public double Down(in PulsedDevice device, double conductance) =>
        -device.StepDown * Math.Max(0, 1 - (device.ShapeDown * Math.Exp(-device.SecondDown * ((device.Scale * (conductance - device.Origin)) + device.Shift))));
}
