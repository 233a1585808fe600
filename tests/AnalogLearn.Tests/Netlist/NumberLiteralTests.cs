using AnalogLearn.Netlist;

namespace AnalogLearn.Tests.Netlist;

public sealed class NumberLiteralTests
{
    [Theory]
    [InlineData("10", 10)]
    [InlineData("-3.5", -3.5)]
    [InlineData(".5", 0.5)]
    [InlineData("5.", 5)]
    [InlineData("1e-9", 1e-9)]
    [InlineData("1.5e+3", 1500)]
    [InlineData("1E3k", 1e6)]
    [InlineData("2f", 2e-15)]
    [InlineData("2p", 2e-12)]
    [InlineData("2n", 2e-9)]
    [InlineData("2u", 2e-6)]
    [InlineData("2m", 2e-3)]
    [InlineData("2M", 2e-3)]
    [InlineData("2k", 2e3)]
    [InlineData("2meg", 2e6)]
    [InlineData("2MEG", 2e6)]
    [InlineData("2g", 2e9)]
    [InlineData("2t", 2e12)]
    [InlineData("10mil", 254e-6)]
    [InlineData("5%", 0.05)]
    [InlineData("10kOhm", 1e4)]
    [InlineData("500mOhm", 0.5)]
    [InlineData("0.003MEGohm", 3000)]
    [InlineData("10V", 10)]
    [InlineData("10A", 10)]
    [InlineData("3uF", 3e-6)]
    [InlineData("5mH", 5e-3)]
    [InlineData("50Hz", 50)]
    [InlineData("1usec", 1e-6)]
    public void Reads(string text, double value)
    {
        Assert.True(NumberLiteral.TryParse(text, out double read, out _));
        Assert.Equal(value, read);
    }

    [Theory]
    [InlineData("10q", 2)]
    [InlineData("1.2.3", 3)]
    [InlineData("3farad", 1)]
    [InlineData("abc", 0)]
    [InlineData("-", 0)]
    [InlineData("", 0)]
    [InlineData(".", 0)]
    [InlineData("1k5", 2)]
    [InlineData("2meg3", 4)]
    public void Refuses(string text, int place)
    {
        Assert.False(NumberLiteral.TryParse(text, out _, out int error));
        Assert.Equal(place, error);
    }

    [Fact]
    public void ASuffixGivesTheNearestDouble()
    {
        // As if the exponent had been written: no rounding of 27 × 1e-6.
        Assert.True(NumberLiteral.TryParse("27u", out double value, out _));
        Assert.Equal(27e-6, value);
        Assert.True(NumberLiteral.TryParse("0.3p", out value, out _));
        Assert.Equal(0.3e-12, value);
    }
}
