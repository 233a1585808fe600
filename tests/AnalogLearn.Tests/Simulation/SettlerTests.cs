using System.Numerics;
using AnalogLearn.Circuits;
using AnalogLearn.Numerics;
using AnalogLearn.Simulation;

namespace AnalogLearn.Tests.Simulation;

public class SettlerTests
{
    public static TheoryData<Activation, NeuronForm> Curves
    {
        get
        {
            var data = new TheoryData<Activation, NeuronForm>();
            foreach (Activation activation in Enum.GetValues<Activation>())
            {
                data.Add(activation, NeuronForm.Voltage);
                data.Add(activation, NeuronForm.Rate);
            }

            return data;
        }
    }

    /// <summary>Euler steps by the definition, with the plain field.</summary>
    private static double[] Plain<T>(RateField<T> field, Batch<T> state, int steps, double stepOverTau, IStateForce<T>? force)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        RateNetwork network = field.Network;
        double shortest = network.Tau.Min();
        var residuals = new double[state.Rows];
        field.Force = force;
        for (int e = 0; e < state.Rows; e++)
        {
            Span<T> s = state.Row(e);
            T[] mu = new T[s.Length];
            for (int step = 0; step <= steps; step++)
            {
                field.Unprojected(e, s, mu);
                residuals[e] = 0;
                for (int i = 0; i < mu.Length; i++)
                {
                    T low = T.CreateChecked(network.ClipLow[i]), high = T.CreateChecked(network.ClipHigh[i]);
                    residuals[e] = Math.Max(residuals[e], double.CreateChecked(T.Abs(T.Min(T.Max(s[i] + mu[i], low), high) - s[i])));
                    if (step < steps)
                        s[i] = T.Min(T.Max(s[i] + (T.CreateChecked(stepOverTau * shortest / network.Tau[i]) * mu[i]), low), high);
                }
            }
        }

        field.Force = null;
        return residuals;
    }

    [Theory]
    [MemberData(nameof(Curves))]
    public void StepsAreThoseOfThePlainField(Activation activation, NeuronForm form)
    {
        const int Examples = 5, Steps = 13;
        RateField<double> field = TestNetworks.Field<double>(TestNetworks.Tangled(activation, form), Examples);
        IStateForce<double>?[] forces =
        [
            null,
            new TestNetworks.Pull<double>(field.Network.Bank("y").Offset, 3, 0.7, 0.1),
            new TestNetworks.Pull<double>(0, field.StateCount, 0.1, 0.1),
            new TestNetworks.Pull<double>(field.Network.Bank("h").Offset + 2, 8, 0.3, 0.2),
        ];
        var settler = new Settler<double>(field);
        foreach (IStateForce<double>? force in forces)
        {
            Batch<double> expected = TestNetworks.Draw<double>(5, Examples, field.StateCount, -0.2, 0.8), actual = expected.Clone();
            double[] residuals = Plain(field, expected, Steps, 0.4, force);
            SettleReport report = settler.Settle(actual, new SettleOptions { MaximumSteps = Steps, StepOverTau = 0.4 }, force);
            for (int k = 0; k < expected.Values.Length; k++)
                Assert.Equal(expected.Values[k], actual.Values[k], 1e-13);
            for (int e = 0; e < Examples; e++)
            {
                Assert.Equal(residuals[e], report.Residuals[e], 1e-13);
                Assert.Equal(Steps, report.Steps[e]);
            }

            Assert.Equal(residuals.Max(), report.LargestResidual, 1e-13);
            Assert.Equal((long)Examples * Steps, report.TotalSteps);
            Assert.Equal(0, report.UnsettledCount);
        }
    }

    private static void Bits<T>(Activation activation, NeuronForm form)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        const int Examples = 29;
        RateField<T> field = TestNetworks.Field<T>(TestNetworks.Tangled(activation, form), Examples);
        Batch<T> start = TestNetworks.Draw<T>(6, Examples, field.StateCount, -0.2, 0.8);
        var force = new TestNetworks.Pull<T>(field.Network.Bank("y").Offset, 3, 0.2, 0.05);
        var options = new SettleOptions { MaximumSteps = 60, StepOverTau = 0.6, Tolerance = 3e-4, ThreadCount = 1 };
        Batch<T> reference = start.Clone();
        SettleReport report = new Settler<T>(field).Settle(reference, options, force);
        int[] steps = report.Steps[..Examples];
        double[] residuals = report.Residuals[..Examples];

        // A tolerance that some reach sooner than others, so that examples leave and others move up.
        Assert.True(steps.Distinct().Count() > 1, "all examples settled at once");
        foreach (RegisterWidth width in (RegisterWidth[])[RegisterWidth.Bits512, RegisterWidth.Bits256, RegisterWidth.Bits128])
        {
            var settler = new Settler<T>(field, width);
            foreach (int threads in (int[])[1, 2, 3])
            {
                Batch<T> state = start.Clone();
                SettleReport other = settler.Settle(state, options with { ThreadCount = threads }, force);
                Assert.Equal(reference.Values, state.Values);
                Assert.Equal(steps, other.Steps[..Examples]);
                Assert.Equal(residuals, other.Residuals[..Examples]);
            }
        }

        // One example at a time.
        var alone = new RateField<T>(field.Network, field.Theta);
        var lone = new Settler<T>(alone);
        for (int e = 0; e < Examples; e++)
        {
            var input = new Batch<T>(1, 7);
            field.Input(0)!.Row(e).CopyTo(input.Span);
            alone.SetInput(0, input);
            var state = new Batch<T>(1, field.StateCount);
            start.Row(e).CopyTo(state.Span);
            lone.Settle(state, options, new Shifted<T>(force, e));
            Assert.Equal(reference.Row(e).ToArray(), state.Values);
        }
    }

    [Theory]
    [MemberData(nameof(Curves))]
    public void BitsDoNotDependOnCompanyThreadsOrRegisters(Activation activation, NeuronForm form)
    {
        Bits<float>(activation, form);
        Bits<double>(activation, form);
    }

    [Fact]
    public void SettledExamplesStopAndTheReportedResidualIsThatOfTheReturnedState()
    {
        const int Examples = 250;
        RateField<double> field = TestNetworks.Field<double>(TestNetworks.Tangled(Activation.Tanh, NeuronForm.Voltage), Examples);
        var state = new Batch<double>(Examples, field.StateCount);
        var options = new SettleOptions { MaximumSteps = 500, Tolerance = 1e-9 };
        var settler = new Settler<double>(field);
        SettleReport report = settler.Settle(state, options);
        Assert.Equal(0, report.UnsettledCount);
        Assert.InRange(report.LargestResidual, 0, 1e-9);
        Assert.True(report.Steps[..Examples].Max() < 500);
        Assert.True(report.Steps[..Examples].Distinct().Count() > 1);
        double[] reported = report.Residuals[..Examples];
        double[] measured = Plain(field, state.Clone(), 0, 0.5, null);
        for (int e = 0; e < Examples; e++)
            Assert.Equal(measured[e], reported[e], 1e-15);

        // Too few steps: said so.
        state.Span.Clear();
        report = settler.Settle(state, options with { MaximumSteps = 3 });
        Assert.Equal(Examples, report.UnsettledCount);
        Assert.Equal(3 * Examples, report.TotalSteps);
    }

    [Fact]
    public void WithoutTheLastLookTheStateIsTheSame()
    {
        RateField<float> field = TestNetworks.Field<float>(TestNetworks.Tangled(Activation.Logistic, NeuronForm.Rate), 4);
        Batch<float> a = new(4, field.StateCount), b = new(4, field.StateCount);
        var settler = new Settler<float>(field);
        settler.Settle(a, new SettleOptions { MaximumSteps = 9 });
        SettleReport report = settler.Settle(b, new SettleOptions { MaximumSteps = 9, MeasureLast = false });
        Assert.Equal(a.Values, b.Values);
        Assert.Equal(9, report.Steps[0]);
        Assert.Equal(36, report.TotalSteps);
    }

    [Fact]
    public void ParametersAndInputsMayChange()
    {
        RateField<double> field = TestNetworks.Field<double>(TestNetworks.Tangled(Activation.Tanh, NeuronForm.Voltage), 3);
        var settler = new Settler<double>(field);
        Batch<double> expected = new(3, field.StateCount), actual = new(3, field.StateCount);
        settler.Settle(actual, new SettleOptions { MaximumSteps = 5 });
        field.SetInput(0, TestNetworks.Draw<double>(77, 1, 7));
        for (int k = 0; k < field.Theta.Blocks.Length; k++)
            field.Theta.Blocks[k][0] += 0.25;
        field.ParametersChanged();
        actual.Span.Clear();
        settler.Settle(actual, new SettleOptions { MaximumSteps = 5 });
        Plain(field, expected, 5, 0.5, null);
        for (int k = 0; k < expected.Values.Length; k++)
            Assert.Equal(expected.Values[k], actual.Values[k], 1e-13);
    }

    [Fact]
    public void NothingIsAllocatedOnceWarm()
    {
        const int Examples = 40;
        RateField<float> field = TestNetworks.Field<float>(TestNetworks.Tangled(Activation.HardSigmoid, NeuronForm.Voltage), Examples);
        var settler = new Settler<float>(field);
        var force = new TestNetworks.Pull<float>(field.Network.Bank("y").Offset, 3, 0.5, 0.02);
        var state = new Batch<float>(Examples, field.StateCount);
        var options = new SettleOptions { MaximumSteps = 30, Tolerance = 1e-5 };

        // Another test may allocate beside this one: what is asked is that some settle of many sees no allocation at all.
        long least = long.MaxValue;
        for (int trial = 0; trial < 200 && least > 0; trial++)
        {
            state.Span.Clear();
            field.ParametersChanged();
            long before = GC.GetTotalAllocatedBytes(precise: true);
            settler.Settle(state, options, force);
            long after = GC.GetTotalAllocatedBytes(precise: true);
            least = Math.Min(least, after - before);
        }

        Assert.Equal(0, least);
    }

    [Fact]
    public void ANumberThatIsNoneIsNotCalledSettled()
    {
        RateField<float> field = TestNetworks.Field<float>(TestNetworks.Tangled(Activation.HardSigmoid, NeuronForm.Voltage), 3);
        field.Input(0)![1, 2] = float.NaN;
        var state = new Batch<float>(3, field.StateCount);
        SettleReport report = new Settler<float>(field).Settle(state, new SettleOptions { MaximumSteps = 400, Tolerance = 1e-5 });
        Assert.True(double.IsNaN(report.Residuals[1]));
        Assert.True(double.IsNaN(report.LargestResidual));
        Assert.Equal(1, report.UnsettledCount);
        Assert.InRange(report.Residuals[0], 0, 1e-5);
    }

    [Fact]
    public void SettlingStopsWhenCancelled()
    {
        RateField<float> field = TestNetworks.Field<float>(TestNetworks.Tangled(Activation.HardSigmoid, NeuronForm.Voltage), 3);
        using var source = new CancellationTokenSource();
        source.Cancel();
        var settler = new Settler<float>(field);
        var state = new Batch<float>(3, field.StateCount);
        Assert.Throws<OperationCanceledException>(() => settler.Settle(state, new SettleOptions { MaximumSteps = int.MaxValue }, null, source.Token));
        Assert.Equal(3, settler.Settle(state, new SettleOptions { MaximumSteps = 1 }, null, CancellationToken.None).ExampleCount);
    }

    /// <summary>A force that takes its example for another one.</summary>
    private sealed class Shifted<T>(IStateForce<T> inner, int by) : IStateForce<T>
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        public int Offset => inner.Offset;

        public int Length => inner.Length;

        public void Add(int example, ReadOnlySpan<T> state, Span<T> drive) => inner.Add(example + by, state, drive);

        public void AddJacobian(int example, ReadOnlySpan<T> state, ReadOnlySpan<T> direction, Span<T> result, bool transposed) =>
            inner.AddJacobian(example + by, state, direction, result, transposed);
    }
}
