using System.Collections.Immutable;
using AnalogLearn.Netlist;

namespace AnalogLearn.Circuits;

/// <summary>An elaborated deck: the circuit, and every card that says what to do with it, its expressions evaluated.</summary>
public sealed record Deck
{
    /// <summary>The deck's path as the user typed it.</summary>
    public string Path { get; init; } = string.Empty;

    /// <summary>The circuit.</summary>
    public required Circuit Circuit { get; init; }

    /// <summary><c>.options</c>, lower-case names.</summary>
    public ImmutableDictionary<string, Argument> Options { get; init; } = ImmutableDictionary<string, Argument>.Empty;

    /// <summary><c>.param</c> of the top level, evaluated, lower-case names (overrides of <c>--set</c> applied).</summary>
    public ImmutableDictionary<string, double> Parameters { get; init; } = ImmutableDictionary<string, double>.Empty;

    /// <summary>Every other dot card, in order of the deck.</summary>
    public ImmutableArray<Card> Cards { get; init; } = [];

    /// <summary>The places of random functions in expressions; each gave its nominal value unless the deck is that of a fabricated chip.</summary>
    public ImmutableArray<RandomTerm> RandomTerms { get; init; } = [];

    /// <summary>Elaborates the same text again with random functions drawn; null for decks that were built in code.</summary>
    internal Func<IExpressionDraws, DeckResult>? Redraw { get; init; }

    /// <summary>Elaborates the same text again without some parameters of synapses and neurons (<see cref="DeckReadOptions.Without"/>); null for decks that were built in code.</summary>
    internal Func<Func<string, string, string, bool>, DeckResult>? ReadWithout { get; init; }

    /// <summary>The seed given from outside, or null.</summary>
    public long? Seed { get; init; }

    /// <summary>Every file that was read (the deck, includes, libraries, weight and bias files), with its SHA-256, for <c>run.json</c>.</summary>
    public ImmutableArray<SourceFile> Files { get; init; } = [];

    /// <summary>The cards of one type.</summary>
    /// <typeparam name="TCard">The type.</typeparam>
    public IEnumerable<TCard> All<TCard>()
        where TCard : Card => Cards.OfType<TCard>();
}

/// <summary>A random function (<c>agauss gauss aunif unif limit</c>) in an expression.</summary>
/// <param name="Function">The function's name.</param>
/// <param name="Span">Where it stands.</param>
public sealed record RandomTerm(string Function, SourceSpan Span);

/// <summary>A file that went into a deck.</summary>
/// <param name="Path">Its path.</param>
/// <param name="Sha256">Its SHA-256, lower-case hexadecimal.</param>
public sealed record SourceFile(string Path, string Sha256);

/// <summary>A dot card.</summary>
/// <param name="Span">Where it stands.</param>
public abstract record Card(SourceSpan Span);

/// <summary><c>.dataset name kind(...) input=bus target=bus [train=n test=n batch=n]</c>.</summary>
/// <param name="Name">Lower-case name.</param>
/// <param name="Kind">The kind and its arguments.</param>
/// <param name="Input">The buses that receive the inputs, in order (usually one).</param>
/// <param name="Target">The bus that the targets belong to (a whole bus or a slice <c>y[0]</c>).</param>
/// <param name="Arguments">Further arguments (train, test, batch …).</param>
/// <param name="Span">Where it stands.</param>
public sealed record DataSetCard(string Name, Call Kind, ImmutableArray<BusSlice> Input, BusSlice Target, ImmutableArray<Argument> Arguments, SourceSpan Span) : Card(Span);

/// <summary>Part of a bus, or the whole.</summary>
/// <param name="Bus">The bus.</param>
/// <param name="Start">The first node's place in the bus, from 0.</param>
/// <param name="Count">How many nodes.</param>
/// <param name="Span">Where it stands.</param>
public sealed record BusSlice(Bus Bus, int Start, int Count, SourceSpan Span);

/// <summary><c>.learn rule(...) [out=bus] [minus=bus] [rate Y=value ...]</c>.</summary>
/// <param name="Rule">The rule and its arguments.</param>
/// <param name="Output">The bus that is nudged, or null for the data set's target.</param>
/// <param name="Rates">Learning rate by element name (lower case).</param>
/// <param name="Arguments">Further arguments.</param>
/// <param name="Span">Where it stands.</param>
public sealed record LearnCard(Call Rule, BusSlice? Output, ImmutableDictionary<string, Argument> Rates, ImmutableArray<Argument> Arguments, SourceSpan Span) : Card(Span)
{
    /// <summary>The bus against which the outputs are taken (<c>minus=yn</c>: node k of <c>out</c> minus node k of it), or null for ground.</summary>
    public BusSlice? Minus { get; init; }
}

/// <summary><c>.train epochs=… batch=… seed=… [optimizer=sgd|adam] [until=…]</c>.</summary>
/// <param name="Arguments">The arguments.</param>
/// <param name="Span">Where it stands.</param>
public sealed record TrainCard(ImmutableArray<Argument> Arguments, SourceSpan Span) : Card(Span);

/// <summary><c>.compare reference [against=rule] [examples=n]</c>.</summary>
/// <param name="Reference">The exact reference.</param>
/// <param name="Against">The local rule, or null for the one of <c>.learn</c>.</param>
/// <param name="Arguments">Further arguments.</param>
/// <param name="Span">Where it stands.</param>
public sealed record CompareCard(Call Reference, Call? Against, ImmutableArray<Argument> Arguments, SourceSpan Span) : Card(Span);

/// <summary><c>.export kind file=…</c>.</summary>
/// <param name="Kind">onnx, npz, spice or csv.</param>
/// <param name="File">The file's name, or null for the default.</param>
/// <param name="Arguments">Further arguments.</param>
/// <param name="Span">Where it stands.</param>
public sealed record ExportCard(string Kind, string? File, ImmutableArray<Argument> Arguments, SourceSpan Span) : Card(Span);

/// <summary><c>.measure analysis name …</c>.</summary>
/// <param name="Analysis">op, tran, train, compare, dc, ac …</param>
/// <param name="Name">The measure's name, as written.</param>
/// <param name="Words">What follows: the measure's own words and its arguments, unevaluated names as text.</param>
/// <param name="Span">Where it stands.</param>
public sealed record MeasureCard(string Analysis, string Name, ImmutableArray<Argument> Words, SourceSpan Span) : Card(Span);

/// <summary><c>.tran step stop [start [max]] [uic]</c>.</summary>
/// <param name="Step">Output step [s].</param>
/// <param name="Stop">End [s].</param>
/// <param name="Start">Start of what is kept [s].</param>
/// <param name="MaximumStep">Largest step [s], or null.</param>
/// <param name="UseInitialConditions">Whether to start from <c>.ic</c> without an operating point.</param>
/// <param name="Span">Where it stands.</param>
public sealed record TransientCard(double Step, double Stop, double Start, double? MaximumStep, bool UseInitialConditions, SourceSpan Span) : Card(Span);

/// <summary><c>.op</c>.</summary>
/// <param name="Span">Where it stands.</param>
public sealed record OperatingPointCard(SourceSpan Span) : Card(Span);

/// <summary><c>.save</c>, <c>.print</c> or <c>.plot</c>: which quantities are kept, printed or drawn.</summary>
/// <param name="Action">save, print or plot.</param>
/// <param name="Analysis">The analysis, or null for all.</param>
/// <param name="Quantities">As written: <c>v(h[3])</c>, <c>weights(yxh)</c>, …</param>
/// <param name="Span">Where it stands.</param>
public sealed record OutputCard(string Action, string? Analysis, ImmutableArray<TextValue> Quantities, SourceSpan Span) : Card(Span);

/// <summary>A card that is understood as text but whose work belongs to an engine or a study: <c>.dc .ac .noise .tf .sens .step .mc …</c>.</summary>
/// <param name="Name">Its name without the dot, lower case.</param>
/// <param name="Arguments">Its arguments.</param>
/// <param name="Span">Where it stands.</param>
public sealed record OtherCard(string Name, ImmutableArray<Argument> Arguments, SourceSpan Span) : Card(Span);
