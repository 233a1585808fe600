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
        public Ring(double slower = 1)
        {
            Circuit chain = LayeredCircuits.Chain([6, 4, 6], Activation.Tanh, Activation.Linear);
            (Field, Layers) = LayeredCircuits.Field(chain with { Banks = chain.Banks.SetItem(1, chain.Banks[1] with { Capacitance = slower * chain.Banks[1].Capacitance }) });
            Readout = LayeredCircuits.Readout(Layers, Cost.Quadratic);
            Input = LayeredCircuits.Draw(5, 6, 3);
        }

        public RateField<double> Field { get; }

        public LayeredNetwork Layers { get; }

        public Readout Readout { get; }

        public Batch<double> Input { get; }

        public ParameterSet<double> Update(RecirculationOptions rule, double time, bool holds = true, int threads = 1)
        {
            SettleOptions phase = new() { StepOverTau = 0.1, MaximumSteps = (int)Math.Round(10 * time), MeasureLast = false, ThreadCount = threads };
            return LayeredCircuits.Update(Field, new RecirculationRing<double>(Field, Layers, Readout, new() { Rule = rule, Settle = phase, Cycle = phase, Holds = holds }, threads), Input);
        }
    }
}
