using System.Globalization;
using AnalogLearn.Devices.Behavioural;

namespace AnalogLearn.Tests.Devices.Behavioural;

/// <summary>Batches: lanes do not see each other, nothing is allocated, constants can be changed.</summary>
public sealed class BehaviouralBatchTests
{
    private const string Everything =
        "tanh({0}*v(a))+exp({0}*v(b))-sin(v(a)*v(b))*pow(v(a),{0})+(v(a)>{0}?sqrt(v(b)*v(b)):ln(v(a)*v(a)))+log10(1+v(a)**2)+atan2(v(a),v(b))+table(v(a),-3,{0},0,1,3,2)+min(v(a),v(b),{0})+exp(-1e3*v(a)*v(a))";

    [Fact]
    public void Lanes_and_neighbours_change_no_bit()
    {
        var random = new Random(5);
        BehaviouralProgram[] programs = [.. Enumerable.Range(0, 11).Select(_ => BoundExpression.Compile(string.Format(CultureInfo.InvariantCulture, Everything, Math.Round(random.NextDouble() + 0.1, 6))))];
        var batch = new BehaviouralBatch(programs);
        Assert.Equal((11, 3), (batch.Count, batch.Groups * batch.GroupBlocks));
        BehaviouralWorkspace workspace = batch.CreateWorkspace();
        double[] controls = new double[batch.ControlLength];
        double[] slopes = new double[batch.ControlLength];
        double[] values = new double[batch.Count];
        for (int trial = 0; trial < 50; trial++)
        {
            double[][] x = [.. Enumerable.Range(0, 11).Select(_ => (double[])[(random.NextDouble() * 6) - 3, (random.NextDouble() * 6) - 3])];
            for (int i = 0; i < x.Length; i++)
            {
                for (int k = 0; k < 2; k++)
                    controls[batch.Place(i, k)] = x[i][k];
            }

            batch.Evaluate(workspace, controls, default, values, slopes);
            for (int i = 0; i < x.Length; i++)
            {
                (double value, double[] derivatives, _) = BoundExpression.Evaluate(programs[i], x[i]);
                Assert.Equal(BitConverter.DoubleToInt64Bits(value), BitConverter.DoubleToInt64Bits(values[i]));
                for (int k = 0; k < 2; k++)
                    Assert.Equal(BitConverter.DoubleToInt64Bits(derivatives[k]), BitConverter.DoubleToInt64Bits(slopes[batch.Place(i, k)]));
            }
        }
    }

    [Fact]
    public void Evaluation_allocates_nothing()
    {
        var batch = new BehaviouralBatch([BoundExpression.Compile("ln(v(a))/v(b)+tanh(v(a))"), BoundExpression.Compile("ln(v(c))/v(d)+tanh(v(c))")]);
        BehaviouralWorkspace workspace = batch.CreateWorkspace();
        double[] controls = new double[batch.ControlLength];
        double[] slopes = new double[batch.ControlLength];
        double[] values = new double[2];
        controls[batch.Place(0, 0)] = controls[batch.Place(0, 1)] = 0.5;
        Assert.Equal(1, batch.Evaluate(workspace, controls, default, values, slopes));
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int k = 0; k < 100; k++)
            batch.Evaluate(workspace, controls, default, values, slopes);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Fact]
    public void Constants_can_be_changed_and_values_had_alone()
    {
        var batch = new BehaviouralBatch([BoundExpression.Compile("2*v(a)+3")]);
        BehaviouralWorkspace workspace = batch.CreateWorkspace();
        double[] controls = [10, 0, 0, 0];
        double[] values = new double[1];
        batch.Evaluate(workspace, controls, default, values, default);
        Assert.Equal(23, values[0]);
        Assert.Equal([2, 3], batch[0].Constants.ToArray());
        batch.SetConstants(0, [5, -1]);
        double[] slopes = new double[4];
        batch.Evaluate(workspace, controls, default, values, slopes);
        Assert.Equal((49, 5), (values[0], slopes[0]));
    }

    [Fact]
    public void Programs_of_two_structures_make_no_batch() =>
        Assert.Throws<ArgumentException>(() => new BehaviouralBatch([BoundExpression.Compile("v(a)"), BoundExpression.Compile("v(a)+v(b)")]));
}
