using System.Numerics;
using AnalogLearn.Circuits;
using AnalogLearn.Numerics;
using AnalogLearn.Simulation;

namespace AnalogLearn.Tests.Simulation;

/// <summary>Small networks that the tests of the engine share.</summary>
internal static class TestNetworks
{
    public static NeuronBank Input(string bus, int width) => new() { Name = "n" + bus, Bus = new Bus(bus, 0, width), IsInput = true };

    public static NeuronBank Bank(string bus, int width, Activation activation = Activation.HardSigmoid, NeuronForm form = NeuronForm.Voltage) => new()
    {
        Name = "n" + bus,
        Bus = new Bus(bus, 0, width),
        Activation = activation,
        Form = form,
        Bias = [.. Enumerable.Range(0, width).Select(k => 0.05 * Math.Sin(k + width))],
        Gain = 1.25,
        Center = 0.1,
        Offset = 0.03,
        Rest = 0.02,
        Capacitance = 1e-9,
        LeakConductance = 1e-6,
    };

    public static SynapseArray Array(string name, NeuronBank pre, NeuronBank post, double scale = 1) =>
        new() { Name = name, Pre = pre.Bus, Post = post.Bus, Init = new WeightInit.Glorot(scale) };

    /// <summary>Input, two hidden banks in a loop, outputs with feedback, a lateral array, a skip and a tied array.</summary>
    public static Circuit Tangled(Activation activation, NeuronForm form)
    {
        // Without saturation the loops must be weaker to be stable.
        double loop = activation == Activation.Linear ? 0.3 : 1;
        NeuronBank x = Input("x", 7), h = Bank("h", 19, activation, form) with { ClipLow = -0.4, ClipHigh = 0.9 };
        NeuronBank k = Bank("k", 33, activation, form) with { Capacitance = 3e-9 };
        NeuronBank y = Bank("y", 3, Activation.HardSigmoid) with { ClipLow = 0, ClipHigh = 1 };
        return new Circuit
        {
            Banks = [x, h, k, y],
            Arrays =
            [
                Array("yxh", x, h), Array("yhk", h, k, loop), Array("ykh", k, h, 0.5 * loop), Array("ykk", k, k, 0.3 * loop), Array("yhy", h, y, 0.7), Array("yky", k, y, loop),
                Array("yyk", y, k) with { TiedTo = "yky" }, Array("yxy", x, y, 0.5),
            ],
        };
    }

    public static Batch<T> Draw<T>(int seed, int rows, int width, double low = 0, double high = 1)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var random = new Random(seed);
        var batch = new Batch<T>(rows, width);
        foreach (ref T x in batch.Span)
            x = T.CreateChecked(low + ((high - low) * random.NextDouble()));
        return batch;
    }

    public static RateField<T> Field<T>(Circuit circuit, int examples, int seed = 1)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        RateNetwork network = RateNetwork.Compile(circuit);
        var field = new RateField<T>(network, network.InitialParameters((ulong)seed).To<T>());
        foreach (RateInput input in network.Inputs)
            field.SetInput(input.Index, Draw<T>(seed + 1, examples, input.Width));
        return field;
    }

    /// <summary>A pull of a stretch of the states to a target: −β (s − y).</summary>
    public sealed class Pull<T>(int offset, int length, double strength, double target) : IStateForce<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public int Offset => offset;

        public int Length => length;

        public void Add(int example, ReadOnlySpan<T> state, Span<T> drive)
        {
            for (int i = 0; i < length; i++)
                drive[i] += T.CreateChecked(strength) * (T.CreateChecked(target) * T.CreateChecked(example + 1) - state[i]);
        }

        public void AddJacobian(int example, ReadOnlySpan<T> state, ReadOnlySpan<T> direction, Span<T> result, bool transposed)
        {
            for (int i = 0; i < length; i++)
                result[i] -= T.CreateChecked(strength) * direction[i];
        }
    }
}
