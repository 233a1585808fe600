using System.Buffers;
using System.Collections.Immutable;
using System.Numerics;
using System.Numerics.Tensors;
using AnalogLearn.Circuits;
using AnalogLearn.Numerics;
using AnalogLearn.Synapses;

namespace AnalogLearn.Simulation;

/// <summary>
/// A circuit of neuron banks and synapse arrays, laid out for computing: every bank a stretch of the state vector with its neurons' parameters in
/// arrays (each neuron may differ, as on a chip), every array a connection from an input or a bank to a bank.
/// </summary>
/// <remarks>
/// voltage form  τ ds/dt = −κ (s − rest) + Σ W a + b,  a = ρ(gain (s + vos − center));
/// rate form     τ ds/dt = −κ s + ρ(gain (Σ W a + b + vos − center)),  a = s;  input: a = x;
/// κ = 1 + 1/A0: an output conductance g/A0 stands beside the leak, so that the neuron settles at A0/(1 + A0) of what drives it. |ds/dt| is at most the slew rate.
/// </remarks>
public sealed class RateNetwork
{
    /// <summary>Of each block, its array when it has devices that differ.</summary>
    private readonly SynapseArray?[] _devicesOf;

    private RateNetwork(Circuit circuit)
    {
        Circuit = circuit;
        var banks = ImmutableArray.CreateBuilder<RateBank>();
        var inputs = ImmutableArray.CreateBuilder<RateInput>();
        var blocks = ImmutableArray.CreateBuilder<ParameterBlock>();
        int offset = 0;
        int inputOffset = 0;

        // By name and not by line, so that sums have one order and a shuffled deck has the same bits.
        foreach (NeuronBank bank in circuit.Banks.OrderBy(b => b.Name, NameOrder.Instance))
        {
            if (bank.IsInput)
            {
                inputs.Add(new RateInput(inputs.Count, inputOffset, bank) { Conduction = ConductionOf(circuit, bank.Bus) });
                inputOffset += bank.Bus.Width;
            }
            else
            {
                banks.Add(new RateBank(banks.Count, offset, bank, blocks.Count) { Conduction = ConductionOf(circuit, bank.Bus) });
                blocks.Add(new ParameterBlock(bank.Name, ParameterKind.Bias, bank.Bus.Width, 1, bank.LearnBias));
                offset += bank.Bus.Width;
            }
        }

        StateCount = offset;
        InputCount = inputOffset;
        Banks = banks.ToImmutable();
        Inputs = inputs.ToImmutable();

        var connections = ImmutableArray.CreateBuilder<RateConnection>();
        var blockOf = new Dictionary<string, int>(StringComparer.OrdinalIgnoreCase);
        SynapseArray[] arrays = [.. circuit.Arrays.OrderBy(a => !inputs.Any(i => i.Description.Bus == a.Pre)).ThenBy(a => a.Name, NameOrder.Instance)];
        foreach (SynapseArray array in arrays.Where(a => a.TiedTo is null))
        {
            blockOf[array.Name] = blocks.Count;
            blocks.Add(new ParameterBlock(array.Name, ParameterKind.Weights, array.Post.Width, array.Pre.Width, array.Learn));
        }

        foreach (SynapseArray array in arrays)
        {
            RateBank post = Banks.First(b => b.Description.Bus == array.Post);
            RateBank? preBank = Banks.FirstOrDefault(b => b.Description.Bus == array.Pre);
            RateInput? preInput = Inputs.FirstOrDefault(b => b.Description.Bus == array.Pre);
            if (preBank is null && preInput is null)
                throw new ArgumentException($"The array {array.Name} comes from {array.Pre.Name}, on which no bank stands.", nameof(circuit));

            // The synapses of a tied array are those of the other one.
            SynapseArray? other = array.TiedTo is null ? null : circuit.Array(array.TiedTo);
            SynapseArray description = other is null ? array : array with { Mask = Transposed(other) };
            connections.Add(new RateConnection(connections.Count, description, preBank, preInput, post, blockOf[array.TiedTo ?? array.Name], array.TiedTo is not null));
        }

        Connections = connections.ToImmutable();
        Layout = new ParameterLayout(blocks.ToImmutable());
        _devicesOf = new SynapseArray?[Layout.Blocks.Length];
        foreach (RateConnection c in Connections.Where(c => c is { IsTied: false, Description.Devices: not null } && !SynapseBank.IsNeeded(c.Description.Card)))
            _devicesOf[c.Block] = c.Description;
        Capacitance = Gather(b => b.Capacitance, e => e.Capacitance);
        LeakConductance = Gather(b => b.LeakConductance, e => e.LeakConductance);
        Tau = [.. Capacitance.Zip(LeakConductance, (c, g) => c / g)];
        Rest = Gather(b => b.Rest, e => e.Rest);
        Gain = Gather(b => b.Gain, e => e.Gain);
        Center = Gather(b => b.Center, e => e.Center);
        Offset = Gather(b => b.Offset, e => e.Offset);
        ClipLow = Gather(b => b.ClipLow);
        ClipHigh = Gather(b => b.ClipHigh);
        LeakFactor = [.. Gather(b => b.FiniteGain, e => e.FiniteGain).Select(a => 1 + (1 / a))];
        SlewRate = Gather(b => b.SlewRate, e => e.SlewRate);
        FlickerCorner = Gather(b => b.FlickerCorner, e => e.FlickerCorner);
        AdcNoise = Gather(b => b.AdcNoise, e => e.AdcNoise);
    }

    /// <summary>The circuit that was laid out.</summary>
    public Circuit Circuit { get; }

    /// <summary>Number of states.</summary>
    public int StateCount { get; }

    /// <summary>Number of clamped input nodes.</summary>
    public int InputCount { get; }

    /// <summary>The banks, in the order of their states and of their names.</summary>
    public ImmutableArray<RateBank> Banks { get; }

    /// <summary>The clamped inputs.</summary>
    public ImmutableArray<RateInput> Inputs { get; }

    /// <summary>The arrays, those from inputs first, each in order of their names.</summary>
    public ImmutableArray<RateConnection> Connections { get; }

    /// <summary>The blocks of parameters: a bank's biases, an array's weights.</summary>
    public ParameterLayout Layout { get; }

    /// <summary>Capacitance of each neuron [F].</summary>
    public double[] Capacitance { get; }

    /// <summary>Leak conductance of each neuron [S].</summary>
    public double[] LeakConductance { get; }

    /// <summary>τ of each state [s].</summary>
    public double[] Tau { get; }

    /// <summary>Resting potential of each state [V].</summary>
    public double[] Rest { get; }

    /// <summary>Gain of each neuron [1/V].</summary>
    public double[] Gain { get; }

    /// <summary>Centre of each neuron [V].</summary>
    public double[] Center { get; }

    /// <summary>Offset of each neuron [V].</summary>
    public double[] Offset { get; }

    /// <summary>Lower rail of each state [V].</summary>
    public double[] ClipLow { get; }

    /// <summary>Upper rail of each state [V].</summary>
    public double[] ClipHigh { get; }

    /// <summary>κ = 1 + 1/A0 of each neuron: what the leak is multiplied by where the gain is finite.</summary>
    public double[] LeakFactor { get; }

    /// <summary>The fastest that each state moves [V/s], or +∞.</summary>
    public double[] SlewRate { get; }

    /// <summary>Corner of each neuron's flicker noise [Hz], or 0.</summary>
    public double[] FlickerCorner { get; }

    /// <summary>Noise of what is read of each neuron [V].</summary>
    public double[] AdcNoise { get; }

    /// <summary>At how many writes the wires of an array with <c>rwire</c> are solved anew (<c>.options rwire_every</c>).</summary>
    public int WireInterval { get; internal set; } = 1;

    /// <summary>Whether settled states are read with the noise of their neurons (<c>.options settle_noise=1</c>).</summary>
    public bool SettleNoise { get; internal set; }

    /// <summary>Lays out a circuit.</summary>
    /// <param name="circuit">A circuit of banks and arrays alone.</param>
    /// <exception cref="ArgumentException">The circuit has other elements, or an array that ends on no bank.</exception>
    public static RateNetwork Compile(Circuit circuit)
    {
        if (circuit.Elements.Length > 0)
            throw new ArgumentException($"The element {circuit.Elements[0].Name} needs the nodal engine.", nameof(circuit));
        return new RateNetwork(circuit);
    }

    /// <summary>The bank on a bus.</summary>
    /// <param name="bus">The bus's name, in any case.</param>
    public RateBank Bank(string bus) => Banks.First(b => string.Equals(b.Description.Bus.Name, bus, StringComparison.OrdinalIgnoreCase));

    /// <summary>
    /// Moves the numbers of a block by rate · change. Weights stay inside the conductance range of their array; on a fabricated chip the change is one of what is written into each device, so that
    /// a device whose range is wider moves further.
    /// </summary>
    /// <typeparam name="T">float or double.</typeparam>
    /// <param name="block">The block's place in the layout.</param>
    /// <param name="theta">Its numbers.</param>
    /// <param name="change">The change, as many numbers.</param>
    /// <param name="rate">The rate.</param>
    internal void Move<T>(int block, Span<T> theta, ReadOnlySpan<T> change, double rate)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        if (_devicesOf[block] is not { } array)
        {
            TensorPrimitives.MultiplyAdd(change, T.CreateChecked(rate), theta, theta);
            Limit(block, theta);
            return;
        }

        SynapseDevices devices = array.Devices!;
        DeviceWrite.Move(theta, change, rate, devices.Plus.AsSpan(), devices.Minus.AsSpan(), devices.Offset.AsSpan(), array.WeightLow, array.WeightHigh, array.Mask.AsSpan());
        if (double.IsInfinity(array.MaximumNorm))
            return;
        T[] room = ArrayPool<T>.Shared.Rent(theta.Length);
        Span<T> back = room.AsSpan(0, theta.Length);
        if (NormLimit.Ask(theta, array.Pre.Width, array.MaximumNorm, back))
            DeviceWrite.Move(theta, back, 1, devices.Plus.AsSpan(), devices.Minus.AsSpan(), devices.Offset.AsSpan(), array.WeightLow, array.WeightHigh, array.Mask.AsSpan());
        ArrayPool<T>.Shared.Return(room);
    }

    /// <summary>Writes weights into the devices of the arrays: each is limited to its array's range and becomes what its devices make of it. Ideal weights do not change.</summary>
    /// <param name="theta">The weights that are asked for; replaced by those that result. The last blocks are this network's.</param>
    public void Program(ParameterSet<double> theta)
    {
        ArgumentNullException.ThrowIfNull(theta);
        int first = theta.Blocks.Length - _devicesOf.Length;
        for (int block = 0; block < _devicesOf.Length; block++)
        {
            if (_devicesOf[block] is not { } array)
                continue;
            Span<double> w = theta.Blocks[first + block];
            for (int k = 0; k < w.Length; k++)
                w[k] = array.Mask.IsEmpty || array.Mask[k] ? array.Devices!.Weight(k, Math.Clamp(w[k], array.WeightLow, array.WeightHigh)) : 0;
        }

        theta.Devices?.Program(theta);
    }

    /// <summary>Puts the weights of an array back inside its conductance range.</summary>
    private void Limit<T>(int block, Span<T> theta)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        foreach (RateConnection c in Connections)
        {
            if (c.Block == block && !c.IsTied && (double.IsFinite(c.Description.WeightLow) || double.IsFinite(c.Description.WeightHigh)))
            {
                T low = T.CreateChecked(c.Description.WeightLow);
                T high = T.CreateChecked(c.Description.WeightHigh);
                for (int k = 0; k < theta.Length; k++)
                    theta[k] = T.Clamp(theta[k], low, high);
            }

            if (c.Block == block && !c.IsTied && double.IsFinite(c.Description.MaximumNorm))
                LimitNorms(theta, c.Description.Pre.Width, c.Description.MaximumNorm);
        }
    }

    /// <summary>Scales the weights into each neuron down to a largest norm.</summary>
    private static void LimitNorms<T>(Span<T> theta, int columns, double largest)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        for (int start = 0; start < theta.Length; start += columns)
        {
            Span<T> row = theta.Slice(start, columns);
            double norm = Math.Sqrt(double.CreateChecked(TensorPrimitives.SumOfSquares<T>(row)));
            if (norm > largest)
                TensorPrimitives.Multiply(row, T.CreateChecked(largest / norm), row);
        }
    }

    /// <summary>
    /// The parameters as fabricated, before any learning: biases as given, weights drawn by each array's own generator, keyed by
    /// seed and name, so that they depend neither on the order of lines nor on what else is in the deck.
    /// </summary>
    /// <param name="seed">The seed.</param>
    public ParameterSet<double> InitialParameters(ulong seed)
    {
        var theta = new ParameterSet<double>(Layout);
        foreach (RateBank bank in Banks)
            bank.Description.Bias.CopyTo(theta.Blocks[bank.BiasBlock]);
        foreach (RateConnection c in Connections.Where(c => !c.IsTied).OrderBy(c => c.Description.Init is WeightInit.NearTranspose))
        {
            Span<double> w = theta.Blocks[c.Block];
            c.Description.Init.Fill(w, c.Description, seed, name => (theta[name], Circuit.Array(name)!));
            if (!c.Description.Mask.IsEmpty)
            {
                for (int k = 0; k < w.Length; k++)
                    w[k] = c.Description.Mask[k] ? w[k] : 0;
            }

            for (int k = 0; k < w.Length; k++)
                w[k] = Math.Clamp(w[k], c.Description.WeightLow, c.Description.WeightHigh);
        }

        theta.Devices = SynapseHardware.Of(this, seed);
        Program(theta);
        return theta;
    }

    /// <summary>The curve of the devices that a bus drives: 1, k2 vread, k3 vread² … of all its arrays, which agree.</summary>
    private static ImmutableArray<double> ConductionOf(Circuit circuit, Bus bus)
    {
        foreach (SynapseArray array in circuit.Arrays.Where(a => a.Pre == bus))
        {
            if (circuit.DevicesOf(array)?.Conduction is { IsEmpty: false } curve)
                return curve;
        }

        return [];
    }

    private static ImmutableArray<bool> Transposed(SynapseArray array)
    {
        if (array.Mask.IsDefaultOrEmpty)
            return [];
        (int rows, int columns) = (array.Post.Width, array.Pre.Width);
        return [.. Enumerable.Range(0, rows * columns).Select(k => array.Mask[(k % rows * columns) + (k / rows)])];
    }

    /// <summary>One number a neuron: its own where it has one, its bank's otherwise.</summary>
    private double[] Gather(Func<NeuronBank, double> of, Func<NeuronValues, ImmutableArray<double>>? own = null)
    {
        var all = new double[StateCount];
        foreach (RateBank bank in Banks)
        {
            if (own is not null && bank.Description.Each is { } each && own(each) is { IsEmpty: false } values)
                values.CopyTo(all.AsSpan(bank.Offset, bank.Width));
            else
                all.AsSpan(bank.Offset, bank.Width).Fill(of(bank.Description));
        }

        return all;
    }
}

/// <summary>A bank's stretch of the state vector.</summary>
/// <param name="Index">Its place among the banks.</param>
/// <param name="Offset">Its first state.</param>
/// <param name="Description">The bank.</param>
/// <param name="BiasBlock">The block of its biases.</param>
public sealed record RateBank(int Index, int Offset, NeuronBank Description, int BiasBlock)
{
    /// <summary>Number of neurons.</summary>
    public int Width => Description.Bus.Width;

    /// <summary>1, q2, q3 … where the currents of the synapses that it drives are no straight line, a ← a (1 + q2 a + q3 a² + …); else empty.</summary>
    public ImmutableArray<double> Conduction { get; init; } = [];

    /// <summary>Whether the activity is the state itself.</summary>
    public bool ActivityIsState => Description.Form == NeuronForm.Rate;
}

/// <summary>A clamped input's stretch of the input vector.</summary>
/// <param name="Index">Its place among the inputs.</param>
/// <param name="Offset">Its first node in the concatenated input vector.</param>
/// <param name="Description">The bank.</param>
public sealed record RateInput(int Index, int Offset, NeuronBank Description)
{
    /// <summary>1, q2, q3 … where the currents of the synapses that it drives are no straight line; else empty.</summary>
    public ImmutableArray<double> Conduction { get; init; } = [];

    /// <summary>Number of nodes.</summary>
    public int Width => Description.Bus.Width;
}

/// <summary>An array between an input or a bank and a bank.</summary>
/// <param name="Index">Its place among the arrays.</param>
/// <param name="Description">The array.</param>
/// <param name="Pre">The presynaptic bank, or null when it is an input.</param>
/// <param name="PreInput">The presynaptic input, or null when it is a bank.</param>
/// <param name="Post">The postsynaptic bank.</param>
/// <param name="Block">The block of its weights (of the array it is tied to, when tied).</param>
/// <param name="IsTied">Whether its weights are the transpose of the block.</param>
public sealed record RateConnection(int Index, SynapseArray Description, RateBank? Pre, RateInput? PreInput, RateBank Post, int Block, bool IsTied);
