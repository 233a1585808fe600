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

    /// <summary>A letter left out is likelier than a wrong one, in whatever order the names stand; equally near names are all asked for.</summary>
    [Fact]
    public void AmongEquallyNearNamesTheOneWithALetterMoreIsFirst()
    {
        string[] options = ["--set", "--json", "--seed", "--threads"];
        Assert.Equal("--seed", NameSuggestion.Nearest("--sed", options));
        Assert.Equal("did you mean '--seed' or '--set'?", NameSuggestion.Question("--sed", options));
        Assert.Equal("did you mean '--seed' or '--set'?", NameSuggestion.Question("--sed", options.Reverse()));
        Assert.Equal("did you mean '--set'?", NameSuggestion.Question("--sett", options));
        Assert.Equal("did you mean 'a1', 'a2' or 'a3'?", NameSuggestion.Question("a0", ["a1", "a2", "a3", "a4"]));
        Assert.Null(NameSuggestion.Question("--frobnicate", options));
    }
}
