using AnalogLearn.Numerics;

namespace AnalogLearn.Gradients;

/// <summary>
/// Solves with a dense Jacobian after taking out the states that need no elimination: those that nothing else feels (a zero column but for the diagonal: no slope)
/// and those that feel nothing else (a zero row: pinned at a rail, or without input). In clipped networks these are the greater part.
/// </summary>
internal static class ReducedSystem
{
    /// <summary>Rows and columns of a tile of the transposition, so that both fit the cache.</summary>
    private const int Tile = 32;

    /// <summary>Solves J x = b.</summary>
    /// <param name="matrix">J, n × n row-major; overwritten.</param>
    /// <param name="n">Number of states.</param>
    /// <param name="b">b.</param>
    /// <param name="x">Receives x.</param>
    /// <returns>The smallest pivot over the largest entry; 0 when the matrix is singular, and x means nothing.</returns>
    public static double Solve(double[] matrix, int n, ReadOnlySpan<double> b, Span<double> x)
    {
        for (int from = 0; from < n; from += Tile)
        {
            for (int beside = from; beside < n; beside += Tile)
            {
                for (int i = from; i < Math.Min(from + Tile, n); i++)
                {
                    for (int j = Math.Max(beside, i + 1); j < Math.Min(beside + Tile, n); j++)
                        (matrix[(i * n) + j], matrix[(j * n) + i]) = (matrix[(j * n) + i], matrix[(i * n) + j]);
                }
            }
        }

        return SolveTransposed(matrix, n, b, x);
    }

    /// <summary>Solves Jᵀ x = b.</summary>
    /// <param name="matrix">J, n × n row-major; overwritten.</param>
    /// <param name="n">Number of states.</param>
    /// <param name="b">b.</param>
    /// <param name="x">Receives x.</param>
    /// <returns>The smallest pivot over the largest entry; 0 when the matrix is singular, and x means nothing.</returns>
    public static double SolveTransposed(double[] matrix, int n, ReadOnlySpan<double> b, Span<double> x)
    {
        var columnIsEmpty = new bool[n];
        var rowIsEmpty = new bool[n];
        columnIsEmpty.AsSpan().Fill(true);
        rowIsEmpty.AsSpan().Fill(true);
        double ratio = 1;
        for (int i = 0; i < n; i++)
        {
            ReadOnlySpan<double> row = matrix.AsSpan(i * n, n);
            for (int j = 0; j < n; j++)
                columnIsEmpty[j] &= row[j] == 0 || i == j;
        }

        // Equation j of Jᵀx = b is Σ_i J_ij x_i = b_j. An empty column j gives x_j at once.
        b.CopyTo(x);
        for (int i = 0; i < n; i++)
        {
            if (!columnIsEmpty[i])
                continue;
            double pivot = matrix[(i * n) + i];
            ratio = Math.Min(ratio, Math.Abs(pivot));
            x[i] /= pivot;
        }

        for (int i = 0; i < n; i++)
        {
            if (!columnIsEmpty[i] || x[i] == 0)
                continue;
            ReadOnlySpan<double> row = matrix.AsSpan(i * n, n);
            for (int j = 0; j < n; j++)
            {
                if (!columnIsEmpty[j])
                    x[j] -= row[j] * x[i];
            }
        }

        // Among the rest, x_i of an empty row stands in its own equation alone.
        for (int i = 0; i < n; i++)
        {
            if (columnIsEmpty[i])
                continue;
            ReadOnlySpan<double> row = matrix.AsSpan(i * n, n);
            for (int j = 0; j < n && rowIsEmpty[i]; j++)
                rowIsEmpty[i] = i == j || columnIsEmpty[j] || row[j] == 0;
        }

        int[] core = [.. Enumerable.Range(0, n).Where(i => !columnIsEmpty[i] && !rowIsEmpty[i])];
        int[] last = [.. Enumerable.Range(0, n).Where(i => !columnIsEmpty[i] && rowIsEmpty[i])];
        if (core.Length > 0)
        {
            // The equations of the last states are kept: J_ij with i in the core, j last.
            var coupling = new double[core.Length * last.Length];
            var diagonal = new double[last.Length];
            for (int q = 0; q < last.Length; q++)
                diagonal[q] = matrix[(last[q] * n) + last[q]];
            for (int p = 0; p < core.Length; p++)
            {
                for (int q = 0; q < last.Length; q++)
                    coupling[(p * last.Length) + q] = matrix[(core[p] * n) + last[q]];
            }

            var inner = new double[core.Length];
            for (int p = 0; p < core.Length; p++)
            {
                inner[p] = x[core[p]];
                for (int q = 0; q < core.Length; q++)
                    matrix[(p * core.Length) + q] = matrix[(core[p] * n) + core[q]];
            }

            var lu = new DenseLu();
            if (!lu.Factor(matrix, core.Length))
                return 0;
            ratio = Math.Min(ratio, lu.PivotRatio);
            lu.SolveTransposed(inner);
            for (int p = 0; p < core.Length; p++)
            {
                x[core[p]] = inner[p];
                for (int q = 0; q < last.Length; q++)
                    x[last[q]] -= coupling[(p * last.Length) + q] * inner[p];
            }

            for (int q = 0; q < last.Length; q++)
            {
                ratio = Math.Min(ratio, Math.Abs(diagonal[q]));
                x[last[q]] /= diagonal[q];
            }
        }
        else
        {
            foreach (int i in last)
            {
                ratio = Math.Min(ratio, Math.Abs(matrix[(i * n) + i]));
                x[i] /= matrix[(i * n) + i];
            }
        }

        return ratio;
    }
}
