using System.Collections.Immutable;
using System.Globalization;
using AnalogLearn.Interchange;
using AnalogLearn.Learning;
using AnalogLearn.Netlist;
using AnalogLearn.Plots;

namespace AnalogLearn.Studies;

/// <summary>The pictures of a run, from what its folder holds, so that a run and a later redrawing give the same.</summary>
/// <param name="record">The run's record.</param>
/// <param name="weights">The trained weights by name (<c>yxh</c>, post × pre), or null.</param>
/// <param name="phases">The waveforms of the free and the nudged phase, or null.</param>
public sealed class RunFigures(RunRecord record, IReadOnlyDictionary<string, NumpyArray>? weights, WaveformTable? phases)
{
    private const int MostTraces = 12;
    private const int LargestMap = 600_000;

    /// <summary>Reads what a run's folder holds.</summary>
    /// <param name="folder">The folder.</param>
    /// <param name="record">The run's record.</param>
    public static RunFigures Of(RunFolder folder, RunRecord record)
    {
        ImmutableDictionary<string, NumpyArray>? weights = null;
        string archive = folder.PathOf("weights.npz");
        if (record.Train is not null && File.Exists(archive))
            NumpyArchive.TryReadFile(archive, out weights, out _);
        WaveformTable? phases = null;
        string raw = folder.PathOf("phases.raw");
        if (!record.Phases.IsDefaultOrEmpty && File.Exists(raw))
            phases = RawFile.Read(File.ReadAllBytes(raw), raw, new Netlist.DiagnosticBag())?.Tables.FirstOrDefault();
        return new RunFigures(record, weights, phases) { Rebuilt = Reconstruction.Read(folder.PathOf(Reconstruction.FileName)) };
    }

    /// <summary>What a trained autoencoder makes of some images, or null.</summary>
    internal Reconstruction? Rebuilt { get; init; }

    /// <summary>Draws everything there is something to draw for.</summary>
    public ImmutableArray<Figure> Draw()
    {
        var figures = ImmutableArray.CreateBuilder<Figure>();
        if (record.Train is { } training && training.Epochs.Any(e => e.Epoch > 0))
            AddTraining(training, figures);
        AddComparisons(figures);
        if (phases is not null)
            figures.Add(Phases(phases));
        AddWeights(figures);
        if (Rebuilt is { } images)
            figures.Add(images.Draw(record.Train?.Rule ?? string.Empty, record.Title));
        return figures.ToImmutable();
    }

    private void AddTraining(TrainingRecord training, ImmutableArray<Figure>.Builder figures)
    {
        EpochRecord[] all = [.. training.Epochs];
        double[] epochs = [.. all.Select(e => (double)e.Epoch)];
        bool classes = !training.Confusion.IsDefaultOrEmpty || all.Any(e => e.TestError > 0 || e.TrainError > 0);
        double[] cost = [.. all.Select(e => e.TrainCost > 0 ? e.TrainCost : double.NaN)];
        if (classes)
            figures.Add(Figures.TrainingCurves(epochs, [.. all.Select(e => e.TrainError)], [.. all.Select(e => e.TestError)], cost, record.Title));
        else
            figures.Add(Figures.TrainingCurves(epochs, [], [], cost, record.Title));

        string[] angled = [.. all.SelectMany(e => e.Angles.IsDefault ? [] : e.Angles.Select(a => a.Array)).Distinct(StringComparer.Ordinal)];
        Curve[] angles =
        [
            .. angled.Select(name => new Curve(name, epochs, [.. all.Select(e => e.Angles.IsDefault ? double.NaN : e.Angles.FirstOrDefault(a => a.Array == name)?.Degrees ?? double.NaN)])),
        ];
        string[] paired = [.. all.SelectMany(e => e.Alignments.IsDefault ? [] : e.Alignments.Select(Pair)).Distinct(StringComparer.Ordinal)];
        Curve[] alignments =
        [
            .. paired.Select(pair => new Curve(pair, epochs, [.. all.Select(e => e.Alignments.IsDefault ? double.NaN : e.Alignments.FirstOrDefault(a => Pair(a) == pair)?.Cosine ?? double.NaN)])),
        ];
        double[] residual = [.. all.Select(e => e.Epoch > 0 && e.FreeResidual > 0 ? e.FreeResidual : double.NaN)];
        Curve[] residuals = residual.Any(double.IsFinite) ? [new Curve("free phase", epochs, residual)] : [];
        if (angles.Length > 0 || alignments.Length > 0)
            figures.Add(Figures.AnglesAndAlignment(angles, alignments, residuals, subtitle: record.Title));
        if (!training.Confusion.IsDefaultOrEmpty && training.Classes.Length == training.Confusion.Length)
            figures.Add(Figures.ConfusionMatrix([.. training.Confusion.SelectMany(row => row).Select(n => (double)n)], training.Classes, record.Title));
    }

    private static string Pair(AlignmentRecord alignment) => $"{alignment.Forward}, {alignment.Backward}";

    private void AddComparisons(ImmutableArray<Figure>.Builder figures)
    {
        for (int k = 0; k < record.Comparisons.Length; k++)
        {
            ComparisonRecord comparison = record.Comparisons[k];
            string ending = record.Comparisons.Length == 1 ? string.Empty : string.Create(CultureInfo.InvariantCulture, $"-{k + 1}");
            string[] names = [.. comparison.Arrays.Keys];
            figures.Add(Figures.GradientComparison(
                names,
                [comparison.Rule],
                [[.. names.Select(n => comparison.Arrays[n].Angle)]],
                [[.. names.Select(n => comparison.Arrays[n].NormRatio)]],
                string.Create(CultureInfo.InvariantCulture, $"{comparison.Rule} against {comparison.Reference}, {Amount.Of(comparison.Examples, "example")}"),
                "gradient" + ending));
            AddSweep(comparison, ending, figures);
        }
    }

    private void AddSweep(ComparisonRecord comparison, string ending, ImmutableArray<Figure>.Builder figures)
    {
        SweepRecord[] all = [.. comparison.Sweep.Where(s => s.Array == "all")];
        if (all.Length == 0)
            return;
        double[] betas = [.. all.Select(s => s.Beta).Distinct().Order()];
        double[] symmetries = [.. all.Select(s => s.SymmetryDegrees).Where(double.IsFinite).Distinct().Order()];
        int[] steps = [.. all.Select(s => s.Steps).Distinct().Order()];
        string[] forms = [.. all.Select(s => s.Form).Distinct(StringComparer.Ordinal)];
        string repetitions = all.Max(s => s.Count) is > 1 and int n ? string.Create(CultureInfo.InvariantCulture, $"mean and standard error of {n} networks; ") : string.Empty;

        if (betas.Length > 1)
        {
            // At the least and at the most symmetric weights, where there is a choice.
            double[] shown = symmetries.Length == 0 ? [double.NaN] : symmetries.Length == 1 ? symmetries : [symmetries[^1], symmetries[0]];
            foreach (double degrees in shown)
            {
                string at = shown.Length == 1 ? string.Empty : string.Create(CultureInfo.InvariantCulture, $"-{degrees:0}");
                figures.Add(Figures.NudgeSweep(
                    [.. forms.Select(form => Line(form, all.Where(s => s.Form == form && Same(s.SymmetryDegrees, degrees) && s.Steps == steps[^1]), s => Math.Abs(s.Beta)))],
                    repetitions + (double.IsNaN(degrees) ? record.Title : string.Create(CultureInfo.InvariantCulture, $"feedback at {degrees:0.#}° to the transpose")),
                    "nudge-sweep" + at + ending,
                    record.Engine == "nodal" ? "S" : string.Empty));
            }

            // Circuits solve their equilibria to rounding, so that nothing but β is left in the error.
            if (record.Engine == "nodal")
            {
                figures.Add(Figures.NudgeError(
                    [.. forms.Select(form => Error(form, all.Where(s => s.Form == form)))],
                    record.Title,
                    "nudge-error" + ending,
                    "S"));
            }
        }

        if (symmetries.Length > 1)
        {
            figures.Add(Figures.AngleSweep(
                [.. forms.Select(form => Line(form, all.Where(s => s.Form == form && s.Beta == betas[0] && s.Steps == steps[^1]), s => Math.Cos(s.SymmetryDegrees * Math.PI / 180)))],
                Axis.Number("degree of symmetry (cosine of feedback and transpose)"),
                "Angle to the exact gradient against symmetry",
                repetitions + string.Create(CultureInfo.InvariantCulture, $"β = {betas[0]:g4}"),
                "symmetry-sweep" + ending));
        }

        if (steps.Length > 1)
        {
            figures.Add(Figures.AngleSweep(
                [.. forms.Select(form => Line(form, all.Where(s => s.Form == form && s.Beta == betas[0] && (symmetries.Length == 0 || s.SymmetryDegrees == symmetries[0])), s => s.Steps))],
                Axis.Number("steps of the nudged phase") with { Scale = AxisScale.Logarithmic },
                "Angle to the exact gradient against settling time",
                repetitions + string.Create(CultureInfo.InvariantCulture, $"β = {betas[0]:g4}"),
                "settling-sweep" + ending));
        }
    }

    private static Curve Error(string label, IEnumerable<SweepRecord> points)
    {
        SweepRecord[] sorted = [.. points.OrderBy(s => Math.Abs(s.Beta))];
        return new Curve(label, [.. sorted.Select(s => Math.Abs(s.Beta))], [.. sorted.Select(s => s.RelError)]);
    }

    private static bool Same(double a, double b) => a == b || (double.IsNaN(a) && double.IsNaN(b));

    private static Curve Line(string label, IEnumerable<SweepRecord> points, Func<SweepRecord, double> x)
    {
        SweepRecord[] sorted = [.. points.OrderBy(x)];
        var curve = new Curve(label, [.. sorted.Select(x)], [.. sorted.Select(s => s.Angle)]);
        return sorted.Any(s => s.AngleError > 0)
            ? curve with { Lower = [.. sorted.Select(s => Math.Max(0, s.Angle - s.AngleError))], Upper = [.. sorted.Select(s => s.Angle + s.AngleError)] }
            : curve;
    }

    private Figure Phases(WaveformTable table)
    {
        double[] time = table.Column("time")!.Values;
        (string, IReadOnlyList<double>)[] traces =
        [
            .. table.Columns.Where(c => c.Quantity == WaveformQuantity.Voltage).Take(MostTraces).Select(c => (c.Name, (IReadOnlyList<double>)c.Values)),
        ];
        return Figures.Waveforms(time, traces, record.Phases, subtitle: record.PhasesOf ?? string.Empty, name: "phases");
    }

    private void AddWeights(ImmutableArray<Figure>.Builder figures)
    {
        if (weights is null || record.Circuit is not { } circuit)
            return;
        var maps = new List<WeightMatrix>();
        foreach (ArraySummary array in circuit.Arrays.Where(a => a.TiedTo is null))
        {
            if (!weights.TryGetValue(array.Name, out NumpyArray? values) || values.Shape.Length != 2 || values.Count > LargestMap)
                continue;
            double[] numbers = values.ToDoubles();
            maps.Add(new WeightMatrix(array.Name, numbers, values.Shape[0], values.Shape[1]) { From = array.From, To = array.To });
            ImmutableArray<int> shape = record.Train?.InputShape ?? [];
            if (shape.Length == 2 && shape[0] > 1 && shape[0] * shape[1] == values.Shape[1])
                figures.Add(Figures.ReceptiveFields(numbers, values.Shape[0], shape[1], shape[0], label: array.Name, subtitle: record.Title, name: "receptive-fields-" + array.Name));
        }

        if (maps.Count > 0)
            figures.Add(Figures.WeightMap(maps, subtitle: record.Title));
    }
}
