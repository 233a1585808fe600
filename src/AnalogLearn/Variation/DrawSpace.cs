using System.Collections.Immutable;
using System.Globalization;
using AnalogLearn.Circuits;
using AnalogLearn.Numerics;

namespace AnalogLearn.Variation;

/// <summary>One standard draw of a chip that studies look at by itself: a coordinate of the space that chips are points of.</summary>
/// <param name="Name">Its name: the owner, the parameter, the device: <c>m1 vto area</c>, <c>yxh gmax+ dev[3]</c>.</param>
/// <param name="Spread">The spread that it belongs to: <c>n vto area</c>.</param>
/// <param name="Path">The names of its stream.</param>
/// <param name="Index">The draw's number there.</param>
internal sealed record DrawCoordinate(string Name, string Spread, ImmutableArray<string> Path, ulong Index)
{
    /// <summary>The generator's bits on a chip.</summary>
    public ulong Bits(ulong seed, int chip)
    {
        CounterRandom bits = ChipStreams.Of(seed, chip);
        foreach (string name in Path)
            bits = bits.Child(name);
        return bits.UInt64At(Index);
    }
}

/// <summary>
/// What all chips of a deck are drawn from: independent standard normal coordinates. Every draw of a lot, of a random function in an expression and of a device is one, in this order and by name, as long as its
/// parameter has no more than <see cref="MostDevices"/> devices in its element and there are no more than <see cref="MostCoordinates"/> in all. What is beyond, such as the devices of large arrays, is drawn all the
/// same, but by the generator alone.
/// </summary>
internal sealed class DrawSpace
{
    /// <summary>Most devices of one parameter that are coordinates.</summary>
    public const int MostDevices = 64;

    /// <summary>Most coordinates.</summary>
    public const int MostCoordinates = SobolSequence.MostDimensions;

    private DrawSpace(IReadOnlyList<DrawRecord> records, IEnumerable<string> spreads)
    {
        var coordinates = ImmutableArray.CreateBuilder<DrawCoordinate>();
        foreach (DrawRecord record in records.OrderBy(r => r.Order).ThenBy(r => r.Name, StringComparer.Ordinal))
        {
            if (record.Indices.Count > MostDevices || coordinates.Count + record.Indices.Count > MostCoordinates)
            {
                Beyond += record.Indices.Count;
                continue;
            }

            ImmutableArray<string> path = [.. record.Path];
            foreach ((ulong index, int k) in record.Indices.Order().Select((index, k) => (index, k)))
            {
                Places.Add((string.Join('\0', record.Path), index), coordinates.Count);
                coordinates.Add(new DrawCoordinate(record.Indices.Count == 1 && index == 0 ? record.Name : string.Create(CultureInfo.InvariantCulture, $"{record.Name}[{k}]"), record.Spread, path, index));
            }
        }

        Coordinates = coordinates.DrainToImmutable();
        Spreads = [.. spreads.Order(StringComparer.Ordinal)];
    }

    /// <summary>The coordinates.</summary>
    public ImmutableArray<DrawCoordinate> Coordinates { get; }

    /// <summary>Every spread, with those whose draws are no coordinates.</summary>
    public ImmutableArray<string> Spreads { get; }

    /// <summary>How many draws are no coordinates.</summary>
    public int Beyond { get; }

    private Dictionary<(string Path, ulong Index), int> Places { get; } = [];

    /// <summary>Finds the draws of a deck by making one chip of it.</summary>
    /// <param name="deck">The design.</param>
    public static DrawSpace Of(Deck deck)
    {
        var recorder = new DrawRecorder();
        Fabrication.Fabricate(deck, 1, 1, new ChipSampling { Recorder = recorder });
        return new DrawSpace([.. recorder.Records], recorder.Spreads);
    }

    /// <summary>The place of a draw among the coordinates, or −1.</summary>
    public int Find(string[] path, ulong index) => Places.GetValueOrDefault((string.Join('\0', path), index), -1);
}

/// <summary>The draws of one stream that making a chip asked for.</summary>
internal sealed record DrawRecord(string Name, string Spread, string[] Path, int Order)
{
    public HashSet<ulong> Indices { get; } = [];
}

/// <summary>Writes down which draws making a chip asks for.</summary>
internal sealed class DrawRecorder
{
    private readonly Dictionary<string, DrawRecord> _records = new(StringComparer.Ordinal);

    public IEnumerable<DrawRecord> Records => _records.Values;

    public HashSet<string> Spreads { get; } = new(StringComparer.Ordinal);

    public void Asked(string[] path, string spread, ulong index)
    {
        Spreads.Add(spread);
        string key = string.Join('\0', path);
        if (!_records.TryGetValue(key, out DrawRecord? record))
            _records.Add(key, record = new DrawRecord(NameOf(path, spread), spread, path, path[0] switch { "*lot" or "*lot group" => 0, "*expression" => 1, _ => 2 }));

        // Of arrays it is enough to know that they are large; their devices are still counted.
        record.Indices.Add(index);
    }

    private static string NameOf(string[] path, string spread) => path switch
    {
        ["*lot" or "*lot group" or "*expression", ..] => spread,
        [var owner, "*group", var group] => $"{owner} group {group}",
        _ => string.Join(' ', path),
    };
}
