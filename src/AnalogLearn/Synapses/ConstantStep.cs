using AnalogLearn.Circuits;

namespace AnalogLearn.Synapses;

/// <summary>
/// <c>update=constant</c>: ΔG₊ = step (1 + β), ΔG₋ = −step (1 − β), the same at every conductance.
/// Source: T. Gokmen and Y. Vlasov, Front. Neurosci. 10:333 (2016), doi:10.3389/fnins.2016.00333. Good for devices that are used far from their bounds; n pulses are n steps, ended by the range.
/// </summary>
internal readonly record struct ConstantStep : IPulseLaw
{
    public PulsedDevice Device(SynapseCard card, ReadOnlySpan<double> numbers) => PulsedDevice.Common(card, numbers);

    public double Up(in PulsedDevice device, double conductance) => device.StepUp;

    public double Down(in PulsedDevice device, double conductance) => -device.StepDown;

    public bool TryMany(in PulsedDevice device, double conductance, int pulses, bool up, out double reached)
    {
        reached = conductance + (pulses * (up ? device.StepUp : -device.StepDown));
        return true;
    }
}
