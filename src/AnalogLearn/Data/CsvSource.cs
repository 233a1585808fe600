using System.Collections.Immutable;
using System.Globalization;
using System.Text;

namespace AnalogLearn.Data;

/// <summary>
/// <c>csv(file= header= x= y= label= separator= test_file=)</c>: a table of text, one example a line, plain or gzip.
/// </summary>
/// <remarks>
/// <para>Columns are named as in the header, or counted from 0 (−1 is the last one), one, a list, or a range <c>"0:3"</c> with both ends in it. <c>label</c> is a column of classes, words or
/// numbers: it becomes one-hot rows, or 0 and 1 where there are two classes and one target node. <c>y</c> are columns of target numbers. With neither, the last columns are
/// the targets, as many as the target bus is wide, or the last one is the label where it holds words or where only that fits the
/// widths. <c>x</c> is every other column.</para>
/// <para>Separator (comma, semicolon, tab, bar or blanks) and header are recognised. Lines opened by # and blank lines are passed over. Without <c>test_file</c>, <c>test=n</c> sets
/// n examples aside at random, by the data's seed (<c>shuffle=0</c>: the last ones).</para>
/// </remarks>
public sealed class CsvSource : IDataSource
{
    /// <inheritdoc/>
    public string Kind => "csv";

    /// <inheritdoc/>
    public string Summary => "a table of text, one example a line";

    /// <inheritdoc/>
    public ImmutableArray<DataParameter> Parameters { get; } =
    [
        new("file", "the table", Positional: true),
        new("header", "whether the first line names the columns: 1, 0 or auto (default)"),
        new("separator", "comma, semicolon, tab, bar, space, or the character itself (default: recognised)"),
        new("x", "columns of the inputs (default: all others)"),
        new("y", "columns of target numbers"),
        new("label", "column of classes"),
        new("test_file", "a second table of the same form, for the test"),
        new("shuffle", "whether examples are set aside for the test at random (default 1)"),
    ];

    /// <inheritdoc/>
    public DataSet? Load(DataArguments arguments)
    {
        if (arguments.Text("file") is not { } name)
        {
            arguments.Report("'csv' needs a file", "write csv(file=\"data.csv\")");
            return null;
        }

        if (arguments.Has("y") && arguments.Has("label"))
        {
            arguments.Report("'y' and 'label' cannot stand together", "'y' for target numbers, 'label' for classes", "label");
            return null;
        }

        if (ReadText(arguments, name, "file") is not var (text, file))
            return null;
        if (Layout.Of(arguments, text, file.Path) is not { } layout)
            return null;
        Table? train = ReadTable(arguments, text, file.Path, layout, "file");
        Table? test = null;
        ImmutableArray<DataFile> files = [file];
        if (arguments.Text("test_file") is { } testName)
        {
            if (ReadText(arguments, testName, "test_file") is not var (testText, testFile))
                return null;
            files = [file, testFile];
            if (Layout.Of(arguments, testText, testFile.Path) is not { } testLayout)
                return null;
            test = ReadTable(arguments, testText, testFile.Path, layout with { HeaderLine = testLayout.HeaderLine }, "test_file");
        }

        if (train is null || arguments.HasProblems)
            return null;
        string[]? classes = layout.Label < 0 ? null : Classes(test is null ? train.Labels : train.Labels.Concat(test.Labels), arguments.Request.TargetWidth);
        Examples trainExamples = ToExamples(train, classes, arguments.Request.TargetWidth, "csv train");
        var data = new DataSet(
            "csv",
            trainExamples,
            test is null ? trainExamples.Head(0).Named("csv test") : ToExamples(test, classes, arguments.Request.TargetWidth, "csv test"),
            $"Table {Path.GetFileName(file.Path)}.")
        { Files = files };
        return test is null ? HoldOut.Split(data, arguments) : data;
    }

    private static (string Text, DataFile File)? ReadText(DataArguments arguments, string name, string argument)
    {
        if (DataLocations.Find(arguments, name, argument) is not { } path || DataLocations.Read(arguments, path, argument) is not var (bytes, file))
            return null;
        try
        {
            using Stream content = DataLocations.Unpack(bytes);
            using var reader = new StreamReader(content, Encoding.UTF8);
            return (reader.ReadToEnd(), file);
        }
        catch (InvalidDataException)
        {
            arguments.Report($"{path}: its compressed data are damaged", null, argument);
            return null;
        }
    }

    // Class names in order: by value where all are numbers, by their letters otherwise. Whole numbers that fit the target bus are their own index.
    private static string[] Classes(IEnumerable<string> labels, int targetWidth)
    {
        string[] distinct = [.. labels.Distinct(StringComparer.Ordinal)];
        double[] numbers = [.. distinct.Select(text => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double v) ? v : double.NaN)];
        if (Array.Exists(numbers, double.IsNaN))
            return [.. distinct.Order(StringComparer.Ordinal)];
        bool indices = Array.TrueForAll(numbers, v => v >= 0 && v == Math.Floor(v) && v < targetWidth) && targetWidth > 1;
        if (indices)
            return [.. Enumerable.Range(0, targetWidth).Select(k => k.ToString(CultureInfo.InvariantCulture))];
        Array.Sort(numbers, distinct);
        return distinct;
    }

    private static Examples ToExamples(Table table, string[]? classes, int targetWidth, string name)
    {
        int count = table.Count;
        double[] inputs = [.. table.Inputs];
        int inputWidth = count == 0 ? 0 : inputs.Length / count;
        if (classes is null)
        {
            double[] targets = [.. table.Targets];
            int width = count == 0 ? 0 : targets.Length / count;
            return Examples.OfDoubles(name, count, inputWidth, width, inputs, targets, ClassLabels.OfOneHot(targets, width));
        }

        Dictionary<string, int> index = [];
        for (int k = 0; k < classes.Length; k++)
        {
            index[classes[k]] = k;
        }

        int[] labels = [.. table.Labels.Select(label => index.TryGetValue(label, out int k) ? k : (int)double.Parse(label, CultureInfo.InvariantCulture))];
        double[] rows = classes.Length == 2 && targetWidth == 1
            ? Array.ConvertAll(labels, label => (double)label)
            : Array.ConvertAll(Examples.OneHot(labels, classes.Length), v => (double)v);
        return Examples.OfDoubles(name, count, inputWidth, rows.Length / Math.Max(1, count), inputs, rows, labels).WithClasses([.. classes]);
    }

    private static Table? ReadTable(DataArguments arguments, string text, string path, Layout layout, string argument)
    {
        var table = new Table();
        var lines = new CsvLines(text);
        var role = new int[layout.Columns]; // place among x (from 1), among y (negative, from −1), or 0
        for (int i = 0; i < layout.X.Length; i++)
        {
            role[layout.X[i]] = i + 1;
        }

        for (int i = 0; i < layout.Y.Length; i++)
        {
            role[layout.Y[i]] = -i - 1;
        }

        var x = new double[layout.X.Length];
        var y = new double[layout.Y.Length];
        while (lines.MoveNext())
        {
            if (lines.Number == layout.HeaderLine)
                continue;
            var fields = new CsvFields(lines.Current, layout.Separator);
            int column = 0;
            string? label = null;
            while (fields.TryNext(out CsvField field))
            {
                if (column < layout.Columns)
                {
                    if (column == layout.Label)
                    {
                        label = field.Text.ToString();
                        if (label.Length == 0)
                            Report(arguments, path, lines.Number, field.Start, "the label is missing", null, argument);
                    }
                    else if (role[column] != 0)
                    {
                        double number = Number(arguments, field, path, lines.Number, column, layout.Separator, argument);
                        if (role[column] > 0)
                            x[role[column] - 1] = number;
                        else
                            y[-role[column] - 1] = number;
                    }
                }

                column++;
            }

            if (fields.OpenQuote >= 0)
            {
                Report(arguments, path, lines.Number, fields.OpenQuote, "the quote is not closed on its line", null, argument);
            }
            else if (column != layout.Columns)
            {
                Report(
                    arguments,
                    path,
                    lines.Number,
                    0,
                    string.Create(CultureInfo.InvariantCulture, $"the line has {column} columns, the first line has {layout.Columns}"),
                    null,
                    argument);
            }

            table.Inputs.AddRange(x);
            table.Targets.AddRange(y);
            if (layout.Label >= 0)
                table.Labels.Add(label ?? string.Empty);
            table.Count++;
        }

        if (table.Count == 0)
            arguments.Report($"{path}: there is no example in it", null, argument);
        return arguments.HasProblems ? null : table;
    }

    private static double Number(DataArguments arguments, CsvField field, string path, int line, int column, char separator, string argument)
    {
        if (field.TryNumber(out double number) && double.IsFinite(number))
            return number;
        string what = field.Text.IsEmpty ? "a number is missing"
            : double.IsNaN(number) ? "NaN in data"
            : double.IsInfinity(number) ? "an infinite number in data"
            : $"'{field.Text}' is not a number";
        string? fix = field.Text.IsEmpty ? "fill it in, or leave the line out"
            : separator != ',' && field.Text.Contains(',') ? "write numbers with a decimal point"
            : !double.IsFinite(number) ? "every number must be finite"
            : "leave the column out with x=…, or use it as label=…";
        Report(arguments, path, line, field.Start, string.Create(CultureInfo.InvariantCulture, $"{what} (column {column})"), fix, argument);
        return 0;
    }

    private static void Report(DataArguments arguments, string path, int line, int offset, string message, string? fix, string argument) =>
        arguments.Report(string.Create(CultureInfo.InvariantCulture, $"{path}:{line}:{offset + 1}: {message}"), fix, argument);

    private sealed class Table
    {
        public int Count { get; set; }

        public List<double> Inputs { get; } = [];

        public List<double> Targets { get; } = [];

        public List<string> Labels { get; } = [];
    }

    /// <summary>How a table is laid out: separator, header line (0 for none), number of columns, and the columns of inputs, targets or label (−1 for none).</summary>
    private sealed record Layout(char Separator, int HeaderLine, int Columns, int[] X, int[] Y, int Label)
    {
        public static Layout? Of(DataArguments arguments, string text, string path)
        {
            var lines = new CsvLines(text);
            if (!lines.MoveNext())
            {
                arguments.Report($"{path}: there is no example in it", null, "file");
                return null;
            }

            if (SeparatorOf(arguments, text) is not { } separator)
                return null;
            string first = lines.Current.ToString();
            int firstNumber = lines.Number;
            string? second = lines.MoveNext() ? lines.Current.ToString() : null;
            string[] names = Split(first, separator);
            string[] values = second is null ? names : Split(second, separator);
            bool header = arguments.Flag("header") ?? (second is not null && LooksLikeHeader(names, values));
            if (!header && second is not null)
                values = names;
            int columns = names.Length;
            var columnNames = header ? names : null;

            int[] y = arguments.Has("y") ? ColumnsOf(arguments, "y", columnNames, columns) : [];
            int label = -1;
            if (arguments.Has("label"))
            {
                int[] found = ColumnsOf(arguments, "label", columnNames, columns);
                if (found.Length > 1)
                    arguments.Report("'label' must be one column", null, "label");
                label = found.Length == 1 ? found[0] : -1;
            }

            int[]? x = arguments.Has("x") ? ColumnsOf(arguments, "x", columnNames, columns) : null;
            if (arguments.HasProblems)
                return null;
            if (y.Length == 0 && label < 0 && !ChooseTargets(arguments, path, values, x, columns, out y, out label))
                return null;
            x ??= [.. Enumerable.Range(0, columns).Where(c => c != label && !y.Contains(c))];
            if (x.Length == 0)
            {
                arguments.Report($"{path}: no column is left for the inputs", "name them with x=…", "file");
                return null;
            }

            return new(separator, header ? firstNumber : 0, columns, x, y, label);
        }

        private static bool ChooseTargets(
            DataArguments arguments, string path, string[] values, int[]? x, int columns, out int[] y, out int label)
        {
            y = [];
            label = -1;
            int inputs = x?.Length ?? arguments.Request.InputWidth, targets = arguments.Request.TargetWidth;
            if (columns < 2)
            {
                arguments.Report($"{path}: there is only one column", "inputs and targets are needed; is the separator right? (separator=…)", "file");
                return false;
            }

            bool lastIsWord = !CsvField.TryNumber(values[^1], out _);
            if (lastIsWord || (targets > 1 && (inputs == columns - 1 || targets >= columns)))
                label = columns - 1;
            else
                y = [.. Enumerable.Range(columns - Math.Max(1, targets), Math.Max(1, targets))];
            if (x is null || !(x.Contains(label) || x.Intersect(y).Any()))
                return true;
            arguments.Report("'x' takes all columns, the last ones included, and leaves none for the targets", "name them with y=… or label=…", "x");
            return false;
        }

        private static string[] Split(string line, char separator)
        {
            var fields = new CsvFields(line, separator);
            List<string> texts = [];
            while (fields.TryNext(out CsvField field))
            {
                texts.Add(field.Text.ToString());
            }

            return [.. texts];
        }

        // A header has words where the line below it has numbers.
        private static bool LooksLikeHeader(string[] names, string[] values)
        {
            bool wordOverNumber = false;
            for (int i = 0; i < Math.Min(names.Length, values.Length); i++)
            {
                bool name = IsNumber(names[i]), value = IsNumber(values[i]);
                if (name)
                    return false;
                wordOverNumber |= value;
            }

            return wordOverNumber;

            static bool IsNumber(string text) => CsvField.TryNumber(text, out _);
        }

        private static char? SeparatorOf(DataArguments arguments, string text)
        {
            if (arguments.Text("separator") is { } given)
            {
                switch (given.ToLowerInvariant())
                {
                    case "comma":
                        return ',';
                    case "semicolon":
                        return ';';
                    case "tab":
                        return '\t';
                    case "bar":
                        return '|';
                    case "space" or "blank":
                        return ' ';
                }

                if (given.Length == 1)
                    return given[0];
                arguments.Report($"'{given}' is no separator", "comma, semicolon, tab, bar, space, or one character", "separator");
                return null;
            }

            // The candidate that splits the first lines into the same number of fields, the more the better.
            char best = ' ';
            int most = 1;
            foreach (char candidate in (ReadOnlySpan<char>)[',', ';', '\t', '|', ' '])
            {
                var lines = new CsvLines(text);
                int fields = 0;
                bool same = true;
                for (int i = 0; i < 20 && same && lines.MoveNext(); i++)
                {
                    int count = CsvLines.CountFields(lines.Current, candidate);
                    same = i == 0 || count == fields;
                    fields = count;
                }

                if (same && fields > most)
                {
                    best = candidate;
                    most = fields;
                }
            }

            if (most > 1)
                return best;

            // No separator fits every line: take the first line's, so that the other lines are reported with their places.
            var firstLine = new CsvLines(text);
            firstLine.MoveNext();
            foreach (char candidate in (ReadOnlySpan<char>)[',', ';', '\t', '|', ' '])
            {
                if (CsvLines.CountFields(firstLine.Current, candidate) > 1)
                    return candidate;
            }

            return ',';
        }

        private static int[] ColumnsOf(DataArguments arguments, string argument, string[]? names, int count)
        {
            List<int> columns = [];
            DataValue value = arguments.Value(argument)!;
            foreach (DataValue item in value is DataList list ? list.Items : [value])
            {
                if (item is DataNumber number)
                {
                    Add(number.Number, number.Number.ToString(CultureInfo.InvariantCulture));
                }
                else if (item is DataText text)
                {
                    if (names is not null && Array.FindIndex(names, n => n.Equals(text.Text, StringComparison.OrdinalIgnoreCase)) is >= 0 and int named)
                        columns.Add(named);
                    else if (Range(text.Text) is var (from, to) && Add(from, text.Text) && Add(to, text.Text))
                        Fill(from, to);
                    else if (Range(text.Text) is null)
                        Unknown(text.Text);
                }
                else
                {
                    arguments.Report($"'{argument}' must be a column or a list of columns", "names of the header, or numbers from 0", argument);
                }
            }

            return [.. columns.Distinct()];

            bool Add(double place, string shown)
            {
                double column = place < 0 ? place + count : place;
                if (column >= 0 && column < count && column == Math.Floor(column))
                {
                    columns.Add((int)column);
                    return true;
                }

                arguments.Report(
                    string.Create(CultureInfo.InvariantCulture, $"there is no column {shown}: the table has {count}, counted from 0"), null, argument);
                return false;
            }

            void Fill(int from, int to)
            {
                columns.RemoveRange(columns.Count - 2, 2);
                int a = from < 0 ? from + count : from, b = to < 0 ? to + count : to;
                columns.AddRange(a <= b ? Enumerable.Range(a, b - a + 1) : Enumerable.Range(b, a - b + 1).Reverse());
            }

            void Unknown(string name)
            {
                string? near = names is null ? null : NearestName.Of(name, names);
                arguments.Report(
                    names is null ? $"there is no column '{name}': the table has no header" : $"there is no column '{name}'",
                    near is not null ? $"did you mean '{near}'?" : names is not null ? "columns: " + string.Join(", ", names) : "count columns from 0, or say header=1",
                    argument);
            }
        }

        private static (int From, int To)? Range(string text)
        {
            int colon = text.IndexOf(':', StringComparison.Ordinal);
            ReadOnlySpan<char> from = colon < 0 ? text : text.AsSpan(0, colon), to = colon < 0 ? text : text.AsSpan(colon + 1);
            return int.TryParse(from, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int a)
                && int.TryParse(to, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int b) ? (a, b) : null;
        }
    }
}
