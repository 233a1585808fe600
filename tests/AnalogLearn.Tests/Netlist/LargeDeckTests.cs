using System.Text;
using AnalogLearn.Circuits;
using AnalogLearn.Netlist;

namespace AnalogLearn.Tests.Netlist;

public sealed class LargeDeckTests
{
    private static string Ladder(int lines)
    {
        var text = new StringBuilder("ladder\n.model dm d(is=1e-14)\n");
        for (int k = 0; k < lines; k++)
        {
            switch (k % 4)
            {
                case 0:
                    text.Append($"R{k} n{k} n{k + 4} {1 + (k % 100)}k\n");
                    break;
                case 1:
                    text.Append($"C{k} n{k - 1} 0 1p\n");
                    break;
                case 2:
                    text.Append($"G{k} 0 n{k - 2} n{k - 2} 0 1.5u\n");
                    break;
                default:
                    text.Append($"D{k} n{k - 3} 0 dm\n");
                    break;
            }
        }

        return text.ToString();
    }

    private static void Check(int lines)
    {
        string text = Ladder(lines);
        DeckResult result = DeckReader.Parse(text);
        Assert.Empty(result.Diagnostics);
        Assert.Equal(lines, result.Deck!.Circuit.Elements.Length);
        Assert.Equal(lines + 2, result.SyntaxTree.LineCount);
        Assert.True(result.SyntaxTree.Steps < 4L * text.Length);
    }

    [Fact]
    public void AHundredThousandLines() => Check(100_000);

    /// <summary>Memory per line does not grow with the number of lines.</summary>
    [Fact]
    public void MemoryIsLinear()
    {
        double Bytes(int lines)
        {
            var source = new SourceText("d.cir", Ladder(lines));
            long before = GC.GetAllocatedBytesForCurrentThread();
            SyntaxTree tree = NetlistParser.Parse(source, new DiagnosticBag());
            long after = GC.GetAllocatedBytesForCurrentThread();
            Assert.Equal(lines + 1, tree.Statements.Length);
            return (after - before) / (double)lines;
        }

        Bytes(100);
        double small = Bytes(2_000);
        double large = Bytes(50_000);
        Assert.True(large < 1.2 * small, $"{small:F0} bytes a line, then {large:F0}");
        Assert.True(large < 1500, $"{large:F0} bytes a line");
    }

    [Fact]
    [Trait("Category", "Long")]
    public void AMillionLines() => Check(1_000_000);

    [Fact]
    [Trait("Category", "Long")]
    public void AMillionBrokenLines()
    {
        string text = "t\n" + string.Concat(Enumerable.Range(0, 1_000_000).Select(k => $"R{k} a b {{x{k}}}\n"));
        DeckResult result = DeckReader.Parse(text);
        Assert.Equal(101, result.Diagnostics.Count);
        Assert.Contains("999900 further errors", result.Diagnostics.Last().Message, StringComparison.Ordinal);
    }
}
