using AnalogLearn.Plots;

namespace AnalogLearn.Tests.Plots;

public class StudyFigureTests
{
    [Fact]
    public void Every_chip_is_counted_once_on_its_side_of_the_limit()
    {
        double[] values = [.. Enumerable.Range(0, 101).Select(k => k / 100.0)];
        Figure figure = Figures.Distributions([new("accuracy", [.. values, double.NaN]) { Limit = 0.37 }]);
        HistogramSeries[] series = [.. figure.Panels[0].Series.Cast<HistogramSeries>()];
        Assert.Equal(2, series.Length);
        Assert.Equal(38, series[0].Counts.Sum());
        Assert.Equal(63, series[1].Counts.Sum());
        Assert.Contains(series[0].Edges, e => Math.Abs(e - 0.37) < 1e-12);
        for (int k = 0; k < series[0].Counts.Count; k++)
            Assert.True(series[0].Counts[k] == 0 || series[1].Counts[k] == 0);
        Assert.Contains(figure.Panels[0].ReferenceLines, l => l.Value == 0.37 && l.Label == "> 0.37");
    }

    [Fact]
    public void Quantiles_are_linear_between_order_statistics()
    {
        Curve curve = Curve.OfQuantiles("chips", [1, 2], [[.. Enumerable.Range(0, 21).Select(k => (double)k).Reverse()], [3, double.NaN]]);
        Assert.Equal([10, 3], curve.Y);
        Assert.Equal(1, curve.Lower[0], 1e-12);
        Assert.Equal(19, curve.Upper[0], 1e-12);
        Assert.Equal(3, curve.Lower[1]);
    }

    [Fact]
    public void A_map_grows_upwards_and_names_its_cells()
    {
        Figure figure = Figures.StepMap((new("bits"), [3, 5]), (new("g", "S"), [1e-6, 2e-6]), [0.1, 0.2, 0.3, double.NaN], "accuracy", "%");
        var matrix = (HeatMapSeries)figure.Panels[0].Series[0];
        Assert.Equal(30, matrix.Values[0], 1e-12);
        Assert.True(double.IsNaN(matrix.Values[1]));
        Assert.Equal([10, 20], matrix.Values.Skip(2).Select(v => Math.Round(v, 9)));
        Assert.Equal(["2 µS", "1 µS"], figure.Panels[0].Y.Categories);
        Assert.Equal("30", matrix.CellTexts[0]);
        Assert.Equal(string.Empty, matrix.CellTexts[1]);
    }

    [Fact]
    public void Intervals_stand_where_their_numbers_say()
    {
        var figure = new Figure("f")
        {
            Panels = [new() { X = new("x") { Minimum = 0, Maximum = 10 }, Y = new("y") { Minimum = 0, Maximum = 4 }, Series = [new IntervalSeries([5], [2], [1], [4]), new RectangleSeries([new(0, 0, 10, 4), new(1, double.NaN, 2, 2)]) { Colour = Palette.Orange }] }],
        };
        Scene scene = FigureLayout.Arrange(figure);
        Box area = Assert.Single(scene.Items.OfType<SceneBox>(), b => b.Fill == Palette.Orange).Box;
        SceneStroke stroke = Assert.Single(scene.Items.OfType<SceneStroke>(), s => s.Width == 1.4);
        Assert.Equal(area.X + (area.Width / 2), stroke.Lines[0][0].X, 1e-9);
        Assert.Equal(area.Bottom - (area.Height / 4), stroke.Lines[0][0].Y, 1e-9);
        Assert.Equal(area.Y, stroke.Lines[0][1].Y, 1e-9);
        SceneMarks mark = Assert.Single(scene.Items.OfType<SceneMarks>());
        Assert.Equal(area.Bottom - (area.Height / 2), mark.Places[0].Y, 1e-9);
    }

    [Fact]
    public void A_comparison_has_a_line_for_each_chip_and_a_reference_across()
    {
        Figure figure = SampleFigures.ByName("comparison");
        Assert.Equal(["transfer", "aware", "in place"], figure.Panels[0].X.Categories);
        Assert.Equal("ideal", Assert.Single(figure.Panels[0].ReferenceLines).Label);
        var lines = (LineSeries)figure.Panels[0].Series[0];
        Assert.Equal(60, lines.Y.Count(double.IsNaN));
        Assert.Equal(180, lines.Y.Count(double.IsFinite));
    }
}
