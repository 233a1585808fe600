using AnalogLearn.Devices;
using Xunit.Abstractions;

namespace AnalogLearn.Tests.Devices;

public sealed class BipolarTransistorTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData("bipolar-npn")]
    [InlineData("bipolar-pnp")]
    public void CurrentsAreNgspices(string name)
    {
        Dictionary<string, double> worst = NgspiceGolden.Constant(name, 1e-9, output.WriteLine);
        Assert.All(worst, w => Assert.True(w.Value < 1e-7, $"{w.Key} {w.Value}"));
    }

    [Theory]
    [InlineData("bipolar-npn")]
    [InlineData("bipolar-pnp")]
    public void SmallSignalsAreNgspices(string name)
    {
        // rbm = rb in these cards: ngspice leaves the derivative of the base resistance out of its small signals.
        Dictionary<string, double> worst = NgspiceGolden.SmallSignal(name, 1e-6, output.WriteLine);
        Assert.All(worst, w => Assert.True(w.Value < 1e-7, $"{w.Key} {w.Value}"));
    }

    [Fact]
    public void DerivativesAreThoseOfTheValues()
    {
        var random = new Random(8);
        for (int trial = 0; trial < 12; trial++)
        {
            double polarity = trial % 2 == 0 ? 1 : -1;
            double[] card = Card(random, polarity, trial);
            for (int point = 0; point < 10; point++)
            {
                double emitter = DeviceCheck.Uniform(random, -0.1, 0.1);
                double inner = DeviceCheck.Uniform(random, -1, 0.8);
                double[] x =
                [
                    polarity * DeviceCheck.Uniform(random, inner - 0.7, 3),
                    polarity * inner,
                    polarity * (inner + DeviceCheck.Uniform(random, -0.05, 0.2)),
                    polarity * DeviceCheck.Uniform(random, -2, 0.3),
                    polarity * emitter,
                ];
                DeviceCheck.Jacobian<BipolarTransistor>(card, x, 1e-5, 2e-6, 310);
                if (point < 3)
                    DeviceCheck.Sensitivities<BipolarTransistor>(card, x, 1e-5, 310, ["polarity", "off", "subs", "af", "kf", .. trial % 3 == 0 ? (string[])["rb", "rbm"] : [], .. trial % 3 == 1 ? (string[])[] : ["irb"]]);
            }
        }
    }

    [Fact]
    public void CurrentsSumToZeroAndPowerIsNotGiven()
    {
        var random = new Random(9);
        for (int k = 0; k < 200; k++)
        {
            ModelBank<BipolarTransistor> bank = DeviceCheck.Bank<BipolarTransistor>(DeviceCheck.Card(BipolarTransistor.Shape, ("rb", 10), ("ikf", 0.01)));
            double[] x = [.. Enumerable.Range(0, 5).Select(_ => DeviceCheck.Uniform(random, -1, 0.7))];
            double[] f = DeviceCheck.Sums(bank, x, new()).Flow;
            Assert.Equal(0, f.Sum(), 1e-13 * (f.Max(Math.Abs) + 1e-12));
            Assert.True(f.Zip(x, (a, b) => a * b).Sum() >= -1e-20);
        }
    }

    private static double[] Card(Random random, double polarity, int trial) => DeviceCheck.Card(
        BipolarTransistor.Shape,
        ("polarity", polarity),
        ("area", DeviceCheck.Uniform(random, 0.5, 2)),
        ("m", 2),
        ("is", DeviceCheck.LogUniform(random, 1e-17, 1e-14)),
        ("bf", 80),
        ("vaf", 50),
        ("var", 10),
        ("ikf", 0.01),
        ("ikr", 0.01),
        ("ise", 1e-13),
        ("isc", 1e-13),
        ("br", 3),
        ("rb", trial % 3 == 0 ? 0 : 100),
        ("rbm", trial % 3 == 0 ? 0 : 20),
        ("irb", trial % 3 == 1 ? 1e-5 : 0),
        ("cje", 1e-12),
        ("cjc", 1e-12),
        ("cjs", 1e-12),
        ("mjs", 0.3),
        ("tf", 1e-10),
        ("xtf", 2),
        ("vtf", 3),
        ("itf", 0.01),
        ("tr", 1e-9),
        ("xcjc", 0.6),
        ("xtb", 1.5),
        ("tnom", 35));
}
