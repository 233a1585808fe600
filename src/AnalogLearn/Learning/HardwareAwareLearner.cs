using System.Numerics;
using AnalogLearn.Numerics;
using AnalogLearn.Simulation;
using AnalogLearn.Synapses;

namespace AnalogLearn.Learning;

/// <summary>
/// Training with variation in the loop (hardware-aware training; straight-through): each batch is learned on a virtual chip of its own. The weights of the design are programmed into the chip's devices, the rule runs
/// there, and the direction that it finds moves the weights of the design, as if the chip had not come between. What the weights settle at is good on the mean chip; no chip that is later made has been seen.
/// Used for analog hardware by V. Joshi et al., Nature Communications 11, 2473 (2020), doi:10.1038/s41467-020-16108-9 (noise on the weights of each mini-batch); here whole chips are drawn.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
/// <param name="design">The field that learns.</param>
/// <param name="chips">Makes the virtual chip of an epoch and a number.</param>
/// <param name="every">Batches that a virtual chip is used for.</param>
internal sealed class HardwareAwareLearner<T>(RateField<T> design, Func<int, int, VirtualChip> chips, int every) : ILearner<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private (int Epoch, int Number) _at = (-1, -1);
    private VirtualChip? _chip;

    /// <inheritdoc/>
    public string Name => "hardware-aware";

    /// <inheritdoc/>
    public BatchOutcome Learn(Batch<T> state, Batch<T> targets, BatchPlace place, ParameterSet<T> direction, CancellationToken cancellation = default)
    {
        (int, int) at = (place.Epoch, place.Batch / every);
        if (_chip is null || at != _at)
            (_chip, _at) = (chips(place.Epoch, place.Batch / every), at);
        ParameterSet<double> asked = design.Theta.To<double>();
        ParameterSet<double> theta = _chip.Network.InitialParameters(place.Seed);
        for (int b = 0; b < theta.Blocks.Length; b++)
            asked.Blocks[b].CopyTo(theta.Blocks[b], 0);
        _chip.Network.Program(theta);
        var field = new RateField<T>(_chip.Network, theta.To<T>());
        for (int k = 0; k < _chip.Network.Inputs.Length; k++)
        {
            if (design.Input(k) is { } input)
                field.SetInput(k, input);
        }

        field.Theta.Devices?.Begin(ReadOccasion.Learning(place.Batch));
        return _chip.Rule.Create(field, [.. theta.Blocks.Select(_ => 1.0)]).Learn(state, targets, place, direction, cancellation);
    }
}

/// <summary>A chip that training imagines.</summary>
/// <param name="Network">Its network.</param>
/// <param name="Rule">The rule, bound to it.</param>
internal sealed record VirtualChip(RateNetwork Network, IBoundRule Rule);
