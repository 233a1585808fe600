using AnalogLearn.Circuits;
using AnalogLearn.Netlist;

namespace AnalogLearn.Tests.Synapses;

/// <summary>The vocabulary of synapse hardware: what is read, and what is refused, where and why.</summary>
public sealed class SynapseCardTests
{
    [Theory]
    [InlineData("")]
    [InlineData("gmin=1u gmax=25u")]
    [InlineData("gmin=1u gmax=25u source=\"doi:10.1000/1\"")]
    public void IdealSynapsesHaveNoCard(string parameters)
    {
        (SynapseArray? array, DiagnosticBag diagnostics) = HardwareDeck.Read(parameters);
        Assert.Empty(diagnostics);
        Assert.Null(array!.Card);
    }

    [Fact]
    public void EverythingIsRead()
    {
        SynapseCard card = HardwareDeck.Card(
            "gmin=1u gmax=21u pair=reference gref=9u bits=5 write_noise=2% update=linear pulses=500 up_down=0.1 slope_up=0.4 slope_down=0.7 mult=0 pulse_noise=0.3 pulse_noise_range=0.5% rounding=carry most_pulses=31 persistent_noise=2"
            + " endurance=1e6 endurance_shape=1.5 read_noise=poly(0.02,0.01) flicker=powclip(0.0088,-0.65,0.2) flicker_t=250n read_time=2 nu=lnclip(-0.0155,0.0244,0.049,0.1) nu_sd=0.01 t0=20 t_read=3600 relax_mean=-0.089u"
            + " relax_sd=poly(0.41u,0.042u) p_stuck_on=1% p_stuck_off=2% p_open=0.5% p_stuck=0.1% iv=poly(1,0.1,0.02) vread=0.2 rwire=0.35");
        Assert.Equal(SynapsePair.Reference, card.Pair);
        Assert.Equal(SynapseUpdate.Linear, card.Update);
        Assert.Equal(PulseRoundingKind.Carry, card.Rounding);
        Assert.Equal(32, card.Levels);
        Assert.Equal(31, card.MostPulses);
        Assert.False(card.IsMultiplicative);
        Assert.Equal(9e-6, card.Reference);
        Assert.Equal(0.02 * 20e-6, card.Value(SynapseParameter.WriteNoise, 0.3), 1e-18);
        Assert.Equal(20e-6 / 500 * 1.1, card.NominalStep(up: true), 1e-18);
        Assert.Equal(20e-6 / 500 * 0.9, card.NominalStep(up: false), 1e-18);
        Assert.Equal(0.025, card.Value(SynapseParameter.ReadNoise, 0.5), 1e-15);
        Assert.Equal(0.41e-6 + (0.042e-6 * 3), card.Value(SynapseParameter.RelaxationDeviation, 3), 1e-18);
        Assert.Equal(-0.089e-6, card[SynapseParameter.RelaxationMean], 1e-18);
        Assert.Equal("1 0.1 0.02", string.Join(" ", card.CurrentPolynomial.Select(c => c.ToString("g3", System.Globalization.CultureInfo.InvariantCulture))));
        Assert.Equal((0.01, 0.02, 0.005, 0.001), (card[SynapseParameter.StuckOn], card[SynapseParameter.StuckOff], card[SynapseParameter.Open], card[SynapseParameter.Stuck]));
        Assert.Equal((1e6, 1.5), (card[SynapseParameter.Endurance], card[SynapseParameter.EnduranceShape]));
        Assert.Equal((0.2, 0.35), (card[SynapseParameter.ReadVoltage], card[SynapseParameter.WireResistance]));
        Assert.Equal((20, 3600), (card[SynapseParameter.DriftTime], card[SynapseParameter.Age]));
        Assert.True(card.HasDrift && card.HasFaults && card.HasReadNoise && card.IsPulsed);
    }

    [Theory]
    [InlineData("gmin=0 gmax=25u write_noise=poly(0.26348u,1.965u,-1.1731u) nu=lnclip(-0.0155,0.0244,0.049,0.1)\n+ nu_sd=lnclip(-0.0125,-0.0059,0.008,0.045) t0=20 t_read=86400 flicker=powclip(0.0088,-0.65,0.2) flicker_t=250n")]
    [InlineData("gmin=3.0769n gmax=38.462n update=nl nl_up=2.4 nl_down=-4.88 pulses_up=97 pulses_down=100 pulse_noise_range=3.5%")]
    public void TheExamplesOfTheLanguageAreSound(string parameters)
    {
        SynapseCard card = HardwareDeck.Card(parameters);
        Assert.True(card.HasDrift || card.IsPulsed);
        Assert.Equal(card[SynapseParameter.Age], card[SynapseParameter.ReadTime]);
    }

    [Fact]
    public void ATableOfParametersIsInTheOrderOfItsNumbers()
    {
        Assert.Equal(Enum.GetValues<SynapseParameter>(), SynapseParameters.All.Select(p => p.Id));
        Assert.All(SynapseParameters.All, p => Assert.True(double.IsNaN(p.Default) || (p.Default >= p.Low && p.Default <= p.High)));
    }

    [Fact]
    public void TheLineCompletesTheModel()
    {
        (SynapseArray? array, DiagnosticBag diagnostics) = HardwareDeck.Read("update=softbounds write_noise=1%", "gmin=1u gmax=5u pulses=100 g0=2u");
        Assert.Empty(diagnostics);
        Assert.Equal(0.04e-6, array!.Card!.NominalStep(up: true), 1e-18);
        Assert.Equal(0.04e-6, array.Card.Value(SynapseParameter.WriteNoise, 0), 1e-18);
        Assert.Equal(-2, array.WeightLow, 1e-12);
        Assert.Equal(2, array.WeightHigh, 1e-12);
    }

    [Fact]
    public void AReferenceColumnShiftsTheBoundsOfWeights()
    {
        (SynapseArray? array, DiagnosticBag diagnostics) = HardwareDeck.Read("gmin=1u gmax=21u pair=reference gref=6u g0=10u");
        Assert.Empty(diagnostics);
        Assert.Equal(-0.5, array!.WeightLow, 1e-12);
        Assert.Equal(1.5, array.WeightHigh, 1e-12);
    }

    [Fact]
    public void SpreadsStandBehindNumbersAndAsSharesBehindFunctions()
    {
        (SynapseArray? array, DiagnosticBag diagnostics) = HardwareDeck.Read("gmin=1u DEV=10% gmax=21u DEV=5% update=constant pulses=100 DEV=20%/lognormal LOT=5% up_down=0.1 DEV=0.05 pulse_noise=0.3 nu=lnclip(-0.0155,0.0244,0.049,0.1) DEV=10% t0=20");
        Assert.Empty(diagnostics);
        Assert.Equal(6, array!.Spreads.Length);
        Assert.All(array.Spreads, s => Assert.True(SynapseParameters.CanSpread(s.Parameter)));
        Assert.Equal(1, array.Card![SynapseParameter.Drift]);
        (_, diagnostics) = HardwareDeck.Read("gmax=21u nu=lnclip(-0.0155,0.0244,0.049,0.1) DEV=0.01");
        Assert.Equal(Codes.BadSpread, Assert.Single(diagnostics).Code);
    }

    [Fact]
    public void SiemensWhereMicrosiemensWereMeantAreToldOf()
    {
        (_, DiagnosticBag diagnostics) = HardwareDeck.Read("gmin=0 gmax=12 g0=10u bits=5");
        Diagnostic found = Assert.Single(diagnostics);
        Assert.Equal((Severity.Warning, "gmax of 12 S is a weight of 1.2e+06 at g0 of 1e-05 S"), (found.Severity, found.Message));
        (_, diagnostics) = HardwareDeck.Read("gmin=0 gmax=12u g0=10u bits=5");
        Assert.Empty(diagnostics);
    }

    [Fact]
    public void NoiseThatSaturatesIsThatOfItsSource()
    {
        // SONOS in 40 nm: σ = A (1 − exp(−I/B)), A = 19.887 nA, B = 176.31 nA, 1600 nA at gmax; 8.6 nA at 100 nA.
        (SynapseArray? array, DiagnosticBag diagnostics) = HardwareDeck.Read("gmin=0 gmax=1.6u write_noise=satexp(19.887n,0.110194)");
        Assert.Empty(diagnostics);
        DeviceFunction noise = array!.Card!.Functions[(int)SynapseParameter.WriteNoise]!;
        Assert.Equal(19.887e-9 * (1 - Math.Exp(-100 / 176.31)), noise.At(100 / 1600.0), 1e-13);
        Assert.Equal(0, noise.At(0));
        Assert.Equal("satexp(1.9887E-08,0.110194)", noise.ToString());
    }

    [Theory]
    [InlineData("gmax=1u updat=nl", Codes.UnknownParameter, "updat")]
    [InlineData("gmax=1u nl=2", Codes.UnknownParameter, "nl")]
    [InlineData("gmax=1u update=nll pulses=10", Codes.BadValue, "nll")]
    [InlineData("bits=4", Codes.Missing, "gmax is not given")]
    [InlineData("pair=reference", Codes.Missing, "gmax is not given")]
    [InlineData("gmax=1u bits=4 levels=16", Codes.ContradictoryParameters, "bits and levels")]
    [InlineData("gmax=1u bits=2.5", Codes.BadValue, "whole number")]
    [InlineData("gmax=1u levels=1", Codes.BadValue, "whole number")]
    [InlineData("gmax=1u gref=0.5u", Codes.UnusedParameter, "gref")]
    [InlineData("gmax=1u pair=reference gref=2u", Codes.BadValue, "between gmin and gmax")]
    [InlineData("gmax=1u update=linear", Codes.Missing, "size of a pulse")]
    [InlineData("gmax=1u update=constant pulses=10 step=1n", Codes.ContradictoryParameters, "same thing")]
    [InlineData("gmax=1u update=constant pulses=10 slope_up=1", Codes.UnusedParameter, "update=linear")]
    [InlineData("gmax=1u pulses=10", Codes.UnusedParameter, "law of pulses")]
    [InlineData("gmax=1u nl_up=2", Codes.UnusedParameter, "update=nl")]
    [InlineData("gmax=1u update=nl nl_up=2", Codes.Missing, "number of pulses")]
    [InlineData("gmax=1u update=nl nl_up=12 pulses=10", Codes.BadValue, "between -10 and 10")]
    [InlineData("gmax=1u update=nl nl_up=2 pulses=10 step=1n", Codes.UnusedParameter, "step")]
    [InlineData("gmax=1u update=nl nl_up=2 pulses=10 up_down=0.1", Codes.UnusedParameter, "up_down")]
    [InlineData("gmax=1u update=nl pulses=10 pulses_up=10 pulses_down=20", Codes.ContradictoryParameters, "pulses_up and pulses_down")]
    [InlineData("gmax=1u update=expstep pulses=10 es_a=1", Codes.Missing, "es_gamma_up")]
    [InlineData("gmax=1u update=piecewise pulses=10 nodes_up=[1,0]", Codes.Missing, "nodes_down")]
    [InlineData("gmax=1u update=piecewise pulses=10 nodes_up=[1,-1] nodes_down=[0,1]", Codes.BadValue, "below 0")]
    [InlineData("gmax=1u update=constant pulses=10 up_down=1", Codes.BadValue, "up_down")]
    [InlineData("gmax=1u update=constant pulses=10 mult=0", Codes.UnusedParameter, "pulse_noise")]
    [InlineData("gmax=1u update=constant pulses=10 endurance_shape=2", Codes.UnusedParameter, "endurance")]
    [InlineData("gmax=1u update=constant pulses=10 refresh=10", Codes.UnusedParameter, "pair=onesided")]
    [InlineData("gmax=1u update=constant pulses=10 pair=onesided refresh_at=0.6", Codes.UnusedParameter, "refresh_at")]
    [InlineData("gmax=1u update=constant pulses=10 pair=onesided refresh=1 refresh_at=0.2", Codes.ContradictoryParameters, "refresh_least=0.25 is above refresh_at=0.2")]
    [InlineData("gmax=1u update=constant pulses=10 pair=onesided refresh=1.5", Codes.BadValue, "refresh is 1.5")]
    [InlineData("gmax=1u pair=onesided refresh=3", Codes.UnusedParameter, "law of pulses")]
    [InlineData("gmax=1u pair=onesidd update=constant pulses=10", Codes.BadValue, "onesidd")]
    [InlineData("gmax=1u t_read=10", Codes.UnusedParameter, "t_read")]
    [InlineData("gmax=1u t0=10", Codes.UnusedParameter, "nu")]
    [InlineData("gmax=1u flicker=0.01 t_read=1", Codes.Missing, "flicker_t")]
    [InlineData("gmax=1u flicker=0.01 flicker_t=1u", Codes.Missing, "read_time")]
    [InlineData("gmax=1u vread=0.2", Codes.UnusedParameter, "iv")]
    [InlineData("gmax=1u iv=poly(2,1)", Codes.BadValue, "begins with 1")]
    [InlineData("gmax=1u iv=0.1", Codes.BadValue, "polynomial")]
    [InlineData("gmax=1u p_stuck_on=0.6 p_open=0.6", Codes.ContradictoryParameters, "add up to 1.2")]
    [InlineData("gmax=1u p_open=1.5", Codes.BadValue, "between 0 and 1")]
    [InlineData("gmax=1u read_noise=poli(1)", Codes.UnknownFunction, "poli")]
    [InlineData("gmax=1u read_noise=powclip(1,2)", Codes.WrongArgumentCount, "powclip")]
    [InlineData("gmax=1u nu=lnclip(1,2,4,3)", Codes.BadValue, "lower bound")]
    [InlineData("gmax=1u write_noise=satexp(1n,0)", Codes.BadValue, "above 0")]
    [InlineData("gmax=1u write_noise=satexp(1n)", Codes.WrongArgumentCount, "satexp")]
    [InlineData("gmax=1u write_noise=poly(1n,-2n)", Codes.BadValue, "G/gmax")]
    [InlineData("gmax=1u read_noise=-0.1", Codes.BadValue, "must be between 0 and 10")]
    [InlineData("gmax=1u read_noise=loud", Codes.NumberExpected, "loud")]
    [InlineData("gmax=1u bits=25", Codes.BadValue, "whole number from 1 to 24")]
    [InlineData("gmax=1u levels=-2", Codes.BadValue, "levels is -2")]
    [InlineData("gmax=1u bits=four", Codes.NumberExpected, "bits takes a number")]
    [InlineData("gmin=0.5u gmax=1u write_noise=0.6u", Codes.BadValue, "more than the whole range of 5e-07 S")]
    [InlineData("gmin=0.5u gmax=1u write_noise=101%", Codes.BadValue, "write_noise is 5.05e-07 S, more than the whole range")]
    [InlineData("gmin=0.5u gmax=1u write_noise=poly(0.1u,0.3u,0.2u)", Codes.BadValue, "6e-07 S at G/gmax = 1, more than the whole range")]
    [InlineData("gmax=1u write_noise=-1n", Codes.BadValue, "must be at least 0 S")]
    [InlineData("gmax=1u update=constant pulses=10 pulse_noise=-0.1", Codes.BadValue, "pulse_noise is -0.1")]
    [InlineData("gmax=1u update=constant pulses=10 pulse_noise_range=2", Codes.BadValue, "between 0 and 1")]
    [InlineData("gmax=1u nu=0.1 nu_sd=-1", Codes.BadValue, "nu_sd is -1")]
    [InlineData("gmax=1u p_stuck=-0.1", Codes.BadValue, "p_stuck is -0.1")]
    [InlineData("gmax=1u relax_sd=-1n", Codes.BadValue, "relax_sd is -1e-09 S")]
    [InlineData("gmax=1u update=constant pulses=0", Codes.BadValue, "pulses is 0")]
    public void MistakesAreNamedWithAPlace(string parameters, string code, string says)
    {
        (_, DiagnosticBag diagnostics) = HardwareDeck.Read(parameters);
        Diagnostic found = Assert.Single(diagnostics);
        Assert.Equal(code, found.Code);
        Assert.Contains(says, found.Message, StringComparison.Ordinal);
        Assert.True(found.Span.IsWritten);
        Assert.False(string.IsNullOrWhiteSpace(found.Fix), found.ToString());
        string[] shown = found.ToString().Split('\n');
        Assert.Equal((true, true, true), (shown[0].StartsWith("d.cir:3:", StringComparison.Ordinal), shown[2].Contains('^', StringComparison.Ordinal), shown[3].StartsWith("    help: ", StringComparison.Ordinal)));
    }

    /// <summary>The line is complete only with its model: a range on the line counts, and what is wrong on the model is shown there.</summary>
    [Fact]
    public void NoiseOfProgrammingIsHeldAgainstTheRangeOfTheLine()
    {
        Assert.Empty(HardwareDeck.Read("gmax=1u write_noise=2u", "gmax=5u").Diagnostics);
        Assert.Empty(HardwareDeck.Read("gmin=0.5u gmax=1u write_noise=0.5u").Diagnostics);
        Diagnostic found = Assert.Single(HardwareDeck.Read("gmax=5u write_noise=2u", "gmax=1u").Diagnostics);
        Assert.StartsWith("d.cir:3:", found.Headline, StringComparison.Ordinal);
        Assert.Contains("more than the whole range", found.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("", 0)]
    [InlineData("bits=0", 0)]
    [InlineData("levels=0", 0)]
    [InlineData("bits=1", 2)]
    [InlineData("levels=3", 3)]
    public void NoBitsAreAnAnalogDevice(string levels, int count)
    {
        (SynapseArray? array, DiagnosticBag diagnostics) = HardwareDeck.Read("gmin=1u gmax=25u read_noise=1% " + levels);
        Assert.Empty(diagnostics);
        Assert.Equal(count, array!.Card!.Levels);
        DeckResult result = DeckReader.Parse($"t\n.model cell neuron(c=1n g=1u rho=tanh)\n.model w synapse(gmin=1u gmax=25u read_noise=1% {levels})\nNx x[0:2] input\nNh h[0:1] cell\nYxh x h w\n", "d.cir", null);
        Assert.EndsWith(count == 0 ? "devices of 1 µS to 25 µS, analog\n" : $"devices of 1 µS to 25 µS, {count} levels\n", AnalogLearn.Studies.CircuitSummary.Of(result.Deck!.Circuit).ToText(), StringComparison.Ordinal);
    }
}
