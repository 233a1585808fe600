using AnalogLearn.Plots;

namespace AnalogLearn.Tests.Plots;

public class TicksTests
{
    public static TheoryData<double, double, int, double[]> LinearCases => new()
    {
        { 0, 1, 6, [0, 0.2, 0.4, 0.6, 0.8, 1] },
        { 0, 1, 11, [0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1] },
        { 0, 1, 5, [0, 0.5, 1] },
        { -3.2, 4.7, 5, [-2, 0, 2, 4] },
        { 0.0123, 0.0179, 4, [0.014, 0.016] },
        { 99, 1001, 3, [500, 1000] },
        { 1e9, 1.4e9, 5, [1e9, 1.1e9, 1.2e9, 1.3e9, 1.4e9] },
        { 1, 1, 5, [] },
    };

    [Theory]
    [MemberData(nameof(LinearCases))]
    public void Linear_ticks_are_multiples_of_1_2_5(double low, double high, int most, double[] expected) => Assert.Equal(expected, Ticks.Linear(low, high, most));

    [Theory]
    [InlineData(-4.5e-8, 4.1e-8)]
    [InlineData(4.4, 93)]
    [InlineData(0.3, 0.99)]
    public void AShortAxisHasMoreThanOneNumber(double minimum, double maximum)
    {
        Assert.InRange(Ticks.Linear(minimum, maximum, 2).Count, 2, 5);
        Assert.InRange(Ticks.For(new Axis("angle", "°"), minimum * 90, maximum * 90, 2).Major.Count, 2, 5);
    }

    [Fact]
    public void Linear_ticks_never_exceed_the_wanted_number_or_five_and_stay_inside()
    {
        var random = new Random(7);
        for (int trial = 0; trial < 2000; trial++)
        {
            double low = (random.NextDouble() - 0.5) * Math.Pow(10, random.Next(-12, 12));
            double high = low + (random.NextDouble() * Math.Pow(10, random.Next(-6, 9)) * Math.Max(1e-9, Math.Abs(low)));
            int most = random.Next(2, 12);
            IReadOnlyList<double> ticks = Ticks.Linear(low, high, most);
            Assert.True(ticks.Count <= Math.Max(most, 5));
            double slack = 1e-6 * (high - low);
            Assert.All(ticks, t => Assert.InRange(t, low - slack, high + slack));
            if (most >= 5)
                Assert.True(ticks.Count >= 2, $"{low} … {high}, {most}");
            for (int k = 2; k < ticks.Count; k++)
                Assert.Equal(ticks[1] - ticks[0], ticks[k] - ticks[k - 1], 1e-6 * (high - low));
        }
    }

    [Fact]
    public void Whole_number_ticks_have_whole_steps() => Assert.Equal([1.0, 2, 3], Ticks.Linear(1, 3, 9, wholeNumbers: true));

    public static TheoryData<double, double, int, double[]> LogarithmicCases => new()
    {
        { 1e-3, 1e2, 9, [1e-3, 1e-2, 1e-1, 1, 10, 100] },
        { 0.5e-3, 1.5e2, 9, [1e-3, 1e-2, 1e-1, 1, 10, 100] },
        { 1e-9, 1e9, 8, [1e-9, 1e-6, 1e-3, 1, 1e3, 1e6, 1e9] },
        { 0.2, 6, 9, [0.2, 0.5, 1, 2, 5] },
        { 3, 4.2, 4, [3, 3.5, 4] },
        { 0, 4, 4, [] },
    };

    [Theory]
    [MemberData(nameof(LogarithmicCases))]
    public void Logarithmic_ticks_are_powers_of_ten(double low, double high, int most, double[] expected) => Assert.Equal(expected, Ticks.Logarithmic(low, high, most));

    [Fact]
    public void Minor_logarithmic_ticks_fill_the_decade() => Assert.Equal([2.0, 3, 4, 5, 6, 7, 8, 9], Ticks.LogarithmicMinor(1, 10, [1, 10]));

    [Fact]
    public void Symmetric_logarithmic_ticks_mirror_about_zero()
    {
        Assert.Equal([-100.0, -10, -1, 0, 1, 10, 100], Ticks.SymmetricLogarithmic(-200, 200, 1, 9));
        Assert.Equal([-100.0, 0, 100], Ticks.SymmetricLogarithmic(-200, 200, 1, 4));
    }

    [Fact]
    public void Labels_take_the_prefix_of_the_axis()
    {
        AxisTicks ticks = Ticks.For(new("time", "s"), 0, 0.03, 7);
        Assert.Equal("time [ms]", ticks.AxisLabel);
        Assert.Equal(["0", "5", "10", "15", "20", "25", "30"], ticks.Major.Select(t => t.Label));
        AxisTicks decades = Ticks.For(new("time", "s") { Scale = AxisScale.Logarithmic }, 1e-6, 1e-2, 9);
        Assert.Equal("time", decades.AxisLabel);
        Assert.Equal(["1 µs", "10 µs", "100 µs", "1 ms", "10 ms"], decades.Major.Select(t => t.Label));
    }

    [Fact]
    public void Large_and_small_pure_numbers_carry_a_power_on_the_axis()
    {
        Assert.Equal("examples [×10^{3}]", Ticks.For(new("examples"), 0, 300000, 4).AxisLabel);
        Assert.Equal("residual [×10^{−6}]", Ticks.For(new("residual"), 0, 5e-6, 6).AxisLabel);
        Assert.Equal("error [%]", Ticks.For(new("error", "%"), 0, 5, 6).AxisLabel);
    }

    [Fact]
    public void Negative_labels_have_a_true_minus_and_equal_decimals() => Assert.Equal(["−0.5", "0", "0.5", "1.0"], Ticks.For(new("cosine"), -0.6, 1.1, 5).Major.Select(t => t.Label));

    [Fact]
    public void Angles_step_by_parts_of_a_right_angle() => Assert.Equal([0.0, 30, 60, 90], Ticks.For(new("angle", "°"), 0, 95, 5).Major.Select(t => t.Value));

    [Theory]
    [InlineData(0.01, "s", "10 ms")]
    [InlineData(4700, "Ω", "4.7 kΩ")]
    [InlineData(999.99e-6, "A", "1 mA")]
    [InlineData(-2.5e-9, "F", "−2.5 nF")]
    [InlineData(0, "V", "0 V")]
    [InlineData(37.5, "°", "37.5°")]
    [InlineData(2.22, "%", "2.22 %")]
    [InlineData(3.2e-7, "", "3.2×10^{−7}")]
    public void Engineering_notation(double value, string unit, string expected) => Assert.Equal(expected, EngineeringNotation.Format(value, unit));
}
