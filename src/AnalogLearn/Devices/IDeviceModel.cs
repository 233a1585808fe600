namespace AnalogLearn.Devices;

/// <summary>
/// One device, as one equation: the currents into its terminals are f(u) + dq(u)/dt of its local variables u, and each of its states satisfies f(u) + dq(u)/dt = 0. Written once over
/// <see cref="IReal{T}"/>; values, Jacobians, patterns, and derivatives by parameters all come from this text. A new device is a new file with such a type and one line
/// in <see cref="DeviceRegistry"/>.
/// </summary>
public interface IDeviceModel
{
    /// <summary>Connections and card.</summary>
    static abstract DeviceShape Shape { get; }

    /// <summary>Makes of the card's numbers those that the equation uses: temperature, geometry and everything else that does not change while the circuit is solved.</summary>
    /// <param name="conditions">Temperatures, the device's own included.</param>
    /// <param name="card">The card's numbers, in the order of <see cref="DeviceShape.Parameters"/>; NaN for those without a default that no one gave (compare values, not types).</param>
    /// <param name="derived">Receives the derived numbers.</param>
    /// <typeparam name="T">The arithmetic.</typeparam>
    static abstract void Derive<T>(in DeviceConditions conditions, ReadOnlySpan<T> card, Span<T> derived)
        where T : unmanaged, IReal<T>;

    /// <summary>The equation.</summary>
    /// <param name="conditions">Junction conductance, time.</param>
    /// <param name="p">The derived numbers.</param>
    /// <param name="u">The local variables [V, A, …].</param>
    /// <param name="flow">Receives f, one entry an equation: the current into each terminal but the last [A], then the residual of each state's equation.</param>
    /// <param name="charge">Receives q, likewise [C, Wb, …]; zero when it comes.</param>
    /// <typeparam name="T">The arithmetic.</typeparam>
    static abstract void Evaluate<T>(in DeviceConditions conditions, ReadOnlySpan<T> p, ReadOnlySpan<T> u, Span<T> flow, Span<T> charge)
        where T : unmanaged, IReal<T>;

    /// <summary>Restrains the step of a Newton iteration for this device, as junctions need.</summary>
    /// <param name="p">The derived numbers.</param>
    /// <param name="previous">The local variables at which the device was last evaluated.</param>
    /// <param name="u">The local variables that the iteration proposes; those that go too far are changed.</param>
    /// <returns>Whether something was changed.</returns>
    static virtual bool Limit(ReadOnlySpan<double> p, ReadOnlySpan<double> previous, Span<double> u) => false;

    /// <summary>Whether <see cref="Limit"/> does anything.</summary>
    static virtual bool Limits => false;

    /// <summary>The local variables at which a device is first evaluated when nothing is known (SPICE's starting voltages of junctions).</summary>
    /// <param name="p">The derived numbers.</param>
    /// <param name="u">Zero when it comes.</param>
    static virtual void Start(ReadOnlySpan<double> p, Span<double> u)
    {
    }

    /// <summary>The noise sources inside the device.</summary>
    /// <param name="conditions">Temperatures, the device's own included.</param>
    /// <param name="p">The derived numbers.</param>
    /// <param name="u">The local variables at the operating point.</param>
    /// <param name="noise">Receives each source.</param>
    static virtual void Noise(in DeviceConditions conditions, ReadOnlySpan<double> p, ReadOnlySpan<double> u, INoiseReceiver noise)
    {
    }
}

/// <summary>Is told of the noise sources of a device.</summary>
public interface INoiseReceiver
{
    /// <summary>A noise current from one terminal through the device to another, S(f) = white + flicker/f^exponent [A²/Hz].</summary>
    /// <param name="name">What it is: <c>thermal</c>, <c>shot</c>, <c>flicker</c>.</param>
    /// <param name="from">The terminal that it flows out of the circuit at, from 0.</param>
    /// <param name="to">The terminal that it flows back at.</param>
    /// <param name="white">The density's white part [A²/Hz].</param>
    /// <param name="flicker">The density's 1/f part at 1 Hz [A²/Hz].</param>
    /// <param name="exponent">The exponent of 1/f.</param>
    void Current(string name, int from, int to, double white, double flicker = 0, double exponent = 1);
}
