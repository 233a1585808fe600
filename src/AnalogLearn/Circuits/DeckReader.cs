using System.Collections.Immutable;
using System.Text;
using AnalogLearn.Netlist;

namespace AnalogLearn.Circuits;

/// <summary>How a deck is read.</summary>
public sealed record DeckReadOptions
{
    /// <summary>Overrides of <c>.param</c> cards of the top level (<c>--set name=value</c>): numbers or expressions as text, by name in any case.</summary>
    public ImmutableDictionary<string, string> Parameters { get; init; } = ImmutableDictionary<string, string>.Empty;

    /// <summary>Temperature [°C] instead of the deck's own, or null (<c>.step param temp …</c>).</summary>
    public double? Temperature { get; init; }

    /// <summary>Gives the content of a file, or null when there is none. By default the file system.</summary>
    public Func<string, byte[]?> ReadFile { get; init; } = static path => File.Exists(path) ? File.ReadAllBytes(path) : null;

    /// <summary>The seed given from outside (<c>--seed</c>), or null; kept in <see cref="Deck.Seed"/>.</summary>
    public long? Seed { get; init; }

    /// <summary>What random functions in expressions give, or null for their nominal values.</summary>
    internal IExpressionDraws? Draws { get; init; }

    /// <summary>Parameters of synapses and neurons to read as if they were not written, with the spreads behind them: of what they stand on (<c>.model w</c>, <c>yxh</c>), the type, and the name. Null for none.</summary>
    internal Func<string, string, string, bool>? Without { get; init; }

    /// <summary>Errors beyond this many are counted and not kept.</summary>
    public int MaximumErrors { get; init; } = 100;

    /// <summary>The largest number of elements after subcircuits and buses are expanded.</summary>
    public int MaximumElements { get; init; } = 4_000_000;
}

/// <summary>What reading a deck gave.</summary>
/// <param name="Deck">The deck, or null when there are errors.</param>
/// <param name="Diagnostics">What is wrong or worth knowing, in order of place.</param>
/// <param name="SyntaxTree">The deck file's tree, whatever is wrong with it.</param>
public sealed record DeckResult(Deck? Deck, DiagnosticBag Diagnostics, SyntaxTree SyntaxTree);

/// <summary>Reads decks: text → syntax tree → <see cref="Deck"/>.</summary>
public static class DeckReader
{
    /// <summary>Reads a deck from a file.</summary>
    /// <param name="path">Its path.</param>
    /// <param name="options">How, or null for the defaults.</param>
    /// <returns>The deck and the diagnostics; a file that cannot be read is one of these.</returns>
    public static DeckResult Read(string path, DeckReadOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(path);
        options ??= new();
        byte[]? content;
        try
        {
            content = options.ReadFile(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            content = null;
        }

        if (content is not null)
            return Elaborate(path, Encoding.UTF8.GetString(content), content, options);
        var bag = new DiagnosticBag();
        bag.Error(Codes.MissingFile, SourceSpan.None, $"the deck '{path}' cannot be read", "check the path");
        return new(null, bag, new SyntaxTree(new SourceText(path, string.Empty), string.Empty, [], 0));
    }

    /// <summary>Reads a deck that is at hand as text.</summary>
    /// <param name="text">The text, the title in its first line.</param>
    /// <param name="path">The path that diagnostics print and that includes are relative to.</param>
    /// <param name="options">How, or null for the defaults.</param>
    /// <returns>The deck and the diagnostics.</returns>
    public static DeckResult Parse(string text, string path = "deck.cir", DeckReadOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(text);
        ArgumentNullException.ThrowIfNull(path);
        return Elaborate(path, text, null, options ?? new());
    }

    private static DeckResult Elaborate(string path, string text, byte[]? content, DeckReadOptions options)
    {
        var diagnostics = new DiagnosticBag { MaximumErrors = options.MaximumErrors };
        SyntaxTree tree = NetlistParser.Parse(new SourceText(path, text), diagnostics);
        var loader = new SourceLoader(options.ReadFile, diagnostics);
        loader.Remember(path, content ?? Encoding.UTF8.GetBytes(text));
        Deck deck = new Elaborator(options, loader, diagnostics).Run(tree) with
        {
            Redraw = draws => Elaborate(path, text, content, options with { Draws = draws }),
            ReadWithout = without => Elaborate(path, text, content, options with { Without = without }),
        };
        return new(diagnostics.HasErrors ? null : deck, diagnostics.InOrder(), tree);
    }
}
