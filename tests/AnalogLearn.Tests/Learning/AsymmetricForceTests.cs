using AnalogLearn.Circuits;
using AnalogLearn.Learning;
using AnalogLearn.Numerics;
using AnalogLearn.Simulation;
using AnalogLearn.Tests.Simulation;

namespace AnalogLearn.Tests.Learning;

public class AsymmetricForceTests
{
    [Theory]
    [InlineData(Activation.Tanh, NeuronForm.Voltage)]
    [InlineData(Activation.Logistic, NeuronForm.Rate)]
    [InlineData(Activation.HardSigmoid, NeuronForm.Voltage)]
    [InlineData(Activation.Softmax, NeuronForm.Voltage)]
    public void ABatchGetsWhatEachExampleGetsAlone(Activation activation, NeuronForm form)
    {
        const int Examples = 9;
        RateField<double> field = TestNetworks.Field<double>(TestNetworks.Tangled(activation, form), Examples);
        var readout = new Readout(field.Network.Bank("y"), 0, 3, Cost.Quadratic, CostOn.States);
        var nudge = new Nudge<double>(field, readout) { Beta = 0.3, Targets = TestNetworks.Draw<double>(8, Examples, 3) };
        var force = new AsymmetricForce<double>(field, nudge);
        for (int round = 0; round < 2; round++)
        {
            // Some states of y stand at a rail and are pinned there.
            var free = new Batch<double>(Examples, field.StateCount);
            new Settler<double>(field).Settle(free, new SettleOptions { MaximumSteps = 100 });
            force.Linearize(free);
            int[] examples = [4, 0, 8, 7];
            Batch<double> states = TestNetworks.Draw<double>(10 + round, 4, field.StateCount, -0.3, 0.9), together = TestNetworks.Draw<double>(12, 5, field.StateCount);
            Batch<double> alone = together.Clone();
            force.Add(examples, states, together);
            for (int r = 0; r < examples.Length; r++)
                force.Add(examples[r], states.Row(r), alone.Row(r));
            double moved = 0;
            for (int k = 0; k < alone.Values.Length; k++)
            {
                Assert.Equal(alone.Values[k], together.Values[k], 1e-12);
                moved = Math.Max(moved, Math.Abs(alone.Values[k] - TestNetworks.Draw<double>(12, 5, field.StateCount).Values[k]));
            }

            Assert.True(moved > 0.01);

            // Changed weights are packed anew.
            foreach (double[] block in field.Theta.Blocks)
                block[0] += 0.1;
            field.ParametersChanged();
        }
    }
}
