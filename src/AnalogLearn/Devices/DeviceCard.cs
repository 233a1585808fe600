using AnalogLearn.Circuits;

namespace AnalogLearn.Devices;

/// <summary>The numbers on a device's card, taken from an element's line and its model: the line wins, then the model, then the default.</summary>
public static class DeviceCard
{
    /// <summary>Fills a card.</summary>
    /// <param name="shape">The device.</param>
    /// <param name="element">The element.</param>
    /// <param name="model">Its model card, or null.</param>
    /// <returns>One number a parameter.</returns>
    public static double[] Fill(DeviceShape shape, Element element, Model? model)
    {
        ArgumentNullException.ThrowIfNull(shape);
        ArgumentNullException.ThrowIfNull(element);
        var card = new double[shape.Parameters.Length];
        for (int k = 0; k < card.Length; k++)
            card[k] = Number(element, model, shape.Parameters[k]);
        return card;
    }

    /// <summary>The temperature that an element's line gives it: <c>temp</c> [°C], or <c>dtemp</c> above the circuit's.</summary>
    /// <param name="element">The element.</param>
    /// <param name="circuit">The circuit's temperature [K].</param>
    /// <returns>The temperature [K], or NaN when it has none of its own.</returns>
    public static double Temperature(Element element, double circuit)
    {
        ArgumentNullException.ThrowIfNull(element);
        if (element.TryParameter("temp", out double own))
            return own + PhysicalConstants.ZeroCelsius;
        return element.TryParameter("dtemp", out double above) ? circuit + above : double.NaN;
    }

    private static double Number(Element element, Model? model, DeviceParameter parameter)
    {
        if (element.TryParameter(parameter.Name, out double value))
            return value;
        foreach (string synonym in parameter.Synonyms)
        {
            if (element.TryParameter(synonym, out value))
                return value;
        }

        if (model is null)
            return parameter.Default;
        value = model.Number(parameter.Name, double.NaN);
        if (!double.IsNaN(value))
            return value;
        foreach (string synonym in parameter.Synonyms)
        {
            value = model.Number(synonym, double.NaN);
            if (!double.IsNaN(value))
                return value;
        }

        return parameter.Default;
    }
}
