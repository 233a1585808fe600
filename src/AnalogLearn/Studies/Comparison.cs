using System.Globalization;
using AnalogLearn.Circuits;
using AnalogLearn.Data;
using AnalogLearn.Gradients;
using AnalogLearn.Learning;
using AnalogLearn.Netlist;
using AnalogLearn.Numerics;
using AnalogLearn.Simulation;

namespace AnalogLearn.Studies;

/// <summary>
/// A <c>.compare</c> card: an exact reference (or another rule in its place), the rule that is held against it, the examples, and what is swept.
/// <c>.compare implicit against=eqprop(beta=0.01) [examples=20] [set=test|train] [start=settled|rest] [beta=[…]] [nudge=[…]] [symmetry=[…]] [forms=[…]] [seeds=n]
/// [repeats=n [write=0|1]]</c>
/// </summary>
public sealed class ComparisonPlan
{
    private readonly Experiment _experiment;

    private ComparisonPlan(Experiment experiment, IGradientReference reference, IBoundRule rule, string ruleName)
    {
        _experiment = experiment;
        Reference = reference;
        Rule = rule;
        RuleName = ruleName;
    }

    /// <summary>The exact reference.</summary>
    public IGradientReference Reference { get; }

    /// <summary>The rule that is held against it.</summary>
    public IBoundRule Rule { get; }

    /// <summary>The rule's name.</summary>
    public string RuleName { get; }

    /// <summary>The examples, from the first of the set.</summary>
    public required Examples Examples { get; init; }

    /// <summary>Whether the rule starts at the free fixed point (otherwise at rest, as in training).</summary>
    public bool StartAtFixedPoint { get; init; } = true;

    /// <summary>How often the update is repeated under fresh noise, to tell its bias from its noise; 0 for not at all.</summary>
    public int Repeats { get; init; }

    /// <summary>Whether repeated updates are written into devices, as learning does.</summary>
    public bool Writes { get; init; }

    /// <summary>What is swept besides, or null.</summary>
    public SweepAxes? Sweep { get; init; }

    /// <summary>How nudged phases of the sweep settle.</summary>
    public SettleOptions SweepSettle { get; init; } = new();

    /// <summary>Reads a card.</summary>
    /// <param name="card">The card.</param>
    /// <param name="experiment">The experiment.</param>
    /// <param name="diagnostics">Receives what is wrong.</param>
    /// <returns>The plan, or null when there were errors.</returns>
    public static ComparisonPlan? Bind(CompareCard card, Experiment experiment, DiagnosticBag diagnostics)
    {
        var errors = new DiagnosticBag();
        try
        {
            return Read(card, experiment, errors);
        }
        finally
        {
            foreach (Diagnostic diagnostic in errors)
                diagnostics.Add(diagnostic);
        }
    }

    /// <summary>Measures angles to the exact gradient (the implicit one, of layers by substitution) on the first examples of the test set, as <c>.train probe=n</c> asks for.</summary>
    /// <param name="experiment">The experiment; its rule is the one that trains.</param>
    /// <param name="examples">How many examples.</param>
    /// <returns>The probe, or null when nothing is to be measured.</returns>
    public static AngleProbe? Probe(Experiment experiment, int examples)
    {
        if (examples <= 0 || experiment.Rule is null || experiment.Data is not { Test.Count: > 0 } data)
            return null;
        var plan = new ComparisonPlan(experiment, new BackpropagationGradient(), experiment.Rule, experiment.RuleName ?? string.Empty) { Examples = data.Test.Head(examples), StartAtFixedPoint = false };
        return parameters => plan.Run(parameters).Result.Angles();
    }

    /// <summary>Compares, in double precision.</summary>
    /// <param name="parameters">θ.</param>
    /// <param name="done">Told the fraction of a sweep that is done, or null.</param>
    /// <param name="cancellation">Stops early.</param>
    public Comparison Run(ParameterSet<double> parameters, Action<double>? done = null, CancellationToken cancellation = default)
    {
        RateNetwork network = _experiment.Network;
        var field = new RateField<double>(network, parameters.To<double>());
        (Batch<double>[] inputs, Batch<double> targets) = Gather(network, Examples);
        for (int k = 0; k < inputs.Length; k++)
            field.SetInput(k, inputs[k]);
        ILearner<double> learner = Rule.Create(field, [.. network.Layout.Blocks.Select(_ => 1.0)]);
        if (Reference is RuleReference other)
            other.Targets = targets;
        var options = new RuleComparisonOptions { StartAtFixedPoint = StartAtFixedPoint };
        options = options with { Settle = options.Settle with { StepOverTau = _experiment.Settle.StepOverTau, ThreadCount = _experiment.Settle.ThreadCount } };
        ComparisonResult result = RuleComparison.Run(field, Rule.Readout, targets, learner, Reference, options, cancellation);
        UpdateNoise? noise = null;
        if (Repeats > 0 && result.LeftOut.IsEmpty && result.Examples > 0)
        {
            Batch<double> start = RuleComparison.Settle(field, Rule.Readout, targets, options, cancellation).State;
            for (int e = 0; e < start.Rows && !StartAtFixedPoint; e++)
                field.RestingState(start.Row(e));
            noise = UpdateNoise.Measure(field, targets, learner, start, result.Gradient, Repeats, Writes ? (new RateField<double>(network, field.Theta.To<double>()), _experiment.Plan!.Rates) : null, cancellation);
        }

        SweepResult? sweep = null;
        if (Sweep is not null)
        {
            // One repetition is the network as it stands; several are freshly drawn ones.
            Func<ulong, ParameterSet<double>>? theta = Sweep.Seeds.Length == 1 ? _ => parameters.To<double>() : null;
            sweep = ComparisonSweep.Run(network, Rule.Readout, inputs, targets, Sweep, theta, Reference, SweepSettle, done, cancellation);
        }

        return new Comparison(RuleName, result, sweep) { Noise = noise };
    }

    /// <summary>Examples as a field takes them: a batch for each input, and the targets.</summary>
    internal static (Batch<double>[] Inputs, Batch<double> Targets) Gather(RateNetwork network, Examples examples)
    {
        var all = new Batch<double>(examples.Count, network.InputCount);
        var targets = new Batch<double>(examples.Count, examples.TargetWidth);
        examples.Gather([.. Enumerable.Range(0, examples.Count)], all, targets);
        var inputs = new Batch<double>[network.Inputs.Length];
        foreach (RateInput input in network.Inputs)
        {
            inputs[input.Index] = new Batch<double>(examples.Count, input.Width);
            for (int e = 0; e < examples.Count; e++)
                all.Row(e).Slice(input.Offset, input.Width).CopyTo(inputs[input.Index].Row(e));
        }

        return (inputs, targets);
    }

    /// <summary>The exact reference that a card names.</summary>
    internal static IGradientReference? FindReference(CompareCard card, DiagnosticBag errors)
    {
        if (GradientReferences.Find(card.Reference.Name) is { } entry)
        {
            var own = new ArgumentReader(card.Reference, errors);
            IGradientReference reference = entry.Bind(own);
            own.Finish();
            return reference;
        }

        string[] known = [.. GradientReferences.All.Select(r => r.Name)];
        errors.Error(
            "AL0942",
            card.Reference.Span,
            $"there is no exact reference '{card.Reference.Name}' in this version",
            NameSuggestion.Nearest(card.Reference.Name, known) is { } near ? $"did you mean '{near}'?" : $"there are: {string.Join(", ", known)}");
        return null;
    }

    private static ComparisonPlan? Read(CompareCard card, Experiment experiment, DiagnosticBag errors)
    {
        IGradientReference? reference = GradientReferences.Find(card.Reference.Name) is null && RuleRegistry.Find(card.Reference.Name) is not null
            ? experiment.BindRule(card.Reference, errors) is { } other ? new RuleReference(card.Reference.Name, other) : null
            : FindReference(card, errors);
        IBoundRule? rule = card.Against is null ? experiment.Rule : experiment.BindRule(card.Against, errors);
        string ruleName = card.Against?.Name ?? experiment.RuleName ?? string.Empty;
        if (rule is null && !errors.HasErrors)
            errors.Error("AL0943", card.Span, ".compare needs a rule to hold against the reference", "write against=eqprop(beta=0.01), or add a .learn card");
        if (experiment.Data is not { } data)
        {
            errors.Error("AL0944", card.Span, ".compare needs a data set", "add a .dataset card");
            return null;
        }

        var arguments = new ArgumentReader(".compare", card.Arguments, card.Span, errors);
        Examples from = arguments.Word("set", "test", "test", "train") == "train" ? data.Train : data.Test;
        int examples = arguments.Integer("examples", Math.Min(20, from.Count), 1);
        bool rest = arguments.Word("start", "settled", "settled", "rest") == "rest";
        (SweepAxes? sweep, SettleOptions settle) = ReadSweep(card, experiment, arguments, errors);
        (int repeats, bool writes) = ReadRepeats(card, arguments, experiment.Plan is not null, errors);
        arguments.Flag("plot", absent: true);
        arguments.Finish();
        return errors.HasErrors || reference is null || rule is null
            ? null
            : new ComparisonPlan(experiment, reference, rule, ruleName) { Examples = from.Head(examples), StartAtFixedPoint = !rest, Sweep = sweep, SweepSettle = settle, Repeats = repeats, Writes = writes };
    }

    /// <summary><c>repeats=n write=0|1</c>.</summary>
    internal static (int Repeats, bool Writes) ReadRepeats(CompareCard card, ArgumentReader arguments, bool hasPlan, DiagnosticBag errors)
    {
        int repeats = arguments.Integer("repeats", 0, 0, 100_000);
        bool writes = arguments.Flag("write", absent: false);
        if (repeats == 1)
            errors.Error("AL0945", card.Span, "one update has no spread", "write repeats=20, or leave it out");
        if (writes && (repeats == 0 || !hasPlan))
            errors.Error("AL0945", card.Span, "updates are written at the rates of .learn and .train, and repeated", "write repeats=20 write=1, and add a .train card");
        return (repeats, writes);
    }

    private static (SweepAxes? Sweep, SettleOptions Settle) ReadSweep(CompareCard card, Experiment experiment, ArgumentReader arguments, DiagnosticBag errors)
    {
        double[]? betas = List(arguments, "beta", errors);
        double[]? nudges = List(arguments, "nudge", errors);
        double[]? symmetries = List(arguments, "symmetry", errors);
        string[]? forms = Words(arguments, "forms", errors);
        int seeds = arguments.Integer("seeds", 1, 1, 10_000);
        SettleOptions settle = experiment.Settle;
        if (betas is null && nudges is null && symmetries is null && forms is null)
            return (null, settle);

        Call? call = card.Against ?? experiment.Deck.All<LearnCard>().LastOrDefault()?.Rule;
        if (call is not { Name: "eqprop" })
        {
            errors.Error("AL0945", card.Span, "a sweep needs a rule with a nudge", "write against=eqprop(…)");
            return (null, settle);
        }

        settle = settle with { StepOverTau = Own(call, "step") ?? settle.StepOverTau, Tolerance = Own(call, "tol") ?? settle.Tolerance };
        double shortest = experiment.Network.Tau.Min();
        double usual = Own(call, "nudge") ?? 15 * shortest;
        foreach (string form in forms ?? [])
        {
            if (!RuleForm.All.Any(f => string.Equals(f.Name, form, StringComparison.OrdinalIgnoreCase)))
            {
                string[] known = [.. RuleForm.All.Select(f => f.Name)];
                errors.Error("AL0945", card.Span, $"there is no form '{form}' of the rule", NameSuggestion.Nearest(form, known) is { } near ? $"did you mean '{near}'?" : $"there are: {string.Join(", ", known)}");
            }
        }

        if (Array.Exists(betas ?? [], b => b == 0) || Array.Exists(nudges ?? [], n => !(n > 0)))
            errors.Error("AL0945", card.Span, "β must not be 0, and a nudged phase must last longer than 0");
        if (Array.Exists(symmetries ?? [], s => !(s >= -1 && s <= 1)))
            errors.Error("AL0945", card.Span, "a degree of symmetry is the cosine between feedback and the transpose of feed-forward weights, between -1 and 1");
        if (errors.HasErrors)
            return (null, settle);
        var axes = new SweepAxes
        {
            Forms = [.. forms ?? [FormOf(call)]],
            Betas = [.. betas ?? [Own(call, "beta") ?? 0.5]],
            Steps = [.. (nudges ?? [usual]).Select(n => Math.Max(1, (int)Math.Round(n / (settle.StepOverTau * shortest))))],
            SymmetryDegrees = [.. symmetries?.Select(s => Math.Acos(s) * 180 / Math.PI) ?? [double.NaN]],
            Seeds = [.. Enumerable.Range(0, seeds).Select(k => experiment.Seed + (ulong)k)],
        };
        return (axes, settle);
    }

    private static double? Own(Call call, string name) =>
        call.Arguments.LastOrDefault(a => string.Equals(a.Name, name, StringComparison.OrdinalIgnoreCase))?.Value is NumberValue number ? number.Number : null;

    private static string FormOf(Call call)
    {
        bool rate = call.Arguments.Any(a => a is { Name: "rule", Value: TextValue { Text: "rate" } });
        bool centred = Own(call, "centred") == 1 || Own(call, "centered") == 1;
        return (rate ? "rate" : Own(call, "asymmetric") == 1 ? "asymmetric" : "state") + (centred ? "-centred" : string.Empty);
    }

    internal static double[]? List(ArgumentReader arguments, string name, DiagnosticBag errors)
    {
        if (arguments.Take(name) is not { } argument)
            return null;
        Value[] items = argument.Value is ListValue list ? [.. list.Items] : [argument.Value];
        if (items.Length > 0 && Array.TrueForAll(items, i => i is NumberValue))
            return [.. items.Cast<NumberValue>().Select(n => n.Number)];
        errors.Error("AL0945", argument.Value.Span, $"'{name}' is a list of numbers", $"write {name}=[1, 0.1, 0.01]");
        return null;
    }

    internal static string[]? Words(ArgumentReader arguments, string name, DiagnosticBag errors)
    {
        if (arguments.Take(name) is not { } argument)
            return null;
        Value[] items = argument.Value is ListValue list ? [.. list.Items] : [argument.Value];
        if (items.Length > 0 && Array.TrueForAll(items, i => i is TextValue))
            return [.. items.Cast<TextValue>().Select(t => t.Text)];
        errors.Error("AL0945", argument.Value.Span, $"'{name}' is a list of words", $"write {name}=[state, rate]");
        return null;
    }
}

/// <summary>What a comparison found.</summary>
/// <param name="Rule">The rule's name.</param>
/// <param name="Result">The update beside the gradient, array by array.</param>
/// <param name="Sweep">The sweep, or null.</param>
public sealed record Comparison(string Rule, ComparisonResult Result, SweepResult? Sweep)
{
    /// <summary>The update repeated under fresh noise, or null.</summary>
    public UpdateNoise? Noise { get; init; }

    /// <summary>The comparison as it is written down.</summary>
    public ComparisonRecord ToRecord() => new(
        Rule,
        Result.Reference,
        Result.Examples,
        [.. Result.LeftOut.Select(l => l.ToString())],
        Result.Residual,
        Result.Arrays.Append(Result.All).ToDictionary(
            a => a.Name,
            a => new ArrayComparisonRecord(a.Cosine, a.Angle, a.NormRatio, a.RelativeError, a.SignAgreement, a.GradientNorm, a.UpdateNorm)))
    {
        Noise = Noise is null ? [] : [.. Noise.Arrays.Append(Noise.All)],
        Sweep = Sweep is null
            ? []
            : [.. Sweep.Rows.Select(r => new SweepRecord(r.Point.Form, r.Point.Beta, r.Point.Steps, r.Point.SymmetryDegrees, r.Array, r.Angle.Mean, r.Angle.StandardError, r.Cosine.Mean, r.Angle.Count) { RelError = r.RelativeError.Mean })],
    };

    /// <summary>The comparison as comma-separated values: a line for each array, and for all together.</summary>
    public string ToCsv()
    {
        var text = new System.Text.StringBuilder("array,count,cosine,angle,norm_ratio,rel_error,sign_agreement,gradient_norm,update_norm\n");
        foreach (ArrayComparison a in Result.Arrays.Append(Result.All))
            text.Append(CultureInfo.InvariantCulture, $"{a.Name},{a.Count},{a.Cosine:R},{a.Angle:R},{a.NormRatio:R},{a.RelativeError:R},{a.SignAgreement:R},{a.GradientNorm:R},{a.UpdateNorm:R}\n");
        return text.ToString();
    }

    /// <summary>A quantity that a measure asks for.</summary>
    /// <param name="request">What it asks for.</param>
    internal double Quantity(QuantityRequest request)
    {
        string block = request.Block < 0 ? "all" : Result.Gradient.Layout.Blocks[request.Block].Name;
        return request.Name switch
        {
            "examples" => Result.Examples,
            "left_out" => Result.LeftOut.Length,
            "residual" => Result.Residual,
            "bias_angle" => Noise?.Of(block)?.BiasAngle ?? double.NaN,
            "noise_ratio" => Noise?.Of(block)?.NoiseRatio ?? double.NaN,
            "gradient" or "update" or "weight" => Result.Entry(request.Name, block, request.Row, request.Column) ?? double.NaN,
            _ => Result.Value(request.Name, block) ?? double.NaN,
        };
    }
}
