using AnalogLearn.Numerics;

namespace AnalogLearn.Simulation;

/// <summary>
/// Anderson acceleration of the damped Euler map g(s) = clip(s + d (τ_min/τ) μ): with f = g(s) − s and the differences ΔS, ΔF of the last m iterates,
/// γ = argmin ‖f − ΔF γ‖ and s ← clip(s + f − (ΔS + ΔF) γ). No Jacobian; every example has its own history. Where ‖f‖ grows, plain steps follow, twice as many at each
/// failure, so that it converges wherever the damped Euler map does.
/// Sources: Anderson (1965), doi:10.1145/321296.321305; Walker and Ni (2011), doi:10.1137/10078356X.
/// </summary>
public sealed class AndersonSolver : FixedPointSolver
{
    /// <summary>m, how many differences are kept.</summary>
    public int Depth { get; init; } = 8;

    /// <inheritdoc/>
    public override string Name => "anderson";

    /// <inheritdoc/>
    protected override string Advice => "use newton, or a smaller damping factor";

    /// <inheritdoc/>
    protected override void Search(FixedPointSearch search, CancellationToken cancellation)
    {
        Batch<double> state = search.State;
        int n = state.Width;
        int depth = Math.Max(1, Math.Min(Depth, n));
        double unit = search.Options.Damping * Transient.Shortest(search.Dynamics.Field);
        var histories = new History[state.Rows];
        for (int e = 0; e < histories.Length; e++)
            histories[e] = new History(depth, n);
        var work = new Work(depth);
        for (int iteration = 1; iteration <= search.Options.MaximumIterations && !search.IsDone; iteration++)
        {
            cancellation.ThrowIfCancellationRequested();
            for (int e = 0; e < state.Rows; e++)
            {
                if (!search.IsExampleDone(e))
                    Move(search, e, histories[e], work, unit);
            }

            search.Dynamics.Clip(state);
            search.Measure(iteration);
        }
    }

    private static void Move(FixedPointSearch search, int example, History history, Work work, double unit)
    {
        Span<double> s = search.State.Row(example);
        ReadOnlySpan<double> mu = search.Mu.Row(example);
        ReadOnlySpan<double> low = search.Dynamics.Low, high = search.Dynamics.High, inverseTau = search.Dynamics.InverseTau;
        double[] f = history.Present;
        double norm = 0;
        for (int i = 0; i < f.Length; i++)
        {
            f[i] = Math.Clamp(s[i] + (unit * inverseTau[i] * mu[i]), low[i], high[i]) - s[i];
            norm += f[i] * f[i];
        }

        history.Take(s, norm);
        int m = history.Usable;
        if (m > 0 && work.LeastSquares(history, m))
        {
            for (int i = 0; i < f.Length; i++)
            {
                double correction = 0;
                for (int k = 0; k < m; k++)
                    correction += work.Gamma[k] * (history.States[k][i] + history.Moves[k][i]);
                s[i] += f[i] - correction;
            }
        }
        else
        {
            for (int i = 0; i < f.Length; i++)
                s[i] += f[i];
        }
    }

    /// <summary>The last differences of one example.</summary>
    private sealed class History(int depth, int width)
    {
        private readonly double[] _lastState = new double[width];
        private readonly double[] _lastMove = new double[width];
        private double _lastNorm = double.NaN;
        private int _next;
        private int _count;
        private int _plain;
        private int _patience = 4;

        public double[] Present { get; } = new double[width];

        public double[][] States { get; } = [.. Enumerable.Range(0, depth).Select(_ => new double[width])];

        public double[][] Moves { get; } = [.. Enumerable.Range(0, depth).Select(_ => new double[width])];

        /// <summary>How many differences may be used now.</summary>
        public int Usable => _plain > 0 ? 0 : _count;

        public void Take(ReadOnlySpan<double> state, double norm)
        {
            if (_plain > 0)
            {
                _plain--;
            }
            else if (!(norm <= _lastNorm) && _count > 0)
            {
                // Growth while accelerated: the history speaks of elsewhere.
                _count = 0;
                _next = 0;
                _plain = _patience;
                _patience = Math.Min(2 * _patience, 256);
                _lastNorm = double.NaN;
            }

            if (!double.IsNaN(_lastNorm))
            {
                double[] ds = States[_next], df = Moves[_next];
                for (int i = 0; i < ds.Length; i++)
                {
                    ds[i] = state[i] - _lastState[i];
                    df[i] = Present[i] - _lastMove[i];
                }

                _next = (_next + 1) % depth;
                _count = Math.Min(_count + 1, depth);
            }

            state.CopyTo(_lastState);
            Present.CopyTo(_lastMove, 0);
            _lastNorm = norm;
        }
    }

    /// <summary>γ by modified Gram–Schmidt, which keeps the accuracy that normal equations would square away.</summary>
    private sealed class Work(int depth)
    {
        private readonly double[][] _q = new double[depth][];
        private readonly double[] _r = new double[depth * depth];

        public double[] Gamma { get; } = new double[depth];

        public bool LeastSquares(History history, int m)
        {
            double[] right = history.Present;
            for (int k = 0; k < m; k++)
            {
                double[] q = _q[k] is { } room && room.Length == right.Length ? room : _q[k] = new double[right.Length];
                history.Moves[k].CopyTo(q, 0);
                double size = Norm(q);
                for (int j = 0; j < k; j++)
                {
                    double r = Dot(_q[j], q);
                    _r[(j * depth) + k] = r;
                    for (int i = 0; i < q.Length; i++)
                        q[i] -= r * _q[j][i];
                }

                double rest = Norm(q);
                if (!(rest > 1e-14 * size) || rest == 0)
                {
                    // This difference says nothing that the others do not.
                    _r[(k * depth) + k] = double.PositiveInfinity;
                    Array.Clear(q);
                    continue;
                }

                _r[(k * depth) + k] = rest;
                for (int i = 0; i < q.Length; i++)
                    q[i] /= rest;
            }

            for (int k = m - 1; k >= 0; k--)
            {
                double sum = Dot(_q[k], right);
                for (int j = k + 1; j < m; j++)
                    sum -= _r[(k * depth) + j] * Gamma[j];
                Gamma[k] = double.IsInfinity(_r[(k * depth) + k]) ? 0 : sum / _r[(k * depth) + k];
                if (!double.IsFinite(Gamma[k]))
                    return false;
            }

            return true;
        }

        private static double Dot(double[] a, double[] b)
        {
            double sum = 0;
            for (int i = 0; i < a.Length; i++)
                sum += a[i] * b[i];
            return sum;
        }

        private static double Norm(double[] a) => Math.Sqrt(Dot(a, a));
    }
}
