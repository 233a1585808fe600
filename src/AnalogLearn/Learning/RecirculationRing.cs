using System.Numerics;
using System.Numerics.Tensors;
using AnalogLearn.Circuits;
using AnalogLearn.Numerics;
using AnalogLearn.Simulation;

namespace AnalogLearn.Learning;

/// <summary>How long the phases of a ring last, and what is held.</summary>
public sealed record RingOptions
{
    /// <summary>What goes round: the plain variant, or λ I + (1 − λ) O^L (<see cref="RecirculationVariant.OfCombination"/>); all else is arithmetic outside of the circuit.</summary>
    public RecirculationOptions Rule { get; init; } = new();

    /// <summary>The phase with the clamped input: its steps and their length.</summary>
    public SettleOptions Settle { get; init; } = new() { StepOverTau = 0.1, MaximumSteps = 120, MeasureLast = false };

    /// <summary>Each cycle after the clamp was released: its steps and their length.</summary>
    public SettleOptions Cycle { get; init; } = new() { StepOverTau = 0.1, MaximumSteps = 120, MeasureLast = false };

    /// <summary>Whether the output is sampled when a cycle begins and held at the input; otherwise the input follows the output all the time, and the ring is closed.</summary>
    public bool Holds { get; init; } = true;
}

/// <summary>
/// Recirculation in continuous time: a ring of leaky integrators, τ dO^h/dt = −O^h + F(A^h O^{h−1} + b^h). 1. The input is clamped to I for <c>settle</c>. 2. The clamp is released; what stands at the output is sampled and held at the
/// input while the ring goes on from where it is, for <c>cycle</c>; again for every further cycle. 3. Every synapse changes by what is in the circuit at the ends of these phases, ΔA^h = (O^h(n) − O^h(m)) O^{h−1}(n)ᵀ.
/// </summary>
/// <remarks>
/// What is left of the state before a phase of duration t is Σ_k (t/τ)^k e^{−t/τ}/k!, k &lt; h, at layer h behind linear layers: the update goes to that of the composed maps (<see cref="Recirculation{T}"/>) as e^{−t/τ} times a power of
/// t/τ. A closed ring (Holds = false) does not: its output goes round more and more often, towards a fixed point of the whole autoencoder.
/// </remarks>
/// <typeparam name="T">float or double.</typeparam>
public sealed class RecirculationRing<T> : ILearner<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly RateField<T> _field;
    private readonly LayeredNetwork _layers;
    private readonly LayeredMaps<T> _maps;
    private readonly Readout _readout;
    private readonly RingOptions _options;
    private readonly Settler<T> _settler;
    private readonly StateSampler<T> _sampler;
    private readonly RecirculationRule _rule = new();
    private readonly BatchOutcome _outcome = new();
    private readonly SettleOptions _one;
    private Room? _room;

    /// <summary>A learner on a field whose output is as wide as its input.</summary>
    /// <param name="field">The field.</param>
    /// <param name="layers">Its layers.</param>
    /// <param name="readout">The outputs and their cost.</param>
    /// <param name="options">Phases, and what goes round.</param>
    /// <param name="threads">Threads, 0 for all cores.</param>
    public RecirculationRing(RateField<T> field, LayeredNetwork layers, Readout readout, RingOptions options, int threads = 1)
    {
        ArgumentNullException.ThrowIfNull(field);
        ArgumentNullException.ThrowIfNull(layers);
        ArgumentNullException.ThrowIfNull(options);
        if (!layers.CanCircle)
            throw new ArgumentException("The output is not as wide as the input.", nameof(layers));
        if (options.Rule.CarriesErrors || options.Rule.Variant is not (RecirculationVariant.Plain or RecirculationVariant.OfCombination))
            throw new ArgumentException("A ring carries outputs, or outputs and the input together at the input.", nameof(options));
        _field = field;
        _layers = layers;
        _readout = readout;
        _options = options;
        _maps = new LayeredMaps<T>(field, layers, threads);
        _settler = new Settler<T>(field);
        _sampler = new StateSampler<T>(field.Network);
        _one = options.Cycle with { MaximumSteps = 1 };
    }

    /// <inheritdoc/>
    public string Name => "recirculation";

    /// <summary>What was read at the end of the last cycle of the last batch, examples × states.</summary>
    public Batch<T>? LastCycle => _room?.Last;

    /// <inheritdoc/>
    public BatchOutcome Learn(Batch<T> state, Batch<T> targets, BatchPlace place, ParameterSet<T> direction, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(state);
        ArgumentNullException.ThrowIfNull(targets);
        ArgumentNullException.ThrowIfNull(direction);
        int width = _layers.Width(0), top = _layers.Depth, output = _layers.Bank(top).Offset;
        Room room = _room?.Rows == state.Rows ? _room : _room = new Room(state.Rows, state.Width, width);
        Batch<T> given = _maps.Input;
        for (int e = 0; e < state.Rows; e++)
            given.Row(given.Rows == 1 ? 0 : e).CopyTo(room.Clamped.Row(e));

        // The clamped phase.
        _field.ReadDevices();
        SettleReport report = _settler.Settle(state, _options.Settle, null, cancellation);
        _outcome.FreeResidual = report.LargestResidual;
        _outcome.FreeSteps = (double)report.TotalSteps / state.Rows;
        Batch<T> first = _sampler.Read(state, "free", place, ref room.FirstRead);
        T share = T.One / T.CreateChecked(state.Rows);
        Score(first, targets, room, share);

        // The output goes round, from the state that the circuit has.
        (Batch<T> from, Batch<T> below) = (first, room.Clamped);
        room.Running.CopyFrom(state);
        (_outcome.NudgedResidual, _outcome.NudgedSteps) = (0, 0);
        for (int t = 1; t <= _options.Rule.To; t++)
        {
            _field.ReadDevices();
            Feed(room, output);
            if (t == _options.Rule.To && _options.Rule.Top == RecirculationTop.InputLayer)
                Differ(below, 0, room.Held, 0, room.Delta, output, width, share);
            Circulate(room, output, cancellation);
            if (t == _options.Rule.From)
            {
                room.From.CopyFrom(_sampler.Read(room.Running, "cycle from", place, ref room.LastRead));
                room.Below.CopyFrom(room.Held);
                (from, below) = (room.From, room.Below);
            }
        }

        room.Last = _sampler.Read(room.Running, "cycle", place, ref room.LastRead);
        _field.SetInput(_layers.Input.Index, _layers.Input.Description.Dac is null ? given : room.Clamped);

        // What each synapse sees at its two ends.
        direction.Clear();
        for (int h = 1; h <= top; h++)
        {
            RateBank bank = _layers.Bank(h);
            if (h < top || _options.Rule.Top == RecirculationTop.OutputLayer)
                Differ(from, bank.Offset, room.Last, bank.Offset, room.Delta, bank.Offset, bank.Width, share);
            (Batch<T> pre, int start) = h == 1 ? (below, 0) : (h == top && _options.Rule.Top == RecirculationTop.Gradient ? first : from, _layers.Bank(h - 1).Offset);
            _maps.AddProducts(h, room.Delta, pre, start, direction);
        }

        return _outcome;
    }

    /// <summary>What the input node holds in the next cycle.</summary>
    private void Feed(Room room, int output)
    {
        bool combines = _options.Rule.Variant == RecirculationVariant.OfCombination;
        T keep = T.CreateChecked(combines ? _options.Rule.Lambda : 0);
        for (int e = 0; e < room.Rows; e++)
        {
            Span<T> held = room.Held.Row(e);
            room.Running.Row(e).Slice(output, held.Length).CopyTo(held);
            if (!combines)
                continue;
            TensorPrimitives.Multiply(held, T.One - keep, held);
            TensorPrimitives.MultiplyAdd(room.Clamped.Row(e), keep, held, held);
        }
    }

    /// <summary>One cycle.</summary>
    private void Circulate(Room room, int output, CancellationToken cancellation)
    {
        int steps = _options.Cycle.MaximumSteps;
        SettleReport? report = null;
        for (int k = 0; k < (_options.Holds ? 1 : steps); k++)
        {
            if (k > 0)
                Feed(room, output);
            _field.SetInput(_layers.Input.Index, room.Held);
            report = _settler.Settle(room.Running, _options.Holds ? _options.Cycle : _one, null, cancellation);
        }

        _outcome.NudgedResidual = Math.Max(_outcome.NudgedResidual, report!.LargestResidual);
        _outcome.NudgedSteps += steps;
    }

    /// <summary>The cost, and the top layer's factor from the output as it stands.</summary>
    private void Score(Batch<T> read, Batch<T> targets, Room room, T share)
    {
        int top = _layers.Depth;
        Activation activation = _layers.Bank(top).Description.Activation;
        bool belong = (_readout.Cost.Kind, activation) is (CostKind.Quadratic, Activation.Linear) or (CostKind.Binary, Activation.Logistic);
        double cost = 0;
        bool isAutoencoder = ReferenceEquals(targets, _maps.Input);
        _outcome.Errors = 0;
        for (int e = 0; e < read.Rows; e++)
        {
            ReadOnlySpan<T> output = read.Row(e).Slice(_readout.Offset, _readout.Count), target = targets.Row(e);
            Span<T> delta = room.Delta.Row(e).Slice(_readout.Offset, _readout.Count);
            cost += _readout.Cost.Value(output, target);
            if (belong)
            {
                TensorPrimitives.Subtract(target, output, delta);
                TensorPrimitives.Multiply(delta, share, delta);
                _maps.ApplyGain(top, delta);
            }
            else
            {
                delta.Clear();
                _readout.Cost.AddGradient(output, target, -share, delta);
                _maps.ApplySlope(top, output, delta);
            }

            if (!isAutoencoder)
                _outcome.Errors += Scoring.Class(output) == Scoring.Class(target) ? 0 : 1;
        }

        _outcome.Cost = cost / read.Rows;
    }

    /// <summary>δ = (O(n) − O(m)) over the number of examples.</summary>
    private void Differ(Batch<T> from, int fromStart, Batch<T> to, int toStart, Batch<T> delta, int start, int width, T share)
    {
        for (int e = 0; e < delta.Rows; e++)
        {
            ReadOnlySpan<T> a = from.Row(e).Slice(fromStart, width), b = to.Row(e).Slice(toStart, width);
            Span<T> into = delta.Row(e).Slice(start, width);
            _rule.Postsynaptic(0, new EndTrace<T>(a, a, a, b, b, a), into);
            TensorPrimitives.Multiply(into, share, into);
        }
    }

    private sealed class Room(int rows, int states, int inputs)
    {
        public Batch<T>? FirstRead;
        public Batch<T>? LastRead;

        public int Rows => rows;

        public Batch<T> Clamped { get; } = new(rows, inputs);

        public Batch<T> Held { get; } = new(rows, inputs);

        public Batch<T> Below { get; } = new(rows, inputs);

        public Batch<T> Running { get; } = new(rows, states);

        public Batch<T> From { get; } = new(rows, states);

        public Batch<T> Delta { get; } = new(rows, states);

        public Batch<T>? Last { get; set; }
    }
}

/// <summary>A ring with its input clamped: an example has the time of the clamped phase, and is read whether it has settled or not.</summary>
/// <typeparam name="T">float or double.</typeparam>
/// <param name="network">The field.</param>
/// <param name="readout">The outputs and their cost.</param>
/// <param name="settle">The clamped phase.</param>
public sealed class RingSystem<T>(RateField<T> network, Readout readout, SettleOptions settle) : ILearningSystem<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly LearningNetwork<T> _network = new(network, readout);

    /// <inheritdoc/>
    public IParametrizedField<T> Field => network;

    /// <inheritdoc/>
    public int InputCount => _network.InputCount;

    /// <inheritdoc/>
    public int OutputCount => _network.OutputCount;

    /// <inheritdoc/>
    public Cost Cost => readout.Cost;

    /// <inheritdoc/>
    public void Clamp(Batch<T> inputs) => _network.Clamp(inputs);

    /// <inheritdoc/>
    public void RestingState(Span<T> state) => _network.RestingState(state);

    /// <inheritdoc/>
    public SettleTotals Settle(Batch<T> state, SettleOptions options, CancellationToken cancellation) => _network.Settle(state, settle, cancellation);

    /// <inheritdoc/>
    public void Sample(Batch<T> state, string phase, BatchPlace place) => _network.Sample(state, phase, place);

    /// <inheritdoc/>
    public void Read(ReadOnlySpan<T> state, Span<T> output) => _network.Read(state, output);
}
