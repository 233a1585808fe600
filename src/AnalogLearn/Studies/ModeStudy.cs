using System.Collections.Concurrent;
using System.Collections.Immutable;
using System.Globalization;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;
using AnalogLearn.Circuits;
using AnalogLearn.Interchange;
using AnalogLearn.Learning;
using AnalogLearn.Netlist;
using AnalogLearn.Numerics;
using AnalogLearn.Simulation;
using AnalogLearn.Variation;

namespace AnalogLearn.Studies;

/// <summary>
/// The same chips in several modes (<see cref="StudyModes"/>): chip k has the same draws in each, so that differences between modes are differences of the modes alone (common random numbers). What is trained once for all chips
/// (ideally, hardware-aware) is trained when a chip first needs it, and lies in the run's folder under a name that says what it came from, for whoever goes on.
/// </summary>
/// <param name="modes">The modes.</param>
/// <param name="seed">The study's seed.</param>
/// <param name="settings">What the study was told.</param>
/// <param name="folder">The run's folder.</param>
/// <param name="observer">Told of trainings.</param>
/// <param name="run">Runs a chip's deck.</param>
internal sealed class ModeStudy(StudyModes modes, ulong seed, RunSettings settings, RunFolder folder, IRunObserver observer, Func<DeckRun, CancellationToken, RunStatus> run) : IChipSource
{
    /// <summary>Where in the run's folder it lies.</summary>
    public const string Folder = "references";

    private readonly ConcurrentDictionary<int, Deck> _designs = new();
    private readonly ConcurrentDictionary<(int Step, string Mode), Lazy<TrainedWeights>> _trained = new();
    private readonly ConcurrentDictionary<string, Lazy<TrainedWeights>> _byKey = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<int, Lazy<(RunStatus Status, RunResults Results)>> _ideal = new();

    /// <summary>Told of every batch of what is trained once for all chips.</summary>
    public IRunObserver TrainingObserver { get; init; } = SilentObserver.Instance;

    /// <inheritdoc/>
    public string Description => string.Create(CultureInfo.InvariantCulture, $"fabricated with seed {seed}, used as {modes}");

    /// <inheritdoc/>
    public Chip Make(Deck design, StudyItem item)
    {
        _designs.TryAdd(item.Step, design);
        if (item.Mode == StudyModes.Ideal)
        {
            Deck ideal = WithEpochs(design.Without(NonIdealities.All), 0);
            return new Chip { Seed = seed, Number = 0, Circuit = ideal.Circuit, Deck = ideal };
        }

        Chip chip = design.Fabricate(seed, item.Chip);
        return item.Mode switch
        {
            StudyModes.InPlace => chip,
            StudyModes.Finetune => chip with { Deck = WithEpochs(chip.Deck!, modes.FinetuneEpochs) },
            _ => chip with { Deck = WithEpochs(chip.Deck!, 0) },
        };
    }

    /// <summary>Does an item.</summary>
    public RunStatus Work(DeckRun chip, StudyItem item, CancellationToken cancellation)
    {
        if (item.Mode == StudyModes.InPlace)
            return run(chip, cancellation);
        if (!chip.Bind())
            return RunStatus.BadInput;
        string wanted = item.Mode == StudyModes.Aware ? StudyModes.Aware : StudyModes.Ideal;
        TrainedWeights trained = _trained.GetOrAdd((item.Step, wanted), key => new Lazy<TrainedWeights>(() => Trained(_designs[key.Step], key.Mode, cancellation))).Value;
        if (trained.Weights is not { } weights)
        {
            chip.Diagnostics.Error("AL0970", SourceSpan.None, trained.Trouble!);
            return RunStatus.NotSimulated;
        }

        if (item.Mode != StudyModes.Ideal)
        {
            chip.Program(weights);
            return run(chip, cancellation);
        }

        (RunStatus status, RunResults results) = _ideal.GetOrAdd(item.Step, _ => new Lazy<(RunStatus, RunResults)>(() =>
        {
            chip.Program(weights);
            return (run(chip, cancellation), chip.Results);
        })).Value;
        chip.Results.Measures = results.Measures;
        chip.Results.Training ??= results.Training;
        return status;
    }

    /// <summary>A deck whose training takes so many epochs; 0 evaluates alone.</summary>
    private static Deck WithEpochs(Deck deck, int epochs) => deck with { Cards = [.. deck.Cards.Select(c => c is TrainCard train ? WithEpochs(train, epochs) : c)] };

    private static TrainCard WithEpochs(TrainCard card, int epochs) => card with
    {
        Arguments = [.. card.Arguments.Where(a => a.Name is not ("epochs" or "until")), new Argument("epochs", new NumberValue(epochs, card.Span), card.Span)],
    };

    private TrainedWeights Trained(Deck design, string mode, CancellationToken cancellation)
    {
        Deck nominal = design.Without(NonIdealities.All);
        DeckRun training = DeckRun.Of(nominal, settings with { Chip = 0, ChipFile = null, MakeChip = null, IsOneOfMany = true, Fresh = true, Step = settings.Step ?? ImmutableDictionary<string, double>.Empty });
        if (!training.Bind() || training.Learner is null)
            return new TrainedWeights(null, training.Diagnostics.FirstOrDefault(d => d.Severity == Severity.Error)?.Message ?? "nothing learns");
        string key = Key(training, design, mode);
        return _byKey.GetOrAdd(key, _ => new Lazy<TrainedWeights>(() => Trained(training, design, mode, $"{Folder}/{mode}-{key}.npz", cancellation))).Value;
    }

    private TrainedWeights Trained(DeckRun training, Deck design, string mode, string name, CancellationToken cancellation)
    {
        string path = folder.PathOf(name);
        if (File.Exists(path) && WeightFile.Read(path, training.Parameters, new DiagnosticBag()))
            return new TrainedWeights(training.Parameters, null);
        CheckpointStore checkpoint = new(folder, name, Path.ChangeExtension(name, null) + settings.Shard.Suffix + ".bin");
        training.Checkpoint = checkpoint;
        training.Observer = TrainingObserver;
        observer.Say((mode == StudyModes.Aware ? "training with variation in the loop, for all chips" : "training the ideal design, for all chips") + (checkpoint.Look() == CheckpointState.Taken ? ", goes on from where it was" : string.Empty));
        TrainingOutcome outcome = mode == StudyModes.Aware
            ? training.SessionOf(training.Experiment is { } network ? new AwareExperiment(network, design, seed, modes.AwareEvery) : new AwareCircuit(training.Nodal!.Learning!, design, seed, modes.AwareEvery), null).Run(training.Parameters, cancellation)
            : training.TrainKeepingCheckpoint(cancellation);
        cancellation.ThrowIfCancellationRequested();
        if (outcome.End == TrainingEnd.Diverged)
        {
            checkpoint.Delete();
            return new TrainedWeights(null, $"training the {(mode == StudyModes.Aware ? "hardware-aware" : "ideal")} weights diverged: {outcome.Trouble}");
        }

        folder.Write(name, stream => WeightFile.Write(stream, outcome.Parameters), lasting: true);
        checkpoint.Delete();
        observer.Say(string.Create(CultureInfo.InvariantCulture, $"{mode} weights: test error {100 * outcome.Last!.TestError:0.##} % on the design"));
        return new TrainedWeights(outcome.Parameters, null);
    }

    /// <summary>
    /// What the weights came from: the ideal design as it is elaborated, so that points of a sweep which differ in non-idealities alone share it; of hardware-aware weights also the design itself and the chips that were imagined.
    /// </summary>
    private string Key(DeckRun training, Deck design, string mode)
    {
        ulong seedOfTraining = training.Experiment?.Seed ?? training.Nodal?.Learning?.Seed ?? 0;
        Deck bare = training.Deck! with
        {
            Path = string.Empty,
            Files = [],
            Parameters = ImmutableDictionary<string, double>.Empty,
            Cards = [.. training.Deck.Cards.Where(c => c is DataSetCard or LearnCard or TrainCard)],
            Circuit = training.Deck.Circuit with { Models = training.Deck.Circuit.Models.Where(m => m.Value.Type is not ("synapse" or "neuron")).ToImmutableDictionary(training.Deck.Circuit.Models.KeyComparer) },
        };
        string text = RunFingerprint.Of(bare, training.Data, seedOfTraining);
        if (training.Engine == Circuits.Engine.Nodal)
            text += " nodal";
        if (mode == StudyModes.Aware)
            text = string.Create(CultureInfo.InvariantCulture, $"{text} {RunFingerprint.Of(design, training.Data, seedOfTraining)} {seed} {modes.AwareEvery}");
        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text)))[..16];
    }

    /// <summary>Sound chips that no study makes, for a batch of hardware-aware training: those that come out impossible are left out, and after fifty there are no more.</summary>
    private static IEnumerable<Chip> Imagined(Deck design, ulong seed, int epoch, int number)
    {
        ulong own = CounterRandom.ForPath(seed, "*aware").Child((ulong)epoch).UInt64At((ulong)number);
        return Enumerable.Range(1, 50).Select(attempt => design.Fabricate(own, attempt)).Where(c => c.IsSound);
    }

    private sealed record TrainedWeights(ParameterSet<double>? Weights, string? Trouble);

    /// <summary>The ideal design, learning on virtual chips of the real one.</summary>
    private sealed class AwareExperiment(Experiment ideal, Deck design, ulong seed, int every) : ITrainingExperiment
    {
        public string? RuleName => ideal.RuleName;

        public bool DoublePrecision => ideal.DoublePrecision;

        public Trainer<T> StartTrainer<T>(ParameterSet<double> start)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            var field = new RateField<T>(ideal.Network, start.To<T>());
            return ideal.CreateTrainer(field, new HardwareAwareLearner<T>(field, Imagine, every));
        }

        /// <summary>A chip that no study makes: its seed is a draw of the study's. One that comes out impossible is thrown away, as a fab would.</summary>
        private VirtualChip Imagine(int epoch, int number)
        {
            foreach (Chip chip in Imagined(design, seed, epoch, number))
            {
                if (Experiment.Bind(chip.Deck!, new ExperimentSettings { Seed = ideal.Seed, Data = ideal.Data, ThreadCount = ideal.Settle.ThreadCount }, new DiagnosticBag()) is { Rule: { } rule } made)
                    return new VirtualChip(made.Network, rule);
            }

            return new VirtualChip(ideal.Network, ideal.Rule!);
        }
    }

    /// <summary>The same of a circuit on the nodal engine.</summary>
    private sealed class AwareCircuit(NodalExperiment ideal, Deck design, ulong seed, int every) : ITrainingExperiment
    {
        public string? RuleName => ideal.RuleName;

        public bool DoublePrecision => true;

        public Trainer<T> StartTrainer<T>(ParameterSet<double> start)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            LearningCircuit circuit = ideal.Create(start.To<double>(), ideal.Rule!.Readout);
            object trainer = ideal.CreateTrainer(circuit, new HardwareAwareCircuit(circuit, Imagine, every));
            return trainer as Trainer<T> ?? throw new InvalidOperationException("Circuits are trained in double precision.");
        }

        private VirtualCircuit Imagine(int epoch, int number)
        {
            foreach (Chip chip in Imagined(design, seed, epoch, number))
            {
                var settings = new ExperimentSettings { Seed = ideal.Seed, Data = ideal.Data, ThreadCount = ideal.ThreadCount };
                if (NodalSession.Bind(chip.Deck!, new DiagnosticBag(), settings)?.Learning is { Rule: not null } made)
                    return Of(made);
            }

            return Of(ideal);
        }

        private static VirtualCircuit Of(NodalExperiment made) => new(made.Circuit, made.InitialParameters, theta => made.Create(theta, made.Rule!.Readout), made.Rule!.Create);
    }
}
