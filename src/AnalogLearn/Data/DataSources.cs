using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Globalization;

namespace AnalogLearn.Data;

/// <summary>Every kind of data set by name, and the way from a request to a checked data set.</summary>
public static class DataSources
{
    /// <summary>All kinds, in the order in which help lists them.</summary>
    public static ImmutableArray<IDataSource> All { get; } =
    [
        new DigitsSource(),
        new IdxSource(),
        new CsvSource(),
        new NpzSource(),
        new XorSource(),
        new LowrankSource(),
        new InlineSource(),
    ];

    private static readonly FrozenDictionary<string, IDataSource> s_byKind = All.ToFrozenDictionary(s => s.Kind, StringComparer.OrdinalIgnoreCase);

    // Words of the language whose sources do not exist yet; they are named as such rather than taken for misspellings.
    private static readonly ImmutableArray<string> s_planned = ["pendulum", "digitclutter", "graph"];

    /// <summary>The source of a kind.</summary>
    /// <param name="kind">The kind's name, any case.</param>
    /// <returns>The source, or null where there is none of this name.</returns>
    public static IDataSource? Find(string kind) => s_byKind.GetValueOrDefault(kind);

    /// <summary>Makes a data set: checks the arguments, loads, checks widths and counts.</summary>
    /// <param name="request">What is wanted.</param>
    /// <returns>The set with exactly the asked numbers of examples, or every problem found.</returns>
    public static DataOutcome Load(DataRequest request)
    {
        if (Find(request.Kind) is not { } source)
            return new(null, [UnknownKind(request.Kind)]);

        DataArguments arguments = DataArguments.Bind(request, source);
        if (arguments.HasProblems)
            return new(null, arguments.Problems);
        DataSet? data = source.Load(arguments);
        if (data is not null && !arguments.HasProblems)
            data = Fit(data, arguments);
        return arguments.HasProblems || data is null ? new(null, arguments.Problems) : new(data, []);
    }

    private static DataProblem UnknownKind(string kind)
    {
        string known = "known kinds: " + string.Join(", ", All.Select(s => s.Kind));
        if (s_planned.Contains(kind, StringComparer.OrdinalIgnoreCase))
            return new($"data-set kind '{kind}' is not supported yet", known);
        string? near = NearestName.Of(kind, All.Select(s => s.Kind));
        return new($"there is no data-set kind '{kind}'", near is null ? known : $"did you mean '{near}'? ({known})");
    }

    private static DataSet? Fit(DataSet data, DataArguments arguments)
    {
        DataRequest request = arguments.Request;
        Examples train = data.Train;
        if (request.InputWidth > 0 && train.InputWidth != request.InputWidth)
        {
            string shape = train.InputShape.Length > 1 ? $" ({string.Join('×', train.InputShape)})" : string.Empty;
            arguments.Report(
                string.Create(CultureInfo.InvariantCulture, $"an example of '{data.Name}' has {train.InputWidth} inputs{shape}, but the input bus has {request.InputWidth} nodes"),
                string.Create(CultureInfo.InvariantCulture, $"declare an input bus of {train.InputWidth} nodes, such as x[0:{train.InputWidth - 1}]"),
                "input");
        }

        if (request.TargetWidth > 0 && train.TargetWidth != request.TargetWidth)
        {
            string classes = train.HasLabels && train.TargetWidth > 1 ? " (one for each class)" : string.Empty;
            arguments.Report(
                string.Create(CultureInfo.InvariantCulture, $"an example of '{data.Name}' has {train.TargetWidth} targets{classes}, but the target bus has {request.TargetWidth} nodes"),
                string.Create(CultureInfo.InvariantCulture, $"declare a target bus of {train.TargetWidth} nodes, such as y[0:{train.TargetWidth - 1}]"),
                "target");
        }

        return data with { Train = Cut(train, request.Train, "train", "training", arguments), Test = Cut(data.Test, request.Test, "test", "test", arguments) };
    }

    private static Examples Cut(Examples examples, int? wanted, string argument, string word, DataArguments arguments)
    {
        if (wanted is not { } count)
            return examples;
        if (count <= examples.Count)
            return examples.Head(count);
        arguments.Report(
            string.Create(CultureInfo.InvariantCulture, $"{argument}={count}, but there are only {examples.Count} {word} examples"),
            string.Create(CultureInfo.InvariantCulture, $"ask for at most {argument}={examples.Count}"),
            argument);
        return examples;
    }
}
