using System.Runtime.Intrinsics;

namespace AnalogLearn.Devices.Behavioural;

/// <summary>The registers of one evaluation of a <see cref="BehaviouralBatch"/>. One thread uses it at a time; nothing is allocated afterwards.</summary>
public sealed class BehaviouralWorkspace
{
    private readonly bool[] _faults;

    internal BehaviouralWorkspace(BehaviouralBatch batch)
    {
        Batch = batch;
        Registers = new Vector256<double>[batch.Structure.RegisterCount * batch.GroupBlocks];
        Adjoints = new Vector256<double>[batch.Structure.RegisterCount * batch.GroupBlocks];
        Values = new Vector256<double>[batch.GroupBlocks];
        Check = new Vector256<double>[batch.GroupBlocks];
        _faults = new bool[batch.Count];
    }

    internal BehaviouralBatch Batch { get; }

    internal Vector256<double>[] Registers { get; }

    internal Vector256<double>[] Adjoints { get; }

    internal Vector256<double>[] Values { get; }

    /// <summary>Not a number where the value is not finite, otherwise 0.</summary>
    internal Vector256<double>[] Check { get; }

    internal bool HasFaults { get; set; }

    internal Span<bool> Faults => _faults;

    /// <summary>The group whose constants stand in the registers, or −1, and their version.</summary>
    internal (int Group, int Version) Loaded { get; set; } = (-1, 0);

    /// <summary>Whether the last evaluation gave no finite value for an instance, so that a guarded one stands in its place.</summary>
    /// <param name="instance">Its number in the batch.</param>
    public bool IsFaulty(int instance) => _faults[instance];
}
