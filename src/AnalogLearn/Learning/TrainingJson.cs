using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace AnalogLearn.Learning;

/// <summary>How histories are written as JSON: names like the properties, numbers that are not finite as words.</summary>
public static class TrainingJson
{
    /// <summary>The options.</summary>
    public static JsonSerializerOptions Options { get; } = new()
    {
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
        TypeInfoResolver = TrainingJsonContext.Default,
    };

    internal static JsonTypeInfo<List<EpochRecord>> History { get; } = (JsonTypeInfo<List<EpochRecord>>)Options.GetTypeInfo(typeof(List<EpochRecord>));
}

/// <summary>How each type is written, known when the program is compiled: nothing is looked up by reflection.</summary>
[JsonSerializable(typeof(List<EpochRecord>))]
internal sealed partial class TrainingJsonContext : JsonSerializerContext;
