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

    /// <summary>Whether currents have to be linear in voltages: then ½ v·i is the element's co-content.</summary>
    bool NeedsLinearity { get; }

    /// <summary>β Δθ for a rate of one, for a number θ of an element with currents i(v, θ) into its terminals: a memristor's state, a wiper's position.</summary>
    /// <param name="signals">What can be measured at its terminals.</param>
    double Change(in TerminalSignals signals);
}

/// <summary>Voltages at an element's terminals [V], against any node, and how its currents change with the number θ that learns, ∂i/∂θ [A per unit of θ].</summary>
public readonly ref struct TerminalSignals
{
    /// <summary>∂i/∂θ at the free equilibrium.</summary>
    public required ReadOnlySpan<double> FreeSlopes { get; init; }

    /// <summary>Voltages where the comparison starts: free, or nudged by −β.</summary>
    public required ReadOnlySpan<double> From { get; init; }

    /// <summary>∂i/∂θ there.</summary>
    public required ReadOnlySpan<double> FromSlopes { get; init; }

    /// <summary>Voltages where it ends: nudged by +β.</summary>
    public required ReadOnlySpan<double> To { get; init; }

    /// <summary>∂i/∂θ there.</summary>
    public required ReadOnlySpan<double> ToSlopes { get; init; }
}

/// <summary>
/// ΔG ∝ −ΔV_free (ΔV_to − ΔV_from)/β: generalised equilibrium propagation (Scellier et al. 2018, eq. 16), in which ∂μ/∂G is the voltage across the conductance at the free equilibrium. Exact to
/// first order in β where the circuit's Jacobian is symmetric. Of any element Δθ ∝ −(∂i/∂θ)·(v_to − v_from)/β, ∂i/∂θ at the free equilibrium.
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

    /// <inheritdoc/>
    public bool NeedsLinearity => false;

    /// <inheritdoc/>
    public double Change(in TerminalSignals signals)
    {
        double sum = 0;
        for (int t = 0; t < signals.To.Length; t++)
            sum -= signals.FreeSlopes[t] * (signals.To[t] - signals.From[t]);
        return sum;
    }
}

/// <summary>
/// ΔG ∝ −(ΔV_to² − ΔV_from²)/(2β): the power that the conductance takes, compared between the phases (Kendall, Pantone, Manickavasagam, Bengio, Scellier 2020, arXiv 2006.01981, theorem 1, with a factor ½). It is −∂/∂β of
/// the pseudo-power ½ G ΔV², needs no memory of the free phase when nudged both ways, and agrees with <see cref="ProductRule"/> to first order in β.
/// Of any element whose currents are linear in its voltages Δθ ∝ −∂/∂θ of ½ v·i, compared likewise.
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

    /// <inheritdoc/>
    public bool NeedsLinearity => true;

    /// <inheritdoc/>
    public double Change(in TerminalSignals signals)
    {
        double sum = 0;
        for (int t = 0; t < signals.To.Length; t++)
            sum -= 0.5 * ((signals.ToSlopes[t] * signals.To[t]) - (signals.FromSlopes[t] * signals.From[t]));
        return sum;
    }
}
