using System.Numerics;
using AnalogLearn.Numerics;
using AnalogLearn.Simulation;

namespace AnalogLearn.Learning;

/// <summary>Where in the training a batch stands; all that a learner may key its random draws by.</summary>
/// <param name="Seed">The run's seed.</param>
/// <param name="Epoch">The epoch, from 0.</param>
/// <param name="Batch">The batch in the epoch, from 0.</param>
public readonly record struct BatchPlace(ulong Seed, int Epoch, int Batch)
{
    /// <summary>A fair coin of this place, such as the sign of β.</summary>
    /// <param name="what">What it decides.</param>
    internal bool DrawsNegative(string what) => CounterRandom.ForPath(Seed, what).Child((ulong)Epoch).UniformAt((ulong)Batch) < 0.5;
}

/// <summary>What was seen while a batch was learned.</summary>
public sealed class BatchOutcome
{
    /// <summary>Mean cost at the free fixed point.</summary>
    public double Cost { get; set; }

    /// <summary>Examples whose prediction at the free fixed point was wrong.</summary>
    public int Errors { get; set; }

    /// <summary>Largest residual after the free phase [V].</summary>
    public double FreeResidual { get; set; }

    /// <summary>Largest residual after the nudged phases [V], or 0 without any.</summary>
    public double NudgedResidual { get; set; }

    /// <summary>Mean steps an example took in the free phase.</summary>
    public double FreeSteps { get; set; }

    /// <summary>Mean steps an example took in the nudged phases together.</summary>
    public double NudgedSteps { get; set; }

    /// <summary>Examples that had not settled after the free phase.</summary>
    public int Unsettled { get; set; }
}

/// <summary>Turns one batch into a direction for θ: a local rule with its phases, or an exact gradient.</summary>
/// <typeparam name="T">float or double.</typeparam>
public interface ILearner<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>The name in a deck.</summary>
    string Name { get; }

    /// <summary>What it changes besides θ (adaptive feedback weights), for checkpoints: arrays in a fixed order, their lengths fixed.</summary>
    IReadOnlyList<T[]> Memory => [];

    /// <summary>What helps when a run diverges.</summary>
    string WhenItDiverges => "Smaller rates, a smaller β or bounded activations (clip, hardsigmoid) help.";

    /// <summary>Learns from one batch. The field's inputs are clamped to it already.</summary>
    /// <param name="state">Where the free phase starts; receives the free fixed point. Examples × states [V].</param>
    /// <param name="targets">y, examples × outputs.</param>
    /// <param name="place">Where in the training the batch stands.</param>
    /// <param name="direction">Receives the mean change of θ for a rate of one (for an exact reference, minus the gradient).</param>
    /// <param name="cancellation">Stops early.</param>
    /// <returns>What was seen; reused by the next call.</returns>
    BatchOutcome Learn(Batch<T> state, Batch<T> targets, BatchPlace place, ParameterSet<T> direction, CancellationToken cancellation = default);
}
