using AnalogLearn.Circuits;
using AnalogLearn.Learning;
using AnalogLearn.Numerics;
using AnalogLearn.Simulation;

namespace AnalogLearn.Tests.Learning;

public class EquilibriumPropagationTests
{
    private const int Examples = 3;

    [Theory]
    [InlineData(Activation.Tanh, "tied")]
    [InlineData(Activation.Tanh, "transposed")]
    [InlineData(Activation.Logistic, "tied")]
    [InlineData(Activation.Softplus, "transposed")]
    public void Rate_rule_gives_the_gradient_where_weights_are_symmetric(Activation activation, string feedback)
    {
        (double angle, double error) = Compare(activation, feedback, new RateRule(), CostOn.Rates, asymmetric: false);
        Assert.True(angle < 0.01, $"{angle}°");
        Assert.True(error < 1e-3, $"{error}");
    }

    [Theory]
    [InlineData(Activation.Tanh)]
    [InlineData(Activation.Logistic)]
    public void State_rule_is_off_the_gradient_for_smooth_curves_even_where_weights_are_symmetric(Activation activation)
    {
        (double angle, _) = Compare(activation, "transposed", new StateRule(), CostOn.States, asymmetric: false);
        Assert.InRange(angle, 0.5, 60);
    }

    [Theory]
    [InlineData(NeuronForm.Voltage, Activation.Tanh)]
    [InlineData(NeuronForm.Voltage, Activation.Logistic)]
    [InlineData(NeuronForm.Voltage, Activation.Softmax)]
    [InlineData(NeuronForm.Rate, Activation.Tanh)]
    [InlineData(NeuronForm.Rate, Activation.Logistic)]
    public void Asymmetric_form_gives_the_gradient_for_any_weights(NeuronForm form, Activation activation)
    {
        (double angle, double error) = Compare(activation, "free", new StateRule(), CostOn.States, asymmetric: true, form);
        (double plain, _) = Compare(activation, "free", new StateRule(), CostOn.States, asymmetric: false, form);
        Assert.True(angle < 0.01, $"{angle}°");
        Assert.True(error < 1e-3, $"{error}");
        Assert.True(plain > 0.5, $"the plain rule is at {plain}°, so the asymmetric term was not needed");
    }

    [Fact]
    public void Asymmetric_form_gives_the_gradient_with_units_at_the_rails()
    {
        Circuit circuit = SmallNetworks.Layered(Activation.HardSigmoid, "free", low: 0, high: 1, scale: 2);
        (RateField<double> field, _) = SmallNetworks.Field(circuit, Examples);
        var state = new Batch<double>(Examples, field.StateCount);
        new Settler<double>(field).Settle(state, SmallNetworks.Tight);
        int pinned = state.Values.Count(s => s is 0 or 1);
        Assert.InRange(pinned, 2, state.Values.Length - 6);

        (double angle, _) = Compare(Activation.HardSigmoid, "free", new StateRule(), CostOn.States, asymmetric: true, low: 0, high: 1, scale: 2);
        Assert.True(angle < 0.05, $"{angle}°");
    }

    [Theory]
    [InlineData(CostKind.Quadratic)]
    [InlineData(CostKind.CrossEntropy)]
    public void Error_falls_as_beta_one_sided_and_as_beta_squared_centred(CostKind cost)
    {
        (RateField<double> field, RateNetwork network) = SmallNetworks.Field(SmallNetworks.Layered(Activation.Tanh, "tied"), Examples);
        Readout readout = SmallNetworks.Readout(network, CostOn.Rates, new Cost(cost));
        Batch<double> targets = SmallNetworks.Draw(Examples, 2, 5);
        ParameterSet<double> gradient = SmallNetworks.NumericalGradient(field, readout, targets);
        double Slope(bool centred)
        {
            double[] betas = [0.02, 0.01, 0.005];
            double[] errors = [.. betas.Select(b => SmallNetworks.RelativeError(Update(field, readout, targets, new RateRule(), b, centred), gradient))];
            return Math.Log(errors[0] / errors[2]) / Math.Log(4);
        }

        Assert.InRange(Slope(centred: false), 0.9, 1.1);
        Assert.InRange(Slope(centred: true), 1.9, 2.1);
    }

    [Fact]
    public void Random_sign_takes_both_signs_and_changes_nothing_to_first_order()
    {
        (RateField<double> field, RateNetwork network) = SmallNetworks.Field(SmallNetworks.Layered(Activation.Tanh, "tied"), Examples);
        Readout readout = SmallNetworks.Readout(network, CostOn.Rates);
        Batch<double> targets = SmallNetworks.Draw(Examples, 2, 5);
        var options = new EquilibriumPropagationOptions { Beta = 1e-5, RandomSign = true, Rule = new RateRule(), Free = SmallNetworks.Tight, Nudged = SmallNetworks.Tight };
        var learner = new EquilibriumPropagation<double>(field, readout, options);
        ParameterSet<double> gradient = SmallNetworks.NumericalGradient(field, readout, targets);
        var distinct = new HashSet<double>();
        for (int batch = 0; batch < 12; batch++)
        {
            var update = new ParameterSet<double>(field.Parameters);
            learner.Learn(new Batch<double>(Examples, field.StateCount), targets, new BatchPlace(3, 0, batch), update);
            Assert.True(SmallNetworks.RelativeError(update, gradient) < 1e-3);
            distinct.Add(update["yhy"][0]);
        }

        Assert.Equal(2, distinct.Count);
    }

    [Theory]
    [InlineData(Activation.Tanh, 0.01)]
    [InlineData(Activation.Logistic, 0.01)]
    public void Integral_of_the_stdp_rule_tends_to_the_end_point_rule(Activation activation, double beta)
    {
        (RateField<double> field, RateNetwork network) = SmallNetworks.Field(SmallNetworks.Layered(activation, "free"), Examples);
        Readout readout = SmallNetworks.Readout(network, CostOn.States);
        Batch<double> targets = SmallNetworks.Draw(Examples, 2, 5);
        ParameterSet<double> ends = Update(field, readout, targets, new StateRule(), beta, centred: false);
        ParameterSet<double> Integral(double step, double b)
        {
            var options = new StdpOptions
            {
                Beta = b,
                Free = SmallNetworks.Tight,
                Nudged = new SettleOptions { StepOverTau = step, MaximumSteps = (int)(40 / step), ThreadCount = 1 },
            };
            var update = new ParameterSet<double>(field.Parameters);
            new StdpLearner<double>(field, readout, options).Learn(new Batch<double>(Examples, field.StateCount), targets, default, update);
            return update;
        }

        // The step's error falls in first order: halving the step halves the distance to the limit.
        double D(ParameterSet<double> a, ParameterSet<double> b) => Math.Sqrt(a.Blocks.Zip(b.Blocks, (p, q) => p.Zip(q, (u, v) => (u - v) * (u - v)).Sum()).Sum());
        ParameterSet<double> finest = Integral(0.0025, beta);
        double coarse = D(Integral(0.08, beta), finest);
        double half = D(Integral(0.04, beta), finest);
        Assert.InRange(coarse / half, 1.8, 2.4);

        // ... and with β the integral tends to the end-point rule, in first order too.
        double norm = Math.Sqrt(ends.Blocks.Sum(b => b.Sum(v => v * v)));
        double far = D(finest, ends) / norm;
        double near = D(Integral(0.0025, beta / 10), Update(field, readout, targets, new StateRule(), beta / 10, centred: false)) / norm;
        Assert.True(far < 0.02, $"{far}");
        Assert.InRange(far / near, 7, 13);
    }

    [Fact]
    public void Live_weights_move_while_the_state_moves()
    {
        (RateField<double> field, RateNetwork network) = SmallNetworks.Field(SmallNetworks.Layered(Activation.Tanh, "free"), Examples);
        Readout readout = SmallNetworks.Readout(network, CostOn.States);
        Batch<double> targets = SmallNetworks.Draw(Examples, 2, 5);
        var nudged = new SettleOptions { StepOverTau = 0.1, MaximumSteps = 100, ThreadCount = 1 };
        double[] before = [.. field.Theta["yxh"]];
        var held = new ParameterSet<double>(field.Parameters);
        new StdpLearner<double>(field, readout, new StdpOptions { Beta = 0.5, Free = SmallNetworks.Tight, Nudged = nudged })
            .Learn(new Batch<double>(Examples, field.StateCount), targets, default, held);
        Assert.Equal(before, field.Theta["yxh"]);

        const double rate = 1e-6;
        double[] rates = [.. field.Parameters.Blocks.Select(_ => rate)];
        var direction = new ParameterSet<double>(field.Parameters);
        new StdpLearner<double>(field, readout, new StdpOptions { Beta = 0.5, Free = SmallNetworks.Tight, Nudged = nudged, LiveRates = rates })
            .Learn(new Batch<double>(Examples, field.StateCount), targets, default, direction);
        Assert.All(direction.Blocks, b => Assert.All(b, v => Assert.Equal(0, v)));
        for (int k = 0; k < before.Length; k++)
            Assert.Equal(before[k] + (rate * held["yxh"][k]), field.Theta["yxh"][k], 1e-4 * Math.Abs(rate * held["yxh"][k]) + 1e-15);
        Assert.NotEqual(before, field.Theta["yxh"]);
    }

    [Fact]
    public void A_masked_synapse_is_never_changed()
    {
        Circuit circuit = SmallNetworks.Layered(Activation.Tanh, "free");
        bool[] mask = [.. Enumerable.Range(0, 18).Select(k => k % 3 != 1)];
        circuit = circuit with { Arrays = [.. circuit.Arrays.Select(a => a.Name == "yxh" ? a with { Mask = [.. mask] } : a)] };
        (RateField<double> field, RateNetwork network) = SmallNetworks.Field(circuit, Examples);
        ParameterSet<double> update = Update(field, SmallNetworks.Readout(network, CostOn.States), SmallNetworks.Draw(Examples, 2, 5), new StateRule(), 0.1, centred: true);
        for (int k = 0; k < mask.Length; k++)
            Assert.Equal(mask[k], update["yxh"][k] != 0);
    }

    private static ParameterSet<double> Update(RateField<double> field, Readout readout, Batch<double> targets, ILocalRule rule, double beta, bool centred, bool asymmetric = false)
    {
        var options = new EquilibriumPropagationOptions { Beta = beta, Centred = centred, Asymmetric = asymmetric, Rule = rule, Free = SmallNetworks.Tight, Nudged = SmallNetworks.Tight };
        var update = new ParameterSet<double>(field.Parameters);
        new EquilibriumPropagation<double>(field, readout, options).Learn(new Batch<double>(targets.Rows, field.StateCount), targets, default, update);
        return update;
    }

    private static (double Angle, double Error) Compare(
        Activation activation,
        string feedback,
        ILocalRule rule,
        CostOn on,
        bool asymmetric,
        NeuronForm form = NeuronForm.Voltage,
        double low = double.NegativeInfinity,
        double high = double.PositiveInfinity,
        double scale = 1)
    {
        (RateField<double> field, RateNetwork network) = SmallNetworks.Field(SmallNetworks.Layered(activation, feedback, form, low, high, scale), Examples);
        Readout readout = SmallNetworks.Readout(network, on);
        Batch<double> targets = SmallNetworks.Draw(Examples, 2, 5);
        ParameterSet<double> gradient = SmallNetworks.NumericalGradient(field, readout, targets);
        ParameterSet<double> update = Update(field, readout, targets, rule, 1e-4, centred: true, asymmetric);
        return (SmallNetworks.AngleDegrees(update, gradient), SmallNetworks.RelativeError(update, gradient));
    }
}
