using System.Collections.Immutable;
using System.Globalization;
using AnalogLearn.Circuits;
using AnalogLearn.Data;
using AnalogLearn.Learning;
using AnalogLearn.Netlist;
using AnalogLearn.Simulation;

namespace AnalogLearn.Studies;

/// <summary>Reads the learning cards of a deck: which data, which rule, which plan.</summary>
internal sealed class ExperimentBinder(Deck deck, ExperimentSettings settings, DiagnosticBag diagnostics)
{
    private readonly TrainCard? _train = deck.All<TrainCard>().LastOrDefault();
    private readonly LearnCard? _learn = deck.All<LearnCard>().LastOrDefault();
    private readonly DataSetCard? _data = deck.All<DataSetCard>().LastOrDefault();

    public static IRuleBinding? FindRule(Call call, DiagnosticBag diagnostics)
    {
        if (RuleRegistry.Find(call.Name) is { } rule)
            return rule;
        string[] known = [.. RuleRegistry.All.Select(r => r.Name)];
        diagnostics.Error(
            "AL0925",
            call.Span,
            $"there is no learning rule '{call.Name}' in this version",
            NameSuggestion.Nearest(call.Name, known) is { } near ? $"Did you mean '{near}'?" : $"It has: {string.Join(", ", known)}.");
        return null;
    }

    public Experiment? Bind()
    {
        IRuleBinding? binding = _learn is null ? null : FindRule(_learn.Rule, diagnostics);
        Circuit circuit = binding is null ? deck.Circuit : binding.Prepare(deck.Circuit, _learn!.Rule);
        RateNetwork network = RateNetwork.Compile(binding is not null && binding.WantsTiedWeights(_learn!.Rule) ? TiePairs(circuit) : circuit);
        if (binding is not null)
            EngineSelection.DiagnoseCurrents(network.Circuit, diagnostics);
        if (network.StateCount == 0)
        {
            diagnostics.Error("AL0920", SourceSpan.None, $"{deck.Path}: the deck has no neurons", "Add a bank: N<name> <bus> <model>.");
            return null;
        }

        var train = new ArgumentReader(".train", _train?.Arguments ?? [], _train?.Span ?? SourceSpan.None, diagnostics);
        ulong seed = (ulong)train.Number("seed", 1, 0, 9e15);
        seed = settings.Seed ?? seed;
        (SettleOptions settle, bool precise) = ReadOptions(network);
        (RateBank Bank, int Start, int Count)? output = FindOutput(network);
        DataSet? data = _data is null ? null : LoadData(_data);
        IBoundRule? rule = binding is null ? null : BindRule(binding, network, output, settle, seed);
        bool biasIsMean = train.Word("output_bias", "given", "given", "mean") == "mean";
        (TrainingPlan? plan, Experiment.OptimizerCard optimizer, int probe) = ReadPlan(train, (rate, _) => Rates(network, rate), seed, settle);
        return diagnostics.HasErrors
            ? null
            : new Experiment(deck, network, settle, optimizer)
            {
                Seed = seed,
                DoublePrecision = precise,
                Data = data,
                Output = output,
                Rule = rule,
                RuleName = _learn?.Rule.Name,
                Plan = plan,
                ProbeExamples = probe,
                OutputBiasIsMean = biasIsMean,
            };
    }

    /// <summary>Ties the second array of every untied pair that connects two banks both ways to the first.</summary>
    private static Circuit TiePairs(Circuit circuit)
    {
        SynapseArray[] arrays = [.. circuit.Arrays];
        for (int b = 0; b < arrays.Length; b++)
        {
            for (int a = 0; a < b && arrays[b].TiedTo is null; a++)
            {
                if (arrays[a].TiedTo is null && arrays[a].Pre == arrays[b].Post && arrays[a].Post == arrays[b].Pre)
                    arrays[b] = arrays[b] with { TiedTo = arrays[a].Name, Mask = [] };
            }
        }

        return circuit with { Arrays = [.. arrays] };
    }

    private (RateBank Bank, int Start, int Count)? FindOutput(RateNetwork network)
    {
        if ((_learn?.Output ?? _data?.Target) is not { } slice)
            return null;
        if (network.Banks.FirstOrDefault(b => b.Description.Bus == slice.Bus) is { } bank)
            return (bank, slice.Start, slice.Count);
        diagnostics.Error("AL0921", slice.Span, $"'{slice.Bus.Name}' cannot be an output: no bank of neurons drives it", slice == _learn?.Output ? "Name a bus that an N element with a neuron model stands on." : "Name the outputs in .learn: out=<bus>, a bus that an N element with a neuron model stands on.");
        return null;
    }

    private IBoundRule? BindRule(IRuleBinding binding, RateNetwork network, (RateBank Bank, int Start, int Count)? output, SettleOptions settle, ulong seed)
    {
        if (output is null)
        {
            if (!diagnostics.HasErrors)
                diagnostics.Error("AL0922", _learn!.Span, "there is nothing to learn: the deck names no output", "Write out=<bus>, or a .dataset with target=<bus>.");
            return null;
        }

        var arguments = new ArgumentReader(_learn!.Rule, diagnostics);
        IBoundRule rule = binding.Bind(arguments, new RuleContext(network, output.Value, settle) { Seed = seed });
        arguments.Finish();
        new ArgumentReader(".learn", _learn.Arguments, _learn.Span, diagnostics).Finish();
        return rule;
    }

    /// <summary>Reads <c>.train</c>.</summary>
    /// <param name="train">The card.</param>
    /// <param name="rates">The rate of each block, from that of the card (NaN when it gives none on a circuit) and the optimiser's name.</param>
    /// <param name="seed">The seed.</param>
    /// <param name="settle">How examples settle when they are evaluated.</param>
    /// <param name="hasUsualRate">Whether a rate that is not given is the usual one of networks.</param>
    public (TrainingPlan? Plan, Experiment.OptimizerCard Optimizer, int Probe) ReadPlan(
        ArgumentReader train, Func<double, string, ImmutableArray<double>> rates, ulong seed, SettleOptions settle, bool hasUsualRate = true)
    {
        int batch = 20;
        if (_data is not null)
        {
            var arguments = new ArgumentReader(".dataset", _data.Arguments, _data.Span, diagnostics);
            arguments.Take("train");
            arguments.Take("test");
            arguments.Flag("centre", absent: false);
            batch = arguments.Integer("batch", batch, 1);
            arguments.Finish();
        }

        if (_train is null)
            return (null, new("sgd", 0, 0.9, 0.999), 0);
        string optimizer = train.Word("optimizer", "sgd", "sgd", "momentum", "adam");
        double usualMomentum = string.Equals(optimizer, "momentum", StringComparison.Ordinal) ? 0.9 : 0;
        double usualRate = !hasUsualRate ? double.NaN : string.Equals(optimizer, "adam", StringComparison.Ordinal) ? 0.001 : 0.05;
        var card = new Experiment.OptimizerCard(
            optimizer,
            train.Number("momentum", usualMomentum, 0, 0.9999),
            train.Number("beta1", 0.9, 0, 0.99999),
            train.Number("beta2", 0.999, 0, 0.9999999));
        int probe = train.Integer("probe", 0, 0);
        var plan = new TrainingPlan
        {
            Epochs = train.Integer("epochs", 1, 0),
            BatchSize = train.Integer("batch", batch, 1),
            Seed = seed,
            Rates = rates(train.Number("rate", usualRate, 0), optimizer),
            RateDecay = train.Number("decay", 1, 0, 1, openLow: true),
            Remember = train.Flag("remember", absent: false),
            EvaluateEvery = train.Integer("evaluate_every", 1, 1),
            Evaluation = settle,
            Until = ReadUntil(train),
        };
        train.Finish();
        if (_learn is null)
            diagnostics.Error("AL0923", _train.Span, ".train needs a rule", "Add a .learn card.");
        if (_data is null)
            diagnostics.Error("AL0924", _train.Span, ".train needs a data set", "Add a .dataset card, such as .dataset d digits() input=x target=y.");
        return (plan, card, probe);
    }

    /// <summary>The rates of <c>.learn … rate Y=value</c>, by block.</summary>
    /// <param name="layout">The blocks.</param>
    /// <param name="isTied">Whether an array is tied to another one.</param>
    public Dictionary<int, double> GivenRates(ParameterLayout layout, Func<string, bool> isTied)
    {
        var given = new Dictionary<int, double>();
        foreach ((string name, Argument argument) in _learn?.Rates ?? ImmutableDictionary<string, Argument>.Empty)
        {
            int block = layout.IndexOf(name);
            if (block < 0)
            {
                bool tied = isTied(name);
                string[] known = [.. layout.Blocks.Select(b => b.Name)];
                string near = NameSuggestion.Nearest(name, known) is { } word ? $"Did you mean '{word}'?" : $"There are: {string.Join(", ", known)}.";
                diagnostics.Error(
                    "AL0926",
                    argument.Span,
                    tied ? $"'{name}' is tied to another array and has no weights of its own to learn" : $"there is no synapse array, neuron bank or learning resistor '{name}'",
                    tied ? "Give the rate to the array that it is tied to." : near);
                continue;
            }

            if (argument.Value is NumberValue { Number: >= 0 } value)
                given[block] = value.Number;
            else
                diagnostics.Error("AL0927", argument.Value.Span, "a learning rate is a number, at least 0", "0 keeps an array as it is; rates of 1 m to 1 are usual: rate Yxh=0.1.");
        }

        return given;
    }

    private ImmutableArray<double> Rates(RateNetwork network, double rate)
    {
        Dictionary<int, double> given = GivenRates(network.Layout, name => network.Circuit.Array(name)?.TiedTo is not null);
        var rates = ImmutableArray.CreateBuilder<double>(network.Layout.Blocks.Length);
        for (int k = 0; k < network.Layout.Blocks.Length; k++)
        {
            // A bank's biases learn at the rate of the first array that ends on it, unless the deck says otherwise.
            double own = rate;
            if (network.Banks.FirstOrDefault(b => b.BiasBlock == k) is { } bank
                && network.Connections.FirstOrDefault(c => c.Post == bank && given.ContainsKey(c.Block)) is { } into)
            {
                own = given[into.Block];
            }

            rates.Add(given.TryGetValue(k, out double r) ? r : own);
        }

        return rates.ToImmutable();
    }

    private StopCondition? ReadUntil(ArgumentReader train)
    {
        if (train.Take("until") is not { } until)
            return null;
        string text = until.Value is TextValue t ? t.Text : string.Empty;
        int at = text.AsSpan().IndexOfAny('<', '>');
        if (at > 0 && double.TryParse(text.AsSpan(at + 1).TrimStart('=').Trim(), NumberStyles.Float, CultureInfo.InvariantCulture, out double value))
        {
            string quantity = text[..at].Trim();
            if (StopCondition.Quantities.Contains(quantity, StringComparer.OrdinalIgnoreCase))
                return new StopCondition(quantity.ToLowerInvariant(), text[at] == '<', value);
        }

        diagnostics.Error("AL0928", until.Value.Span, "'until' is a quantity, < or >, and a value, in quotes", $"Such as until=\"test_error<0.04\". Quantities: {string.Join(", ", StopCondition.Quantities)}.");
        return null;
    }

    private (SettleOptions Settle, bool Precise) ReadOptions(RateNetwork network)
    {
        // .options is shared with the nodal engine and with SPICE's own names; only what the rate engine uses is read here.
        var options = new ArgumentReader(".options", [.. deck.Options.Values], SourceSpan.None, diagnostics);
        var settle = new SettleOptions
        {
            StepOverTau = options.Number("settle_step", 0.5, 0, 2, openLow: true),
            Tolerance = options.Number("settle_tol", 1e-4, 0),
            MaximumSteps = options.Integer("settle_steps", 500, 1),
            ThreadCount = settings.ThreadCount,
        };
        network.WireInterval = options.Integer("rwire_every", 1, 1);
        network.SettleNoise = options.Flag("settle_noise", absent: false);
        return (settle, string.Equals(options.Word("precision", "float", "float", "double"), "double", StringComparison.Ordinal));
    }

    public DataSet? LoadData(DataSetCard card)
    {
        if (settings.Data is { } loaded)
            return loaded;
        var request = new DataRequest(card.Kind.Name)
        {
            Arguments = [.. card.Kind.Arguments.Select(a => new DataArgument(a.Name, Convert(a.Value)))],
            Train = Count(card, "train"),
            Test = Count(card, "test"),
            InputWidth = card.Input.Sum(s => s.Count),
            TargetWidth = IsAutoencoder(card) ? 0 : card.Target.Count,
            TargetIsInput = IsAutoencoder(card),
            DataDirectories = settings.DataDirectories,
            BaseDirectory = Path.GetDirectoryName(deck.Path) is { Length: > 0 } folder ? folder : null,
        };
        DataOutcome outcome = settings.SharedData?.Load(request) ?? DataSources.Load(request);
        foreach (DataProblem problem in outcome.Problems)
        {
            Argument? argument = card.Kind.Arguments.Concat(card.Arguments).FirstOrDefault(a => a.Name is not null && string.Equals(a.Name, problem.ArgumentName, StringComparison.OrdinalIgnoreCase));
            SourceSpan span = argument?.Span ?? problem.ArgumentName switch
            {
                "input" when card.Input.Length > 0 => card.Input[0].Span,
                "target" => card.Target.Span,
                _ => card.Kind.Span,
            };
            diagnostics.Error("AL0930", span, problem.Message, problem.Fix);
        }

        return outcome.Data is not { } data ? null : AsWanted(data, card);
    }

    /// <summary>Whether the target is the input itself.</summary>
    private static bool IsAutoencoder(DataSetCard card) => card.Input is [{ } input] && input.Bus == card.Target.Bus && input.Start == card.Target.Start && input.Count == card.Target.Count;

    /// <summary>The inputs as targets where the card says so, and the origin at the mean of the training inputs with <c>centre=1</c>.</summary>
    private static DataSet AsWanted(DataSet data, DataSetCard card)
    {
        if (IsAutoencoder(card))
            data = data with { Train = data.Train.AsAutoencoder(), Test = data.Test.AsAutoencoder() };
        if (card.Arguments.LastOrDefault(a => string.Equals(a.Name, "centre", StringComparison.OrdinalIgnoreCase))?.Value is not NumberValue { Number: 1 })
            return data;
        double[] mean = data.Train.MeanInput();
        return data with { Train = data.Train.InputsFrom(mean), Test = data.Test.InputsFrom(mean) };
    }

    private int? Count(DataSetCard card, string name)
    {
        if (card.Arguments.LastOrDefault(a => string.Equals(a.Name, name, StringComparison.OrdinalIgnoreCase)) is not { } argument)
            return null;
        if (argument.Value is NumberValue { Number: >= 0 and <= int.MaxValue and var n } && n == Math.Floor(n))
            return (int)n;
        diagnostics.Error("AL0929", argument.Value.Span, $"'{name}' is a number of examples", $"Write {name}=1000, a whole number of at least 0.");
        return null;
    }

    private static DataValue Convert(Value value) => value switch
    {
        NumberValue n => new DataNumber(n.Number),
        TextValue t => new DataText(t.Text),
        ListValue l => new DataList([.. l.Items.Select(Convert)]),
        CallValue c => new DataText(c.Call.Name),
        _ => throw new ArgumentException($"No data value for {value.GetType().Name}.", nameof(value)),
    };
}
