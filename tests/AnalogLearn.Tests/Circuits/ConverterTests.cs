using AnalogLearn.Circuits;
using AnalogLearn.Netlist;
using AnalogLearn.Numerics;
using AnalogLearn.Simulation;

namespace AnalogLearn.Tests.Circuits;

/// <summary>Codes of converters, and where decks have them.</summary>
public sealed class ConverterTests
{
    [Theory]
    [InlineData(1, 0, 1, new[] { 0.0, 1 })]
    [InlineData(2, 0, 0.9, new[] { 0.0, 0.3, 0.6, 0.9 })]
    [InlineData(2, -1, 1, new[] { -1.0, 0, 1 })]
    [InlineData(3, -0.6, 0.6, new[] { -0.6, -0.4, -0.2, 0, 0.2, 0.4, 0.6 })]
    [InlineData(3, -0.3, 0.9, new[] { -0.3, 0, 0.3, 0.6, 0.9 })]
    [InlineData(2, -3, 0, new[] { -3.0, -2, -1, 0 })]
    [InlineData(2, 1, 4, new[] { 1.0, 2, 3, 4 })]
    public void CodesAreThoseOfTheRange(int bits, double low, double high, double[] codes)
    {
        var converter = new Converter(bits, low, high);
        var met = new SortedSet<double>();
        for (int k = -1000; k <= 2000; k++)
        {
            double v = low + ((high - low) * k / 1000), code = converter.Convert(v);
            met.Add(Math.Round(code, 12));
            double nearest = codes.MinBy(c => Math.Abs(c - v));
            Assert.True(Math.Abs(code - v) <= Math.Abs(nearest - v) + 1e-12, $"{v}: {code} instead of {nearest}");
            Assert.Equal(code, converter.Convert(code), 1e-12);
        }

        Assert.Equal(codes.Length, met.Count);
        foreach ((double expected, double actual) in codes.Zip(met))
            Assert.Equal(expected, actual, 1e-12);
        Assert.True(codes.Length <= 1 << bits);
    }

    [Fact]
    public void SevenSignedBitsAreThoseOfAihwkit() => Assert.Equal(2.0 / 126, new Converter(7, -1, 1).Step, 1e-15);

    [Fact]
    public void AnInputIsClampedToCodes()
    {
        Deck deck = Read(".model cell neuron(clip=-1,1 adc=4)\nNx x[0:1] input dac=3 range=0,0.7\nNy y cell\nY1 x y w init=1\n.model w synapse()");
        RateNetwork network = RateNetwork.Compile(deck.Circuit);
        Assert.Equal(new Converter(4, -1, 1), network.Banks[0].Description.Adc);
        var field = new RateField<float>(network, network.InitialParameters(1).To<float>());
        var values = new Batch<float>(1, 2);
        (values[0, 0], values[0, 1]) = (0.34f, 2f);
        field.SetInput(0, values);
        Assert.Equal(0.34f, values[0, 0]);
        Assert.Equal([0.3f, 0.7f], field.Input(0)!.Row(0).ToArray());
        var state = new Batch<float>(1, 1);
        new Settler<float>(field).Settle(state, new SettleOptions { MaximumSteps = 100 });
        Assert.Equal(1f, state[0, 0], 1e-6);
    }

    [Theory]
    [InlineData("Nx x input dac=4\nNy y cell", "the range of dac of 'nx' is missing")]
    [InlineData("Nx x input\nNy y cell adc=4", "the range of adc of 'ny' is missing")]
    [InlineData("Nx x input\nNy y cell dac=4 range=0,1", "a bank of neurons has no dac", "'ny' is not clamped")]
    [InlineData("Nx x input c=1n\nNy y cell", "clamped inputs have no parameters but dac= and range=")]
    [InlineData("Nx x input dac=1 range=-1,1\nNy y cell", "one bit over a range on both sides of 0 V")]
    [InlineData("Nx x input dac=2.5 range=0,1\nNy y cell", "a number of bits from 1 to 32")]
    [InlineData("Nx x input range=0,1\nNy y cell", "range of 'nx' without a converter")]
    [InlineData("Nx x input\nNy y cell flicker_corner=10", "without noise")]
    [InlineData("Nx x input\nNy y cell a0=0", "a gain of 0")]
    [InlineData("Nx x input\nNy y cell slew=-1", "a slew rate of -1 V/s")]
    [InlineData("Nx x input\nNy y cell a0=10 DEV=5% slew=1k LOT=2% adc=4 range=0,1 adc_noise=1m DEV=10% noise=thermal flicker_corner=1k DEV=1%", null)]
    public void MistakesAreTold(string lines, string? message, string? other = null)
    {
        DeckResult result = DeckReader.Parse($"title\n.model cell neuron()\n{lines}\n.model w synapse()\nY1 x y w\n.op\n");
        if (message is null)
        {
            Assert.Empty(result.Diagnostics);
            Assert.Empty(EngineSelection.Diagnose(result.Deck!, Engine.Rate));
            Assert.Empty(EngineSelection.Diagnose(result.Deck!, Engine.Nodal));
            return;
        }

        Assert.Contains(result.Diagnostics, d => d.Message.Contains(message, StringComparison.Ordinal) || (d.Fix?.Contains(message, StringComparison.Ordinal) ?? false));
        if (other is not null)
            Assert.Contains(result.Diagnostics, d => d.Message.Contains(other, StringComparison.Ordinal));
    }

    /// <summary>Where the noise of neurons is left out it is said so; .tran has it on both engines.</summary>
    [Theory]
    [InlineData("noise=thermal", ".tran 1u 1m", Engine.Nodal, null)]
    [InlineData("noise=thermal", ".tran 1u 1m", Engine.Rate, null)]
    [InlineData("noise=thermal", ".noise v(y) V1 dec 10 1 1meg", Engine.Nodal, null)]
    [InlineData("noise=thermal", ".sens v(y) tran 1u 1m", Engine.Nodal, "'ny' make no noise in .sens of a transient")]
    [InlineData("noise=1p", ".sens v(y) tran 1u 1m", Engine.Nodal, "'ny' make no noise in .sens of a transient")]
    [InlineData("noise=none", ".sens v(y) tran 1u 1m", Engine.Nodal, null)]
    [InlineData("noise=thermal", ".sens v(y)", Engine.Nodal, null)]
    [InlineData("noise=thermal", ".dataset d xor input=x target=y\n.learn eqprop(beta=0.1) output=y\n.train epochs=1", Engine.Nodal, "'ny' learn without their noise")]
    [InlineData("noise=thermal", ".options settle_noise=1\n.dataset d xor input=x target=y\n.learn eqprop(beta=0.1) output=y\n.train epochs=1", Engine.Nodal, null)]
    [InlineData("noise=none", ".dataset d xor input=x target=y\n.learn eqprop(beta=0.1) output=y\n.train epochs=1", Engine.Nodal, null)]
    public void NoiseThatIsLeftOutIsSaidSo(string noise, string card, Engine engine, string? said)
    {
        Deck deck = DeckReader.Parse($"title\n.model cell neuron({noise})\nNx x input\nV1 x 0 1\nNy y cell\n.model w synapse()\nY1 x y w\n{card}\n").Deck!;
        Diagnostic[] told = [.. EngineSelection.Diagnose(deck, engine)];
        Assert.DoesNotContain(told, d => d.Severity == Severity.Error);
        Assert.Equal(said is null ? 0 : 1, told.Length);
        Assert.All(told, d => Assert.Contains(said!, d.Message, StringComparison.Ordinal));
    }

    private static Deck Read(string body)
    {
        DeckResult result = DeckReader.Parse("title\n" + body + "\n.op\n");
        Assert.Empty(result.Diagnostics);
        return result.Deck!;
    }
}
