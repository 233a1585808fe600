using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using AnalogLearn.Netlist;
using AnalogLearn.Plots;
using AnalogLearn.Studies;

namespace AnalogLearn.Cli.Commands;

/// <summary><c>devices list|show|plot</c>: the cards of the device libraries, their numbers and their curves.</summary>
internal sealed class DevicesCommands(Terminal terminal, CommonOptions common)
{
    private readonly Option<string?> _folder = new("--from") { Description = "The folder of the libraries, instead of the program's own", HelpName = "DIR", Recursive = true };

    public Command Make()
    {
        var command = new Command("devices", "List, show and plot the cards of the device libraries");
        command.Add(_folder);
        command.Add(List());
        command.Add(Show());
        command.Add(Plot());
        return command;
    }

    private Command List()
    {
        var command = new Command("list", "Every card: its library, what it is, where its numbers come from");
        command.SetAction(parsed =>
        {
            var problems = new DiagnosticBag();
            ImmutableArray<DeviceEntry> entries = Read(parsed, problems);
            if (problems.HasErrors)
                return Failure.Tell(terminal, common.Json(parsed), "devices list", problems);
            if (common.Json(parsed))
            {
                terminal.Output.WriteLine(new RunRecord { Command = "devices list", Devices = [.. entries.Select(e => DeviceRecord.Of(e, whole: false))] }.ToJson());
                return 0;
            }

            foreach (IGrouping<string, DeviceEntry> family in entries.GroupBy(e => e.Family, StringComparer.Ordinal))
            {
                terminal.Output.WriteLine($"{family.Key}.lib");
                foreach (DeviceEntry entry in family)
                    terminal.Output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {entry.Name,-20} {entry.Model.Type,-9} {Range(entry),-18} {DeviceSheet.States(entry),-13} {entry.Headline}  [{entry.Source}]"));
                terminal.Output.WriteLine();
            }

            terminal.Output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Amount.Of(entries.Length, "card")}. In a deck: .lib \"devices/{entries[0].Family}.lib\" {entries[0].Name}"));
            return 0;
        });
        return command;
    }

    private Command Show()
    {
        var command = new Command("show", "One card with its units, its source, and the numbers that follow from it");
        var name = new Argument<string>("name") { Description = "The card's name" };
        command.Add(name);
        command.SetAction(parsed =>
        {
            var problems = new DiagnosticBag();
            DeviceEntry? entry = Find(parsed, parsed.GetValue(name)!, problems);
            if (entry is null)
                return Failure.Tell(terminal, common.Json(parsed), "devices show", problems);
            DeviceRecord record = DeviceRecord.Of(entry, whole: true);
            if (common.Json(parsed))
            {
                terminal.Output.WriteLine(new RunRecord { Command = "devices show", Devices = [record] }.ToJson());
                return 0;
            }

            TextWriter output = terminal.Output;
            output.WriteLine($"{entry.Name} ({entry.Model.Type}), {entry.Family}.lib");
            output.WriteLine(entry.Description);
            output.WriteLine();
            output.WriteLine("source:      " + entry.Source);
            output.WriteLine("uncertainty: " + entry.Uncertainty);
            output.WriteLine();
            foreach ((string parameter, string value) in record.Parameters)
                output.WriteLine($"  {parameter,-20} {value}");
            if (record.Facts.Count > 0)
                output.WriteLine();
            foreach (DeviceFact fact in DeviceSheet.Facts(entry))
                output.WriteLine($"  {fact.Name}: {fact}");
            output.WriteLine();
            output.WriteLine($".lib \"devices/{entry.Family}.lib\" {entry.Name}");
            return 0;
        });
        return command;
    }

    private Command Plot()
    {
        var command = new Command("plot", "Draws a card's curves: pulses, noise, drift, mismatch");
        var name = new Argument<string>("name") { Description = "The card's name" };
        command.Add(name);
        command.SetAction(parsed =>
        {
            var problems = new DiagnosticBag();
            RunSettings settings = common.Settings(parsed, problems);
            DeviceEntry? entry = problems.HasErrors ? null : Find(parsed, parsed.GetValue(name)!, problems);
            if (entry is null)
                return Failure.Tell(terminal, common.Json(parsed), "devices plot", problems);
            ImmutableArray<Figure> figures = DeviceSheet.Draw(entry);
            var room = new RunFolder(settings.Folder ?? Path.Combine("out", "devices"));
            string[] written = [.. figures.SelectMany(f => FigureFiles.Save(room, f))];
            if (common.Json(parsed))
            {
                terminal.Output.WriteLine(new RunRecord { Command = "devices plot", Out = room.Path, Plots = [.. written], Devices = [DeviceRecord.Of(entry, whole: true)] }.ToJson());
                return 0;
            }

            if (written.Length == 0)
                terminal.Error.WriteLine($"'{entry.Name}' has no curves: it is a range, or a device whose curves an analysis draws (.dc, .tran)");
            foreach (string file in written)
                terminal.Output.WriteLine(room.PathOf(file));
            return 0;
        });
        return command;
    }

    private static string Range(DeviceEntry entry) => entry.Synapse is { } array && double.IsFinite(array.MaximumConductance)
        ? $"{EngineeringNotation.Format(array.MinimumConductance, "S")} … {EngineeringNotation.Format(array.MaximumConductance, "S")}"
        : string.Empty;

    private ImmutableArray<DeviceEntry> Read(ParseResult parsed, DiagnosticBag problems)
    {
        if ((parsed.GetValue(_folder) ?? DeviceCatalog.Find()) is not { } folder || !Directory.Exists(folder))
        {
            problems.Error(Codes.MissingFile, SourceSpan.None, "there are no device libraries beside the program", "name their folder: --from devices");
            return [];
        }

        ImmutableArray<DeviceEntry> entries = DeviceCatalog.Read(folder, problems);
        if (entries.IsEmpty && !problems.HasErrors)
            problems.Error(Codes.MissingFile, SourceSpan.None, $"'{folder}' has no device libraries (*.lib)");
        return entries;
    }

    private DeviceEntry? Find(ParseResult parsed, string name, DiagnosticBag problems)
    {
        ImmutableArray<DeviceEntry> entries = Read(parsed, problems);
        if (problems.HasErrors)
            return null;
        DeviceEntry? found = entries.FirstOrDefault(e => e.Name.Equals(name, StringComparison.OrdinalIgnoreCase));
        if (found is null)
            problems.Error(Codes.UnknownReference, SourceSpan.None, $"there is no card '{name}'", NameSuggestion.Nearest(name, [.. entries.Select(e => e.Name)]) is { } near ? $"did you mean '{near}'?" : "analoglearn devices list names them");
        return found;
    }
}
