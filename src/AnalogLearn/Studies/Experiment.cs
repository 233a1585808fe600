using System.Collections.Immutable;
using System.Numerics;
using AnalogLearn.Circuits;
using AnalogLearn.Data;
using AnalogLearn.Learning;
using AnalogLearn.Netlist;
using AnalogLearn.Simulation;

namespace AnalogLearn.Studies;

/// <summary>What the command line, or a caller, says besides the deck.</summary>
public sealed record ExperimentSettings
{
    /// <summary>Seed of everything, or null for the deck's own.</summary>
    public ulong? Seed { get; init; }

    /// <summary>Where data sets are looked for first.</summary>
    public ImmutableArray<string> DataDirectories { get; init; } = [];

    /// <summary>The data set when it is loaded already, or null.</summary>
    internal DataSet? Data { get; init; }

    /// <summary>Data sets that were loaded for others, or null.</summary>
    internal SharedData? SharedData { get; init; }

    /// <summary>Threads.</summary>
    public int ThreadCount { get; init; } = Environment.ProcessorCount;
}

/// <summary>A deck made ready to run on the rate engine: its network laid out, its data set loaded, its rule and plan read.</summary>
public sealed class Experiment : ITrainingExperiment
{
    private readonly OptimizerCard _optimizer;

    internal Experiment(Deck deck, RateNetwork network, SettleOptions settle, OptimizerCard optimizer)
    {
        Deck = deck;
        Network = network;
        Settle = settle;
        _optimizer = optimizer;
    }

    /// <summary>The deck.</summary>
    public Deck Deck { get; }

    /// <summary>The network, with the ties that the rule asked for.</summary>
    public RateNetwork Network { get; }

    /// <summary>Step, limit and tolerance of settling, from <c>.options</c>.</summary>
    public SettleOptions Settle { get; }

    /// <summary>Seed of the weights, the order of examples and every draw.</summary>
    public ulong Seed { get; internal init; }

    /// <summary>Whether the deck asks for double precision in training (<c>.options precision=double</c>).</summary>
    public bool DoublePrecision { get; internal init; }

    /// <summary>The data set, or null when the deck has none.</summary>
    public DataSet? Data { get; internal init; }

    /// <summary>The bank, the first node and the number of nodes that hold the outputs, or null when the deck has none.</summary>
    public (RateBank Bank, int Start, int Count)? Output { get; internal init; }

    /// <summary>The rule of <c>.learn</c>, or null.</summary>
    public IBoundRule? Rule { get; internal init; }

    /// <summary>The name of the rule of <c>.learn</c>, or null.</summary>
    public string? RuleName { get; internal init; }

    /// <summary>The plan of <c>.train</c>, or null.</summary>
    public TrainingPlan? Plan { get; internal init; }

    /// <summary>sgd, momentum or adam.</summary>
    public string OptimizerName => _optimizer.Name;

    /// <summary>Whether the outputs' biases start at the mean of the training targets (<c>output_bias=mean</c>).</summary>
    public bool OutputBiasIsMean { get; internal init; }

    /// <summary>Examples on which angles to the exact gradient are taken after each epoch; 0 for none.</summary>
    public int ProbeExamples { get; internal init; }

    /// <summary>Makes a deck ready.</summary>
    /// <param name="deck">The deck, elaborated without errors, for the rate engine.</param>
    /// <param name="settings">What is said besides.</param>
    /// <param name="diagnostics">Receives what is wrong with its cards.</param>
    /// <returns>The experiment, or null when there were errors.</returns>
    public static Experiment? Bind(Deck deck, ExperimentSettings settings, DiagnosticBag diagnostics) => new ExperimentBinder(deck, settings, diagnostics).Bind();

    /// <summary>A field with the weights as fabricated.</summary>
    /// <typeparam name="T">float or double.</typeparam>
    public RateField<T> CreateField<T>()
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => new(Network, InitialParameters().To<T>());

    /// <summary>The parameters as fabricated; with <c>output_bias=mean</c> the outputs' biases are such that the outputs are the mean of the training targets when nothing drives them.</summary>
    public ParameterSet<double> InitialParameters()
    {
        ParameterSet<double> theta = Network.InitialParameters(Seed);
        if (!OutputBiasIsMean || Data is null || Output is not { } output)
            return theta;
        double[] mean = Data.Train.MeanTarget();
        double[] bias = theta.Blocks[output.Bank.BiasBlock];
        for (int i = 0; i < mean.Length; i++)
        {
            int neuron = output.Start + i, state = output.Bank.Offset + neuron;
            bias[neuron] = (NeuronCurve.Inverse(output.Bank.Description.Activation, mean[i]) / Network.Gain[state]) - Network.Offset[state] + Network.Center[state];
        }

        return theta;
    }

    /// <summary>A trainer at the start of the deck's run.</summary>
    /// <typeparam name="T">float or double.</typeparam>
    /// <param name="field">The field that is to learn, or null for one with the weights as fabricated.</param>
    public Trainer<T> CreateTrainer<T>(RateField<T>? field = null)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (Rule is null || Plan is null || Data is null)
            throw new InvalidOperationException("The deck does not say what to train: it needs .dataset, .learn and .train.");
        field ??= CreateField<T>();
        return CreateTrainer(field, Rule.Create(field, [.. Plan.Rates]));
    }

    /// <summary>A trainer whose batches are learned by another learner than the deck's rule on the field itself.</summary>
    /// <typeparam name="T">float or double.</typeparam>
    /// <param name="field">The field that is to learn.</param>
    /// <param name="learner">Learns a batch.</param>
    internal Trainer<T> CreateTrainer<T>(RateField<T> field, ILearner<T> learner)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => new(Rule!.CreateSystem(field), learner, _optimizer.Create<T>(field.Parameters), Data!, Plan!);

    /// <inheritdoc/>
    public Trainer<T> StartTrainer<T>(ParameterSet<double> start)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => CreateTrainer(new RateField<T>(Network, start.To<T>()));

    /// <summary>Binds another rule to the same network, as <c>.compare … against=</c> does.</summary>
    /// <param name="call">The rule and its arguments.</param>
    /// <param name="diagnostics">Receives what is wrong with them.</param>
    /// <returns>The rule, or null when there were errors.</returns>
    public IBoundRule? BindRule(Call call, DiagnosticBag diagnostics)
    {
        if (Output is not { } output)
        {
            diagnostics.Error("AL0922", call.Span, "there is nothing to learn: the deck names no output", "Write out=<bus> in .learn, or a .dataset with target=<bus>.");
            return null;
        }

        if (ExperimentBinder.FindRule(call, diagnostics) is not { } binding)
            return null;
        var arguments = new ArgumentReader(call, diagnostics);
        IBoundRule rule = binding.Bind(arguments, new RuleContext(Network, output, Settle) { Seed = Seed });
        arguments.Finish();
        return diagnostics.HasErrors ? null : rule;
    }

    internal sealed record OptimizerCard(string Name, double Momentum, double Beta1, double Beta2)
    {
        public IOptimizer<T> Create<T>(ParameterLayout layout)
            where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
            string.Equals(Name, "adam", StringComparison.Ordinal) ? new Adam<T>(layout, Beta1, Beta2) : new GradientDescent<T>(layout, Momentum);
    }
}
