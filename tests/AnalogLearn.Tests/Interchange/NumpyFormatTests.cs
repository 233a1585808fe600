using System.Collections.Immutable;
using System.IO.Compression;
using System.Text;
using AnalogLearn.Interchange;
using AnalogLearn.Tests.Studies;

namespace AnalogLearn.Tests.Interchange;

// The files under Golden/numpy were written by NumPy itself.
public sealed class NumpyFormatTests
{
    private static readonly double[] s_ramp = [.. Enumerable.Range(0, 24).Select(i => i * 0.5 - 1.25)];

    [Theory]
    [InlineData("f8_c", NumpyType.Float64)]
    [InlineData("f4_fortran", NumpyType.Float32)]
    public void Reads_what_numpy_wrote_in_either_order(string name, NumpyType type)
    {
        NumpyArray array = Golden(name);
        Assert.Equal(type, array.Type);
        Assert.Equal([2, 3, 4], array.Shape.ToArray());
        Assert.Equal(s_ramp, array.ToDoubles());
        Assert.Equal(Array.ConvertAll(s_ramp, v => (float)v), array.ToSingles());
    }

    [Fact]
    public void Reads_whole_numbers_truth_values_scalars_and_nothing()
    {
        Assert.Equal([long.MinValue, -1, 0, long.MaxValue], Golden("i8").Values<long>().ToArray());
        Assert.Equal([0, 1, 2, 3, 4, 5], Golden("i4_fortran").Values<int>().ToArray());
        Assert.Equal([0, 1, 254, 255], Golden("u1").Values<byte>().ToArray());
        Assert.Equal([true, false, true], Golden("bool").Values<bool>().ToArray());
        Assert.Equal([1.0, 0.0, 1.0], Golden("bool").ToDoubles());
        Assert.Equal(3.5, Assert.Single(Golden("scalar").ToDoubles()));
        Assert.Empty(Golden("scalar").Shape);
        Assert.Equal([0, 5], Golden("empty").Shape.ToArray());
        Assert.Equal([1.0, 2.0], Golden("f8_v2").ToDoubles());
        Assert.Equal([1.0, 2.0], Golden("f8_v3").ToDoubles());
    }

    [Theory]
    [InlineData("f8_c", false)]
    [InlineData("f4_fortran", true)]
    [InlineData("i8", false)]
    [InlineData("i4_fortran", true)]
    [InlineData("u1", false)]
    [InlineData("bool", false)]
    [InlineData("scalar", false)]
    [InlineData("empty", false)]
    public void Writes_the_very_bytes_that_numpy_writes(string name, bool fortran)
    {
        using var stream = new MemoryStream();
        NumpyFormat.Write(stream, Golden(name), fortran);
        byte[] numpy = File.ReadAllBytes(Path.Combine("Golden", "numpy", name + ".npy"));

        // Newer versions of NumPy leave room in the header; its content and the data must agree.
        Assert.Equal(Header(numpy), Header(stream.ToArray()));
        Assert.Equal(Data(numpy), Data(stream.ToArray()));
        Assert.Equal(0, (stream.Length - Data(numpy).Length) % 64);
    }

    [Theory]
    [InlineData("stored")]
    [InlineData("deflated")]
    public void Reads_archives_of_numpy(string name)
    {
        Assert.True(NumpyArchive.TryReadFile(Path.Combine("Golden", "numpy", name + ".npz"), out ImmutableDictionary<string, NumpyArray>? arrays, out _));
        Assert.Equal(2, arrays.Count);
        Assert.Equal([1.5, 2.5], arrays["w"].ToDoubles());
        Assert.Equal([1, 2], arrays["w"].Shape.ToArray());
        Assert.Equal([7], arrays["b"].Values<int>().ToArray());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void An_archive_comes_back_as_it_went_and_its_bytes_do_not_depend_on_the_clock(bool compress)
    {
        KeyValuePair<string, NumpyArray>[] arrays =
        [
            new("yxh/w", NumpyArray.Of(Array.ConvertAll(s_ramp, v => (float)v), 6, 4)),
            new("epoch", NumpyArray.Scalar(12L)),
            new("mask", NumpyArray.Of(new[] { true, false })),
        ];
        byte[] once = Written(arrays, compress), twice = Written(arrays, compress);
        Assert.Equal(once, twice);
        using var zip = new ZipArchive(new MemoryStream(once));
        Assert.Equal(["yxh/w.npy", "epoch.npy", "mask.npy"], zip.Entries.Select(e => e.FullName));
        Assert.All(zip.Entries, e => Assert.Equal(new DateTime(1980, 1, 1), e.LastWriteTime.DateTime));
        Assert.Equal(compress, zip.Entries[0].CompressedLength < zip.Entries[0].Length);

        Assert.True(NumpyArchive.TryRead(new MemoryStream(once), out ImmutableDictionary<string, NumpyArray>? back, out _));
        Assert.Equal(arrays[0].Value.ToSingles(), back["yxh/w"].ToSingles());
        Assert.Equal([6, 4], back["yxh/w"].Shape.ToArray());
        Assert.Equal([12L], back["epoch"].Values<long>().ToArray());
        Assert.Equal([true, false], back["mask"].Values<bool>().ToArray());
        Assert.True(NumpyArchive.TryRead(new MemoryStream(once), out back, out _, name => name == "epoch"));
        Assert.Single(back);
    }

    [Fact]
    public void Broken_files_are_described_not_thrown()
    {
        Assert.Contains("does not start", Problem([1, 2, 3, 4, 5, 6, 7, 8, 9]), StringComparison.Ordinal);
        byte[] good = File.ReadAllBytes(Path.Combine("Golden", "numpy", "f8_c.npy"));
        Assert.Contains("more than the file holds", Problem(good[..^8]), StringComparison.Ordinal);
        Assert.Contains("ends too early", Problem(good[..20]), StringComparison.Ordinal);
        Assert.Contains("version 9", Problem([.. good[..6], 9, .. good[7..]]), StringComparison.Ordinal);
        Assert.Contains("'>f8'", Problem(File.ReadAllBytes(Path.Combine("Golden", "numpy", "big_endian.npy"))), StringComparison.Ordinal);
        Assert.Contains("not the dictionary", Problem(Encoding.Latin1.GetBytes(Encoding.Latin1.GetString(good).Replace("'shape'", "'shade'", StringComparison.Ordinal))), StringComparison.Ordinal);
        Assert.Contains(
            "more than the file holds",
            Problem(Encoding.Latin1.GetBytes(Encoding.Latin1.GetString(good).Replace("(2, 3, 4), }", "(2147483647, 2147483647, 2147483647), }", StringComparison.Ordinal))),
            StringComparison.Ordinal);

        Assert.False(NumpyArchive.TryRead(new MemoryStream([1, 2, 3]), out _, out string? problem));
        Assert.Contains("zip", problem, StringComparison.Ordinal);
        Assert.False(NumpyFormat.TryReadFile("no such file.npy", out _, out problem));
        Assert.Contains("no such file.npy", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_cut_and_every_changed_byte_of_a_file_is_survived()
    {
        byte[] good = Written([new("a", NumpyArray.Of(s_ramp, 4, 6))], compress: false);
        byte[] plain = File.ReadAllBytes(Path.Combine("Golden", "numpy", "f4_fortran.npy"));
        for (int i = 0; i < plain.Length; i++)
        {
            Assert.False(NumpyFormat.TryRead(new MemoryStream(plain[..i]), out _, out _));
            byte[] changed = (byte[])plain.Clone();
            changed[i] ^= 0x5A;
            NumpyFormat.TryRead(new MemoryStream(changed), out _, out _);
        }

        for (int i = 0; i < good.Length; i++)
        {
            byte[] changed = (byte[])good.Clone();
            changed[i] ^= 0xFF;
            NumpyArchive.TryRead(new MemoryStream(changed), out _, out _);
        }
    }

    [Fact]
    public void A_file_is_replaced_whole()
    {
        using var folder = new TemporaryFolder();
        string path = folder.File("w.npz");
        NumpyArchive.WriteFile(path, [new("a", NumpyArray.Of(s_ramp))]);
        NumpyArchive.WriteFile(path, [new("b", NumpyArray.Of(s_ramp, 4, 6))]);
        Assert.True(NumpyArchive.TryReadFile(path, out ImmutableDictionary<string, NumpyArray>? arrays, out _));
        Assert.Equal("b", Assert.Single(arrays).Key);
        Assert.Single(Directory.GetFiles(Path.GetDirectoryName(path)!));
    }

    private static NumpyArray Golden(string name)
    {
        Assert.True(NumpyFormat.TryReadFile(Path.Combine("Golden", "numpy", name + ".npy"), out NumpyArray? array, out string? problem), problem);
        return array;
    }

    private static string Problem(byte[] bytes)
    {
        Assert.False(NumpyFormat.TryRead(new MemoryStream(bytes), out _, out string? problem));
        return problem;
    }

    private static byte[] Written(IEnumerable<KeyValuePair<string, NumpyArray>> arrays, bool compress)
    {
        using var stream = new MemoryStream();
        NumpyArchive.Write(stream, arrays, compress);
        return stream.ToArray();
    }

    private static string Header(byte[] file) => Encoding.Latin1.GetString(file, 10, file[8] | (file[9] << 8)).TrimEnd();

    private static byte[] Data(byte[] file) => file[(10 + (file[8] | (file[9] << 8)))..];
}
