using AnalogLearn.Learning;
using AnalogLearn.Numerics;
using AnalogLearn.Simulation;

namespace AnalogLearn.Gradients;

/// <summary>Trains a circuit with an exact gradient: solves the equilibria and hands out minus the reference's mean gradient over them.</summary>
/// <param name="circuit">The circuit.</param>
/// <param name="reference">The exact gradient.</param>
public sealed class CircuitReferenceLearner(LearningCircuit circuit, IGradientReference reference) : ILearner<double>
{
    private readonly BatchOutcome _outcome = new();

    /// <inheritdoc/>
    public string Name => reference.Name;

    /// <inheritdoc/>
    public BatchOutcome Learn(Batch<double> state, Batch<double> targets, BatchPlace place, ParameterSet<double> direction, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(targets);
        ArgumentNullException.ThrowIfNull(direction);
        SettleTotals settled = circuit.Settle(state, new SettleOptions(), cancellation);
        FixedPointProblem problem = FixedPointProblem.Of(circuit, targets, state);
        GradientResult result = reference.Gradient(problem, cancellation);
        Scoring.Score(circuit, state, targets, _outcome);
        _outcome.FreeResidual = settled.LargestResidual;
        _outcome.FreeSteps = (double)settled.Steps / state.Rows;
        _outcome.Unsettled = result.LeftOut.Length;
        for (int b = 0; b < direction.Blocks.Length; b++)
        {
            for (int k = 0; k < direction.Blocks[b].Length; k++)
                direction.Blocks[b][k] = -result.Gradient.Blocks[b][k];
        }

        return _outcome;
    }
}
