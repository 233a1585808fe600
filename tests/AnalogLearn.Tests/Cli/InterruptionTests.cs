using System.Text.Json;
using AnalogLearn.Tests.Studies;

namespace AnalogLearn.Tests.Cli;

public class InterruptionTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public void ARunThatIsKilledAndStartedAgainEndsInTheSameBits(int seed)
    {
        using var folder = new TemporaryFolder();
        string deck = folder.File("digits.cir", SmallDecks.DigitsText(30, train: 1000, more: ".options checkpoint=0.02\n.measure train e param='test_error'\n.measure train c param='train_cost'"));
        string whole = Path.Combine(folder.Path, "whole");
        Assert.Equal(0, ProgramRun.Of("run", deck, "--out", whole, "--quiet").Status);

        // Killed a few times at a random place after a checkpoint was written, without any warning, as kill -9 does.
        string parts = Path.Combine(folder.Path, "parts");
        var random = new Random(seed);
        int kills = 0;
        for (int attempt = 0; kills < 3 && attempt < 20; attempt++)
        {
            using ChildProgram program = ChildProgram.Start("run", deck, "--out", parts, "--quiet");
            if (program.WaitUntil(IsWritten(Path.Combine(parts, "checkpoint.bin"), random.Next(1, 4))) && program.Kill())
            {
                kills++;
                continue;
            }

            // On a busy machine it may be over before anyone looks: then from the start again, or with the kills that there were.
            Assert.Equal(0, program.End().Status);
            if (kills > 0)
                break;
            Directory.Delete(parts, recursive: true);
        }

        Assert.True(kills > 0, "the run was over each time before it could be killed");
        ProgramRun last = ProgramRun.Of("run", deck, "--out", parts);
        Assert.Equal(0, last.Status);
        Assert.Equal(File.ReadAllBytes(Path.Combine(whole, "weights.npz")), File.ReadAllBytes(Path.Combine(parts, "weights.npz")));
        Assert.Equal(Measures(whole), Measures(parts));
        Assert.Empty(Directory.GetFiles(parts, ".*.part"));
    }

    [Fact]
    public void AnInterruptLetsTheBatchFinishAndSaves()
    {
        if (OperatingSystem.IsWindows())
            return;
        using var folder = new TemporaryFolder();
        string deck = folder.File("digits.cir", SmallDecks.DigitsText(1000, train: 1000, more: ".options checkpoint=0.02"));
        string place = Path.Combine(folder.Path, "place");
        using (ChildProgram program = ChildProgram.Start("run", deck, "--out", place, "--json"))
        {
            Assert.True(program.WaitUntil(IsWritten(Path.Combine(place, "checkpoint.bin"), 1)));
            program.Interrupt();
            ProgramRun stopped = program.End();
            Assert.True(stopped.Status == 130, stopped.Error);
            Assert.Contains("the same command goes on", stopped.Error, StringComparison.Ordinal);
            Assert.Equal("interrupted", stopped.Json().GetProperty("status").GetString());
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

    /// <summary>Whether a file has been replaced so many times.</summary>
    private static Func<bool> IsWritten(string path, int times)
    {
        DateTime seen = default;
        return () =>
        {
            DateTime now = File.Exists(path) ? File.GetLastWriteTimeUtc(path) : default;
            if (now != seen && times-- <= 0)
                return true;
            seen = now;
            return false;
        };
    }
}
