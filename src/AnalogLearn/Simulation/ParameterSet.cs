using System.Collections.Immutable;
using System.Numerics;
using AnalogLearn.Synapses;

namespace AnalogLearn.Simulation;

/// <summary>What a block of parameters is.</summary>
public enum ParameterKind
{
    /// <summary>The weights of a synapse array, post × pre.</summary>
    Weights,

    /// <summary>The biases of a neuron bank, one a neuron.</summary>
    Bias,

    /// <summary>Anything else (a conductance, a model parameter).</summary>
    Other,
}

/// <summary>One named block of parameters.</summary>
/// <param name="Name">The element's name: <c>yxh</c> for an array's weights, <c>nh</c> for a bank's biases.</param>
/// <param name="Kind">What it is.</param>
/// <param name="Rows">Rows (postsynaptic nodes).</param>
/// <param name="Columns">Columns (presynaptic nodes; 1 for biases).</param>
/// <param name="Learn">Whether learning moves it.</param>
public sealed record ParameterBlock(string Name, ParameterKind Kind, int Rows, int Columns, bool Learn)
{
    /// <summary>Number of parameters.</summary>
    public int Count => Rows * Columns;
}

/// <summary>The blocks of a field's parameters, in order.</summary>
/// <param name="Blocks">The blocks.</param>
public sealed record ParameterLayout(ImmutableArray<ParameterBlock> Blocks)
{
    /// <summary>The place of the block of a name, or −1.</summary>
    /// <param name="name">The element's name, in any case.</param>
    public int IndexOf(string name)
    {
        for (int k = 0; k < Blocks.Length; k++)
        {
            if (string.Equals(Blocks[k].Name, name, StringComparison.OrdinalIgnoreCase))
                return k;
        }

        return -1;
    }
}

/// <summary>Numbers in the shape of a field's parameters: the parameters themselves, a gradient, an update.</summary>
/// <typeparam name="T">float or double.</typeparam>
public sealed class ParameterSet<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>Zeros in a layout's shape.</summary>
    /// <param name="layout">The blocks.</param>
    public ParameterSet(ParameterLayout layout)
    {
        Layout = layout;
        Blocks = [.. layout.Blocks.Select(b => GC.AllocateArray<T>(b.Count, pinned: true))];
    }

    /// <summary>The blocks.</summary>
    public ParameterLayout Layout { get; }

    /// <summary>The numbers of each block, row-major.</summary>
    public ImmutableArray<T[]> Blocks { get; }

    /// <summary>The devices that hold these numbers, as they stand, or null when the numbers are all there is. A copy has devices of its own.</summary>
    public SynapseHardware? Devices { get; internal set; }

    /// <summary>The numbers of one block, row-major.</summary>
    /// <param name="name">The element's name, in any case.</param>
    public T[] this[string name] => Blocks[Layout.IndexOf(name) is >= 0 and int k ? k : throw new KeyNotFoundException(name)];

    /// <summary>Sets all numbers to zero.</summary>
    public void Clear()
    {
        foreach (T[] block in Blocks)
            Array.Clear(block);
    }

    /// <summary>A copy in another precision, or the same.</summary>
    /// <typeparam name="TOther">float or double.</typeparam>
    public ParameterSet<TOther> To<TOther>()
        where TOther : unmanaged, IBinaryFloatingPointIeee754<TOther>
    {
        var copy = new ParameterSet<TOther>(Layout) { Devices = Devices?.Copy() };
        for (int k = 0; k < Blocks.Length; k++)
        {
            for (int i = 0; i < Blocks[k].Length; i++)
                copy.Blocks[k][i] = TOther.CreateChecked(Blocks[k][i]);
        }

        return copy;
    }
}
