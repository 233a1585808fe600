using System.Numerics;
using AnalogLearn.Circuits;
using AnalogLearn.Devices;
using AnalogLearn.Netlist;

namespace AnalogLearn.Simulation.Nodal;

/// <summary>What one kind of noise of one element contributes to an output.</summary>
/// <param name="Element">The element's full name.</param>
/// <param name="Kind"><c>thermal</c>, <c>shot</c>, <c>flicker</c> …</param>
/// <param name="OutputPower">Its part of the output's mean square over all frequencies of the sweep [V²].</param>
/// <param name="InputPower">The same, referred to the input source [V² or A²].</param>
/// <param name="OutputDensity">Its part of the output's density at each frequency [V²/Hz]; empty unless asked for.</param>
public sealed record NoiseContribution(string Element, string Kind, double OutputPower, double InputPower, double[] OutputDensity);

/// <summary>What <c>.noise</c> gives.</summary>
/// <param name="Spectrum">Densities over frequency: <c>onoise_spectrum</c>, <c>inoise_spectrum</c> [V/√Hz]; with a summary <c>onoise_r1_thermal</c>, <c>onoise_r1</c> … too.</param>
/// <param name="Totals">One point: <c>v(onoise_total)</c>, <c>v(inoise_total)</c>, root mean squares over the sweep [V].</param>
/// <param name="Contributions">Element by element and kind by kind, in order of the circuit.</param>
public sealed record NoiseResult(AnalysisResult Spectrum, AnalysisResult Totals, IReadOnlyList<NoiseContribution> Contributions);

/// <summary>
/// <c>.noise</c>: the noise of an output from every device's noise currents, S_out(f) = Σ |λ_from − λ_to|² S(f) with (G + jωC)ᵀ λ = c: one transposed solve at each frequency serves all sources
/// (Rohrer, Nagel, Meyer, Weber 1971, doi:10.1109/JSSC.1971.1049691). Totals as ngspice makes them: between two frequencies each density is a power of f; what is referred to the
/// input takes the gain at the upper one. The input source counts with one unit, whatever its acmag.
/// </summary>
public static class NoiseAnalysis
{
    /// <summary>The least density whose logarithm is taken, and the slopes below which limits replace formulas, as in SPICE3.</summary>
    private const double LeastDensity = 1e-38;
    private const double FlatSlope = 1e-10;

    /// <summary>Runs the analysis.</summary>
    /// <param name="system">A workspace of the circuit.</param>
    /// <param name="operatingPoint">The unknowns at the operating point, and ground.</param>
    /// <param name="card">Output, input source, frequencies.</param>
    /// <param name="options">Options of the deck.</param>
    /// <param name="diagnostics">Receives what is not there, by name and place.</param>
    /// <param name="failure">Why it could not be solved, or null.</param>
    /// <returns>The result, or null when it could not be made.</returns>
    public static NoiseResult? Run(NodalSystem system, ReadOnlySpan<double> operatingPoint, NoiseCard card, SolverOptions options, DiagnosticBag diagnostics, out AnalysisFailure? failure)
    {
        ArgumentNullException.ThrowIfNull(system);
        ArgumentNullException.ThrowIfNull(card);
        ArgumentNullException.ThrowIfNull(diagnostics);
        failure = null;
        NodalCircuit circuit = system.Circuit;
        IndependentSource? input = SmallSignalProbe.FindSource(card.Source, card.Span, circuit, diagnostics);
        bool free = SmallSignalAnalysis.IsFreeOfFrequency(circuit, diagnostics);
        if (SmallSignalProbe.Find(card.Output, circuit, diagnostics) is not { } probe || input is null || !free)
            return null;

        var network = new SmallSignalNetwork(system, operatingPoint, options);
        double[] frequencies = card.Sweep.Frequencies();
        NoiseSource[] sources = NoiseSource.Of(circuit, network.Conditions, network.OperatingPoint);
        bool detailed = card.PointsPerSummary > 0;
        int n = circuit.UnknownCount;
        var covector = new Complex[n + 1];
        var integrals = new Integral[sources.Length];
        var densities = new double[sources.Length][];
        for (int k = 0; k < sources.Length; k++)
            densities[k] = detailed ? new double[frequencies.Length] : [];
        var output = new double[frequencies.Length];
        var referred = new double[frequencies.Length];
        for (int point = 0; point < frequencies.Length; point++)
        {
            double frequency = frequencies[point];
            failure = network.Factor(frequency);
            if (failure is not null)
                return null;
            probe.Fill<Complex>(covector, n);
            network.SolveTransposed(covector.AsSpan(0, n));
            double gain = SquaredMagnitude(SmallSignalAnalysis.Response<Complex>(input, covector));
            double inverse = 1 / Math.Max(gain, 1e-20);
            double sum = 0;
            for (int k = 0; k < sources.Length; k++)
            {
                double density = SquaredMagnitude(covector[sources[k].From] - covector[sources[k].To]) * sources[k].Density(frequency);
                sum += density;
                integrals[k].Extend(point == 0 ? double.NaN : frequencies[point - 1], frequency, density, inverse);
                if (detailed)
                    densities[k][point] = density;
            }

            output[point] = Math.Sqrt(sum);
            referred[point] = Math.Sqrt(sum * inverse);
        }

        NoiseContribution[] contributions =
        [
            .. Enumerable.Range(0, sources.Length).GroupBy(k => (sources[k].Element, sources[k].Kind)).Select(g => new NoiseContribution(
                g.Key.Element, g.Key.Kind, g.Sum(k => integrals[k].Output), g.Sum(k => integrals[k].Input), detailed ? Sum([.. g.Select(k => densities[k])]) : [])),
        ];
        return Results(card, probe, input, frequencies, output, referred, contributions);
    }

    private static NoiseResult Results(
        NoiseCard card, SmallSignalProbe probe, IndependentSource input, double[] frequencies, double[] output, double[] referred, NoiseContribution[] contributions)
    {
        string outputUnit = probe.Unit;
        string inputUnit = input.IsVoltage ? "V" : "A";
        List<AnalysisColumn> columns = [];
        List<AnalysisColumn> totals = [];
        if (card.PointsPerSummary > 0)
        {
            foreach (IGrouping<string, NoiseContribution> element in contributions.GroupBy(c => c.Element, StringComparer.Ordinal))
            {
                foreach (NoiseContribution part in element)
                    columns.Add(new AnalysisColumn($"onoise_{part.Element}_{part.Kind}", $"{outputUnit}/√Hz", Roots(part.OutputDensity)));
                columns.Add(new AnalysisColumn($"onoise_{element.Key}", $"{outputUnit}/√Hz", Roots(Sum([.. element.Select(c => c.OutputDensity)]))));
                foreach (NoiseContribution part in element)
                    AddTotals(totals, $"_{part.Element}_{part.Kind}", [part]);
                AddTotals(totals, $"_{element.Key}", element);
            }
        }

        columns.Add(new AnalysisColumn("onoise_spectrum", $"{outputUnit}/√Hz", output));
        columns.Add(new AnalysisColumn("inoise_spectrum", $"{inputUnit}/√Hz", referred));
        AddTotals(totals, string.Empty, contributions);
        return new NoiseResult(
            new AnalysisResult("noise", "Noise Spectral Density Curves", new AnalysisColumn("frequency", "Hz", frequencies), columns),
            new AnalysisResult("noise", "Integrated Noise", null, totals),
            contributions);

        void AddTotals(List<AnalysisColumn> to, string suffix, IEnumerable<NoiseContribution> parts)
        {
            to.Add(new AnalysisColumn($"v(onoise_total{suffix})", outputUnit, [Math.Sqrt(parts.Sum(p => p.OutputPower))]));
            to.Add(new AnalysisColumn($"v(inoise_total{suffix})", inputUnit, [Math.Sqrt(parts.Sum(p => p.InputPower))]));
        }
    }

    private static double[] Roots(double[] values) => Array.ConvertAll(values, Math.Sqrt);

    private static double[] Sum(double[][] parts)
    {
        var sum = new double[parts[0].Length];
        foreach (double[] part in parts)
        {
            for (int k = 0; k < sum.Length; k++)
                sum[k] += part[k];
        }

        return sum;
    }

    private static double SquaredMagnitude(Complex value) => (value.Real * value.Real) + (value.Imaginary * value.Imaginary);

    /// <summary>∫ S df, S = a f^s between two frequencies.</summary>
    private struct Integral
    {
        private double _last;

        public double Output { get; private set; }

        public double Input { get; private set; }

        public void Extend(double before, double frequency, double density, double inverseGain)
        {
            double logarithm = Math.Log(Math.Max(density, LeastDensity));
            if (!double.IsNaN(before))
            {
                double area = Area(before, frequency, density, logarithm);
                Output += area;
                Input += area * inverseGain;
            }

            _last = logarithm;
        }

        private readonly double Area(double before, double frequency, double density, double logarithm)
        {
            double lower = Math.Log(before);
            double upper = Math.Log(frequency);
            double slope = (logarithm - _last) / (upper - lower);
            if (Math.Abs(slope) < FlatSlope || !double.IsFinite(slope))
                return density * (frequency - before);
            double scale = Math.Exp(logarithm - (slope * upper));
            slope += 1;
            return Math.Abs(slope) < FlatSlope ? scale * (upper - lower) : scale * (Math.Exp(slope * upper) - Math.Exp(slope * lower)) / slope;
        }
    }
}

/// <summary>A noise current of a device at the operating point.</summary>
/// <param name="Element">The element's full name.</param>
/// <param name="Kind">What it is.</param>
/// <param name="From">The unknown of the node that it leaves; ground is the number of unknowns.</param>
/// <param name="To">The unknown of the node that it flows into.</param>
/// <param name="White">Density's white part [A²/Hz].</param>
/// <param name="Flicker">Density's 1/f part at 1 Hz [A²/Hz].</param>
/// <param name="Exponent">Exponent of 1/f.</param>
internal readonly record struct NoiseSource(string Element, string Kind, int From, int To, double White, double Flicker, double Exponent)
{
    /// <summary>S(f) [A²/Hz].</summary>
    /// <param name="frequency">f [Hz].</param>
    public double Density(double frequency) => Flicker == 0 ? White : White + (Flicker / Math.Pow(frequency, Exponent));

    /// <summary>All noise sources of a circuit.</summary>
    /// <param name="circuit">The circuit.</param>
    /// <param name="conditions">Temperature.</param>
    /// <param name="operatingPoint">The unknowns, and ground.</param>
    public static NoiseSource[] Of(NodalCircuit circuit, in DeviceConditions conditions, ReadOnlySpan<double> operatingPoint)
    {
        var receiver = new Receiver();
        foreach (DeviceBank bank in circuit.Banks)
        {
            for (int k = 0; k < bank.Count; k++)
            {
                receiver.Begin(bank, k);
                bank.Noise(conditions, k, operatingPoint, receiver);
            }
        }

        return [.. receiver.Sources];
    }

    private sealed class Receiver : INoiseReceiver
    {
        private DeviceBank? _bank;
        private int _instance;

        public List<NoiseSource> Sources { get; } = [];

        public void Begin(DeviceBank bank, int instance)
        {
            _bank = bank;
            _instance = instance;
        }

        public void Current(string name, int from, int to, double white, double flicker = 0, double exponent = 1)
        {
            ReadOnlySpan<int> at = _bank!.Connections(_instance);
            Sources.Add(new NoiseSource(_bank.Owner(_instance), name, at[from], at[to], white, flicker, exponent));
        }
    }
}
