using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace AnalogLearn.Data;

/// <summary>The content of an IDX file, or its first items.</summary>
/// <param name="ItemsInFile">How many items the file holds along its first axis.</param>
/// <param name="ItemShape">The shape of one item: <c>[28, 28]</c> for pictures, empty for labels.</param>
/// <param name="Count">How many items were read.</param>
/// <param name="Values">The elements of the items read, last index fastest.</param>
public sealed record IdxArray(int ItemsInFile, ImmutableArray<int> ItemShape, int Count, float[] Values);

/// <summary>
/// The IDX files of the MNIST database: two zero bytes, element type, number of axes, the length of each axis (32 bits, big endian), the
/// elements (big endian, last index fastest).
/// </summary>
/// <remarks>
/// Source: Y. LeCun, C. Cortes, C. J. C. Burges, "The MNIST database of handwritten digits", file formats. All six element types are
/// read: 08 bytes, 09 signed bytes, 0B 16-bit and 0C 32-bit integers, 0D single and 0E double precision.
/// </remarks>
public static class IdxFormat
{
    /// <summary>Reads an array, at most its first items.</summary>
    /// <param name="stream">A stream at the start of the file's content (unpacked).</param>
    /// <param name="mostItems">How many items along the first axis are wanted at most.</param>
    /// <param name="mostBytes">How many bytes the content can have at most, so that a false header cannot ask for more memory.</param>
    /// <param name="byteScale">What elements of type byte are multiplied by; other types are taken as they are.</param>
    /// <param name="array">The array.</param>
    /// <param name="problem">What is wrong with the file, or null.</param>
    /// <returns>Whether the array could be read.</returns>
    public static bool TryRead(
        Stream stream, int mostItems, long mostBytes, double byteScale, [NotNullWhen(true)] out IdxArray? array, [NotNullWhen(false)] out string? problem)
    {
        array = null;
        try
        {
            Span<byte> start = stackalloc byte[4];
            stream.ReadExactly(start);
            int type = start[2], axes = start[3];
            int size = type switch { 0x08 or 0x09 => 1, 0x0B => 2, 0x0C or 0x0D => 4, 0x0E => 8, _ => 0 };
            if (start[0] != 0 || start[1] != 0 || size == 0 || axes is 0 or > 8)
            {
                problem = "it does not start as an IDX file does";
                return false;
            }

            Span<byte> lengths = stackalloc byte[4 * axes];
            stream.ReadExactly(lengths);
            var shape = new int[axes];
            long item = 1;
            for (int axis = 0; axis < axes; axis++)
            {
                shape[axis] = BinaryPrimitives.ReadInt32BigEndian(lengths[(4 * axis)..]);
                if (shape[axis] < 0)
                {
                    problem = "its header has an axis of negative length";
                    return false;
                }

                if (axis > 0)
                    item = Math.Min(item * shape[axis], int.MaxValue);
            }

            int items = Math.Min(shape[0], mostItems);
            long count = items * item;
            if (count > Array.MaxLength || count * size > mostBytes)
            {
                problem = string.Create(CultureInfo.InvariantCulture, $"its header promises {string.Join('×', shape)} elements, more than the file holds");
                return false;
            }

            var values = new float[count];
            ReadElements(stream, type, size, byteScale, values);
            array = new(shape[0], [.. shape[1..]], items, values);
            problem = null;
            return true;
        }
        catch (EndOfStreamException)
        {
            problem = "it ends too early";
            return false;
        }
        catch (InvalidDataException)
        {
            problem = "its compressed data are damaged";
            return false;
        }
    }

    private static void ReadElements(Stream stream, int type, int size, double byteScale, float[] values)
    {
        Span<float> scaled = stackalloc float[256];
        for (int b = 0; b < scaled.Length; b++)
        {
            scaled[b] = (float)(b * byteScale);
        }

        var buffer = new byte[1 << 16];
        for (int done = 0; done < values.Length;)
        {
            int count = Math.Min(values.Length - done, buffer.Length / size);
            Span<byte> bytes = buffer.AsSpan(0, count * size);
            stream.ReadExactly(bytes);
            Span<float> into = values.AsSpan(done, count);
            if (type == 0x08)
            {
                for (int i = 0; i < into.Length; i++)
                {
                    into[i] = scaled[bytes[i]];
                }
            }
            else
            {
                for (int i = 0; i < into.Length; i++)
                {
                    ReadOnlySpan<byte> element = bytes.Slice(i * size, size);
                    into[i] = type switch
                    {
                        0x09 => (sbyte)element[0],
                        0x0B => BinaryPrimitives.ReadInt16BigEndian(element),
                        0x0C => BinaryPrimitives.ReadInt32BigEndian(element),
                        0x0D => BinaryPrimitives.ReadSingleBigEndian(element),
                        _ => (float)BinaryPrimitives.ReadDoubleBigEndian(element),
                    };
                }
            }

            done += count;
        }
    }
}
