using System.Diagnostics;
using System.Runtime.InteropServices;

namespace AnalogLearn.Benchmarks.Spice;

/// <summary>What one run of a program took.</summary>
/// <param name="Wall">Time on the wall clock [s].</param>
/// <param name="Processor">Time of all its threads, in the program and in the system [s].</param>
/// <param name="ExitCode">How it ended.</param>
/// <param name="Errors">The end of what it wrote to its error stream.</param>
internal readonly record struct ChildRun(double Wall, double Processor, int ExitCode, string Errors)
{
    /// <summary>The better of two runs, each time for itself.</summary>
    public ChildRun Best(ChildRun other) => this with { Wall = Math.Min(Wall, other.Wall), Processor = Math.Min(Processor, other.Processor) };
}

/// <summary>Runs programs and takes their time from start to end.</summary>
internal static partial class ChildProcess
{
    private const int Children = -1;

    /// <summary>Runs a program to its end.</summary>
    /// <param name="program">Its path, or its name on the search path.</param>
    /// <param name="arguments">Its arguments.</param>
    public static ChildRun Run(string program, params IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        double before = ProcessorTimeOfChildren();
        long begin = Stopwatch.GetTimestamp();
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        process.StandardOutput.BaseStream.CopyTo(Stream.Null);
        process.WaitForExit();
        double wall = Stopwatch.GetElapsedTime(begin).TotalSeconds;
        double processor = OperatingSystem.IsWindows() ? process.TotalProcessorTime.TotalSeconds : ProcessorTimeOfChildren() - before;
        return new(wall, processor, process.ExitCode, errors.Result);
    }

    /// <summary>The full path of a program on the search path, or null.</summary>
    /// <param name="name">Its name.</param>
    public static string? Find(string name) =>
        (Environment.GetEnvironmentVariable("PATH") ?? string.Empty).Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .SelectMany(folder => new[] { Path.Combine(folder, name), Path.Combine(folder, name + ".exe") })
            .FirstOrDefault(File.Exists);

    /// <summary>Processor time of all children that have ended and been waited for [s]; the one that ended is the difference.</summary>
    private static double ProcessorTimeOfChildren()
    {
        if (OperatingSystem.IsWindows() || GetResourceUsage(Children, out ResourceUsage usage) != 0)
            return double.NaN;
        return usage.UserSeconds + usage.SystemSeconds + (1e-6 * ((usage.UserMicroseconds & uint.MaxValue) + (usage.SystemMicroseconds & uint.MaxValue)));
    }

    [LibraryImport("libc", EntryPoint = "getrusage")]
    private static partial int GetResourceUsage(int who, out ResourceUsage usage);

    /// <summary><c>struct rusage</c> of 64-bit systems. Where microseconds are 32 bits wide, padding follows.</summary>
    [StructLayout(LayoutKind.Sequential, Size = 256)]
    private struct ResourceUsage
    {
        public long UserSeconds;
        public long UserMicroseconds;
        public long SystemSeconds;
        public long SystemMicroseconds;
    }
}
