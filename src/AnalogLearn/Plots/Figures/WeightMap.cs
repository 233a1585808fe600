namespace AnalogLearn.Plots;

/// <summary>The weights of one array.</summary>
/// <param name="Label">The array's name.</param>
/// <param name="Values">rows × columns weights, one row per postsynaptic neuron; NaN where no synapse is.</param>
/// <param name="Rows">Number of postsynaptic neurons.</param>
/// <param name="Columns">Number of presynaptic neurons.</param>
public sealed record WeightMatrix(string Label, IReadOnlyList<double> Values, int Rows, int Columns)
{
    /// <summary>Name of the presynaptic bus.</summary>
    public string From { get; init; } = "presynaptic neuron";

    /// <summary>Name of the postsynaptic bus.</summary>
    public string To { get; init; } = "postsynaptic neuron";
}

public static partial class Figures
{
    /// <summary>Every array as a matrix of colours, blue below zero and vermillion above, with the distribution of its weights beside it.</summary>
    /// <param name="arrays">The arrays.</param>
    /// <param name="valueLabel">What the numbers are.</param>
    /// <param name="valueUnit">Their unit without prefix, such as <c>S</c>, or empty.</param>
    /// <param name="subtitle">A line below the heading.</param>
    /// <param name="name">The figure's name.</param>
    public static Figure WeightMap(IReadOnlyList<WeightMatrix> arrays, string valueLabel = "weight", string valueUnit = "", string subtitle = "", string name = "weights")
    {
        var panels = new List<Panel>();
        foreach (WeightMatrix array in arrays)
        {
            double reach = Reach(array.Values);
            panels.Add(new()
            {
                Title = array.Label,
                X = Axis.Number(array.From),
                Y = Axis.Number(array.To),
                Series = [new HeatMapSeries(array.Values, array.Rows, array.Columns) { Scale = ColourScale.Diverging, Minimum = -reach, Maximum = reach, ValueLabel = valueLabel, ValueUnit = valueUnit }],
            });
            panels.Add(new()
            {
                Title = "Distribution",
                X = Axis.Of(valueLabel, valueUnit),
                Y = Axis.Number("synapses"),
                Series = [HistogramSeries.Of(array.Values)],
                ReferenceLines = [new(Direction.Vertical, 0)],
            });
        }

        return new(name, "Weights") { Subtitle = subtitle, Panels = panels, Columns = 2, PanelWidth = 400, PanelHeight = 270 };
    }

    /// <summary>The range of the colours: all but the one in two hundred largest magnitudes, so that a few strong weights do not bleach the rest.</summary>
    private static double Reach(IReadOnlyList<double> values)
    {
        double[] sorted = [.. values.Where(double.IsFinite).Select(Math.Abs).Order()];
        if (sorted.Length == 0)
            return 1;
        double reach = sorted.Length < 200 ? sorted[^1] : sorted[(int)(0.995 * (sorted.Length - 1))];
        reach = reach > 0 ? reach : sorted[^1];
        return reach > 0 ? reach : 1;
    }
}
