using System.Collections.Immutable;
using System.Globalization;
using AnalogLearn.Circuits;
using AnalogLearn.Interchange;
using AnalogLearn.Netlist;
using AnalogLearn.Simulation;
using AnalogLearn.Simulation.Nodal;

namespace AnalogLearn.Studies;

/// <summary>A deck on the nodal engine: its circuit compiled, and its analyses one by one, in the order of its cards.</summary>
public sealed class NodalSession
{
    private readonly NodalSystem _system;
    private readonly OperatingPointSolver _solver;

    private NodalSession(Deck deck, NodalCircuit circuit, SolverOptions options)
    {
        Deck = deck;
        Circuit = circuit;
        Options = options;
        _system = new NodalSystem(circuit);
        _solver = new OperatingPointSolver(_system, options);
    }

    /// <summary>The deck.</summary>
    public Deck Deck { get; }

    /// <summary>The compiled circuit.</summary>
    public NodalCircuit Circuit { get; }

    /// <summary>Tolerances and limits.</summary>
    public SolverOptions Options { get; }

    /// <summary>The unknowns at the last operating point, and ground; null before the first.</summary>
    internal double[]? LastPoint { get; private set; }

    /// <summary>What the circuit learns, or null when the deck has no learning cards.</summary>
    public NodalExperiment? Learning { get; private init; }

    /// <summary>Writes learning conductances into the circuit, for the analyses that follow.</summary>
    /// <param name="theta">The conductances [S].</param>
    public void Take(ParameterSet<double> theta)
    {
        NodalField.WriteInto(Circuit, Learning?.Blocks ?? [], theta);
        _system.RefreshLinear();
    }

    /// <summary>Writes the circuit as a flat SPICE deck, with the conductances and weights that it has now.</summary>
    /// <param name="stream">Where to; left open.</param>
    /// <param name="diagnostics">Receives what keeps it from being written.</param>
    /// <returns>Whether it was written.</returns>
    public bool WriteSpice(Stream stream, DiagnosticBag diagnostics)
    {
        var learned = new Dictionary<string, (string Name, double Value)>(StringComparer.Ordinal);
        foreach (LearningBlock block in Learning?.Blocks ?? [])
        {
            foreach (int instance in block.Instances)
                learned[block.Bank.Owner(instance)] = (block.IsConductance ? "value" : block.Bank.Parameters[block.Parameter].Name, block.Bank.Parameter(instance, block.Parameter));
        }

        Circuit circuit = Deck.Circuit with
        {
            Elements = [.. Deck.Circuit.Elements.Select(e => learned.TryGetValue(e.Name, out (string Name, double Value) own) ? e with { Parameters = e.Parameters.SetItem(own.Name, own.Value) } : e)],
        };
        using var writer = new StreamWriter(stream, leaveOpen: true) { NewLine = "\n" };
        if (Circuit.Network is not { } network)
        {
            SpiceExport.Write(circuit, new SpiceExportOptions(), writer);
            return true;
        }

        var inputs = network.Inputs.ToDictionary(
            i => i.Description.Bus.Name,
            i => Circuit.InputSourceIndices(i.Description.Bus.Name).Select(k => Circuit.Sources[k].IsExternal ? Circuit.ExternalValues[k] : Circuit.Sources[k].Value).ToArray(),
            StringComparer.OrdinalIgnoreCase);
        return SpiceExport.Write(circuit, Circuit.Weights!, inputs, new SpiceExportOptions(), writer, diagnostics);
    }

    /// <summary>Compiles a deck's circuit and looks at its topology.</summary>
    /// <param name="deck">The deck.</param>
    /// <param name="diagnostics">Receives what is wrong.</param>
    /// <param name="settings">What is said besides the deck, or null.</param>
    /// <returns>The session, or null when there were errors.</returns>
    public static NodalSession? Bind(Deck deck, DiagnosticBag diagnostics, ExperimentSettings? settings = null)
    {
        ArgumentNullException.ThrowIfNull(deck);
        ArgumentNullException.ThrowIfNull(diagnostics);
        int before = diagnostics.ErrorCount;
        SolverOptions options = SolverOptions.From(deck, diagnostics);
        NodalCircuit? circuit = NodalCircuit.Compile(deck.Circuit, options.Conditions, diagnostics, couplings: NodalExperiment.Couplings(deck));
        if (circuit is null || diagnostics.ErrorCount > before)
            return null;
        TransientCard[] transients = [.. deck.All<TransientCard>()];
        NeuronInputs.Apply(circuit, deck, settings ?? new(), diagnostics);
        bool capacitorsAreOpen = deck.Cards.Any(NeedsOperatingPoint) || deck.All<TrainCard>().Any() || transients.Length == 0;
        TopologyCheck.Passes(deck.Circuit, capacitorsAreOpen ? TopologyUse.DirectCurrent : TopologyUse.Transient, diagnostics);
        NodalExperiment? learning = NodalExperiment.Learns(deck) ? BindLearning(deck, circuit, options, settings ?? new(), diagnostics) : null;
        if (diagnostics.ErrorCount > before)
            return null;
        var session = new NodalSession(deck, circuit, options) { Learning = learning };
        if (learning is not null)
            session.Take(learning.InitialParameters());
        return session;
    }

    /// <summary>A network without other elements may be analysed here and trained on the rate engine: what its rule lacks here keeps it from learning, not from its analyses.</summary>
    private static NodalExperiment? BindLearning(Deck deck, NodalCircuit circuit, SolverOptions options, ExperimentSettings settings, DiagnosticBag diagnostics)
    {
        if (deck.Circuit.Elements.Length > 0)
            return NodalExperiment.Bind(deck, circuit, options, settings, diagnostics);
        var found = new DiagnosticBag();
        NodalExperiment? learning = NodalExperiment.Bind(deck, circuit, options, settings, found);
        foreach (Diagnostic diagnostic in found)
        {
            if (learning is not null)
                diagnostics.Add(diagnostic);
            else if (diagnostic.Severity == Severity.Error)
                diagnostics.Warning("AL0934", diagnostic.Span, $"the deck does not learn on the nodal engine: {diagnostic.Message}", "leave --engine nodal out to train it");
        }

        return learning;
    }

    /// <summary>Whether a card asks for an analysis that this engine does.</summary>
    /// <param name="card">The card.</param>
    public static bool IsAnalysis(Card card) => card is TransientCard || NeedsOperatingPoint(card);

    /// <summary>Runs the analysis that a card asks for.</summary>
    /// <param name="card">The card.</param>
    /// <param name="results">Receives its tables.</param>
    /// <param name="cancellation">Stops early.</param>
    /// <returns>What could not be done, or null.</returns>
    public AnalysisFailure? Run(Card card, RunResults results, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(results);
        _system.SetSourcesConstant();
        switch (card)
        {
            case OperatingPointCard:
                return OperatingPoint(results, cancellation);
            case SmallSignalCard or NoiseCard or TransferFunctionCard or SensitivityCard { Stop: null }:
                return SmallSignal(card, results, cancellation);
            case SensitivityCard sensitivity:
                return TransientSensitivity(sensitivity, results, cancellation);
            case DirectSweepCard sweep:
                return Sweep(sweep, results, cancellation);
            case TransientCard transient:
                return Transient(transient, results, cancellation);
            default:
                return null;
        }
    }

    private static bool NeedsOperatingPoint(Card card) =>
        card is OperatingPointCard or DirectSweepCard or SmallSignalCard or NoiseCard or TransferFunctionCard or SensitivityCard or TransientCard { UseInitialConditions: false };

    private AnalysisFailure? OperatingPoint(RunResults results, CancellationToken cancellation)
    {
        var x = new double[Circuit.UnknownCount + 1];
        OperatingPointReport report = _solver.Solve(x, false, cancellation);
        if (report.IsCancelled)
            throw new OperationCanceledException(cancellation);
        results.Kirchhoff = Certificate(report);
        if ((report.Failure ?? NotFinite(x)) is { } failure)
            return failure;
        LastPoint = x;
        var columns = new List<AnalysisColumn>();
        for (int k = 0; k < Circuit.UnknownCount; k++)
        {
            Unknown unknown = Circuit.Unknowns[k];
            if (unknown.Kind != UnknownKind.InternalNode)
                columns.Add(new AnalysisColumn(unknown.Name, unknown.Unit, [x[k]]));
        }

        results.Analyses.Add(new AnalysisTable("op", Table(new AnalysisResult("op", "Operating Point", null, columns))));
        return null;
    }

    private AnalysisFailure? TransientSensitivity(SensitivityCard card, RunResults results, CancellationToken cancellation)
    {
        var diagnostics = new DiagnosticBag();
        AnalysisResult? result = SensitivityOfTransient.Run(_system, card, TransientMeasure.End, Options, diagnostics, out AnalysisFailure? failure, cancellation);
        if (result is not null)
            results.Analyses.Add(new AnalysisTable(result.Analysis, Table(result)));
        cancellation.ThrowIfCancellationRequested();
        return failure ?? Refusal(diagnostics);
    }

    private AnalysisFailure? NotFinite(ReadOnlySpan<double> x)
    {
        var watch = new FaultWatch(Circuit);
        watch.Accept(0, x);
        return watch.First is { } fault ? new AnalysisFailure(fault.Message, fault.Fix ?? string.Empty) { Span = fault.Span } : null;
    }

    private static AnalysisFailure? Refusal(DiagnosticBag diagnostics) =>
        diagnostics.FirstOrDefault(d => d.Severity == Severity.Error) is { } error ? new AnalysisFailure(error.Message, error.Fix ?? string.Empty) : null;

    private AnalysisFailure? Sweep(DirectSweepCard card, RunResults results, CancellationToken cancellation)
    {
        var diagnostics = new DiagnosticBag();
        AnalysisResult? result = DirectSweep.Run(_system, card, Options, diagnostics, out AnalysisFailure? failure, cancellation);
        if (result is not null)
            results.Analyses.Add(new AnalysisTable(result.Analysis, Table(result)));
        cancellation.ThrowIfCancellationRequested();
        return failure ?? Refusal(diagnostics);
    }

    private AnalysisFailure? Transient(TransientCard card, RunResults results, CancellationToken cancellation)
    {
        var recorder = new TransientRecorder(Circuit, [.. Enumerable.Range(0, Circuit.UnknownCount).Where(k => Circuit.Unknowns[k].Kind != UnknownKind.InternalNode)]);
        var watch = new FaultWatch(Circuit, recorder);
        TransientReport report = new TransientSolver(_system, Options).Run(TransientSpan.From(card), watch, cancellation);
        if (report.OperatingPoint is { } point)
            results.Kirchhoff = Certificate(point);
        if (recorder.Count > 0)
            results.Analyses.Add(new AnalysisTable("tran", Table(recorder.Result())));
        cancellation.ThrowIfCancellationRequested();
        if (report.OperatingPoint is { IsConverged: false } && report.Failure is { } none)
            return none with { Fix = none.Fix + "; a circuit that never rests, an oscillator with switches say, begins without an operating point: .tran … uic" };
        if (report.Failure is null && watch.First is { } fault)
            return new AnalysisFailure(string.Create(CultureInfo.InvariantCulture, $"at {watch.FirstTime:g6} s: {fault.Message}"), fault.Fix ?? string.Empty) { Span = fault.Span };
        return report.Failure;
    }

    private static KirchhoffCertificate Certificate(OperatingPointReport report) =>
        new(report.KirchhoffResidual, report.CurrentResidual, report.Iterations, report.Attempts.LastOrDefault()?.Method ?? "Newton's method");

    /// <summary>The analyses of a circuit that is linearised at its operating point.</summary>
    private AnalysisFailure? SmallSignal(Card card, RunResults results, CancellationToken cancellation)
    {
        var x = new double[Circuit.UnknownCount + 1];
        OperatingPointReport report = _solver.Solve(x, false, cancellation);
        if (report.IsCancelled)
            throw new OperationCanceledException(cancellation);
        if ((report.Failure ?? NotFinite(x)) is { } unsolved)
            return unsolved;
        var diagnostics = new DiagnosticBag();
        AnalysisFailure? failure;
        AnalysisResult? result;
        switch (card)
        {
            case SmallSignalCard ac:
                result = SmallSignalAnalysis.Run(_system, x, ac, Options, diagnostics, out failure);
                break;
            case TransferFunctionCard transfer:
                result = TransferFunctionAnalysis.Run(_system, x, transfer, Options, diagnostics, out failure);
                break;
            case SensitivityCard sensitivity:
                result = SensitivityAnalysis.Run(_system, x, sensitivity, Options, diagnostics, out failure);
                break;
            default:
                NoiseResult? noise = NoiseAnalysis.Run(_system, x, (NoiseCard)card, Options, diagnostics, out failure);
                result = noise?.Spectrum;
                if (noise is not null)
                    results.Analyses.Add(new AnalysisTable("noise_total", Table(noise.Totals)));
                break;
        }

        if (result is not null)
            results.Analyses.Add(new AnalysisTable(result.Analysis, Table(result)));
        return failure ?? Refusal(diagnostics);
    }

    private static WaveformTable Table(AnalysisResult result)
    {
        var columns = ImmutableArray.CreateBuilder<WaveformColumn>(result.Columns.Count + 1);
        if (result.Axis is { } axis)
            columns.Add(Column(axis));
        foreach (AnalysisColumn column in result.Columns)
            columns.Add(Column(column));
        return new WaveformTable(result.Title, columns.ToImmutable());
    }

    private static WaveformColumn Column(AnalysisColumn column)
    {
        WaveformQuantity quantity = column.Unit switch
        {
            "s" => WaveformQuantity.Time,
            "Hz" => WaveformQuantity.Frequency,
            "V" => WaveformQuantity.Voltage,
            "A" => WaveformQuantity.Current,
            _ => WaveformQuantity.Other,
        };
        return new WaveformColumn(column.Name, quantity, column.Values) { Imaginary = column.Imaginary, OtherUnit = quantity == WaveformQuantity.Other ? column.Unit : string.Empty };
    }
}
