using System.Globalization;

namespace AnalogLearn.Numerics;

/// <summary>Work that several threads share without a barrier.</summary>
public interface IParallelJob
{
    /// <summary>Does one worker's part. Parts are independent: they may run at the same time or one after the other.</summary>
    /// <param name="worker">Which part, from 0.</param>
    /// <param name="workers">How many parts there are.</param>
    void Execute(int worker, int workers);
}

/// <summary>
/// A few threads that wait for work. The caller is worker 0; starting and ending a job allocates nothing. When the pool is busy with another caller's job, or
/// is asked from inside a job, the caller does all parts itself: results never depend on it.
/// </summary>
public sealed class WorkerPool
{
    private readonly Thread[] _threads;
    private readonly SemaphoreSlim[] _start;
    private readonly CountdownEvent _running = new(1);
    private readonly Exception?[] _failures;
    private IParallelJob? _job;
    private int _workers;
    private int _busy;

    private WorkerPool(int count)
    {
        _threads = new Thread[count - 1];
        _start = new SemaphoreSlim[count - 1];
        _failures = new Exception?[count];
        for (int k = 0; k < _threads.Length; k++)
        {
            int worker = k + 1;
            _start[k] = new SemaphoreSlim(0);
            _threads[k] = new Thread(() => Loop(worker)) { IsBackground = true, Name = string.Create(CultureInfo.InvariantCulture, $"AnalogLearn worker {worker}") };
            _threads[k].Start();
        }
    }

    /// <summary>The pool of the process: one worker a core.</summary>
    public static WorkerPool Shared { get; } = new(Math.Max(1, Environment.ProcessorCount));

    /// <summary>Number of workers, the caller included.</summary>
    public int Count => _threads.Length + 1;

    /// <summary>How many workers a wish gets: all when it is 0, never more than there are.</summary>
    /// <param name="threads">The wish.</param>
    public int Limit(int threads) => threads <= 0 ? Count : Math.Min(threads, Count);

    /// <summary>Runs a job that lives on the heap; allocates nothing.</summary>
    /// <param name="job">The job.</param>
    /// <param name="workers">Into how many parts it is split.</param>
    public void Run(IParallelJob job, int workers)
    {
        workers = Math.Clamp(workers, 1, Count);
        if (workers == 1 || Interlocked.CompareExchange(ref _busy, 1, 0) != 0)
        {
            for (int k = 0; k < workers; k++)
                job.Execute(k, workers);
            return;
        }

        try
        {
            _job = job;
            _workers = workers;
            _running.Reset(workers - 1);
            for (int k = 1; k < workers; k++)
                _start[k - 1].Release();
            Part(0);
            _running.Wait();
            Exception? failure = null;
            for (int k = 0; k < workers; k++)
            {
                failure ??= _failures[k];
                _failures[k] = null;
            }

            if (failure is not null)
                System.Runtime.ExceptionServices.ExceptionDispatchInfo.Capture(failure).Throw();
        }
        finally
        {
            _job = null;
            Volatile.Write(ref _busy, 0);
        }
    }

    /// <summary>Runs a small job by value.</summary>
    /// <typeparam name="TJob">The job's type.</typeparam>
    /// <param name="job">The job.</param>
    /// <param name="workers">Into how many parts it is split.</param>
    internal void Run<TJob>(ref TJob job, int workers)
        where TJob : struct, IParallelJob => Run((IParallelJob)job, workers);

    private void Part(int worker)
    {
        try
        {
            _job!.Execute(worker, _workers);
        }
        catch (Exception failure)
        {
            _failures[worker] = failure;
        }
    }

    private void Loop(int worker)
    {
        while (true)
        {
            _start[worker - 1].Wait();
            Part(worker);
            _running.Signal();
        }
    }
}
