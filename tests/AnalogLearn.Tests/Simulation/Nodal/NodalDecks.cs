using System.Globalization;
using AnalogLearn.Circuits;
using AnalogLearn.Netlist;
using AnalogLearn.Simulation.Nodal;

namespace AnalogLearn.Tests.Simulation.Nodal;

/// <summary>Decks made ready for the nodal engine.</summary>
internal static class NodalDecks
{
    public static NodalCase Read(string text)
    {
        DeckResult read = DeckReader.Parse(text, "test.cir");
        Assert.True(read.Deck is not null, string.Join('\n', read.Diagnostics));
        return Ready(read.Deck);
    }

    public static NodalCase Open(params string[] path)
    {
        DeckResult read = DeckReader.Parse(File.ReadAllText(Path.Combine([AppContext.BaseDirectory, .. path])), path[^1]);
        Assert.True(read.Deck is not null, string.Join('\n', read.Diagnostics));
        return Ready(read.Deck);
    }

    /// <summary>Columns of a csv file with a header.</summary>
    public static (string[] Names, double[][] Columns) Table(params string[] path)
    {
        string[] lines = File.ReadAllLines(Path.Combine([AppContext.BaseDirectory, .. path]));
        string[] names = lines[0].Split(',');
        double[][] rows = [.. lines.Skip(1).Where(l => l.Length > 0).Select(l => l.Split(',').Select(v => double.Parse(v, CultureInfo.InvariantCulture)).ToArray())];
        return (names, [.. Enumerable.Range(0, names.Length).Select(c => rows.Select(r => r[c]).ToArray())]);
    }

    private static NodalCase Ready(Deck deck)
    {
        var diagnostics = new DiagnosticBag();
        SolverOptions options = SolverOptions.From(deck, diagnostics);
        NodalCircuit? circuit = NodalCircuit.Compile(deck.Circuit, options.Conditions, diagnostics);
        Assert.True(circuit is not null, string.Join('\n', diagnostics));
        return new(deck, circuit, new NodalSystem(circuit), options);
    }
}

internal sealed record NodalCase(Deck Deck, NodalCircuit Circuit, NodalSystem System, SolverOptions Options)
{
    public double[] X { get; } = new double[Circuit.UnknownCount + 1];

    public double this[string name] => X[Circuit.Unknowns.ToList().FindIndex(u => u.Name == name)];

    public OperatingPointReport Solve() => new OperatingPointSolver(System, Options).Solve(X);
}
