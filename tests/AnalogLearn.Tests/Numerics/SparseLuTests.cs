using System.Numerics;
using AnalogLearn.Numerics;

namespace AnalogLearn.Tests.Numerics;

public class SparseLuTests
{
    public static TheoryData<string, int> Cases()
    {
        var cases = new TheoryData<string, int>();
        foreach (string kind in new[]
                 {
                     "one", "diagonal", "sparse", "sparser", "dense", "decades", "zero diagonal", "arrow", "arrow up", "grid", "crossbar", "blocks", "recurrent", "probed", "tridiagonal",
                 })
        {
            for (int seed = 1; seed <= 4; seed++)
                cases.Add(kind, seed);
        }

        return cases;
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void BackwardErrorIsAtRoundingLevel(string kind, int seed)
    {
        var random = new Random(seed);
        (SparsePattern pattern, double[] values) = Make(kind, random).Build();
        var lu = new SparseLu<double>(pattern);
        Assert.True(lu.Factor(values).IsDone);
        Check(lu, pattern, values, random);
        double growth = lu.ReciprocalGrowth;
        Assert.InRange(growth, 1e-6, 1);
        Assert.True(lu.Refactor(values).IsDone);
        Check(lu, pattern, values, random);
        Assert.Equal(growth, lu.ReciprocalGrowth, 1e-9);

        // Other values along the same pivots.
        for (int k = 0; k < values.Length; k++)
            values[k] *= 1 + (0.05 * random.NextDouble());
        Assert.True(lu.Refactor(values).IsDone);
        Check(lu, pattern, values, random);
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void ComplexMatricesToo(string kind, int seed)
    {
        var random = new Random(seed);
        (SparsePattern pattern, double[] real) = Make(kind, random).Build();
        Complex[] values = [.. real.Select(a => new Complex(a, a * (random.NextDouble() - 0.5)))];
        var lu = new SparseLu<Complex>(pattern);
        Assert.True(lu.Factor(values).IsDone);
        Check(lu, pattern, values, random);
        for (int k = 0; k < values.Length; k++)
            values[k] *= new Complex(1, 0.05 * random.NextDouble());
        Assert.True(lu.Refactor(values).IsDone);
        Check(lu, pattern, values, random);
    }

    [Fact]
    public void AgreesWithDenseFactorsOnWellConditionedMatrices()
    {
        var random = new Random(8);
        for (int trial = 0; trial < 60; trial++)
        {
            int n = 1 + random.Next(60);
            SparseMatrices matrix = SparseMatrices.Random(random, n, 0.5 + (4 * random.NextDouble()), true);
            (SparsePattern pattern, double[] values) = matrix.Build();
            for (int k = 0; k < n; k++)
                values[pattern.SlotOf(k, k)] += 6;
            var dense = new double[n * n];
            for (int j = 0; j < n; j++)
            {
                for (int p = pattern.ColumnStarts[j]; p < pattern.ColumnStarts[j + 1]; p++)
                    dense[(pattern.RowIndices[p] * n) + j] = values[p];
            }

            var reference = new DenseLu();
            Assert.True(reference.Factor(dense, n));
            var lu = new SparseLu<double>(pattern);
            Assert.True(lu.Factor(values).IsDone);
            double[] b = [.. Enumerable.Range(0, n).Select(_ => random.NextDouble())];
            double[] x = [.. b], expected = [.. b];
            lu.Solve(x);
            reference.Solve(expected);
            for (int i = 0; i < n; i++)
                Assert.Equal(expected[i], x[i], 1e-11);
            b.CopyTo(x, 0);
            b.CopyTo(expected, 0);
            lu.SolveTransposed(x);
            reference.SolveTransposed(expected);
            for (int i = 0; i < n; i++)
                Assert.Equal(expected[i], x[i], 1e-11);
        }
    }

    [Fact]
    public void TheEmptyMatrixIsSolved()
    {
        var lu = new SparseLu<double>(SparsePattern.FromEntries(0, [], [], []));
        Assert.True(lu.Factor([]).IsDone);
        Assert.True(lu.Refactor([]).IsDone);
        lu.Solve([]);
        lu.SolveTransposed([]);
        Assert.Equal(0, lu.FactorCount);
    }

    [Fact]
    public void APatternWithoutTransversalIsSingularWhateverTheValues()
    {
        // Columns 1 and 3 have only row 2 between them.
        (SparsePattern pattern, double[] values) = new SparseMatrices(4).Add(0, 0, 1).Add(2, 1, 1).Add(2, 3, 1).Add(1, 2, 1).Add(3, 2, 1).Add(0, 2, 1).Build();
        var lu = new SparseLu<double>(pattern);
        Assert.Equal(3, lu.StructuralRank);
        LuOutcome outcome = lu.Factor(values);
        Assert.Equal(LuStatus.Singular, outcome.Status);
        Assert.True(outcome.Structural);
        Assert.Contains(outcome.Column, new[] { 1, 3 });
        Assert.Contains(outcome.Row, new[] { 1, 3 });
        Assert.Throws<InvalidOperationException>(() => lu.Solve(new double[4]));
    }

    [Theory]
    [InlineData(5)]
    [InlineData(40)]
    public void AFloatingSubcircuitIsSingularAndNamed(int nodes)
    {
        // A well grounded node, and a ring of conductances without any way to ground.
        var random = new Random(nodes);
        var matrix = new SparseMatrices(nodes + 2);
        matrix.Conductance(0, -1, 1).Conductance(0, 1, 1).Conductance(1, -1, 0.1);
        for (int i = 0; i < nodes; i++)
            matrix.Conductance(2 + i, 2 + ((i + 1) % nodes), 0.1 + random.NextDouble());
        (SparsePattern pattern, double[] values) = matrix.Build();
        LuOutcome outcome = new SparseLu<double>(pattern).Factor(values);
        Assert.Equal(LuStatus.Singular, outcome.Status);
        Assert.False(outcome.Structural);
        Assert.InRange(outcome.Column, 2, nodes + 1);
        Assert.InRange(outcome.Row, 2, nodes + 1);
    }

    [Theory]
    [InlineData(double.NaN)]
    [InlineData(double.PositiveInfinity)]
    [InlineData(0)]
    public void ValuesThatAreNoNumbersAreSingular(double value)
    {
        (SparsePattern pattern, double[] values) = new SparseMatrices(3).Add(0, 0, 1).Add(1, 1, value).Add(2, 2, 1).Build();
        LuOutcome outcome = new SparseLu<double>(pattern).Factor(values);
        Assert.Equal(new LuOutcome(LuStatus.Singular, 1, 1, false), outcome);
    }

    [Fact]
    public void ARefactorisationSaysWhenItsPivotsNoLongerServe()
    {
        var random = new Random(3);
        (SparsePattern pattern, double[] values) = SparseMatrices.Grid(random, 12).Build();
        var lu = new SparseLu<double>(pattern);
        Assert.True(lu.Factor(values).IsDone);

        // Every diagonal entry vanishes but for a trace; the matrix stays regular, its old pivots do not serve.
        var other = new double[values.Length];
        values.CopyTo(other, 0);
        for (int k = 0; k < pattern.Size; k++)
            other[pattern.SlotOf(k, k)] = 1e-9;
        Assert.Equal(LuStatus.Unstable, lu.Refactor(other).Status);
        Assert.Throws<InvalidOperationException>(() => lu.Solve(new double[pattern.Size]));
        for (int k = 0; k < pattern.Size; k++)
            other[pattern.SlotOf(k, k)] = 1e-5 * (1 + k);
        Assert.True(lu.Factor(other).IsDone);
        Check(lu, pattern, other, random);

        // The way back.
        Assert.True(lu.Factor(values).IsDone);
        Check(lu, pattern, values, random);
    }

    [Fact]
    public void TheConditionEstimateIsALowerBoundAndClose()
    {
        var random = new Random(12);
        for (int trial = 0; trial < 30; trial++)
        {
            const int n = 25;
            (SparsePattern pattern, double[] values) = SparseMatrices.Random(random, n, 3, true).Build();
            var lu = new SparseLu<double>(pattern);
            if (!lu.Factor(values).IsDone)
                continue;
            double inverse = 0;
            var norm = 0.0;
            for (int j = 0; j < n; j++)
            {
                var x = new double[n];
                x[j] = 1;
                lu.Solve(x);
                inverse = Math.Max(inverse, x.Sum(Math.Abs));
                norm = Math.Max(norm, values[pattern.ColumnStarts[j]..pattern.ColumnStarts[j + 1]].Sum(Math.Abs));
            }

            Assert.InRange(lu.EstimateCondition(values) / (norm * inverse), 0.3, 1 + 1e-9);
            Complex[] turned = [.. values.Select(a => new Complex(0.6 * a, 0.8 * a))];
            var complex = new SparseLu<Complex>(pattern);
            Assert.True(complex.Factor(turned).IsDone);
            Assert.InRange(complex.EstimateCondition(turned) / (norm * inverse), 0.3, 1 + 1e-9);
        }
    }

    [Fact]
    public void BlocksAreFound()
    {
        // A grounded source in a resistor chain: node 0 and its current are blocks of one; the rest of the chain is one block.
        var matrix = new SparseMatrices(7);
        matrix.Add(0, 6, 1).Add(6, 0, 1);
        for (int i = 0; i < 5; i++)
            matrix.Conductance(i, i + 1, 1);
        (SparsePattern pattern, _) = matrix.Build();
        Assert.Equal(3, new SparseLu<double>(pattern).BlockCount);

        // 40 irreducible rings of random sizes, coupled one way, rows and columns shuffled.
        var random = new Random(2);
        int[] sizes = [.. Enumerable.Range(0, 40).Select(_ => 1 + random.Next(6))];
        (pattern, _) = Rings(sizes, random).Build();
        Assert.Equal(40, new SparseLu<double>(pattern).BlockCount);
    }

    [Fact]
    public void CrossbarSourcesCostNothing()
    {
        (SparsePattern pattern, double[] values) = SparseMatrices.Crossbar(new Random(1), 16).Build();
        var lu = new SparseLu<double>(pattern);
        Assert.Equal(1 + (4 * 16), lu.BlockCount);
        Assert.True(lu.Factor(values).IsDone);
    }

    [Fact]
    public void FillOfAGridStaysNearThatOfNestedDissection()
    {
        // 31/4 n log₂ n entries in L (George and Liu, nested dissection of the five-point grid) is 381,000 for n = 64²; L and U by minimum degree stay below half of it.
        (SparsePattern pattern, double[] values) = SparseMatrices.Grid(new Random(1), 64).Build();
        var lu = new SparseLu<double>(pattern);
        Assert.True(lu.Factor(values).IsDone);
        Assert.InRange(lu.FactorCount, 4096, 190_000);
    }

    [Fact]
    public void CurrentProbesDoNotSpoilTheOrder()
    {
        // 40 × 40 nodes, a probe in every fifth conductance: each adds two unknowns, and may add little more than their own entries.
        var counts = new int[2];
        for (int k = 0; k < 2; k++)
        {
            var random = new Random(1);
            (SparsePattern pattern, double[] values) = SparseMatrices.ProbedGrid(random, 40, 0.2 * k).Build();
            var lu = new SparseLu<double>(pattern);
            Assert.True(lu.Factor(values).IsDone);
            Check(lu, pattern, values, random);
            counts[k] = lu.FactorCount;
        }

        Assert.InRange(counts[1], counts[0], 1.5 * counts[0]);
    }

    [Fact]
    public void AnArrowheadDoesNotFill()
    {
        (SparsePattern pattern, double[] values) = Make("arrow up", new Random(1)).Build();
        var lu = new SparseLu<double>(pattern);
        Assert.True(lu.Factor(values).IsDone);
        Assert.InRange(lu.FactorCount, pattern.Count, pattern.Count + 100);
    }

    [Fact]
    public void OutputsReadByManyNeuronsAreSubstituted()
    {
        // Eliminating the 48 outputs first leaves a dense matrix of the 48 neurons; A + Aᵀ alone sees 96 that are all neighbours.
        (SparsePattern pattern, double[] values) = Make("recurrent", new Random(1)).Build();
        var lu = new SparseLu<double>(pattern);
        Assert.True(lu.Factor(values).IsDone);
        Assert.InRange(lu.FactorCount, 2 * 48 * 48, (2 * 48 * 48) + 300);
    }

    [Theory]
    [InlineData("crossbar")]
    [InlineData("dense")]
    [InlineData("recurrent")]
    public void NothingIsAllocatedAfterTheFirstFactorisation(string kind)
    {
        (SparsePattern pattern, double[] values) = Make(kind, new Random(1)).Build();
        var lu = new SparseLu<double>(pattern);
        Assert.True(lu.Factor(values).IsDone);
        var b = new double[pattern.Size];
        b.AsSpan().Fill(1);
        lu.Solve(b);
        lu.SolveTransposed(b);
        Assert.True(lu.Refactor(values).IsDone);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int k = 0; k < 3; k++)
        {
            lu.Refactor(values);
            lu.Solve(b);
            lu.SolveTransposed(b);
        }

        lu.Factor(values);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void SmallRandomCircuitsWithSourcesAgreeWithTheirResidual()
    {
        var random = new Random(17);
        int solved = 0;
        for (int trial = 0; trial < 2000; trial++)
        {
            int nodes = 1 + random.Next(12), sources = random.Next(4);
            var matrix = new SparseMatrices(nodes + sources);
            for (int k = 0; k < 2 * nodes; k++)
                matrix.Conductance(random.Next(-1, nodes), random.Next(nodes), Math.Pow(10, -12 + (12 * random.NextDouble())));
            for (int s = 0; s < sources; s++)
            {
                int a = random.Next(nodes), b = random.Next(-1, nodes), i = nodes + s;
                matrix.Add(a, i, 1).Add(i, a, 1);
                if (b >= 0)
                    matrix.Add(b, i, -1).Add(i, b, -1);
                matrix.Add(i, random.Next(nodes), random.NextDouble() * 10);
            }

            (SparsePattern pattern, double[] values) = matrix.Build();
            var lu = new SparseLu<double>(pattern);
            if (!lu.Factor(values).IsDone)
                continue;
            solved++;
            Check(lu, pattern, values, random);
            if (lu.Refactor(values).IsDone)
                Check(lu, pattern, values, random);
        }

        Assert.InRange(solved, 1000, 2000);
    }

    private static SparseMatrices Make(string kind, Random random)
    {
        switch (kind)
        {
            case "one":
                return new SparseMatrices(1).Add(0, 0, -3);
            case "diagonal":
                return SparseMatrices.Random(random, 30, 0, true);
            case "sparse":
                return SparseMatrices.Random(random, 200, 3, true);
            case "sparser":
                return SparseMatrices.Random(random, 300, 1, true);
            case "dense":
                return SparseMatrices.Dense(random, 70);
            case "decades":
                return SparseMatrices.Random(random, 150, 3, true, 12);
            case "grid":
                return SparseMatrices.Grid(random, 20);
            case "crossbar":
                return SparseMatrices.Crossbar(random, 12);
            case "blocks":
                return Rings([.. Enumerable.Range(0, 40).Select(_ => 1 + random.Next(6))], random);
            case "zero diagonal":
                {
                    // The KKT-like matrices of modified nodal analysis: conductances, and sources with no entry of their own on the diagonal.
                    SparseMatrices matrix = SparseMatrices.Grid(random, 10);
                    var all = new SparseMatrices(130);
                    (SparsePattern pattern, double[] values) = matrix.Build();
                    for (int j = 0; j < 100; j++)
                    {
                        for (int p = pattern.ColumnStarts[j]; p < pattern.ColumnStarts[j + 1]; p++)
                            all.Add(pattern.RowIndices[p], j, values[p]);
                    }

                    for (int s = 0; s < 30; s++)
                        all.Add(3 * s, 100 + s, 1).Add((3 * s) + 1, 100 + s, -1).Add(100 + s, 3 * s, 1).Add(100 + s, (3 * s) + 1, -1);
                    return all;
                }

            case "arrow":
            case "arrow up":
                {
                    var matrix = new SparseMatrices(300);
                    int hub = kind == "arrow" ? 299 : 0;
                    for (int i = 0; i < 300; i++)
                    {
                        matrix.Add(i, i, 2 + random.NextDouble());
                        if (i != hub)
                            matrix.Add(i, hub, random.NextDouble()).Add(hub, i, random.NextDouble() / 300);
                    }

                    return matrix;
                }

            case "probed":
                return SparseMatrices.ProbedGrid(random, 14, 0.4);
            case "recurrent":
                return SparseMatrices.Recurrent(random, 48);
            default:
                {
                    var matrix = new SparseMatrices(500);
                    for (int i = 0; i < 500; i++)
                        matrix.Conductance(i, i - 1, 0.1 + random.NextDouble());
                    return matrix;
                }
        }
    }

    private static SparseMatrices Rings(int[] sizes, Random random)
    {
        int n = sizes.Sum();
        int[] rows = [.. Enumerable.Range(0, n)], columns = [.. Enumerable.Range(0, n)];
        random.Shuffle(rows);
        random.Shuffle(columns);
        var matrix = new SparseMatrices(n);
        int first = 0;
        foreach (int size in sizes)
        {
            for (int i = 0; i < size; i++)
            {
                matrix.Add(rows[first + i], columns[first + i], 3 + random.NextDouble());
                if (size > 1)
                    matrix.Add(rows[first + i], columns[first + ((i + 1) % size)], random.NextDouble());
                if (first > 0)
                    matrix.Add(rows[random.Next(first)], columns[first + i], random.NextDouble());
            }

            first += size;
        }

        return matrix;
    }

    /// <summary>max |b − A x| against max over rows of (|A| |x| + |b|), for A and its transpose.</summary>
    private static void Check<T>(SparseLu<T> lu, SparsePattern pattern, T[] values, Random random, double tolerance = 1e-12)
        where T : struct, INumberBase<T>
    {
        int n = pattern.Size;
        T[] b = [.. Enumerable.Range(0, n).Select(_ => T.CreateTruncating(random.NextDouble() - 0.5))];
        for (int pass = 0; pass < 2; pass++)
        {
            T[] x = [.. b];
            var r = new T[n];
            if (pass == 0)
            {
                lu.Solve(x);
                pattern.Multiply<T>(values, x, r);
            }
            else
            {
                lu.SolveTransposed(x);
                pattern.MultiplyTransposed<T>(values, x, r);
            }

            var norm = new double[n];
            for (int j = 0; j < n; j++)
            {
                for (int p = pattern.ColumnStarts[j]; p < pattern.ColumnStarts[j + 1]; p++)
                {
                    int i = pattern.RowIndices[p];
                    (int at, int of) = pass == 0 ? (i, j) : (j, i);
                    norm[at] += Size(values[p]);
                }
            }

            // Norm-wise: ‖b − A x‖ ≤ ε (‖A‖ ‖x‖ + ‖b‖) in the maximum norm.
            double scale = (norm.DefaultIfEmpty(0).Max() * x.Select(Size).DefaultIfEmpty(0).Max()) + b.Select(Size).DefaultIfEmpty(0).Max();
            double error = r.Zip(b, (s, t) => Size(s - t)).DefaultIfEmpty(0).Max();
            Assert.True(error <= tolerance * scale, $"backward error {error / scale} in pass {pass}");
        }
    }

    private static double Size<T>(T x)
        where T : struct, INumberBase<T> => double.CreateTruncating(T.Abs(x));
}
