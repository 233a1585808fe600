using System.Numerics;
using System.Numerics.Tensors;
using AnalogLearn.Numerics;
using AnalogLearn.Simulation;

namespace AnalogLearn.Learning;

/// <summary>The matrix of a learning channel of a standard autoencoder.</summary>
public enum ChannelMatrix
{
    /// <summary>There is no channel.</summary>
    None,

    /// <summary>The identity (C₃).</summary>
    Identity,

    /// <summary>A fixed random matrix.</summary>
    Random,

    /// <summary>Aᵀ, at all times (C₂).</summary>
    Transpose,

    /// <summary>B, at all times (C₂).</summary>
    Copy,

    /// <summary>B as it was at the start (C₂).</summary>
    Start,
}

/// <summary>Which channels a standard autoencoder has, and what they carry.</summary>
public sealed record ChannelOptions
{
    /// <summary>C₁ = 1: whether the input reaches the output layer, so that the error I − O² exists there.</summary>
    public bool First { get; init; }

    /// <summary>C₂, from the output to the hidden layer.</summary>
    public ChannelMatrix Second { get; init; }

    /// <summary>C₃, from the output to the input layer.</summary>
    public ChannelMatrix Third { get; init; }

    /// <summary>Whether C₂ and C₃ carry the error instead of the output.</summary>
    public bool CarriesErrors { get; init; }

    /// <summary>How a random matrix is made.</summary>
    public FeedbackShape Shape { get; init; } = FeedbackShape.Dense;
}

/// <summary>
/// A standard autoencoder, its output layer apart from its input layer, and the channels that bring information to its synapses (Baldi and Sadowski 2018, appendix B and Table 5): C₁ from the input to the output, C₂ from the output to the hidden
/// layer, C₃ from the output to the input. One hidden layer: O¹ = F(B I), O² = G(A O¹).
/// </summary>
/// <remarks>
/// A learns by (I − O²) O¹ᵀ where C₁ is there; without C₁, with C₃ = 1, the input layer stands in for the output layer (a circular autoencoder); with another C₃, A is a deep layer of the longer circle C A B and learns by O²(0) − O²(1).
/// Otherwise nothing tells A anything. B learns by what C₂ or C₃ brings: of outputs the difference O¹(0) − O¹(1), with O¹(1) = F(C₂ O²) or F(B C₃ O²); of errors e the factor F′ ⊙ C₂ e, or F(B C₃ e) without biases.
/// </remarks>
/// <typeparam name="T">float or double.</typeparam>
public sealed class LearningChannels<T> : LayeredLearner<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly FeedbackMatrix<T>? _matrix;
    private readonly ChannelOptions _options;
    private Batch<T>? _below;
    private Batch<T>? _second;

    /// <summary>A learner on a field with one hidden layer and an output as wide as the input.</summary>
    /// <param name="field">The field.</param>
    /// <param name="layers">Its layers.</param>
    /// <param name="readout">The outputs and their cost.</param>
    /// <param name="options">The channels.</param>
    /// <param name="threads">Threads, 0 for all cores.</param>
    public LearningChannels(RateField<T> field, LayeredNetwork layers, Readout readout, ChannelOptions options, int threads = 1)
        : base(field, layers, readout, threads)
    {
        ArgumentNullException.ThrowIfNull(field);
        ArgumentNullException.ThrowIfNull(layers);
        ArgumentNullException.ThrowIfNull(options);
        if (layers.Depth != 2 || !layers.CanCircle)
            throw new ArgumentException("Channels are of autoencoders with one hidden layer.", nameof(layers));
        _options = options;
        (int outer, int hidden) = (layers.Width(0), layers.Width(1));
        if (options.Second == ChannelMatrix.Random)
            _matrix = FeedbackMatrix<T>.Draw(options.Shape, "c2", hidden, outer);
        else if (options.Second == ChannelMatrix.Start)
            _matrix = FeedbackMatrix<T>.Of(field.Theta.Blocks[layers.Arrays[0].Block], hidden, outer);
        else if (options.Third == ChannelMatrix.Random)
            _matrix = FeedbackMatrix<T>.Draw(options.Shape, "c3", outer, outer);
    }

    /// <inheritdoc/>
    public override string Name => "channels";

    /// <inheritdoc/>
    public override IReadOnlyList<T[]> Memory => _matrix is null ? [] : [_matrix.Values];

    /// <inheritdoc/>
    protected override void MakeRoom(int rows)
    {
        _below = new Batch<T>(rows, Layers.Width(0));
        _second = new Batch<T>(rows, Layers.Network.StateCount);
    }

    /// <inheritdoc/>
    protected override void Propagate(Batch<T> state, Batch<T> targets, ParameterSet<T> direction)
    {
        int output = Layers.Bank(2).Offset;
        bool longCircle = !_options.First && _options.Third == ChannelMatrix.Random;
        if (_options.First)
            AddLayer(2, state, direction);
        if (_options.Second != ChannelMatrix.None)
            FromSecond(state, output);
        else if (_options.Third != ChannelMatrix.None)
            FromThird(state, output, longCircle);
        else
            return;
        AddLayer(1, state, direction);
        if (!_options.First && _options.Third != ChannelMatrix.None)
            AddLayer(2, state, direction);
    }

    /// <summary>The hidden layer's factor from what C₂ brings.</summary>
    private void FromSecond(Batch<T> state, int output)
    {
        RateBank hidden = Layers.Bank(1);
        if (_options.CarriesErrors)
        {
            if (_matrix is null)
            {
                Maps.Backward(Delta, 1);
            }
            else
            {
                Maps.Clear(Delta, 1);
                _matrix.AddTo(Delta, output, Delta, hidden.Offset);
            }

            Maps.ApplySlope(state, Delta, 1);
            return;
        }

        switch (_options.Second)
        {
            case ChannelMatrix.Copy:
                Maps.Forward(state, output, _second!, 1);
                break;
            case ChannelMatrix.Transpose:
                CopyOutput(state, output);
                Hear(() => Maps.Backward(_second!, 1));
                break;
            default:
                Hear(() => _matrix!.AddTo(state, output, _second!, hidden.Offset));
                break;
        }

        Differ(state, 1);
    }

    /// <summary>The hidden layer's factor, and that of the output layer where it has no other, from what C₃ brings.</summary>
    private void FromThird(Batch<T> state, int output, bool longCircle)
    {
        int width = Layers.Width(0);
        for (int e = 0; e < state.Rows; e++)
        {
            ReadOnlySpan<T> o = state.Row(e).Slice(output, width);
            ReadOnlySpan<T> x = Maps.Input.Row(Maps.Input.Rows == 1 ? 0 : e);
            Span<T> delta = Delta.Row(e).Slice(output, width), error = _below!.Row(e);
            TensorPrimitives.Subtract(x, o, error);
            if (!_options.First && _options.Third == ChannelMatrix.Identity)
                TensorPrimitives.Multiply(error, Share, delta);
            if (!_options.CarriesErrors)
                o.CopyTo(error);
        }

        Batch<T> source = _below!;
        if (_options.Third == ChannelMatrix.Random)
        {
            source = new Batch<T>(state.Rows, width);
            _matrix!.AddTo(_below!, 0, source, 0);
        }

        Maps.Forward(source, 0, _second!, longCircle ? 2 : 1, withBias: !_options.CarriesErrors);
        if (!_options.CarriesErrors)
        {
            Differ(state, 1);
            if (longCircle)
                Differ(state, 2);
            return;
        }

        RateBank hidden = Layers.Bank(1);
        for (int e = 0; e < state.Rows; e++)
            TensorPrimitives.Multiply(_second!.Row(e).Slice(hidden.Offset, hidden.Width), Share, Delta.Row(e).Slice(hidden.Offset, hidden.Width));
    }

    /// <summary>δ^h = (O^h(0) − O^h(1)) over the number of examples.</summary>
    private void Differ(Batch<T> state, int layer)
    {
        RateBank bank = Layers.Bank(layer);
        for (int e = 0; e < state.Rows; e++)
        {
            Span<T> delta = Delta.Row(e).Slice(bank.Offset, bank.Width);
            TensorPrimitives.Subtract(state.Row(e).Slice(bank.Offset, bank.Width), _second!.Row(e).Slice(bank.Offset, bank.Width), delta);
            TensorPrimitives.Multiply(delta, Share, delta);
        }
    }

    /// <summary>The hidden layer's activity when its drive is what a channel brings instead of what the input brings.</summary>
    private void Hear(Action bring)
    {
        RateBank hidden = Layers.Bank(1);
        Maps.Clear(_second!, 1);
        bring();
        for (int e = 0; e < _second!.Rows; e++)
        {
            Span<T> drive = _second.Row(e).Slice(hidden.Offset, hidden.Width);
            TensorPrimitives.Add(drive, Field.Theta.Blocks[hidden.BiasBlock], drive);
            Field.Curve(hidden, drive, drive);
        }
    }

    private void CopyOutput(Batch<T> state, int output)
    {
        for (int e = 0; e < state.Rows; e++)
            state.Row(e).Slice(output, Layers.Width(2)).CopyTo(_second!.Row(e)[output..]);
    }
}
