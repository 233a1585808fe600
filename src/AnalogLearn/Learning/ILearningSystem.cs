using System.Collections.Immutable;
using System.Numerics;
using AnalogLearn.Numerics;
using AnalogLearn.Simulation;

namespace AnalogLearn.Learning;

/// <summary>How a batch settled.</summary>
/// <param name="LargestResidual">The largest residual.</param>
/// <param name="Steps">Steps of all examples together.</param>
/// <param name="Unsettled">Examples that did not settle.</param>
public readonly record struct SettleTotals(double LargestResidual, long Steps, int Unsettled);

/// <summary>What a trainer knows of what it trains: a rate network or a circuit with inputs, outputs and a cost on them.</summary>
/// <typeparam name="T">float or double.</typeparam>
public interface ILearningSystem<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>The field; its θ learns.</summary>
    IParametrizedField<T> Field { get; }

    /// <summary>Numbers that an example clamps.</summary>
    int InputCount { get; }

    /// <summary>Numbers that are read out.</summary>
    int OutputCount { get; }

    /// <summary>What the outputs are held against.</summary>
    Cost Cost { get; }

    /// <summary>Clamps the inputs to a batch.</summary>
    /// <param name="inputs">Examples × inputs; kept until the next call.</param>
    void Clamp(Batch<T> inputs);

    /// <summary>The state before anything is known of an example.</summary>
    /// <param name="state">Receives it.</param>
    void RestingState(Span<T> state);

    /// <summary>Lets the clamped examples settle freely.</summary>
    /// <param name="state">Where they start; receives the fixed points.</param>
    /// <param name="options">Step, limit, tolerance, as far as they mean something here.</param>
    /// <param name="cancellation">Stops early.</param>
    SettleTotals Settle(Batch<T> state, SettleOptions options, CancellationToken cancellation);

    /// <summary>Replaces settled states by what is read of them: with the noise and in the codes of what reads them. Nothing happens where reading is perfect.</summary>
    /// <param name="state">The states.</param>
    /// <param name="phase">Which phase they come from.</param>
    /// <param name="place">Where in the run; all that noise is keyed by.</param>
    void Sample(Batch<T> state, string phase, BatchPlace place)
    {
    }

    /// <summary>What the cost sees of one example.</summary>
    /// <param name="state">Its state.</param>
    /// <param name="output">Receives the outputs.</param>
    void Read(ReadOnlySpan<T> state, Span<T> output);

    /// <summary>cos(W_ij, W_jiᵀ) of every pair of arrays that connect two banks both ways.</summary>
    ImmutableArray<AlignmentRecord> Alignments() => [];
}

/// <summary>A rate network that learns.</summary>
/// <typeparam name="T">float or double.</typeparam>
/// <param name="network">The field.</param>
/// <param name="readout">The outputs and their cost.</param>
public sealed class LearningNetwork<T>(RateField<T> network, Readout readout) : ILearningSystem<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Settler<T> _settler = new(network);
    private readonly StateSampler<T> _sampler = new(network.Network);
    private readonly Dictionary<int, Batch<T>[]> _parts = [];

    /// <inheritdoc/>
    public IParametrizedField<T> Field => network;

    /// <inheritdoc/>
    public int InputCount => network.Network.InputCount;

    /// <inheritdoc/>
    public int OutputCount => readout.Count;

    /// <inheritdoc/>
    public Cost Cost => readout.Cost;

    /// <inheritdoc/>
    public void Clamp(Batch<T> inputs)
    {
        if (network.Network.Inputs.Length == 1)
        {
            network.SetInput(0, inputs);
            return;
        }

        if (!_parts.TryGetValue(inputs.Rows, out Batch<T>[]? parts))
            _parts[inputs.Rows] = parts = [.. network.Network.Inputs.Select(i => new Batch<T>(inputs.Rows, i.Width))];
        for (int k = 0; k < parts.Length; k++)
        {
            RateInput input = network.Network.Inputs[k];
            for (int e = 0; e < inputs.Rows; e++)
                inputs.Row(e).Slice(input.Offset, input.Width).CopyTo(parts[k].Row(e));
            network.SetInput(k, parts[k]);
        }
    }

    /// <inheritdoc/>
    public void RestingState(Span<T> state) => network.RestingState(state);

    /// <inheritdoc/>
    public SettleTotals Settle(Batch<T> state, SettleOptions options, CancellationToken cancellation)
    {
        network.ReadDevices();
        SettleReport report = _settler.Settle(state, options, null, cancellation);
        return new(report.LargestResidual, report.TotalSteps, report.UnsettledCount);
    }

    /// <inheritdoc/>
    public void Sample(Batch<T> state, string phase, BatchPlace place) => _sampler.ReadInPlace(state, phase, place);

    /// <inheritdoc/>
    public void Read(ReadOnlySpan<T> state, Span<T> output) => readout.Read(network, state, output);

    /// <inheritdoc/>
    public ImmutableArray<AlignmentRecord> Alignments() => Alignment.Of(network);
}
