using System.Diagnostics;
using System.Globalization;
using AnalogLearn.Cli;

namespace AnalogLearn.Tests.Cli;

/// <summary>
/// The program in a process of its own, to be killed or interrupted while it works. It is watched from the thread of the test, without awaiting: a continuation waits
/// for its turn behind the tests that run at the same time, and the program may be over by then.
/// </summary>
internal sealed class ChildProgram : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(4);
    private readonly Process _process;
    private readonly Task<string> _output, _error;

    private ChildProgram(Process process)
    {
        _process = process;
        _output = process.StandardOutput.ReadToEndAsync();
        _error = process.StandardError.ReadToEndAsync();
    }

    public static ChildProgram Start(params string[] args)
    {
        string dotnet = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
        return new(Process.Start(new ProcessStartInfo(dotnet, [typeof(Program).Assembly.Location, .. args]) { RedirectStandardOutput = true, RedirectStandardError = true })!);
    }

    /// <summary>Waits until it is time, looking every millisecond. False if the program ended before.</summary>
    public bool WaitUntil(Func<bool> isTime)
    {
        var watch = Stopwatch.StartNew();
        while (!_process.WaitForExit(1))
        {
            Assert.True(watch.Elapsed < Patience, "the program does not come to where it is awaited");
            if (isTime())
                return true;
        }

        return false;
    }

    /// <summary>Ends it without any warning. True if that cut it off; false if it was over by itself.</summary>
    public bool Kill()
    {
        _process.Kill();
        return End().Status != 0;
    }

    /// <summary>Asks it to stop, as Ctrl-C does.</summary>
    public void Interrupt()
    {
        using Process kill = Process.Start("kill", ["-INT", _process.Id.ToString(CultureInfo.InvariantCulture)]);
        kill.WaitForExit();
    }

    /// <summary>Waits for its end.</summary>
    public ProgramRun End()
    {
        Assert.True(_process.WaitForExit(Patience), "the program does not end");
        return new(_process.ExitCode, _output.GetAwaiter().GetResult(), _error.GetAwaiter().GetResult());
    }

    public void Dispose() => _process.Dispose();
}
