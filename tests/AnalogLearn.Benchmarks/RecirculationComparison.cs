using System.Diagnostics;
using System.Globalization;
using System.Numerics;
using AnalogLearn.Benchmarks.Spice;
using AnalogLearn.Circuits;
using AnalogLearn.Learning;
using AnalogLearn.Netlist;
using AnalogLearn.Studies;

namespace AnalogLearn.Benchmarks;

/// <summary>
/// <c>--quick recirculation</c>: epochs of recirculation of the paper's autoencoders beside the same epochs in PyTorch (yardsticks/torch_recirculation.py), in the same precision, with the cost of every batch, in turns, on one thread
/// and on all. Learning alone counts on both sides: no evaluation, no drawing of data, no start. Of each the least epoch and the median; times are those of 60,000 examples.
/// </summary>
internal static class RecirculationComparison
{
    private const string Usage = "--quick recirculation [--only lowrank|wide|deep] [--runs N] [--epochs N] [--python <python3 with torch>]";

    private const int Whole = 60_000;

    private static readonly Case[] Cases =
    [
        new("lowrank", [100, 20, 100], IsLinear: true, Whole, IsDouble: false),
        new("lowrank", [100, 20, 100], IsLinear: true, Whole, IsDouble: true),
        new("wide", [784, 20, 784], IsLinear: false, 6_000, IsDouble: false),
        new("deep", [784, 100, 20, 100, 784], IsLinear: false, 6_000, IsDouble: false),
    ];

    /// <summary>Runs the comparison.</summary>
    /// <param name="arguments">The arguments behind <c>--quick recirculation</c>.</param>
    /// <returns>The exit status.</returns>
    public static int Run(ReadOnlySpan<string> arguments)
    {
        int runs = 3, epochs = 8;
        string? python = ChildProcess.Find("python3"), only = null;
        for (int k = 0; k < arguments.Length; k += 2)
        {
            string? next = k + 1 < arguments.Length ? arguments[k + 1] : null;
            switch (arguments[k])
            {
                case "--runs" when int.TryParse(next, NumberStyles.None, CultureInfo.InvariantCulture, out runs) && runs > 0:
                case "--epochs" when int.TryParse(next, NumberStyles.None, CultureInfo.InvariantCulture, out epochs) && epochs > 0:
                    break;
                case "--python" when next is not null:
                    python = next;
                    break;
                case "--only" when Array.Exists(Cases, c => c.Name == next):
                    only = next;
                    break;
                default:
                    Console.Error.WriteLine($"'{arguments[k]}' is not understood: {Usage}");
                    return 2;
            }
        }

        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"epochs of recirculation, batches of 100, ms for {Whole} examples: least and median of {runs} runs of {epochs} epochs each, in turns"));
        foreach (Case c in Cases.Where(c => only is null || c.Name == only))
            Compare(c, runs, epochs, python);
        return 0;
    }

    private static void Compare(Case c, int runs, int epochs, string? python)
    {
        int cores = Environment.ProcessorCount;
        int[] threads = cores > 1 ? [1, cores] : [1];
        var ours = threads.ToDictionary(t => t, _ => new List<double>());
        var theirs = threads.ToDictionary(t => t, _ => new List<double>());
        foreach (int t in threads)
            Epochs(c, t, epochs);
        for (int run = 0; run < runs; run++)
        {
            foreach (int t in threads)
            {
                ours[t].AddRange(Epochs(c, t, epochs));
                if (python is not null && Torch(python, c, t, epochs) is { } seconds)
                    theirs[t].AddRange(seconds);
                else
                    python = null;
            }
        }

        Console.WriteLine($"{c.Name} {c.Widths}, {(c.IsLinear ? "linear" : "tanh, logistic")}, {(c.IsDouble ? "double" : "single")} precision");
        foreach (int t in threads)
        {
            string line = string.Create(CultureInfo.InvariantCulture, $"  {t} thread{(t == 1 ? " " : "s")}: {Of(c, ours[t])}");
            Console.WriteLine(python is null ? line : string.Create(CultureInfo.InvariantCulture, $"{line}   PyTorch {Of(c, theirs[t])}"));
        }

        if (python is null)
        {
            Console.WriteLine("  PYTHON WITH TORCH IS NOT INSTALLED: nothing to compare with.");
            return;
        }

        // Each side with as many threads as suit it best.
        double least = theirs.Values.Min(s => s.Min()) / ours.Values.Min(s => s.Min()), median = theirs.Values.Min(Median) / ours.Values.Min(Median);
        double usual = theirs.Values.Min(Median) / Median(ours[threads[^1]]);
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  each on its better number of threads: ours is {least:0.00} times as fast by the least, {median:0.00} by the median; ours on all cores against its better: {usual:0.00} by the median"));
    }

    private static string Of(Case c, List<double> seconds)
    {
        double scale = 1e3 * Whole / c.Examples;
        return string.Create(CultureInfo.InvariantCulture, $"{scale * seconds.Min(),7:0.0} {scale * Median(seconds),7:0.0}");
    }

    private static double Median(List<double> seconds) => seconds.Order().ElementAt(seconds.Count / 2);

    private static IEnumerable<double> Epochs(Case c, int threads, int epochs) => c.IsDouble ? Epochs<double>(c, threads, epochs) : Epochs<float>(c, threads, epochs);

    private static IEnumerable<double> Epochs<T>(Case c, int threads, int epochs)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var diagnostics = new DiagnosticBag();
        Experiment experiment = Experiment.Bind(DeckReader.Parse(c.Deck(epochs)).Deck!, new ExperimentSettings { ThreadCount = threads }, diagnostics)
            ?? throw new InvalidOperationException(string.Join('\n', diagnostics));
        Trainer<T> trainer = experiment.CreateTrainer<T>();
        if (trainer.Run() != TrainingEnd.Done)
            throw new InvalidOperationException(trainer.Trouble);
        return trainer.History.Skip(1).Select(r => r.Seconds);
    }

    private static double[]? Torch(string python, Case c, int threads, int epochs)
    {
        string script = ChipComparison.Yardstick("torch_recirculation.py");
        string Number(int n) => n.ToString(CultureInfo.InvariantCulture);
        using Process process = Process.Start(new ProcessStartInfo(python, [script, c.Widths, c.IsLinear ? "linear" : "tanh", Number(c.Examples), Number(epochs), Number(threads), c.IsDouble ? "double" : "float"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["OMP_NUM_THREADS"] = Number(threads), ["OPENBLAS_NUM_THREADS"] = Number(threads) },
        })!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string[] lines = process.StandardOutput.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        process.WaitForExit();
        _ = errors.Result;
        return process.ExitCode == 0 ? [.. lines.Select(l => double.Parse(l, CultureInfo.InvariantCulture))] : null;
    }

    /// <summary>An autoencoder and how many examples it learns.</summary>
    private sealed record Case(string Name, int[] Sizes, bool IsLinear, int Examples, bool IsDouble)
    {
        public string Widths => string.Join('-', Sizes);

        public string Deck(int epochs)
        {
            int depth = Sizes.Length - 1;
            IEnumerable<string> banks = Enumerable.Range(1, depth).Select(h => string.Create(CultureInfo.InvariantCulture, $"Nn{h} n{h}[0:{Sizes[h] - 1}] {(h < depth ? "hidden" : "output")}"));
            IEnumerable<string> arrays = Enumerable.Range(1, depth).Select(h => string.Create(CultureInfo.InvariantCulture, $"Yn{h} n{h - 1} n{h} w"));
            return string.Create(CultureInfo.InvariantCulture, $"""
                {Name}
                .model hidden neuron(form=rate rho={(IsLinear ? "linear" : "tanh")})
                .model output neuron(form=rate rho={(IsLinear ? "linear" : "logistic")})
                .model w synapse(init=glorot)
                Nn0 n0[0:{Sizes[0] - 1}] input
                {string.Join('\n', banks)}
                {string.Join('\n', arrays)}
                .dataset d {(IsLinear ? "lowrank(d=100 r=20)" : "digits(size=28)")} input=n0 target=n0 train={Examples} test=100
                .learn recirculation({(IsLinear ? string.Empty : "cost=binary")}) out=n{depth}
                .train epochs={epochs} batch=100 rate={(IsLinear ? "1m" : "0.01")} seed=1
                """);
        }
    }
}
