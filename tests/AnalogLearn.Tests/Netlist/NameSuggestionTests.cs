using AnalogLearn.Netlist;

namespace AnalogLearn.Tests.Netlist;

public sealed class NameSuggestionTests
{
    [Theory]
    [InlineData("", "abc", 3)]
    [InlineData("abc", "abc", 0)]
    [InlineData("ABC", "abc", 0)]
    [InlineData("abc", "acb", 1)]
    [InlineData("kitten", "sitting", 3)]
    [InlineData("nueron", "neuron", 1)]
    [InlineData("ca", "abc", 3)]
    public void Distance(string a, string b, int distance) => Assert.Equal(distance, NameSuggestion.Distance(a, b));

    [Fact]
    public void FindsTheNearestAndRefusesTheFar()
    {
        string[] names = ["neuron", "synapse", "input"];
        Assert.Equal("neuron", NameSuggestion.Nearest("nueron", names));
        Assert.Equal("synapse", NameSuggestion.Nearest("synaps", names));
        Assert.Null(NameSuggestion.Nearest("resistor", names));
        Assert.Null(NameSuggestion.Nearest("", names));
        Assert.Null(NameSuggestion.Nearest("x", ["y"]));
    }
}
