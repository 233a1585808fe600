using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using AnalogLearn.Learning;
using AnalogLearn.Simulation;

namespace AnalogLearn.Gradients;

/// <summary>How the update of one array (or of one bank's biases, or of all together) compares with minus the exact gradient g.</summary>
/// <param name="Name">The element's name, or <c>all</c>.</param>
/// <param name="Kind">Weights or biases; other for <c>all</c>.</param>
/// <param name="Rows">Postsynaptic nodes; 0 for <c>all</c>.</param>
/// <param name="Columns">Presynaptic nodes, 1 for biases; 0 for <c>all</c>.</param>
/// <param name="Count">Existing synapses, or biases.</param>
/// <param name="Cosine">Cosine of the angle between the update and −g; NaN when one of them is zero.</param>
/// <param name="Angle">The angle [°].</param>
/// <param name="NormRatio">‖update‖/‖g‖; NaN when g is zero.</param>
/// <param name="RelativeError">‖update + g‖/‖g‖; NaN when g is zero.</param>
/// <param name="SignAgreement">Of the parameters whose gradient is not zero, the fraction that the update moves downhill; NaN when there are none.</param>
/// <param name="GradientNorm">‖g‖.</param>
/// <param name="UpdateNorm">‖update‖.</param>
public sealed record ArrayComparison(
    string Name,
    ParameterKind Kind,
    int Rows,
    int Columns,
    int Count,
    double Cosine,
    double Angle,
    double NormRatio,
    double RelativeError,
    double SignAgreement,
    double GradientNorm,
    double UpdateNorm)
{
    /// <summary>Names of the quantities, as a deck's <c>.measure compare</c> writes them.</summary>
    public static ImmutableArray<string> Quantities { get; } = ["cosine", "angle", "norm_ratio", "rel_error", "sign_agreement"];

    /// <summary>A quantity by the name a deck uses, or null when there is none of that name.</summary>
    /// <param name="quantity">One of <see cref="Quantities"/>, in any case.</param>
    public double? Value(string quantity) => quantity.ToUpperInvariant() switch
    {
        "COSINE" => Cosine,
        "ANGLE" => Angle,
        "NORM_RATIO" => NormRatio,
        "REL_ERROR" => RelativeError,
        "SIGN_AGREEMENT" => SignAgreement,
        _ => null,
    };
}

/// <summary>An update beside the exact gradient, array by array.</summary>
/// <param name="Arrays">Every array and bank that learns, in the layout's order.</param>
/// <param name="All">All of them together.</param>
/// <param name="Gradient">g = dJ/dθ, the mean over the compared examples.</param>
/// <param name="Update">Δθ for a rate of one, the mean over the same examples.</param>
public sealed record ComparisonResult(ImmutableArray<ArrayComparison> Arrays, ArrayComparison All, ParameterSet<double> Gradient, ParameterSet<double> Update)
{
    /// <summary>What the update came from, for titles.</summary>
    public string Rule { get; init; } = "update";

    /// <summary>What the gradient came from, for titles.</summary>
    public string Reference { get; init; } = "gradient";

    /// <summary>Examples compared.</summary>
    public int Examples { get; init; }

    /// <summary>Examples left out, and why.</summary>
    public ImmutableArray<UnusableExample> LeftOut { get; init; } = [];

    /// <summary>Largest |μ| at the fixed points where the gradient was taken, in <see cref="ResidualUnit"/>, or NaN when unknown.</summary>
    public double Residual { get; init; } = double.NaN;

    /// <summary>The unit of μ: V of networks, A of circuits.</summary>
    public string ResidualUnit { get; init; } = "V";

    /// <summary>The parameters at which both were taken, or null when unknown.</summary>
    public ParameterSet<double>? Theta { get; init; }

    /// <summary>The array that another one is tied to, by name: what is asked of the one is answered by the other.</summary>
    public ImmutableDictionary<string, string> TiedTo { get; init; } = ImmutableDictionary<string, string>.Empty;

    /// <summary>The comparison of an array or bank, of <c>all</c>, or null.</summary>
    /// <param name="name">Its name, in any case.</param>
    public ArrayComparison? Of(string name)
    {
        name = Untied(name, out _);
        return string.Equals(name, "all", StringComparison.OrdinalIgnoreCase)
            ? All
            : Arrays.FirstOrDefault(a => string.Equals(a.Name, name, StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>
    /// A quantity of an array: <c>cosine angle norm_ratio rel_error sign_agreement</c>. Null when there is no such array or quantity.
    /// </summary>
    /// <param name="quantity">The quantity's name, in any case.</param>
    /// <param name="array">The array's or bank's name, or <c>all</c>, in any case.</param>
    public double? Value(string quantity, string array) => Of(array)?.Value(quantity);

    /// <summary>
    /// One number of <c>gradient</c> (dJ/dW), <c>update</c> (ΔW per unit rate) or <c>weight</c> (W). Null when there is no such array or place, or the
    /// weights are unknown.
    /// </summary>
    /// <param name="quantity">gradient, update or weight, in any case.</param>
    /// <param name="array">The array's or bank's name, in any case.</param>
    /// <param name="i">The postsynaptic node's place in its bus, from 0.</param>
    /// <param name="j">The presynaptic node's place in its bus, from 0; 0 for a bias.</param>
    public double? Entry(string quantity, string array, int i, int j = 0)
    {
        array = Untied(array, out bool transposed);
        if (transposed)
            (i, j) = (j, i);
        int block = Gradient.Layout.IndexOf(array);
        if (block < 0)
            return null;
        ParameterBlock shape = Gradient.Layout.Blocks[block];
        if (i < 0 || j < 0 || i >= shape.Rows || j >= shape.Columns)
            return null;
        int k = (i * shape.Columns) + j;
        return quantity.ToUpperInvariant() switch
        {
            "GRADIENT" => Gradient.Blocks[block][k],
            "UPDATE" => Update.Blocks[block][k],
            "WEIGHT" => Theta?.Blocks[block][k],
            _ => null,
        };
    }

    /// <summary>The angles, as training records them.</summary>
    public ImmutableArray<AngleRecord> Angles() => [.. Arrays.Append(All).Select(a => new AngleRecord(a.Name, a.Cosine, a.Angle))];

    /// <summary>The comparison as text, columns aligned.</summary>
    public string ToTable()
    {
        var rows = new List<string[]>
        {
            new[] { "array", "shape", "count", "cosine", "angle [°]", "|update|/|gradient|", "relative error", "right sign", "|gradient|", "|update|" },
        };
        foreach (ArrayComparison a in Arrays.Append(All))
        {
            rows.Add(
            [
                a.Name,
                a.Rows == 0 ? "" : string.Create(CultureInfo.InvariantCulture, $"{a.Rows}×{a.Columns}"),
                a.Count.ToString(CultureInfo.InvariantCulture),
                Text(a.Cosine, "0.000000"),
                Text(a.Angle, "0.000"),
                Text(a.NormRatio, "0.0000"),
                Text(a.RelativeError, "0.00E+00"),
                double.IsNaN(a.SignAgreement) ? "-" : Text(100 * a.SignAgreement, "0.0") + " %",
                Text(a.GradientNorm, "0.000E+00"),
                Text(a.UpdateNorm, "0.000E+00"),
            ]);
        }

        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{Rule} against {Reference}: mean over {Examples} example{(Examples == 1 ? "" : "s")}");
        if (!double.IsNaN(Residual))
            text.Append(CultureInfo.InvariantCulture, $", max |μ| {Residual:0.0E+00} {ResidualUnit}");
        text.Append('\n');
        TextTable.Write(text, rows);
        foreach (UnusableExample left in LeftOut)
            text.Append("left out: ").Append(left).Append('\n');
        return text.ToString();
    }

    private static string Text(double value, string format) => double.IsNaN(value) ? "-" : value.ToString(format, CultureInfo.InvariantCulture);

    private string Untied(string name, out bool transposed)
    {
        transposed = TiedTo.TryGetValue(name, out string? other);
        return transposed ? other! : name;
    }
}

/// <summary>
/// Holds an update against minus the exact gradient: cosine, angle, ratio of norms, relative error and agreement of signs, for each array and bank that learns and
/// for all together. The angle is Kahan's 2 atan(‖u/‖u‖ − v/‖v‖‖ / ‖u/‖u‖ + v/‖v‖‖), exact where the arc cosine has no digits left.
/// </summary>
public static class GradientComparison
{
    /// <summary>Compares.</summary>
    /// <param name="gradient">g = dJ/dθ.</param>
    /// <param name="update">Δθ for a rate of one, a direction of descent.</param>
    /// <param name="exists">Which parameters exist, block by block; an empty entry, or an empty list, means all.</param>
    public static ComparisonResult Compare(ParameterSet<double> gradient, ParameterSet<double> update, ImmutableArray<ImmutableArray<bool>> exists = default)
    {
        var arrays = ImmutableArray.CreateBuilder<ArrayComparison>();
        var allGradients = new List<double>();
        var allUpdates = new List<double>();
        for (int b = 0; b < gradient.Blocks.Length; b++)
        {
            ParameterBlock block = gradient.Layout.Blocks[b];
            if (!block.Learn)
                continue;
            ImmutableArray<bool> mask = exists.IsDefaultOrEmpty ? [] : exists[b];
            double[] g = Existing(gradient.Blocks[b], mask);
            double[] u = Existing(update.Blocks[b], mask);
            allGradients.AddRange(g);
            allUpdates.AddRange(u);
            arrays.Add(Compare(block.Name, block.Kind, block.Rows, block.Columns, g, u));
        }

        return new(arrays.ToImmutable(), Compare("all", ParameterKind.Other, 0, 0, [.. allGradients], [.. allUpdates]), gradient, update);
    }

    /// <summary>The angle between two vectors [°], NaN when one of them is zero.</summary>
    /// <param name="one">One.</param>
    /// <param name="other">The other.</param>
    public static double Angle(ReadOnlySpan<double> one, ReadOnlySpan<double> other)
    {
        double a = Norm(one);
        double b = Norm(other);
        if (!(a > 0) || !(b > 0))
            return double.NaN;
        double apart = 0;
        double along = 0;
        for (int k = 0; k < one.Length; k++)
        {
            double x = one[k] / a;
            double y = other[k] / b;
            apart += (x - y) * (x - y);
            along += (x + y) * (x + y);
        }

        return 2 * Math.Atan2(Math.Sqrt(apart), Math.Sqrt(along)) * 180 / Math.PI;
    }

    private static ArrayComparison Compare(string name, ParameterKind kind, int rows, int columns, double[] gradient, double[] update)
    {
        double g = Norm(gradient);
        double u = Norm(update);
        double distance = 0;
        int slopes = 0;
        int downhill = 0;
        var descent = new double[gradient.Length];
        for (int k = 0; k < gradient.Length; k++)
        {
            descent[k] = -gradient[k];
            distance += (update[k] + gradient[k]) * (update[k] + gradient[k]);
            if (gradient[k] != 0)
            {
                slopes++;
                downhill += (gradient[k] > 0 && update[k] < 0) || (gradient[k] < 0 && update[k] > 0) ? 1 : 0;
            }
        }

        double angle = Angle(update, descent);
        return new(
            name,
            kind,
            rows,
            columns,
            gradient.Length,
            Math.Cos(angle * Math.PI / 180),
            angle,
            g > 0 ? u / g : double.NaN,
            g > 0 ? Math.Sqrt(distance) / g : double.NaN,
            slopes > 0 ? (double)downhill / slopes : double.NaN,
            g,
            u);
    }

    private static double[] Existing(double[] values, ImmutableArray<bool> mask) => mask.IsDefaultOrEmpty ? values : [.. values.Where((_, k) => mask[k])];

    /// <summary>The Euclidean norm, scaled so that small and large numbers do not vanish or overflow when squared.</summary>
    private static double Norm(ReadOnlySpan<double> v)
    {
        double largest = FixedPointProblem.Largest(v);
        if (!(largest > 0))
            return largest;
        double sum = 0;
        foreach (double x in v)
            sum += x / largest * (x / largest);
        return largest * Math.Sqrt(sum);
    }
}
