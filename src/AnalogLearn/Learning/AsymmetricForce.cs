using System.Collections.Concurrent;
using System.Numerics;
using System.Numerics.Tensors;
using AnalogLearn.Circuits;
using AnalogLearn.Numerics;
using AnalogLearn.Simulation;

namespace AnalogLearn.Learning;

/// <summary>
/// The nudged phase of asymmetric equilibrium propagation (Scurria, Vanden Abeele, Mognetti, Massar, arXiv 2602.03670): the nudge, and one more term
/// (J⁰ᵀ − J⁰)(s − s⁰) with J⁰ = ∂μ/∂s at the free fixed point s⁰. The nudged fixed point then solves J⁰ᵀ δ = β ∂C/∂s to first order in β, so that the
/// local rule ρ(s_j) Δs_i gives minus the gradient whatever the weights. A pair of synapses W_ij, W_ji and the slopes at its two ends suffice
/// to form the term.
/// </summary>
/// <remarks>
/// J_ij = q_i W_ij p_j − δ_ij with p the slope of the presynaptic neuron (voltage form), q that of the postsynaptic one (rate form), both 0 where a state is pinned. A
/// whole batch then takes two products a step, W (p ∘ u) and Wᵀ (q ∘ u); a softmax bank, whose slopes are no diagonal, is done example by example.
/// </remarks>
/// <typeparam name="T">float or double.</typeparam>
/// <param name="field">The field.</param>
/// <param name="nudge">The nudge.</param>
public sealed class AsymmetricForce<T>(RateField<T> field, Nudge<T> nudge) : IBatchStateForce<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly bool _hasSoftmax = field.Network.Banks.Any(b => b.Description.Activation == Activation.Softmax);
    private readonly ConcurrentBag<Work> _works = [];
    private readonly PackedWeights<T>?[] _turned =
        [.. field.Network.Connections.Select(c => c.Pre is null ? null : new PackedWeights<T>(c.Description.Pre.Width, c.Description.Post.Width))];

    private Batch<T>? _free;
    private Batch<T>? _pre;
    private Batch<T>? _post;
    private int _turnedVersion = -1;

    /// <inheritdoc/>
    public int Offset => 0;

    /// <inheritdoc/>
    public int Length => @field.StateCount;

    /// <summary>Fixes the free states about which the term is taken.</summary>
    /// <param name="free">s⁰, examples × states [V]; kept, not copied.</param>
    public void Linearize(Batch<T> free)
    {
        _free = free;
        if (_hasSoftmax)
            return;
        if (_pre is null || _post is null || _pre.Rows != free.Rows)
        {
            _pre = new Batch<T>(free.Rows, free.Width);
            _post = new Batch<T>(free.Rows, free.Width);
        }

        bool[] pinned = new bool[free.Width];
        var conduction = new T[free.Width];
        for (int e = 0; e < free.Rows; e++)
        {
            Span<T> pre = _pre.Row(e), post = _post.Row(e);
            field.FreeSlopes(e, free.Row(e), pre, pinned);
            field.ConductionSlopes(free.Row(e), conduction);
            foreach (RateBank bank in field.Network.Banks)
            {
                for (int i = bank.Offset; i < bank.Offset + bank.Width; i++)
                {
                    T slope = pre[i];
                    pre[i] = pinned[i] ? T.Zero : bank.ActivityIsState ? conduction[i] : conduction[i] * slope;
                    post[i] = pinned[i] ? T.Zero : bank.ActivityIsState ? slope : T.One;
                }
            }
        }

        if (_turnedVersion == field.ParameterVersion)
            return;
        foreach (RateConnection c in field.Network.Connections)
        {
            if (_turned[c.Index] is not { } turned)
                continue;
            if (c.IsTied)
                turned.Pack(field.Seen(c.Block));
            else
                turned.PackTransposed(field.Seen(c.Block));
        }

        _turnedVersion = field.ParameterVersion;
    }

    /// <inheritdoc/>
    public void Add(int example, ReadOnlySpan<T> state, Span<T> drive)
    {
        ReadOnlySpan<T> free = Free(example);
        T[] delta = new T[state.Length];
        for (int i = 0; i < delta.Length; i++)
            delta[i] = state[i] - free[i];
        AddAntisymmetric(example, delta, drive, negate: false);
        nudge.Add(example, state.Slice(nudge.Offset, nudge.Length), drive.Slice(nudge.Offset, nudge.Length));
    }

    /// <inheritdoc/>
    public void Add(ReadOnlySpan<int> examples, Batch<T> states, Batch<T> drive)
    {
        if (_hasSoftmax)
        {
            for (int r = 0; r < examples.Length; r++)
                Add(examples[r], states.Row(r), drive.Row(r));
            return;
        }

        if (!_works.TryTake(out Work? work) || work.Rows < examples.Length)
            work = new Work(examples.Length, Length);
        for (int r = 0; r < examples.Length; r++)
        {
            Span<T> u = work.Forward.Row(r), back = work.Back.Row(r);
            TensorPrimitives.Subtract(states.Row(r), Free(examples[r]), u);
            TensorPrimitives.Multiply(u, _post!.Row(examples[r]), back);
            TensorPrimitives.Multiply(u, _pre!.Row(examples[r]), u);
        }

        work.ForwardSum.Span.Clear();
        work.BackSum.Span.Clear();
        PackedWeights<T>[] packed = field.Packed();
        foreach (RateConnection c in field.Network.Connections)
        {
            if (c.Pre is null)
                continue;
            PackedProduct.Accumulate(work.Forward, c.Pre.Offset, packed[c.Index], work.ForwardSum, c.Post.Offset, examples.Length);
            PackedProduct.Accumulate(work.Back, c.Post.Offset, _turned[c.Index]!, work.BackSum, c.Pre.Offset, examples.Length);
        }

        for (int r = 0; r < examples.Length; r++)
        {
            Span<T> into = drive.Row(r), forward = work.ForwardSum.Row(r), back = work.BackSum.Row(r);
            TensorPrimitives.Multiply(back, _pre!.Row(examples[r]), back);
            TensorPrimitives.Multiply(forward, _post!.Row(examples[r]), forward);
            TensorPrimitives.Subtract(back, forward, back);
            TensorPrimitives.Add(into, back, into);
            nudge.Add(examples[r], states.Row(r).Slice(nudge.Offset, nudge.Length), into.Slice(nudge.Offset, nudge.Length));
        }

        _works.Add(work);
    }

    /// <inheritdoc/>
    public void AddJacobian(int example, ReadOnlySpan<T> state, ReadOnlySpan<T> direction, Span<T> result, bool transposed)
    {
        AddAntisymmetric(example, direction, result, transposed);
        nudge.AddJacobian(
            example,
            state.Slice(nudge.Offset, nudge.Length),
            direction.Slice(nudge.Offset, nudge.Length),
            result.Slice(nudge.Offset, nudge.Length),
            transposed);
    }

    private ReadOnlySpan<T> Free(int example) => (_free ?? throw new InvalidOperationException("The asymmetric term was not linearised about a free state.")).Row(example);

    private void AddAntisymmetric(int example, ReadOnlySpan<T> u, Span<T> into, bool negate)
    {
        T[] forward = new T[u.Length];
        T[] back = new T[u.Length];
        field.FreeJacobianProducts(example, Free(example), u, forward, back);
        for (int i = 0; i < u.Length; i++)
            into[i] += negate ? forward[i] - back[i] : back[i] - forward[i];
    }

    /// <summary>Room for the products of some examples.</summary>
    private sealed class Work(int rows, int width)
    {
        public int Rows => Forward.Rows;

        public Batch<T> Forward { get; } = new(rows, width);

        public Batch<T> Back { get; } = new(rows, width);

        public Batch<T> ForwardSum { get; } = new(rows, width);

        public Batch<T> BackSum { get; } = new(rows, width);
    }
}
