using System.Collections.Immutable;
using AnalogLearn.Circuits;
using AnalogLearn.Netlist;

namespace AnalogLearn.Tests.Circuits;

/// <summary><c>.if … .elseif … .else … .endif</c>: which lines belong to the deck.</summary>
public sealed class ConditionTests
{
    private const string Three = """
        three branches
        .param panel=0
        .if {panel == 0}
        R1 a 0 1k
        .elseif (panel == 1)
        R1 a 0 2k
        R2 a 0 3k
        .else
        .param more=1
        .if more0 + panel > 5
        R9 a 0 9k
        .endif
        R1 a 0 4k
        .endif
        .param more0=0
        V1 a 0 1
        .op
        .end
        """;

    [Theory]
    [InlineData("0", "r1 v1")]
    [InlineData("1", "r1 r2 v1")]
    [InlineData("2", "r1 v1")]
    [InlineData("2*3", "r9 r1 v1")]
    public void The_first_branch_that_holds_belongs_to_the_deck(string panel, string elements)
    {
        DeckResult read = Read(Three, ("panel", panel));
        Assert.Empty(read.Diagnostics);
        Assert.Equal(elements, string.Join(' ', read.Deck!.Circuit.Elements.Select(e => e.Name)));
    }

    [Fact]
    public void What_stands_in_a_branch_that_is_not_taken_is_not_known()
    {
        DeckResult read = Read(Three, ("more", "2"));
        Assert.Contains(read.Diagnostics, static d => d.Message.Contains("no parameter 'more' to set", StringComparison.Ordinal));
        Assert.Empty(Read(Three, ("more", "2"), ("panel", "3")).Diagnostics);
    }

    [Theory]
    [InlineData(".if {a}\nR1 a 0 1\n.endif", "deck.cir:2:5: error: the condition of .if has no value: ", "outside of any .if (b)")]
    [InlineData(".if {b}\nR1 a 0 1", "deck.cir:2:1: error: this .if has no .endif", "close it with .endif")]
    [InlineData(".endif\nR1 a 0 1", "deck.cir:2:1: error: .endif without its .if", "")]
    [InlineData(".else\nR1 a 0 1", "deck.cir:2:1: error: .else without its .if", "")]
    [InlineData(".if\nR1 a 0 1\n.endif", "deck.cir:2:1: error: the condition of .if is missing", "anything but 0 is true")]
    [InlineData(".if {b}\nR1 a 0 1\n.else {b > 1}\n.endif", "deck.cir:4:7: error: unexpected text behind .else", ".elseif {expression}")]
    [InlineData(".if {b}\nR1 a 0 1\n.else\n.elseif {b}\n.endif", "deck.cir:5:1: error: .elseif behind the .else of its .if", "comes last")]
    [InlineData(".subckt s a\n.if {b}\nR1 a 0 1\n.endif\n.ends\nX1 a s", "deck.cir:3:1: error: .if cannot stand inside a subcircuit", "move it to the deck")]
    public void Mistakes_are_told_where_they_are(string lines, string error, string fix)
    {
        DeckResult read = Read("mistakes\n" + lines + "\n.param b=1\nV1 a 0 1\n.op\n");
        Diagnostic first = Assert.Single(read.Diagnostics, d => d.ToString().Contains(error, StringComparison.Ordinal));
        Assert.Contains(fix, first.Fix ?? string.Empty, StringComparison.Ordinal);
    }

    private static DeckResult Read(string text, params (string Name, string Value)[] set) =>
        DeckReader.Parse(text.ReplaceLineEndings("\n"), "deck.cir", new DeckReadOptions { Parameters = set.ToImmutableDictionary(static s => s.Name, static s => s.Value) });
}
