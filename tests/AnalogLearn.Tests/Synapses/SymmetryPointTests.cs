using AnalogLearn.Circuits;
using AnalogLearn.Numerics;
using AnalogLearn.Synapses;

namespace AnalogLearn.Tests.Synapses;

/// <summary>The conductance where pulses up and down cancel.</summary>
public sealed class SymmetryPointTests
{
    private static (UpdateLaw Law, PulsedDevice Device) Of(string parameters)
    {
        SynapseCard card = HardwareDeck.Card(parameters);
        UpdateLaw law = UpdateLaw.Of(card)!;
        return (law, law.Device(card));
    }

    [Theory]
    [InlineData(0.1, 1, 1)]
    [InlineData(-0.3, 1, 1)]
    [InlineData(0.2, 0.9, 0.6)]
    public void LinearStepsHaveTheClosedForm(double asymmetry, double up, double down)
    {
        string text = string.Create(System.Globalization.CultureInfo.InvariantCulture, $"gmin=1u gmax=21u update=linear pulses=100 up_down={asymmetry} slope_up={up} slope_down={down} gref=9u");
        (UpdateLaw law, PulsedDevice d) = Of(text);

        // w* = (a₊ − a₋)/(a₊ γ₊/b₊ + a₋ γ₋/|b₋|), b₊ = 12 µS, |b₋| = 8 µS.
        double expected = 9e-6 + (2 * asymmetry / (((1 + asymmetry) * up / 12e-6) + ((1 - asymmetry) * down / 8e-6)));
        Assert.Equal(expected, SymmetryPoint.Of(law, d), 1e-16);
        Assert.Equal(0, SymmetryPoint.Drift(law, d, expected), 1e-18);
    }

    [Fact]
    public void CurvesWithMirroredLabelsMeetInTheMiddle()
    {
        (UpdateLaw law, PulsedDevice d) = Of("gmin=1u gmax=21u update=nl nl_up=3 nl_down=-3 pulses=60");
        Assert.Equal(11e-6, SymmetryPoint.Of(law, d), 1e-16);
    }

    [Fact]
    public void NoPointWhereOneDirectionIsStrongerEverywhere()
    {
        (UpdateLaw law, PulsedDevice d) = Of("gmin=1u gmax=21u update=constant pulses=100 up_down=0.1");
        Assert.True(double.IsNaN(SymmetryPoint.Of(law, d)));
        (law, d) = Of("gmin=1u gmax=21u update=constant pulses=100");
        Assert.True(double.IsNaN(SymmetryPoint.Of(law, d)));
    }

    [Theory]
    [InlineData("gmin=1u gmax=21u update=softbounds pulses=2000 up_down=0.2")]
    [InlineData("gmin=1u gmax=21u update=powstep pulses=2000 power_up=1.5 power_down=0.7")]
    [InlineData(HardwareDeck.Exponential)]
    [InlineData("gmin=3.0769n gmax=38.462n update=nl nl_up=2.4 nl_down=-4.88 pulses_up=1970 pulses_down=2000")]
    public void AlternatingPulsesDriveADeviceThere(string parameters)
    {
        (UpdateLaw law, PulsedDevice d) = Of(parameters);
        double point = SymmetryPoint.Of(law, d);
        Assert.InRange(point, d.Minimum, d.Maximum);
        foreach (double start in new[] { d.Minimum, d.Maximum })
        {
            double g = start;
            for (int k = 0; k < 20_000; k++)
                g = law.Apply(d, law.Apply(d, g, 1), -1);

            // After a pulse down the device is within a step of the point.
            Assert.InRange(g, point - law.Step(d, point, true), point + law.Step(d, point, true));
        }
    }

    [Fact]
    public void RandomPulsesHaveTheirMeanThere()
    {
        // Soft bounds: the mean of G obeys the drift exactly, and relaxes to G*; its variance is a²/(1 − r²)-like, so that the mean of n independent devices has a known error.
        (UpdateLaw law, PulsedDevice d) = Of("gmin=1u gmax=21u update=softbounds pulses=200 up_down=0.3 pulse_noise=1");
        double point = SymmetryPoint.Of(law, d);
        CounterRandom bank = CounterRandom.ForPath(23, "random");
        const int devices = 2000;
        var at = new double[devices];
        for (int k = 0; k < devices; k++)
        {
            CounterRandom signs = bank.Child("sign").Child((ulong)k);
            double g = 11e-6;
            for (ulong n = 0; n < 400; n++)
                g = law.Apply(d, g, signs.Chance(0.5) ? 1 : -1, bank.Child((ulong)k), n);
            at[k] = g;
        }

        double mean = at.Average();
        double sigma = Math.Sqrt(at.Average(g => (g - mean) * (g - mean)));
        Assert.InRange(mean - point, -5 * sigma / Math.Sqrt(devices), 5 * sigma / Math.Sqrt(devices));
    }
}
