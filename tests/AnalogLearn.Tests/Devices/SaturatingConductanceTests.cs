using AnalogLearn.Devices;

namespace AnalogLearn.Tests.Devices;

/// <summary>A device that is added as src/README.md says needs nothing else for its derivatives.</summary>
public sealed class SaturatingConductanceTests
{
    [Fact]
    public void TheWorkedExampleHasItsCurrentAndItsExactJacobian()
    {
        double[] card = DeviceCheck.Card(SaturatingConductance.Shape, ("g", 2e-6), ("v0", 0.2), ("m", 3));
        ModelBank<SaturatingConductance> bank = DeviceCheck.Bank<SaturatingConductance>(card);
        foreach (double v in (double[])[-0.5, 0, 0.1, 0.7])
        {
            (double[] flow, double[] _, double[,] slope, double[,] _) = DeviceCheck.Load(bank, [v, 0, 0], new());
            double cosh = Math.Cosh(v / 0.2);
            Assert.Equal(3 * 2e-6 * 0.2 * Math.Tanh(v / 0.2), flow[0], 1e-18);
            Assert.Equal(3 * 2e-6 / (cosh * cosh), slope[0, 0], 1e-18);
            DeviceCheck.Jacobian<SaturatingConductance>(card, [v, 0, 0]);
        }

        Assert.False(bank.IsLinear);
    }
}
