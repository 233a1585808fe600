using AnalogLearn.Circuits;
using AnalogLearn.Netlist;
using AnalogLearn.Studies;
using AnalogLearn.Studies.Explaining;
using AnalogLearn.Variation;

namespace AnalogLearn.Tests.Studies.Explaining;

/// <summary>Rare failures against tails that are known in closed form.</summary>
public sealed class ImportanceSamplingTests : IDisposable
{
    // out deviates by exactly 10 mV · (0.6 z1 + 0.8 z2).
    private const string Sum = "sum of two\nI1 0 out {agauss(0.3m,6u,1)}\nI2 0 out {agauss(0.2m,8u,1)}\nR1 out 0 1k\n.op\n.measure op out param='v(out)'\n";

    private readonly TemporaryFolder _room = new();

    public void Dispose() => _room.Dispose();

    [Fact]
    public void ThePagesSayHowOftenFabricatedChipsFail()
    {
        string deck = Path.Combine(_room.Path, "rare.cir"), place = Path.Combine(_room.Path, "rare");
        File.WriteAllText(deck, Sum + ".mc 200 seed=2 spec=\"abs(out-0.5)<0.047\" importance=shift\n");
        Cli.ProgramRun run = Cli.ProgramRun.Of("run", deck, "--out", place);
        Assert.Equal(0, run.Status);
        Assert.Contains("a chip misses abs(out-0.5)<0.047 with probability", run.Output, StringComparison.Ordinal);
        Assert.Contains("200 chips with weights", run.Output, StringComparison.Ordinal);

        // The share of the drawn chips that fail is of no interest, nor are their weights.
        Assert.DoesNotContain("yield", run.Output + run.Error, StringComparison.Ordinal);
        string page = File.ReadAllText(Path.Combine(place, "report.html"));
        Assert.Contains("probability of failure", page, StringComparison.Ordinal);
        Assert.DoesNotContain("interval of Wilson", page, StringComparison.Ordinal);
        Assert.DoesNotContain(">weight<", page, StringComparison.Ordinal);
    }

    [Fact]
    public void ShiftedChipsFindBothTails()
    {
        RunRecord record = Run(Sum + ".mc 600 seed=2 spec=\"abs(out-0.5)<0.047\" importance=shift\n").Results.Record;
        ImportanceRecord found = record.Yield!.Importance!;
        double expected = 2 * StandardDraw.Cumulative(-4.7);
        Assert.InRange(expected, found.Low, found.High);
        Assert.InRange(found.StandardError / expected, 0.02, 0.2);
        Assert.Equal(2, found.Points.Length);
        Assert.All(found.Points, p => Assert.Equal(4.7, p.Distance, 3));
        Assert.Equal(4.7 * 0.8, Math.Abs(found.Points[0].Coordinates["i2"]), 3);
        Assert.InRange(found.EffectiveFailures, 50, 600);
        Assert.True(found.PlainChips > 1e6);
        Assert.Equal(1 - found.FailureProbability, record.Yield.Fraction, 12);
        Assert.True(record.Chips.All(c => c.Measures.ContainsKey("weight")));

        // One of its chips by itself is the same chip.
        DeckRun alone = DeckRun.Of(Read(Sum + ".mc 600 seed=2 spec=\"abs(out-0.5)<0.047\" importance=shift\n"), new RunSettings { Folder = _room.Path, Chip = 17 });
        alone.Run();
        Assert.Equal(record.Chips[16].Measures["out"], alone.Results.Record.Measures["out"]);
    }

    [Fact]
    public void ScaledChipsNeedNoMargin()
    {
        ImportanceRecord found = Run(Sum + ".mc 1500 seed=5 spec=\"out<0.54\" scale=2.5\n").Results.Record.Yield!.Importance!;
        Assert.Equal("scale", found.Method);
        Assert.InRange(StandardDraw.Cumulative(-4), found.FailureProbability - (4 * found.StandardError), found.FailureProbability + (4 * found.StandardError));
        Assert.InRange(found.StandardError / found.FailureProbability, 0.02, 0.35);
    }

    [Fact]
    public void AMirrorsRareErrorIsThatOfItsThresholds()
    {
        // σ(I)/I = 2 √2 avt/(√(W L) Vov) of matched transistors; linear enough at 0.1 mV.
        RunRecord record = Run(
            ".model n nmos(vto=0.5 kp=200u avt=0.1m sigma_basis=device)\nIref 0 gate 10u\nM1 gate gate 0 0 n w=1u l=1u\nM2 out gate 0 0 n w=1u l=1u\nVout out 0 1\n.op\n.measure op copy param='-i(vout)/10u'\n"
            + ".mc 400 seed=3 spec=\"copy<1.004\" importance=shift\n", "mirror\n").Results.Record;
        double overdrive = Math.Sqrt(2 * 10e-6 / 200e-6), sigma = 2 * Math.Sqrt(2) * 0.1e-3 / overdrive;
        ImportanceRecord found = record.Yield!.Importance!;
        double expected = StandardDraw.Cumulative(-0.004 / sigma);
        Assert.InRange(expected, found.Low * 0.8, found.High * 1.2);
        Assert.InRange(found.Points.Single().Distance / (0.004 / sigma), 0.98, 1.02);
    }

    [Fact]
    public void IntervalsHoldTheirPromise()
    {
        // One normal coordinate beyond 4: 95 % intervals of 100 seeds miss it between 0 and 13 times.
        var space = DrawSpace.Of(Read("one\nR1 a 0 {agauss(1k,1,1)}\nV1 a 0 1\n.op\n"));
        var sampling = new ChipSampling { Space = space, Parts = [new(0.1, [0]), new(0.9, [4])] };
        double expected = StandardDraw.Cumulative(-4);
        int missed = 0;
        double mean = 0;
        for (ulong seed = 1; seed <= 100; seed++)
        {
            double[] weights = [.. Enumerable.Range(1, 200).Select(k => Math.Exp(sampling.LogWeight(seed, k)))];
            bool[] fails = [.. Enumerable.Range(1, 200).Select(k => sampling.PointOf(seed, k)[0] > 4)];
            ImportanceRecord found = ImportanceSampling.Estimate("shift", weights, fails, 1, 0);
            missed += expected < found.Low || expected > found.High ? 1 : 0;
            mean += found.FailureProbability / 100;
        }

        Assert.InRange(missed, 0, 13);
        Assert.InRange(mean / expected, 0.95, 1.05);
    }

    [Theory]
    [InlineData(".mc 10 spec=\"v(out)<1\" importance=shifted", "importance is none, shift or scale")]
    [InlineData(".mc 10 importance=shift", "nothing says when one does")]
    [InlineData(".mc 10 sampling=halton", "sampling is random, lhs or sobol")]
    [InlineData(".mc 10 spec=\"v(out)<1\" scale=0.5", "scale is a factor")]
    public void MistakesAreTold(string card, string message)
    {
        DeckRun run = DeckRun.Of(Read(Sum + card + "\n"), new RunSettings { Folder = _room.Path });
        Assert.Equal(RunStatus.BadInput, run.Run());
        Assert.Contains(run.Diagnostics, d => d.Severity == Severity.Error && d.Message.Contains(message, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("lhs")]
    [InlineData("sobol")]
    public void PointsNarrowTheMeanOfAStudy(string sampling)
    {
        RunRecord record = Run(Sum + ".mc 64 seed=4 sampling=" + sampling + "\n").Results.Record;
        double mean = record.Chips.Average(c => c.Measures["out"]);
        Assert.InRange((mean - 0.5) / (0.01 / 8), -0.15, 0.15);
        double deviation = Math.Sqrt(record.Chips.Average(c => Math.Pow(c.Measures["out"] - 0.5, 2)));
        Assert.InRange(deviation / 0.01, 0.85, 1.15);
    }

    private DeckRun Run(string text, string title = "")
    {
        DeckRun run = DeckRun.Of(Read(title + text), new RunSettings { Folder = _room.Path });
        RunStatus status = run.Run();
        Assert.True(status == RunStatus.Done, status + "\n" + string.Join('\n', run.Diagnostics.Select(d => d.ToString())));
        return run;
    }

    private static Deck Read(string text)
    {
        DeckResult result = DeckReader.Parse(text);
        Assert.True(result.Deck is not null, string.Join('\n', result.Diagnostics.Select(d => d.ToString())));
        return result.Deck;
    }
}
