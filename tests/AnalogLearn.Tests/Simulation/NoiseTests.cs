using AnalogLearn.Circuits;
using AnalogLearn.Numerics;
using AnalogLearn.Simulation;

namespace AnalogLearn.Tests.Simulation;

public class NoiseTests
{
    private static RateField<double> Leak(int width, double capacitance, double conductance, NeuronNoise noise, double temperature = 27)
    {
        var bank = new NeuronBank
        {
            Name = "nv",
            Bus = new Bus("v", 0, width),
            Activation = Activation.Linear,
            Bias = [.. new double[width]],
            Capacitance = capacitance,
            LeakConductance = conductance,
            Noise = noise,
        };
        RateNetwork network = RateNetwork.Compile(new Circuit { Banks = [bank], Temperature = temperature });
        return new RateField<double>(network, network.InitialParameters(1));
    }

    /// <summary>Mean square over neurons and times once stationary.</summary>
    private static double Variance(RateField<double> field, Integrator method, double stepOverTau, ulong seed)
    {
        double tau = field.TimeConstants[0], step = stepOverTau * tau;
        double[] times = Transient.Times(0, 60 * tau, 2 * tau);
        var options = new IntegrationOptions { MaximumStep = step, Seed = seed };
        Waveforms run = Transient.Run(field, new Batch<double>(1, field.StateCount), times, method, null, options, NeuronNoiseAmplitudes.Of(field.Network));
        double sum = 0;
        int count = 0;
        foreach (double[] node in run.Values)
        {
            for (int k = 5; k < node.Length; k++, count++)
                sum += node[k] * node[k];
        }

        return sum / count;
    }

    [Theory]
    [InlineData("em", 1e-7)]
    [InlineData("heun", 1e-6)]
    [InlineData("heun", 1e-5)]
    public void ThermalNoiseOnACapacitorIsKTOverCWhateverTheLeak(string method, double conductance)
    {
        const double Capacitance = 1e-15, Celsius = 77;
        RateField<double> field = Leak(400, Capacitance, conductance, new NeuronNoise(true, 0), Celsius);
        double expected = 1.380649e-23 * (Celsius + 273.15) / Capacitance;
        double measured = Variance(field, Integrators.Create(method)!, 0.02, 3);

        // Some 10,000 nearly independent samples: 1.4 % standard error; Euler–Maruyama is 1 % too large at this step.
        Assert.InRange(measured / expected, 0.95, 1.06);
    }

    [Fact]
    public void AnExplicitDensityFluctuatesAsItsSpectrumSays()
    {
        // One-sided density S into R = 1/g with C: variance S R²/(4RC) = S/(4 C g).
        const double Density = 3e-14, Capacitance = 1e-12, Conductance = 1e-6;
        RateField<double> field = Leak(400, Capacitance, Conductance, new NeuronNoise(false, Density));
        Assert.InRange(Variance(field, new StochasticHeun(), 0.05, 4) / (Density * Density / (4 * Capacitance * Conductance)), 0.95, 1.05);
        Assert.Null(NeuronNoiseAmplitudes.Of(Leak(1, 1e-12, 1e-6, NeuronNoise.None).Network));
    }

    /// <summary>One increment in one given step, none in the others.</summary>
    private sealed class Impulse(long at) : IBrownianPath
    {
        public void Increments(long step, double length, Batch<double> increments) => increments.Span.Fill(step == at ? 1 : 0);
    }

    [Theory]
    [InlineData("em", 1)]
    [InlineData("heun", 2)]
    public void StationaryVarianceConvergesWithTheWeakOrder(string name, double order)
    {
        // A leak is linear: s ← a s + c ΔW. Its two factors, measured, give the exact stationary variance c² h/(1 − a²) of the method.
        RateField<double> field = Leak(1, 1e-9, 1e-6, new NeuronNoise(false, 1e-12));
        double[] b = NeuronNoiseAmplitudes.Of(field.Network)!;
        double tau = field.TimeConstants[0], exact = b[0] * b[0] * tau / 2;
        var errors = new double[3];
        for (int k = 0; k < errors.Length; k++)
        {
            double h = 0.2 * tau / (1 << k);
            var start = new Batch<double>(1, 1);
            start[0, 0] = 1;
            double a = Transient.Run(field, start, [0, h], Integrators.Create(name)!, null, new IntegrationOptions { MaximumStep = h }).Values[0][1];
            start[0, 0] = 0;
            double c = Transient.Run(field, start, [0, h], Integrators.Create(name)!, null, new IntegrationOptions { MaximumStep = h, Path = new Impulse(0) }, b).Values[0][1];
            errors[k] = Math.Abs((c * c * h / (1 - (a * a)) / exact) - 1);
        }

        Assert.InRange(Math.Log2(errors[1] / errors[2]), order - 0.1, order + 0.1);
    }

    /// <summary>A Brownian path on a fine grid, summed up for coarser steps.</summary>
    private sealed class Grid(double[][] fine, int together) : IBrownianPath
    {
        public void Increments(long step, double length, Batch<double> increments)
        {
            for (int i = 0; i < increments.Width; i++)
                increments[0, i] = fine[i].AsSpan((int)step * together, together).ToArray().Sum();
        }
    }

    [Theory]
    [InlineData("em")]
    [InlineData("heun")]
    public void PathsConvergeWithTheStrongOrderOne(string name)
    {
        // Sixty independent pairs of coupled tanh neurons in one field.
        const int Pairs = 60, Finest = 4096;
        var bank = new NeuronBank
        {
            Name = "nv",
            Bus = new Bus("v", 0, 2 * Pairs),
            Activation = Activation.Tanh,
            Bias = [.. Enumerable.Repeat(0.2, 2 * Pairs)],
            Noise = new NeuronNoise(false, 2e-8),
        };
        var w = new double[4 * Pairs * Pairs];
        for (int p = 0; p < Pairs; p++)
        {
            w[(2 * p * 2 * Pairs) + (2 * p) + 1] = -2;
            w[(((2 * p) + 1) * 2 * Pairs) + (2 * p)] = 2;
        }

        RateNetwork network = RateNetwork.Compile(new Circuit
        {
            Banks = [bank],
            Arrays = [new SynapseArray { Name = "y", Pre = bank.Bus, Post = bank.Bus, Init = new WeightInit.Matrix([.. w]) }],
        });
        var field = new RateField<double>(network, network.InitialParameters(1));
        double[] amplitudes = NeuronNoiseAmplitudes.Of(network)!;
        double stop = 2 * field.TimeConstants[0];
        var random = new CounterRandom(11, 5);
        var fine = new double[2 * Pairs][];
        for (int i = 0; i < fine.Length; i++)
        {
            fine[i] = new double[Finest];
            for (int k = 0; k < Finest; k++)
                fine[i][k] = Math.Sqrt(stop / Finest) * random.Normal();
        }

        Waveforms Run(int steps) => Transient.Run(
            field,
            new Batch<double>(1, 2 * Pairs),
            [0, stop],
            Integrators.Create(name)!,
            null,
            new IntegrationOptions { MaximumStep = stop / steps, Path = new Grid(fine, Finest / steps) },
            amplitudes);

        Waveforms exact = Run(Finest);
        var errors = new double[3];
        int[] steps = [16, 32, 64];
        for (int k = 0; k < errors.Length; k++)
        {
            Waveforms run = Run(steps[k]);
            for (int i = 0; i < 2 * Pairs; i++)
                errors[k] += Math.Abs(run.Values[i][1] - exact.Values[i][1]) / (2 * Pairs);
        }

        // The noise moves the states by about their own size, so this is not the order of the noiseless method.
        Assert.True(amplitudes[0] * Math.Sqrt(stop / 2) > 0.3);
        Assert.InRange(Math.Log2(errors[0] / errors[2]) / 2, 0.9, 1.1);
    }

    [Fact]
    public void NoiseIsKeyedByNodeSoThatOtherNodesDoNotChangeIt()
    {
        var options = new IntegrationOptions { Seed = 9, MaximumStep = 1e-4 };
        double[] Path(int width)
        {
            RateField<double> field = Leak(width, 1e-9, 1e-6, new NeuronNoise(false, 1e-12));
            return Transient.Run(field, new Batch<double>(1, width), [0, 1e-3, 2e-3], new EulerMaruyama(), null, options, NeuronNoiseAmplitudes.Of(field.Network)).Of("v_1")!;
        }

        Assert.Equal(Path(2), Path(5));
        Assert.NotEqual(0, Path(2)[1]);
        double[] first = Path(2);
        options = options with { Seed = 10 };
        Assert.NotEqual(first, Path(2));
    }
}
