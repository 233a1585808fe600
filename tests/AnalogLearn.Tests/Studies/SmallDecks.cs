using AnalogLearn.Studies;

namespace AnalogLearn.Tests.Studies;

/// <summary>Decks that run in a moment.</summary>
internal static class SmallDecks
{
    public static CircuitBuilder Digits(int epochs, int train = 200, int hidden = 16) => new CircuitBuilder("digits-small")
        .Input("x", 196)
        .Neurons("h", hidden, clip: (0, 1))
        .Neurons("y", 10, clip: (0, 1))
        .Synapses("yxh", "x", "h")
        .Synapses("yhy", "h", "y")
        .Synapses("yyh", "y", "h")
        .Data("digits", "x", "y", train, 100, ("size", 14.0))
        .Learn("eqprop", ("beta", 0.5), ("free", 10e-3), ("nudge", 5e-3))
        .Rate("yxh", 0.2).Rate("yhy", 0.1).Rate("yyh", 0.02)
        .Train(epochs, batch: 20, seed: 3);

    public static string DigitsText(int epochs, int train = 200, string more = "") => $"""
        Drawn digits, small
        .param epochs={epochs}
        .model cell neuron(c=1n g=1u rho=hardsigmoid clip=0,1)
        .model w synapse(init=glorot)
        Nx x[0:195] input
        Nh h[0:15] cell
        Ny y[0:9] cell
        Yxh x h w
        Yhy h y w
        Yyh y h w
        .dataset digits digits(size=14) input=x target=y train={train} test=100
        .learn eqprop(beta=0.5 free=10m nudge=5m) out=y rate Yxh=0.2 Yhy=0.1 Yyh=0.02
        .train epochs=(({"{epochs}"})) batch=20 seed=3
        {more}
        .end
        """.Replace("(({epochs}))", "{epochs}", StringComparison.Ordinal);

    /// <summary>Three tanh neurons with lateral synapses; symmetric, so that the fixed point is easy to have by hand.</summary>
    public static string ThreeNeurons(string more) => $"""
        Three neurons
        .model cell neuron(c=1n g=1u rho=tanh)
        .model w synapse()
        Nx x[0:0] input
        Ns s[0:2] cell bias=[0.4, -0.1, 0.05]
        Yx x s w init=[[1.0],[0.5],[-0.5]]
        Ys s s w init=[[0, 0.7, -0.4],[0.7, 0, 0.5],[-0.4, 0.5, 0]]
        Vx x[0] 0 DC 0.5
        {more}
        .end
        """;
}

/// <summary>A folder that is gone when the test is.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public TemporaryFolder() => Directory.CreateDirectory(Path);

    public string Path { get; } = System.IO.Path.Combine(System.IO.Path.GetTempPath(), "analoglearn-tests-" + Guid.NewGuid().ToString("N"));

    public string File(string name, string? content = null)
    {
        string path = System.IO.Path.Combine(Path, name);
        if (content is not null)
            System.IO.File.WriteAllText(path, content);
        return path;
    }

    public void Dispose()
    {
        try
        {
            Directory.Delete(Path, recursive: true);
        }
        catch (IOException)
        {
            // Another process may still hold a file; the system's temporary folder is cleaned elsewhere.
        }
    }
}
