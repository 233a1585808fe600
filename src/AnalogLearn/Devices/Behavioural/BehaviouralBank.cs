using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Runtime.CompilerServices;

namespace AnalogLearn.Devices.Behavioural;

/// <summary>
/// Behavioural expressions that differ only in their constants and in what they are connected to, evaluated together: s·y(c) is added to one row of f (or of q) and taken from another,
/// with the exact ∂y/∂c of the reverse sweep. An expression that is affine in its controls makes a linear bank, which is evaluated once.
/// </summary>
/// <remarks>
/// Where y is not finite the batch puts a finite stand-in, so that Newton's method can go on. Whoever accepts a solution asks <see cref="Faults"/> whether there is one left.
/// </remarks>
public sealed class BehaviouralBank : DeviceBank
{
    private readonly BehaviouralInstance[] _instances;
    private readonly BehaviouralBatch _batch;
    private readonly ConcurrentBag<Work> _works = [];
    private readonly int _ground;
    private readonly bool _isCharge;
    private readonly int[][] _connections;

    // Of each instance: rows and scale.
    private readonly int[] _plus;
    private readonly int[] _minus;
    private readonly double[] _scale;

    // Of each place in the batch's arrays: the unknowns whose difference stands there.
    private readonly int[] _controlPlus;
    private readonly int[] _controlMinus;

    // Of each entry of the Jacobian: the derivative it takes, and its factor. Entries of ground are left out.
    private readonly int[] _entryRows;
    private readonly int[] _entryColumns;
    private readonly int[] _entryPlaces;
    private readonly double[] _entryFactors;
    private readonly int[] _slots;

    /// <summary>A bank of finished instances.</summary>
    /// <param name="instances">The instances; one structure, one place.</param>
    /// <param name="unknownCount">How many unknowns the circuit has; that is the index of ground too.</param>
    public BehaviouralBank(IReadOnlyList<BehaviouralInstance> instances, int unknownCount)
    {
        ArgumentNullException.ThrowIfNull(instances);
        _instances = [.. instances];
        _batch = new BehaviouralBatch([.. instances.Select(i => i.Program)]);
        _ground = unknownCount;
        _isCharge = _instances[0].Place == BehaviouralPlace.Charge;
        IsLinear = IsAffine(_batch.Structure);
        _plus = [.. _instances.Select(i => Grounded(i.Plus))];
        _minus = [.. _instances.Select(i => Grounded(i.Minus))];
        _scale = [.. _instances.Select(i => i.Scale)];
        _connections = new int[_instances.Length][];
        _controlPlus = new int[_batch.ControlLength];
        _controlMinus = new int[_batch.ControlLength];
        _controlPlus.AsSpan().Fill(_ground);
        _controlMinus.AsSpan().Fill(_ground);
        int controls = _batch.Structure.ControlCount;
        List<int> rows = [];
        List<int> columns = [];
        List<int> places = [];
        List<double> factors = [];
        int padded = controls == 0 ? Count : _batch.ControlLength / controls;
        for (int i = 0; i < padded; i++)
        {
            // Places behind the last instance do as it does, so that they fail only where it fails.
            BehaviouralInstance instance = _instances[Math.Min(i, Count - 1)];
            for (int c = 0; c < controls; c++)
            {
                int place = _batch.Place(i, c);
                (int plus, int minus) = (Grounded(instance.Controls[c].Plus), Grounded(instance.Controls[c].Minus));
                _controlPlus[place] = plus;
                _controlMinus[place] = minus;
                if (i >= Count)
                    continue;
                Add(_plus[i], plus, place, instance.Scale);
                Add(_plus[i], minus, place, -instance.Scale);
                Add(_minus[i], plus, place, -instance.Scale);
                Add(_minus[i], minus, place, instance.Scale);
            }

            if (i < Count)
                _connections[i] = [_plus[i], _minus[i], .. instance.Controls.SelectMany(c => new[] { Grounded(c.Plus), Grounded(c.Minus) })];
        }

        _entryRows = [.. rows];
        _entryColumns = [.. columns];
        _entryPlaces = [.. places];
        _entryFactors = [.. factors];
        _slots = new int[_entryRows.Length];

        void Add(int row, int column, int place, double factor)
        {
            if (row == _ground || column == _ground)
                return;
            rows.Add(row);
            columns.Add(column);
            places.Add(place);
            factors.Add(factor);
        }
    }

    /// <inheritdoc/>
    public override string Name => "behavioural source";

    /// <inheritdoc/>
    public override int Count => _instances.Length;

    /// <inheritdoc/>
    public override bool IsLinear { get; }

    /// <inheritdoc/>
    public override ImmutableArray<DeviceParameter> Parameters => [];

    /// <summary>What the expressions have in common.</summary>
    public BehaviouralStructure Structure => _batch.Structure;

    /// <summary>Whether the values are charges (or fluxes), not currents (or voltages).</summary>
    public bool IsCharge => _isCharge;

    /// <inheritdoc/>
    public override string Owner(int instance) => _instances[instance].Owner;

    /// <inheritdoc/>
    public override ReadOnlySpan<int> Connections(int instance) => _connections[instance];

    /// <inheritdoc/>
    public override double Parameter(int instance, int parameter) => throw new ArgumentOutOfRangeException(nameof(parameter));

    /// <inheritdoc/>
    public override void SetParameter(int instance, int parameter, double value) => throw new ArgumentOutOfRangeException(nameof(parameter));

    /// <inheritdoc/>
    public override void AddEntries(List<int> rows, List<int> columns)
    {
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(columns);
        rows.AddRange(_entryRows);
        columns.AddRange(_entryColumns);
    }

    /// <inheritdoc/>
    public override void PlaceEntries(ReadOnlySpan<int> slots, int end) => slots.CopyTo(_slots);

    /// <inheritdoc/>
    public override int Load(in DeviceConditions conditions, ReadOnlySpan<double> x, in Stamp stamp)
    {
        Work work = Rent();
        Gather(x, work.Controls);
        if (_batch.Evaluate(work.Workspace, work.Controls, Environment(conditions), work.Values, work.Slopes) > 0)
            MayHaveFaults = true;
        AddValues(work.Values, _isCharge ? stamp.Charge : stamp.Flow);
        Span<double> entries = _isCharge ? stamp.Capacitances : stamp.Conductances;
        double[] slopes = work.Slopes;
        ReadOnlySpan<int> places = _entryPlaces;
        ReadOnlySpan<int> slots = _slots;
        ReadOnlySpan<double> factors = _entryFactors;
        for (int k = 0; k < places.Length; k++)
            entries[slots[k]] += factors[k] * slopes[places[k]];
        _works.Add(work);
        return 0;
    }

    /// <inheritdoc/>
    public override void LoadFlows(in DeviceConditions conditions, ReadOnlySpan<double> x, Span<double> flow, Span<double> charge, Span<double> magnitude)
    {
        Work work = Rent();
        Gather(x, work.Controls);
        if (_batch.Evaluate(work.Workspace, work.Controls, Environment(conditions), work.Values, default) > 0)
            MayHaveFaults = true;
        AddValues(work.Values, _isCharge ? charge : flow);
        if (!_isCharge && magnitude.Length > 0)
        {
            for (int i = 0; i < Count; i++)
            {
                double size = Math.Abs(_scale[i] * work.Values[i]);
                magnitude[_plus[i]] += size;
                magnitude[_minus[i]] += size;
            }
        }

        _works.Add(work);
    }

    /// <summary>Whether a value was not finite since this was last set to false: only then need <see cref="Faults"/> be asked.</summary>
    internal bool MayHaveFaults { get; set; }

    /// <summary>Where the value of an expression is not finite at a solution: each is an error to tell whoever wrote it.</summary>
    /// <param name="conditions">Temperature, time.</param>
    /// <param name="x">The unknowns, and ground.</param>
    public ImmutableArray<BehaviouralFault> Faults(in DeviceConditions conditions, ReadOnlySpan<double> x)
    {
        Work work = Rent();
        Gather(x, work.Controls);
        var faults = ImmutableArray.CreateBuilder<BehaviouralFault>();
        if (_batch.Evaluate(work.Workspace, work.Controls, Environment(conditions), work.Values, default) > 0)
        {
            for (int i = 0; i < Count; i++)
            {
                if (_batch.Explain(work.Workspace, i, work.Controls, Environment(conditions)) is { } fault)
                    faults.Add(fault);
            }
        }

        _works.Add(work);
        return faults.DrainToImmutable();
    }

    /// <inheritdoc/>
    public override (double Flow, double Charge) ParameterGradient(in DeviceConditions conditions, int instance, int parameter, ReadOnlySpan<double> x, ReadOnlySpan<double> covector) => default;

    /// <inheritdoc/>
    public override (double Flow, double Charge) JacobianParameterGradient(
        in DeviceConditions conditions, int instance, int parameter, ReadOnlySpan<double> x, ReadOnlySpan<double> direction, ReadOnlySpan<double> covector) => default;

    /// <inheritdoc/>
    /// <remarks>
    /// The tape has first derivatives. H·d, for each instance, is the change of its exact gradient along its controls' direction d, by central differences of fourth order,
    /// (8 (g(h) − g(−h)) − (g(2h) − g(−2h)))/12h with h·max|d| = 10⁻⁵·max(1, |c|): about 10⁻¹¹ of the gradient by rounding; by truncation (10⁻⁵/w)⁴ for an expression that changes over a width w.
    /// </remarks>
    public override void JacobianStateGradient(
        in DeviceConditions conditions, ReadOnlySpan<double> x, ReadOnlySpan<double> direction, ReadOnlySpan<double> covector, Span<double> flow, Span<double> charge)
    {
        int controls = Structure.ControlCount;
        if (IsLinear || controls == 0)
            return;
        Work work = Rent();
        var at = new double[_batch.ControlLength];
        var along = new double[_batch.ControlLength];
        var slopes = new double[_batch.ControlLength];
        var step = new double[Count];
        Gather(x, at);
        Gather(direction, along);
        for (int i = 0; i < Count; i++)
        {
            double size = 1;
            double reach = 0;
            for (int c = 0; c < controls; c++)
            {
                size = Math.Max(size, Math.Abs(at[_batch.Place(i, c)]));
                reach = Math.Max(reach, Math.Abs(along[_batch.Place(i, c)]));
            }

            step[i] = reach == 0 ? 0 : 1e-5 * size / reach;
        }

        ReadOnlySpan<(int Times, double Weight)> stencil = [(1, 8.0 / 12), (-1, -8.0 / 12), (2, -1.0 / 12), (-2, 1.0 / 12)];
        foreach ((int times, double weight) in stencil)
        {
            at.CopyTo(work.Controls, 0);
            for (int i = 0; i < Count; i++)
            {
                for (int c = 0; c < controls; c++)
                    work.Controls[_batch.Place(i, c)] += times * step[i] * along[_batch.Place(i, c)];
            }

            _batch.Evaluate(work.Workspace, work.Controls, Environment(conditions), work.Values, work.Slopes);
            for (int k = 0; k < slopes.Length; k++)
                slopes[k] += weight * work.Slopes[k];
        }

        Span<double> into = _isCharge ? charge : flow;
        for (int i = 0; i < Count; i++)
        {
            double factor = step[i] == 0 ? 0 : _scale[i] * (covector[_plus[i]] - covector[_minus[i]]) / step[i];
            if (factor == 0)
                continue;
            for (int c = 0; c < controls; c++)
            {
                int place = _batch.Place(i, c);
                into[_controlPlus[place]] += factor * slopes[place];
                into[_controlMinus[place]] -= factor * slopes[place];
            }
        }

        _works.Add(work);
    }

    /// <summary>Whether every operation keeps what depends on controls affine in them.</summary>
    private static bool IsAffine(BehaviouralStructure structure)
    {
        if (structure.UsesTime || structure.UsesFrequency)
            return false;
        foreach (Instruction step in structure.Instructions)
        {
            bool affine = step.Operation switch
            {
                Operation.Add or Operation.Subtract or Operation.Negate => true,
                Operation.Multiply or Operation.MultiplyAdd => (step.Active & 3) != 3,
                Operation.Divide => (step.Active & 2) == 0,
                _ => step.Active == 0,
            };
            if (!affine)
                return false;
        }

        return true;
    }

    private static BehaviouralEnvironment Environment(in DeviceConditions conditions) => new(conditions.Time, conditions.Temperature - PhysicalConstants.ZeroCelsius);

    private int Grounded(int unknown) => unknown < 0 ? _ground : unknown;

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void Gather(ReadOnlySpan<double> x, Span<double> controls)
    {
        ReadOnlySpan<int> plus = _controlPlus;
        ReadOnlySpan<int> minus = _controlMinus;
        for (int k = 0; k < controls.Length; k++)
            controls[k] = x[plus[k]] - x[minus[k]];
    }

    private void AddValues(ReadOnlySpan<double> values, Span<double> into)
    {
        for (int i = 0; i < Count; i++)
        {
            double value = _scale[i] * values[i];
            into[_plus[i]] += value;
            into[_minus[i]] -= value;
        }
    }

    private Work Rent() => _works.TryTake(out Work? work) ? work : new Work(_batch);

    private sealed class Work(BehaviouralBatch batch)
    {
        public BehaviouralWorkspace Workspace { get; } = batch.CreateWorkspace();

        public double[] Controls { get; } = new double[batch.ControlLength];

        public double[] Slopes { get; } = new double[batch.ControlLength];

        public double[] Values { get; } = new double[batch.Count];
    }
}
