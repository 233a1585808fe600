using OxyPlot;
using OxyPlot.SkiaSharp;
using SkiaSharp;

namespace AnalogLearn.Plots.Oxy;

/// <summary>Writes figures through OxyPlot and Skia: PNG, PDF and SVG, all panels on one page with the figure's headings.</summary>
public static class OxyPlotExport
{
    private const double Margin = 10;
    private const double TitleSize = 15;
    private const double SubtitleSize = 12;
    private const double CaptionSize = 11;

    /// <summary>Writes a PNG.</summary>
    /// <param name="figure">The figure.</param>
    /// <param name="path">Where to; directories that are missing are made.</param>
    /// <param name="dotsPerInch">Resolution; a CSS pixel is 1/96 inch.</param>
    public static void SavePng(Figure figure, string path, double dotsPerInch = 192)
    {
        Page page = Arrange(figure);
        double scale = dotsPerInch / 96;
        using var bitmap = new SKBitmap((int)Math.Ceiling(page.Width * scale), (int)Math.Ceiling(page.Height * scale));
        using (var canvas = new SKCanvas(bitmap))
        using (var context = new SkiaRenderContext { RenderTarget = RenderTarget.PixelGraphic, SkCanvas = canvas, UseTextShaping = true, DpiScale = (float)scale })
        {
            canvas.Clear(SKColors.White);
            Draw(figure, page, context);
        }

        using SKData data = bitmap.Encode(SKEncodedImageFormat.Png, 100);
        using FileStream file = Create(path);
        data.SaveTo(file);
    }

    /// <summary>Writes a PDF of one page; text stays text.</summary>
    /// <param name="figure">The figure.</param>
    /// <param name="path">Where to; directories that are missing are made.</param>
    public static void SavePdf(Figure figure, string path)
    {
        const float points = 72f / 96;
        Page page = Arrange(figure);
        using FileStream file = Create(path);
        using var stream = new SKManagedWStream(file);
        using SKDocument document = SKDocument.CreatePdf(stream, 72);
        using (SKCanvas canvas = document.BeginPage((float)page.Width * points, (float)page.Height * points))
        using (var context = new SkiaRenderContext { RenderTarget = RenderTarget.VectorGraphic, SkCanvas = canvas, UseTextShaping = true, DpiScale = points })
        {
            Draw(figure, page, context);
            document.EndPage();
        }

        document.Close();
    }

    /// <summary>Writes an SVG as OxyPlot draws it; <see cref="SvgRenderer"/> needs no package and does more for the layout.</summary>
    /// <param name="figure">The figure.</param>
    /// <param name="path">Where to; directories that are missing are made.</param>
    public static void SaveSvg(Figure figure, string path)
    {
        Page page = Arrange(figure);
        using FileStream file = Create(path);
        using var measure = new SkiaRenderContext { RenderTarget = RenderTarget.VectorGraphic, UseTextShaping = true };
        using var context = new OxyPlot.SvgRenderContext(file, page.Width, page.Height, isDocument: true, measure, OxyColors.White, useVerticalTextAlignmentWorkaround: true);
        Draw(figure, page, context);
        context.Complete();
    }

    private static FileStream Create(string path)
    {
        if (Path.GetDirectoryName(Path.GetFullPath(path)) is { Length: > 0 } folder)
            Directory.CreateDirectory(folder);
        return File.Create(path);
    }

    private static Page Arrange(Figure figure)
    {
        int columns = Math.Clamp(figure.Columns, 1, Math.Max(1, figure.Panels.Count));
        int rows = Math.Max(1, (figure.Panels.Count + columns - 1) / columns);
        double width = (2 * Margin) + (columns * figure.PanelWidth);
        IReadOnlyList<string> title = Lines(figure.Title, TitleSize, width, bold: true);
        IReadOnlyList<string> subtitle = Lines(figure.Subtitle, SubtitleSize, width);
        IReadOnlyList<string> caption = Lines(figure.Caption, CaptionSize, width);
        double head = Margin + (title.Count * TitleSize * FontMetrics.LineHeight) + (subtitle.Count * SubtitleSize * FontMetrics.LineHeight) + 4;
        double foot = caption.Count > 0 ? (caption.Count * CaptionSize * FontMetrics.LineHeight) + 6 : 0;
        var cells = new OxyRect[figure.Panels.Count];
        double weight = figure.RowHeights.Count == 0 ? 1 : figure.RowHeights.Average();
        double top = head;
        for (int r = 0; r < rows; r++)
        {
            double height = figure.PanelHeight * (r < figure.RowHeights.Count ? figure.RowHeights[r] / weight : 1);
            Panel[] row = [.. figure.Panels.Skip(r * columns).Take(columns)];
            if (row.Length > 0 && row.All(static p => Proportions(p) is not null))
                height = row.Max(p => HeightFor(p, figure.PanelWidth));
            for (int c = 0; c < columns && (r * columns) + c < cells.Length; c++)
                cells[(r * columns) + c] = new(Margin + (c * figure.PanelWidth), top, figure.PanelWidth, height);
            top += height;
        }

        return new(Math.Ceiling(width), Math.Ceiling(top + foot + Margin), title, subtitle, caption, top, cells);
    }

    /// <summary>Of panels that want square cells or undistorted tiles: height over width of the plot area and the room about it; null for others.</summary>
    private static (double Ratio, double Across, double Upright)? Proportions(Panel panel)
    {
        double head = panel.Title.Length > 0 ? 28 : 0;
        if (panel.Series.OfType<ImageGridSeries>().FirstOrDefault() is { } images)
        {
            (int columns, int rows) = images.GridSize();
            double label = images.TileLabels.Count > 0 ? 1.2 : 1;
            return (rows * label * images.TileHeight / (columns * (double)Math.Max(1, images.TileWidth)), 16, 16 + head);
        }

        bool square = panel.Series.OfType<HeatMapSeries>().FirstOrDefault() is { Rows: > 0, Columns: > 0 } matrix && panel.EqualUnits != false && matrix.Rows <= 3 * matrix.Columns && matrix.Columns <= 3 * matrix.Rows;
        return square ? (panel.Series.OfType<HeatMapSeries>().First().Rows / (double)panel.Series.OfType<HeatMapSeries>().First().Columns, 140, 60 + head) : null;
    }

    private static double HeightFor(Panel panel, double width) => Proportions(panel) is var (ratio, across, upright) ? Math.Min(1.6 * width, ((width - across) * ratio) + upright) : 0;

    /// <summary>The part of a cell in which a panel keeps its proportions.</summary>
    private static OxyRect Narrowed(OxyRect cell, Panel panel)
    {
        if (Proportions(panel) is not var (ratio, across, upright))
            return cell;
        double width = Math.Min(cell.Width - across, (cell.Height - upright) / ratio);
        return new(cell.Left, cell.Top, width + across, (width * ratio) + upright);
    }

    private static IReadOnlyList<string> Lines(string text, double size, double width, bool bold = false) => text.Length == 0 ? [] : FontMetrics.Wrap(text, size, width - (2 * Margin) - 8, bold);

    private static void Draw(Figure figure, Page page, IRenderContext context)
    {
        IReadOnlyList<PlotModel> models = FigureToPlotModel.Convert(figure);
        for (int k = 0; k < models.Count; k++)
        {
            IPlotModel model = models[k];
            model.Update(true);
            model.Render(context, Narrowed(page.Cells[k], figure.Panels[k]));
            if (models[k].GetLastPlotException() is { } failure)
                throw new InvalidOperationException($"OxyPlot could not draw '{figure.Name}'.", failure);
        }

        double y = Margin;
        Write(page.Title, TitleSize, 700, Palette.Ink);
        Write(page.Subtitle, SubtitleSize, 400, Palette.SoftInk);
        y = page.Bottom + 6;
        Write(page.Caption, CaptionSize, 400, Palette.SoftInk);

        void Write(IReadOnlyList<string> lines, double size, double weight, Colour colour)
        {
            foreach (string line in lines)
            {
                context.DrawMathText(new(Margin + 4, y), line, OxyColor.FromRgb(colour.R, colour.G, colour.B), FigureToPlotModel.FontFamily, size, weight, 0, HorizontalAlignment.Left, VerticalAlignment.Top);
                y += size * FontMetrics.LineHeight;
            }
        }
    }

    private sealed record Page(double Width, double Height, IReadOnlyList<string> Title, IReadOnlyList<string> Subtitle, IReadOnlyList<string> Caption, double Bottom, OxyRect[] Cells);
}

/// <summary>The back end <c>oxyplot</c>: PNG and PDF.</summary>
public sealed class OxyPlotBackend : IFigureBackend
{
    /// <inheritdoc/>
    public string Name => "oxyplot";

    /// <inheritdoc/>
    public IReadOnlyList<string> Extensions { get; } = [".png", ".pdf"];

    /// <inheritdoc/>
    public void Save(Figure figure, string path)
    {
        if (string.Equals(Path.GetExtension(path), ".pdf", StringComparison.OrdinalIgnoreCase))
            OxyPlotExport.SavePdf(figure, path);
        else
            OxyPlotExport.SavePng(figure, path);
    }
}
