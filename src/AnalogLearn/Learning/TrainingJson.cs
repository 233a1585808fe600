using System.Text.Json;
using System.Text.Json.Serialization;

namespace AnalogLearn.Learning;

/// <summary>How histories are written as JSON: names like the properties, numbers that are not finite as words.</summary>
public static class TrainingJson
{
    /// <summary>The options.</summary>
    public static JsonSerializerOptions Options { get; } = new()
    {
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
    };
}
