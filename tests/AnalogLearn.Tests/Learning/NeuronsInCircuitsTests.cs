using AnalogLearn.Gradients;
using AnalogLearn.Learning;
using AnalogLearn.Numerics;
using AnalogLearn.Simulation;
using AnalogLearn.Studies;

namespace AnalogLearn.Tests.Learning;

public sealed class NeuronsInCircuitsTests
{
    private const string Network = """
        neurons in a circuit
        .model cell neuron(c=1n g=2u rho=tanh)
        .model w synapse(init=uniform(-0.5,0.5))
        Nx x[0:2] input
        Nh h[0:4] cell
        Ny y[0:1] cell
        Yxh x h w
        Yhy h y w
        Yyh y h w tied=Yhy
        .dataset d inline(x=[[1,0,1],[0,1,1],[1,1,0]] y=[[1,0],[0,1],[0.5,0.5]]) input=x target=y
        .learn eqprop(beta=0.1u) out=y
        .train epochs=3 batch=3 rate=0.1
        .end
        """;

    [Fact]
    public void GradientsAreThoseOfTheRateEngine()
    {
        LearningCase circuit = LearningCase.Of(Network, 7, 3, 1);
        Assert.Equal(["yxh", "yhy"], circuit.Circuit.Field.Parameters.Blocks.Where(b => b.Kind == ParameterKind.Weights).Select(b => b.Name));
        RateNetwork network = circuit.Experiment.Circuit.Network!;
        var field = new RateField<double>(network, network.InitialParameters(circuit.Experiment.Seed));
        var inputs = new Batch<double>(3, 3);
        CounterRandom random = CounterRandom.ForPath(7, "examples");
        for (int k = 0; k < inputs.Values.Length; k++)
            inputs.Values[k] = (2 * random.UniformAt((ulong)k)) - 1;
        field.SetInput(0, inputs);
        RateBank bank = network.Banks[^1];
        var readout = new Readout(bank, 0, bank.Width, Cost.Quadratic, CostOn.States);
        FixedPointProblem problem = RuleComparison.Settle(field, readout, circuit.Targets, new());
        ParameterSet<double> rate = new ImplicitGradient().Gradient(problem).Gradient;
        ParameterSet<double> nodal = circuit.Exact();
        for (int b = 0; b < rate.Blocks.Length; b++)
        {
            for (int k = 0; k < rate.Blocks[b].Length; k++)
                Assert.Equal(rate.Blocks[b][k], nodal.Blocks[b][k], 1e-10);
        }
    }

    [Fact]
    public void DifferencesAgreeWhereNeuronsAndLearningResistorsMeet()
    {
        string mixed = Network.Replace("Yyh", "Rz y z[0:1] 500k learn=1\nRl z 0 1meg learn=1\nDz z 0 dz\n.model dz d(is=1e-9)\nYyh", StringComparison.Ordinal)
            .Replace("out=y", "out=z", StringComparison.Ordinal).Replace("target=y", "target=z", StringComparison.Ordinal);
        LearningCase circuit = LearningCase.Of(mixed, 7, 3, 1);
        Assert.Equal(2, circuit.Experiment.Blocks.Length);
        GradientResult differences = new FiniteDifferenceGradient().Gradient(circuit.Problem);
        ParameterSet<double> exact = circuit.Exact();
        ComparisonResult compared = GradientComparison.Compare(exact, differences.Gradient);
        Assert.All(compared.Arrays, a => Assert.True(Math.Abs(a.Cosine) > 1 - 1e-10 && Math.Abs(a.NormRatio - 1) < 1e-6, $"{a.Name}: {a.Cosine} {a.NormRatio}"));
    }

    [Fact]
    public void UpdatesAreThoseOfTheRateEngineAtTheSameNudge()
    {
        // A nudging current of β amperes per volt is β/g of the rate engine's, whose currents are in units of the leak.
        LearningCase circuit = LearningCase.Of(Network, 7, 3, 1);
        ParameterSet<double> near = circuit.Update(2e-10, centred: true);
        RateNetwork network = circuit.Experiment.Circuit.Network!;
        var field = new RateField<double>(network, network.InitialParameters(circuit.Experiment.Seed));
        field.SetInput(0, Inputs());
        RateBank bank = network.Banks[^1];
        var readout = new Readout(bank, 0, bank.Width, Cost.Quadratic, CostOn.States);
        FixedPointProblem problem = RuleComparison.Settle(field, readout, circuit.Targets, new());
        ParameterSet<double> nu = NuVector.OfStateRule(problem).Gradient;
        for (int b = 0; b < nu.Blocks.Length; b++)
        {
            for (int k = 0; k < nu.Blocks[b].Length; k++)
                Assert.Equal(nu.Blocks[b][k], near.Blocks[b][k], 1e-6);
        }
    }

    [Fact]
    public void ANetworkTrainsOnTheNodalEngine()
    {
        NodalExperiment experiment = LearningCase.Bind(Network);
        Trainer<double> trainer = experiment.StartTrainer<double>(experiment.InitialParameters());
        trainer.Run();
        Assert.True(trainer.History[^1].TestCost < trainer.History[0].TestCost);
    }

    private static Batch<double> Inputs()
    {
        var inputs = new Batch<double>(3, 3);
        CounterRandom random = CounterRandom.ForPath(7, "examples");
        for (int k = 0; k < inputs.Values.Length; k++)
            inputs.Values[k] = (2 * random.UniformAt((ulong)k)) - 1;
        return inputs;
    }
}
