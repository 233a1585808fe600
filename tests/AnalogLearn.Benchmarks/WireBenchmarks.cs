using System.Diagnostics;
using System.Globalization;
using AnalogLearn.Benchmarks.Spice;
using AnalogLearn.Numerics;
using AnalogLearn.Synapses;
using BenchmarkDotNet.Attributes;

namespace AnalogLearn.Benchmarks;

/// <summary>The wires of a crossbar, solved; <c>--quick wires</c> beside SciPy's SuperLU on the same network (yardsticks/wires_scipy.py).</summary>
public class WireBenchmarks
{
    private double[] _plus = [], _minus = [], _effectivePlus = [], _effectiveMinus = [];
    private CrossbarWires? _wires;

    /// <summary>Postsynaptic and presynaptic nodes.</summary>
    [Params("64 x 196", "128 x 128", "512 x 784")]
    public string Size { get; set; } = "64 x 196";

    /// <summary>Threads.</summary>
    [Params(1, 0)]
    public int Threads { get; set; }

    /// <summary>Makes an array of devices between 1 and 25 µS with 1 Ω a segment.</summary>
    [GlobalSetup]
    public void Setup()
    {
        int[] size = [.. Size.Split(" x ").Select(w => int.Parse(w, CultureInfo.InvariantCulture))];
        int count = size[0] * size[1];
        (_plus, _minus, _effectivePlus, _effectiveMinus) = (new double[count], new double[count], new double[count], new double[count]);
        CounterRandom.ForPath(3, "plus").FillUniform(_plus, 1e-6, 2.5e-5);
        CounterRandom.ForPath(3, "minus").FillUniform(_minus, 1e-6, 2.5e-5);
        _wires = new CrossbarWires(size[0], size[1], 1);
    }

    /// <summary>What every column collects of every row.</summary>
    [Benchmark]
    public double Solve()
    {
        _wires!.Solve(_plus, _minus, _effectivePlus, _effectiveMinus, Threads);
        return _effectivePlus[0];
    }

    /// <summary>The least of several times beside the yardstick's, in turns.</summary>
    /// <param name="python">A Python with SciPy, or null for the one on the search path.</param>
    internal static void Quick(string? python)
    {
        python ??= ChildProcess.Find("python3");
        string script = ChipComparison.Yardstick("wires_scipy.py");
        foreach (string size in new[] { "64 x 196", "128 x 128", "512 x 784" })
        {
            var ours = new WireBenchmarks { Size = size };
            ours.Setup();
            double least = double.PositiveInfinity, theirs = double.PositiveInfinity;
            for (int run = 0; run < 3; run++)
            {
                for (int k = 0; k < 10; k++)
                {
                    long begin = Stopwatch.GetTimestamp();
                    ours.Solve();
                    least = Math.Min(least, Stopwatch.GetElapsedTime(begin).TotalSeconds);
                }

                // SuperLU's solutions for the largest array fill the memory of a small machine.
                if (python is null || size == "512 x 784")
                    continue;
                ChildRun scipy = ChildProcess.Run(python, [script, .. size.Split(" x ")]);
                theirs = Math.Min(theirs, scipy.ExitCode == 0 ? double.Parse(scipy.Errors, CultureInfo.InvariantCulture) : double.PositiveInfinity);
            }

            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{size}: {1e3 * least:0.0} ms") + (double.IsFinite(theirs) ? string.Create(CultureInfo.InvariantCulture, $"   SuperLU {1e3 * theirs:0} ms: {theirs / least:0} times") : string.Empty));
        }
    }
}
