using System.Numerics;
using AnalogLearn.Numerics;
using AnalogLearn.Simulation;

namespace AnalogLearn.Learning;

/// <summary>Sums outer products over a batch into an array's block: block_ij += Σ_e post_ei pre_ej, in the order of the examples.</summary>
/// <typeparam name="T">float or double.</typeparam>
internal static class SynapseProducts<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Adds the sum for one connection: transposed where it is tied, and only where synapses exist.</summary>
    /// <param name="connection">The connection.</param>
    /// <param name="post">Postsynaptic factors, examples × anything.</param>
    /// <param name="postOffset">Column of the first postsynaptic node.</param>
    /// <param name="pre">Presynaptic factors, examples × anything.</param>
    /// <param name="preOffset">Column of the first presynaptic node.</param>
    /// <param name="block">The block to add to.</param>
    /// <param name="threads">Threads; the bits do not depend on it.</param>
    public static void Add(RateConnection connection, Batch<T> post, int postOffset, Batch<T> pre, int preOffset, T[] block, int threads)
    {
        int rows = connection.Description.Post.Width;
        int columns = connection.Description.Pre.Width;
        if (connection.IsTied)
            PackedProduct.AccumulateOuter(pre, preOffset, columns, post, postOffset, rows, block, threads);
        else
            PackedProduct.AccumulateOuter(post, postOffset, rows, pre, preOffset, columns, block, threads);
        if (!connection.Description.Mask.IsDefaultOrEmpty)
        {
            for (int k = 0; k < block.Length; k++)
            {
                int at = connection.IsTied ? ((k % rows) * columns) + (k / rows) : k;
                if (!connection.Description.Mask[at])
                    block[k] = T.Zero;
            }
        }
    }
}
