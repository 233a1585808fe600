using AnalogLearn.Circuits;
using AnalogLearn.Netlist;

namespace AnalogLearn.Devices;

/// <summary>
/// Hard switch with hysteresis: i = v/ron while on, v/roff while off; on above vt + vh, off below vt − vh, between them as it was (SPICE3's S and W elements).
/// </summary>
/// <remarks>
/// What it was is an unknown of the circuit, w = 1 on, 0 off, with the equation w = H(c − vt + vh (2w − 1)) of the control c. Inside the hysteresis both values solve it, and Newton's
/// method stays with the one it comes from: the one of the point that was accepted last. So the state belongs to the solution and not to the device, and the
/// same solution always gives the same currents.
/// </remarks>
/// <typeparam name="TControl">Voltage or current.</typeparam>
public readonly struct HysteresisSwitch<TControl> : IDeviceModel
    where TControl : struct, ISwitchControl
{
    /// <inheritdoc/>
    public static DeviceShape Shape { get; } = TControl.Shape(
        "hysteresis switch",
        [
            new(TControl.Letter + "t", TControl.Unit, 0, "threshold"),
            new(TControl.Letter + "h", TControl.Unit, 0, "half the width of the hysteresis"),
            new("ron", "Ω", 1, "resistance when on"),
            new("roff", "Ω", 1e12, "resistance when off"),
            new("m", "", 1, "how many in parallel"),
        ],
        4,
        1);

    /// <inheritdoc/>
    public static void Derive<T>(in DeviceConditions conditions, ReadOnlySpan<T> card, Span<T> derived)
        where T : unmanaged, IReal<T>
    {
        derived[0] = card[0];
        derived[1] = card[1];
        derived[2] = card[4] / card[2];
        derived[3] = card[4] / card[3];
    }

    /// <inheritdoc/>
    public static void Evaluate<T>(in DeviceConditions conditions, ReadOnlySpan<T> p, ReadOnlySpan<T> u, Span<T> flow, Span<T> charge)
        where T : unmanaged, IReal<T>
    {
        T isOn = T.WhereLess(0.5, u[1], 1.0, 0.0);
        T threshold = p[0] + T.WhereLess(0.5, u[1], -p[1], p[1]);
        T turnsOn = T.WhereLess(threshold, u[2], 1.0, 0.0);
        flow[0] = u[0] * (p[3] + ((p[2] - p[3]) * isOn));
        flow[1] = u[1] - turnsOn;
    }

    /// <inheritdoc/>
    public static void Noise(in DeviceConditions conditions, ReadOnlySpan<double> p, ReadOnlySpan<double> u, INoiseReceiver noise)
    {
        ArgumentNullException.ThrowIfNull(noise);
        noise.Current("thermal", 0, 1, 4 * PhysicalConstants.Boltzmann * conditions.Temperature * (u[1] > 0.5 ? p[2] : p[3]));
    }
}

/// <summary>
/// Smooth switch: the logarithm of the conductance goes from ln(1/roff) at voff to ln(1/ron) at von as a cubic, ln g = L + (3/2) D x − (1/2) D x³ …, x = −1 … 1,
/// that is flat at both ends (PSpice's VSWITCH and ISWITCH).
/// </summary>
/// <typeparam name="TControl">Voltage or current.</typeparam>
public readonly struct SmoothSwitch<TControl> : IDeviceModel
    where TControl : struct, ISwitchControl
{
    /// <inheritdoc/>
    public static DeviceShape Shape { get; } = TControl.Shape(
        "smooth switch",
        [
            new(TControl.Letter + "on", TControl.Unit, 1, "control at which it is on"),
            new(TControl.Letter + "off", TControl.Unit, 0, "control at which it is off"),
            new("ron", "Ω", 1, "resistance when on"),
            new("roff", "Ω", 1e6, "resistance when off"),
            new("m", "", 1, "how many in parallel"),
        ],
        5,
        0);

    /// <inheritdoc/>
    public static void Derive<T>(in DeviceConditions conditions, ReadOnlySpan<T> card, Span<T> derived)
        where T : unmanaged, IReal<T>
    {
        derived[0] = (card[0] + card[1]) * 0.5;
        derived[1] = (T)2.0 / (card[0] - card[1]);
        derived[2] = T.Log(card[2] * card[3]) * -0.5;
        derived[3] = T.Log(card[3] / card[2]) * 0.25;
        derived[4] = card[4];
    }

    /// <inheritdoc/>
    public static void Evaluate<T>(in DeviceConditions conditions, ReadOnlySpan<T> p, ReadOnlySpan<T> u, Span<T> flow, Span<T> charge)
        where T : unmanaged, IReal<T> => flow[0] = u[0] * Conductance(p, u[1]);

    /// <inheritdoc/>
    public static void Noise(in DeviceConditions conditions, ReadOnlySpan<double> p, ReadOnlySpan<double> u, INoiseReceiver noise)
    {
        ArgumentNullException.ThrowIfNull(noise);
        Span<Real> derived = [p[0], p[1], p[2], p[3], p[4]];
        noise.Current("thermal", 0, 1, 4 * PhysicalConstants.Boltzmann * conditions.Temperature * Conductance<Real>(derived, u[1]).Value);
    }

    private static T Conductance<T>(ReadOnlySpan<T> p, T control)
        where T : unmanaged, IReal<T>
    {
        T x = RealFunctions.Max(RealFunctions.Min((control - p[0]) * p[1], 1.0), -1.0);
        return p[4] * T.Exp(p[2] + (p[3] * x * ((T)3.0 - (x * x))));
    }
}

/// <summary>What controls a switch.</summary>
public interface ISwitchControl
{
    /// <summary>The first letter of its parameters: <c>v</c> or <c>i</c>.</summary>
    static abstract string Letter { get; }

    /// <summary>V or A.</summary>
    static abstract string Unit { get; }

    /// <summary>The shape of a switch that it controls.</summary>
    /// <param name="name">The switch's name.</param>
    /// <param name="parameters">The numbers on its card.</param>
    /// <param name="derived">How many numbers are derived of them.</param>
    /// <param name="states">How many states it has.</param>
    static abstract DeviceShape Shape(string name, System.Collections.Immutable.ImmutableArray<DeviceParameter> parameters, int derived, int states);
}

/// <summary>A voltage between two nodes.</summary>
public readonly struct VoltageControl : ISwitchControl
{
    /// <inheritdoc/>
    public static string Letter => "v";

    /// <inheritdoc/>
    public static string Unit => "V";

    /// <inheritdoc/>
    public static DeviceShape Shape(string name, System.Collections.Immutable.ImmutableArray<DeviceParameter> parameters, int derived, int states) =>
        new(name, 2, parameters, derived) { States = states, ControlPairs = 1 };
}

/// <summary>The current of another element.</summary>
public readonly struct CurrentControl : ISwitchControl
{
    /// <inheritdoc/>
    public static string Letter => "i";

    /// <inheritdoc/>
    public static string Unit => "A";

    /// <inheritdoc/>
    public static DeviceShape Shape(string name, System.Collections.Immutable.ImmutableArray<DeviceParameter> parameters, int derived, int states) =>
        new("current-controlled " + name, 2, parameters, derived) { States = states, Readings = 1 };
}

/// <summary>Makes switches of S and W elements: smooth ones when the model gives von or voff (ion or ioff), hard ones otherwise.</summary>
internal sealed class SwitchFactory : IDeviceFactory
{
    public bool Makes(Element element, Model? model) => element.Kind is 's' or 'w' && model is not null;

    public void Make(Element element, Model? model, ICircuitBuilder builder)
    {
        int plus = builder.Node(element, 0);
        int minus = builder.Node(element, 1);
        string letter = element.Kind == 's' ? "v" : "i";
        bool smooth = !double.IsNaN(model!.Number(letter + "on", double.NaN)) || !double.IsNaN(model.Number(letter + "off", double.NaN));
        bool hard = !double.IsNaN(model.Number(letter + "t", double.NaN)) || !double.IsNaN(model.Number(letter + "h", double.NaN));
        if (smooth && hard)
        {
            builder.Diagnostics.Error(Codes.BadValue, model.Span, $"the model '{model.Name}' is both hard ({letter}t, {letter}h) and smooth ({letter}on, {letter}off)", "give one pair");
            return;
        }

        DeviceShape shape = smooth ? SmoothSwitch<VoltageControl>.Shape : HysteresisSwitch<VoltageControl>.Shape;
        if (element.Kind == 'w')
            shape = smooth ? SmoothSwitch<CurrentControl>.Shape : HysteresisSwitch<CurrentControl>.Shape;
        double[] card = DeviceCard.Fill(shape, element, model);
        if (!(card[2] > 0) || !(card[3] > 0) || (smooth ? card[0] == card[1] : !(card[1] >= 0)))
        {
            builder.Diagnostics.Error(
                Codes.BadValue,
                model.Span,
                smooth ? $"ron and roff of '{model.Name}' must be above 0, and {letter}on other than {letter}off" : $"ron and roff of '{model.Name}' must be above 0, and {letter}h not below 0",
                smooth ? null : $"for a smooth switch give {letter}on and {letter}off");
            return;
        }

        int[] control = element.Kind == 's' ? [builder.Node(element, 2), builder.Node(element, 3)] : [builder.Branch(element.References[0])];
        if (smooth)
        {
            var device = new DeviceInstance(element.Name, [plus, minus, .. control], card, double.NaN);
            if (element.Kind == 's')
                builder.Add<SmoothSwitch<VoltageControl>>(device);
            else
                builder.Add<SmoothSwitch<CurrentControl>>(device);
        }
        else
        {
            int state = builder.State(element.Name, "on", string.Empty, element.Parameter("on"));
            var device = new DeviceInstance(element.Name, [plus, minus, state, .. control], card, double.NaN);
            if (element.Kind == 's')
                builder.Add<HysteresisSwitch<VoltageControl>>(device);
            else
                builder.Add<HysteresisSwitch<CurrentControl>>(device);
        }
    }
}
