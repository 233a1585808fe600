using AnalogLearn.Circuits;
using AnalogLearn.Netlist;

namespace AnalogLearn.Tests.Netlist;

/// <summary>Random decks and spoilt ones: no crash, no hang, and what is printed parses to the same tree.</summary>
public sealed class RandomDeckTests
{
    private static readonly DeckReadOptions Small = new() { ReadFile = _ => null, MaximumElements = 3000 };

    private static SyntaxTree Parse(string text, DiagnosticBag bag) => NetlistParser.Parse(new SourceText("d.cir", text), bag);

    [Fact]
    public void WellFormedDecksParseWithoutErrorsAndPrintBack()
    {
        for (int seed = 0; seed < 300; seed++)
        {
            string text = new RandomDeck(seed).Text(20);
            var bag = new DiagnosticBag();
            SyntaxTree tree = Parse(text, bag);
            Assert.True(!bag.HasErrors, $"seed {seed}\n{string.Join("\n", bag)}");
            PrintsBack(tree, seed);
        }
    }

    private static void PrintsBack(SyntaxTree tree, int seed)
    {
        string printed = SyntaxPrinter.Print(tree);
        var bag = new DiagnosticBag();
        SyntaxTree again = Parse(printed, bag);
        Assert.True(!bag.HasErrors, $"seed {seed}\n{string.Join("\n", bag)}\n{printed}");
        Assert.Equal(SyntaxShape.Of(tree), SyntaxShape.Of(again));
        Assert.Equal(printed, SyntaxPrinter.Print(again));
    }

    [Fact]
    public void DecksOfOthersPrintBack()
    {
        foreach (string path in Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "Cases", "spice"), "*.cir"))
        {
            SyntaxTree tree = NetlistParser.Parse(new SourceText(path, File.ReadAllText(path)), new DiagnosticBag());
            PrintsBack(tree, 0);
        }
    }

    [Fact]
    public void ExpressionsPrintBack()
    {
        for (int seed = 0; seed < 2000; seed++)
        {
            string text = new RandomDeck(seed).Expression(1 + (seed % 5));
            var bag = new DiagnosticBag();
            ExpressionSyntax first = NetlistParser.ParseExpression(new SourceText("e", text), bag)!;
            Assert.Empty(bag);
            string printed = SyntaxPrinter.Print(first);
            ExpressionSyntax second = NetlistParser.ParseExpression(new SourceText("e", printed), bag)!;
            Assert.Empty(bag);
            Assert.Equal(printed, SyntaxPrinter.Print(second));
            var evaluator = new SymbolEvaluator(new DiagnosticBag(), n => n is "a" ? 1 : n is "b" ? 2 : n is "c" ? 3 : n is "temper" ? 27 : null);
            bool known = evaluator.TryEvaluate(first, out double x);
            Assert.Equal(known, evaluator.TryEvaluate(second, out double y));
            if (known)
                Assert.Equal(x, y);
        }
    }

    /// <summary>Steps are characters consumed: a bound on them is a bound on time that no clock can upset.</summary>
    [Fact]
    public void SpoiltDecksNeitherCrashNorHang()
    {
        for (int seed = 0; seed < 1500; seed++)
        {
            var random = new RandomDeck(seed);
            string text = random.Spoil(random.Text(12));
            SyntaxTree tree = Parse(text, new DiagnosticBag());
            Assert.True(tree.Steps <= (40L * text.Length) + 1000, $"seed {seed}: {tree.Steps} steps for {text.Length} characters");
            DeckResult result = DeckReader.Parse(text, "d.cir", Small);
            Assert.Equal(result.Deck is null, result.Diagnostics.HasErrors);
            foreach (Diagnostic diagnostic in result.Diagnostics)
            {
                Assert.InRange(diagnostic.Span.Start, 0, diagnostic.Span.Source.Text.Length);
                Assert.InRange(diagnostic.Span.Start + diagnostic.Span.Length, 0, diagnostic.Span.Source.Text.Length);
                Assert.NotEmpty(diagnostic.ToString());
            }

            if (result.Deck is not null)
                _ = EngineSelection.Diagnose(result.Deck).Count;
        }
    }

    [Fact]
    public void NoiseNeitherCrashesNorHangs()
    {
        var random = new Random(5);
        const string alphabet = "RCVXNYB.+*$;{}()[]'\"=,:?-/%^!&|<> \n\n\nabh0123456789kmu\t\0\u00e9";
        for (int k = 0; k < 1500; k++)
        {
            char[] noise = new char[random.Next(1, 400)];
            for (int i = 0; i < noise.Length; i++)
                noise[i] = alphabet[random.Next(alphabet.Length)];
            string text = new(noise);
            SyntaxTree tree = Parse("t\n" + text, new DiagnosticBag());
            Assert.True(tree.Steps <= (40L * text.Length) + 1000, text);
            _ = DeckReader.Parse("t\n" + text, "d.cir", Small);
        }
    }

    [Theory]
    [InlineData("[a=1,", "]", "=1")]
    [InlineData("f(a=1,", ")", "=1")]
    [InlineData("{", "}", "")]
    [InlineData("v({", "})", "")]
    [InlineData("'", "'", "")]
    [InlineData("h[", "]", "=1")]
    public void NestingCostsNoMoreThanItsLength(string open, string close, string behind)
    {
        foreach (int depth in new[] { 10, 60, 1000, 20_000 })
        {
            string text = "t\n.train " + string.Concat(Enumerable.Repeat(open, depth)) + "1" + string.Concat(Enumerable.Repeat(close + behind, depth)) + "\n";
            SyntaxTree tree = Parse(text, new DiagnosticBag());
            Assert.True(tree.Steps <= (150L * text.Length) + 1000, $"{depth}: {tree.Steps} steps for {text.Length} characters");
        }
    }

    [Fact]
    public void GrowthIsBounded()
    {
        // Each would double its size at every level.
        var functions = new System.Text.StringBuilder("t\n.func f0(x) {x}\n");
        var circuits = new System.Text.StringBuilder("t\n.subckt s0 a\n.ends\n");
        for (int k = 1; k < 60; k++)
        {
            functions.Append($".func f{k}(x) {{f{k - 1}(x)+f{k - 1}(x)}}\n");
            circuits.Append($".subckt s{k} a\nX1 a s{k - 1}\nX2 a s{k - 1}\n.ends\n");
        }

        Assert.Contains(DeckReader.Parse(circuits + "X1 a s59\n", "d.cir", Small).Diagnostics, d => d.Code == Codes.TooDeep);
        Assert.Contains(DeckReader.Parse(functions + "V1 a 0 1\nB1 b 0 V={f59(v(a))}\n", "d.cir", Small).Diagnostics, d => d.Code == Codes.TooDeep);
    }

    [Fact]
    public void LongChainsNeedNoStack()
    {
        string sum = string.Concat(Enumerable.Repeat("1+", 200_000)) + "1";
        DeckResult result = DeckReader.Parse($"t\n.param a={{{sum}}}\nV1 q 0 {{a}}\nB1 p 0 V={sum}+v(q)\n");
        Assert.Equal(200_001, result.Deck!.Parameters["a"]);
        var chain = new System.Text.StringBuilder("t\n");
        for (int k = 0; k < 100_000; k++)
            chain.Append($".param p{k}={{p{k + 1}}}\n");
        chain.Append(".param p100000=1\n");
        DeckResult deep = DeckReader.Parse(chain.ToString());
        Assert.True(deep.Deck is not null || deep.Diagnostics.Any(d => d.Code == Codes.TooDeep));
    }
}
