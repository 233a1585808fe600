using OxyPlot.Axes;

namespace AnalogLearn.Plots.Oxy;

/// <summary>What the axes below share: the ticks and labels of the built-in back end for whatever range is in view, so that zooming changes prefixes too.</summary>
internal sealed class TickSource(Plots.Axis described)
{
    private readonly Dictionary<double, string> _labels = [];

    /// <summary>Ticks for the range in view.</summary>
    /// <param name="axis">The axis drawn.</param>
    /// <param name="labels">Where labels stand.</param>
    /// <param name="major">Where major ticks stand.</param>
    /// <param name="minor">Where minor ticks stand.</param>
    public void Find(OxyPlot.Axes.Axis axis, out IList<double> labels, out IList<double> major, out IList<double> minor)
    {
        bool horizontal = axis.Position is AxisPosition.Bottom or AxisPosition.Top;
        double length = horizontal ? Math.Abs(axis.ScreenMax.X - axis.ScreenMin.X) : Math.Abs(axis.ScreenMax.Y - axis.ScreenMin.Y);
        int most = length > 0 ? (int)Math.Clamp(length / (horizontal ? 56 : 32), 2, 11) : 6;
        AxisTicks ticks = Ticks.For(described, axis.ActualMinimum, axis.ActualMaximum, most);
        axis.Title = ticks.AxisLabel;
        _labels.Clear();
        foreach (Tick t in ticks.Major)
            _labels[t.Value] = t.Label;
        major = [.. ticks.Major.Select(static t => t.Value)];
        labels = major;
        minor = [.. ticks.Minor];
    }

    /// <summary>The label of a tick, or of any number for the tracker.</summary>
    /// <param name="value">The number.</param>
    public string Label(double value) => _labels.TryGetValue(value, out string? label) ? label : EngineeringNotation.Format(value, described.Unit, 4);
}

/// <summary>A linear axis with the ticks of the built-in back end.</summary>
internal sealed class FigureLinearAxis(Plots.Axis described) : LinearAxis
{
    private readonly TickSource _ticks = new(described);

    /// <inheritdoc/>
    public override void GetTickValues(out IList<double> majorLabelValues, out IList<double> majorTickValues, out IList<double> minorTickValues) =>
        _ticks.Find(this, out majorLabelValues, out majorTickValues, out minorTickValues);

    /// <inheritdoc/>
    protected override string FormatValueOverride(double x) => _ticks.Label(x);
}

/// <summary>A logarithmic axis with the ticks of the built-in back end.</summary>
internal sealed class FigureLogarithmicAxis(Plots.Axis described) : LogarithmicAxis
{
    private readonly TickSource _ticks = new(described);

    /// <inheritdoc/>
    public override void GetTickValues(out IList<double> majorLabelValues, out IList<double> majorTickValues, out IList<double> minorTickValues) =>
        _ticks.Find(this, out majorLabelValues, out majorTickValues, out minorTickValues);

    /// <inheritdoc/>
    protected override string FormatValueOverride(double x) => _ticks.Label(x);
}

/// <summary>An axis by sign(v) log₁₀(1 + |v| / c), which OxyPlot does not have.</summary>
internal sealed class FigureSymmetricLogarithmicAxis(Plots.Axis described) : LinearAxis
{
    private readonly TickSource _ticks = new(described);

    /// <inheritdoc/>
    public override void GetTickValues(out IList<double> majorLabelValues, out IList<double> majorTickValues, out IList<double> minorTickValues) =>
        _ticks.Find(this, out majorLabelValues, out majorTickValues, out minorTickValues);

    /// <inheritdoc/>
    public override double Transform(double x) => (PreTransform(x) - Offset) * Scale;

    /// <inheritdoc/>
    public override double InverseTransform(double sx) => PostInverseTransform((sx / Scale) + Offset);

    /// <inheritdoc/>
    protected override double PreTransform(double x) => Math.CopySign(Math.Log10(1 + (Math.Abs(x) / described.LinearWithin)), x);

    /// <inheritdoc/>
    protected override double PostInverseTransform(double x) => Math.CopySign((Math.Pow(10, Math.Abs(x)) - 1) * described.LinearWithin, x);

    /// <inheritdoc/>
    protected override string FormatValueOverride(double x) => _ticks.Label(x);
}

/// <summary>The scale of colours beside a matrix, with the ticks of the built-in back end.</summary>
internal sealed class FigureColourAxis(Plots.Axis described) : LinearColorAxis
{
    private readonly TickSource _ticks = new(described);

    /// <inheritdoc/>
    public override void GetTickValues(out IList<double> majorLabelValues, out IList<double> majorTickValues, out IList<double> minorTickValues) =>
        _ticks.Find(this, out majorLabelValues, out majorTickValues, out minorTickValues);

    /// <inheritdoc/>
    protected override string FormatValueOverride(double x) => _ticks.Label(x);
}
