using System.Collections.Immutable;
using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;

namespace AnalogLearn.Data;

/// <summary>How far a download is.</summary>
/// <param name="File">The file's name.</param>
/// <param name="Index">Which file of the set it is, from 0.</param>
/// <param name="FileCount">How many files the set has.</param>
/// <param name="Bytes">Bytes of this file that are here.</param>
/// <param name="Total">Bytes of this file altogether, or null where the mirror does not say.</param>
public sealed record FetchProgress(string File, int Index, int FileCount, long Bytes, long? Total);

/// <summary>A file that is in place, with the right checksum.</summary>
/// <param name="Path">Where it lies.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="WasPresent">Whether it was there already.</param>
public sealed record FetchedFile(string Path, long Bytes, bool WasPresent);

/// <summary>What a fetch gave.</summary>
/// <param name="Files">The files that are in place.</param>
/// <param name="Problems">Why others are not; empty when all are.</param>
public sealed record FetchOutcome(ImmutableArray<FetchedFile> Files, ImmutableArray<DataProblem> Problems)
{
    /// <summary>Whether all files of the set are in place.</summary>
    public bool Succeeded => Problems.IsEmpty;
}

/// <summary>
/// Downloads a public data set from a mirror: each file is checked against its SHA-256 and only then takes its name, so that a file of that name is
/// always whole. Files in place are kept; a broken download goes on where it stopped (its beginning lies beside, as <c>….part</c>).
/// </summary>
/// <param name="client">The connection to use; its timeout holds for the answer's headers.</param>
/// <param name="environmentVariable">Looks up an environment variable; null for the process's own.</param>
public sealed class DataFetcher(HttpClient client, Func<string, string?>? environmentVariable = null)
{
    /// <summary>The environment variable that names a mirror.</summary>
    public const string MirrorVariable = "ANALOGLEARN_MIRROR";

    private readonly Func<string, string?> _environment = environmentVariable ?? Environment.GetEnvironmentVariable;

    /// <summary>How long a download may stand still before it counts as broken.</summary>
    public TimeSpan Patience { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>The directory that files are put into, before the set's own folder: the one given, the environment variable's, or <c>./data</c>.</summary>
    /// <param name="directory">What <c>--data</c> says, or null.</param>
    public string DirectoryFor(string? directory) => directory ?? _environment(DataLocations.Variable) switch
    {
        { Length: > 0 } named => named,
        _ => "data",
    };

    /// <summary>Fetches a set.</summary>
    /// <param name="set">The set.</param>
    /// <param name="mirror">
    /// A mirror's address, whose files lie under MIRROR/mnist/ or MIRROR/; null for the environment variable ANALOGLEARN_MIRROR, else the set's own.
    /// </param>
    /// <param name="directory">The directory of data files, or null as <see cref="DirectoryFor"/> says.</param>
    /// <param name="progress">Is told after each piece, or null.</param>
    /// <param name="cancel">Stops the download; what is here stays for the next time.</param>
    /// <returns>The files in place and the problems. Cancelling throws <see cref="OperationCanceledException"/>.</returns>
    public async Task<FetchOutcome> FetchAsync(
        PublicDataSet set, string? mirror = null, string? directory = null, IProgress<FetchProgress>? progress = null, CancellationToken cancel = default)
    {
        var files = ImmutableArray.CreateBuilder<FetchedFile>();
        var problems = ImmutableArray.CreateBuilder<DataProblem>();
        string? chosen = mirror ?? _environment(MirrorVariable);
        if (string.IsNullOrEmpty(chosen))
            chosen = null;
        if (chosen is not null && !(Uri.TryCreate(chosen, UriKind.Absolute, out Uri? uri) && uri.Scheme is "http" or "https"))
        {
            problems.Add(new($"'{chosen}' is not the address of a mirror", "give an address that starts with http:// or https://", "mirror"));
            return new([], problems.ToImmutable());
        }

        string[] bases = chosen is null ? [set.Mirror] : [$"{chosen.TrimEnd('/')}/{set.Name}/", $"{chosen.TrimEnd('/')}/"];
        string folder = Path.Combine(DirectoryFor(directory), set.Folders[0]);
        try
        {
            Directory.CreateDirectory(folder);
            for (int i = 0; i < set.Files.Length; i++)
            {
                PublicDataFile file = set.Files[i];
                string path = Path.Combine(folder, file.Compressed);
                if (File.Exists(path) && await Sha256Of(path, cancel).ConfigureAwait(false) == file.Sha256)
                {
                    files.Add(new(path, new FileInfo(path).Length, WasPresent: true));
                    continue;
                }

                int index = i;
                Action<long, long?> report = (bytes, total) => progress?.Report(new(file.Compressed, index, set.Files.Length, bytes, total));
                if (await Download(bases, file, path, report, cancel).ConfigureAwait(false) is { } problem)
                    problems.Add(problem);
                else
                    files.Add(new(path, new FileInfo(path).Length, WasPresent: false));
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            problems.Add(new($"{folder}: {e.Message}", "name a directory that can be written with --data DIR", "data"));
        }

        return new(files.ToImmutable(), problems.ToImmutable());
    }

    private static async Task<string> Sha256Of(string path, CancellationToken cancel)
    {
        FileStream stream = File.OpenRead(path);
        await using (stream.ConfigureAwait(false))
        {
            return Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancel).ConfigureAwait(false));
        }
    }

    private async Task<DataProblem?> Download(string[] bases, PublicDataFile file, string path, Action<long, long?> report, CancellationToken cancel)
    {
        const string otherMirror = "name another mirror with --mirror URL or " + MirrorVariable;
        string partial = path + ".part";
        DataProblem? problem = null;
        foreach (string address in bases)
        {
            var uri = new Uri(address + file.Compressed);
            bool resumed = File.Exists(partial) && new FileInfo(partial).Length > 0;
            (HttpStatusCode? status, string? trouble) = await Receive(uri, partial, report, cancel).ConfigureAwait(false);
            if (status == HttpStatusCode.RequestedRangeNotSatisfiable)
            {
                // The piece that lies here is longer than the file: start again.
                File.Delete(partial);
                resumed = false;
                (status, trouble) = await Receive(uri, partial, report, cancel).ConfigureAwait(false);
            }

            if (trouble is null && resumed && await Sha256Of(partial, cancel).ConfigureAwait(false) != file.Sha256)
            {
                // The beginning may have been another file's.
                File.Delete(partial);
                (status, trouble) = await Receive(uri, partial, report, cancel).ConfigureAwait(false);
            }

            if (trouble is not null)
            {
                problem ??= new($"{uri}: {trouble}", status is null ? "run the command again, it goes on where it stopped, or " + otherMirror : otherMirror, "mirror");
                if (status == HttpStatusCode.NotFound)
                    continue;
                return problem;
            }

            string found = await Sha256Of(partial, cancel).ConfigureAwait(false);
            if (found == file.Sha256)
            {
                File.Move(partial, path, overwrite: true);
                return null;
            }

            File.Delete(partial);
            return new($"{uri}: the checksum is wrong: SHA-256 is {found}, expected {file.Sha256}", "the file was not kept; " + otherMirror, "mirror");
        }

        return problem;
    }

    // Appends what is missing to the partial file. Status is null where the connection failed; trouble is null when the answer came whole.
    private async Task<(HttpStatusCode? Status, string? Trouble)> Receive(Uri uri, string partial, Action<long, long?> report, CancellationToken cancel)
    {
        long have = File.Exists(partial) ? new FileInfo(partial).Length : 0;
        long? total = null;
        using var stalled = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, uri);
            if (have > 0)
                request.Headers.Range = new RangeHeaderValue(have, null);
            stalled.CancelAfter(Patience);
            using HttpResponseMessage response = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, stalled.Token).ConfigureAwait(false);
            if (!response.IsSuccessStatusCode)
                return (response.StatusCode, string.Create(CultureInfo.InvariantCulture, $"the mirror answered {(int)response.StatusCode} {response.ReasonPhrase}"));
            bool goesOn = response.StatusCode == HttpStatusCode.PartialContent && response.Content.Headers.ContentRange?.From == have;
            if (!goesOn)
                have = 0;
            total = have + response.Content.Headers.ContentLength;
            Stream content = await response.Content.ReadAsStreamAsync(stalled.Token).ConfigureAwait(false);
            var to = new FileStream(partial, goesOn ? FileMode.Append : FileMode.Create, FileAccess.Write, FileShare.None);
            await using (to.ConfigureAwait(false))
            {
                var buffer = new byte[1 << 16];
                while (true)
                {
                    stalled.CancelAfter(Patience);
                    int count;
                    try
                    {
                        count = await content.ReadAsync(buffer, stalled.Token).ConfigureAwait(false);
                    }
                    catch (IOException e)
                    {
                        return (null, $"{EndedEarly(have, total)} ({e.Message})");
                    }

                    if (count == 0)
                        break;
                    await to.WriteAsync(buffer.AsMemory(0, count), cancel).ConfigureAwait(false);
                    have += count;
                    report(have, total);
                }
            }

            return total is { } all && have < all ? (null, EndedEarly(have, total)) : (response.StatusCode, null);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return (null, string.Create(CultureInfo.InvariantCulture, $"nothing came for {Patience.TotalSeconds:0.#} s, after {have} bytes"));
        }
        catch (HttpRequestException e)
        {
            return (null, e.Message);
        }
    }

    private static string EndedEarly(long have, long? total) => total is null
        ? string.Create(CultureInfo.InvariantCulture, $"the download ended too early, after {have} bytes")
        : string.Create(CultureInfo.InvariantCulture, $"the download ended too early, after {have} of {total} bytes");
}
