using AnalogLearn.Numerics;
using AnalogLearn.Simulation;

namespace AnalogLearn.Gradients;

/// <summary>The Jacobian of one example, to be solved with once in either direction.</summary>
internal readonly ref struct JacobianSolve
{
    private readonly double[]? _matrix;
    private readonly ILinearization? _factors;

    public JacobianSolve(double[] matrix) => _matrix = matrix;

    public JacobianSolve(ILinearization factors) => _factors = factors;

    /// <summary>Solves J x = b.</summary>
    /// <returns>The smallest pivot over the largest entry of a dense matrix, 1 of sparse factors; 0 when J is singular.</returns>
    public double Solve(ReadOnlySpan<double> b, Span<double> x)
    {
        if (_matrix is not null)
            return ReducedSystem.Solve(_matrix, b.Length, b, x);
        if (_factors is null)
            return 0;
        b.CopyTo(x);
        _factors.Solve(x);
        return 1;
    }

    /// <summary>Solves Jᵀ x = b.</summary>
    /// <returns>As <see cref="Solve"/>.</returns>
    public double SolveTransposed(ReadOnlySpan<double> b, Span<double> x)
    {
        if (_matrix is not null)
            return ReducedSystem.SolveTransposed(_matrix, b.Length, b, x);
        if (_factors is null)
            return 0;
        b.CopyTo(x);
        _factors.SolveTransposed(x);
        return 1;
    }
}

/// <summary>Solves with the Jacobians of a batch: by the field's own sparse factors where it has them, else by dense elimination.</summary>
internal static class JacobianSolves
{
    /// <summary>What is done with an example's Jacobian.</summary>
    /// <param name="example">The example's row.</param>
    /// <param name="jacobian">Its Jacobian.</param>
    public delegate void Use(int example, JacobianSolve jacobian);

    /// <summary>Hands over each example's Jacobian. The use is called from several threads.</summary>
    public static void ForEach(IVectorField<double> field, Batch<double> state, Func<int, bool> wanted, int threads, Use use, CancellationToken cancellation)
    {
        if (field is not ILinearizedField own)
        {
            DenseJacobians.ForEach(field, state, wanted, threads, (e, matrix) => use(e, new JacobianSolve(matrix)), cancellation);
            return;
        }

        Parallel.ForEach(Enumerable.Range(0, state.Rows).Where(wanted).ToArray(), new ParallelOptions { MaxDegreeOfParallelism = threads, CancellationToken = cancellation }, e =>
        {
            using ILinearization? factors = own.Linearize(e, state.Row(e));
            use(e, factors is null ? default : new JacobianSolve(factors));
        });
    }

    /// <summary>The factors of each example's Jacobian, to be kept; null where it is singular or not wanted.</summary>
    public static ILinearization?[] Factor(IVectorField<double> field, Batch<double> state, Func<int, bool> wanted, int threads, CancellationToken cancellation)
    {
        var factors = new ILinearization?[state.Rows];
        if (field is ILinearizedField own)
        {
            for (int e = 0; e < factors.Length; e++)
                factors[e] = wanted(e) ? own.Linearize(e, state.Row(e)) : null;
            return factors;
        }

        DenseJacobians.ForEach(field, state, wanted, threads, (e, matrix) =>
        {
            var lu = new DenseLu();
            factors[e] = lu.Factor((double[])matrix.Clone(), field.StateCount) ? new DenseLinearization(lu) : null;
        }, cancellation);
        return factors;
    }

    private sealed class DenseLinearization(DenseLu lu) : ILinearization
    {
        public void Solve(Span<double> values) => lu.Solve(values);

        public void SolveTransposed(Span<double> values) => lu.SolveTransposed(values);

        public void Dispose()
        {
            // Nothing is borrowed.
        }
    }
}
