using AnalogLearn.Circuits;
using AnalogLearn.Learning;
using AnalogLearn.Numerics;
using AnalogLearn.Simulation;

namespace AnalogLearn.Tests.Learning;

/// <summary>
/// Every row of Table 5 on points of a plane in eight dimensions, two linear hidden neurons: with what the table says can learn the reconstruction becomes exact; what it says cannot stays where its start puts it.
/// </summary>
public class LearningChannelsTests
{
    [Fact]
    public void Row_1_without_channels_nothing_changes()
    {
        (double first, double last, ParameterSet<double> start, ParameterSet<double> end) = Train(new());
        Assert.Equal(first, last);
        Assert.Equal(0, LayeredCircuits.Largest(start, end));
    }

    [Theory]
    [InlineData(ChannelMatrix.Random)]
    [InlineData(ChannelMatrix.Start)]
    [InlineData(ChannelMatrix.Copy)]
    public void Row_2_outputs_to_the_hidden_layer_do_not_tell_the_outer_weights_anything(ChannelMatrix c2)
    {
        (double first, double last, ParameterSet<double> start, ParameterSet<double> end) = Train(new() { Second = c2 });
        Assert.Equal(start["y2"], end["y2"]);
        Assert.NotEqual(start["y1"], end["y1"]);

        // A alone fixes the plane of outputs: never better than projecting the data on it. Through a copy of B, B may even grow without bound.
        Assert.False(last <= 0.1 * first, $"from {first} to {last}");
    }

    [Fact]
    public void Row_3_outputs_to_the_input_layer_are_a_circular_autoencoder()
    {
        (double first, double last, _, ParameterSet<double> end) = Train(new() { Third = ChannelMatrix.Identity });
        Assert.InRange(last, 0, 1e-6 * first);
        Assert.Equal(0, LayeredCircuits.Largest(end, Recirculated(RecirculationTop.InputLayer)), 1e-12);
    }

    [Fact]
    public void Row_4_the_error_at_the_output_alone_trains_the_outer_weights_only()
    {
        (double first, double last, ParameterSet<double> start, ParameterSet<double> end) = Train(new() { First = true });
        Assert.Equal(start["y1"], end["y1"]);
        Assert.NotEqual(start["y2"], end["y2"]);
        Assert.True(last < 0.9 * first);
    }

    [Theory]
    [InlineData(ChannelMatrix.Transpose)]
    [InlineData(ChannelMatrix.Random)]
    public void Row_5_errors_to_the_hidden_layer_are_back_propagation_or_its_random_form(ChannelMatrix c2)
    {
        (double first, double last, _, _) = Train(new() { First = true, Second = c2, CarriesErrors = true });
        Assert.InRange(last, 0, 1e-6 * first);
        if (c2 == ChannelMatrix.Transpose)
        {
            (RateField<double> field, LayeredNetwork layers, Readout readout, Batch<double> input) = Problem();
            Assert.InRange(
                LayeredCircuits.Largest(
                    LayeredCircuits.Update(field, new LearningChannels<double>(field, layers, readout, new() { First = true, Second = c2, CarriesErrors = true }), input),
                    LayeredCircuits.Update(field, new Backpropagation<double>(field, layers, readout), input)),
                0,
                1e-15);
        }
    }

    [Theory]
    [InlineData(ChannelMatrix.Identity)]
    [InlineData(ChannelMatrix.Random)]
    public void Row_6_errors_to_the_input_layer_learn(ChannelMatrix c3)
    {
        (double first, double last, _, _) = Train(new() { First = true, Third = c3, CarriesErrors = true, Shape = FeedbackShape.Dense with { Seed = 3 } });
        Assert.InRange(last, 0, 1e-6 * first);
    }

    /// <summary>The mixed row: with C = B at all times the difference is B (I − O²). With any other matrix it is B I − C O², which is no error: it does not vanish where the reconstruction is exact.</summary>
    [Fact]
    public void Row_7_outputs_to_the_hidden_layer_learn_through_a_copy_and_drift_through_any_other_matrix()
    {
        (double first, double last, _, _) = Train(new() { First = true, Second = ChannelMatrix.Copy });
        Assert.InRange(last, 0, 1e-6 * first);

        (RateField<double> field, LayeredNetwork layers, Readout readout, Batch<double> input) = Problem(optimal: true);
        foreach (ChannelMatrix c2 in (ChannelMatrix[])[ChannelMatrix.Copy, ChannelMatrix.Random])
        {
            ParameterSet<double> update = LayeredCircuits.Update(field, new LearningChannels<double>(field, layers, readout, new() { First = true, Second = c2 }), input);
            double largest = update["y1"].Max(Math.Abs);
            if (c2 == ChannelMatrix.Copy)
                Assert.InRange(largest, 0, 1e-14);
            else
                Assert.True(largest > 0.1, $"{largest}");
        }
    }

    [Fact]
    public void Row_8_outputs_to_the_input_layer_with_the_error_at_the_output_are_a_circular_autoencoder()
    {
        (double first, double last, _, ParameterSet<double> end) = Train(new() { First = true, Third = ChannelMatrix.Identity });
        Assert.InRange(last, 0, 1e-6 * first);
        Assert.Equal(0, LayeredCircuits.Largest(end, Recirculated(RecirculationTop.Gradient)), 1e-12);
    }

    [Fact]
    public void A_matrix_between_output_and_input_makes_the_circle_longer()
    {
        (RateField<double> field, LayeredNetwork layers, Readout readout, Batch<double> input) = Problem();
        ParameterSet<double> update = LayeredCircuits.Update(field, new LearningChannels<double>(field, layers, readout, new() { Third = ChannelMatrix.Random }), input);

        // The same circle with C as a third array that does not learn.
        Circuit longer = WithoutBias(LayeredCircuits.Chain([8, 2, 8, 8], Activation.Linear, Activation.Linear));
        longer = longer with { Arrays = [.. longer.Arrays.Select(a => a.Name == "y3" ? a with { Learn = false } : a)] };
        (RateField<double> ring, LayeredNetwork three) = LayeredCircuits.Field(longer);
        field.Theta["y1"].CopyTo(ring.Theta["y1"], 0);
        field.Theta["y2"].CopyTo(ring.Theta["y2"], 0);
        FeedbackMatrix<double>.Draw(FeedbackShape.Dense, "c3", 8, 8).Values.CopyTo(ring.Theta["y3"], 0);
        ring.ParametersChanged();
        ParameterSet<double> expected = LayeredCircuits.Update(ring, new Recirculation<double>(ring, three, LayeredCircuits.Readout(three, Cost.Quadratic), new()), input);
        foreach (string array in (string[])["y1", "y2"])
        {
            for (int k = 0; k < update[array].Length; k++)
                Assert.Equal(expected[array][k], update[array][k], 1e-13);
        }
    }

    private static (RateField<double> Field, LayeredNetwork Layers, Readout Readout, Batch<double> Input) Problem(bool optimal = false)
    {
        (RateField<double> field, LayeredNetwork layers) = LayeredCircuits.Field(WithoutBias(LayeredCircuits.Chain([8, 2, 8], Activation.Linear, Activation.Linear)), 9);
        var input = new Batch<double>(40, 8);
        Batch<double> u = LayeredCircuits.Draw(40, 2, 7), v = LayeredCircuits.Draw(2, 8, 8);
        for (int e = 0; e < 40; e++)
        {
            for (int j = 0; j < 8; j++)
                input[e, j] = (u[e, 0] * v[0, j]) + (u[e, 1] * v[1, j]);
        }

        if (optimal)
        {
            // A = Vᵀ, B its left inverse on the plane: (V Vᵀ)⁻¹ V.
            double a = Dot(0, 0), b = Dot(0, 1), c = Dot(1, 1), det = (a * c) - (b * b);
            for (int j = 0; j < 8; j++)
            {
                field.Theta["y2"][2 * j] = v[0, j];
                field.Theta["y2"][(2 * j) + 1] = v[1, j];
                field.Theta["y1"][j] = ((c * v[0, j]) - (b * v[1, j])) / det;
                field.Theta["y1"][8 + j] = ((a * v[1, j]) - (b * v[0, j])) / det;
            }

            field.ParametersChanged();
        }

        return (field, layers, LayeredCircuits.Readout(layers, Cost.Quadratic), input);

        double Dot(int p, int q) => Enumerable.Range(0, 8).Sum(j => v[p, j] * v[q, j]);
    }

    private static (double First, double Last, ParameterSet<double> Start, ParameterSet<double> End) Train(ChannelOptions options)
    {
        (RateField<double> field, LayeredNetwork layers, Readout readout, Batch<double> input) = Problem();
        return Train(field, new LearningChannels<double>(field, layers, readout, options), input);
    }

    private static ParameterSet<double> Recirculated(RecirculationTop top)
    {
        (RateField<double> field, LayeredNetwork layers, Readout readout, Batch<double> input) = Problem();
        return Train(field, new Recirculation<double>(field, layers, readout, new() { Top = top }), input).End;
    }

    private static (double First, double Last, ParameterSet<double> Start, ParameterSet<double> End) Train(RateField<double> field, ILearner<double> learner, Batch<double> input)
    {
        field.SetInput(0, input);
        ParameterSet<double> start = field.Theta.To<double>();
        var state = new Batch<double>(input.Rows, field.StateCount);
        var direction = new ParameterSet<double>(field.Parameters);
        double first = double.NaN, last = double.NaN;
        for (int step = 0; step < 3000; step++)
        {
            last = learner.Learn(state, input, default, direction).Cost;
            if (step == 0)
                first = last;
            for (int b = 0; b < direction.Blocks.Length; b++)
                field.Move(b, direction.Blocks[b], 0.05);
            field.ParametersChanged();
        }

        return (first, last, start, field.Theta.To<double>());
    }

    private static Circuit WithoutBias(Circuit circuit) => circuit with { Banks = [.. circuit.Banks.Select(b => b.IsInput ? b : b with { Bias = [.. new double[b.Bus.Width]], LearnBias = false })] };
}
