using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
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

    /// <summary>Whether there is something to seek before chips can be drawn.</summary>
    public bool Seeks => sampling.Importance == "shift";

    /// <summary>Draws the chips of a point as was found before.</summary>
    /// <param name="design">The deck at that point.</param>
    /// <param name="step">The point.</param>
    /// <param name="known">What was found.</param>
    public void Take(Deck design, int step, SamplingRecord known) => _found[step] = new Lazy<Found>(new Found(sampling.Make(design, seed)! with { Parts = [.. known.Parts.Select(p => new ShiftedPart(p.Share, p.Shift))] }, known));

    /// <summary>Seeks how the chips of a point are to be drawn.</summary>
    /// <param name="design">The deck at that point.</param>
    /// <param name="step">The point.</param>
    /// <param name="observer">Told of progress.</param>
    /// <param name="table">Where the chips of the search are kept.</param>
    /// <param name="cancellation">Stops early; what was evaluated is kept.</param>
    public SamplingRecord Seek(Deck design, int step, IRunObserver observer, EvaluationTable table, CancellationToken cancellation)
    {
        Found found = Search(design, string.Create(CultureInfo.InvariantCulture, $"point {step}"), observer, table, cancellation);
        _found[step] = new Lazy<Found>(found);
        return found.Record;
    }

    /// <summary>How chips are drawn, and what the search for it saw.</summary>
    /// <param name="Sampling">How.</param>
    /// <param name="Record">What a store keeps of it.</param>
    private sealed record Found(ChipSampling Sampling, SamplingRecord Record);

    /// <summary>What is found at a point of a sweep, for whoever has no store of the study.</summary>
    private Found At(Deck design, int step) => _found.GetOrAdd(step, _ => new Lazy<Found>(() => Search(design, string.Empty, SilentObserver.Instance, null, CancellationToken.None))).Value;

    private Found Search(Deck design, string key, IRunObserver observer, EvaluationTable? table, CancellationToken cancellation)
    {
        ChipSampling plain = sampling.Make(design, seed)!;
        var record = new SamplingRecord(sampling.Importance, plain.Space?.Coordinates.Length ?? 0, 0, [], [], null);
        if (!Seeks)
            return new Found(plain, record);
        var diagnostics = new DiagnosticBag();
        if (SpecMargins.Add(design, diagnostics) is not { } margins)
            return new Found(plain, record with { Trouble = diagnostics.FirstOrDefault()?.Message ?? "the study has no specification" });
        var runner = new VariantRunner(margins.Deck, settings with { Step = settings.Step ?? ImmutableDictionary<string, double>.Empty }, seed, "mc", RunParts.All) { Observer = observer, Table = table, DesignKey = key };
        (ImmutableArray<ShiftedPart> parts, ImmutableArray<FailurePoint> points) = ImportanceSampling.Find(runner, margins.Names, plain.Space!, cancellation);
        return new Found(plain with { Parts = parts }, record with
        {
            PilotChips = runner.Simulations,
            Points = points,
            Parts = [.. parts.Select(p => new SampledPart(p.Share, p.Shift))],
            Trouble = points.IsEmpty ? "no point of failure was found within 12 σ of the design: chips are drawn as they are fabricated" : null,
        });
    }
}

/// <summary>A place that chips are drawn about.</summary>
/// <param name="Share">The share of chips.</param>
/// <param name="Shift">A number for each coordinate [σ].</param>
internal sealed record SampledPart(double Share, ImmutableArray<double> Shift);

/// <summary>How the chips of one point of a sweep are drawn, as the study's store keeps it: shards and whoever goes on draw them in the same way, and whoever merges says what the search saw.</summary>
/// <param name="Method">none, shift or scale.</param>
/// <param name="Dimensions">How many draws are shifted or scaled.</param>
/// <param name="PilotChips">Simulations of the search.</param>
/// <param name="Points">The points of failure.</param>
/// <param name="Parts">The places that chips are drawn about.</param>
/// <param name="Trouble">What kept points from being found, or null.</param>
internal sealed record SamplingRecord(string Method, int Dimensions, int PilotChips, ImmutableArray<FailurePoint> Points, ImmutableArray<SampledPart> Parts, string? Trouble)
{
    /// <summary>What a store remembers of a point of the sweep, or null.</summary>
    /// <param name="store">The store.</param>
    /// <param name="step">The point.</param>
    public static SamplingRecord? Of(StudyStore store, int step) =>
        store.Identity.TryGetValue(string.Create(CultureInfo.InvariantCulture, $"{StudyStore.SamplingPrefix}{step}"), out string? json) ? JsonSerializer.Deserialize(json, StudyJson.Default.SamplingRecord) : null;

    /// <summary>As text.</summary>
    public string ToJson() => JsonSerializer.Serialize(this, StudyJson.Default.SamplingRecord);

    /// <summary>An estimate with what the search saw.</summary>
    /// <param name="importance">The estimate.</param>
    public ImportanceRecord In(ImportanceRecord importance) => importance with { Method = Method, Points = Points, PilotChips = PilotChips, Dimensions = Dimensions };
}
