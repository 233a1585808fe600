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
    private readonly Action<int, int> _turnRows;
    private readonly T _lambda;
    private readonly T _lambda2;
    private readonly bool _combinesInput;
    private Batch<T>[] _cycles = [];
    private int _cycle;
    private Batch<T>? _layerZero;
    private Batch<T>? _layerZeroAtFrom;
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
        _turnRows = (first, rows) => Turn(_cycle, first, rows);
        _lambda = T.CreateChecked(options.Lambda);
        _lambda2 = T.CreateChecked(options.Variant == RecirculationVariant.Combined ? options.Lambda : options.Lambda2);
        _combinesInput = options.Variant is RecirculationVariant.OfCombination or RecirculationVariant.CombinedOfCombination or RecirculationVariant.WithCombination;
    }

    /// <inheritdoc/>
    public override string Name => "recirculation";

    /// <summary>What goes round, and how.</summary>
    public RecirculationOptions Options { get; }

    /// <summary>The activities of the last cycle of the last batch, examples × states: layers 1 … L − 1, and layer L where the rule needed it.</summary>
    public Batch<T>? LastCycle => _cycles.Length == 0 ? null : _cycles[^1];

    /// <summary>How often something goes round.</summary>
    private int Cycles => Options.CarriesErrors ? 1 : Options.To;

    /// <summary>The cycle that is compared.</summary>
    private Batch<T> From => Options.CarriesErrors || Options.From == 0 ? State : _cycles[Options.From - 1];

    /// <inheritdoc/>
    protected override void MakeRoom(int rows)
    {
        // A cycle's room holds neither the cycle before nor the one that is compared.
        int width = Layers.Network.StateCount;
        Batch<T>[] rooms = [.. Enumerable.Range(0, Options.From > 0 ? 3 : Options.To > 1 ? 2 : 1).Select(_ => new Batch<T>(rows, width))];
        _cycles = new Batch<T>[Cycles];
        for (int t = 1; t <= Cycles; t++)
            _cycles[t - 1] = rooms.First(room => (t == 1 || room != _cycles[t - 2]) && (Options.From == 0 || t <= Options.From || room != _cycles[Options.From - 1]));
        bool needsZero = _combinesInput || Options.Variant == RecirculationVariant.Combined;
        _layerZero = needsZero ? new Batch<T>(rows, Layers.Width(0)) : null;
        _layerZeroAtFrom = Options.From > 0 ? new Batch<T>(rows, Layers.Width(0)) : null;
        _error = Options.CarriesErrors ? new Batch<T>(rows, Layers.Width(0)) : null;
    }

    /// <inheritdoc/>
    protected override void Follow(int first, int rows)
    {
        if (ReadsDevicesAnew)
            return;
        for (int t = 1; t <= Cycles; t++)
            Turn(t, first, rows);
    }

    /// <inheritdoc/>
    protected override void Propagate(Batch<T> state, Batch<T> targets, ParameterSet<T> direction)
    {
        ArgumentNullException.ThrowIfNull(state);
        int top = Layers.Depth;
        for (int t = 1; t <= Cycles && ReadsDevicesAnew; t++)
        {
            _cycle = t;
            Maps.ReadAnew();
            Maps.Rows(state.Rows, top, _turnRows);
        }

        for (int h = 1; h < top; h++)
        {
            if (h == 1)
                Maps.AddProducts(1, Delta, Options.From == 0 ? Maps.Input : _layerZeroAtFrom!, 0, direction);
            else
                Maps.AddProducts(h, Delta, From, Layers.Bank(h - 1).Offset, direction);
        }

        AddLayer(top, Options.Top == RecirculationTop.Gradient ? state : From, direction);
    }

    /// <summary>Whether each cycle sees other numbers of the same devices; then no example may run ahead of the others.</summary>
    private bool ReadsDevicesAnew => Field.Theta.Devices is { IsReading: true };

    /// <summary>One cycle of some examples.</summary>
    private void Turn(int cycle, int first, int rows)
    {
        int top = Layers.Depth, output = Layers.Bank(top).Offset;
        Batch<T> previous = cycle == 1 ? State : _cycles[cycle - 2], now = _cycles[cycle - 1];
        bool last = cycle == Cycles;
        if (Options.CarriesErrors)
        {
            int width = Layers.Width(0);
            for (int e = first; e < first + rows; e++)
                TensorPrimitives.Subtract(Clamped(e), previous.Row(e).Slice(output, width), _error!.Row(e));
            Maps.Pass(new(_error!, 0, now, top - 1) { WithBias = Options.BiasInErrors }, first, rows);
            Compare(now, first, rows);
            return;
        }

        if (_layerZero is not null)
            Combine(previous, output, _layerZero, first, rows);
        if (last && Options.Top == RecirculationTop.InputLayer)
            CompareInput(previous, output, first, rows);
        LayeredPass<T> pass = new(_combinesInput ? _layerZero! : previous, _combinesInput ? 0 : output, now, last && Options.Top != RecirculationTop.OutputLayer ? top - 1 : top)
        {
            Blend = Options.Variant is RecirculationVariant.Plain or RecirculationVariant.OfCombination ? null : State,
            Keep = _lambda2,
            Along = Options.Variant == RecirculationVariant.WithCombination,
        };
        Maps.Pass(pass, first, rows);
        if (last)
            Compare(now, first, rows);
        if (cycle == Options.From)
            CopyLayerZero(previous, output, _layerZeroAtFrom!, first, rows);
    }

    /// <summary>Layer 0 where it remembers the input: λ I + (1 − λ) O^L.</summary>
    private void Combine(Batch<T> previous, int output, Batch<T> into, int first, int rows)
    {
        for (int e = first; e < first + rows; e++)
        {
            Span<T> row = into.Row(e);
            TensorPrimitives.Multiply(previous.Row(e).Slice(output, row.Length), T.One - _lambda, row);
            TensorPrimitives.MultiplyAdd(Clamped(e), _lambda, row, row);
        }
    }

    private void CopyLayerZero(Batch<T> previous, int output, Batch<T> into, int first, int rows)
    {
        for (int e = first; e < first + rows; e++)
            (_layerZero is null ? previous.Row(e).Slice(output, into.Width) : _layerZero.Row(e)).CopyTo(into.Row(e));
    }

    /// <summary>The top layer's factor, read at layer 0: O⁰(n) − O⁰(m).</summary>
    private void CompareInput(Batch<T> previous, int output, int first, int rows)
    {
        for (int e = first; e < first + rows; e++)
        {
            Span<T> delta = Delta.Row(e).Slice(output, Layers.Width(0));
            ReadOnlySpan<T> at = Options.From == 0 ? Clamped(e) : _layerZeroAtFrom!.Row(e);
            TensorPrimitives.Subtract(at, _layerZero is null ? previous.Row(e).Slice(output, delta.Length) : _layerZero.Row(e), delta);
            TensorPrimitives.Multiply(delta, Share, delta);
        }
    }

    /// <summary>The postsynaptic factors of some examples, from the two cycles that are compared.</summary>
    private void Compare(Batch<T> to, int first, int rows)
    {
        int top = Options.Top == RecirculationTop.OutputLayer ? Layers.Depth : Layers.Depth - 1;
        for (int h = 1; h <= top; h++)
        {
            RateBank bank = Layers.Bank(h);
            if (!Options.CarriesErrors)
            {
                // RecirculationRule's postsynaptic factor and the examples' share, in one pass.
                LayerColumns.Difference(From, bank.Offset, to, bank.Offset, Share, Delta, bank.Offset, bank.Width, first, rows);
                continue;
            }

            for (int e = first; e < first + rows; e++)
                TensorPrimitives.Multiply(to.Row(e).Slice(bank.Offset, bank.Width), Share, Delta.Row(e).Slice(bank.Offset, bank.Width));
        }
    }

    private Span<T> Clamped(int example) => Maps.Input.Row(Maps.Input.Rows == 1 ? 0 : example);
}
