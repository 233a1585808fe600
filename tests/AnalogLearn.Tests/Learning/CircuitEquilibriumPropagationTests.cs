using AnalogLearn.Gradients;
using AnalogLearn.Learning;
using AnalogLearn.Numerics;
using AnalogLearn.Simulation;

namespace AnalogLearn.Tests.Learning;

public sealed class CircuitEquilibriumPropagationTests
{
    [Fact]
    public void TheAdjointAgreesWithCentralDifferences()
    {
        for (ulong seed = 1; seed <= 12; seed++)
        {
            LearningCase circuit = LearningCase.Of(LearningCase.RandomDeck(seed, seed % 2 == 0 ? "eqprop(beta=1u)" : "eqprop(beta=1u cost=crossentropy scale=3)"), seed, 3, 2);
            GradientResult differences = new FiniteDifferenceGradient { Step = 1e-3 }.Gradient(circuit.Problem);
            Assert.Equal(3, differences.Used);
            double distance = LearningCase.Distance(circuit.Exact(), differences.Gradient, -1);
            Assert.True(distance < 1e-6, $"seed {seed}: {distance:e2}");
        }
    }

    [Fact]
    public void TheAdjointAgreesWithCentralDifferencesBehindAmplifiers()
    {
        LearningCase circuit = LearningCase.Of(LearningCase.Amplified(4, 0.25), 3, 3, 2);
        GradientResult differences = new FiniteDifferenceGradient { Step = 1e-3 }.Gradient(circuit.Problem);
        double distance = LearningCase.Distance(circuit.Exact(), differences.Gradient, -1);
        Assert.True(distance < 1e-6, $"{distance:e2}");
    }

    [Fact]
    public void UpdatesBecomeTheGradientAsTheNudgeVanishes()
    {
        for (ulong seed = 1; seed <= 12; seed++)
        {
            LearningCase circuit = LearningCase.Of(LearningCase.RandomDeck(seed, seed % 2 == 0 ? "eqprop(beta=1u)" : "eqprop(beta=1u cost=crossentropy scale=3)"), seed, 3, 2);
            ParameterSet<double> exact = circuit.Exact();
            ParameterSet<double> near = circuit.Update(1e-7, centred: true);
            ParameterSet<double> far = circuit.Update(2e-7, centred: true);
            for (int b = 0; b < near.Blocks.Length; b++)
            {
                for (int k = 0; k < near.Blocks[b].Length; k++)
                    near.Blocks[b][k] = ((4 * near.Blocks[b][k]) - far.Blocks[b][k]) / 3;
            }

            double distance = LearningCase.Distance(near, exact);
            Assert.True(distance < 1e-6, $"seed {seed}: {distance:e2}");
        }
    }

    [Theory]
    [InlineData(false, "product", 1)]
    [InlineData(true, "product", 2)]
    [InlineData(false, "squared", 1)]
    [InlineData(true, "squared", 2)]
    public void ErrorsFallAsTheirOrderSays(bool centred, string form, double order)
    {
        IConductanceRule rule = form == "squared" ? new SquaredRule() : new ProductRule();
        double slope = 0;
        const int networks = 6;
        for (ulong seed = 1; seed <= networks; seed++)
        {
            LearningCase circuit = LearningCase.Of(LearningCase.RandomDeck(seed), seed, 3, 2);
            ParameterSet<double> exact = circuit.Exact();
            double large = LearningCase.Distance(circuit.Update(4e-7, centred, rule), exact);
            double small = LearningCase.Distance(circuit.Update(1e-7, centred, rule), exact);
            slope += Math.Log(large / small) / Math.Log(4) / networks;
        }

        Assert.InRange(slope, order - 0.1, order + 0.1);
    }

    [Fact]
    public void BothRulesAgreeToFirstOrder()
    {
        LearningCase circuit = LearningCase.Of(LearningCase.RandomDeck(5), 5, 3, 2);
        double large = LearningCase.Distance(circuit.Update(4e-7, false, new SquaredRule()), circuit.Update(4e-7, false), -1);
        double small = LearningCase.Distance(circuit.Update(1e-7, false, new SquaredRule()), circuit.Update(1e-7, false), -1);
        Assert.InRange(large / small, 3.5, 4.5);
    }

    [Theory]
    [InlineData(4, 0.25, 16)]
    [InlineData(4, 4, 1)]
    [InlineData(2, 0.8, 2.5)]
    public void AmplifiersScaleALayersChangeAndKeepItsDirection(double forward, double back, double factor)
    {
        LearningCase circuit = LearningCase.Of(LearningCase.Amplified(forward, back), 4, 4, 2);
        ComparisonResult result = GradientComparison.Compare(circuit.Exact(), circuit.Update(1e-8, centred: true));
        ArrayComparison hidden = result.Of("rw1")!;
        ArrayComparison output = result.Of("rw2")!;
        Assert.True(hidden.Angle < 1e-4, $"{hidden.Angle:e2}");
        Assert.True(output.Angle < 1e-4, $"{output.Angle:e2}");
        Assert.Equal(1 / factor, hidden.NormRatio, 1e-5);
        Assert.Equal(1, output.NormRatio, 1e-5);
    }

    [Fact]
    public void WhatIsBeforeAnAmplifierThatWorksOneWayLearnsNothing()
    {
        LearningCase circuit = LearningCase.Of(LearningCase.Amplified(4, 0), 4, 4, 2);
        ComparisonResult result = GradientComparison.Compare(circuit.Exact(), circuit.Update(1e-8, centred: true));
        Assert.True(result.Of("rw1")!.GradientNorm > 0);
        Assert.True(result.Of("rw1")!.NormRatio < 1e-6, $"{result.Of("rw1")!.NormRatio}");
        Assert.True(result.Of("rw2")!.Angle < 1e-4);
    }

    [Fact]
    public void AFeedbackOfAnotherSizeAtEachNeuronLeavesAnAngle()
    {
        // Units that feed back by different factors, coupled among each other: no scaling of rows makes this Jacobian symmetric.
        string deck = LearningCase.Amplified(4, 0.25).Replace("Fa h 0 Vs 0.25", "Fa h[0:3] 0 Vs_0 0\nRl2 h[0:6] h[1:7] 30k", StringComparison.Ordinal).Replace("Fa h[0:3] 0 Vs_0 0", "F0 h[0] 0 Vs_0 2\nF1 h[1] 0 Vs_1 0.1\nF2 h[2] 0 Vs_2 1", StringComparison.Ordinal);
        LearningCase circuit = LearningCase.Of(deck, 4, 4, 2);
        ParameterSet<double> exact = circuit.Exact();
        double far = GradientComparison.Compare(exact, circuit.Update(1e-7, centred: true)).Of("rw1")!.Angle;
        double near = GradientComparison.Compare(exact, circuit.Update(1e-8, centred: true)).Of("rw1")!.Angle;
        Assert.True(near > 1, $"{near}");
        Assert.Equal(far, near, 0.1);
    }

    [Fact]
    public void OutputsMayBeDifferences()
    {
        string deck = LearningCase.Amplified(4, 0.25)
            .Replace("Rw2 y o[0:2] wr dense", "Rw2 y o[0:2] wr dense\nRw3 y q[0:2] wr dense\nRl3 q 0 50k", StringComparison.Ordinal)
            .Replace("out=o", "out=o minus=q", StringComparison.Ordinal);
        LearningCase circuit = LearningCase.Of(deck, 4, 4, 2);
        ComparisonResult result = GradientComparison.Compare(circuit.Exact(), circuit.Update(1e-8, centred: true));
        Assert.All(result.Arrays, a => Assert.True(a.Angle < 1e-4, $"{a.Name}: {a.Angle:e2}"));
        GradientResult differences = new FiniteDifferenceGradient { Step = 1e-3 }.Gradient(circuit.Problem);
        Assert.True(LearningCase.Distance(circuit.Exact(), differences.Gradient, -1) < 1e-6);
    }

    [Fact]
    public void BitsDoNotDependOnThreadsNorOnWhatWasSolvedBefore()
    {
        var experiment = LearningCase.Bind(LearningCase.Amplified(4, 0.25));
        var one = new LearningCircuit(new(experiment.Circuit, experiment.Blocks, experiment.Sources, experiment.InitialParameters(), experiment.Options), experiment.Rule!.Readout, 1);
        var two = new LearningCircuit(new(experiment.Circuit, experiment.Blocks, experiment.Sources, experiment.InitialParameters(), experiment.Options), experiment.Rule.Readout, 2);
        ParameterSet<double> first = Learn(one, 8, [0, 1, 2, 3, 4, 5, 6, 7]);
        Learn(two, 8, [7, 3, 5, 1, 2, 6, 0, 4]);
        ParameterSet<double> second = Learn(two, 8, [0, 1, 2, 3, 4, 5, 6, 7]);
        for (int b = 0; b < first.Blocks.Length; b++)
            Assert.Equal(first.Blocks[b], second.Blocks[b]);

        static ParameterSet<double> Learn(LearningCircuit circuit, int examples, int[] order)
        {
            var inputs = new Batch<double>(examples, 4);
            var targets = new Batch<double>(examples, 3);
            for (int e = 0; e < examples; e++)
            {
                for (int k = 0; k < 4; k++)
                    inputs[e, k] = Math.Sin(1 + (3 * order[e]) + k);
                targets[e, order[e] % 3] = 1;
            }

            circuit.Clamp(inputs);
            var state = new Batch<double>(examples, circuit.Equations.StateCount);
            for (int e = 0; e < examples; e++)
                circuit.RestingState(state.Row(e));
            var direction = new ParameterSet<double>(circuit.Field.Parameters);
            new CircuitEquilibriumPropagation(circuit, new() { Beta = 1e-6, Centred = true }).Learn(state, targets, default, direction);
            return direction;
        }
    }

    [Fact]
    public void ConductancesStayInTheirRangeAndMoveInTheirSteps()
    {
        var experiment = LearningCase.Bind(LearningCase.Amplified(4, 0.25).Replace("gmax=1m", "gmax=100u step=2u", StringComparison.Ordinal));
        LearningCircuit circuit = experiment.Create(experiment.InitialParameters(), experiment.Rule!.Readout);
        double[] theta = circuit.Field.Theta.Blocks[0];
        double[] before = [.. theta];
        var change = new double[theta.Length];
        (change[0], change[1], change[2], change[3]) = (1e-6 * 0.9, 1e-6 * 2.9, -1, 1);
        circuit.Field.Move(0, change, 1);
        Assert.Equal(before[0], theta[0]);
        Assert.Equal(before[1] + 2e-6, theta[1], 1e-15);
        Assert.Equal(1e-6, theta[2], 1e-18);
        Assert.Equal(1e-4, theta[3], 1e-18);
        Assert.All(before, g => Assert.InRange(g, 5e-6, 5e-5));
    }
}
