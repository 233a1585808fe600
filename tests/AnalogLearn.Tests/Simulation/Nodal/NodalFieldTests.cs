using System.Globalization;
using AnalogLearn.Circuits;
using AnalogLearn.Learning;
using AnalogLearn.Netlist;
using AnalogLearn.Numerics;
using AnalogLearn.Simulation;
using AnalogLearn.Simulation.Nodal;
using AnalogLearn.Tests.Learning;
using Xunit.Abstractions;

namespace AnalogLearn.Tests.Simulation.Nodal;

public sealed class NodalFieldTests(ITestOutputHelper output)
{
    [Fact]
    public void ProductsWithTheJacobianAreDerivatives()
    {
        LearningCase circuit = LearningCase.Of(LearningCase.Amplified(4, 0.25), 2, 2, 1);
        NodalField field = circuit.Circuit.Equations;
        var direction = new Batch<double>(2, field.StateCount);
        var covector = new Batch<double>(2, field.StateCount);
        CounterRandom.ForPath(1, "u").FillUniform(direction.Span);
        CounterRandom.ForPath(2, "l").FillUniform(covector.Span);
        var forward = new Batch<double>(2, field.StateCount);
        var back = new Batch<double>(2, field.StateCount);
        field.ApplyJacobian(circuit.State, direction, forward);
        field.ApplyTransposedJacobian(circuit.State, covector, back);
        for (int e = 0; e < 2; e++)
        {
            double left = 0;
            double right = 0;
            for (int k = 0; k < field.StateCount; k++)
            {
                left += covector[e, k] * forward[e, k];
                right += back[e, k] * direction[e, k];
            }

            Assert.Equal(left, right, 1e-12 * Math.Abs(left));
        }

        const double h = 1e-6;
        Batch<double> above = Shifted(h);
        Batch<double> below = Shifted(-h);
        for (int k = 0; k < above.Values.Length; k++)
            Assert.Equal((above.Values[k] - below.Values[k]) / (2 * h), forward.Values[k], 1e-8);

        Batch<double> Shifted(double by)
        {
            Batch<double> state = circuit.State.Clone();
            for (int k = 0; k < state.Values.Length; k++)
                state.Values[k] += by * direction.Values[k];
            var mu = new Batch<double>(2, field.StateCount);
            field.Evaluate(state, mu);
            return mu;
        }
    }

    [Fact]
    public void SolutionsUndoProducts()
    {
        LearningCase circuit = LearningCase.Of(LearningCase.Amplified(4, 0.25), 2, 1, 1);
        NodalField field = circuit.Circuit.Equations;
        var u = new Batch<double>(1, field.StateCount);
        CounterRandom.ForPath(1, "u").FillUniform(u.Span);
        var product = new Batch<double>(1, field.StateCount);
        using ILinearization factors = field.Linearize(0, circuit.State.Row(0))!;
        field.ApplyJacobian(circuit.State, u, product);
        factors.Solve(product.Row(0));
        for (int k = 0; k < field.StateCount; k++)
            Assert.Equal(u[0, k], product[0, k], 1e-9);
        field.ApplyTransposedJacobian(circuit.State, u, product);
        factors.SolveTransposed(product.Row(0));
        for (int k = 0; k < field.StateCount; k++)
            Assert.Equal(u[0, k], product[0, k], 1e-9);
    }

    [Theory]
    [InlineData("4-10-3")]
    [InlineData("100-50-10")]
    public void FreeAndNudgedEquilibriaAreThoseOfIndependentPrograms(string size)
    {
        (NodalExperimentOf deck, LearningCircuit circuit) = Golden(size);
        var state = new Batch<double>(1, circuit.Equations.StateCount);
        circuit.RestingState(state.Row(0));
        circuit.Settle(state, new SettleOptions(), CancellationToken.None);
        Check(deck.Circuit, state, $"ep_{size}.mna.csv");
        var nudge = new NodalNudge(deck.Circuit, circuit.Readout) { Beta = 1e-4 };
        nudge.Target[0] = 0.5;
        NodalWorkspace work = circuit.Equations.Rent();
        Assert.True(work.Settle(0, state.Row(0), nudge, CancellationToken.None));
        Check(deck.Circuit, state, $"ep_{size}_nudged.mna.csv");
    }

    [Fact]
    [Trait("Category", "Long")]
    public void AnExampleTakesAFewHundredMicroseconds()
    {
        (_, LearningCircuit circuit) = Golden("100-50-10");
        var learner = new CircuitEquilibriumPropagation(circuit, new() { Beta = 1e-4 });
        var state = new Batch<double>(1, circuit.Equations.StateCount);
        var targets = new Batch<double>(1, circuit.OutputCount);
        targets[0, 0] = 0.5;
        circuit.RestingState(state.Row(0));
        circuit.Clamp(new Batch<double>(1, 0));
        var direction = new ParameterSet<double>(circuit.Field.Parameters);
        double best = double.PositiveInfinity;
        for (int round = 0; round < 400; round++)
        {
            long begin = System.Diagnostics.Stopwatch.GetTimestamp();
            BatchOutcome outcome = learner.Learn(state, targets, default, direction);
            for (int b = 0; b < direction.Blocks.Length; b++)
                circuit.Field.Move(b, direction.Blocks[b], 1e-9);
            circuit.Field.ParametersChanged();
            double took = System.Diagnostics.Stopwatch.GetElapsedTime(begin).TotalMilliseconds;
            best = Math.Min(best, took);
            if (round % 50 == 0)
                output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{took:f3} ms, {outcome.FreeSteps} + {outcome.NudgedSteps} iterations, cost {outcome.Cost:e3}"));
        }

        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"best {best:f3} ms"));
        Assert.True(best < 3);
    }

    private static (NodalExperimentOf Deck, LearningCircuit Circuit) Golden(string size)
    {
        // The golden decks are plain SPICE: every resistor of theirs learns here.
        string path = Path.Combine(AppContext.BaseDirectory, "Golden", "spice", $"ep_{size}.cir");
        string text = string.Join('\n', File.ReadLines(path).Select(l => l.StartsWith('R') ? l + " learn=1" : l));
        DeckResult read = DeckReader.Parse(text, "golden.cir");
        var diagnostics = new DiagnosticBag();
        SolverOptions options = SolverOptions.From(read.Deck!, diagnostics);
        int outputs = read.Deck!.Circuit.Nodes.Count(n => n.StartsWith('o') && n.Length > 1 && char.IsAsciiDigit(n[1]));
        int[] nodes = [.. Enumerable.Range(0, outputs).Select(k => read.Deck.Circuit.NodeIndex(string.Create(CultureInfo.InvariantCulture, $"o{k}")))];
        NodalCircuit circuit = NodalCircuit.Compile(read.Deck.Circuit, options.Conditions, diagnostics, couplings: NodalReadout.Couplings(nodes))!;
        var blocks = LearningBlock.Of(circuit, diagnostics);
        Assert.False(diagnostics.HasErrors, string.Join('\n', diagnostics));
        var field = new NodalField(circuit, blocks, [], NodalField.Fabricate(circuit, blocks, 1), options);
        return (new(circuit), new LearningCircuit(field, new NodalReadout([.. nodes], [.. nodes.Select(_ => circuit.UnknownCount)], Cost.Quadratic)));
    }

    private static void Check(NodalCircuit circuit, Batch<double> state, string file)
    {
        int found = 0;
        foreach (string line in File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Golden", "spice", file)).Skip(1))
        {
            string[] parts = line.Split(',');
            if (!parts[0].StartsWith("v(", StringComparison.Ordinal))
                continue;
            int node = circuit.NodeUnknown(parts[0][2..^1]);
            if (node < 0)
                continue;
            Assert.Equal(double.Parse(parts[1], CultureInfo.InvariantCulture), state[0, node], 1e-9);
            found++;
        }

        Assert.True(found > 10);
    }

    private sealed record NodalExperimentOf(NodalCircuit Circuit);
}
