using AnalogLearn.Devices;
using AnalogLearn.Simulation.Nodal;

namespace AnalogLearn.Tests.Devices;

public sealed class TransconductanceAmplifierTests
{
    [Fact]
    public void AFollowerFollowsAndAGateSetsTheBias()
    {
        NodalCircuit circuit = NgspiceGolden.CompileText(
            "ota\nV1 in 0 0.2\nVb b 0 0.3\nA1 out in out m1\nR1 out 0 1g\nA2 o2 in 0 b m2\nV2 o2 0 0\n.model m1 ota(ibias=10n)\n.model m2 ota(i0=1f kappa=0.7)\n.op\n");
        double[] x = NgspiceGolden.Newton(circuit, new NodalSystem(circuit));
        double vt = PhysicalConstants.ThermalVoltage(300.15);
        double v = x[circuit.NodeUnknown("out")];
        Assert.Equal(v / 1e9, 1e-8 * Math.Tanh(0.7 * (0.2 - v) / (2 * vt)), 1e-20);
        Assert.Equal(1e-15 * Math.Exp(0.7 * 0.3 / vt) * Math.Tanh(0.7 * 0.2 / (2 * vt)), x[circuit.BranchUnknown("v2")], 1e-18);
    }

    [Fact]
    public void NoiseOfAFollowerIsKToverC()
    {
        // Four transistors: v² = 2kT/(κC).
        ModelBank<TransconductanceAmplifier> bank = DeviceCheck.Bank<TransconductanceAmplifier>(DeviceCheck.Card(TransconductanceAmplifier.Shape));
        var noise = new NoiseList();
        bank.Noise(new(), 0, [0, 0, 0, 0, 0, 0, 0], noise);
        double transconductance = -DeviceCheck.Load(bank, [0, 0, 0, 0, 0, 0], new()).OfFlow[0, 2];
        double vt = PhysicalConstants.ThermalVoltage(300.15);
        Assert.Equal(0.7e-9 / (2 * vt), transconductance, 1e-20);
        double squared = noise.White["shot"] / (4 * transconductance * 1e-12);
        Assert.Equal(2 * PhysicalConstants.Boltzmann * 300.15 / (0.7 * 1e-12), squared, 1e-20);
    }

    [Fact]
    public void DerivativesAreThoseOfTheValues()
    {
        double[] card = DeviceCheck.Card(TransconductanceAmplifier.Shape, ("i0", 1e-14), ("vos", 0.003), ("va", 20), ("vref", 0.5), ("m", 2), ("kf", 1e-12));
        foreach (double v in (double[])[-0.3, -0.02, 0.01, 0.1])
        {
            double[] x = [0.7, 0, v, 0.01, 0.35, 0];
            DeviceCheck.Jacobian<TransconductanceAmplifier>(card, x);
            DeviceCheck.Sensitivities<TransconductanceAmplifier>(card, x);
        }
    }

    [Fact]
    public void APotentiometerIsItsThreeResistors()
    {
        NodalCircuit circuit = NgspiceGolden.CompileText(
            "pot\nV1 a 0 5\nV2 w 0 1\nP1 a w 0 dp position=64\n.model dp digipot(rab=10k taps=129 rw=100)\n.op\n");
        double[] x = NgspiceGolden.Newton(circuit, new NodalSystem(circuit));

        // Halves of 5 kΩ: the tap stands at 2.5 V behind 2.5 kΩ, and the wiper takes 1.5 V across 2.6 kΩ.
        double wiper = 1.5 / 2600;
        Assert.Equal(wiper, x[circuit.BranchUnknown("v2")], 1e-15);
        double tap = 1 + (100 * wiper);
        Assert.Equal(-(5 - tap) / 5000, x[circuit.BranchUnknown("v1")], 1e-15);
        double[] card = DeviceCheck.Card(DigitalPotentiometer.Shape, ("position", 31));
        DeviceCheck.Jacobian<DigitalPotentiometer>(card, [1, 0.3, -0.2]);
        DeviceCheck.Sensitivities<DigitalPotentiometer>(card, [1, 0.3, -0.2]);
    }
}
