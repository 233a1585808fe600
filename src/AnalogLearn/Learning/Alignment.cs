using System.Collections.Immutable;
using System.Numerics;
using AnalogLearn.Simulation;

namespace AnalogLearn.Learning;

/// <summary>
/// How much feedback weights look like the transpose of feed-forward weights: cos(W_ij, W_jiᵀ) = tr(W_ij W_ji)/(‖W_ij‖ ‖W_ji‖) (Scellier et al., section 5.2
/// and Figure 3).
/// </summary>
public static class Alignment
{
    /// <summary>Every pair of untied arrays that connect two banks both ways.</summary>
    /// <typeparam name="T">float or double.</typeparam>
    /// <param name="field">The field.</param>
    public static ImmutableArray<AlignmentRecord> Of<T>(RateField<T> field)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var all = ImmutableArray.CreateBuilder<AlignmentRecord>();
        ImmutableArray<RateConnection> connections = field.Network.Connections;
        for (int a = 0; a < connections.Length; a++)
        {
            for (int b = a; b < connections.Length; b++)
            {
                RateConnection f = connections[a];
                RateConnection r = connections[b];
                if (f.IsTied || r.IsTied || f.Pre is null || r.Pre is null || f.Pre != r.Post || f.Post != r.Pre || (a == b && f.Pre != f.Post))
                    continue;
                all.Add(Pair(field, f, r));
            }
        }

        return all.ToImmutable();
    }

    private static AlignmentRecord Pair<T>(RateField<T> field, RateConnection f, RateConnection r)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T[] w = field.Theta.Blocks[f.Block];
        T[] v = field.Theta.Blocks[r.Block];
        int rows = f.Post.Width;
        int columns = f.Pre!.Width;
        double trace = 0;
        double first = 0;
        double second = 0;
        for (int i = 0; i < rows; i++)
        {
            for (int j = 0; j < columns; j++)
            {
                double x = double.CreateChecked(w[(i * columns) + j]);
                double y = double.CreateChecked(v[(j * rows) + i]);
                trace += x * y;
                first += x * x;
                second += y * y;
            }
        }

        double norm = Math.Sqrt(first * second);
        return new AlignmentRecord(f.Description.Name, r.Description.Name, norm > 0 ? trace / norm : 0, trace);
    }
}
