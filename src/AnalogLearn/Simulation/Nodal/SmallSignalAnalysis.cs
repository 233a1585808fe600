using System.Numerics;
using AnalogLearn.Circuits;
using AnalogLearn.Netlist;

namespace AnalogLearn.Simulation.Nodal;

/// <summary>
/// <c>.ac</c>: the response (G + jωC) y = b of a circuit linearised at its operating point to sources of one frequency, b = acmag · e^(j acphase) of each independent source. As in SPICE,
/// y are phasors of the deviation from the operating point. Valid for signals so small that no device notices them.
/// </summary>
public static class SmallSignalAnalysis
{
    /// <summary>Runs the analysis.</summary>
    /// <param name="system">A workspace of the circuit.</param>
    /// <param name="operatingPoint">The unknowns at the operating point, and ground.</param>
    /// <param name="card">The frequencies.</param>
    /// <param name="options">Options of the deck.</param>
    /// <param name="diagnostics">Receives what cannot be analysed, by name and place.</param>
    /// <param name="failure">Why it could not be solved, or null.</param>
    /// <returns>The voltage of each node, the current of each branch and each device state, over frequency; null when it could not be made.</returns>
    public static AnalysisResult? Run(NodalSystem system, ReadOnlySpan<double> operatingPoint, SmallSignalCard card, SolverOptions options, DiagnosticBag diagnostics, out AnalysisFailure? failure)
    {
        ArgumentNullException.ThrowIfNull(system);
        ArgumentNullException.ThrowIfNull(card);
        ArgumentNullException.ThrowIfNull(diagnostics);
        failure = null;
        if (!IsFreeOfFrequency(system.Circuit, diagnostics))
            return null;
        return Run(new SmallSignalNetwork(system, operatingPoint, options), card.Sweep.Frequencies(), out failure);
    }

    /// <summary>Runs the analysis at given frequencies.</summary>
    /// <param name="network">The circuit, linearised.</param>
    /// <param name="frequencies">The frequencies [Hz].</param>
    /// <param name="failure">Why it could not be solved, or null.</param>
    /// <returns>The result, or null when it could not be made.</returns>
    public static AnalysisResult? Run(SmallSignalNetwork network, double[] frequencies, out AnalysisFailure? failure)
    {
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(frequencies);
        NodalCircuit circuit = network.Circuit;
        int n = circuit.UnknownCount;
        List<AnalysisColumn> columns = [];
        List<int> shown = [];
        for (int k = 0; k < n; k++)
        {
            Unknown unknown = circuit.Unknowns[k];
            if (unknown.Kind == UnknownKind.InternalNode)
                continue;
            shown.Add(k);
            columns.Add(new AnalysisColumn(unknown.Name, unknown.Unit, new double[frequencies.Length], new double[frequencies.Length]));
        }

        var stimulus = new Complex[n + 1];
        AddStimuli(circuit, stimulus);
        var response = new Complex[n + 1];
        for (int point = 0; point < frequencies.Length; point++)
        {
            failure = network.Factor(frequencies[point]);
            if (failure is not null)
                return null;
            stimulus.CopyTo(response, 0);
            network.Solve(response.AsSpan(0, n));
            for (int c = 0; c < shown.Count; c++)
            {
                columns[c].Values[point] = response[shown[c]].Real;
                columns[c].Imaginary![point] = response[shown[c]].Imaginary;
            }
        }

        failure = null;
        return new AnalysisResult("ac", "AC Analysis", new AnalysisColumn("frequency", "Hz", frequencies), columns);
    }

    /// <summary>Adds b; one more entry for ground, which is cleared.</summary>
    internal static void AddStimuli(NodalCircuit circuit, Span<Complex> stimulus)
    {
        foreach (IndependentSource source in circuit.Sources)
            AddStimulus(source, Phasor(source), stimulus);
        stimulus[circuit.UnknownCount] = 0;
    }

    /// <summary>acmag · e^(j acphase).</summary>
    internal static Complex Phasor(IndependentSource source) => Complex.FromPolarCoordinates(source.SmallSignalMagnitude, source.SmallSignalPhase * Math.PI / 180);

    /// <summary>Adds −∂f/∂e · e for a source of value e.</summary>
    internal static void AddStimulus(IndependentSource source, Complex value, Span<Complex> stimulus)
    {
        if (source.IsVoltage)
        {
            stimulus[source.Branch] += value;
            return;
        }

        stimulus[source.Plus] -= value;
        stimulus[source.Minus] += value;
    }

    /// <summary>λᵀ(−∂f/∂e): what a covector says of a source's value.</summary>
    internal static T Response<T>(IndependentSource source, ReadOnlySpan<T> covector)
        where T : struct, INumberBase<T> => source.IsVoltage ? covector[source.Branch] : covector[source.Minus] - covector[source.Plus];

    /// <summary>Refuses behavioural elements that read <c>hertz</c>: their coefficients would change with frequency, which a linearisation at one operating point does not have.</summary>
    internal static bool IsFreeOfFrequency(NodalCircuit circuit, DiagnosticBag diagnostics)
    {
        bool free = true;
        var open = new Stack<ExpressionSyntax>();
        foreach (Element element in circuit.Circuit.Elements)
        {
            if (element.Expressions.IsEmpty)
                continue;
            foreach (ExpressionSyntax expression in element.Expressions.Values)
                open.Push(expression);
            while (open.TryPop(out ExpressionSyntax? part))
            {
                if (part is AnalysisVariableExpression { Name: "hertz" } variable)
                {
                    diagnostics.Error(
                        Codes.NeedsNodalEngine,
                        variable.Span,
                        $"'{element.Name}' reads hertz, and small-signal analyses take elements whose value does not depend on frequency",
                        "build the frequency dependence of resistors, capacitors, inductors and controlled sources");
                    free = false;
                    open.Clear();
                    break;
                }

                part.PushParts(open);
            }
        }

        return free;
    }
}
