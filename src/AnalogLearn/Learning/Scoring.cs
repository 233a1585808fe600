using System.Numerics;
using AnalogLearn.Numerics;
using AnalogLearn.Simulation;

namespace AnalogLearn.Learning;

/// <summary>
/// Whether the outputs say the right thing. Several outputs: the largest one is the class (Scellier et al., eq. 57). One output: on the same side of the
/// threshold as its target.
/// </summary>
public static class Scoring
{
    /// <summary>The class that an example's outputs say, or for one output 1 above the threshold and 0 below.</summary>
    /// <typeparam name="T">float or double.</typeparam>
    /// <param name="output">The outputs.</param>
    /// <param name="threshold">The threshold of a single output.</param>
    public static int Class<T>(ReadOnlySpan<T> output, double threshold = 0.5)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (output.Length == 1)
            return double.CreateChecked(output[0]) > threshold ? 1 : 0;
        int best = 0;
        for (int k = 1; k < output.Length; k++)
        {
            if (output[k] > output[best])
                best = k;
        }

        return best;
    }

    /// <summary>Mean cost and number of wrong predictions of a batch.</summary>
    /// <typeparam name="T">float or double.</typeparam>
    /// <param name="field">The field.</param>
    /// <param name="readout">The outputs and their cost.</param>
    /// <param name="state">States, examples × states [V].</param>
    /// <param name="targets">Targets, examples × outputs.</param>
    /// <param name="outcome">Receives both.</param>
    public static void Score<T>(RateField<T> field, Readout readout, Batch<T> state, Batch<T> targets, BatchOutcome outcome)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Span<T> output = stackalloc T[readout.Count];
        double cost = 0;
        int errors = 0;
        for (int e = 0; e < state.Rows; e++)
        {
            readout.Read(field, state.Row(e), output);
            cost += readout.Cost.Value<T>(output, targets.Row(e));
            errors += Class<T>(output) == Class<T>(targets.Row(e)) ? 0 : 1;
        }

        outcome.Cost = cost / state.Rows;
        outcome.Errors = errors;
    }

    /// <summary>Mean cost and number of wrong predictions of a batch.</summary>
    /// <typeparam name="T">float or double.</typeparam>
    /// <param name="system">What learns.</param>
    /// <param name="state">States, examples × states.</param>
    /// <param name="targets">Targets, examples × outputs.</param>
    /// <param name="outcome">Receives both.</param>
    public static void Score<T>(ILearningSystem<T> system, Batch<T> state, Batch<T> targets, BatchOutcome outcome)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Span<T> output = stackalloc T[system.OutputCount];
        double cost = 0;
        int errors = 0;
        for (int e = 0; e < state.Rows; e++)
        {
            system.Read(state.Row(e), output);
            cost += system.Cost.Value<T>(output, targets.Row(e));
            errors += Class<T>(output) == Class<T>(targets.Row(e)) ? 0 : 1;
        }

        outcome.Cost = cost / state.Rows;
        outcome.Errors = errors;
    }
}
