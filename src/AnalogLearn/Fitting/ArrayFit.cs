using System.Collections.Immutable;
using AnalogLearn.Netlist;

namespace AnalogLearn.Fitting;

/// <summary>
/// From an array's conductances after programming to σ(x), a polynomial in x = G/gmax. Columns <c>target</c> and <c>g</c> [S], optionally <c>device</c>. Where devices were programmed to a target several times, an analysis of variance
/// of one random factor separates them: with n repetitions, σ²_cycle = MS_within and σ²_device = (MS_between − MS_within)/n; the card's <c>write_noise</c> is that of cycles. Without repetitions all of it is.
/// </summary>
public static class ArrayFit
{
    /// <summary>Fits.</summary>
    /// <param name="table">The measurement.</param>
    /// <param name="most">gmax [S], or NaN for the largest target.</param>
    /// <param name="degree">The polynomial's degree.</param>
    /// <param name="diagnostics">Receives what is wrong.</param>
    /// <returns>The fit, or null.</returns>
    public static Fit? Of(MeasuredTable table, double most, int degree, DiagnosticBag diagnostics)
    {
        ArgumentNullException.ThrowIfNull(table);
        ArgumentNullException.ThrowIfNull(diagnostics);
        if (table.Need("target", "conductance that was asked for in S", diagnostics) is not { } target || table.Need("g", "conductance that came of it in S", diagnostics) is not { } g)
            return null;
        double[] device = table.Optional("device", double.NaN);
        bool known = table.Columns.ContainsKey("device");
        double largest = double.IsNaN(most) ? target.Max() : most;
        Level[] levels = [.. Enumerable.Range(0, g.Length).GroupBy(k => target[k]).OrderBy(l => l.Key).Select(l => Level.Of(l.Key, [.. l], g, device, known))];
        if (levels.Length <= degree || levels.Any(l => l.Freedom < 1))
        {
            diagnostics.Error(Codes.BadFile, SourceSpan.None, FormattableString.Invariant($"{levels.Length} targets, some read too rarely, for a polynomial of degree {degree}"), "program each of several targets some times, or ask for a lower --degree");
            return null;
        }

        double[] x = [.. levels.Select(l => l.Target / largest)], sigma = [.. levels.Select(l => l.Cycle)];
        double[] weights = [.. levels.Select(l => l.Freedom / Math.Max(l.Cycle * l.Cycle, 1e-40))];
        (double[] c, double[] e, _) = LeastSquares.Linear([.. Enumerable.Range(0, degree + 1).Select(p => x.Select(v => Math.Pow(v, p)).ToArray())], sigma, weights);
        var numbers = ImmutableArray.CreateBuilder<FittedNumber>();
        for (int p = 0; p <= degree; p++)
            numbers.Add(new(FormattableString.Invariant($"write_noise, coefficient of x^{p}"), c[p], e[p], "S"));
        bool repeated = levels.Any(l => l.Repeats);
        if (repeated)
        {
            double between = Math.Sqrt(levels.Average(l => l.Device * l.Device));
            double error = Math.Sqrt(levels.Sum(l => l.DeviceError * l.DeviceError)) / levels.Length;
            numbers.Add(new("σ from device to device, mean over targets", between, error, "S"));
            numbers.Add(new("σ from cycle to cycle, mean over targets", Math.Sqrt(levels.Average(l => l.Cycle * l.Cycle)), Math.Sqrt(levels.Average(l => l.Cycle * l.Cycle) / (2.0 * levels.Sum(l => l.Freedom))), "S"));
        }

        string polynomial = degree == 0 ? PulseFit.Si(c[0]) : $"poly({string.Join(',', c.Select(PulseFit.Si))})";
        return new Fit
        {
            Kind = "array",
            Numbers = numbers.ToImmutable(),
            Card = [$"gmin={PulseFit.Si(Math.Max(0, target.Min()))}", $"gmax={PulseFit.Si(largest)}", $"write_noise={polynomial}"],
            Points = [.. levels.Select((l, k) => (l.Target, l.Cycle, c.Select((v, p) => v * Math.Pow(x[k], p)).Sum()))],
            Axes = (new("target conductance", "S"), new("σ of programming", "S")),
            Devices = known ? device.Distinct().Count() : g.Length,
        };
    }

    /// <summary>What was found at one target.</summary>
    private sealed record Level(double Target, double Cycle, double Device, double DeviceError, int Freedom, bool Repeats)
    {
        public static Level Of(double target, int[] rows, double[] g, double[] device, bool known)
        {
            double mean = rows.Average(k => g[k]);
            double total = rows.Sum(k => (g[k] - mean) * (g[k] - mean));
            int[][] own = known ? [.. rows.GroupBy(k => device[k]).Select(d => d.ToArray())] : [];
            if (own.Length < 2 || own.All(d => d.Length < 2))
                return new(target, Math.Sqrt(total / Math.Max(1, rows.Length - 1)), 0, 0, rows.Length - 1, false);
            double within = own.Sum(d => d.Sum(k => Math.Pow(g[k] - d.Average(j => g[j]), 2)));
            int freedom = rows.Length - own.Length;
            double inside = within / freedom, outside = (total - within) / (own.Length - 1);
            double repeats = (rows.Length - (own.Sum(d => (double)d.Length * d.Length) / rows.Length)) / (own.Length - 1);
            double between = Math.Sqrt(Math.Max(0, (outside - inside) / repeats));
            double error = between > 0 ? Math.Sqrt((2 * outside * outside / (own.Length - 1)) + (2 * inside * inside / freedom)) / (2 * between * repeats) : Math.Sqrt(inside / repeats);
            return new(target, Math.Sqrt(inside), between, error, freedom, true);
        }
    }
}
