using System.Numerics;
using System.Numerics.Tensors;
using AnalogLearn.Circuits;
using AnalogLearn.Numerics;
using AnalogLearn.Simulation;

namespace AnalogLearn.Learning;

/// <summary>How long the phases of a ring last, and what is held.</summary>
public sealed record RingOptions
{
    /// <summary>What goes round, how it combines with what neurons hold of the clamped phase, and which cycles are compared.</summary>
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
/// What every variant (<see cref="RecirculationVariant"/>) asks of the circuit: plain, no more than this. RCC: the input node keeps the share λ of the clamp beside the sample. CCR and CCRCC: each neuron shows λ₂ of what it holds from the end
/// of the clamped phase beside what it is. RWCC: its synapses have 1 − λ₂ of their strength and its leak pulls as much as is missing towards what it holds, τ dO^h/dt = λ₂ (O^h(0) − O^h) + (1 − λ₂) (F(A^h O^{h−1} + b^h) − O^h), so that layers
/// pass on what is combined; a slew rate limits the sum. An error that goes round: the input node holds I − O^L and the sources of the biases are off, unless they are asked for; what neurons have then is their error, and what they held is the other factor.
/// <para>
/// What is left of the state before a phase of duration t is Σ_k (t/τ)^k e^{−t/τ}/k!, k &lt; h, at layer h behind linear layers: the update goes to that of the composed maps (<see cref="Recirculation{T}"/>) as e^{−t/τ} times a power of
/// t/τ. A closed ring (Holds = false) does not: its output goes round more and more often, towards a fixed point of the whole autoencoder.
/// </para>
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
    private readonly RecirculationOptions _rounds;
    private readonly bool _keepsInput;
    private readonly bool _showsHeld;
    private readonly T _held;
    private readonly T[] _pull;
    private readonly T[]? _swing;
    private readonly Settler<T> _cycler;
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
        if (options.Rule.CarriesErrors && !options.Holds)
            throw new ArgumentException("An error is there only while the output that it was taken from is held.", nameof(options));
        _field = field;
        _layers = layers;
        _readout = readout;
        _options = options;
        _maps = new LayeredMaps<T>(field, layers, threads);
        _settler = new Settler<T>(field);
        _sampler = new StateSampler<T>(field.Network);
        _one = options.Cycle with { MaximumSteps = 1 };
        _rounds = options.Rule;
        _keepsInput = _rounds.Variant is RecirculationVariant.OfCombination or RecirculationVariant.CombinedOfCombination or RecirculationVariant.WithCombination;
        _showsHeld = _rounds.Variant is RecirculationVariant.Combined or RecirculationVariant.CombinedOfCombination;
        _held = T.CreateChecked(_rounds.Variant == RecirculationVariant.Combined ? _rounds.Lambda : _rounds.Lambda2);
        RateNetwork network = field.Network;
        double step = options.Cycle.StepOverTau * network.Tau.Min();
        _pull = [.. network.Tau.Zip(network.LeakFactor, (tau, leak) => T.CreateChecked(step / tau * leak))];

        // What a neuron holds pulls at it through the output stage that drives it: their sum is what the slew rate limits.
        bool pulls = _rounds.Variant == RecirculationVariant.WithCombination && network.SlewRate.Any(double.IsFinite);
        _swing = pulls ? [.. network.SlewRate.Select(rate => T.CreateChecked(rate * step))] : null;
        _cycler = pulls ? new Settler<T>(field, limitsSlew: false) : _settler;
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
        room.Start.CopyFrom(state);
        (_outcome.NudgedResidual, _outcome.NudgedSteps) = (0, 0);
        _field.WithBias = !_rounds.CarriesErrors || _rounds.BiasInErrors;
        try
        {
            for (int t = 1; t <= _rounds.To; t++)
            {
                _field.ReadDevices();
                Feed(room, output);
                if (t == _rounds.To && _rounds.Top == RecirculationTop.InputLayer)
                    Differ(below, 0, ShownAtInput(room), 0, room.Delta, output, width, share);
                Circulate(room, output, cancellation);
                if (t == _rounds.From)
                {
                    room.From.CopyFrom(Shown(_sampler.Read(room.Running, "cycle from", place, ref room.LastRead), first, room));
                    room.Below.CopyFrom(ShownAtInput(room));
                    (from, below) = (room.From, room.Below);
                }
            }
        }
        finally
        {
            _field.WithBias = true;
        }

        room.Last = Shown(_sampler.Read(room.Running, "cycle", place, ref room.LastRead), first, room);
        _field.SetInput(_layers.Input.Index, _layers.Input.Description.Dac is null ? given : room.Clamped);

        // What each synapse sees at its two ends.
        direction.Clear();
        for (int h = 1; h <= top; h++)
        {
            RateBank bank = _layers.Bank(h);
            if (_rounds.CarriesErrors && h < top)
                Take(room.Last, bank, room.Delta, share);
            else if (h < top || _rounds.Top == RecirculationTop.OutputLayer)
                Differ(from, bank.Offset, room.Last, bank.Offset, room.Delta, bank.Offset, bank.Width, share);
            (Batch<T> pre, int start) = h == 1 ? (below, 0) : (h == top && _rounds.Top == RecirculationTop.Gradient ? first : from, _layers.Bank(h - 1).Offset);
            _maps.AddProducts(h, room.Delta, pre, start, direction);
        }

        return _outcome;
    }

    /// <summary>What the input node holds in the next cycle: the output or the error as it stands, with the share of the clamp that it keeps.</summary>
    private void Feed(Room room, int output)
    {
        T keep = T.CreateChecked(_rounds.Lambda);
        for (int e = 0; e < room.Rows; e++)
        {
            Span<T> held = room.Held.Row(e);
            room.Running.Row(e).Slice(output, held.Length).CopyTo(held);
            if (_rounds.CarriesErrors)
                TensorPrimitives.Subtract(room.Clamped.Row(e), held, held);
            if (_showsHeld)
                Mix(held, room.Start.Row(e).Slice(output, held.Length), _held);
            if (_keepsInput)
                Mix(held, room.Clamped.Row(e), keep);
        }
    }

    /// <summary>x ← (1 − share) x + share y.</summary>
    private static void Mix(Span<T> x, ReadOnlySpan<T> y, T share)
    {
        TensorPrimitives.Multiply(x, T.One - share, x);
        TensorPrimitives.MultiplyAdd(y, share, x, x);
    }

    /// <summary>One cycle.</summary>
    private void Circulate(Room room, int output, CancellationToken cancellation)
    {
        bool pulls = _rounds.Variant == RecirculationVariant.WithCombination;
        int steps = _options.Cycle.MaximumSteps, calls = _options.Holds && !pulls ? 1 : steps;
        SettleReport? report = null;
        for (int k = 0; k < calls; k++)
        {
            if (k > 0 && !_options.Holds)
                Feed(room, output);
            if (k == 0 || !_options.Holds)
                _field.SetInput(_layers.Input.Index, room.Held);
            if (pulls)
                room.Before.CopyFrom(room.Running);
            report = _cycler.Settle(room.Running, calls == 1 ? _options.Cycle : _one, null, cancellation);
            if (pulls)
                Pull(room);
        }

        _outcome.NudgedResidual = Math.Max(_outcome.NudgedResidual, report!.LargestResidual);
        _outcome.NudgedSteps += steps;
    }

    /// <summary>RWCC's step of Euler, from the step without combination: s ← (1 − λ₂) s' + λ₂ (s + (h/τ) (O(0) − s)), no further than the slew rate lets it.</summary>
    private void Pull(Room room)
    {
        for (int e = 0; e < room.Rows; e++)
        {
            Span<T> now = room.Running.Row(e);
            ReadOnlySpan<T> before = room.Before.Row(e), start = room.Start.Row(e);
            for (int i = 0; i < now.Length; i++)
                now[i] = ((T.One - _held) * now[i]) + (_held * (before[i] + (_pull[i] * (start[i] - before[i]))));
            for (int i = 0; i < now.Length && _swing is not null; i++)
                now[i] = before[i] + T.Clamp(now[i] - before[i], -_swing[i], _swing[i]);
        }
    }

    /// <summary>What the neurons show to their synapses: in CCR and CCRCC the share λ₂ of what they hold beside what was read now.</summary>
    private Batch<T> Shown(Batch<T> read, Batch<T> first, Room room)
    {
        if (!_showsHeld)
            return read;
        for (int e = 0; e < room.Rows; e++)
        {
            read.Row(e).CopyTo(room.Shown.Row(e));
            Mix(room.Shown.Row(e), first.Row(e), _held);
        }

        return room.Shown;
    }

    /// <summary>What the input node shows to the synapses behind it: in CCR beside the sample, which drives them, the share λ of the clamp, as every neuron does.</summary>
    private Batch<T> ShownAtInput(Room room)
    {
        if (_rounds.Variant != RecirculationVariant.Combined)
            return room.Held;
        for (int e = 0; e < room.Rows; e++)
        {
            room.Held.Row(e).CopyTo(room.Zero.Row(e));
            Mix(room.Zero.Row(e), room.Clamped.Row(e), _held);
        }

        return room.Zero;
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

    /// <summary>δ of one layer = its error over the number of examples.</summary>
    private static void Take(Batch<T> errors, RateBank bank, Batch<T> delta, T share)
    {
        for (int e = 0; e < delta.Rows; e++)
            TensorPrimitives.Multiply(errors.Row(e).Slice(bank.Offset, bank.Width), share, delta.Row(e).Slice(bank.Offset, bank.Width));
    }

    private sealed class Room(int rows, int states, int inputs)
    {
        public Batch<T>? FirstRead;
        public Batch<T>? LastRead;

        public int Rows => rows;

        public Batch<T> Clamped { get; } = new(rows, inputs);

        public Batch<T> Held { get; } = new(rows, inputs);

        public Batch<T> Below { get; } = new(rows, inputs);

        public Batch<T> Zero { get; } = new(rows, inputs);

        public Batch<T> Running { get; } = new(rows, states);

        public Batch<T> From { get; } = new(rows, states);

        /// <summary>What the neurons hold from the end of the clamped phase.</summary>
        public Batch<T> Start { get; } = new(rows, states);

        public Batch<T> Before { get; } = new(rows, states);

        public Batch<T> Shown { get; } = new(rows, states);

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
