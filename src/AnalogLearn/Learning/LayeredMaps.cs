using System.Numerics;
using System.Numerics.Tensors;
using AnalogLearn.Circuits;
using AnalogLearn.Numerics;
using AnalogLearn.Simulation;

namespace AnalogLearn.Learning;

/// <summary>
/// The exact maps of a chain of layers, on a batch: forward O^h = F(A^h O^{h−1} + b^h), backward δ^{h} = A^{h+1}ᵀ δ^{h+1}, slopes, and the sums of products that change weights. The activities of layer h lie in a state batch of
/// the network, in the columns of the layer's bank, so that what comes out is the fixed point that the network would settle to.
/// </summary>
/// <remarks>Each worker carries its own examples through all layers, without a barrier. No bit depends on the number of threads. Nothing is allocated once the largest batch was seen.</remarks>
/// <typeparam name="T">float or double.</typeparam>
public sealed class LayeredMaps<T> : IParallelJob
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Multiplications below which a second thread costs more than it brings: a core makes them in some 20 µs, and to wake a worker and to wait for it takes up to 10.</summary>
    private const long WorthASecondThread = 1_000_000;

    /// <summary>Rows of the kernels' largest tile; two of them go through all layers together, so that what they leave behind is still near when the next layer, or whoever is told, reads it.</summary>
    private const int TileRows = 12;

    private readonly RateField<T> _field;
    private readonly AlignedBuffer<T>[] _bias;
    private readonly AlignedBuffer<T> _noBias;
    private readonly T[] _ones;
    private readonly (AlignedBuffer<T> Gain, AlignedBuffer<T> Shift)?[] _neurons;
    private readonly PackedWeights<T>?[] _back;
    private readonly int _threads;
    private PackedWeights<T>[] _packed = [];
    private int _version = -1;
    private readonly Action<int, int> _passRows;
    private Action<int, int>? _afterwards;
    private Action<int, int>? _body;
    private LayeredPass<T> _pass;
    private int _rows;
    private bool _topIsSum;

    /// <summary>The maps of a field.</summary>
    /// <param name="field">The field; its θ and its input may change between calls.</param>
    /// <param name="layers">Its layers.</param>
    /// <param name="threads">Threads, 0 for all cores.</param>
    public LayeredMaps(RateField<T> field, LayeredNetwork layers, int threads = 1)
    {
        _field = field;
        _threads = threads;
        _passRows = PassRows;
        Layers = layers;
        RateNetwork network = layers.Network;
        int widest = Enumerable.Range(1, layers.Depth).Max(layers.Width);
        _noBias = new AlignedBuffer<T>(AlignedBuffer<T>.Padded(widest));
        _ones = new T[widest];
        Array.Fill(_ones, T.One);
        _bias = [.. layers.Arrays.Select(a => new AlignedBuffer<T>(AlignedBuffer<T>.Padded(a.Post.Width)))];
        _back = new PackedWeights<T>?[layers.Depth];
        _neurons = new (AlignedBuffer<T>, AlignedBuffer<T>)?[layers.Depth];
        for (int k = 0; k < layers.Depth; k++)
        {
            RateBank bank = layers.Arrays[k].Post;
            var gain = new AlignedBuffer<T>(AlignedBuffer<T>.Padded(bank.Width));
            var shift = new AlignedBuffer<T>(AlignedBuffer<T>.Padded(bank.Width));
            bool plain = bank.Description.Activation == Activation.Linear;
            for (int i = 0; i < bank.Width; i++)
            {
                double g = network.Gain[bank.Offset + i], s = network.Offset[bank.Offset + i] - network.Center[bank.Offset + i];
                plain &= g == 1 && s == 0;
                gain.Span[i] = T.CreateChecked(g);
                shift.Span[i] = T.CreateChecked(s);
            }

            if (!plain)
                _neurons[k] = (gain, shift);
        }
    }

    /// <summary>The layers.</summary>
    public LayeredNetwork Layers { get; }

    /// <summary>The input that the field is clamped to: O⁰.</summary>
    public Batch<T> Input => _field.Input(Layers.Input.Index) ?? throw new InvalidOperationException("The input is not clamped to anything.");

    /// <summary>All layers from the clamped input.</summary>
    /// <param name="state">Receives the activities, examples × states of the network.</param>
    /// <param name="afterwards">Told a first row and a number of rows when their activities are there, by the worker that made them; or null.</param>
    public void Forward(Batch<T> state, Action<int, int>? afterwards = null) => Forward(Input, 0, state, Layers.Depth, afterwards: afterwards);

    /// <summary>All layers from the clamped input, but of the top layer only the summed inputs S^L = A^L O^{L−1} + b^L: whoever is told finishes it with <see cref="Finish"/>.</summary>
    /// <param name="state">Receives activities and sums, examples × states of the network.</param>
    /// <param name="afterwards">Told a first row and a number of rows when they are there, by the worker that made them.</param>
    public void ForwardToSums(Batch<T> state, Action<int, int> afterwards)
    {
        _topIsSum = true;
        Forward(Input, 0, state, Layers.Depth, afterwards: afterwards);
        _topIsSum = false;
    }

    /// <summary>What the non-linearity of a layer sees, gain (S + shift), in place of the sums S.</summary>
    /// <param name="layer">h, from 1 to L.</param>
    /// <param name="sums">S of one example; replaced.</param>
    public void Drive(int layer, Span<T> sums)
    {
        if (_neurons[layer - 1] is not { } own)
            return;
        TensorPrimitives.Add(sums, own.Shift.Span[..sums.Length], sums);
        TensorPrimitives.Multiply(sums, own.Gain.Span[..sums.Length], sums);
    }

    /// <summary>ρ of what a layer's non-linearity sees.</summary>
    /// <param name="layer">h, from 1 to L.</param>
    /// <param name="row">One example; replaced.</param>
    public void Finish(int layer, Span<T> row)
    {
        if (_neurons[layer - 1] is not null)
            CurveKernel.Apply<T>(Layers.Bank(layer).Description.Activation, row, _ones.AsSpan(0, row.Length), _noBias.Span[..row.Length], row);
    }

    /// <summary>The first layers from any layer 0. Devices are read anew.</summary>
    /// <param name="source">Holds the activities of layer 0, examples × any width; a single row stands for all examples.</param>
    /// <param name="start">Their first column.</param>
    /// <param name="state">Receives the activities, examples × states of the network.</param>
    /// <param name="depth">How many layers.</param>
    /// <param name="withBias">Whether neurons have their biases.</param>
    /// <param name="blend">Activities to combine with, O ← keep · blend + (1 − keep) · O; or null.</param>
    /// <param name="keep">The share of these.</param>
    /// <param name="along">Whether the next layer sees what was combined; otherwise layers are combined after they were passed on.</param>
    /// <param name="afterwards">Told a first row and a number of rows when their activities are there, by the worker that made them; or null.</param>
    public void Forward(
        Batch<T> source, int start, Batch<T> state, int depth, bool withBias = true, Batch<T>? blend = null, T keep = default, bool along = false, Action<int, int>? afterwards = null)
    {
        ArgumentNullException.ThrowIfNull(state);
        ReadAnew();
        _pass = new(source, start, state, depth) { WithBias = withBias, Blend = blend, Keep = keep, Along = along, TopIsSum = _topIsSum };
        _afterwards = afterwards;
        Rows(state.Rows, depth, _passRows);
        (_pass, _afterwards) = (default, null);
    }

    /// <summary>Reads the devices anew, and packs what changed.</summary>
    internal void ReadAnew()
    {
        _field.ReadDevices();
        Refresh();
    }

    /// <summary>Has something done for all examples, a few of them at a time, on as many threads as passing them through the first layers is worth.</summary>
    /// <param name="rows">Examples.</param>
    /// <param name="depth">How many layers.</param>
    /// <param name="body">Told a first row and a number of rows; parts are independent.</param>
    internal void Rows(int rows, int depth, Action<int, int> body)
    {
        long work = 0;
        for (int h = 1; h <= depth; h++)
            work += (long)rows * Layers.Width(h) * Layers.Width(h - 1);
        (_rows, _body) = (rows, body);
        if (_threads == 1 || work < WorthASecondThread || rows == 1)
            Execute(0, 1);
        else
            WorkerPool.Shared.Run(this, WorkerPool.Shared.Limit(_threads));
        _body = null;
    }

    /// <inheritdoc/>
    public void Execute(int worker, int workers)
    {
        int first = (int)((long)_rows * worker / workers), rows = (int)((long)_rows * (worker + 1) / workers) - first;
        int tiles = PackedProduct.Groups(rows, TileRows);
        for (int tile = 0; tile < tiles; tile += 2)
        {
            int from = rows * tile / tiles, to = rows * Math.Min(tile + 2, tiles) / tiles;
            _body!(first + from, to - from);
        }
    }

    /// <summary>Passes some examples through the first layers, with the weights as they were read last. The caller answers for which thread has which rows.</summary>
    /// <param name="pass">From where to where.</param>
    /// <param name="first">The first row.</param>
    /// <param name="rows">How many rows.</param>
    internal void Pass(in LayeredPass<T> pass, int first, int rows)
    {
        Batch<T> state = pass.State;
        for (int h = 1; h <= pass.Depth; h++)
        {
            RateConnection array = Layers.Arrays[h - 1];
            (Batch<T> below, int column) = h == 1 ? (pass.Source, pass.Start) : (state, Layers.Bank(h - 1).Offset);
            LayerKernel.Apply(
                below, column, _packed[array.Index], pass.WithBias ? _bias[h - 1] : _noBias, pass.TopIsSum && h == pass.Depth ? null : _neurons[h - 1], array.Post.Description.Activation, state, array.Post.Offset, first, rows);
            if (pass.Blend is not null && pass.Along)
                Combine(pass, array.Post, first, rows);
        }

        if (pass.Blend is null || pass.Along)
            return;
        for (int h = 1; h <= pass.Depth; h++)
            Combine(pass, Layers.Bank(h), first, rows);
    }

    /// <summary>δ of layer h: A^{h+1}ᵀ δ^{h+1}, without the layer's own slope.</summary>
    /// <param name="delta">Holds δ^{h+1} and receives δ^h in the columns of their banks, examples × states of the network.</param>
    /// <param name="layer">h, from 1 to L − 1.</param>
    public void Backward(Batch<T> delta, int layer)
    {
        ArgumentNullException.ThrowIfNull(delta);
        RateConnection above = Layers.Arrays[layer];
        RateBank bank = Layers.Bank(layer);
        Clear(delta, layer);
        if (!above.IsTied)
        {
            PackedProduct.AccumulateTransposed(delta, above.Post.Offset, above.Post.Width, _field.SeenBlock(above.Block), delta, bank.Offset, bank.Width, Threads(delta.Rows, above));
            return;
        }

        // The block holds the transpose already.
        Refresh();
        PackedWeights<T> back = _back[layer] ??= new PackedWeights<T>(bank.Width, above.Post.Width);
        back.Pack(_field.Seen(above.Block));
        PackedProduct.Accumulate(delta, above.Post.Offset, back, delta, bank.Offset, delta.Rows);
    }

    /// <summary>x ← x · gain ρ′ of one layer, from its activities.</summary>
    /// <param name="activity">The activities, examples × states of the network.</param>
    /// <param name="x">Multiplied, the same shape.</param>
    /// <param name="layer">h, from 1 to L.</param>
    public void ApplySlope(Batch<T> activity, Batch<T> x, int layer)
    {
        ArgumentNullException.ThrowIfNull(activity);
        ArgumentNullException.ThrowIfNull(x);
        RateBank bank = Layers.Bank(layer);
        for (int e = 0; e < x.Rows; e++)
            ApplySlope(layer, activity.Row(e).Slice(bank.Offset, bank.Width), x.Row(e).Slice(bank.Offset, bank.Width));
    }

    /// <summary>x ← x · gain ρ′ of one layer and one example, from its activities.</summary>
    /// <param name="layer">h, from 1 to L.</param>
    /// <param name="activity">The layer's activities.</param>
    /// <param name="x">Multiplied.</param>
    public void ApplySlope(int layer, ReadOnlySpan<T> activity, Span<T> x)
    {
        if (_neurons[layer - 1] is not { } own)
            return;
        TensorPrimitives.Multiply(x, own.Gain.Span[..x.Length], x);
        switch (Layers.Bank(layer).Description.Activation)
        {
            case Activation.Logistic:
                for (int i = 0; i < x.Length; i++)
                    x[i] *= activity[i] * (T.One - activity[i]);
                break;
            case Activation.Tanh:
                for (int i = 0; i < x.Length; i++)
                    x[i] *= T.One - (activity[i] * activity[i]);
                break;
            case Activation.Relu:
                for (int i = 0; i < x.Length; i++)
                    x[i] = activity[i] > T.Zero ? x[i] : T.Zero;
                break;
            case Activation.HardSigmoid:
                for (int i = 0; i < x.Length; i++)
                    x[i] = activity[i] > T.Zero && activity[i] < T.One ? x[i] : T.Zero;
                break;
            case Activation.Softplus:
                for (int i = 0; i < x.Length; i++)
                    x[i] *= -T.ExpM1(-activity[i]);
                break;
            default:
                break;
        }
    }

    /// <summary>x ← x · gain of one layer and one example.</summary>
    /// <param name="layer">h, from 1 to L.</param>
    /// <param name="x">Multiplied.</param>
    public void ApplyGain(int layer, Span<T> x)
    {
        if (_neurons[layer - 1] is { } own)
            TensorPrimitives.Multiply(x, own.Gain.Span[..x.Length], x);
    }

    /// <summary>Adds what one layer's products change: ΔA^h_ij = Σ post_i pre_j over the examples, and Δb^h_i = Σ post_i. Only where the array, or the bias, learns.</summary>
    /// <param name="layer">h, from 1 to L.</param>
    /// <param name="post">Postsynaptic factors in the columns of the layer's bank, examples × states of the network.</param>
    /// <param name="pre">Presynaptic factors.</param>
    /// <param name="start">Their first column.</param>
    /// <param name="into">Receives the sums.</param>
    public void AddProducts(int layer, Batch<T> post, Batch<T> pre, int start, ParameterSet<T> into)
    {
        ArgumentNullException.ThrowIfNull(post);
        ArgumentNullException.ThrowIfNull(into);
        RateConnection array = Layers.Arrays[layer - 1];
        RateBank bank = array.Post;
        if (_field.Parameters.Blocks[bank.BiasBlock].Learn)
            LayerColumns.Add(post, bank.Offset, into.Blocks[bank.BiasBlock].AsSpan());

        if (_field.Parameters.Blocks[array.Block].Learn)
            SynapseProducts<T>.Add(array, post, bank.Offset, pre, start, into.Blocks[array.Block], Threads(post.Rows, array));
    }

    /// <summary>Threads that a product of an array with a batch is worth.</summary>
    /// <param name="rows">Examples.</param>
    /// <param name="array">The array.</param>
    internal int Threads(int rows, RateConnection array) => (long)rows * array.Description.Pre.Width * array.Post.Width < WorthASecondThread ? 1 : _threads;

    /// <summary>Sets one layer's columns to zero.</summary>
    internal void Clear(Batch<T> batch, int layer)
    {
        RateBank bank = Layers.Bank(layer);
        for (int e = 0; e < batch.Rows; e++)
            batch.Row(e).Slice(bank.Offset, bank.Width).Clear();
    }

    private static void Combine(in LayeredPass<T> pass, RateBank bank, int first, int rows)
    {
        T rest = T.One - pass.Keep;
        for (int e = first; e < first + rows; e++)
        {
            Span<T> own = pass.State.Row(e).Slice(bank.Offset, bank.Width);
            TensorPrimitives.Multiply(own, rest, own);
            TensorPrimitives.MultiplyAdd(pass.Blend!.Row(e).Slice(bank.Offset, bank.Width), pass.Keep, own, own);
        }
    }

    private void PassRows(int first, int rows)
    {
        Pass(_pass, first, rows);
        _afterwards?.Invoke(first, rows);
    }

    private void Refresh()
    {
        _packed = _field.Packed();
        if (_version == _field.ParameterVersion)
            return;
        _version = _field.ParameterVersion;
        for (int k = 0; k < _bias.Length; k++)
            _field.Theta.Blocks[Layers.Arrays[k].Post.BiasBlock].CopyTo(_bias[k].Span);
    }
}

/// <summary>One run of a batch through the first layers of a chain: O^h = F(A^h O^{h−1} + b^h).</summary>
/// <typeparam name="T">float or double.</typeparam>
/// <param name="Source">Holds the activities of layer 0, examples × any width; a single row stands for all examples.</param>
/// <param name="Start">Their first column.</param>
/// <param name="State">Receives the activities, examples × states of the network.</param>
/// <param name="Depth">How many layers.</param>
internal readonly record struct LayeredPass<T>(Batch<T> Source, int Start, Batch<T> State, int Depth)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Whether neurons have their biases.</summary>
    public bool WithBias { get; init; } = true;

    /// <summary>Activities to combine with, O ← keep · blend + (1 − keep) · O; or null.</summary>
    public Batch<T>? Blend { get; init; }

    /// <summary>The share of these.</summary>
    public T Keep { get; init; }

    /// <summary>Whether the next layer sees what was combined; otherwise layers are combined after they were passed on.</summary>
    public bool Along { get; init; }

    /// <summary>Whether of the top layer only the summed inputs are wanted.</summary>
    public bool TopIsSum { get; init; }
}
