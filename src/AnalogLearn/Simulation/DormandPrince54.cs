using AnalogLearn.Numerics;

namespace AnalogLearn.Simulation;

/// <summary>
/// Dormand and Prince's embedded pair of orders 5 and 4 with seven stages, the last of which is the first of the next step, step control by the
/// difference of the two, and an interpolant of order 4 within each step. Sources: Dormand and Prince (1980), doi:10.1016/0771-050X(80)90013-3; interpolant and
/// controller: Hairer, Nørsett, Wanner, Solving Ordinary Differential Equations I, sections II.5 and II.6. Explicit: on a stiff field the steps are
/// bounded by the shortest time constant, and the error control keeps them stable.
/// </summary>
public sealed class DormandPrince54 : Integrator
{
    private static readonly double[] _c = [0, 1.0 / 5, 3.0 / 10, 4.0 / 5, 8.0 / 9, 1, 1];

    private static readonly double[][] _a =
    [
        [],
        [1.0 / 5],
        [3.0 / 40, 9.0 / 40],
        [44.0 / 45, -56.0 / 15, 32.0 / 9],
        [19372.0 / 6561, -25360.0 / 2187, 64448.0 / 6561, -212.0 / 729],
        [9017.0 / 3168, -355.0 / 33, 46732.0 / 5247, 49.0 / 176, -5103.0 / 18656],
        [35.0 / 384, 0, 500.0 / 1113, 125.0 / 192, -2187.0 / 6784, 11.0 / 84],
    ];

    /// <summary>Weights of order 5 less those of order 4.</summary>
    private static readonly double[] _error =
        [71.0 / 57600, 0, -71.0 / 16695, 71.0 / 1920, -17253.0 / 339200, 22.0 / 525, -1.0 / 40];

    /// <summary>The interpolant's own weights.</summary>
    private static readonly double[] _dense =
    [
        -12715105075.0 / 11282082432, 0, 87487479700.0 / 32700410799, -10690763975.0 / 1880347072, 701980252875.0 / 199316789632, -1453857185.0 / 822651844,
        69997945.0 / 29380423,
    ];

    private readonly Batch<double>[] _k = new Batch<double>[7];

    /// <inheritdoc/>
    public override string Name => "dp54";

    /// <inheritdoc/>
    public override double Order => 5;

    /// <inheritdoc/>
    public override IntegrationReport Integrate(
        Dynamics dynamics, Batch<double> state, ReadOnlySpan<double> times, IntegrationOptions options, Action<int, Batch<double>> sample, CancellationToken cancellation = default)
    {
        for (int i = 0; i < 7; i++)
            _k[i] = new Batch<double>(state.Rows, state.Width);
        Batch<double> next = new(state.Rows, state.Width), between = new(state.Rows, state.Width);
        long before = dynamics.Evaluations, steps = 0, rejected = 0;
        double time = times[0], stop = times[^1], lastError = 1e-4;
        int output = 1, breakpoint = 0;
        sample(0, state);
        double h = options.MaximumStep;
        bool starts = true, afterRejection = false;
        while (output < times.Length)
        {
            cancellation.ThrowIfCancellationRequested();
            if (steps + rejected >= options.MaximumSteps)
                return new(steps, rejected, dynamics.Evaluations - before, Transient.TooManySteps(dynamics, state, time));
            double jump = NextJump(dynamics, options, time, ref breakpoint), end = Math.Min(stop, jump);
            if (starts)
            {
                dynamics.Slope(time, state, _k[0]);
                if (options.ErrorControl)
                    h = Math.Min(h, Start(dynamics, state, options));
                lastError = 1e-4;
                starts = false;
            }

            double least = 16 * Math.BitIncrement(Math.Abs(time)) * 2.220446049250313e-16;
            if (!(h > least))
                return new(steps, rejected, dynamics.Evaluations - before, Transient.StepTooSmall(dynamics, state, _k[0], time, h));
            double step = Math.Min(h, options.MaximumStep);
            bool lands = time + (1.01 * step) >= end;
            if (lands)
                step = end - time;

            for (int i = 1; i < 7; i++)
            {
                state.Span.CopyTo(next.Span);
                for (int j = 0; j < i; j++)
                {
                    if (_a[i][j] != 0)
                        Advance(next, next, step * _a[i][j], _k[j]);
                }

                dynamics.Clip(next);
                dynamics.Slope(time + (_c[i] * step), next, _k[i]);
            }

            double error = options.ErrorControl ? ErrorOf(state, next, step, options) : 0;
            if (!(error <= 1))
            {
                rejected++;
                h = double.IsNaN(error) ? step * 0.1 : step * Math.Max(0.2, 0.9 * Math.Pow(error, -0.2));
                afterRejection = true;
                continue;
            }

            double reached = lands ? end : time + step;
            for (; output < times.Length && times[output] <= reached; output++)
            {
                if (times[output] == reached)
                {
                    sample(output, next);
                    continue;
                }

                Interpolate(state, next, step, (times[output] - time) / step, between);
                dynamics.Clip(between);
                sample(output, between);
            }

            // The last slope is the first of the next step, unless the inputs jump here.
            (_k[0], _k[6]) = (_k[6], _k[0]);
            next.Span.CopyTo(state.Span);
            time = reached;
            steps++;
            starts = time == jump;
            if (!options.ErrorControl)
                continue;
            double factor = 0.9 * Math.Pow(Math.Max(error, 1e-10), -0.17) * Math.Pow(lastError, 0.04);
            factor = Math.Clamp(factor, 0.2, afterRejection ? 1 : 10);
            lastError = Math.Max(error, 1e-4);
            afterRejection = false;

            // A step cut short to land on an output or a jump does not make the next one short.
            h = lands ? Math.Max(h, step * factor) : step * factor;
        }

        return new(steps, rejected, dynamics.Evaluations - before, Transient.NotANumber(dynamics, state, stop));
    }

    /// <summary>A hundredth of the time in which the fastest state would move by its own size (Hairer, section II.4, first guess).</summary>
    private double Start(Dynamics dynamics, Batch<double> state, IntegrationOptions options)
    {
        double shortest = double.PositiveInfinity;
        for (int i = 0; i < dynamics.StateCount; i++)
            shortest = Math.Min(shortest, 1 / dynamics.InverseTau[i]);
        double h = Math.Min(0.1 * shortest, options.MaximumStep);
        double fastest = 0;
        for (int k = 0; k < state.Values.Length; k++)
            fastest = Math.Max(fastest, Math.Abs(_k[0].Values[k]) / (options.AbsoluteTolerance + (options.RelativeTolerance * Math.Abs(state.Values[k]))));
        if (fastest > 0)
            h = Math.Min(h, Math.Max(10 / fastest, 1e-6 * shortest));
        return h;
    }

    /// <summary>The largest error of any state in units of what is allowed.</summary>
    private double ErrorOf(Batch<double> state, Batch<double> next, double step, IntegrationOptions options)
    {
        double largest = 0;
        for (int k = 0; k < state.Values.Length; k++)
        {
            double sum = 0;
            for (int i = 0; i < 7; i++)
                sum += _error[i] * _k[i].Values[k];
            double allowed = options.AbsoluteTolerance + (options.RelativeTolerance * Math.Max(Math.Abs(state.Values[k]), Math.Abs(next.Values[k])));
            double error = Math.Abs(step * sum) / allowed;
            if (double.IsNaN(error))
                return double.NaN;
            largest = Math.Max(largest, error);
        }

        return largest;
    }

    private void Interpolate(Batch<double> from, Batch<double> to, double step, double theta, Batch<double> result)
    {
        double rest = 1 - theta;
        for (int k = 0; k < from.Values.Length; k++)
        {
            double difference = to.Values[k] - from.Values[k];
            double begins = (step * _k[0].Values[k]) - difference;
            double ends = difference - (step * _k[6].Values[k]) - begins;
            double own = 0;
            for (int i = 0; i < 7; i++)
                own += _dense[i] * _k[i].Values[k];
            result.Values[k] = from.Values[k] + (theta * (difference + (rest * (begins + (theta * (ends + (rest * step * own)))))));
        }
    }
}
