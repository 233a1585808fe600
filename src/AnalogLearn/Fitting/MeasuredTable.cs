using System.Collections.Immutable;
using System.Globalization;
using AnalogLearn.Netlist;

namespace AnalogLearn.Fitting;

/// <summary>Measured numbers in named columns: the first line has the names, each other line as many numbers, separated by commas, semicolons, tabs or spaces. Lines that begin with # are comments.
/// Devices (column <c>device</c>) may have names instead of numbers, and directions of pulses (column <c>direction</c>) may be words: up, down, set, reset, ltp, ltd, potentiation, depression, +, −.</summary>
/// <param name="Columns">The columns by name, lower case.</param>
/// <param name="Rows">Number of rows.</param>
public sealed record MeasuredTable(ImmutableDictionary<string, double[]> Columns, int Rows)
{
    private static readonly ImmutableDictionary<string, double> Directions = new Dictionary<string, double>(StringComparer.OrdinalIgnoreCase)
    {
        ["up"] = 1,
        ["down"] = -1,
        ["set"] = 1,
        ["reset"] = -1,
        ["ltp"] = 1,
        ["ltd"] = -1,
        ["potentiation"] = 1,
        ["depression"] = -1,
        ["+"] = 1,
        ["-"] = -1,
        ["\u2212"] = -1,
    }.ToImmutableDictionary(StringComparer.OrdinalIgnoreCase);

    /// <summary>Where the columns are named.</summary>
    internal SourceSpan Heading { get; init; } = SourceSpan.None;

    /// <summary>Reads a table.</summary>
    /// <param name="path">The file.</param>
    /// <param name="diagnostics">Receives what is wrong with it, with line and column.</param>
    /// <returns>The table, or null.</returns>
    public static MeasuredTable? Read(string path, DiagnosticBag diagnostics)
    {
        ArgumentNullException.ThrowIfNull(diagnostics);
        string text;
        try
        {
            text = File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            diagnostics.Error(Codes.MissingFile, SourceSpan.None, $"the file '{path}' cannot be read", "name a csv file: its first line has the names of its columns");
            return null;
        }

        return Parse(text, path, diagnostics);
    }

    /// <summary>Reads a table from its text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="path">What it is called in complaints.</param>
    /// <param name="diagnostics">Receives what is wrong with it.</param>
    public static MeasuredTable? Parse(string text, string path, DiagnosticBag diagnostics)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(diagnostics);
        var source = new SourceText(path, text);
        string[]? names = null;
        List<double>[] columns = [];
        var devices = new Dictionary<string, double>(StringComparer.Ordinal);
        SourceSpan heading = SourceSpan.None;
        int at = 0;
        foreach (string whole in text.Split('\n'))
        {
            int start = at;
            at += whole.Length + 1;
            string line = whole.TrimEnd('\r');
            if (line.Trim().Length == 0 || line.TrimStart().StartsWith('#'))
                continue;
            string[] words = line.Contains(',', StringComparison.Ordinal) ? line.Split(',') : line.Split([';', '\t', ' '], StringSplitOptions.RemoveEmptyEntries);
            if (names is null)
            {
                names = [.. words.Select(w => w.Trim().Trim('"').ToLowerInvariant())];
                columns = [.. names.Select(_ => new List<double>())];
                heading = new SourceSpan(source, start, line.Length);
                if (names.Distinct(StringComparer.Ordinal).Count() < names.Length || names.Any(n => double.TryParse(n, NumberStyles.Float, CultureInfo.InvariantCulture, out _)))
                {
                    diagnostics.Error(Codes.BadFile, new SourceSpan(source, start, line.Length), "the first line does not name the columns", "write for instance: device,direction,g");
                    return null;
                }

                continue;
            }

            if (words.Length != names.Length)
            {
                diagnostics.Error(Codes.BadFile, new SourceSpan(source, start, line.Length), string.Create(CultureInfo.InvariantCulture, $"{words.Length} numbers where {names.Length} columns are named"), "every row has a number for each column");
                return null;
            }

            int place = start;
            for (int k = 0; k < words.Length; k++)
            {
                string word = words[k].Trim().Trim('"');
                if (!TryRead(names[k], word, devices, out double value))
                {
                    diagnostics.Error(
                        Codes.BadFile,
                        new SourceSpan(source, place, Math.Max(1, words[k].Length)),
                        names[k] == "direction" ? $"'{word}' is no direction of a pulse" : $"'{word}' is not a number",
                        names[k] == "direction" ? "write 1 or up, -1 or down; 0 before the first pulse" : "columns hold plain numbers in SI units: siemens, volts, seconds");
                    return null;
                }

                columns[k].Add(value);
                place += words[k].Length + 1;
            }
        }

        if (names is null || columns[0].Count == 0)
        {
            diagnostics.Error(Codes.BadFile, SourceSpan.None, $"'{path}' holds no numbers", "a line of names, then rows of numbers with commas between them");
            return null;
        }

        return new MeasuredTable(names.Select((n, k) => (n, k)).ToImmutableDictionary(p => p.n, p => columns[p.k].ToArray(), StringComparer.Ordinal), columns[0].Count) { Heading = heading };
    }

    private static bool TryRead(string column, string word, Dictionary<string, double> devices, out double value)
    {
        if (double.TryParse(word, NumberStyles.Float, CultureInfo.InvariantCulture, out value) && double.IsFinite(value))
            return true;
        if (column == "direction")
            return Directions.TryGetValue(word, out value);
        if (column != "device" || word.Length == 0)
            return false;
        // Numbers that no numbered device has.
        if (!devices.TryGetValue(word, out value))
            devices.Add(word, value = -0.5 - devices.Count);
        return true;
    }

    /// <summary>A column, or null with a complaint.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="what">What it holds.</param>
    /// <param name="diagnostics">Receives the complaint.</param>
    public double[]? Need(string name, string what, DiagnosticBag diagnostics)
    {
        ArgumentNullException.ThrowIfNull(diagnostics);
        if (Columns.TryGetValue(name, out double[]? column))
            return column;
        diagnostics.Error(Codes.BadFile, Heading, $"there is no column '{name}' ({what})", $"the columns are: {string.Join(", ", Columns.Keys.Order(StringComparer.Ordinal))}");
        return null;
    }

    /// <summary>A column, or the same number for every row.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="otherwise">The number.</param>
    public double[] Optional(string name, double otherwise) => Columns.TryGetValue(name, out double[]? column) ? column : [.. Enumerable.Repeat(otherwise, Rows)];
}
