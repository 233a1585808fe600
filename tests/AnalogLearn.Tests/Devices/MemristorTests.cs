using AnalogLearn.Devices;
using AnalogLearn.Simulation.Nodal;

namespace AnalogLearn.Tests.Devices;

public sealed class MemristorTests
{
    [Fact]
    public void ChargeAndFluxOfLinearDriftAreThoseOfTheClosedForm()
    {
        // Without a window x grows by k q, and φ = ∫ v dt = (roff x − (roff − ron) x²/2)/k between the two states.
        double[] card = DeviceCheck.Card(IonDriftMemristor.Shape, ("window", 0), ("x0", 0.1));
        ModelBank<IonDriftMemristor> bank = DeviceCheck.Bank<IonDriftMemristor>(card);
        double k = 1e-14 * 100 / 1e-16;
        double flux = 0;
        double x = Run(bank, 0.1, t => Math.Sin(2 * Math.PI * t), 0.5, 2000, (v, step) => flux += v * step).Last;
        double closed = ((16e3 * x) - (15900 * x * x / 2) - ((16e3 * 0.1) - (15900 * 0.01 / 2))) / k;
        Assert.Equal(closed, flux, 1e-6 * flux);
        Assert.InRange(x, 0.11, 0.9);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void StatesStayWithinTheirBounds(int window)
    {
        double[] card = DeviceCheck.Card(IonDriftMemristor.Shape, ("window", window), ("p", 2));
        (_, double low, double high) = Run(DeviceCheck.Bank<IonDriftMemristor>(card), 0.5, t => 2 * Math.Sin(2 * Math.PI * t), 2, 200000, null);
        Assert.InRange(low, -1e-9, 0.5);
        Assert.InRange(high, 0.5, 1 + 1e-9);
        double[] vteam = DeviceCheck.Card(VteamMemristor.Shape, ("window", window), ("koff", 1e-8), ("kon", -1e-9));
        (_, low, high) = Run(DeviceCheck.Bank<VteamMemristor>(vteam), 0.5, t => Math.Sin(2 * Math.PI * t), 2, 200000, null);
        Assert.InRange(low, -1e-9, 0.5);
        Assert.InRange(high, 0.5, 1 + 1e-9);
        (_, low, high) = Run(DeviceCheck.Bank<YakopcicMemristor>(DeviceCheck.Card(YakopcicMemristor.Shape)), 0.11, t => 0.4 * Math.Sin(2 * Math.PI * t), 2, 20000, null);
        Assert.InRange(low, -1e-9, 0.2);
        Assert.InRange(high, 0.11, 1 + 1e-9);
    }

    [Fact]
    public void HysteresisIsPinched()
    {
        foreach (double x in (double[])[0.05, 0.4, 0.95])
        {
            Assert.Equal(0, DeviceCheck.Sums(DeviceCheck.Bank<IonDriftMemristor>(DeviceCheck.Card(IonDriftMemristor.Shape)), [0.2, 0.2, x], new()).Flow[0]);
            Assert.Equal(0, DeviceCheck.Sums(DeviceCheck.Bank<VteamMemristor>(DeviceCheck.Card(VteamMemristor.Shape)), [0.2, 0.2, x], new()).Flow[0]);
            Assert.Equal(0, DeviceCheck.Sums(DeviceCheck.Bank<YakopcicMemristor>(DeviceCheck.Card(YakopcicMemristor.Shape)), [0.2, 0.2, x], new()).Flow[0]);
            Assert.Equal(0, DeviceCheck.Sums(DeviceCheck.Bank<RramCell>(DeviceCheck.Card(RramCell.Shape)), [0.2, 0.2, x + 0.3], new()).Flow[0]);
        }
    }

    [Fact]
    public void TheRramCellGoesBetweenItsTwoResistances()
    {
        ModelBank<RramCell> bank = DeviceCheck.Bank<RramCell>(DeviceCheck.Card(RramCell.Shape));
        double on = 0.01 / DeviceCheck.Sums(bank, [0.01, 0, 0.2], new()).Flow[0];
        double off = 0.01 / DeviceCheck.Sums(bank, [0.01, 0, 1.7], new()).Flow[0];
        Assert.InRange(on, 500, 600);
        Assert.InRange(off, 2e5, 2.4e5);
        Assert.True(DeviceCheck.Sums(bank, [1.5, 0, 1], new()).Flow[2] > 0, "a positive voltage closes the gap");
        Assert.True(DeviceCheck.Sums(bank, [-1.5, 0, 1], new()).Flow[2] < 0, "a negative voltage opens it");
        Assert.Equal(0, DeviceCheck.Sums(bank, [0.5, 0, 1], new()).Flow[2]);
    }

    [Fact]
    public void DerivativesAreThoseOfTheValues()
    {
        foreach (double v in (double[])[-1.3, -0.45, -0.1, 0.05, 0.3, 1.25])
        {
            foreach (double x in (double[])[0.13, 0.42, 0.77])
            {
                for (int window = 0; window < 4; window++)
                {
                    double[] ion = DeviceCheck.Card(IonDriftMemristor.Shape, ("window", window), ("p", 1.5), ("j", 0.9), ("m", 2));
                    DeviceCheck.Jacobian<IonDriftMemristor>(ion, [v, 0.01, x], 1e-5);
                    DeviceCheck.Jacobian<IonDriftMemristor>(ion, [v, 0.01, x], 1e-5, hold: true);
                    DeviceCheck.Sensitivities<IonDriftMemristor>(ion, [v, 0.01, x], 1e-5, double.NaN, "window");
                    double[] vteam = DeviceCheck.Card(VteamMemristor.Shape, ("window", window), ("p", 1.5), ("j", 0.9), ("exponential", window % 2), ("aoff", 2));
                    DeviceCheck.Jacobian<VteamMemristor>(vteam, [v, 0.01, x], 1e-5);
                    DeviceCheck.Sensitivities<VteamMemristor>(vteam, [v, 0.01, x], 1e-5, double.NaN, "window", "exponential", "won");
                }

                double[] yakopcic = DeviceCheck.Card(YakopcicMemristor.Shape);
                DeviceCheck.Jacobian<YakopcicMemristor>(yakopcic, [v, 0.01, x], 1e-5);
                DeviceCheck.Sensitivities<YakopcicMemristor>(yakopcic, [v, 0.01, x], 1e-5);
                double[] cell = DeviceCheck.Card(RramCell.Shape);
                DeviceCheck.Jacobian<RramCell>(cell, [v, 0.01, x + 0.3], 1e-5, 1e-5);
                DeviceCheck.Sensitivities<RramCell>(cell, [v, 0.01, x + 0.3], 1e-4);
            }
        }
    }

    [Fact]
    public void AnOperatingPointKeepsTheStates()
    {
        NodalCircuit circuit = NgspiceGolden.CompileText(
            "memristors\nV1 a 0 1\nU1 a 0 m1\nU2 a 0 m2 x0=0.3\nU3 a 0 m3\nU4 a 0 m4 gap0=1n\n.model m1 iondrift(window=biolek p=2 x0=0.7)\n.model m2 vteam()\n.model m3 yakopcic()\n.model m4 pku()\n.op\n");
        var system = new NodalSystem(circuit);
        system.Conditions = system.Conditions with { HoldStates = true };
        double[] x = NgspiceGolden.Newton(circuit, system);
        Assert.Equal([0.7, 0.3, 0.11, 1.0], circuit.InitialStates.Select(s => Math.Round(x[s.Unknown], 12)));
    }

    private static (double Last, double Low, double High) Run(DeviceBank bank, double x, Func<double, double> voltage, double until, int steps, Action<double, double>? sum)
    {
        double step = until / steps;
        double low = x;
        double high = x;
        var conditions = new DeviceConditions();
        var flow = new double[4];
        var charge = new double[4];
        for (int k = 0; k < steps; k++)
        {
            double t = k * step;
            double k1 = Rate(t, x);
            double k2 = Rate(t + (step / 2), x + (step / 2 * k1));
            double k3 = Rate(t + (step / 2), x + (step / 2 * k2));
            double k4 = Rate(t + step, x + (step * k3));
            x += step / 6 * (k1 + (2 * k2) + (2 * k3) + k4);
            sum?.Invoke((voltage(t) + (4 * voltage(t + (step / 2))) + voltage(t + step)) / 6, step);
            low = Math.Min(low, x);
            high = Math.Max(high, x);
        }

        return (x, low, high);

        double Rate(double t, double state)
        {
            Array.Clear(flow);
            bank.LoadFlows(conditions, [voltage(t), 0, state, 0], flow, charge, []);
            return -flow[2];
        }
    }
}
