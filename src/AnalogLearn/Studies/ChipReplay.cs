using System.Collections.Immutable;
using System.Globalization;
using AnalogLearn.Netlist;

namespace AnalogLearn.Studies;

/// <summary>One measure of a chip, as the study has it and as it came out again.</summary>
/// <param name="Where">The point of the sweep and the mode, in words; empty when there is only one.</param>
/// <param name="Name">The measure.</param>
/// <param name="Stored">The study's number.</param>
/// <param name="Value">The number now.</param>
public sealed record ReplayedMeasure(string Where, string Name, double Stored, double Value)
{
    /// <summary>Whether they are the same to the last bit.</summary>
    public bool IsSame => BitConverter.DoubleToInt64Bits(Stored) == BitConverter.DoubleToInt64Bits(Value) || (double.IsNaN(Stored) && double.IsNaN(Value));
}

/// <summary>
/// Runs a chip of a study once more and compares every measure with the stored row, to the last bit. Leaves the chip as a file of all its draws (<c>chip-K.json</c>) and as a SPICE deck that carries its very numbers
/// (<c>chip-K.cir</c>).
/// </summary>
public sealed class ChipReplay
{
    private readonly List<ReplayedMeasure> _measures = [];
    private readonly List<string> _files = [];

    private ChipReplay(DeckRun run, int chip)
    {
        Run = run;
        Chip = chip;
    }

    /// <summary>The deck.</summary>
    public DeckRun Run { get; }

    /// <summary>The chip's number.</summary>
    public int Chip { get; }

    /// <summary>Every measure at every point of the sweep.</summary>
    public IReadOnlyList<ReplayedMeasure> Measures => _measures;

    /// <summary>Files that were written.</summary>
    public IReadOnlyList<string> Files => _files;

    /// <summary>Runs a chip of a study again.</summary>
    /// <param name="place">The deck, or the folder of its study.</param>
    /// <param name="chip">The chip's number.</param>
    /// <param name="settings">What is said besides; of a folder, what its study was told comes first.</param>
    /// <param name="diagnostics">Receives why it cannot be done, and where the chip came out otherwise.</param>
    /// <param name="cancellation">Stops early.</param>
    /// <returns>The comparison, or null when it could not be made.</returns>
    public static ChipReplay? Of(string place, int chip, RunSettings settings, DiagnosticBag diagnostics, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(diagnostics);
        string? folder = Directory.Exists(place) ? place : null;
        if (folder is null && !File.Exists(place))
        {
            diagnostics.Error(Codes.MissingFile, SourceSpan.None, $"'{place}' is neither a deck nor the folder of a study", "check the path; analoglearn mc DECK --out FOLDER makes a study");
            return null;
        }

        DeckRun? run = folder is null ? DeckRun.Open(place, settings with { Chip = null, ChipFile = null }) : null;
        folder ??= run!.Folder.Path;
        using StudyStore? store = Find(folder, chip, diagnostics);
        if (store is null)
            return null;
        if (run is null)
        {
            RunSettings told = StudySettings.FromJson(store.Identity["settings"])?.In(settings) ?? settings;
            run = DeckRun.Open(store.Identity["deck"], told with { Chip = null, ChipFile = null, Folder = folder });
        }

        RunParts parts = Enum.TryParse(store.Identity["parts"], out RunParts known) ? known : RunParts.All;
        PreparedStudy? study = StudyKinds.Prepare(store.Identity["kind"], run, parts);
        foreach (Diagnostic diagnostic in run.Diagnostics)
            diagnostics.Add(diagnostic);
        if (study is null)
            return null;
        if (store.CheckIdentity(study.Identity) is { } other)
        {
            diagnostics.Error(Codes.OtherStudy, SourceSpan.None, other, "replay wants the deck, the data, the seed, the settings and the version of the study");
            return null;
        }

        var replay = new ChipReplay(run, chip);
        ImmutableArray<StudyRow> rows = store.RowsOf(chip);
        for (int k = 0; k < rows.Length; k++)
            replay.Compare(study, rows[k], rows.Length == 1 ? string.Empty : string.Create(CultureInfo.InvariantCulture, $"-{k + 1}"), diagnostics, cancellation);
        return replay;
    }

    private static StudyStore? Find(string folder, int chip, DiagnosticBag diagnostics)
    {
        var problems = new DiagnosticBag();
        string whole = Path.Combine(folder, StudyStore.FileName);
        string[] shards = Directory.Exists(folder) ? [.. Directory.EnumerateFiles(folder, "study-*.db").Order(StringComparer.Ordinal)] : [];
        foreach (string file in shards.Length == 0 || File.Exists(whole) ? shards.Prepend(whole) : shards)
        {
            if (StudyStore.Read(file, problems) is not { } store)
                continue;
            if (!store.RowsOf(chip).IsEmpty)
                return store;
            store.Dispose();
        }

        if (!problems.HasErrors)
            problems.Error(Codes.BadStudyStore, SourceSpan.None, string.Create(CultureInfo.InvariantCulture, $"the study in '{folder}' has no chip {chip}"), "chips.csv lists them");
        foreach (Diagnostic problem in problems)
            diagnostics.Add(problem);
        return null;
    }

    private void Compare(PreparedStudy study, StudyRow stored, string ending, DiagnosticBag diagnostics, CancellationToken cancellation)
    {
        (DeckRun run, StudyRow? now) = study.Points[stored.Item.Step].RunOpen(stored.Item, null, cancellation);
        if (now is null)
            throw new OperationCanceledException(cancellation);
        string where = StepSweep.Describe(study.Plan.Points[stored.Item.Step], stored.Item.Mode);
        Dictionary<string, double> found = now.Measures.ToDictionary(m => m.Name, m => m.Value, StringComparer.Ordinal);
        foreach ((string name, double value) in stored.Measures)
            _measures.Add(new ReplayedMeasure(where, name, value, found.GetValueOrDefault(name, double.NaN)));
        foreach (ReplayedMeasure measure in _measures.Where(m => m.Where == where && !m.IsSame))
            Differs(string.Create(CultureInfo.InvariantCulture, $"'{measure.Name}' of the study is {measure.Stored:R} and came out as {measure.Value:R}"));
        if (stored.Status != now.Status)
            Differs($"it ended as {stored.Status} in the study and as {now.Status} now");
        if (stored.Draws != now.Draws)
            Differs("its draws are others than in the study");
        if (run.Chip is { } chip)
        {
            _files.Add(Run.Folder.WriteText(string.Create(CultureInfo.InvariantCulture, $"chip-{Chip}{ending}.json"), chip.ToJson() + "\n"));
            if (run.Export("spice", Run.Folder.PathOf(string.Create(CultureInfo.InvariantCulture, $"chip-{Chip}{ending}.cir"))) is { } file)
                _files.Add(file.Path);
        }

        void Differs(string how) => diagnostics.Error(
            Codes.OtherReplay,
            SourceSpan.None,
            string.Create(CultureInfo.InvariantCulture, $"chip {Chip}{(where.Length > 0 ? " at " + where : string.Empty)} is not what it was: {how}"),
            "the same program on the same kind of machine gives the same bits; another version, another processor's vector width or mathematical library may not");
    }
}
