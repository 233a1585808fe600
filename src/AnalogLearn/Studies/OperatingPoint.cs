using System.Collections.Immutable;
using System.Globalization;
using AnalogLearn.Circuits;
using AnalogLearn.Gradients;
using AnalogLearn.Netlist;
using AnalogLearn.Numerics;
using AnalogLearn.Simulation;

namespace AnalogLearn.Studies;

/// <summary>
/// Where a network settles with its inputs held (<c>.op</c>), in double precision: the dynamics run from rest until they nearly stand still, so that the fixed
/// point is the one that the circuit would find; Newton's method then takes it to rounding.
/// </summary>
/// <param name="Nodes">The nodes' names: inputs, then banks, in order of the deck.</param>
/// <param name="Voltages">Their voltages [V]; of a neuron in rate form its activity.</param>
/// <param name="State">The state s [V].</param>
/// <param name="Residual">Largest |μ| [V].</param>
/// <param name="Steps">Euler steps that the dynamics took.</param>
/// <param name="IsSettled">Whether the residual is small enough for a fixed point.</param>
/// <param name="WorstNode">The node of the largest residual.</param>
public sealed record OperatingPoint(
    ImmutableArray<string> Nodes,
    ImmutableArray<double> Voltages,
    ImmutableArray<double> State,
    double Residual,
    int Steps,
    bool IsSettled,
    string WorstNode)
{
    /// <summary>The residual at which a fixed point counts as found [V].</summary>
    public const double Tolerance = 1e-9;

    /// <summary>Euler steps that the dynamics are given at least.</summary>
    public const int MostSteps = 20_000;

    /// <summary>Settles a network.</summary>
    /// <param name="network">The network.</param>
    /// <param name="parameters">Its θ.</param>
    /// <param name="inputs">The voltages of all input nodes, in the order of the network's inputs [V].</param>
    /// <param name="settle">Step and threads.</param>
    /// <param name="cancellation">Stops early.</param>
    public static OperatingPoint Solve(RateNetwork network, ParameterSet<double> parameters, ReadOnlySpan<double> inputs, SettleOptions settle, CancellationToken cancellation = default)
    {
        var field = new RateField<double>(network, parameters);
        Clamp(field, inputs);
        var state = new Batch<double>(1, network.StateCount);
        Start(field, state.Row(0));
        var settler = new Settler<double>(field);
        SettleReport report = settler.Settle(
            state,
            settle with { Tolerance = Tolerance, MaximumSteps = Math.Max(MostSteps, settle.MaximumSteps) },
            null,
            cancellation);
        int steps = report.Steps[0];
        if (report.LargestResidual <= Tolerance)
        {
            var problem = new FixedPointProblem(field, state, (_, _) => 0, (_, _, gradient) => gradient.Clear())
            {
                Limit = s =>
                {
                    for (int i = 0; i < s.Length; i++)
                        s[i] = Math.Min(Math.Max(s[i], network.ClipLow[i]), network.ClipHigh[i]);
                },
                ThreadCount = settle.ThreadCount,
            };
            problem.Polish(cancellation: cancellation);
        }

        var mu = new Batch<double>(1, network.StateCount);
        field.Evaluate(state, mu);
        int worst = 0;
        for (int i = 0; i < mu.Width; i++)
        {
            if (!(Math.Abs(mu[0, i]) <= Math.Abs(mu[0, worst])))
                worst = i;
        }

        double residual = Math.Abs(mu[0, worst]);
        var nodes = ImmutableArray.CreateBuilder<string>();
        var voltages = ImmutableArray.CreateBuilder<double>();
        string worstNode = string.Empty;
        foreach (RateInput input in network.Inputs)
        {
            for (int k = 0; k < input.Width; k++)
            {
                nodes.Add(input.Description.Bus.NodeName(k));
                voltages.Add(input.Description.Dac?.Convert(inputs[input.Offset + k]) ?? inputs[input.Offset + k]);
            }
        }

        foreach (RateBank bank in network.Banks)
        {
            for (int k = 0; k < bank.Width; k++)
            {
                nodes.Add(bank.Description.Bus.NodeName(k));
                voltages.Add(state[0, bank.Offset + k]);
                if (bank.Offset + k == worst)
                    worstNode = bank.Description.Bus.NodeName(k);
            }
        }

        return new OperatingPoint(nodes.ToImmutable(), voltages.ToImmutable(), [.. state.Row(0)], residual, steps, residual <= Tolerance, worstNode);
    }

    /// <summary>A node's voltage [V], or null when there is no such node.</summary>
    /// <param name="node">Its name, <c>y_0</c>, in any case.</param>
    public double? Voltage(string node)
    {
        for (int k = 0; k < Nodes.Length; k++)
        {
            if (string.Equals(Nodes[k], node, StringComparison.OrdinalIgnoreCase))
                return Voltages[k];
        }

        return null;
    }

    /// <summary>What to tell when it has not settled.</summary>
    public string Trouble => double.IsNaN(Residual)
        ? $"the operating point was not found: the state of node {WorstNode} is no longer a number; bounded activations (clip, hardsigmoid) or smaller weights help"
        : string.Create(
            CultureInfo.InvariantCulture,
            $"the operating point was not found: after {Amount.Of(Steps, "step")} the residual of node {WorstNode} is still {Residual:g3} V; the network may oscillate or run away: try a smaller .options settle_step, smaller weights, or bounded activations (clip, hardsigmoid)");

    /// <summary>Clamps the inputs of a field to one example.</summary>
    /// <param name="field">The field.</param>
    /// <param name="inputs">The voltages of all input nodes [V].</param>
    internal static void Clamp(RateField<double> field, ReadOnlySpan<double> inputs)
    {
        foreach (RateInput input in field.Network.Inputs)
        {
            var values = new Batch<double>(1, input.Width);
            inputs.Slice(input.Offset, input.Width).CopyTo(values.Row(0));
            field.SetInput(input.Index, values);
        }
    }

    /// <summary>Where the dynamics start: at rest, or where <c>.ic</c> puts a node.</summary>
    internal static void Start(RateField<double> field, Span<double> state)
    {
        field.RestingState(state);
        Circuit circuit = field.Network.Circuit;
        if (circuit.InitialConditions.Count == 0)
            return;
        foreach (RateBank bank in field.Network.Banks)
        {
            for (int k = 0; k < bank.Width; k++)
            {
                if (circuit.InitialConditions.TryGetValue(bank.Description.Bus.NodeName(k), out double v))
                    state[bank.Offset + k] = Math.Clamp(v, field.Network.ClipLow[bank.Offset + k], field.Network.ClipHigh[bank.Offset + k]);
            }
        }
    }
}
