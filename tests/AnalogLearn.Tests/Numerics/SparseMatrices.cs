using AnalogLearn.Numerics;

namespace AnalogLearn.Tests.Numerics;

/// <summary>Matrices for the tests and benchmarks of the sparse solver, by their entries.</summary>
internal sealed class SparseMatrices
{
    private readonly List<int> _rows = [];
    private readonly List<int> _columns = [];
    private readonly List<double> _entries = [];

    public SparseMatrices(int size) => Size = size;

    public int Size { get; }

    public SparseMatrices Add(int row, int column, double value)
    {
        _rows.Add(row);
        _columns.Add(column);
        _entries.Add(value);
        return this;
    }

    /// <summary>A conductance between two nodes; −1 is ground.</summary>
    public SparseMatrices Conductance(int a, int b, double g)
    {
        if (a >= 0)
            Add(a, a, g);
        if (b >= 0)
            Add(b, b, g);
        if (a >= 0 && b >= 0)
            Add(a, b, -g).Add(b, a, -g);
        return this;
    }

    public (SparsePattern Pattern, double[] Values) Build()
    {
        var slots = new int[_rows.Count];
        SparsePattern pattern = SparsePattern.FromEntries(Size, _rows.ToArray(), _columns.ToArray(), slots);
        var values = new double[pattern.Count];
        for (int k = 0; k < slots.Length; k++)
            values[slots[k]] += _entries[k];
        return (pattern, values);
    }

    public static SparseMatrices Random(Random random, int n, double perColumn, bool diagonal, double decades = 0)
    {
        var matrix = new SparseMatrices(n);
        for (int k = 0; k < n && diagonal; k++)
            matrix.Add(k, k, Entry(random, decades) + 2);
        for (int k = 0; k < n * perColumn; k++)
            matrix.Add(random.Next(n), random.Next(n), Entry(random, decades));
        return matrix;
    }

    /// <summary>Conductances of a square grid, each node with a small one to ground.</summary>
    public static SparseMatrices Grid(Random random, int side)
    {
        var matrix = new SparseMatrices(side * side);
        for (int i = 0; i < side; i++)
        {
            for (int j = 0; j < side; j++)
            {
                int node = (i * side) + j;
                matrix.Conductance(node, -1, 1e-3);
                if (i + 1 < side)
                    matrix.Conductance(node, node + side, 0.5 + random.NextDouble());
                if (j + 1 < side)
                    matrix.Conductance(node, node + 1, 0.5 + random.NextDouble());
            }
        }

        return matrix;
    }

    /// <summary>
    /// An m × m crossbar with wire resistance by modified nodal analysis: two nodes a crossing, a voltage source at the head of every row and the foot of every column.
    /// Unknowns: row wires, column wires, heads, feet, source currents.
    /// </summary>
    public static SparseMatrices Crossbar(Random random, int m, double wire = 1)
    {
        int cells = m * m;
        var matrix = new SparseMatrices((2 * cells) + (4 * m));
        int heads = 2 * cells, feet = heads + m, currents = feet + m;
        for (int i = 0; i < m; i++)
        {
            Source(heads + i, currents + i);
            Source(feet + i, currents + m + i);
            for (int j = 0; j < m; j++)
            {
                int row = (i * m) + j, column = cells + row;
                matrix.Conductance(j == 0 ? heads + i : row - 1, row, wire);
                matrix.Conductance(row, column, 1e-6 * Math.Pow(100, random.NextDouble()));
                matrix.Conductance(column, i < m - 1 ? column + m : feet + j, wire);
            }
        }

        return matrix;

        void Source(int node, int current) => matrix.Add(node, current, 1).Add(current, node, 1);
    }

    /// <summary>Neurons with a dense recurrent coupling through behavioural sources: n voltages, n outputs, n source currents.</summary>
    public static SparseMatrices Recurrent(Random random, int n)
    {
        var matrix = new SparseMatrices(3 * n);
        for (int i = 0; i < n; i++)
        {
            matrix.Add(i, i, 1 + random.NextDouble());
            matrix.Add(n + i, (2 * n) + i, 1).Add((2 * n) + i, n + i, 1).Add((2 * n) + i, i, -0.7);
            for (int j = 0; j < n; j++)
                matrix.Add(i, n + j, (random.NextDouble() - 0.5) * 2 / Math.Sqrt(n));
        }

        return matrix;
    }

    /// <summary>A grid in which a share of the conductances has a voltage source of zero volts in series, as current probes have.</summary>
    public static SparseMatrices ProbedGrid(Random random, int side, double share)
    {
        var edges = new List<(int A, int B, bool Probed)>();
        int size = side * side;
        for (int node = 0; node < side * side; node++)
        {
            if (node + side < side * side)
                edges.Add((node, node + side, random.NextDouble() < share));
            if ((node + 1) % side != 0)
                edges.Add((node, node + 1, random.NextDouble() < share));
        }

        var matrix = new SparseMatrices(size + (2 * edges.Count(e => e.Probed)));
        for (int node = 0; node < side * side; node++)
            matrix.Conductance(node, -1, 1e-3);
        foreach ((int a, int b, bool probed) in edges)
        {
            double g = 0.5 + random.NextDouble();
            if (!probed)
            {
                matrix.Conductance(a, b, g);
                continue;
            }

            int middle = size++, current = size++;
            matrix.Conductance(a, middle, g);
            matrix.Add(middle, current, 1).Add(b, current, -1).Add(current, middle, 1).Add(current, b, -1);
        }

        return matrix;
    }

    /// <summary>A full matrix with a somewhat heavier diagonal.</summary>
    public static SparseMatrices Dense(Random random, int n)
    {
        var matrix = new SparseMatrices(n);
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < n; j++)
                matrix.Add(i, j, random.NextDouble() - 0.5 + (i == j ? 3 : 0));
        }

        return matrix;
    }

    private static double Entry(Random random, double decades) =>
        (random.NextDouble() - 0.5) * Math.Pow(10, decades * (random.NextDouble() - 0.5));
}
