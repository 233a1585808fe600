using AnalogLearn.Learning;
using AnalogLearn.Numerics;
using AnalogLearn.Simulation;
using MathNet.Numerics.LinearAlgebra;

namespace AnalogLearn.Tests.Learning;

/// <summary>Baldi and Sadowski's theorems 6.1 to 6.4 on trajectories, where they hold and where they do not.</summary>
public sealed class WeightFlowTests
{
    private static readonly Matrix<double> One = Matrix<double>.Build.Dense(1, 1, 1.0);

    public static TheoryData<int, int, ErrorChannel> Flows => new()
    {
        { 1, 0, ErrorChannel.Recirculation }, { 1, 0, ErrorChannel.BackPropagation }, { 1, 0, ErrorChannel.Random }, { 3, 0, ErrorChannel.Recirculation }, { 4, 2, ErrorChannel.Recirculation },
    };

    [Theory]
    [MemberData(nameof(Flows))]
    public void TheJacobianIsThatOfTheFlow(int cycles, int from, ErrorChannel channel)
    {
        Matrix<double> Random(int seed, int rows, int columns) => Matrix<double>.Build.Dense(rows, columns, (i, j) => Normal(seed, (i * columns) + j));
        Matrix<double> root = Random(5, 3, 3);
        var flow = new WeightFlow([3, 2, 2, 3], root * root.Transpose(), channel, channel == ErrorChannel.Random ? [Random(6, 2, 3), Random(7, 2, 3)] : []) { Cycles = cycles, FromCycle = from };
        var at = Batch(flow.StateCount, k => 0.5 * Normal(1, k));
        var u = Batch(flow.StateCount, k => Normal(2, k));
        var v = Batch(flow.StateCount, k => Normal(3, k));
        Batch<double> forward = new(1, flow.StateCount), back = new(1, flow.StateCount), plus = new(1, flow.StateCount), minus = new(1, flow.StateCount);
        flow.ApplyJacobian(at, u, forward);
        flow.ApplyTransposedJacobian(at, v, back);
        Assert.Equal(Dot(v, forward), Dot(back, u), 1e-10 * Math.Abs(Dot(v, forward)));
        const double h = 1e-6;
        flow.Evaluate(Batch(flow.StateCount, k => at.Values[k] + (h * u.Values[k])), plus);
        flow.Evaluate(Batch(flow.StateCount, k => at.Values[k] - (h * u.Values[k])), minus);
        double largest = forward.Values.Max(Math.Abs);
        for (int k = 0; k < flow.StateCount; k++)
            Assert.Equal((plus.Values[k] - minus.Values[k]) / (2 * h), forward.Values[k], 1e-7 * largest);
    }

    [Fact]
    public void ChainsFollowTheirPrintedEquations()
    {
        double[] a = [0.7, -1.1, 0.4, 1.3];
        double p = a[0] * a[1] * a[2] * a[3];
        const double beta = 1.7;
        Assert.Equal(
            [beta * a[0] * (1 - p), beta * a[0] * a[0] * a[1] * (1 - p), beta * a[0] * a[0] * a[1] * a[1] * a[2] * (1 - p), beta * a[0] * a[1] * a[2] * (1 - p)],
            Slope(Chain(4, beta: beta), a),
            Close);
        double q = 1 - (p * p * p);
        Assert.Equal([beta * a[0] * q, beta * a[0] * a[0] * a[1] * q, beta * a[0] * a[0] * a[1] * a[1] * a[2] * q, beta * a[0] * a[1] * a[2] * q], Slope(Chain(4, cycles: 3, beta: beta), a), Close);

        // Equation 51: cycles 1 and 3.
        double r = beta * p * p * (1 - (p * p));
        Assert.Equal([a[0] * r, a[0] * a[0] * a[1] * r, Math.Pow(a[0] * a[1], 2) * a[2] * r, Math.Pow(a[0] * a[1] * a[2], 2) * a[3] * r], Slope(Chain(4, cycles: 3, from: 1, beta: beta), a), Close);
    }

    [Theory]
    [InlineData(2, 1)]
    [InlineData(3, 1)]
    [InlineData(5, 1)]
    [InlineData(3, 3)]
    [InlineData(4, 5)]
    public void Theorem61And62FromRandomStarts(int layers, int cycles)
    {
        WeightFlow flow = Chain(layers, cycles);
        for (int start = 0; start < 60; start++)
        {
            double[] a = [.. Enumerable.Range(0, layers).Select(k => 1.2 * Normal(100 + start, k))];
            double[] end = Rest(flow, a);
            Assert.Equal(1, end.Aggregate((x, y) => x * y), 1e-6);

            // log|a_{h+1}| = a_h²/2 + K_h all the way (equations 42 and 49).
            for (int h = 0; h < layers - 2; h++)
                Assert.Equal(Math.Log(Math.Abs(a[h + 1])) - (a[h] * a[h] / 2), Math.Log(Math.Abs(end[h + 1])) - (end[h] * end[h] / 2), 1e-7);
        }
    }

    [Fact]
    public void Theorem61SExcludedStartsDoNotLearn()
    {
        // a_2 = 0: what comes before moves, P stays 0.
        double[] end = Integrate(Chain(4), [0.5, 0, 0.8, -0.3], 3);
        Assert.NotEqual(0.5, end[0]);
        Assert.Equal([0.0, 0.8, -0.3], end[1..]);

        // a_L = 0 alone does not keep it from learning.
        Assert.Equal(1, Rest(Chain(4), [0.5, 0.4, 0.8, 0]).Aggregate((x, y) => x * y), 1e-6);
    }

    [Theory]
    [InlineData(2)]
    [InlineData(4)]
    public void Theorem62FailsForEvenCycles(int cycles)
    {
        // From P(0) < 0 with a small Q the product runs into −1, where Pⁿ = 1.
        double[] end = Rest(Chain(3, cycles), [0.4, 0.5, -2.0]);
        Assert.Equal(-1, end.Aggregate((x, y) => x * y), 1e-6);

        // The same start learns when the number of cycles is odd.
        Assert.Equal(1, Rest(Chain(3, cycles + 1), [0.4, 0.5, -2.0]).Aggregate((x, y) => x * y), 1e-6);

        // Q(0) = 0 is excluded as ever.
        Assert.Equal(0, Integrate(Chain(3, cycles), [0.4, 0, -2.0], 2).Aggregate((x, y) => x * y));
    }

    [Fact]
    public void Theorem63HoldsForOddDifferencesAndPositiveStarts()
    {
        for (int start = 0; start < 20; start++)
        {
            double[] a = [.. Enumerable.Range(0, 3).Select(k => 0.6 + (0.5 * Math.Abs(Normal(300 + start, k))))];
            Assert.Equal(1, Rest(Chain(3, cycles: 2, from: 1), a).Aggregate((x, y) => x * y), 1e-5);
        }

        // One zero stops all of them, here the top one too; and with an even difference P = −1 is a place to rest.
        Assert.Equal([0.0, 0.0, 0.0], Slope(Chain(3, cycles: 2, from: 1), [0.5, 0.7, 0]), Close);
        Assert.Equal([0.0, 0.0, 0.0], Slope(Chain(3, cycles: 3, from: 1), [1, 1, -1]), Close);
    }

    [Fact]
    public void Theorem64AndTheFlowOfFigure3()
    {
        const int n = 4;
        var flow = new WeightFlow([1, n, 1], One);
        for (int start = 0; start < 60; start++)
        {
            double[] s = [.. Enumerable.Range(0, 2 * n).Select(k => Normal(500 + start, k))];
            double[] end = Rest(flow, s);
            Assert.Equal(1, P(end), 1e-6);

            // a − b stays (b first in the state).
            for (int k = 0; k < n; k++)
                Assert.Equal(s[n + k] - s[k], end[n + k] - end[k], 1e-7);

            // Equations 53 to 55, and 56 as it should read: d(AB)/dt = 2 B (1 − P)(A + P).
            double[] d = Slope(flow, s);
            double p = P(s), b = B(s), a = A(s);
            double dp = Enumerable.Range(0, n).Sum(k => (d[k] * s[n + k]) + (s[k] * d[n + k]));
            double da = 2 * Enumerable.Range(n, n).Sum(k => d[k] * s[k]), db = 2 * Enumerable.Range(0, n).Sum(k => d[k] * s[k]);
            Assert.Equal((1 - p) * (p + b), dp, 1e-10 * (1 + Math.Abs(dp)));
            Assert.Equal(2 * (1 - p) * p, da, 1e-10 * (1 + Math.Abs(da)));
            Assert.Equal(2 * (1 - p) * b, db, 1e-10 * (1 + Math.Abs(db)));
            Assert.Equal(2 * b * (1 - p) * (a + p), (da * b) + (a * db), 1e-9 * (1 + Math.Abs(da * b)));
        }

        // b(0) = 0 is excluded: nothing moves.
        Assert.All(Slope(flow, [0, 0, 0, 0, 1, -2, 3, 4]), x => Assert.Equal(0, x));

        static double P(double[] s) => Enumerable.Range(0, n).Sum(k => s[k] * s[n + k]);
        static double B(double[] s) => s[..n].Sum(x => x * x);
        static double A(double[] s) => s[n..].Sum(x => x * x);
    }

    [Fact]
    public void SymmetryLastsWhereTheCovarianceCommutes()
    {
        // B = Aᵀ at the start, one hidden layer. With Σ = Id recirculation is back-propagation and stays symmetric.
        double[] b = [.. Enumerable.Range(0, 6).Select(k => 0.5 * Normal(9, k))];
        double[] start = [.. b, .. Transposed(b, 2, 3)];
        var white = new WeightFlow([3, 2, 3], Matrix<double>.Build.DenseIdentity(3));
        var backWhite = new WeightFlow([3, 2, 3], Matrix<double>.Build.DenseIdentity(3), ErrorChannel.BackPropagation);
        Assert.Equal(Slope(backWhite, start), Slope(white, start), Close);
        double[] end = Integrate(white, start, 5);
        Assert.Equal(Transposed(end[..6], 2, 3), end[6..], (x, y) => Math.Abs(x - y) < 1e-8);

        // With another Σ the first step is still that of back-propagation, but the transposes drift apart.
        Matrix<double> sigma = Matrix<double>.Build.DenseOfDiagonalArray([3.0, 1.0, 0.2]);
        var coloured = new WeightFlow([3, 2, 3], sigma);
        Assert.Equal(Slope(new WeightFlow([3, 2, 3], sigma, ErrorChannel.BackPropagation), start), Slope(coloured, start), Close);
        end = Integrate(coloured, start, 5);
        Assert.True(Transposed(end[..6], 2, 3).Zip(end[6..], (x, y) => Math.Abs(x - y)).Max() > 0.01);
    }

    [Fact]
    public void WithOneHiddenLayerRecirculationRestsAboveTheBestSubspace()
    {
        // Every B is a fixed point once A is optimal for it; back-propagation finds the two leading directions.
        Matrix<double> sigma = Matrix<double>.Build.DenseOfDiagonalArray([4.0, 2.0, 1.0, 0.5]);
        double[] start = [.. Enumerable.Range(0, 16).Select(k => 0.3 * Normal(21, k))];
        double Loss(WeightFlow flow)
        {
            double[] end = Integrate(flow, start, 400);
            Matrix<double> rest = Matrix<double>.Build.DenseIdentity(4) - flow.Product(end);
            return (rest * sigma * rest.Transpose()).Trace();
        }

        double best = 1.5;
        Assert.Equal(best, Loss(new WeightFlow([4, 2, 4], sigma, ErrorChannel.BackPropagation)), 1e-4);
        double circular = Loss(new WeightFlow([4, 2, 4], sigma));
        Assert.InRange(circular, best + 1e-3, 6);
    }

    private static WeightFlow Chain(int layers, int cycles = 1, int from = 0, double beta = 1) => new([.. Enumerable.Repeat(1, layers + 1)], One * beta) { Cycles = cycles, FromCycle = from };

    /// <summary>Where a flow comes to rest. A small Q makes learning slow, so time is taken in ever longer pieces.</summary>
    private static double[] Rest(WeightFlow flow, double[] from)
    {
        double[] state = from;
        for (double time = 0.25; time < 1e6 && Math.Abs(Math.Abs(flow.Product(state)[0, 0]) - 1) > 1e-8; time *= 1.5)
            state = Integrate(flow, state, time);
        return state;
    }

    private static double[] Slope(WeightFlow flow, double[] at)
    {
        var slope = new Batch<double>(1, flow.StateCount);
        flow.Evaluate(Batch(flow.StateCount, k => at[k]), slope);
        return slope.Values;
    }

    private static double[] Integrate(WeightFlow flow, double[] from, double time)
    {
        Batch<double> state = Batch(flow.StateCount, k => from[k]);
        IntegrationReport report = new DormandPrince54().Integrate(new Dynamics(flow), state, [0, time], new IntegrationOptions { RelativeTolerance = 1e-10, AbsoluteTolerance = 1e-12 }, (_, _) => { });
        Assert.True(report.IsComplete, report.Problem);
        return state.Values;
    }

    private static bool Close(double x, double y) => Math.Abs(x - y) < 1e-12 * (1 + Math.Abs(x));

    private static double[] Transposed(double[] matrix, int rows, int columns) => [.. Enumerable.Range(0, rows * columns).Select(k => matrix[(k % rows * columns) + (k / rows)])];

    private static Batch<double> Batch(int width, Func<int, double> of)
    {
        var batch = new Batch<double>(1, width);
        for (int k = 0; k < width; k++)
            batch.Values[k] = of(k);
        return batch;
    }

    private static double Dot(Batch<double> a, Batch<double> b) => a.Values.Zip(b.Values, (x, y) => x * y).Sum();

    private static double Normal(int seed, int k) => CounterRandom.ToNormal(CounterRandom.ForPath((ulong)seed, "weights").UInt64At((ulong)k));
}
