using System.Globalization;

namespace AnalogLearn.Interchange;

/// <summary>
/// Waveforms as comma-separated values: a line of names with units (<c>time [s],v(h_3) [V]</c>), then a line a point, numbers as the shortest decimals that
/// read back to the same bits. gnuplot draws it with <c>set datafile separator ','; plot for [k=2:*] 'file.csv' using 1:k with lines title columnheader</c>.
/// A complex column becomes two, <c>re(...)</c> and <c>im(...)</c>.
/// </summary>
public static class CsvFile
{
    /// <summary>Writes a table.</summary>
    /// <param name="writer">Where to; left open.</param>
    /// <param name="table">The table; columns of one length.</param>
    /// <exception cref="ArgumentException">The columns differ in length.</exception>
    public static void Write(TextWriter writer, WaveformTable table)
    {
        if (!table.IsRectangular)
            throw new ArgumentException($"The columns of {table.PlotName} differ in length.", nameof(table));
        var names = new List<(string, string)>();
        foreach (WaveformColumn column in table.Columns)
        {
            if (column.Imaginary is null)
                names.Add((column.Name, column.Unit));
            else
                names.AddRange([($"re({column.Name})", column.Unit), ($"im({column.Name})", column.Unit)]);
        }

        WriteHeader(writer, names);
        double[] row = new double[names.Count];
        for (int point = 0; point < table.PointCount; point++)
        {
            int at = 0;
            foreach (WaveformColumn column in table.Columns)
            {
                row[at++] = column.Values[point];
                if (column.Imaginary is { } imaginary)
                    row[at++] = imaginary[point];
            }

            WriteRow(writer, row);
        }
    }

    /// <summary>Writes the line of names, for waveforms that are written while they are computed.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="columns">Each column's name and unit; the unit may be empty.</param>
    public static void WriteHeader(TextWriter writer, IEnumerable<(string Name, string Unit)> columns)
    {
        bool first = true;
        foreach ((string name, string unit) in columns)
        {
            if (!first)
                writer.Write(',');
            first = false;
            string text = unit.Length > 0 ? $"{name} [{unit}]" : name;
            if (text.AsSpan().ContainsAny(",\"\r\n"))
                text = $"\"{text.Replace("\"", "\"\"", StringComparison.Ordinal)}\"";
            writer.Write(text);
        }

        writer.Write('\n');
    }

    /// <summary>Writes one line of numbers.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="values">A number a column.</param>
    public static void WriteRow(TextWriter writer, ReadOnlySpan<double> values)
    {
        Span<char> digits = stackalloc char[32];
        for (int k = 0; k < values.Length; k++)
        {
            if (k > 0)
                writer.Write(',');
            values[k].TryFormat(digits, out int length, "R", CultureInfo.InvariantCulture);
            writer.Write(digits[..length]);
        }

        writer.Write('\n');
    }
}
