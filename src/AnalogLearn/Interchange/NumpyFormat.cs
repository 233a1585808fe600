using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;

namespace AnalogLearn.Interchange;

/// <summary>
/// NumPy's <c>.npy</c> files: a header that is a Python dictionary of descr, fortran_order and shape, then the elements.
/// </summary>
/// <remarks>
/// Format: <c>\x93NUMPY</c>, version major and minor, header length (2 bytes in version 1, 4 in versions 2 and 3; little endian),
/// header (ASCII; UTF-8 in version 3) padded with spaces to a multiple of 64 and ended by a newline. Source: NumPy enhancement proposal 1,
/// "A simple file format for NumPy arrays", and numpy.lib.format. Read: versions 1 to 3, f4 f8 i4 i8 u1 b1, C and Fortran order.
/// Written: version 1 (2 for a header beyond 65,535 bytes), the same bytes on every machine.
/// </remarks>
public static class NumpyFormat
{
    private const int LongestHeader = 1 << 20;

    private static ReadOnlySpan<byte> Magic => [0x93, (byte)'N', (byte)'U', (byte)'M', (byte)'P', (byte)'Y'];

    /// <summary>Reads one array.</summary>
    /// <param name="stream">A stream at the start of a <c>.npy</c> file; read to the end of the array.</param>
    /// <param name="array">The array, in C order whatever the file's order.</param>
    /// <param name="problem">What is wrong with the file, or null.</param>
    /// <param name="length">Length of the file in bytes where the stream cannot tell it, so that a false header cannot ask for more memory.</param>
    /// <returns>Whether the array could be read.</returns>
    public static bool TryRead(Stream stream, [NotNullWhen(true)] out NumpyArray? array, [NotNullWhen(false)] out string? problem, long? length = null)
    {
        array = null;
        try
        {
            Span<byte> start = stackalloc byte[8];
            stream.ReadExactly(start);
            if (!start[..6].SequenceEqual(Magic))
            {
                problem = "it does not start as a .npy file does";
                return false;
            }

            int major = start[6];
            if (major is < 1 or > 3)
            {
                problem = string.Create(CultureInfo.InvariantCulture, $".npy version {major}.{start[7]} is not known (1 to 3 are)");
                return false;
            }

            Span<byte> size = stackalloc byte[major == 1 ? 2 : 4];
            stream.ReadExactly(size);
            long headerLength = major == 1 ? BinaryPrimitives.ReadUInt16LittleEndian(size) : BinaryPrimitives.ReadUInt32LittleEndian(size);
            if (headerLength > LongestHeader)
            {
                problem = string.Create(CultureInfo.InvariantCulture, $"its header claims {headerLength} bytes");
                return false;
            }

            var header = new byte[headerLength];
            stream.ReadExactly(header);
            if (!HeaderReader.TryParse((major == 3 ? Encoding.UTF8 : Encoding.Latin1).GetString(header), out NumpyType type, out bool fortran, out ImmutableArray<int> shape, out problem))
                return false;

            long count = 1;
            foreach (int axis in shape)
            {
                count = Math.Min(count * axis, long.MaxValue / int.MaxValue);
            }

            long bytes = count * NumpyArray.SizeOf(type);
            long? left = length - (8 + size.Length + headerLength) ?? (stream.CanSeek ? stream.Length - stream.Position : null);
            if (count > Array.MaxLength || bytes > left)
            {
                problem = string.Create(CultureInfo.InvariantCulture, $"its header promises {count} elements, more than the file holds");
                return false;
            }

            Array elements = NumpyArray.Allocate(type, (int)count);
            var read = new NumpyArray(type, shape, elements);
            stream.ReadExactly(read.Bytes);
            ToMachineOrder(elements);
            if (elements is bool[] flags)
                Normalise(MemoryMarshal.AsBytes(flags.AsSpan()));
            array = fortran && shape.Length > 1 ? Reorder(read, toFortran: false) : read;
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

    /// <summary>Writes one array.</summary>
    /// <param name="stream">Receives the bytes of a <c>.npy</c> file.</param>
    /// <param name="array">The array.</param>
    /// <param name="fortranOrder">Whether the elements are stored with the first index fastest.</param>
    public static void Write(Stream stream, NumpyArray array, bool fortranOrder = false)
    {
        string shape = string.Join(", ", array.Shape.Select(n => n.ToString(CultureInfo.InvariantCulture))) + (array.Shape.Length == 1 ? "," : string.Empty);
        string dictionary = $"{{'descr': '{Describe(array.Type)}', 'fortran_order': {(fortranOrder ? "True" : "False")}, 'shape': ({shape}), }}";
        int prefix = dictionary.Length + 1 + 10 + 64 <= ushort.MaxValue ? 10 : 12;
        int headerLength = ((prefix + dictionary.Length + 1 + 63) / 64 * 64) - prefix;
        var header = new byte[prefix + headerLength];
        Magic.CopyTo(header);
        header[6] = (byte)(prefix == 10 ? 1 : 2);
        if (prefix == 10)
            BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(8), (ushort)headerLength);
        else
            BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(8), (uint)headerLength);
        header.AsSpan(prefix).Fill((byte)' ');
        Encoding.ASCII.GetBytes(dictionary, header.AsSpan(prefix));
        header[^1] = (byte)'\n';
        stream.Write(header);

        NumpyArray stored = fortranOrder && array.Shape.Length > 1 ? Reorder(array, toFortran: true) : array;
        if (!BitConverter.IsLittleEndian)
        {
            stored = new(stored.Type, stored.Shape, (Array)stored.Elements.Clone());
            ToMachineOrder(stored.Elements);
        }

        stream.Write(stored.Bytes);
    }

    /// <summary>Reads one array from a file.</summary>
    /// <param name="path">The file.</param>
    /// <param name="array">The array.</param>
    /// <param name="problem">What is wrong, naming the file, or null.</param>
    /// <returns>Whether the array could be read.</returns>
    public static bool TryReadFile(string path, [NotNullWhen(true)] out NumpyArray? array, [NotNullWhen(false)] out string? problem)
    {
        array = null;
        try
        {
            using FileStream stream = File.OpenRead(path);
            if (TryRead(stream, out array, out problem))
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

    /// <summary>Writes one array to a file, whole or not at all.</summary>
    /// <param name="path">The file; replaced when it exists.</param>
    /// <param name="array">The array.</param>
    /// <param name="fortranOrder">Whether the elements are stored with the first index fastest.</param>
    public static void WriteFile(string path, NumpyArray array, bool fortranOrder = false)
    {
        string partial = path + ".part";
        using (FileStream stream = File.Create(partial))
        {
            Write(stream, array, fortranOrder);
        }

        File.Move(partial, path, overwrite: true);
    }

    private static string Describe(NumpyType type) => type switch
    {
        NumpyType.Float32 => "<f4",
        NumpyType.Float64 => "<f8",
        NumpyType.Int32 => "<i4",
        NumpyType.Int64 => "<i8",
        NumpyType.UInt8 => "|u1",
        _ => "|b1",
    };

    private static void ToMachineOrder(Array elements)
    {
        if (BitConverter.IsLittleEndian)
            return;
        switch (elements)
        {
            case float[] v:
                Swap32(MemoryMarshal.Cast<float, int>(v.AsSpan()));
                break;
            case int[] v:
                Swap32(v);
                break;
            case double[] v:
                Swap64(MemoryMarshal.Cast<double, long>(v.AsSpan()));
                break;
            case long[] v:
                Swap64(v);
                break;
        }

        static void Swap32(Span<int> words) => BinaryPrimitives.ReverseEndianness(words, words);
        static void Swap64(Span<long> words) => BinaryPrimitives.ReverseEndianness(words, words);
    }

    private static void Normalise(Span<byte> flags)
    {
        foreach (ref byte flag in flags)
        {
            flag = flag == 0 ? (byte)0 : (byte)1;
        }
    }

    private static NumpyArray Reorder(NumpyArray array, bool toFortran)
    {
        Array to = array.Elements switch
        {
            double[] v => Reorder(v, array.Shape, toFortran),
            float[] v => Reorder(v, array.Shape, toFortran),
            int[] v => Reorder(v, array.Shape, toFortran),
            long[] v => Reorder(v, array.Shape, toFortran),
            byte[] v => Reorder(v, array.Shape, toFortran),
            _ => Reorder((bool[])array.Elements, array.Shape, toFortran),
        };
        return new(array.Type, array.Shape, to);
    }

    // Walks the indices in C order and keeps the place in Fortran order beside it.
    private static T[] Reorder<T>(T[] from, ImmutableArray<int> shape, bool toFortran)
    {
        var to = new T[from.Length];
        var index = new int[shape.Length];
        var stride = new int[shape.Length];
        int product = 1;
        for (int axis = 0; axis < shape.Length; axis++)
        {
            stride[axis] = product;
            product *= shape[axis];
        }

        int fortran = 0;
        for (int c = 0; c < from.Length; c++)
        {
            if (toFortran)
                to[fortran] = from[c];
            else
                to[c] = from[fortran];
            for (int axis = shape.Length - 1; axis >= 0; axis--)
            {
                fortran += stride[axis];
                if (++index[axis] < shape[axis])
                    break;
                fortran -= stride[axis] * shape[axis];
                index[axis] = 0;
            }
        }

        return to;
    }

    /// <summary>Reads the header's dictionary: text keys in any order; text, True or False, and a tuple of whole numbers as values.</summary>
    private ref struct HeaderReader(ReadOnlySpan<char> text)
    {
        private ReadOnlySpan<char> _rest = text;

        public static bool TryParse(
            ReadOnlySpan<char> text, out NumpyType type, out bool fortran, out ImmutableArray<int> shape, [NotNullWhen(false)] out string? problem)
        {
            type = default;
            fortran = false;
            shape = default;
            problem = "its header is not the dictionary of a .npy file";
            var reader = new HeaderReader(text);
            bool haveType = false, haveOrder = false;
            if (!reader.Take('{'))
                return false;
            while (!reader.Take('}'))
            {
                if (!reader.TryText(out ReadOnlySpan<char> key) || !reader.Take(':'))
                    return false;
                switch (key)
                {
                    case "descr":
                        if (!reader.TryText(out ReadOnlySpan<char> description))
                        {
                            problem = "its elements are records; plain numbers are read";
                            return false;
                        }

                        if (TypeOf(description) is not { } known)
                        {
                            problem = $"elements of type '{description}' are not read (f4, f8, i4, i8, u1 and bool, little endian, are)";
                            return false;
                        }

                        type = known;
                        haveType = true;
                        break;
                    case "fortran_order":
                        if (reader.TakeWord("True"))
                            fortran = true;
                        else if (!reader.TakeWord("False"))
                            return false;
                        haveOrder = true;
                        break;
                    case "shape":
                        if (!reader.TryTuple(out shape))
                            return false;
                        break;
                    default:
                        return false;
                }

                reader.Take(',');
            }

            if (!haveType || !haveOrder || shape.IsDefault)
                return false;
            problem = null;
            return true;
        }

        private static NumpyType? TypeOf(ReadOnlySpan<char> description) => description switch
        {
            "<f4" => NumpyType.Float32,
            "<f8" => NumpyType.Float64,
            "<i4" => NumpyType.Int32,
            "<i8" => NumpyType.Int64,
            "|u1" or "<u1" or "u1" => NumpyType.UInt8,
            "|b1" or "<b1" or "?" => NumpyType.Bool,
            _ => null,
        };

        private bool Take(char c)
        {
            _rest = _rest.TrimStart();
            if (_rest.IsEmpty || _rest[0] != c)
                return false;
            _rest = _rest[1..];
            return true;
        }

        private bool TakeWord(string word)
        {
            _rest = _rest.TrimStart();
            if (!_rest.StartsWith(word, StringComparison.Ordinal))
                return false;
            _rest = _rest[word.Length..];
            return true;
        }

        private bool TryText(out ReadOnlySpan<char> text)
        {
            text = default;
            _rest = _rest.TrimStart();
            if (_rest.IsEmpty || _rest[0] is not ('\'' or '"'))
                return false;
            int end = _rest[1..].IndexOf(_rest[0]);
            if (end < 0)
                return false;
            text = _rest.Slice(1, end);
            _rest = _rest[(end + 2)..];
            return true;
        }

        private bool TryTuple(out ImmutableArray<int> numbers)
        {
            numbers = default;
            var found = ImmutableArray.CreateBuilder<int>();
            if (!Take('('))
                return false;
            while (!Take(')'))
            {
                _rest = _rest.TrimStart();
                int digits = _rest.IndexOfAnyExceptInRange('0', '9');
                if (digits <= 0 || !int.TryParse(_rest[..digits], NumberStyles.None, CultureInfo.InvariantCulture, out int number))
                    return false;
                found.Add(number);
                _rest = _rest[digits..].TrimStart('L');
                if (!Take(',') && (_rest.IsEmpty || _rest[0] != ')'))
                    return false;
            }

            numbers = found.ToImmutable();
            return true;
        }
    }
}
