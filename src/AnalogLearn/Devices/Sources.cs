using AnalogLearn.Circuits;

namespace AnalogLearn.Devices;

/// <summary>
/// v(plus) − v(minus) − e = 0, the current from plus through the source to minus being a state. This is its part without e: the system adds values of sources, which change with time.
/// </summary>
public readonly struct VoltageBranch : IDeviceModel
{
    /// <inheritdoc/>
    public static DeviceShape Shape { get; } = new("voltage source", 2, [], 0) { States = 1 };

    /// <inheritdoc/>
    public static void Derive<T>(in DeviceConditions conditions, ReadOnlySpan<T> card, Span<T> derived)
        where T : unmanaged, IReal<T>
    {
    }

    /// <inheritdoc/>
    public static void Evaluate<T>(in DeviceConditions conditions, ReadOnlySpan<T> p, ReadOnlySpan<T> u, Span<T> flow, Span<T> charge)
        where T : unmanaged, IReal<T>
    {
        flow[0] = u[1];
        flow[1] = u[0];
    }
}

/// <summary>Takes V and I elements.</summary>
internal sealed class SourceFactory : IDeviceFactory
{
    public bool Makes(Element element, Model? model) => element.Kind is 'v' or 'i';

    public void Make(Element element, Model? model, ICircuitBuilder builder)
    {
        if (element.Kind == 'v')
            builder.Add<VoltageBranch>(new(element.Name, [builder.Node(element, 0), builder.Node(element, 1), builder.Branch(element.Name)], [], double.NaN));
        builder.AddSource(element);
    }
}
