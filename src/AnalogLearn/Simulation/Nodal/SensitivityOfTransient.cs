using System.Globalization;
using AnalogLearn.Circuits;
using AnalogLearn.Devices;
using AnalogLearn.Netlist;
using AnalogLearn.Numerics;

namespace AnalogLearn.Simulation.Nodal;

/// <summary>What of a transient is differentiated.</summary>
public enum TransientMeasure
{
    /// <summary>The quantity at the end.</summary>
    End,

    /// <summary>The quantity's integral over time, by the trapezoidal rule between the points that were computed.</summary>
    Integral,
}

/// <summary>
/// Derivatives of a transient's end, or of an integral over it, by every parameter: the discrete adjoint of the very steps that were taken, so they are those of the computed numbers, not of an ideal solution
/// (Hager 2000, doi:10.1007/s002110000178; Meir and Roychowdhury 2012, doi:10.1145/2228360.2228489). With f_n + w_n = 0 and w_n = Σ_j a_nj q_{n−j} + b_n w_{n−1} at each point:
/// μ_n = b_{n+1} μ_{n+1} − λ_n, (G_n + a_n0 C_n)ᵀ λ_n = ∂M/∂x_n + C_nᵀ (a_n0 b_{n+1} μ_{n+1} + Σ_{j≥1} a_{n+j,j} μ_{n+j}), dM/dp = Σ_n (−λ_nᵀ ∂f_n/∂p + ν_nᵀ ∂q_n/∂p), ν_n = Σ_{j≥0} a_{n+j,j} μ_{n+j}.
/// The start is an operating point; neurons are without noise. One transposed solve a step serves all parameters.
/// </summary>
public static class SensitivityOfTransient
{
    /// <summary>Runs the transient of a card, and back.</summary>
    /// <param name="system">A workspace of the circuit.</param>
    /// <param name="card">The quantity, step and end.</param>
    /// <param name="measure">What of the quantity.</param>
    /// <param name="options">Options of the deck.</param>
    /// <param name="diagnostics">Receives what is not there, by name and place.</param>
    /// <param name="failure">Why it could not be solved, or null.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <returns>One column for each parameter on which the quantity depends, <c>v(r1)</c> …; null when it could not be made.</returns>
    public static AnalysisResult? Run(
        NodalSystem system, SensitivityCard card, TransientMeasure measure, SolverOptions options, DiagnosticBag diagnostics, out AnalysisFailure? failure, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(system);
        ArgumentNullException.ThrowIfNull(card);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(diagnostics);
        failure = null;
        if (SmallSignalProbe.Find(card.Output, system.Circuit, diagnostics) is not { } probe)
            return null;
        return Run(system, probe, measure, new TransientSpan(card.Step!.Value, card.Stop!.Value), options, out failure, cancellation);
    }

    internal static AnalysisResult? Run(
        NodalSystem system, SmallSignalProbe probe, TransientMeasure measure, TransientSpan span, SolverOptions options, out AnalysisFailure? failure, CancellationToken cancellation = default)
    {
        if (span.UseInitialConditions)
        {
            failure = new AnalysisFailure("sensitivities of a transient start from its operating point, not from uic", "leave uic away, and hold nodes by .ic");
            return null;
        }

        var tape = new SensitivityTape();
        TransientReport report = new TransientSolver(system, options with { NeuronNoise = false }) { Tape = tape }.Run(span, Unobserved.Instance, cancellation);
        failure = report.Failure;
        if (failure is not null || report.IsCancelled)
            return null;
        var parameters = new SensitivityParameters(system.Circuit);
        double[]? gradient = Adjoint(system, tape, probe, measure, parameters, options, out failure);
        return gradient is null ? null : SensitivityAnalysis.Table(probe, null, parameters.Rows, [gradient], null, measure == TransientMeasure.Integral ? " s" : string.Empty);
    }

    /// <summary>The measure of the recorded points.</summary>
    internal static double Value(SensitivityTape tape, SmallSignalProbe probe, TransientMeasure measure)
    {
        double sum = 0;
        for (int k = 0; k < tape.Count; k++)
        {
            double weight = Weight(tape, measure, k);
            if (weight != 0)
                sum += weight * probe.Of<double>(tape.Point(k));
        }

        return sum;
    }

    /// <summary>The derivatives by the parameters.</summary>
    internal static double[]? Adjoint(
        NodalSystem system, SensitivityTape tape, SmallSignalProbe probe, TransientMeasure measure, SensitivityParameters parameters, SolverOptions options, out AnalysisFailure? failure)
    {
        NodalCircuit circuit = system.Circuit;
        SparsePattern pattern = circuit.Pattern;
        int n = circuit.UnknownCount;
        DeviceConditions given = system.Conditions;
        DeviceConditions moving = given with { HoldStates = false };
        Become(system, moving);
        failure = null;

        var solver = new SparseLu<double>(pattern);
        var matrix = new double[pattern.Count + 1];
        var gradient = new double[parameters.NumberCount];
        double[] lambda = new double[n + 1], charge = new double[n + 1], covector = new double[n + 1];
        double[] next = new double[n + 1], afterNext = new double[n + 1], current = new double[n + 1];
        for (int point = tape.Count - 1; point >= 0; point--)
        {
            IntegrationStep step = tape.Step(point);
            IntegrationStep following = point + 1 < tape.Count ? tape.Step(point + 1) : default;
            IntegrationStep second = point + 2 < tape.Count ? tape.Step(point + 2) : default;
            double[] x = tape.Point(point);
            system.SetSourcesAt(step.Time);
            system.Load(x);

            // What later steps took of this point's charge, and of its rate, which the charge entered with the step's own factor.
            for (int k = 0; k < n; k++)
            {
                charge[k] = (following.OfLast * next[k]) + (second.OfOlder * afterNext[k]);
                covector[k] = charge[k] + (step.OfNew * following.OfRate * next[k]);
            }

            probe.Fill<double>(lambda, n);
            double weight = Weight(tape, measure, point);
            for (int k = 0; k < n; k++)
                lambda[k] *= weight;
            pattern.MultiplyTransposedAdd<double>(system.Capacitances.AsSpan(0, pattern.Count), covector.AsSpan(0, n), lambda.AsSpan(0, n));
            if (point == 0)
            {
                // The start is an operating point: its states are held, and where .ic holds a node it does so here too.
                Become(system, given with { HoldStates = true, Time = step.Time });
                system.Load(x);
            }

            for (int k = 0; k < pattern.Count; k++)
                matrix[k] = system.Conductances[k] + (point == 0 ? 0 : step.OfNew * system.Capacitances[k]);
            SmallSignalNetwork.AddShunts(circuit, options, matrix);
            if (point == 0)
                AddClamps(circuit, matrix);
            LuOutcome outcome = solver.Refactor(matrix);
            if (outcome.Status == LuStatus.Unstable)
                outcome = solver.Factor(matrix);
            if (!outcome.IsDone)
            {
                failure = SmallSignalNetwork.Singular(circuit, outcome, string.Create(CultureInfo.InvariantCulture, $"at {step.Time:g6} s"));
                Become(system, given);
                return null;
            }

            solver.SolveTransposed(lambda.AsSpan(0, n));
            for (int k = 0; k < n; k++)
            {
                current[k] = (following.OfRate * next[k]) - lambda[k];
                charge[k] += step.OfNew * current[k];

                // Gradients are sums of λᵀ∂f/∂p + νᵀ∂q/∂p.
                lambda[k] = -lambda[k];
            }

            parameters.AddGradient(point == 0 ? system.Conditions : moving with { Time = step.Time }, x, lambda, false, gradient);
            parameters.AddChargeGradient(moving with { Time = step.Time }, x, charge, gradient);
            (next, afterNext, current) = (current, next, afterNext);
        }

        Become(system, given);
        return parameters.Combine(gradient);
    }

    private static void Become(NodalSystem system, in DeviceConditions conditions)
    {
        bool refresh = system.Conditions.HoldStates != conditions.HoldStates;
        system.Conditions = conditions;
        if (refresh)
            system.RefreshLinear();
    }

    private static void AddClamps(NodalCircuit circuit, Span<double> matrix)
    {
        foreach (string node in circuit.Circuit.InitialConditions.Keys)
        {
            int unknown = circuit.NodeUnknown(node);
            if (unknown >= 0 && unknown < circuit.UnknownCount)
                matrix[circuit.Pattern.SlotOf(unknown, unknown)] += NewtonIteration.ClampConductance;
        }
    }

    /// <summary>∂(measure)/∂(quantity at a point).</summary>
    private static double Weight(SensitivityTape tape, TransientMeasure measure, int point)
    {
        if (measure == TransientMeasure.End)
            return point == tape.Count - 1 ? 1 : 0;
        if (tape.Step(point).IsStage)
            return 0;
        int before = point - 1;
        while (before > 0 && tape.Step(before).IsStage)
            before--;
        int after = point + 1;
        while (after < tape.Count && tape.Step(after).IsStage)
            after++;
        double time = tape.Step(point).Time;
        return 0.5 * ((before >= 0 ? time - tape.Step(before).Time : 0) + (after < tape.Count ? tape.Step(after).Time - time : 0));
    }

    private sealed class Unobserved : ITransientObserver
    {
        public static Unobserved Instance { get; } = new();

        public void Accept(double time, ReadOnlySpan<double> x)
        {
        }
    }
}
