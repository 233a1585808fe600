using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Diagnostics;
using System.Runtime.ExceptionServices;
using AnalogLearn.Circuits;
using AnalogLearn.Netlist;
using AnalogLearn.Variation;

namespace AnalogLearn.Studies.Explaining;

/// <summary>One way to make the chips of a study that compares several.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Sampling">How its chips are drawn, or null for the generator alone.</param>
/// <param name="Design">The design, or null for the study's own.</param>
internal sealed record Variant(string Name, ChipSampling? Sampling, Deck? Design = null);

/// <summary>
/// Runs the same chips in several variants, several at a time, each on one thread. A row depends on its variant, the seed and the chip's number alone. Where there is a table for them, rows are written as they end, and those
/// that are there already are not run again.
/// </summary>
/// <param name="design">The design.</param>
/// <param name="settings">What is said besides.</param>
/// <param name="seed">The study's seed.</param>
/// <param name="command">The command.</param>
/// <param name="parts">Which parts of the deck run.</param>
internal sealed class VariantRunner(Deck design, RunSettings settings, ulong seed, string command, RunParts parts)
{
    /// <summary>So many chips are worth telling how far they are.</summary>
    private const int WorthTelling = 50;

    private readonly ConcurrentQueue<Evaluation> _waiting = new();
    private readonly Lock _writing = new();

    /// <summary>The design.</summary>
    public Deck Design => design;

    /// <summary>The study's seed.</summary>
    public ulong Seed => seed;

    /// <summary>Told of progress.</summary>
    public IRunObserver Observer { get; init; } = SilentObserver.Instance;

    /// <summary>Whether to tell of the last chip too; not where what follows says it in other words.</summary>
    public bool TellsEnd { get; init; } = true;

    /// <summary>Where rows are kept, or null. Rows of one <see cref="DesignKey"/> and one name of what is evaluated are of the same chips.</summary>
    public EvaluationTable? Table { get; init; }

    /// <summary>What identifies the design in the table, with all that its numbers depend on besides.</summary>
    public string DesignKey { get; init; } = string.Empty;

    /// <summary>How many chips were simulated so far, those whose rows were there already among them.</summary>
    public int Simulations { get; private set; }

    /// <summary>The chips 1 to n of each variant.</summary>
    /// <param name="what">What is evaluated, in words; with the place of the variant and the chip's number, the key of a row.</param>
    /// <param name="variants">The variants.</param>
    /// <param name="chips">n.</param>
    /// <param name="cancellation">Stops early.</param>
    /// <returns>A row for each chip of each variant.</returns>
    /// <exception cref="IOException">Rows cannot be written.</exception>
    public ChipRecord[][] Run(string what, IReadOnlyList<Variant> variants, int chips, CancellationToken cancellation)
    {
        ChipRecord[][] rows = [.. variants.Select(_ => new ChipRecord[chips])];
        int done = 0, total = variants.Count * chips;
        foreach (Evaluation known in Table?.Read(DesignKey, what) ?? [])
        {
            if (known.Key.Variant >= variants.Count || known.Key.Chip > chips)
                continue;
            rows[known.Key.Variant][known.Key.Chip - 1] = RecordOf(known);
            done++;
        }

        int before = done;
        long begin = Stopwatch.GetTimestamp();
        RunSettings own = settings with { ThreadCount = 1, IsOneOfMany = true, Fresh = true, ChipFile = null };
        var options = new ParallelOptions { MaxDegreeOfParallelism = settings.ThreadCount, CancellationToken = cancellation };
        int[] left = [.. Enumerable.Range(0, total).Where(k => rows[k / chips][k % chips] is null)];
        try
        {
            Parallel.For(0, left.Length, options, k =>
            {
                (int v, int chip) = Math.DivRem(left[k], chips);
                Variant variant = variants[v];
                long start = Stopwatch.GetTimestamp();
                DeckRun run = DeckRun.Of(variant.Design ?? design, own with { Chip = chip + 1, MakeChip = d => d.Fabricate(seed, chip + 1, variant.Sampling) });
                var key = new EvaluationKey(DesignKey, what, v, chip + 1);
                run.Checkpoint = Table?.Checkpoints?.Of(key.CheckpointKey);
                RunStatus ended = run.Run(command, parts & ~RunParts.Export, cancellation);

                // What ends while everything is being stopped may have been cut off somewhere inside: it is gone on with rather than believed.
                if (cancellation.IsCancellationRequested)
                {
                    run.KeepTraining();
                    throw new OperationCanceledException(cancellation);
                }

                // As of .mc, a chip that could not be simulated does not meet the specification.
                bool isSimulated = ended is RunStatus.Done or RunStatus.CheckNotMet;
                var row = new Evaluation(
                    key,
                    variant.Name,
                    RunJson.Snake(ended.ToString()),
                    [.. run.Results.Measures.Select(m => (m.Name, !isSimulated && m.Name == MonteCarlo.SpecName ? 0 : m.Value))])
                {
                    Seconds = Stopwatch.GetElapsedTime(start).TotalSeconds,
                    Error = run.Diagnostics.FirstOrDefault(d => d.Severity == Severity.Error)?.Message,
                };
                rows[v][chip] = RecordOf(row);
                _waiting.Enqueue(row);
                Write();
            });
        }
        catch (AggregateException several)
        {
            ExceptionDispatchInfo.Throw(several.InnerExceptions.FirstOrDefault(e => e is IOException) ?? several.InnerExceptions[0]);
        }

        Simulations += total;
        return rows;

        // Whoever finds no one at it writes what waits, all in one transaction; whoever comes meanwhile leaves its row to the one who writes.
        void Write()
        {
            while (!_waiting.IsEmpty && _writing.TryEnter())
            {
                try
                {
                    var ended = new List<Evaluation>();
                    while (_waiting.TryDequeue(out Evaluation? row))
                        ended.Add(row);
                    if (ended.Count == 0)
                        continue;
                    Table?.Write(ended);
                    foreach (Evaluation row in ended)
                        Table?.Checkpoints?.Done(row.Key.CheckpointKey);
                    done += ended.Count;
                    if (total >= WorthTelling && (TellsEnd || done < total))
                        Observer.StudyProgress(new StudyProgress(done, total, Stopwatch.GetElapsedTime(begin).TotalSeconds * (total - done) / (done - before), Yield: null));
                }
                finally
                {
                    _writing.Exit();
                }
            }
        }
    }

    /// <summary>One chip of each variant.</summary>
    /// <param name="what">What is evaluated.</param>
    /// <param name="variants">The variants.</param>
    /// <param name="cancellation">Stops early.</param>
    public ChipRecord[] Once(string what, IReadOnlyList<Variant> variants, CancellationToken cancellation) => [.. Run(what, variants, 1, cancellation).Select(r => r[0])];

    /// <summary>The names of the measures of some rows, without the specification's.</summary>
    /// <param name="rows">The rows.</param>
    public static string[] MeasuresOf(IEnumerable<ChipRecord> rows) =>
        [.. rows.SelectMany(r => r.Measures.Keys).Distinct(StringComparer.OrdinalIgnoreCase).Where(m => m != MonteCarlo.SpecName && !m.StartsWith(SpecMargins.Prefix, StringComparison.Ordinal))];

    private ChipRecord RecordOf(Evaluation row) =>
        new(row.Key.Chip, settings.Step ?? ImmutableDictionary<string, double>.Empty, row.Measures.ToDictionary(m => m.Name, m => m.Value, StringComparer.OrdinalIgnoreCase), row.Status);
}
