namespace AnalogLearn.Learning;

/// <summary>
/// A local rule of a conductance: its change follows from the voltage across it alone, free and nudged. That is all that hardware can measure at its two ends, and all that this
/// signature hands over.
/// </summary>
public interface IConductanceRule
{
    /// <summary>The name in a deck.</summary>
    string Name { get; }

    /// <summary>β ΔG for a rate of one, for many conductances.</summary>
    /// <param name="free">Voltages across them at the free equilibrium [V].</param>
    /// <param name="from">Where the comparison starts: free, or nudged by −β [V].</param>
    /// <param name="to">Where it ends: nudged by +β [V].</param>
    /// <param name="change">Receives the changes [V²]; to be divided by β, or by 2β when nudged both ways.</param>
    void Change(ReadOnlySpan<double> free, ReadOnlySpan<double> from, ReadOnlySpan<double> to, Span<double> change);
}

/// <summary>
/// ΔG ∝ −ΔV_free (ΔV_to − ΔV_from)/β: generalised equilibrium propagation (Scellier et al. 2018, eq. 16), in which ∂μ/∂G is the voltage across the conductance at the free equilibrium. Exact to
/// first order in β where the circuit's Jacobian is symmetric.
/// </summary>
public sealed class ProductRule : IConductanceRule
{
    /// <inheritdoc/>
    public string Name => "product";

    /// <inheritdoc/>
    public void Change(ReadOnlySpan<double> free, ReadOnlySpan<double> from, ReadOnlySpan<double> to, Span<double> change)
    {
        for (int k = 0; k < change.Length; k++)
            change[k] = -free[k] * (to[k] - from[k]);
    }
}

/// <summary>
/// ΔG ∝ −(ΔV_to² − ΔV_from²)/(2β): the power that the conductance takes, compared between the phases (Kendall, Pantone, Manickavasagam, Bengio, Scellier 2020, arXiv 2006.01981, theorem 1, with a factor ½). It is −∂/∂β of
/// the pseudo-power ½ G ΔV², needs no memory of the free phase when nudged both ways, and agrees with <see cref="ProductRule"/> to first order in β.
/// </summary>
public sealed class SquaredRule : IConductanceRule
{
    /// <inheritdoc/>
    public string Name => "squared";

    /// <inheritdoc/>
    public void Change(ReadOnlySpan<double> free, ReadOnlySpan<double> from, ReadOnlySpan<double> to, Span<double> change)
    {
        for (int k = 0; k < change.Length; k++)
            change[k] = -0.5 * ((to[k] - from[k]) * (to[k] + from[k]));
    }
}
