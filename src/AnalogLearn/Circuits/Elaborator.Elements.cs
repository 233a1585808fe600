using System.Collections.Immutable;
using System.Globalization;
using AnalogLearn.Netlist;

namespace AnalogLearn.Circuits;

/// <content>
/// SPICE's elements: nodes first, on every line; values in a second pass, when every node and every source that an expression may name is
/// known. With n-wide terminals an element becomes n parallel ones.
/// </content>
internal sealed partial class Elaborator
{
    private static readonly ImmutableDictionary<string, double> NoNumbers = ImmutableDictionary<string, double>.Empty;

    private static readonly Dictionary<char, ElementForm> Forms = new()
    {
        ['r'] = new(2, "a resistor", "R1 node node value", ["tc1", "tc2", "tce", "m", "scale", "temp", "dtemp", "noisy", "ac", "w", "l", "learn", "gmin", "gmax", "step"], ["r"]),
        ['c'] = new(2, "a capacitor", "C1 node node value", ["ic", "tc1", "tc2", "m", "scale", "temp", "dtemp", "w", "l"], ["c"]),
        ['l'] = new(2, "an inductor", "L1 node node value", ["ic", "tc1", "tc2", "m", "scale", "temp", "dtemp", "nt"], ["l"]),
        ['k'] = new(0, "a coupling", "K1 L1 L2 value", [], []),
        ['v'] = new(2, "a voltage source", "V1 plus minus value", ["dc", "ac", "r", "td"], []),
        ['i'] = new(2, "a current source", "I1 plus minus value", ["dc", "ac", "r", "td", "m"], []),
        ['e'] = new(2, "a controlled voltage source", "E1 plus minus cplus cminus gain", ["tc1", "tc2"], []),
        ['g'] = new(2, "a controlled current source", "G1 plus minus cplus cminus transconductance", ["m", "tc1", "tc2"], []),
        ['f'] = new(2, "a current-controlled current source", "F1 plus minus Vsource gain", ["m"], []),
        ['h'] = new(2, "a current-controlled voltage source", "H1 plus minus Vsource transresistance", [], []),
        ['b'] = new(2, "a behavioural source", "B1 plus minus I={expression} or V={expression}", ["tc1", "tc2", "temp", "dtemp", "m", "smoothbsrc"], []),
        ['d'] = new(2, "a diode", "D1 anode cathode model", ["area", "pj", "m", "ic", "temp", "dtemp"], ["d"]),
        ['q'] = new(3, "a bipolar transistor", "Q1 collector base emitter [substrate] model", ["area", "areab", "areac", "m", "temp", "dtemp"], ["npn", "pnp"]),
        ['m'] = new(4, "a MOS transistor", "M1 drain gate source bulk model", ["w", "l", "ad", "as", "pd", "ps", "nrd", "nrs", "m", "temp", "dtemp"], ["nmos", "pmos"]),
        ['j'] = new(3, "a junction transistor", "J1 drain gate source model", ["area", "m", "ic", "temp", "dtemp"], ["njf", "pjf"]),
        ['s'] = new(4, "a switch", "S1 node node cplus cminus model", ["m"], ["sw"]),
        ['w'] = new(2, "a current-controlled switch", "W1 node node Vsource model", ["m"], ["csw"]),
        ['a'] = new(3, "a transconductance amplifier", "A1 out plus minus [bias] model", ["ibias", "vos", "m", "temp", "dtemp"], ["ota"]),
        ['u'] = new(2, "a memristor", "U1 plus minus model", ["x0", "gap0", "m", "temp", "dtemp", "learn", "step"], ["iondrift", "vteam", "yakopcic", "pku"]),
        ['p'] = new(3, "a digital potentiometer", "P1 a wiper b model", ["position", "learn", "step"], ["digipot"]),
    };

    private readonly List<Element?> _elements = [];
    private readonly Dictionary<int, List<Element>> _expanded = [];
    private readonly List<PendingElement> _pending = [];
    private readonly Dictionary<string, ImmutableArray<string>> _lanes = new(StringComparer.Ordinal);
    private (double Step, double Stop)? _transientTimes;
    private bool _transientSought;
    private (double Value, ImmutableDictionary<string, double> Numbers) _lastValue = (double.NaN, NoNumbers);

    /// <summary>What a line of an element takes.</summary>
    private sealed record ElementForm(int Nodes, string What, string Example, ImmutableArray<string> Parameters, string[] Models);

    /// <summary>An element whose nodes are known and whose values are not.</summary>
    private sealed record PendingElement(int Slot, ElementSyntax Syntax, Scope Scope, ElementForm Form, string Name, NodeSlice[] Terminals, ImmutableArray<ValueSyntax> Rest, int Lanes, bool Dense);

    /// <summary>What the second pass finds on a line, while it goes through it. One object serves all lines.</summary>
    private sealed class Findings
    {
        public Dictionary<string, double> Numbers { get; } = new(StringComparer.Ordinal);

        public Dictionary<string, ExpressionSyntax> Expressions { get; } = new(StringComparer.Ordinal);

        public List<(string Name, SourceSpan Span)> References { get; } = [];

        public List<ParameterSpread> Spreads { get; } = [];

        public Model? Model { get; set; }

        public Waveform? Waveform { get; set; }

        public bool Failed { get; set; }

        public void Clear()
        {
            Numbers.Clear();
            Expressions.Clear();
            References.Clear();
            Spreads.Clear();
            (Model, Waveform, Failed) = (null, null, false);
        }
    }

    private readonly Findings _findings = new();

    private void Ordinary(ElementSyntax element, Scope scope)
    {
        if (!Forms.TryGetValue(element.Letter, out ElementForm? form))
        {
            _diagnostics.Error(
                Codes.UnknownElement,
                element.Name,
                $"there is no element with the letter {char.ToUpperInvariant(element.Letter)}",
                "elements are R C L K V I E F G H B D Q M J S W A U P X N Y; a comment line begins with *");
            return;
        }

        string name = Name(scope.Prefix + Name(element.Name));
        var nodes = new List<NodeSlice>(4);
        int used = 0;
        while (nodes.Count < form.Nodes)
        {
            if (used >= element.Items.Length || element.Items[used] is NamedSyntax or ExpressionValueSyntax or QuotedSyntax or CallSyntax)
            {
                SourceSpan at = used < element.Items.Length ? element.Items[used].Span : used == 0 ? element.Name : element.Items[used - 1].Span;
                _diagnostics.Error(
                    Codes.MissingNode,
                    at,
                    string.Create(CultureInfo.InvariantCulture, $"'{name}' has {nodes.Count} node{(nodes.Count == 1 ? string.Empty : "s")}, and {form.What} takes {form.Nodes}"),
                    $"write {form.Example}");
                return;
            }

            if (!TryNodes(element.Items[used++], scope, nodes))
                return;
        }

        if (element.Letter is 'e' or 'g' && !TryControlNodes(element, scope, form, nodes, ref used))
            return;
        if (element.Letter is 'q' or 'a' && used < element.Items.Length && element.Items[used] is WordSyntax or BusSyntax && IsSubstrate(element, scope, used) && !TryNodes(element.Items[used++], scope, nodes))
            return;
        ImmutableArray<ValueSyntax> rest = used == 0 ? element.Items : element.Items[used..];
        bool dense = false;
        if (element.Letter is 'r' or 'c' or 'u' && rest.Any(r => r is WordSyntax word && word.Is("dense")))
        {
            dense = true;
            rest = rest.RemoveAll(r => r is WordSyntax word && word.Is("dense"));
        }

        foreach (NodeSlice node in nodes)
        {
            if (!node.IsGround)
                _connected.Add(node.Bus);
        }

        if (!TryLanes(element, nodes, dense, out int lanes) || !Count(element.Span, lanes))
            return;
        var pending = new PendingElement(_elements.Count, element, scope, form, name, [.. nodes], rest, lanes, dense);
        _elements.Add(null);
        if (lanes > 1)
        {
            ImmutableArray<string> names = [.. Enumerable.Range(0, lanes).Select(k => LaneName(pending, k))];
            foreach (string lane in names)
            {
                if (!RegisterName(lane, element.Name))
                    return;
            }

            _lanes.Add(name, names);
        }

        if (element.Letter is 'r' or 'c' or 'l' or 'v' or 'i' or 'd' or 'm' or 'q' or 'j' or 's' or 'a' or 'u' or 'p' && !HasExpression(rest))
            Finish(pending);
        else
            _pending.Add(pending);
    }

    private static bool HasExpression(ImmutableArray<ValueSyntax> items)
    {
        foreach (ValueSyntax item in items)
        {
            if (item is ExpressionValueSyntax or NamedSyntax { Value: ExpressionValueSyntax })
                return true;
        }

        return false;
    }

    private bool TryNodes(ValueSyntax item, Scope scope, List<NodeSlice> into)
    {
        // (a, b) is two nodes.
        if (item is ListSyntax { Open: '(' } pair)
        {
            foreach (ValueSyntax inner in pair.Items)
            {
                if (!TryTerminal(inner, scope, out NodeSlice node))
                    return false;
                into.Add(node);
            }

            return true;
        }

        if (!TryTerminal(item, scope, out NodeSlice slice))
            return false;
        into.Add(slice);
        return true;
    }

    private bool IsSubstrate(ElementSyntax element, Scope scope, int at)
    {
        if (at + 1 >= element.Items.Length || element.Items[at + 1] is not WordSyntax next)
            return false;
        return element.Items[at] is BusSyntax || (scope.Model(Name(element.Items[at].Span)) is null && !NumberLiteral.LooksNumeric(next.Text) && !next.Is("off"));
    }

    /// <summary>The controlling nodes of E and G in their linear form and in POLY; other forms have expressions instead.</summary>
    private bool TryControlNodes(ElementSyntax element, Scope scope, ElementForm form, List<NodeSlice> nodes, ref int used)
    {
        if (used >= element.Items.Length)
        {
            _diagnostics.Error(Codes.Missing, element.Items[^1].Span, $"what controls '{element.Name.Text}' is missing", $"write {form.Example}, or value={{expression}}");
            return false;
        }

        int wanted = 4;
        ValueSyntax next = element.Items[used];
        if (next is NamedSyntax or ExpressionValueSyntax || (next is WordSyntax keyword && (keyword.Is("table") || keyword.Is("value") || keyword.Is("laplace") || keyword.Is("freq"))))
            return true;
        if (next is CallSyntax call)
        {
            if (!call.Name.Text.Equals("poly", StringComparison.OrdinalIgnoreCase))
                return true;
            if (!TryDimension(call, scope, out int dimension))
                return false;
            used++;
            wanted = 2 + (2 * dimension);
        }

        while (nodes.Count < wanted)
        {
            if (used >= element.Items.Length || element.Items[used] is NamedSyntax or ExpressionValueSyntax or QuotedSyntax or CallSyntax)
            {
                _diagnostics.Error(
                    Codes.MissingNode,
                    used < element.Items.Length ? element.Items[used].Span : element.Items[^1].Span,
                    string.Create(CultureInfo.InvariantCulture, $"'{element.Name.Text}' has {nodes.Count} nodes, and {wanted} were expected"),
                    $"write {form.Example}");
                return false;
            }

            if (!TryNodes(element.Items[used++], scope, nodes))
                return false;
        }

        return true;
    }

    private bool TryDimension(CallSyntax poly, Scope scope, out int dimension)
    {
        dimension = 0;
        double value = 0;
        if (poly.Items.Length == 1 && TryNumber(poly.Items[0], scope, out value) && value is >= 1 and <= 100 && value == Math.Floor(value))
        {
            dimension = (int)value;
            return true;
        }

        _diagnostics.Error(Codes.BadValue, poly.Span, "POLY takes the number of its controlling quantities", "write POLY(2)");
        return false;
    }

    private bool TryLanes(ElementSyntax element, List<NodeSlice> nodes, bool dense, out int lanes)
    {
        lanes = 1;
        if (dense)
        {
            long all = (long)nodes[0].Count * nodes[1].Count;
            lanes = (int)Math.Min(all, int.MaxValue);
            return true;
        }

        for (int k = 0; k < nodes.Count; k++)
        {
            int count = nodes[k].Count;
            if (count == 1 || count == lanes)
                continue;
            if (lanes == 1)
            {
                lanes = count;
                continue;
            }

            SourceSpan at = k < element.Items.Length ? element.Items[k].Span : element.Name;
            _diagnostics.Error(
                Codes.WidthMismatch,
                at,
                string.Create(CultureInfo.InvariantCulture, $"'{Short(at)}' has {count} nodes, and another terminal of '{element.Name.Text}' has {lanes}"),
                "terminals are equally wide, or one node wide");
            return false;
        }

        return true;
    }

    private static string LaneName(PendingElement pending, int lane)
    {
        if (pending.Dense)
        {
            NodeSlice a = pending.Terminals[0];
            NodeSlice b = pending.Terminals[1];
            return string.Create(CultureInfo.InvariantCulture, $"{pending.Name}_{a.Bus.Low + a.Start + (lane / b.Count)}_{b.Bus.Low + b.Start + (lane % b.Count)}");
        }

        NodeSlice wide = pending.Terminals.First(t => t.Count > 1);
        return string.Create(CultureInfo.InvariantCulture, $"{pending.Name}_{wide.Bus.Low + wide.Start + lane}");
    }

    private void FinishReferences()
    {
        foreach (PendingElement pending in _pending)
            Finish(pending);
    }

    private void Finish(PendingElement pending)
    {
        List<Element>? many = pending.Lanes > 1 ? new(pending.Lanes) : null;
        for (int lane = 0; lane < pending.Lanes; lane++)
        {
            Findings found = _findings;
            found.Clear();
            _evaluator.Owner = many is null ? pending.Name : _lanes[pending.Name][lane];
            Values(pending, lane, found);
            ImmutableArray<Argument> arguments = found.Failed ? [] : lane > 0 && many is [{ } first, ..] ? first.Arguments : Arguments(pending);
            _evaluator.Owner = null;
            if (found.Failed)
                return;
            ImmutableArray<string> references = [];
            if (found.References.Count > 0 && !TryReferences(pending, lane, found, out references))
                return;
            var element = new Element
            {
                Kind = pending.Syntax.Letter,
                Name = many is null ? pending.Name : _lanes[pending.Name][lane],
                Nodes = Nodes(pending, lane),
                NodeIndices = NodeIndices(pending, lane),
                Model = found.Model?.Name,
                Parameters = Numbers(found.Numbers),
                Expressions = found.Expressions.Count == 0 ? ImmutableDictionary<string, ExpressionSyntax>.Empty : found.Expressions.ToImmutableDictionary(StringComparer.Ordinal),
                References = references,
                Waveform = found.Waveform,
                Arguments = arguments,
                Spreads = [.. found.Spreads],
                Syntax = pending.Syntax,
                Span = pending.Syntax.Span,
            };
            if (many is null)
            {
                _elements[pending.Slot] = element;
                return;
            }

            many.Add(element);
        }

        _expanded[pending.Slot] = many!;
    }

    private ImmutableDictionary<string, double> Numbers(Dictionary<string, double> numbers)
    {
        // Long ladders repeat one value: one dictionary serves them all.
        if (numbers.Count == 1 && numbers.TryGetValue("value", out double value))
        {
            if (value != _lastValue.Value)
                _lastValue = (value, NoNumbers.SetItem("value", value));
            return _lastValue.Numbers;
        }

        return numbers.Count == 0 ? NoNumbers : NoNumbers.SetItems(numbers);
    }

    private static ImmutableArray<string> Nodes(PendingElement pending, int lane)
    {
        NodeSlice[] terminals = pending.Terminals;
        if (pending.Dense)
            return [terminals[0].Node(lane / terminals[1].Count), terminals[1].Node(lane % terminals[1].Count)];
        var nodes = ImmutableArray.CreateBuilder<string>(terminals.Length);
        foreach (NodeSlice terminal in terminals)
            nodes.Add(terminal.Node(terminal.Count == 1 ? 0 : lane));
        return nodes.MoveToImmutable();
    }

    private static ImmutableArray<int> NodeIndices(PendingElement pending, int lane)
    {
        NodeSlice[] terminals = pending.Terminals;
        if (pending.Dense)
            return [terminals[0].Index(lane / terminals[1].Count), terminals[1].Index(lane % terminals[1].Count)];
        var nodes = ImmutableArray.CreateBuilder<int>(terminals.Length);
        foreach (NodeSlice terminal in terminals)
            nodes.Add(terminal.Index(terminal.Count == 1 ? 0 : lane));
        return nodes.MoveToImmutable();
    }

    private ImmutableArray<Argument> Arguments(PendingElement pending)
    {
        if (pending.Rest.Length == 0)
            return [];
        var arguments = ImmutableArray.CreateBuilder<Argument>(pending.Rest.Length);
        foreach (ValueSyntax item in pending.Rest)
        {
            if (ToArgument(item, pending.Scope, Reading.Late) is { } argument)
                arguments.Add(argument);
        }

        return arguments.DrainToImmutable();
    }

    /// <summary>Names of sources and inductors, with the path and the lane that make them full names.</summary>
    private bool TryReferences(PendingElement pending, int lane, Findings found, out ImmutableArray<string> names)
    {
        var full = ImmutableArray.CreateBuilder<string>(found.References.Count);
        foreach ((string name, SourceSpan span) in found.References)
        {
            if (FindElement(name, span, pending.Scope, lane, pending.Lanes, pending.Syntax.Letter == 'k' ? "l" : "v") is not { } one)
            {
                names = [];
                return false;
            }

            full.Add(one);
        }

        names = full.MoveToImmutable();
        return true;
    }

    /// <summary>The full name of an element that another one refers to, or null, diagnosed.</summary>
    private string? FindElement(string name, SourceSpan span, Scope scope, int lane, int lanes, string letters)
    {
        string full = Name(scope.Prefix + name);
        if (!_elementNames.ContainsKey(full) && scope.Prefix.Length > 0 && _elementNames.ContainsKey(name))
            full = name;
        if (!_elementNames.ContainsKey(full) || name.Length == 0)
        {
            _diagnostics.Error(
                Codes.UnknownReference,
                span,
                $"there is no element '{name}'",
                Nearest(full, _elementNames.Keys) is { } near ? $"did you mean '{near}'?" : letters == "v" ? "a current is measured by a voltage source of 0 V" : "name an element of the deck; those of subcircuits are x1.name");
            return null;
        }

        int point = full.LastIndexOf('.') + 1;
        if (!letters.Contains(full[point], StringComparison.Ordinal))
        {
            _diagnostics.Error(
                Codes.UnknownReference,
                span,
                letters == "l" ? $"'{name}' is not an inductor" : $"'{name}' has no branch current that could be named",
                letters == "l" ? "write K1 L1 L2 0.9" : "a current is measured by a voltage source of 0 V");
            return null;
        }

        if (!_lanes.TryGetValue(full, out ImmutableArray<string> all))
            return full;
        if (all.Length == lanes)
            return all[lane];
        _diagnostics.Error(Codes.WidthMismatch, span, string.Create(CultureInfo.InvariantCulture, $"'{name}' is {all.Length} elements"), $"name one of them: {all[0]}");
        return null;
    }

    private Circuit FinishElements(Circuit circuit)
    {
        var elements = ImmutableArray.CreateBuilder<Element>(_elements.Count);
        var sources = ImmutableArray.CreateBuilder<InputSource>();
        var inputs = new Dictionary<string, (Bus Bus, int Index)>(StringComparer.Ordinal);
        foreach (NeuronBank bank in _banks.Where(b => b.IsInput && _connected.Contains(b.Bus)))
        {
            for (int k = 0; k < bank.Bus.Width; k++)
                inputs[bank.Bus.NodeName(k)] = (bank.Bus, k);
        }

        var clamped = new Dictionary<string, string>(StringComparer.Ordinal);
        for (int slot = 0; slot < _elements.Count; slot++)
        {
            if (_elements[slot] is { } one)
            {
                Place(one);
            }
            else if (_expanded.TryGetValue(slot, out List<Element>? many))
            {
                foreach (Element element in many)
                    Place(element);
            }
        }

        ImmutableArray<string> nodes = elements.Count > 0 ? NodeNames(elements) : default;
        return circuit with { Nodes = nodes, Elements = elements.DrainToImmutable(), InputSources = sources.DrainToImmutable() };

        void Place(Element element)
        {
            if (inputs.Count > 0 && element.Kind == 'v' && element.Nodes[1] == "0" && element.Waveform is not NoiseWaveform && inputs.TryGetValue(element.Nodes[0], out (Bus Bus, int Index) input))
            {
                if (!clamped.TryAdd(element.Nodes[0], element.Name))
                    _diagnostics.Error(Codes.DuplicateElement, element.Span, $"'{element.Name}' clamps the input {element.Nodes[0]}, which '{clamped[element.Nodes[0]]}' clamps already", "an input has one source: leave one of them out");
                sources.Add(new InputSource(element.Name, input.Bus, input.Index, element.Waveform ?? new ConstantWaveform(element.Value is double.NaN ? 0 : element.Value), element.Span));
            }
            else
            {
                elements.Add(element);
            }
        }
    }
}
