using System.Numerics;
using AnalogLearn.Circuits;
using AnalogLearn.Devices;
using AnalogLearn.Netlist;

namespace AnalogLearn.Simulation.Nodal;

/// <summary>
/// <c>.sens</c>: derivatives of one quantity cᵀx by every parameter, exact to rounding, by the adjoint method (Director and Rohrer 1969, doi:10.1109/TCT.1969.1082967).
/// Direct current: Gᵀλ = c, d(cᵀx)/dp = −λᵀ ∂f/∂p. At a frequency: A = G + jωC, A y = b, Aᵀλ = c, d(cᵀy)/dp = −λᵀ (∂A/∂p) y + μᵀ ∂f/∂p with Gᵀμ = g, g_k = λᵀ (∂A/∂x_k) y:
/// the second term is the shift of the operating point itself. One transposed solve (two real ones for μ) serves all parameters.
/// </summary>
public static class SensitivityAnalysis
{
    /// <summary>Runs the analysis of an operating point, or of frequencies.</summary>
    /// <param name="system">A workspace of the circuit.</param>
    /// <param name="operatingPoint">The unknowns at the operating point, and ground.</param>
    /// <param name="card">The quantity, and frequencies or none.</param>
    /// <param name="options">Options of the deck.</param>
    /// <param name="diagnostics">Receives what is not there, by name and place.</param>
    /// <param name="failure">Why it could not be solved, or null.</param>
    /// <returns>One column for each parameter on which the quantity depends, <c>v(r1)</c> …; null when it could not be made.</returns>
    public static AnalysisResult? Run(NodalSystem system, ReadOnlySpan<double> operatingPoint, SensitivityCard card, SolverOptions options, DiagnosticBag diagnostics, out AnalysisFailure? failure)
    {
        ArgumentNullException.ThrowIfNull(system);
        ArgumentNullException.ThrowIfNull(card);
        ArgumentNullException.ThrowIfNull(diagnostics);
        failure = null;
        if (card.Sweep is not null && !SmallSignalAnalysis.IsFreeOfFrequency(system.Circuit, diagnostics))
            return null;
        if (SmallSignalProbe.Find(card.Output, system.Circuit, diagnostics) is not { } probe)
            return null;
        var parameters = new SensitivityParameters(system.Circuit);
        return card.Sweep is { } sweep
            ? AtFrequencies(system, operatingPoint, probe, parameters, sweep.Frequencies(), options, out failure)
            : AtDirectCurrent(system, operatingPoint, probe, parameters, options, out failure);
    }

    /// <summary>The table of results: principal values, and every other parameter whose derivative is not zero throughout.</summary>
    internal static AnalysisResult Table(SmallSignalProbe probe, AnalysisColumn? axis, IReadOnlyList<SensitivityParameter> parameters, double[][] real, double[][]? imaginary, string unit = "")
    {
        List<AnalysisColumn> columns = [];
        for (int p = 0; p < parameters.Count; p++)
        {
            var values = new double[real.Length];
            double[]? others = imaginary is null ? null : new double[real.Length];
            bool any = parameters[p].IsPrincipal;
            for (int k = 0; k < values.Length; k++)
            {
                values[k] = real[k][p];
                any |= values[k] != 0;
                if (others is not null)
                {
                    others[k] = imaginary![k][p];
                    any |= others[k] != 0;
                }
            }

            if (any)
                columns.Add(new AnalysisColumn($"v({parameters[p].Name})", Quotient($"{probe.Unit}{unit}", parameters[p].Unit), values, others));
        }

        return new AnalysisResult("sens", "Sensitivity Analysis", axis, columns);
    }

    /// <summary>The unit of a derivative: V/Ω, V by pure numbers, V/(A/V²).</summary>
    private static string Quotient(string of, string by) => by.Length == 0 ? of : by.Contains('/', StringComparison.Ordinal) ? $"{of}/({by})" : $"{of}/{by}";

    internal static AnalysisResult? AtDirectCurrent(
        NodalSystem system, ReadOnlySpan<double> operatingPoint, SmallSignalProbe probe, SensitivityParameters parameters, SolverOptions options, out AnalysisFailure? failure)
    {
        var tangent = new DirectCurrentTangent(system, operatingPoint, options);
        failure = tangent.Failure;
        if (failure is not null)
            return null;
        int n = system.Circuit.UnknownCount;
        var covector = new double[n + 1];
        probe.Fill<double>(covector, n);
        tangent.Solver.SolveTransposed(covector.AsSpan(0, n));
        var gradient = new double[parameters.NumberCount];
        parameters.AddGradient(tangent.Conditions, operatingPoint, covector, true, gradient);
        double[] rows = parameters.Combine(gradient);
        for (int k = 0; k < rows.Length; k++)
            rows[k] = rows[k] == 0 ? 0 : -rows[k];
        return Table(probe, null, parameters.Rows, [rows], null);
    }

    internal static AnalysisResult? AtFrequencies(
        NodalSystem system, ReadOnlySpan<double> operatingPoint, SmallSignalProbe probe, SensitivityParameters parameters, double[] frequencies, SolverOptions options, out AnalysisFailure? failure)
    {
        NodalCircuit circuit = system.Circuit;
        var tangent = new DirectCurrentTangent(system, operatingPoint, options);
        failure = tangent.Failure;
        if (failure is not null)
            return null;
        var network = new SmallSignalNetwork(system, operatingPoint, options);
        int n = circuit.UnknownCount;
        var stimulus = new Complex[n + 1];
        SmallSignalAnalysis.AddStimuli(circuit, stimulus);
        var response = new Complex[n + 1];
        var covector = new Complex[n + 1];
        double[] responseReal = new double[n + 1], responseImaginary = new double[n + 1];
        double[] covectorReal = new double[n + 1], covectorImaginary = new double[n + 1], negated = new double[n + 1];
        int count = parameters.NumberCount;
        double[] flowReal = new double[count], flowImaginary = new double[count], chargeReal = new double[count], chargeImaginary = new double[count];
        double[] stateFlowReal = new double[n + 1], stateFlowImaginary = new double[n + 1], stateChargeReal = new double[n + 1], stateChargeImaginary = new double[n + 1];
        List<SensitivityParameter> rows = [.. parameters.Rows];
        foreach (IndependentSource source in circuit.Sources)
        {
            if (source.SmallSignalMagnitude == 0)
                continue;
            rows.Add(new SensitivityParameter($"{source.Name}_acmag", source.Name, "acmag", source.IsVoltage ? "V" : "A", source.SmallSignalMagnitude / source.Multiple));
            rows.Add(new SensitivityParameter($"{source.Name}_acphase", source.Name, "acphase", "°", source.SmallSignalPhase));
        }

        var real = new double[frequencies.Length][];
        var imaginary = new double[frequencies.Length][];
        for (int point = 0; point < frequencies.Length; point++)
        {
            double omega = 2 * Math.PI * frequencies[point];
            failure = network.Factor(frequencies[point]);
            if (failure is not null)
                return null;
            stimulus.CopyTo(response, 0);
            network.Solve(response.AsSpan(0, n));
            probe.Fill<Complex>(covector, n);
            network.SolveTransposed(covector.AsSpan(0, n));
            for (int k = 0; k < n; k++)
            {
                (responseReal[k], responseImaginary[k]) = (response[k].Real, response[k].Imaginary);
                (covectorReal[k], covectorImaginary[k]) = (covector[k].Real, covector[k].Imaginary);
                negated[k] = -covectorImaginary[k];
            }

            // μ: what the operating point's own shift does.
            foreach (double[] sum in (ReadOnlySpan<double[]>)[stateFlowReal, stateFlowImaginary, stateChargeReal, stateChargeImaginary, flowReal, flowImaginary, chargeReal, chargeImaginary])
                Array.Clear(sum);
            foreach (DeviceBank bank in circuit.Banks)
            {
                if (bank.IsLinear)
                    continue;
                bank.JacobianStateGradient(network.Conditions, operatingPoint, responseReal, covectorReal, stateFlowReal, stateChargeReal);
                bank.JacobianStateGradient(network.Conditions, operatingPoint, responseImaginary, negated, stateFlowReal, stateChargeReal);
                bank.JacobianStateGradient(network.Conditions, operatingPoint, responseImaginary, covectorReal, stateFlowImaginary, stateChargeImaginary);
                bank.JacobianStateGradient(network.Conditions, operatingPoint, responseReal, covectorImaginary, stateFlowImaginary, stateChargeImaginary);
            }

            for (int k = 0; k < n; k++)
            {
                stateFlowReal[k] -= omega * stateChargeImaginary[k];
                stateFlowImaginary[k] += omega * stateChargeReal[k];
            }

            (stateFlowReal[n], stateFlowImaginary[n]) = (0, 0);
            tangent.Solver.SolveTransposed(stateFlowReal.AsSpan(0, n));
            tangent.Solver.SolveTransposed(stateFlowImaginary.AsSpan(0, n));

            parameters.AddJacobianGradient(network.Conditions, operatingPoint, responseReal, covectorReal, -1, flowReal, chargeReal);
            parameters.AddJacobianGradient(network.Conditions, operatingPoint, responseImaginary, covectorImaginary, 1, flowReal, chargeReal);
            parameters.AddJacobianGradient(network.Conditions, operatingPoint, responseImaginary, covectorReal, -1, flowImaginary, chargeImaginary);
            parameters.AddJacobianGradient(network.Conditions, operatingPoint, responseReal, covectorImaginary, -1, flowImaginary, chargeImaginary);
            for (int k = 0; k < count; k++)
            {
                flowReal[k] -= omega * chargeImaginary[k];
                flowImaginary[k] += omega * chargeReal[k];
            }

            parameters.AddGradient(tangent.Conditions, operatingPoint, stateFlowReal, true, flowReal);
            parameters.AddGradient(tangent.Conditions, operatingPoint, stateFlowImaginary, true, flowImaginary);
            real[point] = new double[rows.Count];
            imaginary[point] = new double[rows.Count];
            parameters.Combine(flowReal).CopyTo(real[point], 0);
            parameters.Combine(flowImaginary).CopyTo(imaginary[point], 0);
            int row = parameters.Rows.Length;
            foreach (IndependentSource source in circuit.Sources)
            {
                if (source.SmallSignalMagnitude == 0)
                    continue;
                Complex transfer = SmallSignalAnalysis.Response<Complex>(source, covector);
                Complex phasor = SmallSignalAnalysis.Phasor(source);
                Complex byMagnitude = transfer * phasor / source.SmallSignalMagnitude * source.Multiple;
                Complex byPhase = transfer * phasor * new Complex(0, Math.PI / 180);
                (real[point][row], imaginary[point][row]) = (byMagnitude.Real, byMagnitude.Imaginary);
                (real[point][row + 1], imaginary[point][row + 1]) = (byPhase.Real, byPhase.Imaginary);
                row += 2;
            }
        }

        return Table(probe, new AnalysisColumn("frequency", "Hz", frequencies), rows, real, imaginary);
    }
}
