using System.Numerics.Tensors;
using AnalogLearn.Numerics;

namespace AnalogLearn.Simulation;

/// <summary>Steps and tolerances of an integration.</summary>
public sealed record IntegrationOptions
{
    /// <summary>The largest step [s]. Methods of fixed step divide each interval between two output times into equal steps no longer than this.</summary>
    public double MaximumStep { get; init; } = double.PositiveInfinity;

    /// <summary>Error allowed in a step relative to the state; each step's estimated error stays below RelativeTolerance · |s| + AbsoluteTolerance.</summary>
    public double RelativeTolerance { get; init; } = 1e-6;

    /// <summary>Error allowed in a step whatever the state [V].</summary>
    public double AbsoluteTolerance { get; init; } = 1e-9;

    /// <summary>Whether the error decides the step; if not, methods with error control take the largest step throughout.</summary>
    public bool ErrorControl { get; init; } = true;

    /// <summary>Times at which a source or its slope jumps, in order [s]: no step strides across one.</summary>
    public IReadOnlyList<double> Breakpoints { get; init; } = [];

    /// <summary>Most steps before it is given up.</summary>
    public long MaximumSteps { get; init; } = 50_000_000;

    /// <summary>Seed of the noise.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Where noise comes from instead of the generator keyed by <see cref="Seed"/>, or null.</summary>
    public IBrownianPath? Path { get; init; }
}

/// <summary>How an integration went.</summary>
/// <param name="Steps">Accepted steps.</param>
/// <param name="Rejected">Steps taken back because their error was too large.</param>
/// <param name="Evaluations">Evaluations of the field.</param>
/// <param name="Problem">What could not be done: when, which node is worst, what to try; null when all was done.</param>
public sealed record IntegrationReport(long Steps, long Rejected, long Evaluations, string? Problem)
{
    /// <summary>Whether the last output time was reached.</summary>
    public bool IsComplete => Problem is null;
}

/// <summary>A method that integrates ds/dt = μ/τ. An object holds its working space: one run at a time.</summary>
public abstract class Integrator
{
    /// <summary>Its name in a deck.</summary>
    public abstract string Name { get; }

    /// <summary>Its order: the error at a fixed time falls as step^order (for noise the strong order, path by path).</summary>
    public abstract double Order { get; }

    /// <summary>Whether it integrates noise.</summary>
    public virtual bool TakesNoise => false;

    /// <summary>Integrates over output times.</summary>
    /// <param name="dynamics">The dynamics.</param>
    /// <param name="state">s at the first output time, examples × states [V]; receives s at the last one.</param>
    /// <param name="times">Output times, increasing [s].</param>
    /// <param name="options">Steps and tolerances.</param>
    /// <param name="sample">Is handed the number of each output time and the state there.</param>
    /// <param name="cancellation">Stops early.</param>
    public abstract IntegrationReport Integrate(
        Dynamics dynamics, Batch<double> state, ReadOnlySpan<double> times, IntegrationOptions options, Action<int, Batch<double>> sample, CancellationToken cancellation = default);

    /// <summary>The next time at which a source jumps, +∞ when there is none; the sources are kept between the jumps on both sides.</summary>
    /// <param name="dynamics">The dynamics.</param>
    /// <param name="options">Holds the breakpoints.</param>
    /// <param name="time">Now [s].</param>
    /// <param name="passed">Breakpoints passed so far; brought up to now.</param>
    protected static double NextJump(Dynamics dynamics, IntegrationOptions options, double time, ref int passed)
    {
        IReadOnlyList<double> jumps = options.Breakpoints;
        while (passed < jumps.Count && jumps[passed] <= time)
            passed++;
        double next = passed < jumps.Count ? jumps[passed] : double.PositiveInfinity;
        dynamics.Between(passed > 0 ? jumps[passed - 1] : double.NegativeInfinity, next);
        return next;
    }

    /// <summary>target ← start + factor · slope.</summary>
    protected static void Advance(Batch<double> target, Batch<double> start, double factor, Batch<double> slope) =>
        TensorPrimitives.MultiplyAdd(slope.Span, factor, start.Span, target.Span);
}

/// <summary>A method whose steps are as long as it is told.</summary>
public abstract class FixedStepIntegrator : Integrator
{
    /// <summary>Makes room for a batch.</summary>
    /// <param name="rows">Examples.</param>
    /// <param name="width">States.</param>
    protected abstract void Reserve(int rows, int width);

    /// <summary>Takes one step.</summary>
    /// <param name="dynamics">The dynamics.</param>
    /// <param name="time">When it begins [s].</param>
    /// <param name="step">How long it is, h [s].</param>
    /// <param name="state">s, replaced by what it is a step later.</param>
    /// <param name="moves">What noise moves each state by in the step, b (W(t + h) − W(t)) and what flicker noise adds [V]; no rows without noise.</param>
    protected abstract void Step(Dynamics dynamics, double time, double step, Batch<double> state, Batch<double> moves);

    /// <inheritdoc/>
    public sealed override IntegrationReport Integrate(
        Dynamics dynamics, Batch<double> state, ReadOnlySpan<double> times, IntegrationOptions options, Action<int, Batch<double>> sample, CancellationToken cancellation = default)
    {
        Reserve(state.Rows, state.Width);
        bool noisy = TakesNoise && dynamics.Noise is not null;
        var increments = new Batch<double>(noisy ? state.Rows : 0, state.Width);
        FlickerNoise? flicker = noisy && dynamics.FlickerCorners is { } corners
            ? new FlickerNoise(dynamics.Noise!, corners, state.Rows, times[^1] - times[0], options.MaximumStep, options.Seed, dynamics.StateName)
            : null;
        IBrownianPath? path = noisy ? options.Path ?? new CounterBrownianPath(options.Seed, state.Rows, state.Width, dynamics.StateName) : null;
        long before = dynamics.Evaluations, steps = 0;
        int breakpoint = 0;
        sample(0, state);
        for (int k = 1; k < times.Length; k++)
        {
            double from = times[k - 1];
            while (from < times[k])
            {
                double to = Math.Min(times[k], NextJump(dynamics, options, from, ref breakpoint));

                // A hair's breadth of rounding must not cost a step more.
                long count = Math.Max(1, (long)Math.Ceiling((to - from) / options.MaximumStep * (1 - 1e-9)));
                double step = (to - from) / count;
                for (long j = 0; j < count; j++)
                {
                    if (steps >= options.MaximumSteps)
                        return new(steps, 0, dynamics.Evaluations - before, Transient.TooManySteps(dynamics, state, from + (j * step)));
                    if (steps % 256 == 0)
                        cancellation.ThrowIfCancellationRequested();
                    path?.Increments(steps, step, increments);
                    for (int e = 0; e < increments.Rows; e++)
                        TensorPrimitives.Multiply(increments.Row(e), dynamics.Noise, increments.Row(e));
                    flicker?.Step(steps, step, increments);
                    Step(dynamics, from + (j * step), step, state, increments);
                    dynamics.Clip(state);
                    steps++;
                }

                from = to;
            }

            sample(k, state);
        }

        return new(steps, 0, dynamics.Evaluations - before, Transient.NotANumber(dynamics, state, times[^1]));
    }
}

/// <summary>The integrators by name.</summary>
public static class Integrators
{
    private static readonly Dictionary<string, Func<Integrator>> _all = new(StringComparer.OrdinalIgnoreCase)
    {
        ["euler"] = () => new EulerMethod(),
        ["expeuler"] = () => new ExponentialEulerMethod(),
        ["rk4"] = () => new RungeKutta4(),
        ["dp54"] = () => new DormandPrince54(),
        ["em"] = () => new EulerMaruyama(),
        ["heun"] = () => new StochasticHeun(),
    };

    /// <summary>All names.</summary>
    public static IReadOnlyCollection<string> Names => _all.Keys;

    /// <summary>A new integrator of a name, or null when there is none.</summary>
    /// <param name="name">The name, in any case.</param>
    public static Integrator? Create(string name) => _all.GetValueOrDefault(name)?.Invoke();
}
