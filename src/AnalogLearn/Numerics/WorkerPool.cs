using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

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
/// <remarks>
/// The products of small layers take a few µs, less than the system needs to wake a thread. Workers therefore look out for the next job for a moment before they sleep, and so does a caller for the last part; and a part that its
/// worker has not begun when the caller is done with its own is the caller's: on a machine that is busy with something else nobody waits for a thread that does not get a core.
/// </remarks>
public sealed class WorkerPool
{
    /// <summary>How long a thread looks out before it sleeps [s]: the time between two products of a batch, and a few times what sleeping and waking cost.</summary>
    private const double Patience = 30e-6;

    private static readonly long PatienceTicks = (long)(Patience * Stopwatch.Frequency);

    private readonly Seat[] _seats;
    private readonly SemaphoreSlim _ended = new(0);
    private readonly Exception?[] _failures;
    private IParallelJob? _job;
    private int _workers;
    private int _busy;
    private int _generation;
    private int _pending;
    private int _callerSleeps;

    private WorkerPool(int count)
    {
        _seats = new Seat[count - 1];
        _failures = new Exception?[count];
        for (int k = 0; k < _seats.Length; k++)
            _seats[k] = new Seat();
        for (int k = 0; k < _seats.Length; k++)
        {
            int worker = k + 1;
            new Thread(() => Loop(worker)) { IsBackground = true, Name = string.Create(CultureInfo.InvariantCulture, $"AnalogLearn worker {worker}") }.Start();
        }
    }

    /// <summary>The pool of the process: one worker a core.</summary>
    public static WorkerPool Shared { get; } = new(Math.Max(1, Environment.ProcessorCount));

    /// <summary>Number of workers, the caller included.</summary>
    public int Count => _seats.Length + 1;

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
            Volatile.Write(ref _pending, workers - 1);
            int generation = unchecked(_generation + 1);
            _generation = generation;
            for (int k = 1; k < workers; k++)
                _seats[k - 1].Post(generation);
            Part(0);
            for (int k = workers - 1; k > 0; k--)
            {
                if (_seats[k - 1].Claim(generation))
                    PartOfOther(k);
            }

            WaitForOthers();
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

    private void PartOfOther(int worker)
    {
        Part(worker);
        if (Interlocked.Decrement(ref _pending) == 0 && Interlocked.Exchange(ref _callerSleeps, 0) == 1)
            _ended.Release();
    }

    private void WaitForOthers()
    {
        long start = Stopwatch.GetTimestamp();
        while (Volatile.Read(ref _pending) != 0)
        {
            if (Stopwatch.GetTimestamp() - start < PatienceTicks)
            {
                Thread.SpinWait(1);
                continue;
            }

            // Whoever takes the mark away, this thread or the last worker, decides whether the semaphore is raised.
            Interlocked.Exchange(ref _callerSleeps, 1);
            if (Volatile.Read(ref _pending) != 0 || Interlocked.Exchange(ref _callerSleeps, 0) == 0)
                _ended.Wait();
        }
    }

    private void Loop(int worker)
    {
        Seat seat = _seats[worker - 1];
        int seen = 0;
        while (true)
        {
            seen = seat.Await(seen, PatienceTicks);
            if (seat.Claim(seen))
                PartOfOther(worker);
        }
    }

    /// <summary>Where one worker is told of a job. Alone on its cache lines.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private sealed class Seat
    {
        [FieldOffset(0)]
        private readonly SemaphoreSlim _start = new(0);

        [FieldOffset(128)]
        private int _posted;

        [FieldOffset(132)]
        private int _claimed;

        [FieldOffset(136)]
        private int _sleeps;

        /// <summary>Tells the worker of a job.</summary>
        public void Post(int generation)
        {
            Interlocked.Exchange(ref _posted, generation);
            if (Volatile.Read(ref _sleeps) == 1 && Interlocked.Exchange(ref _sleeps, 0) == 1)
                _start.Release();
        }

        /// <summary>Takes the worker's part of a job, which only one thread can; nobody any more once a later job was claimed.</summary>
        public bool Claim(int generation)
        {
            int last = Volatile.Read(ref _claimed);
            return unchecked(generation - last) > 0 && Interlocked.CompareExchange(ref _claimed, generation, last) == last;
        }

        /// <summary>Waits for another job than the last one that was seen.</summary>
        public int Await(int seen, long patience)
        {
            long start = Stopwatch.GetTimestamp();
            int posted;
            while ((posted = Volatile.Read(ref _posted)) == seen)
            {
                if (Stopwatch.GetTimestamp() - start < patience)
                {
                    Thread.SpinWait(1);
                    continue;
                }

                Interlocked.Exchange(ref _sleeps, 1);
                if (Volatile.Read(ref _posted) == seen || Interlocked.Exchange(ref _sleeps, 0) == 0)
                    _start.Wait();
                start = Stopwatch.GetTimestamp();
            }

            return posted;
        }
    }
}
