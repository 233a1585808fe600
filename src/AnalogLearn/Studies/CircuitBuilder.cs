using System.Collections.Immutable;
using AnalogLearn.Circuits;
using AnalogLearn.Netlist;

namespace AnalogLearn.Studies;

/// <summary>A value of an argument of a card, made from a number, a word, a switch or a table.</summary>
/// <param name="Value">The value.</param>
public readonly record struct CardValue(Value Value)
{
    /// <summary>A number.</summary>
    /// <param name="number">The number.</param>
    public static implicit operator CardValue(double number) => new(new NumberValue(number, SourceSpan.None));

    /// <summary>A word.</summary>
    /// <param name="text">The word.</param>
    public static implicit operator CardValue(string text) => new(new TextValue(text, SourceSpan.None));

    /// <summary>A switch: 1 or 0.</summary>
    /// <param name="on">Whether it is on.</param>
    public static implicit operator CardValue(bool on) => on ? 1.0 : 0.0;

    /// <summary>A list of numbers.</summary>
    /// <param name="row">The numbers.</param>
    public static implicit operator CardValue(double[] row) => new(new ListValue([.. row.Select(x => (Value)new NumberValue(x, SourceSpan.None))], SourceSpan.None));

    /// <summary>A table of numbers, row by row.</summary>
    /// <param name="rows">The rows.</param>
    public static implicit operator CardValue(double[][] rows) => new(new ListValue([.. rows.Select(r => ((CardValue)r).Value)], SourceSpan.None));
}

/// <summary>
/// Builds a deck in code, element by element and card by card, with the same words that a netlist uses. Names are case-insensitive, as in a netlist.
/// </summary>
/// <param name="title">The deck's title; also the name of the run's folder.</param>
public sealed class CircuitBuilder(string title)
{
    private readonly List<NeuronBank> _banks = [];
    private readonly List<SynapseArray> _arrays = [];
    private readonly List<Card> _cards = [];
    private readonly Dictionary<string, Argument> _options = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>A bus of clamped input nodes.</summary>
    /// <param name="bus">The bus's name.</param>
    /// <param name="width">How many nodes.</param>
    public CircuitBuilder Input(string bus, int width)
    {
        Bus made = NewBus(bus, width);
        _banks.Add(new NeuronBank { Name = "n" + made.Name, Bus = made, Model = "input", IsInput = true });
        return this;
    }

    /// <summary>A bank of neurons on a bus of its own; its biases start at 0.</summary>
    /// <param name="bus">The bus's name; the bank is called <c>n</c> and that.</param>
    /// <param name="width">How many neurons.</param>
    /// <param name="activation">Their non-linearity.</param>
    /// <param name="form">Voltage or rate form.</param>
    /// <param name="clip">Rails of the state [V], or null for none.</param>
    /// <param name="also">Sets any further property, or null.</param>
    public CircuitBuilder Neurons(
        string bus,
        int width,
        Activation activation = Activation.HardSigmoid,
        NeuronForm form = NeuronForm.Voltage,
        (double Low, double High)? clip = null,
        Func<NeuronBank, NeuronBank>? also = null)
    {
        Bus made = NewBus(bus, width);
        var bank = new NeuronBank
        {
            Name = "n" + made.Name,
            Bus = made,
            Form = form,
            Activation = activation,
            Bias = [.. new double[width]],
            ClipLow = clip?.Low ?? double.NegativeInfinity,
            ClipHigh = clip?.High ?? double.PositiveInfinity,
        };
        _banks.Add(also?.Invoke(bank) ?? bank);
        return this;
    }

    /// <summary>A synapse array from every node of one bus to every node of another.</summary>
    /// <param name="name">The array's name.</param>
    /// <param name="from">The presynaptic bus.</param>
    /// <param name="to">The postsynaptic bus.</param>
    /// <param name="init">How its weights start, or null for Glorot's draw.</param>
    /// <param name="also">Sets any further property, or null.</param>
    public CircuitBuilder Synapses(string name, string from, string to, WeightInit? init = null, Func<SynapseArray, SynapseArray>? also = null)
    {
        NeuronBank post = Bank(to);
        var array = new SynapseArray
        {
            Name = NewName(name),
            Pre = Bank(from).Bus,
            Post = post.IsInput ? throw new ArgumentException($"The bus {to} is clamped: no synapse can end on it.", nameof(to)) : post.Bus,
            Init = init ?? new WeightInit.Glorot(),
            UnitConductance = post.LeakConductance,
        };
        _arrays.Add(also?.Invoke(array) ?? array);
        return this;
    }

    /// <summary>An array that is the transpose of another one, as symmetric networks have it.</summary>
    /// <param name="name">The array's name.</param>
    /// <param name="of">The other array, whose weights it shares.</param>
    public CircuitBuilder Tied(string name, string of)
    {
        SynapseArray other = _arrays.Find(a => Same(a.Name, of)) ?? throw new ArgumentException($"There is no array {of}.", nameof(of));
        return Synapses(name, other.Post.Name, other.Pre.Name, also: a => a with { TiedTo = other.Name });
    }

    /// <summary><c>.dataset</c>: where examples come from.</summary>
    /// <param name="kind">The kind: digits, idx, csv, npz, xor, inline.</param>
    /// <param name="input">The bus that receives the inputs.</param>
    /// <param name="target">The bus that the targets belong to.</param>
    /// <param name="train">Training examples, or null for all.</param>
    /// <param name="test">Test examples, or null for all.</param>
    /// <param name="arguments">The kind's own arguments.</param>
    public CircuitBuilder Data(string kind, string input, string target, int? train = null, int? test = null, params ReadOnlySpan<(string Name, CardValue Value)> arguments)
    {
        var counts = ImmutableArray.CreateBuilder<Argument>();
        if (train is { } n)
            counts.Add(Named("train", n));
        if (test is { } m)
            counts.Add(Named("test", m));
        _cards.Add(new DataSetCard(kind.ToLowerInvariant(), NewCall(kind, arguments), [Whole(input)], Whole(target), counts.ToImmutable(), SourceSpan.None));
        return this;
    }

    /// <summary><c>.learn</c>: the rule.</summary>
    /// <param name="rule">Its name: eqprop, stdp …</param>
    /// <param name="arguments">Its arguments: beta, free, nudge …</param>
    public CircuitBuilder Learn(string rule, params ReadOnlySpan<(string Name, CardValue Value)> arguments)
    {
        _cards.Add(new LearnCard(NewCall(rule, arguments), null, ImmutableDictionary<string, Argument>.Empty, [], SourceSpan.None));
        return this;
    }

    /// <summary>The learning rate of one array or bank; call it after <see cref="Learn"/>.</summary>
    /// <param name="element">The array's or bank's name.</param>
    /// <param name="rate">The rate.</param>
    public CircuitBuilder Rate(string element, double rate)
    {
        int at = _cards.FindLastIndex(c => c is LearnCard);
        if (at < 0)
            throw new InvalidOperationException("A rate belongs to a rule: call Learn first.");
        var card = (LearnCard)_cards[at];
        _cards[at] = card with { Rates = card.Rates.SetItem(element.ToLowerInvariant(), Named(element.ToLowerInvariant(), rate)) };
        return this;
    }

    /// <summary><c>.train</c>: the plan.</summary>
    /// <param name="epochs">Times that every example is seen.</param>
    /// <param name="batch">Examples a batch.</param>
    /// <param name="rate">Learning rate of every array that has none of its own.</param>
    /// <param name="seed">Seed of the weights, the order of examples and every draw.</param>
    /// <param name="optimizer">sgd, momentum or adam.</param>
    /// <param name="arguments">Further arguments.</param>
    public CircuitBuilder Train(int epochs, int batch = 20, double rate = 0.05, long seed = 1, string optimizer = "sgd", params ReadOnlySpan<(string Name, CardValue Value)> arguments)
    {
        _cards.Add(new TrainCard(
            [Named("epochs", epochs), Named("batch", batch), Named("rate", rate), Named("seed", seed), Named("optimizer", optimizer), .. NewArguments(arguments)], SourceSpan.None));
        return this;
    }

    /// <summary>A setting of <c>.options</c>.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="value">Its value.</param>
    public CircuitBuilder Option(string name, CardValue value)
    {
        _options[name] = Named(name.ToLowerInvariant(), value);
        return this;
    }

    /// <summary>Any further card.</summary>
    /// <param name="card">The card.</param>
    public CircuitBuilder Card(Card card)
    {
        _cards.Add(card);
        return this;
    }

    /// <summary>The circuit alone.</summary>
    public Circuit Circuit() => new()
    {
        Title = title,
        Buses = [.. _banks.Select(b => b.Bus)],
        Banks = [.. _banks],
        Arrays = [.. _arrays],
    };

    /// <summary>The deck: the circuit with its cards.</summary>
    public Deck Build() => new()
    {
        Path = title,
        Circuit = Circuit(),
        Options = _options.ToImmutableDictionary(StringComparer.OrdinalIgnoreCase),
        Cards = [.. _cards],
    };

    private static bool Same(string a, string b) => string.Equals(a, b, StringComparison.OrdinalIgnoreCase);

    private static Argument Named(string name, CardValue value) => new(name, value.Value, SourceSpan.None);

    private static ImmutableArray<Argument> NewArguments(ReadOnlySpan<(string Name, CardValue Value)> arguments)
    {
        var all = ImmutableArray.CreateBuilder<Argument>(arguments.Length);
        foreach ((string name, CardValue value) in arguments)
            all.Add(Named(name.ToLowerInvariant(), value));
        return all.ToImmutable();
    }

    private static Call NewCall(string name, ReadOnlySpan<(string Name, CardValue Value)> arguments) => new(name.ToLowerInvariant(), NewArguments(arguments), SourceSpan.None);

    private BusSlice Whole(string bus) => new(Bank(bus).Bus, 0, Bank(bus).Bus.Width, SourceSpan.None);

    private NeuronBank Bank(string bus) => _banks.Find(b => Same(b.Bus.Name, bus)) ?? throw new ArgumentException($"There is no bus {bus}; call Input or Neurons first.", nameof(bus));

    private Bus NewBus(string bus, int width)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        string name = bus.ToLowerInvariant();
        return _banks.Exists(b => b.Bus.Name == name) ? throw new ArgumentException($"There is a bus {name} already.", nameof(bus)) : new Bus(name, 0, width);
    }

    private string NewName(string name)
    {
        string lower = name.ToLowerInvariant();
        return _arrays.Exists(a => a.Name == lower) ? throw new ArgumentException($"There is an array {lower} already.", nameof(name)) : lower;
    }
}
