using System.Collections.Immutable;

namespace AnalogLearn.Netlist;

/// <summary>
/// Text to syntax tree. Knows the shape of lines and cards and nothing of circuits. A line that cannot be read is diagnosed and marked
/// broken, and parsing goes on with the next one.
/// </summary>
public sealed class NetlistParser
{
    /// <summary>Every card of the language, without its dot.</summary>
    public static ImmutableArray<string> KnownCards { get; } =
    [
        "ablate", "ac", "compare", "control", "corner", "dataset", "dc", "else", "elseif", "end", "endc", "endif", "endl", "ends", "export", "func", "global", "ic", "if", "include", "learn", "lib", "mc", "measure", "model",
        "nodeset", "noise", "op", "options", "param", "plot", "predict", "print", "save", "sens", "step", "subckt", "temp", "tf", "title", "tolerance", "train", "tran", "variance",
    ];

    private static readonly Dictionary<string, string> Synonyms = new(StringComparer.Ordinal)
    {
        ["meas"] = "measure",
        ["inc"] = "include",
        ["incl"] = "include",
        ["option"] = "options",
        ["opt"] = "options",
        ["params"] = "param",
        ["parameters"] = "param",
        ["probe"] = "save",
        ["function"] = "func",
        ["elif"] = "elseif",
    };

    private static readonly HashSet<string> Foreign = new(
        [
            "alter", "connect", "csparam", "data", "disto", "four", "fourier", "hb", "hdl", "net", "pss", "pz", "sp", "sweep", "verilog", "wcase", "width",
            "distribution", "alias", "endalias", "watch", "vector", "stimulus", "loadbias", "savebias",
        ],
        StringComparer.Ordinal);

    private const int DeepestBlock = 50;

    private readonly SourceText _source;
    private readonly DiagnosticBag _diagnostics;
    private readonly LogicalLineReader _lines;
    private readonly Stack<Block> _blocks = new();
    private long _steps;

    private NetlistParser(SourceText source, DiagnosticBag diagnostics)
    {
        _source = source;
        _diagnostics = diagnostics;
        _lines = new(source, diagnostics);
    }

    /// <summary>Parses a deck or an included file.</summary>
    /// <param name="source">The text.</param>
    /// <param name="diagnostics">Receives what is wrong.</param>
    /// <param name="hasTitle">Whether the first line is a title: true for a deck, false for an included file.</param>
    /// <returns>The tree; always one, however broken the text is.</returns>
    public static SyntaxTree Parse(SourceText source, DiagnosticBag diagnostics, bool hasTitle = true)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(diagnostics);
        return new NetlistParser(source, diagnostics).Run(hasTitle);
    }

    /// <summary>Parses one expression, such as the text of a measure.</summary>
    /// <param name="source">The text.</param>
    /// <param name="diagnostics">Receives what is wrong.</param>
    /// <returns>The expression, or null when it cannot be read.</returns>
    public static ExpressionSyntax? ParseExpression(SourceText source, DiagnosticBag diagnostics)
    {
        ArgumentNullException.ThrowIfNull(source);
        ArgumentNullException.ThrowIfNull(diagnostics);
        string text = source.Text;
        if (string.IsNullOrWhiteSpace(text))
        {
            diagnostics.Error(Codes.BadExpression, new(source, 0, text.Length), "an empty expression", "write a number or a formula");
            return null;
        }

        var parser = new LineParser(new LineCursor(source, [(0, text.TrimEnd().Length)]), diagnostics);
        parser.Cursor.SkipBlanks();
        ExpressionValueSyntax? value = parser.BareExpressionValue();
        parser.Cursor.SkipBlanks();
        if (value is not null && !parser.Cursor.AtEnd)
            parser.Fail(Codes.BadExpression, parser.Cursor.Here, $"unexpected '{parser.Cursor.Peek()}' behind an expression", "leave it out, or write the operator before it");
        return parser.Failed ? null : value?.Expression;
    }

    private sealed class Block(string kind, SourceSpan open)
    {
        public string Kind { get; } = kind;

        public SourceSpan Open { get; } = open;

        public ImmutableArray<StatementSyntax>.Builder Body { get; } = ImmutableArray.CreateBuilder<StatementSyntax>();

        public StatementSyntax? Header { get; init; }

        public SourceSpan Name { get; init; }
    }

    private SyntaxTree Run(bool hasTitle)
    {
        string? title = null;
        if (hasTitle)
        {
            ReadOnlySpan<char> first = _lines.PeekPhysical();
            int indent = first.Length - first.TrimStart().Length;
            first = first.Trim();
            if (first.Length > 1 && first[0] == '.')
            {
                int end = first[1..].IndexOfAny(" \t(=");
                ReadOnlySpan<char> word = end < 0 ? first[1..] : first[1..(end + 1)];
                string name = word.ToString().ToLowerInvariant();
                if (KnownCards.Contains(name) || Synonyms.ContainsKey(name))
                {
                    _diagnostics.Warning(
                        Codes.TitleLooksLikeCard,
                        new(_source, indent, first.Length),
                        "the first line of a deck is its title, and this one looks like a card",
                        "put a title line before it");
                }
            }

            title = _lines.ReadTitle() ?? string.Empty;
        }

        var file = new Block("file", new(_source, 0, 0));
        file.Body.Capacity = _source.Text.AsSpan().Count('\n') + 1;
        _blocks.Push(file);
        bool ended = false;
        while (!ended)
        {
            if (_lines.TryReadPlain(out int start, out int stop))
                PlainLine(start, stop);
            else if (_lines.Read())
                ended = Line();
            else
                break;
        }

        if (ended && _lines.Read())
        {
            (int start, int stop) = _lines.Segments[0];
            _diagnostics.Warning(Codes.SurplusText, new(_source, start, stop - start), "what stands behind .end is not read", "remove it, or move .end to the last line");
        }

        while (_blocks.Count > 1)
        {
            Block open = _blocks.Peek();
            _diagnostics.Error(
                Codes.UnmatchedBlock,
                open.Open,
                open.Kind == "subckt" ? "this .subckt has no .ends" : "this .lib section has no .endl",
                open.Kind == "subckt" ? "close it with .ends" : "close it with .endl");
            CloseBlock(broken: true);
        }

        return new SyntaxTree(_source, title, _blocks.Pop().Body.DrainToImmutable(), _lines.LineCount) { Steps = _steps };
    }

    /// <summary>An element of words alone; its words are found when they are asked for.</summary>
    private void PlainLine(int start, int end)
    {
        int name = _source.Text.AsSpan(start, end - start).IndexOfAny(' ', '\t');
        _blocks.Peek().Body.Add(new ElementSyntax(new(_source, start, name < 0 ? end - start : name), default, new(_source, start, end - start)));
        _steps += end - start;
    }

    /// <summary>Reads the current logical line; true when it is <c>.end</c>.</summary>
    private bool Line()
    {
        var cursor = new LineCursor(_source, _lines.Segments);
        bool ended = Line(cursor);
        _steps += cursor.Steps;
        return ended;
    }

    private bool Line(LineCursor cursor)
    {
        char c = cursor.Peek();
        if (c == '.')
            return Card(cursor);
        if (!char.IsAsciiLetter(c))
        {
            _diagnostics.Error(
                Codes.UnexpectedText,
                cursor.Here,
                $"a line begins with the letter of an element, a dot, * or +, not with '{c}'",
                c is '#' or '/' or '%' or '!' ? "a comment line begins with *" : "names of elements begin with the letter that says what they are: R1, Nx, Yxh");
            return false;
        }

        char letter = char.ToLowerInvariant(c);
        var parser = new LineParser(cursor, _diagnostics)
        {
            BareExpression = letter switch
            {
                'b' => static name => name.Text.Equals("i", StringComparison.OrdinalIgnoreCase) || name.Text.Equals("v", StringComparison.OrdinalIgnoreCase),
                'e' or 'g' => static name => name.Text.Equals("value", StringComparison.OrdinalIgnoreCase) || name.Text.Equals("vol", StringComparison.OrdinalIgnoreCase)
                    || name.Text.Equals("cur", StringComparison.OrdinalIgnoreCase),
                _ => null,
            },
        };
        SourceSpan name = parser.Word();
        if (name.Length > 0 && cursor.Peek() is not (' ' or '\t' or LineCursor.End))
        {
            if (!char.IsWhiteSpace(cursor.Peek()))
                parser.Fail(Codes.UnexpectedText, cursor.Here, $"'{cursor.Peek()}' in the name of an element", "names are letters, digits and _");
        }

        ImmutableArray<ValueSyntax> items = parser.Failed ? [] : parser.RestOfLine();
        _blocks.Peek().Body.Add(new ElementSyntax(name, items, Whole(name)) { IsBroken = parser.Failed });
        return false;
    }

    private SourceSpan Whole(SourceSpan first) => first with { Length = _lines.Segments[^1].End - first.Start };

    private bool Card(LineCursor cursor)
    {
        var parser = new LineParser(cursor, _diagnostics);
        SourceSpan word = parser.Word();
        string name = word.Text[1..].ToString().ToLowerInvariant();
        if (Synonyms.TryGetValue(name, out string? synonym))
            name = synonym;
        if (name is "param" or "func")
            parser = new LineParser(cursor, _diagnostics) { BareExpression = static _ => true };
        cursor.SkipBlanks();
        ImmutableArray<StatementSyntax>.Builder body = _blocks.Peek().Body;
        SourceSpan whole = Whole(word);
        switch (name)
        {
            case "end":
                return true;
            case "title":
                break;
            case "control":
                _diagnostics.Error(
                    Codes.ControlBlock,
                    word,
                    ".control blocks are not supported",
                    "write the analyses as cards (.op .dc .ac .tran), results as .measure and .print, loops as .step and .mc; everything up to .endc is ignored");
                SkipControl();
                break;
            case "endc":
                _diagnostics.Error(Codes.UnmatchedBlock, word, ".endc without its .control", "leave it out");
                break;
            case "model":
                body.Add(Model(parser, whole));
                break;
            case "param":
                body.Add(Parameters(parser, word, whole));
                break;
            case "func":
                body.Add(Function(parser, word, whole));
                break;
            case "include":
                body.Add(Include(parser, word, whole));
                break;
            case "lib":
                Library(parser, word, whole);
                break;
            case "endl":
                if (_blocks.Peek().Kind == "lib")
                    CloseBlock(broken: false);
                else
                    _diagnostics.Error(Codes.UnmatchedBlock, word, ".endl without its .lib section", "leave it out, or write .lib name above the section");
                break;
            case "subckt":
                Subcircuit(parser, word, whole);
                break;
            case "ends":
                Ends(parser, word);
                break;
            case "if" or "elseif" or "else" or "endif":
                body.Add(Condition(parser, name, word, whole));
                break;
            default:
                if (!KnownCards.Contains(name))
                {
                    if (Foreign.Contains(name))
                        _diagnostics.Error(Codes.UnknownCard, word, $"the card .{name} is not supported", "the language reference lists the cards (netlists/README.md)");
                    else
                        _diagnostics.Error(Codes.UnknownCard, word, word.Length == 1 ? "a dot without the name of a card" : $"there is no card .{name}", NameSuggestion.Nearest(name, KnownCards) is { } near ? $"did you mean '.{near}'?" : "netlists/README.md, section 8, lists the cards");
                    break;
                }

                ImmutableArray<ValueSyntax> items = parser.RestOfLine();
                body.Add(new CardSyntax(name, word, items, whole) { IsBroken = parser.Failed });
                break;
        }

        return false;
    }

    private void SkipControl()
    {
        while (_lines.Read())
        {
            (int start, int end) = _lines.Segments[0];
            if (_source.Text.AsSpan(start, end - start).StartsWith(".endc", StringComparison.OrdinalIgnoreCase))
                return;
        }
    }

    /// <summary>A card of a condition: <c>.if expression</c>, in braces, in parentheses or bare; <c>.else</c> and <c>.endif</c> have none.</summary>
    private static CardSyntax Condition(LineParser parser, string name, SourceSpan word, SourceSpan whole)
    {
        LineCursor cursor = parser.Cursor;
        ImmutableArray<ValueSyntax> items = [];
        if (name is "if" or "elseif")
        {
            if (cursor.AtEnd)
                parser.Fail(Codes.Missing, word, $"the condition of .{name} is missing", $"write .{name} {{expression}}; anything but 0 is true");
            else if ((cursor.Peek() is '{' or '\'' ? parser.Simple() : parser.BareExpressionValue()) is { } value)
                items = [value];
            cursor.SkipBlanks();
        }

        if (!parser.Failed && !cursor.AtEnd)
        {
            string fix = name == "else" ? "for a condition write .elseif {expression}" : "put each card on a line of its own, and the whole condition in braces";
            parser.Fail(Codes.SurplusText, cursor.Here, $"unexpected text behind .{name}", fix);
        }

        return new CardSyntax(name, word, items, whole) { IsBroken = parser.Failed };
    }

    private ModelSyntax Model(LineParser parser, SourceSpan whole)
    {
        LineCursor cursor = parser.Cursor;
        SourceSpan name = Name(parser, "the model's name", ".model cell neuron(c=1n g=1u)");
        cursor.SkipBlanks();
        SourceSpan type = parser.Failed ? name with { Length = 0 } : Name(parser, "the model's type", "write .model name type(parameters), the type being neuron, synapse, r, c, l, d, npn, pnp, nmos, pmos, sw or csw");
        ImmutableArray<ValueSyntax> items = [];
        if (!parser.Failed)
        {
            cursor.SkipBlanks();
            if (cursor.Peek() == '(')
            {
                if (parser.Simple() is ListSyntax list)
                    items = list.Items;
            }

            if (!parser.Failed)
                items = items.AddRange(parser.RestOfLine());
        }

        return new ModelSyntax(name, type, items, whole) { IsBroken = parser.Failed };
    }

    /// <summary>A bare word that must stand here.</summary>
    private static SourceSpan Name(LineParser parser, string what, string? fix = null)
    {
        parser.Cursor.SkipBlanks();
        SourceSpan here = parser.Cursor.Here;
        SourceSpan word = parser.Word();
        if (word.Length == 0)
            parser.Fail(Codes.Missing, here, $"{what} is missing", fix);
        return word;
    }

    private ParameterCardSyntax Parameters(LineParser parser, SourceSpan word, SourceSpan whole)
    {
        var named = ImmutableArray.CreateBuilder<NamedSyntax>();
        if (parser.Cursor.AtEnd)
            parser.Fail(Codes.Missing, word, "no parameter on the card", "write .param name=value");
        foreach (ValueSyntax item in parser.RestOfLine())
        {
            if (item is NamedSyntax { Key: WordSyntax key } pair && IsName(key.Text))
                named.Add(pair);
            else if (item is NamedSyntax { Key: CallSyntax call })
                parser.Fail(Codes.UnexpectedText, call.Span, "a parameter has no arguments", $"to define a function write .func {call.Span.Text} {{…}}");
            else if (item is NamedSyntax other)
                parser.Fail(Codes.UnexpectedText, other.Key.Span, $"'{other.Key.Span.Text}' cannot be the name of a parameter", "names begin with a letter");
            else
                parser.Fail(Codes.Missing, item.Span, $"'{item.Span.Text}' has no value", "write name=value; blanks around = are allowed");
        }

        return new ParameterCardSyntax(named.DrainToImmutable(), whole) { IsBroken = parser.Failed };
    }

    private static bool IsName(ReadOnlySpan<char> text)
    {
        if (text.Length == 0 || !(char.IsLetter(text[0]) || text[0] == '_'))
            return false;
        foreach (char c in text)
        {
            if (!char.IsLetterOrDigit(c) && c is not ('_' or '.' or '#' or '$' or '@'))
                return false;
        }

        return true;
    }

    private FunctionSyntax Function(LineParser parser, SourceSpan word, SourceSpan whole)
    {
        LineCursor cursor = parser.Cursor;
        const string form = "write .func name(x, y) {expression}";
        if (cursor.AtEnd)
            parser.Fail(Codes.Missing, word, "the function's name is missing", form);
        SourceSpan name = Name(parser, "the function's name", form);
        if (!parser.Failed && !IsName(name.Text))
            parser.Fail(Codes.UnexpectedText, name, $"'{name.Text}' cannot be the name of a function", "names begin with a letter");
        var parameters = ImmutableArray.CreateBuilder<SourceSpan>();
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        cursor.SkipBlanks();
        if (!parser.Failed && cursor.Peek() != '(')
            parser.Fail(Codes.Missing, cursor.Here, "the function's arguments are missing", form);
        if (!parser.Failed && parser.Simple() is ListSyntax list)
        {
            foreach (ValueSyntax item in list.Items)
            {
                if (item is not WordSyntax argument || !IsName(argument.Text))
                    parser.Fail(Codes.UnexpectedText, item.Span, $"'{item.Span.Text}' cannot be the name of an argument", form);
                else if (!names.Add(item.Span.Text.ToString()))
                    parser.Fail(Codes.DefinedTwice, item.Span, $"the argument '{item.Span.Text}' stands twice", "leave one of them out");
                else
                    parameters.Add(item.Span);
            }
        }

        ExpressionValueSyntax? body = null;
        if (!parser.Failed)
        {
            cursor.SkipBlanks();
            if (cursor.Peek() == '=' && cursor.PeekAt(1) != '=')
            {
                cursor.Advance();
                cursor.SkipBlanks();
            }

            if (cursor.AtEnd)
                parser.Fail(Codes.Missing, cursor.Here, "the function's expression is missing", form);
            else
                body = parser.BareExpressionValue();
            cursor.SkipBlanks();
            if (!parser.Failed && !cursor.AtEnd)
                parser.Fail(Codes.BadExpression, cursor.Here, $"unexpected '{cursor.Peek()}' behind the function's expression", "leave it out, or write the operator before it");
        }

        return new FunctionSyntax(name, parameters.DrainToImmutable(), body ?? new ExpressionValueSyntax(new NumberExpression(double.NaN, word), '\0', word), whole) { IsBroken = parser.Failed || body is null };
    }

    private static IncludeSyntax Include(LineParser parser, SourceSpan word, SourceSpan whole)
    {
        ValueSyntax file = File(parser, word);
        parser.Cursor.SkipBlanks();
        if (!parser.Failed && !parser.Cursor.AtEnd)
            parser.Fail(Codes.SurplusText, parser.Cursor.Here, "more than one file on the card", "put names with blanks in double quotes");
        return new IncludeSyntax(file, null, whole) { IsBroken = parser.Failed };
    }

    private static ValueSyntax File(LineParser parser, SourceSpan word)
    {
        LineCursor cursor = parser.Cursor;
        if (cursor.AtEnd)
        {
            parser.Fail(Codes.Missing, word, "the name of the file is missing", "write the file's name, in double quotes when it has blanks");
            return new WordSyntax(word);
        }

        int start = cursor.Position;
        if (cursor.Peek() == '"')
        {
            ValueSyntax? quoted = parser.Simple();
            if (quoted is QuotedSyntax { Text.Length: 0 })
                parser.Fail(Codes.Missing, quoted.Span, "the name of the file is empty", "write the name between the quotes");
            return quoted ?? new WordSyntax(word);
        }

        while (!cursor.AtEnd && !char.IsWhiteSpace(cursor.Peek()))
            cursor.Advance();
        return new WordSyntax(cursor.Since(start));
    }

    private void Library(LineParser parser, SourceSpan word, SourceSpan whole)
    {
        ValueSyntax first = File(parser, word);
        parser.Cursor.SkipBlanks();
        ValueSyntax? section = parser.Failed || parser.Cursor.AtEnd ? null : parser.Simple();
        parser.Cursor.SkipBlanks();
        if (!parser.Failed && !parser.Cursor.AtEnd)
            parser.Fail(Codes.SurplusText, parser.Cursor.Here, "too many words on the card", "write .lib \"file\" section");
        if (section is null && first is WordSyntax && !parser.Failed)
        {
            Open(new("lib", whole) { Name = first.Span });
            return;
        }

        _blocks.Peek().Body.Add(new IncludeSyntax(first, section, whole) { IsBroken = parser.Failed });
    }

    private void Subcircuit(LineParser parser, SourceSpan word, SourceSpan whole)
    {
        var ports = ImmutableArray.CreateBuilder<ValueSyntax>();
        var defaults = ImmutableArray.CreateBuilder<NamedSyntax>();
        SourceSpan name = Name(parser, "the subcircuit's name", "write .subckt name port1 port2 …");
        if (!parser.Failed)
        {
            foreach (ValueSyntax item in parser.RestOfLine())
            {
                if (item is NamedSyntax { Key: WordSyntax } parameter)
                    defaults.Add(parameter);
                else if (item is WordSyntax keyword && (keyword.Is("params:") || keyword.Is("param:") || keyword.Is("params")))
                    continue;
                else if (item is WordSyntax or BusSyntax && defaults.Count == 0)
                    ports.Add(item);
                else
                    parser.Fail(Codes.UnexpectedText, item.Span, $"'{item.Span.Text}' is neither a port nor name=default", "write .subckt name port1 port2 … [name=default …]");
            }
        }

        var header = new SubcircuitSyntax(name, ports.DrainToImmutable(), defaults.DrainToImmutable(), [], whole) { IsBroken = parser.Failed };
        Open(new("subckt", word) { Header = header, Name = name });
    }

    private void Ends(LineParser parser, SourceSpan word)
    {
        SourceSpan name = parser.Cursor.AtEnd ? word with { Length = 0 } : parser.Word();
        if (_blocks.Peek().Kind != "subckt")
        {
            _diagnostics.Error(Codes.UnmatchedBlock, word, ".ends without its .subckt", "leave it out, or write .subckt name ports above the lines");
            return;
        }

        SourceSpan opened = _blocks.Peek().Name;
        if (name.Length > 0 && !name.Text.Equals(opened.Text, StringComparison.OrdinalIgnoreCase))
            _diagnostics.Error(Codes.UnmatchedBlock, name, $".ends names '{name.Text}', but the open subcircuit is '{opened.Text}'", $"write .ends {opened.Text}, or close them in their order");
        CloseBlock(broken: false);
    }

    /// <summary>Opens a block. What stands in blocks nested too deeply is read and dropped.</summary>
    private void Open(Block block)
    {
        _blocks.Push(block);
        if (_blocks.Count != DeepestBlock + 1)
            return;
        _diagnostics.Error(Codes.TooDeep, block.Open, $"more than {DeepestBlock - 1} blocks inside each other", "look for blocks that are not closed");
    }

    private void CloseBlock(bool broken)
    {
        Block block = _blocks.Pop();
        if (_blocks.Count >= DeepestBlock)
            return;
        ImmutableArray<StatementSyntax> body = block.Body.DrainToImmutable();
        _blocks.Peek().Body.Add(block.Header is SubcircuitSyntax header
            ? header with { Body = body, IsBroken = header.IsBroken || broken }
            : new LibrarySectionSyntax(block.Name, body, block.Open) { IsBroken = broken });
    }
}
