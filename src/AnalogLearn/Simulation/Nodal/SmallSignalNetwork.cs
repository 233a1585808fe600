using System.Globalization;
using System.Numerics;
using AnalogLearn.Circuits;
using AnalogLearn.Devices;
using AnalogLearn.Netlist;
using AnalogLearn.Numerics;

namespace AnalogLearn.Simulation.Nodal;

/// <summary>
/// A circuit linearised at its operating point: (G + jωC) y = b with G = ∂f/∂x, C = ∂q/∂x (Ho, Ruehli, Brennan 1975). Device states that an operating point holds at their initial
/// values move freely here. The symbolic analysis is made once; each frequency is a refactorisation.
/// </summary>
public sealed class SmallSignalNetwork
{
    private readonly SparseLu<Complex> _solver;
    private readonly Complex[] _admittance;

    /// <summary>Linearises a circuit.</summary>
    /// <param name="system">A workspace; its conditions are left as they were, its sums are those of the linearisation.</param>
    /// <param name="operatingPoint">The unknowns, and ground.</param>
    /// <param name="options">Options of the deck: <c>rshunt</c> is part of the circuit.</param>
    public SmallSignalNetwork(NodalSystem system, ReadOnlySpan<double> operatingPoint, SolverOptions options)
    {
        ArgumentNullException.ThrowIfNull(system);
        ArgumentNullException.ThrowIfNull(options);
        Circuit = system.Circuit;
        DeviceConditions given = system.Conditions;
        Conditions = given with { HoldStates = false };
        OperatingPoint = operatingPoint[..(Circuit.UnknownCount + 1)].ToArray();
        LoadAt(system, Conditions);
        Conductances = [.. system.Conductances];
        AddShunts(Circuit, options, Conductances);
        Capacitances = [.. system.Capacitances];
        if (given.HoldStates)
        {
            system.Conditions = given;
            system.RefreshLinear();
        }

        _solver = new SparseLu<Complex>(Circuit.Pattern);
        _admittance = new Complex[Circuit.Pattern.Count];
    }

    /// <summary>The circuit.</summary>
    public NodalCircuit Circuit { get; }

    /// <summary>Under what it was linearised.</summary>
    public DeviceConditions Conditions { get; }

    /// <summary>The unknowns at the operating point, and ground.</summary>
    public double[] OperatingPoint { get; }

    /// <summary>G by slot of the pattern [S]; one more entry.</summary>
    public double[] Conductances { get; }

    /// <summary>C by slot of the pattern [F]; one more entry.</summary>
    public double[] Capacitances { get; }

    /// <summary>Factors G + jωC.</summary>
    /// <param name="frequency">ω/2π [Hz].</param>
    /// <returns>Null, or why it cannot be solved.</returns>
    public AnalysisFailure? Factor(double frequency)
    {
        double omega = 2 * Math.PI * frequency;
        for (int k = 0; k < _admittance.Length; k++)
            _admittance[k] = new Complex(Conductances[k], omega * Capacitances[k]);
        LuOutcome outcome = _solver.Refactor(_admittance);
        if (outcome.Status == LuStatus.Unstable)
            outcome = _solver.Factor(_admittance);
        return outcome.IsDone ? null : Singular(Circuit, outcome, string.Create(CultureInfo.InvariantCulture, $"at {frequency:g6} Hz"));
    }

    /// <summary>Solves (G + jωC) y = b.</summary>
    /// <param name="values">b by row; receives y.</param>
    public void Solve(Span<Complex> values) => _solver.Solve(values);

    /// <summary>Solves (G + jωC)ᵀ λ = c.</summary>
    /// <param name="values">c by column; receives λ.</param>
    public void SolveTransposed(Span<Complex> values) => _solver.SolveTransposed(values);

    /// <summary>Evaluates a system under conditions that may differ in <see cref="DeviceConditions.HoldStates"/> from its own.</summary>
    internal void LoadAt(NodalSystem system, in DeviceConditions conditions)
    {
        bool refresh = system.Conditions.HoldStates != conditions.HoldStates;
        system.Conditions = conditions;
        if (refresh)
            system.RefreshLinear();
        system.Load(OperatingPoint);
    }

    /// <summary>Adds what <c>rshunt</c> puts from every node to ground.</summary>
    internal static void AddShunts(NodalCircuit circuit, SolverOptions options, Span<double> conductances)
    {
        if (!double.IsFinite(options.ShuntResistance))
            return;
        for (int k = 0; k < circuit.UnknownCount; k++)
        {
            if (circuit.Unknowns[k].Kind is UnknownKind.Node or UnknownKind.InternalNode)
                conductances[circuit.Pattern.SlotOf(k, k)] += 1 / options.ShuntResistance;
        }
    }

    /// <summary>Says which equation and unknown made a matrix singular.</summary>
    internal static AnalysisFailure Singular(NodalCircuit circuit, in LuOutcome outcome, string where)
    {
        string row = outcome.Row >= 0 ? circuit.Unknowns[outcome.Row].Name : "?";
        string column = outcome.Column >= 0 ? circuit.Unknowns[outcome.Column].Name : "?";
        return new AnalysisFailure(
            $"the circuit {where} has no unique solution: nothing determines {column} (equation of {row})",
            "give every node a path to ground that conducts, and open loops of voltage sources and inductors with a small resistance");
    }
}

/// <summary>A linear quantity cᵀx: a voltage between two nodes, or a current that is an unknown.</summary>
/// <param name="Plus">The unknown with +1; ground is the number of unknowns.</param>
/// <param name="Minus">The unknown with −1, or ground.</param>
/// <param name="IsCurrent">Whether it is a current.</param>
internal readonly record struct SmallSignalProbe(int Plus, int Minus, bool IsCurrent)
{
    /// <summary>V or A.</summary>
    public string Unit => IsCurrent ? "A" : "V";

    /// <summary>Finds what a card looks at.</summary>
    /// <param name="quantity">The quantity.</param>
    /// <param name="circuit">The circuit.</param>
    /// <param name="diagnostics">Receives what is not there.</param>
    /// <returns>The probe, or null.</returns>
    public static SmallSignalProbe? Find(ProbedQuantity quantity, NodalCircuit circuit, DiagnosticBag diagnostics)
    {
        int ground = circuit.UnknownCount;
        if (quantity.IsCurrent)
        {
            int branch = circuit.BranchUnknown(quantity.Element);
            if (branch >= 0)
                return new SmallSignalProbe(branch, ground, true);
            diagnostics.Error(
                Codes.UnknownReference,
                quantity.Span,
                $"the current through '{quantity.Element}' is not an unknown of the circuit",
                $"put a voltage source of 0 V in series with '{quantity.Element}' and look at its current");
            return null;
        }

        int plus = circuit.NodeUnknown(quantity.Plus);
        int minus = circuit.NodeUnknown(quantity.Minus);
        if (plus >= 0 && minus >= 0)
            return new SmallSignalProbe(plus, minus, false);
        diagnostics.Error(Codes.UnknownReference, quantity.Span, $"there is no node '{(plus < 0 ? quantity.Plus : quantity.Minus)}'", "name a node of the circuit");
        return null;
    }

    /// <summary>Finds the independent source of a name.</summary>
    /// <param name="name">Its full name.</param>
    /// <param name="span">Where it is named.</param>
    /// <param name="circuit">The circuit.</param>
    /// <param name="diagnostics">Receives what is not there.</param>
    public static IndependentSource? FindSource(string name, SourceSpan span, NodalCircuit circuit, DiagnosticBag diagnostics)
    {
        foreach (IndependentSource source in circuit.Sources)
        {
            if (source.Name == name)
                return source;
        }

        diagnostics.Error(Codes.UnknownReference, span, $"there is no independent source '{name}'", "name a voltage or a current source of the circuit");
        return null;
    }

    /// <summary>c.</summary>
    /// <typeparam name="T">Scalar.</typeparam>
    /// <param name="values">Receives c; ground's entry, when there is one, stays 0.</param>
    /// <param name="unknowns">How many unknowns; that is ground's place too.</param>
    public void Fill<T>(Span<T> values, int unknowns)
        where T : struct, INumberBase<T>
    {
        values.Clear();
        if (Plus < unknowns)
            values[Plus] += T.One;
        if (Minus < unknowns)
            values[Minus] -= T.One;
    }

    /// <summary>cᵀx.</summary>
    /// <typeparam name="T">Scalar.</typeparam>
    /// <param name="values">x, and ground, which is 0.</param>
    public T Of<T>(ReadOnlySpan<T> values)
        where T : struct, INumberBase<T> => values[Plus] - values[Minus];
}
