using AnalogLearn.Circuits;
using AnalogLearn.Gradients;
using AnalogLearn.Learning;
using AnalogLearn.Netlist;
using AnalogLearn.Numerics;
using AnalogLearn.Simulation;
using AnalogLearn.Studies;

namespace AnalogLearn.Tests.Gradients;

public sealed class ReferenceLearnerTests
{
    private static readonly SettleOptions Tight = new() { StepOverTau = 0.8, Tolerance = 1e-14, MaximumSteps = 20_000 };

    /// <summary>implicit.json, one layer of three neurons in rate form.</summary>
    [Fact]
    public void OneLayerIsGolden()
    {
        var golden = new GoldenFile("implicit.json");
        (RateField<double> field, _) = RateLayer<double>(golden.Vector("one_layer", "W"), golden.Vector("one_layer", "Q"), golden.Vector("one_layer", "T"));
        field.SetInput(0, Row(golden.Vector("one_layer", "X")));
        var readout = new Readout(field.Network.Banks[0], 0, 3, Cost.Quadratic, CostOn.States);
        var learner = new ReferenceLearner<double>(field, readout, new ImplicitGradient(), new() { Free = Tight, Polish = true });
        var state = new Batch<double>(1, 3);
        var direction = new ParameterSet<double>(field.Parameters);
        BatchOutcome outcome = learner.Learn(state, Row(golden.Vector("one_layer", "Y_gt")), default, direction);
        Near.Equal(golden.Vector("one_layer", "Y"), state.Row(0), 1e-10, "Y");
        Near.Equal(Negative(golden.Vector("one_layer", "grad_W")), direction["yw"], 1e-10, "W");
        Near.Equal(Negative(golden.Vector("one_layer", "grad_Q")), direction["yq"], 1e-10, "Q");
        Near.Equal(Negative(golden.Vector("one_layer", "grad_T")), direction["ny"], 1e-10, "T");
        Assert.Equal(0, outcome.Unsettled);
        Assert.Equal(1, learner.LastResult!.Used);
    }

    /// <summary>implicit.json, two layers with feedback in rate form.</summary>
    [Fact]
    public void TwoLayersAreGolden()
    {
        var golden = new GoldenFile("implicit.json");
        double[] V(string name) => golden.Vector("two_layer", name);
        var x = new Bus("x", 0, 4);
        NeuronBank hidden = Rate("h", V("T2"));
        NeuronBank output = Rate("y", V("T1"));
        RateNetwork network = RateNetwork.Compile(new Circuit
        {
            Banks = [new NeuronBank { Name = "nx", Bus = x, IsInput = true }, hidden, output],
            Arrays =
            [
                Array("yq2", x, hidden.Bus, V("Q2")), Array("yw2", hidden.Bus, hidden.Bus, V("W2")), Array("yr", output.Bus, hidden.Bus, V("R")),
                Array("yq1", hidden.Bus, output.Bus, V("Q1")), Array("yw1", output.Bus, output.Bus, V("W1")),
            ],
        });
        var field = new RateField<double>(network, network.InitialParameters(0));
        field.SetInput(0, Row(V("X")));
        ComparisonResult result = RuleComparison.Run(
            field,
            new Readout(network.Bank("y"), 0, 2, Cost.Quadratic, CostOn.States),
            Row(V("Y_gt")),
            new ReferenceLearner<double>(field, new Readout(network.Bank("y"), 0, 2, Cost.Quadratic, CostOn.States), new AdjointOde(), new() { Free = Tight, Polish = true }),
            new ImplicitGradient());
        Assert.InRange(result.All.RelativeError, 0, 1e-10);
        foreach ((string block, string name) in new[] { ("yq2", "Q2"), ("yw2", "W2"), ("yr", "R"), ("yq1", "Q1"), ("yw1", "W1"), ("nh", "T2"), ("ny", "T1") })
            Near.Equal(V($"grad_{name}"), result.Gradient[block], 1e-10, name);
    }

    /// <summary>implicit.json: five Adam steps on XOR with the exact gradient. Its loss is the mean of squares without the half.</summary>
    [Fact]
    public void XorStepsAreGolden()
    {
        var golden = new GoldenFile("implicit.json");
        (RateField<double> field, Batch<double> targets) = Xor<double>(golden);
        var readout = new Readout(field.Network.Banks[0], 0, 1, Cost.Quadratic, CostOn.States);
        var learner = new ReferenceLearner<double>(field, readout, new ImplicitGradient(), new() { Free = Tight, Polish = true });
        var adam = new Adam<double>(field.Parameters);
        var direction = new ParameterSet<double>(field.Parameters);
        int k = 0;
        foreach (System.Text.Json.JsonElement step in golden["xor_adam", "steps"].EnumerateArray())
        {
            double[] V(string name) => [.. GoldenFile.Flatten(step.GetProperty(name))];
            var state = new Batch<double>(4, 2);
            BatchOutcome outcome = learner.Learn(state, targets, default, direction);
            Near.Equal(V("Y"), state.Span, 1e-9, $"Y, step {k}");
            Assert.Equal(step.GetProperty("mse").GetDouble(), 2 * outcome.Cost, 1e-9);
            foreach (double[] block in direction.Blocks)
            {
                for (int i = 0; i < block.Length; i++)
                    block[i] *= 2;
            }

            Near.Equal(Negative(V("grad_W")), direction["yw"], 1e-9, $"W, step {k}");
            Near.Equal(Negative(V("grad_Q")), direction["yq"], 1e-9, $"Q, step {k}");
            adam.Step(field, direction, [0.01, 0.01, 0.01]);
            Near.Equal(V("W_after"), field.Theta["yw"], 1e-8, $"W after step {k}");
            Near.Equal(V("Q_after"), field.Theta["yq"], 1e-8, $"Q after step {k}");
            Near.Equal(V("T_after"), field.Theta["ny"], 1e-8, $"T after step {k}");
            k++;
        }

        Assert.Equal(5, k);
    }

    [Fact]
    public void SinglePrecisionTrainsXor()
    {
        (RateField<float> field, Batch<float> targets) = Xor<float>(new GoldenFile("implicit.json"));
        var learner = new ReferenceLearner<float>(
            field,
            new Readout(field.Network.Banks[0], 0, 1, Cost.Quadratic, CostOn.States),
            new ImplicitGradient(),
            new() { Free = new SettleOptions { StepOverTau = 0.8, Tolerance = 1e-5, MaximumSteps = 500 } });
        var adam = new Adam<float>(field.Parameters);
        var direction = new ParameterSet<float>(field.Parameters);
        BatchOutcome outcome = new();
        for (int step = 0; step == 0 || (step < 3000 && outcome.Cost > 0.002); step++)
        {
            outcome = learner.Learn(new Batch<float>(4, 2), targets, default, direction);
            adam.Step(field, direction, [0.03, 0.03, 0.03]);
        }

        Assert.Equal(0, outcome.Errors);
        Assert.InRange(outcome.Cost, 0, 0.003);
    }

    [Fact]
    public void UnsettledExamplesDoNotTeach()
    {
        (RateField<double> field, Batch<double> targets) = Xor<double>(new GoldenFile("implicit.json"));
        var readout = new Readout(field.Network.Banks[0], 0, 1, Cost.Quadratic, CostOn.States);
        var few = new SettleOptions { StepOverTau = 0.1, MaximumSteps = 3, Tolerance = 1e-6 };
        var direction = new ParameterSet<double>(field.Parameters);
        var strict = new ReferenceLearner<double>(field, readout, new ImplicitGradient(), new() { Free = few });
        Assert.Equal(4, strict.Learn(new Batch<double>(4, 2), targets, default, direction).Unsettled);
        Assert.All(direction.Blocks.SelectMany(b => b), d => Assert.Equal(0, d));
        Assert.Equal(4, strict.LastResult!.LeftOut.Length);
        var lax = new ReferenceLearner<double>(field, readout, new ImplicitGradient(), new() { Free = few, SettledTolerance = double.PositiveInfinity });
        Assert.Equal(4, lax.Learn(new Batch<double>(4, 2), targets, default, direction).Unsettled);
        Assert.Contains(direction["yq"], d => d != 0);
    }

    /// <summary>vfep_hard_batch.json: the clipped hard sigmoid in the seed's training step, and its exact gradient against differences with pinned units.</summary>
    [Fact]
    public void ClippedBatchIsGolden()
    {
        var golden = new GoldenFile("vfep_hard_batch.json");
        double[] Transposed(string name, int pre, int post, params string[] under)
        {
            double[] w = golden.Vector([.. under, name]);
            return [.. Enumerable.Range(0, pre * post).Select(k => w[(k % pre * post) + (k / pre)])];
        }

        var x = new Bus("x", 0, 6);
        NeuronBank Cell(string name, string bias) => new()
        {
            Name = "n" + name,
            Bus = new Bus(name, 0, golden.Vector(bias).Length),
            Activation = Activation.HardSigmoid,
            ClipLow = 0,
            ClipHigh = 1,
            Bias = [.. golden.Vector(bias)],
        };
        NeuronBank[] h = [Cell("h0", "b0"), Cell("h1", "b1"), Cell("h2", "b2")];
        (string Name, Bus Pre, Bus Post)[] arrays = [("Win", x, h[2].Bus), ("W12", h[2].Bus, h[1].Bus), ("W21", h[1].Bus, h[2].Bus), ("W01", h[1].Bus, h[0].Bus), ("W10", h[0].Bus, h[1].Bus)];
        RateNetwork network = RateNetwork.Compile(new Circuit
        {
            Banks = [new NeuronBank { Name = "nx", Bus = x, IsInput = true }, .. h],
            Arrays = [.. arrays.Select(a => Array(a.Name, a.Pre, a.Post, Transposed(a.Name, a.Pre.Width, a.Post.Width)))],
        });
        var field = new RateField<double>(network, network.InitialParameters(0));
        var inputs = new Batch<double>(2, 6);
        golden.Vector("X").Select(v => Math.Clamp(v, 0, 1)).ToArray().CopyTo(inputs.Values, 0);
        field.SetInput(0, inputs);
        var targets = new Batch<double>(2, 3);
        golden.Vector("Y").CopyTo(targets.Values, 0);
        var readout = new Readout(network.Bank("h0"), 0, 3, Cost.Quadratic, CostOn.States);

        Batch<double> state;
        foreach (int steps in new[] { 1, 2, 3, 5, 10, 50, 200 })
        {
            state = new Batch<double>(2, 12);
            new Settler<double>(field).Settle(state, new SettleOptions { MaximumSteps = steps });
            Check(state, "free", steps);
        }

        state = new Batch<double>(2, 12);
        new Settler<double>(field).Settle(state, new SettleOptions { MaximumSteps = 200 });
        var nudge = new Nudge<double>(field, readout) { Beta = 1, Targets = targets };
        foreach (int steps in new[] { 1, 2, 3, 5, 10, 50, 100 })
        {
            Batch<double> nudged = state.Clone();
            new Settler<double>(field).Settle(nudged, new SettleOptions { MaximumSteps = steps }, nudge);
            Check(nudged, "nudged", steps);
        }

        var rule = new EquilibriumPropagation<double>(field, readout, new() { Beta = 1, Free = new() { MaximumSteps = 200 }, Nudged = new() { MaximumSteps = 100 } });
        var direction = new ParameterSet<double>(network.Layout);
        rule.Learn(new Batch<double>(2, 12), targets, default, direction);
        foreach ((string name, Bus pre, Bus post) in arrays)
            Near.Equal(Transposed(name, pre.Width, post.Width, "dW"), direction[name], 1e-10, name);
        foreach (string layer in new[] { "0", "1", "2" })
            Near.Equal(golden.Vector("dW", $"b{layer}"), direction[$"nh{layer}"], 1e-10, $"b{layer}");

        // Some state is pinned, and the exact gradient knows it.
        FixedPointProblem problem = FixedPointProblem.Of(field, readout, targets, state);
        problem.Polish();
        var pinned = new bool[12];
        field.Pinned(0, state.Row(0), pinned);
        Assert.Contains(true, pinned);
        GradientResult exact = new ImplicitGradient().Gradient(problem);
        GradientResult differences = new FiniteDifferenceGradient().Gradient(problem);
        Assert.Equal(2, exact.Used);
        for (int b = 0; b < exact.Gradient.Blocks.Length; b++)
            Near.Equal(differences.Gradient.Blocks[b], exact.Gradient.Blocks[b], 1e-8, network.Layout.Blocks[b].Name);

        void Check(Batch<double> found, string phase, int steps)
        {
            for (int l = 0; l < 3; l++)
            {
                double[] expected = golden.Vector(phase, steps.ToString(), $"h{l}");
                RateBank bank = network.Bank($"h{l}");
                for (int e = 0; e < 2; e++)
                    Near.Equal(expected.AsSpan(e * bank.Width, bank.Width), found.Row(e).Slice(bank.Offset, bank.Width), 1e-10, $"{phase} {steps}, h{l}");
            }
        }
    }

    [Fact]
    public void DecksCanNameEveryReference()
    {
        (RateField<double> field, Batch<double> targets) = Xor<double>(new GoldenFile("implicit.json"));
        var directions = new List<ParameterSet<double>>();

        // backprop is a rule of its own, of chains of layers.
        foreach (GradientReferenceEntry entry in GradientReferences.All.Where(e => e.Name != "backprop"))
        {
            var diagnostics = new DiagnosticBag();
            Assert.Same(entry, GradientReferences.Find(entry.Name.ToUpperInvariant()));
            IRuleBinding? rule = RuleRegistry.Find(entry.Name);
            Assert.NotNull(rule);
            var call = new Call(entry.Name, [Argument("tol", 1e-13), Argument("free", 1e-6), Argument("settled", 1e-12)], SourceSpan.None);
            var arguments = new ArgumentReader(call, diagnostics);
            IBoundRule bound = rule.Bind(arguments, new RuleContext(field.Network, (field.Network.Banks[0], 0, 1), new SettleOptions()));
            arguments.Finish();
            Assert.Empty(diagnostics);
            ILearner<double> learner = bound.Create(field, [0, 0, 0]);
            Assert.Equal(entry.Name, learner.Name);
            var direction = new ParameterSet<double>(field.Parameters);
            Assert.Equal(0, learner.Learn(new Batch<double>(4, 2), targets, default, direction).Unsettled);
            directions.Add(direction);
        }

        foreach (ParameterSet<double> d in directions)
        {
            for (int b = 0; b < d.Blocks.Length; b++)
                Near.Equal(directions[0].Blocks[b], d.Blocks[b], 1e-8);
        }

        var wrong = new DiagnosticBag();
        GradientReferences.Find("implicit")!.Bind(new ArgumentReader(new Call("implicit", [new("solver", new TextValue("magic", SourceSpan.None), SourceSpan.None)], SourceSpan.None), wrong));
        Assert.True(wrong.HasErrors);
        static Argument Argument(string name, double value) => new(name, new NumberValue(value, SourceSpan.None), SourceSpan.None);
    }

    private static (RateField<T> Field, Batch<T> Targets) Xor<T>(GoldenFile golden)
        where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T>
    {
        (RateField<T> field, Batch<T> inputs) = RateLayer<T>(golden.Vector("xor_adam", "W0"), golden.Vector("xor_adam", "Q0"), golden.Vector("xor_adam", "T0"));
        inputs = new Batch<T>(4, 2);
        var targets = new Batch<T>(4, 1);
        for (int e = 0; e < 4; e++)
        {
            inputs[e, 0] = T.CreateChecked(e / 2);
            inputs[e, 1] = T.CreateChecked(e % 2);
            targets[e, 0] = T.CreateChecked((e / 2) ^ (e % 2));
        }

        field.SetInput(0, inputs);
        return (field, targets);
    }

    private static (RateField<T> Field, Batch<T> Inputs) RateLayer<T>(double[] w, double[] q, double[] t)
        where T : unmanaged, System.Numerics.IBinaryFloatingPointIeee754<T>
    {
        var x = new Bus("x", 0, q.Length / t.Length);
        NeuronBank y = Rate("y", t);
        RateNetwork network = RateNetwork.Compile(new Circuit
        {
            Banks = [new NeuronBank { Name = "nx", Bus = x, IsInput = true }, y],
            Arrays = [Array("yq", x, y.Bus, q), Array("yw", y.Bus, y.Bus, w)],
        });
        return (new RateField<T>(network, network.InitialParameters(0).To<T>()), new Batch<T>(1, x.Width));
    }

    private static NeuronBank Rate(string name, double[] bias) => new()
    {
        Name = "n" + name,
        Bus = new Bus(name, 0, bias.Length),
        Form = NeuronForm.Rate,
        Activation = Activation.Logistic,
        Capacitance = 1e-9,
        LeakConductance = 1,
        Bias = [.. bias],
    };

    private static SynapseArray Array(string name, Bus pre, Bus post, double[] w) => new() { Name = name, Pre = pre, Post = post, Init = new WeightInit.Matrix([.. w]) };

    private static Batch<double> Row(double[] values)
    {
        var batch = new Batch<double>(1, values.Length);
        values.CopyTo(batch.Values, 0);
        return batch;
    }

    private static double[] Negative(double[] values) => [.. values.Select(v => -v)];
}
