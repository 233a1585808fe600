using AnalogLearn.Devices;

namespace AnalogLearn.Simulation.Nodal;

/// <summary>
/// The rails of a neuron's state, low ≤ v ≤ high: an ideal diode from each rail, whose current i into the node is what keeps the node at the rail and 0 between them,
///     i − max(0, i + k (low − v)) − min(0, i + k (high − v)) = 0,
/// exact complementarity for every k above 0 (Ito and Kunisch, Lagrange Multiplier Approach to Variational Problems, 2008: Newton's method on it is the primal-dual active set
/// method, which ends after finitely many steps). k, the neuron's leak, only decides how a point beside a solution is read. At equilibrium it is the projection of the rate engine.
/// </summary>
public readonly struct RailClamp : IDeviceModel
{
    /// <inheritdoc/>
    public static DeviceShape Shape { get; } = new(
        "rails",
        2,
        [new("g", "S", double.NaN, "conductance by which voltages beyond a rail are compared with currents"), new("low", "V", double.NegativeInfinity, "lower rail"), new("high", "V", double.PositiveInfinity, "upper rail")],
        3)
    {
        States = 1,
    };

    /// <inheritdoc/>
    public static void Derive<T>(in DeviceConditions conditions, ReadOnlySpan<T> card, Span<T> derived)
        where T : unmanaged, IReal<T> => card.CopyTo(derived);

    /// <inheritdoc/>
    public static void Evaluate<T>(in DeviceConditions conditions, ReadOnlySpan<T> p, ReadOnlySpan<T> u, Span<T> flow, Span<T> charge)
        where T : unmanaged, IReal<T>
    {
        T current = u[1];
        flow[0] = -current;
        flow[1] = current - RealFunctions.Max<T>(0.0, current + (p[0] * (p[1] - u[0]))) - RealFunctions.Min<T>(current + (p[0] * (p[2] - u[0])), 0.0);
    }
}
