using AnalogLearn.Circuits;
using AnalogLearn.Synapses;

namespace AnalogLearn.Tests.Synapses;

/// <summary>NeuroSim's labels against the curves that they are labels of.</summary>
public sealed class NonlinearityLabelTests
{
    /// <summary>Labels and k = P_max/A made by another program: maximum of the curve's deviation by ternary search, k by bisection.</summary>
    public static TheoryData<double, double> Labels => new() { { 0.1, 0.07920286267619014 }, { 2.4, 2.0032806734596136 }, { -4.88, -4.992426199490568 }, { 9, 43.83994882865692 } };

    [Theory]
    [MemberData(nameof(Labels))]
    public void ExponentsAreThoseOfAnIndependentSearch(double label, double exponent) => Assert.Equal(exponent, NonlinearityLabel.Exponent(label), 1e-11 * Math.Abs(exponent) * 100);

    /// <summary>Entries of the table that NeuroSim has of A/P_max, six decimals.</summary>
    [Theory]
    [InlineData(0.01, 126.268958)]
    [InlineData(1, 1.251653)]
    [InlineData(2.4, 0.499181)]
    [InlineData(4.88, 0.200303)]
    [InlineData(9, 0.022810)]
    public void EntriesOfNeuroSimsTableAreMet(double label, double a) => Assert.InRange(1 / NonlinearityLabel.Exponent(label), (a * (1 - 3e-6)) - 5e-7, (a * (1 + 3e-6)) + 5e-7);

    [Fact]
    public void DeviationTimesScaleIsTheLabelAgain()
    {
        for (double label = -10; label <= 10; label += 0.01)
        {
            double k = NonlinearityLabel.Exponent(label);
            Assert.Equal(label, NonlinearityLabel.Of(k), 1e-10);
        }
    }

    [Fact]
    public void TheClosedFormIsTheLargestDeviationOfTheCurve()
    {
        foreach (double k in new[] { 0.019, 0.021, 0.3, 2, 5, 40 })
        {
            double Away(double p) => (1 - Math.Exp(-k * p)) / (1 - Math.Exp(-k)) - p;
            double place = NonlinearityLabel.Place(k);
            Assert.Equal(Away(place), NonlinearityLabel.Deviation(k), 1e-12);
            for (int n = 0; n <= 1000; n++)
                Assert.True(Away(n / 1000.0) <= NonlinearityLabel.Deviation(k) + 1e-13);
        }
    }

    [Fact]
    public void SmallLabelsAreAStraightLine()
    {
        Assert.Equal(0, NonlinearityLabel.Exponent(0));
        Assert.Equal(8e-6 / NonlinearityLabel.Scale, NonlinearityLabel.Exponent(1e-6), 1e-16);

        // The series and the closed form meet.
        Assert.Equal(NonlinearityLabel.Deviation(Math.BitDecrement(0.02)), NonlinearityLabel.Deviation(0.02), 1e-13);
        SynapseCard card = HardwareDeck.Card("gmin=1u gmax=11u update=nl nl_up=1e-9 nl_down=0 pulses=100");
        UpdateLaw law = UpdateLaw.Of(card)!;
        PulsedDevice device = law.Device(card);
        for (double g = 1e-6; g <= 11e-6; g += 1e-6)
        {
            Assert.Equal(1e-7, law.Step(device, g, up: true), 1e-15);
            Assert.Equal(-1e-7, law.Step(device, g, up: false), 1e-20);
        }
    }

    [Fact]
    public void PulsesFollowTheCurvesFromEndToEnd()
    {
        SynapseCard card = HardwareDeck.Card(HardwareDeck.SilverSilicon);
        UpdateLaw law = UpdateLaw.Of(card)!;
        PulsedDevice device = law.Device(card);
        (double low, double high) = (3.0769e-9, 38.462e-9);

        // G(P) = gmin + B (1 − e^(−P/A)): single pulses walk along it.
        double a = 97 / 2.0032806734596136;
        double b = (high - low) / (1 - Math.Exp(-97 / a));
        double g = low;
        double largest = 0;
        for (int p = 1; p <= 97; p++)
        {
            g = law.Apply(device, g, 1);
            Assert.Equal(low + (b * (1 - Math.Exp(-p / a))), g, 1e-20);
            largest = Math.Max(largest, ((g - low) / (high - low)) - (p / 97.0));
        }

        Assert.Equal(high, g, 1e-20);

        // The label read off the walk is a little low, because the largest deviation lies between two pulses.
        Assert.InRange(largest * NonlinearityLabel.Scale, 2.399, 2.4);

        // −B (1 − e^((P − P_max)/A)) + gmax: a label below 0 falls steeply from gmax.
        a = 100 / 4.992426199490568;
        b = (high - low) / (1 - Math.Exp(-100 / a));
        for (int p = 99; p >= 0; p--)
        {
            g = law.Apply(device, g, -1);
            Assert.Equal(high - (b * (1 - Math.Exp((p - 100) / a))), g, 1e-20);
        }

        Assert.Equal(low, g, 1e-20);
        Assert.True(-law.Step(device, high, up: false) > 10 * -law.Step(device, 1.01 * low, up: false));
        Assert.Equal(high, law.Apply(device, low, 97), 1e-20);
        Assert.Equal(low, law.Apply(device, high, -100), 1e-20);
    }

    [Fact]
    public void CurvesStretchWithTheDevicesRange()
    {
        SynapseCard card = HardwareDeck.Card(HardwareDeck.SilverSilicon);
        UpdateLaw law = UpdateLaw.Of(card)!;
        double[] numbers = [.. card.Numbers];
        numbers[(int)SynapseParameter.Minimum] = 5e-9;
        numbers[(int)SynapseParameter.Maximum] = 30e-9;
        PulsedDevice device = law.Device(card, numbers);
        Assert.Equal(30e-9, law.Apply(device, 5e-9, 97), 1e-20);
        Assert.Equal(5e-9, law.Apply(device, 30e-9, -100), 1e-20);
    }
}
