using System.Runtime.InteropServices;
using System.Security.Cryptography;
using AnalogLearn.Data;
using AnalogLearn.Numerics;

namespace AnalogLearn.Tests.Data;

public sealed class DigitsSourceTests
{
    [Fact]
    public void The_same_seed_draws_the_same_bits_whatever_the_threads_and_the_count()
    {
        Examples one = DigitsSource.Draw("train", 500, 28, 0.5, 3, threads: 1), many = DigitsSource.Draw("train", 733, 28, 0.5, 3, threads: 4);
        Assert.Equal(one.Inputs.ToArray(), many.Head(500).Inputs.ToArray());
        Assert.Equal(one.Labels.ToArray(), many.Head(500).Labels.ToArray());
        Assert.NotEqual(one.Inputs.ToArray(), DigitsSource.Draw("train", 500, 28, 0.5, 4).Inputs.ToArray());
    }

    [Fact]
    public void The_bits_are_those_of_every_platform()
    {
        // Only correctly rounded operations are used; a change of this value changes everybody's data.
        byte[] bytes = MemoryMarshal.AsBytes(DigitsSource.Draw("train", 200, 28, 0.5, 1).Inputs).ToArray();
        Assert.Equal("91e8ee6b948f66892533412f1bb3c3c6742d0917988a4742e814ed91f712c426", Convert.ToHexStringLower(SHA256.HashData(bytes)));
    }

    [Theory]
    [InlineData(0.5, 28)]
    [InlineData(0, 14)]
    public void No_two_pictures_are_the_same_in_training_and_test(double difficulty, int size)
    {
        HashSet<string> seen = [];
        foreach (string split in (string[])["train", "test"])
        {
            Examples examples = DigitsSource.Draw(split, 3000, size, difficulty, 1);
            for (int i = 0; i < examples.Count; i++)
            {
                Assert.True(seen.Add(Convert.ToBase64String(MemoryMarshal.AsBytes(examples.Input(i)))));
            }
        }
    }

    [Theory]
    [InlineData(28)]
    [InlineData(14)]
    public void Pictures_are_in_range_balanced_and_inked(int size)
    {
        DataSet data = DataSourcesTests.Good(new DataRequest("digits") { Train = 1000, Test = 300, InputWidth = size * size, TargetWidth = 10 });
        Assert.Equal([size, size], data.Train.InputShape.ToArray());
        Assert.All(data.Train.ClassCounts(), n => Assert.Equal(100, n));
        Assert.All(data.Test.ClassCounts(), n => Assert.Equal(30, n));
        double ink = 0;
        foreach (float pixel in data.Train.Inputs)
        {
            Assert.InRange(pixel, 0f, 1f);
            ink += pixel;
        }

        Assert.InRange(ink / data.Train.Inputs.Length, 0.08, 0.25);
        for (int i = 0; i < data.Train.Count; i++)
        {
            Assert.Equal(1f, data.Train.Target(i)[data.Train.Labels[i]]);
            float sum = 0, most = 0;
            foreach (float pixel in data.Train.Input(i))
            {
                sum += pixel;
                most = Math.Max(most, pixel);
            }

            Assert.True(most > 0.5f && sum > 0.02f * size * size, $"picture {i} is nearly empty");
        }
    }

    [Fact]
    public void Difficulty_is_what_it_says()
    {
        double Accuracy(double difficulty) => LinearAccuracy(DigitsSource.Draw("train", 2000, 14, difficulty, 1), DigitsSource.Draw("test", 1000, 14, difficulty, 1), 10);
        double easy = Accuracy(0), middle = Accuracy(0.5), hard = Accuracy(1);
        Assert.InRange(easy, 0.99, 1);
        Assert.InRange(middle, hard + 0.05, easy - 0.05);
    }

    [Fact]
    public void A_linear_classifier_stays_below_90_percent()
    {
        double accuracy = LinearAccuracy(DigitsSource.Draw("train", 10_000, 14, 0.5, 1), DigitsSource.Draw("test", 2_000, 14, 0.5, 1), 12);
        Assert.InRange(accuracy, 0.70, 0.895);
    }

    [Fact]
    public void A_network_with_one_hidden_layer_passes_97_percent()
    {
        double accuracy = NetworkAccuracy(DigitsSource.Draw("train", 10_000, 14, 0.5, 1), DigitsSource.Draw("test", 2_000, 14, 0.5, 1), hidden: 128, epochs: 12);
        Assert.InRange(accuracy, 0.97, 1);
    }

    private static double LinearAccuracy(Examples train, Examples test, int epochs) => Train(train, test, 0, epochs);

    private static double NetworkAccuracy(Examples train, Examples test, int hidden, int epochs) => Train(train, test, hidden, epochs);

    // Softmax regression (hidden = 0) or one hidden layer of rectifiers, cross-entropy, Adam with a rate that falls to nothing, batch 50.
    private static double Train(Examples train, Examples test, int hidden, int epochs)
    {
        CounterRandom random = CounterRandom.ForPath(1, "trainer");
        var layers = hidden == 0
            ? new[] { new Layer(train.InputWidth, 10, ref random) }
            : [new Layer(train.InputWidth, hidden, ref random), new Layer(hidden, 10, ref random)];
        var order = new BatchOrder(1, train.Count);
        const int batch = 50;
        int steps = epochs * order.BatchCount(batch), step = 0;
        float[] hiddenState = new float[hidden], hiddenError = new float[hidden], output = new float[10];
        for (int epoch = 0; epoch < epochs; epoch++)
        {
            order.Begin(epoch);
            for (int b = 0; b < order.BatchCount(batch); b++)
            {
                foreach (int i in order.Batch(b, batch))
                {
                    Forward(train.Input(i));
                    float most = output.Max(), sum = 0;
                    for (int k = 0; k < 10; k++)
                    {
                        sum += output[k] = MathF.Exp(output[k] - most);
                    }

                    for (int k = 0; k < 10; k++)
                    {
                        output[k] = (output[k] / sum - (k == train.Labels[i] ? 1 : 0)) / batch;
                    }

                    if (hidden == 0)
                    {
                        layers[0].Backward(train.Input(i), output, []);
                        continue;
                    }

                    layers[1].Backward(hiddenState, output, hiddenError);
                    for (int h = 0; h < hidden; h++)
                    {
                        hiddenError[h] = hiddenState[h] > 0 ? hiddenError[h] : 0;
                    }

                    layers[0].Backward(train.Input(i), hiddenError, []);
                }

                step++;
                foreach (Layer layer in layers)
                {
                    layer.Step(step, 0.004f * (1 - (step - 1) / (float)steps));
                }
            }
        }

        int right = 0;
        for (int i = 0; i < test.Count; i++)
        {
            Forward(test.Input(i));
            right += Array.IndexOf(output, output.Max()) == test.Labels[i] ? 1 : 0;
        }

        return right / (double)test.Count;

        void Forward(ReadOnlySpan<float> input)
        {
            if (hidden == 0)
            {
                layers[0].Forward(input, output);
                return;
            }

            layers[0].Forward(input, hiddenState);
            for (int h = 0; h < hidden; h++)
            {
                hiddenState[h] = Math.Max(0, hiddenState[h]);
            }

            layers[1].Forward(hiddenState, output);
        }
    }

    private sealed class Layer
    {
        private readonly int _inputs;
        private readonly float[] _weights, _gradient, _mean, _square;
        private readonly int _stride;

        public Layer(int inputs, int outputs, ref CounterRandom random)
        {
            _inputs = inputs;
            _stride = inputs + 1;
            _weights = new float[outputs * _stride];
            _gradient = new float[_weights.Length];
            _mean = new float[_weights.Length];
            _square = new float[_weights.Length];
            for (int i = 0; i < _weights.Length; i++)
            {
                _weights[i] = (i + 1) % _stride == 0 ? 0 : (float)(random.Normal() * Math.Sqrt(2.0 / inputs));
            }
        }

        public void Forward(ReadOnlySpan<float> input, Span<float> output)
        {
            for (int o = 0; o < output.Length; o++)
            {
                ReadOnlySpan<float> row = _weights.AsSpan(o * _stride, _stride);
                output[o] = System.Numerics.Tensors.TensorPrimitives.Dot(input, row[.._inputs]) + row[_inputs];
            }
        }

        public void Backward(ReadOnlySpan<float> input, ReadOnlySpan<float> error, Span<float> inputError)
        {
            inputError.Clear();
            for (int o = 0; o < error.Length; o++)
            {
                if (error[o] == 0)
                    continue;
                Span<float> gradient = _gradient.AsSpan(o * _stride, _inputs);
                System.Numerics.Tensors.TensorPrimitives.MultiplyAdd(input, error[o], gradient, gradient);
                _gradient[(o * _stride) + _inputs] += error[o];
                if (!inputError.IsEmpty)
                    System.Numerics.Tensors.TensorPrimitives.MultiplyAdd(_weights.AsSpan(o * _stride, _inputs), error[o], inputError, inputError);
            }
        }

        public void Step(int step, float rate)
        {
            float meanScale = 1 / (1 - MathF.Pow(0.9f, step)), squareScale = 1 / (1 - MathF.Pow(0.999f, step));
            for (int i = 0; i < _weights.Length; i++)
            {
                float g = _gradient[i];
                _mean[i] += 0.1f * (g - _mean[i]);
                _square[i] += 0.001f * ((g * g) - _square[i]);
                _weights[i] -= rate * _mean[i] * meanScale / (MathF.Sqrt(_square[i] * squareScale) + 1e-8f);
            }

            Array.Clear(_gradient);
        }
    }
}
