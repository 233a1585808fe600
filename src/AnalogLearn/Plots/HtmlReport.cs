using System.Globalization;
using System.Text;
using AnalogLearn.Netlist;

namespace AnalogLearn.Plots;

/// <summary>A column of a <see cref="ReportTable"/>.</summary>
/// <param name="Heading">Its heading; <c>_{…}</c> and <c>^{…}</c> set sub- and superscripts.</param>
/// <param name="Unit">The unit that its numbers are in, shown below the heading, or empty.</param>
/// <param name="IsNumber">Whether it holds numbers, which are set flush right in figures of equal width.</param>
public sealed record ReportColumn(string Heading, string Unit = "", bool IsNumber = true);

/// <summary>A table of a report.</summary>
/// <param name="Columns">Its columns.</param>
/// <param name="Rows">Its rows, one text per column.</param>
public sealed record ReportTable(IReadOnlyList<ReportColumn> Columns, IReadOnlyList<IReadOnlyList<string>> Rows)
{
    /// <summary>What the table shows, or empty.</summary>
    public string Caption { get; init; } = string.Empty;

    /// <summary>A number as a cell: so many significant digits, a true minus sign.</summary>
    /// <param name="value">The number; NaN becomes a dash.</param>
    /// <param name="digits">Significant digits.</param>
    public static string Cell(double value, int digits = 4) => EngineeringNotation.Significant(value, digits);

    /// <summary>The numbers of a column with equally many decimals, so that their points stand below each other.</summary>
    /// <param name="values">The numbers; NaN becomes a dash.</param>
    /// <param name="digits">Significant digits of the largest one.</param>
    /// <returns>One text per number; each in its own notation when the column spans too many decades for that.</returns>
    public static IReadOnlyList<string> Column(IReadOnlyList<double> values, int digits = 3)
    {
        double[] magnitudes = [.. values.Where(static v => double.IsFinite(v) && v != 0).Select(Math.Abs)];
        double largest = magnitudes.DefaultIfEmpty(1).Max();
        int decimals = Math.Clamp(digits - 1 - (int)Math.Floor(Math.Log10(largest) + 1e-9), 0, 15);
        bool together = largest is >= 1e-3 and < 1e7 && (magnitudes.Length == 0 || magnitudes.Min() >= Math.Pow(10, -decimals) / 2);
        string format = "F" + decimals.ToString(CultureInfo.InvariantCulture);
        return [.. values.Select(v => together && double.IsFinite(v) ? EngineeringNotation.Minus(v.ToString(format, CultureInfo.InvariantCulture)) : EngineeringNotation.Significant(v, digits))];
    }
}

/// <summary>
/// Builds <c>report.html</c>: one page that holds its figures, tables and listings and needs nothing from outside, on paper as well as in a light or dark
/// browser. Parts appear in the order of the calls; every method returns the report itself. The same calls give the same bytes.
/// </summary>
public sealed class HtmlReport
{
    /// <summary>Of a longer text only the beginning and the end are listed: a browser shows no million lines.</summary>
    private const int MostListed = 2000;

    private static readonly CultureInfo s_invariant = CultureInfo.InvariantCulture;

    private readonly StringBuilder _body = new();
    private readonly List<(string Id, string Heading)> _sections = [];
    private readonly string _title;
    private string _subtitle = string.Empty;
    private string _footer = string.Empty;
    private int _figures;
    private bool _inSection;

    /// <summary>Starts a report.</summary>
    /// <param name="title">Its title.</param>
    public HtmlReport(string title) => _title = title;

    /// <summary>Sets the line below the title.</summary>
    /// <param name="text">The line.</param>
    public HtmlReport Subtitle(string text)
    {
        _subtitle = text;
        return this;
    }

    /// <summary>Sets the last line of the page: versions, seeds, when it ran.</summary>
    /// <param name="text">The line.</param>
    public HtmlReport Footer(string text)
    {
        _footer = text;
        return this;
    }

    /// <summary>The few numbers that matter, in large figures side by side.</summary>
    /// <param name="measures">Name, value with unit, and a remark or an empty text.</param>
    public HtmlReport Highlights(IEnumerable<(string Name, string Value, string Remark)> measures)
    {
        _body.Append("<div class=\"tiles\">\n");
        foreach ((string name, string value, string remark) in measures)
        {
            _body.Append(s_invariant, $"<div class=\"tile\"><div class=\"name\">{Rich(name)}</div><div class=\"value\">{Rich(value)}</div>");
            if (remark.Length > 0)
                _body.Append(s_invariant, $"<div class=\"remark\">{Rich(remark)}</div>");
            _body.Append("</div>\n");
        }

        _body.Append("</div>\n");
        return this;
    }

    /// <summary>Starts a section.</summary>
    /// <param name="heading">Its heading; also an entry of the table of contents.</param>
    public HtmlReport Section(string heading)
    {
        CloseSection();
        string id = string.Create(s_invariant, $"s{_sections.Count + 1}");
        _sections.Add((id, heading));
        _body.Append(s_invariant, $"<section id=\"{id}\">\n<h2>{Rich(heading)}</h2>\n");
        _inSection = true;
        return this;
    }

    /// <summary>Paragraphs; an empty line parts them.</summary>
    /// <param name="text">The text.</param>
    public HtmlReport Prose(string text)
    {
        foreach (string paragraph in text.ReplaceLineEndings("\n").Split("\n\n", StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            _body.Append(s_invariant, $"<p>{Rich(paragraph)}</p>\n");
        return this;
    }

    /// <summary>Names and values, such as the settings of a run.</summary>
    /// <param name="pairs">The names and values.</param>
    /// <param name="caption">What they are, or empty.</param>
    public HtmlReport KeyValues(IEnumerable<(string Key, string Value)> pairs, string caption = "")
    {
        _body.Append("<div class=\"wide\"><table class=\"pairs\">\n");
        Caption(caption);
        _body.Append("<tbody>\n");
        foreach ((string key, string value) in pairs)
            _body.Append(s_invariant, $"<tr><th scope=\"row\">{Rich(key)}</th><td>{Rich(value)}</td></tr>\n");
        _body.Append("</tbody></table></div>\n");
        return this;
    }

    /// <summary>A table.</summary>
    /// <param name="table">The table; rows that are too short are filled with empty cells.</param>
    public HtmlReport Table(ReportTable table)
    {
        _body.Append("<div class=\"wide\"><table>\n");
        Caption(table.Caption);
        _body.Append("<thead><tr>");
        foreach (ReportColumn column in table.Columns)
        {
            string unit = column.Unit.Length > 0 ? $"<br/><span class=\"unit\">{Rich(column.Unit)}</span>" : string.Empty;
            _body.Append(s_invariant, $"<th scope=\"col\"{(column.IsNumber ? " class=\"number\"" : string.Empty)}>{Rich(column.Heading)}{unit}</th>");
        }

        _body.Append("</tr></thead>\n<tbody>\n");
        foreach (IReadOnlyList<string> row in table.Rows)
        {
            _body.Append("<tr>");
            for (int k = 0; k < table.Columns.Count; k++)
                _body.Append(s_invariant, $"<td{(table.Columns[k].IsNumber ? " class=\"number\"" : string.Empty)}>{(k < row.Count ? Rich(row[k]) : string.Empty)}</td>");
            _body.Append("</tr>\n");
        }

        _body.Append("</tbody></table></div>\n");
        return this;
    }

    /// <summary>A figure, drawn in place.</summary>
    /// <param name="figure">The figure.</param>
    /// <param name="caption">A sentence below it; the number is added.</param>
    public HtmlReport Figure(Figure figure, string caption = "")
    {
        _figures++;
        _body.Append(s_invariant, $"<figure id=\"figure-{_figures}\">\n{SvgRenderer.Render(figure, string.Create(s_invariant, $"fig{_figures}"), document: false)}");
        string text = caption.Length > 0 ? caption : figure.Title;
        _body.Append(s_invariant, $"<figcaption><b>Figure {_figures}.</b> {Rich(text)}</figcaption>\n</figure>\n");
        return this;
    }

    /// <summary>What the program had to say about the deck, each with the line that it is about.</summary>
    /// <param name="diagnostics">The diagnostics.</param>
    public HtmlReport Diagnostics(IEnumerable<Diagnostic> diagnostics)
    {
        Diagnostic[] all = [.. diagnostics];
        if (all.Length == 0)
        {
            _body.Append("<p>No remarks on the deck.</p>\n");
            return this;
        }

        _body.Append("<ul class=\"diagnostics\">\n");
        foreach (Diagnostic d in all)
        {
            string kind = d.Severity switch { Severity.Error => "error", Severity.Warning => "warning", _ => "note" };
            _body.Append(s_invariant, $"<li class=\"{kind}\"><span class=\"code\">{SvgRenderer.Escape(d.Code)}</span><pre>{SvgRenderer.Escape(d.ToString())}</pre></li>\n");
        }

        _body.Append("</ul>\n");
        return this;
    }

    /// <summary>The text of a file with line numbers, folded away until it is asked for.</summary>
    /// <param name="heading">What it is, such as the deck's path.</param>
    /// <param name="source">The text.</param>
    /// <param name="open">Whether it is shown from the start.</param>
    public HtmlReport Listing(string heading, string source, bool open = false)
    {
        ReadOnlySpan<char> text = source.AsSpan().TrimEnd("\r\n");
        int lines = 0;
        foreach (ReadOnlySpan<char> _ in text.EnumerateLines())
            lines++;
        _body.Append(s_invariant, $"<details{(open ? " open=\"open\"" : string.Empty)}><summary>{SvgRenderer.Escape(heading)} <span class=\"unit\">({lines} {(lines == 1 ? "line" : "lines")})</span></summary>\n<pre class=\"listing\">");
        int digits = lines.ToString(s_invariant).Length;
        int left = lines > MostListed ? lines - MostListed : 0;
        int number = 0;
        foreach (ReadOnlySpan<char> line in text.EnumerateLines())
        {
            number++;
            if (left > 0 && number > MostListed / 2 && number <= (MostListed / 2) + left)
            {
                if (number == (MostListed / 2) + left)
                    _body.Append(s_invariant, $"<span class=\"line\">{new string(' ', digits)}</span>  … {left} lines are left out here\n");
                continue;
            }

            _body.Append(s_invariant, $"<span class=\"line\">{number.ToString(s_invariant).PadLeft(digits)}</span>  {SvgRenderer.Escape(line.ToString())}\n");
        }

        _body.Append("</pre></details>\n");
        return this;
    }

    /// <summary>The page, as HTML that is well-formed XML too.</summary>
    public string ToHtml()
    {
        var page = new StringBuilder(_body.Length + 8192);
        page.Append("<!DOCTYPE html>\n<html lang=\"en\" xmlns=\"http://www.w3.org/1999/xhtml\">\n<head>\n<meta charset=\"utf-8\"/>\n<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n");
        page.Append("<meta name=\"color-scheme\" content=\"light dark\"/>\n");
        page.Append(s_invariant, $"<title>{SvgRenderer.Escape(FontMetrics.Plain(_title))}</title>\n<style>\n{Style}</style>\n</head>\n<body>\n<main>\n<header>\n<h1>{Rich(_title)}</h1>\n");
        if (_subtitle.Length > 0)
            page.Append(s_invariant, $"<p class=\"subtitle\">{Rich(_subtitle)}</p>\n");
        page.Append("</header>\n");
        if (_sections.Count > 3)
        {
            page.Append("<nav aria-label=\"Contents\"><ol>");
            foreach ((string id, string heading) in _sections)
                page.Append(s_invariant, $"<li><a href=\"#{id}\">{Rich(heading)}</a></li>");
            page.Append("</ol></nav>\n");
        }

        page.Append(_body);
        if (_inSection)
            page.Append("</section>\n");
        if (_footer.Length > 0)
            page.Append(s_invariant, $"<footer>{Rich(_footer)}</footer>\n");
        return page.Append("</main>\n</body>\n</html>\n").ToString();
    }

    /// <summary>Writes the page to a file, UTF-8 without byte-order mark.</summary>
    /// <param name="path">Where to; directories that are missing are made.</param>
    public void Save(string path)
    {
        if (Path.GetDirectoryName(Path.GetFullPath(path)) is { Length: > 0 } folder)
            Directory.CreateDirectory(folder);
        File.WriteAllText(path, ToHtml(), new UTF8Encoding(encoderShouldEmitUTF8Identifier: false));
    }

    private static string Rich(string text)
    {
        var html = new StringBuilder(text.Length + 16);
        foreach (TextRun run in FontMetrics.Runs(text))
        {
            string safe = SvgRenderer.Escape(run.Text);
            html.Append(run.Shift switch { > 0 => $"<sup>{safe}</sup>", < 0 => $"<sub>{safe}</sub>", _ => safe });
        }

        return html.ToString();
    }

    private void Caption(string text)
    {
        if (text.Length > 0)
            _body.Append(s_invariant, $"<caption>{Rich(text)}</caption>\n");
    }

    private void CloseSection()
    {
        if (_inSection)
            _body.Append("</section>\n");
        _inSection = false;
    }

    private const string Style = """
        :root { --ink: #1f1f1f; --soft: #5a5a5a; --paper: #fbfbfa; --card: #ffffff; --rule: #dcdcd8; --accent: #0072b2; --error: #b3261e; --warning: #9a5b00; --note: #006b4e; }
        @media (prefers-color-scheme: dark) {
          :root { --ink: #e8e8e6; --soft: #a8a8a4; --paper: #17181a; --card: #202225; --rule: #3a3d41; --accent: #7cc4f0; --error: #ff8a80; --warning: #ffc069; --note: #6fd7b0; }
        }
        * { box-sizing: border-box; }
        body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.55 system-ui, -apple-system, "Segoe UI", Helvetica, Arial, "Liberation Sans", "DejaVu Sans", sans-serif; }
        main { max-width: 1060px; margin: 0 auto; padding: 2.2rem 1.2rem 3rem; }
        h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 .3rem; }
        h2 { font-size: 1.3rem; margin: 2.4rem 0 .8rem; padding-bottom: .25rem; border-bottom: 1px solid var(--rule); }
        p { max-width: 46rem; margin: .6rem 0; }
        .subtitle { color: var(--soft); margin-top: 0; }
        a { color: var(--accent); }
        nav ol { display: flex; flex-wrap: wrap; gap: .2rem 1.4rem; list-style: none; margin: 1rem 0 0; padding: 0; }
        .tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(11rem, 1fr)); gap: .8rem; margin: 1.3rem 0; }
        .tile { background: var(--card); border: 1px solid var(--rule); border-radius: 8px; padding: .7rem .9rem; }
        .tile .name { color: var(--soft); font-size: .85rem; }
        .tile .value { font-size: 1.55rem; font-weight: 600; font-variant-numeric: tabular-nums; line-height: 1.3; }
        .tile .remark { color: var(--soft); font-size: .8rem; }
        .wide { overflow-x: auto; margin: .9rem 0; }
        table { border-collapse: collapse; font-size: .92rem; font-variant-numeric: tabular-nums; }
        caption { text-align: left; color: var(--soft); padding: 0 0 .35rem; }
        th, td { padding: .3rem .9rem .3rem 0; text-align: left; vertical-align: top; border-bottom: 1px solid var(--rule); }
        th:last-child, td:last-child { padding-right: 0; }
        thead th { vertical-align: bottom; border-bottom: 1.5px solid var(--soft); font-weight: 600; }
        .number { text-align: right; white-space: nowrap; padding-left: .9rem; }
        sup, sub { line-height: 0; }
        .pairs th { font-weight: 400; color: var(--soft); white-space: nowrap; }
        .pairs td { overflow-wrap: anywhere; }
        .unit { color: var(--soft); font-weight: 400; font-size: .85em; }
        figure { margin: 1.2rem 0; background: #ffffff; color: #1f1f1f; border: 1px solid var(--rule); border-radius: 8px; padding: .6rem; }
        figure > svg { display: block; max-width: 100%; height: auto; margin: 0 auto; }
        figcaption { font-size: .88rem; color: #4a4a4a; padding: .3rem .6rem .2rem; }
        pre { font: .82rem/1.45 ui-monospace, "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; white-space: pre-wrap; overflow-wrap: anywhere; margin: 0; }
        .diagnostics { list-style: none; padding: 0; margin: .8rem 0; }
        .diagnostics li { background: var(--card); border: 1px solid var(--rule); border-left: 4px solid var(--note); border-radius: 4px; padding: .5rem .8rem; margin: .5rem 0; }
        .diagnostics .error { border-left-color: var(--error); }
        .diagnostics .warning { border-left-color: var(--warning); }
        .code { float: right; color: var(--soft); font-size: .8rem; margin-left: 1rem; }
        details { background: var(--card); border: 1px solid var(--rule); border-radius: 8px; margin: .9rem 0; padding: .5rem .9rem; }
        summary { cursor: pointer; }
        .listing { margin: .6rem 0 .3rem; }
        .line { color: var(--soft); user-select: none; }
        footer { color: var(--soft); font-size: .85rem; border-top: 1px solid var(--rule); margin-top: 3rem; padding-top: .7rem; }
        @media print {
          :root { --ink: #000000; --soft: #444444; --paper: #ffffff; --card: #ffffff; --rule: #bbbbbb; --accent: #000000; --error: #b3261e; --warning: #9a5b00; --note: #006b4e; }
          @page { margin: 16mm 14mm; }
          body { font-size: 10.5pt; }
          main { max-width: none; padding: 0; }
          nav { display: none; }
          figure, .tile, tr, .diagnostics li { break-inside: avoid; }
          figure { border: 0; padding: 0; }
          figure > svg { max-height: 195mm; }
          h2 { break-after: avoid; }
          a { text-decoration: none; }
        }

        """;
}
