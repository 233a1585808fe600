using AnalogLearn.Plots;

namespace AnalogLearn.Studies;

/// <summary>
/// Mean, deviation and quantiles of a measure over chips. Under importance sampling a chip counts with its weight w: mean Σwx/Σw, variance Σw(x − mean)²/Σw · n/(n − 1), and the p quantile is the least value at which the
/// weights of all up to it reach p Σw. Without weights these are the mean, the unbiased variance, and quantiles of type 7 (<see cref="Quantiles"/>).
/// </summary>
internal sealed class ChipStatistics
{
    private readonly double[] _values;
    private readonly double[]? _weights;
    private readonly double _sum;

    private ChipStatistics((double Value, double Weight)[] sorted, bool isWeighted)
    {
        _values = Array.ConvertAll(sorted, c => c.Value);
        _weights = isWeighted ? Array.ConvertAll(sorted, c => c.Weight) : null;
        _sum = isWeighted ? sorted.Sum(c => c.Weight) : sorted.Length;
        if (sorted.Length == 0)
            return;
        double mean = Mean = sorted.Sum(c => Weighted(c.Weight) * c.Value) / _sum;
        if (sorted.Length > 1)
            Deviation = Math.Sqrt(sorted.Sum(c => Weighted(c.Weight) * (c.Value - mean) * (c.Value - mean)) / _sum * sorted.Length / (sorted.Length - 1.0));
    }

    /// <summary>How many chips have a value.</summary>
    public int Count => _values.Length;

    /// <summary>The mean; NaN of nothing.</summary>
    public double Mean { get; } = double.NaN;

    /// <summary>The standard deviation; NaN of fewer than two chips.</summary>
    public double Deviation { get; } = double.NaN;

    /// <summary>The least value; NaN of nothing.</summary>
    public double Least => Count == 0 ? double.NaN : _values[0];

    /// <summary>The greatest value; NaN of nothing.</summary>
    public double Most => Count == 0 ? double.NaN : _values[^1];

    /// <summary>Statistics of values, those that are not finite left out.</summary>
    /// <param name="chips">A value and a weight of each chip.</param>
    /// <param name="isWeighted">Whether the weights count.</param>
    public static ChipStatistics Of(IEnumerable<(double Value, double Weight)> chips, bool isWeighted) => new([.. chips.Where(c => double.IsFinite(c.Value)).OrderBy(c => c.Value)], isWeighted);

    /// <summary>Statistics of a measure of rows.</summary>
    /// <param name="rows">The rows.</param>
    /// <param name="measure">The measure.</param>
    /// <param name="isWeighted">Whether the chips have weights.</param>
    public static ChipStatistics Of(IEnumerable<ChipRecord> rows, string measure, bool isWeighted) =>
        Of(rows.Select(r => (r.Measures.GetValueOrDefault(measure, double.NaN), r.Measures.GetValueOrDefault(MonteCarlo.WeightName, 1))), isWeighted);

    /// <summary>A quantile; NaN of nothing.</summary>
    /// <param name="share">p, 0 to 1.</param>
    public double Quantile(double share)
    {
        if (_weights is null)
            return Quantiles.Of(_values, share);
        double before = 0;
        for (int k = 0; k < _values.Length; k++)
        {
            before += _weights[k];
            if (before >= share * _sum)
                return _values[k];
        }

        return Most;
    }

    private double Weighted(double weight) => _weights is null ? 1 : weight;
}
