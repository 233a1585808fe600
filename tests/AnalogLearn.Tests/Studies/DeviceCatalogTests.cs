using System.Collections.Immutable;
using AnalogLearn.Circuits;
using AnalogLearn.Netlist;
using AnalogLearn.Studies;
using AnalogLearn.Synapses;

namespace AnalogLearn.Tests.Studies;

/// <summary>The device libraries: every card binds, says where it comes from, and gives the numbers of its source.</summary>
public sealed class DeviceCatalogTests
{
    private static readonly string Folder = DeviceCatalog.Find()!;

    private static readonly Lazy<ImmutableArray<DeviceEntry>> Entries = new(() =>
    {
        var diagnostics = new DiagnosticBag();
        ImmutableArray<DeviceEntry> entries = DeviceCatalog.Read(Folder, diagnostics);
        Assert.Empty(diagnostics);
        return entries;
    });

    public static TheoryData<string> Names => [.. Entries.Value.Select(e => e.Name)];

    [Fact]
    public void ThereAreEnoughOfThem()
    {
        Assert.True(Entries.Value.Length >= 60);
        Assert.Equal(Entries.Value.Length, Entries.Value.Select(e => e.Name).Distinct(StringComparer.Ordinal).Count());
        Assert.True(Entries.Value.Select(e => e.Family).Distinct(StringComparer.Ordinal).Count() >= 11);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void ACardBindsFabricatesAndSaysWhereItComesFrom(string name)
    {
        DeviceEntry entry = Entry(name);
        Assert.NotEmpty(entry.Description);
        Assert.NotEmpty(entry.Source);
        Assert.NotEmpty(entry.Uncertainty);
        Assert.DoesNotContain("[M]", entry.Source, StringComparison.Ordinal);
        DeckResult read = DeckReader.Parse($"card\n.lib \"{entry.Path}\" {name}\n{DeviceCatalog.Bench(name, entry.Model.Type)}.op\n");
        Assert.Empty(read.Diagnostics);
        using var folder = new TemporaryFolder();
        var run = DeckRun.Of(read.Deck!, new RunSettings { Folder = folder.Path, Chip = 3 });
        Assert.Equal(RunStatus.Done, run.Run());
        Assert.All(DeviceSheet.Facts(entry), f => Assert.True(double.IsFinite(f.Value), f.Name));
        Assert.All(DeviceSheet.Draw(entry), f => Assert.Contains("<svg", AnalogLearn.Plots.SvgRenderer.Render(f), StringComparison.Ordinal));
    }

    [Fact]
    public void TheTableNamesEveryCard()
    {
        string readme = File.ReadAllText(Path.Combine(Folder, "README.md"));
        Assert.All(Entries.Value, e => Assert.Contains($"| `{e.Name}` | {e.Family} |", readme, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(0, 0.26348e-6)]
    [InlineData(0.4, 0.861784e-6)]
    [InlineData(1, 1.05538e-6)]
    public void PhaseChangeMemoryIsProgrammedAsPublished(double x, double sigma)
    {
        SynapseCard card = Card("pcm_ibm");
        Assert.Equal(sigma, WriteNoise.Deviation(card, card.Numbers.AsSpan(), x * 25e-6), 1e-12);
    }

    [Fact]
    public void PhaseChangeMemoryDriftsAsPublished()
    {
        SynapseCard card = Card("pcm_ibm");
        Assert.Equal((-0.0155 * Math.Log(0.1)) + 0.0244, ConductanceDrift.Exponent(card, card.Numbers.AsSpan(), 2.5e-6, 0), 1e-12);
        Assert.Equal(0.049, ConductanceDrift.Exponent(card, card.Numbers.AsSpan(), 12.5e-6, 0), 1e-12);
        Assert.Equal(Math.Pow(((86400 + 20) / 20.0), -0.049), ConductanceDrift.At(1, 0.049, 86400, card[SynapseParameter.DriftTime]), 1e-12);
    }

    [Theory]
    [InlineData("pcm_hermes_1", 0.0564, 0.012075, 0.0217)]
    [InlineData("pcm_hermes_2", 0.0564, 0.009, 0.0167125)]
    public void CellsOfTheChipDriftAndFlickerAsPublishedAboveAThirdOfTheirRange(string name, double exponent, double spread, double flicker)
    {
        SynapseCard card = Card(name);
        Assert.Equal(exponent, card.Value(SynapseParameter.Drift, 0.5), 1e-12);
        Assert.Equal(spread, card.Value(SynapseParameter.DriftDeviation, 0.5), 1e-12);
        Assert.Equal(flicker, card.Value(SynapseParameter.Flicker, 0.5), 1e-12);
    }

    /// <summary>Where the currents of a curve have a closed form they are it; a memristor's loop crosses itself at the origin.</summary>
    [Fact]
    public void CurrentsAreThoseOfTheEquations()
    {
        AnalogLearn.Plots.LineSeries Curve(string name) => Assert.IsType<AnalogLearn.Plots.LineSeries>(DeviceCurrents.Of(Entry(name))!.Series[0]);
        AnalogLearn.Plots.LineSeries diode = Curve("bat42");
        double thermal = 1.380649e-23 * 300.15 / 1.602176634e-19;
        for (int k = 0; k < diode.X.Count; k += 10)
            Assert.Equal(1, diode.Y[k] / (1e-7 * (Math.Exp(diode.X[k] / (1.1 * thermal)) - 1)), 1e-3);
        AnalogLearn.Plots.LineSeries amplifier = Curve("ota_subthreshold");
        Assert.Equal(1e-9 * Math.Tanh(0.7 * 0.3 / (2 * thermal)), amplifier.Y[^1], 1e-12);
        AnalogLearn.Plots.LineSeries loop = Curve("linear_ion_drift");
        Assert.True(loop.Y.Max() > 3 * loop.X.Max() / 16e3);
        Assert.All(loop.X.Zip(loop.Y), p => Assert.True(p.First * p.Second >= 0));
    }

    [Fact]
    public void TheTwoDigitisationsOfOneFigureDifferAsTheirCardsSay()
    {
        double Sigma(string name, double g)
        {
            SynapseCard card = Card(name);
            return 1e6 * WriteNoise.Deviation(card, card.Numbers.AsSpan(), g);
        }

        Assert.Equal(0.35, Sigma("rram_wan_1s", 0), 0.005);
        Assert.Equal(1.05, Sigma("rram_wan_crosssim", 0), 0.005);
        Assert.Equal(2.02, Sigma("rram_wan_1s", 20e-6), 0.01);
        Assert.Equal(2.36, Sigma("rram_wan_crosssim", 20e-6), 0.01);
    }

    [Fact]
    public void LabelledCurvesEndWhereTheyShould()
    {
        SynapseCard card = Card("ag_asi");
        UpdateLaw law = UpdateLaw.Of(card)!;
        PulsedDevice device = law.Device(card);
        Assert.Equal(38.462e-9, law.Apply(device, 3.0769e-9, 97), 1e-15);
        Assert.Equal(3.0769e-9, law.Apply(device, 38.462e-9, -100), 1e-15);
    }

    [Fact]
    public void ThresholdsOfOneDeviceAndOfAPair()
    {
        double Of(string name, string fact) => DeviceSheet.Facts(Entry(name)).Single(f => f.Name.StartsWith(fact, StringComparison.Ordinal)).Value;
        Assert.Equal(3.356e-3, Of("sky130_nfet", "σ of the threshold of one device"), 1e-9);
        Assert.Equal(5.054e-3, Of("gf180_nmos_3p3", "σ of the threshold of one device"), 1e-6);
        Assert.Equal(7.148e-3, Of("gf180_nmos_3p3", "σ of the difference"), 1e-9);
    }

    [Fact]
    public void SoftBoundsMeetInTheMiddle()
    {
        SynapseCard card = Card("reram_hfo2");
        UpdateLaw law = UpdateLaw.Of(card)!;
        Assert.Equal(30e-6, SymmetryPoint.Of(law, law.Device(card)), 1e-12);
    }

    /// <summary>In every family: a name that no equation uses, a value that no device can have, and what is declared and changes nothing.</summary>
    [Theory]
    [InlineData("d(is=1f foo=1)", "no equation of d uses")]
    [InlineData("d(is=-1f)", "is of 'm' is -1E-15")]
    [InlineData("ota(kappa=0)", "kappa of 'm' is 0")]
    [InlineData("nmos(level=ekv n=0)", "n of 'm' is 0")]
    [InlineData("pmos(level=ekv tox=1n)", "no equation of pmos uses")]
    [InlineData("digipot(rab=-5)", "rab of 'm' is -5")]
    [InlineData("iondrift(roff=0)", "roff of 'm' is 0")]
    [InlineData("iondrift(x0=0.1 delta_g=0.02)", "no equation of iondrift uses")]
    [InlineData("vteam(kon=10)", "kon of 'm' is 10")]
    [InlineData("pku(tox=0)", "tox of 'm' is 0")]
    [InlineData("sw(ron=1 roff=1 vt=1 taps=3)", "no equation of sw uses")]
    [InlineData("r(rsh=100 nu=0.05)", "hardware of resistors that learn")]
    [InlineData("neuron(c=1n g=1u adc_noise=0.1)", "without a converter")]
    [InlineData("neuron(c=1n g=1u range=-1,1)", "without a converter")]
    [InlineData("synapse(gmin=0 gmax=1u nu_sd=0.1)", "nu")]
    public void WhatIsWrongOnACardIsAnError(string card, string message) =>
        Assert.Contains(DeckReader.Parse($"card\n.model m {card}\n{DeviceCatalog.Bench("m", card[..card.IndexOf('(', StringComparison.Ordinal)])}").Diagnostics, d => d.Message.Contains(message, StringComparison.Ordinal));

    [Fact]
    public void TheProgramFindsItsOwnLibraries()
    {
        using var folder = new TemporaryFolder();
        string deck = Path.Combine(folder.Path, "far.cir");
        File.WriteAllText(deck, "far from everything\n.lib \"devices/rram.lib\" hfox\n" + DeviceCatalog.Bench("hfox", "synapse"));
        Assert.Empty(DeckReader.Read(deck).Diagnostics);
        File.WriteAllText(deck, "far from everything\n.lib \"devices/rram.lib\" hfix\n" + DeviceCatalog.Bench("hfox", "synapse"));
        Assert.Contains(DeckReader.Read(deck).Diagnostics, d => d.Message.Contains("no section 'hfix'", StringComparison.Ordinal));
    }

    private static DeviceEntry Entry(string name) => Entries.Value.Single(e => e.Name == name);

    private static SynapseCard Card(string name) => Entry(name).Synapse!.Card!;
}
