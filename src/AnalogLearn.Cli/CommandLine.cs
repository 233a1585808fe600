using System.Collections.Immutable;
using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using AnalogLearn.Cli.Commands;
using AnalogLearn.Netlist;
using AnalogLearn.Studies;

namespace AnalogLearn.Cli;

/// <summary>The commands and options of the program, and what to say to a command line that makes no sense.</summary>
internal sealed partial class CommandLine
{
    private readonly Terminal _terminal;
    private readonly CommonOptions _common = new();
    private readonly RootCommand _root = new("SPICE for circuits that learn: simulates netlists of neurons, synapses and any SPICE elements, trains them by local rules, compares these with exact gradients.") { HelpName = "analoglearn" };
    private readonly Dictionary<Command, string> _examples = [];
    private bool _wantsJson;

    public CommandLine(Terminal terminal, CancellationToken interrupt)
    {
        _terminal = terminal;
        foreach (Option option in _common.All)
        {
            option.Recursive = true;
            _root.Add(option);
        }

        var run = new RunCommands(terminal, _common, interrupt);
        Add(run.Run(), "analoglearn run netlists/digits-eqprop.cir\nanaloglearn run netlists/mnist-eqprop.cir --data ~/data --set epochs=20 --set decay=0.93\nanaloglearn run netlists/xor-eqprop.cir --seed 3 --out xor-3 --json\nanaloglearn run netlists/crossbar-ir-drop.cir\nanaloglearn run netlists/fixed-point.cir --engine nodal");
        Add(run.Check(), "analoglearn check netlists/digits-eqprop.cir");
        var studies = new StudyCommands(terminal, _common, interrupt);
        Add(run.MonteCarlo(studies), "analoglearn mc netlists/mismatch-yield.cir\nanaloglearn mc netlists/mismatch-yield.cir --shard 3/8 --out study\nanaloglearn mc netlists/mismatch-yield.cir --on slurm --shards 20 --sbatch \"--partition=short --time=30\"");
        Add(studies.Merge(), "analoglearn merge study\nanaloglearn merge a/study-1-of-2.db b/study-2-of-2.db --out whole");
        Add(studies.Replay(), "analoglearn replay netlists/mismatch-yield.cir --chip 3\nanaloglearn replay out/mismatch-yield --chip 3");
        Add(run.Sensitivity(), "analoglearn sens netlists/ota-area.cir");
        Add(run.Corner(), "analoglearn corner netlists/ota-area.cir");
        Add(run.Yield(), "analoglearn yield netlists/mismatch-yield.cir");
        Add(run.Ablate(), "analoglearn ablate netlists/ota-area.cir");
        Add(run.Variance(), "analoglearn variance netlists/ota-area.cir");
        Add(run.Train(), "analoglearn train netlists/digits-eqprop.cir --set epochs=2");
        Add(run.Compare(), "analoglearn compare netlists/gradient-angle.cir");
        Add(run.Export(), "analoglearn export onnx netlists/digits-eqprop.cir -o digits.onnx\nanaloglearn export spice netlists/fixed-point.cir");
        Add(PlotCommand.Make(terminal, _common), "analoglearn plot out/digits-eqprop\nanaloglearn plot out/digits-eqprop --format pdf");
        Add(new DataCommands(terminal, _common, interrupt).Make(), "analoglearn data list\nanaloglearn data show digits --example 3\nanaloglearn data fetch mnist --data data");
        Add(new DevicesCommands(terminal, _common).Make(), "analoglearn devices list\nanaloglearn devices show pcm_ibm\nanaloglearn devices plot pcm_ibm --out out/devices");
        Add(FitCommand.Make(terminal, common: _common), "analoglearn fit pulses response.csv --law softbounds --name mine\nanaloglearn fit retention drift.csv --t0 20\nanaloglearn fit array programmed.csv --degree 2");
        Add(VerifyCommand.Make(terminal, _common), "analoglearn verify out/digits-eqprop/digits.onnx --deck netlists/digits-eqprop.cir");
        Add(VersionCommand.Make(terminal, _common), "analoglearn version");
        foreach ((string name, string what) in Unserved)
            _root.Add(UnservedCommand(name, what));
        _examples[_root] = "analoglearn check netlists/digits-eqprop.cir\nanaloglearn run netlists/digits-eqprop.cir\nanaloglearn run netlists/ota-neuron.cir\nanaloglearn help run";
        _root.Add(HelpCommand());
        foreach (HelpOption help in _root.Options.OfType<HelpOption>())
        {
            if (help.Action is HelpAction usual)
                help.Action = new HelpWithExamples(usual, _examples);
        }
    }

    /// <summary>Commands of the language's design that later versions will have.</summary>
    public static ImmutableArray<(string Name, string What)> Unserved { get; } =
    [
        ("report", "a report of its own (every run writes report.html)"),
        ("serve", "the server"),
    ];

    /// <summary>Runs one command line.</summary>
    public int Run(string[] args)
    {
        _wantsJson = args.Contains("--json", StringComparer.Ordinal);
        ParseResult parsed = _root.Parse(args, new ParserConfiguration { ResponseFileTokenReplacer = null });
        _terminal.IsQuiet = _common.Quiet(parsed);
        bool helps = parsed.Action is HelpWithExamples;
        if (args.Length == 0)
        {
            _root.Parse(["--help"]).Invoke(new InvocationConfiguration { Output = _terminal.Error, Error = _terminal.Error });
            return (int)RunStatus.BadInput;
        }

        if (!helps && (parsed.Errors.Count > 0 || parsed.UnmatchedTokens.Count > 0))
            return Complain(parsed);

        var configuration = new InvocationConfiguration { Output = _terminal.Output, Error = _terminal.Error, EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null };
        var problems = new DiagnosticBag();
        try
        {
            return parsed.Invoke(configuration);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            problems.Error("AL0988", SourceSpan.None, e.Message, "check the folder of --out, and the room on its disk");
            return Failure.Tell(_terminal, _wantsJson, parsed.CommandResult.Command.Name, problems);
        }
        catch (OutOfMemoryException)
        {
            problems.Error("AL0989", SourceSpan.None, "there is not enough memory for this deck", "fewer examples, smaller batches or smaller buses need less");
            return Failure.Tell(_terminal, _wantsJson, parsed.CommandResult.Command.Name, problems, RunStatus.NotSimulated);
        }
        catch (Exception e)
        {
            problems.Error("AL0999", SourceSpan.None, $"this is a mistake in analoglearn, not in what you wrote: {e}", "please report it, with the deck");
            return Failure.Tell(_terminal, _wantsJson, parsed.CommandResult.Command.Name, problems, RunStatus.NotSimulated);
        }
    }

    private int Complain(ParseResult parsed)
    {
        var problems = new DiagnosticBag();
        Command command = parsed.CommandResult.Command;
        foreach (string word in parsed.UnmatchedTokens)
        {
            if (word.StartsWith('-') && word.Length > 1)
            {
                string[] options = [.. command.Options.Concat(_root.Options).SelectMany(o => o.Aliases.Prepend(o.Name)).Distinct()];
                problems.Error("AL0980", SourceSpan.None, $"there is no option '{word}'", NameSuggestion.Question(word, options) ?? "analoglearn help lists them");
            }
            else if (command == _root || command.Subcommands.Count > 0)
            {
                string[] commands = [.. command.Subcommands.Where(c => !c.Hidden).Select(c => c.Name)];
                string prefix = command == _root ? "analoglearn" : $"analoglearn {command.Name}";
                problems.Error(
                    "AL0980",
                    SourceSpan.None,
                    $"there is no command '{prefix[11..]} {word}'".Replace("' ", "'", StringComparison.Ordinal),
                    File.Exists(word) && command == _root ? $"to run a deck, write analoglearn run {word}"
                        : NameSuggestion.Nearest(word, commands) is { } near ? $"did you mean '{prefix} {near}'?" : $"commands: {string.Join(", ", commands)}");
                break;
            }
            else
            {
                problems.Error("AL0980", SourceSpan.None, $"'{word}' is too much for analoglearn {command.Name}", Explains(command));
            }
        }

        if (problems.Count == 0)
        {
            string[] parts = [.. command.Subcommands.Where(c => !c.Hidden).Select(c => c.Name)];
            if (command != _root && parts.Length > 0 && parsed.Errors.All(e => e.Message.StartsWith("Required command", StringComparison.Ordinal)))
                problems.Error("AL0980", SourceSpan.None, $"analoglearn {command.Name} wants a command of its own", $"write analoglearn {command.Name} {string.Join(", ", parts)}");
            foreach (string message in problems.Count > 0 ? [] : parsed.Errors.Select(e => Plain(e.Message)).Distinct())
                problems.Error("AL0980", SourceSpan.None, message.TrimEnd('.'), command == _root ? "analoglearn help lists the commands" : Explains(command));
        }

        return Failure.Tell(_terminal, _wantsJson, command == _root ? string.Empty : command.Name, problems);
    }

    /// <summary>What the parser says of a value, without the name of a type.</summary>
    private static string Plain(string message) =>
        UnreadValue().Match(message) is { Success: true } unread
            ? $"{unread.Groups[2].Value} is {(unread.Groups[3].Value.Contains("Int", StringComparison.Ordinal) ? "a whole number" : "a number")}, not '{unread.Groups[1].Value}'"
            : message;

    [System.Text.RegularExpressions.GeneratedRegex("^Cannot parse argument '(.*)' for option '(.*)' as expected type '(.*)'", System.Text.RegularExpressions.RegexOptions.CultureInvariant)]
    private static partial System.Text.RegularExpressions.Regex UnreadValue();

    /// <summary>Where to read what a command takes; a command of a command (devices plot) is asked itself, since help knows the first word only.</summary>
    private string Explains(Command command)
    {
        string above = string.Join(' ', command.Parents.OfType<Command>().Where(c => c != _root).Select(c => c.Name));
        return above.Length > 0 ? $"analoglearn {above} {command.Name} --help says what it takes" : $"analoglearn help {command.Name} says what it takes";
    }

    private void Add(Command command, string examples)
    {
        _examples[command] = examples;
        _root.Add(command);
    }

    private Command UnservedCommand(string name, string what)
    {
        var command = new Command(name, what + " (not in this version)") { Hidden = true, TreatUnmatchedTokensAsErrors = false };
        command.Add(new Argument<string[]>("words") { Arity = ArgumentArity.ZeroOrMore, CaptureRemainingTokens = true });
        command.SetAction(_ =>
        {
            var problems = new DiagnosticBag();
            problems.Error("AL0982", SourceSpan.None, $"there is no 'analoglearn {name}': {what} is not in this version", "analoglearn help lists what there is");
            return Failure.Tell(_terminal, _wantsJson, name, problems);
        });
        return command;
    }

    private Command HelpCommand()
    {
        var command = new Command("help", "Help on a command");
        var about = new Argument<string?>("command") { Arity = ArgumentArity.ZeroOrOne, Description = "The command" };
        command.Add(about);
        command.SetAction(parsed =>
        {
            string[] words = parsed.GetValue(about) is { } name ? [name, "--help"] : ["--help"];
            return Run(words);
        });
        return command;
    }

    private sealed class HelpWithExamples(HelpAction usual, Dictionary<Command, string> examples) : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            int status = usual.Invoke(parseResult);
            if (examples.TryGetValue(parseResult.CommandResult.Command, out string? lines))
            {
                TextWriter output = parseResult.InvocationConfiguration.Output;
                output.WriteLine("Examples:");
                foreach (string line in lines.Split('\n'))
                    output.WriteLine("  " + line);
                output.WriteLine();
                output.WriteLine("Exit status: 0 done, 1 the simulation could not be done, 2 bad input, 3 a check not met, 130 interrupted.");
            }

            return status;
        }
    }
}

/// <summary>A command line that leads nowhere, told as messages or as JSON.</summary>
internal static class Failure
{
    /// <summary>Tells it.</summary>
    /// <returns>The exit status of bad input.</returns>
    public static int Tell(Terminal terminal, bool json, string command, DiagnosticBag problems, RunStatus status = RunStatus.BadInput)
    {
        terminal.Tell(problems);
        if (json)
        {
            terminal.Output.WriteLine(new RunRecord
            {
                Command = command,
                Status = RunJson.Snake(status.ToString()),
                ExitCode = (int)status,
                Diagnostics = [.. problems.Select(DiagnosticRecord.Of)],
            }.ToJson());
        }

        return (int)status;
    }
}
