namespace AnalogLearn.Plots;

/// <summary>What every back end has to know of a panel before it draws: numbers on each axis, resolved colours, places of bars.</summary>
internal static class PanelContent
{
    /// <summary>The share of a position that its bars fill.</summary>
    public const double BarFill = 0.8;

    /// <summary>One bar: from X0 to X1, from foot to top, with half an error bar.</summary>
    public readonly record struct Bar(double X0, double X1, double Foot, double Top, double Error);

    /// <summary>The X axis with its range.</summary>
    public static ScaledAxis X(Panel panel)
    {
        Axis axis = panel.X;
        if (panel.Series.OfType<HeatMapSeries>().FirstOrDefault() is { } matrix)
            return ScaledAxis.Find(axis with { Minimum = axis.Minimum ?? -0.5, Maximum = axis.Maximum ?? (matrix.Columns - 0.5), WholeNumbers = axis.Categories.Count == 0 }, [], 0);
        BarSeries[] bars = [.. panel.Series.OfType<BarSeries>()];
        if (bars.Length > 0 && axis.Categories.Count == 0 && axis.Minimum is null && axis.Maximum is null)
            return ScaledAxis.Find(axis with { Minimum = -0.5, Maximum = Math.Max(1, bars.Max(static b => b.Values.Count)) - 0.5 }, [], 0);
        bool points = panel.Series.Any(static s => s is ScatterSeries or IntervalSeries || (s is LineSeries line && (line.Marker != Marker.None || line.X.Count == 1)));
        return ScaledAxis.Find(axis, XValues(panel), points ? 0.03 : 0);
    }

    /// <summary>A Y axis with its range.</summary>
    public static ScaledAxis Y(Panel panel, bool second)
    {
        Axis axis = second ? panel.SecondY ?? new() : panel.Y;
        if (!second && panel.Series.OfType<HeatMapSeries>().FirstOrDefault() is { } matrix)
        {
            return ScaledAxis.Find(
                axis with { Minimum = axis.Minimum ?? -0.5, Maximum = axis.Maximum ?? (matrix.Rows - 0.5), Reversed = !axis.Reversed, WholeNumbers = axis.Categories.Count == 0 }, [], 0);
        }

        bool footed = panel.Series.Any(s => s.OnSecondAxis == second && s is BarSeries or HistogramSeries);
        return ScaledAxis.Find(axis, YValues(panel, second), 0.05, footed ? 0 : null);
    }

    /// <summary>The colour of a series: its own, else the palette's by its number among those that take one.</summary>
    public static Colour ColourOf(Panel panel, int index) => panel.Series[index].Colour ?? Palette.Series(Order(panel, index));

    /// <summary>The stroke of a series: its own, else the palette's.</summary>
    public static Dash DashOf(Panel panel, int index, Dash? own) => own ?? (panel.Series[index].Colour is null ? Palette.SeriesDash(Order(panel, index)) : Dash.Solid);

    /// <summary>The bars of a bar series.</summary>
    public static IReadOnlyList<Bar> Bars(Panel panel, BarSeries series)
    {
        BarSeries[] all = [.. panel.Series.OfType<BarSeries>()];
        int own = Array.FindIndex(all, s => ReferenceEquals(s, series));
        bool stacked = panel.Bars == BarArrangement.Stacked;
        double width = stacked ? BarFill : BarFill / all.Length;
        var bars = new List<Bar>();
        for (int k = 0; k < series.Values.Count; k++)
        {
            double value = series.Values[k];
            if (!double.IsFinite(value))
                continue;
            double foot = 0;
            for (int below = 0; stacked && below < own; below++)
            {
                double other = k < all[below].Values.Count ? all[below].Values[k] : double.NaN;
                if (double.IsFinite(other) && (other >= 0) == (value >= 0))
                    foot += other;
            }

            double left = stacked ? k - (BarFill / 2) : k - (BarFill / 2) + (own * width);
            double error = k < series.Errors.Count ? series.Errors[k] : double.NaN;
            bars.Add(new(left, left + width, foot, foot + value, error));
        }

        return bars;
    }

    /// <summary>The corners of a staircase.</summary>
    public static (double[] X, double[] Y) Stairs(StepSeries step)
    {
        int n = Math.Min(step.X.Count, step.Y.Count);
        var x = new List<double>(2 * n);
        var y = new List<double>(2 * n);
        for (int k = 0; k < n; k++)
        {
            if (step.At == StepAt.Middle)
            {
                Add(k == 0 ? step.X[0] : (step.X[k - 1] + step.X[k]) / 2, step.Y[k]);
                Add(k + 1 == n ? step.X[k] : (step.X[k] + step.X[k + 1]) / 2, step.Y[k]);
            }
            else if (step.At == StepAt.Before)
            {
                Add(k == 0 ? step.X[0] : step.X[k - 1], step.Y[k]);
                Add(step.X[k], step.Y[k]);
            }
            else
            {
                Add(step.X[k], step.Y[k]);
                Add(k + 1 == n ? step.X[k] : step.X[k + 1], step.Y[k]);
            }
        }

        return ([.. x], [.. y]);

        void Add(double px, double py)
        {
            x.Add(px);
            y.Add(py);
        }
    }

    /// <summary>The strokes of intervals: a line for each, NaN between two, caps left to whoever knows pixels.</summary>
    public static IEnumerable<(double X0, double Y0, double X1, double Y1)> Intervals(IntervalSeries series)
    {
        for (int k = 0; k < Math.Min(series.X.Count, series.Y.Count); k++)
        {
            double low = k < series.Lower.Count ? series.Lower[k] : double.NaN;
            double high = k < series.Upper.Count ? series.Upper[k] : double.NaN;
            if (!double.IsFinite(low) || !double.IsFinite(high) || !double.IsFinite(series.X[k]) || !double.IsFinite(series.Y[k]))
                continue;
            yield return series.Direction == Direction.Vertical ? (series.X[k], low, series.X[k], high) : (low, series.Y[k], high, series.Y[k]);
        }
    }

    /// <summary>The rectangles of a series whose corners are all numbers.</summary>
    public static IEnumerable<Rectangle> Finite(RectangleSeries series) =>
        series.Rectangles.Where(static r => double.IsFinite(r.X0) && double.IsFinite(r.X1) && double.IsFinite(r.Y0) && double.IsFinite(r.Y1));

    private static int Order(Panel panel, int index)
    {
        int order = 0;
        for (int k = 0; k < index; k++)
            order += panel.Series[k].Colour is null ? 1 : 0;
        return order;
    }

    private static IEnumerable<double> XValues(Panel panel)
    {
        foreach (Series series in panel.Series)
        {
            IEnumerable<double> values = series switch
            {
                LineSeries line => line.X,
                ScatterSeries points => points.X,
                StepSeries step => step.X,
                HistogramSeries histogram => histogram.Edges,
                IntervalSeries { Direction: Direction.Vertical } points => points.X,
                IntervalSeries points => points.X.Concat(points.Lower).Concat(points.Upper),
                RectangleSeries boxes => boxes.Rectangles.SelectMany(static r => new[] { r.X0, r.X1 }),
                _ => [],
            };
            foreach (double v in values)
                yield return v;
        }

        foreach (ReferenceLine line in panel.ReferenceLines)
        {
            if (line.Direction == Direction.Vertical)
                yield return line.Value;
        }

        if (panel.Series.Count > 0)
            yield break;
        foreach (BackgroundSpan span in panel.Spans)
        {
            if (span.Direction != Direction.Vertical)
                continue;
            yield return span.From;
            yield return span.To;
        }
    }

    private static IEnumerable<double> YValues(Panel panel, bool second)
    {
        foreach (Series series in panel.Series)
        {
            if (series.OnSecondAxis != second)
                continue;
            IEnumerable<double> values = series switch
            {
                LineSeries line => line.Y.Concat(line.Lower).Concat(line.Upper),
                ScatterSeries points => points.Y,
                StepSeries step => step.Y,
                IntervalSeries { Direction: Direction.Horizontal } points => points.Y,
                IntervalSeries points => points.Y.Concat(points.Lower).Concat(points.Upper),
                RectangleSeries boxes => boxes.Rectangles.SelectMany(static r => new[] { r.Y0, r.Y1 }),
                HistogramSeries histogram => histogram.Counts.Append(0),
                BarSeries bars => Bars(panel, bars).SelectMany(static b => double.IsNaN(b.Error) ? new[] { b.Foot, b.Top } : [b.Foot, b.Top, b.Top - b.Error, b.Top + b.Error]),
                _ => [],
            };
            foreach (double v in values)
                yield return v;
        }

        if (second)
            yield break;
        foreach (ReferenceLine line in panel.ReferenceLines)
        {
            if (line.Direction == Direction.Horizontal)
                yield return line.Value;
        }
    }
}
