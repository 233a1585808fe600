using System.Collections.Immutable;
using System.Globalization;
using AnalogLearn.Circuits;
using AnalogLearn.Gradients;
using AnalogLearn.Learning;
using AnalogLearn.Numerics;
using AnalogLearn.Simulation;
using AnalogLearn.Tests.Interchange;

namespace AnalogLearn.Tests.Gradients;

public sealed class GradientComparisonTests
{
    private static readonly ParameterLayout Layout = new(
    [
        new("nh", ParameterKind.Bias, 2, 1, true),
        new("yxh", ParameterKind.Weights, 2, 3, true),
        new("yfixed", ParameterKind.Weights, 1, 1, false),
    ]);

    [Fact]
    public void MinusTheGradientIsAgreement()
    {
        ParameterSet<double> g = Set([3, -4], [1, 2, -2, 0, 0, 0], [7]);
        ParameterSet<double> u = Set([-6, 8], [-2, -4, 4, 0, 0, 0], [1e9]);
        ComparisonResult result = GradientComparison.Compare(g, u);
        Assert.Equal(["nh", "yxh"], result.Arrays.Select(a => a.Name));
        foreach (ArrayComparison a in result.Arrays.Append(result.All))
        {
            Assert.Equal(1, a.Cosine, 1e-15);
            Assert.InRange(a.Angle, 0, 1e-6);
            Assert.Equal(2, a.NormRatio, 1e-15);
            Assert.Equal(1, a.RelativeError, 1e-15);
            Assert.Equal(1, a.SignAgreement);
        }

        Assert.Equal(5, result.Value("angle", "nh") is null ? 0 : result.Of("NH")!.GradientNorm, 1e-15);
        Assert.Equal(Math.Sqrt(34), result.All.GradientNorm, 1e-14);
        Assert.Equal(8, result.All.Count);
    }

    [Fact]
    public void AnglesAreThoseOfTheVectors()
    {
        ParameterSet<double> g = Set([1, 0], [0, 0, 0, 0, 0, 0], [0]);
        for (double degrees = 0; degrees <= 180; degrees += 7.5)
        {
            double t = degrees * Math.PI / 180;
            ArrayComparison a = GradientComparison.Compare(g, Set([-0.5 * Math.Cos(t), Math.Sin(t) / 2], new double[6], [0])).Of("nh")!;
            Assert.Equal(degrees, a.Angle, 1e-12);
            Assert.Equal(Math.Cos(t), a.Cosine, 1e-15);
            Assert.Equal(0.5, a.NormRatio, 1e-15);
            Assert.Equal(Math.Sqrt(1.25 - Math.Cos(t)), a.RelativeError, 1e-14);
            Assert.Equal(degrees < 89 ? 1 : 0, degrees is > 89 and < 91 ? 0 : a.SignAgreement);
        }

        // An angle whose cosine is 1 to the last digit.
        ArrayComparison small = GradientComparison.Compare(g, Set([-1e-200, 1e-210], new double[6], [0])).Of("nh")!;
        Assert.Equal(1e-10 * 180 / Math.PI, small.Angle, 1e-22);
    }

    [Fact]
    public void WhatDoesNotExistOrCannotBeSaidIsLeftOut()
    {
        ParameterSet<double> g = Set([0, 0], [1, 5, 1, 1, 1, 1], [0]);
        ParameterSet<double> u = Set([0, 1], [-1, 70, -1, 1, -1, -1], [0]);
        ComparisonResult result = GradientComparison.Compare(g, u, [[], [true, false, true, true, true, true], []]);
        ArrayComparison biases = result.Of("nh")!;
        Assert.True(double.IsNaN(biases.Angle) && double.IsNaN(biases.NormRatio) && double.IsNaN(biases.SignAgreement));
        ArrayComparison weights = result.Of("yxh")!;
        Assert.Equal(5, weights.Count);
        Assert.Equal(0.8, weights.SignAgreement, 1e-15);
        Assert.Equal(0.6, weights.Cosine, 1e-15);
        Assert.Null(result.Of("yfixed"));
        Assert.Null(result.Value("warmth", "all"));
        Assert.Contains("    -  ", result.ToTable(), StringComparison.Ordinal);
    }

    [Fact]
    public void EntriesAreReadByPlace()
    {
        ParameterSet<double> g = Set([1, 2], [10, 11, 12, 20, 21, 22], [0]);
        ComparisonResult result = GradientComparison.Compare(g, Set([3, 4], [5, 6, 7, 8, 9, 10], [0])) with
        {
            Theta = g,
            TiedTo = ImmutableDictionary<string, string>.Empty.Add("yhx", "yxh").WithComparers(StringComparer.OrdinalIgnoreCase),
        };
        Assert.Equal(21, result.Entry("gradient", "Yxh", 1, 1));
        Assert.Equal(10, result.Entry("update", "yxh", 1, 2));
        Assert.Equal(12, result.Entry("weight", "yxh", 0, 2));
        Assert.Equal(12, result.Entry("weight", "YHX", 2, 0));
        Assert.Equal(2, result.Entry("gradient", "nh", 1));
        Assert.Null(result.Entry("gradient", "yxh", 2, 0));
        Assert.Null(result.Entry("gradient", "nowhere", 0, 0));
        Assert.Null(result.Entry("warmth", "yxh", 0, 0));
        Assert.Equal(result.Value("cosine", "yxh"), result.Value("cosine", "yhx"));
    }

    [Fact]
    public void TableIsAligned()
    {
        string[] lines = (GradientComparison.Compare(Set([1, 2], [1, 2, 3, 4, 5, 6], [0]), Set([-1, 2], [-1, -2, -3, -4, -5, 6], [0])) with { Rule = "eqprop", Reference = "implicit", Examples = 3 })
            .ToTable().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal("eqprop against implicit: mean over 3 examples", lines[0]);
        Assert.Equal(6, lines.Length);
        Assert.Single(lines.Skip(1).Select(l => l.Length).Distinct());
        Assert.StartsWith("yxh", lines[4], StringComparison.Ordinal);
        Assert.Contains("83.3 %", lines[4], StringComparison.Ordinal);
    }

    /// <summary>The golden angles of ν to minus the gradient, over W: 49.6° and 38.9° for the state rule, 52.8° and 0° for the rate rule.</summary>
    [Theory]
    [InlineData("vfep_tanh_asym.json")]
    [InlineData("vfep_sigmoid_sym.json")]
    public void AnglesOfTheLimitAreGolden(string file)
    {
        var golden = new GoldenNetwork(file, oneBank: true);
        ImmutableArray<ImmutableArray<bool>> exists = FixedPointProblem.MasksOf(golden.Network);
        FixedPointProblem states = golden.Problem();
        var exact = new ImplicitGradient();
        ComparisonResult state = GradientComparison.Compare(exact.Gradient(states).Gradient, NuVector.OfStateRule(states).Gradient, exists);
        Assert.Equal(golden.File.Number("angle_nu_minusgrad_W_deg"), state.Of("yw")!.Angle, 1e-9);
        FixedPointProblem rates = golden.Problem(CostOn.Rates);
        ComparisonResult rate = GradientComparison.Compare(
            exact.Gradient(rates).Gradient,
            NuVector.OfRateRule(golden.Field, golden.Readout(CostOn.Rates), golden.Targets, rates).Gradient,
            exists);
        Assert.Equal(golden.File.Number("rate_rule", "angle_deg"), rate.Of("yw")!.Angle, 1e-6);
        ComparisonResult asymmetric = GradientComparison.Compare(exact.Gradient(states).Gradient, NuVector.OfAsymmetricRule(states).Gradient, exists);
        Assert.InRange(asymmetric.All.Angle, 0, 1e-12);
    }

    /// <summary>Every form of the rule tends to its ν as β → 0: the distance falls as β one-sided and as β² centred.</summary>
    [Theory]
    [InlineData("state", 1)]
    [InlineData("state-centred", 2)]
    [InlineData("rate", 1)]
    [InlineData("rate-centred", 2)]
    [InlineData("asymmetric", 1)]
    [InlineData("asymmetric-centred", 2)]
    public void RulesTendToTheirLimit(string name, int order)
    {
        var golden = new GoldenNetwork("vfep_tanh_asym.json", oneBank: false);
        RuleForm form = RuleForm.All.Single(f => f.Name == name);
        Readout readout = golden.Readout(form.On);
        FixedPointProblem problem = golden.Problem(form.On);
        GradientResult nu = form.Asymmetric ? NuVector.OfAsymmetricRule(problem)
            : form.On == CostOn.Rates ? NuVector.OfRateRule(golden.Field, readout, golden.Targets, problem)
            : NuVector.OfStateRule(problem);
        var settle = new SettleOptions { StepOverTau = 0.5, Tolerance = 1e-14, MaximumSteps = 5000 };
        double[] betas = [0.04, 0.02];
        double[] errors = [.. betas.Select(beta =>
        {
            ComparisonResult r = RuleComparison.Run(golden.Field, readout, golden.Targets, form.Create(golden.Field, readout, beta, 5000, settle), new ImplicitGradient());
            Assert.Equal(1, r.Examples);
            double sum = 0;
            for (int b = 0; b < r.Update.Blocks.Length; b++)
                sum += r.Update.Blocks[b].Zip(nu.Gradient.Blocks[b], (u, v) => (u - v) * (u - v)).Sum();
            return Math.Sqrt(sum);
        })];
        Assert.InRange(Math.Log2(errors[0] / errors[1]), order - 0.1, order + 0.1);
        Assert.InRange(errors[1], 1e-12, order == 1 ? 0.1 : 0.005);
    }

    /// <summary>
    /// The asymmetric form gives minus the gradient whatever the weights, curves, rails and forms of the neurons. Softmax banks in rate form are left out:
    /// there ∂μ/∂W couples a neuron to its whole bank, which no local rule sees.
    /// </summary>
    [Fact]
    public void AsymmetricFormIsExactForAnyNetwork()
    {
        var settle = new SettleOptions { StepOverTau = 0.3, Tolerance = 1e-15, MaximumSteps = 3000 };
        int exact = 0;
        for (int seed = 0; seed < 30; seed++)
        {
            RandomNetwork network = RandomNetwork.Draw(seed, 2, b => b is { Form: NeuronForm.Rate, Activation: Activation.Softmax } ? b with { Form = NeuronForm.Voltage } : b, recurrent: true);
            RateField<double> field = network.Field();
            RateBank bank = network.Layout.Banks[^1];
            var readout = new Readout(bank, 0, bank.Width, Cost.Quadratic, CostOn.States);
            var targets = new Batch<double>(2, bank.Width);
            CounterRandom.ForPath((ulong)seed, "targets").FillUniform(targets.Span);
            RuleForm form = RuleForm.All.Single(f => f.Name == "asymmetric-centred");
            ComparisonResult result = RuleComparison.Run(field, readout, targets, form.Create(field, readout, 1e-3, 3000, settle), new ImplicitGradient());
            Assert.Equal(2, result.Examples);
            if (double.IsNaN(result.All.Angle))
                continue;
            Assert.True(result.All.RelativeError < 1e-4, $"network {seed}: relative error {result.All.RelativeError:E2}, angle {result.All.Angle:F4}°");
            exact++;
        }

        Assert.InRange(exact, 20, 30);
    }

    [Fact]
    public void SweepShowsWhatTheoryTells()
    {
        RateNetwork network = Layered();
        var readout = new Readout(network.Bank("y"), 0, 3, Cost.Quadratic, CostOn.States);
        var inputs = new Batch<double>(2, 4);
        var targets = new Batch<double>(2, 3);
        CounterRandom random = CounterRandom.ForPath(1, "sweep");
        random.FillUniform(inputs.Span);
        random.FillUniform(targets.Span);
        var axes = new SweepAxes
        {
            Forms = ["state", "rate-centred", "asymmetric-centred"],
            Betas = [0.3, 0.01],
            Steps = [5, 800],
            SymmetryDegrees = [0, 90],
            Seeds = [1, 2, 3, 4],
        };
        var settle = new SettleOptions { StepOverTau = 0.5, Tolerance = 1e-13, MaximumSteps = 4000 };
        double last = 0;
        SweepResult result = ComparisonSweep.Run(network, readout, [inputs], targets, axes, settle: settle, done: f => last = f);
        Assert.Equal(1, last);
        Assert.Equal(3 * 2 * 2 * 2, result.Of().Count());
        Assert.Equal(result.Rows.Length, result.Of().Count() * (network.Layout.Blocks.Length + 1));
        MeanWithError Angle(string form, double beta, int steps, double symmetry)
        {
            SweepRow row = result.Of().Single(r => r.Point.Form == form && r.Point.Beta == beta && r.Point.Steps == steps && r.Point.SymmetryDegrees == symmetry);
            Assert.Equal(4, row.Angle.Count);
            return row.Angle;
        }

        // The rate rule is exact for symmetric weights, the asymmetric form for any, both as β → 0 once settled; the state rule for neither here.
        Assert.InRange(Angle("rate-centred", 0.01, 800, 0).Mean, 0, 0.05);
        Assert.InRange(Angle("rate-centred", 0.01, 800, 90).Mean, 10, 90);
        Assert.InRange(Angle("asymmetric-centred", 0.01, 800, 90).Mean, 0, 0.05);
        Assert.InRange(Angle("asymmetric-centred", 0.3, 800, 90).Mean, 0.001, 10);
        Assert.InRange(Angle("asymmetric-centred", 0.01, 5, 90).Mean, 0.5, 90);
        Assert.InRange(Angle("state", 0.01, 800, 90).Mean, 10, 90);
        Assert.InRange(Angle("state", 0.01, 800, 90).StandardError, 0.01, 20);
        string[] csv = result.ToCsv().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(result.Rows.Length + 1, csv.Length);
        Assert.All(csv, line => Assert.Equal(15, line.Count(c => c == ',')));
        Assert.Equal(Angle("state", 0.3, 5, 0).Mean, double.Parse(csv.Single(l => l.StartsWith("state,0.3,5,0,all,", StringComparison.Ordinal)).Split(',')[5], CultureInfo.InvariantCulture));
        Assert.Single(result.ToTable().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => l.Length).Distinct());
    }

    [Fact]
    public void SymmetryIsTheCosineAsked()
    {
        RateNetwork network = Layered(lateral: true);
        foreach (double degrees in new[] { 0.0, 30, 60, 90 })
        {
            ParameterSet<double> theta = network.InitialParameters(5);
            double[] before = (double[])theta["yhy"].Clone();
            Assert.Equal(2, WeightSymmetry.Set(network, theta, degrees, 5));
            Assert.Equal(before, theta["yhy"]);
            var field = new RateField<double>(network, theta);
            AlignmentRecord pair = Alignment.Of(field).Single(a => a.Forward == "yhy");
            Assert.Equal(Math.Cos(degrees * Math.PI / 180), pair.Cosine, 1e-12);
            Assert.Equal(Norm(theta["yhy"]), Norm(theta["yyh"]), 1e-12);
            double[] lateral = theta["yhh"];
            if (degrees == 0)
                Assert.All(Enumerable.Range(0, 36), k => Assert.Equal(lateral[k], lateral[(k % 6 * 6) + (k / 6)], 1e-15));
        }

        static double Norm(double[] w) => Math.Sqrt(w.Sum(x => x * x));
    }

    [Fact]
    public void UnsettledExamplesAreKeptFromBothSides()
    {
        RateNetwork network = Layered();
        var field = new RateField<double>(network, network.InitialParameters(1));
        var readout = new Readout(network.Bank("y"), 0, 3, Cost.Quadratic, CostOn.States);
        var inputs = new Batch<double>(3, 4);
        var targets = new Batch<double>(3, 3);
        CounterRandom.ForPath(1, "x").FillUniform(inputs.Span);
        inputs[1, 2] = double.NaN;
        field.SetInput(0, inputs);
        RuleForm form = RuleForm.All[0];
        var settle = new SettleOptions { Tolerance = 1e-13, MaximumSteps = 4000 };
        ComparisonResult result = RuleComparison.Run(field, readout, targets, form.Create(field, readout, 0.01, 4000, settle), new ImplicitGradient());
        Assert.Equal(2, result.Examples);
        Assert.Equal(1, Assert.Single(result.LeftOut).Example);
        Assert.True(double.IsFinite(result.All.Angle));
        Assert.Same(inputs, field.Input(0));
        Assert.Contains("left out: example 1: not settled", result.ToTable(), StringComparison.Ordinal);
    }

    private static RateNetwork Layered(bool lateral = false)
    {
        var x = new Bus("x", 0, 4);
        NeuronBank Cell(string name, int width) => new() { Name = "n" + name, Bus = new Bus(name, 0, width), Activation = Activation.Tanh, Bias = [.. new double[width]] };
        NeuronBank h = Cell("h", 6);
        NeuronBank y = Cell("y", 3);
        SynapseArray Array(string name, Bus pre, Bus post) => new() { Name = name, Pre = pre, Post = post, Init = new WeightInit.Glorot() };
        ImmutableArray<SynapseArray> arrays = [Array("yxh", x, h.Bus), Array("yhy", h.Bus, y.Bus), Array("yyh", y.Bus, h.Bus)];
        if (lateral)
            arrays = arrays.Add(Array("yhh", h.Bus, h.Bus));
        return RateNetwork.Compile(new Circuit { Banks = [new NeuronBank { Name = "nx", Bus = x, IsInput = true }, h, y], Arrays = arrays });
    }

    private static ParameterSet<double> Set(double[] biases, double[] weights, double[] other)
    {
        var set = new ParameterSet<double>(Layout);
        biases.CopyTo(set.Blocks[0], 0);
        weights.CopyTo(set.Blocks[1], 0);
        other.CopyTo(set.Blocks[2], 0);
        return set;
    }
}
