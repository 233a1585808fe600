using System.Text.Json;
using AnalogLearn.Circuits;
using AnalogLearn.Numerics;
using AnalogLearn.Simulation;
using AnalogLearn.Tests.Gradients;

namespace AnalogLearn.Tests.Simulation;

/// <summary>Free and nudged states against those of an independent numpy program (Golden/vfep_*.json, float64).</summary>
public class GoldenSettleTests
{
    internal static JsonElement Read(string name)
    {
        using var document = JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Golden", name)));
        return document.RootElement.Clone();
    }

    internal static double[] Vector(JsonElement e) => [.. e.EnumerateArray().Select(x => x.GetDouble())];

    internal static double[][] Matrix(JsonElement e) => [.. e.EnumerateArray().Select(Vector)];

    private static NeuronBank Bank(string bus, double[] bias, Activation activation, double gain = 1, double center = 0, bool clip = false) => new()
    {
        Name = GoldenNetwork.NeuronsOn(bus),
        Bus = new Bus(bus, 0, bias.Length),
        Activation = activation,
        Gain = gain,
        Center = center,
        Bias = [.. bias],
        ClipLow = clip ? 0 : double.NegativeInfinity,
        ClipHigh = clip ? 1 : double.PositiveInfinity,
    };

    private static SynapseArray Array(NeuronBank pre, NeuronBank post, Func<int, int, double> weight) => new()
    {
        Name = "y" + pre.Bus.Name + post.Bus.Name,
        Pre = pre.Bus,
        Post = post.Bus,
        Init = new WeightInit.Matrix(
            [.. Enumerable.Range(0, post.Bus.Width).SelectMany(i => Enumerable.Range(0, pre.Bus.Width).Select(j => weight(i, j)))]),
    };

    private static RateField<double> Field(Circuit circuit, double[][] inputs)
    {
        RateNetwork network = RateNetwork.Compile(circuit);
        var field = new RateField<double>(network, network.InitialParameters(1));
        var x = new Batch<double>(inputs.Length, inputs[0].Length);
        for (int e = 0; e < inputs.Length; e++)
            inputs[e].CopyTo(x.Row(e));
        field.SetInput(0, x);
        return field;
    }

    /// <summary>The network of the two smooth files; ρ of the inputs is applied to them beforehand.</summary>
    internal static RateField<double> Smooth(JsonElement golden, bool tanh)
    {
        double[][] w = Matrix(golden.GetProperty("W")), u = Matrix(golden.GetProperty("U"));
        double[] b = Vector(golden.GetProperty("b")), x = Vector(golden.GetProperty("x"));
        Activation activation = tanh ? Activation.Tanh : Activation.Logistic;
        (double gain, double center) = tanh ? (1.0, 0.0) : (4.0, 0.5);
        NeuronBank n = new() { Name = "nx", Bus = new Bus("x", 0, 4), IsInput = true };
        NeuronBank h2 = Bank("h2", b[..5], activation, gain, center), h1 = Bank("h1", b[5..9], activation, gain, center), h0 = Bank("h0", b[9..], activation, gain, center);
        var circuit = new Circuit
        {
            Banks = [n, h2, h1, h0],
            Arrays =
            [
                Array(n, h2, (i, j) => u[i][j]), Array(h2, h1, (i, j) => w[5 + i][j]), Array(h1, h2, (i, j) => w[i][5 + j]),
                Array(h1, h0, (i, j) => w[9 + i][5 + j]), Array(h0, h1, (i, j) => w[5 + i][9 + j]),
            ],
        };
        return Field(circuit, [[.. x.Select(v => tanh ? Math.Tanh(v) : 1 / (1 + Math.Exp(2 - (4 * v))))]]);
    }

    /// <summary>The nudge −β (s − y) on the outputs.</summary>
    internal sealed class Nudge(int offset, double beta, double[][] targets) : IStateForce<double>
    {
        public int Offset => offset;

        public int Length => targets[0].Length;

        public void Add(int example, ReadOnlySpan<double> state, Span<double> drive)
        {
            for (int i = 0; i < state.Length; i++)
                drive[i] += beta * (targets[example][i] - state[i]);
        }

        public void AddJacobian(int example, ReadOnlySpan<double> state, ReadOnlySpan<double> direction, Span<double> result, bool transposed)
        {
            for (int i = 0; i < state.Length; i++)
                result[i] -= beta * direction[i];
        }
    }

    private static void Close(double[] expected, ReadOnlySpan<double> actual)
    {
        Assert.Equal(expected.Length, actual.Length);
        for (int i = 0; i < expected.Length; i++)
            Assert.Equal(expected[i], actual[i], 1e-10);
    }

    [Fact]
    public void ClippedHardSigmoidStepByStep()
    {
        JsonElement golden = Read("vfep_hard_batch.json");
        double[][] win = Matrix(golden.GetProperty("Win")), w12 = Matrix(golden.GetProperty("W12")), w21 = Matrix(golden.GetProperty("W21"));
        double[][] w01 = Matrix(golden.GetProperty("W01")), w10 = Matrix(golden.GetProperty("W10"));
        var x = new NeuronBank { Name = "nx", Bus = new Bus("x", 0, 6), IsInput = true };
        NeuronBank h2 = Bank("h2", Vector(golden.GetProperty("b2")), Activation.HardSigmoid, clip: true);
        NeuronBank h1 = Bank("h1", Vector(golden.GetProperty("b1")), Activation.HardSigmoid, clip: true);
        NeuronBank h0 = Bank("h0", Vector(golden.GetProperty("b0")), Activation.HardSigmoid, clip: true);
        var circuit = new Circuit
        {
            Banks = [x, h2, h1, h0],
            Arrays =
            [
                Array(x, h2, (i, j) => win[j][i]), Array(h2, h1, (i, j) => w12[j][i]), Array(h1, h2, (i, j) => w21[j][i]),
                Array(h1, h0, (i, j) => w01[j][i]), Array(h0, h1, (i, j) => w10[j][i]),
            ],
        };
        RateField<double> field = Field(circuit, Matrix(golden.GetProperty("X")));
        var nudge = new Nudge(9, 1, Matrix(golden.GetProperty("Y")));
        var settler = new Settler<double>(field);
        var free = new Batch<double>(2, 12);
        settler.Settle(free, new SettleOptions { MaximumSteps = 200 });
        foreach ((string phase, Batch<double> start, IStateForce<double>? force) in new (string, Batch<double>, IStateForce<double>?)[]
        {
            ("free", new Batch<double>(2, 12), null), ("nudged", free, nudge),
        })
        {
            foreach (JsonProperty at in golden.GetProperty(phase).EnumerateObject())
            {
                Batch<double> state = start.Clone();
                settler.Settle(state, new SettleOptions { MaximumSteps = int.Parse(at.Name) }, force);
                double[][] e2 = Matrix(at.Value.GetProperty("h2")), e1 = Matrix(at.Value.GetProperty("h1")), e0 = Matrix(at.Value.GetProperty("h0"));
                for (int e = 0; e < 2; e++)
                    Close([.. e2[e], .. e1[e], .. e0[e]], state.Row(e));
            }
        }
    }

    [Theory]
    [InlineData("vfep_tanh_asym.json", true)]
    [InlineData("vfep_sigmoid_sym.json", false)]
    public void SmoothNetworksStepByStepAndAtTheirFixedPoints(string file, bool tanh)
    {
        JsonElement golden = Read(file);
        RateField<double> field = Smooth(golden, tanh);
        var settler = new Settler<double>(field);
        double[][] trace = Matrix(golden.GetProperty("euler_free_from_zero_steps_0_to_10"));
        for (int steps = 0; steps < trace.Length; steps++)
        {
            var state = new Batch<double>(1, 12);
            settler.Settle(state, new SettleOptions { MaximumSteps = steps, StepOverTau = 0.1 });
            Close(trace[steps], state.Row(0));
        }

        var settled = new SettleOptions { MaximumSteps = 5000, Tolerance = 1e-13 };
        var free = new Batch<double>(1, 12);
        Assert.Equal(0, settler.Settle(free, settled).UnsettledCount);
        Close(Vector(golden.GetProperty("h_free")), free.Row(0));
        foreach (JsonProperty at in golden.GetProperty("h_beta").EnumerateObject())
        {
            Batch<double> state = free.Clone();
            var nudge = new Nudge(9, double.Parse(at.Name), [Vector(golden.GetProperty("y"))]);
            Assert.Equal(0, settler.Settle(state, settled, nudge).UnsettledCount);
            Close(Vector(at.Value), state.Row(0));
        }
    }

    /// <summary>
    /// The linear stage of Golden/coupling_spectral.json, z ← z − ε (α z − x), as Euler steps of two neurons that have a time constant of 1/ε, a leak of 1 and a synapse 1 − α onto themselves. What else that file holds,
    /// coupled gradients and spectral norms, belongs to networks of residual stages.
    /// </summary>
    [Fact]
    public void EulerStepsOfALinearStage()
    {
        JsonElement golden = Read("coupling_spectral.json").GetProperty("toy_inverse");
        double[] alpha = Vector(golden.GetProperty("alpha")), eps = Vector(golden.GetProperty("eps")), x = Vector(golden.GetProperty("x"));
        NeuronBank[] z = [.. Enumerable.Range(0, 2).Select(i => Bank($"z{i}", [x[i]], Activation.Linear) with { Name = $"nz{i}", Capacitance = 1 / eps[i], LeakConductance = 1 })];
        RateNetwork network = RateNetwork.Compile(new Circuit { Banks = [.. z], Arrays = [.. z.Select((n, k) => Array(n, n, (_, _) => 1 - alpha[k]))] });
        var start = new Batch<double>(1, 2);
        x.CopyTo(start.Row(0));
        double[][] iterates = Matrix(golden.GetProperty("iterates"));
        var field = new RateField<double>(network, network.InitialParameters(1));
        Waveforms steps = Transient.Run(field, start, Transient.Times(0, iterates.Length - 1, 1), new EulerMethod(), null, new IntegrationOptions { MaximumStep = 1 });
        for (int k = 0; k < iterates.Length; k++)
            Close(iterates[k], [steps.Values[0][k], steps.Values[1][k]]);
    }
}
