namespace AnalogLearn.Devices.Behavioural;

/// <summary>w = dx/dt, w being a state: the slope that a behavioural capacitance C(…) or inductance L(…) multiplies when it depends on more than its own voltage or current.</summary>
public readonly struct RateOfChange : IDeviceModel
{
    /// <inheritdoc/>
    public static DeviceShape Shape { get; } = new("rate of change", 0, [], 0) { States = 1, ControlPairs = 1 };

    /// <inheritdoc/>
    public static void Derive<T>(in DeviceConditions conditions, ReadOnlySpan<T> card, Span<T> derived)
        where T : unmanaged, IReal<T>
    {
    }

    /// <inheritdoc/>
    public static void Evaluate<T>(in DeviceConditions conditions, ReadOnlySpan<T> p, ReadOnlySpan<T> u, Span<T> flow, Span<T> charge)
        where T : unmanaged, IReal<T>
    {
        flow[0] = u[0];
        charge[0] = -u[1];
    }
}
