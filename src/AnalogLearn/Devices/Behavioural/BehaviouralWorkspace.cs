using System.Runtime.Intrinsics;

namespace AnalogLearn.Devices.Behavioural;

/// <summary>The registers of one evaluation of a <see cref="BehaviouralBatch"/>. One thread uses it at a time; nothing is allocated afterwards.</summary>
public sealed class BehaviouralWorkspace
{
    private readonly bool[] _faults;

    internal BehaviouralWorkspace(BehaviouralBatch batch)
    {
        Batch = batch;
        Registers = new Vector256<double>[batch.Structure.RegisterCount];
        Adjoints = new Vector256<double>[batch.Structure.RegisterCount];
        _faults = new bool[batch.Count];
    }

    internal BehaviouralBatch Batch { get; }

    internal Vector256<double>[] Registers { get; }

    internal Vector256<double>[] Adjoints { get; }

    internal Span<bool> Faults => _faults;

    /// <summary>The block whose constants stand in the registers, or −1, and their version.</summary>
    internal (int Block, int Version) Loaded { get; set; } = (-1, 0);

    /// <summary>Whether the last evaluation gave no finite value for an instance, so that a guarded one stands in its place.</summary>
    /// <param name="instance">Its number in the batch.</param>
    public bool IsFaulty(int instance) => _faults[instance];
}
