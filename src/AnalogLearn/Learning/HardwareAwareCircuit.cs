using AnalogLearn.Numerics;
using AnalogLearn.Simulation;
using AnalogLearn.Simulation.Nodal;
using AnalogLearn.Synapses;

namespace AnalogLearn.Learning;

/// <summary>
/// Training of a circuit with variation in the loop, as <see cref="HardwareAwareLearner{T}"/> does it for networks: each batch (or some batches) has a virtual chip of its own, whose elements are fabricated and whose devices are
/// programmed with the θ of the design; the rule runs there, and its direction moves the design. A chip may have more unknowns than the design (slew limits, say), so that its equilibria start at its own rest.
/// </summary>
/// <param name="design">The circuit that learns.</param>
/// <param name="chips">Makes the virtual chip of an epoch and a number.</param>
/// <param name="every">Batches that a virtual chip is used for.</param>
internal sealed class HardwareAwareCircuit(LearningCircuit design, Func<int, int, VirtualCircuit> chips, int every) : ILearner<double>
{
    private (int Epoch, int Number) _at = (-1, -1);
    private VirtualCircuit? _chip;

    /// <inheritdoc/>
    public string Name => "hardware-aware";

    /// <inheritdoc/>
    public BatchOutcome Learn(Batch<double> state, Batch<double> targets, BatchPlace place, ParameterSet<double> direction, CancellationToken cancellation = default)
    {
        (int, int) at = (place.Epoch, place.Batch / every);
        if (_chip is null || at != _at)
            (_chip, _at) = (chips(place.Epoch, place.Batch / every), at);
        ParameterSet<double> theta = _chip.Fabricate();
        ParameterSet<double> asked = design.Equations.Theta;
        for (int b = 0; b < theta.Blocks.Length; b++)
            asked.Blocks[b].CopyTo(theta.Blocks[b], 0);
        if (_chip.Circuit.Network is { } network)
            network.Program(theta);
        else
            theta.Devices?.Program(theta);
        LearningCircuit circuit = _chip.Create(theta);
        if (design.Equations.Inputs is { } inputs)
            circuit.Clamp(inputs);
        theta.Devices?.Begin(ReadOccasion.Learning(place.Batch));
        var own = new Batch<double>(state.Rows, circuit.Equations.StateCount);
        for (int e = 0; e < own.Rows; e++)
            circuit.RestingState(own.Row(e));
        return _chip.Rule(circuit).Learn(own, targets, place, direction, cancellation);
    }
}

/// <summary>A chip of a circuit that training imagines.</summary>
/// <param name="Circuit">The compiled circuit.</param>
/// <param name="Fabricate">θ as it is fabricated, with its devices.</param>
/// <param name="Create">The circuit with a θ, ready to learn.</param>
/// <param name="Rule">The rule, on a circuit.</param>
internal sealed record VirtualCircuit(NodalCircuit Circuit, Func<ParameterSet<double>> Fabricate, Func<ParameterSet<double>, LearningCircuit> Create, Func<LearningCircuit, ILearner<double>> Rule);
