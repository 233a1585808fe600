using AnalogLearn.Data;

namespace AnalogLearn.Tests.Data;

public sealed class DataSourcesTests
{
    [Fact]
    public void Xor_is_the_exclusive_or_at_the_levels_asked_for()
    {
        DataSet data = Good(new DataRequest("xor").With("lo", -1).With("hi", 0.9));
        Assert.Equal(4, data.Train.Count);
        Assert.Equal(4, data.Test.Count);
        for (int i = 0; i < 4; i++)
        {
            bool a = data.Train.Input(i)[0] > 0, b = data.Train.Input(i)[1] > 0;
            Assert.Equal((a ^ b) ? 0.9f : -1f, data.Train.Target(i)[0]);
            Assert.Equal((a ^ b) ? 1 : 0, data.Train.Labels[i]);
        }

        DataSet twoNodes = Good(new DataRequest("xor") { TargetWidth = 2 });
        Assert.Equal([1f, 0, 0, 1, 0, 1, 1, 0], twoNodes.Train.Targets.ToArray());
    }

    [Fact]
    public void Inline_rows_become_examples()
    {
        DataSet data = Good(new DataRequest("inline").With("x", [[0.1, 0.2], [0.3, 0.4]]).With("y", [[1, 0], [0, 1]]));
        Assert.Equal([0.3f, 0.4f], data.Train.Input(1).ToArray());
        Assert.Equal([0, 1], data.Train.Labels.ToArray());
        Assert.True(data.Train.IsPrecise);

        // A flat list is a column, or one row where the bus says so.
        DataValue flat = new DataList([new DataNumber(1), new DataNumber(2)]);
        DataSet column = Good(new DataRequest("inline") { Arguments = [new("x", flat), new("y", flat)], InputWidth = 1 });
        Assert.Equal(2, column.Train.Count);
        DataSet row = Good(new DataRequest("inline") { Arguments = [new("x", flat), new("y", new DataNumber(3))], InputWidth = 2 });
        Assert.Equal(1, row.Train.Count);
        Assert.Equal([1f, 2f], row.Train.Input(0).ToArray());
    }

    [Fact]
    public void Inline_mistakes_say_where()
    {
        DataProblem nan = Assert.Single(Bad(new DataRequest("inline").With("x", [[0, 1], [2, double.NaN]]).With("y", [[1], [0]])));
        Assert.Contains("NaN in data: row 2, column 2 of 'x'", nan.Message, StringComparison.Ordinal);
        Assert.Equal("x", nan.ArgumentName);
        Assert.Equal([1, 1], nan.Item.ToArray());

        DataProblem ragged = Assert.Single(Bad(new DataRequest("inline").With("x", [[0, 1], [2]]).With("y", [[1], [0]])));
        Assert.Contains("row 2 of 'x' has 1 numbers, the first row has 2", ragged.Message, StringComparison.Ordinal);
        Assert.Equal([1], ragged.Item.ToArray());

        Assert.Contains("'x' has 2 rows, 'y' has 1", Assert.Single(Bad(new DataRequest("inline").With("x", [[0], [1]]).With("y", [[1]]))).Message, StringComparison.Ordinal);
        Assert.Contains("needs 'y'", Assert.Single(Bad(new DataRequest("inline").With("x", [[0], [1]]))).Message, StringComparison.Ordinal);
        Assert.Contains("must be a list", Bad(new DataRequest("inline").With("x", "abc").With("y", [[1]]))[0].Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("xro", "there is no data-set kind 'xro'", "did you mean 'xor'?")]
    [InlineData("digit", "there is no data-set kind 'digit'", "did you mean 'digits'?")]
    [InlineData("zebra", "there is no data-set kind 'zebra'", "known kinds: digits, idx, csv, npz, xor, lowrank, inline")]
    [InlineData("pendulum", "data-set kind 'pendulum' is not supported yet", "known kinds: digits")]
    [InlineData("digitclutter", "not supported yet", "known kinds")]
    [InlineData("graph", "not supported yet", "known kinds")]
    public void Unknown_kinds_are_named(string kind, string message, string fix)
    {
        DataProblem problem = Assert.Single(Bad(new DataRequest(kind)));
        Assert.Contains(message, problem.Message, StringComparison.Ordinal);
        Assert.Contains(fix, problem.Fix, StringComparison.Ordinal);
    }

    [Fact]
    public void Wrong_arguments_are_named()
    {
        DataProblem unknown = Assert.Single(Bad(new DataRequest("digits").With("dificulty", 0.3)));
        Assert.Equal(("'digits' has no argument 'dificulty'", "did you mean 'difficulty'?", "dificulty"), (unknown.Message, unknown.Fix, unknown.ArgumentName));
        Assert.Contains("given twice", Assert.Single(Bad(new DataRequest("xor").With("lo", 0).With("lo", 1))).Message, StringComparison.Ordinal);
        Assert.Contains("without a name", Assert.Single(Bad(new DataRequest("xor") { Arguments = [new(null, new DataNumber(1))] })).Message, StringComparison.Ordinal);
        Assert.Contains("must be a number", Assert.Single(Bad(new DataRequest("xor").With("lo", "low"))).Message, StringComparison.Ordinal);
        Assert.Contains("between 0 and 1", Assert.Single(Bad(new DataRequest("digits").With("difficulty", 3))).Fix, StringComparison.Ordinal);
        Assert.Contains("whole number", Assert.Single(Bad(new DataRequest("digits").With("train", 1.5))).Message, StringComparison.Ordinal);
        Assert.Contains("outside its range", Assert.Single(Bad(new DataRequest("digits").With("train", -5))).Message, StringComparison.Ordinal);
        Assert.Contains("outside its range", Assert.Single(Bad(new DataRequest("xor").With("lo", double.NaN))).Message, StringComparison.Ordinal);
        Assert.Contains("20", Assert.Single(Bad(new DataRequest("digits").With("size", 20))).Message, StringComparison.Ordinal);
        Assert.Contains("10 in the kind's arguments and 20 on the card", Assert.Single(Bad(new DataRequest("digits") { Train = 20 }.With("train", 10))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Widths_and_counts_that_do_not_fit_are_named()
    {
        DataProblem input = Assert.Single(Bad(new DataRequest("digits") { Train = 1, Test = 1, InputWidth = 100 }));
        Assert.Contains("784 inputs (28×28), but the input bus has 100 nodes", input.Message, StringComparison.Ordinal);
        Assert.Contains("x[0:783]", input.Fix, StringComparison.Ordinal);
        Assert.Equal("input", input.ArgumentName);
        DataProblem target = Assert.Single(Bad(new DataRequest("digits") { Train = 1, Test = 1, TargetWidth = 3 }));
        Assert.Contains("10 targets (one for each class), but the target bus has 3 nodes", target.Message, StringComparison.Ordinal);
        Assert.Contains("there are only 4 training examples", Assert.Single(Bad(new DataRequest("xor") { Train = 5 })).Message, StringComparison.Ordinal);
        DataSet cut = Good(new DataRequest("xor") { Train = 3, Test = 0 });
        Assert.Equal((3, 0), (cut.Train.Count, cut.Test.Count));
    }

    [Fact]
    public void Long_lists_of_problems_are_cut_short()
    {
        double[][] rows = [.. Enumerable.Range(0, 50).Select(_ => new[] { double.NaN })];
        IReadOnlyList<DataProblem> problems = Bad(new DataRequest("inline").With("x", rows).With("y", rows));
        Assert.Equal(21, problems.Count);
        Assert.Contains("80 more", problems[20].Message, StringComparison.Ordinal);
    }

    internal static DataSet Good(DataRequest request)
    {
        DataOutcome outcome = DataSources.Load(request);
        Assert.True(outcome.Succeeded, string.Join('\n', outcome.Problems));
        Assert.Empty(outcome.Problems);
        return outcome.Data;
    }

    internal static IReadOnlyList<DataProblem> Bad(DataRequest request)
    {
        DataOutcome outcome = DataSources.Load(request);
        Assert.False(outcome.Succeeded);
        Assert.NotEmpty(outcome.Problems);
        return outcome.Problems;
    }
}
