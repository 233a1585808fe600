using System.Collections.Immutable;
using AnalogLearn.Circuits;
using AnalogLearn.Learning;
using AnalogLearn.Numerics;
using AnalogLearn.Simulation;

namespace AnalogLearn.Tests.Simulation;

/// <summary>Networks that use everything a rate field has, at random states.</summary>
public sealed class RateFieldTests
{
    public static TheoryData<Activation, NeuronForm, bool> Kinds
    {
        get
        {
            var all = new TheoryData<Activation, NeuronForm, bool>();
            foreach (Activation activation in Enum.GetValues<Activation>())
            {
                foreach (NeuronForm form in Enum.GetValues<NeuronForm>())
                {
                    all.Add(activation, form, false);
                    all.Add(activation, form, true);
                }
            }

            return all;
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void ValueIsTheEquation(Activation activation, NeuronForm form, bool clipped)
    {
        (RateField<double> field, Batch<double> state) = Network(activation, form, clipped, 1);
        var mu = new Batch<double>(state.Rows, state.Width);
        field.Evaluate(state, mu);
        bool pinned = false;
        for (int e = 0; e < state.Rows; e++)
        {
            double[] expected = Equation(field, e, state.Row(e));
            for (int i = 0; i < expected.Length; i++)
            {
                double s = state[e, i];
                bool atRail = (s <= field.Network.ClipLow[i] && expected[i] <= 0) || (s >= field.Network.ClipHigh[i] && expected[i] >= 0);
                pinned |= atRail;
                Assert.Equal(atRail ? 0 : expected[i], mu[e, i], 1e-13);
            }
        }

        Assert.Equal(clipped, pinned);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void JacobianIsTheDerivative(Activation activation, NeuronForm form, bool clipped)
    {
        (RateField<double> field, Batch<double> state) = Network(activation, form, clipped, 2);
        CheckJacobian(field, state);
    }

    [Theory]
    [InlineData(Activation.Tanh, NeuronForm.Voltage, CostOn.States, CostKind.Quadratic)]
    [InlineData(Activation.Tanh, NeuronForm.Voltage, CostOn.Rates, CostKind.CrossEntropy)]
    [InlineData(Activation.Softmax, NeuronForm.Voltage, CostOn.Rates, CostKind.Quadratic)]
    [InlineData(Activation.Softmax, NeuronForm.Rate, CostOn.States, CostKind.CrossEntropy)]
    public void JacobianOfTheNudgedField(Activation activation, NeuronForm form, CostOn on, CostKind cost)
    {
        (RateField<double> field, Batch<double> state) = Network(activation, form, clipped: true, 3);
        RateBank output = field.Network.Bank("b");
        var targets = new Batch<double>(state.Rows, 3);
        CounterRandom.ForPath(5, "targets").FillUniform(targets.Span);
        field.Force = new Nudge<double>(field, new Readout(output, 1, 3, new Cost(cost), on)) { Beta = 0.7, Targets = targets };
        CheckJacobian(field, state);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void ParameterGradientIsTheDerivative(Activation activation, NeuronForm form, bool clipped)
    {
        (RateField<double> field, Batch<double> state) = Network(activation, form, clipped, 4);
        var covector = new Batch<double>(state.Rows, state.Width);
        CounterRandom.ForPath(4, "covector").FillNormal(covector.Span);
        var gradient = new ParameterSet<double>(field.Parameters);
        field.AccumulateParameterGradient(state, covector, gradient);
        var mu = new Batch<double>(state.Rows, state.Width);
        double Product()
        {
            field.ParametersChanged();
            field.Evaluate(state, mu);
            double sum = 0;
            for (int k = 0; k < mu.Values.Length; k++)
                sum += mu.Values[k] * covector.Values[k];
            return sum;
        }

        for (int b = 0; b < gradient.Blocks.Length; b++)
        {
            ParameterBlock block = field.Parameters.Blocks[b];
            ImmutableArray<bool> mask = field.Network.Circuit.Array(block.Name)?.Mask ?? [];
            double[] theta = field.Theta.Blocks[b];
            for (int k = 0; k < theta.Length; k++)
            {
                if (!mask.IsEmpty && !mask[k])
                {
                    Assert.Equal(0, theta[k]);
                    Assert.Equal(0, gradient.Blocks[b][k]);
                    continue;
                }

                double kept = theta[k];
                theta[k] = kept + 1e-5;
                double above = Product();
                theta[k] = kept - 1e-5;
                double below = Product();
                theta[k] = kept;
                Assert.True(Math.Abs(((above - below) / 2e-5) - gradient.Blocks[b][k]) < 1e-7, $"{block.Name}[{k}]: {gradient.Blocks[b][k]} instead of {(above - below) / 2e-5}");
            }

        }

        Assert.InRange(gradient.Blocks.Sum(b => b.Count(g => Math.Abs(g) > 1e-3)), 12, int.MaxValue);
    }

    [Fact]
    public void TransposedJacobianIsTheAdjoint()
    {
        // ⟨λ, J u⟩ = ⟨Jᵀ λ, u⟩ over random networks of every kind, in double and in float.
        for (int seed = 0; seed < 60; seed++)
        {
            var activation = (Activation)(seed % 7);
            (RateField<double> field, Batch<double> state) = Network(activation, (NeuronForm)(seed / 7 % 2), seed % 3 == 0, 100 + seed);
            CounterRandom random = CounterRandom.ForPath((ulong)seed, "adjoint");
            var u = new Batch<double>(state.Rows, state.Width);
            var lambda = new Batch<double>(state.Rows, state.Width);
            random.FillNormal(u.Span);
            random.FillNormal(lambda.Span);
            var ju = new Batch<double>(state.Rows, state.Width);
            var jtl = new Batch<double>(state.Rows, state.Width);
            field.ApplyJacobian(state, u, ju);
            field.ApplyTransposedJacobian(state, lambda, jtl);
            for (int e = 0; e < state.Rows; e++)
            {
                double left = 0;
                double right = 0;
                for (int i = 0; i < state.Width; i++)
                {
                    left += lambda[e, i] * ju[e, i];
                    right += jtl[e, i] * u[e, i];
                }

                Assert.Equal(left, right, 1e-12 * state.Width);
            }

            var single = new RateField<float>(field.Network, field.Theta.To<float>());
            for (int k = 0; k < field.Network.Inputs.Length; k++)
                single.SetInput(k, ToSingle(field.Input(k)!));
            var jus = new Batch<float>(state.Rows, state.Width);
            single.ApplyJacobian(ToSingle(state), ToSingle(u), jus);
            if (seed % 3 != 0 && activation is not (Activation.Relu or Activation.HardSigmoid))
            {
                for (int k = 0; k < ju.Values.Length; k++)
                    Assert.Equal(ju.Values[k], jus.Values[k], 1e-4 * (1 + Math.Abs(ju.Values[k])));
            }
        }
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public void SensitivityIsTheOwnSlope(Activation activation, NeuronForm form, bool clipped)
    {
        // μ_i moved by its own bias, without the rails.
        (RateField<double> field, Batch<double> state) = Network(activation, form, clipped, 7);
        var sensitivity = new double[state.Width];
        var above = new double[state.Width];
        var below = new double[state.Width];
        field.Sensitivity(1, state.Row(1), sensitivity);
        foreach (RateBank bank in field.Network.Banks)
        {
            double[] bias = field.Theta.Blocks[bank.BiasBlock];
            for (int i = 0; i < bank.Width; i++)
            {
                double kept = bias[i];
                bias[i] = kept + 1e-6;
                field.ParametersChanged();
                field.Unprojected(1, state.Row(1), above);
                bias[i] = kept - 1e-6;
                field.ParametersChanged();
                field.Unprojected(1, state.Row(1), below);
                bias[i] = kept;
                int k = bank.Offset + i;
                Assert.Equal((above[k] - below[k]) / 2e-6, sensitivity[k], 1e-8);
            }
        }
    }

    [Fact]
    public void PinnedStatesNeitherMoveNorAct()
    {
        (RateField<double> field, Batch<double> state) = Network(Activation.HardSigmoid, NeuronForm.Voltage, clipped: true, 6);
        var pinned = new bool[state.Width];
        field.Pinned(0, state.Row(0), pinned);
        int p = Array.IndexOf(pinned, true);
        Assert.True(p >= 0);
        var u = new Batch<double>(state.Rows, state.Width);
        var result = new Batch<double>(state.Rows, state.Width);
        for (int e = 0; e < u.Rows; e++)
            u[e, p] = 1;
        field.ApplyJacobian(state, u, result);
        for (int i = 0; i < state.Width; i++)
            Assert.Equal(i == p ? -1.0 : 0.0, result[0, i]);
        field.ApplyTransposedJacobian(state, u, result);
        for (int i = 0; i < state.Width; i++)
            Assert.Equal(i == p ? -1.0 : 0.0, result[0, i]);
    }

    private static void CheckJacobian(RateField<double> field, Batch<double> state)
    {
        const double h = 1e-6;
        int n = state.Width;
        var direction = new Batch<double>(state.Rows, n);
        var product = new Batch<double>(state.Rows, n);
        var transposed = new Batch<double>(state.Rows, n);
        var shifted = new Batch<double>(state.Rows, n);
        var above = new Batch<double>(state.Rows, n);
        var below = new Batch<double>(state.Rows, n);
        var pinned = new bool[n];
        var reverse = new double[state.Rows, n, n];
        for (int i = 0; i < n; i++)
        {
            direction.Span.Clear();
            for (int e = 0; e < state.Rows; e++)
                direction[e, i] = 1;
            field.ApplyTransposedJacobian(state, direction, transposed);
            for (int e = 0; e < state.Rows; e++)
            {
                for (int j = 0; j < n; j++)
                    reverse[e, i, j] = transposed[e, j];
            }
        }

        var dense = new double[n * n];
        for (int j = 0; j < n; j++)
        {
            direction.Span.Clear();
            for (int e = 0; e < state.Rows; e++)
                direction[e, j] = 1;
            field.ApplyJacobian(state, direction, product);
            for (int e = 0; e < state.Rows; e++)
            {
                field.Pinned(e, state.Row(e), pinned);
                field.Jacobian(e, state.Row(e), dense);
                shifted.CopyFrom(state);
                shifted[e, j] += h;
                field.Unprojected(e, shifted.Row(e), above.Row(e));
                shifted[e, j] -= 2 * h;
                field.Unprojected(e, shifted.Row(e), below.Row(e));
                for (int i = 0; i < n; i++)
                {
                    double expected = pinned[i] || pinned[j] ? (i == j ? -1 : 0) : (above[e, i] - below[e, i]) / (2 * h);
                    Assert.True(Math.Abs(expected - product[e, i]) < 2e-8, $"∂μ_{i}/∂s_{j} of example {e}: {product[e, i]} instead of {expected}");
                    Assert.Equal(product[e, i], reverse[e, i, j], 1e-14);
                    Assert.Equal(product[e, i], dense[(i * n) + j], 1e-14);
                }
            }
        }
    }

    /// <summary>μ written out from the netlist's equations, not from the field.</summary>
    private static double[] Equation(RateField<double> field, int example, ReadOnlySpan<double> state)
    {
        RateNetwork network = field.Network;
        double[] s = state.ToArray();
        double[] Rho(NeuronBank bank, double[] v)
        {
            double[] z = [.. v.Select(x => bank.Gain * (x + bank.Offset - bank.Center))];
            double sum = z.Sum(Math.Exp);
            return [.. z.Select(x => bank.Activation switch
            {
                Activation.Linear => x,
                Activation.Relu => Math.Max(0, x),
                Activation.Logistic => 1 / (1 + Math.Exp(-x)),
                Activation.Tanh => Math.Tanh(x),
                Activation.HardSigmoid => Math.Clamp(x, 0, 1),
                Activation.Softplus => Math.Log(1 + Math.Exp(x)),
                _ => Math.Exp(x) / sum,
            })];
        }

        double[] ActivityOn(Bus bus)
        {
            if (network.Inputs.FirstOrDefault(i => i.Description.Bus == bus) is { } input)
                return field.Input(input.Index)!.Row(example).ToArray();
            RateBank bank = network.Bank(bus.Name);
            double[] v = s[bank.Offset..(bank.Offset + bank.Width)];
            return bank.Description.Form == NeuronForm.Rate ? v : Rho(bank.Description, v);
        }

        var mu = new double[s.Length];
        foreach (RateBank bank in network.Banks)
        {
            double[] drive = [.. field.Theta[bank.Description.Name]];
            foreach (SynapseArray array in network.Circuit.Arrays.Where(a => a.Post == bank.Description.Bus))
            {
                double[] a = ActivityOn(array.Pre);
                double[] w = field.Theta[array.TiedTo ?? array.Name];
                for (int i = 0; i < array.Post.Width; i++)
                {
                    for (int j = 0; j < array.Pre.Width; j++)
                        drive[i] += w[array.TiedTo is null ? (i * array.Pre.Width) + j : (j * array.Post.Width) + i] * a[j];
                }
            }

            double[] f = bank.Description.Form == NeuronForm.Rate ? Rho(bank.Description, drive) : drive;
            for (int i = 0; i < bank.Width; i++)
                mu[bank.Offset + i] = f[i] - s[bank.Offset + i] + (bank.Description.Form == NeuronForm.Rate ? 0 : bank.Description.Rest);
        }

        return mu;
    }

    /// <summary>
    /// Two inputs and two banks, the second of the other form and with another curve; arrays x→a, z→a, x→b (skip), a→b (masked), b→a (tied to it),
    /// a→a (lateral), two arrays from b to b.
    /// </summary>
    private static (RateField<double> Field, Batch<double> State) Network(Activation activation, NeuronForm form, bool clipped, int seed)
    {
        CounterRandom random = CounterRandom.ForPath((ulong)seed, "network");
        var x = new Bus("x", 0, 3);
        var z = new Bus("z", 0, 2);
        NeuronBank Bank(string name, int width, Activation rho, NeuronForm f) => new()
        {
            Name = "n" + name,
            Bus = new Bus(name, 0, width),
            Activation = rho,
            Form = f,
            Gain = 1.3,
            Center = 0.2,
            Offset = -0.05,
            Rest = 0.1,
            Capacitance = 2e-9,
            ClipLow = clipped ? -0.3 : double.NegativeInfinity,
            ClipHigh = clipped ? 0.9 : double.PositiveInfinity,
            Bias = [.. Enumerable.Range(0, width).Select(k => (clipped ? 0.5 : 0.1) * (k - 1.5))],
        };
        NeuronBank a = Bank("a", 5, activation, form);
        NeuronBank b = Bank("b", 4, activation == Activation.Softmax ? Activation.Tanh : Activation.Softmax, form == NeuronForm.Rate ? NeuronForm.Voltage : NeuronForm.Rate);
        if (activation is Activation.Softmax or Activation.Logistic)
            b = b with { Activation = activation };
        SynapseArray Array(string name, Bus pre, Bus post, string? tied = null, bool masked = false) => new()
        {
            Name = name,
            Pre = pre,
            Post = post,
            TiedTo = tied,
            Init = new WeightInit.Uniform(-0.8, 0.8),
            Mask = masked ? [.. Enumerable.Range(0, pre.Width * post.Width).Select(k => k % 3 != 1)] : [],
        };
        RateNetwork network = RateNetwork.Compile(new Circuit
        {
            Banks = [new NeuronBank { Name = "nx", Bus = x, IsInput = true }, a, new NeuronBank { Name = "nz", Bus = z, IsInput = true }, b],
            Arrays =
            [
                Array("yxa", x, a.Bus), Array("yza", z, a.Bus, masked: true), Array("yxb", x, b.Bus),
                Array("yba", b.Bus, a.Bus, tied: "yab"), Array("yab", a.Bus, b.Bus, masked: true),
                Array("yaa", a.Bus, a.Bus), Array("ybb", b.Bus, b.Bus), Array("ybb2", b.Bus, b.Bus, masked: true),
            ],
        });
        var field = new RateField<double>(network, network.InitialParameters((ulong)seed));
        var vx = new Batch<double>(3, 3);
        var vz = new Batch<double>(3, 2);
        random.FillUniform(vx.Span);
        random.FillUniform(vz.Span);
        field.SetInput(0, vx);
        field.SetInput(1, vz);
        var state = new Batch<double>(3, 9);
        random.FillUniform(state.Span, clipped ? -1.5 : -0.7, clipped ? 2.1 : 1.3);
        if (clipped)
        {
            foreach (ref double s in state.Span)
                s = Math.Clamp(s, -0.3, 0.9);
        }

        return (field, state);
    }

    private static Batch<float> ToSingle(Batch<double> batch)
    {
        var copy = new Batch<float>(batch.Rows, batch.Width);
        for (int k = 0; k < copy.Values.Length; k++)
            copy.Values[k] = (float)batch.Values[k];
        return copy;
    }
}
