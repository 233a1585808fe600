using System.Collections.Immutable;
using System.Globalization;
using AnalogLearn.Circuits;
using AnalogLearn.Netlist;
using AnalogLearn.Variation;

namespace AnalogLearn.Studies.Explaining;

/// <summary>
/// How a deck wants the chips of its <c>.mc</c> card drawn: <c>sampling=random|lhs|sobol</c>, and for rare failures <c>importance=shift</c> (about the most probable points of failure) or <c>importance=scale</c>
/// with <c>scale=s</c> (every σ times s).
/// </summary>
/// <param name="Points">random, lhs or sobol.</param>
/// <param name="Importance">none, shift or scale.</param>
/// <param name="Scale">s.</param>
/// <param name="Chips">n.</param>
internal sealed record StudySampling(string Points, string Importance, double Scale, int Chips)
{
    /// <summary>The ways to choose points.</summary>
    public static ImmutableArray<string> Designs { get; } = ["random", "lhs", "sobol"];

    /// <summary>The ways to look for rare failures.</summary>
    public static ImmutableArray<string> Importances { get; } = ["none", "shift", "scale"];

    private const double UsualScale = 2;

    /// <summary>Whether nothing but the generator is asked for.</summary>
    public bool IsPlain => Points == "random" && Importance == "none";

    /// <summary>What the deck's <c>.mc</c> card says.</summary>
    /// <param name="deck">The deck.</param>
    public static StudySampling Of(Deck deck)
    {
        OtherCard? card = deck.All<OtherCard>().LastOrDefault(c => c.Name is "mc");
        double scale = card?.Arguments.LastOrDefault(a => a.Name is "scale")?.Value is NumberValue number ? number.Number : double.NaN;
        string importance = Word(card, "importance") ?? (double.IsNaN(scale) ? "none" : "scale");
        return new StudySampling(
            Word(card, "sampling") ?? "random",
            importance,
            double.IsNaN(scale) ? UsualScale : scale,
            card?.Arguments is [{ Value: NumberValue chips }, ..] ? (int)chips.Number : 1);
    }

    /// <summary>Says what is wrong with the words of the <c>.mc</c> card.</summary>
    /// <param name="deck">The deck.</param>
    /// <param name="diagnostics">Receives it.</param>
    public static void Diagnose(Deck deck, DiagnosticBag diagnostics)
    {
        OtherCard? card = deck.All<OtherCard>().LastOrDefault(c => c.Name is "mc");
        foreach (Argument argument in card?.Arguments ?? [])
        {
            ImmutableArray<string> words = argument.Name switch { "sampling" => Designs, "importance" => Importances, _ => [] };
            if (!words.IsEmpty && !words.Contains((argument.Value as TextValue)?.Text.ToLowerInvariant() ?? string.Empty))
                diagnostics.Error(Codes.BadValue, argument.Value.Span, $"{argument.Name} is {string.Join(", ", words[..^1])} or {words[^1]}", NameSuggestion.Nearest(argument.Value.Span.Text, words) is { } near ? $"did you mean '{near}'?" : $"write {argument.Name}={words[0]}, or leave it out");
            if (argument.Name is "scale" && argument.Value is not NumberValue { Number: > 1 and <= 10 })
                diagnostics.Error(Codes.BadValue, argument.Value.Span, "scale is a factor on every σ, above 1 and up to 10", "write scale=2");
        }

        if (card is not null && Of(deck).Importance != "none" && card.Arguments.FirstOrDefault(a => a.Name is "until" or "halfwidth" or "least") is { } stop)
            diagnostics.Error(Codes.BadCard, stop.Span, "chips with weights have no Wilson interval to stop by", "leave it out: importance sampling says its standard error");
        if (card is not null && Of(deck).Importance != "none" && card.Arguments.All(a => a.Name is not "spec"))
            diagnostics.Error(Codes.BadCard, card.Span, "importance sampling looks for chips that fail, and nothing says when one does", "add spec=\"abs(copy-1)<0.05\"");
    }

    /// <summary>The sampling of a deck's chips, without what has to be sought first.</summary>
    /// <param name="deck">The deck.</param>
    /// <param name="seed">The study's seed.</param>
    public ChipSampling? Make(Deck deck, ulong seed)
    {
        if (IsPlain)
            return null;
        return new ChipSampling
        {
            Space = DrawSpace.Of(deck),
            Points = Points switch { "lhs" => new LatinPoints(seed, Math.Max(1, Chips)), "sobol" => new SobolPoints(seed), _ => null },
            Scale = Importance == "scale" ? Scale : 1,
        };
    }

    /// <summary>The sampling in words.</summary>
    public override string ToString() => Importance switch
    {
        "scale" => string.Create(CultureInfo.InvariantCulture, $"{Points}, every σ times {Scale:R}"),
        "shift" => Points + ", about the most probable points of failure",
        _ => Points,
    };

    private static string? Word(OtherCard? card, string name) => (card?.Arguments.LastOrDefault(a => a.Name == name)?.Value as TextValue)?.Text.ToLowerInvariant();
}
