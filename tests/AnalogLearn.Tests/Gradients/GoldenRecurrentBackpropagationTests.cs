using System.Numerics.Tensors;
using AnalogLearn.Circuits;
using AnalogLearn.Gradients;
using AnalogLearn.Learning;
using AnalogLearn.Numerics;
using AnalogLearn.Simulation;

namespace AnalogLearn.Tests.Gradients;

/// <summary>
/// Recurrent back-propagation in a Hopfield network (Liao et al., arXiv 1803.06396) against an independent numpy program, Golden/rbp_hopfield.json: h ← W_dd σ(h/2) + W_do σ(x/2), eight hidden and six output neurons, symmetric
/// weights, L = ½|h_out − x|². As a circuit: a bank of fourteen neurons of gain 1/2 with an array onto itself and one from the inputs, no biases; F is μ + h.
/// </summary>
public sealed class GoldenRecurrentBackpropagationTests
{
    private const double Tolerance = 1e-12;
    private const int Observed = 6;
    private const int Hidden = 8;
    private const int States = 14;

    private static readonly GoldenFile Golden = new("rbp_hopfield.json");
    private readonly RateField<double> _field;
    private readonly Readout _readout;
    private readonly Batch<double> _targets = new(1, Observed);

    public GoldenRecurrentBackpropagationTests()
    {
        double[] w = Golden.Vector("W");
        double[] x = Golden.Vector("x");
        var inputs = new NeuronBank { Name = "nx", Bus = new Bus("x", 0, Observed), IsInput = true };
        var dynamic = new NeuronBank { Name = "nh", Bus = new Bus("h", 0, States), Activation = Activation.Logistic, Gain = 0.5, Capacitance = 1, LeakConductance = 1 };
        double[] Part(int first, int count) => [.. Enumerable.Range(0, States).SelectMany(i => w.Skip(((Observed + i) * (Observed + States)) + first).Take(count))];
        RateNetwork network = RateNetwork.Compile(new Circuit
        {
            Banks = [inputs, dynamic],
            Arrays =
            [
                new SynapseArray { Name = "yo", Pre = inputs.Bus, Post = dynamic.Bus, Init = new WeightInit.Matrix([.. Part(0, Observed)]) },
                new SynapseArray { Name = "yd", Pre = dynamic.Bus, Post = dynamic.Bus, Init = new WeightInit.Matrix([.. Part(Observed, States)]) },
            ],
        });
        _field = new RateField<double>(network, network.InitialParameters(0));

        // An input's activity is its own value; the golden network applies σ to it.
        var clamped = new Batch<double>(1, Observed);
        for (int j = 0; j < Observed; j++)
            (clamped[0, j], _targets[0, j]) = (1 / (1 + Math.Exp(-x[j] / 2)), x[j]);
        _field.SetInput(0, clamped);
        _readout = new Readout(network.Banks[0], Hidden, Observed, Cost.Quadratic, CostOn.States);
    }

    [Fact]
    public void TheNetworkSettlesAsTheGoldenOneDoes()
    {
        double[] trajectory = Golden.Vector("trajectory_0_to_50");
        var settler = new Settler<double>(_field);
        for (int k = 0; k <= 50; k++)
        {
            var state = new Batch<double>(1, States);
            settler.Settle(state, new SettleOptions { StepOverTau = 1, MaximumSteps = k });
            Near.Equal(trajectory.AsSpan(k * States, States), state.Row(0), Tolerance, $"h after {k} steps");
        }
    }

    [Fact]
    public void FixedPointJacobianAndExactGradient()
    {
        FixedPointProblem problem = Problem();
        Near.Equal(Golden.Vector("h_star"), problem.State.Row(0), Tolerance, "h*");
        Near.Equal(Golden.Vector("e"), problem.CostGradients().Row(0), Tolerance, "e");
        var jacobian = new double[States * States];
        _field.Jacobian(0, problem.State.Row(0), jacobian);
        for (int i = 0; i < States; i++)
            jacobian[(i * States) + i] += 1;
        Near.Equal(Golden.Vector("J"), jacobian, Tolerance, "J");
        foreach (AdjointSolver solver in new[] { AdjointSolver.Lu, AdjointSolver.Gmres, AdjointSolver.Relaxation })
        {
            GradientResult result = new ImplicitGradient { Solver = solver, Tolerance = 1e-14, RelaxationStep = 1 }.Gradient(problem);
            Assert.Equal(1, result.Used);
            Near.Equal(Golden.Vector("z_exact"), result.Adjoint!.Row(0), Tolerance, $"z by {solver}");
            Near.Equal(Golden.Vector("grad_exact"), Gradient(result.Gradient), Tolerance, $"dL/dW by {solver}");
        }
    }

    /// <summary>Relaxation of step 1 from zero is recurrent back-propagation, z ← Jᵀz + e, and its iterates are the partial sums of the Neumann series (proposition 3 of the paper).</summary>
    [Fact]
    public void RelaxationOfStepOneHasTheIteratesOfRecurrentBackpropagationAndOfNeumannsSeries()
    {
        FixedPointProblem problem = Problem();
        double[] iterates = Golden.Vector("rbp_zero_init_iterates_0_to_30"), sums = Golden.Vector("neumann_g_0_to_30");
        for (int k = 0; k <= 30; k++)
        {
            // The product that tells how far off the last iterate is counts, too.
            var relaxation = new ImplicitGradient { Solver = AdjointSolver.Relaxation, RelaxationStep = 1, Tolerance = 0, MaximumProducts = k + 1, LargestSolveResidual = double.PositiveInfinity };
            double[] z = relaxation.Gradient(problem).Adjoint!.Row(0).ToArray();
            Near.Equal(iterates.AsSpan(k * States, States), z, Tolerance, $"z after {k} steps");
            if (k > 0)
                Near.Equal(sums.AsSpan((k - 1) * States, States), z, Tolerance, $"sum of {k} terms");
        }
    }

    /// <summary>What a start elsewhere leaves behind decays as Jᵀ to the power of the steps, and so do the terms of Neumann's series, at the spectral radius of J.</summary>
    [Fact]
    public void ProductsWithTheJacobianHaveTheGoldenIterates()
    {
        FixedPointProblem problem = Problem();
        double[] e = problem.CostGradients().Row(0).ToArray();
        double[] iterates = Golden.Vector("rbp_iterates_0_to_30"), terms = Golden.Vector("neumann_v_0_to_30");
        double[] z = Golden.Vector("rbp_z0"), v = e;
        for (int k = 0; k <= 30; k++)
        {
            Near.Equal(iterates.AsSpan(k * States, States), z, Tolerance, $"z after {k} steps");
            Near.Equal(terms.AsSpan(k * States, States), v, Tolerance, $"term {k}");
            z = Transposed(problem.State, z);
            TensorPrimitives.Add(z, e, z);
            v = Transposed(problem.State, v);
        }

        // Two eigenvalues are nearly as large.
        for (int k = 0; k < 2000; k++)
        {
            TensorPrimitives.Divide(v, TensorPrimitives.Norm<double>(v), v);
            v = Transposed(problem.State, v);
        }

        Assert.Equal(Golden.Number("spectral_radius"), TensorPrimitives.Norm<double>(v), Tolerance);
    }

    /// <summary>Conjugate gradients on the normal equations (I − J)(I − Jᵀ) z = (I − J) e, with a ridge η: one product with J and one with Jᵀ a step.</summary>
    [Theory]
    [InlineData("cgne_iterates_0_to_14_eta0", 0)]
    [InlineData("cgne_iterates_0_to_14_eta1e5", 1e-5)]
    public void ConjugateGradientsOnTheNormalEquations(string name, double ridge)
    {
        FixedPointProblem problem = Problem();
        double[] iterates = Golden.Vector(name);
        double[] Forward(double[] x) => [.. x.Zip(Product(problem.State, x, transposed: false), (a, b) => a - b)];
        double[] Backward(double[] x) => [.. x.Zip(Transposed(problem.State, x), (a, b) => a - b)];
        double[] z = new double[States], r = Forward(problem.CostGradients().Row(0).ToArray()), p = [.. r];

        // Beyond the twelfth the golden iterates are at the rounding floor.
        for (int k = 0; k <= 12; k++)
        {
            Near.Equal(iterates.AsSpan(k * States, States), z, Tolerance, $"z after {k} steps");
            double[] q = [.. Forward(Backward(p)).Zip(p, (a, b) => a + (ridge * b))];
            double size = TensorPrimitives.Dot<double>(r, r), step = size / TensorPrimitives.Dot<double>(p, q);
            for (int i = 0; i < States; i++)
                (z[i], r[i]) = (z[i] + (step * p[i]), r[i] - (step * q[i]));
            double share = TensorPrimitives.Dot<double>(r, r) / size;
            p = [.. r.Zip(p, (a, b) => a + (share * b))];
        }
    }

    /// <summary>Back-propagation through the steps of settling, whole and truncated: dL/dθ = Σ vᵀ∂F/∂θ at h(T−1), h(T−2), …, v ← J(h)ᵀ v.</summary>
    [Theory]
    [InlineData("bptt_T50_grad", 50)]
    [InlineData("tbptt_T50_K5_grad", 5)]
    [InlineData("tbptt_T50_K20_grad", 20)]
    public void BackpropagationThroughTheStepsOfSettling(string name, int steps)
    {
        const int last = 50;
        var settler = new Settler<double>(_field);
        Batch<double> At(int step)
        {
            var state = new Batch<double>(1, States);
            settler.Settle(state, new SettleOptions { StepOverTau = 1, MaximumSteps = step });
            return state;
        }

        double[] v = Problem(At(last)).CostGradients().Row(0).ToArray();
        var gradient = new ParameterSet<double>(_field.Network.Layout);
        for (int t = last - 1; t >= last - steps; t--)
        {
            Batch<double> state = At(t);
            _field.AccumulateParameterGradient(state, Row(v), gradient);
            v = Transposed(state, v);
        }

        Near.Equal(Golden.Vector(name), Gradient(gradient), Tolerance, name);
    }

    private static Batch<double> Row(double[] values)
    {
        var row = new Batch<double>(1, values.Length);
        values.CopyTo(row.Row(0));
        return row;
    }

    private FixedPointProblem Problem()
    {
        var state = new Batch<double>(1, States);
        new Settler<double>(_field).Settle(state, new SettleOptions { StepOverTau = 1, MaximumSteps = 200, Tolerance = 1e-12 });
        FixedPointProblem problem = Problem(state);
        Assert.InRange(problem.Polish(), 0, 1e-14);
        return problem;
    }

    private FixedPointProblem Problem(Batch<double> state) => FixedPointProblem.Of(_field, _readout, _targets, state);

    /// <summary>J x or Jᵀ x with J = ∂F/∂h = ∂μ/∂h + I.</summary>
    private double[] Product(Batch<double> state, double[] x, bool transposed)
    {
        var result = new Batch<double>(1, States);
        if (transposed)
            _field.ApplyTransposedJacobian(state, Row(x), result);
        else
            _field.ApplyJacobian(state, Row(x), result);
        return [.. result.Row(0).ToArray().Zip(x, (a, b) => a + b)];
    }

    private double[] Transposed(Batch<double> state, double[] x) => Product(state, x, transposed: true);

    /// <summary>Numbers in the parameters' shape as the golden matrix has them: dynamic × [observed | dynamic].</summary>
    private static double[] Gradient(ParameterSet<double> set) =>
        [.. Enumerable.Range(0, States).SelectMany(i => set["yo"].Skip(i * Observed).Take(Observed).Concat(set["yd"].Skip(i * States).Take(States)))];
}
