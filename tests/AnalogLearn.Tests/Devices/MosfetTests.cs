using AnalogLearn.Devices;
using AnalogLearn.Simulation.Nodal;
using Xunit.Abstractions;

namespace AnalogLearn.Tests.Devices;

public sealed class MosfetTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData("mosfet-nmos")]
    [InlineData("mosfet-pmos")]
    public void CurrentsAreNgspices(string name)
    {
        // ngspice lets a junction's current jump by 5 % of Is at −3 Vt, here it goes on smoothly; and its gmin stepping leaves 1e-12 S at inner nodes. Both are picoamperes here.
        Dictionary<string, double> worst = NgspiceGolden.Constant(name, 1e-2, output.WriteLine);
        Assert.All(worst, w => Assert.True(w.Value < 1e-9, $"{w.Key} {w.Value}"));
    }

    [Theory]
    [InlineData(5, 2, 2.5258862798139996e-14)]
    [InlineData(4, 1.5, 2.5258862798139996e-14)]
    [InlineData(0, -3, 3.561829419720999e-14)]
    [InlineData(0, -1.5, 3.561829419720999e-14)]
    public void TheGatesCapacitanceIsMeyers(double drain, double gate, double farads)
    {
        // The answers are ngspice's, of the third transistor of the deck mosfet-nmos.cir: in saturation, and with the channel gone.
        ModelBank<Mosfet> bank = DeviceCheck.Bank<Mosfet>(DeviceCheck.Card(
            Mosfet.Shape, ("w", 10e-6), ("l", 2e-6), ("tox", 20e-9), ("nsub", 5e15), ("uo", 550), ("nss", 1e10), ("ld", 0.1e-6), ("cgso", 2e-10), ("cgdo", 2e-10), ("cgbo", 3e-10)));
        (_, _, _, double[,] c) = DeviceCheck.Load(bank, [drain, gate, 0, 0], new());
        Assert.Equal(farads, c[1, 1], 1e-12 * farads);
    }

    [Fact]
    public void DerivativesAreThoseOfTheValues()
    {
        var random = new Random(3);
        for (int trial = 0; trial < 12; trial++)
        {
            double[] card = Card(random, trial % 2 == 0 ? 1 : -1);
            for (int point = 0; point < 12; point++)
            {
                double[] x = Bias(random, card[0]);
                DeviceCheck.Jacobian<Mosfet>(card, x, 1e-5, 2e-6, 310);
                if (point < 3)
                    DeviceCheck.Sensitivities<Mosfet>(card, x, 1e-5, 310, "polarity", "off", "tpg");
            }
        }
    }

    [Fact]
    public void NothingJumpsWhereDrainAndSourceChangePlaces()
    {
        ModelBank<Mosfet> bank = DeviceCheck.Bank<Mosfet>(Card(new Random(4), 1));
        foreach (double gate in (double[])[0.3, 1, 2.5])
        {
            (_, _, double[,] below, double[,] cBelow) = DeviceCheck.Load(bank, [0.4 - 1e-9, gate, 0.4, 0], new());
            (_, _, double[,] above, double[,] cAbove) = DeviceCheck.Load(bank, [0.4 + 1e-9, gate, 0.4, 0], new());
            for (int i = 0; i < 4; i++)
            {
                for (int j = 0; j < 4; j++)
                {
                    Assert.Equal(below[i, j], above[i, j], 1e-11);
                    Assert.Equal(cBelow[i, j], cAbove[i, j], 1e-20);
                }
            }
        }
    }

    [Fact]
    public void DrainAndSourceAreAlike()
    {
        var random = new Random(5);
        ModelBank<Mosfet> bank = DeviceCheck.Bank<Mosfet>(DeviceCheck.Card(Mosfet.Shape, ("vto", 0.6), ("kp", 1e-4), ("gamma", 0.4), ("lambda", 0.03), ("tox", 2e-8)));
        for (int k = 0; k < 50; k++)
        {
            double[] x = Bias(random, 1);
            double[] swapped = [x[2], x[1], x[0], x[3]];
            (double[] f, double[] q) = DeviceCheck.Sums(bank, x, new());
            (double[] g, double[] r) = DeviceCheck.Sums(bank, swapped, new());
            Assert.Equal(f[0], g[2], 1e-14 + (1e-12 * Math.Abs(f[0])));
            Assert.Equal(q[0], r[2], 1e-12 * (Math.Abs(q[0]) + 1e-16));
            Assert.Equal(0, f.Sum(), 1e-14 * (f.Max(Math.Abs) + 1e-12));
            Assert.Equal(0, q.Sum(), 1e-14 * (q.Max(Math.Abs) + 1e-18));
        }
    }

    [Fact]
    public void EkvIsExponentialBelowThresholdAndQuadraticAbove()
    {
        double vt = PhysicalConstants.ThermalVoltage(300.15);
        double[] card = DeviceCheck.Card(EkvMosfet.Shape, ("w", 1e-6), ("l", 1e-6), ("vto", 0.5), ("kp", 1e-4), ("n", 1.4));
        ModelBank<EkvMosfet> bank = DeviceCheck.Bank<EkvMosfet>(card);
        double decade = Current(-0.1 + (1.4 * vt * Math.Log(10))) / Current(-0.1);
        Assert.Equal(10, decade, 2e-2);
        (double[] f, _, double[,] g, _) = DeviceCheck.Load(bank, [1, -0.1, 0, 0], new());
        Assert.Equal(1 / (1.4 * vt), g[0, 1] / f[0], 1e-3 / vt);
        double strong = 1e-4 / (2 * 1.4) * Math.Pow(3 - 0.5, 2);
        Assert.Equal(strong, Current(3, 3), 0.02 * strong);
        double exponential = 2 * 1.4 * 1e-4 * vt * vt * Math.Exp((-0.1 - 0.5) / (1.4 * vt)) * (1 - Math.Exp(-1 / vt));
        Assert.Equal(exponential, Current(-0.1), 1e-3 * exponential);

        double Current(double gate, double drain = 1) => DeviceCheck.Sums(bank, [drain, gate, 0, 0], new()).Flow[0];
    }

    [Fact]
    public void EkvIsAntisymmetricAndConservesCharge()
    {
        var random = new Random(6);
        for (int k = 0; k < 100; k++)
        {
            ModelBank<EkvMosfet> bank = DeviceCheck.Bank<EkvMosfet>(EkvCard(random, k % 2 == 0 ? 1 : -1));
            double[] x = Bias(random, k % 2 == 0 ? 1 : -1);
            (double[] f, double[] q) = DeviceCheck.Sums(bank, x, new());
            (double[] g, _) = DeviceCheck.Sums(bank, [x[2], x[1], x[0], x[3]], new());
            Assert.Equal(f[0], -g[0], 1e-12 * (Math.Abs(f[0]) + 1e-15));
            Assert.Equal(0, q.Sum(), 1e-13 * (q.Max(Math.Abs) + 1e-18));
            Assert.True(f[0] * (x[0] - x[2]) >= 0);
        }
    }

    [Fact]
    public void EkvsDerivativesAreThoseOfTheValues()
    {
        var random = new Random(7);
        for (int trial = 0; trial < 12; trial++)
        {
            double[] card = EkvCard(random, trial % 2 == 0 ? 1 : -1);
            for (int point = 0; point < 12; point++)
            {
                double[] x = Bias(random, card[0]);
                DeviceCheck.Jacobian<EkvMosfet>(card, x, 1e-4, 1e-6, 310);
                if (point < 3)
                    DeviceCheck.Sensitivities<EkvMosfet>(card, x, 1e-5, 310, "polarity", "off");
            }
        }
    }

    [Fact]
    public void EkvsThermalNoiseIsShotNoiseInWeakInversion()
    {
        double[] card = DeviceCheck.Card(EkvMosfet.Shape, ("w", 1e-6), ("l", 1e-6), ("n", 1.3));
        ModelBank<EkvMosfet> bank = DeviceCheck.Bank<EkvMosfet>(card);
        double[] x = [1, 0.1, 0, 0, 0];
        var noise = new NoiseList();
        bank.Noise(new(), 0, x, noise);
        double current = DeviceCheck.Sums(bank, x[..4], new()).Flow[0];
        Assert.Equal(2 * PhysicalConstants.ElementaryCharge * current, noise.White["thermal"], 1e-3 * noise.White["thermal"]);
    }

    [Fact]
    public void AnEkvTransistorIsReadFromADeck()
    {
        NodalCircuit circuit = NgspiceGolden.CompileText(
            "ekv\nVd d 0 1\nVg g 0 0.3\nM1 d g 0 0 n w=2u l=1u ad=1p as=1p\nM2 0 g d d p w=2u l=1u\n.model n nmos(level=ekv vto=0.4 kp=200u js=1u cj=1m)\n.model p pmos(level=44 rd=10)\n.op\n");
        double[] x = NgspiceGolden.Newton(circuit, new NodalSystem(circuit));
        Assert.True(-x[circuit.BranchUnknown("vd")] > 1e-8);
    }

    private static double[] Card(Random random, double polarity) => DeviceCheck.Card(
        Mosfet.Shape,
        ("polarity", polarity),
        ("w", DeviceCheck.Uniform(random, 2e-6, 2e-5)),
        ("l", DeviceCheck.Uniform(random, 1e-6, 5e-6)),
        ("ad", 2e-11),
        ("as", 1e-11),
        ("pd", 1e-5),
        ("ps", 2e-5),
        ("vto", polarity * DeviceCheck.Uniform(random, 0.3, 0.9)),
        ("phi", DeviceCheck.Uniform(random, 0.5, 0.8)),
        ("gamma", DeviceCheck.Uniform(random, 0.1, 0.6)),
        ("lambda", 0.03),
        ("cgso", 2e-10),
        ("cgdo", 1e-10),
        ("cgbo", 3e-10),
        ("cj", 2e-4),
        ("cjsw", 3e-10),
        ("mjsw", 0.3),
        ("js", 1e-4),
        ("tox", 2e-8),
        ("ld", 1e-7),
        ("wd", 1e-7),
        ("tnom", 35));

    private static double[] EkvCard(Random random, double polarity) => DeviceCheck.Card(
        EkvMosfet.Shape,
        ("polarity", polarity),
        ("w", 5e-6),
        ("l", 1e-6),
        ("vto", polarity * DeviceCheck.Uniform(random, 0.3, 0.7)),
        ("gamma", DeviceCheck.Uniform(random, 0.3, 1)),
        ("phi", DeviceCheck.Uniform(random, 0.6, 0.9)),
        ("n", random.NextDouble() < 0.3 ? 1.4 : double.NaN),
        ("lambda", 0.02),
        ("cox", 3e-3),
        ("cgso", 2e-10),
        ("cgdo", 1e-10),
        ("cgbo", 3e-10),
        ("ld", 1e-7),
        ("wd", 1e-7),
        ("tnom", 35));

    private static double[] Bias(Random random, double polarity) =>
    [
        polarity * DeviceCheck.Uniform(random, -0.5, 3),
        polarity * DeviceCheck.Uniform(random, -2, 3),
        polarity * DeviceCheck.Uniform(random, -0.4, 2),
        polarity * DeviceCheck.Uniform(random, -0.1, 0.1),
    ];
}
