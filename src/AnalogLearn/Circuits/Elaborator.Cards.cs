using System.Collections.Immutable;
using System.Globalization;
using AnalogLearn.Netlist;

namespace AnalogLearn.Circuits;

/// <content>Dot cards: their words evaluated, their buses and nodes found.</content>
internal sealed partial class Elaborator
{
    private static readonly string[] StudyWords = ["seed", "spec", "until", "halfwidth", "least", "sampling", "importance", "scale", "modes", "finetune", "aware_every"];

    private static readonly string[] Analyses = ["op", "dc", "ac", "tran", "noise", "tf", "sens", "train", "test", "compare", "export", "mc", "step", "dataset"];

    private static readonly HashSet<string> Once = new(["train", "tran", "op", "temp"], StringComparer.Ordinal);

    private readonly ImmutableDictionary<string, Argument>.Builder _optionValues = ImmutableDictionary.CreateBuilder<string, Argument>();
    private readonly ImmutableDictionary<string, double>.Builder _initial = ImmutableDictionary.CreateBuilder<string, double>();
    private readonly ImmutableDictionary<string, double>.Builder _nodeSets = ImmutableDictionary.CreateBuilder<string, double>();

    private Deck FinishCards(SyntaxTree tree)
    {
        var cards = ImmutableArray.CreateBuilder<Card>();
        var seen = new Dictionary<string, SourceSpan>(StringComparer.Ordinal);
        var named = new Dictionary<string, SourceSpan>(StringComparer.Ordinal);
        foreach ((CardSyntax syntax, Scope scope) in _cards)
        {
            if (syntax.IsBroken)
                continue;
            if (Once.Contains(syntax.Name) && !seen.TryAdd(syntax.Name, syntax.NameSpan))
                _diagnostics.Error(Codes.RepeatedCard, syntax.NameSpan, $"a second .{syntax.Name} card", $"the first is in line {Line(seen[syntax.Name])}");
            Card? card = syntax.Name switch
            {
                "options" => Options(syntax, scope),
                "temp" => null,
                "ic" => NodeValues(syntax, scope, _initial),
                "nodeset" => NodeValues(syntax, scope, _nodeSets),
                "dataset" => DataSet(syntax, scope, named),
                "learn" => Learn(syntax, scope),
                "train" => Train(syntax, scope),
                "compare" => Compare(syntax, scope),
                "export" => Export(syntax, scope),
                "measure" => Measure(syntax, scope, named),
                "tran" => Transient(syntax, scope),
                "op" => OperatingPoint(syntax),
                "save" or "print" or "plot" => Output(syntax, scope),
                _ => Other(syntax, scope),
            };
            if (card is not null)
                cards.Add(card);
        }

        var parameters = ImmutableDictionary.CreateBuilder<string, double>();
        foreach ((string name, ParameterEntry entry) in _root.Parameters)
        {
            if (entry.State == ParameterState.Known)
                parameters[name] = entry.Value;
        }

        var circuit = new Circuit
        {
            Title = tree.Title ?? string.Empty,
            Buses = [.. _buses],
            Banks = [.. _banks],
            Arrays = [.. _arrays.Select(a => a.Array)],
            InitialConditions = _initial.ToImmutable(),
            NodeSets = _nodeSets.ToImmutable(),
            Models = _models.ToImmutable(),
            Definitions = _definitions,
            Temperature = _evaluator.Temperature,
        };
        circuit = FinishElements(circuit);
        ConductanceCard.Unused(circuit.Elements, circuit.Models, _diagnostics);
        return new Deck
        {
            Path = tree.Source.Path,
            Circuit = circuit,
            Options = _optionValues.ToImmutable(),
            Parameters = parameters.ToImmutable(),
            Cards = cards.DrainToImmutable(),
            RandomTerms = _evaluator.RandomTerms,
            Seed = _options.Seed,
            Files = _loader.Files,
        };
    }

    private Card? Options(CardSyntax syntax, Scope scope)
    {
        foreach (ValueSyntax item in syntax.Items)
        {
            Argument? argument = ToArgument(item, scope, Reading.Strict);
            if (argument is null)
                continue;
            string name = argument.Name ?? (argument.Value is TextValue given ? Name(given.Text) : string.Empty);
            if (name.Length > 0 && !OptionNames.All.Contains(name))
            {
                _diagnostics.Warning(
                    Codes.UnknownOption,
                    item is NamedSyntax { Key: var key } ? key.Span : item.Span,
                    $"there is no option '{name}'; it has no effect",
                    Nearest(name, OptionNames.All) is { } near ? $"did you mean '{near}'?" : $"options of AnalogLearn: {string.Join(", ", OptionNames.Own)}");
            }

            if (argument.Name is null)
            {
                if (argument.Value is TextValue word)
                    _optionValues[Name(word.Text)] = new Argument(Name(word.Text), new NumberValue(1, word.Span), word.Span);
                else
                    _diagnostics.Error(Codes.BadCard, item.Span, $"'{Short(item.Span)}' is not an option", "write name=value, or the name alone for 1");
                continue;
            }

            _optionValues[argument.Name] = argument;
        }

        return null;
    }

    private Card? NodeValues(CardSyntax syntax, Scope scope, ImmutableDictionary<string, double>.Builder into)
    {
        if (syntax.Items.Length == 0)
            _diagnostics.Error(Codes.Missing, syntax.NameSpan, $"no node on the .{syntax.Name} card", $"write .{syntax.Name} v(h[0:2])=0.5");
        foreach (ValueSyntax item in syntax.Items)
        {
            if (item is not NamedSyntax { Key: CallSyntax { Items.Length: 1 } call } named || !call.Name.Text.Equals("v", StringComparison.OrdinalIgnoreCase))
            {
                _diagnostics.Error(Codes.BadCard, item.Span, $"v(node)=value was expected, not '{Short(item.Span)}'", $"write .{syntax.Name} v(h[0:2])=0.5");
                continue;
            }

            if (!TryKnownNode(call.Items[0], scope, out NodeSlice slice))
                continue;
            if (slice.IsGround)
            {
                _diagnostics.Error(Codes.BadValue, call.Span, "ground is at 0 V", "leave it out");
                continue;
            }

            ImmutableArray<ValueSyntax> values = named.Value is ListSyntax list ? list.Items : [named.Value];
            if (values.Length != 1 && values.Length != slice.Count)
            {
                _diagnostics.Error(Codes.WidthMismatch, named.Value.Span, string.Create(CultureInfo.InvariantCulture, $"{values.Length} values for the {slice.Count} nodes of '{call.Items[0].Span.Text}'"), "give one value for all nodes, or one for each: v(h)=[0.1,0.2]");
                continue;
            }

            for (int k = 0; k < slice.Count; k++)
            {
                if (!TryNumber(values[values.Length == 1 ? 0 : k], scope, out double value))
                    break;
                into[slice.Node(k)] = value;
            }
        }

        return null;
    }

    /// <summary>A node that some element has; not declared by being named here.</summary>
    private bool TryKnownNode(ValueSyntax syntax, Scope scope, out NodeSlice slice)
    {
        if (syntax is WordSyntax or BusSyntax)
        {
            SourceSpan nameSpan = syntax is BusSyntax bus ? bus.Name : syntax.Span;
            string name = Name(nameSpan);
            if (scope.Parent is null && !scope.Nodes.ContainsKey(name) && FindByFullName(name, syntax, out slice))
                return true;
            if (syntax is BusSyntax)
                return TryPart((BusSyntax)syntax, scope, out slice);
            if (TryTerminal(syntax, scope, out slice, declare: false))
                return true;
            if (_suspects.Contains(name))
                return false;
            _diagnostics.Error(
                Codes.UnknownName,
                nameSpan,
                $"there is no node '{name}'",
                Help(name, scope.Nodes.Keys.Concat(_buses.Where(b => b.Name.Contains('.', StringComparison.Ordinal)).Select(b => b.Name)), "nodes"));
            return false;
        }

        slice = default;
        _diagnostics.Error(Codes.BadCard, syntax.Span, $"the name of a node was expected, not '{Short(syntax.Span)}'", "write v(a) or v(h[0:3])");
        return false;
    }

    /// <summary>Nodes inside subcircuits (<c>x1.h</c>) and single nodes by their name in results (<c>h_3</c>).</summary>
    private bool FindByFullName(string name, ValueSyntax syntax, out NodeSlice slice)
    {
        slice = default;
        if (_busByName.Count == 0)
        {
            foreach (Bus bus in _buses)
                _busByName.TryAdd(bus.Name, bus);
        }

        if (_busByName.TryGetValue(name, out Bus? whole))
        {
            slice = new(whole, 0, whole.Width);
            if (syntax is not BusSyntax part)
                return true;
            if (!TryRange(part, _root, out int low, out int high, quiet: true) || low < whole.Low || high >= whole.Low + whole.Width)
                return false;
            slice = new(whole, low - whole.Low, high - low + 1);
            return true;
        }

        int at = name.LastIndexOf('_');
        if (syntax is WordSyntax && at > 0 && int.TryParse(name.AsSpan(at + 1), NumberStyles.None, CultureInfo.InvariantCulture, out int index)
            && _busByName.TryGetValue(name[..at], out whole) && !whole.IsPlain && index >= whole.Low && index < whole.Low + whole.Width)
        {
            slice = new(whole, index - whole.Low, 1);
            return true;
        }

        return false;
    }

    private readonly Dictionary<string, Bus> _busByName = new(StringComparer.Ordinal);

    /// <summary>A bus, or part of one, that a card names.</summary>
    private BusSlice? Slice(ValueSyntax syntax, Scope scope)
    {
        if (!TryKnownNode(syntax, scope, out NodeSlice slice))
            return null;
        if (!slice.IsGround)
            return new BusSlice(slice.Bus, slice.Start, slice.Count, syntax.Span);
        _diagnostics.Error(Codes.BadCard, syntax.Span, "ground cannot stand here", "name a bus of the deck");
        return null;
    }

    private bool TryTake(List<ValueSyntax> items, string name, out NamedSyntax? named)
    {
        int at = items.FindIndex(i => i is NamedSyntax { Key: WordSyntax key } && key.Is(name));
        named = at >= 0 ? (NamedSyntax)items[at] : null;
        if (at < 0)
            return false;
        items.RemoveAt(at);
        return true;
    }

    private Card? DataSet(CardSyntax syntax, Scope scope, Dictionary<string, SourceSpan> named)
    {
        const string form = "write .dataset name kind(…) input=bus target=bus";
        List<ValueSyntax> items = [.. syntax.Items];
        if (items.Count == 0 || items[0] is not WordSyntax name)
        {
            _diagnostics.Error(Codes.Missing, items.Count == 0 ? syntax.NameSpan : items[0].Span, "the name of the data set is missing", form);
            return null;
        }

        if (!named.TryAdd("dataset " + Name(name.Span), name.Span))
            _diagnostics.Error(Codes.RepeatedCard, name.Span, $"a second data set '{name.Text}'", $"the first is in line {Line(named["dataset " + Name(name.Span)])}");
        if (items.Count < 2 || items[1] is NamedSyntax)
        {
            _diagnostics.Error(Codes.Missing, name.Span, "the kind of the data set is missing", form + "; kinds: csv, npz, idx, xor, inline, digits …");
            return null;
        }

        Call? kind = ToCall(items[1], scope, "the kind of the data set");
        bool hasInput = TryTake(items, "input", out NamedSyntax? input);
        bool hasTarget = TryTake(items, "target", out NamedSyntax? target);
        if (!hasInput || !hasTarget)
        {
            _diagnostics.Error(Codes.Missing, items[1].Span, $"{(hasInput ? "target=" : "input=")} is missing", form);
            return null;
        }

        var inputs = ImmutableArray.CreateBuilder<BusSlice>();
        foreach (ValueSyntax one in input!.Value is ListSyntax list ? list.Items : [input.Value])
        {
            if (Slice(one, scope) is not { } slice)
                continue;
            if (_suspects.Contains(slice.Bus.Name))
                continue;
            if (!_bankOn.ContainsKey(slice.Bus) && !_connected.Contains(slice.Bus))
                _diagnostics.Error(Codes.NoNeurons, one.Span, $"'{slice.Bus.Name}' is not a bus of clamped inputs", $"place one on it: N{slice.Bus.Name} {one.Span.Text} input");
            else if (_bankOn.TryGetValue(slice.Bus, out NeuronBank? bank) && !bank.IsInput)
                _diagnostics.Error(Codes.NoNeurons, one.Span, $"'{slice.Bus.Name}' has neurons and cannot be clamped by a data set", "inputs are banks of the model 'input'");
            else
                inputs.Add(slice);
        }

        BusSlice? targetSlice = Slice(target!.Value, scope);
        bool sound = TryArguments([.. items.Skip(2)], scope, Reading.Strict, out ImmutableArray<Argument> arguments);
        CheckRepeated(arguments);
        foreach (Argument argument in arguments.Where(a => a.Name is null))
            _diagnostics.Error(Codes.BadCard, argument.Span, $"'{Short(argument.Span)}' is too much", form);
        return sound && kind is not null && targetSlice is not null && inputs.Count > 0
            ? new DataSetCard(Name(name.Span), kind, inputs.DrainToImmutable(), targetSlice, arguments, syntax.Span)
            : null;
    }

    /// <summary>The rule that <c>choose(k, rule(…), rule(…), …)</c> names, k counting from 0, so that .step can run through rules; any other call as it is.</summary>
    private Call? Chosen(Call? call)
    {
        if (call is not { Name: "choose" })
            return call;
        Call?[] rules =
        [
            .. call.Arguments.Skip(1).Select(a => a switch
            {
                { Name: null, Value: CallValue nested } => nested.Call,
                { Name: null, Value: TextValue word } => new Call(word.Text.ToLowerInvariant(), [], word.Span),
                _ => null,
            }),
        ];
        if (call.Arguments is [{ Name: null, Value: NumberValue { Number: >= 0 } k }, ..] && Array.TrueForAll(rules, r => r is not null) && k.Number < rules.Length && k.Number == Math.Floor(k.Number))
            return rules[(int)k.Number];
        _diagnostics.Error(
            Codes.BadCard,
            call.Span,
            string.Create(CultureInfo.InvariantCulture, $"choose takes the number of a rule, from 0 to {Math.Max(0, rules.Length - 1)} here, and the rules"),
            "write choose({k}, eqprop(beta=0.1), implicit())");
        return null;
    }

    private Card? Learn(CardSyntax syntax, Scope scope)
    {
        const string form = "write .learn rule(…) out=bus rate Y1=value …";
        List<ValueSyntax> items = [.. syntax.Items];
        if (items.Count == 0 || items[0] is NamedSyntax)
        {
            _diagnostics.Error(Codes.Missing, syntax.NameSpan, "the rule is missing", form);
            return null;
        }

        Call? rule = Chosen(ToCall(items[0], scope, "a learning rule"));
        items.RemoveAt(0);
        BusSlice? output = null;
        bool sound = rule is not null;
        if (TryTake(items, "out", out NamedSyntax? named))
        {
            output = Slice(named!.Value, scope);
            sound &= output is not null;
            if (output is not null && _bankOn.TryGetValue(output.Bus, out NeuronBank? bank) && bank.IsInput)
                _diagnostics.Error(Codes.NoNeurons, named.Value.Span, $"'{output.Bus.Name}' is a bus of clamped inputs and cannot be the output", "name a bus with neurons on it: Ny y[0:9] cell");
        }

        BusSlice? minus = null;
        if (TryTake(items, "minus", out named))
        {
            minus = Slice(named!.Value, scope);
            sound &= minus is not null;
        }

        var rates = ImmutableDictionary.CreateBuilder<string, Argument>();
        var rest = new List<ValueSyntax>();
        bool inRates = false;
        foreach (ValueSyntax item in items)
        {
            if (item is WordSyntax word && word.Is("rate"))
            {
                inRates = true;
                continue;
            }

            if (!inRates || item is not NamedSyntax { Key: WordSyntax key } pair || !IsLearner(Name(key.Span), out bool unknown))
            {
                rest.Add(item);
                continue;
            }

            if (unknown)
            {
                _diagnostics.Error(
                    Codes.UnknownReference,
                    key.Span,
                    $"there is no synapse array, bank or resistor '{key.Text}' to give a rate to",
                    Help(key.Text, _arrays.Select(a => a.Array.Name).Concat(_banks.Where(b => !b.IsInput).Select(b => b.Name)), "arrays and banks"));
                sound = false;
                continue;
            }

            if (ToArgument(pair, scope, Reading.Strict) is not { } rate)
                sound = false;
            else if (!rates.TryAdd(rate.Name!, rate))
                _diagnostics.Error(Codes.RepeatedParameter, pair.Span, $"a second rate for '{rate.Name}'", "leave one of them out");
        }

        sound &= TryArguments([.. rest], scope, Reading.Strict, out ImmutableArray<Argument> arguments);
        CheckRepeated(arguments);
        return sound ? new LearnCard(rule!, output, rates.ToImmutable(), arguments, syntax.Span) { Minus = minus } : null;
    }

    /// <summary>Whether a name behind <c>rate</c> is meant as an array or a bank: it exists, or it begins as one.</summary>
    private bool IsLearner(string name, out bool unknown)
    {
        unknown = false;
        if (_arrays.Any(a => a.Array.Name == name) || _banks.Any(b => b.Name == name))
            return true;
        if (name[name.LastIndexOf('.') + 1] is 'r' or 'u' or 'p' && (_lanes.ContainsKey(name) || _elementNames.ContainsKey(name)))
            return true;
        unknown = name[0] is 'y' or 'n' or 'r' or 'u' or 'p' && !_elementNames.ContainsKey(name);
        return unknown;
    }

    private Card? Train(CardSyntax syntax, Scope scope)
    {
        if (!TryArguments(syntax.Items, scope, Reading.Strict, out ImmutableArray<Argument> arguments))
            return null;
        CheckRepeated(arguments);
        foreach (Argument argument in arguments.Where(a => a.Name is null))
            _diagnostics.Error(Codes.BadCard, argument.Span, $"'{Short(argument.Span)}' is not name=value", "write .train epochs=10 batch=20 seed=1");
        return new TrainCard(arguments, syntax.Span);
    }

    private Card? Compare(CardSyntax syntax, Scope scope)
    {
        List<ValueSyntax> items = [.. syntax.Items];
        if (items.Count == 0 || items[0] is NamedSyntax)
        {
            _diagnostics.Error(Codes.Missing, syntax.NameSpan, "the exact reference is missing", "write .compare implicit [against=rule] [examples=n]");
            return null;
        }

        Call? reference = Chosen(ToCall(items[0], scope, "an exact reference"));
        items.RemoveAt(0);
        Call? against = null;
        bool sound = reference is not null;
        if (TryTake(items, "against", out NamedSyntax? named))
            sound &= (against = Chosen(ToCall(named!.Value, scope, "a local rule"))) is not null;
        sound &= TryArguments([.. items], scope, Reading.Strict, out ImmutableArray<Argument> arguments);
        CheckRepeated(arguments);
        foreach (Argument argument in arguments.Where(a => a.Name is null))
            _diagnostics.Error(Codes.BadCard, argument.Span, $"'{Short(argument.Span)}' is not name=value", "write .compare reference against=rule(…) batches=5");
        return sound ? new CompareCard(reference!, against, arguments, syntax.Span) : null;
    }

    private Card? Export(CardSyntax syntax, Scope scope)
    {
        string[] kinds = ["onnx", "npz", "spice", "csv"];
        List<ValueSyntax> items = [.. syntax.Items];
        if (items.Count == 0 || items[0] is not WordSyntax kind)
        {
            _diagnostics.Error(Codes.Missing, items.Count == 0 ? syntax.NameSpan : items[0].Span, "what to export is missing", "write .export onnx|npz|spice|csv file=name");
            return null;
        }

        string name = Name(kind.Span);
        if (!kinds.Contains(name))
        {
            _diagnostics.Error(Codes.BadCard, kind.Span, $"there is no export '{name}'", Help(name, kinds, "exports"));
            return null;
        }

        items.RemoveAt(0);
        string? file = null;
        if (TryTake(items, "file", out NamedSyntax? named))
            file = named!.Value is QuotedSyntax quoted ? quoted.Text : named.Value.Span.Text.ToString();
        if (!TryArguments([.. items], scope, Reading.Strict, out ImmutableArray<Argument> arguments))
            return null;
        CheckRepeated(arguments);
        foreach (Argument argument in arguments.Where(a => a.Name is null))
            _diagnostics.Error(Codes.BadCard, argument.Span, $"'{Short(argument.Span)}' is not name=value", "write .export onnx file=name");
        return new ExportCard(name, file, arguments, syntax.Span);
    }

    private Card? Measure(CardSyntax syntax, Scope scope, Dictionary<string, SourceSpan> named)
    {
        const string form = "write .measure analysis name …, for instance .measure train acc param='test_accuracy'";
        if (syntax.Items.Length == 0 || syntax.Items[0] is not WordSyntax analysis)
        {
            _diagnostics.Error(Codes.Missing, syntax.Items.Length == 0 ? syntax.NameSpan : syntax.Items[0].Span, "the analysis is missing", form);
            return null;
        }

        string kind = Name(analysis.Span);
        if (!Analyses.Contains(kind))
        {
            _diagnostics.Error(Codes.BadCard, analysis.Span, $"there is no analysis '{analysis.Text}' to measure", Help(kind, Analyses, "analyses"));
            return null;
        }

        if (syntax.Items.Length < 2 || syntax.Items[1] is not WordSyntax name)
        {
            _diagnostics.Error(Codes.Missing, syntax.Items.Length < 2 ? analysis.Span : syntax.Items[1].Span, "the name of the measure is missing", form);
            return null;
        }

        if (syntax.Items.Length < 3)
        {
            _diagnostics.Error(Codes.Missing, name.Span, "what to measure is missing", form);
            return null;
        }

        string measure = Name(name.Span);
        if (!named.TryAdd("measure " + measure, name.Span))
        {
            _diagnostics.Error(Codes.RepeatedCard, name.Span, $"a second measure '{name.Text}'", $"the first is in line {Line(named["measure " + measure])}");
            return null;
        }

        return TryArguments(syntax.Items[2..], scope, Reading.Late, out ImmutableArray<Argument> words) ? new MeasureCard(kind, name.Text.ToString(), words, syntax.Span) : null;
    }

    private Card? Transient(CardSyntax syntax, Scope scope)
    {
        const string form = "write .tran step stop [start [max]] [uic]";
        List<ValueSyntax> items = [.. syntax.Items];
        bool uic = items.Count > 0 && items[^1] is WordSyntax last && last.Is("uic");
        if (uic)
            items.RemoveAt(items.Count - 1);
        if (items.Count < 2)
        {
            _diagnostics.Error(Codes.Missing, items.Count == 0 ? syntax.NameSpan : items[0].Span, items.Count == 0 ? "the step and the end are missing" : "the end is missing", form);
            return null;
        }

        if (items.Count > 4)
        {
            _diagnostics.Error(Codes.SurplusText, items[4].Span, $"'{Short(items[4].Span)}' is too much", form);
            return null;
        }

        double[] numbers = new double[items.Count];
        for (int k = 0; k < numbers.Length; k++)
        {
            if (!TryNumber(items[k], scope, out numbers[k]))
                return null;
            if (numbers[k] < 0 || (numbers[k] == 0 && k != 2))
            {
                _diagnostics.Error(Codes.BadValue, items[k].Span, string.Create(CultureInfo.InvariantCulture, $"a time of {numbers[k]} s: it must be greater than 0"), form);
                return null;
            }
        }

        double start = numbers.Length > 2 ? numbers[2] : 0;
        if (start >= numbers[1])
        {
            _diagnostics.Error(Codes.BadValue, items[2].Span, string.Create(CultureInfo.InvariantCulture, $"the start at {start} s is not before the end at {numbers[1]} s"), "write .tran step stop [start]");
            return null;
        }

        if (numbers[0] > numbers[1])
        {
            _diagnostics.Error(Codes.BadValue, items[0].Span, string.Create(CultureInfo.InvariantCulture, $"the step of {numbers[0]} s is longer than the run of {numbers[1]} s"), form);
            return null;
        }

        return new TransientCard(numbers[0], numbers[1], start, numbers.Length > 3 ? numbers[3] : null, uic, syntax.Span);
    }

    private Card? OperatingPoint(CardSyntax syntax)
    {
        if (syntax.Items.Length == 0)
            return new OperatingPointCard(syntax.Span);
        _diagnostics.Error(Codes.SurplusText, syntax.Items[0].Span, $"'{Short(syntax.Items[0].Span)}' is too much: .op takes nothing", "write .op alone");
        return null;
    }

    private Card? Output(CardSyntax syntax, Scope scope)
    {
        string? analysis = null;
        var quantities = ImmutableArray.CreateBuilder<TextValue>();
        for (int k = 0; k < syntax.Items.Length; k++)
        {
            ValueSyntax item = syntax.Items[k];
            if (k == 0 && item is WordSyntax word && Analyses.Contains(Name(word.Span)))
            {
                analysis = Name(word.Span);
                continue;
            }

            CheckNodes(item, scope);
            quantities.Add(new(item is QuotedSyntax quoted ? quoted.Text : item is ExpressionValueSyntax expression ? expression.Text : item.Span.Text.ToString(), item.Span));
        }

        if (quantities.Count == 0)
        {
            _diagnostics.Error(Codes.Missing, syntax.NameSpan, $"nothing to {syntax.Name} is named", $"write .{syntax.Name} v(h[0:2]) …");
            return null;
        }

        return new OutputCard(syntax.Name, analysis, quantities.DrainToImmutable(), syntax.Span);
    }

    /// <summary>The nodes of <c>v(…)</c> must exist.</summary>
    private void CheckNodes(ValueSyntax item, Scope scope)
    {
        if (item is CallSyntax call && call.Name.Text.Equals("v", StringComparison.OrdinalIgnoreCase))
        {
            foreach (ValueSyntax node in call.Items)
                TryKnownNode(node, scope, out _);
        }
        else if (item is ExpressionValueSyntax expression)
        {
            foreach (ReferenceExpression reference in ExpressionBinder.References(expression.Expression))
            {
                if (reference.Reference is BusSyntax)
                    TryKnownNode(reference.Reference, scope, out _);
            }
        }
    }

    /// <summary>The shape of the cards whose work is done elsewhere.</summary>
    private bool IsSound(CardSyntax card, ImmutableArray<Argument> arguments)
    {
        switch (card.Name)
        {
            case "dc":
                if (arguments.Length is not (4 or 8))
                    return Malformed(card, "write .dc source start stop step [source start stop step]");
                for (int k = 0; k < arguments.Length; k += 4)
                {
                    if (!IsSwept(arguments[k]) || !IsSweep(arguments, k + 1, card))
                        return false;
                    if (Number(arguments[k + 3]) is 0 or null || Number(arguments[k + 3]) * (Number(arguments[k + 2]) - Number(arguments[k + 1])) < 0)
                    {
                        _diagnostics.Error(Codes.BadValue, arguments[k + 3].Span, "the step does not lead from the start to the stop", "write start stop step, the step below 0 when the stop is below the start: 0 1 0.1");
                        return false;
                    }
                }

                return true;
            case "ac":
                return arguments.Length == 4 ? IsSpacing(arguments, 0, card) : Malformed(card, "write .ac dec|oct|lin points start stop");
            case "noise":
                if (arguments.Length is not (6 or 7) || arguments[0].Value is not CallValue)
                    return Malformed(card, "write .noise v(out) source dec|oct|lin points start stop");
                return IsSource(arguments[1], "vi") && IsSpacing(arguments, 2, card);
            case "tf":
                return arguments.Length == 2 && arguments[0].Value is CallValue ? IsSource(arguments[1], "vi") : Malformed(card, "write .tf v(out) source");
            case "sens":
                return (arguments.Length > 0 && arguments[0].Value is CallValue) || Malformed(card, "write .sens v(out)");
            case "mc":
                if (arguments.Length == 0 || arguments[0] is not { Name: null, Value: NumberValue })
                    return Malformed(card, "write .mc chips seed=n [spec=\"test_accuracy>0.9\"]");
                return IsStudy(card, arguments);
            case "step":
                return IsStep(card, arguments);
            default:
                return true;
        }
    }

    private bool IsStudy(CardSyntax card, ImmutableArray<Argument> arguments)
    {
        const double most = 1e8;
        if (Number(arguments[0]) is not (>= 1 and <= most and var chips) || chips != Math.Floor(chips))
        {
            _diagnostics.Error(Codes.BadValue, arguments[0].Span, "the number of chips is a whole number, at least 1 and at most 1e8", "write .mc 100 seed=1");
            return false;
        }

        if (arguments.Skip(1).FirstOrDefault(a => a.Name is null || !StudyWords.Contains(a.Name)) is { } unknown)
        {
            _diagnostics.Error(
                Codes.UnknownParameter,
                unknown.Span,
                unknown.Name is null ? $"'{Short(unknown.Span)}' is too much on a .mc card" : $"'{unknown.Name}' is no word of a .mc card",
                Help(unknown.Name ?? string.Empty, StudyWords, "words") ?? $"words: {string.Join(", ", StudyWords)}");
            return false;
        }

        if (arguments.FirstOrDefault(a => a.Name is "until" or "halfwidth" or "least") is not { } stop)
            return true;
        const string form = "write .mc 1000 seed=1 spec=\"v(y)>0.9\" until=\"interval<0.02\", or halfwidth=0.01";
        if (!arguments.Any(a => a.Name is "spec"))
        {
            _diagnostics.Error(Codes.BadCard, stop.Span, "a study without a specification has no yield to stop by", form);
            return false;
        }

        foreach (Argument argument in arguments.Where(a => a.Name is "until" or "halfwidth" or "least"))
        {
            bool sound = argument switch
            {
                { Name: "until" } => YieldStop.HalfWidthOf(argument.Value) is > 0 and < 0.5,
                { Name: "halfwidth" } => argument.Value is NumberValue { Number: > 0 and < 0.5 },
                _ => argument.Value is NumberValue { Number: >= 1 and <= most and var least } && least == Math.Floor(least),
            };
            if (sound)
                continue;
            _diagnostics.Error(
                Codes.BadValue,
                argument.Value.Span,
                argument.Name is "least" ? "'least' is a number of chips" : "the interval of a yield is narrower than a number between 0 and 1, half of it than one between 0 and 0.5",
                form);
            return false;
        }

        if (arguments.Any(a => a.Name is "until" or "halfwidth"))
            return true;
        _diagnostics.Error(Codes.BadCard, stop.Span, "'least' needs a width to stop at", form);
        return false;
    }

    /// <summary>More points than this are a slip of the pen.</summary>
    private const int MostStepPoints = 1_000_000;

    private bool IsStep(CardSyntax card, ImmutableArray<Argument> arguments)
    {
        const string form = "write .step param name list a b c, or .step param name lin|dec|oct start stop n";
        int at = arguments.Length > 0 && arguments[0].Value is TextValue { Text: var first } && first.Equals("param", StringComparison.OrdinalIgnoreCase) ? 1 : 0;
        if (arguments.Length < at + 3 || arguments[at].Value is not TextValue name || arguments[at + 1].Value is not TextValue kind)
            return Malformed(card, form);
        string parameter = name.Text.ToLowerInvariant();
        if (!_root.Parameters.ContainsKey(parameter) && parameter != "temp")
        {
            _diagnostics.Error(Codes.UnknownName, name.Span, $"there is no parameter '{parameter}' to step", Help(parameter, _root.Parameters.Keys, "parameters") ?? $"define it: .param {parameter}=…");
            return false;
        }

        string[] kinds = ["list", "lin", "dec", "oct"];
        string how = kind.Text.ToLowerInvariant();
        if (!kinds.Contains(how))
        {
            _diagnostics.Error(Codes.BadCard, kind.Span, $"'{kind.Text}' is not a way to step", Help(how, kinds, "ways"));
            return false;
        }

        for (int k = at + 2; k < arguments.Length; k++)
        {
            if (arguments[k].Value is not NumberValue)
            {
                _diagnostics.Error(Codes.NumberExpected, arguments[k].Span, $"a number was expected, not '{Short(arguments[k].Span)}'", form);
                return false;
            }
        }

        if (how == "list")
            return true;
        if (arguments.Length != at + 5)
            return Malformed(card, form);
        double start = ((NumberValue)arguments[at + 2].Value).Number, stop = ((NumberValue)arguments[at + 3].Value).Number, points = ((NumberValue)arguments[at + 4].Value).Number;
        if (points is not (>= 1 and <= MostStepPoints) || points != Math.Floor(points))
        {
            _diagnostics.Error(
                Codes.BadValue,
                arguments[at + 4].Span,
                string.Create(CultureInfo.InvariantCulture, $"{points} points: behind start and stop stands how many points there are{(how == "lin" ? string.Empty : $" in each {(how == "dec" ? "decade" : "octave")}")}"),
                how == "lin" && points > 0 && (stop - start) / points is > 0 and < MostStepPoints
                    ? string.Create(CultureInfo.InvariantCulture, $"steps of {points} make {Math.Floor(((stop - start) / points) + 1e-6) + 1} points: write that number")
                    : form);
            return false;
        }

        if (how == "lin" || (start > 0 && stop > 0))
            return true;
        _diagnostics.Error(Codes.BadValue, arguments[at + (start > 0 ? 3 : 2)].Span, $"{(how == "dec" ? "decades" : "octaves")} go from one number above 0 to another", form);
        return false;
    }

    private bool Malformed(CardSyntax card, string form)
    {
        _diagnostics.Error(Codes.BadCard, card.NameSpan, $"the .{card.Name} card is not complete", form);
        return false;
    }

    private static double? Number(Argument argument) => argument is { Name: null, Value: NumberValue number } ? number.Number : null;

    /// <summary>What <c>.dc</c> takes: a source, a resistor, <c>temp</c>, or a number on a card, <c>d1[is]</c>.</summary>
    private bool IsSwept(Argument argument)
    {
        if (argument is not { Name: null, Value: TextValue text } || text.Text.IndexOf('[', StringComparison.Ordinal) is not (> 0 and var bracket))
            return IsSource(argument, "vir");
        string owner = Name(text.Text[..bracket]);
        if (_elementNames.ContainsKey(owner) || _models.ContainsKey(owner))
            return true;
        _diagnostics.Error(Codes.UnknownReference, argument.Span, $"there is no element and no model '{owner}'", Help(owner, _elementNames.Keys.Concat(_models.Keys), "elements and models"));
        return false;
    }

    private bool IsSource(Argument argument, string letters)
    {
        if (argument is { Name: null, Value: TextValue text })
        {
            string name = Name(text.Text);
            if ((name is "temp" && letters.Contains('r', StringComparison.Ordinal)) || (_elementNames.ContainsKey(name) && letters.Contains(name[name.LastIndexOf('.') + 1], StringComparison.Ordinal)))
                return true;
            bool resistors = letters.Contains('r', StringComparison.Ordinal);
            string[] known = [.. _elementNames.Keys.Where(n => letters.Contains(n[n.LastIndexOf('.') + 1], StringComparison.Ordinal))];
            _diagnostics.Error(
                Codes.UnknownReference,
                argument.Span,
                _elementNames.ContainsKey(name)
                    ? $"'{text.Text}' is not a {(resistors ? "source or resistor" : "source")}"
                    : $"there is no {(resistors ? "source or resistor" : "source")} '{text.Text}'",
                Help(name, known, resistors ? "to sweep, besides temp" : "sources"));
            return false;
        }

        _diagnostics.Error(Codes.BadCard, argument.Span, $"the name of a source was expected, not '{Short(argument.Span)}'", "name a V or I element of the deck");
        return false;
    }

    private bool IsSweep(ImmutableArray<Argument> arguments, int at, CardSyntax card)
    {
        for (int k = at; k < at + 3; k++)
        {
            if (Number(arguments[k]) is not null)
                continue;
            _diagnostics.Error(Codes.NumberExpected, arguments[k].Span, $"a number was expected, not '{Short(arguments[k].Span)}'", $".{card.Name} takes numbers here");
            return false;
        }

        return true;
    }

    private bool IsSpacing(ImmutableArray<Argument> arguments, int at, CardSyntax card)
    {
        string[] kinds = ["dec", "oct", "lin"];
        if (arguments[at].Value is not TextValue kind || !kinds.Contains(kind.Text.ToLowerInvariant()))
        {
            _diagnostics.Error(Codes.BadCard, arguments[at].Span, $"dec, oct or lin was expected, not '{Short(arguments[at].Span)}'", "write dec 10 1 1meg: points in a decade, first and last frequency");
            return false;
        }

        if (!IsSweep(arguments, at + 1, card))
            return false;
        if (Number(arguments[at + 1]) is < 1)
        {
            _diagnostics.Error(Codes.BadValue, arguments[at + 1].Span, "at least one point is needed", "write dec 10 1 1meg: points in a decade, first and last frequency");
            return false;
        }

        if (Number(arguments[at + 2]) is > 0 && Number(arguments[at + 3]) >= Number(arguments[at + 2]))
            return true;
        _diagnostics.Error(Codes.BadValue, arguments[at + 2].Span, "frequencies are above 0 Hz, and the first is not above the last", "write dec 10 1 1meg: points in a decade, first and last frequency");
        return false;
    }

    private static SweepDimension Dimension(ImmutableArray<Argument> arguments, int at) =>
        new(Word(arguments[at]), Number(arguments[at + 1])!.Value, Number(arguments[at + 2])!.Value, Number(arguments[at + 3])!.Value);

    private static FrequencySweep Frequencies(ImmutableArray<Argument> arguments, int at) =>
        new(Word(arguments[at]), (int)Number(arguments[at + 1])!.Value, Number(arguments[at + 2])!.Value, Number(arguments[at + 3])!.Value);

    private static string Word(Argument argument) => argument.Value is TextValue text ? text.Text.ToLowerInvariant() : string.Empty;

    private SensitivityCard? Sensitivity(CardSyntax card, ImmutableArray<Argument> arguments, Scope scope)
    {
        if (Probe(arguments[0], scope) is not { } output)
            return null;
        if (arguments.Length == 1 || (arguments.Length == 2 && Word(arguments[1]) == "dc"))
            return new SensitivityCard(output, null, null, null, card.Span);
        if (arguments.Length == 6 && Word(arguments[1]) == "ac")
            return IsSpacing(arguments, 2, card) ? new SensitivityCard(output, Frequencies(arguments, 2), null, null, card.Span) : null;
        if (arguments.Length == 4 && Word(arguments[1]) == "tran" && Number(arguments[2]) is > 0 and var step && Number(arguments[3]) is { } stop && stop > step)
            return new SensitivityCard(output, null, step, stop, card.Span);
        Malformed(card, "write .sens v(out), .sens v(out) ac dec points start stop, or .sens v(out) tran step stop");
        return null;
    }

    /// <summary>The quantity in <c>v(out)</c>, <c>v(a,b)</c> or <c>i(v1)</c>.</summary>
    private ProbedQuantity? Probe(Argument argument, Scope scope)
    {
        if (argument.Value is CallValue { Call: { Name: "v" or "i" } call } value && call.Arguments.Length is 1 or 2)
        {
            string text = string.Concat(argument.Span.Text.ToString().Where(c => !char.IsWhiteSpace(c))).ToLowerInvariant();
            string first = Inner(call.Arguments[0]);
            if (call.Name == "i" && call.Arguments.Length == 1)
            {
                if (_elementNames.ContainsKey(first))
                    return new ProbedQuantity(string.Empty, string.Empty, first, text, argument.Span);
                _diagnostics.Error(Codes.UnknownReference, value.Span, $"there is no element '{first}'", Help(first, _elementNames.Keys, "elements"));
                return null;
            }

            if (call.Name == "v")
                return new ProbedQuantity(ResultName(first), call.Arguments.Length == 2 ? ResultName(Inner(call.Arguments[1])) : "0", string.Empty, text, argument.Span);
        }

        _diagnostics.Error(Codes.BadCard, argument.Span, $"a voltage or a current was expected, not '{Short(argument.Span)}'", "write v(out), v(a,b) or i(v1)");
        return null;

        static string Inner(Argument inner) => string.Concat(inner.Span.Text.ToString().Where(c => !char.IsWhiteSpace(c))).ToLowerInvariant();
    }

    /// <summary>The name that a node has in results: <c>h[3]</c> is <c>h_3</c>, <c>gnd</c> is <c>0</c>.</summary>
    private static string ResultName(string written)
    {
        int open = written.IndexOf('[', StringComparison.Ordinal);
        return written == "gnd" ? "0" : open > 0 && written.EndsWith(']') ? $"{written[..open]}_{written[(open + 1)..^1]}" : written;
    }

    private Card? Other(CardSyntax syntax, Scope scope)
    {
        if (!TryArguments(syntax.Items, scope, syntax.Name is "step" or "mc" or "corner" or "tolerance" ? Reading.Late : Reading.Strict, out ImmutableArray<Argument> arguments))
            return null;
        foreach (ValueSyntax item in syntax.Items)
            CheckNodes(item, scope);
        if (!IsSound(syntax, arguments))
            return null;
        return syntax.Name switch
        {
            "dc" => new DirectSweepCard(Dimension(arguments, 0), arguments.Length > 4 ? Dimension(arguments, 4) : null, syntax.Span),
            "ac" => new SmallSignalCard(Frequencies(arguments, 0), syntax.Span),
            "noise" => Probe(arguments[0], scope) is { } output
                ? new NoiseCard(output, Word(arguments[1]), Frequencies(arguments, 2), arguments.Length > 6 ? (int)(Number(arguments[6]) ?? 0) : 0, syntax.Span)
                : null,
            "tf" => Probe(arguments[0], scope) is { } output ? new TransferFunctionCard(output, Word(arguments[1]), syntax.Span) : null,
            "sens" => Sensitivity(syntax, arguments, scope),
            _ => new OtherCard(syntax.Name, arguments, syntax.Span),
        };
    }
}
