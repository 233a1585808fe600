using OxyPlot;
using OxyPlot.Annotations;
using OxyPlot.Axes;
using OxyPlot.Legends;
using OxyPlot.Series;
using SkiaSharp;

namespace AnalogLearn.Plots.Oxy;

/// <summary>
/// Turns figure descriptions into OxyPlot models, one per panel, for interactive views (WPF, Avalonia and other controls of OxyPlot) and for
/// <see cref="OxyPlotExport"/>. Colours, dashes, ranges and ticks are those of the built-in back end.
/// </summary>
public static class FigureToPlotModel
{
    private const string First = "y";
    private const string Second = "y2";
    private const string Colours = "colour";
    private const double TextSize = 11;

    /// <summary>Lines with more points than this are decimated; views that zoom still see about a thousand points across the axis.</summary>
    private const int LongLine = 20_000;

    /// <summary>The first of the usual sans-serif fonts that this machine has.</summary>
    internal static string FontFamily { get; } = new[] { "Helvetica", "Arial", "Liberation Sans", "Segoe UI", "DejaVu Sans", "Noto Sans" }
        .FirstOrDefault(static wanted => SKFontManager.Default.FontFamilies.Contains(wanted, StringComparer.OrdinalIgnoreCase)) ?? "Helvetica";

    /// <summary>The models of a figure's panels, in their order.</summary>
    /// <param name="figure">The figure.</param>
    public static IReadOnlyList<PlotModel> Convert(Figure figure) => [.. figure.Panels.Select(static p => Convert(p))];

    /// <summary>The model of one panel.</summary>
    /// <param name="panel">The panel.</param>
    public static PlotModel Convert(Panel panel)
    {
        var model = new PlotModel
        {
            Title = panel.Title.Length > 0 ? panel.Title : null,
            TitleFontSize = 12.5,
            TitleHorizontalAlignment = TitleHorizontalAlignment.CenteredWithinPlotArea,
            DefaultFont = FontFamily,
            DefaultFontSize = TextSize,
            TextColor = Oxy(Palette.Ink),
            Background = OxyColors.White,
            PlotAreaBorderColor = Oxy(Palette.AxisLine),
            PlotAreaBorderThickness = panel.Series.OfType<Plots.HeatMapSeries>().Any() ? new(0.8) : new(0.8, 0, 0, 0.8),
            PlotMargins = new(double.NaN),
        };
        bool images = panel.Series.Any(static s => s is ImageGridSeries);
        ImageGridSeries? grid = panel.Series.OfType<ImageGridSeries>().FirstOrDefault();
        if (grid is not null)
        {
            (int columns, int rows) = grid.GridSize();
            AddHidden(model, AxisPosition.Bottom, 0, columns, null);
            AddHidden(model, AxisPosition.Left, 0, rows, First);
            model.PlotAreaBorderThickness = new(0);
        }
        else
        {
            bool lines = !panel.Series.Any(static s => s is Plots.HeatMapSeries);
            bool bars = panel.Series.Any(static s => s is Plots.BarSeries or Plots.HistogramSeries);
            Add(model, PanelContent.X(panel), AxisPosition.Bottom, null, lines && !bars);
            Add(model, PanelContent.Y(panel, second: false), AxisPosition.Left, First, lines);
            if (panel.SecondY is not null)
            {
                Add(model, PanelContent.Y(panel, second: true), AxisPosition.Right, Second, grid: false);
                model.PlotAreaBorderThickness = new(0.8, 0, 0.8, 0.8);
            }
        }

        AddSpans(model, panel);
        for (int k = 0; k < panel.Series.Count; k++)
            AddSeries(model, panel, k);
        AddReferenceLines(model, panel);
        if (panel.Legend != Plots.LegendPlacement.None && !images && model.Series.Any(static s => s.RenderInLegend && s.Title is not null))
        {
            bool right = panel.Legend == Plots.LegendPlacement.Right;
            model.Legends.Add(new Legend
            {
                LegendPlacement = OxyPlot.Legends.LegendPlacement.Outside,
                LegendPosition = right ? LegendPosition.RightTop : LegendPosition.TopLeft,
                LegendOrientation = right ? LegendOrientation.Vertical : LegendOrientation.Horizontal,
                LegendFontSize = TextSize,
                LegendBorderThickness = 0,
                LegendSymbolLength = 22,
                LegendPadding = 2,
                LegendMargin = 2,
            });
        }

        return model;
    }

    private static OxyColor Oxy(Colour c, double opacity = 1) => OxyColor.FromArgb((byte)Math.Round(255 * opacity), c.R, c.G, c.B);

    private static LineStyle Style(Dash dash) => dash switch
    {
        Dash.Dashed => LineStyle.Dash,
        Dash.Dotted => LineStyle.Dot,
        Dash.DashDotted => LineStyle.DashDot,
        _ => LineStyle.Solid,
    };

    private static MarkerType Shape(Marker marker) => marker switch
    {
        Marker.Circle => MarkerType.Circle,
        Marker.Square => MarkerType.Square,
        Marker.Diamond => MarkerType.Diamond,
        Marker.Triangle => MarkerType.Triangle,
        Marker.Cross => MarkerType.Cross,
        Marker.Plus => MarkerType.Plus,
        _ => MarkerType.None,
    };

    private static void Add(PlotModel model, ScaledAxis scaled, AxisPosition position, string? key, bool grid)
    {
        Plots.Axis described = scaled.Axis;
        bool crowded = position == AxisPosition.Bottom && described.Categories.Sum(static c => FontMetrics.Width(c, TextSize) + 8) > 340;
        if (crowded)
            described = described with { Categories = [.. described.Categories.Select(static c => Shortened(c))] };
        OxyPlot.Axes.Axis axis = described.Scale switch
        {
            AxisScale.Logarithmic => new FigureLogarithmicAxis(described),
            AxisScale.SymmetricLogarithmic => new FigureSymmetricLogarithmicAxis(described),
            _ => new FigureLinearAxis(described),
        };
        axis.Key = key;
        axis.Position = position;
        axis.Minimum = scaled.Minimum;
        axis.Maximum = scaled.Maximum;
        axis.StartPosition = described.Reversed ? 1 : 0;
        axis.EndPosition = described.Reversed ? 0 : 1;
        axis.IsAxisVisible = !described.Hidden;
        axis.Title = Ticks.For(described, scaled.Minimum, scaled.Maximum, 6).AxisLabel;
        axis.FontSize = TextSize;
        axis.TitleFontSize = 12;
        axis.AxisTitleDistance = 9;
        axis.AxislineColor = axis.TicklineColor = axis.MinorTicklineColor = Oxy(Palette.AxisLine);
        axis.TickStyle = TickStyle.Outside;
        axis.MajorTickSize = 4;
        axis.MinorTickSize = 2;
        axis.MajorGridlineStyle = grid ? LineStyle.Solid : LineStyle.None;
        axis.MajorGridlineColor = Oxy(Palette.Grid);
        axis.MajorGridlineThickness = 0.7;
        if (crowded)
            axis.Angle = -90;
        model.Axes.Add(axis);
    }

    private static string Shortened(string label)
    {
        const int longest = 18;
        string plain = FontMetrics.Plain(label);
        return plain.Length <= longest ? label : plain[..(longest - 1)].TrimEnd() + "…";
    }

    private static void AddHidden(PlotModel model, AxisPosition position, double from, double to, string? key)
    {
        bool upright = position == AxisPosition.Left;
        model.Axes.Add(new LinearAxis { Key = key, Position = position, Minimum = from, Maximum = to, IsAxisVisible = false, StartPosition = upright ? 1 : 0, EndPosition = upright ? 0 : 1 });
    }

    private static void AddSpans(PlotModel model, Panel panel)
    {
        string[] seen = [];
        double top = panel.Series.Any(static s => s is ImageGridSeries) ? 0 : PanelContent.Y(panel, second: false).Maximum;
        foreach (BackgroundSpan span in panel.Spans)
        {
            bool upright = span.Direction == Direction.Vertical;
            bool first = span.Label.Length > 0 && !seen.Contains(span.Label, StringComparer.Ordinal);
            model.Annotations.Add(new RectangleAnnotation
            {
                MinimumX = upright ? span.From : double.NegativeInfinity,
                MaximumX = upright ? span.To : double.PositiveInfinity,
                MinimumY = upright ? double.NegativeInfinity : span.From,
                MaximumY = upright ? double.PositiveInfinity : span.To,
                Fill = Oxy(span.Colour, 0.17),
                Layer = AnnotationLayer.BelowAxes,
                YAxisKey = First,
                Text = first ? FontMetrics.Plain(span.Label) : null,
                TextColor = Oxy(span.Colour.Towards(Palette.Black, 0.45)),
                TextPosition = upright ? new((span.From + span.To) / 2, top) : DataPoint.Undefined,
                TextVerticalAlignment = VerticalAlignment.Top,
                FontSize = TextSize,
            });
            if (first)
                seen = [.. seen, span.Label];
        }
    }

    private static void AddReferenceLines(PlotModel model, Panel panel)
    {
        if (panel.ReferenceLines.Count == 0)
            return;
        ScaledAxis x = PanelContent.X(panel);
        ScaledAxis y = PanelContent.Y(panel, second: false);
        foreach (Plots.ReferenceLine line in panel.ReferenceLines)
        {
            bool across = line.Direction == Direction.Horizontal;
            model.Annotations.Add(new LineAnnotation
            {
                Type = across ? LineAnnotationType.Horizontal : LineAnnotationType.Vertical,
                X = line.Value,
                Y = line.Value,
                Color = Oxy(line.Colour),
                LineStyle = Style(line.Dash),
                StrokeThickness = 1.1,
                YAxisKey = First,
            });
            if (line.Label.Length == 0)
                continue;

            // Beside the line: above its right end, or right of its top; below or left where there is no room.
            bool high = across && y.Share(line.Value) > 0.93;
            bool far = !across && x.Share(line.Value) > 0.8;
            model.Annotations.Add(new TextAnnotation
            {
                Text = FontMetrics.Plain(line.Label),
                TextPosition = across ? new(x.Axis.Reversed ? x.Minimum : x.Maximum, line.Value) : new(line.Value, y.Axis.Reversed ? y.Minimum : y.Maximum),
                Offset = across ? new(-4, high ? 2 : -2) : new(far ? -5 : 5, 3),
                TextHorizontalAlignment = across || far ? HorizontalAlignment.Right : HorizontalAlignment.Left,
                TextVerticalAlignment = across && !high ? VerticalAlignment.Bottom : VerticalAlignment.Top,
                TextColor = Oxy(line.Colour.Towards(Palette.Black, 0.35)),
                Stroke = OxyColors.Transparent,
                Background = OxyColor.FromAColor(200, OxyColors.White),
                FontSize = TextSize,
                YAxisKey = First,
            });
        }
    }

    private static void AddSeries(PlotModel model, Panel panel, int index)
    {
        Plots.Series series = panel.Series[index];
        Colour colour = PanelContent.ColourOf(panel, index);
        bool second = series.OnSecondAxis && panel.SecondY is not null;
        string key = second ? Second : First;
        string? title = series.Label.Length == 0 ? null : second ? series.Label + " (right)" : series.Label;
        switch (series)
        {
            case Plots.LineSeries line:
                if (line.Lower.Count > 0 && line.Upper.Count > 0)
                {
                    var band = new AreaSeries { YAxisKey = key, Color = OxyColors.Transparent, Color2 = OxyColors.Transparent, Fill = Oxy(colour, 0.18), RenderInLegend = false };
                    for (int k = 0; k < Math.Min(line.X.Count, Math.Min(line.Lower.Count, line.Upper.Count)); k++)
                    {
                        band.Points.Add(new(line.X[k], line.Upper[k]));
                        band.Points2.Add(new(line.X[k], line.Lower[k]));
                    }

                    model.Series.Add(band);
                }

                OxyPlot.Series.LineSeries drawn = Polyline(line.X, line.Y, key, title, colour, PanelContent.DashOf(panel, index, line.Dash), line.Width, PanelContent.X(panel));
                drawn.MarkerType = Shape(line.Marker);
                drawn.MarkerSize = 2.75;
                drawn.MarkerFill = Oxy(colour);
                drawn.MarkerStroke = Oxy(colour);
                drawn.MarkerStrokeThickness = line.Marker is Marker.Cross or Marker.Plus ? 1.3 : 0;
                model.Series.Add(drawn);
                break;
            case Plots.ScatterSeries points:
                var scatter = new OxyPlot.Series.ScatterSeries
                {
                    YAxisKey = key,
                    Title = title,
                    MarkerType = Shape(points.Marker == Marker.None ? Marker.Circle : points.Marker),
                    MarkerSize = points.Size / 2,
                    MarkerFill = Oxy(colour),
                    MarkerStroke = Oxy(colour),
                    MarkerStrokeThickness = points.Marker is Marker.Cross or Marker.Plus ? 1.3 : 0,
                };
                for (int k = 0; k < Math.Min(points.X.Count, points.Y.Count); k++)
                    scatter.Points.Add(new(points.X[k], points.Y[k]));
                model.Series.Add(scatter);
                break;
            case StepSeries step:
                (double[] x, double[] y) = PanelContent.Stairs(step);
                model.Series.Add(Polyline(x, y, key, title, colour, PanelContent.DashOf(panel, index, step.Dash), step.Width, PanelContent.X(panel)));
                break;
            case Plots.BarSeries bars:
                AddBars(model, panel, bars, key, title, colour);
                break;
            case Plots.HistogramSeries histogram:
                var boxes = Boxes(key, title, Oxy(colour, 0.55));
                boxes.StrokeColor = OxyColors.White;
                boxes.StrokeThickness = 0.6;
                for (int k = 0; k + 1 < histogram.Edges.Count && k < histogram.Counts.Count; k++)
                    boxes.Items.Add(new(histogram.Edges[k], 0, histogram.Edges[k + 1], histogram.Counts[k]));
                model.Series.Add(boxes);
                break;
            case IntervalSeries intervals:
                AddIntervals(model, intervals, key, title, colour);
                break;
            case RectangleSeries rectangles:
                RectangleBarSeries lying = Boxes(key, title, Oxy(colour, rectangles.Opacity));
                if (rectangles.Outlined)
                    (lying.StrokeColor, lying.StrokeThickness) = (Oxy(colour), 1.1);
                foreach (Rectangle r in PanelContent.Finite(rectangles))
                    lying.Items.Add(new(Math.Min(r.X0, r.X1), Math.Min(r.Y0, r.Y1), Math.Max(r.X0, r.X1), Math.Max(r.Y0, r.Y1)));
                model.Series.Add(lying);
                break;
            case Plots.HeatMapSeries matrix:
                AddMatrix(model, matrix);
                break;
            case ImageGridSeries images:
                AddTiles(model, images);
                break;
        }
    }

    private static OxyPlot.Series.LineSeries Polyline(IReadOnlyList<double> x, IReadOnlyList<double> y, string key, string? title, Colour colour, Dash dash, double width, ScaledAxis across)
    {
        var line = new OxyPlot.Series.LineSeries { YAxisKey = key, Title = title, Color = Oxy(colour), LineStyle = Style(dash), StrokeThickness = width, LineJoin = LineJoin.Round, MinimumSegmentLength = 0.2 };
        int n = Math.Min(x.Count, y.Count);
        IEnumerable<int> kept = n <= LongLine ? Enumerable.Range(0, n) : Decimation.Indices([.. x.Select(across.Share)], [.. y], LongLine / 8);
        foreach (int k in kept)
            line.Points.Add(new(x[k], y[k]));
        return line;
    }

    private static RectangleBarSeries Boxes(string key, string? title, OxyColor fill) => new() { YAxisKey = key, Title = title, FillColor = fill, StrokeThickness = 0 };

    private static void AddBars(PlotModel model, Panel panel, Plots.BarSeries bars, string key, string? title, Colour colour)
    {
        RectangleBarSeries boxes = Boxes(key, title, Oxy(colour, 0.9));
        var whiskers = new OxyPlot.Series.LineSeries { YAxisKey = key, Color = Oxy(Palette.Ink), StrokeThickness = 1, RenderInLegend = false };
        foreach (PanelContent.Bar bar in PanelContent.Bars(panel, bars))
        {
            boxes.Items.Add(new(bar.X0, Math.Min(bar.Foot, bar.Top), bar.X1, Math.Max(bar.Foot, bar.Top)));
            if (!(bar.Error > 0) || !double.IsFinite(bar.Error))
                continue;
            double centre = (bar.X0 + bar.X1) / 2;
            double half = (bar.X1 - bar.X0) / 8;
            double low = bar.Top - bar.Error;
            double high = bar.Top + bar.Error;
            whiskers.Points.AddRange(
            [
                new(centre - half, low), new(centre + half, low), new(double.NaN, double.NaN), new(centre, low), new(centre, high), new(double.NaN, double.NaN), new(centre - half, high), new(centre + half, high),
                new(double.NaN, double.NaN),
            ]);
        }

        model.Series.Add(boxes);
        if (whiskers.Points.Count > 0)
            model.Series.Add(whiskers);
    }

    private static void AddIntervals(PlotModel model, IntervalSeries intervals, string key, string? title, Colour colour)
    {
        var strokes = new OxyPlot.Series.LineSeries { YAxisKey = key, Color = Oxy(colour), StrokeThickness = intervals.Width, RenderInLegend = false };
        foreach ((double x0, double y0, double x1, double y1) in PanelContent.Intervals(intervals))
            strokes.Points.AddRange([new(x0, y0), new(x1, y1), new(double.NaN, double.NaN)]);
        model.Series.Add(strokes);
        if (intervals.Marker == Marker.None)
            return;
        var points = new OxyPlot.Series.ScatterSeries
        {
            YAxisKey = key,
            Title = title,
            MarkerType = Shape(intervals.Marker),
            MarkerSize = intervals.Size / 2,
            MarkerFill = Oxy(colour),
            MarkerStroke = Oxy(colour),
            MarkerStrokeThickness = intervals.Marker is Marker.Cross or Marker.Plus ? 1.3 : 0,
        };
        for (int k = 0; k < Math.Min(intervals.X.Count, intervals.Y.Count); k++)
            points.Points.Add(new(intervals.X[k], intervals.Y[k]));
        model.Series.Add(points);
    }

    private static void AddMatrix(PlotModel model, Plots.HeatMapSeries matrix)
    {
        (double low, double high) = matrix.ValueRange();
        var colours = new OxyColor[ColourScale.Levels];
        for (int k = 0; k < colours.Length; k++)
            colours[k] = Oxy(matrix.Scale.At(matrix.ColourShare(low + ((high - low) * k / (colours.Length - 1)), (low, high)), 0, 1));
        model.Axes.Add(new FigureColourAxis(new(matrix.ValueLabel, matrix.ValueUnit))
        {
            Key = Colours,
            Position = matrix.ColourBar ? AxisPosition.Right : AxisPosition.None,
            Minimum = low,
            Maximum = high,
            Palette = new(colours),
            InvalidNumberColor = Oxy(Palette.Missing),
            Title = Ticks.For(new(matrix.ValueLabel, matrix.ValueUnit), low, high, 6).AxisLabel,
            TitleFontSize = 12,
            AxisTitleDistance = 9,
            TicklineColor = Oxy(Palette.AxisLine),
            TickStyle = TickStyle.Outside,
            MajorTickSize = 10,
            MinorTickSize = 0,
            AxisDistance = 10,
        });
        if (matrix.Rows == 0 || matrix.Columns == 0)
            return;
        var data = new double[matrix.Columns, matrix.Rows];
        for (int r = 0; r < matrix.Rows; r++)
        {
            for (int c = 0; c < matrix.Columns; c++)
                data[c, r] = matrix.Values[(r * matrix.Columns) + c];
        }

        model.Series.Add(new OxyPlot.Series.HeatMapSeries
        {
            X0 = 0,
            X1 = Math.Max(matrix.Columns - 1, 1e-9),
            Y0 = 0,
            Y1 = Math.Max(matrix.Rows - 1, 1e-9),
            CoordinateDefinition = HeatMapCoordinateDefinition.Center,
            RenderMethod = matrix.Rows * matrix.Columns <= 400 ? HeatMapRenderMethod.Rectangles : HeatMapRenderMethod.Bitmap,
            Interpolate = false,
            Data = data,
            ColorAxisKey = Colours,
            YAxisKey = First,
        });
        for (int k = 0; k < Math.Min(matrix.CellTexts.Count, matrix.Values.Count); k++)
        {
            if (matrix.CellTexts[k].Length == 0)
                continue;
            bool dark = matrix.Scale.At(matrix.ColourShare(matrix.Values[k], (low, high)), 0, 1).Luminance <= 0.36;
            model.Annotations.Add(new TextAnnotation
            {
                Text = matrix.CellTexts[k],
                TextPosition = new(k % matrix.Columns, k / matrix.Columns),
                TextHorizontalAlignment = HorizontalAlignment.Center,
                TextVerticalAlignment = VerticalAlignment.Middle,
                Stroke = OxyColors.Transparent,
                TextColor = dark ? OxyColors.White : Oxy(Palette.Ink),
                FontSize = Math.Min(TextSize, 260.0 / matrix.Columns / Math.Max(1, matrix.CellTexts.Max(static t => t.Length)) * 1.4),
                YAxisKey = First,
            });
        }
    }

    private static void AddTiles(PlotModel model, ImageGridSeries images)
    {
        (int columns, int rows) = images.GridSize();
        (double Low, double High) shared = images.ScaleEachTile || images.Tiles.Count == 0 ? (0, 1) : images.ValueRange(0);
        bool labels = images.TileLabels.Count > 0;
        for (int k = 0; k < images.Tiles.Count; k++)
        {
            (double low, double high) = images.ScaleEachTile ? images.ValueRange(k) : shared;
            var pixels = new OxyColor[images.TileWidth, images.TileHeight];
            for (int i = 0; i < images.TileWidth * images.TileHeight; i++)
                pixels[i % images.TileWidth, i / images.TileWidth] = Oxy(images.Scale.At(images.Tiles[k][i], low, high));
            model.Annotations.Add(new ImageAnnotation
            {
                ImageSource = OxyImage.Create(pixels, ImageFormat.Png),
                Interpolate = false,
                X = new((((k % columns) + 0.5) / columns), PlotLengthUnit.RelativeToPlotArea),
                Y = new(((k / columns) + (labels ? 0.42 : 0.5)) / rows, PlotLengthUnit.RelativeToPlotArea),
                Width = new(0.94 / columns, PlotLengthUnit.RelativeToPlotArea),
                Height = new((labels ? 0.78 : 0.94) / rows, PlotLengthUnit.RelativeToPlotArea),
                HorizontalAlignment = HorizontalAlignment.Center,
                VerticalAlignment = VerticalAlignment.Middle,
                YAxisKey = First,
            });
            if (labels && k < images.TileLabels.Count)
            {
                model.Annotations.Add(new TextAnnotation
                {
                    Text = images.TileLabels[k],
                    TextPosition = new((k % columns) + 0.5, (k / columns) + 0.98),
                    TextHorizontalAlignment = HorizontalAlignment.Center,
                    TextVerticalAlignment = VerticalAlignment.Bottom,
                    Stroke = OxyColors.Transparent,
                    TextColor = Oxy(Palette.SoftInk),
                    FontSize = 9.5,
                    YAxisKey = First,
                });
            }
        }
    }
}
