using System.Collections.Immutable;
using System.Runtime.InteropServices;
using AnalogLearn.Circuits;
using AnalogLearn.Devices;
using AnalogLearn.Devices.Behavioural;
using AnalogLearn.Netlist;
using AnalogLearn.Numerics;

namespace AnalogLearn.Simulation.Nodal;

/// <summary>
/// A circuit as modified nodal analysis sees it (Ho, Ruehli, Brennan 1975): one unknown for each node's voltage, each branch current that an element needs, and each state of a
/// device; f(x, t) + dq(x)/dt = 0, where the row of a node is the sum of the currents that leave it, and the row of a branch is the element's own equation.
/// </summary>
public sealed class NodalCircuit
{
    private readonly Dictionary<string, int> _branches;
    private readonly Dictionary<string, ImmutableArray<int>> _inputs;

    private NodalCircuit(Builder builder, DeviceBank[] banks, SparsePattern pattern)
    {
        Circuit = builder.Circuit;
        Unknowns = [.. builder.Unknowns];
        Conditions = builder.Conditions;
        NodeCount = builder.Circuit.Nodes.Length;
        Banks = ImmutableCollectionsMarshal.AsImmutableArray(banks);
        Pattern = pattern;
        int ground = Unknowns.Length;
        Sources =
        [
            .. builder.Sources.Select(e => IndependentSource.Of(e, Grounded(builder.Node(e, 0), ground), Grounded(builder.Node(e, 1), ground), e.Kind == 'v' ? builder.Branch(e.Name) : -1) with { Dac = builder.Dacs.GetValueOrDefault(e.Name) }),
            .. builder.Clamps.Select(c => c with { Minus = ground }),
        ];
        ElementInitialConditions = [.. builder.Initials.Select(i => (Grounded(i.Plus, ground), Grounded(i.Minus, ground), i.Value))];
        InitialStates = [.. builder.States];
        _branches = builder.Branches;
        Network = builder.Network;
        Rails = [.. builder.Rails];
        ExternalValues = new double[Sources.Length];
        Weights = builder.Weights;
        _inputs = builder.Inputs.ToDictionary(i => i.Key, i => i.Value.Select(name => FindSource(name)).ToImmutableArray(), StringComparer.Ordinal);
    }

    /// <summary>The elaborated circuit.</summary>
    public Circuit Circuit { get; }

    /// <summary>The unknowns, nodes first. Ground is not among them; where an index has to be given it is their number.</summary>
    public ImmutableArray<Unknown> Unknowns { get; }

    /// <summary>How many unknowns.</summary>
    public int UnknownCount => Unknowns.Length;

    /// <summary>How many of them are voltages of the deck's own nodes; they come first, in the order of <see cref="Circuit.Nodes"/>.</summary>
    public int NodeCount { get; }

    /// <summary>Temperatures and junction conductance, as the deck says.</summary>
    public DeviceConditions Conditions { get; }

    /// <summary>The devices, one bank for each equation.</summary>
    public ImmutableArray<DeviceBank> Banks { get; }

    /// <summary>The independent sources.</summary>
    public ImmutableArray<IndependentSource> Sources { get; }

    /// <summary>Where the Jacobians of f and of q have entries; one pattern for both.</summary>
    public SparsePattern Pattern { get; }

    /// <summary>Slots that differ from one evaluation to the next; all others stand as linear devices put them. The place behind the last, for ground, is among them.</summary>
    internal int[] MovingSlots { get; private init; } = [];

    /// <summary>Initial conditions on elements: x[Plus] − x[Minus] = Value when a transient starts from them.</summary>
    public ImmutableArray<(int Plus, int Minus, double Value)> ElementInitialConditions { get; }

    /// <summary>Device states and the values that they keep in an operating point.</summary>
    public ImmutableArray<(int Unknown, double Value)> InitialStates { get; }

    /// <summary>The layout of the neuron banks and synapse arrays, or null when there are none.</summary>
    public RateNetwork? Network { get; }

    /// <summary>The weights and biases of the banks and arrays, in the layout of <see cref="Network"/>: what the circuit is solved with, changed in place by learning.</summary>
    public ParameterSet<double>? Weights { get; }

    /// <summary>Whose values <see cref="Weights"/> has at present: several fields of one circuit take turns.</summary>
    internal object? WeightsHolder { get; set; }

    /// <summary>What sources whose value is set from outside stand at when a system is made, in the order of <see cref="Sources"/> [V].</summary>
    internal double[] ExternalValues { get; }

    /// <summary>The rails of neurons that have some.</summary>
    internal ImmutableArray<Rail> Rails { get; }

    /// <summary>The sources that hold the nodes of an input bank, as places in <see cref="Sources"/> and <see cref="NodalSystem.SourceValues"/>.</summary>
    /// <param name="bus">The bus's name, lower case.</param>
    /// <returns>One for each node; empty when no input bank is on such a bus.</returns>
    public ImmutableArray<int> InputSourceIndices(string bus) => _inputs.GetValueOrDefault(bus, []);

    /// <summary>The unknown of a node.</summary>
    /// <param name="node">The node's full name, lower case; bus nodes as in results (<c>h_3</c>).</param>
    /// <returns>Its index, <see cref="UnknownCount"/> for ground, −1 when there is no such node.</returns>
    public int NodeUnknown(string node)
    {
        int index = Circuit.NodeIndex(node);
        return index == -1 ? UnknownCount : index == -2 ? -1 : index;
    }

    /// <summary>The unknown of the current through an element.</summary>
    /// <param name="element">The element's full name.</param>
    /// <returns>Its index, or −1 when that current is not an unknown.</returns>
    public int BranchUnknown(string element) => _branches.GetValueOrDefault(element, -1);

    /// <summary>Compiles a circuit.</summary>
    /// <param name="circuit">The circuit.</param>
    /// <param name="conditions">Temperatures and junction conductance; the circuit's own temperature wins.</param>
    /// <param name="diagnostics">Receives what cannot be built, by name and place.</param>
    /// <param name="weights">Weights and biases of neuron banks and synapse arrays, in the layout of their <see cref="RateNetwork"/>; kept, not copied. Null for those drawn from <paramref name="seed"/>.</param>
    /// <param name="seed">The seed of the weights.</param>
    /// <param name="couplings">Pairs of nodes (places in <see cref="Circuit.Nodes"/>) between which a force from outside will act, or null.</param>
    /// <returns>The circuit, or null when something cannot be built.</returns>
    public static NodalCircuit? Compile(
        Circuit circuit, in DeviceConditions conditions, DiagnosticBag diagnostics, ParameterSet<double>? weights = null, ulong seed = 1, IEnumerable<(int Row, int Column)>? couplings = null)
    {
        ArgumentNullException.ThrowIfNull(circuit);
        ArgumentNullException.ThrowIfNull(diagnostics);
        int before = diagnostics.ErrorCount;
        var builder = new Builder(circuit, conditions with { Temperature = circuit.Temperature + PhysicalConstants.ZeroCelsius }, diagnostics);
        string? lastName = null;
        Model? lastModel = null;
        foreach (Element element in circuit.Elements)
        {
            if (element.Model != lastName)
                (lastName, lastModel) = (element.Model, element.Model is { } name ? circuit.Models.GetValueOrDefault(name) : null);
            if (DeviceRegistry.Find(element, lastModel) is { } factory)
                factory.Make(element, lastModel, builder);
            else
                diagnostics.Error(Codes.NeedsNodalEngine, element.Span, $"there is no device for '{element.Name}'{(lastModel is null ? string.Empty : $" of model type {lastModel.Type}")}", "see netlists/README.md for the elements and models of this version");
        }

        if (diagnostics.ErrorCount == before && !circuit.Banks.IsEmpty)
            builder.AddNeurons(weights, seed);
        if (diagnostics.ErrorCount > before)
            return null;
        DeviceBank[] banks = builder.Finish();
        int ground = builder.Unknowns.Count;
        List<int> rows = [];
        List<int> columns = [];
        var ends = new int[banks.Length];
        for (int k = 0; k < banks.Length; k++)
        {
            banks[k].AddEntries(rows, columns);
            ends[k] = rows.Count;
        }

        // Every node has a place on the diagonal, for conductances to ground that homotopies add.
        for (int k = 0; k < ground; k++)
        {
            if (builder.Unknowns[k].Kind is UnknownKind.Node or UnknownKind.InternalNode)
            {
                rows.Add(k);
                columns.Add(k);
            }
        }

        foreach ((int row, int column) in couplings ?? [])
        {
            rows.Add(row);
            columns.Add(column);
        }

        SparsePattern pattern = Place(CollectionsMarshal.AsSpan(rows), CollectionsMarshal.AsSpan(columns), ground, out int[] slots);
        int start = 0;
        for (int k = 0; k < banks.Length; k++)
        {
            banks[k].PlaceEntries(slots.AsSpan(start, ends[k] - start), pattern.Count);
            start = ends[k];
        }

        // Entries that differ from one evaluation to the next: those of devices that are not linear, of forces, and the diagonal, where shunts are added.
        var moves = new bool[pattern.Count + 1];
        start = 0;
        for (int k = 0; k < banks.Length; k++)
        {
            if (!banks[k].IsLinear)
            {
                foreach (int slot in slots.AsSpan(start, ends[k] - start))
                    moves[slot] = true;
            }

            start = ends[k];
        }

        foreach (int slot in slots.AsSpan(start))
            moves[slot] = true;
        moves[pattern.Count] = true;
        return new NodalCircuit(builder, banks, pattern) { MovingSlots = [.. Enumerable.Range(0, moves.Length).Where(k => moves[k])] };
    }

    private static SparsePattern Place(ReadOnlySpan<int> rows, ReadOnlySpan<int> columns, int size, out int[] slots)
    {
        var keptRows = new int[rows.Length];
        var keptColumns = new int[rows.Length];
        int kept = 0;
        for (int k = 0; k < rows.Length; k++)
        {
            if (rows[k] == size || columns[k] == size)
                continue;
            keptRows[kept] = rows[k];
            keptColumns[kept++] = columns[k];
        }

        var keptSlots = new int[kept];
        var pattern = SparsePattern.FromEntries(size, keptRows.AsSpan(0, kept), keptColumns.AsSpan(0, kept), keptSlots);
        slots = new int[rows.Length];
        kept = 0;
        for (int k = 0; k < rows.Length; k++)
            slots[k] = rows[k] == size || columns[k] == size ? pattern.Count : keptSlots[kept++];
        return pattern;
    }

    private int FindSource(string name)
    {
        for (int k = 0; k < Sources.Length; k++)
        {
            if (Sources[k].Name == name)
                return k;
        }

        return -1;
    }

    private static int Grounded(int unknown, int ground) => unknown < 0 ? ground : unknown;

    private sealed class Builder(Circuit circuit, DeviceConditions conditions, DiagnosticBag diagnostics) : ICircuitBuilder
    {
        private readonly Dictionary<Type, InstanceList> _lists = [];
        private readonly Dictionary<(BehaviouralStructure, BehaviouralPlace), List<BehaviouralInstance>> _expressions = [];
        private readonly List<object> _order = [];

        public Circuit Circuit { get; } = circuit;

        public DiagnosticBag Diagnostics { get; } = diagnostics;

        public DeviceConditions Conditions { get; } = conditions;

        public List<Unknown> Unknowns { get; } = [.. circuit.Nodes.Select(n => new Unknown(UnknownKind.Node, $"v({n})", n, "V"))];

        public Dictionary<string, int> Branches { get; } = new(StringComparer.Ordinal);

        public List<Element> Sources { get; } = [];

        public List<(int Plus, int Minus, double Value)> Initials { get; } = [];

        public List<(int Unknown, double Value)> States { get; } = [];

        /// <summary>Sources that hold the nodes of input banks.</summary>
        public List<IndependentSource> Clamps { get; } = [];

        /// <summary>The converters of sources that hold inputs which have one.</summary>
        public Dictionary<string, Converter> Dacs { get; } = new(StringComparer.Ordinal);

        /// <summary>Of each input bus, the names of the sources that hold its nodes.</summary>
        public Dictionary<string, string[]> Inputs { get; } = new(StringComparer.Ordinal);

        public List<Rail> Rails { get; } = [];

        public RateNetwork? Network { get; private set; }

        public ParameterSet<double>? Weights { get; private set; }

        /// <summary>Adds the neuron banks with their arrays and rails, and the sources that hold inputs.</summary>
        public void AddNeurons(ParameterSet<double>? weights, ulong seed)
        {
            foreach (SynapseArray array in Circuit.Arrays)
            {
                foreach (Bus bus in new[] { array.Pre, array.Post })
                {
                    if (Circuit.BankOn(bus.Name) is null)
                        Diagnostics.Error(Codes.NoNeurons, array.Span, $"the array '{array.Name}' ends on '{bus.Name}', on which there is no neuron bank", $"place one on it: N{bus.Name} {bus.Name} input, or a bank of neurons");
                }
            }

            if (Diagnostics.ErrorCount > 0)
                return;
            RateNetwork network = RateNetwork.Compile(Circuit with { Elements = [] });
            ParameterSet<double> theta = weights ?? network.InitialParameters(seed);
            Network = network;
            Weights = theta;
            foreach (RateInput input in network.Inputs)
                Hold(input.Description);
            foreach (RateBank bank in network.Banks)
            {
                NeuronBank neuron = bank.Description;
                int[] moving = double.IsFinite(neuron.SlewRate) ? new int[bank.Width] : [];
                for (int k = 0; k < moving.Length; k++)
                {
                    moving[k] = Unknowns.Count;
                    Unknowns.Add(new Unknown(UnknownKind.Branch, $"i({neuron.Name}#{neuron.Bus.NodeName(k)}#c)", neuron.Name, "A"));
                }

                bool isBounded = double.IsFinite(neuron.ClipLow) || double.IsFinite(neuron.ClipHigh);
                var rails = new Rail[isBounded ? bank.Width : 0];
                for (int k = 0; k < rails.Length; k++)
                {
                    string name = neuron.Bus.NodeName(k);
                    rails[k] = new Rail(Node(name), Unknowns.Count, neuron.ClipLow, neuron.ClipHigh);
                    Unknowns.Add(new Unknown(UnknownKind.Branch, $"i({neuron.Name}#{name})", neuron.Name, "A"));
                }

                AddBank(ground => new NeuronBlock(network, bank, theta, Node, ground, moving, rails));
                Rails.AddRange(rails);
                for (int k = 0; k < rails.Length; k++)
                    Add<RailClamp>(new(neuron.Name, [rails[k].Node, -1, rails[k].Current], [network.LeakConductance[bank.Offset + k], neuron.ClipLow, neuron.ClipHigh], double.NaN));
            }
        }

        public int Node(Bus bus, int place) => Node(bus.NodeName(place));

        /// <summary>Every node of an input bank is held by one voltage source: the deck's own, or one whose value is set from outside.</summary>
        private void Hold(NeuronBank bank)
        {
            var names = new string[bank.Bus.Width];
            Dictionary<string, Element> elements = Circuit.Elements.Where(e => e.Kind == 'v' && e.Nodes[1] == "0").DistinctBy(e => e.Nodes[0]).ToDictionary(e => e.Nodes[0], StringComparer.Ordinal);
            InputSource?[] sources = new InputSource?[names.Length];
            foreach (InputSource source in Circuit.InputSources.Where(s => s.Bus == bank.Bus))
                sources[source.Index] = source;
            for (int k = 0; k < names.Length; k++)
            {
                string node = bank.Bus.NodeName(k);
                if (elements.TryGetValue(node, out Element? element))
                {
                    names[k] = element.Name;
                    if (bank.Dac is { } dac)
                        Dacs[element.Name] = dac;
                    continue;
                }

                names[k] = sources[k]?.Name ?? $"{bank.Name}#{node}";
                int unknown = Node(node);
                int branch = Branch(names[k]);
                Waveform? waveform = sources[k]?.Waveform is DataWaveform ? null : sources[k]?.Waveform;
                Add<VoltageBranch>(new(names[k], [unknown, -1, branch], [], double.NaN));
                Clamps.Add(new IndependentSource(names[k], true, unknown, -1, branch) { Waveform = waveform, Value = waveform?.At(0) ?? 0, IsExternal = waveform is null, Dac = bank.Dac });
            }

            Inputs.Add(bank.Bus.Name, names);
        }

        public int Node(Element element, int terminal) => element.NodeIndices.Length > terminal ? element.NodeIndices[terminal] : Node(element.Nodes[terminal]);

        public int Node(string node)
        {
            int index = Circuit.NodeIndex(node);
            return index >= -1 ? index : throw new ArgumentException($"there is no node '{node}'", nameof(node));
        }

        public int InternalNode(string element, string name)
        {
            Unknowns.Add(new Unknown(UnknownKind.InternalNode, $"v({element}#{name})", element, "V"));
            return Unknowns.Count - 1;
        }

        public int Branch(string element)
        {
            if (Branches.TryGetValue(element, out int unknown))
                return unknown;
            Unknowns.Add(new Unknown(UnknownKind.Branch, $"i({element})", element, "A"));
            Branches.Add(element, Unknowns.Count - 1);
            return Unknowns.Count - 1;
        }

        public int State(string element, string name, string unit, double initial)
        {
            Unknowns.Add(new Unknown(UnknownKind.State, $"{name}({element})", element, unit));
            States.Add((Unknowns.Count - 1, initial));
            return Unknowns.Count - 1;
        }

        public void Add<TModel>(in DeviceInstance device)
            where TModel : struct, IDeviceModel
        {
            if (!_lists.TryGetValue(typeof(TModel), out InstanceList? list))
            {
                list = new InstanceList<TModel>();
                _lists.Add(typeof(TModel), list);
                _order.Add(list);
            }

            list.Instances.Add(device);
        }

        public void AddBehavioural(BehaviouralInstance instance)
        {
            (BehaviouralStructure, BehaviouralPlace) key = (instance.Program.Structure, instance.Place);
            if (!_expressions.TryGetValue(key, out List<BehaviouralInstance>? list))
            {
                list = [];
                _expressions.Add(key, list);
                _order.Add((Func<int, DeviceBank>)(ground => new BehaviouralBank(list, ground)));
            }

            list.Add(instance);
        }

        public void AddSource(Element element) => Sources.Add(element);

        public void AddBank(Func<int, DeviceBank> make) => _order.Add(make);

        public void InitialCondition(int plus, int minus, double value) => Initials.Add((plus, minus, value));

        public DeviceBank[] Finish()
        {
            var banks = new DeviceBank[_order.Count];
            for (int k = 0; k < banks.Length; k++)
                banks[k] = _order[k] is InstanceList list ? list.Make(Unknowns.Count, Conditions) : ((Func<int, DeviceBank>)_order[k])(Unknowns.Count);
            return banks;
        }

        private abstract class InstanceList
        {
            public List<DeviceInstance> Instances { get; } = [];

            public abstract DeviceBank Make(int unknownCount, in DeviceConditions conditions);
        }

        private sealed class InstanceList<TModel> : InstanceList
            where TModel : struct, IDeviceModel
        {
            public override DeviceBank Make(int unknownCount, in DeviceConditions conditions) => new ModelBank<TModel>(CollectionsMarshal.AsSpan(Instances), unknownCount, conditions);
        }
    }
}
