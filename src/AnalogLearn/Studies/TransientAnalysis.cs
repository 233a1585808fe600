using System.Collections.Immutable;
using AnalogLearn.Circuits;
using AnalogLearn.Interchange;
using AnalogLearn.Learning;
using AnalogLearn.Netlist;
using AnalogLearn.Numerics;
using AnalogLearn.Plots;
using AnalogLearn.Simulation;

namespace AnalogLearn.Studies;

/// <summary>
/// <c>.tran step stop [start [max]] [uic]</c> of a rate network in double precision, as ngspice does it: it begins at the operating point of the sources' first
/// values, nodes of <c>.ic</c> held there; with <c>uic</c> at rest (<c>.ic</c> where given) without an operating point.
/// </summary>
public sealed class TransientAnalysis
{
    private readonly Integrator _method;
    private readonly IntegrationOptions _options;

    private TransientAnalysis(Integrator method, IntegrationOptions options)
    {
        _method = method;
        _options = options;
    }

    /// <summary>The method's name.</summary>
    public string Method => _method.Name;

    /// <summary>
    /// Reads <c>.options method= reltol= vntol=</c>. The method is <c>dp54</c>, with error control, or <c>heun</c> where neurons have noise.
    /// </summary>
    /// <param name="experiment">The experiment.</param>
    /// <param name="diagnostics">Receives what is wrong.</param>
    /// <returns>The analysis, or null when there were errors.</returns>
    public static TransientAnalysis? Bind(Experiment experiment, DiagnosticBag diagnostics)
    {
        var options = new ArgumentReader(".options", [.. experiment.Deck.Options.Values], SourceSpan.None, diagnostics);
        bool noisy = NeuronNoiseAmplitudes.Of(experiment.Network) is not null;
        string name = options.Word("method", noisy ? "heun" : "dp54", [.. Integrators.Names, "trap", "gear"]);

        // ngspice's own words for implicit methods: a deck that names them runs, with the method that error control suits best.
        if (name is "trap" or "gear")
            name = noisy ? "heun" : "dp54";
        double relative = options.Number("reltol", 1e-6, 0, 1, openLow: true);
        double absolute = options.Number("vntol", 1e-9, 0, 1, openLow: true);
        return Integrators.Create(name) is { } method
            ? new TransientAnalysis(method, new IntegrationOptions { RelativeTolerance = Math.Min(relative, 1e-3), AbsoluteTolerance = absolute, Seed = NeuronNoiseAmplitudes.Seed(experiment.Seed, experiment.Network.Circuit) })
            : null;
    }

    /// <summary>Runs a card.</summary>
    /// <param name="card">The card.</param>
    /// <param name="network">The network.</param>
    /// <param name="parameters">Its θ.</param>
    /// <param name="drive">What clamps its inputs.</param>
    /// <param name="settle">Step and threads of the operating point.</param>
    /// <param name="cancellation">Stops early.</param>
    /// <returns>The waveforms; or what went wrong, with the waveforms up to there when there are any.</returns>
    public (WaveformTable? Table, string? Trouble) Run(
        TransientCard card, RateNetwork network, ParameterSet<double> parameters, InputDrive drive, SettleOptions settle, CancellationToken cancellation = default)
    {
        var initial = new Batch<double>(1, network.StateCount);
        if (card.UseInitialConditions)
        {
            OperatingPoint.Start(new RateField<double>(network, parameters), initial.Row(0));
        }
        else
        {
            OperatingPoint point = OperatingPoint.Solve(Held(network), parameters, drive.AtStart(), settle, cancellation);
            if (!point.IsSettled)
                return (null, point.Trouble + "; or start the transient without it: .tran … uic");
            point.State.CopyTo(initial.Row(0));
        }

        double[] times = Transient.Times(card.Start, card.Stop, card.Step);
        double[] wanted = card.Start > 0 ? [0, .. times] : times;
        IntegrationOptions options = _options with { Breakpoints = drive.Breakpoints(card.Stop), MaximumStep = card.MaximumStep ?? _options.MaximumStep };
        Waveforms waveforms = Integrate(network, parameters, drive, initial, wanted, options, null, cancellation);
        int skip = wanted.Length - times.Length;
        WaveformTable table = Table(network, waveforms, drive, skip, "Transient Analysis");
        return (table, waveforms.Report.Problem);
    }

    /// <summary>What one example does through the free and the nudged phase of a rule.</summary>
    /// <param name="network">The network.</param>
    /// <param name="parameters">Its θ.</param>
    /// <param name="drive">The example.</param>
    /// <param name="readout">The outputs and their cost.</param>
    /// <param name="target">y of the example.</param>
    /// <param name="beta">β.</param>
    /// <param name="free">Duration of the free phase [s].</param>
    /// <param name="nudged">Duration of the nudged phase [s].</param>
    /// <param name="cancellation">Stops early.</param>
    /// <returns>The waveforms and the phases.</returns>
    internal static (WaveformTable Table, ImmutableArray<PhaseSpan> Phases) Phases(
        RateNetwork network,
        ParameterSet<double> parameters,
        InputDrive drive,
        Readout readout,
        ReadOnlySpan<double> target,
        double beta,
        double free,
        double nudged,
        CancellationToken cancellation = default)
    {
        const int points = 200;
        var analysis = new TransientAnalysis(new DormandPrince54(), new IntegrationOptions());
        var state = new Batch<double>(1, network.StateCount);
        new RateField<double>(network, parameters).RestingState(state.Row(0));
        double[] first = Transient.Times(0, free, free / points);
        Waveforms before = analysis.Integrate(network, parameters, drive, state, first, analysis._options, null, cancellation);
        for (int i = 0; i < state.Width; i++)
            state[0, i] = before.Values[i][^1];
        var targets = new Batch<double>(1, target.Length);
        target.CopyTo(targets.Row(0));
        double[] second = Transient.Times(free, free + nudged, nudged / points);
        Waveforms after = analysis.Integrate(
            network, parameters, drive, state, second, analysis._options, field => new Nudge<double>(field, readout) { Beta = beta, Targets = targets }, cancellation);
        var both = new Waveforms(
            [.. before.Time, .. after.Time[1..]],
            before.Names,
            [.. before.Values.Zip(after.Values, (a, b) => (double[])[.. a, .. b[1..]])],
            after.Report);
        return (Table(network, both, drive, 0, "Free and nudged phase"), [new PhaseSpan("free", 0, free), new PhaseSpan("nudged", free, free + nudged)]);
    }

    /// <summary>The network with the nodes of <c>.ic</c> pinned to their voltages.</summary>
    private static RateNetwork Held(RateNetwork network)
    {
        Circuit circuit = network.Circuit;
        if (circuit.InitialConditions.Count == 0)
            return network;
        RateNetwork held = RateNetwork.Compile(circuit);
        foreach (RateBank bank in held.Banks)
        {
            for (int k = 0; k < bank.Width; k++)
            {
                if (circuit.InitialConditions.TryGetValue(bank.Description.Bus.NodeName(k), out double v))
                    held.ClipLow[bank.Offset + k] = held.ClipHigh[bank.Offset + k] = Math.Clamp(v, network.ClipLow[bank.Offset + k], network.ClipHigh[bank.Offset + k]);
            }
        }

        return held;
    }

    private static WaveformTable Table(RateNetwork network, Waveforms waveforms, InputDrive drive, int skip, string name)
    {
        double[] time = waveforms.Time[skip..];
        var columns = ImmutableArray.CreateBuilder<WaveformColumn>();
        columns.Add(new WaveformColumn("time", WaveformQuantity.Time, time));
        var inputs = new double[network.InputCount][];
        for (int k = 0; k < inputs.Length; k++)
            inputs[k] = new double[time.Length];
        var voltages = new double[network.InputCount];
        for (int t = 0; t < time.Length; t++)
        {
            drive.At(time[t], voltages);
            for (int k = 0; k < inputs.Length; k++)
                inputs[k][t] = voltages[k];
        }

        foreach (RateInput input in network.Inputs)
        {
            for (int k = 0; k < input.Width; k++)
                input.Description.Dac?.Convert<double>(inputs[input.Offset + k]);
            for (int k = 0; k < input.Width; k++)
                columns.Add(new WaveformColumn($"v({input.Description.Bus.NodeName(k)})", WaveformQuantity.Voltage, inputs[input.Offset + k]));
        }

        foreach (RateBank bank in network.Banks)
        {
            for (int k = 0; k < bank.Width; k++)
                columns.Add(new WaveformColumn($"v({bank.Description.Bus.NodeName(k)})", WaveformQuantity.Voltage, waveforms.Values[bank.Offset + k][skip..]));
        }

        return new WaveformTable(name, columns.ToImmutable());
    }

    private Waveforms Integrate(
        RateNetwork network,
        ParameterSet<double> parameters,
        InputDrive drive,
        Batch<double> initial,
        double[] times,
        IntegrationOptions options,
        Func<RateField<double>, IStateForce<double>>? force,
        CancellationToken cancellation)
    {
        var field = new RateField<double>(network, parameters);
        field.Force = force?.Invoke(field);
        double[] voltages = drive.AtStart();
        OperatingPoint.Clamp(field, voltages);
        Action<double>? sources = drive.IsConstant
            ? null
            : time =>
            {
                drive.At(time, voltages);
                OperatingPoint.Clamp(field, voltages);
            };
        return Transient.Run(field, initial, times, _method, sources, options, _method.TakesNoise ? NeuronNoiseAmplitudes.Of(network) : null, NeuronNoiseAmplitudes.Corners(network), cancellation);
    }
}
