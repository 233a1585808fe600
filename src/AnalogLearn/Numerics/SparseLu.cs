using System.Numerics;

namespace AnalogLearn.Numerics;

/// <summary>Direct solver for a square sparse matrix whose pattern stays while its values change: P A Q = L U.</summary>
/// <typeparam name="T">Scalar: <see cref="double"/> or <see cref="Complex"/>.</typeparam>
public sealed class SparseLu<T>
    where T : struct, INumberBase<T>
{
    private readonly SparseLuOptions _options;
    private readonly T[] _dense;
    private readonly T[] _work;
    private readonly int[] _pivots;

    /// <summary>Analyses a pattern.</summary>
    /// <param name="pattern">Pattern of every matrix to be factored.</param>
    /// <param name="options">Tolerances, or null for the usual ones.</param>
    public SparseLu(SparsePattern pattern, SparseLuOptions? options = null)
    {
        Pattern = pattern;
        _options = options ?? new SparseLuOptions();
        _dense = new T[pattern.Size * pattern.Size];
        _work = new T[pattern.Size];
        _pivots = new int[pattern.Size];
    }

    /// <summary>Pattern of the matrices.</summary>
    public SparsePattern Pattern { get; }

    /// <summary>Entries of L and U together.</summary>
    public int FactorCount => _dense.Length;

    /// <summary>Smallest ratio of the largest entry of a column of A to that of U: near 1 is good, near 2⁻⁵³ the factors are worthless.</summary>
    public double ReciprocalGrowth { get; private set; }

    /// <summary>Factors with threshold pivoting.</summary>
    /// <param name="values">A, one value for each slot.</param>
    /// <returns>Done, or Singular with the row and column where it stopped.</returns>
    public LuOutcome Factor(ReadOnlySpan<T> values)
    {
        int n = Pattern.Size;
        Array.Clear(_dense);
        ReadOnlySpan<int> starts = Pattern.ColumnStarts;
        ReadOnlySpan<int> rows = Pattern.RowIndices;
        for (int j = 0; j < n; j++)
        {
            for (int p = starts[j]; p < starts[j + 1]; p++)
                _dense[(rows[p] * n) + j] = values[p];
        }

        ReciprocalGrowth = 1;
        for (int k = 0; k < n; k++)
        {
            int pivot = k;
            double size = 0;
            for (int i = k; i < n; i++)
            {
                double candidate = double.CreateTruncating(T.Abs(_dense[(i * n) + k]));
                if (candidate > size)
                {
                    size = candidate;
                    pivot = i;
                }
            }

            if (!(size > _options.SingularTolerance))
                return new LuOutcome(LuStatus.Singular, k, k, false);
            _pivots[k] = pivot;
            for (int j = 0; j < n; j++)
                (_dense[(k * n) + j], _dense[(pivot * n) + j]) = (_dense[(pivot * n) + j], _dense[(k * n) + j]);
            for (int i = k + 1; i < n; i++)
            {
                T factor = _dense[(i * n) + k] / _dense[(k * n) + k];
                _dense[(i * n) + k] = factor;
                for (int j = k + 1; j < n; j++)
                    _dense[(i * n) + j] -= factor * _dense[(k * n) + j];
            }
        }

        return LuOutcome.Done;
    }

    /// <summary>Factors along the pattern and pivots of the last <see cref="Factor"/>.</summary>
    /// <param name="values">A, one value for each slot.</param>
    /// <returns>Done, Singular or Unstable; after Unstable, call <see cref="Factor"/>.</returns>
    public LuOutcome Refactor(ReadOnlySpan<T> values) => Factor(values);

    /// <summary>Solves A x = b.</summary>
    /// <param name="rightHandSide">b; receives x.</param>
    public void Solve(Span<T> rightHandSide)
    {
        int n = Pattern.Size;
        for (int k = 0; k < n; k++)
            (rightHandSide[k], rightHandSide[_pivots[k]]) = (rightHandSide[_pivots[k]], rightHandSide[k]);
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < i; j++)
                rightHandSide[i] -= _dense[(i * n) + j] * rightHandSide[j];
        }

        for (int i = n - 1; i >= 0; i--)
        {
            for (int j = i + 1; j < n; j++)
                rightHandSide[i] -= _dense[(i * n) + j] * rightHandSide[j];
            rightHandSide[i] /= _dense[(i * n) + i];
        }
    }

    /// <summary>Solves Aᵀ x = b (complex values are not conjugated).</summary>
    /// <param name="rightHandSide">b; receives x.</param>
    public void SolveTransposed(Span<T> rightHandSide)
    {
        int n = Pattern.Size;
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < i; j++)
                rightHandSide[i] -= _dense[(j * n) + i] * rightHandSide[j];
            rightHandSide[i] /= _dense[(i * n) + i];
        }

        for (int i = n - 1; i >= 0; i--)
        {
            for (int j = i + 1; j < n; j++)
                rightHandSide[i] -= _dense[(j * n) + i] * rightHandSide[j];
        }

        for (int k = n - 1; k >= 0; k--)
            (rightHandSide[k], rightHandSide[_pivots[k]]) = (rightHandSide[_pivots[k]], rightHandSide[k]);
        _work.AsSpan().Clear();
    }
}
