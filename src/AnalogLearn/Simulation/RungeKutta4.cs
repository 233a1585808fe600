using AnalogLearn.Numerics;

namespace AnalogLearn.Simulation;

/// <summary>
/// The classical Runge–Kutta method: k₁ = f(t, s), k₂ = f(t + h/2, s + h k₁/2), k₃ = f(t + h/2, s + h k₂/2), k₄ = f(t + h, s + h k₃),
/// s(t + h) = s + h (k₁ + 2k₂ + 2k₃ + k₄)/6. Order 4. Source: Kutta (1901); Hairer, Nørsett, Wanner I, table II.1.2. Where a state meets a rail within a
/// step the order there is 1.
/// </summary>
public sealed class RungeKutta4 : FixedStepIntegrator
{
    private Batch<double> _k1 = new(0, 0);
    private Batch<double> _k2 = new(0, 0);
    private Batch<double> _k3 = new(0, 0);
    private Batch<double> _k4 = new(0, 0);
    private Batch<double> _stage = new(0, 0);

    /// <inheritdoc/>
    public override string Name => "rk4";

    /// <inheritdoc/>
    public override double Order => 4;

    /// <inheritdoc/>
    protected override void Reserve(int rows, int width)
    {
        _k1 = new Batch<double>(rows, width);
        _k2 = new Batch<double>(rows, width);
        _k3 = new Batch<double>(rows, width);
        _k4 = new Batch<double>(rows, width);
        _stage = new Batch<double>(rows, width);
    }

    /// <inheritdoc/>
    protected override void Step(Dynamics dynamics, double time, double step, Batch<double> state, Batch<double> moves)
    {
        dynamics.Slope(time, state, _k1);
        Stage(dynamics, time + (step / 2), state, step / 2, _k1, _k2);
        Stage(dynamics, time + (step / 2), state, step / 2, _k2, _k3);
        Stage(dynamics, time + step, state, step, _k3, _k4);
        Advance(state, state, step / 6, _k1);
        Advance(state, state, step / 3, _k2);
        Advance(state, state, step / 3, _k3);
        Advance(state, state, step / 6, _k4);
    }

    private void Stage(Dynamics dynamics, double time, Batch<double> state, double factor, Batch<double> slope, Batch<double> result)
    {
        Advance(_stage, state, factor, slope);
        dynamics.Clip(_stage);
        dynamics.Slope(time, _stage, result);
    }
}
