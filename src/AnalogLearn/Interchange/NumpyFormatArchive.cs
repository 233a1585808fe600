using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.IO.Compression;

namespace AnalogLearn.Interchange;

/// <summary>NumPy's <c>.npz</c> files: a zip archive with one <c>.npy</c> file for each named array.</summary>
/// <remarks>
/// Entries keep the order in which they are given, carry the date 1980-01-01 and no attributes, and are stored unless compression is asked for:
/// the same arrays give the same bytes on every run. Read are stored and deflated entries.
/// </remarks>
public static class NumpyArchive
{
    private static readonly DateTimeOffset s_date = new(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Reads all arrays.</summary>
    /// <param name="stream">A seekable stream over the archive.</param>
    /// <param name="arrays">The arrays by name (without <c>.npy</c>).</param>
    /// <param name="problem">What is wrong with the archive, or null.</param>
    /// <param name="only">Which arrays to read, or null for all; the others are skipped.</param>
    /// <returns>Whether all the arrays could be read.</returns>
    public static bool TryRead(
        Stream stream, [NotNullWhen(true)] out ImmutableDictionary<string, NumpyArray>? arrays, [NotNullWhen(false)] out string? problem, Func<string, bool>? only = null)
    {
        arrays = null;
        var read = ImmutableDictionary.CreateBuilder<string, NumpyArray>(StringComparer.Ordinal);
        try
        {
            using var archive = new ZipArchive(stream, ZipArchiveMode.Read, leaveOpen: true);
            foreach (ZipArchiveEntry entry in archive.Entries)
            {
                if (!entry.FullName.EndsWith(".npy", StringComparison.Ordinal))
                    continue;
                string name = entry.FullName[..^4];
                if (only is not null && !only(name))
                    continue;
                using Stream content = entry.Open();
                if (!NumpyFormat.TryRead(content, out NumpyArray? array, out problem, entry.Length))
                {
                    problem = $"array '{name}': {problem}";
                    return false;
                }

                read[name] = array;
            }
        }
        catch (InvalidDataException)
        {
            problem = "it is not a zip archive, or a damaged one";
            return false;
        }

        arrays = read.ToImmutable();
        problem = null;
        return true;
    }

    /// <summary>Names, in order, of the arrays in an archive.</summary>
    /// <param name="stream">A seekable stream over the archive.</param>
    /// <param name="names">The names (without <c>.npy</c>).</param>
    /// <param name="problem">What is wrong with the archive, or null.</param>
    /// <returns>Whether the archive could be read.</returns>
    public static bool TryList(Stream stream, out ImmutableArray<string> names, [NotNullWhen(false)] out string? problem)
    {
        try
        {
            using var archive = new ZipArchive(stream, ZipArchiveMode.Read, leaveOpen: true);
            names = [.. archive.Entries.Where(e => e.FullName.EndsWith(".npy", StringComparison.Ordinal)).Select(e => e.FullName[..^4])];
            problem = null;
            return true;
        }
        catch (InvalidDataException)
        {
            names = [];
            problem = "it is not a zip archive, or a damaged one";
            return false;
        }
    }

    /// <summary>Reads all arrays of a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="arrays">The arrays by name.</param>
    /// <param name="problem">What is wrong, naming the file, or null.</param>
    /// <returns>Whether the arrays could be read.</returns>
    public static bool TryReadFile(
        string path, [NotNullWhen(true)] out ImmutableDictionary<string, NumpyArray>? arrays, [NotNullWhen(false)] out string? problem)
    {
        arrays = null;
        try
        {
            using FileStream stream = File.OpenRead(path);
            if (TryRead(stream, out arrays, out problem))
                return true;
            problem = $"{path}: {problem}";
            return false;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            problem = $"{path}: {e.Message}";
            return false;
        }
    }

    /// <summary>Writes arrays.</summary>
    /// <param name="stream">Receives the bytes of a <c>.npz</c> file.</param>
    /// <param name="arrays">Names (without <c>.npy</c>) and arrays, in the order of the archive.</param>
    /// <param name="compress">Whether entries are deflated; stored otherwise.</param>
    public static void Write(Stream stream, IEnumerable<KeyValuePair<string, NumpyArray>> arrays, bool compress = false)
    {
        using var archive = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true);
        foreach ((string name, NumpyArray array) in arrays)
        {
            ZipArchiveEntry entry = archive.CreateEntry(name + ".npy", compress ? CompressionLevel.Optimal : CompressionLevel.NoCompression);
            entry.LastWriteTime = s_date;
            entry.ExternalAttributes = 0;
            using Stream content = entry.Open();
            NumpyFormat.Write(content, array);
        }
    }

    /// <summary>Writes arrays to a file, whole or not at all.</summary>
    /// <param name="path">The file; replaced when it exists.</param>
    /// <param name="arrays">Names (without <c>.npy</c>) and arrays, in the order of the archive.</param>
    /// <param name="compress">Whether entries are deflated; stored otherwise.</param>
    public static void WriteFile(string path, IEnumerable<KeyValuePair<string, NumpyArray>> arrays, bool compress = false)
    {
        string partial = path + ".part";
        using (FileStream stream = File.Create(partial))
        {
            Write(stream, arrays, compress);
        }

        File.Move(partial, path, overwrite: true);
    }
}
