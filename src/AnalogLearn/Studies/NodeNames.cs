using System.Globalization;
using AnalogLearn.Circuits;
using AnalogLearn.Netlist;

namespace AnalogLearn.Studies;

/// <summary>Finds the node that a user means: <c>y[0]</c>, <c>y_0</c>, or the bare name of a bus that is one node wide.</summary>
/// <param name="circuit">The circuit.</param>
public sealed class NodeNames(Circuit circuit)
{
    private HashSet<string>? _names;

    /// <summary>The name that a node has in results, or null when there is no such node.</summary>
    /// <param name="text">The node as written.</param>
    public string? Find(string text)
    {
        string name = string.Concat(text.Where(c => !char.IsWhiteSpace(c))).ToLowerInvariant();
        int open = name.IndexOf('[', StringComparison.Ordinal);
        if (open > 0 && name.EndsWith(']'))
        {
            return Bus(name[..open]) is { } bus
                && int.TryParse(name.AsSpan(open + 1, name.Length - open - 2), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int index)
                && index >= bus.Low && index < bus.Low + bus.Width
                ? bus.NodeName(index - bus.Low)
                : null;
        }

        if (Bus(name) is { Width: 1 } single)
            return single.NodeName(0);
        _names ??= new HashSet<string>(circuit.Buses.SelectMany(b => Enumerable.Range(0, b.Width).Select(b.NodeName)), StringComparer.OrdinalIgnoreCase);
        return _names.Contains(name) ? name : null;
    }

    /// <summary>Tells that there is no such node, and what may have been meant.</summary>
    /// <param name="text">The node as written.</param>
    /// <param name="span">Where.</param>
    /// <param name="diagnostics">Receives it.</param>
    public void TellUnknown(string text, SourceSpan span, DiagnosticBag diagnostics)
    {
        string name = text.Split('[')[0].Trim();
        if (Bus(name) is { } bus)
        {
            string range = string.Create(CultureInfo.InvariantCulture, $"{bus.Name}[{bus.Low}:{bus.Low + bus.Width - 1}]");
            diagnostics.Error("AL0951", span, text.Contains('[', StringComparison.Ordinal) ? $"'{text}' is outside its bus" : $"'{text}' is a bus, and one node is needed", $"the bus is {range}");
        }
        else
        {
            string[] known = [.. circuit.Buses.Select(b => b.Name)];
            diagnostics.Error("AL0951", span, $"there is no node '{text}'", NameSuggestion.Nearest(name, known) is { } near ? $"did you mean '{near}'?" : $"buses: {string.Join(", ", known.Take(40))}");
        }
    }

    private Bus? Bus(string name) => circuit.Buses.FirstOrDefault(b => string.Equals(b.Name, name, StringComparison.OrdinalIgnoreCase));
}
