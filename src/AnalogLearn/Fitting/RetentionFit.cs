using System.Collections.Immutable;
using AnalogLearn.Netlist;
using AnalogLearn.Plots;

namespace AnalogLearn.Fitting;

/// <summary>
/// From conductances over time to G(t) = G₀ ((t + t0)/t0)^(−ν): of each device a straight line of ln G over ln((t + t0)/t0). The mean of the devices' ν, and their spread less the variance of estimating it (device to device); the
/// scatter about a device's own line is noise of reading (cycle to cycle). Columns <c>t</c> [s since programming], <c>g</c> [S], optionally <c>device</c>.
/// </summary>
public static class RetentionFit
{
    /// <summary>Fits.</summary>
    /// <param name="table">The measurement.</param>
    /// <param name="origin">t0 [s].</param>
    /// <param name="diagnostics">Receives what is wrong.</param>
    /// <returns>The fit, or null.</returns>
    public static Fit? Of(MeasuredTable table, double origin, DiagnosticBag diagnostics)
    {
        ArgumentNullException.ThrowIfNull(table);
        ArgumentNullException.ThrowIfNull(diagnostics);
        if (table.Need("t", "time since programming in s", diagnostics) is not { } t || table.Need("g", "conductance in S", diagnostics) is not { } g)
            return null;
        double[] device = table.Optional("device", 0);
        if (!(origin > 0) || t.Any(x => x < 0) || g.Any(x => x <= 0))
        {
            diagnostics.Error(Codes.BadFile, SourceSpan.None, "times before 0, conductances that are not positive, or a t0 that is not", "leave dead devices out, and give --t0 in seconds");
            return null;
        }

        var exponents = new List<double>();
        var errors = new List<double>();
        var starts = new List<double>();
        double squares = 0;
        int freedom = 0;
        var points = new (double, double, double)[t.Length];
        foreach (IGrouping<double, int> group in Enumerable.Range(0, t.Length).GroupBy(k => device[k]))
        {
            int[] rows = [.. group];
            double[] x = [.. rows.Select(k => Math.Log((t[k] + origin) / origin))], y = [.. rows.Select(k => Math.Log(g[k]))];
            if (rows.Length < 2 || x.Distinct().Count() < 2)
            {
                diagnostics.Error(Codes.BadFile, SourceSpan.None, FormattableString.Invariant($"device {group.Key} was read at one time only"), "a line needs two times at least");
                return null;
            }

            (double[] b, double[] e, _) = LeastSquares.Linear([[.. x.Select(_ => 1.0)], x], y);
            exponents.Add(-b[1]);
            errors.Add(double.IsNaN(e[1]) ? 0 : e[1]);
            starts.Add(Math.Exp(b[0]));
            for (int k = 0; k < rows.Length; k++)
            {
                double fitted = b[0] + (b[1] * x[k]);
                squares += (y[k] - fitted) * (y[k] - fitted);
                points[rows[k]] = (t[rows[k]] + origin, g[rows[k]], Math.Exp(fitted));
            }

            freedom += rows.Length - 2;
        }

        (double mean, double meanError, double deviation, double deviationError) = LeastSquares.Between([.. exponents], [.. errors]);
        double scatter = freedom > 0 ? Math.Sqrt(squares / freedom) : double.NaN;
        var numbers = ImmutableArray.CreateBuilder<FittedNumber>();
        numbers.Add(new("nu", mean, meanError, string.Empty));
        if (exponents.Count > 1)
            numbers.Add(new("nu_sd (device to device)", deviation, deviationError, string.Empty));
        if (freedom > 0)
            numbers.Add(new("read_noise (cycle to cycle), relative", scatter, scatter / Math.Sqrt(2.0 * freedom), string.Empty));
        var card = new List<string> { $"gmax={PulseFit.Si(starts.Max())}", $"nu={PulseFit.Si(Math.Max(0, mean))}", $"t0={PulseFit.Si(origin)}" };
        if (deviation > 0)
            card.Add($"nu_sd={PulseFit.Si(deviation)}");
        if (freedom > 0)
            card.Add($"read_noise={PulseFit.Si(scatter)}");
        return new Fit
        {
            Kind = "retention",
            Numbers = numbers.ToImmutable(),
            Card = [.. card],
            Points = [.. points],
            Axes = (new Axis("time since programming, plus t0", "s") { Scale = AxisScale.Logarithmic }, new("conductance", "S")),
            Devices = exponents.Count,
        };
    }
}
