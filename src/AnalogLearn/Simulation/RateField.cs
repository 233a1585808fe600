using System.Collections.Concurrent;
using System.Numerics;
using System.Numerics.Tensors;
using AnalogLearn.Circuits;
using AnalogLearn.Numerics;

namespace AnalogLearn.Simulation;

/// <summary>
/// The vector field of a rate network: τ ds/dt = −κ (s − rest) + Σ W a + b (voltage form), −κ s + ρ(Σ W a + b) (rate form), projected at the rails.
/// This is the plain form with all products; settling runs the fused kernels of <see cref="Settler{T}"/> on the same numbers.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
public sealed class RateField<T> : IParametrizedField<T>, IDenseJacobian<T>, IStateDescription
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Batch<T>?[] _inputs;
    private readonly Batch<T>?[] _activities;
    private readonly (Batch<T>? Converted, Batch<T>? Conducted)[] _rooms;
    private readonly T[] _gain;
    private readonly T[] _shift;
    private readonly T[] _rest;
    private readonly T[] _leak;
    private readonly T[][] _conduction;
    private readonly T[][] _inputConduction;
    private readonly bool _conducts;
    private readonly T[] _low;
    private readonly T[] _high;
    private readonly PackedWeights<T>[] _packed;
    private readonly Lock _packing = new();
    private readonly ConcurrentBag<Work> _works = [];
    private int _packedVersion = -1;
    private ParameterSet<T>? _read;
    private bool _reads;

    /// <summary>A field with given parameters.</summary>
    /// <param name="network">The layout.</param>
    /// <param name="theta">The parameters; kept, not copied.</param>
    public RateField(RateNetwork network, ParameterSet<T> theta)
    {
        Network = network;
        Theta = theta;
        _inputs = new Batch<T>?[network.Inputs.Length];
        _activities = new Batch<T>?[network.Inputs.Length];
        _rooms = new (Batch<T>?, Batch<T>?)[network.Inputs.Length];
        _gain = Convert(network.Gain);
        _shift = [.. network.Offset.Zip(network.Center, (vos, center) => T.CreateChecked(vos - center))];
        _rest = Convert(network.Rest);
        _leak = Convert(network.LeakFactor);
        _conduction = [.. network.Banks.Select(b => Convert([.. b.Conduction]))];
        _inputConduction = [.. network.Inputs.Select(i => Convert([.. i.Conduction]))];
        _conducts = Array.Exists(_conduction, c => c.Length > 0);
        _low = Convert(network.ClipLow);
        _high = Convert(network.ClipHigh);
        _packed = [.. network.Connections.Select(c => new PackedWeights<T>(c.Description.Post.Width, c.Description.Pre.Width))];
    }

    /// <summary>The layout.</summary>
    public RateNetwork Network { get; }

    /// <inheritdoc/>
    public int StateCount => Network.StateCount;

    /// <inheritdoc/>
    public ParameterLayout Parameters => Network.Layout;

    /// <inheritdoc/>
    public ReadOnlySpan<double> TimeConstants => Network.Tau;

    /// <inheritdoc/>
    public ReadOnlySpan<double> LowerRails => Network.ClipLow;

    /// <inheritdoc/>
    public ReadOnlySpan<double> UpperRails => Network.ClipHigh;

    /// <inheritdoc/>
    public ReadOnlySpan<double> SlewRates => Network.SlewRate;

    /// <inheritdoc/>
    public int ExampleCount { get; private set; }

    /// <inheritdoc/>
    public ParameterSet<T> Theta { get; }

    /// <summary>A further term of the field (a nudge), or null. It counts when it is decided which states are pinned.</summary>
    public IStateForce<T>? Force { get; set; }

    /// <summary>Counts changes of parameters and inputs, so that what is packed from them knows when it is stale.</summary>
    public int ParameterVersion { get; private set; }

    /// <summary>Counts changes of the inputs.</summary>
    public int InputVersion { get; private set; }

    /// <inheritdoc/>
    public string StateName(int state)
    {
        RateBank bank = Network.Banks.Last(b => b.Offset <= state);
        return bank.Description.Bus.NodeName(state - bank.Offset);
    }

    /// <inheritdoc/>
    public void ParametersChanged()
    {
        _reads = false;
        ParameterVersion++;
    }

    /// <inheritdoc/>
    public void ReadDevices()
    {
        if (Theta.Devices is not { IsReading: true } devices)
            return;
        _read ??= new ParameterSet<T>(Parameters);
        devices.Read(Theta, _read);
        _reads = true;
        ParameterVersion++;
    }

    /// <summary>The numbers of a block as the network sees them: as its devices were read last, or as they stand.</summary>
    /// <param name="block">The block's place in the layout.</param>
    public ReadOnlySpan<T> Seen(int block) => SeenBlock(block);

    /// <summary>Whether the sources of the neurons' biases are on.</summary>
    public bool WithBias
    {
        get;
        set
        {
            if (field == value)
                return;
            field = value;
            InputVersion++;
        }
    } = true;

    /// <summary>The biases of a bank as they act now.</summary>
    internal void CopyBias(RateBank bank, Span<T> into)
    {
        if (WithBias)
            Seen(bank.BiasBlock).CopyTo(into);
        else
            into.Clear();
    }

    /// <summary>The array behind <see cref="Seen"/>.</summary>
    internal T[] SeenBlock(int block) => (_reads ? _read! : Theta).Blocks[block];

    /// <inheritdoc/>
    public void Move(int block, ReadOnlySpan<T> change, double rate)
    {
        if (Theta.Devices?[block] is { } devices)
            devices.Write(change, rate, Theta.Blocks[block]);
        else
            Network.Move(block, Theta.Blocks[block], change, rate);
    }

    /// <summary>The values that an input is clamped to, in the codes of its converter if it has one, or null before any were set.</summary>
    /// <param name="index">The input's place among the network's inputs.</param>
    public Batch<T>? Input(int index) => _inputs[index];

    /// <summary>The activity of an input as its synapses see it: its values, through the devices' current where that is not proportional to the voltage. Null before any were set.</summary>
    /// <param name="index">The input's place among the network's inputs.</param>
    public Batch<T>? InputActivity(int index) => _activities[index];

    /// <summary>Clamps an input.</summary>
    /// <param name="index">The input's place among the network's inputs.</param>
    /// <param name="values">Examples × width [V]; kept, not copied, unless they are converted.</param>
    public void SetInput(int index, Batch<T> values)
    {
        if (values.Width != Network.Inputs[index].Width)
            throw new ArgumentException(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"The input {Network.Inputs[index].Description.Bus.Name} has {Network.Inputs[index].Width} nodes, the values {values.Width}."), nameof(values));
        NeuronBank bank = Network.Inputs[index].Description;
        if (bank.Dac is { } dac)
        {
            Batch<T> converted = Room(ref _rooms[index].Converted, values);
            dac.Convert(converted.Span);
            values = converted;
        }

        _inputs[index] = values;
        if (_inputConduction[index] is { Length: > 0 } curve)
        {
            values = Room(ref _rooms[index].Conducted, values);
            ConductionKernel.Apply(values.Span, curve);
        }

        _activities[index] = values;
        ExampleCount = values.Rows;
        InputVersion++;
    }

    /// <summary>How much each state would follow its summed input: 1 in voltage form, gain · ρ′ in rate form (of a softmax bank ∂p_i/∂z_i alone).</summary>
    /// <param name="example">The example's row.</param>
    /// <param name="state">Its states [V].</param>
    /// <param name="sensitivity">Receives one number a state.</param>
    public void Sensitivity(int example, ReadOnlySpan<T> state, Span<T> sensitivity)
    {
        sensitivity.Fill(T.One);
        if (!Network.Banks.Any(b => b.ActivityIsState))
            return;
        Work work = Rent();
        Linearize(example, state, work, withForce: false);
        foreach (RateBank bank in Network.Banks)
        {
            if (!bank.ActivityIsState)
                continue;
            Span<T> own = sensitivity.Slice(bank.Offset, bank.Width);
            work.Slope.AsSpan(bank.Offset, bank.Width).CopyTo(own);
            for (int i = 0; i < own.Length && bank.Description.Activation == Activation.Softmax; i++)
                own[i] = _gain[bank.Offset + i] * own[i] * (T.One - own[i]);
        }
    }

    /// <summary>Fills one example's state with the resting potentials, inside the rails: where a circuit stands before anything is clamped.</summary>
    /// <param name="state">Receives the state [V].</param>
    public void RestingState(Span<T> state)
    {
        for (int i = 0; i < state.Length; i++)
            state[i] = T.Clamp(_rest[i], _low[i], _high[i]);
    }

    /// <summary>Copies the activities of one example, as synapses see them: ρ(s) where the state is a voltage, s itself in rate form; through the curve of their current where it has one (<c>iv</c>).</summary>
    /// <param name="state">The example's states [V].</param>
    /// <param name="activity">Receives the activities, as many.</param>
    public void Activities(ReadOnlySpan<T> state, Span<T> activity)
    {
        foreach (RateBank bank in Network.Banks)
        {
            ReadOnlySpan<T> s = state.Slice(bank.Offset, bank.Width);
            Span<T> a = activity.Slice(bank.Offset, bank.Width);
            if (bank.ActivityIsState)
                s.CopyTo(a);
            else
                Curve(bank, s, a);
            ConductionKernel.Apply(a, _conduction[bank.Index]);
        }
    }

    /// <summary>How much more of an activity's change synapses pass than of the activity itself, d(a f(a))/da, at one example's states; 1 where their current is a straight line.</summary>
    /// <param name="state">The example's states [V].</param>
    /// <param name="slope">Receives one factor a state.</param>
    public void ConductionSlopes(ReadOnlySpan<T> state, Span<T> slope)
    {
        slope.Fill(T.One);
        foreach (RateBank bank in Network.Banks)
        {
            if (_conduction[bank.Index].Length == 0)
                continue;
            ReadOnlySpan<T> s = state.Slice(bank.Offset, bank.Width);
            Span<T> own = slope.Slice(bank.Offset, bank.Width);
            if (bank.ActivityIsState)
                s.CopyTo(own);
            else
                Curve(bank, s, own);
            ConductionKernel.Slopes(own, _conduction[bank.Index]);
        }
    }

    /// <inheritdoc/>
    public void Evaluate(Batch<T> state, Batch<T> derivative)
    {
        Work work = Rent();
        for (int e = 0; e < state.Rows; e++)
        {
            Drive(e, state.Row(e), work);
            Span<T> mu = derivative.Row(e);
            Derivative(e, state.Row(e), work, mu);
            for (int i = 0; i < mu.Length; i++)
            {
                if (IsPinned(i, state.Row(e)[i], mu[i]))
                    mu[i] = T.Zero;
            }
        }

        _works.Add(work);
    }

    /// <summary>μ of one example without the projection at the rails.</summary>
    /// <param name="example">The example's row.</param>
    /// <param name="state">Its states [V].</param>
    /// <param name="mu">Receives μ [V].</param>
    public void Unprojected(int example, ReadOnlySpan<T> state, Span<T> mu)
    {
        Work work = Rent();
        Drive(example, state, work);
        Derivative(example, state, work, mu);
        _works.Add(work);
    }

    /// <summary>Marks the states that stand at a rail and are pushed outward.</summary>
    /// <param name="example">The example's row.</param>
    /// <param name="state">Its states [V].</param>
    /// <param name="pinned">Receives the marks.</param>
    public void Pinned(int example, ReadOnlySpan<T> state, Span<bool> pinned)
    {
        Work work = Rent();
        Drive(example, state, work);
        Derivative(example, state, work, work.Other);
        for (int i = 0; i < pinned.Length; i++)
            pinned[i] = IsPinned(i, state[i], work.Other[i]);
        _works.Add(work);
    }

    /// <inheritdoc/>
    public void ApplyJacobian(Batch<T> state, Batch<T> direction, Batch<T> result)
    {
        ForExamples(state.Rows, (e, work) =>
        {
            Linearize(e, state.Row(e), work);
            JacobianProduct(work, direction.Row(e), result.Row(e), Force, e, state.Row(e));
        });
    }

    /// <inheritdoc/>
    public void ApplyTransposedJacobian(Batch<T> state, Batch<T> covector, Batch<T> result)
    {
        ForExamples(state.Rows, (e, work) =>
        {
            Linearize(e, state.Row(e), work);
            TransposedJacobianProduct(work, covector.Row(e), result.Row(e), Force, e, state.Row(e));
        });
    }

    /// <summary>How much each neuron's curve lets through at a state of the free field, and which states are pinned there.</summary>
    /// <param name="example">The example's row.</param>
    /// <param name="state">Its states [V].</param>
    /// <param name="slope">
    /// Receives gain · ρ′ of each neuron: at its state in voltage form, at its summed input in rate form; of a softmax bank, the values p of its Jacobian diag(p) − p pᵀ.
    /// </param>
    /// <param name="pinned">Receives the marks of pinned states.</param>
    public void FreeSlopes(int example, ReadOnlySpan<T> state, Span<T> slope, Span<bool> pinned)
    {
        Work work = Rent();
        Linearize(example, state, work, withForce: false);
        work.Slope.CopyTo(slope);
        work.IsPinned.CopyTo(pinned);
        _works.Add(work);
    }

    /// <summary>J u and Jᵀ u of one example, of the free field: without the force and with the pinning of the free field.</summary>
    /// <param name="example">The example's row.</param>
    /// <param name="state">Where J is taken [V].</param>
    /// <param name="u">u.</param>
    /// <param name="forward">Receives J u.</param>
    /// <param name="back">Receives Jᵀ u.</param>
    public void FreeJacobianProducts(int example, ReadOnlySpan<T> state, ReadOnlySpan<T> u, Span<T> forward, Span<T> back)
    {
        Work work = Rent();
        Linearize(example, state, work, withForce: false);
        JacobianProduct(work, u, forward, null, example, state);
        TransposedJacobianProduct(work, u, back, null, example, state);
        _works.Add(work);
    }

    /// <inheritdoc/>
    public void Jacobian(int example, ReadOnlySpan<T> state, Span<T> jacobian)
    {
        int n = StateCount;
        Work work = Rent();
        Linearize(example, state, work);
        jacobian.Clear();
        Span<T> column = work.Other;
        foreach (RateConnection c in Network.Connections.Where(c => c.Pre is not null))
        {
            ReadOnlySpan<T> w = Seen(c.Block);
            for (int i = 0; i < c.Post.Width; i++)
            {
                Span<T> row = jacobian.Slice(((c.Post.Offset + i) * n) + c.Pre!.Offset, c.Pre.Width);
                for (int j = 0; j < row.Length; j++)
                    row[j] += w[c.IsTied ? (j * c.Post.Width) + i : (i * row.Length) + j];
            }
        }

        // ∂a/∂s on the right (voltage form): rows of the product, transposed.
        foreach (RateBank bank in Network.Banks.Where(b => !b.ActivityIsState))
        {
            for (int i = 0; i < n; i++)
            {
                Span<T> part = jacobian.Slice((i * n) + bank.Offset, bank.Width);
                if (_conducts)
                    TensorPrimitives.Multiply(part, work.Conduction.AsSpan(bank.Offset, bank.Width), part);
                ApplySlope(bank, work.Slope.AsSpan(bank.Offset, bank.Width), part, transposed: true);
            }
        }

        foreach (RateBank bank in Network.Banks.Where(b => b.ActivityIsState && _conduction[b.Index].Length > 0))
        {
            for (int i = 0; i < n; i++)
            {
                Span<T> part = jacobian.Slice((i * n) + bank.Offset, bank.Width);
                TensorPrimitives.Multiply(part, work.Conduction.AsSpan(bank.Offset, bank.Width), part);
            }
        }

        // ρ′ of the summed drive on the left (rate form).
        foreach (RateBank bank in Network.Banks.Where(b => b.ActivityIsState))
        {
            Span<T> slice = column.Slice(bank.Offset, bank.Width);
            for (int j = 0; j < n; j++)
            {
                for (int i = 0; i < slice.Length; i++)
                    slice[i] = jacobian[((bank.Offset + i) * n) + j];
                ApplySlope(bank, work.Slope.AsSpan(bank.Offset, bank.Width), slice, transposed: false);
                for (int i = 0; i < slice.Length; i++)
                    jacobian[((bank.Offset + i) * n) + j] = slice[i];
            }
        }

        if (Force is { } force)
        {
            Span<T> unit = work.Masked.AsSpan(0, force.Length);
            Span<T> slice = column.Slice(0, force.Length);
            for (int j = 0; j < force.Length; j++)
            {
                unit.Clear();
                slice.Clear();
                unit[j] = T.One;
                force.AddJacobian(example, state.Slice(force.Offset, force.Length), unit, slice, transposed: false);
                for (int i = 0; i < slice.Length; i++)
                    jacobian[((force.Offset + i) * n) + force.Offset + j] += slice[i];
            }
        }

        for (int i = 0; i < n; i++)
        {
            if (work.IsPinned[i])
            {
                jacobian.Slice(i * n, n).Clear();
                for (int k = 0; k < n; k++)
                    jacobian[(k * n) + i] = T.Zero;
            }

            jacobian[(i * n) + i] -= work.IsPinned[i] ? T.One : _leak[i];
        }
    }

    /// <inheritdoc/>
    public void AccumulateParameterGradient(Batch<T> state, Batch<T> covector, ParameterSet<T> into)
    {
        Work work = Rent();
        for (int e = 0; e < state.Rows; e++)
        {
            Linearize(e, state.Row(e), work);
            Activities(state.Row(e), work.Activity);
            ReadOnlySpan<T> lambda = covector.Row(e);
            Span<T> back = work.Masked;
            for (int i = 0; i < StateCount; i++)
                back[i] = work.IsPinned[i] ? T.Zero : lambda[i];
            foreach (RateBank bank in Network.Banks)
            {
                if (bank.ActivityIsState)
                    ApplySlope(bank, work.Slope.AsSpan(bank.Offset, bank.Width), back.Slice(bank.Offset, bank.Width), transposed: true);
                Span<T> bias = into.Blocks[bank.BiasBlock];
                for (int i = 0; i < bank.Width; i++)
                    bias[i] += back[bank.Offset + i];
            }

            foreach (RateConnection c in Network.Connections)
            {
                ReadOnlySpan<T> post = back.Slice(c.Post.Offset, c.Post.Width);
                ReadOnlySpan<T> pre = c.Pre is null ? Clamped(c.PreInput!, e) : work.Activity.AsSpan(c.Pre.Offset, c.Pre.Width);
                AddOuter(c, post, pre, into.Blocks[c.Block]);
            }
        }

        _works.Add(work);
    }

    /// <summary>Adds left ⊗ right to the weights of a connection, transposed when it is tied, where synapses exist.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="post">One factor a postsynaptic node.</param>
    /// <param name="pre">One factor a presynaptic node.</param>
    /// <param name="block">The block to add to.</param>
    public static void AddOuter(RateConnection connection, ReadOnlySpan<T> post, ReadOnlySpan<T> pre, Span<T> block)
    {
        var mask = connection.Description.Mask;
        if (mask.IsDefaultOrEmpty)
        {
            ReadOnlySpan<T> rows = connection.IsTied ? pre : post, columns = connection.IsTied ? post : pre;
            for (int i = 0; i < rows.Length; i++)
            {
                Span<T> row = block.Slice(i * columns.Length, columns.Length);
                if (rows[i] != T.Zero)
                    TensorPrimitives.MultiplyAdd(columns, rows[i], row, row);
            }

            return;
        }

        for (int i = 0; i < post.Length; i++)
        {
            if (post[i] == T.Zero)
                continue;
            for (int j = 0; j < pre.Length; j++)
            {
                if (!mask[(i * pre.Length) + j])
                    continue;
                block[connection.IsTied ? (j * post.Length) + i : (i * pre.Length) + j] += post[i] * pre[j];
            }
        }
    }

    /// <summary>Runs over the examples, in several threads when there is enough to do; each example's numbers are its own, so the bits are the same.</summary>
    private void ForExamples(int count, Action<int, Work> body)
    {
        if (count == 1 || (long)count * Network.Connections.Sum(c => (long)c.Description.Pre.Width * c.Post.Width) < 100_000)
        {
            Work work = Rent();
            for (int e = 0; e < count; e++)
                body(e, work);
            _works.Add(work);
            return;
        }

        Parallel.For(0, count, Rent, (e, _, work) =>
        {
            body(e, work);
            return work;
        }, _works.Add);
    }

    private Work Rent() => _works.TryTake(out Work? work) ? work : new Work(this);

    private static T[] Convert(double[] values) => [.. values.Select(T.CreateChecked)];

    private ReadOnlySpan<T> Clamped(RateInput input, int example)
    {
        Batch<T> values = _activities[input.Index] ?? throw new InvalidOperationException($"The input {input.Description.Bus.Name} is not clamped to anything.");
        return values.Row(values.Rows == 1 ? 0 : example);
    }

    /// <summary>A copy of values in room that is kept.</summary>
    private static Batch<T> Room(ref Batch<T>? room, Batch<T> values)
    {
        if (room is null || room.Rows != values.Rows)
            room = new Batch<T>(values.Rows, values.Width);
        room.CopyFrom(values);
        return room;
    }

    private bool IsPinned(int i, T state, T mu) => (state <= _low[i] && mu <= T.Zero) || (state >= _high[i] && mu >= T.Zero);

    /// <summary>a = ρ(gain (v + vos − center)) of one bank.</summary>
    /// <param name="bank">The bank.</param>
    /// <param name="v">What its non-linearity sees, one a neuron [V].</param>
    /// <param name="a">Receives ρ.</param>
    public void Curve(RateBank bank, ReadOnlySpan<T> v, Span<T> a)
    {
        Activation activation = bank.Description.Activation;
        ReadOnlySpan<T> gain = _gain.AsSpan(bank.Offset, bank.Width);
        ReadOnlySpan<T> shift = _shift.AsSpan(bank.Offset, bank.Width);
        if (activation != Activation.Softmax)
        {
            CurveKernel.Apply(activation, v, gain, shift, a);
            return;
        }

        T largest = T.NegativeInfinity;
        for (int i = 0; i < a.Length; i++)
        {
            a[i] = gain[i] * (v[i] + shift[i]);
            largest = T.Max(largest, a[i]);
        }

        T sum = T.Zero;
        for (int i = 0; i < a.Length; i++)
        {
            a[i] = T.Exp(a[i] - largest);
            sum += a[i];
        }

        for (int i = 0; i < a.Length; i++)
            a[i] /= sum;
    }

    /// <summary>x ← (∂ρ/∂v)ᵀ x of one bank, or without the transpose (they differ for softmax alone).</summary>
    /// <param name="bank">The bank.</param>
    /// <param name="v">Where ρ is linearised, one a neuron [V].</param>
    /// <param name="x">One number a neuron; replaced by the product.</param>
    /// <param name="transposed">Whether the transposed derivative is wanted.</param>
    public void ApplyCurveSlope(RateBank bank, ReadOnlySpan<T> v, Span<T> x, bool transposed = true)
    {
        Span<T> slope = stackalloc T[bank.Width];
        CurveSlope(bank, v, slope);
        ApplySlope(bank, slope, x, transposed);
    }

    private void Drive(int example, ReadOnlySpan<T> state, Work work)
    {
        Activities(state, work.Activity);
        foreach (RateBank bank in Network.Banks)
            CopyBias(bank, work.Drive.AsSpan(bank.Offset, bank.Width));
        foreach (RateConnection c in Network.Connections)
        {
            ReadOnlySpan<T> pre = c.Pre is null ? Clamped(c.PreInput!, example) : work.Activity.AsSpan(c.Pre.Offset, c.Pre.Width);
            AddProduct(c, pre, work.Drive.AsSpan(c.Post.Offset, c.Post.Width));
        }
    }

    private void Derivative(int example, ReadOnlySpan<T> state, Work work, Span<T> mu, bool withForce = true)
    {
        foreach (RateBank bank in Network.Banks)
        {
            ReadOnlySpan<T> s = state.Slice(bank.Offset, bank.Width);
            Span<T> m = mu.Slice(bank.Offset, bank.Width);
            ReadOnlySpan<T> drive = work.Drive.AsSpan(bank.Offset, bank.Width);
            if (bank.ActivityIsState)
            {
                Curve(bank, drive, m);
                for (int i = 0; i < m.Length; i++)
                    m[i] -= _leak[bank.Offset + i] * s[i];
            }
            else
            {
                for (int i = 0; i < m.Length; i++)
                    m[i] = drive[i] - (_leak[bank.Offset + i] * (s[i] - _rest[bank.Offset + i]));
            }
        }

        if (withForce && Force is { } force)
            force.Add(example, state.Slice(force.Offset, force.Length), mu.Slice(force.Offset, force.Length));
    }

    /// <summary>Which states are pinned, and where each curve is linearised: at the state (voltage form) or at its drive (rate form).</summary>
    private void Linearize(int example, ReadOnlySpan<T> state, Work work, bool withForce = true)
    {
        Drive(example, state, work);
        Derivative(example, state, work, work.Other, withForce);
        for (int i = 0; i < StateCount; i++)
            work.IsPinned[i] = IsPinned(i, state[i], work.Other[i]);
        foreach (RateBank bank in Network.Banks)
        {
            ReadOnlySpan<T> at = bank.ActivityIsState ? work.Drive.AsSpan(bank.Offset, bank.Width) : state.Slice(bank.Offset, bank.Width);
            Span<T> slope = work.Slope.AsSpan(bank.Offset, bank.Width);
            CurveSlope(bank, at, slope);
        }

        if (_conducts)
            ConductionSlopes(state, work.Conduction);
    }

    /// <summary>gain · ρ′ of each neuron; for softmax, whose Jacobian is diag(p) − p pᵀ, the values p.</summary>
    private void CurveSlope(RateBank bank, ReadOnlySpan<T> v, Span<T> slope)
    {
        if (bank.Description.Activation == Activation.Softmax)
        {
            Curve(bank, v, slope);
            return;
        }

        for (int i = 0; i < slope.Length; i++)
            slope[i] = _gain[bank.Offset + i] * NeuronCurve.Slope(bank.Description.Activation, _gain[bank.Offset + i] * (v[i] + _shift[bank.Offset + i]));
    }

    private void JacobianProduct(Work work, ReadOnlySpan<T> u, Span<T> r, IStateForce<T>? force, int example, ReadOnlySpan<T> state)
    {
        Span<T> da = work.Activity;
        for (int i = 0; i < StateCount; i++)
            work.Masked[i] = work.IsPinned[i] ? T.Zero : u[i];
        ActivitySlope(work, work.Masked, da);
        r.Clear();
        foreach (RateConnection c in Network.Connections)
        {
            if (c.Pre is not null)
                AddProduct(c, da.Slice(c.Pre.Offset, c.Pre.Width), r.Slice(c.Post.Offset, c.Post.Width));
        }

        foreach (RateBank bank in Network.Banks)
        {
            if (bank.ActivityIsState)
                ApplySlope(bank, work.Slope.AsSpan(bank.Offset, bank.Width), r.Slice(bank.Offset, bank.Width), transposed: false);
        }

        force?.AddJacobian(example, state.Slice(force.Offset, force.Length), work.Masked.AsSpan(force.Offset, force.Length), r.Slice(force.Offset, force.Length), transposed: false);
        for (int i = 0; i < StateCount; i++)
            r[i] = work.IsPinned[i] ? -u[i] : r[i] - (_leak[i] * u[i]);
    }

    private void TransposedJacobianProduct(Work work, ReadOnlySpan<T> lambda, Span<T> r, IStateForce<T>? force, int example, ReadOnlySpan<T> state)
    {
        Span<T> back = work.Masked;
        Span<T> da = work.Activity;
        for (int i = 0; i < StateCount; i++)
            back[i] = work.IsPinned[i] ? T.Zero : lambda[i];
        foreach (RateBank bank in Network.Banks)
        {
            if (bank.ActivityIsState)
                ApplySlope(bank, work.Slope.AsSpan(bank.Offset, bank.Width), back.Slice(bank.Offset, bank.Width), transposed: true);
        }

        da.Clear();
        foreach (RateConnection c in Network.Connections)
        {
            if (c.Pre is not null)
                AddTransposedProduct(c, back.Slice(c.Post.Offset, c.Post.Width), da.Slice(c.Pre.Offset, c.Pre.Width));
        }

        if (_conducts)
            TensorPrimitives.Multiply(da, work.Conduction, da);
        foreach (RateBank bank in Network.Banks)
        {
            if (!bank.ActivityIsState)
                ApplySlope(bank, work.Slope.AsSpan(bank.Offset, bank.Width), da.Slice(bank.Offset, bank.Width), transposed: true);
        }

        if (force is not null)
        {
            for (int i = 0; i < StateCount; i++)
                back[i] = work.IsPinned[i] ? T.Zero : lambda[i];
            force.AddJacobian(example, state.Slice(force.Offset, force.Length), back.Slice(force.Offset, force.Length), da.Slice(force.Offset, force.Length), transposed: true);
        }

        for (int i = 0; i < StateCount; i++)
            r[i] = work.IsPinned[i] ? -lambda[i] : da[i] - (_leak[i] * lambda[i]);
    }

    private void ActivitySlope(Work work, ReadOnlySpan<T> u, Span<T> da)
    {
        u.CopyTo(da);
        foreach (RateBank bank in Network.Banks.Where(b => !b.ActivityIsState))
            ApplySlope(bank, work.Slope.AsSpan(bank.Offset, bank.Width), da.Slice(bank.Offset, bank.Width), transposed: false);
        if (_conducts)
            TensorPrimitives.Multiply(da, work.Conduction, da);
    }

    /// <summary>x ← (∂ρ/∂v) x, or its transpose.</summary>
    private void ApplySlope(RateBank bank, ReadOnlySpan<T> slope, Span<T> x, bool transposed)
    {
        if (bank.Description.Activation != Activation.Softmax)
        {
            for (int i = 0; i < x.Length; i++)
                x[i] *= slope[i];
            return;
        }

        // ∂p_i/∂v_j = (p_i δ_ij − p_i p_j) gain_j
        ReadOnlySpan<T> gain = _gain.AsSpan(bank.Offset, bank.Width);
        T dot = T.Zero;
        for (int i = 0; i < x.Length; i++)
            dot += slope[i] * (transposed ? x[i] : gain[i] * x[i]);
        for (int i = 0; i < x.Length; i++)
            x[i] = transposed ? gain[i] * slope[i] * (x[i] - dot) : slope[i] * ((gain[i] * x[i]) - dot);
    }

    private void AddProduct(RateConnection c, ReadOnlySpan<T> pre, Span<T> post) => PackedProduct.AccumulateRow(pre, Packed()[c.Index], post);

    /// <summary>The arrays packed for the product, anew when the parameters changed.</summary>
    internal PackedWeights<T>[] Packed()
    {
        if (Volatile.Read(ref _packedVersion) == ParameterVersion)
            return _packed;
        lock (_packing)
        {
            if (_packedVersion != ParameterVersion)
            {
                foreach (RateConnection c in Network.Connections)
                {
                    if (c.IsTied)
                        _packed[c.Index].PackTransposed(Seen(c.Block));
                    else
                        _packed[c.Index].Pack(Seen(c.Block));
                }

                Volatile.Write(ref _packedVersion, ParameterVersion);
            }
        }

        return _packed;
    }

    private void AddTransposedProduct(RateConnection c, ReadOnlySpan<T> post, Span<T> pre)
    {
        ReadOnlySpan<T> w = Seen(c.Block);
        if (c.IsTied)
        {
            for (int j = 0; j < pre.Length; j++)
                pre[j] += TensorPrimitives.Dot(w.Slice(j * post.Length, post.Length), post);
            return;
        }

        for (int i = 0; i < post.Length; i++)
        {
            if (post[i] != T.Zero)
                TensorPrimitives.MultiplyAdd(w.Slice(i * pre.Length, pre.Length), post[i], pre, pre);
        }
    }

    private sealed class Work(RateField<T> field)
    {
        public T[] Activity { get; } = new T[field.StateCount];

        public T[] Drive { get; } = new T[field.StateCount];

        public T[] Slope { get; } = new T[field.StateCount];

        public T[] Conduction { get; } = new T[field._conducts ? field.StateCount : 0];

        public T[] Masked { get; } = new T[field.StateCount];

        public T[] Other { get; } = new T[field.StateCount];

        public bool[] IsPinned { get; } = new bool[field.StateCount];
    }
}
