using System.Globalization;

namespace AnalogLearn.Plots;

/// <summary>Ready-made figures from plain numbers.</summary>
public static partial class Figures
{
    /// <summary>Error and loss through training.</summary>
    /// <param name="epochs">Epochs at which the errors were measured.</param>
    /// <param name="trainError">Error on the training examples, as a share from 0 to 1; may be empty.</param>
    /// <param name="testError">Error on held-out examples, as a share from 0 to 1; may be empty.</param>
    /// <param name="loss">Mean cost per epoch, positive; may be empty.</param>
    /// <param name="subtitle">A line below the heading.</param>
    /// <param name="name">The figure's name.</param>
    public static Figure TrainingCurves(IReadOnlyList<double> epochs, IReadOnlyList<double> trainError, IReadOnlyList<double> testError, IReadOnlyList<double> loss, string subtitle = "", string name = "training")
    {
        var errors = new List<Curve>();
        if (testError.Count > 0)
            errors.Add(new("held-out examples", epochs, testError) { Colour = Palette.Blue });
        if (trainError.Count > 0)
            errors.Add(new("training examples", epochs, trainError) { Colour = Palette.Vermillion, Dash = Dash.Dashed });
        return TrainingCurves(errors, loss.Count > 0 ? [new(string.Empty, epochs, loss) { Colour = Palette.Green }] : [], subtitle, name);
    }

    /// <summary>Errors and losses of several runs, or with bands over seeds.</summary>
    /// <param name="errors">Error curves against epochs, as shares from 0 to 1.</param>
    /// <param name="losses">Cost curves against epochs, positive; may be empty.</param>
    /// <param name="subtitle">A line below the heading.</param>
    /// <param name="name">The figure's name.</param>
    public static Figure TrainingCurves(IReadOnlyList<Curve> errors, IReadOnlyList<Curve> losses, string subtitle = "", string name = "training")
    {
        Axis epoch = Axis.Number("epoch") with { WholeNumbers = true };
        var panels = new List<Panel>();
        if (errors.Count > 0)
        {
            double[] positive = [.. errors.SelectMany(static c => c.Y).Where(static v => v > 0 && double.IsFinite(v))];
            bool wide = positive.Length > 0 && positive.Max() > 12 * positive.Min() && errors.All(static c => c.Y.All(static v => v != 0));
            Curve? best = errors.FirstOrDefault(static c => c.Y.Any(double.IsFinite));
            double lowest = best is null ? double.NaN : best.Y.Where(double.IsFinite).Min();
            panels.Add(new()
            {
                Title = "Error",
                X = epoch,
                Y = new("error", "%") { Scale = wide ? AxisScale.Logarithmic : AxisScale.Linear, IncludeZero = !wide },
                Series = [.. errors.Select(static c => c.ToSeries(100))],
                ReferenceLines = double.IsNaN(lowest) || lowest == 0 ? [] : [new(Direction.Horizontal, 100 * lowest, string.Create(CultureInfo.InvariantCulture, $"best {EngineeringNotation.Significant(100 * lowest)} %")) { Dash = Dash.Dotted }],
            });
        }

        if (losses.Count > 0)
        {
            bool positive = losses.All(static c => c.Y.All(static v => !(v <= 0)));
            panels.Add(new()
            {
                Title = "Cost",
                X = epoch,
                Y = Axis.Number("mean cost") with { Scale = positive ? AxisScale.Logarithmic : AxisScale.Linear },
                Series = [.. losses.Select(static c => c.ToSeries())],
            });
        }

        return new(name, "Training") { Subtitle = subtitle, Panels = panels, Columns = 2, PanelWidth = panels.Count > 1 ? 400 : 480, PanelHeight = 290 };
    }
}
