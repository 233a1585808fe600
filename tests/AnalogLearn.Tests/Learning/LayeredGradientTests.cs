using AnalogLearn.Circuits;
using AnalogLearn.Gradients;
using AnalogLearn.Learning;
using AnalogLearn.Numerics;
using AnalogLearn.Simulation;

namespace AnalogLearn.Tests.Learning;

/// <summary>Back-propagation through layers against finite differences and the implicit gradient of the very same network; random feedback against it.</summary>
public class LayeredGradientTests
{
    public static TheoryData<Activation, Activation, CostKind> Kinds => new()
    {
        { Activation.Tanh, Activation.Logistic, CostKind.Binary },
        { Activation.Linear, Activation.Linear, CostKind.Quadratic },
        { Activation.Softplus, Activation.Linear, CostKind.CrossEntropy },
        { Activation.Logistic, Activation.Tanh, CostKind.Quadratic },
        { Activation.Relu, Activation.Logistic, CostKind.Quadratic },
    };

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Back_propagation_is_the_exact_gradient(Activation hidden, Activation output, CostKind kind)
    {
        Circuit circuit = LayeredCircuits.Chain([6, 5, 4, 3], hidden, output);
        circuit = circuit with { Banks = [.. circuit.Banks.Select((b, k) => b with { Gain = 1 + (0.2 * k), Center = 0.05, Offset = 0.01 * k })] };
        (RateField<double> field, LayeredNetwork layers) = LayeredCircuits.Field(circuit);
        Readout readout = LayeredCircuits.Readout(layers, new Cost(kind));
        Batch<double> input = LayeredCircuits.Draw(4, 6, 1), targets = LayeredCircuits.Draw(4, 3, 2, 0.1, 0.9);
        ParameterSet<double> update = LayeredCircuits.Update(field, new Backpropagation<double>(field, layers, readout, threads: 2), input, targets);

        FixedPointProblem problem = RuleComparison.Settle(field, readout, targets, new());
        Assert.All(problem.Residuals, r => Assert.InRange(r, 0, 1e-15));
        Assert.InRange(LayeredCircuits.Largest(update, new ImplicitGradient().Gradient(problem).Gradient, -1), 0, 1e-12);
        Assert.InRange(LayeredCircuits.Largest(update, new BackpropagationGradient().Gradient(problem).Gradient, -1), 0, 1e-12);

        var state = new Batch<double>(4, field.StateCount);
        var maps = new LayeredMaps<double>(field, layers);
        for (int block = 0; block < update.Blocks.Length; block++)
        {
            double[] theta = field.Theta.Blocks[block];
            for (int k = 0; k < theta.Length; k++)
            {
                const double step = 1e-5;
                double kept = theta[k];
                theta[k] = kept + step;
                double above = MeanCost();
                theta[k] = kept - step;
                double below = MeanCost();
                theta[k] = kept;
                Assert.Equal((above - below) / (2 * step), -update.Blocks[block][k], 1e-6);
            }
        }

        double MeanCost()
        {
            field.ParametersChanged();
            maps.Forward(state);
            double sum = 0;
            for (int e = 0; e < state.Rows; e++)
                sum += readout.Cost.Value<double>(state.Row(e).Slice(readout.Offset, readout.Count), targets.Row(e)) / state.Rows;
            return sum;
        }
    }

    [Fact]
    public void The_forward_pass_is_where_the_network_settles()
    {
        (RateField<double> field, LayeredNetwork layers) = LayeredCircuits.Field(LayeredCircuits.Chain([40, 33, 17, 70], Activation.Tanh, Activation.Logistic));
        field.SetInput(0, LayeredCircuits.Draw(23, 40, 6));
        var state = new Batch<double>(23, field.StateCount);
        new LayeredMaps<double>(field, layers, 2).Forward(state);
        var settled = new Batch<double>(23, field.StateCount);
        new Settler<double>(field).Settle(settled, new SettleOptions { StepOverTau = 1, MaximumSteps = 10, Tolerance = 0 });
        for (int k = 0; k < state.Values.Length; k++)
            Assert.Equal(settled.Values[k], state.Values[k], 1e-14);
    }

    [Fact]
    public void Feedback_through_the_transposes_is_back_propagation()
    {
        (RateField<double> field, LayeredNetwork layers) = LayeredCircuits.Field(LayeredCircuits.Chain([6, 5, 4, 6], Activation.Tanh, Activation.Logistic));
        Readout readout = LayeredCircuits.Readout(layers, Cost.Binary);
        Batch<double> input = LayeredCircuits.Draw(5, 6, 1, 0, 1);
        var rule = new RandomFeedback<double>(field, layers, readout, "fa", FeedbackPath.LayerAbove, FeedbackShape.Dense);
        Assert.All(rule.Angles(), a => Assert.InRange(a, 40, 140));
        for (int h = 1; h < layers.Depth; h++)
        {
            double[] w = field.Theta.Blocks[layers.Arrays[h].Block];
            (int rows, int columns) = (layers.Width(h), layers.Width(h + 1));
            rule.Matrices[h - 1] = FeedbackMatrix<double>.Of([.. Enumerable.Range(0, rows * columns).Select(k => w[(k % columns * rows) + (k / columns)])], rows, columns);
        }

        Assert.All(rule.Angles(), a => Assert.InRange(a, 0, 1e-6));
        ParameterSet<double> exact = LayeredCircuits.Update(field, new Backpropagation<double>(field, layers, readout), input);
        Assert.InRange(LayeredCircuits.Largest(LayeredCircuits.Update(field, rule, input), exact), 0, 1e-14);
    }

    [Fact]
    public void Only_the_top_layer_learns_without_a_channel()
    {
        (RateField<double> field, LayeredNetwork layers) = LayeredCircuits.Field(LayeredCircuits.Chain([6, 5, 4, 6], Activation.Tanh, Activation.Logistic));
        Readout readout = LayeredCircuits.Readout(layers, Cost.Binary);
        Batch<double> input = LayeredCircuits.Draw(5, 6, 1, 0, 1);
        ParameterSet<double> update = LayeredCircuits.Update(field, new RandomFeedback<double>(field, layers, readout, "top", FeedbackPath.None, FeedbackShape.Dense), input);
        ParameterSet<double> exact = LayeredCircuits.Update(field, new Backpropagation<double>(field, layers, readout), input);
        Assert.Equal(exact["y3"], update["y3"]);
        Assert.Equal(exact["n3"], update["n3"]);
        foreach (string quiet in (string[])["y1", "y2", "n1", "n2"])
            Assert.All(update[quiet], x => Assert.Equal(0, x));
    }

    /// <summary>ΔC = O δᵀ grows towards the transpose of the forward weights, which change by δ Oᵀ.</summary>
    [Fact]
    public void An_adaptive_channel_turns_towards_the_transposes()
    {
        (RateField<double> field, LayeredNetwork layers) = LayeredCircuits.Field(LayeredCircuits.Chain([8, 6, 6, 8], Activation.Tanh, Activation.Linear, scale: 0.3));
        Readout readout = LayeredCircuits.Readout(layers, Cost.Quadratic);
        var rule = new RandomFeedback<double>(field, layers, readout, "arbp", FeedbackPath.LayerAbove, FeedbackShape.Dense with { Scale = 0.3 }, [0.05, 0.05]);
        double before = rule.Angles().Average();
        double[] start = [.. rule.Memory[0]];
        for (int step = 0; step < 400; step++)
        {
            ParameterSet<double> update = LayeredCircuits.Update(field, rule, LayeredCircuits.Draw(10, 8, (ulong)(step % 10)));
            for (int b = 0; b < update.Blocks.Length; b++)
                field.Move(b, update.Blocks[b], 0.05);
            field.ParametersChanged();
        }

        Assert.NotEqual(start, rule.Memory[0]);
        Assert.True(rule.Angles().Average() < before - 25, $"from {before}° to {rule.Angles().Average()}°");
    }

    [Fact]
    public void Feedback_matrices_have_their_structure_and_the_same_variance()
    {
        const int rows = 60, columns = 90;
        foreach (FeedbackShape shape in (FeedbackShape[])[FeedbackShape.Dense, new(FeedbackStructure.Sparse, 0.2, 0, 1, 4), new(FeedbackStructure.LowRank, 1, 5, 1, 4)])
        {
            double[] c = FeedbackMatrix<double>.Draw(shape, "c", rows, columns).Values;
            Assert.Equal(2.0 / (rows + columns), c.Sum(x => x * x) / c.Length, 0.004);
            Assert.Equal(shape.Structure == FeedbackStructure.Sparse ? 0.2 : 1, c.Count(x => x != 0) / (double)c.Length, 0.03);
            Assert.Equal(shape.Structure == FeedbackStructure.LowRank ? 5 : rows, Rank(c));
            Assert.Equal(c, FeedbackMatrix<double>.Draw(shape, "c", rows, columns).Values);
            Assert.NotEqual(c, FeedbackMatrix<double>.Draw(shape, "d", rows, columns).Values);
        }

        static int Rank(double[] values)
        {
            // Gaussian elimination with full pivoting.
            double[] m = [.. values];
            for (int step = 0; step < rows; step++)
            {
                int best = -1;
                double size = 1e-9;
                for (int k = step * columns; k < m.Length; k++)
                {
                    if (Math.Abs(m[k]) > size && k % columns >= step)
                        (best, size) = (k, Math.Abs(m[k]));
                }

                if (best < 0)
                    return step;
                for (int j = 0; j < columns; j++)
                    (m[(step * columns) + j], m[(best / columns * columns) + j]) = (m[(best / columns * columns) + j], m[(step * columns) + j]);
                for (int i = 0; i < rows; i++)
                    (m[(i * columns) + step], m[(i * columns) + (best % columns)]) = (m[(i * columns) + (best % columns)], m[(i * columns) + step]);
                for (int i = step + 1; i < rows; i++)
                {
                    double factor = m[(i * columns) + step] / m[(step * columns) + step];
                    for (int j = step; j < columns; j++)
                        m[(i * columns) + j] -= factor * m[(step * columns) + j];
                }
            }

            return rows;
        }
    }
}
