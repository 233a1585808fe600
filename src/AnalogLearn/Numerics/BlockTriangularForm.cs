using System.Runtime.CompilerServices;

namespace AnalogLearn.Numerics;

/// <summary>
/// Row and column orders that bring a sparse matrix to block upper triangular form with irreducible diagonal blocks and a diagonal without structural zeros.
/// A voltage source to ground gives two blocks of one entry each, so only what is truly coupled is factored.
/// </summary>
/// <remarks>
/// Sources: I. S. Duff, On algorithms for obtaining a maximum transversal, ACM TOMS 7 (1981) 315, doi:10.1145/355958.355963; R. E. Tarjan, Depth-first search
/// and linear graph algorithms, SIAM J. Comput. 1 (1972) 146, doi:10.1137/0201010. Both searches keep their own stacks.
/// </remarks>
internal sealed class BlockTriangularForm
{
    /// <summary>Finds the form.</summary>
    /// <param name="pattern">Pattern of the matrix.</param>
    public BlockTriangularForm(SparsePattern pattern)
    {
        int n = pattern.Size;
        int[] rowOf = Match(pattern, out int[] columnOf, out int rank);
        StructuralRank = rank;
        UnmatchedRow = -1;
        UnmatchedColumn = -1;
        if (rank < n)
        {
            UnmatchedColumn = Array.IndexOf(rowOf, -1);
            UnmatchedRow = Array.IndexOf(columnOf, -1);
            Rows = [];
            Columns = [];
            Starts = [0];
            return;
        }

        Columns = new int[n];
        Starts = Components(pattern, columnOf, Columns);
        Rows = new int[n];
        for (int k = 0; k < n; k++)
            Rows[k] = rowOf[Columns[k]];
    }

    /// <summary>Row at each place of the form; empty if the matrix is structurally singular.</summary>
    public int[] Rows { get; }

    /// <summary>Column at each place of the form.</summary>
    public int[] Columns { get; }

    /// <summary>First place of each block, and n.</summary>
    public int[] Starts { get; }

    /// <summary>Most nonzeros that can be brought to the diagonal.</summary>
    public int StructuralRank { get; }

    /// <summary>A row no pivot can be found for whatever the values, or −1.</summary>
    public int UnmatchedRow { get; }

    /// <summary>A column no pivot can be found for whatever the values, or −1.</summary>
    public int UnmatchedColumn { get; }

    /// <summary>Maximum transversal. Diagonal entries are taken first, which keeps the symmetric pattern of a nodal matrix.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int[] Match(SparsePattern pattern, out int[] columnOf, out int rank)
    {
        int n = pattern.Size;
        ReadOnlySpan<int> starts = pattern.ColumnStarts;
        ReadOnlySpan<int> rows = pattern.RowIndices;
        var rowOf = new int[n];
        columnOf = new int[n];
        Array.Fill(rowOf, -1);
        Array.Fill(columnOf, -1);
        rank = 0;
        for (int j = 0; j < n; j++)
        {
            if (pattern.SlotOf(j, j) < 0)
                continue;
            rowOf[j] = j;
            columnOf[j] = j;
            rank++;
        }

        if (rank == n)
            return rowOf;
        PairSources(pattern, rowOf, columnOf, ref rank);
        if (rank == n)
            return rowOf;
        var cheap = new int[n];
        var next = new int[n];
        var seenFor = new int[n];
        var path = new int[n];
        var pathRow = new int[n];
        Array.Fill(seenFor, -1);
        for (int j = 0; j < n; j++)
            cheap[j] = starts[j];
        for (int root = 0; root < n; root++)
        {
            if (rowOf[root] >= 0)
                continue;
            int depth = 0;
            bool found = false;
            path[0] = root;
            while (depth >= 0)
            {
                int j = path[depth];
                int end = starts[j + 1];
                if (seenFor[j] != root)
                {
                    seenFor[j] = root;
                    next[j] = starts[j];

                    // A free row beside this column ends the path. Rows never become free again, so what was passed over stays passed over.
                    while (cheap[j] < end && columnOf[rows[cheap[j]]] >= 0)
                        cheap[j]++;
                    if (cheap[j] < end)
                    {
                        pathRow[depth] = rows[cheap[j]++];
                        found = true;
                        break;
                    }
                }

                int p = next[j];
                while (p < end && seenFor[columnOf[rows[p]]] == root)
                    p++;
                next[j] = p + 1;
                if (p == end)
                {
                    depth--;
                    continue;
                }

                pathRow[depth] = rows[p];
                path[++depth] = columnOf[rows[p]];
            }

            if (!found)
                continue;
            rank++;
            for (; depth >= 0; depth--)
            {
                rowOf[path[depth]] = pathRow[depth];
                columnOf[pathRow[depth]] = path[depth];
            }
        }

        return rowOf;
    }

    /// <summary>
    /// The current of a voltage source has no diagonal entry. It takes the balance of one of the source's nodes as its row, and that node takes the source's equation: of the
    /// two nodes the one with fewer neighbours, so that the pattern loses little of its symmetry.
    /// </summary>
    private static void PairSources(SparsePattern pattern, int[] rowOf, int[] columnOf, ref int rank)
    {
        ReadOnlySpan<int> starts = pattern.ColumnStarts;
        ReadOnlySpan<int> rows = pattern.RowIndices;
        for (int j = 0; j < rowOf.Length; j++)
        {
            if (rowOf[j] >= 0 || columnOf[j] >= 0)
                continue;
            int node = -1;
            int fewest = int.MaxValue;
            for (int p = starts[j]; p < starts[j + 1]; p++)
            {
                int i = rows[p];
                int degree = starts[i + 1] - starts[i];
                if (degree >= fewest || columnOf[i] != i || pattern.SlotOf(j, i) < 0)
                    continue;
                fewest = degree;
                node = i;
            }

            if (node < 0)
                continue;
            rowOf[j] = node;
            columnOf[node] = j;
            rowOf[node] = j;
            columnOf[j] = node;
            rank++;
        }
    }

    /// <summary>Strong components of the graph that leads from column j to the column matched with each row of j. They are closed in the order wanted.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private static int[] Components(SparsePattern pattern, int[] columnOf, int[] order)
    {
        int n = pattern.Size;
        ReadOnlySpan<int> starts = pattern.ColumnStarts;
        ReadOnlySpan<int> rows = pattern.RowIndices;
        var found = new int[n];
        var low = new int[n];
        var next = new int[n];
        var open = new int[n];
        var path = new int[n];
        var bounds = new List<int> { 0 };
        int clock = 0, opened = 0, placed = 0;
        for (int root = 0; root < n; root++)
        {
            if (found[root] != 0)
                continue;
            int depth = 0;
            path[0] = root;
            while (depth >= 0)
            {
                int j = path[depth];
                if (found[j] == 0)
                {
                    found[j] = low[j] = ++clock;
                    open[opened++] = j;
                    next[j] = starts[j];
                }

                int p = next[j];
                int end = starts[j + 1];
                int child = -1;
                for (; p < end; p++)
                {
                    int i = columnOf[rows[p]];
                    if (found[i] == 0)
                    {
                        child = i;
                        break;
                    }

                    // Columns of closed components carry the largest number there is.
                    low[j] = Math.Min(low[j], found[i]);
                }

                if (child >= 0)
                {
                    next[j] = p + 1;
                    path[++depth] = child;
                    continue;
                }

                if (low[j] == found[j])
                {
                    int member;
                    do
                    {
                        member = open[--opened];
                        order[placed++] = member;
                        found[member] = int.MaxValue;
                    }
                    while (member != j);
                    bounds.Add(placed);
                }

                if (--depth >= 0)
                    low[path[depth]] = Math.Min(low[path[depth]], low[j]);
            }
        }

        return [.. bounds];
    }
}
