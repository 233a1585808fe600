using System.Globalization;

namespace AnalogLearn.Benchmarks.Spice;

/// <summary>
/// <c>--quick spice</c>: ngspice and this program on the same decks, whole processes from start to end, run in turns so that both see the machine alike; the least of each time counts.
/// Ratios are of processor time. Then what single parts of the nodal engine take, in this process.
/// </summary>
internal static class SpiceComparison
{
    private const string Usage = "--quick spice [--program <analoglearn>] [--decks <folder>] [--runs <N>] [--long] [--only <part of a name>]";

    /// <summary>Runs the comparison.</summary>
    /// <param name="arguments">The arguments behind <c>--quick spice</c>.</param>
    /// <returns>The exit status.</returns>
    public static int Run(ReadOnlySpan<string> arguments)
    {
        string? program = null;
        string? given = null;
        string only = string.Empty;
        int runs = 5;
        bool isLong = false;
        for (int k = 0; k < arguments.Length; k++)
        {
            string? next = k + 1 < arguments.Length ? arguments[k + 1] : null;
            switch (arguments[k])
            {
                case "--long":
                    isLong = true;
                    continue;
                case "--program" when next is not null:
                    program = Path.GetFullPath(next);
                    break;
                case "--decks" when next is not null:
                    given = Path.GetFullPath(next);
                    break;
                case "--only" when next is not null:
                    only = next;
                    break;
                case "--runs" when int.TryParse(next, NumberStyles.None, CultureInfo.InvariantCulture, out runs) && runs > 0:
                    break;
                default:
                    Console.Error.WriteLine($"'{arguments[k]}' is not understood: {Usage}");
                    return 2;
            }

            k++;
        }

        program ??= BuiltProgram();
        if (program is null || !File.Exists(program))
        {
            Console.Error.WriteLine($"{program ?? "the program"} is not there: build src/AnalogLearn.Cli, or say --program <path>");
            return 2;
        }

        string? spice = ChildProcess.Find("ngspice");
        if (spice is null)
            Console.WriteLine("NGSPICE IS NOT INSTALLED: its columns stay empty, there is nothing to compare with.\n");
        DirectoryInfo folder = Directory.CreateTempSubdirectory("analoglearn-spice-");
        try
        {
            bool done = Compare(program, spice, folder.FullName, given, only, runs, isLong);
            Console.WriteLine();
            NodalBenchmarks.Quick();
            return done ? 0 : 1;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static bool Compare(string program, string? spice, string folder, string? given, string only, int runs, bool isLong)
    {
        Console.WriteLine(FormattableString.Invariant($"{program}: seconds of the processor (of the wall clock), least of {runs} runs in turns{(given is null ? string.Empty : $"; decks of {given}")}"));
        Console.WriteLine("deck                  ngspice -b -r         analoglearn run       ratio");
        bool done = true;
        foreach (Contest contest in Contests(folder, given))
        {
            if (!contest.Name.Contains(only, StringComparison.Ordinal) || (contest.TakesMinutes && !isLong))
                continue;
            string theirs = Path.Combine(folder, contest.Name + ".cir");
            File.WriteAllText(theirs, contest.Deck());
            string ours = theirs;
            if (contest.OwnDeck is { } own)
            {
                ours = Path.Combine(folder, contest.Name + "-own.cir");
                File.WriteAllText(ours, own());
            }

            done &= Row(contest.Name, program, spice, ours, theirs, Path.Combine(folder, "out"), runs, contest.TakesMinutes ? 1 : runs);
        }

        return done;
    }

    private static bool Row(string name, string program, string? spice, string deck, string theirs, string output, int runs, int spiceRuns)
    {
        ChildRun? ours = null;
        ChildRun? other = null;
        for (int run = 0; run < runs; run++)
        {
            if (spice is not null && run < spiceRuns)
            {
                ChildRun took = ChildProcess.Run(spice, "-b", "-r", theirs + ".raw", theirs);
                if (took.ExitCode != 0)
                {
                    Console.WriteLine($"{name,-20} ngspice ended with {took.ExitCode}: {took.Errors.AsSpan().Trim()}");
                    return false;
                }

                other = other?.Best(took) ?? took;
            }

            ChildRun own = ChildProcess.Run(program, "run", deck, "--quiet", "--fresh", "--out", output);
            if (own.ExitCode != 0)
            {
                Console.WriteLine($"{name,-20} the program ended with {own.ExitCode}: {own.Errors.AsSpan().Trim()}");
                return false;
            }

            ours = ours?.Best(own) ?? own;
        }

        Console.WriteLine($"{name,-20} {Times(other),-21} {Times(ours),-21} {(other is { } a && ours is { } b ? (a.Processor / b.Processor).ToString("F1", CultureInfo.InvariantCulture) : string.Empty),5}");
        return true;
    }

    private static string Times(ChildRun? run) => run is { } r ? string.Create(CultureInfo.InvariantCulture, $"{r.Processor,8:F3} ({r.Wall:F3})") : "       –";

    private static IEnumerable<Contest> Contests(string folder, string? given)
    {
        foreach (int neurons in (int[])[64, 128, 256])
        {
            Func<string> elements = Deck($"rate_a2_{neurons}", () => BenchmarkDecks.Rate(neurons));
            yield return new($"rate_a2_{neurons}", elements);
            yield return new($"rate_bank_{neurons}", elements) { OwnDeck = () => BenchmarkDecks.RateBank(neurons, Path.Combine(folder, "w.npy"), Path.Combine(folder, "b.npy"), given) };
        }

        foreach (int[] widths in (int[][])[[100, 50, 10], [200, 100, 10], [784, 100, 10]])
        {
            string name = $"ep_{string.Join('-', widths)}";
            yield return new(name, Deck(name, () => BenchmarkDecks.ResistiveNetwork(widths)));
        }

        foreach (int side in (int[])[32, 64, 128])
            yield return new($"xbar_{side}", Deck($"xbar_{side}", () => BenchmarkDecks.Crossbar(side))) { TakesMinutes = side == 128 };

        Func<string> Deck(string name, Func<string> own) => given is null ? own : () => File.ReadAllText(Path.Combine(given, name + ".cir"));
    }

    /// <summary>The native program where it was published as the README says, or else the one that is built beside these benchmarks.</summary>
    internal static string? BuiltProgram()
    {
        string end = OperatingSystem.IsWindows() ? "analoglearn.exe" : "analoglearn";
        for (DirectoryInfo? at = new(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            if (!File.Exists(Path.Combine(at.FullName, "AnalogLearn.sln")))
                continue;
            string[] places = [Path.Combine(at.FullName, "out", "native", end), Path.Combine(at.FullName, "src", "AnalogLearn.Cli", "bin", "Release", "net10.0", end)];
            return places.FirstOrDefault(File.Exists) ?? places[1];
        }

        return null;
    }

    /// <summary>A deck for both programs.</summary>
    /// <param name="Name">What the row is called.</param>
    /// <param name="Deck">Its text.</param>
    private sealed record Contest(string Name, Func<string> Deck)
    {
        /// <summary>The deck that this program runs instead, or null.</summary>
        public Func<string>? OwnDeck { get; init; }

        /// <summary>Whether ngspice takes minutes.</summary>
        public bool TakesMinutes { get; init; }
    }
}
