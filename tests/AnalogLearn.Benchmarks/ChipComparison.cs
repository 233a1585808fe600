using System.Diagnostics;
using System.Globalization;
using AnalogLearn.Benchmarks.Spice;

namespace AnalogLearn.Benchmarks;

/// <summary>
/// <c>--quick chips</c>: a study of chips of a 196-64-10 network with feedback, whole processes on one thread and on all, beside a straightforward numpy program
/// (yardsticks/chips_numpy.py) that infers as many digits with as many weights of its own, in turns; the least of each time counts. Then chips that are trained in place.
/// </summary>
internal static class ChipComparison
{
    private const int Examples = 10_000;

    private const int Steps = 20;

    /// <summary>Runs the comparison.</summary>
    /// <param name="arguments">The arguments behind <c>--quick chips</c>: <c>--chips N</c>, <c>--digits N</c> (learned by each), <c>--only infer|learn</c>, <c>--runs N</c>, <c>--program path</c>, <c>--python path</c>.</param>
    /// <returns>The exit status.</returns>
    public static int Run(ReadOnlySpan<string> arguments)
    {
        int chips = 60, runs = 3, digits = 1000;
        string? only = null;
        string? program = SpiceComparison.BuiltProgram(), python = ChildProcess.Find("python3");
        for (int k = 0; k < arguments.Length; k += 2)
        {
            string? next = k + 1 < arguments.Length ? arguments[k + 1] : null;
            switch (arguments[k])
            {
                case "--chips" when int.TryParse(next, NumberStyles.None, CultureInfo.InvariantCulture, out chips) && chips > 0:
                case "--runs" when int.TryParse(next, NumberStyles.None, CultureInfo.InvariantCulture, out runs) && runs > 0:
                case "--digits" when int.TryParse(next, NumberStyles.None, CultureInfo.InvariantCulture, out digits) && digits > 0:
                    break;
                case "--only" when next is "infer" or "learn":
                    only = next;
                    break;
                case "--program" when next is not null:
                    program = Path.GetFullPath(next);
                    break;
                case "--python" when next is not null:
                    python = next;
                    break;
                default:
                    Console.Error.WriteLine($"'{arguments[k]}' is not understood: --quick chips [--chips N] [--digits N] [--only infer|learn] [--runs N] [--program <analoglearn>] [--python <python3 with numpy>]");
                    return 2;
            }
        }

        if (program is null || !File.Exists(program))
        {
            Console.Error.WriteLine($"{program ?? "the program"} is not there: build src/AnalogLearn.Cli, or say --program <path>");
            return 2;
        }

        DirectoryInfo folder = Directory.CreateTempSubdirectory("analoglearn-chips-");
        try
        {
            string infer = Deck(folder, "infer", chips, train: 20, Examples, epochs: 0);
            string learn = Deck(folder, "learn", chips, digits, 500, epochs: 1);
            string one = Deck(folder, "one", 1, train: 20, Examples, epochs: 0);
            string script = Yardstick("chips_numpy.py");
            int cores = Environment.ProcessorCount;
            var times = new Dictionary<string, double>(StringComparer.Ordinal);
            for (int run = 0; run < runs; run++)
            {
                Take(times, "start", () => Ours(program, one, folder, 1));
                foreach (string what in (string[])["infer", "learn"])
                {
                    if (only is not null && only != what)
                        continue;
                    Take(times, what + " 1", () => Ours(program, what == "infer" ? infer : learn, folder, 1));
                    Take(times, what + " n", () => Ours(program, what == "infer" ? infer : learn, folder, cores));
                }

                if (python is null || only == "learn")
                    continue;
                Take(times, "numpy", () => Numpy(python, script, chips, 1));
                Take(times, "numpies", () => Numpy(python, script, chips, cores));
            }

            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{chips} chips of 196-64-10, least of {runs} runs, whole processes; reading the deck, drawing the digits and the first chip take {times["start"]:0.00} s"));
            Tell("infer", string.Create(CultureInfo.InvariantCulture, $"{Examples} digits inferred by each ({Steps} steps):  "));
            Tell("learn", string.Create(CultureInfo.InvariantCulture, $"{digits} digits learned in place by each:"));
            if (times.TryGetValue("numpy", out double numpy))
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"numpy, the same inference: one process {chips / numpy:0.0} chips/s, {cores} side by side {chips / times["numpies"]:0.0} chips/s; ours is {numpy / times["infer n"]:0.0} and {times["numpies"] / times["infer n"]:0.0} times as fast"));
            else if (only != "learn")
                Console.WriteLine("PYTHON IS NOT INSTALLED: nothing to compare with.");
            return 0;

            void Tell(string what, string title)
            {
                if (!times.TryGetValue(what + " 1", out double one))
                    return;
                // What is done once, before the first chip, is not the study's to divide; the second figure counts it nevertheless.
                double all = times[what + " n"], start = times["start"];
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{title} one thread {one:0.0} s, {chips / one:0.0} chips/s   {cores} threads {all:0.0} s, {chips / all:0.0} chips/s   efficiency {(one - start) / (cores * (all - start)):0.0 %}, of whole processes {one / (cores * all):0.0 %}"));
            }
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static void Take(Dictionary<string, double> times, string name, Func<double> run) => times[name] = Math.Min(times.GetValueOrDefault(name, double.PositiveInfinity), run());

    private static double Ours(string program, string deck, DirectoryInfo folder, int threads)
    {
        string output = Path.Combine(folder.FullName, "out");
        ChildRun run = ChildProcess.Run(program, ["mc", deck, "--threads", threads.ToString(CultureInfo.InvariantCulture), "--quiet", "--fresh", "--out", output]);
        if (run.ExitCode != 0)
            throw new InvalidOperationException(run.Errors);
        return run.Wall;
    }

    private static double Numpy(string python, string script, int chips, int processes)
    {
        long begin = Stopwatch.GetTimestamp();
        Process[] all = [.. Enumerable.Range(0, processes).Select(k => Process.Start(new ProcessStartInfo(python, [script, ((chips + k) / processes).ToString(CultureInfo.InvariantCulture), Examples.ToString(CultureInfo.InvariantCulture), Steps.ToString(CultureInfo.InvariantCulture), "1000"]) { RedirectStandardOutput = true, Environment = { ["OPENBLAS_NUM_THREADS"] = processes > 1 ? "1" : Environment.ProcessorCount.ToString(CultureInfo.InvariantCulture) } })!)];
        foreach (Process process in all)
        {
            process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            if (process.ExitCode != 0)
                throw new InvalidOperationException("the yardstick needs numpy");
            process.Dispose();
        }

        return Stopwatch.GetElapsedTime(begin).TotalSeconds;
    }

    private static string Deck(DirectoryInfo folder, string name, int chips, int train, int test, int epochs)
    {
        string path = Path.Combine(folder.FullName, name + ".cir");
        File.WriteAllText(path, string.Create(CultureInfo.InvariantCulture, $"""
            chips of 196-64-10
            .model cell neuron(c=1n g=1u rho=hardsigmoid clip=0,1 vos=0 DEV=20m)
            .model w    synapse(init=glorot gmin=0 gmax=2u DEV=5%)
            Nx  x[0:195] input
            Nh  h[0:63] cell
            Ny  y[0:9]  cell
            Yxh x h w
            Yhy h y w
            Yyh y h w
            .dataset digits digits(size=14) input=x target=y train={train} test={test}
            .learn eqprop(beta=0.5 free={Steps / 2}m nudge=5m) out=y rate Yxh=0.5 Yhy=0.2 Yyh=0.02
            .train epochs={epochs} batch=20 seed=1
            .measure train acc param='test_accuracy'
            .mc {chips} seed=3
            """));
        return path;
    }

    /// <summary>Where a script of the folder yardsticks lies.</summary>
    internal static string Yardstick(string script)
    {
        string name = "tests/AnalogLearn.Benchmarks/yardsticks/" + script;
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            string path = Path.Combine(folder.FullName, name);
            if (File.Exists(path))
                return path;
        }

        throw new FileNotFoundException(name);
    }
}
