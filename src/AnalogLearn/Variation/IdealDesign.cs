using System.Collections.Frozen;
using System.Collections.Immutable;
using AnalogLearn.Circuits;

namespace AnalogLearn.Variation;

/// <summary>What makes hardware differ from the network that it stands for, in groups that can be switched off.</summary>
[Flags]
public enum NonIdealities
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary><c>DEV LOT avt</c> and random functions in expressions: devices that are not alike.</summary>
    Mismatch = 1,

    /// <summary><c>bits levels</c>: devices with so many conductances and no more.</summary>
    Levels = 1 << 1,

    /// <summary><c>write_noise</c>: conductances that are not what was programmed.</summary>
    Programming = 1 << 2,

    /// <summary><c>update</c> and all that shapes pulses: learning that cannot write what it wants.</summary>
    Pulses = 1 << 3,

    /// <summary><c>pulse_noise pulse_noise_range persistent_noise</c>: pulses that differ from one to the next.</summary>
    PulseNoise = 1 << 4,

    /// <summary><c>endurance</c>: devices that wear out.</summary>
    Wear = 1 << 5,

    /// <summary><c>read_noise flicker</c>: readings that differ from one to the next.</summary>
    Reading = 1 << 6,

    /// <summary><c>nu relax_mean relax_sd t_read</c>: conductances that change by themselves.</summary>
    Drift = 1 << 7,

    /// <summary><c>p_stuck_on p_stuck_off p_open p_stuck</c>: devices that are none.</summary>
    Faults = 1 << 8,

    /// <summary><c>iv</c>: currents that are not proportional to voltages.</summary>
    Curvature = 1 << 9,

    /// <summary><c>rwire</c>: voltages that fall along the wires.</summary>
    Wires = 1 << 10,

    /// <summary><c>noise flicker_corner</c> of neurons.</summary>
    NeuronNoise = 1 << 11,

    /// <summary><c>vos a0 slew</c>: neurons that settle elsewhere, or late.</summary>
    NeuronErrors = 1 << 12,

    /// <summary><c>dac adc adc_noise</c>: numbers in and out that are rounded.</summary>
    Converters = 1 << 13,

    /// <summary>All of them.</summary>
    All = (1 << 14) - 1,
}

/// <summary>
/// A design with some of its non-idealities switched off. What remains is the same circuit: its neurons, its ranges of weights, its cards. With all of them off, it is the network that the hardware stands for; with all but one,
/// or all and one, off, it says what that one does.
/// </summary>
public static class IdealDesign
{
    private static readonly FrozenDictionary<string, NonIdealities> s_groups = new Dictionary<string, NonIdealities>(StringComparer.Ordinal)
    {
        ["bits"] = NonIdealities.Levels,
        ["levels"] = NonIdealities.Levels,
        ["write_noise"] = NonIdealities.Programming,
        ["update"] = NonIdealities.Pulses,
        ["pulses"] = NonIdealities.Pulses,
        ["step"] = NonIdealities.Pulses,
        ["up_down"] = NonIdealities.Pulses,
        ["slope_up"] = NonIdealities.Pulses,
        ["slope_down"] = NonIdealities.Pulses,
        ["es_a"] = NonIdealities.Pulses,
        ["es_b"] = NonIdealities.Pulses,
        ["es_gamma_up"] = NonIdealities.Pulses,
        ["es_gamma_down"] = NonIdealities.Pulses,
        ["es_amp_up"] = NonIdealities.Pulses,
        ["es_amp_down"] = NonIdealities.Pulses,
        ["power_up"] = NonIdealities.Pulses,
        ["power_down"] = NonIdealities.Pulses,
        ["nl_up"] = NonIdealities.Pulses,
        ["nl_down"] = NonIdealities.Pulses,
        ["pulses_up"] = NonIdealities.Pulses,
        ["pulses_down"] = NonIdealities.Pulses,
        ["nodes_up"] = NonIdealities.Pulses,
        ["nodes_down"] = NonIdealities.Pulses,
        ["most_pulses"] = NonIdealities.Pulses,
        ["refresh"] = NonIdealities.Pulses,
        ["refresh_at"] = NonIdealities.Pulses,
        ["refresh_least"] = NonIdealities.Pulses,
        ["rounding"] = NonIdealities.Pulses,
        ["mult"] = NonIdealities.Pulses,
        ["pulse_noise"] = NonIdealities.PulseNoise,
        ["pulse_noise_range"] = NonIdealities.PulseNoise,
        ["persistent_noise"] = NonIdealities.PulseNoise,
        ["endurance"] = NonIdealities.Wear,
        ["endurance_shape"] = NonIdealities.Wear,
        ["read_noise"] = NonIdealities.Reading,
        ["flicker"] = NonIdealities.Reading,
        ["flicker_t"] = NonIdealities.Reading,
        ["read_time"] = NonIdealities.Reading,
        ["nu"] = NonIdealities.Drift,
        ["nu_sd"] = NonIdealities.Drift,
        ["t_read"] = NonIdealities.Drift,
        ["relax_mean"] = NonIdealities.Drift,
        ["relax_sd"] = NonIdealities.Drift,
        ["p_stuck_on"] = NonIdealities.Faults,
        ["p_stuck_off"] = NonIdealities.Faults,
        ["p_open"] = NonIdealities.Faults,
        ["p_stuck"] = NonIdealities.Faults,
        ["iv"] = NonIdealities.Curvature,
        ["rwire"] = NonIdealities.Wires,
        ["noise"] = NonIdealities.NeuronNoise,
        ["flicker_corner"] = NonIdealities.NeuronNoise,
        ["vos"] = NonIdealities.NeuronErrors,
        ["a0"] = NonIdealities.NeuronErrors,
        ["slew"] = NonIdealities.NeuronErrors,
        ["dac"] = NonIdealities.Converters,
        ["adc"] = NonIdealities.Converters,
        ["adc_noise"] = NonIdealities.Converters,
        ["avt"] = NonIdealities.Mismatch,
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>The group of a parameter of synapses or neurons; none for what is no non-ideality.</summary>
    /// <param name="parameter">The parameter's name, lower case.</param>
    public static NonIdealities GroupOf(string parameter) => s_groups.GetValueOrDefault(parameter);

    /// <summary>The groups that a design has anything of.</summary>
    /// <param name="deck">The design.</param>
    public static NonIdealities Of(Deck deck)
    {
        ArgumentNullException.ThrowIfNull(deck);
        Circuit circuit = deck.Circuit;
        NonIdealities found = deck.RandomTerms.IsEmpty ? NonIdealities.None : NonIdealities.Mismatch;
        if (circuit.Elements.Any(e => !e.Spreads.IsEmpty) || circuit.Models.Values.Any(m => !m.Spreads.IsEmpty))
            found |= NonIdealities.Mismatch;
        foreach (NeuronBank bank in circuit.Banks)
        {
            found |= bank.Spreads.IsEmpty ? NonIdealities.None : NonIdealities.Mismatch;
            found |= bank.Offset == 0 ? NonIdealities.None : NonIdealities.NeuronErrors;
            found |= bank.Noise == Circuits.NeuronNoise.None ? NonIdealities.None : NonIdealities.NeuronNoise;
            found |= Written(bank.Variation);
        }

        foreach (SynapseArray array in circuit.Arrays)
            found |= (array.Spreads.IsEmpty ? NonIdealities.None : NonIdealities.Mismatch) | Written(array.Variation);
        foreach (Model model in circuit.Models.Values.Where(IsConductances))
            found |= Written(model.Parameters);
        return found;
    }

    /// <summary>The design without some of its non-idealities.</summary>
    /// <param name="deck">The design.</param>
    /// <param name="off">What is switched off.</param>
    public static Deck Without(this Deck deck, NonIdealities off)
    {
        ArgumentNullException.ThrowIfNull(deck);
        if (off == NonIdealities.None)
            return deck;
        Deck less = deck with { Circuit = deck.Circuit.Without(off) };
        if (off.HasFlag(NonIdealities.Mismatch))
            return less with { RandomTerms = [], Redraw = null };

        // A chip's expressions are drawn by reading the deck again: what is off stays off.
        return deck.Redraw is { } redraw
            ? less with { Redraw = draws => Without(redraw(draws), off) }
            : less;
    }

    private static DeckResult Without(DeckResult result, NonIdealities off) =>
        result.Deck is { } deck ? result with { Deck = deck with { Circuit = deck.Circuit.Without(off) } } : result;

    private static Circuit Without(this Circuit circuit, NonIdealities off)
    {
        bool alike = off.HasFlag(NonIdealities.Mismatch);
        return circuit with
        {
            Banks = [.. circuit.Banks.Select(b => Without(b, off))],
            Arrays = [.. circuit.Arrays.Select(a => Without(a, off))],
            Elements = alike ? [.. circuit.Elements.Select(e => e.Spreads.IsEmpty ? e : e with { Spreads = [] })] : circuit.Elements,
            Models = circuit.Models.ToImmutableDictionary(m => m.Key, m => Without(m.Value, alike, off), circuit.Models.KeyComparer),
        };
    }

    private static Model Without(Model model, bool alike, NonIdealities off)
    {
        Model less = alike && !model.Spreads.IsEmpty ? model with { Spreads = [] } : model;
        return IsConductances(model) && Written(model.Parameters) is var had && (had & off) != 0 ? less with { Parameters = Less(model.Parameters, off), Spreads = Less(less.Spreads, off) } : less;
    }

    /// <summary>Whether a model is one of resistors that learn, whose hardware stands on it. Without a law of pulses <c>step</c> is what changes are multiples of.</summary>
    private static bool IsConductances(Model model) => model.Type == "r" && model.Parameters.Any(p => p.Name is "learn");

    private static NeuronBank Without(NeuronBank bank, NonIdealities off) => bank with
    {
        Noise = off.HasFlag(NonIdealities.NeuronNoise) ? Circuits.NeuronNoise.None : bank.Noise,
        FlickerCorner = off.HasFlag(NonIdealities.NeuronNoise) ? 0 : bank.FlickerCorner,
        Offset = off.HasFlag(NonIdealities.NeuronErrors) ? 0 : bank.Offset,
        FiniteGain = off.HasFlag(NonIdealities.NeuronErrors) ? double.PositiveInfinity : bank.FiniteGain,
        SlewRate = off.HasFlag(NonIdealities.NeuronErrors) ? double.PositiveInfinity : bank.SlewRate,
        Dac = off.HasFlag(NonIdealities.Converters) ? null : bank.Dac,
        Adc = off.HasFlag(NonIdealities.Converters) ? null : bank.Adc,
        AdcNoise = off.HasFlag(NonIdealities.Converters) ? 0 : bank.AdcNoise,
        Variation = Less(bank.Variation, off),
        Spreads = Less(bank.Spreads, off),
    };

    private static SynapseArray Without(SynapseArray array, NonIdealities off) => array with
    {
        Card = array.Card is { } card ? Without(card, off) : null,
        Variation = Less(array.Variation, off),
        Spreads = Less(array.Spreads, off),
    };

    private static SynapseCard Without(SynapseCard card, NonIdealities off)
    {
        double[] numbers = [.. card.Numbers];
        DeviceFunction?[] functions = [.. card.Functions];
        ImmutableHashSet<SynapseParameter> given = card.Given;
        foreach (SynapseParameterInfo parameter in SynapseParameters.All.Where(p => (GroupOf(p.Name) & off) != 0))
        {
            int k = (int)parameter.Id;
            numbers[k] = double.IsNaN(parameter.Default) ? 0 : parameter.Default;
            functions[k] = null;
            given = given.Remove(parameter.Id);
        }

        SynapseCard less = card with { Numbers = [.. numbers], Functions = [.. functions], Given = given };
        if (off.HasFlag(NonIdealities.Levels))
            less = less with { Levels = 0 };
        if (off.HasFlag(NonIdealities.Pulses))
            less = less with { Update = SynapseUpdate.Ideal, NodesUp = [], NodesDown = [], MostPulses = int.MaxValue, RefreshInterval = 0 };
        return off.HasFlag(NonIdealities.Curvature) ? less with { CurrentPolynomial = [] } : less;
    }

    private static NonIdealities Written(ImmutableArray<Argument> variation)
    {
        NonIdealities found = NonIdealities.None;
        foreach (Argument argument in variation)
        {
            bool neutral = argument.Value is NumberValue { Number: 0 } || argument is { Name: "update", Value: TextValue { Text: "ideal" } };
            if (!neutral && argument.Name is { } name)
                found |= GroupOf(name);
        }

        return found;
    }

    private static ImmutableArray<Argument> Less(ImmutableArray<Argument> variation, NonIdealities off) => [.. variation.Where(a => a.Name is null || (GroupOf(a.Name) & off) == 0)];

    private static ImmutableArray<ParameterSpread> Less(ImmutableArray<ParameterSpread> spreads, NonIdealities off) =>
        off.HasFlag(NonIdealities.Mismatch) ? [] : [.. spreads.Where(s => s.Parameter is "vos" || (GroupOf(s.Parameter) & off) == 0)];
}
