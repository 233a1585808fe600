namespace AnalogLearn.Plots;

/// <summary>Free room that a panel needs about its plot area, in CSS pixels.</summary>
internal readonly record struct Margins(double Left, double Top, double Right, double Bottom);

/// <summary>Finds the place of everything in one panel: ticks that do not collide, labels, legend, data in pixels.</summary>
internal sealed class PanelLayout
{
    private const double TickSize = 11;
    private const double LabelSize = 12;
    private const double TitleSize = 12.5;
    private const double LegendSize = 11;
    private const double TickLength = 4;
    private const double TickGap = 3;
    private const double Edge = 8;
    private const double Swatch = 22;
    private const double SwatchGap = 6;
    private const double ColourBarGap = 12;
    private const double ColourBarWidth = 12;
    private const double TileLabelSize = 9.5;
    private const double WidestCell = 56;
    private const double WidestTile = 110;

    private readonly Panel _panel;
    private readonly ScaledAxis _x;
    private readonly ScaledAxis _y;
    private readonly ScaledAxis? _second;
    private readonly HeatMapSeries? _matrix;
    private readonly ImageGridSeries? _images;
    private readonly HashSet<ReferenceLine> _unplaced = [];
    private readonly List<SceneItem> _data = [];
    private readonly List<SceneText> _notes = [];
    private readonly List<(LegendEntry Entry, Place At)> _legend = [];
    private bool _legendAbove;
    private bool _legendHasBox;
    private bool _spansInLegend;
    private Box _legendBox;
    private AxisTicks _xTicks = new([], [], string.Empty);
    private AxisTicks _yTicks = new([], [], string.Empty);
    private AxisTicks _secondTicks = new([], [], string.Empty);
    private AxisTicks _colourTicks = new([], [], string.Empty);
    private XLabels _xLabels = new([], 0, 0, 0, 0);
    private IReadOnlyList<string> _title = [];
    private IReadOnlyList<string> _xLabel = [];
    private IReadOnlyList<string> _yLabel = [];
    private IReadOnlyList<string> _secondLabel = [];
    private IReadOnlyList<string> _colourLabel = [];
    private IReadOnlyList<IReadOnlyList<LegendEntry>> _legendRows = [];
    private double _legendColumnWidth;
    private double _cellWidth;
    private double _labelOverhang;

    public PanelLayout(Panel panel)
    {
        _panel = panel;
        _matrix = panel.Series.OfType<HeatMapSeries>().FirstOrDefault();
        _images = panel.Series.OfType<ImageGridSeries>().FirstOrDefault();
        _x = PanelContent.X(panel);
        _y = PanelContent.Y(panel, second: false);
        _second = panel.SecondY is null ? null : PanelContent.Y(panel, second: true);
        _legendAbove = panel.Legend == LegendPlacement.Above;
    }

    /// <summary>Room needed about the plot area.</summary>
    public Margins Margins { get; private set; }

    /// <summary>The plot area.</summary>
    public Box Area { get; private set; }

    /// <summary>Where the widest line above the plot area ends, which a column of panels must not be narrower than.</summary>
    public double HeadWidth { get; private set; }

    /// <summary>Height that a long legend or long labels under the X axis take beyond what is usual, which the panel's row of the grid grows by.</summary>
    public double ExtraHeight { get; private set; }

    private IEnumerable<BackgroundSpan> NamedSpans => _panel.Spans.Where(static s => s.Label.Length > 0 && s.Direction == Direction.Vertical);

    private bool HasSpanStrip => !_spansInLegend && NamedSpans.Any();

    private bool AxesHidden => _images is not null;

    /// <summary>Chooses ticks and finds margins for a plot area of about this size in a cell of this width.</summary>
    public void Measure(double width, double height, double cellWidth)
    {
        _cellWidth = cellWidth;
        _spansInLegend = NamedSpans.Any(s => SpanWidth(s) * width < FontMetrics.Width(s.Label, TickSize) + 6);
        width = Math.Max(40, width);
        height = Math.Max(30, height);
        double left = Edge;
        double right = Edge;
        double bottom = Edge;
        double below = 0;
        if (!AxesHidden)
        {
            if (!_y.Axis.Hidden)
            {
                _yTicks = YTicks(_y, height);
                _yLabel = _yTicks.AxisLabel.Length == 0 ? [] : FontMetrics.Wrap(_yTicks.AxisLabel, LabelSize, Math.Max(height, 90));
                left += TickLength + TickGap + Widest(_yTicks) + LabelBlock(_yLabel);
            }

            if (!_x.Axis.Hidden)
            {
                (_xTicks, _xLabels) = LayOutX(width);
                _xLabel = _xTicks.AxisLabel.Length == 0 ? [] : FontMetrics.Wrap(_xTicks.AxisLabel, LabelSize, Math.Max(width, 140));
                below = TickLength + TickGap + _xLabels.Height;
                bottom += below + LabelBlock(_xLabel);
                double overhang = (_xLabel.Count == 0 ? 0 : _xLabel.Max(static t => FontMetrics.Width(t, LabelSize)) - width) / 2;
                left = Math.Max(left, Math.Max(overhang, _xLabels.LeftOverhang) + 4);
                right = Math.Max(right, Math.Max(overhang, _xLabels.RightOverhang) + 4);
            }

            if (_second is { Axis.Hidden: false })
            {
                _secondTicks = YTicks(_second, height);
                _secondLabel = _secondTicks.AxisLabel.Length == 0 ? [] : FontMetrics.Wrap(_secondTicks.AxisLabel, LabelSize, Math.Max(height, 90));
                right = Math.Max(right, Edge + TickLength + TickGap + Widest(_secondTicks) + LabelBlock(_secondLabel));
            }

            if (_matrix is { ColourBar: true })
            {
                (double low, double high) = _matrix.ValueRange();
                _colourTicks = Ticks.For(new(_matrix.ValueLabel, _matrix.ValueUnit), low, high, (int)Math.Clamp(height / 30, 3, 9));
                _colourLabel = _colourTicks.AxisLabel.Length == 0 ? [] : FontMetrics.Wrap(_colourTicks.AxisLabel, LabelSize, Math.Max(height, 90));
                right = Math.Max(right, Edge + ColourBarGap + ColourBarWidth + TickLength + TickGap + Widest(_colourTicks) + LabelBlock(_colourLabel));
            }
        }

        double longest = 0;
        foreach (string line in (IEnumerable<string>)[.. _yLabel, .. _secondLabel, .. _colourLabel])
            longest = Math.Max(longest, FontMetrics.Width(line, LabelSize));
        _labelOverhang = Math.Max(0, (longest - height) / 2);
        bottom = Math.Max(bottom, _labelOverhang + 4);
        ExtraHeight = AxesHidden || _x.Axis.Hidden ? 0 : Math.Max(0, _xLabels.Height - 45);
        if (_panel.Legend == LegendPlacement.Right && LegendEntries() is { Length: > 0 } entries)
        {
            _legendColumnWidth = entries.Max(static e => e.Width);
            right += _legendColumnWidth + 14;
        }

        Margins = new(left, 0, right, bottom);
    }

    /// <summary>Finds the room above the plot area, once it is known where the plot areas of the column start.</summary>
    public void MeasureHead(double left, double cellWidth)
    {
        double head = Math.Max(80, cellWidth - left - Edge);
        _title = _panel.Title.Length == 0 ? [] : FontMetrics.Wrap(_panel.Title, TitleSize, head, bold: true);
        double top = 6 + (_title.Count * TitleSize * FontMetrics.LineHeight) + (_title.Count > 0 ? 4 : 0) + _labelOverhang;
        HeadWidth = left + (_title.Count == 0 ? 0 : _title.Max(static t => FontMetrics.Width(t, TitleSize, bold: true))) + Edge;

        if (HasSpanStrip)
            top += TickSize * FontMetrics.LineHeight;

        LegendEntry[] entries = LegendEntries();
        if (entries.Length > 0 && _legendAbove)
        {
            _legendRows = Flow(entries, head);
            ExtraHeight += Math.Max(0, _legendRows.Count - 2) * LegendSize * FontMetrics.LineHeight;
            top += (_legendRows.Count * LegendSize * FontMetrics.LineHeight) + 5;
            HeadWidth = Math.Max(HeadWidth, left + _legendRows.Max(r => (r.Count * (_legendColumnWidth + 14)) - 14) + Edge);
        }

        Margins = Margins with { Top = Math.Max(top, 10) };
    }

    /// <summary>The height that a plot area of this width wants, or null when any height will do.</summary>
    public double? DesiredHeight(double width) => Fit(new(0, 0, width, double.PositiveInfinity)) is { Height: < 1e9 } fit ? fit.Height : null;

    /// <summary>The largest part of a box, from its upper left corner, that has the panel's proportions.</summary>
    public Box Fit(Box box)
    {
        if (_images is { } images)
        {
            (int columns, int rows) = images.GridSize();
            double tile = TileWidth(images, columns, rows, box);
            (double pitchX, double pitchY) = TilePitch(images, tile);
            return box with { Width = (columns * pitchX) - TileGap(tile), Height = (rows * pitchY) - TileGap(tile) };
        }

        double across = _x.Maximum - _x.Minimum;
        double upright = _y.Maximum - _y.Minimum;
        bool equal = _panel.EqualUnits ?? (_matrix is not null && upright <= 3 * across && across <= 3 * upright);
        if (!equal || _x.Axis.Scale != AxisScale.Linear || _y.Axis.Scale != AxisScale.Linear)
        {
            // A matrix of one row or column need not fill its cell of the grid with slabs of colour.
            bool slabs = _matrix is not null && double.IsFinite(box.Height);
            return slabs ? box with { Width = Math.Min(box.Width, Math.Max(WidestCell * across, 60)), Height = Math.Min(box.Height, Math.Max(WidestCell * upright, 60)) } : box;
        }

        double unit = Math.Min(box.Width / across, box.Height / upright);
        if (_matrix is not null)
            unit = Math.Min(unit, Math.Max(WidestCell, 120 / Math.Max(across, upright)));
        return box with { Width = unit * across, Height = unit * upright };
    }

    /// <summary>Fixes the plot area and places the data, labels and legend in it.</summary>
    /// <returns>False when something found no room; margins have to be measured again then.</returns>
    public bool Arrange(Box area)
    {
        Area = area;
        _data.Clear();
        _notes.Clear();
        _legend.Clear();
        var ink = new Occupancy(area);
        for (int k = 0; k < _panel.Series.Count; k++)
            DrawSeries(k, ink);
        bool settled = true;
        foreach (ReferenceLine line in _panel.ReferenceLines)
        {
            double at = line.Direction == Direction.Horizontal ? Y(_y, line.Value) : X(line.Value);
            ink.Mark(line.Direction == Direction.Horizontal ? new Box(area.X, at - 1, area.Width, 2) : new Box(at - 1, area.Y, 2, area.Height));
        }

        foreach (ReferenceLine line in _panel.ReferenceLines)
        {
            if (line.Label.Length == 0 || _unplaced.Contains(line))
                continue;
            if (PlaceNote(line, ink) is { } note)
            {
                _notes.Add(note);
                ink.Mark(note.Bounds());
            }
            else
            {
                _unplaced.Add(line);
                settled = false;
            }
        }

        return PlaceLegend(ink) && settled;
    }

    /// <summary>Draws the panel.</summary>
    /// <param name="scene">Where to.</param>
    /// <param name="cell">The panel's cell of the grid.</param>
    public void Draw(Scene scene, Box cell)
    {
        // Headings of a row line up, except where a neighbour's long legend would part this one from its plot.
        double own = Area.Y - Margins.Top + 6;
        double y = own - cell.Y > 60 ? own : cell.Y + 6;
        foreach (string line in _title)
        {
            scene.Add(new SceneText(new(Area.X, y + (TitleSize * 0.95)), line, TitleSize) { Bold = true });
            y += TitleSize * FontMetrics.LineHeight;
        }

        DrawSpans(scene);
        if (!AxesHidden)
            DrawGrid(scene);
        scene.Add(_data);
        foreach (ReferenceLine line in _panel.ReferenceLines)
        {
            Place[] ends = line.Direction == Direction.Horizontal
                ? [new(Area.X, Y(_y, line.Value)), new(Area.Right, Y(_y, line.Value))]
                : [new(X(line.Value), Area.Y), new(X(line.Value), Area.Bottom)];
            scene.Add(new SceneStroke([ends], line.Colour, 1.1, line.Dash) { Clip = Area.Grown(1) });
        }

        if (!AxesHidden)
            DrawAxes(scene, cell);
        scene.Add(_notes);
        if (_legend.Count > 0 && _legendHasBox)
            scene.Add(new SceneBox(_legendBox, Palette.White, 0.88));
        foreach ((LegendEntry entry, Place at) in _legend)
            DrawLegendEntry(scene, entry, at);
    }

    private static double Widest(AxisTicks ticks) => ticks.Major.Count == 0 ? 0 : ticks.Major.Max(static t => FontMetrics.Width(t.Label, TickSize));

    private static double LabelBlock(IReadOnlyList<string> lines) => lines.Count == 0 ? 0 : (lines.Count * LabelSize * FontMetrics.LineHeight) + 4;

    private static string Shortened(string text, double size, double widest)
    {
        if (FontMetrics.Width(text, size) <= widest)
            return text;
        string plain = FontMetrics.Plain(text);
        int keep = plain.Length;
        while (keep > 1 && FontMetrics.Width(plain[..keep] + "…", size) > widest)
            keep--;
        return plain[..keep].TrimEnd() + "…";
    }

    private static AxisTicks YTicks(ScaledAxis axis, double height)
    {
        AxisTicks ticks = Ticks.For(axis.Axis, axis.Minimum, axis.Maximum, (int)Math.Clamp(height / 32, 2, 9));
        if (axis.Axis.Categories.Count == 0)
            return ticks with { Major = Uncrowded(axis, ticks.Major, height) };
        double slot = height / Math.Max(1e-9, axis.Maximum - axis.Minimum);
        int every = Math.Max(1, (int)Math.Ceiling(TickSize * 1.1 / slot));
        return ticks with { Major = [.. ticks.Major.Where((_, k) => k % every == 0).Select(static t => t with { Label = Shortened(t.Label, TickSize, 170) })] };
    }

    /// <summary>The ticks whose labels do not touch one set before them; zero is set first, then from the outside inwards.</summary>
    private static List<Tick> Uncrowded(ScaledAxis axis, IReadOnlyList<Tick> ticks, double height)
    {
        const double apart = TickSize * 1.25;
        var kept = new List<Tick>();
        foreach (Tick t in ticks.OrderBy(static t => t.Value == 0 ? 0 : 1).ThenByDescending(static t => Math.Abs(t.Value)))
        {
            if (kept.TrueForAll(k => Math.Abs(axis.Share(k.Value) - axis.Share(t.Value)) * height >= apart))
                kept.Add(t);
        }

        kept.Sort(static (a, b) => a.Value.CompareTo(b.Value));
        return kept;
    }

    private static double TileGap(double tile) => Math.Max(2, tile * 0.06);

    private static (double X, double Y) TilePitch(ImageGridSeries images, double tile)
    {
        double label = images.TileLabels.Count > 0 ? TileLabelSize * 1.25 : 0;
        return (tile + TileGap(tile), (tile * images.TileHeight / Math.Max(1, images.TileWidth)) + label + TileGap(tile));
    }

    private static double TileWidth(ImageGridSeries images, int columns, int rows, Box box)
    {
        double tile = Math.Min(WidestTile, box.Width / (columns * 1.06));
        while (tile > 2)
        {
            (double pitchX, double pitchY) = TilePitch(images, tile);
            double gap = TileGap(tile);
            if ((columns * pitchX) - gap <= box.Width + 1e-9 && (rows * pitchY) - gap <= box.Height + 1e-9)
                break;
            tile -= 0.25;
        }

        return tile;
    }

    private (AxisTicks Ticks, XLabels Labels) LayOutX(double width)
    {
        if (_x.Axis.Categories.Count > 0)
            return LayOutCategories(width);
        int most = (int)Math.Clamp(width / (_x.Axis.WholeNumbers ? 30 : 52), 2, 11);
        AxisTicks ticks;
        do
        {
            ticks = Ticks.For(_x.Axis, _x.Minimum, _x.Maximum, most);
        }
        while (Collide(ticks) && --most >= 2);
        int every = 1;
        while (Collide(ticks, every) && every < ticks.Major.Count)
            every++;
        if (every > 1)
            ticks = ticks with { Major = [.. ticks.Major.Where((_, k) => k % every == 0)] };
        return (ticks, Flat([.. ticks.Major.Select(t => (_x.Share(t.Value), (IReadOnlyList<string>)[t.Label]))], width));

        bool Collide(AxisTicks ticks, int every = 1)
        {
            double free = double.NegativeInfinity;
            Tick[] shown = [.. ticks.Major.Where((_, k) => k % every == 0)];
            foreach (Tick t in _x.Axis.Reversed ? shown.Reverse() : shown)
            {
                double half = FontMetrics.Width(t.Label, TickSize) / 2;
                double at = _x.Share(t.Value) * width;
                if (at - half < free)
                    return true;
                free = at + half + 9;
            }

            return false;
        }
    }

    private (AxisTicks Ticks, XLabels Labels) LayOutCategories(double width)
    {
        AxisTicks ticks = Ticks.For(_x.Axis, _x.Minimum, _x.Maximum, int.MaxValue);
        double slot = width / Math.Max(1e-9, _x.Maximum - _x.Minimum);
        double widest = Widest(ticks);
        if (widest + 6 <= slot)
            return (ticks, Flat([.. ticks.Major.Select(t => (_x.Share(t.Value), (IReadOnlyList<string>)[t.Label]))], width));
        IReadOnlyList<string>[] wrapped = [.. ticks.Major.Select(t => FontMetrics.Wrap(t.Label, TickSize, Math.Max(slot - 6, 30)))];
        bool wordsWhole = ticks.Major.All(t => t.Label.Split(' ').All(w => FontMetrics.Width(w, TickSize) <= slot - 6));
        if (wordsWhole && wrapped.All(static w => w.Count <= 3))
            return (ticks, Flat([.. ticks.Major.Select((t, k) => (_x.Share(t.Value), wrapped[k]))], width));
        if (widest < 26)
        {
            int every = (int)Math.Ceiling((widest + 6) / slot);
            ticks = ticks with { Major = [.. ticks.Major.Where((_, k) => k % every == 0)] };
            return (ticks, Flat([.. ticks.Major.Select(t => (_x.Share(t.Value), (IReadOnlyList<string>)[t.Label]))], width));
        }

        const double longest = 180;
        double rotation = slot * Math.Sin(Math.PI / 4) >= TickSize * 1.05 ? -45 : -90;
        int skip = rotation < -80 ? Math.Max(1, (int)Math.Ceiling(TickSize * 1.1 / slot)) : 1;
        ticks = ticks with { Major = [.. ticks.Major.Where((_, k) => k % skip == 0).Select(t => t with { Label = Shortened(t.Label, TickSize, longest) })] };
        (double Share, IReadOnlyList<string> Lines)[] labels = [.. ticks.Major.Select(t => (_x.Share(t.Value), (IReadOnlyList<string>)[t.Label]))];
        double leftOverhang = 0;
        double height = 0;
        foreach ((double share, IReadOnlyList<string> lines) in labels)
        {
            Box bounds = RotatedLabel(new(share * width, 0), lines[0], rotation).Bounds();
            leftOverhang = Math.Max(leftOverhang, -bounds.X);
            height = Math.Max(height, bounds.Bottom);
        }

        return (ticks, new(labels, rotation, height, leftOverhang, 0));
    }

    private static SceneText RotatedLabel(Place tick, string text, double rotation)
    {
        // The end of the text stands below the tick, its middle line through the tick's foot.
        const double down = 2;
        (double sin, double cos) = Math.SinCos(rotation * Math.PI / 180);
        double half = TickSize * 0.34;
        return new(new(tick.X - (sin * half), tick.Y + down + (cos * half)), text, TickSize) { Anchor = Anchor.End, Rotation = rotation };
    }

    private static XLabels Flat(IReadOnlyList<(double Share, IReadOnlyList<string> Lines)> labels, double width)
    {
        double left = 0;
        double right = 0;
        int lines = 1;
        foreach ((double share, IReadOnlyList<string> text) in labels)
        {
            double half = text.Max(static t => FontMetrics.Width(t, TickSize)) / 2;
            left = Math.Max(left, half - (share * width));
            right = Math.Max(right, (share * width) + half - width);
            lines = Math.Max(lines, text.Count);
        }

        return new(labels, 0, lines * TickSize * FontMetrics.LineHeight, left, right);
    }

    private double X(double value) => Area.X + (_x.Share(value) * Area.Width);

    private double Y(ScaledAxis axis, double value) => Area.Bottom - (axis.Share(value) * Area.Height);

    private void DrawSeries(int index, Occupancy ink)
    {
        Series series = _panel.Series[index];
        Colour colour = PanelContent.ColourOf(_panel, index);
        ScaledAxis axis = series.OnSecondAxis && _second is not null ? _second : _y;
        var items = new List<SceneItem>();
        switch (series)
        {
            case LineSeries line:
                if (line.Lower.Count > 0 && line.Upper.Count > 0)
                    items.Add(new SceneArea(Band(line, axis), colour, 0.18));
                items.Add(new SceneStroke(Polylines(line.X, line.Y, axis), colour, line.Width, PanelContent.DashOf(_panel, index, line.Dash)));
                if (line.Marker != Marker.None)
                    items.Add(new SceneMarks(Spread(Points(line.X, line.Y, axis)), line.Marker, 5.5, colour));
                break;
            case ScatterSeries points:
                items.Add(new SceneMarks(Distinct(Points(points.X, points.Y, axis)), points.Marker == Marker.None ? Marker.Circle : points.Marker, points.Size, colour));
                break;
            case StepSeries step:
                (double[] x, double[] y) = PanelContent.Stairs(step);
                items.Add(new SceneStroke(Polylines(x, y, axis), colour, step.Width, PanelContent.DashOf(_panel, index, step.Dash)));
                break;
            case BarSeries bars:
                var whiskers = new List<IReadOnlyList<Place>>();
                foreach (PanelContent.Bar bar in PanelContent.Bars(_panel, bars))
                {
                    items.Add(new SceneBox(Between(bar.X0, bar.Foot, bar.X1, bar.Top, axis), colour, 0.9));
                    if (double.IsFinite(bar.Error) && bar.Error > 0)
                        Whisker(whiskers, (bar.X0 + bar.X1) / 2, bar.Top - bar.Error, bar.Top + bar.Error, axis, Math.Min(4, (bar.X1 - bar.X0) * Area.Width / 8));
                }

                if (whiskers.Count > 0)
                    items.Add(new SceneStroke(whiskers, Palette.Ink, 1));
                break;
            case HistogramSeries histogram:
                for (int k = 0; k + 1 < histogram.Edges.Count && k < histogram.Counts.Count; k++)
                {
                    if (histogram.Counts[k] > 0)
                        items.Add(new SceneBox(Between(histogram.Edges[k], axis.Axis.Scale == AxisScale.Logarithmic ? axis.Minimum : 0, histogram.Edges[k + 1], histogram.Counts[k], axis), colour, 0.55, Palette.White, 0.6));
                }

                break;
            case IntervalSeries points:
                DrawIntervals(points, colour, axis, items);
                break;
            case RectangleSeries boxes:
                foreach (Rectangle r in PanelContent.Finite(boxes))
                    items.Add(new SceneBox(Between(r.X0, r.Y0, r.X1, r.Y1, axis), colour, boxes.Opacity, boxes.Outlined ? colour : null, boxes.Outlined ? 1.1 : 0));
                break;
            case HeatMapSeries matrix:
                DrawMatrix(matrix, items);
                break;
            case ImageGridSeries images:
                DrawTiles(images, items);
                break;
        }

        foreach (SceneItem item in items)
        {
            SceneItem clipped = item is SceneText or SceneImage ? item : item with { Clip = Area.Grown(item is SceneMarks ? 4 : 1.5) };
            _data.Add(clipped);
            ink.Mark(item);
        }
    }

    private Box Between(double x0, double y0, double x1, double y1, ScaledAxis axis)
    {
        double left = X(x0);
        double right = X(x1);
        double a = Y(axis, y0);
        double b = Y(axis, y1);
        a = double.IsNaN(a) ? Area.Bottom : a;
        b = double.IsNaN(b) ? Area.Bottom : b;
        left = double.IsNaN(left) ? Area.X : left;
        right = double.IsNaN(right) ? Area.X : right;
        return new(Math.Min(left, right), Math.Min(a, b), Math.Abs(right - left), Math.Abs(a - b));
    }

    private void Whisker(List<IReadOnlyList<Place>> lines, double x, double from, double to, ScaledAxis axis, double half)
    {
        double px = X(x);
        double low = Y(axis, from);
        double high = Y(axis, to);
        low = double.IsNaN(low) ? Area.Bottom : low;
        if (double.IsNaN(high))
            return;
        lines.Add([new(px, low), new(px, high)]);
        lines.Add([new(px - half, low), new(px + half, low)]);
        lines.Add([new(px - half, high), new(px + half, high)]);
    }

    private void DrawIntervals(IntervalSeries series, Colour colour, ScaledAxis axis, List<SceneItem> items)
    {
        var strokes = new List<IReadOnlyList<Place>>();
        bool upright = series.Direction == Direction.Vertical;
        double half = series.Cap / 2;
        foreach ((double x0, double y0, double x1, double y1) in PanelContent.Intervals(series))
        {
            // An end that a logarithmic axis cannot show lies beyond its edge.
            var from = new Place(upright || !double.IsNaN(X(x0)) ? X(x0) : Area.X, upright && double.IsNaN(Y(axis, y0)) ? Area.Bottom : Y(axis, y0));
            var to = new Place(X(x1), Y(axis, y1));
            if (double.IsNaN(from.X + from.Y + to.X + to.Y))
                continue;
            strokes.Add([from, to]);
            foreach (Place end in (ReadOnlySpan<Place>)[from, to])
                strokes.Add(upright ? [new(end.X - half, end.Y), new(end.X + half, end.Y)] : [new(end.X, end.Y - half), new(end.X, end.Y + half)]);
        }

        if (strokes.Count > 0)
            items.Add(new SceneStroke(strokes, colour, series.Width));
        if (series.Marker != Marker.None)
            items.Add(new SceneMarks(Distinct(Points(series.X, series.Y, axis)), series.Marker, series.Size, colour));
    }

    private Place[] Points(IReadOnlyList<double> x, IReadOnlyList<double> y, ScaledAxis axis)
    {
        int n = Math.Min(x.Count, y.Count);
        var points = new Place[n];
        for (int k = 0; k < n; k++)
            points[k] = new(X(x[k]), Y(axis, y[k]));
        return points;
    }

    private List<IReadOnlyList<Place>> Polylines(IReadOnlyList<double> x, IReadOnlyList<double> y, ScaledAxis axis)
    {
        Place[] points = Points(x, y, axis);
        if (points.Length > Decimation.Threshold)
        {
            double[] px = Array.ConvertAll(points, static p => p.X);
            double[] py = Array.ConvertAll(points, static p => p.Y);
            points = Array.ConvertAll(Decimation.Indices(px, py, Math.Max(100, (int)(Area.Width * 1.5))), k => points[k]);
        }

        var lines = new List<IReadOnlyList<Place>>();
        var line = new List<Place>();
        foreach (Place p in points)
        {
            if (double.IsNaN(p.X) || double.IsNaN(p.Y))
            {
                if (line.Count > 0)
                    lines.Add(line);
                line = [];
                continue;
            }

            line.Add(p);
        }

        if (line.Count > 0)
            lines.Add(line);
        return lines;
    }

    private List<IReadOnlyList<Place>> Band(LineSeries line, ScaledAxis axis)
    {
        int n = Math.Min(line.X.Count, Math.Min(line.Lower.Count, line.Upper.Count));
        var polygons = new List<IReadOnlyList<Place>>();
        var upper = new List<Place>();
        var lower = new List<Place>();
        for (int k = 0; k <= n; k++)
        {
            double x = k < n ? X(line.X[k]) : double.NaN;
            double top = k < n ? Y(axis, line.Upper[k]) : double.NaN;
            double bottom = k < n ? Y(axis, line.Lower[k]) : double.NaN;
            if (!double.IsNaN(top) && double.IsNaN(bottom) && axis.Axis.Scale == AxisScale.Logarithmic && line.Lower[k] <= 0)
                bottom = Area.Bottom;
            if (double.IsNaN(x) || double.IsNaN(top) || double.IsNaN(bottom))
            {
                if (upper.Count > 1)
                    polygons.Add([.. Thin(upper), .. Thin(lower).Reverse()]);
                upper.Clear();
                lower.Clear();
                continue;
            }

            upper.Add(new(x, top));
            lower.Add(new(x, bottom));
        }

        return polygons;

        Place[] Thin(List<Place> edge)
        {
            if (edge.Count <= Decimation.Threshold)
                return [.. edge];
            double[] px = [.. edge.Select(static p => p.X)];
            double[] py = [.. edge.Select(static p => p.Y)];
            return Array.ConvertAll(Decimation.Indices(px, py, Math.Max(100, (int)Area.Width)), k => edge[k]);
        }
    }

    /// <summary>Markers of a line, thinned so that they stand apart.</summary>
    private static List<Place> Spread(Place[] points)
    {
        const double apart = 11;
        var kept = new List<Place>();
        double travelled = apart;
        Place before = default;
        foreach (Place p in points)
        {
            if (double.IsNaN(p.X) || double.IsNaN(p.Y))
                continue;
            if (kept.Count > 0)
                travelled += Math.Max(Math.Abs(p.X - before.X), Math.Abs(p.Y - before.Y) / 4);
            before = p;
            if (travelled < apart)
                continue;
            kept.Add(p);
            travelled = 0;
        }

        return kept;
    }

    /// <summary>Markers without those that fall on the same half pixel as another.</summary>
    private static List<Place> Distinct(Place[] points)
    {
        var seen = new HashSet<(long, long)>();
        var kept = new List<Place>();
        foreach (Place p in points)
        {
            if (!double.IsNaN(p.X) && !double.IsNaN(p.Y) && (points.Length <= Decimation.Threshold || seen.Add(((long)(2 * p.X), (long)(2 * p.Y)))))
                kept.Add(p);
        }

        return kept;
    }

    private void DrawMatrix(HeatMapSeries matrix, List<SceneItem> items)
    {
        const int mostBoxes = 400;
        (double Minimum, double Maximum) range = matrix.ValueRange();
        if (matrix.Rows * matrix.Columns <= mostBoxes)
        {
            double gap = Math.Min(Area.Width / matrix.Columns, Area.Height / matrix.Rows) > 9 ? 0.5 : 0;
            for (int r = 0; r < matrix.Rows; r++)
            {
                for (int c = 0; c < matrix.Columns; c++)
                {
                    Box cell = Between(c - 0.5, r - 0.5, c + 0.5, r + 0.5, _y);
                    items.Add(new SceneBox(cell.Grown(-gap), matrix.Scale.At(matrix.ColourShare(matrix.Values[(r * matrix.Columns) + c], range), 0, 1)));
                }
            }
        }
        else
        {
            (double[] values, int columns, int rows) = Coarsened(matrix);
            int enlarge = (int)Math.Clamp(Math.Ceiling(900.0 / Math.Max(columns, rows)), 1, 16);
            byte[] png = PngEncoder.Encode(Rounded(Array.ConvertAll(values, v => matrix.ColourShare(v, range))), columns, rows, matrix.Scale, 0, 1, enlarge);
            items.Add(new SceneImage(Between(-0.5, -0.5, matrix.Columns - 0.5, matrix.Rows - 0.5, _y), png));
        }

        if (matrix.CellTexts.Count == 0)
            return;
        double widest = Area.Width / matrix.Columns;
        double highest = Area.Height / matrix.Rows;
        double longest = Math.Max(1e-9, matrix.CellTexts.Max(static t => FontMetrics.Width(t, 1)));
        double size = Math.Min(TickSize, Math.Min((widest - 4) / longest, (highest - 3) / 1.0));
        if (size < 6)
            return;
        for (int k = 0; k < Math.Min(matrix.CellTexts.Count, matrix.Rows * matrix.Columns); k++)
        {
            Box cell = Between((k % matrix.Columns) - 0.5, (k / matrix.Columns) - 0.5, (k % matrix.Columns) + 0.5, (k / matrix.Columns) + 0.5, _y);
            Colour behind = matrix.Scale.At(matrix.ColourShare(matrix.Values[k], range), 0, 1);
            if (matrix.CellTexts[k].Length > 0)
            {
                items.Add(new SceneText(new(cell.X + (cell.Width / 2), cell.Y + (cell.Height / 2) + (size * 0.35)), matrix.CellTexts[k], size)
                {
                    Anchor = Anchor.Middle,
                    Colour = behind.Luminance > 0.36 ? Palette.Ink : Palette.White,
                });
            }
        }
    }

    /// <summary>Large matrices in 63 steps of colour, which no eye tells from 255 in cells that small but which pack to half the bytes.</summary>
    private static double[] Rounded(double[] shares)
    {
        const int large = 1 << 15;
        const double steps = 62;
        return shares.Length < large ? shares : Array.ConvertAll(shares, static v => Math.Round(v * steps) / steps);
    }

    /// <summary>The matrix, averaged over blocks when it has far more cells than paper has dots.</summary>
    private static (double[] Values, int Columns, int Rows) Coarsened(HeatMapSeries matrix)
    {
        const int most = 1024;
        int across = (matrix.Columns + most - 1) / most;
        int down = (matrix.Rows + most - 1) / most;
        int columns = (matrix.Columns + across - 1) / across;
        int rows = (matrix.Rows + down - 1) / down;
        var values = new double[rows * columns];
        for (int r = 0; r < rows; r++)
        {
            for (int c = 0; c < columns; c++)
            {
                double sum = 0;
                int count = 0;
                for (int i = r * down; i < Math.Min(matrix.Rows, (r + 1) * down); i++)
                {
                    for (int j = c * across; j < Math.Min(matrix.Columns, (c + 1) * across); j++)
                    {
                        double v = matrix.Values[(i * matrix.Columns) + j];
                        if (double.IsNaN(v))
                            continue;
                        sum += v;
                        count++;
                    }
                }

                values[(r * columns) + c] = count > 0 ? sum / count : double.NaN;
            }
        }

        return (values, columns, rows);
    }

    private void DrawTiles(ImageGridSeries images, List<SceneItem> items)
    {
        (int columns, int rows) = images.GridSize();
        double tile = TileWidth(images, columns, rows, Area.Grown(0.01));
        (double pitchX, double pitchY) = TilePitch(images, tile);
        double height = tile * images.TileHeight / Math.Max(1, images.TileWidth);
        (double Low, double High) shared = images.ScaleEachTile || images.Tiles.Count == 0 ? (0, 1) : images.ValueRange(0);
        int enlarge = (int)Math.Clamp(Math.Ceiling(112.0 / Math.Max(1, images.TileWidth)), 1, 8);
        for (int k = 0; k < images.Tiles.Count; k++)
        {
            (double low, double high) = images.ScaleEachTile ? images.ValueRange(k) : shared;
            var box = new Box(Area.X + (k % columns * pitchX), Area.Y + (k / columns * pitchY), tile, height);
            items.Add(new SceneImage(box, PngEncoder.Encode(images.Tiles[k], images.TileWidth, images.TileHeight, images.Scale, low, high, enlarge)));
            items.Add(new SceneBox(box, null, 1, Palette.Grid, 0.6));
            if (k < images.TileLabels.Count && images.TileLabels[k].Length > 0)
            {
                string text = Shortened(images.TileLabels[k], TileLabelSize, tile + TileGap(tile) - 2);
                if (FontMetrics.Width(text, TileLabelSize) <= tile + TileGap(tile) - 1)
                    items.Add(new SceneText(new(box.X + (tile / 2), box.Bottom + (TileLabelSize * 0.98)), text, TileLabelSize) { Anchor = Anchor.Middle, Colour = Palette.SoftInk });
            }
        }
    }

    private SceneText? PlaceNote(ReferenceLine line, Occupancy ink)
    {
        double width = FontMetrics.Width(line.Label, TickSize);
        const double above = 4;
        const double ascent = FontMetrics.Ascent * TickSize;
        (Place At, Anchor Anchor)[] places;
        if (line.Direction == Direction.Horizontal)
        {
            double at = Y(_y, line.Value);
            double over = at - above;
            double under = at + above + ascent - 1;
            places =
            [
                (new(Area.Right - 4, over), Anchor.End), (new(Area.Right - 4, under), Anchor.End), (new(Area.X + 6, over), Anchor.Start), (new(Area.X + 6, under), Anchor.Start),
                (new(Area.X + (Area.Width / 2), over), Anchor.Middle), (new(Area.X + (Area.Width / 2), under), Anchor.Middle),
            ];
        }
        else
        {
            double at = X(line.Value);
            double top = Area.Y + ascent + 3;
            double bottom = Area.Bottom - 6;
            places =
            [
                (new(at + 4, top), Anchor.Start), (new(at - 4, top), Anchor.End), (new(at + 4, bottom), Anchor.Start), (new(at - 4, bottom), Anchor.End),
                (new(at + 4, top + 14), Anchor.Start), (new(at - 4, top + 14), Anchor.End), (new(at + 4, top + 28), Anchor.Start), (new(at - 4, top + 28), Anchor.End),
            ];
        }

        SceneText? best = null;
        int fewest = int.MaxValue;
        foreach ((Place at, Anchor anchor) in places)
        {
            var text = new SceneText(at, line.Label, TickSize) { Anchor = anchor, Colour = line.Colour.Towards(Palette.Black, 0.35), Halo = true };
            Box bounds = text.Bounds();
            if (!Area.Grown(1).Holds(bounds) || _notes.Any(n => n.Overlaps(text)) || _data.OfType<SceneText>().Any(n => n.Overlaps(text)))
                continue;
            int covered = ink.Count(bounds.Grown(-1));
            if (covered < fewest)
                (best, fewest) = (text, covered);
        }

        // A label that would hide much of the data goes to the legend instead.
        return fewest * 16 > 0.5 * width * TickSize ? null : best;
    }

    private LegendEntry[] LegendEntries()
    {
        if (_panel.Legend == LegendPlacement.None)
            return [];
        var entries = new List<LegendEntry>();
        for (int k = 0; k < _panel.Series.Count; k++)
        {
            Series series = _panel.Series[k];
            if (series.Label.Length == 0 || series is HeatMapSeries or ImageGridSeries)
                continue;
            Colour colour = PanelContent.ColourOf(_panel, k);
            string label = series.OnSecondAxis && _second is not null ? series.Label + " (right)" : series.Label;
            entries.Add(series switch
            {
                LineSeries line => new(label, colour, PanelContent.DashOf(_panel, k, line.Dash), line.Width, line.Marker, 5.5, false, line.Lower.Count > 0),
                StepSeries step => new(label, colour, PanelContent.DashOf(_panel, k, step.Dash), step.Width, Marker.None, 0, false, false),
                ScatterSeries points => new(label, colour, Dash.Solid, 0, points.Marker == Marker.None ? Marker.Circle : points.Marker, Math.Max(4, points.Size), false, false),
                IntervalSeries points => new(label, colour, Dash.Solid, points.Width, points.Marker, points.Size, false, false),
                RectangleSeries boxes => new(label, Palette.White.Towards(colour, boxes.Opacity), Dash.Solid, 0, Marker.None, 0, true, false),
                _ => new(label, colour, Dash.Solid, 0, Marker.None, 0, true, false),
            });
        }

        foreach (ReferenceLine line in _panel.ReferenceLines)
        {
            if (_unplaced.Contains(line))
                entries.Add(new(line.Label, line.Colour, line.Dash, 1.1, Marker.None, 0, false, false));
        }

        foreach (BackgroundSpan span in _panel.Spans)
        {
            bool listed = span.Label.Length > 0 && (_spansInLegend || span.Direction == Direction.Horizontal);
            if (listed && !entries.Exists(e => e.IsPatch && string.Equals(e.Label, span.Label, StringComparison.Ordinal)))
                entries.Add(new(span.Label, SpanColour(span), Dash.Solid, 0, Marker.None, 0, true, false));
        }

        if (_panel.Legend == LegendPlacement.Right)
            return [.. entries.Select(e => e with { Label = Shortened(e.Label, LegendSize, 0.4 * _cellWidth) })];
        return [.. entries];
    }

    /// <summary>The share of the X axis that a span covers.</summary>
    private double SpanWidth(BackgroundSpan span) => Math.Abs(Math.Clamp(_x.Share(span.To), 0, 1) - Math.Clamp(_x.Share(span.From), 0, 1));

    private static Colour SpanColour(BackgroundSpan span) => Palette.White.Towards(span.Colour, 0.17);

    /// <summary>Entries in rows of equal columns no wider than allowed; long labels are shortened to that.</summary>
    private IReadOnlyList<IReadOnlyList<LegendEntry>> Flow(LegendEntry[] entries, double width)
    {
        entries = Array.ConvertAll(entries, e => e with { Label = Shortened(e.Label, LegendSize, width - Swatch - SwatchGap) });
        _legendColumnWidth = entries.Max(static e => e.Width);
        int columns = Math.Clamp((int)((width + 14) / (_legendColumnWidth + 14)), 1, entries.Length);
        int rows = (entries.Length + columns - 1) / columns;
        columns = (entries.Length + rows - 1) / rows;
        return [.. entries.Chunk(columns)];
    }

    private bool PlaceLegend(Occupancy ink)
    {
        LegendEntry[] entries = LegendEntries();
        if (entries.Length == 0)
            return true;
        const double row = LegendSize * FontMetrics.LineHeight;
        _legendHasBox = false;
        if (_legendAbove)
        {
            double strip = HasSpanStrip ? TickSize * FontMetrics.LineHeight : 0;
            double y = Area.Y - strip - _labelOverhang - 6 - (_legendRows.Count * row);
            foreach (IReadOnlyList<LegendEntry> line in _legendRows)
            {
                for (int k = 0; k < line.Count; k++)
                    _legend.Add((line[k], new(Area.X + (k * (_legendColumnWidth + 14)), y)));
                y += row;
            }

            return _legendRows.Sum(static r => r.Count) == entries.Length;
        }

        if (_panel.Legend == LegendPlacement.Right)
        {
            for (int k = 0; k < entries.Length; k++)
                _legend.Add((entries[k], new(Area.Right + Margins.Right - Edge - _legendColumnWidth, Area.Y + (k * row))));
            return true;
        }

        const double pad = 5;
        double width = entries.Max(static e => e.Width) + (2 * pad);
        double height = (entries.Length * row) + (2 * pad) - 3;
        const double inset = 6;
        double left = Area.X + inset;
        double right = Area.Right - inset - width;
        double top = Area.Y + inset;
        double bottom = Area.Bottom - inset - height;
        if (width < Area.Width * 0.7 && height < Area.Height * 0.6)
        {
            double middle = (top + bottom) / 2;
            double centre = (left + right) / 2;
            foreach (Place corner in (ReadOnlySpan<Place>)[new(right, top), new(left, top), new(right, bottom), new(left, bottom), new(right, middle), new(left, middle), new(centre, top), new(centre, bottom)])
            {
                var box = new Box(corner.X, corner.Y, width, height);
                if (ink.Count(box.Grown(3)) > 0)
                    continue;
                _legendHasBox = true;
                _legendBox = box;
                for (int k = 0; k < entries.Length; k++)
                    _legend.Add((entries[k], new(corner.X + pad, corner.Y + pad - 1.5 + (k * row))));
                return true;
            }
        }

        _legendAbove = true;
        return false;
    }

    private void DrawLegendEntry(Scene scene, LegendEntry entry, Place at)
    {
        double middle = at.Y + (LegendSize * FontMetrics.LineHeight / 2);
        if (entry.IsPatch)
        {
            scene.Add(new SceneBox(new(at.X + 4, middle - 4.5, Swatch - 8, 9), entry.Colour, 1, Palette.Grid, 0.5));
        }
        else
        {
            if (entry.HasBand)
                scene.Add(new SceneBox(new(at.X, middle - 4.5, Swatch, 9), entry.Colour, 0.18));
            if (entry.StrokeWidth > 0)
                scene.Add(new SceneStroke([[new(at.X, middle), new(at.X + Swatch, middle)]], entry.Colour, entry.StrokeWidth, entry.Dash));
            if (entry.Marker != Marker.None)
                scene.Add(new SceneMarks([new(at.X + (Swatch / 2), middle)], entry.Marker, entry.MarkerSize, entry.Colour));
        }

        scene.Add(new SceneText(new(at.X + Swatch + SwatchGap, middle + (LegendSize * 0.35)), entry.Label, LegendSize));
    }

    private void DrawSpans(Scene scene)
    {
        foreach (BackgroundSpan span in _panel.Spans)
        {
            double a = span.Direction == Direction.Vertical ? X(span.From) : Y(_y, span.From);
            double b = span.Direction == Direction.Vertical ? X(span.To) : Y(_y, span.To);
            if (double.IsNaN(a) || double.IsNaN(b))
                continue;
            double low = Math.Min(a, b);
            double high = Math.Max(a, b);
            Box box;
            if (span.Direction == Direction.Vertical)
            {
                low = Math.Clamp(low, Area.X, Area.Right);
                high = Math.Clamp(high, Area.X, Area.Right);
                box = new(low, Area.Y, high - low, Area.Height);
            }
            else
            {
                low = Math.Clamp(low, Area.Y, Area.Bottom);
                high = Math.Clamp(high, Area.Y, Area.Bottom);
                box = new(Area.X, low, Area.Width, high - low);
            }

            if (box.Width <= 0 || box.Height <= 0)
                continue;
            scene.Add(new SceneBox(box, SpanColour(span)));
            if (span.Label.Length > 0 && span.Direction == Direction.Vertical && !_spansInLegend)
            {
                scene.Add(new SceneText(new(low + (box.Width / 2), Area.Y - 5), span.Label, TickSize)
                {
                    Anchor = Anchor.Middle,
                    Colour = span.Colour.Towards(Palette.Black, 0.45),
                });
            }
        }
    }

    private void DrawGrid(Scene scene)
    {
        if (_matrix is not null)
            return;
        bool bars = _panel.Series.Any(static s => s is BarSeries or HistogramSeries);
        bool rows = _y.Axis.Categories.Count > 0;
        var lines = new List<IReadOnlyList<Place>>();
        if (!rows)
        {
            foreach (Tick t in _yTicks.Major)
                lines.Add([new(Area.X, Y(_y, t.Value)), new(Area.Right, Y(_y, t.Value))]);
        }

        if (!bars && _x.Axis.Categories.Count == 0)
        {
            foreach (Tick t in _xTicks.Major)
                lines.Add([new(X(t.Value), Area.Y), new(X(t.Value), Area.Bottom)]);
        }

        if (lines.Count > 0)
            scene.Add(new SceneStroke(lines, Palette.Grid, 0.7));
    }

    private void DrawAxes(Scene scene, Box cell)
    {
        var lines = new List<IReadOnlyList<Place>>();
        bool framed = _matrix is not null;
        if (framed)
            lines.Add([new(Area.X, Area.Y), new(Area.Right, Area.Y), new(Area.Right, Area.Bottom), new(Area.X, Area.Bottom), new(Area.X, Area.Y)]);
        if (!_x.Axis.Hidden)
        {
            if (!framed)
                lines.Add([new(Area.X, Area.Bottom), new(Area.Right, Area.Bottom)]);
            bool zeroInside = !framed && _panel.Series.Any(static s => s is BarSeries) && _y.Axis.Scale == AxisScale.Linear && _y.Minimum < 0 && _y.Maximum > 0;
            if (zeroInside)
                lines.Add([new(Area.X, Y(_y, 0)), new(Area.Right, Y(_y, 0))]);
            foreach (Tick t in _xTicks.Major)
                lines.Add([new(X(t.Value), Area.Bottom), new(X(t.Value), Area.Bottom + TickLength)]);
            foreach (double v in _xTicks.Minor)
                lines.Add([new(X(v), Area.Bottom), new(X(v), Area.Bottom + (TickLength / 2))]);
            DrawXLabels(scene);
            double y = Area.Bottom + TickLength + TickGap + _xLabels.Height + 4;
            foreach (string line in _xLabel)
            {
                scene.Add(new SceneText(new(Area.X + (Area.Width / 2), y + (LabelSize * 0.9)), line, LabelSize) { Anchor = Anchor.Middle });
                y += LabelSize * FontMetrics.LineHeight;
            }
        }

        if (!_y.Axis.Hidden)
        {
            if (!framed)
                lines.Add([new(Area.X, Area.Y), new(Area.X, Area.Bottom)]);
            foreach (Tick t in _yTicks.Major)
            {
                double y = Y(_y, t.Value);
                lines.Add([new(Area.X - TickLength, y), new(Area.X, y)]);
                scene.Add(new SceneText(new(Area.X - TickLength - TickGap, y + (TickSize * 0.35)), t.Label, TickSize) { Anchor = Anchor.End });
            }

            foreach (double v in _yTicks.Minor)
                lines.Add([new(Area.X - (TickLength / 2), Y(_y, v)), new(Area.X, Y(_y, v))]);
            // Labels of a column line up, except where the left margin is wide for another reason (long slanted labels below).
            double near = Area.X - TickLength - TickGap - Widest(_yTicks) - LabelBlock(_yLabel);
            double x = (near - cell.X - Edge > 32 ? near : cell.X + Edge) + (LabelSize * 0.85);
            foreach (string line in _yLabel)
            {
                scene.Add(new SceneText(new(x, Area.Y + (Area.Height / 2)), line, LabelSize) { Anchor = Anchor.Middle, Rotation = -90 });
                x += LabelSize * FontMetrics.LineHeight;
            }
        }

        if (_second is { Axis.Hidden: false })
        {
            lines.Add([new(Area.Right, Area.Y), new(Area.Right, Area.Bottom)]);
            DrawRightScale(scene, lines, Area.Right, _secondTicks, v => Y(_second, v), _secondLabel);
        }

        if (_matrix is { ColourBar: true })
        {
            (double low, double high) = _matrix.ValueRange();
            var bar = new Box(Area.Right + ColourBarGap, Area.Y, ColourBarWidth, Area.Height);
            double[] ramp = new double[ColourScale.Levels];
            for (int k = 0; k < ramp.Length; k++)
                ramp[k] = _matrix.ColourShare(high - ((high - low) * k / (ramp.Length - 1)), (low, high));
            scene.Add(new SceneImage(bar, PngEncoder.Encode(ramp, 1, ramp.Length, _matrix.Scale, 0, 1)));
            scene.Add(new SceneBox(bar, null, 1, Palette.AxisLine, 0.8));
            DrawRightScale(scene, lines, bar.Right, _colourTicks, v => bar.Bottom - ((v - low) / (high - low) * bar.Height), _colourLabel);
        }

        scene.Add(new SceneStroke(lines, Palette.AxisLine, 0.8));
    }

    private void DrawRightScale(Scene scene, List<IReadOnlyList<Place>> lines, double x, AxisTicks ticks, Func<double, double> place, IReadOnlyList<string> label)
    {
        foreach (Tick t in ticks.Major)
        {
            double y = place(t.Value);
            lines.Add([new(x, y), new(x + TickLength, y)]);
            scene.Add(new SceneText(new(x + TickLength + TickGap, y + (TickSize * 0.35)), t.Label, TickSize));
        }

        foreach (double v in ticks.Minor)
            lines.Add([new(x, place(v)), new(x + (TickLength / 2), place(v))]);
        double at = x + TickLength + TickGap + Widest(ticks) + 4 + (LabelSize * 0.85);
        foreach (string line in label)
        {
            scene.Add(new SceneText(new(at, Area.Y + (Area.Height / 2)), line, LabelSize) { Anchor = Anchor.Middle, Rotation = -90 });
            at += LabelSize * FontMetrics.LineHeight;
        }
    }

    private void DrawXLabels(Scene scene)
    {
        foreach ((double share, IReadOnlyList<string> text) in _xLabels.Labels)
        {
            double x = Area.X + (share * Area.Width);
            double y = Area.Bottom + TickLength + TickGap;
            if (_xLabels.Rotation != 0)
            {
                scene.Add(RotatedLabel(new(x, y), text[0], _xLabels.Rotation));
                continue;
            }

            foreach (string line in text)
            {
                scene.Add(new SceneText(new(x, y + (TickSize * 0.9)), line, TickSize) { Anchor = Anchor.Middle });
                y += TickSize * FontMetrics.LineHeight;
            }
        }
    }

    /// <summary>The labels under an X axis, at shares of its length, and the room they take.</summary>
    private sealed record XLabels(IReadOnlyList<(double Share, IReadOnlyList<string> Lines)> Labels, double Rotation, double Height, double LeftOverhang, double RightOverhang);

    private sealed record LegendEntry(string Label, Colour Colour, Dash Dash, double StrokeWidth, Marker Marker, double MarkerSize, bool IsPatch, bool HasBand)
    {
        public double Width => Swatch + SwatchGap + FontMetrics.Width(Label, LegendSize);
    }
}
