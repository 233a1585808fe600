using AnalogLearn.Plots;

namespace AnalogLearn.Tests.Plots;

public class DecimationTests
{
    [Fact]
    public void Short_lines_are_kept_whole() => Assert.Equal(Enumerable.Range(0, 400), Decimation.Indices(new double[400], new double[400], 100));

    [Fact]
    public void Extremes_ends_and_order_survive()
    {
        var random = new Random(3);
        const int n = 200_000;
        double[] x = new double[n];
        double[] y = new double[n];
        for (int k = 0; k < n; k++)
        {
            x[k] = k * 1e-6;
            y[k] = Math.Sin(k * 1e-3) + (0.1 * random.NextDouble());
        }

        int up = 123_457;
        int down = 77_771;
        y[up] = 50;
        y[down] = -50;
        int[] kept = Decimation.Indices(x, y, 500);
        Assert.True(kept.Length <= 4 * 501, $"{kept.Length}");
        Assert.Contains(up, kept);
        Assert.Contains(down, kept);
        Assert.Equal(0, kept[0]);
        Assert.Equal(n - 1, kept[^1]);
        Assert.Equal(kept.Distinct().Order(), kept);

        // The envelope of every stretch is the same before and after.
        for (int stretch = 0; stretch < 50; stretch++)
        {
            double from = x[^1] * stretch / 50;
            double to = x[^1] * (stretch + 1) / 50;
            double Highest(IEnumerable<int> of) => of.Where(k => x[k] >= from && x[k] <= to).Max(k => y[k]);
            Assert.Equal(Highest(Enumerable.Range(0, n)), Highest(kept));
        }
    }

    [Fact]
    public void Gaps_stay_gaps()
    {
        double[] x = [.. Enumerable.Range(0, 10_000).Select(k => (double)k)];
        double[] y = [.. x.Select(v => v is >= 5000 and < 5100 ? double.NaN : v)];
        int[] kept = Decimation.Indices(x, y, 100);
        Assert.Contains(kept, k => double.IsNaN(y[k]));
        Assert.Contains(4999, kept);
        Assert.Contains(5100, kept);
    }

    [Fact]
    public void A_trajectory_keeps_its_extremes_in_both_directions()
    {
        double[] x = [.. Enumerable.Range(0, 20_000).Select(k => Math.Cos(k * 0.01))];
        double[] y = [.. Enumerable.Range(0, 20_000).Select(k => Math.Sin(k * 0.013))];
        x[7777] = 3;
        y[8888] = -3;
        int[] kept = Decimation.Indices(x, y, 500);
        Assert.Contains(7777, kept);
        Assert.Contains(8888, kept);
        Assert.True(kept.Length < 6 * 501);
    }
}
