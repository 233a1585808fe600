using AnalogLearn.Circuits;
using AnalogLearn.Numerics;

namespace AnalogLearn.Simulation.Nodal;

/// <summary>
/// Where Newton's method starts in a circuit of neuron banks and synapse arrays alone: where the rate engine settles from the initial conditions. A network with several equilibria then has the
/// same operating point on both engines, one that its dynamics reach, and a large one needs a factorisation or two instead of a dozen.
/// </summary>
internal static class RateStart
{
    /// <summary>Residual at which the settling stops [V]; Newton's method goes on from there.</summary>
    private const double Tolerance = 1e-8;

    private const int MostSteps = 20_000;

    /// <summary>Fills in the unknowns.</summary>
    /// <param name="system">The equations, with the values of the input sources.</param>
    /// <param name="x">Receives the unknowns, and ground.</param>
    /// <param name="cancellation">Stops early.</param>
    /// <returns>Whether the circuit is such a network, and settled.</returns>
    public static bool Fill(NodalSystem system, Span<double> x, CancellationToken cancellation)
    {
        NodalCircuit circuit = system.Circuit;
        if (circuit.Network is not { StateCount: > 0 } network || !circuit.Circuit.Elements.IsEmpty)
            return false;
        x.Clear();
        var field = new RateField<double>(network, circuit.Weights!);
        foreach (RateInput input in network.Inputs)
        {
            var values = new Batch<double>(1, input.Width);
            int k = 0;
            foreach (int source in circuit.InputSourceIndices(input.Description.Bus.Name))
            {
                values[0, k] = system.Conditions.SourceScale * system.Driven(source);
                x[Node(input.Description.Bus, k)] = values[0, k++];
            }

            field.SetInput(input.Index, values);
        }

        var state = new Batch<double>(1, network.StateCount);
        foreach (RateBank bank in network.Banks)
        {
            for (int k = 0; k < bank.Width; k++)
            {
                double initial = circuit.Circuit.InitialConditions.GetValueOrDefault(bank.Description.Bus.NodeName(k));
                state[0, bank.Offset + k] = Math.Min(Math.Max(initial, bank.Description.ClipLow), bank.Description.ClipHigh);
            }
        }

        SettleReport report = new Settler<double>(field).Settle(state, new SettleOptions { Tolerance = Tolerance, MaximumSteps = MostSteps, ThreadCount = 1 }, null, cancellation);
        if (!(report.LargestResidual <= Tolerance))
        {
            x.Clear();
            return false;
        }

        foreach (RateBank bank in network.Banks)
        {
            for (int k = 0; k < bank.Width; k++)
                x[Node(bank.Description.Bus, k)] = state[0, bank.Offset + k];
        }

        // A rail carries what nothing else does at a neuron that stands at it.
        system.LoadFlows(x);
        foreach (Rail rail in circuit.Rails)
        {
            if (x[rail.Node] <= rail.Low || x[rail.Node] >= rail.High)
                x[rail.Current] = system.Flow[rail.Node];
        }

        return true;

        int Node(Bus bus, int place) => circuit.NodeUnknown(bus.NodeName(place));
    }
}

/// <summary>The rails of one neuron among the unknowns.</summary>
/// <param name="Node">The neuron's node.</param>
/// <param name="Current">The current that its rails give it.</param>
/// <param name="Low">Lower rail [V].</param>
/// <param name="High">Upper rail [V].</param>
internal readonly record struct Rail(int Node, int Current, double Low, double High)
{
    /// <summary>Whether a point is one that <see cref="RailClamp"/> takes for one at a rail.</summary>
    /// <param name="x">The unknowns, and ground.</param>
    /// <param name="scale">The conductance that voltages beyond a rail are compared with currents by [S].</param>
    public bool Holds(ReadOnlySpan<double> x, double scale) => x[Current] + (scale * (Low - x[Node])) > 0 || x[Current] + (scale * (High - x[Node])) < 0;
}
