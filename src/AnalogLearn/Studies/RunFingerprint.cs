using System.Collections;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Reflection;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using AnalogLearn.Circuits;
using AnalogLearn.Data;
using AnalogLearn.Netlist;

namespace AnalogLearn.Studies;

/// <summary>
/// A hash of everything that a run's numbers depend on: the deck with its files and overrides, the data, the seed, the version. Two runs of the same
/// fingerprint give the same bits, so a checkpoint of one may be taken up by the other. Threads, folders and machines are not part of it.
/// </summary>
public static class RunFingerprint
{
    /// <summary>The fingerprint of a run.</summary>
    /// <param name="deck">The deck.</param>
    /// <param name="data">Its data set, or null.</param>
    /// <param name="seed">The run's seed.</param>
    /// <param name="chip">The hash of the chip's draws, or null for the nominal one.</param>
    /// <returns>64 lower-case hexadecimal digits.</returns>
    public static string Of(Deck deck, DataSet? data, ulong seed, string? chip = null)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Add(hash, "version", ProductVersion.Text);
        Add(hash, "seed", seed.ToString(CultureInfo.InvariantCulture));
        if (chip is not null)
            Add(hash, "chip", chip);
        foreach (SourceFile file in deck.Files)
            Add(hash, "file", file.Sha256);
        foreach ((string name, double value) in deck.Parameters.OrderBy(p => p.Key, StringComparer.Ordinal))
            Add(hash, name, BitConverter.DoubleToInt64Bits(value).ToString(CultureInfo.InvariantCulture));
        if (deck.Files.IsDefaultOrEmpty)
            AddDescription(hash, deck);
        if (data is not null)
            AddData(hash, data);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static void AddData(IncrementalHash hash, DataSet data)
    {
        Add(hash, "data", string.Create(CultureInfo.InvariantCulture, $"{data.Name} {data.Train.Count} {data.Test.Count}"));
        foreach (DataFile file in data.Files)
            Add(hash, "data file", file.Sha256);
        if (!data.Files.IsDefaultOrEmpty)
            return;
        foreach (Examples examples in new[] { data.Train, data.Test })
        {
            hash.AppendData(MemoryMarshal.AsBytes(examples.Inputs));
            hash.AppendData(MemoryMarshal.AsBytes(examples.Targets));
        }
    }

    /// <summary>Adds what a deck that was built in code says, property by property; where things stand in a text does not count.</summary>
    [UnconditionalSuppressMessage("Trimming", "IL2075", Justification = "What trimming takes away of a deck's types it takes away the same in every run of that program.")]
    private static void AddDescription(IncrementalHash hash, object? value)
    {
        switch (value)
        {
            case null:
                Add(hash, "null", string.Empty);
                break;
            case SourceSpan:
                break;
            case string or bool or Enum or char:
                Add(hash, "text", value.ToString()!);
                break;
            case double number:
                Add(hash, "number", BitConverter.DoubleToInt64Bits(number).ToString(CultureInfo.InvariantCulture));
                break;
            case IFormattable plain and (int or long or ulong or uint or float):
                Add(hash, "number", plain.ToString(null, CultureInfo.InvariantCulture));
                break;
            case IDictionary table:
                foreach (object key in table.Keys.Cast<object>().OrderBy(k => k.ToString(), StringComparer.Ordinal))
                {
                    Add(hash, "key", key.ToString()!);
                    AddDescription(hash, table[key]);
                }

                break;
            case ImmutableArray<double> numbers:
                hash.AppendData(MemoryMarshal.AsBytes(numbers.IsDefault ? [] : numbers.AsSpan()));
                break;
            case IEnumerable items:
                foreach (object? item in items)
                    AddDescription(hash, item);
                Add(hash, "end", string.Empty);
                break;
            default:
                Add(hash, "type", value.GetType().Name);
                foreach (PropertyInfo property in value.GetType().GetProperties(BindingFlags.Instance | BindingFlags.Public).OrderBy(p => p.Name, StringComparer.Ordinal))
                {
                    if (property.GetIndexParameters().Length > 0 || property.Name is "EqualityContract" or "Syntax")
                        continue;
                    Add(hash, "property", property.Name);
                    AddDescription(hash, property.GetValue(value));
                }

                break;
        }
    }

    private static void Add(IncrementalHash hash, string what, string text)
    {
        hash.AppendData(Encoding.UTF8.GetBytes(what));
        hash.AppendData([0]);
        hash.AppendData(Encoding.UTF8.GetBytes(text));
        hash.AppendData([1]);
    }
}
