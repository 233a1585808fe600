using System.Buffers.Binary;
using System.IO.Compression;
using System.Text;
using AnalogLearn.Plots;

namespace AnalogLearn.Tests.Plots;

public class PngEncoderTests
{
    [Fact]
    public void Round_trip_through_an_independent_reader()
    {
        var random = new Random(5);
        const int width = 37;
        const int height = 23;
        byte[] pixels = new byte[width * height];
        random.NextBytes(pixels);
        Colour[] palette = [.. Enumerable.Range(0, 256).Select(k => new Colour((byte)k, (byte)(255 - k), (byte)(k / 2)))];
        byte[] png = PngEncoder.Encode(pixels, width, height, palette);
        (int w, int h, Colour[] read) = Decode(png);
        Assert.Equal((width, height), (w, h));
        Assert.Equal(pixels.Select(p => palette[p]), read);
    }

    [Fact]
    public void Matrix_image_has_the_colours_of_the_scale_and_grey_for_what_is_missing()
    {
        double[] values = [-1, 0, 1, double.NaN];
        (int w, int h, Colour[] read) = Decode(PngEncoder.Encode(values, 2, 2, ColourScale.Diverging, -1, 1, enlarge: 3));
        Assert.Equal((6, 6), (w, h));
        Assert.Equal(ColourScale.Diverging.At(-1, -1, 1), read[0]);
        Assert.Equal(ColourScale.Diverging.At(0, -1, 1), read[5]);
        Assert.Equal(ColourScale.Diverging.At(1, -1, 1), read[(5 * 6) + 2]);
        Assert.Equal(new Colour(0xBDBDBD), read[35]);
    }

    [Fact]
    public void Sizes_that_do_not_fit_are_refused() => Assert.Throws<ArgumentException>(() => PngEncoder.Encode(new byte[5], 2, 2, [Palette.White]));

    [Fact]
    public void Scales_are_ordered_by_lightness()
    {
        for (int k = 1; k < ColourScale.Levels; k++)
        {
            Assert.True(ColourScale.Perceptual[k].Luminance >= ColourScale.Perceptual[k - 1].Luminance - 2e-3);
            Assert.True(ColourScale.Sequential[k].Luminance <= ColourScale.Sequential[k - 1].Luminance + 2e-3);
        }

        Assert.True(ColourScale.Diverging[127].Luminance > 0.9);
    }

    private static (int Width, int Height, Colour[] Pixels) Decode(byte[] png)
    {
        Assert.Equal([0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A], png[..8]);
        int at = 8;
        int width = 0;
        int height = 0;
        byte[] palette = [];
        using var packed = new MemoryStream();
        while (at < png.Length)
        {
            int length = BinaryPrimitives.ReadInt32BigEndian(png.AsSpan(at));
            string type = Encoding.ASCII.GetString(png, at + 4, 4);
            byte[] content = png[(at + 8)..(at + 8 + length)];
            Assert.Equal(Crc(png.AsSpan(at + 4, length + 4)), BinaryPrimitives.ReadUInt32BigEndian(png.AsSpan(at + 8 + length)));
            if (type == "IHDR")
            {
                width = BinaryPrimitives.ReadInt32BigEndian(content);
                height = BinaryPrimitives.ReadInt32BigEndian(content.AsSpan(4));
                Assert.Equal([8, 3, 0, 0, 0], content[8..]);
            }
            else if (type == "PLTE")
            {
                palette = content;
            }
            else if (type == "IDAT")
            {
                packed.Write(content);
            }

            at += length + 12;
        }

        packed.Position = 0;
        using var inflate = new ZLibStream(packed, CompressionMode.Decompress);
        var pixels = new Colour[width * height];
        byte[] line = new byte[width + 1];
        for (int r = 0; r < height; r++)
        {
            inflate.ReadExactly(line);
            Assert.Equal(0, line[0]);
            for (int c = 0; c < width; c++)
                pixels[(r * width) + c] = new(palette[3 * line[c + 1]], palette[(3 * line[c + 1]) + 1], palette[(3 * line[c + 1]) + 2]);
        }

        Assert.Equal(-1, inflate.ReadByte());
        return (width, height, pixels);
    }

    // Bit by bit, unlike the table of the encoder.
    private static uint Crc(ReadOnlySpan<byte> bytes)
    {
        uint crc = uint.MaxValue;
        foreach (byte b in bytes)
        {
            crc ^= b;
            for (int k = 0; k < 8; k++)
                crc = (crc & 1) != 0 ? (crc >> 1) ^ 0xEDB88320u : crc >> 1;
        }

        return ~crc;
    }
}
