using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using AnalogLearn.Circuits;
using AnalogLearn.Netlist;
using AnalogLearn.Synapses;

namespace AnalogLearn.Variation;

/// <summary>A circuit with every random draw made. Chip 0 is the nominal one, and its circuit is the design itself.</summary>
public sealed record Chip
{
    /// <summary>The study's seed.</summary>
    public required ulong Seed { get; init; }

    /// <summary>The chip's number.</summary>
    public required int Number { get; init; }

    /// <summary>The circuit as fabricated.</summary>
    public required Circuit Circuit { get; init; }

    /// <summary>The deck as fabricated: its circuit is <see cref="Circuit"/>, its parameters have their draws. Null when only a circuit was fabricated.</summary>
    public Deck? Deck { get; init; }

    /// <summary>Every draw, in order of elements.</summary>
    public ImmutableArray<Draw> Draws { get; init; } = [];

    /// <summary>What is wrong with its spreads, or with a device that came out impossible.</summary>
    public ImmutableArray<Diagnostic> Problems { get; init; } = [];

    /// <summary>The logarithm of its weight in a study that draws chips elsewhere than they are fabricated; null in all others.</summary>
    internal double? LogWeight { get; init; }

    /// <summary>Whether it can be used.</summary>
    public bool IsSound => !Problems.Any(p => p.Severity == Severity.Error);

    /// <summary>Whether programming, writing or reading its synapses draws anything that no other chip draws.</summary>
    public bool HasCycles => Circuit.Arrays.Any(a => SynapseBank.IsNeeded(a.Card));

    /// <summary>The draws as text: what a file <c>chip.json</c> holds.</summary>
    public string ToJson() => JsonSerializer.Serialize(new ChipFile(Number, Seed, Draws), ChipJson.Compact.ChipFile);

    /// <summary>A hash of the draws, and of what cycles are drawn by, to tell runs of different chips apart.</summary>
    /// <returns>64 lower-case hexadecimal digits.</returns>
    public string Digest()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        if (HasCycles)
            hash.AppendData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"cycles {Seed} {Number}\n")));
        foreach (Draw draw in Draws)
        {
            hash.AppendData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{draw.Path} {draw.Parameter} {draw.Values.Length}\n")));
            hash.AppendData(MemoryMarshal.AsBytes(draw.Values.AsSpan()));
        }

        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }
}

/// <summary>The draws of a chip, as they are saved.</summary>
/// <param name="Chip">The chip's number.</param>
/// <param name="Seed">The study's seed.</param>
/// <param name="Draws">The draws.</param>
public sealed record ChipFile(int Chip, ulong Seed, ImmutableArray<Draw> Draws)
{
    /// <summary>Reads what <see cref="Variation.Chip.ToJson"/> wrote.</summary>
    /// <param name="json">The text.</param>
    /// <returns>The draws, or null when the text holds none.</returns>
    public static ChipFile? FromJson(string json)
    {
        try
        {
            return JsonSerializer.Deserialize(json, ChipJson.Compact.ChipFile) is { Draws.IsDefault: false } file
                && file.Draws.All(d => d is { Path: not null, Parameter: not null, Values.IsDefaultOrEmpty: false }) ? file : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <summary>How chips are written, known when the program is compiled.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ChipFile))]
internal sealed partial class ChipJson : JsonSerializerContext
{
    /// <summary>One draw a line would be too long for arrays and one number a line too long for people: compact.</summary>
    public static ChipJson Compact { get; } = new(new JsonSerializerOptions { PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
}
