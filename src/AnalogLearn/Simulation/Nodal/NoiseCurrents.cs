using AnalogLearn.Devices;
using AnalogLearn.Numerics;

namespace AnalogLearn.Simulation.Nodal;

/// <summary>
/// The white noise of every device but neurons (<see cref="NeuronNoiseCurrents"/>) as currents over time: normal numbers of variance S(x) B drawn every 1/(2B) and joined by straight lines, S being the one-sided density at the last accepted point
/// [A²/Hz] and B the bandwidth. Below B/5 the spectrum is white within 7 % of S (it is S sinc⁴(f/2B)). Draws are keyed by seed, element, kind and sample, and by nothing else. The 1/f part of a
/// device's noise is left out: a sequence of finite bandwidth has no such tail.
/// </summary>
internal sealed class NoiseCurrents : INoiseReceiver
{
    private readonly NodalCircuit _circuit;
    private readonly ulong _seed;
    private readonly double _bandwidth;
    private readonly List<Current> _currents = [];
    private readonly Dictionary<(string Owner, string Bank, string Kind), int> _same = [];
    private DeviceBank? _bank;
    private int _instance;
    private int _at;
    private long _sample = -2;
    private double _fraction;

    /// <summary>Prepares the noise of a circuit.</summary>
    /// <param name="circuit">The circuit.</param>
    /// <param name="seed">The seed that it is drawn from.</param>
    /// <param name="bandwidth">B [Hz].</param>
    public NoiseCurrents(NodalCircuit circuit, ulong seed, double bandwidth)
    {
        _circuit = circuit;
        _seed = seed;
        _bandwidth = bandwidth;
    }

    /// <summary>Distance of samples [s].</summary>
    public double Step => 0.5 / _bandwidth;

    /// <summary>Takes the densities at a point.</summary>
    /// <param name="conditions">Temperature.</param>
    /// <param name="x">The unknowns, and ground.</param>
    public void Measure(in DeviceConditions conditions, ReadOnlySpan<double> x)
    {
        _at = 0;
        foreach (DeviceBank bank in _circuit.Banks)
        {
            if (bank is NeuronBlock)
                continue;
            _bank = bank;
            for (int k = 0; k < bank.Count; k++)
            {
                _instance = k;
                bank.Noise(conditions, k, x, this);
            }
        }

        for (int k = _at; k < _currents.Count; k++)
            _currents[k].Deviation = 0;
    }

    /// <summary>Goes to a time.</summary>
    /// <param name="time">The time [s].</param>
    public void Go(double time)
    {
        double place = time / Step;
        long sample = (long)Math.Floor(place + 1e-9);
        _fraction = Math.Max(0, place - sample);
        if (sample == _sample)
            return;
        _sample = sample;
        foreach (Current current in _currents)
            current.Draw(sample);
    }

    /// <summary>Adds the currents at the time that it went to.</summary>
    /// <param name="flow">f by row; one more entry for ground.</param>
    /// <param name="magnitude">Σ|f| by row; may be empty.</param>
    public void AddTo(Span<double> flow, Span<double> magnitude)
    {
        foreach (Current current in _currents)
        {
            double value = current.Deviation * (current.Left + (_fraction * (current.Right - current.Left)));
            flow[current.From] += value;
            flow[current.To] -= value;
            if (magnitude.Length > 0)
            {
                magnitude[current.From] += Math.Abs(value);
                magnitude[current.To] += Math.Abs(value);
            }
        }
    }

    /// <inheritdoc/>
    void INoiseReceiver.Current(string name, int from, int to, double white, double flicker, double exponent)
    {
        if (_at == _currents.Count)
        {
            ReadOnlySpan<int> at = _bank!.Connections(_instance);
            string owner = _bank.Owner(_instance);
            int same = _same.GetValueOrDefault((owner, _bank.Name, name));
            _same[(owner, _bank.Name, name)] = same + 1;
            _currents.Add(new Current(at[from], at[to], CounterRandom.ForPath(_seed, owner, "noise", _bank.Name, name).Child((ulong)same)));
            if (_sample >= 0)
                _currents[^1].Draw(_sample);
        }

        _currents[_at++].Deviation = Math.Sqrt(Math.Max(0, white) * _bandwidth);
    }

    private sealed class Current(int from, int to, CounterRandom draws)
    {
        private long _drawn = -2;

        public int From { get; } = from;

        public int To { get; } = to;

        public double Deviation { get; set; }

        public double Left { get; private set; }

        public double Right { get; private set; }

        public void Draw(long sample)
        {
            Left = sample == _drawn + 1 ? Right : draws.NormalAt((ulong)sample);
            Right = draws.NormalAt((ulong)(sample + 1));
            _drawn = sample;
        }
    }
}
