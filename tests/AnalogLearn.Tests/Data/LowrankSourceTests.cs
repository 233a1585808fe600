using AnalogLearn.Data;

namespace AnalogLearn.Tests.Data;

public class LowrankSourceTests
{
    [Fact]
    public void Points_lie_in_a_subspace_and_are_their_own_targets()
    {
        DataSet data = DataSources.Load(new DataRequest("lowrank") { Train = 400, Test = 50 }.With("d", 12).With("r", 3)).Data!;
        Assert.Equal((400, 50, 12, 12), (data.Train.Count, data.Test.Count, data.Train.InputWidth, data.Train.TargetWidth));
        Assert.True(data.Train.TargetsAreInputs);

        // Any four points are linearly dependent, three are not: Gram determinants.
        double[] Row(int e) => [.. data.Test.Input(e).ToArray().Select(x => (double)x)];
        for (int start = 0; start < 40; start += 4)
        {
            double[][] points = [.. Enumerable.Range(start, 4).Select(Row)];
            Assert.InRange(Math.Abs(Gram(points)), 0, 1e-2);
            Assert.True(Gram(points[..3]) > 1);
        }

        // u and V are N(0, 1): a component has the variance r in the mean.
        double variance = data.Train.Inputs.ToArray().Average(x => (double)x * x);
        Assert.InRange(variance, 1.5, 5);
        Assert.Equal(data.Train.Inputs.ToArray()[..120], DataSources.Load(new DataRequest("lowrank") { Train = 10, Test = 5 }.With("d", 12).With("r", 3)).Data!.Train.Inputs.ToArray());
    }

    [Fact]
    public void Dimensions_are_those_of_the_input_bus()
    {
        Assert.Equal(30, DataSources.Load(new DataRequest("lowrank") { Train = 2, Test = 1, InputWidth = 30 }).Data!.Train.InputWidth);
        Assert.Contains("rank of 9", DataSources.Load(new DataRequest("lowrank").With("d", 4).With("r", 9)).Problems[0].Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Centred_inputs_have_the_mean_of_the_training_set_taken_out()
    {
        DataSet data = DataSources.Load(new DataRequest("inline").With("x", [[1, 2], [3, 6]]).With("y", [[1], [0]])).Data!;
        Examples centred = data.Train.InputsFrom(data.Train.MeanInput());
        Assert.Equal([-1, -2, 1, 2], centred.Inputs.ToArray());
        Assert.Equal([1, 0], centred.Targets.ToArray());
        Examples auto = data.Train.AsAutoencoder();
        Assert.Equal(auto.Inputs.ToArray(), auto.Targets.ToArray());
        Assert.Equal([-1, -2, 1, 2], auto.InputsFrom(auto.MeanInput()).Targets.ToArray());
        Assert.Equal([2, 4], auto.MeanTarget());
    }

    private static double Gram(double[][] points)
    {
        int n = points.Length;
        var g = new double[n, n];
        for (int i = 0; i < n; i++)
        {
            for (int j = 0; j < n; j++)
                g[i, j] = points[i].Zip(points[j], (a, b) => a * b).Sum();
        }

        double determinant = 1;
        for (int k = 0; k < n; k++)
        {
            determinant *= g[k, k];
            for (int i = k + 1; i < n; i++)
            {
                double factor = g[i, k] / g[k, k];
                for (int j = k; j < n; j++)
                    g[i, j] -= factor * g[k, j];
            }
        }

        return determinant;
    }
}
