using AnalogLearn.Circuits;
using AnalogLearn.Netlist;
using AnalogLearn.Studies;

namespace AnalogLearn.Tests.Studies;

/// <summary>Every deck that the repository ships is read, elaborated and made ready; those that need a data set which is not here say so and nothing else.</summary>
public class DecksTests
{
    public static TheoryData<string> Decks => [.. Directory.GetFiles(Folder, "*.cir").Select(path => Path.GetFileName(path)).Order(StringComparer.Ordinal)];

    private static string Folder => Path.Combine(AppContext.BaseDirectory, "netlists");

    [Theory]
    [MemberData(nameof(Decks))]
    public void Deck_is_ready_to_run(string name)
    {
        DeckResult result = DeckReader.Read(Path.Combine(Folder, name));
        Assert.Empty(result.Diagnostics);
        Assert.NotNull(result.Deck);
        Assert.Empty(EngineSelection.Diagnose(result.Deck));
        if (EngineSelection.Choose(result.Deck) == Engine.Nodal)
        {
            DeckRun run = DeckRun.Of(result.Deck);
            Assert.True(run.Bind(), string.Join('\n', run.Diagnostics));
            Assert.Empty(run.Diagnostics);
            return;
        }

        var diagnostics = new DiagnosticBag();
        if (EngineSelection.Choose(result.Deck) == Engine.Nodal)
        {
            Assert.NotNull(NodalSession.Bind(result.Deck, diagnostics));
            Assert.Empty(diagnostics);
            return;
        }

        Experiment? experiment = Experiment.Bind(result.Deck, new ExperimentSettings(), diagnostics);
        if (experiment is null)
            Assert.All(diagnostics, d => Assert.Equal("AL0930", d.Code));
        else
            Assert.Empty(diagnostics);
        if (!result.Deck.All<DataSetCard>().Any(d => d.Kind.Name == "idx"))
            Assert.NotNull(experiment);
    }

    [Theory]
    [MemberData(nameof(Decks))]
    public void Deck_opens_with_what_it_shows_and_what_to_expect(string name)
    {
        string[] lines = File.ReadAllLines(Path.Combine(Folder, name));
        Assert.DoesNotContain("* ", lines[0], StringComparison.Ordinal);
        string[] opening = [.. lines.Skip(1).TakeWhile(l => l.StartsWith('*'))];
        Assert.Contains(opening, l => l.StartsWith("* What it shows:", StringComparison.Ordinal));
        Assert.Contains(opening, l => l.StartsWith("* Expect:", StringComparison.Ordinal));
    }

    [Fact]
    public void There_are_decks() => Assert.True(Decks.Count >= 8);
}
