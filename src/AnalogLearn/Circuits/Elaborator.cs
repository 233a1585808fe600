using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.CompilerServices;
using AnalogLearn.Netlist;

namespace AnalogLearn.Circuits;

/// <summary>
/// Syntax tree to deck: files joined, names resolved, expressions evaluated, subcircuits flattened, buses expanded. Whatever is wrong
/// is diagnosed at its place, and elaboration goes on.
/// </summary>
internal sealed partial class Elaborator
{
    private const long MostSubcircuitLines = 50_000_000;

    private readonly DeckReadOptions _options;
    private readonly SourceLoader _loader;
    private readonly DiagnosticBag _diagnostics;
    private readonly ScopeEvaluator _evaluator;
    private readonly Scope _root = new(null, string.Empty);
    private readonly Dictionary<string, SourceSpan> _globals = new(StringComparer.Ordinal);
    private readonly HashSet<string>.AlternateLookup<ReadOnlySpan<char>> _names = new HashSet<string>(StringComparer.Ordinal).GetAlternateLookup<ReadOnlySpan<char>>();
    private readonly Dictionary<string, SourceSpan> _elementNames = new(StringComparer.Ordinal);
    private readonly ImmutableDictionary<string, Model>.Builder _models = ImmutableDictionary.CreateBuilder<string, Model>();
    private readonly Dictionary<string, string> _definitions = new(StringComparer.Ordinal);
    private readonly List<(CardSyntax Card, Scope Scope)> _cards = [];

    /// <summary>Names on lines that could not be read: what is missing because of them has been told already.</summary>
    private readonly HashSet<string> _suspects = new(StringComparer.Ordinal);
    private int _elementCount;
    private long _subcircuitLines;
    private bool _tooMany;

    public Elaborator(DeckReadOptions options, SourceLoader loader, DiagnosticBag diagnostics)
    {
        _options = options;
        _loader = loader;
        _diagnostics = diagnostics;
        _evaluator = new ScopeEvaluator(diagnostics) { Draws = options.Draws };
    }

    public Deck Run(SyntaxTree tree)
    {
        List<(StatementSyntax Statement, ImmutableStack<string> Files)> lines =
            WithoutBranches(_loader.Flatten(tree.Statements, ImmutableStack.Create(SourceLoader.Key(tree.Source.Path))));
        _elementNames.EnsureCapacity(lines.Count);
        _elements.EnsureCapacity(lines.Count);
        Define(_root, lines);
        ApplyOverrides();
        ReadTemperature();
        EvaluateParameters(_root);
        DeclareBuses(_root, lines);
        Instantiate(_root, lines);
        FinishArrays();
        FinishReferences();
        ReportUnusedSubcircuits();
        return FinishCards(tree);
    }

    /// <summary>A name in lower case, one object for all its uses.</summary>
    private string Name(ReadOnlySpan<char> text)
    {
        Span<char> lower = text.Length <= 128 ? stackalloc char[text.Length] : new char[text.Length];
        text.ToLowerInvariant(lower);
        if (_names.TryGetValue(lower, out string? known))
            return known;
        string name = lower.ToString();
        _names.Add(name);
        return name;
    }

    private string Name(SourceSpan span) => Name(span.Text);

    /// <summary>Registers what the lines of a scope define: parameters, functions, models, subcircuits; and, in the deck, keeps its cards.</summary>
    private void Define(Scope scope, List<(StatementSyntax Statement, ImmutableStack<string> Files)> lines)
    {
        foreach ((StatementSyntax statement, ImmutableStack<string> files) in lines)
        {
            switch (statement)
            {
                case ElementSyntax:
                    break;
                case ParameterCardSyntax card:
                    foreach (NamedSyntax item in card.Items)
                    {
                        string name = Name(item.Key.Span);
                        var expression = (ExpressionValueSyntax)item.Value;
                        if (scope.Parameters.TryGetValue(name, out ParameterEntry? earlier))
                        {
                            _diagnostics.Warning(Codes.DefinedTwice, item.Key.Span, $"the parameter '{name}' is given again; the later value counts", $"the first is in line {Line(earlier.Span)}");
                        }

                        scope.Parameters[name] = new ParameterEntry(name, expression.Expression, scope, item.Key.Span);
                    }

                    if (card.IsBroken)
                        DefineUnread(scope, card.Span);
                    break;
                case FunctionSyntax function:
                    DefineFunction(scope, function);
                    break;
                case ModelSyntax model:
                    if (model.Name.Length == 0)
                        break;
                    string modelName = Name(model.Name);
                    if (scope.Models.TryGetValue(modelName, out ModelEntry? other))
                        _diagnostics.Error(Codes.DuplicateModel, model.Name, $"a second model '{modelName}'", $"the first is in line {Line(other.Syntax.Name)}");
                    else
                        scope.Models.Add(modelName, new(model, scope));
                    break;
                case SubcircuitSyntax subcircuit:
                    if (subcircuit.Name.Length == 0)
                        break;
                    string subcircuitName = Name(subcircuit.Name);
                    if (scope.Subcircuits.TryGetValue(subcircuitName, out SubcircuitEntry? first))
                        _diagnostics.Error(Codes.DuplicateSubcircuit, subcircuit.Name, $"a second subcircuit '{subcircuitName}'", $"the first is in line {Line(first.Syntax.Name)}");
                    else
                        scope.Subcircuits.Add(subcircuitName, new(subcircuit, scope, files));
                    break;
                case CardSyntax { Name: "global" } card:
                    DefineGlobals(card);
                    break;
                case CardSyntax card:
                    if (scope.Parent is null || card.Name is "ic" or "nodeset")
                        _cards.Add((card, scope));
                    else
                        _diagnostics.Error(Codes.BadCard, card.NameSpan, $".{card.Name} cannot stand inside a subcircuit", "move it to the deck");
                    break;
            }
        }
    }

    /// <summary>The parameters of a card that could not be read to its end: known, and without a value.</summary>
    private void DefineUnread(Scope scope, SourceSpan card)
    {
        ReadOnlySpan<char> text = card.Text;
        for (int at = text.IndexOf('='); at > 0;)
        {
            int end = at;
            while (end > 0 && char.IsWhiteSpace(text[end - 1]))
                end--;
            int start = end;
            while (start > 0 && (char.IsLetterOrDigit(text[start - 1]) || text[start - 1] == '_'))
                start--;
            if (start < end)
            {
                string name = Name(text[start..end]);
                scope.Parameters.TryAdd(name, new ParameterEntry(name, null, scope, card) { State = ParameterState.Failed });
            }

            int next = text[(at + 1)..].IndexOf('=');
            at = next < 0 ? -1 : at + 1 + next;
        }
    }

    private static string Line(SourceSpan span) => span.IsWritten ? span.Source.Locate(span.Start).Line.ToString(CultureInfo.InvariantCulture) : "?";

    private void DefineFunction(Scope scope, FunctionSyntax function)
    {
        if (function.Name.Length == 0)
            return;
        string name = Name(function.Name);
        if (Functions.TryArity(name, out _, out _))
            _diagnostics.Error(Codes.DefinedTwice, function.Name, $"{name}() is a function of the language", "give yours another name");
        else if (scope.Functions.TryGetValue(name, out FunctionEntry? earlier))
            _diagnostics.Error(Codes.DefinedTwice, function.Name, $"a second function '{name}'", $"the first is in line {Line(earlier.Syntax.Name)}");
        else
            scope.Functions.Add(name, new(function, scope, [.. function.Parameters.Select(Name)]));
    }

    private void DefineGlobals(CardSyntax card)
    {
        if (card.Items.Length == 0 && !card.IsBroken)
            _diagnostics.Error(Codes.Missing, card.NameSpan, "no node on the card", "write .global node …");
        foreach (ValueSyntax item in card.Items)
        {
            if (item is WordSyntax word)
                _globals.TryAdd(Name(word.Span), word.Span);
            else if (item is BusSyntax bus)
                _globals.TryAdd(Name(bus.Name), bus.Span);
            else
                _diagnostics.Error(Codes.BadCard, item.Span, $"'{Short(item.Span)}' is not the name of a node", "write .global vdd");
        }
    }

    private void ApplyOverrides()
    {
        foreach ((string key, string text) in _options.Parameters.OrderBy(p => p.Key, StringComparer.Ordinal))
        {
            string name = Name(key.Trim());
            var source = new SourceText($"--set {name}", text);
            ExpressionSyntax? expression = NetlistParser.ParseExpression(source, _diagnostics);
            if (!_root.Parameters.TryGetValue(name, out ParameterEntry? entry))
            {
                _diagnostics.Error(
                    Codes.UnknownOverride,
                    new(source, 0, text.Length),
                    $"the deck has no parameter '{name}' to set",
                    Help(name, _root.Parameters.Keys, "its parameters") ?? "it has no .param card");
                continue;
            }

            entry.Expression = expression;
            if (expression is null)
                entry.State = ParameterState.Failed;
        }
    }

    private void ReadTemperature()
    {
        foreach ((CardSyntax card, Scope scope) in _cards)
        {
            if (card.IsBroken)
                continue;
            if (card.Name == "temp")
            {
                if (card.Items.Length == 1)
                {
                    if (TryNumber(card.Items[0], scope, out double value) && IsTemperature(value, card.Items[0].Span))
                        _evaluator.Temperature = value;
                }
                else
                {
                    _diagnostics.Error(Codes.BadCard, card.Items.Length == 0 ? card.NameSpan : card.Items[1].Span, ".temp takes one temperature", "to run at several write .step temp list …");
                }
            }
            else if (card.Name == "options")
            {
                foreach (ValueSyntax item in card.Items)
                {
                    if (item is NamedSyntax { Key: WordSyntax key } option && key.Is("temp") && TryNumber(option.Value, scope, out double value) && IsTemperature(value, option.Value.Span))
                        _evaluator.Temperature = value;
                }
            }
        }

        if (_options.Temperature is { } given)
            _evaluator.Temperature = given;
    }

    private bool IsTemperature(double value, SourceSpan span)
    {
        if (value > -273.15)
            return true;
        _diagnostics.Error(Codes.BadValue, span, "a temperature below absolute zero", "temperatures are in °C");
        return false;
    }

    private void EvaluateParameters(Scope scope)
    {
        foreach (ParameterEntry entry in scope.Parameters.Values)
            _evaluator.TryParameter(entry, out _);
    }

    private void Instantiate(Scope scope, List<(StatementSyntax Statement, ImmutableStack<string> Files)> lines)
    {
        foreach ((StatementSyntax statement, _) in lines)
        {
            switch (statement)
            {
                case ElementSyntax element:
                    Element(element, scope);
                    break;
                case ModelSyntax model when scope.Parent is null && model.Name.Length > 0 && scope.Models.TryGetValue(Name(model.Name), out ModelEntry? entry) && ReferenceEquals(entry.Syntax, model):
                    Evaluate(entry);
                    break;
            }
        }
    }

    private void Element(ElementSyntax element, Scope scope)
    {
        if (_tooMany || (element.IsPlain && TryPlain(element, scope)))
            return;
        string name = scope.Prefix + Name(element.Name);
        if (!RegisterName(name, element.Name))
            return;
        string? owner = _evaluator.Owner;
        _evaluator.Owner = name;
        Expand(element, scope);
        _evaluator.Owner = owner;
    }

    private void Expand(ElementSyntax element, Scope scope)
    {
        if (element.IsBroken)
        {
            foreach (ValueSyntax item in element.Items)
                Collect(item, _suspects);
            return;
        }

        switch (element.Letter)
        {
            case 'n':
                Neurons(element, scope);
                break;
            case 'y':
                Synapses(element, scope);
                break;
            case 'x':
                Subcircuit(element, scope);
                break;
            default:
                Ordinary(element, scope);
                break;
        }
    }

    private bool RegisterName(string name, SourceSpan span)
    {
        if (_elementNames.TryAdd(name, span))
            return true;
        _diagnostics.Error(Codes.DuplicateElement, span, $"a second element '{name}'", $"the first is in line {Line(_elementNames[name])}");
        return false;
    }

    /// <summary>Counts an expanded element; false when there are too many.</summary>
    private bool Count(SourceSpan span, long more = 1)
    {
        if (_elementCount + more <= _options.MaximumElements)
        {
            _elementCount += (int)more;
            return true;
        }

        if (!_tooMany)
            _diagnostics.Error(Codes.TooDeep, span, string.Create(CultureInfo.InvariantCulture, $"more than {_options.MaximumElements} elements after subcircuits and buses are expanded"), "check the ranges of the buses");
        _tooMany = true;
        return false;
    }

    private void Subcircuit(ElementSyntax element, Scope scope)
    {
        var words = new List<ValueSyntax>();
        var overrides = new List<NamedSyntax>();
        foreach (ValueSyntax item in element.Items)
        {
            if (item is NamedSyntax named)
                overrides.Add(named);
            else if (!(item is WordSyntax word && (word.Is("params:") || word.Is("param:"))))
                words.Add(item);
        }

        if (words.Count == 0 || words[^1] is not WordSyntax model)
        {
            _diagnostics.Error(Codes.Missing, words.Count == 0 ? element.Name : words[^1].Span, "the name of the subcircuit is missing", "write X1 node … subcircuit [name=value …]");
            return;
        }

        string name = Name(model.Span);
        if (scope.Subcircuit(name) is not { } entry)
        {
            _diagnostics.Error(
                Codes.UnknownSubcircuit,
                model.Span,
                $"there is no subcircuit '{name}'",
                Help(name, scope.Reach(s => s.Subcircuits.Keys), "subcircuits") ?? "define it with .subckt … .ends, or .include its library");
            return;
        }

        entry.Used = true;
        if (entry.Syntax.IsBroken)
            return;
        if (entry.InProgress)
        {
            _diagnostics.Error(Codes.RecursiveSubcircuit, model.Span, $"the subcircuit '{name}' contains itself: {scope.Prefix}{Name(element.Name)}", "a subcircuit cannot stand inside itself");
            return;
        }

        if (!RuntimeHelpers.TryEnsureSufficientExecutionStack())
        {
            _diagnostics.Error(Codes.TooDeep, model.Span, "subcircuits are nested too deeply", "a subcircuit that contains others goes down a few levels only");
            return;
        }

        var values = new Dictionary<string, NamedSyntax>(StringComparer.Ordinal);
        bool sound = true;
        foreach (NamedSyntax item in overrides)
        {
            string parameter = Name(item.Key.Span);
            if (!entry.Syntax.Parameters.Any(p => p.Key.Span.Text.Equals(parameter, StringComparison.OrdinalIgnoreCase)) && parameter != "m")
            {
                _diagnostics.Error(
                    Codes.UnknownParameter,
                    item.Key.Span,
                    $"the subcircuit '{name}' has no parameter '{parameter}'",
                    Help(parameter, entry.Syntax.Parameters.Select(p => Name(p.Key.Span)), "its parameters") ?? "parameters are declared on the .subckt line: .subckt name ports … parameter=default");
                sound = false;
            }
            else if (!values.TryAdd(parameter, item))
            {
                _diagnostics.Error(Codes.RepeatedParameter, item.Key.Span, $"'{parameter}' is given twice", "leave one of them out");
                sound = false;
            }
        }

        if (!sound)
            return;
        if (values.TryGetValue("m", out NamedSyntax? multiplier) && !entry.Syntax.Parameters.Any(p => p.Key.Span.Text.Equals("m", StringComparison.OrdinalIgnoreCase)))
        {
            _diagnostics.Error(Codes.UnknownParameter, multiplier.Key.Span, "m= on a subcircuit is not supported", "declare m as a parameter of the subcircuit and use it inside, or write several X elements");
            return;
        }

        var terminals = new NodeSlice[words.Count - 1];
        for (int k = 0; k < terminals.Length; k++)
            sound &= TryTerminal(words[k], scope, out terminals[k]);
        int ports = entry.Syntax.Ports.Length;
        if (terminals.Length != ports)
        {
            _diagnostics.Error(
                Codes.PortMismatch,
                terminals.Length > ports ? words[ports].Span : model.Span,
                string.Create(CultureInfo.InvariantCulture, $"the subcircuit '{name}' has {ports} port{(ports == 1 ? string.Empty : "s")}, but {terminals.Length} node{(terminals.Length == 1 ? " is" : "s are")} given"),
                $"its ports: {string.Join(" ", entry.Syntax.Ports.Select(p => p.Span.Text.ToString()))}");
            return;
        }

        if (!sound)
            return;
        var probe = new Scope(entry.Scope, string.Empty);
        _evaluator.Owner = null;
        FillParameters(entry, values, probe, scope, isFixed: true);
        if (probe.Parameters.Values.Any(p => p.State == ParameterState.Failed) || !TryWidths(entry, probe, out int[] widths))
            return;
        int copies = 1;
        for (int k = 0; k < terminals.Length; k++)
        {
            int count = terminals[k].Count;
            if (count == widths[k] || count == 1 && widths[k] == 1)
                continue;
            if (widths[k] == 1 && (copies == 1 || copies == count))
            {
                copies = count;
                continue;
            }

            _diagnostics.Error(
                Codes.WidthMismatch,
                words[k].Span,
                string.Create(CultureInfo.InvariantCulture, $"'{words[k].Span.Text}' has {count} nodes, but the port '{entry.Syntax.Ports[k].Span.Text}' of '{name}' has {widths[k]}"), "node and port are equally wide");
            return;
        }

        CheckPorts(entry);
        entry.InProgress = true;
        string definition = string.Concat(entry.Scope.Definition, name, "/");
        for (int copy = 0; copy < copies && !_tooMany; copy++)
        {
            string instance = scope.Prefix + Name(element.Name) + (copies == 1 ? string.Empty : "_" + (terminals.First(t => t.Count == copies) is { } bus ? bus.Bus.Low + bus.Start + copy : copy).ToString(CultureInfo.InvariantCulture));
            var inner = new Scope(entry.Scope, instance + ".") { Definition = definition };
            _definitions[inner.Prefix] = definition;
            for (int k = 0; k < terminals.Length; k++)
            {
                NodeSlice terminal = terminals[k];
                if (copies > 1 && widths[k] == 1 && terminal.Count == copies)
                    terminal = new(terminal.Bus, terminal.Start + copy, 1) { Base = terminal.Base };
                string port = Name(entry.Syntax.Ports[k] is BusSyntax busPort ? busPort.Name : entry.Syntax.Ports[k].Span);
                inner.Nodes[port] = terminal;
                if (entry.Syntax.Ports[k] is BusSyntax range && TryRange(range, probe, out int low, out _, quiet: true))
                    inner.PortLows[port] = low;
            }

            _evaluator.Owner = instance;
            FillParameters(entry, values, inner, scope);
            _evaluator.Owner = null;
            entry.Body ??= _loader.Flatten(entry.Syntax.Body, entry.Files);
            _subcircuitLines += entry.Body.Count;
            if (!Count(element.Span) || _subcircuitLines > MostSubcircuitLines)
            {
                if (!_tooMany)
                    _diagnostics.Error(Codes.TooDeep, element.Span, string.Create(CultureInfo.InvariantCulture, $"subcircuits expand to more than {MostSubcircuitLines} lines"), "arrays of neurons and synapses take one line each: N and Y elements");
                _tooMany = true;
                break;
            }

            Define(inner, entry.Body);
            EvaluateParameters(inner);
            DeclareBuses(inner, entry.Body);
            Instantiate(inner, entry.Body);
        }

        entry.InProgress = false;
    }

    /// <summary>The parameters of an instance: what its line gives, evaluated outside, and the defaults, evaluated inside.</summary>
    private void FillParameters(SubcircuitEntry entry, Dictionary<string, NamedSyntax> values, Scope inner, Scope scope, bool isFixed = false)
    {
        foreach (NamedSyntax parameter in entry.Syntax.Parameters)
        {
            string key = Name(parameter.Key.Span);
            if (values.TryGetValue(key, out NamedSyntax? given))
            {
                if (TryNumber(given.Value, scope, out double value))
                    inner.Parameters[key] = new(key, null, inner, given.Key.Span) { State = ParameterState.Known, Value = value };
                else
                    inner.Parameters[key] = new(key, null, inner, given.Key.Span) { State = ParameterState.Failed };
            }
            else
            {
                inner.Parameters[key] = DefaultParameter(key, parameter, inner, isFixed);
            }
        }
    }

    private ParameterEntry DefaultParameter(string name, NamedSyntax parameter, Scope scope, bool isFixed)
    {
        switch (parameter.Value)
        {
            case ExpressionValueSyntax expression:
                return new(name, expression.Expression, scope, parameter.Key.Span) { IsFixed = isFixed };
            case WordSyntax word when NumberLiteral.TryParse(word.Text, out double value, out _):
                return new(name, null, scope, parameter.Key.Span) { State = ParameterState.Known, Value = value };
            default:
                TryNumber(parameter.Value, scope, out _);
                return new(name, null, scope, parameter.Key.Span) { State = ParameterState.Failed };
        }
    }

    /// <summary>The widths of a subcircuit's ports.</summary>
    private bool TryWidths(SubcircuitEntry entry, Scope scope, out int[] widths)
    {
        widths = new int[entry.Syntax.Ports.Length];
        for (int k = 0; k < widths.Length; k++)
        {
            widths[k] = 1;
            if (entry.Syntax.Ports[k] is BusSyntax bus)
            {
                if (!TryRange(bus, scope, out int low, out int high))
                    return false;
                widths[k] = high - low + 1;
            }
        }

        return true;
    }

    private void CheckPorts(SubcircuitEntry entry)
    {
        if (entry.PortsChecked)
            return;
        entry.PortsChecked = true;
        var used = new HashSet<string>(StringComparer.Ordinal);
        entry.Body ??= _loader.Flatten(entry.Syntax.Body, entry.Files);
        foreach (ElementSyntax element in entry.Body.Select(b => b.Statement).OfType<ElementSyntax>())
        {
            foreach (ValueSyntax item in element.Items)
                Collect(item, used);
        }

        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (ValueSyntax port in entry.Syntax.Ports)
        {
            string name = Name(port is BusSyntax bus ? bus.Name : port.Span);
            if (!seen.Add(name))
                _diagnostics.Error(Codes.DuplicatePort, port.Span, $"the port '{name}' stands twice", "leave one of them out");
            else if (!used.Contains(name))
                _diagnostics.Warning(Codes.UnusedPort, port.Span, $"nothing inside '{entry.Syntax.Name.Text}' is connected to the port '{name}'", "leave the port out, or connect it");
            if (name is "0" or "gnd")
                _diagnostics.Error(Codes.DuplicatePort, port.Span, "ground cannot be a port: it is the same node everywhere", "leave it out");
        }
    }

    private void Collect(ValueSyntax item, HashSet<string> into)
    {
        switch (item)
        {
            case WordSyntax word:
                into.Add(Name(word.Span));
                break;
            case BusSyntax bus:
                into.Add(Name(bus.Name));
                break;
            case NamedSyntax named:
                Collect(named.Value, into);
                break;
            case ListSyntax list:
                foreach (ValueSyntax inner in list.Items)
                    Collect(inner, into);
                break;
            case CallSyntax call:
                foreach (ValueSyntax inner in call.Items)
                    Collect(inner, into);
                break;
            case ExpressionValueSyntax expression:
                foreach (ReferenceExpression reference in ExpressionBinder.References(expression.Expression))
                    Collect(reference.Reference, into);
                break;
        }
    }

    private void ReportUnusedSubcircuits()
    {
        // Models and subcircuits of libraries are normally unused; those of the deck itself are checked for sound ports only.
        foreach (SubcircuitEntry entry in _root.Subcircuits.Values)
        {
            if (!entry.Used && !entry.Syntax.IsBroken)
                CheckPorts(entry);
        }
    }

    /// <summary>Suggestions are looked for while errors are still shown; a million wrong lines need none.</summary>
    private string? Help(ReadOnlySpan<char> name, IEnumerable<string> candidates, string? what = null) => _diagnostics.IsFull ? null : NameSuggestion.Help(name, candidates, what);

    private string? Nearest(ReadOnlySpan<char> name, IEnumerable<string> candidates) => _diagnostics.IsFull ? null : NameSuggestion.Nearest(name, candidates);

    private static string Short(SourceSpan span) => span.Length <= 40 ? span.Text.ToString() : string.Concat(span.Text[..37], "…");
}
