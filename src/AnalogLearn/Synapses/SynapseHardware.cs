using System.Collections.Immutable;
using System.Globalization;
using System.Numerics;
using AnalogLearn.Circuits;
using AnalogLearn.Numerics;
using AnalogLearn.Simulation;
using AnalogLearn.Simulation.Nodal;

namespace AnalogLearn.Synapses;

/// <summary>
/// The devices that hold the weights of a network or the conductances of a circuit: a <see cref="SynapseBank"/> for each block of θ whose devices are not ideal. θ has their conductances as they are read
/// without noise; programming and learning go through the devices, and θ is what came of it.
/// </summary>
/// <remarks>
/// Draws are keyed by (seed, chip, array, device, and how often that array was programmed, written or read), so that threads, interruptions, other arrays and the order of lines change none. On chip 0, the
/// design, devices do not differ and none is faulty; what belongs to programming, writing and reading themselves is there on every chip.
/// </remarks>
public sealed class SynapseHardware
{
    private readonly ImmutableArray<SynapseBank?> _banks;
    private ReadOccasion? _occasion;
    private int _phase;

    private SynapseHardware(ImmutableArray<SynapseBank?> banks)
    {
        _banks = banks;
    }

    /// <summary>The devices of a block, or null when its numbers are ideal.</summary>
    /// <param name="block">The block's place in θ.</param>
    public SynapseBank? this[int block] => _banks[block];

    /// <summary>The devices of all blocks that have any.</summary>
    public IEnumerable<SynapseBank> Banks => _banks.OfType<SynapseBank>();

    /// <summary>Whether the next reading shows other numbers than θ: an occasion was told, and reading it has noise, or is before the drift that θ shows.</summary>
    public bool IsReading
    {
        get
        {
            if (_occasion is not { } occasion)
                return false;
            foreach (SynapseBank? bank in _banks)
            {
                if (bank is not null && (bank.HasReadNoise || (occasion.IsLearning && bank.Drifts)))
                    return true;
            }

            return false;
        }
    }

    /// <summary>The devices of a network, or null when all its weights are ideal.</summary>
    /// <param name="network">The network.</param>
    /// <param name="seed">Keys the draws of the design; a fabricated chip has its own seed.</param>
    internal static SynapseHardware? Of(RateNetwork network, ulong seed)
    {
        CounterRandom chip = Chip(network.Circuit, seed);
        var banks = new SynapseBank?[network.Layout.Blocks.Length];
        foreach (RateConnection c in network.Connections)
        {
            if (!c.IsTied)
                banks[c.Block] = SynapseBank.Of(c.Description, chip, network.WireInterval);
        }

        return Array.TrueForAll(banks, b => b is null) ? null : new SynapseHardware([.. banks]);
    }

    /// <summary>The devices of a circuit, or null when all are ideal: those of its learning resistors, then those of its network.</summary>
    /// <param name="circuit">The circuit.</param>
    /// <param name="blocks">What learns besides its network.</param>
    /// <param name="network">The devices of its network, or null.</param>
    /// <param name="networkBlocks">How many blocks its network has.</param>
    /// <param name="seed">Keys the draws of the design.</param>
    internal static SynapseHardware? Of(Circuit circuit, ImmutableArray<LearningBlock> blocks, SynapseHardware? network, int networkBlocks, ulong seed)
    {
        CounterRandom chip = Chip(circuit, seed);
        ImmutableArray<SynapseBank?> banks = [.. blocks.Select(b => b.Devices(chip)), .. network?._banks ?? [.. Enumerable.Repeat<SynapseBank?>(null, networkBlocks)]];
        return banks.All(b => b is null) ? null : new SynapseHardware(banks);
    }

    /// <summary>The draws of the chip that a circuit is.</summary>
    /// <param name="circuit">The circuit.</param>
    /// <param name="seed">The seed where it is the design.</param>
    internal static CounterRandom Chip(Circuit circuit, ulong seed) =>
        CounterRandom.ForPath(circuit.Chip?.Seed ?? seed, "chip", (circuit.Chip?.Number ?? 0).ToString(CultureInfo.InvariantCulture));

    /// <summary>Says which reading the next one is, so that its noise can be drawn. Until then devices are read without noise.</summary>
    /// <param name="occasion">The occasion.</param>
    public void Begin(ReadOccasion occasion)
    {
        _occasion = occasion;
        _phase = 0;
    }

    /// <summary>Programs weights: each is written, closed loop, as exactly as its devices can be.</summary>
    /// <param name="theta">What is asked for; replaced by what came of it.</param>
    public void Program(ParameterSet<double> theta) => Program(theta, 0, _banks.Length);

    /// <summary>Programs some blocks.</summary>
    internal void Program(ParameterSet<double> theta, int first, int count)
    {
        for (int b = first; b < first + count; b++)
            _banks[b]?.Program(theta.Blocks[b]);
    }

    /// <summary>Reads all devices.</summary>
    /// <typeparam name="T">float or double.</typeparam>
    /// <param name="theta">What they are without noise, and what has no devices.</param>
    /// <param name="read">Receives the reading.</param>
    internal void Read<T>(ParameterSet<T> theta, ParameterSet<T> read)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        ReadOccasion occasion = _occasion!.Value;
        for (int b = 0; b < _banks.Length; b++)
        {
            if (_banks[b] is { } bank && (bank.HasReadNoise || (occasion.IsLearning && bank.Drifts)))
                bank.Read<T>(occasion, _phase, read.Blocks[b]);
            else
                theta.Blocks[b].CopyTo(read.Blocks[b], 0);
        }

        _phase++;
    }

    /// <summary>The same devices in the same state, to go another way from here.</summary>
    public SynapseHardware Copy() => new([.. _banks.Select(b => b?.Copy())]);

    /// <summary>Writes the state of all devices.</summary>
    /// <param name="writer">Where to.</param>
    public void Save(BinaryWriter writer)
    {
        foreach (SynapseBank bank in Banks)
            bank.Save(writer);
    }

    /// <summary>Restores what <see cref="Save"/> wrote.</summary>
    /// <param name="reader">Where from.</param>
    public void Load(BinaryReader reader)
    {
        foreach (SynapseBank bank in Banks)
            bank.Load(reader);
    }
}
