using System.Collections.Immutable;
using AnalogLearn.Netlist;

namespace AnalogLearn.Circuits;

/// <summary>
/// The synapse hardware of a resistor that learns: the parameters of section 9 on its model card, as one device whose conductance is what it stands at. <c>pair</c>, <c>rwire</c> and <c>vread</c> belong to arrays; <c>iv</c> is the curve of the resistor itself (<c>BentConductance</c>). Without a law of pulses
/// <c>step</c> is what exact changes are multiples of, and no device's.
/// </summary>
internal static class ConductanceCard
{
    /// <summary>Whether an element is a resistor that learns.</summary>
    /// <param name="element">The element.</param>
    /// <param name="model">Its model, or null.</param>
    public static bool Learns(Element element, Model? model) =>
        element.Kind == 'r' && (element.TryParameter("learn", out double own) ? own != 0 : model is not null && model.Number("learn", 0) != 0);

    /// <summary>Diagnoses hardware on models of resistors of which nobody says whether they learn: nothing would be written to them, and nothing would use it.</summary>
    /// <param name="elements">The elements of a circuit.</param>
    /// <param name="models">Its models.</param>
    /// <param name="diagnostics">Receives what is wrong.</param>
    public static void Unused(IEnumerable<Element> elements, IReadOnlyDictionary<string, Model> models, DiagnosticBag diagnostics)
    {
        foreach (IGrouping<string, Element> users in elements.Where(e => e is { Kind: 'r', Model: not null }).GroupBy(e => e.Model!, StringComparer.Ordinal))
        {
            if (!models.TryGetValue(users.Key, out Model? model) || model.Parameters.Any(p => p.Name is "learn") || users.Any(e => e.TryParameter("learn", out _)))
                continue;
            if (model.Parameters.FirstOrDefault(p => p.Name is { } name and not ("source" or "uncertainty") && ModelTypes.SynapseVariation.Contains(name, StringComparer.Ordinal)) is { } unused)
                diagnostics.Error(Codes.UnusedParameter, unused.Span, $"'{unused.Name}' of '{model.Name}' is hardware of resistors that learn, and these do not", "write learn=1, or leave it out");
        }
    }

    /// <summary>The card of a resistor that learns, or null when its conductance is ideal.</summary>
    /// <param name="element">The resistor.</param>
    /// <param name="model">Its model, or null.</param>
    /// <param name="diagnostics">Receives what is wrong with the card.</param>
    public static SynapseCard? Of(Element element, Model? model, DiagnosticBag diagnostics)
    {
        if (model is null || !Learns(element, model))
            return null;
        bool isPulsed = model.Parameters.LastOrDefault(p => p.Name is "update")?.Value is TextValue law && !law.Text.Equals("ideal", StringComparison.OrdinalIgnoreCase);
        Argument? step = model.Parameters.LastOrDefault(p => p.Name is "step");
        ImmutableArray<Argument> hardware = [.. model.Parameters.Where(p => p.Name is not ("gmin" or "gmax" or "iv") && (isPulsed || p.Name is not "step"))];
        SynapseCard? card = new SynapseCardReader(diagnostics).Read(hardware, Number("gmin", 0), Number("gmax", double.PositiveInfinity), isComplete: true);
        if (card is null || !Synapses.SynapseBank.IsNeeded(card))
            return null;
        if (!isPulsed && (step is not null || element.TryParameter("step", out _)))
            diagnostics.Error(Codes.UnusedParameter, step?.Span ?? element.Span, "'step' makes multiples of exact changes, and these devices are not exact", "write levels= for conductances that a device can be programmed to, or update=constant for pulses of this step");
        return card;

        double Number(string name, double absent) => element.TryParameter(name, out double own) ? own : model.Number(name, absent);
    }
}
