using System.Globalization;
using System.Text;

namespace AnalogLearn.Plots;

/// <summary>Writes figures as Scalable Vector Graphics (SVG 1.1): self-contained, the same bytes for the same figure.</summary>
public static class SvgRenderer
{
    private static readonly CultureInfo s_invariant = CultureInfo.InvariantCulture;

    /// <summary>The figure as an SVG document.</summary>
    /// <param name="figure">The figure.</param>
    public static string Render(Figure figure) => Render(figure, "f-" + figure.Name, document: true);

    /// <summary>Writes the figure to a file, UTF-8 without byte-order mark.</summary>
    /// <param name="figure">The figure.</param>
    /// <param name="path">Where to; directories that are missing are made.</param>
    public static void Save(Figure figure, string path)
    {
        if (Path.GetDirectoryName(Path.GetFullPath(path)) is { Length: > 0 } folder)
            Directory.CreateDirectory(folder);
        File.WriteAllText(path, Render(figure), new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
    }

    /// <summary>The figure as an SVG element, for example inside a page that holds several.</summary>
    /// <param name="figure">The figure.</param>
    /// <param name="id">What its internal identifiers start with; unique within the page.</param>
    /// <param name="document">Whether the XML declaration comes first.</param>
    internal static string Render(Figure figure, string id, bool document)
    {
        Scene scene = FigureLayout.Arrange(figure);
        var svg = new StringBuilder(16384);
        if (document)
            svg.Append("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
        string w = Number(scene.Width);
        string h = Number(scene.Height);
        svg.Append(s_invariant, $"<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{w}\" height=\"{h}\" viewBox=\"0 0 {w} {h}\" role=\"img\" aria-labelledby=\"{id}-t {id}-d\" font-family=\"{FontMetrics.Family}\">\n");
        svg.Append(s_invariant, $"<title id=\"{id}-t\">{Escape(FontMetrics.Plain(figure.Title.Length > 0 ? figure.Title : figure.Name))}</title>\n");
        svg.Append(s_invariant, $"<desc id=\"{id}-d\">{Escape(Description(figure))}</desc>\n");
        Dictionary<Box, string> clips = [];
        foreach (SceneItem item in scene.Items)
        {
            if (item.Clip is { } clip && !clips.ContainsKey(clip))
                clips.Add(clip, string.Create(s_invariant, $"{id}-c{clips.Count}"));
        }

        if (clips.Count > 0)
        {
            svg.Append("<defs>\n");
            foreach ((Box box, string name) in clips)
                svg.Append(s_invariant, $"<clipPath id=\"{name}\"><rect {Rectangle(box)}/></clipPath>\n");
            svg.Append("</defs>\n");
        }

        svg.Append(s_invariant, $"<rect width=\"{w}\" height=\"{h}\" fill=\"#ffffff\"/>\n");
        Box? open = null;
        foreach (SceneItem item in scene.Items)
        {
            if (item.Clip != open)
            {
                if (open is not null)
                    svg.Append("</g>\n");
                if (item.Clip is { } clip)
                    svg.Append(s_invariant, $"<g clip-path=\"url(#{clips[clip]})\">\n");
                open = item.Clip;
            }

            Write(svg, item);
        }

        if (open is not null)
            svg.Append("</g>\n");
        svg.Append("</svg>\n");
        return svg.ToString();
    }

    /// <summary>A text that may stand between tags or in a quoted attribute; characters that XML forbids become U+FFFD.</summary>
    /// <param name="text">The text.</param>
    internal static string Escape(string text)
    {
        var safe = new StringBuilder(text.Length + 16);
        for (int k = 0; k < text.Length; k++)
        {
            char c = text[k];
            switch (c)
            {
                case '&':
                    safe.Append("&amp;");
                    break;
                case '<':
                    safe.Append("&lt;");
                    break;
                case '>':
                    safe.Append("&gt;");
                    break;
                case '"':
                    safe.Append("&quot;");
                    break;
                case '\'':
                    safe.Append("&#39;");
                    break;
                case '\t' or '\n' or '\r':
                    safe.Append(c);
                    break;
                default:
                    if (char.IsHighSurrogate(c) && k + 1 < text.Length && char.IsLowSurrogate(text[k + 1]))
                        safe.Append(c).Append(text[++k]);
                    else
                        safe.Append(c < ' ' || char.IsSurrogate(c) || c >= 0xFFFE ? '\uFFFD' : c);
                    break;
            }
        }

        return safe.ToString();
    }

    private static string Description(Figure figure)
    {
        var text = new List<string>();
        if (figure.Subtitle.Length > 0)
            text.Add(figure.Subtitle);
        if (figure.Caption.Length > 0)
            text.Add(figure.Caption);
        foreach (Panel panel in figure.Panels)
        {
            string axes = panel.X.Label.Length + panel.Y.Label.Length == 0 ? string.Empty : $"{Ticks.WithUnit(panel.Y.Label, panel.Y.Unit)} against {Ticks.WithUnit(panel.X.Label, panel.X.Unit)}";
            string names = string.Join(", ", panel.Series.Where(static s => s.Label.Length > 0).Select(static s => s.Label));
            string line = string.Join(": ", new[] { panel.Title, axes, names }.Where(static t => t.Length > 0));
            if (line.Length > 0)
                text.Add(line);
        }

        return FontMetrics.Plain(string.Join(". ", text.Select(static t => t.TrimEnd('.'))));
    }

    private static void Write(StringBuilder svg, SceneItem item)
    {
        switch (item)
        {
            case SceneStroke stroke:
                svg.Append("<path d=\"");
                foreach (IReadOnlyList<Place> line in stroke.Lines)
                    Outline(svg, line, close: false);
                svg.Append(s_invariant, $"\" fill=\"none\" stroke=\"{stroke.Colour}\" stroke-width=\"{Number(stroke.Width)}\"");
                if (stroke.Dash != Dash.Solid)
                    svg.Append(s_invariant, $" stroke-dasharray=\"{DashArray(stroke.Dash, stroke.Width)}\"");
                svg.Append(stroke.Width >= 1.2 ? " stroke-linejoin=\"round\" stroke-linecap=\"round\"/>\n" : "/>\n");
                break;
            case SceneArea area:
                svg.Append("<path d=\"");
                foreach (IReadOnlyList<Place> polygon in area.Polygons)
                    Outline(svg, polygon, close: true);
                svg.Append(s_invariant, $"\" fill=\"{area.Fill}\"{Opacity(area.Opacity)}/>\n");
                break;
            case SceneBox box:
                svg.Append(s_invariant, $"<rect {Rectangle(box.Box)} fill=\"{(box.Fill is { } fill ? fill.ToString() : "none")}\"{Opacity(box.Opacity)}");
                if (box.Stroke is { } edge)
                    svg.Append(s_invariant, $" stroke=\"{edge}\" stroke-width=\"{Number(box.StrokeWidth)}\"");
                svg.Append("/>\n");
                break;
            case SceneImage image:
                svg.Append(s_invariant, $"<image {Rectangle(image.Box)} preserveAspectRatio=\"none\" image-rendering=\"optimizeSpeed\" style=\"image-rendering:pixelated\" href=\"data:image/png;base64,{Convert.ToBase64String(image.Png)}\"/>\n");
                break;
            case SceneMarks marks:
                WriteMarks(svg, marks);
                break;
            case SceneText text:
                WriteText(svg, text);
                break;
        }
    }

    private static void WriteMarks(StringBuilder svg, SceneMarks marks)
    {
        bool open = marks.Marker is Marker.Cross or Marker.Plus;
        double half = marks.Size / 2;
        svg.Append("<path d=\"");
        foreach (Place p in marks.Places)
        {
            string x = Number(p.X);
            string y = Number(p.Y);
            switch (marks.Marker)
            {
                case Marker.Square:
                    svg.Append(s_invariant, $"M{Number(p.X - (half * 0.9))} {Number(p.Y - (half * 0.9))}h{Number(half * 1.8)}v{Number(half * 1.8)}h{Number(-half * 1.8)}z");
                    break;
                case Marker.Diamond:
                    svg.Append(s_invariant, $"M{x} {Number(p.Y - (half * 1.2))}l{Number(half * 1.2)} {Number(half * 1.2)}l{Number(-half * 1.2)} {Number(half * 1.2)}l{Number(-half * 1.2)} {Number(-half * 1.2)}z");
                    break;
                case Marker.Triangle:
                    svg.Append(s_invariant, $"M{x} {Number(p.Y - (half * 1.15))}l{Number(half * 1.1)} {Number(half * 1.95)}h{Number(-half * 2.2)}z");
                    break;
                case Marker.Cross:
                    svg.Append(s_invariant, $"M{Number(p.X - half)} {Number(p.Y - half)}l{Number(marks.Size)} {Number(marks.Size)}m0 {Number(-marks.Size)}l{Number(-marks.Size)} {Number(marks.Size)}");
                    break;
                case Marker.Plus:
                    svg.Append(s_invariant, $"M{Number(p.X - half)} {y}h{Number(marks.Size)}M{x} {Number(p.Y - half)}v{Number(marks.Size)}");
                    break;
                default:
                    svg.Append(s_invariant, $"M{Number(p.X - half)} {y}a{Number(half)} {Number(half)} 0 1 0 {Number(marks.Size)} 0a{Number(half)} {Number(half)} 0 1 0 {Number(-marks.Size)} 0z");
                    break;
            }
        }

        svg.Append(open
            ? string.Create(s_invariant, $"\" fill=\"none\" stroke=\"{marks.Colour}\" stroke-width=\"1.3\"/>\n")
            : string.Create(s_invariant, $"\" fill=\"{marks.Colour}\"/>\n"));
    }

    private static void WriteText(StringBuilder svg, SceneText text)
    {
        svg.Append("<text ");
        if (text.Rotation != 0)
            svg.Append(s_invariant, $"transform=\"translate({Number(text.Place.X)} {Number(text.Place.Y)}) rotate({Number(text.Rotation)})\"");
        else
            svg.Append(s_invariant, $"x=\"{Number(text.Place.X)}\" y=\"{Number(text.Place.Y)}\"");
        svg.Append(s_invariant, $" font-size=\"{Number(text.Size)}\" fill=\"{text.Colour}\"");
        if (text.Anchor != Anchor.Start)
            svg.Append(text.Anchor == Anchor.Middle ? " text-anchor=\"middle\"" : " text-anchor=\"end\"");
        if (text.Bold)
            svg.Append(" font-weight=\"bold\"");
        if (text.Halo)
            svg.Append(" stroke=\"#ffffff\" stroke-width=\"3\" stroke-linejoin=\"round\" paint-order=\"stroke\"");
        IReadOnlyList<TextRun> runs = FontMetrics.Runs(text.Text);
        svg.Append(runs.Count > 1 ? " xml:space=\"preserve\">" : ">"); // or some viewers drop the space after an index
        double shifted = 0;
        foreach (TextRun run in runs)
        {
            double shift = run.Shift == 0 ? 0 : run.Shift > 0 ? -0.38 * text.Size : 0.2 * text.Size;
            if (shift == 0 && shifted == 0)
            {
                svg.Append(Escape(run.Text));
                continue;
            }

            svg.Append(s_invariant, $"<tspan dy=\"{Number(shift - shifted)}\"");
            if (run.Shift != 0)
                svg.Append(s_invariant, $" font-size=\"{Number(text.Size * FontMetrics.ScriptSize)}\"");
            svg.Append('>').Append(Escape(run.Text)).Append("</tspan>");
            shifted = shift;
        }

        svg.Append("</text>\n");
    }

    private static string Opacity(double opacity) => opacity < 1 ? string.Create(s_invariant, $" fill-opacity=\"{Number(opacity)}\"") : string.Empty;

    private static string Rectangle(Box box) => string.Create(s_invariant, $"x=\"{Number(box.X)}\" y=\"{Number(box.Y)}\" width=\"{Number(Math.Max(0, box.Width))}\" height=\"{Number(Math.Max(0, box.Height))}\"");

    private static string DashArray(Dash dash, double width)
    {
        double unit = Math.Max(1, width);
        return dash switch
        {
            Dash.Dashed => string.Create(s_invariant, $"{Number(4 * unit)} {Number(2.6 * unit)}"),
            Dash.Dotted => string.Create(s_invariant, $"{Number(0.6 * unit)} {Number(2.2 * unit)}"),
            _ => string.Create(s_invariant, $"{Number(4 * unit)} {Number(2.4 * unit)} {Number(0.6 * unit)} {Number(2.4 * unit)}"),
        };
    }

    /// <summary>A polyline in hundredths of a pixel, each point relative to the one before so that files stay small.</summary>
    private static void Outline(StringBuilder svg, IReadOnlyList<Place> points, bool close)
    {
        long x = 0;
        long y = 0;
        for (int k = 0; k < points.Count; k++)
        {
            long px = (long)Math.Round(points[k].X * 100);
            long py = (long)Math.Round(points[k].Y * 100);
            if (k == 0)
            {
                svg.Append('M').Append(Hundredths(px)).Append(' ').Append(Hundredths(py));
                if (points.Count == 1)
                    svg.Append("h0");
            }
            else if (px != x || py != y || points.Count == 2)
            {
                string dy = Hundredths(py - y);
                svg.Append('l').Append(Hundredths(px - x)).Append(dy[0] == '-' ? string.Empty : " ").Append(dy);
            }

            (x, y) = (px, py);
        }

        if (close)
            svg.Append('z');
    }

    private static string Hundredths(long value)
    {
        long magnitude = Math.Abs(value);
        string sign = value < 0 ? "-" : string.Empty;
        long whole = magnitude / 100;
        long rest = magnitude % 100;
        if (rest == 0)
            return string.Create(s_invariant, $"{sign}{whole}");
        string decimals = rest % 10 == 0 ? (rest / 10).ToString(s_invariant) : rest.ToString("00", s_invariant);
        return string.Create(s_invariant, $"{sign}{(whole == 0 ? string.Empty : whole.ToString(s_invariant))}.{decimals}");
    }

    private static string Number(double value)
    {
        double rounded = Math.Round(value, 2);
        return (rounded == 0 ? 0 : rounded).ToString("0.##", s_invariant);
    }
}
