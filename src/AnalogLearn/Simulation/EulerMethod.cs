using AnalogLearn.Numerics;

namespace AnalogLearn.Simulation;

/// <summary>
/// s(t + h) = s + h μ/τ. Order 1. Stable on a leak for h ≤ 2τ. Source: Euler, Institutionum calculi integralis (1768); Hairer, Nørsett, Wanner, Solving
/// Ordinary Differential Equations I, section I.7. It is what settling does (<see cref="Settler{T}"/>).
/// </summary>
public sealed class EulerMethod : FixedStepIntegrator
{
    private Batch<double> _k = new(0, 0);

    /// <inheritdoc/>
    public override string Name => "euler";

    /// <inheritdoc/>
    public override double Order => 1;

    /// <inheritdoc/>
    protected override void Reserve(int rows, int width) => _k = new Batch<double>(rows, width);

    /// <inheritdoc/>
    protected override void Step(Dynamics dynamics, double time, double step, Batch<double> state, Batch<double> moves)
    {
        dynamics.Slope(time, state, _k);
        Advance(state, state, step, _k);
    }
}
