namespace AnalogLearn.Simulation;

/// <summary>
/// A field that solves with its own Jacobian: a circuit does so by sparse factors, where a dense matrix would cost the cube of its size. Fields without it are solved with
/// dense matrices.
/// </summary>
public interface ILinearizedField : IVectorField<double>
{
    /// <summary>Factors ∂μ/∂s of one example. Called from several threads.</summary>
    /// <param name="example">The example's row.</param>
    /// <param name="state">Its states.</param>
    /// <returns>The factors, to be disposed of; null when the Jacobian is singular.</returns>
    ILinearization? Linearize(int example, ReadOnlySpan<double> state);
}

/// <summary>The factors of ∂μ/∂s at one state.</summary>
public interface ILinearization : IDisposable
{
    /// <summary>b ← (∂μ/∂s)⁻¹ b.</summary>
    /// <param name="values">b; receives the solution.</param>
    void Solve(Span<double> values);

    /// <summary>b ← (∂μ/∂s)⁻ᵀ b.</summary>
    /// <param name="values">b; receives the solution.</param>
    void SolveTransposed(Span<double> values);
}
