using System.Text.Json;
using AnalogLearn.Circuits;
using AnalogLearn.Learning;
using AnalogLearn.Numerics;
using AnalogLearn.Simulation;

namespace AnalogLearn.Tests.Learning;

/// <summary>Recirculation against golden numbers of an independent program, against a naive implementation, and against what theory says of it.</summary>
public class RecirculationTests
{
    private const double Lambda = 0.3;

    public static TheoryData<string, string> Variants
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (string file in (string[])["recirc_nonlin_1h.json", "recirc_linear_3h.json"])
            {
                foreach (string variant in (string[])["PR", "CCR", "RCC", "CCRCC", "RWCC"])
                    data.Add(file, variant);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Variants))]
    public void Updates_are_the_golden_ones(string file, string variant)
    {
        var golden = new GoldenAutoencoder(file);
        var rule = new Recirculation<double>(golden.Field, golden.Layers, golden.Readout, new() { Variant = Of(variant), Lambda = Lambda, Lambda2 = Lambda });
        ParameterSet<double> update = LayeredCircuits.Update(golden.Field, rule, golden.Input);
        JsonElement expected = golden.Root.GetProperty("variants").GetProperty(variant);
        Assert.InRange(golden.Distance(update, expected.GetProperty("updates_top_is_gradient")), 0, 1e-12);

        // Activities of the second cycle, layer by layer.
        for (int h = 1; h < golden.Layers.Depth; h++)
        {
            double[] activity = GoldenAutoencoder.Matrix(expected.GetProperty("activity_t1_layers_0_to_Lminus1")[h]);
            RateBank bank = golden.Layers.Bank(h);
            for (int e = 0; e < 3; e++)
            {
                for (int i = 0; i < bank.Width; i++)
                    Assert.Equal(activity[(e * bank.Width) + i], rule.LastCycle![e, bank.Offset + i], 1e-13);
            }
        }

        // The literal rule for the top layer: the difference at layer 0.
        var literal = new Recirculation<double>(golden.Field, golden.Layers, golden.Readout, new() { Variant = Of(variant), Lambda = Lambda, Lambda2 = Lambda, Top = RecirculationTop.InputLayer });
        double[] bias = LayeredCircuits.Update(golden.Field, literal, golden.Input).Blocks[golden.Layers.Bank(golden.Layers.Depth).BiasBlock];
        double[] difference = GoldenAutoencoder.Matrix(expected.GetProperty("top_difference_O0_0_minus_O0_1"));
        for (int i = 0; i < bias.Length; i++)
            Assert.Equal((difference[i] + difference[bias.Length + i] + difference[(2 * bias.Length) + i]) / 3, bias[i], 1e-13);
    }

    [Theory]
    [InlineData(RecirculationVariant.Plain, 0, 1, false)]
    [InlineData(RecirculationVariant.WithCombination, 0, 1, false)]
    [InlineData(RecirculationVariant.CombinedOfCombination, 1, 3, false)]
    [InlineData(RecirculationVariant.Plain, 0, 1, true)]
    public void Bits_depend_neither_on_threads_nor_on_how_many_examples_go_together(RecirculationVariant variant, int from, int to, bool errors)
    {
        // Layers that are worth a second thread.
        var options = new RecirculationOptions { Variant = variant, From = from, To = to, CarriesErrors = errors, Lambda = Lambda };
        const int rows = 61;
        Batch<double> input = LayeredCircuits.Draw(rows, 300, 4, 0, 1);
        ParameterSet<double>[] updates = new ParameterSet<double>[2];
        Batch<double>? last = null;
        for (int threads = 1; threads <= 2; threads++)
        {
            (RateField<double> field, LayeredNetwork layers) = LayeredCircuits.Field(LayeredCircuits.Chain([300, 60, 20, 300], Activation.Tanh, Activation.Linear));
            var rule = new Recirculation<double>(field, layers, LayeredCircuits.Readout(layers, Cost.Quadratic), options, threads);
            updates[threads - 1] = LayeredCircuits.Update(field, rule, input);
            last = rule.LastCycle!.Clone();
        }

        for (int block = 0; block < updates[0].Blocks.Length; block++)
            Assert.Equal(updates[0].Blocks[block], updates[1].Blocks[block]);

        // Each example by itself: its activities, and the mean of what the examples change.
        (RateField<double> single, LayeredNetwork chain) = LayeredCircuits.Field(LayeredCircuits.Chain([300, 60, 20, 300], Activation.Tanh, Activation.Linear));
        var alone = new Recirculation<double>(single, chain, LayeredCircuits.Readout(chain, Cost.Quadratic), options);
        var sum = new ParameterSet<double>(single.Parameters);
        int hidden = chain.Bank(chain.Depth - 1).Offset + chain.Bank(chain.Depth - 1).Width;
        for (int e = 0; e < rows; e++)
        {
            var one = new Batch<double>(1, 300);
            input.Row(e).CopyTo(one.Span);
            ParameterSet<double> update = LayeredCircuits.Update(single, alone, one);
            Assert.Equal(last!.Row(e)[..hidden].ToArray(), alone.LastCycle!.Row(0)[..hidden].ToArray());
            for (int block = 0; block < sum.Blocks.Length; block++)
            {
                for (int k = 0; k < sum.Blocks[block].Length; k++)
                    sum.Blocks[block][k] += update.Blocks[block][k] / rows;
            }
        }

        Assert.InRange(LayeredCircuits.Largest(sum, updates[0]), 0, 1e-13);
    }

    [Theory]
    [InlineData("recirc_nonlin_1h.json", 1)]
    [InlineData("recirc_nonlin_1h.json", 2)]
    [InlineData("recirc_nonlin_1h.json", 3)]
    [InlineData("recirc_linear_3h.json", 1)]
    [InlineData("recirc_linear_3h.json", 2)]
    [InlineData("recirc_linear_3h.json", 3)]
    public void Several_cycles_are_the_golden_ones(string file, int cycles)
    {
        var golden = new GoldenAutoencoder(file);
        ParameterSet<double> update = LayeredCircuits.Update(golden.Field, new Recirculation<double>(golden.Field, golden.Layers, golden.Readout, new() { To = cycles }), golden.Input);
        Assert.InRange(golden.Distance(update, golden.Root.GetProperty("plain_n_cycles").GetProperty(cycles.ToString(System.Globalization.CultureInfo.InvariantCulture))), 0, 1e-12);
    }

    [Theory]
    [InlineData("recirc_nonlin_1h.json")]
    [InlineData("recirc_linear_3h.json")]
    public void Errors_that_go_round_are_the_golden_ones(string file)
    {
        var golden = new GoldenAutoencoder(file);
        ParameterSet<double> update = LayeredCircuits.Update(golden.Field, new Recirculation<double>(golden.Field, golden.Layers, golden.Readout, new() { CarriesErrors = true }), golden.Input);
        Assert.InRange(golden.Distance(update, golden.Root.GetProperty("error_recirculation_no_bias")), 0, 1e-12);
    }

    [Theory]
    [InlineData("recirc_nonlin_1h.json")]
    [InlineData("recirc_linear_3h.json")]
    public void Relatives_are_the_golden_ones(string file)
    {
        var golden = new GoldenAutoencoder(file);
        var exact = new Backpropagation<double>(golden.Field, golden.Layers, golden.Readout);
        Assert.InRange(golden.Distance(LayeredCircuits.Update(golden.Field, exact, golden.Input), golden.Root.GetProperty("BP")), 0, 1e-12);
        golden.Field.SetInput(0, golden.Input);
        Assert.Equal(golden.Loss, exact.Learn(new Batch<double>(3, golden.Field.StateCount), golden.Input, default, new ParameterSet<double>(golden.Field.Parameters)).Cost, 1e-13);

        foreach ((string name, string matrices, FeedbackPath path) in (ReadOnlySpan<(string, string, FeedbackPath)>)[("RBP", "C", FeedbackPath.LayerAbove), ("SRBP", "S", FeedbackPath.Output)])
        {
            var rule = new RandomFeedback<double>(golden.Field, golden.Layers, golden.Readout, name, path, FeedbackShape.Dense);
            JsonElement expected = golden.Root.GetProperty(name);
            for (int h = 1; h < golden.Layers.Depth; h++)
                rule.Matrices[h - 1] = FeedbackMatrix<double>.Of(GoldenAutoencoder.Matrix(expected.GetProperty(matrices)[h - 1]), rule.Matrices[h - 1].Receives, rule.Matrices[h - 1].Sends);
            Assert.InRange(golden.Distance(LayeredCircuits.Update(golden.Field, rule, golden.Input), expected), 0, 1e-12);
        }
    }

    [Theory]
    [InlineData("PR", 0, 1, "gradient")]
    [InlineData("PR", 1, 3, "gradient")]
    [InlineData("PR", 2, 5, "output")]
    [InlineData("PR", 1, 2, "input")]
    [InlineData("CCR", 0, 2, "input")]
    [InlineData("CCR", 1, 3, "output")]
    [InlineData("RCC", 1, 2, "gradient")]
    [InlineData("CCRCC", 0, 3, "input")]
    [InlineData("CCRCC", 2, 3, "output")]
    [InlineData("RWCC", 0, 2, "gradient")]
    [InlineData("RWCC", 1, 4, "output")]
    public void A_naive_implementation_agrees(string variant, int from, int to, string top)
    {
        (RateField<double> field, LayeredNetwork layers) = LayeredCircuits.Field(LayeredCircuits.Chain([7, 5, 3, 6, 7], Activation.Tanh, Activation.Logistic, scale: 1.5));
        Batch<double> input = LayeredCircuits.Draw(4, 7, 3, 0.05, 0.95);
        var options = new RecirculationOptions
        {
            Variant = Of(variant),
            Lambda = 0.35,
            Lambda2 = variant == "CCR" ? 0.9 : 0.6,
            From = from,
            To = to,
            Top = top switch { "input" => RecirculationTop.InputLayer, "output" => RecirculationTop.OutputLayer, _ => RecirculationTop.Gradient },
        };
        var rule = new Recirculation<double>(field, layers, LayeredCircuits.Readout(layers, Cost.Binary), options, threads: 2);
        ParameterSet<double> update = LayeredCircuits.Update(field, rule, input);
        Assert.InRange(LayeredCircuits.Largest(update, Naive(field, layers, input, variant, options, top)), 0, 1e-13);
    }

    [Fact]
    public void Combining_afterwards_is_plain_recirculation_at_a_smaller_rate()
    {
        (RateField<double> field, LayeredNetwork layers) = LayeredCircuits.Field(LayeredCircuits.Chain([9, 6, 4, 6, 9], Activation.Tanh, Activation.Logistic));
        Batch<double> input = LayeredCircuits.Draw(6, 9, 8, 0, 1);
        Readout readout = LayeredCircuits.Readout(layers, Cost.Binary);
        foreach (double lambda in (double[])[0, 0.25, 0.9])
        {
            ParameterSet<double> plain = LayeredCircuits.Update(field, new Recirculation<double>(field, layers, readout, new() { Top = RecirculationTop.InputLayer }), input);
            ParameterSet<double> combined = LayeredCircuits.Update(field, new Recirculation<double>(field, layers, readout, new() { Variant = RecirculationVariant.Combined, Lambda = lambda, Top = RecirculationTop.InputLayer }), input);
            Assert.InRange(LayeredCircuits.Largest(combined, plain, 1 - lambda), 0, 1e-12);
        }
    }

    /// <summary>Section 6.2: at B = Aᵀ linear recirculation is back-propagation. With Aʰ = A^{L+1−h}ᵀ deeper ones are too where the inner products are orthonormal, and not otherwise.</summary>
    [Fact]
    public void At_a_symmetric_point_linear_recirculation_is_back_propagation()
    {
        Circuit circuit = WithoutBias(LayeredNetwork.Mirror(LayeredCircuits.Chain([8, 3, 8], Activation.Linear, Activation.Linear), always: false));
        (RateField<double> field, LayeredNetwork layers) = LayeredCircuits.Field(circuit);
        Batch<double> input = LayeredCircuits.Draw(5, 8, 2);
        Readout readout = LayeredCircuits.Readout(layers, Cost.Quadratic);
        ParameterSet<double> exact = LayeredCircuits.Update(field, new Backpropagation<double>(field, layers, readout), input);
        ParameterSet<double> ring = LayeredCircuits.Update(field, new Recirculation<double>(field, layers, readout, new()), input);
        Assert.InRange(LayeredCircuits.Largest(ring, exact), 0, 1e-12);

        // Away from it, not.
        field.Theta.Blocks[layers.Arrays[1].Block][0] += 0.1;
        field.ParametersChanged();
        exact = LayeredCircuits.Update(field, new Backpropagation<double>(field, layers, readout), input);
        ring = LayeredCircuits.Update(field, new Recirculation<double>(field, layers, readout, new()), input);
        Assert.True(LayeredCircuits.Largest(ring, exact) > 1e-3);
    }

    /// <summary>
    /// dA − (dB)ᵀ at A = Bᵀ is (1 − P) Σ Bᵀ − Σ (1 − P) Bᵀ with P = BᵀB, that is (ΣP − PΣ) Bᵀ: symmetry lasts where Σ and BᵀB commute, and nowhere else. The paper says that it always lasts.
    /// </summary>
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Symmetry_lasts_where_covariance_and_weights_commute(bool commute)
    {
        Circuit circuit = WithoutBias(LayeredNetwork.Mirror(LayeredCircuits.Chain([6, 2, 6], Activation.Linear, Activation.Linear), always: false));
        (RateField<double> field, LayeredNetwork layers) = LayeredCircuits.Field(circuit);
        double[] b = field.Theta.Blocks[layers.Arrays[0].Block], a = field.Theta.Blocks[layers.Arrays[1].Block];

        // Inputs along the axes with different variances: Σ is diagonal. B of axes commutes with it, another one does not.
        var input = new Batch<double>(6, 6);
        for (int i = 0; i < 6; i++)
            input[i, i] = 1 + (0.4 * i);
        if (commute)
        {
            Array.Clear(b);
            (b[1], b[6 + 4]) = (0.5, 0.7);
        }

        for (int i = 0; i < 2; i++)
        {
            for (int j = 0; j < 6; j++)
                a[(j * 2) + i] = b[(i * 6) + j];
        }

        field.ParametersChanged();
        var rule = new Recirculation<double>(field, layers, LayeredCircuits.Readout(layers, Cost.Quadratic), new());
        for (int step = 0; step < 200; step++)
        {
            ParameterSet<double> update = LayeredCircuits.Update(field, rule, input);
            for (int block = 0; block < update.Blocks.Length; block++)
            {
                if (field.Parameters.Blocks[block].Kind == ParameterKind.Weights)
                    field.Move(block, update.Blocks[block], 0.05);
            }

            field.ParametersChanged();
        }

        double apart = 0;
        for (int i = 0; i < 2; i++)
        {
            for (int j = 0; j < 6; j++)
                apart = Math.Max(apart, Math.Abs(a[(j * 2) + i] - b[(i * 6) + j]));
        }

        if (commute)
            Assert.InRange(apart, 0, 1e-12);
        else
            Assert.True(apart > 1e-2);
    }

    [Fact]
    public void Tied_weights_get_what_both_their_places_say()
    {
        Circuit circuit = LayeredCircuits.Chain([6, 4, 6], Activation.Tanh, Activation.Logistic, tied: true);
        (RateField<double> field, LayeredNetwork layers) = LayeredCircuits.Field(circuit);
        Assert.True(layers.Arrays[1].IsTied);
        (RateField<double> free, LayeredNetwork freeLayers) = LayeredCircuits.Field(LayeredNetwork.Mirror(LayeredCircuits.Chain([6, 4, 6], Activation.Tanh, Activation.Logistic), always: false));
        Batch<double> input = LayeredCircuits.Draw(3, 6, 4, 0, 1);
        foreach (bool exact in (bool[])[true, false])
        {
            ParameterSet<double> tied = LayeredCircuits.Update(field, Rule(field, layers), input);
            ParameterSet<double> apart = LayeredCircuits.Update(free, Rule(free, freeLayers), input);
            double[] both = tied.Blocks[layers.Arrays[0].Block], inner = apart.Blocks[freeLayers.Arrays[0].Block], outer = apart.Blocks[freeLayers.Arrays[1].Block];
            for (int i = 0; i < 4; i++)
            {
                for (int j = 0; j < 6; j++)
                    Assert.Equal(inner[(i * 6) + j] + outer[(j * 4) + i], both[(i * 6) + j], 1e-14);
            }

            ILearner<double> Rule(RateField<double> f, LayeredNetwork l) => exact
                ? new Backpropagation<double>(f, l, LayeredCircuits.Readout(l, Cost.Binary))
                : new Recirculation<double>(f, l, LayeredCircuits.Readout(l, Cost.Binary), new());
        }
    }

    [Fact]
    public void Bits_do_not_depend_on_the_thread_count()
    {
        (RateField<double> field, LayeredNetwork layers) = LayeredCircuits.Field(LayeredCircuits.Chain([90, 70, 50, 90], Activation.Tanh, Activation.Logistic));
        Batch<double> input = LayeredCircuits.Draw(37, 90, 4, 0, 1);
        var options = new RecirculationOptions { Variant = RecirculationVariant.WithCombination, To = 3 };
        ParameterSet<double> one = LayeredCircuits.Update(field, new Recirculation<double>(field, layers, LayeredCircuits.Readout(layers, Cost.Binary), options, 1), input);
        ParameterSet<double> many = LayeredCircuits.Update(field, new Recirculation<double>(field, layers, LayeredCircuits.Readout(layers, Cost.Binary), options, 2), input);
        Assert.Equal(0, LayeredCircuits.Largest(one, many));
    }

    private static RecirculationVariant Of(string variant) => variant switch
    {
        "CCR" => RecirculationVariant.Combined,
        "RCC" => RecirculationVariant.OfCombination,
        "CCRCC" => RecirculationVariant.CombinedOfCombination,
        "RWCC" => RecirculationVariant.WithCombination,
        _ => RecirculationVariant.Plain,
    };

    private static Circuit WithoutBias(Circuit circuit) => circuit with { Banks = [.. circuit.Banks.Select(b => b.IsInput ? b : b with { Bias = [.. new double[b.Bus.Width]], LearnBias = false })] };

    /// <summary>Recirculation as the paper's tables say it, one example and one number at a time.</summary>
    private static ParameterSet<double> Naive(RateField<double> field, LayeredNetwork layers, Batch<double> input, string variant, RecirculationOptions options, string top)
    {
        int depth = layers.Depth;
        var update = new ParameterSet<double>(field.Parameters);
        for (int e = 0; e < input.Rows; e++)
        {
            double[] image = input.Row(e).ToArray();
            var cycles = new List<double[][]> { Pass(image, null, 0) };
            for (int t = 1; t <= options.To; t++)
            {
                double[][] before = cycles[^1], first = cycles[0];
                double[] mixed = Mix(image, before[depth], options.Lambda);
                double[][] now = variant switch
                {
                    "PR" or "CCR" => Pass(before[depth], null, 0),
                    "RCC" or "CCRCC" => Pass(mixed, null, 0),
                    _ => Pass(mixed, first, options.Lambda2),
                };
                if (variant is "CCR" or "CCRCC")
                {
                    for (int h = 1; h <= depth; h++)
                        now[h] = Mix(first[h], now[h], variant == "CCR" ? options.Lambda : options.Lambda2);
                }

                if (variant == "CCR")
                    now[0] = mixed;
                cycles.Add(now);
            }

            double[][] n = cycles[options.From], m = cycles[options.To];
            for (int h = 1; h <= depth; h++)
            {
                double[] post = [.. n[h].Zip(m[h], (x, y) => x - y)], pre = n[h - 1];
                if (h == depth && top == "gradient")
                    (post, pre) = ([.. image.Zip(cycles[0][depth], (x, y) => x - y)], cycles[0][depth - 1]);
                if (h == depth && top == "input")
                    post = [.. n[0].Zip(m[0], (x, y) => x - y)];
                double[] da = update.Blocks[layers.Arrays[h - 1].Block], db = update.Blocks[layers.Bank(h).BiasBlock];
                for (int i = 0; i < post.Length; i++)
                {
                    db[i] += post[i] / input.Rows;
                    for (int j = 0; j < pre.Length; j++)
                        da[(i * pre.Length) + j] += post[i] * pre[j] / input.Rows;
                }
            }
        }

        return update;

        double[][] Pass(double[] zero, double[][]? blend, double keep)
        {
            var o = new double[depth + 1][];
            o[0] = zero;
            for (int h = 1; h <= depth; h++)
            {
                double[] a = field.Theta.Blocks[layers.Arrays[h - 1].Block], b = field.Theta.Blocks[layers.Bank(h).BiasBlock];
                o[h] = new double[b.Length];
                for (int i = 0; i < b.Length; i++)
                {
                    double s = b[i];
                    for (int j = 0; j < o[h - 1].Length; j++)
                        s += a[(i * o[h - 1].Length) + j] * o[h - 1][j];
                    o[h][i] = h == depth ? 1 / (1 + Math.Exp(-s)) : Math.Tanh(s);
                }

                if (blend is not null)
                    o[h] = Mix(blend[h], o[h], keep);
            }

            return o;
        }

        static double[] Mix(double[] one, double[] other, double lambda) => [.. one.Zip(other, (x, y) => (lambda * x) + ((1 - lambda) * y))];
    }
}
