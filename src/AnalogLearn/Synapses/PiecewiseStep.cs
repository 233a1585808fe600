using System.Collections.Immutable;
using AnalogLearn.Circuits;

namespace AnalogLearn.Synapses;

/// <summary>
/// <c>update=piecewise</c>: ΔG₊ = step (1 + β) f₊(G), ΔG₋ = −step (1 − β) f₋(G) with tables f± at conductances equidistant from gmin to gmax, <c>nodes_up=[…]</c> and <c>nodes_down=[…]</c>, and straight lines between them.
/// For measured responses that no formula fits. The tables stretch with the device's own range. There is no closed form for many pulses.
/// </summary>
/// <param name="NodesUp">f₊ from gmin to gmax.</param>
/// <param name="NodesDown">f₋ from gmin to gmax.</param>
internal readonly record struct PiecewiseStep(ImmutableArray<double> NodesUp, ImmutableArray<double> NodesDown) : IPulseLaw
{
    public PulsedDevice Device(SynapseCard card, ReadOnlySpan<double> numbers) => PulsedDevice.Common(card, numbers);

    public double Up(in PulsedDevice device, double conductance) => device.StepUp * Factor(NodesUp.AsSpan(), device, conductance);

    public double Down(in PulsedDevice device, double conductance) => -device.StepDown * Factor(NodesDown.AsSpan(), device, conductance);

    private static double Factor(ReadOnlySpan<double> nodes, in PulsedDevice device, double conductance)
    {
        if (!(device.Range > 0))
            return nodes[0];
        double at = Math.Clamp((conductance - device.Minimum) / device.Range, 0, 1) * (nodes.Length - 1);
        int k = Math.Min((int)at, nodes.Length - 2);
        return nodes[k] + ((at - k) * (nodes[k + 1] - nodes[k]));
    }
}
