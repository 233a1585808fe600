namespace AnalogLearn.Plots;

/// <summary>Lays out a figure: panels on a grid whose plot areas line up, headings, caption.</summary>
internal static class FigureLayout
{
    private const double Outer = 10;
    private const double TitleSize = 15;
    private const double SubtitleSize = 12;
    private const double CaptionSize = 11;

    /// <summary>Gives everything in a figure its place.</summary>
    public static Scene Arrange(Figure figure)
    {
        int columns = Math.Clamp(figure.Columns, 1, Math.Max(1, figure.Panels.Count));
        int rows = Math.Max(1, (figure.Panels.Count + columns - 1) / columns);
        PanelLayout[] panels = [.. figure.Panels.Select(static p => new PanelLayout(p))];
        var left = new double[columns];
        var right = new double[columns];
        var top = new double[rows];
        var bottom = new double[rows];
        var heights = new double[rows];
        var widths = new double[columns];
        double weight = figure.RowHeights.Count == 0 ? 1 : figure.RowHeights.Average();
        var areas = new Box[panels.Length];
        for (int k = 0; k < panels.Length; k++)
            areas[k] = new(0, 0, figure.PanelWidth - 80, figure.PanelHeight - 70);

        // Ticks depend on the size of the plot area and the area on how wide the tick labels are: a few turns settle it. Where labels hop between two
        // forms, the smaller area decides how they are laid out. When a legend finds no empty corner its panel asks for more room, and everything is
        // measured again.
        const int mostTurns = 10;
        for (int attempt = 0; attempt < 12; attempt++)
        {
            for (int turn = 0; turn < mostTurns; turn++)
            {
                Box[] measured = [.. areas];
                for (int k = 0; k < panels.Length; k++)
                    panels[k].Measure(areas[k].Width, areas[k].Height, figure.PanelWidth);
                for (int c = 0; c < columns; c++)
                {
                    left[c] = Own(panels, columns, c).Select(static p => p.Margins.Left).DefaultIfEmpty().Max();
                    right[c] = Own(panels, columns, c).Select(static p => p.Margins.Right).DefaultIfEmpty().Max();
                }

                for (int k = 0; k < panels.Length; k++)
                    panels[k].MeasureHead(left[k % columns], figure.PanelWidth);
                for (int r = 0; r < rows; r++)
                {
                    PanelLayout[] row = [.. panels.Skip(r * columns).Take(columns)];
                    top[r] = row.Select(static p => p.Margins.Top).DefaultIfEmpty().Max();
                    bottom[r] = row.Select(static p => p.Margins.Bottom).DefaultIfEmpty().Max();
                    heights[r] = figure.PanelHeight * (r < figure.RowHeights.Count ? figure.RowHeights[r] / weight : 1);
                    heights[r] = Math.Max(heights[r] + row.Select(static p => p.ExtraHeight).DefaultIfEmpty().Max(), top[r] + bottom[r] + 40);
                    double?[] wanted = [.. row.Select((p, c) => p.DesiredHeight(figure.PanelWidth - left[c] - right[c]))];
                    if (row.Length > 0 && wanted.All(static w => w is not null))
                        heights[r] = Math.Clamp(wanted.Max() ?? 0, 40, Math.Max(40, 2 * figure.PanelHeight)) + top[r] + bottom[r];
                }

                bool still = true;
                for (int k = 0; k < panels.Length; k++)
                {
                    (int r, int c) = (k / columns, k % columns);
                    areas[k] = panels[k].Fit(new(0, 0, Math.Max(60, figure.PanelWidth - left[c] - right[c]), Math.Max(40, heights[r] - top[r] - bottom[r])));
                    still &= Math.Abs(areas[k].Width - measured[k].Width) < 0.5 && Math.Abs(areas[k].Height - measured[k].Height) < 0.5;
                    if (turn > mostTurns / 2 && turn < mostTurns - 1)
                        areas[k] = areas[k] with { Width = Math.Min(areas[k].Width, measured[k].Width), Height = Math.Min(areas[k].Height, measured[k].Height) };
                }

                if (still)
                    break;
            }

            for (int c = 0; c < columns; c++)
            {
                widths[c] = panels.Length == 0 ? figure.PanelWidth : 0;
                for (int k = c; k < panels.Length; k += columns)
                    widths[c] = Math.Max(widths[c], Math.Max(left[c] + areas[k].Width + right[c], panels[k].HeadWidth));
            }

            bool settled = true;
            for (int k = 0; k < panels.Length; k++)
            {
                (int r, int c) = (k / columns, k % columns);
                settled &= panels[k].Arrange(areas[k] with { X = Outer + widths.Take(c).Sum() + left[c], Y = heights.Take(r).Sum() + top[r] });
            }

            if (settled)
                break;
        }

        double width = Math.Max((2 * Outer) + widths.Sum(), 260);
        double inner = width - (2 * Outer) - 8;
        IReadOnlyList<string> title = Lines(figure.Title, TitleSize, inner, bold: true);
        IReadOnlyList<string> subtitle = Lines(figure.Subtitle, SubtitleSize, inner);
        IReadOnlyList<string> caption = Lines(figure.Caption, CaptionSize, inner);
        double head = Outer + (title.Count * TitleSize * FontMetrics.LineHeight) + (subtitle.Count * SubtitleSize * FontMetrics.LineHeight) + (title.Count + subtitle.Count > 0 ? 6 : 0);
        double foot = caption.Count > 0 ? (caption.Count * CaptionSize * FontMetrics.LineHeight) + 6 : 0;
        var scene = new Scene(Math.Ceiling(width), Math.Ceiling(head + heights.Sum() + foot + Outer));
        double y = Outer;
        foreach (string line in title)
        {
            scene.Add(new SceneText(new(Outer + 4, y + TitleSize), line, TitleSize) { Bold = true });
            y += TitleSize * FontMetrics.LineHeight;
        }

        foreach (string line in subtitle)
        {
            scene.Add(new SceneText(new(Outer + 4, y + SubtitleSize), line, SubtitleSize) { Colour = Palette.SoftInk });
            y += SubtitleSize * FontMetrics.LineHeight;
        }

        for (int k = 0; k < panels.Length; k++)
        {
            (int r, int c) = (k / columns, k % columns);
            Box area = panels[k].Area;
            _ = panels[k].Arrange(area with { Y = area.Y + head });
            panels[k].Draw(scene, new(Outer + widths.Take(c).Sum(), head + heights.Take(r).Sum(), widths[c], heights[r]));
        }

        y = head + heights.Sum() + 6;
        foreach (string line in caption)
        {
            scene.Add(new SceneText(new(Outer + 4, y + CaptionSize), line, CaptionSize) { Colour = Palette.SoftInk });
            y += CaptionSize * FontMetrics.LineHeight;
        }

        return scene;
    }

    private static IReadOnlyList<string> Lines(string text, double size, double widest, bool bold = false) => text.Length == 0 ? [] : FontMetrics.Wrap(text, size, widest, bold);

    private static IEnumerable<PanelLayout> Own(PanelLayout[] panels, int columns, int column) => panels.Where((_, k) => k % columns == column);
}
