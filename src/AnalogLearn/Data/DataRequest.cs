using System.Collections.Immutable;

namespace AnalogLearn.Data;

/// <summary>The value of an argument of a data-set kind.</summary>
public abstract record DataValue;

/// <summary>A number.</summary>
/// <param name="Number">The number; may be NaN where the deck said so.</param>
public sealed record DataNumber(double Number) : DataValue;

/// <summary>A word or a quoted text.</summary>
/// <param name="Text">The text as written.</param>
public sealed record DataText(string Text) : DataValue;

/// <summary>A list, possibly of lists.</summary>
/// <param name="Items">The items.</param>
public sealed record DataList(ImmutableArray<DataValue> Items) : DataValue;

/// <summary>One argument of a kind's call.</summary>
/// <param name="Name">Lower-case name, or null for a positional argument.</param>
/// <param name="Value">Its value.</param>
public sealed record DataArgument(string? Name, DataValue Value);

/// <summary>A wish for a data set, as a <c>.dataset</c> card or a program states it.</summary>
/// <param name="Kind">The kind's name, such as <c>idx</c>.</param>
public sealed record DataRequest(string Kind)
{
    /// <summary>The arguments of the kind's call, in order.</summary>
    public ImmutableArray<DataArgument> Arguments { get; init; } = [];

    /// <summary>How many training examples, or null for all there are (or the kind's default).</summary>
    public int? Train { get; init; }

    /// <summary>How many test examples, or null for all there are (or the kind's default).</summary>
    public int? Test { get; init; }

    /// <summary>Width of the input buses together, or 0 where it is not known.</summary>
    public int InputWidth { get; init; }

    /// <summary>Width of the target bus, or 0 where it is not known.</summary>
    public int TargetWidth { get; init; }

    /// <summary>Whether the inputs will be the targets, so that no others are needed.</summary>
    public bool TargetIsInput { get; init; }

    /// <summary>The data's own seed, or null for the default, 1. It is not the seed of a run: runs that differ in seed should see the same data.</summary>
    public ulong? Seed { get; init; }

    /// <summary>Directories given by <c>--data</c>, searched first.</summary>
    public ImmutableArray<string> DataDirectories { get; init; } = [];

    /// <summary>The directory that relative file names start from (the deck's), or null for the current one.</summary>
    public string? BaseDirectory { get; init; }

    /// <summary>Looks up an environment variable; replaceable so that a program or a test can stand apart from its surroundings.</summary>
    public Func<string, string?> EnvironmentVariable { get; init; } = Environment.GetEnvironmentVariable;

    /// <summary>A request with one more named argument.</summary>
    /// <param name="name">The argument's name.</param>
    /// <param name="number">Its value.</param>
    public DataRequest With(string name, double number) => this with { Arguments = Arguments.Add(new(name, new DataNumber(number))) };

    /// <summary>A request with one more named argument.</summary>
    /// <param name="name">The argument's name.</param>
    /// <param name="text">Its value.</param>
    public DataRequest With(string name, string text) => this with { Arguments = Arguments.Add(new(name, new DataText(text))) };

    /// <summary>A request with one more named argument, a list of rows.</summary>
    /// <param name="name">The argument's name.</param>
    /// <param name="rows">The rows.</param>
    public DataRequest With(string name, double[][] rows)
    {
        DataValue list = new DataList([.. rows.Select(row => (DataValue)new DataList([.. row.Select(v => (DataValue)new DataNumber(v))]))]);
        return this with { Arguments = Arguments.Add(new(name, list)) };
    }
}
