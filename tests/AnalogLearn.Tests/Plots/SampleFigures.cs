using AnalogLearn.Plots;

namespace AnalogLearn.Tests.Plots;

/// <summary>One figure of every factory, and ones built to be hard to lay out.</summary>
internal static class SampleFigures
{
    public static IReadOnlyList<Figure> All { get; } = [.. Ready(), .. OfStudies(), .. Hard()];

    /// <summary>Figures that the library builds of data.</summary>
    public static IEnumerable<Figure> Built => [.. Ready(), .. OfStudies()];

    public static Figure ByName(string name) => All.Single(f => f.Name == name);

    private static double[] Range(int n, Func<double, double> value) => [.. Enumerable.Range(0, n).Select(k => value(k))];

    private static double[] Noise(int n, double scale, int seed = 1)
    {
        var random = new Random(seed);
        return [.. Enumerable.Range(0, n).Select(_ => scale * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()))];
    }

    private static IEnumerable<Figure> Ready()
    {
        double[] epochs = Range(25, k => k + 1);
        yield return Figures.TrainingCurves(epochs, Range(25, k => 0.06 * Math.Exp(-k / 6)), Range(25, k => 0.023 + (0.05 * Math.Exp(-k / 5))), Range(25, k => 0.3 * Math.Exp(-k / 5)), "784-512-512-10");
        yield return Figures.TrainingCurves([new("this run", [1, 2, 3, 4, 5], [.0631, .0636, .0458, .0385, .0357])], [], name: "training-short");
        double[] steps = Range(60, k => k / 10);
        yield return Figures.AnglesAndAlignment(
            [new("W_{01}", steps, Range(60, k => 40 + (35 * Math.Exp(-k / 10)))), new("W_{12}", steps, Range(60, k => 30 + (50 * Math.Exp(-k / 10))))],
            [new("W_{01}, W_{10}^{T}", steps, Range(60, k => 0.16 * (1 - Math.Exp(-k / 10))))],
            [new("free phase", steps, Range(60, k => 1e-6 * Math.Exp(k / 10)))]);
        double[] time = Range(4000, k => k * 7.5e-6);
        yield return Figures.Waveforms(time, [("v(h[0])", Range(4000, k => 0.6 * (1 - Math.Exp(-k / 200)))), ("v(y)", Range(4000, k => 0.4 * (1 - Math.Exp(-k / 500))))], [new("free", 0, 20e-3), new("nudged", 20e-3, 30e-3)]);
        var phases = new List<PhaseSpan>();
        for (int k = 0; k < 12; k++)
            phases.AddRange([new("free", k * 2.5e-3, (k * 2.5e-3) + 1.7e-3), new("nudged", (k * 2.5e-3) + 1.7e-3, (k + 1) * 2.5e-3)]);
        yield return Figures.Waveforms(time, [.. Enumerable.Range(0, 7).Select(j => ($"s(hidden[{j}])", (IReadOnlyList<double>)Range(4000, k => Math.Sin((k * 0.01) + j))))], phases, "state", string.Empty, name: "waveforms-many");
        yield return Figures.WeightMap([new("x → h", Noise(200 * 100, 1e-6), 100, 200), new("h → y", Noise(24, 0.1), 6, 4) { From = "h", To = "y" }, new("none", [], 0, 0)], "conductance", "S");
        yield return Figures.ReceptiveFields(Noise(30 * 784, 0.1), 30, 28, 28, 16, "W_{01}");
        yield return Figures.Images([.. Enumerable.Range(0, 12).Select(k => (IReadOnlyList<double>)Noise(196, 1, k))], 14, 14, [.. Enumerable.Range(0, 12).Select(k => $"{k % 10} → {7 * k % 10}")]);
        yield return Figures.ConfusionMatrix(Range(100, k => k % 11 == 0 ? 950 + k : k % 7), ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9"]);
        yield return Figures.ConfusionMatrix([40, 2, 1, 3, 38, 4, 0, 5, 42], ["T-shirt / top", "Ankle boot", "Trouser"], name: "confusion-words");
        yield return Figures.GradientComparison(["x → h1", "h1 → h2", "h2 → y"], ["one-sided", "centred", "asymmetric"], [[63, 55, 20], [60, 52, 19], [.5, .4, .1]], [[1.2, .8, 1], [1.1, .7, 1], [1, 1, 1]]);
        yield return Figures.GradientComparison([.. Enumerable.Range(0, 14).Select(k => $"array {k}: hidden[{k}] → hidden[{k + 1}]")], ["one-sided"], [Range(14, k => 20 + k)], [], name: "gradient-many");
        double[] betas = [1e-4, 1e-3, 1e-2, 1e-1, 1];
        yield return Figures.NudgeSweep([new("one-sided", betas, [.. betas.Select(b => 40 * b)]), new("centred", betas, [.. betas.Select(b => 40 * b * b)])]);
        double[] symmetry = Range(11, k => k / 10);
        yield return Figures.AngleSweep([new("hard sigmoid", symmetry, Range(11, k => 47 - (4.7 * k))) { Lower = Range(11, k => 40 - (4 * k)), Upper = Range(11, k => 54 - (5.4 * k)) }], Axis.Number("degree of symmetry"));
    }

    private static IEnumerable<Figure> OfStudies()
    {
        double[] accuracy = [.. Noise(200, 0.03, 3).Select(v => 0.93 - Math.Abs(v))];
        yield return Figures.Distributions([new("test_accuracy", accuracy) { Nominal = 0.94, Limit = 0.9 }], "200 chips, seed 3");
        yield return Figures.Distributions(
            [
                new("test_accuracy", accuracy) { Nominal = 0.94, Limit = 0.9 },
                new("v(out)", [.. Noise(200, 2e-3, 4).Select(v => 0.5 + v)]) { Unit = "V", Nominal = 0.5 },
                new("i(vdd)", [.. Noise(200, 2e-6, 5).Select(v => 3e-5 + v)]) { Unit = "A", Limit = 3.3e-5, PassesAbove = false },
                new("one value", [1, 1, 1]), new("none", []),
            ],
            name: "distributions-many");
        double[] bits = [2, 3, 4, 5, 6, 8];
        double[] met = [.02, .35, .8, .93, .97, .98];
        Curve Met(string label, double shift) => new(label, bits, [.. met.Select(v => Math.Max(0, v - shift))]) { Lower = [.. met.Select(v => Math.Max(0, v - shift - 0.07))], Upper = [.. met.Select(v => Math.Min(1, v - shift + 0.06))] };
        yield return Figures.YieldCurve([Met("write_noise=0", 0), Met("write_noise=0.05", 0.15)], Axis.Number("bits") with { WholeNumbers = true }, "test_accuracy > 0.9, 100 chips at each point");
        double[] epochs = Range(8, k => k + 1);
        Curve Learning(string label, double rate, int seed) => Curve.OfQuantiles(label, epochs, [.. epochs.Select(e => (IReadOnlyList<double>)[.. Noise(100, 2, seed + (int)e).Select(v => 4 + (50 * Math.Exp(-rate * e)) + Math.Abs(v))])]);
        yield return Figures.LearningQuantiles([Learning("in place", 0.8, 10), Learning("after transfer", 1.8, 20)], new("test error", "%") { IncludeZero = true });
        yield return Figures.Ablation(
            [
                ("alone", [new("neuron mismatch", -0.052, -0.06, -0.044), new("5-bit levels", -0.021, -0.025, -0.017), new("write noise", -0.004, -0.009, 0.001), new("stuck devices", -0.0004, -0.001, 0.0002)]),
                ("all but this one", [new("neuron mismatch", -0.062, -0.07, -0.054), new("5-bit levels", -0.026, -0.032, -0.02), new("write noise", -0.009, -0.013, -0.005), new("stuck devices", -0.0004)]),
            ],
            Axis.Number("change of test accuracy"));
        yield return Figures.StepMap((new("bits"), [2, 3, 4, 5, 6, 8]), (new("sigma", "S"), [0, 1e-6, 2e-6, 5e-6]), Range(24, k => k == 7 ? double.NaN : 0.98 - (0.4 * Math.Exp(-(k % 6) / 2)) - (0.05 * Math.Floor(k / 6))), "test_accuracy", "%");
        double[] transfer = [.. Noise(60, 0.03, 7).Select(v => 0.85 - Math.Abs(v))];
        yield return Figures.PairedComparison(
            [
                new("ideal", [], 0.962, 0.962, 0.962) { IsReference = true },
                new("transfer", transfer, transfer.Average(), transfer.Average() - 0.005, transfer.Average() + 0.005),
                new("aware", [.. transfer.Select(v => v + 0.03)], transfer.Average() + 0.03, transfer.Average() + 0.025, transfer.Average() + 0.035),
                new("in place", [.. transfer.Select(v => 0.95 - (0.2 * (0.85 - v)))], 0.945, 0.943, 0.947),
            ],
            Axis.Number("test accuracy"),
            "recovered gap 78 % (95 %: 74 … 81 %), 60 chips");
    }

    private static IEnumerable<Figure> Hard()
    {
        double[] time = Range(100_000, k => k * 1e-8);
        double[] spiky = Range(100_000, k => k is >= 70_000 and < 72_000 ? double.NaN : 1e-6 * Math.Sin(k * 2e-3));
        spiky[54_321] = 4e-6;
        double[] frequency = Range(25, k => Math.Pow(10, k / 3));
        yield return new("hard", "A title with <markup> & \"quotes\" that is much too long to fit on one line of the figure, so that it has to wrap onto the next")
        {
            Subtitle = "a sub-title of some length, too",
            Caption = "A caption that says what is to be seen, long enough to need several lines when the figure is as narrow as one panel; with β and 10^{−3} in it.",
            Columns = 2,
            PanelWidth = 420,
            Panels =
            [
                new() { Title = "Spike and gap", X = new("time", "s"), Y = new("current", "A"), Series = [new LineSeries(time, spiky) { Label = "i(R1)" }] },
                new()
                {
                    Title = "Second axis",
                    X = new("frequency", "Hz") { Scale = AxisScale.Logarithmic },
                    Y = new("gain", "dB"),
                    SecondY = new("phase", "°"),
                    Series = [new LineSeries(frequency, Range(25, k => -k * k / 6)) { Label = "gain" }, new LineSeries(frequency, Range(25, k => -90 * Math.Tanh(k / 9))) { Label = "phase", OnSecondAxis = true }],
                    ReferenceLines = [new(Direction.Vertical, 1e4, "f_{T}"), new(Direction.Horizontal, -3, "−3 dB")],
                },
                new()
                {
                    Title = "Stacked",
                    X = new("chip") { Categories = ["chip 1", "chip 2", "chip 3"] },
                    Y = new("power", "W"),
                    Bars = BarArrangement.Stacked,
                    Series = [new BarSeries([1e-3, -2e-3, 1.5e-3]) { Label = "neurons" }, new BarSeries([2e-3, -1e-3, double.NaN]) { Label = "synapses", Errors = [1e-4, 2e-4, 1e-4] }],
                },
                new()
                {
                    Title = "Steps and points over many decades",
                    X = new("x"),
                    Y = new("change") { Scale = AxisScale.SymmetricLogarithmic, LinearWithin = 1e-3 },
                    Series =
                    [
                        new StepSeries(Range(60, k => k / 10), Range(60, k => Math.Sinh((k * 0.3) - 9))) { Label = "steps", At = StepAt.Middle },
                        new ScatterSeries(Range(60, k => k / 10), Range(60, k => -Math.Sinh((k * 0.3) - 9))) { Label = "points", Marker = Marker.Diamond },
                    ],
                },
                new()
                {
                    Title = "Histogram with crowded limits",
                    X = new("offset", "V"),
                    Y = new("chips"),
                    Series = [HistogramSeries.Of(Noise(2000, 5e-3))],
                    ReferenceLines = [new(Direction.Vertical, 10e-3, "upper limit"), new(Direction.Vertical, 10.5e-3, "another limit"), new(Direction.Vertical, 11e-3, "one more limit"), new(Direction.Vertical, -10e-3, "lower limit")],
                },
                new()
                {
                    Title = "Many lines",
                    X = new("epoch") { WholeNumbers = true },
                    Y = new("a quantity whose name is so long that it does not fit beside its axis"),
                    Series = [.. Enumerable.Range(0, 12).Select(j => new LineSeries(Range(25, k => k), Range(25, k => Math.Sin((k / 3) + j))) { Label = $"a rather long label {j}" })],
                },
            ],
        };
        yield return new("empty", "Nothing yet") { Panels = [new() { X = new("x"), Y = new("y") }] };
        yield return new("no-panels", "Nothing at all");
        yield return new("degenerate", "Odd numbers")
        {
            Columns = 2,
            Panels =
            [
                new() { X = new("x"), Y = new("y"), Series = [new LineSeries([1], [1])] },
                new() { X = new("x"), Y = new("y"), Series = [new LineSeries([1, 2, 3], [double.NaN, double.PositiveInfinity, 2]), new LineSeries([], [])] },
                new() { X = new("x"), Y = new("y") { Scale = AxisScale.Logarithmic }, Series = [new LineSeries([1, 2, 3], [0, -1, 2]), new ScatterSeries([1e300, -1e300], [1e-300, 1e300])] },
                new() { X = new("x") { Minimum = 3, Maximum = 3 }, Y = new("y") { Minimum = 5, Maximum = 1 }, Series = [new BarSeries([])] },
                new() { X = new("x") { Categories = [.. Enumerable.Range(0, 300).Select(k => $"category number {k}")] }, Y = new("y"), Series = [new BarSeries(Range(300, k => k))] },
                new() { Series = [new HeatMapSeries([double.NaN, 1, 1, 1], 2, 2)] },
            ],
        };
        yield return new("right-legend", "Legend at the right")
        {
            Panels =
            [
                new()
                {
                    X = new("examples seen"),
                    Y = new("error", "%"),
                    Legend = LegendPlacement.Right,
                    Series = [new LineSeries([0, 1e5, 2e5, 3e5], [90, 20, 10, 5]) { Label = "a", Marker = Marker.Square }, new LineSeries([0, 1e5, 2e5, 3e5], [90, 30, 12, 7]) { Label = "b", Marker = Marker.Cross, Dash = Dash.Dotted }],
                    Spans = [new(Direction.Horizontal, 0, 10, "wanted") { Colour = Palette.Green }],
                },
            ],
        };
    }
}
