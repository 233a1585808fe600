using System.Collections.Immutable;
using AnalogLearn.Circuits;
using AnalogLearn.Variation;

namespace AnalogLearn.Studies.Explaining;

/// <summary>Something that keeps chips from being the design, and can be switched off by itself: the draws of a spread, or a group of parameters of hardware on one card or line.</summary>
/// <param name="Name">Its name: <c>n vto area</c>, <c>w drift</c>.</param>
/// <param name="Spread">The spread, or null.</param>
/// <param name="Owner">What the parameters stand on, or null.</param>
/// <param name="Groups">The groups that go with it.</param>
internal sealed record NonIdeality(string Name, string? Spread, string? Owner, NonIdealities Groups)
{
    /// <summary>Whether a parameter is one of it. The range of converters goes with them.</summary>
    public bool Has(string owner, string parameter) => Owner == owner && ((SwitchableNonIdealities.GroupOf(parameter) & Groups) != 0 || (parameter == "range" && Groups.HasFlag(NonIdealities.Converters)));

    /// <summary>Whether another one cannot be switched off without it.</summary>
    public bool Overlaps(NonIdeality other) => Owner is not null && Owner == other.Owner && (Groups & other.Groups) != 0;
}

/// <summary>The non-idealities of a deck one by one: every spread, and every group of hardware parameters of every card and line that has any.</summary>
internal static class SwitchableNonIdealities
{
    /// <summary>What pulses have besides the law of their step is of no use without that law.</summary>
    private const NonIdealities OfPulses = NonIdealities.Pulses | NonIdealities.PulseNoise | NonIdealities.Wear;

    /// <summary>The group of a parameter. Offsets differ by their spreads, which are switched off as such.</summary>
    /// <param name="parameter">The parameter.</param>
    public static NonIdealities GroupOf(string parameter) => parameter is "vos" or "avt" ? NonIdealities.None : IdealDesign.GroupOf(parameter);

    /// <summary>Finds them.</summary>
    /// <param name="deck">The design.</param>
    public static ImmutableArray<NonIdeality> Of(Deck deck)
    {
        var written = new SortedSet<(string Owner, NonIdealities Group)>();
        deck.ReadWithout?.Invoke((owner, _, name) =>
        {
            written.Add((owner, GroupOf(name)));
            return false;
        });
        var all = ImmutableArray.CreateBuilder<NonIdeality>();

        // Faults and the like are drawn for what their card says; they go with the card's parameters.
        foreach (string spread in DrawSpace.Of(deck).Spreads.Where(s => !s.EndsWith(" device", StringComparison.Ordinal)))
            all.Add(new NonIdeality(spread, spread, null, NonIdealities.None));
        foreach ((string owner, NonIdealities group) in written.Where(w => w.Group != NonIdealities.None))
            all.Add(new NonIdeality($"{(owner.StartsWith(".model ", StringComparison.Ordinal) ? owner[7..] : owner)} {Words(group)}", null, owner, group == NonIdealities.Pulses ? OfPulses : group));
        return all.DrainToImmutable();
    }

    /// <summary>A variant with some of them switched off.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="deck">The design.</param>
    /// <param name="off">What is off.</param>
    /// <param name="basis">How the study draws its chips, or null for the generator alone.</param>
    /// <returns>The variant, or null when the deck cannot be read without.</returns>
    public static Variant? Without(string name, Deck deck, IReadOnlyCollection<NonIdeality> off, ChipSampling? basis)
    {
        var spreads = new HashSet<string>(off.Select(o => o.Spread).OfType<string>(), StringComparer.Ordinal);
        Deck? design = null;
        if (off.Any(o => o.Owner is not null))
        {
            design = deck.ReadWithout?.Invoke((owner, _, parameter) => off.Any(o => o.Has(owner, parameter))).Deck;
            if (design is null)
                return null;
        }

        return new Variant(name, (basis ?? new ChipSampling()) with { Source = (spread, chip) => spreads.Contains(spread) ? 0 : chip }, design);
    }

    private static string Words(NonIdealities group) => group switch
    {
        NonIdealities.PulseNoise => "pulse noise",
        NonIdealities.NeuronNoise => "noise",
        NonIdealities.NeuronErrors => "gain and slew",
        _ => group.ToString().ToLowerInvariant(),
    };
}
