using AnalogLearn.Learning;
using AnalogLearn.Numerics;
using AnalogLearn.Simulation;

namespace AnalogLearn.Gradients;

/// <summary>
/// What a local rule tends to as β → 0, by direct solve: ν = (∂μ/∂θ)ᵀ ∂s^β/∂β at β = 0 with J ∂s/∂β = ∂C/∂s (Scellier et al., eqs. 16 and 18). With it the
/// distance between a rule and the gradient splits in two: ν + dJ/dθ is the bias of the rule, the rest comes from a finite β or an unfinished phase.
/// </summary>
/// <remarks>ν is a direction of descent: compare it with minus the gradient. All are means over the examples that could be used.</remarks>
public static class NuVector
{
    /// <summary>ν of the rule ρ(s_j) ds_i with the nudge −β ∂C/∂s, of any field.</summary>
    /// <param name="problem">The field, its fixed points and the cost.</param>
    /// <param name="cancellation">Stops early.</param>
    /// <returns>ν in place of the gradient, ∂s/∂β in place of the adjoint.</returns>
    public static GradientResult OfStateRule(FixedPointProblem problem, CancellationToken cancellation = default) =>
        Solve(problem, problem.CostGradients(), static (_, _) => { }, cancellation);

    /// <summary>ν of the rule ρ(s_j) dρ(s_i), whose nudging current is −β ∂C/∂ρ.</summary>
    /// <param name="field">The field, its inputs clamped to the examples.</param>
    /// <param name="readout">The outputs and a cost on their activities.</param>
    /// <param name="targets">y, examples × outputs.</param>
    /// <param name="problem">The same problem, settled.</param>
    /// <param name="cancellation">Stops early.</param>
    /// <returns>ν in place of the gradient, ∂ρ/∂β in place of the adjoint.</returns>
    public static GradientResult OfRateRule(RateField<double> field, Readout readout, Batch<double> targets, FixedPointProblem problem, CancellationToken cancellation = default)
    {
        var current = new Batch<double>(problem.State.Rows, problem.State.Width);
        var output = new double[readout.Count];
        for (int e = 0; e < current.Rows; e++)
        {
            readout.Read<double>(field, problem.State.Row(e), output);
            readout.Cost.AddGradient<double>(output, targets.Row(e), 1, current.Row(e).Slice(readout.Offset, readout.Count));
        }

        return Solve(problem, current, (e, ds) => ToActivities(field, problem.State.Row(e), ds), cancellation);
    }

    /// <summary>
    /// ν of the asymmetric form, whose nudged phase adds (J⁰ᵀ − J⁰)(s − s⁰) and so solves Jᵀ ∂s/∂β = ∂C/∂s: minus the gradient, whatever the weights
    /// (Scurria et al., arXiv 2602.03670).
    /// </summary>
    /// <param name="problem">The field, its fixed points and the cost.</param>
    /// <param name="cancellation">Stops early.</param>
    /// <returns>ν in place of the gradient, ∂s/∂β in place of the adjoint.</returns>
    public static GradientResult OfAsymmetricRule(FixedPointProblem problem, CancellationToken cancellation = default)
    {
        GradientResult exact = new ImplicitGradient().Gradient(problem, cancellation);
        foreach (double[] block in exact.Gradient.Blocks)
        {
            for (int k = 0; k < block.Length; k++)
                block[k] = -block[k];
        }

        foreach (ref double l in exact.Adjoint!.Span)
            l = -l;
        return exact;
    }

    private static GradientResult Solve(FixedPointProblem problem, Batch<double> current, Trace toTrace, CancellationToken cancellation)
    {
        int n = problem.Field.StateCount;
        var leftOut = new UnusableExample?[problem.ExampleCount];
        for (int e = 0; e < leftOut.Length; e++)
            leftOut[e] = problem.IsSettled(e) ? null : new(e, Unusable.Unsettled, problem.Residuals[e]);
        var ds = new Batch<double>(current.Rows, n);
        JacobianSolves.ForEach(problem.Field, problem.State, e => leftOut[e] is null, problem.ThreadCount, (e, jacobian) =>
        {
            if (jacobian.Solve(current.Row(e), ds.Row(e)) == 0)
                leftOut[e] = new(e, Unusable.Singular, 0);
        }, cancellation);

        var product = new Batch<double>(current.Rows, n);
        problem.Field.ApplyJacobian(problem.State, ds, product);
        var residuals = new double[current.Rows];
        for (int e = 0; e < current.Rows; e++)
        {
            if (leftOut[e] is not null)
                continue;
            for (int i = 0; i < n; i++)
                product[e, i] -= current[e, i];
            double size = FixedPointProblem.Largest(current.Row(e));
            residuals[e] = size > 0 ? FixedPointProblem.Largest(product.Row(e)) / size : 0;
            toTrace(e, ds.Row(e));
        }

        return ImplicitGradient.Collect(problem, ds, residuals, 0, leftOut);
    }

    private static void ToActivities(RateField<double> field, ReadOnlySpan<double> state, Span<double> ds)
    {
        foreach (RateBank bank in field.Network.Banks)
        {
            if (!bank.ActivityIsState)
                field.ApplyCurveSlope(bank, state.Slice(bank.Offset, bank.Width), ds.Slice(bank.Offset, bank.Width), transposed: false);
        }

        Span<double> conduction = stackalloc double[ds.Length];
        field.ConductionSlopes(state, conduction);
        for (int i = 0; i < ds.Length; i++)
            ds[i] *= conduction[i];
    }

    private delegate void Trace(int example, Span<double> ds);
}
