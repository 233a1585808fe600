using System.Collections.Immutable;

namespace AnalogLearn.Studies;

/// <summary>A study put together from its shards.</summary>
/// <param name="Record">Its record, as the study in one piece leaves it.</param>
/// <param name="Words">The rule's name for each number of a stepped parameter that chooses rules.</param>
/// <param name="Printed">Tables that the study in one piece prints besides those of its chips: the differences between rules.</param>
public sealed record MergedStudy(RunRecord Record, IReadOnlyDictionary<string, IReadOnlyDictionary<double, string>> Words, ImmutableArray<string> Printed);
