using AnalogLearn.Numerics;

namespace AnalogLearn.Simulation;

/// <summary>Where the increments of Brownian motion come from.</summary>
public interface IBrownianPath
{
    /// <summary>W(t + h) − W(t) of each example and state.</summary>
    /// <param name="step">The step's number, from 0.</param>
    /// <param name="length">h [s].</param>
    /// <param name="increments">Receives the increments [√s], examples × states.</param>
    void Increments(long step, double length, Batch<double> increments);
}

/// <summary>Increments keyed by (seed, node, example, step): they depend neither on the thread nor on what else is in the deck.</summary>
public sealed class CounterBrownianPath : IBrownianPath
{
    private readonly CounterRandom[] _streams;
    private readonly int _width;

    /// <summary>A path of each example and state.</summary>
    /// <param name="seed">The seed.</param>
    /// <param name="examples">Examples.</param>
    /// <param name="states">States.</param>
    /// <param name="name">The name of a state's node.</param>
    public CounterBrownianPath(ulong seed, int examples, int states, Func<int, string> name)
    {
        _width = states;
        _streams = new CounterRandom[examples * states];
        for (int i = 0; i < states; i++)
        {
            CounterRandom node = CounterRandom.ForPath(seed, "noise", name(i));
            for (int e = 0; e < examples; e++)
                _streams[(e * states) + i] = node.Child((ulong)e);
        }
    }

    /// <inheritdoc/>
    public void Increments(long step, double length, Batch<double> increments)
    {
        double deviation = Math.Sqrt(length);
        for (int e = 0; e < increments.Rows; e++)
        {
            Span<double> row = increments.Row(e);
            for (int i = 0; i < row.Length; i++)
                row[i] = deviation * _streams[(e * _width) + i].NormalAt((ulong)step);
        }
    }
}
