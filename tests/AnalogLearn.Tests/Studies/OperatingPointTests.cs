using AnalogLearn.Circuits;
using AnalogLearn.Studies;

namespace AnalogLearn.Tests.Studies;

public sealed class OperatingPointTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void ALinearNeuronSettlesWhereTheFormulaSays()
    {
        // s = w x + b with w = 2, x = 0.5, b = 0.25.
        DeckRun run = Open("""
            one neuron
            .model cell neuron(c=1n g=1u rho=linear)
            Nx x[0:0] input
            Ns s[0:0] cell bias=0.25
            Yx x s w init=2
            .model w synapse()
            Vx x[0] 0 DC 0.5
            .op
            .measure op v0 param='v(s[0])'
            .measure op twice param='2*v0 + v(x[0])'
            """);
        Assert.Equal(RunStatus.Done, run.Run());
        Assert.Equal(1.25, run.Results.OperatingPoint!.Voltage("s_0")!.Value, 14);
        Assert.Equal([1.25, 3.0], run.Results.Measures.Select(m => m.Value).Select(v => Math.Round(v, 13)));
    }

    [Fact]
    public void TheFixedPointOfARecurrentCircuitSatisfiesItsEquationToRounding()
    {
        DeckRun run = Open(SmallDecks.ThreeNeurons(".op"));
        OperatingPoint point = run.SolveOperatingPoint();
        double[] b = [0.4, -0.1, 0.05];
        double[] q = [1.0, 0.5, -0.5];
        double[][] w = [[0, 0.7, -0.4], [0.7, 0, 0.5], [-0.4, 0.5, 0]];
        double[] s = [.. point.State];
        for (int i = 0; i < 3; i++)
        {
            double right = b[i] + (q[i] * 0.5);
            for (int j = 0; j < 3; j++)
                right += w[i][j] * Math.Tanh(s[j]);
            Assert.Equal(right, s[i], 14);
        }

        Assert.True(point.IsSettled);
    }

    [Fact]
    public void ACircuitThatOscillatesIsNotSimulatedAndNamesItsNode()
    {
        // A ring of two strongly and oppositely coupled neurons turns for ever.
        DeckRun run = Open("""
            oscillator
            .model cell neuron(c=1n g=1u rho=tanh gain=4)
            .model w synapse()
            Ns s[0:1] cell bias=0.1
            Ys s s w init=[[2, -3],[3, 2]]
            .op
            """);
        Assert.Equal(RunStatus.NotSimulated, run.Run());
        Assert.False(run.Results.OperatingPoint!.IsSettled);
        Assert.Contains("s_", run.Results.Trouble, StringComparison.Ordinal);
        Assert.Contains("residual", run.Results.Trouble, StringComparison.Ordinal);
    }

    [Fact]
    public void AnExampleOfTheDataSetHoldsTheInputsWhereNoSourceDoes()
    {
        DeckRun run = Open("""
            data
            .model cell neuron(c=1n g=1u rho=linear)
            .model w synapse()
            Nx x[0:1] input
            Ns s[0:0] cell bias=0
            Yx x s w init=[[1, 10]]
            .dataset d inline(x=[[1,2],[3,4]] y=[[0],[1]]) input=x target=s
            .options example=1
            .op
            """);
        Assert.Equal(RunStatus.Done, run.Run());
        Assert.Equal(43, run.Results.OperatingPoint!.Voltage("s_0")!.Value, 12);
    }

    private DeckRun Open(string text)
    {
        DeckResult read = DeckReader.Parse(text);
        Assert.True(read.Deck is not null, string.Join("\n", read.Diagnostics));
        DeckRun run = DeckRun.Of(read.Deck, new RunSettings { Folder = _folder.Path });
        Assert.True(run.Bind(), string.Join("\n", run.Diagnostics));
        return run;
    }
}
