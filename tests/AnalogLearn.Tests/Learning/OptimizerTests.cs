using AnalogLearn.Circuits;
using AnalogLearn.Learning;
using AnalogLearn.Simulation;

namespace AnalogLearn.Tests.Learning;

public class OptimizerTests
{
    [Fact]
    public void Plain_descent_adds_rate_times_direction_block_by_block()
    {
        (RateField<double> field, _) = SmallNetworks.Field(SmallNetworks.Layered(Activation.Tanh, "free"), 1);
        double[] before = [.. field.Theta["yxh"]];
        double[] bias = [.. field.Theta["nh"]];
        ParameterSet<double> direction = Ones(field);
        double[] rates = new double[field.Parameters.Blocks.Length];
        rates[field.Parameters.IndexOf("yxh")] = 0.25;
        new GradientDescent<double>(field.Parameters).Step(field, direction, rates);
        Assert.Equal(before.Select(w => w + 0.25), field.Theta["yxh"]);
        Assert.Equal(bias, field.Theta["nh"]);
    }

    [Fact]
    public void Momentum_sums_a_geometric_series()
    {
        (RateField<double> field, _) = SmallNetworks.Field(SmallNetworks.Layered(Activation.Tanh, "free"), 1);
        double before = field.Theta["yxh"][4];
        var optimizer = new GradientDescent<double>(field.Parameters, 0.5);
        double[] rates = [.. field.Parameters.Blocks.Select(_ => 0.1)];
        for (int k = 0; k < 3; k++)
            optimizer.Step(field, Ones(field), rates);
        Assert.Equal(before + (0.1 * (1 + 1.5 + 1.75)), field.Theta["yxh"][4], 1e-12);
    }

    [Fact]
    public void Adam_follows_its_equations()
    {
        (RateField<double> field, _) = SmallNetworks.Field(SmallNetworks.Layered(Activation.Tanh, "free"), 1);
        double w = field.Theta["yxh"][7];
        var optimizer = new Adam<double>(field.Parameters);
        double[] rates = [.. field.Parameters.Blocks.Select(_ => 0.01)];
        double m = 0;
        double v = 0;
        double[] directions = [0.3, -0.1, 0.7];
        for (int t = 1; t <= 3; t++)
        {
            double d = directions[t - 1];
            ParameterSet<double> direction = Ones(field);
            foreach (double[] block in direction.Blocks)
                Array.Fill(block, d);
            optimizer.Step(field, direction, rates);
            m = (0.9 * m) + (0.1 * d);
            v = (0.999 * v) + (0.001 * d * d);
            w += 0.01 * (m / (1 - Math.Pow(0.9, t))) / (Math.Sqrt(v / (1 - Math.Pow(0.999, t))) + 1e-8);
        }

        Assert.Equal(w, field.Theta["yxh"][7], 1e-13);
    }

    [Fact]
    public void Weights_stay_inside_the_conductance_range()
    {
        Circuit circuit = SmallNetworks.Layered(Activation.Tanh, "free");
        circuit = circuit with { Arrays = [.. circuit.Arrays.Select(a => a.Name == "yxh" ? a with { WeightLow = -0.5, WeightHigh = 0.5 } : a)] };
        (RateField<double> field, _) = SmallNetworks.Field(circuit, 1);
        double[] rates = [.. field.Parameters.Blocks.Select(_ => 10.0)];
        new GradientDescent<double>(field.Parameters).Step(field, Ones(field), rates);
        Assert.All(field.Theta["yxh"], w => Assert.Equal(0.5, w));
    }

    private static ParameterSet<double> Ones(RateField<double> field)
    {
        var set = new ParameterSet<double>(field.Parameters);
        foreach (double[] block in set.Blocks)
            Array.Fill(block, 1);
        return set;
    }
}
