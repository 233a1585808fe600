using System.CommandLine;
using AnalogLearn.Netlist;
using AnalogLearn.Plots;
using AnalogLearn.Studies;

namespace AnalogLearn.Cli.Commands;

/// <summary><c>plot FOLDER</c>: draws the figures of a finished run again from what its folder holds.</summary>
internal static class PlotCommand
{
    public static Command Make(Terminal terminal, CommonOptions common)
    {
        var command = new Command("plot", "Draw the figures of a finished run again, from its folder");
        var what = new Argument<string>("folder") { Description = "The run's folder, or the netlist (.cir) that it is of" };
        var format = new Option<string?>("--format") { Description = "svg; png or pdf when built with OxyPlot", HelpName = "svg|png|pdf" };
        command.Add(what);
        command.Add(format);
        command.SetAction(parsed =>
        {
            var problems = new DiagnosticBag();
            string path = parsed.GetValue(what)!;
            RunSettings settings = common.Settings(parsed, problems);
            string folder = Directory.Exists(path) ? path : settings.Folder ?? Path.Combine("out", Path.GetFileNameWithoutExtension(path));
            string file = Path.Combine(folder, "run.json");
            string? extension = parsed.GetValue(format) is { } word ? "." + word.TrimStart('.').ToLowerInvariant() : null;
            if (extension is not null && FigureBackends.For(extension) is null)
                problems.Error("AL0987", SourceSpan.None, $"this program cannot write '{extension[1..]}'", extension is ".png" or ".pdf" ? "build it with -p:WithOxyPlot=true" : "formats: svg");
            RunRecord? record = File.Exists(file) ? RunRecord.FromJson(File.ReadAllText(file)) : null;
            if (record is null && !problems.HasErrors)
                problems.Error("AL0987", SourceSpan.None, File.Exists(file) ? $"'{file}' is no record of a run" : $"there is no run in '{folder}'", $"run the deck first: analoglearn run {path}");
            if (problems.HasErrors)
                return Failure.Tell(terminal, common.Json(parsed), "plot", problems);
            var room = new RunFolder(folder);
            string[] written = [.. RunFigures.Of(room, record!).Draw().SelectMany(figure => FigureFiles.Save(room, figure, extension))];
            if (common.Json(parsed))
            {
                terminal.Output.WriteLine((record! with { Command = "plot", Plots = [.. written] }).ToJson());
                return 0;
            }

            if (written.Length == 0)
                terminal.Error.WriteLine($"nothing in {folder} is drawn anew: weights, training and comparisons are, waveforms and .plot figures when the deck runs");
            foreach (string name in written)
                terminal.Output.WriteLine(room.PathOf(name));
            return 0;
        });
        return command;
    }
}
