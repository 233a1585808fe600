using System.Collections.Immutable;

namespace AnalogLearn.Netlist;

/// <summary>A piece of a line: a word, a quoted text, an expression, a list, a call, or one of these with its name.</summary>
/// <param name="Span">Where it stands.</param>
public abstract record ValueSyntax(SourceSpan Span);

/// <summary>A bare word: a name, a node, a number, a file. Which of them depends on where it stands.</summary>
/// <param name="Span">Where it stands.</param>
public sealed record WordSyntax(SourceSpan Span) : ValueSyntax(Span)
{
    /// <summary>The word as written.</summary>
    public ReadOnlySpan<char> Text => Span.Text;

    /// <summary>Whether the word is this one, in any case.</summary>
    /// <param name="word">The word.</param>
    public bool Is(string word) => Text.Equals(word, StringComparison.OrdinalIgnoreCase);
}

/// <summary>Nodes of a bus: <c>h[3]</c> or <c>h[0:511]</c>.</summary>
/// <param name="Name">Where the bus's name stands.</param>
/// <param name="First">The index, or the first of a range.</param>
/// <param name="Last">The last index of a range, or null.</param>
/// <param name="Span">Where it stands.</param>
public sealed record BusSyntax(SourceSpan Name, ValueSyntax First, ValueSyntax? Last, SourceSpan Span) : ValueSyntax(Span);

/// <summary>A text in double quotes.</summary>
/// <param name="Span">Where it stands, quotes included.</param>
public sealed record QuotedSyntax(SourceSpan Span) : ValueSyntax(Span)
{
    /// <summary>The text between the quotes.</summary>
    public string Text => Span.Length >= 2 ? Span.Text[1..^1].ToString() : string.Empty;
}

/// <summary>An expression in braces or single quotes, or a bare one where the language expects one.</summary>
/// <param name="Expression">The expression.</param>
/// <param name="Open">The opening brace or quote, or 0 when there is none.</param>
/// <param name="Span">Where it stands, braces included.</param>
public sealed record ExpressionValueSyntax(ExpressionSyntax Expression, char Open, SourceSpan Span) : ValueSyntax(Span)
{
    /// <summary>The text without its braces or quotes.</summary>
    public string Text => (Open == '\0' ? Span.Text : Span.Text[1..^1]).Trim().ToString();
}

/// <summary>A list <c>[a, b]</c>, a tuple <c>(a, b)</c>, or values joined by commas.</summary>
/// <param name="Open"><c>[</c>, <c>(</c>, or 0 for values joined by commas.</param>
/// <param name="Items">The items.</param>
/// <param name="Span">Where it stands.</param>
public sealed record ListSyntax(char Open, ImmutableArray<ValueSyntax> Items, SourceSpan Span) : ValueSyntax(Span);

/// <summary>A word with arguments in parentheses.</summary>
/// <param name="Name">Where the word stands.</param>
/// <param name="Items">The arguments.</param>
/// <param name="Span">Where the whole stands.</param>
public sealed record CallSyntax(SourceSpan Name, ImmutableArray<ValueSyntax> Items, SourceSpan Span) : ValueSyntax(Span);

/// <summary><c>name = value</c>.</summary>
/// <param name="Key">The left side: a word, or a call such as <c>v(out)</c>.</param>
/// <param name="Value">The right side.</param>
/// <param name="Span">Where the whole stands.</param>
public sealed record NamedSyntax(ValueSyntax Key, ValueSyntax Value, SourceSpan Span) : ValueSyntax(Span);

/// <summary>One logical line, or a block of them.</summary>
/// <param name="Span">From its first to its last character.</param>
public abstract record StatementSyntax(SourceSpan Span)
{
    /// <summary>Whether something on the line could not be read; it has been diagnosed.</summary>
    public bool IsBroken { get; init; }
}

/// <summary>An element: its name and what follows.</summary>
/// <param name="Name">Where the name stands.</param>
/// <param name="Items">Nodes, model and parameters, in order. When absent, the line is plain: words between blanks, taken apart when someone asks for them.</param>
/// <param name="Span">Where it stands.</param>
public sealed record ElementSyntax(SourceSpan Name, ImmutableArray<ValueSyntax> Items, SourceSpan Span) : StatementSyntax(Span)
{
    private ImmutableArray<ValueSyntax> _items = Items;

    /// <summary>Nodes, model and parameters, in order.</summary>
    public ImmutableArray<ValueSyntax> Items
    {
        get => _items.IsDefault ? _items = Words() : _items;
        init => _items = value;
    }

    /// <summary>Whether the line holds nothing but words and blanks on one physical line.</summary>
    internal bool IsPlain { get; } = Items.IsDefault;

    /// <summary>The element's letter, lower case.</summary>
    public char Letter => char.ToLowerInvariant(Name.Text[0]);

    private ImmutableArray<ValueSyntax> Words()
    {
        var words = ImmutableArray.CreateBuilder<ValueSyntax>();
        ReadOnlySpan<char> text = Span.Text;
        int at = Name.Length;
        while (at < text.Length)
        {
            int length = text[at..].IndexOfAny(' ', '\t');
            int end = length < 0 ? text.Length : at + length;
            if (end > at)
                words.Add(new WordSyntax(Span with { Start = Span.Start + at, Length = end - at }));
            at = end + 1;
        }

        return words.DrainToImmutable();
    }
}

/// <summary>Any dot card that has no node of its own.</summary>
/// <param name="Name">The name without its dot, lower case, synonyms resolved (<c>measure</c> for <c>.meas</c>).</param>
/// <param name="NameSpan">Where the name stands, dot included.</param>
/// <param name="Items">What follows, in order.</param>
/// <param name="Span">Where it stands.</param>
public sealed record CardSyntax(string Name, SourceSpan NameSpan, ImmutableArray<ValueSyntax> Items, SourceSpan Span) : StatementSyntax(Span);

/// <summary><c>.model name type(parameters)</c>.</summary>
/// <param name="Name">Where the model's name stands.</param>
/// <param name="Type">Where the type stands.</param>
/// <param name="Items">The parameters.</param>
/// <param name="Span">Where it stands.</param>
public sealed record ModelSyntax(SourceSpan Name, SourceSpan Type, ImmutableArray<ValueSyntax> Items, SourceSpan Span) : StatementSyntax(Span);

/// <summary><c>.param name=expression …</c>.</summary>
/// <param name="Items">Each a <see cref="NamedSyntax"/> whose value is an <see cref="ExpressionValueSyntax"/>.</param>
/// <param name="Span">Where it stands.</param>
public sealed record ParameterCardSyntax(ImmutableArray<NamedSyntax> Items, SourceSpan Span) : StatementSyntax(Span);

/// <summary><c>.func name(arguments) {expression}</c>.</summary>
/// <param name="Name">Where the name stands.</param>
/// <param name="Parameters">Where the arguments' names stand.</param>
/// <param name="Body">The expression.</param>
/// <param name="Span">Where it stands.</param>
public sealed record FunctionSyntax(SourceSpan Name, ImmutableArray<SourceSpan> Parameters, ExpressionValueSyntax Body, SourceSpan Span) : StatementSyntax(Span);

/// <summary><c>.include "file"</c>, or <c>.lib "file" section</c>.</summary>
/// <param name="File">The file.</param>
/// <param name="Section">The section of a library, or null.</param>
/// <param name="Span">Where it stands.</param>
public sealed record IncludeSyntax(ValueSyntax File, ValueSyntax? Section, SourceSpan Span) : StatementSyntax(Span)
{
    /// <summary>The file as written, without quotes.</summary>
    public string Path => File is QuotedSyntax quoted ? quoted.Text : File.Span.Text.ToString();
}

/// <summary><c>.lib section … .endl</c> inside a library file.</summary>
/// <param name="Name">Where the section's name stands.</param>
/// <param name="Body">The lines between.</param>
/// <param name="Span">Where the opening card stands.</param>
public sealed record LibrarySectionSyntax(SourceSpan Name, ImmutableArray<StatementSyntax> Body, SourceSpan Span) : StatementSyntax(Span);

/// <summary><c>.subckt name ports [name=default …] … .ends</c>.</summary>
/// <param name="Name">Where the name stands.</param>
/// <param name="Ports">The ports.</param>
/// <param name="Parameters">The parameters with their defaults.</param>
/// <param name="Body">The lines between.</param>
/// <param name="Span">Where the opening card stands.</param>
public sealed record SubcircuitSyntax(SourceSpan Name, ImmutableArray<ValueSyntax> Ports, ImmutableArray<NamedSyntax> Parameters, ImmutableArray<StatementSyntax> Body, SourceSpan Span)
    : StatementSyntax(Span);

/// <summary>The tree of one file.</summary>
/// <param name="Source">The file's text.</param>
/// <param name="Title">The title, or null in an included file.</param>
/// <param name="Statements">The lines, in order.</param>
/// <param name="LineCount">How many physical lines were read.</param>
public sealed record SyntaxTree(SourceText Source, string? Title, ImmutableArray<StatementSyntax> Statements, int LineCount)
{
    /// <summary>How many characters the parser consumed, those read twice counted twice. It grows linearly with the text.</summary>
    public long Steps { get; init; }
}
