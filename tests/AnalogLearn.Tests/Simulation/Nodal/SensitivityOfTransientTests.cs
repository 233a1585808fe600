using System.Globalization;
using AnalogLearn.Circuits;
using AnalogLearn.Netlist;
using AnalogLearn.Simulation.Nodal;

namespace AnalogLearn.Tests.Simulation.Nodal;

public sealed class SensitivityOfTransientTests
{
    private const string Rectifier =
        "rectifier\nV1 in 0 sin(0 1.5 1k)\nV2 b 0 0.3\nR1 in a 1k\nD1 a out dm\nC1 out 0 100n tc1=1m\nR2 out b 5k\nL1 out s 10m\nR3 s 0 2k\nI1 0 s 0.1m\n.temp 40\n"
        + ".model dm D(is=1e-12 n=1.5 rs=20 cjo=200p tt=100n)\n.options reltol=1e-8 vntol=1e-11 abstol=1e-14 chgtol=1e-20";

    private const string Transformer =
        "transformer\nV1 in 0 pulse(0 1 20u 1u 1u 100u 200u)\nR1 in a 50\nL1 a 0 1m\nL2 b 0 4m m=2\nK1 L1 L2 0.8\nR2 b c 200\nC1 c 0 100n\nI1 0 c 1m\n.options reltol=1e-8 vntol=1e-11 abstol=1e-14 chgtol=1e-20";

    private const string Neuron =
        "neurons\nV1 in 0 pulse(0 1 1u 0.1u 0.1u 10u 30u)\nR1 in a 1meg\nR2 a 0 2meg\nC1 a 0 1p\nB1 0 b I=1u*tanh(3*v(a))+0.2u*v(b)*v(a)\nR3 b 0 1meg\nC2 b 0 2p\nB2 c 0 V=1/(1+exp(-5*v(b)))\nR4 c a 3meg\nR5 c d 100k\n"
        + "C3 d 0 Q='1p*v(d)+0.2p*v(d)*v(d)'\nD1 d 0 dm\n.model dm D(is=1e-9 cjo=0.1p tt=10n)\n.ic v(b)=0.3\n.options reltol=1e-8 vntol=1e-11 abstol=1e-15 chgtol=1e-20";

    private const string Inverter =
        "inverter\nVdd vdd 0 2\nV1 in 0 pulse(0.4 1.6 1n 1n 1n 20n 60n)\nM1 a in 0 0 nm W=10u L=1u\nR2 vdd a 2k\nC1 a 0 1p\nQ1 vdd a e qn\nR1 e 0 5k\nC2 e 0 1p\n"
        + ".model nm NMOS(level=ekv vto=0.4 kp=200u lambda=0.05 gamma=0.4 phi=0.7 cox=2m cgso=0.2n)\n"
        + ".model qn npn(is=1e-15 bf=120 vaf=60 cje=1p cjc=0.6p tf=0.2n)\n.options reltol=1e-8 vntol=1e-11 abstol=1e-14 chgtol=1e-22";

    private const string Memristor =
        "memristor\nV1 in 0 sin(0.1 1 50)\nR1 in a 1k\nU1 a 0 m1\nC1 a 0 1u\n.model m1 iondrift(mu=1e-13 x0=0.4 window=joglekar p=2)\n.options reltol=1e-8 vntol=1e-11 abstol=1e-14 chgtol=1e-20";

    [Theory]
    [InlineData(Inverter, "v(e)", 0.25e-9, 4e-9, "trap", 2, TransientMeasure.End)]
    [InlineData(Memristor, "v(a)", 0.2e-3, 15e-3, "gear", 2, TransientMeasure.End)]
    [InlineData(Neuron, "v(d)", 0.2e-6, 6e-6, "trap", 2, TransientMeasure.End)]
    [InlineData(Neuron, "v(b)", 0.2e-6, 6e-6, "trbdf2", 2, TransientMeasure.Integral)]
    [InlineData(Rectifier, "v(out)", 20e-6, 0.6e-3, "trap", 2, TransientMeasure.End)]
    [InlineData(Rectifier, "v(out)", 20e-6, 0.6e-3, "gear", 2, TransientMeasure.End)]
    [InlineData(Rectifier, "v(out)", 40e-6, 0.6e-3, "trbdf2", 2, TransientMeasure.End)]
    [InlineData(Rectifier, "i(l1)", 20e-6, 0.6e-3, "trap", 1, TransientMeasure.End)]
    [InlineData(Rectifier, "v(out,s)", 40e-6, 0.6e-3, "trbdf2", 2, TransientMeasure.Integral)]
    [InlineData(Transformer, "v(c)", 5e-6, 150e-6, "trap", 2, TransientMeasure.End)]
    [InlineData(Transformer, "v(c)", 5e-6, 150e-6, "gear", 2, TransientMeasure.Integral)]
    public void TransientsMoveAsTheirSensitivitiesSay(string deck, string output, double step, double stop, string method, int order, TransientMeasure measure)
    {
        NodalCase circuit = NodalDecks.Read($"{deck} method={method} maxord={order}\n.sens {output}\n");
        SmallSignalProbe probe = SmallSignalProbe.Find(circuit.Deck.All<SensitivityCard>().Single().Output, circuit.Circuit, new DiagnosticBag())!.Value;
        TransientSpan span = new(step, stop) { MaximumStep = step, FixedStep = true };
        AnalysisResult? result = SensitivityOfTransient.Run(circuit.System, probe, measure, span, circuit.Options, out AnalysisFailure? failure);
        Assert.Null(failure);
        SensitivityAnalysisTests.Compare(
            circuit,
            result!,
            () =>
            {
                var tape = new SensitivityTape();
                Assert.True(new TransientSolver(circuit.System, circuit.Options) { Tape = tape }.Run(span, new Silent()).IsFinished);
                return [SensitivityOfTransient.Value(tape, probe, measure)];
            },
            1e-11,
            withSources: false,
            withZeros: deck != Inverter);
    }

    [Fact]
    public void ACapacitorsChargeFollowsItsResistor()
    {
        // v = V (1 − e^(−t/RC)) with t/RC = 1: dv/dR = −V t/(R² C) e^(−1).
        NodalCase circuit = NodalDecks.Read("rc\nV1 in 0 pwl(0 0 1n 1)\nR1 in out 1k\nC1 out 0 1n\n.options reltol=1e-7 method=trbdf2\n.sens v(out) tran 2n 1u\n");
        AnalysisResult? result = SensitivityOfTransient.Run(circuit.System, circuit.Deck.All<SensitivityCard>().Single(), TransientMeasure.End, circuit.Options, new DiagnosticBag(), out AnalysisFailure? failure);
        Assert.Null(failure);
        double t = 1e-6 - 0.5e-9;
        double expected = -t / 1e-3 * Math.Exp(-t / 1e-6);
        Assert.Equal(expected, result!.Find("v(r1)")!.Values[0], Math.Abs(expected) * 1e-5);
        Assert.Equal(expected * 1e3 / 1e-9, result.Find("v(c1)")!.Values[0], Math.Abs(expected * 1e12) * 1e-5);
    }

    [Theory]
    [InlineData("i1", 0.1e-3)]
    [InlineData("v2", 0.3)]
    public void SourcesAreParametersToo(string name, double value)
    {
        string Deck(double p) => string.Create(CultureInfo.InvariantCulture, $"s\nV1 in 0 sin(0 1.5 1k)\nV2 b 0 {(name == "v2" ? p : 0.3):r}\nR1 in a 1k\nD1 a out dm\nC1 out 0 100n\nR2 out b 5k\nI1 0 out {(name == "i1" ? p : 0.1e-3):r}\n.model dm D(is=1e-12)\n.options reltol=1e-8 vntol=1e-11 abstol=1e-14\n.sens v(out)\n");
        double At(double p, out AnalysisResult result)
        {
            NodalCase circuit = NodalDecks.Read(Deck(p));
            SmallSignalProbe probe = SmallSignalProbe.Find(circuit.Deck.All<SensitivityCard>().Single().Output, circuit.Circuit, new DiagnosticBag())!.Value;
            TransientSpan span = new(20e-6, 0.6e-3) { MaximumStep = 20e-6, FixedStep = true };
            result = SensitivityOfTransient.Run(circuit.System, probe, TransientMeasure.End, span, circuit.Options, out _)!;
            var tape = new SensitivityTape();
            new TransientSolver(circuit.System, circuit.Options) { Tape = tape }.Run(span, new Silent());
            return SensitivityOfTransient.Value(tape, probe, TransientMeasure.End);
        }

        double h = 1e-3 * value;
        double expected = ((8 * (At(value + h, out _) - At(value - h, out _))) - (At(value + (2 * h), out _) - At(value - (2 * h), out _))) / (12 * h);
        At(value, out AnalysisResult found);
        Assert.Equal(expected, found.Find($"v({name})")!.Values[0], Math.Abs(expected) * 1e-6);
    }

    private sealed class Silent : ITransientObserver
    {
        public void Accept(double time, ReadOnlySpan<double> x)
        {
        }
    }
}
