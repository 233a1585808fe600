using System.Xml.Linq;
using AnalogLearn.Plots;
using AnalogLearn.Tests.Studies;

namespace AnalogLearn.Tests.Plots;

public class SvgRendererTests
{
    private static readonly XNamespace s_svg = "http://www.w3.org/2000/svg";

    public static TheoryData<string> Names => [.. SampleFigures.All.Select(f => f.Name)];

    [Theory]
    [MemberData(nameof(Names))]
    public void Is_valid_xml_with_title_and_description_and_no_outside_references(string name)
    {
        Figure figure = SampleFigures.ByName(name);
        XDocument document = XDocument.Parse(SvgRenderer.Render(figure));
        XElement root = document.Root!;
        Assert.Equal(s_svg + "svg", root.Name);
        Assert.False(string.IsNullOrWhiteSpace(root.Element(s_svg + "title")!.Value));
        Assert.NotNull(root.Element(s_svg + "desc"));
        string[] ids = [.. root.Descendants().Attributes("id").Select(a => a.Value)];
        Assert.Equal(ids.Distinct(), ids);
        foreach (XAttribute a in root.Descendants().Attributes())
        {
            Assert.DoesNotContain("NaN", a.Value, StringComparison.Ordinal);
            Assert.DoesNotContain("∞", a.Value, StringComparison.Ordinal);
            if (a.Name.LocalName == "href")
                Assert.StartsWith("data:image/png;base64,", a.Value, StringComparison.Ordinal);
            if (a.Name.LocalName == "clip-path")
                Assert.Contains(a.Value[5..^1], ids);
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Same_figure_same_bytes(string name) => Assert.Equal(SvgRenderer.Render(SampleFigures.ByName(name)), SvgRenderer.Render(SampleFigures.ByName(name)));

    [Theory]
    [MemberData(nameof(Names))]
    public void No_text_overlaps_another_or_leaves_the_page(string name)
    {
        Scene scene = FigureLayout.Arrange(SampleFigures.ByName(name));
        SceneText[] texts = [.. scene.Texts];
        var page = new Box(0, 0, scene.Width, scene.Height);
        for (int i = 0; i < texts.Length; i++)
        {
            Assert.True(page.Holds(texts[i].Bounds()), $"'{texts[i].Text}' at {texts[i].Bounds()} leaves the page {page}");
            for (int j = i + 1; j < texts.Length; j++)
                Assert.False(texts[i].Overlaps(texts[j]), $"'{texts[i].Text}' {texts[i].Bounds()} overlaps '{texts[j].Text}' {texts[j].Bounds()}");
        }
    }

    [Fact]
    public void Everything_named_is_written_on_the_picture()
    {
        string[] texts = [.. FigureLayout.Arrange(SampleFigures.ByName("hard")).Texts.Select(t => t.Text)];
        foreach (string wanted in (string[])["i(R1)", "gain", "phase (right)", "f_{T}", "−3 dB", "neurons", "synapses", "steps", "points", "upper limit", "another limit", "one more limit", "lower limit", "time [µs]", "current [µA]", "power [mW]", "offset [mV]", "phase [°]"])
            Assert.Contains(wanted, texts);
        for (int k = 0; k < 12; k++)
            Assert.Contains($"a rather long label {k}", texts);
    }

    [Fact]
    public void A_line_stands_where_its_numbers_say()
    {
        var figure = new Figure("f") { Panels = [new() { X = new("x") { Minimum = 0, Maximum = 10 }, Y = new("y") { Minimum = 0, Maximum = 4 }, Series = [new LineSeries([0, 5, 10], [0, 1, 4])] }] };
        Scene scene = FigureLayout.Arrange(figure);
        SceneStroke line = Assert.Single(scene.Items.OfType<SceneStroke>(), s => s.Width == 1.6);
        IReadOnlyList<Place> points = Assert.Single(line.Lines);
        double width = points[2].X - points[0].X;
        double height = points[0].Y - points[2].Y;
        Assert.True(width > 300 && height > 150);
        Assert.Equal(points[0].X + (width / 2), points[1].X, 1e-9);
        Assert.Equal(points[0].Y - (height / 4), points[1].Y, 1e-9);

        // The tick label 0 of Y stands level with the line's start, and 10 of X below its end.
        SceneText end = scene.Texts.Single(t => t.Text == "10");
        Assert.Equal(points[2].X, end.Place.X, 1e-9);
    }

    [Fact]
    public void Not_a_number_breaks_a_line_and_a_long_line_keeps_its_spike()
    {
        Scene scene = FigureLayout.Arrange(SampleFigures.ByName("hard"));
        SceneStroke wave = scene.Items.OfType<SceneStroke>().First(s => s.Width == 1.6);
        Assert.Equal(2, wave.Lines.Count);
        Assert.True(wave.Lines.Sum(l => l.Count) < 4000);
        double top = wave.Lines.SelectMany(l => l).Min(p => p.Y);
        double bottom = wave.Lines.SelectMany(l => l).Max(p => p.Y);
        double middle = wave.Lines[0][0].Y;
        Assert.Equal(4, (middle - top) / (bottom - middle), 0.01);
    }

    [Fact]
    public void Large_matrices_are_images_and_small_ones_boxes()
    {
        XElement large = XDocument.Parse(SvgRenderer.Render(Figures.WeightMap([new("W", new double[512 * 784], 512, 784)]))).Root!;
        Assert.Equal(2, large.Descendants(s_svg + "image").Count()); // the matrix and its colour bar
        Assert.True(large.Descendants().Count() < 400);
        XElement small = XDocument.Parse(SvgRenderer.Render(Figures.ConfusionMatrix([1, 0, 0, 1], ["a", "b"]))).Root!;
        Assert.Single(small.Descendants(s_svg + "image"));
        Assert.Contains(small.Descendants(s_svg + "text"), t => t.Value == "1");
    }

    [Fact]
    public void Legend_covers_no_data()
    {
        foreach (Figure figure in SampleFigures.All)
        {
            Scene scene = FigureLayout.Arrange(figure);
            foreach (SceneBox legend in scene.Items.OfType<SceneBox>().Where(b => b.Fill == Palette.White && b.Opacity is > 0.8 and < 0.9))
            {
                foreach (Place p in scene.Items.OfType<SceneStroke>().Where(s => s.Clip is not null && s.Clip.Value.Intersects(legend.Box)).SelectMany(s => s.Lines).SelectMany(l => l))
                    Assert.False(p.X > legend.Box.X && p.X < legend.Box.Right && p.Y > legend.Box.Y && p.Y < legend.Box.Bottom, figure.Name);
                foreach (Place p in scene.Items.OfType<SceneMarks>().Where(s => s.Clip is not null).SelectMany(s => s.Places))
                    Assert.False(p.X > legend.Box.X && p.X < legend.Box.Right && p.Y > legend.Box.Y && p.Y < legend.Box.Bottom, figure.Name);
            }
        }
    }

    [Fact]
    public void Control_characters_and_lone_surrogates_stay_valid_xml()
    {
        var figure = new Figure("../odd name?.svg", "a\u0001b\uD800c <&>\"'") { Panels = [new() { X = new("\u0000") }] };
        Assert.Equal("odd-name-.svg", figure.Name);
        Assert.Contains("<&>\"'", XDocument.Parse(SvgRenderer.Render(figure)).Root!.Element(s_svg + "title")!.Value, StringComparison.Ordinal);
    }

    [Fact]
    public void Saves_a_file_through_the_registry()
    {
        using var folder = new TemporaryFolder();
        string path = Path.Combine(folder.Path, "deep", "figure.SVG");
        IFigureBackend? backend = FigureBackends.For(path);
        Assert.Equal("svg", backend?.Name);
        backend!.Save(SampleFigures.ByName("training"), path);
        Assert.Equal(SvgRenderer.Render(SampleFigures.ByName("training")), File.ReadAllText(path));
        Assert.Null(FigureBackends.For("figure.xyz"));
    }

    [Fact]
    public void Histogram_counts_every_sample_once()
    {
        double[] samples = [.. Enumerable.Range(0, 1000).Select(k => Math.Sin(k))];
        HistogramSeries histogram = HistogramSeries.Of([.. samples, double.NaN]);
        Assert.Equal(1000, histogram.Counts.Sum());
        Assert.Equal(histogram.Counts.Count + 1, histogram.Edges.Count);
        Assert.Equal(samples.Min(), histogram.Edges[0], 12);
        Assert.Equal(samples.Max(), histogram.Edges[^1], 12);
    }
}
