using System.Globalization;
using System.Text.Json;
using AnalogLearn.Circuits;
using AnalogLearn.Netlist;
using AnalogLearn.Studies;
using AnalogLearn.Tests.Cli;
using Microsoft.Data.Sqlite;

namespace AnalogLearn.Tests.Studies;

/// <summary>Studies that are cut off, split, merged and repeated: the same chips, bit for bit, every time.</summary>
public sealed class ChipStudyTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(5)]
    public void AStudyThatIsInterruptedManyTimesIsTheStudyAtOnce(int threads)
    {
        string deck = _folder.File("slow.cir", SlowText(80));
        string whole = Whole(deck, 1);
        string parts = Path.Combine(_folder.Path, "parts");
        int interruptions = 0;
        var random = new Random(threads);
        while (true)
        {
            using var stop = new CancellationTokenSource();
            int items = random.Next(5, 40);
            DeckRun run = DeckRun.Open(deck, new RunSettings { Folder = parts, ThreadCount = threads });
            PreparedStudy study = run.PrepareStudy("mc", RunParts.All, work: (chip, _, cancellation) =>
            {
                // Ctrl-C while some chip is at work.
                if (Interlocked.Decrement(ref items) < 0)
                    stop.Cancel();
                return chip.Run("mc", RunParts.All & ~RunParts.Export, cancellation);
            })!;
            RunStatus status = run.RunStudy(study, "mc", 0, stop.Token);
            if (status == RunStatus.Done)
                break;
            Assert.Equal(RunStatus.Interrupted, status);
            interruptions++;
        }

        Assert.InRange(interruptions, 3, 160);
        AssertSame(whole, parts);

        // A study that is done is not done again.
        DeckRun done = DeckRun.Open(deck, new RunSettings { Folder = parts });
        Assert.Equal(RunStatus.Done, done.RunStudy(done.PrepareStudy("mc", RunParts.All, work: (_, _, _) => throw new InvalidOperationException("a chip was run again"))!, "mc", 0, CancellationToken.None));
        AssertSame(whole, parts);
    }

    [Fact]
    public void AChipAtWorkWhenItIsInterruptedHasNoRow()
    {
        string deck = Divider(4, step: true);
        string whole = Whole(deck, 1);
        string parts = Path.Combine(_folder.Path, "parts");
        using var stop = new CancellationTokenSource();
        DeckRun run = DeckRun.Open(deck, new RunSettings { Folder = parts, ThreadCount = 1 });
        int items = 3;

        // A solver that stops half way and whose caller does not see it: the row would say whatever the solver had got to.
        PreparedStudy study = run.PrepareStudy("mc", RunParts.All, work: (chip, _, _) =>
        {
            if (--items == 0)
                stop.Cancel();
            return chip.Run("mc", RunParts.All & ~RunParts.Export, CancellationToken.None);
        })!;
        Assert.Equal(RunStatus.Interrupted, run.RunStudy(study, "mc", 0, stop.Token));
        Assert.Equal(3, File.ReadAllLines(Path.Combine(parts, "chips.csv")).Length);
        Assert.Contains("2 of 8 chips are done", ProgramRun.Of("mc", deck, "--out", parts).Error, StringComparison.Ordinal);
        AssertSame(whole, parts);
    }

    [Theory]
    [InlineData(".op")]
    [InlineData(".dc V1 0 1 0.1")]
    [InlineData(".ac dec 3 1 1k")]
    [InlineData(".noise v(b) V1 dec 3 1 1k")]
    [InlineData(".sens v(b)")]
    public void AnAnalysisThatIsInterruptedHasNoResult(string analysis)
    {
        string deck = _folder.File("one.cir", $"divider\nV1 a 0 1 AC 1\nR1 a b 1k\nR2 b 0 1k\n{analysis}\n");
        DeckRun run = DeckRun.Open(deck, new RunSettings { Folder = Path.Combine(_folder.Path, "one") });
        Assert.True(run.Bind());
        Assert.Throws<OperationCanceledException>(() => run.Nodal!.Run(run.Deck!.Cards[0], run.Results, new CancellationToken(true)));
        Assert.DoesNotContain(run.Results.Analyses, t => t.Analysis == "op" || t.Analysis == "ac");
    }

    [Fact]
    public void MistakesOfStudyCommandsAreNamed()
    {
        string deck = Divider(4, step: false), place = Path.Combine(_folder.Path, "here");
        ProgramRun run = ProgramRun.Of("replay", Path.Combine(_folder.Path, "nowhere"), "--chip", "1");
        Assert.Equal(2, run.Status);
        Assert.Contains("nowhere' is neither a deck nor the folder of a study", run.Error, StringComparison.Ordinal);
        run = ProgramRun.Of("mc", deck, "--chip", "2");
        Assert.Equal(2, run.Status);
        Assert.Contains("--chip runs one chip, and mc the study of all of them", run.Error, StringComparison.Ordinal);
        Assert.Contains("write analoglearn devices list, show, plot", ProgramRun.Of("devices").Error, StringComparison.Ordinal);

        // Three chips, three reasons: one line counts them.
        string wide = _folder.File("wide.cir", File.ReadAllText(deck).Replace("DEV=5%", "DEV=900%", StringComparison.Ordinal));
        run = ProgramRun.Of("mc", wide, "--out", Path.Combine(_folder.Path, "wide"), "--fresh");
        Assert.Equal(1, run.Error.Split("could not be simulated").Length - 1);

        // At two points a chip has two rows and is one chip.
        string swept = _folder.File("swept.cir", File.ReadAllText(Divider(4, step: true)).Replace("DEV=5%", "DEV=900%", StringComparison.Ordinal));
        run = ProgramRun.Of("mc", swept, "--out", Path.Combine(_folder.Path, "swept"), "--fresh");
        Assert.Matches("[1-4] of 4 chips could not be simulated, in [1-9][0-9]* of [0-9]+ runs", run.Error);
        run = ProgramRun.Of("devices", "plot");
        Assert.Contains("analoglearn devices plot --help", run.Error, StringComparison.Ordinal);
        Assert.Contains("--gmin is a number, not 'many'", ProgramRun.Of("fit", "pulses", "p.csv", "--gmin", "many").Error, StringComparison.Ordinal);
        Assert.DoesNotContain("NaN", ProgramRun.Of("help", "fit").Output, StringComparison.Ordinal);

        // The study that another one took the place of is no shard of it.
        Assert.Equal(0, ProgramRun.Of("mc", deck, "--out", place, "--quiet").Status);
        string other = _folder.File("other.cir", File.ReadAllText(deck).Replace("R1 a b 1k", "R1 a b 2k", StringComparison.Ordinal));
        ProgramRun.Of("mc", other, "--out", place, "--quiet");
        Assert.True(File.Exists(Path.Combine(place, "study.previous.db")));
        Assert.DoesNotContain("is of another study", ProgramRun.Of("merge", place).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void EightShardsAreOneRun()
    {
        string deck = Divider(101, step: true);
        string whole = Whole(deck, 2);
        string shards = Path.Combine(_folder.Path, "shards");
        for (int k = 8; k >= 1; k--)
        {
            if (k == 3)
            {
                // Seven of them are not all: what is there is merged, and what is missing is said.
                ProgramRun early = ProgramRun.Of("merge", shards, "--out", Path.Combine(_folder.Path, "early"));
                Assert.Equal(130, early.Status);
                Assert.Contains("of 202 chips are there", early.Error, StringComparison.Ordinal);
            }

            Assert.Equal(0, ProgramRun.Of("mc", deck, "--out", shards, "--shard", string.Create(CultureInfo.InvariantCulture, $"{k}/8"), "--quiet").Status);
        }

        Assert.False(File.Exists(Path.Combine(shards, "chips.csv")));
        ProgramRun merged = ProgramRun.Of("merge", shards, "--json");
        Assert.Equal(0, merged.Status);
        AssertSame(whole, shards);
        Assert.Equal(202, merged.Json().GetProperty("chips").GetArrayLength());
        Assert.Equal(File.ReadAllText(Path.Combine(shards, "run.json")), merged.Output);

        // The merged study is the study: whoever goes on with it finds it done.
        Assert.Contains("202 of 202 chips are done", ProgramRun.Of("mc", deck, "--out", shards).Error, StringComparison.Ordinal);
        AssertSame(whole, shards);

        // Shards of different studies are not one study.
        string other = _folder.File("other.cir", File.ReadAllText(deck).Replace("R1 a b 1k", "R1 a b 2k", StringComparison.Ordinal));
        Assert.Equal(0, ProgramRun.Of("mc", other, "--out", Path.Combine(_folder.Path, "other"), "--shard", "1/8", "--quiet").Status);
        ProgramRun mixed = ProgramRun.Of("merge", Path.Combine(shards, "study-2-of-8.db"), Path.Combine(_folder.Path, "other", "study-1-of-8.db"), "--out", Path.Combine(_folder.Path, "mixed"));
        Assert.Equal(2, mixed.Status);
        Assert.Contains("is of another study than", mixed.Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("importance=shift", false)]
    [InlineData("importance=shift", true)]
    [InlineData("scale=2", false)]
    [InlineData("sampling=lhs", false)]
    public void ShardsKnowHowTheirChipsAreDrawn(string how, bool step)
    {
        // Three deviations out of the design fail: the points of failure belong to what a merged study says.
        string deck = _folder.File(
            "rare.cir",
            $"rare\n.param r=1k\nI1 0 out {{agauss(0.6m,30u,1)}}\nI2 0 out {{agauss(0.4m,40u,1)}}\nR1 out 0 {{r}}\n{(step ? ".step param r list 0.98k 1k\n" : string.Empty)}.op\n.measure op out param='v(out)'\n.mc 120 seed=2 spec=\"abs(out-1)<0.15\" {how}\n");
        string whole = Whole(deck, 2);
        string shards = Path.Combine(_folder.Path, "shards");
        foreach (int k in new[] { 3, 1, 2 })
            Assert.Equal(0, ProgramRun.Of("mc", deck, "--out", shards, "--shard", string.Create(CultureInfo.InvariantCulture, $"{k}/3"), "--quiet").Status);
        Assert.Equal(0, ProgramRun.Of("merge", shards, "--quiet").Status);
        AssertSame(whole, shards);
        RunRecord record = RunRecord.FromJson(File.ReadAllText(Path.Combine(shards, "run.json")))!;
        YieldRecord yield = step ? record.Yields[0] : record.Yield!;
        if (how == "importance=shift")
            Assert.Equal(("shift", 2, 2), (yield.Importance!.Method, yield.Importance.Points.Length, yield.Importance.Dimensions));
        else
            Assert.Equal(how == "scale=2" ? "scale" : null, yield.Importance?.Method);
    }

    [Fact]
    public void ASearchForFailuresThatIsInterruptedGoesOn()
    {
        string deck = _folder.File(
            "rare.cir", "rare\nI1 0 out {agauss(0.6m,30u,1)}\nI2 0 out {agauss(0.4m,40u,1)}\nR1 out 0 1k\n.op\n.measure op out param='v(out)'\n.mc 60 seed=2 spec=\"abs(out-1)<0.15\" importance=shift\n");
        string whole = Whole(deck, 2), parts = Path.Combine(_folder.Path, "parts");
        PreparedStudy study = DeckRun.Open(deck, new RunSettings { Folder = parts }).PrepareStudy("mc", RunParts.All)!;
        using (var stop = new CancellationTokenSource())
        using (StudyStore store = StudyStore.Open(Path.Combine(parts, "study.db"), study.Plan, study.Identity, fresh: false, new DiagnosticBag())!)
        {
            study.Sampled!.Seek(study.Points[0].Design, 0, SilentObserver.Instance, store.Evaluations, CancellationToken.None);
            int sought = store.Evaluations.Count;
            Assert.True(sought > 10);
            stop.Cancel();

            // Whoever goes on takes the search's chips as they are: with Ctrl-C pressed already, nothing could be run.
            PreparedStudy again = DeckRun.Open(deck, new RunSettings { Folder = parts }).PrepareStudy("mc", RunParts.All)!;
            Assert.Equal(sought, again.Sampled!.Seek(again.Points[0].Design, 0, SilentObserver.Instance, store.Evaluations, CancellationToken.None).PilotChips);
            Assert.Equal(sought, store.Evaluations.Count);
            store.Close(isWhole: false);
        }

        Assert.Equal(0, ProgramRun.Of("mc", deck, "--out", parts, "--quiet").Status);
        AssertSame(whole, parts);
    }

    [Fact]
    public void MergedRulesAreHeldAgainstEachOther()
    {
        string deck = _folder.File("rules.cir", RuleSweepTests.Deck + ".mc 3 seed=4\n");
        ProgramRun whole = ProgramRun.Of("mc", deck, "--out", Path.Combine(_folder.Path, "whole"), "--quiet");
        Assert.True(whole.Status == 0, whole.Error);
        string shards = Path.Combine(_folder.Path, "shards");
        foreach (int k in new[] { 1, 2 })
            Assert.Equal(0, ProgramRun.Of("mc", deck, "--out", shards, "--shard", string.Create(CultureInfo.InvariantCulture, $"{k}/2"), "--quiet").Status);
        Assert.Equal(0, ProgramRun.Of("merge", shards, "--quiet").Status);
        Assert.True(File.Exists(Path.Combine(shards, "rules.csv")));
        AssertSame(Path.Combine(_folder.Path, "whole"), shards);
    }

    [Fact]
    public void AStudyStopsWhereItsIntervalIsNarrowWhateverTheThreadsAndShards()
    {
        string deck = _folder.File("stop.cir", DividerText(2000, step: false).Replace("spec=", "until=\"interval<0.2\" spec=", StringComparison.Ordinal));
        string whole = Whole(deck, 1);
        AssertSame(whole, Whole(deck, 2, "two"));
        AssertSame(whole, Whole(deck, 7, "seven"));
        string shards = Path.Combine(_folder.Path, "shards");
        foreach (int k in new[] { 1, 2, 3 })
        {
            ProgramRun shard = ProgramRun.Of("mc", deck, "--out", shards, "--shard", string.Create(CultureInfo.InvariantCulture, $"{k}/3"));
            Assert.Equal(0, shard.Status);
            Assert.Contains("this one runs all of its 66", shard.Error, StringComparison.Ordinal);
        }

        Assert.Equal(0, ProgramRun.Of("merge", shards, "--quiet").Status);
        AssertSame(whole, shards);

        // It stops at the first multiple of ten chips whose interval is narrow enough.
        RunRecord record = RunRecord.FromJson(File.ReadAllText(Path.Combine(whole, "run.json")))!;
        int passed = 0;
        int expected = 0;
        Deck design = DeckReader.Read(deck).Deck!;
        for (int k = 1; expected == 0; k++)
        {
            Circuit chip = AnalogLearn.Variation.Fabrication.Fabricate(design, 7, k).Circuit;
            double r1 = chip.Element("r1")!.Value, r2 = chip.Element("r2")!.Value;
            passed += Math.Abs((r2 / (r1 + r2)) - 0.5) < 0.02 ? 1 : 0;
            (double low, double high) = YieldRecord.Wilson(k, passed);
            if (k >= 50 && k % 10 == 0 && high - low < 0.2)
                expected = k;
        }

        Assert.Equal((expected, passed), (record.Yield!.Chips, record.Yield.Passed));
        Assert.InRange(expected, 60, 150);
        Assert.Equal(expected, record.Chips.Count);
    }

    [Theory]
    [InlineData("spec=\"abs(vb-0.5)<0.02\"", "until=\"interval<0.1\"", "no yield to stop by")]
    [InlineData("spec=", "halfwidth=2 spec=", "narrower than a number")]
    [InlineData("spec=", "until=\"soon\" spec=", "narrower than a number")]
    [InlineData("spec=", "least=10 spec=", "'least' needs a width")]
    [InlineData("spec=", "halfwidth=0.1 least=0.5 spec=", "a number of chips")]
    public void AStopThatIsNoneIsSaid(string old, string text, string message)
    {
        DeckResult result = DeckReader.Parse(DividerText(10, step: false).Replace(old, text, StringComparison.Ordinal));
        Assert.Contains(result.Diagnostics, d => d.Severity == Severity.Error && d.Message.Contains(message, StringComparison.Ordinal));
    }

    private static void Unfinish(string store)
    {
        using var connection = new Microsoft.Data.Sqlite.SqliteConnection($"Data Source={store};Pooling=False");
        connection.Open();
        using Microsoft.Data.Sqlite.SqliteCommand command = connection.CreateCommand();
        command.CommandText = "INSERT OR REPLACE INTO study VALUES('complete', '0')";
        command.ExecuteNonQuery();
    }

    [Fact]
    public void TheStoreOfAnotherStudyIsRefused()
    {
        string deck = Divider(20, step: false);
        string place = Whole(deck, 2);
        byte[] rows = File.ReadAllBytes(Path.Combine(place, "chips.csv"));
        byte[] finished = File.ReadAllBytes(Path.Combine(place, "study.db"));
        Unfinish(Path.Combine(place, "study.db"));
        foreach (string[] more in new[] { ["--seed", "9"], new[] { "--set", "limit=0.03" } })
        {
            ProgramRun refused = ProgramRun.Of(["mc", deck, "--out", place, .. more]);
            Assert.Equal(2, refused.Status);
            Assert.Contains("holds 20 chips of another study", refused.Error, StringComparison.Ordinal);
            Assert.Contains("--fresh", refused.Error, StringComparison.Ordinal);
        }

        string other = _folder.File("other.cir", File.ReadAllText(deck).Replace("R1 a b 1k", "R1 a b 1.1k", StringComparison.Ordinal));
        Assert.Contains("the deck or its data has changed", ProgramRun.Of("mc", other, "--out", place).Error, StringComparison.Ordinal);
        Assert.Equal(rows, File.ReadAllBytes(Path.Combine(place, "chips.csv")));
        Assert.Equal(0, ProgramRun.Of("mc", other, "--out", place, "--fresh", "--quiet").Status);
        byte[] changed = File.ReadAllBytes(Path.Combine(place, "chips.csv"));
        Assert.NotEqual(rows, changed);

        // What is finished stands aside.
        File.WriteAllBytes(Path.Combine(place, "study.db"), finished);
        ProgramRun again = ProgramRun.Of("mc", other, "--out", place);
        Assert.Equal(0, again.Status);
        Assert.Contains("kept as study.previous.db", again.Error, StringComparison.Ordinal);
        Assert.Equal(finished.Length, File.ReadAllBytes(Path.Combine(place, "study.previous.db")).Length);
        Assert.Equal(changed, File.ReadAllBytes(Path.Combine(place, "chips.csv")));

        // What is no store is not taken for one, and not lost.
        File.WriteAllText(Path.Combine(place, "study.db"), new string('x', 5000));
        ProgramRun damaged = ProgramRun.Of("mc", other, "--out", place);
        Assert.Equal(2, damaged.Status);
        Assert.Contains("damaged", damaged.Error, StringComparison.Ordinal);
        Assert.Equal(5000, new FileInfo(Path.Combine(place, "study.db")).Length);
    }

    [Fact]
    public void AChipRunAgainIsTheStudysToTheLastBit()
    {
        string deck = _folder.File(
            "chip.cir",
            "mixed\n.param p={agauss(1k,50,1)}\n.model d d(is=1e-14 DEV=20%/lognormal)\n.model n nmos(vto=0.5 kp=200u avt=20m)\nV1 a 0 1\nR1 a b {p}\nR2 b 0 1k DEV=5%\nI1 0 c 1u\nD1 c 0 d\nI2 0 q 10u\nM1 q q 0 0 n w=2u l=1u\n"
            + ".op\n.measure op vb param='v(b)'\n.measure op vc param='v(c)'\n.measure op vq param='v(q)'\n.mc 12 seed=5\n");
        string place = Whole(deck, 2);
        ProgramRun byDeck = ProgramRun.Of("replay", deck, "--out", place, "--chip", "7", "--json");
        Assert.True(byDeck.Status == 0, byDeck.Error);
        Assert.Equal(3, byDeck.Json().GetProperty("checks").GetArrayLength());
        Assert.All(byDeck.Json().GetProperty("checks").EnumerateArray(), c => Assert.True(c.GetProperty("met").GetBoolean()));
        Assert.Contains("3 of 3 measures are the study's to the last bit", ProgramRun.Of("replay", place, "--chip", "12").Output, StringComparison.Ordinal);

        // Its draws make that very chip, and so does its SPICE deck, which has no draws left to make.
        RunRecord study = RunRecord.FromJson(File.ReadAllText(Path.Combine(place, "run.json")))!;
        foreach (string[] chip in new[] { ["run", deck, "--chip", Path.Combine(place, "chip-7.json")], new[] { "run", Path.Combine(place, "chip-7.cir") } })
        {
            ProgramRun alone = ProgramRun.Of([.. chip, "--out", Path.Combine(_folder.Path, "alone"), "--json"]);
            Assert.True(alone.Status == 0, alone.Error);
            foreach ((string node, string measure) in new[] { ("b", "vb"), ("c", "vc"), ("q", "vq") })
                Assert.Equal(study.Chips[6].Measures[measure], alone.Json().GetProperty("op").GetProperty("voltages").GetProperty(node).GetDouble(), 12);
        }

        // A row that is not what the chip gives is found out.
        using (var connection = new SqliteConnection($"Data Source={Path.Combine(place, "study.db")};Pooling=False"))
        {
            connection.Open();
            using SqliteCommand command = connection.CreateCommand();
            command.CommandText = "UPDATE value SET value = value * (1 + 4e-16) WHERE item = 6 AND place = 1";
            Assert.Equal(1, command.ExecuteNonQuery());
        }

        ProgramRun wrong = ProgramRun.Of("replay", deck, "--out", place, "--chip", "7");
        Assert.Equal(1, wrong.Status);
        Assert.Contains("2 of 3 measures", wrong.Output, StringComparison.Ordinal);
        Assert.Contains("'vc' of the study is", wrong.Error, StringComparison.Ordinal);
        Assert.Equal(2, ProgramRun.Of("replay", deck, "--out", place, "--chip", "13").Status);
        Assert.Equal(2, ProgramRun.Of("replay", deck, "--out", place).Status);
    }

    [Fact]
    public void ManyChipsStayOnDisk()
    {
        const int count = StoredRows.Few + 500;
        DeckRun run = DeckRun.Open(Divider(count, step: false), new RunSettings { Folder = Path.Combine(_folder.Path, "many") });
        Assert.Equal(RunStatus.Done, run.Run("mc"));
        IReadOnlyList<ChipRecord> rows = Assert.IsType<StoredRows>(run.Results.Steps);
        Assert.Equal(count, rows.Count);
        Assert.Equal(Enumerable.Range(1, count), rows.Select(r => r.Chip));
        Assert.Equal(rows.ElementAt(1234).Measures, rows[1234].Measures);
        RunRecord saved = RunRecord.FromJson(File.ReadAllText(Path.Combine(_folder.Path, "many", "run.json")))!;
        Assert.Equal(count, saved.Chips.Count);
        Assert.Equal(rows.Select(r => r.Measures["vb"]), saved.Chips.Select(r => r.Measures["vb"]));
        Assert.Equal(count + 1, File.ReadLines(Path.Combine(_folder.Path, "many", "chips.csv")).Count());
        using var text = new StringWriter();
        run.Results.Record.WriteJson(text);
        Assert.Equal(run.Results.Record.ToJson(), text.ToString());
    }

    [Fact]
    public void NumbersPassThroughTheStoreUnchanged()
    {
        string path = Path.Combine(_folder.Path, "study.db");
        var plan = new StudyPlan { Chips = 3, Modes = ["ideal", "in place"], Names = ["s"], Points = [Point(0.1), Point(1e-300)], Spec = "x" };
        var identity = new Dictionary<string, string>(StringComparer.Ordinal) { ["fingerprint"] = "f", ["chips"] = "3", ["modes"] = "ideal,in place", ["shard"] = "1/1", ["spec"] = "x" };
        double[] values = [double.NaN, double.PositiveInfinity, -0.0, double.Epsilon, 0.1 + 0.2, double.MinValue, 1, 1.0 / 3];
        var row = new StudyRow(new StudyItem(1, 2, "in place"), "done", [.. values.Select((v, k) => ("m" + k, v))]) { Draws = "d", Seconds = 0.25, Error = "e" };
        var diagnostics = new DiagnosticBag();
        using (StudyStore store = StudyStore.Open(path, plan, identity, fresh: false, diagnostics)!)
        {
            store.Write(plan, [row]);

            // A second program is told, and does no harm.
            Assert.Null(StudyStore.Open(path, plan, identity, fresh: false, diagnostics));
            Assert.Contains("another program is using", diagnostics.Last().Message, StringComparison.Ordinal);
        }

        using StudyStore read = StudyStore.Read(path, diagnostics)!;
        StudyRow found = Assert.Single(read.Rows());
        Assert.Equal((row.Item, row.Status, row.Draws, row.Seconds, row.Error), (found.Item, found.Status, found.Draws, found.Seconds, found.Error));
        Assert.Equal(values.Select(BitConverter.DoubleToInt64Bits), found.Measures.Select(m => BitConverter.DoubleToInt64Bits(m.Value)));
        StudyPlan again = read.Plan();
        Assert.Equal(plan.Describe(), again.Describe());
        Assert.Equal(Enumerable.Range(0, plan.Count), Enumerable.Range(0, plan.Count).Select(k => plan.IdOf(plan.ItemAt(k))));

        static System.Collections.Immutable.ImmutableDictionary<string, double> Point(double s) => System.Collections.Immutable.ImmutableDictionary<string, double>.Empty.Add("s", s);
    }

    [Fact]
    public void AChipOfALargeNetworkAllocatesLittleBesidesItsOwnNumbers()
    {
        string deck = _folder.File(
            "network.cir",
            "196-64-10\n.model cell neuron(c=1n g=1u DEV=5% rho=hardsigmoid clip=0,1 vos=0 DEV=10m)\n.model w synapse(gmin=1u gmax=25u DEV=5%)\nNx x[0:195] input\nNh h[0:63] cell\nNy y[0:9] cell\nYxh x h w init=glorot\nYhy h y w init=glorot\nYyh y h w tied=Yhy\n"
            + ".dataset d digits(size=14) input=x target=y train=50 test=10\n.learn eqprop(beta=0.5) out=y\n.train epochs=1 batch=50 rate=0.1 seed=1\n.measure train acc param='test_accuracy'\n.mc 40 seed=3\n");
        PreparedStudy study = DeckRun.Open(deck, new RunSettings { Folder = _folder.Path }).PrepareStudy("mc", RunParts.All)!;
        study.Run(new StudyItem(0, 1), CancellationToken.None);
        long before = GC.GetAllocatedBytesForCurrentThread();
        const int count = 10;
        for (int k = 2; k < 2 + count; k++)
            Assert.Equal("done", study.Run(new StudyItem(0, k), CancellationToken.None)!.Status);
        double bytes = (GC.GetAllocatedBytesForCurrentThread() - before) / (double)count;

        // 13,184 weights are pairs of devices with two draws each: 0.4 MB of draws; data set, deck and layout are not among a chip's own.
        Assert.InRange(bytes, 0, 6e6);
    }

    [Fact]
    public void WhatIsWrittenHasOneOrderInEveryProcess()
    {
        string deck = _folder.File("two.cir", DividerText(2, step: true).Replace(".mc", ".step param limit list 0.01 0.02\n.mc", StringComparison.Ordinal));
        string place = Whole(deck, 2);
        Assert.Equal("chip,s,limit,vb,ia,spec,status", File.ReadLines(Path.Combine(place, "chips.csv")).First());
        using JsonDocument json = JsonDocument.Parse(File.ReadAllText(Path.Combine(place, "run.json")));
        Assert.Equal(["limit", "s"], json.RootElement.GetProperty("parameters").EnumerateObject().Select(p => p.Name));
        Assert.All(json.RootElement.GetProperty("chips").EnumerateArray(), c => Assert.Equal(["s", "limit"], c.GetProperty("step").EnumerateObject().Select(p => p.Name)));
    }

    internal static string DividerText(int chips, bool step) =>
        "divider\n.param limit=0.02 s=0.05\nV1 a 0 1\nR1 a b 1k DEV=5%\nR2 b 0 1k DEV={s}\n.op\n.measure op vb param='v(b)'\n.measure op ia param='i(V1)'\n"
        + (step ? ".step param s list 0.02 0.1\n" : string.Empty)
        + string.Create(CultureInfo.InvariantCulture, $".mc {chips} seed=7 spec=\"abs(vb-0.5)<0.02\"\n");

    /// <summary>Chips that take a millisecond or two.</summary>
    internal static string SlowText(int chips) => DividerText(chips, step: true).Replace(".op\n", "C1 b 0 1n DEV=3%\n.op\n.tran 20n 4u\n.measure tran vm avg v(b)\n", StringComparison.Ordinal);

    /// <summary>Two studies left the same files, but for times and places.</summary>
    internal static void AssertSame(string expected, string found)
    {
        Assert.Equal(File.ReadAllText(Path.Combine(expected, "chips.csv")), File.ReadAllText(Path.Combine(found, "chips.csv")));
        Assert.Equal(Timeless(expected), Timeless(found));
        string[] tables = [.. Directory.EnumerateFiles(expected, "*.csv").Select(Path.GetFileName).OfType<string>().Order(StringComparer.Ordinal)];
        Assert.Equal(tables, Directory.EnumerateFiles(found, "*.csv").Select(Path.GetFileName).OfType<string>().Order(StringComparer.Ordinal));
        foreach (string table in tables)
            Assert.Equal(File.ReadAllText(Path.Combine(expected, table)), File.ReadAllText(Path.Combine(found, table)));
        Assert.Equal(Timeless(File.ReadLines(Path.Combine(expected, "report.html"))), Timeless(File.ReadLines(Path.Combine(found, "report.html"))));
    }

    /// <summary>A report without the lines that say when and how fast.</summary>
    private static IEnumerable<string> Timeless(IEnumerable<string> report) => report.Where(l => !l.Contains("time of ", StringComparison.Ordinal) && !l.Contains(">machine<", StringComparison.Ordinal) && !l.Contains("<footer", StringComparison.Ordinal));

    private static string Timeless(string folder)
    {
        RunRecord record = RunRecord.FromJson(File.ReadAllText(Path.Combine(folder, "run.json")))!;
        return (record with
        {
            Out = null,
            Started = null,
            Seconds = new Dictionary<string, double>(),
            Machine = record.Machine! with { Threads = 0 },
            Command = string.Empty,
            Plots = [.. record.Plots.Select(p => Path.GetRelativePath(folder, p))],
        }).ToJson();
    }

    private string Divider(int chips, bool step) => _folder.File("divider.cir", DividerText(chips, step));

    private string Whole(string deck, int threads, string name = "whole")
    {
        string place = Path.Combine(_folder.Path, name);
        ProgramRun run = ProgramRun.Of("mc", deck, "--out", place, "--quiet", "--threads", threads.ToString(CultureInfo.InvariantCulture));
        Assert.True(run.Status == 0, run.Error);
        return place;
    }
}
