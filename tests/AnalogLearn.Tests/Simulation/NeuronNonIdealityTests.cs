using AnalogLearn.Circuits;
using AnalogLearn.Learning;
using AnalogLearn.Numerics;
using AnalogLearn.Simulation;

namespace AnalogLearn.Tests.Simulation;

/// <summary>Finite gain, slew rate and 1/f noise of neurons.</summary>
public sealed class NeuronNonIdealityTests
{
    private static RateField<double> One(NeuronForm form, Func<NeuronBank, NeuronBank> with, int width = 1, double bias = 1)
    {
        NeuronBank bank = with(new NeuronBank
        {
            Name = "nv",
            Bus = new Bus("v", 0, width),
            Form = form,
            Activation = Activation.Linear,
            Bias = [.. Enumerable.Repeat(bias, width)],
        });
        RateNetwork network = RateNetwork.Compile(new Circuit { Banks = [bank] });
        return new RateField<double>(network, network.InitialParameters(1));
    }

    [Theory]
    [InlineData(NeuronForm.Voltage)]
    [InlineData(NeuronForm.Rate)]
    public void AFiniteGainSettlesAtItsShareOfTheDrive(NeuronForm form)
    {
        const double A0 = 20, Rest = 0.25;
        RateField<double> field = One(form, b => b with { FiniteGain = A0, Rest = form == NeuronForm.Voltage ? Rest : 0 });
        var state = new Batch<double>(1, 1);
        new Settler<double>(field).Settle(state, new SettleOptions { MaximumSteps = 200, Tolerance = 1e-14 });
        Assert.Equal((A0 / (1 + A0)) + (form == NeuronForm.Voltage ? Rest : 0), state[0, 0], 1e-13);

        // It gets there by e^{−κt/τ}.
        double tau = field.TimeConstants[0];
        double[] run = Transient.Run(field, new Batch<double>(1, 1), [0, tau], Integrators.Create("dp54")!, options: new IntegrationOptions { RelativeTolerance = 1e-10, AbsoluteTolerance = 1e-12 }).Values[0];
        double rest = state[0, 0];
        Assert.Equal(rest * (1 - Math.Exp(-(1 + (1 / A0)))), run[1], 1e-8);
    }

    [Theory]
    [InlineData(Activation.Tanh, NeuronForm.Voltage)]
    [InlineData(Activation.Logistic, NeuronForm.Rate)]
    [InlineData(Activation.Softmax, NeuronForm.Voltage)]
    public void JacobiansWithFiniteGainAreTheDerivative(Activation activation, NeuronForm form)
    {
        RateField<double> field = TestNetworks.Field<double>(WithoutRails(WithGain(TestNetworks.Tangled(activation, form), 7, double.PositiveInfinity)), 2);
        CheckJacobians(field);
    }

    [Theory]
    [InlineData(Activation.Tanh, NeuronForm.Voltage)]
    [InlineData(Activation.HardSigmoid, NeuronForm.Rate)]
    [InlineData(Activation.Softmax, NeuronForm.Rate)]
    public void TheFusedStepIsThatOfThePlainField(Activation activation, NeuronForm form)
    {
        const double Slew = 150, StepOverTau = 0.3;
        RateField<double> field = TestNetworks.Field<double>(WithGain(TestNetworks.Tangled(activation, form), 7, Slew), 3);
        Batch<double> state = TestNetworks.Draw<double>(5, 3, field.StateCount, -0.3, 0.8), expected = state.Clone();
        var mu = new Batch<double>(3, field.StateCount);
        double step = StepOverTau * field.Network.Tau.Min();
        bool limited = false, free = false;
        for (int k = 0; k < 4; k++)
        {
            field.Evaluate(expected, mu);
            for (int e = 0; e < 3; e++)
            {
                for (int i = 0; i < field.StateCount; i++)
                {
                    double move = step / field.Network.Tau[i] * mu[e, i], most = Slew * step;
                    limited |= Math.Abs(move) > most;
                    free |= Math.Abs(move) < most;
                    expected[e, i] = Math.Clamp(expected[e, i] + Math.Clamp(move, -most, most), field.Network.ClipLow[i], field.Network.ClipHigh[i]);
                }
            }
        }

        Assert.True(limited && free);
        new Settler<double>(field).Settle(state, new SettleOptions { StepOverTau = StepOverTau, MaximumSteps = 4, MeasureLast = false });
        for (int k = 0; k < state.Values.Length; k++)
            Assert.Equal(expected.Values[k], state.Values[k], 1e-13);
    }

    [Fact]
    public void SlewLeavesEquilibriaWhereTheyAre()
    {
        Circuit circuit = TestNetworks.Tangled(Activation.Tanh, NeuronForm.Voltage);
        var options = new SettleOptions { Tolerance = 1e-13, MaximumSteps = 5000 };
        RateField<double> plain = TestNetworks.Field<double>(circuit, 2), slow = TestNetworks.Field<double>(WithGain(circuit, double.PositiveInfinity, 20), 2);
        var a = new Batch<double>(2, plain.StateCount);
        var b = new Batch<double>(2, plain.StateCount);
        SettleReport report = new Settler<double>(plain).Settle(a, options);
        long steps = report.TotalSteps;
        Assert.True(new Settler<double>(slow).Settle(b, options).TotalSteps > steps);
        for (int k = 0; k < a.Values.Length; k++)
            Assert.Equal(a.Values[k], b.Values[k], 1e-11);
    }

    [Theory]
    [InlineData("dp54", 1e-4)]
    [InlineData("rk4", 1e-4)]
    [InlineData("expeuler", 3e-3)]
    [InlineData("em", 3e-3)]
    public void AStepIsARampAndThenAnExponential(string method, double tolerance)
    {
        // 1 V to go at 0.2 V/τ: a ramp until 0.2 V are left, after 4 τ, then e^{−t/τ}.
        RateField<double> field = One(NeuronForm.Voltage, b => b with { SlewRate = 200 });
        double tau = field.TimeConstants[0];
        double[] run = Transient.Run(
            field, new Batch<double>(1, 1), [0, tau, 3 * tau, 6 * tau], Integrators.Create(method)!, options: new IntegrationOptions { MaximumStep = 0.01 * tau, RelativeTolerance = 1e-8, AbsoluteTolerance = 1e-10 }).Values[0];
        Assert.Equal(0.2, run[1], 1e-9);
        Assert.Equal(0.6, run[2], 1e-9);
        Assert.Equal(1 - (0.2 * Math.Exp(-2)), run[3], tolerance);
    }

    [Fact]
    public void FlickerNoiseFallsAsOneOverFAndMeetsTheWhiteNoiseAtItsCorner()
    {
        // b = 1, f_c = 20 Hz: the density of x is 2 b² f_c / f. Sixty-four nodes, 8192 steps.
        const int Nodes = 64, Steps = 8192;
        const double Step = 1e-3, Corner = 20;
        double[] ones = [.. Enumerable.Repeat(1.0, Nodes)], corners = [.. Enumerable.Repeat(Corner, Nodes)];
        var noise = new FlickerNoise(ones, corners, 1, Steps * Step, Step, 5, i => $"v_{i}");
        var x = new double[Nodes][];
        for (int i = 0; i < Nodes; i++)
            x[i] = new double[Steps];
        var moves = new Batch<double>(1, Nodes);
        for (int k = 0; k < Steps; k++)
        {
            moves.Span.Clear();
            noise.Step(k, Step, moves);
            for (int i = 0; i < Nodes; i++)
                x[i][k] = moves[0, i] / Step;
        }

        // Periodogram with a Hann window at some lines of 1.2 to 60 Hz, averaged over nodes and neighbouring lines.
        double[] frequencies = [1.5, 3, 6, 12, 24, 48];
        var density = new double[frequencies.Length];
        for (int f = 0; f < frequencies.Length; f++)
        {
            int centre = (int)Math.Round(frequencies[f] * Steps * Step), lines = 0;
            for (int line = centre - 2; line <= centre + 2; line++)
            {
                lines++;
                double w = 2 * Math.PI * line / Steps;
                for (int i = 0; i < Nodes; i++)
                {
                    double re = 0, im = 0;
                    for (int k = 0; k < Steps; k++)
                    {
                        double v = x[i][k] * (1 - Math.Cos(2 * Math.PI * k / Steps)) / 2;
                        (double sin, double cos) = Math.SinCos(w * k);
                        re += v * cos;
                        im += v * sin;
                    }

                    density[f] += 2 * Step * ((re * re) + (im * im)) / (0.375 * Steps) / Nodes;
                }
            }

            density[f] /= lines;
        }

        double meanF = frequencies.Average(Math.Log), meanD = density.Average(Math.Log);
        double slope = frequencies.Zip(density, (f, d) => (Math.Log(f) - meanF) * (Math.Log(d) - meanD)).Sum() / frequencies.Sum(f => Math.Pow(Math.Log(f) - meanF, 2));
        Assert.InRange(slope, -1.06, -0.94);

        // Some 190 independent squares a point: 7 % each; one-sided white density of b dW is 2 b².
        for (int f = 0; f < density.Length; f++)
            Assert.InRange(density[f] / (2 * Corner / frequencies[f]), 0.8, 1.2);
    }

    [Fact]
    public void FlickerNoiseMovesANeuronInATransient()
    {
        const double Corner = 3e3;
        RateField<double> plain = One(NeuronForm.Voltage, b => b with { Noise = new NeuronNoise(false, 1e-12) }, 300, 0);
        RateField<double> field = One(NeuronForm.Voltage, b => b with { Noise = new NeuronNoise(false, 1e-12), FlickerCorner = Corner }, 300, 0);
        double tau = field.TimeConstants[0];
        double Variance(RateField<double> f)
        {
            Waveforms run = Transient.Run(
                f, new Batch<double>(1, 300), [0, 10 * tau, 20 * tau], Integrators.Create("heun")!, options: new IntegrationOptions { MaximumStep = 0.05 * tau, Seed = 3 }, noise: NeuronNoiseAmplitudes.Of(f.Network), corners: NeuronNoiseAmplitudes.Corners(f.Network));
            return run.Values.Average(v => ((v[1] * v[1]) + (v[2] * v[2])) / 2);
        }

        double white = NeuronNoiseAmplitudes.Deviations(plain.Network)![0];
        double added = Variance(field) / (white * white);
        Assert.InRange(Variance(plain) / (white * white), 0.85, 1.15);

        // ∫ f_c/f |H|² df over that of |H|² alone, 1/(4τ), from a tenth of 1/20τ to the fastest process.
        double expected = 1;
        double low = 1 / (200 * tau), high = 1 / (2 * Math.PI * 0.05 * tau);
        for (int k = 0; k < 2000; k++)
        {
            double f = low * Math.Pow(high / low, (k + 0.5) / 2000);
            expected += 4 * tau * Corner * Math.Log(high / low) / 2000 / (1 + Math.Pow(2 * Math.PI * f * tau, 2));
        }

        Assert.InRange(added / expected, 0.75, 1.25);
    }

    [Fact]
    public void AReadStateHasTheVarianceKTOverC()
    {
        const double Capacitance = 1e-15, A0 = 4;
        RateField<double> field = One(NeuronForm.Voltage, b => b with { Noise = new NeuronNoise(true, 0), Capacitance = Capacitance, FiniteGain = A0 }, 50);
        field.Network.SettleNoise = true;
        double kT = NeuronNoiseAmplitudes.Boltzmann * 300.15;
        var sampler = new StateSampler<double>(field.Network);
        var state = new Batch<double>(400, 50);
        state.Span.Fill(0.4);
        Batch<double>? room = null, other = null;
        var place = new BatchPlace(7, 2, 11);
        Batch<double> read = sampler.Read(state, "free", place, ref room);
        Assert.NotSame(state, read);
        double mean = read.Values.Average(), variance = read.Values.Average(v => (v - 0.4) * (v - 0.4));

        // 20,000 samples: 1 % standard error of the variance; the output conductance divides it by 1 + 1/A0.
        Assert.InRange(variance / (kT / Capacitance / (1 + (1 / A0))), 0.96, 1.04);
        Assert.InRange((mean - 0.4) / Math.Sqrt(variance / 20_000), -4, 4);

        // The same key is the same draw, whatever the company; every part of the key counts.
        Batch<double> fewer = new StateSampler<double>(field.Network).Read(Head(state, 3), "free", place, ref other);
        Assert.Equal(read.Row(2).ToArray(), fewer.Row(2).ToArray());
        foreach ((string phase, BatchPlace where) in new[] { ("nudged", place), ("free", place with { Seed = 8 }), ("free", place with { Epoch = 3 }), ("free", place with { Batch = 12 }) })
        {
            Batch<double>? differing = null;
            Assert.NotEqual(read[0, 0], sampler.Read(state, phase, where, ref differing)[0, 0]);
        }

        Assert.NotEqual(read[0, 0], read[1, 0]);
        Assert.NotEqual(read[0, 0], read[0, 1]);
        field.Network.SettleNoise = false;
        Batch<double>? none = null;
        Assert.Same(state, new StateSampler<double>(field.Network).Read(state, "free", place, ref none));
    }

    /// <summary>J u, Jᵀ λ and the dense J against central differences of μ.</summary>
    internal static void CheckJacobians(RateField<double> field)
    {
        int n = field.StateCount;
        Batch<double> state = TestNetworks.Draw<double>(9, 2, n, -0.2, 0.7);
        var u = new Batch<double>(2, n);
        var lambda = new Batch<double>(2, n);
        CounterRandom.ForPath(1, "u").FillNormal(u.Span);
        CounterRandom.ForPath(1, "lambda").FillNormal(lambda.Span);
        var ju = new Batch<double>(2, n);
        var jtl = new Batch<double>(2, n);
        field.ApplyJacobian(state, u, ju);
        field.ApplyTransposedJacobian(state, lambda, jtl);
        var above = new Batch<double>(2, n);
        var below = new Batch<double>(2, n);
        Batch<double> moved = state.Clone();
        for (int k = 0; k < moved.Values.Length; k++)
            moved.Values[k] = state.Values[k] + (1e-6 * u.Values[k]);
        field.Evaluate(moved, above);
        for (int k = 0; k < moved.Values.Length; k++)
            moved.Values[k] = state.Values[k] - (1e-6 * u.Values[k]);
        field.Evaluate(moved, below);
        for (int k = 0; k < ju.Values.Length; k++)
            Assert.Equal((above.Values[k] - below.Values[k]) / 2e-6, ju.Values[k], 1e-7);
        for (int e = 0; e < 2; e++)
        {
            var dense = new double[n * n];
            field.Jacobian(e, state.Row(e), dense);
            for (int i = 0; i < n; i++)
            {
                double forward = 0, back = 0;
                for (int j = 0; j < n; j++)
                {
                    forward += dense[(i * n) + j] * u[e, j];
                    back += dense[(j * n) + i] * lambda[e, j];
                }

                Assert.Equal(forward, ju[e, i], 1e-11);
                Assert.Equal(back, jtl[e, i], 1e-11);
            }
        }
    }

    private static Circuit WithGain(Circuit circuit, double gain, double slew) => circuit with
    {
        Banks = [.. circuit.Banks.Select((b, k) => b.IsInput || k == 2 ? b : b with { FiniteGain = gain, SlewRate = slew }).Select(b => b.IsInput ? b : b with { SlewRate = slew })],
    };

    private static Circuit WithoutRails(Circuit circuit) => circuit with { Banks = [.. circuit.Banks.Select(b => b with { ClipLow = double.NegativeInfinity, ClipHigh = double.PositiveInfinity })] };

    private static Batch<double> Head(Batch<double> state, int rows)
    {
        var head = new Batch<double>(rows, state.Width);
        state.Span[..(rows * state.Width)].CopyTo(head.Span);
        return head;
    }
}
