using System.Collections.Immutable;
using AnalogLearn.Circuits;
using AnalogLearn.Netlist;
using AnalogLearn.Numerics;
using AnalogLearn.Studies;
using AnalogLearn.Studies.Explaining;
using AnalogLearn.Variation;

namespace AnalogLearn.Tests.Studies.Explaining;

/// <summary>Corners, predictions, ablations, indices and tolerances of circuits whose answers are known in closed form.</summary>
public sealed class ExplainerTests : IDisposable
{
    // out = 1 V + 30 mV z1 + 40 mV z2, exactly.
    private const string Sum = "sum\n.model ia r(r=1k LOT=0.01%)\nI1 0 out {agauss(0.6m,30u,1)}\nI2 0 out {agauss(0.4m,40u,1)}\nR1 out 0 1k\n.op\n.measure op out param='v(out)'\n.measure op square param='(v(out)-1)*(v(out)-1)'\n";

    private readonly TemporaryFolder _room = new();

    public void Dispose() => _room.Dispose();

    [Fact]
    public void CornersMoveTheLotAndNothingElse()
    {
        const string divider = "divider\n.model rm r(r=1k DEV=3% LOT=10%)\n.model rn r(r=1k LOT=5%)\nV1 a 0 1\nR1 a b rm\nR2 b 0 rn\n.op\n.measure op vb param='v(b)'\n";
        ImmutableArray<CornerRecord> corners = Run(divider + ".corner sigma=2\n").Explanation!.Corners;
        Assert.Equal(["nominal", "all +", "all -", "rm value lot +", "rm value lot -", "rn value lot +", "rn value lot -"], corners.Select(c => c.Name));
        Assert.Equal(
            [0.5, 1.1 / 2.3, 0.9 / 1.7, 1 / 2.2, 1 / 1.8, 1.1 / 2.1, 0.9 / 1.9],
            corners.Select(c => Math.Round(c.Measures["vb"], 12)).Zip([0.5, 1.1 / 2.3, 0.9 / 1.7, 1 / 2.2, 1 / 1.8, 1.1 / 2.1, 0.9 / 1.9], (found, expected) => Math.Abs(found - expected) < 1e-11 ? expected : found));
        Assert.Equal(5, Run(divider + ".corner of=dev\n").Explanation!.Corners.Length);
        Assert.Equal(9, Run(divider + ".corner of=all\n").Explanation!.Corners.Length);
        Assert.True(File.Exists(Path.Combine(_room.Path, "corners.csv")));
    }

    [Fact]
    public void ThePredictionOfALinearCircuitIsExact()
    {
        PredictionRecord[] predictions = [.. Run(Sum + ".mc 400 seed=3\n.predict\n").Explanation!.Predictions];
        PredictionRecord found = predictions.Single(p => p.Measure == "out");
        Assert.Equal("adjoint", found.Method);
        Assert.Equal(0.05, found.Predicted, 9);
        Assert.Equal(0.64, found.Spreads[0].Share, 7);
        Assert.Equal("i2", found.Spreads[0].Name);
        Assert.InRange(0.05, found.Low, found.High);
        Assert.InRange(found.Found / 0.05, 0.85, 1.15);

        // What has no slope at the design has no first-order prediction, and the chips say so.
        PredictionRecord square = predictions.Single(p => p.Measure == "square");
        Assert.InRange(square.Predicted, 0, 1e-8);
        Assert.True(square.Low > 1e-3);
    }

    [Fact]
    public void WhatExplainsAStudyStandsInItsReport()
    {
        string deck = Path.Combine(_room.Path, "explained.cir"), place = Path.Combine(_room.Path, "explained");
        File.WriteAllText(
            deck,
            "divider\n.param s=0.05\nV1 a 0 1\nR1 a b 1k DEV={s}\nR2 b 0 1k DEV=5%\n.op\n.measure op off param='v(a)-v(b)'\n.measure op in param='abs(-i(V1))'\n.measure op both param='v(b)*i(V1)'\n"
            + ".mc 30 seed=7 spec=\"abs(off-0.5)<0.02\"\n.predict\n.tolerance param=s from=0.01 to=0.5 log\n");
        Cli.ProgramRun run = Cli.ProgramRun.Of("run", deck, "--out", place);
        Assert.Equal(0, run.Status);
        Assert.Contains("open " + Path.Combine(place, "report.html"), run.Output, StringComparison.Ordinal);
        string page = File.ReadAllText(Path.Combine(place, "report.html"));
        foreach (string text in new[] { "Predicted from sensitivities", "Tolerances", "share of the variance of off [%]", "Distributions over chips", "Chips that meet" })
            Assert.Contains(text, page, StringComparison.Ordinal);
        RunRecord record = RunRecord.FromJson(File.ReadAllText(Path.Combine(place, "run.json")))!;
        Assert.Equal("report.html", record.Report);
        Assert.Contains("chips.csv", record.Tables);
        Assert.Contains("prediction.csv", record.Tables);
        Assert.Contains("tolerance.csv", record.Tables);

        // Sums of voltages are volts; products are what nobody said.
        Deck read = DeckReader.Read(deck).Deck!;
        StudyMeasures about = StudyMeasures.Of(read);
        Assert.Equal(("V", "A", string.Empty), (about.UnitOf("off"), about.UnitOf("in"), about.UnitOf("both")));
    }

    [Fact]
    public void TheAdjointAgreesWithDifferencesOfWholeRuns()
    {
        // An amplifier of EKV transistors, with every kind of draw: lots, devices, areas, groups, expressions.
        const string text = "amplifier\n.param vb={agauss(0.9,5m,1)}\n.model nch nmos(level=ekv vto=0.45 LOT=20m gamma=0.6 phi=0.8 kp=250u LOT=5%/group:ox DEV=2% lambda=0.05 avt=5m sigma_basis=device)\n"
            + ".model pch pmos(level=ekv vto=-0.45 gamma=0.5 phi=0.8 kp=80u LOT=5%/group:ox/rho:0.5 lambda=0.06 avt=5m sigma_basis=device)\nVdd vdd 0 1.8\nVin in 0 {vb}\nIb tail 0 10u\nRl tail 0 1meg DEV=10%/uniform\n"
            + "M1 d1 in tail 0 nch w=4u l=0.5u\nM2 out out tail 0 nch w=4u l=0.5u\nM3 d1 d1 vdd vdd pch w=2u l=1u\nM4 out d1 vdd vdd pch w=2u l=1u\nB1 s 0 V=v(out)*{aunif(1,0.1)}\n"
            + ".op\n.measure op vos param='v(out)-v(in)'\n.measure op supply param='1e6*i(vdd)'\n.measure op both param='v(s)*vos'\n";
        Deck deck = Read(text);
        DeckRun run = DeckRun.Of(deck, new RunSettings { Folder = _room.Path });
        Assert.True(run.Bind(), string.Join('\n', run.Diagnostics));
        var space = DrawSpace.Of(deck);
        IReadOnlyDictionary<string, double[]> exact = AdjointOfMeasures.Of(run, deck, 1, space);
        Assert.Equal(["both", "supply", "vos"], exact.Keys.Order(StringComparer.Ordinal));
        Assert.True(space.Coordinates.Length >= 10, string.Join(", ", space.Coordinates.Select(c => c.Name)));
        var runner = new VariantRunner(deck, new RunSettings { Folder = _room.Path }, 1, "run", RunParts.All);
        const double h = 0.02;
        for (int d = 0; d < space.Coordinates.Length; d++)
        {
            ChipRecord[] rows = runner.Once("differences", [.. new[] { h, -h }.Select(v => new Variant(string.Empty, new ChipSampling { Space = space, Held = ImmutableDictionary<int, double>.Empty.Add(d, v) }))], default);
            foreach ((string measure, double[] derivatives) in exact)
            {
                double difference = (rows[0].Measures[measure] - rows[1].Measures[measure]) / (2 * h);
                Assert.True(Math.Abs(difference - derivatives[d]) < (1e-3 * Math.Abs(difference)) + 1e-9, $"{measure} {space.Coordinates[d].Name} {difference} {derivatives[d]}");
            }
        }
    }

    [Fact]
    public void TheAdjointOfANetworkAgreesWithDifferencesOfWholeRuns()
    {
        Deck deck = Read(
            "net\n.model cell neuron(c=1n g=1u DEV=10% rho=tanh gain=1.5 DEV=5% LOT=3% vos=0 DEV=20m)\n.model w synapse(gmin=0 gmax=4u DEV=10%)\nNx x[0:0] input\nNh h[0:1] cell\nNy y[0:0] cell\nYxh x h w\nYhy h y w\n"
            + ".options seed=3\nVx x[0] 0 0.4\n.op\n.measure op y param='v(y[0])'\n.measure op ratio param='v(h[0])*v(y[0])'\n");
        DeckRun run = DeckRun.Of(deck, new RunSettings { Folder = _room.Path });
        Assert.True(run.Bind(), string.Join('\n', run.Diagnostics));
        Assert.NotNull(run.Experiment);
        var space = DrawSpace.Of(deck);
        IReadOnlyDictionary<string, double[]> exact = AdjointOfMeasures.Of(run, deck, 3, space);
        Assert.Equal(2, exact.Count);
        var runner = new VariantRunner(deck, new RunSettings { Folder = _room.Path }, 3, "run", RunParts.All);
        const double h = 0.02;
        bool any = false;
        for (int d = 0; d < space.Coordinates.Length; d++)
        {
            ChipRecord[] rows = runner.Once("differences", [.. new[] { h, -h }.Select(v => new Variant(string.Empty, new ChipSampling { Space = space, Held = ImmutableDictionary<int, double>.Empty.Add(d, v) }))], default);
            foreach ((string measure, double[] derivatives) in exact)
            {
                double difference = (rows[0].Measures[measure] - rows[1].Measures[measure]) / (2 * h);
                any |= Math.Abs(difference) > 1e-4;
                Assert.True(Math.Abs(difference - derivatives[d]) < (2e-3 * Math.Abs(difference)) + 1e-9, $"{measure} {space.Coordinates[d].Name} {difference} {derivatives[d]}");
            }
        }

        Assert.True(any);
    }

    [Fact]
    public void MeasuresWithoutAnAdjointArePredictedByDifferences()
    {
        PredictionRecord found = Run("filter\nV1 a 0 ac 1\nR1 a b 1k DEV=2%\nC1 b 0 1n DEV=3%\n.ac lin 1 159154.943 159154.943\n.measure ac gain param='v(b)'\n.predict\n").Explanation!.Predictions.Single();
        Assert.Equal("differences", found.Method);

        // |H| = (1 + x²)^−½, x = ωRC = 1: d|H|/d ln x = −2^(−3/2).
        Assert.Equal(Math.Sqrt((0.02 * 0.02) + (0.03 * 0.03)) / Math.Pow(2, 1.5), found.Predicted, 5);
        Assert.Equal(0.09 / 0.13, found.Spreads[0].Share, 2);
    }

    [Fact]
    public void AblationFindsWhatEachSpreadCosts()
    {
        AblationRecord[] all = [.. Run(Sum + ".mc 500 seed=3 spec=\"abs(out-1)<0.05\"\n.ablate\n").Explanation!.Ablations];
        AblationRecord At(string name, string way, string measure = "square") => all.Single(a => a.NonIdeality == name && a.Way == way && a.Measure == measure);
        Assert.Equal(0, At("none", "reference").Mean, 12);
        foreach ((string name, double square) in new[] { ("i1", 9e-4), ("i2", 16e-4) })
        {
            Assert.InRange(square, At(name, "only").Low * 0.97, At(name, "only").High * 1.03);
            Assert.InRange(At(name, "only").Mean / square, 0.8, 1.2);
            Assert.InRange(square, At(name, "without").Low * 0.9, At(name, "without").High * 1.1);
        }

        // The same chips: the changes of the two add up to the whole but for their product.
        Assert.Equal(0.6827, At("all", "reference", "yield").Mean, 1);
        Assert.Equal(1, At("none", "reference", "yield").Mean);
        Assert.InRange(At("i1", "only", "yield").Mean, 0.87, 0.94);
        Assert.Contains("non_ideality,way,measure", File.ReadAllText(Path.Combine(_room.Path, "ablation.csv")), StringComparison.Ordinal);
        Assert.True(File.Exists(Path.Combine(_room.Path, "plots", "ablation-square.svg")));
    }

    [Fact]
    public void HardwareIsSwitchedOffInTheDeck()
    {
        Deck deck = Read(
            "net\n.model cell neuron(c=1n g=1u rho=linear DEV=5% gain=1 DEV=2%)\n.model w synapse(gmin=1u gmax=8u DEV=20% bits=3 p_stuck_on=0.1 nu=0.05 t_read=10)\nNx x[0:1] input\nNy y[0:0] cell\nYxy x y w bits=4\n.op\n"
                .Replace("rho=linear DEV=5%", "rho=linear", StringComparison.Ordinal));
        ImmutableArray<NonIdeality> found = SwitchableNonIdealities.Of(deck);
        Assert.Contains(found, f => f.Name == "w levels");
        Assert.Contains(found, f => f.Name == "w faults");
        Assert.Contains(found, f => f.Name == "w drift");
        Assert.Contains(found, f => f.Name == "yxy levels");
        Assert.Contains(found, f => f.Name == "w gmax dev");
        Assert.Equal(16, deck.Circuit.Arrays[0].Card!.Levels);
        Variant without = SwitchableNonIdealities.Without("x", deck, [.. found.Where(f => f.Name.EndsWith("levels", StringComparison.Ordinal))], null)!;
        Assert.Equal(0, without.Design!.Circuit.Arrays[0].Card!.Levels);
        Assert.NotNull(without.Design.Circuit.Arrays[0].Spreads.SingleOrDefault());
        Variant half = SwitchableNonIdealities.Without("x", deck, [.. found.Where(f => f.Name is "yxy levels")], null)!;
        Assert.Equal(8, half.Design!.Circuit.Arrays[0].Card!.Levels);
    }

    [Fact]
    public void AblationTakesTheChipsOfTheStudy()
    {
        RunRecord record = Run(Sum + ".mc 64 seed=3 sampling=sobol\n.ablate\n");
        Assert.Equal(record.Chips.Average(c => c.Measures["square"]), record.Explanation!.Ablations.Single(a => a.NonIdeality == "all" && a.Measure == "square").Mean, 15);
    }

    [Fact]
    public void TheDecksShowWhatTheySay()
    {
        string folder = Path.Combine(AppContext.BaseDirectory, "netlists");
        DeckRun rare = DeckRun.Open(Path.Combine(folder, "rare-failure.cir"), new RunSettings { Folder = _room.Path });
        Assert.Equal(RunStatus.Done, rare.Run());
        ImportanceRecord failure = rare.Results.Yield!.Importance!;
        double expected = 2 * StandardDraw.Cumulative(-4.7);
        Assert.Equal(2.6016e-6, expected, 10);
        Assert.InRange(expected, failure.Low, failure.High);

        DeckRun amplifier = DeckRun.Open(Path.Combine(folder, "ota-area.cir"), new RunSettings { Folder = Path.Combine(_room.Path, "amplifier") });
        Assert.Equal(RunStatus.Done, amplifier.Run());
        PredictionRecord[] sizes = [.. amplifier.Results.Record.Explanation!.Predictions];
        Assert.Equal([1, 2, 4, 8], sizes.Select(p => p.Step["size"]));
        foreach (PredictionRecord size in sizes)
        {
            Assert.Equal("adjoint", size.Method);
            Assert.InRange(size.Predicted * size.Step["size"] / sizes[0].Predicted, 0.999, 1.001);
            Assert.InRange(size.Predicted, size.Low, size.High);
        }

        Assert.Equal(5.36e-3, sizes[0].Predicted, 5);
        Assert.Equal(0.86, sizes[0].Spreads[0].Share, 2);
    }

    [Fact]
    public void IndicesOfIshigamisFunctionAreItsOwn()
    {
        // f = sin x1 + 7 sin² x2 + 0.1 x3⁴ sin x1, x uniform in ±π (Ishigami and Homma 1990): S = 0.3139, 0.4424, 0; T = 0.5576, 0.4424, 0.2437.
        VarianceRecord[] all =
        [
            .. Run(
                "ishigami\n.param x1={aunif(0,3.14159265359)}\n.param x2={aunif(0,3.14159265359)}\n.param x3={aunif(0,3.14159265359)}\nV1 f 0 {sin(x1)+7*sin(x2)*sin(x2)+0.1*x3*x3*x3*x3*sin(x1)}\nR1 f 0 1k\n.op\n"
                + ".measure op f param='v(f)'\n.mc 1 seed=4\n.variance chips=400\n").Explanation!.Variances,
        ];
        double[] first = [0.3139, 0.4424, 0], total = [0.5576, 0.4424, 0.2437];
        for (int k = 0; k < 3; k++)
        {
            VarianceRecord own = all.Single(v => v.Spread == $".param x{k + 1}");
            Assert.InRange(first[k], own.FirstLow - 0.05, own.FirstHigh + 0.05);
            Assert.InRange(total[k], own.TotalLow - 0.05, own.TotalHigh + 0.05);
            Assert.InRange(own.FirstHigh - own.FirstLow, 0.02, 0.5);
        }

        Assert.InRange(all[0].Deviation, 3.4, 4.1);
    }

    [Fact]
    public void IndicesOfALinearFunctionAreShares()
    {
        VarianceRecord[] all = [.. Run(Sum + ".mc 1 seed=2\n.variance chips=300\n").Explanation!.Variances.Where(v => v.Measure == "out")];
        foreach ((string name, double share) in new[] { ("i1", 0.36), ("i2", 0.64) })
        {
            VarianceRecord own = all.Single(v => v.Spread == name);
            Assert.InRange(share, own.FirstLow - 0.02, own.FirstHigh + 0.02);
            Assert.InRange(share, own.TotalLow - 0.02, own.TotalHigh + 0.02);
            Assert.InRange(own.First, share - 0.15, share + 0.15);
        }
    }

    [Fact]
    public void BootstrapsCoverAsTheyShould()
    {
        // f = x + y y′ of independent normal numbers: S_x = T_x = ½, S_y = 0, T_y = ½.
        int covered = 0;
        for (ulong seed = 1; seed <= 30; seed++)
        {
            var random = new CounterRandom(seed, 5);
            const int n = 200;
            double[] a = new double[n], b = new double[n], mixed = new double[n];
            for (int k = 0; k < n; k++)
            {
                double[] za = [random.Normal(), random.Normal(), random.Normal()], zb = [random.Normal(), random.Normal(), random.Normal()];
                (a[k], b[k], mixed[k]) = (za[0] + (za[1] * za[2]), zb[0] + (zb[1] * zb[2]), za[0] + (zb[1] * za[2]));
            }

            (VarianceIndices.Index first, VarianceIndices.Index total) = VarianceIndices.Of(a, b, mixed, new CounterRandom(seed, 6));
            covered += (first.Low <= 0 && first.High >= 0 ? 1 : 0) + (total.Low <= 0.5 && total.High >= 0.5 ? 1 : 0);
        }

        Assert.InRange(covered, 50, 60);
    }

    [Fact]
    public void TheToleranceIsWhereTheYieldFalls()
    {
        string path = Path.Combine(_room.Path, "deck.cir");
        File.WriteAllText(path, "one\n.param spread=10u\nI1 0 out {agauss(1m,spread,1)}\nR1 out 0 1k\n.op\n.measure op out param='v(out)'\n.mc 300 seed=5 spec=\"abs(out-1)<0.05\"\n.tolerance param=spread from=5u to=500u log yield=[0.9,0.5]\n");
        DeckRun run = DeckRun.Open(path, new RunSettings { Folder = Path.Combine(_room.Path, "out") });
        Assert.True(run.Run("yield") == RunStatus.Done, string.Join('\n', run.Diagnostics));
        ToleranceRecord[] found = [.. run.Results.Record.Explanation!.Tolerances];
        foreach ((ToleranceRecord own, double z) in found.Zip([1.6449, 0.6745]))
        {
            double expected = 50e-6 / z;
            Assert.InRange(expected, own.Low, own.High);
            Assert.InRange(own.Value / expected, 0.85, 1.15);
        }

        Assert.Equal(300, run.Results.Yield!.Chips);
        Assert.Equal(found[0].Points.OrderBy(p => p.Value), found[0].Points);
        Assert.True(RunRecord.FromJson(run.Results.Record.ToJson())!.Explanation!.Tolerances.Length == 2);
    }

    [Fact]
    public void WholeNumbersAreSearchedAsSuch()
    {
        // The yield reaches 0.9 at 5 bits and not at 4.
        var search = new ToleranceSearch(1, 8, false, true, bits => (100, (int)Math.Min(100, 18.5 * bits)));
        Assert.Equal(5, search.Find(0.9).Value);
        Assert.All(search.Points, p => Assert.Equal(Math.Floor(p.Value), p.Value));
        Assert.True(double.IsNaN(search.Find(0.1).Value));
    }

    [Theory]
    [InlineData(".corner sigmas=3", "has no meaning in .corner")]
    [InlineData(".corner of=lots", "of is lot, dev or all")]
    [InlineData(".tolerance param=x from=1 to=2", "is no parameter of the deck")]
    [InlineData(".tolerance from=1 to=2", "is not complete")]
    [InlineData(".ablate chips=1", "at least 2")]
    public void MistakesAreTold(string card, string message)
    {
        DeckRun run = DeckRun.Of(Read(Sum + card + "\n"), new RunSettings { Folder = _room.Path });
        Assert.Equal(RunStatus.BadInput, run.Run());
        Assert.Contains(run.Diagnostics, d => d.Severity == Severity.Error && d.Message.Contains(message, StringComparison.Ordinal));
    }

    private RunRecord Run(string text)
    {
        DeckRun run = DeckRun.Of(Read(text), new RunSettings { Folder = _room.Path });
        RunStatus status = run.Run();
        Assert.True(status == RunStatus.Done, status + "\n" + string.Join('\n', run.Diagnostics.Select(d => d.ToString())));
        return run.Results.Record;
    }

    private static Deck Read(string text)
    {
        DeckResult result = DeckReader.Parse(text);
        Assert.True(result.Deck is not null, string.Join('\n', result.Diagnostics.Select(d => d.ToString())));
        return result.Deck;
    }
}
