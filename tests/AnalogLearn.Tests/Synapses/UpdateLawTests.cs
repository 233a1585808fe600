using AnalogLearn.Circuits;
using AnalogLearn.Numerics;
using AnalogLearn.Synapses;

namespace AnalogLearn.Tests.Synapses;

/// <summary>Laws of pulses: their equations, their noise, and that many pulses are single pulses.</summary>
public sealed class UpdateLawTests
{
    private const string Range = "gmin=1u gmax=21u ";
    private const int Draws = 40_000;

    /// <summary>A card of each law, with range 1 µS to 21 µS or that of its source.</summary>
    public static TheoryData<string> Cards =>
    [
        Range + "update=constant pulses=200 up_down=0.1",
        Range + "update=linear pulses=200 slope_up=0.4 slope_down=0.7 gref=9u",
        Range + "update=linear pulses=200 slope_up=1.7 slope_down=0",
        Range + "update=softbounds pulses=100 up_down=-0.2",
        HardwareDeck.Exponential,
        Range + "update=powstep pulses=100 power_up=1.5 power_down=0.7",
        HardwareDeck.SilverSilicon,
        Range + "update=piecewise step=0.1u nodes_up=[1,0.8,0.1] nodes_down=[0,0.5,2,1]",
    ];

    private static (SynapseCard Card, UpdateLaw Law, PulsedDevice Device) Of(string parameters)
    {
        SynapseCard card = HardwareDeck.Card(parameters);
        UpdateLaw law = UpdateLaw.Of(card)!;
        return (card, law, law.Device(card));
    }

    [Fact]
    public void IdealUpdatesHaveNoLaw() => Assert.Null(UpdateLaw.Of(HardwareDeck.Card(Range + "bits=4")));

    [Fact]
    public void EquationsGiveNumbersDoneByHand()
    {
        // 20 µS in 200 pulses: 0.1 µS.
        (_, UpdateLaw law, PulsedDevice d) = Of(Range + "update=constant pulses=200 up_down=0.1");
        Assert.Equal(0.11e-6, law.Step(d, 5e-6, true), 1e-18);
        Assert.Equal(-0.09e-6, law.Step(d, 5e-6, false), 1e-18);

        // Linear about 9 µS: at 15 µS half of the way to gmax, so half of the slope is gone.
        (_, law, d) = Of(Range + "update=linear pulses=200 slope_up=0.4 slope_down=0.7 gref=9u");
        Assert.Equal(0.1e-6 * (1 - (0.4 * 0.5)), law.Step(d, 15e-6, true), 1e-18);
        Assert.Equal(-0.1e-6 * (1 + (0.7 * 6 / 8)), law.Step(d, 15e-6, false), 1e-18);
        Assert.Equal(0.1e-6 * 0.6, law.Step(d, 21e-6, true), 1e-18);
        Assert.Equal(-0.1e-6 * 0.3, law.Step(d, 1e-6, false), 1e-18);

        // Soft bounds about the middle, 11 µS.
        (_, law, d) = Of(Range + "update=softbounds pulses=200");
        Assert.Equal(0, law.Step(d, 21e-6, true), 1e-18);
        Assert.Equal(0.2e-6, law.Step(d, 1e-6, true), 1e-18);
        Assert.Equal(-0.05e-6, law.Step(d, 6e-6, false), 1e-18);

        // In weights (±1 is 1 µS … 21 µS): z = 2a w/2 + b; at w = 0.5 z = −0.75.
        (_, law, d) = Of(HardwareDeck.Exponential);
        double step = 20e-6 / 1481.481481;
        Assert.Equal(step * 1.259359 * (1 + (1.18445 * Math.Exp(5 * -0.75))), law.Step(d, 16e-6, true), 1e-18);
        Assert.Equal(-step * (1 - 0.259359) * (1 + (0.081404 * Math.Exp(-5 * -0.75))), law.Step(d, 16e-6, false), 1e-18);

        // A quarter of the range below gmax.
        (_, law, d) = Of(Range + "update=powstep pulses=200 power_up=1.5 power_down=0.5");
        Assert.Equal(0.1e-6 * 0.125, law.Step(d, 16e-6, true), 1e-18);
        Assert.Equal(-0.1e-6 * Math.Sqrt(0.75), law.Step(d, 16e-6, false), 1e-18);

        (_, law, d) = Of(Range + "update=piecewise step=0.1u nodes_up=[1,0.8,0.1] nodes_down=[0,0.5,2,1]");
        Assert.Equal(0.1e-6 * 0.45, law.Step(d, 16e-6, true), 1e-18);
        Assert.Equal(-0.1e-6 * 1.75, law.Step(d, 16e-6, false), 1e-18);
    }

    [Theory]
    [MemberData(nameof(Cards))]
    public void ManyPulsesWithoutNoiseAreSinglePulses(string parameters)
    {
        (_, UpdateLaw law, PulsedDevice d) = Of(parameters);
        foreach (double share in new[] { 0, 0.1, 0.5, 0.93, 1 })
        {
            foreach (int pulses in new[] { 1, 2, 7, 40, 500, -1, -3, -60, -2000 })
            {
                double start = d.Minimum + (share * d.Range);
                double one = start;
                for (int k = 0; k < Math.Abs(pulses); k++)
                    one = law.Apply(d, one, Math.Sign(pulses));
                Assert.Equal(one, law.Apply(d, start, pulses), 1e-11 * d.Range);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Cards))]
    public void NoisyPulsesTogetherAreNoisyPulsesOneByOneToTheLastBit(string parameters)
    {
        (_, UpdateLaw law, PulsedDevice d) = Of(parameters + " pulse_noise=2 pulse_noise_range=0.5%");
        CounterRandom stream = CounterRandom.ForPath(3, "device");
        double together = law.Apply(d, 0.4 * d.Maximum, 50, stream, 17);
        double single = 0.4 * d.Maximum;
        for (ulong k = 0; k < 50; k++)
            single = law.Apply(d, single, 1, stream, 17 + k);
        Assert.Equal(single, together);

        // In any parts, and whatever was drawn before from the same stream.
        CounterRandom used = stream;
        used.Position = 12345;
        Assert.Equal(together, law.Apply(d, law.Apply(d, 0.4 * d.Maximum, 23, used, 17), 27, used, 40));
        Assert.NotEqual(together, law.Apply(d, 0.4 * d.Maximum, 50, stream, 18));
        Assert.NotEqual(together, law.Apply(d, 0.4 * d.Maximum, 50, stream.Child(1), 17));
    }

    [Theory]
    [MemberData(nameof(Cards))]
    public void ThreadsAndOrderDoNotMatter(string parameters)
    {
        (_, UpdateLaw law, PulsedDevice d) = Of(parameters + " pulse_noise=1");
        CounterRandom bank = CounterRandom.ForPath(9, "bank");
        var forward = new double[400];
        var parallel = new double[400];
        for (int k = 0; k < forward.Length; k++)
            forward[k] = law.Apply(d, 0.5 * d.Maximum, (k % 9) - 4, bank.Child((ulong)k), (ulong)k);
        Parallel.For(0, parallel.Length, k => parallel[^(k + 1)] = law.Apply(d, 0.5 * d.Maximum, ((parallel.Length - 1 - k) % 9) - 4, bank.Child((ulong)(parallel.Length - 1 - k)), (ulong)(parallel.Length - 1 - k)));
        Assert.Equal(forward, parallel);
    }

    [Theory]
    [MemberData(nameof(Cards))]
    public void MomentsOfOnePulseAreThoseOfTheLaw(string parameters)
    {
        (_, UpdateLaw law, PulsedDevice d) = Of(parameters + " pulse_noise=0.8 pulse_noise_range=0.2%");
        foreach (bool up in new[] { true, false })
        {
            double g = d.Minimum + (0.45 * d.Range);
            double mean = law.Step(d, g, up);
            double expected = Math.Sqrt((0.64 * mean * mean) + Math.Pow(0.002 * d.Range, 2));
            Assert.Equal(expected, law.Deviation(d, g, up), 1e-12 * expected);
            (double average, double deviation) = Moments(k => law.Apply(d, g, up ? 1 : -1, CounterRandom.ForPath(5, "m"), (ulong)k) - g);
            AssertMoments(mean, expected, average, deviation);
        }
    }

    [Fact]
    public void AdditiveNoiseIsThatOfTheNominalStep()
    {
        const string card = Range + "update=softbounds pulses=100 pulse_noise=0.5 mult=";
        (_, UpdateLaw law, PulsedDevice d) = Of(card + "0");
        Assert.Equal(0.1e-6, law.Deviation(d, 19e-6, true), 1e-18);
        (double average, double deviation) = Moments(k => law.Apply(d, 19e-6, 1, CounterRandom.ForPath(6, "m"), (ulong)k) - 19e-6);
        AssertMoments(0.04e-6, 0.1e-6, average, deviation);
        (_, law, d) = Of(card + "1");
        Assert.Equal(0.02e-6, law.Deviation(d, 19e-6, true), 1e-18);
    }

    [Fact]
    public void NoiseAsAShareOfTheRangeGrowsWithTheRootOfPulses()
    {
        (_, UpdateLaw law, PulsedDevice d) = Of(Range + "update=constant pulses=1000 pulse_noise_range=0.3%");
        const int pulses = 49;
        (double average, double deviation) = Moments(k => law.Apply(d, 9e-6, pulses, CounterRandom.ForPath(7, "m"), (ulong)k * pulses) - 9e-6);
        AssertMoments(pulses * 0.02e-6, Math.Sqrt(pulses) * 0.003 * 20e-6, average, deviation);
    }

    [Theory]
    [MemberData(nameof(Cards))]
    public void ConductancesStayInTheirRange(string parameters)
    {
        (_, UpdateLaw law, PulsedDevice d) = Of(parameters + " pulse_noise=5 pulse_noise_range=5%");
        CounterRandom random = CounterRandom.ForPath(11, "walk");
        for (ulong walk = 0; walk < 40; walk++)
        {
            double g = d.Minimum + (random.Uniform() * d.Range);
            ulong pulses = 0;
            for (int k = 0; k < 50; k++)
            {
                int n = random.NextInt32(41) - 20;
                g = law.Apply(d, g, n, random.Child(walk), pulses);
                pulses += (ulong)Math.Abs(n);
                Assert.InRange(g, d.Minimum, d.Maximum);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Cards))]
    public void StepsHaveTheSignOfTheirDirectionAndAnOutsiderOnlyComesBack(string parameters)
    {
        (_, UpdateLaw law, PulsedDevice d) = Of(parameters);
        (_, _, PulsedDevice noisy) = Of(parameters + " pulse_noise=1");
        for (double x = -0.2; x <= 1.2; x += 0.05)
        {
            double g = Math.Max(0, d.Minimum + (x * d.Range));
            Assert.True(law.Step(d, g, true) >= 0 && law.Step(d, g, false) <= 0);
            foreach (int n in new[] { 1, 5, -1, -5 })
            {
                double after = law.Apply(d, g, n);
                double drawn = law.Apply(noisy, g, n, CounterRandom.ForPath(1, "out"), 0);
                Assert.InRange(after, Math.Min(g, d.Minimum), Math.Max(g, d.Maximum));
                Assert.InRange(drawn, Math.Min(g, d.Minimum), Math.Max(g, d.Maximum));
            }
        }
    }

    [Fact]
    public void SoftBoundsAreApproachedGeometrically()
    {
        (_, UpdateLaw law, PulsedDevice d) = Of(Range + "update=softbounds pulses=100");

        // step/(gmax − gref) = 0.2/10: the distance shrinks by 0.98 a pulse.
        double g = 3e-6;
        for (int n = 1; n <= 300; n++)
        {
            g = law.Apply(d, g, 1);
            Assert.Equal(18e-6 * Math.Pow(0.98, n), 21e-6 - g, 1e-17);
        }
    }

    [Fact]
    public void DevicesWithNumbersOfTheirOwnStepByThem()
    {
        (SynapseCard card, UpdateLaw law, _) = Of(Range + "update=softbounds pulses=100");
        double[] numbers = [.. card.Numbers];
        numbers[(int)SynapseParameter.Pulses] = 50;
        numbers[(int)SynapseParameter.Maximum] = 16e-6;
        PulsedDevice d = law.Device(card, numbers);

        // 20 µS/50 at gref, whatever the device's own range; nothing at its own bound.
        Assert.Equal(0.4e-6, law.Step(d, 11e-6, true), 1e-18);
        Assert.Equal(0, law.Step(d, 16e-6, true), 1e-18);

        // A range that ends below the reference keeps its slopes finite.
        numbers[(int)SynapseParameter.Maximum] = 9e-6;
        d = law.Device(card, numbers);
        Assert.Equal(8.6e-6, d.Origin, 1e-18);
        Assert.True(double.IsFinite(law.Step(d, 1e-6, true)));

        // Linear slopes are those of the card's bounds: 40 % lost from 11 µS to 21 µS, wherever the device ends.
        (card, law, _) = Of(Range + "update=linear pulses=100 slope_up=0.4 slope_down=0.4");
        numbers = [.. card.Numbers];
        numbers[(int)SynapseParameter.Maximum] = 16e-6;
        d = law.Device(card, numbers);
        Assert.Equal(0.2e-6 * 0.8, law.Step(d, 16e-6, true), 1e-18);
        Assert.Equal(16e-6, law.Apply(d, 1e-6, 10_000), 1e-18);
    }

    [Fact]
    public void AnExponentialLawMayHaveItsOriginAtABound()
    {
        // Phase-change memory in training, S. R. Nandakumar et al. 2020: z = −G/10 µS, the first pulse 28 steps long.
        (_, UpdateLaw law, PulsedDevice d) = Of("gmin=0 gmax=20u gref=0 update=expstep step=0.1u es_a=-1 es_gamma_up=2.5 es_gamma_down=2.5 es_amp_up=-27.235 es_amp_down=-2.235");
        Assert.Equal(0.1e-6 * 28.235, law.Step(d, 0, true), 1e-18);
        Assert.Equal(0.1e-6 * (1 + (27.235 * Math.Exp(-2.5))), law.Step(d, 10e-6, true), 1e-18);
        Assert.Equal(-0.1e-6 * (1 + (2.235 * Math.Exp(5))), law.Step(d, 20e-6, false), 1e-17);
    }

    private static (double Average, double Deviation) Moments(Func<int, double> draw)
    {
        double sum = 0;
        double squares = 0;
        for (int k = 0; k < Draws; k++)
        {
            double x = draw(k);
            sum += x;
            squares += x * x;
        }

        double average = sum / Draws;
        return (average, Math.Sqrt((squares / Draws) - (average * average)));
    }

    /// <summary>Within five standard errors, σ/√n of the mean and σ/√(2n) of the deviation.</summary>
    private static void AssertMoments(double mean, double sigma, double average, double deviation)
    {
        Assert.InRange(average - mean, -5 * sigma / Math.Sqrt(Draws), 5 * sigma / Math.Sqrt(Draws));
        Assert.InRange(deviation / sigma, 1 - (5 / Math.Sqrt(2.0 * Draws)), 1 + (5 / Math.Sqrt(2.0 * Draws)));
    }
}
