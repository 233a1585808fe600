using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using AnalogLearn.Circuits;
using AnalogLearn.Netlist;
using AnalogLearn.Plots;

namespace AnalogLearn.Studies;

/// <summary>A bus and what stands on it.</summary>
/// <param name="Name">Its name with its range, such as <c>h[0:511]</c>.</param>
/// <param name="Width">Its nodes.</param>
/// <param name="Bank">The bank on it, or null.</param>
/// <param name="What">Inputs, or the neurons' form and curve.</param>
public sealed record BusSummary(string Name, int Width, string? Bank, string What);

/// <summary>A synapse array.</summary>
/// <param name="Name">Its name.</param>
/// <param name="From">The presynaptic bus.</param>
/// <param name="To">The postsynaptic bus.</param>
/// <param name="Synapses">How many synapses exist.</param>
/// <param name="TiedTo">The array that it is the transpose of, or null.</param>
/// <param name="Learns">Whether learning moves it.</param>
/// <param name="Devices">What its devices are, or null where it has none but ideal ones.</param>
public sealed record ArraySummary(string Name, string From, string To, long Synapses, string? TiedTo, bool Learns, string? Devices = null);

/// <summary>What a circuit consists of.</summary>
/// <param name="Nodes">Nodes on buses, ground not counted.</param>
/// <param name="Elements">Elements: banks, arrays and all others.</param>
/// <param name="Neurons">Neurons.</param>
/// <param name="Synapses">Synapses, those of tied arrays counted.</param>
/// <param name="Parameters">Numbers that learning can move.</param>
/// <param name="Buses">The buses; single nodes are not listed unless neurons stand on them.</param>
/// <param name="Arrays">The arrays.</param>
public sealed record CircuitSummary(
    int Nodes, int Elements, int Neurons, long Synapses, long Parameters, ImmutableArray<BusSummary> Buses, ImmutableArray<ArraySummary> Arrays)
{
    /// <summary>Summarises a circuit.</summary>
    /// <param name="circuit">The circuit.</param>
    public static CircuitSummary Of(Circuit circuit)
    {
        var banks = new Dictionary<string, NeuronBank>(StringComparer.OrdinalIgnoreCase);
        foreach (NeuronBank bank in circuit.Banks)
            banks.TryAdd(bank.Bus.Name, bank);
        ArraySummary[] arrays =
        [
            .. circuit.Arrays.Select(a => new ArraySummary(
                a.Name, a.Pre.Name, a.Post.Name, a.Mask.IsDefaultOrEmpty ? (long)a.Pre.Width * a.Post.Width : a.Mask.Count(m => m), a.TiedTo, a.Learn && a.TiedTo is null, Devices(a.Card))),
        ];
        return new CircuitSummary(
            CountNodes(circuit),
            circuit.Banks.Length + circuit.Arrays.Length + circuit.Elements.Length + circuit.InputSources.Length,
            circuit.Banks.Where(b => !b.IsInput).Sum(b => b.Bus.Width),
            arrays.Sum(a => a.Synapses),
            arrays.Where(a => a.Learns).Sum(a => a.Synapses) + circuit.Banks.Where(b => !b.IsInput && b.LearnBias).Sum(b => b.Bus.Width),
            [.. circuit.Buses.Where(b => !b.IsPlain || banks.ContainsKey(b.Name)).Select(b => Of(b, banks.GetValueOrDefault(b.Name)))],
            [.. arrays]);
    }

    /// <summary>The summary as text.</summary>
    public string ToText()
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{Amount.Of(Nodes, "node")}, {Amount.Of(Elements, "element")}, {Amount.Of(Neurons, "neuron")}, {Amount.Of(Synapses, "synapse")}, {Amount.Of(Parameters, "parameter")} that learn\n");
        int widest = Buses.Select(b => b.Name.Length).Concat(Arrays.Select(a => a.Name.Length)).DefaultIfEmpty().Max();
        foreach (BusSummary bus in Buses)
            text.Append(CultureInfo.InvariantCulture, $"  bus    {bus.Name.PadRight(widest)}  {bus.Width,6}  {(bus.Bank is null ? string.Empty : bus.Bank + ": ")}{bus.What}\n");
        foreach (ArraySummary array in Arrays)
        {
            text.Append(
                CultureInfo.InvariantCulture,
                $"  array  {array.Name.PadRight(widest)}  {array.Synapses,6}  {array.From} -> {array.To}{(array.TiedTo is null ? string.Empty : $", the transpose of {array.TiedTo}")}{(array.Learns || array.TiedTo is not null ? string.Empty : ", does not learn")}{(array.Devices is null ? string.Empty : ", " + array.Devices)}\n");
        }

        return text.ToString();
    }

    /// <summary>How many nodes there are: those of the buses, and, when the circuit was built in code, those that only elements name.</summary>
    private static int CountNodes(Circuit circuit)
    {
        if (circuit.Elements.All(e => e.NodeIndices.Length == e.Nodes.Length))
            return circuit.Nodes.Length;
        var names = new HashSet<string>(circuit.Nodes, StringComparer.OrdinalIgnoreCase);
        names.UnionWith(circuit.Elements.SelectMany(e => e.Nodes).Where(n => n != "0"));
        return names.Count;
    }

    /// <summary>The range of devices, and how many conductances they can be programmed to: <c>bits=0</c> is analog.</summary>
    private static string? Devices(SynapseCard? card) => card is null || !double.IsFinite(card.Maximum) ? null : string.Create(
        CultureInfo.InvariantCulture,
        $"devices of {EngineeringNotation.Format(card.Minimum, "S")} to {EngineeringNotation.Format(card.Maximum, "S")}, {(card.Levels > 0 ? Amount.Of(card.Levels, "level") : "analog")}");

    private static BusSummary Of(Bus bus, NeuronBank? bank)
    {
        string name = bus.IsPlain ? bus.Name : string.Create(CultureInfo.InvariantCulture, $"{bus.Name}[{bus.Low}:{bus.Low + bus.Width - 1}]");
        string what = bank is null ? "nodes"
            : bank.IsInput ? "clamped inputs"
            : string.Create(
                CultureInfo.InvariantCulture,
                $"{bank.Activation.ToString().ToLowerInvariant()} {Amount.Noun(bus.Width, "neuron")}, {bank.Form.ToString().ToLowerInvariant()} form, tau {bank.TimeConstant:g4} s{(double.IsFinite(bank.ClipLow) || double.IsFinite(bank.ClipHigh) ? string.Create(CultureInfo.InvariantCulture, $", rails {bank.ClipLow:g4} to {bank.ClipHigh:g4} V") : string.Empty)}");
        return new BusSummary(name, bus.Width, bank?.Name, what);
    }
}
