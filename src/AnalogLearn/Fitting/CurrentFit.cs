using System.Collections.Immutable;
using AnalogLearn.Netlist;

namespace AnalogLearn.Fitting;

/// <summary>From currents and voltages to I = G V (1 + k2 V + k3 V² + …): linear least squares on the powers of V, errors of the quotients by first-order propagation. Columns <c>v</c> [V], <c>i</c> [A], optionally <c>device</c>.</summary>
public static class CurrentFit
{
    /// <summary>Fits.</summary>
    /// <param name="table">The measurement.</param>
    /// <param name="degree">The highest power of V.</param>
    /// <param name="diagnostics">Receives what is wrong.</param>
    /// <returns>The fit, or null.</returns>
    public static Fit? Of(MeasuredTable table, int degree, DiagnosticBag diagnostics)
    {
        ArgumentNullException.ThrowIfNull(table);
        ArgumentNullException.ThrowIfNull(diagnostics);
        if (table.Need("v", "voltage in V", diagnostics) is not { } v || table.Need("i", "current in A", diagnostics) is not { } i)
            return null;
        if (degree < 1 || v.Distinct().Count() <= degree)
        {
            diagnostics.Error(Codes.BadFile, SourceSpan.None, "there are too few different voltages for so many powers", "--degree 1 is a straight line");
            return null;
        }

        double[] device = table.Optional("device", 0);
        double[][] basis = [.. Enumerable.Range(1, degree).Select(p => v.Select(x => Math.Pow(x, p)).ToArray())];
        (double[] c, double[] e, var covariance) = LeastSquares.Linear(basis, i);
        double[] fitted = [.. v.Select((_, k) => basis.Select((b, p) => c[p] * b[k]).Sum())];
        var numbers = ImmutableArray.CreateBuilder<FittedNumber>();
        numbers.Add(new("g", c[0], e[0], "S"));
        for (int p = 1; p < degree; p++)
        {
            double k = c[p] / c[0];
            double variance = (covariance[p, p] - (2 * k * covariance[0, p]) + (k * k * covariance[0, 0])) / (c[0] * c[0]);
            numbers.Add(new(FormattableString.Invariant($"k{p + 1}"), k, Math.Sqrt(Math.Max(0, variance)), p == 1 ? "1/V" : FormattableString.Invariant($"1/V^{p}")));
        }

        // Each device's own conductance, on the common shape.
        double[] shape = [.. fitted.Select(f => f / c[0])];
        double sigma = Math.Sqrt(i.Zip(fitted, (a, b) => (a - b) * (a - b)).Sum() / Math.Max(1, i.Length - degree));
        var own = Enumerable.Range(0, i.Length).GroupBy(k => device[k]).Select(d => (G: d.Sum(k => shape[k] * i[k]) / d.Sum(k => shape[k] * shape[k]), Rows: d.ToArray())).ToArray();
        double within = Math.Sqrt(own.Sum(d => d.Rows.Sum(k => Math.Pow(i[k] - (d.G * shape[k]), 2))) / Math.Max(1, i.Length - own.Length - degree + 1));
        (_, _, double deviation, double error) = LeastSquares.Between([.. own.Select(d => d.G)], [.. own.Select(d => within / Math.Sqrt(d.Rows.Sum(k => shape[k] * shape[k])))]);
        if (own.Length > 1)
            numbers.Add(new("g from device to device", deviation, error, "S"));
        numbers.Add(new("σ of a current", own.Length > 1 ? within : sigma, (own.Length > 1 ? within : sigma) / Math.Sqrt(2.0 * i.Length), "A"));
        string polynomial = string.Join(',', numbers.Skip(1).Take(degree - 1).Select(n => PulseFit.Si(n.Value)).Prepend("1"));
        return new Fit
        {
            Kind = "iv",
            Numbers = numbers.ToImmutable(),
            Card = degree > 1 ? [$"gmax={PulseFit.Si(c[0])}", $"iv=poly({polynomial})"] : [$"gmax={PulseFit.Si(c[0])}"],
            Points = [.. v.Select((x, k) => (x, i[k], fitted[k]))],
            Axes = (new("voltage", "V"), new("current", "A")),
            Devices = own.Length,
        };
    }
}
