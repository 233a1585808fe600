using System.Globalization;
using System.Text;
using AnalogLearn.Circuits;
using AnalogLearn.Devices;
using AnalogLearn.Devices.Behavioural;
using AnalogLearn.Netlist;
using AnalogLearn.Simulation.Nodal;
using AnalogLearn.Tests.Simulation.Nodal;

namespace AnalogLearn.Tests.Devices.Behavioural;

/// <summary>Elements with expressions in circuits: signs, factors, exact derivatives.</summary>
public sealed class BehaviouralBankTests
{
    private const string Everything =
        """
        every element with an expression
        V1 1 0 0.7
        V2 2 0 -0.3
        B1 1 3 i={tanh(v(1)*v(3)) + 0.1*i(V1)*v(2,3)} m=2
        R3 3 0 1k
        B2 4 2 v={exp(v(3)) + i(B2)*10 + time} tc1=0.01 temp=37
        R4 4 5 2k
        E1 5 6 value={sin(v(4,1))*v(5)}
        G1 6 0 value={v(5)^2*1m}
        G2 6 3 table {v(5,4)} = (-1,-1m) (0,0) (2,3m)
        F1 0 3 poly(2) V1 V2 0 1 2 3 4 5
        H1 7 0 poly(1) V2 0.1 2 3
        R7 7 3 r={1k*(1+v(7)*v(7))}
        C1 3 6 c={1n*(1+v(3,6)*0.1+v(6,3)^2)} ic=1
        C2 5 0 c={1n*tanh(v(5)+2)}
        C3 4 0 q={1n*ln(2+v(4))}
        L1 7 8 l={1u*(1+i(L1)^2)}
        L2 8 0 l={1u*(1+v(3))}
        .end
        """;

    /// <summary>Values of ngspice 39 for the same deck.</summary>
    [Fact]
    public void FactorsAndTemperaturesActAsInNgspice()
    {
        NodalCase deck = NodalDecks.Read(
            """
            factors
            v1 1 0 2
            b1 2 0 v={v(1)*3} m=2 tc1=0.01
            r2 2 0 1k
            b2 0 3 i={v(1)*1e-3} m=2 tc1=0.01
            r3 3 0 1k
            r4 1 4 r={1k*(1+v(1))} m=2 tc1=0.01
            v4 4 0 0
            b7 7 0 v={temper} temp=50
            r7 7 0 1k
            b8 8 0 v={1+0*v(1)} tc1=0.01 dtemp=10
            r8 8 0 1k
            b9 9 0 v={1+0*v(1)} tc1=0.01 temp=10
            r9 9 0 1k
            g11 0 11 value={v(1)*1m}
            r11 11 0 1k
            .temp 37
            .end
            """);
        Assert.True(deck.Solve().IsConverged);
        foreach ((string name, double value) in new[] { ("v(2)", 13.2), ("v(3)", 4.4), ("i(v4)", 4 / 3.3 * 1e-3), ("v(7)", 37), ("v(8)", 1.2), ("v(9)", 0.83), ("v(11)", 2) })
            Assert.Equal(value, deck[name], 1e-12);
    }

    [Fact]
    public void JacobiansAreThoseOfCentralDifferences()
    {
        NodalCase deck = NodalDecks.Read(Everything);
        NodalSystem system = deck.System;
        NodalCircuit circuit = deck.Circuit;
        int n = circuit.UnknownCount;
        var random = new Random(3);
        double[] x = [.. Enumerable.Range(0, n).Select(_ => random.NextDouble() - 0.3), 0];
        system.Load(x);
        double[] conductances = [.. system.Conductances];
        double[] capacitances = [.. system.Capacitances];
        double[] flow = [.. system.Flow];
        double[] charge = [.. system.Charge];
        system.LoadFlows(x);
        for (int k = 0; k < n; k++)
        {
            Assert.Equal(flow[k], system.Flow[k], 1e-14);
            Assert.Equal(charge[k], system.Charge[k], 1e-14);
        }

        const double h = 1e-5;
        for (int column = 0; column < n; column++)
        {
            double at = x[column];
            x[column] = at + h;
            system.LoadFlows(x);
            double[] f = [.. system.Flow];
            double[] q = [.. system.Charge];
            x[column] = at - h;
            system.LoadFlows(x);
            x[column] = at;
            for (int row = 0; row < n; row++)
            {
                int slot = circuit.Pattern.SlotOf(row, column);
                Assert.Equal((f[row] - system.Flow[row]) / (2 * h), slot < 0 ? 0 : conductances[slot], 1e-8);
                double slope = (q[row] - system.Charge[row]) / (2 * h);
                Assert.Equal(slope, slot < 0 ? 0 : capacitances[slot], 1e-8 * Math.Max(1e-6, Math.Abs(slope)));
            }
        }
    }

    [Fact]
    public void SecondDerivativesAreThoseOfTheJacobian()
    {
        NodalCase deck = NodalDecks.Read(Everything);
        NodalSystem system = deck.System;
        int n = deck.Circuit.UnknownCount;
        var random = new Random(4);
        double[] x = [.. Enumerable.Range(0, n).Select(_ => random.NextDouble() - 0.3), 0];
        double[] y = [.. Enumerable.Range(0, n).Select(_ => random.NextDouble() - 0.5), 0];

        // The rows of slopes have entries of −1 F, whose rounding would hide everything.
        double[] covector = [.. deck.Circuit.Unknowns.Select(u => u.Kind == UnknownKind.State ? 0 : random.NextDouble() - 0.5), 0];
        double[] ofFlow = new double[n + 1];
        double[] ofCharge = new double[n + 1];
        foreach (DeviceBank bank in deck.Circuit.Banks)
            bank.JacobianStateGradient(system.Conditions, x, y, covector, ofFlow, ofCharge);
        const double h = 1e-5;
        for (int k = 0; k < n; k++)
        {
            double at = x[k];
            x[k] = at + h;
            (double f, double q) = Quadratic();
            x[k] = at - h;
            (double f0, double q0) = Quadratic();
            x[k] = at;
            Assert.Equal((f - f0) / (2 * h), ofFlow[k], 1e-7);
            Assert.Equal(1e9 * (q - q0) / (2 * h), 1e9 * ofCharge[k], 1e-6);
        }

        (double Flow, double Charge) Quadratic()
        {
            system.Load(x);
            double[] f = new double[n];
            double[] q = new double[n];
            deck.Circuit.Pattern.MultiplyAdd<double>(system.Conductances.AsSpan(0, deck.Circuit.Pattern.Count), y.AsSpan(0, n), f);
            deck.Circuit.Pattern.MultiplyAdd<double>(system.Capacitances.AsSpan(0, deck.Circuit.Pattern.Count), y.AsSpan(0, n), q);
            return (f.Zip(covector, (a, b) => a * b).Sum(), q.Zip(covector, (a, b) => a * b).Sum());
        }
    }

    [Fact]
    public void ACapacitanceOfItsOwnVoltageIsACharge()
    {
        NodalCase deck = NodalDecks.Read("charge\nV1 1 0 2\nC1 1 0 c={1n*(1+3*v(1)^2)} m=2\n.end");
        double[] x = [2, 0, 0];
        deck.System.Load(x);
        Assert.Equal(2e-9 * (2 + 8), deck.System.Charge[0], 1e-22);
        Assert.Equal(2e-9 * (1 + 12), deck.System.Capacitances[deck.Circuit.Pattern.SlotOf(0, 0)], 1e-22);
        Assert.Equal(2, deck.Circuit.UnknownCount);
    }

    [Fact]
    public void ExpressionsOfOneStructureShareABankAndAffineOnesAreLinear()
    {
        NodalCase deck = NodalDecks.Read("banks\nV1 1 0 2\nB1 2 0 i={tanh(3*v(1))-2*v(2)}\nB2 3 0 i={tanh(4*v(2))-1*v(3)}\nB3 4 0 i={3*v(1)-v(4)/2+1}\nB4 4 0 i={-v(4)*2}\n.end");
        BehaviouralBank[] banks = [.. deck.Circuit.Banks.OfType<BehaviouralBank>()];
        Assert.Equal([(2, false), (1, true), (1, true)], banks.Select(b => (b.Count, b.IsLinear)));
        Assert.Equal("b2", banks[0].Owner(1));
        Assert.True(deck.Solve().IsConverged);
        Assert.Equal(2.8, deck["v(4)"], 1e-12);
    }

    [Fact]
    public void TheCurrentOfAResistorIsNamedWithItsPlace()
    {
        DeckResult read = DeckReader.Parse("current\nV1 1 0 2\nR1 1 0 1k\nB1 1 0 i={2*i(R1)}\n.end", "test.cir");
        if (read.Deck is null)
            return;
        var diagnostics = new DiagnosticBag();
        Assert.Null(NodalCircuit.Compile(read.Deck.Circuit, new DeviceConditions(), diagnostics));
        Diagnostic error = Assert.Single(diagnostics);
        Assert.Equal("i(R1)", error.Span.Text.ToString());
        Assert.Contains("source of 0 V", error.Fix, StringComparison.Ordinal);
    }

    [Fact]
    public void FaultsOfASolutionAreNamed()
    {
        NodalCase deck = NodalDecks.Read("faults\nV1 1 0 -2\nB1 2 0 i={ln(v(1))}\nR2 2 0 1k\n.end");
        BehaviouralBank bank = Assert.Single(deck.Circuit.Banks.OfType<BehaviouralBank>());
        double[] x = [-2, 0, 0, 0];
        BehaviouralFault fault = Assert.Single(bank.Faults(deck.System.Conditions, x));
        Assert.Equal("the logarithm of a negative number", fault.What);
        x[0] = 2;
        Assert.Empty(bank.Faults(deck.System.Conditions, x));
    }

    [Fact]
    public void ANetworkOfOneSourceANeuronSolvesAndAllocatesNothing()
    {
        const int size = 32;
        var random = new Random(1);
        var text = new StringBuilder("a1\n");
        for (int i = 0; i < size; i++)
        {
            text.Append(CultureInfo.InvariantCulture, $"C{i} v{i} 0 1n\nB{i} v{i} 0 i={{1e-6*(v(v{i})");
            for (int j = 0; j < size; j++)
                text.Append(CultureInfo.InvariantCulture, $"{(j == i ? "" : $"-({(random.NextDouble() - 0.5) * 0.3:R})*tanh(v(v{j}))")}");
            text.Append(CultureInfo.InvariantCulture, $"-({random.NextDouble() - 0.5:R}))}}\n");
        }

        NodalCase deck = NodalDecks.Read(text.Append(".end\n").ToString());
        Assert.Equal(size, Assert.Single(deck.Circuit.Banks.OfType<BehaviouralBank>()).Count);
        OperatingPointReport report = deck.Solve();
        Assert.True(report.IsConverged && report.Iterations < 12, report.ToString());
        deck.System.Load(deck.X);
        long before = GC.GetAllocatedBytesForCurrentThread();
        deck.System.Load(deck.X);
        deck.System.LoadFlows(deck.X);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }
}
