using System.Collections.Immutable;
using System.Globalization;

namespace AnalogLearn.Data;

/// <summary>
/// <c>idx(mnist)</c>, <c>idx(fashion)</c>, or <c>idx(images= labels= test_images= test_labels=)</c>: pictures and labels in IDX files, plain or
/// gzip.
/// </summary>
/// <remarks>
/// A named set is looked for in the data directories (<see cref="DataLocations.Directories"/>), in each as DIR/mnist/train-images-idx3-ubyte.gz and
/// DIR/train-images-idx3-ubyte.gz, compressed or not; all four files must lie in one place. Pixels of type byte are divided by 255.
/// </remarks>
public sealed class IdxSource : IDataSource
{
    /// <inheritdoc/>
    public string Kind => "idx";

    /// <inheritdoc/>
    public string Summary => "pictures in IDX files: idx(mnist), idx(fashion), or files of your own";

    /// <inheritdoc/>
    public ImmutableArray<DataParameter> Parameters { get; } =
    [
        new("set", "mnist or fashion", Positional: true),
        new("images", "file of the training images"),
        new("labels", "file of the training labels"),
        new("test_images", "file of the test images (default: no test set)"),
        new("test_labels", "file of the test labels"),
        new("scale", "what elements of type byte are multiplied by (default 1/255)"),
    ];

    /// <inheritdoc/>
    public DataSet? Load(DataArguments arguments)
    {
        double scale = arguments.Number("scale", 1.0 / 255, -1e30, 1e30);
        if (arguments.HasProblems)
            return null;
        return arguments.Has("set") ? LoadPublic(arguments, scale) : LoadFiles(arguments, scale);
    }

    private static DataSet? LoadPublic(DataArguments arguments, double scale)
    {
        if (arguments.Word("set", [.. PublicDataSet.All.Select(s => s.Name)]) is not { } name || PublicDataSet.Find(name) is not { } set)
            return null;
        foreach (string file in (ReadOnlySpan<string>)["images", "labels", "test_images", "test_labels"])
        {
            if (arguments.Has(file))
                arguments.Report($"'{file}' cannot stand beside '{set.Name}'", "name the set, or name the files", file);
        }

        if (arguments.HasProblems || FindFiles(arguments, set) is not { } paths)
            return null;
        var files = ImmutableArray.CreateBuilder<DataFile>();
        Examples? train = Load(arguments, paths[0], paths[1], arguments.Request.Train, scale, $"{set.Name} train", set, files);
        Examples? test = Load(arguments, paths[2], paths[3], arguments.Request.Test, scale, $"{set.Name} test", set, files);
        return train is null || test is null
            ? null
            : new DataSet(set.Name, train, test, $"{set.Title}, pixels in [0, 1], one-hot targets.") { Files = files.ToImmutable() };
    }

    private static DataSet? LoadFiles(DataArguments arguments, double scale)
    {
        if (!arguments.Has("images") || !arguments.Has("labels"))
        {
            arguments.Report("'idx' needs the name of a set, or files", "write idx(mnist), idx(fashion), or idx(images=\"…\" labels=\"…\")");
            return null;
        }

        if (arguments.Has("test_images") != arguments.Has("test_labels"))
        {
            arguments.Report("'test_images' and 'test_labels' go together", "give both or none", arguments.Has("test_images") ? "test_images" : "test_labels");
            return null;
        }

        var files = ImmutableArray.CreateBuilder<DataFile>();
        Examples? train = Pair(arguments, "images", "labels", arguments.Request.Train, scale, "idx train", files);
        Examples? test = arguments.Has("test_images")
            ? Pair(arguments, "test_images", "test_labels", arguments.Request.Test, scale, "idx test", files)
            : train?.Head(0).Named("idx test");
        if (train is null || test is null)
            return null;
        int classes = Math.Max(arguments.Request.TargetWidth, Math.Max(train.ClassCounts().Length, test.ClassCounts().Length));
        train = WithClassCount(train, classes);
        test = WithClassCount(test, classes);
        if (test.Count > 0 && test.InputWidth != train.InputWidth)
        {
            arguments.Report(
                string.Create(CultureInfo.InvariantCulture, $"test images have {test.InputWidth} pixels, training images {train.InputWidth}"), null, "test_images");
            return null;
        }

        return new DataSet("idx", train, test, "Pictures in IDX files, one-hot targets.") { Files = files.ToImmutable() };
    }

    private static Examples? Pair(
        DataArguments arguments, string images, string labels, int? most, double scale, string name, ImmutableArray<DataFile>.Builder files)
    {
        string? imageFile = arguments.Text(images), labelFile = arguments.Text(labels);
        if (imageFile is null || labelFile is null)
            return null;
        string? imagePath = DataLocations.Find(arguments, imageFile, images), labelPath = DataLocations.Find(arguments, labelFile, labels);
        return imagePath is null || labelPath is null ? null : Load(arguments, imagePath, labelPath, most, scale, name, null, files);
    }

    private static Examples WithClassCount(Examples examples, int classes)
    {
        ImmutableArray<string> names = [.. Enumerable.Range(0, classes).Select(k => k.ToString(CultureInfo.InvariantCulture))];
        int[] labels = examples.Labels.ToArray();
        return new Examples(
            examples.Name, examples.Count, examples.InputWidth, classes, examples.Inputs.ToArray(), Examples.OneHot(labels, classes), labels)
            .WithShape(examples.InputShape).WithClasses(names);
    }

    private static Examples? Load(
        DataArguments arguments, string imagePath, string labelPath, int? most, double scale, string name, PublicDataSet? set, ImmutableArray<DataFile>.Builder files)
    {
        IdxArray? images = ReadArray(arguments, imagePath, most, scale, set, files), labels = ReadArray(arguments, labelPath, most, 1, set, files);
        if (images is null || labels is null)
            return null;
        if (labels.ItemShape.Length != 0 || images.ItemShape.Length == 0)
        {
            arguments.Report(
                labels.ItemShape.Length != 0 ? $"{labelPath}: it holds arrays where one label an example is expected" : $"{imagePath}: it holds single numbers where pictures are expected",
                "were images and labels exchanged?");
            return null;
        }

        if (images.ItemsInFile != labels.ItemsInFile)
        {
            arguments.Report(
                string.Create(CultureInfo.InvariantCulture, $"{imagePath} holds {images.ItemsInFile} pictures, {labelPath} {labels.ItemsInFile} labels"));
            return null;
        }

        int width = images.ItemShape.Aggregate(1, (a, b) => a * b);
        int classes = set?.ClassNames.Length ?? 1;
        var classLabels = new int[labels.Count];
        for (int i = 0; i < classLabels.Length; i++)
        {
            float label = labels.Values[i];
            if (label != MathF.Floor(label) || label < 0 || label > 9999 || (set is not null && label >= classes))
            {
                arguments.Report(string.Create(CultureInfo.InvariantCulture, $"{labelPath}: label {i + 1} is {label}, not a class number"));
                return null;
            }

            classLabels[i] = (int)label;
            classes = Math.Max(classes, classLabels[i] + 1);
        }

        if (FiniteCheck.Report(arguments, images.Values, width, imagePath, null))
            return null;
        return new Examples(name, images.Count, width, classes, images.Values, Examples.OneHot(classLabels, classes), classLabels)
            .WithShape(images.ItemShape)
            .WithClasses(set?.ClassNames ?? []);
    }

    private static IdxArray? ReadArray(
        DataArguments arguments, string path, int? most, double scale, PublicDataSet? set, ImmutableArray<DataFile>.Builder files)
    {
        if (DataLocations.Read(arguments, path, null) is not var (bytes, file))
            return null;
        if (set is not null && PublicDataSet.All.FirstOrDefault(other => other != set && other.Files.Any(f => f.Sha256 == file.Sha256)) is { } wrong)
        {
            arguments.Report($"{path}: this is a file of {wrong.Title}, not of {set.Title}", $"keep each set in its own folder: {wrong.Folders[0]}/ and {set.Folders[0]}/");
            return null;
        }

        files.Add(file);
        using Stream content = DataLocations.Unpack(bytes);
        long mostBytes = content is MemoryStream ? bytes.LongLength : bytes.LongLength * DataLocations.MostExpansion;
        if (IdxFormat.TryRead(content, most ?? int.MaxValue, mostBytes, scale, out IdxArray? array, out string? problem))
            return array;
        string fix = set is null ? "the file may be incomplete" : $"remove it and run: analoglearn data fetch {set.Name}";
        arguments.Report($"{path}: {problem}", fix);
        return null;
    }

    private static string[]? FindFiles(DataArguments arguments, PublicDataSet set)
    {
        List<string> places = [];
        (string Place, List<string> Missing)? incomplete = null;
        foreach (string directory in DataLocations.Directories(arguments.Request))
        {
            foreach (string place in set.Folders.Select(folder => Path.Combine(directory, folder)).Append(directory))
            {
                places.Add(place);
                string[] found = [.. set.Files.Select(file => Existing(place, file)).OfType<string>()];
                if (found.Length == set.Files.Length)
                    return found;
                if (found.Length > 0)
                    incomplete ??= (place, [.. set.Files.Where(file => Existing(place, file) is null).Select(file => file.Compressed)]);
            }
        }

        string looked = string.Join(", ", places.Distinct(StringComparer.Ordinal));
        string fix = $"run: analoglearn data fetch {set.Name}   (or name their directory with --data DIR or {DataLocations.Variable})";
        if (incomplete is var (where, missing))
            arguments.Report($"{set.Title} is incomplete in {where}: {string.Join(", ", missing)} missing; looked in {looked}", fix, "set");
        else
            arguments.Report($"the files of {set.Title} were not found; looked in {looked}", fix, "set");
        return null;
    }

    private static string? Existing(string place, PublicDataFile file)
    {
        string compressed = Path.Combine(place, file.Compressed), plain = Path.Combine(place, file.Name);
        return File.Exists(compressed) ? compressed : File.Exists(plain) ? plain : null;
    }
}
