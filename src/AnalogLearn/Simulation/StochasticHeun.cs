using AnalogLearn.Numerics;

namespace AnalogLearn.Simulation;

/// <summary>
/// s̄ = s + h f(t, s) + b ΔW, s(t + h) = s + h (f(t, s) + f(t + h, s̄))/2 + b ΔW, f = μ/τ. For noise that does not depend on the state: strong order 1, weak
/// order 2 (without noise it is Heun's method of order 2). Source: Kloeden and Platen, Numerical Solution of Stochastic Differential Equations,
/// sections 14.1 and 15.1; Rümelin (1982), doi:10.1137/0719041.
/// </summary>
public sealed class StochasticHeun : FixedStepIntegrator
{
    private Batch<double> _k1 = new(0, 0);
    private Batch<double> _k2 = new(0, 0);
    private Batch<double> _stage = new(0, 0);

    /// <inheritdoc/>
    public override string Name => "heun";

    /// <inheritdoc/>
    public override double Order => 1;

    /// <inheritdoc/>
    public override bool TakesNoise => true;

    /// <inheritdoc/>
    protected override void Reserve(int rows, int width)
    {
        _k1 = new Batch<double>(rows, width);
        _k2 = new Batch<double>(rows, width);
        _stage = new Batch<double>(rows, width);
    }

    /// <inheritdoc/>
    protected override void Step(Dynamics dynamics, double time, double step, Batch<double> state, Batch<double> moves)
    {
        dynamics.Slope(time, state, _k1);
        Advance(_stage, state, step, _k1);
        NeuronNoiseAmplitudes.Add(moves, _stage);
        dynamics.Clip(_stage);
        dynamics.Slope(time + step, _stage, _k2);
        Advance(state, state, step / 2, _k1);
        Advance(state, state, step / 2, _k2);
        NeuronNoiseAmplitudes.Add(moves, state);
    }
}
