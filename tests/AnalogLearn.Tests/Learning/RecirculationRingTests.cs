using System.Globalization;
using System.Text.Json;
using AnalogLearn.Circuits;
using AnalogLearn.Learning;
using AnalogLearn.Numerics;
using AnalogLearn.Simulation;

namespace AnalogLearn.Tests.Learning;

/// <summary>The ring of leaky integrators against the composed maps: what it does when it has time, how it gets there, and where it does not.</summary>
public class RecirculationRingTests
{
    [Theory]
    [InlineData(RecirculationVariant.Plain, 0, 1, RecirculationTop.Gradient)]
    [InlineData(RecirculationVariant.Plain, 0, 3, RecirculationTop.OutputLayer)]
    [InlineData(RecirculationVariant.Plain, 1, 2, RecirculationTop.InputLayer)]
    [InlineData(RecirculationVariant.OfCombination, 0, 1, RecirculationTop.InputLayer)]
    [InlineData(RecirculationVariant.OfCombination, 1, 3, RecirculationTop.OutputLayer)]
    [InlineData(RecirculationVariant.Combined, 0, 1, RecirculationTop.Gradient)]
    [InlineData(RecirculationVariant.Combined, 1, 3, RecirculationTop.OutputLayer)]
    [InlineData(RecirculationVariant.Combined, 0, 2, RecirculationTop.InputLayer)]
    [InlineData(RecirculationVariant.CombinedOfCombination, 0, 1, RecirculationTop.InputLayer)]
    [InlineData(RecirculationVariant.CombinedOfCombination, 1, 2, RecirculationTop.OutputLayer)]
    [InlineData(RecirculationVariant.WithCombination, 0, 1, RecirculationTop.Gradient)]
    [InlineData(RecirculationVariant.WithCombination, 0, 3, RecirculationTop.OutputLayer)]
    [InlineData(RecirculationVariant.WithCombination, 1, 2, RecirculationTop.InputLayer)]
    public void ARingWithTimeIsTheComposedMaps(RecirculationVariant variant, int from, int to, RecirculationTop top)
    {
        var rule = new RecirculationOptions { Variant = variant, Lambda = 0.3, Lambda2 = 0.6, From = from, To = to, Top = top };
        var ring = new Ring();
        double[] distances = [.. new double[] { 5, 10, 15, 45 }.Select(t => Distance(ring, rule, t))];
        Assert.True(distances[0] > 5 * distances[1] && distances[1] > 50 * distances[2], string.Join(' ', distances));
        Assert.InRange(distances[3], 0, 1e-13);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void AnErrorGoesRoundToo(bool biases)
    {
        var ring = new Ring();
        var rule = new RecirculationOptions { CarriesErrors = true, BiasInErrors = biases };
        double[] distances = [.. new double[] { 5, 10, 15, 45 }.Select(t => Distance(ring, rule, t))];
        Assert.True(distances[0] > 5 * distances[1] && distances[1] > 50 * distances[2], string.Join(' ', distances));
        Assert.InRange(distances[3], 0, 1e-13);
        Assert.True(ring.Field.WithBias);
        Assert.Throws<ArgumentException>(() => ring.Update(rule, 5, holds: false));
    }

    [Theory]
    [InlineData("recirc_nonlin_1h.json")]
    [InlineData("recirc_linear_3h.json")]
    public void ARingWithTimeMakesTheGoldenUpdates(string file)
    {
        var golden = new GoldenAutoencoder(file);
        double lambda = golden.Root.GetProperty("lam").GetDouble();
        foreach ((string name, RecirculationVariant variant) in (ReadOnlySpan<(string, RecirculationVariant)>)
        [
            ("PR", RecirculationVariant.Plain),
            ("CCR", RecirculationVariant.Combined),
            ("RCC", RecirculationVariant.OfCombination),
            ("CCRCC", RecirculationVariant.CombinedOfCombination),
            ("RWCC", RecirculationVariant.WithCombination),
        ])
        {
            Follow(new() { Variant = variant, Lambda = lambda, Lambda2 = lambda }, golden.Root.GetProperty("variants").GetProperty(name).GetProperty("updates_top_is_gradient"));
        }

        for (int cycles = 1; cycles <= 3; cycles++)
            Follow(new() { To = cycles }, golden.Root.GetProperty("plain_n_cycles").GetProperty(cycles.ToString(CultureInfo.InvariantCulture)));
        Follow(new() { CarriesErrors = true }, golden.Root.GetProperty("error_recirculation_no_bias"));

        // With time the ring comes nearer and nearer to what the other program says.
        void Follow(RecirculationOptions rule, JsonElement expected)
        {
            double[] distances = [.. new double[] { 8, 16, 24, 60 }.Select(t => golden.Distance(Ring.Update(golden.Field, golden.Layers, golden.Readout, golden.Input, rule, t), expected))];
            string all = string.Create(CultureInfo.InvariantCulture, $"{rule.Variant} {rule.To} {rule.CarriesErrors}: {string.Join(' ', distances)}");
            Assert.True(distances[0] > 20 * distances[1] && distances[1] > 200 * distances[2], all);
            Assert.True(distances[3] < 1e-12, all);
        }
    }

    [Fact]
    public void NeuronsOfOtherSpeedsPullInTheirOwnTime()
    {
        // RWCC: dO/dt of a neuron with twice the capacitance is half as fast; where it comes to rest is the same.
        var rule = new RecirculationOptions { Variant = RecirculationVariant.WithCombination, Lambda = 0.3, Lambda2 = 0.6, Top = RecirculationTop.OutputLayer };
        var slow = new Ring(slower: 2);
        Assert.InRange(Distance(slow, rule, 90), 0, 1e-13);
        Assert.True(Distance(slow, rule, 6) > 3 * Distance(new Ring(), rule, 6));
    }

    [Fact]
    public void ASlewLimitTakesTimeButMovesNoRest()
    {
        // RWCC: drive and leak share one output stage. It is slow where both are large, and at rest where they cancel, however large each is.
        var rule = new RecirculationOptions { Variant = RecirculationVariant.WithCombination, Lambda = 0.3, Lambda2 = 0.6, Top = RecirculationTop.OutputLayer };
        var limited = new Ring(slew: 0.02);
        Assert.InRange(Distance(limited, rule, 200), 0, 1e-12);
        Assert.True(Distance(limited, rule, 10) > 10 * Distance(new Ring(), rule, 10));

        // No neuron moves faster, whatever pulls at it.
        var ring = new RecirculationRing<double>(limited.Field, limited.Layers, limited.Readout, new() { Rule = rule, Settle = Phase(200), Cycle = Phase(5) });
        limited.Field.SetInput(0, limited.Input);
        var state = new Batch<double>(limited.Input.Rows, limited.Field.StateCount);
        ring.Learn(state, limited.Input, default, new ParameterSet<double>(limited.Field.Parameters));
        double largest = Enumerable.Range(0, state.Span.Length).Max(i => Math.Abs(ring.LastCycle!.Span[i] - state.Span[i]));
        Assert.InRange(largest, 0.09, 0.1 + 1e-12);

        static SettleOptions Phase(int tau) => new() { StepOverTau = 0.1, MaximumSteps = 10 * tau, MeasureLast = false };
    }

    [Fact]
    public void WhatIsMissingFallsAsTheExponentialOfTime()
    {
        var ring = new Ring();
        double[] times = [10, 12, 14, 16, 18, 20], logs = [.. times.Select(t => Math.Log(Distance(ring, new(), t)))];

        // Two layers: (a + b t) e^(-t). Steps of 0.1 make of e^(-0.1) a factor of 0.9.
        double slope = (logs[^1] - logs[0]) / (times[^1] - times[0]);
        Assert.InRange(slope, Math.Log(0.9) / 0.1, -0.9);
        Assert.True(Distance(ring, new(), 0.5) > 0.3);
    }

    [Fact]
    public void AClosedRingDoesNotStopAtOneCycle()
    {
        var ring = new Ring();
        Assert.True(Distance(ring, new(), 30, holds: false) > 10 * Distance(ring, new(), 8));
        Assert.InRange(Distance(ring, new(), 30, holds: false) / Distance(ring, new(), 45, holds: false), 0.9, 1.1);
    }

    [Fact]
    public void ItsInputIsWhatItWasAndThreadsChangeNothing()
    {
        var ring = new Ring();
        ParameterSet<double> one = ring.Update(new(), 3), two = ring.Update(new(), 3, threads: 2);
        Assert.Equal(0, LayeredCircuits.Largest(one, two));
        Assert.Same(ring.Input, ring.Field.Input(0));
    }

    private static double Distance(Ring ring, RecirculationOptions rule, double time, bool holds = true)
    {
        ParameterSet<double> composed = LayeredCircuits.Update(ring.Field, new Recirculation<double>(ring.Field, ring.Layers, ring.Readout, rule), ring.Input);
        double norm = Math.Sqrt(composed.Blocks.Sum(b => b.Sum(x => x * x)));
        ParameterSet<double> own = ring.Update(rule, time, holds);
        return Math.Sqrt(composed.Blocks.Zip(own.Blocks, (a, b) => a.Zip(b, (x, y) => (x - y) * (x - y)).Sum()).Sum()) / norm;
    }

    private sealed class Ring
    {
        public Ring(double slower = 1, double slew = double.PositiveInfinity)
        {
            Circuit chain = LayeredCircuits.Chain([6, 4, 6], Activation.Tanh, Activation.Linear);
            double tau = chain.Banks[1].TimeConstant;
            (Field, Layers) = LayeredCircuits.Field(chain with
            {
                Banks = [.. chain.Banks.Select((b, k) => k == 0 ? b : b with { SlewRate = slew / tau, Capacitance = k == 1 ? slower * b.Capacitance : b.Capacitance })],
            });
            Readout = LayeredCircuits.Readout(Layers, Cost.Quadratic);
            Input = LayeredCircuits.Draw(5, 6, 3);
        }

        public RateField<double> Field { get; }

        public LayeredNetwork Layers { get; }

        public Readout Readout { get; }

        public Batch<double> Input { get; }

        public ParameterSet<double> Update(RecirculationOptions rule, double time, bool holds = true, int threads = 1) => Update(Field, Layers, Readout, Input, rule, time, holds, threads);

        public static ParameterSet<double> Update(RateField<double> field, LayeredNetwork layers, Readout readout, Batch<double> input, RecirculationOptions rule, double time, bool holds = true, int threads = 1)
        {
            SettleOptions phase = new() { StepOverTau = 0.1, MaximumSteps = (int)Math.Round(10 * time), MeasureLast = false, ThreadCount = threads };
            return LayeredCircuits.Update(field, new RecirculationRing<double>(field, layers, readout, new() { Rule = rule, Settle = phase, Cycle = phase, Holds = holds }, threads), input);
        }
    }
}
