using System.Collections.Immutable;
using AnalogLearn.Gradients;
using AnalogLearn.Learning;

namespace AnalogLearn.Studies;

/// <summary>Every learning rule a deck can name. A rule is one file and one line here.</summary>
public static class RuleRegistry
{
    /// <summary>The rules.</summary>
    public static ImmutableArray<IRuleBinding> All { get; } =
    [
        new EquilibriumPropagationBinding(),
        new StdpBinding(),
        .. GradientReferences.All.Select(r => new ReferenceRule(r)),
    ];

    /// <summary>The rule of a name, or null.</summary>
    /// <param name="name">The name, in any case.</param>
    public static IRuleBinding? Find(string name) => All.FirstOrDefault(r => string.Equals(r.Name, name, StringComparison.OrdinalIgnoreCase));
}
