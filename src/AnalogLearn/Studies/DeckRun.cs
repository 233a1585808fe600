using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using AnalogLearn.Circuits;
using AnalogLearn.Data;
using AnalogLearn.Interchange;
using AnalogLearn.Learning;
using AnalogLearn.Netlist;
using AnalogLearn.Simulation;
using AnalogLearn.Simulation.Nodal;
using AnalogLearn.Studies.Explaining;
using AnalogLearn.Variation;

namespace AnalogLearn.Studies;

/// <summary>The parts of a run.</summary>
[Flags]
public enum RunParts
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary><c>.op</c>.</summary>
    OperatingPoint = 1,

    /// <summary><c>.tran</c>.</summary>
    Transient = 2,

    /// <summary><c>.train</c>.</summary>
    Training = 4,

    /// <summary><c>.compare</c>.</summary>
    Comparison = 8,

    /// <summary><c>.export</c>.</summary>
    Export = 16,

    /// <summary>Everything.</summary>
    All = OperatingPoint | Transient | Training | Comparison | Export,
}

/// <summary>
/// A deck in use: everything that the program does with one, part by part or all at once. Parts run in a fixed order, whatever the order of the cards:
/// operating point and transient of the network as fabricated, then training, then comparison and export of the trained network, then the measures.
/// </summary>
public sealed partial class DeckRun
{
    private const double LargestTransient = 4e8;

    private readonly RunSettings _settings;
    private readonly Dictionary<string, double> _seconds = [];
    private readonly DateTimeOffset _started = DateTimeOffset.Now;
    private readonly long _begin = Stopwatch.GetTimestamp();
    private ImmutableArray<Measure> _measures = [];
    private ImmutableArray<Output> _outputs = [];
    private TransientAnalysis? _transient;
    private QuantityNames? _names;
    private InputDrive? _drive;
    private string? _fingerprint;
    private Deck? _design;
    private TrainingSession? _session;
    private bool _isExplaining;
    private bool _bound;

    private DeckRun(Deck? deck, DiagnosticBag diagnostics, RunSettings settings, IRunObserver? observer)
    {
        Deck = deck;
        Diagnostics = diagnostics;
        _settings = settings;
        Observer = observer ?? SilentObserver.Instance;
        string name = deck is null ? "run" : NameOf(deck.Path);
        Name = name;
        Folder = new RunFolder(settings.Folder ?? Path.Combine("out", name));
    }

    /// <summary>The deck, or null when it could not be read; from <see cref="Bind"/> on that of the chip.</summary>
    public Deck? Deck { get; private set; }

    /// <summary>The study of many chips that the deck asks for (<c>.mc</c>), or null, as when one chip is asked for by its number.</summary>
    public MonteCarlo? Study { get; private set; }

    /// <summary>What the study does with each of its chips, or null when it is one thing only.</summary>
    internal StudyModes? Modes { get; private set; }

    /// <summary>The chip that runs, or null for the nominal one and before <see cref="Bind"/>.</summary>
    public Chip? Chip { get; private set; }

    /// <summary>The deck's name: its file's name without folder and extension.</summary>
    public string Name { get; }

    /// <summary>Everything told so far about the deck, its data and its run.</summary>
    public DiagnosticBag Diagnostics { get; }

    /// <summary>Told what the run does.</summary>
    public IRunObserver Observer { get; set; }

    /// <summary>The run's folder.</summary>
    public RunFolder Folder { get; }

    /// <summary>What has been found so far.</summary>
    public RunResults Results { get; } = new();

    /// <summary>The deck made ready, or null before <see cref="Bind"/> or when that failed.</summary>
    public Experiment? Experiment { get; private set; }

    /// <summary>The deck on the nodal engine, made ready; null before <see cref="Bind"/>, when that failed, and on the rate engine.</summary>
    public NodalSession? Nodal { get; private set; }

    /// <summary>The engine that runs the deck.</summary>
    public Engine Engine { get; private set; }

    /// <summary>θ of the network: as fabricated, then as trained.</summary>
    /// <exception cref="InvalidOperationException">The deck has errors.</exception>
    public ParameterSet<double> Parameters
    {
        get => field ?? throw Unready();
        private set;
    }

    /// <summary>Hash of everything that the numbers depend on.</summary>
    /// <exception cref="InvalidOperationException">The deck has errors.</exception>
    public string Fingerprint => _fingerprint ??= Experiment is { } e
        ? RunFingerprint.Of(e.Deck, e.Data, e.Seed, ChipText(string.Empty))
        : Nodal?.Learning is { } learning ? RunFingerprint.Of(learning.Deck, learning.Data, learning.Seed, ChipText("nodal ")) : throw Unready();

    /// <summary>Where this one of a study's chips keeps how far its training is, or null.</summary>
    internal CheckpointStore? Checkpoint { get; set; }

    /// <summary>Reads a deck from a file. What is wrong with it stands in <see cref="Diagnostics"/>.</summary>
    /// <param name="path">The file.</param>
    /// <param name="settings">What is said besides, or null.</param>
    /// <param name="observer">Told what the run does, or null.</param>
    public static DeckRun Open(string path, RunSettings? settings = null, IRunObserver? observer = null)
    {
        settings ??= new RunSettings();
        DeckResult read = DeckReader.Read(
            path, new DeckReadOptions { Parameters = settings.Parameters, Seed = (long?)settings.Seed, Temperature = settings.Step is { } step && step.TryGetValue("temp", out double temperature) ? temperature : null });
        var diagnostics = new DiagnosticBag();
        Add(read.Diagnostics, diagnostics);
        return new DeckRun(read.Deck, diagnostics, settings, observer);
    }

    /// <summary>Takes a deck that was built in code, or read elsewhere.</summary>
    /// <param name="deck">The deck.</param>
    /// <param name="settings">What is said besides, or null.</param>
    /// <param name="observer">Told what the run does, or null.</param>
    public static DeckRun Of(Deck deck, RunSettings? settings = null, IRunObserver? observer = null) => new(deck, new DiagnosticBag(), settings ?? new RunSettings(), observer);

    /// <summary>
    /// Makes the deck ready: chooses the engine, loads the data, reads the rule, the plan, the comparisons and the measures. Nothing is computed yet. Called by
    /// every part; calling it again does nothing.
    /// </summary>
    /// <returns>Whether the deck can run; when not, <see cref="Diagnostics"/> says why.</returns>
    public bool Bind()
    {
        if (_bound)
            return IsBound;
        _bound = true;
        if (Deck is null || Diagnostics.HasErrors)
            return false;
        Engine = EngineSelection.Choose(Deck, _settings.Engine);
        _design = Deck;
        Study = _settings.Chip is null && _settings.ChipFile is null ? MonteCarlo.Of(Deck) : null;
        Modes = Study is null ? null : StudyModes.Of(Deck, Diagnostics);
        Deck = MonteCarlo.WithMeasures(Deck);
        if (MonteCarlo.Of(Deck) is not null && !Deck.All<MeasureCard>().Any())
            Diagnostics.Warning(Codes.BadCard, MonteCarlo.Card(Deck)!.Span, "nothing is measured on the chips, so that their rows will have no values", "add .measure cards, such as .measure op out param='v(out)', or a spec=\"…\" to .mc");
        Add(EngineSelection.Diagnose(Deck, Engine), Diagnostics);
        Fabrication.Diagnose(Deck.Circuit, Diagnostics);
        StudySampling.Diagnose(Deck, Diagnostics);
        ExplanationCard.Diagnose(Deck, Diagnostics);
        if (Diagnostics.HasErrors || !Fabricate(Deck))
            return false;
        return Engine == Engine.Nodal ? BindNodal() : BindRate();
    }

    /// <summary>Makes the chip that was asked for, from its number or from saved draws.</summary>
    private bool Fabricate(Deck design)
    {
        Chip chip;
        if (_settings.ChipFile is { } path)
        {
            ChipFile? file = null;
            try
            {
                file = ChipFile.FromJson(File.ReadAllText(path));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                Diagnostics.Error(Codes.BadChipFile, SourceSpan.None, $"the file of a chip '{path}' cannot be read", "a run with --chip K writes one, chip.json in its folder");
                return false;
            }

            if (file is null)
            {
                Diagnostics.Error(Codes.BadChipFile, SourceSpan.None, $"'{path}' is no file of a chip's draws", "a run with --chip K writes one, chip.json in its folder");
                return false;
            }

            chip = design.Replay(file);
        }
        else
        {
            int number = _settings.Chip ?? (Study is null && design.Options.TryGetValue("mismatch", out Argument? mismatch) && mismatch.Value is NumberValue { Number: 1 } ? 1 : 0);
            if (number == 0)
                return true;
            chip = _settings.MakeChip is { } make ? make(design)
                : ChipsOf(design).Make(design, new StudyItem(0, number));
            if (chip is { Draws.IsEmpty: true, IsSound: true, HasCycles: false })
                Diagnostics.Warning(Codes.BadSpread, SourceSpan.None, string.Create(CultureInfo.InvariantCulture, $"chip {number} is the nominal one: nothing in the deck varies"), "write DEV=5% behind a parameter, or agauss(1k,10,1) in an expression");
        }

        foreach (Diagnostic problem in chip.Problems)
        {
            if (problem.Severity == Severity.Error || !Diagnostics.Any(known => known.ToString() == problem.ToString()))
                Diagnostics.Add(problem);
        }

        if (Diagnostics.HasErrors)
            return false;
        Chip = chip;
        Deck = MonteCarlo.WithMeasures(chip.Deck!);
        return true;
    }

    /// <summary>The seed of chips: the one that was given, else that of <c>.mc</c>, of <c>.options</c>, of <c>.train</c>, else 1.</summary>
    internal ulong ChipSeed(Deck design)
    {
        if (_settings.Seed is { } given)
            return given;
        Argument? seed = design.All<OtherCard>().Where(c => c.Name is "mc").SelectMany(c => c.Arguments).LastOrDefault(a => a.Name is "seed")
            ?? design.Options.GetValueOrDefault("seed")
            ?? design.All<TrainCard>().SelectMany(c => c.Arguments).LastOrDefault(a => a.Name is "seed");
        return seed?.Value is NumberValue { Number: >= 0 and < 9e15 } number ? (ulong)number.Number : 1;
    }

    /// <summary>Where the chips of the deck's study come from.</summary>
    internal IChipSource ChipsOf(Deck design) =>
        StudySampling.Of(design) is { IsPlain: false } sampling ? new SampledChips(sampling, ChipSeed(design), _settings) : new FabricatedChips(ChipSeed(design));

    private bool BindNodal()
    {
        long begin = Stopwatch.GetTimestamp();
        Deck deck = Deck!;
        NodalSession? session = NodalSession.Bind(deck, Diagnostics, new ExperimentSettings { Seed = _settings.Seed, DataDirectories = _settings.DataDirectories, ThreadCount = _settings.ThreadCount, Data = _settings.Data, SharedData = _settings.SharedData });
        if (session is null && NodalExperiment.Learns(deck))
            return false;
        _names = new QuantityNames(deck, deck.Circuit, session?.Learning?.Layout ?? new ParameterLayout([]));
        _measures = new MeasureReader(_names, Diagnostics).Read(deck.All<MeasureCard>());
        CheckMeasuredParts();
        _outputs = new OutputReader(deck, _names, Diagnostics).Read();
        if (session?.Learning is { } compared)
        {
            foreach (CompareCard card in deck.All<CompareCard>())
                NodalComparison.Bind(card, compared, Diagnostics);
        }

        if (Diagnostics.HasErrors)
            return false;
        Nodal = session;
        if (session?.Learning is { } learning)
            Parameters = learning.InitialParameters();
        Took("prepare", begin);
        return true;
    }

    private bool BindRate()
    {
        long begin = Stopwatch.GetTimestamp();
        Experiment? experiment = Experiment.Bind(
            Deck!, new ExperimentSettings { Seed = _settings.Seed, DataDirectories = _settings.DataDirectories, ThreadCount = _settings.ThreadCount, Data = _settings.Data, SharedData = _settings.SharedData }, Diagnostics);
        if (experiment is null)
            return false;
        foreach (CompareCard card in Deck!.All<CompareCard>())
            ComparisonPlan.Bind(card, experiment, Diagnostics);
        _names = new QuantityNames(Deck, experiment.Network.Circuit, experiment.Network.Layout);
        _measures = new MeasureReader(_names, Diagnostics).Read(Deck.All<MeasureCard>());
        CheckMeasuredParts();
        _outputs = new OutputReader(Deck, _names, Diagnostics).Read();
        _transient = TransientAnalysis.Bind(experiment, Diagnostics);
        foreach (TransientCard card in Deck.All<TransientCard>())
        {
            double points = (card.Stop - card.Start) / card.Step;
            if (points * (experiment.Network.StateCount + experiment.Network.InputCount) > LargestTransient || points > LargestTransient / 8)
                Diagnostics.Error("AL0961", card.Span, string.Create(CultureInfo.InvariantCulture, $"{points:g3} points of {experiment.Network.StateCount + experiment.Network.InputCount} nodes are too many to keep"), "take a longer output step; accuracy does not depend on it");
        }

        _drive = InputDrive.Of(experiment.Network, Deck, experiment.Data, Diagnostics);
        if (Diagnostics.HasErrors)
            return false;
        Experiment = experiment;
        Parameters = experiment.InitialParameters();
        Results.Inputs = _drive.Description;
        Took("prepare", begin);
        return true;
    }

    /// <summary>Settles the network as it stands, its inputs held (<c>.op</c>).</summary>
    /// <param name="cancellation">Stops early.</param>
    public OperatingPoint SolveOperatingPoint(CancellationToken cancellation = default)
    {
        Experiment experiment = Ready();
        long begin = Stopwatch.GetTimestamp();
        OperatingPoint point = OperatingPoint.Solve(experiment.Network, Parameters, _drive!.AtStart(), experiment.Settle, cancellation);
        Results.OperatingPoint = point;
        Took("op", begin);
        return point;
    }

    /// <summary>Runs the network as it stands through time (<c>.tran</c>).</summary>
    /// <param name="card">Steps and times.</param>
    /// <param name="cancellation">Stops early.</param>
    /// <returns>The waveforms, or null when there are none; <see cref="RunResults.Trouble"/> says what went wrong.</returns>
    public WaveformTable? Transient(TransientCard card, CancellationToken cancellation = default)
    {
        Experiment experiment = Ready();
        long begin = Stopwatch.GetTimestamp();
        (Results.Transient, Results.Trouble) = _transient!.Run(card, experiment.Network, Parameters, _drive!, experiment.Settle, cancellation);
        Took("tran", begin);
        return Results.Transient;
    }

    /// <summary>Trains (<c>.train</c>), with a checkpoint in the run's folder that a later run takes up when this one was cut off.</summary>
    /// <param name="cancellation">Interrupts after the running batch.</param>
    public TrainingOutcome Train(CancellationToken cancellation = default)
    {
        TrainingOutcome outcome = TrainKeepingCheckpoint(cancellation);
        if (outcome.End != TrainingEnd.Interrupted)
            Folder.Delete(CheckpointStore.FileName);
        return outcome;
    }

    /// <summary>Trains, and leaves the last checkpoint where it is.</summary>
    /// <param name="cancellation">Interrupts after the running batch.</param>
    internal TrainingOutcome TrainKeepingCheckpoint(CancellationToken cancellation)
    {
        ITrainingExperiment experiment = ReadyToTrain();
        long begin = Stopwatch.GetTimestamp();
        TrainingSession session = SessionOf(experiment, experiment is NodalExperiment circuit ? NodalComparison.Probe(circuit) : ComparisonPlan.Probe(Experiment!, Experiment!.ProbeExamples));
        TrainingOutcome outcome = session.Run(Parameters, cancellation);
        if (Checkpoint is not null)
            _session = session;
        Parameters = outcome.Parameters;
        Nodal?.Take(Parameters);
        Results.Training = outcome;
        Took("train", begin);
        return outcome;
    }

    /// <summary>A session that trains with this run's checkpoints. One of many chips has none unless it takes longer than the time between them.</summary>
    /// <param name="experiment">What trains.</param>
    /// <param name="probe">Measures angles after every epoch, or null.</param>
    internal TrainingSession SessionOf(ITrainingExperiment experiment, AngleProbe? probe)
    {
        double seconds = CheckpointSeconds();
        return _settings.IsOneOfMany
            ? new TrainingSession(experiment, Checkpoint, Observer) { CheckpointSeconds = seconds, EpochSeconds = seconds, Probe = probe }
            : new TrainingSession(experiment, new CheckpointStore(Folder, Fingerprint), Observer) { CheckpointSeconds = seconds, Fresh = _settings.Fresh, Probe = probe };
    }

    /// <summary>Keeps a training that has ended, where this one of many chips was interrupted in what comes after it; one that was interrupted itself is kept already.</summary>
    internal void KeepTraining() => _session?.Keep();

    /// <summary>Compares the rule's update with an exact gradient, at the network as it stands (<c>.compare</c>).</summary>
    /// <param name="card">The card.</param>
    /// <param name="cancellation">Stops early.</param>
    /// <returns>The comparison, or null when the card is wrong.</returns>
    public Comparison? Compare(CompareCard card, CancellationToken cancellation = default)
    {
        ITrainingExperiment experiment = ReadyToTrain();
        Func<Comparison>? run = experiment is NodalExperiment circuit
            ? NodalComparison.Bind(card, circuit, Diagnostics) is { } ofCircuit ? () => ofCircuit.Run(Parameters, cancellation) : null
            : ComparisonPlan.Bind(card, Experiment!, Diagnostics) is { } plan ? () => plan.Run(Parameters, null, cancellation) : null;
        if (run is null)
            return null;
        long begin = Stopwatch.GetTimestamp();
        Comparison comparison = run();
        Results.Comparisons.Add(comparison);
        Took("compare", begin);
        return comparison;
    }

    /// <summary>Compares the rule of <c>.learn</c> with an exact gradient, at the network as it stands.</summary>
    /// <param name="reference">The reference's name: implicit, fd …</param>
    /// <param name="examples">How many examples of the test set.</param>
    /// <param name="cancellation">Stops early.</param>
    /// <returns>The comparison, or null when there is no such reference.</returns>
    public Comparison? Compare(string reference, int examples = 20, CancellationToken cancellation = default) => Compare(
        new CompareCard(
            new Call(reference.ToLowerInvariant(), [], SourceSpan.None), null, [new Argument("examples", new NumberValue(examples, SourceSpan.None), SourceSpan.None)], SourceSpan.None),
        cancellation);

    /// <summary>Writes the network as it stands in another program's format (<c>.export</c>).</summary>
    /// <param name="kind">onnx, npz, spice or csv.</param>
    /// <param name="path">Where to, or null for the default name in the run's folder. A relative path is relative to the working directory.</param>
    /// <param name="span">The card, for diagnostics.</param>
    /// <returns>The file, or null when nothing was written; <see cref="Diagnostics"/> says why.</returns>
    public ExportedFile? Export(string kind, string? path = null, SourceSpan span = default)
    {
        if (!Bind())
            throw Unready();
        long begin = Stopwatch.GetTimestamp();
        var exporter = new Exporter(Experiment?.Network, Learner is null ? null : Parameters, Experiment?.Settle ?? new())
        {
            Nodal = Nodal,
            OutputBus = Experiment?.Output?.Bank.Description.Bus.Name,
            DoublePrecision = Experiment?.DoublePrecision ?? true,
            Inputs = [.. _drive?.AtStart() ?? []],
        };
        ExportedFile? file = exporter.Write(kind, path ?? Folder.PathOf(Exporter.DefaultName(kind.ToLowerInvariant(), Name)), span.Source is null ? SourceSpan.None : span, Diagnostics);
        if (file is not null)
        {
            Results.Exports.Add(file);
            Observer.Say(string.Create(CultureInfo.InvariantCulture, $"exported {file.Path} ({file.Bytes} bytes)"));
        }

        Took("export", begin);
        return file;
    }

    /// <summary>Sets θ to what a file of weights holds: they are programmed into the devices, and come out as those make them.</summary>
    /// <param name="path">An npz file of the same network.</param>
    /// <returns>Whether it fits; when not, <see cref="Diagnostics"/> says why.</returns>
    public bool LoadWeights(string path)
    {
        if (!Bind())
            throw Unready();
        if (Learner is null)
        {
            Diagnostics.Error("AL0932", SourceSpan.None, "nothing in the circuit learns, so it takes no weights", "leave --weights out");
            return false;
        }

        if (!WeightFile.Read(path, Parameters, Diagnostics))
            return false;
        ProgramDevices();
        return true;
    }

    /// <summary>Programs weights into the devices; they come out as those make them.</summary>
    /// <param name="weights">What is asked for, in the layout of <see cref="Parameters"/>.</param>
    internal void Program(ParameterSet<double> weights)
    {
        for (int b = 0; b < weights.Blocks.Length; b++)
            weights.Blocks[b].CopyTo(Parameters.Blocks[b], 0);
        ProgramDevices();
    }

    /// <summary>Writes θ into the devices, closed loop; a circuit without arrays has those of its resistors.</summary>
    private void ProgramDevices()
    {
        if ((Experiment?.Network ?? Nodal?.Circuit.Network) is { } network)
            network.Program(Parameters);
        else
            Parameters.Devices?.Program(Parameters);
        Nodal?.Take(Parameters);
    }

    /// <summary>Sets θ to the trained weights that an earlier run of this very deck, data, seed and version left in the run's folder.</summary>
    /// <returns>Whether there were any.</returns>
    public bool LoadTrained()
    {
        if (!Bind())
            throw Unready();
        if (Learner is null)
            return false;
        string record = Folder.PathOf("run.json");
        string weights = Folder.PathOf("weights.npz");
        return File.Exists(record) && File.Exists(weights) && RunRecord.FromJson(File.ReadAllText(record))?.Fingerprint == Fingerprint && Restore(weights);

        // These were trained on this very chip: they are what its devices are at.
        bool Restore(string path)
        {
            if (!WeightFile.Read(path, Parameters, Diagnostics))
                return false;
            WeightFile.ReadConductances(path, Parameters);
            Nodal?.Take(Parameters);
            return true;
        }
    }

    /// <summary>Evaluates the deck's measures on what has been found.</summary>
    public ImmutableArray<MeasureRecord> Measure()
    {
        if (!Bind())
            throw Unready();
        return Results.Measures = new MeasureEvaluator(_names!, Results).Evaluate(_measures, Diagnostics);
    }

    /// <summary>Runs what the deck asks for, writes the run's folder, and says how it went.</summary>
    /// <param name="command">The command, for the record.</param>
    /// <param name="parts">Which parts.</param>
    /// <param name="cancellation">Interrupts; what was finished is saved.</param>
    public RunStatus Run(string command = "run", RunParts parts = RunParts.All, CancellationToken cancellation = default)
    {
        if (!Bind())
        {
            Conclude(command, RunStatus.BadInput);
            return RunStatus.BadInput;
        }

        if (!Deck!.Cards.Any(c => NodalSession.IsAnalysis(c) || c is TrainCard or CompareCard or ExportCard))
            Diagnostics.Warning("AL0974", SourceSpan.None, "the deck asks for nothing, so nothing is simulated", "add a card: .op, .tran 1u 1m, .train epochs=5");
        if (!_settings.IsOneOfMany && _settings.Shard.Count == 1)
            Folder.RemoveUnfinished();
        StepSweep? sweep = _settings.Step is null ? StepSweep.Of(Deck!) : null;
        if (!_settings.IsOneOfMany && _settings.Chip is null && _settings.ChipFile is null && _settings.Shard.Count == 1 && ExplanationCard.Of(Deck!, command) is { IsEmpty: false } cards)
            return RunExplaining(cards, sweep, command, parts, cancellation);
        return RunPlain(sweep, command, parts, cancellation);
    }

    /// <summary>Runs what the deck asks for, without its studies that explain.</summary>
    private RunStatus RunPlain(StepSweep? sweep, string command, RunParts parts, CancellationToken cancellation)
    {
        if (Study is not null)
            return RunStudy(command, parts, cancellation);
        if (sweep is not null)
            return RunSteps(sweep, command, parts, cancellation);
        RunStatus status;
        try
        {
            status = RunEach(parts, cancellation);
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            status = RunStatus.Interrupted;
        }

        if (status != RunStatus.BadInput)
        {
            Measure();
            if (status == RunStatus.Done && Results.Measures.Any(m => !m.Met))
                status = RunStatus.CheckNotMet;
            if (status == RunStatus.Done && Diagnostics.HasErrors)
                status = RunStatus.BadInput;
        }

        Results.Status = status;
        if (!_settings.IsOneOfMany)
            Finish(command, parts);
        return status;
    }

    /// <summary>Ends a run that was done part by part: sets its status and makes its record. Nothing is written.</summary>
    /// <param name="command">The command, for the record.</param>
    /// <param name="status">How it ended.</param>
    /// <returns>The record.</returns>
    public RunRecord Conclude(string command, RunStatus status)
    {
        Results.Status = status;
        return Results.Record = NewRecord(command);
    }

    private RunRecord NewRecord(string command)
    {
        RunStatus status = Results.Status;
        var record = new RunRecord
        {
            Command = command,
            Deck = Deck?.Path ?? string.Empty,
            Title = Deck?.Circuit.Title ?? string.Empty,
            Engine = Deck is null ? "rate" : Engine.ToString().ToLowerInvariant(),
            Status = RunJson.Snake(status.ToString()),
            ExitCode = (int)status,
            Measures = Results.Measures.ToDictionary(m => m.Name, m => m.Value),
            Checks = Results.Measures,
            Diagnostics = [.. Diagnostics.Select(DiagnosticRecord.Of)],
            Exports = [.. Results.Exports],
            Chips = Results.Steps,
            Yield = Results.Yield,
            Yields = [.. Results.Yields],
            Explanation = Results.Explanation,
            Circuit = Deck is null ? null : CircuitSummary.Of(Experiment?.Network.Circuit ?? Deck.Circuit),
            Parameters = new SortedDictionary<string, double>((Deck?.Parameters ?? ImmutableDictionary<string, double>.Empty).ToDictionary(p => p.Key, p => p.Value), StringComparer.Ordinal),
            Options = new SortedDictionary<string, string>(Deck?.Options.ToDictionary(o => o.Key, o => TextOf(o.Value.Value)) ?? [], StringComparer.Ordinal),
            Files = [.. (Deck?.Files ?? []).Select(f => new FileRecord(f.Path, f.Sha256))],
            Machine = MachineRecord.This(_settings.ThreadCount),
            Started = _started,
            Chip = Chip?.Number ?? 0,
            ChipSeed = Chip?.Seed,
            ChipFile = Chip is null ? null : "chip.json",
        };
        _seconds["total"] = Stopwatch.GetElapsedTime(_begin).TotalSeconds;
        if (Nodal is { } nodal)
            return WithNodal(record, nodal);
        if (Experiment is not { } experiment)
            return record;
        return record with
        {
            Seed = experiment.Seed,
            Precision = experiment.DoublePrecision ? "double" : "float",
            Out = Folder.Path,
            Fingerprint = Fingerprint,
            Op = Results.OperatingPoint is { } point
                ? new OperatingPointRecord(point.Residual, point.Steps, point.IsSettled, Results.Inputs, point.Nodes.Zip(point.Voltages).ToDictionary(p => p.First, p => p.Second))
                : null,
            Tran = Results.Transient is { PointCount: > 0 } table
                ? new TransientRecord(table.PointCount, table.Columns[0].Values[^1], Results.Inputs, "waveforms.raw", "tran.csv")
                : null,
            Train = TrainingRecordOf(experiment.RuleName, experiment.OptimizerName, experiment.Data),
            Comparisons = [.. Results.Comparisons.Select(c => c.ToRecord())],
            Data = DataText(),
            DataFiles = [.. (Data?.Files ?? []).Select(f => new FileRecord(f.Path, f.Sha256))],
            Seconds = new Dictionary<string, double>(_seconds),
        };
    }

    private RunRecord WithNodal(RunRecord record, NodalSession nodal)
    {
        WaveformTable? point = Results.Table("op");
        return record with
        {
            Seed = nodal.Learning?.Seed ?? _settings.Seed ?? 0,
            Precision = "double",
            Out = Folder.Path,
            Fingerprint = nodal.Learning is null ? record.Fingerprint : Fingerprint,
            Train = nodal.Learning is { } learning ? TrainingRecordOf(learning.RuleName, learning.OptimizerName, learning.Data) : null,
            Comparisons = [.. Results.Comparisons.Select(c => c.ToRecord())],
            Data = DataText(),
            DataFiles = [.. (Data?.Files ?? []).Select(f => new FileRecord(f.Path, f.Sha256))],
            Nodal = new NodalRecord(nodal.Circuit.UnknownCount, nodal.Circuit.Banks.Sum(b => b.Count), nodal.Circuit.Pattern.Count, Results.Kirchhoff?.Method, Results.Kirchhoff?.Iterations, Results.Kirchhoff?.Relative, Results.Kirchhoff?.Current)
            {
                Analyses = [.. Results.Analyses.Select(a => new AnalysisRecord(a.Analysis, a.Table.PlotName, a.Table.PointCount, a.Table.Columns.Length))],
            },
            Op = point is null
                ? null
                : new OperatingPointRecord(
                    Results.Kirchhoff?.Current ?? 0,
                    Results.Kirchhoff?.Iterations ?? 0,
                    true,
                    "the deck's sources",
                    point.Columns.Where(c => c.Quantity == WaveformQuantity.Voltage).DistinctBy(c => c.Name, StringComparer.Ordinal).ToDictionary(c => c.Name.StartsWith("v(", StringComparison.Ordinal) ? c.Name[2..^1] : c.Name, c => c.Values[0])),
            Tran = Results.Table("tran") is { PointCount: > 0 } table ? new TransientRecord(table.PointCount, table.Columns[0].Values[^1], "the deck's sources", "waveforms.raw", "tran.csv") : null,
            Seconds = new Dictionary<string, double>(_seconds),
        };
    }

    private static void Add(IEnumerable<Diagnostic> from, DiagnosticBag to)
    {
        foreach (Diagnostic diagnostic in from)
            to.Add(diagnostic);
    }

    private static string NameOf(string path)
    {
        string name = Path.GetFileNameWithoutExtension(path);
        return name.Length == 0 ? "run" : string.Concat(name.Select(c => char.IsLetterOrDigit(c) || c is '-' or '_' or '.' ? c : '-'));
    }

    private static string TextOf(Value value) => value switch
    {
        NumberValue number => number.Number.ToString("R", CultureInfo.InvariantCulture),
        TextValue text => text.Text,
        _ => value.Span.IsWritten ? value.Span.Text.ToString() : value.ToString(),
    };

    /// <summary>The chip and the engine, as far as they are part of the fingerprint. Noise of reading is of the chip's number even where chips have no draws.</summary>
    private string? ChipText(string engine) => Chip is { } chip ? string.Create(CultureInfo.InvariantCulture, $"{engine}{chip.Number} {chip.Digest()}") : engine.Length > 0 ? engine : null;

    private bool IsBound => Experiment is not null || Nodal is not null;

    /// <summary>What trains and compares: the network of the rate engine or the circuit of the nodal one; null for decks that learn nothing.</summary>
    public ITrainingExperiment? Learner => (ITrainingExperiment?)Experiment ?? Nodal?.Learning;

    /// <summary>The data set, or null when the deck has none.</summary>
    public DataSet? Data => Experiment is { } experiment ? experiment.Data : Nodal?.Learning?.Data;

    private ITrainingExperiment ReadyToTrain() => Bind() && Learner is { } learner ? learner : throw Unready();

    private Experiment Ready() => Bind() && Experiment is { } experiment ? experiment : throw Unready();

    private InvalidOperationException Unready() =>
        new("The deck cannot run: " + string.Join("\n", Diagnostics.Where(d => d.Severity == Severity.Error).Select(d => d.Headline).DefaultIfEmpty("it was not made ready.")));

    private void Took(string part, long begin) => _seconds[part] = _seconds.GetValueOrDefault(part) + Stopwatch.GetElapsedTime(begin).TotalSeconds;

    private double CheckpointSeconds()
    {
        if (_settings.CheckpointSeconds is { } given)
            return given;
        return Deck!.Options.TryGetValue("checkpoint", out Argument? option) && option.Value is NumberValue { Number: >= 0 } number ? number.Number : 60;
    }

    /// <summary>A measure of an analysis that the deck does not ask for can never be evaluated.</summary>
    private void CheckMeasuredParts()
    {
        foreach (Measure measure in _measures)
        {
            bool asked = measure.Table.Analysis switch
            {
                "op" => Deck!.All<OperatingPointCard>().Any(),
                "dc" => Deck!.All<DirectSweepCard>().Any(),
                "ac" => Deck!.All<SmallSignalCard>().Any(),
                "noise" => Deck!.All<NoiseCard>().Any(),
                "tf" => Deck!.All<TransferFunctionCard>().Any(),
                "sens" => Deck!.All<SensitivityCard>().Any(),
                "tran" => Deck!.All<TransientCard>().Any(),
                "train" => Deck!.All<TrainCard>().Any(),
                _ => Deck!.All<CompareCard>().Any(),
            };
            if (!asked)
                Diagnostics.Error("AL0958", measure.Span, $"the measure '{measure.Name}' is of .{measure.Table.Analysis}, which the deck does not ask for", $"add a .{measure.Table.Analysis} card");
        }
    }

    private RunStatus RunEach(RunParts parts, CancellationToken cancellation)
    {
        Deck deck = Deck!;
        if (Nodal is not null)
        {
            RunStatus status = RunNodal(parts, cancellation);
            if (status == RunStatus.Done && Nodal.Learning is not null)
                return RunLearning(parts, cancellation);
            if (status == RunStatus.Done)
                RunExports(parts, cancellation);
            return status;
        }

        if (parts.HasFlag(RunParts.OperatingPoint) && deck.All<OperatingPointCard>().Any())
        {
            OperatingPoint point = SolveOperatingPoint(cancellation);
            if (!point.IsSettled)
                return Fail(point.Trouble);
        }

        if (parts.HasFlag(RunParts.Transient) && deck.All<TransientCard>().FirstOrDefault() is { } transient)
        {
            Transient(transient, cancellation);
            if (Results.Trouble is { } trouble)
                return Fail("the transient was not completed: " + trouble);
        }

        return RunLearning(parts, cancellation);
    }

    /// <summary>Training, comparisons and exports, on either engine.</summary>
    private RunStatus RunLearning(RunParts parts, CancellationToken cancellation)
    {
        Deck deck = Deck!;
        if (parts.HasFlag(RunParts.Training) && deck.All<TrainCard>().Any())
        {
            TrainingOutcome outcome = TrainKeepingCheckpoint(cancellation);
            if (outcome.End == TrainingEnd.Interrupted)
                return RunStatus.Interrupted;
            if (outcome.End == TrainingEnd.Diverged)
                return Fail("training diverged: " + outcome.Trouble);
        }

        if (parts.HasFlag(RunParts.Comparison))
        {
            foreach (CompareCard card in deck.All<CompareCard>())
            {
                cancellation.ThrowIfCancellationRequested();
                Observer.Say($"comparing {card.Against?.Name ?? Learner!.RuleName} with {card.Reference.Name}");
                if (Compare(card, cancellation) is { Result.Examples: 0 } none)
                    return Fail($"no example could be compared: {none.Result.LeftOut.FirstOrDefault()}; the network does not settle: try smaller weights, bounded activations, or a smaller .options settle_step");
            }
        }

        RunExports(parts, cancellation);
        return RunStatus.Done;
    }

    /// <summary>
    /// Millions of volts solve the equations where a source has no way for its current but a junction in reverse, and millions of amperes where it drives a junction by volts; no one wants such a circuit.
    /// </summary>
    private void WarnOfAbsurdity(SourceSpan span)
    {
        const double most = 1e6;
        if (Results.Table("op")?.Columns.MaxBy(c => Math.Abs(c.Values[0])) is { } worst && Math.Abs(worst.Values[0]) > most)
        {
            Diagnostics.Warning(
                "AL0971",
                span,
                string.Create(CultureInfo.InvariantCulture, $"{worst.Name} is {worst.Values[0]:g3} {worst.Unit}: the equations are solved, but by numbers of no circuit of this world"),
                worst.Quantity == WaveformQuantity.Voltage
                    ? "a source has no way for its current there but a junction in reverse, or a very large resistance"
                    : "a source drives a junction by volts, with no resistance in series");
        }
    }

    private void RunExports(RunParts parts, CancellationToken cancellation)
    {
        if (parts.HasFlag(RunParts.Export))
        {
            foreach (ExportCard card in Deck!.All<ExportCard>())
            {
                cancellation.ThrowIfCancellationRequested();
                Export(card.Kind, Folder.PathOf(card.File ?? Exporter.DefaultName(card.Kind.ToLowerInvariant(), Name)), card.Span);
            }
        }
    }

    /// <summary>Runs the deck once for each point of its <c>.step</c> cards, each in a folder of its own.</summary>
    private RunStatus RunSteps(StepSweep sweep, string command, RunParts parts, CancellationToken cancellation)
    {
        RunStatus status = RunStatus.Done;
        var points = new List<ChipRecord>();
        var decks = new List<(IReadOnlyDictionary<string, double>, Deck)>();
        var rebuilt = new List<(IReadOnlyDictionary<string, double> Step, Reconstruction Images)>();
        Results.Steps = points;
        for (int k = 0; k < sweep.Points.Length && status != RunStatus.Interrupted; k++)
        {
            ImmutableDictionary<string, double> point = sweep.Points[k];
            Observer.Say(string.Create(CultureInfo.InvariantCulture, $"step {k + 1} of {sweep.Points.Length}: {StepSweep.Describe(point)}"));
            DeckRun run = Open(Deck!.Path, SettingsAt(point) with { Folder = FolderOfStep(k).Path, KeepsCheckpoint = true }, Observer);
            RunStatus ended = run.Run(command, parts, cancellation);
            foreach (Diagnostic diagnostic in run.Diagnostics.Where(d => !Diagnostics.Any(known => known.ToString() == d.ToString())))
                Diagnostics.Add(diagnostic);
            points.Add(new ChipRecord(Chip?.Number ?? 0, StepSweep.InOrder(sweep.Names, point), run.Results.Measures.ToDictionary(m => m.Name, m => m.Value), RunJson.Snake(ended.ToString()))
            {
                Learning = LearningCurve.Of([.. LearningCurve.Entries(run.Results.Training)]),
            });
            if (run.Deck is { } own)
                decks.Add((point, own));
            if (run.Results.Reconstruction is { } images)
                rebuilt.Add((point, images));
            Results.Measures = run.Results.Measures;
            if (ended != RunStatus.Done && (status == RunStatus.Done || ended == RunStatus.Interrupted))
                status = ended;
        }

        Results.Status = status;
        WriteChip();
        RunRecord record = NewRecord(command);
        Folder.WriteText("steps.csv", sweep.ToCsv(points));
        bool learns = points.Any(p => !p.Learning.IsEmpty);
        if (learns)
        {
            Folder.Write("learning.csv", stream =>
            {
                using var writer = new StreamWriter(stream, leaveOpen: true) { NewLine = "\n" };
                LearningCurve.WriteCsv(writer, sweep.Names, points);
            });
        }

        StudyMeasures about = StudyMeasures.Of(Deck!) with { Words = StudyMeasures.WordsOf(sweep.Names, decks) };
        Results.Words = about.Words;
        Plots.Figure[] figures = [.. sweep.Draw(points, Deck!.Circuit.Title, about.Describe, about.UnitOf, about.Words.Keys), .. StudyFigures.Learning(points, Deck.Circuit.Title, about), .. Reconstruction.Together(rebuilt, about, Deck.Circuit.Title), .. StudyFigures.Maps(sweep.Names, points, [.. points.SelectMany(p => p.Measures.Keys).Distinct(StringComparer.OrdinalIgnoreCase)], Deck.Circuit.Title, about.UnitOf)];
        record = record with { Plots = [.. figures.SelectMany(f => FigureFiles.Save(Folder, f))], Tables = learns ? ["steps.csv", "learning.csv"] : ["steps.csv"], Report = "report.html" };
        _page = (whole, more) => RunReport.Write(whole with { Checks = [] }, figures, Diagnostics, File.Exists(Deck.Path) ? File.ReadAllText(Deck.Path) : null, more);
        Folder.WriteText("report.html", _page(record, []));
        Results.Record = record;
        Folder.WriteText("run.json", Results.Record.ToJson() + "\n");
        if (status != RunStatus.Interrupted && parts.HasFlag(RunParts.Training) && !_isExplaining)
            DeleteCheckpoints(sweep);
        return status;
    }

    private RunFolder FolderOfStep(int step) => new(Folder.PathOf(string.Create(CultureInfo.InvariantCulture, $"step-{step + 1}")));

    /// <summary>Removes the checkpoints of the run, or of all points of its sweep.</summary>
    private void DeleteCheckpoints(StepSweep? sweep)
    {
        if (sweep is null)
            Folder.Delete(CheckpointStore.FileName);
        for (int k = 0; k < sweep?.Points.Length; k++)
            FolderOfStep(k).Delete(CheckpointStore.FileName);
    }

    private RunStatus RunNodal(RunParts parts, CancellationToken cancellation)
    {
        foreach (Card card in Deck!.Cards.Where(NodalSession.IsAnalysis))
        {
            cancellation.ThrowIfCancellationRequested();
            if (!parts.HasFlag(card is TransientCard ? RunParts.Transient : RunParts.OperatingPoint))
                continue;
            long begin = Stopwatch.GetTimestamp();
            AnalysisFailure? failure = Nodal!.Run(card, Results, cancellation);
            Took("analyses", begin);
            if (failure is null)
            {
                if (card is OperatingPointCard)
                    WarnOfAbsurdity(card.Span);
                continue;
            }

            Results.Trouble = failure.Message;
            Diagnostics.Error("AL0970", failure.Span.IsWritten ? failure.Span : card.Span, failure.Message, failure.Fix);
            return RunStatus.NotSimulated;
        }

        return RunStatus.Done;
    }

    private RunStatus Fail(string trouble)
    {
        Results.Trouble = trouble;
        Diagnostics.Error("AL0970", SourceSpan.None, trouble);
        return RunStatus.NotSimulated;
    }

    /// <summary>Writes the folder's files. The checkpoint goes last, when everything else is there.</summary>
    private void Finish(string command, RunParts parts)
    {
        if (Learner is { } experiment && Results.Training is { End: not TrainingEnd.Interrupted })
        {
            Folder.Write("weights.npz", stream =>
            {
                if (experiment.DoublePrecision)
                    WeightFile.Write(stream, Parameters);
                else
                    WeightFile.Write(stream, Parameters.To<float>());
            }, lasting: true);
        }

        foreach ((Comparison comparison, int k) in Results.Comparisons.Select((c, k) => (c, k)))
        {
            string ending = Results.Comparisons.Count == 1 ? string.Empty : string.Create(CultureInfo.InvariantCulture, $"-{k + 1}");
            Folder.WriteText($"compare{ending}.csv", comparison.ToCsv());
            if (comparison.Noise is { } noise)
                Folder.WriteText($"compare-noise{ending}.csv", noise.ToCsv());
            if (comparison.Sweep is { } sweep)
                Folder.WriteText($"compare-sweep{ending}.csv", sweep.ToCsv());
        }

        WriteChip();
        WriteWaveforms();
        RunRecord record = NewRecord(command);
        if (Results.Status is not (RunStatus.Interrupted or RunStatus.BadInput))
        {
            record = WithPhases(record);
            WriteReconstruction();
            record = Draw(record);
        }

        Results.Record = record;
        Folder.WriteText("run.json", record.ToJson() + "\n", lasting: true);
        if (Results.Status != RunStatus.Interrupted && parts.HasFlag(RunParts.Training) && !_isExplaining && !_settings.KeepsCheckpoint)
            Folder.Delete(CheckpointStore.FileName);
    }

    /// <summary>The chip's draws; a nominal run leaves none of an earlier one behind.</summary>
    private void WriteChip()
    {
        if (Chip is { } chip)
            Folder.WriteText("chip.json", chip.ToJson() + "\n");
        else
            Folder.Delete("chip.json");
    }

    /// <summary>Operating point and transient as a raw file, the transient also as csv; <c>.save</c> cards say which nodes.</summary>
    private void WriteWaveforms()
    {
        var tables = new List<WaveformTable>();
        if (Results.OperatingPoint is { } point)
            tables.Add(Saved(new WaveformTable("Operating Point", [.. point.Nodes.Zip(point.Voltages, (n, v) => new WaveformColumn($"v({n})", WaveformQuantity.Voltage, [v]))])));
        if (Results.Transient is { } transient)
        {
            WaveformTable saved = Saved(transient);
            tables.Add(saved);
            Folder.Write("tran.csv", stream =>
            {
                using var writer = new StreamWriter(stream, leaveOpen: true) { NewLine = "\n" };
                CsvFile.Write(writer, saved);
            });
        }

        foreach (AnalysisTable analysis in Results.Analyses)
        {
            WaveformTable saved = analysis.Analysis is "op" or "dc" or "ac" or "tran" ? Saved(analysis.Table) : analysis.Table;
            tables.Add(saved);
            if (saved.PointCount > 1 || analysis.Analysis is "tf" or "sens" or "noise_total")
            {
                string file = analysis.Analysis + Ending(analysis) + ".csv";
                Folder.Write(file, stream =>
                {
                    using var writer = new StreamWriter(stream, leaveOpen: true) { NewLine = "\n" };
                    CsvFile.Write(writer, saved);
                });
            }
        }

        if (tables.Count > 0)
            Folder.Write("waveforms.raw", stream => RawFile.Write(stream, Deck!.Circuit.Title, _started, [.. tables]));
    }

    /// <summary>The second and further analyses of a kind are numbered.</summary>
    private string Ending(AnalysisTable analysis)
    {
        int before = Results.Analyses.TakeWhile(a => !ReferenceEquals(a, analysis)).Count(a => a.Analysis == analysis.Analysis);
        return before == 0 ? string.Empty : string.Create(CultureInfo.InvariantCulture, $"-{before + 1}");
    }

    private WaveformTable Saved(WaveformTable table)
    {
        var wanted = new HashSet<string>(_outputs.Where(o => o.Action == "save").SelectMany(o => o.Quantities).Select(q => NodeOf(q.Label)).OfType<string>(), StringComparer.OrdinalIgnoreCase);
        return wanted.Count == 0 ? table : table with { Columns = [.. table.Columns.Where(c => c.Quantity != WaveformQuantity.Voltage || wanted.Contains(c.Name))] };

        string? NodeOf(string label) =>
            label.StartsWith("v(", StringComparison.OrdinalIgnoreCase) && label.EndsWith(')') && new NodeNames(Deck!.Circuit).Find(label[2..^1]) is { } node ? $"v({node})" : null;
    }

    /// <summary>After training with a nudge: what a test example that is not yet right does through the free and the nudged phase.</summary>
    private RunRecord WithPhases(RunRecord record)
    {
        Call? call = Deck!.All<LearnCard>().LastOrDefault()?.Rule;
        if (Experiment is not { } experiment || Results.Training is null || experiment.Rule is not { } rule || experiment.Data is not { Test.Count: > 0 } data || call is not { Name: "eqprop" or "stdp" })
            return record;
        double shortest = experiment.Network.Tau.Min();
        double Own(string name, double absent) => call.Arguments.LastOrDefault(a => a.Name == name)?.Value is NumberValue number ? number.Number : absent;
        PhaseWaveforms shown = PhaseWaveforms.Of(experiment, rule.Readout, Parameters, data.Test, Own("beta", 0.5), Own("free", 30 * shortest), Own("nudge", 15 * shortest));
        Folder.Write("phases.raw", stream => RawFile.Write(stream, Deck.Circuit.Title, _started, shown.Table));
        return record with { Phases = shown.Phases, PhasesOf = string.Create(CultureInfo.InvariantCulture, $"test example {shown.Example}, {call.Name}, β = {Own("beta", 0.5):g4}") };
    }

    /// <summary>After training an autoencoder of images: some held-out ones and what it makes of them.</summary>
    private void WriteReconstruction()
    {
        if (Experiment is not { } experiment || Results.Training is not { End: not TrainingEnd.Diverged } || Reconstruction.Of(experiment, Parameters) is not { } made)
        {
            Folder.Delete(Reconstruction.FileName);
            return;
        }

        Results.Reconstruction = made;
        Folder.Write(Reconstruction.FileName, made.Write);
    }

    /// <summary>Draws the figures and writes the report.</summary>
    private RunRecord Draw(RunRecord record)
    {
        long begin = Stopwatch.GetTimestamp();
        var evaluator = new MeasureEvaluator(_names!, Results);
        var reader = new OutputReader(Deck!, _names!, Diagnostics);
        var figures = new List<Plots.Figure>();
        foreach (Output output in _outputs)
        {
            if (output.Action == "print" && reader.Print(output, evaluator, Results) is { } text)
                Results.Printed.Add(text);
            if (output.Action == "plot" && reader.Plot(output, evaluator, Results, string.Create(CultureInfo.InvariantCulture, $"plot-{figures.Count + 1}")) is { } figure)
                figures.Add(figure);
        }

        if (Results.Printed.Count > 0)
            Folder.WriteText("print.txt", string.Join('\n', Results.Printed));
        // What no .plot card asks for is drawn whole: transients, sweeps, responses, noise.
        string[] plotted = [.. _outputs.Where(o => o.Action == "plot").Select(o => o.Table.Analysis)];
        if ((Nodal is null ? figures.Count == 0 : !plotted.Contains("tran")) && Results.Table("tran") is { PointCount: > 1 } transient)
            figures.Add(WaveformsOf(transient));
        figures.AddRange(Results.Analyses
            .Where(a => a.Analysis is "dc" or "ac" or "noise" && a.Table.PointCount > 1 && !plotted.Contains(a.Analysis))
            .Select(a => AnalysisFigures.Of(a, a.Analysis + Ending(a)) with { Subtitle = Deck!.Circuit.Title }));
        figures.AddRange(RunFigures.Of(Folder, record).Draw());
        record = record with { Plots = [.. figures.SelectMany(f => FigureFiles.Save(Folder, f))], Report = figures.Count > 0 || record.Train is not null || record.Op is not null ? "report.html" : null };
        _page = (whole, more) => RunReport.Write(whole, figures, Diagnostics, File.Exists(Deck!.Path) ? File.ReadAllText(Deck.Path) : null, more);
        if (record.Report is { } page)
            Folder.WriteText(page, _page(record, []));
        Took("draw", begin);
        return record with { Seconds = new Dictionary<string, double>(_seconds) };
    }

    private Plots.Figure WaveformsOf(WaveformTable table)
    {
        const int most = 12;
        WaveformColumn[] shown = [.. table.Columns.Where(c => c.Quantity == WaveformQuantity.Voltage).Reverse().Take(most).Reverse()];
        return Plots.Figures.Waveforms(table.Column("time")!.Values, [.. shown.Select(c => (c.Name, (IReadOnlyList<double>)c.Values))], [], subtitle: Deck!.Circuit.Title);
    }

    private string? DataText() => Data is { } data ? string.Create(CultureInfo.InvariantCulture, $"{data.Name}: {data.Train.Count} training and {data.Test.Count} test examples") : null;

    private TrainingRecord? TrainingRecordOf(string? rule, string optimizer, DataSet? data)
    {
        if (Results.Training is not { } training)
            return null;
        Examples? test = data?.Test;
        var record = new TrainingRecord(rule ?? string.Empty, optimizer, RunJson.Snake(training.End.ToString()), training.History)
        {
            ResumedAt = training.ResumedAt is { } at ? string.Create(CultureInfo.InvariantCulture, $"epoch {at.Epochs + 1}, batch {at.Batches}") : null,
            Trouble = training.Trouble,
            InputShape = test?.InputShape ?? [],
            Seconds = training.History.Sum(e => e.Seconds),
        };
        if (training.Test is not { } evaluation || test is not { HasLabels: true })
            return record;
        int classes = evaluation.Confusion.GetLength(0);
        return record with
        {
            Classes = test.ClassNames.Length == classes ? test.ClassNames : [.. Enumerable.Range(0, classes).Select(k => k.ToString(CultureInfo.InvariantCulture))],
            Confusion = [.. Enumerable.Range(0, classes).Select(r => Enumerable.Range(0, classes).Select(c => evaluation.Confusion[r, c]).ToImmutableArray())],
        };
    }
}
