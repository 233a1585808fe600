using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;

namespace AnalogLearn.Data;

/// <summary>Why a data set could not be had, in words for the user.</summary>
/// <param name="Message">What was found and what was expected; names the file, and where it can the line and column.</param>
/// <param name="Fix">What to do, or null.</param>
/// <param name="ArgumentName">The argument that it is about (of the kind's call, or <c>input</c>, <c>target</c>, <c>train</c>, <c>test</c> of the card), or null for the call as a whole.</param>
public sealed record DataProblem(string Message, string? Fix = null, string? ArgumentName = null)
{
    /// <summary>Which item of a nested list it is about, outermost index first; empty for the whole argument.</summary>
    public ImmutableArray<int> Item { get; init; } = [];
}

/// <summary>What asking for a data set gave: the set, or the problems.</summary>
/// <param name="Data">The set, or null where there are problems.</param>
/// <param name="Problems">Everything that was wrong; empty where there is a set.</param>
public sealed record DataOutcome(DataSet? Data, ImmutableArray<DataProblem> Problems)
{
    /// <summary>Whether there is a set.</summary>
    [MemberNotNullWhen(true, nameof(Data))]
    public bool Succeeded => Data is not null;
}
