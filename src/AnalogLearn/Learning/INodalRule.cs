using System.Collections.Immutable;
using AnalogLearn.Circuits;

namespace AnalogLearn.Learning;

/// <summary>What a rule on a circuit needs to know besides its own arguments.</summary>
/// <param name="Plus">The unknown of each output.</param>
/// <param name="Minus">The unknown that it is taken against; the number of unknowns stands for ground.</param>
public sealed record NodalRuleContext(ImmutableArray<int> Plus, ImmutableArray<int> Minus)
{
    /// <summary>Reads the cost: <c>cost=quadratic|crossentropy scale=&lt;1/V&gt;</c>.</summary>
    /// <param name="arguments">The rule's arguments.</param>
    public NodalReadout Readout(ArgumentReader arguments)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        string cost = arguments.Word("cost", "quadratic", "quadratic", "mse", "crossentropy");
        return new NodalReadout(
            Plus,
            Minus,
            string.Equals(cost, "crossentropy", StringComparison.Ordinal) ? Cost.CrossEntropy : Cost.Quadratic,
            arguments.Number("scale", 1, 0, openLow: true));
    }

    /// <summary>Takes the arguments that say how long phases last: a circuit's equilibria are solved, not waited for.</summary>
    /// <param name="arguments">The rule's arguments.</param>
    public static void TakePhases(ArgumentReader arguments)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        foreach (string name in new[] { "free", "nudge", "step", "tol" })
            arguments.Number(name, 1, 0);
    }
}

/// <summary>A rule on a circuit, with its arguments read.</summary>
public interface INodalBoundRule
{
    /// <summary>The outputs and their cost.</summary>
    NodalReadout Readout { get; }

    /// <summary>Whether it is one of elements alone whose currents are linear in their voltages.</summary>
    bool NeedsLinearity => false;

    /// <summary>Makes the learner for a circuit.</summary>
    /// <param name="circuit">The circuit.</param>
    ILearner<double> Create(LearningCircuit circuit);
}
