using AnalogLearn.Circuits;

namespace AnalogLearn.Tests.Circuits;

public sealed class WaveformTests
{
    private static Waveform Of(string source)
    {
        DeckResult result = DeckReader.Parse($"t\nV1 a 0 {source}\n.tran 1m 10\n");
        Assert.True(result.Deck is not null, string.Join("\n", result.Diagnostics));
        return result.Deck!.Circuit.Elements[0].Waveform!;
    }

    [Fact]
    public void Pulse()
    {
        Waveform w = Of("PULSE(1 3 1 0.2 0.4 2 5)");
        double[] times = [0, 1, 1.1, 1.2, 3.2, 3.4, 3.6, 5.9, 6.1, 7];
        double[] values = [1, 1, 2, 3, 3, 2, 1, 1, 2, 3];
        for (int k = 0; k < times.Length; k++)
            Assert.Equal(values[k], w.At(times[k]), 9);
        Assert.Equal([1, 1.2, 3.2, 3.6, 6, 6.2, 8.2, 8.6], w.Breakpoints(9).Select(t => Math.Round(t, 9)));
    }

    [Fact]
    public void PulseTakesItsDefaultsFromTheTransient()
    {
        var w = Assert.IsType<PulseWaveform>(Of("PULSE(0 1)"));
        Assert.Equal((1e-3, 1e-3, 10.0, double.PositiveInfinity), (w.Rise, w.Fall, w.Width, w.Period));
    }

    [Fact]
    public void Sine()
    {
        Waveform w = Of("SIN(1 2 0.5 1 0.3 90)");
        Assert.Equal(3, w.At(0.5), 12);
        Assert.Equal(1 + (2 * Math.Exp(-0.3 * 0.7) * Math.Sin((Math.PI * 0.7) + (Math.PI / 2))), w.At(1.7), 12);
        Assert.Equal(0.1, Assert.IsType<SineWaveform>(Of("SIN(0 1)")).Frequency);
    }

    [Fact]
    public void Exponential()
    {
        Waveform w = Of("EXP(0 2 1 0.5 3 0.25)");
        Assert.Equal(0, w.At(1));
        Assert.Equal(2 * (1 - Math.Exp(-2)), w.At(2), 12);
        Assert.Equal((2 * (1 - Math.Exp(-6))) - (2 * (1 - Math.Exp(-4))), w.At(4), 12);
    }

    [Fact]
    public void PiecewiseLinear()
    {
        Waveform w = Of("PWL(0 1 1 3 2 3 4 -1)");
        Assert.Equal([1.0, 2, 3, 1, -1, -1], new[] { -1, 0.5, 1.5, 3, 4, 9 }.Select(w.At));
        Waveform repeated = Of("PWL(0 0 1 1 2 0) r=0 td=1");
        Assert.Equal([0.0, 0.5, 0.5, 1], new[] { 0.5, 1.5, 3.5, 4 }.Select(t => Math.Round(repeated.At(t), 12)));
    }

    [Fact]
    public void FrequencyModulated()
    {
        Waveform w = Of("SFFM(0.5 2 10 3 1)");
        Assert.Equal(0.5 + (2 * Math.Sin((2 * Math.PI * 10 * 0.13) + (3 * Math.Sin(2 * Math.PI * 0.13)))), w.At(0.13), 12);
    }

    [Theory]
    [InlineData("5", 5)]
    [InlineData("DC 5", 5)]
    [InlineData("dc=5 ac=1", 5)]
    [InlineData("DC {2+3} AC 1 30 SIN(0 1 1k)", 5)]
    [InlineData("SIN(2 1 1k)", 2)]
    [InlineData("PULSE (3 1 1)", 3)]
    [InlineData("PWL 0 4 1 5", 4)]
    [InlineData("AC 1", 0)]
    public void TheDirectValue(string source, double value)
    {
        DeckResult result = DeckReader.Parse($"t\nV1 a 0 {source}\n");
        Assert.True(result.Deck is not null, string.Join("\n", result.Diagnostics));
        Assert.Equal(value, result.Deck!.Circuit.Elements[0].Parameters["value"]);
    }
}
