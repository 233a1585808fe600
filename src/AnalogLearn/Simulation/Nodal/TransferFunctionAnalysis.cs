using AnalogLearn.Circuits;
using AnalogLearn.Devices;
using AnalogLearn.Netlist;
using AnalogLearn.Numerics;

namespace AnalogLearn.Simulation.Nodal;

/// <summary>
/// <c>.tf</c>: at direct current, the derivative of an output by an independent source, the resistance that the source sees, and the resistance that the output presents:
/// G y = b for a source of one unit, G z = e for a unit current into the output, or a unit voltage in series with an output current (ngspice manual, section 11.3.7).
/// </summary>
public static class TransferFunctionAnalysis
{
    /// <summary>What stands for an infinite resistance, as in ngspice [Ω].</summary>
    private const double Open = 1e20;

    /// <summary>Runs the analysis.</summary>
    /// <param name="system">A workspace of the circuit.</param>
    /// <param name="operatingPoint">The unknowns at the operating point, and ground.</param>
    /// <param name="card">Output and source.</param>
    /// <param name="options">Options of the deck.</param>
    /// <param name="diagnostics">Receives what is not there, by name and place.</param>
    /// <param name="failure">Why it could not be solved, or null.</param>
    /// <returns>One point: <c>transfer_function</c>, the input's and the output's resistance under ngspice's names; null when it could not be made.</returns>
    public static AnalysisResult? Run(NodalSystem system, ReadOnlySpan<double> operatingPoint, TransferFunctionCard card, SolverOptions options, DiagnosticBag diagnostics, out AnalysisFailure? failure)
    {
        ArgumentNullException.ThrowIfNull(system);
        ArgumentNullException.ThrowIfNull(card);
        ArgumentNullException.ThrowIfNull(diagnostics);
        failure = null;
        NodalCircuit circuit = system.Circuit;
        IndependentSource? source = SmallSignalProbe.FindSource(card.Source, card.Span, circuit, diagnostics);
        if (SmallSignalProbe.Find(card.Output, circuit, diagnostics) is not { } probe || source is null)
            return null;
        var tangent = new DirectCurrentTangent(system, operatingPoint, options);
        failure = tangent.Failure;
        if (failure is not null)
            return null;

        int n = circuit.UnknownCount;
        var response = new double[n + 1];
        if (source.IsVoltage)
        {
            response[source.Branch] = 1;
        }
        else
        {
            response[source.Plus] -= 1;
            response[source.Minus] += 1;
        }

        response[n] = 0;
        tangent.Solver.Solve(response.AsSpan(0, n));
        double transfer = probe.Of<double>(response);
        double input = source.IsVoltage ? Resistance(-response[source.Branch]) : response[source.Minus] - response[source.Plus];

        // A unit current into the output node, or a unit voltage in series with the element whose current is looked at.
        probe.Fill<double>(response, n);
        tangent.Solver.Solve(response.AsSpan(0, n));
        double output = probe.IsCurrent ? Resistance(Math.Abs(response[probe.Plus])) : probe.Of<double>(response);
        string outputName = probe.IsCurrent ? $"{card.Output.Element}#output_impedance" : $"output_impedance_at_{card.Output.Text}";
        return new AnalysisResult(
            "tf",
            "Transfer Function",
            null,
            [
                new AnalysisColumn("transfer_function", Ratio(probe.Unit, source.IsVoltage ? "V" : "A"), [transfer]),
                new AnalysisColumn($"{source.Name}#input_impedance", "Ω", [input]),
                new AnalysisColumn(outputName, "Ω", [output]),
            ]);
    }

    private static double Resistance(double conductance) => Math.Abs(conductance) < 1 / Open ? Open : 1 / conductance;

    private static string Ratio(string output, string input) => (output, input) switch
    {
        ("V", "A") => "Ω",
        ("A", "V") => "S",
        _ => string.Empty,
    };
}

/// <summary>The linearisation of direct-current analyses: G = ∂f/∂x at the operating point, states held, factored.</summary>
internal sealed class DirectCurrentTangent
{
    /// <summary>Linearises a circuit. The system keeps its conditions.</summary>
    /// <param name="system">A workspace of the circuit.</param>
    /// <param name="operatingPoint">The unknowns, and ground.</param>
    /// <param name="options">Options of the deck: <c>rshunt</c> is part of the circuit.</param>
    public DirectCurrentTangent(NodalSystem system, ReadOnlySpan<double> operatingPoint, SolverOptions options)
    {
        DeviceConditions given = system.Conditions;
        Conditions = given with { HoldStates = true };
        if (!given.HoldStates)
        {
            system.Conditions = Conditions;
            system.RefreshLinear();
        }

        system.Load(operatingPoint);
        SmallSignalNetwork.AddShunts(system.Circuit, options, system.Conductances);
        Solver = new SparseLu<double>(system.Circuit.Pattern);
        LuOutcome outcome = Solver.Factor(system.Conductances.AsSpan(0, system.Circuit.Pattern.Count));
        if (!outcome.IsDone)
            Failure = SmallSignalNetwork.Singular(system.Circuit, outcome, "at direct current");
        if (!given.HoldStates)
        {
            system.Conditions = given;
            system.RefreshLinear();
        }
    }

    /// <summary>Under what it was linearised.</summary>
    public DeviceConditions Conditions { get; }

    /// <summary>Why it could not be factored, or null.</summary>
    public AnalysisFailure? Failure { get; }

    /// <summary>Solves with G and its transpose.</summary>
    public SparseLu<double> Solver { get; }
}
