using AnalogLearn.Circuits;
using AnalogLearn.Devices;

namespace AnalogLearn.Tests.Devices;

/// <summary>i = g v0 tanh(v/v0): the device that src/README.md adds, to the letter.</summary>
internal readonly struct SaturatingConductance : IDeviceModel
{
    public static DeviceShape Shape { get; } = new(
        "saturating conductance",
        2,                                                          // terminals
        [new("g", "S", 1e-6, "conductance at 0 V"), new("v0", "V", 0.1, "voltage at which it saturates"), new("m", "", 1, "how many in parallel")],
        2);                                                         // numbers that Derive makes

    public static void Derive<T>(in DeviceConditions conditions, ReadOnlySpan<T> card, Span<T> derived)
        where T : unmanaged, IReal<T>
    {
        derived[0] = card[0] * card[1] * card[2];
        derived[1] = card[1];
    }

    public static void Evaluate<T>(in DeviceConditions conditions, ReadOnlySpan<T> p, ReadOnlySpan<T> u, Span<T> flow, Span<T> charge)
        where T : unmanaged, IReal<T> => flow[0] = p[0] * T.Tanh(u[0] / p[1]);

    public static void Noise(in DeviceConditions conditions, ReadOnlySpan<double> p, ReadOnlySpan<double> u, INoiseReceiver noise) =>
        noise.Current("thermal", 0, 1, 4 * PhysicalConstants.Boltzmann * conditions.Temperature * p[0] / p[1]);
}

/// <summary>Its factory.</summary>
internal sealed class SaturatingConductanceFactory : IDeviceFactory
{
    public bool Makes(Element element, Model? model) => model?.Type == "saturating";         // stands before others of its letter

    public void Make(Element element, Model? model, ICircuitBuilder builder) => builder.Add<SaturatingConductance>(new(
        element.Name,
        [builder.Node(element, 0), builder.Node(element, 1)],
        DeviceCard.Fill(SaturatingConductance.Shape, element, model),
        DeviceCard.Temperature(element, builder.Conditions.Temperature)));
}
