#if WITH_OXYPLOT
using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using AnalogLearn.Plots;
using AnalogLearn.Plots.Oxy;
using AnalogLearn.Tests.Studies;
using OxyPlot;
using OxyPlot.Annotations;

namespace AnalogLearn.Tests.Plots;

/// <summary>Only with -p:WithOxyPlot=true.</summary>
public sealed class OxyPlotTests : IDisposable
{
    private readonly TemporaryFolder _room = new();

    public static TheoryData<string> Names => [.. SampleFigures.All.Select(f => f.Name)];

    public void Dispose() => _room.Dispose();

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_figure_becomes_a_picture_with_ink_and_a_document(string name)
    {
        Figure figure = SampleFigures.ByName(name);
        string png = Path.Combine(_room.Path, "figure.png");
        string pdf = Path.Combine(_room.Path, "figure.pdf");
        var backend = new OxyPlotBackend();
        backend.Save(figure, png);
        backend.Save(figure, pdf);
        byte[] image = File.ReadAllBytes(png);
        Assert.Equal([0x89, 0x50, 0x4E, 0x47], image[..4]);
        Assert.True(BinaryPrimitives.ReadInt32BigEndian(image.AsSpan(16)) >= 2 * figure.PanelWidth);
        Assert.StartsWith("%PDF-", Encoding.ASCII.GetString(File.ReadAllBytes(pdf), 0, 8), StringComparison.Ordinal);
        using var bitmap = SkiaSharp.SKBitmap.Decode(png);
        Assert.True(bitmap.Pixels.Distinct().Count() > 2);
    }

    [Fact]
    public void Series_keep_their_numbers_and_colours()
    {
        Figure figure = SampleFigures.ByName("right-legend");
        PlotModel model = Assert.Single(FigureToPlotModel.Convert(figure));
        OxyPlot.Series.LineSeries[] lines = [.. model.Series.OfType<OxyPlot.Series.LineSeries>()];
        Assert.Equal(["a", "b"], lines.Select(l => l.Title));
        Assert.Equal([90, 20, 10, 5], lines[0].Points.Select(p => p.Y));
        Assert.Equal(OxyColor.FromRgb(Palette.Blue.R, Palette.Blue.G, Palette.Blue.B), lines[0].Color);
        Assert.Equal(LineStyle.Dot, lines[1].LineStyle);
        RectangleAnnotation span = Assert.Single(model.Annotations.OfType<RectangleAnnotation>());
        Assert.Equal((0, 10), (span.MinimumY, span.MaximumY));
        Assert.Equal("examples seen [×10^{3}]", model.Axes[0].Title);
    }

    [Fact]
    public void Matrix_rows_go_downwards()
    {
        PlotModel model = FigureToPlotModel.Convert(Figures.ConfusionMatrix([5, 1, 2, 7], ["a", "b"]).Panels[0]);
        OxyPlot.Series.HeatMapSeries matrix = Assert.Single(model.Series.OfType<OxyPlot.Series.HeatMapSeries>());
        Assert.Equal(100.0 / 6, matrix.Data[1, 0], 12);
        Assert.Equal((1, 0), (model.Axes[1].StartPosition, model.Axes[1].EndPosition));
        Assert.Equal(["5", "1", "2", "7"], model.Annotations.OfType<TextAnnotation>().Select(t => t.Text));
    }
}
#endif
