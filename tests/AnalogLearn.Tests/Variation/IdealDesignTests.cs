using AnalogLearn.Circuits;
using AnalogLearn.Variation;

namespace AnalogLearn.Tests.Variation;

/// <summary>A design without some of what makes hardware differ.</summary>
public class IdealDesignTests
{
    private const string Text =
        "hardware\n.param r=agauss(1,0.3,3)\n.model cell neuron(c=1n g=1u DEV=5% rho=tanh gain={r} vos=2m noise=1 a0=200 slew=1k adc=6 clip=-1,1)\n"
        + ".model w synapse(gmin=0 gmax=20u DEV=10% g0=10u bits=5 write_noise=2% read_noise=0.05 p_stuck_on=0.01 update=linear pulses=100 slope_up=0.5 pulse_noise=0.3 nu=0.05 t_read=100)\n"
        + "Nx x[0:1] input\nNy y[0:1] cell\nYxy x y w\n.op\n";

    [Fact]
    public void Groups_that_are_written_are_found()
    {
        NonIdealities all = NonIdealities.Mismatch | NonIdealities.Levels | NonIdealities.Programming | NonIdealities.Pulses | NonIdealities.PulseNoise | NonIdealities.Reading | NonIdealities.Drift
            | NonIdealities.Faults | NonIdealities.NeuronNoise | NonIdealities.NeuronErrors | NonIdealities.Converters;
        Deck deck = Read();
        Assert.Equal(all, IdealDesign.Of(deck));
        foreach (NonIdealities group in Enum.GetValues<NonIdealities>().Where(g => g != NonIdealities.None))
            Assert.Equal(all & ~group, IdealDesign.Of(deck.Without(group)));
    }

    [Fact]
    public void Without_everything_chips_are_the_design_and_weights_what_is_asked()
    {
        Deck ideal = Read().Without(NonIdealities.All);
        Chip chip = ideal.Fabricate(3, 5);
        Assert.Empty(chip.Draws);
        SynapseArray array = ideal.Circuit.Array("yxy")!;
        Assert.Equal(2, array.WeightHigh, 12);
        Assert.Equal(20e-6, array.Card!.Maximum);
        Assert.Equal(0, array.Card.Levels);
        Assert.False(array.Card.IsPulsed || array.Card.HasFaults || array.Card.HasReadNoise || array.Card.HasDrift);
        Assert.Equal(0, array.Card.Value(SynapseParameter.WriteNoise, 0.5));
        NeuronBank bank = ideal.Circuit.Banks.Single(b => b.Name == "ny");
        Assert.Equal(0, bank.Offset);
        Assert.Equal(double.PositiveInfinity, bank.FiniteGain);
        Assert.Equal(double.PositiveInfinity, bank.SlewRate);
        Assert.Null(bank.Adc);
        Assert.Equal(AnalogLearn.Circuits.NeuronNoise.None, bank.Noise);
    }

    [Fact]
    public void What_stays_on_keeps_its_draws()
    {
        Deck deck = Read();
        Chip whole = deck.Fabricate(3, 5);
        Chip less = deck.Without(NonIdealities.Levels | NonIdealities.Pulses | NonIdealities.Reading).Fabricate(3, 5);
        Assert.Equal(whole.Circuit.Banks.Single(b => b.Name == "ny").Each!.LeakConductance.ToArray(), less.Circuit.Banks.Single(b => b.Name == "ny").Each!.LeakConductance.ToArray());
        Assert.Equal(whole.Circuit.Banks.Single(b => b.Name == "ny").Gain, less.Circuit.Banks.Single(b => b.Name == "ny").Gain);
        Assert.NotEqual(1, less.Circuit.Banks.Single(b => b.Name == "ny").Gain);
        Assert.Equal(0, less.Deck!.Circuit.Array("yxy")!.Card!.Levels);
        Assert.True(less.Deck.Circuit.Array("yxy")!.Card!.HasFaults);
    }

    private static Deck Read()
    {
        DeckResult read = DeckReader.Parse(Text);
        Assert.True(read.Deck is not null, string.Join('\n', read.Diagnostics));
        return read.Deck;
    }
}
