using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using AnalogLearn.Cli;
using AnalogLearn.Tests.Studies;

namespace AnalogLearn.Tests.Cli;

public class InterruptionTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task ARunThatIsKilledAndStartedAgainEndsInTheSameBits(int seed)
    {
        using var folder = new TemporaryFolder();
        string deck = folder.File("digits.cir", SmallDecks.DigitsText(16, train: 1000, more: ".options checkpoint=0.02\n.measure train e param='test_error'\n.measure train c param='train_cost'"));
        string whole = Path.Combine(folder.Path, "whole");
        Assert.Equal(0, ProgramRun.Of("run", deck, "--out", whole, "--quiet").Status);

        // Killed a few times at a random place after a checkpoint was written, without any warning, as kill -9 does.
        string parts = Path.Combine(folder.Path, "parts");
        var random = new Random(seed);
        int kills = 0;
        for (int attempt = 0; attempt < 3; attempt++)
        {
            using Process process = Start("run", deck, "--out", parts, "--quiet");
            if (await WaitForWrites(process, Path.Combine(parts, "checkpoint.bin"), random.Next(1, 4)))
            {
                process.Kill();
                kills++;
            }

            await process.WaitForExitAsync();
            if (process.ExitCode == 0)
                break;
        }

        Assert.True(kills > 0, "the run was over before it could be killed");
        ProgramRun last = ProgramRun.Of("run", deck, "--out", parts);
        Assert.Equal(0, last.Status);
        Assert.Equal(File.ReadAllBytes(Path.Combine(whole, "weights.npz")), File.ReadAllBytes(Path.Combine(parts, "weights.npz")));
        Assert.Equal(Measures(whole), Measures(parts));
        Assert.Empty(Directory.GetFiles(parts, ".*.part"));
    }

    [Fact]
    public async Task AnInterruptLetsTheBatchFinishAndSaves()
    {
        if (OperatingSystem.IsWindows())
            return;
        using var folder = new TemporaryFolder();
        string deck = folder.File("digits.cir", SmallDecks.DigitsText(200, train: 1000, more: ".options checkpoint=0.02"));
        string place = Path.Combine(folder.Path, "place");
        using (Process process = Start("run", deck, "--out", place, "--json"))
        {
            Assert.True(await WaitForWrites(process, Path.Combine(place, "checkpoint.bin"), 1));
            using Process kill = Process.Start("kill", ["-INT", process.Id.ToString(CultureInfo.InvariantCulture)]);
            Task<string> output = process.StandardOutput.ReadToEndAsync();
            string error = await process.StandardError.ReadToEndAsync();
            await process.WaitForExitAsync();
            Assert.True(process.ExitCode == 130, error);
            Assert.Contains("the same command goes on", error, StringComparison.Ordinal);
            using JsonDocument json = JsonDocument.Parse(await output);
            Assert.Equal("interrupted", json.RootElement.GetProperty("status").GetString());
        }

        Assert.True(File.Exists(Path.Combine(place, "checkpoint.bin")));

        // The same command goes on; another seed says that the checkpoint is not its own.
        using var stop = new CancellationTokenSource();
        stop.Cancel();
        ProgramRun resumed = ProgramRun.Of(stop.Token, "run", deck, "--out", place);
        Assert.Equal(130, resumed.Status);
        Assert.Contains("resumed at epoch", resumed.Error, StringComparison.Ordinal);
        ProgramRun other = ProgramRun.Of(stop.Token, "run", deck, "--out", place, "--seed", "77");
        Assert.Equal(130, other.Status);
        Assert.Contains("another run", other.Error, StringComparison.Ordinal);
    }

    private static string Measures(string folder)
    {
        using JsonDocument json = JsonDocument.Parse(File.ReadAllText(Path.Combine(folder, "run.json")));
        return json.RootElement.GetProperty("measures").ToString();
    }

    private static Process Start(params string[] args)
    {
        string dotnet = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
        return Process.Start(new ProcessStartInfo(dotnet, [typeof(Program).Assembly.Location, .. args]) { RedirectStandardOutput = true, RedirectStandardError = true })!;
    }

    /// <summary>Waits until a file has been replaced so many times, or the process is over.</summary>
    private static async Task<bool> WaitForWrites(Process process, string path, int times)
    {
        DateTime seen = default;
        var limit = Stopwatch.StartNew();
        while (!process.HasExited && limit.Elapsed < TimeSpan.FromMinutes(2))
        {
            DateTime now = File.Exists(path) ? File.GetLastWriteTimeUtc(path) : default;
            if (now != seen && times-- <= 0)
                return !process.HasExited;
            seen = now;
            await Task.Delay(2);
        }

        return false;
    }
}
