using System.Globalization;
using System.Text;
using AnalogLearn.Circuits;
using AnalogLearn.Gradients;
using AnalogLearn.Learning;
using AnalogLearn.Netlist;
using AnalogLearn.Numerics;
using AnalogLearn.Simulation;
using AnalogLearn.Simulation.Nodal;
using AnalogLearn.Studies;

namespace AnalogLearn.Tests.Learning;

/// <summary>Circuits that learn, with examples clamped and settled.</summary>
internal sealed class LearningCase
{
    private LearningCase(NodalExperiment experiment, LearningCircuit circuit, Batch<double> inputs, Batch<double> targets)
    {
        Experiment = experiment;
        Circuit = circuit;
        Targets = targets;
        circuit.Clamp(inputs);
        State = new Batch<double>(targets.Rows, circuit.Equations.StateCount);
        for (int e = 0; e < State.Rows; e++)
            circuit.RestingState(State.Row(e));
        SettleTotals totals = circuit.Settle(State, new SettleOptions(), CancellationToken.None);
        Assert.Equal(0, totals.Unsettled);
        Problem = FixedPointProblem.Of(circuit, targets, State);
        Assert.True(Enumerable.Range(0, State.Rows).All(Problem.IsSettled), string.Join(' ', Problem.Residuals));
    }

    public NodalExperiment Experiment { get; }

    public LearningCircuit Circuit { get; }

    public Batch<double> State { get; }

    public Batch<double> Targets { get; }

    public FixedPointProblem Problem { get; }

    public static NodalExperiment Bind(string text)
    {
        DeckResult read = DeckReader.Parse(text, "test.cir");
        Assert.True(read.Deck is not null && !read.Diagnostics.HasErrors, string.Join('\n', read.Diagnostics));
        var diagnostics = new DiagnosticBag();
        SolverOptions options = SolverOptions.From(read.Deck, diagnostics);
        NodalCircuit? circuit = NodalCircuit.Compile(read.Deck.Circuit, options.Conditions, diagnostics, couplings: NodalExperiment.Couplings(read.Deck));
        Assert.True(circuit is not null, string.Join('\n', diagnostics));
        NodalExperiment? experiment = NodalExperiment.Bind(read.Deck, circuit, options, new ExperimentSettings(), diagnostics);
        Assert.True(experiment is not null, string.Join('\n', diagnostics));
        return experiment;
    }

    public static LearningCase Of(string text, ulong seed, int examples, double amplitude)
    {
        NodalExperiment experiment = Bind(text);
        LearningCircuit circuit = experiment.Create(experiment.InitialParameters(), experiment.Rule!.Readout);
        var inputs = new Batch<double>(examples, circuit.InputCount);
        var targets = new Batch<double>(examples, circuit.OutputCount);
        CounterRandom random = CounterRandom.ForPath(seed, "examples");
        for (int k = 0; k < inputs.Values.Length; k++)
            inputs.Values[k] = amplitude * ((2 * random.UniformAt((ulong)k)) - 1);
        for (int k = 0; k < targets.Values.Length; k++)
            targets.Values[k] = random.Child(1).UniformAt((ulong)k);
        return new LearningCase(experiment, circuit, inputs, targets);
    }

    /// <summary>A random network of resistors and diodes: inputs, inner nodes with diodes to bias sources, outputs; every resistor learns.</summary>
    public static string RandomDeck(ulong seed, string rule = "eqprop(beta=1u)")
    {
        CounterRandom random = CounterRandom.ForPath(seed, "deck");
        ulong draw = 0;
        var text = new StringBuilder("random network\n.model dm d(is=1e-8 n=1.2)\nVx x[0:2] 0 DATA\nVb b 0 1\nVp p 0 0.1\nVn n 0 -0.1\n");
        int inner = 3 + Integer(4);
        var nodes = new List<string> { "x[0]", "x[1]", "x[2]", "b", "y[0]", "y[1]", "0" };
        for (int k = 0; k < inner; k++)
            nodes.Add(string.Create(CultureInfo.InvariantCulture, $"h[{k}]"));
        int count = 0;
        for (int k = 7; k < nodes.Count; k++)
        {
            Resistor(nodes[k], nodes[Integer(4)]);
            Resistor(nodes[k], nodes[4 + Integer(2)]);
            Resistor(nodes[k], nodes[7 + Integer(inner)]);
            Resistor(nodes[k], nodes[Integer(nodes.Count)]);
            if (Integer(3) > 0)
                text.Append(CultureInfo.InvariantCulture, $"Dp{k} {nodes[k]} p dm\nDn{k} n {nodes[k]} dm\n");
        }

        Resistor("y[0]", "b");
        Resistor("y[1]", "x[0]");
        Resistor("y[0]", "0");
        Resistor("y[1]", "0");
        text.Append(".dataset d xor() input=x target=y\n").Append(".learn ").Append(rule).Append(" out=y\n.end\n");
        return text.ToString().Replace(".dataset d xor() input=x target=y", ".dataset d inline(x=[[0,0,1],[1,0,1]] y=[[0,1],[1,0]]) input=x target=y", StringComparison.Ordinal);

        int Integer(int below) => (int)(random.UniformAt(draw++) * below);

        void Resistor(string a, string b)
        {
            if (a != b)
                text.Append(CultureInfo.InvariantCulture, $"R{count++} {a} {b} {Math.Exp((random.UniformAt(draw++) * 3) + Math.Log(5e3)):R} learn=1\n");
        }
    }

    /// <summary>Inputs, eight inner nodes with antiparallel diodes, amplifiers forward by A and back by B, outputs.</summary>
    public static string Amplified(double forward, double back) => string.Create(
        CultureInfo.InvariantCulture,
        $"""
        amplifiers
        .model dm d(is=1e-8 n=1.2)
        .model wr r(r=20k learn=1 gmin=1u gmax=1m init=uniform(5u,50u))
        Vx x[0:3] 0 DATA
        Rw1 x h[0:7] wr dense
        Dp h p dm
        Dn n h dm
        Vp p 0 0.1
        Vn n 0 -0.1
        Ea a[0:7] 0 h 0 {forward:R}
        Vs a y[0:7] 0
        Fa h 0 Vs {back:R}
        Rw2 y o[0:2] wr dense
        Rl o 0 50k
        .dataset d inline(x=[[0,0,1,1]] y=[[0,1,0]]) input=x target=o
        .learn eqprop(beta=1u) out=o
        .end
        """);

    public ParameterSet<double> Exact() => new ImplicitGradient().Gradient(Problem).Gradient;

    public ParameterSet<double> Update(double beta, bool centred, IConductanceRule? rule = null)
    {
        var learner = new CircuitEquilibriumPropagation(Circuit, new() { Beta = beta, Centred = centred, Rule = rule ?? new ProductRule() });
        var direction = new ParameterSet<double>(Circuit.Field.Parameters);
        BatchOutcome outcome = learner.Learn(State.Clone(), Targets, default, direction);
        Assert.Equal(0, outcome.Unsettled);
        return direction;
    }

    /// <summary>‖a + s b‖/‖b‖ over all blocks.</summary>
    public static double Distance(ParameterSet<double> a, ParameterSet<double> b, double scale = 1)
    {
        double left = 0;
        double size = 0;
        for (int k = 0; k < a.Blocks.Length; k++)
        {
            for (int i = 0; i < a.Blocks[k].Length; i++)
            {
                double d = a.Blocks[k][i] + (scale * b.Blocks[k][i]);
                left += d * d;
                size += b.Blocks[k][i] * b.Blocks[k][i];
            }
        }

        return Math.Sqrt(left / size);
    }
}
