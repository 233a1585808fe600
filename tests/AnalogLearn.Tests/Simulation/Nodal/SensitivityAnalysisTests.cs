using System.Globalization;
using System.Numerics;
using AnalogLearn.Circuits;
using AnalogLearn.Netlist;
using AnalogLearn.Simulation.Nodal;

namespace AnalogLearn.Tests.Simulation.Nodal;

/// <summary>Tables in Cases were made by ngspice 39, whose derivatives are finite differences; exactness is held against differences of this engine's own solutions.
/// Left out of the tables: where ngspice contradicts itself (areas, eg and xti of two equal diodes), and resistances at frequencies, which it takes for constant there.</summary>
public sealed class SensitivityAnalysisTests
{
    private const string Diodes =
        "diodes\n.temp 45\nV1 in 0 2\nR1 in out 1k tc1=2m tc2=3u\nR2 out 0 rm tc1=1m\nR7 a 0 rm\nR3 out 0 rf l=20u w=2u\nD1 out a dm\nD2 a 0 dm area=2 m=3\nD3 0 out dm\nI1 0 a 1m m=2\n"
        + ".model dm D(is=2e-14 n=1.2 rs=10 eg=1.2 xti=2.5)\n.model rf R(rsh=1k narrow=0.1u)\n.model rm R(r=12k tc2=2u)\n";

    private const string Controlled =
        "controlled\nV1 1 0 2\nR1 1 2 1k\nVs 2 3 0\nR2 3 0 3k\nE1 4 0 3 0 5\nR4 4 0 2k\nG1 0 5 3 0 1m m=2\nR5 5 4 2k\nF1 6 0 Vs 3\nR6 6 5 1k\nH1 7 0 Vs 2k\nR7 7 8 1k\nR8 8 6 1k\nI2 6 0 1m\n";

    private const string Tank =
        "tank\nV1 in 0 dc 0.7 ac 1 30\nI1 0 b dc 1u ac 0.1m\nR1 in out 1k\nD1 out a dm\nR2 a 0 220\nL1 out b 1m\nC1 b 0 1n tc1=1m\nL2 s 0 4m m=2 scale=1.5\nK1 L1 L2 0.7\nR3 s 0 10k\nE1 e 0 b s 3\nR4 e 0 1k\n"
        + "G1 0 g b 0 1m\nR5 g 0 2k\nC3 g 0 cm l=20u w=10u\n.model cm C(cj=1m cjsw=1n)\n.model dm D(is=1e-14 n=1.2 rs=10 cjo=20p vj=0.8 m=0.4 tt=5n)\n";

    private const string Neuron =
        "neurons\nV1 in 0 dc 0.3 ac 1\nR1 in a 1meg\nR2 a 0 2meg\nC1 a 0 1p\nB1 0 b I=1u*tanh(3*v(a))+0.2u*v(b)*v(a)\nR3 b 0 1meg\nC2 b 0 2p\nB2 c 0 V=1/(1+exp(-5*v(b)))+1k*i(v1)\nR4 c a 3meg\nR5 c d 10k\nC3 d 0 Q='1p*v(d)+0.2p*v(d)*v(d)'\nD1 d 0 dm\n.model dm D(is=1e-9)\n";

    private const string Pair =
        "pair\nVcc c 0 5\nV1 b1 0 dc 0.02 ac 1\nQ1 c1 b1 e qn\nQ2 c2 b2 e qn area=1.5\nR4 b2 0 1k\nR1 c c1 10k\nR2 c c2 8k\nQ3 o c2 p qp m=2\nR5 c p 300\nR6 o ee 9k\nR3 e ee 20k\nVee ee 0 -5\nC1 o 0 10p\n.temp 40\n"
        + ".model qn npn(is=1e-15 bf=120 vaf=60 ikf=20m ise=1e-14 ne=1.6 br=3 rb=100 rbm=100 re=2 rc=15 cje=1p cjc=0.6p tf=0.2n tr=5n xtb=1.2)\n.model qp pnp(is=2e-15 bf=60 vaf=40 re=1 cje=1p cjc=0.5p tf=1n)\n";

    private const string Amplifier =
        "amplifier\nVdd vdd 0 3\nV1 inp 0 dc 1.25 ac 1\nV2 inn 0 1.2\nM1 x inp t 0 nm W=10u L=1u ad=20p as=20p pd=24u ps=24u\nM2 o inn t 0 nm W=12u L=1u\nM3 x x vdd vdd pm W=20u L=1u\nM4 o x vdd vdd pm W=20u L=1u m=2\n"
        + "R9 o 0 200k\nC9 o 0 1p\nI1 t 0 10u\nM5 d5 o 0 0 ek W=5u L=2u\nR5 vdd d5 100k\nS1 d5 s5 inp inn sm\nR6 s5 0 1meg\n.model sm sw(von=0.3 voff=-0.3 ron=1k roff=1meg)\n"
        + ".model nm NMOS(level=1 vto=0.4 kp=200u lambda=0.05 gamma=0.4 phi=0.7 rd=20 rs=30 tox=20n cgso=0.2n cgdo=0.2n cj=0.1m cjsw=0.3n)\n.model pm PMOS(level=1 vto=-0.4 kp=80u lambda=0.05)\n.model ek NMOS(level=ekv vto=0.5 kp=120u gamma=0.6 phi=0.8 lambda=0.1 cox=2m)\n";

    private const string Synapse =
        "synapse\nV1 a 0 dc 0.2 ac 1\nU1 a b m1\nU2 b 0 m2 x0=0.3\nA1 o b r oa\nR1 o 0 10meg\nC1 o 0 1p\nV2 r 0 0.02\nP1 o w 0 pm position=70\nR2 w 0 1meg\n.model m1 iondrift(window=biolek p=2 x0=0.7)\n.model m2 vteam()\n.model oa ota(ibias=10n kappa=0.7 vos=1m va=20)\n.model pm digipot(rab=1meg)\n";

    [Fact]
    public void ADividersSensitivitiesAreNgspices()
    {
        AnalysisResult result = Run(NodalDecks.Open("Cases", "spice", "sens_divider.cir"));
        SmallSignalAnalysisTests.AgreesWith(result, 3e-6, 0, "Cases", "spice", "sens_divider.csv");
        foreach (string name in new[] { "v(r1)", "v(r2)", "v(r3)", "v(v1)", "v(r1_m)", "v(r1_scale)" })
            Assert.NotNull(result.Find(name));
    }

    [Theory]
    [InlineData("sens_diodes", 2e-5)]
    [InlineData("sens_ac", 2e-5)]
    public void SensitivitiesAreNgspices(string name, double tolerance)
    {
        AnalysisResult result = Run(NodalDecks.Open("Cases", "small_signal", name + ".cir"));
        SmallSignalAnalysisTests.AgreesWith(result, tolerance, 0.2, "Cases", "small_signal", name + ".csv");
    }

    [Theory]
    [InlineData(Diodes, "v(out)")]
    [InlineData(Diodes, "i(v1)")]
    [InlineData(Controlled, "v(8,5)")]
    [InlineData(Controlled, "i(h1)")]
    [InlineData(Neuron, "v(d)")]
    [InlineData(Pair, "v(o)")]
    [InlineData(Amplifier, "v(d5)")]
    [InlineData(Synapse, "v(w)")]
    public void OperatingPointsMoveAsTheirSensitivitiesSay(string deck, string output)
    {
        NodalCase circuit = NodalDecks.Read($"{deck}.sens {output}\n");
        AnalysisResult result = Run(circuit);
        SmallSignalProbe probe = Probe(circuit);
        Compare(circuit, result, () =>
        {
            Solve(circuit);
            return [probe.Of<double>(circuit.X)];
        },
            1e-11,
            withZeros: deck != Pair && deck != Amplifier);
    }

    [Theory]
    [InlineData(Tank, "v(b)")]
    [InlineData(Tank, "v(e,g)")]
    [InlineData(Tank, "i(v1)")]
    [InlineData(Neuron, "v(d)")]
    [InlineData(Pair, "v(o)")]
    [InlineData(Amplifier, "v(d5)")]
    [InlineData(Synapse, "v(w)")]
    public void ResponsesMoveAsTheirSensitivitiesSay(string deck, string output)
    {
        NodalCase circuit = NodalDecks.Read($"{deck}.sens {output} ac dec 1 1k 10meg\n");
        AnalysisResult result = Run(circuit);
        SmallSignalProbe probe = Probe(circuit);
        double[] frequencies = result.Axis!.Values;
        Compare(circuit, result, () =>
        {
            Solve(circuit);
            var network = new SmallSignalNetwork(circuit.System, circuit.X, circuit.Options);
            int n = circuit.Circuit.UnknownCount;
            return [.. frequencies.Select(f =>
            {
                var y = new Complex[n + 1];
                SmallSignalAnalysis.AddStimuli(circuit.Circuit, y);
                Assert.Null(network.Factor(f));
                network.Solve(y.AsSpan(0, n));
                return probe.Of<Complex>(y);
            })];
        },
            1e-11,
            withZeros: deck != Pair && deck != Amplifier);
    }

    /// <summary>Parameters that reach a card through a formula: the text of the deck itself is changed.</summary>
    [Theory]
    [InlineData("v(d1:rs)", 10, "own")]
    [InlineData("v(dm:rs)", 10, "shared")]
    [InlineData("v(dm:is)", 1e-14, "is")]
    [InlineData("v(d1_area)", 2, "area")]
    [InlineData("v(r3_l)", 2e-5, "length")]
    [InlineData("v(r3_w)", 2e-6, "width")]
    [InlineData("v(rf:narrow)", 1e-7, "narrow")]
    public void WhatFollowsFromACardFollowsItsFormula(string name, double value, string what)
    {
        string Deck(double p) => string.Create(
            CultureInfo.InvariantCulture,
            $"cards\nV1 in 0 2\nR1 in out 1k\nD1 out a {(name == "v(d1:rs)" ? "d1m" : "dm")} area={(what == "area" ? p : 2):r}\nD2 a 0 dm\nR3 out 0 rf l={(what == "length" ? p : 2e-5):r} w={(what == "width" ? p : 2e-6):r}\n.model d1m D(is=1e-14 rs={p:r})\n.model dm D(is={(what == "is" ? p : 1e-14):r} rs={(what == "shared" ? p : 10):r})\n.model rf R(rsh=1k narrow={(what == "narrow" ? p : 1e-7):r})\n.sens v(out)\n");
        double At(double p)
        {
            NodalCase circuit = NodalDecks.Read(Deck(p));
            circuit.Solve();
            return circuit["v(out)"];
        }

        double h = 1e-3 * value;
        double expected = ((8 * (At(value + h) - At(value - h))) - (At(value + (2 * h)) - At(value - (2 * h)))) / (12 * h);
        double found = Run(NodalDecks.Read(Deck(value))).Find(name)!.Values[0];
        Assert.Equal(expected, found, Math.Abs(expected) * 1e-7);
    }

    [Fact]
    public void ACouplingsInductancesAreThoseOfItsInductors()
    {
        string Deck(double p) => string.Create(CultureInfo.InvariantCulture, $"k\nV1 in 0 ac 1\nR1 in a 10\nL1 a 0 {p:r}\nL2 b 0 4m\nK1 L1 L2 0.9\nR2 b 0 50\n.sens v(b) ac lin 1 1k 1k\n.ac lin 1 1k 1k\n");
        Complex At(double p)
        {
            NodalCase circuit = NodalDecks.Read(Deck(p));
            circuit.Solve();
            return SmallSignalAnalysis.Run(circuit.System, circuit.X, circuit.Deck.All<SmallSignalCard>().Single(), circuit.Options, new DiagnosticBag(), out _)!.Find("v(b)")!.At(0);
        }

        Complex expected = ((8 * (At(1.001e-3) - At(0.999e-3))) - (At(1.002e-3) - At(0.998e-3))) / 12e-6;
        Complex found = Run(NodalDecks.Read(Deck(1e-3))).Find("v(l1)")!.At(0);
        Assert.True((expected - found).Magnitude < 1e-8 * expected.Magnitude, $"{found} instead of {expected}");
    }

    private static void Solve(NodalCase circuit)
    {
        OperatingPointReport report = circuit.Solve();
        Assert.True(report.IsConverged, report.ToString());
    }

    private static AnalysisResult Run(NodalCase circuit)
    {
        Solve(circuit);
        var diagnostics = new DiagnosticBag();
        AnalysisResult? result = SensitivityAnalysis.Run(circuit.System, circuit.X, circuit.Deck.All<SensitivityCard>().Single(), circuit.Options, diagnostics, out AnalysisFailure? failure);
        Assert.Empty(diagnostics);
        Assert.Null(failure);
        return result!;
    }

    private static SmallSignalProbe Probe(NodalCase circuit) =>
        SmallSignalProbe.Find(circuit.Deck.All<SensitivityCard>().Single().Output, circuit.Circuit, new DiagnosticBag())!.Value;

    /// <summary>
    /// Every parameter is moved both ways, and the circuit solved again: differences of fourth order. On cards of transistors 0 often says that an effect is absent, and nothing lies below it.
    /// </summary>
    internal static void Compare(NodalCase circuit, AnalysisResult result, Func<Complex[]> solve, double noise = 1e-13, bool withSources = true, bool withZeros = true)
    {
        var parameters = new SensitivityParameters(circuit.Circuit);
        var unlike = new List<string>();
        int compared = 0;
        for (int row = 0; row < parameters.Rows.Length; row++)
        {
            SensitivityParameter parameter = parameters.Rows[row];
            if (parameter.Value == 0 && !withZeros)
                continue;
            if (!withSources && circuit.Circuit.Sources.Any(s => s.Name == parameter.Element))
                continue;
            Complex[] origin = At(0);
            AnalysisColumn? column = result.Find($"v({parameter.Name})");
            double strength = column is null ? 0 : Enumerable.Range(0, origin.Length).Max(k => column.At(k).Magnitude / origin[k].Magnitude);
            double h = double.IsNaN(parameter.Value) || parameter.Value == 0 ? strength == 0 ? 1e-6 : Math.Min(1e-4, 1e-6 / strength) : Math.Min(1e-3 * Math.Abs(parameter.Value), 1e-4 / strength);
            Complex[] a = At(h), b = At(-h), c = At(2 * h), d = At(-2 * h);
            for (int k = 0; k < a.Length; k++)
            {
                Complex expected = ((8 * (a[k] - b[k])) - (c[k] - d[k])) / (12 * h);
                Complex found = column?.At(k) ?? 0;
                compared += found == 0 ? 0 : 1;
                double rounding = noise * origin[k].Magnitude / h;
                if (!((expected - found).Magnitude <= (1e-6 * expected.Magnitude) + rounding))
                    unlike.Add($"{parameter.Name} at {k}: {found:r} instead of {expected:r}");
            }

            Complex[] At(double change)
            {
                parameters.Move(row, change, circuit.System);
                circuit.System.RefreshLinear();
                Complex[] values = solve();
                parameters.Move(row, -change, circuit.System);
                circuit.System.RefreshLinear();
                return values;
            }
        }

        Assert.True(unlike.Count == 0, string.Join('\n', unlike));
        Assert.True(compared > 10, $"{compared} compared");
    }
}
