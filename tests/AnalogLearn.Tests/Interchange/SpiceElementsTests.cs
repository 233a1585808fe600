using AnalogLearn.Circuits;
using AnalogLearn.Devices;
using AnalogLearn.Interchange;
using AnalogLearn.Simulation.Nodal;

namespace AnalogLearn.Tests.Interchange;

/// <summary>Circuits written as SPICE decks and read again: the same equations.</summary>
public sealed class SpiceElementsTests
{
    private const string Instances =
        """
        instances
        .param big=3k
        .func sq(x)={x*x}
        .subckt cell in out k=2
        R1 in mid {k*1k}
        V1 mid m2 dc 0 ac 1 45
        D1 m2 out dd area=2
        B1 out 0 i={1m*sq(tanh(v(in,out)))+k*i(V1)}
        E1 e 0 table {v(in)} = (0,0) (1,2) (3,3)
        R2 e out {big}
        F1 out 0 poly(1) V1 0 0.1 0.2
        H1 hh 0 poly(1) V1 0.1 5 3
        R3 hh out 1k
        C1 out 0 c={1n*(1+v(out)^2)} ic=0.3
        L1 hh out 1u
        .model dd D(is=1e-14 n=1.1 rs=3)
        .ends
        V0 a 0 pulse(0 2 1u 1n 1n 5u 10u)
        I0 0 b sin(1m 1m 1k)
        X1 a b cell k=3
        X2 b c cell
        RL c 0 500
        L1 c d 1m
        L2 f 0 2m
        K1 L1 L2 0.5
        R9 d 0 10
        R8 f 0 10
        G1 0 c value={time > 1 ? -v(c)*1u : !(v(c) >= 2) && v(a) < 3}
        R7 h[0:1] 0 1k
        V7 h[0] h[1] 1
        .nodeset v(c)=0.2
        .temp 40
        .op
        .end
        """;

    public static TheoryData<string> Cases => [.. Directory.GetFiles(Path.Combine(AppContext.BaseDirectory, "Cases", "spice"), "*.cir").Select(p => Path.GetFileName(p)).Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Cases))]
    public void CasesComeBack(string name) => ComesBack(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "Cases", "spice", name)), mayBeUnknown: true);

    [Fact]
    public void InstancesExpressionsAndTablesComeBack() => ComesBack(Instances, mayBeUnknown: false);

    private static void ComesBack(string text, bool mayBeUnknown)
    {
        DeckResult first = DeckReader.Parse(text, "first.cir");
        Assert.True(first.Deck is not null, string.Join('\n', first.Diagnostics));
        NodalCircuit? circuit = NodalCircuit.Compile(first.Deck.Circuit, new DeviceConditions(), []);
        Assert.True(circuit is not null || mayBeUnknown);
        if (circuit is null)
            return;
        using var writer = new StringWriter();
        SpiceExport.Write(first.Deck.Circuit, new(), writer);
        DeckResult second = DeckReader.Parse(writer.ToString(), "second.cir");
        Assert.True(second.Deck is not null, string.Join('\n', second.Diagnostics) + writer);
        NodalCircuit again = NodalCircuit.Compile(second.Deck.Circuit, new DeviceConditions(), new())!;
        Assert.Equal(circuit.UnknownCount, again.UnknownCount);
        Assert.Equal(first.Deck.Circuit.Nodes.Order(StringComparer.Ordinal), second.Deck.Circuit.Nodes.Order(StringComparer.Ordinal));

        // The same equations anywhere: sums and Jacobians at random unknowns, matched by name.
        int n = circuit.UnknownCount;
        Dictionary<string, int> places = again.Unknowns.Select((u, k) => (Plain(u), k)).ToDictionary(p => p.Item1, p => p.k);
        int[] there = [.. circuit.Unknowns.Select(u => places[Plain(u)])];
        var random = new Random(1);
        double[] x = new double[n + 1];
        double[] y = new double[n + 1];
        for (int k = 0; k < n; k++)
            x[k] = y[there[k]] = random.NextDouble() - 0.5;
        var system = new NodalSystem(circuit);
        var other = new NodalSystem(again);
        for (int time = 0; time < 2; time++)
        {
            if (time > 0)
            {
                system.SetSourcesAt(2.5e-6);
                other.SetSourcesAt(2.5e-6);
            }

            system.Load(x);
            other.Load(y);
            for (int k = 0; k < n; k++)
            {
                Assert.Equal(system.Flow[k], other.Flow[there[k]], 1e-12 * Math.Max(1e-3, Math.Abs(system.Flow[k])));
                Assert.Equal(system.Charge[k], other.Charge[there[k]], 1e-12 * Math.Max(1e-9, Math.Abs(system.Charge[k])));
            }
        }

        // Kinds and parts of names that the export changes: h.x1.h1 is a B source there.
        static string Plain(Unknown unknown)
        {
            string owner = unknown.Name.Replace("(b.", "(", StringComparison.Ordinal);
            int open = owner.IndexOf('(', StringComparison.Ordinal);
            string inner = owner[(open + 1)..];
            if (unknown.Kind != UnknownKind.Node && inner.Length > 2 && inner[1] == '.' && inner[0] != 'x')
                inner = inner[2..];
            return $"{owner[..open]}({inner}";
        }
    }
}
