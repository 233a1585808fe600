using System.Collections.Immutable;
using AnalogLearn.Learning;
using AnalogLearn.Simulation;

namespace AnalogLearn.Gradients;

/// <summary>One form of equilibrium propagation, as comparisons list them.</summary>
/// <param name="Name">Its name in tables and plots.</param>
/// <param name="Rule">The local rule.</param>
/// <param name="Centred">Whether +β is compared with −β instead of with the free phase.</param>
/// <param name="Asymmetric">Whether the nudged phase carries the asymmetric term.</param>
/// <param name="On">What the cost sees.</param>
public sealed record RuleForm(string Name, ILocalRule Rule, bool Centred, bool Asymmetric, CostOn On)
{
    /// <summary>All forms.</summary>
    public static ImmutableArray<RuleForm> All { get; } =
    [
        new("state", new StateRule(), Centred: false, Asymmetric: false, CostOn.States),
        new("state-centred", new StateRule(), Centred: true, Asymmetric: false, CostOn.States),
        new("rate", new RateRule(), Centred: false, Asymmetric: false, CostOn.Rates),
        new("rate-centred", new RateRule(), Centred: true, Asymmetric: false, CostOn.Rates),
        new("asymmetric", new StateRule(), Centred: false, Asymmetric: true, CostOn.States),
        new("asymmetric-centred", new StateRule(), Centred: true, Asymmetric: true, CostOn.States),
    ];

    /// <summary>Makes the learner.</summary>
    /// <param name="field">The field.</param>
    /// <param name="readout">The outputs and their cost; what the cost sees is replaced by the form's own.</param>
    /// <param name="beta">β.</param>
    /// <param name="steps">Steps of each nudged phase.</param>
    /// <param name="settle">Step, tolerance and threads.</param>
    public EquilibriumPropagation<double> Create(RateField<double> field, Readout readout, double beta, int steps, SettleOptions settle) => new(
        field,
        readout with { On = On },
        new EquilibriumPropagationOptions
        {
            Beta = beta,
            Centred = Centred,
            Asymmetric = Asymmetric,
            Rule = Rule,
            Free = settle,
            Nudged = settle with { MaximumSteps = steps },
        });
}
