using AnalogLearn.Numerics;

namespace AnalogLearn.Simulation;

/// <summary>
/// 1/f noise in time: the sum of Ornstein–Uhlenbeck processes, two a decade of correlation time, each of the same variance. One process has the one-sided density 4σ²τ/(1 + (2πfτ)²); with times τ_k at
/// distances ln r the sum is σ²/(f ln r) between 1/(2πτ_max) and 1/(2πτ_min), within 1 % at two a decade and less than half a decade from the ends. A noise current S(1 + f_c/f) moves the capacitor by b dW
/// and by x dt with the density 2b²f_c/f of x, so that σ² = 2 b² f_c ln r. The longest time belongs to a frequency ten times below that of the whole run, the shortest one is the longest step: what is
/// faster than a step is left to the white noise. Source: van der Ziel (1950), doi:10.1016/0031-8914(50)90078-4.
/// </summary>
internal sealed class FlickerNoise
{
    private const double LogRatio = 0.5 * 2.302585092994046;

    private readonly double[] _times;
    private readonly double[] _deviation;
    private readonly double[] _values;
    private readonly CounterRandom[] _streams;
    private readonly int _width;

    /// <summary>The noise of some states, each of some examples.</summary>
    /// <param name="amplitudes">b of each state [V/√s].</param>
    /// <param name="corners">f_c of each state [Hz].</param>
    /// <param name="examples">Examples.</param>
    /// <param name="duration">How long the run is [s].</param>
    /// <param name="longestStep">The longest step [s].</param>
    /// <param name="seed">The seed.</param>
    /// <param name="name">The name of a state's node.</param>
    public FlickerNoise(double[] amplitudes, double[] corners, int examples, double duration, double longestStep, ulong seed, Func<int, string> name)
    {
        _width = amplitudes.Length;
        double longest = 10 * duration / (2 * Math.PI);
        int count = 1 + Math.Max(0, (int)Math.Ceiling(Math.Log(longest / longestStep) / LogRatio));
        _times = [.. Enumerable.Range(0, count).Select(k => longest * Math.Exp(-k * LogRatio))];
        _deviation = [.. amplitudes.Select((b, i) => Math.Sqrt(2 * b * b * corners[i] * LogRatio))];
        _streams = new CounterRandom[examples * _width];
        _values = new double[_streams.Length * count];
        for (int i = 0; i < _width; i++)
        {
            CounterRandom node = CounterRandom.ForPath(seed, "flicker", name(i));
            for (int e = 0; e < examples; e++)
            {
                CounterRandom own = node.Child((ulong)e);
                int at = (e * _width) + i;
                _streams[at] = own;
                for (int k = 0; k < count; k++)
                    _values[(at * count) + k] = _deviation[i] * own.NormalAt((ulong)k);
            }
        }
    }

    /// <summary>Adds what it moves each state by in a step: the value at the step's beginning, times its length.</summary>
    /// <param name="step">The step's number, from 0.</param>
    /// <param name="length">Its length [s].</param>
    /// <param name="moves">What is added to, examples × states [V].</param>
    public void Step(long step, double length, Batch<double> moves)
    {
        int count = _times.Length;
        Span<double> kept = stackalloc double[count];
        Span<double> drawn = stackalloc double[count];
        for (int k = 0; k < count; k++)
        {
            kept[k] = Math.Exp(-length / _times[k]);
            drawn[k] = Math.Sqrt(-double.ExpM1(-2 * length / _times[k]));
        }

        for (int e = 0; e < moves.Rows; e++)
        {
            Span<double> row = moves.Row(e);
            for (int i = 0; i < row.Length; i++)
            {
                if (_deviation[i] == 0)
                    continue;
                int at = (e * _width) + i;
                Span<double> own = _values.AsSpan(at * count, count);
                double sum = 0;
                for (int k = 0; k < count; k++)
                {
                    sum += own[k];
                    own[k] = (kept[k] * own[k]) + (_deviation[i] * drawn[k] * _streams[at].NormalAt((ulong)(((step + 1) * count) + k)));
                }

                row[i] += length * sum;
            }
        }
    }
}
