using System.Collections;
using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;

namespace AnalogLearn.Studies;

/// <summary>
/// Does a study's items, several at a time, each on one thread, and writes the row of each into the store as it ends. An item's row depends on nothing but the item: neither the number of threads, nor the order in which items
/// end, nor where an earlier run of the study was cut off changes a bit.
/// </summary>
/// <param name="plan">The study.</param>
/// <param name="store">Where rows are, and go to.</param>
/// <param name="work">Does an item; called from several threads at once. Null when it was interrupted.</param>
/// <param name="observer">Told how far the study is.</param>
internal sealed class ChipStudy(StudyPlan plan, StudyStore store, Func<StudyItem, CancellationToken, StudyRow?> work, IRunObserver observer)
{
    private const int MostWaiting = 4096;

    private readonly StopWatcher _watcher = new(plan);
    private readonly long _begin = Stopwatch.GetTimestamp();
    private BitArray _known = new(0);
    private int _next = -1;
    private int _before;
    private int _done;
    private int _passed;
    private bool _toldAll;
    private bool _hasWeights;
    private Exception? _trouble;

    /// <summary>The key of the nominal design's checkpoint.</summary>
    public const string NominalKey = "nominal";

    /// <summary>Where chips keep how far their training is, or null.</summary>
    public ChipCheckpoints? Checkpoints { get; init; }

    /// <summary>The key of an item's checkpoint.</summary>
    public static string KeyOf(StudyPlan plan, StudyItem item) => plan.IdOf(item).ToString(CultureInfo.InvariantCulture);

    /// <summary>Threads.</summary>
    public int ThreadCount { get; init; } = Environment.ProcessorCount;

    /// <summary>Does what is not done yet.</summary>
    /// <param name="cancellation">Interrupts: items that are being done are left, with how far their training is; what is done is kept.</param>
    /// <returns>Whether every item that the study needs has its row.</returns>
    /// <exception cref="IOException">The store cannot be written.</exception>
    public bool Run(CancellationToken cancellation = default)
    {
        _known = new BitArray(plan.Count);
        foreach ((int id, bool passes) in store.Known())
        {
            _known[id] = true;
            Count(id, passes);
        }

        _before = _done;
        int inTraining = Checkpoints?.TakeUp(key => key == NominalKey || (int.TryParse(key, NumberStyles.None, CultureInfo.InvariantCulture, out int id) && id < plan.Count && !_known[id])) ?? 0;
        if (_before > 0)
            observer.Say(string.Create(CultureInfo.InvariantCulture, $"resumed: {_before} of {Total} chips are done"));
        if (inTraining > 0)
            observer.Say(ChipCheckpoints.Describe(inTraining));
        if (_before < Total && !cancellation.IsCancellationRequested)
            DoAll(cancellation);
        if (_trouble is not null)
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(_trouble);
        if (_done < Total)
            return false;
        for (int step = 0; step < plan.Points.Length; step++)
        {
            if (_watcher.LimitOf(step) < plan.Chips)
                store.Cut(step, _watcher.LimitOf(step));
        }

        return true;
    }

    private int Total => plan.Shard.Count == 1 ? _watcher.Wanted : plan.Mine;

    private void DoAll(CancellationToken cancellation)
    {
        using var failed = new CancellationTokenSource();
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation, failed.Token);
        using var finished = new BlockingCollection<StudyRow>(MostWaiting);
        int count = Math.Clamp(ThreadCount, 1, Math.Max(1, Total - _before));
        Thread[] threads = [.. Enumerable.Range(0, count).Select(k => new Thread(() => DoItems(finished, failed, stop.Token)) { IsBackground = true, Name = "chip" })];
        foreach (Thread thread in threads)
            thread.Start();
        var writer = new Thread(() => WriteRows(finished, failed)) { IsBackground = true, Name = "study" };
        writer.Start();
        foreach (Thread thread in threads)
            thread.Join();
        finished.CompleteAdding();
        writer.Join();
    }

    private void DoItems(BlockingCollection<StudyRow> finished, CancellationTokenSource failed, CancellationToken stop)
    {
        try
        {
            while (!stop.IsCancellationRequested && Take() is { } item)
            {
                if (work(item, stop) is { } row)
                    finished.Add(row, failed.Token);
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // What was being done is gone on with, or done again, by whoever goes on.
        }
        catch (Exception e)
        {
            Interlocked.CompareExchange(ref _trouble, e, null);
            failed.Cancel();
        }
    }

    /// <summary>The next item in order that has no row and is wanted.</summary>
    private StudyItem? Take()
    {
        while (true)
        {
            int place = Interlocked.Increment(ref _next);
            long id = ((long)place * plan.Shard.Count) + plan.Shard.Index - 1;
            if (id >= plan.Count)
                return null;
            if (_known[(int)id])
                continue;
            StudyItem item = plan.ItemAt((int)id);
            if (item.Chip <= _watcher.LimitOf(item.Step))
                return item;
        }
    }

    /// <summary>Writes rows as they come, those that wait together in one transaction.</summary>
    private void WriteRows(BlockingCollection<StudyRow> finished, CancellationTokenSource failed)
    {
        var rows = new List<StudyRow>();
        try
        {
            foreach (StudyRow first in finished.GetConsumingEnumerable(CancellationToken.None))
            {
                rows.Add(first);
                while (rows.Count < MostWaiting && finished.TryTake(out StudyRow? next))
                    rows.Add(next);
                store.Write(plan, rows);
                _hasWeights |= rows[0].Measures.Any(m => m.Name == MonteCarlo.WeightName);
                foreach (StudyRow row in rows)
                {
                    Count(plan.IdOf(row.Item), row.Passes);
                    Checkpoints?.Done(KeyOf(plan, row.Item));
                }

                rows.Clear();
                Tell();
            }
        }
        catch (Exception e)
        {
            Interlocked.CompareExchange(ref _trouble, e, null);
            failed.Cancel();
        }
    }

    private void Count(int id, bool passes)
    {
        _watcher.Add(id, passes);
        _done++;
        _passed += passes ? 1 : 0;
    }

    private void Tell()
    {
        double seconds = Stopwatch.GetElapsedTime(_begin).TotalSeconds;
        int total = Total, done = Math.Min(_done, total);
        if (_toldAll)
            return;
        _toldAll = done == total;
        observer.StudyProgress(new StudyProgress(done, total, seconds * (total - done) / Math.Max(1, _done - _before), plan.Spec is null || _hasWeights ? null : YieldRecord.Of(plan.Spec, _done, _passed)));
    }
}
