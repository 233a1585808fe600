using System.Collections.Immutable;
using System.Globalization;
using AnalogLearn.Circuits;
using AnalogLearn.Netlist;
using AnalogLearn.Numerics;
using AnalogLearn.Plots;
using AnalogLearn.Synapses;

namespace AnalogLearn.Studies;

/// <summary>A number that follows from a card.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Value">Its value.</param>
/// <param name="Unit">Its unit, or empty.</param>
public sealed record DeviceFact(string Name, double Value, string Unit)
{
    /// <inheritdoc/>
    public override string ToString() => Unit is "%" or "" ? string.Create(CultureInfo.InvariantCulture, $"{Value:g5} {Unit}").TrimEnd() : EngineeringNotation.Format(Value, Unit, 4);
}

/// <summary>What follows from a device's card: derived numbers, and its curves as figures.</summary>
public static class DeviceSheet
{
    private const double Hour = 3600;

    private const double Day = 24 * Hour;

    private const double Year = 365.25 * Day;

    /// <summary>The numbers that follow from a card.</summary>
    /// <param name="entry">The card.</param>
    public static ImmutableArray<DeviceFact> Facts(DeviceEntry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        var facts = ImmutableArray.CreateBuilder<DeviceFact>();
        if (entry.Synapse is { } array)
        {
            double range = array.MaximumConductance - array.MinimumConductance;
            facts.Add(new("smallest weight", array.WeightLow, string.Empty));
            facts.Add(new("largest weight", array.WeightHigh, string.Empty));
            if (array.Card is { } card)
                Synapse(card, range, facts);
        }

        Area(entry.Model, facts);
        if (entry.Model.Type is "neuron")
        {
            double c = entry.Model.Number("c", 1e-9), g = entry.Model.Number("g", 1e-6);
            facts.Add(new("time constant", c / g, "s"));
            facts.Add(new("√(kT/C) at 27 °C", Math.Sqrt(1.380649e-23 * 300.15 / c), "V"));
        }

        if (entry.Model.Type is "ota")
        {
            double bias = entry.Model.Number("ibias", 1e-9), kappa = entry.Model.Number("kappa", 0.7);
            facts.Add(new("transconductance at 27 °C", kappa * bias / (2 * 1.380649e-23 * 300.15 / 1.602176634e-19), "S"));
        }

        return facts.ToImmutable();
    }

    /// <summary>How many states a device has, in words: levels, pulses from end to end, or nothing said.</summary>
    /// <param name="entry">The card.</param>
    public static string States(DeviceEntry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        if (entry.Synapse?.Card is not { } card)
            return entry.Model.Type is "digipot" ? string.Create(CultureInfo.InvariantCulture, $"{entry.Model.Number("taps", 256):g6} taps") : string.Empty;
        if (card.Levels > 0)
            return string.Create(CultureInfo.InvariantCulture, $"{Amount.Of(card.Levels, "level")}");
        return card.IsPulsed ? string.Create(CultureInfo.InvariantCulture, $"{Math.Round(card.Range / card.NominalStep(up: true)):g6} pulses") : string.Empty;
    }

    /// <summary>The curves of a card, as far as it has any: pulses up and down, programming, reading, drift, current against voltage, the area law.</summary>
    /// <param name="entry">The card.</param>
    public static ImmutableArray<Figure> Draw(DeviceEntry entry)
    {
        ArgumentNullException.ThrowIfNull(entry);
        var panels = ImmutableArray.CreateBuilder<Panel>();
        if (entry.Synapse?.Card is { } card)
        {
            if (UpdateLaw.Of(card) is { } law)
                panels.Add(Pulses(card, law));
            if (card.Has(SynapseParameter.WriteNoise) || card.HasReadNoise)
                panels.Add(Noise(card));
            if (card.HasDrift)
                panels.Add(Drift(card));
            if (!card.CurrentPolynomial.IsEmpty)
                panels.Add(Current(card));
        }

        if (DeviceCurrents.Of(entry) is { } current)
            panels.Add(current);
        if (entry.Model.Number("avt", double.NaN) is var avt && !double.IsNaN(avt))
            panels.Add(Pelgrom(avt, IsPair(entry.Model), Offset(entry.Model)));
        return panels.Count == 0 ? [] : [new Figure("device-" + entry.Name, entry.Name) { Subtitle = entry.Headline, Columns = Math.Min(2, panels.Count), PanelWidth = 420, PanelHeight = 280, Panels = panels.ToImmutable(), Caption = entry.Source }];
    }

    private static void Synapse(SynapseCard card, double range, ImmutableArray<DeviceFact>.Builder facts)
    {
        if (card.Levels > 0)
            facts.Add(new("levels of a device", card.Levels, string.Empty));
        if (UpdateLaw.Of(card) is { } law)
        {
            PulsedDevice device = law.Device(card);
            facts.Add(new("pulses from gmin to gmax, by the nominal step", range / card.NominalStep(up: true), string.Empty));
            double point = SymmetryPoint.Of(law, device);
            if (double.IsFinite(point))
                facts.Add(new("symmetry point", point, "S"));
            double middle = 0.5 * (card.Minimum + card.Maximum);
            facts.Add(new("step up at mid-range", law.Step(device, middle, up: true), "S"));
            facts.Add(new("step down at mid-range", law.Step(device, middle, up: false), "S"));
            facts.Add(new("σ of a pulse up at mid-range", law.Deviation(device, middle, up: true), "S"));
        }

        foreach ((double x, string at) in new[] { (0.0, "0"), (0.5, "gmax/2"), (1.0, "gmax") })
        {
            if (card.Has(SynapseParameter.WriteNoise) && x * card.Maximum >= card.Minimum)
                facts.Add(new($"σ of programming at {at}", WriteNoise.Deviation(card, card.Numbers.AsSpan(), x * card.Maximum), "S"));
        }

        if (card.HasReadNoise)
            facts.Add(new("σ of a reading at gmax/2, relative", 100 * ReadNoise.Deviation(card, card.Numbers.AsSpan(), 0.5 * card.Maximum), "%"));
        if (!card.HasDrift)
            return;
        double exponent = ConductanceDrift.Exponent(card, card.Numbers.AsSpan(), 0.5 * card.Maximum, 0);
        facts.Add(new("drift exponent at gmax/2", exponent, string.Empty));
        foreach ((double time, string name) in new[] { (Hour, "an hour"), (Day, "a day"), (Year, "a year") })
            facts.Add(new($"left of gmax/2 after {name}", 100 * After(card, 0.5 * card.Maximum, time, 0, 0) / (0.5 * card.Maximum), "%"));
    }

    private static void Area(Model model, ImmutableArray<DeviceFact>.Builder facts)
    {
        double avt = model.Number("avt", double.NaN);
        if (double.IsNaN(avt))
            return;
        double device = IsPair(model) ? avt / Math.Sqrt(2) : avt;
        string what = Offset(model);
        facts.Add(new($"σ of the {what} of one device at 1 µm²", device, "V"));
        facts.Add(new($"σ of the difference of two at 1 µm²", device * Math.Sqrt(2), "V"));
    }

    private static string Offset(Model model) => model.Type is "nmos" or "pmos" ? "threshold" : "offset";

    private static bool IsPair(Model model) => model.Parameters.LastOrDefault(p => p.Name is "sigma_basis")?.Value is TextValue { Text: var basis } && basis.Equals("pair", StringComparison.OrdinalIgnoreCase);

    /// <summary>All pulses up, then all down, with the band in which pulse noise leaves the middle 68 % of many runs.</summary>
    private static Panel Pulses(SynapseCard card, UpdateLaw law)
    {
        const int most = 2000, devices = 200, points = 100;
        PulsedDevice device = law.Device(card);
        int up = (int)Math.Min(most * 10, Math.Ceiling(card.Range / card.NominalStep(up: true))), down = (int)Math.Min(most * 10, Math.Ceiling(card.Range / card.NominalStep(up: false)));
        double stride = Math.Max(1, (up + down) / (double)points);
        var at = new List<double>();
        var mean = new List<double>();
        var low = new List<double>();
        var high = new List<double>();
        var states = new double[devices];
        Array.Fill(states, card.Minimum);
        double quiet = card.Minimum;
        CounterRandom random = CounterRandom.ForPath(1, "sheet");
        CounterRandom[] streams = [.. Enumerable.Range(0, devices).Select(k => random.Child(k.ToString(CultureInfo.InvariantCulture)))];
        int done = 0;
        Take();
        for (double next = stride; done < up + down; next += stride)
        {
            int to = Math.Min(up + down, (int)Math.Round(next));
            while (done < to)
            {
                bool rises = done < up;
                int count = Math.Min(to, rises ? up : up + down) - done;
                for (int k = 0; k < devices && device.IsNoisy; k++)
                    states[k] = law.Apply(device, states[k], rises ? count : -count, streams[k], (ulong)done);
                quiet = law.Apply(device, quiet, rises ? count : -count);
                done += count;
            }

            Take();
        }

        return new Panel
        {
            Title = "Pulses up, then down",
            X = Axis.Number("pulse"),
            Y = new("conductance", "S"),
            Series = [new LineSeries([.. at], [.. mean]) { Label = device.IsNoisy ? "without noise; band: 16 … 84 % of 200 runs" : "mean", Lower = device.IsNoisy ? [.. low] : [], Upper = device.IsNoisy ? [.. high] : [] }],
        };

        void Take()
        {
            at.Add(done);
            mean.Add(quiet);

            // Quantiles where a normal law has ± σ: near a bound the devices are on one side of it.
            double[] sorted = Quantiles.Sorted(states);
            low.Add(Quantiles.Of(sorted, 0.159));
            high.Add(Quantiles.Of(sorted, 0.841));
        }
    }

    private static Panel Noise(SynapseCard card)
    {
        double[] g = [.. Enumerable.Range(0, 101).Select(k => card.Minimum + (card.Range * k / 100))];
        var series = new List<Series>();
        if (card.Has(SynapseParameter.WriteNoise))
            series.Add(new LineSeries(g, [.. g.Select(x => WriteNoise.Deviation(card, card.Numbers.AsSpan(), x))]) { Label = "programming" });
        if (card.HasReadNoise)
            series.Add(new LineSeries(g, [.. g.Select(x => x * ReadNoise.Deviation(card, card.Numbers.AsSpan(), x))]) { Label = "reading" });
        return new Panel { Title = "Noise", X = new("conductance", "S"), Y = new("σ", "S") { IncludeZero = true }, Series = series };
    }

    private static Panel Drift(SynapseCard card)
    {
        double[] time = [.. Enumerable.Range(0, 81).Select(k => Math.Pow(10, k / 10.0))];
        var series = new List<Series>();
        foreach (double share in new[] { 0.2, 0.5, 1.0 })
        {
            double g = Math.Max(card.Minimum, share * card.Maximum);
            series.Add(new LineSeries(time, [.. time.Select(t => After(card, g, t, 0, 0))])
            {
                Label = EngineeringNotation.Format(g, "S"),
                Lower = [.. time.Select(t => After(card, g, t, 1, -1))],
                Upper = [.. time.Select(t => After(card, g, t, -1, 1))],
            });
        }

        return new Panel { Title = "Drift (band: ± σ from device to device)", X = new("time since programming", "s") { Scale = AxisScale.Logarithmic }, Y = new("conductance", "S") { IncludeZero = true }, Series = series };
    }

    private static double After(SynapseCard card, double programmed, double time, double exponent, double shift) =>
        Relaxation.At(
            ConductanceDrift.At(programmed, ConductanceDrift.Exponent(card, card.Numbers.AsSpan(), programmed, exponent), time, card[SynapseParameter.DriftTime]),
            Relaxation.Shift(card, card.Numbers.AsSpan(), time, shift));

    private static Panel Current(SynapseCard card)
    {
        double most = card[SynapseParameter.ReadVoltage];
        double[] v = [.. Enumerable.Range(-50, 101).Select(k => most * k / 50)];
        return new Panel
        {
            Title = "Current",
            X = new("voltage", "V"),
            Y = new("current", "A"),
            Series = [.. new[] { 0.5, 1.0 }.Select(s => new LineSeries(v, [.. v.Select(x => s * card.Maximum * x * CurrentVoltage.Factor(card.CurrentPolynomial.AsSpan(), x))]) { Label = EngineeringNotation.Format(s * card.Maximum, "S") })],
        };
    }

    private static Panel Pelgrom(double avt, bool isPair, string what)
    {
        double[] area = [.. Enumerable.Range(0, 41).Select(k => Math.Pow(10, -1 + (k / 10.0)))];
        double device = isPair ? avt / Math.Sqrt(2) : avt;
        return new Panel
        {
            Title = "Mismatch",
            X = new("gate area", "µm²") { Scale = AxisScale.Logarithmic },
            Y = new($"σ of the {what}", "V") { Scale = AxisScale.Logarithmic },
            Series =
            [
                new LineSeries(area, [.. area.Select(a => device / Math.Sqrt(a))]) { Label = "one device" },
                new LineSeries(area, [.. area.Select(a => device * Math.Sqrt(2 / a))]) { Label = "difference of two" },
            ],
        };
    }
}
