using System.Numerics.Tensors;
using AnalogLearn.Circuits;
using AnalogLearn.Numerics;

namespace AnalogLearn.Gradients;

/// <summary>
/// Continuous-time recurrent back-propagation: dl/dt = (T⁻¹J)ᵀ l from l(0) = ∂C/∂s, with T = diag τ, so that l(t) = exp(JᵀT⁻¹t) ∂C/∂s is the derivative of the
/// final cost by the state a time t before; T⁻¹∫l dt → −J⁻ᵀ∂C/∂s = λ of the <see cref="ImplicitGradient"/>. Source: Scellier et al., theorem 6 and
/// corollary 7 (where τ = 1). Valid where the fixed point is stable; otherwise l grows, and the examples are left out.
/// </summary>
public sealed class AdjointOde : IGradientReference
{
    /// <summary>Terms of the Taylor series before a step is cut in half.</summary>
    private const int MostTerms = 60;

    /// <inheritdoc/>
    public string Name => "adjoint";

    /// <summary>The gradient's integral stops when ‖l‖ has fallen below this fraction of ‖∂C/∂s‖.</summary>
    public double Tolerance { get; init; } = 1e-13;

    /// <summary>The integral stops at this many of the longest time constant.</summary>
    public double LongestTime { get; init; } = 2000;

    /// <summary>Relative error of the integral above which an example is left out.</summary>
    public double LargestSolveResidual { get; init; } = 1e-6;

    /// <summary>Reads <c>adjoint(rtol=)</c>.</summary>
    /// <param name="arguments">The arguments.</param>
    public static AdjointOde Bind(ArgumentReader arguments) => new() { Tolerance = arguments.Number("rtol", 1e-13, 1e-15, 1e-2) };

    /// <inheritdoc/>
    public GradientResult Gradient(FixedPointProblem problem, CancellationToken cancellation = default)
    {
        var leftOut = new UnusableExample?[problem.ExampleCount];
        var l = problem.CostGradients();
        var state = problem.State.Clone();
        for (int e = 0; e < leftOut.Length; e++)
        {
            if (problem.IsSettled(e))
                continue;
            leftOut[e] = new(e, Unusable.Unsettled, problem.Residuals[e]);
            l.Row(e).Clear();
            state.Row(e).Clear();
        }

        double[] start = Norms(l);
        var integral = new Batch<double>(l.Rows, l.Width);
        double[] tau = problem.Field.TimeConstants.ToArray();
        double longest = tau.Max();
        double step = tau.Min();
        int products = 0;
        for (double time = 0; time < LongestTime * longest; time += step)
        {
            cancellation.ThrowIfCancellationRequested();
            (step, int spent) = Step(problem, state, tau, l, integral, step);
            products += spent;
            double[] size = Norms(l);
            bool gone = true;
            for (int e = 0; e < size.Length; e++)
                gone &= !(size[e] > Tolerance * start[e]) || size[e] > 1e6 * start[e];
            if (gone)
                break;
        }

        double[] residuals = Norms(l);
        for (int e = 0; e < residuals.Length; e++)
        {
            residuals[e] = start[e] > 0 ? residuals[e] / start[e] : 0;
            if (leftOut[e] is null && !(residuals[e] <= LargestSolveResidual))
                leftOut[e] = new(e, Unusable.Unsolved, residuals[e]);
            if (leftOut[e] is not null)
            {
                integral.Row(e).Clear();
                residuals[e] = 0;
            }
        }

        return ImplicitGradient.Collect(problem, integral, residuals, products, leftOut);
    }

    /// <summary>l(t), and T⁻¹ times its integral from 0 to t.</summary>
    /// <param name="problem">The field, its fixed points and the cost.</param>
    /// <param name="time">t [s].</param>
    /// <returns>Both, examples × states. With τ = 1 the second is corollary 7's integral itself.</returns>
    public static (Batch<double> Adjoint, Batch<double> Integral) Propagate(FixedPointProblem problem, double time)
    {
        var l = problem.CostGradients();
        var integral = new Batch<double>(l.Rows, l.Width);
        double[] tau = problem.Field.TimeConstants.ToArray();
        double done = 0;
        double step = Math.Min(time, tau.Min());
        while (done < time)
        {
            step = Math.Min(step, time - done);
            (step, _) = Step(problem, problem.State, tau, l, integral, step);
            done += step;
        }

        return (l, integral);
    }

    /// <summary>
    /// One step by the Taylor series of the exponential, summed until its terms vanish, so exact to rounding: l(t + h) = Σ (hA)^k/k! l(t), and its integral
    /// Σ h (hA)^k/(k + 1)! l(t).
    /// </summary>
    /// <returns>The step taken, halved until the series converges quickly, and the products spent.</returns>
    private static (double Step, int Products) Step(FixedPointProblem problem, Batch<double> state, double[] tau, Batch<double> l, Batch<double> integral, double step)
    {
        var term = new Batch<double>(l.Rows, l.Width);
        var product = new Batch<double>(l.Rows, l.Width);
        var sum = new Batch<double>(l.Rows, l.Width);
        var area = new Batch<double>(l.Rows, l.Width);
        int products = 0;
        while (true)
        {
            term.CopyFrom(l);
            sum.CopyFrom(l);
            TensorPrimitives.Multiply(l.Span, step, area.Span);
            double previous = TensorPrimitives.Norm<double>(l.Span);
            bool converged = previous == 0;
            for (int k = 1; k <= MostTerms && !converged; k++)
            {
                for (int e = 0; e < term.Rows; e++)
                    TensorPrimitives.Divide(term.Row(e), tau, term.Row(e));
                problem.Field.ApplyTransposedJacobian(state, term, product);
                products++;
                TensorPrimitives.Multiply(product.Span, step / k, term.Span);
                TensorPrimitives.Add(sum.Span, term.Span, sum.Span);
                TensorPrimitives.MultiplyAdd(term.Span, step / (k + 1), area.Span, area.Span);
                double size = TensorPrimitives.Norm<double>(term.Span);

                // Terms much larger than the sum would cancel and cost digits.
                if (size > 4 * TensorPrimitives.Norm<double>(l.Span) || double.IsNaN(size))
                    break;
                converged = size <= 1e-18 * TensorPrimitives.Norm<double>(sum.Span) && size <= previous;
                previous = size;
            }

            if (converged || double.IsNaN(previous))
                break;
            step /= 2;
        }

        l.CopyFrom(sum);
        for (int e = 0; e < area.Rows; e++)
        {
            TensorPrimitives.Divide(area.Row(e), tau, area.Row(e));
            TensorPrimitives.Add(integral.Row(e), area.Row(e), integral.Row(e));
        }

        return (step, products);
    }

    private static double[] Norms(Batch<double> batch)
    {
        var norms = new double[batch.Rows];
        for (int e = 0; e < norms.Length; e++)
            norms[e] = TensorPrimitives.Norm<double>(batch.Row(e));
        return norms;
    }
}
