using System.CommandLine;
using AnalogLearn.Data;
using AnalogLearn.Netlist;
using AnalogLearn.Studies;

namespace AnalogLearn.Cli.Commands;

/// <summary><c>data list|show|fetch</c>: which data sets there are, what they look like, and how to get them.</summary>
internal sealed class DataCommands(Terminal terminal, CommonOptions common, CancellationToken interrupt)
{
    public Command Make()
    {
        var command = new Command("data", "List, show and fetch data sets");
        command.Add(List());
        command.Add(Show());
        command.Add(new DataFetchCommand(terminal, common, interrupt).Make());
        return command;
    }

    private static DataRequest WithDirectories(DataRequest request, IEnumerable<string> directories) => request with { DataDirectories = [.. directories] };

    private Command List()
    {
        var command = new Command("list", "The kinds of data set, and which public ones are at hand");
        command.SetAction(parsed =>
        {
            var diagnostics = new DiagnosticBag();
            string[] directories = [.. DataLocations.Directories(WithDirectories(new DataRequest("idx"), common.DataDirectories(parsed)))];
            if (common.Json(parsed))
                return Failure.Tell(terminal, json: true, "data list", diagnostics, RunStatus.Done);
            TextWriter output = terminal.Output;
            output.WriteLine("Kinds (.dataset name kind(...) input=bus target=bus):");
            foreach (IDataSource source in DataSources.All)
            {
                output.WriteLine($"  {source.Kind,-8} {source.Summary}");
                foreach (DataParameter parameter in source.Parameters)
                    output.WriteLine($"           {parameter.Name}: {parameter.Summary}");
            }

            output.WriteLine();
            output.WriteLine("Public data sets (looked for in " + string.Join(", ", directories) + "):");
            foreach (PublicDataSet set in PublicDataSet.All)
            {
                string? place = directories
                    .SelectMany(d => set.Folders.Select(f => Path.Combine(d, f)).Append(d))
                    .FirstOrDefault(d => set.Files.All(f => File.Exists(Path.Combine(d, f.Name)) || File.Exists(Path.Combine(d, f.Compressed))));
                output.WriteLine($"  {set.Name,-8} {set.Title}: {(place is null ? $"not here; analoglearn data fetch {set.Name}" : "in " + place)}");
            }

            return 0;
        });
        return command;
    }

    private Command Show()
    {
        var command = new Command("show", "Counts and examples of a data set: a kind (digits, xor), a public set (mnist, fashion) or the data set of a deck");
        var what = new Argument<string>("what") { Description = "digits, mnist, fashion, or a netlist (.cir)" };
        var example = new Option<int>("--example") { Description = "The first example to show", HelpName = "N" };
        var count = new Option<int>("--count") { Description = "How many examples to show", HelpName = "N", DefaultValueFactory = _ => 3 };
        command.Add(what);
        command.Add(example);
        command.Add(count);
        command.SetAction(parsed =>
        {
            var problems = new DiagnosticBag();
            DataSet? data = Load(parsed, parsed.GetValue(what)!, problems);
            if (data is null)
                return Failure.Tell(terminal, common.Json(parsed), "data show", problems);
            if (common.Json(parsed))
            {
                terminal.Output.WriteLine(new RunRecord
                {
                    Command = "data show",
                    Data = data.Name,
                    Measures = new Dictionary<string, double>
                    {
                        ["train"] = data.Train.Count,
                        ["test"] = data.Test.Count,
                        ["inputs"] = data.Train.InputWidth,
                        ["targets"] = data.Train.TargetWidth,
                    },
                    DataFiles = [.. data.Files.Select(f => new FileRecord(f.Path, f.Sha256))],
                }.ToJson());
                return 0;
            }

            terminal.Output.Write(DataPreview.Summary(data));
            int first = Math.Max(0, parsed.GetValue(example));
            for (int k = first; k < Math.Min(data.Train.Count, first + parsed.GetValue(count)); k++)
            {
                terminal.Output.WriteLine();
                terminal.Output.Write(DataPreview.Example(data.Train, k));
            }

            return 0;
        });
        return command;
    }

    private DataSet? Load(ParseResult parsed, string what, DiagnosticBag problems)
    {
        if (what.EndsWith(".cir", StringComparison.OrdinalIgnoreCase) || File.Exists(what))
        {
            RunSettings settings = common.Settings(parsed, problems);
            if (problems.HasErrors)
                return null;
            DeckRun run = DeckRun.Open(what, settings);
            run.Bind();
            foreach (Diagnostic diagnostic in run.Diagnostics)
                problems.Add(diagnostic);
            if (run.Learner is not null && run.Data is null)
                problems.Error("AL0985", SourceSpan.None, $"'{what}' has no .dataset card");
            return run.Data;
        }

        DataRequest request = PublicDataSet.Find(what) is { } set
            ? new DataRequest("idx") { Arguments = [new DataArgument(null, new DataText(set.Name))] }
            : new DataRequest(what.ToLowerInvariant());
        DataOutcome outcome = DataSources.Load(WithDirectories(request, common.DataDirectories(parsed)) with { Seed = common.Seed(parsed, problems) ?? 1 });
        foreach (DataProblem problem in outcome.Problems)
            problems.Error("AL0986", SourceSpan.None, problem.Message, problem.Fix);
        return outcome.Data;
    }
}
