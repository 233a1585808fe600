using AnalogLearn.Circuits;
using AnalogLearn.Numerics;
using AnalogLearn.Studies;

namespace AnalogLearn.Tests.Studies;

/// <summary>The same chips in several modes.</summary>
public sealed class ModeStudyTests : IDisposable
{
    private readonly TemporaryFolder _room = new();

    public void Dispose() => _room.Dispose();

    [Fact]
    public void Where_nothing_varies_every_mode_is_the_ideal_one()
    {
        RunRecord record = Run(Deck("", "", "modes=[ideal, transfer, aware, insitu]"), 2);
        Assert.Equal(12, record.Chips.Count);
        double cost = record.Chips[0].Measures["cost"];
        Assert.All(record.Chips, c => Assert.Equal(cost, c.Measures["cost"]));
        ModeComparison comparison = Assert.Single(record.Modes);
        Assert.Equal(0, comparison.Differences["insitu-transfer"].Value);
        Assert.True(double.IsNaN(comparison.Recovered["insitu"].Low));
    }

    [Fact]
    public void Chips_are_the_same_in_every_mode_and_alone_and_training_is_done_once()
    {
        string deck = Deck("DEV=20%", "bits=3", "modes=\"transfer,insitu,ideal,finetune\" finetune=2");
        RunRecord two = Run(deck, 2);
        RunRecord one = Run(Deck("DEV=20%", "bits=3", "modes=[insitu]"), 1, "alone");
        Assert.Equal(["ideal", "transfer", "insitu", "finetune"], two.Chips.Take(4).Select(c => c.Mode));
        Assert.Equal(one.Chips.Select(c => c.Measures["cost"]), two.Chips.Where(c => c.Mode == "insitu").Select(c => c.Measures["cost"]));
        Assert.Single(two.Chips.Where(c => c.Mode == "ideal").Select(c => c.Measures["cost"]).Distinct());
        Assert.True(two.Chips.Where(c => c.Mode == "transfer").Select(c => c.Measures["cost"]).Distinct().Count() > 1);
        string reference = Assert.Single(Directory.GetFiles(Path.Combine(_room.Path, "references")));
        DateTime written = File.GetLastWriteTimeUtc(reference);

        // The rows are gone, the weights are there: what is done again is the same.
        File.Delete(Path.Combine(_room.Path, "study.db"));
        RunRecord again = Run(deck, 1);
        Assert.Equal(two.Chips.Select(c => c.Measures["cost"]), again.Chips.Select(c => c.Measures["cost"]));
        Assert.Equal(written, File.GetLastWriteTimeUtc(reference));
    }

    [Fact]
    public void Variation_in_the_loop_is_seen_by_training()
    {
        RunRecord record = Run(Deck("DEV=20%", "bits=3", "modes=[ideal, transfer, aware]"), 2);
        ModeComparison comparison = Assert.Single(record.Modes);
        Assert.NotEqual(comparison.Means["transfer"].Value, comparison.Means["aware"].Value);
        Assert.Equal(2, Directory.GetFiles(Path.Combine(_room.Path, "references")).Length);
        Assert.Equal(
            comparison.Means["aware"].Value - comparison.Means["transfer"].Value,
            comparison.Differences["aware-transfer"].Value,
            1e-12);
    }

    /// <summary>The nodal engine has the same modes: without variation they are one, and with it the same chips say the same as on the rate engine, as far as phases that end differ from equilibria.</summary>
    [Fact]
    public void Circuits_have_the_same_modes()
    {
        RunRecord plain = Run(Deck("", "", "modes=[ideal, transfer, aware, insitu]"), 2, engine: EngineChoice.Nodal);
        Assert.Equal(12, plain.Chips.Count);
        Assert.All(plain.Chips, c => Assert.Equal(plain.Chips[0].Measures["cost"], c.Measures["cost"], 1e-9));

        const string Modes = "modes=[ideal, transfer, aware, insitu]";
        RunRecord rate = Run(Deck("gain=1 DEV=20%", "write_noise=0.5u", Modes, "beta=0.5 free=400m nudge=400m tol=1e-9"), 2, "rate"), nodal = Run(Deck("gain=1 DEV=20%", "write_noise=0.5u", Modes), 2, "nodal", EngineChoice.Nodal);
        Assert.Equal(rate.Chips.Select(c => (c.Chip, c.Mode)), nodal.Chips.Select(c => (c.Chip, c.Mode)));
        for (int k = 0; k < rate.Chips.Count; k++)
            Assert.Equal(rate.Chips[k].Measures["cost"], nodal.Chips[k].Measures["cost"], 1e-5);
        ModeComparison comparison = Assert.Single(nodal.Modes);
        Assert.NotEqual(comparison.Means["transfer"].Value, comparison.Means["aware"].Value);
        Assert.Equal(2, Directory.GetFiles(Path.Combine(_room.Path, "nodal", "references")).Length);
    }

    /// <summary>Resistors that learn: the ideal design has none of their hardware, and a transfer programs their devices.</summary>
    [Fact]
    public void Circuits_of_resistors_have_modes_too()
    {
        string text = File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "netlists", "kendall-xor.cir"));
        string[] lines = [.. text.Split('\n').Where(l => !l.StartsWith(".compare", StringComparison.Ordinal) && !l.StartsWith(".measure", StringComparison.Ordinal) && !l.StartsWith(".e", StringComparison.Ordinal))];
        string deck = string.Join('\n', lines).Replace("gmin=0.1u gmax=1m", "gmin=0.1u gmax=100u update=softbounds pulses=100 pulse_noise=0.5 write_noise=3u p_stuck_on=1%", StringComparison.Ordinal).Replace("epochs=400", "epochs=40", StringComparison.Ordinal)
            + "\n.measure train cost param='test_cost'\n.measure train pulses param='pulses(all)'\n.mc 3 seed=5 modes=[ideal, transfer, aware, insitu] aware_every=4\n.end\n";
        RunRecord record = Run(deck, 2);
        Assert.Single(record.Chips.Where(c => c.Mode == "ideal").Select(c => c.Measures["cost"]).Distinct());
        foreach (string mode in new[] { "transfer", "aware", "insitu" })
            Assert.Equal(3, record.Chips.Where(c => c.Mode == mode).Select(c => c.Measures["cost"]).Distinct().Count());
        Assert.All(record.Chips, c => Assert.Equal(c.Mode == "insitu", c.Measures["pulses"] > 0));
        ModeComparison comparison = record.Modes.Single(m => m.Measure == "cost");
        Assert.True(comparison.Means["ideal"].Value < 0.5 * comparison.Means["transfer"].Value);
    }

    [Fact]
    public void Modes_that_are_none_are_told()
    {
        DeckResult read = DeckReader.Parse(Deck("", "", "modes=[ideal, transfr]"));
        DeckRun run = DeckRun.Of(read.Deck!, new RunSettings { Folder = _room.Path });
        Assert.False(run.Bind());
        Assert.Contains(run.Diagnostics, d => d.Message.Contains("no mode 'transfr'", StringComparison.Ordinal) && d.Fix!.Contains("'transfer'", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(1, 12.706204736432095)]
    [InlineData(2, 4.302652729696142)]
    [InlineData(9, 2.2621571627409915)]
    [InlineData(99, 1.9842169515086827)]
    [InlineData(1e6, 1.9599663)]
    public void Students_quantiles_are_those_of_the_tables(double degrees, double expected) => Assert.Equal(expected, StudentT.TwoSided(degrees, 0.95), 1e-6);

    [Fact]
    public void Students_distribution_has_its_closed_forms()
    {
        // ν = 1: 2 atan(t)/π; ν = 2: t/√(2 + t²).
        foreach (double t in new[] { 0.1, 0.7, 1.5, 4, 30 })
        {
            Assert.Equal(2 * Math.Atan(t) / Math.PI, StudentT.Within(t, 1), 1e-13);
            Assert.Equal(t / Math.Sqrt(2 + (t * t)), StudentT.Within(t, 2), 1e-13);
        }
    }

    [Fact]
    public void Intervals_are_what_their_formulas_say()
    {
        Estimate mean = Estimate.OfMean([1, 2, 3, 4]);
        double half = 3.182446305284263 * Math.Sqrt(5.0 / 3) / 2;
        Assert.Equal(2.5, mean.Value, 1e-12);
        Assert.Equal(2.5 - half, mean.Low, 1e-9);
        Assert.Equal(2.5 + half, mean.High, 1e-9);

        // A ratio that is the same on every chip is known; one of two normal means has the interval of Fieller, to first order ± 1.96 σ/(√n m).
        Estimate same = Estimate.OfRatio([1, 2, 3], [2, 4, 6]);
        Assert.Equal((0.5, 0.5, 0.5), (same.Value, same.Low, same.High));
        double[] noise = [.. Enumerable.Range(0, 400).Select(k => AnalogLearn.Variation.StandardDraw.Cumulative(0) - 0.5 + CounterRandom.ForPath(5, "test").UniformAt((ulong)k) - 0.5)];
        Estimate ratio = Estimate.OfRatio([.. noise.Select(e => 1 + e)], [.. noise.Select(_ => 2.0)]);
        double expected = 1.96 * Math.Sqrt(1.0 / 12 / 400) / 2;
        Assert.InRange((ratio.High - ratio.Low) / (2 * expected), 0.9, 1.1);
        Assert.True(double.IsNaN(Estimate.OfRatio([1, 2], [1, -1.01]).Low));
    }

    private static string Deck(string spread, string bits, string modes, string rule = "beta=0.5 free=20m nudge=10m") =>
        $"modes\n.options precision=double settle_tol=1e-7\n.model cell neuron(c=1n g=1u {spread} rho=hardsigmoid clip=0,1)\n.model w synapse(gmin=0 gmax=30u g0=10u {bits})\nNx x[0:1] input\nNh h[0:5] cell bias=0.2\nNy y cell\nYxh x h w init=uniform(-1,1)\n"
        + $"Yhy h y w init=uniform(-1,1)\nYyh y h w init=uniform(-0.5,0.5)\n.dataset d xor() input=x target=y\n.learn eqprop({rule}) out=y\n.train epochs=20 batch=4 rate=0.2 seed=4\n"
        + $".measure train cost param='test_cost'\n.mc 3 seed=5 {modes}\n";

    private RunRecord Run(string text, int threads, string? folder = null, EngineChoice engine = EngineChoice.Auto)
    {
        if (engine == EngineChoice.Nodal)
            text = text.Replace("beta=0.5 free=20m nudge=10m", "beta=0.5u", StringComparison.Ordinal);
        DeckResult read = DeckReader.Parse(text);
        Assert.True(read.Deck is not null, string.Join('\n', read.Diagnostics));
        DeckRun run = DeckRun.Of(read.Deck, new RunSettings { Folder = folder is null ? _room.Path : Path.Combine(_room.Path, folder), ThreadCount = threads, Engine = engine });
        RunStatus status = run.Run();
        Assert.True(status == RunStatus.Done, string.Join('\n', run.Diagnostics.Select(d => d.Message)));
        return run.Results.Record;
    }
}
