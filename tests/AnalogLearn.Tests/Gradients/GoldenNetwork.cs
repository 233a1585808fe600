using System.Collections.Immutable;
using System.Text.Json;
using AnalogLearn.Circuits;
using AnalogLearn.Gradients;
using AnalogLearn.Learning;
using AnalogLearn.Numerics;
using AnalogLearn.Simulation;

namespace AnalogLearn.Tests.Gradients;

/// <summary>Reads the golden files, which an independent numpy program made (float64, shortest round-trip decimals).</summary>
internal sealed class GoldenFile(string name)
{
    private readonly JsonDocument _document = JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Golden", name)));

    public JsonElement this[params string[] path] => path.Aggregate(_document.RootElement, (e, key) => e.GetProperty(key));

    public double Number(params string[] path) => this[path].GetDouble();

    public double[] Vector(params string[] path) => [.. Flatten(this[path])];

    public static IEnumerable<double> Flatten(JsonElement e) => e.ValueKind == JsonValueKind.Array ? e.EnumerateArray().SelectMany(Flatten) : [e.GetDouble()];
}

/// <summary>
/// The network of vfep_tanh_asym.json and vfep_sigmoid_sym.json: layers h2(5), h1(4), h0(3), state order h2, h1, h0, as a circuit: one array a pair of
/// layers, or one bank of twelve with one masked array onto itself. τ = 1 s.
/// </summary>
internal sealed class GoldenNetwork
{
    public static readonly (string Name, int Offset, int Width)[] Layers = [("h2", 0, 5), ("h1", 5, 4), ("h0", 9, 3)];

    public GoldenNetwork(string file, bool oneBank)
    {
        File = new GoldenFile(file);
        OneBank = oneBank;
        bool tanh = file.Contains("tanh", StringComparison.Ordinal);
        double[] w = File.Vector("W");
        double[] b = File.Vector("b");
        var x = new Bus("x", 0, 4);
        var banks = ImmutableArray.CreateBuilder<NeuronBank>();
        var arrays = ImmutableArray.CreateBuilder<SynapseArray>();
        banks.Add(new NeuronBank { Name = "nx", Bus = x, IsInput = true });

        NeuronBank Bank(string name, int offset, int width) => new()
        {
            Name = NeuronsOn(name),
            Bus = new Bus(name, 0, width),
            Activation = tanh ? Activation.Tanh : Activation.Logistic,
            Gain = tanh ? 1 : 4,
            Center = tanh ? 0 : 0.5,
            Capacitance = 1,
            LeakConductance = 1,
            Bias = [.. b.AsSpan(offset, width)],
        };

        if (oneBank)
        {
            NeuronBank all = Bank("h", 0, 12);
            banks.Add(all);
            arrays.Add(new SynapseArray { Name = "yw", Pre = all.Bus, Post = all.Bus, Init = new WeightInit.Matrix([.. w]), Mask = [.. File.Vector("mask").Select(m => m == 1)] });
            double[] u = new double[12 * 4];
            File.Vector("U").CopyTo(u, 0);
            arrays.Add(new SynapseArray { Name = "yu", Pre = x, Post = all.Bus, Init = new WeightInit.Matrix([.. u]), Mask = [.. u.Select((_, k) => k < 20)] });
        }
        else
        {
            NeuronBank[] layers = [.. Layers.Select(l => Bank(l.Name, l.Offset, l.Width))];
            banks.AddRange(layers);
            arrays.Add(new SynapseArray { Name = "yu", Pre = x, Post = layers[0].Bus, Init = new WeightInit.Matrix([.. File.Vector("U")]) });
            foreach ((int pre, int post) in new[] { (0, 1), (1, 0), (1, 2), (2, 1) })
            {
                arrays.Add(new SynapseArray
                {
                    Name = $"y{Layers[post].Name}{Layers[pre].Name}",
                    Pre = layers[pre].Bus,
                    Post = layers[post].Bus,
                    Init = new WeightInit.Matrix([.. Part(w, post, pre)]),
                });
            }
        }

        Network = RateNetwork.Compile(new Circuit { Banks = banks.ToImmutable(), Arrays = arrays.ToImmutable() });
        Field = new RateField<double>(Network, Network.InitialParameters(0));
        var input = new Batch<double>(1, 4);
        for (int j = 0; j < 4; j++)
        {
            // An input's activity is its own value; the golden network applies ρ to it.
            double v = File.Vector("x")[j];
            input[0, j] = tanh ? Math.Tanh(v) : 1 / (1 + Math.Exp(-((4 * v) - 2)));
        }

        Field.SetInput(0, input);
        Targets = new Batch<double>(1, 3);
        File.Vector("y").CopyTo(Targets.Values, 0);
    }

    public GoldenFile File { get; }

    public bool OneBank { get; }

    public RateNetwork Network { get; }

    /// <summary>The name of the neurons on a bus: states stand in the order of names, and the golden files begin with h2.</summary>
    public static string NeuronsOn(string bus) => bus.Length == 2 ? $"n{'2' - bus[1]}{bus}" : "n" + bus;

    public RateField<double> Field { get; }

    public Batch<double> Targets { get; }

    public Readout Readout(CostOn on = CostOn.States) =>
        OneBank ? new(Network.Banks[0], 9, 3, Cost.Quadratic, on) : new(Network.Banks[2], 0, 3, Cost.Quadratic, on);

    public FixedPointProblem Problem(CostOn on = CostOn.States)
    {
        var state = new Batch<double>(1, 12);
        new Settler<double>(Field).Settle(state, new SettleOptions { MaximumSteps = 2000, Tolerance = 1e-8 });
        var problem = FixedPointProblem.Of(Field, Readout(on), Targets, state);
        Assert.InRange(problem.Polish(), 0, 1e-13);
        return problem;
    }

    /// <summary>Numbers in the parameters' shape, gathered into the golden file's 12 × 12 matrix.</summary>
    public double[] Weights(ParameterSet<double> set)
    {
        if (OneBank)
            return set["yw"];
        var w = new double[144];
        for (int post = 0; post < 3; post++)
        {
            for (int pre = 0; pre < 3; pre++)
            {
                if (Math.Abs(post - pre) != 1)
                    continue;
                double[] block = set[$"y{Layers[post].Name}{Layers[pre].Name}"];
                for (int i = 0; i < Layers[post].Width; i++)
                {
                    for (int j = 0; j < Layers[pre].Width; j++)
                        w[((Layers[post].Offset + i) * 12) + Layers[pre].Offset + j] = block[(i * Layers[pre].Width) + j];
                }
            }
        }

        return w;
    }

    /// <summary>Numbers in the parameters' shape, gathered into the golden file's 5 × 4 matrix.</summary>
    public double[] InputWeights(ParameterSet<double> set) => set["yu"][..20];

    /// <summary>Numbers in the parameters' shape, gathered into the golden file's 12 biases.</summary>
    public double[] Biases(ParameterSet<double> set) => OneBank ? set["nh"] : [.. Layers.SelectMany(l => set[NeuronsOn(l.Name)])];

    /// <summary>The golden matrix with what is no synapse set to zero.</summary>
    public double[] Masked(params string[] path)
    {
        double[] m = File.Vector("mask");
        return [.. File.Vector(path).Select((v, k) => v * m[k])];
    }

    private static IEnumerable<double> Part(double[] w, int post, int pre)
    {
        for (int i = 0; i < Layers[post].Width; i++)
        {
            for (int j = 0; j < Layers[pre].Width; j++)
                yield return w[((Layers[post].Offset + i) * 12) + Layers[pre].Offset + j];
        }
    }
}

/// <summary>Compares rows of numbers.</summary>
internal static class Near
{
    public static void Equal(ReadOnlySpan<double> expected, ReadOnlySpan<double> actual, double tolerance, string what = "")
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
            Assert.True(Math.Abs(expected[i] - actual[i]) <= tolerance, $"{what}[{i}]: expected {expected[i]:R}, got {actual[i]:R}, {Math.Abs(expected[i] - actual[i]):E2} apart (allowed {tolerance:E1})");
    }
}
