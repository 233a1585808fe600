using AnalogLearn.Learning;
using AnalogLearn.Numerics;
using AnalogLearn.Simulation;

namespace AnalogLearn.Gradients;

/// <summary>A rule in the place of an exact gradient, g = −Δθ: what another rule, or another way to run the same one, is held against (<c>.compare recirculation() against=recirculation(circuit=1)</c>).</summary>
/// <param name="name">The rule's name.</param>
/// <param name="rule">The rule.</param>
public sealed class RuleReference(string name, IBoundRule rule) : IGradientReference
{
    /// <inheritdoc/>
    public string Name => name;

    /// <summary>y, examples × outputs, of the problem's examples.</summary>
    public Batch<double>? Targets { get; set; }

    /// <inheritdoc/>
    public GradientResult Gradient(FixedPointProblem problem, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(problem);
        if (problem.Field is not RateField<double> field || Targets is null)
            throw new InvalidOperationException("A rule is held against another one on networks, with their targets.");
        var update = new ParameterSet<double>(field.Parameters);
        ILearner<double> learner = rule.Create(field, [.. field.Parameters.Blocks.Select(_ => 1.0)]);
        BatchOutcome outcome = learner.Learn(problem.State.Clone(), Targets, default, update, cancellation);
        foreach (double[] block in update.Blocks)
        {
            for (int k = 0; k < block.Length; k++)
                block[k] = -block[k];
        }

        return new GradientResult(update, outcome.Cost, problem.ExampleCount, [], 0, 0, null);
    }
}
