using System.Collections.Immutable;
using AnalogLearn.Circuits;
using AnalogLearn.Data;

namespace AnalogLearn.Studies;

/// <summary>What a run is told besides its deck.</summary>
public sealed record RunSettings
{
    /// <summary>Overrides of the deck's <c>.param</c> cards (<c>--set name=value</c>).</summary>
    public ImmutableDictionary<string, string> Parameters { get; init; } = ImmutableDictionary.Create<string, string>(StringComparer.OrdinalIgnoreCase);

    /// <summary>Seed of everything, or null for the deck's own.</summary>
    public ulong? Seed { get; init; }

    /// <summary>The chip's number (<c>--chip</c>): 0 is the nominal one; null for the deck's own choice, chip 1 with <c>.options mismatch=1</c> and chip 0 without.</summary>
    public int? Chip { get; init; }

    /// <summary>A file of saved draws to make the chip from (<c>--chip chip.json</c>), or null.</summary>
    public string? ChipFile { get; init; }

    /// <summary>Threads; results do not depend on it.</summary>
    public int ThreadCount { get; init; } = Environment.ProcessorCount;

    /// <summary>The run's folder, or null for <c>out/&lt;deck&gt;</c>.</summary>
    public string? Folder { get; init; }

    /// <summary>Where data sets are looked for first.</summary>
    public ImmutableArray<string> DataDirectories { get; init; } = [];

    /// <summary>Which engine.</summary>
    public EngineChoice Engine { get; init; }

    /// <summary>The point of a <c>.step</c> sweep that this run is, or null for a run of its own.</summary>
    public ImmutableDictionary<string, double>? Step { get; init; }

    /// <summary>Whether this is one of a study's chips, which leaves no files of its own.</summary>
    internal bool IsOneOfMany { get; init; }

    /// <summary>Makes the chip in another way than by its number and the deck's seed, or null.</summary>
    internal Func<Deck, Variation.Chip>? MakeChip { get; init; }

    /// <summary>The part of a study that is to be done here (<c>--shard k/n</c>).</summary>
    public StudyShard Shard { get; init; } = StudyShard.Whole;

    /// <summary>The data set when it is loaded already, or null.</summary>
    internal DataSet? Data { get; init; }

    /// <summary>Data sets that were loaded for other points of a sweep, or null.</summary>
    internal SharedData? SharedData { get; init; }

    /// <summary>Whether to leave a checkpoint aside and start from the beginning.</summary>
    public bool Fresh { get; init; }

    /// <summary>Whether the run leaves its last checkpoint when it is done, for whoever goes on with what this run is a part of.</summary>
    internal bool KeepsCheckpoint { get; init; }

    /// <summary>Seconds between checkpoints, or null for the deck's <c>.options checkpoint=</c> (60 when it has none).</summary>
    public double? CheckpointSeconds { get; init; }
}
