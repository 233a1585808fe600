namespace AnalogLearn.Plots;

public static partial class Figures
{
    /// <summary>How a rule's update compares with the exact gradient, array by array.</summary>
    /// <param name="arrays">Names of the arrays.</param>
    /// <param name="estimators">Names of what is compared, such as <c>one-sided</c> and <c>centred</c>.</param>
    /// <param name="angles">Per estimator, the angle of its update to minus the exact gradient in each array [°].</param>
    /// <param name="normRatios">Per estimator, the length of its update over that of the gradient in each array; may be empty.</param>
    /// <param name="subtitle">A line below the heading.</param>
    /// <param name="name">The figure's name.</param>
    public static Figure GradientComparison(
        IReadOnlyList<string> arrays,
        IReadOnlyList<string> estimators,
        IReadOnlyList<IReadOnlyList<double>> angles,
        IReadOnlyList<IReadOnlyList<double>> normRatios,
        string subtitle = "",
        string name = "gradient")
    {
        var x = new Axis { Categories = arrays };
        Series[] Bars(IReadOnlyList<IReadOnlyList<double>> values) =>
            [.. values.Select((v, k) => new BarSeries(v) { Label = estimators.Count > 1 && k < estimators.Count ? estimators[k] : string.Empty, Colour = Palette.Series(k) })];
        var panels = new List<Panel>
        {
            new()
            {
                Title = "Angle to the exact gradient",
                X = x,
                Y = new("angle", "°") { IncludeZero = true },
                Series = Bars(angles),
            },
            new()
            {
                Title = "Cosine with the exact gradient",
                X = x,
                Y = Axis.Number("cosine") with { Maximum = 1.05, IncludeZero = true },
                Series = Bars([.. angles.Select(static row => (IReadOnlyList<double>)[.. row.Select(static a => Math.Cos(a * Math.PI / 180))])]),
            },
        };
        if (normRatios.Count > 0)
        {
            panels.Add(new()
            {
                Title = "Length over that of the gradient",
                X = x,
                Y = Axis.Number("ratio") with { IncludeZero = true },
                Series = Bars(normRatios),
                ReferenceLines = [new(Direction.Horizontal, 1)],
            });
        }

        // One legend tells the colours of all panels.
        for (int k = 1; k < panels.Count; k++)
            panels[k] = panels[k] with { Legend = LegendPlacement.None };
        return new(name, "Update against exact gradient") { Subtitle = subtitle, Panels = panels, Columns = panels.Count, PanelWidth = panels.Count > 2 ? 340 : 400, PanelHeight = 280 };
    }

    /// <summary>Angle to the exact gradient as the nudge β shrinks; both axes logarithmic.</summary>
    /// <param name="curves">Angle [°] against |β|, one curve per estimator or array.</param>
    /// <param name="subtitle">A line below the heading.</param>
    /// <param name="name">The figure's name.</param>
    /// <param name="unit">The unit of β: a pure number in networks of neurons, a conductance in circuits.</param>
    public static Figure NudgeSweep(IReadOnlyList<Curve> curves, string subtitle = "", string name = "nudge-sweep", string unit = "") => new(name, "Angle against the strength of the nudge")
    {
        Subtitle = subtitle,
        PanelWidth = 520,
        PanelHeight = 330,
        Panels =
        [
            new()
            {
                X = Axis.Of("nudge |β|", unit) with { Scale = AxisScale.Logarithmic },
                Y = new("angle to the exact gradient", "°") { Scale = AxisScale.Logarithmic },
                Series = [.. curves.Select(static (c, k) => c.ToSeriesAmong(k))],
            },
        ],
    };

    /// <summary>Relative error of the update as the nudge β shrinks; both axes logarithmic, so that an order is a slope.</summary>
    /// <param name="curves">‖update + gradient‖/‖gradient‖ against |β|, one curve per estimator.</param>
    /// <param name="subtitle">A line below the heading.</param>
    /// <param name="name">The figure's name.</param>
    /// <param name="unit">The unit of β: a pure number in networks of neurons, a conductance in circuits.</param>
    public static Figure NudgeError(IReadOnlyList<Curve> curves, string subtitle = "", string name = "nudge-error", string unit = "") => new(name, "Error of the update against the strength of the nudge")
    {
        Subtitle = subtitle,
        PanelWidth = 520,
        PanelHeight = 330,
        Panels =
        [
            new()
            {
                X = Axis.Of("nudge |β|", unit) with { Scale = AxisScale.Logarithmic },
                Y = Axis.Number("‖update + gradient‖/‖gradient‖") with { Scale = AxisScale.Logarithmic },
                Series = [.. curves.Select(static (c, k) => c.ToSeriesAmong(k))],
            },
        ],
    };
}
