using System.Collections.Immutable;
using AnalogLearn.Circuits;
using AnalogLearn.Data;
using AnalogLearn.Gradients;
using AnalogLearn.Learning;
using AnalogLearn.Netlist;
using AnalogLearn.Numerics;
using AnalogLearn.Simulation;

namespace AnalogLearn.Studies;

/// <summary>
/// A <c>.compare</c> card on a circuit: <c>.compare implicit|fd against=eqprop(…) [examples=20] [set=test|train] [beta=[…]] [forms=[…]] [repeats=n [write=0|1]]</c>. What is swept is β, and the form of the rule:
/// <c>product product-centred squared squared-centred</c>.
/// </summary>
public sealed class NodalComparison
{
    private static readonly string[] s_forms = ["product", "product-centred", "squared", "squared-centred"];

    private readonly NodalExperiment _experiment;
    private readonly IGradientReference _reference;
    private readonly INodalBoundRule _rule;
    private readonly string _ruleName;
    private readonly Examples _examples;
    private readonly SweepAxes? _sweep;
    private readonly int _repeats;
    private readonly bool _writes;

    private NodalComparison(NodalExperiment experiment, IGradientReference reference, INodalBoundRule rule, string ruleName, Examples examples, SweepAxes? sweep, int repeats = 0, bool writes = false)
    {
        _experiment = experiment;
        _reference = reference;
        _rule = rule;
        _ruleName = ruleName;
        _examples = examples;
        _sweep = sweep;
        _repeats = repeats;
        _writes = writes;
    }

    /// <summary>Reads a card.</summary>
    /// <param name="card">The card.</param>
    /// <param name="experiment">The experiment.</param>
    /// <param name="diagnostics">Receives what is wrong.</param>
    /// <returns>The comparison, or null when there were errors.</returns>
    public static NodalComparison? Bind(CompareCard card, NodalExperiment experiment, DiagnosticBag diagnostics)
    {
        ArgumentNullException.ThrowIfNull(card);
        ArgumentNullException.ThrowIfNull(experiment);
        ArgumentNullException.ThrowIfNull(diagnostics);
        int before = diagnostics.ErrorCount;
        IGradientReference? reference = ComparisonPlan.FindReference(card, diagnostics);
        INodalBoundRule? rule = card.Against is null ? experiment.Rule : experiment.BindRule(card.Against, diagnostics);
        if (rule is null && diagnostics.ErrorCount == before)
            diagnostics.Error("AL0943", card.Span, ".compare needs a rule to hold against the reference", "write against=eqprop(beta=1u), or add a .learn card");
        if (experiment.Data is not { } data)
        {
            diagnostics.Error("AL0944", card.Span, ".compare needs a data set", "add a .dataset card");
            return null;
        }

        var arguments = new ArgumentReader(".compare", card.Arguments, card.Span, diagnostics);
        Examples from = arguments.Word("set", "test", "test", "train") == "train" ? data.Train : data.Test;
        int examples = arguments.Integer("examples", Math.Min(20, from.Count), 1);
        arguments.Word("start", "settled", "settled");
        SweepAxes? sweep = ReadSweep(arguments, diagnostics);
        if (sweep?.Forms.Any(f => f.StartsWith("squared", StringComparison.OrdinalIgnoreCase)) == true && experiment.Blocks.FirstOrDefault(b => !b.IsLinear) is { } bent)
            diagnostics.Error("AL0935", arguments.Span, $"squared forms are those of elements whose current is linear in the voltage; '{bent.Description.Name}' is a {bent.ElementName}", "leave them out of forms");
        (int repeats, bool writes) = ComparisonPlan.ReadRepeats(card, arguments, experiment.Plan is not null, diagnostics);
        arguments.Flag("plot", absent: true);
        arguments.Finish();
        return diagnostics.ErrorCount > before || reference is null || rule is null
            ? null
            : new NodalComparison(experiment, reference, rule, card.Against?.Name ?? experiment.RuleName ?? string.Empty, from.Head(examples), sweep, repeats, writes);
    }

    /// <summary>Measures angles to the implicit gradient on the first examples of the test set, as <c>.train probe=n</c> asks for.</summary>
    /// <param name="experiment">The experiment.</param>
    /// <returns>The probe, or null when nothing is to be measured.</returns>
    public static AngleProbe? Probe(NodalExperiment experiment)
    {
        ArgumentNullException.ThrowIfNull(experiment);
        if (experiment is not { ProbeExamples: > 0, Rule: { } rule, Data: { Test.Count: > 0 } data })
            return null;
        var comparison = new NodalComparison(experiment, new ImplicitGradient(), rule, experiment.RuleName ?? string.Empty, data.Test.Head(experiment.ProbeExamples), null);
        return parameters => comparison.Run(parameters).Result.Angles();
    }

    /// <summary>Compares.</summary>
    /// <param name="parameters">θ.</param>
    /// <param name="cancellation">Stops early.</param>
    public Comparison Run(ParameterSet<double> parameters, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(parameters);
        LearningCircuit circuit = _experiment.Create(parameters.To<double>(), _rule.Readout);
        var inputs = new Batch<double>(_examples.Count, circuit.InputCount);
        var targets = new Batch<double>(_examples.Count, circuit.OutputCount);
        _examples.Gather([.. Enumerable.Range(0, _examples.Count)], inputs, targets);
        circuit.Clamp(inputs);
        var state = new Batch<double>(inputs.Rows, circuit.Equations.StateCount);
        for (int e = 0; e < state.Rows; e++)
            circuit.RestingState(state.Row(e));
        circuit.Settle(state, new SettleOptions(), cancellation);
        FixedPointProblem problem = FixedPointProblem.Of(circuit, targets, state);
        GradientResult exact = _reference.Gradient(problem, cancellation);
        ComparisonResult result = GradientComparison.Compare(exact.Gradient, Update(circuit, inputs, targets, exact, problem, _rule.Create(circuit), cancellation)) with
        {
            Rule = _ruleName,
            Reference = _reference.Name,
            Examples = exact.Used,
            LeftOut = exact.LeftOut,
            ResidualUnit = "A",
            Residual = problem.Residuals.DefaultIfEmpty(double.NaN).Max(),
            Theta = parameters.To<double>(),
        };
        UpdateNoise? noise = null;
        if (_repeats > 0 && result.LeftOut.IsEmpty && result.Examples > 0)
        {
            LearningCircuit? copy = _writes ? _experiment.Create(circuit.Equations.Theta.To<double>(), _rule.Readout) : null;
            noise = UpdateNoise.Measure(circuit.Equations, targets, _rule.Create(circuit), problem.State, exact.Gradient, _repeats, copy is null ? null : (copy.Equations, _experiment.Plan!.Rates), cancellation);
        }

        SweepResult? sweep = _sweep is null
            ? null
            : ComparisonSweep.Run(
                _sweep,
                point => (Update(circuit, inputs, targets, exact, problem, new CircuitEquilibriumPropagation(circuit, Form(point)), cancellation), exact.Gradient),
                default,
                null,
                cancellation);
        return new Comparison(_ruleName, result, sweep) { Noise = noise };
    }

    /// <summary>What the rule does from the equilibria of the examples that have a gradient.</summary>
    private static ParameterSet<double> Update(
        LearningCircuit circuit, Batch<double> inputs, Batch<double> targets, GradientResult exact, FixedPointProblem problem, ILearner<double> learner, CancellationToken cancellation)
    {
        int[] rows = [.. Enumerable.Range(0, targets.Rows).Except(exact.LeftOut.Select(u => u.Example))];
        var update = new ParameterSet<double>(circuit.Field.Parameters);
        if (rows.Length == 0)
            return update;
        circuit.Clamp(Pick(inputs, rows));
        learner.Learn(Pick(problem.State, rows), Pick(targets, rows), default, update, cancellation);
        circuit.Clamp(inputs);
        return update;
    }

    private static CircuitEquilibriumPropagationOptions Form(SweepPoint point) => new()
    {
        Beta = point.Beta,
        Centred = point.Form.EndsWith("-centred", StringComparison.OrdinalIgnoreCase),
        Rule = point.Form.StartsWith("squared", StringComparison.OrdinalIgnoreCase) ? new SquaredRule() : new ProductRule(),
    };

    private static Batch<double> Pick(Batch<double> batch, int[] rows)
    {
        var part = new Batch<double>(rows.Length, batch.Width);
        for (int k = 0; k < rows.Length; k++)
            batch.Row(rows[k]).CopyTo(part.Row(k));
        return part;
    }

    private static SweepAxes? ReadSweep(ArgumentReader arguments, DiagnosticBag diagnostics)
    {
        double[]? betas = ComparisonPlan.List(arguments, "beta", diagnostics);
        string[]? forms = ComparisonPlan.Words(arguments, "forms", diagnostics);
        if (betas is null && forms is null)
            return null;
        foreach (string form in forms ?? [])
        {
            if (!s_forms.Contains(form, StringComparer.OrdinalIgnoreCase))
                diagnostics.Error("AL0945", arguments.Span, $"there is no form '{form}' of the rule", NameSuggestion.Nearest(form, s_forms) is { } near ? $"did you mean '{near}'?" : $"there are: {string.Join(", ", s_forms)}");
        }

        if (Array.Exists(betas ?? [], b => b == 0))
            diagnostics.Error("AL0945", arguments.Span, "β must not be 0", "give values such as beta=[1u,10u]");
        return new SweepAxes { Forms = [.. forms ?? ["product", "product-centred"]], Betas = [.. betas ?? [1e-6]], Steps = [0] };
    }
}
