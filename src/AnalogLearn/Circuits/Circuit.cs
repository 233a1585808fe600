using System.Collections.Immutable;
using AnalogLearn.Netlist;

namespace AnalogLearn.Circuits;

/// <summary>A row of nodes that share a name: <c>h[0:511]</c>. A plain node is a bus of width one without an index.</summary>
/// <param name="Name">The name, lower case, with the path of its subcircuit instances (<c>x1.h</c>).</param>
/// <param name="Low">The index of the first node.</param>
/// <param name="Width">How many nodes.</param>
public sealed record Bus(string Name, int Low, int Width)
{
    /// <summary>Whether it is a single node that was written without an index.</summary>
    public bool IsPlain { get; init; }

    /// <summary>The node's name in results and in SPICE export: <c>h[3]</c> is <c>h_3</c>; a plain node keeps its name.</summary>
    /// <param name="k">The node's place in the bus, from 0.</param>
    public string NodeName(int k) => IsPlain ? Name : string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{Name}_{Low + k}");
}

/// <summary>The elaborated netlist: buses, banks, arrays and every other element with its parameters resolved. Immutable.</summary>
public sealed record Circuit
{
    /// <summary>The deck's first line.</summary>
    public string Title { get; init; } = string.Empty;

    /// <summary>Every declared bus, in order of declaration.</summary>
    public ImmutableArray<Bus> Buses
    {
        get;
        init => (field, _nodes, _nodeIndices) = (value, default, null);
    } = [];

    /// <summary>The neuron banks (N elements), input banks included, in order of the deck.</summary>
    public ImmutableArray<NeuronBank> Banks { get; init; } = [];

    /// <summary>The synapse arrays (Y elements), in order of the deck.</summary>
    public ImmutableArray<SynapseArray> Arrays { get; init; } = [];

    /// <summary>Every other element. When there are any, the circuit needs the nodal engine.</summary>
    public ImmutableArray<Element> Elements
    {
        get;
        init => (field, _elementsByName) = (value, null);
    } = [];


    private ImmutableArray<string> _nodes;
    private Dictionary<string, int>? _nodeIndices;
    private Dictionary<string, Element>? _elementsByName;

    /// <summary>
    /// Every node but ground once, by name; the place of a name here is the node's index, and ground has the index −1. Without an order of
    /// its own it is that of <see cref="Buses"/>. A node that only a subcircuit's unused port names is among them.
    /// </summary>
    public ImmutableArray<string> Nodes
    {
        get => _nodes.IsDefault ? _nodes = [.. Buses.SelectMany(b => Enumerable.Range(0, b.Width).Select(b.NodeName)).Distinct(StringComparer.Ordinal)] : _nodes;
        init => (_nodes, _nodeIndices) = (value, null);
    }

    /// <summary>Initial node voltages (<c>.ic</c>) by node name [V].</summary>
    public ImmutableDictionary<string, double> InitialConditions { get; init; } = ImmutableDictionary<string, double>.Empty;

    /// <summary>Guesses for the operating point (<c>.nodeset</c>) by node name [V].</summary>
    public ImmutableDictionary<string, double> NodeSets { get; init; } = ImmutableDictionary<string, double>.Empty;

    /// <summary>The models that an element uses, by full name.</summary>
    public ImmutableDictionary<string, Model> Models { get; init; } = ImmutableDictionary<string, Model>.Empty;

    /// <summary>What the paths of subcircuit instances are instances of: of <c>x1.</c>, <c>amp/</c>.</summary>
    internal IReadOnlyDictionary<string, string> Definitions { get; init; } = ImmutableDictionary<string, string>.Empty;

    /// <summary>
    /// The name of a model or line as the deck's text has it, once: that of <c>x1.nch</c> and <c>x2.nch</c> is <c>amp/nch</c> when both are of the subcircuit amp. It is what LOT belongs to, so that instances of a cell share what is drawn once per chip.
    /// </summary>
    /// <param name="name">Its full name.</param>
    internal string Defined(string name)
    {
        int path = name.LastIndexOf('.') + 1;
        return path > 0 && Definitions.TryGetValue(name[..path], out string? definition) ? string.Concat(definition, name.AsSpan(path)) : name;
    }

    /// <summary>Voltage sources that do nothing but clamp a node of an input bank. They are not among <see cref="Elements"/>.</summary>
    public ImmutableArray<InputSource> InputSources { get; init; } = [];

    /// <summary>The chip that it was fabricated as, or null for the design.</summary>
    public ChipKey? Chip { get; init; }

    /// <summary>Which chip it is, where it was fabricated; 0 is the design.</summary>
    public int ChipNumber => Chip?.Number ?? 0;

    /// <summary>Temperature [°C].</summary>
    public double Temperature { get; init; } = 27.0;

    /// <summary>The element of a name, or null.</summary>
    /// <param name="name">Its full name, lower case.</param>
    public Element? Element(string name) => (_elementsByName ??= Elements.DistinctBy(e => e.Name, StringComparer.Ordinal).ToDictionary(e => e.Name, StringComparer.Ordinal)).GetValueOrDefault(name);

    /// <summary>The bank on a bus, or null.</summary>
    /// <param name="bus">The bus's name, lower case.</param>
    public NeuronBank? BankOn(string bus) => Banks.FirstOrDefault(b => string.Equals(b.Bus.Name, bus, StringComparison.OrdinalIgnoreCase));

    /// <summary>The index of a node in <see cref="Nodes"/>; −1 for ground, −2 when there is no such node.</summary>
    /// <param name="node">The node's name, lower case.</param>
    public int NodeIndex(string node)
    {
        if (node is "0")
            return -1;
        if (_nodeIndices is not { } indices)
        {
            ImmutableArray<string> nodes = Nodes;
            indices = new(nodes.Length, StringComparer.Ordinal);
            for (int k = 0; k < nodes.Length; k++)
                indices.TryAdd(nodes[k], k);
            _nodeIndices = indices;
        }

        return indices.GetValueOrDefault(node, -2);
    }

    /// <summary>The card of the devices that an array's currents flow through: of a tied array, those of the array that it is tied to.</summary>
    /// <param name="array">The array.</param>
    internal SynapseCard? DevicesOf(SynapseArray array) => (array.TiedTo is null ? array : Array(array.TiedTo))?.Card;

    /// <summary>The array of a name, or null.</summary>
    /// <param name="name">The array's name, such as <c>yxh</c>, in any case.</param>
    public SynapseArray? Array(string name) => Arrays.FirstOrDefault(a => string.Equals(a.Name, name, StringComparison.OrdinalIgnoreCase));
}

/// <summary>The form of a neuron's equation (netlist.md, section 3).</summary>
public enum NeuronForm
{
    /// <summary>C dv/dt = −g (v − vrest) + g (Σ W ρ(v) + b): the state is a voltage, its activity is ρ(v).</summary>
    Voltage,

    /// <summary>C dv/dt = −g v + g ρ(Σ W v + b): the state is the activity itself.</summary>
    Rate,
}

/// <summary>The non-linearities of a neuron; each is applied to gain · (v + vos − center).</summary>
public enum Activation
{
    /// <summary>ρ(z) = z.</summary>
    Linear,

    /// <summary>ρ(z) = max(0, z).</summary>
    Relu,

    /// <summary>ρ(z) = 1/(1 + e⁻ᶻ).</summary>
    Logistic,

    /// <summary>ρ(z) = tanh z.</summary>
    Tanh,

    /// <summary>ρ(z) = 0 ∨ z ∧ 1.</summary>
    HardSigmoid,

    /// <summary>ρ(z) = log(1 + eᶻ).</summary>
    Softplus,

    /// <summary>ρ_i(z) = e^{z_i} / Σ_k e^{z_k} over the bank.</summary>
    Softmax,
}

/// <summary>Noise current of a neuron.</summary>
/// <param name="Thermal">Thermal noise of the leak, density 4kTg [A²/Hz].</param>
/// <param name="Density">An explicit one-sided density [A/√Hz], or 0.</param>
public sealed record NeuronNoise(bool Thermal, double Density)
{
    /// <summary>No noise.</summary>
    public static NeuronNoise None { get; } = new(false, 0);
}

/// <summary>A bank of leaky-integrator neurons, or of clamped input nodes, on one bus.</summary>
public sealed record NeuronBank
{
    /// <summary>The element's name, lower case (<c>nh</c>).</summary>
    public required string Name { get; init; }

    /// <summary>The bus it drives.</summary>
    public required Bus Bus { get; init; }

    /// <summary>The name of its model card.</summary>
    public string Model { get; init; } = string.Empty;

    /// <summary>Whether its nodes are clamped from outside; then its activity is its own value and nothing below applies.</summary>
    public bool IsInput { get; init; }

    /// <summary>Voltage or rate form.</summary>
    public NeuronForm Form { get; init; } = NeuronForm.Voltage;

    /// <summary>The non-linearity ρ.</summary>
    public Activation Activation { get; init; } = Activation.HardSigmoid;

    /// <summary>Gain of the non-linearity's input [1/V].</summary>
    public double Gain { get; init; } = 1.0;

    /// <summary>Centre of the non-linearity [V].</summary>
    public double Center { get; init; }

    /// <summary>Capacitance [F].</summary>
    public double Capacitance { get; init; } = 1e-9;

    /// <summary>Leak conductance [S].</summary>
    public double LeakConductance { get; init; } = 1e-6;

    /// <summary>Resting potential [V] (voltage form).</summary>
    public double Rest { get; init; }

    /// <summary>Offset voltage in series with the non-linearity's input [V].</summary>
    public double Offset { get; init; }

    /// <summary>Bias of each neuron [V], width entries.</summary>
    public ImmutableArray<double> Bias { get; init; } = [];

    /// <summary>Whether learning moves the biases.</summary>
    public bool LearnBias { get; init; } = true;

    /// <summary>Lower rail of the state [V], or −∞.</summary>
    public double ClipLow { get; init; } = double.NegativeInfinity;

    /// <summary>Upper rail of the state [V], or +∞.</summary>
    public double ClipHigh { get; init; } = double.PositiveInfinity;

    /// <summary>Noise current.</summary>
    public NeuronNoise Noise { get; init; } = NeuronNoise.None;

    /// <summary>A0, finite gain at rest: the output conductance g/A0 lets a neuron settle at A0/(1 + A0) of what drives it; +∞ without.</summary>
    public double FiniteGain { get; init; } = double.PositiveInfinity;

    /// <summary>The fastest that a state moves [V/s], or +∞.</summary>
    public double SlewRate { get; init; } = double.PositiveInfinity;

    /// <summary>Where the noise current's 1/f part is as large as its white part [Hz]; 0 without.</summary>
    public double FlickerCorner { get; init; }

    /// <summary>Converts the values that an input bank is clamped to; null for any value.</summary>
    public Converter? Dac { get; init; }

    /// <summary>Converts what is read of the bank; null for any value.</summary>
    public Converter? Adc { get; init; }

    /// <summary>Standard deviation of the noise at the input of the reading converter [V].</summary>
    public double AdcNoise { get; init; }

    /// <summary>Parameters of device variation and precision that were given, by the model or the instance, evaluated.</summary>
    public ImmutableArray<Argument> Variation { get; init; } = [];

    /// <summary>Spreads (<c>DEV</c>, <c>LOT</c>) of its parameters.</summary>
    public ImmutableArray<ParameterSpread> Spreads { get; init; } = [];

    /// <summary>Where the element stands in the deck.</summary>
    public SourceSpan Span { get; init; } = SourceSpan.None;

    /// <summary>What each neuron has of its own, on a fabricated chip; null where all are alike.</summary>
    public NeuronValues? Each { get; init; }

    /// <summary>τ = C/g [s].</summary>
    public double TimeConstant => Capacitance / LeakConductance;
}

/// <summary>Parameters of the neurons of a fabricated bank, one number a neuron; an empty array where all have the bank's.</summary>
public sealed record NeuronValues
{
    /// <summary>Capacitances [F].</summary>
    public ImmutableArray<double> Capacitance { get; init; } = [];

    /// <summary>Leak conductances [S].</summary>
    public ImmutableArray<double> LeakConductance { get; init; } = [];

    /// <summary>Gains [1/V].</summary>
    public ImmutableArray<double> Gain { get; init; } = [];

    /// <summary>Centres [V].</summary>
    public ImmutableArray<double> Center { get; init; } = [];

    /// <summary>Resting potentials [V].</summary>
    public ImmutableArray<double> Rest { get; init; } = [];

    /// <summary>Input offsets [V].</summary>
    public ImmutableArray<double> Offset { get; init; } = [];

    /// <summary>Finite gains A0.</summary>
    public ImmutableArray<double> FiniteGain { get; init; } = [];

    /// <summary>Slew rates [V/s].</summary>
    public ImmutableArray<double> SlewRate { get; init; } = [];

    /// <summary>Corners of flicker noise [Hz].</summary>
    public ImmutableArray<double> FlickerCorner { get; init; } = [];

    /// <summary>Noise at the reading converters [V].</summary>
    public ImmutableArray<double> AdcNoise { get; init; } = [];
}

/// <summary>How an array's weights start.</summary>
public abstract record WeightInit
{
    /// <summary>All the same.</summary>
    /// <param name="Value">The weight.</param>
    public sealed record Constant(double Value) : WeightInit;

    /// <summary>Uniform in [Low, High).</summary>
    /// <param name="Low">Lower bound.</param>
    /// <param name="High">Upper bound.</param>
    public sealed record Uniform(double Low, double High) : WeightInit;

    /// <summary>Normal.</summary>
    /// <param name="Mean">Mean.</param>
    /// <param name="Deviation">Standard deviation.</param>
    public sealed record Normal(double Mean, double Deviation) : WeightInit;

    /// <summary>Uniform within ±Scale·√(6/(pre + post)) (Glorot and Bengio 2010).</summary>
    /// <param name="Scale">Factor on the bound.</param>
    public sealed record Glorot(double Scale = 1.0) : WeightInit;

    /// <summary>Given numbers, post × pre, row-major.</summary>
    /// <param name="Values">The weights.</param>
    public sealed record Matrix(ImmutableArray<double> Values) : WeightInit;

    /// <summary>At an angle to the transpose of another array: W = cos φ · (that array's transpose) + sin φ · (a random array of the same norm).</summary>
    /// <param name="Of">The other array's name.</param>
    /// <param name="AngleDegrees">φ [°].</param>
    public sealed record NearTranspose(string Of, double AngleDegrees) : WeightInit;
}

/// <summary>A synapse array: from every node of one bus to every node of another. W = (G⁺ − G⁻)/g0, post × pre.</summary>
public sealed record SynapseArray
{
    /// <summary>The element's name, lower case (<c>yxh</c>).</summary>
    public required string Name { get; init; }

    /// <summary>The presynaptic bus.</summary>
    public required Bus Pre { get; init; }

    /// <summary>The postsynaptic bus.</summary>
    public required Bus Post { get; init; }

    /// <summary>The name of its model card.</summary>
    public string Model { get; init; } = string.Empty;

    /// <summary>How its weights start.</summary>
    public WeightInit Init { get; init; } = new WeightInit.Glorot();

    /// <summary>Which synapses exist, post × pre row-major; empty when all do.</summary>
    public ImmutableArray<bool> Mask { get; init; } = [];

    /// <summary>The array whose transpose this one is, or null. A tied array has no weights of its own.</summary>
    public string? TiedTo { get; init; }

    /// <summary>Whether learning moves it.</summary>
    public bool Learn { get; init; } = true;

    /// <summary>Lowest weight that the conductance range allows, −(gmax − gmin)/g0, against a reference (gmin − gref)/g0, or −∞.</summary>
    public double WeightLow { get; init; } = double.NegativeInfinity;

    /// <summary>Highest weight that the conductance range allows, (gmax − gmin)/g0, against a reference (gmax − gref)/g0, or +∞.</summary>
    public double WeightHigh { get; init; } = double.PositiveInfinity;

    /// <summary>Largest Euclidean norm of the weights into one neuron; larger ones are scaled down to it after every update, which takes nothing but what that neuron has; of devices that is one more update asked, which comes out as they follow. +∞ for no limit.</summary>
    public double MaximumNorm { get; init; } = double.PositiveInfinity;

    /// <summary>Smallest conductance of one device [S].</summary>
    public double MinimumConductance { get; init; }

    /// <summary>Largest conductance of one device [S], or +∞.</summary>
    public double MaximumConductance { get; init; } = double.PositiveInfinity;

    /// <summary>The conductance of a weight of one [S]; by default the leak of the postsynaptic neurons.</summary>
    public double UnitConductance { get; init; } = 1e-6;

    /// <summary>Parameters of device variation and precision that were given, by the model or the instance, evaluated.</summary>
    public ImmutableArray<Argument> Variation { get; init; } = [];

    /// <summary>Its devices as hardware: the same parameters, read and checked; null when there are none.</summary>
    public SynapseCard? Card { get; init; }

    /// <summary>Spreads (<c>DEV</c>, <c>LOT</c>) of its parameters.</summary>
    public ImmutableArray<ParameterSpread> Spreads { get; init; } = [];

    /// <summary>What its devices are on a fabricated chip; null where all are as they should be.</summary>
    public SynapseDevices? Devices { get; init; }

    /// <summary>Numbers of its devices that were drawn on a fabricated chip, by the parameter's name: of a parameter that differs from device to device, and what is drawn for every device (<c>fault drift lifetime</c>).</summary>
    public ImmutableDictionary<string, DeviceNumbers> Drawn { get; init; } = ImmutableDictionary<string, DeviceNumbers>.Empty;

    /// <summary>Where the element stands in the deck.</summary>
    public SourceSpan Span { get; init; } = SourceSpan.None;
}

/// <summary>A number of the devices behind an array's weights, post × pre row-major, or one for all.</summary>
/// <param name="Plus">Of the devices of G⁺.</param>
/// <param name="Minus">Of the devices of G⁻.</param>
public sealed record DeviceNumbers(ImmutableArray<double> Plus, ImmutableArray<double> Minus);

/// <summary>Which chip a circuit is.</summary>
/// <param name="Seed">The seed that chips are drawn with.</param>
/// <param name="Number">The chip's number, 1 or more.</param>
public sealed record ChipKey(ulong Seed, int Number);

/// <summary>
/// The devices of a fabricated array, post × pre row-major. A synapse is a pair of conductances, W = (G⁺ − G⁻)/g0; a weight w is written open loop as the fraction |w|/w_max of the range of the device
/// of its sign, while the other one stays at its gmin. With ranges that differ, the weight that results is W = f⁺ w + o for w ≥ 0 and f⁻ w + o for w &lt; 0, where
/// f± = (gmax± − gmin±)/(gmax − gmin) · g0/g0′ and o = (gmin⁺ − gmin⁻)/g0′.
/// </summary>
/// <param name="Plus">f⁺ of each synapse.</param>
/// <param name="Minus">f⁻ of each synapse.</param>
/// <param name="Offset">o of each synapse, or empty when it is 0 everywhere.</param>
public sealed record SynapseDevices(ImmutableArray<double> Plus, ImmutableArray<double> Minus, ImmutableArray<double> Offset)
{
    /// <summary>The weight that results when one is written.</summary>
    /// <param name="k">The synapse.</param>
    /// <param name="written">The weight that is written.</param>
    public double Weight(int k, double written) => (written * (written >= 0 ? Plus[k] : Minus[k])) + (Offset.IsEmpty ? 0 : Offset[k]);

    /// <summary>The weight that was written, from the one that resulted.</summary>
    /// <param name="k">The synapse.</param>
    /// <param name="weight">The weight as the circuit has it.</param>
    public double Written(int k, double weight)
    {
        double x = Offset.IsEmpty ? weight : weight - Offset[k];
        return x / (x >= 0 ? Plus[k] : Minus[k]);
    }
}

/// <summary>Any other element, as the nodal engine will see it.</summary>
public sealed record Element
{
    /// <summary>The element's letter, lower case: <c>r</c>, <c>c</c>, <c>d</c> …</summary>
    public required char Kind { get; init; }

    /// <summary>Full name with its path, lower case (<c>x1.r3</c>).</summary>
    public required string Name { get; init; }

    /// <summary>Its nodes, by name; ground is <c>0</c>.</summary>
    public required ImmutableArray<string> Nodes { get; init; }

    /// <summary>Its nodes as places in <see cref="Circuit.Nodes"/>; ground is −1. Empty when the element was built in code.</summary>
    public ImmutableArray<int> NodeIndices { get; init; } = [];

    /// <summary>The name of its model card, or null.</summary>
    public string? Model { get; init; }

    private ImmutableDictionary<string, double>? _parameters;
    private ImmutableArray<Argument> _arguments;

    /// <summary>The principal value when it is a number, otherwise NaN.</summary>
    public double Value
    {
        get;
        init
        {
            field = value;
            _parameters = double.IsNaN(value) ? _parameters?.Remove("value") : _parameters?.SetItem("value", value);
        }
    } = double.NaN;

    /// <summary>Its parameters that are numbers, by lower-case name; the principal value is <c>value</c>. Without parameters of its own, the principal value alone.</summary>
    public ImmutableDictionary<string, double> Parameters
    {
        get => _parameters ??= double.IsNaN(Value) ? ImmutableDictionary<string, double>.Empty : ImmutableDictionary<string, double>.Empty.SetItem("value", Value);
        init
        {
            _parameters = null;
            Value = value.GetValueOrDefault("value", double.NaN);
            _parameters = value;
        }
    }

    /// <summary>A parameter that is a number, or what it is when it is not given, without making the whole of <see cref="Parameters"/>.</summary>
    /// <param name="name">Its lower-case name.</param>
    /// <param name="absent">Its value when absent.</param>
    public double Parameter(string name, double absent = 0) => TryParameter(name, out double value) ? value : absent;

    /// <summary>A parameter that is a number, without making the whole of <see cref="Parameters"/>.</summary>
    /// <param name="name">Its lower-case name.</param>
    /// <param name="value">The number.</param>
    /// <returns>Whether it is given.</returns>
    public bool TryParameter(string name, out double value)
    {
        if (_parameters is { } all)
            return all.TryGetValue(name, out value);
        value = Value;
        return name is "value" && !double.IsNaN(value);
    }

    /// <summary>Its behavioural expressions, bound to this circuit, by the name of the quantity they give: <c>value</c>, <c>i</c>, <c>v</c>.</summary>
    public ImmutableDictionary<string, ExpressionSyntax> Expressions { get; init; } = ImmutableDictionary<string, ExpressionSyntax>.Empty;

    /// <summary>Names of the elements that it refers to: the source of F, H and W, the inductors of K.</summary>
    public ImmutableArray<string> References { get; init; } = [];

    /// <summary>The waveform of a source, or null.</summary>
    public Waveform? Waveform { get; init; }

    /// <summary>What stands on its line behind the nodes, evaluated where it is a number.</summary>
    public ImmutableArray<Argument> Arguments
    {
        get => _arguments.IsDefault ? _arguments = PlainArguments() : _arguments;
        init => _arguments = value;
    }

    /// <summary>Spreads (<c>DEV</c>, <c>LOT</c>) of its parameters.</summary>
    public ImmutableArray<ParameterSpread> Spreads { get; init; } = [];

    /// <summary>The line as it was written, or null when built in code.</summary>
    public ElementSyntax? Syntax { get; init; }

    /// <summary>Where the element stands in the deck.</summary>
    public SourceSpan Span { get; init; } = SourceSpan.None;

    private ImmutableArray<Argument> PlainArguments() =>
        Syntax is { IsPlain: true } && Syntax.Items.Length == Nodes.Length + 1
            ? [new Argument(null, new NumberValue(Value, Syntax.Items[^1].Span), Syntax.Items[^1].Span)]
            : [];
}
