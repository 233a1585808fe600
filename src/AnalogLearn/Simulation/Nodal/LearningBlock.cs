using System.Collections.Immutable;
using System.Globalization;
using AnalogLearn.Circuits;
using AnalogLearn.Devices;
using AnalogLearn.Netlist;
using AnalogLearn.Numerics;
using AnalogLearn.Synapses;
using AnalogLearn.Variation;

namespace AnalogLearn.Simulation.Nodal;

/// <summary>
/// What one line with <c>learn=1</c> learns: the conductances of an R line, the states <c>x0</c> or <c>gap0</c> of a line of memristors, the positions of a line of potentiometers. A dense array <c>Rw x[0:3] h[0:9] wr dense</c> is post × pre (10 × 4), parallel lanes are lanes × 1, a plain resistor 1 × 1.
/// Its model card or the line gives <c>gmin gmax</c> [S], the range; <c>step</c> [S], of which a write can only make multiples; <c>init=g|uniform(a,b)|normal(mean,sd)</c> [S], how
/// conductances start (without it at 1/r). States and positions are in the unit of the card and stay within what the device has, positions whole.
/// </summary>
/// <remarks>
/// A state stays 10⁻⁹ of its range off either bound: at the bound itself the device's current no longer follows it, and what does not follow cannot learn its way back.
/// </remarks>
public sealed class LearningBlock
{
    private readonly Argument? _init;
    private readonly double[] _start;
    private readonly SynapseCard? _card;
    private readonly Dictionary<string, DeviceNumbers> _drawn = new(StringComparer.Ordinal);

    private LearningBlock(ParameterBlock description, DeviceBank bank, int parameter, int terminals, int[] instances, int[] plus, int[] minus, double low, double high, double step, Argument? init, SynapseCard? card)
    {
        _card = card;
        Description = description;
        Bank = bank;
        Instances = instances;
        Plus = plus;
        Minus = minus;
        Low = low;
        High = high;
        Step = step;
        _init = init;
        Parameter = parameter;
        Terminals = terminals;
        _start = [.. instances.Select(k => IsConductance ? 1 / bank.Parameter(k, parameter) : bank.Parameter(k, parameter))];
    }

    /// <summary>Name, rows and columns.</summary>
    public ParameterBlock Description { get; }

    /// <summary>Whether θ is the conductance of a straight line [S]; otherwise it is a number on each element's card, in its unit.</summary>
    public bool IsConductance => Bank is ModelBank<Resistor>;

    /// <summary>Whether θ is in siemens: a conductance, or that of small voltages where the current bends.</summary>
    internal bool IsInSiemens => IsConductance || Bank is ModelBank<BentConductance>;

    /// <summary>Whether currents are linear in voltages.</summary>
    public bool IsLinear => Bank is ModelBank<Resistor> or ModelBank<DigitalPotentiometer> or ModelBank<IonDriftMemristor> or ModelBank<VteamMemristor>;

    /// <summary>What the elements are called.</summary>
    public string ElementName => Bank.Name;

    /// <summary>Smallest θ.</summary>
    public double Low { get; }

    /// <summary>Largest θ, or +∞.</summary>
    public double High { get; }

    /// <summary>What changes are multiples of; 0 for any change.</summary>
    public double Step { get; }

    /// <summary>The place of θ on a card; of a resistor that of its resistance.</summary>
    internal int Parameter { get; }

    /// <summary>How many terminals an element has.</summary>
    internal int Terminals { get; }

    /// <summary>The bank that the elements are in.</summary>
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
    public static ImmutableArray<LearningBlock> Of(NodalCircuit circuit, DiagnosticBag diagnostics)
    {
        ArgumentNullException.ThrowIfNull(circuit);
        ArgumentNullException.ThrowIfNull(diagnostics);
        var learning = new List<(string Name, List<Element> Lanes)>();
        foreach (Element element in circuit.Circuit.Elements)
        {
            if (element.Kind is not ('r' or 'u' or 'p') || !Learns(circuit, element))
                continue;
            string name = LineName(element);
            if (learning.Count == 0 || learning[^1].Name != name)
                learning.Add((name, []));
            learning[^1].Lanes.Add(element);
        }

        if (learning.Count == 0)
            return [];
        var places = new Dictionary<string, (DeviceBank Bank, int Instance)>(StringComparer.Ordinal);
        foreach (DeviceBank bank in circuit.Banks.Where(b => NumberThatLearns(b) is not null))
        {
            for (int k = 0; k < bank.Count; k++)
                places[bank.Owner(k)] = (bank, k);
        }

        return [.. learning.Where(l => l.Lanes.TrueForAll(e => places.ContainsKey(e.Name))).Select(l => Make(circuit, l.Name, l.Lanes, places, diagnostics)).OfType<LearningBlock>()];
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
                _ => _start[k],
            };
            if (Bank is ModelBank<DigitalPotentiometer>)
                value = Math.Round(value);
            conductances[k] = Math.Clamp(value, Low, High);
        }
    }

    /// <summary>The devices behind its conductances, or null when they are ideal.</summary>
    /// <param name="chip">The draws of the chip.</param>
    internal SynapseBank? Devices(in CounterRandom chip) => _card is null ? null : SynapseBank.OfConductances(_card, Description, chip, _drawn.GetValueOrDefault);

    /// <summary>The place of a number on the cards.</summary>
    /// <param name="name">Its name.</param>
    internal int CardPlace(string name) => PlaceOf(Bank, name);

    /// <summary>The voltages at an element's terminals.</summary>
    /// <param name="k">The element.</param>
    /// <param name="x">The unknowns, and ground.</param>
    /// <param name="voltages">Receives one a terminal [V].</param>
    internal void Voltages(int k, ReadOnlySpan<double> x, Span<double> voltages)
    {
        ReadOnlySpan<int> at = Bank.Connections(Instances[k]);
        for (int t = 0; t < voltages.Length; t++)
            voltages[t] = x[at[t]];
    }

    /// <summary>The sum over the elements of the current at a millivolt from the first terminal to the last, over that millivolt [S].</summary>
    /// <param name="conditions">Temperature; states are held.</param>
    /// <param name="ground">The number of unknowns.</param>
    internal double Conductances(in DeviceConditions conditions, int ground)
    {
        const double small = 1e-3;
        double sum = 0;
        var x = new double[ground + 1];
        var covector = new double[ground + 1];
        foreach (int instance in Instances)
        {
            if (Bank is ModelBank<DigitalPotentiometer>)
            {
                sum += 1 / Bank.Parameter(instance, CardPlace("rab"));
                continue;
            }

            // The current is m times that of one, so ∂i/∂m is the current of one.
            ReadOnlySpan<int> at = Bank.Connections(instance);
            int end = at[0] != ground ? at[0] : at[1];
            if (end == ground)
                continue;
            (x[end], covector[end]) = (small, 1);
            x[at[2]] = Bank.Parameter(instance, Parameter) * (Bank is ModelBank<RramCell> ? 1e9 : 1);
            sum += Bank.ParameterGradient(conditions, instance, CardPlace("m"), x, covector).Flow / small;
            x[end] = covector[end] = x[at[2]] = 0;
        }

        return sum;
    }

    /// <summary>The number on a bank's cards that learns, or null.</summary>
    private static string? NumberThatLearns(DeviceBank bank) => bank switch
    {
        ModelBank<Resistor> => "r",
        ModelBank<BentConductance> => "g",
        ModelBank<IonDriftMemristor> or ModelBank<VteamMemristor> or ModelBank<YakopcicMemristor> => "x0",
        ModelBank<RramCell> => "gap0",
        ModelBank<DigitalPotentiometer> => "position",
        _ => null,
    };

    private static int PlaceOf(DeviceBank bank, string name)
    {
        int at = 0;
        while (bank.Parameters[at].Name != name)
            at++;
        return at;
    }

    private static double Number(Call call, int place) => ((NumberValue)call.Arguments[place].Value).Number;

    private static bool Learns(NodalCircuit circuit, Element element) =>
        element.TryParameter("learn", out double own) ? own != 0 : element.Model is { } model && circuit.Circuit.Models.TryGetValue(model, out Model? card) && card.Number("learn", 0) != 0;

    /// <summary>The name of the line that an element comes from, with its path: a lane's own name has its place behind it.</summary>
    private static string LineName(Element element) =>
        element.Syntax is null ? element.Name : string.Concat(element.Name.AsSpan(0, element.Name.LastIndexOf('.') + 1), element.Syntax.Name.Text.ToString().ToLowerInvariant());

    private static LearningBlock? Make(NodalCircuit circuit, string name, List<Element> lanes, Dictionary<string, (DeviceBank Bank, int Instance)> places, DiagnosticBag diagnostics)
    {
        Element first = lanes[0];
        Model? model = first.Model is { } card ? circuit.Circuit.Models.GetValueOrDefault(card) : null;
        DeviceBank bank = places[first.Name].Bank;
        bool isConductance = bank is ModelBank<Resistor> or ModelBank<BentConductance>;
        int parameter = bank is ModelBank<Resistor> ? 0 : PlaceOf(bank, NumberThatLearns(bank)!);
        (double low, double high) = isConductance ? (Of("gmin", 1e-12), Of("gmax", double.PositiveInfinity)) : Range(bank, places[first.Name].Instance);
        double step = Of("step", bank is ModelBank<DigitalPotentiometer> ? 1 : 0);
        string unit = isConductance ? "S" : bank.Parameters[parameter].Unit;
        Argument? init = model?.Parameters.FirstOrDefault(p => p.Name == "init");
        int before = diagnostics.ErrorCount;
        SynapseCard? hardware = ConductanceCard.Of(first, Design(model, circuit), diagnostics);
        if (!(low >= 0 && low < high))
            diagnostics.Error(Codes.BadValue, first.Span, string.Create(CultureInfo.InvariantCulture, $"the range of '{name}' is from {low:g6} S to {high:g6} S"), "gmin is at least 0 and below gmax");
        if (step < 0)
            diagnostics.Error(Codes.BadValue, first.Span, string.Create(CultureInfo.InvariantCulture, $"the write step of '{name}' is {step:g6} {unit}"), "step is at least 0");
        if (init is not null && !IsInit(init.Value))
        {
            diagnostics.Error(Codes.BadValue, init.Value.Span, isConductance ? "a learning resistor starts at a conductance, uniform(low,high) or normal(mean,sd), in siemens" : $"what learns starts at a number, uniform(low,high) or normal(mean,sd), in the unit of {bank.Parameters[parameter].Name}",
                isConductance ? "write init=uniform(10u,100u)" : string.Create(CultureInfo.InvariantCulture, $"write init=uniform({low:g3},{high:g3})"));
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
            instances[place] = places[lanes[k].Name].Instance;
            ReadOnlySpan<int> ends = bank.Connections(instances[place]);
            (plus[place], minus[place]) = (ends[0], ends[1]);
        }

        var block = new LearningBlock(new ParameterBlock(name, ParameterKind.Other, rows, columns, Learn: true), bank, parameter, bank is ModelBank<DigitalPotentiometer> ? 3 : 2, instances, plus, minus, low, high, step, init, hardware);
        if (hardware is not null)
            block.TakeDraws(circuit, [.. Enumerable.Range(0, lanes.Count).Select(place => lanes[((place % columns) * rows) + (place / columns)])]);
        return block;

        double Of(string parameter, double absent) => first.TryParameter(parameter, out double own) ? own : model?.Number(parameter, absent) ?? absent;
    }

    /// <summary>The card that a design has, where a fabricated element has one of its own.</summary>
    private static Model? Design(Model? model, NodalCircuit circuit) =>
        model?.Name.IndexOf('#', StringComparison.Ordinal) is > 0 and int end && circuit.Circuit.Models.TryGetValue(model.Name[..end], out Model? design) ? design : model;

    /// <summary>What was drawn for each device on a fabricated chip: numbers on its own card, and what stands on its line.</summary>
    private void TakeDraws(NodalCircuit circuit, Element[] lanes)
    {
        if (circuit.Circuit.Chip is null)
            return;
        foreach (string name in new[] { DeviceDraws.Fault, DeviceDraws.Drift, DeviceDraws.Lifetime })
        {
            if (lanes[0].TryParameter(name, out _))
                _drawn[name] = new DeviceNumbers([.. lanes.Select(l => l.Parameter(name))], []);
        }

        var quiet = new DiagnosticBag();
        SynapseCard[] cards = [.. lanes.Select(l => l.Model is { } own && own.Contains('#', StringComparison.Ordinal) ? ConductanceCard.Of(l, circuit.Circuit.Models[own], quiet) ?? _card! : _card!)];
        foreach (SynapseParameterInfo info in SynapseParameters.All)
        {
            if (Array.Exists(cards, c => !c[info.Id].Equals(_card![info.Id])))
                _drawn[info.Name] = new DeviceNumbers([.. cards.Select(c => c[info.Id])], []);
        }
    }

    private static (double Low, double High) Range(DeviceBank bank, int instance)
    {
        if (bank is ModelBank<DigitalPotentiometer>)
            return (0, bank.Parameter(instance, PlaceOf(bank, "taps")) - 1);
        (double low, double high) = bank is ModelBank<RramCell> ? (bank.Parameter(instance, PlaceOf(bank, "gapmin")), bank.Parameter(instance, PlaceOf(bank, "gapmax"))) : (0, 1);
        double off = 1e-9 * (high - low);
        return (low + off, high - off);
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
