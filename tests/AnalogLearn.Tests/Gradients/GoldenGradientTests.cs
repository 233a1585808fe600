using AnalogLearn.Gradients;
using AnalogLearn.Learning;
using AnalogLearn.Numerics;
using AnalogLearn.Simulation;

namespace AnalogLearn.Tests.Gradients;

/// <summary>Fixed points, Jacobians, exact gradients and EP vectors against an independent numpy program, to 1e-10.</summary>
public sealed class GoldenGradientTests
{
    private const double Tolerance = 1e-10;

    public static TheoryData<string, bool> Networks => new()
    {
        { "vfep_tanh_asym.json", false },
        { "vfep_tanh_asym.json", true },
        { "vfep_sigmoid_sym.json", false },
        { "vfep_sigmoid_sym.json", true },
    };

    [Theory]
    [MemberData(nameof(Networks))]
    public void FixedPointAndJacobian(string file, bool oneBank)
    {
        var golden = new GoldenNetwork(file, oneBank);
        FixedPointProblem problem = golden.Problem();
        Near.Equal(golden.File.Vector("h_free"), problem.State.Row(0), Tolerance, "h");
        var jacobian = new double[144];
        golden.Field.Jacobian(0, problem.State.Row(0), jacobian);
        Near.Equal(golden.File.Vector("jacobian_mu"), jacobian, Tolerance, "J");
        Near.Equal(golden.File.Vector("dC_dh"), problem.CostGradients().Row(0), Tolerance, "dC/dh");
    }

    [Theory]
    [MemberData(nameof(Networks))]
    public void EulerSteps(string file, bool oneBank)
    {
        var golden = new GoldenNetwork(file, oneBank);
        double[] steps = golden.File.Vector("euler_free_from_zero_steps_0_to_10");
        var settler = new Settler<double>(golden.Field);
        for (int k = 0; k <= 10; k++)
        {
            var state = new Batch<double>(1, 12);
            settler.Settle(state, new SettleOptions { StepOverTau = 0.1, MaximumSteps = k });
            Near.Equal(steps.AsSpan(k * 12, 12), state.Row(0), Tolerance, $"step {k}");
        }
    }

    [Theory]
    [MemberData(nameof(Networks))]
    public void ExactGradient(string file, bool oneBank)
    {
        var golden = new GoldenNetwork(file, oneBank);
        FixedPointProblem problem = golden.Problem();
        foreach (AdjointSolver solver in new[] { AdjointSolver.Lu, AdjointSolver.Gmres, AdjointSolver.Relaxation })
        {
            GradientResult result = new ImplicitGradient { Solver = solver, Tolerance = 1e-14 }.Gradient(problem);
            Assert.Equal(1, result.Used);
            Assert.InRange(result.SolveResidual, 0, 1e-12);
            Near.Equal(golden.Masked("grad_W"), golden.Weights(result.Gradient), Tolerance, "grad W");
            Near.Equal(golden.File.Vector("grad_U"), golden.InputWeights(result.Gradient), Tolerance, "grad U");
            Near.Equal(golden.File.Vector("grad_b"), golden.Biases(result.Gradient), Tolerance, "grad b");
            // The golden λ is J⁻ᵀ ∂C/∂h; ours carries the gradient's minus sign.
            Near.Equal(golden.File.Vector("adjoint_lambda").Select(l => -l).ToArray(), result.Adjoint!.Row(0), Tolerance, "λ");
        }
    }

    [Theory]
    [MemberData(nameof(Networks))]
    public void StateRuleVector(string file, bool oneBank)
    {
        var golden = new GoldenNetwork(file, oneBank);
        FixedPointProblem problem = golden.Problem();
        GradientResult nu = NuVector.OfStateRule(problem);
        Near.Equal(golden.File.Vector("dh_dbeta"), nu.Adjoint!.Row(0), Tolerance, "dh/dβ");
        Near.Equal(golden.Masked("nu_W"), golden.Weights(nu.Gradient), Tolerance, "ν W");
        Near.Equal(golden.File.Vector("nu_U"), golden.InputWeights(nu.Gradient), Tolerance, "ν U");
        Near.Equal(golden.File.Vector("nu_b"), golden.Biases(nu.Gradient), Tolerance, "ν b");
    }

    [Theory]
    [MemberData(nameof(Networks))]
    public void RateRuleVector(string file, bool oneBank)
    {
        var golden = new GoldenNetwork(file, oneBank);
        FixedPointProblem problem = golden.Problem(CostOn.Rates);
        Near.Equal(golden.Masked("rate_rule", "grad_W"), golden.Weights(new ImplicitGradient().Gradient(problem).Gradient), Tolerance, "grad W");
        GradientResult nu = NuVector.OfRateRule(golden.Field, golden.Readout(CostOn.Rates), golden.Targets, problem);
        Near.Equal(golden.Masked("rate_rule", "nu_W"), golden.Weights(nu.Gradient), Tolerance, "ν W");
    }

    [Theory]
    [MemberData(nameof(Networks))]
    public void AdjointOfTheDynamics(string file, bool oneBank)
    {
        var golden = new GoldenNetwork(file, oneBank);
        FixedPointProblem problem = golden.Problem();
        foreach (string time in new[] { "0.5", "1.0", "2.0", "5.0", "20.0" })
        {
            (Batch<double> l, Batch<double> integral) = AdjointOde.Propagate(problem, double.Parse(time));
            Near.Equal(golden.File.Vector("adjoint_ode", time, "l"), l.Row(0), Tolerance, $"l({time})");
            Near.Equal(golden.File.Vector("adjoint_ode", time, "integral"), integral.Row(0), Tolerance, $"∫l to {time}");
        }

        GradientResult result = new AdjointOde().Gradient(problem);
        Near.Equal(golden.File.Vector("adjoint_ode_limit"), result.Adjoint!.Row(0), Tolerance, "limit");
        Near.Equal(golden.Masked("grad_W"), golden.Weights(result.Gradient), Tolerance, "grad W");
    }

    [Theory]
    [MemberData(nameof(Networks))]
    public void NudgedFixedPointsAndEndPointRule(string file, bool oneBank)
    {
        var golden = new GoldenNetwork(file, oneBank);
        FixedPointProblem problem = golden.Problem();
        var nudge = new Nudge<double>(golden.Field, golden.Readout()) { Targets = golden.Targets };
        Batch<double> Nudged(double beta)
        {
            nudge.Beta = beta;
            var state = problem.State.Clone();
            golden.Field.Force = nudge;
            var at = new FixedPointProblem(golden.Field, state, problem.Cost, problem.CostGradient);
            Assert.InRange(at.Polish(), 0, 1e-13);
            golden.Field.Force = null;
            return state;
        }

        foreach (string beta in new[] { "1.0", "0.1", "-0.1", "0.01", "-0.01" })
            Near.Equal(golden.File.Vector("h_beta", beta), Nudged(double.Parse(beta)).Row(0), Tolerance, $"h at β = {beta}");

        var update = new LocalUpdate<double>(golden.Field);
        var direction = new ParameterSet<double>(golden.Network.Layout);
        update.Add(new StateRule(), problem.State, problem.State, Nudged(1), 1, direction);
        Near.Equal(golden.Masked("ep_dW_beta1"), golden.Weights(direction), Tolerance, "ΔW at β = 1");
        direction.Clear();
        update.Add(new StateRule(), problem.State, Nudged(-0.01), Nudged(0.01), 1 / 0.02, direction);
        Near.Equal(golden.Masked("ep_dW_symmetric_beta001"), golden.Weights(direction), 1e-9, "ΔW at β = ±0.01");
    }

    /// <summary>The continuous rule: 400 Euler steps of 0.05 from the free fixed point at β = 0.1, dW = ρ(h_j) dh_i summed; our rule divides by β.</summary>
    [Theory]
    [MemberData(nameof(Networks))]
    public void IntegratedRule(string file, bool oneBank)
    {
        var golden = new GoldenNetwork(file, oneBank);
        FixedPointProblem problem = golden.Problem();
        var phase = new SettleOptions { StepOverTau = 0.05, MaximumSteps = 400 };
        Batch<double> end = problem.State.Clone();
        new Settler<double>(golden.Field).Settle(end, phase, new Nudge<double>(golden.Field, golden.Readout()) { Beta = 0.1, Targets = golden.Targets });
        Near.Equal(golden.File.Vector("stdp_integral", "h_end"), end.Row(0), Tolerance, "h");
        var learner = new StdpLearner<double>(golden.Field, golden.Readout(), new StdpOptions { Beta = 0.1, Free = new SettleOptions { MaximumSteps = 0 }, Nudged = phase });
        var direction = new ParameterSet<double>(golden.Network.Layout);
        learner.Learn(problem.State.Clone(), golden.Targets, default, direction);
        Near.Equal(golden.Masked("stdp_integral", "dW_sum"), golden.Weights(direction).Select(d => 0.1 * d).ToArray(), Tolerance, "∫ρ dh");
    }
}
