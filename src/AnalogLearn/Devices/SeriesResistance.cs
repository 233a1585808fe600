using AnalogLearn.Circuits;

namespace AnalogLearn.Devices;

/// <summary>The resistances that stand between a device's terminals and its junctions: resistors of their own, each with its thermal noise.</summary>
internal static class SeriesResistance
{
    /// <summary>Adds a resistor of a resistance over an area, and the node behind it.</summary>
    /// <param name="builder">Receives both.</param>
    /// <param name="element">The device.</param>
    /// <param name="model">Its model card.</param>
    /// <param name="name">The inner node's name.</param>
    /// <param name="outer">The outer node.</param>
    /// <param name="resistance">The resistance before it is divided [Ω].</param>
    /// <param name="parameter">The parameter on the model card that it is.</param>
    /// <param name="factor">∂(resistance)/∂(parameter).</param>
    /// <param name="area">The device's area.</param>
    /// <param name="multiple">How many in parallel.</param>
    /// <param name="temperature">The device's own temperature [K], or NaN.</param>
    /// <returns>The inner node; the outer one when the resistance is 0.</returns>
    public static int Add(
        ICircuitBuilder builder, Element element, Model model, string name, int outer, double resistance, string parameter, double factor, double area, double multiple, double temperature)
    {
        if (!(resistance > 0))
            return outer;
        int inner = builder.InternalNode(element.Name, name);
        DeviceShape shape = Resistor.Shape;
        double[] card = [.. shape.Parameters.Select(p => p.Default)];
        int value = shape.IndexOf("value");
        card[value] = resistance / area;
        card[shape.IndexOf("tc1")] = model.Number("trs", model.Number("trs1", 0));
        card[shape.IndexOf("tc2")] = model.Number("trs2", 0);
        card[shape.IndexOf("m")] = multiple;
        card[shape.IndexOf("tnom")] = model.Number("tnom", model.Number("tref", double.NaN));
        builder.Add<Resistor>(new(element.Name, [outer, inner], card, temperature)
        {
            Origins =
            [
                new(value, element.Name, parameter, true, factor / area),
                new(value, element.Name, "area", false, -resistance / (area * area)),
                new(shape.IndexOf("m"), element.Name, "m", false, 1),
            ],
        });
        return inner;
    }
}
