using System.Collections.Immutable;
using AnalogLearn.Simulation.Nodal;

namespace AnalogLearn.Learning;

/// <summary>
/// Which voltages of a circuit are outputs, and what they are held against: o = scale · (v_plus − v_minus), C(o, y). A cost on voltages has ∂C/∂v [1/V], so that the nudging current
/// β ∂C/∂v has its β in A·V; with the quadratic cost and scale 1/V it is a conductance β from each output to a source of the target's voltage.
/// </summary>
/// <param name="Plus">The unknown of each output.</param>
/// <param name="Minus">The unknown that it is taken against; the number of unknowns stands for ground.</param>
/// <param name="Cost">The cost.</param>
/// <param name="Scale">Outputs per volt [1/V].</param>
public sealed record NodalReadout(ImmutableArray<int> Plus, ImmutableArray<int> Minus, Cost Cost, double Scale = 1)
{
    /// <summary>How many outputs.</summary>
    public int Count => Plus.Length;

    /// <summary>o of one example.</summary>
    /// <param name="state">The unknowns; ground may be missing.</param>
    /// <param name="output">Receives the outputs.</param>
    public void Read(ReadOnlySpan<double> state, Span<double> output)
    {
        for (int k = 0; k < Plus.Length; k++)
            output[k] = Scale * (At(state, Plus[k]) - At(state, Minus[k]));
    }

    /// <summary>∂C/∂x of one example.</summary>
    /// <param name="state">The unknowns.</param>
    /// <param name="target">y.</param>
    /// <param name="gradient">Receives ∂C/∂x, as long as the state.</param>
    public void StateGradient(ReadOnlySpan<double> state, ReadOnlySpan<double> target, Span<double> gradient)
    {
        gradient.Clear();
        Span<double> output = stackalloc double[Count];
        Span<double> slope = stackalloc double[Count];
        Read(state, output);
        slope.Clear();
        Cost.AddGradient<double>(output, target, Scale, slope);
        for (int k = 0; k < slope.Length; k++)
        {
            if (Plus[k] < gradient.Length)
                gradient[Plus[k]] += slope[k];
            if (Minus[k] < gradient.Length)
                gradient[Minus[k]] -= slope[k];
        }
    }

    /// <summary>The pairs of nodes between which the nudge acts: what a circuit's pattern has to have places for.</summary>
    /// <param name="nodes">The output nodes, those that outputs are taken against included; −1 for ground.</param>
    public static IEnumerable<(int Row, int Column)> Couplings(IReadOnlyCollection<int> nodes) =>
        from row in nodes.Where(n => n >= 0) from column in nodes.Where(n => n >= 0) select (row, column);

    private static double At(ReadOnlySpan<double> state, int unknown) => unknown < state.Length ? state[unknown] : 0;
}

/// <summary>
/// The nudge of equilibrium propagation in a circuit: a current β ∂C/∂v drawn from each output, so that f(x) + β ∂C/∂x = 0 (Scellier et al. 2018, eq. 12, with μ = −f; Kendall et al. 2020). Its
/// Jacobian β ∂²C/∂v² is exact, so that Newton's method stays quadratic.
/// </summary>
public sealed class NodalNudge : INodalForce
{
    private readonly NodalReadout _readout;
    private readonly int[] _slots;
    private readonly double[] _output;
    private readonly double[] _slope;
    private readonly double[] _unit;
    private readonly double[] _column;
    private readonly double[] _target;

    /// <summary>A nudge, at first of strength 0.</summary>
    /// <param name="circuit">The circuit, compiled with the <see cref="NodalReadout.Couplings"/> of the outputs.</param>
    /// <param name="readout">The outputs and their cost.</param>
    public NodalNudge(NodalCircuit circuit, NodalReadout readout)
    {
        ArgumentNullException.ThrowIfNull(circuit);
        ArgumentNullException.ThrowIfNull(readout);
        _readout = readout;
        int n = readout.Count;
        _output = new double[n];
        _slope = new double[n];
        _unit = new double[n];
        _column = new double[n];
        _target = new double[n];
        _slots = new int[4 * n * n];
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < n; j++)
            {
                Span<int> at = _slots.AsSpan(4 * ((i * n) + j), 4);
                at[0] = Slot(readout.Plus[i], readout.Plus[j]);
                at[1] = Slot(readout.Plus[i], readout.Minus[j]);
                at[2] = Slot(readout.Minus[i], readout.Plus[j]);
                at[3] = Slot(readout.Minus[i], readout.Minus[j]);
            }
        }

        int Slot(int row, int column)
        {
            int ground = circuit.UnknownCount;
            return row == ground || column == ground ? circuit.Pattern.Count : circuit.Pattern.SlotOf(row, column);
        }
    }

    /// <summary>β.</summary>
    public double Beta { get; set; }

    /// <summary>y.</summary>
    public Span<double> Target => _target;

    /// <inheritdoc/>
    public void Add(ReadOnlySpan<double> x, Span<double> flow, Span<double> conductances)
    {
        int n = _readout.Count;
        double strength = Beta * _readout.Scale;
        _readout.Read(x, _output);
        Array.Clear(_slope);
        _readout.Cost.AddGradient<double>(_output, _target, strength, _slope);
        for (int i = 0; i < n; i++)
        {
            flow[_readout.Plus[i]] += _slope[i];
            flow[_readout.Minus[i]] -= _slope[i];
        }

        if (conductances.Length == 0)
            return;
        for (int j = 0; j < n; j++)
        {
            _unit[j] = 1;
            Array.Clear(_column);
            _readout.Cost.AddCurvature<double>(_output, _target, _unit, strength * _readout.Scale, _column);
            _unit[j] = 0;
            for (int i = 0; i < n; i++)
            {
                double g = _column[i];
                if (g == 0)
                    continue;
                ReadOnlySpan<int> at = _slots.AsSpan(4 * ((i * n) + j), 4);
                conductances[at[0]] += g;
                conductances[at[1]] -= g;
                conductances[at[2]] -= g;
                conductances[at[3]] += g;
            }
        }
    }
}
