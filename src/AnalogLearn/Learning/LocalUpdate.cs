using System.Numerics;
using System.Numerics.Tensors;
using AnalogLearn.Numerics;
using AnalogLearn.Simulation;

namespace AnalogLearn.Learning;

/// <summary>Carries a local rule to every synapse of a field: hands each end its own trace, and sums the products over the batch.</summary>
/// <typeparam name="T">float or double.</typeparam>
/// <param name="field">The field.</param>
/// <param name="threads">Threads; the bits do not depend on it.</param>
public sealed class LocalUpdate<T>(RateField<T> field, int threads = 1)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly RateNetwork _network = field.Network;
    private readonly bool _hasRateForm = field.Network.Banks.Any(b => b.ActivityIsState);
    private Batch<T>? _free;
    private Batch<T>? _from;
    private Batch<T>? _to;
    private Batch<T>? _sensitivity;
    private Batch<T>? _pre;
    private Batch<T>? _post;
    private Batch<T>?[]? _preInputs;

    /// <summary>Adds scale · Σ over the batch of the rule's change, to weights and biases.</summary>
    /// <param name="rule">The rule.</param>
    /// <param name="free">States at the free fixed point, examples × states [V].</param>
    /// <param name="from">States where the comparison starts [V].</param>
    /// <param name="to">States where it ends [V].</param>
    /// <param name="scale">The factor: 1/(β · examples) for a mean.</param>
    /// <param name="into">Receives the sums.</param>
    public void Add(ILocalRule rule, Batch<T> free, Batch<T> from, Batch<T> to, double scale, ParameterSet<T> into)
    {
        MakeRoom(free.Rows);
        for (int e = 0; e < free.Rows; e++)
        {
            field.Activities(free.Row(e), _free!.Row(e));
            field.Activities(to.Row(e), _to!.Row(e));
            if (ReferenceEquals(from, free))
                _free.Row(e).CopyTo(_from!.Row(e));
            else
                field.Activities(from.Row(e), _from!.Row(e));
            if (_hasRateForm)
                field.Sensitivity(e, free.Row(e), _sensitivity!.Row(e));
        }

        T factor = T.CreateChecked(scale);
        for (int term = 0; term < rule.TermCount; term++)
        {
            for (int e = 0; e < free.Rows; e++)
            {
                var end = new EndTrace<T>(_free!.Row(e), from.Row(e), _from!.Row(e), to.Row(e), _to!.Row(e), _sensitivity!.Row(e));
                rule.Presynaptic(term, end, _pre!.Row(e));
                rule.Postsynaptic(term, end, _post!.Row(e));
                TensorPrimitives.Multiply(_post.Row(e), factor, _post.Row(e));
                foreach (RateInput input in _network.Inputs)
                {
                    ReadOnlySpan<T> x = Clamped(input.Index, e);
                    rule.Presynaptic(term, new EndTrace<T>(x, x, x, x, x, x), _preInputs![input.Index]!.Row(e));
                }
            }

            foreach (RateBank bank in _network.Banks)
            {
                if (!_network.Layout.Blocks[bank.BiasBlock].Learn)
                    continue;
                Span<T> bias = into.Blocks[bank.BiasBlock];
                for (int e = 0; e < free.Rows; e++)
                    TensorPrimitives.Add(bias, _post!.Row(e).Slice(bank.Offset, bank.Width), bias);
            }

            foreach (RateConnection c in _network.Connections)
            {
                if (!_network.Layout.Blocks[c.Block].Learn)
                    continue;
                Batch<T> pre = c.Pre is null ? _preInputs![c.PreInput!.Index]! : _pre!;
                SynapseProducts<T>.Add(c, _post!, c.Post.Offset, pre, c.Pre?.Offset ?? 0, into.Blocks[c.Block], threads);
            }
        }
    }

    private ReadOnlySpan<T> Clamped(int input, int example)
    {
        Batch<T> values = field.InputActivity(input)!;
        return values.Row(values.Rows == 1 ? 0 : example);
    }

    private void MakeRoom(int rows)
    {
        if (_free?.Rows == rows)
            return;
        int n = _network.StateCount;
        _free = new Batch<T>(rows, n);
        _from = new Batch<T>(rows, n);
        _to = new Batch<T>(rows, n);
        _pre = new Batch<T>(rows, n);
        _post = new Batch<T>(rows, n);
        _sensitivity = new Batch<T>(rows, n);
        _sensitivity.Span.Fill(T.One);
        _preInputs = [.. _network.Inputs.Select(i => new Batch<T>(rows, i.Width))];
    }
}
