using System.Globalization;
using AnalogLearn.Circuits;
using AnalogLearn.Netlist;

namespace AnalogLearn.Devices;

/// <summary>Makes memristors of U elements; the model's type says which equation.</summary>
internal sealed class MemristorFactory : IDeviceFactory
{
    public bool Makes(Element element, Model? model) => element.Kind == 'u' && model is not null;

    public void Make(Element element, Model? model, ICircuitBuilder builder)
    {
        switch (model!.Type)
        {
            case "iondrift":
                Add<IonDriftMemristor>(element, model, builder, "x", "x0", string.Empty, 1);
                break;
            case "vteam":
                Add<VteamMemristor>(element, model, builder, "x", "x0", string.Empty, 1);
                break;
            case "yakopcic":
                Add<YakopcicMemristor>(element, model, builder, "x", "x0", string.Empty, 1);
                break;
            default:
                Add<RramCell>(element, model, builder, "gap", "gap0", "nm", 1e9);
                break;
        }
    }

    private static void Add<TModel>(Element element, Model model, ICircuitBuilder builder, string state, string initial, string unit, double scale)
        where TModel : struct, IDeviceModel
    {
        DeviceShape shape = TModel.Shape;
        double[] card = DeviceCard.Fill(shape, element, model);
        if (model.Parameters.FirstOrDefault(p => p.Name == "window") is { } window)
        {
            int kind = window.Value is TextValue text ? Array.IndexOf(MemristorWindow.Names, text.Text.ToLowerInvariant()) : -1;
            if (kind < 0)
            {
                builder.Diagnostics.Error(Codes.BadValue, window.Span, "there is no such window", $"windows: {string.Join(", ", MemristorWindow.Names)}");
                return;
            }

            card[shape.IndexOf("window")] = kind;
        }

        double start = card[shape.IndexOf(initial)];
        double low = shape.IndexOf("gapmin") is >= 0 and int least ? card[least] : 0;
        double high = shape.IndexOf("gapmax") is >= 0 and int most ? card[most] : 1;
        if (!(start >= low) || !(start <= high))
        {
            builder.Diagnostics.Error(Codes.BadValue, element.Span, string.Create(CultureInfo.InvariantCulture, $"{initial} of '{element.Name}' is {start}, outside {low} to {high}"), string.Create(CultureInfo.InvariantCulture, $"write {initial}={0.5 * (low + high):g3}"));
            return;
        }

        int unknown = builder.State(element.Name, state, unit, start * scale);
        builder.Add<TModel>(new(element.Name, [builder.Node(element, 0), builder.Node(element, 1), unknown], card, DeviceCard.Temperature(element, builder.Conditions.Temperature)));
    }
}
