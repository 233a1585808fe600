using AnalogLearn.Circuits;
using AnalogLearn.Numerics;
using AnalogLearn.Simulation;

namespace AnalogLearn.Tests.Simulation;

public class IntegratorTests
{
    private const double Tau = 1e-3;

    private static NeuronBank Neuron(string bus, int width, Activation activation = Activation.Linear) => new()
    {
        Name = "n" + bus,
        Bus = new Bus(bus, 0, width),
        Activation = activation,
        Bias = [.. new double[width]],
        Capacitance = 1e-9,
        LeakConductance = 1e-6,
    };

    private static SynapseArray Weights(string name, NeuronBank pre, NeuronBank post, params double[] weights) =>
        new() { Name = name, Pre = pre.Bus, Post = post.Bus, Init = new WeightInit.Matrix([.. weights]) };

    private static RateField<double> Field(Circuit circuit)
    {
        RateNetwork network = RateNetwork.Compile(circuit);
        return new RateField<double>(network, network.InitialParameters(1));
    }

    private static Circuit Smooth()
    {
        NeuronBank a = TestNetworks.Bank("a", 6, Activation.Tanh), b = TestNetworks.Bank("b", 5, Activation.Logistic, NeuronForm.Rate);
        NeuronBank c = TestNetworks.Bank("c", 4, Activation.Softplus) with { Capacitance = 2e-9 };
        return new Circuit
        {
            Banks = [a, b, c],
            Arrays = [TestNetworks.Array("yab", a, b, 2), TestNetworks.Array("yba", b, a, 2), TestNetworks.Array("ybc", b, c, 2), TestNetworks.Array("yca", c, a), TestNetworks.Array("yaa", a, a)],
        };
    }

    private static double Slope(double coarse, double fine) => Math.Log2(coarse / fine);

    [Theory]
    [InlineData("euler", 32, 1)]
    [InlineData("expeuler", 32, 1)]
    [InlineData("rk4", 16, 4)]
    [InlineData("dp54", 12, 5)]
    [InlineData("em", 32, 1)]
    [InlineData("heun", 32, 2)]
    public void ErrorFallsAsTheOrderSays(string name, int coarsest, double order)
    {
        RateField<double> field = Field(Smooth());
        Batch<double> start = TestNetworks.Draw<double>(3, 1, field.StateCount, -1, 1);
        double[] times = [0, Tau];
        Waveforms exact = Transient.Run(field, start, times, new DormandPrince54(), null, new IntegrationOptions { RelativeTolerance = 1e-14, AbsoluteTolerance = 1e-15 });
        Assert.True(exact.Report.IsComplete, exact.Report.Problem);
        var errors = new double[4];
        for (int k = 0; k < errors.Length; k++)
        {
            var options = new IntegrationOptions { MaximumStep = times[1] / (coarsest << k), ErrorControl = false };
            Waveforms run = Transient.Run(field, start, times, Integrators.Create(name)!, null, options);
            Assert.Equal(coarsest << k, run.Report.Steps);
            for (int i = 0; i < field.StateCount; i++)
                errors[k] = Math.Max(errors[k], Math.Abs(run.Values[i][1] - exact.Values[i][1]));
        }

        Assert.InRange(Slope(errors[2], errors[3]), order - 0.1, order + 0.1);
        Assert.InRange(Slope(errors[1], errors[2]), order - 0.2, order + 0.2);
    }

    [Fact]
    public void EveryMethodIsRegisteredUnderItsName()
    {
        Assert.Equal(["dp54", "em", "euler", "expeuler", "heun", "rk4"], Integrators.Names.Order(StringComparer.Ordinal));
        foreach (string name in Integrators.Names)
            Assert.Equal(name, Integrators.Create(name)!.Name);
        Assert.Null(Integrators.Create("gear"));
    }

    [Fact]
    public void ALeakChargesAsAnRcCircuit()
    {
        RateField<double> field = Field(new Circuit { Banks = [Neuron("v", 1) with { Rest = 0.7 }] });
        double[] times = Transient.Times(0, 5 * Tau, Tau / 4);
        Waveforms exact = Transient.Run(field, new Batch<double>(1, 1), times, new DormandPrince54());
        Waveforms exponential = Transient.Run(field, new Batch<double>(1, 1), times, new ExponentialEulerMethod(), null, new IntegrationOptions { MaximumStep = Tau });
        Waveforms classical = Transient.Run(field, new Batch<double>(1, 1), times, new RungeKutta4());
        Assert.Equal("v_0", Assert.Single(exact.Names));
        for (int k = 0; k < times.Length; k++)
        {
            double v = 0.7 * (1 - Math.Exp(-times[k] / Tau));
            Assert.Equal(v, exact.Of("V_0")![k], 3e-6);
            Assert.Equal(v, exponential.Values[0][k], 1e-14);
            Assert.Equal(v, classical.Values[0][k], 1e-7);
        }

        Assert.Null(exact.Of("w"));
    }

    [Fact]
    public void ALoopOfTwoNeuronsRings()
    {
        NeuronBank v = Neuron("v", 2);
        const double W = 8;
        RateField<double> field = Field(new Circuit { Banks = [v], Arrays = [Weights("y", v, v, 0, -W, W, 0)] });
        var start = new Batch<double>(1, 2);
        start[0, 0] = 1;
        double[] times = Transient.Times(0, 3 * Tau, Tau / 50);
        var tight = new IntegrationOptions { RelativeTolerance = 1e-10, AbsoluteTolerance = 1e-12 };
        Waveforms run = Transient.Run(field, start, times, new DormandPrince54(), null, tight);
        for (int k = 0; k < times.Length; k++)
        {
            double u = times[k] / Tau;
            Assert.Equal(Math.Exp(-u) * Math.Cos(W * u), run.Values[0][k], 2e-9);
            Assert.Equal(Math.Exp(-u) * Math.Sin(W * u), run.Values[1][k], 2e-9);
        }

        // Fewer steps than outputs: what lies between came from the interpolant.
        Waveforms loose = Transient.Run(field, start, times, new DormandPrince54(), null, new IntegrationOptions { RelativeTolerance = 1e-5, AbsoluteTolerance = 1e-6 });
        Assert.True(loose.Report.Steps < times.Length, $"{loose.Report.Steps} steps");
        for (int k = 0; k < times.Length; k++)
            Assert.Equal(run.Values[0][k], loose.Values[0][k], 5e-5);
    }

    [Fact]
    public void TheInterpolantIsOfOrderFour()
    {
        NeuronBank v = Neuron("v", 2);
        RateField<double> field = Field(new Circuit { Banks = [v], Arrays = [Weights("y", v, v, 0, -3, 3, 0)] });
        var start = new Batch<double>(1, 2);
        start[0, 0] = 1;
        var errors = new double[3];
        for (int k = 0; k < errors.Length; k++)
        {
            double h = Tau / (4 << k);
            double[] times = [0, 0.31 * h, 0.5 * h, 0.77 * h, h];
            Waveforms run = Transient.Run(field, start, times, new DormandPrince54(), null, new IntegrationOptions { ErrorControl = false, MaximumStep = h });
            Assert.Equal(1, run.Report.Steps);
            for (int j = 1; j < 4; j++)
                errors[k] = Math.Max(errors[k], Math.Abs(run.Values[0][j] - (Math.Exp(-times[j] / Tau) * Math.Cos(3 * times[j] / Tau))));
        }

        // Within one step the error is of order 4 + 1.
        Assert.InRange(Slope(errors[1], errors[2]), 4.85, 5.3);
    }

    private static (RateField<double> Field, Action<double> Set) Driven(Func<double, double> source, double low = double.NegativeInfinity, double high = double.PositiveInfinity)
    {
        NeuronBank x = TestNetworks.Input("x", 1), v = Neuron("v", 1) with { ClipLow = low, ClipHigh = high };
        RateField<double> field = Field(new Circuit { Banks = [x, v], Arrays = [Weights("y", x, v, 1)] });
        var input = new Batch<double>(1, 1);
        field.SetInput(0, input);
        return (field, t => input[0, 0] = source(t));
    }

    [Theory]
    [InlineData("rk4", 2e-7)]
    [InlineData("dp54", 1e-6)]
    [InlineData("heun", 3e-3)]
    [InlineData("expeuler", 5e-2)]
    [InlineData("euler", 5e-2)]
    public void InputsFollowTime(string method, double tolerance)
    {
        const double W = 3;
        (RateField<double> field, Action<double> set) = Driven(t => Math.Sin(W * t / Tau));
        double[] times = Transient.Times(0, 4 * Tau, Tau / 10);
        Waveforms run = Transient.Run(field, new Batch<double>(1, 1), times, Integrators.Create(method)!, set);
        for (int k = 0; k < times.Length; k++)
        {
            double u = times[k] / Tau;
            Assert.Equal(((W * Math.Exp(-u)) + Math.Sin(W * u) - (W * Math.Cos(W * u))) / (1 + (W * W)), run.Values[0][k], tolerance);
        }
    }

    [Theory]
    [InlineData("rk4", 1e-7)]
    [InlineData("dp54", 1e-6)]
    public void JumpsOfASourceAreNotStriddenAcross(string method, double tolerance)
    {
        const double Jump = 0.7371 * Tau;
        (RateField<double> field, Action<double> set) = Driven(t => t < Jump ? 0 : 1);
        double[] times = Transient.Times(0, 4 * Tau, Tau / 10);
        var options = new IntegrationOptions { MaximumStep = Tau / 20, Breakpoints = [Jump] };
        Waveforms run = Transient.Run(field, new Batch<double>(1, 1), times, Integrators.Create(method)!, set, options);
        Assert.True(run.Report.IsComplete, run.Report.Problem);
        for (int k = 0; k < times.Length; k++)
            Assert.Equal(times[k] < Jump ? 0 : 1 - Math.Exp((Jump - times[k]) / Tau), run.Values[0][k], tolerance);
    }

    [Theory]
    [InlineData("euler", 3e-2)]
    [InlineData("rk4", 3e-2)]
    [InlineData("dp54", 1e-5)]
    public void StatesStopAtTheirRailsAndComeBack(string method, double tolerance)
    {
        // Up to the rail at 1, held there, released at 2τ.
        (RateField<double> field, Action<double> set) = Driven(t => t < 2 * Tau ? 1.5 : 0, high: 1);
        double[] times = Transient.Times(0, 4 * Tau, Tau / 10);
        Waveforms run = Transient.Run(field, new Batch<double>(1, 1), times, Integrators.Create(method)!, set, new IntegrationOptions { Breakpoints = [2 * Tau] });
        for (int k = 0; k < times.Length; k++)
        {
            double u = times[k] / Tau;
            Assert.Equal(u < 2 ? Math.Min(1, 1.5 * (1 - Math.Exp(-u))) : Math.Exp(2 - u), run.Values[0][k], tolerance);
            Assert.InRange(run.Values[0][k], 0, 1);
        }
    }

    [Fact]
    public void WidelyDifferentTimeConstantsAreNoProblemForExponentialStepsAndStableUnderErrorControl()
    {
        // A fast neuron (1 µs) that follows a slow one (1 ms).
        NeuronBank slow = Neuron("a", 1) with { Rest = 1 }, fast = Neuron("f", 1) with { Capacitance = 1e-12 };
        RateField<double> field = Field(new Circuit { Banks = [slow, fast], Arrays = [Weights("y", slow, fast, 2)] });
        double[] times = Transient.Times(0, Tau, Tau / 5);
        var coarse = new IntegrationOptions { MaximumStep = Tau / 100 };
        Waveforms exponential = Transient.Run(field, new Batch<double>(1, 2), times, new ExponentialEulerMethod(), null, coarse);
        Waveforms controlled = Transient.Run(field, new Batch<double>(1, 2), times, new DormandPrince54());
        for (int k = 1; k < times.Length; k++)
        {
            double s = 1 - Math.Exp(-times[k] / Tau), f = 2 * (1 - ((Math.Exp(-times[k] / Tau) - (1e-3 * Math.Exp(-times[k] / 1e-6))) / (1 - 1e-3)));
            Assert.Equal(s, exponential.Values[0][k], 1e-12);
            Assert.Equal(f, exponential.Values[1][k], 3e-2);
            Assert.Equal(s, controlled.Values[0][k], 1e-4);
            Assert.Equal(f, controlled.Values[1][k], 1e-4);
        }

        // Plain Euler at that step blows up, and says so.
        Waveforms plain = Transient.Run(field, new Batch<double>(1, 2), Transient.Times(0, 20 * Tau, Tau), new EulerMethod(), null, coarse);
        Assert.False(plain.Report.IsComplete);
        Assert.Contains("f_0", plain.Report.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void AnUnstableNetworkEndsInAnOutcomeNotAnException()
    {
        NeuronBank v = Neuron("v", 1);
        RateField<double> field = Field(new Circuit { Banks = [v], Arrays = [Weights("y", v, v, 1000)] });
        var start = new Batch<double>(1, 1);
        start[0, 0] = 1;
        Waveforms run = Transient.Run(field, start, [0, 1], new DormandPrince54(), null, new IntegrationOptions { MaximumSteps = 500 });
        Assert.False(run.Report.IsComplete);
        Assert.Contains("v_0", run.Report.Problem, StringComparison.Ordinal);
        Assert.True(double.IsNaN(run.Values[0][1]));
    }
}
