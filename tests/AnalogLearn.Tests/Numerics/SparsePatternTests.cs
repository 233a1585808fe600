using AnalogLearn.Numerics;

namespace AnalogLearn.Tests.Numerics;

public class SparsePatternTests
{
    [Fact]
    public void EntriesInAnyOrderShareSlotsAndColumnsAreSorted()
    {
        int[] rows = [2, 0, 1, 2, 0, 2, 2];
        int[] columns = [1, 0, 1, 0, 0, 1, 2];
        var slots = new int[rows.Length];
        SparsePattern pattern = SparsePattern.FromEntries(3, rows, columns, slots);
        Assert.Equal([0, 2, 4, 5], pattern.ColumnStarts.ToArray());
        Assert.Equal([0, 2, 1, 2, 2], pattern.RowIndices.ToArray());
        Assert.Equal([3, 0, 2, 1, 0, 3, 4], slots);
        Assert.Equal(-1, pattern.SlotOf(0, 2));
        for (int k = 0; k < rows.Length; k++)
            Assert.Equal(slots[k], pattern.SlotOf(rows[k], columns[k]));
    }

    [Fact]
    public void ProductsAgreeWithDenseOnes()
    {
        var random = new Random(5);
        const int n = 23;
        int[] rows = [.. Enumerable.Range(0, 140).Select(_ => random.Next(n))];
        int[] columns = [.. Enumerable.Range(0, 140).Select(_ => random.Next(n))];
        var slots = new int[rows.Length];
        SparsePattern pattern = SparsePattern.FromEntries(n, rows, columns, slots);
        var values = new double[pattern.Count];
        var dense = new double[n, n];
        for (int k = 0; k < rows.Length; k++)
        {
            double value = random.NextDouble() - 0.5;
            values[slots[k]] += value;
            dense[rows[k], columns[k]] += value;
        }

        double[] x = [.. Enumerable.Range(0, n).Select(_ => random.NextDouble())];
        var product = new double[n];
        var transposed = new double[n];
        pattern.Multiply<double>(values, x, product);
        pattern.MultiplyTransposed<double>(values, x, transposed);
        for (int i = 0; i < n; i++)
        {
            Assert.Equal(Enumerable.Range(0, n).Sum(j => dense[i, j] * x[j]), product[i], 1e-13);
            Assert.Equal(Enumerable.Range(0, n).Sum(j => dense[j, i] * x[j]), transposed[i], 1e-13);
        }
    }
}
