using System.Collections.Immutable;
using System.Globalization;
using AnalogLearn.Circuits;
using AnalogLearn.Netlist;

namespace AnalogLearn.Studies;

/// <summary>
/// What a study does with each of its chips: <c>.mc n … modes=[ideal, transfer, aware, insitu, finetune] [finetune=epochs] [aware_every=batches]</c>.
/// </summary>
/// <param name="Names">The modes, in the order in which they were written.</param>
/// <param name="FinetuneEpochs">Epochs of learning in place after a transfer.</param>
/// <param name="AwareEvery">Batches that a virtual chip of hardware-aware training is used for.</param>
internal sealed record StudyModes(ImmutableArray<string> Names, int FinetuneEpochs, int AwareEvery)
{
    /// <summary>The design without variation and non-idealities, trained and used so; the same for all chips.</summary>
    public const string Ideal = "ideal";

    /// <summary>The ideally trained weights, programmed into the chip's devices; no more learning.</summary>
    public const string Transfer = "transfer";

    /// <summary>Weights that were trained on virtual chips, programmed into the chip's devices.</summary>
    public const string Aware = "aware";

    /// <summary>Learning on the chip, from the deck's initial weights, writing through its devices.</summary>
    public const string InPlace = "insitu";

    /// <summary>Transfer, then some epochs of learning on the chip.</summary>
    public const string Finetune = "finetune";

    /// <summary>The modes in the order in which results are told.</summary>
    public static ImmutableArray<string> All { get; } = [Ideal, Transfer, Aware, InPlace, Finetune];

    /// <summary>Whether a mode learns on the chip.</summary>
    public static bool Learns(string mode) => mode is InPlace or Finetune;

    /// <summary>The modes of a deck's study, or null when it asks for none.</summary>
    /// <param name="deck">The deck.</param>
    /// <param name="diagnostics">Receives what is wrong with them.</param>
    public static StudyModes? Of(Deck deck, DiagnosticBag diagnostics)
    {
        if (deck.All<OtherCard>().LastOrDefault(c => c.Name is "mc") is not { } card || card.Arguments.LastOrDefault(a => a.Name is "modes") is not { } modes)
        {
            return null;
        }

        string[] names = Words(modes.Value);
        string? unknown = Array.Find(names, n => !All.Contains(n, StringComparer.Ordinal));
        if (unknown is not null || names.Length == 0 || names.Distinct(StringComparer.Ordinal).Count() != names.Length)
        {
            diagnostics.Error(
                Codes.BadValue,
                modes.Span,
                unknown is not null ? $"there is no mode '{unknown}'" : "modes is a list of different modes",
                (unknown is not null && NameSuggestion.Nearest(unknown, All) is { } near ? $"did you mean '{near}'? " : string.Empty) + "write modes=[ideal, transfer, aware, insitu, finetune], or some of them");
            return null;
        }

        if (!deck.All<TrainCard>().Any())
        {
            diagnostics.Error(Codes.BadCard, modes.Span, "modes are ways to train and use chips, and the deck trains nothing", "add .dataset, .learn and .train cards");
            return null;
        }

        int finetune = Whole("finetune", 1), every = Whole("aware_every", 1);
        return new StudyModes([.. All.Where(names.Contains)], finetune, every);

        int Whole(string name, int absent)
        {
            if (card.Arguments.LastOrDefault(a => a.Name == name) is not { } argument)
                return absent;
            if (argument.Value is NumberValue { Number: >= 1 and <= 1e6 and var n } && n == Math.Floor(n))
                return (int)n;
            diagnostics.Error(Codes.BadValue, argument.Span, $"'{name}' is a whole number, at least 1", name == "finetune" ? "epochs of learning after the transfer" : "batches that a virtual chip is used for");
            return absent;
        }
    }

    /// <summary>What rows depend on besides the deck's other cards.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{string.Join(',', Names)}, finetune {FinetuneEpochs}, aware every {AwareEvery}");

    private static string[] Words(Value value) => value switch
    {
        ListValue list => [.. list.Items.SelectMany(Words)],
        TextValue text => text.Text.Trim('"').ToLowerInvariant().Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries),
        _ => [value.Span.IsWritten ? value.Span.Text.ToString() : string.Empty],
    };
}
