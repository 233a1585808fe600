namespace AnalogLearn.Simulation.Nodal;

/// <summary>Keeps the points of a transient.</summary>
public sealed class TransientRecorder : ITransientObserver
{
    private readonly NodalCircuit _circuit;
    private readonly int[] _kept;
    private double[] _times = new double[256];
    private double[][] _values;

    /// <summary>Keeps some unknowns.</summary>
    /// <param name="circuit">The circuit.</param>
    /// <param name="unknowns">Which ones; all when empty.</param>
    public TransientRecorder(NodalCircuit circuit, params ReadOnlySpan<int> unknowns)
    {
        ArgumentNullException.ThrowIfNull(circuit);
        _circuit = circuit;
        _kept = unknowns.Length > 0 ? unknowns.ToArray() : [.. Enumerable.Range(0, circuit.UnknownCount)];
        _values = [.. _kept.Select(_ => new double[256])];
    }

    /// <summary>How many points.</summary>
    public int Count { get; private set; }

    /// <summary>The times [s].</summary>
    public ReadOnlySpan<double> Times => _times.AsSpan(0, Count);

    /// <inheritdoc/>
    public void Accept(double time, ReadOnlySpan<double> x)
    {
        if (Count == _times.Length)
        {
            Array.Resize(ref _times, 2 * Count);
            for (int k = 0; k < _values.Length; k++)
                Array.Resize(ref _values[k], 2 * Count);
        }

        _times[Count] = time;
        for (int k = 0; k < _kept.Length; k++)
            _values[k][Count] = x[_kept[k]];
        Count++;
    }

    /// <summary>The points as they were computed.</summary>
    public AnalysisResult Result() => Make(_times.AsSpan(0, Count).ToArray(), v => v.AsSpan(0, Count).ToArray());

    /// <summary>The same at equal distances, straight lines between points.</summary>
    /// <param name="start">First time [s].</param>
    /// <param name="stop">Last time [s].</param>
    /// <param name="step">Distance [s].</param>
    public AnalysisResult Result(double start, double stop, double step)
    {
        int count = (int)Math.Floor(((stop - start) / step) + 1e-9) + 1;
        var times = new double[count];
        for (int k = 0; k < count; k++)
            times[k] = start + (k * step);
        return Make(times, v => Between(times, v));
    }

    private double[] Between(double[] times, double[] values)
    {
        var result = new double[times.Length];
        int at = 1;
        for (int k = 0; k < times.Length && Count > 0; k++)
        {
            while (at < Count - 1 && _times[at] < times[k])
                at++;
            if (Count == 1 || times[k] <= _times[0])
            {
                result[k] = values[0];
                continue;
            }

            double fraction = Math.Min(1, (times[k] - _times[at - 1]) / (_times[at] - _times[at - 1]));
            result[k] = values[at - 1] + (fraction * (values[at] - values[at - 1]));
        }

        return result;
    }

    private AnalysisResult Make(double[] times, Func<double[], double[]> values) => new(
        "tran",
        "Transient Analysis",
        new("time", "s", times),
        [.. _kept.Select((unknown, k) => new AnalysisColumn(_circuit.Unknowns[unknown].Name, _circuit.Unknowns[unknown].Unit, values(_values[k])))]);
}
