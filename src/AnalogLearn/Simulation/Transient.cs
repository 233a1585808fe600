using System.Collections.Immutable;
using System.Globalization;
using AnalogLearn.Numerics;

namespace AnalogLearn.Simulation;

/// <summary>What the nodes did over time.</summary>
/// <param name="Time">Output times [s].</param>
/// <param name="Names">The states' nodes.</param>
/// <param name="Values">For each node its voltages at the output times [V].</param>
/// <param name="Report">How the integration went; when it stopped early, what is after that time is NaN.</param>
public sealed record Waveforms(double[] Time, ImmutableArray<string> Names, double[][] Values, IntegrationReport Report)
{
    /// <summary>The voltages of one node [V], or null when there is none of that name.</summary>
    /// <param name="node">The node's name, in any case.</param>
    public double[]? Of(string node)
    {
        for (int k = 0; k < Names.Length; k++)
        {
            if (string.Equals(Names[k], node, StringComparison.OrdinalIgnoreCase))
                return Values[k];
        }

        return null;
    }
}

/// <summary>The transient analysis (<c>.tran</c>): a field integrated from an initial state, sampled at given times.</summary>
public static class Transient
{
    /// <summary>Runs one example.</summary>
    /// <param name="field">The field.</param>
    /// <param name="initial">s at the first time, 1 × states [V]; left alone.</param>
    /// <param name="times">Output times, increasing [s].</param>
    /// <param name="method">The method, such as one of <see cref="Integrators"/>.</param>
    /// <param name="sources">Sets the field's inputs for a time [s], or null.</param>
    /// <param name="options">Steps and tolerances; by default the step is at most a twentieth of the shortest time constant for methods of fixed step.</param>
    /// <param name="noise">b of each state [V/√s], or null (<see cref="NeuronNoiseAmplitudes.Of"/>); only methods that take noise use it.</param>
    /// <param name="corners">Where each state's noise has its 1/f corner [Hz], or null (<see cref="NeuronNoiseAmplitudes.Corners"/>).</param>
    /// <param name="cancellation">Stops early.</param>
    public static Waveforms Run(
        IVectorField<double> field,
        Batch<double> initial,
        ReadOnlySpan<double> times,
        Integrator method,
        Action<double>? sources = null,
        IntegrationOptions? options = null,
        double[]? noise = null,
        double[]? corners = null,
        CancellationToken cancellation = default)
    {
        if (initial.Rows != 1 || initial.Width != field.StateCount)
            throw new ArgumentException("The initial state is not one example of the field.", nameof(initial));
        for (int k = 1; k < times.Length; k++)
        {
            if (!(times[k] > times[k - 1]))
                throw new ArgumentException("The output times do not increase.", nameof(times));
        }

        var dynamics = new Dynamics(field, sources, noise, corners);
        options ??= new IntegrationOptions();
        if (method is FixedStepIntegrator && double.IsInfinity(options.MaximumStep))
            options = options with { MaximumStep = Shortest(field) / 20 };
        var values = new double[field.StateCount][];
        for (int i = 0; i < values.Length; i++)
        {
            values[i] = new double[times.Length];
            values[i].AsSpan().Fill(double.NaN);
        }

        IntegrationReport report = times.Length == 0
            ? new IntegrationReport(0, 0, 0, null)
            : method.Integrate(dynamics, initial.Clone(), times, options, Sample, cancellation);
        return new Waveforms(times.ToArray(), [.. Enumerable.Range(0, values.Length).Select(dynamics.StateName)], values, report);

        void Sample(int k, Batch<double> state)
        {
            for (int i = 0; i < values.Length; i++)
                values[i][k] = state.Values[i];
        }
    }

    /// <summary>Times from a start to a stop, both included, at equal distances no longer than a step.</summary>
    /// <param name="start">Start [s].</param>
    /// <param name="stop">Stop [s].</param>
    /// <param name="step">Longest distance [s].</param>
    public static double[] Times(double start, double stop, double step)
    {
        int count = Math.Max(1, (int)Math.Ceiling((stop - start) / step * (1 - 1e-9)));
        var times = new double[count + 1];
        for (int k = 0; k <= count; k++)
            times[k] = start + ((stop - start) * k / count);
        return times;
    }

    /// <summary>The shortest time constant [s].</summary>
    internal static double Shortest(IVectorField<double> field)
    {
        double shortest = double.PositiveInfinity;
        foreach (double tau in field.TimeConstants)
            shortest = Math.Min(shortest, tau);
        return shortest;
    }

    internal static string TooManySteps(Dynamics dynamics, Batch<double> state, double time) => string.Create(
        CultureInfo.InvariantCulture,
        $"the limit of steps was reached at {time:g4} s ({Worst(dynamics, state, time)}); allow a longer step or looser tolerances, or use expeuler if time constants differ widely");

    internal static string StepTooSmall(Dynamics dynamics, Batch<double> state, Batch<double> slope, double time, double step)
    {
        for (int k = 0; k < slope.Values.Length; k++)
        {
            if (!double.IsFinite(slope.Values[k]))
                return NotANumber(dynamics, slope, time)!;
        }

        return string.Create(
            CultureInfo.InvariantCulture,
            $"the step fell to {step:g3} s at {time:g4} s ({Worst(dynamics, state, time)}); loosen the tolerances, or name the times at which a source jumps as breakpoints");
    }

    internal static string? NotANumber(Dynamics dynamics, Batch<double> state, double time)
    {
        for (int k = 0; k < state.Values.Length; k++)
        {
            if (!double.IsFinite(state.Values[k]))
            {
                return string.Create(
                    CultureInfo.InvariantCulture,
                    $"the voltage of {dynamics.StateName(k % state.Width)} is {state.Values[k]} by {time:g4} s; take a shorter step, or a method with error control (dp54)");
            }
        }

        return null;
    }

    private static string Worst(Dynamics dynamics, Batch<double> state, double time)
    {
        var mu = new Batch<double>(state.Rows, state.Width);
        dynamics.Drive(time, state, mu);
        (double residual, int worst) = dynamics.Residual(state.Row(0), mu.Row(0));
        return string.Create(CultureInfo.InvariantCulture, $"the fastest node is {dynamics.StateName(worst)}, {residual:g3} V from where it is drawn");
    }
}
