using System.Collections.Immutable;
using System.Globalization;
using AnalogLearn.Circuits;
using AnalogLearn.Netlist;

namespace AnalogLearn.Studies;

/// <summary>One card of a device library.</summary>
/// <param name="Name">Its name: that of its section and of its model.</param>
/// <param name="Family">The library that it stands in: <c>rram</c>, <c>pcm</c> …</param>
/// <param name="Path">The library's file.</param>
/// <param name="Description">The comment above it.</param>
/// <param name="Model">The card.</param>
/// <param name="Synapse">Of synapses, the card as devices are made from it; null for others.</param>
public sealed record DeviceEntry(string Name, string Family, string Path, string Description, Model Model, SynapseArray? Synapse)
{
    /// <summary>Where its numbers come from.</summary>
    public string Source => Text("source");

    /// <summary>How sure they are.</summary>
    public string Uncertainty => Text("uncertainty");

    /// <summary>The description's first sentence.</summary>
    public string Headline
    {
        get
        {
            int end = Description.IndexOf(". ", StringComparison.Ordinal);
            return end < 0 ? Description : Description[..(end + 1)];
        }
    }

    private string Text(string name) => Model.Parameters.LastOrDefault(p => p.Name == name)?.Value is TextValue text ? text.Text : string.Empty;
}

/// <summary>The device libraries: files <c>*.lib</c> in which each section <c>.lib name</c> has one model of its name.</summary>
public static class DeviceCatalog
{
    private const string Folder = "devices";

    /// <summary>The folder of the libraries that come with the program, or null when there is none: beside the program, else in a folder above it (as in a checkout).</summary>
    public static string? Find() => ProgramFolder.Find(Folder, "*.lib");

    /// <summary>Reads all libraries of a folder.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="diagnostics">Receives what is wrong with them.</param>
    public static ImmutableArray<DeviceEntry> Read(string folder, DiagnosticBag diagnostics)
    {
        ArgumentNullException.ThrowIfNull(folder);
        ArgumentNullException.ThrowIfNull(diagnostics);
        var entries = ImmutableArray.CreateBuilder<DeviceEntry>();
        foreach (string file in Directory.EnumerateFiles(folder, "*.lib").Order(StringComparer.Ordinal))
        {
            foreach ((string name, string description) in Sections(File.ReadAllLines(file)))
            {
                if (Entry(file, name, description, diagnostics) is { } entry)
                    entries.Add(entry);
            }
        }

        return entries.ToImmutable();
    }

    /// <summary>The smallest deck in which a model of some type stands, after the line that loads it.</summary>
    /// <param name="name">The model's name.</param>
    /// <param name="type">Its type.</param>
    internal static string Bench(string name, string type) => type switch
    {
        "synapse" => $".model cell neuron(c=1n g=1u)\nNx x[0:0] input\nNy y[0:0] cell\nY1 x y {name}\n",
        "neuron" => $".model w synapse()\nNx x[0:0] input\nNy y[0:0] {name}\nY1 x y w\n",
        "nmos" or "pmos" => $"V1 d 0 {(type is "nmos" ? "1" : "-1")}\nM1 d d 0 0 {name} w=1u l=1u\n",
        "r" => $"V1 d 0 1\nR1 d 0 {name} w=1u l=10u\n",
        "d" => $"V1 d 0 1\nR1 d a 1k\nD1 a 0 {name}\n",
        "sw" => $"V1 d 0 1\nV2 c 0 3\nS1 d 0 c 0 {name}\n",
        "digipot" => $"V1 d 0 1\nP1 d w 0 {name}\nR1 w 0 1meg\n",
        "ota" => $"V1 d 0 1m\nA1 o d 0 {name}\nR1 o 0 1meg\n",
        _ => $"V1 d 0 0.1\nU1 d 0 {name}\n",
    };

    /// <summary>The names of a library's sections, each with the comment that follows.</summary>
    private static IEnumerable<(string Name, string Description)> Sections(string[] lines)
    {
        for (int k = 0; k < lines.Length; k++)
        {
            string[] words = lines[k].Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words is not [".lib", { } name])
                continue;
            string[] comment = [.. lines.Skip(k + 1).TakeWhile(l => l.StartsWith('*')).Select(l => l[1..].Trim())];
            yield return (name.ToLowerInvariant(), string.Join(' ', comment));
        }
    }

    private static DeviceEntry? Entry(string file, string name, string description, DiagnosticBag diagnostics)
    {
        string load = string.Create(CultureInfo.InvariantCulture, $"card\n.lib \"{file}\" {name}\n");

        // The type decides what the model can stand in; a model that nothing uses is read all the same.
        DeckResult alone = DeckReader.Parse(load, "card.cir");
        string? type = alone.SyntaxTree.Statements.IsEmpty ? null : TypeOf(file, name);
        DeckResult read = type is null ? alone : DeckReader.Parse(load + Bench(name, type), "card.cir");
        foreach (Diagnostic diagnostic in read.Diagnostics)
            diagnostics.Add(diagnostic);
        if (read.Deck is not { } deck || deck.Circuit.Models.GetValueOrDefault(name) is not { } model)
        {
            if (!diagnostics.HasErrors)
                diagnostics.Error(Codes.MissingSection, SourceSpan.None, $"the section '{name}' of {file} has no model of its name", "a section of a device library has one .model, called like the section");
            return null;
        }

        return new DeviceEntry(name, System.IO.Path.GetFileNameWithoutExtension(file), file, description, model, deck.Circuit.Arrays.FirstOrDefault(a => a.Model == name));
    }

    /// <summary>The type on the card of a section.</summary>
    private static string? TypeOf(string file, string name)
    {
        string start = $".model {name} ";
        string? line = File.ReadLines(file).FirstOrDefault(l => l.StartsWith(start, StringComparison.OrdinalIgnoreCase));
        return line is null ? null : ModelTypes.Canonical(line[start.Length..].Split('(', ' ')[0].ToLowerInvariant());
    }
}
