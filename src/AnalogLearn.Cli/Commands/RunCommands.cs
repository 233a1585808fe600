using System.CommandLine;
using System.Globalization;
using AnalogLearn.Circuits;
using AnalogLearn.Interchange;
using AnalogLearn.Learning;
using AnalogLearn.Netlist;
using AnalogLearn.Studies;

namespace AnalogLearn.Cli.Commands;

/// <summary>The commands that take a deck: run, check, train, compare, export.</summary>
internal sealed class RunCommands(Terminal terminal, CommonOptions common, CancellationToken interrupt)
{
    public Command Run()
    {
        (Command command, Argument<string> deck) = New("run", "Do everything that a deck asks for: .op .dc .ac .tran .noise .tf .sens .step .train .compare .export .measure .print .plot .save");
        command.SetAction(parsed => Parts(parsed, deck, "run", RunParts.All));
        return command;
    }

    public Command Train()
    {
        (Command command, Argument<string> deck) = New("train", "Train only (.train), with its measures, curves and weights");
        command.SetAction(parsed => Parts(parsed, deck, "train", RunParts.Training));
        return command;
    }

    public Command MonteCarlo(StudyCommands studies)
    {
        (Command command, Argument<string> deck) = New("mc", "Run a study of many chips (.mc): everything the deck asks for, once for each chip; goes on where it was cut off");
        var shard = new Option<string?>("--shard") { Description = "Do one of n parts of the study, into study-k-of-n.db; analoglearn merge puts them together", HelpName = "k/n" };
        var on = new Option<string?>("--on") { Description = "slurm: submit the shards as a job array, wait for them and merge them", HelpName = "slurm" };
        var shards = new Option<string?>("--shards") { Description = "With --on, how many shards (default: 8)", HelpName = "N" };
        var sbatch = new Option<string?>("--sbatch") { Description = "With --on slurm, options of sbatch", HelpName = "\"OPTIONS\"" };
        foreach (Option option in new Option[] { shard, on, shards, sbatch })
            command.Add(option);
        command.SetAction(parsed =>
        {
            var problems = new DiagnosticBag();
            StudyShard? part = StudyShard.Whole;
            if (parsed.GetValue(shard) is { } text && (part = StudyShard.Parse(text)) is null)
                problems.Error("AL0981", SourceSpan.None, $"--shard is one of n parts, not '{text}'", "write --shard 3/8");
            if (parsed.GetValue(on) is { } cluster && cluster != "slurm")
                problems.Error("AL0981", SourceSpan.None, $"a study cannot run on '{cluster}'", "write --on slurm");
            const int usual = 8;
            const int most = 10_000;
            int count = usual;
            if (parsed.GetValue(shards) is { } number && (!int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out count) || count is < 1 or > most))
                problems.Error("AL0981", SourceSpan.None, $"--shards is a number of shards, not '{number}'");
            if (parsed.GetValue(on) is null && (parsed.GetValue(shards) ?? parsed.GetValue(sbatch)) is not null)
                problems.Error("AL0981", SourceSpan.None, "--shards and --sbatch belong to --on slurm", "here, run the shards yourself: --shard 1/8");
            if (problems.HasErrors)
                return Failure.Tell(terminal, common.Json(parsed), "mc", problems);
            return parsed.GetValue(on) is null
                ? Parts(parsed, deck, "mc", RunParts.All, shard: part)
                : OnCluster(parsed, deck, studies, count, parsed.GetValue(sbatch) ?? string.Empty);
        });
        return command;
    }

    /// <summary>Prints a record as the one JSON object on standard output.</summary>
    internal static void PrintJson(Terminal terminal, RunRecord record)
    {
        record.WriteJson(terminal.Output);
        terminal.Output.WriteLine();
    }

    /// <summary>Prints the table of a study and its yields.</summary>
    internal static void PrintChips(TextWriter output, IReadOnlyList<ChipRecord> chips, IEnumerable<YieldRecord> yields, YieldRecord? whole, IReadOnlyDictionary<string, IReadOnlyDictionary<double, string>> words)
    {
        output.Write(Studies.MonteCarlo.ToTable(chips, words));
        foreach (YieldRecord yield in yields.Append(whole).OfType<YieldRecord>())
        {
            if (yield.Importance is { } of)
            {
                output.WriteLine(RareLine(yield, of, words));
                continue;
            }

            string where = Where(yield, words);
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{where}yield {Percent(yield.Fraction)} ({yield.Passed} of {Amount.Of(yield.Chips, "chip")} meet{(yield.Chips == 1 ? "s" : string.Empty)} {yield.Spec}; 95 % interval {Percent(yield.Low)} to {Percent(yield.High)})"));
        }
    }

    private static string Where(YieldRecord yield, IReadOnlyDictionary<string, IReadOnlyDictionary<double, string>> words) => StepSweep.Describe(yield.Step, yield.Mode, words) is { Length: > 0 } where ? where + ": " : string.Empty;

    /// <summary>Chips that were drawn about the points of failure say with their weights how often fabricated ones fail; how many of them failed says nothing.</summary>
    private static string RareLine(YieldRecord yield, Studies.Explaining.ImportanceRecord rare, IReadOnlyDictionary<string, IReadOnlyDictionary<double, string>> words)
    {
        string where = Where(yield, words);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{where}a chip misses {yield.Spec} with probability {rare.FailureProbability:g3} ± {rare.StandardError:g2} (95 % interval {rare.Low:g3} to {rare.High:g3}), once in {1 / rare.FailureProbability:g3} chips, as beyond {rare.Sigma:0.000} σ\n")
            + string.Create(CultureInfo.InvariantCulture, $"{where}{Amount.Of(yield.Chips, "chip")} with weights say that, {yield.Chips - yield.Passed} of them beyond the limit; as many as {rare.PlainChips:0.0E+0} chips without");
    }

    private int OnCluster(ParseResult parsed, Argument<string> deck, StudyCommands studies, int shards, string options)
    {
        var problems = new DiagnosticBag();
        RunSettings settings = common.Settings(parsed, problems);
        if (Open(parsed, deck, "mc") is not { } run)
            return (int)RunStatus.BadInput;
        bool ready = run.Bind() && HasStudy(run);
        terminal.Tell(run.Diagnostics);
        return ready ? studies.OnSlurm(run, shards, options, settings, common.Json(parsed)) : Failure.Tell(terminal, common.Json(parsed), "mc", run.Diagnostics);
    }

    private static bool HasStudy(DeckRun run)
    {
        if (run.Study is null && run.Deck is { } deck && Studies.MonteCarlo.Of(deck) is not null)
            run.Diagnostics.Error("AL0983", SourceSpan.None, "--chip runs one chip, and mc the study of all of them", "write analoglearn run DECK --chip K, or analoglearn replay DECK --chip K to compare it with its row; or leave --chip out");
        else if (run.Study is null)
            run.Diagnostics.Error("AL0983", SourceSpan.None, "the deck asks for no study of chips", "add a card: .mc 200 seed=1 spec=\"test_accuracy>0.9\"; --chip K runs one chip");
        return run.Study is not null;
    }

    public Command Corner() => Explaining("corner", "Run the corners of the deck's draws (.corner): all up, all down, one at a time");

    public Command Sensitivity() => Explaining("sens", "Predict the deviation of every measure from sensitivities, beside the chips of .mc (.predict)");

    public Command Yield() => Explaining("yield", "Run the chips of .mc, and search where their yield falls to given levels (.tolerance)");

    public Command Ablate() => Explaining("ablate", "Run the same chips with each non-ideality alone, and with all but it (.ablate)");

    public Command Variance() => Explaining("variance", "Divide the variance of every measure among the spreads, interactions included (.variance)");

    private Command Explaining(string name, string what)
    {
        (Command command, Argument<string> deck) = New(name, what);
        command.SetAction(parsed => Parts(parsed, deck, name, RunParts.All));
        return command;
    }

    public Command Compare()
    {
        (Command command, Argument<string> deck) = New("compare", "Compare local rules with exact gradients (.compare), at the trained weights of the run's folder or as fabricated");
        Option<string?> weights = Weights();
        command.Add(weights);
        command.SetAction(parsed => Parts(parsed, deck, "compare", RunParts.Comparison, weights));
        return command;
    }

    public Command Check()
    {
        (Command command, Argument<string> deck) = New("check", "Read a deck and say what it is: nodes, elements, buses, engine, parameters, every diagnostic");
        command.SetAction(parsed =>
        {
            if (Open(parsed, deck, "check") is not { } run)
                return (int)RunStatus.BadInput;
            bool sound = run.Bind() && !run.Diagnostics.HasErrors;
            RunRecord record = run.Conclude("check", sound ? RunStatus.Done : RunStatus.BadInput);
            terminal.Tell(run.Diagnostics);
            if (common.Json(parsed))
                terminal.Output.WriteLine((record with { Out = null }).ToJson());
            else
                PrintCheck(run);
            return record.ExitCode;
        });
        return command;
    }

    public Command Export()
    {
        var command = new Command("export", "Write the circuit for other programs: spice of any circuit, onnx, npz and csv of what learns; without a kind, what the deck's .export cards ask for");
        var words = new Argument<string[]>("[kind] deck") { Arity = new ArgumentArity(1, 2), Description = "onnx, npz, spice or csv, and the netlist (.cir)" };
        var file = new Option<string?>("--file", "-o") { Description = "The file (default: in the run's folder)", HelpName = "FILE" };
        Option<string?> weights = Weights();
        command.Add(words);
        command.Add(file);
        command.Add(weights);
        command.SetAction(parsed => Export(parsed, parsed.GetValue(words) ?? [], parsed.GetValue(file), weights));
        return command;
    }

    private static (Command Command, Argument<string> Deck) New(string name, string what)
    {
        var command = new Command(name, what);
        var deck = new Argument<string>("deck") { Description = "The netlist (.cir)" };
        command.Add(deck);
        return (command, deck);
    }

    private static Option<string?> Weights() => new("--weights") { Description = "Weights to use (default: those of the run's folder when they are of this very run)", HelpName = "FILE.npz" };

    private static string Percent(double share) => string.Create(CultureInfo.InvariantCulture, $"{100 * share:0.00} %");

    private static int Width(IEnumerable<string> names) => names.Select(n => n.Length).DefaultIfEmpty().Max();

    private DeckRun? Open(ParseResult parsed, Argument<string> deck, string command, StudyShard? shard = null) => Open(parsed, parsed.GetValue(deck) ?? string.Empty, command, shard);

    private DeckRun? Open(ParseResult parsed, string path, string command, StudyShard? shard = null)
    {
        var problems = new DiagnosticBag();
        RunSettings settings = common.Settings(parsed, problems);
        if (problems.HasErrors)
        {
            Failure.Tell(terminal, common.Json(parsed), command, problems);
            return null;
        }

        return DeckRun.Open(path, settings with { Shard = shard ?? StudyShard.Whole });
    }

    private int Parts(ParseResult parsed, Argument<string> deck, string command, RunParts parts, Option<string?>? weights = null, StudyShard? shard = null)
    {
        if (Open(parsed, deck, command, shard) is not { } run)
            return (int)RunStatus.BadInput;
        bool ready = run.Bind();
        ready = ready && (command is not ("mc" or "yield") || HasStudy(run));

        terminal.Tell(run.Diagnostics);
        var observer = new ProgressObserver(terminal);
        run.Observer = observer;
        RunStatus status = RunStatus.BadInput;
        if (!ready || (weights is not null && !TakeWeights(parsed, run, weights)))
        {
            run.Conclude(command, RunStatus.BadInput);
        }
        else
        {
            bool takesLong = run.Study is not null || (parts.HasFlag(RunParts.Training) && run.Deck!.All<TrainCard>().Any());
            status = observer.During(takesLong, () => run.Run(command, parts, interrupt));
        }

        terminal.Tell(run.Diagnostics);
        if (common.Json(parsed))
            PrintJson(terminal, run.Results.Record);
        else if (ready)
            PrintResults(run);
        if (status == RunStatus.Interrupted)
            terminal.Error.WriteLine($"interrupted: what was finished is saved in {run.Folder.Path}; the same command goes on from here, --fresh starts anew");
        return (int)status;
    }

    private int Export(ParseResult parsed, string[] words, string? file, Option<string?> weights)
    {
        string? kind = words.Length == 2 ? words[0] : null;
        if (Open(parsed, words[^1], "export") is not { } run)
            return (int)RunStatus.BadInput;
        if (run.Bind())
        {
            run.Observer = new ProgressObserver(terminal);
            if (TakeWeights(parsed, run, weights))
            {
                ExportCard[] cards = [.. run.Deck!.All<ExportCard>()];
                if (kind is not null)
                    run.Export(kind, file);
                else if (cards.Length == 0)
                    run.Diagnostics.Error("AL0983", SourceSpan.None, "the deck has no .export card, so it needs to be said what to export", $"write analoglearn export onnx {words[^1]}; kinds: {string.Join(", ", Exporter.Kinds)}");
                foreach (ExportCard card in kind is null ? cards : [])
                    run.Export(card.Kind, cards.Length == 1 && file is not null ? file : run.Folder.PathOf(card.File ?? Exporter.DefaultName(card.Kind, run.Name)), card.Span);
            }
        }

        RunRecord record = run.Conclude("export", run.Diagnostics.HasErrors ? RunStatus.BadInput : RunStatus.Done);
        terminal.Tell(run.Diagnostics);
        if (common.Json(parsed))
            terminal.Output.WriteLine(record.ToJson());
        else
            PrintExports(run);
        return record.ExitCode;
    }

    private bool TakeWeights(ParseResult parsed, DeckRun run, Option<string?> option)
    {
        if (parsed.GetValue(option) is { } path)
            return run.LoadWeights(path);
        if (!common.Fresh(parsed) && run.LoadTrained())
            run.Observer.Say($"with the trained weights of {run.Folder.PathOf("weights.npz")}");
        return !run.Diagnostics.HasErrors;
    }

    private void PrintCheck(DeckRun run)
    {
        TextWriter output = terminal.Output;
        int errors = run.Diagnostics.Count(d => d.Severity == Severity.Error);
        int warnings = run.Diagnostics.Count(d => d.Severity == Severity.Warning);
        if (run.Deck is { } deck)
        {
            output.WriteLine(deck.Circuit.Title);
            output.WriteLine($"engine: {run.Engine.ToString().ToLowerInvariant()}");
            PrintChip(run);
            output.Write(CircuitSummary.Of(run.Experiment?.Network.Circuit ?? deck.Circuit).ToText());
            if (deck.Parameters.Count > 0)
                output.WriteLine("parameters: " + string.Join(", ", deck.Parameters.OrderBy(p => p.Key, StringComparer.Ordinal).Select(p => string.Create(CultureInfo.InvariantCulture, $"{p.Key}={p.Value}"))));
        }

        if (run.Nodal is { } nodal)
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Amount.Of(nodal.Circuit.UnknownCount, "unknown")}, {Amount.Of(nodal.Circuit.Banks.Sum(b => b.Count), "device")} ({string.Join(", ", nodal.Circuit.Banks.Select(b => string.Create(CultureInfo.InvariantCulture, $"{b.Count} {b.Name}")))}), {Amount.Of(nodal.Circuit.Pattern.Count, "entry", "entries")} in the Jacobian"));
        if (run.Nodal?.Learning is { } learning)
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Amount.Of(learning.Blocks.Sum(b => b.Description.Count), "conductance learns", "conductances learn")}: {string.Join(", ", learning.Blocks.Select(b => string.Create(CultureInfo.InvariantCulture, $"{b.Description.Name} {b.Description.Rows}×{b.Description.Columns}")))}"));
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"seed: {learning.Seed}"));
            if (learning.Data is { } data)
                output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"data: {data.Name}, {data.Train.Count} training and {data.Test.Count} test examples"));
            if (learning.RuleName is { } rule)
                output.WriteLine($"rule: {rule}, outputs {learning.OutputBus}");
            if (learning.Plan is { } plan)
                output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"training: {Amount.Of(plan.Epochs, "epoch")}, batches of {plan.BatchSize}, {learning.OptimizerName}, double"));
        }

        if (run.Experiment is { } experiment)
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"seed: {experiment.Seed}"));
            if (experiment.Data is { } data)
                output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"data: {data.Name}, {data.Train.Count} training and {data.Test.Count} test examples"));
            if (experiment.RuleName is { } rule)
                output.WriteLine($"rule: {rule}, outputs {experiment.Output?.Bank.Description.Bus.Name}");
            if (experiment.Plan is { } plan)
                output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"training: {Amount.Of(plan.Epochs, "epoch")}, batches of {plan.BatchSize}, {experiment.OptimizerName}, {(experiment.DoublePrecision ? "double" : "float")}"));
        }

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{errors} error{(errors == 1 ? string.Empty : "s")}, {warnings} warning{(warnings == 1 ? string.Empty : "s")}"));
    }

    private void PrintChip(DeckRun run)
    {
        if (run.Chip is { } chip)
            terminal.Output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"chip {chip.Number} of seed {chip.Seed}: {Amount.Of(chip.Draws.Sum(d => d.Values.Length), "draw")} for {Amount.Of(chip.Draws.Select(d => d.Path).Distinct(StringComparer.Ordinal).Count(), "element")}"));
    }

    private void PrintResults(DeckRun run)
    {
        TextWriter output = terminal.Output;
        RunResults results = run.Results;
        output.WriteLine(run.Deck!.Circuit.Title);
        PrintChip(run);
        if (results.OperatingPoint is { } point)
        {
            const int most = 200;
            output.WriteLine();
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"operating point (inputs: {results.Inputs}; residual {point.Residual:0.0E+00} V after {Amount.Of(point.Steps, "step")})"));
            int width = Width(point.Nodes.Take(most));
            for (int k = 0; k < Math.Min(most, point.Nodes.Length); k++)
                output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {point.Nodes[k].PadRight(width)}  {point.Voltages[k],16:0.000000000E+00}"));
            if (point.Nodes.Length > most)
                output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  … and {point.Nodes.Length - most} more in {run.Folder.PathOf("run.json")}"));
        }

        PrintAnalyses(results, run.Folder.Path);
        if (results.Steps.Count > 0)
        {
            output.WriteLine();
            if (run.Study is null)
                output.Write(StepSweep.Of(run.Deck)!.ToTable(results.Steps, results.Words));
            else
                PrintChips(output, results.Steps, results.Yields, results.Yield, results.Words);
            output.Write(ModeComparison.ToTable(results.Record.Modes));
        }

        if (results.Explanation is { } explanation)
            output.Write(explanation.ToText());

        if (results.Training is { Last: { } last } training)
        {
            output.WriteLine();
            string how = training.End switch
            {
                TrainingEnd.ConditionMet => ", stopped because its condition is met",
                TrainingEnd.Interrupted => ", interrupted",
                TrainingEnd.Diverged => ", diverged",
                _ => string.Empty,
            };
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"trained with {run.Learner!.RuleName}: {Amount.Of(last.Epoch, "epoch")}{how}"));
            if (last.Epoch > 0 && !double.IsFinite(last.TrainError) && double.IsFinite(last.TestCost))
                output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  training cost {last.TrainCost:g4}, test cost {last.TestCost:g4} (before training {training.History[0].TestCost:g4})"));
            else if (last.Epoch > 0)
                output.WriteLine($"  training error {Percent(last.TrainError)}, test error {Percent(last.TestError)} (before training {Percent(training.History[0].TestError)})");
            foreach (AlignmentRecord alignment in last.Alignments)
                output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  alignment of {alignment.Forward} and {alignment.Backward}: {alignment.Cosine:0.0000}"));
        }

        foreach (Comparison comparison in results.Comparisons)
        {
            output.WriteLine();
            output.Write(comparison.Result.ToTable());
            if (comparison.Sweep is { } sweep)
            {
                output.WriteLine();
                output.Write(sweep.ToTable());
            }
        }

        foreach (string text in results.Printed)
        {
            output.WriteLine();
            output.Write(text);
        }

        // The measures of a sweep stand in its table.
        if (results.Measures.Length > 0 && results.Steps.Count == 0)
        {
            output.WriteLine();
            int width = Width(results.Measures.Select(m => m.Name));
            foreach (MeasureRecord measure in results.Measures)
                output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{measure.Name.PadRight(width)} = {(double.IsNaN(measure.Value) ? "failed" : measure.Value.ToString("R", CultureInfo.InvariantCulture))}{(measure.Met ? string.Empty : "   not met: " + measure.Complaint)}"));
        }

        if (run.Results.Status != RunStatus.BadInput)
        {
            output.WriteLine();
            PrintExports(run);
            output.WriteLine($"everything is in {run.Folder.Path}{(results.Record.Report is { } report ? $"; open {run.Folder.PathOf(report)}" : string.Empty)}");
        }
    }

    private void PrintAnalyses(RunResults results, string folder)
    {
        const int most = 200;
        TextWriter output = terminal.Output;
        foreach (AnalysisTable analysis in results.Analyses)
        {
            output.WriteLine();
            WaveformTable table = analysis.Table;
            if (table.PointCount != 1)
            {
                output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{table.PlotName.ToLowerInvariant()}: {Amount.Of(table.PointCount, "point")} of {Amount.Of(table.Columns.Length, "quantity", "quantities")}, {table.Columns[0].Name} {table.Columns[0].Values[0]:g6} to {table.Columns[0].Values[^1]:g6} {table.Columns[0].Unit}"));
                continue;
            }

            output.Write(table.PlotName.ToLowerInvariant());
            if (analysis.Analysis == "op" && results.Kirchhoff is { } sums)
                output.Write(string.Create(CultureInfo.InvariantCulture, $" ({sums.Method}, {Amount.Of(sums.Iterations, "iteration")}; Kirchhoff's laws hold to {sums.Current:0.0E+00} A, {sums.Relative:0.0E+00} of the currents that meet)"));
            output.WriteLine();
            int width = Width(table.Columns.Take(most).Select(Shown));
            foreach (WaveformColumn column in table.Columns.Take(most))
                output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {Shown(column).PadRight(width)}  {column.Values[0],16:0.000000000E+00} {column.Unit}").TrimEnd());

            // In raw files parameters are called v(r1), as ngspice calls them; they are no voltages.
            string Shown(WaveformColumn column) => analysis.Analysis == "sens" && column.Name.StartsWith("v(", StringComparison.Ordinal) ? column.Name[2..^1] : column.Name;
            if (table.Columns.Length > most)
                output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  … and {table.Columns.Length - most} more in {Path.Combine(folder, "waveforms.raw")}"));
        }
    }

    private void PrintExports(DeckRun run)
    {
        foreach (ExportedFile file in run.Results.Exports)
            terminal.Output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{file.Kind,-5} {file.Path}"));
    }
}
