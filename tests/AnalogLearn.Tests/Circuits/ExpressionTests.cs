using AnalogLearn.Circuits;
using AnalogLearn.Netlist;

namespace AnalogLearn.Tests.Circuits;

/// <summary>Values marked ngspice were printed by ngspice 39.3 for the same expression in a .param card.</summary>
public sealed class ExpressionTests
{
    private static double Value(string expression, string cards = "")
    {
        DeckResult result = DeckReader.Parse($"t\n{cards}\n.param result={{{expression}}}\n");
        Assert.True(result.Deck is not null, string.Join("\n", result.Diagnostics));
        return result.Deck!.Parameters["result"];
    }

    [Theory]
    [InlineData("-2^2", -4)] // ngspice
    [InlineData("2**3**2", 64)] // ngspice
    [InlineData("2^-1", 0.5)] // ngspice
    [InlineData("7%4", 3)] // ngspice
    [InlineData("-7%4", -3)] // ngspice
    [InlineData("!1+1", 1)] // ngspice
    [InlineData("1-1-1", -1)] // ngspice
    [InlineData("2/2*3", 3)] // ngspice
    [InlineData("0-2^2", -4)] // ngspice
    [InlineData("int(-2.7)", -2)] // ngspice
    [InlineData("nint(2.5)", 2)] // ngspice
    [InlineData("floor(-2.5)", -3)] // ngspice
    [InlineData("sgn(-3)", -1)] // ngspice
    [InlineData("1<2", 1)] // ngspice
    [InlineData("5\\2", 2)] // ngspice
    [InlineData("2*-3", -6)] // ngspice
    [InlineData("1?2:0?3:4", 2)] // ngspice
    [InlineData("(-2)**3", 8)] // ngspice: of the magnitude
    [InlineData("pow(-2,2)", 4)] // ngspice
    [InlineData("log(100)", 4.605170185988092)] // ngspice: natural
    [InlineData("log10(1000)", 3)]
    [InlineData("pwr(-2,3)", -8)]
    [InlineData("1k + 1meg", 1001000)]
    [InlineData("2 == 2 && 1 != 2 || 0", 1)]
    [InlineData("3 <> 3", 0)]
    [InlineData("2 >= 3", 0)]
    [InlineData("min(3, 1, 2) + max(3, 1, 2)", 4)]
    [InlineData("limit(5, 0, 1)", 1)]
    [InlineData("limit(-5, 1, 0)", 0)]
    [InlineData("table(1.5, 0, 0, 1, 10, 2, 30)", 20)]
    [InlineData("table(9, 0, 0, 1, 10)", 10)]
    [InlineData("pwl(9, 0, 0, 1, 10)", 90)]
    [InlineData("pwl(0-2, 0, 1, 1, 10, 2, 11)", -17)]
    [InlineData("atan2(1, 1)*4", Math.PI)]
    [InlineData("pi", Math.PI)]
    [InlineData("e", Math.E)]
    [InlineData("temper", 27)]
    [InlineData("agauss(5, 1, 3) + gauss(1, 0.1, 3) + aunif(2, 1) + unif(4, 0.5)", 12)]
    [InlineData("0 ? 1/0 : 7", 7)]
    [InlineData("0 && 1/0", 0)]
    [InlineData("if(1, 2, 1/0)", 2)]
    [InlineData("{1+2}*2", 6)]
    [InlineData("1e3k", 1e6)]
    [InlineData("asin(1) + acos(1) + sinh(0) + cosh(0)", (Math.PI / 2) + 1)]
    public void Arithmetic(string expression, double value) => Assert.Equal(value, Value(expression), 12);

    [Fact]
    public void ParametersMayComeInAnyOrder() => Assert.Equal(11, Value("a+1", ".param a={b*c}\n.param c=5 b={4/2}"));

    [Fact]
    public void ParametersHideConstants() => Assert.Equal(10, Value("e*2", ".param e=5"));

    [Fact]
    public void FunctionsSeeParametersAndHideThem()
    {
        Assert.Equal(25, Value("hyp(3,4)**2", ".func sq(x) {x*x}\n.func hyp(x,y) {sqrt(sq(x)+sq(y))}"), 12);
        Assert.Equal(7, Value("f(2)", ".param x=100 k=5\n.func f(x)={x+k}"));
    }

    [Fact]
    public void TheTemperatureOfTheDeck() => Assert.Equal(85, Value("temper", ".temp 85"));

    [Fact]
    public void RandomTermsAreNoted()
    {
        DeckResult result = DeckReader.Parse("t\n.param a={agauss(1, 0.1, 3)}\n.param b={a+unif(2, 0.1)}\n");
        Assert.Equal(["agauss", "unif"], result.Deck!.RandomTerms.Select(r => r.Function));
        Assert.Equal(3, result.Deck.Parameters["b"]);
    }

    [Fact]
    public void ACycleIsToldWithItsChain()
    {
        Diagnostic cycle = Assert.Single(DeckReader.Parse("t\n.param z={a}\n.param a={b} b={c+1} c={2*a}\n").Diagnostics);
        Assert.Equal("the parameter is defined by itself: a → b → c → a", cycle.Message);
    }

    [Fact]
    public void SuggestsWhatWasMeant()
    {
        Diagnostic unknown = Assert.Single(DeckReader.Parse("t\n.param alpha=1\n.param b={alhpa}\n").Diagnostics);
        Assert.Equal("did you mean 'alpha'?", unknown.Fix);
    }

    [Fact]
    public void APowerOfANegativeNumberIsWarnedOf()
    {
        DeckResult result = DeckReader.Parse("t\n.param a={(-2)**3} b={(-2)**2}\n");
        Assert.Equal(Codes.NegativeBase, Assert.Single(result.Diagnostics).Code);
    }

    [Fact]
    public void SymbolsOfARun()
    {
        var bag = new DiagnosticBag();
        ExpressionSyntax expression = NetlistParser.ParseExpression(new SourceText("measure", "2*acc + cosine(Yxh) + v(y[0])"), bag)!;
        var evaluator = new SymbolEvaluator(
            bag,
            name => name == "acc" ? 0.5 : null,
            call => call.Name switch { "cosine" => call.Arguments[0] is NameExpression { Name: "yxh" } ? 0.25 : null, "v" => call.Arguments[0].Span.Text is "y[0]" ? 3 : null, _ => null });
        Assert.True(evaluator.TryEvaluate(expression, out double value));
        Assert.Equal(4.25, value);
        Assert.Empty(bag);
        Assert.False(new SymbolEvaluator(bag, _ => null).TryEvaluate(expression, out _));
        Assert.Equal(Codes.UnknownName, Assert.Single(bag).Code);
    }
}
