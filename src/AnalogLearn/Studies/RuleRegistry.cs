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
        new RecirculationBinding(),
        new BackpropagationBinding(),
        new RandomFeedbackBinding("fa", "random back-propagation (feedback alignment): the error comes down through random matrices", FeedbackPath.LayerAbove),
        new RandomFeedbackBinding("sfa", "skip random back-propagation: the output's error goes straight to every layer through random matrices", FeedbackPath.Output),
        new RandomFeedbackBinding("dfa", "direct feedback alignment, the same as sfa under its other name", FeedbackPath.Output),
        new RandomFeedbackBinding("arbp", "adaptive random back-propagation: the random matrices learn as the forward ones do", FeedbackPath.LayerAbove, adaptive: true),
        new RandomFeedbackBinding("top", "only the top layer learns", FeedbackPath.None),
        new ChannelsBinding(),
        .. GradientReferences.All.Where(r => r.Name != "backprop").Select(r => new ReferenceRule(r)),
    ];

    /// <summary>The rule of a name, or null.</summary>
    /// <param name="name">The name, in any case.</param>
    public static IRuleBinding? Find(string name) => All.FirstOrDefault(r => string.Equals(r.Name, name, StringComparison.OrdinalIgnoreCase));
}
