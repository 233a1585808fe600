namespace AnalogLearn.Plots;

/// <summary>Which parts of a plot hold ink, on a coarse raster: so that legends and labels find empty places.</summary>
internal sealed class Occupancy
{
    private const double Cell = 4;
    private readonly Box _area;
    private readonly int _columns;
    private readonly int _rows;
    private readonly bool[] _taken;

    public Occupancy(Box area)
    {
        _area = area;
        _columns = Math.Max(1, (int)Math.Ceiling(area.Width / Cell));
        _rows = Math.Max(1, (int)Math.Ceiling(area.Height / Cell));
        _taken = new bool[_columns * _rows];
    }

    /// <summary>Marks what an item covers.</summary>
    public void Mark(SceneItem item)
    {
        switch (item)
        {
            case SceneStroke stroke:
                foreach (IReadOnlyList<Place> line in stroke.Lines)
                {
                    for (int k = 0; k < line.Count; k++)
                        Segment(line[Math.Max(0, k - 1)], line[k]);
                }

                break;
            case SceneArea area:
                foreach (IReadOnlyList<Place> polygon in area.Polygons)
                    Polygon(polygon);
                break;
            case SceneBox box:
                Mark(box.Box);
                break;
            case SceneImage image:
                Mark(image.Box);
                break;
            case SceneMarks marks:
                foreach (Place p in marks.Places)
                    Mark(new Box(p.X - (marks.Size / 2), p.Y - (marks.Size / 2), marks.Size, marks.Size));
                break;
            case SceneText text:
                Mark(text.Bounds());
                break;
        }
    }

    /// <summary>Marks a box.</summary>
    public void Mark(Box box)
    {
        (int c0, int r0, int c1, int r1) = Cells(box);
        for (int r = r0; r <= r1; r++)
        {
            for (int c = c0; c <= c1; c++)
                _taken[(r * _columns) + c] = true;
        }
    }

    /// <summary>How many cells of a box are taken.</summary>
    public int Count(Box box)
    {
        (int c0, int r0, int c1, int r1) = Cells(box);
        int taken = 0;
        for (int r = r0; r <= r1; r++)
        {
            for (int c = c0; c <= c1; c++)
                taken += _taken[(r * _columns) + c] ? 1 : 0;
        }

        return taken;
    }

    private (int C0, int R0, int C1, int R1) Cells(Box box) => (
        (int)Math.Clamp(Math.Floor((box.X - _area.X) / Cell), 0, _columns),
        (int)Math.Clamp(Math.Floor((box.Y - _area.Y) / Cell), 0, _rows),
        (int)Math.Clamp(Math.Floor((box.Right - _area.X) / Cell), -1, _columns - 1),
        (int)Math.Clamp(Math.Floor((box.Bottom - _area.Y) / Cell), -1, _rows - 1));

    private void Segment(Place a, Place b)
    {
        // Liang–Barsky against the area first, so that far-away points cost nothing.
        double t0 = 0;
        double t1 = 1;
        double dx = b.X - a.X;
        double dy = b.Y - a.Y;
        if (!Cut(-dx, a.X - _area.X) || !Cut(dx, _area.Right - a.X) || !Cut(-dy, a.Y - _area.Y) || !Cut(dy, _area.Bottom - a.Y))
            return;
        int steps = 1 + (int)((t1 - t0) * (Math.Abs(dx) + Math.Abs(dy)) / (Cell / 2));
        for (int k = 0; k <= steps; k++)
        {
            double t = t0 + ((t1 - t0) * k / steps);
            int c = Math.Clamp((int)((a.X + (t * dx) - _area.X) / Cell), 0, _columns - 1);
            int r = Math.Clamp((int)((a.Y + (t * dy) - _area.Y) / Cell), 0, _rows - 1);
            _taken[(r * _columns) + c] = true;
        }

        bool Cut(double p, double q)
        {
            if (p == 0)
                return q >= 0;
            double t = q / p;
            if (p < 0)
                t0 = Math.Max(t0, t);
            else
                t1 = Math.Min(t1, t);
            return t0 <= t1;
        }
    }

    private void Polygon(IReadOnlyList<Place> corners)
    {
        var crossings = new List<double>();
        for (int r = 0; r < _rows; r++)
        {
            double y = _area.Y + ((r + 0.5) * Cell);
            crossings.Clear();
            for (int k = 0; k < corners.Count; k++)
            {
                Place a = corners[k];
                Place b = corners[(k + 1) % corners.Count];
                if ((a.Y > y) != (b.Y > y))
                    crossings.Add(a.X + ((y - a.Y) / (b.Y - a.Y) * (b.X - a.X)));
            }

            crossings.Sort();
            for (int k = 0; k + 1 < crossings.Count; k += 2)
                Mark(new Box(crossings[k], y, crossings[k + 1] - crossings[k], 0.1));
        }

        for (int k = 0; k < corners.Count; k++)
            Segment(corners[k], corners[(k + 1) % corners.Count]);
    }
}
