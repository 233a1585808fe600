using System.Numerics;
using AnalogLearn.Simulation;

namespace AnalogLearn.Learning;

/// <summary>Turns a direction (a local update, or minus a gradient) into a change of θ.</summary>
/// <typeparam name="T">float or double.</typeparam>
public interface IOptimizer<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>The name in a deck.</summary>
    string Name { get; }

    /// <summary>What it remembers between steps, block sets in a fixed order, for checkpoints.</summary>
    IReadOnlyList<ParameterSet<T>> Memory { get; }

    /// <summary>Steps taken so far; set when a checkpoint is taken up.</summary>
    long StepCount { get; set; }

    /// <summary>Takes one step and tells the field.</summary>
    /// <param name="field">The field whose θ moves.</param>
    /// <param name="direction">The direction; may be used as scratch.</param>
    /// <param name="rates">The rate of each block.</param>
    void Step(IParametrizedField<T> field, ParameterSet<T> direction, ReadOnlySpan<double> rates);
}
