using AnalogLearn.Circuits;
using AnalogLearn.Netlist;
using AnalogLearn.Studies;

namespace AnalogLearn.Tests.Studies;

/// <summary>Values out of range on the cards that learn and study: each is told where it stands, with a caret below it and a word of what to write instead.</summary>
public sealed class OutOfRangeTests
{
    private const string Deck = """
        ranges
        .param sigma=0.1
        .model cell neuron(c=1n g=1u rho=tanh gain=1 DEV={sigma})
        .model w synapse(init=uniform(-1,1))
        Nx x[0:1] input
        Nh h[0:2] cell
        Ny y[0:0] cell
        Yxh x h w
        Yhy h y w
        Yyh y h w
        .dataset d xor() input=x target=y
        .learn eqprop(beta=0.5) out=y rate Yxh=0.1
        .train epochs=2 batch=2 seed=1
        .measure train err param='train_error'
        .mc 5 seed=1 spec="err<1"
        .end
        """;

    [Theory]
    [InlineData("beta=0.5", "beta=0.5 free=-1m", "-1m")]
    [InlineData("beta=0.5", "beta=0.5 step=3", "3")]
    [InlineData("beta=0.5", "beta=0.5 tol=-1", "-1")]
    [InlineData("beta=0.5", "beta=0.5 centred=2", "2")]
    [InlineData("beta=0.5", "beta=high", "high")]
    [InlineData("beta=0.5", "beta=0", "beta=0")]
    [InlineData("Yxh=0.1", "Yxh=-0.1", "-0.1")]
    [InlineData("epochs=2", "epochs=-1", "-1")]
    [InlineData("epochs=2", "epochs=2.5", "2.5")]
    [InlineData("batch=2", "batch=0", "0")]
    [InlineData("batch=2", "batch=2 rate=-1", "-1")]
    [InlineData("batch=2", "batch=2 decay=1.5", "1.5")]
    [InlineData("batch=2", "batch=2 momentum=1", "1")]
    [InlineData("batch=2", "batch=2 optimizer=5", "5")]
    [InlineData("batch=2", "batch=2 evaluate_every=0", "0")]
    [InlineData("target=y", "target=y train=-3", "-3")]
    [InlineData("xor()", "xor(lo=low)", "lo=low")]
    [InlineData("xor()", "digits(size=15)", "size=15")]
    [InlineData("xor()", "lowrank(d=2 r=1.5)", "r=1.5")]
    [InlineData("xor()", "lowrank(d=0 r=1)", "d=0")]
    [InlineData(".end", ".options settle_step=3", "3")]
    [InlineData(".end", ".options settle_steps=0", "0")]
    [InlineData("eqprop(beta=0.5)", "fa(density=1.5)", "1.5")]
    [InlineData("eqprop(beta=0.5)", "fa(rank=0 feedback=lowrank)", "0")]
    [InlineData("eqprop(beta=0.5)", "recirculation(variant=ccr lambda=2)", "2")]
    [InlineData("eqprop(beta=0.5)", "choose({3}, eqprop(), backprop())", "{3}")]
    [InlineData(".end", ".corner sigma=-1", "-1")]
    [InlineData(".end", ".corner of=none", "none")]
    [InlineData(".end", ".ablate chips=1", "1")]
    [InlineData(".end", ".tolerance param=sigm from=0.1 to=1", "sigm")]
    [InlineData(".end", ".tolerance param=sigma from=0.1 to=1 yield=2", "2")]
    [InlineData(".mc 5", ".mc 0", "0")]
    [InlineData(".mc 5", ".mc 2.5", "2.5")]
    [InlineData("seed=1 spec", "sampling=lhc spec", "lhc")]
    [InlineData("seed=1 spec", "importance=scale scale=20 spec", "20")]
    [InlineData("seed=1 spec", "halfwidth=-1 until=0.9 spec", "-1")]
    [InlineData("seed=1 spec", "until=1.5 spec", "1.5")]
    [InlineData("DEV={sigma}", "DEV=-5%", "-5%")]
    [InlineData("DEV={sigma}", "noise=-1p", "-1p")]
    [InlineData("DEV={sigma}", "adc=40 range=0,1", "40")]
    [InlineData("DEV={sigma}", "adc=8 range=0,1 adc_noise=-1", "-1")]
    [InlineData("init=uniform(-1,1)", "init=normal(0,-1)", "-1")]
    [InlineData(".end", ".param r=agauss(1k,10,0)", "0")]
    public void EachIsToldWithAWordOfWhatToWrite(string good, string bad, string marked)
    {
        string text = bad.StartsWith('.') && good == ".end" ? Deck.Replace(good, bad + "\n.end", StringComparison.Ordinal) : Deck.Replace(good, bad, StringComparison.Ordinal);
        DeckResult read = DeckReader.Parse(text, "ranges.cir", null);
        List<Diagnostic> all = [.. read.Diagnostics];
        if (read.Deck is { } deck && !read.Diagnostics.HasErrors)
        {
            var run = DeckRun.Of(deck);
            run.Bind();
            all.AddRange(run.Diagnostics);
        }

        Diagnostic[] errors = [.. all.Where(d => d.Severity == Severity.Error)];
        Assert.NotEmpty(errors);
        Assert.All(errors, e => Assert.False(string.IsNullOrWhiteSpace(e.Fix), $"no word of what to do\n{e}"));
        Assert.True(errors.Any(e => e.Span.IsWritten && e.Span.Text.Contains(marked, StringComparison.Ordinal)), string.Join('\n', errors.Select(e => e.ToString())));
    }

    [Fact]
    public void TheDeckItselfIsSound()
    {
        DeckResult read = DeckReader.Parse(Deck, "ranges.cir", null);
        Assert.Empty(read.Diagnostics);
        var run = DeckRun.Of(read.Deck!);
        Assert.True(run.Bind(), string.Join('\n', run.Diagnostics));
    }
}
