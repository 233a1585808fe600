using AnalogLearn.Interchange;
using AnalogLearn.Netlist;
using AnalogLearn.Simulation;

namespace AnalogLearn.Tests.Interchange;

public class WeightFileTests
{
    private static readonly ParameterLayout Layout = new(
    [
        new ParameterBlock("nh", ParameterKind.Bias, 3, 1, true),
        new ParameterBlock("yxh", ParameterKind.Weights, 3, 2, true),
    ]);

    private static byte[] Archive(params (string Name, NumpyArray Array)[] arrays)
    {
        using var stream = new MemoryStream();
        NumpyArchive.Write(stream, arrays.Select(a => KeyValuePair.Create(a.Name, a.Array)));
        return stream.ToArray();
    }

    private static (bool Done, string Codes, ParameterSet<double> Values) Read(byte[] bytes)
    {
        var into = new ParameterSet<double>(Layout);
        into["yxh"][0] = -7;
        var diagnostics = new DiagnosticBag();
        bool done = WeightFile.Read(new MemoryStream(bytes), "w.npz", into, diagnostics);
        Assert.Equal(!done, diagnostics.HasErrors);
        if (!done)
            Assert.Equal(-7, into["yxh"][0]); // untouched
        return (done, string.Join(' ', diagnostics.Select(d => d.Code)), into);
    }

    [Fact]
    public void Parameters_of_any_network_come_back_to_the_bit()
    {
        for (int seed = 0; seed < 10; seed++)
        {
            RandomNetwork drawn = RandomNetwork.Draw(seed, examples: 1);
            drawn.Parameters.Blocks[0][0] = double.Epsilon;
            Same(drawn.Parameters);
            Same(drawn.Parameters.To<float>());
        }

        static void Same<T>(ParameterSet<T> parameters)
            where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T>
        {
            using var stream = new MemoryStream();
            WeightFile.Write(stream, parameters);
            var read = new ParameterSet<T>(parameters.Layout);
            var diagnostics = new DiagnosticBag();
            Assert.True(WeightFile.Read(new MemoryStream(stream.ToArray()), "w.npz", read, diagnostics));
            Assert.Empty(diagnostics);
            Assert.Equal(parameters.Blocks.AsEnumerable(), read.Blocks.AsEnumerable());
        }
    }

    [Fact]
    public void Entries_are_named_after_arrays_and_banks_in_the_precision_of_the_parameters()
    {
        using var stream = new MemoryStream();
        WeightFile.Write(stream, new ParameterSet<float>(Layout));
        Assert.True(NumpyArchive.TryRead(new MemoryStream(stream.ToArray()), out var arrays, out _));
        Assert.Equal(["nh.bias", "yxh"], arrays.Keys.Order());
        Assert.Equal([3], arrays["nh.bias"].Shape.AsEnumerable());
        Assert.Equal([3, 2], arrays["yxh"].Shape.AsEnumerable());
        Assert.Equal(NumpyType.Float32, arrays["yxh"].Type);
    }

    [Fact]
    public void Weights_saved_elsewhere_are_taken_in_other_precisions_and_as_columns()
    {
        (bool done, string codes, ParameterSet<double> values) = Read(Archive(("YXH", NumpyArray.Of(new[] { 1f, 2, 3, 4, 5, 6.5f }, 3, 2)), ("nh", NumpyArray.Of(new[] { 7, 8, 9 }, 3, 1))));
        Assert.True(done);
        Assert.Empty(codes);
        Assert.Equal([1, 2, 3, 4, 5, 6.5], values["yxh"]);
        Assert.Equal([7, 8, 9], values["nh"]);
    }

    [Fact]
    public void What_does_not_fit_is_diagnosed_and_nothing_changes()
    {
        NumpyArray weights = NumpyArray.Of(new double[6], 3, 2), bias = NumpyArray.Of(new double[3], 3);
        Assert.Equal("AL0741", Read(Archive(("yxh", weights))).Codes);
        Assert.Equal("AL0741 AL0741", Read(Archive()).Codes);
        Assert.Equal("AL0742", Read(Archive(("yxh", NumpyArray.Of(new double[6], 2, 3)), ("nh.bias", bias))).Codes);
        Assert.Equal("AL0742 AL0742", Read(Archive(("yxh", NumpyArray.Of(new double[6], 6)), ("nh.bias", NumpyArray.Of(new double[4], 4)))).Codes);
        Assert.Equal("AL0743", Read(Archive(("yxh", NumpyArray.Of(new[] { 0, 0, 0, double.NaN, 0, 0 }, 3, 2)), ("nh.bias", bias))).Codes);
        Assert.Equal("AL0740", Read([1, 2, 3]).Codes);
        (bool done, string codes, _) = Read(Archive(("yxh", weights), ("nh.bias", bias), ("extra", bias)));
        Assert.True(done);
        Assert.Equal("AL0744", codes);

        var diagnostics = new DiagnosticBag();
        Assert.False(WeightFile.Read(Path.Combine(Path.GetTempPath(), "no-such-folder", "no.npz"), new ParameterSet<float>(Layout), diagnostics));
        Assert.Equal("AL0740", Assert.Single(diagnostics).Code);
    }
}
