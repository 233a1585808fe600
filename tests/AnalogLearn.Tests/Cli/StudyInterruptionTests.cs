using System.Globalization;
using AnalogLearn.Netlist;
using AnalogLearn.Studies;
using AnalogLearn.Studies.Explaining;
using AnalogLearn.Tests.Studies;
using AnalogLearn.Tests.Studies.Explaining;

namespace AnalogLearn.Tests.Cli;

/// <summary>Studies whose program is killed without warning, again and again, and started again.</summary>
public class StudyInterruptionTests
{
    [Fact]
    public void AStudyThatIsKilledAndStartedAgainIsTheStudyAtOnce() => KillAndGoOn(chips: 300, kills: 2, seed: 1);

    [Fact]
    [Trait("Category", "Long")]
    public void AStudyThatIsKilledAHundredTimesIsTheStudyAtOnce() => KillAndGoOn(chips: 20_000, kills: 100, seed: 2);

    [Fact]
    public void CtrlCKeepsWhatIsDone()
    {
        if (OperatingSystem.IsWindows())
            return;
        using var folder = new TemporaryFolder();
        string deck = folder.File("slow.cir", ChipStudyTests.SlowText(2000));
        string place = Path.Combine(folder.Path, "place");
        using (ChildProgram program = ChildProgram.Start("mc", deck, "--out", place))
        {
            Assert.True(program.WaitUntil(HasGrown(place, 100_000)));
            program.Interrupt();
            ProgramRun stopped = program.End();
            Assert.True(stopped.Status == 130, stopped.Error + stopped.Output);
            Assert.Contains("interrupted after", stopped.Error, StringComparison.Ordinal);
            Assert.Contains("the same command goes on", stopped.Error, StringComparison.Ordinal);
        }

        // One plain file is left, and chips.csv has what is done.
        Assert.Equal(["study.db"], Directory.GetFiles(place, "study*").Select(Path.GetFileName));
        int done = File.ReadLines(Path.Combine(place, "chips.csv")).Count() - 1;
        Assert.InRange(done, 1, 3999);
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        ProgramRun again = ProgramRun.Of(stop.Token, "mc", deck, "--out", place);
        Assert.Equal(130, again.Status);
        Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"resumed: {done} of 4000 chips are done"), again.Error, StringComparison.Ordinal);
    }

    [Fact]
    public void ChipsThatAreKilledInTheirTrainingGoOnFromThere() => KillInTraining(kills: 2, seed: 1);

    [Fact]
    [Trait("Category", "Long")]
    public void ChipsThatAreKilledManyTimesInTheirTrainingGoOnFromThere() => KillInTraining(kills: 40, seed: 2);

    [Fact]
    public void AnExplanationThatIsKilledAndStartedAgainIsTheOneAtOnce() => KillAndGoOnExplaining(chips: 30, kills: 1, seed: 1);

    [Fact]
    [Trait("Category", "Long")]
    public void AnExplanationThatIsKilledThirtyTimesIsTheOneAtOnce() => KillAndGoOnExplaining(chips: 200, kills: 30, seed: 2);

    [Fact]
    public void CtrlCOfAnExplanationSaysHowToGoOn()
    {
        using var folder = new TemporaryFolder();
        string deck = folder.File("all.cir", ExplanationStoreTests.AllCards(20));
        string place = Path.Combine(folder.Path, "place");
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        ProgramRun cut = ProgramRun.Of(stop.Token, "ablate", deck, "--out", place);
        Assert.Equal(130, cut.Status);
        Assert.Contains("interrupted after 0 runs", cut.Error, StringComparison.Ordinal);
        Assert.Contains("the same command goes on", cut.Error, StringComparison.Ordinal);
        Assert.Equal(0, ProgramRun.Of("ablate", deck, "--out", place, "--quiet").Status);
    }

    private static void KillInTraining(int kills, int seed)
    {
        using var folder = new TemporaryFolder();
        string text = ChipCheckpointTests.Deck("update=softbounds pulses=300 pulse_noise=30% write_noise=1% read_noise=1%", "optimizer=adam rate=0.05", "modes=[transfer, insitu]", ".options checkpoint=0\n", epochs: kills > 2 ? 100 : 40);
        string deck = folder.File("chips.cir", text);
        string whole = Path.Combine(folder.Path, "whole"), parts = Path.Combine(folder.Path, "parts"), training = Path.Combine(parts, "training");
        Assert.Equal(0, ProgramRun.Of("mc", folder.File("plain.cir", text.Replace(".options checkpoint=0\n", string.Empty, StringComparison.Ordinal)), "--out", whole, "--quiet").Status);
        var random = new Random(seed);
        int killed = 0, early = 0;
        while (killed < kills)
        {
            using ChildProgram program = ChildProgram.Start("mc", deck, "--out", parts, "--quiet", "--threads", random.Next(1, 3).ToString(CultureInfo.InvariantCulture));
            int changes = random.Next(1, 12);
            DateTime last = default;
            bool HasMovedOn()
            {
                DateTime now = InTraining(training).Select(File.GetLastWriteTimeUtc).DefaultIfEmpty().Max();
                changes -= now != last ? 1 : 0;
                last = now;
                return changes < 0;
            }

            if (program.WaitUntil(HasMovedOn) && program.Kill())
            {
                killed++;
                continue;
            }

            // On a busy machine it may be over before anyone looks.
            Assert.True(program.End().Status == 0 && ++early < 50, "it ended by itself");
            Directory.Delete(parts, recursive: true);
            killed = 0;
        }

        var done = new HashSet<string>(StringComparer.Ordinal);
        using (StudyStore? store = StudyStore.Read(Path.Combine(parts, "study.db"), new DiagnosticBag()))
            done.UnionWith(store?.Known().Select(k => k.Id.ToString(CultureInfo.InvariantCulture)) ?? []);
        int left = InTraining(training).Count(f => !done.Contains(Path.GetFileNameWithoutExtension(f)));
        ProgramRun end = ProgramRun.Of("mc", deck, "--out", parts);
        Assert.True(end.Status == 0, end.Error);
        Assert.Contains(left == 0 ? string.Empty : left == 1 ? "1 chip in training goes on from where it was" : $"{left} chips in training go on from where they were", end.Error, StringComparison.Ordinal);
        Assert.False(Directory.Exists(training));
        Assert.Equal(File.ReadAllText(Path.Combine(whole, "chips.csv")), File.ReadAllText(Path.Combine(parts, "chips.csv")));
    }

    private static string[] InTraining(string folder)
    {
        try
        {
            return Directory.GetFiles(folder, "*.bin");
        }
        catch (DirectoryNotFoundException)
        {
            return [];
        }
    }

    private static void KillAndGoOnExplaining(int chips, int kills, int seed)
    {
        using var folder = new TemporaryFolder();
        string deck = folder.File("all.cir", ExplanationStoreTests.AllCards(chips, slow: kills > 1));
        string whole = Path.Combine(folder.Path, "whole"), parts = Path.Combine(folder.Path, "parts");
        Assert.Equal(0, ProgramRun.Of("run", deck, "--out", whole, "--quiet").Status);
        var random = new Random(seed);
        int killed = 0, early = 0;
        List<string> before = [];
        while (killed < kills)
        {
            using ChildProgram program = ChildProgram.Start("run", deck, "--out", parts, "--quiet", "--threads", random.Next(1, 4).ToString(CultureInfo.InvariantCulture));
            if (!program.WaitUntil(HasGrown(parts, random.Next(0, Math.Min(60, chips / 2)) * 4096, ExplanationStore.FileName)) || !program.Kill())
            {
                // On a busy machine it may be over before anyone looks.
                Assert.True(program.End().Status == 0 && ++early < 20, "it ended by itself");
                if (killed > 0)
                    break;
                Directory.Delete(parts, recursive: true);
                continue;
            }

            killed++;

            // What was there is there, with the seconds that it took then: nothing is done twice.
            List<string> now = ExplanationStoreTests.Rows(parts);
            Assert.Subset(now.ToHashSet(StringComparer.Ordinal), before.ToHashSet(StringComparer.Ordinal));
            before = now;
        }

        Assert.InRange(killed, kills, kills);
        ProgramRun last = ProgramRun.Of("run", deck, "--out", parts);
        Assert.True(last.Status == 0, last.Error);
        Assert.Subset(ExplanationStoreTests.Rows(parts).ToHashSet(StringComparer.Ordinal), before.ToHashSet(StringComparer.Ordinal));
        Assert.Equal(ExplanationStoreTests.Rows(whole, withSeconds: false), ExplanationStoreTests.Rows(parts, withSeconds: false));
        ChipStudyTests.AssertSame(whole, parts);
        Assert.Equal([ExplanationStore.FileName], Directory.GetFiles(parts, "explain*").Select(Path.GetFileName));
    }

    private static void KillAndGoOn(int chips, int kills, int seed)
    {
        using var folder = new TemporaryFolder();
        string deck = folder.File("slow.cir", ChipStudyTests.SlowText(chips));
        string whole = Path.Combine(folder.Path, "whole"), parts = Path.Combine(folder.Path, "parts");
        var random = new Random(seed);
        int killed = 0, before = 0, early = 0;
        while (killed < kills)
        {
            using (ChildProgram program = ChildProgram.Start("mc", deck, "--out", parts, "--quiet", "--threads", random.Next(1, 4).ToString(CultureInfo.InvariantCulture)))
            {
                if (!program.WaitUntil(HasGrown(parts, random.Next(0, 60) * 4096)) || !program.Kill())
                {
                    // On a busy machine the study may be over before anyone looks.
                    ProgramRun ended = program.End();
                    Assert.True(ended.Status == 0 && ++early < 20, ended.Error);
                    if (killed > 0)
                        break;
                    Directory.Delete(parts, recursive: true);
                    continue;
                }

                killed++;
            }

            // What was there is there: rows only become more.
            var diagnostics = new DiagnosticBag();
            using StudyStore? store = StudyStore.Read(Path.Combine(parts, "study.db"), diagnostics);
            if (store is null)
                continue;
            Assert.True(store.RowCount >= before);
            Assert.Equal(store.RowCount, store.Rows().Count(r => r.Measures.Length == 4));
            before = store.RowCount;
        }

        Assert.InRange(killed, kills == 2 ? 1 : kills, kills);
        ProgramRun last = ProgramRun.Of("mc", deck, "--out", parts);
        Assert.True(last.Status == 0, last.Error);
        if (early == 0 && before > 0)
            Assert.Contains(string.Create(CultureInfo.InvariantCulture, $"resumed: {before} of {2 * chips} chips"), last.Error, StringComparison.Ordinal);
        Assert.Equal(0, ProgramRun.Of("mc", deck, "--out", whole, "--quiet").Status);
        ChipStudyTests.AssertSame(whole, parts);
        Assert.Equal(["study.db"], Directory.GetFiles(parts, "study*").Select(Path.GetFileName));
    }

    /// <summary>Whether the log of the store has grown by so much.</summary>
    private static Func<bool> HasGrown(string folder, long bytes, string store = StudyStore.FileName)
    {
        string path = Path.Combine(folder, store + "-wal");
        long? first = null;
        return () =>
        {
            long length = Length(path);
            first ??= length > 0 ? length : null;
            return length - first >= bytes;
        };
    }

    private static long Length(string path)
    {
        try
        {
            return new FileInfo(path).Length;
        }
        catch (FileNotFoundException)
        {
            return 0;
        }
    }
}
