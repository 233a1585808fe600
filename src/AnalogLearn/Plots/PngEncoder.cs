using System.Buffers.Binary;
using System.Globalization;
using System.IO.Compression;
using System.Text;

namespace AnalogLearn.Plots;

/// <summary>Writes images in the Portable Network Graphics format (ISO/IEC 15948), 8 bits a pixel with a palette.</summary>
public static class PngEncoder
{
    private static readonly uint[] s_crc = MakeCrcTable();

    /// <summary>Encodes an image.</summary>
    /// <param name="pixels">Numbers of palette entries, row after row from the top; width × height.</param>
    /// <param name="width">Pixels across.</param>
    /// <param name="height">Pixels down.</param>
    /// <param name="palette">1 to 256 colours.</param>
    /// <returns>The bytes of a file.</returns>
    /// <exception cref="ArgumentException">The sizes do not fit together.</exception>
    public static byte[] Encode(ReadOnlySpan<byte> pixels, int width, int height, ReadOnlySpan<Colour> palette)
    {
        if (width < 1 || height < 1 || pixels.Length != (long)width * height)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"{pixels.Length} pixels do not make an image of {width} × {height}."), nameof(pixels));
        if (palette.Length is < 1 or > 256)
            throw new ArgumentException(string.Create(CultureInfo.InvariantCulture, $"A palette has 1 to 256 colours, not {palette.Length}."), nameof(palette));
        using var file = new MemoryStream();
        file.Write([0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A]);
        Span<byte> header = stackalloc byte[13];
        BinaryPrimitives.WriteInt32BigEndian(header, width);
        BinaryPrimitives.WriteInt32BigEndian(header[4..], height);
        header[8] = 8; // bits a sample
        header[9] = 3; // palette
        WriteChunk(file, "IHDR", header);
        byte[] entries = new byte[3 * palette.Length];
        for (int k = 0; k < palette.Length; k++)
            (entries[3 * k], entries[(3 * k) + 1], entries[(3 * k) + 2]) = (palette[k].R, palette[k].G, palette[k].B);
        WriteChunk(file, "PLTE", entries);
        using (var packed = new MemoryStream())
        {
            using (var deflate = new ZLibStream(packed, CompressionLevel.Optimal, leaveOpen: true))
            {
                for (int row = 0; row < height; row++)
                {
                    deflate.WriteByte(0); // no filter: palette numbers are not magnitudes
                    deflate.Write(pixels.Slice(row * width, width));
                }
            }

            WriteChunk(file, "IDAT", packed.GetBuffer().AsSpan(0, (int)packed.Length));
        }

        WriteChunk(file, "IEND", []);
        return file.ToArray();
    }

    /// <summary>The image of a matrix, one pixel a number (or <paramref name="enlarge"/> × <paramref name="enlarge"/>); what is not a number is grey.</summary>
    /// <param name="values">Numbers, row after row; height × width.</param>
    /// <param name="width">Numbers across.</param>
    /// <param name="height">Numbers down.</param>
    /// <param name="scale">The colours.</param>
    /// <param name="minimum">Number at the scale's start.</param>
    /// <param name="maximum">Number at the scale's end.</param>
    /// <param name="enlarge">Pixels of a number in either direction, for viewers that would blur single pixels.</param>
    public static byte[] Encode(IReadOnlyList<double> values, int width, int height, ColourScale scale, double minimum, double maximum, int enlarge = 1)
    {
        var palette = new Colour[ColourScale.Levels + 1];
        for (int k = 0; k < ColourScale.Levels; k++)
            palette[k] = scale[k];
        palette[^1] = Palette.Missing;
        byte[] pixels = new byte[width * enlarge * height * enlarge];
        for (int r = 0; r < height; r++)
        {
            Span<byte> line = pixels.AsSpan(r * enlarge * width * enlarge, width * enlarge);
            for (int c = 0; c < width; c++)
            {
                int level = ColourScale.Level(values[(r * width) + c], minimum, maximum);
                line.Slice(c * enlarge, enlarge).Fill((byte)(level < 0 ? ColourScale.Levels : level));
            }

            for (int again = 1; again < enlarge; again++)
                line.CopyTo(pixels.AsSpan(((r * enlarge) + again) * width * enlarge, width * enlarge));
        }

        return Encode(pixels, width * enlarge, height * enlarge, palette);
    }

    private static void WriteChunk(Stream file, string type, ReadOnlySpan<byte> content)
    {
        Span<byte> word = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(word, content.Length);
        file.Write(word);
        byte[] name = Encoding.ASCII.GetBytes(type);
        file.Write(name);
        file.Write(content);
        uint crc = Crc(Crc(uint.MaxValue, name), content) ^ uint.MaxValue;
        BinaryPrimitives.WriteUInt32BigEndian(word, crc);
        file.Write(word);
    }

    private static uint Crc(uint crc, ReadOnlySpan<byte> bytes)
    {
        foreach (byte b in bytes)
            crc = s_crc[(crc ^ b) & 0xFF] ^ (crc >> 8);
        return crc;
    }

    private static uint[] MakeCrcTable()
    {
        var table = new uint[256];
        for (uint n = 0; n < 256; n++)
        {
            uint c = n;
            for (int k = 0; k < 8; k++)
                c = (c & 1) != 0 ? 0xEDB88320u ^ (c >> 1) : c >> 1;
            table[n] = c;
        }

        return table;
    }
}
