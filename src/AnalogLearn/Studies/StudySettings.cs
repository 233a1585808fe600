using System.Collections.Immutable;
using System.Text.Json;
using System.Text.Json.Serialization;
using AnalogLearn.Circuits;

namespace AnalogLearn.Studies;

/// <summary>What a study was told besides its deck, as its store keeps it: enough to run one of its chips again.</summary>
/// <param name="Set">Overrides of parameters.</param>
/// <param name="Seed">The seed, or null for the deck's.</param>
/// <param name="Engine">auto, rate or nodal.</param>
/// <param name="Data">Folders of data sets.</param>
internal sealed record StudySettings(SortedDictionary<string, string> Set, ulong? Seed, string Engine, ImmutableArray<string> Data)
{
    /// <summary>Of a run's settings, what its numbers depend on.</summary>
    public static StudySettings Of(RunSettings settings) =>
        new(new SortedDictionary<string, string>(settings.Parameters.ToDictionary(p => p.Key, p => p.Value), StringComparer.Ordinal), settings.Seed, settings.Engine.ToString(), settings.DataDirectories);

    /// <summary>As text.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, StudyJson.Default.StudySettings);

    /// <summary>Reads what <see cref="ToJson"/> wrote.</summary>
    /// <param name="json">The text.</param>
    public static StudySettings? FromJson(string json)
    {
        try
        {
            return JsonSerializer.Deserialize(json, StudyJson.Default.StudySettings);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>A run's settings with these.</summary>
    /// <param name="settings">The rest.</param>
    public RunSettings In(RunSettings settings) => settings with
    {
        Parameters = settings.Parameters.SetItems(Set),
        Seed = settings.Seed ?? Seed,
        Engine = Enum.TryParse(Engine, out EngineChoice engine) ? engine : settings.Engine,
        DataDirectories = settings.DataDirectories.IsDefaultOrEmpty ? Data : settings.DataDirectories,
    };
}

/// <summary>What a deck says of its measures (<see cref="StudyMeasures"/>), as a store keeps it.</summary>
internal sealed record StudyMeasuresText(ImmutableArray<NamedNumber> Nominal, ImmutableArray<NamedText> Quantities, ImmutableArray<NamedWords> Words, ulong? Seed = null);

/// <summary>A number with its name.</summary>
internal sealed record NamedNumber(string Name, double Value);

/// <summary>A text with its name.</summary>
internal sealed record NamedText(string Name, string Text);

/// <summary>Words for the values of a stepped parameter.</summary>
internal sealed record NamedWords(string Name, ImmutableArray<NumberWord> Words);

/// <summary>A word for a value.</summary>
internal sealed record NumberWord(double Value, string Word);

/// <summary>How settings are written, known when the program is compiled.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals)]
[JsonSerializable(typeof(StudySettings))]
[JsonSerializable(typeof(StudyMeasuresText))]
[JsonSerializable(typeof(Explaining.SamplingRecord))]
internal sealed partial class StudyJson : JsonSerializerContext;
