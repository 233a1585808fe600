using AnalogLearn.Numerics;

namespace AnalogLearn.Tests.Numerics;

public sealed class DenseLuTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(7)]
    [InlineData(47)]
    [InlineData(48)]
    [InlineData(49)]
    [InlineData(97)]
    [InlineData(131)]
    [InlineData(300)]
    public void SolvesWithTheMatrixAndItsTranspose(int n)
    {
        (double[] a, double[] x) = Random(n);
        double[] b = new double[n];
        double[] bt = new double[n];
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < n; j++)
            {
                b[i] += a[(i * n) + j] * x[j];
                bt[j] += a[(i * n) + j] * x[i];
            }
        }

        var lu = new DenseLu();
        Assert.True(lu.Factor((double[])a.Clone(), n));
        Assert.Equal(n, lu.Size);
        lu.Solve(b);
        lu.SolveTransposed(bt);
        for (int i = 0; i < n; i++)
        {
            Assert.Equal(x[i], b[i], 1e-9);
            Assert.Equal(x[i], bt[i], 1e-9);
        }
    }

    [Fact]
    public void PivotsWhereTheDiagonalIsZero()
    {
        // A cyclic shift: every leading minor is singular.
        const int n = 70;
        var a = new double[n * n];
        for (int i = 0; i < n; i++)
            a[(i * n) + ((i + 1) % n)] = i + 1;
        var lu = new DenseLu();
        Assert.True(lu.Factor(a, n));
        double[] b = [.. Enumerable.Range(0, n).Select(i => (i + 1.0) * ((i + 1) % n))];
        lu.Solve(b);
        for (int i = 0; i < n; i++)
            Assert.Equal(i, b[i], 1e-12);
        Assert.Equal(1.0 / n, lu.PivotRatio, 1e-15);
    }

    [Fact]
    public void NamesSingularMatrices()
    {
        var lu = new DenseLu();
        Assert.False(lu.Factor([1, 2, 2, 4], 2));
        Assert.False(lu.Factor([0, 0, 0, 0], 2));
        Assert.False(lu.Factor([double.NaN, 1, 1, 1], 2));
        (double[] a, _) = Random(120);
        for (int j = 0; j < 120; j++)
            a[(77 * 120) + j] = (2 * a[(5 * 120) + j]) - a[(9 * 120) + j];
        Assert.True(!lu.Factor(a, 120) || lu.PivotRatio < 120 * 1e-15);
    }

    [Theory]
    [InlineData(5)]
    [InlineData(90)]
    public void GmresReachesTheDirectSolution(int n)
    {
        const int systems = 3;
        var matrices = new double[systems][];
        var right = new Batch<double>(systems, n);
        var expected = new Batch<double>(systems, n);
        for (int e = 0; e < systems; e++)
        {
            (matrices[e], double[] x) = Random(n, seed: e);
            for (int k = 0; k < n * n; k++)
                matrices[e][k] = (0.8 * matrices[e][k] / Math.Sqrt(n)) - (k % (n + 1) == 0 ? 1 : 0);
            x.CopyTo(expected.Row(e));
            Multiply(matrices[e], expected.Row(e), right.Row(e));
        }

        // A system without anything to do must not disturb the others.
        right.Row(1).Clear();
        expected.Row(1).Clear();
        var found = new Batch<double>(systems, n);
        var residuals = new double[systems];
        int products = new Gmres { Restart = 40, Tolerance = 1e-13 }.Solve(
            (x, y) =>
            {
                for (int e = 0; e < systems; e++)
                    Multiply(matrices[e], x.Row(e), y.Row(e));
            },
            right,
            found,
            residuals);
        Assert.InRange(products, 2, 600);
        Assert.All(residuals, r => Assert.InRange(r, 0, 1e-13));
        for (int k = 0; k < found.Values.Length; k++)
            Assert.Equal(expected.Values[k], found.Values[k], 1e-9);
    }

    private static void Multiply(double[] a, ReadOnlySpan<double> x, Span<double> y)
    {
        int n = x.Length;
        for (int i = 0; i < n; i++)
        {
            double sum = 0;
            for (int j = 0; j < n; j++)
                sum += a[(i * n) + j] * x[j];
            y[i] = sum;
        }
    }

    private static (double[] A, double[] X) Random(int n, int seed = 0)
    {
        CounterRandom random = CounterRandom.ForPath((ulong)seed, "lu");
        var a = new double[n * n];
        var x = new double[n];
        random.FillNormal(a);
        random.FillUniform(x, -1, 1);
        return (a, x);
    }
}
