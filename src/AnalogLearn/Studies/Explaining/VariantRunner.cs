using System.Collections.Immutable;
using AnalogLearn.Circuits;
using AnalogLearn.Variation;

namespace AnalogLearn.Studies.Explaining;

/// <summary>One way to make the chips of a study that compares several.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Sampling">How its chips are drawn, or null for the generator alone.</param>
/// <param name="Design">The design, or null for the study's own.</param>
internal sealed record Variant(string Name, ChipSampling? Sampling, Deck? Design = null);

/// <summary>Runs the same chips in several variants, several at a time, each on one thread. A row depends on its variant, the seed and the chip's number alone.</summary>
/// <param name="design">The design.</param>
/// <param name="settings">What is said besides.</param>
/// <param name="seed">The study's seed.</param>
/// <param name="command">The command.</param>
/// <param name="parts">Which parts of the deck run.</param>
internal sealed class VariantRunner(Deck design, RunSettings settings, ulong seed, string command, RunParts parts)
{
    /// <summary>The design.</summary>
    public Deck Design => design;

    /// <summary>The study's seed.</summary>
    public ulong Seed => seed;

    /// <summary>What is told of progress, or null.</summary>
    public Action<string>? Say { get; init; }

    /// <summary>How many chips were simulated so far.</summary>
    public int Simulations { get; private set; }

    /// <summary>The chips 1 to n of each variant.</summary>
    /// <param name="variants">The variants.</param>
    /// <param name="chips">n.</param>
    /// <param name="cancellation">Stops early.</param>
    /// <returns>A row for each chip of each variant.</returns>
    public ChipRecord[][] Run(IReadOnlyList<Variant> variants, int chips, CancellationToken cancellation)
    {
        ChipRecord[][] rows = [.. variants.Select(_ => new ChipRecord[chips])];
        RunSettings own = settings with { ThreadCount = 1, IsOneOfMany = true, Fresh = true, ChipFile = null };
        var options = new ParallelOptions { MaxDegreeOfParallelism = settings.ThreadCount, CancellationToken = cancellation };
        int done = 0, total = variants.Count * chips;
        var telling = new Lock();
        Parallel.For(0, total, options, k =>
        {
            (int v, int chip) = Math.DivRem(k, chips);
            Variant variant = variants[v];
            DeckRun run = DeckRun.Of(variant.Design ?? design, own with { Chip = chip + 1, MakeChip = d => d.Fabricate(seed, chip + 1, variant.Sampling) });
            RunStatus ended = run.Run(command, parts & ~RunParts.Export, cancellation);
            cancellation.ThrowIfCancellationRequested();
            rows[v][chip] = new ChipRecord(chip + 1, settings.Step ?? ImmutableDictionary<string, double>.Empty, run.Results.Measures.ToDictionary(m => m.Name, m => m.Value, StringComparer.OrdinalIgnoreCase), RunJson.Snake(ended.ToString()));
            lock (telling)
            {
                done++;
                if (total >= 100 && done * 10 / total > (done - 1) * 10 / total)
                    Say?.Invoke(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{done} of {total} chips"));
            }
        });
        Simulations += total;
        return rows;
    }

    /// <summary>One chip of each variant.</summary>
    /// <param name="variants">The variants.</param>
    /// <param name="cancellation">Stops early.</param>
    public ChipRecord[] Once(IReadOnlyList<Variant> variants, CancellationToken cancellation) => [.. Run(variants, 1, cancellation).Select(r => r[0])];

    /// <summary>The names of the measures of some rows, without the specification's.</summary>
    /// <param name="rows">The rows.</param>
    public static string[] MeasuresOf(IEnumerable<ChipRecord> rows) =>
        [.. rows.SelectMany(r => r.Measures.Keys).Distinct(StringComparer.OrdinalIgnoreCase).Where(m => m != MonteCarlo.SpecName && !m.StartsWith(SpecMargins.Prefix, StringComparison.Ordinal))];
}
