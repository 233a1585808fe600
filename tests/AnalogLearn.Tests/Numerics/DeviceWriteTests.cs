using System.Collections.Immutable;
using System.Numerics;
using AnalogLearn.Circuits;
using AnalogLearn.Numerics;

namespace AnalogLearn.Tests.Numerics;

/// <summary>The kernel that writes into the devices of an array against the devices' own equations, one synapse at a time.</summary>
public class DeviceWriteTests
{
    [Theory]
    [InlineData(1, false, false)]
    [InlineData(4, true, false)]
    [InlineData(31, false, false)]
    [InlineData(64, true, false)]
    [InlineData(67, true, true)]
    public void Every_bit_is_that_of_the_devices_equations(int count, bool withOffset, bool withMask)
    {
        Holds<float>(count, withOffset, withMask);
        Holds<double>(count, withOffset, withMask);
    }

    [Fact]
    public void Shapes_that_do_not_fit_are_refused() =>
        Assert.Throws<ArgumentException>(() => DeviceWrite.Move<float>(new float[3], new float[3], 1, new double[3], new double[2], [], -1, 1, []));

    private static void Holds<T>(int count, bool withOffset, bool withMask)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var random = new Random(count);
        ImmutableArray<double> Draw(double middle, double spread) => [.. Enumerable.Range(0, count).Select(_ => middle + (spread * ((2 * random.NextDouble()) - 1)))];
        var devices = new SynapseDevices(Draw(1, 0.2), Draw(0.9, 0.2), withOffset ? Draw(0, 0.1) : []);
        ImmutableArray<double> drawn = Draw(0, 1.5), asked = Draw(0, 1);
        T[] weights = [.. drawn.Select(T.CreateChecked)], change = [.. asked.Select(T.CreateChecked)];
        weights[0] = T.Zero;
        bool[] mask = withMask ? [.. Enumerable.Range(0, count).Select(k => k % 3 != 0)] : [];
        T[] expected = (T[])weights.Clone();
        for (int k = 0; k < count; k++)
        {
            if (withMask && !mask[k])
                continue;
            double written = devices.Written(k, double.CreateChecked(weights[k])) + (0.3 * double.CreateChecked(change[k]));
            expected[k] = T.CreateChecked(devices.Weight(k, Math.Clamp(written, -1, 1)));
        }

        DeviceWrite.Move(weights.AsSpan(), change, 0.3, devices.Plus.AsSpan(), devices.Minus.AsSpan(), devices.Offset.AsSpan(), -1, 1, mask);
        Assert.Equal(expected, weights);
    }
}
