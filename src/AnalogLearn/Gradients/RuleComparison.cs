using System.Collections.Immutable;
using AnalogLearn.Learning;
using AnalogLearn.Numerics;
using AnalogLearn.Simulation;

namespace AnalogLearn.Gradients;

/// <summary>Settings of <see cref="RuleComparison"/>.</summary>
public sealed record RuleComparisonOptions
{
    /// <summary>How the free fixed point is first approached; Newton's method goes on from there.</summary>
    public SettleOptions Settle { get; init; } = new() { MaximumSteps = 20_000, Tolerance = 1e-9 };

    /// <summary>Largest |μ| at which an example is compared [V].</summary>
    public double SettledTolerance { get; init; } = 1e-9;

    /// <summary>
    /// Whether the rule starts at the free fixed point, so that only its nudged phases are its own; otherwise it starts where training would, at rest,
    /// and an unfinished free phase shows in the comparison.
    /// </summary>
    public bool StartAtFixedPoint { get; init; } = true;
}

/// <summary>Runs a learner and an exact reference on the same examples, in double, and compares what they say.</summary>
public static class RuleComparison
{
    /// <summary>Compares a learner with a reference.</summary>
    /// <param name="field">The field, its inputs clamped to the examples. They are clamped to the same ones afterwards.</param>
    /// <param name="readout">The outputs and their cost: what the learner uses.</param>
    /// <param name="targets">y, examples × outputs.</param>
    /// <param name="learner">The learner on this very field.</param>
    /// <param name="reference">The exact gradient.</param>
    /// <param name="options">Settling.</param>
    /// <param name="cancellation">Stops early.</param>
    /// <returns>The comparison over the examples that have a gradient; those that have none are named.</returns>
    public static ComparisonResult Run(
        RateField<double> field,
        Readout readout,
        Batch<double> targets,
        ILearner<double> learner,
        IGradientReference reference,
        RuleComparisonOptions? options = null,
        CancellationToken cancellation = default)
    {
        FixedPointProblem problem = Settle(field, readout, targets, options ?? new(), cancellation);
        return Run(field, targets, learner, reference.Name, problem, reference.Gradient(problem, cancellation), options, cancellation);
    }

    /// <summary>Compares a learner with a gradient that is at hand.</summary>
    /// <param name="field">The field, its inputs clamped to the examples. They are clamped to the same ones afterwards.</param>
    /// <param name="targets">y, examples × outputs.</param>
    /// <param name="learner">The learner on this very field.</param>
    /// <param name="name">What the gradient came from.</param>
    /// <param name="problem">The settled problem.</param>
    /// <param name="exact">Its gradient.</param>
    /// <param name="options">Where the rule starts.</param>
    /// <param name="cancellation">Stops early.</param>
    /// <returns>The comparison over the examples that have a gradient; those that have none are named.</returns>
    public static ComparisonResult Run(
        RateField<double> field,
        Batch<double> targets,
        ILearner<double> learner,
        string name,
        FixedPointProblem problem,
        GradientResult exact,
        RuleComparisonOptions? options = null,
        CancellationToken cancellation = default)
    {
        options ??= new();

        // The learner sees the examples that have a gradient, and no other.
        var kept = new Batch<double>?[field.Network.Inputs.Length];
        int[] rows = [.. Enumerable.Range(0, targets.Rows).Except(exact.LeftOut.Select(u => u.Example))];
        var update = new ParameterSet<double>(field.Parameters);
        try
        {
            for (int k = 0; k < kept.Length; k++)
            {
                kept[k] = field.Input(k);
                if (kept[k] is { Rows: > 1 } values && rows.Length < targets.Rows)
                    field.SetInput(k, Rows(values, rows));
            }

            if (rows.Length > 0)
            {
                Batch<double> state = Rows(problem.State, rows);
                for (int e = 0; e < state.Rows && !options.StartAtFixedPoint; e++)
                    field.RestingState(state.Row(e));
                learner.Learn(state, Rows(targets, rows), default, update, cancellation);
            }
        }
        finally
        {
            for (int k = 0; k < kept.Length; k++)
            {
                if (kept[k] is { } values)
                    field.SetInput(k, values);
            }
        }

        return GradientComparison.Compare(exact.Gradient, update, problem.Exists) with
        {
            Rule = learner.Name,
            Reference = name,
            Examples = exact.Used,
            LeftOut = exact.LeftOut,
            Residual = rows.Length == 0 ? double.NaN : rows.Max(e => problem.Residuals[e]),
            Theta = field.Theta.To<double>(),
            TiedTo = field.Network.Circuit.Arrays
                .Where(a => a.TiedTo is not null)
                .ToImmutableDictionary(a => a.Name, a => a.TiedTo!, StringComparer.OrdinalIgnoreCase),
        };
    }

    /// <summary>Lets a field settle from rest and brings it to its fixed points.</summary>
    /// <param name="field">The field, its inputs clamped to the examples.</param>
    /// <param name="readout">The outputs and their cost.</param>
    /// <param name="targets">y, examples × outputs.</param>
    /// <param name="options">Settling.</param>
    /// <param name="cancellation">Stops early.</param>
    public static FixedPointProblem Settle(RateField<double> field, Readout readout, Batch<double> targets, RuleComparisonOptions options, CancellationToken cancellation = default)
    {
        var state = new Batch<double>(targets.Rows, field.StateCount);
        for (int e = 0; e < state.Rows; e++)
            field.RestingState(state.Row(e));

        // A chain of layers is where it settles after one forward pass.
        if (LayeredNetwork.Of(field.Network) is { } layers)
        {
            new LayeredMaps<double>(field, layers, options.Settle.ThreadCount).Forward(state);
            return FixedPointProblem.Of(field, readout, targets, state, options.SettledTolerance);
        }

        SettleReport report = new Settler<double>(field).Settle(state, options.Settle, null, cancellation);
        bool[] near = [.. Enumerable.Range(0, state.Rows).Select(e => report.Residuals[e] <= 1e-3)];
        FixedPointProblem problem = FixedPointProblem.Of(field, readout, targets, state, options.SettledTolerance);

        // From a state that does not settle Newton's method would lead somewhere, but not to where this circuit goes: such examples stay as they are.
        problem.Polish(e => near[e], cancellation: cancellation);
        return problem;
    }

    private static Batch<double> Rows(Batch<double> batch, int[] rows)
    {
        var part = new Batch<double>(rows.Length, batch.Width);
        for (int k = 0; k < rows.Length; k++)
            batch.Row(rows[k]).CopyTo(part.Row(k));
        return part;
    }
}
