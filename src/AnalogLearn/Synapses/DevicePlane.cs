using System.Collections.Immutable;
using System.Runtime.InteropServices;
using AnalogLearn.Circuits;
using AnalogLearn.Variation;

namespace AnalogLearn.Synapses;

/// <summary>
/// One device behind each weight of an array: those of G⁺, or those of G⁻. What they are (the numbers of the card, of each device its own where they were drawn), and how they stand: conductance, level, pulses
/// so far, what rounding carries. A structure of arrays, post × pre row-major.
/// </summary>
internal sealed class DevicePlane
{
    private readonly double[] _numbers;
    private readonly (int Parameter, double[] Values)[] _own;
    private readonly double[]? _lifetimes;
    private readonly double[]? _driftDraws;

    /// <summary>Devices as they come: all sound ones at their gmin.</summary>
    public DevicePlane(SynapseCard card, int count, Func<string, ImmutableArray<double>> drawn)
    {
        Count = count;
        _numbers = [.. card.Numbers];
        var own = new List<(int, double[])>();
        foreach (SynapseParameterInfo info in SynapseParameters.All)
        {
            ImmutableArray<double> values = drawn(info.Name);
            if (values.IsDefaultOrEmpty)
                continue;
            if (values.Length == 1)
                _numbers[(int)info.Id] = values[0];
            else
                own.Add(((int)info.Id, [.. values]));
        }

        _own = [.. own];
        Low = Expanded(SynapseParameter.Minimum);
        High = Expanded(SynapseParameter.Maximum);
        Range = new double[count];
        Fault = new double[count];
        IsStuck = new bool[count];
        G = new double[count];
        ImmutableArray<double> faults = drawn(DeviceDraws.Fault);
        for (int k = 0; k < count; k++)
        {
            // Without a largest conductance shares of the range are siemens.
            Range[k] = double.IsInfinity(High[k]) ? 1 : High[k] - Low[k];
            Fault[k] = faults.IsDefaultOrEmpty ? DeviceDraws.Sound : faults[k];
            IsStuck[k] = Fault[k] != DeviceDraws.Sound;
            G[k] = Fault[k] switch
            {
                DeviceDraws.Sound => Low[k],
                DeviceDraws.Open => 0,
                double share => Low[k] + (share * Range[k]),
            };
        }

        _driftDraws = drawn(DeviceDraws.Drift) is { IsDefaultOrEmpty: false } draws ? [.. draws] : null;
        if (card.Levels > 0)
            Level = new int[count];
        if (card.Rounding == PulseRoundingKind.Carry)
            Carried = new double[count];
        if (card.IsPulsed)
        {
            Pulses = new int[count];
            if (drawn(DeviceDraws.Lifetime) is { IsDefaultOrEmpty: false } limits)
                _lifetimes = [.. limits];
            if (card[SynapseParameter.PersistentNoise] > 0)
                Hidden = (double[])G.Clone();
        }
    }

    private DevicePlane(DevicePlane other)
    {
        _numbers = (double[])other._numbers.Clone();
        _own = other._own;
        _lifetimes = other._lifetimes;
        _driftDraws = other._driftDraws;
        Count = other.Count;
        Low = other.Low;
        High = other.High;
        Range = other.Range;
        Fault = other.Fault;
        IsStuck = (bool[])other.IsStuck.Clone();
        G = (double[])other.G.Clone();
        Level = (int[]?)other.Level?.Clone();
        Carried = (double[]?)other.Carried?.Clone();
        Pulses = (int[]?)other.Pulses?.Clone();
        Hidden = (double[]?)other.Hidden?.Clone();
    }

    /// <summary>How many devices.</summary>
    public int Count { get; }

    /// <summary>Smallest conductance of each [S].</summary>
    public double[] Low { get; }

    /// <summary>Largest conductance of each [S].</summary>
    public double[] High { get; }

    /// <summary>Largest less smallest [S], or 1 S where there is no largest.</summary>
    public double[] Range { get; }

    /// <summary>What is wrong with each: <see cref="DeviceDraws.Sound"/>, <see cref="DeviceDraws.Open"/>, or the share of its range that it is stuck at.</summary>
    public double[] Fault { get; }

    /// <summary>Whether each no longer follows: faulty from the beginning, or worn out.</summary>
    public bool[] IsStuck { get; }

    /// <summary>Conductances [S], as they were written.</summary>
    public double[] G { get; }

    /// <summary>The level of each where there are levels, or null.</summary>
    public int[]? Level { get; }

    /// <summary>What rounding left of earlier updates, in pulses or levels, where it is carried; or null.</summary>
    public double[]? Carried { get; }

    /// <summary>Pulses so far, or null where there are none.</summary>
    public int[]? Pulses { get; }

    /// <summary>The conductance behind the visible one, where the visible one has noise that stays; or null.</summary>
    public double[]? Hidden { get; }

    /// <summary>After how many pulses a device stops following.</summary>
    public double Limit(int k) => double.IsInfinity(_numbers[(int)SynapseParameter.Endurance]) ? double.PositiveInfinity : Numbers(k)[(int)SynapseParameter.Endurance] * (_lifetimes is null ? 1 : _lifetimes[k]);

    /// <summary>How the exponent of a device's drift differs from the mean, in standard deviations.</summary>
    public double DriftDraw(int k) => _driftDraws is null ? 0 : _driftDraws[k];

    /// <summary>The numbers of the card as one device has them, until the next call.</summary>
    public ReadOnlySpan<double> Numbers(int k)
    {
        foreach ((int p, double[] values) in _own)
            _numbers[p] = values[k];
        return _numbers;
    }

    /// <summary>Whether all devices have the same numbers.</summary>
    public bool IsUniform => _own.Length == 0;

    /// <summary>Whether all devices have the same number in one place.</summary>
    public bool IsAlike(SynapseParameter parameter) => !Array.Exists(_own, o => o.Parameter == (int)parameter);

    /// <summary>One number of every device.</summary>
    public double[] Expanded(SynapseParameter parameter)
    {
        var values = new double[Count];
        foreach ((int p, double[] own) in _own)
        {
            if (p == (int)parameter)
            {
                own.CopyTo(values, 0);
                return values;
            }
        }

        values.AsSpan().Fill(_numbers[(int)parameter]);
        return values;
    }

    /// <summary>The same devices in the same state.</summary>
    public DevicePlane Copy() => new(this);

    /// <summary>Writes the state.</summary>
    public void Save(BinaryWriter writer)
    {
        writer.Write(MemoryMarshal.AsBytes(G.AsSpan()));
        writer.Write(MemoryMarshal.AsBytes(IsStuck.AsSpan()));
        writer.Write(MemoryMarshal.AsBytes(Level.AsSpan()));
        writer.Write(MemoryMarshal.AsBytes(Carried.AsSpan()));
        writer.Write(MemoryMarshal.AsBytes(Pulses.AsSpan()));
        writer.Write(MemoryMarshal.AsBytes(Hidden.AsSpan()));
    }

    /// <summary>Restores what <see cref="Save"/> wrote.</summary>
    public void Load(BinaryReader reader)
    {
        reader.BaseStream.ReadExactly(MemoryMarshal.AsBytes(G.AsSpan()));
        reader.BaseStream.ReadExactly(MemoryMarshal.AsBytes(IsStuck.AsSpan()));
        reader.BaseStream.ReadExactly(MemoryMarshal.AsBytes(Level.AsSpan()));
        reader.BaseStream.ReadExactly(MemoryMarshal.AsBytes(Carried.AsSpan()));
        reader.BaseStream.ReadExactly(MemoryMarshal.AsBytes(Pulses.AsSpan()));
        reader.BaseStream.ReadExactly(MemoryMarshal.AsBytes(Hidden.AsSpan()));
    }
}
