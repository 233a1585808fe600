using AnalogLearn.Netlist;

namespace AnalogLearn.Circuits;

/// <summary>The two ways to compile a circuit to a vector field.</summary>
public enum Engine
{
    /// <summary>Neuron banks and synapse arrays only: batched and dense.</summary>
    Rate,

    /// <summary>Anything else: modified nodal analysis.</summary>
    Nodal,
}

/// <summary>Which engine is to simulate.</summary>
public enum EngineChoice
{
    /// <summary>The rate engine where the circuit allows it.</summary>
    Auto,

    /// <summary>The rate engine: banks and arrays alone, batched.</summary>
    Rate,

    /// <summary>The nodal engine: every element.</summary>
    Nodal,
}

/// <summary>Chooses the engine of a deck, and says what no engine of this version can run.</summary>
public static class EngineSelection
{
    /// <summary>The rate engine when the circuit has neuron banks and synapse arrays only and no analysis needs the other one, the nodal engine otherwise.</summary>
    /// <param name="deck">The deck.</param>
    public static Engine Choose(Deck deck) => Choose(deck, EngineChoice.Auto);

    /// <summary>The engine that a deck runs on, when the user has a say.</summary>
    /// <param name="deck">The deck.</param>
    /// <param name="choice">What the user said.</param>
    public static Engine Choose(Deck deck, EngineChoice choice)
    {
        ArgumentNullException.ThrowIfNull(deck);
        return choice switch
        {
            EngineChoice.Rate => Engine.Rate,
            EngineChoice.Nodal => Engine.Nodal,
            _ => deck.Circuit.Elements.IsEmpty && !deck.Cards.Any(IsNodal) ? Engine.Rate : Engine.Nodal,
        };
    }

    /// <summary>Diagnoses, by name and place, everything in a deck that its engine cannot run.</summary>
    /// <param name="deck">The deck.</param>
    /// <returns>The diagnostics; errors when the deck cannot be run.</returns>
    public static DiagnosticBag Diagnose(Deck deck) => Diagnose(deck, Choose(deck));

    /// <summary>Diagnoses, by name and place, everything in a deck that an engine cannot run.</summary>
    /// <param name="deck">The deck.</param>
    /// <param name="engine">The engine.</param>
    /// <returns>The diagnostics; errors when the deck cannot be run.</returns>
    public static DiagnosticBag Diagnose(Deck deck, Engine engine)
    {
        ArgumentNullException.ThrowIfNull(deck);
        var bag = new DiagnosticBag { MaximumErrors = 100 };
        foreach (Element element in engine == Engine.Rate ? deck.Circuit.Elements : [])
            bag.Error(Codes.NeedsNodalEngine, element.Span, $"the element '{element.Name}' needs the nodal engine", "leave --engine rate out");
        foreach (NeuronBank bank in deck.Circuit.Banks)
            NonIdealities(bank.Name, bank.Variation, bag);
        if (engine == Engine.Nodal && deck.Cards.Any(c => c is SensitivityCard { Stop: not null }))
            WithoutNoise(deck, "make no noise in .sens of a transient: derivatives are those of the circuit without it", "leave it out, or set noise=none", bag);
        if (deck.Cards.Any(c => c is TrainCard or CompareCard) && !(deck.Options.TryGetValue("settle_noise", out Argument? reads) && reads.Value is not NumberValue { Number: 0 }))
            WithoutNoise(deck, "learn without their noise: rules and scoring see operating points", ".options settle_noise=1 reads each neuron with its own, or set noise=none", bag);

        DiagnoseCurrents(deck.Circuit, bag);
        if (deck.Options.TryGetValue("mismatch", out Argument? mismatch) && mismatch.Value is not NumberValue { Number: 0 or 1 })
            bag.Error(Codes.BadValue, mismatch.Span, "mismatch is 0 or 1", "mismatch=1 runs chip 1; --chip K runs any other");
        foreach (Card card in engine == Engine.Rate ? deck.Cards.Where(IsNodal) : [])
            bag.Error(Codes.NeedsNodalEngine, card.Span, $".{NameOf(card)} needs the nodal engine", "leave --engine rate out");
        return bag.InOrder();
    }

    /// <summary>Diagnoses arrays whose currents cannot be formed: whose wires would be driven from both sides, or that see one activity through different curves.</summary>
    /// <param name="circuit">The circuit.</param>
    /// <param name="bag">Receives what is wrong.</param>
    internal static void DiagnoseCurrents(Circuit circuit, DiagnosticBag bag)
    {
        foreach (SynapseArray array in circuit.Arrays)
        {
            SynapseCard? card = circuit.DevicesOf(array);
            if (array.TiedTo is { } master && card?[SynapseParameter.WireResistance] > 0)
            {
                SynapseArray other = circuit.Array(master)!;
                bag.Error(
                    Codes.UnsupportedNonIdeality,
                    other.Variation.FirstOrDefault(a => a.Name is "rwire")?.Span ?? other.Span,
                    $"'rwire' of '{master}', to which '{array.Name}' is tied: read the other way its wires are driven from their other ends",
                    "leave rwire out, or give both arrays devices of their own: init=transpose(Y1, 0)");
            }

            // Every array is held against the first one that its bus drives.
            SynapseArray first = circuit.Arrays.First(a => a.Pre == array.Pre);
            if (circuit.DevicesOf(first) is var one && !(one?.Conduction ?? []).SequenceEqual(card?.Conduction ?? []))
            {
                Argument? given = array.Variation.Concat(first.Variation).FirstOrDefault(a => a.Name is "iv");
                bag.Error(
                    Codes.UnsupportedNonIdeality,
                    given?.Span ?? array.Span,
                    $"'iv' of '{array.Name}' and of '{first.Name}' differ, and both are driven by '{array.Pre.Name}': one activity has one curve",
                    "give all arrays that leave a bus the same iv and vread");
            }
        }
    }

    private static void WithoutNoise(Deck deck, string what, string fix, DiagnosticBag bag)
    {
        foreach (NeuronBank bank in deck.Circuit.Banks.Where(b => b.Noise != NeuronNoise.None))
            bag.Warning(Codes.UnsupportedNonIdeality, bank.Span, $"the neurons of '{bank.Name}' {what}", fix);
    }

    private static bool IsNodal(Card card) => card is DirectSweepCard or SmallSignalCard or NoiseCard or TransferFunctionCard or SensitivityCard;

    private static string NameOf(Card card) => card switch
    {
        DirectSweepCard => "dc",
        SmallSignalCard => "ac",
        NoiseCard => "noise",
        TransferFunctionCard => "tf",
        _ => "sens",
    };

    private static void NonIdealities(string element, IEnumerable<Argument> variation, DiagnosticBag bag)
    {
        foreach (Argument argument in variation)
        {
            bool neutral = argument.Name switch
            {
                "source" or "uncertainty" or "avt" or "sigma_basis" or "w" or "l" or "t0" => true,
                "a0" or "slew" or "flicker_corner" or "dac" or "adc" or "adc_noise" or "range" => true,
                _ => argument.Value is NumberValue { Number: 0 },
            };
            if (!neutral)
            {
                bag.Error(
                    Codes.UnsupportedNonIdeality,
                    argument.Span,
                    $"'{argument.Name}' of '{element}' is not supported by any engine of this version",
                    "leave it out, or set it to 0");
            }
        }
    }
}
