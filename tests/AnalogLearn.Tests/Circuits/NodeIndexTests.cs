using AnalogLearn.Circuits;

namespace AnalogLearn.Tests.Circuits;

/// <summary>Names and indices of nodes tell the same circuit.</summary>
public sealed class NodeIndexTests
{
    private static Circuit Read(string text)
    {
        DeckResult result = DeckReader.Parse(text);
        Assert.True(result.Deck is not null, string.Join("\n", result.Diagnostics));
        return result.Deck!.Circuit;
    }

    private static void Agree(Circuit circuit)
    {
        Assert.Equal(circuit.Nodes.Distinct(StringComparer.Ordinal), circuit.Nodes.AsEnumerable());
        Assert.DoesNotContain("0", circuit.Nodes);
        foreach (Element element in circuit.Elements)
        {
            Assert.Equal(element.Nodes.AsEnumerable(), element.NodeIndices.Select(n => n < 0 ? "0" : circuit.Nodes[n]));
            Assert.Equal(element.NodeIndices.AsEnumerable(), element.Nodes.Select(circuit.NodeIndex));
        }
    }

    [Fact]
    public void PlainNodesCountInOrderOfUse()
    {
        Circuit circuit = Read("t\nV1 in GND 1\nR1 in out 1k\nR2 0 Out 1k\n.op\n");
        Assert.Equal(["in", "out"], circuit.Nodes.AsEnumerable());
        Assert.Equal([-1, 1], circuit.Elements[2].NodeIndices.AsEnumerable());
        Assert.Equal(-2, circuit.NodeIndex("nowhere"));
        Agree(circuit);
    }

    [Fact]
    public void BusesSubcircuitsAndGlobals()
    {
        Circuit circuit = Read("""
            t
            .global vdd
            .subckt cell a b[4:5]
            R1 a m 1k
            R2 m b[5] 1k
            R3 vdd b[4] 1k
            Rb b[4:5] 0 1k
            .ends
            V1 vdd 0 1
            R1 h[0:3] g[1:4] 1k
            R2 h[2] 0 1k
            R3 h[0:1] g[3:4] 1k dense
            X1 h[1] g[2:3] cell
            X2 z h[0:1] cell
            """);
        Agree(circuit);
        Assert.Equal(4 + 4 + 1 + 1 + 2, circuit.Nodes.Length);
        Assert.Equal(["h_1", "x1.m"], circuit.Elements.Single(e => e.Name == "x1.r1").Nodes.AsEnumerable());
    }

    [Fact]
    public void OneNameIsOneNode()
    {
        Circuit circuit = Read("t\nR1 h[0:3] 0 1k\nR2 h_2 z 1k\nR3 h[2] z 1k\n");
        Assert.Equal(["h_0", "h_1", "h_2", "h_3", "z"], circuit.Nodes.AsEnumerable());
        Assert.Equal(circuit.Elements[^1].NodeIndices.AsEnumerable(), circuit.Elements[^2].NodeIndices.AsEnumerable());
        Agree(circuit);
    }

    [Fact]
    public void ACircuitOfBanksAloneNamesItsNodes()
    {
        Circuit circuit = Read("t\n.model cell neuron()\n.model w synapse()\nNx x[0:1] input\nNy y[0:2] cell\nYq x y w\n");
        Assert.Equal(["x_0", "x_1", "y_0", "y_1", "y_2"], circuit.Nodes.AsEnumerable());
        Assert.Equal(3, circuit.NodeIndex("y_1"));
    }
}
