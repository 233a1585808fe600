using AnalogLearn.Circuits;

namespace AnalogLearn.Devices;

/// <summary>E: v(plus) − v(minus) = gain · (v(cplus) − v(cminus)); its current is a state.</summary>
public readonly struct VoltageControlledVoltage : IDeviceModel
{
    /// <inheritdoc/>
    public static DeviceShape Shape { get; } = new("voltage-controlled voltage source", 2, [new("value", "", double.NaN, "gain")], 1)
    {
        States = 1,
        ControlPairs = 1,
    };

    /// <inheritdoc/>
    public static void Derive<T>(in DeviceConditions conditions, ReadOnlySpan<T> card, Span<T> derived)
        where T : unmanaged, IReal<T> => derived[0] = card[0];

    /// <inheritdoc/>
    public static void Evaluate<T>(in DeviceConditions conditions, ReadOnlySpan<T> p, ReadOnlySpan<T> u, Span<T> flow, Span<T> charge)
        where T : unmanaged, IReal<T>
    {
        flow[0] = u[1];
        flow[1] = u[0] - (p[0] * u[2]);
    }
}

/// <summary>G: i = m · gm · (v(cplus) − v(cminus)), from plus through the source to minus.</summary>
public readonly struct VoltageControlledCurrent : IDeviceModel
{
    /// <inheritdoc/>
    public static DeviceShape Shape { get; } = new("voltage-controlled current source", 2, [new("value", "S", double.NaN, "transconductance"), new("m", "", 1, "how many in parallel")], 1)
    {
        ControlPairs = 1,
    };

    /// <inheritdoc/>
    public static void Derive<T>(in DeviceConditions conditions, ReadOnlySpan<T> card, Span<T> derived)
        where T : unmanaged, IReal<T> => derived[0] = card[0] * card[1];

    /// <inheritdoc/>
    public static void Evaluate<T>(in DeviceConditions conditions, ReadOnlySpan<T> p, ReadOnlySpan<T> u, Span<T> flow, Span<T> charge)
        where T : unmanaged, IReal<T>
    {
        flow[0] = p[0] * u[1];
    }
}

/// <summary>F: i = m · gain · i(source), from plus through the source to minus.</summary>
public readonly struct CurrentControlledCurrent : IDeviceModel
{
    /// <inheritdoc/>
    public static DeviceShape Shape { get; } = new("current-controlled current source", 2, [new("value", "", double.NaN, "gain"), new("m", "", 1, "how many in parallel")], 1)
    {
        Readings = 1,
    };

    /// <inheritdoc/>
    public static void Derive<T>(in DeviceConditions conditions, ReadOnlySpan<T> card, Span<T> derived)
        where T : unmanaged, IReal<T> => derived[0] = card[0] * card[1];

    /// <inheritdoc/>
    public static void Evaluate<T>(in DeviceConditions conditions, ReadOnlySpan<T> p, ReadOnlySpan<T> u, Span<T> flow, Span<T> charge)
        where T : unmanaged, IReal<T>
    {
        flow[0] = p[0] * u[1];
    }
}

/// <summary>H: v(plus) − v(minus) = r · i(source); its current is a state.</summary>
public readonly struct CurrentControlledVoltage : IDeviceModel
{
    /// <inheritdoc/>
    public static DeviceShape Shape { get; } = new("current-controlled voltage source", 2, [new("value", "Ω", double.NaN, "transresistance")], 1)
    {
        States = 1,
        Readings = 1,
    };

    /// <inheritdoc/>
    public static void Derive<T>(in DeviceConditions conditions, ReadOnlySpan<T> card, Span<T> derived)
        where T : unmanaged, IReal<T> => derived[0] = card[0];

    /// <inheritdoc/>
    public static void Evaluate<T>(in DeviceConditions conditions, ReadOnlySpan<T> p, ReadOnlySpan<T> u, Span<T> flow, Span<T> charge)
        where T : unmanaged, IReal<T>
    {
        flow[0] = u[1];
        flow[1] = u[0] - (p[0] * u[2]);
    }
}

/// <summary>Makes E, G, F and H elements that are linear.</summary>
internal sealed class ControlledSourceFactory : IDeviceFactory
{
    public bool Makes(Element element, Model? model) => element.Kind is 'e' or 'g' or 'f' or 'h' && element.Expressions.IsEmpty;

    public void Make(Element element, Model? model, ICircuitBuilder builder)
    {
        int plus = builder.Node(element, 0);
        int minus = builder.Node(element, 1);
        double value = element.Value;
        double multiple = element.Parameter("m", 1);
        switch (element.Kind)
        {
            case 'e':
                builder.Add<VoltageControlledVoltage>(
                    new(element.Name, [plus, minus, builder.Branch(element.Name), builder.Node(element, 2), builder.Node(element, 3)], [value], double.NaN));
                break;
            case 'g':
                builder.Add<VoltageControlledCurrent>(new(element.Name, [plus, minus, builder.Node(element, 2), builder.Node(element, 3)], [value, multiple], double.NaN));
                break;
            case 'f':
                builder.Add<CurrentControlledCurrent>(new(element.Name, [plus, minus, builder.Branch(element.References[0])], [value, multiple], double.NaN));
                break;
            default:
                builder.Add<CurrentControlledVoltage>(new(element.Name, [plus, minus, builder.Branch(element.Name), builder.Branch(element.References[0])], [value], double.NaN));
                break;
        }
    }
}
