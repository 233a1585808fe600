using System.Collections.Immutable;

namespace AnalogLearn.Data;

/// <summary>A kind of data set: one file, and one line in <see cref="DataSources"/>.</summary>
public interface IDataSource
{
    /// <summary>The kind's name in a <c>.dataset</c> card, lower case.</summary>
    string Kind { get; }

    /// <summary>One sentence: what it is.</summary>
    string Summary { get; }

    /// <summary>The arguments it takes; those that may stand without a name come first.</summary>
    ImmutableArray<DataParameter> Parameters { get; }

    /// <summary>Makes the data set.</summary>
    /// <param name="arguments">The arguments and the request; problems are reported to it.</param>
    /// <returns>
    /// The set, with at least as many examples as were asked for or all there are (whoever called cuts the rest off and checks widths);
    /// null after a problem was reported.
    /// </returns>
    DataSet? Load(DataArguments arguments);
}

/// <summary>An argument that a kind of data set takes.</summary>
/// <param name="Name">Lower-case name.</param>
/// <param name="Summary">What it means, with its unit, range and default.</param>
/// <param name="Positional">Whether it may stand without its name.</param>
public sealed record DataParameter(string Name, string Summary, bool Positional = false);
