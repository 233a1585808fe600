using System.Collections.Immutable;
using System.IO.Compression;
using System.Security.Cryptography;

namespace AnalogLearn.Data;

/// <summary>Where data files are looked for, and how they are opened: plain or gzip, told apart by their first bytes.</summary>
public static class DataLocations
{
    /// <summary>The environment variable that names the directory of data files.</summary>
    public const string Variable = "ANALOGLEARN_DATA";

    // Deflate packs at most 1032 bytes into one.
    internal const long MostExpansion = 1100;

    /// <summary>The directories of data files, in the order of search: <c>--data</c>, the environment variable, <c>./data</c>.</summary>
    /// <param name="request">The request.</param>
    public static ImmutableArray<string> Directories(DataRequest request)
    {
        var directories = request.DataDirectories.ToBuilder();
        if (request.EnvironmentVariable(Variable) is { Length: > 0 } named)
            directories.Add(named);
        directories.Add("data");
        return directories.ToImmutable();
    }

    /// <summary>The file that a deck names: absolute, or relative to the deck, or in one of the data directories.</summary>
    /// <param name="arguments">The arguments; a problem says where it was looked for.</param>
    /// <param name="file">The name as written.</param>
    /// <param name="argument">The argument that holds it.</param>
    /// <returns>A path that exists, or null after a problem was reported.</returns>
    internal static string? Find(DataArguments arguments, string file, string argument)
    {
        List<string> places = [];
        if (Path.IsPathRooted(file))
        {
            places.Add(file);
        }
        else
        {
            places.Add(arguments.Request.BaseDirectory is { Length: > 0 } deck ? Path.Combine(deck, file) : file);
            places.AddRange(Directories(arguments.Request).Select(directory => Path.Combine(directory, file)));
        }

        if (places.Find(File.Exists) is { } found)
            return found;
        arguments.Report($"the file '{file}' was not found", "looked for " + string.Join(", ", places), argument);
        return null;
    }

    /// <summary>Reads a file whole.</summary>
    /// <param name="arguments">Problems go there.</param>
    /// <param name="path">The file.</param>
    /// <param name="argument">The argument that it is about, or null.</param>
    /// <returns>The bytes as stored with the record of the file, or null after a problem was reported.</returns>
    internal static (byte[] Bytes, DataFile File)? Read(DataArguments arguments, string path, string? argument)
    {
        try
        {
            byte[] bytes = File.ReadAllBytes(path);
            return (bytes, new(path, bytes.LongLength, Convert.ToHexStringLower(SHA256.HashData(bytes))));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            arguments.Report($"{path}: {e.Message}", null, argument);
            return null;
        }
    }

    /// <summary>A stream over the content of a file's bytes, unpacked where they are gzip.</summary>
    /// <param name="bytes">The bytes as stored.</param>
    internal static Stream Unpack(byte[] bytes)
    {
        var stored = new MemoryStream(bytes, writable: false);
        return bytes is [0x1F, 0x8B, ..] ? new GZipStream(stored, CompressionMode.Decompress) : stored;
    }
}
