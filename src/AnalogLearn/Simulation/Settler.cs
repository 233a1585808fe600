using System.Numerics;
using AnalogLearn.Numerics;

namespace AnalogLearn.Simulation;

/// <summary>How a state is let settle.</summary>
public sealed record SettleOptions
{
    /// <summary>Step of the integration in units of the shortest time constant.</summary>
    public double StepOverTau { get; init; } = 0.5;

    /// <summary>Most steps taken.</summary>
    public int MaximumSteps { get; init; } = 200;

    /// <summary>An example is settled when its residual, the largest |clip(s + μ) − s|, is at or below this [V]; 0 runs all steps.</summary>
    public double Tolerance { get; init; }

    /// <summary>
    /// Whether the last allowed step is followed by one more look at the field, so that the reported residual is that of the returned state. Without it
    /// it is that of the state before.
    /// </summary>
    public bool MeasureLast { get; init; } = true;

    /// <summary>Threads, 0 for all cores; results do not depend on it.</summary>
    public int ThreadCount { get; init; }
}

/// <summary>How settling went.</summary>
public sealed class SettleReport
{
    /// <summary>Residual of each example [V].</summary>
    public double[] Residuals { get; private set; } = [];

    /// <summary>Steps that each example took.</summary>
    public int[] Steps { get; private set; } = [];

    /// <summary>Number of examples.</summary>
    public int ExampleCount { get; private set; }

    /// <summary>The largest residual [V].</summary>
    public double LargestResidual { get; private set; }

    /// <summary>Steps of all examples together.</summary>
    public long TotalSteps { get; private set; }

    /// <summary>Examples whose residual stayed above the tolerance (0 when the tolerance is 0).</summary>
    public int UnsettledCount { get; private set; }

    /// <summary>Makes room for a number of examples; allocates only when it grows.</summary>
    /// <param name="examples">Number of examples.</param>
    public void Reset(int examples)
    {
        if (Residuals.Length < examples)
        {
            Residuals = new double[examples];
            Steps = new int[examples];
        }

        ExampleCount = examples;
    }

    /// <summary>Sums up after every example has its residual and steps.</summary>
    /// <param name="tolerance">The tolerance [V], or 0.</param>
    public void Summarize(double tolerance)
    {
        LargestResidual = 0;
        TotalSteps = 0;
        UnsettledCount = 0;
        for (int e = 0; e < ExampleCount; e++)
        {
            LargestResidual = Residuals[e] > LargestResidual || double.IsNaN(Residuals[e]) ? Residuals[e] : LargestResidual;
            TotalSteps += Steps[e];
            UnsettledCount += tolerance > 0 && !(Residuals[e] <= tolerance) ? 1 : 0;
        }
    }
}

/// <summary>
/// Lets a rate network settle: synchronous Euler steps s ← clip(s + (h/τ) μ(s)) until each example's residual is below the tolerance. The reported residual is
/// that of the returned state. Examples are independent: each worker carries some of them through all their steps without a barrier, those that have
/// settled leave and others take their place; no bit depends on the number of threads or on which examples travel together. Nothing is
/// allocated once the largest batch was seen.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
public sealed class Settler<T> : IParallelJob
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Most examples that travel together: their activities and a panel of weights stay in the second cache.</summary>
    private const int LargestGroup = 96;

    private const int StepsBetweenLooks = 16;

    private readonly RateField<T> _field;
    private readonly RateStepper<T> _stepper;
    private readonly SettleReport _report = new();
    private readonly bool[] _forced;
    private Traveller[] _travellers = [];
    private Batch<T>? _state;
    private SettleOptions _options = new();
    private IStateForce<T>? _force;
    private CancellationToken _cancellation;
    private int _capacity;
    private int _next;

    /// <summary>A settler for a field.</summary>
    /// <param name="field">The field; its parameters and inputs may change between calls.</param>
    /// <param name="width">The registers to use; results do not depend on it.</param>
    public Settler(RateField<T> field, RegisterWidth width = RegisterWidth.Widest)
        : this(field, limitsSlew: true, width)
    {
    }

    /// <summary>A settler that may leave slew rates to its caller, who adds to its steps before they are limited.</summary>
    internal Settler(RateField<T> field, bool limitsSlew, RegisterWidth width = RegisterWidth.Widest)
    {
        _field = field;
        _stepper = new RateStepper<T>(field, width, limitsSlew);
        _forced = new bool[_stepper.BankCount];
    }

    /// <summary>Settles a batch in place.</summary>
    /// <param name="state">Where to start; receives where it settled. Examples × states [V].</param>
    /// <param name="options">Step, limit, tolerance.</param>
    /// <param name="force">A further term (a nudge), or null for the field's own, if it has one.</param>
    /// <param name="cancellation">Stops early; the state is then partly settled.</param>
    /// <returns>How it went; reused by the next call.</returns>
    /// <exception cref="OperationCanceledException">It was stopped.</exception>
    public SettleReport Settle(Batch<T> state, SettleOptions options, IStateForce<T>? force = null, CancellationToken cancellation = default)
    {
        if (state.Width != _field.StateCount)
            throw new ArgumentException("The state does not have the field's width.", nameof(state));
        _state = state;
        _options = options;
        _force = force ?? _field.Force;
        _cancellation = cancellation;
        _next = 0;
        _report.Reset(state.Rows);
        int workers = Math.Max(1, Math.Min(WorkerPool.Shared.Limit(options.ThreadCount), state.Rows));
        _stepper.Prepare(state.Rows, options.StepOverTau, workers);

        // A share is travelled in equal groups, so that no worker is left with a small rest.
        int share = (state.Rows + workers - 1) / workers;
        int groups = Math.Max(1, (share + LargestGroup - 1) / LargestGroup);
        _capacity = Math.Max(1, (share + groups - 1) / groups);
        if (_travellers.Length < workers)
        {
            int known = _travellers.Length;
            Array.Resize(ref _travellers, workers);
            for (int k = known; k < workers; k++)
                _travellers[k] = new Traveller();
        }

        for (int k = 0; k < workers; k++)
        {
            _travellers[k].Reserve(_capacity, _stepper.Sweep.Stride, _force);
            _travellers[k].Rows.ClearForce();
        }

        foreach (RateBank bank in _field.Network.Banks)
            _forced[bank.Index] = _force is { } f && f.Offset < bank.Offset + bank.Width && bank.Offset < f.Offset + f.Length;
        WorkerPool.Shared.Run(this, workers);
        _state = null;
        cancellation.ThrowIfCancellationRequested();
        _report.Summarize(options.Tolerance);
        return _report;
    }

    /// <inheritdoc/>
    void IParallelJob.Execute(int worker, int workers)
    {
        Traveller own = _travellers[worker];
        EulerRows<T> rows = own.Rows;
        EulerSweep<T> sweep = _stepper.Sweep;
        int count = 0;
        bool more = true;
        for (long sweeps = 0; ; sweeps++)
        {
            if (more && count < _capacity)
            {
                int start = Interlocked.Add(ref _next, _capacity - count) - (_capacity - count);
                int end = Math.Min(_state!.Rows, start + _capacity - count);
                more = end < _state.Rows;
                for (int e = start; e < end; e++)
                {
                    own.Examples[count] = e;
                    own.Steps[count] = 0;
                    Load(rows, count, e);
                    _stepper.LoadDrive(rows, count, e);
                    sweep.Activate(rows, count);
                    count++;
                }
            }

            if (count == 0 || (sweeps % StepsBetweenLooks == 0 && _cancellation.IsCancellationRequested))
                return;
            AddForce(own, count);
            sweep.Step(rows, count, _forced);
            for (int r = 0; r < count; r++)
            {
                // Without a tolerance nobody asks how far an example is from settled before it leaves.
                bool last = own.Steps[r] >= _options.MaximumSteps;
                bool unmeasured = !_options.MeasureLast && own.Steps[r] + 1 == _options.MaximumSteps;
                double residual = _options.Tolerance > 0 || last || unmeasured ? double.CreateChecked(rows.ResidualOf(r)) : double.NaN;
                bool settled = _options.Tolerance > 0 && residual <= _options.Tolerance;
                if (!settled && !last && !unmeasured)
                {
                    own.Steps[r]++;
                    continue;
                }

                // It leaves: with the state that was measured, or with the one after when that is not to be measured.
                int example = own.Examples[r];
                bool after = unmeasured && !settled && !last;
                Unload(rows, r, example, after);
                _report.Residuals[example] = residual;
                _report.Steps[example] = own.Steps[r] + (after ? 1 : 0);
                count--;
                if (r < count)
                {
                    // The last row takes its place; it is looked at next.
                    rows.Move(count, r);
                    own.Examples[r] = own.Examples[count];
                    own.Steps[r] = own.Steps[count];
                    r--;
                }
            }

            rows.Advance();
        }
    }

    private void Load(EulerRows<T> rows, int row, int example)
    {
        ReadOnlySpan<T> state = _state!.Row(example);
        foreach (RateBank bank in _field.Network.Banks)
            state.Slice(bank.Offset, bank.Width).CopyTo(rows.WritableStateOf(row, _stepper.RowOffset(bank.Index), bank.Width));
    }

    private void Unload(EulerRows<T> rows, int row, int example, bool next)
    {
        Span<T> state = _state!.Row(example);
        foreach (RateBank bank in _field.Network.Banks)
        {
            int offset = _stepper.RowOffset(bank.Index);
            ReadOnlySpan<T> from = next ? rows.NextStateOf(row, offset, bank.Width) : rows.StateOf(row, offset, bank.Width);
            from.CopyTo(state.Slice(bank.Offset, bank.Width));
        }
    }

    /// <summary>The further term of every row. A stretch within one bank is read in place; a longer one is gathered and scattered.</summary>
    private void AddForce(Traveller own, int count)
    {
        if (_force is not { } force)
            return;
        EulerRows<T> rows = own.Rows;
        int end = force.Offset + force.Length;
        if (force is IBatchStateForce<T> batch)
        {
            for (int r = 0; r < count; r++)
                Exchange(r, own.States!.Row(r), gather: true);
            own.Terms!.Span[..(count * force.Length)].Clear();
            batch.Add(own.Examples.AsSpan(0, count), own.States!, own.Terms);
            for (int r = 0; r < count; r++)
                Exchange(r, own.Terms.Row(r), gather: false);
            return;
        }

        foreach (RateBank bank in _field.Network.Banks)
        {
            if (force.Offset < bank.Offset || end > bank.Offset + bank.Width)
                continue;
            int offset = _stepper.RowOffset(bank.Index) + force.Offset - bank.Offset;
            for (int r = 0; r < count; r++)
            {
                Span<T> into = rows.ForceOf(r, offset, force.Length);
                into.Clear();
                force.Add(own.Examples[r], rows.StateOf(r, offset, force.Length), into);
            }

            return;
        }

        for (int r = 0; r < count; r++)
        {
            Span<T> state = own.Gathered.AsSpan(0, force.Length), term = own.Scattered.AsSpan(0, force.Length);
            term.Clear();
            Exchange(r, state, gather: true);
            force.Add(own.Examples[r], state, term);
            Exchange(r, term, gather: false);
        }

        // Between a stretch of states and its places in a padded row, bank by bank.
        void Exchange(int row, Span<T> values, bool gather)
        {
            foreach (RateBank bank in _field.Network.Banks)
            {
                int from = Math.Max(force.Offset, bank.Offset), length = Math.Min(end, bank.Offset + bank.Width) - from;
                if (length <= 0)
                    continue;
                int at = _stepper.RowOffset(bank.Index) + from - bank.Offset;
                if (gather)
                    rows.StateOf(row, at, length).CopyTo(values[(from - force.Offset)..]);
                else
                    values.Slice(from - force.Offset, length).CopyTo(rows.ForceOf(row, at, length));
            }
        }
    }

    /// <summary>The examples that one worker carries.</summary>
    private sealed class Traveller
    {
        public EulerRows<T> Rows { get; } = new();

        public int[] Examples { get; private set; } = [];

        public int[] Steps { get; private set; } = [];

        public T[] Gathered { get; private set; } = [];

        public T[] Scattered { get; private set; } = [];

        public Batch<T>? States { get; private set; }

        public Batch<T>? Terms { get; private set; }

        public void Reserve(int capacity, int stride, IStateForce<T>? force)
        {
            Rows.Reserve(capacity, stride);
            if (Examples.Length < capacity)
            {
                Examples = new int[capacity];
                Steps = new int[capacity];
            }

            if (force is IBatchStateForce<T> && (States is null || States.Width != force.Length || States.Rows < capacity))
            {
                States = new Batch<T>(capacity, force.Length);
                Terms = new Batch<T>(capacity, force.Length);
            }
            else if (force is not null && Gathered.Length < force.Length)
            {
                Gathered = new T[force.Length];
                Scattered = new T[force.Length];
            }
        }
    }
}
