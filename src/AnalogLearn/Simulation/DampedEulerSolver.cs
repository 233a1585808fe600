namespace AnalogLearn.Simulation;

/// <summary>
/// s ← clip(s + d (τ_min/τ) μ): follows the field itself, in steps of d of the shortest time constant. Converges, linearly, wherever the field does and d is small
/// enough: the largest d is 2 over the spectral radius of −∂μ/∂s. The slow form, for any field, of what <see cref="Settler{T}"/> does for rate networks.
/// </summary>
public sealed class DampedEulerSolver : FixedPointSolver
{
    /// <inheritdoc/>
    public override string Name => "euler";

    /// <inheritdoc/>
    protected override string Advice => "allow more iterations, a smaller damping factor, or use newton; if the residual does not fall, the network oscillates or is unstable";

    /// <inheritdoc/>
    protected override void Search(FixedPointSearch search, CancellationToken cancellation)
    {
        double unit = search.Options.Damping * Transient.Shortest(search.Dynamics.Field);
        for (int iteration = 1; iteration <= search.Options.MaximumIterations && !search.IsDone; iteration++)
        {
            cancellation.ThrowIfCancellationRequested();
            for (int e = 0; e < search.State.Rows; e++)
            {
                if (search.IsExampleDone(e))
                    continue;
                Span<double> s = search.State.Row(e);
                ReadOnlySpan<double> mu = search.Mu.Row(e);
                for (int i = 0; i < s.Length; i++)
                    s[i] += unit * search.Dynamics.InverseTau[i] * mu[i];
            }

            search.Dynamics.Clip(search.State);
            search.Measure(iteration);
        }
    }
}
