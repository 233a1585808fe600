using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using AnalogLearn.Cli;
using AnalogLearn.Studies;
using AnalogLearn.Tests.Cli;
using Xunit.Abstractions;

namespace AnalogLearn.Tests.Studies;

/// <summary>Studies as job arrays of Slurm: what the script says, and, where Slurm is installed, a cluster of one node that the test starts.</summary>
public sealed class SlurmArrayTests(ITestOutputHelper output)
{
    [Fact]
    public void TheScriptRunsOneShardATask()
    {
        var array = new SlurmArray
        {
            Folder = new RunFolder("/data/my run"),
            Name = "digits",
            Command = ["/opt/analoglearn", "mc", "/data/it's.cir", "--out", "/data/my run", "--set", "bits=5"],
            Shards = 12,
        };
        Assert.Equal(
            "#!/bin/sh\n#SBATCH --job-name=digits\n#SBATCH --output=\"/data/my run/study-%a-of-12.log\"\n#SBATCH --open-mode=truncate\n"
            + "# One task of the array is one shard of the study; a task that is started again goes on where it was cut off.\n"
            + "/opt/analoglearn mc '/data/it'\\''s.cir' --out '/data/my run' --set bits=5 --shard \"$SLURM_ARRAY_TASK_ID/12\" --threads \"${SLURM_CPUS_PER_TASK:-1}\"\n",
            array.Script());
    }

    [Theory]
    [InlineData("1", 1)]
    [InlineData("1-4", 1, 2, 3, 4)]
    [InlineData("1,3-4,9", 1, 3, 4, 9)]
    public void OnlyWhatIsNotDoneIsSubmitted(string expected, params int[] shards) => Assert.Equal(expected, SlurmArray.ArrayOf(shards));

    [Theory]
    [InlineData("--partition=short --time 30", "--partition=short", "--time", "30")]
    [InlineData("  --comment='a b' --mail-user=\"\" ", "--comment=a b", "--mail-user=")]
    public void OptionsAreSplitAsAShellDoes(string text, params string[] words) => Assert.Equal(words, SlurmArray.Words(text));

    [Fact]
    public void WithoutSlurmThatIsSaid()
    {
        if (Find("sbatch") is not null)
            return;
        using var folder = new TemporaryFolder();
        string deck = folder.File("divider.cir", ChipStudyTests.DividerText(10, step: false));
        ProgramRun run = ProgramRun.Of("mc", deck, "--out", Path.Combine(folder.Path, "out"), "--on", "slurm");
        Assert.Equal(1, run.Status);
        Assert.Contains("there is no 'sbatch'", run.Error, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Category", "Long")]
    public async Task ARealJobArrayIsTheStudyAtOnce()
    {
        string[] programs = ["slurmctld", "slurmd", "sbatch", "squeue", "scancel", "sinfo"];
        string[] missing = [.. programs.Where(p => Find(p) is null)];
        if (missing.Length > 0 || Environment.UserName != "root")
        {
            output.WriteLine("SKIPPED: a cluster of one node needs root and " + string.Join(", ", missing.DefaultIfEmpty("nothing else")));
            return;
        }

        using var folder = new TemporaryFolder();
        string deck = folder.File("slow.cir", ChipStudyTests.SlowText(300));
        string whole = Path.Combine(folder.Path, "whole"), place = Path.Combine(folder.Path, "on slurm");
        Assert.Equal(0, ProgramRun.Of("mc", deck, "--out", whole, "--quiet").Status);
        using OneNode cluster = await OneNode.Start(folder.Path);

        // The first job is told nonsense and says so; the second one is cut off; the third one does the rest; a fourth one has nothing to do.
        (int status, string error) = await cluster.Run("mc", deck, "--out", place, "--on", "slurm", "--shards", "5", "--sbatch", "--partition=nowhere");
        Assert.Equal(1, status);
        Assert.Contains("sbatch says:", error, StringComparison.Ordinal);
        Assert.Equal(0, (await cluster.Run("mc", deck, "--out", place, "--shard", "2/5", "--quiet")).Status);
        (status, error) = await cluster.Run("mc", deck, "--out", place, "--on", "slurm", "--shards", "5", "--sbatch", "--comment='two words' --time=5");
        Assert.True(status == 0, error + cluster.Logs());
        Assert.Contains("submitted 4 shards as job", error, StringComparison.Ordinal);
        ChipStudyTests.AssertSame(whole, place);
        (status, error) = await cluster.Run("mc", deck, "--out", place, "--on", "slurm", "--shards", "5");
        Assert.True(status == 0, error);
        Assert.DoesNotContain("submitted", error, StringComparison.Ordinal);
        ChipStudyTests.AssertSame(whole, place);
    }

    private static string? Find(string program) =>
        (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(Path.PathSeparator).Append("/usr/sbin").Select(f => Path.Combine(f, program)).FirstOrDefault(File.Exists);

    /// <summary>A controller and one node on free ports of this machine, with everything that they write in one folder.</summary>
    private sealed class OneNode : IDisposable
    {
        private readonly List<Process> _daemons = [];
        private readonly string _folder;
        private readonly string _configuration;

        private OneNode(string folder)
        {
            _folder = Path.Combine(folder, "slurm");
            _configuration = Path.Combine(_folder, "slurm.conf");
        }

        public static async Task<OneNode> Start(string folder)
        {
            var cluster = new OneNode(folder);
            string place = cluster._folder;
            Directory.CreateDirectory(Path.Combine(place, "state"));
            Directory.CreateDirectory(Path.Combine(place, "spool"));
            string host = Dns.GetHostName().Split('.')[0];
            await File.WriteAllTextAsync(
                cluster._configuration,
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"""
                    ClusterName=one
                    SlurmctldHost={host}(127.0.0.1)
                    SlurmctldPort={FreePort()}
                    SlurmdPort={FreePort()}
                    AuthType=auth/none
                    CredType=cred/none
                    SlurmUser=root
                    SlurmdUser=root
                    StateSaveLocation={place}/state
                    SlurmdSpoolDir={place}/spool
                    SlurmctldPidFile={place}/slurmctld.pid
                    SlurmdPidFile={place}/slurmd.pid
                    SlurmctldLogFile={place}/slurmctld.log
                    SlurmdLogFile={place}/slurmd.log
                    ProctrackType=proctrack/linuxproc
                    TaskPlugin=task/none
                    JobAcctGatherType=jobacct_gather/none
                    SchedulerType=sched/builtin
                    SelectType=select/cons_tres
                    SelectTypeParameters=CR_CPU
                    SwitchType=switch/none
                    MpiDefault=none
                    ReturnToService=2
                    NodeName={host} NodeAddr=127.0.0.1 CPUs={Environment.ProcessorCount} State=UNKNOWN
                    PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP

                    """));
            cluster._daemons.Add(cluster.Begin(Find("slurmctld")!, "-D", "-c"));
            cluster._daemons.Add(cluster.Begin(Find("slurmd")!, "-D"));
            var limit = Stopwatch.StartNew();
            while (true)
            {
                using Process info = cluster.Begin(Find("sinfo")!, "--noheader", "--format=%t");
                string state = await info.StandardOutput.ReadToEndAsync();
                await info.WaitForExitAsync();
                if (state.Trim() == "idle")
                    return cluster;
                if (limit.Elapsed > TimeSpan.FromSeconds(60))
                {
                    string logs = cluster.Logs();
                    cluster.Dispose();
                    Assert.Fail("the node does not come up: " + logs);
                }

                await Task.Delay(100);
            }
        }

        public async Task<(int Status, string Error)> Run(params string[] args)
        {
            using Process process = Begin(Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? Find("dotnet")!, [typeof(Program).Assembly.Location, .. args]);
            Task<string> output = process.StandardOutput.ReadToEndAsync();
            string error = await process.StandardError.ReadToEndAsync();
            await output;
            await process.WaitForExitAsync();
            return (process.ExitCode, error);
        }

        public string Logs() => string.Join('\n', Directory.GetFiles(_folder, "*.log").Select(f => f + "\n" + File.ReadAllText(f)));

        public void Dispose()
        {
            foreach (Process daemon in _daemons)
            {
                daemon.Kill(entireProcessTree: true);
                daemon.WaitForExit();
                daemon.Dispose();
            }
        }

        private Process Begin(string program, params string[] args)
        {
            var start = new ProcessStartInfo(program, args) { RedirectStandardOutput = true, RedirectStandardError = true };
            start.Environment["SLURM_CONF"] = _configuration;
            return Process.Start(start)!;
        }

        private static int FreePort()
        {
            using var listener = new TcpListener(IPAddress.Loopback, 0);
            listener.Start();
            return ((IPEndPoint)listener.LocalEndpoint).Port;
        }
    }
}
