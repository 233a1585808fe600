using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Globalization;
using AnalogLearn.Circuits;
using AnalogLearn.Netlist;
using AnalogLearn.Variation;

namespace AnalogLearn.Studies.Explaining;

/// <summary>Chips as the <c>.mc</c> card's <c>sampling</c> and <c>importance</c> want them. What has to be sought first, the points of failure, is sought once at each point of a sweep, and is a function of design and seed.</summary>
/// <param name="sampling">What the card says.</param>
/// <param name="seed">The study's seed.</param>
/// <param name="settings">What the run is told; the search takes its threads.</param>
internal sealed class SampledChips(StudySampling sampling, ulong seed, RunSettings settings) : IChipSource
{
    private readonly ConcurrentDictionary<int, Lazy<Found>> _found = new();

    public string Description => string.Create(CultureInfo.InvariantCulture, $"fabricated with seed {seed}, {sampling}{(sampling.Points == "lhs" ? $" of {sampling.Chips}" : string.Empty)}");

    public Chip Make(Deck design, StudyItem item)
    {
        ChipSampling own = At(design, item.Step).Sampling;
        Chip chip = design.Fabricate(seed, item.Chip, own);
        return sampling.Importance == "none" ? chip : chip with { LogWeight = own.LogWeight(seed, item.Chip) };
    }

    /// <summary>What was found at a point of a sweep; null when its chips were not made here.</summary>
    /// <param name="step">The point.</param>
    public Found? FoundAt(int step) => _found.TryGetValue(step, out Lazy<Found>? found) && found.IsValueCreated ? found.Value : null;

    /// <summary>How chips are drawn, and what the search for it saw.</summary>
    /// <param name="Sampling">How.</param>
    /// <param name="Points">The points of failure.</param>
    /// <param name="Pilot">Simulations.</param>
    /// <param name="Trouble">What kept points from being found, or null.</param>
    internal sealed record Found(ChipSampling Sampling, ImmutableArray<FailurePoint> Points, int Pilot, string? Trouble);

    /// <summary>What is found at a point of a sweep.</summary>
    /// <param name="design">The deck at that point.</param>
    /// <param name="step">The point.</param>
    internal Found At(Deck design, int step) => _found.GetOrAdd(step, _ => new Lazy<Found>(() => Search(design))).Value;

    private Found Search(Deck design)
    {
        ChipSampling plain = sampling.Make(design, seed)!;
        if (sampling.Importance != "shift")
            return new Found(plain, [], 0, null);
        var diagnostics = new DiagnosticBag();
        if (SpecMargins.Add(design, diagnostics) is not { } margins)
            return new Found(plain, [], 0, diagnostics.FirstOrDefault()?.Message ?? "the study has no specification");
        var runner = new VariantRunner(margins.Deck, settings, seed, "mc", RunParts.All);
        (ImmutableArray<ShiftedPart> parts, ImmutableArray<FailurePoint> points) = ImportanceSampling.Find(runner, margins.Names, plain.Space!, CancellationToken.None);
        return new Found(plain with { Parts = parts }, points, runner.Simulations, points.IsEmpty ? "no point of failure was found within 12 σ of the design: chips are drawn as they are fabricated" : null);
    }
}
