using System.Xml.Linq;
using AnalogLearn.Plots;

namespace AnalogLearn.Tests.Plots;

/// <summary>Whatever is described, the picture is valid, stays on its page, and no text covers another.</summary>
public class RandomFigureTests
{
    private static readonly string[] s_words = ["x", "loss", "v(hidden[3])", "W_{01}", "a rather long name for a thing", "angle", "β = 0.5", "cos(W_{12}, W_{21}^{T})", "µ"];

    private static readonly string[] s_units = ["", "s", "V", "°", "%", "S", "Ω"];

    [Fact]
    public void Random_figures_keep_the_rules()
    {
        var faults = new List<string>();
        for (int seed = 0; seed < 150; seed++)
        {
            Figure figure = Draw(new Random(seed));
            Scene scene = FigureLayout.Arrange(figure);
            string svg = SvgRenderer.Render(figure);
            if (XDocument.Parse(svg).Descendants().Attributes().Any(a => a.Name.LocalName != "href" && a.Value.Contains("NaN", StringComparison.Ordinal)))
                faults.Add($"seed {seed}: not a number in the drawing");
            SceneText[] texts = [.. scene.Texts];
            var page = new Box(-0.01, -0.01, scene.Width + 0.02, scene.Height + 0.02);
            Box[] bounds = [.. texts.Select(t => t.Bounds())];
            for (int i = 0; i < texts.Length; i++)
            {
                if (!page.Holds(bounds[i]))
                    faults.Add($"seed {seed}: '{texts[i].Text}' at {texts[i].Bounds()} leaves the page {page}");
                for (int j = i + 1; j < texts.Length; j++)
                {
                    if (bounds[i].Intersects(bounds[j]) && texts[i].Overlaps(texts[j]))
                        faults.Add($"seed {seed}: '{texts[i].Text}' {texts[i].Bounds()} overlaps '{texts[j].Text}' {texts[j].Bounds()}");
                }
            }
        }

        Assert.True(faults.Count == 0, $"{faults.Count} faults\n{string.Join('\n', faults.DistinctBy(f => f[..f.IndexOf(':', StringComparison.Ordinal)]).Take(40))}");
    }

    private static Figure Draw(Random random) => new("random", Text(random, 8))
    {
        Subtitle = Text(random, 12),
        Caption = Text(random, 20),
        Columns = random.Next(1, 4),
        PanelWidth = random.Next(260, 620),
        PanelHeight = random.Next(180, 420),
        Panels = [.. Enumerable.Range(0, random.Next(1, 5)).Select(_ => DrawPanel(random))],
    };

    private static string Text(Random random, int words) => string.Join(' ', Enumerable.Range(0, random.Next(words)).Select(_ => s_words[random.Next(s_words.Length)]));

    private static Axis DrawAxis(Random random, bool categories) => new(Text(random, 3), s_units[random.Next(s_units.Length)])
    {
        Scale = categories ? AxisScale.Linear : (AxisScale)random.Next(3),
        LinearWithin = Math.Pow(10, random.Next(-6, 3)),
        IncludeZero = random.Next(3) == 0,
        WholeNumbers = random.Next(4) == 0,
        Minimum = random.Next(8) == 0 ? Number(random) : null,
        Maximum = random.Next(8) == 0 ? Number(random) : null,
        Categories = categories ? [.. Enumerable.Range(0, random.Next(1, 30)).Select(k => $"{k} {Text(random, 3)}")] : [],
    };

    private static double Number(Random random) => (random.NextDouble() - 0.3) * Math.Pow(10, random.Next(-9, 9));

    private static double[] Numbers(Random random, int n, double scale) =>
        [.. Enumerable.Range(0, n).Select(_ => random.Next(30) == 0 ? double.NaN : (random.NextDouble() - 0.3) * scale)];

    private static Panel DrawPanel(Random random)
    {
        int kind = random.Next(6);
        double scale = Math.Pow(10, random.Next(-9, 9));
        if (kind == 0)
        {
            int rows = random.Next(1, 30);
            int columns = random.Next(1, 30);
            double[] values = Numbers(random, rows * columns, scale);
            return new()
            {
                Title = Text(random, 6),
                X = new(Text(random, 3)),
                Y = new(Text(random, 3)),
                Series =
                [
                    new HeatMapSeries(values, rows, columns)
                    {
                        Scale = random.Next(2) == 0 ? ColourScale.Diverging : ColourScale.Perceptual,
                        ColourBar = random.Next(4) > 0,
                        ValueLabel = Text(random, 3),
                        ValueUnit = s_units[random.Next(s_units.Length)],
                        CellTexts = random.Next(2) == 0 ? [] : [.. values.Select(v => EngineeringNotation.Significant(v, 2))],
                    },
                ],
            };
        }

        if (kind == 1)
        {
            int tiles = random.Next(1, 25);
            return new()
            {
                Title = Text(random, 6),
                Series = [new ImageGridSeries([.. Enumerable.Range(0, tiles).Select(_ => Numbers(random, 35, scale))], 7, 5) { TileLabels = random.Next(2) == 0 ? [] : [.. Enumerable.Range(0, tiles).Select(_ => Text(random, 3))] }],
            };
        }

        bool bars = kind == 2;
        int n = random.Next(1, 60);
        double reach = Math.Pow(10, random.Next(-9, 9));
        double[] x = [.. Enumerable.Range(0, n).Select(k => k * reach / n)];
        return new()
        {
            Title = Text(random, 6),
            X = DrawAxis(random, bars),
            Y = DrawAxis(random, categories: false),
            SecondY = random.Next(4) == 0 ? DrawAxis(random, categories: false) : null,
            Legend = (LegendPlacement)random.Next(4),
            Bars = (BarArrangement)random.Next(2),
            Series =
            [
                .. Enumerable.Range(0, random.Next(0, 9)).Select(k => bars
                    ? (Series)new BarSeries(Numbers(random, random.Next(1, 30), scale)) { Label = Text(random, 3), Errors = Numbers(random, 10, scale / 10) }
                    : random.Next(5) switch
                    {
                        3 => new IntervalSeries(x, Numbers(random, n, scale), Numbers(random, n, scale), Numbers(random, n, scale)) { Label = Text(random, 3), Direction = (Direction)random.Next(2), OnSecondAxis = random.Next(3) == 0 },
                        4 => new RectangleSeries([.. x.Select((v, k) => new Rectangle(v, scale * k / n, v + (reach / n), scale * random.NextDouble()))]) { Label = Text(random, 3), Outlined = random.Next(2) == 0 },
                        0 => new LineSeries(x, Numbers(random, n, scale)) { Label = Text(random, 3), Lower = Numbers(random, n, scale), Upper = Numbers(random, n, scale), OnSecondAxis = random.Next(3) == 0 },
                        1 => new ScatterSeries(x, Numbers(random, n, scale)) { Label = Text(random, 3), Marker = (Marker)random.Next(7) },
                        _ => new StepSeries(x, Numbers(random, n, scale)) { Label = Text(random, 3), At = (StepAt)random.Next(3), OnSecondAxis = random.Next(3) == 0 },
                    }),
            ],
            ReferenceLines = [.. Enumerable.Range(0, random.Next(0, 4)).Select(_ => new ReferenceLine((Direction)random.Next(2), random.NextDouble() * (random.Next(2) == 0 ? reach : scale), Text(random, 3)))],
            Spans = [.. Enumerable.Range(0, random.Next(0, 4)).Select(k => new BackgroundSpan((Direction)random.Next(2), k * reach / 4, (k + 0.6) * reach / 4, Text(random, 2)))],
        };
    }
}
