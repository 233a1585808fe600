using AnalogLearn.Circuits;
using AnalogLearn.Studies;

namespace AnalogLearn.Tests;

public class ReadmeExampleTests
{
    [Fact]
    public void TheExampleOfTheReadmeIsTheCompiledOne()
    {
        string[] source = File.ReadAllLines(Beside("ReadmeExample.cs.txt"));
        int begin = Array.FindIndex(source, l => l.Trim() == "// README begins");
        int end = Array.FindIndex(source, l => l.Trim() == "// README ends");
        string[] compiled = [.. source.TakeWhile(l => l.StartsWith("using", StringComparison.Ordinal)), string.Empty, .. source[(begin + 1)..end].Select(l => l.Length > 8 ? l[8..] : string.Empty)];

        string[] readme = File.ReadAllLines(Beside("README.md"));
        int open = Array.FindIndex(readme, l => l.Trim() == "```csharp");
        Assert.True(open >= 0, "README.md has no block of C#");
        string[] shown = [.. readme.Skip(open + 1).TakeWhile(l => l.Trim() != "```")];
        Assert.Equal(compiled, shown);
    }

    [Fact]
    public void TheSpiceDeckRunsAndGivesWhatIsShown()
    {
        string[] readme = File.ReadAllLines(Beside("README.md"));
        int begin = Array.FindIndex(readme, l => l.Trim() == "A follower of one transistor in weak inversion");
        string[] deck = [.. readme.Skip(begin).TakeWhile(l => l.Trim().Length > 0).Select(l => l.Trim())];
        var run = DeckRun.Of(DeckReader.Parse(string.Join('\n', deck) + "\n").Deck!);
        Assert.Equal(RunStatus.Done, run.Run());
        foreach (MeasureRecord measure in run.Results.Measures)
        {
            string shown = Assert.Single(readme, l => l.Trim().StartsWith(measure.Name.PadRight(7) + " = ", StringComparison.Ordinal));
            double value = double.Parse(shown[(shown.IndexOf('=', StringComparison.Ordinal) + 1)..], System.Globalization.CultureInfo.InvariantCulture);
            Assert.Equal(1, measure.Value / value, 1e-9);
        }

        Assert.Equal(3, run.Results.Measures.Length);
        Assert.True(run.Results.Kirchhoff!.Relative < 1e-12);
    }

    [Fact]
    public void TheTableNamesEveryDeck()
    {
        string readme = File.ReadAllText(Beside("README.md"));
        Assert.All(Directory.GetFiles(Beside("netlists"), "*.cir"), deck => Assert.Contains($"| `{Path.GetFileName(deck)}` |", readme, StringComparison.Ordinal));
    }

    [Fact]
    public void TheExampleRuns()
    {
        TextWriter usual = Console.Out;
        using var output = new StringWriter();
        try
        {
            Console.SetOut(output);
            ReadmeExample.Run();
        }
        finally
        {
            Console.SetOut(usual);
        }

        string line = Assert.Single(output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries), l => l.StartsWith("test error", StringComparison.Ordinal));
        double error = double.Parse(line.Split(' ')[2].TrimEnd('%'), System.Globalization.CultureInfo.InvariantCulture);
        Assert.InRange(error, 0, 25);
        Assert.True(File.Exists(Path.Combine("out", "digits", "digits.onnx")));
    }

    private static string Beside(string name) => Path.Combine(AppContext.BaseDirectory, name);
}
