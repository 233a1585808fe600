using System.Collections.Immutable;
using System.Globalization;
using AnalogLearn.Circuits;
using AnalogLearn.Netlist;
using AnalogLearn.Synapses;

namespace AnalogLearn.Fitting;

/// <summary>
/// From conductances pulse by pulse to an update law. The change by each pulse, ΔG_k = G_(k+1) − G_k, is compared with the law's step at G_k; noise of pulses makes the residuals independent, noise of reading makes neighbours
/// anti-correlated, e_k = p_k + r_(k+1) − r_k, so that σ_read² = −Cov(e_k, e_(k+1)) and σ_pulse² = Var(e) − 2 σ_read² (cycle to cycle). Each device's own size of step, by regression on the common law, gives the spread from
/// device to device, less the variance of estimating it.
/// </summary>
/// <remarks>
/// Columns: <c>g</c> [S] and <c>direction</c> (above 0 up, below 0 down: of the pulse that led to this row), optionally <c>device</c>; or two columns <c>up</c> and <c>down</c> of one device's conductances under pulses of one kind.
/// Conductances at which reading starts the step carry their own noise, which flattens slopes when it is as large as the range of the data: average readings then.
/// </remarks>
public static class PulseFit
{
    private static readonly ImmutableDictionary<string, SynapseParameter[]> Free = new Dictionary<string, SynapseParameter[]>(StringComparer.Ordinal)
    {
        ["constant"] = [SynapseParameter.Step, SynapseParameter.Asymmetry],
        ["linear"] = [SynapseParameter.Step, SynapseParameter.Asymmetry, SynapseParameter.SlopeUp, SynapseParameter.SlopeDown],
        ["softbounds"] = [SynapseParameter.Step, SynapseParameter.Asymmetry],
        ["powstep"] = [SynapseParameter.Step, SynapseParameter.Asymmetry, SynapseParameter.PowerUp, SynapseParameter.PowerDown],
        ["nl"] = [SynapseParameter.LabelUp, SynapseParameter.LabelDown, SynapseParameter.PulsesUp, SynapseParameter.PulsesDown],
    }.ToImmutableDictionary();

    /// <summary>The laws that can be fitted.</summary>
    public static IEnumerable<string> Laws => Free.Keys.Order(StringComparer.Ordinal);

    /// <summary>Fits.</summary>
    /// <param name="table">The measurement.</param>
    /// <param name="law">One of <see cref="Laws"/>.</param>
    /// <param name="range">gmin and gmax [S]; NaN for the least and the largest conductance in the table.</param>
    /// <param name="diagnostics">Receives what is wrong.</param>
    /// <returns>The fit, or null.</returns>
    public static Fit? Of(MeasuredTable table, string law, (double Least, double Most) range, DiagnosticBag diagnostics)
    {
        ArgumentNullException.ThrowIfNull(table);
        ArgumentNullException.ThrowIfNull(diagnostics);
        if (!Free.TryGetValue(law, out SynapseParameter[]? free))
        {
            diagnostics.Error(Codes.BadValue, SourceSpan.None, $"'{law}' is not a law that can be fitted", $"laws: {string.Join(", ", Laws)}");
            return null;
        }

        List<Pulse>? pulses = Pulses(table, diagnostics);
        if (pulses is null)
            return null;
        if (pulses.Count(p => p.Up) < 3 || pulses.Count(p => !p.Up) < 3)
        {
            diagnostics.Error(Codes.BadFile, SourceSpan.None, "there are fewer than three pulses in one of the directions", "a law needs pulses up and pulses down");
            return null;
        }

        double least = double.IsNaN(range.Least) ? pulses.Min(p => Math.Min(p.From, p.To)) : range.Least, most = double.IsNaN(range.Most) ? pulses.Max(p => Math.Max(p.From, p.To)) : range.Most;
        double mean = pulses.Average(p => Math.Abs(p.Change));
        if (!(most > least) && !(double.IsNaN(range.Least) && double.IsNaN(range.Most)))
        {
            diagnostics.Error(
                Codes.BadValue, SourceSpan.None, string.Create(CultureInfo.InvariantCulture, $"gmin of {least:g4} S is not below gmax of {most:g4} S"), string.Create(CultureInfo.InvariantCulture, $"both are in siemens; the data lie between {pulses.Min(p => Math.Min(p.From, p.To)):g4} and {pulses.Max(p => Math.Max(p.From, p.To)):g4} S"));
            return null;
        }

        if (!(most > least) || !(mean > 0))
        {
            diagnostics.Error(Codes.BadFile, SourceSpan.None, "the conductance does not change", "pulses that change nothing have no law: check the column of conductances");
            return null;
        }

        SynapseCard card = Nominal(law, least, most, mean);
        UpdateLaw update = UpdateLaw.Of(card)!;
        double[] Predicted(double[] values)
        {
            double[] numbers = [.. card.Numbers];
            for (int k = 0; k < free.Length; k++)
                numbers[(int)free[k]] = values[k];
            PulsedDevice device = update.Device(card, numbers);
            return [.. pulses.Select(p => update.Step(device, p.From, p.Up))];
        }

        double[] start = [.. free.Select(f => Start(f, mean, most - least))], scale = [.. free.Select(f => f is SynapseParameter.Step ? mean : f is SynapseParameter.PulsesUp or SynapseParameter.PulsesDown ? (most - least) / mean : 1)];
        double[] low = [.. free.Select(Low)], high = [.. free.Select(f => SynapseParameters.Of(f).High)];
        double[] changes = [.. pulses.Select(p => p.Change)];
        (double[] values, double[] errors, bool converged) = LeastSquares.Curve(Predicted, changes, start, scale, low, high);
        if (!converged)
            diagnostics.Warning(Codes.BadFile, SourceSpan.None, $"the fit of {law} did not converge; its numbers are where it stopped", "another law may fit better");
        double[] fitted = Predicted(values);
        return Result(law, free, values, errors, pulses, fitted, least, most, update.Device(card).StepUp);
    }

    private static Fit Result(string law, SynapseParameter[] free, double[] values, double[] errors, List<Pulse> pulses, double[] fitted, double least, double most, double nominal)
    {
        // Noise is what each device does beside its own size of step.
        Dictionary<double, double> own = Enumerable.Range(0, pulses.Count).GroupBy(k => pulses[k].Device).ToDictionary(d => d.Key, d => Size(pulses, fitted, d));
        double[] rest = [.. pulses.Select((p, k) => p.Change - (own[p.Device] * fitted[k]))];
        (double cycle, double cycleError, double reading) = Cycles(pulses, rest);
        (double deviation, double deviationError, int devices) = Devices(pulses, fitted, cycle);
        double size = fitted.Average(Math.Abs);
        var numbers = ImmutableArray.CreateBuilder<FittedNumber>();
        var text = new List<string> { $"gmin={Si(least)}", $"gmax={Si(most)}", "update=" + law };
        for (int k = 0; k < free.Length; k++)
        {
            SynapseParameterInfo info = SynapseParameters.Of(free[k]);
            bool isCount = free[k] is SynapseParameter.PulsesUp or SynapseParameter.PulsesDown;
            numbers.Add(new(info.Name, values[k], errors[k], info.Unit));
            text.Add($"{info.Name}={(isCount ? Math.Round(values[k]).ToString(CultureInfo.InvariantCulture) : Si(values[k]))}");
            if (devices > 1 && deviation > 0 && free[k] is SynapseParameter.Step or SynapseParameter.PulsesUp or SynapseParameter.PulsesDown)
                text.Add(string.Create(CultureInfo.InvariantCulture, $"DEV={100 * deviation:g4}%{(deviation > 0.15 ? "/lognormal" : string.Empty)}"));
        }

        if (law is "nl")
        {
            numbers.Add(new("pulse_noise_range (cycle to cycle)", cycle / (most - least), cycleError / (most - least), string.Empty));
            text.Add($"pulse_noise_range={Si(cycle / (most - least))}");
        }
        else
        {
            numbers.Add(new("pulse_noise (cycle to cycle)", cycle / size, cycleError / size, string.Empty));
            text.Add($"pulse_noise={Si(cycle / size)}");
        }

        if (devices > 1)
            numbers.Add(new("step from device to device, relative", deviation, deviationError, string.Empty));
        numbers.Add(new("σ of a reading", reading, double.NaN, "S"));
        if (reading > 0)
            text.Add($"read_noise={Si(reading / pulses.Average(p => p.From))}");
        return new Fit
        {
            Kind = "pulses, update=" + law,
            Numbers = numbers.ToImmutable(),
            Card = [.. text],
            Points = [.. pulses.Select((p, k) => (p.From, p.Change, fitted[k]))],
            Axes = (new("conductance", "S"), new("change by a pulse", "S")),
            Devices = devices,
        };
    }

    /// <summary>σ of a pulse, its standard error, and σ of a reading.</summary>
    private static (double Pulse, double Error, double Reading) Cycles(List<Pulse> pulses, double[] rest)
    {
        double variance = rest.Average(r => r * r), neighbours = 0;
        int count = 0;
        for (int k = 1; k < pulses.Count; k++)
        {
            if (pulses[k].Device != pulses[k - 1].Device || pulses[k].From != pulses[k - 1].To)
                continue;
            neighbours += rest[k] * rest[k - 1];
            count++;
        }

        // Only what is well above the scatter of a covariance is taken for noise of reading.
        double covariance = count > 0 ? neighbours / count : 0;
        double reading = -covariance > 3 * variance / Math.Sqrt(Math.Max(1, count)) ? Math.Sqrt(-covariance) : 0;
        double pulse = Math.Sqrt(Math.Max(0, variance - (2 * reading * reading)));
        return (pulse, pulse > 0 ? variance / (pulse * Math.Sqrt(2.0 * rest.Length)) : double.NaN, reading);
    }

    /// <summary>How the size of the step differs from device to device.</summary>
    private static (double Deviation, double Error, int Devices) Devices(List<Pulse> pulses, double[] fitted, double cycle)
    {
        var sizes = new List<double>();
        var errors = new List<double>();
        foreach (IGrouping<double, int> device in Enumerable.Range(0, pulses.Count).GroupBy(k => pulses[k].Device))
        {
            double square = device.Sum(k => fitted[k] * fitted[k]);
            if (square == 0)
                continue;
            sizes.Add(Size(pulses, fitted, device));
            errors.Add(cycle / Math.Sqrt(square));
        }

        (double mean, _, double deviation, double error) = LeastSquares.Between([.. sizes], [.. errors]);
        return (deviation / mean, error / mean, sizes.Count);
    }

    /// <summary>The size of a device's steps relative to the common law's.</summary>
    private static double Size(List<Pulse> pulses, double[] fitted, IEnumerable<int> rows)
    {
        double product = 0, square = 0;
        foreach (int k in rows)
        {
            product += fitted[k] * pulses[k].Change;
            square += fitted[k] * fitted[k];
        }

        return square > 0 ? product / square : 1;
    }

    private static SynapseCard Nominal(string law, double least, double most, double step)
    {
        double[] numbers = [.. SynapseParameters.All.Select(p => p.Default)];
        numbers[(int)SynapseParameter.Minimum] = least;
        numbers[(int)SynapseParameter.Maximum] = most;
        numbers[(int)SynapseParameter.Reference] = 0.5 * (least + most);
        numbers[(int)SynapseParameter.Step] = step;
        numbers[(int)SynapseParameter.PulsesUp] = numbers[(int)SynapseParameter.PulsesDown] = (most - least) / step;
        return new SynapseCard
        {
            Numbers = [.. numbers],
            Functions = [.. new DeviceFunction?[numbers.Length]],
            Given = [SynapseParameter.Minimum, SynapseParameter.Maximum, SynapseParameter.Step, SynapseParameter.PulsesUp, SynapseParameter.PulsesDown],
            Update = law switch
            {
                "constant" => SynapseUpdate.Constant,
                "linear" => SynapseUpdate.Linear,
                "softbounds" => SynapseUpdate.SoftBounds,
                "powstep" => SynapseUpdate.Power,
                _ => SynapseUpdate.Labelled,
            },
        };
    }

    private static double Start(SynapseParameter parameter, double step, double range) => parameter switch
    {
        SynapseParameter.Step => step,
        SynapseParameter.Asymmetry => 0.01,
        SynapseParameter.SlopeUp or SynapseParameter.SlopeDown => 0.3,
        SynapseParameter.PowerUp or SynapseParameter.PowerDown => 0.7,
        SynapseParameter.LabelUp => 1,
        SynapseParameter.LabelDown => -1,
        _ => range / step,
    };

    private static double Low(SynapseParameter parameter) => parameter is SynapseParameter.Step ? 1e-30 : SynapseParameters.Of(parameter).Low;

    private static List<Pulse>? Pulses(MeasuredTable table, DiagnosticBag diagnostics)
    {
        var pulses = new List<Pulse>();
        if (!table.Columns.ContainsKey("g") && table.Columns.TryGetValue("up", out double[]? up) && table.Columns.TryGetValue("down", out double[]? down))
        {
            for (int k = 1; k < up.Length; k++)
            {
                pulses.Add(new(0, up[k - 1], up[k], true));
                pulses.Add(new(0, down[k - 1], down[k], false));
            }

            // In the order of the columns, so that neighbours are neighbours in time.
            return [.. pulses.Where(p => p.Up), .. pulses.Where(p => !p.Up)];
        }

        if (table.Need("g", "conductance in S after a pulse", diagnostics) is not { } g || table.Need("direction", "1 after a pulse up, -1 after one down, 0 before the first", diagnostics) is not { } direction)
            return null;
        double[] device = table.Optional("device", 0);
        for (int k = 1; k < table.Rows; k++)
        {
            if (device[k] == device[k - 1] && direction[k] != 0)
                pulses.Add(new(device[k], g[k - 1], g[k], direction[k] > 0));
        }

        return pulses;
    }

    internal static string Si(double value) => value.ToString("g6", CultureInfo.InvariantCulture);

    private readonly record struct Pulse(double Device, double From, double To, bool Up)
    {
        public double Change => To - From;
    }
}
