using System.Diagnostics;
using AnalogLearn.Learning;
using AnalogLearn.Numerics;
using AnalogLearn.Simulation;
using BenchmarkDotNet.Attributes;

namespace AnalogLearn.Benchmarks;

/// <summary>
/// One Euler step of settling of the paper's network, fused kernels against a plain loop over the same numbers. <c>--quick settle</c> prints the same as
/// GFLOP/s and as a share of the machine's measured peak of fused multiply-adds.
/// </summary>
[MemoryDiagnoser]
public class SettleBenchmarks
{
    private const int Steps = 50;

    private PaperNetwork _network = null!;
    private Settler<float> _settler = null!;
    private SettleOptions _options = null!;

    [Params(1, 20, 200)]
    public int Batch { get; set; }

    [Params(1, 2)]
    public int Threads { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _network = new PaperNetwork(Batch);
        _settler = new Settler<float>(_network.Field);
        _options = new SettleOptions { MaximumSteps = Steps, MeasureLast = false, ThreadCount = Threads };
    }

    [Benchmark(OperationsPerInvoke = Steps)]
    public double Fused()
    {
        _network.State.Span.Clear();
        return _settler.Settle(_network.State, _options).LargestResidual;
    }

    /// <summary>One step of the same by three nested loops, one thread.</summary>
    [Benchmark(Baseline = true)]
    public float Plain() => PlainStep(_network);

    internal static float PlainStep(PaperNetwork network)
    {
        RateField<float> field = network.Field;
        float largest = 0;
        float[] mu = new float[network.Network.StateCount];
        for (int e = 0; e < network.Batch; e++)
        {
            Span<float> s = network.State.Row(e);
            mu.AsSpan().Clear();
            foreach (RateConnection c in network.Network.Connections)
            {
                if (c.Pre is null)
                    continue;
                float[] w = field.Theta.Blocks[c.Block];
                for (int i = 0; i < c.Post.Width; i++)
                {
                    float sum = 0;
                    for (int j = 0; j < c.Pre.Width; j++)
                        sum += w[(i * c.Pre.Width) + j] * s[c.Pre.Offset + j];
                    mu[c.Post.Offset + i] += sum;
                }
            }

            for (int i = 0; i < s.Length; i++)
            {
                largest = Math.Max(largest, Math.Abs(mu[i] - s[i]));
                s[i] = Math.Clamp(s[i] + (0.5f * (mu[i] - s[i])), 0, 1);
            }
        }

        return largest;
    }

    /// <summary>Best of some runs: seconds of the wall clock, and seconds of the processor.</summary>
    private static (double Wall, double Processor) Best(int runs, Action run)
    {
        using var process = Process.GetCurrentProcess();
        double wall = double.MaxValue, processor = double.MaxValue;
        run();
        for (int k = 0; k < runs; k++)
        {
            process.Refresh();
            TimeSpan before = process.TotalProcessorTime;
            long start = Stopwatch.GetTimestamp();
            run();
            wall = Math.Min(wall, Stopwatch.GetElapsedTime(start).TotalSeconds);
            process.Refresh();
            processor = Math.Min(processor, (process.TotalProcessorTime - before).TotalSeconds);
        }

        return (wall, processor);
    }

    /// <summary>The quick form: a table in a minute.</summary>
    internal static void Quick()
    {
        FmaPeak single = FmaPeak.Measure();
        Console.WriteLine($"peak of fused multiply-adds, single precision: one core {single.OneCore:F1}, {single.Cores} cores {single.AllCores:F1} GFLOP/s ({single.Width})");
        Console.WriteLine();
        Console.WriteLine("settling, 784-512-512-10, 200 Euler steps (share of the peak of as many cores; by processor time: share of one core's peak)");
        Console.WriteLine("batch threads      ms   examples/s  GFLOP/s   peak   by processor time");
        foreach (int batch in (int[])[1, 20, 200])
        {
            var network = new PaperNetwork(batch);
            var settler = new Settler<float>(network.Field);
            for (int threads = 1; threads <= Math.Min(2, single.Cores); threads++)
            {
                var options = new SettleOptions { MaximumSteps = 200, MeasureLast = false, ThreadCount = threads };
                (double wall, double processor) = Best(Math.Max(6, 600 / batch), () =>
                {
                    network.State.Span.Clear();
                    settler.Settle(network.State, options);
                });
                double work = PaperNetwork.StepOperations * batch * 200 / 1e9;
                double peak = threads == 1 ? single.OneCore : single.AllCores;
                Console.WriteLine($"{batch,5} {threads,7} {1e3 * wall,7:F1} {batch / wall,12:F0} {work / wall,8:F1} {100 * work / wall / peak,5:F0} % {100 * work / processor / single.OneCore,10:F0} %");
            }

            (double plain, _) = Best(2, () => PlainStep(network));
            Console.WriteLine($"{batch,5}   plain loop, one step {1e3 * plain,7:F2} ms            {PaperNetwork.StepOperations * batch / plain / 1e9,6:F1}");
        }

        Console.WriteLine();
        Console.WriteLine("training by equilibrium propagation, 200 + 100 Euler steps, β = 1, update included");
        Console.WriteLine("batch threads      ms   examples/s  GFLOP/s   peak   by processor time");
        foreach (int batch in (int[])[20, 200])
        {
            for (int threads = 1; threads <= Math.Min(2, single.Cores); threads++)
            {
                var network = new PaperNetwork(batch);
                var readout = new Readout(network.Network.Bank("y"), 0, 10, Cost.Quadratic, CostOn.States);
                var options = new EquilibriumPropagationOptions
                {
                    Beta = 1,
                    Free = new SettleOptions { MaximumSteps = 200, ThreadCount = threads },
                    Nudged = new SettleOptions { MaximumSteps = 100, ThreadCount = threads },
                };
                var learner = new EquilibriumPropagation<float>(network.Field, readout, options);
                var optimizer = new GradientDescent<float>(network.Network.Layout);
                var direction = new ParameterSet<float>(network.Network.Layout);
                double[] rates = [.. network.Network.Layout.Blocks.Select(_ => 1e-4)];
                (double wall, double processor) = Best(Math.Max(5, 200 / batch), () =>
                {
                    network.State.Span.Clear();
                    learner.Learn(network.State, network.Targets, default, direction);
                    optimizer.Step(network.Field, direction, rates);
                });
                double work = PaperNetwork.StepOperations * batch * 300 / 1e9;
                double peak = threads == 1 ? single.OneCore : single.AllCores;
                Console.WriteLine($"{batch,5} {threads,7} {1e3 * wall,7:F1} {batch / wall,12:F0} {work / wall,8:F1} {100 * work / wall / peak,5:F0} % {100 * work / processor / single.OneCore,10:F0} %");
            }
        }
    }
}
