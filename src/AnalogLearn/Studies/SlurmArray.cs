using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using AnalogLearn.Netlist;

namespace AnalogLearn.Studies;

/// <summary>
/// A study as a job array of Slurm, a shard a task: writes the script, submits it with <c>sbatch</c>, follows the tasks by the small files in which shards say how far they are, and lets the caller merge what they leave. Shards
/// that are done already are not submitted again. Nodes need the same file system and the same program.
/// </summary>
public sealed class SlurmArray
{
    private const double SecondsBetweenLooks = 2;

    /// <summary>The script's name in the run's folder.</summary>
    public const string ScriptName = "study.sbatch";

    /// <summary>The run's folder.</summary>
    public required RunFolder Folder { get; init; }

    /// <summary>The job's name.</summary>
    public required string Name { get; init; }

    /// <summary>The program and its words, up to and without <c>--shard</c>.</summary>
    public required ImmutableArray<string> Command { get; init; }

    /// <summary>How many shards.</summary>
    public required int Shards { get; init; }

    /// <summary>Options of <c>sbatch</c>, as on its command line.</summary>
    public ImmutableArray<string> Options { get; init; } = [];

    /// <summary>The batch script: one task a shard, its output beside its store.</summary>
    public string Script()
    {
        string folder = Path.GetFullPath(Folder.Path);
        var text = new StringBuilder();
        text.Append("#!/bin/sh\n");
        text.Append(CultureInfo.InvariantCulture, $"#SBATCH --job-name={Name}\n");
        text.Append(CultureInfo.InvariantCulture, $"#SBATCH --output=\"{folder.Replace("%", "%%", StringComparison.Ordinal)}/study-%a-of-{Shards}.log\"\n");
        text.Append("#SBATCH --open-mode=truncate\n");
        text.Append("# One task of the array is one shard of the study; a task that is started again goes on where it was cut off.\n");
        text.AppendJoin(' ', Command.Select(Quoted));
        text.Append(CultureInfo.InvariantCulture, $" --shard \"$SLURM_ARRAY_TASK_ID/{Shards}\" --threads \"${{SLURM_CPUS_PER_TASK:-1}}\"\n");
        return text.ToString();
    }

    /// <summary>The shards that are not done, as <c>sbatch --array</c> takes them.</summary>
    /// <param name="shards">Their numbers.</param>
    public static string ArrayOf(IReadOnlyList<int> shards)
    {
        ArgumentNullException.ThrowIfNull(shards);
        var parts = new List<string>();
        for (int k = 0; k < shards.Count;)
        {
            int last = k;
            while (last + 1 < shards.Count && shards[last + 1] == shards[last] + 1)
                last++;
            parts.Add(last == k ? shards[k].ToString(CultureInfo.InvariantCulture) : string.Create(CultureInfo.InvariantCulture, $"{shards[k]}-{shards[last]}"));
            k = last + 1;
        }

        return string.Join(',', parts);
    }

    /// <summary>Splits options of <c>sbatch</c> as a shell would.</summary>
    /// <param name="text">The options in one text.</param>
    public static ImmutableArray<string> Words(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var words = ImmutableArray.CreateBuilder<string>();
        var word = new StringBuilder();
        char quote = '\0';
        bool isWord = false;
        foreach (char c in text)
        {
            if (quote != '\0' && c == quote)
            {
                quote = '\0';
            }
            else if (quote == '\0' && c is '"' or '\'')
            {
                (quote, isWord) = (c, true);
            }
            else if (quote == '\0' && char.IsWhiteSpace(c))
            {
                if (isWord)
                    words.Add(word.ToString());
                word.Clear();
                isWord = false;
            }
            else
            {
                word.Append(c);
                isWord = true;
            }
        }

        if (isWord)
            words.Add(word.ToString());
        return words.ToImmutable();
    }

    /// <summary>Submits the shards that are not done and waits for them.</summary>
    /// <param name="fingerprint">The study's fingerprint.</param>
    /// <param name="fresh">Whether to leave aside what shards have done before.</param>
    /// <param name="observer">Told how far they are.</param>
    /// <param name="diagnostics">Receives why they could not be run.</param>
    /// <param name="cancellation">Interrupts: the job is cancelled, what its tasks have done is kept.</param>
    /// <returns>Whether the job was submitted and has ended, or nothing was left to submit.</returns>
    public bool Run(string fingerprint, bool fresh, IRunObserver observer, DiagnosticBag diagnostics, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(observer);
        ArgumentNullException.ThrowIfNull(diagnostics);
        int[] open = [.. Enumerable.Range(1, Shards).Where(k => !IsDone(k, fingerprint, fresh, diagnostics))];
        if (diagnostics.HasErrors)
            return false;
        if (open.Length == 0)
            return true;
        foreach (int k in open)
            Folder.Delete(ShardProgress.FileName(new StudyShard(k, Shards)));
        string script = Folder.WriteText(ScriptName, Script());
        if (Execute("sbatch", ["--parsable", .. Options, "--array=" + ArrayOf(open), script], diagnostics) is not { } answer)
            return false;
        string job = answer.Trim().Split(';')[0];
        observer.Say(string.Create(CultureInfo.InvariantCulture, $"submitted {Amount.Of(open.Length, "shard")} as job {job} of Slurm"));
        bool hasWarned = false;
        while (true)
        {
            if (cancellation.WaitHandle.WaitOne(TimeSpan.FromSeconds(SecondsBetweenLooks)))
            {
                Execute("scancel", [job], diagnostics);
                observer.Say($"interrupted: job {job} is cancelled, what its shards have done is kept");
                return false;
            }

            Tell(observer);
            var problems = new DiagnosticBag();
            string? states = Execute("squeue", ["--noheader", "--jobs=" + job, "--format=%T"], problems);
            if (states is not null && states.AsSpan().Trim().IsEmpty)
                break;
            if (states is null && problems.Any(p => p.Message.Contains("Invalid job id", StringComparison.Ordinal)))
                break;
            if (states is null && !hasWarned)
            {
                observer.Say("squeue does not answer, asking on: " + problems.First().Message);
                hasWarned = true;
            }
        }

        foreach (int k in open)
        {
            Folder.Delete(ShardProgress.FileName(new StudyShard(k, Shards)));
            TellOutput(k, fingerprint, diagnostics);
        }

        return true;
    }

    private bool IsDone(int k, string fingerprint, bool fresh, DiagnosticBag diagnostics)
    {
        string path = Folder.PathOf(new StudyShard(k, Shards).FileName);
        if (!File.Exists(path))
            return false;
        if (fresh)
        {
            StudyStore.Delete(path);
            return false;
        }

        using StudyStore? store = StudyStore.Read(path, new DiagnosticBag());
        if (store is null)
            return false;
        if (store.Identity["fingerprint"] != fingerprint)
            diagnostics.Error(Codes.OtherStudy, SourceSpan.None, string.Create(CultureInfo.InvariantCulture, $"'{path}' holds {Amount.Of(store.RowCount, "chip")} of another study"), "--fresh leaves them aside and starts anew; --out takes another folder");
        return store.Identity.GetValueOrDefault("complete") == "1";
    }

    /// <summary>A shard that did not end well says why in its output.</summary>
    private void TellOutput(int k, string fingerprint, DiagnosticBag diagnostics)
    {
        const int most = 5;
        if (IsDone(k, fingerprint, fresh: false, diagnostics))
            return;
        string log = Folder.PathOf(string.Create(CultureInfo.InvariantCulture, $"study-{k}-of-{Shards}.log"));
        string said = File.Exists(log) ? string.Join('\n', File.ReadLines(log).Where(l => l.Trim().Length > 0).TakeLast(most)) : "it left no output: it never ran on a node that sees this folder";
        diagnostics.Warning(Codes.ClusterFailed, SourceSpan.None, string.Create(CultureInfo.InvariantCulture, $"shard {k} of {Shards} was not done: {said}"), "the same command submits what is missing again");
    }

    private void Tell(IRunObserver observer)
    {
        int done = 0, total = 0, passed = 0;
        double left = 0;
        string? spec = null;
        for (int k = 1; k <= Shards; k++)
        {
            if (ShardProgress.Read(Folder, new StudyShard(k, Shards)) is not { } shard)
                continue;
            done += shard.Done;
            total += shard.Total;
            left = Math.Max(left, shard.SecondsLeft);
            passed += shard.Yield?.Passed ?? 0;
            spec ??= shard.Yield?.Spec;
        }

        if (total > 0)
            observer.StudyProgress(new StudyProgress(done, total, left, spec is null ? null : YieldRecord.Of(spec, done, passed)));
    }

    private static string? Execute(string program, ImmutableArray<string> words, DiagnosticBag diagnostics)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(program, words) { RedirectStandardOutput = true, RedirectStandardError = true })!;
            Task<string> error = process.StandardError.ReadToEndAsync();
            string output = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            if (process.ExitCode == 0)
                return output;
            diagnostics.Error(Codes.ClusterFailed, SourceSpan.None, $"{program} says: {error.GetAwaiter().GetResult().Trim()}", "--sbatch \"--partition=… --time=…\" gives options to sbatch");
        }
        catch (System.ComponentModel.Win32Exception)
        {
            diagnostics.Error(Codes.ClusterFailed, SourceSpan.None, $"there is no '{program}' on this machine", "--on slurm works where Slurm's commands are; elsewhere run the shards yourself (--shard k/n) and merge them");
        }

        return null;
    }

    private static string Quoted(string word) => word.Length > 0 && word.All(c => char.IsAsciiLetterOrDigit(c) || c is '/' or '.' or '-' or '_' or '=' or ':' or ',' or '+') ? word : "'" + word.Replace("'", "'\\''", StringComparison.Ordinal) + "'";
}

/// <summary>How far a shard is, in a small file that whoever submitted it reads.</summary>
internal static class ShardProgress
{
    /// <summary>The file of a shard.</summary>
    public static string FileName(StudyShard shard) => Path.ChangeExtension(shard.FileName, ".progress");

    /// <summary>Writes it.</summary>
    public static void Write(RunFolder folder, StudyShard shard, StudyProgress progress) =>
        folder.WriteText(FileName(shard), string.Create(CultureInfo.InvariantCulture, $"{progress.Done}\t{progress.Total}\t{progress.SecondsLeft:R}\t{progress.Yield?.Passed ?? 0}\t{progress.Yield?.Spec}\n"));

    /// <summary>Reads it; null while there is none.</summary>
    public static StudyProgress? Read(RunFolder folder, StudyShard shard)
    {
        string path = folder.PathOf(FileName(shard));
        string[] fields = File.Exists(path) ? File.ReadAllText(path).TrimEnd('\n').Split('\t', 5) : [];
        return fields.Length == 5 && int.TryParse(fields[0], CultureInfo.InvariantCulture, out int done) && int.TryParse(fields[1], CultureInfo.InvariantCulture, out int total)
            && double.TryParse(fields[2], CultureInfo.InvariantCulture, out double left) && int.TryParse(fields[3], CultureInfo.InvariantCulture, out int passed)
            ? new StudyProgress(done, total, left, fields[4].Length > 0 ? YieldRecord.Of(fields[4], done, passed) : null)
            : null;
    }
}

/// <summary>Passes on what a shard tells, and writes down how far it is.</summary>
/// <param name="observer">Who is told.</param>
/// <param name="folder">The run's folder.</param>
/// <param name="shard">The shard.</param>
internal sealed class ShardObserver(IRunObserver observer, RunFolder folder, StudyShard shard) : IRunObserver
{
    private readonly Stopwatch _written = new();

    public void Say(string text) => observer.Say(text);

    public void StudyProgress(StudyProgress progress)
    {
        const double secondsBetween = 1;
        observer.StudyProgress(progress);
        if (_written.IsRunning && _written.Elapsed.TotalSeconds < secondsBetween && progress.Done < progress.Total)
            return;
        _written.Restart();
        ShardProgress.Write(folder, shard, progress);
    }
}
