using System.Numerics;
using AnalogLearn.Numerics;

namespace AnalogLearn.Tests.Numerics;

public class PackedProductTests
{
    private static readonly RegisterWidth[] _widths = [RegisterWidth.Widest, RegisterWidth.Bits512, RegisterWidth.Bits256, RegisterWidth.Bits128];

    public static TheoryData<int, int, int> Shapes => new()
    {
        { 1, 1, 1 }, { 2, 3, 5 }, { 7, 10, 512 }, { 13, 16, 17 }, { 25, 31, 40 }, { 6, 33, 64 }, { 200, 47, 19 }, { 3, 64, 1 }, { 12, 100, 100 }, { 45, 20, 100 }, { 23, 44, 28 }, { 9, 24, 12 }, { 11, 54, 22 },
    };

    private static Batch<T> Draw<T>(Random random, int rows, int width)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var batch = new Batch<T>(rows, width);
        foreach (ref T x in batch.Span)
            x = T.CreateChecked((2 * random.NextDouble()) - 1);
        return batch;
    }

    /// <summary>The product by its definition: one chain of fused multiply-adds an element.</summary>
    private static Batch<T> Plain<T>(Batch<T> left, T[] weights, Batch<T> start)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        Batch<T> result = start.Clone();
        for (int b = 0; b < left.Rows; b++)
        {
            for (int i = 0; i < start.Width; i++)
            {
                for (int j = 0; j < left.Width; j++)
                    result[b, i] = T.FusedMultiplyAdd(left[b, j], weights[(i * left.Width) + j], result[b, i]);
            }
        }

        return result;
    }

    private static void ProductHasTheBitsOfThePlainLoop<T>(int rows, int post, int pre)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var random = new Random(3);
        Batch<T> left = Draw<T>(random, rows, pre), start = Draw<T>(random, rows, post);
        T[] weights = Draw<T>(random, post, pre).Values;
        Batch<T> expected = Plain(left, weights, start);
        var packed = new PackedWeights<T>(post, pre);
        packed.Pack(weights);
        foreach (RegisterWidth width in _widths)
        {
            for (int threads = 1; threads <= 2; threads++)
            {
                Batch<T> result = start.Clone();
                PackedProduct.Accumulate(left, packed, result, threads, width);
                Assert.Equal(expected.Values, result.Values);
            }
        }

        // One row at a time.
        for (int b = 0; b < rows; b++)
        {
            var row = new Batch<T>(1, pre);
            var sum = new Batch<T>(1, post);
            left.Row(b).CopyTo(row.Span);
            start.Row(b).CopyTo(sum.Span);
            PackedProduct.Accumulate(row, packed, sum);
            Assert.Equal(expected.Row(b).ToArray(), sum.Values);
        }

        // The same weights given transposed.
        var turned = new T[weights.Length];
        for (int i = 0; i < post; i++)
        {
            for (int j = 0; j < pre; j++)
                turned[(j * post) + i] = weights[(i * pre) + j];
        }

        var other = new PackedWeights<T>(post, pre);
        other.PackTransposed(turned);
        Batch<T> again = start.Clone();
        PackedProduct.Accumulate(left, other, again);
        Assert.Equal(expected.Values, again.Values);
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void BitsDoNotDependOnRowsThreadsOrRegisters(int rows, int post, int pre)
    {
        ProductHasTheBitsOfThePlainLoop<float>(rows, post, pre);
        ProductHasTheBitsOfThePlainLoop<double>(rows, post, pre);
    }

    private static void OuterAndTransposed<T>(int rows, int post, int pre)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var random = new Random(4);
        Batch<T> left = Draw<T>(random, rows, post + 3), right = Draw<T>(random, rows, pre + 2), back = Draw<T>(random, rows, pre + 1);
        T[] weights = Draw<T>(random, post, pre).Values;
        T[] outer = (T[])weights.Clone();
        Batch<T> transposed = back.Clone();
        for (int b = 0; b < rows; b++)
        {
            for (int i = 0; i < post; i++)
            {
                for (int j = 0; j < pre; j++)
                {
                    outer[(i * pre) + j] = T.FusedMultiplyAdd(left[b, 3 + i], right[b, 1 + j], outer[(i * pre) + j]);
                    transposed[b, 1 + j] = T.FusedMultiplyAdd(left[b, 3 + i], weights[(i * pre) + j], transposed[b, 1 + j]);
                }
            }
        }

        foreach (RegisterWidth width in _widths)
        {
            for (int threads = 1; threads <= 2; threads++)
            {
                T[] result = (T[])weights.Clone();
                PackedProduct.AccumulateOuter(left, 3, post, right, 1, pre, result, threads, width);
                Assert.Equal(outer, result);
                Batch<T> sums = back.Clone();
                PackedProduct.AccumulateTransposed(left, 3, post, weights, sums, 1, pre, threads, width);
                Assert.Equal(transposed.Values, sums.Values);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Shapes))]
    public void OuterAndTransposedProductsHaveTheBitsOfThePlainLoop(int rows, int post, int pre)
    {
        OuterAndTransposed<float>(rows, post, pre);
        OuterAndTransposed<double>(rows, post, pre);
    }

    [Fact]
    public void ShapesThatDoNotFitAreRefused()
    {
        var packed = new PackedWeights<float>(3, 4);
        Assert.Throws<ArgumentException>(() => PackedProduct.Accumulate(new Batch<float>(2, 5), packed, new Batch<float>(2, 3)));
        Assert.Throws<ArgumentException>(() => packed.Pack(new float[11]));
    }

    [Fact]
    public void PeakIsMoreThanAScalarCoreCanDo()
    {
        FmaPeak peak = FmaPeak.Measure();
        Assert.True(peak.OneCore > 1, $"{peak}");
        Assert.True(peak.AllCores > 1, $"{peak}");
    }

    [Fact]
    public void WorkersRunEveryPartOnceAndPassFailuresOn()
    {
        var counting = new Counting();
        WorkerPool.Shared.Run(counting, WorkerPool.Shared.Count);
        Assert.Equal(WorkerPool.Shared.Count, counting.Parts);
        Assert.Throws<InvalidOperationException>(() => WorkerPool.Shared.Run(new Failing(), WorkerPool.Shared.Count));
        WorkerPool.Shared.Run(counting, WorkerPool.Shared.Count);
        Assert.Equal(2 * WorkerPool.Shared.Count, counting.Parts);
    }

    [Fact]
    public void ManyShortJobsAreDoneWholeWhoeverDoesThem()
    {
        // Parts that a late worker leaves behind are the caller's; no part of an earlier job may ever run in a later one.
        var job = new Summing(new int[WorkerPool.Shared.Count]);
        for (int run = 1; run <= 20_000; run++)
        {
            if (run % 1000 == 0)
                Thread.Yield();
            job.Run = run;
            WorkerPool.Shared.Run(job, job.Seen.Length);
            Assert.All(job.Seen, seen => Assert.Equal(run, seen));
        }
    }

    private sealed class Summing(int[] seen) : IParallelJob
    {
        public int[] Seen => seen;

        public int Run { get; set; }

        public void Execute(int worker, int workers)
        {
            if (Interlocked.CompareExchange(ref seen[worker], Run, Run - 1) != Run - 1)
                throw new InvalidOperationException("a part ran twice, or not before");
        }
    }

    private sealed class Counting : IParallelJob
    {
        private int _parts;

        public int Parts => _parts;

        public void Execute(int worker, int workers) => Interlocked.Increment(ref _parts);
    }

    private sealed class Failing : IParallelJob
    {
        public void Execute(int worker, int workers) => throw new InvalidOperationException("a part failed");
    }
}
