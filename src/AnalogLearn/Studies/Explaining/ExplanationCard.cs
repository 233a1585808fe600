using System.Collections.Immutable;
using AnalogLearn.Circuits;
using AnalogLearn.Netlist;

namespace AnalogLearn.Studies.Explaining;

/// <summary>A study that explains, as a card asks for it: <c>.corner .predict .ablate .variance .tolerance</c>, with its arguments.</summary>
/// <param name="Kind">corner, predict, ablate, variance or tolerance.</param>
/// <param name="Arguments">What the card says.</param>
/// <param name="Span">Where it stands.</param>
internal sealed record ExplanationCard(string Kind, ImmutableArray<Argument> Arguments, SourceSpan Span)
{
    /// <summary>The cards' names.</summary>
    public static ImmutableArray<string> Kinds { get; } = ["corner", "predict", "ablate", "variance", "tolerance"];

    /// <summary>What a command asks for: the deck's cards, all of them for <c>run</c> and <c>mc</c>; those of the command's kind, or its usual one, for the commands of one kind.</summary>
    /// <param name="deck">The deck.</param>
    /// <param name="command">The command.</param>
    public static ImmutableArray<ExplanationCard> Of(Deck deck, string command)
    {
        ImmutableArray<ExplanationCard> cards = [.. deck.All<OtherCard>().Where(c => Kinds.Contains(c.Name)).Select(c => new ExplanationCard(c.Name, c.Arguments, c.Span))];
        string? kind = KindOf(command);
        if (command is "run" or "mc")
            return cards;
        if (kind is null)
            return [];
        ImmutableArray<ExplanationCard> own = [.. cards.Where(c => c.Kind == kind)];
        return own.IsEmpty && kind != "tolerance" ? [new ExplanationCard(kind, [], SourceSpan.None)] : own;
    }

    /// <summary>The kind that a command is of, or null.</summary>
    public static string? KindOf(string command) => command switch
    {
        "corner" or "ablate" or "variance" => command,
        "sens" => "predict",
        "yield" => "tolerance",
        _ => null,
    };

    /// <summary>Whether the chips of <c>.mc</c> run before it.</summary>
    public static bool WantsChips(string command) => command is "run" or "mc" or "sens" or "yield";

    /// <summary>Says what is wrong with a deck's cards.</summary>
    /// <param name="deck">The deck.</param>
    /// <param name="diagnostics">Receives it.</param>
    public static void Diagnose(Deck deck, DiagnosticBag diagnostics)
    {
        foreach (OtherCard card in deck.All<OtherCard>().Where(c => Kinds.Contains(c.Name)))
        {
            string[] known = card.Name switch
            {
                "corner" => ["sigma", "of"],
                "predict" => [],
                "tolerance" => ["param", "from", "to", "log", "integer", "yield", "chips"],
                _ => ["chips"],
            };
            foreach (Argument argument in card.Arguments)
            {
                string name = argument.Name ?? (argument.Value as TextValue)?.Text.ToLowerInvariant() ?? string.Empty;
                if (!known.Contains(name, StringComparer.Ordinal))
                    diagnostics.Error(Codes.BadCard, argument.Span, $"'{argument.Span.Text}' has no meaning in .{card.Name}", known.Length == 0 ? $"write .{card.Name} alone" : $"there are: {string.Join(", ", known)}");
                else if (Complaint(name, argument, deck) is var (complaint, fix))
                    diagnostics.Error(Codes.BadValue, argument.Value.Span, complaint, fix);
            }

            if (card.Name == "tolerance" && !(card.Arguments.Any(a => a.Name == "param") && card.Arguments.Any(a => a.Name == "from") && card.Arguments.Any(a => a.Name == "to")))
                diagnostics.Error(Codes.BadCard, card.Span, "the .tolerance card is not complete", "write .tolerance param=spread from=0.01 to=0.5 log yield=[0.9,0.5]");
            if (card.Name == "tolerance" && MonteCarlo.Of(deck)?.Spec is null)
                diagnostics.Error(Codes.BadCard, card.Span, "a search for a yield needs a specification", "add .mc 200 seed=1 spec=\"test_accuracy>0.9\"");
        }
    }

    /// <summary>A number of the card, or a default.</summary>
    public double Number(string name, double otherwise) => Arguments.LastOrDefault(a => a.Name == name)?.Value is NumberValue number ? number.Number : otherwise;

    /// <summary>A word of the card, or null.</summary>
    public string? Word(string name) => (Arguments.LastOrDefault(a => a.Name == name)?.Value as TextValue)?.Text.ToLowerInvariant();

    /// <summary>Whether a word stands there by itself, or as <c>word=1</c>.</summary>
    public bool Has(string word) => Arguments.Any(a => a is { Name: null, Value: TextValue text } && text.Text.Equals(word, StringComparison.OrdinalIgnoreCase)) || Number(word, 0) == 1;

    /// <summary>Numbers of the card.</summary>
    public double[] Numbers(string name, params double[] otherwise) => Arguments.LastOrDefault(a => a.Name == name)?.Value is { } value ? NumbersOf(value) : otherwise;

    private static double[] NumbersOf(Value value) => value switch
    {
        NumberValue number => [number.Number],
        ListValue list => [.. list.Items.SelectMany(NumbersOf)],
        _ => [],
    };

    private static (string Complaint, string Fix)? Complaint(string name, Argument argument, Deck deck) => name switch
    {
        "sigma" when argument.Value is not NumberValue { Number: > 0 and <= 8 } => ("sigma is how far draws are moved, above 0 and up to 8", "write sigma=3"),
        "of" when argument.Value is not TextValue { Text: "lot" or "dev" or "all" or "LOT" or "DEV" or "ALL" } => ("of is lot, dev or all", "write of=all, or leave it out"),
        "chips" when argument.Value is not NumberValue { Number: >= 2 and <= 1e7 } => ("chips is a number of chips, at least 2", "write chips=100"),
        "from" or "to" when argument.Value is not NumberValue => ($"'{name}' is a number", "write .tolerance param=spread from=0.01 to=0.5"),
        "param" when argument.Value is not TextValue text || !deck.Parameters.ContainsKey(text.Text.ToLowerInvariant()) => (
            $"'{argument.Value.Span.Text}' is no parameter of the deck", NameSuggestion.Nearest(argument.Value.Span.Text, deck.Parameters.Keys) is { } near ? $"did you mean '{near}'?" : "name one of a .param card"),
        "yield" when NumbersOf(argument.Value) is not { Length: > 0 } levels || levels.Any(y => y is not (> 0 and < 1)) => ("yield is one or several levels between 0 and 1", "write yield=[0.9,0.5]"),
        _ => null,
    };
}
