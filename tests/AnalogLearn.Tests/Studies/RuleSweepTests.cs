using System.Collections.Immutable;
using AnalogLearn.Circuits;
using AnalogLearn.Studies;
using AnalogLearn.Tests.Cli;
using AnalogLearn.Variation;

namespace AnalogLearn.Tests.Studies;

/// <summary>Sweeps through rules and seeds: their names, their bands, what they reconstruct, and the differences between rules on the same chips.</summary>
public sealed class RuleSweepTests
{
    internal const string Deck =
        "rules\n.param k=0 seed=1\n.model n neuron(form=rate rho=linear gain=1 DEV=5%)\n.model w synapse(init=glorot)\nNx x[0:195] input\nNh h[0:3] n\nNy y[0:195] n\nY1 x h w\nY2 h y w\n"
        + ".dataset d digits(size=14) input=x target=x train=40 test=12\n.learn choose({k}, recirculation(cost=mse), recirculation(variant=ccr cost=mse), top(cost=mse)) out=y\n.train epochs=2 batch=20 rate=0.01 seed={seed}\n"
        + ".step k list 0 1 2\n.measure train mse param='test_cost'\n";

    [Fact]
    public void SeedsAreBandsAndRulesHaveTheirNames()
    {
        using var folder = new TemporaryFolder();
        DeckRun run = Run(folder, Deck + ".step seed list 1 2\n");
        Assert.Equal(6, run.Results.Steps.Count);
        string plots = Path.Combine(folder.Path, "out", "plots");
        string learning = File.ReadAllText(Path.Combine(plots, "learning-test-cost.svg"));
        Assert.Contains("recirculation(variant=ccr)", learning, StringComparison.Ordinal);
        Assert.Contains("median over the repetitions", learning, StringComparison.Ordinal);
        Assert.DoesNotContain("seed=", learning, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(plots, "map-mse.svg")));
        Assert.Equal(1 + (6 * ((3 * 1) + 2)), File.ReadAllLines(Path.Combine(folder.Path, "out", "learning.csv")).Length);

        // The inputs and three rules.
        string images = File.ReadAllText(Path.Combine(plots, "reconstructions.svg"));
        Assert.Contains(">input<", images, StringComparison.Ordinal);
        Assert.Contains(">top<", images, StringComparison.Ordinal);
        Reconstruction made = Reconstruction.Read(Path.Combine(folder.Path, "out", "step-1", Reconstruction.FileName))!;
        Assert.Equal((10, 14, 14), (made.Inputs.Length, made.Height, made.Width));
        Assert.True(File.Exists(Path.Combine(folder.Path, "out", "step-1", "plots", "reconstructions.svg")));
    }

    [Fact]
    public void OneRunOfEachRuleHasNoBandAndRulesAreNotJoinedByALine()
    {
        using var folder = new TemporaryFolder();
        Run(folder, Deck);
        string plots = Path.Combine(folder.Path, "out", "plots");
        Assert.DoesNotContain("quantile", File.ReadAllText(Path.Combine(plots, "learning-test-cost.svg")), StringComparison.Ordinal);
        string step = File.ReadAllText(Path.Combine(plots, "step-mse.svg"));
        Assert.Contains("mse of each k", step, StringComparison.Ordinal);
        Assert.Contains(">recirculation(variant=ccr)<", step, StringComparison.Ordinal);
        Assert.Contains(">top<", step, StringComparison.Ordinal);
    }

    [Fact]
    public void RulesAreNamedWithoutWhatElseIsSteppedAndANumberOfARuleIsNoChoice()
    {
        const string rules = ".learn choose({k}, recirculation(circuit=1 settle={t*1m}), recirculation(circuit=1 settle={t*1m} hold=0), top()) out=y\n";
        string text = Deck.Replace(".learn choose({k}, recirculation(cost=mse), recirculation(variant=ccr cost=mse), top(cost=mse)) out=y\n", rules, StringComparison.Ordinal).Replace("seed=1\n", "seed=1 t=2\n", StringComparison.Ordinal);
        var points = new List<(IReadOnlyDictionary<string, double>, Deck)>();
        foreach (int t in (int[])[2, 4, 8])
        {
            for (int k = 0; k < 3; k++)
                points.Add((new Dictionary<string, double> { ["t"] = t, ["k"] = k }, DeckReader.Parse(text.Replace("k=0 ", $"k={k} ", StringComparison.Ordinal).Replace("t=2", $"t={t}", StringComparison.Ordinal), "rules.cir").Deck!));
        }

        IReadOnlyDictionary<string, IReadOnlyDictionary<double, string>> words = StudyMeasures.WordsOf(["t", "k"], points);
        Assert.Equal(["k"], words.Keys);
        Assert.Equal(["recirculation", "recirculation(hold=0)", "top"], words["k"].OrderBy(w => w.Key).Select(w => w.Value));
        Assert.Empty(StudyMeasures.WordsOf(["t"], [.. points.Where((_, i) => i % 3 == 1)]));
    }

    [Fact]
    public void AFigureSaysWhichCurvesItHasNoRoomFor()
    {
        using var folder = new TemporaryFolder();
        Run(folder, Deck.Replace("list 0 1 2", "list 0 1", StringComparison.Ordinal).Replace("rate=0.01", "rate={0.01*m}", StringComparison.Ordinal).Replace("seed=1\n", "seed=1 m=1\n", StringComparison.Ordinal) + ".step m lin 0.5 3 6\n");
        string plots = Path.Combine(folder.Path, "out", "plots");
        Assert.Contains("the first 10 of 12 curves", File.ReadAllText(Path.Combine(plots, "learning-test-cost.svg")), StringComparison.Ordinal);
    }

    [Fact]
    public void RulesAreHeldAgainstEachOtherChipByChip()
    {
        using var folder = new TemporaryFolder();
        DeckRun run = Run(folder, Deck + ".mc 3 seed=4\n");
        string[] lines = File.ReadAllLines(Path.Combine(folder.Path, "out", "rules.csv"));
        Assert.Equal(4, lines.Length);
        double[] Of(double k) => [.. run.Results.Steps.Where(r => r.Step["k"] == k).OrderBy(r => r.Chip).Select(r => r.Measures["mse"])];
        Estimate more = Estimate.OfMean([.. Of(2).Zip(Of(0), (a, b) => a - b)]);
        string[] top = lines[3].Split(',');
        Assert.Equal("\"top\"", top[2]);
        Assert.Equal(more.Value, double.Parse(top[7], System.Globalization.CultureInfo.InvariantCulture), 1e-12);
        Assert.Equal(more.Low, double.Parse(top[8], System.Globalization.CultureInfo.InvariantCulture), 1e-12);
    }

    /// <summary>A rule that needs synapses of its own is on the same chips as the others: its deck is another one, and draws are keyed by names.</summary>
    [Fact]
    public void RulesThatNeedOtherCircuitsAreHeldAgainstEachOtherInOneFigure()
    {
        const string text =
            "rules\n.param k=0 g=1\n.model n neuron(form=rate rho=linear gain={g} DEV=5%)\n.model w synapse(init=glorot)\nNx x[0:195] input\nNh h[0:3] n\nNy y[0:195] n\nY1 x h w\nY2 h y w\n"
            + ".if {k == 1}\nY3 y h w\n.endif\n.dataset d digits(size=14) input=x target=x train=40 test=12\n.learn choose({k}, recirculation(), eqprop(beta=0.5 free=4m nudge=2m tied=1)) out=y\n"
            + ".train epochs=1 batch=20 rate={k == 1 ? 0.02 : 0.01} seed=1\n.step g list 0.25 0.5\n.step k list 0 1\n.mc 3 seed=4\n.measure train mse param='test_cost'\n";
        using var folder = new TemporaryFolder();
        Run(folder, text);
        string[] lines = File.ReadAllLines(Path.Combine(folder.Path, "out", "rules.csv"));
        Assert.Equal(5, lines.Length);
        Assert.StartsWith("mse,\"g=0.25\",\"recirculation\",3,", lines[1], StringComparison.Ordinal);
        Assert.StartsWith("mse,\"g=0.25\",\"eqprop\",3,", lines[2], StringComparison.Ordinal);
        string figure = File.ReadAllText(Path.Combine(folder.Path, "out", "plots", "rules-mse.svg"));
        Assert.Contains(">more than recirculation [%]<", figure, StringComparison.Ordinal);
        Assert.Contains(">eqprop<", figure, StringComparison.Ordinal);
        Assert.Contains("3 chips", figure, StringComparison.Ordinal);
    }

    [Fact]
    public void RulesOfTheHardwareDeckHaveTheSameChips()
    {
        string path = Path.Combine(AppContext.BaseDirectory, "netlists", "recirculation-hardware.cir");
        Deck Of(int k) => DeckReader.Read(path, new DeckReadOptions { Parameters = ImmutableDictionary<string, string>.Empty.Add("k", $"{k}") }).Deck!;
        Dictionary<(string, string), ImmutableArray<double>> Draws(int k) => Of(k).Fabricate(5, 3).Draws.ToDictionary(d => (d.Path, d.Parameter), d => d.Values);
        Dictionary<(string, string), ImmutableArray<double>> first = Draws(0);
        Assert.Equal(24 + 196, first.Values.Sum(v => v.Length));
        for (int k = 1; k <= 4; k++)
        {
            Dictionary<(string, string), ImmutableArray<double>> other = Draws(k);
            Assert.Equal(first.Count, other.Count);
            Assert.All(first, d => Assert.Equal(d.Value.ToArray(), other[d.Key].ToArray()));
        }

        Assert.Equal((2, 3), (Of(0).Circuit.Arrays.Length, Of(4).Circuit.Arrays.Length));
    }

    [Fact]
    public void TablesOnTheScreenNameTheRules()
    {
        using var folder = new TemporaryFolder();
        string deck = folder.File("rules.cir", Deck), place = Path.Combine(folder.Path, "out");
        string[] lines = ProgramRun.Of("run", deck, "--out", place).Output.Split('\n');
        int head = Array.FindIndex(lines, l => l.TrimStart().StartsWith("k ", StringComparison.Ordinal));
        Assert.Equal(["k", "rule", "mse", "status"], lines[head].Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal(["0", "recirculation"], Words(lines[head + 2]));
        Assert.Equal(["1", "recirculation(variant=ccr)"], Words(lines[head + 3]));
        Assert.Equal(["2", "top"], Words(lines[head + 4]));

        static string[] Words(string line) => line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[..2];
    }

    /// <summary>The study in one piece and its merged shards print the same: rules by name, and the differences between them.</summary>
    [Fact]
    public void AMergedStudyPrintsTheRulesAsTheStudyInOnePieceDoes()
    {
        using var folder = new TemporaryFolder();
        string deck = folder.File("rules.cir", Deck + ".mc 2 seed=4\n"), parts = Path.Combine(folder.Path, "parts"), whole = Path.Combine(folder.Path, "whole");
        for (int k = 1; k <= 2; k++)
            Assert.Equal(0, ProgramRun.Of("mc", deck, "--out", parts, "--shard", $"{k}/2", "--quiet").Status);
        string[] merged = Tables(ProgramRun.Of("merge", parts).Output), one = Tables(ProgramRun.Of("mc", deck, "--out", whole, "--quiet").Output);
        Assert.Equal(one, merged);
        Assert.Contains(merged, l => l.Contains("k=1 recirculation(variant=ccr)", StringComparison.Ordinal));
        Assert.Contains(merged, l => l.Contains("more than recirculation", StringComparison.Ordinal));

        static string[] Tables(string output) => [.. output.Split('\n').Where(l => l.Length > 0 && !l.Contains("everything is in", StringComparison.Ordinal))];
    }

    private static DeckRun Run(TemporaryFolder folder, string text)
    {
        string deck = Path.Combine(folder.Path, "rules.cir");
        File.WriteAllText(deck, text);
        DeckRun run = DeckRun.Open(deck, new RunSettings { Folder = Path.Combine(folder.Path, "out"), ThreadCount = 2 });
        Assert.Equal(RunStatus.Done, run.Run());
        return run;
    }
}
