using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using AnalogLearn.Netlist;

namespace AnalogLearn.Interchange;

/// <summary>
/// SPICE's raw file, as ngspice reads and writes it: for each analysis a text header (Title, Date, Plotname, Flags, No. Variables, No. Points, Variables), then
/// <c>Binary:</c> and the numbers as little-endian doubles, point after point (a complex number is two), or <c>Values:</c> and the numbers as text. Several
/// analyses follow one another in one file. (ngspice user's manual, section on <c>write</c> and the rawfile format.)
/// </summary>
/// <param name="Title">The title of the deck.</param>
/// <param name="Date">The date as written in the file.</param>
/// <param name="Tables">The analyses, in order.</param>
public sealed record RawFile(string Title, string Date, ImmutableArray<WaveformTable> Tables)
{
    private const int BufferSize = 1 << 16;

    /// <summary>Writes analyses in the binary form.</summary>
    /// <param name="stream">Where to; left open.</param>
    /// <param name="title">The title of the deck.</param>
    /// <param name="date">The date that the header gives; with the same date the same tables give the same bytes.</param>
    /// <param name="tables">The analyses; columns of one length each. White space in names becomes an underscore.</param>
    /// <exception cref="ArgumentException">The columns of a table differ in length.</exception>
    public static void Write(Stream stream, string title, DateTimeOffset date, params ReadOnlySpan<WaveformTable> tables)
    {
        byte[] buffer = new byte[BufferSize];
        foreach (WaveformTable table in tables)
        {
            if (!table.IsRectangular)
                throw new ArgumentException($"The columns of {table.PlotName} differ in length.", nameof(tables));
            bool complex = table.IsComplex;
            var header = new StringBuilder();
            header.Append(CultureInfo.InvariantCulture, $"Title: {OneLine(title)}\nDate: {date.ToString("ddd MMM dd HH:mm:ss  yyyy", CultureInfo.InvariantCulture)}\nPlotname: {OneLine(table.PlotName)}\n");
            header.Append(CultureInfo.InvariantCulture, $"Flags: {(complex ? "complex" : "real")}\nNo. Variables: {table.Columns.Length}\nNo. Points: {table.PointCount}\nVariables:\n");
            for (int k = 0; k < table.Columns.Length; k++)
                header.Append(CultureInfo.InvariantCulture, $"\t{k}\t{OneWord(table.Columns[k].Name)}\t{Word(table.Columns[k].Quantity)}\n");
            header.Append("Binary:\n");
            stream.Write(Encoding.UTF8.GetBytes(header.ToString()));

            int used = 0;
            for (int point = 0; point < table.PointCount; point++)
            {
                foreach (WaveformColumn column in table.Columns)
                {
                    if (used + 16 > buffer.Length)
                    {
                        stream.Write(buffer, 0, used);
                        used = 0;
                    }

                    BinaryPrimitives.WriteDoubleLittleEndian(buffer.AsSpan(used), column.Values[point]);
                    used += 8;
                    if (complex)
                    {
                        BinaryPrimitives.WriteDoubleLittleEndian(buffer.AsSpan(used), column.Imaginary?[point] ?? 0);
                        used += 8;
                    }
                }
            }

            stream.Write(buffer, 0, used);
        }
    }

    /// <summary>Reads a file in either form, with all its analyses.</summary>
    /// <param name="bytes">The whole file.</param>
    /// <param name="path">Its name, for messages.</param>
    /// <param name="diagnostics">Receives what is wrong with it.</param>
    /// <returns>Its content, or null when it is no raw file or breaks off.</returns>
    public static RawFile? Read(byte[] bytes, string path, DiagnosticBag diagnostics)
    {
        if (bytes.Length > 1 && bytes[1] == 0)
        {
            diagnostics.Error("AL0720", SourceSpan.None, $"{path} is a raw file in UTF-16, as LTspice writes it; only ngspice's form can be read.");
            return null;
        }

        var reader = new Reader(bytes);
        var tables = ImmutableArray.CreateBuilder<WaveformTable>();
        try
        {
            while (reader.SkipBlank())
                tables.Add(reader.Table());
        }
        catch (FormatException fault)
        {
            diagnostics.Error("AL0721", SourceSpan.None, string.Create(CultureInfo.InvariantCulture, $"{path} cannot be read as a raw file (at byte {reader.Position}): {fault.Message}"));
            return null;
        }

        return new RawFile(reader.Title, reader.Date, tables.ToImmutable());
    }

    private static string Word(WaveformQuantity quantity) => quantity switch
    {
        WaveformQuantity.Time => "time",
        WaveformQuantity.Frequency => "frequency",
        WaveformQuantity.Voltage => "voltage",
        WaveformQuantity.Current => "current",
        _ => "notype",
    };

    private static string OneLine(string text) => string.Join(' ', text.Split(['\r', '\n'], StringSplitOptions.RemoveEmptyEntries));

    private static string OneWord(string text) => string.Concat(text.Select(c => char.IsWhiteSpace(c) ? '_' : c));

    private sealed class Reader(byte[] bytes)
    {
        public int Position { get; private set; }

        public string Title { get; private set; } = string.Empty;

        public string Date { get; private set; } = string.Empty;

        /// <summary>Skips white space between analyses; false at the end of the file.</summary>
        public bool SkipBlank()
        {
            while (Position < bytes.Length && bytes[Position] is (byte)'\n' or (byte)'\r' or (byte)' ' or (byte)'\t' or 0)
                Position++;
            return Position < bytes.Length;
        }

        public WaveformTable Table()
        {
            string plot = string.Empty;
            bool complex = false;
            int variables = -1;
            int points = -1;
            (string Name, WaveformQuantity Quantity)[]? columns = null;
            while (true)
            {
                string line = Line();
                int colon = line.IndexOf(':', StringComparison.Ordinal);
                if (colon < 0)
                    throw new FormatException($"expected a header line such as 'Plotname: ...', found '{Shown(line)}'.");
                string value = line[(colon + 1)..].Trim();
                switch (line[..colon].Trim().ToLowerInvariant())
                {
                    case "title":
                        Title = value;
                        break;
                    case "date":
                        Date = value;
                        break;
                    case "plotname":
                        plot = value;
                        break;
                    case "flags":
                        complex = value.Contains("complex", StringComparison.OrdinalIgnoreCase);
                        break;
                    case "no. variables":
                        variables = Count(value);
                        break;
                    case "no. points":
                        points = Count(value);
                        break;
                    case "variables":
                        columns = Columns(value, variables);
                        break;
                    case "binary":
                        return Content(plot, complex, points, columns, Binary(complex, points, columns));
                    case "values":
                        return Content(plot, complex, points, columns, Text(complex, points, columns));
                    case "command" or "option" or "offset" or "backannotation" or "dimensions":
                        break;
                    default:
                        throw new FormatException($"unknown header line '{Shown(line)}'.");
                }
            }
        }

        private static WaveformTable Content(string plot, bool complex, int points, (string Name, WaveformQuantity Quantity)[]? columns, double[] numbers)
        {
            int parts = complex ? 2 : 1;
            var made = ImmutableArray.CreateBuilder<WaveformColumn>(columns!.Length);
            for (int k = 0; k < columns.Length; k++)
            {
                double[] real = new double[points];
                double[]? imaginary = complex ? new double[points] : null;
                for (int point = 0; point < points; point++)
                {
                    int at = ((point * columns.Length) + k) * parts;
                    real[point] = numbers[at];
                    imaginary?[point] = numbers[at + 1];
                }

                made.Add(new WaveformColumn(columns[k].Name, columns[k].Quantity, real) { Imaginary = imaginary });
            }

            return new WaveformTable(plot, made.MoveToImmutable());
        }

        private static int Count(string text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out int count) ? count : throw new FormatException($"'{Shown(text)}' is no count.");

        private static long Numbers(bool complex, int points, (string Name, WaveformQuantity Quantity)[]? columns) =>
            columns is null || points < 0 ? throw new FormatException("the numbers come before 'No. Variables', 'No. Points' and 'Variables'.") : (long)points * columns.Length * (complex ? 2 : 1);

        private static string Shown(string text) => text.Length > 40 ? text[..40] + "..." : text;

        private (string Name, WaveformQuantity Quantity)[] Columns(string sameLine, int variables)
        {
            if (variables < 0 || variables > bytes.Length - Position)
                throw new FormatException("'Variables' comes before 'No. Variables', or there cannot be so many.");
            var columns = new (string, WaveformQuantity)[variables];
            for (int k = 0; k < variables; k++)
            {
                string[] words = (k == 0 && sameLine.Length > 0 ? sameLine : Line()).Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries);
                if (words.Length < 3)
                    throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"variable {k} needs an index, a name and a type."));
                columns[k] = (words[1], words[2].ToLowerInvariant() switch
                {
                    "time" => WaveformQuantity.Time,
                    "frequency" => WaveformQuantity.Frequency,
                    "voltage" => WaveformQuantity.Voltage,
                    "current" or "device_current" or "subckt_current" => WaveformQuantity.Current,
                    _ => WaveformQuantity.Other,
                });
            }

            return columns;
        }

        private double[] Binary(bool complex, int points, (string Name, WaveformQuantity Quantity)[]? columns)
        {
            long count = Numbers(complex, points, columns);
            if (count > (bytes.Length - Position) / 8)
                throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"the file ends before its {count} numbers do."));
            var numbers = new double[count];
            for (int k = 0; k < numbers.Length; k++, Position += 8)
                numbers[k] = BinaryPrimitives.ReadDoubleLittleEndian(bytes.AsSpan(Position));
            return numbers;
        }

        /// <summary>Point after point: its index, then a number a variable; the parts of a complex one are separated by a comma.</summary>
        private double[] Text(bool complex, int points, (string Name, WaveformQuantity Quantity)[]? columns)
        {
            long count = Numbers(complex, points, columns);
            if (count > bytes.Length - Position)
                throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"the file ends before its {count} numbers do."));
            var numbers = new double[count];
            int at = 0;
            for (int point = 0; point < points; point++)
            {
                Token();
                for (int k = 0; k < columns!.Length; k++)
                {
                    numbers[at++] = Number(Token());
                    if (complex)
                        numbers[at++] = Number(Token());
                }
            }

            return numbers;
        }

        private static double Number(string text) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) ? number : throw new FormatException($"'{Shown(text)}' is no number.");

        private string Token()
        {
            while (Position < bytes.Length && IsGap(bytes[Position]))
                Position++;
            int start = Position;
            while (Position < bytes.Length && !IsGap(bytes[Position]))
                Position++;
            return Encoding.ASCII.GetString(bytes, start, Position - start);

            static bool IsGap(byte b) => b is (byte)' ' or (byte)'\t' or (byte)'\n' or (byte)'\r' or (byte)',';
        }

        private string Line()
        {
            int end = Array.IndexOf(bytes, (byte)'\n', Position);
            if (end < 0)
                throw new FormatException("the file ends within a header.");
            string line = Encoding.UTF8.GetString(bytes, Position, end - Position).TrimEnd('\r');
            Position = end + 1;
            return line;
        }
    }
}
