using System.Collections.Immutable;
using System.Globalization;
using AnalogLearn.Interchange;

namespace AnalogLearn.Data;

/// <summary>
/// <c>npz(file= x= y= x_test= y_test=)</c>: arrays of a NumPy archive; the first axis counts the examples, the others are one example.
/// </summary>
/// <remarks>
/// Without names, x or x_train, y or y_train, x_test and y_test are taken where they exist. Whole-number targets of one axis are class labels and
/// become one-hot rows, unless the target bus is one wide. Inputs of type byte are divided by 255 as pixels are; all else is taken as it
/// is, in the precision of the file. Without a test array, <c>test=n</c> sets n examples aside (see <see cref="CsvSource"/>).
/// </remarks>
public sealed class NpzSource : IDataSource
{
    /// <inheritdoc/>
    public string Kind => "npz";

    /// <inheritdoc/>
    public string Summary => "arrays of a NumPy archive";

    /// <inheritdoc/>
    public ImmutableArray<DataParameter> Parameters { get; } =
    [
        new("file", "the archive", Positional: true),
        new("x", "name of the inputs (default x or x_train)"),
        new("y", "name of the targets or labels (default y or y_train)"),
        new("x_test", "name of the test inputs (default x_test where it exists)"),
        new("y_test", "name of the test targets (default y_test where it exists)"),
        new("scale", "what inputs are multiplied by (default 1; 1/255 for bytes)"),
        new("shuffle", "whether examples are set aside for the test at random (default 1)"),
    ];

    /// <inheritdoc/>
    public DataSet? Load(DataArguments arguments)
    {
        if (arguments.Text("file") is not { } name)
        {
            arguments.Report("'npz' needs a file", "write npz(file=\"data.npz\")");
            return null;
        }

        if (DataLocations.Find(arguments, name, "file") is not { } path || DataLocations.Read(arguments, path, "file") is not var (bytes, file))
            return null;
        using var stream = new MemoryStream(bytes, writable: false);
        if (!NumpyArchive.TryList(stream, out ImmutableArray<string> names, out string? problem))
        {
            arguments.Report($"{path}: {problem}", null, "file");
            return null;
        }

        string? x = Choose(arguments, names, "x", path, "x", "x_train"), y = Choose(arguments, names, "y", path, "y", "y_train");
        string? xTest = Choose(arguments, names, "x_test", path, "x_test"), yTest = Choose(arguments, names, "y_test", path, "y_test");
        if (arguments.HasProblems || x is null || y is null)
            return null;
        if ((xTest is null) != (yTest is null))
        {
            arguments.Report($"{path}: there are test {(xTest is null ? "targets but no test inputs" : "inputs but no test targets")}", "give x_test and y_test", "file");
            return null;
        }

        string[] wanted = [x, y, xTest ?? x, yTest ?? y];
        stream.Position = 0;
        if (!NumpyArchive.TryRead(stream, out ImmutableDictionary<string, NumpyArray>? arrays, out problem, wanted.Contains))
        {
            arguments.Report($"{path}: {problem}", null, "file");
            return null;
        }

        // A label's class must mean the same in both sets.
        int classes = Math.Max(ClassesOf(arrays[y]), yTest is null ? 0 : ClassesOf(arrays[yTest]));
        Examples? train = Pair(arguments, path, x, arrays[x], y, arrays[y], classes, "npz train");
        Examples? test = xTest is null || yTest is null ? null : Pair(arguments, path, xTest, arrays[xTest], yTest, arrays[yTest], classes, "npz test");
        if (train is null || arguments.HasProblems)
            return null;
        if (test is not null && (test.InputWidth != train.InputWidth || test.TargetWidth != train.TargetWidth))
        {
            arguments.Report($"{path}: '{xTest}', '{yTest}' differ in width from '{x}', '{y}'", "give both the same shape beyond the first axis", "x_test");
            return null;
        }

        var data = new DataSet("npz", train, test ?? train.Head(0), $"Arrays of {Path.GetFileName(path)}.") { Files = [file] };
        return test is null ? HoldOut.Split(data, arguments) : data;
    }

    private static string? Choose(
        DataArguments arguments, ImmutableArray<string> names, string argument, string path, params ReadOnlySpan<string> defaults)
    {
        string known = "it holds " + string.Join(", ", names);
        if (arguments.Has(argument))
        {
            if (arguments.Text(argument) is not { } wanted || names.Contains(wanted))
                return arguments.Text(argument);
            string? near = NearestName.Of(wanted, names);
            arguments.Report($"{path}: there is no array '{wanted}'", near is null ? known : $"did you mean '{near}'? ({known})", argument);
            return null;
        }

        foreach (string name in defaults)
        {
            if (names.Contains(name))
                return name;
        }

        if (argument is "x" or "y")
            arguments.Report($"{path}: there is no array '{string.Join("' or '", defaults!)}'", $"name it with {argument}=… ({known})", "file");
        return null;
    }

    private static bool IsLabels(NumpyArray y) => y.Shape.Length == 1 && y.Type is NumpyType.Int32 or NumpyType.Int64 or NumpyType.UInt8 or NumpyType.Bool;

    private static int ClassesOf(NumpyArray y)
    {
        if (!IsLabels(y) || y.Count == 0)
            return 0;
        double most = y.ToDoubles().Max();
        return most < 100_000 ? (int)most + 1 : 0;
    }

    private static Examples? Pair(
        DataArguments arguments, string path, string xName, NumpyArray x, string yName, NumpyArray y, int classes, string name)
    {
        foreach ((string arrayName, NumpyArray array) in new[] { (xName, x), (yName, y) })
        {
            if (array.Shape.IsEmpty)
                arguments.Report($"{path}: array '{arrayName}' is a single number", "its first axis must count the examples", "file");
        }

        if (arguments.HasProblems)
            return null;
        int count = x.Shape[0];
        if (y.Shape[0] != count)
        {
            arguments.Report(
                string.Create(CultureInfo.InvariantCulture, $"{path}: '{xName}' holds {count} examples, '{yName}' {y.Shape[0]}"), null, "file");
            return null;
        }

        int inputWidth = Width(x), targetWidth = Width(y);
        int[]? labels = null;
        double[] targets = y.ToDoubles();
        bool asClasses = IsLabels(y) && arguments.Request.TargetWidth != 1;
        if (asClasses)
        {
            if (classes == 0 || Array.Exists(targets, t => t < 0))
            {
                arguments.Report($"{path}: '{yName}' holds whole numbers that are no class numbers (0, 1, 2, …)", "give labels from 0, or targets of type f4 or f8", "file");
                return null;
            }

            labels = Array.ConvertAll(targets, t => (int)t);
            targetWidth = Math.Max(classes, arguments.Request.TargetWidth);
        }
        else
        {
            labels = ClassLabels.OfOneHot(targets, targetWidth);
        }

        bool bad = FiniteCheck.Report(arguments, targets, targetWidth, $"{path}, array '{yName}'", "file");
        double scale = arguments.Number("scale", x.Type == NumpyType.UInt8 ? 1.0 / 255 : 1, -1e300, 1e300);
        Examples examples;
        if (x.Type is NumpyType.Float64 or NumpyType.Int32 or NumpyType.Int64 || (y.Type == NumpyType.Float64 && labels is null))
        {
            double[] inputs = x.ToDoubles();
            bad |= FiniteCheck.Report(arguments, inputs, inputWidth, $"{path}, array '{xName}'", "file");
            for (int i = 0; scale != 1 && i < inputs.Length; i++)
            {
                inputs[i] *= scale;
            }

            double[] rows = asClasses ? Array.ConvertAll(Examples.OneHot(labels, targetWidth), v => (double)v) : targets;
            examples = Examples.OfDoubles(name, count, inputWidth, targetWidth, inputs, rows, labels);
        }
        else
        {
            float[] inputs = x.ToSingles();
            bad |= FiniteCheck.Report(arguments, inputs, inputWidth, $"{path}, array '{xName}'", "file");
            for (int i = 0; scale != 1 && i < inputs.Length; i++)
            {
                inputs[i] = (float)(inputs[i] * scale);
            }

            float[] rows = asClasses ? Examples.OneHot(labels, targetWidth) : Array.ConvertAll(targets, v => (float)v);
            examples = new Examples(name, count, inputWidth, targetWidth, inputs, rows, labels);
        }

        if (bad)
            return null;
        if (labels is not null)
            examples = examples.WithClasses([.. Enumerable.Range(0, targetWidth).Select(k => k.ToString(CultureInfo.InvariantCulture))]);
        return x.Shape.Length > 2 ? examples.WithShape([.. x.Shape.AsSpan()[1..]]) : examples;
    }

    private static int Width(NumpyArray array) => array.Shape.Skip(1).Aggregate(1, (a, b) => a * b);
}
