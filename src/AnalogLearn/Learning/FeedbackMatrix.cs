using System.Numerics;
using AnalogLearn.Numerics;

namespace AnalogLearn.Learning;

/// <summary>How the matrices of a learning channel are made.</summary>
/// <param name="Structure">Which entries and which rank.</param>
/// <param name="Density">Share of the entries that exist, of sparse ones.</param>
/// <param name="Rank">The rank, of low-rank ones.</param>
/// <param name="Scale">A factor on all entries.</param>
/// <param name="Seed">The seed of their draws.</param>
public sealed record FeedbackShape(FeedbackStructure Structure, double Density, int Rank, double Scale, ulong Seed)
{
    /// <summary>A dense matrix.</summary>
    public static FeedbackShape Dense { get; } = new(FeedbackStructure.Dense, 1, 0, 1, 1);
}

/// <summary>Which entries and which rank a feedback matrix has.</summary>
public enum FeedbackStructure
{
    /// <summary>Every entry, full rank.</summary>
    Dense,

    /// <summary>Some entries, drawn at random.</summary>
    Sparse,

    /// <summary>A product of two thin matrices.</summary>
    LowRank,
}

/// <summary>
/// The matrix of a learning channel, from a layer that sends to a layer that receives. Entries have the variance of Glorot's uniform initialisation, 2/(n + m), whatever the structure: dense ones are uniform within ±√(6/(n + m)),
/// sparse ones are larger by 1/√density, low-rank ones are products U V of normal matrices.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
public sealed class FeedbackMatrix<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly PackedWeights<T> _packed;
    private bool _isPacked;

    private FeedbackMatrix(int receives, int sends)
    {
        Receives = receives;
        Sends = sends;
        Values = new T[receives * sends];
        _packed = new PackedWeights<T>(receives, sends);
    }

    /// <summary>Nodes of the layer that receives: rows.</summary>
    public int Receives { get; }

    /// <summary>Nodes of the layer that sends: columns.</summary>
    public int Sends { get; }

    /// <summary>The entries, row-major. After changing them call <see cref="Changed"/>.</summary>
    public T[] Values { get; }

    /// <summary>Draws a matrix.</summary>
    /// <param name="shape">How.</param>
    /// <param name="name">What it is called; draws are keyed by seed and name.</param>
    /// <param name="receives">Nodes of the layer that receives.</param>
    /// <param name="sends">Nodes of the layer that sends.</param>
    public static FeedbackMatrix<T> Draw(FeedbackShape shape, string name, int receives, int sends)
    {
        ArgumentNullException.ThrowIfNull(shape);
        var matrix = new FeedbackMatrix<T>(receives, sends);
        CounterRandom random = CounterRandom.ForPath(shape.Seed, "feedback", name);
        double variance = 2.0 / (receives + sends);
        CounterRandom left = random.Child("left"), right = random.Child("right"), exists = random.Child("exists");
        for (int k = 0; k < matrix.Values.Length; k++)
        {
            double value = 0;
            switch (shape.Structure)
            {
                case FeedbackStructure.LowRank:
                    for (int q = 0; q < shape.Rank; q++)
                        value += left.NormalAt((ulong)(((k / sends) * shape.Rank) + q)) * right.NormalAt((ulong)(((k % sends) * shape.Rank) + q));
                    value *= Math.Sqrt(variance / shape.Rank);
                    break;
                case FeedbackStructure.Sparse when exists.UniformAt((ulong)k) >= shape.Density:
                    break;
                default:
                    value = Math.Sqrt(3 * variance) * ((2 * random.UniformAt((ulong)k)) - 1);
                    if (shape.Structure == FeedbackStructure.Sparse)
                        value /= Math.Sqrt(shape.Density);
                    break;
            }

            matrix.Values[k] = T.CreateChecked(shape.Scale * value);
        }

        return matrix;
    }

    /// <summary>A matrix with given entries.</summary>
    /// <param name="values">The entries, row-major.</param>
    /// <param name="receives">Rows.</param>
    /// <param name="sends">Columns.</param>
    public static FeedbackMatrix<T> Of(ReadOnlySpan<T> values, int receives, int sends)
    {
        var matrix = new FeedbackMatrix<T>(receives, sends);
        values.CopyTo(matrix.Values);
        return matrix;
    }

    /// <summary>Tells that the entries changed.</summary>
    public void Changed() => _isPacked = false;

    /// <summary>result[e, i] ← result[e, i] + Σ_j C[i, j] signal[e, j].</summary>
    /// <param name="signal">What is sent, examples × any width.</param>
    /// <param name="start">Its first column.</param>
    /// <param name="result">What is received, examples × any width.</param>
    /// <param name="resultStart">Its first column.</param>
    public void AddTo(Batch<T> signal, int start, Batch<T> result, int resultStart)
    {
        ArgumentNullException.ThrowIfNull(signal);
        if (!_isPacked)
            _packed.Pack(Values);
        _isPacked = true;
        PackedProduct.Accumulate(signal, start, _packed, result, resultStart, signal.Rows);
    }
}
