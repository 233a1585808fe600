using System.Numerics;
using AnalogLearn.Numerics;

namespace AnalogLearn.Tests.Numerics;

/// <summary>Sums, differences and copies of a batch's rows against plain loops.</summary>
public class LayerColumnsTests
{
    public static TheoryData<int> Widths => [1, 3, 4, 7, 8, 12, 20, 31, 33, 64, 100, 131];

    [Theory]
    [MemberData(nameof(Widths))]
    public void Differences_and_sums_have_the_bits_of_the_plain_loop(int width)
    {
        DifferencesAndSums<float>(width);
        DifferencesAndSums<double>(width);
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void Squares_are_the_cost_and_its_descent(int width)
    {
        var random = new Random(width);
        Batch<double> target = Draw<double>(random, 5, width), output = Draw<double>(random, 5, width + 4), descent = Draw<double>(random, 5, width + 4);
        Batch<double> before = descent.Clone();
        double[] costs = [-1, -1, -1, -1, -1];
        LayerColumns.Squares(target, output, descent, 2, width, 0.25, 1, 3, costs);
        for (int e = 0; e < 5; e++)
        {
            bool mine = e is > 0 and < 4;
            double cost = 0;
            for (int i = 0; i < width + 4; i++)
            {
                bool inside = mine && i >= 2 && i < width + 2;
                double error = inside ? target[e, i - 2] - output[e, i] : 0;
                cost += 0.5 * error * error;
                Assert.Equal(inside ? error * 0.25 : before[e, i], descent[e, i]);
            }

            Assert.Equal(mine ? cost : -1, costs[e], 1e-13 * width);
        }

        // Nothing of a row's cost depends on which rows are with it.
        double[] again = new double[5];
        for (int e = 0; e < 5; e++)
            LayerColumns.Squares(target, output, descent, 2, width, 0.25, e, 1, again);
        Assert.Equal(costs[1..4], again[1..4]);
    }

    [Theory]
    [MemberData(nameof(Widths))]
    public void Gathered_rows_are_the_rows(int width)
    {
        var random = new Random(width);
        Batch<float> single = Draw<float>(random, 300, width);
        Batch<double> precise = Draw<double>(random, 300, width);
        int[] rows = [.. Enumerable.Range(0, 150).Select(_ => random.Next(290)), 289, 0, 0];
        Batch<float> singles = new(rows.Length, width);
        Batch<double> widened = new(rows.Length, width), doubles = new(rows.Length, width);
        RowGather.Copy<float, float>(single.Values, 10, rows, singles);
        RowGather.Copy<float, double>(single.Values, 10, rows, widened);
        RowGather.Copy<double, double>(precise.Values, 10, rows, doubles);
        for (int i = 0; i < rows.Length; i++)
        {
            Assert.Equal(single.Row(10 + rows[i]).ToArray(), singles.Row(i).ToArray());
            Assert.Equal(single.Row(10 + rows[i]).ToArray().Select(x => (double)x), widened.Row(i).ToArray());
            Assert.Equal(precise.Row(10 + rows[i]).ToArray(), doubles.Row(i).ToArray());
        }
    }

    [Fact]
    public void Columns_and_rows_outside_are_refused()
    {
        var batch = new Batch<float>(4, 6);
        Assert.Throws<ArgumentException>(() => LayerColumns.Add(batch, 3, new float[4]));
        Assert.Throws<ArgumentException>(() => LayerColumns.Difference(batch, 0, batch, 0, 1, batch, 0, 6, 2, 3));
    }

    private static void DifferencesAndSums<T>(int width)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var random = new Random(width);
        Batch<T> from = Draw<T>(random, 9, width + 3), to = Draw<T>(random, 9, width + 1), result = Draw<T>(random, 9, width + 2), expected = result.Clone();
        T scale = T.CreateChecked(0.3);
        T[] sums = Draw<T>(random, 1, width).Values, plain = (T[])sums.Clone();
        for (int e = 0; e < 9; e++)
        {
            for (int i = 0; i < width; i++)
            {
                plain[i] += from[e, 2 + i];
                if (e is >= 2 and < 8)
                    expected[e, 1 + i] = (from[e, 2 + i] - to[e, i]) * scale;
            }
        }

        LayerColumns.Difference(from, 2, to, 0, scale, result, 1, width, 2, 6);
        Assert.Equal(expected.Values, result.Values);
        LayerColumns.Add(from, 2, sums.AsSpan());
        Assert.Equal(plain, sums);
    }

    private static Batch<T> Draw<T>(Random random, int rows, int width)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var batch = new Batch<T>(rows, width);
        foreach (ref T x in batch.Span)
            x = T.CreateChecked((2 * random.NextDouble()) - 1);
        return batch;
    }
}
