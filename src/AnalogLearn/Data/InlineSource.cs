using System.Collections.Immutable;
using System.Globalization;

namespace AnalogLearn.Data;

/// <summary>
/// <c>inline(x=[[..],..] y=[[..],..])</c>: examples written in the deck itself, one row each, kept in double precision.
/// </summary>
/// <remarks>
/// Without <c>x_test</c> and <c>y_test</c> the test set is the training set. Where every target row is a single 1 among 0s, at least
/// two wide, the rows count as classes.
/// </remarks>
public sealed class InlineSource : IDataSource
{
    /// <inheritdoc/>
    public string Kind => "inline";

    /// <inheritdoc/>
    public string Summary => "examples written in the deck: x=[[..],..] y=[[..],..]";

    /// <inheritdoc/>
    public ImmutableArray<DataParameter> Parameters { get; } =
    [
        new("x", "inputs, one row an example"),
        new("y", "targets, one row an example (of an autoencoder none)"),
        new("x_test", "inputs of the test set (default: the training set)"),
        new("y_test", "targets of the test set"),
    ];

    /// <inheritdoc/>
    public DataSet? Load(DataArguments arguments)
    {
        Examples? train = Pair(arguments, "x", "y", "inline train");
        Examples? test = arguments.Has("x_test") || arguments.Has("y_test") ? Pair(arguments, "x_test", "y_test", "inline test") : train?.Named("inline test");
        if (train is null || test is null)
            return null;
        if (test.InputWidth != train.InputWidth || test.TargetWidth != train.TargetWidth)
        {
            arguments.Report(
                string.Create(
                    CultureInfo.InvariantCulture,
                    $"test examples are {test.InputWidth} inputs and {test.TargetWidth} targets wide, training examples {train.InputWidth} and {train.TargetWidth}"),
                "give both the same widths",
                "x_test");
            return null;
        }

        return new("inline", train, test, "Examples written in the deck.");
    }

    private static Examples? Pair(DataArguments arguments, string xName, string yName, string name)
    {
        (double[] Values, int Rows, int Width)? x = Rows(arguments, xName, arguments.Request.InputWidth);
        (double[] Values, int Rows, int Width)? y = arguments.Request.TargetIsInput && !arguments.Has(yName) ? x : Rows(arguments, yName, arguments.Request.TargetWidth);
        if (x is not { } inputs || y is not { } targets)
            return null;
        if (inputs.Rows != targets.Rows)
        {
            arguments.Report(
                string.Create(CultureInfo.InvariantCulture, $"'{xName}' has {inputs.Rows} rows, '{yName}' has {targets.Rows}"), "give one target row for each input row", yName);
            return null;
        }

        return Examples.OfDoubles(name, inputs.Rows, inputs.Width, targets.Width, inputs.Values, targets.Values, ClassLabels.OfOneHot(targets.Values, targets.Width));
    }

    private static (double[] Values, int Rows, int Width)? Rows(DataArguments arguments, string name, int width)
    {
        if (arguments.Has(name))
            return arguments.Matrix(name, width);
        arguments.Report($"'inline' needs '{name}'", $"add {name}=[[0,1],[1,0]]", name);
        return null;
    }
}
