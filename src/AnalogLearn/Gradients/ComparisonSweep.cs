using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using AnalogLearn.Learning;
using AnalogLearn.Numerics;
using AnalogLearn.Simulation;

namespace AnalogLearn.Gradients;

/// <summary>Where a sweep stands: the settings of one comparison.</summary>
/// <param name="Form">Which form of the rule.</param>
/// <param name="Beta">β.</param>
/// <param name="Steps">Steps of each nudged phase.</param>
/// <param name="SymmetryDegrees">φ: feedback = cos φ · (feed-forward)ᵀ + sin φ · random [°]; NaN leaves the weights as they are.</param>
/// <param name="Seed">The repetition: a network, a set of examples.</param>
public readonly record struct SweepPoint(string Form, double Beta, int Steps, double SymmetryDegrees, ulong Seed);

/// <summary>What a sweep goes through; every combination is taken.</summary>
public sealed record SweepAxes
{
    /// <summary>Forms of the rule.</summary>
    public ImmutableArray<string> Forms { get; init; } = ["state"];

    /// <summary>Values of β.</summary>
    public ImmutableArray<double> Betas { get; init; } = [0.1];

    /// <summary>Steps of each nudged phase.</summary>
    public ImmutableArray<int> Steps { get; init; } = [1000];

    /// <summary>φ [°]; NaN leaves the weights as they are.</summary>
    public ImmutableArray<double> SymmetryDegrees { get; init; } = [double.NaN];

    /// <summary>Repetitions, over which means are taken.</summary>
    public ImmutableArray<ulong> Seeds { get; init; } = [1];
}

/// <summary>A mean over repetitions.</summary>
/// <param name="Mean">The mean, NaN without any.</param>
/// <param name="StandardError">Its standard error, 0 for a single repetition.</param>
/// <param name="Count">Repetitions in which the quantity exists.</param>
public readonly record struct MeanWithError(double Mean, double StandardError, int Count)
{
    /// <summary>The mean of the numbers that are not NaN.</summary>
    /// <param name="values">The numbers.</param>
    public static MeanWithError Of(IEnumerable<double> values)
    {
        double[] v = [.. values.Where(x => !double.IsNaN(x))];
        if (v.Length == 0)
            return new(double.NaN, double.NaN, 0);
        double mean = v.Average();
        double spread = v.Sum(x => (x - mean) * (x - mean));
        return new(mean, v.Length > 1 ? Math.Sqrt(spread / (v.Length - 1.0) / v.Length) : 0, v.Length);
    }
}

/// <summary>One setting of a sweep, averaged over its repetitions.</summary>
/// <param name="Point">The setting; its seed is the first one.</param>
/// <param name="Array">The array or bank, or <c>all</c>.</param>
/// <param name="Cosine">Cosine between the update and minus the gradient.</param>
/// <param name="Angle">The angle [°].</param>
/// <param name="NormRatio">‖update‖/‖g‖.</param>
/// <param name="RelativeError">‖update + g‖/‖g‖.</param>
/// <param name="SignAgreement">Fraction of downhill moves.</param>
public sealed record SweepRow(SweepPoint Point, string Array, MeanWithError Cosine, MeanWithError Angle, MeanWithError NormRatio, MeanWithError RelativeError, MeanWithError SignAgreement);

/// <summary>A sweep's results.</summary>
/// <param name="Axes">What was gone through.</param>
/// <param name="Rows">A row for each setting and array, and for all arrays together, in the order of the axes.</param>
public sealed record SweepResult(SweepAxes Axes, ImmutableArray<SweepRow> Rows)
{
    /// <summary>The rows of one array, or of all together.</summary>
    /// <param name="array">The name, or <c>all</c>, in any case.</param>
    public IEnumerable<SweepRow> Of(string array = "all") => Rows.Where(r => string.Equals(r.Array, array, StringComparison.OrdinalIgnoreCase));

    /// <summary>The rows of all arrays together as text, columns aligned.</summary>
    public string ToTable()
    {
        var rows = new List<string[]> { new[] { "form", "β", "steps", "asymmetry [°]", "angle [°]", "cosine", "|update|/|gradient|", "relative error", "right sign [%]", "n" } };
        foreach (SweepRow r in Of())
        {
            rows.Add(
            [
                r.Point.Form,
                r.Point.Beta.ToString(Math.Abs(r.Point.Beta) >= 1e-4 ? "0.######" : "0.####E+0", CultureInfo.InvariantCulture),
                r.Point.Steps.ToString(CultureInfo.InvariantCulture),
                double.IsNaN(r.Point.SymmetryDegrees) ? "-" : r.Point.SymmetryDegrees.ToString("0.##", CultureInfo.InvariantCulture),
                Text(r.Angle, "0.00"),
                Text(r.Cosine, "0.0000"),
                Text(r.NormRatio, "0.000"),
                Text(r.RelativeError, "0.0E+00"),
                Text(new(100 * r.SignAgreement.Mean, 100 * r.SignAgreement.StandardError, r.SignAgreement.Count), "0.0"),
                r.Angle.Count.ToString(CultureInfo.InvariantCulture),
            ]);
        }

        var text = new StringBuilder();
        TextTable.Write(text, rows);
        return text.ToString();
    }

    /// <summary>All rows as comma-separated values, a heading first; numbers round-trip.</summary>
    public string ToCsv()
    {
        var text = new StringBuilder("form,beta,steps,symmetry_degrees,array,angle,angle_se,cosine,cosine_se,norm_ratio,norm_ratio_se,rel_error,rel_error_se,sign_agreement,sign_agreement_se,count\n");
        foreach (SweepRow r in Rows)
        {
            text.Append(CultureInfo.InvariantCulture, $"{r.Point.Form},{r.Point.Beta:R},{r.Point.Steps},{r.Point.SymmetryDegrees:R},{r.Array}");
            foreach (MeanWithError m in new[] { r.Angle, r.Cosine, r.NormRatio, r.RelativeError, r.SignAgreement })
                text.Append(CultureInfo.InvariantCulture, $",{m.Mean:R},{m.StandardError:R}");
            text.Append(CultureInfo.InvariantCulture, $",{r.Angle.Count}\n");
        }

        return text.ToString();
    }

    private static string Text(MeanWithError m, string format)
    {
        if (m.Count == 0)
            return "-";
        string mean = m.Mean.ToString(format, CultureInfo.InvariantCulture);
        return m.Count == 1 ? mean : string.Create(CultureInfo.InvariantCulture, $"{mean} ± {m.StandardError.ToString(format, CultureInfo.InvariantCulture)}");
    }
}

/// <summary>Compares updates with gradients over β, settling time and degree of symmetry, for several forms of a rule, averaged over repetitions.</summary>
public static class ComparisonSweep
{
    /// <summary>Goes through every combination of the axes.</summary>
    /// <param name="axes">What to go through.</param>
    /// <param name="compute">Computes the update and the gradient of one setting.</param>
    /// <param name="exists">Which parameters exist, block by block; an empty entry, or an empty list, means all.</param>
    /// <param name="done">Told after each setting, with the fraction done, or null.</param>
    /// <param name="cancellation">Stops early.</param>
    public static SweepResult Run(
        SweepAxes axes,
        Func<SweepPoint, (ParameterSet<double> Update, ParameterSet<double> Gradient)> compute,
        ImmutableArray<ImmutableArray<bool>> exists = default,
        Action<double>? done = null,
        CancellationToken cancellation = default)
    {
        SweepPoint[] points =
        [
            .. from form in axes.Forms
               from symmetry in axes.SymmetryDegrees
               from steps in axes.Steps
               from beta in axes.Betas
               select new SweepPoint(form, beta, steps, symmetry, axes.Seeds.FirstOrDefault()),
        ];
        var rows = ImmutableArray.CreateBuilder<SweepRow>();
        for (int p = 0; p < points.Length; p++)
        {
            var results = new List<ComparisonResult>();
            foreach (ulong seed in axes.Seeds)
            {
                cancellation.ThrowIfCancellationRequested();
                (ParameterSet<double> update, ParameterSet<double> gradient) = compute(points[p] with { Seed = seed });
                results.Add(GradientComparison.Compare(gradient, update, exists));
            }

            foreach (string name in results.FirstOrDefault()?.Arrays.Select(a => a.Name).Append("all") ?? [])
            {
                ArrayComparison[] of = [.. results.Select(r => r.Of(name)!)];
                rows.Add(new(
                    points[p],
                    name,
                    MeanWithError.Of(of.Select(a => a.Cosine)),
                    MeanWithError.Of(of.Select(a => a.Angle)),
                    MeanWithError.Of(of.Select(a => a.NormRatio)),
                    MeanWithError.Of(of.Select(a => a.RelativeError)),
                    MeanWithError.Of(of.Select(a => a.SignAgreement))));
            }

            done?.Invoke((p + 1.0) / points.Length);
        }

        return new(axes, rows.ToImmutable());
    }

    /// <summary>
    /// Goes through forms of equilibrium propagation on a rate network. Each repetition draws its own initial parameters and, where φ is other than the
    /// network's own, its own feedback; gradients are taken at the fixed point, updates start from there.
    /// </summary>
    /// <param name="network">The network.</param>
    /// <param name="readout">The outputs and their cost; what the cost sees is each form's own.</param>
    /// <param name="inputs">The examples, a batch for each input of the network.</param>
    /// <param name="targets">y, examples × outputs.</param>
    /// <param name="axes">What to go through; forms by their names in <see cref="RuleForm.All"/>.</param>
    /// <param name="theta">The parameters of a repetition, or null for the network's initial ones; they may be changed.</param>
    /// <param name="reference">The exact gradient, or null for the implicit one.</param>
    /// <param name="settle">Step, tolerance and threads of the nudged phases.</param>
    /// <param name="done">Told after each setting, with the fraction done, or null.</param>
    /// <param name="cancellation">Stops early.</param>
    public static SweepResult Run(
        RateNetwork network,
        Readout readout,
        IReadOnlyList<Batch<double>> inputs,
        Batch<double> targets,
        SweepAxes axes,
        Func<ulong, ParameterSet<double>>? theta = null,
        IGradientReference? reference = null,
        SettleOptions? settle = null,
        Action<double>? done = null,
        CancellationToken cancellation = default)
    {
        reference ??= new ImplicitGradient();
        settle ??= new SettleOptions();

        // What belongs to a repetition is kept as long as nothing changes but β and the settling time.
        (CostOn On, double Symmetry) kept = default;
        var repetitions = new Dictionary<ulong, (RateField<double> Field, FixedPointProblem Problem, GradientResult Exact)>();
        return Run(
            axes,
            point =>
            {
                RuleForm form = RuleForm.All.First(f => string.Equals(f.Name, point.Form, StringComparison.OrdinalIgnoreCase));
                if (!kept.Equals((form.On, point.SymmetryDegrees)))
                {
                    repetitions.Clear();
                    kept = (form.On, point.SymmetryDegrees);
                }

                if (!repetitions.TryGetValue(point.Seed, out var repetition))
                {
                    repetition = Prepare(point, form.On);
                    repetitions.Add(point.Seed, repetition);
                }

                ILearner<double> learner = form.Create(repetition.Field, readout, point.Beta, point.Steps, settle);
                ComparisonResult result = RuleComparison.Run(repetition.Field, targets, learner, reference.Name, repetition.Problem, repetition.Exact, null, cancellation);
                return (result.Update, result.Gradient);
            },
            FixedPointProblem.MasksOf(network),
            done,
            cancellation);

        (RateField<double> Field, FixedPointProblem Problem, GradientResult Exact) Prepare(SweepPoint point, CostOn on)
        {
            ParameterSet<double> parameters = theta?.Invoke(point.Seed) ?? network.InitialParameters(point.Seed);
            if (!double.IsNaN(point.SymmetryDegrees))
                WeightSymmetry.Set(network, parameters, point.SymmetryDegrees, point.Seed);
            var field = new RateField<double>(network, parameters);
            for (int k = 0; k < inputs.Count; k++)
                field.SetInput(k, inputs[k]);
            FixedPointProblem problem = RuleComparison.Settle(field, readout with { On = on }, targets, new(), cancellation);
            return (field, problem, reference.Gradient(problem, cancellation));
        }
    }
}
