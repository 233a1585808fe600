using AnalogLearn.Circuits;
using AnalogLearn.Numerics;
using AnalogLearn.Synapses;

namespace AnalogLearn.Tests.Synapses;

/// <summary>Programming, levels, reading, drift, relaxation, faults, wear, rounding and the current's shape: numbers by hand, moments within five standard errors.</summary>
public sealed class ConductanceLawTests
{
    private const int Draws = 100_000;

    /// <summary>x = G/gmax; σ of programming [µS], mean and deviation of ν, Q: computed beside, with numpy, from the published coefficients.</summary>
    public static TheoryData<double, double, double, double, double> PhaseChange => new()
    {
        { 1, 1.05538, 0.049, 0.008, 0.0088 },
        { 0.2, 0.609556, 0.049346287642728554, 0.014217973905426257, 0.025050314054706736 },
        { 0.01, 0.28301269, 0.09578013788281542, 0.045, 0.17558308371726142 },
    };

    [Theory]
    [MemberData(nameof(PhaseChange))]
    public void PhaseChangeMemoryHasThePublishedNumbers(double x, double write, double exponent, double spread, double flicker)
    {
        SynapseCard card = HardwareDeck.Card(HardwareDeck.PhaseChange);
        ReadOnlySpan<double> numbers = card.Numbers.AsSpan();
        double g = x * 25e-6;
        Assert.Equal(write * 1e-6, WriteNoise.Deviation(card, numbers, g), 1e-18);
        Assert.Equal(exponent, ConductanceDrift.Exponent(card, numbers, g, 0), 1e-12);
        Assert.Equal(exponent + spread, ConductanceDrift.Exponent(card, numbers, g, 1), 1e-12);

        // √ln((1 s + 250 ns)/500 ns) = 3.8090232…
        Assert.Equal(flicker * 3.8090232328674745, ReadNoise.Deviation(card, numbers, g), 1e-12);
    }

    [Fact]
    public void DriftIsThePowerLaw()
    {
        // (86420/20)^−0.049 = 0.66352…
        Assert.Equal(0.6635235948439212 * 5e-6, ConductanceDrift.At(5e-6, 0.049, 86400, 20), 1e-17);
        Assert.Equal(5e-6, ConductanceDrift.At(5e-6, 0.049, 0, 20));
        SynapseCard card = HardwareDeck.Card(HardwareDeck.PhaseChange);
        AssertMoments(0.049346287642728554, 0.014217973905426257, z => ConductanceDrift.Exponent(card, card.Numbers.AsSpan(), 5e-6, z), 1);
    }

    [Fact]
    public void DevicesScaleTheirFunctionsAndReplaceTheirNumbers()
    {
        SynapseCard card = HardwareDeck.Card(HardwareDeck.PhaseChange + " read_noise=0.02");
        double[] numbers = [.. card.Numbers];
        numbers[(int)SynapseParameter.WriteNoise] = 1.5;
        numbers[(int)SynapseParameter.Flicker] = 0;
        numbers[(int)SynapseParameter.ReadNoise] = 0.07;
        Assert.Equal(1.5 * 0.609556e-6, WriteNoise.Deviation(card, numbers, 5e-6), 1e-18);
        Assert.Equal(0.07, ReadNoise.Deviation(card, numbers, 5e-6), 1e-15);
    }

    [Fact]
    public void ProgrammingHasItsDeviationAndNeverGoesBelowNothing()
    {
        SynapseCard card = HardwareDeck.Card(HardwareDeck.PhaseChange);
        AssertMoments(5e-6, 0.609556e-6, z => WriteNoise.Programmed(card, card.Numbers.AsSpan(), 5e-6, z), 2);

        // At 0 the normal law is folded into max(0, z): mean σ/√(2π), ⟨G²⟩ = σ²/2.
        double sigma = 0.26348e-6;
        AssertMoments(sigma / Math.Sqrt(2 * Math.PI), sigma * Math.Sqrt(0.5 - (0.5 / Math.PI)), z => WriteNoise.Programmed(card, card.Numbers.AsSpan(), 0, z), 3, kurtosis: 6);
    }

    [Fact]
    public void ReadingAddsWhiteAndFlickerNoiseInSquares()
    {
        SynapseCard card = HardwareDeck.Card("gmax=10u read_noise=poly(0.03,0.01) flicker=0.01 flicker_t=1u read_time=10m");
        double sigma = Math.Sqrt((0.035 * 0.035) + (0.0001 * Math.Log((0.01 + 1e-6) / 2e-6)));
        Assert.Equal(sigma, ReadNoise.Deviation(card, card.Numbers.AsSpan(), 5e-6), 1e-14);
        AssertMoments(5e-6, sigma * 5e-6, z => ReadNoise.Read(5e-6, sigma, z), 4);
        Assert.Equal(0, ReadNoise.FlickerFactor(1e-6, 1e-6));
        Assert.Equal(0, ReadNoise.Read(5e-6, 1, -1.5));

        // Without read_time the readings are spread over the age.
        card = HardwareDeck.Card("gmax=10u flicker=0.01 flicker_t=1u t_read=3600");
        Assert.True(ReadNoise.Deviation(card, card.Numbers.AsSpan(), 5e-6) > 0);
    }

    [Fact]
    public void RelaxationShiftsAndSpreadsWithTheLogarithmOfTime()
    {
        SynapseCard card = HardwareDeck.Card("gmin=9u gmax=88.2u relax_mean=-0.08900206u relax_sd=poly(0.41183342u,0.04201137u) t_read=86400");
        double log = 11.366742954792146;
        AssertMoments(-0.08900206e-6 * log, 0.41183342e-6 + (0.04201137e-6 * log), z => Relaxation.Shift(card, card.Numbers.AsSpan(), 86400, z), 5);
        Assert.Equal(0, Relaxation.Shift(card, card.Numbers.AsSpan(), 0, 2));
        Assert.Equal(0.41183342e-6, Relaxation.Shift(card, card.Numbers.AsSpan(), 0.5, 1), 1e-18);
        Assert.Equal(0, Relaxation.At(1e-6, -2e-6));
    }

    [Fact]
    public void PersistentNoiseIsInSteps()
    {
        SynapseCard card = HardwareDeck.Card("gmin=1u gmax=21u update=constant pulses=200 up_down=0.3 persistent_noise=5");
        double sigma = PersistentNoise.Deviation(card, card.Numbers.AsSpan());
        Assert.Equal(0.5e-6, sigma, 1e-18);
        AssertMoments(9e-6, 0.5e-6, z => PersistentNoise.Visible(9e-6, sigma, z), 6);
    }

    [Fact]
    public void LevelsAreEquidistantAndTheNearestIsTaken()
    {
        Assert.Equal([0, 0, 1, 1, 2, 0], new[] { -0.1, 0.24, 0.26, 0.55, 1.5, 0 }.Select(x => ConductanceLevels.Nearest(x, 3)));
        Assert.Equal(1, ConductanceLevels.Nearest(0.25, 3));
        Assert.All(Enumerable.Range(0, 32), k => Assert.Equal(k, ConductanceLevels.Nearest(ConductanceLevels.Share(k, 32), 32)));
        Assert.Equal((0.0, 0.5, 1.0), (ConductanceLevels.Share(0, 3), ConductanceLevels.Share(1, 3), ConductanceLevels.Share(2, 3)));

        // A conductance that is anything alike is wrong by Δ/√12.
        CounterRandom random = CounterRandom.ForPath(1, "levels");
        double sum = 0;
        for (int k = 0; k < Draws; k++)
        {
            double x = random.Uniform(0.5 / 31, 1 - (0.5 / 31));
            double error = ConductanceLevels.Share(ConductanceLevels.Nearest(x, 32), 32) - x;
            Assert.InRange(error, (-0.5 / 31) - 1e-12, (0.5 / 31) + 1e-12);
            sum += error * error;
        }

        double variance = 1.0 / (31 * 31) / 12;

        // Var(e²) of a uniform error is (4/5)·variance².
        Assert.InRange(sum / Draws / variance, 1 - (5 * Math.Sqrt(0.8 / Draws)), 1 + (5 * Math.Sqrt(0.8 / Draws)));
    }

    [Fact]
    public void FaultsComeWithTheirProbabilitiesAndNeverLeaveWhenOneIsRaised()
    {
        SynapseCard card = HardwareDeck.Card("gmin=1u gmax=5u p_stuck_on=2% p_stuck_off=5% p_open=1% p_stuck=3%");
        SynapseCard worse = HardwareDeck.Card("gmin=1u gmax=5u p_stuck_on=2% p_stuck_off=8% p_open=1% p_stuck=3%");
        CounterRandom random = CounterRandom.ForPath(2, "faults");
        var counts = new int[5];
        for (int k = 0; k < Draws; k++)
        {
            double u = random.UniformAt((ulong)k);
            DeviceFault fault = DeviceFaults.Of(card, u);
            counts[(int)fault]++;
            Assert.True(fault == DeviceFault.None || DeviceFaults.Of(worse, u) != DeviceFault.None);
        }

        foreach ((DeviceFault fault, double p) in new[] { (DeviceFault.StuckOn, 0.02), (DeviceFault.StuckOff, 0.05), (DeviceFault.Open, 0.01), (DeviceFault.Stuck, 0.03) })
            Assert.InRange((counts[(int)fault] / (double)Draws) - p, -5 * Math.Sqrt(p * (1 - p) / Draws), 5 * Math.Sqrt(p * (1 - p) / Draws));
    }

    [Fact]
    public void WearHasWeibullsMoments()
    {
        CounterRandom random = CounterRandom.ForPath(3, "wear");
        var x = new double[Draws];
        for (int k = 0; k < Draws; k++)
            x[k] = Endurance.Lifetime(2, random.UniformAt((ulong)k) + double.Epsilon);

        // Γ(3/2) = √π/2, Γ(2) = 1.
        double mean = Math.Sqrt(Math.PI) / 2;
        double sigma = Math.Sqrt(1 - (Math.PI / 4));
        Assert.InRange(x.Average() - mean, -5 * sigma / Math.Sqrt(Draws), 5 * sigma / Math.Sqrt(Draws));
        double dead = x.Count(v => v <= 1) / (double)Draws;
        double p = 1 - Math.Exp(-1);
        Assert.InRange(dead - p, -5 * Math.Sqrt(p * (1 - p) / Draws), 5 * Math.Sqrt(p * (1 - p) / Draws));
        Assert.Equal(1, Endurance.Lifetime(double.PositiveInfinity, 0.9));
        Assert.Equal(1, Endurance.Lifetime(3, Math.Exp(-1)), 1e-15);
    }

    [Fact]
    public void StochasticRoundingIsRightInTheMeanWithTheVarianceOfItsFraction()
    {
        CounterRandom random = CounterRandom.ForPath(4, "round");
        double none = 0;
        foreach (double asked in new[] { 2.3, -0.4, 0.02 })
        {
            double f = asked - Math.Floor(asked);
            double sum = 0;
            for (int k = 0; k < Draws; k++)
                sum += PulseRounding.Whole(PulseRoundingKind.Stochastic, asked, 100, random.Uniform(), ref none);
            Assert.InRange((sum / Draws) - asked, -5 * Math.Sqrt(f * (1 - f) / Draws), 5 * Math.Sqrt(f * (1 - f) / Draws));
        }

        Assert.Equal(0, none);
    }

    [Fact]
    public void CarriedUpdatesAreNeverLostAndNearestOnesAre()
    {
        double carried = 0;
        int sum = 0;
        for (int k = 0; k < 1000; k++)
        {
            sum += PulseRounding.Whole(PulseRoundingKind.Carry, 0.137, 100, 0, ref carried);
            Assert.InRange(carried, -0.5, 0.5);
        }

        Assert.Equal(137, sum + carried, 1e-9);
        double none = 0;
        Assert.Equal(0, PulseRounding.Whole(PulseRoundingKind.Nearest, 0.137, 100, 0, ref none));
        Assert.Equal(31, PulseRounding.Whole(PulseRoundingKind.Nearest, 1e9, 31, 0, ref none));
        Assert.Equal(-31, PulseRounding.Whole(PulseRoundingKind.Stochastic, double.NegativeInfinity, 31, 0.5, ref none));
        Assert.Equal(0, PulseRounding.Whole(PulseRoundingKind.Nearest, double.NaN, 31, 0, ref none));
    }

    [Fact]
    public void TheCurrentsPolynomialAndItsSlope()
    {
        double[] p = [1, 0.1, 0.5];
        Assert.Equal(1 + (0.1 * 0.2) + (0.5 * 0.04), CurrentVoltage.Factor(p, 0.2), 1e-15);
        const double h = 1e-5;
        double Current(double v) => v * CurrentVoltage.Factor(p, v);
        Assert.Equal((Current(0.2 + h) - Current(0.2 - h)) / (2 * h), CurrentVoltage.Slope(p, 0.2), 1e-9);
        Assert.Equal(1, CurrentVoltage.Factor([], 0.3));
        Assert.Equal(1, CurrentVoltage.Slope([], 0.3));
    }

    [Fact]
    public void FunctionsHoldAtTheEndOfTheRange()
    {
        Assert.Equal(0.1, new DeviceFunction(DeviceFunctionKind.LogClip, [-0.0155, 0.0244, 0.049, 0.1]).At(0));
        Assert.Equal(0.2, new DeviceFunction(DeviceFunctionKind.PowerClip, [0.0088, -0.65, 0.2]).At(0));
        Assert.Equal(0.3, new DeviceFunction(DeviceFunctionKind.LogClip, [0, 0.3, 0, 1]).At(0));
        Assert.Equal("poly(1,2.5)", new DeviceFunction(DeviceFunctionKind.Polynomial, [1, 2.5]).ToString());
        Assert.Equal(new DeviceFunction(DeviceFunctionKind.PowerClip, [1, 2, 3]), new DeviceFunction(DeviceFunctionKind.PowerClip, [1, 2, 3]));
    }

    /// <summary>Draws of a law of one standard normal number: mean within five σ/√n, deviation within five of σ √((κ − 1)/4n) with κ the fourth standardised moment.</summary>
    private static void AssertMoments(double mean, double sigma, Func<double, double> law, ulong seed, double kurtosis = 3)
    {
        CounterRandom random = CounterRandom.ForPath(seed, "moments");
        double sum = 0;
        double squares = 0;
        for (int k = 0; k < Draws; k++)
        {
            double x = law(random.Normal()) - mean;
            sum += x;
            squares += x * x;
        }

        double average = sum / Draws;
        Assert.InRange(average, -5 * sigma / Math.Sqrt(Draws), 5 * sigma / Math.Sqrt(Draws));
        double error = Math.Sqrt((kurtosis - 1) / (4.0 * Draws));
        Assert.InRange(Math.Sqrt((squares / Draws) - (average * average)) / sigma, 1 - (5 * error), 1 + (5 * error));
    }
}
