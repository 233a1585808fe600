using AnalogLearn.Numerics;

namespace AnalogLearn.Simulation;

/// <summary>
/// Newton's method in the form that cannot run away: (I/Δ − ∂μ/∂s) δ = μ, s ← clip(s + δ), Δ = ∞ to begin with. A step that does not bring the residual down is taken
/// back and tried with a smaller pseudo-time Δ, until it is an implicit Euler step of the field itself; as the residual falls Δ grows and the steps are
/// Newton's again. Converges quadratically near the fixed point. States pinned at a rail have the identity as their rows (semismooth Newton).
/// Sources: Kelley and Keyes (1998), doi:10.1137/S0036142996304796 (pseudo-transient continuation); Qi and Sun (1993), doi:10.1007/BF01581275.
/// </summary>
public sealed class NewtonSolver : FixedPointSolver
{
    /// <summary>A pseudo-time beyond this is Newton's method.</summary>
    private const double Endless = 1e8;

    /// <summary>Implicit Euler steps up to this are never taken back.</summary>
    private const double Short = 4;

    /// <inheritdoc/>
    public override string Name => "newton";

    /// <inheritdoc/>
    protected override string Advice => "settle by Euler steps first and start from there; if that does not settle either, the network oscillates or has no fixed point";

    /// <inheritdoc/>
    protected override void Search(FixedPointSearch search, CancellationToken cancellation)
    {
        Batch<double> state = search.State;
        int n = state.Width;
        double[] pseudoTime = new double[state.Rows];
        pseudoTime.AsSpan().Fill(double.PositiveInfinity);
        double[] residual = new double[state.Rows];
        Batch<double> start = new(state.Rows, n), startMu = new(state.Rows, n), step = new(state.Rows, n);
        int threads = WorkerPool.Shared.Limit(search.Options.ThreadCount);
        using var factors = new ThreadLocal<DenseLu>(() => new DenseLu());
        double[] inverseTau = search.Dynamics.InverseTau.ToArray();
        double shortest = Transient.Shortest(search.Dynamics.Field);
        for (int iteration = 1; iteration <= search.Options.MaximumIterations && !search.IsDone; iteration++)
        {
            cancellation.ThrowIfCancellationRequested();
            start.CopyFrom(state);
            startMu.CopyFrom(search.Mu);
            for (int e = 0; e < state.Rows; e++)
                residual[e] = search.Residual(e);
            DenseJacobians.ForEach(search.Dynamics.Field, state, e => !search.IsExampleDone(e), threads, Direction, cancellation);
            for (int e = 0; e < state.Rows; e++)
            {
                if (search.IsExampleDone(e))
                    continue;
                for (int i = 0; i < n; i++)
                    state[e, i] += step[e, i];
            }

            search.Dynamics.Clip(state);
            search.Measure(iteration);
            for (int e = 0; e < state.Rows; e++)
            {
                if (search.IsExampleDone(e))
                    continue;

                // A short step is the field's own motion, which is followed even where the residual rises for a while.
                double now = search.Residual(e);
                if (pseudoTime[e] > Short && !(now < residual[e]))
                {
                    pseudoTime[e] = Math.Max(1, Math.Min(pseudoTime[e] / 8, 64));
                    start.Row(e).CopyTo(state.Row(e));
                    startMu.Row(e).CopyTo(search.Mu.Row(e));
                    search.TakeBack(e, residual[e]);
                    continue;
                }

                pseudoTime[e] *= double.IsNaN(now) ? 0.25 : Math.Clamp(1.5 * residual[e] / now, 0.5, 1e3);
                if (pseudoTime[e] > Endless)
                    pseudoTime[e] = double.PositiveInfinity;
            }
        }

        void Direction(int example, double[] jacobian)
        {
            // τ/(Δ τ_min) on the diagonal: pseudo-time runs in units of the shortest time constant.
            for (int k = 0; k < n * n; k++)
                jacobian[k] = -jacobian[k];
            Span<double> delta = step.Row(example);
            startMu.Row(example).CopyTo(delta);
            ReadOnlySpan<double> s = start.Row(example), low = search.Dynamics.Low, high = search.Dynamics.High;
            for (int i = 0; i < n; i++)
            {
                // A state that would go past its rail goes to the rail: its row is that of the identity.
                double target = s[i] + delta[i], rail = Math.Clamp(target, low[i], high[i]);
                if (target != rail)
                {
                    jacobian.AsSpan(i * n, n).Clear();
                    jacobian[(i * n) + i] = 1;
                    delta[i] = rail - s[i];
                }

                jacobian[(i * n) + i] += 1 / (inverseTau[i] * shortest * pseudoTime[example]);
            }

            DenseLu lu = factors.Value!;
            if (lu.Factor(jacobian, n))
            {
                lu.Solve(delta);
            }
            else
            {
                // Singular: a plain Euler step instead, and a finite pseudo-time from now on.
                pseudoTime[example] = Math.Min(pseudoTime[example], 1);
                for (int i = 0; i < n; i++)
                    delta[i] *= 0.5 * inverseTau[i] * shortest;
            }
        }
    }
}
