using AnalogLearn.Devices;
using Xunit.Abstractions;

namespace AnalogLearn.Tests.Devices;

public sealed class DiodeTests(ITestOutputHelper output)
{
    [Fact]
    public void CurrentsAreNgspices()
    {
        // Breakdown is matched to ibv exactly here, to reltol there; everything else agrees to 1e-14.
        Dictionary<string, double> worst = NgspiceGolden.Constant("diode", 1e-20, output.WriteLine);
        Assert.All(worst, w => Assert.True(w.Value < 1e-9, $"{w.Key} {w.Value}"));

        // ngspice 39 has no recombination below −3 n Vt; what is done here is what later versions do.
        worst = NgspiceGolden.Constant("diode-recombination", 1e-20, output.WriteLine);
        Assert.All(worst, w => Assert.True(w.Value < 1e-12, $"{w.Key} {w.Value}"));
    }

    [Fact]
    public void CapacitancesAreNgspices()
    {
        Dictionary<string, double> worst = NgspiceGolden.SmallSignal("diode", 1e-20, output.WriteLine);
        Assert.All(worst, w => Assert.True(w.Value < 1e-12, $"{w.Key} {w.Value}"));
    }

    [Fact]
    public void DerivativesAreThoseOfTheValues()
    {
        var random = new Random(1);
        for (int trial = 0; trial < 6; trial++)
        {
            double[] card = RandomCard(random);
            double temperature = DeviceCheck.Uniform(random, 250, 380);
            foreach (double v in (double[])[-9, -6.2, -2, -0.4, -0.03, 0.01, 0.3, 0.55, 0.8, 1.2])
            {
                double at = v + DeviceCheck.Uniform(random, -0.02, 0.02);
                DeviceCheck.Jacobian<Diode>(card, [at, 0.1], temperature: temperature);
                DeviceCheck.Sensitivities<Diode>(card, [at, 0.1], 1e-5, temperature, "off");
            }
        }

        double[] plain = DeviceCheck.Card(PlainDiode.Shape, ("is", 1e-12), ("n", 1.3), ("tnom", 30));
        foreach (double v in (double[])[-9, -0.3, -0.02, 0.01, 0.5, 0.9])
        {
            DeviceCheck.Jacobian<PlainDiode>(plain, [v, 0]);
            DeviceCheck.Sensitivities<PlainDiode>(plain, [v, 0], 1e-6, 310, "off");
        }
    }

    [Fact]
    public void APlainDiodeIsADiode()
    {
        ModelBank<PlainDiode> plain = DeviceCheck.Bank<PlainDiode>(DeviceCheck.Card(PlainDiode.Shape, ("is", 1e-12), ("n", 1.3), ("area", 2), ("m_", 3)), 330);
        ModelBank<Diode> full = DeviceCheck.Bank<Diode>(DeviceCheck.Card(Diode.Shape, ("is", 1e-12), ("n", 1.3), ("area", 2), ("m_", 3)), 330);
        for (double v = -3; v < 1; v += 0.093)
        {
            double[] x = [v, 0.1];
            Assert.Equal(DeviceCheck.Sums(full, x, new()).Flow[0], DeviceCheck.Sums(plain, x, new()).Flow[0], 1e-13 * Math.Abs(DeviceCheck.Sums(full, x, new()).Flow[0]));
        }
    }

    [Fact]
    public void ADiodeNeverGivesPower()
    {
        var random = new Random(2);
        for (int trial = 0; trial < 50; trial++)
        {
            ModelBank<Diode> bank = DeviceCheck.Bank<Diode>(RandomCard(random), DeviceCheck.Uniform(random, 250, 400));
            double last = double.NegativeInfinity;
            for (double v = -8; v < 1; v += 0.05)
            {
                double current = DeviceCheck.Sums(bank, [v, 0], new()).Flow[0];
                Assert.True(current * v >= 0);
                Assert.True(current > last - 1e-18, $"falls at {v}");
                last = current;
            }
        }
    }

    private static double[] RandomCard(Random random) => DeviceCheck.Card(
        Diode.Shape,
        ("is", DeviceCheck.LogUniform(random, 1e-16, 1e-9)),
        ("n", DeviceCheck.Uniform(random, 1, 2)),
        ("area", DeviceCheck.Uniform(random, 0.5, 3)),
        ("eg", DeviceCheck.Uniform(random, 0.7, 1.4)),
        ("tnom", DeviceCheck.Uniform(random, 20, 50)),
        ("cjo", 2e-12),
        ("vj", DeviceCheck.Uniform(random, 0.6, 1)),
        ("m", DeviceCheck.Uniform(random, 0.2, 0.6)),
        ("tt", 1e-9),
        ("bv", DeviceCheck.Uniform(random, 5, 7)),
        ("ibv", 1e-3),
        ("nbv", DeviceCheck.Uniform(random, 1, 2)),
        ("jsw", 1e-14),
        ("ns", DeviceCheck.Uniform(random, 1, 2)),
        ("cjsw", 1e-12),
        ("pj", 2),
        ("ikf", 1e-3),
        ("ikr", 1e-3),
        ("isr", 1e-12));
}
