using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Numerics.Tensors;
using AnalogLearn.Devices;
using AnalogLearn.Numerics;
using AnalogLearn.Synapses;

namespace AnalogLearn.Simulation.Nodal;

/// <summary>
/// A circuit as a vector field that learns: the state is all unknowns of modified nodal analysis, μ = −f(x), the sum of the currents into each node [A] and each branch's own equation, θ the
/// conductances of its learning resistors [S] and the states of its learning memristors and potentiometers, then weights and biases of its synapse arrays and neuron banks, in the layout of their <see cref="RateNetwork"/>. For a conductance G between nodes a and b, ∂μ/∂G is −(v_a − v_b) in the row of a and +(v_a − v_b) in that of b, so that
/// λᵀ∂μ/∂G = −(λ_a − λ_b)(v_a − v_b). Equilibria are solved by Newton's method from wherever the state stands, gradients by one solution with the transposed sparse Jacobian.
/// </summary>
/// <remarks>
/// Charges play no part: what is compared, and learned from, are equilibria. Each example has its own values of the sources that the data set drives. Examples are solved on
/// several threads, each with a workspace of its own; all workspaces pivot alike, so that the bits depend neither on their number nor on which of them took an example.
/// </remarks>
public sealed class NodalField : IParametrizedField<double>, ILinearizedField
{
    private readonly SolverOptions _options;
    private readonly int[] _sources;
    private readonly int[][] _slots;
    private readonly double[][] _gains;
    private readonly DeviceConditions _held;
    private readonly bool _writesCards;
    private readonly NodalSystem _bare;
    private double[] _fixed;
    private readonly double[] _linear;
    private readonly double[] _startLinear;
    private readonly double[] _rest;
    private readonly double[] _time;
    private readonly ConcurrentBag<NodalWorkspace> _workspaces = [];
    private readonly ConcurrentBag<SparseLu<double>> _factors = [];
    private readonly NeuronBlock[] _neurons;
    private readonly Lock _weighing = new();
    private double[] _pivots = [];
    private Batch<double>? _inputs;
    private ParameterSet<double>? _read;
    private bool _reads;

    /// <summary>A field of a circuit.</summary>
    /// <param name="circuit">The circuit.</param>
    /// <param name="blocks">Its learning conductances.</param>
    /// <param name="sources">The sources that examples drive, as places in <see cref="NodalCircuit.Sources"/>, in the order of the inputs.</param>
    /// <param name="theta">The conductances [S]; kept, not copied.</param>
    /// <param name="options">Tolerances of the solver.</param>
    public NodalField(NodalCircuit circuit, ImmutableArray<LearningBlock> blocks, ImmutableArray<int> sources, ParameterSet<double> theta, SolverOptions options)
    {
        ArgumentNullException.ThrowIfNull(circuit);
        ArgumentNullException.ThrowIfNull(theta);
        ArgumentNullException.ThrowIfNull(options);
        Circuit = circuit;
        Blocks = blocks;
        Theta = theta;
        _neurons = [.. circuit.Banks.OfType<NeuronBlock>()];
        _options = options;
        _held = circuit.Conditions with { HoldStates = true };
        _writesCards = blocks.Any(b => !b.IsConductance);
        _bare = new NodalSystem(circuit);
        _sources = [.. sources];
        _slots = new int[blocks.Length][];
        _gains = new double[blocks.Length][];
        _time = new double[circuit.UnknownCount];
        _time.AsSpan().Fill(1);
        for (int b = 0; b < blocks.Length; b++)
            (_slots[b], _gains[b]) = Place(blocks[b]);
        _fixed = WithoutLearning();
        _linear = new double[_fixed.Length];
        ParametersChanged();
        _startLinear = (double[])_linear.Clone();
        _rest = new double[circuit.UnknownCount + 1];
        NodalWorkspace first = Open();
        RestReport = first.Solver.Solve(_rest);
        if (RestReport.Failure is not null)
            Array.Clear(_rest);
        first.System.Load(_rest);
        _pivots = first.System.Conductances.AsSpan(0, circuit.Pattern.Count).ToArray();
        first.Begin(_pivots);
        _workspaces.Add(first);
    }

    /// <summary>The circuit.</summary>
    public NodalCircuit Circuit { get; }

    /// <summary>The learning conductances.</summary>
    public ImmutableArray<LearningBlock> Blocks { get; }

    /// <inheritdoc/>
    public int StateCount => Circuit.UnknownCount;

    /// <inheritdoc/>
    public ParameterLayout Parameters => Theta.Layout;

    /// <inheritdoc/>
    public ReadOnlySpan<double> TimeConstants => _time;

    /// <inheritdoc/>
    public int ExampleCount => _inputs?.Rows ?? 0;

    /// <inheritdoc/>
    public ParameterSet<double> Theta { get; }

    /// <summary>How many numbers an example clamps.</summary>
    public int InputCount => _sources.Length;

    /// <summary>How the operating point without inputs was found, at the conductances that the field began with.</summary>
    public OperatingPointReport RestReport { get; }

    /// <summary>What currents at nodes are small against per volt [S]: the mean learning conductance, or the smallest leak of neurons.</summary>
    internal double TypicalConductance => Blocks.IsEmpty
        ? _neurons.Select(n => n.Description.LeakConductance).DefaultIfEmpty(1e-6).Min()
        : Enumerable.Range(0, Blocks.Length).Sum(b => Blocks[b].IsInSiemens ? Theta.Blocks[b].Sum() : Blocks[b].Conductances(_held, StateCount)) / Enumerable.Range(0, Blocks.Length).Sum(b => Theta.Blocks[b].Length);

    /// <summary>Counts changes of θ.</summary>
    internal int Version { get; private set; }

    /// <summary>The linear devices' conductances at θ, by slot.</summary>
    internal ReadOnlySpan<double> Linear => _linear;

    /// <summary>The conductances, weights and biases of a circuit as fabricated.</summary>
    /// <param name="circuit">The circuit.</param>
    /// <param name="blocks">Its learning conductances.</param>
    /// <param name="seed">The seed.</param>
    public static ParameterSet<double> Fabricate(NodalCircuit circuit, ImmutableArray<LearningBlock> blocks, ulong seed)
    {
        var theta = new ParameterSet<double>(Layout(circuit, blocks));
        for (int b = 0; b < blocks.Length; b++)
            blocks[b].Fill(seed, theta.Blocks[b]);
        ParameterSet<double>? weights = circuit.Network?.InitialParameters(seed);
        for (int b = blocks.Length; b < theta.Blocks.Length; b++)
            weights!.Blocks[b - blocks.Length].CopyTo(theta.Blocks[b], 0);
        theta.Devices = SynapseHardware.Of(circuit.Circuit, blocks, weights?.Devices, theta.Blocks.Length - blocks.Length, seed);
        theta.Devices?.Program(theta, 0, blocks.Length);
        return theta;
    }

    /// <summary>The blocks of θ: learning conductances, then weights and biases.</summary>
    /// <param name="circuit">The circuit.</param>
    /// <param name="blocks">Its learning conductances.</param>
    public static ParameterLayout Layout(NodalCircuit circuit, ImmutableArray<LearningBlock> blocks)
    {
        ArgumentNullException.ThrowIfNull(circuit);
        return new ParameterLayout([.. blocks.Select(b => b.Description), .. circuit.Network?.Layout.Blocks ?? []]);
    }

    /// <summary>Writes conductances into a circuit's devices, for analyses. Systems on the circuit have to be told (<see cref="NodalSystem.RefreshLinear"/>).</summary>
    /// <param name="circuit">The circuit.</param>
    /// <param name="blocks">Its learning conductances.</param>
    /// <param name="theta">The conductances [S], weights and biases.</param>
    public static void WriteInto(NodalCircuit circuit, ImmutableArray<LearningBlock> blocks, ParameterSet<double> theta)
    {
        ArgumentNullException.ThrowIfNull(circuit);
        ArgumentNullException.ThrowIfNull(theta);
        circuit.WeightsHolder = null;
        WriteWeights(circuit, blocks.Length, theta);
        WriteCards(blocks, theta);
        for (int b = 0; b < blocks.Length; b++)
        {
            for (int k = 0; blocks[b].IsConductance && k < blocks[b].Instances.Length; k++)
                blocks[b].Bank.SetParameter(blocks[b].Instances[k], 0, 1 / theta.Blocks[b][k]);
        }
    }

    /// <inheritdoc/>
    public void ParametersChanged()
    {
        _reads = false;
        Apply();
    }

    /// <inheritdoc/>
    public void ReadDevices()
    {
        if (Theta.Devices is not { IsReading: true } devices)
            return;
        _read ??= new ParameterSet<double>(Parameters);
        devices.Read(Theta, _read);
        _reads = true;
        Apply();
    }

    /// <summary>θ as the circuit sees it: as its devices were read last, or as they stand.</summary>
    private ParameterSet<double> Seen => _reads ? _read! : Theta;

    private void Apply()
    {
        if (_neurons.Length > 0 || _writesCards)
        {
            WriteInto();
            if (Blocks.Any(b => b is { IsConductance: false, Bank.IsLinear: true }))
                _fixed = WithoutLearning();
        }

        _fixed.CopyTo(_linear, 0);
        double[] linear = _linear;
        for (int b = 0; b < _slots.Length; b++)
        {
            ReadOnlySpan<double> theta = Seen.Blocks[b];
            ReadOnlySpan<double> gains = _gains[b];
            ReadOnlySpan<int> slots = _slots[b];
            for (int k = 0; k < gains.Length; k++)
            {
                double g = gains[k] * theta[k];
                linear[slots[4 * k]] += g;
                linear[slots[(4 * k) + 1]] -= g;
                linear[slots[(4 * k) + 2]] -= g;
                linear[slots[(4 * k) + 3]] += g;
            }
        }

        Version++;
    }

    /// <inheritdoc/>
    public void Move(int block, ReadOnlySpan<double> change, double rate)
    {
        double[] theta = Theta.Blocks[block];
        if (Theta.Devices?[block] is { } devices)
        {
            devices.Write(change, rate, theta);
            return;
        }

        if (block >= Blocks.Length)
        {
            Circuit.Network!.Move(block - Blocks.Length, theta, change, rate);
            return;
        }

        LearningBlock of = Blocks[block];
        for (int k = 0; k < theta.Length; k++)
        {
            double delta = rate * change[k];
            if (of.Step > 0)
                delta = of.Step * Math.Round(delta / of.Step);
            theta[k] = Math.Clamp(theta[k] + delta, of.Low, of.High);
        }
    }

    /// <summary>Sets the values of the inputs.</summary>
    /// <param name="inputs">Examples × inputs [V or A]; kept, not copied.</param>
    public void SetInputs(Batch<double> inputs)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        ArgumentOutOfRangeException.ThrowIfNotEqual(inputs.Width, InputCount);
        _inputs = inputs;
    }

    /// <summary>The operating point without inputs, at the conductances that the field began with.</summary>
    /// <param name="state">Receives it.</param>
    public void RestingState(Span<double> state) => _rest.AsSpan(0, state.Length).CopyTo(state);

    /// <inheritdoc/>
    public void Evaluate(Batch<double> state, Batch<double> derivative)
    {
        NodalWorkspace work = Rent();
        for (int e = 0; e < state.Rows; e++)
        {
            work.Set(e, state.Row(e));
            work.System.LoadFlows(work.X);
            work.AddShunt(work.System.Flow, []);
            Negate(work.System.Flow, derivative.Row(e));
        }

        Return(work);
    }

    /// <inheritdoc/>
    public void ApplyJacobian(Batch<double> state, Batch<double> direction, Batch<double> result)
    {
        NodalWorkspace work = Rent();
        for (int e = 0; e < state.Rows; e++)
        {
            Circuit.Pattern.Multiply<double>(Jacobian(work, e, state.Row(e)), direction.Row(e), result.Row(e));
            Negate(result.Row(e), result.Row(e));
        }

        Return(work);
    }

    /// <inheritdoc/>
    public void ApplyTransposedJacobian(Batch<double> state, Batch<double> covector, Batch<double> result)
    {
        NodalWorkspace work = Rent();
        for (int e = 0; e < state.Rows; e++)
        {
            Circuit.Pattern.MultiplyTransposed<double>(Jacobian(work, e, state.Row(e)), covector.Row(e), result.Row(e));
            Negate(result.Row(e), result.Row(e));
        }

        Return(work);
    }

    /// <inheritdoc/>
    public void AccumulateParameterGradient(Batch<double> state, Batch<double> covector, ParameterSet<double> into)
    {
        for (int b = 0; b < Blocks.Length; b++)
        {
            double[] sums = into.Blocks[b];
            if (!Blocks[b].IsConductance)
            {
                AddCardGradient(Blocks[b], state, covector, sums);
                continue;
            }

            for (int e = 0; e < state.Rows; e++)
            {
                ReadOnlySpan<double> v = state.Row(e);
                ReadOnlySpan<double> l = covector.Row(e);
                for (int k = 0; k < sums.Length; k++)
                    sums[k] -= _gains[b][k] * Across(b, k, l) * Across(b, k, v);
            }
        }

        for (int e = 0; e < state.Rows && _neurons.Length > 0; e++)
            AddWeightGradient(state.Row(e), covector.Row(e), into);
    }

    private void AddCardGradient(LearningBlock block, Batch<double> state, Batch<double> covector, double[] sums)
    {
        HoldCircuit();
        var x = new double[StateCount + 1];
        var lambda = new double[StateCount + 1];
        for (int e = 0; e < state.Rows; e++)
        {
            state.Row(e).CopyTo(x);
            covector.Row(e).CopyTo(lambda);
            for (int k = 0; k < sums.Length; k++)
                sums[k] -= block.Bank.ParameterGradient(_held, block.Instances[k], block.Parameter, x, lambda).Flow;
        }
    }

    /// <summary>Adds λᵀ∂μ/∂W and λᵀ∂μ/∂b of one example to the blocks of weights and biases.</summary>
    /// <param name="state">Its state.</param>
    /// <param name="covector">λ.</param>
    /// <param name="into">Receives the sums.</param>
    internal void AddWeightGradient(ReadOnlySpan<double> state, ReadOnlySpan<double> covector, ParameterSet<double> into)
    {
        if (_neurons.Length == 0)
            return;
        NodalWorkspace work = Rent();
        state.CopyTo(work.X);
        work.X[^1] = 0;
        var wide = new double[StateCount + 1];
        covector.CopyTo(wide);
        var sums = new ParameterSet<double>(Circuit.Network!.Layout);
        foreach (NeuronBlock block in _neurons)
            block.AddWeightGradient(work.X, wide, sums);
        Return(work);
        for (int b = 0; b < sums.Blocks.Length; b++)
            TensorPrimitives.Subtract(into.Blocks[Blocks.Length + b], sums.Blocks[b], into.Blocks[Blocks.Length + b]);
    }

    /// <inheritdoc/>
    public ILinearization? Linearize(int example, ReadOnlySpan<double> state)
    {
        NodalWorkspace work = Rent();
        ReadOnlySpan<double> matrix = Jacobian(work, example, state);
        if (!_factors.TryTake(out SparseLu<double>? lu))
            lu = new SparseLu<double>(Circuit.Pattern);
        bool regular = lu.Factor(matrix).IsDone;
        Return(work);
        if (regular)
            return new Linearization(this, lu);
        _factors.Add(lu);
        return null;
    }

    /// <summary>The voltages across the conductances of a row of a block.</summary>
    /// <param name="block">The block.</param>
    /// <param name="row">The row.</param>
    /// <param name="state">The states of one example.</param>
    /// <param name="voltages">Receives one a column [V].</param>
    internal void Across(int block, int row, ReadOnlySpan<double> state, Span<double> voltages)
    {
        int n = StateCount;
        LearningBlock of = Blocks[block];
        int start = row * of.Description.Columns;
        ReadOnlySpan<int> plus = of.Plus.AsSpan(start, voltages.Length);
        ReadOnlySpan<int> minus = of.Minus.AsSpan(start, voltages.Length);
        for (int k = 0; k < voltages.Length; k++)
            voltages[k] = (plus[k] < n ? state[plus[k]] : 0) - (minus[k] < n ? state[minus[k]] : 0);
    }

    /// <summary>How many of the conductances of a row are in parallel, and factors of temperature.</summary>
    /// <param name="block">The block.</param>
    /// <param name="row">The row.</param>
    internal ReadOnlySpan<double> Gains(int block, int row) => _gains[block].AsSpan(row * Blocks[block].Description.Columns, Blocks[block].Description.Columns);

    /// <summary>∂i/∂θ at the terminals of one element of a block.</summary>
    /// <param name="block">The block, whose cards are this field's (<see cref="HoldCircuit"/>).</param>
    /// <param name="k">The element's place in it.</param>
    /// <param name="x">The unknowns, and ground.</param>
    /// <param name="slopes">Receives one a terminal.</param>
    internal void Slopes(LearningBlock block, int k, ReadOnlySpan<double> x, Span<double> slopes) => block.Bank.CurrentSlopes(_held, block.Instances[k], block.Parameter, x, slopes);

    /// <summary>Makes sure that weights and cards, of which a circuit has one set, are those of this field.</summary>
    internal void HoldCircuit()
    {
        if ((_neurons.Length == 0 && !_writesCards) || ReferenceEquals(Circuit.WeightsHolder, this))
            return;
        lock (_weighing)
        {
            if (!ReferenceEquals(Circuit.WeightsHolder, this))
                WriteInto();
        }
    }

    /// <summary>A workspace at the present θ; nobody else has it until it is returned.</summary>
    internal NodalWorkspace Rent()
    {
        if (!_workspaces.TryTake(out NodalWorkspace? work))
        {
            work = Open();
            work.Begin(_pivots);
        }

        work.Follow();
        HoldCircuit();
        return work;
    }

    /// <summary>Gives a workspace back.</summary>
    internal void Return(NodalWorkspace work) => _workspaces.Add(work);

    /// <summary>The values of the inputs, examples × inputs; null before any were set.</summary>
    internal Batch<double>? Inputs => _inputs;

    /// <summary>The values of an example's inputs.</summary>
    internal ReadOnlySpan<double> Input(int example) => _inputs is null ? default : _inputs.Row(_inputs.Rows == 1 ? 0 : example);

    private NodalWorkspace Open() => new(this, _options, _sources, _startLinear);

    private void WriteInto()
    {
        WriteWeights(Circuit, Blocks.Length, Seen);
        WriteCards(Blocks, Seen);
        Circuit.WeightsHolder = this;
    }

    private static void WriteCards(ImmutableArray<LearningBlock> blocks, ParameterSet<double> theta)
    {
        for (int b = 0; b < blocks.Length; b++)
        {
            for (int k = 0; !blocks[b].IsConductance && k < blocks[b].Instances.Length; k++)
                blocks[b].Bank.SetParameter(blocks[b].Instances[k], blocks[b].Parameter, theta.Blocks[b][k]);
        }
    }

    private static void WriteWeights(NodalCircuit circuit, int first, ParameterSet<double> theta)
    {
        for (int b = first; b < theta.Blocks.Length; b++)
            theta.Blocks[b].CopyTo(circuit.Weights!.Blocks[b - first], 0);
    }

    private static void Negate(ReadOnlySpan<double> from, Span<double> to)
    {
        for (int k = 0; k < to.Length; k++)
            to[k] = -from[k];
    }

    private double Across(int block, int k, ReadOnlySpan<double> values)
    {
        int plus = Blocks[block].Plus[k];
        int minus = Blocks[block].Minus[k];
        return (plus < values.Length ? values[plus] : 0) - (minus < values.Length ? values[minus] : 0);
    }

    private ReadOnlySpan<double> Jacobian(NodalWorkspace work, int example, ReadOnlySpan<double> state)
    {
        work.Set(example, state);
        work.System.Load(work.X);
        work.AddShunt([], work.System.Conductances);
        return work.System.Conductances.AsSpan(0, Circuit.Pattern.Count);
    }

    private (int[] Slots, double[] Gains) Place(LearningBlock block)
    {
        if (!block.IsConductance)
            return ([], []);
        int n = StateCount;
        int end = Circuit.Pattern.Count;
        var slots = new int[4 * block.Plus.Length];
        var gains = new double[block.Plus.Length];
        var x = new double[n + 1];
        var covector = new double[n + 1];
        for (int k = 0; k < gains.Length; k++)
        {
            (int plus, int minus) = (block.Plus[k], block.Minus[k]);
            slots[4 * k] = Slot(plus, plus);
            slots[(4 * k) + 1] = Slot(plus, minus);
            slots[(4 * k) + 2] = Slot(minus, plus);
            slots[(4 * k) + 3] = Slot(minus, minus);
            if (plus == minus)
                continue;

            // i = gain · v/R for one volt across: ∂i/∂R = −gain/R².
            (int node, double sign) = plus < n ? (plus, 1.0) : (minus, -1.0);
            x[node] = covector[node] = sign;
            double resistance = block.Bank.Parameter(block.Instances[k], 0);
            gains[k] = -resistance * resistance * block.Bank.ParameterGradient(Circuit.Conditions, block.Instances[k], 0, x, covector).Flow;
            x[node] = covector[node] = 0;
        }

        return (slots, gains);

        int Slot(int row, int column) => row == n || column == n ? end : Circuit.Pattern.SlotOf(row, column);
    }

    /// <summary>The linear devices' conductances without the learning ones: as if there were none of each in parallel.</summary>
    private double[] WithoutLearning()
    {
        LearningBlock[] conductances = [.. Blocks.Where(b => b.IsConductance)];
        var multiples = new double[conductances.Length][];
        for (int b = 0; b < conductances.Length; b++)
        {
            LearningBlock block = conductances[b];
            int many = block.CardPlace("m");
            multiples[b] = [.. block.Instances.Select(k => block.Bank.Parameter(k, many))];
            foreach (int instance in block.Instances)
                block.Bank.SetParameter(instance, many, 0);
        }

        _bare.RefreshLinear();
        double[] linear = _bare.LinearConductances.ToArray();
        for (int b = 0; b < conductances.Length; b++)
        {
            LearningBlock block = conductances[b];
            int many = block.CardPlace("m");
            for (int k = 0; k < block.Instances.Length; k++)
                block.Bank.SetParameter(block.Instances[k], many, multiples[b][k]);
        }

        return linear;
    }

    private sealed class Linearization(NodalField field, SparseLu<double> lu) : ILinearization
    {
        public void Solve(Span<double> values)
        {
            lu.Solve(values);
            Negate(values, values);
        }

        public void SolveTransposed(Span<double> values)
        {
            lu.SolveTransposed(values);
            Negate(values, values);
        }

        public void Dispose() => field._factors.Add(lu);
    }
}
