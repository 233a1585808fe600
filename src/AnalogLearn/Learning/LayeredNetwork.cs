using System.Collections.Immutable;
using AnalogLearn.Circuits;
using AnalogLearn.Simulation;

namespace AnalogLearn.Learning;

/// <summary>
/// A rate network that is one chain of layers, O^h = F(A^h O^{h−1} + b^h) for h = 1 … L with O⁰ the clamped input (Baldi and Sadowski 2018, eq. 5): its fixed point is one forward pass, whatever the
/// time constants. Where the last layer is as wide as the input the chain can be closed to a ring, the output taking the place of the clamp.
/// </summary>
public sealed class LayeredNetwork
{
    private LayeredNetwork(RateNetwork network, RateInput input, ImmutableArray<RateConnection> arrays)
    {
        Network = network;
        Input = input;
        Arrays = arrays;
    }

    /// <summary>The network.</summary>
    public RateNetwork Network { get; }

    /// <summary>The clamped input, layer 0.</summary>
    public RateInput Input { get; }

    /// <summary>The arrays A¹ … A^L in the order of the layers; A^h is at h − 1.</summary>
    public ImmutableArray<RateConnection> Arrays { get; }

    /// <summary>L, the number of arrays; the output is layer L.</summary>
    public int Depth => Arrays.Length;

    /// <summary>Whether the output is as wide as the input, so that it can go round.</summary>
    public bool CanCircle => Width(Depth) == Width(0);

    /// <summary>The bank of a layer.</summary>
    /// <param name="layer">h, from 1 to L.</param>
    public RateBank Bank(int layer) => Arrays[layer - 1].Post;

    /// <summary>Nodes of a layer.</summary>
    /// <param name="layer">h, from 0 to L.</param>
    public int Width(int layer) => layer == 0 ? Input.Width : Bank(layer).Width;

    /// <summary>Sees the chain of layers in a network.</summary>
    /// <param name="network">The network.</param>
    /// <param name="problem">Why it is none, when it is none.</param>
    /// <param name="fix">What to do about it.</param>
    /// <returns>The chain, or null.</returns>
    public static LayeredNetwork? Of(RateNetwork network, out string? problem, out string? fix)
    {
        ArgumentNullException.ThrowIfNull(network);
        (problem, fix) = Look(network, out LayeredNetwork? layers);
        return layers;
    }

    /// <summary>Sees the chain of layers in a network, or returns null.</summary>
    /// <param name="network">The network.</param>
    public static LayeredNetwork? Of(RateNetwork network) => Of(network, out _, out _);

    private static (string? Problem, string? Fix) Look(RateNetwork network, out LayeredNetwork? layers)
    {
        layers = null;
        if (network.Inputs.Length != 1)
            return ($"the network has {(network.Inputs.IsEmpty ? "no" : "several")} clamped inputs, and a chain of layers has one", "clamp one bus: Nx x[0:9] input");
        if (network.Banks.FirstOrDefault(b => !b.ActivityIsState) is { } voltage)
            return ($"the neurons of '{voltage.Description.Name}' are in voltage form; layers are rate neurons, O = ρ(A O + b)", "write form=rate on their model");
        if (network.Banks.FirstOrDefault(b => b.Description.Activation == Activation.Softmax) is { } soft)
            return ($"the neurons of '{soft.Description.Name}' are a softmax", "take rho=linear with cost=crossentropy, which has the softmax in the cost");
        if (network.Banks.FirstOrDefault(b => double.IsFinite(b.Description.ClipLow) || double.IsFinite(b.Description.ClipHigh)) is { } clipped)
            return ($"the neurons of '{clipped.Description.Name}' have rails", "leave clip= out; hardsigmoid, tanh and logistic are bounded by themselves");

        var chain = ImmutableArray.CreateBuilder<RateConnection>();
        RateBank? at = null;
        while (true)
        {
            RateConnection[] next = [.. network.Connections.Where(c => at is null ? c.PreInput is not null : c.Pre == at)];
            string here = at is null ? network.Inputs[0].Description.Bus.Name : at.Description.Bus.Name;
            if (next.Length > 1)
                return ($"several arrays come from '{here}', and in a chain of layers one array leads to the next layer", "leave one of them");
            if (next.Length == 0)
                break;
            at = next[0].Post;
            if (chain.Any(c => c.Post == at))
                return ($"'{next[0].Description.Name}' leads back to '{at.Description.Bus.Name}': a chain of layers has no loop", "the rule itself takes the output round; leave the array out");
            chain.Add(next[0]);
        }

        if (chain.Count < network.Banks.Length || chain.Count < network.Connections.Length)
            return ("not every bank is in the chain of layers that begins at the input", "connect bank to bank, one array each: Y1 x h w, Y2 h y w");
        if (chain.Count == 0)
            return ("there are no layers", "connect the input with a bank: Y1 x y w");
        layers = new LayeredNetwork(network, network.Inputs[0], chain.DrainToImmutable());
        return (null, null);
    }

    /// <summary>
    /// Makes a circuit's outer half mirror its inner one: the array A^{L+1−h} starts as the transpose of A^h, or is tied to it for good (B = Aᵀ in the paper's words for one hidden layer).
    /// </summary>
    /// <param name="circuit">A circuit; comes back as it is when it is no chain of layers.</param>
    /// <param name="always">Whether the two stay transposes of each other; otherwise they only start so.</param>
    public static Circuit Mirror(Circuit circuit, bool always)
    {
        ArgumentNullException.ThrowIfNull(circuit);
        if (circuit.Elements.Length > 0 || Of(RateNetwork.Compile(circuit)) is not { } layers)
            return circuit;
        var mirrored = new Dictionary<string, string>(StringComparer.Ordinal);
        for (int h = 1; h <= layers.Depth / 2; h++)
        {
            SynapseArray inner = layers.Arrays[h - 1].Description, outer = layers.Arrays[layers.Depth - h].Description;
            if (inner.Pre.Width == outer.Post.Width && inner.Post.Width == outer.Pre.Width)
                mirrored[outer.Name] = inner.Name;
        }

        return circuit with { Arrays = [.. circuit.Arrays.Select(Mirrored)] };

        SynapseArray Mirrored(SynapseArray array) => !mirrored.TryGetValue(array.Name, out string? of) || array.TiedTo is not null ? array
            : always ? array with { TiedTo = of, Mask = [] }
            : array with { Init = new WeightInit.NearTranspose(of, 0) };
    }
}
