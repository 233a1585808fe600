using System.Diagnostics;
using AnalogLearn.Numerics;
using AnalogLearn.Tests.Numerics;
using BenchmarkDotNet.Attributes;

namespace AnalogLearn.Benchmarks;

/// <summary>
/// The sparse solver on the matrices of crossbars with wire resistance (2 M² nodes and 4 M unknowns of sources). <c>--quick lu</c> prints the best of a few runs,
/// fill, and the dense and recurrent blocks of 256 as well.
/// </summary>
public class SparseLuBenchmarks
{
    private SparsePattern _pattern = null!;
    private double[] _values = null!;
    private double[] _b = null!;
    private SparseLu<double> _lu = null!;

    [Params(32, 128)]
    public int Side { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        (_pattern, _values) = SparseMatrices.Crossbar(new Random(1), Side).Build();
        _lu = new SparseLu<double>(_pattern);
        _lu.Factor(_values);
        _b = new double[_pattern.Size];
        Array.Fill(_b, 1);
    }

    [Benchmark]
    public int Analyse() => new SparseLu<double>(_pattern).BlockCount;

    [Benchmark]
    public bool Factor() => _lu.Factor(_values).IsDone;

    [Benchmark]
    public bool Refactor() => _lu.Refactor(_values).IsDone;

    [Benchmark]
    public void Solve() => _lu.Solve(_b);

    [Benchmark]
    public void SolveTransposed() => _lu.SolveTransposed(_b);

    public static void Quick()
    {
        foreach (int side in (int[])[32, 64, 128])
            Report($"crossbar {side}", SparseMatrices.Crossbar(new Random(1), side));
        Report("grid 128", SparseMatrices.Grid(new Random(1), 128));
        Report("recurrent 256", SparseMatrices.Recurrent(new Random(1), 256));
        Report("dense 256", SparseMatrices.Dense(new Random(1), 256));
    }

    private static void Report(string name, SparseMatrices matrix)
    {
        (SparsePattern pattern, double[] values) = matrix.Build();
        double analyse = double.PositiveInfinity, factor = analyse, refactor = analyse, solve = analyse, first = 0;
        var b = new double[pattern.Size];
        SparseLu<double> lu = null!;
        for (int run = 0; run < 8; run++)
        {
            double a = Time(() => lu = new SparseLu<double>(pattern));
            double f = Time(() => lu.Factor(values));
            Array.Fill(b, 1);
            double s = Time(() => lu.Solve(b));
            if (run == 0)
                first = a + f + s;
            analyse = Math.Min(analyse, a);
            factor = Math.Min(factor, f);
            solve = Math.Min(solve, s);
            refactor = Math.Min(refactor, Time(() => lu.Refactor(values)));
        }

        Console.WriteLine(FormattableString.Invariant(
            $"{name,-14} n {pattern.Size,6}  nonzeros {pattern.Count,7}  factors {lu.FactorCount,8}  analyse {analyse:F2}  factor {factor:F2}  refactor {refactor:F3}  solve {solve:F3}  first time {first:F1} ms"));
    }

    private static double Time(Action work)
    {
        long start = Stopwatch.GetTimestamp();
        work();
        return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
    }
}
