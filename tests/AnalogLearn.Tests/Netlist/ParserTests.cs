using AnalogLearn.Netlist;

namespace AnalogLearn.Tests.Netlist;

public sealed class ParserTests
{
    private static SyntaxTree Parse(string text, out DiagnosticBag bag)
    {
        bag = new DiagnosticBag();
        return NetlistParser.Parse(new SourceText("d.cir", text), bag);
    }

    private static SyntaxTree Sound(string text)
    {
        SyntaxTree tree = Parse(text, out DiagnosticBag bag);
        Assert.Empty(bag);
        return tree;
    }

    private static (int Line, int Column) Place(SourceSpan span) => span.Source.Locate(span.Start);

    [Fact]
    public void TheFirstLineIsTheTitleWhateverItHolds()
    {
        Assert.Equal("R9 a b 1", Sound("R9 a b 1\nR1 a b 1k\n").Title);
        Assert.Single(Sound("R9 a b 1\nR1 a b 1k\n").Statements);
        Assert.Equal(string.Empty, Sound(string.Empty).Title);
        SyntaxTree tree = Parse(".param a=1\nR1 a b 1k\n", out DiagnosticBag bag);
        Assert.Single(tree.Statements);
        Assert.Equal(Codes.TitleLooksLikeCard, Assert.Single(bag).Code);
    }

    [Fact]
    public void CommentsAndContinuations()
    {
        SyntaxTree tree = Sound("t\n* c\n\n  R1 a ; x\n* between\n\n  + b $ y\n+1k\nR2 a$b c;d\n+ 2k $\n");
        Assert.Equal(2, tree.Statements.Length);
        var r1 = (ElementSyntax)tree.Statements[0];
        Assert.Equal(["a", "b", "1k"], r1.Items.Select(i => i.Span.Text.ToString()));
        Assert.Equal((7, 5), Place(r1.Items[1].Span));
        Assert.Equal((8, 2), Place(r1.Items[2].Span));
        var r2 = (ElementSyntax)tree.Statements[1];
        Assert.Equal(["a$b", "c", "2k"], r2.Items.Select(i => i.Span.Text.ToString()));
    }

    [Fact]
    public void WindowsLineEndsAndAByteOrderMark()
    {
        SyntaxTree tree = Sound("\ufefftitle\r\nR1 a b 1k\r\n+ tc1=2\r\n");
        Assert.Equal("title", tree.Title);
        Assert.Equal((3, 3), Place(((ElementSyntax)tree.Statements[0]).Items[3].Span));
    }

    [Fact]
    public void ExpressionsMaySpanLines()
    {
        SyntaxTree tree = Sound("t\nB1 a 0 I=v(a)\n+ *2 +\n* c\n+ v(b)\n");
        var named = (NamedSyntax)((ElementSyntax)tree.Statements[0]).Items[2];
        var sum = (BinaryExpression)((ExpressionValueSyntax)named.Value).Expression;
        Assert.Equal(Operator.Add, sum.Operator);
        Assert.Equal((5, 3), Place(sum.Right.Span));
    }

    [Fact]
    public void ErrorsDoNotStopTheParser()
    {
        SyntaxTree tree = Parse("t\nR1 a b {1+\nR2 a b 2k\n.bogus\n#\nR3 a b 3k)\nR4 a b 4k\n", out DiagnosticBag bag);
        Assert.Equal(4, bag.Count(d => d.Severity == Severity.Error));
        Assert.Equal([true, false, true, false], tree.Statements.Select(s => s.IsBroken));
    }

    [Fact]
    public void WordsKeepWhatNamesAndFilesHold()
    {
        SyntaxTree tree = Sound("t\nR1 in+ n-1 1k\n.export onnx file=out/x-1.onnx\n.save @m1[id] v(x1.h[3])\n.train until='test_accuracy>0.9'\n");
        Assert.Equal("in+", ((ElementSyntax)tree.Statements[0]).Items[0].Span.Text.ToString());
        Assert.Equal("out/x-1.onnx", ((NamedSyntax)((CardSyntax)tree.Statements[1]).Items[1]).Value.Span.Text.ToString());
        Assert.IsType<WordSyntax>(((CardSyntax)tree.Statements[2]).Items[0]);
        Assert.IsType<CallSyntax>(((CardSyntax)tree.Statements[2]).Items[1]);
    }

    [Fact]
    public void CommasJoinNumbersAndSeparateNames()
    {
        SyntaxTree tree = Sound("t\n.model n neuron(clip=0,1, gain=2 rho=relu)\n.ic v(a)=1, v(b)=2,3\n");
        Assert.Equal(["clip", "gain", "rho"], ((ModelSyntax)tree.Statements[0]).Items.Select(i => ((NamedSyntax)i).Key.Span.Text.ToString()));
        Assert.Equal(2, ((ListSyntax)((NamedSyntax)((ModelSyntax)tree.Statements[0]).Items[0]).Value).Items.Length);
        Assert.Equal(2, ((CardSyntax)tree.Statements[1]).Items.Length);
    }

    [Fact]
    public void BlocksAreNested()
    {
        SyntaxTree tree = Sound("t\n.subckt a p\n.subckt b q\nR1 q 0 1\n.ends b\nX1 p b\n.ends\n.lib tt\n.param x=1\n.endl\n.end\n");
        var a = (SubcircuitSyntax)tree.Statements[0];
        Assert.Equal(2, a.Body.Length);
        Assert.Single(((SubcircuitSyntax)a.Body[0]).Body);
        Assert.IsType<LibrarySectionSyntax>(tree.Statements[1]);
    }

    [Fact]
    public void TheCaretStandsUnderTheError()
    {
        Parse("t\n\tR1 a b {1 +\n", out DiagnosticBag bag);
        Assert.Equal("d.cir:2:9: error: this { is never closed\n    \tR1 a b {1 +\n    \t       ^\n    help: write the missing }", Assert.Single(bag).ToString());
    }

    [Fact]
    public void TheBagShowsSoManyErrorsAndCountsTheRest()
    {
        var bag = new DiagnosticBag { MaximumErrors = 10 };
        NetlistParser.Parse(new SourceText("d.cir", "t\n" + string.Concat(Enumerable.Repeat("#\n", 1000))), bag);
        DiagnosticBag shown = bag.InOrder();
        Assert.Equal(11, shown.Count);
        Assert.Contains("990 further errors", shown.Last().Message, StringComparison.Ordinal);
    }
}
