using AnalogLearn.Gradients;
using AnalogLearn.Learning;
using AnalogLearn.Numerics;
using AnalogLearn.Simulation;
using AnalogLearn.Tests.Interchange;

namespace AnalogLearn.Tests.Gradients;

/// <summary>The references against one another over random networks of every kind.</summary>
public sealed class GradientReferenceTests
{
    [Fact]
    public void ImplicitAgreesWithFiniteDifferences()
    {
        int compared = 0;
        for (int seed = 0; seed < 40; seed++)
        {
            FixedPointProblem problem = Random(seed);
            GradientResult exact = new ImplicitGradient().Gradient(problem);
            GradientResult differences = new FiniteDifferenceGradient().Gradient(problem);
            Assert.Equal(3, exact.Used);
            Assert.Equal(3, differences.Used);
            Assert.Equal(exact.Cost, differences.Cost, 1e-14);
            for (int b = 0; b < exact.Gradient.Blocks.Length; b++)
            {
                Near.Equal(exact.Gradient.Blocks[b], differences.Gradient.Blocks[b], 1e-6, $"network {seed}, {problem.Field.Parameters.Blocks[b].Name}");
                compared += exact.Gradient.Blocks[b].Count(g => Math.Abs(g) > 1e-4);
            }
        }

        Assert.InRange(compared, 500, int.MaxValue);
    }

    [Fact]
    public void SolversAgree()
    {
        for (int seed = 0; seed < 40; seed++)
        {
            FixedPointProblem problem = Random(seed);
            GradientResult direct = new ImplicitGradient { Solver = AdjointSolver.Lu }.Gradient(problem);
            GradientResult[] others =
            [
                new ImplicitGradient { Solver = AdjointSolver.Gmres, Tolerance = 1e-14 }.Gradient(problem),
                new ImplicitGradient { Solver = AdjointSolver.Relaxation, Tolerance = 1e-14 }.Gradient(problem),
                new AdjointOde().Gradient(problem),
                new ImplicitGradient().Gradient(Random(seed, plain: true)),
            ];
            foreach (GradientResult other in others)
            {
                Assert.Equal(direct.Used, other.Used);
                Near.Equal(direct.Adjoint!.Span, other.Adjoint!.Span, 1e-10, $"network {seed}, λ");
                for (int b = 0; b < direct.Gradient.Blocks.Length; b++)
                    Near.Equal(direct.Gradient.Blocks[b], other.Gradient.Blocks[b], 1e-10, $"network {seed}");
            }
        }
    }

    [Fact]
    public void OnlyChosenBlocksAreDifferenced()
    {
        FixedPointProblem problem = Random(3);
        string name = problem.Field.Parameters.Blocks[^1].Name;
        GradientResult chosen = new FiniteDifferenceGradient { Blocks = [name.ToUpperInvariant()], Richardson = false, Step = 1e-5 }.Gradient(problem);
        Near.Equal(new ImplicitGradient().Gradient(problem).Gradient[name], chosen.Gradient[name], 1e-6);
        Assert.All(chosen.Gradient.Blocks[0], g => Assert.True(double.IsNaN(g)));
    }

    [Fact]
    public void UnsettledExamplesAreNamedAndLeftOut()
    {
        FixedPointProblem good = Random(8);
        GradientResult all = new ImplicitGradient().Gradient(good);
        var state = good.State.Clone();
        state[1, 0] += 0.01;
        state[2, 0] = double.NaN;
        var problem = new FixedPointProblem(good.Field, state, good.Cost, good.CostGradient);
        foreach (IGradientReference reference in new IGradientReference[] { new ImplicitGradient(), new ImplicitGradient { Solver = AdjointSolver.Gmres }, new AdjointOde() })
        {
            GradientResult result = reference.Gradient(problem);
            Assert.Equal(1, result.Used);
            Assert.Equal([1, 2], result.LeftOut.Select(u => u.Example));
            Assert.All(result.LeftOut, u => Assert.Equal(Unusable.Unsettled, u.Reason));
            Assert.Contains("example 1: not settled, max |μ| = ", result.LeftOut[0].ToString(), StringComparison.Ordinal);
            Near.Equal(all.Adjoint!.Row(0), result.Adjoint!.Row(0), 1e-10);
            Assert.All(result.Gradient.Blocks.SelectMany(b => b), g => Assert.True(double.IsFinite(g)));
        }
    }

    [Fact]
    public void SingularJacobiansAreNamed()
    {
        // ds/dt = s − s: a single linear neuron that holds itself.
        var bus = new AnalogLearn.Circuits.Bus("h", 0, 1);
        var circuit = new AnalogLearn.Circuits.Circuit
        {
            Banks = [new() { Name = "nh", Bus = bus, Activation = AnalogLearn.Circuits.Activation.Linear, Bias = [0] }],
            Arrays = [new() { Name = "yhh", Pre = bus, Post = bus, Init = new AnalogLearn.Circuits.WeightInit.Constant(1) }],
        };
        RateNetwork network = RateNetwork.Compile(circuit);
        var field = new RateField<double>(network, network.InitialParameters(0));
        var targets = new Batch<double>(1, 1) { [0, 0] = 1 };
        FixedPointProblem problem = FixedPointProblem.Of(field, new Readout(network.Banks[0], 0, 1, Cost.Quadratic, CostOn.States), targets, new Batch<double>(1, 1));
        GradientResult result = new ImplicitGradient().Gradient(problem);
        Assert.Equal(0, result.Used);
        Assert.Equal(Unusable.Singular, Assert.Single(result.LeftOut).Reason);
        Assert.True(double.IsNaN(result.Cost));
    }

    [Fact]
    public void PolishFindsTheFixedPointFromNearby()
    {
        for (int seed = 0; seed < 20; seed++)
        {
            FixedPointProblem problem = Random(seed);
            double[] exact = problem.State.Values.ToArray();
            CounterRandom random = CounterRandom.ForPath((ulong)seed, "push");
            foreach (ref double s in problem.State.Span)
                s += random.Uniform(-1e-3, 1e-3);
            foreach (int e in Enumerable.Range(0, problem.ExampleCount))
                problem.Limit!(problem.State.Row(e));
            problem.Measure();
            Assert.False(problem.IsSettled(0));
            Assert.InRange(problem.Polish(), 0, 1e-13);
            Near.Equal(exact, problem.State.Values, 1e-10, $"network {seed}");
        }
    }

    /// <summary>A settled problem on a random network, its cost on states or rates, quadratic or cross-entropy.</summary>
    private static FixedPointProblem Random(int seed, bool plain = false)
    {
        RandomNetwork network = RandomNetwork.Draw(seed, 3, b => b with { LeakConductance = b.Capacitance }, recurrent: true);
        RateField<double> field = network.Field();
        RateBank bank = network.Layout.Banks[^1];
        var readout = new Readout(bank, 1, bank.Width - 1, seed % 2 == 0 ? Cost.Quadratic : Cost.CrossEntropy, seed % 3 == 0 ? CostOn.Rates : CostOn.States);
        var targets = new Batch<double>(3, readout.Count);
        CounterRandom.ForPath((ulong)seed, "targets").FillUniform(targets.Span);
        FixedPointProblem problem = FixedPointProblem.Of(field, readout, targets, network.FixedPoint());
        problem.Polish();
        if (plain)
            return new FixedPointProblem(new ProductsOnly(field), problem.State, problem.Cost, problem.CostGradient);
        return problem;
    }

    /// <summary>A field that offers the products of the interface and nothing else.</summary>
    private sealed class ProductsOnly(RateField<double> whole) : IParametrizedField<double>
    {
        public int StateCount => whole.StateCount;

        public ParameterLayout Parameters => whole.Parameters;

        public ReadOnlySpan<double> TimeConstants => whole.TimeConstants;

        public int ExampleCount => whole.ExampleCount;

        public ParameterSet<double> Theta => whole.Theta;

        public void ParametersChanged() => whole.ParametersChanged();

        public void Evaluate(Batch<double> state, Batch<double> derivative) => whole.Evaluate(state, derivative);

        public void ApplyJacobian(Batch<double> state, Batch<double> direction, Batch<double> result) => whole.ApplyJacobian(state, direction, result);

        public void ApplyTransposedJacobian(Batch<double> state, Batch<double> covector, Batch<double> result) => whole.ApplyTransposedJacobian(state, covector, result);

        public void AccumulateParameterGradient(Batch<double> state, Batch<double> covector, ParameterSet<double> into) => whole.AccumulateParameterGradient(state, covector, into);
    }
}
