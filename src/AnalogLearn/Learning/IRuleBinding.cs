using System.Numerics;
using AnalogLearn.Circuits;
using AnalogLearn.Simulation;

namespace AnalogLearn.Learning;

/// <summary>What a rule needs to know besides its own arguments.</summary>
/// <param name="Network">The network that learns.</param>
/// <param name="Output">The output bank, its first output and their number.</param>
/// <param name="Settle">Step, tolerance and threads from the deck's options.</param>
public sealed record RuleContext(RateNetwork Network, (RateBank Bank, int Start, int Count) Output, SettleOptions Settle)
{
    /// <summary>The run's seed, for what a rule draws once (feedback weights).</summary>
    public ulong Seed { get; init; }

    /// <summary>Steps that a phase of a duration takes.</summary>
    /// <param name="duration">The duration [s].</param>
    /// <param name="stepOverTau">The step in units of the shortest time constant.</param>
    public int Steps(double duration, double stepOverTau) => Math.Max(1, (int)Math.Round(duration / (stepOverTau * Network.Tau.Min())));

    /// <summary>Reads the cost and what it sees: <c>cost=quadratic|crossentropy|binary</c>, <c>on=states|rates</c>.</summary>
    /// <param name="arguments">The rule's arguments.</param>
    /// <param name="on">What it sees when the deck does not say.</param>
    public Readout Readout(ArgumentReader arguments, CostOn on)
    {
        string cost = arguments.Word("cost", "quadratic", "quadratic", "mse", "crossentropy", "binary");
        string sees = arguments.Word("on", on == CostOn.States ? "states" : "rates", "states", "rates");
        return new Readout(
            Output.Bank,
            Output.Start,
            Output.Count,
            cost switch { "crossentropy" => Cost.CrossEntropy, "binary" => Cost.Binary, _ => Cost.Quadratic },
            string.Equals(sees, "states", StringComparison.Ordinal) ? CostOn.States : CostOn.Rates);
    }

    /// <summary>Reads one phase: its duration, the step and the tolerance.</summary>
    /// <param name="arguments">The rule's arguments.</param>
    /// <param name="name">The argument with the duration, <c>free</c> or <c>nudge</c>.</param>
    /// <param name="absent">Duration in units of the shortest time constant when the deck does not say.</param>
    public SettleOptions Phase(ArgumentReader arguments, string name, double absent)
    {
        double duration = arguments.Number(name, absent * Network.Tau.Min(), 0, openLow: true);
        double step = arguments.Number("step", Settle.StepOverTau, 0, 2, openLow: true);
        double tolerance = arguments.Number("tol", Settle.Tolerance, 0);
        return Settle with { MaximumSteps = Steps(duration, step), StepOverTau = step, Tolerance = tolerance };
    }
}

/// <summary>A rule as a deck names it: its arguments, and how to make it.</summary>
public interface IRuleBinding
{
    /// <summary>The name in a deck.</summary>
    string Name { get; }

    /// <summary>What it is, in a line.</summary>
    string Summary { get; }

    /// <summary>Whether the arguments ask for tied weights.</summary>
    /// <param name="call">The rule's call.</param>
    bool WantsTiedWeights(Call call) => call.Arguments.Any(a => a is { Name: "tied", Value: NumberValue { Number: 1 } });

    /// <summary>What the rule makes of the deck's circuit before it is laid out: ties between arrays, how they start.</summary>
    /// <param name="circuit">The circuit.</param>
    /// <param name="call">The rule's call.</param>
    Circuit Prepare(Circuit circuit, Call call) => circuit;

    /// <summary>Reads the rule's arguments.</summary>
    /// <param name="arguments">The arguments; what is wrong with them is reported there.</param>
    /// <param name="context">What else the rule needs to know.</param>
    IBoundRule Bind(ArgumentReader arguments, RuleContext context);

    /// <summary>Reads the rule's arguments for a circuit of the nodal engine.</summary>
    /// <param name="arguments">The arguments; what is wrong with them is reported there.</param>
    /// <param name="context">What else the rule needs to know.</param>
    /// <returns>The rule, or null when it is one of networks only.</returns>
    INodalBoundRule? BindNodal(ArgumentReader arguments, NodalRuleContext context) => null;
}

/// <summary>A rule with its arguments read.</summary>
public interface IBoundRule
{
    /// <summary>The outputs and their cost.</summary>
    Readout Readout { get; }

    /// <summary>Makes the learner for a field.</summary>
    /// <typeparam name="T">float or double.</typeparam>
    /// <param name="field">The field.</param>
    /// <param name="rates">The rate of each block, for rules that move weights while the state moves.</param>
    ILearner<T> Create<T>(RateField<T> field, double[] rates)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>;

    /// <summary>How the field settles and is read while it trains: by integration, unless the rule knows its fixed point.</summary>
    /// <typeparam name="T">float or double.</typeparam>
    /// <param name="field">The field.</param>
    ILearningSystem<T> CreateSystem<T>(RateField<T> field)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => new LearningNetwork<T>(field, Readout);
}
