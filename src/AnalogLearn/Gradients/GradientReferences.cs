using System.Collections.Immutable;
using AnalogLearn.Circuits;

namespace AnalogLearn.Gradients;

/// <summary>An exact reference as a deck names it.</summary>
/// <param name="Name">The name in a deck.</param>
/// <param name="Summary">What it is, in a line.</param>
/// <param name="Bind">Makes it from its arguments; what is wrong with them is reported there.</param>
public sealed record GradientReferenceEntry(string Name, string Summary, Func<ArgumentReader, IGradientReference> Bind);

/// <summary>Every exact reference that a deck can name, in <c>.compare</c> and as a trainer in <c>.learn</c>. A reference is one file and one line here.</summary>
public static class GradientReferences
{
    /// <summary>The references.</summary>
    public static ImmutableArray<GradientReferenceEntry> All { get; } =
    [
        new("implicit", "implicit gradient: one linear solve with the transposed Jacobian at the free fixed point", ImplicitGradient.Bind),
        new("backprop", "the same by substitution, of networks that are a chain of layers", BackpropagationGradient.Bind),
        new("adjoint", "continuous-time recurrent back-propagation: the integral of the adjoint dynamics", AdjointOde.Bind),
        new("fd", "finite differences of the cost at the fixed point, parameter by parameter", FiniteDifferenceGradient.Bind),
    ];

    /// <summary>The reference of a name, or null.</summary>
    /// <param name="name">The name, in any case.</param>
    public static GradientReferenceEntry? Find(string name) => All.FirstOrDefault(r => string.Equals(r.Name, name, StringComparison.OrdinalIgnoreCase));
}
