using AnalogLearn.Circuits;
using AnalogLearn.Netlist;
using AnalogLearn.Numerics;
using AnalogLearn.Simulation;
using AnalogLearn.Synapses;

namespace AnalogLearn.Tests.Simulation;

/// <summary>Currents of synapses that are no straight line, and wires with resistance, in networks.</summary>
public sealed class SynapseCurrentTests
{
    private const string Loops =
        "Nx x[0:4] input\nNh h[0:18] cell\nNk k[0:8] other\nNy y[0:2] out\nYxh x h w\nYhk h k w\nYkh k h w init=glorot(0.5)\nYkk k k w mask=diag0\nYky k y w\nYyk y k w tied=Yky\nYxy x y w\n.op\n";

    [Theory]
    [InlineData("rho=tanh", "rho=logistic form=rate")]
    [InlineData("rho=softmax gain=2", "rho=softmax form=rate")]
    [InlineData("rho=hardsigmoid gain=1.3 a0=30", "rho=softplus")]
    public void JacobiansAndStepsFollowTheCurveOfTheDevices(string cell, string other)
    {
        Deck deck = Read($"curves\n.model cell neuron({cell} bias=0.1)\n.model other neuron({other} c=2n)\n.model out neuron(rho=tanh)\n.model w synapse(iv=poly(1,0.3,0.8) vread=0.9)\n{Loops}");
        Assert.Empty(EngineSelection.Diagnose(deck));
        RateField<double> field = Field(deck, 3);
        Assert.Equal(3, field.Network.Banks[0].Conduction.Length);
        NeuronNonIdealityTests.CheckJacobians(Field(deck, 2));

        Batch<double> state = TestNetworks.Draw<double>(5, 3, field.StateCount, -0.3, 0.8), expected = state.Clone();
        var mu = new Batch<double>(3, field.StateCount);
        double step = 0.3 * field.Network.Tau.Min();
        for (int k = 0; k < 4; k++)
        {
            field.Evaluate(expected, mu);
            for (int e = 0; e < 3; e++)
            {
                for (int i = 0; i < field.StateCount; i++)
                    expected[e, i] += step / field.Network.Tau[i] * mu[e, i];
            }
        }

        foreach (RegisterWidth width in new[] { RegisterWidth.Bits128, RegisterWidth.Widest })
        {
            Batch<double> fused = state.Clone();
            new Settler<double>(field, width).Settle(fused, new SettleOptions { StepOverTau = 0.3, MaximumSteps = 4, MeasureLast = false });
            for (int k = 0; k < state.Values.Length; k++)
                Assert.Equal(expected.Values[k], fused.Values[k], 1e-13);
        }

        // λᵀ ∂μ/∂W of some weights.
        var covector = new Batch<double>(3, field.StateCount);
        CounterRandom.ForPath(4, "covector").FillNormal(covector.Span);
        var gradient = new ParameterSet<double>(field.Parameters);
        field.AccumulateParameterGradient(state, covector, gradient);
        foreach (string array in new[] { "yxh", "yhk", "yky" })
        {
            double[] w = field.Theta[array];
            double At(double by)
            {
                w[5] += by;
                field.ParametersChanged();
                field.Evaluate(state, mu);
                w[5] -= by;
                return mu.Values.Zip(covector.Values, (m, l) => m * l).Sum();
            }

            Assert.Equal((At(1e-5) - At(-1e-5)) / 2e-5, gradient[array][5], 1e-7);
        }
    }

    [Fact]
    public void ASynapsePassesWhatItsPolynomialSays()
    {
        Deck deck = Read("one\n.model cell neuron(rho=linear)\n.model w synapse(iv=poly(1,-0.2,0.7) vread=0.4)\nNx x input\nNy y cell\nY1 x y w init=0.8\n.op\n");
        RateField<double> field = Field(deck, 1);
        var x = new Batch<double>(1, 1);
        x[0, 0] = -0.9;
        field.SetInput(0, x);
        Assert.Equal(-0.9, field.Input(0)![0, 0]);
        var state = new Batch<double>(1, 1);
        new Settler<double>(field).Settle(state, new SettleOptions { Tolerance = 1e-14, MaximumSteps = 200 });
        double v = 0.4 * -0.9;
        Assert.Equal(0.8 * -0.9 * CurrentVoltage.Factor([1, -0.2, 0.7], v), state[0, 0], 1e-13);
        Assert.Equal(state[0, 0], 0.8 * field.InputActivity(0)![0, 0], 1e-13);
    }

    [Theory]
    [InlineData("Y1 x y w iv=poly(1,0.1)\nY2 x y w", "'iv' of 'y2' and of 'y1' differ", 7)]
    [InlineData("Y1 x y w iv=poly(1,0.1)\nY2 x y w iv=poly(1,0.1) vread=0.2", "'iv' of 'y2' and of 'y1' differ", 8)]
    [InlineData("Y1 y y w rwire=2\nY2 y y w tied=Y1", "'rwire' of 'y1', to which 'y2' is tied", 7)]
    [InlineData("Y1 x y w iv=poly(1,0.1)\nY2 x y w iv=poly(1,0.1)\nY3 y y w rwire=2", null, 0)]
    public void WhatCannotBeIsRefusedByNameAndPlace(string lines, string? message, int line)
    {
        Deck deck = Read($"mistakes\n.model cell neuron()\n.model w synapse(gmin=1u gmax=20u)\nNx x[0:1] input\nNy y[0:1] cell\n*\n{lines}\n.op\n");
        DiagnosticBag bag = EngineSelection.Diagnose(deck, Engine.Rate);
        if (message is null)
        {
            Assert.Empty(bag);
            Assert.Empty(EngineSelection.Diagnose(deck, Engine.Nodal));
            return;
        }

        Diagnostic told = Assert.Single(bag);
        Assert.StartsWith(message, told.Message, StringComparison.Ordinal);
        Assert.Contains(string.Create(System.Globalization.CultureInfo.InvariantCulture, $":{line}:"), told.Headline, StringComparison.Ordinal);
    }

    [Fact]
    public void WeightsAreWhatTheColumnsCollect()
    {
        const string Text = "wires\n.model cell neuron(g=10u)\n.model w synapse(gmin=1u gmax=25u rwire=20)\nNx x[0:15] input\nNy y[0:5] cell\nY1 x y w init=uniform(-1,1)\n.op\n";
        RateNetwork network = RateNetwork.Compile(Read(Text).Circuit), ideal = RateNetwork.Compile(Read(Text.Replace("rwire=20", "rwire=0", StringComparison.Ordinal)).Circuit);
        double[] asked = ideal.InitialParameters(3)["y1"];
        ParameterSet<double> theta = network.InitialParameters(3);
        SynapseBank bank = theta.Devices![network.Layout.IndexOf("y1")]!;
        Assert.Equal(asked, bank.Plus.ToArray().Zip(bank.Minus.ToArray(), (p, m) => (p - m) / 10e-6).Select(w => Math.Round(w, 12)).Zip(asked, (w, a) => Math.Abs(w - a) < 1e-11 ? a : w));
        (double[] plus, double[] minus) = CrossbarWires.Effective(bank.Plus, bank.Minus, 6, 20);
        for (int k = 0; k < asked.Length; k++)
            Assert.Equal((plus[k] - minus[k]) / 10e-6, theta["y1"][k], 1e-12);
        Assert.True(theta["y1"].Zip(asked, (w, a) => Math.Abs(w - a)).Max() > 1e-3);

        // A write reaches one device and, through the wires, its neighbours; each n-th one is solved, in between the shares hold.
        network.WireInterval = 2;
        ParameterSet<double> moved = network.InitialParameters(3);
        var field = new RateField<double>(network, moved);
        int block = network.Layout.IndexOf("y1");
        var change = new double[asked.Length];
        change[7] = 0.5;
        field.Move(block, change, 0.1);
        SynapseBank after = moved.Devices![block]!;
        Assert.Equal(theta["y1"][8], moved["y1"][8]);
        Assert.NotEqual(theta["y1"][7], moved["y1"][7]);
        change[7] = 0;
        field.Move(block, change, 0.1);
        (plus, minus) = CrossbarWires.Effective(after.Plus, after.Minus, 6, 20);
        for (int k = 0; k < asked.Length; k++)
            Assert.Equal((plus[k] - minus[k]) / 10e-6, moved["y1"][k], 1e-12);
        Assert.NotEqual(theta["y1"][8], moved["y1"][8]);
    }

    private static RateField<double> Field(Deck deck, int examples)
    {
        RateNetwork network = RateNetwork.Compile(deck.Circuit);
        var field = new RateField<double>(network, network.InitialParameters(1));
        field.SetInput(0, TestNetworks.Draw<double>(3, examples, network.InputCount, -0.5, 1));
        return field;
    }

    private static Deck Read(string text)
    {
        DeckResult result = DeckReader.Parse(text);
        Assert.Empty(result.Diagnostics);
        return result.Deck!;
    }
}
