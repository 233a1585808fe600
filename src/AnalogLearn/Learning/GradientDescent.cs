using System.Numerics;
using System.Numerics.Tensors;
using AnalogLearn.Simulation;

namespace AnalogLearn.Learning;

/// <summary>θ ← θ + η v, v ← m v + d (heavy-ball momentum; m = 0 is plain descent).</summary>
/// <typeparam name="T">float or double.</typeparam>
/// <param name="layout">The blocks of θ.</param>
/// <param name="momentum">m, in [0, 1).</param>
public sealed class GradientDescent<T>(ParameterLayout layout, double momentum = 0) : IOptimizer<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly ParameterSet<T>? _velocity = momentum > 0 ? new ParameterSet<T>(layout) : null;

    /// <inheritdoc/>
    public string Name => momentum > 0 ? "momentum" : "sgd";

    /// <inheritdoc/>
    public IReadOnlyList<ParameterSet<T>> Memory => _velocity is null ? [] : [_velocity];

    /// <inheritdoc/>
    public long StepCount { get; set; }

    /// <inheritdoc/>
    public void Step(IParametrizedField<T> field, ParameterSet<T> direction, ReadOnlySpan<double> rates)
    {
        for (int k = 0; k < rates.Length; k++)
        {
            T[] change = direction.Blocks[k];
            if (_velocity is not null)
            {
                T[] v = _velocity.Blocks[k];
                TensorPrimitives.MultiplyAdd<T>(v, T.CreateChecked(momentum), change, v);
                change = v;
            }

            WeightUpdate.Apply<T>(field, k, change, rates[k]);
        }

        StepCount++;
        field.ParametersChanged();
    }
}
