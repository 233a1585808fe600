using System.Collections.Immutable;
using System.Globalization;
using AnalogLearn.Circuits;
using AnalogLearn.Data;
using AnalogLearn.Learning;
using AnalogLearn.Netlist;
using AnalogLearn.Simulation;
using AnalogLearn.Simulation.Nodal;

namespace AnalogLearn.Studies;

/// <summary>
/// The learning cards of a deck on the nodal engine: its learning conductances, the sources that its data set drives, its outputs, rule and plan. Inputs are voltage sources with the waveform
/// <c>DATA</c> on the nodes of the data set's input buses; outputs are the nodes of <c>out=</c>, each against the node of <c>minus=</c> at the same place where that is given.
/// </summary>
public sealed class NodalExperiment : ITrainingExperiment
{
    private readonly Experiment.OptimizerCard _optimizer;
    private readonly int _threads;

    private NodalExperiment(Deck deck, NodalCircuit circuit, SolverOptions options, Experiment.OptimizerCard optimizer, int threads)
    {
        Deck = deck;
        Circuit = circuit;
        Options = options;
        _optimizer = optimizer;
        _threads = threads;
    }

    /// <summary>The deck.</summary>
    public Deck Deck { get; }

    /// <summary>The compiled circuit.</summary>
    public NodalCircuit Circuit { get; }

    /// <summary>Tolerances of the solver.</summary>
    public SolverOptions Options { get; }

    /// <summary>The learning conductances.</summary>
    public ImmutableArray<LearningBlock> Blocks { get; private init; } = [];

    /// <summary>The sources that examples drive, as places in the circuit's sources, in the order of the inputs.</summary>
    public ImmutableArray<int> Sources { get; private init; } = [];

    /// <summary>The outputs, and what they are taken against; null when the deck names none.</summary>
    public NodalRuleContext? Outputs { get; private init; }

    /// <summary>The bus of the outputs.</summary>
    public string? OutputBus { get; private init; }

    /// <summary>Seed of the conductances, the order of examples and every draw.</summary>
    public ulong Seed { get; private init; }

    /// <summary>The data set, or null when the deck has none.</summary>
    public DataSet? Data { get; private init; }

    /// <summary>The rule of <c>.learn</c>, or null.</summary>
    public INodalBoundRule? Rule { get; private init; }

    /// <inheritdoc/>
    public string? RuleName { get; private init; }

    /// <summary>The plan of <c>.train</c>, or null.</summary>
    public TrainingPlan? Plan { get; private init; }

    /// <summary>Examples on which angles to the exact gradient are taken after each epoch; 0 for none.</summary>
    public int ProbeExamples { get; private init; }

    /// <inheritdoc/>
    public bool DoublePrecision => true;

    /// <summary>sgd, momentum or adam.</summary>
    public string OptimizerName => _optimizer.Name;

    /// <summary>The layout of θ.</summary>
    public ParameterLayout Layout => NodalField.Layout(Circuit, Blocks);

    /// <summary>Whether a deck has anything to learn.</summary>
    /// <param name="deck">The deck.</param>
    public static bool Learns(Deck deck)
    {
        ArgumentNullException.ThrowIfNull(deck);
        return (deck.Circuit.Elements.Any(e => e.Kind is 'r' or 'u' or 'p') || deck.Circuit.Arrays.Length > 0) && deck.Cards.Any(c => c is LearnCard or TrainCard or CompareCard or DataSetCard);
    }

    /// <summary>The pairs of nodes between which a deck's nudge acts, for <see cref="NodalCircuit.Compile"/>.</summary>
    /// <param name="deck">The deck.</param>
    public static IEnumerable<(int Row, int Column)> Couplings(Deck deck)
    {
        ArgumentNullException.ThrowIfNull(deck);
        if (!Learns(deck) || OutputsOf(deck) is not { } output)
            return [];
        int[] nodes = [.. Nodes(deck.Circuit, output), .. deck.All<LearnCard>().LastOrDefault()?.Minus is { } minus ? Nodes(deck.Circuit, minus) : []];
        return NodalReadout.Couplings(nodes);
    }

    /// <summary>Reads a deck's learning cards.</summary>
    /// <param name="deck">The deck.</param>
    /// <param name="circuit">Its circuit, compiled with <see cref="Couplings"/>.</param>
    /// <param name="options">Tolerances of the solver.</param>
    /// <param name="settings">What is said besides.</param>
    /// <param name="diagnostics">Receives what is wrong.</param>
    /// <returns>The experiment, or null when there were errors.</returns>
    public static NodalExperiment? Bind(Deck deck, NodalCircuit circuit, SolverOptions options, ExperimentSettings settings, DiagnosticBag diagnostics)
    {
        ArgumentNullException.ThrowIfNull(deck);
        ArgumentNullException.ThrowIfNull(circuit);
        ArgumentNullException.ThrowIfNull(settings);
        ArgumentNullException.ThrowIfNull(diagnostics);
        int before = diagnostics.ErrorCount;
        var cards = new ExperimentBinder(deck, settings, diagnostics);
        TrainCard? train = deck.All<TrainCard>().LastOrDefault();
        LearnCard? learn = deck.All<LearnCard>().LastOrDefault();
        DataSetCard? data = deck.All<DataSetCard>().LastOrDefault();
        ImmutableArray<LearningBlock> blocks = LearningBlock.Of(circuit, diagnostics);
        if (blocks.IsEmpty && circuit.Network is not { Connections.Length: > 0 } && deck.Cards.Any(c => c is TrainCard or CompareCard) && diagnostics.ErrorCount == before)
            diagnostics.Error("AL0932", learn?.Span ?? train?.Span ?? SourceSpan.None, "nothing in the circuit learns", "give resistors, memristors or potentiometers a model with learn=1: .model wr r(r=10k learn=1 gmin=10u gmax=1m)");
        NodalRuleContext? outputs = FindOutputs(deck, circuit, diagnostics);
        ImmutableArray<int> sources = data is null ? [] : FindSources(data, circuit, diagnostics);
        var reader = new ArgumentReader(".train", train?.Arguments ?? [], train?.Span ?? SourceSpan.None, diagnostics);
        ulong seed = settings.Seed ?? (ulong)reader.Number("seed", 1, 0, 9e15);
        reader.Take("seed");
        ParameterLayout layout = NodalField.Layout(circuit, blocks);
        (TrainingPlan? plan, Experiment.OptimizerCard optimizer, int probe) = cards.ReadPlan(
            reader, (rate, name) => Rates(cards, circuit, blocks, layout, rate, name), seed, new SettleOptions { ThreadCount = settings.ThreadCount }, hasUsualRate: false);
        DataSet? loaded = data is null ? null : cards.LoadData(data);
        INodalBoundRule? rule = learn is null ? null : BindRule(learn.Rule, outputs, blocks, diagnostics);
        if (learn is not null)
            new ArgumentReader(".learn", learn.Arguments, learn.Span, diagnostics).Finish();
        return diagnostics.ErrorCount > before
            ? null
            : new NodalExperiment(deck, circuit, options, optimizer, settings.ThreadCount)
            {
                Blocks = blocks,
                Sources = sources,
                Outputs = outputs,
                OutputBus = OutputsOf(deck)?.Bus.Name,
                Seed = seed,
                Data = loaded,
                Rule = rule,
                RuleName = learn?.Rule.Name,
                Plan = plan,
                ProbeExamples = probe,
            };
    }

    /// <summary>Binds another rule to the same circuit, as <c>.compare … against=</c> does.</summary>
    /// <param name="call">The rule and its arguments.</param>
    /// <param name="diagnostics">Receives what is wrong with them.</param>
    public INodalBoundRule? BindRule(Call call, DiagnosticBag diagnostics) => BindRule(call, Outputs, Blocks, diagnostics);

    /// <summary>The conductances as fabricated.</summary>
    public ParameterSet<double> InitialParameters() => NodalField.Fabricate(Circuit, Blocks, Seed);

    /// <summary>The circuit, ready to learn.</summary>
    /// <param name="theta">The conductances; kept, not copied.</param>
    /// <param name="readout">The outputs and their cost.</param>
    public LearningCircuit Create(ParameterSet<double> theta, NodalReadout readout) => new(new NodalField(Circuit, Blocks, Sources, theta, Options), readout, _threads);

    /// <inheritdoc/>
    public Trainer<T> StartTrainer<T>(ParameterSet<double> start)
        where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T>
    {
        ArgumentNullException.ThrowIfNull(start);
        if (Rule is null || Plan is null || Data is null)
            throw new InvalidOperationException("The deck does not say what to train: it needs .dataset, .learn and .train.");
        LearningCircuit circuit = Create(start.To<double>(), Rule.Readout);
        object trainer = CreateTrainer(circuit, Rule.Create(circuit));
        return trainer as Trainer<T> ?? throw new InvalidOperationException("Circuits are trained in double precision.");
    }

    /// <summary>A trainer with another learner in the place of the rule's own.</summary>
    /// <param name="circuit">The circuit.</param>
    /// <param name="learner">What learns.</param>
    internal Trainer<double> CreateTrainer(LearningCircuit circuit, ILearner<double> learner) => new(circuit, learner, _optimizer.Create<double>(Layout), Data!, Plan!);

    /// <summary>Threads over examples.</summary>
    internal int ThreadCount => _threads;

    /// <summary>
    /// Rates by block. Where the deck gives none, steps of Adam are a hundredth of the block's mean conductance; the size of a gradient is not known beforehand, so that other optimisers need a rate.
    /// </summary>
    private static ImmutableArray<double> Rates(ExperimentBinder cards, NodalCircuit circuit, ImmutableArray<LearningBlock> blocks, ParameterLayout layout, double rate, string optimizer)
    {
        Dictionary<int, double> given = cards.GivenRates(layout, name => circuit.Circuit.Array(name)?.TiedTo is not null);
        bool adam = string.Equals(optimizer, "adam", StringComparison.Ordinal);
        ParameterSet<double> theta = NodalField.Fabricate(circuit, blocks, 1);
        return [.. Enumerable.Range(0, layout.Blocks.Length).Select(b => given.TryGetValue(b, out double own) ? own : double.IsNaN(rate) ? Usual(b) : rate)];

        double Usual(int block) => block >= blocks.Length ? (adam ? 0.001 : 0.05) : adam ? 0.01 * theta.Blocks[block].Average() : 1e-9;
    }

    private static BusSlice? OutputsOf(Deck deck) => deck.All<LearnCard>().LastOrDefault()?.Output ?? deck.All<DataSetCard>().LastOrDefault()?.Target;

    private static IEnumerable<int> Nodes(Circuit circuit, BusSlice slice) => Enumerable.Range(slice.Start, slice.Count).Select(k => circuit.NodeIndex(slice.Bus.NodeName(k)));

    private static NodalRuleContext? FindOutputs(Deck deck, NodalCircuit circuit, DiagnosticBag diagnostics)
    {
        if (OutputsOf(deck) is not { } output)
            return null;
        int[] plus = [.. Nodes(circuit.Circuit, output).Select(n => n == -1 ? circuit.UnknownCount : n)];
        BusSlice? against = deck.All<LearnCard>().LastOrDefault()?.Minus;
        int[] minus = against is null ? [.. plus.Select(_ => circuit.UnknownCount)] : [.. Nodes(circuit.Circuit, against).Select(n => n == -1 ? circuit.UnknownCount : n)];
        if (minus.Length == 1 && plus.Length > 1)
            minus = [.. plus.Select(_ => minus[0])];
        if (minus.Length != plus.Length)
        {
            diagnostics.Error(Codes.WidthMismatch, against!.Span, string.Create(CultureInfo.InvariantCulture, $"'{against.Bus.Name}' has {minus.Length} nodes, the outputs are {plus.Length}"), "outputs and what they are taken against are equally wide, or the latter is one node");
            return null;
        }

        if (Array.Exists(plus, n => n < 0) || Array.Exists(minus, n => n < 0))
        {
            diagnostics.Error("AL0921", output.Span, $"'{output.Bus.Name}' cannot be an output: no element of the circuit is connected to it", "name a bus of the circuit");
            return null;
        }

        return new NodalRuleContext([.. plus], [.. minus]);
    }

    private static ImmutableArray<int> FindSources(DataSetCard data, NodalCircuit circuit, DiagnosticBag diagnostics)
    {
        var places = ImmutableArray.CreateBuilder<int>();
        foreach (BusSlice slice in data.Input)
        {
            foreach (int node in Nodes(circuit.Circuit, slice))
            {
                int found = -1;
                for (int k = 0; k < circuit.Sources.Length && found < 0; k++)
                {
                    IndependentSource source = circuit.Sources[k];
                    if ((source.IsExternal || source.Waveform is DataWaveform) && source.Plus == node)
                        found = k;
                }

                if (found < 0)
                {
                    diagnostics.Error(
                        "AL0933",
                        slice.Span,
                        $"no source of the data set drives '{slice.Bus.Name}'",
                        string.Create(CultureInfo.InvariantCulture, $"add V{slice.Bus.Name} {slice.Bus.Name}[{slice.Bus.Low}:{slice.Bus.Low + slice.Bus.Width - 1}] 0 DATA"));
                    return [];
                }

                places.Add(found);
            }
        }

        return places.DrainToImmutable();
    }

    private static INodalBoundRule? BindRule(Call call, NodalRuleContext? outputs, ImmutableArray<LearningBlock> blocks, DiagnosticBag diagnostics)
    {
        if (outputs is null)
        {
            if (!diagnostics.HasErrors)
                diagnostics.Error("AL0922", call.Span, "there is nothing to learn: the deck names no output", "Write out=<bus> in .learn, or a .dataset with target=<bus>.");
            return null;
        }

        if (ExperimentBinder.FindRule(call, diagnostics) is not { } binding)
            return null;
        var arguments = new ArgumentReader(call, diagnostics);
        if (binding.BindNodal(arguments, outputs) is not { } rule)
        {
            diagnostics.Error("AL0931", call.Span, $"the rule '{call.Name}' is one of networks of neurons and synapse arrays; circuits do not learn by it", "eqprop(beta=…) does, and implicit() as the exact reference");
            return null;
        }

        if (rule.NeedsLinearity && blocks.FirstOrDefault(b => !b.IsLinear) is { } bent)
            diagnostics.Error("AL0935", call.Span, $"rule=squared compares powers, which is the gradient of elements alone whose current is linear in the voltage; '{bent.Description.Name}' is a {bent.ElementName}", "write rule=product");
        arguments.Finish();
        return rule;
    }
}
