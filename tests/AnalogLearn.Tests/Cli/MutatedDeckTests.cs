using AnalogLearn.Tests.Studies;

namespace AnalogLearn.Tests.Cli;

public class MutatedDeckTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void NoDeckHoweverBrokenCrashesTheProgram(int seed)
    {
        string[] decks =
        [
            SmallDecks.DigitsText(2, train: 40, more: """
                .options settle_tol=1e-3 checkpoint=10
                .compare implicit against=eqprop(beta=0.01) examples=3 beta=[0.1, 0.01] symmetry=[0, 1] forms=[state, rate] seeds=2
                .measure train acc param='test_accuracy' min=0.1 check='acc > 0'
                .measure compare c1 param='cosine(Yxh) + gradient(Yhy,0,1)'
                .export onnx file=a.onnx
                """),
            SmallDecks.ThreeNeurons("""
                .op
                .tran 100u 1m uic
                .ic v(s[0])=0.1
                .measure tran a find v(s[0]) at=1m
                .measure tran b trig v(s[0]) val=0.1 rise=1 targ v(s[1]) val=0.2 rise=last
                .measure op c param='v(s[0],s[1]) * 2' goal=1 tol=10
                .print tran v(s) 'v(s[0])-v(s[1])'
                .plot tran v(s[0:2])
                .save v(s[1])
                """),
        ];
        var random = new Random(seed);
        using var folder = new TemporaryFolder();
        string path = folder.File("deck.cir");
        int broken = 0;
        for (int k = 0; k < 120; k++)
        {
            string deck = decks[k % decks.Length];
            for (int m = random.Next(1, 4); m > 0; m--)
                deck = Mutate(deck, random);
            File.WriteAllText(path, deck);
            ProgramRun run = ProgramRun.Of("check", path, "--json");
            Assert.True(run.Status is 0 or 2 && !run.Error.Contains("mistake in analoglearn", StringComparison.Ordinal), run.Error + "\n" + deck);
            Assert.Equal(run.Status, run.Json().GetProperty("exit_code").GetInt32());
            broken += run.Status == 2 ? 1 : 0;
        }

        Assert.InRange(broken, 40, 120);
    }

    private static string Mutate(string deck, Random random)
    {
        string[] lines = deck.Split('\n');
        int line = random.Next(1, lines.Length);
        string[] words = lines[line].Split(' ');
        int word = random.Next(words.Length);
        int at = random.Next(lines[line].Length + 1);
        switch (random.Next(8))
        {
            case 0:
                words[word] = string.Empty;
                lines[line] = string.Join(' ', words);
                break;
            case 1:
                words[word] += words[random.Next(words.Length)];
                lines[line] = string.Join(' ', words);
                break;
            case 2:
                lines[line] = lines[line][..at] + "()[]{}'=,+-*/\"0123456789.:xyz\0"[random.Next(30)] + lines[line][at..];
                break;
            case 3:
                lines[line] = lines[random.Next(1, lines.Length)];
                break;
            case 4:
                lines[line] = string.Empty;
                break;
            case 5:
                lines[line] = lines[line][..at];
                break;
            case 6:
                lines[line] = lines[line].Replace("=", random.Next(2) == 0 ? "=-" : "= nan ", StringComparison.Ordinal);
                break;
            default:
                (lines[line], lines[^2]) = (lines[^2], lines[line]);
                break;
        }

        return string.Join('\n', lines);
    }
}
