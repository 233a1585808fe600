using AnalogLearn.Netlist;
using AnalogLearn.Tests.Cli;
using AnalogLearn.Tests.Studies;

namespace AnalogLearn.Tests.Netlist;

/// <summary>One thing is not several.</summary>
public sealed class AmountTests
{
    [Theory]
    [InlineData(0, "chip", null, "0 chips")]
    [InlineData(1, "chip", null, "1 chip")]
    [InlineData(12, "chip", null, "12 chips")]
    [InlineData(1, "quantity", "quantities", "1 quantity")]
    [InlineData(2, "quantity", "quantities", "2 quantities")]
    public void ANumberAndItsNoun(long count, string one, string? several, string said) => Assert.Equal(said, Amount.Of(count, one, several));

    /// <summary>Of one chip, one epoch, one neuron nothing is said in the plural.</summary>
    [Fact]
    public void OneOfEachIsSaidInTheSingular()
    {
        using var folder = new TemporaryFolder();
        string deck = folder.File(
            "one.cir",
            "one\n.model cell neuron(c=1n g=1u rho=linear gain=1 DEV=1%)\n.model w synapse()\nNx x[0:0] input\nNy y[0:0] cell\nYxy x y w init=0\n.dataset d inline(x=[[1]] y=[[0.5]]) input=x target=y\n"
            + ".learn eqprop(beta=0.1) out=y\n.train epochs=1 batch=1 rate=0.1\n.measure train cost param='train_cost'\n.mc 1 seed=1 spec=\"cost<9\"\n");
        foreach (string[] words in new string[][] { ["check", deck], ["run", deck, "--chip", "1", "--out", Path.Combine(folder.Path, "a")], ["mc", deck, "--out", Path.Combine(folder.Path, "b")] })
        {
            ProgramRun run = ProgramRun.Of(words);
            Assert.DoesNotMatch(@"(?<![\d.])1 (chips|epochs|nodes|elements|neurons|synapses|parameters|examples|draws|rows|points|runs|steps|quantities)\b", run.Output + run.Error);
        }
    }
}
