using System.Numerics;
using AnalogLearn.Circuits;
using AnalogLearn.Simulation;

namespace AnalogLearn.Learning;

/// <summary>
/// <c>eqprop(beta= centred=0|1 random_sign=0|1 asymmetric=0|1 tied=0|1 rule=state|rate cost=quadratic|crossentropy on=states|rates free=&lt;time&gt;
/// nudge=&lt;time&gt; step= tol=)</c>.
/// </summary>
public sealed class EquilibriumPropagationBinding : IRuleBinding
{
    /// <inheritdoc/>
    public string Name => "eqprop";

    /// <inheritdoc/>
    public string Summary => "generalised equilibrium propagation: settle, nudge, settle, change by what the two ends did";

    /// <inheritdoc/>
    public IBoundRule Bind(ArgumentReader arguments, RuleContext context)
    {
        string rule = arguments.Word("rule", "state", "state", "rate");
        bool onRates = string.Equals(rule, "rate", StringComparison.Ordinal);
        double beta = arguments.Number("beta", 0.5);
        if (beta == 0)
            arguments.Diagnostics.Error("AL0910", arguments.Span, "'beta' is 0: the outputs are never nudged, so nothing is learned", "Give a small β such as 0.1.");
        arguments.Flag("tied", absent: false);
        var options = new EquilibriumPropagationOptions
        {
            Beta = beta == 0 ? 1 : beta,
            Centred = arguments.Flag("centred", absent: false) | arguments.Flag("centered", absent: false),
            RandomSign = arguments.Flag("random_sign", absent: false),
            Asymmetric = arguments.Flag("asymmetric", absent: false),
            Rule = onRates ? new RateRule() : new StateRule(),
            Free = context.Phase(arguments, "free", 30),
            Nudged = context.Phase(arguments, "nudge", 15),
        };
        if (options is { Centred: true, RandomSign: true })
            arguments.Diagnostics.Warning("AL0911", arguments.Span, "'random_sign' has no effect with 'centred': both signs are taken in every batch", "Leave one of them out.");
        if (options is { Asymmetric: true } && onRates)
            arguments.Diagnostics.Error("AL0912", arguments.Span, "the asymmetric form belongs to rule=state: its angle to the gradient goes to 0° there for any weights", "Write rule=state, or leave 'asymmetric' out.");
        return new Bound(options, context.Readout(arguments, onRates ? CostOn.Rates : CostOn.States));
    }

    /// <inheritdoc/>
    /// <remarks>
    /// <c>eqprop(beta= centred=0|1 random_sign=0|1 rule=product|squared cost=quadratic|crossentropy scale=)</c>; β is in siemens for the quadratic cost in volts, and
    /// small against the conductances around the outputs.
    /// </remarks>
    public INodalBoundRule BindNodal(ArgumentReader arguments, NodalRuleContext context)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        ArgumentNullException.ThrowIfNull(context);
        string rule = arguments.Word("rule", "product", "product", "squared");
        double beta = arguments.Number("beta", 1e-6);
        if (beta == 0)
            arguments.Diagnostics.Error("AL0910", arguments.Span, "'beta' is 0: the outputs are never nudged, so nothing is learned", "Give a small conductance such as 1u.");
        NodalRuleContext.TakePhases(arguments);
        var options = new CircuitEquilibriumPropagationOptions
        {
            Beta = beta == 0 ? 1 : beta,
            Centred = arguments.Flag("centred", absent: false) | arguments.Flag("centered", absent: false),
            RandomSign = arguments.Flag("random_sign", absent: false),
            Rule = string.Equals(rule, "squared", StringComparison.Ordinal) ? new SquaredRule() : new ProductRule(),
        };
        if (options is { Centred: true, RandomSign: true })
            arguments.Diagnostics.Warning("AL0911", arguments.Span, "'random_sign' has no effect with 'centred': both signs are taken in every batch", "Leave one of them out.");
        return new NodalBound(options, context.Readout(arguments));
    }

    private sealed record NodalBound(CircuitEquilibriumPropagationOptions Options, NodalReadout Readout) : INodalBoundRule
    {
        public bool NeedsLinearity => Options.Rule.NeedsLinearity;

        public ILearner<double> Create(LearningCircuit circuit) => new CircuitEquilibriumPropagation(circuit, Options);
    }

    private sealed record Bound(EquilibriumPropagationOptions Options, Readout Readout) : IBoundRule
    {
        public ILearner<T> Create<T>(RateField<T> field, double[] rates)
            where T : unmanaged, IBinaryFloatingPointIeee754<T> => new EquilibriumPropagation<T>(field, Readout, Options);
    }
}
