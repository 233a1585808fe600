using AnalogLearn.Circuits;

namespace AnalogLearn.Tests.Circuits;

/// <summary>Words behind spreads whose amount is an expression.</summary>
public sealed class SpreadTests
{
    [Theory]
    [InlineData("DEV={x}/lognormal", "lognormal", 0.3, 3, null)]
    [InlineData("DEV={x/2}/truncnormal/at:2", "truncnormal", 0.15, 2, null)]
    [InlineData("LOT={x} DEV={x}/uniform/group:film", "uniform", 0.3, 3, "film")]
    [InlineData("DEV=30%/uniform/group:film", "uniform", 0.3, 3, "film")]
    public void AnAmountThatIsAnExpressionTakesWords(string spread, string distribution, double amount, double at, string? group)
    {
        DeckResult read = DeckReader.Parse($"t\n.param x=0.3\n.model r1 r(r=1k {spread})\nV1 a 0 1\nR1 a 0 r1\n.op\n");
        Assert.Empty(read.Diagnostics);
        ParameterSpread found = read.Deck!.Circuit.Models["r1"].Spreads[^1];
        Assert.Equal((distribution, at, group, true), (found.Distribution, found.Truncation, found.Group, found.PerDevice));
        Assert.Equal(amount, found.Amount, 1e-15);
    }

    [Theory]
    [InlineData("r=1k /lognormal")]
    [InlineData("r=1k DEV={x}/lognorm")]
    [InlineData("r=1k DEV={x} tc1=1m /uniform")]
    public void WordsThatBelongToNothingAreErrors(string parameters) => Assert.True(DeckReader.Parse($"t\n.param x=0.3\n.model r1 r({parameters})\nV1 a 0 1\nR1 a 0 r1\n.op\n").Diagnostics.HasErrors);

    [Theory]
    [InlineData("10 sede=3", "did you mean 'seed'?")]
    [InlineData("10 seed=3 colour=2", "words: seed, spec")]
    [InlineData("10 20", "words: seed, spec")]
    public void AStudyTakesItsWordsOnly(string words, string help)
    {
        DeckResult read = DeckReader.Parse($"t\nR1 a 0 1k DEV=5%\nI1 0 a 1m\n.op\n.mc {words}\n");
        Assert.Contains(read.Diagnostics, d => d.ToString().Contains(help, StringComparison.Ordinal));
        Assert.True(read.Diagnostics.HasErrors);
    }
}
