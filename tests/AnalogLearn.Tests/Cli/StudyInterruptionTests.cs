using System.Diagnostics;
using System.Globalization;
using AnalogLearn.Cli;
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
    public Task AStudyThatIsKilledAndStartedAgainIsTheStudyAtOnce() => KillAndGoOn(chips: 300, kills: 2, seed: 1);

    [Fact]
    [Trait("Category", "Long")]
    public Task AStudyThatIsKilledAHundredTimesIsTheStudyAtOnce() => KillAndGoOn(chips: 20_000, kills: 100, seed: 2);

    [Fact]
    public async Task CtrlCKeepsWhatIsDone()
    {
        if (OperatingSystem.IsWindows())
            return;
        using var folder = new TemporaryFolder();
        string deck = folder.File("slow.cir", ChipStudyTests.SlowText(2000));
        string place = Path.Combine(folder.Path, "place");
        using (Process process = Start("mc", deck, "--out", place))
        {
            Assert.True(await WaitForRows(process, place, 100_000));
            using Process kill = Process.Start("kill", ["-INT", process.Id.ToString(CultureInfo.InvariantCulture)]);
            Task<string> output = process.StandardOutput.ReadToEndAsync();
            string error = await process.StandardError.ReadToEndAsync();
            await process.WaitForExitAsync();
            Assert.True(process.ExitCode == 130, error + await output);
            Assert.Contains("interrupted after", error, StringComparison.Ordinal);
            Assert.Contains("the same command goes on", error, StringComparison.Ordinal);
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
    public Task AnExplanationThatIsKilledAndStartedAgainIsTheOneAtOnce() => KillAndGoOnExplaining(chips: 30, kills: 1, seed: 1);

    [Fact]
    [Trait("Category", "Long")]
    public Task AnExplanationThatIsKilledThirtyTimesIsTheOneAtOnce() => KillAndGoOnExplaining(chips: 200, kills: 30, seed: 2);

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
        Assert.Contains("interrupted after 0 chips", cut.Error, StringComparison.Ordinal);
        Assert.Contains("the same command goes on", cut.Error, StringComparison.Ordinal);
        Assert.Equal(0, ProgramRun.Of("ablate", deck, "--out", place, "--quiet").Status);
    }

    private static async Task KillAndGoOnExplaining(int chips, int kills, int seed)
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
            using Process process = Start("run", deck, "--out", parts, "--quiet", "--threads", random.Next(1, 4).ToString(CultureInfo.InvariantCulture));
            bool isAtWork = await WaitForRows(process, parts, random.Next(0, Math.Min(60, chips / 2)) * 4096, ExplanationStore.FileName);
            if (isAtWork)
                process.Kill();
            await process.WaitForExitAsync();
            if (!isAtWork)
            {
                // On a busy machine it may be over before anyone looks.
                Assert.True(process.ExitCode == 0 && ++early < 5, "it ended by itself");
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

    private static async Task KillAndGoOn(int chips, int kills, int seed)
    {
        using var folder = new TemporaryFolder();
        string deck = folder.File("slow.cir", ChipStudyTests.SlowText(chips));
        string whole = Path.Combine(folder.Path, "whole"), parts = Path.Combine(folder.Path, "parts");
        var random = new Random(seed);
        int killed = 0, before = 0, early = 0;
        while (killed < kills)
        {
            using (Process process = Start("mc", deck, "--out", parts, "--quiet", "--threads", random.Next(1, 4).ToString(CultureInfo.InvariantCulture)))
            {
                if (!await WaitForRows(process, parts, random.Next(0, 60) * 4096))
                {
                    // On a busy machine the study may be over before anyone looks.
                    string error = await process.StandardError.ReadToEndAsync();
                    await process.WaitForExitAsync();
                    Assert.True(process.ExitCode == 0 && ++early < 5, error);
                    if (killed > 0)
                        break;
                    Directory.Delete(parts, recursive: true);
                    continue;
                }

                process.Kill();
                await process.WaitForExitAsync();
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

    private static Process Start(params string[] args)
    {
        string dotnet = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
        return Process.Start(new ProcessStartInfo(dotnet, [typeof(Program).Assembly.Location, .. args]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
    }

    /// <summary>Waits until the log of the store has grown by so much, or the process is over.</summary>
    private static async Task<bool> WaitForRows(Process process, string folder, long bytes, string store = StudyStore.FileName)
    {
        string path = Path.Combine(folder, store + "-wal");
        var limit = Stopwatch.StartNew();
        long? first = null;
        while (!process.HasExited && limit.Elapsed < TimeSpan.FromMinutes(2))
        {
            long length = Length(path);
            first ??= length > 0 ? length : null;
            if (length - first >= bytes)
                return !process.HasExited;
            await Task.Delay(2);
        }

        return false;
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
