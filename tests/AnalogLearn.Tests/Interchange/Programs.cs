using System.Diagnostics;

namespace AnalogLearn.Tests.Interchange;

/// <summary>A test that runs ngspice; skipped, saying so, where it is not installed.</summary>
internal sealed class NgspiceFactAttribute : FactAttribute
{
    public NgspiceFactAttribute() => Skip = Programs.Find("ngspice") is null ? "ngspice is not on the path, so its results were not compared." : null;
}

/// <summary>A theory that runs ngspice; skipped, saying so, where it is not installed.</summary>
internal sealed class NgspiceTheoryAttribute : TheoryAttribute
{
    public NgspiceTheoryAttribute() => Skip = new NgspiceFactAttribute().Skip;
}

/// <summary>Other programs on this machine.</summary>
internal static class Programs
{
    /// <summary>The full path of a program, or null.</summary>
    public static string? Find(string name)
    {
        string[] endings = OperatingSystem.IsWindows() ? [".exe", ".cmd", ".bat"] : [string.Empty];
        string[] folders = Environment.GetEnvironmentVariable("PATH")?.Split(Path.PathSeparator) ?? [];
        return folders.Where(f => f.Length > 0).SelectMany(f => endings.Select(e => Path.Combine(f, name + e))).FirstOrDefault(File.Exists);
    }

    /// <summary>Runs a program to its end and gives its exit status and everything it said; −1 when it took too long.</summary>
    public static (int Status, string Output) Run(string program, string folder, TimeSpan limit, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true, RedirectStandardInput = true };
        using var process = Process.Start(start)!;
        process.StandardInput.Close();
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        Task<string> errors = process.StandardError.ReadToEndAsync();
        if (!process.WaitForExit(limit))
        {
            process.Kill(entireProcessTree: true);
            return (-1, $"{Path.GetFileName(program)} took longer than {limit}.");
        }

        process.WaitForExit();
        return (process.ExitCode, output.GetAwaiter().GetResult() + errors.GetAwaiter().GetResult());
    }
}
