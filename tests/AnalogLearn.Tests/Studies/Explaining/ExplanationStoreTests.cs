using AnalogLearn.Studies;
using AnalogLearn.Studies.Explaining;
using AnalogLearn.Tests.Cli;
using Microsoft.Data.Sqlite;

namespace AnalogLearn.Tests.Studies.Explaining;

/// <summary>Studies that explain and are cut off go on where they were, and end as if nothing had been.</summary>
public sealed class ExplanationStoreTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>A divider whose every study is asked for; measures are exact, so that the smallest difference shows.</summary>
    internal static string AllCards(int chips, bool slow = false) =>
        "explained\n.param spread=0.04\n.model ra r(r=1k DEV={spread} LOT=3%)\n.model rb r(r=1k DEV=2%)\nV1 a 0 1\nR1 a b ra\nR2 b 0 rb\nR3 b 0 10k DEV=5%\n"
        + (slow ? "C1 b 0 1n DEV=3%\n.op\n.measure op vb param='v(b)'\n.tran 20n 4u\n.measure tran vm avg v(b)\n" : ".op\n.measure op vb param='v(b)'\n")
        + $".mc {chips} seed=7 spec=\"{(slow ? "abs(vm-0.476)<0.01" : "abs(vb-0.476)<0.01")}\"\n.corner of=all\n.predict\n.ablate chips={chips}\n.variance chips={chips}\n.tolerance param=spread from=0.001 to=0.2 log yield=[0.9,0.5] chips={chips}\n";

    /// <summary>Every row with its exact values and the seconds that it took: what was done again would have other seconds.</summary>
    internal static List<string> Rows(string folder, bool withSeconds = true)
    {
        using var connection = new SqliteConnection($"Data Source={Path.Combine(folder, ExplanationStore.FileName)};Pooling=False");
        connection.Open();
        using SqliteCommand command = connection.CreateCommand();
        command.CommandText = $"SELECT design, what, variant, chip, name, status, {(withSeconds ? "seconds" : "0")}, place, measure, printf('%!.17g', value) FROM evaluation JOIN evaluation_value ON evaluation = id ORDER BY design, what, variant, chip, place";
        using SqliteDataReader reader = command.ExecuteReader();
        var rows = new List<string>();
        while (reader.Read())
            rows.Add(string.Join('|', Enumerable.Range(0, reader.FieldCount).Select(k => Convert.ToString(reader.GetValue(k), System.Globalization.CultureInfo.InvariantCulture))));
        return rows;
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    public void WhatIsInterruptedManyTimesIsWhatRunsAtOnce(int threads)
    {
        string deck = _folder.File("all.cir", AllCards(50));
        string whole = Path.Combine(_folder.Path, "whole"), parts = Path.Combine(_folder.Path, "parts");
        Assert.Equal(RunStatus.Done, DeckRun.Open(deck, new RunSettings { Folder = whole, ThreadCount = 2 }).Run());
        int interruptions = 0, before = 0;
        var random = new Random(threads);
        while (true)
        {
            using var stop = new CancellationTokenSource();
            var observer = new Interrupter(stop, random.Next(200, 700));
            RunStatus status = DeckRunOf(observer).Run(cancellation: stop.Token);
            if (status == RunStatus.Done)
                break;
            Assert.Equal(RunStatus.Interrupted, status);
            interruptions++;
            if (!File.Exists(Path.Combine(parts, ExplanationStore.FileName)))
                continue;
            int now = Rows(parts).Count;
            Assert.True(now >= before);
            if (before > 0)
                Assert.Contains(observer.Said, s => s.StartsWith("resumed, done of studies that explain: ", StringComparison.Ordinal));
            before = now;
        }

        Assert.InRange(interruptions, 1, 2000);
        foreach (string table in new[] { "corners.csv", "prediction.csv", "contributions.csv", "ablation.csv", "variance.csv", "tolerance.csv", "tolerance-points.csv", "chips.csv" })
            Assert.True(File.ReadAllText(Path.Combine(whole, table)) == File.ReadAllText(Path.Combine(parts, table)), table + "\n" + File.ReadAllText(Path.Combine(whole, table)) + File.ReadAllText(Path.Combine(parts, table)));
        ChipStudyTests.AssertSame(whole, parts);
        Assert.Equal(Rows(whole, withSeconds: false), Rows(parts, withSeconds: false));
        foreach (string table in new[] { "corners.csv", "prediction.csv", "contributions.csv", "ablation.csv", "variance.csv", "tolerance.csv", "tolerance-points.csv", "chips.csv" })
            Assert.Equal(File.ReadAllText(Path.Combine(whole, table)), File.ReadAllText(Path.Combine(parts, table)));

        // What is done is not done again: the seconds of the rows are those of the first time.
        List<string> rows = Rows(parts);
        Assert.Equal(RunStatus.Done, DeckRunOf(SilentObserver.Instance).Run());
        Assert.Equal(rows, Rows(parts));
        ChipStudyTests.AssertSame(whole, parts);
        Assert.Equal([ExplanationStore.FileName], Directory.GetFiles(parts, "explain*").Select(Path.GetFileName));

        DeckRun DeckRunOf(IRunObserver observer) => DeckRun.Open(deck, new RunSettings { Folder = parts, ThreadCount = threads }, observer);
    }

    [Fact]
    public void OneCommandAtATimeSharesTheStore()
    {
        string deck = _folder.File("all.cir", AllCards(20));
        string place = Path.Combine(_folder.Path, "place");
        Assert.Equal(0, ProgramRun.Of("ablate", deck, "--out", place, "--quiet").Status);
        int first = Rows(place).Count;
        Assert.Equal(0, ProgramRun.Of("variance", deck, "--out", place, "--quiet").Status);
        Assert.True(Rows(place).Count > first);
        Assert.Contains("resumed, done of studies that explain: ", ProgramRun.Of("run", deck, "--out", place).Error, StringComparison.Ordinal);
    }

    [Fact]
    public void AChangedDeckSetsWhatIsFinishedAside()
    {
        string deck = _folder.File("all.cir", AllCards(20)), other = _folder.File("other.cir", AllCards(20).Replace("R2 b 0 rb", "R2 b 0 rb r=1.1k", StringComparison.Ordinal));
        string place = Path.Combine(_folder.Path, "place");
        Assert.Equal(0, ProgramRun.Of("ablate", deck, "--out", place, "--quiet").Status);
        List<string> rows = Rows(place);
        ProgramRun changed = ProgramRun.Of("ablate", other, "--out", place);
        Assert.Equal(0, changed.Status);
        Assert.Contains("kept as explain.previous.db", changed.Error, StringComparison.Ordinal);
        Assert.NotEqual(rows, Rows(place));

        // What is not finished is not given up unasked.
        using (var connection = new SqliteConnection($"Data Source={Path.Combine(place, ExplanationStore.FileName)};Pooling=False"))
        {
            connection.Open();
            using SqliteCommand command = connection.CreateCommand();
            command.CommandText = "UPDATE study SET value = '0' WHERE name = 'complete'";
            Assert.Equal(1, command.ExecuteNonQuery());
        }

        List<string> unfinished = Rows(place);
        foreach (string[] more in new[] { [], new[] { "--seed", "9" }, new[] { "--set", "spread=0.05" } })
        {
            ProgramRun refused = ProgramRun.Of(["ablate", deck, "--out", place, .. more]);
            Assert.Equal(2, refused.Status);
            Assert.Contains("of another study", refused.Error, StringComparison.Ordinal);
            Assert.Contains("--fresh", refused.Error, StringComparison.Ordinal);
        }

        Assert.Equal(unfinished, Rows(place));
        Assert.Equal(0, ProgramRun.Of("ablate", deck, "--out", place, "--fresh", "--quiet").Status);
        Assert.Equal(rows.Select(WithoutSeconds), Rows(place).Select(WithoutSeconds));

        static string WithoutSeconds(string row) => string.Join('|', row.Split('|').Where((_, k) => k != 6));
    }

    [Fact]
    public void WhatCouldNotBeSimulatedMeetsNothingAndIsSaid()
    {
        // It oscillates: wherever it happened to stand is within the limits.
        string deck = _folder.File(
            "oscillator.cir",
            "oscillator\n.model cell neuron(c=1n g=1u rho=tanh gain=1.35 DEV=10%)\n.model w synapse()\nNh h[0:1] cell bias=0\nYhh h h w init=[[1,-4],[4,1]]\nNx x[0:0] input\nVx x[0] 0 0.3\nYxh x h w init=[[1],[0]]\n"
            + ".options settle_step=0.5 settle_steps=300\n.op\n.measure op h param='v(h[0])'\n.mc 3 seed=1 spec=\"abs(h)<10\"\n.ablate chips=3\n");
        ProgramRun run = ProgramRun.Of("ablate", deck, "--out", Path.Combine(_folder.Path, "place"));

        // Three chips, each in several variants: chips are counted as chips, and their runs beside them.
        Assert.Contains("3 of 3 chips could not be simulated, in ", run.Error, StringComparison.Ordinal);
        RunRecord record = RunRecord.FromJson(File.ReadAllText(Path.Combine(_folder.Path, "place", "run.json")))!;
        Assert.Equal(0, record.Explanation!.Ablations.Single(a => a is { NonIdeality: "all", Measure: "yield" }).Mean);
    }

    [Fact]
    public void AShardSaysThatItExplainsNothing()
    {
        ProgramRun shard = ProgramRun.Of("mc", _folder.File("all.cir", AllCards(4)), "--out", Path.Combine(_folder.Path, "shards"), "--shard", "1/2");
        Assert.Equal(0, shard.Status);
        Assert.Contains("a shard does chips of .mc only: .corner, .predict, .ablate, .variance, .tolerance run without --shard", shard.Error, StringComparison.Ordinal);
        Assert.False(File.Exists(Path.Combine(_folder.Path, "shards", ExplanationStore.FileName)));
    }

    [Fact]
    public void TheReportShowsWhatWasExplained()
    {
        string deck = _folder.File("all.cir", AllCards(30));
        string place = Path.Combine(_folder.Path, "place");
        Assert.Equal(0, ProgramRun.Of("run", deck, "--out", place, "--quiet").Status);
        string report = File.ReadAllText(Path.Combine(place, "report.html"));
        foreach (string section in new[] { "Yield", "Tolerances", "What each non-ideality costs", "Shares of the variance", "Predicted from sensitivities", "Corners" })
            Assert.Contains(section + "</h2>", report, StringComparison.Ordinal);
        RunRecord record = RunRecord.FromJson(File.ReadAllText(Path.Combine(place, "run.json")))!;
        Assert.Equal("report.html", record.Report);
        Assert.Contains("ablation.csv", record.Tables);
        Assert.Contains("chips.csv", record.Tables);
        Assert.NotEmpty(record.Measures);

        // A command of one kind leaves a report as well.
        string alone = Path.Combine(_folder.Path, "alone");
        Assert.Equal(0, ProgramRun.Of("ablate", deck, "--out", alone, "--quiet").Status);
        Assert.Contains("What each non-ideality costs</h2>", File.ReadAllText(Path.Combine(alone, "report.html")), StringComparison.Ordinal);
    }

    /// <summary>Presses Ctrl-C when it has heard of so much progress.</summary>
    private sealed class Interrupter(CancellationTokenSource stop, int after) : IRunObserver
    {
        private readonly Lock _lock = new();
        private int _left = after;

        public List<string> Said { get; } = [];

        public void Say(string text)
        {
            lock (_lock)
                Said.Add(text);
        }

        public void StudyProgress(StudyProgress progress)
        {
            if (Interlocked.Decrement(ref _left) == 0)
                stop.Cancel();
        }
    }
}
