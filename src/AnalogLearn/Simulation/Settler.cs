using System.Numerics;
using AnalogLearn.Numerics;

namespace AnalogLearn.Simulation;

/// <summary>How a state is let settle.</summary>
public sealed record SettleOptions
{
    /// <summary>Step of the integration in units of the shortest time constant.</summary>
    public double StepOverTau { get; init; } = 0.5;

    /// <summary>Most steps taken.</summary>
    public int MaximumSteps { get; init; } = 200;

    /// <summary>An example is settled when its residual, the largest |clip(s + μ) − s|, is at or below this [V]; 0 runs all steps.</summary>
    public double Tolerance { get; init; }

    /// <summary>Threads; results do not depend on it.</summary>
    public int ThreadCount { get; init; } = Environment.ProcessorCount;
}

/// <summary>How settling went.</summary>
public sealed class SettleReport
{
    /// <summary>Residual of each example [V].</summary>
    public double[] Residuals { get; private set; } = [];

    /// <summary>Steps that each example took.</summary>
    public int[] Steps { get; private set; } = [];

    /// <summary>Number of examples.</summary>
    public int ExampleCount { get; private set; }

    /// <summary>The largest residual [V].</summary>
    public double LargestResidual { get; private set; }

    /// <summary>Steps of all examples together.</summary>
    public long TotalSteps { get; private set; }

    /// <summary>Examples whose residual stayed above the tolerance (0 when the tolerance is 0).</summary>
    public int UnsettledCount { get; private set; }

    /// <summary>Makes room for a number of examples; allocates only when it grows.</summary>
    /// <param name="examples">Number of examples.</param>
    public void Reset(int examples)
    {
        if (Residuals.Length < examples)
        {
            Residuals = new double[examples];
            Steps = new int[examples];
        }

        ExampleCount = examples;
    }

    /// <summary>Sums up after every example has its residual and steps.</summary>
    /// <param name="tolerance">The tolerance [V], or 0.</param>
    public void Summarize(double tolerance)
    {
        LargestResidual = 0;
        TotalSteps = 0;
        UnsettledCount = 0;
        for (int e = 0; e < ExampleCount; e++)
        {
            LargestResidual = Residuals[e] > LargestResidual || double.IsNaN(Residuals[e]) ? Residuals[e] : LargestResidual;
            TotalSteps += Steps[e];
            UnsettledCount += tolerance > 0 && !(Residuals[e] <= tolerance) ? 1 : 0;
        }
    }
}

/// <summary>Lets a rate network settle: synchronous Euler steps s ← clip(s + (h/τ) μ(s)) until each example's residual is below the tolerance.</summary>
/// <typeparam name="T">float or double.</typeparam>
/// <param name="field">The field; its parameters and inputs may change between calls.</param>
public sealed class Settler<T>(RateField<T> field)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly SettleReport _report = new();

    /// <summary>Settles a batch in place.</summary>
    /// <param name="state">Where to start; receives where it settled. Examples × states [V].</param>
    /// <param name="options">Step, limit, tolerance.</param>
    /// <param name="force">A further term (a nudge), or null.</param>
    /// <param name="cancellation">Stops early.</param>
    /// <returns>How it went; reused by the next call.</returns>
    public SettleReport Settle(Batch<T> state, SettleOptions options, IStateForce<T>? force = null, CancellationToken cancellation = default)
    {
        RateNetwork network = field.Network;
        double shortest = network.Tau.Min();
        _report.Reset(state.Rows);
        IStateForce<T>? kept = field.Force;
        field.Force = force ?? kept;
        try
        {
            Parallel.For(0, state.Rows, new ParallelOptions { MaxDegreeOfParallelism = options.ThreadCount, CancellationToken = cancellation }, e =>
            {
                Span<T> s = state.Row(e);
                T[] mu = new T[s.Length];
                for (int step = 0; ; step++)
                {
                    field.Unprojected(e, s, mu);
                    T residual = T.Zero;
                    for (int i = 0; i < mu.Length; i++)
                        residual = T.Max(residual, T.Abs(Clip(i, s[i] + mu[i]) - s[i]));
                    _report.Residuals[e] = double.CreateChecked(residual);
                    _report.Steps[e] = step;
                    if (step == options.MaximumSteps || (options.Tolerance > 0 && _report.Residuals[e] <= options.Tolerance))
                        return;
                    for (int i = 0; i < mu.Length; i++)
                        s[i] = Clip(i, T.FusedMultiplyAdd(T.CreateChecked(options.StepOverTau * shortest / network.Tau[i]), mu[i], s[i]));
                }
            });
        }
        finally
        {
            field.Force = kept;
        }

        _report.Summarize(options.Tolerance);
        return _report;

        T Clip(int i, T value) => T.Min(T.Max(value, T.CreateChecked(network.ClipLow[i])), T.CreateChecked(network.ClipHigh[i]));
    }
}
