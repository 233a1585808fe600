using System.Globalization;
using AnalogLearn.Circuits;

namespace AnalogLearn.Studies;

/// <summary>A card of a device library as <c>devices list</c> and <c>devices show</c> tell it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Family">Its library.</param>
/// <param name="Type">The type of its model.</param>
/// <param name="Description">What it is.</param>
/// <param name="Source">Where its numbers come from.</param>
/// <param name="Uncertainty">How sure they are.</param>
/// <param name="Parameters">Its parameters as written, with units and spreads; empty in lists.</param>
/// <param name="Facts">Numbers that follow from it; empty in lists.</param>
public sealed record DeviceRecord(
    string Name, string Family, string Type, string Description, string Source, string Uncertainty, IReadOnlyDictionary<string, string> Parameters, IReadOnlyDictionary<string, double> Facts)
{
    /// <summary>The record of a card.</summary>
    /// <param name="entry">The card.</param>
    /// <param name="whole">Whether with parameters and facts.</param>
    public static DeviceRecord Of(DeviceEntry entry, bool whole)
    {
        ArgumentNullException.ThrowIfNull(entry);
        return new DeviceRecord(
            entry.Name,
            entry.Family,
            entry.Model.Type,
            entry.Description,
            entry.Source,
            entry.Uncertainty,
            whole ? entry.Model.Parameters.Where(p => p.Name is not ("source" or "uncertainty")).ToDictionary(p => p.Name ?? string.Empty, p => TextOf(entry, p)) : new Dictionary<string, string>(),
            whole ? DeviceSheet.Facts(entry).ToDictionary(f => f.Name, f => f.Value) : new Dictionary<string, double>());
    }

    private static string TextOf(DeviceEntry entry, Argument parameter)
    {
        string value = parameter.Value.Span.IsWritten ? parameter.Value.Span.Text.ToString() : parameter.Value is NumberValue number ? number.Number.ToString("R", CultureInfo.InvariantCulture) : parameter.Value.ToString();
        string unit = entry.Model.Type is "synapse" && SynapseParameters.Find(parameter.Name!) is { Unit.Length: > 0 } info ? " " + info.Unit : string.Empty;
        string spread = string.Concat(entry.Model.Spreads.Where(s => s.Parameter == parameter.Name).Select(s => $"   {(s.PerDevice ? "DEV" : "LOT")}={Variation.DrawLaw.Of(s)}"));
        return value + unit + spread;
    }
}
