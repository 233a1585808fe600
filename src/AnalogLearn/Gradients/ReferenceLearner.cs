using System.Numerics;
using AnalogLearn.Circuits;
using AnalogLearn.Learning;
using AnalogLearn.Numerics;
using AnalogLearn.Simulation;

namespace AnalogLearn.Gradients;

/// <summary>Settings of <see cref="ReferenceLearner{T}"/>.</summary>
public sealed record ReferenceLearnerOptions
{
    /// <summary>How the free phase settles.</summary>
    public SettleOptions Free { get; init; } = new() { MaximumSteps = 200, Tolerance = 1e-4 };

    /// <summary>
    /// Largest |μ| at which an example is learned from [V]; +∞ to learn from all. At a state that has not settled the formula gives no gradient, and training
    /// on it is what loses fixed points.
    /// </summary>
    public double SettledTolerance { get; init; } = 1e-3;

    /// <summary>Whether settled examples are brought to the fixed point in double by Newton's method before the gradient is taken.</summary>
    public bool Polish { get; init; }
}

/// <summary>
/// Trains with an exact gradient: settles freely in the field's own precision, takes the reference's gradient of a double-precision twin of the field at that
/// state, and hands out minus its mean over the settled examples.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
/// <param name="field">The field.</param>
/// <param name="readout">The outputs and their cost.</param>
/// <param name="reference">The exact gradient.</param>
/// <param name="options">The free phase, and which examples count.</param>
public sealed class ReferenceLearner<T>(RateField<T> field, Readout readout, IGradientReference reference, ReferenceLearnerOptions options) : ILearner<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Settler<T> _settler = new(field);
    private readonly RateField<double> _twin = new(field.Network, new ParameterSet<double>(field.Parameters));
    private readonly BatchOutcome _outcome = new();

    /// <inheritdoc/>
    public string Name => reference.Name;

    /// <summary>How the last gradient was come by, with the examples that were left out; null before the first.</summary>
    public GradientResult? LastResult { get; private set; }

    /// <inheritdoc/>
    public BatchOutcome Learn(Batch<T> state, Batch<T> targets, BatchPlace place, ParameterSet<T> direction, CancellationToken cancellation = default)
    {
        field.ReadDevices();
        SettleReport report = _settler.Settle(state, options.Free, null, cancellation);
        _outcome.FreeResidual = report.LargestResidual;
        _outcome.FreeSteps = (double)report.TotalSteps / state.Rows;
        _outcome.NudgedResidual = 0;
        _outcome.NudgedSteps = 0;
        Scoring.Score(field, readout, state, targets, _outcome);

        for (int b = 0; b < _twin.Theta.Blocks.Length; b++)
            Copy(field.Seen(b), _twin.Theta.Blocks[b]);
        _twin.ParametersChanged();
        foreach (RateInput input in field.Network.Inputs)
        {
            if (field.Input(input.Index) is { } values)
                _twin.SetInput(input.Index, ToDouble(values));
        }

        FixedPointProblem problem = FixedPointProblem.Of(_twin, readout, ToDouble(targets), ToDouble(state), options.SettledTolerance);
        if (options.Polish)
            problem.Polish(cancellation: cancellation);
        LastResult = reference.Gradient(problem, cancellation);
        _outcome.Unsettled = Math.Max(report.UnsettledCount, LastResult.LeftOut.Length);
        for (int b = 0; b < direction.Blocks.Length; b++)
        {
            double[] gradient = LastResult.Gradient.Blocks[b];
            T[] into = direction.Blocks[b];
            for (int k = 0; k < into.Length; k++)
                into[k] = T.CreateChecked(-gradient[k]);
        }

        return _outcome;
    }

    private static Batch<double> ToDouble(Batch<T> batch)
    {
        var copy = new Batch<double>(batch.Rows, batch.Width);
        Copy<T>(batch.Values, copy.Values);
        return copy;
    }

    private static void Copy<TFrom>(ReadOnlySpan<TFrom> from, Span<double> to)
        where TFrom : unmanaged, IBinaryFloatingPointIeee754<TFrom>
    {
        for (int k = 0; k < from.Length; k++)
            to[k] = double.CreateChecked(from[k]);
    }
}

/// <summary>
/// An exact reference as the rule of a <c>.learn</c> card: the reference's own arguments, and
/// <c>cost=quadratic|crossentropy on=states|rates free=&lt;time&gt; step= tol= settled= polish=0|1 keep_unsettled=0|1</c>.
/// </summary>
/// <param name="entry">The reference.</param>
public sealed class ReferenceRule(GradientReferenceEntry entry) : IRuleBinding
{
    /// <inheritdoc/>
    public string Name => entry.Name;

    /// <inheritdoc/>
    public string Summary => entry.Summary;

    /// <inheritdoc/>
    public IBoundRule Bind(ArgumentReader arguments, RuleContext context)
    {
        IGradientReference reference = entry.Bind(arguments);
        arguments.Flag("tied", absent: false);
        bool keep = arguments.Flag("keep_unsettled", absent: false);
        double settled = arguments.Number("settled", 1e-3, 0, openLow: true);
        var options = new ReferenceLearnerOptions
        {
            Free = context.Phase(arguments, "free", 100),
            SettledTolerance = keep ? double.PositiveInfinity : settled,
            Polish = arguments.Flag("polish", absent: false),
        };
        return new Bound(reference, options, context.Readout(arguments, CostOn.States));
    }

    /// <inheritdoc/>
    public INodalBoundRule BindNodal(ArgumentReader arguments, NodalRuleContext context)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        ArgumentNullException.ThrowIfNull(context);
        IGradientReference reference = entry.Bind(arguments);
        NodalRuleContext.TakePhases(arguments);
        return new NodalBound(reference, context.Readout(arguments));
    }

    private sealed record NodalBound(IGradientReference Reference, NodalReadout Readout) : INodalBoundRule
    {
        public ILearner<double> Create(LearningCircuit circuit) => new CircuitReferenceLearner(circuit, Reference);
    }

    private sealed record Bound(IGradientReference Reference, ReferenceLearnerOptions Options, Readout Readout) : IBoundRule
    {
        public ILearner<T> Create<T>(RateField<T> field, double[] rates)
            where T : unmanaged, IBinaryFloatingPointIeee754<T> => new ReferenceLearner<T>(field, Readout, Reference, Options);
    }
}
