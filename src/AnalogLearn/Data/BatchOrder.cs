using AnalogLearn.Numerics;

namespace AnalogLearn.Data;

/// <summary>
/// The order in which an epoch goes through its examples: a random permutation that is a pure function of (seed, epoch, count), so that a
/// run that is resumed in the middle of an epoch goes on in the same order.
/// </summary>
public sealed class BatchOrder
{
    private readonly int[] _order;
    private readonly CounterRandom _stream;

    /// <summary>Room for the order of a number of examples; <see cref="Begin"/> fills it.</summary>
    /// <param name="seed">The run's seed.</param>
    /// <param name="count">Number of training examples.</param>
    public BatchOrder(ulong seed, int count)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        _order = new int[count];
        _stream = CounterRandom.ForPath(seed, "train", "order");
        Begin(0);
    }

    /// <summary>The epoch whose order this is, from 0.</summary>
    public int Epoch { get; private set; }

    /// <summary>All examples' numbers in the epoch's order.</summary>
    public ReadOnlySpan<int> Order => _order;

    /// <summary>Turns to an epoch; nothing is allocated.</summary>
    /// <param name="epoch">The epoch, from 0.</param>
    public void Begin(int epoch)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(epoch);
        Epoch = epoch;
        for (int i = 0; i < _order.Length; i++)
        {
            _order[i] = i;
        }

        CounterRandom stream = _stream.Child((ulong)epoch);
        stream.Shuffle(_order);
    }

    /// <summary>Number of batches in an epoch; the last one may be smaller.</summary>
    /// <param name="size">Examples a batch.</param>
    public int BatchCount(int size) => (_order.Length + size - 1) / size;

    /// <summary>The examples of one batch.</summary>
    /// <param name="batch">The batch's number in the epoch, from 0.</param>
    /// <param name="size">Examples a batch.</param>
    /// <returns>size numbers, fewer in the last batch.</returns>
    public ReadOnlySpan<int> Batch(int batch, int size)
    {
        int start = batch * size;
        return _order.AsSpan(start, Math.Min(size, _order.Length - start));
    }
}
