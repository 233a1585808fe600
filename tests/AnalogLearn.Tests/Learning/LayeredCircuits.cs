using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using AnalogLearn.Circuits;
using AnalogLearn.Learning;
using AnalogLearn.Numerics;
using AnalogLearn.Simulation;

namespace AnalogLearn.Tests.Learning;

/// <summary>Chains of layers, and the golden ones with their numbers.</summary>
internal static class LayeredCircuits
{
    public static Circuit Chain(int[] sizes, Activation hidden, Activation output, double scale = 1, bool tied = false)
    {
        Bus[] buses = [.. sizes.Select((n, h) => new Bus(string.Create(CultureInfo.InvariantCulture, $"o{h}"), 0, n))];
        var banks = ImmutableArray.CreateBuilder<NeuronBank>();
        banks.Add(new NeuronBank { Name = "n0", Bus = buses[0], IsInput = true });
        for (int h = 1; h < sizes.Length; h++)
        {
            banks.Add(new NeuronBank
            {
                Name = string.Create(CultureInfo.InvariantCulture, $"n{h}"),
                Bus = buses[h],
                Form = NeuronForm.Rate,
                Activation = h == sizes.Length - 1 ? output : hidden,
                Bias = [.. Enumerable.Range(0, sizes[h]).Select(i => 0.1 * Math.Sin(i + h))],
            });
        }

        var circuit = new Circuit
        {
            Buses = [.. buses],
            Banks = banks.ToImmutable(),
            Arrays = [.. Enumerable.Range(1, sizes.Length - 1).Select(h => new SynapseArray { Name = string.Create(CultureInfo.InvariantCulture, $"y{h}"), Pre = buses[h - 1], Post = buses[h], Init = new WeightInit.Glorot(scale) })],
        };
        return tied ? LayeredNetwork.Mirror(circuit, always: true) : circuit;
    }

    public static (RateField<double> Field, LayeredNetwork Layers) Field(Circuit circuit, ulong seed = 5)
    {
        RateNetwork network = RateNetwork.Compile(circuit);
        return (new RateField<double>(network, network.InitialParameters(seed)), LayeredNetwork.Of(network)!);
    }

    public static Readout Readout(LayeredNetwork layers, Cost cost)
    {
        RateBank bank = layers.Bank(layers.Depth);
        return new Readout(bank, 0, bank.Width, cost, CostOn.States);
    }

    public static Batch<double> Draw(int rows, int width, ulong seed, double low = -1, double high = 1)
    {
        var batch = new Batch<double>(rows, width);
        CounterRandom.ForPath(seed, "draw").FillUniform(batch.Span, low, high);
        return batch;
    }

    /// <summary>What a learner says for a rate of one.</summary>
    public static ParameterSet<double> Update(RateField<double> field, ILearner<double> learner, Batch<double> input, Batch<double>? targets = null)
    {
        field.SetInput(0, input);
        var direction = new ParameterSet<double>(field.Parameters);
        learner.Learn(new Batch<double>(input.Rows, field.StateCount), targets ?? input, default, direction);
        return direction;
    }

    public static double Largest(ParameterSet<double> one, ParameterSet<double> other, double factor = 1)
    {
        double largest = 0;
        for (int b = 0; b < one.Blocks.Length; b++)
        {
            for (int k = 0; k < one.Blocks[b].Length; k++)
                largest = Math.Max(largest, Math.Abs(one.Blocks[b][k] - (factor * other.Blocks[b][k])));
        }

        return largest;
    }
}

/// <summary>A golden autoencoder: recirc_nonlin_1h.json or recirc_linear_3h.json, made by an independent numpy program.</summary>
internal sealed class GoldenAutoencoder
{
    private readonly JsonElement _root;

    public GoldenAutoencoder(string file)
    {
        _root = JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Golden", file))).RootElement;
        bool linear = _root.GetProperty("linear").GetBoolean();
        int[] sizes = [.. _root.GetProperty("sizes").EnumerateArray().Select(n => n.GetInt32())];
        if (sizes.Length == 1 || _root.GetProperty("A").GetArrayLength() != sizes.Length - 1)
            sizes = [_root.GetProperty("A")[0][0].GetArrayLength(), .. _root.GetProperty("A").EnumerateArray().Select(a => a.GetArrayLength())];
        (Field, Layers) = LayeredCircuits.Field(LayeredCircuits.Chain(sizes, linear ? Activation.Linear : Activation.Tanh, linear ? Activation.Linear : Activation.Logistic));
        for (int h = 1; h <= Layers.Depth; h++)
        {
            Matrix(_root.GetProperty("A")[h - 1]).CopyTo(Field.Theta.Blocks[Layers.Arrays[h - 1].Block], 0);
            Vector(_root.GetProperty("b")[h - 1]).CopyTo(Field.Theta.Blocks[Layers.Bank(h).BiasBlock], 0);
        }

        Field.ParametersChanged();
        Input = new Batch<double>(3, sizes[0]);
        Matrix(_root.GetProperty("I")).CopyTo(Input.Values, 0);
        Readout = LayeredCircuits.Readout(Layers, linear ? Cost.Quadratic : Cost.Binary);
    }

    public RateField<double> Field { get; }

    public LayeredNetwork Layers { get; }

    public Batch<double> Input { get; }

    public Readout Readout { get; }

    public double Loss => _root.GetProperty("loss").GetDouble();

    public JsonElement Root => _root;

    public static double[] Matrix(JsonElement rows) => [.. rows.EnumerateArray().SelectMany(r => r.EnumerateArray()).Select(x => x.GetDouble())];

    public static double[] Vector(JsonElement row) => [.. row.EnumerateArray().Select(x => x.GetDouble())];

    /// <summary>The largest difference between an update and golden dA, db.</summary>
    public double Distance(ParameterSet<double> update, JsonElement golden, bool topToo = true)
    {
        double largest = 0;
        for (int h = 1; h <= Layers.Depth - (topToo ? 0 : 1); h++)
        {
            double[] a = Matrix(golden.GetProperty("dA")[h - 1]), b = Vector(golden.GetProperty("db")[h - 1]);
            largest = Math.Max(largest, a.Zip(update.Blocks[Layers.Arrays[h - 1].Block], (x, y) => Math.Abs(x - y)).Max());
            largest = Math.Max(largest, b.Zip(update.Blocks[Layers.Bank(h).BiasBlock], (x, y) => Math.Abs(x - y)).Max());
        }

        return largest;
    }
}
