using System.Collections.Immutable;
using AnalogLearn.Circuits;
using AnalogLearn.Variation;

namespace AnalogLearn.Studies;

/// <summary>One piece of a study's work, and the key of its row: a chip at a point of the sweep, in one of the study's modes.</summary>
/// <param name="Step">The point of the sweep, from 0.</param>
/// <param name="Chip">The chip's number.</param>
/// <param name="Mode">What is done with the chip, such as <c>ideal</c> or <c>transfer</c>; empty in a study that does one thing only.</param>
internal sealed record StudyItem(int Step, int Chip, string Mode = "");

/// <summary>What came of an item.</summary>
/// <param name="Item">The item.</param>
/// <param name="Status">How its run ended, in snake case.</param>
/// <param name="Measures">Its measures, in order of the deck; NaN where one was not obtained.</param>
internal sealed record StudyRow(StudyItem Item, string Status, ImmutableArray<(string Name, double Value)> Measures)
{
    /// <summary>The hash of the chip's draws, or null for the nominal chip and for one that could not be made.</summary>
    public string? Draws { get; init; }

    /// <summary>How long it took [s].</summary>
    public double Seconds { get; init; }

    /// <summary>Its first error, or null.</summary>
    public string? Error { get; init; }

    /// <summary>Whether the chip meets the study's specification.</summary>
    public bool Passes => Measures.Any(m => m is { Name: MonteCarlo.SpecName, Value: 1 });
}

/// <summary>Where the chips of a study come from. What it makes depends on the design and the item alone.</summary>
internal interface IChipSource
{
    /// <summary>What the chips depend on besides the deck: part of the study's fingerprint.</summary>
    string Description { get; }

    /// <summary>Makes the chip of an item. Called from several threads at once.</summary>
    /// <param name="design">The deck at the item's point of the sweep.</param>
    /// <param name="item">The item.</param>
    Chip Make(Deck design, StudyItem item);
}

/// <summary>Chips as fabrication draws them: chip k of a seed is the same at every point of a sweep and in every mode.</summary>
/// <param name="seed">The study's seed.</param>
internal sealed class FabricatedChips(ulong seed) : IChipSource
{
    public string Description => string.Create(System.Globalization.CultureInfo.InvariantCulture, $"fabricated with seed {seed}");

    public Chip Make(Deck design, StudyItem item) => design.Fabricate(seed, item.Chip);
}

/// <summary>What is done with a chip: measures what the study asks for.</summary>
/// <param name="chip">The deck on that chip, made ready.</param>
/// <param name="item">The item.</param>
/// <param name="cancellation">Stops early.</param>
/// <returns>How it ended; an interrupted item has no row, and whoever goes on does it: its training from where it was, all else again.</returns>
internal delegate RunStatus ChipWork(DeckRun chip, StudyItem item, CancellationToken cancellation);
