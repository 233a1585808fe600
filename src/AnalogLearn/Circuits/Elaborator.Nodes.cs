using System.Collections.Immutable;
using System.Globalization;
using AnalogLearn.Netlist;

namespace AnalogLearn.Circuits;

/// <content>Buses and nodes: declared by use, <c>h[0:511]</c>; afterwards <c>h</c> is the whole bus, <c>h[3]</c> and <c>h[0:3]</c> are parts.</content>
internal sealed partial class Elaborator
{
    private const int WidestBus = 1 << 22;

    private const long MostNodes = 1 << 24;

    private readonly List<Bus> _buses = [];
    private long _nodeCount;
    private int _nextNode;

    private sealed class Declaration
    {
        public int Low { get; set; } = int.MaxValue;

        public int High { get; set; } = int.MinValue;

        public SourceSpan Span { get; init; }

        /// <summary>Whether a range stands somewhere, not only single indices.</summary>
        public bool Ranged { get; set; }

        /// <summary>Whether an N element fixes the range.</summary>
        public bool Fixed { get; set; }
    }

    /// <summary>Finds every bus that the lines of a scope declare. An N element fixes the range; without one the widest use counts.</summary>
    private void DeclareBuses(Scope scope, List<(StatementSyntax Statement, ImmutableStack<string> Files)> lines)
    {
        Dictionary<string, Declaration>? found = null;
        foreach ((StatementSyntax statement, _) in lines)
        {
            if (statement is not ElementSyntax { IsPlain: false } element)
                continue;
            foreach (ValueSyntax item in element.Items)
            {
                if (item is not BusSyntax bus)
                    continue;
                string name = Name(bus.Name);
                if (scope.Nodes.ContainsKey(name) || !TryRange(bus, scope, out int low, out int high, quiet: true))
                    continue;
                found ??= new(StringComparer.Ordinal);
                if (!found.TryGetValue(name, out Declaration? declaration))
                    found.Add(name, declaration = new() { Span = bus.Span });
                bool neurons = element.Letter == 'n' && bus.Last is not null;
                bool ranged = bus.Last is not null;
                if (declaration.Fixed && !neurons)
                    continue;
                if ((neurons && !declaration.Fixed) || (ranged && !declaration.Ranged))
                    (declaration.Low, declaration.High) = (low, high);
                else if (ranged || !declaration.Ranged)
                    (declaration.Low, declaration.High) = (Math.Min(declaration.Low, low), Math.Max(declaration.High, high));
                declaration.Fixed |= neurons;
                declaration.Ranged |= ranged;
            }
        }

        if (found is null)
            return;
        foreach ((string name, Declaration declaration) in found)
        {
            if (IsGround(name))
                continue;
            Scope owner = _globals.ContainsKey(name) ? _root : scope;
            if (owner.Nodes.ContainsKey(name))
                continue;
            var bus = new Bus(Name(owner.Prefix + name), declaration.Low, declaration.High - declaration.Low + 1);
            _nodeCount += bus.Width;
            if (_nodeCount > MostNodes)
            {
                if (_nodeCount - bus.Width <= MostNodes)
                    _diagnostics.Error(Codes.BadRange, declaration.Span, string.Create(CultureInfo.InvariantCulture, $"the buses have more than {MostNodes} nodes together"), "check the ranges of the buses");
                bus = bus with { Width = 1 };
            }

            owner.Nodes[name] = Declare(bus);
        }
    }

    /// <summary>A new bus: its nodes get the next indices.</summary>
    private NodeSlice Declare(Bus bus)
    {
        _buses.Add(bus);
        _namesMayCoincide |= !bus.IsPlain || bus.Name.Contains('.', StringComparison.Ordinal);
        _nextNode += bus.Width;
        return new(bus, 0, bus.Width) { Base = _nextNode - bus.Width };
    }

    /// <summary>
    /// The names of all nodes in order of their indices. One name may have come about twice, by <c>h[3]</c> and by <c>h_3</c>, or by
    /// <c>x1.a</c> and by a inside X1: it is one node then, and the elements' indices are brought in line.
    /// </summary>
    private ImmutableArray<string> NodeNames(ImmutableArray<Element>.Builder elements)
    {
        if (!_namesMayCoincide)
            return [.. _buses.Select(static bus => bus.Name)];
        var places = new Dictionary<string, int>(_nextNode, StringComparer.Ordinal);
        var names = ImmutableArray.CreateBuilder<string>(_nextNode);
        int[] moved = new int[_nextNode];
        int next = 0;
        foreach (Bus bus in _buses)
        {
            for (int k = 0; k < bus.Width; k++)
            {
                string name = bus.NodeName(k);
                if (places.TryAdd(name, names.Count))
                    names.Add(name);
                moved[next++] = places[name];
            }
        }

        if (names.Count < _nextNode)
        {
            for (int k = 0; k < elements.Count; k++)
                elements[k] = elements[k] with { NodeIndices = [.. elements[k].NodeIndices.Select(n => n < 0 ? n : moved[n])] };
        }

        return names.DrainToImmutable();
    }

    private static bool IsGround(string name) => name is "0" or "gnd";

    /// <summary>The indices of a bus expression.</summary>
    private bool TryRange(BusSyntax bus, Scope scope, out int low, out int high, bool quiet = false)
    {
        high = 0;
        if (!TryIndex(bus.First, scope, out low, quiet))
            return false;
        high = low;
        if (bus.Last is not null && !TryIndex(bus.Last, scope, out high, quiet))
            return false;
        if (high < low)
        {
            if (!quiet)
                _diagnostics.Error(Codes.BadRange, bus.Span, $"the range of '{bus.Span.Text}' runs backwards", string.Create(CultureInfo.InvariantCulture, $"write {bus.Name.Text}[{high}:{low}]"));
            return false;
        }

        if ((long)high - low >= WidestBus)
        {
            if (!quiet)
                _diagnostics.Error(Codes.BadRange, bus.Span, string.Create(CultureInfo.InvariantCulture, $"a bus of more than {WidestBus} nodes"), "check the range: x[0:783] has 784 nodes");
            return false;
        }

        return true;
    }

    private bool TryIndex(ValueSyntax syntax, Scope scope, out int index, bool quiet)
    {
        index = 0;
        if (syntax is WordSyntax word)
        {
            if (int.TryParse(word.Text, NumberStyles.None, CultureInfo.InvariantCulture, out index))
                return true;
            if (!quiet)
            {
                string text = word.Text.ToString();
                _diagnostics.Error(
                    Codes.BadRange,
                    word.Span,
                    $"'{text}' is not an index: a whole number from 0 was expected",
                    scope.Parameter(text.ToLowerInvariant()) is not null ? $"write {{{text}}} for the value of the parameter" : "write x[3] or x[0:9]");
            }

            return false;
        }

        if (quiet && syntax is ExpressionValueSyntax { Expression: var expression })
        {
            // Diagnosed once, when the terminal itself is read.
            var probe = new ScopeEvaluator(new DiagnosticBag { MaximumErrors = 0 }) { Temperature = _evaluator.Temperature };
            return probe.TryEvaluate(expression, scope, out double quietly) && IsIndex(quietly, out index);
        }

        if (!TryNumber(syntax, scope, out double value))
            return false;
        if (IsIndex(value, out index))
            return true;
        if (!quiet)
            _diagnostics.Error(Codes.BadRange, syntax.Span, string.Create(CultureInfo.InvariantCulture, $"{value} is not an index: a whole number from 0 was expected"), "write x[3] or x[0:9]");
        return false;
    }

    private static bool IsIndex(double value, out int index)
    {
        index = value is >= 0 and <= int.MaxValue ? (int)value : 0;
        return index == value;
    }

    /// <summary>The nodes that a terminal stands for. A name that is not known yet becomes a plain node.</summary>
    private bool TryTerminal(ValueSyntax syntax, Scope scope, out NodeSlice slice, bool declare = true)
    {
        slice = default;
        switch (syntax)
        {
            case WordSyntax word:
                string name = Name(word.Span);
                if (IsGround(name))
                {
                    slice = new(Scope.Ground, 0, 1);
                    return true;
                }

                Scope owner = scope.Nodes.ContainsKey(name) || !_globals.ContainsKey(name) ? scope : _root;
                if (owner.Nodes.TryGetValue(name, out slice))
                    return true;
                if (!declare)
                    return false;
                var plain = new Bus(owner.Prefix.Length == 0 ? name : Name(owner.Prefix + name), 0, 1) { IsPlain = true };
                owner.Nodes[name] = slice = Declare(plain);
                return true;
            case BusSyntax bus:
                return TryPart(bus, scope, out slice);
            default:
                _diagnostics.Error(Codes.MissingNode, syntax.Span, $"a node was expected, not '{Short(syntax.Span)}'", "nodes are names, h[3] or h[0:9]");
                return false;
        }
    }

    private bool TryPart(BusSyntax bus, Scope scope, out NodeSlice slice)
    {
        slice = default;
        if (!TryRange(bus, scope, out int low, out int high))
            return false;
        string name = Name(bus.Name);
        Scope owner = scope.Nodes.ContainsKey(name) || !_globals.ContainsKey(name) ? scope : _root;
        if (!owner.Nodes.TryGetValue(name, out NodeSlice whole))
        {
            if (_suspects.Contains(name))
                return false;
            _diagnostics.Error(
                Codes.UnknownBus,
                bus.Name,
                $"there is no bus '{name}'",
                Help(name, owner.Nodes.Where(n => !n.Value.Bus.IsPlain).Select(n => n.Key), "buses") ?? "a bus is declared by its use on an element: h[0:9]");
            return false;
        }

        // Inside a subcircuit a port's indices are those of the port; they count from the first node that is connected.
        int offset = owner.PortLows.TryGetValue(name, out int port) ? port : whole.Bus.Low + whole.Start;
        if (low < offset || high >= offset + whole.Count)
        {
            _diagnostics.Error(
                Codes.OutsideBus,
                bus.Span,
                whole.Bus.IsPlain
                    ? $"'{name}' is a single node, not a bus"
                    : string.Create(CultureInfo.InvariantCulture, $"'{bus.Span.Text}' is outside the bus {name}[{offset}:{offset + whole.Count - 1}]"), whole.Bus.IsPlain ? $"write {name} alone" : string.Create(CultureInfo.InvariantCulture, $"the bus goes from {name}[{offset}] to {name}[{offset + whole.Count - 1}]"));
            return false;
        }

        slice = new(whole.Bus, whole.Start + low - offset, high - low + 1) { Base = whole.Base };
        return true;
    }

    /// <summary>A terminal that must be a whole bus.</summary>
    private bool TryWholeBus(ValueSyntax syntax, Scope scope, string user, string fix, out Bus bus)
    {
        bus = Scope.Ground;
        if (!TryTerminal(syntax, scope, out NodeSlice slice))
            return false;
        bus = slice.Bus;
        if (slice.IsGround)
        {
            _diagnostics.Error(Codes.WholeBusNeeded, syntax.Span, $"{user} cannot be on ground", "name a bus");
            return false;
        }

        if (slice.Count == bus.Width)
            return true;
        _diagnostics.Error(
            Codes.WholeBusNeeded,
            syntax.Span,
            string.Create(CultureInfo.InvariantCulture, $"{user} takes a whole bus, and '{syntax.Span.Text}' is a part of {bus.Name}[{bus.Low}:{bus.Low + bus.Width - 1}]"),
            fix);
        return false;
    }
}
