using System.Globalization;
using AnalogLearn.Circuits;
using AnalogLearn.Netlist;
using AnalogLearn.Plots;

namespace AnalogLearn.Studies;

/// <summary>
/// Currents against voltages of cards that stand in circuits, as the nodal engine gives them: a diode's characteristic, an amplifier's, and the loop that a memristor draws under a sine. The sine of a type is one under which its
/// published parameters switch: a faster one would find the state where it was.
/// </summary>
internal static class DeviceCurrents
{
    /// <summary>The panel of a card, or null when its type has none or its circuit has no solution.</summary>
    /// <param name="entry">The card.</param>
    public static Panel? Of(DeviceEntry entry) => entry.Model.Type switch
    {
        "d" => Curve(entry, "V1 d 0 0\nD1 d 0 {0}\n.dc V1 10m 400m 5m\n", "dc", "Current", "v(d)", "i(v1)", isLogarithmic: true),
        "ota" => Curve(entry, "V1 d 0 0\nV2 0 o 0\nA1 o d 0 {0}\n.dc V1 -300m 300m 5m\n", "dc", "Output current", "v(d)", "i(v2)", isLogarithmic: false),
        "iondrift" => Curve(entry, "V1 d 0 SIN(0 1 1)\nU1 d 0 {0}\n.tran 5m 2\n", "tran", "Two periods of 1 V at 1 Hz", "v(d)", "i(v1)", isLogarithmic: false),
        "vteam" => Curve(entry, "V1 d 0 SIN(0 0.5 200k)\nU1 d 0 {0}\n.tran 10n 10u\n", "tran", "Two periods of 0.5 V at 200 kHz", "v(d)", "i(v1)", isLogarithmic: false),
        "pku" => Curve(entry, "V1 d 0 SIN(0 1.5 1k)\nU1 d 0 {0}\n.tran 2u 2m\n", "tran", "Two periods of 1.5 V at 1 kHz", "v(d)", "i(v1)", isLogarithmic: true),
        _ => null,
    };

    private static Panel? Curve(DeviceEntry entry, string lines, string analysis, string title, string voltage, string current, bool isLogarithmic)
    {
        string text = $"card\n.lib \"{entry.Path}\" {entry.Name}\n" + string.Format(CultureInfo.InvariantCulture, lines, entry.Name);
        if (DeckReader.Parse(text, "card.cir").Deck is not { } deck || NodalSession.Bind(deck, new DiagnosticBag()) is not { } session)
            return null;
        var results = new RunResults();
        if (deck.Cards.Where(NodalSession.IsAnalysis).Any(card => session.Run(card, results) is not null) || results.Table(analysis) is not { } table)
            return null;
        if (table.Column(voltage) is not { Values: var volts } || table.Column(current) is not { Values: var drawn })
            return null;

        // A source's current flows out of the device.
        double[] amperes = [.. drawn.Select(i => isLogarithmic ? Math.Abs(i) : -i)];

        // On a logarithmic axis a loop is drawn without the neighbourhood of its origin, where all currents vanish.
        int[] shown = [.. Enumerable.Range(0, volts.Length).Where(k => !isLogarithmic || Math.Abs(volts[k]) >= 5e-3)];
        return new Panel
        {
            Title = title,
            X = new("voltage", "V"),
            Y = new(isLogarithmic ? "|current|" : "current", "A") { Scale = isLogarithmic ? AxisScale.Logarithmic : AxisScale.Linear },
            Series = [new LineSeries([.. shown.Select(k => volts[k])], [.. shown.Select(k => amperes[k])])],
        };
    }
}
