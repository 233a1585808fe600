using AnalogLearn.Studies;

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

    private static DeckRun Run(TemporaryFolder folder, string text)
    {
        string deck = Path.Combine(folder.Path, "rules.cir");
        File.WriteAllText(deck, text);
        DeckRun run = DeckRun.Open(deck, new RunSettings { Folder = Path.Combine(folder.Path, "out"), ThreadCount = 2 });
        Assert.Equal(RunStatus.Done, run.Run());
        return run;
    }
}
