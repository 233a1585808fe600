using AnalogLearn.Numerics;

namespace AnalogLearn.Simulation;

/// <summary>
/// s(t + h) = s + h μ/τ + b ΔW, ΔW normal of variance h. Strong order 1 for noise that does not depend on the state (½ in general), weak order 1. Source:
/// Maruyama (1955), doi:10.1007/BF02846028; Kloeden and Platen, Numerical Solution of Stochastic Differential Equations, section 10.2. Its stationary variance
/// of a leak is too large by a factor 1/(1 − h/2τ).
/// </summary>
public sealed class EulerMaruyama : FixedStepIntegrator
{
    private Batch<double> _k = new(0, 0);

    /// <inheritdoc/>
    public override string Name => "em";

    /// <inheritdoc/>
    public override double Order => 1;

    /// <inheritdoc/>
    public override bool TakesNoise => true;

    /// <inheritdoc/>
    protected override void Reserve(int rows, int width) => _k = new Batch<double>(rows, width);

    /// <inheritdoc/>
    protected override void Step(Dynamics dynamics, double time, double step, Batch<double> state, Batch<double> moves)
    {
        dynamics.Slope(time, state, _k);
        Advance(state, state, step, _k);
        NeuronNoiseAmplitudes.Add(moves, state);
    }
}
