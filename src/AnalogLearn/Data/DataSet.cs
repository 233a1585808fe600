using System.Collections.Immutable;

namespace AnalogLearn.Data;

/// <summary>Something to learn: examples to train on and examples to be tested on.</summary>
/// <param name="Name">The kind or the set's own name, such as <c>mnist</c>.</param>
/// <param name="Train">The examples to train on.</param>
/// <param name="Test">The examples to test on, of the same widths; empty where the source has none.</param>
/// <param name="Description">One sentence for reports: what the numbers are and where they come from.</param>
public sealed record DataSet(string Name, Examples Train, Examples Test, string Description)
{
    /// <summary>The files that were read, for the record of a run; empty for data that a program or a deck made.</summary>
    public ImmutableArray<DataFile> Files { get; init; } = [];
}

/// <summary>A file that data were read from.</summary>
/// <param name="Path">Its path.</param>
/// <param name="Length">Its length in bytes, as stored.</param>
/// <param name="Sha256">Its SHA-256 as stored (compressed files are not unpacked for it), lower-case hexadecimal.</param>
public sealed record DataFile(string Path, long Length, string Sha256);
