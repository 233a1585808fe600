namespace AnalogLearn.Simulation.Nodal;

/// <summary>Currents from outside of a circuit that depend on its voltages. One object serves one workspace.</summary>
public interface INodalForce
{
    /// <summary>Adds the currents that leave each node, and their Jacobian.</summary>
    /// <param name="x">The unknowns, and ground.</param>
    /// <param name="flow">Receives the currents by row [A].</param>
    /// <param name="conductances">Receives their Jacobian by slot of the pattern [S]; may be empty.</param>
    void Add(ReadOnlySpan<double> x, Span<double> flow, Span<double> conductances);
}
