namespace AnalogLearn.Plots;

/// <summary>A place on the drawing, in CSS pixels from the upper left corner.</summary>
internal readonly record struct Place(double X, double Y);

/// <summary>An upright rectangle on the drawing.</summary>
internal readonly record struct Box(double X, double Y, double Width, double Height)
{
    public double Right => X + Width;

    public double Bottom => Y + Height;

    public bool Intersects(Box other) => X < other.Right && other.X < Right && Y < other.Bottom && other.Y < Bottom;

    public Box Grown(double by) => new(X - by, Y - by, Width + (2 * by), Height + (2 * by));

    public bool Holds(Box other) => other.X >= X && other.Y >= Y && other.Right <= Right && other.Bottom <= Bottom;
}

/// <summary>One thing drawn. A scene is what a figure becomes once every number has a place.</summary>
internal abstract record SceneItem
{
    /// <summary>Nothing outside this box is drawn.</summary>
    public Box? Clip { get; init; }
}

/// <summary>Open polylines of one stroke.</summary>
internal sealed record SceneStroke(IReadOnlyList<IReadOnlyList<Place>> Lines, Colour Colour, double Width, Dash Dash = Dash.Solid) : SceneItem;

/// <summary>Filled polygons.</summary>
internal sealed record SceneArea(IReadOnlyList<IReadOnlyList<Place>> Polygons, Colour Fill, double Opacity) : SceneItem;

/// <summary>A filled or outlined rectangle.</summary>
internal sealed record SceneBox(Box Box, Colour? Fill, double Opacity = 1, Colour? Stroke = null, double StrokeWidth = 0) : SceneItem;

/// <summary>Equal markers at many places.</summary>
internal sealed record SceneMarks(IReadOnlyList<Place> Places, Marker Marker, double Size, Colour Colour) : SceneItem;

/// <summary>A raster image stretched over a box.</summary>
internal sealed record SceneImage(Box Box, byte[] Png) : SceneItem;

/// <summary>Where a text stands relative to its place.</summary>
internal enum Anchor
{
    Start,
    Middle,
    End,
}

/// <summary>One line of text; the place is on its baseline. Rotation is in degrees, clockwise, about the place.</summary>
internal sealed record SceneText(Place Place, string Text, double Size) : SceneItem
{
    public Anchor Anchor { get; init; }

    public bool Bold { get; init; }

    public Colour Colour { get; init; } = Palette.Ink;

    public double Rotation { get; init; }

    /// <summary>Whether white surrounds the letters so that lines behind do not disturb.</summary>
    public bool Halo { get; init; }

    public double Width => FontMetrics.Width(Text, Size, Bold);

    /// <summary>The four corners of the text's box as drawn.</summary>
    public Place[] Corners()
    {
        double width = Width;
        double left = Anchor switch { Anchor.Start => 0, Anchor.Middle => -width / 2, _ => -width };
        double top = -FontMetrics.Ascent * Size;
        double bottom = FontMetrics.Descent * Size;
        (double sin, double cos) = Math.SinCos(Rotation * Math.PI / 180);
        return [At(left, top), At(left + width, top), At(left + width, bottom), At(left, bottom)];

        Place At(double x, double y) => new(Place.X + (x * cos) - (y * sin), Place.Y + (x * sin) + (y * cos));
    }

    /// <summary>The upright box about the text as drawn.</summary>
    public Box Bounds()
    {
        Place[] corners = Corners();
        double left = corners.Min(static c => c.X);
        double top = corners.Min(static c => c.Y);
        return new(left, top, corners.Max(static c => c.X) - left, corners.Max(static c => c.Y) - top);
    }

    /// <summary>Whether two texts share area (separating axes of the two rotated boxes).</summary>
    public bool Overlaps(SceneText other)
    {
        Place[] a = Corners();
        Place[] b = other.Corners();
        return !Separated(a, b, a) && !Separated(a, b, b);

        static bool Separated(Place[] a, Place[] b, Place[] edges)
        {
            for (int k = 0; k < 2; k++)
            {
                double nx = edges[k + 1].X - edges[k].X;
                double ny = edges[k + 1].Y - edges[k].Y;
                double length = Math.Sqrt((nx * nx) + (ny * ny));
                if (length == 0)
                    return true;
                nx /= length;
                ny /= length;
                const double touch = 0.01;
                if (a.Max(p => (p.X * nx) + (p.Y * ny)) <= b.Min(p => (p.X * nx) + (p.Y * ny)) + touch || b.Max(p => (p.X * nx) + (p.Y * ny)) <= a.Min(p => (p.X * nx) + (p.Y * ny)) + touch)
                    return true;
            }

            return false;
        }
    }
}

/// <summary>A laid-out figure, ready to be written in any vector format.</summary>
internal sealed class Scene(double width, double height)
{
    private readonly List<SceneItem> _items = [];

    public double Width { get; } = width;

    public double Height { get; } = height;

    public IReadOnlyList<SceneItem> Items => _items;

    public IEnumerable<SceneText> Texts => _items.OfType<SceneText>();

    public void Add(SceneItem item) => _items.Add(item);

    public void Add(IEnumerable<SceneItem> items) => _items.AddRange(items);
}
