using AnalogLearn.Circuits;
using AnalogLearn.Devices;
using AnalogLearn.Netlist;
using AnalogLearn.Numerics;
using AnalogLearn.Simulation.Nodal;

namespace AnalogLearn.Tests.Simulation.Nodal;

public sealed class NodalSystemTests
{
    [Fact]
    public void ADiodeBehindAResistorSettlesWhereItsEquationSays()
    {
        NodalCircuit circuit = Compile("diode\nV1 in 0 5\nR1 in a 1k\nD1 a 0 dm\n.model dm D(is=1e-14 n=1.2 rs=5)\n.op\n");
        double[] x = Newton(circuit);
        double current = -x[circuit.BranchUnknown("v1")];
        double internalVoltage = x[circuit.NodeUnknown("a")] - (5 * current);
        double vt = 1.2 * PhysicalConstants.ThermalVoltage(300.15);
        Assert.Equal(current, (1e-14 * (Math.Exp(internalVoltage / vt) - 1)) + (1e-12 * internalVoltage), 15);
        Assert.Equal((5 - x[circuit.NodeUnknown("a")]) / 1000, current, 15);
    }

    [Fact]
    public void ControlledSourcesHaveSpicesSigns()
    {
        NodalCircuit circuit = Compile(
            "controlled\nV1 1 0 2\nR1 1 2 1k\nVs 2 3 0\nR2 3 0 3k\nE1 4 0 3 0 5\nR4 4 0 2k\nG1 0 5 3 0 1m\nR5 5 0 2k\nF1 6 0 Vs 3\nR6 6 0 1k\nH1 7 0 Vs 2k\nR7 7 8 1k\nR8 8 0 1k\n.op\n");
        double[] x = Newton(circuit);
        Assert.Equal(1.5, x[circuit.NodeUnknown("3")], 12);
        Assert.Equal(7.5, x[circuit.NodeUnknown("4")], 12);
        Assert.Equal(3, x[circuit.NodeUnknown("5")], 12);
        Assert.Equal(-1.5, x[circuit.NodeUnknown("6")], 12);
        Assert.Equal(1, x[circuit.NodeUnknown("7")], 12);
        Assert.Equal(-0.5e-3, x[circuit.BranchUnknown("v1")], 15);
    }

    private static NodalCircuit Compile(string text)
    {
        DeckResult read = DeckReader.Parse(text, "test.cir");
        var diagnostics = new DiagnosticBag();
        NodalCircuit? circuit = NodalCircuit.Compile(read.Deck!.Circuit, new DeviceConditions(), diagnostics);
        Assert.Empty(diagnostics);
        return circuit!;
    }

    private static double[] Newton(NodalCircuit circuit)
    {
        var system = new NodalSystem(circuit);
        var solver = new SparseLu<double>(circuit.Pattern);
        int n = circuit.UnknownCount;
        var x = new double[n + 1];
        for (int iteration = 0; iteration < 50; iteration++)
        {
            int restrained = system.Load(x, iteration == 0 ? Restraint.Start : Restraint.Limited);
            solver.Factor(system.Conductances.AsSpan(0, circuit.Pattern.Count));
            double[] step = [.. system.Flow.AsSpan(0, n)];
            solver.Solve(step);
            double size = 0;
            for (int k = 0; k < n; k++)
            {
                x[k] -= step[k];
                size = Math.Max(size, Math.Abs(step[k]));
            }

            if (restrained == 0 && size < 1e-13)
                return x;
        }

        throw new InvalidOperationException("no convergence");
    }
}
