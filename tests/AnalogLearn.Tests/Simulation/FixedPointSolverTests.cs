using System.Text.Json;
using AnalogLearn.Circuits;
using AnalogLearn.Numerics;
using AnalogLearn.Simulation;

namespace AnalogLearn.Tests.Simulation;

public class FixedPointSolverTests
{
    public static TheoryData<string, Activation, NeuronForm> Cases
    {
        get
        {
            var data = new TheoryData<string, Activation, NeuronForm>();
            foreach (string solver in FixedPointSolvers.Names)
            {
                data.Add(solver, Activation.Tanh, NeuronForm.Voltage);
                data.Add(solver, Activation.Logistic, NeuronForm.Rate);
                data.Add(solver, Activation.HardSigmoid, NeuronForm.Voltage);
                data.Add(solver, Activation.Softmax, NeuronForm.Voltage);
            }

            return data;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void AllSolversFindTheFixedPointThatSettlingFinds(string solver, Activation activation, NeuronForm form)
    {
        const int Examples = 6;
        RateField<double> field = TestNetworks.Field<double>(TestNetworks.Tangled(activation, form), Examples);
        var settled = new Batch<double>(Examples, field.StateCount);
        SettleReport settling = new Settler<double>(field).Settle(settled, new SettleOptions { MaximumSteps = 5000, Tolerance = 1e-13 });
        Assert.Equal(0, settling.UnsettledCount);

        // Some states stand at a rail there, so the search meets them.
        RateBank y = field.Network.Bank("y");
        Assert.Contains(Enumerable.Range(0, Examples * 3), k => settled[k / 3, y.Offset + (k % 3)] is 0 or 1);

        // Some of these networks have several fixed points: the search starts on the way to one of them.
        var found = new Batch<double>(Examples, field.StateCount);
        new Settler<double>(field).Settle(found, new SettleOptions { MaximumSteps = 80 });
        FixedPointReport report = FixedPointSolvers.Create(solver)!.Solve(field, found, new FixedPointOptions { MaximumIterations = 2000, Tolerance = 1e-12 });
        Assert.True(report.Converged, report.Problem);
        Assert.InRange(report.LargestResidual, 0, 1e-12);
        for (int k = 0; k < settled.Values.Length; k++)
            Assert.Equal(settled.Values[k], found.Values[k], 1e-10);
        if (activation == Activation.HardSigmoid)
            return;

        // Where ρ has no corners the methods are as fast as their theory.
        if (solver == "newton")
            Assert.True(report.Iterations <= 15, $"{report.Iterations} iterations of newton");
        if (solver == "anderson")
            Assert.True(report.Iterations < settling.Steps[..Examples].Max(), $"{report.Iterations} iterations against {settling.Steps[..Examples].Max()} steps");
    }

    [Fact]
    public void NewtonConvergesQuadratically()
    {
        RateField<double> field = TestNetworks.Field<double>(TestNetworks.Tangled(Activation.Tanh, NeuronForm.Voltage), 1);
        var residuals = new List<double>();
        for (int iterations = 0; iterations < 30; iterations++)
        {
            var state = new Batch<double>(1, field.StateCount);
            FixedPointReport report = new NewtonSolver().Solve(field, state, new FixedPointOptions { MaximumIterations = iterations, Tolerance = 1e-15 });
            residuals.Add(report.LargestResidual);
        }

        // Once small, each step squares the residual: the constant stays the same.
        int near = residuals.FindIndex(r => r < 3e-3);
        Assert.True(near >= 0 && residuals[near + 1] < 10 * residuals[near] * residuals[near] + 1e-15, string.Join(' ', residuals));
        Assert.True(residuals[^1] < 1e-14, string.Join(' ', residuals));
    }

    [Theory]
    [InlineData("vfep_tanh_asym.json", true)]
    [InlineData("vfep_sigmoid_sym.json", false)]
    public void GoldenFixedPoints(string file, bool tanh)
    {
        JsonElement golden = GoldenSettleTests.Read(file);
        RateField<double> field = GoldenSettleTests.Smooth(golden, tanh);
        double[] expected = GoldenSettleTests.Vector(golden.GetProperty("h_free"));
        foreach (string name in FixedPointSolvers.Names)
        {
            var state = new Batch<double>(1, 12);
            FixedPointReport report = FixedPointSolvers.Create(name)!.Solve(field, state, new FixedPointOptions { MaximumIterations = 3000, Tolerance = 1e-13 });
            Assert.True(report.Converged, report.Problem);
            for (int i = 0; i < 12; i++)
                Assert.Equal(expected[i], state[0, i], 1e-10);
        }
    }

    [Fact]
    public void AForceMovesTheFixedPointForEverySolver()
    {
        RateField<double> field = TestNetworks.Field<double>(TestNetworks.Tangled(Activation.Tanh, NeuronForm.Voltage), 2);
        var force = new TestNetworks.Pull<double>(field.Network.Bank("k").Offset, 33, 0.5, 0.2);
        Batch<double> settled = new(2, field.StateCount), free = new(2, field.StateCount);
        var options = new SettleOptions { MaximumSteps = 5000, Tolerance = 1e-13 };
        new Settler<double>(field).Settle(settled, options, force);
        new Settler<double>(field).Settle(free, options);
        Assert.True(Math.Abs(settled[0, field.Network.Bank("k").Offset] - free[0, field.Network.Bank("k").Offset]) > 1e-3);
        field.Force = force;
        foreach (string name in FixedPointSolvers.Names)
        {
            var found = new Batch<double>(2, field.StateCount);
            new Settler<double>(field).Settle(found, new SettleOptions { MaximumSteps = 80 });
            FixedPointReport report = FixedPointSolvers.Create(name)!.Solve(field, found, new FixedPointOptions { MaximumIterations = 2000 });
            Assert.True(report.Converged, report.Problem);
            for (int k = 0; k < found.Values.Length; k++)
                Assert.Equal(settled.Values[k], found.Values[k], 1e-10);
        }
    }

    [Fact]
    public void ANetworkThatOscillatesIsToldFromOneThatIsSlow()
    {
        // Two neurons that ring without end: no stable fixed point for Euler steps to find.
        NeuronBank v = TestNetworks.Bank("v", 2, Activation.Tanh);
        var circuit = new Circuit
        {
            Banks = [v],
            Arrays = [new SynapseArray { Name = "y", Pre = v.Bus, Post = v.Bus, Init = new WeightInit.Matrix([2, -4, 4, 2]) }],
        };
        RateField<double> field = TestNetworks.Field<double>(circuit, 1);
        Batch<double> state = TestNetworks.Draw<double>(2, 1, 2);
        FixedPointReport report = new DampedEulerSolver().Solve(field, state, new FixedPointOptions { MaximumIterations = 500 });
        Assert.False(report.Converged);
        Assert.Contains("v_", report.Problem, StringComparison.Ordinal);
        Assert.Contains("newton", report.Problem, StringComparison.Ordinal);
        Assert.Equal(500, report.Iterations);

        // The unstable fixed point exists, and Newton finds it.
        report = new NewtonSolver().Solve(field, new Batch<double>(1, 2));
        Assert.True(report.Converged, report.Problem);
    }
}
