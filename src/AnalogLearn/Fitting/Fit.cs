using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using AnalogLearn.Plots;

namespace AnalogLearn.Fitting;

/// <summary>A number that was fitted.</summary>
/// <param name="Name">Its name on a card, or what it is.</param>
/// <param name="Value">Its value.</param>
/// <param name="Error">Its standard error.</param>
/// <param name="Unit">Its unit, or empty.</param>
public sealed record FittedNumber(string Name, double Value, double Error, string Unit)
{
    /// <summary>The standard error in two digits; a dash where the data do not tell it.</summary>
    public string ErrorText => double.IsFinite(Error) && Error > 0 ? Error.ToString("g2", CultureInfo.InvariantCulture) : "-";
}

/// <summary>What a fit found.</summary>
public sealed record Fit
{
    /// <summary>What was fitted: pulses, iv, retention, array.</summary>
    public required string Kind { get; init; }

    /// <summary>The numbers with their standard errors.</summary>
    public required ImmutableArray<FittedNumber> Numbers { get; init; }

    /// <summary>The parameters of the model card, as a deck writes them.</summary>
    public required ImmutableArray<string> Card { get; init; }

    /// <summary>What was measured, what the fit says, row by row; x and the unit of y.</summary>
    public required ImmutableArray<(double X, double Measured, double Fitted)> Points { get; init; }

    /// <summary>The axes of the points.</summary>
    public required (Axis X, Axis Y) Axes { get; init; }

    /// <summary>Devices in the table.</summary>
    public int Devices { get; init; }

    /// <summary>Root of the mean squared residual, in the unit of y.</summary>
    public double Residual => Math.Sqrt(Points.Average(p => (p.Measured - p.Fitted) * (p.Measured - p.Fitted)));

    /// <summary>A library with the card.</summary>
    /// <param name="name">The card's name.</param>
    /// <param name="source">The file that was fitted.</param>
    public string ToLibrary(string name, string source)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"* Fitted to {source}: {Points.Length} points of {Devices} device{(Devices == 1 ? string.Empty : "s")}, residual {Residual:g4} {Axes.Y.Unit}.\n");
        foreach (FittedNumber n in Numbers)
            text.Append(string.Create(CultureInfo.InvariantCulture, $"* {n.Name} = {n.Value:g6} ± {n.ErrorText} {n.Unit}").TrimEnd()).Append('\n');
        text.Append(CultureInfo.InvariantCulture, $".lib {name}\n.model {name} synapse({string.Join(' ', Card)}\n+ source=\"{source.Replace('"', '\'')}\" uncertainty=\"standard errors above\")\n.endl\n");
        return text.ToString();
    }

    /// <summary>Whether the fit is one curve over x: branches (pulses up and down, devices) drawn as one would fill the panel with strokes from branch to branch.</summary>
    private static bool IsOneCurve(int[] order, double[] fitted)
    {
        const double ofRange = 3;
        double travelled = 0;
        for (int k = 1; k < order.Length; k++)
            travelled += Math.Abs(fitted[order[k]] - fitted[order[k - 1]]);
        return travelled <= ofRange * (fitted.Max() - fitted.Min());
    }

    /// <summary>The points as csv.</summary>
    public string ToCsv()
    {
        var text = new StringBuilder("x,measured,fitted,residual\n");
        foreach ((double x, double measured, double fitted) in Points)
            text.Append(CultureInfo.InvariantCulture, $"{x:R},{measured:R},{fitted:R},{measured - fitted:R}\n");
        return text.ToString();
    }

    /// <summary>The fit beside the data, the residuals below it, and their distribution.</summary>
    /// <param name="name">The card's name.</param>
    public Figure Draw(string name)
    {
        double[] x = [.. Points.Select(p => p.X)], measured = [.. Points.Select(p => p.Measured)], fitted = [.. Points.Select(p => p.Fitted)];
        double[] residuals = [.. Points.Select(p => p.Measured - p.Fitted)];
        int[] order = [.. Enumerable.Range(0, x.Length).OrderBy(k => x[k])];
        return new Figure("fit-" + name, "Fit of " + name)
        {
            Subtitle = string.Create(CultureInfo.InvariantCulture, $"{Kind}: {Points.Length} points, {Devices} device{(Devices == 1 ? string.Empty : "s")}"),
            PanelWidth = 520,
            PanelHeight = 220,
            Panels =
            [
                new Panel
                {
                    X = Axes.X,
                    Y = Axes.Y,
                    Series =
                    [
                        new ScatterSeries(x, measured) { Label = "measured", Size = 2.5 },
                        IsOneCurve(order, fitted) ? new LineSeries([.. order.Select(k => x[k])], [.. order.Select(k => fitted[k])]) { Label = "fit" } : new ScatterSeries(x, fitted) { Label = "fit", Size = 1.5 },
                    ],
                },
                new Panel { Title = "Residuals", X = Axes.X, Y = Axes.Y with { Label = "residual" }, Series = [new ScatterSeries(x, residuals) { Size = 2.5 }], ReferenceLines = [new(Direction.Horizontal, 0)] },
                new Panel { Title = "Their distribution", X = Axes.Y with { Label = "residual", Scale = AxisScale.Linear }, Y = Axis.Number("rows"), Series = [HistogramSeries.Of(residuals)] },
            ],
        };
    }
}
