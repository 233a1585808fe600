using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using AnalogLearn.Data;
using AnalogLearn.Tests.Studies;

namespace AnalogLearn.Tests.Data;

public sealed class DataFetcherTests : IDisposable
{
    private readonly TemporaryFolder _room = new();
    private readonly HttpClient _client = new();

    public void Dispose()
    {
        _client.Dispose();
        _room.Dispose();
    }

    [Fact]
    public async Task Files_are_fetched_checked_and_kept()
    {
        using var mirror = new Mirror();
        PublicDataSet set = Set(mirror);
        List<FetchProgress> seen = [];
        FetchOutcome first = await Fetcher().FetchAsync(set, mirror.Address, _room.Path, new Listener(seen.Add));
        Assert.Empty(first.Problems);
        Assert.Equal(2, first.Files.Length);
        Assert.All(first.Files, file => Assert.False(file.WasPresent));
        Assert.Equal(mirror.Files["/toy/a.gz"], File.ReadAllBytes(Path.Combine(_room.Path, "toy", "a.gz")));
        Assert.Contains(seen, p => p.File == "a.gz" && p.Bytes == p.Total && p.Total == mirror.Files["/toy/a.gz"].Length);
        Assert.Equal(2, Directory.GetFiles(Path.Combine(_room.Path, "toy")).Length);

        int requests = mirror.Requests.Count;
        FetchOutcome second = await Fetcher().FetchAsync(set, mirror.Address, _room.Path);
        Assert.All(second.Files, file => Assert.True(file.WasPresent));
        Assert.Equal(requests, mirror.Requests.Count);

        // A damaged file is replaced.
        File.WriteAllText(Path.Combine(_room.Path, "toy", "a.gz"), "x");
        FetchOutcome third = await Fetcher().FetchAsync(set, mirror.Address, _room.Path);
        Assert.Equal([false, true], third.Files.Select(f => f.WasPresent));
    }

    [Fact]
    public async Task A_flat_mirror_and_the_environment_serve_as_well()
    {
        using var mirror = new Mirror();
        PublicDataSet set = Set(mirror);
        foreach (string name in (string[])["a.gz", "b.gz"])
        {
            mirror.Files.Remove($"/toy/{name}", out byte[]? content);
            mirror.Files[$"/{name}"] = content!;
        }

        var fetcher = new DataFetcher(_client, name => name switch { "ANALOGLEARN_MIRROR" => mirror.Address, "ANALOGLEARN_DATA" => _room.Path, _ => null });
        FetchOutcome outcome = await fetcher.FetchAsync(set);
        Assert.True(outcome.Succeeded, string.Join('\n', outcome.Problems));
        Assert.True(File.Exists(Path.Combine(_room.Path, "toy", "b.gz")));
    }

    [Fact]
    public async Task A_wrong_checksum_leaves_nothing_behind()
    {
        using var mirror = new Mirror();
        PublicDataSet set = Set(mirror);
        mirror.Files["/toy/b.gz"] = [1, 2, 3];
        FetchOutcome outcome = await Fetcher().FetchAsync(set, mirror.Address, _room.Path);
        DataProblem problem = Assert.Single(outcome.Problems);
        Assert.Contains("the checksum is wrong", problem.Message, StringComparison.Ordinal);
        Assert.Contains(set.Files[1].Sha256, problem.Message, StringComparison.Ordinal);
        Assert.Contains("--mirror", problem.Fix, StringComparison.Ordinal);
        Assert.Equal("a.gz", Path.GetFileName(Assert.Single(Directory.GetFiles(Path.Combine(_room.Path, "toy")))));
    }

    [Fact]
    public async Task A_missing_file_is_reported_with_its_address()
    {
        using var mirror = new Mirror();
        PublicDataSet set = Set(mirror);
        mirror.Files.Remove("/toy/a.gz");
        FetchOutcome outcome = await Fetcher().FetchAsync(set, mirror.Address, _room.Path);
        DataProblem problem = Assert.Single(outcome.Problems);
        Assert.Contains("/toy/a.gz: the mirror answered 404", problem.Message, StringComparison.Ordinal);
        Assert.Single(outcome.Files);
    }

    [Fact]
    public async Task A_broken_download_goes_on_where_it_stopped()
    {
        using var mirror = new Mirror();
        PublicDataSet set = Set(mirror);
        mirror.CutAfter["/toy/a.gz"] = 1000;
        FetchOutcome broken = await Fetcher().FetchAsync(set, mirror.Address, _room.Path);
        DataProblem problem = Assert.Single(broken.Problems);
        Assert.Contains("ended too early", problem.Message, StringComparison.Ordinal);
        Assert.Contains("goes on where it stopped", problem.Fix, StringComparison.Ordinal);
        string partial = Path.Combine(_room.Path, "toy", "a.gz.part");
        long have = new FileInfo(partial).Length;
        Assert.InRange(have, 1, 1000);
        Assert.False(File.Exists(Path.Combine(_room.Path, "toy", "a.gz")));

        mirror.CutAfter.Clear();
        mirror.Requests.Clear();
        FetchOutcome whole = await Fetcher().FetchAsync(set, mirror.Address, _room.Path);
        Assert.True(whole.Succeeded, string.Join('\n', whole.Problems));
        Assert.Equal([$"/toy/a.gz bytes={have}-"], mirror.Requests);
        Assert.False(File.Exists(partial));
    }

    [Theory]
    [InlineData(500)]
    [InlineData(1_000_000)]
    public async Task The_beginning_of_another_file_does_no_harm(int length)
    {
        using var mirror = new Mirror();
        PublicDataSet set = Set(mirror);
        Directory.CreateDirectory(Path.Combine(_room.Path, "toy"));
        File.WriteAllBytes(Path.Combine(_room.Path, "toy", "a.gz.part"), new byte[length]);
        FetchOutcome outcome = await Fetcher().FetchAsync(set, mirror.Address, _room.Path);
        Assert.True(outcome.Succeeded, string.Join('\n', outcome.Problems));
    }

    [Fact]
    public async Task Cancelling_stops_between_pieces()
    {
        using var mirror = new Mirror();
        PublicDataSet set = Set(mirror);
        using var cancel = new CancellationTokenSource();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => Fetcher().FetchAsync(set, mirror.Address, _room.Path, new Listener(_ => cancel.Cancel()), cancel.Token));
        Assert.False(File.Exists(Path.Combine(_room.Path, "toy", "b.gz")));
    }

    [Fact]
    public async Task A_mirror_that_is_not_there_or_says_nothing_is_reported()
    {
        using var mirror = new Mirror();
        PublicDataSet set = Set(mirror);
        DataProblem address = Assert.Single((await Fetcher().FetchAsync(set, "ftp:nowhere", _room.Path)).Problems);
        Assert.Contains("not the address of a mirror", address.Message, StringComparison.Ordinal);
        string gone = mirror.Address;
        mirror.Dispose();
        FetchOutcome outcome = await Fetcher().FetchAsync(set, gone, _room.Path);
        Assert.Equal(2, outcome.Problems.Length);

        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        string quiet = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{((IPEndPoint)silent.LocalEndpoint).Port}/");
        var impatient = new DataFetcher(_client, _ => null) { Patience = TimeSpan.FromMilliseconds(50) };
        FetchOutcome stalled = await impatient.FetchAsync(set, quiet, _room.Path);
        Assert.Contains("nothing came for", stalled.Problems[0].Message, StringComparison.Ordinal);
    }

    private static PublicDataSet Set(Mirror mirror)
    {
        byte[] a = Enumerable.Range(0, 300_000).Select(i => (byte)(i * 31 >> 3)).ToArray(), b = Encoding.ASCII.GetBytes("labels");
        mirror.Files["/toy/a.gz"] = a;
        mirror.Files["/toy/b.gz"] = b;
        return new(
            "toy", "Toy", ["toy"], "http://127.0.0.1:1/", [new("a", Convert.ToHexStringLower(SHA256.HashData(a))), new("b", Convert.ToHexStringLower(SHA256.HashData(b)))], []);
    }

    private DataFetcher Fetcher() => new(_client, _ => null);

    private sealed class Listener(Action<FetchProgress> tell) : IProgress<FetchProgress>
    {
        public void Report(FetchProgress value) => tell(value);
    }

    /// <summary>A server of files on the loopback interface that knows ranges and can break off.</summary>
    private sealed class Mirror : IDisposable
    {
        private readonly HttpListener _listener;

        public Mirror()
        {
            // The port is free when it is asked for; another process may take it before it is used.
            for (int attempt = 0; ; attempt++)
            {
                using var probe = new TcpListener(IPAddress.Loopback, 0);
                probe.Start();
                int port = ((IPEndPoint)probe.LocalEndpoint).Port;
                probe.Stop();
                Address = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{port}/");
                _listener = new HttpListener();
                _listener.Prefixes.Add(Address);
                try
                {
                    _listener.Start();
                    break;
                }
                catch (HttpListenerException) when (attempt < 20)
                {
                    _listener.Close();
                }
            }

            _ = Serve();
        }

        public string Address { get; }

        public Dictionary<string, byte[]> Files { get; } = [];

        public Dictionary<string, int> CutAfter { get; } = [];

        public List<string> Requests { get; } = [];

        public void Dispose() => _listener.Close();

        private async Task Serve()
        {
            while (_listener.IsListening)
            {
                HttpListenerContext context;
                try
                {
                    context = await _listener.GetContextAsync();
                }
                catch (Exception e) when (e is HttpListenerException or ObjectDisposedException)
                {
                    return;
                }

                try
                {
                    Answer(context);
                }
                catch (Exception e) when (e is HttpListenerException or IOException or ObjectDisposedException)
                {
                    context.Response.Abort();
                }
            }
        }

        private void Answer(HttpListenerContext context)
        {
            string path = context.Request.Url!.AbsolutePath;
            string? range = context.Request.Headers["Range"];
            Requests.Add(range is null ? path : $"{path} {range}");
            HttpListenerResponse response = context.Response;
            if (!Files.TryGetValue(path, out byte[]? content))
            {
                response.StatusCode = 404;
                response.Close();
                return;
            }

            int from = 0;
            if (range is not null)
            {
                from = int.Parse(range["bytes=".Length..^1], CultureInfo.InvariantCulture);
                if (from >= content.Length)
                {
                    response.StatusCode = 416;
                    response.Close();
                    return;
                }

                response.StatusCode = 206;
                response.Headers["Content-Range"] = string.Create(CultureInfo.InvariantCulture, $"bytes {from}-{content.Length - 1}/{content.Length}");
            }

            response.ContentLength64 = content.Length - from;
            int until = CutAfter.TryGetValue(path, out int cut) ? cut : content.Length;
            response.OutputStream.Write(content, from, until - from);
            if (until < content.Length)
            {
                response.OutputStream.Flush();
                response.Abort();
            }
            else
            {
                response.Close();
            }
        }
    }
}
