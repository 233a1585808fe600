using System.Text.RegularExpressions;
using AnalogLearn.Circuits;
using AnalogLearn.Netlist;

namespace AnalogLearn.Tests.Circuits;

/// <summary>
/// Decks that are wrong, one a file. The second line of each says where the error must stand and which it is:
/// <c>* expect [file] line:column code</c>.
/// </summary>
public sealed partial class BrokenDecksTests
{
    private static string Folder => Path.Combine(AppContext.BaseDirectory, "Cases", "broken");

    public static TheoryData<string> Decks
    {
        get
        {
            var data = new TheoryData<string>();
            foreach (string path in Directory.GetFiles(Folder, "*.cir").Order(StringComparer.Ordinal))
                data.Add(Path.GetFileNameWithoutExtension(path));
            return data;
        }
    }

    [GeneratedRegex(@"^\* expect (?:(?<file>\S+) )?(?<line>\d+):(?<column>\d+) (?<code>AL\d+)$", RegexOptions.None, 1000)]
    private static partial Regex Expectation();

    [Fact]
    public void ThereAreAtLeastTwoHundred() => Assert.True(Directory.GetFiles(Folder, "*.cir").Length >= 200);

    [Theory]
    [MemberData(nameof(Decks))]
    public void TheErrorStandsWhereItIs(string name)
    {
        string path = Path.Combine(Folder, name + ".cir");
        Match expected = Expectation().Match(File.ReadLines(path).ElementAt(1));
        Assert.True(expected.Success, "the second line does not say what to expect");
        DeckResult result = DeckReader.Read(path);
        List<Diagnostic> all = [.. result.Diagnostics];
        if (result.Deck is not null)
            all.AddRange(EngineSelection.Diagnose(result.Deck));
        string place = $"{(expected.Groups["file"].Success ? expected.Groups["file"].Value : name + ".cir")}:{expected.Groups["line"].Value}:{expected.Groups["column"].Value} {expected.Groups["code"].Value}";
        string[] found = [.. all.Where(d => d.Severity == Severity.Error).Select(Place)];
        Assert.True(found.Contains(place), $"expected {place}\nfound\n{string.Join("\n", all)}");
        Assert.All(all, d => Assert.False(string.IsNullOrWhiteSpace(d.Message)));
        Assert.All(all, d => Assert.False(string.IsNullOrWhiteSpace(d.Fix), $"no word of what to do\n{d}"));
    }

    private static string Place(Diagnostic diagnostic)
    {
        (int line, int column) = diagnostic.Span.Source.Locate(diagnostic.Span.Start);
        return $"{Path.GetFileName(diagnostic.Span.Source.Path)}:{line}:{column} {diagnostic.Code}";
    }
}
