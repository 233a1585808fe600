using AnalogLearn.Learning;

namespace AnalogLearn.Tests.Learning;

public class CostTests
{
    [Theory]
    [InlineData(CostKind.Quadratic)]
    [InlineData(CostKind.CrossEntropy)]
    public void Gradient_and_curvature_agree_with_differences(CostKind kind)
    {
        var cost = new Cost(kind);
        double[] o = [0.3, -1.2, 2.1, 0.4];
        double[] y = [0.1, 0.7, 0.0, 0.5];
        double[] u = [0.2, -0.3, 0.9, 1.1];
        var gradient = new double[4];
        cost.AddGradient<double>(o, y, 1, gradient);
        const double h = 1e-6;
        for (int k = 0; k < 4; k++)
        {
            double[] plus = [.. o];
            double[] minus = [.. o];
            plus[k] += h;
            minus[k] -= h;
            Assert.Equal((cost.Value<double>(plus, y) - cost.Value<double>(minus, y)) / (2 * h), gradient[k], 1e-8);
        }

        var curvature = new double[4];
        cost.AddCurvature<double>(o, y, u, 1, curvature);
        var up = new double[4];
        var down = new double[4];
        cost.AddGradient<double>([.. o.Zip(u, (a, b) => a + (h * b))], y, 1, up);
        cost.AddGradient<double>([.. o.Zip(u, (a, b) => a - (h * b))], y, 1, down);
        for (int k = 0; k < 4; k++)
            Assert.Equal((up[k] - down[k]) / (2 * h), curvature[k], 1e-8);
    }

    [Fact]
    public void Cross_entropy_does_not_overflow()
    {
        double value = Cost.CrossEntropy.Value<double>([1000, 0], [0, 1]);
        Assert.Equal(1000, value, 1e-9);
    }
}
