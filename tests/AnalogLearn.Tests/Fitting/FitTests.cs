using System.Globalization;
using System.Text;
using AnalogLearn.Circuits;
using AnalogLearn.Fitting;
using AnalogLearn.Netlist;
using AnalogLearn.Numerics;
using AnalogLearn.Synapses;

namespace AnalogLearn.Tests.Fitting;

/// <summary>Fits find what made the data: within four of their own standard errors, cycle and device apart.</summary>
public sealed class FitTests
{
    private const double Errors = 4;

    public static TheoryData<string, string, (string Name, double Value)[]> Laws => new()
    {
        { "constant", "update=constant step=0.1u up_down=0.1 pulse_noise=0.5", [("step", 0.1e-6), ("up_down", 0.1)] },
        { "linear", "update=linear step=0.1u slope_up=0.4 slope_down=0.7 pulse_noise=0.3", [("step", 0.1e-6), ("slope_up", 0.4), ("slope_down", 0.7), ("up_down", 0)] },
        { "softbounds", "update=softbounds step=0.2u up_down=-0.05 pulse_noise=0.3", [("step", 0.2e-6), ("up_down", -0.05)] },
        { "powstep", "update=powstep step=0.2u power_up=0.6 power_down=1.4 pulse_noise=0.2", [("step", 0.2e-6), ("power_up", 0.6), ("power_down", 1.4)] },
    };

    [Theory]
    [MemberData(nameof(Laws))]
    public void LawsOfPulsesAreFound(string law, string parameters, (string Name, double Value)[] expected)
    {
        Fit fit = FitOf(law, Table(parameters, devices: 40, spread: 0), out _);
        foreach ((string name, double value) in expected)
        {
            FittedNumber number = fit.Numbers.Single(n => n.Name == name);
            Assert.InRange(Math.Abs(number.Value - value), 0, Errors * number.Error);
            Assert.InRange(number.Error, 0, 0.05 * Math.Max(1, value));
        }

        // What was fitted is a card that binds.
        DeckResult read = DeckReader.Parse("card\n" + fit.ToLibrary("mine", "test.csv").Replace(".lib mine\n", string.Empty, StringComparison.Ordinal).Replace(".endl\n", string.Empty, StringComparison.Ordinal)
            + ".model cell neuron(c=1n g=1u)\nNx x[0:0] input\nNy y[0:0] cell\nY1 x y mine\n");
        Assert.Empty(read.Diagnostics);
    }

    [Fact]
    public void DevicesHaveNamesAndDirectionsAreWords()
    {
        string Csv(Func<int, string> device, string up, string down)
        {
            var text = new StringBuilder("device,direction,g\n");
            for (int d = 1; d <= 3; d++)
            {
                double g = 10e-6;
                for (int k = 0; k < 40; k++)
                    text.Append(CultureInfo.InvariantCulture, $"{device(d)},{(k < 20 ? up : down)},{g += (k < 20 ? 1 : -1) * (0.1e-6 + (1e-9 * ((k * 7 * d) % 5)))}\n");
            }

            return text.ToString();
        }

        MeasuredTable Read(string text)
        {
            var diagnostics = new DiagnosticBag();
            MeasuredTable? table = MeasuredTable.Parse(text, "pulses.csv", diagnostics);
            Assert.Empty(diagnostics);
            return table!;
        }

        string[] Numbers(MeasuredTable table) => [.. PulseFit.Of(table, "constant", (double.NaN, double.NaN), new DiagnosticBag())!.Numbers.Select(n => n.ToString())];
        string[] plain = Numbers(Read(Csv(d => d.ToString(CultureInfo.InvariantCulture), "1", "-1")));
        Assert.Equal(plain, Numbers(Read(Csv(d => $"W3D{d}", "up", "down"))));
        Assert.Equal(plain, Numbers(Read(Csv(d => $"\"cell {d}\"", "SET", "Reset"))));

        var complaints = new DiagnosticBag();
        Assert.Null(MeasuredTable.Parse("device,direction,g\nd1,sideways,1e-6\n", "pulses.csv", complaints));
        Assert.Contains("'sideways' is no direction of a pulse", Assert.Single(complaints).ToString(), StringComparison.Ordinal);
        complaints = new DiagnosticBag();
        Assert.Null(Read("v,i\n0,0\n").Need("g", "conductance in S", complaints));
        Assert.StartsWith("pulses.csv:1:1:", Assert.Single(complaints).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void BranchesOfAFitAreNoCurve()
    {
        Fit pulses = FitOf("softbounds", Table("update=softbounds step=0.2u pulse_noise=0.3", devices: 4, spread: 0), out _);
        Assert.IsType<AnalogLearn.Plots.ScatterSeries>(pulses.Draw("mine").Panels[0].Series[1]);
        Assert.DoesNotContain("NaN", pulses.ToLibrary("mine", "test.csv"), StringComparison.Ordinal);
        MeasuredTable iv = MeasuredTable.Parse("v,i\n" + string.Concat(Enumerable.Range(-10, 21).Select(k => string.Create(CultureInfo.InvariantCulture, $"{k / 100.0},{1e-6 * k * (1 + (0.01 * k))}\n"))), "iv.csv", new DiagnosticBag())!;
        Assert.IsType<AnalogLearn.Plots.LineSeries>(CurrentFit.Of(iv, 3, new DiagnosticBag())!.Draw("mine").Panels[0].Series[1]);

        // Numbers that are not in siemens.
        var complaints = new DiagnosticBag();
        Assert.Null(PulseFit.Of(MeasuredTable.Parse(Pulses(), "p.csv", complaints)!, "constant", (5, double.NaN), complaints));
        Assert.Contains("gmin of 5 S is not below gmax", Assert.Single(complaints).Message, StringComparison.Ordinal);

        static string Pulses() => "direction,g\n" + string.Concat(Enumerable.Range(0, 20).Select(k => string.Create(CultureInfo.InvariantCulture, $"{(k < 10 ? 1 : -1)},{1e-5 + (1e-7 * (k < 10 ? k : 20 - k))}\n")));
    }

    [Fact]
    public void LabelsOfNeuroSimAreFound()
    {
        Fit fit = FitOf("nl", Table("update=nl pulses=100 nl_up=2.4 nl_down=-4.88 pulse_noise_range=0.002", devices: 20, spread: 0), out _);
        FittedNumber up = fit.Numbers.Single(n => n.Name == "nl_up"), down = fit.Numbers.Single(n => n.Name == "nl_down");
        Assert.InRange(Math.Abs(up.Value - 2.4), 0, Math.Max(Errors * up.Error, 0.05));
        Assert.InRange(Math.Abs(down.Value + 4.88), 0, Math.Max(Errors * down.Error, 0.1));
        Assert.Equal(0.002, fit.Numbers.Single(n => n.Name.StartsWith("pulse_noise_range", StringComparison.Ordinal)).Value, 0.0002);
    }

    [Fact]
    public void DevicesAndCyclesAreToldApart()
    {
        // 20 % from device to device, half a step from pulse to pulse.
        Fit fit = FitOf("linear", Table("update=linear step=0.1u slope_up=0.3 slope_down=0.3 pulse_noise=0.5 mult=0", devices: 150, spread: 0.2), out _);
        FittedNumber device = fit.Numbers.Single(n => n.Name.StartsWith("step from device", StringComparison.Ordinal));
        Assert.InRange(Math.Abs(device.Value - 0.2), 0, Errors * device.Error);
        Assert.InRange(device.Error, 0.001, 0.03);
        FittedNumber cycle = fit.Numbers.Single(n => n.Name.StartsWith("pulse_noise", StringComparison.Ordinal));
        Assert.Equal(0.5 * 0.1e-6, cycle.Value * fit.Points.Average(p => Math.Abs(p.Fitted)), 0.004e-6);

        // Without any spread none is found, beyond what its error allows.
        Fit same = FitOf("linear", Table("update=linear step=0.1u slope_up=0.3 slope_down=0.3 pulse_noise=0.5 mult=0", devices: 150, spread: 0), out _);
        FittedNumber none = same.Numbers.Single(n => n.Name.StartsWith("step from device", StringComparison.Ordinal));
        Assert.InRange(none.Value, 0, Errors * Math.Max(none.Error, 0.01));
    }

    [Fact]
    public void NoiseOfReadingIsToldFromNoiseOfPulses()
    {
        Fit fit = FitOf("constant", Table("update=constant step=0.1u pulse_noise=0.3", devices: 40, spread: 0, reading: 0.05e-6), out _);
        Assert.Equal(0.05e-6, fit.Numbers.Single(n => n.Name == "σ of a reading").Value, 0.005e-6);
    }

    [Fact]
    public void CurrentsGiveAPolynomial()
    {
        CounterRandom random = CounterRandom.ForPath(3, "iv");
        var text = new StringBuilder("v,i\n");
        for (int k = 0; k < 400; k++)
        {
            double v = -0.5 + (k / 400.0);
            text.Append(CultureInfo.InvariantCulture, $"{v:R},{(100e-6 * v * (1 + (0.2 * v) + (1.5 * v * v))) + (1e-8 * random.Normal()):R}\n");
        }

        Fit fit = CurrentFit.Of(Parse(text.ToString()), 3, new DiagnosticBag())!;
        foreach ((string name, double value) in new[] { ("g", 100e-6), ("k2", 0.2), ("k3", 1.5) })
        {
            FittedNumber number = fit.Numbers.Single(n => n.Name == name);
            Assert.InRange(Math.Abs(number.Value - value), 0, Errors * number.Error);
            Assert.InRange(number.Error, value * 1e-6, value * 0.05);
        }
    }

    [Fact]
    public void RetentionGivesTheExponentAndItsSpread()
    {
        CounterRandom random = CounterRandom.ForPath(4, "drift");
        var text = new StringBuilder("device,t,g\n");
        for (int d = 0; d < 200; d++)
        {
            double nu = 0.06 + (0.015 * random.Normal());
            for (int k = 0; k < 12; k++)
                text.Append(CultureInfo.InvariantCulture, $"{d},{Math.Pow(3, k):R},{10e-6 * Math.Pow((Math.Pow(3, k) + 20) / 20, -nu) * Math.Exp(0.01 * random.Normal()):R}\n");
        }

        Fit fit = RetentionFit.Of(Parse(text.ToString()), 20, new DiagnosticBag())!;
        foreach ((string name, double value) in new[] { ("nu", 0.06), ("nu_sd (device to device)", 0.015), ("read_noise (cycle to cycle), relative", 0.01) })
        {
            FittedNumber number = fit.Numbers.Single(n => n.Name == name);
            Assert.InRange(Math.Abs(number.Value - value), 0, Errors * number.Error);
            Assert.InRange(number.Error, 1e-6, value * 0.2);
        }
    }

    [Fact]
    public void ArraysGiveProgrammingNoiseDeviceAndCycleApart()
    {
        // σ_cycle = 0.3 + 1.9 x − 1.1 x² µS, σ_device = 0.5 µS.
        CounterRandom random = CounterRandom.ForPath(5, "array");
        var text = new StringBuilder("device,target,g\n");
        for (int d = 0; d < 300; d++)
        {
            double own = 0.5 * random.Normal();
            for (int level = 0; level < 9; level++)
            {
                double x = level / 8.0;
                for (int k = 0; k < 4; k++)
                    text.Append(CultureInfo.InvariantCulture, $"{d},{25e-6 * x:R},{(25e-6 * x) + (1e-6 * (own + ((0.3 + (1.9 * x) - (1.1 * x * x)) * random.Normal()))):R}\n");
            }
        }

        Fit fit = ArrayFit.Of(Parse(text.ToString()), double.NaN, 2, new DiagnosticBag())!;
        foreach ((string name, double value) in new[] { ("write_noise, coefficient of x^0", 0.3e-6), ("write_noise, coefficient of x^1", 1.9e-6), ("write_noise, coefficient of x^2", -1.1e-6), ("σ from device to device, mean over targets", 0.5e-6) })
        {
            FittedNumber number = fit.Numbers.Single(n => n.Name == name);
            Assert.InRange(Math.Abs(number.Value - value), 0, Errors * number.Error);
        }
    }

    [Theory]
    [InlineData("", "holds no numbers")]
    [InlineData("1,2\n3,4\n", "does not name the columns")]
    [InlineData("g,direction\n1,x\n", "is no direction of a pulse")]
    [InlineData("g,direction\n1\n", "numbers where 2 columns")]
    public void BadTablesAreNamed(string text, string message)
    {
        var diagnostics = new DiagnosticBag();
        Assert.Null(MeasuredTable.Parse(text, "bad.csv", diagnostics));
        Assert.Contains(diagnostics, d => d.Message.Contains(message, StringComparison.Ordinal));
    }

    private static Fit FitOf(string law, MeasuredTable table, out DiagnosticBag diagnostics)
    {
        diagnostics = new DiagnosticBag();
        Fit? fit = PulseFit.Of(table, law, (1e-6, 11e-6), diagnostics);
        Assert.Empty(diagnostics);
        return fit!;
    }

    private static MeasuredTable Parse(string text) => MeasuredTable.Parse(text, "test.csv", new DiagnosticBag())!;

    /// <summary>Devices between 1 and 11 µS under pulses up and down, as the program's own laws move them.</summary>
    private static MeasuredTable Table(string parameters, int devices, double spread, double reading = 0)
    {
        DeckResult read = DeckReader.Parse($"card\n.model mine synapse(gmin=1u gmax=11u {parameters})\n.model cell neuron(c=1n g=1u)\nNx x[0:0] input\nNy y[0:0] cell\nY1 x y mine\n");
        Assert.Empty(read.Diagnostics);
        SynapseCard card = read.Deck!.Circuit.Arrays[0].Card!;
        UpdateLaw law = UpdateLaw.Of(card)!;
        var text = new StringBuilder("device,direction,g\n");
        CounterRandom own = CounterRandom.ForPath(1, "devices"), readings = CounterRandom.ForPath(2, "readings");
        for (int d = 0; d < devices; d++)
        {
            double[] numbers = [.. card.Numbers];
            numbers[(int)SynapseParameter.Step] *= 1 + (spread * own.Normal());
            PulsedDevice device = law.Device(card, numbers);
            CounterRandom stream = CounterRandom.ForPath(7, d.ToString(CultureInfo.InvariantCulture));
            double g = 6e-6;
            text.Append(CultureInfo.InvariantCulture, $"{d},0,{g + (reading * readings.Normal()):R}\n");
            for (int k = 0; k < 160; k++)
            {
                bool up = k / 20 % 2 == 0;
                g = law.Apply(device, g, up ? 1 : -1, stream, (ulong)k);
                text.Append(CultureInfo.InvariantCulture, $"{d},{(up ? 1 : -1)},{g + (reading * readings.Normal()):R}\n");
            }
        }

        return Parse(text.ToString());
    }
}
