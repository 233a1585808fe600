using System.Numerics;
using System.Numerics.Tensors;
using AnalogLearn.Numerics;
using AnalogLearn.Simulation;

namespace AnalogLearn.Learning;

/// <summary>How the activity of a cycle combines with that of the first pass (Baldi and Sadowski 2018, section 4.2). In(t) is what layers see as layer 0, R^h what the pass makes of it.</summary>
public enum RecirculationVariant
{
    /// <summary>PR: In = O^L; O^h = R^h.</summary>
    Plain,

    /// <summary>CCR: In = O^L; O^h = λ O^h(0) + (1 − λ) R^h.</summary>
    Combined,

    /// <summary>RCC: In = λ I + (1 − λ) O^L; O^h = R^h.</summary>
    OfCombination,

    /// <summary>CCRCC: In = λ I + (1 − λ) O^L; O^h = λ₂ O^h(0) + (1 − λ₂) R^h.</summary>
    CombinedOfCombination,

    /// <summary>RWCC: In = λ I + (1 − λ) O^L; O^h = λ₂ O^h(0) + (1 − λ₂) F(A^h O^{h−1}), combined in every layer before it is passed on. The paper gives no equation.</summary>
    WithCombination,
}

/// <summary>What changes the top layer.</summary>
public enum RecirculationTop
{
    /// <summary>Its exact gradient: (I − O^L(0)) O^{L−1}(0)ᵀ with the outputs that belong to the cost. The paper's convention in text and simulations.</summary>
    Gradient,

    /// <summary>The same local rule as below, read at layer 0: (O⁰(n) − O⁰(m)) O^{L−1}(n)ᵀ (eqs. 23 and 48). In all variants but PR it is smaller by 1 − λ.</summary>
    InputLayer,

    /// <summary>The same local rule, read at the output: (O^L(n) − O^L(m)) O^{L−1}(n)ᵀ (eq. 51).</summary>
    OutputLayer,
}

/// <summary>Settings of <see cref="Recirculation{T}"/>.</summary>
public sealed record RecirculationOptions
{
    /// <summary>How activities combine.</summary>
    public RecirculationVariant Variant { get; init; } = RecirculationVariant.Plain;

    /// <summary>λ, at layer 0 (of CCR: in the units).</summary>
    public double Lambda { get; init; } = 0.5;

    /// <summary>λ₂, in the units of CCRCC and RWCC.</summary>
    public double Lambda2 { get; init; } = 0.5;

    /// <summary>n, the cycle that is compared; 0 is the pass with the clamped input.</summary>
    public int From { get; init; }

    /// <summary>m, the cycle that it is compared with: how often the output goes round.</summary>
    public int To { get; init; } = 1;

    /// <summary>Whether the error I − O^L goes round instead of the output (eq. 18).</summary>
    public bool CarriesErrors { get; init; }

    /// <summary>Whether neurons have their biases while an error goes round. Without them no error makes no change.</summary>
    public bool BiasInErrors { get; init; }

    /// <summary>What changes the top layer.</summary>
    public RecirculationTop Top { get; init; } = RecirculationTop.Gradient;
}

/// <summary>
/// Recirculation in a circular autoencoder (Baldi and Sadowski 2018): the clamp on the input is released, the output takes its place and goes round, and every deep weight changes by its presynaptic activity times what its postsynaptic
/// neuron's activity changed, ΔA^h = (O^h(n) − O^h(m)) O^{h−1}(n)ᵀ (<see cref="RecirculationRule"/>). There is no learning channel: the forward weights carry the error, transformed by themselves.
/// </summary>
/// <remarks>These are the composed maps: what a ring of neurons does in the limit of fast neurons and a clamp that is held long enough.</remarks>
/// <typeparam name="T">float or double.</typeparam>
public sealed class Recirculation<T> : LayeredLearner<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly RecirculationRule _rule = new();
    private readonly Action<int, int> _compare;
    private readonly T _lambda;
    private readonly T _lambda2;
    private readonly bool _combinesInput;
    private Batch<T>[] _cycles = [];
    private Batch<T>? _layerZero;
    private Batch<T>? _layerZeroAtFrom;
    private Batch<T>? _from;
    private Batch<T>? _to;
    private Batch<T>? _error;

    /// <summary>A learner on a field whose output is as wide as its input.</summary>
    /// <param name="field">The field.</param>
    /// <param name="layers">Its layers.</param>
    /// <param name="readout">The outputs and their cost.</param>
    /// <param name="options">What goes round, and how.</param>
    /// <param name="threads">Threads, 0 for all cores.</param>
    public Recirculation(RateField<T> field, LayeredNetwork layers, Readout readout, RecirculationOptions options, int threads = 1)
        : base(field, layers, readout, threads)
    {
        ArgumentNullException.ThrowIfNull(layers);
        ArgumentNullException.ThrowIfNull(options);
        if (!layers.CanCircle)
            throw new ArgumentException("The output is not as wide as the input.", nameof(layers));
        Options = options;
        _compare = Compare;
        _lambda = T.CreateChecked(options.Lambda);
        _lambda2 = T.CreateChecked(options.Variant == RecirculationVariant.Combined ? options.Lambda : options.Lambda2);
        _combinesInput = options.Variant is RecirculationVariant.OfCombination or RecirculationVariant.CombinedOfCombination or RecirculationVariant.WithCombination;
    }

    /// <inheritdoc/>
    public override string Name => "recirculation";

    /// <summary>What goes round, and how.</summary>
    public RecirculationOptions Options { get; }

    /// <summary>The activities of the last cycle of the last batch, examples × states: layers 1 … L − 1, and layer L where the rule needed it.</summary>
    public Batch<T>? LastCycle => _to;

    /// <inheritdoc/>
    protected override void MakeRoom(int rows)
    {
        int width = Layers.Network.StateCount;
        _cycles = [.. Enumerable.Range(0, Options.From > 0 ? 3 : Options.To > 1 ? 2 : 1).Select(_ => new Batch<T>(rows, width))];
        bool needsZero = _combinesInput || Options.Variant == RecirculationVariant.Combined;
        _layerZero = needsZero ? new Batch<T>(rows, Layers.Width(0)) : null;
        _layerZeroAtFrom = Options.From > 0 ? new Batch<T>(rows, Layers.Width(0)) : null;
        _error = Options.CarriesErrors ? new Batch<T>(rows, Layers.Width(0)) : null;
    }

    /// <inheritdoc/>
    protected override void Propagate(Batch<T> state, Batch<T> targets, ParameterSet<T> direction)
    {
        int top = Layers.Depth;
        if (Options.CarriesErrors)
            PropagateErrors(state);
        else
            PropagateOutputs(state);

        for (int h = 1; h < top; h++)
        {
            if (h == 1)
                Maps.AddProducts(1, Delta, Options.From == 0 ? Maps.Input : _layerZeroAtFrom!, 0, direction);
            else
                Maps.AddProducts(h, Delta, _from!, Layers.Bank(h - 1).Offset, direction);
        }

        AddLayer(top, Options.Top == RecirculationTop.Gradient ? state : _from!, direction);
    }

    private void PropagateErrors(Batch<T> state)
    {
        int top = Layers.Depth, width = Layers.Width(0), offset = Layers.Bank(top).Offset;
        for (int e = 0; e < state.Rows; e++)
            TensorPrimitives.Subtract(Clamped(e), state.Row(e).Slice(offset, width), _error!.Row(e));
        (_from, _to) = (state, _cycles[0]);
        Maps.Forward(_error!, 0, _cycles[0], top - 1, withBias: Options.BiasInErrors, afterwards: _compare);
    }

    private void PropagateOutputs(Batch<T> state)
    {
        int top = Layers.Depth, output = Layers.Bank(top).Offset;
        Batch<T> previous = state;
        _from = state;
        for (int t = 1; t <= Options.To; t++)
        {
            bool last = t == Options.To;
            Batch<T> now = Room(previous);
            if (_layerZero is not null)
                Combine(previous, output, _layerZero);
            if (last && Options.Top == RecirculationTop.InputLayer)
                CompareInput(previous, output);
            _to = now;
            Maps.Forward(
                _combinesInput ? _layerZero! : previous,
                _combinesInput ? 0 : output,
                now,
                last && Options.Top != RecirculationTop.OutputLayer ? top - 1 : top,
                withBias: true,
                blend: Options.Variant is RecirculationVariant.Plain or RecirculationVariant.OfCombination ? null : state,
                keep: _lambda2,
                along: Options.Variant == RecirculationVariant.WithCombination,
                afterwards: last ? _compare : null);
            if (t == Options.From)
            {
                _from = now;
                CopyLayerZero(previous, output, _layerZeroAtFrom!);
            }

            previous = now;
        }
    }

    /// <summary>A cycle's room that holds neither the cycle before nor the one that is compared.</summary>
    private Batch<T> Room(Batch<T> previous)
    {
        foreach (Batch<T> room in _cycles)
        {
            if (!ReferenceEquals(room, previous) && !ReferenceEquals(room, _from))
                return room;
        }

        throw new InvalidOperationException("There is no room for a further cycle.");
    }

    /// <summary>Layer 0 where it remembers the input: λ I + (1 − λ) O^L.</summary>
    private void Combine(Batch<T> previous, int output, Batch<T> into)
    {
        for (int e = 0; e < into.Rows; e++)
        {
            Span<T> row = into.Row(e);
            TensorPrimitives.Multiply(previous.Row(e).Slice(output, row.Length), T.One - _lambda, row);
            TensorPrimitives.MultiplyAdd(Clamped(e), _lambda, row, row);
        }
    }

    private void CopyLayerZero(Batch<T> previous, int output, Batch<T> into)
    {
        for (int e = 0; e < into.Rows; e++)
            (_layerZero is null ? previous.Row(e).Slice(output, into.Width) : _layerZero.Row(e)).CopyTo(into.Row(e));
    }

    /// <summary>The top layer's factor, read at layer 0: O⁰(n) − O⁰(m).</summary>
    private void CompareInput(Batch<T> previous, int output)
    {
        for (int e = 0; e < previous.Rows; e++)
        {
            Span<T> delta = Delta.Row(e).Slice(output, Layers.Width(0));
            ReadOnlySpan<T> at = Options.From == 0 ? Clamped(e) : _layerZeroAtFrom!.Row(e);
            TensorPrimitives.Subtract(at, _layerZero is null ? previous.Row(e).Slice(output, delta.Length) : _layerZero.Row(e), delta);
            TensorPrimitives.Multiply(delta, Share, delta);
        }
    }

    /// <summary>The postsynaptic factors of some examples, from the two cycles that are compared.</summary>
    private void Compare(int first, int rows)
    {
        int top = Options.Top == RecirculationTop.OutputLayer ? Layers.Depth : Layers.Depth - 1;
        for (int h = 1; h <= top; h++)
        {
            RateBank bank = Layers.Bank(h);
            for (int e = first; e < first + rows; e++)
            {
                ReadOnlySpan<T> from = _from!.Row(e).Slice(bank.Offset, bank.Width), to = _to!.Row(e).Slice(bank.Offset, bank.Width);
                Span<T> delta = Delta.Row(e).Slice(bank.Offset, bank.Width);
                if (Options.CarriesErrors)
                    to.CopyTo(delta);
                else
                    _rule.Postsynaptic(0, new EndTrace<T>(from, from, from, to, to, from), delta);
                TensorPrimitives.Multiply(delta, Share, delta);
            }
        }
    }

    private Span<T> Clamped(int example) => Maps.Input.Row(Maps.Input.Rows == 1 ? 0 : example);
}
