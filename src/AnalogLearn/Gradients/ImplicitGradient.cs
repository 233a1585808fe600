using System.Numerics.Tensors;
using AnalogLearn.Circuits;
using AnalogLearn.Numerics;
using AnalogLearn.Simulation;

namespace AnalogLearn.Gradients;

/// <summary>How the transposed system of the implicit gradient is solved.</summary>
public enum AdjointSolver
{
    /// <summary>Dense factorisation up to <see cref="ImplicitGradient.LargestDense"/> states, GMRES above.</summary>
    Auto,

    /// <summary>Dense LU of each example's Jacobian.</summary>
    Lu,

    /// <summary>Restarted GMRES on products with the transposed Jacobian.</summary>
    Gmres,

    /// <summary>λ ← λ + ε (Jᵀλ + ∂C/∂s), which settles wherever the network does, if ε is small enough: recurrent back-propagation.</summary>
    Relaxation,
}

/// <summary>
/// The implicit gradient: Jᵀλ = −∂C/∂s at the free fixed point, dJ/dθ = λᵀ ∂μ/∂θ with J = ∂μ/∂s. Source: Scellier et al., eq. 17
/// (dJ/dθ = −∂C/∂s · (∂μ/∂s)⁻¹ · ∂μ/∂θ). Valid at any fixed point with a regular Jacobian, stable or not; a state pinned at a rail is constant there.
/// </summary>
public sealed class ImplicitGradient : IGradientReference
{
    /// <summary>Half the distance from 1 to the next larger double.</summary>
    private const double RoundingUnit = 1.1102230246251565e-16;

    /// <inheritdoc/>
    public string Name => "implicit";

    /// <summary>How the transposed system is solved.</summary>
    public AdjointSolver Solver { get; init; } = AdjointSolver.Auto;

    /// <summary>Most states for which <see cref="AdjointSolver.Auto"/> factors a dense matrix: 50 MB a thread, a second an example.</summary>
    public int LargestDense { get; init; } = 2500;

    /// <summary>‖Jᵀλ + ∂C/∂s‖/‖∂C/∂s‖ that iterative solves aim for.</summary>
    public double Tolerance { get; init; } = 1e-12;

    /// <summary>Most products of an iterative solve.</summary>
    public int MaximumProducts { get; init; } = 5000;

    /// <summary>ε of <see cref="AdjointSolver.Relaxation"/>.</summary>
    public double RelaxationStep { get; init; } = 0.5;

    /// <summary>Relative residual of a solve above which its example is left out: far below what a comparison with a rule can see.</summary>
    public double LargestSolveResidual { get; init; } = 1e-6;

    /// <summary>Whether unsettled examples are left out of the mean. Where they are not, the formula is used at a state that is no fixed point.</summary>
    public bool DropUnsettled { get; init; } = true;

    /// <summary>Reads <c>implicit(solver=auto|lu|gmres|relaxation rtol=)</c>.</summary>
    /// <param name="arguments">The arguments.</param>
    public static ImplicitGradient Bind(ArgumentReader arguments) => new()
    {
        Solver = Enum.Parse<AdjointSolver>(arguments.Word("solver", "auto", "auto", "lu", "gmres", "relaxation"), ignoreCase: true),
        Tolerance = arguments.Number("rtol", 1e-12, 1e-15, 1e-2),
    };

    /// <inheritdoc/>
    public GradientResult Gradient(FixedPointProblem problem, CancellationToken cancellation = default)
    {
        var right = problem.CostGradients();
        var leftOut = new UnusableExample?[problem.ExampleCount];
        for (int e = 0; e < problem.ExampleCount; e++)
        {
            if (!double.IsFinite(problem.Residuals[e]) || (DropUnsettled && !problem.IsSettled(e)))
                leftOut[e] = new(e, Unusable.Unsettled, problem.Residuals[e]);
        }

        TensorPrimitives.Negate(right.Span, right.Span);
        var adjoint = new Batch<double>(right.Rows, right.Width);
        double[] residuals = new double[right.Rows];
        double iterations = SolveTransposed(problem, right, adjoint, residuals, leftOut, cancellation);
        return Collect(problem, adjoint, residuals, iterations, leftOut);
    }

    /// <summary>Solves Jᵀ x = b for all examples not yet left out.</summary>
    /// <param name="problem">The field and its fixed points.</param>
    /// <param name="right">b, examples × states.</param>
    /// <param name="solution">Receives x; zero where an example is left out.</param>
    /// <param name="residuals">Receives ‖b − Jᵀx‖/‖b‖ of each example.</param>
    /// <param name="leftOut">Which examples are left out; those that cannot be solved are added.</param>
    /// <param name="cancellation">Stops early.</param>
    /// <returns>Products that were formed, 0 for a direct solve.</returns>
    internal double SolveTransposed(FixedPointProblem problem, Batch<double> right, Batch<double> solution, double[] residuals, UnusableExample?[] leftOut, CancellationToken cancellation)
    {
        bool direct = Solver == AdjointSolver.Lu || (Solver == AdjointSolver.Auto && (problem.Field is ILinearizedField || problem.Field.StateCount <= LargestDense));
        double iterations = 0;
        if (direct)
            Factor(problem, right, solution, residuals, leftOut, cancellation);
        else
            iterations = Iterate(problem, right, solution, residuals, leftOut, cancellation);

        for (int e = 0; e < right.Rows; e++)
        {
            if (leftOut[e] is null && !(residuals[e] <= LargestSolveResidual))
                leftOut[e] = new(e, Unusable.Unsolved, residuals[e]);
            if (leftOut[e] is not null)
            {
                solution.Row(e).Clear();
                residuals[e] = 0;
            }
        }

        return iterations;
    }

    /// <summary>Sums λᵀ∂μ/∂θ over the examples used.</summary>
    internal static GradientResult Collect(FixedPointProblem problem, Batch<double> adjoint, double[] residuals, double iterations, UnusableExample?[] leftOut)
    {
        int used = leftOut.Count(l => l is null);
        double cost = 0;
        var gradient = new ParameterSet<double>(problem.Field.Parameters);
        var state = problem.State.Clone();
        var scaled = adjoint.Clone();
        for (int e = 0; e < problem.ExampleCount; e++)
        {
            if (leftOut[e] is null)
            {
                cost += problem.Cost(e, state.Row(e)) / used;
                foreach (ref double l in scaled.Row(e))
                    l /= used;
            }
            else
            {
                // Nothing of an unusable example may reach the sum, not even 0 · NaN.
                state.Row(e).Clear();
                scaled.Row(e).Clear();
            }
        }

        problem.Field.AccumulateParameterGradient(state, scaled, gradient);
        return new(gradient, used == 0 ? double.NaN : cost, used, [.. leftOut.OfType<UnusableExample>()], residuals.Length == 0 ? 0 : residuals.Max(), iterations, adjoint);
    }

    private static void Factor(FixedPointProblem problem, Batch<double> right, Batch<double> solution, double[] residuals, UnusableExample?[] leftOut, CancellationToken cancellation)
    {
        int n = problem.Field.StateCount;
        JacobianSolves.ForEach(problem.Field, problem.State, e => leftOut[e] is null, problem.ThreadCount, (e, jacobian) =>
        {
            double ratio = jacobian.SolveTransposed(right.Row(e), solution.Row(e));
            if (!(ratio > n * RoundingUnit))
                leftOut[e] = new(e, Unusable.Singular, ratio);
        }, cancellation);

        var product = new Batch<double>(right.Rows, n);
        problem.Field.ApplyTransposedJacobian(problem.State, solution, product);
        for (int e = 0; e < right.Rows; e++)
            residuals[e] = leftOut[e] is null ? RelativeDistance(product.Row(e), right.Row(e)) : 0;
    }

    private int Iterate(FixedPointProblem problem, Batch<double> right, Batch<double> solution, double[] residuals, UnusableExample?[] leftOut, CancellationToken cancellation)
    {
        var state = problem.State.Clone();
        var b = right.Clone();
        for (int e = 0; e < b.Rows; e++)
        {
            if (leftOut[e] is not null)
            {
                state.Row(e).Clear();
                b.Row(e).Clear();
            }
        }

        if (Solver != AdjointSolver.Relaxation)
        {
            var gmres = new Gmres { Tolerance = Tolerance, MaximumProducts = MaximumProducts };
            return gmres.Solve((x, y) => problem.Field.ApplyTransposedJacobian(state, x, y), b, solution, residuals, cancellation);
        }

        // λ ← λ + ε (Jᵀλ − b), b = −∂C/∂s: all rows until the worst is there or none comes closer any more.
        var product = new Batch<double>(b.Rows, b.Width);
        double best = double.PositiveInfinity;
        int since = 0;
        for (int k = 1; ; k++)
        {
            cancellation.ThrowIfCancellationRequested();
            problem.Field.ApplyTransposedJacobian(state, solution, product);
            double worst = 0;
            for (int e = 0; e < b.Rows; e++)
            {
                residuals[e] = RelativeDistance(product.Row(e), b.Row(e));
                worst = Math.Max(worst, residuals[e]);
            }

            since = worst < best ? 0 : since + 1;
            best = Math.Min(best, worst);
            if (worst <= Tolerance || k >= MaximumProducts || since > 200 || double.IsNaN(worst))
                return k;
            TensorPrimitives.Subtract(product.Span, b.Span, product.Span);
            TensorPrimitives.MultiplyAdd(product.Span, RelaxationStep, solution.Span, solution.Span);
        }
    }

    private static double RelativeDistance(ReadOnlySpan<double> one, ReadOnlySpan<double> other)
    {
        double size = TensorPrimitives.Norm(other);
        double distance = TensorPrimitives.Distance(one, other);
        return size == 0 ? distance : distance / size;
    }
}
