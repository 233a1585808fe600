using System.Globalization;
using System.Text;
using AnalogLearn.Circuits;
using AnalogLearn.Netlist;

namespace AnalogLearn.Tests.Circuits;

/// <summary>Lines of words alone are read by a short way: it must tell what the long way tells.</summary>
public sealed class PlainLinesTests
{
    private static readonly string[] Nodes = ["a", "B", "0", "gnd", "n1", "n_2", "x1.c", "bus", "vdd", "h_1", "A"];

    private static readonly string[] Values = ["1k", "2.5meg", "-3u", "0", "1e-9", "17", "1.5kOhm", "1e400", "1x", "foo", "table", "12F", "{r}"];

    /// <summary>The same line, spelled so that the parser does not take it for a plain one.</summary>
    private static string Spelled(string line) => line + " ; a comment";

    private static string Tell(DeckResult result)
    {
        var text = new StringBuilder();
        foreach (Diagnostic d in result.Diagnostics)
            text.Append(CultureInfo.InvariantCulture, $"{d.Code} {d.Span.Source?.Locate(d.Span.Start).Line} {d.Span.Text} {d.Message} {d.Fix}\n");
        if (result.Deck is not { Circuit: var circuit })
            return text.ToString();
        text.AppendJoin(' ', circuit.Nodes).Append('\n').AppendJoin(' ', circuit.Buses).Append('\n');
        foreach (Element e in circuit.Elements)
        {
            text.Append(CultureInfo.InvariantCulture, $"{e.Kind} {e.Name} [{string.Join(' ', e.Nodes)}] [{string.Join(' ', e.NodeIndices)}] {e.Model} {e.Value} ")
                .AppendJoin(' ', e.Parameters.OrderBy(p => p.Key, StringComparer.Ordinal))
                .Append(CultureInfo.InvariantCulture, $" {e.Span.Length} {e.Waveform} {e.Spreads.Length} {e.References.Length} {e.Expressions.Count} ")
                .AppendJoin(' ', e.Arguments.Select(a => $"{a.Name}={(a.Value is NumberValue n ? n.Number.ToString(CultureInfo.InvariantCulture) : a.Value.GetType().Name)}@{a.Span.Text}"))
                .Append(' ').AppendJoin('|', e.Syntax!.Items.Select(i => $"{i.GetType().Name}:{i.Span.Text}")).Append('\n');
        }

        return text.ToString().Replace("; a comment", string.Empty, StringComparison.Ordinal);
    }

    [Fact]
    public void RandomLinesAreReadAsByTheLongWay()
    {
        int sound = 0;
        for (int seed = 0; seed < 600; seed++)
        {
            var random = new Random(seed);
            var lines = new List<string>();
            string Pick(string[] from) => from[random.Next(from.Length)];
            int count = random.Next(1, 12);
            bool wild = seed % 3 == 0;
            for (int k = 0; k < count; k++)
            {
                char letter = "rclviegRGKdq"[random.Next(wild ? 12 : 9)];
                var line = new StringBuilder().Append(CultureInfo.InvariantCulture, $"{letter}{(wild ? random.Next(6) : k)}");
                int words = letter is 'e' or 'g' or 'G' ? 4 : 2;
                if (wild && random.Next(8) == 0)
                    words += random.Next(3) - 1;
                for (int w = 0; w < words; w++)
                    line.Append(random.Next(5) == 0 ? " \t " : " ").Append(Pick(Nodes));
                line.Append(' ').Append(wild ? Pick(Values) : Values[random.Next(letter is 'c' or 'l' ? 2 : 3)]);
                lines.Add(line.ToString());
            }

            // A rectangle of cards that give names a second meaning: a bus, a global node, a parameter, a subcircuit with the same lines.
            string[] around = ["", ".global vdd a", ".param r=3k", "Rw bus[0:3] 0 1k", "X1 a b cell\n.subckt cell a c\nR1 a c 1k\nR2 c n1 2k\nG1 a vdd c 0 1m\n.ends"];
            string cards = string.Join('\n', around.Where(_ => random.Next(3) == 0));
            string plain = $"t\n{cards}\n{string.Join('\n', lines)}\n.op\n";
            string spelled = $"t\n{string.Join('\n', cards.Split('\n').Select(c => c.Length > 0 && char.IsAsciiLetter(c[0]) ? Spelled(c) : c))}\n{string.Join('\n', lines.Select(Spelled))}\n.op\n";
            DeckResult read = DeckReader.Parse(plain);
            sound += read.Deck is null ? 0 : 1;
            Assert.Equal(Tell(DeckReader.Parse(spelled)), Tell(read));
        }

        Assert.InRange(sound, 300, 599);
    }

    [Theory]
    [InlineData("R1 a 0 1k\n+ m=2\n", "m")]
    [InlineData("R1 a 0 1k\n* between\n+ m=2\n", "m")]
    [InlineData("R1 a 0 1k\n\n  + m=2\n", "m")]
    [InlineData("R1 a 0 1k\r\n+ m=2\r\n", "m")]
    public void AContinuationIsNotOverlooked(string lines, string parameter)
    {
        Element element = Assert.Single(DeckReader.Parse("t\n" + lines).Deck!.Circuit.Elements);
        Assert.Equal(2, element.Parameters[parameter]);
        Assert.Equal(1000, element.Value);
    }

    [Fact]
    public void LineEndsOfEveryKind()
    {
        foreach (string text in new[] { "t\r\nR1 a 0 1k\r\nR2 a 0 2k\r\n", "t\nR1 a 0 1k   \nR2 a 0 2k", "t\nR1 a 0 1k\t\r\nR2 a 0 2k\r\n.end\r\n" })
        {
            DeckResult result = DeckReader.Parse(text);
            Assert.Equal([1000.0, 2000.0], result.Deck!.Circuit.Elements.Select(e => e.Value));
            Assert.Equal("R1 a 0 1k", result.Deck.Circuit.Elements[0].Span.Text.ToString());
            Assert.Equal(["a", "0", "1k"], result.Deck.Circuit.Elements[0].Syntax!.Items.Select(i => i.Span.Text.ToString()));
        }
    }

    [Fact]
    public void ValueAndParametersTellTheSame()
    {
        Element element = DeckReader.Parse("t\nR1 a 0 1k\n").Deck!.Circuit.Elements[0];
        Assert.Equal(5, (element with { Value = 5 }).Parameters["value"]);
        Assert.Equal(7, (element with { Parameters = element.Parameters.SetItem("value", 7) }).Value);
        Element more = element with { Parameters = element.Parameters.SetItem("m", 2) };
        Assert.Equal((2.0, 9.0), ((more with { Value = 9 }).Parameters["m"], (more with { Value = 9 }).Parameters["value"]));
        Assert.True(element.TryParameter("value", out double value) && value == 1000 && !element.TryParameter("m", out _));
        Assert.True(more.TryParameter("m", out value) && value == 2);
    }
}
