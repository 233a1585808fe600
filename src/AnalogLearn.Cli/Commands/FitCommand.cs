using System.CommandLine;
using System.Globalization;
using AnalogLearn.Fitting;
using AnalogLearn.Netlist;
using AnalogLearn.Studies;

namespace AnalogLearn.Cli.Commands;

/// <summary><c>fit pulses|iv|retention|array data.csv</c>: from a measurement to a device's card, with standard errors and residuals.</summary>
internal static class FitCommand
{
    private const string Kinds = "pulses, iv, retention or array";

    public static Command Make(Terminal terminal, CommonOptions common)
    {
        var command = new Command("fit", "From a measurement (csv) to a device's card: numbers with standard errors, a library, a plot of residuals");
        var kind = new Argument<string>("kind") { Description = "pulses (device,direction,g), iv (v,i), retention (device,t,g) or array (device,target,g): the columns each needs, SI units; direction is up or down, 1 or -1; device is a number or a name, and optional" };
        var file = new Argument<string>("data") { Description = "The measurement, a csv whose first line names its columns" };
        var law = new Option<string>("--law") { Description = "Of pulses: " + string.Join(", ", PulseFit.Laws), DefaultValueFactory = _ => "softbounds", HelpName = "LAW" };
        var name = new Option<string>("--name") { Description = "What the card is called", DefaultValueFactory = _ => "fitted", HelpName = "NAME" };
        var least = new Option<double?>("--gmin") { Description = "gmin [S], instead of the least conductance in the data" };
        var most = new Option<double?>("--gmax") { Description = "gmax [S], instead of the largest conductance in the data" };
        var origin = new Option<double>("--t0") { Description = "Of retention: t0 [s]", DefaultValueFactory = _ => 1 };
        var degree = new Option<int?>("--degree") { Description = "Of iv and array: the polynomial's degree (3 and 2)" };
        command.Add(kind);
        command.Add(file);
        foreach (Option option in new Option[] { law, name, least, most, origin, degree })
            command.Add(option);
        command.SetAction(parsed =>
        {
            var problems = new DiagnosticBag();
            RunSettings settings = common.Settings(parsed, problems);
            string what = parsed.GetValue(kind)!.ToLowerInvariant(), path = parsed.GetValue(file)!, called = parsed.GetValue(name)!.ToLowerInvariant();
            if (what is not ("pulses" or "iv" or "retention" or "array"))
                problems.Error(Codes.BadValue, SourceSpan.None, $"'{what}' is nothing to fit", NameSuggestion.Nearest(what, ["pulses", "iv", "retention", "array"]) is { } near ? $"did you mean '{near}'?" : "write " + Kinds);
            MeasuredTable? table = problems.HasErrors ? null : MeasuredTable.Read(path, problems);
            Fit? fit = table is null ? null : what switch
            {
                "pulses" => PulseFit.Of(table, parsed.GetValue(law)!.ToLowerInvariant(), (parsed.GetValue(least) ?? double.NaN, parsed.GetValue(most) ?? double.NaN), problems),
                "iv" => CurrentFit.Of(table, parsed.GetValue(degree) ?? 3, problems),
                "retention" => RetentionFit.Of(table, parsed.GetValue(origin), problems),
                _ => ArrayFit.Of(table, parsed.GetValue(most) ?? double.NaN, parsed.GetValue(degree) ?? 2, problems),
            };
            if (fit is null || problems.HasErrors)
                return Failure.Tell(terminal, common.Json(parsed), "fit", problems);
            var room = new RunFolder(settings.Folder ?? Path.Combine("out", "fit-" + called));
            string library = fit.ToLibrary(called, Path.GetFileName(path));
            room.WriteText(called + ".lib", library);
            room.WriteText("fit.csv", fit.ToCsv());
            string[] plots = [.. FigureFiles.Save(room, fit.Draw(called))];
            if (common.Json(parsed))
            {
                terminal.Output.WriteLine(new RunRecord
                {
                    Command = "fit",
                    Out = room.Path,
                    Plots = [.. plots],
                    Measures = fit.Numbers.ToDictionary(n => n.Name, n => n.Value).Concat(fit.Numbers.ToDictionary(n => n.Name + " (standard error)", n => n.Error)).Append(new("residual", fit.Residual)).ToDictionary(p => p.Key, p => p.Value),
                    Diagnostics = [.. problems.Select(DiagnosticRecord.Of)],
                }.ToJson());
                return 0;
            }

            foreach (Diagnostic warning in problems)
                terminal.Error.WriteLine(warning.Headline);
            foreach (FittedNumber number in fit.Numbers)
                terminal.Output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {number.Name,-42} {number.Value,14:g6} ± {number.ErrorText,-9} {number.Unit}").TrimEnd());
            terminal.Output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  residual {fit.Residual:g4} {fit.Axes.Y.Unit} over {Amount.Of(fit.Points.Length, "point")} of {fit.Devices} device{(fit.Devices == 1 ? string.Empty : "s")}"));
            terminal.Output.WriteLine();
            terminal.Output.Write(library);
            terminal.Output.WriteLine();
            terminal.Output.WriteLine($"{room.PathOf(called + ".lib")}, fit.csv and {string.Join(", ", plots)} are written");
            return 0;
        });
        return command;
    }
}
