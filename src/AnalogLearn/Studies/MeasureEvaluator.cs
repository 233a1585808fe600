using System.Collections.Immutable;
using System.Globalization;
using AnalogLearn.Interchange;
using AnalogLearn.Learning;
using AnalogLearn.Netlist;
using AnalogLearn.Simulation;
using AnalogLearn.Synapses;

namespace AnalogLearn.Studies;

/// <summary>Evaluates measures on the results of a run.</summary>
/// <param name="names">What names mean.</param>
/// <param name="results">The results.</param>
public sealed class MeasureEvaluator(QuantityNames names, RunResults results)
{
    private readonly Dictionary<string, double> _values = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Evaluates measures in order; those whose analysis did not run are left out.</summary>
    /// <param name="measures">The measures.</param>
    /// <param name="diagnostics">Receives what is wrong.</param>
    public ImmutableArray<MeasureRecord> Evaluate(IEnumerable<Measure> measures, DiagnosticBag diagnostics)
    {
        var records = ImmutableArray.CreateBuilder<MeasureRecord>();
        foreach (Measure measure in measures)
        {
            if (!HasRun(measure.Table))
                continue;
            double value = Value(measure, diagnostics);

            // What no card asked for may be missing: the accuracy on test examples of a data set without any.
            if (double.IsNaN(value) && !measure.Span.IsWritten)
                continue;
            _values[measure.Name] = value;
            string? complaint = double.IsNaN(value) ? "it was not obtained" : measure.Check.Complaint(value);
            if (complaint is null && measure.Check.Condition is { } condition && Evaluate(condition, measure.Table, diagnostics) == 0)
                complaint = string.Create(CultureInfo.InvariantCulture, $"{value:g6} does not satisfy check='{condition.Text}'");
            if (complaint is not null)
                diagnostics.Warning("AL0957", measure.Span, measure.Name == MonteCarlo.SpecName && value == 0 ? "the specification is not met" : $"measure '{measure.Name}': {complaint}");
            records.Add(new MeasureRecord(measure.Name, value, complaint is null, complaint));
        }

        return records.ToImmutable();
    }

    /// <summary>Whether an analysis has results.</summary>
    /// <param name="table">The analysis.</param>
    public bool HasRun(QuantityTable table) => table.Analysis switch
    {
        "op" => results.OperatingPoint is not null || results.Table("op") is not null,
        "dc" or "ac" or "tran" or "noise" or "tf" or "sens" => results.Table(table.Analysis) is not null,
        "train" => results.Training is { History.IsEmpty: false, End: not TrainingEnd.Interrupted },
        _ => results.Comparisons.Count > 0,
    };

    /// <summary>The values of an expression along the axis of an analysis.</summary>
    /// <param name="expression">The expression.</param>
    /// <param name="quantities">The analysis.</param>
    /// <param name="table">Its columns, the axis first.</param>
    /// <param name="diagnostics">Receives what is wrong.</param>
    /// <returns>A value a point.</returns>
    public double[] Trace(MeasureExpression expression, QuantityTable quantities, WaveformTable table, DiagnosticBag diagnostics)
    {
        var trace = new double[table.PointCount];
        var columns = new TableReader(table, results);
        if (expression.Tree is CallExpression { Name: "v", Arguments.Length: 1 } && names.Evaluate(expression, quantities, r => columns.At(r, 0), _values, diagnostics) is null)
            return trace;
        for (int k = 0; k < trace.Length; k++)
            trace[k] = names.Evaluate(expression, quantities, r => columns.At(r, k), _values, diagnostics) ?? double.NaN;
        return trace;
    }

    /// <summary>The value of an expression on the results of an analysis.</summary>
    /// <param name="expression">The expression.</param>
    /// <param name="table">The analysis.</param>
    /// <param name="diagnostics">Receives what is wrong.</param>
    /// <returns>The value, or NaN when it has none.</returns>
    public double Evaluate(MeasureExpression expression, QuantityTable table, DiagnosticBag diagnostics) =>
        names.Evaluate(expression, table, request => Quantity(table, request), _values, diagnostics) ?? double.NaN;

    /// <summary>The value of an expression in quantities of training, at one epoch.</summary>
    /// <param name="epoch">The epoch's place in the history.</param>
    /// <param name="expression">The expression.</param>
    /// <param name="diagnostics">Receives what is wrong.</param>
    /// <returns>The value, or NaN when it has none.</returns>
    public double At(int epoch, MeasureExpression expression, DiagnosticBag diagnostics)
    {
        TrainingOutcome upTo = results.Training! with { History = results.Training.History[..(epoch + 1)] };
        return names.Evaluate(expression, QuantityTable.Training, request => OfTraining(upTo, request), _values, diagnostics) ?? double.NaN;
    }

    private double Value(Measure measure, DiagnosticBag diagnostics)
    {
        if (measure.Measurement is ExpressionMeasurement { Expression: var expression })
            return Evaluate(expression, measure.Table, diagnostics);
        WaveformTable table = results.Table(measure.Table.Analysis)!;
        var waveforms = new WaveformMeasures(table.Columns[0].Values);
        return measure.Measurement switch
        {
            StatisticMeasurement s => waveforms.Statistic(s.Kind, Trace(s.Signal, measure.Table, table, diagnostics), s.From, s.To),
            WhenMeasurement w => Instant(w.When),
            FindMeasurement f => Instant(f.When) is var at && f.Slope ? waveforms.Slope(Trace(f.Signal, measure.Table, table, diagnostics), at) : waveforms.At(Trace(f.Signal, measure.Table, table, diagnostics), at),
            DelayMeasurement d => Instant(d.Target) - Instant(d.Trigger),
            _ => double.NaN,
        };

        double Instant(Crossing crossing) => crossing.At
            ?? waveforms.Cross(Trace(crossing.Signal!, measure.Table, table, diagnostics), Trace(crossing.Level!, measure.Table, table, diagnostics), crossing.Kind, crossing.Number, crossing.After);
    }

    private double Quantity(QuantityTable table, QuantityRequest request) => table.Analysis switch
    {
        "op" when results.OperatingPoint is { } point => OfOperatingPoint(point, request),
        "op" or "dc" or "ac" or "tran" or "noise" or "tf" or "sens" => OfLastPoint(results.Table(table.Analysis)!, request),
        "train" => OfTraining(results.Training!, request),
        _ => OfComparison(request),
    };

    private static double OfOperatingPoint(OperatingPoint point, QuantityRequest request) => request.Name switch
    {
        "v" => (point.Voltage(request.Node) ?? double.NaN) - (request.OtherNode.Length > 0 ? point.Voltage(request.OtherNode) ?? double.NaN : 0),
        "residual" => point.Residual,
        _ => point.Steps,
    };

    /// <summary>Outside a waveform's own measure a quantity over an axis is that of its last point.</summary>
    private double OfLastPoint(WaveformTable table, QuantityRequest request) => new TableReader(table, results).At(request, table.PointCount - 1);

    private static double OfTraining(TrainingOutcome training, QuantityRequest request)
    {
        EpochRecord last = training.Last!;
        ParameterLayout layout = training.Parameters.Layout;
        switch (request.Name)
        {
            case "epochs":
                return last.Epoch;
            case "best_test_error":
                return training.History.Select(e => e.TestError).Where(double.IsFinite).DefaultIfEmpty(double.NaN).Min();
            case "best_test_accuracy":
                return 1 - training.History.Select(e => e.TestError).Where(double.IsFinite).DefaultIfEmpty(double.NaN).Min();
            case "weight" or "bias":
                return Entry(training.Parameters, request);
            case "pulses":
                return Banks(training.Parameters, request).Sum(b => (double)b.PulseCount);
            case "refreshes":
                return Banks(training.Parameters, request).Sum(b => (double)b.RefreshCount);
            case "stuck":
                return Banks(training.Parameters, request).Sum(b => b.StuckCount);
            case "alignment":
            case "cosine" when request.OtherBlock >= 0:
                return Alignment(last, layout.Blocks[request.Block].Name, layout.Blocks[request.OtherBlock].Name);
            case "cosine" or "angle":
                string array = request.Block < 0 ? "all" : layout.Blocks[request.Block].Name;
                AngleRecord? record = last.Angles.FirstOrDefault(a => string.Equals(a.Array, array, StringComparison.OrdinalIgnoreCase));
                return record is null ? double.NaN : request.Name == "cosine" ? record.Cosine : record.Degrees;
        }

        EpochRecord? epoch = request.IsCall ? training.History.FirstOrDefault(e => e.Epoch == request.Row) : last;
        if (epoch is null)
            return double.NaN;
        return request.Name switch
        {
            "residual" or "free_residual" => epoch.FreeResidual,
            "nudged_residual" => epoch.NudgedResidual,
            "free_steps" => epoch.FreeSteps,
            "nudged_steps" => epoch.NudgedSteps,
            "unsettled" => epoch.Unsettled,
            _ => epoch.Quantity(request.Name),
        };
    }

    private static double Alignment(EpochRecord epoch, string a, string b) =>
        epoch.Alignments.FirstOrDefault(r => (Same(r.Forward, a) && Same(r.Backward, b)) || (Same(r.Forward, b) && Same(r.Backward, a)))?.Cosine
        ?? (Same(a, b) ? 1 : double.NaN);

    private static bool Same(string a, string b) => string.Equals(a, b, StringComparison.OrdinalIgnoreCase);

    private static double Entry(ParameterSet<double> set, QuantityRequest request) =>
        set.Blocks[request.Block][(request.Row * set.Layout.Blocks[request.Block].Columns) + request.Column];

    private static IEnumerable<SynapseBank> Banks(ParameterSet<double> set, QuantityRequest request)
    {
        if (set.Devices is not { } devices)
            return [];
        return request.Block < 0 ? devices.Banks : devices[request.Block] is { } bank ? [bank] : [];
    }

    private double OfComparison(QuantityRequest request) => results.Comparisons[^1].Quantity(request);
}
