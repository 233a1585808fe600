namespace AnalogLearn.Plots;

public static partial class Figures
{
    /// <summary>A quantity over two stepped parameters, as coloured cells with their numbers.</summary>
    /// <param name="x">The parameter across and its values, ascending.</param>
    /// <param name="y">The parameter upright and its values, ascending; they grow upwards.</param>
    /// <param name="values">One number for each pair, row after row, rows in the order of y; NaN where there is none.</param>
    /// <param name="label">What the numbers are.</param>
    /// <param name="unit">Their unit without prefix, or empty. With % they are shares from 0 to 1, drawn from 0 to 100.</param>
    /// <param name="subtitle">A line below the heading.</param>
    /// <param name="name">The figure's name.</param>
    public static Figure StepMap((Axis Axis, IReadOnlyList<double> Values) x, (Axis Axis, IReadOnlyList<double> Values) y, IReadOnlyList<double> values, string label, string unit = "", string subtitle = "", string name = "map")
    {
        int columns = x.Values.Count;
        int rows = y.Values.Count;
        bool share = unit == "%";
        double[] shown = new double[rows * columns];
        for (int r = 0; r < rows; r++)
        {
            for (int c = 0; c < columns; c++)
                shown[((rows - 1 - r) * columns) + c] = values[(r * columns) + c] * (share ? 100 : 1);
        }

        return new(name, $"{label} over {x.Axis.Label} and {y.Axis.Label}")
        {
            Subtitle = subtitle,
            PanelWidth = Math.Clamp(190 + (62 * columns), 420, 760),
            PanelHeight = Math.Clamp(110 + (44 * rows), 260, 560),
            Panels =
            [
                new()
                {
                    X = Named(x.Axis, x.Values),
                    Y = Named(y.Axis, [.. y.Values.Reverse()]),
                    EqualUnits = false,
                    Series =
                    [
                        new HeatMapSeries(shown, rows, columns)
                        {
                            Scale = ColourScale.Perceptual,
                            CellTexts = rows * columns <= 400 ? [.. shown.Select(v => double.IsNaN(v) ? string.Empty : EngineeringNotation.TakesPrefix(unit) ? EngineeringNotation.Format(v, unit) : EngineeringNotation.Significant(v))] : [],
                            ValueLabel = label,
                            ValueUnit = unit,
                        },
                    ],
                },
            ],
        };

        static Axis Named(Axis axis, IReadOnlyList<double> values) => axis with { Unit = string.Empty, Categories = [.. values.Select(v => EngineeringNotation.Format(v, axis.Unit))] };
    }
}
