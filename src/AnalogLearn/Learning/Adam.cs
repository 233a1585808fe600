using System.Numerics;
using AnalogLearn.Simulation;

namespace AnalogLearn.Learning;

/// <summary>
/// Adam (Kingma and Ba, 2015): m ← β₁m + (1 − β₁)d, v ← β₂v + (1 − β₂)d², θ ← θ + η m̂/(√v̂ + ε), with m̂ = m/(1 − β₁ᵗ), v̂ = v/(1 − β₂ᵗ).
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
/// <param name="layout">The blocks of θ.</param>
/// <param name="beta1">β₁.</param>
/// <param name="beta2">β₂.</param>
/// <param name="epsilon">ε.</param>
public sealed class Adam<T>(ParameterLayout layout, double beta1 = 0.9, double beta2 = 0.999, double epsilon = 1e-8) : IOptimizer<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly ParameterSet<T> _mean = new(layout);
    private readonly ParameterSet<T> _square = new(layout);
    private readonly ParameterSet<T> _change = new(layout);

    /// <inheritdoc/>
    public string Name => "adam";

    /// <inheritdoc/>
    public IReadOnlyList<ParameterSet<T>> Memory => [_mean, _square];

    /// <inheritdoc/>
    public long StepCount { get; set; }

    /// <inheritdoc/>
    public void Step(IParametrizedField<T> field, ParameterSet<T> direction, ReadOnlySpan<double> rates)
    {
        StepCount++;
        T b1 = T.CreateChecked(beta1);
        T b2 = T.CreateChecked(beta2);
        T unbiasMean = T.CreateChecked(1 / (1 - Math.Pow(beta1, StepCount)));
        T unbiasSquare = T.CreateChecked(1 / (1 - Math.Pow(beta2, StepCount)));
        T small = T.CreateChecked(epsilon);
        for (int k = 0; k < rates.Length; k++)
        {
            Span<T> d = direction.Blocks[k];
            Span<T> m = _mean.Blocks[k];
            Span<T> v = _square.Blocks[k];
            Span<T> change = _change.Blocks[k];
            for (int i = 0; i < d.Length; i++)
            {
                m[i] = (b1 * m[i]) + ((T.One - b1) * d[i]);
                v[i] = (b2 * v[i]) + ((T.One - b2) * d[i] * d[i]);
                change[i] = m[i] * unbiasMean / (T.Sqrt(v[i] * unbiasSquare) + small);
            }

            WeightUpdate.Apply<T>(field, k, change, rates[k]);
        }

        field.ParametersChanged();
    }
}
