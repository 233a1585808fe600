using System.Collections.Immutable;
using AnalogLearn.Circuits;
using AnalogLearn.Numerics;
using AnalogLearn.Simulation;

namespace AnalogLearn.Gradients;

/// <summary>
/// Central differences: dJ/dθ_k ≈ (J(θ_k + h) − J(θ_k − h))/2h, the state brought back to its fixed point after each change; with Richardson's step
/// (4 D(h) − D(2h))/3 the error is of order h⁴ instead of h². It knows nothing of Jacobians or adjoints but for the way to the fixed point, and so checks both.
/// </summary>
/// <remarks>
/// Two settlings a parameter (four with Richardson): for small networks, or chosen blocks. At a parameter where a state just leaves a rail or a corner the
/// two sides differ, and so does any difference quotient from the derivative.
/// </remarks>
public sealed class FiniteDifferenceGradient : IGradientReference
{
    /// <inheritdoc/>
    public string Name => "fd";

    /// <summary>h over a parameter's magnitude, or over <see cref="FixedPointProblem.ParameterScales"/> (1 in networks) where that is larger.</summary>
    public double Step { get; init; } = 1e-4;

    /// <summary>Whether the error term of order h² is taken out.</summary>
    public bool Richardson { get; init; } = true;

    /// <summary>The blocks wanted, by name; empty for all. The gradient of the others is NaN.</summary>
    public ImmutableArray<string> Blocks { get; init; } = [];

    /// <summary>Largest |μ| at which a changed state counts as settled [V].</summary>
    public double SettleTolerance { get; init; } = 1e-12;

    /// <summary>Reads <c>fd(h= richardson=0|1)</c>.</summary>
    /// <param name="arguments">The arguments.</param>
    public static FiniteDifferenceGradient Bind(ArgumentReader arguments) => new()
    {
        Step = arguments.Number("h", 1e-4, 1e-8, 0.1),
        Richardson = arguments.Flag("richardson", absent: true),
    };

    /// <inheritdoc/>
    public GradientResult Gradient(FixedPointProblem problem, CancellationToken cancellation = default)
    {
        IParametrizedField<double> field = problem.Field;
        var leftOut = new UnusableExample?[problem.ExampleCount];
        for (int e = 0; e < leftOut.Length; e++)
        {
            if (!problem.IsSettled(e))
                leftOut[e] = new(e, Unusable.Unsettled, problem.Residuals[e]);
        }

        // Factors of every Jacobian at the free states: changes are small, so Newton's method with these needs a few steps only.
        ILinearization?[] factors = JacobianSolves.Factor(field, problem.State, e => leftOut[e] is null, problem.ThreadCount, cancellation);
        for (int e = 0; e < leftOut.Length; e++)
        {
            if (factors[e] is null)
                leftOut[e] ??= new(e, Unusable.Singular, 0);
        }

        int settlings = 0;
        var gradient = new ParameterSet<double>(field.Parameters);
        var moved = new Batch<double>(problem.ExampleCount, field.StateCount);
        var mu = new Batch<double>(problem.ExampleCount, field.StateCount);
        int before;
        do
        {
            // An example that gets lost on the way would be in some sums and not in others: then all are taken again without it.
            before = leftOut.Count(l => l is null);
            TakeAll();
        }
        while (leftOut.Count(l => l is null) < before);

        foreach (ILinearization? one in factors)
            one?.Dispose();
        int used = 0;
        double cost = 0;
        for (int e = 0; e < leftOut.Length; e++)
        {
            if (leftOut[e] is null)
            {
                cost += problem.Cost(e, problem.State.Row(e));
                used++;
            }
        }

        foreach (double[] values in gradient.Blocks)
        {
            for (int k = 0; k < values.Length; k++)
                values[k] /= used;
        }

        return new(gradient, used == 0 ? double.NaN : cost / used, used, [.. leftOut.OfType<UnusableExample>()], 0, settlings, null);

        void TakeAll()
        {
            for (int block = 0; block < gradient.Blocks.Length; block++)
            {
                double[] values = gradient.Blocks[block];
                string name = field.Parameters.Blocks[block].Name;
                if (!Blocks.IsDefaultOrEmpty && !Blocks.Contains(name, StringComparer.OrdinalIgnoreCase))
                {
                    values.AsSpan().Fill(double.NaN);
                    continue;
                }

                for (int k = 0; k < values.Length; k++)
                {
                    if (!problem.HasParameter(block, k))
                        continue;
                    double theta = field.Theta.Blocks[block][k];
                    double h = Step * Math.Max(problem.ParameterScales.IsDefaultOrEmpty ? 1 : problem.ParameterScales[block], Math.Abs(theta));
                    double near = Difference(block, k, theta, h);
                    values[k] = Richardson ? ((4 * near) - Difference(block, k, theta, 2 * h)) / 3 : near;
                }
            }
        }

        double Difference(int block, int k, double theta, double h)
        {
            cancellation.ThrowIfCancellationRequested();
            double[] parameters = field.Theta.Blocks[block];
            try
            {
                parameters[k] = theta + h;
                double high = parameters[k];
                double above = TotalCost();
                parameters[k] = theta - h;
                double low = parameters[k];
                return (above - TotalCost()) / (high - low);
            }
            finally
            {
                parameters[k] = theta;
                field.ParametersChanged();
            }
        }

        double TotalCost()
        {
            settlings++;
            field.ParametersChanged();
            moved.CopyFrom(problem.State);
            for (int e = 0; e < leftOut.Length; e++)
            {
                if (leftOut[e] is not null)
                    moved.Row(e).Clear();
            }

            Resettle();
            double total = 0;
            for (int e = 0; e < leftOut.Length; e++)
            {
                if (leftOut[e] is null)
                    total += problem.Cost(e, moved.Row(e));
            }

            return total;
        }

        void Resettle()
        {
            for (int step = 0; ; step++)
            {
                field.Evaluate(moved, mu);
                bool settled = true;
                for (int e = 0; e < leftOut.Length; e++)
                {
                    if (leftOut[e] is not null || FixedPointProblem.Largest(mu.Row(e)) <= 1e-15 * problem.ResidualScale)
                        continue;
                    settled &= FixedPointProblem.Largest(mu.Row(e)) <= SettleTolerance * problem.ResidualScale;
                    factors[e]!.Solve(mu.Row(e));
                    for (int i = 0; i < mu.Width; i++)
                        moved[e, i] -= mu[e, i];
                    problem.Limit?.Invoke(moved.Row(e));
                }

                if (settled)
                    return;
                if (step < 20)
                    continue;

                // Some state went on or off a rail: Newton's method with Jacobians of its own, from where it stands.
                var own = new FixedPointProblem(field, moved, problem.Cost, problem.CostGradient) { Limit = problem.Limit, ThreadCount = problem.ThreadCount, ResidualScale = problem.ResidualScale };
                own.Polish(cancellation: cancellation);
                for (int e = 0; e < leftOut.Length; e++)
                {
                    if (leftOut[e] is null && own.Residuals[e] > 10 * SettleTolerance * problem.ResidualScale)
                        leftOut[e] = new(e, Unusable.Unsettled, own.Residuals[e]);
                }

                return;
            }
        }
    }
}
