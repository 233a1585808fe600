using System.IO.Compression;
using System.Text;
using AnalogLearn.Data;
using AnalogLearn.Interchange;
using AnalogLearn.Tests.Studies;

namespace AnalogLearn.Tests.Data;

public sealed class FileSourcesTests : IDisposable
{
    private readonly TemporaryFolder _room = new();

    public void Dispose() => _room.Dispose();

    [Theory]
    [InlineData("a,b,t\n1,2,3\n4,5,6\n")]
    [InlineData("a;b;t\r\n1;2;3\r\n4;5;6")]
    [InlineData("1\t2\t3\n4\t5\t6\n")]
    [InlineData("# by hand\n\n  1 2   3 \n4 5 6\n")]
    [InlineData("\"a\"|\"b\"|\"t, u\"\n\"1\"| 2 |3\n4|5|6\n")]
    [InlineData("\ufeffa,b,t\n1,2,3\n4,5,6\n")]
    public void Tables_of_any_separator_are_read(string text)
    {
        DataSet data = DataSourcesTests.Good(Csv(text));
        Assert.Equal(2, data.Train.Count);
        Assert.Equal([1f, 2, 4, 5], data.Train.Inputs.ToArray());
        Assert.Equal([3f, 6], data.Train.Targets.ToArray());
        Assert.Equal(0, data.Test.Count);
        Assert.Single(data.Files);
    }

    [Fact]
    public void Columns_are_chosen_by_name_number_and_range()
    {
        const string text = "id,a,b,c,t\n9,1,2,3,4\n9,5,6,7,8\n";
        Assert.Equal([3f, 1f], DataSourcesTests.Good(Csv(text, ("x", Words("C", "a")), ("y", Words("t")))).Train.Input(0).ToArray());
        Assert.Equal([5f, 6f, 7f], DataSourcesTests.Good(Csv(text, ("x", Words("1:3")), ("y", new DataNumber(-1)))).Train.Input(1).ToArray());
        Assert.Equal([1f, 4f], DataSourcesTests.Good(Csv(text, ("y", new DataList([new DataNumber(1), new DataText("t")])))).Train.Target(0).ToArray());
        Assert.Equal(3, DataSourcesTests.Good(Csv(text) with { TargetWidth = 2, InputWidth = 3 }).Train.InputWidth);
        DataProblem unknown = Assert.Single(DataSourcesTests.Bad(Csv("alpha,beta\n1,2\n", ("y", Words("beat")))));
        Assert.Equal(("there is no column 'beat'", "did you mean 'beta'?", "y"), (unknown.Message, unknown.Fix, unknown.ArgumentName));
        Assert.Contains("there is no column 7", Assert.Single(DataSourcesTests.Bad(Csv(text, ("y", new DataNumber(7))))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Labels_become_classes()
    {
        DataSet words = DataSourcesTests.Good(Csv("x1,x2,kind\n1,2,rose\n3,4,\"aster, blue\"\n5,6,rose\n"));
        Assert.Equal(["aster, blue", "rose"], words.Train.ClassNames.ToArray());
        Assert.Equal([1, 0, 1], words.Train.Labels.ToArray());
        Assert.Equal([0f, 1, 1, 0, 0, 1], words.Train.Targets.ToArray());

        DataSet two = DataSourcesTests.Good(Csv("1,no\n2,yes\n") with { TargetWidth = 1 });
        Assert.Equal([0f, 1f], two.Train.Targets.ToArray());

        // Whole numbers that fit the bus are their own index, even where classes are missing.
        DataSet numbers = DataSourcesTests.Good(Csv("0.5,3\n0.6,0\n", ("label", new DataNumber(1))) with { TargetWidth = 4 });
        Assert.Equal([3, 0], numbers.Train.Labels.ToArray());
        Assert.Equal(4, numbers.Train.TargetWidth);
        DataSet byWidth = DataSourcesTests.Good(Csv("1,2,0\n3,4,2\n") with { InputWidth = 2, TargetWidth = 3 });
        Assert.Equal([0, 2], byWidth.Train.Labels.ToArray());
    }

    [Theory]
    [InlineData("a,b\n1,2\n3,x7\n", ":3:3: 'x7' is not a number (column 1)")]
    [InlineData("a,b\n1,2\n3,\n", ":3:3: a number is missing (column 1)")]
    [InlineData("1,2\n3, nan\n", ":2:4: NaN in data (column 1)")]
    [InlineData("1,2\n-inf,2\n", ":2:1: an infinite number in data (column 0)")]
    [InlineData("1,2\n3\n", ":2:1: the line has 1 columns, the first line has 2")]
    [InlineData("1,2\n3,\"4\n", ":2:3: the quote is not closed on its line")]
    [InlineData("1;2,5\n3;4\n", ":1:3: '2,5' is not a number (column 1)")]
    public void Bad_numbers_are_reported_with_line_and_column(string text, string message)
    {
        DataRequest request = Csv(text, ("y", new DataNumber(-1)));
        IReadOnlyList<DataProblem> problems = DataSourcesTests.Bad(request);
        Assert.Contains(Path.Combine(_room.Path, "table.csv") + message, problems[0].Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Tables_without_anything_to_learn_are_refused()
    {
        Assert.Contains("no example", DataSourcesTests.Bad(Csv(""))[0].Message, StringComparison.Ordinal);
        Assert.Contains("no example", DataSourcesTests.Bad(Csv("# nothing\n\n"))[0].Message, StringComparison.Ordinal);
        Assert.Contains("only one column", DataSourcesTests.Bad(Csv("1\n2\n"))[0].Message, StringComparison.Ordinal);
        DataProblem missing = Assert.Single(DataSourcesTests.Bad(new DataRequest("csv") { BaseDirectory = _room.Path }.With("file", "none.csv")));
        Assert.Contains("'none.csv' was not found", missing.Message, StringComparison.Ordinal);
        Assert.Contains(Path.Combine(_room.Path, "none.csv"), missing.Fix, StringComparison.Ordinal);
        Assert.Contains("needs a file", DataSourcesTests.Bad(new DataRequest("csv"))[0].Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Examples_are_set_aside_for_the_test_by_the_datas_seed()
    {
        string text = string.Concat(Enumerable.Range(0, 50).Select(i => $"{i},{i % 2}\n"));
        DataRequest request = Csv(text) with { Train = 30, Test = 20 };
        DataSet data = DataSourcesTests.Good(request), again = DataSourcesTests.Good(request), other = DataSourcesTests.Good(request with { Seed = 2 });
        Assert.Equal(data.Test.Inputs.ToArray(), again.Test.Inputs.ToArray());
        Assert.NotEqual(data.Test.Inputs.ToArray(), other.Test.Inputs.ToArray());
        Assert.Equal(Enumerable.Range(0, 50).Select(i => (float)i), data.Train.Inputs.ToArray().Concat(data.Test.Inputs.ToArray()).Order());
        DataSet last = DataSourcesTests.Good(Csv(text, ("shuffle", new DataNumber(0))) with { Test = 20 });
        Assert.Equal(30f, last.Test.Inputs[0]);
        Assert.Equal(30, last.Train.Count);
        Assert.Contains("ask for 51 examples, but there are 50", DataSourcesTests.Bad(request with { Train = 31 })[0].Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_second_table_is_the_test_and_both_share_their_classes()
    {
        File.WriteAllText(Path.Combine(_room.Path, "test.csv"), "v,k\n7,c\n8,a\n");
        DataSet data = DataSourcesTests.Good(Csv("v,k\n1,a\n2,b\n", ("test_file", new DataText("test.csv"))));
        Assert.Equal(["a", "b", "c"], data.Train.ClassNames.ToArray());
        Assert.Equal([2, 0], data.Test.Labels.ToArray());
        Assert.Equal(2, data.Files.Length);
    }

    [Fact]
    public void Archives_of_arrays_are_read_in_their_precision()
    {
        Npz("d.npz", ("x", NumpyArray.Of(new[] { 0.1, 0.2, 0.3, 0.4 }, 2, 2)), ("y", NumpyArray.Of(new[] { 0.5, 0.6 })));
        DataSet data = DataSourcesTests.Good(In("npz", "d.npz"));
        Assert.True(data.Train.IsPrecise);
        Assert.Equal((2, 2, 1), (data.Train.Count, data.Train.InputWidth, data.Train.TargetWidth));

        Npz(
            "k.npz",
            ("x_train", NumpyArray.Of(new byte[] { 0, 255, 51, 102, 1, 2, 3, 4 }, 2, 2, 2)),
            ("y_train", NumpyArray.Of(new byte[] { 1, 0 })),
            ("x_test", NumpyArray.Of(new byte[] { 255, 255, 255, 255 }, 1, 2, 2)),
            ("y_test", NumpyArray.Of(new byte[] { 2 })));
        DataSet pictures = DataSourcesTests.Good(In("npz", "k.npz"));
        Assert.Equal([2, 2], pictures.Train.InputShape.ToArray());
        Assert.Equal([0f, 1f, 0.2f, 0.4f], pictures.Train.Input(0).ToArray());
        Assert.Equal([1, 0], pictures.Train.Labels.ToArray());
        Assert.Equal(3, pictures.Train.TargetWidth);
        Assert.Equal([0f, 0, 1], pictures.Test.Targets.ToArray());
    }

    [Fact]
    public void Mistakes_in_archives_are_named()
    {
        Npz("d.npz", ("inputs", NumpyArray.Of(new[] { 1f, float.NaN, 3, 4 }, 2, 2)), ("y", NumpyArray.Of(new[] { 1f, 2 })), ("short", NumpyArray.Of(new[] { 1f })));
        Assert.Contains("there is no array 'x' or 'x_train'", DataSourcesTests.Bad(In("npz", "d.npz"))[0].Message, StringComparison.Ordinal);
        Assert.Contains("did you mean 'inputs'", DataSourcesTests.Bad(In("npz", "d.npz").With("x", "input"))[0].Fix, StringComparison.Ordinal);
        DataProblem nan = Assert.Single(DataSourcesTests.Bad(In("npz", "d.npz").With("x", "inputs")));
        Assert.Contains("NaN in data", nan.Message, StringComparison.Ordinal);
        Assert.Contains("array 'inputs', row 1, column 2", nan.Message, StringComparison.Ordinal);
        Assert.Contains("'inputs' holds 2 examples, 'short' 1", DataSourcesTests.Bad(In("npz", "d.npz").With("x", "inputs").With("y", "short"))[0].Message, StringComparison.Ordinal);
        File.WriteAllText(Path.Combine(_room.Path, "no.npz"), "text");
        Assert.Contains("not a zip archive", DataSourcesTests.Bad(In("npz", "no.npz"))[0].Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true, "mnist")]
    [InlineData(false, "mnist")]
    [InlineData(true, "")]
    public void A_named_set_is_found_packed_or_plain_in_its_folder_or_beside(bool packed, string sub)
    {
        WriteSet(Path.Combine(_room.Path, sub), packed);
        DataSet data = DataSourcesTests.Good(Mnist(_room.Path));
        Assert.Equal((3, 2), (data.Train.Count, data.Test.Count));
        Assert.Equal([2, 2], data.Train.InputShape.ToArray());
        Assert.Equal([0f, 1f, 51 / 255f, 0f], data.Train.Input(0).ToArray());
        Assert.Equal([7, 8, 9], data.Train.Labels.ToArray());
        Assert.Equal(1f, data.Train.Target(2)[9]);
        Assert.Equal(4, data.Files.Length);
        DataSet head = DataSourcesTests.Good(Mnist(_room.Path) with { Train = 1 });
        Assert.Equal(1, head.Train.Count);
        Assert.Contains("only 3 training examples", DataSourcesTests.Bad(Mnist(_room.Path) with { Train = 4 })[0].Message, StringComparison.Ordinal);
    }

    [Fact]
    public void The_environment_variable_comes_after_the_directory_that_was_given()
    {
        string given = Path.Combine(_room.Path, "given"), named = Path.Combine(_room.Path, "named");
        WriteSet(Path.Combine(named, "mnist"), packed: true);
        DataRequest request = Mnist(given) with { EnvironmentVariable = name => name == "ANALOGLEARN_DATA" ? named : null };
        Assert.StartsWith(named, DataSourcesTests.Good(request).Files[0].Path, StringComparison.Ordinal);
        WriteSet(given, packed: false);
        Assert.StartsWith(given, DataSourcesTests.Good(request).Files[0].Path, StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_set_says_where_it_was_looked_for_and_how_to_get_it()
    {
        DataProblem problem = Assert.Single(DataSourcesTests.Bad(Mnist(_room.Path)));
        Assert.Contains("MNIST were not found", problem.Message, StringComparison.Ordinal);
        Assert.Contains(Path.Combine(_room.Path, "mnist"), problem.Message, StringComparison.Ordinal);
        Assert.Contains("analoglearn data fetch mnist", problem.Fix, StringComparison.Ordinal);
        WriteSet(_room.Path, packed: true);
        File.Delete(Path.Combine(_room.Path, "t10k-labels-idx1-ubyte.gz"));
        Assert.Contains("t10k-labels-idx1-ubyte.gz missing", Assert.Single(DataSourcesTests.Bad(Mnist(_room.Path))).Message, StringComparison.Ordinal);
        Assert.Contains("did you mean 'mnist'", DataSourcesTests.Bad(new DataRequest("idx") { Arguments = [new(null, new DataText("minst"))] })[0].Fix, StringComparison.Ordinal);
    }

    [Fact]
    public void Damaged_files_are_described()
    {
        WriteSet(_room.Path, packed: false);
        string images = Path.Combine(_room.Path, "train-images-idx3-ubyte");
        byte[] good = File.ReadAllBytes(images);
        File.WriteAllBytes(images, good[..^1]);
        DataProblem cut = DataSourcesTests.Bad(Mnist(_room.Path))[0];
        Assert.Contains("ends too early", cut.Message, StringComparison.Ordinal);
        Assert.Contains("data fetch mnist", cut.Fix, StringComparison.Ordinal);
        File.WriteAllBytes(images, good[..9]);
        Assert.Contains("ends too early", DataSourcesTests.Bad(Mnist(_room.Path))[0].Message, StringComparison.Ordinal);
        File.WriteAllBytes(images, [.. good[..4], 0, 0, 0xFF, 0xFF, .. good[8..]]);
        Assert.Contains("more than the file holds", DataSourcesTests.Bad(Mnist(_room.Path))[0].Message, StringComparison.Ordinal);
        File.WriteAllText(images, "<html>");
        Assert.Contains("does not start as an IDX file", DataSourcesTests.Bad(Mnist(_room.Path))[0].Message, StringComparison.Ordinal);
        File.WriteAllBytes(images, Packed(good)[..30]);
        Assert.Contains(": it", DataSourcesTests.Bad(Mnist(_room.Path))[0].Message, StringComparison.Ordinal);
        File.WriteAllBytes(images, good);
        File.WriteAllBytes(Path.Combine(_room.Path, "train-labels-idx1-ubyte"), Idx([3], [7, 8, 11]));
        Assert.Contains("label 3 is 11", DataSourcesTests.Bad(Mnist(_room.Path))[0].Message, StringComparison.Ordinal);
        File.WriteAllBytes(Path.Combine(_room.Path, "train-labels-idx1-ubyte"), Idx([2], [7, 8]));
        Assert.Contains("3 pictures", DataSourcesTests.Bad(Mnist(_room.Path))[0].Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Files_of_your_own_are_read_and_every_element_type_is_known()
    {
        File.WriteAllBytes(Path.Combine(_room.Path, "im"), [0, 0, 0x0D, 2, 0, 0, 0, 2, 0, 0, 0, 1, 0x3F, 0x80, 0, 0, 0xC0, 0, 0, 0]);
        File.WriteAllBytes(Path.Combine(_room.Path, "la"), Packed(Idx([2], [0, 2])));
        DataRequest request = (new DataRequest("idx") { BaseDirectory = _room.Path }).With("images", "im").With("labels", "la");
        DataSet data = DataSourcesTests.Good(request);
        Assert.Equal([1f, -2f], data.Train.Inputs.ToArray());
        Assert.Equal((3, 0), (data.Train.TargetWidth, data.Test.Count));
        foreach ((byte type, byte[] element, float value) in new[]
        {
            ((byte)0x09, new byte[] { 0xFE }, -2f), ((byte)0x0B, [0xFF, 0xFE], -2f), ((byte)0x0C, [0xFF, 0xFF, 0xFF, 0xFE], -2f),
            ((byte)0x0E, [0xC0, 0, 0, 0, 0, 0, 0, 0], -2f), ((byte)0x08, [0xFE], 127f),
        })
        {
            Assert.True(IdxFormat.TryRead(new MemoryStream([0, 0, type, 1, 0, 0, 0, 1, .. element]), 10, 100, 0.5f, out IdxArray? array, out _));
            Assert.Equal([value], array.Values);
        }
    }

    [DataFact("mnist")]
    public void The_real_mnist_is_read_whole()
    {
        DataSet data = DataSourcesTests.Good(new DataRequest("idx") { Arguments = [new(null, new DataText("mnist"))], InputWidth = 784, TargetWidth = 10 });
        Assert.Equal((60_000, 10_000), (data.Train.Count, data.Test.Count));
        Assert.Equal([5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949], data.Train.ClassCounts());
        Assert.Equal([5, 0, 4, 1, 9], data.Train.Labels[..5].ToArray());
        double sum = 0;
        foreach (float pixel in data.Train.Inputs)
        {
            sum += pixel;
        }

        Assert.Equal(0.1306604762738429, sum / data.Train.Inputs.Length, 7);
    }

    [DataFact("fashion")]
    public void The_real_fashion_set_is_read_whole()
    {
        DataSet data = DataSourcesTests.Good(new DataRequest("idx") { Arguments = [new(null, new DataText("fashion"))] });
        Assert.Equal((60_000, 10_000), (data.Train.Count, data.Test.Count));
        Assert.All(data.Test.ClassCounts(), n => Assert.Equal(1000, n));
        Assert.Equal("ankle boot", data.Train.ClassNames[data.Train.Labels[0]]);
    }

    private static DataRequest Mnist(string directory) => new("idx")
    {
        Arguments = [new(null, new DataText("mnist"))],
        DataDirectories = [directory],
        EnvironmentVariable = _ => null,
    };

    private static DataList Words(params string[] words) => new([.. words.Select(w => (DataValue)new DataText(w))]);

    private static byte[] Idx(int[] shape, byte[] elements)
    {
        List<byte> bytes = [0, 0, 8, (byte)shape.Length];
        foreach (int axis in shape)
        {
            bytes.AddRange([0, 0, 0, (byte)axis]);
        }

        return [.. bytes, .. elements];
    }

    private static byte[] Packed(byte[] bytes)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Optimal))
        {
            gzip.Write(bytes);
        }

        return packed.ToArray();
    }

    private static void WriteSet(string folder, bool packed)
    {
        Directory.CreateDirectory(folder);
        (string Name, byte[] Content)[] files =
        [
            ("train-images-idx3-ubyte", Idx([3, 2, 2], [0, 255, 51, 0, 1, 2, 3, 4, 5, 6, 7, 8])),
            ("train-labels-idx1-ubyte", Idx([3], [7, 8, 9])),
            ("t10k-images-idx3-ubyte", Idx([2, 2, 2], [0, 255, 51, 0, 1, 2, 3, 4])),
            ("t10k-labels-idx1-ubyte", Idx([2], [1, 0])),
        ];
        foreach ((string name, byte[] content) in files)
        {
            File.WriteAllBytes(Path.Combine(folder, packed ? name + ".gz" : name), packed ? Packed(content) : content);
        }
    }

    private DataRequest In(string kind, string file) => new(kind) { BaseDirectory = _room.Path, Arguments = [new(null, new DataText(file))] };

    private void Npz(string name, params (string Name, NumpyArray Array)[] arrays) =>
        NumpyArchive.WriteFile(Path.Combine(_room.Path, name), arrays.Select(a => new KeyValuePair<string, NumpyArray>(a.Name, a.Array)));

    private DataRequest Csv(string text, params (string Name, DataValue Value)[] arguments)
    {
        File.WriteAllText(Path.Combine(_room.Path, "table.csv"), text, new UTF8Encoding(false));
        return new("csv")
        {
            BaseDirectory = _room.Path,
            Arguments = [new(null, new DataText("table.csv")), .. arguments.Select(a => new DataArgument(a.Name, a.Value))],
        };
    }
}
