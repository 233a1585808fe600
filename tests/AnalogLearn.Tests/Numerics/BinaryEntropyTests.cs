using AnalogLearn.Learning;
using AnalogLearn.Numerics;

namespace AnalogLearn.Tests.Numerics;

public class BinaryEntropyTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(784)]
    [InlineData(2001)]
    public void The_sum_and_the_descent_are_those_of_the_definition(int count)
    {
        var random = new CounterRandom(5, (ulong)count);
        double[] s = new double[count], y = new double[count], o = new double[count], difference = new double[count];
        random.FillNormal(s, 0, 3);
        random.FillUniform(y);
        double expected = 0;
        for (int k = 0; k < count; k++)
        {
            o[k] = 1 / (1 + Math.Exp(-s[k]));
            expected -= (y[k] * Math.Log(o[k])) + ((1 - y[k]) * Math.Log(1 - o[k]));
        }

        double found = BinaryEntropy.Linear<double>(s, y) + BinaryEntropy.Curved<double>(o, y, 0.25, difference);
        Assert.Equal(1, found / expected, 1e-12);
        Assert.Equal(1, Cost.Binary.Value<double>(o, y) / expected, 1e-12);
        for (int k = 0; k < count; k++)
            Assert.Equal(0.25 * (y[k] - o[k]), difference[k], 1e-16);

        float[] f = Array.ConvertAll(s, v => (float)v), g = Array.ConvertAll(y, v => (float)v), h = Array.ConvertAll(o, v => (float)v);
        Assert.Equal(1, (BinaryEntropy.Linear<float>(f, g) + BinaryEntropy.Curved<float>(h, g, 1, new float[count])) / expected, 1e-5);
    }

    /// <summary>Where an output is 0 or 1 to the last digit the cost is still that of the input: |s|, not the logarithm of a rounded number.</summary>
    [Fact]
    public void Certain_answers_cost_what_their_inputs_say()
    {
        float[] s = [60, -60, 60, -60, 30, -30, 0, 90, -90], y = [0, 1, 1, 0, 0, 1, 0.5f, 0, 1], o = Array.ConvertAll(s, v => (float)(1 / (1 + Math.Exp(-v))));
        Assert.Equal(60 + 60 + 30 + 30 + Math.Log(2) + 90 + 90, BinaryEntropy.Linear<float>(s, y) + BinaryEntropy.Curved<float>(o, y, 1, new float[9]), 1e-3);
        Assert.InRange(Cost.Binary.Value<float>([0f, 1f], [1f, 0f]), 199, 201);
    }

    [Fact]
    public void Gradient_and_curvature_of_the_cost_are_its_derivatives()
    {
        double[] o = [0.1, 0.5, 0.93], y = [0, 0.7, 1], gradient = new double[3], curvature = new double[3], direction = [1, -2, 0.5];
        Cost.Binary.AddGradient(o, y, 1.0, gradient.AsSpan());
        Cost.Binary.AddCurvature<double>(o, y, direction, 1.0, curvature);
        for (int k = 0; k < 3; k++)
        {
            const double step = 1e-6;
            double[] up = [.. o], down = [.. o];
            up[k] += step;
            down[k] -= step;
            Assert.Equal((Cost.Binary.Value<double>(up, y) - Cost.Binary.Value<double>(down, y)) / (2 * step), gradient[k], 1e-7);
            double[] above = new double[3], below = new double[3];
            Cost.Binary.AddGradient(up, y, 1.0, above.AsSpan());
            Cost.Binary.AddGradient(down, y, 1.0, below.AsSpan());
            Assert.Equal(direction[k] * (above[k] - below[k]) / (2 * step), curvature[k], 1e-6);
        }
    }
}
