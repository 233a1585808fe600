using System.Collections.Immutable;
using AnalogLearn.Numerics;

namespace AnalogLearn.Simulation.Nodal;

/// <summary>
/// What a source with <c>TRNOISE(na nt alpha namp rtsam rtscapt rtsemt)</c> adds to its constant value: white noise of deviation na and 1/f^alpha noise of deviation namp, drawn every nt and joined by straight lines,
/// and a random telegraph signal of amplitude rtsam with mean times rtscapt and rtsemt (ngspice manual, section 4.1.7; 1/f^alpha after Kasdin 1995, doi:10.1109/5.381848, its filter cut off after
/// 4096 terms). Draws are keyed by seed, source and sample: they depend on nothing else.
/// </summary>
internal sealed class SourceNoise
{
    private const int Terms = 4096;

    private readonly double _deviation;
    private readonly double _step;
    private readonly double _flicker;
    private readonly double[] _filter;
    private readonly double _telegraph;
    private readonly double _capture;
    private readonly double _emission;
    private readonly CounterRandom _white;
    private readonly CounterRandom _pink;
    private readonly CounterRandom _switch;
    private readonly List<double> _switches = [];
    private long _at = -1;
    private double _left;
    private double _right;

    public SourceNoise(ImmutableArray<double> numbers, ulong seed, string source)
    {
        double Number(int k) => k < numbers.Length ? numbers[k] : 0;
        _deviation = Number(0);
        _step = Number(1);
        double alpha = Number(2);
        _flicker = alpha > 0 ? Number(3) : 0;
        _telegraph = Number(4);
        _capture = Number(5);
        _emission = Number(6);
        _white = CounterRandom.ForPath(seed, source, "trnoise");
        _pink = CounterRandom.ForPath(seed, source, "trnoise", "flicker");
        _switch = CounterRandom.ForPath(seed, source, "trnoise", "telegraph");
        _filter = new double[_flicker > 0 ? Terms : 0];
        for (int k = 0; k < _filter.Length; k++)
            _filter[k] = k == 0 ? 1 : _filter[k - 1] * ((0.5 * alpha) + k - 1) / k;
    }

    public double At(double time)
    {
        double value = 0;
        if (_step > 0 && (_deviation != 0 || _flicker > 0))
        {
            // A time that is a sample's up to rounding is that sample.
            double place = time / _step;
            long sample = (long)Math.Floor(place + 1e-9);
            if (sample != _at)
            {
                _left = sample == _at + 1 ? _right : Sample(sample);
                _right = Sample(sample + 1);
                _at = sample;
            }

            value = _left + (Math.Max(0, place - sample) * (_right - _left));
        }

        if (_telegraph != 0 && _capture > 0 && _emission > 0)
        {
            Extend(time);
            int passed = _switches.BinarySearch(time);
            value += ((passed < 0 ? ~passed : passed + 1) & 1) == 1 ? _telegraph : 0;
        }

        return value;
    }

    public IEnumerable<double> Breakpoints(double stop)
    {
        if (_step > 0 && (_deviation != 0 || _flicker > 0))
        {
            for (long k = 1; k * _step < stop; k++)
                yield return k * _step;
        }

        if (_telegraph != 0 && _capture > 0 && _emission > 0)
        {
            Extend(stop);
            foreach (double time in _switches)
                yield return time;
        }
    }

    private double Sample(long sample)
    {
        double value = _deviation == 0 ? 0 : _deviation * _white.NormalAt((ulong)sample);
        double sum = 0;
        for (int k = 0; k < _filter.Length && k <= sample; k++)
            sum += _filter[k] * _pink.NormalAt((ulong)(sample - k));
        return value + (_flicker * sum);
    }

    private void Extend(double time)
    {
        while (_switches.Count == 0 || _switches[^1] <= time)
        {
            double mean = (_switches.Count & 1) == 0 ? _capture : _emission;
            double from = _switches.Count == 0 ? 0 : _switches[^1];
            _switches.Add(from - (mean * Math.Log(1 - _switch.UniformAt((ulong)_switches.Count))));
        }
    }
}
