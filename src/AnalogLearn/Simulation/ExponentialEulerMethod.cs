using AnalogLearn.Numerics;

namespace AnalogLearn.Simulation;

/// <summary>
/// s(t + h) = s∞ + (s − s∞) e^{−h/τ} with s∞ = s + μ, where the neuron would go if its input stood still. Exact for the leak, order 1 for the rest, stable for any
/// step where the coupling is weaker than the leak. Source: Rush and Larsen (1978), doi:10.1109/TBME.1978.326270; Hochbruck and Ostermann (2010),
/// doi:10.1017/S0962492910000048.
/// </summary>
public sealed class ExponentialEulerMethod : FixedStepIntegrator
{
    private Batch<double> _mu = new(0, 0);
    private double[] _share = [];
    private double _shareStep = double.NaN;

    /// <inheritdoc/>
    public override string Name => "expeuler";

    /// <inheritdoc/>
    public override double Order => 1;

    /// <inheritdoc/>
    protected override void Reserve(int rows, int width)
    {
        _mu = new Batch<double>(rows, width);
        _share = new double[width];
        _shareStep = double.NaN;
    }

    /// <inheritdoc/>
    protected override void Step(Dynamics dynamics, double time, double step, Batch<double> state, Batch<double> moves)
    {
        if (step != _shareStep)
        {
            // 1 − e^{−h/τ} = 2x/(1 + x) with x = tanh(h/2τ), which does not cancel for small steps.
            for (int i = 0; i < _share.Length; i++)
            {
                double x = Math.Tanh(0.5 * step * dynamics.InverseTau[i]);
                _share[i] = 2 * x / (1 + x);
            }

            _shareStep = step;
        }

        dynamics.Drive(time, state, _mu);
        for (int e = 0; e < state.Rows; e++)
        {
            Span<double> s = state.Row(e);
            Span<double> move = _mu.Row(e);
            for (int i = 0; i < s.Length; i++)
                move[i] *= _share[i];
            dynamics.Limit(move, step);
            for (int i = 0; i < s.Length; i++)
                s[i] += move[i];
        }
    }
}
