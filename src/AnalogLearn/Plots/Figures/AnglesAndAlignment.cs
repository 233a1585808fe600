namespace AnalogLearn.Plots;

public static partial class Figures
{
    /// <summary>How far the local rule is from the exact gradient and how weights align, through training.</summary>
    /// <param name="angles">Angle between update and minus the exact gradient, one curve per array [°]; may be empty.</param>
    /// <param name="alignments">Cosine between W_ij and W_jiᵀ, one curve per pair of arrays; may be empty.</param>
    /// <param name="residuals">Largest residual |τ ds/dt| left when settling ended [V]; may be empty.</param>
    /// <param name="xLabel">What the positions count, such as <c>epoch</c>.</param>
    /// <param name="subtitle">A line below the heading.</param>
    /// <param name="name">The figure's name.</param>
    public static Figure AnglesAndAlignment(
        IReadOnlyList<Curve> angles, IReadOnlyList<Curve> alignments, IReadOnlyList<Curve> residuals, string xLabel = "epoch", string subtitle = "", string name = "angles")
    {
        Axis x = Axis.Number(xLabel);
        var panels = new List<Panel>();
        if (angles.Count > 0)
        {
            double steepest = angles.SelectMany(static c => c.Y.Concat(c.Upper)).Where(double.IsFinite).DefaultIfEmpty(90).Max();
            panels.Add(new()
            {
                Title = "Angle of the local update to the exact gradient",
                X = x,
                Y = new("angle", "°") { Minimum = 0, Maximum = steepest > 93 ? null : 95 },
                Series = [.. angles.Select(static c => c.ToSeries())],
                ReferenceLines = [new(Direction.Horizontal, 90, "90°: no better than chance")],
            });
        }

        if (alignments.Count > 0)
        {
            panels.Add(new()
            {
                Title = "Alignment of forward and backward weights",
                X = x,
                Y = Axis.Number("cosine") with { IncludeZero = true },
                Series = [.. alignments.Select(static c => c.ToSeries())],
            });
        }

        if (residuals.Count > 0)
        {
            panels.Add(new()
            {
                Title = "Settling residual",
                X = x,
                Y = new("largest residual", "V") { Scale = AxisScale.Logarithmic },
                Series = [.. residuals.Select(static c => c.ToSeries())],
            });
        }

        return new(name, "The local rule against the exact gradient") { Subtitle = subtitle, Panels = panels, PanelWidth = 560, PanelHeight = 240 };
    }
}
