using System.Collections;
using System.Collections.Immutable;
using AnalogLearn.Netlist;

namespace AnalogLearn.Studies;

/// <summary>A study's rows as a list that stays on disk: however many chips, memory holds one at a time.</summary>
internal sealed class StoredRows : IReadOnlyList<ChipRecord>
{
    /// <summary>So many rows are few enough to be kept.</summary>
    public const int Few = 2000;

    private readonly string _path;
    private readonly StudyPlan _plan;

    private StoredRows(string path, StudyPlan plan, int count)
    {
        _path = path;
        _plan = plan;
        Count = count;
    }

    /// <inheritdoc/>
    public int Count { get; }

    /// <inheritdoc/>
    public ChipRecord this[int index]
    {
        get
        {
            using StudyStore store = Open();
            return RecordOf(_plan, store.Rows(index, 1).Single());
        }
    }

    /// <summary>The rows of a store.</summary>
    /// <param name="store">The store.</param>
    /// <param name="plan">Its study.</param>
    public static IReadOnlyList<ChipRecord> Of(StudyStore store, StudyPlan plan)
    {
        int count = store.RowCount;
        return count <= Few ? store.Rows().Select(r => RecordOf(plan, r)).ToImmutableArray() : new StoredRows(store.Path, plan, count);
    }

    /// <inheritdoc/>
    public IEnumerator<ChipRecord> GetEnumerator()
    {
        using StudyStore store = Open();
        foreach (StudyRow row in store.Rows())
            yield return RecordOf(_plan, row);
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private static ChipRecord RecordOf(StudyPlan plan, StudyRow row) =>
        new(row.Item.Chip, plan.Steps[row.Item.Step], new Dictionary<string, double>(row.Measures.Where(m => !LearningCurve.IsEntry(m.Name)).Select(m => KeyValuePair.Create(m.Name, m.Value)), StringComparer.Ordinal), row.Status)
        {
            Mode = row.Item.Mode.Length > 0 ? row.Item.Mode : null,
            Learning = LearningCurve.Of(row.Measures),
        };

    private StudyStore Open() => StudyStore.Read(_path, new DiagnosticBag()) ?? throw new IOException($"the study's store '{_path}' is gone");
}
