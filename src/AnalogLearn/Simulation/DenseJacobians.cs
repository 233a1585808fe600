using AnalogLearn.Numerics;

namespace AnalogLearn.Simulation;

/// <summary>
/// The Jacobians ∂μ/∂s of a batch as dense matrices, of any field: from <see cref="IDenseJacobian{T}"/> where the field offers it, else column by column from
/// its products with unit vectors (one product serves that column of every example).
/// </summary>
public static class DenseJacobians
{
    /// <summary>Most numbers held at once when matrices are built from products (1 GiB).</summary>
    private const long LargestStore = 1L << 27;

    /// <summary>Builds each example's Jacobian and hands it over.</summary>
    /// <param name="field">The field.</param>
    /// <param name="state">s, examples × states [V].</param>
    /// <param name="wanted">Which examples are wanted.</param>
    /// <param name="threads">Most threads.</param>
    /// <param name="use">
    /// Receives the example's row and its matrix, n × n row-major, which it may overwrite; the matrix is used again after the call. Called from several threads.
    /// </param>
    /// <param name="cancellation">Stops early.</param>
    public static void ForEach(IVectorField<double> field, Batch<double> state, Func<int, bool> wanted, int threads, Action<int, double[]> use, CancellationToken cancellation = default)
    {
        int n = field.StateCount;
        int[] rows = [.. Enumerable.Range(0, state.Rows).Where(wanted)];
        var parallel = new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = cancellation };
        if (field is IDenseJacobian<double> dense)
        {
            Parallel.ForEach(rows, parallel, () => new double[n * n], (e, _, matrix) =>
            {
                dense.Jacobian(e, state.Row(e), matrix);
                use(e, matrix);
                return matrix;
            }, _ => { });
            return;
        }

        int together = (int)Math.Clamp(LargestStore / Math.Max(1L, (long)n * n), 1, Math.Max(1, rows.Length));
        var matrices = new double[together][];
        var direction = new Batch<double>(state.Rows, n);
        var column = new Batch<double>(state.Rows, n);
        foreach (int[] group in rows.Chunk(together))
        {
            for (int j = 0; j < n; j++)
            {
                cancellation.ThrowIfCancellationRequested();
                direction.Span.Clear();
                for (int e = 0; e < state.Rows; e++)
                    direction[e, j] = 1;
                field.ApplyJacobian(state, direction, column);
                for (int g = 0; g < group.Length; g++)
                {
                    double[] matrix = matrices[g] ??= new double[n * n];
                    for (int i = 0; i < n; i++)
                        matrix[(i * n) + j] = column[group[g], i];
                }
            }

            Parallel.For(0, group.Length, parallel, g => use(group[g], matrices[g]));
        }
    }
}
