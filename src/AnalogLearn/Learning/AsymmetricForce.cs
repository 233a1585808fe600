using System.Numerics;
using AnalogLearn.Numerics;
using AnalogLearn.Simulation;

namespace AnalogLearn.Learning;

/// <summary>
/// The nudged phase of asymmetric equilibrium propagation (Scurria, Vanden Abeele, Mognetti, Massar, arXiv 2602.03670): the nudge, and one more term
/// (J⁰ᵀ − J⁰)(s − s⁰) with J⁰ = ∂μ/∂s at the free fixed point s⁰. The nudged fixed point then solves J⁰ᵀ δ = β ∂C/∂s to first order in β, so that the
/// local rule ρ(s_j) Δs_i gives minus the gradient whatever the weights. A pair of synapses W_ij, W_ji and the slopes at its two ends suffice
/// to form the term.
/// </summary>
/// <typeparam name="T">float or double.</typeparam>
/// <param name="field">The field.</param>
/// <param name="nudge">The nudge.</param>
public sealed class AsymmetricForce<T>(RateField<T> field, Nudge<T> nudge) : IStateForce<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private Batch<T>? _free;

    /// <inheritdoc/>
    public int Offset => 0;

    /// <inheritdoc/>
    public int Length => @field.StateCount;

    /// <summary>Fixes the free states about which the term is taken.</summary>
    /// <param name="free">s⁰, examples × states [V]; kept, not copied.</param>
    public void Linearize(Batch<T> free) => _free = free;

    /// <inheritdoc/>
    public void Add(int example, ReadOnlySpan<T> state, Span<T> drive)
    {
        ReadOnlySpan<T> free = Free(example);
        T[] delta = new T[state.Length];
        for (int i = 0; i < delta.Length; i++)
            delta[i] = state[i] - free[i];
        AddAntisymmetric(example, delta, drive, negate: false);
        nudge.Add(example, state.Slice(nudge.Offset, nudge.Length), drive.Slice(nudge.Offset, nudge.Length));
    }

    /// <inheritdoc/>
    public void AddJacobian(int example, ReadOnlySpan<T> state, ReadOnlySpan<T> direction, Span<T> result, bool transposed)
    {
        AddAntisymmetric(example, direction, result, transposed);
        nudge.AddJacobian(
            example,
            state.Slice(nudge.Offset, nudge.Length),
            direction.Slice(nudge.Offset, nudge.Length),
            result.Slice(nudge.Offset, nudge.Length),
            transposed);
    }

    private ReadOnlySpan<T> Free(int example) => (_free ?? throw new InvalidOperationException("The asymmetric term was not linearised about a free state.")).Row(example);

    private void AddAntisymmetric(int example, ReadOnlySpan<T> u, Span<T> into, bool negate)
    {
        T[] forward = new T[u.Length];
        T[] back = new T[u.Length];
        field.FreeJacobianProducts(example, Free(example), u, forward, back);
        for (int i = 0; i < u.Length; i++)
            into[i] += negate ? forward[i] - back[i] : back[i] - forward[i];
    }
}
