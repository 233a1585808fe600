using System.Globalization;

namespace AnalogLearn.Plots;

public static partial class Figures
{
    /// <summary>What a classifier answered (columns) for examples of each class (rows). Colours show shares of the row, small ones emphasised; the numbers are counts.</summary>
    /// <param name="counts">classes × classes counts, one row per true class.</param>
    /// <param name="classes">Names of the classes.</param>
    /// <param name="subtitle">A line below the heading; the accuracy is added.</param>
    /// <param name="name">The figure's name.</param>
    public static Figure ConfusionMatrix(IReadOnlyList<double> counts, IReadOnlyList<string> classes, string subtitle = "", string name = "confusion")
    {
        int n = classes.Count;
        var shares = new double[n * n];
        var texts = new string[n * n];
        double right = 0;
        double all = 0;
        for (int r = 0; r < n; r++)
        {
            double row = 0;
            for (int c = 0; c < n; c++)
                row += counts[(r * n) + c];
            for (int c = 0; c < n; c++)
            {
                double count = counts[(r * n) + c];
                shares[(r * n) + c] = row > 0 ? 100 * count / row : double.NaN;
                texts[(r * n) + c] = count > 0 ? count.ToString("0", CultureInfo.InvariantCulture) : string.Empty;
            }

            right += counts[(r * n) + r];
            all += row;
        }

        string accuracy = all > 0 ? string.Create(CultureInfo.InvariantCulture, $"{right:0} of {all:0} right ({100 * right / all:0.00} %)") : "no examples";
        return new(name, "Confusion matrix")
        {
            Subtitle = subtitle.Length > 0 ? $"{subtitle}; {accuracy}" : accuracy,
            PanelWidth = 520,
            PanelHeight = 420,
            Panels =
            [
                new()
                {
                    X = new("answer") { Categories = classes },
                    Y = new("class") { Categories = classes },
                    Series = [new HeatMapSeries(shares, n, n) { Minimum = 0, Maximum = 100, Exponent = 0.5, CellTexts = texts, ValueLabel = "share of the class", ValueUnit = "%" }],
                },
            ],
        };
    }
}
