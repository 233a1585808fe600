using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Numerics.Tensors;
using AnalogLearn.Circuits;
using AnalogLearn.Devices;
using AnalogLearn.Numerics;

namespace AnalogLearn.Simulation.Nodal;

/// <summary>
/// One neuron bank with the synapse arrays that end on it, as a device of Kirchhoff's laws: the currents that leave the nodes of its bus are f + dq/dt, q_i = C v_i,
///     voltage form  f_i = g (κ (v_i − vrest) − b_i − Σ_a Σ_j W_ij a_j),
///     rate form     f_i = g (κ v_i − ρ_i(Σ_a Σ_j W_ij a_j + b)),    κ = 1 + 1/A0 with a finite gain, else 1,
/// where a_j = ρ_j(v_j) for a presynaptic bank in voltage form, and a_j = v_j for one in rate form and for inputs: the equations of <see cref="RateField{T}"/>. Where the devices' current is no straight
/// line (<c>iv</c>), a_j (1 + q2 a_j + q3 a_j² + …) stands for a_j. Whatever else stands on the nodes adds its own currents. ρ and ρ′ are computed once a presynaptic neuron, the sums are products of matrix
/// and vector, the Jacobian is exact, softmax included.
///     Slew limit: the node's row has w_i in place of the capacitor, and w_i, the current that is there to move the node, has the equation clamp(w_i, ±C S) = C dv_i/dt. |dv/dt| is at most S exactly, as in the rate
/// engine, whatever else stands on the node; at rest w_i = 0, so that equilibria are where they were. Beyond the limit the current w_i ∓ C S does nothing. At a rail w_i itself stands for the clamp: both would
/// say what v is and neither what w is, and what a rail stops is slower than the limit anyway.
/// </summary>
/// <remarks>Weights and biases are those of a parameter set that is shared and not copied: learning moves them in place, tied arrays with their masters. A synapse that a mask takes away has no entry in the Jacobian.</remarks>
public sealed class NeuronBlock : DeviceBank
{
    private static readonly ImmutableArray<DeviceParameter> Numbers =
    [
        new("c", "F", 1e-9, "capacitance"),
        new("g", "S", 1e-6, "leak conductance"),
        new("vrest", "V", 0, "resting potential"),
        new("bias", "V", 0, "bias"),
    ];

    private static readonly ImmutableArray<DeviceParameter> LimitedNumbers = [.. Numbers, new("slew", "V/s", double.PositiveInfinity, "the fastest that the voltage moves")];

    private readonly NeuronBank _description;
    private readonly ParameterSet<double> _theta;
    private readonly int _biasBlock;
    private readonly BankCurve _curve;
    private readonly bool _isRate;
    private readonly int[] _own;
    private readonly int[] _connections;
    private readonly double[] _capacitance;
    private readonly double[] _leak;
    private readonly double[] _rest;
    private readonly double[] _factor;
    private readonly double[] _corner;
    private readonly int[] _moving;
    private readonly Rail[] _rails;
    private readonly double[] _railScale;
    private readonly double[] _slew;
    private readonly int[] _slewSlots;
    private readonly bool _hasFiniteGain;
    private readonly Afferent[] _afferents;
    private readonly ConcurrentBag<Work> _works = [];
    private readonly int[] _diagonal;
    private readonly int _widest;

    /// <summary>Makes a block.</summary>
    /// <param name="network">The layout of the circuit's banks and arrays.</param>
    /// <param name="bank">The bank.</param>
    /// <param name="theta">Weights and biases; kept, not copied.</param>
    /// <param name="node">The unknown of each node of a bus.</param>
    /// <param name="unknownCount">How many unknowns the circuit has; that is the index of ground too.</param>
    /// <param name="moving">Of a bank with a slew limit, the unknown w of each neuron; empty without one.</param>
    /// <param name="rails">Of a bank with rails, those of each neuron; empty without.</param>
    internal NeuronBlock(RateNetwork network, RateBank bank, ParameterSet<double> theta, Func<Bus, int, int> node, int unknownCount, int[] moving, Rail[] rails)
    {
        ArgumentNullException.ThrowIfNull(moving);
        ArgumentNullException.ThrowIfNull(network);
        ArgumentNullException.ThrowIfNull(bank);
        ArgumentNullException.ThrowIfNull(node);
        _description = bank.Description;
        _theta = theta;
        _biasBlock = bank.BiasBlock;
        _curve = new BankCurve(network, bank);
        _isRate = bank.ActivityIsState;
        Count = bank.Width;
        _own = [.. Enumerable.Range(0, Count).Select(k => node(_description.Bus, k))];
        _connections = [.. _own.SelectMany(own => new[] { own, unknownCount })];
        _capacitance = network.Capacitance.AsSpan(bank.Offset, Count).ToArray();
        _leak = network.LeakConductance.AsSpan(bank.Offset, Count).ToArray();
        _rest = network.Rest.AsSpan(bank.Offset, Count).ToArray();
        _factor = network.LeakFactor.AsSpan(bank.Offset, Count).ToArray();
        _corner = network.FlickerCorner.AsSpan(bank.Offset, Count).ToArray();
        _moving = moving;
        _rails = rails;
        _railScale = (double[])_leak.Clone();
        _slew = network.SlewRate.AsSpan(bank.Offset, Count).ToArray();
        _slewSlots = new int[3 * moving.Length];
        _hasFiniteGain = _factor.AsSpan().ContainsAnyExcept(1.0);
        _diagonal = new int[Count];
        _afferents =
        [
            .. network.Connections.Where(c => c.Post == bank).Select(c => new Afferent(
                c,
                c.Pre is { ActivityIsState: false } pre ? new BankCurve(network, pre) : null,
                [.. c.Pre?.Conduction ?? c.PreInput!.Conduction],
                [.. Enumerable.Range(0, c.Description.Pre.Width).Select(k => node(c.Description.Pre, k))],
                Count,
                _isRate && _curve.IsCoupled)),
        ];
        _widest = _afferents.Select(a => a.Width).Append(Count).Max();
    }

    /// <inheritdoc/>
    public override string Name => "neurons";

    /// <inheritdoc/>
    public override int Count { get; }

    /// <inheritdoc/>
    public override bool IsLinear => false;

    /// <inheritdoc/>
    public override ImmutableArray<DeviceParameter> Parameters => _moving.Length > 0 ? LimitedNumbers : Numbers;

    /// <summary>The bank that it is.</summary>
    public NeuronBank Description => _description;

    /// <inheritdoc/>
    public override string Owner(int instance) => _description.Name;

    /// <inheritdoc/>
    /// <remarks>The neuron's node and ground; presynaptic nodes belong to other devices.</remarks>
    public override ReadOnlySpan<int> Connections(int instance) => _connections.AsSpan(2 * instance, 2);

    /// <inheritdoc/>
    public override double Parameter(int instance, int parameter) => Place(parameter)[instance];

    /// <inheritdoc/>
    public override void SetParameter(int instance, int parameter, double value) => Place(parameter)[instance] = value;

    /// <inheritdoc/>
    public override void AddEntries(List<int> rows, List<int> columns)
    {
        ArgumentNullException.ThrowIfNull(rows);
        ArgumentNullException.ThrowIfNull(columns);
        rows.AddRange(_own);
        columns.AddRange(_own);
        for (int i = 0; i < _moving.Length; i++)
        {
            rows.AddRange([_own[i], _moving[i], _moving[i]]);
            columns.AddRange([_moving[i], _moving[i], _own[i]]);
        }

        foreach (Afferent afferent in _afferents)
        {
            for (int j = 0; j < afferent.Width; j++)
            {
                for (int i = 0; i < Count; i++)
                {
                    if (!afferent.Has(i, j))
                        continue;
                    rows.Add(_own[i]);
                    columns.Add(afferent.Nodes[j]);
                }
            }
        }
    }

    /// <inheritdoc/>
    public override void PlaceEntries(ReadOnlySpan<int> slots, int end)
    {
        slots[..Count].CopyTo(_diagonal);
        slots.Slice(Count, _slewSlots.Length).CopyTo(_slewSlots);
        int at = Count + _slewSlots.Length;
        foreach (Afferent afferent in _afferents)
        {
            for (int j = 0; j < afferent.Width; j++)
            {
                for (int i = 0; i < Count; i++)
                    afferent.Slots[(j * Count) + i] = afferent.Has(i, j) ? slots[at++] : end;
            }

            afferent.FindRuns();
        }
    }

    /// <inheritdoc/>
    public override int Load(in DeviceConditions conditions, ReadOnlySpan<double> x, in Stamp stamp)
    {
        Work work = Rent();
        Evaluate(x, work);
        Span<double> conductances = stamp.Conductances;
        for (int i = 0; i < Count; i++)
        {
            stamp.Flow[_own[i]] += work.Flow[i];
            conductances[_diagonal[i]] += _factor[i] * _leak[i];
            if (_moving.Length > 0)
                continue;
            stamp.Charge[_own[i]] += _capacitance[i] * work.Voltage[i];
            stamp.Capacitances[_diagonal[i]] += _capacitance[i];
        }

        for (int i = 0; i < _moving.Length; i++)
        {
            double w = x[_moving[i]];
            double passes = Passes(i, x);
            stamp.Flow[_own[i]] += w;
            stamp.Flow[_moving[i]] += passes;
            stamp.Charge[_moving[i]] -= _capacitance[i] * work.Voltage[i];
            conductances[_slewSlots[3 * i]]++;
            conductances[_slewSlots[(3 * i) + 1]] += passes == w ? 1 : 0;
            stamp.Capacitances[_slewSlots[(3 * i) + 2]] -= _capacitance[i];
        }

        // Row i of the Jacobian by the arrays is factor_i W_ij a′_j, softmax aside.
        Span<double> factors = work.Factors;
        for (int i = 0; i < Count; i++)
            factors[i] = -_leak[i] * (_isRate && !_curve.IsCoupled ? work.Slope[i] : 1);
        Span<double> column = work.Column;
        for (int a = 0; a < _afferents.Length; a++)
        {
            Afferent afferent = _afferents[a];
            double[] pre = work.PreSlopes[a];
            ReadOnlySpan<double> w = _theta.Blocks[afferent.Block];
            bool coupled = afferent.Curve is { IsCoupled: true };
            bool conducts = afferent.Conduction.Length > 0;
            double[] conduction = work.Conductions[a];
            if (coupled)
            {
                // The array's own sum, against which the weights of a softmax bank count.
                work.Sum.AsSpan().Clear();
                Span<double> parts = work.Wide.AsSpan(0, afferent.Width);
                work.Raw[a].CopyTo(parts);
                if (conducts)
                    TensorPrimitives.Multiply(parts, conduction, parts);
                afferent.Accumulate(w, parts, work.Sum);
            }

            for (int first = 0; first < afferent.Width; first += Work.Tile)
            {
                int tile = Math.Min(Work.Tile, afferent.Width - first);
                afferent.Columns(w, first, tile, column);
                for (int t = 0; t < tile; t++)
                {
                    int j = first + t;
                    Span<double> values = column.Slice(t * Count, Count);
                    double scale = afferent.Curve is null ? 1 : pre[j];
                    if (conducts && !coupled)
                        scale *= conduction[j];
                    if (coupled)
                    {
                        if (conducts)
                            TensorPrimitives.Multiply(values, conduction[j], values);
                        TensorPrimitives.Subtract(values, work.Sum, values);
                        scale *= afferent.Curve!.Gain[j];
                    }

                    if (_isRate && _curve.IsCoupled)
                        _curve.Apply(work.Slope, values, transposed: false);
                    afferent.AddColumn(j, values, factors, scale, conductances);
                }
            }
        }

        _works.Add(work);
        return 0;
    }

    /// <inheritdoc/>
    public override void LoadFlows(in DeviceConditions conditions, ReadOnlySpan<double> x, Span<double> flow, Span<double> charge, Span<double> magnitude)
    {
        Work work = Rent();
        Evaluate(x, work);
        for (int i = 0; i < Count; i++)
        {
            flow[_own[i]] += work.Flow[i];
            if (_moving.Length == 0)
                charge[_own[i]] += _capacitance[i] * work.Voltage[i];
        }

        for (int i = 0; i < _moving.Length; i++)
        {
            flow[_own[i]] += x[_moving[i]];
            flow[_moving[i]] += Passes(i, x);
            charge[_moving[i]] -= _capacitance[i] * work.Voltage[i];
        }

        if (magnitude.Length > 0)
        {
            ReadOnlySpan<double> bias = _theta.Blocks[_biasBlock];
            for (int i = 0; i < Count; i++)
            {
                double sum = Math.Abs(bias[i]);
                for (int a = 0; a < _afferents.Length; a++)
                    sum += _afferents[a].Magnitude(_theta.Blocks[_afferents[a].Block], i, work.Activities[a]);
                double driven = _isRate ? Math.Abs(work.Drive[i]) + (Math.Abs(work.Slope[i]) * sum) : Math.Abs(_rest[i]) + sum;
                magnitude[_own[i]] += Math.Abs(_leak[i]) * (Math.Abs(work.Voltage[i]) + driven);
            }
        }

        _works.Add(work);
    }

    /// <inheritdoc/>
    public override (double Flow, double Charge) ParameterGradient(in DeviceConditions conditions, int instance, int parameter, ReadOnlySpan<double> x, ReadOnlySpan<double> covector)
    {
        double own = covector[_own[instance]];
        switch (parameter)
        {
            case 0 when _moving.Length > 0:
                return (covector[_moving[instance]] * Beyond(instance, x) * _slew[instance], -covector[_moving[instance]] * x[_own[instance]]);
            case 0:
                return (0, own * x[_own[instance]]);
            case 4:
                return (covector[_moving[instance]] * Beyond(instance, x) * _capacitance[instance], 0);
            case 2:
                return (_isRate ? 0 : -own * _leak[instance] * _factor[instance], 0);
            case 3 when !_isRate:
                return (-own * _leak[instance], 0);
        }

        Work work = Rent();
        Evaluate(x, work);
        double flow;
        if (parameter == 1)
        {
            flow = own * work.Residual[instance];
        }
        else
        {
            Back(work, covector);
            flow = -work.Back[instance];
        }

        _works.Add(work);
        return (flow, 0);
    }

    /// <inheritdoc/>
    public override (double Flow, double Charge) JacobianParameterGradient(
        in DeviceConditions conditions, int instance, int parameter, ReadOnlySpan<double> x, ReadOnlySpan<double> direction, ReadOnlySpan<double> covector)
    {
        double own = covector[_own[instance]];
        if (parameter == 0)
            return (0, (_moving.Length > 0 ? -covector[_moving[instance]] : own) * direction[_own[instance]]);
        if (parameter is 2 or 4 || (parameter == 3 && !_isRate))
            return default;
        Work work = Rent();
        Evaluate(x, work);
        DriveAlong(work, direction);
        double flow;
        if (parameter == 1)
        {
            if (_isRate)
                _curve.Apply(work.Slope, work.Along, transposed: false);
            flow = own * ((_factor[instance] * direction[_own[instance]]) - work.Along[instance]);
        }
        else
        {
            for (int i = 0; i < Count; i++)
                work.Back[i] = _leak[i] * covector[_own[i]];
            _curve.Second(work.Sum, work.Drive, work.Back, work.Along, work.Second);
            flow = -work.Second[instance];
        }

        _works.Add(work);
        return (flow, 0);
    }

    /// <inheritdoc/>
    public override void JacobianStateGradient(
        in DeviceConditions conditions, ReadOnlySpan<double> x, ReadOnlySpan<double> direction, ReadOnlySpan<double> covector, Span<double> flow, Span<double> charge)
    {
        Work work = Rent();
        Evaluate(x, work);
        if (_isRate)
        {
            // How the curves' slopes change with what they are driven by.
            DriveAlong(work, direction);
            for (int i = 0; i < Count; i++)
                work.Back[i] = _leak[i] * covector[_own[i]];
            _curve.Second(work.Sum, work.Drive, work.Back, work.Along, work.Second);
        }

        Back(work, covector);
        for (int a = 0; a < _afferents.Length; a++)
        {
            Afferent afferent = _afferents[a];
            ReadOnlySpan<double> w = _theta.Blocks[afferent.Block];
            Span<double> returned = work.Wide.AsSpan(0, afferent.Width);
            if (_isRate)
            {
                returned.Clear();
                afferent.AccumulateTransposed(w, work.Second, returned);
                if (afferent.Conduction.Length > 0)
                    TensorPrimitives.Multiply(returned, work.Conductions[a], returned);
                afferent.Curve?.Apply(work.PreSlopes[a], returned, transposed: true);
                for (int j = 0; j < returned.Length; j++)
                    flow[afferent.Nodes[j]] -= returned[j];
            }

            if (afferent.Curve is null && afferent.Conduction.Length == 0)
                continue;
            returned.Clear();
            afferent.AccumulateTransposed(w, work.Back, returned);
            Span<double> y = work.WideDirection.AsSpan(0, afferent.Width);
            Span<double> second = work.WideSecond.AsSpan(0, afferent.Width);
            Gather(direction, afferent.Nodes, y);
            second.Clear();
            if (afferent.Conduction.Length > 0)
            {
                // By the bend of the devices' current: λ c″(a) Dρ y, back through ρ.
                Span<double> bend = work.WideBend.AsSpan(0, afferent.Width);
                work.Raw[a].CopyTo(bend);
                ConductionKernel.Curvatures<double>(bend, afferent.Conduction);
                TensorPrimitives.Multiply(bend, returned, bend);
                y.CopyTo(second);
                afferent.Curve?.Apply(work.PreSlopes[a], second, transposed: false);
                TensorPrimitives.Multiply(bend, second, second);
                afferent.Curve?.Apply(work.PreSlopes[a], second, transposed: true);
                TensorPrimitives.Multiply(returned, work.Conductions[a], returned);
            }

            for (int j = 0; j < second.Length; j++)
                flow[afferent.Nodes[j]] -= second[j];
            if (afferent.Curve is null)
                continue;
            Span<double> v = work.WideVoltage.AsSpan(0, afferent.Width);
            Gather(x, afferent.Nodes, v);
            afferent.Curve.Second(v, work.Raw[a], returned, y, second);
            for (int j = 0; j < second.Length; j++)
                flow[afferent.Nodes[j]] -= second[j];
        }

        _works.Add(work);
    }

    /// <summary>Adds λᵀ∂f/∂W of every synapse that ends here, and λᵀ∂f/∂b of every bias, to a set of the parameters' shape.</summary>
    /// <param name="x">The unknowns, and ground.</param>
    /// <param name="covector">λ by row, and ground (0).</param>
    /// <param name="into">Receives the sums.</param>
    public void AddWeightGradient(ReadOnlySpan<double> x, ReadOnlySpan<double> covector, ParameterSet<double> into)
    {
        ArgumentNullException.ThrowIfNull(into);
        Work work = Rent();
        Evaluate(x, work);
        Back(work, covector);
        Span<double> bias = into.Blocks[_biasBlock];
        for (int i = 0; i < Count; i++)
        {
            work.Back[i] = -work.Back[i];
            bias[i] += work.Back[i];
        }

        for (int a = 0; a < _afferents.Length; a++)
            RateField<double>.AddOuter(_afferents[a].Connection, work.Back, work.Activities[a], into.Blocks[_afferents[a].Block]);
        _works.Add(work);
    }

    /// <inheritdoc/>
    public override void Noise(in DeviceConditions conditions, int instance, ReadOnlySpan<double> x, INoiseReceiver noise)
    {
        ArgumentNullException.ThrowIfNull(noise);
        (double thermal, double given) = NeuronNoiseAmplitudes.White(_description.Noise, _leak[instance], conditions.Temperature);
        if (thermal > 0)
            noise.Current("thermal", 0, 1, thermal);
        if (given > 0)
            noise.Current("white", 0, 1, given);
        if (_corner[instance] > 0)
            noise.Current("flicker", 0, 1, 0, (thermal + given) * _corner[instance]);
    }

    /// <summary>What of the current w moves a neuron: as much as its slew rate lets through.</summary>
    private double Passes(int instance, ReadOnlySpan<double> x)
    {
        double w = x[_moving[instance]];
        double most = _capacitance[instance] * _slew[instance];
        return _rails.Length > 0 && _rails[instance].Holds(x, _railScale[instance]) ? w : Math.Clamp(w, -most, most);
    }

    /// <summary>1 or −1 where a neuron's slew limit holds, else 0.</summary>
    private int Beyond(int instance, ReadOnlySpan<double> x)
    {
        double w = x[_moving[instance]];
        return Passes(instance, x) == w ? 0 : Math.Sign(w);
    }

    private double[] Place(int parameter) => parameter switch
    {
        0 => _capacitance,
        1 => _leak,
        2 => _rest,
        4 => _slew,
        _ => _theta.Blocks[_biasBlock],
    };

    /// <summary>Activities, sums, curves and currents at x.</summary>
    private void Evaluate(ReadOnlySpan<double> x, Work work)
    {
        _theta.Blocks[_biasBlock].CopyTo(work.Sum, 0);
        for (int a = 0; a < _afferents.Length; a++)
        {
            Afferent afferent = _afferents[a];
            double[] activity = work.Activities[a];
            double[] raw = work.Raw[a];
            if (afferent.Curve is { } curve)
            {
                Span<double> v = work.WideVoltage.AsSpan(0, afferent.Width);
                Gather(x, afferent.Nodes, v);
                curve.Value(v, raw);
                curve.Slope(v, raw, work.PreSlopes[a]);
            }
            else
            {
                Gather(x, afferent.Nodes, raw);
            }

            if (afferent.Conduction.Length > 0)
            {
                raw.CopyTo(activity, 0);
                ConductionKernel.Apply<double>(activity, afferent.Conduction);
                raw.CopyTo(work.Conductions[a], 0);
                ConductionKernel.Slopes<double>(work.Conductions[a], afferent.Conduction);
            }

            afferent.Accumulate(_theta.Blocks[afferent.Block], activity, work.Sum);
        }

        Gather(x, _own, work.Voltage);
        if (_isRate)
        {
            _curve.Value(work.Sum, work.Drive);
            _curve.Slope(work.Sum, work.Drive, work.Slope);
        }
        else
        {
            TensorPrimitives.Add(work.Sum, _rest, work.Drive);
        }

        TensorPrimitives.Subtract(work.Voltage, work.Drive, work.Residual);
        for (int i = 0; i < Count && _hasFiniteGain; i++)
            work.Residual[i] += (_factor[i] - 1) * (work.Voltage[i] - (_isRate ? 0 : _rest[i]));
        TensorPrimitives.Multiply(work.Residual, _leak, work.Flow);
    }

    /// <summary>How the sums change along a direction of x.</summary>
    private void DriveAlong(Work work, ReadOnlySpan<double> direction)
    {
        work.Along.AsSpan().Clear();
        for (int a = 0; a < _afferents.Length; a++)
        {
            Span<double> y = work.WideDirection.AsSpan(0, _afferents[a].Width);
            Gather(direction, _afferents[a].Nodes, y);
            _afferents[a].Curve?.Apply(work.PreSlopes[a], y, transposed: false);
            if (_afferents[a].Conduction.Length > 0)
                TensorPrimitives.Multiply(y, work.Conductions[a], y);
            _afferents[a].Accumulate(_theta.Blocks[_afferents[a].Block], y, work.Along);
        }
    }

    /// <summary>λ through the leak, and through the curve in rate form: what a change of the sums costs, negated.</summary>
    private void Back(Work work, ReadOnlySpan<double> covector)
    {
        for (int i = 0; i < Count; i++)
            work.Back[i] = _leak[i] * covector[_own[i]];
        if (_isRate)
            _curve.Apply(work.Slope, work.Back, transposed: true);
    }

    private static void Gather(ReadOnlySpan<double> x, ReadOnlySpan<int> nodes, Span<double> values)
    {
        for (int k = 0; k < nodes.Length; k++)
            values[k] = x[nodes[k]];
    }

    private Work Rent() => _works.TryTake(out Work? work) ? work : new Work(this);

    /// <summary>One array that ends here.</summary>
    private sealed class Afferent(RateConnection connection, BankCurve? curve, double[] conduction, int[] nodes, int post, bool postIsCoupled)
    {
        private readonly ImmutableArray<bool> _mask = connection.Description.Mask.IsDefaultOrEmpty ? [] : connection.Description.Mask;
        private int[]? _starts;

        public RateConnection Connection { get; } = connection;

        /// <summary>ρ of the presynaptic bank; null where the activity is the voltage.</summary>
        public BankCurve? Curve { get; } = curve;

        /// <summary>1, q2, q3 … of the devices' current; empty for a straight line.</summary>
        public double[] Conduction { get; } = conduction;

        public int[] Nodes { get; } = nodes;

        public int Width => Nodes.Length;

        public int Block => Connection.Block;

        /// <summary>Where ∂f_i/∂v_j is kept, column by column.</summary>
        public int[] Slots { get; } = new int[post * nodes.Length];

        /// <summary>Whether ∂f_i/∂v_j may differ from 0: where there is a synapse, and everywhere when softmax couples a bank.</summary>
        public bool Has(int i, int j) => _mask.IsEmpty || postIsCoupled || Curve is { IsCoupled: true } || _mask[(i * Width) + j];

        /// <summary>Looks whether each column's places follow each other.</summary>
        public void FindRuns()
        {
            var starts = new int[Width];
            for (int j = 0; j < Width; j++)
            {
                starts[j] = Slots[j * post];
                for (int i = 1; i < post; i++)
                {
                    if (Slots[(j * post) + i] != starts[j] + i)
                        return;
                }
            }

            _starts = starts;
        }

        /// <summary>sum += W a.</summary>
        public void Accumulate(ReadOnlySpan<double> w, ReadOnlySpan<double> a, Span<double> sum)
        {
            if (Connection.IsTied)
            {
                for (int j = 0; j < a.Length; j++)
                    TensorPrimitives.MultiplyAdd(w.Slice(j * post, post), a[j], sum, sum);
                return;
            }

            for (int i = 0; i < post; i++)
                sum[i] += TensorPrimitives.Dot(w.Slice(i * a.Length, a.Length), a);
        }

        /// <summary>sum += Wᵀ back.</summary>
        public void AccumulateTransposed(ReadOnlySpan<double> w, ReadOnlySpan<double> back, Span<double> sum)
        {
            if (Connection.IsTied)
            {
                for (int j = 0; j < sum.Length; j++)
                    sum[j] += TensorPrimitives.Dot(w.Slice(j * post, post), back);
                return;
            }

            for (int i = 0; i < post; i++)
                TensorPrimitives.MultiplyAdd(w.Slice(i * sum.Length, sum.Length), back[i], sum, sum);
        }

        /// <summary>Σ_j |W_ij a_j|.</summary>
        public double Magnitude(ReadOnlySpan<double> w, int i, ReadOnlySpan<double> a)
        {
            double sum = 0;
            for (int j = 0; j < a.Length; j++)
                sum += Math.Abs(w[Connection.IsTied ? (j * post) + i : (i * a.Length) + j] * a[j]);
            return sum;
        }

        /// <summary>Copies some columns of W, one behind the other.</summary>
        public void Columns(ReadOnlySpan<double> w, int first, int count, Span<double> columns)
        {
            if (Connection.IsTied)
            {
                w.Slice(first * post, count * post).CopyTo(columns);
                return;
            }

            for (int i = 0; i < post; i++)
            {
                ReadOnlySpan<double> row = w.Slice((i * Width) + first, count);
                for (int t = 0; t < row.Length; t++)
                    columns[(t * post) + i] = row[t];
            }
        }

        /// <summary>Adds factor_i · column_i · scale to the entries of one column.</summary>
        public void AddColumn(int j, Span<double> column, ReadOnlySpan<double> factors, double scale, Span<double> entries)
        {
            TensorPrimitives.Multiply(column, factors, column);
            if (_starts is not null)
            {
                Span<double> run = entries.Slice(_starts[j], post);
                TensorPrimitives.MultiplyAdd(column, scale, run, run);
                return;
            }

            ReadOnlySpan<int> slots = Slots.AsSpan(j * post, post);
            for (int i = 0; i < slots.Length; i++)
                entries[slots[i]] += scale * column[i];
        }
    }

    private sealed class Work
    {
        public const int Tile = 8;

        public Work(NeuronBlock block)
        {
            int n = block.Count;
            int widest = block._widest;
            Activities = [.. block._afferents.Select(a => new double[a.Width])];
            Raw = [.. block._afferents.Select((a, k) => a.Conduction.Length > 0 ? new double[a.Width] : Activities[k])];
            Conductions = [.. block._afferents.Select(a => a.Conduction.Length > 0 ? new double[a.Width] : [])];
            PreSlopes = [.. block._afferents.Select(a => new double[a.Width])];
            Sum = new double[n];
            Drive = new double[n];
            Slope = new double[n];
            Voltage = new double[n];
            Residual = new double[n];
            Flow = new double[n];
            Factors = new double[n];
            Back = new double[n];
            Along = new double[n];
            Second = new double[n];
            Column = new double[n * Tile];
            Wide = new double[widest];
            WideDirection = new double[widest];
            WideVoltage = new double[widest];
            WideSecond = new double[widest];
            WideBend = new double[widest];
        }

        /// <summary>What the weights multiply, array by array.</summary>
        public double[][] Activities { get; }

        /// <summary>The same before the curve of the devices' current.</summary>
        public double[][] Raw { get; }

        /// <summary>The slopes of that curve; empty where it is a straight line.</summary>
        public double[][] Conductions { get; }

        public double[][] PreSlopes { get; }

        /// <summary>Σ W a + b.</summary>
        public double[] Sum { get; }

        /// <summary>Where the leak pulls the state: ρ(Σ W a + b), or Σ W a + b + vrest.</summary>
        public double[] Drive { get; }

        public double[] Slope { get; }

        public double[] Voltage { get; }

        public double[] Residual { get; }

        public double[] Flow { get; }

        public double[] Factors { get; }

        public double[] Back { get; }

        public double[] Along { get; }

        public double[] Second { get; }

        public double[] Column { get; }

        public double[] Wide { get; }

        public double[] WideDirection { get; }

        public double[] WideVoltage { get; }

        public double[] WideSecond { get; }

        public double[] WideBend { get; }
    }
}
