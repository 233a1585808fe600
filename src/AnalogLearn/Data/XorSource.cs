using System.Collections.Immutable;

namespace AnalogLearn.Data;

/// <summary>
/// <c>xor(lo= hi=)</c>: the exclusive or of two inputs, four points, y = x₁ ⊕ x₂.
/// </summary>
/// <remarks>
/// With one target node the target is the level lo or hi; with two it is lo and hi at the places of the classes 0 and 1. Training
/// and test set are the same four points.
/// </remarks>
public sealed class XorSource : IDataSource
{
    /// <inheritdoc/>
    public string Kind => "xor";

    /// <inheritdoc/>
    public string Summary => "exclusive or of two inputs: four points, for training and for testing";

    /// <inheritdoc/>
    public ImmutableArray<DataParameter> Parameters { get; } =
    [
        new("lo", "level of a logical 0 at inputs and targets (default 0)"),
        new("hi", "level of a logical 1 at inputs and targets (default 1)"),
    ];

    /// <inheritdoc/>
    public DataSet? Load(DataArguments arguments)
    {
        double lo = arguments.Number("lo", 0), hi = arguments.Number("hi", 1);
        if (lo == hi)
        {
            arguments.Report("'lo' and 'hi' are the same level", "choose two different levels", "hi");
            return null;
        }

        int width = arguments.Request.TargetWidth == 2 ? 2 : 1;
        double[] inputs = [lo, lo, lo, hi, hi, lo, hi, hi];
        int[] labels = [0, 1, 1, 0];
        double[] targets = width == 1
            ? Array.ConvertAll(labels, label => label == 1 ? hi : lo)
            : [.. labels.SelectMany(label => label == 1 ? new[] { lo, hi } : [hi, lo])];
        Examples points = Examples.OfDoubles("xor", 4, 2, width, inputs, targets, labels).WithClasses(["0", "1"]);
        return new("xor", points.Named("xor train"), points.Named("xor test"), "Exclusive or of two inputs, four points.");
    }
}
