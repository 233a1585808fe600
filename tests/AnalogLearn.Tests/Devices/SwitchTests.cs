using AnalogLearn.Devices;
using AnalogLearn.Simulation.Nodal;

namespace AnalogLearn.Tests.Devices;

public sealed class SwitchTests
{
    [Fact]
    public void HysteresisIsHeldBetweenTheThresholds()
    {
        NodalCircuit circuit = NgspiceGolden.CompileText(
            "switches\nVc c 0 0\nVp p 0 1\nR1 p a 1k\nS1 a 0 c 0 sm\nVm c cc 0\nRm cc 0 1k\nR2 p b 1k\nW1 b 0 Vm wm\n.model sm sw(vt=2 vh=0.5 ron=10 roff=1meg)\n.model wm csw(it=2m ih=0.5m ron=10 roff=1meg)\n.op\n");
        var system = new NodalSystem(circuit);
        int control = circuit.Sources.ToList().FindIndex(s => s.Name == "vc");
        double[]? x = null;
        bool on = false;
        foreach (double v in (double[])[0, 1.6, 2.4, 2.6, 2.4, 1.6, 1.4, 1.6, 2.4, 3, 2, 1])
        {
            system.SourceValues[control] = v;
            x = NgspiceGolden.Newton(circuit, system, x);
            on = v > 2.5 || (on && v > 1.5);
            Assert.Equal(on ? 10 / 1010.0 : 1e6 / 1001000, x[circuit.NodeUnknown("a")], 12);
            Assert.Equal(on ? 10 / 1010.0 : 1e6 / 1001000, x[circuit.NodeUnknown("b")], 12);
        }
    }

    [Fact]
    public void ASmoothSwitchGoesFromOffToOn()
    {
        double[] card = DeviceCheck.Card(SmoothSwitch<VoltageControl>.Shape, ("von", 1), ("voff", 0.2), ("ron", 5), ("roff", 1e5), ("m", 2));
        ModelBank<SmoothSwitch<VoltageControl>> bank = DeviceCheck.Bank<SmoothSwitch<VoltageControl>>(card);
        Assert.Equal(2 / 1e5, DeviceCheck.Sums(bank, [1, 0, 0.1, 0], new()).Flow[0], 1e-16);
        Assert.Equal(2 / 5.0, DeviceCheck.Sums(bank, [1, 0, 1.1, 0], new()).Flow[0], 1e-14);
        Assert.Equal(2 / Math.Sqrt(5e5), DeviceCheck.Sums(bank, [1, 0, 0.6, 0], new()).Flow[0], 1e-14);
        foreach (double c in (double[])[0.1, 0.3, 0.6, 0.95, 1.3])
        {
            DeviceCheck.Jacobian<SmoothSwitch<VoltageControl>>(card, [0.7, 0.1, c, 0]);
            DeviceCheck.Sensitivities<SmoothSwitch<VoltageControl>>(card, [0.7, 0.1, c, 0]);
        }
    }
}
