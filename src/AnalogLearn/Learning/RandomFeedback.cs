using System.Collections.Immutable;
using System.Numerics;
using System.Numerics.Tensors;
using AnalogLearn.Numerics;
using AnalogLearn.Simulation;

namespace AnalogLearn.Learning;

/// <summary>Where a learning channel comes from.</summary>
public enum FeedbackPath
{
    /// <summary>From the layer above: random back-propagation, feedback alignment.</summary>
    LayerAbove,

    /// <summary>From the output, straight to every layer: skip connections, direct feedback alignment.</summary>
    Output,

    /// <summary>There is none: only the top layer learns.</summary>
    None,
}

/// <summary>
/// Random back-propagation and its relatives: the learning channel carries the error down through matrices of its own, δ^h = F′ ⊙ C^h δ^{h+1} (RBP, feedback alignment: Lillicrap et al. 2016), δ^h = F′ ⊙ S^h δ^L (SRBP: Baldi, Lu, Sadowski 2017;
/// direct feedback alignment: Nøkland 2016), or not at all (top). Adaptive channels (ARBP) change by the product of the activities at their two ends, ΔC^h = O^h δ^{h+1}ᵀ, as the forward weights do: they then grow towards A^{h+1}ᵀ.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
public sealed class RandomFeedback<T> : LayeredLearner<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly FeedbackPath _path;
    private readonly double[]? _adaptiveRates;
    private readonly string _name;
    private T[] _change = [];

    /// <summary>A learner with matrices drawn from a shape.</summary>
    /// <param name="field">The field.</param>
    /// <param name="layers">Its layers.</param>
    /// <param name="readout">The outputs and their cost.</param>
    /// <param name="name">Its name.</param>
    /// <param name="path">Where the channel comes from.</param>
    /// <param name="shape">How its matrices are made.</param>
    /// <param name="adaptiveRates">The rate of the matrix of each layer 1 … L − 1, or null when they stay.</param>
    /// <param name="threads">Threads, 0 for all cores.</param>
    public RandomFeedback(
        RateField<T> field, LayeredNetwork layers, Readout readout, string name, FeedbackPath path, FeedbackShape shape, double[]? adaptiveRates = null, int threads = 1)
        : base(field, layers, readout, threads)
    {
        ArgumentNullException.ThrowIfNull(layers);
        _name = name;
        _path = path;
        _adaptiveRates = adaptiveRates;
        Matrices = path == FeedbackPath.None
            ? []
            : [.. Enumerable.Range(1, layers.Depth - 1).Select(h => FeedbackMatrix<T>.Draw(
                shape, layers.Arrays[h - 1].Description.Name, layers.Width(h), layers.Width(path == FeedbackPath.Output ? layers.Depth : h + 1)))];
    }

    /// <inheritdoc/>
    public override string Name => _name;

    /// <summary>The matrices of the channel: that of layer h is at h − 1. They may be replaced.</summary>
    public FeedbackMatrix<T>[] Matrices { get; }

    /// <inheritdoc/>
    public override IReadOnlyList<T[]> Memory => _adaptiveRates is null ? [] : [.. Matrices.Select(m => m.Values)];

    /// <summary>The angle of each matrix to what back-propagation would use in its place, A^{h+1}ᵀ or the product down from the output [°].</summary>
    public ImmutableArray<double> Angles()
    {
        var angles = ImmutableArray.CreateBuilder<double>();
        double[]? product = null;
        for (int h = Layers.Depth - 1; h >= 1 && _path != FeedbackPath.None; h--)
        {
            // Rows are those of layer h.
            RateConnection above = Layers.Arrays[h];
            (int rows, int middle, int columns) = (Layers.Width(h), Layers.Width(h + 1), Layers.Width(_path == FeedbackPath.Output ? Layers.Depth : h + 1));
            T[] w = Field.Theta.Blocks[above.Block];
            double[] exact = new double[rows * columns];
            for (int i = 0; i < rows; i++)
            {
                for (int k = 0; k < middle; k++)
                {
                    double a = double.CreateChecked(above.IsTied ? w[(i * middle) + k] : w[(k * rows) + i]);
                    if (product is null || _path == FeedbackPath.LayerAbove)
                        exact[(i * columns) + k] = a;
                    else
                        TensorPrimitives.MultiplyAdd(product.AsSpan(k * columns, columns), a, exact.AsSpan(i * columns, columns), exact.AsSpan(i * columns, columns));
                }
            }

            product = exact;
            double[] own = [.. Matrices[h - 1].Values.Select(double.CreateChecked)];
            angles.Insert(0, Gradients.GradientComparison.Angle(own, exact));
        }

        return angles.ToImmutable();
    }

    /// <inheritdoc/>
    protected override void Propagate(Batch<T> state, Batch<T> targets, ParameterSet<T> direction)
    {
        int top = Layers.Depth;
        AddLayer(top, state, direction);
        for (int h = top - 1; h >= 1 && _path != FeedbackPath.None; h--)
        {
            FeedbackMatrix<T> matrix = Matrices[h - 1];
            int from = Layers.Bank(_path == FeedbackPath.Output ? top : h + 1).Offset, own = Layers.Bank(h).Offset;
            Maps.Clear(Delta, h);
            matrix.AddTo(Delta, from, Delta, own);
            Maps.ApplySlope(state, Delta, h);
            AddLayer(h, state, direction);
            if (_adaptiveRates is not null && _adaptiveRates[h - 1] != 0)
                Adapt(matrix, state, own, from, _adaptiveRates[h - 1]);
        }
    }

    private void Adapt(FeedbackMatrix<T> matrix, Batch<T> state, int own, int from, double rate)
    {
        if (_change.Length != matrix.Values.Length)
            _change = new T[matrix.Values.Length];
        Array.Clear(_change);
        PackedProduct.AccumulateOuter(state, own, matrix.Receives, Delta, from, matrix.Sends, _change);

        // Entries that do not exist stay away: a sparse channel keeps its places.
        for (int k = 0; k < _change.Length; k++)
            _change[k] = matrix.Values[k] == T.Zero ? T.Zero : _change[k];
        TensorPrimitives.MultiplyAdd(_change, T.CreateChecked(rate), matrix.Values, matrix.Values);
        matrix.Changed();
    }
}
