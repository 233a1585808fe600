using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using AnalogLearn.Netlist;
using AnalogLearn.Studies;

namespace AnalogLearn.Cli.Commands;

/// <summary>The commands of studies besides <c>mc</c>: merging shards, running a chip again, and a study on a cluster.</summary>
internal sealed class StudyCommands(Terminal terminal, CommonOptions common, CancellationToken interrupt)
{
    public Command Merge()
    {
        var command = new Command("merge", "Put the shards of a study together: study.db, chips.csv and run.json as the study in one piece leaves them");
        var places = new Argument<string[]>("folder or files") { Arity = ArgumentArity.OneOrMore, Description = "The run's folder, or study-k-of-n.db files" };
        command.Add(places);
        command.SetAction(parsed =>
        {
            var problems = new DiagnosticBag();
            RunSettings settings = common.Settings(parsed, problems);
            string[] given = parsed.GetValue(places) ?? [];
            ImmutableArray<string> files = StudyMerge.Find(given, problems);
            if (problems.HasErrors)
                return Failure.Tell(terminal, common.Json(parsed), "merge", problems);
            string folder = settings.Folder ?? (Directory.Exists(given[0]) ? given[0] : Path.GetDirectoryName(Path.GetFullPath(given[0])) ?? ".");
            return Merge(files, new RunFolder(folder), problems, common.Json(parsed), "merge", settings.Fresh);
        });
        return command;
    }

    public Command Replay()
    {
        var command = new Command("replay", "Run a chip of a study again (--chip K) and compare every measure with its row, to the last bit; saves the chip as chip-K.json and as a SPICE deck");
        var place = new Argument<string>("deck or folder") { Description = "The netlist (.cir), or the folder of its study" };
        command.Add(place);
        command.SetAction(parsed =>
        {
            var problems = new DiagnosticBag();
            RunSettings settings = common.Settings(parsed, problems);
            if (settings.Chip is not > 0)
                problems.Error("AL0983", SourceSpan.None, "replay wants the number of a chip", "write analoglearn replay netlists/mismatch-yield.cir --chip 3");
            ChipReplay? replay = null;
            if (!problems.HasErrors)
            {
                try
                {
                    replay = ChipReplay.Of(parsed.GetValue(place) ?? string.Empty, settings.Chip!.Value, settings, problems, interrupt);
                }
                catch (OperationCanceledException) when (interrupt.IsCancellationRequested)
                {
                    return (int)RunStatus.Interrupted;
                }
            }

            if (replay is null)
                return Failure.Tell(terminal, common.Json(parsed), "replay", problems);
            terminal.Tell(problems);
            RunStatus status = problems.HasErrors ? RunStatus.NotSimulated : RunStatus.Done;
            if (common.Json(parsed))
            {
                RunRecord record = replay.Run.Conclude("replay", status);
                terminal.Output.WriteLine((record with
                {
                    Chip = replay.Chip,
                    Measures = replay.Measures.DistinctBy(m => m.Name).ToDictionary(m => m.Name, m => m.Value, StringComparer.Ordinal),
                    Checks = [.. replay.Measures.Select(m => new MeasureRecord(m.Name, m.Value, m.IsSame, m.IsSame ? null : string.Create(CultureInfo.InvariantCulture, $"the study has {m.Stored:R}")))],
                    Diagnostics = [.. problems.Select(DiagnosticRecord.Of)],
                }).ToJson());
            }
            else
            {
                Print(replay);
            }

            return (int)status;
        });
        return command;
    }

    /// <summary>Runs a study on a cluster and merges what comes back.</summary>
    /// <param name="run">The deck, made ready.</param>
    /// <param name="shards">How many shards.</param>
    /// <param name="options">Options of sbatch.</param>
    /// <param name="settings">What was said besides.</param>
    /// <param name="json">Whether to print JSON.</param>
    public int OnSlurm(DeckRun run, int shards, string options, RunSettings settings, bool json)
    {
        if (run.FingerprintOfStudy() is not { } fingerprint)
            return Failure.Tell(terminal, json, "mc", run.Diagnostics);
        DiagnosticBag problems = run.Diagnostics;
        var array = new SlurmArray
        {
            Folder = run.Folder,
            Name = run.Name,
            Command = [.. ThisProgram(), .. Words(run, settings)],
            Shards = shards,
            Options = SlurmArray.Words(options),
        };
        bool done = array.Run(fingerprint, settings.Fresh, new ProgressObserver(terminal), problems, interrupt);
        if (!done)
            return Failure.Tell(terminal, json, "mc", problems, interrupt.IsCancellationRequested ? RunStatus.Interrupted : RunStatus.NotSimulated);
        ImmutableArray<string> files = [.. Enumerable.Range(1, shards).Select(k => run.Folder.PathOf(new StudyShard(k, shards).FileName)).Where(File.Exists)];
        if (files.IsEmpty)
            return Failure.Tell(terminal, json, "mc", problems, RunStatus.NotSimulated);
        return Merge(files, run.Folder, problems, json, "mc", settings.Fresh);
    }

    private int Merge(ImmutableArray<string> files, RunFolder folder, DiagnosticBag problems, bool json, string command, bool fresh)
    {
        if (StudyMerge.Run(files, folder, problems, fresh) is not { Record: var record } merged)
            return Failure.Tell(terminal, json, command, problems);
        terminal.Tell(problems);
        if (json)
        {
            RunCommands.PrintJson(terminal, record);
        }
        else
        {
            terminal.Output.WriteLine(record.Title);
            terminal.Output.WriteLine();
            RunCommands.PrintChips(terminal.Output, record.Chips, record.Yields, record.Yield, merged.Words);
            terminal.Output.Write(ModeComparison.ToTable(record.Modes));
            foreach (string table in merged.Printed)
            {
                terminal.Output.WriteLine();
                terminal.Output.Write(table);
            }

            terminal.Output.WriteLine();
            terminal.Output.WriteLine($"everything is in {folder.Path}");
        }

        return record.ExitCode;
    }

    private void Print(ChipReplay replay)
    {
        TextWriter output = terminal.Output;
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"chip {replay.Chip} again"));
        foreach (IGrouping<string, ReplayedMeasure> group in replay.Measures.GroupBy(m => m.Where, StringComparer.Ordinal))
        {
            if (group.Key.Length > 0)
                output.WriteLine(group.Key);
            foreach (ReplayedMeasure measure in group)
                output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {measure.Name} = {measure.Value:R}{(measure.IsSame ? string.Empty : string.Create(CultureInfo.InvariantCulture, $"   the study has {measure.Stored:R}"))}"));
        }

        int same = replay.Measures.Count(m => m.IsSame);
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{same} of {Amount.Of(replay.Measures.Count, "measure")} {(replay.Measures.Count == 1 ? "is" : "are")} the study's to the last bit"));
        foreach (string file in replay.Files)
            output.WriteLine(file);
    }

    /// <summary>How this very program is started: its own file, or the runtime with it.</summary>
    private static ImmutableArray<string> ThisProgram()
    {
        string process = Environment.ProcessPath ?? "analoglearn";
        return Path.GetFileNameWithoutExtension(process) == "dotnet" ? [process, Path.GetFullPath(Environment.GetCommandLineArgs()[0])] : [process];
    }

    private static IEnumerable<string> Words(DeckRun run, RunSettings settings)
    {
        List<string> words = ["mc", Path.GetFullPath(run.Deck!.Path), "--out", Path.GetFullPath(run.Folder.Path)];
        foreach ((string name, string value) in settings.Parameters.OrderBy(p => p.Key, StringComparer.Ordinal))
            words.AddRange(["--set", $"{name}={value}"]);
        if (settings.Seed is { } seed)
            words.AddRange(["--seed", seed.ToString(CultureInfo.InvariantCulture)]);
        if (settings.Engine != Circuits.EngineChoice.Auto)
            words.AddRange(["--engine", settings.Engine.ToString().ToLowerInvariant()]);
        foreach (string folder in settings.DataDirectories)
            words.AddRange(["--data", Path.GetFullPath(folder)]);
        return words;
    }
}
