using System.CommandLine;
using System.Globalization;
using AnalogLearn.Data;
using AnalogLearn.Netlist;
using AnalogLearn.Studies;

namespace AnalogLearn.Cli.Commands;

/// <summary><c>data fetch</c>: downloads a public data set.</summary>
internal sealed class DataFetchCommand(Terminal terminal, CommonOptions common, CancellationToken interrupt)
{
    public Command Make()
    {
        var command = new Command("fetch", "Download a public data set, checked against its published hash");
        var what = new Argument<string>("set") { Description = string.Join(", ", PublicDataSet.All.Select(s => s.Name)) };
        var mirror = new Option<string?>("--mirror") { Description = $"A mirror's address (default: {DataFetcher.MirrorVariable}, else the set's own)", HelpName = "URL" };
        command.Add(what);
        command.Add(mirror);
        command.SetAction(parsed =>
        {
            var problems = new DiagnosticBag();
            string name = parsed.GetValue(what)!;
            if (PublicDataSet.Find(name) is not { } set)
            {
                string[] known = [.. PublicDataSet.All.Select(s => s.Name)];
                problems.Error("AL0985", SourceSpan.None, $"there is no public data set '{name}'", NameSuggestion.Nearest(name, known) is { } near ? $"did you mean '{near}'?" : $"there are: {string.Join(", ", known)}");
                return Failure.Tell(terminal, common.Json(parsed), "data fetch", problems);
            }

            return Fetch(parsed, set, parsed.GetValue(mirror), problems);
        });
        return command;
    }

    private int Fetch(ParseResult parsed, PublicDataSet set, string? mirror, DiagnosticBag problems)
    {
        using var client = new HttpClient();
        var shown = System.Diagnostics.Stopwatch.StartNew();
        var progress = new Reporter(p =>
        {
            if (terminal.IsQuiet || (shown.Elapsed.TotalSeconds < 2 && p.Bytes != p.Total))
                return;
            shown.Restart();
            string total = p.Total is { } all ? string.Create(CultureInfo.InvariantCulture, $" of {all / 1e6:0.0}") : string.Empty;
            terminal.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{p.File} ({p.Index + 1}/{p.FileCount}): {p.Bytes / 1e6:0.0}{total} MB"));
        });
        FetchOutcome outcome;
        try
        {
            outcome = new DataFetcher(client).FetchAsync(set, mirror, common.DataDirectories(parsed).FirstOrDefault(), progress, interrupt).GetAwaiter().GetResult();
        }
        catch (OperationCanceledException) when (interrupt.IsCancellationRequested)
        {
            terminal.Error.WriteLine("interrupted; the same command goes on from here");
            return (int)RunStatus.Interrupted;
        }

        foreach (DataProblem problem in outcome.Problems)
            problems.Error("AL0986", SourceSpan.None, problem.Message, problem.Fix);
        if (!common.Json(parsed))
        {
            foreach (FetchedFile file in outcome.Files)
                terminal.Output.WriteLine($"{file.Path}{(file.WasPresent ? " (was there)" : string.Empty)}");
        }

        RunStatus status = outcome.Succeeded ? RunStatus.Done : outcome.Problems.Any(p => p.ArgumentName is not null) ? RunStatus.BadInput : RunStatus.NotSimulated;
        return Failure.Tell(terminal, common.Json(parsed), "data fetch", problems, status);
    }

    private sealed class Reporter(Action<FetchProgress> report) : IProgress<FetchProgress>
    {
        public void Report(FetchProgress value) => report(value);
    }
}
