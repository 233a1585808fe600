using System.Globalization;
using AnalogLearn.Numerics;

namespace AnalogLearn.Data;

/// <summary>Setting examples aside for the test where a file holds one set only.</summary>
internal static class HoldOut
{
    /// <summary>
    /// Splits the training set where the request wants a test set: <c>test=n</c> takes n examples away from training, at random by the data's
    /// seed unless <c>shuffle=0</c> (then the last ones, in the file's order). Without counts nothing is moved.
    /// </summary>
    /// <param name="data">Data without a test set.</param>
    /// <param name="arguments">The arguments; a problem when there are not enough examples.</param>
    /// <returns>The data with both sets, or null after a problem was reported.</returns>
    public static DataSet? Split(DataSet data, DataArguments arguments)
    {
        Examples all = data.Train;
        if (arguments.Request is { Train: null, Test: null })
            return data;
        int test = arguments.Request.Test ?? 0;
        int train = arguments.Request.Train ?? Math.Max(0, all.Count - test);
        if ((long)train + test > all.Count || train == 0)
        {
            arguments.Report(
                string.Create(CultureInfo.InvariantCulture, $"train={train} and test={test} ask for {(long)train + test} examples, but there are {all.Count}"),
                "ask for fewer, at least one of them for training",
                arguments.Request.Test is null ? "train" : "test");
            return null;
        }

        int[] order = [.. Enumerable.Range(0, all.Count)];
        if (arguments.Flag("shuffle") ?? true)
        {
            CounterRandom stream = CounterRandom.ForPath(arguments.Seed, "data", "hold out");
            stream.Shuffle(order);
            return data with { Train = all.Select(order.AsSpan(0, train)), Test = all.Select(order.AsSpan(train, test), $"{data.Name} test") };
        }

        return data with { Train = all.Head(train), Test = all.Slice(all.Count - test, test).Named($"{data.Name} test") };
    }
}
