using System.Diagnostics;
using System.Globalization;
using System.Text;
using AnalogLearn.Circuits;
using AnalogLearn.Netlist;
using AnalogLearn.Simulation.Nodal;

namespace AnalogLearn.Tests.Simulation.Nodal;

public sealed class TopologyCheckTests
{
    [Theory]
    [InlineData("I1 0 a 1u\nC1 a 0 1n", "node 'a': the current of 'i1' has no way to ground; there are only 'i1', 'c1'", 2)]
    [InlineData("V1 in 0 1\nC1 in m 1n\nC2 m 0 1n", "node 'm' has no path to ground for direct current: nothing determines the voltage; there are only 'c1', 'c2'", 3)]
    [InlineData("V1 in 0 1\nR1 in 0 1k\nR2 a b 1k\nR3 b a 2k", "nodes 'a', 'b' have no path to ground for direct current: nothing determines the voltage; there are only 'r2', 'r3'", 4)]
    [InlineData("V1 a 0 1\nV2 a 0 1\nR1 a 0 1", "'v1', 'v2' form a loop of voltage sources: their voltages contradict each other, or nothing determines the current around it", 3)]
    [InlineData("V1 a 0 1\nE1 b a a 0 2\nV2 b 0 1\nR1 a 0 1", "form a loop of voltage sources", 4)]
    [InlineData("V1 a 0 1\nR1 a b 1\nL1 b 0 1m\nL2 b 0 1m", "'l1', 'l2' form a loop without resistance: for direct current nothing determines the current around it", 5)]
    [InlineData("V1 a a 1\nR1 a 0 1", "both ends of 'v1' are connected to the same node: nothing determines its current", 2)]
    [InlineData("V1 a 0 1\nR1 a 0 1\nE1 o 0 x 0 2\nR2 o 0 1", "node 'x' has no path to ground for direct current: nothing determines the voltage; there is only 'e1'", 4)]
    [InlineData("V1 a 0 1\nR1 a 0 1\nG1 0 o a 0 1m\nC1 o 0 1n", "node 'o' has no path to ground for direct current: nothing determines the voltage; there are only 'g1', 'c1'", 4)]
    public void WhatCannotBeSolvedIsNamed(string lines, string message, int line)
    {
        DiagnosticBag diagnostics = Check(lines, TopologyUse.DirectCurrent, out bool passes);
        Assert.False(passes);
        Diagnostic found = Assert.Single(diagnostics);
        Assert.Contains(message, found.Message, StringComparison.Ordinal);
        Assert.Equal(line, found.Span.Source.Locate(found.Span.Start).Line);
        Assert.NotNull(found.Fix);
    }

    [Theory]
    [InlineData("V1 a 0 1\nR1 a b 1k\nC1 b 0 1n\nL1 a c 1m\nR2 c 0 1")]
    [InlineData("G1 a 0 b 0 1m\nG2 0 b a 0 1m\nC1 a 0 1n\nC2 b 0 1n")]
    [InlineData("V1 a 0 1\nR1 a 0 1\nE1 o 0 0 m 1meg\nC1 o m 1n\nG1 0 m a 0 1m")]
    [InlineData("V1 a 0 1\nD1 a b dm\nC1 b 0 1n\n.model dm D(is=1e-14)")]
    public void WhatMayBeSolvedPasses(string lines)
    {
        DiagnosticBag diagnostics = Check(lines, TopologyUse.DirectCurrent, out bool passes);
        Assert.True(passes, string.Join('\n', diagnostics));
    }

    [Theory]
    [InlineData("I1 0 a 1u\nC1 a 0 1n", true)]
    [InlineData("V1 a 0 1\nL1 a 0 1m", true)]
    [InlineData("V1 a 0 1\nV2 a 0 1", false)]
    [InlineData("I1 0 a 1u\nI2 a 0 1u", false)]
    public void TransientsFromInitialConditionsNeedLess(string lines, bool expected)
    {
        Check(lines, TopologyUse.Transient, out bool passes);
        Assert.Equal(expected, passes);
    }

    [Fact]
    public void UnusedPortsStandAtZero()
    {
        NodalCase circuit = NodalDecks.Read("port\n.subckt s p q\nR1 p 0 1k\n.ends\nX1 a b s\nV1 a 0 1\n.op\n");
        Assert.True(circuit.Solve().IsConverged);
        Assert.Equal(0, circuit["v(b)"]);
    }

    [Fact]
    public void EightyThousandElementsTakeNoTime()
    {
        var text = new StringBuilder("ladder\nV1 n0 0 1\n");
        for (int k = 0; k < 40_000; k++)
            text.Append(CultureInfo.InvariantCulture, $"R{k} n{k} n{k + 1} 1k\nC{k} n{k + 1} 0 1p\n");
        Circuit circuit = DeckReader.Parse(text.ToString(), "ladder.cir").Deck!.Circuit;
        TimeSpan best = TimeSpan.MaxValue;
        for (int round = 0; round < 5; round++)
        {
            long start = Stopwatch.GetTimestamp();
            Assert.True(TopologyCheck.Passes(circuit, TopologyUse.DirectCurrent, new DiagnosticBag()));
            TimeSpan took = Stopwatch.GetElapsedTime(start);
            best = took < best ? took : best;
        }

        Assert.InRange(best.TotalMilliseconds, 0, 100);
    }

    private static DiagnosticBag Check(string lines, TopologyUse use, out bool passes)
    {
        DeckResult read = DeckReader.Parse("topology\n" + lines + "\n.op\n", "test.cir");
        var diagnostics = new DiagnosticBag();
        passes = TopologyCheck.Passes(read.Deck!.Circuit, use, diagnostics);
        return diagnostics;
    }
}
