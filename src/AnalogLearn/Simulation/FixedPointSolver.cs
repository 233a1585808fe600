using System.Collections.Immutable;
using System.Globalization;
using AnalogLearn.Numerics;

namespace AnalogLearn.Simulation;

/// <summary>When a fixed point is found.</summary>
public sealed record FixedPointOptions
{
    /// <summary>An example is done when its residual, the largest |clip(s + μ) − s|, is at or below this [V].</summary>
    public double Tolerance { get; init; } = 1e-12;

    /// <summary>Most iterations.</summary>
    public int MaximumIterations { get; init; } = 200;

    /// <summary>Share of μ that damped Euler and Anderson steps take, with the shortest time constant as unit.</summary>
    public double Damping { get; init; } = 0.5;

    /// <summary>Threads for the linear algebra, 0 for all cores.</summary>
    public int ThreadCount { get; init; }
}

/// <summary>What became of one example.</summary>
/// <param name="Residual">The largest |clip(s + μ) − s| of its returned state [V].</param>
/// <param name="WorstState">Which state that is.</param>
/// <param name="Iterations">Iterations spent on it.</param>
/// <param name="Converged">Whether the residual is at or below the tolerance.</param>
public readonly record struct FixedPointOutcome(double Residual, int WorstState, int Iterations, bool Converged);

/// <summary>How the search for fixed points went.</summary>
/// <param name="Outcomes">One an example.</param>
/// <param name="Iterations">The most iterations that any example took.</param>
/// <param name="Evaluations">Evaluations of the field for the whole batch.</param>
/// <param name="Problem">Null when all converged; otherwise the worst example and node, its residual, and the next thing to try.</param>
public sealed record FixedPointReport(ImmutableArray<FixedPointOutcome> Outcomes, int Iterations, long Evaluations, string? Problem)
{
    /// <summary>Whether every example converged.</summary>
    public bool Converged => Problem is null;

    /// <summary>The largest residual of all [V].</summary>
    public double LargestResidual => Outcomes.Length == 0 ? 0 : Outcomes.Max(o => double.IsNaN(o.Residual) ? double.PositiveInfinity : o.Residual);
}

/// <summary>A way to find 0 = μ(θ, x, s), or at a rail a state that is pushed outward.</summary>
public abstract class FixedPointSolver
{
    /// <summary>Its name.</summary>
    public abstract string Name { get; }

    /// <summary>Searches from where the states are.</summary>
    /// <param name="field">The field.</param>
    /// <param name="state">Where to start; receives the fixed points. Examples × states [V].</param>
    /// <param name="options">Tolerance and limits.</param>
    /// <param name="cancellation">Stops early.</param>
    public FixedPointReport Solve(IVectorField<double> field, Batch<double> state, FixedPointOptions? options = null, CancellationToken cancellation = default)
    {
        options ??= new FixedPointOptions();
        var search = new FixedPointSearch(new Dynamics(field), state, options);
        search.Dynamics.Clip(state);
        search.Measure(0);
        Search(search, cancellation);
        return search.Report(Name, Advice);
    }

    /// <summary>What to try when it did not converge.</summary>
    protected abstract string Advice { get; }

    /// <summary>Moves the states until all examples are done or the limit is reached.</summary>
    /// <param name="search">The state of the search.</param>
    /// <param name="cancellation">Stops early.</param>
    protected abstract void Search(FixedPointSearch search, CancellationToken cancellation);
}

/// <summary>A search under way: states, μ there, and which examples are done.</summary>
public sealed class FixedPointSearch
{
    private readonly FixedPointOutcome[] _outcomes;

    internal FixedPointSearch(Dynamics dynamics, Batch<double> state, FixedPointOptions options)
    {
        Dynamics = dynamics;
        State = state;
        Options = options;
        Mu = new Batch<double>(state.Rows, state.Width);
        _outcomes = new FixedPointOutcome[state.Rows];
    }

    /// <summary>The field with its rails.</summary>
    public Dynamics Dynamics { get; }

    /// <summary>s, examples × states [V].</summary>
    public Batch<double> State { get; }

    /// <summary>μ at the states [V].</summary>
    public Batch<double> Mu { get; }

    /// <summary>Tolerance and limits.</summary>
    public FixedPointOptions Options { get; }

    /// <summary>Whether every example is done.</summary>
    public bool IsDone => _outcomes.All(o => o.Converged);

    /// <summary>Whether an example is done.</summary>
    /// <param name="example">Its row.</param>
    public bool IsExampleDone(int example) => _outcomes[example].Converged;

    /// <summary>The residual of an example [V].</summary>
    /// <param name="example">Its row.</param>
    public double Residual(int example) => _outcomes[example].Residual;

    /// <summary>Evaluates the field and judges every example that was not done.</summary>
    /// <param name="iteration">Iterations so far.</param>
    public void Measure(int iteration)
    {
        Dynamics.Drive(0, State, Mu);
        for (int e = 0; e < _outcomes.Length; e++)
        {
            if (_outcomes[e].Converged)
                continue;
            (double residual, int worst) = Dynamics.Residual(State.Row(e), Mu.Row(e));
            _outcomes[e] = new(residual, worst, iteration, residual <= Options.Tolerance);
        }
    }

    /// <summary>Says that an example stands again where its residual was this.</summary>
    /// <param name="example">Its row.</param>
    /// <param name="residual">The residual [V].</param>
    internal void TakeBack(int example, double residual) => _outcomes[example] = _outcomes[example] with { Residual = residual };

    internal FixedPointReport Report(string name, string advice)
    {
        int worst = -1, iterations = 0, unsettled = 0;
        for (int e = 0; e < _outcomes.Length; e++)
        {
            iterations = Math.Max(iterations, _outcomes[e].Iterations);
            if (_outcomes[e].Converged)
                continue;
            unsettled++;
            if (worst < 0 || !(_outcomes[e].Residual <= _outcomes[worst].Residual))
                worst = e;
        }

        string? problem = worst < 0 ? null : string.Create(
            CultureInfo.InvariantCulture,
            $"{name} did not converge for {unsettled} of {_outcomes.Length} examples after {iterations} iterations: example {worst}, node {Dynamics.StateName(_outcomes[worst].WorstState)}, residual {_outcomes[worst].Residual:g3} V (wanted {Options.Tolerance:g3} V); {advice}");
        return new FixedPointReport([.. _outcomes], iterations, Dynamics.Evaluations, problem);
    }
}

/// <summary>The solvers by name.</summary>
public static class FixedPointSolvers
{
    private static readonly Dictionary<string, Func<FixedPointSolver>> _all = new(StringComparer.OrdinalIgnoreCase)
    {
        ["euler"] = () => new DampedEulerSolver(),
        ["newton"] = () => new NewtonSolver(),
        ["anderson"] = () => new AndersonSolver(),
    };

    /// <summary>All names.</summary>
    public static IReadOnlyCollection<string> Names => _all.Keys;

    /// <summary>A new solver of a name, or null when there is none.</summary>
    /// <param name="name">The name, in any case.</param>
    public static FixedPointSolver? Create(string name) => _all.GetValueOrDefault(name)?.Invoke();
}
