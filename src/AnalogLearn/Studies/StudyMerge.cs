using System.Collections;
using System.Collections.Immutable;
using System.Globalization;
using AnalogLearn.Netlist;

namespace AnalogLearn.Studies;

/// <summary>
/// Puts the shards of a study together: one store, tables, figures, <c>report.html</c> and <c>run.json</c> as the study in one piece would have left them. It needs neither the deck nor its data. Where the study stops once its yield is known,
/// shards have run every chip, and those beyond are left out here.
/// </summary>
public static class StudyMerge
{
    /// <summary>The stores of a folder, or the files themselves.</summary>
    /// <param name="places">Folders and files.</param>
    /// <param name="diagnostics">Receives what is not there.</param>
    public static ImmutableArray<string> Find(IEnumerable<string> places, DiagnosticBag diagnostics)
    {
        ArgumentNullException.ThrowIfNull(places);
        ArgumentNullException.ThrowIfNull(diagnostics);
        var found = ImmutableArray.CreateBuilder<string>();
        foreach (string place in places)
        {
            if (File.Exists(place))
            {
                found.Add(place);
                continue;
            }

            string[] files = Directory.Exists(place) ? [.. Directory.EnumerateFiles(place, "study*.db").Where(f => !f.EndsWith(".previous.db", StringComparison.Ordinal)).Order(StringComparer.Ordinal)] : [];
            if (files.Length == 0)
                diagnostics.Error(Codes.BadStudyStore, SourceSpan.None, $"there is no study in '{place}'", "analoglearn mc DECK --shard 1/8 makes one, study-1-of-8.db in the run's folder");
            found.AddRange(files);
        }

        return found.ToImmutable();
    }

    /// <summary>Merges stores.</summary>
    /// <param name="files">The stores.</param>
    /// <param name="folder">Where the result goes.</param>
    /// <param name="diagnostics">Receives what is wrong or missing.</param>
    /// <param name="fresh">Whether to leave aside another study that is there.</param>
    /// <returns>The study, or null when nothing could be merged.</returns>
    public static MergedStudy? Run(ImmutableArray<string> files, RunFolder folder, DiagnosticBag diagnostics, bool fresh = false)
    {
        ArgumentNullException.ThrowIfNull(folder);
        ArgumentNullException.ThrowIfNull(diagnostics);
        string target = folder.PathOf(StudyStore.FileName), unfinished = folder.PathOf(".study.db.part");
        ImmutableSortedDictionary<string, string>? identity = null;
        StudyPlan? plan = null;
        StudyStore? merged = null;
        StopWatcher? watcher = null;
        var missing = new List<string>();
        try
        {
            BitArray known = new(0);
            foreach (string file in files)
            {
                using StudyStore? store = StudyStore.Read(file, diagnostics);
                if (store is null)
                    return null;
                if (identity is null)
                {
                    identity = store.Identity.SetItem("shard", "1/1");
                    plan = store.Plan() with { Shard = StudyShard.Whole };
                    merged = StudyStore.Open(unfinished, plan, identity, fresh: true, diagnostics);
                    if (merged is null)
                        return null;
                    known = new BitArray(plan.Count);
                    watcher = new StopWatcher(plan);
                }
                else if (store.Identity["fingerprint"] != identity["fingerprint"])
                {
                    diagnostics.Error(Codes.OtherStudy, SourceSpan.None, $"'{file}' is of another study than '{files[0]}'", "merge shards of the same deck, data, seed, settings and version");
                    return null;
                }

                // What any shard has found holds for all of them; one that was cut off may not know everything.
                bool isDone = store.Identity.GetValueOrDefault("complete") == "1";
                foreach ((string name, string value) in store.Identity.Where(i => StudyStore.IsFound(i.Key) && (isDone || !merged!.Identity.ContainsKey(i.Key))))
                    merged!.Remember(name, value);
                Take(store, plan!, merged!, known, watcher!);
                missing.AddRange(Unfinished(store));
            }

            if (merged is null || (!fresh && IsTaken(target, identity!, diagnostics)))
                return null;
            int wanted = watcher!.Wanted, there = known.Cast<bool>().Count(k => k);
            bool isWhole = IsWhole(plan!, known, watcher);
            for (int step = 0; step < plan!.Points.Length; step++)
                merged.Cut(step, watcher.LimitOf(step));
            string? measures = merged.Identity.GetValueOrDefault(StudyStore.MeasuresName);
            merged.Close(isWhole);
            merged = null;
            File.Move(unfinished, target, overwrite: true);
            StudyOutcome outcome = StudyOutcome.Of(target, plan);
            if (!isWhole)
            {
                diagnostics.Warning(
                    Codes.BadStudyStore,
                    SourceSpan.None,
                    string.Create(CultureInfo.InvariantCulture, $"{there} of {wanted} chips are there{(missing.Count > 0 ? "; not done: shard " + string.Join(", ", missing.Take(5)) : string.Empty)}"),
                    "analoglearn mc DECK --shard k/n does a shard or goes on with it; mc DECK without --shard does what is missing in one piece");
            }

            return Conclude(outcome, plan, identity!, measures, folder, isWhole, diagnostics);
        }
        finally
        {
            merged?.Dispose();
            StudyStore.Delete(unfinished);
        }
    }

    private static bool IsTaken(string target, ImmutableSortedDictionary<string, string> identity, DiagnosticBag diagnostics)
    {
        if (!File.Exists(target))
            return false;
        using StudyStore? there = StudyStore.Read(target, diagnostics);
        if (there is null)
            return true;
        if (there.CheckIdentity(identity) is not { } other)
            return false;
        diagnostics.Error(Codes.OtherStudy, SourceSpan.None, other, "--fresh leaves them aside; --out takes another folder");
        return true;
    }

    private static void Take(StudyStore store, StudyPlan plan, StudyStore merged, BitArray known, StopWatcher watcher)
    {
        const int most = 1000;
        var rows = new List<StudyRow>();
        foreach (StudyRow row in store.Rows())
        {
            int id = plan.IdOf(row.Item);
            if (known[id])
                continue;
            known[id] = true;
            watcher.Add(id, row.Passes);
            rows.Add(row);
            if (rows.Count < most)
                continue;
            merged.Write(plan, rows);
            rows.Clear();
        }

        merged.Write(plan, rows);
    }

    private static bool IsWhole(StudyPlan plan, BitArray known, StopWatcher watcher)
    {
        for (int id = 0; id < plan.Count; id++)
        {
            StudyItem item = plan.ItemAt(id);
            if (!known[id] && item.Chip <= watcher.LimitOf(item.Step))
                return false;
        }

        return true;
    }

    private static IEnumerable<string> Unfinished(StudyStore store)
    {
        if (store.Identity["shard"] != "1/1" && store.Identity.GetValueOrDefault("complete") != "1")
            yield return store.Identity["shard"];
    }

    private static MergedStudy Conclude(StudyOutcome outcome, StudyPlan plan, ImmutableSortedDictionary<string, string> identity, string? measures, RunFolder folder, bool isWhole, DiagnosticBag diagnostics)
    {
        foreach (Diagnostic warning in outcome.Warnings())
            diagnostics.Add(warning);
        RunStatus status = outcome.StatusOf(isWhole);
        RunRecord record = RunRecord.FromJson(identity["record"]) ?? new RunRecord { Deck = identity["deck"], Title = identity["title"] };
        record = record with
        {
            Out = folder.Path,
            Status = RunJson.Snake(status.ToString()),
            ExitCode = (int)status,
            Chips = outcome.Rows,
            Yield = outcome.Yield,
            Yields = [.. outcome.Summaries.Select(s => s.Yield).OfType<YieldRecord>()],
            Diagnostics = [.. record.Diagnostics, .. diagnostics.Select(DiagnosticRecord.Of)],
        };
        StudyMeasures about = StudyMeasures.FromJson(measures);
        if (status != RunStatus.Done)
            about = about.WithoutNominal();
        ImmutableArray<RuleContrast> contrasts = RuleContrast.Of(outcome.Rows, about);
        record = outcome.Write(folder, plan, record, about, contrasts, diagnostics, out _);
        folder.Write("run.json", record.WriteFile, lasting: true);
        return new MergedStudy(record, about.Words, RuleContrast.ToTables(contrasts));
    }
}
