using System.Globalization;
using System.Numerics;
using AnalogLearn.Numerics;
using AnalogLearn.Simulation;

namespace AnalogLearn.Learning;

/// <summary>
/// What is read of settled states, as scoring and local rules get to see them; the circuit itself goes on from the states that it has. A voltage is sampled with the noise of its neuron,
///     s′ = clip(s + σ z),  σ² = b²τ/2κ, kT/C for the thermal noise of a leak (with <c>.options settle_noise=1</c>),
/// a sample of the stationary noise of the neuron by itself (Johnson 1928; Ornstein and Uhlenbeck 1930), taken anew for each phase; its correlations through the circuit and its 1/f part are those of
/// <c>.tran</c> alone. Where a bank has a reading converter, s″ = adc(s′ + <c>adc_noise</c> z′). Every z is a function of (seed, chip, phase, epoch, batch, example, node), whatever the threads.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
/// <param name="network">The network.</param>
public sealed class StateSampler<T>(RateNetwork network)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly double[]? _deviations = network.SettleNoise ? NeuronNoiseAmplitudes.Deviations(network) : null;
    private readonly bool _hasConverters = network.Banks.Any(b => b.Description.Adc is not null) || network.AdcNoise.AsSpan().ContainsAnyExcept(0.0);
    private CounterRandom[] _nodes = [];
    private (ulong Seed, string Phase) _keyed;

    /// <summary>Whether what is read is the states themselves.</summary>
    public bool IsPlain => _deviations is null && !_hasConverters;

    /// <summary>Reads a batch.</summary>
    /// <param name="state">States, examples × states [V].</param>
    /// <param name="phase">Which phase they come from.</param>
    /// <param name="place">Where in the run.</param>
    /// <param name="room">Room for what is read, made when there is none that fits.</param>
    /// <returns>What was read; the states themselves when that is the same.</returns>
    public Batch<T> Read(Batch<T> state, string phase, BatchPlace place, ref Batch<T>? room)
    {
        if (IsPlain)
            return state;
        if (room is null || room.Rows != state.Rows || room.Width != state.Width)
            room = new Batch<T>(state.Rows, state.Width);
        room.CopyFrom(state);
        ReadInPlace(room, phase, place);
        return room;
    }

    /// <summary>Replaces states by what is read of them.</summary>
    /// <param name="state">States, examples × states [V].</param>
    /// <param name="phase">Which phase they come from.</param>
    /// <param name="place">Where in the run.</param>
    public void ReadInPlace(Batch<T> state, string phase, BatchPlace place)
    {
        if (IsPlain)
            return;
        Key(place.Seed, phase);
        for (int i = 0; i < network.StateCount; i++)
        {
            double thermal = _deviations?[i] ?? 0, converter = network.AdcNoise[i];
            if (thermal == 0 && converter == 0)
                continue;
            CounterRandom batch = _nodes[i].Child((ulong)place.Epoch).Child((ulong)place.Batch);
            for (int e = 0; e < state.Rows; e++)
            {
                double s = double.CreateChecked(state[e, i]);
                if (thermal > 0)
                    s = Math.Clamp(s + (thermal * batch.NormalAt(2 * (ulong)e)), network.ClipLow[i], network.ClipHigh[i]);
                state[e, i] = T.CreateChecked(s + (converter * batch.NormalAt((2 * (ulong)e) + 1)));
            }
        }

        foreach (RateBank bank in network.Banks)
        {
            if (bank.Description.Adc is not { } adc)
                continue;
            for (int e = 0; e < state.Rows; e++)
                adc.Convert(state.Row(e).Slice(bank.Offset, bank.Width));
        }
    }

    private void Key(ulong seed, string phase)
    {
        if (_nodes.Length > 0 && _keyed == (seed, phase))
            return;
        _nodes = new CounterRandom[network.StateCount];
        string chip = network.Circuit.ChipNumber.ToString(CultureInfo.InvariantCulture);
        foreach (RateBank bank in network.Banks)
        {
            for (int k = 0; k < bank.Width; k++)
                _nodes[bank.Offset + k] = CounterRandom.ForPath(seed, "read-out", chip, phase, bank.Description.Bus.NodeName(k));
        }

        _keyed = (seed, phase);
    }
}
