using System.Collections.Immutable;
using System.Globalization;
using AnalogLearn.Circuits;
using AnalogLearn.Devices;
using AnalogLearn.Netlist;
using AnalogLearn.Numerics;

namespace AnalogLearn.Simulation.Nodal;

/// <summary>
/// The conductances of one R line with <c>learn=1</c>: a dense array <c>Rw x[0:3] h[0:9] wr dense</c> is post × pre (10 × 4), parallel lanes are lanes × 1, a plain resistor 1 × 1.
/// Its model card or the line gives <c>gmin gmax</c> [S], the range; <c>step</c> [S], of which a write can only make multiples; <c>init=g|uniform(a,b)|normal(mean,sd)</c> [S], how
/// conductances start (without it at 1/r).
/// </summary>
public sealed class ConductanceBlock
{
    private readonly Argument? _init;

    private ConductanceBlock(ParameterBlock description, DeviceBank bank, int[] instances, int[] plus, int[] minus, double low, double high, double step, Argument? init)
    {
        Description = description;
        Bank = bank;
        Instances = instances;
        Plus = plus;
        Minus = minus;
        Low = low;
        High = high;
        Step = step;
        _init = init;
    }

    /// <summary>Name, rows and columns.</summary>
    public ParameterBlock Description { get; }

    /// <summary>Smallest conductance [S].</summary>
    public double Low { get; }

    /// <summary>Largest conductance [S], or +∞.</summary>
    public double High { get; }

    /// <summary>What changes are multiples of [S]; 0 for any change.</summary>
    public double Step { get; }

    /// <summary>The bank that the conductances are in.</summary>
    internal DeviceBank Bank { get; }

    /// <summary>The instance of each conductance.</summary>
    internal int[] Instances { get; }

    /// <summary>The unknown at the first end of each conductance; ground is the number of unknowns.</summary>
    internal int[] Plus { get; }

    /// <summary>The unknown at the second end.</summary>
    internal int[] Minus { get; }

    /// <summary>The learning conductances of a circuit, in the order of the deck.</summary>
    /// <param name="circuit">The circuit.</param>
    /// <param name="diagnostics">Receives ranges and initial values that cannot be used.</param>
    public static ImmutableArray<ConductanceBlock> Of(NodalCircuit circuit, DiagnosticBag diagnostics)
    {
        ArgumentNullException.ThrowIfNull(circuit);
        ArgumentNullException.ThrowIfNull(diagnostics);
        if (circuit.Banks.FirstOrDefault(b => b is ModelBank<Resistor>) is not { } bank)
            return [];
        var learning = new List<(string Name, List<Element> Lanes)>();
        foreach (Element element in circuit.Circuit.Elements)
        {
            if (element.Kind != 'r' || !Learns(circuit, element))
                continue;
            string name = LineName(element);
            if (learning.Count == 0 || learning[^1].Name != name)
                learning.Add((name, []));
            learning[^1].Lanes.Add(element);
        }

        if (learning.Count == 0)
            return [];
        var places = new Dictionary<string, int>(bank.Count, StringComparer.Ordinal);
        for (int k = 0; k < bank.Count; k++)
            places[bank.Owner(k)] = k;
        return [.. learning.Where(l => l.Lanes.TrueForAll(e => places.ContainsKey(e.Name))).Select(l => Make(circuit, bank, l.Name, l.Lanes, places, diagnostics)).OfType<ConductanceBlock>()];
    }

    /// <summary>Draws the conductances as fabricated, each keyed by (seed, line's name, place) alone.</summary>
    /// <param name="seed">The seed.</param>
    /// <param name="conductances">Receives them, row-major [S].</param>
    public void Fill(ulong seed, Span<double> conductances)
    {
        CounterRandom random = CounterRandom.ForPath(seed, Description.Name, "init");
        for (int k = 0; k < conductances.Length; k++)
        {
            double value = _init?.Value switch
            {
                NumberValue number => number.Number,
                CallValue { Call: { Name: "uniform" } call } => Number(call, 0) + ((Number(call, 1) - Number(call, 0)) * random.UniformAt((ulong)k)),
                CallValue { Call: { Name: "normal" } call } => Number(call, 0) + (Number(call, 1) * random.NormalAt((ulong)k)),
                _ => 1 / Bank.Parameter(Instances[k], 0),
            };
            conductances[k] = Math.Clamp(value, Low, High);
        }
    }

    private static double Number(Call call, int place) => ((NumberValue)call.Arguments[place].Value).Number;

    private static bool Learns(NodalCircuit circuit, Element element) =>
        element.TryParameter("learn", out double own) ? own != 0 : element.Model is { } model && circuit.Circuit.Models.TryGetValue(model, out Model? card) && card.Number("learn", 0) != 0;

    /// <summary>The name of the line that an element comes from, with its path: a lane's own name has its place behind it.</summary>
    private static string LineName(Element element) =>
        element.Syntax is null ? element.Name : string.Concat(element.Name.AsSpan(0, element.Name.LastIndexOf('.') + 1), element.Syntax.Name.Text.ToString().ToLowerInvariant());

    private static ConductanceBlock? Make(NodalCircuit circuit, DeviceBank bank, string name, List<Element> lanes, Dictionary<string, int> places, DiagnosticBag diagnostics)
    {
        Element first = lanes[0];
        Model? model = first.Model is { } card ? circuit.Circuit.Models.GetValueOrDefault(card) : null;
        double low = Of("gmin", 1e-12);
        double high = Of("gmax", double.PositiveInfinity);
        double step = Of("step", 0);
        Argument? init = model?.Parameters.FirstOrDefault(p => p.Name == "init");
        int before = diagnostics.ErrorCount;
        if (!(low >= 0 && low < high))
            diagnostics.Error(Codes.BadValue, first.Span, string.Create(CultureInfo.InvariantCulture, $"the range of '{name}' is from {low:g6} S to {high:g6} S"), "gmin is at least 0 and below gmax");
        if (step < 0)
            diagnostics.Error(Codes.BadValue, first.Span, string.Create(CultureInfo.InvariantCulture, $"the write step of '{name}' is {step:g6} S"), "step is at least 0");
        if (init is not null && !IsInit(init.Value))
        {
            diagnostics.Error(Codes.BadValue, init.Value.Span, "a learning resistor starts at a conductance, uniform(low,high) or normal(mean,sd), in siemens", "write init=uniform(10u,100u)");
        }

        if (diagnostics.ErrorCount > before)
            return null;

        // Lanes of a dense array come node by node of the first terminal; the block is post × pre, so that it reads as a matrix from the first terminal to the second.
        int rows = lanes.Count;
        int columns = 1;
        if (lanes.Count > 1 && IsDense(lanes, out int wide))
        {
            rows = wide;
            columns = lanes.Count / wide;
        }

        var instances = new int[lanes.Count];
        var plus = new int[lanes.Count];
        var minus = new int[lanes.Count];
        for (int k = 0; k < lanes.Count; k++)
        {
            int place = ((k % rows) * columns) + (k / rows);
            instances[place] = places[lanes[k].Name];
            ReadOnlySpan<int> ends = bank.Connections(instances[place]);
            (plus[place], minus[place]) = (ends[0], ends[1]);
        }

        return new ConductanceBlock(new ParameterBlock(name, ParameterKind.Other, rows, columns, Learn: true), bank, instances, plus, minus, low, high, step, init);

        double Of(string parameter, double absent) => first.TryParameter(parameter, out double own) ? own : model?.Number(parameter, absent) ?? absent;
    }

    private static bool IsDense(List<Element> lanes, out int wide)
    {
        wide = lanes.FindIndex(e => e.Nodes[0] != lanes[0].Nodes[0]);
        if (lanes[0].Syntax is { } syntax && !syntax.Items.Any(i => i is WordSyntax word && word.Is("dense")))
            return false;
        if (wide < 0)
            wide = lanes.Count;
        return wide > 0 && lanes.Count % wide == 0;
    }

    private static bool IsInit(Value value) => value switch
    {
        NumberValue number => number.Number >= 0,
        CallValue { Call: { Name: "uniform" or "normal", Arguments: [{ Value: NumberValue }, { Value: NumberValue }] } } => true,
        _ => false,
    };
}
