using System.Numerics;
using AnalogLearn.Circuits;
using AnalogLearn.Simulation;

namespace AnalogLearn.Learning;

/// <summary>
/// What the rules of layered networks have in common in a deck: <c>cost=quadratic|crossentropy|binary weights=asymmetric|conjoined|tied</c>, and that the network is one chain of layers whose last one is the output.
/// </summary>
public abstract class LayeredBinding : IRuleBinding
{
    /// <inheritdoc/>
    public abstract string Name { get; }

    /// <inheritdoc/>
    public abstract string Summary { get; }

    /// <inheritdoc/>
    public Circuit Prepare(Circuit circuit, Call call)
    {
        ArgumentNullException.ThrowIfNull(circuit);
        ArgumentNullException.ThrowIfNull(call);
        string? weights = call.Arguments.LastOrDefault(a => a.Name == "weights")?.Value is TextValue text ? text.Text.ToLowerInvariant() : null;
        return weights switch
        {
            "tied" => LayeredNetwork.Mirror(circuit, always: true),
            "conjoined" => LayeredNetwork.Mirror(circuit, always: false),
            _ => circuit,
        };
    }

    /// <inheritdoc/>
    public IBoundRule Bind(ArgumentReader arguments, RuleContext context)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        ArgumentNullException.ThrowIfNull(context);
        arguments.Word("weights", "asymmetric", "asymmetric", "conjoined", "tied");
        Readout readout = context.Readout(arguments, CostOn.States);
        LayeredNetwork? layers = LayeredNetwork.Of(context.Network, out string? problem, out string? fix);
        if (layers is null)
        {
            arguments.Diagnostics.Error("AL0913", arguments.Span, $"{Name} works on layers, each connected with the next: {problem}", fix);
        }
        else if (readout.Bank != layers.Bank(layers.Depth) || readout.Count != readout.Bank.Width)
        {
            arguments.Diagnostics.Error(
                "AL0913", arguments.Span, $"{Name} reads the whole last layer, '{layers.Bank(layers.Depth).Description.Bus.Name}'", $"write out={layers.Bank(layers.Depth).Description.Bus.Name}");
        }
        else if (readout.Cost.Kind == CostKind.Binary && readout.Bank.Description.Activation is not (Activation.Logistic or Activation.HardSigmoid))
        {
            arguments.Diagnostics.Error("AL0914", arguments.Span, "cost=binary is of outputs between 0 and 1", "give the output bank rho=logistic");
        }

        ILayeredMaker maker = Read(arguments, context, layers);
        if (maker.ComposesMaps && WhatMapsLeaveOut(context.Network) is { } left)
            arguments.Diagnostics.Error("AL0913", arguments.Span, $"{Name} composes ideal maps of layers, which know nothing of {left}", "recirculation(circuit=1) and eqprop() let the circuit itself settle");
        return new Bound(layers, readout, context.Settle.ThreadCount, maker);
    }

    /// <summary>Reads the rule's own arguments.</summary>
    /// <param name="arguments">The arguments.</param>
    /// <param name="context">What else the rule needs to know.</param>
    /// <param name="layers">The layers, or null when there are none; that was reported.</param>
    /// <returns>What makes the learner.</returns>
    protected abstract ILayeredMaker Read(ArgumentReader arguments, RuleContext context, LayeredNetwork? layers);

    /// <summary>What of a network changes what it settles to and is not in the composed maps, or null.</summary>
    private static string? WhatMapsLeaveOut(RateNetwork network) =>
        network.LeakFactor.AsSpan().ContainsAnyExcept(1.0) ? "the finite gain of neurons (a0)"
        : network.Inputs.Any(i => !i.Conduction.IsEmpty) || network.Banks.Any(b => !b.Conduction.IsEmpty) ? "currents that are no straight line (iv)"
        : network.Banks.Any(b => b.Description.Adc is not null) || network.AdcNoise.AsSpan().ContainsAnyExcept(0.0) ? "converters that read neurons (adc)"
        : network.SettleNoise ? "the noise of settled neurons (settle_noise)"
        : null;

    /// <summary>Reads how matrices of a learning channel are made: <c>feedback=dense|sparse|lowrank density= rank= scale= feedback_seed=</c>.</summary>
    /// <param name="arguments">The arguments.</param>
    /// <param name="context">What else the rule needs to know.</param>
    protected static FeedbackShape ReadFeedback(ArgumentReader arguments, RuleContext context)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        ArgumentNullException.ThrowIfNull(context);
        string structure = arguments.Word("feedback", "dense", "dense", "sparse", "lowrank");
        return new FeedbackShape(
            structure switch { "sparse" => FeedbackStructure.Sparse, "lowrank" => FeedbackStructure.LowRank, _ => FeedbackStructure.Dense },
            arguments.Number("density", 0.1, 0, 1, openLow: true),
            arguments.Integer("rank", 1, 1),
            arguments.Number("scale", 1),
            (ulong)arguments.Number("feedback_seed", context.Seed, 0, 9e15));
    }

    private sealed record Bound(LayeredNetwork? Layers, Readout Readout, int Threads, ILayeredMaker Maker) : IBoundRule
    {
        public ILearner<T> Create<T>(RateField<T> field, double[] rates)
            where T : unmanaged, IBinaryFloatingPointIeee754<T> => Maker.Make(field, LayersOf(field), Readout, rates, Threads);

        public ILearningSystem<T> CreateSystem<T>(RateField<T> field)
            where T : unmanaged, IBinaryFloatingPointIeee754<T> => Maker.MakeSystem(field, LayersOf(field), Readout, Threads);

        private LayeredNetwork LayersOf<T>(RateField<T> field)
            where T : unmanaged, IBinaryFloatingPointIeee754<T> =>
            ReferenceEquals(field.Network, Layers?.Network) ? Layers : LayeredNetwork.Of(field.Network) ?? throw new InvalidOperationException("The network is no chain of layers.");
    }
}

/// <summary>Makes the learner of a bound layered rule.</summary>
public interface ILayeredMaker
{
    /// <summary>Whether exact maps stand in for the circuit; otherwise it settles.</summary>
    bool ComposesMaps => true;

    /// <summary>How the network settles and is read while it trains.</summary>
    /// <typeparam name="T">float or double.</typeparam>
    /// <param name="field">The field.</param>
    /// <param name="layers">Its layers.</param>
    /// <param name="readout">The outputs and their cost.</param>
    /// <param name="threads">Threads, 0 for all cores.</param>
    ILearningSystem<T> MakeSystem<T>(RateField<T> field, LayeredNetwork layers, Readout readout, int threads)
        where T : unmanaged, IBinaryFloatingPointIeee754<T> => new LayeredSystem<T>(field, layers, readout, threads);

    /// <summary>Makes it.</summary>
    /// <typeparam name="T">float or double.</typeparam>
    /// <param name="field">The field.</param>
    /// <param name="layers">Its layers.</param>
    /// <param name="readout">The outputs and their cost.</param>
    /// <param name="rates">The rate of each block.</param>
    /// <param name="threads">Threads, 0 for all cores.</param>
    ILearner<T> Make<T>(RateField<T> field, LayeredNetwork layers, Readout readout, double[] rates, int threads)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>;
}

/// <summary><c>backprop(cost= weights=)</c>.</summary>
public sealed class BackpropagationBinding : LayeredBinding
{
    /// <inheritdoc/>
    public override string Name => "backprop";

    /// <inheritdoc/>
    public override string Summary => "back-propagation through layers: the exact gradient";

    /// <inheritdoc/>
    protected override ILayeredMaker Read(ArgumentReader arguments, RuleContext context, LayeredNetwork? layers) => new Maker();

    private sealed class Maker : ILayeredMaker
    {
        public ILearner<T> Make<T>(RateField<T> field, LayeredNetwork layers, Readout readout, double[] rates, int threads)
            where T : unmanaged, IBinaryFloatingPointIeee754<T> => new Backpropagation<T>(field, layers, readout, threads);
    }
}

/// <summary><c>fa(…) sfa(…) dfa(…) arbp(path=above|output feedback_rate=) top()</c>, with <c>feedback=dense|sparse|lowrank density= rank= scale= feedback_seed=</c>.</summary>
/// <param name="name">The name in a deck.</param>
/// <param name="summary">What it is.</param>
/// <param name="path">Where its learning channel comes from.</param>
/// <param name="adaptive">Whether the channel learns too.</param>
public sealed class RandomFeedbackBinding(string name, string summary, FeedbackPath path, bool adaptive = false) : LayeredBinding
{
    /// <inheritdoc/>
    public override string Name => name;

    /// <inheritdoc/>
    public override string Summary => summary;

    /// <inheritdoc/>
    protected override ILayeredMaker Read(ArgumentReader arguments, RuleContext context, LayeredNetwork? layers)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        FeedbackPath own = path;
        double factor = 0;
        if (adaptive)
        {
            own = arguments.Word("path", "above", "above", "output") == "output" ? FeedbackPath.Output : FeedbackPath.LayerAbove;
            factor = arguments.Number("feedback_rate", 1, 0);
        }

        return new Maker(name, own, path == FeedbackPath.None ? FeedbackShape.Dense : ReadFeedback(arguments, context), factor);
    }

    private sealed class Maker(string name, FeedbackPath path, FeedbackShape shape, double factor) : ILayeredMaker
    {
        public ILearner<T> Make<T>(RateField<T> field, LayeredNetwork layers, Readout readout, double[] rates, int threads)
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            // A channel learns at the rate of the forward array that it runs beside, times a factor.
            double[]? adaptive = factor == 0 ? null : [.. Enumerable.Range(1, layers.Depth - 1).Select(h => factor * rates[layers.Arrays[h].Block])];
            return new RandomFeedback<T>(field, layers, readout, name, path, shape, adaptive, threads);
        }
    }
}

/// <summary>
/// <c>recirculation(variant=pr|ccr|rcc|ccrcc|rwcc lambda= lambda2= cycles=1 from=0 to=1 carry=outputs|errors biases=0|1 top=gradient|input|output cost= weights=)</c>; with <c>circuit=1 settle= cycle= step= hold=0|1</c> the ring itself runs.
/// </summary>
public sealed class RecirculationBinding : LayeredBinding
{
    /// <inheritdoc/>
    public override string Name => "recirculation";

    /// <inheritdoc/>
    public override string Summary => "recirculation: the output goes round in place of the input, and activities that change say how weights change";

    /// <inheritdoc/>
    protected override ILayeredMaker Read(ArgumentReader arguments, RuleContext context, LayeredNetwork? layers)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        string variant = arguments.Word("variant", "pr", "pr", "ccr", "rcc", "ccrcc", "rwcc");
        double lambda = arguments.Number("lambda", double.NaN, 0, 1), lambda2 = arguments.Number("lambda2", double.NaN, 0, 1);
        if (variant == "pr" && (double.IsFinite(lambda) || double.IsFinite(lambda2)))
            arguments.Diagnostics.Error("AL0915", arguments.Span, "variant=pr, which is taken when none is said, lets the output go round alone and has no λ", "leave lambda out, or take variant=ccr, rcc, ccrcc or rwcc");
        lambda = double.IsFinite(lambda) ? lambda : 0.5;
        int cycles = arguments.Integer("cycles", 1, 1, 1000);
        var options = new RecirculationOptions
        {
            Variant = variant switch
            {
                "ccr" => RecirculationVariant.Combined,
                "rcc" => RecirculationVariant.OfCombination,
                "ccrcc" => RecirculationVariant.CombinedOfCombination,
                "rwcc" => RecirculationVariant.WithCombination,
                _ => RecirculationVariant.Plain,
            },
            Lambda = lambda,
            Lambda2 = double.IsFinite(lambda2) ? lambda2 : lambda,
            From = arguments.Integer("from", 0, 0, 1000),
            To = arguments.Integer("to", cycles, 1, 1000),
            CarriesErrors = arguments.Word("carry", "outputs", "outputs", "errors") == "errors",
            BiasInErrors = arguments.Flag("biases", absent: false),
            Top = arguments.Word("top", "gradient", "gradient", "input", "output") switch
            {
                "input" => RecirculationTop.InputLayer,
                "output" => RecirculationTop.OutputLayer,
                _ => RecirculationTop.Gradient,
            },
        };
        if (options.From >= options.To)
            arguments.Diagnostics.Error("AL0915", arguments.Span, "'from' is not an earlier cycle than 'to'", "write from=0 to=1");
        if (options.CarriesErrors && (options.Variant != RecirculationVariant.Plain || options.To != 1 || options.Top != RecirculationTop.Gradient))
            arguments.Diagnostics.Error("AL0915", arguments.Span, "an error goes round once and by itself: it is not of the same kind as activities", "leave variant, cycles, from, to and top out");
        RingOptions? ring = arguments.Flag("circuit", absent: false) ? ReadRing(arguments, context, options) : null;
        if (layers is { CanCircle: false })
        {
            arguments.Diagnostics.Error(
                "AL0913",
                arguments.Span,
                string.Create(System.Globalization.CultureInfo.InvariantCulture, $"the output has {layers.Width(layers.Depth)} nodes and the input {layers.Width(0)}, so that the output cannot take the place of the input"),
                "recirculation is of autoencoders: make them equally wide");
        }

        return ring is null ? new Maker(options) : new RingMaker(ring);
    }

    /// <summary>Reads how long the phases of the ring last; its steps divide them evenly.</summary>
    private static RingOptions ReadRing(ArgumentReader arguments, RuleContext context, RecirculationOptions rule)
    {
        bool holds = arguments.Flag("hold", absent: true);
        if (rule.CarriesErrors && !holds)
            arguments.Diagnostics.Error("AL0915", arguments.Span, "an error is there only while the output that it was taken from is held", "leave hold=0 out");
        double tau = context.Network.Tau.Min(), settle = arguments.Number("settle", 12 * tau, 0, openLow: true), cycle = arguments.Number("cycle", settle, 0, openLow: true);
        double step = arguments.Number("step", 0.1, 0, 1, openLow: true);
        return new RingOptions { Rule = rule, Settle = Phase(settle), Cycle = Phase(cycle), Holds = holds };

        SettleOptions Phase(double duration)
        {
            int steps = Math.Max(1, (int)Math.Ceiling((duration / (step * tau)) - 1e-9));
            return context.Settle with { MaximumSteps = steps, StepOverTau = duration / (steps * tau), Tolerance = 0, MeasureLast = false };
        }
    }

    private sealed class Maker(RecirculationOptions options) : ILayeredMaker
    {
        public ILearner<T> Make<T>(RateField<T> field, LayeredNetwork layers, Readout readout, double[] rates, int threads)
            where T : unmanaged, IBinaryFloatingPointIeee754<T> => new Recirculation<T>(field, layers, readout, options, threads);
    }

    private sealed class RingMaker(RingOptions options) : ILayeredMaker
    {
        public bool ComposesMaps => false;

        public ILearner<T> Make<T>(RateField<T> field, LayeredNetwork layers, Readout readout, double[] rates, int threads)
            where T : unmanaged, IBinaryFloatingPointIeee754<T> => new RecirculationRing<T>(field, layers, readout, options, threads);

        public ILearningSystem<T> MakeSystem<T>(RateField<T> field, LayeredNetwork layers, Readout readout, int threads)
            where T : unmanaged, IBinaryFloatingPointIeee754<T> => new RingSystem<T>(field, readout, options.Settle);
    }
}

/// <summary>
/// <c>channels(c1=0|1 c2=none|random|transpose|copy|start c3=none|identity|random carry=outputs|errors cost= feedback=…)</c>: a standard autoencoder and its learning channels.
/// </summary>
public sealed class ChannelsBinding : LayeredBinding
{
    /// <inheritdoc/>
    public override string Name => "channels";

    /// <inheritdoc/>
    public override string Summary => "a standard autoencoder with learning channels from input to output, output to hidden, output to input";

    /// <inheritdoc/>
    protected override ILayeredMaker Read(ArgumentReader arguments, RuleContext context, LayeredNetwork? layers)
    {
        ArgumentNullException.ThrowIfNull(arguments);
        var options = new ChannelOptions
        {
            First = arguments.Flag("c1", absent: true),
            Second = Matrix(arguments.Word("c2", "none", "none", "random", "transpose", "copy", "start")),
            Third = Matrix(arguments.Word("c3", "none", "none", "identity", "random")),
            CarriesErrors = arguments.Word("carry", "outputs", "outputs", "errors") == "errors",
            Shape = ReadFeedback(arguments, context),
        };
        if (options.Second != ChannelMatrix.None && options.Third != ChannelMatrix.None)
            arguments.Diagnostics.Error("AL0916", arguments.Span, "both c2 and c3: the paper's table has one of them", "leave one of them out");
        if (options is { CarriesErrors: true, First: false })
            arguments.Diagnostics.Error("AL0916", arguments.Span, "without c1 there is no error at the output that a channel could carry", "write c1=1, or carry=outputs");
        if (options is { CarriesErrors: true, Second: ChannelMatrix.Copy })
            arguments.Diagnostics.Error("AL0916", arguments.Span, "an error through B itself is what c3=identity brings", "write c3=identity carry=errors");
        if (layers is not null && (layers.Depth != 2 || !layers.CanCircle))
            arguments.Diagnostics.Error("AL0913", arguments.Span, "channels are of autoencoders with one hidden layer, their output as wide as their input", "take recirculation(…) or fa(…) for deeper ones");
        return new Maker(options);
    }

    private static ChannelMatrix Matrix(string word) => Enum.Parse<ChannelMatrix>(word, ignoreCase: true);

    private sealed class Maker(ChannelOptions options) : ILayeredMaker
    {
        public ILearner<T> Make<T>(RateField<T> field, LayeredNetwork layers, Readout readout, double[] rates, int threads)
            where T : unmanaged, IBinaryFloatingPointIeee754<T> => new LearningChannels<T>(field, layers, readout, options, threads);
    }
}
