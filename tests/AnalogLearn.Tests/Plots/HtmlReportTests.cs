using System.Xml;
using System.Xml.Linq;
using AnalogLearn.Netlist;
using AnalogLearn.Plots;

namespace AnalogLearn.Tests.Plots;

public class HtmlReportTests
{
    private static readonly XNamespace s_html = "http://www.w3.org/1999/xhtml";

    private static HtmlReport Sample()
    {
        var deck = new SourceText("net.cir", "N1 hidden neurons\n.train <x> & y\n");
        var report = new HtmlReport("digits-eqprop.cir <&>").Subtitle("seed 1").Footer("AnalogLearn 0.1.0")
            .Highlights([("test error", "3.57 %", "after 5 epochs"), ("cos(W_{12}, W_{21}^{T})", "0.02", "")])
            .Section("Settings").Prose("First.\n\nSecond with 10^{−3}.").KeyValues([("seed", "1"), ("β", "0.5")], "Options")
            .Section("Numbers").Table(new([new("array", IsNumber: false), new("angle", "°")], [["x → h", ReportTable.Cell(-12.34567)], ["short"]]) { Caption = "Angles" });
        report.Section("Pictures");
        foreach (Figure figure in SampleFigures.All)
            report.Figure(figure);
        return report.Section("Deck")
            .Diagnostics([new("AL0102", Severity.Warning, new(deck, 18, 6), "unknown <card>", "did you mean .train?")])
            .Listing("net.cir", deck.Text);
    }

    private static XElement Parse(string html)
    {
        using var reader = XmlReader.Create(new StringReader(html), new XmlReaderSettings { DtdProcessing = DtdProcessing.Ignore });
        return XDocument.Load(reader).Root!;
    }

    [Fact]
    public void Is_well_formed_and_self_contained()
    {
        string html = Sample().ToHtml();
        Assert.StartsWith("<!DOCTYPE html>", html, StringComparison.Ordinal);
        XElement page = Parse(html);
        string[] ids = [.. page.Descendants().Attributes("id").Select(a => a.Value)];
        Assert.Equal(ids.Distinct(), ids);
        Assert.DoesNotContain(page.Descendants(), e => e.Name.LocalName is "script" or "link" or "img" or "iframe");
        foreach (XAttribute a in page.Descendants().Attributes().Where(a => a.Name.LocalName is "href" or "src"))
        {
            Assert.True(a.Value[0] == '#' || a.Value.StartsWith("data:", StringComparison.Ordinal), a.Value);
            if (a.Value[0] == '#')
                Assert.Contains(a.Value[1..], ids);
        }

        Assert.DoesNotContain("url(http", html, StringComparison.Ordinal);
        Assert.DoesNotContain("@import", html, StringComparison.Ordinal);
    }

    [Fact]
    public void Holds_what_it_was_given_in_order()
    {
        XElement page = Parse(Sample().ToHtml());
        Assert.Equal("digits-eqprop.cir <&>", page.Descendants(s_html + "title").Single().Value);
        Assert.Equal(["Settings", "Numbers", "Pictures", "Deck"], page.Descendants(s_html + "h2").Select(h => h.Value));
        Assert.Equal(["Settings", "Numbers", "Pictures", "Deck"], page.Descendants(s_html + "nav").Descendants(s_html + "a").Select(a => a.Value));
        Assert.Equal(SampleFigures.All.Count, page.Descendants(s_html + "figure").Count());
        Assert.Contains(page.Descendants(s_html + "td"), td => td.Value == "−12.35" && td.Attribute("class")?.Value == "number");
        Assert.Contains(page.Descendants(s_html + "sup"), e => e.Value == "−3");
        Assert.Equal(4, page.Descendants(s_html + "tbody").Last().Descendants(s_html + "td").Count());
        XElement remark = page.Descendants(s_html + "li").Single(e => e.Attribute("class")?.Value == "warning");
        Assert.Contains("net.cir:2:1: warning: unknown <card>", remark.Value, StringComparison.Ordinal);
        Assert.Contains("did you mean .train?", remark.Value, StringComparison.Ordinal);
        XElement listing = page.Descendants(s_html + "details").Single();
        Assert.Null(listing.Attribute("open"));
        Assert.Contains("2  .train <x> & y", listing.Value, StringComparison.Ordinal);
    }

    [Fact]
    public void Columns_of_numbers_share_their_decimals()
    {
        Assert.Equal(["40.0", "13.3", "−6.7", "–"], ReportTable.Column([40, 13.333, -6.67, double.NaN]));
        Assert.Equal(["1500", "3"], ReportTable.Column([1500.2, 3]));
        Assert.Equal(["1", "1×10^{−6}"], ReportTable.Column([1, 1e-6]));
    }

    [Fact]
    public void Same_report_same_bytes() => Assert.Equal(Sample().ToHtml(), Sample().ToHtml());

    [Fact]
    public void No_remarks_are_said_to_be_none() => Assert.Contains("No remarks", new HtmlReport("r").Diagnostics([]).ToHtml(), StringComparison.Ordinal);

    [Fact]
    public void ALongListingShowsItsBeginningAndItsEnd()
    {
        string html = new HtmlReport("t").Listing("long.cir", string.Concat(Enumerable.Range(1, 5000).Select(k => $"R{k} a 0 1k\r\n"))).ToHtml();
        Assert.Contains("(5000 lines)", html, StringComparison.Ordinal);
        Assert.Contains("1000</span>  R1000 a", html, StringComparison.Ordinal);
        Assert.DoesNotContain("R1001 a", html, StringComparison.Ordinal);
        Assert.Contains("3000 lines are left out", html, StringComparison.Ordinal);
        Assert.DoesNotContain("R4000 a", html, StringComparison.Ordinal);
        Assert.Contains("4001</span>  R4001 a", html, StringComparison.Ordinal);
        Assert.Contains("5000</span>  R5000 a", html, StringComparison.Ordinal);
    }
}
