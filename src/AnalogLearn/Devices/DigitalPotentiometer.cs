using System.Globalization;
using AnalogLearn.Circuits;
using AnalogLearn.Netlist;

namespace AnalogLearn.Devices;

/// <summary>
/// Digital potentiometer: R_ab (1 − n/(taps − 1)) from A to the tap, R_ab n/(taps − 1) from the tap to B, the wiper's resistance from the tap to W. The star of the three is written as the
/// triangle that it equals, so that the tap is no node: G_ab = R_w/D, G_aw = R_b/D, G_bw = R_a/D, D = R_a R_b + R_b R_w + R_w R_a. Thermal noise of each.
/// </summary>
public readonly struct DigitalPotentiometer : IDeviceModel
{
    /// <inheritdoc/>
    public static DeviceShape Shape { get; } = new(
        "digital potentiometer",
        3,
        [
            new("rab", "Ω", 1e5, "resistance from end to end"),
            new("taps", "", 257, "how many positions the wiper has"),
            new("position", "", 128, "the wiper's position, 0 at B to taps − 1 at A"),
            new("rw", "Ω", 390, "resistance of the wiper"),
        ],
        3);

    /// <inheritdoc/>
    public static void Derive<T>(in DeviceConditions conditions, ReadOnlySpan<T> card, Span<T> derived)
        where T : unmanaged, IReal<T>
    {
        T below = card[0] * card[2] / (card[1] - 1.0);
        T above = card[0] - below;
        T scale = (T)1.0 / ((above * below) + (card[3] * card[0]));
        derived[0] = card[3] * scale;
        derived[1] = below * scale;
        derived[2] = above * scale;
    }

    /// <inheritdoc/>
    public static void Evaluate<T>(in DeviceConditions conditions, ReadOnlySpan<T> p, ReadOnlySpan<T> u, Span<T> flow, Span<T> charge)
        where T : unmanaged, IReal<T>
    {
        flow[0] = (p[0] * u[0]) + (p[1] * (u[0] - u[1]));
        flow[1] = (p[1] * (u[1] - u[0])) + (p[2] * u[1]);
    }

    /// <inheritdoc/>
    public static void Noise(in DeviceConditions conditions, ReadOnlySpan<double> p, ReadOnlySpan<double> u, INoiseReceiver noise)
    {
        ArgumentNullException.ThrowIfNull(noise);
        double scale = 4 * PhysicalConstants.Boltzmann * conditions.Temperature;
        noise.Current("thermal a-b", 0, 2, scale * p[0]);
        noise.Current("thermal a-w", 0, 1, scale * p[1]);
        noise.Current("thermal w-b", 1, 2, scale * p[2]);
    }
}

/// <summary>Makes potentiometers of P elements: A, wiper, B.</summary>
internal sealed class DigitalPotentiometerFactory : IDeviceFactory
{
    public bool Makes(Element element, Model? model) => element.Kind == 'p' && model is not null;

    public void Make(Element element, Model? model, ICircuitBuilder builder)
    {
        double[] card = DeviceCard.Fill(DigitalPotentiometer.Shape, element, model);
        if (!(card[0] > 0) || !(card[1] >= 2) || !(card[2] >= 0) || !(card[2] <= card[1] - 1) || !(card[3] > 0))
        {
            builder.Diagnostics.Error(Codes.BadValue, element.Span, string.Create(CultureInfo.InvariantCulture, $"'{element.Name}' stands at {card[2]} of {card[1]} taps, {card[0]} Ω and {card[3]} Ω"), "rab and rw are above 0, and position is from 0 to taps - 1");
            return;
        }

        builder.Add<DigitalPotentiometer>(new(element.Name, [builder.Node(element, 0), builder.Node(element, 1), builder.Node(element, 2)], card, double.NaN));
    }
}
